"""The generated calls: queries, filters, sorts and tables in combination, and odd values for each parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from differ_call import Call, call

# "water NOT quality" is not asked: the rig's stand-in takes NOT for a word, Solr for what it says.
QUERIES = (
    "*:*", "", "roads", "Roads", "ROADS", "road", "bridges", "ประชากร", "ข้อมูล", "ชุดข้อมูล", "จังหวัด", "2567", "2020",
    "water quality", "water AND quality", "water OR roads", "+water -roads", "-water",
    '"water quality"', '"quality water"', "title:water", "title:(water roads)", "name:roads", "name:r*",
    "name:*ads",
    "notes:rivers", "tags:open-data", "tags:water", "organization:dept-b", "groups:health", "res_format:CSV",
    "author:*", "-author:*", "author:[* TO *]", "nothing-like-it", "wat*", "water~", "water^2", "(water)",
    "name:(roads OR water-quality)", "title:water AND tags:open-data", "example.org", "https://example.org",
    "country.", "rivers,", "population-2567", "open-data", "transport", "เศรษฐกิจ",
)  # fmt: skip
WRONG = (
    "title:(a",
    "(",
    ")",
    '"',
    "AND",
    "a AND",
    "OR b",
    "[",
    "title:[a",
    "*:",
    "a:b:c",
    "nofield:x",
    "/x/",
    "!",
    "&&",
    "\\",
)
FILTERS = (
    "tags:open-data", "-tags:open-data", "+tags:open-data", "organization:dept-a",
    "organization:(dept-a OR dept-b)",
    "groups:economy", "res_format:CSV", "res_format:csv", "license_id:*", "-license_id:*", 'title:"Water quality"',
    "name:[p TO s]", "name:{p TO roads}", "metadata_modified:[NOW-1DAY TO NOW]", "metadata_modified:[NOW TO *]",
    "metadata_created:[2020-01-01T00:00:00Z TO *]", "metadata_created:[* TO 2020-01-01T00:00:00Z]", "state:active",
    "state:deleted", "state:draft", "dataset_type:dataset", "dataset_type:harvest", "coverage:province",
    "extras_coverage:province", "tags:(open-data AND water)", "tags:open-data AND groups:health",
    "tags:open-data OR name:roads", "tags:open-data tags:water", "+owner_org:\"<org b>\"", "owner_org:nope",
    "capacity:public", "private:true", "site_id:*", "num_resources:[1 TO *]", "num_tags:2", "id:<roads>",
    "id:nope",
    "res_name:Roads", "res_description:JSON", "vocab_area:north", "metadata_modified:[nonsense TO *]",
    "has_views:true",
    "metadata_modified:[2020-01-01T00:00:00.123456Z TO *]",
    "-name:roads -name:water-quality", "*:*", "tags:[\"\" TO *]",
)  # fmt: skip
SORTS = (
    "name asc", "name desc", "title_string asc", "title_string desc", "metadata_created asc",
    "metadata_created desc",
    "metadata_modified desc", "score desc, name asc", "name", "name up", "nope asc", "title asc", "name asc, nope",
    "name asc,title_string desc", "relevance asc", "",
)  # fmt: skip
FACETS = (
    ["organization"], ["tags"], ["groups"], ["res_format"], ["license_id"], ["tags", "organization", "groups"],
    ["coverage"], ["nope"], ["author"], ["state"], ["dataset_type"], [],
)  # fmt: skip


def searches(*, thai: bool = False) -> Iterator[Call]:
    """`package_search`: every query, filter, sort, facet, page."""
    brief = {"rows": 20, "sort": "name asc"}
    for q in QUERIES:
        yield call("package_search", {"q": q, "fl": "name", **brief}, "anonymous")
    for q in WRONG:
        yield call("package_search", {"q": q, "rows": 0})
    for fq in FILTERS:
        yield call("package_search", {"fq": fq, "fl": "name", **brief}, "anonymous")
    for sort in SORTS:
        yield call("package_search", {"sort": sort, "fl": "name", "fq": "-tags:nothing"})
    for facets in FACETS:
        yield call("package_search", {"facet.field": facets, "rows": 0})
    for more in (
        {"facet.limit": 1},
        {"facet.limit": -1},
        {"facet.limit": 0},
        {"facet.mincount": 2},
        {"facet": False},
    ):
        yield call("package_search", {"facet.field": ["tags"], "rows": 0, **more})
    yield call("package_search", {"facet.field": '["tags"]', "rows": 0}, get=True)
    yield call("package_search", {"facet.field": "tags", "rows": 0}, get=True)
    yield call("package_search", {"facet_field": ["tags"]})
    for start, rows in (
        (0, 1),
        (1, 1),
        (1, 2),
        (2, 100),
        (100, 5),
        (0, 0),
        (0, 1000),
        (0, 5000),
        (-1, 1),
        (0, -1),
    ):
        yield call("package_search", {"start": start, "rows": rows, "sort": "name asc", "fl": "name"})
    for who in ("sysadmin", "admin", "editor", "member", "outsider", "anonymous", "bad"):
        yield call("package_search", {"include_private": True, "fl": "name", **brief}, who)
        yield call("package_search", {"include_drafts": True, "fl": "name", **brief}, who)
        yield call("package_search", {"include_deleted": True, "fl": "name", **brief}, who)
        yield call("package_search", {"fq": "name:budget-2568", **brief, "include_private": "true"}, who, get=True)
    yield call("package_search", brief, "anonymous")
    yield call("package_search", {"fq": "name:roads", **brief}, "anonymous", get=True)
    yield call("package_search", {"fq_list": ["tags:open-data", "-groups:health"], "fl": "name", **brief})
    yield call("package_search", {"fq": "tags:water", "fq_list": ["groups:health"], "fl": "name", **brief})
    yield call("package_search", {"fl": ["name", "title"], **brief})
    yield call("package_search", {"fl": "id,name,nope", "fq": "name:roads"})
    yield call("package_search", {"fl": "name,metadata_modified,res_format,tags", "fq": "name:roads"})
    yield call("package_search", {"fq": "name:roads", "use_default_schema": True})
    yield call("package_search", {"q": "roads", "defType": "edismax", "qf": "title^4", "rows": 0})
    yield call("package_search", {"q": "roads", "df": "name", "rows": 0})
    if not thai:  # the Thai portals ask Solr for edismax, of which the rig's stand-in has no `mm`
        yield call("package_search", {"q": "water roads", "mm": "1", "rows": 0})
    yield call("package_search", {"q": "water roads", "q.op": "OR", "rows": 0})
    yield call("package_search", {"nope": 1})
    yield call("package_search", {"ext_x": 1, "rows": 0})
    yield call("package_search", {"extras": {"ext_x": 1}, "rows": 0})
    yield call("package_search", {"q": "{!term f=name}roads", "rows": 0})
    yield call("package_search", {"fq": "{!term f=name}roads", "rows": 0})


TABLE_FILTERS: tuple[Any, ...] = (
    {}, {"code": "50"}, {"code": ["50", "52"]}, {"people": 5}, {"people": "5"}, {"people": "many"}, {"open": True},
    {"open": "true"}, {"rate": 1.5}, {"rate": "1.5"}, {"day": "2024-12-31"}, {"จังหวัด": "ลำปาง"}, {"code": None},
    {"people": None}, {"code": []}, {"nope": 1}, {"_id": 1}, {"_id": [1, 2]}, {"code": "50", "people": 5},
    {"people": {"gt": 400000}}, {"people": {"gte": 401000, "lt": 1000000}}, {"code": {"ne": "50"}}, "x", 5,
    '{"code": "50"}', "{bad", {"code": {"nope": 1}}, {"people": {"lte": "x"}}, {"code": {"in": ["50"]}},
)  # fmt: skip
TABLE_SORTS = (
    "code", "code desc", "people desc", "people asc, code desc", "people desc nulls last",
    "rate nulls first", "จังหวัด",
    "\"จังหวัด\" desc", "nope", "code up", "code, code", "code; drop", "_id desc", ["code desc", "people"], "", 5,
)  # fmt: skip
TABLE_QUERIES: tuple[Any, ...] = (
    "ลำปาง", "north", "North", "west", "nort", "north east", "50", "true", "", "zzz", {"จังหวัด": "ลำปาง"},
    {"จังหวัด": "north"}, {"code": "50"}, {"nope": "x"}, {"จังหวัด": "north", "code": "54"}, "'", "a & b", "1.5",
)  # fmt: skip


def tables() -> Iterator[Call]:
    """The DataStore: searches in combination, then every write and its refusals."""
    one = {"resource_id": "<table>"}
    for filters in TABLE_FILTERS:
        yield call("datastore_search", {**one, "filters": filters, "fields": ["code", "people"]}, "anonymous")
    for sort in TABLE_SORTS:
        yield call("datastore_search", {**one, "sort": sort, "fields": "code"})
    for q in TABLE_QUERIES:
        yield call("datastore_search", {**one, "q": q, "fields": ["code"], "sort": "code"})
    for q in ("nort:*", "ลำ:*", "north & west", "north | ลำปาง", "!north", "nort"):
        yield call("datastore_search", {**one, "q": q, "plain": False, "fields": ["code"], "sort": "code"})
        yield call(
            "datastore_search", {**one, "q": {"จังหวัด": q}, "plain": False, "fields": ["code"], "sort": "code"}
        )
    for fields in (
        "code",
        "code,people",
        ["code", "code"],
        ["nope"],
        "nope",
        [],
        "",
        ["_id"],
        ["people", "code"],
        5,
    ):
        yield call("datastore_search", {**one, "fields": fields, "sort": "code"})
    for limit in (0, 1, 2, 100, 40000, -1, "2", "x", "", None, 1.5, True):
        yield call("datastore_search", {**one, "limit": limit, "fields": "code"})
        yield call("datastore_search", {**one, "offset": limit, "fields": "code"})
    for how in ("objects", "lists", "csv", "tsv", "xml", "", None):
        yield call("datastore_search", {**one, "records_format": how})
        yield call("datastore_search", {**one, "records_format": how, "fields": ["จังหวัด", "day"], "limit": 2})
    for name in ("include_total", "distinct", "plain"):
        for value in (True, False, "true", "0", "x"):
            yield call("datastore_search", {**one, name: value, "fields": "open", "sort": "open"})
    for threshold in (0, 1, 100, None, "x", -1):
        yield call("datastore_search", {**one, "total_estimation_threshold": threshold, "limit": 1})
    yield call("datastore_search", {**one, "language": "english", "q": "north", "fields": "code", "sort": "code"})
    yield call("datastore_search", {**one, "nope": 1})
    yield call("datastore_search", {**one, "filters": '{"code": "50"}', "limit": "1"}, get=True)
    yield call("datastore_search", {"id": "<table>", "limit": 1})
    for key in ("<private table>", "nope", "<file>", "", None, 5, ["x"], "_table_metadata"):
        for who in ("sysadmin", "anonymous", "member"):
            yield call("datastore_search", {"resource_id": key}, who, loose=key == "_table_metadata")
        yield call("datastore_info", {"id": key})
    yield call("datastore_info", {"id": "<table>"}, "anonymous")
    yield call("datastore_info", {"resource_id": "<table>"})
    yield call("datastore_info", {})
    yield from _table_writes()
    yield from _aliases()
    yield from _queries()


TABLE_SQL = (
    'SELECT code, people FROM "<table>" WHERE people > 500000 ORDER BY people',
    'SELECT code, people * 2 AS twice, people / 2, count(*) OVER () FROM "<table>" ORDER BY code LIMIT 3',
    'SELECT count(*), sum(people), max(day), min("จังหวัด") FROM "<table>"',
    'SELECT open, count(*) AS n FROM "<table>" GROUP BY open ORDER BY n DESC, open',
    'SELECT a.code, b.people FROM "<table>" a JOIN "<table>" b ON a.code = b.code ORDER BY 1 LIMIT 2',
    'SELECT code FROM "<table>" WHERE "จังหวัด" ILIKE \'NORTH%\' ORDER BY code',
    'SELECT code FROM "<table>" WHERE "จังหวัด" LIKE \'NORTH%\'',
    'SELECT DISTINCT open FROM "<table>" ORDER BY open',
    'SELECT x.code FROM (SELECT code FROM "<table>") AS x ORDER BY code DESC NULLS LAST LIMIT 2',
    'SELECT people FROM "<table>" ORDER BY people DESC LIMIT 2 OFFSET 1',
    'SELECT upper(code), lower("จังหวัด"), length("จังหวัด"), substr(code, 1, 1), coalesce(people, 0),'
    " people::text FROM \"<table>\" WHERE code = '50'",
    "SELECT concat(code, 'x'), left(code, 1), strpos(code, '5'), replace(code, '5', '6'), mod(5, 3),"
    " md5(code) FROM \"<table>\" WHERE code = '50'",
    "SELECT CASE WHEN open THEN 'y' ELSE 'n' END, open = true, code || '-', day::date"
    ' FROM "<table>" ORDER BY code',
    "SELECT code FROM \"<table>\" UNION SELECT 'x' ORDER BY 1 LIMIT 2",
    "SELECT exists(SELECT 1), (SELECT max(people) FROM \"<table>\"), nullif(code, '50')"
    ' FROM "<table>" ORDER BY code',
    "SELECT day, to_char(day, 'YYYY-MM'), date_trunc('month', day) FROM \"<table>\" WHERE code = '51'",
    "SELECT rate, open FROM \"<table>\" WHERE rate BETWEEN 0 AND 2 AND code IN ('50', '52') ORDER BY code",
    "SELECT 1, 'a', null, true",
    "SELECT 1 AS a -- with a remark",
)
WRONG_SQL = (
    'SELECT nope FROM "<table>"', 'SELECT "Code" FROM "<table>"', "SELECT * FROM nope", "SELECT nothing(1)",
    'SELECT a FROM "<private table>"', 'UPDATE "<table>" SET code = 1', "SELECT * FROM _table_metadata",
    'SELECT 1 FROM "<table>", "<private table>"', "SELECT * FROM pg_class", "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM information_schema.tables", "SELECT pg_read_file('x')", "SELECT pg_catalog.lower('x')",
    "SELECT 1; SELECT 2", 'DELETE FROM "<table>"', 'INSERT INTO "<table>" (code) VALUES (1)', "SELECT FROM WHERE",
    "SELECT FROM", "SELEC 1", "SELECT 'a", "SELECT (1", 'SELECT code INTO x FROM "<table>"', "DROP TABLE x",
    'SELECT code FROM "<table>" FOR UPDATE', "SELECT people, count(*) FROM \"<table>\"",
)  # fmt: skip


def _queries() -> Iterator[Call]:
    """The DataStore asked in SQL."""
    for sql in (*TABLE_SQL, *WRONG_SQL):
        yield call("datastore_search_sql", {"sql": sql}, "anonymous")
    for who in ("sysadmin", "member", "outsider"):
        yield call("datastore_search_sql", {"sql": 'SELECT a FROM "<private table>"'}, who)
    yield call("datastore_search_sql", {"sql": 'SELECT code FROM "<table>" ORDER BY code LIMIT 1'}, get=True)


def _aliases() -> Iterator[Call]:
    """Aliases of a table, and the trigger functions that there are none of."""
    one = {"resource_id": "<table>"}
    for aliases in (["al-a", "al-b"], "al-c,al-c", "<table>", 5, [5], ["a%b"], ["_a"], None):
        yield call("datastore_create", {**one, "aliases": aliases})
    yield call("datastore_info", {"id": "al-a"}, "anonymous")
    for alias in ("al-a", "al-b", "al-c"):
        yield call("datastore_search", {"resource_id": alias, "sort": "code", "fields": "code"}, "anonymous")
    yield call("datastore_create", {"resource_id": "<private table>", "aliases": ["al-a"]})
    yield call("datastore_create", {"resource_id": "<private table>", "aliases": "al-p"})
    yield call("datastore_search", {"resource_id": "al-p"}, "anonymous")
    yield call("datastore_search", {"resource_id": "al-p"}, "member")
    yield call("datastore_upsert", {"resource_id": "al-a", "records": [{"code": "50"}]})
    yield call("datastore_delete", {"resource_id": "al-a"})
    yield call("datastore_create", {**one, "aliases": ["al-c"]})
    yield call("datastore_search", {"resource_id": "al-a", "limit": 1})
    yield call("datastore_create", {**one, "aliases": ""})
    yield call("datastore_search", {"resource_id": "al-c", "limit": 1})
    yield call("datastore_info", {"id": "<table>", "include_fields_schema": False})
    for triggers in ([{"function": "nope"}], [{"x": "nope"}], "x"):
        yield call("datastore_create", {**one, "triggers": triggers})
    for name in ({}, {"name": "nope"}, {"name": "nope", "if_exists": True}):
        yield call("datastore_function_delete", name)
    yield call("datastore_function_create", {})
    yield call("datastore_function_delete", {"name": "nope"}, "editor")
    # not by a sysadmin: CKAN leaves the table locked, by a transaction that it never ends
    yield call("datastore_run_triggers", one, "editor")


def _table_writes() -> Iterator[Call]:
    new = {"resource": {"package_id": "roads", "name": "Made"}}
    yield call(
        "datastore_create",
        {**new, "records": [{"a": "x", "b": 5, "c": 1.5, "d": "2024-01-01"}]},
        keep="made table",
    )
    one = {"resource_id": "<made table>"}
    yield call("datastore_search", one)
    yield call("datastore_info", {"id": "<made table>"})
    for records in (
        [{"a": "y"}],
        [],
        [{"zzz": 1}],
        [{"b": "many"}],
        ["x"],
        "x",
        [{}],
        [{"a": None, "b": 7}],
        {},
        None,
    ):
        yield call("datastore_upsert", {**one, "method": "insert", "records": records})
    for method in ("upsert", "update", "merge", "", None):
        yield call("datastore_upsert", {**one, "method": method, "records": [{"a": "y"}]})
    keyed = {"resource_id": "<table>"}
    for method in ("insert", "update", "upsert"):
        for record in (
            {"code": "50", "people": 1790001},
            {"code": "60", "people": 1},
            {"people": 2},
            {"code": "50", "x": 1},
        ):
            yield call("datastore_upsert", {**keyed, "method": method, "records": [record], "dry_run": True})
            yield call(
                "datastore_upsert", {**keyed, "method": method, "records": [record], "include_records": True}
            )
    yield call("datastore_upsert", {**keyed, "method": "update", "records": [{"_id": 1, "people": 3}]})
    yield call("datastore_upsert", {**keyed, "records": [{"code": "61", "day": "not a day"}]})
    yield call(
        "datastore_upsert",
        {**keyed, "records": [{"code": "61", "open": "yes", "rate": "1e3", "day": "2020-02-29"}]},
    )
    yield call("datastore_upsert", {**keyed, "records": [{"code": "62"}, {"code": "63", "people": "x"}]})
    yield call("datastore_search", {**keyed, "sort": "code", "fields": ["code", "people", "rate", "day", "open"]})
    for who in ("editor", "member", "outsider", "anonymous", "bad"):
        yield call("datastore_upsert", {**keyed, "records": [{"code": "70", "people": 1}]}, who)
        yield call("datastore_delete", {**keyed, "filters": {"code": "70"}}, who)
        yield call("datastore_create", {**keyed, "fields": [{"id": "code", "type": "text"}]}, who)
    wrong: list[dict[str, Any]] = [
        {"fields": [{"id": "x", "type": "nonsense"}]}, {"fields": [{"id": "_id", "type": "int"}]},
        {"fields": [{"id": "", "type": "int"}]}, {"fields": [{"type": "int"}]}, {"fields": "x"}, {"fields": ["x"]},
        {"fields": [{"id": "a\"b", "type": "text"}]}, {"fields": [{"id": "a"}, {"id": "a"}]}, {"records": "x"},
        {"fields": [{"id": "x" * 64, "type": "text"}]}, {"primary_key": ["nope"], "fields": [{"id": "a"}]},
        {"fields": [{"id": "_x", "type": "text"}]}, {"fields": [{"id": "a%b", "type": "text"}]},
        {"fields": [{"id": "a", "type": "text"}], "records": [{"b": 1}]}, {"indexes": ["nope"]},
        {"fields": [{"id": "a", "type": "int"}], "records": [{"a": "x"}]}, {"aliases": ["x\"y"]},
        {"fields": [{"id": "a", "type": "int"}], "primary_key": "a", "records": [{"a": 1}, {"a": 1}]},
        {"fields": [{"id": "a", "type": "date"}, {"id": "b", "type": "json"}, {"id": "c", "type": "time"}],
         "records": [{"a": "2024-01-01", "b": {"x": 1}, "c": "10:00"}]},
        {"fields": [{"id": "a", "type": "int", "info": "x"}]}, {"records": [{"a": 1}, {"a": 2, "b": 3}]},
        {"fields": [{"id": "a", "type": "_text"}], "records": [{"a": ["x", "y"]}]}, {},
        {"records": [{"n": 1, "b": True, "t": None, "l": [1], "o": {"k": 1}}]},
    ]  # fmt: skip
    for number, more in enumerate(wrong):
        keep = f"t{number}"
        yield call("datastore_create", {"resource": {"package_id": "roads", "name": keep}, **more}, keep=keep)
    yield call("datastore_create", {"resource_id": "nope", "records": [{"a": 1}]})
    yield call("datastore_create", {"resource": {"package_id": "nope"}, "records": [{"a": 1}]})
    yield call("datastore_create", {"resource_id": "<file>", "records": [{"a": 1}]})
    yield call("datastore_create", {"resource_id": "<link>", "force": True, "records": [{"a": 1}]})
    yield call(
        "datastore_create",
        {**one, "fields": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}, {"id": "e", "type": "int"}]},
    )
    yield call("datastore_create", {**one, "fields": [{"id": "a", "type": "int"}]})
    yield call("datastore_search", one)
    for filters in ({"a": "y"}, {"nope": 1}, [], "x", {}):
        yield call("datastore_records_delete", {**one, "filters": filters})
    yield call("datastore_records_delete", one)
    yield call("datastore_delete", {**one, "filters": {"b": 5}})
    yield call("datastore_delete", {**one, "filters": {"nope": 5}})
    yield call("datastore_search", {**one, "fields": ["a", "b"]})
    yield call("datastore_delete", one)
    yield call("datastore_delete", one)
    yield call("datastore_search", one)
    yield call("resource_show", {"id": "<made table>"})
    yield call("datastore_delete", {})
    yield call("datastore_delete", {"resource_id": "nope"})


TEXTS: tuple[Any, ...] = ("", None, "ไทย", "x" * 200, "a b", "'; --", "50%", "A", "nope/..", "<roads> ")
NUMBERS: tuple[Any, ...] = (None, 0, -1, 1.5, "1.5", "ไทย", "2", " 3", "1e3", "x")
ANY: tuple[Any, ...] = (*TEXTS, 0, -1, 1.5, True, [], {})
"""CKAN itself fails (500) at a number, a list or an object where an id should be: those are not asked."""
PARAMETERS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "package_show": {"id": TEXTS},
    "package_list": {"limit": NUMBERS, "offset": NUMBERS},
    "current_package_list_with_resources": {"limit": NUMBERS},
    "package_search": {
        **dict.fromkeys(("q", "fq", "sort", "facet.field"), ANY),
        **dict.fromkeys(("rows", "start", "facet.limit"), NUMBERS),
        "fl": ("", None, "ไทย", "name", ["name"], [], "*"),
        "fq_list": ([], ["x"], ["name:roads"], "name:roads"),
        "include_private": (True, False, 0, 1, "true", "false", "yes", "off", None),
    },
    "package_autocomplete": {"q": TEXTS},
    "resource_show": {"id": TEXTS},
    "organization_show": {"id": TEXTS},
    "group_show": {"id": TEXTS},
    "organization_list": {"limit": NUMBERS, "organizations": TEXTS},
    "group_list": {"offset": NUMBERS},
    "tag_list": {"query": TEXTS},
    "tag_show": {"id": TEXTS},
    "user_show": {"id": TEXTS},
    "vocabulary_show": {"id": TEXTS},
    "member_list": {"id": TEXTS},
    "package_patch": {"id": TEXTS},
    "resource_patch": {"id": TEXTS},
    "package_delete": {"id": TEXTS},
    "resource_delete": {"id": TEXTS},
    "organization_patch": {"id": TEXTS},
    "datastore_info": {"id": ANY},
    "datastore_delete": {"resource_id": ANY},
    "format_autocomplete": {"q": TEXTS},
    "group_package_show": {"id": TEXTS},
    "resource_view_show": {"id": TEXTS},
    "package_activity_list": {"id": TEXTS},
}
NEEDED: Mapping[str, Mapping[str, Any]] = {"package_search": {"rows": 0}}


def odd() -> Iterator[Call]:
    """Odd values for each parameter of the actions that everyone uses."""
    for action, parameters in PARAMETERS.items():
        for name, values in parameters.items():
            for value in values:
                yield call(action, {**NEEDED.get(action, {}), name: value})
