"""Counting what is looked at, fetched and called: what and on which day, never who.

Nothing of a request is kept but the dataset or file it asked for. Whoever calls itself a robot is counted apart,
by what it says and not by where it comes from; what a browser fetches ahead is not counted at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from catalog.store.usage import Kind, Usage

PAGE = re.compile(r"/dataset/([\w-]+)", re.ASCII)
RECORD = re.compile(
    r"/dataset/([\w-]+)(?:\.(?:ttl|jsonld|rdf|json)|/datapackage\.json|/croissant\.jsonld)", re.ASCII
)
FILE = re.compile(
    r"/dataset/[\w-]+/(?:version/[\w:]+/)?resource/([\w-]+)/download(?:/[^/]*)?(?<!-metadata\.json)", re.ASCII
)
TABLE = re.compile(r"/dataset/[\w-]+/resource/([\w-]+)", re.ASCII)
"""A page, and with `?format=` its rows as a file."""
DUMP = re.compile(r"/datastore/dump/([\w-]+)", re.ASCII)
ROWS = re.compile(r"/odata/([\w-]+)/rows(?:/\$count|\(\d+\))?", re.ASCII)
CALL = re.compile(r"(?:/(?:th|en))?/api/(?:3/)?action/(\w+)", re.ASCII)
NAMED = {
    "package_show": ("id", "name_or_id"),
    "resource_show": ("id",),
    "datastore_info": ("id", "resource_id"),
    "datastore_search": ("resource_id", "id"),
}
"""Actions about one dataset or file, and the fields that say which."""
SQL = "datastore_search_sql"
TABLES = re.compile('"([0-9A-Fa-f-]{36})"')
"""The tables that a query names."""
LONGEST = 100

ROBOTS = (
    *(b"bot", b"crawl", b"spider", b"slurp", b"scrapy", b"archiv", b"heritrix", b"nutch", b"httrack"),
    *(b"monitor", b"uptime", b"pingdom", b"statuscake", b"site24x7", b"check_http", b"zabbix", b"headless"),
    *(b"preview", b"externalhit", b"externalagent", b"line-poker", b"whatsapp", b"skypeuri", b"embedly"),
    *(b"googleother", b"google-", b"-google", b"chatgpt", b"anthropic", b"cohere-ai", b"feedfetcher"),
    *(b"lighthouse", b"saphan/"),
)
"""What search engines, archives, monitors, makers of previews and other catalogues call themselves."""
TELEPHONES = (b"cubot",)
"""What people carry, and sounds like one."""
MOST = 4096
_known: dict[int, bool] = {}
"""Hash of a `User-Agent` → whether it is a robot's; so many at most."""
AHEAD = (b"purpose", b"sec-purpose", b"x-moz")
"""With one of these headers a browser fetches what its reader may never look at."""


class Asked(NamedTuple):
    """What a request asks for: of which datasets or files, by name or id."""

    kind: Kind
    keys: tuple[str, ...]
    robot: bool


def of(path: str, query: str, headers: Iterable[tuple[bytes, bytes]]) -> Asked | None:
    """What a GET asks for, where it counts."""
    kind, keys, page = _addressed(path, query)
    if not keys:
        return None
    html = not page
    robot = False
    for name, value in headers:
        if name in AHEAD:
            return None
        if name == b"user-agent":
            robot = is_robot(value)
        elif page and name == b"accept":
            html = b"text/html" in value
    return Asked(kind, keys, robot) if html else None


def is_robot(agent: bytes) -> bool:
    """Whether a `User-Agent` says that it is one. The same ones come again and again; of them a number is kept."""
    mark = hash(agent)
    known = _known.get(mark)
    if known is None:
        if len(_known) >= MOST:
            _known.clear()
        known = _known[mark] = _says_so(agent)
    return known


def _says_so(agent: bytes) -> bool:
    said = agent.lower()
    for name in TELEPHONES:
        said = said.replace(name, b"")
    return any(name in said for name in ROBOTS)


def _addressed(path: str, query: str) -> tuple[Kind, tuple[str, ...], bool]:
    """What kind of use an address is, of what; and whether it is a page, which programs get as something else."""
    if path.startswith("/dataset/"):
        if found := FILE.fullmatch(path):
            return "file", (found[1],), False
        if found := PAGE.fullmatch(path):
            return "page", (found[1],), True
        if found := RECORD.fullmatch(path):
            return "api", (found[1],), False
        if "format=" in query and (found := TABLE.fullmatch(path)):
            return "file", (found[1],), False
    elif found := DUMP.fullmatch(path):
        return "file", (found[1],), False
    elif found := CALL.fullmatch(path):
        return "api", keys_of(found[1], dict(parse_qsl(query))), False
    elif found := ROWS.fullmatch(path):
        return "api", (found[1],), False
    return "page", (), False


def keys_of(action: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The datasets and files that a call of an action is about."""
    if action == SQL:
        return tuple(dict.fromkeys(TABLES.findall(str(data.get("sql", "")))))
    given = next((data[field] for field in NAMED.get(action, ()) if data.get(field)), None)
    return (given,) if isinstance(given, str) and len(given) <= LONGEST else ()


def note(usage: Usage, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Counts what is answered before the application is asked (`protocol`)."""
    path, _, query = target.decode("latin-1").partition("?")
    _count(usage, of(path, query, headers))


def called(request: Request, action: str, data: Mapping[str, Any]) -> None:
    """Counts a call whose data stand in its body; those in an address are the middleware's."""
    usage: Usage | None = request.app.state.usage
    keys = keys_of(action, data) if usage and request.method == "POST" else ()
    if usage and keys:
        agent = request.headers.get("user-agent", "").encode("latin-1", "replace")
        _count(usage, Asked("api", keys, is_robot(agent)))


def _count(usage: Usage, asked: Asked | None) -> None:
    if asked is not None:
        for key in asked.keys:
            usage.count(asked.kind, key, robot=asked.robot)


class Counted:
    """Middleware. Counts what was answered: a file as its bytes begin, all else also where the reader had it."""

    def __init__(self, inner: ASGIApp, usage: Usage) -> None:
        self.inner, self.usage = inner, usage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        get = scope["type"] == "http" and scope["method"] == "GET"
        asked = of(scope["path"], scope["query_string"].decode("latin-1"), scope["headers"]) if get else None
        if asked is None:
            await self.inner(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start" and _counts(asked.kind, message):
                _count(self.usage, asked)
            await send(message)

        await self.inner(scope, receive, counting)


def _counts(kind: Kind, start: Message) -> bool:
    if start["status"] == 206:
        return kind == "file" and any(
            name == b"content-range" and value.startswith(b"bytes 0-") for name, value in start["headers"]
        )
    return start["status"] == 200 or (start["status"] == 304 and kind != "file")
