"""Whether datasets are registered in GD Catalog, asked of its harvester only where the audit was told to ask.

The question is ckanext-thai_gdc's own (`gdcatalog_published_state`, helpers of 2.1.0): the agency portal's host
and a dataset's id; a dataset is registered where the answer holds a `metadata_modified`. That extension shows no
state for what is no dataset, is not to be harvested, or is a copy of another catalogue's: nor are those asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from catalog.audit.described import flat
from catalog.audit.entry import Entry
from catalog.harvest.client import Client
from catalog.store.evidence import Evidence
from metadata import clock
from metadata.errors import SaphanError
from metadata.event import Event, Story

HARVESTER = "https://harvester.gdcatalog.go.th"
ACTION = "/api/3/action/gdcatalog_published_state"
KIND = "registered"
PATIENCE = 3
"""After so many refusals in a row GD Catalog is asked for no more in this audit."""

Found = dict[str, Any]
"""{"registered": true, false or null (not checked), "checked_at", "modified"?, "reason"?}."""


@dataclass(slots=True)
class Refusals:
    """How many refusals there were in a row, and why."""

    row: int = 0
    reason: str = ""

    def note(self, found: Found) -> None:
        """Counts an answer, or begins anew."""
        self.row = self.row + 1 if found["registered"] is None else 0
        self.reason = found.get("reason", "")


def ask(
    entries: Iterable[Entry],
    client: Client,
    cache: Evidence,
    *,
    site_url: str,
    most_age: timedelta,
    harvester: str = HARVESTER,
    refusals: Refusals | None = None,
) -> Story[dict[str, Found]]:
    """What GD Catalog says, by dataset name. What is younger than `most_age` is not asked again.

    `site_url` is the address under which the agency's portal is harvested. What could not be asked is told as not
    checked, and asked again by the next audit. `refusals` are the audit's, where it asks block by block.
    """
    host = urlsplit(site_url).netloc.rpartition("@")[2] or site_url
    keys = {f"{host} {entry.package.get('id')}": entry for entry in entries if eligible(entry)}
    known = cache.find(KIND, keys, since=clock.stamp(clock.now() - most_age))
    waiting = [key for key in keys if key not in known]
    refusals = refusals or Refusals()
    for number, key in enumerate(waiting, 1):
        if refusals.row >= PATIENCE:
            known[key] = {"registered": None, "checked_at": clock.stamp(), "reason": refusals.reason}
            continue
        one = known[key] = _asked(client, harvester, host, str(keys[key].package.get("id")))
        refusals.note(one)
        if one["registered"] is not None:
            cache.note(KIND, {key: one})
        body = {"registered": one["registered"], "asked": number, "of": len(waiting)}
        yield Event(kind="checked", dataset=keys[key].name, body=body)
    return {entry.name: known[key] for key, entry in keys.items()}


def eligible(entry: Entry) -> bool:
    """Whether GD Catalog could hold it: a dataset of the agency's own, for everyone, that may be harvested."""
    package = flat(entry.package)
    return (
        package.get("type", "dataset") == "dataset"
        and package.get("state", "active") == "active"
        and not package.get("private")
        and str(package.get("allow_harvest")) != "False"
        and not str(package.get("reference_url_catalog") or "").strip()
    )


def _asked(client: Client, harvester: str, host: str, package: str) -> Found:
    now = clock.stamp()
    try:
        answer = client.post(harvester.rstrip("/") + ACTION, {"site_url": host, "package": package}).json()
    except SaphanError as error:
        return {"registered": None, "checked_at": now, "reason": error.kind}
    result = answer.get("result") if isinstance(answer, Mapping) and answer.get("success") else None
    if not isinstance(result, list):
        return {"registered": None, "checked_at": now, "reason": "portal-not-ckan"}
    stamps = [str(one.get("metadata_modified") or "").strip() for one in result if isinstance(one, Mapping)]
    modified = max(stamps, default="")
    return {"registered": bool(modified), "checked_at": now, **({"modified": modified} if modified else {})}
