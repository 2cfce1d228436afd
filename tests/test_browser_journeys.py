"""What people come for, in Chromium: finding, seeing and taking data; asking for some; printing the audit."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
from browser_ground import LOCALES, WIDTHS, Stand, Visit, logged_in, sent, visiting
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from catalog.web.words import Speech

pytestmark = pytest.mark.browser
PROVINCE = "กรุงเทพมหานคร"
A4 = [595, 842]
"""Points, upright or across."""


KINDS = {
    f"{lang}-{width}-{'scripts' if scripts else 'plain'}": (lang, width, scripts)
    for lang in LOCALES for width in WIDTHS for scripts in (True, False)
}  # fmt: skip


@pytest.fixture(params=KINDS)
def stranger(request: pytest.FixtureRequest, browser: Browser, sample: Stand) -> Iterator[tuple[Visit, Speech]]:
    """A reader of either language, on a phone or a desk, with scripts or without, and the words they read."""
    lang, width, scripts = KINDS[request.param]
    with visiting(browser, sample, lang=lang, width=width, java_script_enabled=scripts) as visit:
        yield visit, Speech(lang)
        assert not visit.faults


def follow(visit: Visit, link: Locator) -> None:
    """A click on the first of these links or buttons, and the page it leads to."""
    with visit.page.expect_navigation():
        link.first.click()


def test_a_stranger_finds_sees_filters_and_takes_a_dataset(
    stranger: tuple[Visit, Speech], sample: Stand, tmp_path: Path
) -> None:
    visit, say = stranger
    page = visit.go("/").page
    page.locator("input[name=q]").first.fill("ชุมชน")
    follow(visit, page.get_by_role("search").get_by_role("button"))
    found = page.locator("ol.datasets > li").count()
    assert found > 1
    follow(visit, page.locator("#filters a", has_text="Open Data Common"))
    assert page.locator("ol.datasets > li").count() < found, "the filter leaves some out"
    assert "ชุมชน" in page.locator("input[name=q]").first.input_value()
    follow(visit, page.locator("ul.chosen a"))
    assert page.locator("ol.datasets > li").count() == found, "a filter is taken off one by one"
    follow(visit, page.locator(f"ol.datasets a[href='/dataset/{sample.facts['id']}']"))

    _chart(page)
    follow(visit, page.locator("ul.files h3 a"))
    page.select_option("select#column", "province")
    page.select_option("select#test", "is")
    page.fill("input#value", PROVINCE)
    follow(visit, page.get_by_role("button", name=say("table-add")))
    assert "province" in page.url
    expected = [row for row in published(sample) if row["province"] == PROVINCE]
    assert 0 < len(expected) < 50
    assert page.locator("table.rows tbody tr").count() == min(len(expected), 50)

    with page.expect_download() as given:
        page.locator("a.button[href*='format=xlsx'][href*=province]").first.click()
    path = tmp_path / "taken.xlsx"
    given.value.save_as(path)
    assert given.value.suggested_filename.endswith(".xlsx")
    assert workbook(path) == expected


def _chart(page: Page) -> None:
    """The first picture: a drawing with a name and a text, its figures one tap away."""
    picture = page.locator("figure.picture svg[role=img]").first
    expect(picture).to_be_visible()
    assert (picture.locator("> title").text_content() or "").strip()
    box = picture.bounding_box()
    assert box and box["width"] > 200 and box["height"] > 100
    page.locator("figure.picture details summary").first.click()
    expect(page.locator("figure.picture details table").first).to_be_visible()


def published(sample: Stand) -> list[dict[str, str]]:
    """The rows of the file as it was published."""
    address = sample.filled("/dataset/{id}/resource/{resource}/download/{filename}")
    content = requests.get(sample.url + address, timeout=30).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def workbook(path: Path) -> list[dict[str, str]]:
    """The rows of a workbook's first sheet as a CSV has them; what is text there is text here, no formula."""
    sheet = load_workbook(path).worksheets[0]
    head, *rows = sheet.iter_rows()
    names = [str(cell.value) for cell in head]
    for row in rows:
        assert all(cell.data_type in "snd" for cell in row), "a formula"
        assert isinstance(row[names.index("province_code")].value, str), "codes are text"
    return [{name: _text(cell.value) for name, cell in zip(names, row, strict=True)} for row in rows]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


def test_who_asks_for_data_follows_the_request_to_its_answer(
    stranger: tuple[Visit, Speech], sample: Stand
) -> None:
    visit, say = stranger
    page = visit.go("/dataset?q=รถไฟความเร็วสูง").page
    follow(visit, page.get_by_role("link", name=say("ask-for-this")))
    assert "รถไฟความเร็วสูง" in page.locator("textarea#words").input_value(), "what was searched for is in the form"
    follow(visit, page.get_by_role("button", name=say("ask-send")))
    alert = page.get_by_role("alert")
    expect(alert).to_be_visible()
    assert "รถไฟความเร็วสูง" in page.locator("textarea#words").input_value(), "nothing typed is lost"
    page.fill("textarea#purpose", "วิจัย")
    page.fill("input#contact", "reader@example.com")
    follow(visit, page.get_by_role("button", name=say("ask-send")))
    receipt = page.url
    number = re.search(r"R\d{4}-\d{4}", page.locator("h1").inner_text())
    assert number
    assert say("voice-received") in page.locator("main").inner_text()
    sample.saphan("inbox", number[0], "--consider")
    page.goto(receipt)
    assert say("voice-considering") in page.locator("main").inner_text()
    sample.saphan("inbox", number[0], "--opened", sample.facts["id"])
    page.goto(receipt)
    assert say("voice-opened") in page.locator("main").inner_text()
    page.goto(f"{sample.url}/requests")
    row = page.locator(f"[id='{number[0]}']")
    expect(row).to_be_visible()
    assert "reader@example.com" not in page.content()
    page.goto(receipt)
    follow(visit, page.locator(f"main a.button[href='/dataset/{sample.facts['id']}']"))
    assert page.locator("h1").count() == 1


def test_the_steward_refuses_a_request_at_the_desk(browser: Browser, sample: Stand) -> None:
    data = {"words": "เลขบัญชีธนาคารของกองทุน", "purpose": "อยากรู้"}
    path = sent(f"{sample.url}/request", data)
    told = requests.get(sample.url + path, timeout=30).text
    number = re.search(r"R\d{4}-\d{4}", told)
    assert number
    with visiting(browser, sample, steward=True) as visit:
        page = visit.go("/inbox").page
        follow(visit, page.get_by_role("link", name=number[0]))
        page.select_option("select#refusal", "privacy")
        page.fill("textarea#reason", "เป็นข้อมูลส่วนบุคคล")
        follow(visit, page.locator("form", has=page.locator("select#refusal")).get_by_role("button"))
        assert not visit.faults
    with visiting(browser, sample) as visit:
        text = visit.go(path).page.locator("main").inner_text()
        assert Speech("th")("voice-refused") in text
        assert "เป็นข้อมูลส่วนบุคคล" in text
        assert "15 (5)" in text, "the section of the Act"
        assert not visit.faults


def test_personal_data_that_somebody_found_are_reported_from_any_page(browser: Browser, sample: Stand) -> None:
    with visiting(browser, sample, width=390, java_script_enabled=False) as visit:
        page = visit.go(sample.filled("/dataset/{id}")).page
        follow(visit, page.locator("footer a[href^='/report/personal']"))
        page.locator("input[name=topic]").first.check()
        follow(visit, page.locator("form.fields button"))
        number = re.search(r"D\d{4}-\d{4}", page.locator("h1").inner_text())
        assert number
        assert number[0] in sample.saphan("inbox")
        assert not visit.faults


def test_a_dataset_is_rated_once(browser: Browser, sample: Stand) -> None:
    with visiting(browser, sample, width=390) as visit:
        page = visit.go(sample.filled("/dataset/{id}")).page
        form = page.locator("form", has=page.locator("input[name=stars]")).first
        form.locator("label", has=page.locator("input[value='5']")).click()
        follow(visit, form.get_by_role("button"))
        assert "done=yes" in page.url
        assert not visit.faults


@pytest.mark.parametrize("lang", list(LOCALES))
@pytest.mark.parametrize(
    "address", ["/audit", "/overview", "/dataset/{id}/version/{version}/certificate", "/dataset/{id}"]
)
def test_a_page_prints_on_a4(browser: Browser, sample: Stand, tmp_path: Path, address: str, lang: str) -> None:
    with visiting(browser, sample, lang=lang) as visit:
        page = visit.go(sample.filled(address)).page
        heading = page.locator("h1").inner_text()
        printed = tmp_path / "printed.pdf"
        page.pdf(path=printed, prefer_css_page_size=True, format="A4", print_background=True)
        reader = PdfReader(printed)
        for sheet in reader.pages:
            sides = sorted((sheet.mediabox.width, sheet.mediabox.height))
            assert sides == pytest.approx(A4, abs=2)
        text = squeezed("".join(sheet.extract_text() for sheet in reader.pages))
        assert squeezed(heading) in text
        assert len(reader.pages) == 1 or "certificate" not in address
        assert all(squeezed(sheet.extract_text()) for sheet in reader.pages), "an empty sheet"
        assert not visit.faults


def squeezed(text: str) -> str:
    """A text without white space, and without the marks that a PDF may order in another way."""
    return re.sub(r"[\s\u0e31\u0e33-\u0e3a\u0e47-\u0e4e\u0e32\x00]", "", unescape(text))


def test_who_logs_in_comes_to_their_own_page_and_out_again(browser: Browser, sample: Stand) -> None:
    with visiting(browser, sample, storage_state=logged_in(browser, sample), java_script_enabled=False) as visit:
        page = visit.go("/user").page
        follow(visit, page.locator("form[action='/user/logout'] button"))
        assert visit.go("/user").page.url.endswith("/user/login?next=/user") or "/user/login" in page.url
        assert not visit.faults
