"""Personal data found and problems: told in a minute, heard at once, answered where the reporter can see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from public_ground import CONTACT, emptied, number_of, send, sent, speaking, voice
from web_ground import Web

from catalog.actions.context import Actor
from catalog.public import handling
from catalog.public.handling import Decision
from catalog.public.said import TOPICS, clean, page_of
from catalog.store import voices
from catalog.store.database import reading

STEWARD = Actor(name="somsri", sysadmin=True)


@pytest.fixture(scope="module")
def open_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with speaking(tmp_path_factory.mktemp("catalog")) as made:
        yield made


@pytest.fixture
def web(open_web: Web) -> Web:
    return emptied(open_web)


@pytest.mark.parametrize("path", ["/", "/dataset", "/dataset/population-2567", "/user/login", "/no-such-page"])
def test_every_page_leads_to_the_forms_and_says_which_page_it_was(web: Web, path: str) -> None:
    page = web.ask(path).text
    for form in ("/report/personal", "/report"):
        assert f'href="{form}?page={path.replace("/", "%2F")}"' in page, form
    assert f'name="page" value="{path}"' in web.ask("/report/personal", params={"page": path}).text


def test_personal_data_are_told_of_without_being_copied_and_stand_first(tmp_path: Path, both: str) -> None:
    with speaking(tmp_path) as web:
        form = web.ask("/report/personal", params={"page": "/dataset/population-2567?q=x"}).text
        assert form.count('type="radio"') == len(TOPICS) and "dpo@agency.example" in form
        sent(web, words="ขอข้อมูล", purpose="วิจัย")
        sent(web, "/report", words="ไฟล์เปิดไม่ได้")
        receipt = sent(web, "/report/personal", page="/dataset/population-2567?q=x", topic="id", contact=CONTACT)
        with reading(web.portal.engine) as connection:
            waits = voices.inbox(connection)
            told = voices.waiting(connection)
        assert [one.kind for one in waits] == ["personal", "problem", "request"]
        assert {kind: one["open"] for kind, one in told.items()} == {"personal": 1, "problem": 1, "request": 1}
        assert waits[0].page == "/dataset/population-2567?q=x" and waits[0].owner_org is not None
        handling.decide(web.portal.engine, waits[0].number, Decision(state="answered", answer="ลบแล้ว"), STEWARD)
        page = web.ask(receipt).text
        assert "ดำเนินการแล้ว" in page and "ลบแล้ว" in page and CONTACT not in page


def test_a_problem_is_answered_where_its_reporter_sees_it(web: Web) -> None:
    receipt = sent(web, "/report", page="/dataset/population-2567", words="แถว 2 ว่าง", contact=CONTACT)
    number = number_of(web.ask(receipt).text)
    assert number.startswith("P") and "รับเรื่อง" in web.ask(receipt).text
    done = handling.decide(web.portal.engine, number, Decision(state="answered", answer="แก้แล้ว\nในรุ่นที่ 2"), STEWARD)
    assert done.contact == CONTACT and voice(web, number).closed
    assert "แก้แล้ว\nในรุ่นที่ 2" in web.ask(receipt).text
    again = handling.decide(web.portal.engine, number, Decision(state="considering"), STEWARD)
    assert again.voice.closed is None and again.voice.answer == ""


def test_a_kind_of_personal_data_is_needed_and_one_of_ours(web: Web) -> None:
    for topic in ("", "passport"):
        answer = send(web, "/report/personal", topic=topic, words="แถว 3")
        assert answer.status_code == 422 and 'href="#topic"' in answer.text and "แถว 3" in answer.text


def test_a_report_is_in_no_public_list(web: Web) -> None:
    number = number_of(web.ask(sent(web, "/report", words="x")).text)
    assert number not in web.ask("/requests").text


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ("/dataset/x?q=น้ำ", "/dataset/x?q=น้ำ"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nb", "/"),
        ("/" + "x" * 500, "/"),
        (None, "/"),
        ("/report/AbCdEfGh", "/report"),
        ("/report/personal", "/report/personal"),
    ],
)
def test_only_a_page_of_ours_is_one(given: str | None, page: str) -> None:
    assert page_of(given) == page


def test_what_cannot_be_seen_is_taken_out_and_letters_stay() -> None:
    assert clean("  ก\x00ข\r\nค\u202e\u2066\tง\x1b[31m ") == "กข\nค ง[31m"
    assert clean("ที่ป\u0e23\u0e36กษา น้ำ") == "ที่ปรึกษา น้ำ"
