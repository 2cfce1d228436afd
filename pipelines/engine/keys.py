"""Records that share a unique value: hashes in memory, and beyond a measure in partitions on disk."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy
import polars as pl

from pipelines.engine import limits
from pipelines.engine.sift import Hashes, Indices
from pipelines.engine.spread import Threads

_PARTITIONS = 64
_BLOCKS = 16
Pairs = numpy.ndarray[tuple[int], numpy.dtype[numpy.void]]
_PAIR = numpy.dtype([("hash", "<u8"), ("record", "<i8")])


class Keys:
    """The values of some unique keys over a whole file. Equal hashes may be unequal values: the judge will see.

    Memory: 8 bytes a key up to KEYS_IN_MEMORY (16 where some records have none), then one of 64 partitions.
    """

    def __init__(self, count: int) -> None:
        self._held: list[list[tuple[Hashes, Indices | range]]] = [[] for _ in range(count)]
        self._size = 0
        self._open = ExitStack()
        self._folder: Path | None = None

    def __enter__(self) -> Keys:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, key: int, hashes: Hashes, records: Indices | range) -> None:
        """Takes a block's values of one key, with the numbers of the records they stand in."""
        self._held[key].append((hashes, records))
        self._size += len(hashes)
        if self._size > limits.KEYS_IN_MEMORY:
            self._spill()

    def shared(self) -> Indices:
        """The records, in order, that have a value of some key in common with another record."""
        found = [numpy.zeros(0, dtype=numpy.int64)]
        if self._folder is None:
            found.extend(Threads().map(_shared, self._held))
            return numpy.unique(numpy.concatenate(found))
        self._spill()
        for path in sorted(self._folder.iterdir()):
            pairs = numpy.fromfile(path, dtype=_PAIR)
            found.append(_shared([(pairs["hash"], pairs["record"])]))
        return numpy.unique(numpy.concatenate(found))

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = Path(self._open.enter_context(TemporaryDirectory(prefix="saphan-keys-")))
        for key, held in enumerate(self._held):
            while held:
                some = [held.pop() for _ in range(min(_BLOCKS, len(held)))]
                pairs = numpy.concatenate([_pairs(hashes, records) for hashes, records in some])
                parts = (pairs["hash"] >> numpy.uint64(58)).astype(numpy.uint8)
                pairs = pairs[numpy.argsort(parts, kind="stable")]
                ends = numpy.cumsum(numpy.bincount(parts, minlength=_PARTITIONS))
                for part, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
                    if end > start:
                        with (self._folder / f"{key}-{part}").open("ab") as file:
                            file.write(pairs[start:end].tobytes())
        self._size = 0


def _pairs(hashes: Hashes, records: Indices | range) -> Pairs:
    pairs = numpy.empty(len(hashes), dtype=_PAIR)
    pairs["hash"] = hashes
    pairs["record"] = _numbers(records)
    return pairs


def _numbers(records: Indices | range) -> Indices:
    return numpy.arange(records.start, records.stop) if isinstance(records, range) else records


def _shared(held: Sequence[tuple[Hashes, Indices | range]]) -> Indices:
    """The records of some pairs whose hash stands there more than once."""
    nothing = numpy.zeros(0, dtype=numpy.int64)
    if not held:
        return nothing
    ordered = pl.concat([pl.Series(hashes) for hashes, _ in held]).sort().to_numpy()
    again = numpy.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(again):
        return nothing
    return numpy.concatenate([_numbers(records)[numpy.isin(hashes, again)] for hashes, records in held])
