"""Solr's filter language, as far as CKAN's users write it: fields, quotes, AND OR NOT, `-`, brackets, ranges."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, timedelta
from functools import lru_cache
from typing import Any

from catalog.actions.refusals import bad_query
from catalog.actions.values import folded
from metadata import clock

Test = Callable[[dict[str, Any]], bool]
PIECE = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{[^}]*\}|[()]|[+\-!](?=\S)|[^\s()":]+:?|:)')
DEEPEST = 50
"""Brackets within brackets, and NOT before NOT."""
RESERVED = ("AND", "OR", "NOT", "&&", "||")


@lru_cache(maxsize=256)
def parsed(text: str) -> Test:
    """A filter's text as a test of a package's document. Raises 400 Search Query Error."""
    pieces, position = [], 0
    while position < len(text.rstrip()):
        match = PIECE.match(text, position)
        if match is None:
            raise bad_query(f"cannot parse {text!r}")
        pieces.append(match.group(1))
        position = match.end()
    reader = _Reader(pieces, text)
    test = reader.either(None)
    if reader.at < len(pieces):
        raise bad_query(f"cannot parse {text!r}")
    return test


class _Reader:
    """A recursive descent over the pieces; `field` is what stands before an open bracket."""

    def __init__(self, pieces: list[str], text: str) -> None:
        self.pieces, self.text, self.at = pieces, text, 0
        self.depth = 0

    def next(self) -> str:
        return self.pieces[self.at] if self.at < len(self.pieces) else ""

    def take(self) -> str:
        piece = self.next()
        if not piece:
            raise bad_query(f"cannot parse {self.text!r}")
        self.at += 1
        return piece

    def either(self, field: str | None) -> Test:
        tests = [self.all(field)]
        while self.next() in ("OR", "||"):
            self.take()
            tests.append(self.all(field))
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def all(self, field: str | None) -> Test:
        tests = [self.one(field)]
        while self.next() not in ("", ")", "OR", "||"):
            if self.next() in ("AND", "&&"):
                self.take()
            tests.append(self.one(field))
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def one(self, field: str | None) -> Test:
        self.depth += 1
        if self.depth > DEEPEST:
            raise bad_query("too many brackets")
        try:
            return self.inner(field)
        finally:
            self.depth -= 1

    def inner(self, field: str | None) -> Test:
        piece = self.take()
        if piece in ("-", "!", "NOT"):
            test = self.one(field)
            return lambda document: not test(document)
        if piece == "+":
            return self.one(field)
        if piece == "(":
            test = self.either(field)
            if self.take() != ")":
                raise bad_query(f"cannot parse {self.text!r}")
            return test
        if piece.endswith(":") and len(piece) > 1 and field is None:
            name = piece[:-1]
            if self.next() == "(":
                return self.one(name)
            return _matches(name, self.value())
        return _matches(field or "text", self.joined(piece))

    def value(self) -> str:
        piece = self.take()
        return self.joined(piece if piece not in ("-", "+") else piece + self.take())

    def joined(self, piece: str) -> str:
        """A bare value may hold colons: `metadata_modified:2024-01-01T00:00:00Z`."""
        while piece.endswith(":") and self.next() not in ("", ")"):
            piece += self.take()
        return piece


def _matches(field: str, value: str) -> Test:
    if value in RESERVED or value in (")", ":"):
        raise bad_query(f"cannot parse {value!r}")
    if value[0] in "[{":
        return _between(field, value)
    if (field, value) == ("*", "*") or value == "*:*":
        return lambda document: True
    if value == "*":
        return lambda document: any(values_of(document, field))
    quoted = value[0] == '"'
    plain = folded(re.sub(r"\\(.)", r"\1", value[1:-1] if quoted else value))
    if field in ("text", "title", "notes"):
        return lambda document: any(plain.strip("*") in folded(one) for one in values_of(document, field))
    if "*" in plain and not quoted:
        parts = plain.split("*")
        return lambda document: any(_fits(folded(one), parts) for one in values_of(document, field))
    return lambda document: any(folded(one) == plain for one in values_of(document, field))


def _fits(text: str, parts: list[str]) -> bool:
    """Whether a text holds the parts in order, from beginning to end. Never looks back, unlike a pattern."""
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _between(field: str, text: str) -> Test:
    parts = re.fullmatch(r"[\[{]\s*(\S+)\s+TO\s+(\S+)\s*[\]}]", text)
    if parts is None:
        raise bad_query(f"cannot parse {text!r}")
    low, high = (_moment(part.strip('"')) for part in parts.groups())

    def inside(document: dict[str, Any]) -> bool:
        for one in values_of(document, field):
            above = low == "*" or (one >= low if text[0] == "[" else one > low)
            below = high == "*" or (one <= high if text[-1] == "]" else one < high)
            if above and below:
                return True
        return False

    return inside


def _moment(text: str) -> str:
    """`NOW`, `NOW-1DAY`, a date with or without `Z`; anything else as it stands."""
    match = re.fullmatch(r"NOW(?:([+-]\d+)(HOUR|DAY|MONTH|YEAR)S?)?(?:/\w+)?", text)
    if match is None:
        return text.removesuffix("Z")
    days = {"HOUR": 1 / 24, "DAY": 1, "MONTH": 30, "YEAR": 365}.get(match.group(2) or "", 0)
    try:
        moment = clock.now().astimezone(UTC) + timedelta(days=int(match.group(1) or 0) * days)
    except (OverflowError, ValueError):
        raise bad_query(f"no such date: {text[:40]!r}") from None
    return moment.replace(tzinfo=None).isoformat()


def values_of(document: dict[str, Any], field: str) -> list[str]:
    """What a package holds in a field of CKAN's index, as text."""
    if field == "organization":
        return [str(document["organization"]["name"])]
    if field in ("tags", "groups"):
        return [str(one["name"]) for one in document[field]]
    if field in ("res_format", "res_name", "res_url", "res_description", "res_type"):
        key = {"res_type": "resource_type"}.get(field, field.removeprefix("res_"))
        return [str(one.get(key) or "") for one in document["resources"]]
    if field == "text":
        notes = [str(document.get(key) or "") for key in ("title", "notes", "name", "author", "maintainer")]
        return notes + values_of(document, "tags")
    field = {"dataset_type": "type", "title_string": "title"}.get(field, field)
    field = field.removeprefix("extras_").removeprefix("vocab_")
    if field == "capacity":
        return ["private" if document["private"] else "public"]
    value = document.get(field)
    if value is None:
        value = next((one["value"] for one in document.get("extras", ()) if one["key"] == field), None)
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return [str(value).lower()]
    return [] if value in (None, "") else [str(value)]
