"""Closing a fiscal year: one folder, written whole, that no later change can touch unseen."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from audit_ground import Given, package, terms

from catalog.audit import run
from catalog.audit.overtime import promises, years
from catalog.journal import Journal
from catalog.store.database import open_database
from metadata import clock
from metadata.errors import SetupError, StoreError
from metadata.event import result_of
from metadata.promise import Promise
from metadata.wording import finding
from metadata.workspace import Agency

YEAR, END = 2569, date(2026, 9, 30)
AGENCY = Agency(name="dept-a", title="กรมตัวอย่าง <script>", title_en="Department A")
LATER = datetime(2026, 11, 22, 3, tzinfo=UTC)


class Typed:
    """One figure for every source."""

    def at(self, source: str, first: date, day: date) -> float | None:
        return 4.0


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    engine = open_database(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    yield Journal(engine, actor="somchai")
    engine.dispose()


def audited(day: date = END) -> run.Audit:
    source = Given(packages=[package("one"), package("two", maintainer="", private=True)])
    return result_of(run.audit(source, terms(day)))


def standings() -> tuple[promises.Standing, ...]:
    words = {"th": "ชุดข้อมูลที่เปิดใหม่", "en": "Datasets opened"}
    promise = Promise(
        indicator="opened",
        title=words,
        unit=words,
        source="datasets-opened",
        by="round",
        targets={YEAR: {12: 5.0}},
    )
    return promises.standings([promise], YEAR, END, Typed(), Path())[0]


def closed(workspace: Path, journal: Journal, **more: object) -> years.Closed:
    parts = [years.Part(path="reports/report.txt", said="closed-report", write=lambda path: path.write_text("ผล"))]
    settings: dict[str, object] = {"parts": parts, "standings": standings(), **more}
    with clock.frozen(LATER):
        story = years.close(workspace, YEAR, audited(), AGENCY, **settings)  # type: ignore[arg-type]
        return result_of(journal.record(story, run="run"))


def rules(folder: Path, journal: Journal | None = None) -> list[tuple[str, str]]:
    return [(one.rule, str(one.values["file"])) for one in years.check(folder, journal)]


def test_a_year_is_one_folder_with_all_that_belongs_to_it(tmp_path: Path, journal: Journal) -> None:
    made = closed(tmp_path, journal)
    assert made.folder == tmp_path / "closed" / "2569"
    names = {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()}
    assert names == {
        "SHA256SUMS",
        "audit.jsonl.gz",
        "closed.json",
        "index.html",
        "promises.json",
        "reports/report.txt",
    }
    assert [path.name for path in made.folder.parent.iterdir()] == ["2569"]
    assert (made.year, made.day, made.early) == (YEAR, END, False)
    assert set(made.to_json()["files"]) == names - {"SHA256SUMS"}
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=made.folder).returncode == 0
    (told,) = [entry for entry in journal.entries() if entry.kind == "finished"]
    assert told.body == {"closed": YEAR, "day": "2026-09-30", "early": False, "sha256": made.sha256}
    assert rules(made.folder, journal) == []
    assert years.checked(tmp_path, journal) == ()
    assert years.is_closed(made.folder) and not years.is_closed(tmp_path)


def test_a_closed_year_shows_what_was_closed(tmp_path: Path, journal: Journal) -> None:
    audit = audited()
    found = years.closed(tmp_path, YEAR)
    assert found is None
    shown = years.shown(closed(tmp_path, journal))
    assert shown.scores == audit.scores
    assert (shown.day, shown.year, shown.standard, shown.packs) == (END, YEAR, audit.standard, audit.packs)
    for one, then in zip(shown.datasets, audit.datasets, strict=True):
        assert (one.name, one.facts, one.scores, one.entry) == (then.name, then.facts, then.scores, then.entry)
        assert one.findings == then.findings and one.kinds == then.kinds


def test_the_same_audit_gives_the_same_bytes(tmp_path: Path, journal: Journal) -> None:
    with clock.frozen(LATER):
        first, second = (closed(tmp_path / name, journal) for name in ("a", "b"))
    assert (first.folder / years.SUMS).read_bytes() == (second.folder / years.SUMS).read_bytes()


def test_closing_again_is_refused_naming_the_day(tmp_path: Path, journal: Journal) -> None:
    first = closed(tmp_path, journal)
    with pytest.raises(SetupError) as raised:
        closed(tmp_path, journal, early=True)
    assert (raised.value.kind, raised.value.values["closed"]) == (
        "year-closed",
        {"th": "22/11/2569", "en": "2026-11-22"},
    )
    assert years.closed(tmp_path, YEAR) == first and rules(first.folder, journal) == []


def test_a_year_that_is_not_over_is_closed_only_early(tmp_path: Path) -> None:
    for moment, early, said in (
        (datetime(2026, 9, 30, 16, 59, tzinfo=UTC), False, "year-not-over"),
        (datetime(2025, 9, 30, 16, 59, tzinfo=UTC), True, "year-not-begun"),
        (datetime(2025, 9, 30, 16, 59, tzinfo=UTC), False, "year-not-begun"),
    ):
        with clock.frozen(moment), pytest.raises(SetupError) as raised:
            years.closing_day(tmp_path, YEAR, early=early)
        assert raised.value.kind == said
    with clock.frozen(datetime(2026, 9, 30, 17, tzinfo=UTC)):
        assert years.closing_day(tmp_path, YEAR) == END
    with clock.frozen(datetime(2026, 8, 1, tzinfo=UTC)):
        assert years.closing_day(tmp_path, YEAR, early=True) == date(2026, 8, 1)
    with clock.frozen(LATER):
        assert years.closing_day(tmp_path, YEAR, early=True) == END


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path, journal: Journal) -> None:
    def fails(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError):
        closed(tmp_path, journal, parts=[years.Part(path="report.pdf", said="closed-report", write=fails)])
    assert list((tmp_path / "closed").iterdir()) == []
    assert [entry.kind for entry in journal.entries()] == ["started", "failed"]
    assert closed(tmp_path, journal).year == YEAR


def test_any_change_is_found_and_named(tmp_path: Path, journal: Journal) -> None:
    folder = closed(tmp_path, journal).folder
    for name in ("reports/report.txt", "closed.json", "index.html", "audit.jsonl.gz", "promises.json"):
        path = folder / name
        before = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert rules(folder, journal) == [("closed-changed", name)]
        path.write_bytes(before)
    (folder / "more.txt").write_text("x")
    assert rules(folder, journal) == [("closed-extra", "more.txt")]
    (folder / "more.txt").unlink()
    (folder / "promises.json").unlink()
    assert rules(folder) == [("closed-missing", "promises.json")]
    for one in years.check(folder):
        for language in ("th", "en"):
            assert "…" not in finding(one, language)["message"]


def test_a_change_with_its_hash_is_found_by_the_journal(tmp_path: Path, journal: Journal) -> None:
    folder = closed(tmp_path, journal).folder
    before = years.closed(tmp_path, YEAR)
    path, sums = folder / "reports/report.txt", folder / "SHA256SUMS"
    old = years._sha256(path).removeprefix("sha256:")
    for one in (path, sums):
        one.chmod(0o644)
    path.write_text("ดีกว่าเดิม")
    sums.write_text(sums.read_text().replace(old, years._sha256(path).removeprefix("sha256:")))
    assert rules(folder) == []
    assert rules(folder, journal) == [("closed-changed", "SHA256SUMS")]
    assert before != years.closed(tmp_path, YEAR)


def test_a_folder_from_elsewhere_is_unknown(tmp_path: Path, journal: Journal) -> None:
    folder = closed(tmp_path, journal).folder
    engine = open_database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert rules(folder, Journal(engine, actor="x")) == [("closed-unknown", "SHA256SUMS")]
    engine.dispose()
    (folder / "SHA256SUMS").unlink()
    assert rules(folder, journal) == [("closed-missing", "SHA256SUMS")]


def test_a_damaged_audit_is_not_shown(tmp_path: Path, journal: Journal) -> None:
    found = closed(tmp_path, journal)
    path = found.folder / years.AUDIT
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError) as raised:
        years.shown(found)
    assert raised.value.kind == "closed-broken"
    (found.folder / years.ABOUT).chmod(0o644)
    (found.folder / years.ABOUT).write_text("{")
    with pytest.raises(StoreError):
        years.closed(tmp_path, YEAR)


def test_the_index_is_thai_and_says_what_each_file_is(tmp_path: Path, journal: Journal) -> None:
    folder = closed(tmp_path, journal).folder
    page = (folder / "index.html").read_text(encoding="utf-8")
    links: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag != "script"
            links.extend(str(value) for name, value in attrs if name == "href")

    Reader().feed(page)
    assert sorted(links) == ["audit.jsonl.gz", "closed.json", "promises.json", "reports/report.txt"]
    assert all((folder / link).is_file() for link in links)
    for words in ("ปีงบประมาณ 2569", "30/9/2569", "22/11/2569", "คำอธิบายชุดข้อมูลส่วนหลัก 14 รายการ", "ไม่ถึงเป้าหมาย"):
        assert words in page
    assert "กรมตัวอย่าง &lt;script&gt;" in page
