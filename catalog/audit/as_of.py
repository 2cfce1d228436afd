"""The score as it stood: our own catalog from its versions, any other from the audits that were kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from catalog.actions.context import Site
from catalog.actions.documents import shown
from catalog.audit.entry import Entry
from catalog.audit.kept import entry_of, rederive, stood
from catalog.audit.run import Audit
from catalog.store import past
from catalog.store.audits import Audits
from metadata.errors import SaphanError, SetupError
from metadata.finding import Place
from metadata.fiscal import end_of

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

    What no version holds (data dictionaries, and what was seen outside the records) is as the newest audit kept by
    then found it; where there is none, it is not known.
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
            for one in past.at(context.connection, end_of(self.day)):
                if names and one.name not in names:
                    continue
                document = one.document
                if document is None:
                    if one.public:
                        found.add(one.name)
                        at = Place(dataset=one.name)
                        self.failed[one.name] = SetupError(
                            "audit-version-gone", at, name=one.name, number=one.number
                        )
                    continue
                if not self._counts(document):
                    continue
                found.add(one.name)
                yield self._entry(shown(context, document), index)
            began = past.began(context.connection)
        if not found and not names:
            raise SetupError("audit-as-of-before", day=self.day.isoformat(), began=(began or "–")[:10])
        for name in names:
            if name not in found:
                raise SetupError("audit-dataset-missing", Place(dataset=name), name=name, portal=self.title)

    def _counts(self, document: dict[str, Any]) -> bool:
        private = document["private"] and not self.private
        return document["state"] == "active" and document["type"] == "dataset" and not private

    def _entry(self, package: dict[str, Any], index: Any) -> Entry:
        """A package of then with what was known of it."""
        if package["name"] not in index:
            return Entry(package=package)
        digest, seen = index[package["name"]]
        (record,) = self.store.records([digest])
        held = {one["id"] for one in package["resources"]}
        known = entry_of(record, seen)
        return Entry(
            package=package,
            tables={key: fields for key, fields in known.tables.items() if key in held},
            seen=known.seen,
        )
