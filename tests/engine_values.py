"""Columns for the engine's fuzzer: numbers and dates under every format and constraint, and nasty cells."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


WORDS = (
    *("กองทุน", "จังหวัด", "น้ำ", "ที่ดิน", "ชุมชน บ้านมั่นคง", "เชียงใหม่", "กรุงเทพมหานคร", "ก", "ๆ", "๒๕๖๗"),
    *("welfare", "Housing", "a", "naïve", "ÀÉ", "ﬁ", "İstanbul", "straße", "日本", "x y", "e\u0301", "👍🏽"),
    *("o'clock", "C:\\x"),
)


NASTY: tuple[str, ...] = (
    *chain.from_iterable(json.loads((Path(__file__).parent / "engine_cells.json").read_text("utf-8"))),
    *("9" * 40, "1" * 4400, "x" * 300, "ก" * 50),
)
"""Cells that some reader takes otherwise than a faster one would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field's descriptor, and a source of cells that mostly fit it."""

    field: dict[str, Any]
    good: Callable[[random.Random], str]
    near: tuple[str, ...] = field(default=())


def chance(dice: random.Random, share: float) -> bool:
    """True in `share` of the throws."""
    return dice.random() < share


def cell(dice: random.Random, made: Column, nasty: float) -> str:
    """A cell: of `nasty` throws one that may not fit."""
    if not chance(dice, nasty):
        return made.good(dice)
    if made.near and chance(dice, 0.5):
        return dice.choice(made.near)
    text = dice.choice(NASTY)
    if chance(dice, 0.2):
        good = made.good(dice)
        text = dice.choice(
            [
                good + " ",
                " " + good,
                good + "\n",
                good.translate(THAI),
                good.translate(FULL_WIDTH),
                good.upper(),
                good + text,
            ]
        )
    return text


def bounded(
    dice: random.Random, described: dict[str, Any], low: Any, high: Any, forms: Sequence[Callable[[Any], Any]]
) -> None:
    constraints = described.setdefault("constraints", {})
    for name, bound in (("minimum", low), ("maximum", high)):
        if chance(dice, 0.45):
            constraints[name] = dice.choice(forms)(bound)
        elif low != high and chance(dice, 0.12):
            constraints[f"exclusive{name.capitalize()}"] = dice.choice(forms)(bound)


def enumerated(
    dice: random.Random, described: dict[str, Any], good: Callable[[random.Random], str]
) -> Callable[[random.Random], str]:
    """Sometimes an enum of a few good values, from which cells are then drawn."""
    if not chance(dice, 0.2):
        return good
    values = [good(dice) for _ in range(dice.randint(1, 12))]
    described.setdefault("constraints", {})["enum"] = list(values)
    return lambda dice: dice.choice(values)


def integers(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "integer"}
    low = dice.choice([0, 1, -5, -100, 2400, 9007199254740993, -(2**63), 2**63 - 10, 10**30, 0, 1, -3])
    high = low + dice.choice([0, 3, 10, 1000, 10**6, 10**12])
    bare = chance(dice, 0.85)
    if not bare:
        described["bareNumber"] = False
    elif chance(dice, 0.1):
        described["bareNumber"] = True

    def good(dice: random.Random) -> str:
        value = dice.choice([low, high]) if chance(dice, 0.08) else dice.randint(low, high)
        if not bare and chance(dice, 0.5):
            return dice.choice(["฿{}", "{}%", "{} บาท", "approx {}", "${} "]).format(value)
        if chance(dice, 0.04):
            return dice.choice(
                [
                    f"{value:+d}",
                    f"{value:_d}",
                    f" {value}",
                    f"{value} ",
                    f"{value:012d}",
                    str(value).translate(THAI),
                ]
            )
        return str(value)

    good = enumerated(dice, described, good)
    bounded(dice, described, low, high, (int, int, str, lambda value: f" {value} ", float))
    near = (
        str(low - 1),
        str(high + 1),
        str(low),
        str(high),
        f"{low}.0",
        f"{high}.00",
        f"{low}e0",
        f"0{high}",
        f"-{low}",
    )
    return Column(field=described, good=good, near=near)


def numbers(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "number"}
    low = dice.choice([0, 0.1, -1.5, 1e-9, 1e15, 9007199254740992, 1e22, -100.25, 0, 1])
    high = low + dice.choice([0, 0.2, 1, 1000, 1e6])
    digits = dice.choice([0, 1, 2, 4, 17] if high - low > 10 else [4, 4, 10, 17])
    group, point = "", "."
    if chance(dice, 0.25):
        group, point = dice.choice(
            [(",", "."), (".", ","), (" ", ","), ("", ","), ("'", "."), ("_", "."), ("", "."), ("#", "@")]
        )
        described["groupChar"] = group
        if point != "." or chance(dice, 0.3):
            described["decimalChar"] = point
    bare = chance(dice, 0.85)
    if not bare:
        described["bareNumber"] = False
    if chance(dice, 0.2):
        described["floatNumber"] = dice.choice([True, True, False])

    def good(dice: random.Random) -> str:
        value = dice.choice([low, high]) if chance(dice, 0.08) else dice.uniform(low, high)
        if chance(dice, 0.06):
            return dice.choice(
                [f"{value:e}", f"{value:+.3f}", repr(value), f" {value:.2f} ", f"{value:.2f}".translate(THAI)]
            )
        text = f"{value:,.{digits}f}" if group else f"{value:.{digits}f}"
        text = text.replace(",", "\0").replace(".", point).replace("\0", group)
        if not bare and chance(dice, 0.5):
            text = dice.choice(["฿{}", "{}%", "{} บาท", "€{}"]).format(text)
        return text

    good = enumerated(dice, described, good)
    bounded(
        dice, described, low, high, (float, str, repr, lambda value: f"{value:.30f}", lambda value: f" {value}")
    )
    near = (
        *(
            repr(low),
            repr(high),
            f"{low:.30f}",
            f"{high:.30f}",
            f"{low:.20f}1",
            f"{high:.20f}1",
            f"{high}0000000000000000001",
        ),
        *(
            f"{low - 1e-17:.25f}",
            f"{low:e}",
            f"{high:E}",
            str(low - 1),
            str(high + 1),
            f"{low},5",
            "-NaN",
            "1..2",
            "1,,2",
            "1.2,3",
        ),
    )
    return Column(field=described, good=good, near=near)


def booleans(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "boolean"}
    values = ["true", "True", "TRUE", "1", "false", "False", "FALSE", "0"]
    if chance(dice, 0.5):
        described["trueValues"] = dice.choice([["ใช่", "y"], ["T"], ["1", "yes "], [], ["0"], ["x,y"]])
        values = [*described["trueValues"], "false", "0"]
        if chance(dice, 0.7):
            described["falseValues"] = dice.choice([["ไม่ใช่", "n"], ["F"], ["0", ""], [], ["1"]])
            values = [*described["trueValues"], *described["falseValues"]] or ["1"]
    if chance(dice, 0.1):
        described.setdefault("constraints", {})["enum"] = dice.choice(
            [[True], [values[0]], [values[-1], True], [1]]
        )
    return Column(
        field=described, good=lambda dice: dice.choice(values), near=("2", "t", "ใช่ ", "TRUE ", "ไม่ใช่", "F")
    )


DATE_FORMATS = (
    "%d/%m/%Y",
    "%Y%m%d",
    "%d %b %Y",
    "%d-%m-%y",
    "%Y-%j",
    "%Y/%m/%d",
    "%B %d, %Y",
    "%Y-%m-%d %H:%M",
    "%d.%m.%Y%%",
    "%x",
)


def dates(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "date"}
    pattern = "%Y-%m-%d"
    form = dice.random()
    if form < 0.12:
        described["format"] = "any"
    elif form < 0.4:
        pattern = described["format"] = dice.choice(DATE_FORMATS)
        if chance(dice, 0.1):
            described["format"] = "fmt:" + pattern
    elif form < 0.5:
        described["format"] = dice.choice(["default", "%Y-%m-%d", "%Y-%m-%d"])
    low = date(dice.choice([1000, 1900, 2000, 2020, 2024, 2567]), 1, 1) + timedelta(days=dice.randint(0, 400))
    high = low + timedelta(days=dice.choice([0, 1, 30, 1000, 20000]))

    def good(dice: random.Random) -> str:
        value = (
            dice.choice([low, high])
            if chance(dice, 0.08)
            else low + timedelta(days=dice.randint(0, (high - low).days))
        )
        return value.strftime(pattern)

    made = enumerated(dice, described, good)
    bounded(
        dice,
        described,
        low,
        high,
        (*(lambda value: value.strftime(pattern),) * 20, str),
    )
    near = tuple((bound + timedelta(days=step)).strftime(pattern) for bound in (low, high) for step in (-1, 0, 1))
    near += (f"{low.year}-{low.month}-{low.day}", f"{low.year}-02-30", f"{low}T00:00:00", f"{low}\n")
    return Column(field=described, good=made, near=near)


def datetimes(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "datetime"}
    pattern = dice.choice(
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+07:00"]
    )
    form = dice.random()
    if form < 0.12:
        described["format"] = "any"
    elif form < 0.4:
        pattern = described["format"] = dice.choice(
            [
                "%d/%m/%Y %H:%M",
                "%Y-%m-%dT%H:%M:%S",
                "%Y-%m-%dT%H:%M:%S.%f",
                "%Y-%m-%d %I:%M %p",
                "%Y%m%d%H%M%S",
                "%Y-%m-%dT%H:%M:%SZ",
            ]
        )
    low = datetime(dice.choice([1999, 2020, 2024]), 2, 28, 23, 59, dice.randint(0, 59))  # noqa: DTZ001
    high = low + timedelta(seconds=dice.choice([0, 1, 3600, 10**8]))

    def good(dice: random.Random) -> str:
        seconds = int((high - low).total_seconds())
        value = (
            dice.choice([low, high]) if chance(dice, 0.08) else low + timedelta(seconds=dice.randint(0, seconds))
        )
        return value.strftime(pattern)

    made = enumerated(dice, described, good)
    mixed = lambda value: value.strftime("%Y-%m-%dT%H:%M:%SZ") if chance(dice, 0.02) else value.strftime(pattern)  # noqa: E731
    bounded(dice, described, low, high, (mixed,))
    other = "%Y-%m-%dT%H:%M:%S" if pattern.endswith(("Z", "0")) else "%Y-%m-%dT%H:%M:%S+00:00"
    near = tuple(
        (bound + timedelta(seconds=step)).strftime(pattern) for bound in (low, high) for step in (-1, 0, 1)
    )
    if chance(dice, 0.1):  # against a bound of the other sort frictionless raises
        near += (low.strftime(other),)
    return Column(field=described, good=made, near=(*near, low.isoformat() + ".5", low.isoformat()[:16]))


def times(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "time"}
    pattern = dice.choice(["%H:%M:%S", "%H:%M:%S", "%H:%M:%SZ", "%H:%M:%S+07:00"])
    form = dice.random()
    if form < 0.12:
        described["format"] = "any"
    elif form < 0.35:
        pattern = described["format"] = dice.choice(["%H.%M", "%I:%M %p", "%H:%M:%S", "%H%M%S"])
    low, high = sorted((dice.randint(0, 86399), dice.randint(0, 86399)))
    clock = lambda second: time(second // 3600, second // 60 % 60, second % 60).strftime(pattern)  # noqa: E731
    made = enumerated(
        dice,
        described,
        lambda dice: clock(dice.choice([low, high]) if chance(dice, 0.1) else dice.randint(low, high)),
    )
    bounded(dice, described, low, high, (clock,))
    near = (clock(max(low - 1, 0)), clock(min(high + 1, 86399)), clock(low), clock(high))
    if chance(dice, 0.1):
        near += ("10:00:00Z", "10:00:00")
    return Column(field=described, good=made, near=near)


def years(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "year"}
    low = dice.choice([0, 999, 1990, 2500, 9990])
    high = min(low + dice.choice([0, 9, 80]), 9999)
    made = enumerated(dice, described, lambda dice: f"{dice.randint(low, high):04d}")
    bounded(dice, described, low, high, (int, int, int, lambda value: f"{value:04d}"))
    near = (
        f"{max(low - 1, 0):04d}",
        f"{high + 1:04d}",
        f"{low:04d}",
        str(low),
        f"{high:04d}".translate(THAI),
        f"+{low}",
    )
    return Column(field=described, good=made, near=near)


def yearmonths(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "yearmonth"}
    low = dice.choice([1990, 2500])
    made = enumerated(dice, described, lambda dice: f"{dice.randint(low + 1, low + 17)}-{dice.randint(1, 12):02d}")
    bounded(dice, described, (low, 3), (low + 18, 7), (lambda value: f"{value[0]}-{value[1]:02d}", list))
    return Column(
        field=described, good=made, near=(f"{low}-02", f"{low}-03", f"{low}-3", f"{low + 18}-07", f"{low + 18}-08")
    )


def keys(dice: random.Random) -> Column:
    """Numbers of which few repeat: for keys."""
    kind = dice.choice(["integer", "string", "number"])
    most = dice.choice([30, 1000, 10**9, 10**9, 10**9])
    form = dice.choice(["{}", "{}", "{:05d}", "K{}"]) if kind == "string" else "{}"
    return Column(
        field={"type": kind},
        good=lambda dice: form.format(dice.randint(0, most)),
        near=("1", "01", "1.0", "+1", "๑", " 1", "1e0", "-0", "0", "NaN"),
    )


ORDERED = ("integer", "number", "date", "datetime", "time", "year", "yearmonth")
