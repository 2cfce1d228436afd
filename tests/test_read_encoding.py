"""Encodings: marks, UTF-8, UTF-16, and the Thai byte model; the whole file is decoded, strictly."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from metadata import wording
from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import read, text

THAI = "จังหวัด,จำนวน\nเชียงราย,7\nน่าน,12\n"


def encoding_of(folder: Path, data: bytes, encoding: str | None = None) -> str | None:
    (folder / "a.csv").write_bytes(data)
    reading = read(Source(path="a.csv", encoding=encoding), folder, Place())
    assert list(reading.table.columns) == ["จังหวัด", "จำนวน"]
    assert list(reading.table.loc[2]) == ["เชียงราย", "7"]
    return reading.encoding


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (THAI.encode(), "utf-8"),
        (THAI.encode("utf-8-sig"), "utf-8-sig"),
        (THAI.encode("cp874"), "cp874"),
        (THAI.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + THAI.encode("utf-16-be"), "utf-16"),
        (THAI.encode("utf-16-le"), "utf-16-le"),
        (THAI.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, data: bytes, expected: str) -> None:
    assert encoding_of(tmp_path, data) == expected


@pytest.mark.parametrize("name", ["windows-874", "TIS-620", "tis620", "ISO-8859-11", "iso8859_11", "cp874"])
def test_thai_encodings_go_by_all_their_names(tmp_path: Path, name: str) -> None:
    assert encoding_of(tmp_path, THAI.encode("cp874"), name) == "cp874"


def test_given_utf8_still_drops_the_mark(tmp_path: Path) -> None:
    assert encoding_of(tmp_path, THAI.encode("utf-8-sig"), "utf-8") == "utf-8-sig"


def test_one_thai_word_in_an_ascii_table_is_enough(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,name\n" + b"1,plain\n" * 500 + "2,น่าน\n".encode("cp874"))
    assert read(Source(path="a.csv"), tmp_path, Place()).table.iloc[-1, 1] == "น่าน"


def test_french_is_not_taken_for_thai() -> None:
    assert text.guessed("département;été;où;naïve;façade;élève\n".encode("cp1252")) is None


def test_bytes_that_are_no_encoding_are_refused_with_offset_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("ก,ข\n1,2\n".encode() + b"\xff\x81\xfe,3\n")
    with pytest.raises(SourceError) as refused:
        read(Source(path="a.csv"), tmp_path, Place(dataset="welfare"))
    assert refused.value.kind == "read-encoding"
    assert (refused.value.values["offset"], refused.value.values["record"]) == (12, 3)
    assert "encoding:" in wording.error(refused.value, "th")["remedy"]


def test_a_late_bad_byte_is_found_however_long_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(THAI.encode() * 20_000 + b"\xe0\xb8")
    with pytest.raises(SourceError) as refused:
        read(Source(path="a.csv"), tmp_path, Place())
    assert refused.value.values["offset"] == len(THAI.encode()) * 20_000


def test_a_given_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(THAI.encode("cp874"))
    with pytest.raises(SourceError) as refused:
        read(Source(path="a.csv", encoding="utf-8"), tmp_path, Place())
    assert refused.value.kind == "read-encoding"


@pytest.mark.parametrize("name", ["ansi-thai", "base64", "ไทย"])
def test_an_unknown_encoding_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_bytes(THAI.encode())
    with pytest.raises(SourceError) as refused:
        read(Source(path="a.csv", encoding=name), tmp_path, Place())
    assert refused.value.kind == "read-encoding-unknown"


def test_thai_that_was_garbled_before_is_warned_about(tmp_path: Path) -> None:
    garbled = "".join(f"{n},{'กรุงเทพมหานคร'.encode('cp874').decode('latin-1')}{n}\n" for n in range(5))
    (tmp_path / "a.csv").write_text(f"id,name\n{garbled}", encoding="utf-8")
    (warning,) = read(Source(path="a.csv"), tmp_path, Place()).findings
    assert (warning.rule, warning.values["columns"]) == ("read-mojibake", ["name"])


def test_european_names_are_not_called_garbled(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,Müller\n2,Élève ÀÉÈ\n3,Şéèà\n", encoding="utf-8")
    assert read(Source(path="a.csv"), tmp_path, Place()).findings == ()
