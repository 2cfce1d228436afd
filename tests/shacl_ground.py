"""What SHACL has against graphs: DCAT-AP 3.0.1's own shapes, by pyshacl."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pyshacl import validate
from rdflib import SH, Graph, URIRef
from rdflib.term import Node

HERE = Path(__file__).parent


@cache
def shapes() -> Graph:
    """Mandatory properties and ranges, as SEMIC writes them."""
    graph = Graph()
    for name in ("shapes", "ranges"):
        graph.parse(HERE / f"dcat_ap_3_{name}.ttl")
    return graph


def conforms(graph: Graph) -> bool:
    """Whether nothing violates a shape; warnings and notes of the shapes are no violations."""
    return bool(validate(graph, shacl_graph=shapes(), allow_warnings=True)[0])


def verdicts(graphs: Sequence[Graph]) -> list[bool]:
    """`conforms` of each graph, found in one go.

    What a graph describes gets an address of its own before they are put together: none can help or harm another.
    """
    together, home = Graph(), {}
    for number, graph in enumerate(graphs):
        own = {node: _renamed(node, number) for node in set(graph.subjects())}
        home |= dict.fromkeys(own.values(), number)
        for subject, predicate, value in graph:
            together.add((own[subject], predicate, own.get(value, value)))
    _, report, _ = validate(together, shacl_graph=shapes(), allow_warnings=True, inplace=True)
    assert isinstance(report, Graph)
    found = report.subjects(SH.resultSeverity, SH.Violation)
    focus = {node for one in found for node in report.objects(one, SH.focusNode)}
    # a date that is none is blamed itself, not what has it
    blamed = {node for one in focus for node in ([one] if one in home else together.subjects(None, one))}
    broken = {home[node] for node in blamed}
    return [number not in broken for number in range(len(graphs))]


def _renamed(node: Node, number: int) -> Node:
    return URIRef(f"{node}#{number}") if isinstance(node, URIRef) else node
