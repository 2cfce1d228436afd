"""A sample of an audit: the same datasets for the same seed, and trails that say what is there and what is not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from publishing import CLOSED, CLOSED_ABOUT, Bench, opened_bench

from catalog.audit.proving import sample
from catalog.audit.proving.trail import Trail, Walker
from catalog.decisions import record
from catalog.decisions.case import Rules, gathered
from catalog.journal import new_run
from metadata import clock, stored
from metadata.event import result_of
from metadata.standard import Standard

NAME = "test-funds"
WHO = {"by": "นางสาวตัวอย่าง", "role": "owner", "position": "ผู้อำนวยการ"}
STAGES = ("source", "steps", "release", "approval", "receipt", "served")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened_bench(tmp_path, name=NAME) as made:
        yield made


def walker(bench: Bench, **more: Any) -> Walker:
    workspace = bench.workspace()
    known = {"workspace": workspace, "journal": bench.journal, "portal": bench.portal, **more}
    return Walker(**known, target=workspace.target("local"))


def approve(bench: Bench) -> None:
    workspace = bench.workspace()
    _, report = stored.load(workspace.dataset(NAME), workspace.folder)
    story = record.approve(workspace.dataset(NAME), report, WHO)
    result_of(bench.journal.record(story, run=new_run()))


def states(trail: Trail) -> dict[str, str]:
    return {stage.name: stage.state for stage in trail.stages}


def lines(trail: Trail, stage: str) -> list[str]:
    return [line.name for one in trail.stages if one.name == stage for line in one.lines]


def approved_and_pushed(bench: Bench) -> Trail:
    bench.build()
    approve(bench)
    bench.push()
    return walker(bench).trail(NAME)


def test_a_seed_draws_the_same_datasets_whatever_their_order() -> None:
    names = [f"dataset-{number}" for number in range(100)]
    drawn = sample.drawn(names, 5, "2026-11-22")
    assert drawn == sample.drawn([*reversed(names), names[0]], 5, "2026-11-22")
    assert len(set(drawn)) == 5 and set(drawn) != set(sample.drawn(names, 5, "2026-11-23"))
    assert sample.drawn(names, 500, "1") != tuple(names) and set(sample.drawn(names, 500, "1")) == set(names)


def test_a_sample_can_be_drawn_again_by_hand() -> None:
    names = ["a", "b", "c", "d"]
    by_hand = sorted(names, key=lambda name: hashlib.sha256(f"7/{name}".encode()).hexdigest())
    assert list(sample.drawn(names, 2, "7")) == by_hand[:2]


def test_a_dataset_that_comes_changes_a_sample_by_one_at_most() -> None:
    names = [f"dataset-{number}" for number in range(40)]
    before = set(sample.drawn(names, 5, "seed"))
    for number in range(40, 80):
        assert len(before - set(sample.drawn([*names, f"dataset-{number}"], 5, "seed"))) <= 1


def test_the_trail_of_what_was_approved_and_published_holds(bench: Bench) -> None:
    trail = approved_and_pushed(bench)
    assert states(trail) == dict.fromkeys(STAGES, "holds")
    assert lines(trail, "source") == ["input", "input"]
    assert lines(trail, "approval") == ["decision"]
    assert lines(trail, "receipt") == ["receipt", "sent", "sent"]
    assert lines(trail, "served") == ["shown", "served", "served"]
    release = next(stage for stage in trail.stages if stage.name == "release")
    _, report = stored.load(bench.workspace().dataset(NAME), bench.folder)
    assert release.lines[0].values["release"] == report.release


def test_a_trail_without_anything_says_what_is_missing(bench: Bench) -> None:
    trail = walker(bench).trail(NAME)
    assert states(trail) == dict.fromkeys(STAGES, "missing")
    trail = walker(bench, workspace=None, journal=None, portal=None).trail("elsewhere")
    assert states(trail) == dict.fromkeys(STAGES, "missing")


def test_a_portal_alone_is_told_but_not_checked(bench: Bench) -> None:
    bench.push()

    class Far:
        def call_action(self, name: str, data: Any = None, files: Any = None) -> Any:
            return bench.portal.call_action(name, data, files)

    trail = walker(bench, workspace=None, journal=None, portal=Far()).trail(NAME)
    assert states(trail)["served"] == "unchecked" and states(trail)["release"] == "missing"
    assert lines(trail, "served") == ["shown", "served-told", "served-told"]


def test_what_was_published_before_it_was_approved_is_told(bench: Bench) -> None:
    with clock.frozen(datetime.fromisoformat("2026-11-01T09:00:00+07:00")):
        bench.push()
    with clock.frozen(datetime.fromisoformat("2026-11-02T09:00:00+07:00")):
        approve(bench)
    assert lines(walker(bench).trail(NAME), "approval") == ["decision", "approval-late"]


def test_a_standing_approval_is_on_the_trail_of_its_releases_until_it_is_edited(bench: Bench) -> None:
    bench.edit("../workspace.yaml", "approvals: none", "approvals: required")
    bench.build()
    workspace = bench.workspace()
    dataset, standard = workspace.dataset(NAME), Standard.load(workspace.standard)
    _, report = stored.load(dataset, workspace.folder)
    shape = gathered(dataset, report, Rules(), standard, "local", None, shaped=True).shape
    result_of(bench.journal.record(record.stand(dataset, report, WHO, shape, {}), run=new_run()))
    bench.edit("source/funds.csv", ",20,", ",21,")
    _, done = bench.push()
    assert not done.refused
    trail = walker(bench).trail(NAME)
    assert (lines(trail, "approval"), states(trail)["approval"]) == (["decision"], "holds")
    bench.edit("decisions.yaml", "rows: 20", "rows: 90")  # the gate refuses it, too
    trail = walker(bench).trail(NAME)
    assert (lines(trail, "approval"), states(trail)["approval"]) == (["decision-unknown"], "unchecked")


def test_an_approval_of_another_release_is_none(bench: Bench) -> None:
    approved_and_pushed(bench)
    bench.edit("source/funds.csv", ",20,", ",21,")
    bench.build()
    trail = walker(bench).trail(NAME)
    assert lines(trail, "approval") == ["approval-other"]
    assert lines(trail, "receipt") == ["receipt", "sent-other", "sent"]


def test_an_approval_written_by_hand_is_not_in_the_journal(bench: Bench) -> None:
    bench.push()
    _, report = stored.load(bench.workspace().dataset(NAME), bench.folder)
    by_hand = 'kind: approval, by: "x", role: owner, at: "2026-01-01T00:00:00+00:00"'
    line = f'- {{{by_hand}, release: "{report.release}"}}\n'
    bench.write(f"{NAME}/decisions.yaml", line)
    trail = walker(bench).trail(NAME)
    assert (lines(trail, "approval"), states(trail)["approval"]) == (["decision-unknown"], "unchecked")


@pytest.mark.parametrize(
    ("path", "stage", "line"),
    [
        ("source/funds.csv", "source", "input-changed"),
        ("recipe.yaml", "steps", "input-changed"),
        ("release/funds.csv", "release", "file-changed"),
    ],
)
def test_a_file_that_was_changed_since_is_told(bench: Bench, path: str, stage: str, line: str) -> None:
    approved_and_pushed(bench)
    file = bench.folder / NAME / path
    file.write_bytes(file.read_bytes() + b"\n# more\n")
    trail = walker(bench).trail(NAME)
    assert line in lines(trail, stage)
    assert {name for name, state in states(trail).items() if state != "holds"} == {stage}


def test_a_file_that_is_gone_is_missing(bench: Bench) -> None:
    approved_and_pushed(bench)
    (bench.folder / NAME / "source/provinces.csv").unlink()
    (bench.folder / NAME / "release/provinces.csv").unlink()
    trail = walker(bench).trail(NAME)
    assert (states(trail)["source"], states(trail)["release"]) == ("missing", "missing")


def test_bytes_that_were_changed_in_the_store_are_found(bench: Bench) -> None:
    approved_and_pushed(bench)
    resource = bench.show()["resources"][0]
    path = bench.portal.files.path(resource["hash"].removeprefix("sha256:"))  # type: ignore[attr-defined]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"1200", b"1300"))
    trail = walker(bench).trail(NAME)
    assert lines(trail, "served") == ["shown", "served-other", "served"]


def test_a_dataset_without_files_has_a_trail_too(bench: Bench) -> None:
    bench.write("closed/datapackage.yaml", CLOSED.format(name="closed", about=CLOSED_ABOUT))
    bench.push()
    trail = walker(bench).trail("closed")
    assert lines(trail, "source") == ["no-source"] and lines(trail, "served") == ["shown"]
    assert states(trail)["receipt"] == "holds"


def made(bench: Bench) -> sample.Sample:
    trail = approved_and_pushed(bench)
    return sample.Sample(seed="1", of=9, at=clock.stamp(), target="local", trails=(trail, trail))


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_line_has_its_words(bench: Bench, language: Any) -> None:
    told = sample.document(made(bench), language)
    texts = [line["message"] for trail in told["trails"] for stage in trail["stages"] for line in stage["lines"]]
    assert texts and not any("…" in text or "{" in text for text in texts)


def test_every_line_that_a_trail_can_have_stands_in_both_languages() -> None:
    import re

    from metadata.document import packaged

    known = packaged("standards/phrases.yaml")
    source = (Path(sample.__file__).with_name("trail.py")).read_text(encoding="utf-8")
    page = Path(sample.__file__).with_name("sample.html").read_text(encoding="utf-8")
    names = {*re.findall(r'name="([a-z-]+)"', source), *re.findall(r'"([a-z]+-[a-z-]+)"', source)}
    names |= {f"{stage}-none" for stage in STAGES} | {f"stage-{stage}" for stage in STAGES}
    names |= set(re.findall(r'say\("([a-z]+)"', page)) | {"holds", "unchecked", "changed", "missing"}
    names -= {"call-action", *STAGES} - {"release", "receipt", "served"}
    assert len(names) > 40
    assert {name for name in names if set(known.get(f"trail-{name}", {})) != {"th", "en"}} == set()


class Sections(HTMLParser):
    """Counts a page's sheets, and what would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets = 0
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sheets += tag == "section"
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href", "action")]


def test_a_page_has_a_sheet_for_each_and_fetches_nothing(bench: Bench) -> None:
    html = sample.page(made(bench), "th", agency="<b>หน่วยงาน</b>")
    page = Sections()
    page.feed(html)
    assert (page.sheets, page.fetched) == (2, [])
    assert "ผู้ตรวจ" in html and "ผู้รับตรวจ" in html and "&lt;b&gt;หน่วยงาน" in html


def test_a_sheet_shows_first_what_does_not_hold(bench: Bench) -> None:
    from dataclasses import replace

    from catalog.audit.proving.trail import Line

    trail = approved_and_pushed(bench)
    many = tuple(Line(name="input", state="holds", values={"path": f"{n}.csv", "sha256": "0"}) for n in range(90))
    gone = Line(name="input-gone", state="missing", values={"path": "gone.csv", "sha256": "0"})
    first = replace(trail.stages[0], lines=(*many, gone))
    long = replace(trail, stages=(first, *trail.stages[1:]))
    one = sample.Sample(seed="1", of=1, at=clock.stamp(), target="local", trails=(long,))
    html = sample.page(one, "en")
    assert "gone.csv" in html and "0.csv" in html and "89.csv" not in html and "more (see --json)" in html
