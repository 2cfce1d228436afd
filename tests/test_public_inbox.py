"""The steward's desk: who sees what, what is decided in the browser and on the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import package
from click.testing import CliRunner
from public_ground import CONTACT, REQUEST, emptied, form_key, journalled, log_in, number_of, sent, speaking, voice
from test_docs_json import documented, printed
from web_ground import Web

import cli


@pytest.fixture(scope="module")
def open_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with speaking(tmp_path_factory.mktemp("catalog")) as made:
        yield made


@pytest.fixture
def web(open_web: Web) -> Web:
    return emptied(open_web)


def decide(web: Web, number: str, **fields: str) -> Any:
    data = {"form_key": form_key(web, f"/inbox/{number}"), **fields}
    return web.ask(f"/inbox/{number}", "POST", data=data)


def test_a_steward_answers_in_the_browser(tmp_path: Path, both: str) -> None:
    with speaking(tmp_path) as web:
        receipt = sent(web)
        number = number_of(web.ask(receipt).text)
        log_in(web, "malee", "editor")
        inbox = web.ask("/inbox")
        assert number in inbox.text and CONTACT not in inbox.text and inbox.headers["Cache-Control"] == "no-store"
        assert CONTACT in web.ask(f"/inbox/{number}").text
        assert decide(web, number, state="considering").status_code == 303
        assert decide(web, number, list="yes", listed="ฝนรายวัน").status_code == 303
        wrong = decide(web, number, state="refused", refusal="", answer="เหตุผลที่พิมพ์ไว้")
        assert wrong.status_code == 422 and "เหตุผลที่พิมพ์ไว้" in wrong.text and 'role="alert"' in wrong.text
        assert decide(web, number, state="opened", dataset="population-2567").status_code == 303
        page = web.ask(f"/inbox/{number}").text
        assert CONTACT not in page and "เปิดแล้ว" in page
        assert "ฝนรายวัน" in web.ask("/requests").text
        assert [who for who, _ in journalled(web)] == ["public", "malee", "malee", "malee"]


def test_strangers_and_members_see_nothing(web: Web) -> None:
    number = number_of(web.ask(sent(web)).text)
    for path in ("/inbox", f"/inbox/{number}"):
        assert web.ask(path).headers["Location"].startswith("/user/login?next=/inbox")
    assert web.ask(f"/inbox/{number}", "POST", data={"state": "considering"}).status_code == 303
    log_in(web, "somchai", "member")
    assert web.ask("/inbox").status_code == web.ask(f"/inbox/{number}").status_code == 403
    assert voice(web, number).state == "received"


def test_an_editor_sees_what_is_about_the_own_organization_and_what_is_about_none(web: Web) -> None:
    web.portal.call_action("organization_create", {"name": "dept-b", "title": "กรมอื่น"})
    web.portal.call_action("package_create", package("other", owner_org="dept-b"))
    ours, theirs, nobody = (
        number_of(web.ask(sent(web, "/report", page=page, words=CONTACT)).text)
        for page in ("/dataset/population-2567", "/dataset/other", "/dataset")
    )
    log_in(web, "malee", "admin")
    inbox = web.ask("/inbox").text
    assert ours in inbox and nobody in inbox and theirs not in inbox
    assert web.ask(f"/inbox/{theirs}").status_code == 404
    key = form_key(web, f"/inbox/{ours}")
    data = {"form_key": key, "state": "answered", "answer": "x"}
    assert web.ask(f"/inbox/{theirs}", "POST", data=data).status_code == 404
    web.client.cookies.clear()
    log_in(web, "root", sysadmin=True)
    inbox = web.ask("/inbox").text
    assert ours in inbox and nobody in inbox and theirs in inbox


def test_a_form_of_another_site_decides_nothing(web: Web) -> None:
    number = number_of(web.ask(sent(web)).text)
    log_in(web, "malee", "editor")
    for key in ("", "guessed"):
        answer = web.ask(f"/inbox/{number}", "POST", data={"form_key": key, "state": "considering"})
        assert answer.status_code == 303
    assert voice(web, number).state == "received"


def test_what_people_wrote_beside_their_stars_is_for_stewards(web: Web) -> None:
    web.ask("/dataset/population-2567/rating", "POST", data={"stars": "2", "words": "ตัวเลขปี 2566 ซ้ำ"})
    log_in(web, "malee", "editor")
    assert "ตัวเลขปี 2566 ซ้ำ" in web.ask("/inbox").text
    log_in(web, "somchai")
    assert web.ask("/inbox").status_code == 403


@pytest.fixture(scope="module")
def made_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose catalog has a request, a problem and a dataset."""
    tmp_path = tmp_path_factory.mktemp("desk")
    words = "agency: {name: dept-a, title: กรมตัวอย่าง}\nportal: {steward: {email: data@agency.example}}\n"
    (tmp_path / "workspace.yaml").write_text(words, encoding="utf-8")
    (tmp_path / ".saphan").mkdir()
    with speaking(tmp_path / ".saphan") as web:
        sent(web, **{**REQUEST, "page": "/dataset"})
        sent(web, "/report", page="/dataset/population-2567", words="แถว 2 ว่าง")
    return tmp_path


@pytest.fixture
def desk(made_desk: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    return Path(shutil.copytree(made_desk, tmp_path / "desk"))


def run(desk: Path, *words: str, code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(cli.cli, ["inbox", *words, "--json", "--workspace", str(desk), "--lang", "th"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout_bytes)  # type: ignore[no-any-return]


def test_the_command_lists_shows_and_answers(desk: Path) -> None:
    listed = run(desk)
    assert [one["number"] for one in listed["voices"]] == ["P2569-0001", "R2569-0001"]
    told = json.dumps(listed, ensure_ascii=False)
    assert CONTACT not in told and "ฝน" not in told  # nothing that somebody wrote
    assert listed["waiting"]["request"]["open"] == 1
    shown = run(desk, "r2569-0001")
    assert shown["voice"]["contact"] == CONTACT and shown["voice"]["words"] == REQUEST["words"]
    run(desk, "R2569-0001", "--consider", "--list-as", "ฝนรายวัน")
    done = run(desk, "R2569-0001", "--refuse", "opinion", "--reason", "ยังเป็นร่าง")
    assert (done["voice"]["section"], done["voice"]["contact"], done["told"]) == ("15 (3)", None, False)
    assert run(desk, "P2569-0001", "--answer", "แก้แล้ว")["told"] is None
    assert run(desk)["voices"] == [] and len(run(desk, "--all")["voices"]) == 2
    page = documented("inbox")
    assert printed([listed], page) == page
    whole = documented("inbox NUMBER")
    more = {"page", "topic", "words", "purpose", "answer", "listed", "contact"}
    assert set(done["voice"]) == {*listed["voices"][0], *more}
    assert printed([done], whole) == whole


def test_how_things_stand_tells_how_much_waits_and_nothing_of_it(desk: Path) -> None:
    done = CliRunner().invoke(cli.cli, ["status", "--json", "--workspace", str(desk)])
    told = json.loads(done.stdout_bytes)
    assert {kind: one["open"] for kind, one in told["waiting"].items()} == {"problem": 1, "request": 1}
    assert told["runs"] == []  # a stranger's word is no run
    shown = CliRunner().invoke(cli.cli, ["status", "--workspace", str(desk), "--lang", "en"]).output
    assert "Request for data, 1 open" in shown and CONTACT not in shown + done.output and "ฝน" not in shown


def test_the_command_says_what_is_wrong(desk: Path) -> None:
    assert run(desk, "R2569-0009", code=2)["error"]["kind"] == "voice-missing"
    refused = run(desk, "R2569-0001", "--refuse", "tired", "--reason", "x", code=2)["error"]
    assert refused["kind"] == "voice-refusal" and "privacy" in refused["remedy"]
    assert run(desk, "R2569-0001", "--refuse", "privacy", code=2)["error"]["kind"] == "voice-answer"
    assert run(desk, "P2569-0001", "--list", code=2)["error"]["kind"] == "voice-listed"
    for words in (
        ["R2569-0001", "--consider", "--opened", "x"],
        ["--consider"],
        ["R2569-0001", "--list", "--unlist"],
    ):
        assert CliRunner().invoke(cli.cli, ["inbox", *words, "--workspace", str(desk)]).exit_code == 2


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_command_speaks_both_languages(desk: Path, language: str) -> None:
    def said(*words: str) -> str:
        done = CliRunner().invoke(cli.cli, ["inbox", *words, "--workspace", str(desk), "--lang", language])
        assert done.exit_code == 0
        assert "…" not in done.output
        return done.output

    listed, shown = said(), said("R2569-0001")
    assert "R2569-0001" in listed and CONTACT not in listed and CONTACT in shown
    assert ("ขอข้อมูล" in listed) == (language == "th")
