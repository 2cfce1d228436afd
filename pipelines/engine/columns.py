"""What is certain about a column's cells without reading each of them: per field, an accept-expression.

An accept-expression may refuse a good cell, never accept a bad one: what it refuses goes, once per distinct
text, through frictionless' own cell reader. Each expression's argument for soundness stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.engine import limits
from pipelines.engine.blocks import Unproven
from pipelines.engine.patterns import narrow

if TYPE_CHECKING:
    from frictionless import Field

_I64 = 1 << 63
_SHORT = 18
"""Bytes of a number: in a longer one an exponent may be more than Python's Decimal takes, and polars reads 0."""
# the years before 1000 are left to the reader
_DAY = (
    "(?:[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    "|(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29)"
)
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_FORMATS = {
    # 48 of the 64 characters the validator allows before the @; labels of letters, digits and one hyphen
    "email": r"\A(?:[0-9A-Za-z_+-]{1,15}\.){0,2}[0-9A-Za-z_+-]{1,16}@"
    r"(?:[0-9a-z]{1,20}(?:-[0-9a-z]{1,20})?\.){1,4}[a-z]{2,10}\z",
    "uuid": r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z",
    "uri": r"\Ahttps?://[0-9a-z]+(?:[.-][0-9a-z]+)*(?:/[0-9A-Za-z._~-]*)*\z",
}
_HARMLESS = ("string", "any", "integer", "year", "boolean", "date")
"""The types whose values can all be compared with each other, and kept in a set."""
Accept = Callable[[pl.Expr], pl.Expr]


class Column:
    """One field of a table: which texts are missing, which are accepted, what the others come to.

    `field` says its missing values itself, as in a Plan. `reader` is frictionless' own cell reader of it
    (`text → (value, notes)`).
    """

    def __init__(self, name: str, field: Field, reader: Callable[[Any], Any]) -> None:
        self.name = name
        self.reader = reader
        self.missing_texts = tuple(field.missing_values)
        self.required = bool(field.constraints.get("required"))
        accept = _accept(field)
        self.accept = accept
        self.few = accept is not None and field.type in ("date", "year")
        self.kind = {"integer": pl.Int64, "year": pl.Int64, "number": pl.Float64}.get(field.type, pl.String)
        self.plain = field.type == "any" or (field.type == "string" and field.format == "default")
        self.cast = None if _own_signs(field) else accept
        self.harmless = accept is not None and field.type in _HARMLESS
        self.tame = accept is not None and (field.type != "number" or not set(field.constraints) - {"required"})
        self._lock = Lock()
        self._read: dict[str | None, tuple[Any, bool]] = {}

    @property
    def passes(self) -> bool:
        """Whether any text at all is right, so that nothing need be checked."""
        return self.accept is _anything and not self.required

    @property
    def quick(self) -> bool:
        """Whether its accept-expression is worth more than the distinct texts, and there is something to check."""
        return self.accept is not None and not self.few and not self.passes

    @property
    def slow(self) -> bool:
        """Whether its distinct texts must be read to tell."""
        return not (self.quick or self.passes)

    def missing(self) -> pl.Expr:
        """Which cells are missing values (frictionless compares the text, before it is read)."""
        cell = pl.col(self.name)
        if self.missing_texts == ("",):
            return cell.is_null() | (cell == "")
        return cell.fill_null("").is_in(list(self.missing_texts))

    def right(self) -> pl.Expr:
        """Which cells are certainly right; never null."""
        if self.accept is None:
            return pl.lit(False)
        cell = pl.col(self.name)
        if self.missing_texts != ("",):
            accepted = self.accept(cell.fill_null("")).fill_null(False)
            return accepted & ~self.missing() if self.required else accepted | self.missing()
        # what is null is missing; an empty text in quotes is left to the reader
        accepted = self.accept(cell)
        if self.required:
            accepted = accepted & cell.is_not_null()
            return (accepted & (cell != "") if self.kind == pl.String else accepted).fill_null(False)
        return (accepted | cell.is_null()).fill_null(False)

    def read(self, text: str | None) -> tuple[Any, bool]:
        """A cell through frictionless' own reader: its value (None where invalid), and whether it is wrong.

        None stands for a cell that the record does not have. Raises Unproven where the reader raises.
        """
        known = self._read.get(text)
        if known is None:
            try:
                with self._lock:  # some of the parsers behind the readers keep state
                    value, notes = self.reader(text)
            except Exception as error:
                raise Unproven("raises") from error
            known = value, bool(notes)
            if len(self._read) < limits.REMEMBERED:
                self._read[text] = known
        return known

    def wrong(self, series: pl.Series, right: pl.Series | None = None) -> pl.Series | None:
        """The rows whose cell is wrong, as a mask; None where there is none. `right`: what `right()` says."""
        if right is None:
            return self._wrong_by_text(series)
        places = (~right).arg_true()
        wrong = [self.read(text or "")[1] for text in series.gather(places).to_list()]
        if not any(wrong):
            return None
        return pl.repeat(False, len(series), eager=True).scatter(places.filter(pl.Series(wrong)), True)

    def _wrong_by_text(self, series: pl.Series) -> pl.Series | None:
        """The same by the distinct texts, where these are few or nothing else helps."""
        texts = series.unique()
        if self.accept is not None:
            texts = texts.filter(~texts.to_frame(self.name).select(self.right()).to_series())
        wrong = [text for text in texts.to_list() if self.read(text or "")[1]]
        if not wrong:
            return None
        return series.is_in([text for text in wrong if text is not None]).fill_null(None in wrong)

    def keys(self, series: pl.Series, *, clear: bool) -> pl.Series:
        """The cells' values in a form that is equal where frictionless' values are; null where it has none.

        `clear`: every cell is certainly right.
        """
        if self.plain and self.missing_texts == ("",):
            return series.replace("", None) if (series == "").any() else series
        if self.kind == pl.String:
            texts = series.fill_null("")
            distinct = texts.unique()
            forms = [canonical(self.read(text)[0]) for text in distinct.to_list()]
            table = pl.DataFrame({"text": distinct, "form": pl.Series(forms, dtype=pl.String)})
            return pl.DataFrame({"text": texts}).join(table, on="text", how="left", maintain_order="left")["form"]
        return self._number_keys(series, clear)

    def _number_keys(self, series: pl.Series, clear: bool) -> pl.Series:
        if self.cast is not None and self.missing_texts == ("",) and clear:
            return series.cast(self.kind, strict=False) + (0.0 if self.kind == pl.Float64 else 0)
        accept = self.cast or (lambda cell: pl.lit(False))
        cells = pl.col(self.name).fill_null("")
        accepted = (
            series.to_frame(self.name)
            .select((accept(cells).fill_null(False) & ~self.missing()).alias("accepted"))
            .to_series()
        )
        values = series.cast(self.kind, strict=False)
        if self.kind == pl.Float64:
            values = values + 0.0  # -0 equals 0
        odd = (~accepted).arg_true()
        values = values.set(~accepted, None)
        if len(odd):
            # the same form whether the whole column goes this way or a cell of it
            read = [self.read(text or "")[0] for text in series.gather(odd).to_list()]
            values = values.scatter(odd, pl.Series([_number(value, self.kind) for value in read], dtype=self.kind))
        return values

    def key(self, text: str | None) -> Any:
        """One cell's value as `keys` gives it."""
        value = self.read(text)[0]
        return canonical(value) if self.kind == pl.String else _number(value, self.kind)


def _number(value: Any, kind: Any) -> float | int | None:
    """A number in the form of its column; those beyond it all alike, which only sends more rows to the judge."""
    if value is None:
        return None
    try:
        if kind == pl.Float64:
            return float(value) + 0.0
        return int(value) if -_I64 <= value < _I64 else _I64 - 1
    except (ValueError, OverflowError) as error:
        raise Unproven("keys") from error


def canonical(value: Any) -> str | None:
    """A text that is equal for values that are equal in Python. Raises Unproven for what cannot be a key."""
    import datetime

    if value is None or isinstance(value, str):
        return value
    try:
        hash(value)
    except Exception as error:
        raise Unproven("keys") from error
    if isinstance(value, datetime.datetime):
        with suppress(OverflowError):  # at the ends of the calendar
            return (value.astimezone(datetime.UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, datetime.date | bool) or (isinstance(value, datetime.time) and not value.tzinfo):
        return str(value)
    return "?"  # equal values of the rarer types can be written differently: all of them are judged


def _accept(field: Field) -> Accept | None:
    """The accept-expression of a field; None where every distinct text must be read. Missing cells stand aside."""
    rules = {name: value for name, value in field.constraints.items() if name in field.supported_constraints}
    rules = {name: value for name, value in rules.items() if value is not None and name != "required"}
    make = _MAKERS.get(field.type)
    return make(field, rules) if make is not None else None


def _anything(cell: pl.Expr) -> pl.Expr:
    return pl.lit(True)


def _string(field: Field, rules: Mapping[str, Any]) -> Accept | None:
    tests: list[Accept] = []
    if field.format in _FORMATS:
        tests.append(_matching(_FORMATS[field.format]))
    elif field.format != "default":
        return None
    for name, value in rules.items():
        if (
            name == "pattern"
            and isinstance(value, str)
            and (regex := narrow(value)) is not None
            and _compiles(regex)
        ):
            tests.append(_matching(regex))
        elif name == "minLength" and type(value) is int:
            tests.append(lambda cell, least=value: cell.str.len_chars() >= least)  # type: ignore[misc]
        elif name == "maxLength" and type(value) is int:
            tests.append(lambda cell, most=value: cell.str.len_chars() <= most)  # type: ignore[misc]
        elif name == "enum" and isinstance(value, list):
            texts = [one for one in value if isinstance(one, str)]
            tests.append(lambda cell, texts=texts: cell.is_in(texts))  # type: ignore[misc]
        else:
            return None
    return _all(tests)


def _any(field: Field, rules: Mapping[str, Any]) -> Accept | None:
    return None if rules else _anything


def _boolean(field: Any, rules: Mapping[str, Any]) -> Accept | None:
    texts = [*field.true_values, *field.false_values]
    if rules or not all(isinstance(text, str) for text in texts):
        return None
    return lambda cell: cell.is_in(texts)


def _integer(field: Any, rules: Mapping[str, Any]) -> Accept | None:
    """polars casts `-?[0-9]+` and `+…` within 64 bits, to the number that Python's int() gives."""
    bounds = _bounds(field, rules)
    if bounds is None or any(type(value) is not int or not -_I64 <= value < _I64 for value in bounds.values()):
        return None
    return lambda cell: _between(cell.cast(pl.Int64, strict=False), bounds)


def _year(field: Any, rules: Mapping[str, Any]) -> Accept | None:
    bounds = _bounds(field, rules)
    if bounds is None or any(type(value) is not int for value in bounds.values()):
        return None

    def accept(cell: pl.Expr) -> pl.Expr:
        year = cell.cast(pl.Int64, strict=False)
        return (cell.str.len_bytes() == 4) & (year >= 0) & _between(year, bounds)

    return accept


def _decimal(field: Any, rules: Mapping[str, Any]) -> Accept | None:
    """polars reads a float correctly rounded or not at all; rounding keeps order, so strictly inside is inside.

    A value on a bound, or one that rounds to it, is refused, and read exactly.
    """
    bounds = _bounds(field, rules)
    if bounds is None or not field.bare_number:
        return None
    least, most = -math.inf, math.inf
    for name, value in bounds.items():
        try:
            bound = float(value)
        except (ValueError, OverflowError, TypeError):
            return None
        if math.isnan(bound):
            return None
        least, most = (max(least, bound), most) if "inimum" in name else (least, min(most, bound))
    group, point = field.group_char, field.decimal_char
    processed = _own_signs(field)
    if processed and not (isinstance(group, str) and isinstance(point, str) and point):
        return None

    def accept(cell: pl.Expr) -> pl.Expr:
        if processed:  # the same replacements in the same order as NumberField
            cell = cell.str.replace_all(group, "", literal=True) if group else cell
            if point != ".":
                cell = pl.when(~cell.str.contains(".", literal=True)).then(cell)
                cell = cell.str.replace_all(point, ".", literal=True)
        number = cell.cast(pl.Float64, strict=False)
        inside = number.is_between(least, most, closed="none")  # nor infinite, nor NaN
        return inside & (cell.str.len_bytes() <= _SHORT)

    return accept


def _own_signs(field: Any) -> bool:
    """Whether a number is written with signs that its field defines."""
    return bool({"group_char", "decimal_char"}.intersection(field.list_defined()))


def _date(field: Any, rules: Mapping[str, Any]) -> Accept | None:
    """Dates written in full are in the order of their text."""
    import datetime

    bounds = _bounds(field, rules)
    if field.format != "default" or bounds is None:
        return None
    if any(type(value) is not datetime.date for value in bounds.values()):
        return None
    texts = {name: value.isoformat() for name, value in bounds.items()}
    regex = rf"\A{_DAY}\z"
    return lambda cell: cell.str.contains(regex) & _between(cell, texts)


def _datetime(field: Any, rules: Mapping[str, Any]) -> Accept | None:
    """Without bounds only: comparing aware with naive values raises in frictionless."""
    return None if field.format != "default" or rules else _matching(rf"\A{_DAY}[T ]{_CLOCK}Z?\z")


def _time(field: Any, rules: Mapping[str, Any]) -> Accept | None:
    return None if field.format != "default" or rules else _matching(rf"\A{_CLOCK}\z")


_MAKERS: Mapping[str, Callable[[Any, Mapping[str, Any]], Accept | None]] = {
    "string": _string,
    "any": _any,
    "boolean": _boolean,
    "integer": _integer,
    "year": _year,
    "number": _decimal,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
}


def _bounds(field: Any, rules: Mapping[str, Any]) -> dict[str, Any] | None:
    """The bounds as frictionless reads them; None where there are other rules."""
    names = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    if set(rules) - set(names):
        return None
    read = field.create_value_reader()
    return {name: read(value) for name, value in rules.items()}


def _between(value: pl.Expr, bounds: Mapping[str, Any]) -> pl.Expr:
    inside = value.is_not_null()
    for name, bound in bounds.items():
        compare = {"minimum": value.ge, "maximum": value.le, "exclusiveMinimum": value.gt}.get(name, value.lt)
        inside &= compare(bound)
    return inside


def _matching(regex: str) -> Accept:
    return lambda cell: cell.str.contains(regex)


def _compiles(regex: str | None) -> bool:
    if regex is None:
        return False
    try:
        pl.Series([""]).str.contains(regex)
    except pl.exceptions.ComputeError:
        return False
    return True


def _all(tests: list[Accept]) -> Accept:
    if not tests:
        return _anything

    def accept(cell: pl.Expr) -> pl.Expr:
        both = tests[0](cell)
        for test in tests[1:]:
            both &= test(cell)
        return both

    return accept
