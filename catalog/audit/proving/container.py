"""The one file of a proof pack: a ZIP of which every byte is known beforehand. Standard library alone.

Its text travels in each pack's `verify.py`, so it runs on Python 3.9 and imports nothing of ours. Members are
stored, not compressed, in a fixed order with a fixed date; `manifest.json` stands first and names each other
member with its size, its SHA-256 and a short hash of each of its lines. What a ZIP adds (headers, directory, end)
follows from the manifest and is compared byte by byte. The archive's comment holds the manifest's size and hash,
and the seal: the SHA-256 of all bytes before the comment. So a changed byte is found wherever it is, and named.

A fault is a plain dict: `fault` (a kind of wording.yaml), and what is known of `member`, `line`, `dataset`.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import re
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

MANIFEST = "manifest.json"
FORM = 1
"""What `saphan-proof` in the manifest says of the pack's form."""
COMMENT = "saphan-proof-1 manifest {bytes:010d} sha256:{manifest} seal sha256:{seal}"
COMMENTED = re.compile(rb"saphan-proof-1 manifest (\d{10}) sha256:([0-9a-f]{64}) seal sha256:([0-9a-f]{64})")
SEALED = len(COMMENT.format(bytes=0, manifest="0" * 64, seal="0" * 64))
LINE = 8
"""Hexadecimal digits kept of a line's SHA-256: enough to find a fault that the member's own hash has proven."""
BLOCK = 1 << 20
MOST = 0xFFFFFFFF
"""Bytes of a pack, at most: a ZIP without ZIP64."""
PATH = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*")
LEFT = ("Thumbs.db", "desktop.ini", ".DS_Store")
"""What a machine leaves in a folder that somebody looks at."""
MADE, NEEDED, DATED = 20, 10, 0x21
"""Of ZIP: made by 2.0 on DOS, 1.0 is needed (stored), and the first of January 1980."""
LOCAL, ENTRY, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
Fault = dict[str, Any]
Extent = tuple[int, int]


class NotPack(Exception):  # noqa: N818 - it says what the file is
    """What was given is no pack. `fault` says why: `proof-empty`, `proof-foreign`."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class Writer:
    """A pack being made, a context manager. Members are put one after the other; `write` writes the file."""

    def __init__(self, head: dict[str, Any]) -> None:
        self.head = head
        self.bodies: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self.members: list[dict[str, Any]] = []
        self.sized: Sized = []

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.bodies.close()

    def put(self, path: str, blocks: Iterable[bytes], of: str | None = None) -> None:
        """One member. `blocks` are its lines, each with its line feed, where `path` ends with `.jsonl`.

        `of`: the list of the manifest's head that says what each line is about. Raises ValueError.
        """
        if not PATH.fullmatch(path) or path in [MANIFEST, *(one["path"] for one in self.members)]:
            raise ValueError(path)
        whole, total, size = hashlib.sha256(), 0, 0
        lines = []
        for block in blocks:
            self.bodies.write(block)
            whole.update(block)
            total, size = zlib.crc32(block, total), size + len(block)
            if path.endswith(".jsonl"):
                lines.append(hashlib.sha256(block).hexdigest()[:LINE])
        member: dict[str, Any] = {"path": path, "bytes": size, "sha256": whole.hexdigest()}
        if path.endswith(".jsonl"):
            member["lines"] = "".join(lines)
        if of:
            member["of"] = of
        self.members.append(member)
        self.sized.append((path, size, total))

    def write(self, out: IO[bytes]) -> str:
        """Writes the pack; gives its seal, `sha256:<hex>`. Raises OverflowError for more than 4 GiB."""
        manifest = written({"saphan-proof": FORM, **self.head, "members": self.members})
        sized = [(MANIFEST, len(manifest), zlib.crc32(manifest)), *self.sized]
        if tail_of(sized)[0] + 100 * len(sized) > MOST or len(sized) > 0xFFFF:
            raise OverflowError
        seal = hashlib.sha256()

        def sealed(data: bytes) -> None:
            seal.update(data)
            out.write(data)

        self.bodies.seek(0)
        for path, size, total in sized:
            sealed(header(path, size, total))
            if path == MANIFEST:
                sealed(manifest)
                continue
            while size:
                block = self.bodies.read(min(size, BLOCK))
                size -= len(block)
                sealed(block)
        sealed(b"".join((*(data for _, data in tail_of(sized)[1]), end_of(sized))))
        digest = seal.hexdigest()
        named = hashlib.sha256(manifest).hexdigest()
        out.write(COMMENT.format(bytes=len(manifest), manifest=named, seal=digest).encode())
        return "sha256:" + digest


def written(manifest: dict[str, Any]) -> bytes:
    """A manifest as JSON, a line for each of its parts and members."""
    parts = [f'"{key}": {_json(value)}' for key, value in manifest.items() if key != "members"]
    members = ",\n  ".join(map(_json, manifest["members"]))
    return ("{\n " + ",\n ".join([*parts, f'"members": [\n  {members}\n ]']) + "\n}\n").encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


Sized = list[tuple[str, int, int]]
"""Members in their order: path, size, CRC-32."""


def header(path: str, size: int, total: int) -> bytes:
    """A member's local header."""
    name = path.encode()
    return LOCAL.pack(b"PK\3\4", NEEDED, 0, 0, 0, DATED, total, size, size, len(name), 0) + name


def tail_of(sized: Sized) -> tuple[int, list[tuple[str, bytes]]]:
    """Where the directory begins, and its entries."""
    at, entries = 0, []
    for path, size, total in sized:
        name = path.encode()
        fields = (MADE, NEEDED, 0, 0, 0, DATED, total, size, size, len(name), 0, 0, 0, 0, 0, at & MOST)
        entries.append((path, ENTRY.pack(b"PK\1\2", *fields) + name))
        at += LOCAL.size + len(name) + size
    return at, entries


def end_of(sized: Sized) -> bytes:
    """The end record, which the comment follows."""
    at, entries = tail_of(sized)
    size = sum(len(data) for _, data in entries)
    return END.pack(b"PK\5\6", 0, 0, len(sized), len(sized), size, at & MOST, SEALED)


class Pack:
    """A pack, in its file or unpacked in a folder. Use it as a context manager.

    `manifest` is what it says of itself, or None where it cannot be read. Raises NotPack, OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: dict[str, Any] | None = None
        self.seal: str | None = None
        self.spans: dict[str, Extent] = {}
        self.data: Any = b""
        self.file: IO[bytes] | None = None
        if path.is_dir():
            if not (path / MANIFEST).is_file():
                raise NotPack("proof-foreign")
            self.manifest = parsed((path / MANIFEST).read_bytes())
            return
        if path.stat().st_size == 0:
            raise NotPack("proof-empty")
        self.file = path.open("rb")
        self.data = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        if self.file is not None:
            self.data.close()
            self.file.close()
            self.file = None

    def _open(self) -> None:
        """Finds the manifest: its size stands in the comment and, twice, in the first header."""
        first = LOCAL.size + len(MANIFEST)
        headed = self.data[:4] == b"PK\3\4" and self.data[LOCAL.size : first] == MANIFEST.encode()
        self.comment = COMMENTED.fullmatch(self.data[-SEALED:])
        if not headed and not self.comment:
            raise NotPack("proof-foreign")
        sizes = list(struct.unpack_from("<2I", self.data, 18)) if len(self.data) >= first else []
        if self.comment:
            sizes.insert(0, int(self.comment[1]))
            self.seal = "sha256:" + self.comment[3].decode()
        for size in dict.fromkeys(sizes):
            manifest = parsed(self.data[first : first + size])
            if manifest is not None and len(self.data) >= first + size:
                self.manifest, self.spans = manifest, {MANIFEST: (first, size)}
                break
        for one in self.members():
            at = sum(self._last()) + LOCAL.size + len(one["path"])
            self.spans[one["path"]] = (at, one["bytes"])

    def _last(self) -> Extent:
        return self.spans[next(reversed(list(self.spans)))]

    def members(self) -> list[dict[str, Any]]:
        """What the manifest says of each member but itself."""
        return list(self.manifest["members"]) if self.manifest else []

    def read(self, member: str) -> bytes:
        """A member's bytes."""
        if self.file is None:
            return (self.path / member).read_bytes()
        at, size = self.spans[member]
        return bytes(self.data[at : at + size])

    def lines(self, member: str) -> Iterator[Any]:
        """The JSON of each line of a member."""
        for line in self._blocks(member, True):
            yield json.loads(line)

    def _blocks(self, member: str, lined: bool) -> Iterator[bytes]:
        """A member in lines, each with its line feed, or in blocks."""
        if self.file is None:
            with (self.path / member).open("rb") as file:
                yield from file if lined else iter(lambda: file.read(BLOCK), b"")
            return
        at, size = self.spans[member]
        end = min(at + size, len(self.data))
        while at < end:
            found = self.data.find(b"\n", at, end) + 1 if lined else 0
            to = found or (end if lined else min(at + BLOCK, end))
            yield self.data[at:to]
            at = to

    def faults(self) -> list[Fault]:
        """What is not as it was made, in the order of the file; nothing: every byte is."""
        return self._unpacked() if self.file is None else self._packed()

    def _unpacked(self) -> list[Fault]:
        if self.manifest is None:
            return [{"fault": "proof-manifest", "member": MANIFEST}]
        found: list[Fault] = []
        for one in self.members():
            if (self.path / one["path"]).is_file():
                found += self._member(one)
            else:
                found.append({"fault": "proof-missing", "member": one["path"]})
        known = {MANIFEST, *(one["path"] for one in self.members())}
        there = sorted(path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file())
        strange = [name for name in there if name not in known and name.rpartition("/")[2] not in LEFT]
        return found + [{"fault": "proof-stranger", "member": name} for name in strange]

    def _packed(self) -> list[Fault]:
        manifest = self.manifest
        if manifest is None:
            lost = self.comment is None or int(self.comment[1]) > len(self.data)
            return [{"fault": "proof-truncated" if lost else "proof-manifest", "member": MANIFEST}]
        if self.comment and hashlib.sha256(self.read(MANIFEST)).hexdigest().encode() != self.comment[2]:
            # either of the two was changed; only the manifest is under the seal
            return [{"fault": "proof-seal"} if self._sealed() else {"fault": "proof-manifest", "member": MANIFEST}]
        at = sum(self._last())
        names = [MANIFEST, *(one["path"] for one in self.members())]
        whole = at + sum(ENTRY.size + len(name) for name in names) + END.size + SEALED
        if len(self.data) != whole:
            cut = len(self.data) < whole
            difference = {
                "fault": "proof-truncated" if cut else "proof-appended",
                "bytes": abs(whole - len(self.data)),
            }
            broken = [] if cut else [fault for one in self.members() for fault in self._member(one)]
            return [*broken, difference]
        return self._frame(names, at) or ([] if self._sealed() else [{"fault": "proof-seal"}])

    def _sealed(self) -> bool:
        seal = hashlib.sha256()
        view = memoryview(self.data)
        for at in range(0, len(self.data) - SEALED, BLOCK):
            with view[at : min(at + BLOCK, len(self.data) - SEALED)] as block:
                seal.update(block)
        view.release()
        return self.comment is not None and seal.hexdigest().encode() == self.comment[3]

    def _frame(self, names: list[str], at: int) -> list[Fault]:
        """Each member, then all that a ZIP puts around them."""
        found: list[Fault] = []
        sized: Sized = []
        described = {one["path"]: one for one in self.members()}
        for name in names:
            start, size = self.spans[name]
            total = 0
            for block in self._blocks(name, False):
                total = zlib.crc32(block, total)
            broken = self._member(described[name]) if name in described else []
            found += broken
            if broken:  # its header holds the sum of what it was
                total = LOCAL.unpack_from(self.data, start - LOCAL.size - len(name))[6]
            sized.append((name, size, total))
            if self.data[start - LOCAL.size - len(name) : start] != header(name, size, total):
                found.append({"fault": "proof-header", "member": name})
        for name, entry in tail_of(sized)[1]:
            if self.data[at : at + len(entry)] != entry:
                found.append({"fault": "proof-directory", "member": name})
            at += len(entry)
        if self.data[at : at + END.size] != end_of(sized):
            found.append({"fault": "proof-end"})
        return found

    def _member(self, one: dict[str, Any]) -> list[Fault]:
        """What is wrong with a member's bytes: the first line that is not as it was, where it has lines."""
        path = one["path"]
        whole, size = hashlib.sha256(), 0
        for block in self._blocks(path, False):
            whole.update(block)
            size += len(block)
        if (whole.hexdigest(), size) == (one["sha256"], one["bytes"]):
            return []
        fault: Fault = {"fault": "proof-member", "member": path}
        known = [one["lines"][at : at + LINE] for at in range(0, len(one.get("lines", "")), LINE)]
        if "lines" in one:
            number = 0
            for number, line in enumerate(self._blocks(path, True), 1):
                if number > len(known) or hashlib.sha256(line).hexdigest()[:LINE] != known[number - 1]:
                    break
            else:
                number = min(number + 1, len(known))
            fault = {"fault": "proof-line", "member": path, "line": number}
            about = (self.manifest or {}).get(one.get("of", ""), [])
            if 0 < number <= len(about):
                fault["dataset"] = about[number - 1]
        return [fault]


def parsed(data: bytes) -> dict[str, Any] | None:
    """A manifest, or None where it is none."""
    try:
        manifest = json.loads(data)
        members = manifest["members"]
        names = [one["path"] for one in members]
        sound = all(map(_sound, members))
        lists = all(isinstance(manifest.get(one.get("of", ""), []), list) for one in members)
        whole = sound and lists and len({*names, MANIFEST}) == len(names) + 1
        return manifest if manifest["saphan-proof"] == FORM and whole else None
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return None


def _sound(one: dict[str, Any]) -> bool:
    sized = type(one["bytes"]) is int and 0 <= one["bytes"] <= MOST
    return (
        bool(PATH.fullmatch(one["path"])) and sized and {type(one["sha256"]), type(one.get("lines", ""))} == {str}
    )
