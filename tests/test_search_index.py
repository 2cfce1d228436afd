"""The index follows its packages, on SQLite and PostgreSQL: what is found, by whom, in which order, how well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import ANYONE, opened, package, refusal
from search_ground import by_whitespace, fill, ours
from search_judged import judged, queries
from sqlalchemy import func, select, text, update

from catalog.actions.context import Actor
from catalog.portal.local import LocalPortal
from catalog.search.fields import COLUMNS
from catalog.store import search
from catalog.store.database import reading, writing
from catalog.store.tables import package_index, package_values, search_state

pytestmark = pytest.mark.usefixtures("both")


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[LocalPortal]:
    with opened(tmp_path) as made:
        yield made


def _names(portal: LocalPortal, actor: Actor | None = None, **asked: Any) -> list[str]:
    found = portal.answer("package_search", asked, actor=actor or portal.actor, site=portal.site)
    return [one["name"] for one in found["results"]]


def test_what_is_written_is_found_and_what_is_gone_is_not(portal: LocalPortal) -> None:
    portal.call_action("package_create", package("pharmacies", title="ร้านขายยาแผนปัจจุบัน", notes="รายชื่อ"))
    assert _names(portal, q="ยา") == ["pharmacies"]
    portal.call_action("package_patch", {"id": "pharmacies", "title": "ร้านอาหารริมทาง"})
    assert _names(portal, q="ยา") == []
    assert _names(portal, q="อาหาร") == ["pharmacies"]
    portal.call_action("organization_patch", {"id": "dept-a", "title": "กรมอนามัย"})
    assert _names(portal, q="อนามัย") == ["pharmacies"]
    portal.call_action("package_delete", {"id": "pharmacies"})
    assert _names(portal, q="อาหาร", include_private=True, include_drafts=True) == []
    portal.call_action("dataset_purge", {"id": "pharmacies"})
    with reading(portal.engine) as connection:
        for table in (package_index, package_values):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0


def test_nobody_finds_what_is_not_theirs(portal: LocalPortal) -> None:
    portal.call_action("package_create", package("hidden", title="แผนลับ", private=True))
    owner = portal.call_action("organization_show", {"id": "dept-a"})["id"]
    member = Actor(name="m", key="u-1", roles={owner: "member"})
    other = Actor(name="o", key="u-2", roles={"another": "admin"})
    asked: dict[str, Any] = {"q": "ลับ", "include_private": True, "facet.field": ["capacity", "name"]}
    assert _names(portal, member, **asked) == ["hidden"]
    assert _names(portal, member, q="ลับ") == []
    for stranger in (ANYONE, other):
        for more in ({}, {"fq": "capacity:private"}, {"fq": "+state:*"}, {"fq": "state:active OR name:hidden"}):
            found = portal.answer("package_search", {**asked, **more}, actor=stranger, site=portal.site)
            assert (found["count"], found["results"]) == (0, [])
            assert found["facets"] == {"capacity": {}, "name": {}}


def test_a_part_is_found_the_end_may_be_open_and_letters_may_be_wrong(portal: LocalPortal) -> None:
    portal.call_action("package_create", package("fund", title="กองทุนสวัสดิการชุมชน ปี 2567", notes="x"))
    for asked in ("ชุมชน", "กองทุนสวัสดิ", "กองทุนสวัสดิกาน", "กอทุนสวัสดิการชุมชน", "กองทุน 2024", "ปี ๒๕๖๗", "welfare"):
        assert _names(portal, q=asked) == ["fund"], asked
    for asked in ("กองทัพ", "กองทุน -ชุมชน", "กองทุน 2566", '"ชุมชน กองทุน"'):
        assert _names(portal, q=asked) == [], asked


@pytest.mark.parametrize("text", ["rice cassava rubber", "rice cassava rubber longan"])
def test_all_words_but_one_are_enough_where_there_are_three(portal: LocalPortal, text: str) -> None:
    portal.call_action("package_create", package("crops", title="rice cassava rubber longan", notes="x"))
    given = text.split()
    for at, _word in enumerate(given):
        assert _names(portal, q=" ".join([*given[:at], "zzzzzz", *given[at + 1 :]])) == ["crops"]
    assert _names(portal, q=" ".join(["zzzzzz", "qqqqqq", *given[2:]])) == []
    assert _names(portal, q="rice zzzzzz") == []


@pytest.mark.parametrize(
    ("mm", "found"),
    [
        ("1", ["both", "rice"]),
        (1, ["both", "rice"]),
        ("-1", ["both", "rice"]),
        ("50%", ["both", "rice"]),
        ("2", ["both"]),
        ("1<100%", ["both"]),
        (None, ["both"]),
    ],
)
def test_so_many_of_the_words_must_match(portal: LocalPortal, mm: object, found: list[str]) -> None:
    portal.call_action("package_create", package("rice", title="ข้าว", notes="x"))
    portal.call_action("package_create", package("both", title="ข้าวและยางพารา", notes="x"))
    portal.call_action("package_create", package("none", title="ถนน", notes="x"))
    assert _names(portal, q="ข้าว ยางพารา", mm=mm, sort="name asc") == found
    assert refusal(portal, "package_search", {"q": "ข้าว", "mm": "x"})[0] == 409
    many = " ".join(chr(ord("a") + at % 26) * (2 + at // 26) for at in range(300))
    assert _names(portal, q=many, mm=mm) == []


def test_an_address_is_no_text(portal: LocalPortal) -> None:
    portal.call_action("package_create", package("one", title="หนึ่ง", notes="x", url="https://agency.example/data"))
    assert _names(portal, q="agency") == []
    assert _names(portal, fq="urls:agency") == ["one"]


def test_what_says_it_in_the_title_stands_first(portal: LocalPortal) -> None:
    portal.call_action("package_create", package("title", title="ขยะในชุมชน", notes="ปริมาณรายปี"))
    portal.call_action("package_create", package("notes", title="รายจ่ายประจำปี", notes="รวมค่ากำจัดขยะ"))
    assert _names(portal, q="ขยะ") == ["title", "notes"]


def test_pages_facets_and_order_agree(portal: LocalPortal) -> None:
    for number in range(25):
        tags = [{"name": "even" if number % 2 == 0 else "odd"}]
        portal.call_action("package_create", package(f"set-{number:02d}", title=f"ข้าว {number}", tags=tags))
    paged = [name for start in range(0, 25, 10) for name in _names(portal, q="ข้าว", start=start)]
    assert sorted(paged) == [f"set-{number:02d}" for number in range(25)]
    asked = {"q": "ข้าว", "facet.field": ["tags", "name", "title"], "facet.limit": 1, "rows": 0}
    assert portal.call_action("package_search", asked)["facets"] == {
        "tags": {"even": 13}, "name": {"set-00": 1}, "title": {},
    }  # fmt: skip
    assert _names(portal, q="ข้าว", sort="name desc", rows=2) == ["set-24", "set-23"]
    assert _names(portal, sort="views_recent desc, title_string asc", rows=1) == ["set-00"]
    assert refusal(portal, "package_search", {"sort": "tags asc"})[0] == 409


def test_many_packages_are_paged_and_counted_as_few_are(
    portal: LocalPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(14):
        tags = [{"name": f"t{number % 3}"}, {"name": "all"}]
        portal.call_action("package_create", package(f"set-{number:02d}", title=f"ข้าว {number}", tags=tags))
    facets = {"facet.field": ["tags", "organization", "state", "res_format", "title"]}
    parts: list[dict[str, Any]] = [
        {}, {"start": 12}, {"rows": 0}, {"start": 3, "rows": 4}, {"start": 99},
        {"facet.limit": 2}, {"facet.limit": -1}, {"facet.mincount": 5},
    ]  # fmt: skip
    asked = [
        {"q": q, "sort": sort, **facets, **part}
        for q in ("", "ข้าว", "ข้าว -5")
        for sort in ("score desc, metadata_modified desc", "name desc")
        for part in parts
    ]
    few = [portal.call_action("package_search", one) for one in asked]
    assert few[0]["facets"]["tags"] == {"all": 14, "t0": 5, "t1": 5, "t2": 4}
    monkeypatch.setattr("catalog.store.find.FEW", 3)
    many = [portal.call_action("package_search", {**one, "ext_again": True}) for one in asked]  # not a kept answer
    assert many == few


def test_fl_gives_what_the_index_has(portal: LocalPortal) -> None:
    portal.call_action("package_create", package("one", title="หนึ่ง", tags=[{"name": "aa"}]))
    found = portal.call_action("package_search", {"fl": "name,tags,organization,capacity,private"})["results"]
    assert found == [{"name": "one", "tags": ["aa"], "organization": "dept-a", "capacity": "public"}]


@pytest.mark.parametrize(
    ("fq", "found"),
    [
        ("metadata_modified:[NOW/DAY-1DAY TO NOW+1HOUR]", True),
        ("metadata_created:[NOW+1MONTH TO *]", False),
        ("res_format:csv", False),
        ("res_format:C*", True),
        ("extras_data_category:สาธารณะ", True),
        ("data_category:สาธารณะ", False),
        ("objective:[ก TO ฮ]", True),
        (r"res_url:https\:\/\/example.org*", True),
        ("title:(หนึ่ง AND -สอง)", True),
        ("entity_type:package AND capacity:public", True),
        ("site_id:*", True),
        ("site_id:default", True),
        ("site_id:other", False),
    ],
)
def test_filters_ask_the_index(portal: LocalPortal, fq: str, found: bool) -> None:
    portal.call_action("package_create", package("one", title="หนึ่ง"))
    link = {"package_id": "one", "name": "x", "url": "https://example.org/a.csv", "format": "csv"}
    portal.call_action("resource_create", link)
    assert (_names(portal, fq=fq) == ["one"]) is found


@pytest.mark.parametrize(
    "fq", ["metadata_modified:[yesterday TO *]", "metadata_modified:[NOW+9999999YEARS TO *]", "{!x}a"]
)
def test_dates_and_parsers_that_are_none_are_refused(portal: LocalPortal, fq: str) -> None:
    assert refusal(portal, "package_search", {"fq": fq})[0] == 409


def test_an_index_made_by_other_rules_is_built_anew(portal: LocalPortal) -> None:
    portal.call_action("package_create", package("one", title="หนึ่งเดียว"))
    with writing(portal.engine) as connection:
        connection.execute(package_index.delete())
        connection.execute(update(search_state).values(made_by="older"))
    assert _names(portal, q="หนึ่ง") == []
    search.refresh(portal.engine)
    assert _names(portal, q="หนึ่ง") == ["one"]
    assert _names(portal, fq="organization:dept-a") == ["one"]


def test_an_upgraded_catalog_finds_by_the_new_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(search, "rules", lambda: "older")
        older.setattr(search, "texts", lambda document: dict.fromkeys(COLUMNS, document["name"]) | {"grams": ""})
        with opened(tmp_path) as portal:
            for number in range(3):
                portal.call_action("package_create", package(f"set-{number}", title=f"ข้าวหอม {number}"))
            before = _names(portal, fq="name:set*", sort="name asc")
            assert _names(portal, q="ข้าว") == []
    monkeypatch.setattr(search, "AT_ONCE", 2)
    with opened(tmp_path) as portal:
        assert _names(portal, q="ข้าว", sort="name asc") == before == ["set-0", "set-1", "set-2"]
        portal.call_action("package_patch", {"id": "set-1", "title": "มันสำปะหลัง"})
        portal.call_action("package_create", package("set-3", title="ข้าวโพด"))
        assert _names(portal, q="ข้าว", sort="name asc") == ["set-0", "set-2", "set-3"]
        assert _names(portal, q="มันสำปะหลัง") == ["set-1"]


def test_what_an_older_program_writes_beside_a_newer_one_is_indexed_anew(
    portal: LocalPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.call_action("package_create", package("one", title="หนึ่ง"))
    with monkeypatch.context() as older:
        older.setattr(search, "rules", lambda: "older")
        older.setattr(search, "texts", lambda _document: dict.fromkeys((*COLUMNS, "grams"), ""))
        portal.call_action("package_patch", {"id": "one", "title": "สอง"})
    assert _names(portal, q="สอง") == []
    portal.call_action("package_create", package("two", title="สาม"))
    search.refresh(portal.engine)
    assert _names(portal, q="สอง") == ["one"]


@pytest.mark.parametrize("both", [pytest.param("postgresql", marks=pytest.mark.workers)], indirect=True)
def test_on_postgresql_what_is_written_waits_for_no_index(portal: LocalPortal) -> None:
    def indexes() -> list[Any]:
        asked = text("SELECT relname, reloptions FROM pg_class WHERE relname IN (:words, :grams) ORDER BY relname")
        names = {"words": "package_index_words", "grams": "package_index_grams"}
        with reading(portal.engine) as connection:
            return [tuple(row) for row in connection.execute(asked, names)]

    made = [(name, ["fastupdate=off"]) for name in ("package_index_grams", "package_index_words")]
    assert indexes() == made
    with writing(portal.engine) as connection:
        search.rebuild(connection)
    assert indexes() == made


def test_a_write_that_fails_leaves_the_index_as_it_was(portal: LocalPortal) -> None:
    made = portal.call_action("package_create", package("one", title="หนึ่ง"))
    with pytest.raises(RuntimeError), writing(portal.engine) as connection:
        search.index(connection, {**made, "title": "สอง"})
        raise RuntimeError
    assert _names(portal, q="หนึ่ง") == ["one"]
    assert _names(portal, q="สอง") == []


def test_most_of_the_judged_queries_find_what_they_should(tmp_path: Path) -> None:
    """A quick part; `benchmarks/search.py quality` asks all 540 of 10,000 datasets."""
    count = 500
    asked = queries(count, each=5)
    with opened(tmp_path, schema=None) as portal:
        fill(portal, count)
        found = judged(ours(portal), asked, count)
    words = judged(by_whitespace(count), asked, count)
    for group in ("all", "held out"):
        assert found[group].recall >= 0.95
        assert found[group].ndcg >= 0.85
        assert words[group].recall < 0.5
