"""Constraints of DCAT-AP 3.0.1 that a graph of ours could break, judged on the record without making the graph.

The exporter gives every node its class and writes a property once that may stand once, so most of SEMIC's shapes
hold whatever the record says. What is left: mandatory texts that are empty, values that are not of their datatype,
and two distributions with one address. No package that `catalog.record` reads breaks the first two: names stand in
for empty titles, and what is no date, size or hash is left out. A record made elsewhere may.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import groupby

from metadata.exports import vocabulary
from metadata.exports.record import Distribution, Record, Texts
from metadata.finding import Finding, Place


def check(record: Record) -> tuple[Finding, ...]:
    """What of DCAT-AP the record's graph would break; empty where the graph conforms."""
    return tuple(_found(record))


def _found(record: Record) -> Iterator[Finding]:
    at = Place(dataset=record.name)
    texts = (
        ("dct:title", "title", record.title),
        ("dct:description", "notes", record.description or record.title),
        ("foaf:name", "owner_org", record.publisher),
    )
    for term, field, said in texts:
        if not _said(said):
            yield _finding("dcat-mandatory", at, term, field)
    # of its dates and its period nothing is asked: their shapes say `sh:shape`, which is no word of SHACL
    for one in record.distributions:
        yield from _of_distribution(record, one)
    yield from _twice(record)


def _of_distribution(record: Record, one: Distribution) -> Iterator[Finding]:
    at = Place(dataset=record.name, resource=one.id)
    for term, value in (("dct:issued", one.issued), ("dct:modified", one.modified)):
        if value and not _is_moment(value):
            yield _finding("dcat-value", at, term)
    if one.size is not None and one.size < 0:
        yield _finding("dcat-value", at, "dcat:byteSize")
    if one.sha256 and not re.fullmatch(r"([0-9A-Fa-f]{2})+", one.sha256):
        yield _finding("dcat-value", at, "spdx:checksumValue")
    if one.table and not any(_said(other.title) for other in record.distributions if other.table == one.table):
        # the rows of a table are a service of their own, which goes by the distribution's title
        yield _finding("dcat-mandatory", at, "dct:title", "name")


def _twice(record: Record) -> Iterator[Finding]:
    """Distributions at one address are one node: what may stand there once must be the same in all of them."""
    files = sorted(record.distributions, key=lambda one: one.page)
    for page, group in groupby(files, key=lambda one: one.page):
        same = list(group)
        for term in _SINGLE if len(same) > 1 else ():
            values = [value for one in same for value in [_SINGLE[term](record, one)] if value is not None]
            # what has no address of its own is a new node each time
            if len(values if _NAMELESS in values else set(values)) > 1:
                yield _finding("dcat-single", Place(dataset=record.name, resource=same[0].id), term, page)


_NAMELESS = object()
_SINGLE: dict[str, Callable[[Record, Distribution], object]] = {
    "dct:format": lambda _, one: vocabulary.file_type(one.kind) or (_NAMELESS if one.kind else None),
    "dcat:mediaType": lambda _, one: one.media_type or None,
    "dct:license": lambda record, _: (
        None if record.licence.get("url") or not record.licence.get("title") else _NAMELESS
    ),
    "dct:rights": lambda _, one: _NAMELESS if one.rights else None,
    "spdx:checksum": lambda _, one: _NAMELESS if one.sha256 else None,
    "dcat:byteSize": lambda _, one: one.size,
    "dct:issued": lambda _, one: one.issued or None,
    "dct:modified": lambda _, one: one.modified or None,
}
"""Property that a distribution has once at most → what the exporter writes there; None: nothing, or always one."""


def _said(texts: Texts) -> bool:
    return any(texts.values())


def _is_moment(value: str) -> bool:
    """Whether a text is an xsd:date (a zone may follow it) or, with a `T`, an xsd:dateTime."""
    try:
        if "T" in value:
            datetime.fromisoformat(value)
        else:
            date.fromisoformat(value[:10])
    except ValueError:
        return False
    return "T" in value or bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}(Z|[+-]\d{2}:\d{2})?", value))


def _finding(rule: str, at: Place, term: str, field: str = "") -> Finding:
    return Finding(rule=rule, severity="warning", at=at, values={"property": term, "field": field})
