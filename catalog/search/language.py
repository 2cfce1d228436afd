"""Solr's query language as CKAN hands it on: Lucene's classic syntax, AND its default, and dismax' plain words.

Fields, "phrases", brackets, AND OR NOT && || ! + -, [a TO b], {a TO b}, wildcards; boosts and fuzziness (`^2`,
`~1`) are read and ignored. The source is Lucene's classic query parser, and what CKAN 2.12's `lib/search/query.py`
asks of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DEEPEST = 50
"""Brackets within brackets."""
MOST_CLAUSES = 1024
"""What Solr, too, takes in one query."""

_TERM = r"""(?:\\.|[^\s+\-!(){}\[\]^"~:\\])(?:\\.|[^\s!(){}\[\]^"~:\\])*"""
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    | (?P<and>AND(?=[\s(]|$)|&&) | (?P<or>OR(?=[\s(]|$)|\|\|) | (?P<not>NOT(?=[\s(]|$)|!) | (?P<sign>[+-])
    | (?P<open>\() | (?P<close>\)) | (?P<field>{_TERM}):
    | (?P<range>[\[{{]\s*(?:"[^"]*"|[^\s\]}}]+)\s+TO\s+(?:"[^"]*"|[^\s\]}}]+)\s*[\]}}])
    | "(?P<phrase>(?:\\.|[^"\\])*)" | (?P<term>{_TERM}) | (?P<suffix>[~^][\d.]*)""",
    re.VERBOSE,
)
_BOOST = re.compile(r"[\^~][\d.]*$")
_WORD = re.compile(r'([+-]?)(?:"([^"]*)"|([^\s"]+))')


class Unreadable(ValueError):  # noqa: N818 - it is an answer, not a fault of ours
    """A query that cannot be read; its text says where."""


@dataclass(frozen=True, slots=True)
class Everything:
    """`*:*`."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of a field (None: the text). `text` is as typed where wildcards count, else unescaped."""

    field: str | None
    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """A range of a field; `*` is no bound."""

    field: str
    low: str
    high: str
    with_low: bool
    with_high: bool


@dataclass(frozen=True, slots=True)
class Clauses:
    """All of `must` and none of `never`; without any `must`, one of `may`."""

    must: tuple[Node, ...]
    may: tuple[Node, ...]
    never: tuple[Node, ...]


Node = Everything | Term | Between | Clauses


def unescaped(text: str) -> str:
    """A value without its backslashes."""
    return re.sub(r"\\(.)", r"\1", text)


def words(text: str) -> list[tuple[str, bool, str]]:
    """The pieces of a query of plain words, as dismax reads it: sign, whether in quotes, text. Never fails."""
    found = []
    for sign, phrase, word in _WORD.findall(text):
        plain = re.sub(r"[*?\\]", " ", _BOOST.sub("", word)).strip()
        if phrase.strip():
            found.append((sign, True, phrase))
        elif plain:
            found.append((sign, False, plain))
    return found


def enough(text: str, count: int) -> int:
    """How many of so many words must match: Solr's `mm`, such as `1`, `-1`, `75%` or `2<-1 5<80%`.

    Raises Unreadable for a text that is none.
    """
    needed = text.strip()
    if "<" in text:
        steps = [step.partition("<") for step in text.split()]
        chosen = [amount for limit, _sign, amount in steps if _whole(limit, text) < count]
        needed = chosen[-1] if chosen else "100%"
    amount = abs(_whole(needed.removesuffix("%"), text))
    if needed.endswith("%"):
        amount = amount * count // 100
    return max(1, min(count, count - amount if needed.startswith("-") else amount))


def _whole(number: str, text: str) -> int:
    try:
        return int(number)
    except ValueError:
        raise Unreadable(f"Invalid mm: '{text[:80]}'") from None


def parsed(text: str) -> Node:
    """A query as what it asks for. Raises Unreadable."""
    reader = _Reader(text)
    found = reader.clauses(None)
    if reader.next()[0] != "end":
        reader.fail()
    return found


class _Reader:
    """A recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self.wrong(at)
            kind = str(match.lastgroup)
            if kind != "space":
                self.tokens.append((kind, match[kind], at))
            at = match.end()
        if len(self.tokens) > MOST_CLAUSES:
            raise Unreadable("too many clauses")

    def wrong(self, at: int) -> Unreadable:
        met = self.text[at : at + 1] or "<EOF>"
        return Unreadable(f"Cannot parse '{self.text}': Encountered \"{met}\" at line 1, column {at}.")

    def fail(self) -> None:
        raise self.wrong(self.next()[2])

    def next(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", len(self.text))

    def take(self) -> tuple[str, str, int]:
        token = self.next()
        self.at += 1
        return token

    def clauses(self, field: str | None) -> Node:
        """Lucene's rule: `a AND b` makes both a must, `a OR b` neither; what is not joined must be there."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable("too many brackets")
        found: list[tuple[str, Node]] = []
        while self.next()[0] not in ("end", "close"):
            link = self.take()[0] if found and self.next()[0] in ("and", "or") else ""
            sign = ""
            if self.next()[0] in ("sign", "not"):
                sign = "+" if self.take()[1] == "+" else "-"
            node = self.clause(field)
            if link and found[-1][0] != "-":
                found[-1] = ("+" if link == "and" else "", found[-1][1])
            found.append((sign if sign == "-" else "" if link == "or" else "+", node))
        if not found:
            self.fail()
        self.depth -= 1
        if len(found) == 1 and found[0][0] != "-":
            return found[0][1]

        def chosen(kind: str) -> tuple[Node, ...]:
            return tuple(node for occurs, node in found if occurs == kind)

        return Clauses(must=chosen("+"), may=chosen(""), never=chosen("-"))

    def clause(self, field: str | None) -> Node:
        kind, value, at = self.take()
        node: Node = Everything()
        if kind == "field":
            field = unescaped(value)
            kind, value, at = self.take()
        if kind == "open":
            node = self.clauses(field)
            if self.take()[0] != "close":
                self.at -= 1
                self.fail()
        elif kind == "range" and field is not None:
            low, high = (one.strip().strip('"') for one in re.split(r"\s+TO\s+", value[1:-1], maxsplit=1))
            node = Between(field, low, high, value[0] == "[", value[-1] == "]")
        elif kind == "phrase":
            node = Term(field, unescaped(value), quoted=True)
        elif kind == "term":
            node = Everything() if (field, value) == ("*", "*") else Term(field, value)
        else:
            raise self.wrong(at)
        while self.next()[0] == "suffix":
            self.take()
        return node
