"""What an audit that is kept lays aside: its datasets, and the documents made of it, in files without a name.

An audit of 10,000 datasets takes little memory this way, and what is long is made but once.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Hashable, Iterable, Iterator
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from catalog.audit.report.view import Shown

BLOCK = 256 << 10
"""Bytes read at a time."""


class Place(NamedTuple):
    """Where a dataset lies in the file, and how its record stood."""

    offset: int
    length: int
    modified: str


class Written:
    """Bytes in a file that goes with this object. Several threads may read it."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        file = TemporaryFile()  # noqa: SIM115 - closed with this object, while somebody may still read
        weakref.finalize(self, file.close)
        self.size = 0
        for block in blocks:
            self.size += file.write(block)
        file.flush()
        self._file = file.fileno()

    def read(self, offset: int, length: int) -> bytes:
        """A part of it."""
        return os.pread(self._file, length, offset)

    def blocks(self) -> Iterator[bytes]:
        """All of it."""
        for offset in range(0, self.size, BLOCK):
            yield self.read(offset, BLOCK)


class Shelf:
    """Datasets as they were audited."""

    def __init__(self, datasets: Iterator[Shown]) -> None:
        self.index: dict[str, Place] = {}
        self._lines = Written(self._laid(datasets))

    def _laid(self, datasets: Iterator[Shown]) -> Iterator[bytes]:
        at = 0
        for one in datasets:
            line = orjson.dumps(one.to_json(), option=orjson.OPT_NON_STR_KEYS)
            self.index[one.name] = Place(at, len(line), one.modified)
            at += len(line)
            yield line

    def read(self, name: str) -> Shown:
        """One dataset. Raises KeyError."""
        from catalog.audit.report.view import Shown

        place = self.index[name]
        return Shown.from_json(orjson.loads(self._lines.read(place.offset, place.length)))

    def all(self) -> Iterator[Shown]:
        """All of them, in the audit's order."""
        return (self.read(name) for name in self.index)


class Once:
    """Documents, each made when it is first asked for, by one thread."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Written] = {}
        self._turn = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Iterable[bytes]]) -> Written:
        """A document, made now if nobody asked for it before."""
        with self._turn:
            if key not in self._made:
                self._made[key] = Written(make())
            return self._made[key]
