"""Files at hand fit their schemas today, or do not; quality is the build's, or is measured; nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import slicing
from catalog_ground import CSV, opened, package, upload
from publishing import Bench

from catalog.audit import sources
from catalog.audit.entry import Entry
from catalog.audit.seen import looks, released, valid
from catalog.audit.sources import Source
from catalog.harvest.client import Client
from catalog.journal import Journal
from catalog.portal.local import LocalPortal
from catalog.store.evidence import Evidence, Remembered, Stored
from commands.looking import looks_at
from metadata.errors import SetupError
from metadata.event import result_of
from metadata.ports import Judge, Measurer
from metadata.release import sha256
from metadata.standard import Standard
from metadata.workspace import Workspace
from pipelines import judging, quality

JUDGE: Judge = judging
MEASURER: Measurer = quality
FITS = {"fields": [{"name": "จังหวัด", "type": "string"}, {"name": "จำนวน", "type": "integer"}]}
FITS_NOT = {"fields": [{"name": "จังหวัด", "type": "string"}, {"name": "จำนวน", "type": "date"}]}
WEEK = timedelta(days=7)


class Counted:
    """A judge and a measurer that count how often they are asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def judge(self, path: Path, schema: Mapping[str, Any], *, format: str = "csv") -> Mapping[str, Any]:  # noqa: A002
        self.asked.append("judge")
        return judging.judge(path, schema, format=format)

    def measure(self, path: Path, *, whole: bool = False) -> Mapping[str, float | None] | None:
        self.asked.append("measure")
        return quality.measure(path, whole=whole)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[LocalPortal]:
    with opened(tmp_path) as made:
        yield made


def ours(portal: LocalPortal, *contents: bytes, **more: Any) -> Entry:
    """A dataset of our own catalog with uploaded files."""
    made = portal.call_action("package_create", package())
    for number, content in enumerate(contents):
        data = {"package_id": made["id"], "name": f"f{number}", "format": "CSV", **more}
        portal.call_action("resource_create", data, files=upload(content))
    return Entry(package=portal.call_action("package_show", {"id": made["id"]}))


def carrying(entry: Entry, schema: Any) -> Entry:
    """The same record, each resource with a schema."""
    resources = [{**one, "schema": schema} for one in entry.package["resources"]]
    return Entry(package={**entry.package, "resources": resources})


def verdicts(portal: LocalPortal, entry: Entry, judge: Any = JUDGE, cache: Evidence | None = None) -> list[Any]:
    hands = released.at_hand([entry], {}, portal)
    found = result_of(valid.judged(hands, judge, cache or Remembered()))
    return [found[one["id"]]["valid"] if one["id"] in found else None for one in entry.package["resources"]]


@pytest.mark.parametrize(
    ("schema", "said"),
    [(FITS, True), (FITS_NOT, False), (json.dumps(FITS), True), ("{", None), ("", None), ({"a": 1}, None)],
)
@pytest.mark.usefixtures("files_left_open")
def test_a_file_of_ours_is_judged_by_the_schema_that_its_record_carries(
    portal: LocalPortal, schema: Any, said: bool | None
) -> None:
    assert verdicts(portal, carrying(ours(portal, CSV), schema)) == [said]


@pytest.mark.usefixtures("files_left_open")
def test_a_file_is_judged_once_until_it_or_its_schema_changes(portal: LocalPortal) -> None:
    cache, counted = Stored(portal.engine), Counted()
    entry = ours(portal, CSV, CSV, CSV + "เลย,x\n".encode())
    assert verdicts(portal, carrying(entry, FITS), counted, cache) == [True, True, False]
    assert len(counted.asked) == 2
    assert verdicts(portal, carrying(entry, FITS), counted, cache) == [True, True, False]
    assert len(counted.asked) == 2
    assert verdicts(portal, carrying(entry, FITS_NOT), counted, cache) == [False, False, False]
    assert len(counted.asked) == 4


def test_a_judge_that_could_not_run_says_nothing_and_is_asked_again(portal: LocalPortal) -> None:
    class Broken:
        def judge(self, *_args: Any, **_more: Any) -> Mapping[str, Any]:
            raise SetupError("judge-failed")

    cache, entry = Remembered(), carrying(ours(portal, CSV), FITS)
    (hand,) = released.at_hand([entry], {}, portal)
    (found,) = result_of(valid.judged([hand], Broken(), cache)).values()
    assert (found["valid"], found["reason"]) == (None, "judge-failed")
    assert verdicts(portal, entry, Counted(), cache) == [True]


def test_no_cell_stands_in_what_is_kept(portal: LocalPortal) -> None:
    cache = Remembered()
    entry = carrying(ours(portal, CSV + "เลย,ความลับ\n".encode()), FITS)
    assert verdicts(portal, entry, cache=cache) == [False]
    (hand,) = released.at_hand([entry], {}, portal)
    (found,) = result_of(valid.judged([hand], JUDGE, cache)).values()
    assert "ความลับ" not in json.dumps(found, ensure_ascii=False)


def test_what_is_no_table_of_text_or_not_here_is_not_judged(portal: LocalPortal) -> None:
    made = ours(portal, CSV, format="PDF")
    link = {"id": "x", "url": "https://elsewhere.example/a.csv", "format": "CSV", "schema": FITS}
    entry = carrying(Entry(package={**made.package, "resources": [*made.package["resources"], link]}), FITS)
    assert verdicts(portal, entry) == [None, None]
    assert [hand.format for hand in released.at_hand([entry], {}, portal)] == ["pdf"]


# --------------------------------------------------------------------------------------------------- quality


def built(folder: Path) -> tuple[released.Releases, Entry]:
    """A desk with a release, and its record as a portal shows it."""
    slicing.build(slicing.desk(folder, slicing.text(slicing.rows(60)).encode()))
    (hash_,) = found = released.releases(folder)
    resources = [{"id": "r", "name": "funds", "format": "CSV", "hash": hash_, "url": "https://x.example/f.csv"}]
    return found, Entry(package={"id": "d", "name": slicing.NAME, "resources": resources})


def test_a_release_keeps_the_quality_and_the_schema_of_its_build(tmp_path: Path) -> None:
    releases, entry = built(tmp_path)
    counted = Counted()
    (hand,) = released.at_hand([entry], releases)
    assert sha256(hand.path.read_bytes()) == hand.hash
    assert hand.schema is not None
    assert [one["name"] for one in hand.schema["fields"]][:2] == ["region", "province"]
    found = result_of(valid.measured([hand], releases, counted, Remembered()))
    profile = json.loads((tmp_path / slicing.NAME / "release/profile.json").read_text(encoding="utf-8"))
    assert found == {"r": profile["funds"]["quality"]}
    assert counted.asked == []


def test_a_desk_without_releases_or_with_broken_ones_knows_of_none(tmp_path: Path) -> None:
    assert released.releases(tmp_path) == {}
    releases, _entry = built(tmp_path)
    (tmp_path / slicing.NAME / "release/profile.json").write_text("{")
    assert [one.quality for one in released.releases(tmp_path).values()] == [None]
    (tmp_path / slicing.NAME / "release/datapackage.json").write_text("[]")
    assert released.releases(tmp_path) == {}
    assert len(releases) == 1


def test_a_file_that_nobody_built_is_measured_once(portal: LocalPortal) -> None:
    cache, counted = Stored(portal.engine), Counted()
    entry = ours(portal, CSV, CSV)
    hands = released.at_hand([entry], {}, portal)
    found = result_of(valid.measured(hands, {}, counted, cache))
    assert [one["completeness"] for one in found.values()] == [100.0, 100.0]
    assert result_of(valid.measured(hands, {}, counted, cache)) == found
    assert counted.asked == ["measure"]
    assert result_of(valid.measured(hands, {}, counted, cache, whole=True)) == found
    assert counted.asked == ["measure", "measure"]
    assert result_of(valid.measured(hands, {}, None, cache)) == {}


def test_a_data_dictionary_has_no_quality(portal: LocalPortal) -> None:
    made = portal.call_action("package_create", package())
    for name in ("พจนานุกรมข้อมูล ประชากร", "ประชากร"):
        data = {"package_id": made["id"], "name": name, "format": "CSV"}
        portal.call_action("resource_create", data, files=upload())
    entry = Entry(package=portal.call_action("package_show", {"id": made["id"]}))
    found = result_of(valid.measured(released.at_hand([entry], {}, portal), {}, MEASURER, Remembered()))
    assert list(found) == [entry.package["resources"][1]["id"]]


# ----------------------------------------------------------------------------------------------- as an audit


@pytest.mark.usefixtures("files_left_open")
def test_looks_give_what_is_to_stand_in_each_entry(portal: LocalPortal) -> None:
    entry = carrying(ours(portal, CSV), FITS)
    other = Entry(package={"id": "o", "name": "other", "resources": []})
    cache = Remembered()
    here = result_of(looks.store(portal, cache)([entry, other]))
    (key,) = (one["id"] for one in entry.package["resources"])
    assert here[entry.name]["reach"][key]["ok"] is True
    assert "other" not in here
    tables = looks.tables({}, cache, portal=portal, judge=JUDGE, measurer=MEASURER)
    found = result_of(tables([entry, other]))
    assert found[entry.name]["valid"][key]["valid"] is True
    assert found[entry.name]["quality"][key]["validity"] == 100.0
    assert "other" not in found
    with Client(delay=0) as client:
        gone = result_of(looks.addresses(client, cache)([other]))
        assert result_of(looks.gd_catalog(client, cache, site_url="https://x.go.th")([])) == {}
        assert client.sent == 0
    assert gone == {}


# ---------------------------------------------------------------------------------- what suits a source


def _seen(workspace: Workspace, source: Source, name: str) -> dict[str, Any]:
    """What the looks that suit a source see of a dataset, without the days."""
    entries = list(source.entries([name]))
    found: dict[str, Any] = {}
    with looks_at(workspace, source) as chosen:
        for look in chosen:
            found |= result_of(look(entries))[name]
    days = ("checked_at", "bytes")
    return {
        kind: {key: {k: v for k, v in one.items() if k not in days} for key, one in seen.items()}
        for kind, seen in found.items()
    }


@pytest.mark.usefixtures("files_left_open")
def test_the_desk_and_what_it_published_are_seen_alike_without_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_args: Any, **_more: Any) -> Any:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(Client, "_sent", refused)
    standard = Standard.load("gdc-2.2.4")
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    with LocalPortal(database_url=url, files=tmp_path / "files", schema=standard.schema) as portal:
        bench = Bench(tmp_path, portal, Journal(portal.engine, actor="test"), agency="agency", name="funds")
        bench.push()
        workspace = bench.workspace()
        desk = sources.OfDesk(workspace=workspace, standard=standard, site=portal.site)
        own = sources.OfPortal(portal=portal, title="x", site=portal.site, kind="local", private=True)
        seen = _seen(workspace, own, "funds")
        assert _seen(workspace, desk, "funds") == seen
    assert {kind: len(one) for kind, one in seen.items()} == {"reach": 2, "valid": 2, "quality": 2}
    assert {one["ok"] for one in seen["reach"].values()} == {True}
    assert {one["format_true"] for one in seen["reach"].values()} == {True}
    assert {one["valid"] for one in seen["valid"].values()} == {True}
    assert sorted(one["completeness"] for one in seen["quality"].values()) == [87.5, 100.0]


def test_other_peoples_files_are_asked_for_only_where_that_is_wished(tmp_path: Path) -> None:
    source = sources.OfDump(path=tmp_path / "x.jsonl")
    for files, count in ((True, 2), (False, 1)):
        with looks_at(None, source, files=files) as chosen:
            assert len(chosen) == count
    with looks_at(None, source, files=False, gd_catalog="https://x.go.th") as chosen:
        assert len(chosen) == 2
