"""Parquet with the table's own types, written by polars in blocks.

A `numeric` column has no scale of its own: it becomes float64 where every value is one exactly, else decimal, else
text, so that no digit is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from catalog.store.types import answered
from catalog.web.exports.part import Part

if TYPE_CHECKING:
    import polars

BLOCK = 25_000
"""Rows of a frame; polars gathers them into row groups."""
GROUP = 100_000
EXACT = 1 << 53
"""Up to here every whole number is a float64."""
MOST_DIGITS = 38
"""Of a decimal in Parquet that all programs read."""
Making = Callable[[Any], Any]


def parquet_file(part: Part, out: IO[bytes]) -> None:
    """Writes the rows. Raises HungUp, StoreError."""
    import polars as pl
    from polars.io.plugins import register_io_source

    schema, made = {}, []
    numerics = _numerics(part)
    for index, one in enumerate(part.columns):
        kind, make = _typed(one.kind, numerics.get(one.name))
        schema[one.name] = kind
        made += [(index, make)] if make else []
    failed: list[BaseException] = []

    def frames(*_options: Any) -> Iterator[polars.DataFrame]:
        try:
            for block in part.blocks(size=BLOCK):
                columns: list[Any] = list(zip(*block, strict=True))
                for index, make in made:
                    columns[index] = [None if value is None else make(value) for value in columns[index]]
                series = [
                    pl.Series(name, column, dtype=kind, strict=True)
                    for (name, kind), column in zip(schema.items(), columns, strict=True)
                ]
                yield pl.DataFrame(series)
        except BaseException as error:
            failed.append(error)
            raise

    try:
        register_io_source(frames, schema=schema).sink_parquet(out, row_group_size=GROUP)
    except pl.exceptions.PolarsError:
        if failed:  # polars tells only that the source failed
            raise failed[0] from None
        raise


def _numerics(part: Part) -> dict[str, Any]:
    """What each `numeric` column is written as."""
    import polars as pl

    names = [one.name for one in part.columns if one.kind == "numeric"]
    found: dict[str, Any] = dict.fromkeys(names, pl.Float64)
    if not names:
        return found
    whole, scale = [0] * len(names), [0] * len(names)
    for block in part.blocks(names):
        for row in block:
            for index, text in enumerate(row):
                if text is None or _is_float(text):
                    continue
                found[names[index]] = pl.Decimal
                _sign, digits, exponent = Decimal(text).as_tuple()
                after = max(0, -int(exponent))
                scale[index] = max(scale[index], after)
                whole[index] = max(whole[index], len(digits) + int(exponent))
    for index, name in enumerate(names):
        if found[name] is pl.Decimal:
            fits = whole[index] + scale[index] <= MOST_DIGITS
            found[name] = pl.Decimal(MOST_DIGITS, scale[index]) if fits else pl.String
    return found


def _is_float(text: str) -> bool:
    """Whether a number is a float64 to the last digit."""
    if len(text) <= 15 and "e" not in text and "E" not in text:
        return True
    number = float(text)
    return abs(number) <= EXACT and Decimal(repr(number)) == Decimal(text)


def _typed(kind: str, numeric: Any = None) -> tuple[Any, Making | None]:
    """The type in the file, and what is made of a cell."""
    import polars as pl

    if kind.startswith("_"):
        inner, make = _typed(kind[1:], pl.Float64)
        return pl.List(inner), lambda text: [
            one if one is None or make is None else make(one) for one in answered(kind, text)
        ]
    if kind == "numeric":
        return numeric, {pl.Float64: float, pl.String: str}.get(numeric, Decimal)
    return {
        "int2": (pl.Int16, None),
        "int4": (pl.Int32, None),
        "int8": (pl.Int64, None),
        "float4": (pl.Float32, None),
        "float8": (pl.Float64, None),
        "bool": (pl.Boolean, None),
        "date": (pl.Date, date.fromisoformat),
        "time": (pl.Time, time.fromisoformat),
        "timestamp": (pl.Datetime("ms"), datetime.fromisoformat),
        "timestamptz": (pl.Datetime("us", "UTC"), datetime.fromisoformat),
    }.get(kind, (pl.String, None))
