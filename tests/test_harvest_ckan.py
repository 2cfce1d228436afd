"""A CKAN harvested: once everything, then what changed; gone there is gone here; killed anywhere, run again."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_ground import package
from harvest_ground import Elsewhere, SmallCkan, elsewhere, run

from catalog.harvest.client import Client
from catalog.harvest.run import Wish, harvest
from catalog.portal.local import LocalPortal
from metadata.errors import Refused


@pytest.fixture
def ckan(far: Elsewhere) -> SmallCkan:
    made = SmallCkan(far)
    for number in range(8):
        made.put(f"set-{number}", f"2026-01-0{number + 1}T10:00:00.123456")
    return made


def names(portal: LocalPortal) -> list[str]:
    found: list[str] = portal.call_action("package_list")
    return found


def test_everything_comes_once_and_a_second_run_writes_nothing(taker: LocalPortal, ckan: SmallCkan) -> None:
    done, events = run(taker, ckan.at.url)
    assert (done.kind, sorted(done.created), done.unchanged) == ("ckan", [f"set-{n}" for n in range(8)], 0)
    assert [event.kind for event in events].count("receipt") == 8
    before = {name: taker.call_action("package_show", {"id": name}) for name in names(taker)}
    again, events = run(taker, ckan.at.url)
    assert (again.created, again.updated, again.removed) == ([], [], [])
    assert not [event for event in events if event.kind in ("intent", "receipt")]
    assert {name: taker.call_action("package_show", {"id": name}) for name in before} == before


def test_a_second_run_asks_only_for_what_changed(taker: LocalPortal, ckan: SmallCkan) -> None:
    run(taker, ckan.at.url)
    ckan.put("set-2", "2026-02-01T00:00:00.000001", title="New")
    ckan.put("set-8", "2026-02-01T00:00:00.000002")
    ckan.at.asked.clear()
    done, _events = run(taker, ckan.at.url)
    assert (done.created, done.updated) == (["set-8"], ["set-2"])
    searches = [path for path in ckan.at.paths() if "package_search" in path and "start" in path]
    assert all("2026-01-08T09" in path or "2026-02-01" in path for path in searches)
    assert taker.call_action("package_show", {"id": "set-2"})["title"] == "New"


def test_the_origin_is_kept(taker: LocalPortal, ckan: SmallCkan) -> None:
    extras = [{"key": "objective_note", "value": "x"}]
    resources = [{"id": "r1", "name": "ก", "url": "https://example.org/a.csv", "format": "csv", "size": 5},
                 {"id": "r2", "name": "evil", "url": "javascript:alert(1)"}]  # fmt: skip
    ckan.put("set-0", "2026-03-01T00:00:00", extras=extras, resources=resources, license_id="cc-by",
             objective=["ยุทธศาสตร์ชาติ"], tags=[{"name": "น้ำ"}, {"name": "x"}], unknown={"a": 1},
             organization={"title": "กรมน้ำ", "name": "water"})  # fmt: skip
    run(taker, ckan.at.url)
    found = taker.call_action("package_show", {"id": "set-0"})
    pairs = {one["key"]: one["value"] for one in found["extras"]}
    assert pairs == {
        "harvest_source": ckan.at.url,
        "harvest_guid": "id-set-0",
        "harvest_url": f"{ckan.at.url}/dataset/set-0",
        "harvest_modified": "2026-03-01T00:00:00",
        "harvest_organization": "กรมน้ำ",
        "objective_note": "x",
        "unknown": '{"a": 1}',
    }
    assert found["objective"] == ["ยุทธศาสตร์ชาติ"]
    assert [tag["name"] for tag in found["tags"]] == ["น้ำ"]
    assert [(one["name"], one["url"], one["format"]) for one in found["resources"]] == [
        ("ก", "https://example.org/a.csv", "CSV")
    ]
    assert found["organization"]["name"] == "127-0-0-1"
    assert found["id"] != "id-set-0"


def test_resources_keep_their_ids_over_changes(taker: LocalPortal, ckan: SmallCkan) -> None:
    resource = {"id": "r1", "name": "a", "url": "https://example.org/a.csv"}
    ckan.put("set-0", "2026-03-01T00:00:00", resources=[resource])
    run(taker, ckan.at.url)
    before = taker.call_action("package_show", {"id": "set-0"})["resources"][0]["id"]
    other = {"id": "r0", "name": "b", "url": "https://example.org/b.csv"}
    ckan.put("set-0", "2026-03-02T00:00:00", resources=[other, resource])
    run(taker, ckan.at.url)
    assert taker.call_action("package_show", {"id": "set-0"})["resources"][1]["id"] == before


def test_gone_at_the_source_is_gone_here_and_may_come_back(taker: LocalPortal, ckan: SmallCkan) -> None:
    run(taker, ckan.at.url)
    kept = ckan.datasets.pop("set-3")
    done, _events = run(taker, ckan.at.url)
    assert (done.removed, len(names(taker))) == (["set-3"], 7)
    ckan.datasets["set-3"] = {**kept, "metadata_modified": "2026-04-01T00:00:00"}
    done, _events = run(taker, ckan.at.url)
    assert (done.updated, len(names(taker))) == (["set-3"], 8)


def test_more_than_a_fifth_gone_at_once_is_refused_until_told(taker: LocalPortal, ckan: SmallCkan) -> None:
    run(taker, ckan.at.url)
    for number in (1, 2):
        del ckan.datasets[f"set-{number}"]
    with pytest.raises(Refused) as caught:
        run(taker, ckan.at.url)
    assert (caught.value.kind, caught.value.values["gone"], caught.value.values["known"]) == (
        "harvest-vanished",
        2,
        8,
    )
    assert len(names(taker)) == 8
    done, _events = run(taker, ckan.at.url, remove_many=True)
    assert sorted(done.removed) == ["set-1", "set-2"]


def test_an_empty_source_takes_nothing_away(taker: LocalPortal, ckan: SmallCkan) -> None:
    run(taker, ckan.at.url)
    ckan.datasets.clear()
    with pytest.raises(Refused, match="harvest-vanished"):
        run(taker, ckan.at.url)
    assert len(names(taker)) == 8


def test_what_the_index_does_not_know_yet_is_fetched_by_name(taker: LocalPortal, ckan: SmallCkan) -> None:
    ckan.hidden.add("set-4")
    done, _events = run(taker, ckan.at.url)
    assert len(done.created) == 8


def test_a_private_or_deleted_dataset_does_not_come(taker: LocalPortal, ckan: SmallCkan) -> None:
    ckan.put("set-5", "2026-03-01T00:00:00", private=True)
    ckan.put("set-6", "2026-03-01T00:00:00", state="deleted")
    done, _events = run(taker, ckan.at.url)
    assert sorted(done.created) == ["set-0", "set-1", "set-2", "set-3", "set-4", "set-7"]


def test_our_own_datasets_are_never_overwritten(taker: LocalPortal, ckan: SmallCkan) -> None:
    mine = taker.call_action("package_create", package("set-1", title="Title of set-2"))
    done, _events = run(taker, ckan.at.url)
    assert len(done.created) == 8
    assert taker.call_action("package_show", {"id": "set-1"}) == mine
    theirs = [name for name in names(taker) if name.startswith("set-1-")]
    assert len(theirs) == 1
    titles = [taker.call_action("package_show", {"id": name})["title"] for name in names(taker)]
    assert len(set(titles)) == 9
    again, _events = run(taker, ckan.at.url, full=True)
    assert (again.created, again.updated, again.unchanged) == ([], [], 8)


def test_two_sources_with_the_same_datasets_stay_apart(taker: LocalPortal, ckan: SmallCkan) -> None:
    run(taker, ckan.at.url)
    with elsewhere() as other:
        second = SmallCkan(other)
        second.put("set-1", "2026-01-01T00:00:00", title="Another")
        done, _events = run(taker, other.url)
        assert len(done.created) == 1
        del second.datasets["set-1"]
        run(taker, other.url, remove_many=True)
    assert names(taker) == [f"set-{n}" for n in range(8)]


def test_a_copy_taken_away_here_is_not_brought_back(taker: LocalPortal, ckan: SmallCkan) -> None:
    run(taker, ckan.at.url)
    taker.call_action("package_delete", {"id": "set-1"})
    taker.call_action("dataset_purge", {"id": "set-2"})
    for name in ("set-1", "set-2"):
        ckan.put(name, "2026-03-01T00:00:00", title="Changed")
    done, _events = run(taker, ckan.at.url)
    assert (done.created, done.updated) == ([], [])
    assert len(names(taker)) == 6


@pytest.mark.parametrize("stop", [2, 3, 15])
def test_killed_anywhere_a_rerun_ends_in_the_same_state(taker: LocalPortal, ckan: SmallCkan, stop: int) -> None:
    with Client(delay=0, allowed=["127.0.0.1"]) as client:
        story = harvest(taker, client, Wish(url=ckan.at.url))
        for _event in range(stop):
            next(story)
        story.close()
    run(taker, ckan.at.url)
    assert names(taker) == [f"set-{n}" for n in range(8)]
    again, _events = run(taker, ckan.at.url, full=True)
    assert (again.created, again.updated, again.unchanged) == ([], [], 8)


def test_a_run_cut_off_goes_on_from_where_it_was(taker: LocalPortal, ckan: SmallCkan) -> None:
    with Client(delay=0, allowed=["127.0.0.1"]) as client:
        story = harvest(taker, client, Wish(url=ckan.at.url))
        while len(names(taker)) < 5:
            next(story)
        story.close()
    ckan.at.asked.clear()
    run(taker, ckan.at.url)
    first = next(path for path in ckan.at.paths() if "package_search" in path and "start" in path)
    assert "2026-01-03T09%3A00" in first or "2026-01-03T09:00" in first


def test_what_our_catalog_refuses_is_told_and_tried_again(
    taker: LocalPortal, ckan: SmallCkan, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = taker.call_action

    def strict(name: str, data: Any = None, files: Any = None) -> Any:
        if name == "package_create" and data["title"] == "Title of set-3":
            raise Refused(
                "taker-refused", status=409, fields={"notes": ["Missing value"]}, said=["notes: Missing"]
            )
        return real(name, data, files)

    monkeypatch.setattr(taker, "call_action", strict)
    done, _events = run(taker, ckan.at.url)
    assert list(done.refused) == ["set-3"]
    assert done.refused["set-3"][0].rule == "harvest-refused"
    assert len(done.created) == 7
    monkeypatch.setattr(taker, "call_action", real)
    done, _events = run(taker, ckan.at.url)
    assert done.created == ["set-3"]


def test_many_changed_at_one_moment_all_come(taker: LocalPortal, far: Elsewhere) -> None:
    ckan = SmallCkan(far)
    for number in range(11):
        ckan.put(f"set-{number:02}", "2026-01-01T00:00:00.000000")
    done, _events = run(taker, far.url)
    assert len(done.created) == 11


def test_a_search_that_goes_in_circles_is_cut_off(taker: LocalPortal, ckan: SmallCkan) -> None:
    page = ckan.package_search({"rows": "3"})
    ckan.at.replies["/api/3/action/package_search"] = (
        page[0],
        page[1],
        page[2].replace(b'"count": 8', b'"count": 99999999'),
    )
    with pytest.raises(Refused, match="harvest-endless"):
        run(taker, ckan.at.url)
    assert len(ckan.at.asked) < 20


def test_a_dataset_renamed_at_the_source_stays_one_dataset(taker: LocalPortal, ckan: SmallCkan) -> None:
    run(taker, ckan.at.url)
    moved = ckan.datasets.pop("set-1")
    ckan.datasets["moved"] = {**moved, "name": "moved", "metadata_modified": "2026-03-01T00:00:00"}
    done, _events = run(taker, ckan.at.url)
    assert (done.created, done.updated, done.removed) == ([], ["set-1"], [])
    assert len(names(taker)) == 8
