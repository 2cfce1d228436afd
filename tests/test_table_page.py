"""The page of a file: what it says, its table page by page, and what a reader can do with it without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from catalog_ground import opened, package, upload
from table_ground import PAGE, RESOURCE, ROWS, published
from web_ground import KEY, Web, served


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with opened(tmp_path_factory.mktemp("catalog")) as portal, served(portal) as ours:
        many = [{"code": f"{one:03}", "place": "ระนอง" if one % 2 else "พังงา", "people": one} for one in range(60)]
        published(portal, ROWS + many)
        yield ours


def _cells(page: str) -> list[list[str]]:
    """The rows of the page's table, as text."""
    body = page.partition('<table class="rows">')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [
        re.findall(r"<td[^>]*>(.*?)</td>", one, re.DOTALL)
        for one in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in rows]


def _link(page: str, said: str) -> str:
    """Where a link leads that says so."""
    found = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>(?:<span>)?{said}', page)
    assert found, said
    return unescape(found[1]).partition("#")[0]


def test_the_page_says_what_the_file_is(web: Web) -> None:
    page = web.ask(f"{PAGE}?lang=th").text
    resource = web.portal.call_action("resource_show", {"id": RESOURCE})
    for said in (
        "<h1>ตาราง ตัวอย่าง</h1>", "66 แถว", "ดาวน์โหลด Excel", "CSV สำหรับโปรแกรม", "Parquet", "GeoJSON สำหรับแผนที่",
        "พจนานุกรมข้อมูล", resource["hash"].removeprefix("sha256:"), f"{web.url}{PAGE}", "รายการของข้อความ",
    ):  # fmt: skip
        assert said in page, said
    assert "<script" not in page.replace("&lt;script", "")


def test_numbers_dates_and_what_is_missing_are_shown_as_people_read_them(web: Web) -> None:
    thai, english = (_cells(web.ask(f"{PAGE}?lang={one}").text) for one in ("th", "en"))
    assert thai[0] == [
        "007", "ระนอง", "1,234", "9007199254740993", "1,234.5", "12.5", "ใช่", "21 พ.ย. 2567", "21 พ.ย. 2567 08:30",
        '{"ก":[1,null]}', '["ก","ข"]', "98.6", "9.9",
    ]  # fmt: skip
    assert english[0][6:9] == ["yes", "21 Nov 2024", "21 Nov 2024 08:30"]
    assert thai[5] == ["1100000000000000001", *["–"] * 12]
    page = web.ask(f"{PAGE}?lang=th").text
    assert '<time datetime="2024-11-21" title="2024-11-21">21 พ.ย. 2567</time>' in page
    assert "– หมายถึงไม่มีข้อมูล" in page
    assert thai[3][1] == "<script>zqx</script>"


def test_the_table_is_turned_page_by_page(web: Web) -> None:
    first = web.ask(f"{PAGE}?lang=en").text
    assert len(_cells(first)) == 20
    assert "Rows 1–20 of 66" in first
    second = web.ask(_link(first, "Next")).text
    assert "Rows 21–40 of 66" in second
    assert "Page 2 of 4" in second
    assert _link(second, "Previous") == f"{PAGE}?lang=en" if "lang=en" in _link(second, "Previous") else PAGE
    last = web.ask(f"{PAGE}?lang=en&page=9999999").text
    assert "Rows 61–66 of 66" in last
    for page in ("0", "-1", "x", "٣", "99999999999999999999", "1.5", ""):
        assert "Rows 1–20 of 66" in web.ask(f"{PAGE}?lang=en&page={page}").text
    fifty = web.ask(_link(first, "50")).text
    assert len(_cells(fifty)) == 50
    assert len(_cells(web.ask(f"{PAGE}?rows=7").text)) == 20


def test_heads_sort_and_say_so(web: Web) -> None:
    page = web.ask(f"{PAGE}?lang=en").text
    up = web.ask(_link(page, "จำนวนคน")).text
    assert 'aria-sort="ascending"' in up
    assert [row[2] for row in _cells(up)][:3] == ["-5", "0", "0"]
    down = web.ask(_link(up, "จำนวนคน")).text
    assert 'aria-sort="descending"' in down
    assert [row[2] for row in _cells(down)][:2] == ["1,234", "59"]
    assert "aria-sort" not in web.ask(_link(down, "จำนวนคน")).text
    end = web.ask(f"{PAGE}?sort=people&rows=100").text
    assert _cells(end)[-1][2] == "–"


def test_conditions_narrow_the_table_and_are_taken_away_one_by_one(web: Web) -> None:
    query = "column=place&test=is&value=ระนอง&column=people&test=from&value=๕๐&sort=people&lang=th"
    page = web.ask(f"{PAGE}?{query}").text
    assert [row[2] for row in _cells(page)] == ["51", "53", "55", "57", "59", "1,234"]
    assert "พบ 6 จาก 66 แถว" in page
    assert "ดาวน์โหลด 6 แถวที่กรองไว้" in page
    fewer = web.ask(_link(page, "จังหวัด ตรงกับ “ระนอง”")).text
    assert "พบ 11 จาก 66 แถว" in fewer
    assert 'aria-sort="ascending"' in fewer
    nothing = web.ask(f"{PAGE}?column=&test=contains&value=zzz&lang=en").text
    assert "No row fits" in nothing
    both = web.ask(f"{PAGE}?column=code&test=is&value=007&column=code&test=is&value=-1&lang=en").text
    assert "or รหัส is “-1”" in both
    assert "3 of 66 rows" in both


def test_the_form_adds_a_condition_to_those_there_are(web: Web) -> None:
    page = web.ask(f"{PAGE}?column=place&test=is&value=ระนอง&sort=people&page=2&rows=50&lang=en").text
    form = page.partition('<form class="condition"')[2].partition("</form>")[0]
    hidden = [
        (unescape(a), unescape(b)) for a, b in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
    ]
    typed = [("column", "people"), ("test", "to"), ("value", "9")]
    found = web.ask(f"{PAGE}?{urlencode(hidden + typed)}").text
    assert [row[2] for row in _cells(found)] == ["1", "3", "5", "7", "9"]
    assert len(re.findall(r'<label for="(column|test|value)">', page)) == 3


def test_a_condition_that_cannot_be_is_said_and_what_was_typed_is_kept(web: Web) -> None:
    page = web.ask(f"{PAGE}?column=people&test=from&value=ห้าสิบ<b>&lang=th").text
    assert "“ห้าสิบ&lt;b&gt;” ไม่ใช่จำนวนเต็ม" in page
    assert 'value="ห้าสิบ&lt;b&gt;"' in page
    assert '<option value="people" selected>' in page
    assert '<option value="from" selected>' in page
    assert len(_cells(page)) == 20
    assert "format=xlsx&amp;column" not in page
    unknown = web.ask(f"{PAGE}?sort=nowhere&show=place&show=gone&lang=en").text
    assert "no column “nowhere”, “gone”" in unknown
    assert [len(row) for row in _cells(unknown)] == [1] * 20
    assert web.ask(f"{PAGE}?column=nowhere&test=is&value=x").status_code == 200


def test_more_words_than_can_be_looked_for_are_refused_kindly(web: Web) -> None:
    words = urlencode(
        [pair for _one in range(15) for pair in (("column", ""), ("test", "contains"), ("value", "ก " * 200))]
    )
    page = web.ask(f"{PAGE}?{words}&lang=en")
    assert page.status_code == 200
    several = "&".join(f"column=&test=contains&value={one}{'+x' * 100}" for one in range(5))
    page = web.ask(f"{PAGE}?{several}&lang=en")
    assert "too much to look for" in page.text
    assert len(_cells(page.text)) == 20
    assert web.ask(f"{PAGE}?{several}&format=csv").status_code == 400


def test_columns_can_be_chosen_and_the_program_gets_the_same(web: Web) -> None:
    page = web.ask(f"{PAGE}?show=people&show=code&column=people&test=to&value=0&sort=people&lang=en").text
    assert _cells(page) == [["-5", "=1+1"], ["0", "+SUM(A1)"], ["0", "000"]]
    address = unescape(re.findall(r'href="(/api/3/action/datastore_search[^"]+)"', page)[0])
    records = web.ask(address).json()["result"]["records"]
    assert records == [
        {"people": -5, "code": "=1+1"},
        {"people": 0, "code": "+SUM(A1)"},
        {"people": 0, "code": "000"},
    ]


def test_every_link_of_a_filtered_page_keeps_its_conditions(web: Web) -> None:
    page = web.ask(f"{PAGE}?column=place&test=is&value=ระนอง&lang=en").text
    table = page.partition('id="table"')[2].partition('id="columns"')[0]
    links = [unescape(one) for one in re.findall(r'href="([^"]+)"', table) if one.startswith(PAGE)]
    kept = [one for one in links if ("value", "ระนอง") in parse_qsl(urlsplit(one).query)]
    assert len(links) - len(kept) == 1  # the link that takes the condition away
    assert all(("lang", "en") in parse_qsl(urlsplit(one).query) for one in links)


def test_views_of_a_table_are_kept_out_of_indexes(web: Web) -> None:
    plain = web.ask(PAGE)
    assert f'<link rel="canonical" href="{web.url}{PAGE}">' in plain.text
    assert "noindex" not in plain.text
    assert "X-Robots-Tag" not in plain.headers
    view = web.ask(f"{PAGE}?sort=people")
    assert '<meta name="robots" content="noindex, follow">' in view.text
    assert view.headers["X-Robots-Tag"] == "noindex"
    assert f'<link rel="canonical" href="{web.url}{PAGE}">' in view.text


def test_the_data_dictionary_tells_unit_type_example_and_what_is_missing(web: Web) -> None:
    page = web.ask(f"{PAGE}?lang=th").text.partition('class="dictionary"')[2]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page, re.DOTALL)
    told = [re.sub(r"\s*<[^>]+>\s*", "|", one) for one in rows]
    baht = next(one for one in told if "baht" in one)
    assert "บาท" in baht
    assert "ตัวเลข" in baht
    assert "1,234.5" in baht
    assert "95.5%" in baht
    assert "1.5%" in next(one for one in told if "people" in one)


def test_the_dataset_page_begins_with_the_first_rows_and_leads_to_all(web: Web) -> None:
    page = web.ask("/dataset/population-2567?lang=th").text
    assert len(_cells(page)) == 10
    assert f'href="{PAGE}#table"' in page
    assert "ดูและกรองทั้งหมด 66 แถว" in page
    assert "ไม่มีข้อมูล" in page


def test_a_long_cell_is_clipped_and_opens(web: Web) -> None:
    text = "ยาว" * 60
    told = {
        "resource_id": RESOURCE,
        "force": True,
        "method": "insert",
        "records": [{"code": "long", "place": text}],
    }
    web.portal.call_action("datastore_upsert", told)
    page = web.ask(f"{PAGE}?column=code&test=is&value=long&lang=en").text
    assert f"<details><summary><span>{text[:80]}…</span>" in page
    assert text in page
    web.portal.call_action(
        "datastore_records_delete", {"resource_id": RESOURCE, "force": True, "filters": {"code": "long"}}
    )


def test_what_is_missing_is_counted_anew_when_the_table_changes(web: Web) -> None:
    told = {"resource_id": RESOURCE, "force": True, "method": "insert", "records": [{"code": "new"}] * 34}
    web.portal.call_action("datastore_upsert", told)
    page = web.ask(f"{PAGE}?lang=en").text.partition('class="dictionary"')[2]
    assert "35%" in page  # 35 of 100 rows have no number of people
    web.portal.call_action(
        "datastore_records_delete", {"resource_id": RESOURCE, "force": True, "filters": {"code": "new"}}
    )


def test_a_file_without_a_table_has_a_page_too(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as ours:
        portal.call_action("package_create", package(tags=[{"name": "ประชากร"}]))
        portal.call_action(
            "resource_create", {"package_id": "population-2567", "id": RESOURCE, "name": "แผนที่"}, upload()
        )
        page = ours.ask(f"{PAGE}?lang=en")
        assert page.status_code == 200
        assert 'class="button"' in page.text
        assert "<table" not in page.text
        refused = ours.ask(f"{PAGE}?format=xlsx&lang=en")
        assert refused.status_code == 404
        assert "no table to be converted" in refused.text


def test_what_is_not_there_or_not_public_is_not_found(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as ours:
        published(portal, private=True)
        portal.call_action("package_create", package("other", tags=[{"name": "ประชากร"}]))
        for path in (
            PAGE,
            "/dataset/other/resource/nowhere",
            f"/dataset/other/resource/{RESOURCE}",
            "/dataset/x/resource/y",
        ):
            assert ours.ask(path).status_code == 404
        assert ours.ask(f"/dataset/other/resource/{RESOURCE}", key=KEY).status_code == 404
        own = ours.ask(f"{PAGE}?lang=en", key=KEY)
        assert own.status_code == 200
        assert "Not public" in own.text
        assert ours.ask(f"{PAGE}/download").status_code == 404


def test_an_empty_table_says_so(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as ours:
        published(portal, [])
        page = ours.ask(f"{PAGE}?lang=en").text
        assert "The table has no rows yet" in page
        assert ours.ask(f"{PAGE}?format=json").json() == []
        for form in ("xlsx", "csv", "parquet"):
            assert ours.ask(f"{PAGE}?format={form}").status_code == 200


@pytest.mark.usefixtures("both")
def test_the_table_and_its_files_are_the_same_on_both_databases(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as ours:
        published(portal)
        page = ours.ask(f"{PAGE}?lang=th")
        assert _cells(page.text)[0][:9] == [
            "007", "ระนอง", "1,234", "9007199254740993", "1,234.5", "12.5", "ใช่", "21 พ.ย. 2567",
            "21 พ.ย. 2567 08:30",
        ]  # fmt: skip
        assert "66.7%" in page.text.partition('class="dictionary"')[2]  # two of six rows have a share
        query = "column=people&test=from&value=7&column=place&test=contains&value=%3C&sort=founded&lang=en"
        assert [row[0] for row in _cells(ours.ask(f"{PAGE}?{query}").text)] == ["-1"]
        assert ours.ask(f"{PAGE}?column=founded&test=from&value=soon").status_code == 200
        lines = ours.ask(f"{PAGE}?format=csv").content.decode().split("\n")
        assert lines[1] == (
            "007,ระนอง,1234,9007199254740993,1234.5,12.5,true,2024-11-21,2024-11-21T08:30:00.000,"
            '"{""ก"":[1,null]}","[""ก"",""ข""]",98.6,9.9'
        )
        assert "12345678901234567890.123456789" in "".join(lines)
        assert ours.ask(f"{PAGE}?format=json").json()[0]["tags"] == ["ก", "ข"]
        for form in ("xlsx", "parquet", "geojson"):
            assert ours.ask(f"{PAGE}?format={form}").status_code == 200
