"""The sample desk's sources: made by sample_desk.py, as committed, and nobody's."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
import sample_desk
from governing import national_ids
from stdnum.th import pin

DESK = sample_desk.ROOT / "datasets"
BYTES = [path for path in sample_desk.SOURCES if not path.endswith((".xlsx", ".sqlite"))]
BOOK = next(path for path in sample_desk.SOURCES if path.endswith(".xlsx"))
DATABASE = next(path for path in sample_desk.SOURCES if path.endswith(".sqlite"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources, generated anew."""
    folder = tmp_path_factory.mktemp("desk")
    sample_desk.main(folder)
    return folder


@pytest.mark.parametrize("path", BYTES)
def test_a_text_source_generated_anew_has_the_committed_bytes(made: Path, path: str) -> None:
    assert (made / path).read_bytes() == (DESK / path).read_bytes()


def test_the_workbook_generated_anew_has_the_committed_sheets_cells_and_merges(made: Path) -> None:
    """Its bytes depend on the versions of xlsxwriter and zlib; what a reader sees does not."""
    assert list(_seen(made / BOOK)) == list(_seen(DESK / BOOK))


def _seen(path: Path) -> Iterator[object]:
    with closing(openpyxl.load_workbook(path)) as book:
        yield book.properties.created
        for sheet in book.worksheets:
            yield sheet.title, sheet.sheet_state, sorted(map(str, sheet.merged_cells.ranges))
            yield from sheet.iter_rows(values_only=True)


def test_the_database_generated_anew_has_the_committed_tables_and_rows(made: Path) -> None:
    """Its bytes depend on the version of SQLite."""
    assert _dumped(made / DATABASE) == _dumped(DESK / DATABASE)


def _dumped(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        return list(database.iterdump())


def test_every_committed_source_is_one_that_the_generator_makes() -> None:
    sources = {str(path.relative_to(DESK)) for path in DESK.glob("*/source/*") if path.suffix != ".sql"}
    assert sources == set(sample_desk.SOURCES)


def test_the_sources_stay_small() -> None:
    assert sum((DESK / path).stat().st_size for path in sample_desk.SOURCES) < 1_500_000


def _members() -> list[list[str]]:
    path = next(path for path in sample_desk.SOURCES if path.startswith("member-register-open/"))
    with (DESK / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def test_every_national_id_of_the_register_is_valid_and_of_an_office_that_does_not_exist() -> None:
    numbers = [re.sub(r"\D", "", member[1]) for member in _members()]
    assert len(set(numbers)) == 150
    assert all(pin.is_valid(number) and number[0] in "12345678" and number[1:5] == "0000" for number in numbers)


def test_only_the_register_put_forward_holds_national_ids() -> None:
    encodings = {".txt": "utf-16", ".geojson": "utf-8", ".csv": "cp874"}
    held = {
        path: national_ids((DESK / path).read_bytes().decode(encodings[Path(path).suffix], "ignore"))
        for path in BYTES
    }
    cells = [str(cell) for row in _seen(DESK / BOOK) if isinstance(row, tuple) for cell in row]
    assert [path.partition("/")[0] for path, count in held.items() if count] == ["member-register-open"]
    assert not any(map(national_ids, [*cells, *_dumped(DESK / DATABASE)]))
