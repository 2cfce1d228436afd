"""A recalled dataset taken off another portal: hidden first, then its rows and its bytes, then all that names it.

CKAN keeps an uploaded file on its disk when the resource is deleted, and a table when the dataset is purged. So
files are overwritten under their own names, and tables dropped, while the resources are still there.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from catalog.portal.manners import manners
from metadata.errors import NotAllowed, PortalError, Refused
from metadata.event import Event, Story

if TYPE_CHECKING:
    from catalog.store.recalls import Recall
    from metadata.ports import Portal

SERVER = "recall-remains-server"
"""What no API reaches: the database's log, the server's backups, its activity stream and its search index."""
TRASH, FILES = "recall-remains-trash", "recall-remains-files"


def take(portal: Portal, target: str, recall: Recall) -> Story[tuple[str, ...]]:
    """Takes the dataset off a portal, and tells what remains there; a rerun goes on.

    Raises PortalError where the portal does not answer, or does not let us.
    """
    name = recall.dataset
    habits = manners(portal)
    if habits.nobody:  # a hidden dataset would be taken for one that is gone
        raise NotAllowed("portal-key-refused", portal=getattr(portal, "url", target), action="user_show")
    shown = _asked(portal, "package_show", {"id": name})
    there = [one for one in shown.get("resources", ()) if one.get("id")]
    remains = [SERVER]
    write = _Writer(portal, target, name)
    if shown and shown.get("state") != "deleted" and not shown.get("private"):
        # the quickest way out of everybody's sight; where its rules refuse it, deleting follows anyway
        yield from write.perhaps("package_patch", {"id": shown["id"], "private": True})
    held = {str(one["id"]) for one in there}
    for key in sorted({*held, *recall.keys.get("resource", ())}):
        if _asked(portal, "datastore_search", {"resource_id": key, "limit": 0}):
            yield from write.surely("datastore_delete", {"resource_id": key, "force": True})
    for one in there:
        if one.get("url_type") == "upload" and not (yield from _overwritten(write, one, recall)):
            remains.append(FILES)
    for one in there:
        yield from write.surely("resource_delete", {"id": one["id"]})
    if shown and shown.get("state") != "deleted":
        yield from write.surely("package_delete", {"id": shown["id"]})
    if shown and not (habits.sysadmin and (yield from write.perhaps("dataset_purge", {"id": shown["id"]}))):
        remains.append(TRASH)
    # what we last put there is nothing; in the trash it is what we took back, so that a clean release may return
    put = {"withdrawn": True} if TRASH in remains else {}
    yield Event(
        kind="receipt", dataset=name, target=target, body={"action": "recall", "recall": recall.id, "put": put}
    )
    return tuple(dict.fromkeys(remains))


def _overwritten(write: _Writer, resource: Mapping[str, Any], recall: Recall) -> Story[bool]:
    """Puts a line in the place of a file, under the same name: where it lies is made of the resource's id, or of
    its id and that name."""
    text = io.BytesIO(f"Recalled: {recall.release or recall.id}\n".encode())
    text.name = unquote(urlsplit(str(resource.get("url") or "")).path.rpartition("/")[2]) or "recalled"
    done = yield from write.perhaps("resource_patch", {"id": resource["id"]}, {"upload": text})
    return bool(done)


class _Writer:
    """Writes to one portal, each request journalled before it is sent and after it is answered."""

    def __init__(self, portal: Portal, target: str, dataset: str) -> None:
        self.portal, self.target, self.dataset = portal, target, dataset

    def surely(self, action: str, data: Mapping[str, Any]) -> Story[None]:
        """A request that must be done; that there is nothing left to do is done, too."""
        yield self._event("intent", action, data)
        try:
            self.portal.call_action(action, data)
        except Refused as error:
            if error.values.get("status") != 404:
                raise
        yield self._event("receipt", action, data)

    def perhaps(
        self, action: str, data: Mapping[str, Any], files: Mapping[str, IO[bytes]] | None = None
    ) -> Story[bool]:
        """A request that the portal may refuse; whether it did not."""
        yield self._event("intent", action, data)
        try:
            self.portal.call_action(action, data, files)
        except (Refused, NotAllowed):
            return False
        yield self._event("receipt", action, data)
        return True

    def _event(self, kind: Any, action: str, data: Mapping[str, Any]) -> Event:
        key = data.get("resource_id") or data.get("id")
        body: dict[str, Any] = {"action": action, "resource": None, "id": key, "put": {}}
        return Event(kind=kind, dataset=self.dataset, target=self.target, body=body)


def _asked(portal: Portal, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer; nothing where the portal has no such thing."""
    try:
        found: Mapping[str, Any] = portal.call_action(action, data)
        return found
    except PortalError as error:
        if error.values.get("status") == 404 or (action == "datastore_search" and isinstance(error, Refused)):
            return {}
        raise
