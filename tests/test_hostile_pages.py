"""What was written to harm is shown harmlessly: it becomes no element, attribute or header of a page."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hostile_ground import (
    DENSE,
    FILES,
    GROUP,
    LONG,
    ORGANIZATION,
    PAYLOADS,
    TABLE,
    Reading,
    agencies,
    hostile,
    names,
    place,
    read,
    shown,
)
from openpyxl import load_workbook
from starlette.routing import Match, Route
from web_ground import Web, served

from catalog.public.handling import Decision, decide
from catalog.web import audits
from catalog.web.pages import strangers

BIG = 400_000
"""Bytes that a page has at most, whatever was written."""
INNER = re.compile(r"/(?!/)(?!.*\.(xlsx|json|jsonl|csv|ttl|rdf|atom)$)")
"""Addresses of this catalog that may give a page."""
EACH = 1
"""Pages of one route that the walk reads beside the first ones, and as many with a query."""
KEPT = ("kpi", "mqa")
"""Packs of measures that are audited by here: enough for every kind of page."""
QUERIES = 8
"""One of so many payloads is searched for."""


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with hostile(tmp_path_factory.mktemp("hostile")) as portal, served(portal) as ours:
        place(ours)
        yield ours


def page(web: Web, address: str) -> Reading | None:
    """A page, which is whole and harmless; None where the address gives something else."""
    answer = web.ask(address)
    assert answer.status_code < 500, address
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return None
    assert len(answer.content) < BIG, (address, len(answer.content))
    reading = read(answer.text)
    assert not reading.faults, (address, reading.faults[:5])
    return reading


def test_there_are_enough_payloads_and_the_catalog_takes_them(web: Web) -> None:
    assert len(PAYLOADS) == len(set(PAYLOADS.values())) >= 60
    taken = set(web.call("package_list").json()["result"])
    assert [name for name, text in names() if name not in taken] == [
        name for name, text in names() if "\ud800" in text
    ], "lone surrogates are no text, and nothing else is refused"


def test_the_page_of_a_dataset_shows_what_was_written(web: Web) -> None:
    for name in agencies():
        page(web, f"/organization/{name}")
    for name, text in names():
        if "\ud800" not in text:
            found = page(web, f"/dataset/{name}?lang=en")
            assert found and found.heading.strip(), name
            # a stack of marks is cut, a long title may be
            assert shown(text).startswith(shown(found.heading).rstrip("…")[:300]) or "\u0e49" in text, name


@pytest.mark.workers  # takes a while
def test_every_page_that_can_be_reached_is_whole(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = audits.by_default()
    some = replace(whole, packs=tuple(one for one in whole.packs if one["key"] in KEPT))
    monkeypatch.setattr(web.application.state.audits, "terms", lambda: some)  # pages enough
    routes = [route for route in web.application.routes if isinstance(route, Route)]
    evil = quote(PAYLOADS["script"], safe="")
    waiting = [f"/dataset/{DENSE}", f"/dataset/{FILES}", "/", f"/{evil}", f"/group/{GROUP}"]
    asked = [text.encode("utf-8", "ignore") for text in PAYLOADS.values()][::QUERIES]
    waiting += [f"/dataset?q={quote(text[:200])}" for text in asked]
    waiting += [
        f"{path}?next={evil}&page={evil}&dataset={evil}&sort={evil}" for path in ("/user/login", "/dataset")
    ]
    seen = set(waiting)
    read_of: Counter[str] = Counter()
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        scope = {"type": "http", "path": parts.path, "method": "GET"}
        route = next((one.path for one in routes if one.matches(scope)[0] == Match.FULL), parts.path)
        keys = {key for key, _ in parse_qsl(parts.query)} - {"lang"}
        kind = f"{route} {keys.pop() if keys == {'q'} else bool(keys)}"
        read_of[kind] += 1
        if read_of[kind] > (len(asked) if kind == "/dataset q" else EACH):
            continue
        found = page(web, address)
        for link in found.links if found else ():
            inner = parts.path + link if link.startswith("?") else link.split("#")[0]
            if INNER.match(inner) and inner not in seen:
                seen.add(inner)
                waiting.append(inner)
    assert len(read_of) > 15, read_of


@pytest.mark.parametrize("part", [10, pytest.param(1, marks=pytest.mark.browser)])
def test_ten_megabytes_of_notes_make_no_page_long(web: Web, part: int) -> None:
    more = {
        "owner_org": ORGANIZATION,
        "title": "ยาวมาก",
        "extras": [{"key": "หมายเหตุ", "value": LONG[: 1_000_000 // part]}],
    }
    made = web.call("package_create", {"name": "evil-long", "notes": LONG[: len(LONG) // part], **more})
    assert made.status_code == 200
    assert len(LONG.encode()) > 10_000_000
    try:
        found = page(web, "/dataset/evil-long?lang=th")
        assert found
        assert any(re.search(r"evil-long\.json|package_show\?id=evil-long", link) for link in found.links)
        for address in ("/dataset", "/", f"/organization/{ORGANIZATION}", "/dataset/evil-long/version"):
            page(web, address)
    finally:
        web.call("package_delete", {"id": "evil-long"})


def test_a_file_is_downloaded_under_a_harmless_name_and_never_run(web: Web) -> None:
    files = web.call("package_show", {"id": FILES}).json()["result"]["resources"]
    assert len(files) > 10
    for one in files:
        answer = web.ask(urlsplit(one["url"]).path)
        assert answer.status_code == 200, one["url"]
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert re.fullmatch(r"attachment; filename=\"[\w.-]+\"; filename\*=UTF-8''[\w%.~-]+",
                            answer.headers["Content-Disposition"]), one["url"]  # fmt: skip
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers


@pytest.mark.workers  # takes a while
def test_what_strangers_write_is_shown_to_nobody_as_a_page(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the form that comes back, on the receipt, at the steward's desk and in the public list."""
    monkeypatch.setattr(strangers, "wait", lambda _request, _buckets: 0)
    engine, actor = web.portal.engine, web.portal.actor
    for text in list(PAYLOADS.values())[::2]:
        short = text[:400].encode("utf-8", "ignore").decode()
        for path, data in (("/request", {"words": short, "contact": short, "page": short}), ("/report", {})):
            answer = web.ask(path, "POST", data={**data, "contact": short, "topic": short})
            assert answer.status_code == 422
            assert not read(answer.text).faults, (path, text[:60], read(answer.text).faults[:3])
    numbers = []
    for text in list(PAYLOADS.values())[::9]:
        short = text[:400].encode("utf-8", "ignore").decode()
        sent = web.ask("/request", "POST", data={"words": short, "purpose": short, "page": short})
        assert sent.status_code == 303
        told = page(web, sent.headers["Location"])
        found = re.search(r"R\d{4}-\d{4}", told.heading if told else "")
        assert found
        numbers.append(found[0])
        decide(engine, found[0], Decision(listed=short), actor)
        decide(engine, found[0], Decision(state="refused", refusal="privacy", answer=short), actor)
        page(web, sent.headers["Location"])
    for number in (1, 2):
        page(web, f"/requests?page={number}")
    _log_in(web)
    stars = {"stars": "1", "words": PAYLOADS["script"]}
    assert web.ask(f"/dataset/{DENSE}/rating", "POST", data=stars).status_code == 303
    for address in ("/inbox?all", *(f"/inbox/{number}" for number in numbers), "/user"):
        page(web, address)


def _log_in(web: Web) -> None:
    """As somebody whose name is a payload, too."""
    person = {"name": "evil", "email": "evil@agency.example", "password": "correct horse", "sysadmin": True}
    web.portal.call_action("user_create", {**person, "fullname": PAYLOADS["image"]})
    form = re.search(r'name="form_key" value="([^"]+)"', web.ask("/user/login").text)
    assert form
    data = {"form_key": form[1], "name": "evil", "password": "correct horse"}
    assert web.ask("/user/login", "POST", data=data).status_code == 303


def test_a_picture_for_other_peoples_pages_is_harmless_there(web: Web) -> None:
    answer = web.ask(f"/embed/{TABLE}")
    assert answer.status_code in (200, 404)
    faults = read(answer.text).faults
    assert not [one for one in faults if one != "the page is not whole"], faults
    drawn = web.ask(f"/dataset/{DENSE}/resource/{TABLE}/picture.svg")
    assert drawn.status_code in (200, 404)
    assert not re.search(r"<script|<foreignObject|\son\w+=|javascript:", drawn.text, re.IGNORECASE)


def test_a_workbook_of_theirs_holds_no_formula(web: Web) -> None:
    answer = web.ask(f"/dataset/{DENSE}/resource/{TABLE}?format=xlsx")
    assert answer.status_code == 200
    sheets = load_workbook(io.BytesIO(answer.content)).worksheets
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert PAYLOADS["formula"] in {cell.value for cell in cells}
