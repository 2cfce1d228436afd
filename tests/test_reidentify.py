"""Who can be told without a name: groups too small in tables of persons, counts too small in tables of counts."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
from slicing import build as built
from slicing import release

from metadata.dataset import Dataset, Resource
from metadata.errors import SetupError
from metadata.finding import Finding
from metadata.workspace import Workspace
from pipelines import package
from pipelines.bench import Here
from pipelines.govern.reidentify import risks

Columns = dict[str, list[str]]
PERSONS = {"sex": "string", "age": "integer", "province": "string", "salary": "number"}


def found(
    folder: Path,
    columns: Columns,
    roles: dict[str, str] | None = None,
    *,
    form: str = "csv",
    types: dict[str, str] | None = None,
    titles: dict[str, str] | None = None,
    about: dict[str, str] | None = None,
    key: list[str] | None = None,
    limits: dict[str, int] | None = None,
) -> list[Finding]:
    """What is told of one published table."""
    fields = [
        {
            "name": name,
            "type": (types or {}).get(name, "string"),
            "title": (titles or {}).get(name, ""),
            **({"role": roles[name]} if name in (roles or {}) else {}),
        }
        for name in columns
    ]
    schema: dict[str, Any] = {"fields": fields, **({"primaryKey": key} if key else {})}
    entry = {"name": "t", "path": f"release/t.{form}", "schema": schema}
    resource = Resource(name="t", descriptor=entry)
    dataset = Dataset(name="d", folder=folder, descriptor={"about": about or {}}, resources=(resource,))
    table = pandas.DataFrame(columns, dtype="str")
    package.write(resource, table, folder, at=None)  # type: ignore[arg-type]
    origins = {"resource": "t", "row": range(2, len(table) + 2), "source_row": range(11, len(table) + 11)}
    rows = polars.DataFrame(
        origins, schema={"resource": polars.String, "row": polars.Int64, "source_row": polars.Int64}
    )
    told = risks(dataset, folder, {"t": table}, {"t": rows}, limits or {})
    if form == "csv":  # where the table stays on a bench, its file is read
        assert risks(dataset, folder, {"t": table.iloc[:0]}, {"t": rows}, limits or {}) == told
    return list(told)


def people(counts: dict[tuple[str, str, str], int]) -> Columns:
    rows = [row for row, count in counts.items() for _ in range(count)]
    sex, age, province = (list(column) for column in zip(*rows, strict=True))
    return {"id": [f"{n}" for n in range(len(rows))], "sex": sex, "age": age, "province": province}


QUASI = dict.fromkeys(("sex", "age", "province"), "quasi-identifier")
SOME = {("f", "30", "ก"): 7, ("m", "30", "ก"): 5, ("m", "31", "ก"): 2, ("f", "90", "ข"): 1, ("m", "91", "ข"): 1}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_declared_groups_that_are_too_small_stop_a_release(tmp_path: Path, form: str) -> None:
    (finding,) = found(tmp_path, people(SOME), QUASI, form=form)
    assert (finding.rule, finding.severity) == ("reidentify-k", "error")
    assert finding.values == {
        "columns": ["sex", "age", "province"],
        "k": 1,
        "limit": 5,
        "count": 4,
        "rows": 16,
        "percent": 25.0,
        "unique": 2,
        "worst": [16, 17, 14, 15],
    }
    assert (finding.at.row, finding.at.source_row) == (16, 25)


def test_groups_that_are_large_enough_are_left_alone(tmp_path: Path) -> None:
    large = {row: count for row, count in SOME.items() if count >= 5}
    assert found(tmp_path, people(large), QUASI) == []
    assert found(tmp_path, people(SOME), QUASI, limits={"k": 1}) == []
    (finding,) = found(tmp_path, people(large), QUASI, limits={"k": 6})
    assert finding.values["count"] == 5
    assert found(tmp_path, people({**SOME}), dict.fromkeys(QUASI, "ordinary")) == []


def test_the_groups_are_those_that_counting_gives(tmp_path: Path) -> None:
    drawn = random.Random(1)  # noqa: S311
    rows = [tuple(drawn.choice(choices) for choices in ("fm", 'ab"\n,', ("", "ก", "ข"))) for _ in range(700)]
    rows = [*rows, ("f", "x", ""), ("f", "", "x")]
    sizes = Counter(rows)
    columns = dict(zip(("sex", "age", "province"), map(list, zip(*rows, strict=True)), strict=True))
    (finding,) = found(tmp_path, columns, QUASI, limits={"k": 20})
    small = [row for row in rows if sizes[row] < 20]
    assert finding.values["count"] == len(small) and finding.values["unique"] == 2
    assert finding.values["worst"][:2] == [702, 703]


def test_what_headers_suggest_is_a_warning(tmp_path: Path) -> None:
    columns = {"เพศ": ["ช"] * 9, "อาชีพ": [*"กกกกขขขข", "ค"], "code": [f"{n}" for n in range(9)]}
    (finding,) = found(tmp_path, columns)
    assert (finding.rule, finding.severity) == ("reidentify-k", "warning")
    assert finding.values["columns"] == ["เพศ", "อาชีพ"]
    assert finding.values["worst"] == [10, *range(2, 10)]
    born = {"sex": ["m"] * 9, "age": ["30"] * 9, "day": [f"1990-01-{n:02}" for n in range(1, 10)]}
    assert found(tmp_path, born, titles={"day": "วันเกิด"})[0].values["unique"] == 9
    assert found(tmp_path, born) == []


def test_the_year_of_a_birth_alone_tells_who_is_old(tmp_path: Path) -> None:
    years = [*["1990"] * 9, "1921"]
    (finding,) = found(tmp_path, {"ปีเกิด": years, "salary": ["9"] * 10}, types={"salary": "string"})
    assert (finding.rule, finding.severity) == ("reidentify-k", "warning")
    assert (finding.values["columns"], finding.values["worst"]) == (["ปีเกิด"], [11])
    assert (
        found(
            tmp_path,
            {"ปีเกิด": years, "births": ["9"] * 10},
            types={"births": "integer"},
            titles={"births": "จำนวน"},
        )
        == []
    )
    assert found(tmp_path, {"เพศ": ["m"] * 9 + ["f"]}) == []


STATISTICS: Columns = {"sex": ["m", "f"], "age_group": ["0-4", "5-9"], "amount": ["3", "9"]}


@pytest.mark.parametrize(
    ("columns", "given"),
    [
        (STATISTICS, {"about": {"data_type": "ข้อมูลสถิติ"}}),
        (STATISTICS, {"key": ["sex", "age_group"]}),
        ({**STATISTICS, "จำนวน": ["3", "4"]}, {"types": {"จำนวน": "integer"}}),
        ({"อายุการใช้งาน": ["1", "2"], "จังหวัด": ["ก", "ข"]}, {}),
        ({"district": ["a", "b"], "subdistrict": ["a", "b"], "level": ["1", "2"]}, {}),
        ({"sex": ["m", "f"], "remark": ["", ""]}, {}),
        ({"โคนม เพศเมีย (ตัว)": ["1", "2"], "ตำบล": ["ก", "ข"]}, {}),
        ({"sex": [], "age": []}, {}),
    ],
)
def test_what_is_no_table_of_persons_is_left_alone(tmp_path: Path, columns: Columns, given: Any) -> None:
    assert found(tmp_path, columns, **given) == []


COUNTS: Columns = {
    "ตำบล": ["ก", "ก", "ข", "ข"],
    "เพศ": ["ช", "ญ", "ช", "ญ"],
    "จำนวนผู้ป่วย": ["3", "12", "0", "1"],
}


def test_small_counts_in_narrow_groups_are_a_warning(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, COUNTS)
    assert (finding.rule, finding.severity) == ("small-cell", "warning")
    assert finding.values == {"count": 2, "limit": 5, "columns": ["ตำบล", "เพศ"], "worst": [2, 5]}
    assert (finding.at.row, finding.at.source_row, finding.at.column) == (2, 11, "จำนวนผู้ป่วย")
    assert found(tmp_path, COUNTS, limits={"small_cell": 2})[0].values["count"] == 1


def test_declared_counts_are_looked_at_whatever_they_are_called(tmp_path: Path) -> None:
    columns = {"area": ["a", "b"], "n1": ["4", "5"], "n2": ["1,004", "4"]}
    roles = {"area": "quasi-identifier", "n1": "count", "n2": "count"}
    told = found(tmp_path, columns, roles)
    assert [(one.rule, one.severity, one.at.column, one.at.row) for one in told] == [
        ("small-cell", "warning", "n1", 2),
        ("small-cell", "warning", "n2", 3),
    ]


def test_small_counts_of_what_section_26_protects_stop_a_release(tmp_path: Path) -> None:
    columns = {"จังหวัด": ["ก", "ข"], "ศาสนา": ["พุทธ", "อิสลาม"], "n": ["4", "500"]}
    (finding,) = found(tmp_path, columns, {"n": "count"})
    assert (finding.rule, finding.severity) == ("small-cell", "error")
    assert "ศาสนา" in finding.values["columns"]


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        ({**COUNTS, "จำนวนผู้ป่วย": ["30", "12", "0", "*"]}, {}),
        (COUNTS, {"จำนวนผู้ป่วย": "ordinary"}),
        ({"จังหวัด": ["ก", "ข"], "จำนวนผู้ป่วย": ["3", "4"]}, {}),
        ({"ตำบล": ["ก", "ข"], "เพศ": ["ช", "ญ"], "งบประมาณ": ["3", "4"]}, {}),
        ({"ตำบล": ["ก", "ข"], "โคนม เพศเมีย (ตัว)": ["3", "4"], "ผู้เลี้ยง (ราย)": ["3", "4"]}, {}),
    ],
)
def test_other_counts_are_left_alone(tmp_path: Path, columns: Columns, roles: dict[str, str]) -> None:
    assert [one for one in found(tmp_path, columns, roles) if one.rule == "small-cell"] == []


DESCRIPTOR = """name: people
resources:
  - name: people
    schema:
      fields:
        - {name: sex, type: string, role: quasi-identifier}
        - {name: born, type: string, role: quasi-identifier}
        - {name: tambon, type: string, role: quasi-identifier}
"""


def desk(folder: Path, steps: str, descriptor: str = DESCRIPTOR, settings: str = "") -> Workspace:
    (folder / "people/source").mkdir(parents=True)
    (folder / "workspace.yaml").write_text("agency: {name: agency, title: หน่วยงาน}\n" + settings, encoding="utf-8")
    (folder / "people/datapackage.yaml").write_text(descriptor, encoding="utf-8")
    recipe = f"resources:\n  people:\n    reads: {{path: source/people.csv}}\n    steps: [{steps}]\n"
    (folder / "people/recipe.yaml").write_text(recipe, encoding="utf-8")
    drawn = random.Random(2)  # noqa: S311
    lines = [
        ",".join((drawn.choice("fm"), f"{day % 28 + 1}/{day % 12 + 1}/25{30 + day % 20}", f"40010{day % 9 + 1}"))
        for day in (drawn.randrange(10_000) for _ in range(400))
    ]
    (folder / "people/source/people.csv").write_text("\n".join(["sex,born,tambon", *lines, ""]), encoding="utf-8")
    return Workspace.open(folder)


def told_of(workspace: Workspace) -> list[dict[str, Any]]:
    report = json.loads((workspace.folder / "people/release/report.json").read_text(encoding="utf-8"))
    return [one for one in report["findings"] if one["rule"] == "reidentify-k"]


def test_the_remedy_that_is_named_is_one_and_the_role_stands_in_the_release(tmp_path: Path) -> None:
    bare = desk(tmp_path / "bare", "")
    built(bare)
    (finding,) = told_of(bare)
    assert (finding["severity"], finding["values"]["k"], finding["values"]["rows"]) == ("error", 1, 400)
    bands = "{age-bands: {columns: [born], on: 2022-01-01, width: 20, top: 40}}"
    steps = f"{bands}, {{generalise-area: {{columns: [tambon], to: province}}}}"
    treated = desk(tmp_path / "treated", steps)
    built(treated)
    assert told_of(treated) == []
    published = json.loads((treated.folder / "people/release/datapackage.json").read_text(encoding="utf-8"))
    assert [one["role"] for one in published["resources"][0]["schema"]["fields"]] == ["quasi-identifier"] * 3


def test_the_same_is_told_of_a_table_in_slices(tmp_path: Path) -> None:
    workspace = desk(tmp_path, "", settings="thresholds: {k: 7}\n")
    whole, _ = built(workspace)
    assert told_of(workspace)[0]["values"]["limit"] == 7
    slices, _ = built(workspace, Here(alone=False, block=1000, rows=50))
    assert whole == slices == release(workspace.folder / "people")


def test_a_role_that_is_none_is_told_with_those_there_are(tmp_path: Path) -> None:
    workspace = desk(tmp_path, "", DESCRIPTOR.replace("role: quasi-identifier}", "role: quasi}", 1))
    with pytest.raises(SetupError) as refused:
        workspace.dataset("people")
    (mistake,) = refused.value.values["mistakes"]
    assert "quasi-identifier" in str(mistake)
