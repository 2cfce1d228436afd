"""OData of a table: what Excel and Power BI ask, filters, names, pages, rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import catalog_ground
import pytest
from catalog_ground import opened, package
from hypothesis import given, settings
from hypothesis import strategies as st
from web_ground import KEY, Web, served

from catalog.store.shape import Filter, Question
from catalog.web import odata
from catalog.web.odata_filter import Field, FilterError, holds, parted, read
from catalog.web.odata_names import identifier, identifiers, original

RESOURCE = "0e7b21c6-7c9a-4b9c-9b3f-6a2f6a2d1e11"
SECRET = "0e7b21c6-7c9a-4b9c-9b3f-6a2f6a2d1e22"
FIELDS = {
    "จังหวัด": "text", "จำนวน (คน)": "int4", "อัตรา %": "numeric", "เปิด": "bool", "2567": "date", "เวลา": "timestamp",
    "a,b": "text",
}  # fmt: skip
ROWS: list[dict[str, Any]] = [
    dict(zip(FIELDS, row, strict=True))
    for row in (
        ("ระนอง", 1, 0.5, True, "2024-01-31", "2024-01-31T08:00:00", "x"),
        ("พังงา", 2, 1, False, "2024-02-29", "2024-02-29T08:00:00", "y,z"),
        ("O'Neill", None, -1.5, None, None, None, None),
        ("กระบี่", 40, None, True, "2025-12-01", "2025-12-01T00:00:00", ""),
        (None, -3, 12.25, False, "2023-06-01", "2023-06-01T23:59:59", "x"),
    )
]
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with pytest.MonkeyPatch.context() as there:
        if request.param == "postgresql":
            url = request.getfixturevalue("postgres_catalog")
            catalog_ground.emptied(url)
            there.setattr(catalog_ground, "SERVER", url)
        yield from _served(tmp_path_factory)


def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with opened(tmp_path_factory.mktemp("odata")) as portal, served(portal) as ours:
        for name, key, private in (("open", RESOURCE, False), ("shut", SECRET, True)):
            portal.call_action("package_create", package(name, private=private))
            portal.call_action("resource_create", {"package_id": name, "id": key, "name": "ตาราง", "url": ""})
            fields = [{"id": column, "type": kind} for column, kind in FIELDS.items()]
            table = {"resource_id": key, "force": True, "fields": fields, "records": ROWS}
            portal.call_action("datastore_create", table)
        yield ours


def _get(web: Web, path: str, **more: Any) -> Any:
    answer = web.ask(f"/odata/{RESOURCE}{path}", **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["OData-Version"] == "4.0"
    return answer.json()


def _found(web: Web, text: str, **options: str) -> list[int]:
    """The places of the rows that a filter finds."""
    asked = {"$filter": text, "$select": "_id", **options}
    return [row["_id"] - 1 for row in _get(web, "/rows", params=asked)["value"]]


def test_excel_walks_from_the_service_to_the_rows(web: Web) -> None:
    service = _get(
        web, "", headers={"OData-MaxVersion": "4.0", "Accept": "application/json;odata.metadata=minimal"}
    )
    assert service["@odata.context"] == f"{web.url}/odata/{RESOURCE}/$metadata"
    assert service["value"] == [{"name": "rows", "kind": "EntitySet", "url": "rows"}]
    described = web.ask(f"/odata/{RESOURCE}/$metadata", headers={"Accept": "application/xml"})
    assert described.headers["Content-Type"].startswith("application/xml")
    root = ElementTree.fromstring(described.content)  # noqa: S314 - our own answer
    told = {one.get("Name"): one.get("Type") for one in root.iter(f"{EDM}Property")}
    assert told["_id"] == "Edm.Int64"
    assert told["จังหวัด"] == "Edm.String"
    assert [told[identifier(name)] for name in ("จำนวน (คน)", "อัตรา %", "เปิด", "2567", "เวลา")] == [
        "Edm.Int32", "Edm.Decimal", "Edm.Boolean", "Edm.Date", "Edm.DateTimeOffset",
    ]  # fmt: skip
    rows = _get(web, "/rows", params={"$top": "1000"})
    assert len(rows["value"]) == len(ROWS)
    assert set(rows["value"][0]) == set(told)
    assert rows["value"][0][identifier("เวลา")] == "2024-01-31T08:00:00.000Z"
    assert "@odata.nextLink" not in rows


def test_power_bi_folds_its_steps_into_options(web: Web) -> None:
    name, number = identifier("จังหวัด"), identifier("จำนวน (คน)")
    asked = {"$filter": f"{number} ge 1", "$select": f"{name},{number}", "$orderby": f"{number} desc", "$top": "2"}
    answer = _get(web, "/rows", params={**asked, "$count": "true"})
    assert answer["value"] == [{name: "กระบี่", number: 40}, {name: "พังงา", number: 2}]
    assert answer["@odata.count"] == 3
    assert answer["@odata.context"].endswith(f"#rows({name},{number})")
    assert web.ask(f"/odata/{RESOURCE}/rows/$count").text == str(len(ROWS))
    counted = web.ask(f"/odata/{RESOURCE}/rows/$count", params={"$filter": "contains(จังหวัด,'ง')"})
    assert counted.text == "2"
    assert _get(web, "/rows(4)")[name] == "กระบี่"
    assert web.ask(f"/odata/{RESOURCE}/rows(99)").status_code == 404


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("N eq 1.5 or N eq 2.0", [1]),
        ("จังหวัด eq 'ระนอง'", [0]),
        ("จังหวัด ne 'ระนอง'", [1, 2, 3, 4]),
        ("จังหวัด eq null", [4]),
        ("จังหวัด ne null", [0, 1, 2, 3]),
        ("จังหวัด eq 'O''Neill'", [2]),
        ("N gt 1", [1, 3]),
        ("N le 1 and N ge -3", [0, 4]),
        ("N lt 0 or จังหวัด eq 'พังงา'", [1, 4]),
        ("not (N gt 1)", [0, 2, 4]),
        ("N in (1, 40, 99)", [0, 3]),
        ("จังหวัด in ('ระนอง', null)", [0, 4]),
        ("contains(จังหวัด,'ง')", [0, 1]),
        ("startswith(จังหวัด,'พัง')", [1]),
        ("endswith(tolower(จังหวัด),'neill')", [2]),
        ("not contains(จังหวัด,'ง')", [2, 3]),
        ("เปิด eq true", [0, 3]),
        ("เปิด", [0, 3]),
        ("R gt 0.4", [0, 1, 4]),
        ("D ge 2024-02-29", [1, 3]),
        ("year(D) eq 2024", [0, 1]),
        ("T lt 2024-02-29T08:00:00Z", [0, 4]),
        ("T ge 2024-01-31T15:00:00+07:00", [0, 1, 3]),
        ("_id gt 3 and N gt 1", [3]),
        ("1 lt N", [1, 3]),
        ("C eq 'y,z'", [1]),
        ("length(C) gt 2 or (N eq 40 and not (C ne ''))", [1, 3]),
    ],
)
def test_a_filter_finds_what_it_says(web: Web, text: str, places: list[int]) -> None:
    short = {"N": "จำนวน (คน)", "R": "อัตรา %", "D": "2567", "T": "เวลา", "C": "a,b"}
    for letter, name in short.items():
        for before, after in ((" ", " "), ("(", " "), ("(", ")")):
            text = text.replace(f"{before}{letter}{after}", f"{before}{identifier(name)}{after}")
        if text.startswith(f"{letter} "):
            text = identifier(name) + text[1:]
        if text.endswith(f" {letter}"):
            text = text[:-1] + identifier(name)
    assert _found(web, text) == places


def test_an_order_puts_what_is_empty_lowest(web: Web) -> None:
    number = identifier("จำนวน (คน)")
    up = [row["_id"] for row in _get(web, "/rows", params={"$orderby": f"{number} asc"})["value"]]
    down = [row["_id"] for row in _get(web, "/rows", params={"$orderby": f"{number} desc"})["value"]]
    assert up == [3, 5, 1, 2, 4]
    assert down == [4, 2, 1, 5, 3]
    both = f"{identifier('a,b')} desc, {number} asc"
    assert [row["_id"] for row in _get(web, "/rows", params={"$orderby": both})["value"]] == [2, 5, 1, 4, 3]


@pytest.mark.parametrize("text", ["", "_id ge 1", "not (_id eq 3)"])
@pytest.mark.parametrize("top", [None, 3])
def test_pages_lead_on_until_all_is_read(
    web: Web, text: str, top: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(odata, "PAGE", 2)
    monkeypatch.setattr(odata, "BLOCK", 2)
    monkeypatch.setattr(odata, "PATIENCE", 2)
    asked = {"$count": "true", "$skip": "1"} | ({"$filter": text} if text else {})
    asked |= {"$top": str(top)} if top else {}
    answer = _get(web, "/rows", params=asked)
    assert answer["@odata.count"] == (4 if "not" in text else 5)
    seen = [row["_id"] for row in answer["value"]]
    for _turn in range(10):
        if "@odata.nextLink" not in answer:
            break
        answer = web.ask(answer["@odata.nextLink"].removeprefix(web.url)).json()
        assert len(answer["value"]) <= 2
        seen += [row["_id"] for row in answer["value"]]
    assert seen == [one for one in (2, 3, 4, 5) if "not" not in text or one != 3][:top]


def test_a_reader_may_ask_for_shorter_pages(web: Web) -> None:
    assert len(_get(web, "/rows", headers={"Prefer": "odata.maxpagesize=2"})["value"]) == 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("$filter=nothing eq 1", 400), ("$filter=_id eq 'x'", 400), ("$filter=_id eq", 400), ("$filter=(", 400),
        ("$filter=_id", 400), ("$filter=1", 400), ("$filter=_id eq 1 _id", 400),
        ("$filter=contains(_id,'x')", 400),
        ("$filter='", 400), ("$filter=_id eq 99999999999999999999", 400), ("$filter=contains('a')", 400),
        ("$filter=" + "not " * 500 + "true", 400), ("$filter=" + "(" * 500, 400),
        ("$filter=" + "_id eq 1 or " * 2000 + "true", 400), ("$select=nothing", 400), ("$orderby=nothing", 400),
        ("$orderby=_id up", 400), ("$top=-1", 400), ("$skip=x", 400), ("$count=maybe", 400), ("$nonsense=1", 400),
        ("$expand=x", 501), ("$apply=x", 501), ("$search=x", 501), ("$format=atom", 415), ("$skiptoken=x", 400),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_a_reason(web: Web, query: str, status: int) -> None:
    answer = web.ask(f"/odata/{RESOURCE}/rows?{quote(query, safe='$=')}")
    assert answer.status_code in (status, 200 if "99999" in query else status)
    if answer.status_code != 200:
        assert answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["", "/$metadata", "/rows", "/rows/$count", "/rows(1)"])
def test_a_table_one_may_not_see_is_as_if_it_were_not_there(web: Web, path: str) -> None:
    hidden, absent = web.ask(f"/odata/{SECRET}{path}"), web.ask(f"/odata/no-such-resource{path}")
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
    assert hidden.status_code == 404
    known = web.ask(f"/odata/{SECRET}{path}", key=KEY)
    assert known.status_code == 200
    assert "private" in known.headers["Cache-Control"]


def test_who_holds_an_answer_is_not_sent_it_again(web: Web) -> None:
    etag = web.ask(f"/odata/{RESOURCE}/rows").headers["ETag"]
    assert web.ask(f"/odata/{RESOURCE}/rows", headers={"If-None-Match": etag}).status_code == 304


@given(st.text(max_size=60))
def test_any_name_becomes_an_identifier_and_comes_back(name: str) -> None:
    made = identifier(name)
    assert identifiers([name]) == {made: name}
    assert len(made) <= 128
    if len(made) < 100:
        assert original(made) == name


@given(st.sets(st.text(max_size=8), max_size=8))
def test_no_two_names_become_one(names: set[str]) -> None:
    assert len(identifiers(names)) == len(names)


TABLE = {"a": Field("a", "int4"), "b": Field("b", "text"), "c": Field("c", "bool")}
LEAVES = st.one_of(
    st.builds("a {} {}".format, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), st.integers(-2, 2)),
    st.builds("b {} '{}'".format, st.sampled_from(["eq", "ne", "gt", "le"]), st.sampled_from(["", "ก", "ข", "x"])),
    st.sampled_from(
        ["a eq null", "b ne null", "c", "not c", "a in (1, 2)", "b in ('ก', null)", "c ne true", "c eq null"]
    ),
    st.builds(
        "{}(b, '{}')".format,
        st.sampled_from(["contains", "startswith", "endswith"]),
        st.sampled_from(["", "ก", "x", "X", "ก%", "xก", "_"]),
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner), st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)  # fmt: skip
RECORDS = [
    {"a": a, "b": b, "c": c} for a in (None, -1, 1, 2) for b in (None, "", "ก", "x") for c in (None, True, False)
]


@pytest.fixture(scope="module")
def table(web: Web) -> str:
    """A table of RECORDS."""
    sent = {"package_id": "open", "name": "ตาราง", "url": ""}
    key = str(web.portal.call_action("resource_create", sent)["id"])
    fields = [{"id": name, "type": field.kind} for name, field in TABLE.items()]
    made = {"resource_id": key, "force": True, "fields": fields, "records": RECORDS}
    web.portal.call_action("datastore_create", made)
    return key


@settings(max_examples=40)
@given(TREES)
def test_the_store_and_the_rows_agree_on_every_filter(web: Web, table: str, text: str) -> None:
    whole = read(text, TABLE)
    found, rest = parted(whole)
    assert found is not None
    assert rest is None
    places = [row[0] for row in web.portal.datastore.search(table, Question(filter=found), fields=["_id"])]
    assert places == [place for place, row in enumerate(RECORDS, 1) if holds(whole, row)]


def test_what_sql_would_say_otherwise_is_tested_row_by_row() -> None:
    for text in (
        "tolower(b) eq 'x'",
        "a eq 1.5",
        "length(b) gt 1",
        "not (year(d) eq 2024)",
        "a eq a",
        "contains(b, b)",
    ):
        whole = read(text, {**TABLE, "d": Field("d", "date")})
        assert parted(whole) == (None, whole)
    found, rest = parted(read("a gt 1 and tolower(b) eq 'x'", TABLE))
    assert found == Filter(op="gt", field="a", value=1)
    assert rest == read("tolower(b) eq 'x'", TABLE)
    many = " or ".join(f"a eq {number}" for number in range(300))
    assert parted(read(many, TABLE))[0] is None


@given(st.text(alphabet="ab(),' 1.=eqnotrandcontains\u0e01\u0e34", max_size=40))
def test_no_text_breaks_the_reader_of_filters(text: str) -> None:
    try:
        read(text, TABLE)
    except FilterError as error:
        assert str(error)
