"""Finding packages: what words and conditions match, in order, a page of it, and counts by field.

Words are looked for in four ways, each only while fewer than ENOUGH were found: all of them; with the last one's
end open; all but one, where there are three or more (as CKAN's `mm`, "2<-1 5<80%", has it for up to five); and
titles that share letters with them, for misspellings. What a way finds stands below what the ways before it found.
"""

from __future__ import annotations

from collections import Counter
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
SOME = 3
"""Found of these, nobody looks for what only resembles the query."""
FEW = 500
"""Packages whose values are counted one by one."""
MOST_GUESSES = 50
"""Packages that one of the later ways may add."""
TELLING = 4
"""Of so many words, the longest, all but one must be found when not all are."""
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
    best = _best(connection, exact, ENOUGH)
    if len(best) >= ENOUGH:
        return _counted(connection, query, exact)
    return _listed(connection, query, _more(connection, words, conditions, best))


def _best(connection: Connection, matched: Select[Any], most: int) -> list[int]:
    """The numbers with the highest scores."""
    score = matched.selected_columns[1]
    return [
        row[0]
        for row in connection.execute(matched.order_by(score.desc(), ROW.modified.desc(), ROW.number).limit(most))
    ]


def _scored(written: str, dialect: str) -> Select[Any]:
    """Numbers and scores of what an expression finds."""
    if dialect == "sqlite":
        name: Any = literal_column("package_text")
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
        score = matched.selected_columns[1]
        order = query.order if query.words else tuple(one for one in query.order if one[0] != "score")
        ordered = matched.with_only_columns(ROW.package_id, score, maintain_column_froms=True)
        ordered = ordered.order_by(*_order(order, score)).order_by(ROW.modified, ROW.number)
        rows = connection.execute(ordered.limit(query.rows).offset(query.start))
        page = tuple((row[0], float(row[1])) for row in rows)
    count = len(page) if query.start == 0 and 0 < len(page) < query.rows else _count(connection, matched)
    numbers: Any = matched.with_only_columns(ROW.number, maintain_column_froms=True)
    if query.facets and count <= FEW:
        numbers = [row[0] for row in connection.execute(numbers)]
    return Found(count=count, page=page, facets=_facets(connection, query, numbers))


def _listed(connection: Connection, query: Query, ranked: list[int]) -> Found:
    """Found one by one, best first."""
    rank = {number: place for place, number in enumerate(ranked)}
    rows = select(ROW.package_id, ROW.number).where(ROW.number.in_(ranked))
    others = [one for one in query.order if one[0] != "score"]
    if query.order and query.order[0][0] == "score":
        others = []
    rows = rows.order_by(*_order(others, literal(0.0))).order_by(ROW.modified, ROW.number)
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
    values = [field for field in query.facets if field not in NARROW and field not in TEXT_FIELDS]
    few = _tallied(connection, values, numbers) if values and isinstance(numbers, list) else None
    for field in query.facets:
        if query.most == 0 or field in TEXT_FIELDS:
            found[field] = {}
        elif few is not None and field in few:
            counts = sorted(few[field].items(), key=lambda one: (-one[1] if query.most > 0 else 0, one[0]))
            enough = [one for one in counts if one[1] >= max(1, query.least)]
            found[field] = dict(enough if query.most < 0 else enough[: query.most])
        else:
            found[field] = {
                str(row[0]): int(row[1]) for row in connection.execute(_counting(query, field, numbers))
            }
    return found


def _tallied(connection: Connection, fields: list[str], numbers: list[int]) -> dict[str, Counter[str]]:
    """Values of a few packages, counted here: their own rows are read, not all rows of a field."""
    tally: dict[str, Counter[str]] = {field: Counter() for field in fields}
    rows = package_values.c
    query = select(rows.field, rows.value).where(rows.number.in_(numbers), rows.field.in_(fields))
    for field, value in connection.execute(query) if numbers else ():
        tally[field][value] += 1
    return tally


def _counting(query: Query, field: str, numbers: Select[Any] | list[int]) -> Select[Any]:
    rows, count = package_values.c, func.count().label("count")
    if field in NARROW:
        value = NARROW[field]
        counting = select(value, count).where(ROW.number.in_(numbers), value.is_not(None))
    else:
        value = rows.value
        counting = select(value, count).where(rows.field == field, rows.number.in_(numbers))
    counting = counting.group_by(value).having(func.count() >= max(1, query.least))
    if query.most < 0:
        return counting.order_by(value)
    return counting.order_by(count.desc(), value).limit(query.most)


def _more(connection: Connection, words: Wanted, conditions: list[Condition], best: list[int]) -> list[int]:
    """Numbers, the best first: what was found, and what the other ways find, until there are enough."""
    found = dict.fromkeys(best)
    dialect = connection.dialect.name
    for written, enough in _ways(words.words, dialect):
        if len(found) < enough:
            matched = _scored(written, dialect).where(*conditions)
            found.update(dict.fromkeys(_best(connection, matched, MOST_GUESSES)))
    if len(found) < SOME:
        found.update(dict.fromkeys(_alike(connection, words.text, conditions)))
    return list(found)


def _ways(words: Sequence[Unit], dialect: str) -> Iterator[tuple[str, int]]:
    """What else to look for, and how many must have been found for it not to be needed."""
    if len("".join(words[-1][0])) > 1:
        yield expression(words, dialect, open_end=True), ENOUGH
    if len(words) >= 3:
        telling = sorted(words, key=lambda word: -len("".join(word[0])))[:TELLING]
        groups = [list(group) for group in combinations(telling, len(telling) - 1)]
        yield either(groups, dialect), SOME


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
    chunks = [(found, word.isdigit()) for word in asked.split() if len((found := grams(word) or [""])[0]) > 2]
    shares = []
    for number, text, _score in connection.execute(query):
        held = set(text.split())
        share = len(held & set(wanted)) / len(wanted)
        if share >= SHARE and all(
            len(held & set(chunk)) * (1 if number_as_typed else 3) >= len(chunk)
            for chunk, number_as_typed in chunks
        ):
            shares.append((-share, len(held), number))
    return [number for _share, _length, number in sorted(shares)][:MOST_GUESSES]
