"""The memo that asks for signatures: what it lists, what it binds, and that it decides nothing."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from publishing import small_desk
from stdnum.th import pin

import cli
from metadata import clock
from metadata.workspace import Workspace

NAMES = ("funds-one", "funds-two")


def saphan(desk: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.cli, [*words, "--workspace", str(desk), "--lang", "th"], catch_exceptions=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = tmp_path_factory.mktemp("letter") / "desk"
    for name in NAMES:
        small_desk(desk, name)
    saphan(desk, "build")
    return desk


@pytest.fixture
def desk(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "desk"))


def releases(desk: Path) -> dict[str, str]:
    read = ((name, desk / name / "release" / "report.json") for name in NAMES)
    return {name: json.loads(path.read_text(encoding="utf-8"))["release"] for name, path in read}


def test_it_lists_each_dataset_with_its_class_and_the_hash_that_is_signed(desk: Path) -> None:
    told = saphan(desk, "approve", *NAMES, "--letter", str(desk / "memo.html"), "--json")
    assert told.exit_code == 0, told.output
    memo = (desk / "memo.html").read_text(encoding="utf-8")
    for name, release in releases(desk).items():
        assert f"<code>{name}</code>" in memo
        assert release.removeprefix("sha256:")[:12] in memo
    for said in ("บันทึกข้อความ", "หน่วยงานทดสอบ", "เปิดเผย", "ตำแหน่ง", "เจ้าของข้อมูล", "จำนวน 2 ชุด", "<svg"):
        assert said in memo
    seal = json.loads(told.stdout)["seal"]
    assert seal.removeprefix("sha256:")[:12] in memo


def test_it_decides_nothing(desk: Path) -> None:
    saphan(desk, "approve", *NAMES, "--letter", str(desk / "memo.html"))
    assert all(not Workspace.open(desk).dataset(name).decisions for name in NAMES)
    assert saphan(desk, "push", "--yes", "--json").exit_code == 1


def test_only_what_lacks_a_signature_is_asked_for(desk: Path) -> None:
    assert saphan(desk, "approve", NAMES[0], "--as", "สมหญิง ตัวอย่าง").exit_code == 0
    saphan(desk, "approve", *NAMES, "--letter", str(desk / "memo.html"))
    memo = (desk / "memo.html").read_text(encoding="utf-8")
    assert f"<code>{NAMES[1]}</code>" in memo
    assert f"<code>{NAMES[0]}</code>" not in memo
    signed = saphan(desk, "approve", NAMES[0], "--letter", str(desk / "none.html"), "--json")
    assert (signed.exit_code, json.loads(signed.stdout)["error"]["kind"]) == (2, "letter-nothing")
    assert not (desk / "none.html").exists()


def test_nobody_is_asked_to_sign_an_error(desk: Path) -> None:
    source = desk / NAMES[0] / "source" / "funds.csv"
    number = "110120022333" + pin.calc_check_digit("110120022333")
    source.write_text(source.read_text(encoding="utf-8").replace("บ้านใต้", f"บ้านใต้ {number}"), encoding="utf-8")
    saphan(desk, "build")
    told = saphan(desk, "approve", *NAMES, "--letter", str(desk / "memo.html"), "--json")
    assert (told.exit_code, json.loads(told.stdout)["error"]["kind"]) == (2, "approve-errors")


def test_another_release_makes_another_memo(desk: Path) -> None:
    def seal() -> str:
        told = saphan(desk, "approve", *NAMES, "--letter", str(desk / "memo.html"), "--json")
        return str(json.loads(told.stdout)["seal"])

    first = seal()
    assert seal() == first
    source = desk / NAMES[0] / "source" / "funds.csv"
    source.write_text(source.read_text(encoding="utf-8").replace("1", "2", 1), encoding="utf-8")
    saphan(desk, "build")
    assert seal() != first


def test_it_stands_alone_and_speaks_english_too(desk: Path) -> None:
    words = ["approve", NAMES[0], "--letter", str(desk / "memo.html"), "--workspace", str(desk), "--lang", "en"]
    CliRunner().invoke(cli.cli, words, catch_exceptions=False)
    memo = (desk / "memo.html").read_text(encoding="utf-8")
    assert "Memorandum" in memo and "data owner" in memo
    assert not re.search(r"(?:src|href)=|url\(|>letter-", memo)


def test_a_memo_for_a_standing_approval_names_its_limits_and_the_command_that_records_them(desk: Path) -> None:
    limits = ("--standing", "--limit", "rows=30", "--expires", "2027-06-30")
    saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.html"), *limits)
    memo = (desk / "memo.html").read_text(encoding="utf-8")
    for said in ("ไม่เกินร้อยละ 30", "ไม่เกิน 5 จุดร้อยละ", "ใช้ได้ถึงวันที่ 30/6/2570"):
        assert said in memo
    assert f"saphan approve {NAMES[0]} --standing --limit rows=30 --expires 2027-06-30 --role owner" in memo
    saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.html"))
    assert "--standing" not in (desk / "memo.html").read_text(encoding="utf-8")


def test_the_steward_certifies_and_the_owner_approves(desk: Path) -> None:
    with (desk / "workspace.yaml").open("a", encoding="utf-8") as settings:
        settings.write("signatures: {open: [steward]}\n")
    saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.html"), "--standing")
    memo = (desk / "memo.html").read_text(encoding="utf-8")
    assert "ไม่รับรอง เพราะ" in memo and "ไม่อนุมัติ เพราะ" in memo
    assert f"saphan approve {NAMES[0]} --role steward" in memo  # of this release: nobody certifies those to come
    assert f"saphan approve {NAMES[0]} --standing --role owner" in memo


@pytest.mark.workers  # it takes long
def test_what_outgrew_a_standing_approval_is_named(desk: Path) -> None:
    saphan(desk, "approve", NAMES[0], "--as", "สมหญิง ตัวอย่าง", "--standing")
    recipe = desk / NAMES[0] / "recipe.yaml"
    recipe.write_text(recipe.read_text(encoding="utf-8") + "# another recipe\n", encoding="utf-8")
    saphan(desk, "build", NAMES[0])
    saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.html"), "--standing")
    assert "อนุมัติต่อเนื่องไม่ครอบคลุมชุดเผยแพร่" in (desk / "memo.html").read_text(encoding="utf-8")


def test_a_memo_is_signed_by_who_submits_it_in_a_month_of_the_buddhist_era(desk: Path) -> None:
    with clock.frozen(datetime(2026, 11, 30, 18, tzinfo=UTC)):  # the first of December in Thailand
        saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.html"))
    memo = (desk / "memo.html").read_text(encoding="utf-8")
    assert "ธันวาคม 2569" in memo
    assert memo.count("ลงชื่อ") == 2 and "ผู้เสนอ" in memo


def test_each_kind_of_thing_found_is_told_for_itself(desk: Path) -> None:
    report = desk / NAMES[0] / "release" / "report.json"
    document = json.loads(report.read_text(encoding="utf-8"))
    part = {"file": "source/a.xlsx", "part": "hidden-sheet", "masked": "xxx", "count": 30}
    document["findings"] = [
        {"rule": "personal-in-source", "severity": "warning", "at": {"dataset": NAMES[0]}, "values": values}
        for values in ({**part, "entity": "person-name"}, {**part, "entity": "phone"})
    ]
    report.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.html"))
    memo = (desk / "memo.html").read_text(encoding="utf-8")
    assert "ชื่อบุคคล" in memo and "หมายเลขโทรศัพท์" in memo


def test_a_pdf_is_made_where_the_name_asks_for_one(desk: Path) -> None:
    pytest.importorskip("weasyprint")
    saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.pdf"))
    assert (desk / "memo.pdf").read_bytes().startswith(b"%PDF")


def test_bad_names_and_places_are_said(desk: Path) -> None:
    assert saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.docx")).exit_code == 2
    nowhere = saphan(desk, "approve", NAMES[0], "--letter", str(desk / "gone" / "memo.html"), "--json")
    assert (nowhere.exit_code, json.loads(nowhere.stdout)["error"]["kind"]) == (5, "output-unwritable")
    assert saphan(desk, "approve", NAMES[0]).exit_code == 2  # who decides?
    shutil.rmtree(desk / NAMES[0] / "release")
    assert saphan(desk, "approve", NAMES[0], "--letter", str(desk / "memo.html")).exit_code == 2
