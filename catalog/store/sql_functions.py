"""PostgreSQL's functions on SQLite: those it has under the same name, and those that are made here.

Values come as a DataStore file keeps them (`types.kept`): truth as 0 and 1, moments as text, JSON as text.
"""

from __future__ import annotations

import hashlib
import math
import random
import sqlite3
from calendar import monthrange
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from catalog.store.types import CellError, kept
from metadata import clock

BUILT_IN = frozenset(
    (
        *(
            "abs",
            "avg",
            "coalesce",
            "count",
            "cume_dist",
            "dense_rank",
            "first_value",
            "lag",
            "last_value",
            "lead",
        ),
        *("length", "like", "max", "min", "nth_value", "ntile", "nullif", "percent_rank", "rank", "row_number"),
        *("substr", "substring", "sum"),
    )
)
"""What SQLite's own functions of these names do is what PostgreSQL's do. Its `replace`, `instr` and `trim` are not
among them: of two long texts they take minutes, in which nothing can stop them.
"""
LONGEST = 1_000_000
"""Letters of a text that a function makes."""
said_by: ContextVar[str] = ContextVar("said_by", default="")
"""Why a function refused its arguments: SQLite itself passes on that it did, and no more."""


def refused(_error: sqlite3.Error) -> str:
    """What a function said when it refused, once."""
    said = said_by.get()
    said_by.set("")
    return said


def _saying(function: Callable[..., Any], *, strict: bool = True) -> Callable[..., Any]:
    """The function; nothing of nothing (where `strict`), and its refusal remembered."""

    def called(*given: Any) -> Any:
        if strict and any(one is None for one in given):
            return None
        try:
            return function(*given)
        except (CellError, ValueError, ArithmeticError, TypeError, InvalidOperation) as error:
            said = str(error) if isinstance(error, CellError) else "a function does not take what it was given"
            said_by.set("division by zero" if isinstance(error, ZeroDivisionError) else said.partition(":")[0])
            raise

    return called


def cast(value: Any, wanted: str, given: str) -> Any:
    """A kept value of one type as one of another."""
    if value is None:
        return None
    if wanted == "text":
        return _as_text(value, given)
    if given == "bool":
        if wanted in ("int2", "int4", "int8"):
            return value
        return kept(wanted, bool(value))
    if wanted == "bool" and isinstance(value, int):
        return int(value != 0)
    if wanted in ("int2", "int4", "int8") and isinstance(value, str) and given == "numeric":
        return kept(wanted, int(Decimal(value).to_integral_value(ROUND_HALF_UP)))
    if wanted in ("int2", "int4", "int8") and isinstance(value, float):
        rounding = (
            round(value)
            if given.startswith("float")
            else int(Decimal(repr(value)).to_integral_value(ROUND_HALF_UP))
        )
        return kept(wanted, rounding)
    return kept(wanted, value)


def _as_text(value: Any, given: str) -> str:
    if given == "bool":
        return "true" if value else "false"
    if given == "timestamp":
        return str(value).replace("T", " ").removesuffix(".000")
    if given == "timestamptz":
        return str(value).replace("T", " ").replace("+00:00", "+00")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def text_of(value: Any) -> str:
    """A kept value as text. Raises ValueError where it is too long."""
    text = value if isinstance(value, str) else _as_text(value, "")
    if len(text) > LONGEST:
        raise ValueError("too long")
    return text


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))


UNITS = ("year", "month", "day", "hour", "minute", "second", "week")


def _moved(value: Any, count: int, unit: str, kind: str) -> str:
    moment = _moment(value)
    if unit in ("year", "month"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        last = monthrange(year, month + 1)[1]
        moment = moment.replace(year=year, month=month + 1, day=min(moment.day, last))
    else:
        moment += timedelta(**{f"{unit}s": count})
    return str(kept(kind, moment.isoformat()))


def _truncated(unit: str, value: Any) -> str:
    moment, unit = _moment(value), unit.lower()
    if unit == "quarter":
        moment, unit = moment.replace(month=(moment.month - 1) // 3 * 3 + 1), "month"
    if unit == "week":
        moment, unit = moment - timedelta(days=moment.weekday()), "day"
    if unit not in UNITS:
        raise CellError(f'unit "{unit}" not supported')
    least = {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
    later = {name: value for name, value in least.items() if UNITS.index(name) > UNITS.index(unit)}
    floored = moment.replace(**later, microsecond=0)  # type: ignore[arg-type]
    return floored.isoformat(timespec="milliseconds") if floored.tzinfo is None else floored.isoformat()


def _part(unit: str, value: Any) -> float:
    moment, unit = _moment(value), unit.lower()
    if unit in ("dow", "isodow", "doy", "quarter", "week", "epoch"):
        return {
            "dow": moment.isoweekday() % 7,
            "isodow": moment.isoweekday(),
            "doy": moment.timetuple().tm_yday,
            "quarter": (moment.month + 2) // 3,
            "week": moment.isocalendar().week,
            "epoch": (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(),
        }[unit]
    if unit not in UNITS:
        raise CellError(f'unit "{unit}" not supported')
    return float(getattr(moment, unit)) + (moment.microsecond / 1e6 if unit == "second" else 0.0)


FORMS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S", "DDD": "%j", "YY": "%y"}


def _to_char(value: Any, form: str) -> str:
    """A moment by PostgreSQL's patterns; those of numbers are not known here."""
    moment, made, place = _moment(value), "", 0
    while place < len(form):
        known = next((one for one in sorted(FORMS, key=len, reverse=True) if form.startswith(one, place)), "")
        if not known and form[place].isalpha() and form[place] != "T":
            raise CellError(f'"{form}" is no pattern that is known here')
        made += moment.strftime(FORMS[known]) if known else form[place]
        place += len(known) or 1
    return made


def _replaced(text: str, part: str, other: str) -> str:
    if not part:
        return text
    grown = text.count(part) * (len(other) - len(part))
    if len(text) + grown > LONGEST:
        raise ValueError("too long")
    return text.replace(part, other)


def _translated(text: Any, letters: Any, others: Any) -> str:
    pairs: dict[int, str | None] = {ord(one): None for one in text_of(letters)[len(text_of(others)) :]}
    pairs |= {
        ord(one): other for one, other in reversed(list(zip(text_of(letters), text_of(others), strict=False)))
    }
    return text_of(text).translate(pairs)


def _left(text: Any, count: int) -> str:
    return text_of(text)[:count] if count >= 0 else text_of(text)[: len(text_of(text)) + count]


def _right(text: Any, count: int) -> str:
    found = text_of(text)
    return found[max(len(found) - count, 0) :] if count >= 0 else found[-count:]


def _padded(text: Any, length: int, fill: Any = " ", *, before: bool) -> str:
    found, filling, length = text_of(text), text_of(fill), min(int(length), LONGEST)
    if length <= len(found) or not filling:
        return found[: max(length, 0)]
    added = (filling * (length - len(found)))[: length - len(found)]
    return added + found if before else found + added


def _split(text: Any, by: Any, number: int) -> str:
    parts = text_of(text).split(by) if by else [text_of(text)]
    place = number - 1 if number > 0 else number
    return parts[place] if -len(parts) <= place < len(parts) else ""


def _joined(*given: Any) -> str:
    return text_of("".join(text_of(one) for one in given if one is not None))


def _joined_by(by: Any, *given: Any) -> str | None:
    return None if by is None else text_of(text_of(by).join(text_of(one) for one in given if one is not None))


def _trimmed(text: Any, letters: Any = " ", *, ends: str = "both") -> str:
    found, gone = text_of(text), "".join(set(text_of(letters)))
    return {"both": found.strip, "left": found.lstrip, "right": found.rstrip}[ends](gone)


def _divided(left: Any, right: Any, whole: int) -> Any:
    if right == 0:
        raise ZeroDivisionError
    if not whole:
        return float(left) / float(right)
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _rest(left: Any, right: Any, _whole: int = 1) -> Any:
    if right == 0:
        raise ZeroDivisionError
    return left - right * math.trunc(left / right) if isinstance(left, float) else int(math.fmod(left, right))


def _rounded(value: Any, digits: int = 0) -> Any:
    exact = Decimal(repr(value) if isinstance(value, float) else str(value))
    found = exact.quantize(Decimal(1).scaleb(-int(digits)), rounding=ROUND_HALF_UP)
    return int(found) if found == found.to_integral_value() else float(found)


def _cut(value: Any, digits: int = 0) -> Any:
    scale = 10 ** int(digits)
    found = math.trunc(float(value) * scale) / scale
    return int(found) if found.is_integer() else found


def _least(*given: Any) -> Any:
    return min((one for one in given if one is not None), default=None)


def _greatest(*given: Any) -> Any:
    return max((one for one in given if one is not None), default=None)


def _texts(maker: Callable[..., Any], *names: str, counts: tuple[int, ...], strict: bool = True) -> list[Any]:
    return [(f"pg_{name}", count, _saying(maker, strict=strict)) for name in names for count in counts]


SCALARS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    *_texts(cast, "cast", counts=(3,)),
    *_texts(lambda text: text_of(text).lower(), "lower", counts=(1,)),
    *_texts(lambda text: text_of(text).upper(), "upper", counts=(1,)),
    *_texts(lambda text: text_of(text).title(), "initcap", counts=(1,)),
    *_texts(lambda text: len(text_of(text)), "char_length", "character_length", counts=(1,)),
    *_texts(_left, "left", counts=(2,)),
    *_texts(_right, "right", counts=(2,)),
    *_texts(lambda *given: _padded(*given, before=True), "lpad", counts=(2, 3)),
    *_texts(lambda *given: _padded(*given, before=False), "rpad", counts=(2, 3)),
    *_texts(lambda text, part: text_of(text).find(text_of(part)) + 1, "strpos", counts=(2,)),
    *_texts(lambda text, part: int(text_of(text).startswith(text_of(part))), "starts_with", counts=(2,)),
    *_texts(_split, "split_part", counts=(3,)),
    *_texts(_translated, "translate", counts=(3,)),
    *_texts(_trimmed, "btrim", counts=(1, 2)),
    *_texts(lambda *given: _trimmed(*given, ends="left"), "ltrim", counts=(1, 2)),
    *_texts(lambda *given: _trimmed(*given, ends="right"), "rtrim", counts=(1, 2)),
    *_texts(
        lambda text, part, other: _replaced(text_of(text), text_of(part), text_of(other)), "replace", counts=(3,)
    ),
    *_texts(lambda text: text_of(text)[::-1], "reverse", counts=(1,)),
    *_texts(
        lambda text, count: _padded("", len(text_of(text)) * max(int(count), 0), text, before=True),
        "repeat",
        counts=(2,),
    ),
    *_texts(
        lambda text: hashlib.md5(text_of(text).encode(), usedforsecurity=False).hexdigest(), "md5", counts=(1,)
    ),
    *_texts(lambda number: chr(number), "chr", counts=(1,)),
    *_texts(_joined, "concat", counts=(-1,), strict=False),
    *_texts(_joined_by, "concat_ws", counts=(-1,), strict=False),
    *_texts(_greatest, "greatest", counts=(-1,), strict=False),
    *_texts(_least, "least", counts=(-1,), strict=False),
    *_texts(_divided, "div", counts=(3,)),
    *_texts(_rest, "mod", counts=(2, 3)),
    *_texts(_rounded, "round", counts=(1, 2)),
    *_texts(_cut, "trunc", counts=(1, 2)),
    *_texts(lambda number: math.ceil(float(number)), "ceil", "ceiling", counts=(1,)),
    *_texts(lambda number: math.floor(float(number)), "floor", counts=(1,)),
    *_texts(lambda number: (number > 0) - (number < 0), "sign", counts=(1,)),
    *_texts(lambda base, number: math.pow(base, number), "power", "pow", counts=(2,)),
    *_texts(lambda number: math.sqrt(number), "sqrt", counts=(1,)),
    *_texts(lambda number: math.exp(number), "exp", counts=(1,)),
    *_texts(lambda number: math.log(number), "ln", counts=(1,)),
    *_texts(lambda number: math.log10(number), "log", counts=(1,)),
    *_texts(lambda number: math.radians(number), "radians", counts=(1,)),
    *_texts(lambda number: math.degrees(number), "degrees", counts=(1,)),
    *_texts(lambda: math.pi, "pi", counts=(0,)),
    *_texts(random.random, "random", counts=(0,)),
    *_texts(lambda one, other: (_moment(one).date() - _moment(other).date()).days, "days", counts=(2,)),
    *_texts(lambda day, days: (_moment(day).date() + timedelta(days=days)).isoformat(), "shifted", counts=(2,)),
    *_texts(_moved, "moved", counts=(4,)),
    *_texts(_truncated, "date_trunc", counts=(2,)),
    *_texts(_part, "date_part", counts=(2,)),
    *_texts(lambda unit, value: _rounded(_part(unit, value), 6), "extract", counts=(2,)),
    *_texts(_to_char, "to_char", counts=(2,)),
    *_texts(lambda year, month, day: date(year, month, day).isoformat(), "make_date", counts=(3,)),
    *_texts(lambda: clock.now().astimezone(UTC).isoformat(), "now", counts=(0,)),
    *_texts(lambda: clock.now().astimezone(UTC).date().isoformat(), "today", counts=(0,)),
)
