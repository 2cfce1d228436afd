"""The score as it stood: our own catalog from its versions, any other from the audits that were kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from catalog.actions.context import Context, Site
from catalog.actions.documents import shown
from catalog.audit.entry import Entry
from catalog.audit.overtime.kept import rederive, stood
from catalog.audit.run import Audit
from catalog.audit.sources import ROWS
from catalog.store import past
from catalog.store.audits import Audits, Indexed
from metadata.errors import SaphanError, SetupError
from metadata.finding import Place
from metadata.fiscal import end_of, told

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal


def as_of(store: Audits, target: str, day: date) -> Audit:
    """The newest kept audit of all of a target that judges by no later day, derived again.

    Raises SetupError `audit-as-of-none`, `audit-as-of-early`.
    """
    return rederive(store, stood(store, target, day).id)


@dataclass(kw_only=True)
class OfPast:
    """Our own catalog as it was when a day was over in Thailand: datasets deleted since, and none made later.

    What no version holds is as the newest audit kept by then found it: data dictionaries, what was seen outside
    the records, and whether a resource has a table. Where there is no such audit, the last is as it is today, and
    the others are not known.
    """

    portal: LocalPortal
    day: date
    title: str
    store: Audits
    private: bool = True
    """Whether to read those, too, that were private then."""
    kind: str = "local"
    desk: Collection[str] = ()
    failed: dict[str, SaphanError] = field(default_factory=dict)
    """Datasets whose version of then was recalled or purged since, filled by `entries`."""

    @property
    def site(self) -> Site:
        """As it is now."""
        return self.portal.site

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        """The datasets by the names they had. Raises SetupError `audit-dataset-missing`, `audit-as-of-before`."""
        kept = self.store.newest(self.kind, until=self.day)
        index = self.store.index(kept) if kept else {}
        found: set[str] = set()
        with self.portal.looking(actor=self.portal.actor, site=self.site) as context:
            packages = (shown(context, one) for one in self._held(context, names))
            while block := list(islice(packages, ROWS)):
                found |= {one["name"] for one in block}
                yield from self._entries(context, block, index)
            began = past.began(context.connection)
        found |= set(self.failed)
        if not found and not names:
            raise SetupError("audit-as-of-before", day=told(self.day), began=told(began) if began else "–")
        for name in names:
            if name not in found:
                raise SetupError("audit-dataset-missing", Place(dataset=name), name=name, portal=self.title)

    def _held(self, context: Context, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The documents of the datasets that counted then."""
        for one in past.at(context.connection, end_of(self.day)):
            document = one.document
            if names and one.name not in names:
                continue
            if document is None and one.public:
                gone = SetupError("audit-version-gone", Place(dataset=one.name), name=one.name, number=one.number)
                self.failed[one.name] = gone
            if document is None or document["state"] != "active" or document["type"] != "dataset":
                continue
            if self.private or not document["private"]:
                yield document

    def _entries(self, context: Context, packages: Sequence[dict[str, Any]], index: Indexed) -> Iterator[Entry]:
        """Packages of then with what was known of them."""
        names = [one["name"] for one in packages if one["name"] in index]
        records = dict(zip(names, self.store.records([index[name][0] for name in names]), strict=True))
        others = [one["id"] for one in packages if not records.get(one["name"])]
        present = past.present(context.connection, others)
        for one in packages:
            record = records.get(one["name"]) or {"package": present.get(one["id"]), "tables": {}}
            held = {file["id"]: file for file in one["resources"]}
            for file in (record["package"] or {}).get("resources") or ():
                if file["id"] in held:
                    held[file["id"]]["datastore_active"] = file.get("datastore_active")
            yield Entry(
                package=one,
                tables={key: fields for key, fields in record["tables"].items() if key in held},
                seen=index[one["name"]][1] if one["name"] in index else {},
            )
