"""The quality of data by NECTEC's formulas: the same on a table, on any slices of it, and on its file."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
import slicing
from hypothesis import given
from hypothesis import strategies as st

from catalog.audit import quality as dataset
from catalog.audit.entry import Entry
from catalog.audit.score import score
from metadata.pack import packaged
from metadata.ports import Measurer
from pipelines import quality, stream
from pipelines.bench import Here
from pipelines.quality import DATE, NUMBER, RECORDS, Tally, joined, measure

MEASURER: Measurer = quality
CELLS = (
    "", "", "  ", "-", "N/A", "ไม่มีข้อมูล", "NaN", "none ", "0", "12", "-1.5", "1,234", "๑๒", "1e3", "2569-10-01",
    "1/10/2569", "1.10.69 08:30:00", "น่าน", "น่าน ", "12 คน", "ก\nข", 'พูดว่า "ดี"', "1-2", "31/12/67",
)  # fmt: skip
MISSING = {"", "-", "ไม่มีข้อมูล", "null", "n/a", "na", "none", "nan"}


def reference(labels: list[str], records: list[list[str]]) -> dict[str, Any]:
    """The formulas as they are written down, a cell at a time."""
    sound = [all(one.strip() for one in labels), len(set(labels)) == len(labels)]
    sound.append(all(len(one) <= len(labels) for one in records))
    kept = [one for one in records if any(cell.strip() for cell in one[: len(labels)])]
    even = [[*one, *[""] * len(labels)][: len(labels)] for one in kept]
    complete = sum(cell.strip().lower() not in MISSING for one in even for cell in one)
    consistent = by_first = counted = 0
    for column in zip(*even, strict=True) if even else ():
        kinds = [kind(cell) for cell in column if cell.strip()]
        counted += len(kinds)
        consistent += max((kinds.count(one) for one in set(kinds)), default=0)
    for place, column in enumerate(zip(*even, strict=True) if even else ()):
        first = kind([*records[0], *labels][place]) if len(records[0]) > place else "text"
        alike = [first in ("text", kind(cell)) for cell in column if cell.strip()]
        by_first += max(alike.count(True), alike.count(False))
    cells = len(kept) * len(labels)
    return {
        "validity": sum(sound) / 3 * 100 if kept else None,
        "completeness": complete / cells * 100 if cells else None,
        "uniqueness": len(set(map(tuple, kept))) / len(kept) * 100 if kept else None,
        "consistency": consistent / counted * 100 if counted else None,
        "consistency_by_first": by_first / counted * 100 if counted else None,
    }


def kind(cell: str) -> str:
    text = cell.strip()
    try:
        if text.lower() != "nan":
            float(re.sub(r"(?<=\d),(?=\d{3})", "", text))
            return "number"
    except ValueError:
        pass
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%y %H:%M:%S"):
        try:
            datetime.strptime(text, form)  # noqa: DTZ007 - nothing is done with it
        except ValueError:
            continue
        return "date"
    return "text"


def frame(labels: list[str], records: list[list[str]]) -> pandas.DataFrame:
    return pandas.DataFrame(records, columns=labels, dtype="str")


def tallied(table: pandas.DataFrame, cuts: list[int]) -> Tally:
    """A table in slices, counted apart, and then together."""
    edges = [0, *sorted(cuts), len(table)]
    tallies = []
    for start, stop in pairwise(edges):
        tallies.append(Tally())
        for part in stream.parts(table.iloc[start:stop]):
            tallies[-1].see(part)
    return joined(tallies)


MEASURES = ("validity", "completeness", "uniqueness", "consistency", "consistency_by_first")


def told(found: Any) -> dict[str, Any]:
    return {name: found[name] for name in MEASURES}


tables = st.lists(st.lists(st.sampled_from(CELLS), min_size=3, max_size=3), max_size=12)


@given(records=tables, cuts=st.lists(st.integers(0, 12), max_size=4))
def test_a_table_has_the_quality_that_the_formulas_say_however_it_is_cut(
    records: list[list[str]], cuts: list[int]
) -> None:
    labels = ["ก", "ข", "ค"]
    whole = tallied(frame(labels, records), []).quality()
    assert told(whole) == pytest.approx(reference(labels, records))
    assert tallied(frame(labels, records), [one for one in cuts if one <= len(records)]).quality() == whole


@given(
    labels=st.lists(st.sampled_from(["ก", "ข", "ค", "", " "]), min_size=2, max_size=4),
    records=st.lists(st.lists(st.sampled_from(CELLS), min_size=2, max_size=6), min_size=1, max_size=9),
)
def test_a_file_has_the_quality_that_the_formulas_say(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str], records: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "one.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([labels, *records])
    assert told(measure(path)) == pytest.approx(reference(labels, records))


def test_a_release_file_has_the_quality_of_the_table_it_was_made_from(tmp_path: Path) -> None:
    records = [[cell, other, str(n % 7)] for n, cell in enumerate(CELLS) for other in ("ก", "1")]
    records = [one for one in records if one[0].strip()]
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["a", "b", "c"], *records])
    assert measure(path, whole=True) == tallied(frame(["a", "b", "c"], records), []).quality()


@pytest.mark.parametrize("text", ["0", " 12 ", "-1.5", "+3", "1,234,567.89", "12.", ".5", "1e-3", "๑๒๓", "1,234"])
def test_a_number_is_told(text: str) -> None:
    assert is_a(NUMBER, text)
    assert not is_a(DATE, text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2569/1/5",
        "22/11/2569",
        "5.1.69",
        "1-2-2003",
        "2026-11-22T08:30:00Z",
        "22/11/2569 08:30:00.25",
    ],
)
def test_a_date_is_told(text: str) -> None:
    assert is_a(DATE, text)
    assert not is_a(NUMBER, text)


@pytest.mark.parametrize("text", ["", "-", "12 คน", "1,23", "1-2", "nan", "40/40/2569", "5 ม.ค. 2569", "1.2.3.4"])
def test_other_text_is_neither(text: str) -> None:
    assert not is_a(DATE, text)
    assert not is_a(NUMBER, text)


def is_a(pattern: str, text: str) -> bool:
    return bool(polars.Series([text]).str.contains(pattern).all())


def test_records_that_differ_only_beyond_their_labels_are_two(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n1,2,3\n1,2,4\n1\n1,\n1,2\n\n", encoding="utf-8")
    found = measure(path)
    assert found is not None
    assert (found["records"], found["distinct_records"], found["long_records"]) == (6, 5, 2)
    assert found["blank_records"] == 1


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("cp874", ","), ("utf-16", "\t")]
)
def test_a_file_in_any_encoding_is_measured(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["จังหวัด", "จำนวน"], ["น่าน", "12"], ["เลย", "-"], ["เลย", "-"]]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(map(delimiter.join, rows)), encoding=encoding)
    assert told(measure(path)) == {
        "validity": 100.0,
        "completeness": pytest.approx(400 / 6),
        "uniqueness": pytest.approx(200 / 3),
        "consistency": pytest.approx(500 / 6),
        "consistency_by_first": pytest.approx(500 / 6),
    }


def test_only_as_much_is_measured_as_the_extension_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "x\n" * (RECORDS + 7), encoding="utf-8")
    some, every = measure(path), measure(path, whole=True)
    assert some is not None
    assert every is not None
    assert (some["records"], every["records"]) == (RECORDS, RECORDS + 7)
    monkeypatch.setattr(quality, "LARGEST", 100)
    assert measure(path) is None
    assert measure(path, whole=True) == every


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n", b"\n\n", b"\xff\xd8\xff\xe0\x00\x10JFIF\x90\x91", b"a,b\n,\n , \n"]
)
def test_what_holds_no_records_has_no_quality(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    found = measure(path, whole=True)
    assert found is None or set(told(found).values()) == {None}


def _profile(folder: Path, bench: Any = None, form: str = "csv") -> dict[str, Any]:
    made, _told = slicing.build(slicing.desk(folder, DATA, form=form), bench)
    return dict(json.loads(made[f"{slicing.NAME}/profile.json"])["funds"]["quality"])


DATA = slicing.text(slicing.rows(400, 5)).encode()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_build_measures_once_and_the_same_on_slices(tmp_path: Path, form: str) -> None:
    whole = _profile(tmp_path / "one", form=form)
    assert whole == _profile(tmp_path / "many", Here(alone=False, block=2048, rows=50), form=form)
    assert whole["records"] > 100
    assert whole["uniqueness"] < 100 or whole["distinct_records"] == whole["records"]
    if form == "csv":
        path = tmp_path / "one" / slicing.NAME / "release/funds.csv"
        assert measure(path, whole=True) == whole


# ------------------------------------------------------------------------------------- from files to a dataset


TABLE = dict(zip(MEASURES, (100.0, 90.0, 80.0, 70.0, 60.0), strict=True))
EMPTY = dict.fromkeys(TABLE)
CSV_A = {"id": "a", "name": "ก", "format": "CSV", "datastore_active": True}
CSV_B = {"id": "b", "name": "ข", "format": "CSV"}
PDF = {"id": "p", "name": "ค", "format": "PDF"}
WORDS = {"id": "w", "name": "พจนานุกรมข้อมูล", "format": "CSV"}


def measures(*resources: Any, seen: Any = (), **more: Any) -> dict[str, Any]:
    package = {"name": "d", "resources": list(resources), **more}
    found = dataset.measured(Entry(package=package, seen=dict(seen)), package)
    return {name.removeprefix("quality."): value for name, value in found.items()}


def test_a_dataset_has_the_mean_of_its_tables_and_other_files_have_no_validity() -> None:
    whole = {**TABLE, "completeness": 100.0, "validity": 200 / 3}
    seen = {"quality": {"a": TABLE, "b": whole}, "reach": {"b": {"ok": True}, "p": {"ok": False}}}
    found = measures(CSV_A, CSV_B, PDF, WORDS, seen=seen)
    assert found["tables"] == 2
    assert found["validity"] == pytest.approx((100 + 200 / 3 + 0) / 3)
    assert [found[name] for name in MEASURES[1:]] == [95.0, 80.0, 70.0, 60.0]
    assert found["availability"] == pytest.approx(200 / 3)
    assert found["preview"] == 100.0
    assert measures(CSV_B, PDF)["preview"] == 0.0


def test_what_was_not_looked_at_is_not_told_as_nought() -> None:
    found = measures(CSV_A, CSV_B, seen={"quality": {"a": TABLE}, "reach": {"b": {"ok": None}}})
    assert [found[name] for name in (*TABLE, "availability")] == [None] * 6
    assert measures(CSV_A)["availability"] == 100.0
    assert measures(CSV_B)["relevance"] is None


def test_a_dataset_without_tables_has_no_quality_of_data() -> None:
    found = measures(PDF, seen={"reach": {"p": {"ok": True}}})
    assert (found["tables"], found["validity"], found["completeness"], found["availability"]) == (
        0,
        0.0,
        0.0,
        100.0,
    )
    assert measures()["availability"] == 0.0
    assert measures(CSV_A, seen={"quality": {"a": EMPTY}})["validity"] == 0.0


@pytest.mark.parametrize(("views", "downloads", "said"), [(8, 2, 25.0), (2, 9, 100.0), (0, 3, 0.0)])
def test_relevance_is_downloads_for_each_view(views: int, downloads: int, said: float) -> None:
    file = {**CSV_B, "tracking_summary": {"total": downloads, "recent": 0}}
    assert measures(file, tracking_summary={"total": views, "recent": 0})["relevance"] == said


@pytest.mark.parametrize(
    ("elapsed", "level", "freshness"),
    [(0, 0, 100.0), (30, 0, 0.0), (31, 1, -10 / 3), (37, 1, None), (38, 2, None), (60, 3, None), (61, 4, None)],
)
def test_timeliness_goes_by_the_newest_file(elapsed: int, level: int, freshness: float | None) -> None:
    today = date(2026, 11, 22)
    facts = {"checked_date": (today - timedelta(days=elapsed)).isoformat(), "cycle_days": 30}
    found = dataset.timed(facts, today)
    assert found["quality.timeliness"] == level
    if freshness is not None:
        assert found["quality.freshness"] == pytest.approx(freshness)
    unknown = {"checked_date": None, "cycle_days": None}
    assert dataset.timed(unknown, today) == {"quality.freshness": -1, "quality.timeliness": -1}
    assert dataset.timed({**facts, "checked_date": None}, today)["quality.timeliness"] is None


def test_the_pack_counts_datasets_of_good_quality_and_shows_the_dimensions() -> None:
    pack = packaged()["nectec-quality"]
    known: dict[str, Any] = {
        **{f"quality.{name}": 100.0 for name in (*TABLE, "availability", "preview", "relevance", "freshness")},
        "quality.timeliness": 0, "quality.tables": 1, "stars": 3, "private": False,
    }  # fmt: skip
    late = {**known, "quality.freshness": 0.0}
    half = {**known, "quality.completeness": 50.0}
    unseen = {**known, "quality.validity": None}
    hidden = {**half, "private": True}
    datasets = [{"name": str(number), **one} for number, one in enumerate((known, late, half, unseen, hidden))]
    made = score(pack, datasets)
    assert (made["value"], made["upper"]) == (25.0, 50.0)
    shown = {one["measure"]: one["value"] for one in made["measures"]}
    assert (shown["completeness"], shown["timeliness"], shown["openness"]) == (0.875, 1.0, 0.6)
    assert made["status"] == "confirmed"
