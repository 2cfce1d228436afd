"""Answers made as soon as a request is read: to anyone who asks for a dataset, a file, or a page of a small table.

What they cost is less than the way to the application and back. Their headers are those that the application gave
its last answer of the same kind; whatever is not as simple as it looks goes the whole way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from catalog.actions.context import ANYONE
from catalog.web import api, caller, downloads
from catalog.web.kept import Answer, kind_of

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal
    from catalog.web.kept import Kept

SHOW = re.compile(rb"/api/3/action/(package_show|resource_show)\?id=([A-Za-z0-9_-]{1,100})")
ROWS = re.compile(
    rb"/api/3/action/datastore_search\?resource_id=([0-9a-f-]{36})(?:&limit=(\d\d?|100))?(?:&offset=(\d{1,4}))?"
)
FILE = re.compile(rb"/dataset/[\w-]+/resource/[\w-]{1,100}/download/[\w.-]{1,200}(?<!-metadata\.json)")


class Quick:
    """Makes an answer, or leaves it to the application."""

    def __init__(self, portal: LocalPortal, kept: Kept) -> None:
        self.portal, self.kept = portal, kept

    def answer(self, scheme: str, host: bytes, url: bytes) -> Answer | None:
        """The answer as the application would give it, kept; None where that is for the application to say."""
        try:
            found = self._file(url) if FILE.fullmatch(url) else self._told(scheme, host, url)
        except Exception:  # noqa: BLE001 - a refusal or a failure: the application says and logs which
            return None
        if found is not None:
            self.kept.keep((scheme, host, url), found)
        return found

    def _told(self, scheme: str, host: bytes, url: bytes) -> Answer | None:
        """An action's answer."""
        asked = self._asked(url)
        if asked is None or not self.portal.is_quick():
            return None
        name, data, table = asked
        headers = self.kept.headers.get(name)
        state = self.kept.state(table)  # before the answer is made: what is written meanwhile ends it
        if headers is None or state is None:
            return None
        site = caller.site_of(self.portal, scheme, host.decode("latin-1"))
        result = self.portal.answer(name, data, actor=ANYONE, site=site)
        body = orjson.dumps({**api.enveloped(site, name), "success": True, "result": result})
        tag = api.tag_of(body)
        own = {b"etag": tag.encode(), b"content-length": b"%d" % len(body)}
        return Answer(state=state, table=table, headers=_renewed(headers, own), tag=tag, body=body)

    def _file(self, url: bytes) -> Answer | None:
        """A file of ours, where it lies on this machine's disk."""
        address = url.decode("latin-1")
        headers = self.kept.headers.get(kind_of(address))
        state = self.kept.state(None)
        if headers is None or state is None or not (self.portal.is_quick() and self.portal.files.near):
            return None
        resource, name = address.split("/")[4], address.rpartition("/")[2]
        found = self.portal.uploaded(resource, actor=ANYONE)
        if found is None or found.private or found.filename != name:
            return None
        stat = found.path.stat()
        own = dict(downloads.whole(found, stat, address).raw_headers)
        if own.keys() - dict(headers).keys():
            return None
        tag = own[b"etag"].decode("latin-1")
        made = _renewed(headers, own)
        return Answer(state=state, table=None, headers=made, tag=tag, path=str(found.path), size=stat.st_size)

    def _asked(self, url: bytes) -> tuple[str, dict[str, Any], str | None] | None:
        """The action, its data, and the table it reads."""
        show = SHOW.fullmatch(url)
        if show is not None:
            return show[1].decode(), {"id": show[2].decode()}, None
        rows = ROWS.fullmatch(url)
        if rows is None or not self.portal.datastore.is_quick(rows[1].decode()):
            return None
        given = {"resource_id": rows[1], "limit": rows[2], "offset": rows[3]}
        data = {field: value.decode() for field, value in given.items() if value is not None}
        return "datastore_search", data, data["resource_id"]


def _renewed(headers: tuple[tuple[bytes, bytes], ...], own: dict[bytes, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((field, own.get(field, value)) for field, value in headers)
