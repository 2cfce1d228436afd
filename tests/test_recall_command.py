"""`saphan recall` on a desk: asked for, carried out, resumed, told; and what it takes to publish again."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from publishing import small_desk
from recall_ground import found, packed

import cli
from catalog.journal import Journal, journal
from catalog.recall import begin, run
from catalog.store import recalls
from catalog.store.database import open_database, reading, writing
from commands import recalling
from metadata.errors import Unreachable

pytestmark = pytest.mark.workers

MARKER = "ยายมีใจดีเหลือเกิน"
NAME = "funds"
TITLE = f"กองทุนสวัสดิการชุมชน {NAME}"


def said(folder: Path, *words: str, code: int = 0) -> Result:
    """A command's whole answer."""
    done = CliRunner().invoke(cli.cli, [*words, "--workspace", str(folder), "--lang", "th"])
    assert done.exit_code == code, (done.output, done.stderr)
    return done


def told(folder: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """A command's document."""
    return dict(json.loads(said(folder, *words, "--json", code=code).stdout_bytes))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose dataset is published with what should not be there."""
    folder = small_desk(tmp_path_factory.mktemp("first") / "desk", NAME, settings="approvals: none\n")
    source = folder / NAME / "source" / "funds.csv"
    source.write_text(source.read_text(encoding="utf-8").replace("บ้านเหนือ", MARKER), encoding="utf-8")
    said(folder, "publish", "--yes")
    said(folder, "audit")
    assert found(folder / ".saphan", texts=[MARKER])
    assert any(TITLE in content for content in audited(folder))
    return folder


@pytest.fixture
def desk(published: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(published, tmp_path / "desk"))


def audited(folder: Path) -> list[str]:
    """What kept audits hold."""
    engine = open_database(f"sqlite:///{folder / '.saphan/catalog.sqlite'}")
    contents = list(packed(engine))
    engine.dispose()
    return contents


def national_id(first: str) -> str:
    """A number that its check digit makes one (python-stdnum's rule), of nobody that we know."""
    return first + str((11 - sum(int(digit) * (13 - place) for place, digit in enumerate(first)) % 11) % 10)


def clean(folder: Path) -> None:
    """The steward takes it out, and builds again."""
    source = folder / NAME / "source" / "funds.csv"
    source.write_text(source.read_text(encoding="utf-8").replace(MARKER, "บ้านเหนือ"), encoding="utf-8")
    said(folder, "build")


def test_a_leak_is_recalled_and_a_clean_release_follows_the_owners_approval(desk: Path, tmp_path: Path) -> None:
    built = told(desk, "build")["datasets"][0]["release"]
    page = tmp_path / "incident.html"
    words = ("--reason", "พบชื่อบุคคล", "--aware", "2569-11-01T09:30", "--incident", str(page), "--yes")
    made = told(desk, "recall", NAME, *words)
    assert (made["release"], made["kind"]) == (built, "incident")
    assert [(one["target"], bool(one["done"])) for one in made["targets"]] == [("local", True)]
    assert (made["hours"]["aware"][:16], made["hours"]["due"][:16]) == ("2026-11-01T02:30", "2026-11-04T02:30")
    assert found(desk / ".saphan", texts=[MARKER, TITLE, "เงินกองทุน"]) == []
    assert not any(TITLE in content for content in audited(desk))
    html = page.read_text(encoding="utf-8")
    assert built in html and "สคส." in html and "4/11/2569 เวลา 09:30 น." in html and "มาตรา 37 (4)" in html
    assert MARKER not in html
    # the same release, and the same again after a rebuild, go nowhere
    for words in (("push",), ("publish",)):
        refused = told(desk, *words, "--yes", code=1)
        assert (refused["writes"], refused["receipts"]) == (0, [])
        rules = [one["rule"] for one in refused["refused"][0]["findings"]]
        assert rules == ["recall-release"]
    assert f"ถอนแล้ว (เลขที่การถอน {made['recall']})" in said(desk, "build").output
    assert f"{NAME}: ถอนแล้ว (เลขที่การถอน {made['recall']})" in said(desk, "status").output
    same = ("approve", NAME, "--as", "เจ้าของ", "--recall", made["recall"])
    assert told(desk, *same, code=2)["error"]["kind"] == "recall-release"
    clean(desk)
    rules = [one["rule"] for one in told(desk, "push", "--yes", code=1)["refused"][0]["findings"]]
    assert rules == ["recall-dataset"]
    other = ("approve", NAME, "--as", "เจ้าของ", "--recall", "20000101T000000Z-0000")
    assert told(desk, *other, code=2)["error"]["kind"] == "recall-unknown"
    assert told(desk, "push", "--yes", code=1)["writes"] == 0
    said(desk, "approve", NAME, "--as", "เจ้าของ", "--recall", made["recall"])
    assert told(desk, "push", "--yes")["writes"] > 0
    assert told(desk, "push", "--yes")["writes"] == 0
    assert told(desk, "verify")["holds"] is True
    assert found(desk / ".saphan", texts=[MARKER]) == []


def test_a_sheet_that_cannot_be_kept_is_said_before_anything_is_done(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("recall", NAME, "--reason", "x", "--yes", "--incident")
    refused = told(desk, *words, str(desk / "nowhere" / "sheet.html"), code=5)
    assert refused["error"]["kind"] == "store-unwritable"
    assert not (desk / "decisions.yaml").exists()

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("catalog.paper.put", full)  # the disk is full by then: the recall is done, and said to be
    done = said(desk, *words, str(desk / "sheet.html"), code=5)
    assert "ถอน funds แล้ว" in done.stdout and "งานที่ทำเสร็จแล้วไม่หายไป" in done.stderr
    assert "kind: recall" in (desk / "decisions.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "2569-11-01T09:30",
        "1/11/2569 9.30 น.",
        "2026-11-01 09:30",
        "2026-11-01T02:30:00.000+00:00",
        "1/11/2026 09:30",
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str) -> None:
    context, option = click.Context(recalling.recall), recalling.recall.params[0]
    assert recalling.moment(context, option, text) == "2026-11-01T02:30:00.000+00:00"


def test_without_a_terminal_nothing_is_done_unless_asked_for(desk: Path) -> None:
    before = sorted(path for path in (desk / ".saphan").rglob("*"))
    assert "--yes" in said(desk, "recall", NAME, "--reason", "x", code=2).stderr
    assert sorted(path for path in (desk / ".saphan").rglob("*")) == before
    assert told(desk, "recall", "no-such", "--reason", "x", "--yes", code=2)["error"]["kind"] == "recall-nothing"
    person = f"ทะเบียนของ {national_id('110170020345')}"
    refused = said(desk, "recall", NAME, "--reason", person, "--yes", "--json", code=2)
    assert json.loads(refused.stdout_bytes)["error"]["kind"] == "recall-reason"
    assert person[-13:] not in refused.output + refused.stderr
    for wrong in (
        ("--release", "sha256:12"),
        ("--aware", "2600-01-01T00:00"),
        ("--aware", "soon"),
        ("--incident", "sheet.docx"),
    ):
        said(desk, "recall", NAME, "--reason", "x", *wrong, "--yes", code=2)
    assert not (desk / "decisions.yaml").exists()


def test_the_journal_keeps_hash_and_decision_and_no_word_of_it(desk: Path) -> None:
    made = told(desk, "recall", NAME, "--reason", "พบชื่อบุคคล", "--erasure", "คำขอ 7/2569", "--yes")
    assert (made["kind"], made["request"], made["hours"]) == ("erasure", "คำขอ 7/2569", None)
    engine = open_database(f"sqlite:///{desk / '.saphan/catalog.sqlite'}")
    log = Journal(engine, actor="test")
    (row,) = [one for one in log.entries(dataset=NAME) if one.body.get("kind") == "recall"]
    assert (row.body["release"], row.body["reason"]) == (made["release"], "พบชื่อบุคคล")
    assert row.body["erasure"] == "คำขอ 7/2569"
    whole = json.dumps([dict(one.body) for one in log.entries()], ensure_ascii=False)
    assert "กองทุนสวัสดิการชุมชน" not in whole
    assert log.broken() is None
    engine.dispose()
    line = (desk / "decisions.yaml").read_text(encoding="utf-8")
    assert made["recall"] in line and made["release"] in line and MARKER not in line


class Off:
    """A target that does not answer, until it does."""

    def __init__(self) -> None:
        self.answers = False

    @contextmanager
    def door(self, *_asked: Any) -> Iterator[Any]:
        if not self.answers:
            raise Unreachable("portal-unreachable", portal="far", action="status_show")
        yield Empty()


class Empty:
    """A portal that has nothing."""

    def call_action(self, name: str, _data: Any = None, _files: Any = None) -> Any:
        from metadata.errors import Refused

        if name == "status_show":
            return {"ckan_version": "2.11.0", "site_title": "x", "extensions": ["datastore"]}
        if name == "user_show":
            return {"name": "me", "sysadmin": True}
        raise Refused("portal-not-found", status=404)


def test_a_target_that_cannot_be_reached_stays_on_the_list_until_it_is_done(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(f"sqlite:///{desk / '.saphan/catalog.sqlite'}")
    from metadata.event import Event

    body = {"action": "package_create", "put": {"package": {}, "resources": []}}
    Journal(engine, actor="t").append(Event(kind="intent", dataset=NAME, target="far", body=body), run="r")
    engine.dispose()
    off = Off()
    monkeypatch.setattr(recalling, "portal_of", off.door)
    settings = (desk / "workspace.yaml").read_text(encoding="utf-8")
    (desk / "workspace.yaml").write_text(
        f"{settings}targets: {{far: {{url: http://far.example}}}}\n", encoding="utf-8"
    )
    made = told(desk, "recall", NAME, "--reason", "พบชื่อบุคคล", "--yes", code=4)
    state = {one["target"]: (bool(one["done"]), one["trouble"]) for one in made["targets"]}
    assert state == {"local": (True, None), "far": (False, "portal-unreachable")}
    assert [one["rule"] for one in made["findings"]] == ["recall-unreached"]
    assert [(one["dataset"], one["waiting"]) for one in told(desk, "status")["recalls"]] == [(NAME, ["far"])]
    assert re.search("ค้างที่ far", said(desk, "status").output)
    again = told(desk, "recall", NAME, "--reason", "again", "--yes", code=4)
    assert again["recall"] == made["recall"] and again["reason"] == "พบชื่อบุคคล"
    off.answers = True
    done = told(desk, "recall", NAME, "--reason", "again", "--yes")
    assert done["recall"] == made["recall"] and done["findings"] == []
    assert told(desk, "status")["recalls"][0]["waiting"] == []


HEAVY = [pytest.param(after, marks=pytest.mark.workers) for after in ("note", "scrub")]


@pytest.mark.parametrize("after", ["stop", "wipe", *HEAVY])
def test_killed_anywhere_a_rerun_finishes(desk: Path, monkeypatch: pytest.MonkeyPatch, after: str) -> None:
    places = {"stop": (run.known, "note"), "note": (run.here, "clean")}
    places |= {"wipe": (run.here, "scrub"), "scrub": (run.here.recalls, "cleaned")}
    room, name = places[after]

    def dies(*_asked: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as now:
        now.setattr(room, name, dies)
        said(desk, "recall", NAME, "--reason", "พบชื่อบุคคล", "--yes", code=130)
    assert told(desk, "status")["datasets"][0]["state"] == "absent"
    made = told(desk, "recall", NAME, "--reason", "again", "--yes")
    assert made["reason"] == "พบชื่อบุคคล"
    assert [bool(one["done"]) for one in made["targets"]] == [True]
    assert found(desk / ".saphan", texts=[MARKER]) == []
    assert made["recall"] in (desk / "decisions.yaml").read_text(encoding="utf-8")


def test_what_was_counted_stands_on_the_sheet(desk: Path) -> None:
    from catalog.store.usage import Usage

    engine = open_database(f"sqlite:///{desk / '.saphan/catalog.sqlite'}")
    usage = Usage(engine)
    for _ in range(3):
        usage.count("page", NAME)
    usage.count("page", NAME, robot=True)
    usage.write()
    with reading(engine) as connection:
        assert recalls.listed(connection) == []
    assert begin.targets(engine, NAME) == ["local"]
    engine.dispose()
    made = told(desk, "recall", NAME, "--reason", "พบชื่อบุคคล", "--yes")
    assert {name: made["used"][name] for name in ("view", "robots")} == {"view": 3, "robots": 1}
    sheet = said(desk, "recall", NAME, "--reason", "again", "--yes").output
    assert re.search(r"\| รวม \| 3 \| 0 \| 0 \| 1 \|", sheet)
    assert "ร่างหนังสือแจ้งสำนักงานคณะกรรมการคุ้มครองข้อมูลส่วนบุคคล" in sheet


def test_a_lost_machine_restored_from_an_old_backup_serves_nothing_of_it(desk: Path, tmp_path: Path) -> None:
    said(desk, "backup", str(tmp_path / "old.zip"))
    said(desk, "recall", NAME, "--reason", "พบชื่อบุคคล", "--yes")
    shutil.rmtree(desk / ".saphan")
    said(desk, "restore", str(tmp_path / "old.zip"), "--yes")
    told_now = told(desk, "status")
    assert told_now["datasets"][0]["state"] == "absent"
    assert [one["waiting"] for one in told_now["recalls"]] == [[]]
    assert found(desk / ".saphan", texts=[MARKER]) == []
    assert told(desk, "push", "--yes", code=1)["writes"] == 0


def test_a_row_that_a_recall_emptied_cannot_be_changed_unseen(desk: Path) -> None:
    said(desk, "recall", NAME, "--reason", "พบชื่อบุคคล", "--yes")
    engine = open_database(f"sqlite:///{desk / '.saphan/catalog.sqlite'}")
    log = Journal(engine, actor="test")
    emptied = [one.seq for one in log.entries(dataset=NAME) if "recalled" in one.body]
    assert emptied and log.broken() is None
    with writing(engine) as connection:
        body = '{"action":"package_create","put":{},"recalled":"another"}'
        connection.execute(sa.update(journal).where(journal.c.seq == emptied[0]).values(body=body))
    assert log.broken() == emptied[0]
    engine.dispose()
