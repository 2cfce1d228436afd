"""Names are said everywhere: one that holds personal data stops the build before it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from publishing import small_desk
from stdnum.th import pin

import cli
from pipelines.govern.names import discreet

NAME = "funds-desk"
NUMBER = "110120022333" + pin.calc_check_digit("110120022333")


def build(desk: Path, *names: str) -> Result:
    words = ["build", *names, "--workspace", str(desk), "--lang", "en", "--json"]
    return CliRunner().invoke(cli.cli, words, catch_exceptions=False)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    small_desk(tmp_path / "desk", "sound")
    return small_desk(tmp_path / "desk", NAME)


def silent(desk: Path, told: Result) -> None:
    """The number was said nowhere, and the other dataset was built."""
    assert NUMBER not in told.output
    kept = (path for path in (desk / ".saphan").rglob("*") if path.is_file())
    assert not any(NUMBER.encode() in path.read_bytes() for path in kept)
    assert [one["passed"] for one in json.loads(told.stdout)["datasets"]].count(True) == 1


def why(told: Result) -> dict[str, str]:
    found = [one["findings"] for one in json.loads(told.stdout)["datasets"] if not one["passed"]]
    assert [each["rule"] for each in found[0]] == ["personal-name"]
    return dict(found[0][0]["values"])


def test_a_source_whose_name_is_a_national_id_is_not_read(desk: Path) -> None:
    source = desk / NAME / "source"
    (source / "funds.csv").rename(source / f"{NUMBER}.csv")
    recipe = desk / NAME / "recipe.yaml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("funds.csv", f"{NUMBER}.csv"), encoding="utf-8")
    told = build(desk)
    assert why(told) == {"part": "file-name", "masked": "source/x-xxxx-xxxxx-xx-x.csv"}
    silent(desk, told)


def test_a_dataset_whose_name_is_a_national_id_is_not_built(desk: Path) -> None:
    (desk / NAME).rename(desk / f"member-{NUMBER}")
    path = desk / f"member-{NUMBER}" / "datapackage.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(NAME, f"member-{NUMBER}"), encoding="utf-8")
    told = build(desk)
    assert why(told)["part"] == "dataset-name"
    silent(desk, told)


@pytest.mark.parametrize(
    "name", ["กองทุน 2569.xlsx", "source/งบประมาณ 12345678901.csv", "funds-2567", "report_2569-09-30"]
)
def test_other_names_are_left_alone(name: str) -> None:
    assert discreet(name) == name


@pytest.mark.parametrize("name", ["funds-{}", "funds_{}", "source/{}.xlsx", "ของ {}"])
def test_a_number_is_seen_between_hyphens_and_underscores(name: str) -> None:
    assert NUMBER not in discreet(name.format(NUMBER))
