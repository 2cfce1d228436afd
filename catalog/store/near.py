"""Packages near another: those that share its keywords and the telling words of its title, by the search index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from heapq import nlargest
from typing import Any

from sqlalchemy import BindParameter, Connection, String, bindparam, func, literal_column, select, union_all

from catalog.search.units import Unit, wanted
from catalog.search.words import marked
from catalog.store.conditions import ROW, among, matching
from catalog.store.tables import package_values

MANY = 40
"""Packages asked for by each keyword and word, the newest: what more have than that tells little."""
TAGS, WORDS = 6, 4
"""Keywords and words asked for; of the words the longest."""
PLACES = (*(f"tag{n}" for n in range(TAGS)), *(f"word{n}" for n in range(WORDS)))
"""Of keywords and words in the question to the index."""
SHORTEST = 4
"""Letters of a word that tells something."""
TAG, WORD, COMMON = 1.0, 0.8, 0.25
"""What a shared keyword and a shared word weigh, and by what that is multiplied where it is common."""
FEW = 8
"""What no more packages have is never common; else what a quarter of all have, or MANY."""
SAME_OWNER = 0.3
LEAST = 0.8
"""What is nearer than nothing: a keyword or a word that not everybody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A package near another, and what both have: keywords, and words of their titles."""

    package: str
    score: float
    tags: tuple[str, ...] = field(default=())
    words: tuple[str, ...] = field(default=())


def near(connection: Connection, document: Mapping[str, Any], most: int, *, public: bool) -> list[Near]:
    """The nearest packages, best first; of `public` ones alone, or of all (for the caller to sort out)."""
    shared: dict[int, list[tuple[str, str]]] = defaultdict(list)
    scores: dict[int, float] = defaultdict(float)
    last = connection.execute(select(func.max(ROW.number))).scalar() or 0
    common = min(MANY, max(FEW + 1, last // 4))
    asked = list(_asked(document, connection.dialect.name))
    having: dict[str, list[int]] = defaultdict(list)
    sent = dict.fromkeys(PLACES, '""' if connection.dialect.name == "sqlite" else "")
    sent |= {place: written for place, _told, written in asked}
    for place, number in connection.execute(_having(connection.dialect.name), sent):
        having[place].append(number)
    for place, told, _written in asked:
        numbers, kind = having[place], place[:-1]
        weight = (TAG if kind == "tag" else WORD) * (COMMON if len(numbers) >= common else 1.0)
        for number in numbers:
            scores[number] += weight
            shared[number].append((kind, told))
    likely = nlargest(most * 5, scores, key=lambda number: (scores[number], number))
    if not likely:
        return []
    rows = select(ROW.number, ROW.package_id, ROW.owner_org).where(ROW.state == "active")
    rows = rows.where(among(ROW.number, likely, connection.dialect.name), ROW.package_id != document["id"])
    found = []
    for row in connection.execute(rows.where(ROW.private.is_(False)) if public else rows):
        score = scores[row.number] + SAME_OWNER * (row.owner_org == document["owner_org"])
        if scores[row.number] >= LEAST:
            both = {
                kind: tuple(told for other, told in shared[row.number] if other == kind)
                for kind in ("tag", "word")
            }
            found.append(
                (
                    -score,
                    -row.number,
                    Near(package=row.package_id, score=score, tags=both["tag"], words=both["word"]),
                )
            )
    return [one for _score, _number, one in sorted(found, key=lambda one: one[:2])][:most]


def _asked(document: Mapping[str, Any], dialect: str) -> Iterator[tuple[str, str, str]]:
    """What may be shared: its place in the question, what it is called, and how it is written there."""
    for place, tag in zip(PLACES[:TAGS], document["tags"], strict=False):
        yield place, str(tag["name"]), str(tag["name"])
    quote = '"' if dialect == "sqlite" else "'"
    for place, unit in zip(PLACES[TAGS:], _telling(str(document["title"])), strict=False):
        # only the words of titles are marked so: a third of the time that their parts in a column take
        yield place, "".join(unit[0]), f"{quote}{marked(unit[0])}{quote}"


@cache
def _having(dialect: str) -> Any:
    """Who has each of so many keywords and words, the newest first: one statement, put together once."""
    rows, parts = package_values.c, []
    for place in PLACES:
        written: BindParameter[str] = bindparam(place, type_=String)
        if place in PLACES[:TAGS]:
            numbers: Any = select(rows.number).where(rows.field == "tags", rows.value == written)
            first = numbers.order_by(rows.number.desc())
        else:
            numbers = matching(written, dialect)
            first = numbers.order_by(numbers.selected_columns[0].desc())
        parts.append(select(literal_column(f"'{place}'").label("place"), first.limit(MANY).subquery()))
    return union_all(*parts)


def _telling(title: str) -> list[Unit]:
    """The longest words of a title; numbers and years say little."""
    words = {"".join(unit[0]): unit for unit in wanted([("", False, title)]).words}
    chosen = [word for word in words if len(word) >= SHORTEST and not word.isdecimal()]
    return [words[word] for word in sorted(chosen, key=len, reverse=True)[:WORDS]]
