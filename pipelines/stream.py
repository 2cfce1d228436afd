"""A table of text on its way to a file: slices of rows as polars sees them, and the hash of what is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pandas
    import polars

ROWS = 50_000
"""Records in memory a second time while a table is written; no byte of the file depends on it."""
_APART = "\x00"
Look = Callable[["polars.DataFrame"], None]
"""What is handed each slice as it is written: columns of text, null where a cell is empty."""


def both(one: Look, other: Look) -> Look:
    """Two that look at the same slices."""

    def look(part: polars.DataFrame) -> None:
        one(part)
        other(part)

    return look


def parts(table: pandas.DataFrame, rows: int = ROWS) -> Iterator[polars.DataFrame]:
    """The table's rows in order, `rows` at a time: columns of text, null where a cell is empty.

    A table without rows is one slice without rows. Raises UnicodeEncodeError for half a surrogate pair.
    """
    import polars

    columns = {str(name): table[name].to_numpy(dtype=object) for name in table.columns}
    for start in range(0, max(len(table), 1), rows):
        yield polars.DataFrame(
            [texts(name, cells[start : start + rows].tolist()) for name, cells in columns.items()]
        )


def texts(name: str, cells: list[str]) -> polars.Series:
    """Cells as a column, null for an empty one.

    All as one text, cut again: read one by one, each Thai text of the table would keep its UTF-8 beside it.
    """
    import polars

    if not cells:
        return polars.Series(name, [], dtype=polars.String)
    whole = _APART.join(cells)
    if whole.count(_APART) == len(cells) - 1:
        column = polars.Series(name, [whole]).str.split(_APART).explode()
    else:
        column = polars.Series(name, cells, dtype=polars.String)
    return column.replace("", None)


def ahead(parts: Iterator[polars.DataFrame]) -> Iterator[polars.DataFrame]:
    """The same, in order, the next one made while this one is written."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part


class Written:
    """A file opened for writing that knows the hash and the size of what it was given."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """`sha256:<hex>` of what was written so far."""
        return f"sha256:{self._digest.hexdigest()}"

    def write(self, data: bytes) -> int:
        """Writes all of the data."""
        self._digest.update(data)
        self._file.write(data)
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """For writers that ask for it; the file itself is flushed when it is closed."""
