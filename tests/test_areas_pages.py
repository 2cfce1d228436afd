"""The pages of areas: what tables tell of a province, a district, a sub-district."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from areas_ground import FUNDS, HOUSING, funds, housing, publish, published
from catalog_ground import opened
from hostile_ground import PAYLOADS, Reading
from web_ground import Web, served

from catalog.places import index as indexes
from catalog.places.index import Indexed
from catalog.places.located import located


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as ours:
        yield ours


def test_tables_are_found_by_what_columns_are_called_and_hold(tmp_path: Path, both: str) -> None:
    with opened(tmp_path) as portal:
        ids = published(portal)
        ids["numbers"] = publish(
            portal, "numbers", [{"id": "age", "type": "int8"}], [{"age": 20 + n} for n in range(9)]
        )
        found = {}
        for name, resource in ids.items():
            with portal.datastore.opened(resource) as reading:
                found[name] = {one.level: one for one in located(reading)}
        assert {name: list(levels) for name, levels in found.items()} == {
            "housing": ["province"],
            "funds": ["province", "district"],
            "tambons": ["province", "district", "subdistrict"],
            "secret": ["province"],
            "numbers": [],
        }
        assert found["funds"]["province"].cells["50"] == (("จ.เชียงใหม่",), ("เชียงใหม่",))
        districts = found["funds"]["district"].cells
        assert {"1001", "5001", "5007"} < set(districts)
        assert len(districts["5007"]) == 2
        assert {code[:2] for code in districts if code not in ("1001", "5001", "5007")} == {"80", "19"}
        assert found["tambons"]["district"].cells == {
            "5007": (("500701",), ("500702",)),
            "5701": (("570101",),),
        }


def test_a_province_has_all_figures_of_public_tables(web: Web) -> None:
    ids = published(web.portal)
    told = web.ask("/area/50.json?lang=en").json()
    assert told["state"] == "current"
    assert (told["name"], told["parent"], len(told["children"])) == ("เชียงใหม่", None, 25)
    tables = {urlsplit(one["dataset"]).path: one for one in told["tables"]}
    assert set(tables) == {"/dataset/housing", "/dataset/funds", "/dataset/tambons"}
    built = tables["/dataset/housing"]
    assert (built["period"], built["previous_period"]) == ("Fiscal year 2025", "Fiscal year 2024")
    households, percent = built["figures"]
    assert households == {
        "column": "households",
        "label": "Households",
        "unit": "households",
        "value": 500,
        "how": "one",
        "rows": 1,
        "previous": 499,
        "rank": 2,
        "of": 6,
    }
    assert (percent["value"], percent["rank"]) == (50.5, None)
    assert built["history"] == [
        {"period": "Fiscal year 2025", "households": 500, "percent": 50.5},
        {"period": "Fiscal year 2024", "households": 499, "percent": 50.5},
    ]
    kept = {one["column"]: one for one in tables["/dataset/funds"]["figures"]}
    assert (kept[None]["value"], kept["members"]["value"], kept["members"]["how"]) == (3, 306, "sum")
    assert tables["/dataset/funds"]["by"]["column"] == "amphoe"
    assert tables["/dataset/tambons"]["figures"][-1]["value"] == 3
    rows = urlsplit(built["rows_url"])
    assert rows.path == f"/dataset/housing/resource/{ids['housing']}"
    assert parse_qs(rows.query) == {"column": ["province_code"], "test": ["is"], "value": ["50"]}


def test_the_page_says_it_in_both_languages(web: Web) -> None:
    published(web.portal)
    thai, english = web.ask("/area/50?lang=th").text, web.ask("/area/50?lang=en").text
    for said in (
        "จังหวัดเชียงใหม่", "ตัวเลขจาก 3 ตาราง", "ปีงบประมาณ 2568", "<strong>500</strong> ครัวเรือน",
        "อำเภอในจังหวัดนี้", "เพิ่มขึ้น 1 (0.2%)", "จาก 499 ในปีงบประมาณ 2567",
        "อันดับ 2 จาก 6 จังหวัดที่มีข้อมูล", "ผลรวมของ 3 แถว",
    ):  # fmt: skip
        assert said in thai, said
    for said in ("Chiang Mai Province", "up 1 (0.2%)", "from 499 in fiscal year 2024", "No. 2 of 6 provinces"):
        assert said in english, said
    assert "secret" not in thai


def test_bangkok_has_words_of_its_own(web: Web) -> None:
    for code, thai, english in (
        ("10", "<h1>กรุงเทพมหานคร</h1>", "<h1>Bangkok</h1>"),
        ("1001", "<h1>เขตพระนคร</h1>", "<h1>Phra Nakhon District</h1>"),
        ("100101", "<h1>แขวงพระบรมมหาราชวัง</h1>", "Sub-district</h1>"),
        ("5007", "<h1>อำเภอแม่ริม</h1>", "<h1>Mae Rim District</h1>"),
        ("500701", "<h1>ตำบลริมใต้</h1>", "<h1>Rim Tai Sub-district</h1>"),
    ):
        assert thai in web.ask(f"/area/{code}?lang=th").text
        assert english in web.ask(f"/area/{code}?lang=en").text


def test_figures_of_several_rows_are_divided_by_category(web: Web) -> None:
    kinds = [{"id": "kind", "type": "text", "info": {"label": "ประเภท"}}]
    rows = [{**row, "kind": kind} for row in housing() for kind in ("เช่า", "ซื้อ", "รวม")]
    publish(web.portal, "housing", [*HOUSING, *kinds], rows)
    (table,) = web.ask("/area/50.json?lang=th").json()["tables"]
    assert (table["figures"][0]["value"], table["figures"][0]["rows"]) == (1000, 2), "the totals are not added"
    assert table["by"] == {
        "column": "kind",
        "label": "ประเภท",
        "rows": [{"cell": kind, "rows": 1, "households": 500, "percent": 50.5} for kind in ("ซื้อ", "เช่า")],
    }
    page = web.ask("/area/50?lang=th").text
    assert "แยกตามประเภท" in page
    assert "1 ตาราง" in web.ask("/area?lang=th").text


def test_where_nothing_is_told_one_may_ask_for_it(web: Web) -> None:
    published(web.portal)
    page = web.ask("/area/9006?lang=th").text
    assert "ยังไม่มีชุดข้อมูลที่เปิดเผยใดมีตัวเลขของอำเภอ" in page
    assert 'href="/request?what=' in page
    assert 'href="/area/90"' in page
    for missing in ("/area/99", "/area/9", "/area/x.json", "/area/500799", "/area/%E0%B9%95%E0%B9%90"):
        assert web.ask(missing).status_code == 404, missing


def test_an_area_is_found_by_what_people_type(web: Web) -> None:
    every = web.ask("/area?lang=th").text
    assert every.count('href="/area/') >= 77
    assert web.ask("/area?q=ดุสิต").status_code == 200  # a district, and sub-districts of that name
    only = web.ask("/area?q=กทม.&lang=en")
    assert (only.status_code, only.headers["location"]) == (307, "/area/10?lang=en")
    found = web.ask("/area?q=chiang&lang=en").text
    assert "Chiang Mai Province" in found
    assert "Mueang Chiang Rai District, Chiang Rai Province" in found
    nothing = web.ask("/area?q=<script>&lang=en").text
    assert "No area is called “&lt;script&gt;”" in nothing


def test_the_index_follows_the_datasets(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        indexed = Indexed(portal)
        first, current = indexed.now()
        assert first is not None
        assert (first.of("50", "province"), current) == ([], True)
        publish(portal, "housing", HOUSING, housing())
        again, _ = indexed.now()
        assert again is not None
        assert [one.package for one, _located in again.of("50", "province")] == [
            portal.call_action("package_show", {"id": "housing"})["id"]
        ]
        portal.call_action("package_patch", {"id": "housing", "private": True})
        last, _ = indexed.now()
        assert last is not None
        assert last.of("50", "province") == []


def test_the_index_follows_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "AGAIN", -1.0)
    with opened(tmp_path) as portal:
        resource = publish(portal, "housing", HOUSING, housing())
        indexed = Indexed(portal)

        def told(code: str) -> bool:
            index, _ = indexed.now()
            return bool(index and index.of(code, "province"))

        assert told("50")
        assert not told("85")
        more = {"fiscal_year": 2569, "province_code": "85", "households": 7, "percent": 1}
        sent = {"resource_id": resource, "method": "insert", "force": True}
        portal.call_action("datastore_upsert", {**sent, "records": [more]})
        assert told("85")
        portal.call_action("datastore_delete", {"resource_id": resource, "force": True})
        assert not told("50")
        table = {"resource_id": resource, "force": True, "fields": HOUSING, "records": housing()}
        portal.call_action("datastore_create", table)
        assert told("50")


def test_many_tables_are_looked_through_beside_the_page(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "AT_ONCE", -1)
    publish(web.portal, "funds", FUNDS, funds())
    indexed = web.application.state.places
    with indexed.lock:  # somebody else is at it
        page = web.ask("/area/50?lang=th").text
        assert "กำลังค้นทุกตาราง" in page
        assert web.ask("/area/50.json").json()["state"] == "making"
    web.ask("/area/50")
    with indexed.lock:  # that one has made it
        pass
    assert web.ask("/area/50.json").json()["count"] == 1


def test_a_table_that_changes_is_told_anew(web: Web) -> None:
    resource = publish(web.portal, "housing", HOUSING, housing())
    assert web.ask("/area/50.json").json()["tables"][0]["figures"][0]["value"] == 500
    more = {"fiscal_year": 2569, "province_code": "50", "households": 7, "percent": 1}
    web.call("datastore_upsert", {"resource_id": resource, "method": "insert", "force": True, "records": [more]})
    figure = web.ask("/area/50.json").json()["tables"][0]["figures"][0]
    assert (figure["value"], figure["previous"]) == (7, 500)
    web.call("datastore_delete", {"resource_id": resource, "force": True})
    assert web.ask("/area/50.json").json()["tables"] == []


@pytest.mark.workers  # takes a while
def test_what_publishers_write_is_shown_and_never_run(web: Web) -> None:
    texts = [text.encode("utf-8", "ignore").decode().replace("\0", "") for text in list(PAYLOADS.values())[::3]]
    for n, labels in enumerate(batched(texts)):
        fields: list[dict[str, Any]] = [{"id": "province", "type": "text"}, {"id": "kind", "type": "text"}]
        fields += [{"id": f"c{k}", "type": "int8", "info": {"label": one}} for k, one in enumerate(labels)]
        names = ("ระนอง", "พังงา", "ตรัง", "ตราด", "เลย", "แพร่", "น่าน", "ตาก", "ยะลา", "สตูล")
        rows = [
            {"province": name, "kind": kind, **{f"c{k}": 3 * k + row for k in range(len(labels))}}
            for row, (name, kind) in enumerate(zip(names, labels, strict=False))
        ]
        publish(web.portal, f"evil-{n}", fields, rows, title=labels[0][:200])
    told = 0
    for address in ("/area/85?lang=th", "/area/85?lang=en", "/overview?lang=th", "/overview?lang=en"):
        read = Reading()
        read.feed(web.ask(address).text)
        read.end()
        assert not read.faults, (address, read.faults[:5])
        told += "zqx" in "".join(read.text)
    assert told == 4
    assert web.ask("/area/85.json").json()["count"] == n + 1


def batched(texts: list[str], size: int = 10) -> list[list[str]]:
    """Texts in lists of some."""
    return [texts[start : start + size] for start in range(0, len(texts), size)]
