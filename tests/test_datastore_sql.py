"""The DataStore asked in SQL, on both databases: what is answered, what is refused, and what nobody gets at."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package
from sqlalchemy.exc import ProgrammingError

from catalog.actions.context import ANYONE
from catalog.actions.refusals import ActionRefused
from catalog.portal.local import LocalPortal
from catalog.store import sql_result
from catalog.switches import Switches

SECRET = "ความลับ 7302"
FIELDS = [
    {"id": "code", "type": "text"},
    {"id": "จังหวัด", "type": "text"},
    {"id": "people", "type": "int"},
    {"id": "rate", "type": "numeric"},
    {"id": "day", "type": "timestamp"},
    {"id": "open", "type": "bool"},
    {"id": "People", "type": "text"},
]
ROWS = [
    {"code": "50", "จังหวัด": "เชียงใหม่", "people": 1790000, "rate": 1.5, "day": "2024-12-31", "open": True},
    {"code": "51", "จังหวัด": "ลำพูน", "people": 401000, "rate": 2, "day": "2024-01-15 08:30", "open": False},
    {"code": "52", "จังหวัด": "ลำปาง 100%", "people": 718790, "rate": 0.25, "day": None, "open": True},
    {"code": "53", "จังหวัด": "North East", "people": None, "rate": None, "day": "2023-06-01", "open": None},
]


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path, switches=Switches(sql_search=True)) as ours:
        for name, private in (("open-one", False), ("closed-one", True)):
            ours.call_action("package_create", package(name, private=private))
        made = {"resource": {"package_id": "open-one", "name": "t", "id": "resource-open"}}
        ours.call_action("datastore_create", {**made, "fields": FIELDS, "records": ROWS, "aliases": ["people"]})
        made = {"resource": {"package_id": "closed-one", "name": "t", "id": "resource-closed"}}
        ours.call_action("datastore_create", {**made, "records": [{"a": SECRET}], "aliases": ["hidden"]})
        yield ours


def _ask(portal: LocalPortal, sql: str, actor: Any = ANYONE) -> Any:
    return portal.answer("datastore_search_sql", {"sql": sql}, actor=actor, site=portal.site)


def _refused(portal: LocalPortal, sql: str) -> tuple[int, Any]:
    with pytest.raises(ActionRefused) as caught:
        _ask(portal, sql)
    return caught.value.status, caught.value.error


ANSWERS: list[tuple[str, list[str], list[list[Any]]]] = [
    ("SELECT code, people FROM t WHERE people > 500000 ORDER BY people", ["text", "int4"],
     [["52", 718790], ["50", 1790000]]),
    ('SELECT _id, "จังหวัด", rate, day, open FROM people WHERE Code = \'50\'',
     ["int4", "text", "numeric", "timestamp", "bool"], [[1, "เชียงใหม่", 1.5, "2024-12-31T00:00:00", True]]),
    ('SELECT people, "People" FROM t ORDER BY people DESC LIMIT 2', ["int4", "text"],
     [[None, None], [1790000, None]]),
    ("SELECT open, count(*) AS n FROM t GROUP BY open ORDER BY n DESC, open", ["bool", "int8"],
     [[True, 2], [False, 1], [None, 1]]),
    ("SELECT sum(people), count(people), max(day), min(code), bool_or(open) FROM t",
     ["int8", "int8", "timestamp", "text", "bool"], [[2909790, 3, "2024-12-31T00:00:00", "50", True]]),
    ("SELECT count(*) FILTER (WHERE open) AS a, 7/2 AS b, -7/2 AS c, 7%4 AS d, 2*3+1 AS e FROM t",
     ["int8", "int4", "int4", "int4", "int4"], [[2, 3, -3, 3, 7]]),
    ("WITH a AS (SELECT code, people * 2 AS twice FROM t) SELECT twice FROM a WHERE code IN ('50', '51')",
     ["int4"], [[3580000], [802000]]),
    ("SELECT a.code FROM t a LEFT JOIN t b ON b.people > a.people WHERE b.code IS NULL ORDER BY 1", ["text"],
     [["50"], ["53"]]),
    ("SELECT code FROM t WHERE \"จังหวัด\" LIKE 'NORTH%' UNION SELECT code FROM t WHERE \"จังหวัด\" ILIKE 'NORTH%'",
     ["text"], [["53"]]),
    ("SELECT code FROM t WHERE \"จังหวัด\" LIKE '%100\\%'", ["text"], [["52"]]),
    ("SELECT upper(left(\"จังหวัด\", 2)) AS a, length(\"จังหวัด\") AS b, lpad(code, 4, '0') AS c,"
     " concat(code, '-') AS d,"
     " split_part('a-b', '-', 2) AS e, strpos('abc', 'c') AS f FROM t WHERE code = '53'",
     ["text", "int4", "text", "text", "text", "int4"], [["NO", 10, "0053", "53-", "b", 3]]),
    ("SELECT day::date AS a, extract(year FROM day) AS b, to_char(day, 'YYYY-MM') AS c,"
     " date_trunc('month', day) AS d,"
     " people::text AS e, '7'::int AS f FROM t WHERE day = '2024-01-15T08:30:00'",
     ["date", "numeric", "text", "timestamp", "text", "int4"],
     [["2024-01-15", 2024, "2024-01", "2024-01-01T00:00:00", "401000", 7]]),
    ("SELECT CASE WHEN open THEN 'y' ELSE 'n' END AS a, coalesce(people, 0) AS b, nullif(code, '53') AS c"
     " FROM t WHERE day < '2024-01-01'", ["text", "int4", "text"], [["n", 0, None]]),
    ("SELECT code, rank() OVER (ORDER BY people DESC NULLS LAST) AS r FROM t ORDER BY r LIMIT 2", ["text", "int8"],
     [["50", 1], ["52", 2]]),
    ("SELECT string_agg(code, ',' ORDER BY code DESC) AS a FROM t WHERE people IS NOT NULL", ["text"],
     [["52,51,50"]]),
    ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) AS s FROM r",
     ["int8"], [[15]]),
    ("SELECT 'it''s; -- no \"end\"' AS a, $$a'b$$ AS b", ["text", "text"], [["it's; -- no \"end\"", "a'b"]]),
    ("SELECT a.code, (SELECT max(b.people) FROM t b WHERE b.open = a.open) AS m FROM t a ORDER BY code LIMIT 2",
     ["text", "int4"], [["50", 1790000], ["51", 401000]]),
    ("SELECT day - interval '1 month' AS a, day::date + interval '1 day' AS b, day::date + 3 AS c FROM t"
     " WHERE code = '50'", ["timestamp", "timestamp", "date"],
     [["2024-11-30T00:00:00", "2025-01-01T00:00:00", "2025-01-03"]]),
    ("SELECT '2024-03-31'::date - interval '1 month' AS a, date_trunc('week', '2024-03-31'::timestamp) AS b,"
     " translate('12345', '143', 'ax') AS c, round(2.5) AS d, 2.5::int AS e, 10 % 3 AS f,"
     " round(stddev(people)) AS g FROM t",
     ["timestamp", "timestamp", "text", "numeric", "int4", "int4", "numeric"],
     [["2024-02-29T00:00:00", "2024-03-25T00:00:00", "a2x5", 3, 3, 1, 727759]]),
    ("SELECT min(day)::date - max(day)::date AS days FROM t", ["int4"], [[-579]]),
    ("SELECT exists(SELECT 1 FROM t WHERE code = 'x') AS a, (SELECT max(people) FROM t) AS b, true AS c",
     ["bool", "int4", "bool"], [[False, 1790000, True]]),
]  # fmt: skip


def test_queries_are_answered_alike_on_both_databases(portal: LocalPortal) -> None:
    for sql, kinds, rows in ANSWERS:
        found = _ask(portal, re.sub(r"\b(FROM|JOIN) t\b", r'\1 "resource-open"', sql))
        assert [one["type"] for one in found["fields"]] == kinds, sql
        assert [list(row.values()) for row in found["records"]] == rows, sql
        assert "records_truncated" not in found


def test_columns_without_a_name_are_called_as_postgresql_calls_them(portal: LocalPortal) -> None:
    sql = "SELECT count(*), sum(people), people::text, code || 'x', (SELECT 1), lower(code), CASE WHEN open THEN 1"
    found = _ask(portal, f"{sql} END FROM people GROUP BY people, code, open")
    names = ["count", "sum", "people", "?column?", "?column?", "lower", "case"]
    assert [one["id"] for one in found["fields"]] == names


def test_an_answer_is_cut_and_says_so(portal: LocalPortal, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.actions import datastore_sql

    monkeypatch.setattr(datastore_sql, "MOST_THAI", 3)
    found = _ask(portal, "SELECT code FROM people ORDER BY code")
    assert (len(found["records"]), found["records_truncated"]) == (3, True)
    assert "records_truncated" not in _ask(portal, "SELECT code FROM people LIMIT 3")


def test_who_may_read_a_table_may_ask_of_it(portal: LocalPortal) -> None:
    for name in ('"resource-closed"', "hidden"):
        assert _refused(portal, f"SELECT * FROM {name}")[0] == 403
        assert _ask(portal, f"SELECT a FROM {name}", portal.actor)["records"] == [{"a": SECRET}]
    both = 'SELECT count(*) AS n FROM people, "resource-closed"'
    assert _refused(portal, both)[0] == 403
    assert _ask(portal, both, portal.actor)["records"] == [{"n": 4}]


def test_it_is_off_until_it_is_switched_on(tmp_path: Path, both: str) -> None:
    with opened(tmp_path) as portal:
        said = "Bad request: Action name not known: datastore_search_sql"
        assert _refused(portal, "SELECT 1") == (400, said)


REFUSED = (
    ("SELECT FROM WHERE", 409, 'Invalid SQL: syntax error at or near "WHERE", at index 12'),
    ("SELECT (1", 409, "Invalid SQL: syntax error at end of input"),
    ("SELEC 1", 409, 'Invalid SQL: syntax error at or near "SELEC", at index 0'),
    ("SELECT 'a", 409, 'Invalid SQL: unterminated quoted string at or near "\'a", at index 7'),
    ("SELECT 1; SELECT 2", 409, "Query is not a single statement"),
    ("SELECT 1; DROP TABLE people", 409, "Query is not a single statement"),
    ("DELETE FROM people", 409, "Invalid query AST element: DeleteStmt"),
    (
        "WITH x AS (DELETE FROM people RETURNING *) SELECT * FROM x",
        409,
        "Invalid query AST element: DeleteStmt",
    ),
    ("SELECT code INTO x FROM people", 409, "Invalid query AST element: IntoClause"),
    ("SELECT code FROM people FOR UPDATE", 409, "Invalid query AST element: LockingClause"),
    ("SELECT * FROM nothing", 404, "Not found"),
    ("SELECT * FROM pg_class", 403, "Access denied: Not authorized to access system tables"),
    (
        "SELECT * FROM pg_catalog.pg_class",
        403,
        "Access denied: Not authorized to access tables in other schemas",
    ),
    ("SELECT * FROM datastore.shapes", 403, "Access denied: Not authorized to access tables in other schemas"),
    ("SELECT pg_read_file('x')", 403, "Access denied: Not authorized to call function pg_read_file"),
    ("SELECT pg_catalog.lower('x')", 403, "Access denied: Not authorized to call function pg_catalog.lower"),
)


def test_what_is_refused_is_refused_in_ckans_words(portal: LocalPortal) -> None:
    for sql, status, said in REFUSED:
        found = _refused(portal, sql)
        assert (found[0], found[1]["message"]) == (status, said), sql


UNANSWERED = (
    ("SELECT nope FROM people", 'column "nope" does not exist'),
    ('SELECT "nope" FROM people', 'column "nope" does not exist'),
    ('SELECT "Code" FROM people', 'column "Code" does not exist'),
    ("SELECT code FROM people WHERE people = 'many'", "invalid input syntax for type integer"),
    ("SELECT 1/0", "division by zero"),
    ("SELECT (SELECT code FROM people)", "more than one row returned by a subquery used as an expression"),
    (
        "SELECT people, count(*) FROM people",
        "must appear in the GROUP BY clause or be used in an aggregate function",
    ),
    (
        "SELECT code::int FROM people WHERE code = '50' UNION SELECT \"จังหวัด\"::int FROM people",
        "invalid input syntax",
    ),
)


def test_what_a_database_cannot_answer_says_why(portal: LocalPortal) -> None:
    for sql, said in UNANSWERED:
        status, error = _refused(portal, sql)
        assert (status, said in error["query"][0]) == (409, True), sql
        assert "เชียงใหม่" not in json.dumps(error, ensure_ascii=False)


ENDLESS = (
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 100000)"
    " SELECT count(*) FROM r a, r b, r c",
)


def test_a_query_without_end_is_ended(portal: LocalPortal, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.store import sql_files, sql_server

    monkeypatch.setattr(sql_files, "PATIENCE", 0.2)
    monkeypatch.setattr(sql_server, "PATIENCE", 0.2)
    for sql in ENDLESS:
        assert _refused(portal, sql)[1]["query"] == ["Query took too long"]
    assert len(_ask(portal, "SELECT code FROM people")["records"]) == 4


def test_only_a_few_queries_are_answered_at_once(portal: LocalPortal) -> None:
    with ExitStack() as held:
        for _number in range(sql_result.AT_ONCE):
            held.enter_context(sql_result.turn())
        assert "too many queries" in _refused(portal, "SELECT 1")[1]["query"][0]
    assert _ask(portal, "SELECT 1 AS a")["records"] == [{"a": 1}]


def test_no_text_of_any_length_is_looked_for(portal: LocalPortal) -> None:
    """Two long ones would keep a database busy for hours, and nothing can stop it meanwhile."""
    long = "repeat('a', 450000) || 'b'"
    for sql in (
        "strpos({}, {})",
        "position({} IN {})",
        "replace({}, {}, '')",
        "btrim({}, {})",
        "trim({} FROM {})",
    ):
        status, error = _refused(portal, f"SELECT {sql.format(long, long)}")
        assert (status, "looks for a text of at most 100 letters" in error["message"]) == (409, True)
    assert _ask(portal, "SELECT replace(code, '5', '6') AS a FROM people LIMIT 1")["records"] == [{"a": "60"}]


def test_a_text_without_end_is_refused(portal: LocalPortal) -> None:
    doubled = "'aaaaaaaaaaaaaaaa'"
    for _time in range(20):
        doubled = f"replace({doubled}, 'a', 'aaaa')"
    status, _error = _refused(portal, f"SELECT length({doubled})")
    assert status == 409


PARTS = (
    '"resource-closed"', "hidden", "HIDDEN", '"hidden"', "sqlite_master", '"sqlite_master"', "sqlite_schema",
    "temp.sqlite_master", "a0.records", "records", "main.records", "n0", "packages", "api_tokens",
    "public.api_tokens", "users", '"users"', "datastore.shapes", 'datastore."resource-closed"',
    'pg_temp."hidden"', "pg_authid", '"pg_authid"', "pg_shadow", "information_schema.tables",
    "pg_catalog.pg_user", "_table_metadata", "people", '"resource-open"', "x", "(SELECT 1) y",
    "pragma_table_list", "pragma_database_list()", "json_each('[1]')", "generate_series(1, 3)", "dbstat",
    "fields", "pg_ls_dir('.')", "pg_stat_file('x')", "dblink('x', 'y')",
    "query_to_xml('select 1', true, true, '')",
)  # fmt: skip
SHOWN = (
    "*", "a", "1", "x.*", "load_extension('x')", "writefile('x', 'y')", "readfile('/etc/passwd')", "edit('x')",
    "randomblob(1000000000)", "zeroblob(1000000000)", "hex(1)", "sqlite_version()", "fts3_tokenizer('x')",
    "pg_read_file('/etc/passwd')", "pg_ls_dir('/')", "lo_import('/etc/passwd')",
    "current_setting('data_directory')", "set_config('role', 'postgres', false)", "pg_sleep(10)", "version()",
    "current_user", "session_user", "ts_rewrite('a'::tsquery, 'SELECT a, a FROM hidden')",
    "query_to_xml('SELECT * FROM hidden', true, true, '')", "'hidden'::regclass",
    "has_table_privilege('hidden', 'select')", "(SELECT a FROM hidden)", "printf('%100000000d', 1)",
    "format('%100000000s', 'x')", "char(0)", "(people).code", "people", "_full_text", "ctid", "xmin", "rowid",
    "oid",
)  # fmt: skip
SHAPES = (
    "SELECT {s} FROM {t}", "SELECT * FROM (SELECT {s} FROM {t}) q",
    "WITH hidden AS (SELECT 1 AS a) SELECT {s} FROM {t}", "WITH x AS (SELECT * FROM {t}) SELECT {s} FROM x",
    "WITH {t} AS (SELECT 1) SELECT {s} FROM {t}", "SELECT {s} FROM people UNION ALL SELECT {s} FROM {t}",
    "SELECT {s} FROM people p JOIN {t} t ON true", "SELECT (SELECT {s} FROM {t} LIMIT 1) FROM people",
    "SELECT code FROM people WHERE EXISTS (SELECT {s} FROM {t})",
    "SELECT {s} /* */ FROM /* people */ {t} -- ; x", "SELECT {s} FROM {t}; SELECT 1",
    "SELECT {s} FROM {t} ORDER BY (SELECT 1)", "SELECT {s} FROM people, LATERAL (SELECT * FROM {t}) l",
    "TABLE {t}", "EXPLAIN SELECT {s} FROM {t}", "COPY (SELECT {s} FROM {t}) TO PROGRAM 'x'", "ATTACH {t} AS b",
    "PRAGMA {t}", "VALUES ((SELECT {s} FROM {t}))", "SELECT {s} FROM {t} AS people(a, b)",
    "SELECT code FROM people GROUP BY (SELECT {s} FROM {t})", "SELECT '{s}' || {s} FROM ONLY {t}",
    "SELECT E'\\'' , {s} FROM {t} --'", 'SELECT U&"\\0068idden" FROM {t}', "SELECT $a$ {s} $a$ FROM {t}",
)  # fmt: skip


def test_nobody_gets_at_what_he_may_not_read(portal: LocalPortal, tmp_path: Path) -> None:
    """Each shape with some of the places and expressions: an answer or a refusal, never a secret or a failure."""
    chance = random.Random(4)  # noqa: S311 - the same each time
    answered = 0
    every = [(shape, shown, part) for shape in SHAPES for shown in SHOWN for part in PARTS]
    for shape, shown, part in chance.sample(every, 500):
        sql = shape.format(s=shown, t=part)
        try:
            found: Any = _ask(portal, sql)
            answered += 1
        except ActionRefused as refused:
            assert refused.status in (403, 404, 409), sql
            found = refused.error
        told = json.dumps(found, ensure_ascii=False, default=str)
        assert SECRET not in told, sql
        assert "CREATE TABLE" not in told, sql
        assert "root:" not in told, sql
    assert answered
    assert not (tmp_path / "x").exists()
    assert not Path("x").exists()


TOKENS = (
    *(
        "SELECT",
        "FROM",
        "WHERE",
        "people",
        "code",
        '"จังหวัด"',
        "open",
        "day",
        "*",
        ",",
        "(",
        ")",
        "AND",
        "NOT",
        "=",
    ),
    *("||", "+", "-", "/", "'a'", "1", "2.5", "NULL", "GROUP BY", "ORDER BY", "LIMIT", "AS", "x", "JOIN", "USING"),
    *(
        "UNION",
        "WITH",
        "CASE",
        "WHEN",
        "END",
        "IN",
        "BETWEEN",
        "LIKE",
        "IS",
        "DISTINCT",
        "::int",
        "::date",
        "OVER",
    ),
    *("FILTER", "EXISTS", "hidden", "sqlite_master", "--", "/*", "*/", ";", "$$", "'", '"', "INTERVAL '1 day'"),
    *("extract(year from day)", "[1]", ".", ":", "@>", "->", "~", "now()", "VALUES", "LATERAL", "?", "%s", ":a"),
    *(
        "{",
        "\\",
        "#",
        "E'x'",
        "x'1'",
        "1e400",
        "99999999999999999999",
        "string_agg(",
        "coalesce(",
        "round(",
        "lag(",
    ),
)


def test_no_words_of_sql_make_it_fail(portal: LocalPortal) -> None:
    chance = random.Random(5)  # noqa: S311 - the same each time
    for _time in range(600):
        sql = "SELECT " + " ".join(chance.choices(TOKENS, k=chance.randint(1, 12)))
        try:
            assert SECRET not in json.dumps(_ask(portal, sql), ensure_ascii=False), sql
        except ActionRefused as refused:
            assert refused.status in (403, 404, 409), sql


def test_postgresqls_role_reads_nothing_but_a_querys_views(portal: LocalPortal, both: str) -> None:
    """Past our own reading of a query, too."""
    if both == "sqlite":
        return
    _ask(portal, "SELECT code FROM people")
    with portal.engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE saphan_sql")
        for place in ("packages", "api_tokens", "datastore.shapes", 'datastore."resource-open"'):
            with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
                connection.exec_driver_sql(f"SELECT * FROM {place}")
