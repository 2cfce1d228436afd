"""Every audit is kept: it can be derived again, it costs what changed, and it tells what got worse since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from audit_ground import Given, package, terms
from catalog_ground import address, opened

from catalog.audit import run
from catalog.audit.overtime import kept, trend
from catalog.store.audits import Audits, Kept
from catalog.store.backup import backup, restore
from catalog.store.database import open_database, writing
from catalog.store.tables import audit_contents
from metadata import clock
from metadata.errors import SetupError, StoreError
from metadata.event import result_of
from metadata.standard import Standard
from metadata.wording import finding

DAY = date(2026, 9, 30)


@pytest.fixture
def store(tmp_path: Path, both: str) -> Iterator[Audits]:
    engine = open_database(address(tmp_path))
    yield Audits(engine)
    engine.dispose()


def made(store: Audits, source: Given, *, day: date = DAY, hour: int = 9, **more: Any) -> tuple[run.Audit, Kept]:
    """An audit of a source, kept."""
    judged = terms(day, **more)
    with clock.frozen(datetime(day.year, day.month, day.day, hour, tzinfo=UTC)):
        audit = result_of(run.audit(source, judged))
        return audit, kept.keep(store, audit)


def contents(store: Audits) -> int:
    with store.engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(audit_contents)).scalar() or 0)


def some(count: int = 5) -> Given:
    return Given(packages=[package(f"d{number}") for number in range(count)])


def test_a_kept_audit_is_derived_again_with_equal_numbers(store: Audits) -> None:
    declared = ({"pack": "metadata14", "measure": "items", "value": 1, "dataset": "d1"},)
    source = Given(
        packages=[package("d0"), package("d1", license_id=""), package("d2", private=True)],
        seen={"d0": {"reach": {"file-d0": {"ok": True, "format_true": False}}}},
        desk=["d0"],
    )
    audit, one = made(store, source, declared=declared)
    source.packages.clear()
    again = kept.rederive(store, one.id)
    assert again.scores == audit.scores
    assert {x.name: (x.facts, x.scores, x.findings) for x in again.datasets} == {
        x.name: (x.facts, x.scores, x.findings) for x in audit.datasets
    }
    assert (again.day, again.at, again.standard) == (audit.day, audit.at, audit.standard)
    assert kept.differences(store, one.id) == {}


def test_it_is_judged_by_the_packs_of_then(store: Audits) -> None:
    source, judged = some(), terms()
    pack = next(one for one in judged.packs if one["key"] == "metadata14")
    other = replace(judged, packs=({**pack, "of": 28, "title": {"th": "อื่น", "en": "Another"}},))
    one = kept.keep(store, result_of(run.audit(source, other)))
    again = kept.rederive(store, one.id)
    assert again.scores["metadata14"]["of"] == 28
    assert again.packs[0]["title"]["en"] == "Another"


def test_a_second_audit_adds_what_changed_and_no_more(store: Audits) -> None:
    source = some(40)
    made(store, source)
    first = contents(store)
    assert first > 40
    made(store, source, hour=10)
    assert contents(store) == first
    source.packages[7]["notes"] = "แก้ไขแล้ว"
    made(store, source, hour=11)
    # the record, the part of the list that names it, the list of the parts, and the scores where they moved
    assert contents(store) - first in (3, 4)


def test_what_was_seen_belongs_to_the_audit_that_saw_it(store: Audits) -> None:
    source = some(3)
    _, first = made(store, source)
    source.seen = {"d1": {"reach": {"file-d1": {"ok": False}}}}
    _, second = made(store, source, hour=10)
    assert kept.rederive(store, first.id).dataset("d1").facts["reachable"] == [None]
    assert kept.rederive(store, second.id).dataset("d1").facts["reachable"] == [False]


def test_audits_of_named_datasets_are_kept_and_stand_in_no_trend(store: Audits) -> None:
    source, judged = some(), terms()
    audit = result_of(run.audit(source, judged, names=["d1"]))
    one = kept.keep(store, audit, names=["d1"])
    assert store.whole("local") == []
    assert [x.name for x in kept.rederive(store, one.id).datasets] == ["d1"]


def test_a_target_has_its_own_audits(store: Audits) -> None:
    made(store, some(2))
    made(store, Given(packages=[package("x")], kind="ckan", title="https://data.example.go.th"))
    assert [one.head["datasets"] for one in store.whole("local")] == [2]
    assert [one.head["datasets"] for one in store.whole("https://data.example.go.th")] == [1]


def test_a_damaged_part_is_told(store: Audits) -> None:
    _, one = made(store, some(2))
    digest, _seen = store.index(one)["d0"]
    with writing(store.engine) as connection:
        connection.execute(sa.update(audit_contents).where(audit_contents.c.hash == digest).values(content="eJw="))
    with pytest.raises(StoreError) as raised:
        kept.rederive(store, one.id)
    assert raised.value.kind == "audit-kept-broken"


def test_an_audit_that_is_not_kept_is_told(store: Audits) -> None:
    with pytest.raises(SetupError) as raised:
        kept.rederive(store, "20260101T000000000Z-000001")
    assert raised.value.kind == "audit-kept-unknown"


def test_a_backup_carries_them(tmp_path: Path, both: str) -> None:
    with opened(tmp_path) as portal:
        store = Audits(portal.engine)
        audit, one = made(store, some(3))
        backup(portal, tmp_path / "all.zip")
        made(store, some(4), hour=10)
        restore(portal, tmp_path / "all.zip")
        assert [x.id for x in store.whole("local")] == [one.id]
        assert kept.rederive(store, one.id).scores == audit.scores


# ---------------------------------------------------------------- what changed


def test_nothing_changed(store: Audits) -> None:
    source = some()
    _, first = made(store, source)
    audit, second = made(store, source, hour=10)
    changes = trend.since(store, first, second, audit)
    assert (changes.scores, changes.added, changes.removed, changes.moved) == ({}, (), (), ())
    assert changes.findings() == ()


def test_a_dataset_that_got_worse_is_told_with_the_facts(store: Audits) -> None:
    source = some()
    _, first = made(store, source)
    source.packages[1]["maintainer"] = ""
    source.packages[2]["url"] = "https://www.example.go.th"
    source.packages[3:] = [package("new")]
    audit, second = made(store, source, hour=10)
    changes = trend.since(store, first, second, audit)
    told = changes.to_json()
    assert (told["added"], told["removed"]) == (["new"], ["d3", "d4"])
    worse = {one["name"]: one for one in told["worse"]}
    assert set(worse) == {"d1"}
    assert worse["d1"]["record"] and "metadata14" in worse["d1"]["scores"]
    assert worse["d1"]["facts"]["items_part"]["from"] > worse["d1"]["facts"]["items_part"]["to"]
    rules = [(found.rule, found.at.dataset) for found in changes.findings()]
    assert ("audit-dataset-worse", "d1") in rules and ("audit-dataset-gone", "d3") in rules
    assert any(rule == "audit-score-fell" for rule, _ in rules)
    for found in changes.findings():
        for language in ("th", "en"):
            words = finding(found, language)
            assert "…" not in words["message"] + words["remedy"]


def test_time_alone_makes_a_dataset_worse(store: Audits) -> None:
    source = some(2)
    timely = {
        "measure": "fresh",
        "title": {"th": "เป็นปัจจุบัน", "en": "Up to date"},
        "fact": "up_to_date",
        "weight": 10,
        "status": "confirmed",
    }
    pack = {
        "pack": "fresh",
        "key": "fresh",
        "title": {"th": "ความเป็นปัจจุบัน", "en": "Currency"},
        "status": "confirmed",
        "source": "-",
        "of": 10,
        "unit": "points",
        "measures": [timely],
    }
    with clock.frozen(datetime(2026, 9, 30, tzinfo=UTC)):
        before = replace(terms(), packs=(pack,))
        first = kept.keep(store, result_of(run.audit(source, before)))
    later = replace(before, day=DAY + timedelta(days=60))
    audit = result_of(run.audit(source, later))
    changes = trend.since(store, first, kept.keep(store, audit), audit)
    assert [(one.name, one.record, one.worse) for one in changes.moved] == [
        ("d0", False, ("fresh",)),
        ("d1", False, ("fresh",)),
    ]
    assert changes.moved[0].facts == {"up_to_date": (True, False)}
    assert {found.rule for found in changes.findings()} == {"audit-score-fell", "audit-dataset-older"}


def test_a_pack_that_was_changed_makes_nobody_worse(store: Audits) -> None:
    source = some()
    _, first = made(store, source)
    harder = tuple(
        {**pack, "measures": [{**one, "weight": one.get("weight", 1) / 2} for one in pack["measures"]]}
        for pack in terms().packs
    )
    now = replace(terms(), packs=harder)
    audit = result_of(run.audit(source, now))
    changes = trend.since(store, first, kept.keep(store, audit), audit)
    assert changes.scores and set(changes.scores) <= set(changes.rules)
    assert changes.moved == () and changes.findings() == ()


def test_an_edition_that_was_changed_under_its_name_is_told(store: Audits) -> None:
    source = some()
    _, first = made(store, source)
    whole = dict(terms().standard.source)
    fields = [{**one, "item": None} if one.get("item") == 7 else one for one in whole["dataset_fields"]]
    own = Standard.from_scheming({**whole, "dataset_fields": fields}, "gdc-2.2.4")
    audit = result_of(run.audit(source, replace(terms(), standard=own)))
    changes = trend.since(store, first, kept.keep(store, audit), audit)
    assert audit.standard == first.head["standard"] and "metadata14" in changes.scores
    assert set(changes.scores) <= set(changes.rules) and changes.findings() == ()


def test_the_trend_has_each_audit_with_its_scores(store: Audits) -> None:
    source = some()
    for day in (DAY - timedelta(days=60), DAY - timedelta(days=30), DAY):
        made(store, source, day=day)
        source.packages.append(package(f"more-{day}"))
    told = trend.trend(store.whole("local"))
    assert [(one["day"], one["datasets"]) for one in told] == [
        ("2026-08-01", 5),
        ("2026-08-31", 6),
        ("2026-09-30", 7),
    ]
    assert all(one["scores"]["metadata14"]["value"] for one in told)


def test_another_edition_shows_which_datasets_would_lose() -> None:
    source = some(3)
    source.packages[0]["data_classification"] = "เปิดเผย"
    old = result_of(run.audit(source, terms(standard="gdc-2.2.4")))
    new = result_of(run.audit(source, terms(standard="gdc-governance")))
    changes = trend.losing(old, new)
    assert changes.since["standard"] == "gdc-2.2.4"
    assert {one.name for one in changes.moved} <= {"d0", "d1", "d2"}
    again = trend.losing(old, old)
    assert again.moved == () and again.scores == {}
