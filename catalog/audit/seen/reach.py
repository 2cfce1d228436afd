"""Whether what records name is really there: other people's files by their addresses, politely, our own by hash.

What is found is kept with its day (`catalog.store.evidence`), so that the next audit asks nothing anew. Whether a
file answers has three answers: a firewall, a server that is too busy, a network that is not ours to judge say
nothing about the file, and that is told as not checked.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from catalog.audit.entry import Entry
from catalog.audit.seen.released import Hand, uploads
from catalog.audit.seen.sniff import HEAD, agrees, kind_of
from catalog.harvest.client import Client, Glance
from catalog.portal.answers import is_wall
from catalog.store.evidence import Evidence
from metadata import clock
from metadata.address import shown
from metadata.errors import SaphanError
from metadata.event import Event, Story

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal

Found = dict[str, Any]
"""{"ok", "checked_at", "status"?, "reason"?, "bytes"?, "content_type"?, "sniffed"?, "etag"?, "last_modified"?}; of
a resource also "format_true": whether its bytes are of the format that its record declares. None: not checked."""

KIND, HELD = "reach", "held"
"""Under which kinds the cache keeps addresses, and contents of our own."""
LATER = "audit-later"
"""The reason where there was no time left to ask."""
WALLED = ("data.go.th",)
"""Sites (with those below them) that refuse the addresses of data centres: a 403 of theirs is no answer."""
_WALL_HEADERS = ("cf-mitigated", "x-iinfo", "x-datadome")
_WALL_COOKIES = ("incap_ses_", "visid_incap_")
_SILENT = ("portal-timeout", "portal-unknown-host", "portal-unreachable", "portal-cut-off", "portal-tls")
"""What a host does that does not answer at all."""
DEAF, SHUT = 2, 3
"""After so many silences, or walls, in a row a host is asked for no more of its files in this audit."""
_REASONS = {401: "portal-key-missing", 403: "portal-not-allowed", 404: "portal-not-found", 410: "portal-not-found"}


def look(
    entries: Iterable[Entry],
    client: Client,
    cache: Evidence,
    *,
    most_age: timedelta,
    asking: Asking | None = None,
) -> Story[dict[str, Found]]:
    """Whether each resource's address answers, by resource id. What is younger than `most_age` is not asked again.

    One request at a time; hosts take turns, so that the pause of one is used for another. Stopped anywhere, what
    was found is kept. `asking` is the audit's, where it looks at its datasets block by block.
    Raises StoreError where the cache cannot be written.
    """
    resources = list(_resources(entries))
    by_url = {url: name for name, url, _one in resources}
    known = cache.find(KIND, by_url)
    fresh = clock.stamp(clock.now() - most_age)
    found = {url: one for url, one in known.items() if one["checked_at"] >= fresh}
    asking = asking or Asking(client, cache)
    waiting = list(_by_turns(url for url in by_url if url not in found))
    for number, url in enumerate(waiting, 1):
        one = found[url] = asking.ask(url, known.get(url))
        body = {
            "url": shown(url),
            "ok": one["ok"],
            "reason": one.get("reason"),
            "asked": number,
            "of": len(waiting),
        }
        yield Event(kind="checked", dataset=by_url[url], body=body)
    asking.end(found)
    return {str(one.get("id")): _judged(found[url], one) for _name, url, one in resources}


def held(
    entries: Iterable[Entry], portal: LocalPortal, cache: Evidence, *, most_age: timedelta
) -> dict[str, Found]:
    """The same for our own catalog, without the network: whether each uploaded file is there, and whole.

    Links are left out: nobody looked. A content that was hashed within `most_age` is hashed again where its size
    or its time has changed.
    """
    named = [one for _name, _url, one in _resources(entries)]
    rows = uploads(portal, [str(one.get("id")) for one in named])
    wanted = [(one, rows[str(one.get("id"))]) for one in named if str(one.get("id")) in rows]
    fresh = clock.stamp(clock.now() - most_age)
    contents = {row.sha256: row for _one, row in wanted}
    known = cache.find(HELD, contents, since=fresh)
    looked: dict[str, Found] = {}
    try:
        for sha256, row in contents.items():
            now = _state(portal, sha256, row.size)
            if sha256 not in known or known[sha256]["state"] != now:
                looked[sha256] = {**_content(portal, row, now), "state": now}
    finally:
        cache.note(HELD, looked)
    found = {**known, **looked}
    return {str(one["id"]): _judged(_promised(found[row.sha256], row, one), one) for one, row in wanted}


def lying(hand: Hand) -> Found:
    """What there is to say of a file of the desk, whose hash is known to hold."""
    with hand.path.open("rb") as file:
        head = file.read(HEAD)
    kind = kind_of(head, None, hand.path.name)
    found = _told(True, None, bytes=hand.path.stat().st_size, sniffed=kind)
    return _judged(found, {"format": hand.format})


def _resources(entries: Iterable[Entry]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(dataset, address without spaces around, resource)."""
    for entry in entries:
        for one in entry.package.get("resources") or ():
            yield entry.name, str(one.get("url") or "").strip(), one


def _by_turns(urls: Iterable[str]) -> Iterator[str]:
    """Addresses, a host after the other."""
    hosts: dict[str, list[str]] = {}
    for url in urls:
        hosts.setdefault(_server(url), []).append(url)
    return (url for turn in zip_longest(*hosts.values()) for url in turn if url is not None)


def _server(url: str) -> str:
    """Host and port."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _judged(found: Found, resource: Mapping[str, Any]) -> Found:
    """What was found at an address, held against one of the resources that name it."""
    told = {key: value for key, value in found.items() if key != "state"}
    return {**told, "format_true": agrees(str(resource.get("format") or ""), found.get("sniffed"))}


class Asking:
    """One audit's asking: which hosts are silent or shut, and whether anybody has been heard at all.

    After so many `seconds` nobody is asked any more: the next audit goes on from what this one has found.
    """

    def __init__(self, client: Client, cache: Evidence, *, seconds: float | None = None) -> None:
        self.client, self.cache = client, cache
        self.until = None if seconds is None else time.monotonic() + seconds
        self.heard = False
        self.silent: dict[str, Found] = {}
        """What was found while nobody had been heard: it may be our own network."""
        self.row: dict[str, tuple[str, int]] = {}
        """Server → what its last answers were alike in, and how many they were."""
        self.last: dict[str, Found] = {}

    def ask(self, url: str, before: Found | None) -> Found:
        """What is found at an address, kept as soon as it is known."""
        if self.until is not None and time.monotonic() > self.until:
            return _told(None, LATER)
        server = _server(url)
        alike, times = self.row.get(server, ("", 0))
        over = {"silent": DEAF, "wall": SHUT, "busy": 1}.get(alike, 0)
        if over and times >= over:
            found = {**self.last[server], "checked_at": clock.stamp()}
        else:
            found = _asked(self.client, url, before)
            alike_now = _alike(found)
            self.row[server] = (alike_now, times + 1 if alike_now == alike else 1)
            self.last[server] = {key: found[key] for key in ("ok", "reason", "status") if key in found}
        self._keep(url, found)
        return found

    def _keep(self, url: str, found: Found) -> None:
        self.heard = self.heard or "status" in found
        if _alike(found) == "silent" and not self.heard:
            self.silent[url] = found
            return
        self.cache.note(KIND, {**self.silent, url: found})
        self.silent = {}

    def end(self, found: dict[str, Found]) -> None:
        """Where nobody was heard at all, it may be us: then a silence says nothing."""
        found |= {url: {**found[url], "ok": None} for url in self.silent if url in found}


def _alike(found: Found) -> str:
    reason = str(found.get("reason"))
    if reason in _SILENT:
        return "silent"
    return {"portal-blocked": "wall", "portal-busy": "busy"}.get(reason, "")


def _asked(client: Client, url: str, before: Found | None) -> Found:
    if not url:
        return _told(False, "portal-url")
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return _told(False, "portal-url")
    if scheme in ("ftp", "ftps", "sftp"):
        return _told(None, "portal-url")
    try:
        if before and before["ok"] and before.get("sniffed"):
            now = client.glance(url)
            same = _answered(url, now) if now.status == 429 else _unchanged(before, now)
            if same:
                return same
        return _answered(url, client.glance(url, first=HEAD))
    except SaphanError as error:
        if error.kind == "harvest-address":
            return _told(_inside(url), error.kind)
        return _told(None if error.kind == "portal-proxy" else False, error.kind)


def _told(ok: bool | None, reason: str | None, **more: Any) -> Found:
    facts = {"reason": reason, **more}
    return {"ok": ok, "checked_at": clock.stamp(), **{key: one for key, one in facts.items() if one is not None}}


def _inside(url: str) -> bool | None:
    """An address that is written inside nobody reaches; a name that leads inside here may lead elsewhere there."""
    host = _host(url)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False if "." not in host else None
    return False


def _unchanged(before: Found, glance: Glance) -> Found | None:
    """What was known, where HEAD says that the file is the same one still."""
    if glance.status != 200:
        return None
    marks = {name: glance.headers.get(name.replace("_", "-")) for name in ("etag", "last_modified")}
    length = glance.headers.get("content-length", "")
    if not any(marks.values()) or any(before.get(name) != mark for name, mark in marks.items()):
        return None
    if length.isdecimal() and before.get("bytes") not in (None, int(length)):
        return None
    return {**before, "checked_at": clock.stamp()}


def _answered(url: str, glance: Glance) -> Found:
    """What an answer to a request for the first bytes says of the file."""
    headers, status = glance.headers, glance.status
    kind = headers.get("content-type", "").partition(";")[0].strip().lower() or None
    page = glance.head[:20_000].decode("utf-8", "replace")
    if _walled(_host(url), status, headers, page):
        return _told(None, "portal-blocked", status=status)
    total = headers.get("content-range", "").rpartition("/")[2]
    if status == 416 and total == "0":
        return _told(True, None, status=status, bytes=0)
    if status == 429:
        return _told(None, "portal-busy", status=status)
    if not 200 <= status < 300:
        reason = _REASONS.get(status, "portal-failed" if status >= 500 else "portal-refused")
        return _told(False, reason, status=status)
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return _told(
        True,
        None,
        status=status,
        bytes=_size(glance, total),
        content_type=kind,
        sniffed=kind_of(glance.head, kind, name),
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )


def _size(glance: Glance, total: str) -> int | None:
    """The file's bytes: as the server says, else as they came."""
    if glance.status == 206 and total.isdecimal():
        return int(total)
    length = glance.headers.get("content-length", "")
    if glance.status == 200 and length.isdecimal() and "content-encoding" not in glance.headers:
        return int(length)
    return len(glance.head) if glance.whole and glance.status == 200 else None


def _walled(host: str, status: int, headers: Mapping[str, str], page: str) -> bool:
    """Whether a firewall or a bot challenge answered, and not the site."""
    if is_wall(status, page) and page.lstrip().startswith("<"):
        return True
    if status not in (403, 405, 406, 429, 503):
        return False
    known = status == 403 and any(host == one or host.endswith(f".{one}") for one in WALLED)
    cookies = headers.get("set-cookie", "")
    return known or any(one in headers for one in _WALL_HEADERS) or any(one in cookies for one in _WALL_COOKIES)


def _state(portal: LocalPortal, sha256: str, size: int) -> list[int]:
    """By what a content on the disk is known to be the one that was hashed; elsewhere only its size is known."""
    if not portal.files.near:
        return [size]
    try:
        state = portal.files.path(sha256).stat()
    except OSError:
        return []
    return [state.st_size, state.st_mtime_ns]


def _content(portal: LocalPortal, row: Any, state: list[int]) -> Found:
    """Whether a content is there and hashes to its name."""
    if not state:
        return _told(False, "file-missing")
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        with portal.files.opened(row.sha256) as source:
            while block := source.read(1 << 20):
                head = head or block[:HEAD]
                digest.update(block)
                size += len(block)
    except OSError:
        return _told(False, "file-missing")
    whole = size == row.size and digest.hexdigest() == row.sha256
    sniffed = kind_of(head, None, row.filename)
    return _told(whole, None if whole else "file-differs", bytes=size, sniffed=sniffed)


def _promised(found: Found, row: Any, resource: Mapping[str, Any]) -> Found:
    """A content that is whole is still not the resource's where its record names another hash."""
    said = str(resource.get("hash") or "")
    if found["ok"] and said.startswith("sha256:") and said != f"sha256:{row.sha256}":
        return {**found, "ok": False, "reason": "file-differs"}
    return found
