"""What an audit derived is kept, and an audit that finds it kept says what it would have said without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from audit_generated import SITE, catalogue
from audit_ground import terms

from catalog.actions.context import Site
from catalog.audit import audited, run, scoring
from catalog.audit.audited import kind_of
from catalog.audit.entry import Entry
from catalog.store.derived import Derived
from metadata.event import result_of

ENTRIES = {entry.name: entry for seed in range(12) for entry in catalogue(seed)}


@dataclass
class Of:
    """A source of entries."""

    given: dict[str, Entry]
    kind: str = "local"
    title: str = "กรมตัวอย่าง"
    site: Site = SITE
    desk: Sequence[str] = field(default_factory=tuple)

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        yield from self.given.values()


def audit(given: dict[str, Entry], path: Path | None = None) -> run.Audit:
    """An audit that keeps what it derived, or does not."""
    if path is None:
        return result_of(run.audit(Of(given), terms()))
    with Derived(path, "local") as kept:
        return result_of(run.audit(Of(given), terms(), kept=kept))


def told(made: run.Audit) -> tuple[Any, ...]:
    """What an audit says, without its moment."""
    return made.datasets, made.scores


def test_an_audit_that_was_made_before_derives_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "derived.sqlite"
    without = told(audit(ENTRIES))
    assert told(audit(ENTRIES, path)) == without
    for module, name in ((audited, "facts"), (scoring, "_scored")):
        monkeypatch.delattr(module, name)
    assert told(audit(ENTRIES, path)) == without


def test_after_a_change_only_what_it_touches_is_derived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "derived.sqlite"
    audit(ENTRIES, path)
    first, second, third, *_ = ENTRIES
    twin = {**ENTRIES[first].package, "title": ENTRIES[second].package.get("title") or second}
    seen = {**ENTRIES[third].seen, "registered": {"registered": False, "checked_at": "2026-09-30"}}
    changed = {
        **ENTRIES,
        first: replace(ENTRIES[first], package=twin),
        third: replace(ENTRIES[third], seen=seen),
    }
    derived: Counter[str] = Counter()
    facts, scored = audited.facts, scoring._scored
    monkeypatch.setattr(audited, "facts", lambda entry, *more: derived.update([entry.name]) or facts(entry, *more))
    monkeypatch.setattr(scoring, "_scored", lambda one, *more: derived.update([one.name]) or scored(one, *more))
    with_kept = told(audit(changed, path))
    assert {first, third} <= set(derived) < set(ENTRIES)
    assert with_kept == told(audit(changed))


def test_the_kinds_are_those_of_the_findings(tmp_path: Path) -> None:
    path = tmp_path / "derived.sqlite"
    for made in (audit(ENTRIES, path), audit(ENTRIES, path)):
        assert [one.kinds for one in made.datasets] == [tuple(map(kind_of, one.findings)) for one in made.datasets]
    assert sum(len(one.kinds) for one in made.datasets) > 100


def test_a_file_that_is_broken_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "derived.sqlite"
    path.write_bytes(b"no database" * 1000)
    assert told(audit(ENTRIES, path)) == told(audit(ENTRIES))
