"""Every page in Chromium: both languages, on a phone and a desk, with scripts and without, as axe-core sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from browser_ground import OTHERS, PAGES, Shown, Stand, Visit, visiting
from hostile_ground import hostile
from playwright.sync_api import Browser
from starlette.routing import Route
from web_ground import served

from catalog.web import app

pytestmark = pytest.mark.browser
LANGUAGES = ("th", "en")
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""The rules of axe that see colours."""
STRUCTURE = """() => {
  const all = (query) => [...document.querySelectorAll(query)];
  const levels = all("h1,h2,h3,h4,h5,h6").map((one) => Number(one.tagName[1]));
  return {
    lang: document.documentElement.lang,
    title: document.title.trim(),
    headings: levels.filter((level) => level === 1).length,
    skipped: levels.some((level, at) => at && level > levels[at - 1] + 1),
    main: all("main").length,
    described: all("[style], [onclick], script:not([src], [type$=json])").length,
  };
}"""
WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const boxed = (one) => one.closest(".scroll, pre, svg, .unseen");
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1 && !boxed(one))
    .map((one) => one.outerHTML.slice(0, 120)).slice(0, 3)
    .concat(["page " + document.documentElement.scrollWidth]);
}"""
SMALL = """() => {
  const query = "button, [role=button], summary, select, nav a, a.button, textarea, "
    + "label:has(> [type=radio], > [type=checkbox]), input:not([type=hidden], [type=radio], [type=checkbox])";
  return [...document.querySelectorAll(query)]
    .filter((one) => !one.closest(".crumbs, .unseen") && one.checkVisibility())
    .map((one) => [Math.round(one.getBoundingClientRect().height), one.outerHTML.slice(0, 100)])
    .filter(([height]) => height < 44).map((one) => one.join(" px: ")).slice(0, 5);
}"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    where: one.outerHTML.slice(0, 100),
    skip: one.className === "skip",
    inside: Boolean(one.closest("main")),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 1 && box.right > 0 && box.left < innerWidth,
  };
}"""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.name)
def test_a_page_stands_without_scripts_on_a_phone_and_on_a_desk(
    browser: Browser, sample: Stand, page: Shown, lang: str
) -> None:
    with visiting(browser, sample, lang=lang, width=390, java_script_enabled=False, steward=page.steward) as visit:
        visit.go(sample.address(page))
        assert visit.status == page.status
        found = visit.page.evaluate(STRUCTURE)
        assert found["lang"] == lang
        assert found["title"]
        assert found["headings"] == found["main"] == 1
        assert not found["skipped"], "a heading's level is skipped"
        assert not found["described"], "scripts or styles inside the page"
        assert not visit.page.evaluate(WIDE), "wider than a phone"
        assert not visit.page.evaluate(SMALL), "too small for a thumb"
        if not page.alone:
            _walk_by_keyboard(visit)
        visit.page.set_viewport_size({"width": 1280, "height": 900})
        assert not visit.page.evaluate(WIDE), "wider than a desk"
        assert not visit.faults


def _walk_by_keyboard(visit: Visit) -> None:
    """The skip link comes first and leads into the page; what has the focus shows it."""
    visit.page.keyboard.press("Tab")
    first = visit.page.evaluate(FOCUSED)
    assert first["skip"] and first["seen"], first
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("location.hash") == "#main"
    can = visit.page.evaluate(
        "Boolean(document.querySelector('main :is(a[href], button, input, summary, [tabindex])'))"
    )
    for number in range(6):
        visit.page.keyboard.press("Tab")
        now = visit.page.evaluate(FOCUSED)
        if now["where"].startswith("<body"):
            break
        assert now["inside"] or number or not can, "the skip link leads into the page"
        assert now["ring"], f"no ring: {now['where']}"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.name)
def test_axe_finds_nothing_on_a_page_light_or_dark(
    browser: Browser, sample: Stand, page: Shown, lang: str
) -> None:
    with visiting(browser, sample, lang=lang, width=390, steward=page.steward) as visit:
        visit.go(sample.address(page))
        found = violations(visit)
        visit.page.emulate_media(color_scheme="dark")
        found += [f"dark: {one}" for one in violations(visit, COLOURS)]
        assert not found
        assert not visit.page.evaluate(SMALL), "what a script made is too small for a thumb"
        assert not visit.faults


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "address", ["/request", "/report", "/report/personal", "/dataset/{id}/rating", "/user/login"]
)
def test_axe_finds_nothing_in_a_form_sent_with_mistakes(
    browser: Browser, sample: Stand, address: str, lang: str
) -> None:
    with visiting(browser, sample, lang=lang, width=390) as visit:
        visit.go(sample.filled(address))
        visit.page.evaluate("document.querySelector('main form').noValidate = true")
        with visit.page.expect_navigation():
            visit.page.locator("main form button").first.click()
        assert visit.page.get_by_role("alert").count() == 1
        assert not violations(visit)
        assert not visit.page.evaluate(WIDE)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A catalog in which nothing stands yet."""
    folder: Path = tmp_path_factory.mktemp("empty")
    with hostile(folder) as portal, served(portal) as web:
        yield Stand(url=web.url, workspace=folder, facts={"word": "ชุมชน", "id": "none", "code": "10"})


BARE = [
    page for page in PAGES if not page.steward and set(re.findall(r"{(.*?)}", page.address)) <= {"word", "code"}
]


@pytest.mark.parametrize("page", BARE, ids=lambda one: one.name)
def test_a_page_of_an_empty_catalog_stands_too(browser: Browser, empty: Stand, page: Shown) -> None:
    with visiting(browser, empty, lang="th", width=390) as visit:
        visit.go(empty.address(page))
        assert visit.status in (page.status, 404)
        assert visit.page.evaluate(STRUCTURE)["headings"] == 1
        assert not visit.page.evaluate(WIDE)
        assert not violations(visit)
        assert not visit.faults


def violations(visit: Visit, options: Any = None) -> list[str]:
    """What axe-core finds: the rule, and where."""
    response = Axe().run(visit.page, options=options or {"resultTypes": ["violations"]}).response
    return [
        f"{one['id']}: {node['html'][:120]} ({node.get('failureSummary', '')[:200]})"
        for one in response["violations"]
        for node in one["nodes"][:3]
    ]


def test_every_route_that_gives_a_page_is_among_the_pages(sample: Stand, tmp_path: Path) -> None:
    with hostile(tmp_path) as portal:
        routes = {
            route.path
            for route in app(portal).routes
            if isinstance(route, Route) and "GET" in (route.methods or ())
        }
    driven = {page.route for page in PAGES}
    assert not routes - driven - OTHERS, "neither a page of PAGES nor in OTHERS"
    assert not driven - routes - {"/nothing-here"}, "pages whose route has gone"
    for route in routes & OTHERS - driven:
        answer = requests.get(sample.url + sample.filled(route), timeout=60, allow_redirects=False)
        given = answer.headers.get("Content-Type", "")
        assert answer.status_code != 200 or not given.startswith("text/html"), f"{route} gives a page"
