"""Records that share a unique value: hashes in memory, and beyond a measure in partitions on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy

from pipelines.engine import limits
from pipelines.engine.sift import Hashes, Indices

_PARTITIONS = 64
_PAIR = numpy.dtype([("hash", "<u8"), ("record", "<i8")])


class Keys:
    """The values of some unique keys over a whole file. Equal hashes may be unequal values: the judge will see.

    Memory: 16 bytes a key up to KEYS_IN_MEMORY, then the largest of 64 partitions of each key.
    """

    def __init__(self, count: int) -> None:
        self._pairs: list[list[numpy.ndarray[tuple[int], numpy.dtype[numpy.void]]]] = [[] for _ in range(count)]
        self._held = 0
        self._open = ExitStack()
        self._folder: Path | None = None

    def __enter__(self) -> Keys:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, key: int, hashes: Hashes, records: Indices) -> None:
        """Takes a block's values of one key, with the numbers of the records they stand in."""
        pairs = numpy.empty(len(hashes), dtype=_PAIR)
        pairs["hash"], pairs["record"] = hashes, records
        self._pairs[key].append(pairs)
        self._held += len(pairs)
        if self._held > limits.KEYS_IN_MEMORY:
            self._spill()

    def shared(self) -> Indices:
        """The records, in order, that have a value of some key in common with another record."""
        found = [numpy.zeros(0, dtype=numpy.int64)]
        for key in range(len(self._pairs)):
            found.extend(_shared(pairs) for pairs in self._parts(key))
        return numpy.unique(numpy.concatenate(found))

    def _parts(self, key: int) -> Iterator[numpy.ndarray[tuple[int], numpy.dtype[numpy.void]]]:
        if self._folder is None:
            yield _joined(self._pairs[key])
            return
        self._spill()
        for part in range(_PARTITIONS):
            path = self._folder / f"{key}-{part}"
            if path.exists():
                yield numpy.fromfile(path, dtype=_PAIR)

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = Path(self._open.enter_context(TemporaryDirectory(prefix="saphan-keys-")))
        for key, held in enumerate(self._pairs):
            if not held:
                continue
            pairs = _joined(held)
            held.clear()
            parts = (pairs["hash"] >> numpy.uint64(58)).astype(numpy.uint8)
            pairs = pairs[numpy.argsort(parts, kind="stable")]
            ends = numpy.cumsum(numpy.bincount(parts, minlength=_PARTITIONS))
            for part, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
                if end > start:
                    with (self._folder / f"{key}-{part}").open("ab") as file:
                        file.write(pairs[start:end].tobytes())
        self._held = 0


def _joined(
    held: list[numpy.ndarray[tuple[int], numpy.dtype[numpy.void]]],
) -> numpy.ndarray[tuple[int], numpy.dtype[numpy.void]]:
    return numpy.concatenate(held) if held else numpy.zeros(0, dtype=_PAIR)


def _shared(pairs: numpy.ndarray[tuple[int], numpy.dtype[numpy.void]]) -> Indices:
    hashes = numpy.sort(pairs["hash"])
    again = hashes[1:][hashes[1:] == hashes[:-1]]
    if not len(again):
        return numpy.zeros(0, dtype=numpy.int64)
    records: Indices = pairs["record"][numpy.isin(pairs["hash"], again)]
    return records
