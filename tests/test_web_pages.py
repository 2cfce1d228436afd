"""The pages of datasets: what they say, in which language, and that nothing a publisher wrote is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from web_ground import Web, served

from catalog.web.words import Speech, words
from metadata import clock

ELSEWHERE = ("missing-", "fault-", "method-", "forbidden-", "large-", "gone-", "login-")
"""Words whose keys a page makes of what it is told."""
FIVE_PAST_MIDNIGHT = datetime(2026, 9, 30, 17, 5, tzinfo=UTC)
"""1 October in Thailand, 30 September in UTC."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as ours:
        yield ours


def _publish(web: Web, **more: Any) -> None:
    web.portal.call_action("package_create", package(**{"tags": [{"name": "ประชากร"}], **more}))
    sent = {
        "package_id": "population-2567",
        "id": "resource-1",
        "name": "ตารางประชากร",
        "description": "หนึ่งแถวต่อจังหวัด",
    }
    web.portal.call_action("resource_create", sent, upload())
    fields = [
        {
            "id": "province",
            "type": "text",
            "info": {"label": "จังหวัด", "notes": "ชื่อจังหวัดทางการ · Province · Its official name"},
        }
    ]
    rows = [{"province": "ระนอง"}, {"province": "พังงา"}]
    web.portal.call_action(
        "datastore_create", {"resource_id": "resource-1", "force": True, "fields": fields, "records": rows}
    )


def test_the_list_shows_public_datasets_and_finds_part_of_a_thai_word(web: Web) -> None:
    _publish(web)
    web.portal.call_action("package_create", package("hidden", title="ลับมาก", private=True))
    page = web.ask("/?lang=th").text
    assert "ประชากร population-2567" in page
    assert "ลับมาก" not in page
    assert "population-2567" in web.ask("/dataset?q=ชากร").text
    nothing = web.ask("/dataset?q=ไม่มีคำนี้").text
    assert "ไม่พบชุดข้อมูล" in nothing
    assert "population-2567" not in nothing


def test_a_long_list_is_turned_page_by_page(web: Web) -> None:
    for number in range(21):
        web.portal.call_action("package_create", package(f"dataset-{number:02}"))
    first, second = web.ask("/dataset?lang=en").text, web.ask("/dataset?lang=en&page=2").text
    assert first.count('<h2 class="name">') == 20
    assert second.count('<h2 class="name">') == 1
    assert "Page 2 of 2" in second
    for page in ("0", "-1", "x", "٣", "99999999999999999999"):
        assert web.ask(f"/dataset?page={page}").status_code == 200


def test_the_dataset_page_says_what_it_is_and_gives_the_file(web: Web) -> None:
    _publish(web, created_date="2024-01-31", last_year_of_data="2567")
    page = web.ask("/dataset/population-2567?lang=th").text
    for said in (
        "ประชากร population-2567", "จำนวนประชากรรายจังหวัด", "กรมตัวอย่าง", "ตารางประชากร", "หนึ่งแถวต่อจังหวัด",
        "2 แถว", "ดาวน์โหลด Excel", "CSV สำหรับโปรแกรม", "พจนานุกรมข้อมูล", "จังหวัด", "ข้อความ", "วัตถุประสงค์",
        "พันธกิจหน่วยงาน",
        "31 มกราคม พ.ศ. 2567", "พ.ศ. 2567", "data@example.go.th",
    ):  # fmt: skip
        assert said in page
    assert "ชื่อจังหวัดทางการ" in page
    assert "Its official name" not in page
    address = re.search(r'class="button" href="([^"]+)"', page)
    assert address
    assert web.ask(address.group(1).removeprefix(web.url)).status_code == 200


def test_the_page_speaks_english_with_the_schemas_labels(web: Web) -> None:
    _publish(web, extras=[{"key": "title_en", "value": "Population"}], last_year_of_data="2567")
    page = web.ask("/dataset/population-2567?lang=en").text
    for said in (
        "<h1>Population</h1>",
        "Objective",
        "Agency mission",
        "Public data",
        "2024 (B.E. 2567)",
        "2 rows",
        "text",
    ):
        assert said in page
    assert '<strong>Province</strong><span class="line">Its official name</span>' in page
    assert "<strong>จังหวัด" not in page
    assert "ดาวน์โหลด" not in page


def test_a_column_without_english_keeps_its_thai_label(web: Web) -> None:
    _publish(web)
    fields = [{"id": "province", "type": "text", "info": {"label": "จังหวัด", "notes": "ชื่อจังหวัดทางการ"}}]
    web.portal.call_action("datastore_create", {"resource_id": "resource-1", "force": True, "fields": fields})
    page = web.ask("/dataset/population-2567?lang=en").text
    assert '<strong>จังหวัด</strong><span class="line">ชื่อจังหวัดทางการ</span>' in page


def test_the_agency_is_called_by_its_english_name_on_english_pages(web: Web) -> None:
    _publish(web)
    thai = web.portal.call_action("package_show", {"id": "population-2567"})["organization"]["title"]
    web.portal.site = replace(web.portal.site, title=thai, title_en="Sample Department")
    for address in ("/dataset?lang=en", "/dataset/population-2567?lang=en"):
        assert "Sample Department" in web.ask(address).text
        assert thai not in web.ask(address).text
    assert thai in web.ask("/dataset?lang=th").text


def test_another_organization_keeps_its_own_title(web: Web) -> None:
    _publish(web)
    thai = web.portal.call_action("package_show", {"id": "population-2567"})["organization"]["title"]
    web.portal.site = replace(web.portal.site, title="สำนักงานกลาง", title_en="Sample Department")
    assert thai in web.ask("/dataset?lang=en").text


def test_a_search_that_finds_nothing_says_what_was_looked_for(web: Web) -> None:
    _publish(web)
    page = web.ask("/dataset?q=xyzzy&lang=en").text
    assert "No datasets found for “xyzzy”" in page
    assert page.count("all datasets") == 1
    assert "There are no datasets on this page" in web.ask("/dataset?page=9&lang=en").text


def test_an_entry_without_files_says_so(web: Web) -> None:
    web.portal.call_action("package_create", package())
    assert "มีเฉพาะคำอธิบายชุดข้อมูล" in web.ask("/dataset/population-2567?lang=th").text
    _publish_file = {"package_id": "population-2567", "name": "ตาราง"}
    web.portal.call_action("resource_create", _publish_file, upload())
    assert "มีเฉพาะคำอธิบายชุดข้อมูล" not in web.ask("/dataset/population-2567?lang=th").text


def test_what_a_publisher_wrote_is_shown_never_run(web: Web) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    _publish(web, title=evil, notes=evil, url="javascript:alert(1)", extras=[{"key": evil, "value": evil}])
    web.portal.call_action("organization_patch", {"id": "dept-a", "title": evil})
    link = {"package_id": "population-2567", "name": evil, "url": "javascript:alert(1)", "format": evil}
    web.portal.call_action("resource_create", link)
    info = {"label": evil, "notes": evil}
    fields = [{"id": "province", "type": "text", "info": info}, {"id": "<b>x</b>", "type": "text"}]
    web.portal.call_action("datastore_create", {"resource_id": "resource-1", "force": True, "fields": fields})
    for path in ("/dataset/population-2567", "/dataset", f"/dataset?q={evil}", f"/{evil}"):
        page = web.ask(path).text
        assert page.lower().count("<script") == page.count('<script type="application/ld+json">') <= 1
        assert "<img src=x" not in page
        assert "<b>x" not in page
        assert not re.search(r'(href|src|action)="\s*javascript:', page, re.IGNORECASE)


def test_every_page_forbids_what_it_does_not_need(web: Web) -> None:
    _publish(web)
    for path in ("/", "/dataset/population-2567", "/dataset/nope", "/static/portal.css"):
        answer = web.ask(path)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if answer.headers["Content-Type"].startswith("text/html"):
            assert not re.search(r"""(src|href)=["'](https?:)?//(?!127\.0\.0\.1)""", answer.text)
            assert " style=" not in answer.text


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "language"),
    [
        ("?lang=en", "th", "th", "en"),
        ("?lang=xx", "en", "th", "en"),
        ("", "", "en-GB,en;q=0.9,th;q=0.5", "en"),
        ("", "", "th,en;q=0.9", "th"),
        ("", "", "de", "th"),
        ("", "", "", "th"),
        ("", "", "en;q=nonsense", "th"),
    ],
)
def test_the_language_is_the_readers_choice(web: Web, query: str, cookie: str, accept: str, language: str) -> None:
    headers = {"Accept-Language": accept, **({"Cookie": f"lang={cookie}"} if cookie else {})}
    answer = web.ask(f"/{query}", headers=headers)
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["Content-Language"] == language


def test_a_chosen_language_is_remembered_and_a_guessed_one_is_not(web: Web) -> None:
    assert "lang=en" in web.ask("/?lang=en").headers["Set-Cookie"]
    web.client.cookies.clear()
    assert "Set-Cookie" not in web.ask("/", headers={"Accept-Language": "en"}).headers


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/en/dataset/x?q=a", "/dataset/x?q=a&lang=en"),
        ("/th", "/?lang=th"),
        ("/en//evil.example", "/evil.example?lang=en"),
        ("/en/%5C%5Cevil.example", "/evil.example?lang=en"),
    ],
)
def test_ckans_language_prefix_redirects_within_the_site(web: Web, path: str, target: str) -> None:
    answer = web.ask(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, target)


def test_a_page_that_is_not_there_says_so_in_the_readers_language(web: Web) -> None:
    web.portal.call_action("package_create", package(private=True))
    for path in ("/dataset/nope", "/dataset/population-2567", "/nope"):
        answer = web.ask(f"{path}?lang=en")
        assert answer.status_code == 404
        assert "Page not found" in answer.text


def test_a_broken_database_is_said_without_telling_where(web: Web, tmp_path: Path) -> None:
    assert web.ask("/healthz").json() == {"status": "ok"}
    web.portal.engine.dispose()
    for path in tmp_path.glob("catalog.sqlite*"):
        path.unlink()
    (tmp_path / "catalog.sqlite").write_bytes(b"no database\n" * 1000)
    for path, status in (("/healthz", 500), ("/?lang=en", 500), ("/api/3/action/package_list", 500)):
        answer = web.ask(path)
        assert answer.status_code == status
        assert str(tmp_path) not in answer.text
        assert "Traceback" not in answer.text


def test_a_day_is_the_day_in_thailand_and_a_year_has_its_era() -> None:
    thai, english = Speech("th"), Speech("en")
    with clock.frozen(FIVE_PAST_MIDNIGHT):
        moment = clock.now().replace(tzinfo=None).isoformat()
    assert thai.date(moment) == "1 ตุลาคม พ.ศ. 2569"
    assert english.date(moment) == "1 October 2026"
    assert english.date("2024-02-29") == "29 February 2024"
    assert thai.date("31/1/2567") == "31/1/2567"
    assert (thai.year("2024"), english.year("2567"), thai.year("2560-2567")) == (
        "พ.ศ. 2567",
        "2024 (B.E. 2567)",
        "2560-2567",
    )


def test_a_span_of_years_names_its_era_once() -> None:
    thai, english = Speech("th"), Speech("en")
    assert thai.years("2565", 2568) == thai.years("2022", "2568") == "พ.ศ. 2565–2568"
    assert english.years("2565", "2568") == "2022–2025 (B.E. 2565–2568)"
    assert english.years("2565", "2565") == "2022 (B.E. 2565)"
    assert thai.years("2565", "ปัจจุบัน") == "พ.ศ. 2565–ปัจจุบัน"


def test_sizes_are_said_as_people_say_them() -> None:
    say = Speech("en")
    assert [say.size(size) for size in (999, 1000, 12_345, 999_499, 999_500, 5_000_000_000)] == [
        "999 bytes", "1.0 kB", "12 kB", "999 kB", "1.0 MB", "5.0 GB",
    ]  # fmt: skip


def test_every_word_of_the_pages_stands_in_both_languages_and_is_used() -> None:
    rooms = [Path(__file__).parent.parent / "catalog" / room for room in ("web", "picture")]
    files = [path for room in rooms for path in room.rglob("*") if path.suffix in (".html", ".py")]
    written = "".join(path.read_text(encoding="utf-8") for path in files)
    made = set(re.findall(r'f"([a-z-]+-)\{', written)) | set(re.findall(r'"([a-z-]+-)" ~', written))
    for key, entry in words().items():
        assert set(entry) == {"th", "en"}, key
        whole = key.removesuffix("-one")
        assert f'"{whole}"' in written or f"'{whole}'" in written or key.startswith((*made, *ELSEWHERE)), key
