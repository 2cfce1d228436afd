"""Finding packages: what words and conditions match, in order, a page of it, and counts by field.

Words are looked for in four ways, each only while fewer than ENOUGH were found: all of them; with the last one's
end open; most of them (dismax' `mm` of CKAN, "2<-1 5<80%"); and titles that share letters with them, for
misspellings. What a way finds stands below what the ways before it found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, Float, Select, cast, func, literal, literal_column, not_, select
from sqlalchemy.dialects.postgresql import TSQUERY

from catalog.search.fields import RESOURCE
from catalog.search.units import Unit, Wanted
from catalog.search.words import grams
from catalog.store.conditions import NARROW, ROW, TEXT_FIELDS, Condition, either, expression, matching
from catalog.store.tables import package_index, package_text, package_values

ENOUGH = 10
MOST_GUESSES = 50
"""Packages that one of the later ways may add."""
MOST_WAYS = 60
"""Combinations of words that are looked for when not all are found."""
MOST_GRAMS = 64
SHARE = 0.6
"""Of the query's grams, how many a title must share; and of each of its words' at least a third."""
LIKELIEST = 100
"""Titles that are compared gram by gram."""
SEVERAL = frozenset({"tags", "groups", "text", *RESOURCE})
"""Fields with several values: nothing to sort by."""
BM25 = (10.0, 5.0, 2.0, 0.5, 0.0)
"""Weights of title, names, notes, rest and grams."""
TS_RANK = "{0.05, 0.2, 0.5, 1.0}"
"""The same for PostgreSQL: of rest, notes, names and title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked for: `order` is (field, whether descending), `facets` the fields to count."""

    words: Wanted | None = None
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = (("score", True), ("metadata_modified", True))
    start: int = 0
    rows: int = 10
    facets: tuple[str, ...] = ()
    most: int = 50
    """Values a facet has at most; negative: all, in their own order."""
    least: int = 1
    """Packages that a facet's value has at least."""


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
        return Found(count=0, page=(), facets={field: {} for field in query.facets})
    if words is None:
        return _counted(connection, query, select(ROW.number, literal(0.0).label("score")).where(*conditions))
    exact = _scored(expression(words.words, dialect), dialect).where(*conditions)
    if _count(connection, exact.limit(ENOUGH)) >= ENOUGH:
        return _counted(connection, query, exact)
    return _listed(connection, query, _ranked(connection, words, conditions))


def _scored(written: str, dialect: str) -> Select[Any]:
    """Numbers and scores of what an expression finds."""
    if dialect == "sqlite":
        name = literal_column("package_text")
        score = (-func.bm25(name, *(literal_column(str(weight)) for weight in BM25))).label("score")
        joined = package_index.join(package_text, package_text.c.rowid == ROW.number)
        return select(ROW.number, score).select_from(joined).where(name.bool_op("MATCH")(written))
    asked = cast(written, TSQUERY)
    score = func.ts_rank(literal_column(f"'{TS_RANK}'"), ROW.words, asked, 1, type_=Float).label("score")
    return select(ROW.number, score).where(ROW.words.bool_op("@@")(asked))


def _count(connection: Connection, matched: Select[Any]) -> int:
    numbers = matched.with_only_columns(ROW.number, maintain_column_froms=True).subquery()
    return int(connection.execute(select(func.count()).select_from(numbers)).scalar() or 0)


def _counted(connection: Connection, query: Query, matched: Select[Any]) -> Found:
    """Found by SQL alone."""
    page: tuple[tuple[str, float], ...] = ()
    if query.rows:
        ordered = matched.with_only_columns(
            ROW.package_id, *matched.selected_columns[1:], maintain_column_froms=True
        )
        ordered = ordered.order_by(*_order(query.order, matched.selected_columns[1])).order_by(ROW.number)
        rows = connection.execute(ordered.limit(query.rows).offset(query.start))
        page = tuple((row[0], float(row[1])) for row in rows)
    count = len(page) if query.start == 0 and 0 < len(page) < query.rows else _count(connection, matched)
    numbers = matched.with_only_columns(ROW.number, maintain_column_froms=True)
    return Found(count=count, page=page, facets=_facets(connection, query, numbers))


def _listed(connection: Connection, query: Query, ranked: list[int]) -> Found:
    """Found one by one, best first."""
    rank = {number: place for place, number in enumerate(ranked)}
    rows = select(ROW.package_id, ROW.number).where(ROW.number.in_(ranked))
    others = [one for one in query.order if one[0] != "score"]
    if query.order and query.order[0][0] == "score":
        others = []
    rows = rows.order_by(*_order(others, literal(0.0))).order_by(ROW.number)
    found = [(row[0], row[1]) for row in connection.execute(rows)] if ranked else []
    if not others:
        found.sort(key=lambda one: rank[one[1]], reverse=bool(query.order) and not query.order[0][1])
    page = found[query.start : query.start + query.rows]
    facets = _facets(connection, query, ranked)
    scored = tuple((package, 1.0 / (1 + rank[number])) for package, number in page)
    return Found(count=len(found), page=scored, facets=facets)


def _order(order: Sequence[tuple[str, bool]], score: Any) -> Iterator[Any]:
    for field, descending in order:
        column = score
        if field != "score":
            column = NARROW.get({"title": "title_string"}.get(field, field))
        if column is None:
            rows = package_values.c
            one = select(func.min(rows.value)).where(rows.number == ROW.number, rows.field == field)
            column = one.correlate(package_index).scalar_subquery()
        yield (column.desc() if descending else column.asc()).nulls_last()


def _facets(connection: Connection, query: Query, numbers: Select[Any] | list[int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    rows = package_values.c
    for field in query.facets:
        count = func.count().label("count")
        if field in NARROW:
            value = NARROW[field]
            counting = select(value, count).where(ROW.number.in_(numbers), value.is_not(None))
        else:
            value = rows.value
            counting = select(value, count).where(rows.field == field, rows.number.in_(numbers))
        counting = counting.group_by(value).having(func.count() >= max(1, query.least))
        counting = counting.order_by(*([] if query.most < 0 else [count.desc()]), value)
        if query.most >= 0:
            counting = counting.limit(query.most)
        empty = field in TEXT_FIELDS or query.most == 0
        found[field] = {} if empty else {str(row[0]): int(row[1]) for row in connection.execute(counting)}
    return found


def _ranked(connection: Connection, words: Wanted, conditions: list[Condition]) -> list[int]:
    """Numbers, the best first: the four ways, one after the other, until there are enough."""
    found: dict[int, None] = {}
    dialect = connection.dialect.name
    for written in _ways(words.words, dialect):
        best = _scored(written, dialect).where(*conditions)
        best = best.order_by(best.selected_columns[1].desc(), ROW.modified.desc(), ROW.number).limit(MOST_GUESSES)
        found.update(dict.fromkeys(row[0] for row in connection.execute(best)))
        if len(found) >= ENOUGH:
            return list(found)
    found.update(dict.fromkeys(_alike(connection, words.text, conditions)))
    return list(found)


def _ways(words: Sequence[Unit], dialect: str) -> Iterator[str]:
    yield expression(words, dialect)
    if len("".join(words[-1][0])) > 1:
        yield expression(words, dialect, open_end=True)
    needed = len(words) - 1 if len(words) <= 5 else int(len(words) * 0.8)
    if 3 <= len(words) <= 10:
        groups = [list(group) for group in combinations(words, needed)]
        if len(groups) <= MOST_WAYS:
            yield either(groups, dialect)


def _alike(connection: Connection, asked: str, conditions: list[Condition]) -> list[int]:
    """Packages whose titles and tags share most of the query's grams, the likeliest first."""
    wanted = grams(asked)[:MOST_GRAMS]
    if not wanted:
        return []
    score: Any
    if connection.dialect.name == "sqlite":
        name: Any = literal_column("package_text")
        written = "{grams} : (" + " OR ".join(f'"{gram}"' for gram in wanted) + ")"
        score = -func.bm25(name, 0.0, 0.0, 0.0, 0.0, 1.0)
        joined = package_index.join(package_text, package_text.c.rowid == ROW.number)
        query = select(ROW.number, package_text.c.grams, score).select_from(joined)
        query = query.where(name.bool_op("MATCH")(written))
    else:
        any_of = cast(" | ".join(f"'{gram}'" for gram in wanted), TSQUERY)
        score = func.ts_rank(ROW.grams, any_of)
        shared = func.array_to_string(func.tsvector_to_array(ROW.grams), " ")
        query = select(ROW.number, shared, score).where(ROW.grams.bool_op("@@")(any_of))
    query = query.where(*conditions).order_by(score.desc(), ROW.modified.desc(), ROW.number).limit(LIKELIEST)
    chunks = [found for word in asked.split() if len((found := grams(word) or [""])[0]) > 2]
    shares = []
    for number, text, _score in connection.execute(query):
        held = set(text.split())
        share = len(held & set(wanted)) / len(wanted)
        if share >= SHARE and all(3 * len(held & set(chunk)) >= len(chunk) for chunk in chunks):
            shares.append((-share, len(held), number))
    return [number for _share, _length, number in sorted(shares)][:MOST_GUESSES]
