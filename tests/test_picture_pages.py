"""Pictures on pages: inline, as files, as cards, within others' pages, each for who may see the table."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from test_picture_drawn import HOSTILE, sound
from web_ground import KEY, Web, served

from metadata import areas

NAME = "population-2567"
PAGE = f"/dataset/{NAME}"
PICTURE = f"{PAGE}/resource/resource-1/picture"
FIELDS = [
    {"id": "year", "type": "int4", "info": {"label": "ปี พ.ศ.", "notes": "ปี · Year (B.E.) · Buddhist year"}},
    {"id": "province", "type": "text", "info": {"label": "จังหวัด", "notes": "ชื่อ · Province · Its name"}},
    {"id": "people", "type": "int4", "info": {"label": "จำนวนประชากร (คน)", "notes": "นับ · Population · Counted"}},
]
ROWS = [
    {"year": year, "province": one.name, "people": 1000 * n + year}
    for year in range(2563, 2568)
    for n, one in enumerate(areas.provinces(), 1)
]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as ours:
        yield ours


def publish(web: Web, rows: Any = ROWS, fields: Any = FIELDS, **more: Any) -> None:
    web.portal.call_action("package_create", package(**{"tags": [{"name": "ประชากร"}], **more}))
    web.portal.call_action("resource_create", {"package_id": NAME, "id": "resource-1", "name": "ตาราง"}, upload())
    table = {"resource_id": "resource-1", "force": True, "fields": fields, "records": list(rows)}
    web.portal.call_action("datastore_create", table)


def test_a_datasets_page_begins_with_its_picture_and_the_numbers_of_it(both: str, tmp_path: Path) -> None:
    del both
    with opened(tmp_path) as portal, served(portal) as web:
        publish(web)
        thai, english = (web.ask(f"{PAGE}?lang={language}").text for language in ("th", "en"))
        assert "ผลรวมของจำนวนประชากร ตามปี" in thai
        assert "Population, total by year" in english
        assert ">2567</text>" in thai
        assert ">2024</text>" in english
        assert "3,200,659" in thai  # 1000 · (1 + … + 77) + 77 · 2567
        assert "กรมตัวอย่าง" in thai.partition("<figcaption")[2].partition("</figcaption>")[0]
        assert not re.search(r"\sstyle=", thai)
        assert 'href="?picture=map#picture"' in thai
        maps = web.ask(f"{PAGE}?lang=th&picture=map").text
        assert maps.count("<title>") >= 77
        assert "ปี 2567" in maps


def test_a_file_of_the_picture_is_svg_with_its_source_and_is_not_sent_twice(web: Web) -> None:
    publish(web)
    answer = web.ask(f"{PICTURE}.svg?lang=th&type=map")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    root = sound(answer.text)
    said = "".join(root.itertext())
    assert "ที่มา: กรมตัวอย่าง" in said
    assert "จำนวนประชากร ตามจังหวัด ปี 2567" in said
    again = web.ask(f"{PICTURE}.svg?lang=th&type=map", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    more = {"year": 2568, "province": "ตาก", "people": 5}
    web.portal.call_action(
        "datastore_upsert", {"resource_id": "resource-1", "force": True, "records": [more], "method": "insert"}
    )
    changed = web.ask(f"{PICTURE}.svg?lang=th&type=line")
    assert ">2568<" in changed.text


def test_a_link_shows_a_card_with_the_first_picture(web: Web) -> None:
    publish(web)
    page = web.ask(f"{PAGE}?lang=en").text
    (image,) = re.findall(r'<meta property="og:image" content="([^"]+)"', page)
    assert image == f"{web.url}{PAGE}/picture.png?lang=en"
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    assert re.search(r'<meta property="og:title" content="ประชากร', page)
    card = web.client.get(image, timeout=30)
    assert card.headers["Content-Type"] == "image/png"
    assert card.content[16:24] == (1200).to_bytes(4) + (630).to_bytes(4)
    own = web.ask(f"{PICTURE}.png?lang=en&type=line")
    assert own.content == card.content
    web.portal.call_action("package_create", package("nothing-here"))
    bare = web.ask("/dataset/nothing-here/picture.png")
    assert bare.status_code == 200
    assert bare.content[:4] == b"\x89PNG"


def test_a_picture_stands_in_other_peoples_pages_and_leads_to_the_dataset(web: Web) -> None:
    publish(web)
    answer = web.ask("/embed/resource-1?lang=en&type=map")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "<nav" not in answer.text
    assert re.findall(r'<a href="([^"]+)"', answer.text) == [f"{web.url}{PAGE}"]
    assert "frame-ancestors 'none'" in web.ask(PAGE).headers["Content-Security-Policy"]
    page = web.ask(f"{PAGE}?lang=en").text
    assert "&lt;iframe src=&#34;" in page
    assert f"{web.url}/embed/resource-1?type=line&amp;amp;lang=en" in page


def test_what_is_private_has_no_picture_for_a_stranger(web: Web) -> None:
    publish(web, private=True)
    for path in (f"{PICTURE}.svg", f"{PICTURE}.png", f"{PAGE}/picture.png", "/embed/resource-1", PAGE):
        assert web.ask(path).status_code == 404
        answer = web.ask(path, key=KEY)
        assert answer.status_code == 200
        assert path == PAGE or "private" in answer.headers["Cache-Control"]
    assert web.ask(f"{PICTURE}.svg").status_code == 404  # nor what was drawn for who may see it
    for path in ("/embed/none", f"{PAGE}/resource/none/picture.svg", "/dataset/none/picture.png"):
        assert web.ask(path, key=KEY).status_code == 404


def test_a_table_without_a_picture_has_a_page_all_the_same(web: Web) -> None:
    publish(web, rows=[], fields=[{"id": "a", "type": "text"}])
    page = web.ask(f"{PAGE}?lang=th")
    assert page.status_code == 200
    assert 'id="picture"' not in page.text
    assert web.ask(f"{PICTURE}.svg").status_code == 404
    assert web.ask(f"{PAGE}/picture.png").status_code == 200


def test_what_strangers_wrote_is_text_in_pictures(web: Web) -> None:
    given = [hostile.replace("\x00", "")[:200] for hostile in HOSTILE]
    fields = [{"id": "kind", "type": "text", "info": {"label": "".join(given)}}, {"id": "n", "type": "int4"}]
    rows = [{"kind": f"{given[n % 8]}{n % 3}", "n": n} for n in range(40)]
    publish(web, rows, fields, title=f"t {''.join(given)}"[:500])
    for path in (f"{PAGE}?lang=th", "/embed/resource-1"):
        page = web.ask(path).text
        assert "<img src=x" not in page
        assert "alert(1)</script>" not in page
        assert "<svg onload" not in page
        assert "\u202e" not in page[page.index("<main") :]
    sound(web.ask(f"{PICTURE}.svg").text)
    assert web.ask(f"{PICTURE}.png").status_code == 200


def test_the_picture_of_a_page_costs_little(web: Web) -> None:
    publish(web)
    for kind in ("line", "map"):
        page = web.ask(f"{PAGE}?lang=th&picture={kind}").text
        section = page[page.index('<section aria-labelledby="picture">') :].partition("</section>")[0]
        assert len(gzip.compress(section.encode(), 6)) <= 12_000


def test_a_resource_view_of_ckan_chooses_the_picture(web: Web) -> None:
    publish(web)
    view = {"resource_id": "resource-1", "view_type": "recline_graph_view", "title": "มุมมองของเจ้าของข้อมูล"}
    spec = {"graph_type": "columns", "group": "province", "series": ["people"]}
    web.portal.call_action("resource_view_create", {**view, **spec})
    page = web.ask(f"{PAGE}?lang=th").text
    assert "มุมมองของเจ้าของข้อมูล" in page
    assert page.count("<rect") == 2 * 11
