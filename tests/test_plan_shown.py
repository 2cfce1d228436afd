"""A plan on a terminal: what changes, in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from publishing import small_desk

import cli

NAME = "funds-desk"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path, NAME, settings="approvals: none\n")


def publish(desk: Path) -> str:
    words = ["publish", "--yes", "--workspace", str(desk), "--lang", "en"]
    return CliRunner().invoke(cli.cli, words, catch_exceptions=False).stdout


def edit(desk: Path, old: str, new: str) -> None:
    path = desk / NAME / "datapackage.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_column_s_new_type_is_all_that_is_shown_of_the_columns(desk: Path) -> None:
    publish(desk)
    edit(desk, "{name: members, type: integer", "{name: members, type: number")
    (line,) = [line for line in publish(desk).splitlines() if line.strip().startswith("fields:")]
    before, _, after = line.partition(" → ")
    assert "members int" in before
    assert "members numeric" in after
    assert "fund " not in line


def test_no_word_of_a_programming_language_is_shown(desk: Path) -> None:
    assert "private: false" in publish(desk)
    edit(desk, "title_en: Welfare funds\n", "")
    shown = publish(desk)
    assert "title_en: Welfare funds → –" in shown
    assert not [word for word in ("None", "False", "{'", "['") if word in shown]
