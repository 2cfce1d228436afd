"""What was written to harm, in a real browser: nothing of it is run, fetched or followed, and pages stay whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_ground import Stand, Visit, visiting
from hostile_ground import DENSE, FILES, ORGANIZATION, TABLE, hostile, names, place
from playwright.sync_api import Browser
from test_browser_pages import WIDE
from web_ground import served

pytestmark = pytest.mark.browser
OURS = """() => ({
  ran: window.zqx !== undefined,
  whole: document.querySelectorAll("main").length === 1 && Boolean(document.querySelector("body > footer.site")),
  theirs: document.querySelectorAll("[zqx], zqx-evil, .zqx, iframe, object, base, [onload], [onerror]").length,
  turned: /[\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.innerText),
})"""


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A catalog with every payload in every field."""
    folder: Path = tmp_path_factory.mktemp("evil")
    with hostile(folder) as portal, served(portal) as web:
        place(web)
        yield Stand(url=web.url, workspace=folder, facts={})


def harmless(visit: Visit, address: str) -> None:
    """The page is ours alone, and no wider than a phone."""
    found = visit.go(address).page.evaluate(OURS)
    assert found == {"ran": False, "whole": True, "theirs": 0, "turned": False}, (address, found)
    assert not visit.faults, (address, visit.faults)
    assert not visit.page.evaluate(WIDE), address


def test_nothing_is_run_on_the_pages_that_hold_every_payload(browser: Browser, evil: Stand) -> None:
    with visiting(browser, evil, lang="en", width=390) as visit:
        for address in (
            f"/dataset/{DENSE}", f"/dataset/{FILES}", f"/dataset/{DENSE}/resource/{TABLE}", "/dataset",
            "/dataset?page=2", f"/organization/{ORGANIZATION}", "/", f"/dataset/{DENSE}/version",
        ):  # fmt: skip
            harmless(visit, address)


def test_nothing_is_run_on_the_page_of_any_payload(browser: Browser, evil: Stand) -> None:
    with visiting(browser, evil, lang="th", width=390) as visit:
        for name, text in names():
            if "\ud800" not in text:
                harmless(visit, f"/dataset/{name}")


def test_a_click_on_what_they_call_a_link_leads_nowhere_harmful(browser: Browser, evil: Stand) -> None:
    with visiting(browser, evil) as visit:
        for name, text in names():
            if "script:" not in text.lower() and not text.startswith("data:"):
                continue
            visit.go(f"/dataset/{name}")
            for link in visit.page.locator("main a").all():
                address = link.get_attribute("href") or ""
                assert address.startswith(("/", "#", "?", "http://", "https://", "mailto:")), (name, address)


def test_a_file_of_theirs_is_saved_not_opened(browser: Browser, evil: Stand) -> None:
    with visiting(browser, evil) as visit:
        page = visit.go(f"/dataset/{FILES}").page
        for link in page.locator("ul.files a.get").all()[-6:]:
            with page.expect_download() as given:
                link.click()
            assert given.value.suggested_filename
        assert not page.evaluate("window.zqx")
        assert not visit.faults
