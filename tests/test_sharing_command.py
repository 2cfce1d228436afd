"""`saphan share` and `saphan register sharing`: agreed, approved, told once, used, ended, in the register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from publishing import CLOSED, CLOSED_ABOUT
from sharing_ground import AGENCY, FIELDS, PEOPLE, day
from test_docs_json import documented, printed

import cli
from catalog.actions.accounts import token_hash
from catalog.journal import Journal
from catalog.portal.local import LocalPortal
from catalog.store import shares
from catalog.store.database import open_database, reading
from metadata import clock
from metadata.workspace import Workspace

NAME = "members"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A desk whose closed dataset has a table in our own catalog."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / NAME).mkdir()
    (folder / "workspace.yaml").write_text("agency: {name: dept-a, title: กรมตัวอย่าง}\napprovals: none\n", "utf-8")
    text = CLOSED.format(name=NAME, about=CLOSED_ABOUT)
    (folder / NAME / "datapackage.yaml").write_text(text, encoding="utf-8")
    run(folder, "publish", "--yes")
    workspace = Workspace.open(folder)
    with LocalPortal(database_url=workspace.database_url, files=workspace.state / "files") as portal:
        made = portal.call_action(
            "resource_create", {"package_id": NAME, "name": "members", "url": "http://x.example"}
        )
        table = {"resource_id": made["id"], "fields": FIELDS, "records": PEOPLE, "force": True}
        portal.call_action("datastore_create", table)
    yield folder


def run(folder: Path, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(cli.cli, [*words, "--json", "--lang", "th", "--workspace", str(folder)])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout_bytes)


def share(folder: Path, *words: str, code: int = 0) -> Any:
    terms = ("--with", AGENCY, "--mou", "MOU 12/2569", "--reason", "จัดสวัสดิการ", "--expires", day(30))
    who = ("--as", "ผู้อำนวยการ", "--column", "income", "--column", "province", "--where", "province=น่าน")
    return run(folder, "share", NAME, *terms, *who, *words, code=code)


def test_a_share_is_agreed_approved_used_and_ended(desk: Path, tmp_path: Path) -> None:
    made = share(desk)
    told, token = made["share"], made["share"]["token"]
    page = documented("share")
    assert printed([made], page) == page
    assert (told["agency"], told["state"], told["approved_by"]) == (AGENCY, "running", "ผู้อำนวยการ")
    (table,) = told["tables"]
    assert (table["columns"], table["rows"]) == (["income", "province"], {"province": ["น่าน"]})
    workspace = Workspace.open(desk)
    engine = open_database(workspace.database_url)
    with reading(engine) as connection:
        assert shares.running(connection, token_hash(token))
    decision = workspace.dataset(NAME).decisions[-1]
    assert (decision.kind, decision.role, decision.rest["share"]) == ("sharing", "owner", told["id"])
    bodies = [one.body for one in Journal(engine, actor="test").entries(kind="decision")]
    journal = json.dumps(bodies, ensure_ascii=False)
    written = (desk / NAME / "decisions.yaml").read_text("utf-8")
    for text in (journal, written):
        assert told["id"] in text
        assert token not in text
        assert "น่าน" not in text
    ended = run(desk, "share", NAME, "--end", told["id"], "--as", "ผู้อำนวยการ")
    assert (ended["share"]["state"], ended["share"]["token"]) == ("ended", None)
    with reading(engine) as connection:
        assert shares.running(connection, token_hash(token)) is None
    engine.dispose()
    again = run(desk, "share", NAME, "--end", told["id"], "--as", "ผู้อำนวยการ", code=2)
    assert again["error"]["kind"] == "share-unknown"
    register = run(desk, "register", "sharing", "--out", str(tmp_path / "shared.csv"))
    page = documented("register sharing")
    assert printed([register], page) == page
    assert {one["state"] for one in register["shares"]} == {"ended"}
    head, line = (tmp_path / "shared.csv").read_text("utf-8-sig").splitlines()[:2]
    assert "หน่วยงานผู้รับข้อมูล / Recipient agency" in head
    assert AGENCY in line
    approved = clock.day(str(decision.at), "th")  # a day in Thailand, in its era
    assert f"ผู้อำนวยการ ({approved})" in line and clock.day(told["ends"], "th") in line
    assert '"income, province"' in line  # the only table needs no name


def test_a_backup_that_knows_a_share_as_running_does_not_bring_it_back(desk: Path, tmp_path: Path) -> None:
    made = share(desk)["share"]
    run(desk, "backup", str(tmp_path / "all.zip"))
    run(desk, "share", NAME, "--end", made["id"], "--as", "ผู้อำนวยการ")
    run(desk, "restore", str(tmp_path / "all.zip"), "--yes")
    states = {one["id"]: one["state"] for one in run(desk, "register", "sharing")["shares"]}
    assert states[made["id"]] == "ended"


@pytest.mark.parametrize(
    ("slip", "kind"), [(("--role", "steward"), "decision-role"), (("--column", "salary"), "share-column")]
)
def test_what_the_owner_could_not_approve_is_not_shared(desk: Path, slip: tuple[str, str], kind: str) -> None:
    before = run(desk, "register", "sharing")["shares"]
    decided = len(Workspace.open(desk).dataset(NAME).decisions)
    assert share(desk, *slip, code=2)["error"]["kind"] == kind
    assert run(desk, "register", "sharing")["shares"] == before
    assert len(Workspace.open(desk).dataset(NAME).decisions) == decided
