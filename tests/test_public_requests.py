"""Asking for data: a form that forgives, a receipt that tells how it goes on, a list that names nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from catalog_ground import package, texts
from markupsafe import escape
from public_ground import CONTACT, REQUEST, emptied, journalled, number_of, on_disk, send, sent, speaking, voice
from web_ground import Web

from catalog.actions.context import Actor
from catalog.journal import Journal
from catalog.public import handling
from catalog.public.handling import Decision
from catalog.public.refusals import law, refusals
from catalog.public.said import LONGEST, page_of
from catalog.store import voices
from catalog.store.database import reading, writing
from metadata import clock
from metadata.errors import SetupError

STEWARD = Actor(name="somsri", sysadmin=True)


@pytest.fixture(scope="module")
def open_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with speaking(tmp_path_factory.mktemp("catalog")) as made:
        yield made


@pytest.fixture
def web(open_web: Web) -> Web:
    return emptied(open_web)


def decide(web: Web, number: str, **decision: str) -> handling.Decided:
    return handling.decide(web.portal.engine, number, Decision(**decision), STEWARD)


def test_a_request_is_followed_to_its_answer(tmp_path: Path, both: str) -> None:
    with speaking(tmp_path) as web:
        assert "ฝนรายวัน</textarea>" in web.ask("/request", params={"what": "ฝนรายวัน"}).text
        receipt = sent(web)
        page = web.ask(receipt)
        number = number_of(page.text)
        assert page.headers["Cache-Control"] == "no-store" and page.headers["X-Robots-Tag"] == "noindex"
        assert "รับเรื่อง" in page.text and f"{web.url}{receipt}" in page.text
        assert voice(web, number).due == (clock.today() + timedelta(days=15)).isoformat()
        listed = web.ask("/requests").text
        assert number in listed and "ปริมาณฝน" not in listed and "อยากได้ด้วย</button>" not in listed
        decide(web, number, state="considering")
        assert "กำลังพิจารณา" in web.ask(receipt).text
        decide(web, number, listed="ปริมาณฝนรายวัน")
        listed = web.ask("/requests").text
        assert "ปริมาณฝนรายวัน" in listed and "แยกสถานี" not in listed and "วางแผนเพาะปลูก" not in listed
        assert decide(web, number, state="opened", dataset="population-2567", answer="ขอบคุณ").contact == CONTACT
        page = web.ask(receipt)
        assert "เปิดแล้ว" in page.text and 'href="/dataset/population-2567"' in page.text and "ขอบคุณ" in page.text
        assert 'href="/dataset/population-2567"' in web.ask("/requests").text
        assert CONTACT not in "\n".join(texts(web.portal))


def test_the_journal_tells_who_did_what_and_nothing_that_was_said(web: Web) -> None:
    number = number_of(web.ask(sent(web)).text)
    decide(web, number, listed=REQUEST["words"])
    decide(web, number, state="refused", refusal="privacy", answer="ระบุตัวบุคคลได้")
    told = [(who, json.loads(body)["state"]) for who, body in journalled(web)]
    assert told == [("public", "received"), ("somsri", "listed"), ("somsri", "refused")]
    assert all(json.loads(body)["number"] == number for _, body in journalled(web))
    written = "\n".join(body for _, body in journalled(web))
    assert not [one for one in (CONTACT, "ฝน", "เพาะปลูก", "บุคคล") if one in written]
    assert Journal(web.portal.engine, actor="test").broken() is None
    log = web.portal.call_action("audit_log_list", {"object_id": number})
    assert [(one["user_name"], one["action"]) for one in log] == [
        ("somsri", "inbox_refused"), ("somsri", "inbox_listed"),
    ]  # fmt: skip


def test_of_a_closed_request_no_byte_of_the_contact_is_left(tmp_path: Path) -> None:
    with speaking(tmp_path) as web:
        receipt = sent(web)
        number = number_of(web.ask(receipt).text)
        assert on_disk(tmp_path, CONTACT)
        assert on_disk(tmp_path, receipt.rpartition("/")[2]) == []  # nobody can find a receipt again
        decide(web, number, state="refused", refusal="not-held", answer="ไม่มีสถานีวัด")
        assert on_disk(tmp_path, CONTACT) == []
        assert on_disk(tmp_path, "ไม่มีสถานีวัด")  # it is there that it would be


def test_a_refusal_says_the_kind_the_reason_the_section_and_how_to_appeal(web: Web) -> None:
    receipt = sent(web)
    number = number_of(web.ask(receipt).text)
    decide(web, number, state="refused", refusal="security", answer="แผนที่แนวท่อส่งน้ำมัน")
    for language, words in (("th", ("มาตรา 15 (1)", "ภายใน 15 วัน")), ("en", ("Section 15 (1)", "within 15 days"))):
        page = web.ask(receipt, params={"lang": language}).text
        assert all(one in page for one in (*words, "แผนที่แนวท่อส่งน้ำมัน", law()[language]))
        assert str(escape(refusals()["security"].title[language])) in page
    listed = web.ask("/requests").text
    assert "15 (1)" in listed and "แนวท่อ" not in listed  # the reason could quote what was asked


def test_a_decision_that_cannot_be_is_refused_and_changes_nothing(web: Web) -> None:
    number = number_of(web.ask(sent(web)).text)
    for wrong, kind in (
        ({"state": "refused", "refusal": "tired", "answer": "x"}, "voice-refusal"),
        ({"state": "refused", "refusal": "privacy", "answer": "  "}, "voice-answer"),
        ({"state": "opened", "dataset": "nothing-here"}, "voice-dataset"),
        ({"state": "answered", "answer": "x"}, "voice-state"),
        ({}, "voice-state"),
        ({"state": "opened", "dataset": "population-2567", "answer": "ก" * 2001}, "voice-long"),
    ):
        with pytest.raises(SetupError) as raised:
            decide(web, number, **wrong)
        assert raised.value.kind == kind
    with pytest.raises(SetupError) as raised:
        decide(web, "R2500-0001", state="considering")
    assert raised.value.kind == "voice-missing"
    assert voice(web, number).state == "received" and len(journalled(web)) == 1
    with reading(web.portal.engine) as connection:
        assert voices.contact(connection, number) == CONTACT


def test_a_private_dataset_is_no_answer(web: Web) -> None:
    web.portal.call_action("package_create", package("hidden", private=True))
    number = number_of(web.ask(sent(web)).text)
    with pytest.raises(SetupError):
        decide(web, number, state="opened", dataset="hidden")


def test_the_form_tells_every_mistake_and_keeps_what_was_typed(web: Web) -> None:
    typed = "ข้อมูล <b>ที่พิมพ์</b>"
    answer = send(web, words=typed, purpose=" ", contact="wanida@")
    assert answer.status_code == 422 and answer.headers["Cache-Control"] == "no-store"
    assert 'href="#purpose"' in answer.text and 'href="#contact"' in answer.text
    assert 'id="purpose"' in answer.text and str(escape(typed)) in answer.text and "<b>ที่" not in answer.text
    assert 'value="wanida@"' in answer.text and 'role="alert"' in answer.text
    long = send(web, words="ก" * (LONGEST["words"] + 1), purpose="x")
    assert long.status_code == 422 and 'href="#words"' in long.text
    trapped = send(web, **REQUEST, website="https://spam.example")
    assert trapped.status_code == 422 and "ปริมาณฝน" in trapped.text and "spam.example" not in trapped.text
    assert "ยังไม่มีคำขอ" in web.ask("/requests").text


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://[broken"}, False),
        ({"Origin": "OURS"}, True),
        ({}, True),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(web: Web, headers: dict[str, str], taken: bool) -> None:
    said = {name: value.replace("OURS", web.url) for name, value in headers.items()}
    answer = send(web, headers=said, **REQUEST)
    assert answer.status_code == (303 if taken else 403)
    assert taken or "ปริมาณฝน" in answer.text  # nothing typed is lost: it can be sent from here


def test_what_is_no_form_is_refused(web: Web) -> None:
    assert web.ask("/request", "POST", json=REQUEST).status_code == 415
    assert web.ask("/request", "POST", files={"words": ("a.txt", b"x")}).status_code == 415
    large = send(web, words="ก" * 8000)
    assert large.status_code == 413 and "64 kB" in large.text
    many = web.ask("/request", "POST", data={f"f{n}": "x" for n in range(30)})
    assert many.status_code == 413
    broken = web.ask(
        "/request", "POST", data=b"words=%FF%00%ED%A0%80x&purpose=%E0%B8%81%00",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert broken.status_code == 303


def test_who_sends_too_much_is_asked_to_wait_and_loses_nothing(web: Web) -> None:
    assert [send(web, **REQUEST).status_code for _ in range(11)] == [303] * 10 + [429]
    answer = send(web, **REQUEST)
    assert int(answer.headers["Retry-After"]) > 0 and "ปริมาณฝน" in answer.text
    assert web.ask("/request").status_code == 200


def test_hostile_words_are_shown_as_they_were_typed_and_do_nothing(web: Web) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202egnp.exe javascript:alert(1) http://x.example"
    receipt = sent(web, words=hostile, purpose=hostile)
    number = number_of(web.ask(receipt).text)
    decide(web, number, listed=hostile)
    for page in (web.ask(receipt).text, web.ask("/requests").text):
        assert "&lt;script&gt;" in page and "<script>alert" not in page and "<img src=x" not in page
        assert "\u202e" not in page and 'href="javascript' not in page and 'href="http://x.example' not in page


def test_numbers_go_on_by_kind_and_year(web: Web) -> None:
    given = []
    for moment, path, fields in (
        (datetime(2026, 12, 31, 16, 59, tzinfo=UTC), "/request", REQUEST),
        (datetime(2026, 12, 31, 16, 59, 30, tzinfo=UTC), "/request", REQUEST),
        (datetime(2026, 12, 31, 16, 59, 40, tzinfo=UTC), "/report", {"words": "เปิดไม่ได้"}),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "/request", REQUEST),
    ):
        with clock.frozen(moment):
            given.append(number_of(web.ask(sent(web, path, **fields)).text))
    assert given == ["R2569-0001", "R2569-0002", "P2569-0001", "R2570-0001"]


def test_what_is_overdue_is_said(web: Web) -> None:
    came = datetime(2026, 11, 2, 3, tzinfo=UTC)
    with clock.frozen(came):
        receipt = sent(web)
    with clock.frozen(came + timedelta(days=15)):
        assert "เกินกำหนด" not in web.ask("/requests").text
    with clock.frozen(came + timedelta(days=18)):
        assert "เกินกำหนด 3 วัน" in web.ask("/requests").text and "เกินกำหนด 3 วัน" in web.ask(receipt).text
        number = number_of(web.ask(receipt).text)
        decide(web, number, state="refused", refusal="unclear", answer="ไม่ทราบว่าสถานีใด")
        assert "เกินกำหนด" not in web.ask("/requests").text
        assert voice(web, number).late(clock.today()) == 3


def test_who_would_like_it_too_counts_once_a_day(tmp_path: Path, both: str) -> None:
    with speaking(tmp_path) as web:
        number = number_of(web.ask(sent(web)).text)
        want = f"/requests/{number}/want"
        assert send(web, want, page="1").status_code == 404  # not in the list
        decide(web, number, listed="ฝน")
        send(web, want, {"User-Agent": "one"}, page="1")
        first = send(web, want, {"User-Agent": "two"}, page="1")
        assert "นับให้แล้ว" in web.ask(first.headers["Location"]).text
        again = send(web, want, {"User-Agent": "two"}, page="1")
        assert again.status_code == 303 and "นับจากที่นี่ไปแล้ว" in web.ask(again.headers["Location"]).text
        assert send(web, want, {"Origin": "https://elsewhere.example"}, page="1").status_code == 403
        assert voice(web, number).wanted == 2
        with clock.frozen(clock.now() + timedelta(days=1)):
            send(web, want, {"User-Agent": "two"}, page="1")
        assert voice(web, number).wanted == 3
        assert "Set-Cookie" not in again.headers


def test_a_receipt_cannot_be_guessed_and_is_not_told_again(web: Web) -> None:
    receipt = sent(web)
    token = receipt.rpartition("/")[2]
    assert len(token) >= 24 and token not in "\n".join(texts(web.portal))
    assert web.ask(receipt[:-1]).status_code == 404
    assert web.ask(receipt.replace("request", "report")).status_code == 404
    assert page_of(receipt) == "/request" and page_of("/report/personal") == "/report/personal"


def test_a_page_of_the_list_is_turned(web: Web) -> None:
    came = datetime(2026, 11, 2, 3, tzinfo=UTC)
    with writing(web.portal.engine) as connection:
        for at in range(35):
            with clock.frozen(came + timedelta(minutes=at)):
                given = dict.fromkeys(("page", "topic", "words", "purpose"), "") | {"due": "2026-11-17"}
                voices.receive(connection, "R", {**given, "kind": "request", "mail": "none"}, "")
    first, second = (web.ask("/requests", params={"page": page}).text for page in ("1", "2"))
    assert "R2569-0035" in first and "R2569-0005" not in first
    assert "R2569-0005" in second and "R2569-0035" not in second
    assert web.ask("/requests", params={"page": "x"}).status_code == 200


@pytest.mark.parametrize("kind", sorted(refusals()))
def test_a_kind_of_refusal_has_its_section_and_appeal(kind: str) -> None:
    one = refusals()[kind]
    assert one.section[0].isdigit()
    assert set(one.title) == set(one.appeal) == {"th", "en"}
    assert ("18" if one.section.startswith(("14", "15")) else "13") in one.appeal["th"]
