"""Finding packages: what words and conditions match, in order, a page of it, and counts by field.

Words are looked for in four ways, each only while fewer than ENOUGH were found: all of them; with the last one's
end open; all but one, where there are three or more (as CKAN's `mm`, "2<-1 5<80%", has it for up to five); and
titles that share letters with them, for misspellings. What a way finds stands below what the ways before it found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

from sqlalchemy import Connection, Float, Select, cast, func, literal, literal_column, not_, select
from sqlalchemy.dialects.postgresql import TSQUERY

from catalog.search.fields import RESOURCE
from catalog.search.units import Unit, Wanted
from catalog.search.words import grams
from catalog.store.conditions import NARROW, ROW, Condition, all_but_one, among, either, expression, matching
from catalog.store.facets import Facets, counted
from catalog.store.tables import package_index, package_text, package_values
from catalog.store.usage import VIEWS, views

ENOUGH = 10
SOME = 3
"""Found of these, nobody looks for what only resembles the query."""
FEW = 500
"""Packages whose values are counted one by one."""
MOST_GUESSES = 50
"""Packages that one of the later ways may add."""
MOST_TERMS = 256
"""Words that all choices of some words out of all may have together."""
TELLING = 4
"""Of so many words, the longest, all but one must be found when not all are."""
MOST_GRAMS = 64
SHARE = 0.6
"""Of the query's grams, how many a title must share; and of each of its words' at least a third."""
LIKELIEST = 100
"""Titles that are compared gram by gram."""
BEST_FIRST = (("score", True), ("metadata_modified", True))
NOTHING_COUNTED = Facets()
SEVERAL = frozenset({"tags", "groups", "text", *RESOURCE})
"""Fields with several values: nothing to sort by."""
BM25 = (10.0, 5.0, 2.0, 0.5, 0.0)
"""Weights of title, names, notes, rest and grams."""
TS_RANK = "{0.05, 0.2, 0.5, 1.0}"
"""The same for PostgreSQL: of rest, notes, names and title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked for: `order` is (field, whether descending)."""

    words: Wanted | None = None
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = BEST_FIRST
    start: int = 0
    rows: int = 10
    facets: Facets = NOTHING_COUNTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many match, the page's packages (id and score), and field → value → count."""

    count: int
    page: tuple[tuple[str, float], ...]
    facets: dict[str, dict[str, int]]


def find(connection: Connection, query: Query) -> Found:
    """Finds packages in the index."""
    conditions = list(query.conditions)
    words, dialect = query.words, connection.dialect.name
    if words is not None and words.unwanted:
        unwanted = either([[unit] for unit in words.unwanted], dialect)
        conditions.append(not_(ROW.number.in_(matching(unwanted, dialect))))
        words = words if words.words else None
    elif words is not None and not words.words:
        return Found(count=0, page=(), facets={field: {} for field in query.facets.fields})
    if words is None:
        every = select(ROW.number, ROW.package_id, literal(0.0).label("score")).where(*conditions)
        return _counted(connection, query, every, _first(connection, query, every))
    exact = _scored(_written(words, dialect), dialect).where(*conditions)
    first = _first(connection, query, exact)
    if len(first) >= ENOUGH:
        return _counted(connection, query, exact, first)
    best = {number: package for number, package, _score in sorted(first, key=lambda one: -one[2])}
    return _listed(connection, query, _more(connection, words, conditions, best))


def _written(words: Wanted, dialect: str) -> str:
    """The words that must be there; of very many words, all of them."""
    count = len(words.words)
    least = count if words.least is None else words.least
    if comb(count, least) * least > MOST_TERMS:
        least = count
    return either([list(group) for group in combinations(words.words, least)], dialect)


def _scored(written: str, dialect: str) -> Select[Any]:
    """Numbers, packages and scores of what an expression finds."""
    if dialect == "sqlite":
        name: Any = literal_column("package_text")
        score = (-func.bm25(name, *(literal_column(str(weight)) for weight in BM25))).label("score")
        joined = package_index.join(package_text, package_text.c.rowid == ROW.number)
        matched = select(ROW.number, ROW.package_id, score).select_from(joined)
        return matched.where(name.bool_op("MATCH")(written))
    asked = cast(written, TSQUERY)
    score = func.ts_rank(literal_column(f"'{TS_RANK}'"), ROW.words, asked, 1, type_=Float).label("score")
    return select(ROW.number, ROW.package_id, score).where(ROW.words.bool_op("@@")(asked))


def _ordered(query: Query, matched: Select[Any]) -> Select[Any]:
    order = query.order if query.words else tuple(one for one in query.order if one[0] != "score")
    return matched.order_by(*_order(order, matched.selected_columns[2]))


def _first(connection: Connection, query: Query, matched: Select[Any]) -> list[Any]:
    """The first of what matches, in the order asked for: all of it, where there are not more than FEW."""
    return list(connection.execute(_ordered(query, matched).limit(FEW + 1)))


def _counted(connection: Connection, query: Query, matched: Select[Any], first: list[Any]) -> Found:
    """Found by SQL alone, of which the first are known."""
    numbers: Any = [row[0] for row in first]
    count, end = len(first), query.start + query.rows
    if count > FEW:
        numbers = matched.with_only_columns(ROW.number, maintain_column_froms=True)
        count = int(connection.execute(select(func.count()).select_from(numbers.subquery())).scalar() or 0)
    if query.rows and min(end, count) > len(first):
        page = connection.execute(_ordered(query, matched).limit(query.rows).offset(query.start)).all()
    else:
        page = first[query.start : end]
    found = tuple((row[1], float(row[2])) for row in page)
    return Found(count=count, page=found, facets=counted(connection, query.facets, numbers))


def _listed(connection: Connection, query: Query, ranked: dict[int, str]) -> Found:
    """Found one by one, best first: number → package."""
    scores = {number: 1.0 / (1 + rank) for rank, number in enumerate(ranked)}
    numbers = list(ranked)
    if query.order[:1] == (("score", False),):
        numbers.reverse()
    elif query.order and query.order[0][0] != "score" and numbers:
        others = [one for one in query.order if one[0] != "score"]
        rows = select(ROW.number).where(among(ROW.number, numbers, connection.dialect.name))
        numbers = list(connection.execute(rows.order_by(*_order(others, literal(0.0)))).scalars())
    page = tuple((ranked[one], scores[one]) for one in numbers[query.start : query.start + query.rows])
    return Found(count=len(numbers), page=page, facets=counted(connection, query.facets, numbers))


def _order(order: Sequence[tuple[str, bool]], score: Any) -> Iterator[Any]:
    """What to sort by; then what changed first, then what came first."""
    if not any(field == "metadata_modified" for field, _descending in order):
        order = (*order, ("metadata_modified", False))
    for field, descending in order:
        column: Any = NARROW.get({"title": "title_string"}.get(field, field))
        if field == "score":
            column = score
        elif field in VIEWS:
            column = views(ROW.package_id, lately=field == "views_recent")
        elif column is None:
            rows = package_values.c
            one = select(func.min(rows.value)).where(rows.number == ROW.number, rows.field == field)
            column = one.correlate(package_index).scalar_subquery()
        sorting = column.desc() if descending else column.asc()
        # only so does a column's index serve, which is never empty
        yield sorting if field == "score" or getattr(column, "nullable", True) is False else sorting.nulls_last()
    yield ROW.number


def _more(
    connection: Connection, words: Wanted, conditions: list[Condition], best: Mapping[int, str]
) -> dict[int, str]:
    """Number → package, the best first: what was found, and what the other ways find, until there are enough."""
    found = dict(best)
    dialect = connection.dialect.name
    for written, enough in _ways(words.words, dialect):
        if len(found) < enough:
            matched = _scored(written, dialect).where(*conditions)
            likely = matched.order_by(*_order(BEST_FIRST, matched.selected_columns[2]))
            for number, package, _score in connection.execute(likely.limit(MOST_GUESSES)):
                found.setdefault(number, package)
    if len(found) < SOME:
        for number, package in _alike(connection, words.text, conditions):
            found.setdefault(number, package)
    return found


def _ways(words: Sequence[Unit], dialect: str) -> Iterator[tuple[str, int]]:
    """What else to look for, and how many must have been found for it not to be needed."""
    if len("".join(words[-1][0])) > 1:
        yield expression(words, dialect, open_end=True), ENOUGH
    if len(words) >= 3:
        telling = sorted(words, key=lambda word: -len("".join(word[0])))[:TELLING]
        yield all_but_one(telling, dialect), SOME


def _alike(connection: Connection, asked: str, conditions: list[Condition]) -> list[tuple[int, str]]:
    """Packages whose titles and tags share most of the query's grams, the likeliest first.

    Of each word of three letters or more they share a third of its grams, of a number all.
    """
    wanted = grams(asked)[:MOST_GRAMS]
    chunks = [(found, word.isdigit()) for word in asked.split() if len((found := grams(word) or [""])[0]) > 2]
    if not wanted:
        return []
    if connection.dialect.name == "sqlite":
        name: Any = literal_column("package_text")
        score: Any = -func.bm25(name, 0.0, 0.0, 0.0, 0.0, 1.0)
        joined = package_index.join(package_text, package_text.c.rowid == ROW.number)
        written = _sharing(wanted, chunks, '"', "AND", "OR")
        matched = select(ROW.number).select_from(joined).where(name.bool_op("MATCH")(f"{{grams}} : ({written})"))
    else:
        score = func.ts_rank(ROW.grams, cast(_sharing(wanted, [], "'", "&", "|"), TSQUERY))
        written = _sharing(wanted, chunks, "'", "&", "|")
        matched = select(ROW.number).where(ROW.grams.bool_op("@@")(cast(written, TSQUERY)))
    likeliest = matched.where(*conditions).order_by(score.desc(), ROW.modified.desc(), ROW.number).limit(LIKELIEST)
    numbers = list(connection.execute(likeliest).scalars())
    shares = []
    for number, package, text in connection.execute(_held_grams(connection, numbers)) if numbers else ():
        held = set(text.split())
        share = len(held & set(wanted)) / len(wanted)
        if share >= SHARE and all(
            len(held & set(chunk)) * (1 if number_as_typed else 3) >= len(chunk)
            for chunk, number_as_typed in chunks
        ):
            shares.append((-share, len(held), number, package))
    return [(number, package) for _share, _length, number, package in sorted(shares)][:MOST_GUESSES]


def _sharing(wanted: list[str], chunks: list[tuple[list[str], bool]], quote: str, both: str, either: str) -> str:
    """Some gram of each chunk, all of a number's; without chunks, any that is wanted."""

    def joined(some: list[str], link: str) -> str:
        return "(" + f" {link} ".join(f"{quote}{gram}{quote}" for gram in some) + ")"

    groups = [joined(chunk, both if number else either) for chunk, number in chunks]
    return f" {both} ".join(groups) or joined(wanted, either)


def _held_grams(connection: Connection, numbers: list[int]) -> Select[Any]:
    if connection.dialect.name == "sqlite":
        joined = package_index.join(package_text, package_text.c.rowid == ROW.number)
        held = select(ROW.number, ROW.package_id, package_text.c.grams).select_from(joined)
    else:
        text = func.array_to_string(func.tsvector_to_array(ROW.grams), " ")
        held = select(ROW.number, ROW.package_id, text)
    return held.where(among(ROW.number, numbers, connection.dialect.name))
