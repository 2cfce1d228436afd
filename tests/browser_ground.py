"""The portal in Debian's Chromium: the sample desk published and served, every page of it, and what a visit shows.

A new page is one line of PAGES; a test fails for a route that stands in no list here.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from click.testing import CliRunner
from docs_tour import Player
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from requests.adapters import HTTPAdapter

import cli

ROOT = Path(__file__).parents[1]
STEWARD, PASSWORD = "steward", "correct horse battery staple"
LOCALES = {"th": "th-TH", "en": "en-GB"}
WIDTHS = {390: 844, 1280: 900}
"""The width and height of a phone and of a desk, in CSS pixels."""
PATIENCE = 15_000
"""Milliseconds that a page may take on a busy machine."""
WELFARE = "community-welfare-funds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page: its name, its address, whose `{facts}` the stand fills in, and the route that gives it.

    `steward`: seen by who has logged in. `alone`: a page without our head and foot, for other people's pages.
    """

    name: str
    address: str
    route: str
    steward: bool = False
    alone: bool = False
    status: int = 200


def _shown(name: str, address: str, route: str = "", **more: Any) -> Shown:
    return Shown(name=name, address=address, route=route or address.partition("?")[0], **more)


PAGES = (
    _shown("home", "/"),
    _shown("results", "/dataset"),
    _shown("results-found", "/dataset?q={word}"),
    _shown("results-none", "/dataset?q=xyzzyxyzzy"),
    _shown("dataset", "/dataset/{id}", "/dataset/{id}"),
    _shown("dataset-places", "/dataset/surveyed-communities", "/dataset/{id}"),
    _shown("dataset-provinces", "/dataset/baan-mankong-housing", "/dataset/{id}"),
    _shown("dataset-budget", "/dataset/projects-and-budget", "/dataset/{id}"),
    _shown("dataset-private", "/dataset/member-register", "/dataset/{id}", steward=True),
    _shown("resource", "/dataset/{id}/resource/{resource}"),
    _shown("resource-filtered",
           "/dataset/{id}/resource/{resource}?column=province&test=is&value=กรุงเทพมหานคร&sort=members&order=desc",
           "/dataset/{id}/resource/{resource}"),
    _shown("explore", "/dataset/{id}/resource/{resource}/explore"),
    _shown("explore-places", "/dataset/surveyed-communities/resource/{places}/explore",
           "/dataset/{id}/resource/{resource}/explore"),
    _shown("explore-provinces", "/dataset/baan-mankong-housing/resource/{provinces}/explore",
           "/dataset/{id}/resource/{resource}/explore"),
    _shown("embed", "/embed/{resource}", alone=True),
    _shown("programs", "/dataset/{id}/resource/{resource}/programs"),
    _shown("versions", "/dataset/{id}/version"),
    _shown("version", "/dataset/{id}/version/{version}"),
    _shown("certificate", "/dataset/{id}/version/{version}/certificate"),
    _shown("changes", "/dataset/{id}/version/{version}/resource/{resource}/changes?key={key}",
           "/dataset/{id}/version/{version}/resource/{resource}/changes"),
    _shown("organizations", "/organization"),
    _shown("organization", "/organization/{organization}", "/organization/{id}"),
    _shown("groups", "/group"),
    _shown("theme", "/theme/{theme}", "/theme/{code}"),
    _shown("areas", "/area"),
    _shown("area", "/area/{code}"),
    _shown("overview", "/overview"),
    _shown("usage", "/usage"),
    _shown("about", "/about"),
    _shown("licence", "/licence"),
    _shown("terms", "/terms"),
    _shown("developers", "/developers"),
    _shown("audit", "/audit"),
    _shown("audit-datasets", "/audit/dataset"),
    _shown("audit-dataset", "/audit/dataset/{id}", "/audit/dataset/{name}"),
    _shown("audit-measure", "/audit/measure/mqa/keyword", "/audit/measure/{pack}/{measure}"),
    _shown("audit-finding", "/audit/finding/{fault}"),
    _shown("request", "/request"),
    _shown("requests", "/requests"),
    _shown("receipt", "/request/{asked}", "/request/{token}"),
    _shown("report", "/report?page=/dataset/{id}"),
    _shown("report-personal", "/report/personal"),
    _shown("report-receipt", "/report/{reported}", "/report/{token}"),
    _shown("rating", "/dataset/{id}/rating"),
    _shown("satisfaction", "/satisfaction"),
    _shown("inbox", "/inbox", steward=True),
    _shown("inbox-request", "/inbox/{voice}", "/inbox/{number}", steward=True),
    _shown("login", "/user/login"),
    _shown("user", "/user", steward=True),
    _shown("missing", "/nothing-here", "", status=404),
)  # fmt: skip
OTHERS = frozenset(
    (
        "/api", "/api/{version:int}", "/api/3/action/{name}", "/api/action/{name}", "/api/3/openapi.json",
        "/dataset/", "/dataset/{id}.{form}", "/dataset/{id}/datapackage.json", "/dataset/{id}/croissant.jsonld",
        "/dataset/{id}/cite", "/dataset/{id}/version/{version}/cite",
        "/dataset/{id}/resource/{resource}/download", "/dataset/{id}/resource/{resource}/download/{filename}",
        "/dataset/{id}/resource/{resource}/download/{filename}-metadata.json",
        "/dataset/{id}/version/{version}/resource/{resource}/download",
        "/dataset/{id}/version/{version}/resource/{resource}/download/{filename}",
        "/audit.json", "/audit.xlsx", "/user/login/{provider}", "/user/login/{provider}/back",
        "/uploads/group/{name}", "/datastore/dump/{resource}", "/catalog.csv", "/catalog.jsonl",
        "/catalog.{form}", "/odata/{resource}", "/odata/{resource}/", "/odata/{resource}/$metadata",
        "/odata/{resource}/rows", "/odata/{resource}/rows/$count", "/odata/{resource}/rows({number:int})",
        "/feeds/dataset.atom", "/feeds/organization/{id}.atom", "/feeds/group/{id}.atom", "/feeds/tag/{id}.atom",
        "/feeds/custom.atom", "/sitemap.xml", "/sitemap-{number:int}.xml", "/robots.txt", "/healthz",
        "/group/{id}", "/usage.csv", "/usage.json", "/area/{code}.json", "/explore/provinces.json",
        "/dataset/{id}/picture.png",
        "/dataset/{id}/resource/{resource}/picture.svg", "/dataset/{id}/resource/{resource}/picture.png",
    )
)  # fmt: skip
"""Routes that give documents, files and redirects, and pages of what the sample desk has none of."""


@dataclass(slots=True, kw_only=True)
class Stand:
    """A served catalog: where, the workspace behind it, and the facts that fill addresses."""

    url: str
    workspace: Path
    facts: dict[str, str]
    states: dict[str, Any] = field(default_factory=dict)

    def address(self, page: Shown) -> str:
        """A page's address."""
        return self.filled(page.address)

    def filled(self, address: str) -> str:
        """An address whose `{facts}` are filled in."""
        return re.sub(r"\{(\w+)(?::int)?\}", lambda found: quote(self.facts[found[1]]), address)

    def saphan(self, *words: str, given: str | None = None) -> str:
        """What a command prints about this workspace; it succeeds."""
        return saphan(self.workspace, *words, given=given)


def saphan(workspace: Path, *words: str, given: str | None = None, codes: tuple[int, ...] = (0,)) -> str:
    """What a command prints about a workspace; it ends with one of the codes."""
    done = CliRunner().invoke(
        cli.cli, [*words, "--workspace", str(workspace)], input=given, catch_exceptions=False
    )
    assert done.exit_code in codes, done.output
    return done.output


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    """The sample desk, published twice (one figure changed in between) and served as `saphan serve` does."""
    desk = folder / "desk"
    shutil.copytree(ROOT / "datasets", desk, ignore=shutil.ignore_patterns(".saphan", "release"))
    saphan(desk, "publish", "--yes", codes=(0, 1))  # one dataset is meant to be refused
    source = next((desk / WELFARE / "source").iterdir())
    content = source.read_bytes()
    assert content.count(b'"1,968"') == 1
    source.write_bytes(content.replace(b'"1,968"', b'"1,969"'))
    saphan(desk, "build", WELFARE)
    saphan(desk, "approve", WELFARE, "--as", "สมหญิง ตัวอย่าง")
    saphan(desk, "publish", WELFARE, "--yes")
    account = ("user", "add", STEWARD, "--email", "steward@agency.example", "--sysadmin")
    saphan(desk, *account, given=f"{PASSWORD}\n")
    player = Player(folder=folder)
    player.environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
    try:
        player.serve(["saphan", "serve", "--workspace", str(desk)])
        made = Stand(url=f"http://127.0.0.1:{player.port}", workspace=desk, facts={})
        made.facts |= {**_facts(made.url), **_voices(made.url)}
        yield made
    finally:
        player.close()


def _facts(url: str) -> dict[str, str]:
    """What addresses are filled with, as the served catalog tells it."""

    def ask(action: str, **asked: str) -> Any:
        answer = requests.get(f"{url}/api/3/action/{action}", params=asked, timeout=30)
        return answer.json()["result"]

    def table(name: str) -> str:
        return str(next(one["id"] for one in shown(name)["resources"] if one["datastore_active"]))

    def shown(name: str) -> dict[str, Any]:
        return dict(ask("package_show", id=name))

    package = shown(WELFARE)
    resource = next(one for one in package["resources"] if one["datastore_active"])
    audit = requests.get(f"{url}/audit?lang=en", timeout=120)
    while audit.status_code == 202:
        audit = requests.get(f"{url}/audit?lang=en", timeout=120)
    home = requests.get(f"{url}/?lang=en", timeout=30).text
    versions = re.findall(r"/version/(\d+)\"", requests.get(f"{url}/dataset/{WELFARE}/version", timeout=30).text)
    return {
        "id": WELFARE, "name": "package_list", "resource": resource["id"], "version": versions[0], "number": "1",
        "filename": resource["url"].rpartition("/")[2], "form": "ttl", "word": "กองทุน", "provider": "thaid",
        "places": table("surveyed-communities"), "provinces": table("baan-mankong-housing"), "code": "10",
        "organization": package["organization"]["name"],
        "key": ask("datastore_search", resource_id=resource["id"], limit="1")["fields"][1]["id"],
        "theme": _first(r'/theme/([^"?]+)', home), "fault": _first(r"/audit/finding/([^\"?#]+)", audit.text),
    }  # fmt: skip


def _voices(url: str) -> dict[str, str]:
    """A request and a report that somebody sent: their addresses, and the number of the request."""
    asked = {"words": "ขอข้อมูลกองทุนรายตำบล", "purpose": "ทำวิทยานิพนธ์", "contact": "who@example.com"}
    told = {"words": "ตัวเลขแถวแรกไม่ตรงกับรายงาน", "page": f"/dataset/{WELFARE}"}
    receipts = [sent(url + path, data) for path, data in (("/request", asked), ("/report", told))]
    number = _first(r"(R\d{4}-\d{4,9})", requests.get(url + receipts[0], timeout=30).text)
    asked_at, told_at = (path.rpartition("/")[2] for path in receipts)
    return {"asked": asked_at, "reported": told_at, "voice": number}


def sent(address: str, data: Mapping[str, str]) -> str:
    """Sends a form as somebody else of this machine (so many a minute are taken of one); the receipt's path."""
    with requests.Session() as client:
        adapter = HTTPAdapter()
        adapter.init_poolmanager(1, 1, source_address=("127.0.0.2", 0))
        client.mount("http://", adapter)
        return client.post(address, data=data, timeout=30, allow_redirects=False).headers["Location"]


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else "none"


class BrowserMissingError(Exception):
    """This machine has no Chromium."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Raises BrowserMissingError."""
    path = shutil.which("chromium")
    if path is None:
        raise BrowserMissingError(
            "The pages are driven in Chromium, which this machine lacks: apt-get install chromium"
        )
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page that is open, and what went wrong on it so far."""

    page: Page
    host: str
    faults: list[str] = field(default_factory=list)
    status: int = 0

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # that the page itself answers 404 is what was asked for
        if message.location.get("url") == self.page.url and "Failed to load resource" in message.text:
            return
        self.faults.append(f"console: {message.text}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.netloc != self.host and parts.scheme not in ("data", "blob", "about"):
            self.faults.append(f"request: {url}")

    def go(self, address: str) -> Visit:
        """Opens an address of the stand."""
        answer = self.page.goto(f"http://{self.host}{address}")
        self.status = answer.status if answer else 0
        return self


@contextmanager
def visiting(browser: Browser, stand: Stand, **more: Any) -> Iterator[Visit]:
    """A fresh reader's page, of a language, a width, with or without scripts."""
    with context(browser, stand, **more) as made:
        yield Visit(made.new_page(), urlsplit(stand.url).netloc)


@contextmanager
def context(
    browser: Browser, stand: Stand, *, lang: str = "th", width: int = 1280, steward: bool = False, **more: Any
) -> Iterator[BrowserContext]:
    """A fresh reader's browser."""
    given: Mapping[str, Any] = {
        "locale": LOCALES[lang],
        "viewport": {"width": width, "height": WIDTHS.get(width, 900)},
        "storage_state": logged_in(browser, stand) if steward else None,
        **more,
    }
    made = browser.new_context(**given)
    made.set_default_timeout(PATIENCE)
    try:
        yield made
    finally:
        made.close()


def logged_in(browser: Browser, stand: Stand) -> Any:
    """The cookies of the steward, who has logged in by the form."""
    if "steward" not in stand.states:
        with visiting(browser, stand) as visit:
            visit.go("/user/login")
            visit.page.fill("input[name=name]", STEWARD)
            visit.page.fill("input[name=password]", PASSWORD)
            visit.page.press("input[name=password]", "Enter")
            visit.page.wait_for_url("**/user")
            stand.states["steward"] = visit.page.context.storage_state()
    return stand.states["steward"]
