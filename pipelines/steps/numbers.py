"""Steps for numbers as people type them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from pipelines import thai
from pipelines.steps.declare import Undecided, value_step

_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_BARE_POINT = re.compile(r"\.\d+|\d+\.|\d{1,3}(?:,\d{3})+\.")
_SCIENTIFIC = re.compile(r"\d+(?:\.\d+)?e[+-]?\d{1,3}", re.IGNORECASE)
_ROUND_SUM = re.compile(r"\.\s*[-\u2013\u2014]$")
_MINUS = re.compile("^[-\u2010-\u2015\u2212]\\s*")


@value_step(named=True)
def number(
    text: str,
    *,
    unit: Sequence[str] = (),
    percent: Literal["undecided", "keep", "fraction"] = "undecided",
    whole: bool = False,
) -> str | Undecided:
    """Writes numbers plainly: no thousands separators, Arabic digits, a minus sign for brackets.

    `unit` lists words or signs that may stand before or after the number and are dropped (`บาท`, `฿`, `kW`).
    `percent`: `12.5%` stays undecided, becomes `12.5` (`keep`) or `0.125` (`fraction`). `500.-` is 500. No digit
    is rounded away. What could be read in two ways (`1.234,56`, `1,23`, `12 345`) is undecided. `whole` is for
    counts and whole baht: `1,200.00` becomes `1200`, and `1,200.50` is undecided.

    Example: - number: {columns: [budget], unit: บาท}
    """
    plain = re.sub(r"^\s+|\s+$", "", thai.digits(thai.spaces(text)))
    plain = _without_unit(plain, unit)
    bracketed = re.fullmatch(r"\(\s*(.+?)\s*\)", plain)
    if bracketed:
        plain = _without_unit(bracketed[1], unit)
    plain = _ROUND_SUM.sub("", plain)
    minus = bool(_MINUS.match(plain))
    plain = _without_unit(re.sub(r"^\+\s*", "", _MINUS.sub("", plain)), unit)
    part = plain.endswith("%")
    if part:
        plain = plain[:-1].rstrip()
    if (minus and bracketed) or (part and percent == "undecided"):
        return Undecided("number")
    if _PLAIN.fullmatch(plain):
        result = plain
    elif _GROUPED.fullmatch(plain):
        result = plain.replace(",", "")
    elif _BARE_POINT.fullmatch(plain):
        plain = plain.replace(",", "")
        result = "0" + plain if plain.startswith(".") else plain[:-1]
    elif _SCIENTIFIC.fullmatch(plain):
        result = format(Decimal(plain), "f")
    else:
        return Undecided("number")
    if part and percent == "fraction":
        result = format(Decimal(result).scaleb(-2), "f")
    if whole:
        result, _, fraction = result.partition(".")
        if fraction.strip("0"):
            return Undecided("number-whole")
    return "-" + result if minus or bracketed else result


def _without_unit(text: str, units: Sequence[str]) -> str:
    for unit in sorted(filter(None, units), key=len, reverse=True):
        if text.casefold().endswith(unit.casefold()):
            return text[: -len(unit)].rstrip()
        if text.casefold().startswith(unit.casefold()):
            return text[len(unit) :].lstrip()
    return text
