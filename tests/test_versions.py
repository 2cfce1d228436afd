"""Versions: one for every write that changed something, kept for ever, and truly gone once recalled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import ANYONE, CSV, opened, package, refusal, stored_files, texts, upload

from catalog.portal.local import LocalPortal

NAME = "population-2567"
NEWER = "จังหวัด,จำนวน\nระนอง,1\nพังงา,5\nภูเก็ต,3\n".encode()


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path) as made:
        yield made


def filled(portal: LocalPortal, **more: Any) -> str:
    """A dataset with a file, then another file: versions 1 (no file), 2 and 3. The resource's id."""
    portal.call_action("package_create", package(**more))
    made = portal.call_action("resource_create", {"package_id": NAME, "name": "ตาราง"}, upload())
    portal.call_action("resource_patch", {"id": made["id"]}, upload(NEWER, "ใหม่.csv"))
    return str(made["id"])


def numbers(portal: LocalPortal, key: str = NAME) -> list[int]:
    return [one["version"] for one in portal.call_action("dataset_version_list", {"id": key})]


def test_every_write_that_changes_something_makes_a_version(portal: LocalPortal) -> None:
    filled(portal)
    assert numbers(portal) == [3, 2, 1]
    portal.call_action("package_patch", {"id": NAME, "notes": "อื่น"})
    portal.call_action("package_patch", {"id": NAME, "notes": "อื่น"})
    listed = portal.call_action("dataset_version_list", {"id": NAME})
    assert [one["version"] for one in listed] == [4, 3, 2, 1]
    assert len({one["hash"] for one in listed}) == 4
    assert listed[0]["created"] == portal.call_action("package_show", {"id": NAME})["metadata_modified"]


def test_the_same_file_sent_again_makes_no_version(portal: LocalPortal) -> None:
    resource = filled(portal)
    portal.call_action("resource_patch", {"id": resource}, upload(NEWER, "ใหม่.csv"))
    assert numbers(portal) == [3, 2, 1]


def test_another_file_under_a_hash_of_the_publishers_own_makes_a_version(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    fields = {"package_id": NAME, "name": "ตาราง", "hash": "as-ever", "last_modified": "2026-01-01T00:00:00"}
    made = portal.call_action("resource_create", fields, upload(b"a,b\n1,2\n", "a.csv"))
    again = {"id": made["id"], "hash": "as-ever", "last_modified": "2026-01-01T00:00:00"}
    portal.call_action("resource_patch", again, upload(b"a,b\n1,3\n", "a.csv"))
    assert len(numbers(portal)) == 3
    answer = portal.call_action("dataset_version_diff", {"id": NAME, "resource_id": made["id"]})
    assert (answer["added"], answer["removed"]) == (1, 1)


def test_a_write_that_is_refused_makes_no_version(portal: LocalPortal) -> None:
    filled(portal)
    assert refusal(portal, "package_patch", {"id": NAME, "objective": ["ไม่มี"]})[0] == 409
    assert numbers(portal) == [3, 2, 1]


def test_a_version_shows_the_dataset_as_it_was(portal: LocalPortal) -> None:
    resource = filled(portal)
    portal.call_action("package_patch", {"id": NAME, "title": "ชื่อใหม่"})
    old = portal.call_action("dataset_version_show", {"id": NAME, "version": 2})
    assert old["package"]["title"] == f"ประชากร {NAME}"
    address = f"{portal.site.url}/dataset/{old['dataset_id']}/version/2"
    assert old["url"] == address
    assert old["package"]["resources"][0]["url"].startswith(f"{address}/resource/{resource}/download/")
    by_hash = portal.call_action("dataset_version_show", {"id": NAME, "version": old["hash"]})
    assert by_hash == old
    assert portal.call_action("dataset_version_show", {"id": NAME})["version"] == 4


@pytest.mark.parametrize("version", ["5", "0", "-1", "x", "sha256:00", "99999999999", "%", "1 "])
def test_a_version_that_never_was_is_not_found(portal: LocalPortal, version: str) -> None:
    filled(portal)
    assert refusal(portal, "dataset_version_show", {"id": NAME, "version": version})[0] == 404


def test_a_citation_survives_a_new_name(portal: LocalPortal) -> None:
    filled(portal)
    key = portal.call_action("package_patch", {"id": NAME, "name": "renamed"})["id"]
    for one in (NAME, "renamed", key):
        assert portal.call_action("dataset_version_show", {"id": one, "version": 2})["name"] == NAME


def test_rows_that_differ_are_counted_whole_or_by_key(portal: LocalPortal) -> None:
    resource = filled(portal)
    asked = {"id": NAME, "resource_id": resource}
    whole = portal.call_action("dataset_version_diff", asked)
    assert (whole["added"], whole["removed"], whole["changed"], whole["rows"]) == (2, 1, 0, [2, 3])
    assert whole["records"]["removed"] == [["พังงา", "2"]]
    keyed = portal.call_action("dataset_version_diff", {**asked, "key": ["จังหวัด"]})
    assert (keyed["added"], keyed["removed"], keyed["changed"]) == (1, 0, 1)
    assert keyed["records"]["changed"] == [{"before": ["พังงา", "2"], "after": ["พังงา", "5"]}]
    assert keyed["records"]["added"] == [["ภูเก็ต", "3"]]


def test_a_comparison_that_cannot_be_made_says_why(portal: LocalPortal) -> None:
    resource = filled(portal)
    asked = {"id": NAME, "resource_id": resource}
    assert "key" in refusal(portal, "dataset_version_diff", {**asked, "key": "ไม่มี"})[1]
    assert refusal(portal, "dataset_version_diff", {**asked, "version": 2})[0] == 404
    portal.call_action("resource_patch", {"id": resource}, upload("ก,ข\n1,1\n1,2\n".encode("cp874"), "ก.csv"))
    assert "resource_id" in refusal(portal, "dataset_version_diff", asked)[1]


def test_a_recalled_version_is_gone_and_says_so(portal: LocalPortal, tmp_path: Path) -> None:
    resource = filled(portal)
    portal.call_action("dataset_version_recall", {"id": NAME, "versions": [2]})
    assert refusal(portal, "dataset_version_show", {"id": NAME, "version": 2}, ANYONE)[0] == 410
    assert [path.read_bytes() for path in stored_files(tmp_path)] == [NEWER]
    listed = portal.call_action("dataset_version_list", {"id": NAME})
    assert [(one["version"], one["recalled"]) for one in listed] == [(3, False), (2, True), (1, False)]
    assert "พังงา,2" in CSV.decode()
    assert not any("พังงา,2" in text for text in texts(portal))
    assert portal.uploaded(resource) is not None


def test_a_file_that_another_version_names_stays(portal: LocalPortal, tmp_path: Path) -> None:
    resource = filled(portal)
    portal.call_action("resource_patch", {"id": resource}, upload())
    portal.call_action("dataset_version_recall", {"id": NAME, "versions": [2]})
    assert {path.read_bytes() for path in stored_files(tmp_path)} == {CSV, NEWER}


@pytest.mark.parametrize("versions", [3, [1, 3], "x", [], None, [True], "9", [{}]])
def test_what_cannot_be_recalled_is_refused_whole(portal: LocalPortal, versions: Any) -> None:
    filled(portal)
    status, _error = refusal(portal, "dataset_version_recall", {"id": NAME, "versions": versions})
    assert status == 409
    assert not any(one["recalled"] for one in portal.call_action("dataset_version_list", {"id": NAME}))


def test_a_purge_takes_every_version(portal: LocalPortal, tmp_path: Path) -> None:
    filled(portal)
    portal.call_action("dataset_purge", {"id": NAME})
    assert stored_files(tmp_path) == []
    assert refusal(portal, "dataset_version_show", {"id": NAME, "version": 2}, ANYONE)[0] == 410
    assert refusal(portal, "package_show", {"id": NAME}, ANYONE)[0] == 404


def test_a_private_dataset_has_no_versions_for_strangers(portal: LocalPortal) -> None:
    filled(portal, private=True)
    for action in ("dataset_version_list", "dataset_version_show", "dataset_version_diff"):
        asked = {"id": NAME, "resource_id": "x"}
        assert refusal(portal, action, asked, ANYONE)[0] in (403, 404)


def test_what_was_private_once_stays_hidden_when_the_dataset_is_opened(portal: LocalPortal) -> None:
    resource = filled(portal, private=True)
    portal.call_action("package_patch", {"id": NAME, "private": False})
    seen = portal.answer("dataset_version_list", {"id": NAME}, actor=ANYONE, site=portal.site)
    assert [one["version"] for one in seen] == [4]
    for asked in ({"version": 2}, {"version": 3}):
        assert refusal(portal, "dataset_version_show", {"id": NAME, **asked}, ANYONE)[0] == 404
    compared = {"id": NAME, "resource_id": resource, "version": 4, "since": 2}
    assert refusal(portal, "dataset_version_diff", compared, ANYONE)[0] == 404


def test_a_recalled_private_version_is_no_news_to_strangers(portal: LocalPortal) -> None:
    filled(portal, private=True)
    portal.call_action("dataset_purge", {"id": NAME})
    assert refusal(portal, "dataset_version_show", {"id": NAME, "version": 2}, ANYONE)[0] == 404


def test_a_deleted_dataset_hides_its_versions_until_it_is_back(portal: LocalPortal) -> None:
    filled(portal)
    portal.call_action("package_delete", {"id": NAME})
    assert refusal(portal, "dataset_version_show", {"id": NAME, "version": 2}, ANYONE)[0] in (403, 404)
    portal.call_action("package_patch", {"id": NAME, "state": "active"})
    assert portal.answer("dataset_version_show", {"id": NAME, "version": 2}, actor=ANYONE, site=portal.site)


def test_a_catalog_from_before_versions_gets_a_first_one(portal: LocalPortal) -> None:
    from catalog.actions import history
    from catalog.store.database import writing
    from catalog.store.migrate import move

    resource = filled(portal)
    hashed = portal.call_action("dataset_version_show", {"id": NAME})["hash"]
    for revision in ("0001", "0002"):
        with writing(portal.engine) as connection:
            move(connection, revision)
    assert numbers(portal) == [1]
    assert portal.call_action("dataset_version_show", {"id": NAME})["hash"] == hashed
    with portal.looking(actor=ANYONE, site=portal.site) as context:
        held = history.file(context, history.found(context, NAME, "1"), resource)
    assert (held.size, held.filename, held.private) == (len(NEWER), "ใหม่.csv", False)
