"""Databases: SQLite files untouched, servers by URL from the environment, one SELECT, nothing secret in errors."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from metadata import wording
from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import Reading, read

AT = Place(dataset="projects")
SELECT = "SELECT จังหวัด, งบ FROM โครงการ ORDER BY งบ"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    with sqlite3.connect(tmp_path / "source/projects.sqlite") as connection:
        connection.execute("CREATE TABLE โครงการ (จังหวัด TEXT, งบ NUMERIC, ร้อยละ REAL, ปิด TEXT)")
        connection.execute(
            "INSERT INTO โครงการ VALUES ('น่าน', 1250000, 0.5, NULL), ('ตาก', 3.25, 2.0, '2567-01-31')"
        )
    connection.close()
    return tmp_path


def reading_of(desk: Path, query: str, database: str = "source/projects.sqlite") -> Reading:
    return read(Source(database=database, query=query), desk, AT)


def refusal(desk: Path, query: str, database: str = "source/projects.sqlite") -> SourceError:
    with pytest.raises(SourceError) as refused:
        reading_of(desk, query, database)
    assert "{" not in wording.error(refused.value, "th")["message"]
    return refused.value


def test_a_query_gives_its_rows_as_text_numbered_from_one(desk: Path) -> None:
    reading = reading_of(desk, "SELECT * FROM โครงการ ORDER BY จังหวัด DESC")
    assert list(reading.table.columns) == ["จังหวัด", "งบ", "ร้อยละ", "ปิด"]
    assert reading.table.to_numpy().tolist() == [["น่าน", "1250000", "0.5", ""], ["ตาก", "3.25", "2", "2567-01-31"]]
    assert (list(reading.table.index), reading.sheet, reading.findings) == ([1, 2], None, ())


def test_a_query_file_is_read_and_both_files_are_hashed(desk: Path) -> None:
    (desk / "source/งบ.sql").write_text(f"\ufeff-- งบ; ทุกจังหวัด\n{SELECT};\n", encoding="utf-8")
    reading = reading_of(desk, "source/งบ.sql")
    assert len(reading.table) == 2
    assert sorted(reading.inputs) == ["source/projects.sqlite", "source/งบ.sql"]


def test_a_query_file_in_a_thai_encoding_is_read(desk: Path) -> None:
    (desk / "source/งบ.sql").write_bytes(SELECT.encode("cp874"))
    assert len(reading_of(desk, "source/งบ.sql").table) == 2


def test_the_database_is_left_as_it_was_with_nothing_beside_it(desk: Path) -> None:
    before = (desk / "source/projects.sqlite").read_bytes()
    reading_of(desk, SELECT)
    assert (desk / "source/projects.sqlite").read_bytes() == before
    assert [path.name for path in (desk / "source").iterdir()] == ["projects.sqlite"]


def test_what_a_running_program_has_not_put_into_the_file_is_warned_about(desk: Path) -> None:
    (desk / "source/projects.sqlite-wal").write_bytes(b"x" * 32)
    assert [finding.rule for finding in reading_of(desk, SELECT).findings] == ["read-database-unsaved"]


def test_colons_and_percents_in_a_query_are_its_own(desk: Path) -> None:
    table = reading_of(desk, "SELECT 'ก:ข %s %(x)s' AS a, งบ FROM โครงการ WHERE จังหวัด LIKE '%น%'").table
    assert table.loc[1, "a"] == "ก:ข %s %(x)s"


def test_columns_of_one_name_are_kept_apart(desk: Path) -> None:
    reading = reading_of(desk, "SELECT 1 AS a, 2 AS a")
    assert dict(reading.table.loc[1]) == {"a": "1", "a_2": "2"}


def test_no_rows_stop_the_release(desk: Path) -> None:
    reading = reading_of(desk, "SELECT * FROM โครงการ WHERE 1 = 0")
    assert [finding.rule for finding in reading.findings] == ["read-no-rows"]
    assert reading.table.shape == (0, 4)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM โครงการ",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE โครงการ",
        "/* SELECT */ UPDATE โครงการ SET งบ = 0",
        "PRAGMA writable_schema = 1",
        "SELECT * FROM t INTO OUTFILE '/tmp/x'",
        "SELECT 1 /*! ; DROP TABLE x */",
        "",
    ],
)
def test_anything_but_one_select_is_refused(desk: Path, query: str) -> None:
    assert refusal(desk, query).kind == "read-query-not-select"


@pytest.mark.parametrize(
    "query", ["SELECT ';' AS a", 'SELECT 1 AS "a;b"', "-- ;\nSELECT 1", "WITH t AS (SELECT 1) SELECT * FROM t;\n"]
)
def test_semicolons_in_quotes_and_comments_are_no_second_statement(desk: Path, query: str) -> None:
    assert len(reading_of(desk, query).table) == 1


def test_a_with_that_writes_is_refused_by_the_database(desk: Path) -> None:
    assert refusal(desk, "WITH t AS (SELECT 1) DELETE FROM โครงการ").kind == "read-database-query"
    assert len(reading_of(desk, SELECT).table) == 2


def test_a_wrong_query_is_refused_in_the_databases_words(desk: Path) -> None:
    refused = refusal(desk, "SELECT province FROM โครงการ")
    assert (refused.kind, refused.values["reason"]) == ("read-database-query", "no such column: province")


def test_a_file_that_is_no_database_is_refused(desk: Path) -> None:
    (desk / "source/x.sqlite").write_bytes(b"not a database" * 100)
    assert refusal(desk, SELECT, "source/x.sqlite").kind == "read-broken"


@pytest.mark.parametrize(
    ("database", "kind"), [("source/none.sqlite", "read-missing"), ("../x.sqlite", "read-path-outside")]
)
def test_a_database_file_stays_inside_the_dataset(desk: Path, database: str, kind: str) -> None:
    assert refusal(desk, SELECT, database).kind == kind


def test_a_variable_that_is_not_set_is_named(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SWF_DATABASE_URL", raising=False)
    refused = refusal(desk, SELECT, "env:SWF_DATABASE_URL")
    assert (refused.kind, refused.values["variable"]) == ("read-database-variable", "SWF_DATABASE_URL")


@pytest.mark.parametrize(
    "url", ["ไม่ใช่", "oracle://u:ลับ@h/d", "nosuch://u:ลับ@h/d", "sqlite:////etc/x", "postgresql://u:ลับ@h:พอร์ต/d"]
)
def test_a_url_that_is_none_is_refused_without_being_shown(
    desk: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SWF_DATABASE_URL", url)
    refused = refusal(desk, SELECT, "env:SWF_DATABASE_URL")
    assert refused.kind == "read-database-url"
    assert "ลับ" not in str(wording.error(refused, "th"))


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_is_down_is_named_without_its_password(
    desk: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("SWF_DATABASE_URL", f"{scheme}://steward:ktx9secret@127.0.0.1:1/funds")
    refused = refusal(desk, SELECT, "env:SWF_DATABASE_URL")
    assert refused.kind == "read-database-down"
    assert "ktx9secret" not in str(wording.error(refused, "th"))
    assert refused.__cause__ is None


def test_a_postgresql_query_gives_exact_text(
    desk: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("SWF_DATABASE_URL", postgres_url)
    query = (
        "SELECT 'น่าน' AS จังหวัด, 1.50::numeric AS งบ, 1e-10::numeric AS น้อย, 2.0::float8 AS ร้อยละ,"
        " NULL::text AS ว่าง, true AS เปิด, DATE '2024-02-29' AS วันที่, TIMESTAMP '2024-02-29 00:00' AS เวลา,"
        " ARRAY[1,2] AS ปี, '{\"ก\": 1}'::jsonb AS j, '100%' AS p"
    )
    reading = reading_of(desk, query, "env:SWF_DATABASE_URL")
    assert list(reading.table.loc[1]) == [
        "น่าน",
        "1.50",
        "0.0000000001",
        "2",
        "",
        "TRUE",
        "2024-02-29",
        "2024-02-29T00:00:00",
        "[1,2]",
        '{"ก":1}',
        "100%",
    ]
    assert list(reading.inputs) == ["database:SWF_DATABASE_URL"]


def test_a_servers_rows_are_hashed_and_their_order_counts(
    desk: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("SWF_DATABASE_URL", postgres_url)
    hashes = [
        reading_of(desk, f"SELECT * FROM (VALUES {rows}) AS t(a)", "env:SWF_DATABASE_URL").inputs[
            "database:SWF_DATABASE_URL"
        ]
        for rows in ("(1), (2)", "(1), (2)", "(2), (1)")
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_server_is_read_in_batches_and_never_written(
    desk: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("SWF_DATABASE_URL", postgres_url)
    assert len(reading_of(desk, "SELECT generate_series(1, 12000) AS n", "env:SWF_DATABASE_URL").table) == 12_000
    assert refusal(desk, "SELECT 1 AS a INTO ใหม่", "env:SWF_DATABASE_URL").kind == "read-database-query"
    assert refusal(desk, "SELECT * FROM ใหม่", "env:SWF_DATABASE_URL").kind == "read-database-query"


def test_a_servers_refusal_repeats_no_value(
    desk: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("SWF_DATABASE_URL", postgres_url)
    refused = refusal(desk, "SELECT (chr(83) || '1101700' || '203451')::int", "env:SWF_DATABASE_URL")
    assert refused.kind == "read-database-query"
    assert "1101700203451" not in refused.values["reason"]
    assert "integer" in refused.values["reason"]
