"""One file of a dataset: what it is, its columns, its table to look through, and its rows to take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from catalog.actions.refusals import ActionRefused
from catalog.store.shape import Column, Shape
from catalog.web import caller
from catalog.web.pages import rating
from catalog.web.pages.cells import Cell, Style
from catalog.web.pages.columns import counted, described, kind_of, known
from catalog.web.pages.exporting import NotMade, Opened, download, formats
from catalog.web.pages.page import ask, called, link, resource_of, show, table_of
from catalog.web.pages.table import SIZES, TESTS, Asked, Condition, State, address, asked
from catalog.web.words import Speech, language_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

FIRST = 10
"""Rows of a table on its dataset's page."""
SHOWN = {"parquet": "Parquet", "geojson": "GeoJSON"}
"""How formats are written that are not written in capitals."""
KEPT = ("lang",)
"""What links and forms take over from the address, beside the table's state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows to be shown."""

    columns: list[Any]
    """Described columns, in order."""
    cells: list[list[Cell]]
    count: int
    """Rows that were found."""

    @property
    def has_gaps(self) -> bool:
        """Whether a cell that is shown has no value."""
        return any(not cell.text for row in self.cells for cell in row)


async def resource(request: Request) -> Response:
    """`/dataset/<id>/resource/<id>`: the page, or with `?format=` the rows as a file. Raises 404."""
    package, found = await resource_of(request)
    say = Speech(language_of(request))
    info = await table_of(request, found)
    wanted = request.query_params.get("format")
    base: dict[str, Any] = {"package": package, "resource": found, "title": called(found, say), "table": None}
    base |= await rating.facts(request, package, found["id"])
    if info is None:
        refused = say("export-no-table") if wanted else ""
        return show(request, "resource.html", 404 if wanted else 200, **base, refused=refused)
    opened = await run_in_threadpool(_opened, request, package, found, info, say)
    state = State.of(request.query_params.multi_items())
    put = asked(state, shape_of(info))
    refused, status, more = "", 200, {}
    try:
        rows = await _rows(request, opened, state, put, say)
    except ActionRefused:  # more words than a statement takes
        if wanted:
            refused, status, wanted = say("table-too-much"), 400, None
        state, put, too_much = State(rows=state.rows), asked(State(), shape_of(info)), state
        rows = await _rows(request, opened, state, put, say)
        more["too_much"] = too_much
    labels = {one.name: one.label or one.name for one in opened.described}
    if wanted:
        try:
            return await download(request, opened, state, put, rows.count, told(state.where, labels, say), say)
        except NotMade as reason:
            refused, status = say(reason.why, **reason.facts), reason.status
    pages = max(1, -(-rows.count // state.rows))
    state = state.at(min(state.page, pages))
    facts = base | _facts(request, opened, state, put, rows, say) | more
    facts |= {"refused": refused, "pages": pages, "sorted": labels.get(state.sort)}
    facts["chosen"] = list(zip(facts["good"].where, told(facts["good"].where, labels, say), strict=True))
    response = show(request, "resource.html", status, **facts)
    if status == 503:
        response.headers["Retry-After"] = "30"
    return response


async def preview(
    request: Request, package: Mapping[str, Any], tables: Mapping[str, Any], say: Speech
) -> dict[str, Any]:
    """For the dataset's page: the first rows of its first table, and the columns of each (`columns`, by file)."""
    columns: dict[str, Any] = {}
    table: dict[str, Any] | None = None
    for one in package["resources"]:
        info = tables.get(one["id"])
        if not info:
            continue
        opened = await run_in_threadpool(_opened, request, package, one, info, say)
        columns[one["id"]] = {"described": opened.described, "sampled": opened.sampled}
        if table is None:
            rows = await _rows(request, opened, State(), asked(State(), shape_of(info)), say, FIRST)
            href = f"/dataset/{package['name']}/resource/{one['id']}"
            table = {"rows": rows, "resource": one, "name": called(one, say), "href": href}
            table["formats"] = formats(opened)
    return {"table": table, "columns": columns}


def shape_of(info: Mapping[str, Any]) -> Shape:
    """A table's columns as `datastore_info` tells them."""
    columns = (Column(name=one["id"], kind=kind_of(one), slot=slot) for slot, one in enumerate(info["fields"]))
    return Shape(columns=tuple(columns))


def told(where: Sequence[Condition], labels: Mapping[str, str], say: Speech) -> list[str]:
    """Conditions in words. A further `is` of a column is another way to pass the first."""
    found, seen = [], set()
    for one in where:
        column = labels.get(one.column, one.column) or say("table-any")
        text = f"{column} {say(f'table-{one.test}')} “{one.value}”"
        found.append(say("table-or", what=text) if one.test == "is" and one.column in seen else text)
        seen |= {one.column} if one.test == "is" else set()
    return found


def _opened(request: Request, package: Any, found: Any, info: Mapping[str, Any], say: Speech) -> Opened:
    with request.app.state.portal.looking(actor=caller.actor(request), site=caller.site(request)) as context:
        counts = request.app.state.answers.of(context, found["id"], "filled", counted)
    sample = [counts.examples] if len(counts.examples) == len(info["fields"]) else []
    columns = known(info["fields"], sample)
    return Opened(
        package=package,
        resource=found,
        fields=info["fields"],
        described=described(info["fields"], columns, counts, say),
        rows=info["meta"]["count"],
        known=columns,
        sampled=0 if counts.is_whole else counts.looked,
    )


async def _rows(
    request: Request, opened: Opened, state: State, put: Asked, say: Speech, most: int | None = None
) -> Rows:
    """A page of rows; of a page beyond the last, the last. Raises ActionRefused."""
    data = {"resource_id": opened.resource["id"], **put.data, "limit": most or state.rows}
    found = await ask(request, "datastore_search", {**data, "offset": (state.page - 1) * state.rows})
    if not found["records"] and found["total"]:
        last = (found["total"] - 1) // state.rows
        found = await ask(request, "datastore_search", {**data, "offset": last * state.rows})
    info = {one["id"]: one.get("info") or {} for one in opened.fields}
    told = {one.name: one for one in opened.described}
    styles = [Style.of(name, told[name].kind, info[name]) for name in put.columns]
    cells = [
        [style.cell(record[name], say) for name, style in zip(put.columns, styles, strict=True)]
        for record in found["records"]
    ]
    return Rows(columns=[told[name] for name in put.columns], cells=cells, count=found["total"])


def _facts(request: Request, opened: Opened, state: State, put: Asked, rows: Rows, say: Speech) -> dict[str, Any]:
    """What the template needs of the table: its rows, and an address for each thing one may do with it."""
    path = f"/dataset/{opened.package['name']}/resource/{opened.resource['id']}"
    kept = [(key, value) for key, value in request.query_params.multi_items() if key in KEPT]

    def at(other: State) -> str:
        return address(path, kept + other.pairs) + "#table"

    def export(form: str, part: State, **more: str) -> str:
        return address(path, [*kept, ("format", form), *more.items(), *part.part])

    good = state.without(*(one for one, _why in put.wrong))
    wrong = [(one, say(why, column=_label(opened, one.column), value=one.value)) for one, why in put.wrong]
    return {
        "table": rows,
        "state": state,
        "here": path,
        "kept": kept,
        "at": at,
        "export": export,
        "good": good,
        "wrong": wrong,
        "typed": put.wrong[-1][0] if put.wrong else None,
        "unknown": put.unknown,
        "tests": TESTS,
        "sizes": SIZES,
        "described": opened.described,
        "sampled": opened.sampled,
        "all_rows": opened.rows,
        "formats": formats(opened),
        "others": [SHOWN.get(one, one.upper()) for one in formats(opened) if one != "xlsx"],
        "whole": State(),
        "api": put.api(opened.resource["id"], 100),
        "original": link(opened.resource.get("url")),
    }


def _label(opened: Opened, name: str) -> str:
    return next((one.label for one in opened.described if one.name == name and one.label), name)


ROUTES = (Route("/dataset/{id}/resource/{resource}", resource),)
