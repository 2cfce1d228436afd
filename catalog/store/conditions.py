"""Solr's queries as conditions of SQL on the search index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from catalog.search.fields import LONGEST, TEXTS
from catalog.search.language import Between, Everything, Node, Term, Unreadable, unescaped
from catalog.search.units import Unit, wanted
from catalog.search.words import marked
from catalog.store.tables import package_index, package_text, package_values
from metadata import clock

Condition = ColumnElement[bool]
ROW = package_index.c
NARROW = {
    "id": ROW.package_id,
    "name": ROW.name,
    "title_string": ROW.title,
    "state": ROW.state,
    "owner_org": ROW.owner_org,
    "creator_user_id": ROW.creator,
    "metadata_created": ROW.created,
    "metadata_modified": ROW.modified,
}
"""Fields that the narrow row has, each at most once."""
TEXT_FIELDS = {"text": "", "title": "title", "title_ngram": "title", "notes": "notes", "name_ngram": "names"}
"""Fields that are looked for by words, and the index's column ("": all of them)."""
EVERYWHERE = "title names notes rest"
WEIGHT = {"title": "A", "names": "B", "notes": "C", "rest": "D"}
_MOMENT = re.compile(r"(NOW|\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)((?:[+-]\d+[A-Z]+|/[A-Z]+)*)")
_STEP = re.compile(r"([+-])(\d+)([A-Z]+)|/([A-Z]+)")


def compiled(node: Node, dialect: str) -> Condition:
    """A query as a condition on package_index. Raises Unreadable for a date that is none."""
    if isinstance(node, Everything):
        return true()
    if isinstance(node, Term):
        return _term(node, dialect)
    if isinstance(node, Between):
        return _between(node)
    must = [compiled(one, dialect) for one in node.must]
    if not must and node.may:
        must = [or_(*(compiled(one, dialect) for one in node.may))]
    return and_(true(), *must, *(not_(compiled(one, dialect)) for one in node.never))


def _term(node: Term, dialect: str) -> Condition:
    field, value = node.field or "text", node.text if node.quoted else unescaped(node.text)
    wild = not node.quoted and re.search(r"(?<!\\)[*?]", node.text) is not None
    if field in TEXT_FIELDS:
        return _in_text(TEXT_FIELDS[field], value, dialect, quoted=node.quoted, wild=wild)
    if field in NARROW:
        column = NARROW[field]
        if wild:
            return column.is_not(None) if node.text == "*" else _like(column, node.text, dialect)
        if field.startswith("metadata_"):
            return column.between(*_millisecond(_moment(value)))
        return column == value
    rows, compared = package_values.c, field.removeprefix("extras_")
    if wild and node.text == "*":
        match: Condition = true()
    elif wild:
        match = _like(rows.value, node.text, dialect)
    elif field.endswith("_date"):
        match = rows.value == _second(_moment(value))
    elif field in TEXTS or field.startswith("extras_"):
        match = func.lower(rows.value).contains(value[:LONGEST].lower(), autoescape=True)
    else:
        match = rows.value == value[:LONGEST]
    fields = ("res_url", "url") if compared == "urls" else (compared,)
    return ROW.number.in_(select(rows.number).where(rows.field.in_(fields), match))


def _in_text(place: str, value: str, dialect: str, *, quoted: bool, wild: bool) -> Condition:
    if value == "*":
        return true() if place != "notes" else ROW.number.in_(_some_text(place, dialect))
    open_end = wild and value.endswith("*")
    asked = wanted([("", quoted, value.replace("*", " ").replace("?", " "))])
    found: Condition = false()
    if asked.words:
        found = ROW.number.in_(matching(expression(asked.words, dialect, place, open_end=open_end), dialect))
    if wild and place in ("", "title"):
        found = or_(found, func.lower(ROW.title).contains(value.strip("*").lower(), autoescape=True))
    return found


def _some_text(place: str, dialect: str) -> Any:
    if dialect == "sqlite":
        return select(package_text.c.rowid).where(package_text.c[place] != "")
    return select(ROW.number).where(func.ts_filter(ROW.words, f"{{{WEIGHT[place].lower()}}}") != "")


def matching(written: Any, dialect: str) -> Any:
    """The numbers of the packages that an expression, or a parameter that holds one, finds."""
    if dialect == "sqlite":
        return select(package_text.c.rowid).where(literal_column("package_text").bool_op("MATCH")(written))
    return select(ROW.number).where(ROW.words.bool_op("@@")(cast(written, TSQUERY)))


def expression(units: Sequence[Unit], dialect: str, column: str = "", *, open_end: bool = False) -> str:
    """All of some words, as FTS5 or PostgreSQL is asked for them. With `open_end` the last may go on."""
    last = len(units) - 1
    every = [_any(unit, dialect, column, open_end=open_end and at == last) for at, unit in enumerate(units)]
    if dialect == "sqlite":
        return f"{{{column or EVERYWHERE}}} : ({' AND '.join(every)})"
    return " & ".join(every)


def among(column: Any, values: Any, dialect: str) -> Condition:
    """Whether a column is one of a list, or of what a query finds.

    PostgreSQL gets a list as one parameter: a statement that stays the same is planned once.
    """
    if isinstance(values, list) and dialect == "postgresql":
        return column == any_(literal(values, ARRAY(column.type)))  # type: ignore[no-any-return]
    return column.in_(values)  # type: ignore[no-any-return]


def either(groups: Sequence[Sequence[Unit]], dialect: str) -> str:
    """Any of several groups of words."""
    return (" OR " if dialect == "sqlite" else " | ").join(f"({expression(one, dialect)})" for one in groups)


def all_but_one(units: Sequence[Unit], dialect: str) -> str:
    """All of some words, two or more, but any one of them: each is asked for as seldom as can be."""
    both, one_of = (" AND ", " OR ") if dialect == "sqlite" else (" & ", " | ")

    def lacking(some: list[str]) -> str:
        if len(some) == 2:
            return f"({one_of.join(some)})"
        half = len(some) // 2
        first, second = some[:half], some[half:]
        ways = ([*first, lacking(second)], [lacking(first), *second] if half > 1 else second)
        return f"({one_of.join(f'({both.join(way)})' for way in ways)})"

    written = lacking([_any(unit, dialect, "", open_end=False) for unit in units])
    return f"{{{EVERYWHERE}}} : {written}" if dialect == "sqlite" else written


def _any(unit: Unit, dialect: str, column: str, *, open_end: bool) -> str:
    if dialect == "sqlite":
        end = "*" if open_end else ""  # parts hold letters, marks and digits alone: nothing to escape
        alone = f' OR "{marked(unit[0])}"'
        return "(" + " OR ".join(f'"{" ".join(phrase)}"{end}' for phrase in unit) + f"{alone})"
    weight = WEIGHT.get(column, "")
    forms = []
    for phrase in unit:
        *before, last = phrase
        written = [
            *(_lexeme(part, weight) for part in before),
            _lexeme(last, f"{'*' if open_end else ''}{weight}"),
        ]
        forms.append(f"({' <-> '.join(written)})")
    return f"({' | '.join([*forms, _lexeme(marked(unit[0]), weight)])})"


def _lexeme(part: str, suffix: str) -> str:
    return f"'{part}':{suffix}" if suffix else f"'{part}'"


def _like(column: Any, pattern: str, dialect: str) -> Condition:
    """A pattern of `*` and `?`, letter by letter; a backslash takes away their meaning."""
    pieces = re.findall(r"\\.|\*+|.", pattern[:LONGEST], re.DOTALL)
    if dialect == "sqlite":
        plain = {"*": "[*]", "?": "[?]", "[": "[[]"}
        glob = "".join(
            "*" if one[0] == "*" else "?" if one == "?" else plain.get(one[-1], one[-1]) for one in pieces
        )
        return column.bool_op("GLOB")(glob)  # type: ignore[no-any-return]
    like = "".join(
        "%" if one[0] == "*" else "_" if one == "?" else re.sub(r"([%_/])", r"/\1", one[-1]) for one in pieces
    )
    return column.like(like, escape="/")  # type: ignore[no-any-return]


def _between(node: Between) -> Condition:
    field = node.field
    low, high = (None if one == "*" else one for one in (node.low, node.high))
    if field in ("metadata_created", "metadata_modified"):
        first, last = (one and _millisecond(_moment(one)) for one in (low, high))
        low = first and first[0 if node.with_low else 1]
        high = last and last[1 if node.with_high else 0]
    elif field.endswith("_date"):
        low, high = (one and _second(_moment(one)) for one in (low, high))
    column = NARROW.get(field, ROW.title if field == "title" else package_values.c.value)
    bounds: list[Condition] = [column.is_not(None)]
    if low is not None:
        bounds.append(column >= low if node.with_low else column > low)
    if high is not None:
        bounds.append(column <= high if node.with_high else column < high)
    if column is not package_values.c.value:
        return and_(*bounds)
    rows = package_values.c
    return ROW.number.in_(select(rows.number).where(rows.field == field.removeprefix("extras_"), *bounds))


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _millisecond(moment: datetime) -> tuple[str, str]:
    """The first and the last microsecond of a millisecond, as we store them: Solr knows no less."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
    return f"{text}000", f"{text}999"


def _moment(text: str) -> datetime:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise Unreadable(f"Invalid Date String:'{text[:80]}'")
    try:
        moment = clock.now().astimezone(UTC) if match[1] == "NOW" else datetime.fromisoformat(match[1])
        for sign, count, unit, floor in _STEP.findall(match[2]):
            moment = _floored(moment, floor) if floor else _moved(moment, int(sign + count), unit)
    except (ValueError, OverflowError):
        raise Unreadable(f"Invalid Date Math String:'{text[:80]}'") from None
    return moment


def _moved(moment: datetime, count: int, unit: str) -> datetime:
    unit = unit.removesuffix("S")
    if unit in ("YEAR", "MONTH"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "YEAR" else 1)
        first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        return first.replace(day=min(moment.day, (following - timedelta(days=1)).day))
    names = {"DATE": "days", "MILLI": "milliseconds"}
    name = names.get(unit, f"{unit.lower()}s")
    if name not in ("days", "hours", "minutes", "seconds", "milliseconds", "weeks"):
        raise ValueError(unit)
    return moment + timedelta(**{name: count})


def _floored(moment: datetime, unit: str) -> datetime:
    unit = {"DATE": "DAY"}.get(unit.removesuffix("S"), unit.removesuffix("S"))
    order = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
    least = {"MONTH": 1, "DAY": 1, "HOUR": 0, "MINUTE": 0, "SECOND": 0}
    dropped = {name.lower(): least[name] for name in order[order.index(unit) + 1 :]}
    return moment.replace(**dropped, microsecond=0)  # type: ignore[arg-type]
