"""A case of the engine's fuzzer: a resource or a package with its files, all of it data."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Record = list[str]
"""The cells of a record as they stand in the file, and what ends it."""


@dataclass(slots=True, kw_only=True)
class File:
    """A file: its records, joined by `join`. A character U+DC80 … U+DCFF is that byte, whatever the encoding."""

    records: list[Record]
    join: str = ","
    encoding: str = "utf-8"
    bom: str = ""
    compression: str = ""
    inner: str = "table.csv"

    def content(self) -> bytes:
        """The file's bytes."""
        text = "".join(self.join.join(record[:-1]) + record[-1] for record in self.records)
        plain = bytes.fromhex(self.bom) + encoded(text, self.encoding)
        if self.compression == "gz":
            return gzip.compress(plain, mtime=0)
        if self.compression == "zip":
            with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
                archive.writestr(zipfile.ZipInfo(self.inner), plain)
            return packed.getvalue()
        return plain


@dataclass(slots=True, kw_only=True)
class Case:
    """A resource's or a package's descriptor, its files, and how it is judged.

    `knobs`: what is set in pipelines.engine.limits. `opened`: rows read by the caller before the judgement;
    `twice`: it is judged a second time. `context`: frictionless' system context.
    """

    name: str
    descriptor: dict[str, Any]
    files: dict[str, File]
    limit: int = 1000
    knobs: dict[str, int] = field(default_factory=dict)
    spread: str = ""
    detector: dict[str, Any] = field(default_factory=dict)
    opened: int | None = None
    twice: bool = False
    context: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Puts the files into the folder."""
        for name, file in self.files.items():
            (folder / name).write_bytes(file.content())

    def subject(self, folder: Path) -> Any:
        """A fresh frictionless Resource or Package. Raises FrictionlessException where refused."""
        import frictionless

        kind = frictionless.Package if "resources" in self.descriptor else frictionless.Resource
        made = kind.from_descriptor(json.loads(json.dumps(self.descriptor)), basepath=str(folder))
        for resource in made.resources if isinstance(made, frictionless.Package) else [made]:
            if self.detector:
                resource.detector = frictionless.Detector(**self.detector)
        if self.opened is not None and not isinstance(made, frictionless.Package):
            made.open()
            for _, _row in zip(range(self.opened), made.row_stream, strict=False):
                pass
        return made

    def to_json(self) -> str:
        """The whole case as JSON, a record a line."""
        text = json.dumps(asdict(self), indent=1)
        for file in self.files.values():
            for record in file.records:
                text = text.replace(json.dumps(record, indent=1).replace("\n", "\n    "), json.dumps(record), 1)
        return text

    @classmethod
    def from_json(cls, text: str) -> Case:
        """A saved case."""
        made = json.loads(text)
        return cls(**{**made, "files": {name: File(**file) for name, file in made["files"].items()}})


def encoded(text: str, encoding: str) -> bytes:
    """The text's bytes; a character that the encoding lacks is a question mark."""
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeError:
        wide = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)
        start = {"utf-16": b"\xff\xfe", "utf-32": b"\xff\xfe\0\0"}.get(encoding, b"")
        return start + b"".join(
            bytes([ord(one) - 0xDC00]) if "\udc80" <= one <= "\udcff" else one.encode(wide, "replace")
            for one in text
        )
