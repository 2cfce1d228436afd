"""Two editions of the standard beside each other: what came, what went, what is asked otherwise."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

import cli
from metadata import editions
from metadata.standard import Standard

OLD = {
    "scheming_version": 2,
    "dataset_type": "dataset",
    "dataset_fields": [
        {"field_name": "title", "label": {"th": "ชื่อ", "en": "Title"}, "required": True},
        {"field_name": "notes", "label": {"th": "รายละเอียด", "en": "Notes"}},
        {"field_name": "gone", "label": {"th": "เลิกใช้", "en": "Gone"}},
        {
            "field_name": "level",
            "label": {"th": "ระดับ", "en": "Level"},
            "choices": [{"value": "1"}, {"value": "2"}],
        },
        {"field_name": "same", "label": {"th": "เดิม", "en": "Same"}},
    ],
    "resource_fields": [{"field_name": "url", "label": {"th": "ที่อยู่", "en": "URL"}}],
}
NEW = {
    **OLD,
    "dataset_fields": [
        {"field_name": "title", "label": {"th": "ชื่อชุดข้อมูล", "en": "Title"}, "required": True},
        {"field_name": "notes", "label": {"th": "รายละเอียด", "en": "Notes"}, "required": True},
        {
            "field_name": "level",
            "label": {"th": "ระดับ", "en": "Level"},
            "choices": [{"value": "2"}, {"value": "3", "label": {"th": "สาม", "en": "three"}}],
        },
        {"field_name": "same", "label": {"th": "เดิม", "en": "Same"}},
        {"field_name": "came", "label": {"th": "ใหม่", "en": "Came"}, "required": True},
    ],
    "resource_fields": [{"field_name": "url", "label": {"th": "ที่อยู่", "en": "URL"}, "required": True}],
}


def told() -> dict[str, dict[str, object]]:
    made = editions.to_json(Standard.from_scheming(OLD, "old"), Standard.from_scheming(NEW, "new"))
    return {kind: {one["field"]: one for one in made[kind]} for kind in ("added", "removed", "changed")}


def test_terms_that_came_and_went() -> None:
    found = told()
    assert set(found["added"]) == {"came"} and set(found["removed"]) == {"gone"}
    assert found["added"]["came"] == {
        "field": "came",
        "label": {"th": "ใหม่", "en": "Came"},
        "resource": False,
        "required": True,
    }


def test_terms_that_are_asked_otherwise() -> None:
    changed = {name: one["changes"] for name, one in told()["changed"].items()}  # type: ignore[index]
    assert changed == {
        "title": {
            "label": {
                "from": {"th": "ชื่อ", "en": "Title"},
                "to": {"th": "ชื่อชุดข้อมูล", "en": "Title"},
            }
        },
        "notes": {"required": {"from": False, "to": True}},
        "level": {
            "choices": {
                "added": [{"value": "3", "th": "สาม", "en": "three"}],
                "removed": [{"value": "1", "th": "1", "en": "1"}],
            }
        },
        "url": {"required": {"from": False, "to": True}},
    }


def test_an_edition_does_not_differ_from_itself() -> None:
    one = Standard.load("gdc-2.2.4")
    assert editions.differences(one, one) == ()


def test_there_and_back_is_the_same_the_other_way_round() -> None:
    old, new = Standard.load("gdc-2.1.0"), Standard.load("gdc-2.2.4")
    there, back = editions.to_json(old, new), editions.to_json(new, old)
    assert [one["field"] for one in there["added"]] == [one["field"] for one in back["removed"]]
    assert {one["field"] for one in there["changed"]} == {one["field"] for one in back["changed"]}
    assert there["changed"] and there["added"]


def test_the_command_compares_editions_and_files(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps(NEW), encoding="utf-8")
    runner = CliRunner()
    done = runner.invoke(cli.cli, ["standards", "--diff", "gdc-2.1.0", str(tmp_path / "own.json"), "--json"])
    assert done.exit_code == 0
    assert "came" in [one["field"] for one in json.loads(done.stdout)["added"]]
    done = runner.invoke(cli.cli, ["standards", "--diff", "gdc-2.1.0", "gdc-2.2.4", "--lang", "th"])
    assert "maintainer: ชื่อเปลี่ยนจาก ชื่อผู้ติดต่อ เป็น ชื่อฝ่ายงานสำหรับติดต่อ" in done.stdout
    done = runner.invoke(cli.cli, ["standards", "--diff", "gdc-2.1.0", "gdc-2.1.0", "--lang", "en"])
    assert done.stdout == "The two editions do not differ.\n"
    done = runner.invoke(cli.cli, ["standards", "--diff", "gdc-2.1.0", "gdc-9", "--lang", "en"])
    assert done.exit_code == 2 and "gdc-9" in done.stderr
