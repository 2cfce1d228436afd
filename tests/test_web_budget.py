"""What a page costs whoever opens it: bytes over the air, and questions to the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import package, upload
from sqlalchemy import event
from web_ground import Web, served

from catalog.portal.local import LocalPortal
from metadata.areas import provinces
from metadata.standard import Standard

STATIC = Path(__file__).parents[1] / "catalog/web/static"
FACE = re.compile(r'@font-face \{.*?font-weight: (\d+);.*?url\("([\w-]+)\.woff2"\).*?unicode-range: ([^;]+);')
FONTS = 32_000
"""Bytes of the four fonts that a page in Thai needs."""
SPACES = {0x20, 0xA0}
"""In every font: Pango, which makes the PDFs, takes a space from the font of the letter before it, and without one
draws a box."""


def faces() -> dict[str, set[int]]:
    """The fonts of the style, and the letters that it takes from each."""
    style = (STATIC / "portal.css").read_text(encoding="utf-8")
    return {name: _letters(ranges) for _weight, name, ranges in FACE.findall(style)}


def _letters(ranges: str) -> set[int]:
    ends = [part.strip().removeprefix("U+").split("-") for part in ranges.split(",")]
    return {code for end in ends for code in range(int(end[0], 16), int(end[-1], 16) + 1)}


def test_the_fonts_of_a_page_are_small() -> None:
    assert set(faces()) == {
        f"sarabun-{part}-{weight}" for part in ("thai", "latin", "more") for weight in (400, 700)
    }
    assert {path.stem for path in STATIC.glob("*.woff2")} == set(faces())
    needed = [name for name in faces() if "more" not in name]
    assert sum((STATIC / f"{name}.woff2").stat().st_size for name in needed) <= FONTS


@pytest.mark.parametrize("name", list(faces()))
def test_a_font_holds_the_letters_it_is_asked_for_and_places_marks(name: str) -> None:
    from fontTools.ttLib import TTFont

    font = TTFont(STATIC / f"{name}.woff2")
    assert set(font.getBestCmap()) == faces()[name] | SPACES
    if "thai" in name:
        assert {*range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C)} <= set(font.getBestCmap())
        for table, features in (("GPOS", {"mark", "mkmk"}), ("GSUB", {"ccmp", "liga"})):
            assert features <= {one.FeatureTag for one in font[table].table.FeatureList.FeatureRecord}


PAGE = 60_000
"""Bytes of a dataset's page over the air: itself, styles, the fonts it needs and pictures."""
STATEMENTS = {"/": 12, "/dataset?q=ประชากร&res_format=CSV": 8, "/dataset/population-2567": 25}
"""Page → questions to the database that it may ask, however many datasets there are."""
NAME = "population-2567"
NOTES = "จำนวนประชากรตามทะเบียนราษฎร รายจังหวัด รายปี จำแนกตามเพศและช่วงอายุ " * 12


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("budget")
    schema = Standard.load("gdc-2.2.4").schema
    database = f"sqlite:///{folder}/catalog.sqlite"
    with LocalPortal(database_url=database, files=folder, schema=schema) as portal, served(portal) as made:
        portal.call_action("organization_create", {"name": "dept-a", "title": "กรมทดสอบ"})
        _rich(portal)
        yield made


def _rich(portal: LocalPortal) -> None:
    """A dataset with all that a page can show of one: every term, a map, a table of 15 columns, several files."""
    facts = {term.field_name: _value(term) for term in Standard.load("gdc-2.2.4").terms if not term.property}
    given = {"maintainer_email": "data@agency.example", "license_id": "Creative Commons Attributions"}
    facts |= {**given, "data_category": "ข้อมูลสาธารณะ", "tag_string": "ประชากร,จังหวัด,อายุ"}
    portal.call_action("package_create", {**package(NAME), **facts, "owner_org": "dept-a", "notes": NOTES})
    names = [one.name for one in provinces()]
    rows = [
        {
            "province": name,
            "year": year,
            **{f"group_{n}": (len(name) * 977 + year * n) % 90_000 for n in range(13)},
        }
        for name, year in product(names, range(2563, 2568))
    ]
    fields = [
        {"id": name, "type": kind, "info": {"label": label, "notes": f"{label} ณ วันที่ 31 ธันวาคม · {name}"}}
        for name, kind, label in (
            ("province", "text", "จังหวัด"),
            ("year", "int", "ปี พ.ศ."),
            *((f"group_{n}", "int", f"ประชากรอายุ {n * 7}–{n * 7 + 6} ปี") for n in range(13)),
        )
    ]
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    for number in range(3):
        form = {"package_id": NAME, "name": f"ประชากรรายจังหวัด ตอนที่ {number + 1}", "format": "CSV"}
        made = portal.call_action("resource_create", form, upload("\n".join(lines).encode()))
        if number == 0:
            sent = {"resource_id": made["id"], "force": True, "fields": fields, "records": rows}
            portal.call_action("datastore_create", sent)


def _value(term: Any) -> Any:
    if term.choices:
        return [term.choices[0]] if term.multiple else term.choices[0]
    kinds = {"date": "2026-06-01", "year": "2567", "interval": "1"}
    return kinds.get(term.kind, "กลุ่มงานข้อมูลและสถิติประชากร")


class Links(HTMLParser):
    """What a browser fetches with a page before its reader touches anything, and the letters it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: set[str] = set()
        self.scripts: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and {"stylesheet", "icon", "preload"} & set(given.get("rel", "").split()):
            self.fetched.add(given["href"])
        elif tag in ("img", "iframe", "source", "embed", "object"):
            self.fetched.add(given.get("src") or given.get("data", ""))
        elif tag == "script" and given.get("type") != "application/ld+json":
            self.scripts.append(given.get("src", "inline"))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_rich_datasets_page_is_light_and_needs_no_script(web: Web, language: str) -> None:
    answer = web.ask(f"/dataset/{NAME}", headers={"Accept-Language": language})
    page = Links()
    page.feed(answer.text)
    for block in ("<svg", "<table", "</th>"):
        assert block in answer.text
    letters = set(map(ord, page.text))
    sizes = {"page": int(answer.headers["Content-Length"])}
    fonts = set()
    for address in page.fetched:
        assert address.startswith("/")
        got = web.ask(address)
        assert got.status_code == 200, address
        sizes[address] = int(got.headers["Content-Length"])
        if ".css" in address:
            fonts |= set(re.findall(r'url\("([^"]+)"\)', got.text))
    for address in fonts:
        name = address.rpartition("/")[2].partition(".")[0]
        if faces()[name] & letters:
            sizes[address] = int(web.ask(address).headers["Content-Length"])
    assert page.scripts == []
    assert sum(sizes.values()) <= PAGE, sizes


@contextmanager
def counted(portal: LocalPortal) -> Iterator[list[str]]:
    """The statements that are sent to the catalog's database meanwhile."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(portal.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(portal.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", list(STATEMENTS))
def test_a_page_asks_the_database_little(web: Web, path: str) -> None:
    assert web.ask(path).status_code == 200
    with counted(web.portal) as said:
        assert web.ask(path).status_code == 200
    assert len(said) <= STATEMENTS[path], "\n".join(said)
