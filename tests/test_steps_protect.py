"""Steps that make less of a value: what goes out afterwards, and that nothing unread goes out."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars
import pytest
from cleaning import does, leaves, run, table

from metadata import keyed, wording
from metadata.errors import SetupError
from metadata.release import Report
from metadata.workspace import Workspace
from pipelines.run import build
from pipelines.steps.protect import age_bands


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keyed.VARIABLE, "only for the tests of treatments")


def empties(step: str, text: str, reason: str = "emptied", left: str = "", **given: Any) -> None:
    """What the step cannot read does not go out; the ledger has it, and a Finding says so without the text."""
    made = run(table({"ค่า": [text]}), (step, {"columns": ["ค่า"], **given}))
    assert made.table["ค่า"].tolist() == [left]
    assert made.ledger["before"].to_list()[:1] == [text]
    assert made.ledger["kind"].to_list() == ["changed", "undecided"][left == text :]
    assert made.ledger.filter(kind="undecided").select("before", "after").row(0) == (left, left)
    (finding,) = made.findings
    assert (finding.rule, finding.at.source_row, finding.values["count"]) == (f"undecided-{reason}", 4, 1)
    assert text not in str(finding) or text == left


@pytest.mark.parametrize(
    ("before", "after", "given"),
    [
        ("081-234-5678", "xxx-xxx-5678", {"keep_last": 4}),
        ("081-234-5678", "***-***-****", {"by": "*"}),
        ("๐๘๑", "xxx", {}),
        ("+66 81 234 5678", "xxx xx xxx x678", {"keep_last": 3}),
        ("นายน้ำใจดี", "xxxxxจดี", {"keep_last": 2}),
        ("A1 ข้อ", "xx xx", {"keep_last": 3}),
        ("1234", "xxxx", {"keep_last": 4}),
        ("1234", "xxxx", {"keep_first": 1, "keep_last": 1}),
        ("12345", "1xxx5", {"keep_first": 1, "keep_last": 1}),
    ],
)
def test_mask_hides_all_but_the_ends(before: str, after: str, given: dict[str, Any]) -> None:
    does("mask", before, after, **given)


@pytest.mark.parametrize("text", ["", " - ", "-", "xxx-xx"])
def test_mask_leaves_what_has_nothing_to_hide(text: str) -> None:
    leaves("mask", text, keep_last=2)


def test_keyed_hash_gives_the_same_pseudonym_in_every_file_and_another_for_another_purpose() -> None:
    rows = ["1101700203450", "1-1017-00203-45-0", "๑๑๐๑๗๐๐๒๐๓๔๕๐", "1101700203451", "สมชาย  ดี", "สมชาย ดี", ""]
    first = run(table({"a": rows}), ("keyed-hash", {"columns": ["a"], "purpose": "p"})).table["a"].tolist()
    second = run(table({"b": rows}, first=90), ("keyed-hash", {"columns": ["b"], "purpose": "p"}))
    other = run(table({"a": rows}), ("keyed-hash", {"columns": ["a"], "purpose": "q", "length": 64}))
    assert first == second.table["b"].tolist()
    assert first[0] == first[1] == first[2] != first[3]
    assert first[4] == first[5] and first[6] == ""
    assert {len(one) for one in first[:6]} == {16}
    assert {len(one) for one in other.table["a"].tolist()[:6]} == {64}
    assert not {one[:16] for one in other.table["a"].tolist()[:6]} & set(first)
    assert set("".join(first)) <= set("abcdefghijklmnop")


def test_keyed_hash_does_not_run_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(keyed.VARIABLE)
    with pytest.raises(SetupError) as refused:
        run(table({"a": ["1"]}), ("keyed-hash", {"columns": ["a"], "purpose": "p"}))
    assert refused.value.kind == "secret-key-missing"


@pytest.mark.parametrize(
    ("before", "after", "given"),
    [
        ("34", "30–39 ปี", {}),
        ("๓๔ ปี", "30–39 ปี", {}),
        ("34.9 years", "30 to 39", {"labels": "english"}),
        ("0", "Y0T4", {"labels": "code", "width": 5}),
        ("80", "80 ปีขึ้นไป", {}),
        ("102", "Y_GE85", {"labels": "code", "width": 5, "top": 85}),
        ("83", "Y80T84", {"labels": "code", "width": 20, "top": 85}),
        ("85", "Y_GE85", {"labels": "code", "width": 20, "top": 85}),
        ("59", "Y15T59", {"labels": "code", "starts": [0, 15, 60]}),
        ("12 พ.ค. 2530", "30–39 ปี", {"on": "2022-01-01"}),
        ("2530-05-12", "Y34T35", {"on": "2022-05-12", "labels": "code", "starts": [34, 36]}),
        ("29/02/2543", "Y18T99", {"on": "2018-03-01", "labels": "code", "starts": [0, 18, 100]}),
        ("29/02/2543", "Y0T17", {"on": "2018-02-28", "labels": "code", "starts": [0, 18, 100]}),
    ],
)
def test_age_bands(before: str, after: str, given: dict[str, Any]) -> None:
    does("age-bands", before, after, **given)


@pytest.mark.parametrize("text", ["สามสิบ", "131", "2530", "30 ก.พ. 2530", "2570-01-01", "-3", "34 เดือน"])
def test_age_bands_empty_what_they_cannot_read(text: str) -> None:
    empties("age-bands", text, on="2022-01-01")


def test_age_bands_want_a_day_for_birth_dates() -> None:
    empties("age-bands", "12 พ.ค. 2530", "age-day")


def test_age_bands_below_the_first_are_empty() -> None:
    empties("age-bands", "14", starts=[15, 60])


def test_age_bands_are_those_of_the_day_before_and_on_the_birthday() -> None:
    drawn = random.Random(7)  # noqa: S311
    for _ in range(200):
        born = date(drawn.randint(1930, 2005), drawn.randint(1, 12), drawn.randint(1, 28))
        years = drawn.randint(1, 15)
        birthday = born.replace(year=born.year + years)
        for day, age in ((birthday, years), (birthday - timedelta(1), years - 1), (born, 0)):
            made = age_bands(born.isoformat(), on=day.isoformat(), starts=[*range(17)], labels="code")
            assert made == f"Y{age}T{age}"


@pytest.mark.parametrize(
    ("before", "after", "to"),
    [
        ("12 พ.ค. 2567", "2567", "year"),
        ("12 พ.ค. 2567", "2567-Q2", "quarter"),
        ("12 พ.ค. 2567", "2567-05", "month"),
        ("2024-12-31T23:59:00", "2024-Q4", "quarter"),
        ("29/02/2567", "2567-02", "month"),
        ("2567-Q3", "2567", "year"),
        ("12 พ.ค. 67 พ.ศ.", "2567", "year"),
        ("ม.ค. 2567", "2567-Q1", "quarter"),
    ],
)
def test_date_to(before: str, after: str, to: str) -> None:
    does("date-to", before, after, to=to)


@pytest.mark.parametrize("text", ["เมื่อวาน", "31/02/2567", "1/13/2567", "12 พ.ค. 67"])
def test_date_to_empties_what_is_no_date(text: str) -> None:
    empties("date-to", text, to="year")


def test_date_to_keeps_what_tells_less() -> None:
    empties("date-to", "2567", "coarser", "2567", to="month")
    leaves("date-to", "2567", to="year")
    leaves("date-to", "2567-Q3", to="quarter")


@pytest.mark.parametrize(
    ("before", "after", "given"),
    [
        ("400101", "ขอนแก่น", {"to": "province"}),
        ("400101", "4001", {"to": "district", "give": "code"}),
        ("4001", "Khon Kaen", {"to": "province", "give": "english"}),
        ("ต.ในเมือง อ.เมืองขอนแก่น จ.ขอนแก่น", "เมืองขอนแก่น", {"to": "district"}),
        ("ตำบลในเมือง อำเภอเมือง จังหวัดขอนแก่น", "4001", {"to": "district", "give": "code"}),
        ("ตำบลในเมืองอำเภอเมืองจังหวัดขอนแก่น", "40", {"to": "province", "give": "code"}),
        ("แขวงสีลม เขตบางรัก", "กรุงเทพมหานคร", {"to": "province"}),
        ("ในเมือง", "เมืองขอนแก่น", {"to": "district", "level": "subdistrict", "within": "4001"}),
    ],
)
def test_generalise_area(before: str, after: str, given: dict[str, Any]) -> None:
    made = run(table({"ค่า": [before]}), ("generalise-area", {"columns": ["ค่า"], **given}))
    assert made.table["ค่า"].tolist() == [after]
    assert made.findings == ()


@pytest.mark.parametrize("text", ["ในเมือง", "999999", "บ้านเลขที่ 9", "ต.ในเมือง จ.ชลบุรี"])
def test_generalise_area_empties_what_no_one_place_is_meant_by(text: str) -> None:
    empties("generalise-area", text, to="province", level="subdistrict")


def test_generalise_area_keeps_what_tells_less() -> None:
    empties("generalise-area", "40", "coarser", "ขอนแก่น", to="district")


@pytest.mark.parametrize(
    ("before", "after", "nearest"),
    [
        ("23,518", "24000", 1000),
        ("2500", "2000", 1000),
        ("3500", "4000", 1000),
        ("-0.4", "0", 1),
        ("16.43219", "16.43", 0.01),
        ("16.4", "16.40", 0.01),
        ("7", "5", 5),
        ("0.3", "0.5", 0.5),
    ],
)
def test_round_to(before: str, after: str, nearest: float) -> None:
    does("round-to", before, after, nearest=nearest)


def test_round_to_leaves_a_multiple_and_empties_what_is_no_number() -> None:
    leaves("round-to", "24000", nearest=1000)
    empties("round-to", "มาก", nearest=1000)


def test_top_code_cuts_both_ends_and_nothing_else() -> None:
    does("top-code", "2,400,000", "100000", most=100000)
    does("top-code", "90", "90+", most=90, most_as="90+")
    does("top-code", "3", "<5", most=90, least=5, least_as="<5")
    does("top-code", "-10.5", "0.5", most=90, least=0.5)
    leaves("top-code", "99,999.50", most=100000)
    leaves("top-code", "89", most=90, most_as="90+")
    empties("top-code", "เก้าสิบ", most=90)


@pytest.mark.parametrize(
    ("step", "given", "parameter"),
    [
        ("mask", {"keep_last": -1}, "keep_last"),
        ("age-bands", {"on": "2565-01-01"}, "on"),
        ("age-bands", {"on": "1 ม.ค. 65"}, "on"),
        ("age-bands", {"width": 1}, "width"),
        ("round-to", {"nearest": 0}, "nearest"),
        ("keyed-hash", {"purpose": "p", "length": 8}, "length"),
    ],
)
def test_a_treatment_that_would_protect_nothing_is_refused(step: str, given: Any, parameter: str) -> None:
    with pytest.raises(SetupError) as refused:
        run(table({"a": ["1"]}), (step, {"columns": ["a"], **given}))
    assert (refused.value.kind, refused.value.values["parameter"]) == ("step-parameter-value", parameter)


TREATED = """resources:
  members:
    reads: {path: source/members.csv}
    steps:
      - keyed-hash: {columns: [id], purpose: members}
      - mask: {columns: [phone], keep_last: 2}
      - age-bands: {columns: [born], on: 2026-09-30}
      - date-to: {columns: [joined], to: quarter}
      - generalise-area: {columns: [tambon], to: province}
      - round-to: {columns: [income], nearest: 1000}
      - top-code: {columns: [height], most: 180}
      - suppress-small: {counts: [household], by: [tambon], below: 5}
"""


def test_what_was_there_before_stands_in_the_ledger_and_nowhere_else(tmp_path: Path) -> None:
    """Every other file of the release, and what is told on the way, is searched for every value."""
    folder = tmp_path / "members"
    (folder / "source").mkdir(parents=True)
    (tmp_path / "workspace.yaml").write_text("agency: {name: agency, title: หน่วยงาน}\n", encoding="utf-8")
    labels = ("id", "phone", "born", "joined", "tambon", "income", "height", "household")
    fields = "".join(
        f"        - {{name: {label}, type: {'number' if label == 'height' else 'any'}}}\n" for label in labels
    )
    described = f"name: members\nresources:\n  - name: members\n    schema:\n      fields:\n{fields}"
    (folder / "datapackage.yaml").write_text(described, encoding="utf-8")
    (folder / "recipe.yaml").write_text(TREATED, encoding="utf-8")
    drawn = random.Random(4)  # noqa: S311
    rows = [
        [
            f"{drawn.randrange(10**12, 10**13)}",
            f"08{drawn.randrange(10**7, 10**8)}",
            f"{drawn.randint(1, 28)}/{drawn.randint(1, 12)}/25{drawn.randint(10, 49)}",
            f"{drawn.randint(1, 28)} มี.ค. 25{drawn.randint(50, 69)}",
            drawn.choice(["400101", "500102", "100103", "หมู่บ้านที่ไม่มีใครรู้จัก"]),
            f"{drawn.randrange(10_001, 99_999)}",
            f"{drawn.randint(181, 999)}.{drawn.randint(10_001, 99_999)}",
            f"{drawn.randint(1, 4)} คน" if number % 9 == 0 else f"{drawn.randint(5, 99) * 1000 + 7}",
        ]
        for number in range(60)
    ]
    source = "\n".join([",".join(labels), *(",".join(row) for row in rows), ""])
    (folder / "source/members.csv").write_text(source, encoding="utf-8")
    story = build(Workspace.open(tmp_path), ())
    told = []
    while True:
        try:
            told.append(str(next(story)))
        except StopIteration as end:
            (outcome,) = end.value
            break
    assert isinstance(outcome, Report), outcome
    release = folder / "release"
    ledger = polars.read_parquet(release / "ledger.parquet")
    values = {text for row in rows for text in row[:-1] if not text.endswith("000")}
    assert values <= set(ledger["before"].to_list())
    assert [file.path for file in outcome.files] == ["members.csv"]
    said = "\n".join(
        [*told, str(outcome), *(wording.say(one.rule, one.values, "th")[0] for one in outcome.findings)]
    )
    others = [path for path in release.iterdir() if path.name != "ledger.parquet"]
    texts = {path.name: path.read_bytes().decode("utf-8", "replace") for path in others} | {"said": said}
    assert set(texts) >= {"members.csv", "report.json", "profile.json", "datapackage.json", "rows.parquet"}
    assert {(name, value) for name, text in texts.items() for value in values if value in text} == set()
    assert {one.rule for one in outcome.findings} >= {"undecided-emptied"}
