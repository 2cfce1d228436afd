"""Any source: where it may lie, its hash, that it is left as it was, what is refused, and that all is worded."""

from __future__ import annotations

import gzip
import hashlib
import re
import sqlite3
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from metadata import wording
from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines import read as package
from pipelines.read import read
from pipelines.read import source as sources

CSV = "จังหวัด,งบ\nน่าน,1\n".encode()
AT = Place(dataset="welfare", resource="funds")


def refusal(folder: Path, path: str) -> SourceError:
    with pytest.raises(SourceError) as refused:
        read(Source(path=path), folder, AT)
    for language in ("th", "en"):
        said = wording.error(refused.value, language)  # type: ignore[arg-type]
        assert "…" not in said["message"] + said["remedy"]
        assert said["message"] != refused.value.kind
    return refused.value


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "desk" / "welfare"
    (folder / "source").mkdir(parents=True)
    (folder / "source" / "กองทุน.csv").write_bytes(CSV)
    (tmp_path / "desk" / "ลับ.csv").write_bytes(CSV)
    return folder


def test_a_source_is_hashed_under_its_relative_path(dataset: Path) -> None:
    reading = read(Source(path="source/กองทุน.csv"), dataset, AT)
    assert reading.inputs == {"source/กองทุน.csv": f"sha256:{hashlib.sha256(CSV).hexdigest()}"}


def test_reading_leaves_the_desk_as_it_was(dataset: Path) -> None:
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(dataset.rglob("*"))}
    read(Source(path="source/กองทุน.csv"), dataset, AT)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(dataset.rglob("*"))} == before


@pytest.mark.parametrize(
    "path", ["../ลับ.csv", "source/../../ลับ.csv", "/etc/passwd", "C:\\x.csv", "..\\ลับ.csv", " "]
)
def test_a_path_out_of_the_dataset_is_refused(dataset: Path, path: str) -> None:
    assert refusal(dataset, path).kind == "read-path-outside"


def test_a_link_out_of_the_dataset_is_refused(dataset: Path) -> None:
    (dataset / "source" / "ลิงก์.csv").symlink_to(dataset.parent / "ลับ.csv")
    assert refusal(dataset, "source/ลิงก์.csv").kind == "read-path-outside"


def test_a_linked_folder_out_of_the_dataset_is_refused(dataset: Path) -> None:
    (dataset / "นอก").symlink_to(dataset.parent)
    assert refusal(dataset, "นอก/ลับ.csv").kind == "read-path-outside"


def test_a_link_inside_the_dataset_is_followed(dataset: Path) -> None:
    (dataset / "source" / "ลิงก์.csv").symlink_to("กองทุน.csv")
    assert len(read(Source(path="source/ลิงก์.csv"), dataset, AT).table) == 1


def test_a_missing_file_is_refused_with_those_beside_it(dataset: Path) -> None:
    refused = refusal(dataset, "source/กองทุน2.csv")
    assert (refused.kind, refused.values["known"]) == ("read-missing", ["source/กองทุน.csv"])


def test_a_name_in_other_capitals_is_suggested(dataset: Path) -> None:
    (dataset / "source" / "Funds.csv").write_bytes(CSV)
    assert refusal(dataset, "Source/funds.CSV").values["known"] == ["source/Funds.csv", "source/กองทุน.csv"]
    assert refusal(dataset, "source/FUNDS.csv").values["known"] == ["source/Funds.csv"]


@pytest.mark.parametrize("path", ["source", "ไม่มี/กองทุน.csv"])
def test_a_folder_is_no_file(dataset: Path, path: str) -> None:
    assert refusal(dataset, path).kind == "read-missing"


def test_a_dataset_folder_that_is_gone_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "หาย", "source/กองทุน.csv").kind == "read-missing"


def test_a_name_composed_in_another_way_is_found(dataset: Path) -> None:
    (dataset / "source" / unicodedata.normalize("NFD", "café.csv")).write_bytes(CSV)
    assert len(read(Source(path="source/café.csv"), dataset, AT).table) == 1


def refusing(error: OSError) -> Callable[..., IO[Any]]:
    """`Path.open`, but for the source."""
    real = Path.open

    def opened(path: Path, *given: Any, **named: Any) -> IO[Any]:
        if path.name == "กองทุน.csv":
            raise error
        found: IO[Any] = real(path, *given, **named)
        return found

    return opened


def test_what_the_system_refuses_to_open_is_said(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", refusing(PermissionError(13, "Permission denied")))
    assert refusal(dataset, "source/กองทุน.csv").kind == "read-denied"


def test_a_sharing_violation_on_windows_names_the_other_program(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = PermissionError(13, "used by another process")
    error.winerror = 32
    monkeypatch.setattr(Path, "open", refusing(error))
    assert refusal(dataset, "source/กองทุน.csv").kind == "read-held"


def test_a_file_over_the_limit_is_refused_before_it_is_read(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "TEXT_LIMIT", len(CSV) - 1)
    assert refusal(dataset, "source/กองทุน.csv").kind == "read-too-big"
    monkeypatch.setattr(sources, "TEXT_LIMIT", len(CSV))
    assert len(read(Source(path="source/กองทุน.csv"), dataset, AT).table) == 1


def sqlite_bytes() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (a)")
        return connection.serialize()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 ...", "read-format"),
        (b"PAR1....PAR1", "read-broken"),
        (b"PARE....PARE", "read-password"),
        (gzip.compress(CSV, mtime=0), "read-format"),
        (b"<!DOCTYPE html><html></html>", "read-html"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>", "read-html"),
        (sqlite_bytes(), "read-sqlite-path"),
    ],
)
def test_what_is_no_table_is_refused_whatever_its_name(dataset: Path, data: bytes, kind: str) -> None:
    (dataset / "source" / "x.csv").write_bytes(data)
    assert refusal(dataset, "source/x.csv").kind == kind


def test_every_rule_and_error_of_reading_is_worded_and_every_wording_used() -> None:
    folder = Path(package.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    used = set(re.findall(r'"(read-[a-z-]+)"', code))
    entries = {kind: entry for kind, entry in wording.sentences().items() if kind.startswith("read-")}
    assert used == set(entries)
    for kind, entry in entries.items():
        assert entry["th"] and entry["en"] and entry["remedy"]["th"] and entry["remedy"]["en"], kind
        names = [set(re.findall(r"{(\w+)}", entry[language])) for language in ("th", "en")]
        assert names[0] == names[1], kind


def test_importing_the_face_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, pipelines.read; print({'pandas', 'polars', 'sqlalchemy', 'python_calamine'} & {*sys.modules})"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "set()\n"
    )


def test_a_name_too_long_to_be_one_is_refused(dataset: Path) -> None:
    assert refusal(dataset, f"source/{'ก' * 200}.csv").kind in ("read-denied", "read-missing")
