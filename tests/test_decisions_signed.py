"""Who signs: by log-in where people have accounts; and waivers, rulings and disclosures as they are typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from publishing import FUNDS, small_desk
from sqlalchemy import select

import cli
from catalog.decisions.signing import Office, signer
from catalog.store.database import open_database, reading
from catalog.store.tables import users
from commands.opened import local_portal
from commands.signing import signed
from metadata import clock
from metadata.errors import SetupError
from metadata.workspace import Workspace, user

pytestmark = pytest.mark.workers

NAME = "funds-desk"
PASSWORD = "สะพานข้ามน้ำ-2569"
PEOPLE = {"somying": "admin", "somchai": "editor", "wichai": "member", "nobody": None}
WRONG = FUNDS.replace(",20,", ",2O,")
SECOND = ("--second", "สมชาย", "--second-role", "dpo")
WAIVE = ("waive", NAME, "--rule", "type-error", "--reason", "ต้นทางแก้ไม่ได้")


class Ground:
    """A desk, and its commands with what is typed and the environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, *words: str, typed: str = "", env: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        line = [*words, "--json", "--quiet", "--workspace", str(self.folder), "--lang", "th"]
        done = CliRunner().invoke(cli.cli, line, input=typed, env=env, catch_exceptions=False)
        return done.exit_code, json.loads(done.stdout)

    def refused(self) -> list[str]:
        _, told = self.run("plan")
        return [found["rule"] for one in told["refused"] for found in one["findings"]]

    def last(self) -> dict[str, Any]:
        one = Workspace.open(self.folder).dataset(NAME).decisions[-1]
        return {"by": one.by, "role": one.role, **one.rest}

    def source(self, text: str) -> None:
        (self.folder / NAME / "source/funds.csv").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk that is built, with the accounts of four people."""
    folder = tmp_path_factory.mktemp("signed")
    settings = "portal: {dpo: {email: wichai@agency.example}}\n"
    ground = Ground(small_desk(folder, NAME, settings=settings))
    ground.run("build")
    with local_portal(Workspace.open(folder)) as portal:
        portal.call_action("organization_create", {"name": "agency", "title": "หน่วยงาน"})
        for name, role in PEOPLE.items():
            person = {
                "name": name,
                "email": f"{name}@agency.example",
                "password": PASSWORD,
                "fullname": f"คุณ{name}",
            }
            portal.call_action("user_create", person)
            if role:
                member = {"id": "agency", "username": name, "role": role}
                portal.call_action("organization_member_create", member)
    return folder


@pytest.fixture
def people(built: Path, tmp_path: Path) -> Ground:
    return Ground(Path(shutil.copytree(built, tmp_path / "desk")))


@pytest.fixture
def alone(tmp_path: Path) -> Ground:
    return Ground(small_desk(tmp_path, NAME))


def test_with_accounts_only_who_logs_in_signs(people: Ground) -> None:
    for typed in ("", "wrong\n"):
        code, told = people.run("approve", NAME, "--as", "somying", typed=typed)
        assert (code, told["error"]["kind"]) == (2, "sign-login")
    assert people.run("approve", NAME, "--as", "คนอื่น", typed=PASSWORD + "\n")[1]["error"]["kind"] == "sign-login"
    assert not (people.folder / NAME / "decisions.yaml").exists()
    with Workspace.open(people.folder).lock():  # nobody waits for who types a password
        assert people.run("approve", NAME, "--as", "somying", typed="wrong\n")[1]["error"]["kind"] == "sign-login"
        assert people.run("approve", NAME, "--as", "somying", typed=PASSWORD + "\n")[0] == 5
    assert people.run("approve", NAME, "--as", "somying", typed=PASSWORD + "\n")[0] == 0
    said = people.last()
    assert (said["by"], said["account"]) == ("คุณsomying", "somying")
    assert "declared_by" not in said
    assert people.refused() == []


def test_what_is_signed_is_what_stood_there_as_the_password_was_asked_for(
    alone: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone.run("build")

    def typing(*asked: Any) -> dict[str, Any]:
        alone.source(FUNDS.replace(",20,", ",21,"))
        assert alone.run("build")[0] == 0
        return signed(*asked)

    monkeypatch.setattr("commands.deciding.signed", typing)
    assert alone.run("approve", NAME, "--as", "สมหญิง")[1]["error"]["kind"] == "changed-meanwhile"
    assert not (alone.folder / NAME / "decisions.yaml").exists()


def test_a_role_is_one_that_the_organisation_gives(built: Path) -> None:
    office = Office(organization="agency", dpo="wichai@agency.example")
    engine = open_database(Workspace.open(built).database_url)
    with reading(engine) as connection:
        ids = {row.name: row.id for row in connection.execute(select(users))}
    expected = {
        ("somchai", "steward"): True,
        ("somying", "steward"): True,
        ("somchai", "owner"): False,
        ("wichai", "dpo"): True,
        ("somying", "dpo"): False,  # an administrator, but not the officer that workspace.yaml names
        ("wichai", "committee"): False,
        ("nobody", "steward"): False,
    }
    for (name, role), may in expected.items():
        if may:
            assert signer(engine, ids[name], role, office) == {"by": f"คุณ{name}", "account": name}
        else:
            with pytest.raises(SetupError, match="sign-role"):
                signer(engine, ids[name], role, office)
    with pytest.raises(SetupError, match="sign-role"):
        signer(engine, ids["somying"], "owner", Office(organization="another"))
    assert signer(engine, ids["wichai"], "dpo", Office(organization="agency"))["account"] == "wichai"
    engine.dispose()


def test_a_token_signs_for_its_own_account_alone(people: Ground) -> None:
    with local_portal(Workspace.open(people.folder)) as portal:
        made = {"user": "somying", "name": "ลงนาม"}
        token = portal.call_action("api_token_create", made)["token"]
        reads = portal.call_action("api_token_create", {**made, "name": "อ่าน", "scope": "read"})["token"]
    for name, given in (("somchai", token), ("somying", reads), ("somying", "x" * 43)):
        code, told = people.run("approve", NAME, "--as", name, env={"SAPHAN_TOKEN": given})
        assert (code, told["error"]["kind"]) == (2, "sign-login")
    assert people.run("approve", NAME, "--as", "somying", env={"SAPHAN_TOKEN": token})[0] == 0
    assert token not in (people.folder / NAME / "decisions.yaml").read_text("utf-8")


def test_where_people_log_in_a_line_by_hand_lets_nothing_out(people: Ground) -> None:
    path = people.folder / NAME / "decisions.yaml"
    report = json.loads((people.folder / NAME / "release/report.json").read_text("utf-8"))
    line = {"kind": "approval", "by": "คุณsomying", "role": "owner", "account": "somying", "at": clock.stamp()}
    path.write_text(json.dumps([{**line, "release": report["release"]}]), "utf-8")
    assert people.refused() == ["approval-missing"]
    path.unlink()
    assert people.run("approve", NAME, "--as", "somying", typed=PASSWORD + "\n")[0] == 0
    assert people.refused() == []
    signed = path.read_text("utf-8")
    path.write_text(signed.replace("คุณsomying", "คุณอื่น"), "utf-8")
    assert people.refused() == ["approval-missing"]
    path.write_text(signed, "utf-8")
    assert people.refused() == []


def test_a_waiver_takes_both_log_ins(people: Ground) -> None:
    people.source(WRONG)
    people.run("build")
    both = (*WAIVE, "--as", "somying", "--second", "wichai")
    assert people.run(*both, typed=f"{PASSWORD}\nwrong\n")[1]["error"]["kind"] == "sign-login"
    assert people.run(*both, typed=f"{PASSWORD}\n{PASSWORD}\n")[0] == 0
    assert people.last()["second"] == {"role": "dpo", "by": "คุณwichai", "account": "wichai"}
    assert people.refused() == ["approval-missing"]


# ---------------------------------------------------------------- without accounts


def test_a_waived_error_goes_out_and_stays_in_the_report(alone: Ground) -> None:
    alone.source(WRONG)
    alone.run("build")
    assert alone.run("approve", NAME, "--as", "สมหญิง")[1]["error"]["kind"] == "approve-errors"
    assert alone.refused() == ["type-error"]
    for slip in (("--second", "สมหญิง"), ("--second", "สมชาย", "--second-role", "owner"), ("--second", user())):
        told = alone.run(*WAIVE, "--as", "สมหญิง", *slip)[1]
        assert told["error"]["kind"] == "waive-alone", slip
    assert alone.run(*WAIVE, "--as", "สมหญิง", *SECOND)[0] == 0
    assert alone.run("approve", NAME, "--as", "สมหญิง")[0] == 0
    code, told = alone.run("push", "--yes")
    assert (code, told["refused"]) == (0, [])
    report = json.loads((alone.folder / NAME / "release/report.json").read_text("utf-8"))
    assert "type-error" in {found["rule"] for found in report["findings"]} and not report["passed"]
    alone.source(WRONG.replace("2O", "3O"))
    alone.run("build")
    assert alone.refused() == ["type-error"]


def test_a_standing_waiver_covers_no_more_cells_than_it_was_given_for(alone: Ground) -> None:
    rows = [f"บ้าน{row},{row}0,1.50,๑๕ ม.ค. ๒๕๖๗\n" for row in range(1, 12)]
    head = "กองทุน,สมาชิก,เงิน,ตั้ง\n"

    def week(*wrong: int) -> None:
        lines = [line.replace(f",{row}0,", ",1O,") if row in wrong else line for row, line in enumerate(rows, 1)]
        alone.source(head + "".join(lines))
        alone.run("build")

    week(3)
    assert alone.run(*WAIVE, "--standing", "--as", "สมหญิง", *SECOND)[0] == 0
    week(5)
    assert alone.refused() == ["approval-missing"]
    week(5, 7)
    assert set(alone.refused()) == {"type-error"}


def test_a_refusal_keeps_it_in_and_names_a_ground_of_the_act(alone: Ground) -> None:
    alone.run("build")
    alone.run("approve", NAME, "--as", "สมหญิง")
    refuse = ("refuse", NAME, "--as", "สมหญิง", "--reason", "ความเห็นภายใน", "--ground")
    assert alone.run(*refuse, "whim")[1]["error"]["kind"] == "refusal-ground"
    assert alone.run(*refuse, "not-held")[1]["error"]["kind"] == "refusal-ground"
    assert alone.run(*refuse, "opinion", "--resource", "funds", "--column", "money")[0] == 0
    assert alone.refused() == ["refusal-stands"]
    assert alone.run("approve", NAME, "--as", "สมหญิง")[0] == 0
    assert alone.refused() == []
    assert alone.run(*refuse, "royal")[0] == 0
    assert alone.run("approve", NAME, "--as", "สมหญิง")[0] == 0
    assert alone.refused() == ["refusal-sealed"]
    (alone.folder / NAME / "decisions.yaml").unlink()  # the journal has it all the same
    assert alone.run("approve", NAME, "--as", "สมหญิง")[0] == 0
    assert alone.refused() == ["refusal-sealed"]


def test_the_paper_is_recorded(alone: Ground) -> None:
    alone.run("build")
    paper = ("--order", "คำสั่งที่ 1/2569", "--letter-no", "สต 0001/9", "--letter-date", "21/11/2569")
    assert alone.run("approve", NAME, "--as", "สมหญิง", *paper, "--resolution", "ครั้งที่ 3/2569")[0] == 0
    said = alone.last()
    assert (said["order"], said["letter_no"], said["letter_date"]) == ("คำสั่งที่ 1/2569", "สต 0001/9", "2026-11-21")
    assert (said["resolution"], said["declared_by"]) == ("ครั้งที่ 3/2569", user())
    told = alone.run("approve", NAME, "--as", "สมหญิง", "--letter-date", "วันศุกร์")[1]
    assert told["error"]["kind"] == "day-form"


def test_status_says_where_a_release_stands(alone: Ground) -> None:
    def stands() -> tuple[str | None, str]:
        shown = CliRunner().invoke(cli.cli, ["status", "--workspace", str(alone.folder), "--lang", "th"])
        return alone.run("status")[1]["datasets"][0]["approval"], shown.stdout

    assert stands()[0] is None
    alone.run("build")
    assert stands()[0] == "review" and "รอพิจารณา" in stands()[1]
    alone.run("approve", NAME, "--role", "steward", "--as", "สมชาย")
    assert stands()[0] == "certified" and "รับรอง" in stands()[1]
    alone.run("approve", NAME, "--as", "สมหญิง")
    assert stands()[0] == "approved"
    alone.source(WRONG)
    alone.run("build")
    assert stands()[0] == "draft"


# ---------------------------------------------------------------- personal data that are none, or that a law opens

MOBILE = "08" + "1234" + "5678"
KEY = {"SAPHAN_KEY": "k" * 32}
PHONES = ("--rule", "personal-phone", "--resource", "funds", "--column", "fund")


def phones(*rows: int) -> str:
    names = [f"บ้านที่ {row}" if row not in rows else f"บ้านที่ {row} โทร {MOBILE}" for row in range(1, 9)]
    return "กองทุน,สมาชิก,เงิน,ตั้ง\n" + "".join(f"{name},20,1.50,๑๕ ม.ค. ๒๕๖๗\n" for name in names)


def test_cells_that_only_look_personal_go_out_until_they_change(alone: Ground) -> None:
    alone.source(phones(2))
    alone.run("build")
    assert set(alone.refused()) == {"personal-phone", "personal-phone-count"}
    ruling = ("waive", NAME, *PHONES, "--not-personal", "--reason", "เบอร์กลาง", "--as", "สมหญิง", "--role", "dpo")
    assert alone.run(*ruling)[1]["error"]["kind"] == "secret-key-missing"
    assert alone.run(*ruling, env=KEY)[0] == 0
    said = (alone.folder / NAME / "decisions.yaml").read_text("utf-8")
    assert MOBILE not in said and len(alone.last()["cells"]) == 1
    _, told = alone.run("plan", env=KEY)
    assert [one["rule"] for one in told["refused"][0]["findings"]] == ["approval-missing"]
    assert alone.refused() == ["secret-key-missing"]  # who cannot know the cell again lets nothing out
    alone.source(phones(2).replace("1.50", "2.50").replace("บ้านที่ 1,", "บ้านแรก,"))
    alone.run("build")
    _, told = alone.run("plan", env=KEY)
    assert [one["rule"] for one in told["refused"][0]["findings"]] == ["approval-missing"]
    alone.source(phones(2, 5))
    alone.run("build")
    _, told = alone.run("plan", env=KEY)
    assert {one["rule"] for one in told["refused"][0]["findings"]} == {"personal-phone", "personal-phone-count"}


def test_a_law_that_opens_a_column_is_named(alone: Ground) -> None:
    alone.source(phones(2))
    alone.run("build")
    law = ("waive", NAME, *PHONES, "--reason", "ผู้ดำรงตำแหน่ง", "--as", "สมหญิง")
    assert (
        CliRunner().invoke(cli.cli, [*law, "--lawful", "มาตรา 7", "--workspace", str(alone.folder)]).exit_code == 2
    )
    assert alone.run(*law, "--lawful", "มาตรา 7", "--basis", "ผู้บริหารของหน่วยงาน")[0] == 0
    assert alone.refused() == ["approval-missing"]
    assert (alone.last()["clause"], alone.last()["basis"]) == ("มาตรา 7", "ผู้บริหารของหน่วยงาน")


def test_a_national_id_is_waived_by_nobody(alone: Ground) -> None:
    digits = "110120022333"
    check = (11 - sum(int(digit) * (13 - at) for at, digit in enumerate(digits)) % 11) % 10
    alone.source(phones(2).replace(MOBILE, f"{digits}{check}"))
    alone.run("build")
    rule = ("waive", NAME, "--rule", "personal-national-id", "--reason", "ลอง", "--as", "สมหญิง")
    roads = (SECOND, (*SECOND, "--standing"), ("--not-personal",), ("--lawful", "มาตรา 7", "--basis", "ลอง"))
    for road in roads:
        assert alone.run(*rule, *road, env=KEY)[1]["error"]["kind"] == "waive-never", road
    assert alone.run("approve", NAME, "--as", "สมหญิง")[1]["error"]["kind"] == "approve-errors"
    assert not (alone.folder / NAME / "decisions.yaml").exists()
