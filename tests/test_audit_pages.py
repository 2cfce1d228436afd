"""`/audit`: every number leads to its evidence, strangers see what is public, and what was written shows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from openpyxl import load_workbook
from web_ground import KEY, Web, served

from catalog.actions.context import ANYONE
from catalog.audit.document import document
from catalog.audit.fixing.fixes import fixes_json
from catalog.audit.overtime.kept import keep
from catalog.audit.report import workbook
from catalog.audit.report.speech import Told, figure, told
from catalog.audit.run import audit
from catalog.audit.sources import OfPortal
from catalog.store.audits import Audits
from catalog.web import audit as pages
from catalog.web import audits
from commands import looking
from metadata.document import packaged
from metadata.event import result_of

LINK = re.compile(r'href="(/audit[^"#]*)(?:#[^"]*)?"')


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(pages, "PATIENCE", 60)  # however busy the machine is
    monkeypatch.setattr(pages, "LONG_PATIENCE", 60)
    with opened(tmp_path) as portal, served(portal) as ours:
        yield ours


def _fill(web: Web) -> None:
    web.portal.call_action("package_create", package("first", title="ประชากรรายจังหวัด <b>1</b>"))
    sent = {"package_id": "first", "id": "resource-1", "name": "ตาราง", "format": "XSL"}
    web.portal.call_action("resource_create", sent, upload())
    web.portal.call_action("package_create", package("second", title="ผู้ป่วยรายปี", license_id="cc-by"))
    web.portal.call_action("package_create", package("hidden", title="ร่างที่ยังไม่เปิด", private=True))


def test_every_number_leads_to_its_evidence(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(web)
    whole = audits.by_default()
    some = replace(whole, packs=tuple(one for one in whole.packs if one["key"] in ("kpi", "pmqa", "mqa")))
    monkeypatch.setattr(web.application.state.audits, "terms", lambda: some)  # pages enough
    seen: dict[str, str] = {}
    waiting = ["/audit?lang=en", "/audit?lang=th"]
    while waiting:
        path = waiting.pop(0)
        answer = web.ask(path, headers={"Cookie": "lang=th"})
        assert answer.status_code == 200, path
        seen[path] = answer.text
        for found in LINK.findall(answer.text):
            address = unescape(found)
            if address not in seen and address not in waiting and not address.endswith((".xlsx", ".json")):
                waiting.append(address)
    for summary in ("/audit?lang=en", "/audit?lang=th"):
        link = r'<a class="(?:missed|part|unchecked|met)" href="([^"]+)">[^<]*?([\d,]+)</a>'
        counted = re.findall(link, seen[summary])
        assert counted
        for address, count in counted:
            shown = seen[unescape(address)]
            assert shown.count('<h3><a href="/audit/dataset/') == int(count), address
    for page in seen.values():
        assert "<b>1</b>" not in page
        assert "<script" not in page
        assert " style=" not in page


def test_the_thai_indicators_come_first_and_the_rest_of_the_world_in_the_annex(web: Web) -> None:
    _fill(web)
    page = web.ask("/audit?lang=th").text
    order = re.findall(r'<section class="score" id="score-([^"]+)">', page)
    report = web.application.state.audits._kept[(ANYONE.key,)].report
    assert order == [one.key for one in (*report.own, *report.annex)]
    assert page.index('id="score-metadata14"') < page.index('id="annex"') < page.index('id="score-mqa"')
    assert "ภาคผนวก: มาตรฐานสากล" in page


def test_an_unconfirmed_score_is_never_called_official(web: Web) -> None:
    _fill(web)
    page = web.ask("/audit?lang=th").text
    report = web.application.state.audits._kept[(ANYONE.key,)].report
    doubtful = [one for one in report.scores if one.found["status"] != "confirmed"]
    sections = dict(re.findall(r'<section class="score" id="score-([^"]+)">(.*?)</section>', page, re.DOTALL))
    assert set(sections) == {one.key for one in report.scores}
    for one in report.scores:
        assert ("ยังไม่ยืนยัน ใช้เพื่อเตรียมการ" in sections[one.key]) == (one in doubtful), one.key
        if one.found["value"] != one.found["upper"]:
            assert Told("th").doubt(one) in sections[one.key]


def test_strangers_see_public_datasets_and_nothing_of_the_others(web: Web) -> None:
    _fill(web)
    for path in ("/audit", "/audit/dataset", "/audit.json"):
        answer = web.ask(path)
        assert "ร่างที่ยังไม่เปิด" not in answer.text
        assert '"hidden"' not in answer.text
        assert "private" not in answer.headers["Cache-Control"]
    assert web.ask("/audit/dataset/hidden").status_code == 404
    all_of_it = web.ask("/audit/dataset", key=KEY)
    assert "ร่างที่ยังไม่เปิด" in all_of_it.text
    assert "private" in all_of_it.headers["Cache-Control"]
    assert web.ask("/audit/dataset/hidden", key=KEY).status_code == 200


def test_what_is_written_shows_in_the_next_audit(web: Web) -> None:
    _fill(web)
    before = web.ask("/audit.json").json()
    assert web.ask("/audit").status_code == 200
    web.portal.call_action("package_patch", {"id": "second", "title": "ชื่อใหม่"})
    after = web.ask("/audit.json").json()
    assert {one["name"]: one["facts"]["title"] for one in after["datasets"]}["second"] == "ชื่อใหม่"
    assert len(before["datasets"]) == len(after["datasets"]) == 2


def test_an_old_audit_shows_no_dataset_that_has_changed_since(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(web)
    monkeypatch.setattr(audits, "QUICK", 0)
    monkeypatch.setattr(audits, "REST", 1e6)
    assert "ผู้ป่วยรายปี" in web.ask("/audit").text
    web.portal.call_action("package_patch", {"id": "second", "private": True})
    page = web.ask("/audit?lang=th").text
    assert "ผู้ป่วยรายปี" not in page
    assert "ประชากรรายจังหวัด" in page
    assert "กำลังตรวจใหม่" in page
    assert web.ask("/audit/dataset/second").status_code == 404
    assert web.ask("/audit/dataset/first").status_code == 200
    assert "ผู้ป่วยรายปี" not in web.ask("/audit/dataset").text
    assert web.ask("/audit.json").status_code == 503


def test_the_document_is_the_command_s(web: Web) -> None:
    _fill(web)
    given = web.ask("/audit.json?lang=en")
    portal = web.portal
    source = OfPortal(portal=audits.Seen(portal, ANYONE), title=portal.site.title, site=portal.site, kind="local")
    made = result_of(audit(source, audits.by_default(), looks=web.application.state.audits.looks()))
    assert given.json() == document(made, "en", fixes_json(made, "en"))
    again = web.ask("/audit.json?lang=en", headers={"If-None-Match": given.headers["ETag"]})
    assert again.status_code == 304


def test_documents_are_made_once_for_all_who_ask(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(web)
    made: list[str] = []
    make = workbook.content
    monkeypatch.setattr(workbook, "content", lambda shown, lang: made.append(lang) or make(shown, lang))
    first, again = (web.ask("/audit.xlsx?lang=th") for _ in range(2))
    assert first.status_code == 200
    assert first.content == again.content
    assert made == ["th"]
    assert load_workbook(io.BytesIO(first.content)).sheetnames[0] == "สรุป"
    head = web.ask("/audit.xlsx?lang=th", "HEAD")
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    assert 'href="/audit.xlsx"' in web.ask("/audit").text
    monkeypatch.setattr(pages, "BOUND", 1)
    assert web.ask("/audit.xlsx").status_code == 404
    assert 'href="/audit.xlsx"' not in web.ask("/audit").text


def test_the_server_knows_whether_its_own_files_are_whole_and_judges_none(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        folder: Any = SimpleNamespace(folder=tmp_path)
        keeper = audits.Audits(portal, looks=lambda: looking.served(folder, portal))
        portal.call_action("package_create", package("first"))
        sent = {"package_id": "first", "id": "resource-1", "name": "a", "format": "CSV"}
        portal.call_action("resource_create", sent, upload())
        whole = keeper.made(ANYONE).shelf.read("first").facts
        assert (whole["reachable"], whole["valid"]) == ([True], [None])
        found = portal.uploaded("resource-1")
        assert found is not None
        found.path.chmod(0o644)
        found.path.write_bytes(b"cut")
        broken = keeper.made(ANYONE).shelf.read("first").facts
        assert broken["reachable"] == [False]


def test_who_asks_before_there_is_an_audit_is_asked_to_wait(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PATIENCE", 0)
    answer = web.ask("/audit?lang=th")
    assert answer.status_code == 202
    assert '<meta http-equiv="refresh"' in answer.text
    assert "กำลังตรวจบัญชีข้อมูล" in answer.text
    monkeypatch.setattr(pages, "PATIENCE", 20)
    assert web.ask("/audit?lang=th").status_code == 200


def test_what_wins_points_stands_with_the_dataset_however_many_there_are(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(web)
    said = [re.findall(r"<li><p>(กรอก [^<]+)", web.ask("/audit/dataset/first?lang=th").text)]
    monkeypatch.setattr(audits, "FIXED", 1)
    web.portal.call_action("package_patch", {"id": "second", "notes": "อีกอย่าง"})
    said.append(re.findall(r"<li><p>(กรอก [^<]+)", web.ask("/audit/dataset/first?lang=th").text))
    assert said[0]
    assert said[0] == said[1]


def test_strangers_learn_neither_who_answered_nor_of_what_they_may_not_see(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(web)
    terms = audits.by_default()
    pack, measure = next(
        (pack["key"], one["measure"])
        for pack in terms.packs
        for one in pack["measures"]
        if one.get("declared") and "passes" not in one and not one.get("each")
    )
    answer = {"pack": pack, "measure": measure, "value": 1, "at": "2026-10-05", "holds": True}
    whole = {**answer, "by": "สมหญิง", "position": "ผู้อำนวยการ", "file": "หนังสือ.pdf", "sha256": "ab" * 32}
    hidden = {**answer, "by": "สมหญิง", "dataset": "hidden", "file": "ลับ.pdf"}
    monkeypatch.setattr(web.application.state.audits, "terms", lambda: replace(terms, declared=(hidden, whole)))
    for path in (f"/audit/measure/{pack}/{measure}", "/audit.json"):
        answered = web.ask(path, headers={"Cookie": "lang=th"}).text
        assert "ab" * 32 in answered
        assert "ผู้อำนวยการ" in answered
        assert "สมหญิง" not in answered
        assert "ลับ.pdf" not in answered
        assert "สมหญิง" in web.ask(path, key=KEY).text


def test_earlier_audits_count_what_is_private_and_are_shown_to_nobody_else(web: Web) -> None:
    _fill(web)
    source = OfPortal(portal=web.portal, title="x", site=web.portal.site, kind="local", private=True)
    keep(Audits(web.portal.engine), result_of(audit(source, audits.by_default())))
    assert "การตรวจครั้งก่อน" in web.ask("/audit?lang=th", key=KEY).text
    assert "การตรวจครั้งก่อน" not in web.ask("/audit?lang=th").text


def test_an_audit_that_fails_is_told_and_tried_again(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = web.application.state.audits
    terms = keeper.terms
    monkeypatch.setattr(keeper, "terms", lambda: 1 / 0)
    assert web.ask("/audit").status_code == 500
    monkeypatch.setattr(keeper, "terms", terms)
    assert web.ask("/audit").status_code == 200


def test_only_a_few_audits_are_kept_however_many_see_differently(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        keys = {audits.key_of(replace(ANYONE, key=f"u{n}", roles={"g": "member"})) for n in range(3)}
        assert len(keys) == 3
        assert audits.key_of(replace(ANYONE, key="u1")) == audits.key_of(ANYONE)
        assert audits.mark(portal) == audits.mark(portal)


def test_a_figure_that_falls_short_is_not_rounded_to_the_full_score() -> None:
    assert figure(99.999, 100) == "99.99"
    assert figure(100, 100) == "100"
    assert figure(66.66666, 100) == "66.67"
    assert figure(12.5) == "12.5"
    assert figure(12345.0) == "12,345"


def test_every_word_of_the_audit_is_there_in_both_languages_and_is_used() -> None:
    web_folder = Path(pages.__file__).parent
    folders = (web_folder / "templates", web_folder.parent / "audit" / "report", web_folder)
    written = "".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.glob("*")
        if path.suffix in (".html", ".py")
    )
    for key, entry in told()["words"].items():
        assert set(entry) == {"th", "en"}, key
        whole = key.removesuffix("-one")
        assert (
            f'"{whole}"' in written
            or f"'{whole}'" in written
            or key in ("met", "part", "missed", "unchecked", "derived", "declared")
            or key.startswith(("severity-", "value-"))
        ), key
    refused = packaged("standards/terms.yaml")["refused"]
    text = (web_folder / "locale" / "audit.yaml").read_text(encoding="utf-8")
    assert [word for word in refused if word in text] == []


def test_every_fact_has_a_name_that_people_read(web: Web) -> None:
    _fill(web)
    facts: dict[str, Any] = web.ask("/audit.json").json()["datasets"][0]["facts"]
    unnamed = [name for name in facts if name not in told()["facts"] and "." not in name]
    assert unnamed == []
