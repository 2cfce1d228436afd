"""A resource published as Parquet: judged as the table it is, uploaded, shown and served as what it is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import pytest
from publishing import Bench, actions, opened_bench
from web_ground import served

from catalog.portal.local import LocalPortal
from metadata.release import Report


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened_bench(tmp_path) as made:
        made.edit("datapackage.yaml", "path: release/funds.csv", "path: release/funds.parquet")
        yield made


def test_the_file_has_the_schema_s_types_and_is_told_of_in_the_package(bench: Bench) -> None:
    (report,) = bench.build()
    assert isinstance(report, Report) and report.passed
    made = pl.read_parquet(bench.folder / "test-funds/release/funds.parquet")
    assert made.schema == {"fund": pl.String, "members": pl.Int64, "money": pl.Float64, "founded": pl.Date}
    assert made.rows()[0][:3] == ("บ้านเหนือ", 1200, 10.5)
    assert [file.rows for file in report.files] == [2, 2]
    (again,) = bench.build()
    assert isinstance(again, Report) and again.release == report.release
    document = (bench.folder / "test-funds/release/datapackage.json").read_text("utf-8")
    assert '"mediatype": "application/vnd.apache.parquet"' in document
    assert document.count('"encoding"') == 1  # the CSV beside it


def test_a_cell_of_a_wrong_type_is_found_and_the_file_is_made_all_the_same(bench: Bench) -> None:
    bench.edit("source/funds.csv", "บ้านใต้,20,", "บ้านใต้,ยี่สิบ,")
    (report,) = bench.build()
    assert isinstance(report, Report) and not report.passed
    found = [finding for finding in report.findings if finding.severity == "error"]
    assert [(finding.rule, finding.at.row, finding.at.column) for finding in found] == [
        ("type-error", 3, "members")
    ]
    made = pl.read_parquet(bench.folder / "test-funds/release/funds.parquet")
    assert made["members"].to_list() == ["1200", "ยี่สิบ"]


def test_it_is_published_without_a_table_and_served_in_parts(bench: Bench) -> None:
    _, done = bench.push()
    assert not done.refused
    shown = bench.show()["resources"][0]
    assert (shown["format"], shown["datastore_active"]) == ("Parquet", False)
    assert shown["mimetype"] == "application/vnd.apache.parquet"
    assert actions(bench.push()[0]) == []
    assert isinstance(bench.portal, LocalPortal)
    with served(bench.portal) as web:
        path = urlsplit(shown["url"]).path
        answer = web.ask(path)
        assert answer.content == (bench.folder / "test-funds/release/funds.parquet").read_bytes()
        assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
        assert pl.read_parquet(io.BytesIO(answer.content))["members"].to_list() == [1200, 20]
        assert web.ask(path, headers={"Range": "bytes=-4"}).content == b"PAR1"
        assert web.ask("/dataset/test-funds").status_code == 200


def test_a_csv_that_becomes_parquet_leaves_no_table(bench: Bench) -> None:
    bench.edit("datapackage.yaml", "path: release/funds.parquet", "path: release/funds.csv")
    bench.push()
    assert bench.show()["resources"][0]["datastore_active"]
    bench.edit("datapackage.yaml", "path: release/funds.csv", "path: release/funds.parquet")
    _, done = bench.push()
    assert not done.refused
    shown = bench.show()["resources"][0]
    assert (shown["format"], shown["datastore_active"]) == ("Parquet", False)


def test_a_published_parquet_file_is_a_source_again(bench: Bench) -> None:
    bench.build()
    folder = bench.folder / "test-funds"
    (folder / "source/again.parquet").write_bytes((folder / "release/funds.parquet").read_bytes())
    (folder / "recipe.yaml").write_text(
        "resources:\n  funds: {reads: {path: source/again.parquet}}\n"
        "  provinces: {reads: {path: source/provinces.csv}, steps: [rename: {columns: {จังหวัด: province}}]}\n",
        encoding="utf-8",
    )
    before = (folder / "release/funds.parquet").read_bytes()
    (report,) = bench.build()
    assert isinstance(report, Report) and report.passed
    assert (folder / "release/funds.parquet").read_bytes() == before
