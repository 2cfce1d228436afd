"""The explore page: what a reader may choose, what is drawn of it, and what the script is given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from web_ground import Web, served

from catalog.picture.choice import choices
from catalog.picture.chosen import chosen
from catalog.picture.columns import Field, roles
from catalog.picture.outline import outlines, rings

HERE = "/dataset/population-2567/resource/resource-1/explore"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with opened(tmp_path_factory.mktemp("explore")) as portal, served(portal) as ours:
        _publish(ours)
        yield ours


def _publish(web: Web) -> None:
    web.portal.call_action("package_create", package())
    sent = {"package_id": "population-2567", "id": "resource-1", "name": "ตาราง", "format": "CSV"}
    web.portal.call_action("resource_create", sent, upload())
    fields = [
        {"id": "year", "type": "int4", "info": {"label": "ปี พ.ศ."}},
        {"id": "province", "type": "text", "info": {"label": "จังหวัด"}},
        {"id": "sex", "type": "text", "info": {"label": "เพศ"}},
        {"id": "people", "type": "int4", "info": {"label": "ประชากร (คน)"}},
        {"id": "share", "type": "numeric", "info": {"label": "ร้อยละ"}},
    ]
    rows = [
        {"year": year, "province": place, "sex": sex, "people": year - 2500 + n, "share": 10.5 + n}
        for year in (2565, 2566, 2567)
        for n, (place, sex) in enumerate((p, s) for p in ("ระนอง", "พังงา", "ภูเก็ต") for s in ("ชาย", "หญิง"))
    ]
    sent = {"resource_id": "resource-1", "force": True, "fields": fields, "records": rows}
    web.portal.call_action("datastore_create", sent)


def _figures(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="explore-figures">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def test_the_page_shows_the_first_picture_and_every_choice(web: Web) -> None:
    page = web.ask(f"{HERE}?lang=th")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert 'role="img"' in page.text
    assert re.findall(r'<select id="choose-(\w+)"', page.text) == ["kind", "group", "measure", "split", "how"]
    told = _figures(page.text)
    assert told["kind"] == "line"
    assert told["keys"] == ["2565", "2566", "2567"]


def test_what_is_chosen_is_added_up(web: Web) -> None:
    told = _figures(web.ask(f"{HERE}?kind=line&group=year&measure=people&split=sex&how=sum").text)
    sums = {one["name"]: one["values"] for one in told["series"]}
    assert sums == {"ชาย": [201, 204, 207], "หญิง": [204, 207, 210]}
    counted = _figures(web.ask(f"{HERE}?kind=bar&group=sex&measure=").text)
    assert [one["values"] for one in counted["series"]] == [[9, 9]]
    shaded = _figures(web.ask(f"{HERE}?kind=map&group=province&measure=people&lang=en").text)
    assert shaded["keys"] == ["82", "83", "85"]
    assert shaded["shapes"] == "/explore/provinces.json"


def test_of_a_register_all_rows_are_shown_whenever_they_began() -> None:
    fields = [
        Field(name=name, kind=kind, labels={"th": label, "en": name})
        for name, kind, label in (
            ("code", "text", "รหัสกองทุน"),
            ("province", "text", "จังหวัด"),
            ("founded", "date", "วันที่จัดตั้ง"),
            ("members", "int4", "จำนวนสมาชิก (คน)"),
        )
    ]
    places = ("ระนอง", "พังงา", "ภูเก็ต")
    rows = [(f"F{n:03}", places[n % 3], f"2020-{n % 12 + 1:02}-{n % 27 + 1:02}", str(n)) for n in range(60)]
    columns = roles(fields, rows, whole=True)
    usual = next(one for one in choices(columns) if one.kind == "map")
    asked = chosen({"kind": "map", "group": "province", "measure": "members"}, columns)
    assert asked is not None
    assert asked.at == usual.at is None


def test_percentages_are_never_added_up(web: Web) -> None:
    page = web.ask(f"{HERE}?kind=bar&group=province&measure=share&how=sum").text
    (values,) = (one["values"] for one in _figures(page)["series"])
    assert max(values) < 20
    assert 'name="how"' not in page


@pytest.mark.parametrize(
    "query", ["kind=pie", "group=nope", "measure=sex", "split=<script>", "kind=points", "how=x"]
)
def test_nonsense_shows_what_can_be_shown(web: Web, query: str) -> None:
    page = web.ask(f"{HERE}?{query}")
    assert page.status_code == 200
    assert _figures(page.text)["kind"] == "line"
    assert "<script>" not in page.text


def test_what_is_not_there_or_private_is_not_found(web: Web) -> None:
    for path in ("/dataset/nope/resource/resource-1/explore", HERE.replace("resource-1", "nope")):
        assert web.ask(path).status_code == 404
    web.portal.call_action("package_patch", {"id": "population-2567", "private": True})
    try:
        assert web.ask(HERE).status_code == 404
    finally:
        web.portal.call_action("package_patch", {"id": "population-2567", "private": False})


def test_the_outlines_are_the_provinces_in_degrees(web: Web) -> None:
    assert rings("M1 2l3 4-5 6zM0 0l1 1z") == [[(1, 2), (4, 6), (-1, 12)], [(0, 0), (1, 1)]]
    told = json.loads(outlines())
    assert len(told["features"]) == 77
    for one in told["features"]:
        for (ring,) in one["geometry"]["coordinates"]:
            assert ring[0] == ring[-1]
            assert all(97 < longitude < 106 and 5 < latitude < 21 for longitude, latitude in ring)
    assert web.ask("/explore/provinces.json").content == outlines()


def test_every_file_of_the_page_is_ours_and_its_licence_is_there() -> None:
    folder = Path(__file__).parents[1] / "catalog" / "web" / "static" / "explore"
    names = {path.name for path in folder.iterdir()}
    assert names == {"echarts.js", "leaflet.js", "leaflet.css", "explore.js", "explore.css", "licenses.txt"}
    for path in folder.glob("*.js"):
        assert "sourceMappingURL" not in path.read_text(encoding="utf-8")
