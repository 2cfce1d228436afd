"""Files at a URL: in memory, on a share, over HTTP and on an S3 server; and no key in anything that is said."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import polars as pl
import pytest
from publishing import small_desk

from metadata import address, stored, wording
from metadata.dataset import Dataset
from metadata.errors import SaphanError, SetupError, SourceError
from metadata.event import result_of
from metadata.finding import Place
from metadata.recipe import Recipe, Source
from metadata.release import Report
from metadata.workspace import Workspace
from pipelines import run
from pipelines.read import Reading, read
from pipelines.read import source as sources

CSV = "จังหวัด,งบ\nน่าน,1\n".encode()
AT = Place(dataset="welfare", resource="funds")
SECRET = "hunter2"


def of(url: str) -> Reading:
    return read(Source(path=url), Path("/nowhere"), AT)


def refusal(url: str) -> SaphanError:
    with pytest.raises((SourceError, SetupError)) as refused:
        of(url)
    assert SECRET not in str(refused.value)
    for language in ("th", "en"):
        said = wording.error(refused.value, language)  # type: ignore[arg-type]
        assert "{" not in said["message"] + said["remedy"]
        assert said["message"] != refused.value.kind
        assert SECRET not in json.dumps(said)
    error: SaphanError = refused.value
    return error


# ---------------------------------------------------------------- memory and file


@pytest.fixture
def memory() -> Iterator[str]:
    store = fsspec.filesystem("memory")
    store.pipe("/funds/กองทุน.csv", CSV)
    yield "memory://funds/กองทุน.csv"
    store.rm("/funds", recursive=True)


def test_a_file_in_memory_is_read_and_hashed(memory: str) -> None:
    reading = of(memory)
    assert reading.table.to_dict("list") == {"จังหวัด": ["น่าน"], "งบ": ["1"]}
    assert reading.inputs == {f"url:{memory}": f"sha256:{hashlib.sha256(CSV).hexdigest()}"}


def test_a_file_on_a_share_is_read(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1.5, None]}).write_parquet(tmp_path / "ก ข.parquet")
    assert of(f"file://{tmp_path}/ก ข.parquet").table["a"].tolist() == ["1.5", ""]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ก ข.parquet"]


def test_what_is_not_there_is_missing(memory: str, tmp_path: Path) -> None:
    for url in ("memory://funds/อื่น.csv", "memory://funds", f"file://{tmp_path}/a.csv", f"file://{tmp_path}"):
        assert refusal(url).kind == "read-url-missing"


def test_a_file_over_the_limit_is_refused(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "TEXT_LIMIT", len(CSV) - 1)
    refused = refusal(memory)
    assert (refused.kind, refused.values["bytes"]) == ("read-too-big", len(CSV))


def test_an_empty_file_and_one_that_is_no_table_are_refused() -> None:
    store = fsspec.filesystem("memory")
    store.pipe({"/x/empty.csv": b" \n", "/x/a.csv": b"%PDF-1.7"})
    assert refusal("memory://x/empty.csv").kind == "read-empty"
    assert refusal("memory://x/a.csv").kind == "read-format"


def test_a_scheme_that_nobody_knows_is_refused() -> None:
    refused = refusal("gopher://host/a.csv")
    assert (refused.kind, refused.values["scheme"]) == ("read-url-scheme", "gopher")


def test_a_driver_that_is_not_installed_is_named() -> None:
    refused = refusal("gs://bucket/a.csv")
    assert (type(refused), refused.kind, refused.values["package"]) == (
        SetupError,
        "object-store-missing",
        "gcsfs",
    )


def test_without_the_extra_it_is_named() -> None:
    code = """
import sys
sys.modules["fsspec"] = None  # as where it is not installed
from pathlib import Path
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import read
try:
    read(Source(path="s3://bucket/a.csv"), Path(), Place())
except SetupError as error:
    print(error.kind, error.values["package"], error.exit)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "object-store-missing saphan[object-store] 2\n"


# ---------------------------------------------------------------- a variable


def test_a_variable_holds_the_whole_url(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDS_URL", f" {memory} ")
    reading = of("env:FUNDS_URL")
    assert len(reading.table) == 1
    assert list(reading.inputs) == ["url:FUNDS_URL"]


@pytest.mark.parametrize("value", ["", "source/a.csv", f"{SECRET}", f"simplecache::memory://{SECRET}"])
def test_a_variable_without_a_url_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDS_URL", value)
    refused = refusal("env:FUNDS_URL")
    assert (refused.kind, refused.values["variable"]) == ("read-url-variable", "FUNDS_URL")


def test_nothing_of_a_variable_s_url_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDS_URL", f"http://user:{SECRET}@127.0.0.1:9/{SECRET}.csv?sig={SECRET}")
    refused = refusal("env:FUNDS_URL")
    assert (refused.kind, refused.values["file"]) == ("read-url-down", "env:FUNDS_URL")
    assert refused.values["reason"] == os.strerror(111)


# ---------------------------------------------------------------- HTTP


class Shelf(BaseHTTPRequestHandler):
    """A web server with one file and the ways in which servers fail."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/funds.csv")
            self.end_headers()
        elif path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
        elif path in ("/funds.csv", "/cut.csv", "/long.csv"):
            self.send_response(200)
            length = {"/funds.csv": len(CSV), "/cut.csv": len(CSV) + 9, "/long.csv": 1 << 31}[path]
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(CSV)
        elif path == "/endless.csv":
            self.send_response(200)
            self.end_headers()
            while True:
                try:
                    self.wfile.write(CSV * 100)
                except OSError:
                    break
        else:
            self.send_error(int(path.strip("/")), SECRET, SECRET)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def shelf() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_file_on_the_web_is_read(shelf: str) -> None:
    reading = of(f"{shelf}/funds.csv?year=2567")
    assert len(reading.table) == 1
    assert list(reading.inputs.values()) == [f"sha256:{hashlib.sha256(CSV).hexdigest()}"]
    assert len(of(f"{shelf}/moved").table) == 1


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("404", "read-url-missing", None),
        ("410", "read-url-missing", None),
        ("401", "read-url-denied", None),
        ("403", "read-url-denied", None),
        ("500", "read-url-down", "HTTP 500"),
        ("round", "read-url-down", "TooManyRedirects"),
        ("cut.csv", "read-url-down", "ChunkedEncodingError"),
        ("long.csv", "read-too-big", None),
    ],
)
def test_what_a_server_will_not_give_is_told(shelf: str, path: str, kind: str, reason: str | None) -> None:
    refused = refusal(f"{shelf}/{path}?q={SECRET}")
    assert (refused.kind, refused.values.get("reason")) == (kind, reason)
    assert refused.values["file"] == f"{shelf}/{path}?…"


def test_a_file_without_end_is_refused_at_the_limit(shelf: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "TEXT_LIMIT", 10_000)
    assert refusal(f"{shelf}/endless.csv").kind == "read-too-big"


def test_a_server_that_is_not_there_is_told_in_the_system_s_words() -> None:
    assert refusal("http://127.0.0.1:9/a.csv").values["reason"] == os.strerror(111)


# ---------------------------------------------------------------- S3

KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3, with one bucket; its address."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        client = boto3.client("s3")
        client.create_bucket(Bucket="desk")
        frame = pl.DataFrame({"n": range(70_000), "w": ["น่าน"] * 70_000})
        client.put_object(Bucket="desk", Key="ปี/funds.csv", Body=CSV)
        client.put_object(Bucket="desk", Key="a.parquet", Body=parquet_of(frame))
        yield f"http://{host}:{port}"
    server.stop()


def parquet_of(frame: pl.DataFrame) -> bytes:
    import io

    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def test_a_file_on_s3_is_read_with_the_keys_of_the_environment(s3: str) -> None:
    assert len(of("s3://desk/ปี/funds.csv").table) == 1
    table = of("s3://desk/a.parquet").table
    assert (len(table), table.iloc[-1].tolist()) == (70_000, ["69999", "น่าน"])


def test_what_s3_will_not_give_is_told(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal("s3://desk/none.csv").kind == "read-url-missing"
    assert refusal("s3://nobody/a.csv").kind == "read-url-missing"
    assert refusal("s3://desk/ปี").kind == "read-url-missing"
    for name in KEYS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert refusal("s3://desk/a.parquet").kind == "read-url-denied"


# ---------------------------------------------------------------- the recipe, the report, the plan

RECIPE = "resources:\n  funds:\n    reads: {{path: {url}}}\n"


def mistakes(folder: Path, url: str) -> list[str]:
    (folder / "recipe.yaml").write_text(RECIPE.format(url=json.dumps(url)), encoding="utf-8")
    try:
        Recipe.open(folder / "recipe.yaml", "welfare")
    except SetupError as error:
        assert SECRET not in str(error)
        assert SECRET not in json.dumps(wording.error(error, "en"))
        return [one["mistake"] for one in error.values["mistakes"]]
    return []


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{SECRET}@host/a.csv",
        f"https://{SECRET}@host/a.csv",
        f"s3://id:{SECRET}@bucket/a.csv",
        f"https://bucket.host/a.csv?X-Amz-Credential=id&X-Amz-Signature={SECRET}",
        f"https://account.host/a.csv?sv=2024&SIG={SECRET}",
        f"https://host/a.csv?token={SECRET}",
        f"https://host/a.csv?access_token={SECRET}",
        f"https://host/a.csv?api-key={SECRET}",
        f"https://host/a.csv?apikey={SECRET}",
        f"https://host/a.csv?subscription-key={SECRET}",
        f"https://host/a.csv#token={SECRET}",
    ],
)
def test_a_url_with_a_key_in_it_is_refused_where_it_is_written(tmp_path: Path, url: str) -> None:
    assert mistakes(tmp_path, url) == ["url-secret"]
    assert SECRET not in address.shown(url)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://host/a.csv?id=7&year=2567&keyword=x", []),
        ("abfss://container@account.host/a.parquet", []),
        ("s3://bucket/ก ข.csv", []),
        ("memory://a.csv", []),
        ("file:///share/a.csv", []),
        ("env:FUNDS_URL", []),
        ("simplecache::s3://bucket/a.csv", []),  # a file's name like any other: there is no such file
        ("s3://bucket/a.zip::zip://b.csv", ["url"]),
        ("https://[1/a.csv", ["url"]),
        ("https://", ["url"]),
    ],
)
def test_other_urls_are_taken_and_broken_ones_told(tmp_path: Path, url: str, found: list[str]) -> None:
    assert mistakes(tmp_path, url) == found


def desk(folder: Path, url: str) -> Workspace:
    """A workspace whose dataset reads its provinces from a URL."""
    small_desk(folder, "welfare")
    recipe = folder / "welfare/recipe.yaml"
    recipe.write_text(recipe.read_text("utf-8").replace("source/provinces.csv", json.dumps(url)), encoding="utf-8")
    return Workspace.open(folder)


def test_a_release_made_from_a_url_is_as_built_until_the_recipe_changes(tmp_path: Path, memory: str) -> None:
    fsspec.filesystem("memory").pipe("/funds/p.csv", "จังหวัด\nน่าน\n".encode())
    url = "memory://funds/p.csv"
    workspace = desk(tmp_path, url)
    (report,) = result_of(run.build(workspace, ()))
    assert isinstance(report, Report)
    assert f"url:{url}" in report.inputs and url not in report.inputs
    assert [table["source"] for table in report.tables] == ["source/funds.csv", url]
    before = sorted(path.name for path in (tmp_path / "welfare").iterdir())
    stored.load(workspace.dataset("welfare"), workspace.folder)
    # what lies behind a URL is read by a build, never by a plan
    fsspec.filesystem("memory").pipe("/funds/p.csv", "จังหวัด\nตาก\n".encode())
    stored.load(workspace.dataset("welfare"), workspace.folder)
    (again,) = result_of(run.build(workspace, ()))
    assert isinstance(again, Report)
    assert again.inputs[f"url:{url}"] != report.inputs[f"url:{url}"]
    assert again.release != report.release
    assert sorted(path.name for path in (tmp_path / "welfare").iterdir()) == before
    recipe = tmp_path / "welfare/recipe.yaml"
    recipe.write_text(recipe.read_text("utf-8").replace("p.csv", "q.csv"), encoding="utf-8")
    with pytest.raises(SetupError, match="release-stale"):
        stored.load(workspace.dataset("welfare"), workspace.folder)


def test_a_folder_named_like_a_scheme_is_not_taken_for_the_url(tmp_path: Path) -> None:
    small_desk(tmp_path, "welfare")
    folder = tmp_path / "welfare"
    (folder / "memory:").mkdir()
    (folder / "memory:/a.csv").write_bytes(CSV)
    recipe = folder / "recipe.yaml"
    recipe.write_text(
        recipe.read_text("utf-8").replace("source/provinces.csv", '"memory://a.csv"'), encoding="utf-8"
    )
    assert set(stored.inputs(Dataset.open(folder), tmp_path)) == {
        "datapackage.yaml",
        "recipe.yaml",
        "source/funds.csv",
    }
