"""DCAT 3 as DCAT-AP 3 profiles it: a dataset, or a page of a catalogue, as Turtle, JSON-LD or RDF/XML.

Ranges and mandatory properties follow DCAT-AP 3.0.1 (SEMIC). Codes come from the EU's authority tables where the
Thai value has one; every term of the Thai schema travels besides, in the namespace of the schema it is defined in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from metadata.exports import themes, vocabulary
from metadata.exports.record import Distribution, Record, Texts, either, language_of

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

FORMS = {
    "ttl": ("turtle", "text/turtle"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("xml", "application/rdf+xml"),
}
"""Ending of the address → rdflib's name of the form, media type."""
IANA = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a catalogue's description: which, of how many datasets, and the addresses of its neighbours."""

    address: str
    first: str
    last: str
    previous: str | None = None
    next: str | None = None
    total: int
    size: int


def dataset(record: Record, form: str) -> bytes:
    """One dataset in one of the FORMS."""
    graph = _graph(record.vocabulary)
    _dataset(graph, record)
    return _written(graph, form)


def catalog(
    address: str, title: Texts, publisher: Texts, records: Iterable[Record], page: Page, form: str
) -> bytes:
    """A page of the catalogue at `address`, with the datasets on it and the way to the others (Hydra)."""
    records = list(records)
    graph = _graph(records[0].vocabulary if records else None)
    ns = _names()
    node = ns["URIRef"](address)
    _add(graph, node, ns["RDF"].type, ns["DCAT"].Catalog)
    _texts(graph, node, ns["DCTERMS"].title, title)
    _texts(graph, node, ns["DCTERMS"].description, title)
    agent = ns["BNode"]("publisher")
    _add(graph, node, ns["DCTERMS"].publisher, agent)
    _agent(graph, agent, publisher)
    _document(graph, node, ns["FOAF"].homepage, address)
    for record in records:
        _add(graph, node, ns["DCAT"].dataset, _dataset(graph, record))
    _paged(graph, node, page)
    return _written(graph, form)


@cache
def _names() -> dict[str, Any]:
    """rdflib and the namespaces; it takes a tenth of a second to import, so only who writes RDF loads it."""
    from rdflib import BNode, Graph, Literal, Namespace, URIRef
    from rdflib.namespace import DCTERMS, FOAF, ORG, RDF, RDFS, SKOS, XSD

    return {
        "BNode": BNode, "Graph": Graph, "Literal": Literal, "URIRef": URIRef,
        "DCAT": Namespace("http://www.w3.org/ns/dcat#"),
        "DCTERMS": DCTERMS, "FOAF": FOAF, "ORG": ORG, "RDF": RDF, "RDFS": RDFS, "SKOS": SKOS,
        "XSD": XSD,
        "VCARD": Namespace("http://www.w3.org/2006/vcard/ns#"),
        "SPDX": Namespace("http://spdx.org/rdf/terms#"),
        "ADMS": Namespace("http://www.w3.org/ns/adms#"),
        "LOCN": Namespace("http://www.w3.org/ns/locn#"),
        "GSP": Namespace("http://www.opengis.net/ont/geosparql#"),
        "HYDRA": Namespace("http://www.w3.org/ns/hydra/core#"),
        "DCATAP": Namespace("http://data.europa.eu/r5r/"),
        "Namespace": Namespace,
    }  # fmt: skip


def _graph(terms: str | None) -> Graph:
    ns = _names()
    graph: Graph = ns["Graph"](bind_namespaces="none")
    for prefix in ("dcat", "foaf", "org", "rdf", "rdfs", "skos", "xsd", "vcard", "spdx", "adms", "locn", "hydra"):
        graph.bind(prefix, ns[prefix.upper()])
    graph.bind("dct", ns["DCTERMS"])
    graph.bind("gsp", ns["GSP"])
    graph.bind("dcatap", ns["DCATAP"])
    if terms:
        graph.bind("gdc", ns["Namespace"](terms))
    return graph


def _written(graph: Graph, form: str) -> bytes:
    name = FORMS[form][0]
    options: dict[str, Any] = {"auto_compact": True} if name == "json-ld" else {}
    return bytes(graph.serialize(format=name, encoding="utf-8", **options))


def _add(graph: Graph, subject: Node, predicate: Node, value: Node) -> None:
    graph.add((subject, predicate, value))


def _texts(graph: Graph, subject: Node, predicate: Node, texts: Texts) -> None:
    """A text in each language it was written in; one that is called Thai but holds no Thai letter is English."""
    said = set()
    for language, text in texts.items():
        tag = language_of(text) if language == "th" else language
        if text and tag not in said:
            said.add(tag)
            _add(graph, subject, predicate, _names()["Literal"](_clean(text), lang=tag))


def _clean(text: str) -> str:
    """A text without control characters: XML cannot hold them."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")


def _document(graph: Graph, subject: Node, predicate: Node, address: str) -> None:
    ns = _names()
    target = ns["URIRef"](address_of(address))
    _add(graph, subject, predicate, target)
    _add(graph, target, ns["RDF"].type, ns["FOAF"].Document)


def address_of(url: str) -> str:
    """An address as an IRI may stand in RDF: what an IRI cannot hold is percent-encoded."""
    return "".join(f"%{ord(x):02X}" if x in '<>" {}|\\^`' or ord(x) < 33 else x for x in url)


def _moment(graph: Graph, subject: Node, predicate: Node, value: str | None) -> None:
    if value:
        ns = _names()
        kind = ns["XSD"].dateTime if "T" in value else ns["XSD"].date
        _add(graph, subject, predicate, ns["Literal"](value, datatype=kind, normalize=False))


def _agent(graph: Graph, node: Node, names: Texts, page: str | None = None) -> None:
    ns = _names()
    _add(graph, node, ns["RDF"].type, ns["FOAF"].Agent)
    _texts(graph, node, ns["FOAF"].name, names)
    if page:
        _document(graph, node, ns["FOAF"].homepage, page)


def _labelled(graph: Graph, subject: Node, predicate: Node, kind: Node, texts: Texts) -> None:
    """A thing without an address, of a class, with what it is called."""
    ns = _names()
    node = ns["BNode"]()
    _add(graph, subject, predicate, node)
    _add(graph, node, ns["RDF"].type, kind)
    label = ns["SKOS"].prefLabel if kind == ns["SKOS"].Concept else ns["RDFS"].label
    _texts(graph, node, label, texts)


def _typed(graph: Graph, subject: Node, predicate: Node, address: str | None, kind: Node) -> None:
    """A thing of an authority's table, with the class that DCAT-AP asks of it."""
    if address:
        ns = _names()
        node = ns["URIRef"](address_of(address))
        _add(graph, subject, predicate, node)
        _add(graph, node, ns["RDF"].type, kind)


def _dataset(graph: Graph, record: Record) -> Node:
    ns = _names()
    dcat, dct, literal = ns["DCAT"], ns["DCTERMS"], ns["Literal"]
    node: Node = ns["URIRef"](address_of(record.page))
    _add(graph, node, ns["RDF"].type, dcat.Dataset)
    _texts(graph, node, dct.title, record.title)
    _texts(graph, node, dct.description, record.description or record.title)
    _add(graph, node, dct.identifier, literal(record.id))
    for keyword in record.keywords:
        _add(graph, node, dcat.keyword, literal(_clean(keyword), lang=language_of(keyword)))
    publisher = ns["URIRef"](address_of(record.publisher_page))
    _add(graph, node, dct.publisher, publisher)
    _agent(graph, publisher, record.publisher, record.publisher_page)
    if record.creator:
        creator = ns["BNode"]()
        _add(graph, node, dct.creator, creator)
        _agent(graph, creator, {language_of(record.creator): record.creator})
    _contact(graph, node, record)
    for address in dict.fromkeys(filter(None, (record.page, record.landing))):
        _document(graph, node, dcat.landingPage if address == record.page else ns["FOAF"].page, address)
    if record.version:
        _add(graph, node, dcat.version, literal(_clean(record.version)))
    if record.version_notes:
        notes = literal(_clean(record.version_notes), lang=language_of(record.version_notes))
        _add(graph, node, ns["ADMS"].versionNotes, notes)
    _moment(graph, node, dct.created, record.created)
    _moment(graph, node, dct.issued, record.issued)
    _moment(graph, node, dct.modified, record.modified)
    _codes(graph, node, record)
    _place(graph, node, record)
    _period(graph, node, record)
    if record.vocabulary:
        terms = ns["Namespace"](record.vocabulary)
        for name, values in record.terms.items():
            for value in values:
                _add(graph, node, terms[name], literal(_clean(value), lang=language_of(value)))
    for distribution in record.distributions:
        _distribution(graph, node, record, distribution)
    return node


def _contact(graph: Graph, node: Node, record: Record) -> None:
    ns = _names()
    if not (record.contact or record.contact_email):
        return
    contact = ns["BNode"]()
    _add(graph, node, ns["DCAT"].contactPoint, contact)
    _add(graph, contact, ns["RDF"].type, ns["VCARD"].Kind)
    name = record.contact or either(record.publisher)
    _add(graph, contact, ns["VCARD"].fn, ns["Literal"](_clean(name)))
    if record.contact_email:
        _add(graph, contact, ns["VCARD"].hasEmail, ns["URIRef"](address_of(f"mailto:{record.contact_email}")))


def _codes(graph: Graph, node: Node, record: Record) -> None:
    """Themes, frequency, languages, access right and provenance."""
    ns = _names()
    dct = ns["DCTERMS"]
    for code in themes.of(record):
        _typed(graph, node, ns["DCAT"].theme, themes.address(code), ns["SKOS"].Concept)
        _texts(graph, ns["URIRef"](themes.address(code)), ns["SKOS"].prefLabel, themes.name(code))
    if record.frequency:
        _typed(graph, node, dct.accrualPeriodicity, vocabulary.frequency(*record.frequency), dct.Frequency)
    for name in record.languages:
        known = vocabulary.language(name)
        if known:
            _typed(graph, node, dct.language, known[0], dct.LinguisticSystem)
    _typed(graph, node, dct.accessRights, vocabulary.access(record.category), dct.RightsStatement)
    if record.source:
        text = {language_of(record.source): record.source}
        _labelled(graph, node, dct.provenance, dct.ProvenanceStatement, text)


def _place(graph: Graph, node: Node, record: Record) -> None:
    ns = _names()
    dct = ns["DCTERMS"]
    area = vocabulary.extent(record.extent)
    if record.box:
        place = ns["BNode"]()
        _add(graph, node, dct.spatial, place)
        _add(graph, place, ns["RDF"].type, dct.Location)
        west, south, east, north = record.box
        ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
        text = f"POLYGON(({', '.join(f'{x} {y}' for x, y in ring)}))"
        _add(graph, place, ns["DCAT"].bbox, ns["Literal"](text, datatype=ns["GSP"].wktLiteral))
    if area and area[0]:
        _typed(graph, node, dct.spatial, area[0], dct.Location)
    elif area:
        _labelled(graph, node, dct.spatial, dct.Location, area[1])


def _period(graph: Graph, node: Node, record: Record) -> None:
    ns = _names()
    if not (record.first_year or record.last_year):
        return
    period = ns["BNode"]()
    _add(graph, node, ns["DCTERMS"].temporal, period)
    _add(graph, period, ns["RDF"].type, ns["DCTERMS"].PeriodOfTime)
    if record.first_year:
        _moment(graph, period, ns["DCAT"].startDate, f"{record.first_year:04}-01-01")
    if record.last_year:
        _moment(graph, period, ns["DCAT"].endDate, f"{record.last_year:04}-12-31")


def _distribution(graph: Graph, node: Node, record: Record, one: Distribution) -> None:
    ns = _names()
    dcat, dct, literal, iri = ns["DCAT"], ns["DCTERMS"], ns["Literal"], ns["URIRef"]
    made = iri(address_of(one.page))
    _add(graph, node, dcat.distribution, made)
    _add(graph, made, ns["RDF"].type, dcat.Distribution)
    _texts(graph, made, dct.title, one.title)
    _texts(graph, made, dct.description, one.description)
    # DCAT-AP asks for an access URL: where the publisher's cannot be followed, the dataset's page stands for it
    access = iri(address_of(one.url or record.page))
    _add(graph, made, dcat.accessURL, access)
    _add(graph, access, ns["RDF"].type, ns["RDFS"].Resource)
    if one.download:
        _add(graph, made, dcat.downloadURL, access)
    _licence(graph, made, record)
    if one.rights:
        _labelled(graph, made, dct.rights, dct.RightsStatement, {language_of(one.rights): one.rights})
    kind = vocabulary.file_type(one.kind)
    if kind:
        _typed(graph, made, dct["format"], kind, dct.MediaTypeOrExtent)
    elif one.kind:
        _labelled(graph, made, dct["format"], dct.MediaTypeOrExtent, {"en": one.format})
    if one.media_type:
        _typed(graph, made, dcat.mediaType, IANA + one.media_type, dct.MediaType)
    if one.size is not None:
        size = literal(str(one.size), datatype=ns["XSD"].nonNegativeInteger)
        _add(graph, made, dcat.byteSize, size)
    if one.sha256:
        _checksum(graph, made, one.sha256)
    _moment(graph, made, dct.issued, one.issued)
    _moment(graph, made, dct.modified, one.modified)
    if one.table:
        _service(graph, node, made, one)


def _service(graph: Graph, node: Node, made: Node, one: Distribution) -> None:
    """Where the rows of a distribution are asked for."""
    ns = _names()
    dcat, iri = ns["DCAT"], ns["URIRef"]
    service = iri(str(one.table))
    _add(graph, made, dcat.accessService, service)
    _add(graph, service, ns["RDF"].type, dcat.DataService)
    _texts(graph, service, ns["DCTERMS"].title, one.title)
    _add(graph, service, dcat.endpointURL, iri(str(one.table)))
    _add(graph, service, dcat.endpointDescription, iri(f"{one.table}/$metadata"))
    _add(graph, service, dcat.servesDataset, node)


def _checksum(graph: Graph, made: Node, digest: str) -> None:
    ns = _names()
    checksum = ns["BNode"]()
    algorithm = ns["SPDX"].checksumAlgorithm_sha256
    _add(graph, made, ns["SPDX"].checksum, checksum)
    _add(graph, checksum, ns["RDF"].type, ns["SPDX"].Checksum)
    _add(graph, checksum, ns["SPDX"].algorithm, algorithm)
    _add(graph, algorithm, ns["RDF"].type, ns["SPDX"].ChecksumAlgorithm)
    _add(graph, checksum, ns["SPDX"].checksumValue, ns["Literal"](digest, datatype=ns["XSD"].hexBinary))


def _licence(graph: Graph, made: Node, record: Record) -> None:
    ns = _names()
    dct = ns["DCTERMS"]
    title, url = record.licence.get("title", ""), record.licence.get("url")
    if url:
        known = vocabulary.licence(url)
        node = ns["URIRef"](address_of(known[1] if known else url))
        _add(graph, made, dct.license, node)
        _add(graph, node, ns["RDF"].type, dct.LicenseDocument)
        if known:
            _add(graph, node, ns["SKOS"].exactMatch, ns["URIRef"](known[0]))
        if title:
            _texts(graph, node, ns["RDFS"].label, {language_of(title): title})
    elif title:
        _labelled(graph, made, dct.license, dct.LicenseDocument, {language_of(title): title})


def _paged(graph: Graph, node: Node, page: Page) -> None:
    """As ckanext-dcat pages: a Hydra collection view beside the catalogue."""
    ns = _names()
    hydra, iri = ns["HYDRA"], ns["URIRef"]
    here = iri(address_of(page.address))
    _add(graph, here, ns["RDF"].type, hydra.PagedCollection)
    for name, address in (
        ("firstPage", page.first), ("lastPage", page.last), ("previousPage", page.previous),
        ("nextPage", page.next),
    ):  # fmt: skip
        if address:
            _add(graph, here, hydra[name], ns["Literal"](address))
    _add(graph, here, hydra.totalItems, ns["Literal"](page.total))
    _add(graph, here, hydra.itemsPerPage, ns["Literal"](page.size))
