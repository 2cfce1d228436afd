"""Hostile queries, workbooks and steps: refused, bounded, and never quoted back."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from cleaning import recipe
from sqlalchemy import create_engine, make_url, text

from metadata import wording
from metadata.errors import SetupError, SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.clean import bind
from pipelines.read import Reading, read

AT = Place(dataset="projects")
CANARY = "นางสาวลับสุดยอด"


def query(folder: Path, statement: str) -> Reading:
    return read(Source(database="env:SAFE_DATABASE_URL", query=statement), folder, AT)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 /*M! INTO OUTFILE '/tmp/x' */",
        "SELECT 1 /*M!100100 INTO DUMPFILE '/tmp/x' */",
        "SELECT 1 --1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 # '\n INTO OUTFILE '/tmp/x'",
        'SELECT "\\"" INTO OUTFILE \'/tmp/x" \'',
        "SELECT 1 INTO/**/OUTFILE '/tmp/x'",
    ],
)
def test_no_disguise_lets_a_query_write_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.setenv("SAFE_DATABASE_URL", "mysql://u:p@127.0.0.1:1/d")
    with pytest.raises(SourceError) as refused:
        query(tmp_path, statement)
    assert refused.value.kind == "read-query-not-select"


def test_a_query_may_speak_of_files_going_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFE_DATABASE_URL", "mysql://u:p@127.0.0.1:1/d")
    with pytest.raises(SourceError) as refused:
        query(tmp_path, "SELECT outfile, 'into the files' AS a FROM t -- all of them")
    assert refused.value.kind == "read-database-down"


@pytest.mark.parametrize("cell", [f"{CANARY}\nบรรทัดสอง", f'"{CANARY}" เรียก\n"ตัวเอง"', CANARY])
def test_a_servers_refusal_does_not_quote_a_cell_of_several_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str, cell: str
) -> None:
    monkeypatch.setenv("SAFE_DATABASE_URL", postgres_url)
    engine = create_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS safe_people"))
        connection.execute(text("CREATE TABLE safe_people (a text)"))
        connection.execute(text("INSERT INTO safe_people VALUES (:cell)"), {"cell": cell})
    engine.dispose()
    with pytest.raises(SourceError) as refused:
        query(tmp_path, "SELECT a::integer FROM safe_people")
    assert CANARY not in str(wording.error(refused.value, "th"))
    assert "invalid input syntax" in refused.value.values["reason"]


def test_a_servers_refusal_names_the_column_the_query_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("SAFE_DATABASE_URL", postgres_url)
    with pytest.raises(SourceError) as refused:
        query(tmp_path, "SELECT จังหวัด FROM (SELECT 1) AS t(a)")
    assert refused.value.values["reason"] == 'column "จังหวัด" does not exist'


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT '\\'; COMMIT; CREATE TABLE safe_hacked (a int); --' AS a",
        "SELECT 1 AS a INTO safe_hacked",
        "WITH x AS (INSERT INTO safe_kept VALUES (2) RETURNING a) SELECT a FROM x",
        "SELECT set_config('transaction_read_only', 'off', false) AS a",
        "SELECT lo_from_bytea(0, 'x') AS a",
    ],
)
def test_nothing_is_written_on_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str, statement: str
) -> None:
    monkeypatch.setenv("SAFE_DATABASE_URL", postgres_url)
    engine = create_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS safe_kept (a int)"))
    with pytest.raises(SourceError) as refused:
        query(tmp_path, statement)
    assert refused.value.kind == "read-database-query"
    with engine.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('safe_hacked')")).scalar() is None
        assert connection.execute(text("SELECT count(*) FROM safe_kept")).scalar() == 0
    engine.dispose()


MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
ODS = """<?xml version="1.0" encoding="UTF-8"?>{doctype}
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3">
<office:body><office:spreadsheet><table:table table:name="ก">
<table:table-row><table:table-cell {span} office:value-type="string">
<text:p>จังหวัด{entity}</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>จำนวน</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>น่าน</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="3">
<text:p>3</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def ods(folder: Path, content: bytes) -> Reading:
    with zipfile.ZipFile(folder / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content.replace(b">\n<", b"><"))
        archive.writestr("META-INF/manifest.xml", MANIFEST)
    return read(Source(path="a.ods"), folder, AT)


def test_a_merge_wider_than_any_sheet_is_cut_to_one(tmp_path: Path) -> None:
    wide = 'table:number-columns-spanned="999999999" table:number-rows-spanned="1"'
    reading = ods(tmp_path, ODS.format(doctype="", entity="", span=wide).encode())
    assert len(reading.table) == 1


BILLION = '<!DOCTYPE x [<!ENTITY a "ฮา"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("entity", ["&b;", "&c;"])
def test_a_workbook_with_entities_is_refused(tmp_path: Path, encoding: str, entity: str) -> None:
    xml = ODS.replace('encoding="UTF-8"', f'encoding="{encoding}"').format(doctype=BILLION, entity=entity, span="")
    with pytest.raises(SourceError) as refused:
        ods(tmp_path, xml.encode(encoding))
    assert refused.value.kind == "read-broken"


@pytest.mark.parametrize("depth", [200, 900, 100_000])
def test_json_nested_deeply_is_read_or_refused(tmp_path: Path, depth: int) -> None:
    deep = '{"ก":' * depth + "1" + "}" * depth
    (tmp_path / "a.json").write_text(f"[{deep}]", encoding="utf-8")
    try:
        assert len(read(Source(path="a.json"), tmp_path, AT).table) == 1
    except SourceError as refused:
        assert refused.kind == "read-json-broken"


@pytest.mark.parametrize("depth", [200, 900])
def test_geometry_nested_deeply_is_read_or_refused(tmp_path: Path, depth: int) -> None:
    inside = "[" * depth + "100.5,13.5" + "]" * depth
    shape = f'{{"type":"MultiPolygon","coordinates":{inside}}}'
    feature = f'{{"type":"Feature","properties":{{"ก":1}},"geometry":{shape}}}'
    (tmp_path / "a.geojson").write_text(f'{{"type":"FeatureCollection","features":[{feature}]}}', encoding="utf-8")
    try:
        assert len(read(Source(path="a.geojson"), tmp_path, AT).table) == 1
    except SourceError as refused:
        assert refused.kind == "read-json-broken"


def test_a_link_out_of_the_dataset_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "desk/a.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(SourceError) as refused:
        read(Source(path="a.csv"), tmp_path / "desk", AT)
    assert refused.value.kind == "read-path-outside"


def test_own_steps_that_fail_to_load_are_not_quoted(tmp_path: Path) -> None:
    own = tmp_path / "steps.py"
    own.write_text(f"int('{CANARY}')\n", encoding="utf-8")
    with pytest.raises(SetupError) as refused:
        bind(recipe(("trim", {})), own)
    assert refused.value.values["reason"] == "ValueError"
    assert CANARY not in str(wording.error(refused.value, "th"))


def test_a_module_that_own_steps_miss_is_named(tmp_path: Path) -> None:
    own = tmp_path / "steps.py"
    own.write_text("import ไม่มีโมดูลนี้\n", encoding="utf-8")
    with pytest.raises(SetupError) as refused:
        bind(recipe(("trim", {})), own)
    assert "ไม่มีโมดูลนี้" in refused.value.values["reason"]


def test_a_workbook_named_as_csv_bomb_is_bounded(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * (64 << 20))
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    with pytest.raises(SourceError) as refused:
        read(Source(path="a.zip"), tmp_path, AT)
    assert refused.value.kind == "read-zip-unsafe"
