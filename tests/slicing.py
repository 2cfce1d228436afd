"""Helpers of the tests of slices: a desk of one table, builds of it, and what of a release must be equal."""

from __future__ import annotations

import json
import random
from pathlib import Path

from metadata.event import Event
from metadata.workspace import Workspace
from pipelines import run
from pipelines.bench import Bench

NAME = "funds-desk"
WORKSPACE = "agency: {name: agency, title: หน่วยงาน}\napprovals: none\n"
COLUMNS = ("ภาค", "จังหวัด", "วันที่", "งบ 2566", "งบ 2567", "หมายเหตุ")
CELLS = {
    "ภาค": ["", "", "เหนือ", "ใต้"],
    "จังหวัด": ["จ.น่าน", "กทม.", "เชียงใหม่", "โคราช", "ไม่ทราบ", ""],
    "วันที่": ["๕ ม.ค. ๒๕๖๗", "5/1/67", "31/02/2567", "2024-01-05", "", "13/01/2567"],
    "งบ 2566": ["1,200", "๙๐", "-", "1.234,56", ""],
    "งบ 2567": ["500.-", "(20)", "abc", "", "7"],
    "หมายเหตุ": ["", "รวม", "1-2345-67890-12-1", 'พูดว่า "ดี", แล้ว', "บรรทัด\nใหม่", " เเพร่ ", "โทร\r\n081"],
}
"""What stands in the cells of the desk's table: a gap to fill, words to doubt, quotes, newlines."""
STEPS = """\
      - fill-down: {columns: [ภาค]}
      - trim: {}
      - text: {}
      - drop-totals: {columns: [หมายเหตุ]}
      - thai-date: {columns: [วันที่]}
      - province: {columns: [จังหวัด], code: code}
      - number: {columns: [งบ 2566, งบ 2567]}
      - split: {column: หมายเหตุ, pattern: "(.*)-(.*)", into: [first, second]}
      - dedupe: {columns: [ภาค, จังหวัด, วันที่]}
      - drop-columns: {columns: [second]}
      - unpivot: {columns: [งบ 2566, งบ 2567], names_to: year, values_to: budget}
      - rename: {columns: {ภาค: region, จังหวัด: province, วันที่: founded, หมายเหตุ: remark}}
      - sort: {columns: [province, founded]}
"""
"""Every kind of step: of a value, with a survey, with an added column, of a table, of the whole table."""
SCHEMA = """\
      fields:
        - {name: region, type: string}
        - {name: province, type: string, constraints: {required: true}}
        - {name: founded, type: date}
        - {name: year, type: string}
        - {name: budget, type: number}
      primaryKey: [province, founded, year]
"""


def quoted(cell: str, delimiter: str = ",") -> str:
    """A cell as CSV writes it."""
    return '"' + cell.replace('"', '""') + '"' if any(one in cell for one in f'{delimiter}"\r\n') else cell


def rows(count: int, seed: int = 0) -> list[list[str]]:
    """Records of the desk's table."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    return [[chance.choice(CELLS[label]) for label in COLUMNS] for _ in range(count)]


def text(records: list[list[str]], end: str = "\n", delimiter: str = ",") -> str:
    """Records as CSV, below their labels."""
    return "".join(delimiter.join(quoted(cell, delimiter) for cell in row) + end for row in [COLUMNS, *records])


def desk(
    folder: Path, data: bytes, *, steps: str = STEPS, reads: str = "source/funds.csv", form: str = "csv"
) -> Workspace:
    """A workspace with one dataset of one resource."""
    dataset = folder / NAME
    (dataset / "source").mkdir(parents=True)
    (dataset / "source/funds.csv").write_bytes(data)
    (folder / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    recipe = f"resources:\n  funds:\n    reads: {{path: {reads}}}\n    steps:\n{steps}"
    (dataset / "recipe.yaml").write_text(recipe, encoding="utf-8")
    about = f"name: {NAME}\ntitle: กองทุน\nresources:\n  - name: funds\n    path: release/funds.{form}\n"
    (dataset / "datapackage.yaml").write_text(f"{about}    schema:\n{SCHEMA}", encoding="utf-8")
    return Workspace.open(folder)


def build(workspace: Workspace, bench: Bench | None = None) -> tuple[dict[str, bytes], list[Event]]:
    """Builds every dataset; every file of the releases, the report without its seconds; and what was told."""
    told = []
    story = run.build(workspace, (), bench)
    while True:
        try:
            told.append(next(story))
        except StopIteration as end:
            outcomes = end.value
            break
    assert [one for one in outcomes if isinstance(one, run.Failure)] == []
    return {k: v for one in outcomes for k, v in release(workspace.folder / one.dataset).items()}, told


def release(dataset: Path) -> dict[str, bytes]:
    """The files of a release, the report without its seconds."""
    found = {f"{dataset.name}/{path.name}": path.read_bytes() for path in (dataset / "release").iterdir()}
    name = f"{dataset.name}/report.json"
    report = json.loads(found[name])
    for key in ("seconds", "built_at"):
        del report[key]
    return {**found, name: json.dumps(report, ensure_ascii=False, indent=1).encode()}


def sliced(told: list[Event]) -> list[int]:
    """How many slices each table was read in."""
    return [event.body["slices"] for event in told if event.kind == "read"]
