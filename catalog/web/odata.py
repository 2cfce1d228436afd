"""OData 4.0 of a resource's table (OASIS; what Excel's and Power BI's "OData feed" reads): `/odata/<resource>`.

It names the one entity set `rows`; `/$metadata` describes it (CSDL); `/rows` answers `$filter`, `$select`,
`$orderby`, `$top`, `$skip` and `$count`, a page at a time with `@odata.nextLink`; `/rows(7)` is one row.
Rows come from the DataStore as the one who asks may see them; what is not there and what may not be seen are
both 404. Order without `$orderby` is that of `_id`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from catalog.actions import datastore_ask as ask
from catalog.actions.refusals import ActionRefused
from catalog.store.shape import Filter, Order, Question
from catalog.store.shape import FilterError as Uncomparable
from catalog.web import caller, fresh
from catalog.web.odata_filter import Expression, Field, FilterError, holds, ordered, parted, read
from catalog.web.odata_names import EDM, identifier

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.store.datastore import Reading

PAGE = 1000
"""Rows of an answer, unless `Prefer: odata.maxpagesize` asks for fewer."""
BLOCK = 5000
"""Rows read at a time where a filter is tested here."""
PATIENCE = 200_000
"""Rows tested for one answer: after that a page ends, however short, and `@odata.nextLink` goes on."""
JSON = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8"
KNOWN = {"$filter", "$select", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$format"}
LATER = {"$expand", "$search", "$apply", "$compute", "$levels", "$index", "$schemaversion", "$deltatoken", "$id"}
"""Options of the protocol that a table has no use for: 501."""


class Refused(Exception):  # noqa: N818 - an answer
    """A request that is not answered: status and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of the rows. `start` is where in the DataStore's own result this page begins."""

    fields: tuple[str, ...]
    """Identifiers to answer."""
    filter: Filter | None = None
    test: Expression | None = None
    sort: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    start: int = 0
    count: bool = False


class Table:
    """A resource's table as the one who asks sees it."""

    def __init__(self, request: Request) -> None:
        self.portal, self.site = request.app.state.portal, caller.site(request)
        self.actor = caller.actor(request)
        self.resource = request.path_params["resource"]
        self.root = f"{self.site.url}/odata/{self.resource}"
        self.fields: dict[str, Field] = {}
        self.modified: Any = None

    def open(self) -> Table:
        """Its columns. Raises Refused 404."""
        with self._reading() as reading:
            columns = reading.shape.columns
        self.fields = {"_id": Field("_id", "int8")}
        self.fields |= {identifier(one.name): Field(one.name, one.kind) for one in columns}
        return self

    @contextmanager
    def _reading(self) -> Iterator[Reading]:
        """The table, where the one who asks may read it. Raises Refused 404; 400 for what cannot be compared."""
        try:
            with self.portal.looking(actor=self.actor, site=self.site) as context:
                key = ask.readable_table(context, self.resource, "")
                with context.datastore.opened(key) as reading:
                    yield reading
        except ActionRefused:
            raise Refused(404, "there is no such table") from None
        except Uncomparable:
            raise Refused(400, "$filter: a value does not fit its column") from None

    def records(self, query: Query, limit: int, offset: int) -> list[tuple[Any, ...]]:
        """A block of rows, every column of `fields` in order."""
        names = [field.name for field in self.fields.values()]
        with self._reading() as reading:
            return reading.search(
                Question(filter=query.filter), names, sort=query.sort, limit=limit, offset=offset
            )

    def total(self, query: Query) -> int:
        """How many rows a filter finds."""
        if query.test is None:
            with self._reading() as reading:
                return reading.count(Question(filter=query.filter))
        return sum(1 for _row in self.found(query, 0, None))

    def found(
        self, query: Query, start: int, patience: int | None, size: int = BLOCK
    ) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """Each row that passes with its place in the DataStore's result; (place, None) where patience ends.

        `size`: how many rows are read at a time where every one passes.
        """
        names = [field.name for field in self.fields.values()]
        place = start
        size = BLOCK if query.test is not None else size
        while True:
            block = self.records(query, size, place)
            for values in block:
                row = dict(zip(names, values, strict=True))
                if query.test is None or holds(query.test, row):
                    yield place, row
                place += 1
            if len(block) < size:
                return
            if patience is not None and place - start >= patience:
                yield place, None
                return


async def service(request: Request) -> Response:
    """`/odata/<resource>`: the service document."""
    return await _answered(request, _service)


def _service(request: Request, table: Table) -> Response:
    sets = [{"name": "rows", "kind": "EntitySet", "url": "rows"}]
    return _json(request, {"@odata.context": f"{table.root}/$metadata", "value": sets})


async def metadata(request: Request) -> Response:
    """`/odata/<resource>/$metadata`: the table in CSDL."""
    return await _answered(request, _metadata)


def _metadata(request: Request, table: Table) -> Response:
    edmx = "http://docs.oasis-open.org/odata/ns/edmx"
    root = ElementTree.Element("edmx:Edmx", {"xmlns:edmx": edmx, "Version": "4.0"})
    services = ElementTree.SubElement(root, "edmx:DataServices")
    space = {"xmlns": "http://docs.oasis-open.org/odata/ns/edm", "Namespace": "saphan"}
    schema = ElementTree.SubElement(services, "Schema", space)
    # names that no column can have: a column's name never begins with "_"
    entity = ElementTree.SubElement(schema, "EntityType", {"Name": "_Row"})
    key = ElementTree.SubElement(entity, "Key")
    ElementTree.SubElement(key, "PropertyRef", {"Name": "_id"})
    for name, field in table.fields.items():
        facts = {"Name": name, "Type": EDM.get(field.kind, "Edm.String")}
        facts |= {"Nullable": "false"} if name == "_id" else {}
        facts |= {"Scale": "variable"} if facts["Type"] == "Edm.Decimal" else {}
        facts |= {"Precision": "6"} if facts["Type"] in ("Edm.DateTimeOffset", "Edm.TimeOfDay") else {}
        ElementTree.SubElement(entity, "Property", facts)
    container = ElementTree.SubElement(schema, "EntityContainer", {"Name": "_Tables"})
    ElementTree.SubElement(container, "EntitySet", {"Name": "rows", "EntityType": "saphan._Row"})
    text = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")
    return _kept(request, text, "application/xml;charset=utf-8")


async def rows(request: Request) -> Response:
    """`/odata/<resource>/rows`: a page of rows."""
    return await _answered(request, _rows)


def _rows(request: Request, table: Table) -> Response:
    query = _query(request, table)
    size = _size(request)
    most = size if query.top is None else min(size, query.top)
    start, skip = (query.start + query.skip, 0) if query.test is None else (query.start, query.skip)
    page: list[dict[str, Any]] = []
    following = None
    for place, row in table.found(query, start, PATIENCE, most + 1) if most else ():
        if row is None or len(page) == most:
            following = place
            break
        if skip:
            skip -= 1
            continue
        page.append(_shown(row, query, table, exact=_exact(request)))
    narrowed = "" if len(query.fields) == len(table.fields) else f"({','.join(query.fields)})"
    answer: dict[str, Any] = {"@odata.context": f"{table.root}/$metadata#rows{narrowed}"}
    if query.count:
        answer["@odata.count"] = table.total(query)
    answer["value"] = page
    left = None if query.top is None else query.top - len(page)
    if following is not None and left != 0:
        answer["@odata.nextLink"] = _next(request, table, following, skip, left)
    return _json(request, answer)


async def count(request: Request) -> Response:
    """`/odata/<resource>/rows/$count`: a number."""
    return await _answered(request, _count)


def _count(request: Request, table: Table) -> Response:
    query = _query(request, table)
    return _kept(request, str(table.total(query)).encode(), "text/plain;charset=utf-8")


async def row(request: Request) -> Response:
    """`/odata/<resource>/rows(<_id>)`: one row."""
    return await _answered(request, _row)


def _row(request: Request, table: Table) -> Response:
    query = _query(request, table)
    number = request.path_params["number"]
    one = Query(fields=query.fields, filter=Filter(op="eq", field="_id", value=number))
    found = table.records(one, 1, 0) if number < 1 << 63 else []
    if not found:
        raise Refused(404, "there is no such row")
    values = dict(zip([field.name for field in table.fields.values()], found[0], strict=True))
    shown = _shown(values, query, table, exact=_exact(request))
    return _json(request, {"@odata.context": f"{table.root}/$metadata#rows/$entity", **shown})


async def _answered(request: Request, make: Any) -> Response:
    """An answer, or why there is none, in OData's form."""
    try:
        response = await run_in_threadpool(lambda: make(request, Table(request).open()))
    except Refused as refused:
        error = {"error": {"code": str(refused.status), "message": str(refused)}}
        response = Response(orjson.dumps(error), refused.status, media_type="application/json")
    response.headers["OData-Version"] = "4.0"
    return response  # type: ignore[no-any-return]


def _query(request: Request, table: Table) -> Query:
    options = dict(request.query_params.multi_items())
    options = {
        name if name[:1] == "$" or f"${name}" not in KNOWN else f"${name}": options[name] for name in options
    }
    for name in options:
        if name in LATER:
            raise Refused(501, f"{name} is not supported")
        if name[:1] == "$" and name not in KNOWN:
            raise Refused(400, f"{name} is no option of OData")
    if options.get("$format", "json").split(";")[0].strip().lower() not in ("json", "application/json"):
        raise Refused(415, "$format: rows come as JSON")
    try:
        expression = read(options["$filter"], table.fields) if options.get("$filter", "").strip() else None
        found, test = parted(expression) if expression is not None else (None, None)
        order = ordered(options["$orderby"], table.fields) if options.get("$orderby", "").strip() else []
    except FilterError as error:
        raise Refused(400, str(error)) from None
    return Query(
        fields=_selected(options.get("$select", "").strip(), table),
        filter=found,
        test=test,
        sort=tuple((name, down, not down) for name, down in order),
        top=_whole(options, "$top"),
        skip=_whole(options, "$skip") or 0,
        start=_whole(options, "$skiptoken") or 0,
        count=_truth(options.get("$count", "false")),
    )


def _selected(text: str, table: Table) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",")] if text and text != "*" else list(table.fields)
    unknown = [name for name in names if name not in table.fields]
    if unknown:
        raise Refused(400, f"$select: there is no property {unknown[0]!r}")
    return tuple(dict.fromkeys(names))


def _whole(options: dict[str, str], name: str) -> int | None:
    if name not in options:
        return None
    if not re.fullmatch("[0-9]{1,15}", options[name]):
        raise Refused(400, f"{name}: not a whole number")
    return int(options[name])


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise Refused(400, "$count: true or false")
    return text == "true"


def _size(request: Request) -> int:
    wish = re.search(
        r"odata\.maxpagesize=([0-9]{1,9})|maxpagesize=([0-9]{1,9})", request.headers.get("prefer", "")
    )
    return min(PAGE, int(wish[1] or wish[2]) or PAGE) if wish else PAGE


def _exact(request: Request) -> bool:
    """Whether the reader's numbers are those of JavaScript: then long ones travel as text."""
    return "ieee754compatible=true" in request.headers.get("accept", "").lower()


def _shown(row: dict[str, Any], query: Query, table: Table, *, exact: bool) -> dict[str, Any]:
    return {
        name: _value(row[table.fields[name].name], table.fields[name].kind, exact=exact) for name in query.fields
    }


def _value(value: Any, kind: str, *, exact: bool) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if kind == "json" or isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    if kind == "timestamp":
        return f"{value}Z"
    if exact and kind in ("int8", "numeric"):
        return str(value)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return orjson.Fragment(str(value))
    return value


def _next(request: Request, table: Table, start: int, skip: int, left: int | None) -> str:
    """The address of the next page: where to go on, and how many are still to skip and to come."""
    options = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name.lstrip("$") not in ("skiptoken", "skip", "top", "count")
    ]
    options += [("$top", str(left))] if left is not None else []
    options += [("$skip", str(skip))] if skip else []
    return f"{table.root}/rows?{urlencode([*options, ('$skiptoken', str(start))], safe='$')}"


def _json(request: Request, answer: dict[str, Any]) -> Response:
    if "odata.metadata=none" in request.headers.get("accept", "").lower():
        answer.pop("@odata.context")
    return _kept(request, orjson.dumps(answer), JSON)


def _kept(request: Request, content: bytes, media_type: str) -> Response:
    etag = fresh.tag(content.decode())
    private = bool(caller.actor(request).name)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache" if private else "no-cache"}
    headers["Vary"] = f"{fresh.VARY}, Prefer"
    if fresh.held(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers={**headers, "Content-Type": media_type})
