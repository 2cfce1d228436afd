"""A DCAT catalogue as a source: Turtle, JSON-LD or RDF/XML, page by page (hydra).

Nothing a document names is fetched but its next page: JSON-LD's remote contexts are refused, XML's external
entities are not read by Python's parser.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit

import orjson

from catalog.harvest.client import Answer, Client
from catalog.harvest.record import Page, Record
from metadata.address import shown
from metadata.errors import NotCkan, Refused
from metadata.licence import licence_named

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

ACCEPT = "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8"
MOST = 5000
"""Pages of one catalogue."""
LARGEST = 32 << 20
"""Bytes of one page of RDF: parsed, it takes some twenty times that."""
DEEPEST = 60
"""Levels of brackets in Turtle; its parser calls itself for each."""
FORMS = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/n-triples": "turtle",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
ENDINGS = {".ttl": "turtle", ".jsonld": "json-ld", ".json": "json-ld", ".rdf": "xml", ".xml": "xml"}
DCAT, DCT = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
FOAF, VCARD = "http://xmlns.com/foaf/0.1/", "http://www.w3.org/2006/vcard/ns#"
HYDRA, SPDX = "http://www.w3.org/ns/hydra/core#", "http://spdx.org/rdf/terms#"
ADMS = "http://www.w3.org/ns/adms#"
_OUTSIDE = re.compile(r"<!ENTITY[^>]*\s(SYSTEM|PUBLIC)\s|<!ENTITY\s+%")
EXTRAS = {
    "issued": DCT + "issued",
    "language": DCT + "language",
    "frequency": DCT + "accrualPeriodicity",
    "theme": DCAT + "theme",
    "spatial_text": DCT + "spatial",
    "provenance": DCT + "provenance",
    "conforms_to": DCT + "conformsTo",
    "version_notes": ADMS + "versionNotes",
}
"""ckanext-dcat's name of an extra → the property it comes from."""


@dataclass(kw_only=True)
class Dcat:
    """A DCAT catalogue by the address of its document."""

    url: str
    client: Client
    first: Answer
    kind: str = "dcat"
    _seen: set[str] = field(default_factory=set)

    def pages(self, since: str | None) -> Iterator[Page]:
        """Every page; what did not change is found when it is written. Raises PortalError."""
        answer, visited = self.first, {urldefrag(self.first.url).url, urldefrag(self.url).url}
        while True:
            graph = parsed(answer)
            found = list(_described(graph))
            named = [record for record in found if record is not None]
            fresh = tuple(record for record in named if record.guid not in self._seen)
            if not found and answer is self.first and not self._is_catalogue(graph):
                raise answer.no_catalogue()
            self._seen |= {record.guid for record in fresh}
            yield Page(records=fresh, nameless=len(found) - len(named))
            following = _next(graph, answer.url)
            if following is None:
                return
            if following in visited or (found and not fresh) or len(visited) > MOST:
                raise Refused("harvest-endless", url=shown(self.url), count=len(visited))
            if urlsplit(following).netloc != urlsplit(self.first.url).netloc:
                raise Refused("harvest-elsewhere", url=shown(self.url), to=shown(following))
            visited.add(following)
            answer = self.client.get(following, accept=ACCEPT)

    @staticmethod
    def _is_catalogue(graph: Graph) -> bool:
        from rdflib import RDF, URIRef

        return any(graph.subjects(RDF.type, URIRef(DCAT + "Catalog")))

    def missing(
        self, known: Mapping[str, str], unfinished: Collection[str]
    ) -> tuple[Collection[str], Iterator[Record]]:
        """Known guids that no page described."""
        return [guid for guid in known if guid not in self._seen], iter(())


def form_of(answer: Answer) -> str | None:
    """rdflib's name of what an answer is written in; None where it is no RDF."""
    ending = re.search(r"\.[a-z]+$", urlsplit(answer.url).path.lower())
    by_name = ENDINGS.get(ending.group()) if ending else None
    head = answer.body[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return None
    return FORMS.get(answer.kind) or by_name


def parsed(answer: Answer) -> Graph:
    """An answer as a graph. Raises NotCkan `harvest-not-a-catalogue`, `harvest-remote-context`, Refused."""
    from rdflib import Graph

    form = form_of(answer)
    if form is None:
        raise answer.no_catalogue()
    if len(answer.body) > LARGEST:
        raise Refused("harvest-too-big", url=shown(answer.url), limit=LARGEST)
    text = answer.body.decode("utf-8-sig", "replace")
    if form == "json-ld":
        _local(answer)
    elif (form == "xml" and _OUTSIDE.search(text)) or (form == "turtle" and _depth(text) > DEEPEST):
        raise answer.no_catalogue()
    graph = Graph(bind_namespaces="none")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's JSON-LD uses what rdflib deprecates
            graph.parse(data=text, format=form, publicID=answer.url)
    except Exception:  # noqa: BLE001 - every parser of rdflib raises its own, and all mean the same
        raise answer.no_catalogue() from None
    return graph


def _depth(text: str) -> int:
    """The deepest nesting of brackets, strings counted too: an upper bound."""
    deepest = depth = 0
    for bracket in re.finditer(r"[\[\]()]", text):
        depth = depth + 1 if bracket.group() in "[(" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _local(answer: Answer) -> None:
    """Raises NotCkan where a JSON-LD document takes its meaning from somewhere else: rdflib would fetch it."""
    left = [orjson.loads(answer.body)] if _is_json(answer.body) else []
    if not left:
        raise answer.no_catalogue()
    while left:
        one = left.pop()
        if isinstance(one, dict):
            contexts = one.get("@context", [])
            for context in contexts if isinstance(contexts, list) else [contexts]:
                if isinstance(context, str) or (isinstance(context, dict) and "@import" in context):
                    raise NotCkan("harvest-remote-context", url=shown(answer.url))
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _next(graph: Graph, base: str) -> str | None:
    """The next page, by either of hydra's names for it."""
    from rdflib import URIRef

    for name in ("next", "nextPage"):
        for link in graph.objects(None, URIRef(HYDRA + name)):
            return urldefrag(urljoin(base, str(link))).url
    return None


def _described(graph: Graph) -> Iterator[Record | None]:
    """Each dataset of a graph; None for one without an identity."""
    from rdflib import RDF, URIRef

    for node in sorted(set(graph.subjects(RDF.type, URIRef(DCAT + "Dataset"))), key=str):
        yield _record(graph, node)


def _record(graph: Graph, node: Node) -> Record | None:
    from rdflib import URIRef

    identifier = _text(graph, node, DCT + "identifier")
    guid = str(node) if isinstance(node, URIRef) else identifier
    if not guid:
        return None
    title, title_en = _by_language(graph, node, DCT + "title")
    notes, notes_en = _by_language(graph, node, DCT + "description")
    landing = _text(graph, node, DCAT + "landingPage")
    fields: dict[str, Any] = {"title": title, "notes": notes, "url": landing, "title_en": title_en}
    fields |= {"notes_en": notes_en, "version": _text(graph, node, DCAT + "version"), **_contact(graph, node)}
    fields |= {name: _all(graph, node, term) for name, term in EXTRAS.items()}
    fields["harvest_organization"] = _named(graph, node, DCT + "publisher", FOAF + "name")
    given = tuple(_distributions(graph, node))
    licences = [_text(graph, node, DCT + "license"), *(one["license"] for one in given)]
    fields["license_id"] = next((_licence(one) for one in licences if one), "")
    name = identifier if re.fullmatch(r"[A-Za-z0-9_-]{2,70}", identifier) else guid.rstrip("/").rpartition("/")[2]
    return Record(
        guid=guid,
        name=name,
        url=landing or (guid if guid.startswith("http") else ""),
        modified=_text(graph, node, DCT + "modified"),
        fields={key: value for key, value in fields.items() if value},
        tags=tuple(sorted(str(one) for one in graph.objects(node, URIRef(DCAT + "keyword")))),
        resources=given,
    )


def _licence(given: str) -> str:
    """CKAN's id of a licence known by name or address, else as it is given."""
    known = licence_named(given)
    return (known.ckan if known else None) or given


def _distributions(graph: Graph, node: Node) -> Iterator[dict[str, Any]]:
    from rdflib import URIRef

    for one in sorted(graph.objects(node, URIRef(DCAT + "distribution")), key=str):
        title, english = _by_language(graph, one, DCT + "title")
        media = _text(graph, one, DCAT + "mediaType").rpartition("media-types/")[2]
        form = _text(graph, one, DCT + "format")
        checksum = next(graph.objects(one, URIRef(SPDX + "checksum")), None)
        url = _text(graph, one, DCAT + "downloadURL") or _text(graph, one, DCAT + "accessURL")
        yield {
            "id": str(one) if isinstance(one, URIRef) else None,
            "name": title or english,
            "description": _by_language(graph, one, DCT + "description")[0],
            "url": url,
            "format": form.rstrip("/").rpartition("/")[2] or media.rpartition("/")[2],
            "mimetype": media if "/" in media else "",
            "size": _text(graph, one, DCAT + "byteSize").partition(".")[0],
            "hash": _text(graph, checksum, SPDX + "checksumValue") if checksum is not None else "",
            "last_modified": _text(graph, one, DCT + "modified"),
            "license": _text(graph, one, DCT + "license"),
        }


def _contact(graph: Graph, node: Node) -> dict[str, str]:
    from rdflib import URIRef

    for point in graph.objects(node, URIRef(DCAT + "contactPoint")):
        email = _text(graph, point, VCARD + "hasEmail").removeprefix("mailto:")
        return {"maintainer": _text(graph, point, VCARD + "fn"), "maintainer_email": email}
    return {}


def _named(graph: Graph, node: Node, term: str, label: str) -> str:
    from rdflib import URIRef

    for one in graph.objects(node, URIRef(term)):
        return _by_language(graph, one, label)[0] or str(one)
    return ""


def _text(graph: Graph, node: Node | None, term: str) -> str:
    """One value of a property: always the same one."""
    from rdflib import URIRef

    return min((str(one) for one in graph.objects(node, URIRef(term))), default="")


def _all(graph: Graph, node: Node, term: str) -> Any:
    """A property's values: text, or a list where there are several."""
    from rdflib import BNode, URIRef

    found = sorted(str(one) for one in graph.objects(node, URIRef(term)) if not isinstance(one, BNode))
    return found[0] if len(found) == 1 else found


def _by_language(graph: Graph, node: Node, term: str) -> tuple[str, str]:
    """A text as we keep it: Thai where there is Thai, else without language, else any; and the English one."""
    from rdflib import Literal, URIRef

    found = {
        (one.language or "") if isinstance(one, Literal) else "": str(one)
        for one in sorted(graph.objects(node, URIRef(term)), key=str)
    }
    english = next((text for language, text in found.items() if language.startswith("en")), "")
    first = found.get("th") or found.get("") or english or next(iter(found.values()), "")
    return first, english if english != first else ""
