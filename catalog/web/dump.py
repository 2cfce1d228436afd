"""A resource's whole table for download, streamed: CSV, TSV, JSON and XML as CKAN writes them."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import orjson
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from catalog.actions.datastore_search import cells
from catalog.actions.refusals import ActionRefused
from catalog.web import caller, shared
from catalog.web.downloads import SANDBOX, disposition

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.store.shape import Shape

BLOCK = 500
"""Records written at a time."""
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
PASSED = ("filters", "q", "distinct", "plain", "language", "fields", "sort", "offset")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""
NOT_IN_A_NAME = re.compile(
    "[^A-Za-z0-9_.\u00b7\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d\u037f-\u1fff\u2070-\u218f\u3001-\ud7ff-]"
)


async def dump(request: Request) -> Response:
    """A table, or what a search of it finds. `?bom=true` begins with the mark some spreadsheets need for Thai.

    Takes CKAN's parameters: format, bom, filters, q, plain, distinct, fields, sort, offset, limit.
    """
    if caller.has_key(request) and (answer := await shared.table(request)):
        return answer
    portal, actor, site = request.app.state.portal, caller.actor(request), caller.site(request)
    key, asked = request.path_params["resource"], request.query_params
    style = asked.get("format", "csv")
    if style not in TYPES:
        return PlainTextResponse(f"format: Value must be one of {tuple(TYPES)}", status_code=400)
    sent = {name: asked[name] for name in PASSED if name in asked}
    try:
        limit = int(asked["limit"]) if asked.get("limit") else None
        found = await run_in_threadpool(_opened, portal, key, sent, limit, actor, site)
    except ValueError:
        return PlainTextResponse("limit: Invalid integer", status_code=400)
    except ActionRefused as refused:
        if refused.status in (403, 404):
            raise HTTPException(404) from None
        said = refused.error if isinstance(refused.error, str) else orjson.dumps(refused.error).decode()
        return PlainTextResponse(said, status_code=400)
    return written(request, *found)


def written(
    request: Request, key: str, fields: list[dict[str, Any]], shape: Shape, rows: Iterator[tuple[Any, ...]]
) -> Response:
    """The rows as a file, in the format that is asked for."""
    asked = request.query_params
    style = asked.get("format", "csv")
    bom = b"\xef\xbb\xbf" if asked.get("bom", "").lower() in ("true", "t", "yes", "y", "on", "1") else b""
    headers = {"Content-Disposition": disposition(f"{key}.{style}"), "Cache-Control": "no-cache"}
    headers["Content-Security-Policy"] = SANDBOX
    lines = {"csv": _table, "tsv": _table, "json": _json, "xml": _xml}[style](rows, fields, shape, style)
    return StreamingResponse(_stream(lines, bom), headers=headers, media_type=TYPES[style])


def _opened(
    portal: Any, key: str, sent: Mapping[str, str], limit: int | None, actor: Any, site: Any
) -> tuple[str, list[dict[str, Any]], Shape, Iterator[tuple[Any, ...]]]:
    """The table, its fields and the rows. The search says who may see them and what is wrong with the question."""
    from catalog.actions import datastore_alias as aliases
    from catalog.actions import datastore_ask as ask

    probe = portal.answer(
        "datastore_search",
        {"resource_id": key, **sent, "limit": 0, "include_total": False},
        actor=actor,
        site=site,
    )
    key = probe["resource_id"]  # which may have been asked for by an alias
    if key == aliases.LISTING:
        asked = {
            **sent,
            "resource_id": key,
            "records_format": "lists",
            "limit": 1 << 31 if limit is None else limit,
        }
        listed = portal.answer("datastore_search", asked, actor=actor, site=site)["records"]
        return key, probe["fields"], aliases.SHAPE, (tuple(row) for row in listed)
    shape = portal.datastore.shape(key)
    question, _said = ask.question(dict(sent), shape)
    rows = portal.datastore.search(
        key,
        question,
        fields=[field["id"] for field in probe["fields"]],
        sort=ask.sort({"sort": sent.get("sort", "_id" if not sent.get("distinct") else "")}, shape, question),
        distinct=bool(probe.get("distinct")),
        offset=probe.get("offset", 0),
        limit=limit if limit is not None else 1 << 62 if probe.get("offset") else None,
    )
    return key, probe["fields"], shape, rows


async def _stream(lines: Iterator[bytes], bom: bytes) -> AsyncIterator[bytes]:
    with closing(lines):  # type: ignore[type-var]  # a generator: its file is closed with it, whoever hangs up
        if bom:
            yield bom
        async for block in iterate_in_threadpool(lines):
            yield block


def _blocks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    with closing(rows):  # type: ignore[type-var]
        block: list[tuple[Any, ...]] = []
        for row in rows:
            block.append(row)
            if len(block) == BLOCK:
                yield block
                block = []
        if block:
            yield block


def _table(rows: Any, fields: list[dict[str, Any]], shape: Shape, style: str) -> Iterator[bytes]:
    names = [field["id"] for field in fields]
    kinds = [shape.kind(name) for name in names]

    def written(records: list[Any], end: str) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter="," if style == "csv" else "\t", lineterminator=end).writerows(records)
        return out.getvalue().encode()

    yield written([names], "\r\n")  # as CKAN: only the first line ends so
    with closing(_blocks(rows)) as blocks:  # type: ignore[type-var]
        for block in blocks:
            yield written([cells(row, kinds) for row in block], "\n")


def _json(rows: Any, fields: list[dict[str, Any]], _shape: Shape, _style: str) -> Iterator[bytes]:
    yield b'{\n  "fields": ' + orjson.dumps(fields) + b',\n  "records": ['
    between = b"\n    "
    with closing(_blocks(rows)) as blocks:  # type: ignore[type-var]
        for block in blocks:
            yield between + b",\n    ".join(orjson.dumps(row) for row in block)
            between = b",\n    "
    yield b"\n]}\n"


def _xml(rows: Any, fields: list[dict[str, Any]], _shape: Shape, _style: str) -> Iterator[bytes]:
    tags: list[str] = []
    for field in fields:
        tag = _tag(field["id"])
        suffix = next(end for end in ("", *(f"_{number}" for number in range(len(tags)))) if tag + end not in tags)
        tags.append(tag + suffix)
    yield b'<data xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    numbered = fields[0]["id"] == "_id"
    with closing(_blocks(rows)) as blocks:  # type: ignore[type-var]
        for block in blocks:
            yield "".join(_row(tags, row, numbered=numbered) for row in block).encode()
    yield b"</data>\n"


def _tag(name: str) -> str:
    """A column's name as the name of an element: letters of any script, and what must not stand there as `_`."""
    tag = NOT_IN_A_NAME.sub("_", unicodedata.normalize("NFC", name))
    return tag if not tag[:1].isdigit() and tag[:1] not in ".-" else f"_{tag}"


def _row(tags: list[str], row: tuple[Any, ...], *, numbered: bool) -> str:
    cells = list(zip(tags, row, strict=True))
    attribute = f' _id="{row[0]}"' if numbered else ""
    return f"<row{attribute}>{''.join(_element(tag, value) for tag, value in cells[int(numbered) :])}</row>\n"


def _element(tag: str, value: Any, key: str | None = None) -> str:
    said = "" if key is None else f" key={quoteattr(NOT_XML.sub('', key))}"
    if value is None:
        return f'<{tag} xsi:nil="true"{said} />'
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        inside = "".join(_element("value", one, str(name)) for name, one in pairs)
    else:
        inside = escape(NOT_XML.sub("", str(value)))
    return f"<{tag}{said}>{inside}</{tag}>"
