"""The score as it stood on a day: what was there then, deleted since or not, and nothing made later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from audit_ground import Given, terms
from audit_ground import package as given
from catalog_ground import opened, package, upload

from catalog.audit import run
from catalog.audit.overtime import kept
from catalog.audit.overtime.as_of import OfPast, as_of
from catalog.audit.sources import OfPortal
from catalog.portal.local import LocalPortal
from catalog.store.audits import Audits
from metadata import clock, fiscal
from metadata.errors import SetupError
from metadata.event import result_of

END = date(2026, 9, 30)


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path) as made:
        yield made


def at(*when: int) -> object:
    """A Thai wall clock."""
    return clock.frozen(datetime(*when, tzinfo=clock.BANGKOK).astimezone(UTC))  # type: ignore[arg-type, misc]


def past(portal: LocalPortal, day: date = END, **more: object) -> OfPast:
    return OfPast(portal=portal, day=day, title="กรมตัวอย่าง", store=Audits(portal.engine), **more)  # type: ignore[arg-type]


def names(source: OfPast) -> list[str]:
    return [one.name for one in source.entries(())]


def test_what_was_deleted_since_is_there_and_what_came_later_is_not(portal: LocalPortal) -> None:
    with at(2026, 9, 1, 9):
        for name in ("stays", "goes", "gone-before", "changes"):
            portal.call_action("package_create", package(name))
        portal.call_action("package_delete", {"id": "gone-before"})
    with at(2026, 9, 30, 23, 59, 59):
        portal.call_action("package_patch", {"id": "changes", "title": "ของวันนั้น"})
    with at(2026, 10, 1, 0, 0, 1):
        portal.call_action("package_create", package("later"))
        portal.call_action("package_patch", {"id": "changes", "title": "หลังวันนั้น"})
        portal.call_action("package_delete", {"id": "goes"})
        entries = {one.name: one.package for one in past(portal).entries(())}
    assert sorted(entries) == ["changes", "goes", "stays"]
    assert entries["changes"]["title"] == "ของวันนั้น"
    assert entries["goes"]["state"] == "active"


def test_a_dataset_has_the_name_it_had(portal: LocalPortal) -> None:
    with at(2026, 9, 1, 9):
        portal.call_action("package_create", package("old-name"))
    with at(2026, 10, 2, 9):
        portal.call_action("package_patch", {"id": "old-name", "name": "new-name"})
    assert names(past(portal)) == ["old-name"]
    assert [one.name for one in past(portal).entries(["old-name"])] == ["old-name"]
    with pytest.raises(SetupError) as raised:
        list(past(portal).entries(["new-name"]))
    assert raised.value.kind == "audit-dataset-missing"


def test_private_is_what_was_private_then(portal: LocalPortal) -> None:
    with at(2026, 9, 1, 9):
        portal.call_action("package_create", package("opened-later", private=True))
        portal.call_action("package_create", package("closed-later"))
    with at(2026, 10, 2, 9):
        portal.call_action("package_patch", {"id": "opened-later", "private": False})
        portal.call_action("package_patch", {"id": "closed-later", "private": True})
    assert names(past(portal)) == ["closed-later", "opened-later"]
    assert names(past(portal, private=False)) == ["closed-later"]


def test_nothing_happened_since_so_the_audit_is_the_same(portal: LocalPortal) -> None:
    with at(2026, 9, 1, 9):
        made = portal.call_action("package_create", package("funds"))
        files = upload()
        more = {"package_id": made["id"], "name": "ประชากร", "format": "CSV", "url_type": "upload"}
        portal.call_action("resource_create", more, files=files)
        portal.call_action("package_create", package("others"))
    now = OfPortal(portal=portal, title="กรมตัวอย่าง", site=portal.site, kind="local", private=True)
    judged = terms(END)
    today = result_of(run.audit(now, judged))
    then = result_of(run.audit(past(portal), judged))
    assert then.scores == today.scores
    assert {one.name: one.facts for one in then.datasets} == {one.name: one.facts for one in today.datasets}


def test_a_purged_dataset_is_told_and_does_not_count(portal: LocalPortal) -> None:
    with at(2026, 9, 1, 9):
        portal.call_action("package_create", package("stays"))
        portal.call_action("package_create", package("purged"))
        portal.call_action("package_create", package("secret", private=True))
    with at(2026, 10, 2, 9):
        portal.call_action("dataset_purge", {"id": "purged"})
        portal.call_action("dataset_purge", {"id": "secret"})
    source = past(portal)
    audit = result_of(run.audit(source, terms(END)))
    assert [one.name for one in audit.datasets] == ["stays"]
    assert {name: found.rule for name, found in audit.failed.items()} == {"purged": "audit-version-gone"}


def test_what_no_version_holds_is_as_the_last_audit_found_it(portal: LocalPortal) -> None:
    with at(2026, 9, 1, 9):
        portal.call_action("package_create", package("funds"))
    store = Audits(portal.engine)
    for day, answer in ((date(2026, 9, 20), True), (date(2026, 10, 5), False)):
        found = {"funds": {"reach": {"x": {"ok": answer}}}}
        (entry,) = past(portal).entries(())
        source = Given(packages=[dict(entry.package)], seen=found)
        judged = terms(day)
        kept.keep(store, result_of(run.audit(source, judged)))
    (entry,) = past(portal).entries(())
    assert entry.seen == {"reach": {"x": {"ok": True}}}


def test_a_data_dictionary_is_as_the_last_audit_found_it(portal: LocalPortal) -> None:
    with at(2026, 9, 1, 9):
        made = portal.call_action("package_create", package("funds"))
        fields = [{"id": "a", "type": "text", "info": {"label": "ก"}}]
        resource = {"package_id": made["id"], "name": "ประชากร"}
        sent = {"resource": resource, "fields": fields, "records": [{"a": "1"}]}
        made = portal.call_action("datastore_create", sent)
    (entry,) = past(portal).entries(())
    assert entry.tables == {} and entry.package["resources"][0]["datastore_active"] is True
    now = OfPortal(portal=portal, title="กรมตัวอย่าง", site=portal.site, kind="local", private=True)
    audit = result_of(run.audit(now, terms(date(2026, 9, 20))))
    kept.keep(Audits(portal.engine), audit)
    portal.call_action("datastore_delete", {"resource_id": made["resource_id"]})
    (entry,) = past(portal).entries(())
    assert entry == audit.dataset("funds").entry and entry.tables


def test_before_the_first_dataset_there_is_nothing_to_tell(portal: LocalPortal) -> None:
    with at(2026, 9, 1, 9):
        portal.call_action("package_create", package("funds"))
    with pytest.raises(SetupError) as raised:
        names(past(portal, date(2026, 8, 31)))
    assert (raised.value.kind, raised.value.values["began"]) == (
        "audit-as-of-before",
        {"th": "1/9/2569", "en": "2026-09-01"},
    )


def test_another_catalogue_stood_as_its_last_audit_says(portal: LocalPortal) -> None:
    store, target = Audits(portal.engine), "https://data.example.go.th"
    source = Given(packages=[given("one")], kind="ckan", title=target)
    for day in (date(2026, 8, 15), date(2026, 9, 15), date(2026, 10, 15)):
        judged = terms(day)
        kept.keep(store, result_of(run.audit(source, judged)))
        source.packages.append(given(f"more-{day.month}"))
    found = as_of(store, target, END)
    assert (found.day, len(found.datasets)) == (date(2026, 9, 15), 2)
    with pytest.raises(SetupError) as raised:
        as_of(store, target, date(2026, 8, 1))
    assert (raised.value.kind, raised.value.values["first"]["en"]) == ("audit-as-of-early", "2026-08-15")
    with pytest.raises(SetupError) as raised:
        as_of(store, "https://elsewhere.example.go.th", END)
    assert raised.value.kind == "audit-as-of-none"


@pytest.mark.parametrize("text", ["2569-09-30", "2026-09-30", " 2569-9-30 ", "30/9/2569", "30/09/2026"])
def test_a_day_may_be_written_in_either_era(text: str) -> None:
    with at(2026, 11, 22, 9):
        assert fiscal.day_of(text) == END


@pytest.mark.parametrize(
    "text", ["", "9/30/2569", "30-9-2569", "2569-02-30", "2569", "๒๕๖๙-๐๙-๓๐", "9999-01-01x", "0000-01-01"]
)
def test_what_is_no_day_is_told(text: str) -> None:
    with at(2026, 11, 22, 9), pytest.raises(SetupError) as raised:
        fiscal.day_of(text)
    assert raised.value.kind == "day-form" and raised.value.values["example"] == "2569-11-22"


def test_tomorrow_has_no_score() -> None:
    with at(2026, 11, 22, 23), pytest.raises(SetupError) as raised:
        fiscal.day_of("2569-11-23")
    assert raised.value.kind == "day-future"


def test_the_ends_of_a_fiscal_year() -> None:
    assert (fiscal.first_day(2569), fiscal.last_day(2569)) == (date(2025, 10, 1), END)
    assert [one.last for one in fiscal.periods(2569, "quarter")] == [
        date(2025, 12, 31),
        date(2026, 3, 31),
        date(2026, 6, 30),
        END,
    ]
    assert [one.last for one in fiscal.periods(2569, "round")] == [date(2026, 3, 31), date(2026, 6, 30), END]
    assert fiscal.end_of(END) == datetime(2026, 9, 30, 17, tzinfo=UTC)
    assert {clock.fiscal_year(day) for day in (date(2025, 10, 1), END)} == {2569}
