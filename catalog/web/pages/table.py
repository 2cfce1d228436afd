"""A table that is looked through on the server: what the address says of it, and the question it puts.

The address is the state, and the state is a `datastore_search`: what the page shows, what it gives to take away
and what a program gets are the same rows.

| parameter | meaning |
| --- | --- |
| `column`, `test`, `value` | a condition; the n-th of each belong together, as a form sends them |
| `sort`, `order=desc` | the column the rows are ordered by; what is empty comes last |
| `show` | a column that is wanted (repeated; none: all) |
| `rows`, `page` | how many rows stand on a page (20, 50, 100), and which page |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast, get_args
from urllib.parse import urlencode

import orjson

from catalog.web.pages.typed import Mistyped, bounds

if TYPE_CHECKING:
    from catalog.store.shape import Shape

Test = Literal["contains", "is", "from", "to"]
TESTS: tuple[Test, ...] = get_args(Test)
SIZES = (20, 50, 100)
MOST_CONDITIONS, LONGEST = 20, 500
"""Conditions of one address, and letters of a value: CKAN's own limits are far beyond."""
MOST_PAGES = 10_000_000
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a row must say in a column; in any of them where the column is ""."""

    column: str
    test: Test
    value: str

    @property
    def pairs(self) -> Pairs:
        """As an address says it."""
        return [("column", self.column), ("test", self.test), ("value", self.value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the address of a table says."""

    where: tuple[Condition, ...] = ()
    sort: str = ""
    down: bool = False
    show: tuple[str, ...] = ()
    rows: int = SIZES[0]
    page: int = 1

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> State:
        """That of an address' parameters. What says nothing, or nothing we know, is left out."""
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            given.setdefault(name, []).append(value)
        told = zip(*(given.get(name, ()) for name in ("column", "test", "value")), strict=False)
        where = [
            Condition(column=column, test=cast("Test", test), value=_clean(value))
            for column, test, value in told
            if test in TESTS and _clean(value)
        ]
        rows, page = (given.get(name, [""])[-1] for name in ("rows", "page"))
        sort = given.get("sort", [""])[-1]
        return cls(
            where=tuple(dict.fromkeys(where))[:MOST_CONDITIONS],
            sort=sort,
            down=bool(sort) and given.get("order", [""])[-1] == "desc",
            show=tuple(dict.fromkeys(one for one in given.get("show", ()) if one)),
            rows=int(rows) if rows in map(str, SIZES) else SIZES[0],
            page=min(int(page), MOST_PAGES) if re.fullmatch("0*[1-9][0-9]{0,8}", page, re.ASCII) else 1,
        )

    @property
    def part(self) -> Pairs:
        """Which rows and columns, in which order, as an address says it: what a download takes over."""
        found = [pair for one in self.where for pair in one.pairs]
        found += [("sort", self.sort)] if self.sort else []
        found += [("order", "desc")] if self.down else []
        return found + [("show", one) for one in self.show]

    @property
    def pairs(self) -> Pairs:
        """All of it; what goes without saying is not said."""
        found = self.part
        found += [("rows", str(self.rows))] if self.rows != SIZES[0] else []
        return found + ([("page", str(self.page))] if self.page != 1 else [])

    def at(self, page: int) -> State:
        """Another page of the same."""
        return replace(self, page=page)

    def sized(self, rows: int) -> State:
        """The same with more or fewer rows on a page, from the first."""
        return replace(self, rows=rows, page=1)

    def sorted(self, column: str) -> State:
        """By a column: upwards, then downwards, then as published again."""
        sort = "" if self.sort == column and self.down else column
        return replace(self, sort=sort, down=bool(sort) and self.sort == column, page=1)

    def without(self, *conditions: Condition) -> State:
        """The same without some conditions."""
        return replace(self, where=tuple(one for one in self.where if one not in conditions), page=1)


def address(path: str, pairs: Pairs) -> str:
    """A path with parameters, if there are any."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question that a state puts to a table, as `datastore_search` takes it, and what could not be asked."""

    data: Mapping[str, Any]
    columns: tuple[str, ...]
    wrong: tuple[tuple[Condition, str], ...] = ()
    """Conditions that are left out, each with the word of `locale/table.yaml` that says why."""
    unknown: tuple[str, ...] = ()
    """Columns to sort by or to show that the table does not have."""

    @property
    def is_whole(self) -> bool:
        """Whether everything that the address says was understood."""
        return not self.wrong and not self.unknown

    def api(self, resource: str, limit: int) -> str:
        """The same question to the API, for a program."""
        sent = {key: orjson.dumps(value).decode() for key, value in self.data.items() if key != "full_text"}
        sent |= {key: str(value) for key, value in self.data.items() if key == "full_text"}
        return "/api/3/action/datastore_search?" + urlencode({"resource_id": resource, **sent, "limit": limit})


def asked(state: State, shape: Shape) -> Asked:
    """The question of a state. Several `is` of one column mean one of them; all else must hold together."""
    filters: list[dict[str, Any]] = []
    words: dict[str, list[str]] = {}
    alike: dict[str, list[Any]] = {}
    wrong = []
    for one in state.where:
        try:
            if one.column and shape.column(one.column) is None:
                raise Mistyped("table-no-column")
            if one.test == "contains":
                words.setdefault(one.column, []).append(one.value)
                continue
            if not one.column:
                raise Mistyped("table-which-column")
            found = bounds(shape.kind(one.column), one.test, one.value)
        except Mistyped as mistyped:
            wrong.append((one, str(mistyped)))
            continue
        if one.test == "is":
            alike.setdefault(_field(one.column), []).append(found)
        else:
            filters.append({_field(one.column): found})
    filters += [{name: values if len(values) > 1 else values[0]} for name, values in alike.items()]
    data: dict[str, Any] = {}
    if filters:
        data["filters"] = filters[0] if len(filters) == 1 else {"$and": filters}
    if words.get(""):
        data["full_text"] = " ".join(words.pop(""))
    if words:
        data["q"] = {name: " ".join(texts) for name, texts in words.items()}
    sort = state.sort if shape.column(state.sort) else ""
    if sort or words or "full_text" in data:
        # words alone would bring those rows first that hold them most often
        data["sort"] = [f'"{sort}" {"desc" if state.down else "asc"} nulls last' if sort else '"_id" asc']
    there = [one for one in state.show if shape.column(one)]
    columns = there or [one.name for one in shape.columns]
    data["fields"] = [f'"{name}"' for name in columns]
    named = dict.fromkeys((*([state.sort] if state.sort else []), *state.show))
    unknown = tuple(name for name in named if shape.column(name) is None)
    return Asked(data=data, columns=tuple(columns), wrong=tuple(wrong), unknown=unknown)


def _clean(value: str) -> str:
    return value.replace("\0", "").strip()[:LONGEST].strip()


def _field(name: str) -> str:
    """A column in CKAN's filters, where `$` begins an operator."""
    return f"${name}" if name.startswith("$") else name


def pages_near(page: int, pages: int) -> Sequence[int]:
    """The pages that a pager names: the first, the last, and those around this one."""
    return sorted({one for one in (1, page - 1, page, page + 1, pages) if 1 <= one <= pages})
