"""Real files of Thai public bodies, each described in five steps at most, give right tables (make test-shared)."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
from click.testing import CliRunner
from publishing import ABOUT
from ruamel.yaml import YAML
from shared import find

import cli
from metadata.finding import Place
from metadata.recipe import Recipe
from pipelines import read
from pipelines.ledger import undo

pytestmark = pytest.mark.shared

WANTED: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("dirty_files.yaml"))
PUBLISHED = [name for name, wanted in WANTED.items() if "refused" not in wanted]
MOST_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """A desk with one dataset for each file, built by `saphan build`."""

    folder: Path
    told: dict[str, Any]
    exit_code: int

    def findings(self, name: str, severity: str) -> list[dict[str, Any]]:
        """What the build found in a dataset."""
        return [one for one in self.told[name]["findings"] if one["severity"] == severity]

    def table(self, name: str) -> pandas.DataFrame:
        """The published table, all cells text."""
        return pandas.read_csv(self.folder / name / "release/table.csv", dtype="str", keep_default_na=False)

    def parquet(self, name: str, file: str) -> polars.DataFrame:
        """The ledger or the row map."""
        return polars.read_parquet(self.folder / name / f"release/{file}.parquet")


@pytest.fixture(scope="module")
def dirty() -> Path:
    """The folder of files. A run that asks for these tests fails where it is missing."""
    folder = find("data/dirty")
    if folder is None:
        pytest.fail("No folder of real files: set SAPHAN_SHARED to where data/dirty is.")
    return folder


@pytest.fixture(scope="module")
def desk(dirty: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("dirty") / "desk"
    folder.mkdir()
    agency = {"name": "agency", "title": "หน่วยงานทดสอบ"}
    written(folder / "workspace.yaml", {"agency": agency, "approvals": "none", "defaults": {"about": ABOUT}})
    for name, wanted in WANTED.items():
        put(folder / name, dirty, name, wanted)
    done = CliRunner().invoke(
        cli.cli, ["build", "--workspace", str(folder), "--lang", "en", "--json"], catch_exceptions=False
    )
    told = {dataset["name"]: dataset for dataset in json.loads(done.stdout)["datasets"]}
    return Desk(folder=folder, told=told, exit_code=done.exit_code)


def put(folder: Path, dirty: Path, name: str, wanted: dict[str, Any]) -> None:
    """One dataset: the file, its recipe as it stands in the list, and a full description."""
    file = wanted["reads"]["path"]
    (folder / "source").mkdir(parents=True)
    shutil.copy(dirty / file, folder / "source" / file)
    reads = wanted["reads"] | {"path": f"source/{file}"}
    written(folder / "recipe.yaml", {"resources": {"table": {"reads": reads, "steps": wanted.get("steps", [])}}})
    fields = [
        {"name": column, "type": kind, "title": column, "title_en": column, "description": column}
        for column, kind in wanted.get("columns", {}).items()
    ]
    described = {"name": "table", "path": "release/table.csv", "title": "ตาราง", "description": "ทดสอบ"}
    written(
        folder / "datapackage.yaml",
        {
            "name": name,
            "title": f"ข้อมูลทดสอบ {name}",
            "title_en": name,
            "description": "ข้อมูลจริงที่ใช้ทดสอบ",
            "keywords": ["ทดสอบ", "จังหวัด", "test"],
            "licenses": [{"name": "Open Data Common"}],
            "resources": [described | ({"schema": {"fields": fields}} if fields else {})],
        },
    )


def written(path: Path, content: dict[str, Any]) -> None:
    YAML().dump(content, path)


def test_every_file_of_the_folder_is_described_in_at_most_five_steps(dirty: Path) -> None:
    files = {path.name for path in dirty.iterdir()} - {"SOURCES.md"}
    assert {wanted["reads"]["path"] for wanted in WANTED.values()} == files
    assert {name: len(wanted.get("steps", [])) for name, wanted in WANTED.items()} == {
        name: min(MOST_STEPS, len(wanted.get("steps", []))) for name, wanted in WANTED.items()
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_release_has_the_rows_and_columns_of_its_source(desk: Desk, name: str) -> None:
    table = desk.table(name)
    assert (len(table), list(table.columns)) == (WANTED[name]["rows"], list(WANTED[name]["columns"]))


@pytest.mark.parametrize("name", PUBLISHED)
def test_cells_are_right_and_lead_back_to_their_rows(desk: Desk, name: str) -> None:
    table, origins = desk.table(name), dict(desk.parquet(name, "rows").select("row", "source_row").iter_rows())
    wanted = [tuple(cell) for cell in WANTED[name]["cells"]]
    assert [(row, origins[row], column, table[column].iloc[row - 2]) for row, _, column, _ in wanted] == wanted


@pytest.mark.parametrize("name", [name for name in PUBLISHED if "sums" in WANTED[name]])
def test_columns_add_up_to_what_the_source_holds(desk: Desk, name: str) -> None:
    table, wanted = desk.table(name), WANTED[name]["sums"]
    sums = {column: sum((Decimal(cell) for cell in table[column] if cell), Decimal()) for column in wanted}
    assert sums == {column: Decimal(total) for column, total in wanted.items()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_release_may_go_out_and_says_what_is_doubtful_and_nothing_else(desk: Desk, name: str) -> None:
    assert desk.told[name]["passed"]
    assert desk.findings(name, "error") == []
    assert sorted({one["rule"] for one in desk.findings(name, "warning")}) == WANTED[name].get("warns", [])


@pytest.mark.parametrize("name", WANTED)
def test_the_ledger_undone_gives_the_table_that_was_read(desk: Desk, name: str) -> None:
    course = Recipe.open(desk.folder / name / "recipe.yaml", name).course("table")
    assert course is not None
    as_read = read.read(course.reads, desk.folder / name, Place(dataset=name, resource="table")).table
    undone = undo(desk.table(name), desk.parquet(name, "ledger"), desk.parquet(name, "rows"))
    pandas.testing.assert_frame_equal(undone, as_read)


def test_the_file_of_people_is_refused_for_every_national_id_and_no_number_is_repeated(desk: Desk) -> None:
    rules = {one["rule"] for one in desk.findings("people", "error")}
    assert WANTED["people"]["refused"] in rules
    (counted,) = [one for one in desk.findings("people", "error") if one["rule"] == "personal-national-id-count"]
    assert (counted["at"]["column"], counted["values"]["count"]) == ("national_id", 500)
    assert desk.exit_code == 1
    told = [json.dumps(desk.told["people"], ensure_ascii=False)]
    told += [path.read_text("utf-8") for path in (desk.folder / "people/release").glob("*.json")]
    numbers = set(desk.table("people")["national_id"])
    assert len(told) == 4
    assert len(numbers) == 500
    assert not any(number in text for number in numbers for text in told)


@pytest.mark.parametrize(
    ("column", "entity"),
    [
        ("national_id", "national-id"),
        ("first_name", "person-name"),
        ("last_name", "person-name"),
        ("dob", "birth-date"),
        ("phone", "phone"),
        ("email", "email"),
        ("street_address", "address"),
        ("address", "address"),
    ],
)
def test_the_file_of_people_is_refused_for_all_500_cells_of_every_kind(
    desk: Desk, column: str, entity: str
) -> None:
    counts = {
        one["values"]["count"]
        for one in desk.findings("people", "error")
        if one["rule"].startswith(f"personal-{entity}")
        and one["at"].get("column") == column
        and "count" in one["values"]
    }
    assert counts == {500}
