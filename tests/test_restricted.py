"""A restricted dataset (`access: restricted`): its table goes, private, into our own catalog, to be shared, and
nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from personal_values import bare_id, seeded
from publishing import CLOSED, CLOSED_ABOUT
from sharing_ground import AGENCY, day

import cli
from catalog.actions.context import ANYONE
from catalog.plan import plan
from catalog.portal.local import LocalPortal
from catalog.sharing.view import answer
from catalog.store import shares
from catalog.store.database import reading
from metadata.errors import PortalError
from metadata.workspace import Workspace

NAME = "members"
RESOURCES = """\
access: restricted
resources:
  - name: members
    title: ทะเบียนสมาชิก
    path: release/members.csv
    schema:
      fields:
        - {name: citizen, title: เลขประจำตัวประชาชน, type: string}
        - {name: province, title: จังหวัด, type: string}
        - {name: income, title: รายได้, type: integer}
"""
RECIPE = "resources:\n  members:\n    reads: {path: source/members.csv}\n    steps:\n      - trim: {}\n"
LAWFUL = ("--lawful", "พ.ร.บ. การบริหารงานดิจิทัลฯ มาตรา 13", "--basis", "MOU 12/2569", "--reason", "จัดสวัสดิการ")
WHO = ("--as", "ผู้อำนวยการ")
NATIONAL = "personal-national-id"


def table(rows: int = 30) -> str:
    random = seeded("restricted")
    lines = [f"{bare_id(random)},{('น่าน', 'แพร่')[one % 2]},{100 * one}" for one in range(rows)]
    return "citizen,province,income\n" + "\n".join(lines) + "\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Path]:
    """A desk whose restricted dataset holds national IDs."""
    folder = tmp_path / "desk"
    (folder / NAME / "source").mkdir(parents=True)
    (folder / "workspace.yaml").write_text("agency: {name: dept-a, title: กรมตัวอย่าง}\napprovals: none\n", "utf-8")
    write(folder, "datapackage.yaml", CLOSED.format(name=NAME, about=CLOSED_ABOUT) + RESOURCES)
    write(folder, "recipe.yaml", RECIPE)
    write(folder, "source/members.csv", table())
    return folder


def write(folder: Path, file: str, text: str) -> None:
    (folder / NAME / file).write_text(text, encoding="utf-8")


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / NAME / file).read_text("utf-8")
    assert old in text
    write(folder, file, text.replace(old, new))


def run(folder: Path, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(cli.cli, [*words, "--json", "--lang", "th", "--workspace", str(folder)])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout_bytes)


def opened(folder: Path) -> LocalPortal:
    workspace = Workspace.open(folder)
    return LocalPortal(database_url=workspace.database_url, files=workspace.state / "files")


def shared(folder: Path) -> Any:
    terms = ("--with", AGENCY, "--mou", "MOU 12/2569", "--reason", "จัดสวัสดิการ", "--expires", day(30))
    return run(folder, "share", NAME, *terms, *WHO, "--column", "income", "--where", "province=น่าน")


def rules(done: Any) -> set[str]:
    return {found["rule"] for one in done["refused"] for found in one["findings"]}


def published(folder: Path) -> None:
    """Published under the law that lets the table be shared."""
    run(folder, "build", code=1)
    run(folder, "waive", NAME, "--rule", NATIONAL, *LAWFUL, *WHO)
    assert not run(folder, "publish", "--yes", code=1)["refused"]


def test_it_goes_out_private_under_a_lawful_basis_and_is_shared(desk: Path) -> None:
    done = run(desk, "publish", "--yes", code=1)
    assert NATIONAL in rules(done)
    assert "not-open" not in rules(done)
    published(desk)
    memo = desk / "memo.html"
    run(desk, "approve", NAME, "--letter", str(memo))
    assert "เฉพาะหน่วยงานที่ระบุชื่อ" in memo.read_text("utf-8")
    assert "อนุมัติให้เผยแพร่ต่อสาธารณะ" not in memo.read_text("utf-8")
    (told,) = run(desk, "status")["datasets"]
    assert (told["state"], told["findings"]) == ("private", 0)
    made = shared(desk)
    with opened(desk) as portal:
        with reading(portal.engine) as connection:
            (share,) = shares.listed(connection, NAME)
        (key,) = share.tables
        found = answer(portal, share, "datastore_search", {"resource_id": key}, portal.site)
        assert found["total"] == 15
        assert [set(row) for row in found["records"]] == [{"income"}] * 15
        portal.actor = ANYONE
        for action, data in (("package_show", {"id": NAME}), ("datastore_search", {"resource_id": key})):
            with pytest.raises(PortalError):
                portal.call_action(action, data)
        assert portal.call_action("package_search", {"q": "สมาชิก"})["count"] == 0
    assert made["share"]["state"] == "running"


@pytest.mark.workers
def test_a_recall_ends_its_shares_and_tells_which_agencies_may_hold_copies(desk: Path) -> None:
    published(desk)
    shared(desk)
    words = ("recall", NAME, "--reason", "แบ่งปันผิดชุด", "--yes", "--lang", "th", "--workspace", str(desk))
    sheet = CliRunner().invoke(cli.cli, words).stdout
    assert f"{AGENCY} (MOU 12/2569)" in sheet
    assert f"แบ่งปันชุดข้อมูล {NAME} ให้ {AGENCY}" in sheet
    assert "ต่อสาธารณะตั้งแต่ ไม่มีบันทึก" not in sheet
    (one,) = run(desk, "register", "sharing")["shares"]
    assert (one["state"], [table["rows"] for table in one["tables"]]) == ("ended", [{}])


def test_what_the_law_allows_towards_agencies_it_does_not_allow_towards_all(desk: Path) -> None:
    published(desk)
    edit(desk, "datapackage.yaml", "access: restricted\n", "")
    edit(desk, "datapackage.yaml", "'ข้อมูลส่วนบุคคล'", "'ข้อมูลสาธารณะ'")
    edit(desk, "datapackage.yaml", "'ลับ'", "'เปิดเผย'")
    edit(desk, "datapackage.yaml", "License not specified", "Open Data Common")
    done = run(desk, "publish", "--yes", code=1)
    assert NATIONAL in rules(done)
    assert "not-open" not in rules(done)
    run(desk, "waive", NAME, "--rule", NATIONAL, *LAWFUL, *WHO, code=2)
    with opened(desk) as portal:
        assert portal.call_action("package_show", {"id": NAME})["private"]


@pytest.mark.workers
def test_a_lawful_basis_covers_no_other_kind(desk: Path) -> None:
    published(desk)
    text = table().replace("income", "phone").replace(",100\n", ",081-234-5678\n")
    lines = [line.rsplit(",", 1)[0] + f",08123456{n:02}" for n, line in enumerate(text.splitlines()[1:])]
    write(desk, "source/members.csv", "citizen,province,phone\n" + "\n".join(lines) + "\n")
    edit(
        desk,
        "datapackage.yaml",
        "name: income, title: รายได้, type: integer",
        "name: phone, title: โทร, type: string",
    )
    assert "personal-phone" in rules(run(desk, "publish", "--yes", code=1))


@pytest.mark.workers
def test_the_access_is_one_that_is_known(desk: Path) -> None:
    edit(desk, "datapackage.yaml", "access: restricted", "access: secret")
    told = run(desk, "build", code=2)["error"]
    assert told["kind"] == "file-invalid"
    assert "restricted" in told["message"]


@pytest.mark.workers
def test_a_restricted_dataset_says_why_and_how_to_ask(desk: Path) -> None:
    edit(desk, "datapackage.yaml", "'closed_clause': 'พ.ร.บ. คุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562', ", "")
    (built,) = run(desk, "build", code=1)["datasets"]
    assert "closed-reason-missing" in {found["rule"] for found in built["findings"]}


def state(private: bool, content: str) -> dict[str, Any]:
    return {
        "package": {"name": "funds", "title": content, "private": private},
        "resources": [{"id": "r1", "name": "รายชื่อ", "hash": content}],
        "tables": {"r1": {"fields": [], "rows": 2, "hash": content}},
        "slugs": {"r1": "list"},
    }


def test_what_was_private_is_public_only_when_its_new_files_are_there() -> None:
    before, after = state(True, "old"), state(False, "new")
    changes = plan(after, before, before)
    actions = [(change.action, [one.field for one in change.fields]) for change in changes]
    assert actions == [
        ("package_patch", ["title"]),
        ("resource_patch", ["hash"]),
        ("datastore_create", ["hash"]),
        ("package_patch", ["private"]),
    ]
    back = plan(before, after, after)
    assert back[0].action == "package_patch"
    assert "private" in {one.field for one in back[0].fields}


def test_what_somebody_opened_there_is_private_again_before_anything_is_sent() -> None:
    wanted, there = state(True, "new"), state(False, "old")
    changes = plan(wanted, there, state(True, "old"))
    assert changes[0].action == "package_patch"
    assert ("private", False) in {(one.field, one.drift) for one in changes[0].fields}
