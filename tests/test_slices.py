"""Slices of a table give what the table gives: the same cells, ledger, findings and bytes, wherever it is cut."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
import slicing
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ledger_undo import OWN, step, tables

from metadata.errors import SaphanError, SetupError
from metadata.finding import Place
from metadata.recipe import Course, Recipe, Source, Step
from metadata.workspace import Workspace
from pipelines import lineage, partitions, read, stepping
from pipelines.bench import Here
from pipelines.clean import bind, sweep

AT = Place(dataset="d", resource="r")
DESK = Path(__file__).parent.parent / "datasets"
UNEVEN = '''
@table_step
def drop_empty_columns(table: pandas.DataFrame) -> pandas.DataFrame:
    """Says that it works on any slice, and does not."""
    kept = [label for label in table.columns if (table[label] != "").any()]
    return table[kept or list(table.columns)]

def most(counts):
    return max(counts, key=counts.get, default="")

@value_step(survey=most)
def usual(text: str, *, survey: str = "") -> str | Undecided:
    """Doubts what is usual."""
    return Undecided("usual") if text == survey else text

@value_step
def stumbles(text: str) -> str:
    """Raises where a text is what it does not know."""
    if text == "โคราช":
        raise KeyError(text)
    return text

@table_step
def doubts_by_column(table: pandas.DataFrame):
    """Doubts the cells of the first column before those of the second."""
    from pipelines.steps import Outcome
    cells = [(row, label, text) for label in table.columns for row, text in enumerate(table[label])]
    return Outcome(table=table, undecided=[(row, label, Undecided("a" if text == "1" else "b"))
                                           for row, label, text in cells if text in ("1", "ก")])
'''


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasets") / "steps.py"
    path.write_text(OWN + UNEVEN, encoding="utf-8")
    return path


def swept(
    table: pandas.DataFrame, steps: list[tuple[str, dict[str, Any]]], own: Path, slices: int
) -> dict[str, Any]:
    """All that cleaning a table in so many slices gives, or how it ends."""
    made = tuple(Step(name=name, parameters=given, number=n) for n, (name, given) in enumerate(steps, 1))
    course = Course(resource="r", reads=Source(path="x.csv"), steps=made)
    bound = bind(Recipe(file="recipe.yaml", courses=(course,)), own).course("r")
    assert bound is not None
    work = lineage.Work.of(table)
    cuts = [lineage.cut(work, number, slices) if slices > 1 else work for number in range(slices)]
    bench = Here(alone=False)
    try:
        done = sweep(bound, [stepping.Slice(one) for one in cuts], tuple(table.columns), bench, sheet="s", at=AT)
    except SetupError as error:
        return {"kind": error.kind, "values": str(error.values)}
    frame = lineage.join([one.work for one in done.slices]).frame()
    return {
        "labels": list(frame.columns),
        "origins": frame.index.tolist(),
        "cells": frame.to_dict("list"),
        "ledger": done.ledger.rows(),
        "rows": done.rows.rows(),
        "findings": done.findings,
        "changes": dict(done.changes),
    }


OTHERS = ("drop-empty-columns", "usual", "stumbles", "doubts-by-column")


@settings(max_examples=50, deadline=None)
@given(data=st.data(), table=tables(), slices=st.integers(2, 5))
def test_a_recipe_gives_on_slices_what_it_gives_on_the_table(
    data: st.DataObject, table: pandas.DataFrame, slices: int, own: Path
) -> None:
    steps: list[tuple[str, dict[str, Any]]] = []
    labels = list(table.columns)
    for number in range(1, data.draw(st.integers(1, 5)) + 1):
        other = st.sampled_from([(name, {}) for name in OTHERS])
        tried = [*steps, data.draw(st.one_of(step(labels, number), step(labels, number), other))]
        made = swept(table, tried, own, 1)
        steps = tried
        if "labels" not in made:
            break
        labels = made["labels"]
    assert swept(table, steps, own, slices) == swept(table, steps, own, 1)


def test_cells_are_filled_down_across_a_cut(own: Path) -> None:
    table = pandas.DataFrame({"ภาค": ["เหนือ", "", "", "", "ใต้", ""]}, index=range(2, 8), dtype="str")
    made = swept(table, [("fill-down", {"columns": ["ภาค"]}), ("trim", {})], own, 6)
    assert made["cells"]["ภาค"] == ["เหนือ"] * 4 + ["ใต้"] * 2


def test_a_misspelt_column_is_told_without_bringing_the_slices_together(own: Path) -> None:
    table = pandas.DataFrame({"ก": ["1", "2"]}, index=[2, 3], dtype="str")
    steps = [("drop-columns", {"columns": ["ข"]})]
    assert swept(table, steps, own, 2)["kind"] == "step-column"
    assert swept(table, steps, own, 2) == swept(table, steps, own, 1)


def test_a_column_that_one_slice_has_lost_before_a_survey_is_the_tables_still(own: Path) -> None:
    columns = {"ก": ["", "1"], "ข": ["2", ""]}
    table = pandas.DataFrame(columns, index=[2, 3], dtype="str")
    steps = [("drop-empty-columns", {}), ("thai-date", {"columns": ["ก"], "precision": "as-written"})]
    assert swept(table, steps, own, 2) == swept(table, steps, own, 1)


# ---------------------------------------------------------------- delimited text by byte ranges


def outcome(make: Callable[[], Any]) -> Any:
    """What a reading gives, or how it ends."""
    try:
        return make()
    except SaphanError as error:
        return error.kind, error.at, error.values


def as_one(source: Source, folder: Path) -> Any:
    one = read.read(source, folder, AT)
    labels = list(one.table.columns)
    return labels, one.table.index.tolist(), one.table.values.tolist(), one.encoding, one.inputs, one.findings


def by_ranges(source: Source, folder: Path, block: int) -> tuple[Any, partitions.Parted]:
    one = partitions.parted(source, folder, AT, Here(alone=False, block=block, rows=7))
    works = [cut.work if isinstance(cut, stepping.Slice) else cut.read() for cut in one.slices]
    table = lineage.join(works).frame()
    assert (len(table), tuple(table.columns)) == (one.rows, one.labels)
    labels = list(table.columns)
    return (labels, table.index.tolist(), table.values.tolist(), one.encoding, one.inputs, one.findings), one


FORMS = {
    "quoted newlines": (slicing.text(slicing.rows(60)), "utf-8"),
    "CRLF": (slicing.text(slicing.rows(60), "\r\n"), "utf-8"),
    "cp874": (slicing.text(slicing.rows(60)), "cp874"),
    "BOM": (slicing.text(slicing.rows(60)), "utf-8-sig"),
    "semicolons": (slicing.text(slicing.rows(60), delimiter=";"), "utf-8"),
    "sep=": ("sep=|\n" + slicing.text(slicing.rows(60), delimiter="|"), "utf-8"),
    "titles": ("ตารางที่ 1\n\n" + slicing.text(slicing.rows(60)), "utf-8"),
    "blank lines at the end": (slicing.text(slicing.rows(60)) + "\n" * 90, "utf-8"),
    "no last newline": (slicing.text(slicing.rows(60))[:-1], "utf-8"),
    "ragged": (slicing.text(slicing.rows(40)) + "ก,ข\n,,,,,,เกิน\n" + "ก,ข,ค,ง,จ,ฉ\n" * 20, "utf-8"),
    "a quote that does not belong": (slicing.text(slicing.rows(60)) + 'ก,"ข"ค,ง\nจ,"",ฉ\n' * 3, "utf-8"),
    "a lone return": (slicing.text(slicing.rows(60)) + "ก\rข,ค\n" * 3, "utf-8"),
}


@pytest.mark.parametrize("block", [40, 300, 1500])
@pytest.mark.parametrize("form", FORMS)
def test_ranges_are_the_table_that_is_read_as_one(form: str, block: int, tmp_path: Path) -> None:
    text, encoding = FORMS[form]
    (tmp_path / "x.csv").write_bytes(text.encode(encoding))
    source = Source(path="x.csv")
    ranges, one = by_ranges(source, tmp_path, block)
    assert ranges == as_one(source, tmp_path)
    assert one.because is None
    assert len(one.slices) > 1


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (slicing.text(slicing.rows(60)).encode("utf-16"), "encoding"),
        (slicing.text(slicing.rows(60)).encode() + b'"never closed,\n', "quotes"),
        (slicing.text(slicing.rows(60)).encode() + b"\x00,\n", "nul"),
        (slicing.text(slicing.rows(60)).encode() + b"\xff\xfe\n", "encoding"),
        (b"\n" * 900, "head"),
        (("ก,ข\n" + "\n" * 900).encode(), "no-rows"),
        (b'[{"a": 1}]' + b" " * 900, "format"),
    ],
)
def test_what_ranges_cannot_prove_is_read_as_one(data: bytes, because: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    name = "x.json" if because == "format" else "x.csv"
    (tmp_path / name).write_bytes(data)
    source = Source(path=name)
    with pytest.raises(read_ranges().Unsound) as unsound:
        partitions._apart(source, tmp_path, AT, Here(alone=False, block=100))
    assert unsound.value.because == because
    ended = outcome(lambda: by_ranges(source, tmp_path, 100)[0])
    assert ended == outcome(lambda: as_one(source, tmp_path))


def read_ranges() -> Any:
    from pipelines.read import ranges

    return ranges


def test_a_range_whose_bytes_changed_is_not_taken_for_what_was_hashed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(slicing.text(slicing.rows(60)).encode())
    one = partitions.parted(Source(path="x.csv"), tmp_path, AT, Here(alone=False, block=500))
    path.write_bytes(path.read_bytes().replace("น่าน".encode(), "แพร่".encode()))
    with pytest.raises(read_ranges().Unsound, match="changed"):
        for piece in one.slices:
            assert not isinstance(piece, stepping.Slice)
            piece.read()


def spoilt(chance: random.Random) -> bytes:
    """A file of delimited text such as people make, with slips."""
    cells = ["", "ก", "กรุงเทพ", "1,000", 'พูด "ว่า"', "บรรทัด\nใหม่", "a\r\nb", "x\ry", "  ", "12", '5" pipe']
    width, delimiter = chance.randint(1, 4), chance.choice(",,;\t|")
    end = chance.choice(["\n", "\n", "\r\n", "\r"])
    lines = [f"sep={delimiter}"] * (chance.random() < 0.1) + ["ตารางที่ 1"] * (chance.random() < 0.2)
    lines.append(delimiter.join(chance.choice(["ชื่อ", "จังหวัด", "amount", "", "ปี"]) for _ in range(width)))
    for _ in range(chance.randint(0, 60)):
        many = width if chance.random() > 0.04 else chance.randint(0, width + 2)
        raw = chance.random() < 0.02
        lines.append(
            delimiter.join(
                cell if raw else slicing.quoted(cell, delimiter) for cell in chance.choices(cells, k=many)
            )
        )
    lines += [""] * chance.choice([0, 0, 0, 1, 3, 40])
    text = end.join(lines) + end * (chance.random() < 0.7)
    encoding = chance.choice(["utf-8", "utf-8", "utf-8-sig", "cp874"])
    return text.encode(encoding)


@pytest.mark.parametrize("seed", range(3))
def test_ranges_of_spoilt_files_are_the_table_too(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    cut = 0
    for _ in range(40):
        (tmp_path / "x.csv").write_bytes(spoilt(chance))
        header = chance.choice(["auto", "auto", "none", 1, 2, (1, 2)])
        source = Source(path="x.csv", header=header, encoding=chance.choice([None, None, "utf-8"]))
        block = chance.choice([16, 64, 200, 1000])
        parted: list[partitions.Parted] = []

        def ranges(source: Source = source, block: int = block, parted: list[Any] = parted) -> Any:
            found, one = by_ranges(source, tmp_path, block)
            parted.append(one)
            return found

        assert outcome(ranges) == outcome(lambda source=source: as_one(source, tmp_path))
        cut += any(one.because is None for one in parted)
    assert cut > 10  # else nothing was cut, and nothing was compared


# ---------------------------------------------------------------- Parquet, and files elsewhere


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """A file of typed columns in five row groups, with garbled Thai in one and a label that repeats another."""
    count = 230
    garbled = [name.encode("cp874").decode("latin-1") for name in ("กรุงเทพ", "น่าน", "เชียงใหม่", "ยะลา")]
    frame = polars.DataFrame(
        {
            "number": range(count),
            "amount ": [None if row % 7 == 0 else row / 8 for row in range(count)],
            "name": [garbled[row % len(garbled)] for row in range(count)],
            "amount": [f"{row}" for row in range(count)],
        }
    )
    frame.write_parquet(tmp_path / "x.parquet", row_group_size=50)
    return tmp_path


@pytest.mark.parametrize("rows", [7, 50, 1000])
def test_row_groups_are_the_table_that_is_read_as_one(rows: int, parquet: Path) -> None:
    source = Source(path="x.parquet", encoding="utf-8")
    one = partitions.parted(source, parquet, AT, Here(alone=False, rows=rows))
    assert one.because is None
    assert len(one.slices) == {7: 37, 50: 5, 1000: 5}[rows]
    table = lineage.join([cut.read() for cut in one.slices if not isinstance(cut, stepping.Slice)]).frame()
    found = (list(table.columns), table.index.tolist(), table.values.tolist(), None, one.inputs, one.findings)
    assert found == as_one(source, parquet)
    assert {finding.rule for finding in one.findings} >= {"read-mojibake", "read-option-unused"}


def test_row_groups_of_another_file_are_not_taken_for_what_was_hashed(parquet: Path) -> None:
    one = partitions.parted(Source(path="x.parquet"), parquet, AT, Here(alone=False, rows=50))
    polars.DataFrame({"number": range(230)}).write_parquet(parquet / "x.parquet", row_group_size=50)
    piece = one.slices[0]
    assert not isinstance(piece, stepping.Slice)
    with pytest.raises(read_ranges().Unsound, match="changed"):
        piece.read()


def test_a_file_at_a_url_is_cut_where_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.csv").write_bytes(slicing.text(slicing.rows(60)).encode())
    monkeypatch.setenv("WHERE_IT_IS", (tmp_path / "x.csv").as_uri())
    for path in ((tmp_path / "x.csv").as_uri(), "env:WHERE_IT_IS"):
        ranges, one = by_ranges(Source(path=path), tmp_path, 400)
        assert (one.because, len(one.slices) > 5) == (None, True)
        assert ranges == as_one(Source(path=path), tmp_path)


# ---------------------------------------------------------------- whole builds


@pytest.mark.parametrize("form", ["quoted newlines", "CRLF", "cp874", "BOM"])
def test_a_build_on_slices_makes_the_same_bytes(form: str, tmp_path: Path) -> None:
    text, encoding = FORMS[form]
    workspace = slicing.desk(tmp_path, text.encode(encoding))
    whole, _ = slicing.build(workspace)
    slices, told = slicing.build(workspace, Here(alone=False, block=700, rows=9))
    assert slices == whole
    assert slicing.sliced(told)[0] > 3


@pytest.mark.workers
def test_the_sample_desk_is_the_same_on_slices(tmp_path: Path) -> None:
    folder = tmp_path / "datasets"
    shutil.copytree(DESK, folder, ignore=shutil.ignore_patterns("release", ".release-*", ".saphan"))
    workspace = Workspace.open(folder)
    whole, _ = slicing.build(workspace)
    slices, told = slicing.build(workspace, Here(alone=False, block=8000, rows=150))
    assert slices == whole
    assert sum(slicing.sliced(told)) > 14
