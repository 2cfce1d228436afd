"""A secret and a person's number planted everywhere: nothing that is made, told or kept repeats them."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import tempfile
from pathlib import Path
from typing import Any

import pandas
import pytest
from click.testing import CliRunner, Result
from governing import MASK, NATIONAL_ID, finds, judged, leaves_alone, national_ids
from publishing import small_desk

import cli
from metadata.dataset import Resource
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.workspace import Workspace
from pipelines.govern.personal.masked import masked
from pipelines.package import write

CANARY = "นางสาวลับสุดยอด"
GROUPED = "1-0000-00000-01-7"
THAI = NATIONAL_ID.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
NAME = "funds-desk"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path / "desk", NAME, settings="approvals: none\n")


def saphan(desk: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.cli, [*words, "--workspace", str(desk), "--lang", "th"], catch_exceptions=False)


def everything(desk: Path, *results: Result) -> str:
    """All that was told and kept: both streams, the release's documents, the journal, the catalog."""
    told = [result.output for result in results] + [result.stderr for result in results]
    told += [path.read_text("utf-8") for path in desk.glob("*/release/*.json")]
    return "\n".join([*told, kept(desk)])


def kept(desk: Path) -> str:
    """The journal and the catalog, every cell."""
    connection = sqlite3.connect(desk / ".saphan/catalog.sqlite")
    lines = list(connection.iterdump())
    connection.close()
    return "\n".join(lines)


def spoil(desk: Path, file: str, old: str, new: str) -> None:
    path = desk / NAME / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


OWN = """
from pipelines.steps.declare import table_step, value_step

@value_step
def breaks(text: str) -> str:
    raise ValueError(text)

@value_step
def wrong(text: str) -> str:
    return {text: text}

@table_step
def lost(table):
    return table.reset_index(drop=True).rename(index=lambda at: table.iloc[0, 0])

@table_step
def failing(table):
    return table[table.iloc[0, 0]]
"""
SPOILT: dict[str, list[tuple[str, str, str]]] = {
    "cells": [("source/funds.csv", '"1,200"', CANARY), ("source/funds.csv", "๑๕ ม.ค. ๒๕๖๗", CANARY)],
    "a number in a cell": [("source/funds.csv", "บ้านเหนือ", f"{CANARY} {NATIONAL_ID}")],
    "a number in a header": [("source/provinces.csv", "จังหวัด", f"เลข {GROUPED}")],
    "a step that raises": [("recipe.yaml", "number: {", "breaks: {"), ("source/funds.csv", '"1,200"', CANARY)],
    "a step that gives a dict": [
        ("recipe.yaml", "number: {", "wrong: {"),
        ("source/funds.csv", '"1,200"', CANARY),
    ],
    "a table step that raises": [
        ("recipe.yaml", "number: {columns: [สมาชิก, เงิน]}", "failing: {}"),
        ("source/funds.csv", "บ้านเหนือ", CANARY),
    ],
    "a table step that loses its rows": [
        ("recipe.yaml", "number: {columns: [สมาชิก, เงิน]}", "lost: {}"),
        ("source/funds.csv", "บ้านเหนือ", CANARY),
    ],
    "a constraint": [
        (
            "datapackage.yaml",
            "type: string, title: กองทุน",
            "type: string, constraints: {maxLength: 3}, title: กองทุน",
        ),
        ("source/funds.csv", "บ้านเหนือ", CANARY),
    ],
    "a key twice": [
        ("datapackage.yaml", "schema:\n      fields:", "schema:\n      primaryKey: [fund]\n      fields:"),
        ("source/funds.csv", "บ้านเหนือ", CANARY),
        ("source/funds.csv", "บ้านใต้", CANARY),
    ],
    "an open quote": [("source/funds.csv", "บ้านใต้", f'"{CANARY}')],
    "a stray quote": [("source/funds.csv", "บ้านใต้", f'{CANARY}"x')],
    "a long row": [("source/funds.csv", "5/1/2567", f"5/1/2567,{CANARY},{NATIONAL_ID}")],
}


@pytest.mark.parametrize("places", SPOILT.values(), ids=SPOILT)
def test_what_stands_in_a_cell_is_told_nowhere(desk: Path, places: list[tuple[str, str, str]]) -> None:
    (desk / "steps.py").write_text(OWN, "utf-8")
    for file, old, new in places:
        spoil(desk, file, old, new)
    results = [saphan(desk, "build"), saphan(desk, "build", "--json"), saphan(desk, "publish", "--json", "--yes")]
    assert all(result.exit_code < 4 for result in results)
    said = everything(desk, *results)
    for secret in (CANARY, NATIONAL_ID, GROUPED):
        assert secret not in said


NUMBERED: dict[str, list[tuple[str, str, str]]] = {
    "a step's unknown column": [
        ("source/provinces.csv", "จังหวัด", GROUPED),
        ("recipe.yaml", "rename: {columns: {จังหวัด: province}}", "trim: {columns: [จังหวัด]}"),
    ],
    "a file that is not there": [("recipe.yaml", "source/provinces.csv", f"source/{NATIONAL_ID}.csv")],
    "the description": [("datapackage.yaml", "ข้อมูลที่สร้างขึ้นเพื่อทดสอบ", f"ติดต่อ {GROUPED}")],
    "a column's example": [
        ("datapackage.yaml", "description: จำนวนคน", f"description: จำนวนคน, example: {NATIONAL_ID}")
    ],
    "a query": [
        (
            "recipe.yaml",
            "reads: {path: source/provinces.csv}",
            f"reads: {{database: source/a.sqlite, query: \"SELECT 'น่าน' AS จังหวัด WHERE '{NATIONAL_ID}' <> ''\"}}",
        )
    ],
}


@pytest.mark.parametrize("places", NUMBERED.values(), ids=NUMBERED)
def test_a_persons_number_is_masked_wherever_a_steward_put_it(
    desk: Path, places: list[tuple[str, str, str]]
) -> None:
    sqlite3.connect(desk / NAME / "source/a.sqlite").execute("CREATE TABLE a (a)").connection.close()
    for file, old, new in places:
        spoil(desk, file, old, new)
    results = [saphan(desk, "build"), saphan(desk, "build", "--json"), saphan(desk, "publish", "--json", "--yes")]
    told = "\n".join(result.output + result.stderr for result in results)
    report = desk / NAME / "release/report.json"
    told += report.read_text("utf-8") if report.exists() else ""
    told += kept(desk)
    for secret in (NATIONAL_ID, GROUPED):
        assert secret not in told


def test_a_sound_desk_says_what_it_is(desk: Path) -> None:
    done = saphan(desk, "publish", "--json", "--yes")
    assert done.exit_code == 0
    assert "บ้านเหนือ" not in everything(desk, done)
    assert "กองทุนสวัสดิการชุมชน" in everything(desk, done)


@pytest.mark.parametrize(
    "cell",
    [
        THAI,
        GROUPED.replace("-", "\u00a0"),
        "\u200b".join(NATIONAL_ID),
        f"เลข \u200b{NATIONAL_ID[:6]}\u2060\u200d{NATIONAL_ID[6:]} ครับ",
        "เลข " + "\u200b".join(GROUPED) + " ครับ",
        GROUPED.replace("-", "－"),
        "".join(chr(ord(digit) + 0xFEE0) for digit in NATIONAL_ID),
        GROUPED.replace("-", "\n"),
        GROUPED.replace("-", "\r\n"),
        GROUPED.replace("-", "·"),
        f"{NATIONAL_ID[0]}.{NATIONAL_ID[1:]}E+12",
        f"{NATIONAL_ID[0]}.{NATIONAL_ID[1:]}e12",
    ],
)
def test_no_disguise_hides_a_persons_number(cell: str) -> None:
    assert national_ids(cell) == 1
    assert MASK in masked(cell) and national_ids(masked(cell)) == 0
    columns = {"fund_name": ["กองทุน ก", cell], "members": ["1", "2"]}
    assert finds("personal-national-id", columns=columns).at.row == 3


@pytest.mark.parametrize(
    "cell", ["1.1E+12", "1.00000000E+12", "1.000000000017", "1.000000000018E+12", "1.000000000017E+13"]
)
def test_a_number_that_was_rounded_names_nobody(cell: str) -> None:
    assert national_ids(cell) == 0
    leaves_alone("personal-national-id", columns={"fund_name": ["กองทุน ก", cell], "members": ["1", "2"]})


def test_text_around_a_disguised_number_stays() -> None:
    assert masked(f"เลข\u200b {NATIONAL_ID[:6]}\u200b{NATIONAL_ID[6:]} ครับ") == f"เลข\u200b {MASK} ครับ"


DESCRIBED: dict[str, Any] = {
    "title": f"ทะเบียน {GROUPED}",
    "about.registered": int(NATIONAL_ID),
    "contributors": [{"title": "ก", "phone": THAI}],
    "sources": [{"path": f"https://agency.example/{NATIONAL_ID}"}],
    "keywords": ["กองทุน", NATIONAL_ID],
    "about.extra": {NATIONAL_ID: "ก"},
    "resources.0.title": NATIONAL_ID,
    "resources.0.schema.missingValues": [NATIONAL_ID],
    "resources.0.about": {"collected_by": int(NATIONAL_ID)},
}


@pytest.mark.parametrize("path", DESCRIBED)
def test_a_persons_number_in_the_description_stops_it(path: str) -> None:
    found = finds("personal-national-id-text", {path: DESCRIBED[path]})
    assert found.severity == "error"
    assert NATIONAL_ID not in json.dumps([one.to_dict() for one in judged({path: DESCRIBED[path]})])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("resources.0.schema.fields.0.constraints", {"enum": ["ก", NATIONAL_ID]}),
        ("resources.0.schema.fields.1.example", int(NATIONAL_ID)),
        ("resources.0.schema.fields.1.title_en", GROUPED),
    ],
)
def test_a_persons_number_in_the_dictionary_stops_it(path: str, value: Any) -> None:
    assert finds("personal-national-id-label", {path: value}).severity == "error"


def test_other_numbers_in_the_description_are_left_alone() -> None:
    changes = {"about.registered": int(NATIONAL_ID) + 1, "about.phone": "02-123-4567", "about.year": 2567}
    leaves_alone("personal-national-id-text", changes)


def test_a_layers_shapes_and_properties_are_searched(desk: Path) -> None:
    point = {"type": "LineString", "coordinates": [[100.5, 13.5], [int(NATIONAL_ID), 13.5]]}
    features = [
        {"type": "Feature", "properties": {"province": "น่าน", "more": {"a": [{"b": GROUPED}]}}, "geometry": point},
    ]
    document = {"type": "FeatureCollection", "features": features}
    (desk / NAME / "source/a.geojson").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    spoil(desk, "recipe.yaml", "source/provinces.csv", "source/a.geojson")
    spoil(desk, "recipe.yaml", "- rename: {columns: {จังหวัด: province}}", "- trim: {}")
    spoil(desk, "datapackage.yaml", "path: release/provinces.csv", "path: release/provinces.geojson")
    done = saphan(desk, "build", "--json")
    found = json.loads(done.stdout)["datasets"][0]["findings"]
    columns = {one["at"]["column"] for one in found if one["rule"] == "personal-national-id"}
    assert columns == {"geometry", "more_a"}
    assert NATIONAL_ID not in everything(desk, done) and GROUPED not in everything(desk, done)


@pytest.mark.parametrize(
    "shape", ['null},"properties":{}},{"x":{"a":1', "[1]", '"x"', "NaN", '{"coordinates":[NaN,1]}']
)
def test_a_geometry_cannot_break_out_of_its_feature(tmp_path: Path, shape: str) -> None:
    resource = Resource(name="a", descriptor={"name": "a", "path": "release/a.geojson"})
    with pytest.raises(SetupError) as refused:
        write(resource, pandas.DataFrame({"geometry": ["", shape], "n": ["1", "2"]}, dtype=str), tmp_path, Place())
    assert (refused.value.kind, refused.value.at.row) == ("geojson-geometry", 3)


def test_a_geometry_is_written_as_it_stands(tmp_path: Path) -> None:
    shape = '{"type":"Point","coordinates":[100.50,13.7]}'
    fields = [{"name": "n", "type": "number"}]
    resource = Resource(
        name="a", descriptor={"name": "a", "path": "release/a.geojson", "schema": {"fields": fields}}
    )
    write(resource, pandas.DataFrame({"geometry": ["", shape], "n": ["NaN", "2"]}, dtype=str), tmp_path, Place())
    text = (tmp_path / "a.geojson").read_text("utf-8")
    assert shape in text
    assert [one["properties"]["n"] for one in json.loads(text)["features"]] == ["NaN", 2]


@pytest.mark.workers
def test_a_password_in_an_address_is_told_nowhere(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CKAN_API_TOKEN", "token-" + "x" * 20)
    address = "http://steward:ktx9secret@127.0.0.1:9/ckan?key=ktx9secret"
    saphan(desk, "build")
    results = [saphan(desk, command, "--target", address, "--json") for command in ("plan", "publish")]
    results.append(saphan(desk, "publish", "--yes", "--target", address))
    assert "ktx9secret" not in everything(desk, *results)
    assert "token-" not in everything(desk, *results)


def test_a_target_by_address_keeps_its_login_and_loses_it_in_its_name(desk: Path) -> None:
    target = Workspace.open(desk).target("https://steward:ktx9secret@ckan.example/th/?x=1#y")
    assert (target.name, target.url) == (
        "https://ckan.example/th",
        "https://steward:ktx9secret@ckan.example/th/?x=1#y",
    )
    assert Workspace.open(desk).target("https://ckan.example/").name == "https://ckan.example"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such bits")
def test_our_own_state_is_closed_to_strangers(desk: Path) -> None:
    assert saphan(desk, "publish", "--yes").exit_code == 0
    assert stat.S_IMODE((desk / ".saphan").stat().st_mode) & 0o007 == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such bits")
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_release_is_as_open_as_its_dataset(desk: Path, mode: int) -> None:
    (desk / NAME).chmod(mode)
    saphan(desk, "build")
    assert stat.S_IMODE((desk / NAME / "release").stat().st_mode) == mode


def test_a_build_puts_nothing_into_the_machines_own_folder(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(desk / "not-there"))
    assert saphan(desk, "build").exit_code == 0
    assert not [path for path in (desk / NAME / "release").iterdir() if path.name.startswith(".")]
