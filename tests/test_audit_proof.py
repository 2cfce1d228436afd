"""A proof pack: every byte of it is covered, and its numbers are made again from what it holds."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from catalog.audit import container
from catalog.audit.container import MANIFEST, SEALED, NotPack, Pack, Writer

NAMES = ["funds", "housing", "members"]


def small(**more: Any) -> tuple[str, bytes]:
    """A pack of a few members, and its seal."""
    writer = Writer({"saphan": "0", "datasets": NAMES, **more})
    writer.put("index.html", ["<p>สวัสดี</p>".encode()])
    for path in ("packages.jsonl", "facts.jsonl"):
        lines = (json.dumps({"name": name, "title": "ก" * 9}, ensure_ascii=False) + "\n" for name in NAMES)
        writer.put(path, (line.encode() for line in lines), of="datasets")
    writer.put("packs/completeness.json", [b"{}"])
    writer.put("decisions.jsonl", [])
    out = io.BytesIO()
    return writer.close(out), out.getvalue()


def faults(path: Path, data: bytes) -> list[dict[str, Any]]:
    """What is wrong with these bytes as a pack."""
    path.write_bytes(data)
    with Pack(path) as pack:
        return pack.faults()


def test_a_pack_is_a_zip_that_any_program_opens() -> None:
    with zipfile.ZipFile(io.BytesIO(small()[1])) as archive:
        assert archive.testzip() is None
        names = [one["path"] for one in json.loads(archive.read(MANIFEST))["members"]]
        assert archive.namelist() == [MANIFEST, *names]
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}


def test_a_pack_is_the_same_whenever_it_is_made() -> None:
    assert small() == small()
    assert small()[0] != small(year=2569)[0]


def test_a_pack_as_it_was_made_has_no_fault(tmp_path: Path) -> None:
    seal, data = small()
    (tmp_path / "pack.zip").write_bytes(data)
    with Pack(tmp_path / "pack.zip") as pack:
        assert (pack.faults(), pack.seal) == ([], seal)
        assert [one["name"] for one in pack.lines("facts.jsonl")] == NAMES


def test_one_changed_byte_is_named_wherever_it_is(tmp_path: Path) -> None:
    data = small()[1]
    chance = random.Random(1)  # noqa: S311
    regions = spans(data)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= chance.randrange(1, 256)
        found = faults(tmp_path / "pack.zip", changed)
        assert [(one["fault"], one.get("member")) for one in found] == [regions[at]], at


def spans(data: bytes) -> list[tuple[str, str | None]]:
    """For each byte of a pack, the fault that a change of it is; read by Python's own zipfile."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        places: list[tuple[str, str | None]] = []
        for one in archive.infolist():
            kind = "line" if one.filename.endswith("l") and one.filename != "index.html" else "member"
            kind = "manifest" if one.filename == MANIFEST else kind
            places += [("proof-header", one.filename)] * (30 + len(one.filename))
            places += [(f"proof-{kind}", one.filename)] * one.file_size
        for one in archive.infolist():
            places += [("proof-directory", one.filename)] * (46 + len(one.filename))
        places += [("proof-end", None)] * 22 + [("proof-seal", None)] * len(archive.comment)
    assert len(places) == len(data)
    return places


@pytest.mark.parametrize("dataset", NAMES)
def test_a_changed_line_names_its_dataset(tmp_path: Path, dataset: str) -> None:
    data = small()[1]
    at = data.rindex(f'"name": "{dataset}"'.encode())
    found = faults(tmp_path / "pack.zip", data[:at] + b"'" + data[at + 1 :])
    line = NAMES.index(dataset) + 1
    assert found == [{"fault": "proof-line", "member": "facts.jsonl", "line": line, "dataset": dataset}]


def test_every_faulty_member_is_named(tmp_path: Path) -> None:
    data = small()[1].replace(b"<p>", b"<b>").replace(b'"name": "members"', b'"name": "membres"')
    found = faults(tmp_path / "pack.zip", data)
    assert [one["member"] for one in found] == ["index.html", "packages.jsonl", "facts.jsonl"]


def test_a_pack_cut_short_or_lengthened_says_so(tmp_path: Path) -> None:
    data = small()[1]
    for length in range(43, len(data), 7):
        assert faults(tmp_path / "pack.zip", data[:length])[-1]["fault"] == "proof-truncated"
    for more in (1, SEALED, 5000):
        found = faults(tmp_path / "pack.zip", data + bytes(more))
        assert found == [{"fault": "proof-appended", "bytes": more}]


def test_a_line_more_or_less_is_found(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    whole = (folder / "facts.jsonl").read_bytes().splitlines(keepends=True)
    for lines, number in ((whole[:-1], 3), ([*whole, whole[0]], 4), (whole[1:], 1)):
        (folder / "facts.jsonl").write_bytes(b"".join(lines))
        with Pack(folder) as pack:
            assert [one["line"] for one in pack.faults()] == [number]


def test_what_is_no_pack_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.txt", "{}")
    for data, kind in ((b"", "proof-empty"), (out.getvalue(), "proof-foreign"), (b"\0" * 999, "proof-foreign")):
        (tmp_path / "pack.zip").write_bytes(data)
        with pytest.raises(NotPack) as raised:
            Pack(tmp_path / "pack.zip")
        assert raised.value.fault == kind
    with pytest.raises(NotPack):
        Pack(tmp_path)


def test_a_manifest_that_leads_elsewhere_is_none() -> None:
    good = {"path": "a", "bytes": 1, "sha256": "0"}
    for bad in (
        {"path": "../a"},
        {"path": "/etc/passwd"},
        {"path": "a//b"},
        {"bytes": -1},
        {"bytes": True},
        {"bytes": "1"},
        {"sha256": 1},
        {"of": "saphan"},
    ):
        for members, sound in (([good], True), ([{**good, **bad}], False)):
            made = container.written({"saphan-proof": 1, "saphan": "0", "members": members})
            assert (container.parsed(made) is not None) is sound, bad
    assert container.parsed(b"[" * 100_000) is None


def unpacked(folder: Path) -> Path:
    """A pack's members in a folder."""
    with zipfile.ZipFile(io.BytesIO(small()[1])) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_an_unpacked_pack_is_checked_file_by_file(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    with Pack(folder) as pack:
        assert pack.faults() == []
    (folder / "facts.jsonl").unlink()
    (folder / "more.txt").write_text("?", encoding="utf-8")
    (folder / "index.html").write_text("?", encoding="utf-8")
    with Pack(folder) as pack:
        found = [(one["fault"], one["member"]) for one in pack.faults()]
    expected = [("proof-member", "index.html"), ("proof-missing", "facts.jsonl"), ("proof-stranger", "more.txt")]
    assert found == expected
