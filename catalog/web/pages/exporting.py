"""What the page of a file gives to take away: which formats there are, and the file that was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Event
from typing import IO, TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from catalog.actions import datastore_ask
from catalog.actions.values import true
from catalog.store.datastore import state_of
from catalog.web import caller, fresh, records
from catalog.web.exports import answer, geojson, parquet, text, workbook
from catalog.web.exports.part import Column, Part
from catalog.web.pages.columns import Described, kind_of
from catalog.web.pages.page import called, link, named, publisher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.picture.columns import Column as Known
    from catalog.web.pages.table import Asked, State
    from catalog.web.words import Speech

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}
WORDS = ("sheet-rows", "sheet-columns", "sheet-source", "cut", *workbook.HEADS)


class NotMade(Exception):  # noqa: N818 - an answer
    """A file that is not made: the word that says why, what the word needs, the status."""

    def __init__(self, why: str, status: int = 400, **facts: Any) -> None:
        super().__init__(why)
        self.why, self.status, self.facts = why, status, facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A table of a resource, as the page and its files need it."""

    package: Mapping[str, Any]
    resource: Mapping[str, Any]
    fields: Sequence[Mapping[str, Any]]
    """Of `datastore_info`."""
    described: Sequence[Described]
    rows: int
    """Of the whole table."""
    known: Sequence[Known]
    """What each column is there for."""
    sampled: int
    """How many rows stand for the columns; 0 where all of them were looked at."""

    @property
    def where(self) -> geojson.Where | None:
        """Where its places stand, if it has any."""
        for one in self.fields:
            if kind_of(one) == "json" and geojson.SHAPES.fullmatch(one["id"]):
                return geojson.Where(shape=one["id"])
        found = {one.role: one.name for one in self.known}
        if "longitude" not in found or "latitude" not in found:
            return None
        return geojson.Where(longitude=found["longitude"], latitude=found["latitude"])


def formats(opened: Opened) -> list[str]:
    """The formats that a table can be had in; XLSX, for people, is the first where a sheet takes it."""
    fits = {"xlsx": workbook.fits(opened.rows, len(opened.fields)), "geojson": opened.where is not None}
    return [one for one in TYPES if fits.get(one, True)]


async def download(
    request: Request,
    opened: Opened,
    state: State,
    asked: Asked,
    count: int,
    told: Sequence[str],
    say: Speech,
) -> Response:
    """The file that `?format=` names, of the `count` rows that the address means.

    `told`: its conditions in words. Raises NotMade.
    """
    wanted = request.query_params["format"].lower()
    if wanted not in TYPES:
        raise NotMade("export-unknown", format=wanted[:40])
    where = opened.where
    if wanted == "geojson" and where is None:
        raise NotMade("export-nowhere")
    if not asked.is_whole:
        raise NotMade("export-wrong")
    cells = count * max(1, len(asked.columns))
    if wanted == "xlsx" and not workbook.fits(count, len(asked.columns)):
        raise NotMade("export-too-long", count=count, most=say.number(workbook.MOST_ROWS))
    if cells > (workbook.MOST_CELLS if wanted == "xlsx" else answer.MOST):
        raise NotMade("export-too-large")
    portal, key = request.app.state.portal, opened.resource["id"]
    mark = state_of(portal.datastore, key)
    bom = wanted == "csv" and true(request.query_params.get("bom", ""))
    about = _about(request, opened, state, count, told, say)
    parts = [wanted, bom, key, mark, state.part, opened.package["metadata_modified"]]
    etag = fresh.tag(*parts, *([about, say.language] if wanted == "xlsx" else [])) if mark is not None else None
    gone = Event()
    reading = await run_in_threadpool(_reading, request, key, asked)
    part = Part(columns=_columns(opened, asked.columns), count=count, read=reading, about=about, gone=gone)
    writers: dict[str, Callable[[IO[bytes]], None]] = {
        "xlsx": lambda out: workbook.workbook(part, out, _words(say)),
        "csv": lambda out: text.csv_file(part, out, bom=bom),
        "json": lambda out: text.json_file(part, out),
        "parquet": lambda out: parquet.parquet_file(part, out),
        "geojson": lambda out: geojson.geojson_file(part, out, where or geojson.Where()),
    }
    try:
        return await answer.answer(
            request,
            writers[wanted],
            gone,
            cells=cells,
            media_type=TYPES[wanted],
            filename=_names(opened, wanted, say, part=bool(state.where)),
            etag=etag,
            private=records.is_private(opened.package) or bool(caller.actor(request).name),
        )
    except answer.Busy:
        raise NotMade("export-busy", 503) from None
    except OverflowError:  # rows were added meanwhile
        raise NotMade("export-too-long", count=count, most=say.number(workbook.MOST_ROWS)) from None


def _reading(request: Request, key: str, asked: Asked) -> Callable[[Sequence[str]], Iterator[tuple[Any, ...]]]:
    """What reads the rows of the question with some columns. Raises ActionRefused."""
    datastore = request.app.state.portal.datastore
    shape = datastore.shape(key)
    data = {name: value for name, value in asked.data.items() if name != "fields"}
    question, _said = datastore_ask.question(data, shape)
    sort = datastore_ask.sort(data, shape, question)

    def read(names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        with closing(datastore.search(key, question, fields=list(names), sort=sort, exact=True)) as rows:
            yield from rows

    return read


def _columns(opened: Opened, names: Sequence[str]) -> tuple[Column, ...]:
    told = {one.name: one for one in opened.described}
    return tuple(
        Column(
            name=name,
            kind=told[name].kind,
            type=told[name].type,
            label=told[name].label,
            notes=told[name].notes,
            unit=told[name].unit,
            missing=told[name].percent if told[name].missing is not None else "",
        )
        for name in names
    )


def _words(say: Speech) -> dict[str, str]:
    """What a workbook says of itself."""
    return {key: say(f"xlsx-{key}") for key in WORDS}


def _about(
    request: Request, opened: Opened, state: State, count: int, conditions: Sequence[str], say: Speech
) -> tuple[tuple[str, str], ...]:
    """Where the rows come from: what the third sheet of a workbook says."""
    package, resource, site = opened.package, opened.resource, caller.site(request)
    licence = str(package.get("license_title") or say("source-no-licence"))
    address = link(package.get("license_url"))
    rows = say("source-rows-of", count=say.number(count), all=say.number(opened.rows)) if state.where else ""
    found = [
        ("source-title", named(package, "title", say)),
        ("source-file", called(resource, say)),
        ("source-publisher", publisher(package, site, say)),
        ("source-licence", f"{licence} {address}".strip()),
        ("source-modified", say.date(resource.get("last_modified") or package.get("metadata_modified"))),
        ("source-page", f"{site.url}/dataset/{package['name']}/resource/{resource['id']}"),
        ("source-hash", str(resource.get("hash") or "").removeprefix("sha256:")),
        ("source-rows", rows or say.number(count)),
        ("source-conditions", "; ".join(conditions)),
    ]
    return tuple((say(key), value) for key, value in found if value)


def _names(opened: Opened, wanted: str, say: Speech, *, part: bool) -> tuple[str, str]:
    """The file's name in the reader's language, and one of ASCII letters."""
    ending = f"{'-part' if part else ''}.{wanted}"
    shown = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]+', " ", called(opened.resource, say))
    title = " ".join(shown.split()).strip(". ")[:80].strip() or opened.resource["id"]
    file = str(opened.resource.get("url") or "").rpartition("/")[2].rpartition(".")[0]
    plain = file if re.fullmatch(r"[A-Za-z0-9._-]{1,60}", file) else opened.resource["id"]
    return title + ending, f"{opened.package['name']}-{plain}"[:140] + ending
