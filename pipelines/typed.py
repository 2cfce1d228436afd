"""A table of text as a typed Parquet file: which column may have which type, so that no value is lost.

A column gets the type its Table Schema declares where every cell casts exactly, and stays text where one does not:

    integer, year   Int64
    number          Float64 where no cell has more than 15 digits, so that it reads back as it was written; else
                    Decimal(38, the longest fraction's digits)
    boolean         Boolean, by the field's `trueValues` and `falseValues`
    date            Date, of `YYYY-MM-DD`
    datetime        Datetime in microseconds: without a zone, or of UTC where every cell ends in `Z`

Other types, and fields with a format or a number's signs of their own, stay text. An empty cell is null, and so is
one of the schema's `missingValues` in a column that is not text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from pipelines import stream

if TYPE_CHECKING:
    import pandas
    import polars

GROUP = 100_000
"""Records of a row group."""
DIGITS = 15
"""Decimal digits that a Float64 always gives back."""
TINY = 2.3e-308
"""Below it a Float64 has fewer digits."""
LARGEST = 38
"""Digits of a Decimal."""
_INTEGER = r"^[+-]?[0-9]+$"
_YEAR = r"^[0-9]{4}$"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
TRUE = ("true", "True", "TRUE", "1")
FALSE = ("false", "False", "FALSE", "0")
"""What frictionless takes for true and false where a field does not say."""
_OWN = ("decimalChar", "groupChar", "bareNumber")
TYPES = ("integer", "year", "number", "boolean", "date", "datetime")


@dataclass(slots=True, kw_only=True)
class Column:
    """A column of a declared type, and what its cells allow so far."""

    kind: str
    true: tuple[str, ...] = TRUE
    false: tuple[str, ...] = FALSE
    missing: tuple[str, ...] = ()
    fits: set[str] = field(default_factory=set)
    """The ways to cast it that no cell has ruled out."""
    whole: int = 0
    fraction: int = 0

    def __post_init__(self) -> None:
        ways = {"number": {"float", "decimal"}, "datetime": {"plain", "utc"}}
        self.fits = ways.get(self.kind, {self.kind})

    def see(self, cells: polars.Series) -> None:
        """Rules out what these cells cannot be."""
        if not self.fits:
            return
        cells = self._present(cells)
        if self.kind == "number":
            self._see_numbers(cells)
        for way in sorted(self.fits - {"decimal"}):
            made = self._cast(cells, way)
            if made is None or made.null_count():
                self.fits.discard(way)

    def cast(self, cells: polars.Series) -> polars.Series:
        """The cells in the type that all that was seen allows."""
        if not self.fits:
            return cells
        empty = cells if not self.missing else cells.set(cells.is_in(self.missing), None)
        made = self._cast(empty, self._way)
        return cells if made is None else made

    @property
    def dtype(self) -> Any:
        """The polars type that `cast` gives."""
        import polars

        if not self.fits:
            return polars.String
        return {
            "float": polars.Float64(),
            "decimal": polars.Decimal(LARGEST, self.fraction),
            "boolean": polars.Boolean(),
            "date": polars.Date(),
            "plain": polars.Datetime("us"),
            "utc": polars.Datetime("us", "UTC"),
        }.get(self._way, polars.Int64())

    @property
    def _way(self) -> str:
        order = ("float", "decimal", "plain", "utc", self.kind)
        return next(way for way in order if way in self.fits)

    def _present(self, cells: polars.Series) -> polars.Series:
        cells = cells.drop_nulls()
        return cells.filter(~cells.is_in(self.missing)) if self.missing else cells

    def _see_numbers(self, cells: polars.Series) -> None:
        import polars

        if not cells.str.contains(_NUMBER).all():
            self.fits.clear()
            return
        if cells.str.contains("[eE]").any():
            self.fits.discard("decimal")
        signs = cells.str.contains("^[+-]").cast(polars.Int64)
        points = cells.str.find(".", literal=True).cast(polars.Int64)
        length = cells.str.len_bytes().cast(polars.Int64)
        self.whole = max(self.whole, _number((points.fill_null(length) - signs).max()))
        self.fraction = max(self.fraction, _number((length - points - 1).max()))
        if self.whole + self.fraction > LARGEST:
            self.fits.discard("decimal")
        long = cells.filter(length > DIGITS)
        digits = long.str.replace(r"[eE].*$", "").str.replace_all(r"[+.-]", "").str.strip_chars_start("0")
        if (digits.str.len_bytes() > DIGITS).any():
            self.fits.discard("float")

    def _cast(self, cells: polars.Series, way: str) -> polars.Series | None:
        """The cells cast, null where one cannot be; None where a cell has not even the form."""
        import polars

        forms = {"integer": _INTEGER, "year": _YEAR, "date": _DATE, "plain": f"{_MOMENT}$", "utc": f"{_MOMENT}Z$"}
        if way in forms and not cells.str.contains(forms[way]).all():
            return None
        match way:
            case "integer" | "year":
                return cells.cast(polars.Int64, strict=False)
            case "float":
                return _floats(cells)
            case "decimal":
                return cells.cast(polars.Decimal(LARGEST, self.fraction), strict=False)
            case "boolean":
                truth = cells.is_in(self.true)
                return truth.set(~(truth | cells.is_in(self.false)), None)
            case "date":
                days = cells.str.to_date("%Y-%m-%d", strict=False)
                return days.set(days.dt.year() < 1, None)
        moments = cells.str.replace(" ", "T", literal=True).str.strip_chars_end("Z")
        made = moments.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
        made = made.set(made.dt.year() < 1, None)
        return made.dt.replace_time_zone("UTC") if way == "utc" else made


def _floats(cells: polars.Series) -> polars.Series:
    """Float64; null where a number is too large or too small to keep its digits."""
    import polars

    numbers = cells.cast(polars.Float64, strict=False)
    tiny = numbers.abs() < TINY
    if tiny.any():
        tiny &= cells.str.contains("^[+-]?[0.]*[1-9]")
    return numbers.set(tiny | ~numbers.is_finite(), None)


def _number(value: Any) -> int:
    return int(value or 0)


def columns(schema: Mapping[str, Any]) -> dict[str, Column]:
    """The columns for which a Table Schema declares a type that Parquet has, by name."""
    found = {}
    for given in schema.get("fields", ()):
        kind = given.get("type", "any")
        default = given.get("format", "default") == "default"
        if kind not in TYPES or not default or any(name in given for name in _OWN):
            continue
        missing = given.get("missingValues", schema.get("missingValues", ()))
        found[given["name"]] = Column(
            kind=kind,
            true=_texts(given.get("trueValues"), TRUE),
            false=_texts(given.get("falseValues"), FALSE),
            missing=tuple(text for text in _texts(missing, ()) if text != ""),
        )
    return found


def _texts(written: Any, default: tuple[str, ...]) -> tuple[str, ...]:
    """The texts of a list that a person wrote; a number among them is no cell's text."""
    return tuple(text for text in written if isinstance(text, str)) if isinstance(written, list) else default


def write(
    table: pandas.DataFrame, schema: Mapping[str, Any], out: stream.Written, look: stream.Look | None
) -> None:
    """Writes a table of text as Parquet: zstd, row groups of `GROUP`, the same bytes each time.

    The table is gone through twice, in slices: to see which types its cells allow, handing each slice to `look`,
    and to write. Nothing of the file depends on the size of the slices or on how many cores there are.
    """
    import polars
    from polars.io.plugins import register_io_source

    typed = columns(schema)
    for part in stream.ahead(stream.parts(table)):
        if look is not None:
            look(part)
        for name in part.columns:
            if name in typed:
                typed[name].see(part[name])
    shape = {str(name): typed[str(name)].dtype if str(name) in typed else polars.String for name in table.columns}

    def source(*_wanted: object) -> Iterator[polars.DataFrame]:
        for part in stream.parts(table):
            yield polars.DataFrame(
                [typed[name].cast(part[name]) if name in typed else part[name] for name in part.columns]
            )

    lazy = register_io_source(source, schema=shape, is_pure=True)
    file: IO[bytes] = out  # type: ignore[assignment]  # polars needs no more of a file than `write`
    lazy.sink_parquet(file, compression="zstd", compression_level=3, row_group_size=GROUP)
