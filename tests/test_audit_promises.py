"""Promises: read with every mistake and its line, held against figures that are derived, and put in a calendar."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
import sqlalchemy as sa
from audit_ground import Given, terms
from audit_ground import package as given
from catalog_ground import opened, package
from hypothesis import given as every
from hypothesis import strategies as st

from catalog.audit import run
from catalog.audit.overtime import calendar, kept, promises
from catalog.audit.overtime.figures import Figures
from catalog.portal.local import LocalPortal
from catalog.store.audits import Audits
from catalog.store.database import writing
from catalog.store.tables import harvested
from metadata import clock
from metadata.dataset import Dataset
from metadata.errors import SetupError
from metadata.event import result_of
from metadata.promise import Promise
from metadata.promise import promises as written
from metadata.release import Decision
from metadata.wording import Language, finding

YEAR = 2569
END = date(2026, 9, 30)


def file(folder: Path, text: str) -> Path:
    (folder / "promises.yaml").write_text(text, encoding="utf-8")
    return folder


# ---------------------------------------------------------------- the file

GOOD = """
- indicator: datasets-opened
  title: {th: ชุดข้อมูลที่เปิดใหม่, en: Datasets opened}
  unit: {th: ชุดข้อมูล, en: datasets}
  source: datasets-opened
  by: round
  targets:
    2568: 3
    2569: {6: 2, 12: 5}
- indicator: satisfaction
  title: ความพึงพอใจ
  unit: คะแนน
  source: declared
  targets: {2569: 4.5}
  figures:
    - {day: 2569-03-31, value: 4.2, file: survey.pdf}
"""


def test_promises_are_read(tmp_path: Path) -> None:
    first, second = written(file(tmp_path, GOOD))
    assert first.targets == {2568: {12: 3.0}, 2569: {6: 2.0, 12: 5.0}}
    assert (first.by, second.by) == ("round", "quarter")
    assert second.title == {"th": "ความพึงพอใจ", "en": "ความพึงพอใจ"}
    assert second.figures[0].day == date(2026, 3, 31)


def test_no_file_and_an_empty_one_hold_no_promise(tmp_path: Path) -> None:
    assert written(tmp_path) == ()
    assert written(file(tmp_path, "# ยังไม่มี\n")) == ()


@pytest.mark.parametrize(
    ("line", "wrong", "mistake", "at"),
    [
        ("  by: round", "  by: month", "choice", 6),
        ("  source: datasets-opened", "  source: dataset-opened", "choice", 5),
        ("    2568: 3", "    2025: 3", "buddhist-year", 8),
        ("    2568: 3", "    2568: {3: 1}", "choice", 8),
        ("    2568: 3", "    2568: many", "number", 8),
        ("  title: ความพึงพอใจ", "  titel: ความพึงพอใจ", "near", 11),
        ("- indicator: satisfaction", "- indicator: datasets-opened", "twice", 10),
        ("- indicator: satisfaction", "- indicator: ความพึงพอใจ", "form-name", 10),
        ("day: 2569-03-31", "day: 2569-02-30", "day", 16),
        ("file: survey.pdf", "file: ../survey.pdf", "inside", 16),
        ("file: survey.pdf", "file: survey.pdf, sha256: abc", "form-sha256", 16),
        ("file: survey.pdf", "file: survey.pdf, page: 3", "unknown", 16),
        ("  source: declared", "  source: score:mqa", "figures", 15),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, line: str, wrong: str, mistake: str, at: int) -> None:
    assert GOOD.count(line) == 1
    with pytest.raises(SetupError) as raised:
        written(file(tmp_path, GOOD.replace(line, wrong)))
    found = {one["mistake"]: one for one in raised.value.values["mistakes"]}
    assert raised.value.kind == "file-invalid" and found[mistake]["line"] == at
    if mistake == "unknown":
        assert "sha256" in found[mistake]["known"]


# ---------------------------------------------------------------- how they stand


class Typed:
    """Figures that the test gives: source → day from which → value."""

    def __init__(self, **known: dict[date, float]) -> None:
        self.known = known

    def at(self, source: str, first: date, day: date) -> float | None:
        days = [one for one in self.known.get(source.replace("-", "_"), {}) if one <= day]
        return self.known[source.replace("-", "_")][max(days)] if days else None


def promise(source: str = "datasets-opened", **more: object) -> Promise:
    words = {"th": "ชุดข้อมูล", "en": "datasets"}
    made: dict[str, object] = {
        "indicator": source.replace(":", "-"),
        "title": words,
        "unit": words,
        "source": source,
        "by": "quarter",
        "targets": {YEAR: {12: 8.0}},
        **more,
    }
    return Promise(**made)  # type: ignore[arg-type]


def standing(one: Promise, day: date, known: Typed | None = None, folder: Path = Path()) -> promises.Standing:
    (made,), _ = promises.standings([one], YEAR, day, known or Typed(), folder)
    return made


def test_counts_are_expected_to_grow_evenly() -> None:
    made = standing(
        promise(), date(2026, 4, 1), Typed(datasets_opened={date(2026, 1, 1): 3, date(2026, 3, 31): 4})
    )
    assert [(one.period.months, one.due, one.value, one.met) for one in made.told] == [
        (3, 2, None, None),
        (6, 4, 4, True),
        (9, 6, None, None),
        (12, 8, None, None),
    ]
    assert made.state == "on-track" and made.next and made.next.period.last == date(2026, 6, 30)


def test_what_was_said_of_a_quarter_is_what_is_due() -> None:
    one = promise(by="round", targets={YEAR: {6: 1.0, 12: 8.0}})
    made = standing(one, date(2026, 1, 1))
    assert [(told.period.months, told.due) for told in made.told] == [(6, 1.0), (9, 5), (12, 8.0)]


def test_what_goes_on_begins_with_what_there_was() -> None:
    known = Typed(datasets_open={date(2025, 9, 1): 4})
    made = standing(promise("datasets-open"), date(2026, 1, 1), known)
    assert [told.due for told in made.told] == [5, 6, 7, 8]
    assert made.state == "behind"
    unknown = standing(promise("datasets-open", targets={YEAR: {12: 8.0}, YEAR - 1: {12: 6.0}}), date(2026, 1, 1))
    assert [told.due for told in unknown.told] == [7, 7, 8, 8]


def test_a_score_is_due_when_it_was_promised() -> None:
    made = standing(promise("score:mqa", targets={YEAR: {12: 350.0}}), date(2026, 7, 1))
    assert [told.due for told in made.told] == [None, None, None, 350.0]
    assert made.state == "on-track"


@pytest.mark.parametrize(
    ("value", "day", "state"),
    [
        (8, date(2025, 12, 1), "reached"),
        (1, date(2025, 12, 30), "on-track"),
        (1, date(2025, 12, 31), "behind"),
        (7, END, "missed"),
        (None, date(2026, 1, 1), "unknown"),
        (None, END, "unknown"),
    ],
)
def test_a_promise_stands(value: float | None, day: date, state: str) -> None:
    known = Typed(datasets_opened={date(2025, 10, 1): value} if value is not None else {})
    one = standing(promise(), day, known)
    assert one.state == state
    assert one.to_json("th")["state"] == state
    _, found = promises.standings([promise()], YEAR, day, known, Path())
    assert [item.rule for item in found] == [f"promise-{state}"] * (state in ("behind", "missed"))
    for item in found:
        assert "…" not in finding(item, "th")["message"] + finding(item, "en")["remedy"]


def test_a_year_without_a_target_promises_nothing() -> None:
    assert promises.standings([promise()], YEAR + 1, date(2026, 11, 1), Typed(), Path()) == ((), ())


def test_a_declared_figure_counts_while_its_file_is_as_it_was(tmp_path: Path) -> None:
    evidence = tmp_path / "survey.pdf"
    evidence.write_bytes(b"satisfaction 4.6")
    digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
    (one,) = written(
        file(
            tmp_path,
            "- {indicator: satisfaction, title: t, unit: u, source: declared, targets: {2569: 4.5}, figures: ["
            f'{{day: "2026-03-31", value: 4.2, file: gone.pdf, sha256: {digest}}}, '
            f'{{day: "2026-06-30", value: 4.6, file: survey.pdf, sha256: "sha256:{digest.upper()}"}}, '
            '{day: "2026-07-31", value: 4.9, file: survey.pdf}]}',
        )
    )
    (made,), found = promises.standings([one], YEAR, date(2026, 8, 1), Typed(), tmp_path)
    assert (made.value, made.state, made.evidence and made.evidence.file) == (4.6, "reached", "survey.pdf")
    assert [item.rule for item in found] == ["promise-file-missing", "promise-file-hash"]
    assert found[1].values["now"] == digest
    evidence.write_bytes(b"satisfaction 9.9")
    (made,), found = promises.standings([one], YEAR, date(2026, 8, 1), Typed(), tmp_path)
    assert (made.value, made.state) == (None, "on-track")
    assert [item.rule for item in found] == ["promise-file-missing", "promise-file-changed", "promise-file-hash"]


# ---------------------------------------------------------------- figures of our own catalog


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path) as made:
        yield made


def at(day: date) -> object:
    return clock.frozen(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))


def test_datasets_opened_are_counted_as_they_stood(portal: LocalPortal) -> None:
    with_file = {"resources": [{"name": "ก", "url": "https://example.go.th/a.csv", "format": "CSV"}]}
    days = [date(2025, 9, 1), date(2025, 11, 1), date(2026, 2, 1), date(2026, 3, 1)]
    for day, names in zip(days, (("a", "b"), ("c",), ("d",), ()), strict=True):
        with at(day):
            for name in names:
                portal.call_action("package_create", package(f"set-{name}", **with_file))
    with at(days[2]):
        portal.call_action("package_create", package("without-file"))
        portal.call_action("package_create", package("private", private=True, **with_file))
    with at(days[3]):
        portal.call_action("package_delete", {"id": "set-c"})
        figures, first = Figures(engine=portal.engine), date(2025, 10, 1)
        assert figures.at("datasets-open", first, date(2025, 9, 30)) == 2
        assert figures.at("datasets-open", first, date(2026, 2, 28)) == 4
        assert figures.at("datasets-opened", first, date(2026, 2, 28)) == 2
        assert figures.at("datasets-opened", first, days[3]) == 1
        assert figures.at("datasets-open", first, date(2026, 3, 2)) is None
        assert figures.at("agencies-linked", first, days[3]) == 0


def test_catalogues_are_linked_from_the_day_their_first_dataset_came(portal: LocalPortal) -> None:
    with at(date(2026, 2, 1)):
        made = portal.call_action("package_create", package("from-elsewhere"))
    row = {"package_id": made["id"], "source": "https://elsewhere.example.go.th", "guid": "1", "name": "x"}
    with writing(portal.engine) as connection:
        connection.execute(sa.insert(harvested).values(**row, hash=None, removed=False))
    with at(date(2026, 4, 1)):
        figures, first = Figures(engine=portal.engine), date(2025, 10, 1)
        days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 31))
        assert [figures.at("agencies-linked", first, day) for day in days] == [0, 1, 1]


def test_the_sample_desk_promises_what_can_be_told() -> None:
    found = written(Path(__file__).parents[1] / "datasets")
    assert len(found) >= 3 and all(2570 in one.targets for one in found)


def test_use_is_counted_within_the_year(portal: LocalPortal) -> None:
    assert portal.usage is not None
    with at(date(2025, 9, 30)):
        portal.call_action("package_create", package("funds"))
        portal.usage.count("page", "funds")
        portal.usage.write()
    with at(date(2025, 10, 1)):
        portal.usage.count("page", "funds")
        portal.usage.count("page", "funds")
        portal.usage.write()
        figures = Figures(engine=portal.engine)
        assert figures.at("page-views", date(2025, 10, 1), date(2025, 10, 1)) == 2
        assert figures.at("downloads", date(2025, 10, 1), date(2025, 10, 1)) == 0


def test_a_score_is_that_of_the_audits_that_were_kept(portal: LocalPortal) -> None:
    source, judged = Given(packages=[given("one")]), terms(date(2026, 1, 15))
    audit = result_of(run.audit(source, judged))
    kept.keep(Audits(portal.engine), audit)
    with at(date(2026, 4, 1)):
        figures, first = Figures(engine=portal.engine), date(2025, 10, 1)
        value = audit.scores["metadata14"]["value"]
        assert figures.at("score:metadata14", first, date(2026, 3, 31)) == value
        assert figures.at("score:metadata14", first, date(2026, 1, 14)) is None
        assert figures.at("score:metadata14", date(2026, 2, 1), date(2026, 3, 31)) is None
        assert figures.at("score:no-such", first, date(2026, 3, 31)) is None


# ---------------------------------------------------------------- the calendar


def events(data: bytes) -> dict[str, icalendar.Event]:
    return {str(one["UID"]): one for one in icalendar.Calendar.from_ical(data).walk("VEVENT")}


def dues() -> tuple[calendar.Due, ...]:
    source = Given(packages=[given("funds", last_updated_date="2026-01-10", title="กองทุน, สวัสดิการ; ชุมชน")])
    audit = result_of(run.audit(source, terms(date(2026, 4, 1))))
    made = standing(promise(), date(2026, 4, 1))
    decision = Decision(kind="approval", by="สมศรี", role="owner", at="2026-01-01", rest={"expires": "2026-08-31"})
    desk = Dataset(name="funds", folder=Path(), descriptor={}, resources=(), decisions=(decision,))
    return calendar.dues(YEAR, audit.datasets, [made], [desk])


def ics(found: tuple[calendar.Due, ...], lang: Language = "th", month: int = 4) -> bytes:
    at = datetime(2026, month, 1, tzinfo=UTC)
    return calendar.ics(found, agency="dept-a", title="กำหนดเวลา", at=at, lang=lang)


def test_the_calendar_holds_all_that_is_due() -> None:
    found = dues()
    assert {one.kind for one in found} == {"update", "promise", "round", "year", "decision"}
    assert [one.day for one in found] == sorted(one.day for one in found)
    read = events(ics(found))
    assert len(read) == len(found) == 1 + 4 + 3 + 1 + 1
    by_day = {(event["DTSTART"].dt, str(event["SUMMARY"])) for event in read.values()}
    assert (date(2027, 1, 10), "ครบกำหนดปรับปรุงชุดข้อมูล: กองทุน, สวัสดิการ; ชุมชน") in by_day
    assert (END, "สิ้นปีงบประมาณ 2569") in by_day
    assert (date(2026, 8, 31), "การอนุมัติให้เผยแพร่หมดอายุ: funds") in by_day
    for event in read.values():
        assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(days=1)
        assert not event.errors
    english = {str(event["SUMMARY"]) for event in events(ics(found, "en")).values()}
    assert "End of fiscal year 2569" in english and "Promised datasets: 8 datasets" in english


def test_an_event_keeps_its_id_when_its_day_moves() -> None:
    found = dues()
    later = tuple(replace(one, day=one.day + timedelta(days=9)) for one in found)
    assert set(events(ics(found))) == set(events(ics(later, "en", month=5)))
    assert len({calendar.uid("dept-b", one) for one in found} | set(events(ics(found)))) == 2 * len(found)


@every(st.text(max_size=120))
def test_any_title_is_read_as_it_was_written(title: str) -> None:
    due = calendar.Due(kind="update", key="x", day=END, values={"name": "x", "title": title})
    data = ics((due,), "en")
    lines = data.split(b"\r\n")
    assert lines[-1] == b"" and all(len(line) <= 75 for line in lines)
    assert all(line.decode() is not None and b"\n" not in line and b"\r" not in line for line in lines)
    (event,) = events(data).values()
    seen = "".join(one for one in title.replace("\r\n", "\n") if one == "\n" or one.isprintable())
    assert str(event["SUMMARY"]) == f"Update due: {seen}"
