"""What a dataset and its resources answer to each term of a standard, and the Findings about an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place, Severity
from metadata.standard import Standard, Term
from metadata.vocabulary import classes, conventions

SHOWN = 7
"""How many allowed values a sentence names."""
FILE = "datapackage.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One term and what is given for it: text or None, a tuple where the term is `multiple`."""

    term: Term
    value: Any
    at: Place
    key: str
    """Where it stands in `datapackage.yaml`."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The values given, one or many."""
        if isinstance(self.value, tuple):
            return self.value
        return (self.value,) if self.value else ()

    def finding(self, rule: str, severity: Severity = "error", **values: Any) -> Finding:
        """A Finding about it that names the term, its field name, the file and the key to write."""
        about = {"label": dict(self.term.label), "field": self.term.field_name, "key": self.key, "file": FILE}
        return Finding(rule=rule, severity=severity, at=self.at, values={**about, **values})


def answer(dataset: Dataset, standard: Standard, term: Term) -> Answer:
    """The dataset's answer to one term."""
    value, key = standard.value(dataset, term), term.key
    if term.kind == "class":
        names = (term.field_name, *classes()["fields"])
        key = next((f"about.{name}" for name in names if dataset.about.get(name)), key)
    return Answer(term=term, value=value, at=Place(dataset=dataset.name), key=key)


def answers(dataset: Dataset, standard: Standard) -> tuple[Answer, ...]:
    """Every answer: of the dataset (its class included, whatever the edition), then of each resource.

    Those of the last dataset are kept: a dozen rules ask for them one after the other.
    """
    global _last
    last = _last
    if last is None or last[0] is not dataset or last[1] is not standard:
        _last = last = (dataset, standard, tuple(_answers(dataset, standard)))
    return last[2]


_last: tuple[Dataset, Standard, tuple[Answer, ...]] | None = None


def _answers(dataset: Dataset, standard: Standard) -> Iterator[Answer]:
    terms = standard.terms
    if standard.classification not in terms:
        terms = (*terms, standard.classification)
    for term in terms:
        yield answer(dataset, standard, term)
    for resource in dataset.resources:
        yield from resource_answers(dataset, resource, standard)


def resource_answers(dataset: Dataset, resource: Resource, standard: Standard) -> Iterator[Answer]:
    """Every answer of one resource."""
    for term in standard.resource_terms:
        yield Answer(
            term=term,
            value=standard.resource_value(resource, term),
            at=Place(dataset=dataset.name, resource=resource.name),
            key=f"resources.{resource.name}.{term.key}",
        )


def data_type(dataset: Dataset, standard: Standard) -> str | None:
    """The dataset's type, if the standard asks for one."""
    term = standard.term("data_type")
    return standard.value(dataset, term) if term else None


def allowed(term: Term, near: str | None = None) -> list[Any]:
    """What may be written: the vocabulary's first values (those close to `near` before), else the kind of text."""
    if not term.choices:
        kinds = conventions()["kinds"]
        return [kinds.get(term.kind or "") or kinds["list" if term.multiple else "text"]]
    close = nearest(near, term.choices) if near else []
    ordered = list(dict.fromkeys((*close, *term.choices)))
    more = len(ordered) - SHOWN
    return [*ordered[:SHOWN], f"… (+{more})"] if more > 0 else ordered


def example(term: Term) -> str:
    """A line of `datapackage.yaml` that would answer a term (under `about:` where the term has no property)."""
    value = term.placeholder or next(iter(term.choices), "")
    if term.property == "licenses[0].name":
        return f"licenses: [{{name: {value}}}]"
    if term.multiple and not value.startswith("["):
        value = f"[{value}]"
    return f"{term.property or term.field_name}: {value}"


def nearest(text: str, choices: tuple[str, ...]) -> list[str]:
    """The choices that look most like a text, the closest first."""
    plain = {"".join(choice.split()).casefold(): choice for choice in choices}
    close = get_close_matches("".join(text.split()).casefold(), list(plain), n=3, cutoff=0.5)
    return [plain[key] for key in close]
