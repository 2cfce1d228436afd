"""MQA by the book: scores a DCAT-AP graph with lists and arithmetic of its own. Nothing of ours is imported here.

The rules are data.europa.eu's table of indicators (data provider manual, "Metadata quality dashboard"). A
dataset's score is weight × the mean over its distributions, a catalogue's the mean over its datasets; dates are
asked of the dataset and of its distributions together. Fractions are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from rdflib import DCAT, DCTERMS, RDF, Graph
from rdflib.term import Node

EU = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
MACHINE_READABLE = {
    "CSV", "GEOJSON", "ICS", "JSON", "JSON_LD", "KML", "KMZ", "NETCDF", "ODS", "RDFA", "RDF_N_QUADS",
    "RDF_N_TRIPLES", "RDF_TRIG", "RDF_TURTLE", "RDF_XML", "RSS", "SHP", "XLS", "XLSX", "XML",
}  # fmt: skip
NON_PROPRIETARY = {
    "BMP", "CSV", "DBF", "GEOJSON", "GZIP", "HTML", "ICS", "JPEG2000", "JSON", "JSON_LD", "KML", "KMZ",
    "NETCDF", "ODS", "PNG", "RDF_N_QUADS", "RDF_N_TRIPLES", "RDF_TRIG", "RDF_TURTLE", "RDF_XML", "RSS", "RTF",
    "TAR", "TIFF", "TSV", "TXT", "WMS_SRVC", "XML", "ZIP",
}  # fmt: skip
FILE_TYPES = {
    *MACHINE_READABLE, *NON_PROPRIETARY, "PDF", "DOC", "DOCX", "PPT", "PPTX", "GML", "GPKG", "PARQUET", "REST",
    "GEOTIFF", "JPEG",
}  # fmt: skip
MEDIA_TYPES = {
    "text/csv", "text/tab-separated-values", "text/html", "text/plain", "text/turtle", "text/calendar",
    "image/tiff", "image/png", "image/jpeg", "application/json", "application/ld+json", "application/geo+json",
    "application/xml", "application/rdf+xml", "application/pdf", "application/zip", "application/gzip",
    "application/gml+xml", "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.google-earth.kml+xml",
    "application/vnd.google-earth.kmz", "application/vnd.shp", "application/vnd.dbf",
    "application/octet-stream", "application/vnd.apache.parquet", "application/geopackage+sqlite3",
    "application/msword", "application/vnd.ms-powerpoint",
}  # fmt: skip
"""What IANA has registered of those that the tests write."""
LICENCES = {
    "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by/3.0/",
    "https://creativecommons.org/licenses/by-sa/4.0/", "http://creativecommons.org/publicdomain/zero/1.0/",
    "http://opendatacommons.org/licenses/odbl/1.0/", "http://opendatacommons.org/licenses/by/1.0/",
    "http://opendatacommons.org/licenses/pddl/1.0/", "http://www.gnu.org/licenses/licenses.html",
}  # fmt: skip
"""Addresses in the EU's table of licences, or named its exact matches by data.europa.eu."""
ACCESS = {f"{EU}access-right/{code}" for code in ("PUBLIC", "RESTRICTED", "NON_PUBLIC")}
THEMES = {
    "AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "INTR", "JUST", "OP_DATPRO", "REGI", "SOCI", "TECH",
    "TRAN",
}  # fmt: skip
WEIGHTS = {
    "findability": {"keyword": 30, "theme": 30, "spatial": 20, "temporal": 20},
    "accessibility": {"access_url_reachable": 50, "download_url": 20, "download_url_reachable": 30},
    "interoperability": {
        "format": 20, "media_type": 10, "format_known": 10, "non_proprietary": 20, "machine_readable": 20,
        "dcat_ap": 30,
    },
    "reusability": {
        "licence": 20, "licence_known": 10, "access_rights": 10, "access_rights_known": 5, "contact": 20,
        "publisher": 10,
    },
    "contextuality": {"rights": 5, "size": 5, "issued": 5, "modified": 5},
}  # fmt: skip
Answer = bool | None
Reach = Mapping[str, Answer]
"""The last part of a distribution's address → whether what it leads to answers."""


def indicators(graph: Graph, reach: Reach, conforms: bool) -> dict[str, list[Answer]]:
    """Every indicator of the one dataset of a graph, as a list of answers. `conforms`: SHACL's verdict."""
    (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
    files = sorted(graph.objects(dataset, DCAT.distribution))

    def has(predicate: Node, among: Sequence[Node] = (dataset,)) -> list[Answer]:
        return [any(True for _ in graph.objects(node, predicate)) for node in among]

    def each(asked: Callable[[Node], Answer]) -> list[Answer]:
        return [asked(node) for node in files]

    def codes(node: Node) -> set[str]:
        prefix = f"{EU}file-type/"
        found = map(str, graph.objects(node, DCTERMS.format))
        return {one.removeprefix(prefix) for one in found if one.startswith(prefix)}

    def media(node: Node) -> set[str]:
        return {str(one).removeprefix(IANA) for one in graph.objects(node, DCAT.mediaType)}

    def answers(node: Node) -> Answer:
        return reach.get(str(node).rpartition("/")[2])

    assert all(str(one).removeprefix(f"{EU}data-theme/") in THEMES for one in graph.objects(dataset, DCAT.theme))
    return {
        "keyword": has(DCAT.keyword),
        "theme": has(DCAT.theme),
        "spatial": has(DCTERMS.spatial),
        "temporal": has(DCTERMS.temporal),
        "access_url_reachable": each(answers),
        "download_url": has(DCAT.downloadURL, files),
        "download_url_reachable": each(lambda one: answers(one) if has(DCAT.downloadURL, [one])[0] else False),
        "format": has(DCTERMS.format, files),
        "media_type": has(DCAT.mediaType, files),
        "format_known": each(lambda one: bool(codes(one) & FILE_TYPES) and bool(media(one) & MEDIA_TYPES)),
        "non_proprietary": each(lambda one: bool(codes(one) & NON_PROPRIETARY)),
        "machine_readable": each(lambda one: bool(codes(one) & MACHINE_READABLE)),
        "dcat_ap": [conforms],
        "licence": has(DCTERMS.license, files),
        "licence_known": each(lambda one: bool({str(x) for x in graph.objects(one, DCTERMS.license)} & LICENCES)),
        "access_rights": has(DCTERMS.accessRights),
        "access_rights_known": [any(str(x) in ACCESS for x in graph.objects(dataset, DCTERMS.accessRights))],
        "contact": has(DCAT.contactPoint),
        "publisher": has(DCTERMS.publisher),
        "rights": has(DCTERMS.rights, files),
        "size": has(DCAT.byteSize, files),
        "issued": has(DCTERMS.issued, [dataset, *files]),
        "modified": has(DCTERMS.modified, [dataset, *files]),
    }


def part(answers: Sequence[Answer], unknown: bool) -> Fraction:
    """The mean of answers, those that are not known counting as `unknown` says; of none, 0."""
    met = sum(unknown if one is None else one for one in answers)
    return Fraction(met, len(answers)) if answers else Fraction(0)


def dataset(found: Mapping[str, Sequence[Answer]], unknown: bool = False) -> dict[str, Fraction]:
    """The score of a dataset: each dimension, and `all` of them."""
    points = {
        dimension: sum((weight * part(found[name], unknown) for name, weight in asked.items()), Fraction(0))
        for dimension, asked in WEIGHTS.items()
    }
    return points | {"all": sum(points.values(), Fraction(0))}


def catalogue(datasets: Sequence[Mapping[str, Sequence[Answer]]], unknown: bool = False) -> dict[str, Fraction]:
    """The score of a catalogue with at least one dataset: the mean of its datasets', by dimension and `all`."""
    scores: list[dict[str, Any]] = [dataset(found, unknown) for found in datasets]
    return {name: sum((one[name] for one in scores), Fraction(0)) / len(scores) for name in scores[0]}


__all__ = ["WEIGHTS", "catalogue", "dataset", "indicators"]
