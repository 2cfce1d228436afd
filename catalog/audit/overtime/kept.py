"""Every audit is kept: what it was of, by what it judged and what it found, so that it can be derived again.

A kept audit holds private datasets as whoever made it saw them; nothing on the web leads to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date
from typing import Any

from catalog.actions.context import Site
from catalog.audit.entry import Entry
from catalog.audit.run import Audit, Terms, judged
from catalog.store.audits import Audits, Kept
from metadata import __version__, clock
from metadata.errors import SetupError
from metadata.finding import Finding
from metadata.fiscal import told
from metadata.standard import Standard

OURS = ("local", "desk")
"""Kinds of source that are named by themselves; others by their address, or their file's name."""
TOLD = ("value", "upper", "of", "status", "band", "pack")
"""What the head says of each score; the whole of it is stored beside."""


def keep(store: Audits, audit: Audit, names: Sequence[str] = ()) -> Kept:
    """Keeps an audit. `names`: the datasets that were asked for; none: all. Raises StoreError."""
    head = {
        "catalog": audit.catalog,
        "kind": audit.kind,
        "at": audit.at,
        "year": audit.year,
        "standard": audit.standard,
        "names": list(names),
        "datasets": len(audit.datasets),
        "scores": {key: {name: one[name] for name in TOLD if name in one} for key, one in audit.scores.items()},
        "failed": {name: found.to_dict() for name, found in audit.failed.items()},
        "site": asdict(audit.ground.site),
        "saphan": __version__,
    }
    shared = {
        "packs": list(audit.packs),
        "standard": dict(audit.ground.standard.source),
        "declared": list(audit.declared),
        "scores": dict(audit.scores),
        "desk": sorted(audit.ground.desk),
    }
    now = clock.now().astimezone(UTC)
    moment = f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z"
    kept = Kept(id=moment, target=target_of(audit), day=audit.day, whole=not names, head=head)
    return store.write(kept, ((one.name, one.digest, one.record, one.seen) for one in audit.datasets), shared)


def target_of(audit: Audit) -> str:
    """What the audits of one catalogue have in common."""
    return audit.kind if audit.kind in OURS else audit.catalog


def rederive(store: Audits, name: str) -> Audit:
    """A kept audit, derived again from what it was of, by what it judged: its numbers are the same.

    Raises SetupError `audit-kept-unknown`, StoreError. Where the program that made it judged otherwise than this
    one, `differences` tells.
    """
    kept = store.get(name)
    source = Again(store=store, kept=kept)
    made = judged(source, terms_of(store, kept), list(source.entries(())))
    failed = {key: Finding.from_dict(found) for key, found in kept.head["failed"].items()}
    return replace(made, at=kept.head["at"], failed=failed)


def entry_of(found: Mapping[str, Any], seen: Mapping[str, Any]) -> Entry:
    """The Entry of a kept record."""
    return Entry(package=found["package"], tables=found["tables"], seen=seen)


def terms_of(store: Audits, kept: Kept) -> Terms:
    """By what a kept audit judged: its standard and packs are those of then, whatever they are now."""
    shared = store.shared(kept)
    return Terms(
        standard=Standard.from_scheming(shared["standard"], kept.head["standard"]),
        packs=tuple(shared["packs"]),
        day=kept.day,
        declared=tuple(shared["declared"]),
    )


def differences(store: Audits, name: str) -> dict[str, tuple[Any, Any]]:
    """Scores that come out otherwise when a kept audit is derived again: key → what was found, what it is now."""
    was, now = store.shared(store.get(name))["scores"], rederive(store, name).scores
    pairs = {key: (was.get(key), now.get(key)) for key in {*was, *now}}
    return {key: (old and old["value"], new and new["value"]) for key, (old, new) in pairs.items() if old != new}


@dataclass(frozen=True, kw_only=True)
class Again:
    """A kept audit as a source: what it was of, as it was."""

    store: Audits
    kept: Kept

    @property
    def kind(self) -> str:
        """As it was."""
        return str(self.kept.head["kind"])

    @property
    def title(self) -> str:
        """As it was."""
        return str(self.kept.head["catalog"])

    @property
    def site(self) -> Site:
        """As it was."""
        return Site(**self.kept.head["site"])

    @property
    def desk(self) -> Collection[str]:
        """As it was."""
        return list(self.store.shared(self.kept)["desk"])

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        """The datasets by name, those that it was of; none that was recalled since."""
        index = {name: one for name, one in self.store.index(self.kept).items() if not names or name in names}
        records = self.store.records([digest for digest, _seen in index.values()])
        for found, (_digest, seen) in zip(records, index.values(), strict=True):
            if found is not None:
                yield entry_of(found, seen)


def stood(store: Audits, target: str, day: date) -> Kept:
    """The newest audit of all of a target that judges by no later day.

    Raises SetupError `audit-as-of-none`, with the day of the first one where there is any.
    """
    found = store.newest(target, until=day)
    if found is None:
        first = next(iter(store.whole(target)), None)
        values: dict[str, Any] = {"target": target, "day": told(day)}
        if first is None:
            raise SetupError("audit-as-of-none", **values)
        raise SetupError("audit-as-of-early", **values, first=told(first.day))
    return found
