"""Steps that keep persons from being told by what is published: less of a value, or another in its place.

What such a step cannot read may not go out as it stands: the cell is emptied, and a finding says so. A column
that need not be published at all is left out by `drop-columns` or `select`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal

from metadata import areas, keyed
from metadata.clock import ERA
from pipelines import thai, thai_dates
from pipelines.steps.dates import Era
from pipelines.steps.declare import Day, Least, Undecided, value_step
from pipelines.steps.numbers import number

FORMULA = "=+-@"
"""With one of these in front, a masked text would be a formula to a spreadsheet."""
SEPARATORS = re.compile(r"[\s\-\u2010-\u2015]")
LETTER = re.compile("(.)[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e\u0300-\u036f]*", re.DOTALL)
"""A letter with the marks above and below it."""
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""A pseudonym of hex digits may look like a number: 16 digits to whom looks for cards, 12e45678 to Excel."""
EMPTIED = Undecided("emptied", "")
OLDEST = 130
"""Years; a greater number is no age."""


def _column(counts: Mapping[str, int], **_parameters: Any) -> thai_dates.Column:
    return thai_dates.survey(counts)


@value_step(named=True)
def mask(
    text: str,
    *,
    keep_first: Annotated[int, Least(0)] = 0,
    keep_last: Annotated[int, Least(0)] = 0,
    by: Literal["x", "X", "*", "#"] = "x",
) -> str:
    """Hides the letters and digits of a text but the first or last few: `081-234-5678` becomes `xxx-xxx-5678`.

    Spaces and punctuation stay, but for a sign in front that begins a formula (`+66`). A text of which no more
    would be hidden than shown is hidden whole. How long a text is can still be seen, and the same text looks the
    same: names are better dropped, numbers by which rows are to be matched better replaced by `keyed-hash`.

    Example: - mask: {columns: [phone], keep_last: 4}
    """
    letters = [found for found in LETTER.finditer(text) if found[1].isalnum()]
    last = len(letters) - keep_last
    if 2 * (keep_first + keep_last) >= len(letters):
        keep_first, last = 0, len(letters)
    hidden = {found.start(): found.end() for found in letters[keep_first:last]}
    if letters and text[0] in FORMULA:
        hidden[0] = 1
    parts, at = [], 0
    while at < len(text):
        end = hidden.get(at)
        parts.append(by if end else text[at])
        at = end or at + 1
    return "".join(parts)


@value_step(named=True)
def keyed_hash(text: str, *, purpose: str, length: Literal[16, 32, 64] = 16) -> str:
    """Replaces a value by a pseudonym: HMAC-SHA256 under the agency's key (the environment variable `SAPHAN_KEY`).

    The same value has the same pseudonym in every file with the same key and `purpose`, so that rows can be
    matched; under another purpose it has another. Thai digits are taken as Arabic ones, and of a number of
    nine digits or more spaces and dashes do not count. The key is stored nowhere, and without it nobody can try
    values. Pseudonyms are still personal data where the other columns tell who it is. `length` is in letters, of
    which each holds 4 bits.

    Example: - keyed-hash: {columns: [member_id], purpose: members}
    """
    plain = " ".join(thai.digits(thai.spaces(text)).split())
    bare = SEPARATORS.sub("", plain)
    if bare.isascii() and bare.isdigit() and len(bare) >= 9:
        plain = bare
    return keyed.digest(plain, f"keyed-hash:{purpose}")[:length].translate(LETTERS)


@value_step(survey=_column, named=True)
def age_bands(
    text: str,
    *,
    on: Day | None = None,
    width: Annotated[int, Least(2)] = 10,
    top: Annotated[int, Least(2)] = 80,
    starts: Sequence[int] = (),
    labels: Literal["thai", "english", "code"] = "thai",
    era: Era = "auto",
    survey: thai_dates.Column | None = None,
) -> str | Undecided:
    """Makes bands of ages or birth dates: `34`, or `12 พ.ค. 2530` on 2022-01-01, becomes `30–39 ปี`.

    Bands are `width` years wide, the last one open from `top`; or they begin where `starts` says
    (`[0, 15, 60]`). Birth dates need `on`, the day on which the age is told: the same data always give the same
    bands. `labels`: `30–39 ปี`, `30 to 39`, or SDMX's `Y30T39`.

    Example: - age-bands: {columns: [birth_date], on: "2026-09-30", width: 5}
    """
    lows = tuple(sorted(set(starts))) or (*range(0, top, width), top)
    if text in _bands(lows, labels).values():
        return text
    age = _age(text, on, era, survey)
    if isinstance(age, Undecided):
        return age
    reached = [low for low in lows if low <= age]
    return _bands(lows, labels)[reached[-1]] if reached else EMPTIED


def _age(text: str, on: str | None, era: Era, survey: thai_dates.Column | None) -> int | Undecided:
    told = _told_age().fullmatch(" ".join(thai.digits(text).casefold().split()))
    if told:
        return int(told[1]) if int(told[1]) <= OLDEST else EMPTIED
    one = thai_dates.written(text)
    if one is None or one.day is None:
        return EMPTIED
    if on is None:
        return Undecided("age-day", "")
    try:
        born = thai_dates.day(one, era, survey, month_first=False)
    except thai_dates.Undecidable:
        return EMPTIED
    day = date.fromisoformat(on)
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return age if 0 <= age <= OLDEST else EMPTIED


@cache
def _told_age() -> re.Pattern[str]:
    units = "|".join(re.escape(row["text"]) for row in thai.rows("bands.csv") if row["kind"] == "unit")
    return re.compile(rf"(\d{{1,3}})(?:\.\d+)?\s*(?:{units})?")


@cache
def _bands(lows: tuple[int, ...], labels: str) -> dict[int, str]:
    """Where each band begins, and what it is called."""
    form = {row["kind"]: row["text"] for row in thai.rows("bands.csv") if row["labels"] == labels}
    named = {low: form["between"].format(low=low, high=above - 1) for low, above in pairwise(lows)}
    return named | {lows[-1]: form["from"].format(low=lows[-1])}


@value_step(survey=_column, named=True)
def date_to(
    text: str,
    *,
    to: Literal["year", "quarter", "month"],
    era: Era = "auto",
    survey: thai_dates.Column | None = None,
) -> str | Undecided:
    """Keeps of a date only its year, quarter or month: `12 พ.ค. 2567` becomes `2567`, `2567-Q2` or `2567-05`.

    The year stays in the era it is written in. Quarters are those of the calendar year. A text that tells less
    than is asked for keeps what it tells.

    Example: - date-to: {columns: [admitted], to: month}
    """
    quarter = re.fullmatch(r"(\d{4})-Q[1-4]", text)
    if quarter and to != "month":
        return quarter[1] if to == "year" else text
    one = thai_dates.written(text)
    if one is None:
        return EMPTIED
    try:
        year = thai_dates.gregorian(one, era, survey)
        if one.day is not None:
            day = thai_dates.day(one, era, survey, month_first=False)
            year, month = day.year, day.month
        else:
            month = one.month or 0
    except thai_dates.Undecidable:
        return EMPTIED
    if month > 12:
        return EMPTIED
    told = one.era or (era if era != "auto" and not one.iso else survey.era if survey else None)
    written = one.year if not one.short else year + ERA if told == "buddhist" else year
    if to == "year":
        return f"{written}"
    if not month:
        return Undecided("coarser", f"{written}")
    return f"{written}-{month:02}" if to == "month" else f"{written}-Q{(month + 2) // 3}"


@value_step(named=True)
def generalise_area(
    text: str,
    *,
    to: Literal["district", "province"],
    level: Literal["any", "subdistrict", "district"] = "any",
    within: str = "",
    give: Literal["name", "english", "code"] = "name",
) -> str | Undecided:
    """Writes the district or province in which a place lies: `400101` or `ต.ในเมือง อ.เมืองขอนแก่น` becomes ขอนแก่น.

    Takes codes of the Department of Provincial Administration (2, 4 or 6 digits) and names, Thai or English;
    `level` says what a bare name is the name of, `within` the code in which all places lie (`"40"`). A name that
    places in several provinces share, and nothing tells which, cannot be read.

    Example: - generalise-area: {columns: [subdistrict_code], to: province}
    """
    found = _areas(text, level, within)
    digits = areas.LEVELS[to]
    wide = {one.code[:digits]: one for one in found}
    named = {code: areas.area(code) or one for code, one in wide.items()}
    written = {_written(one, give) for one in named.values()}
    if len(written) != 1:
        return EMPTIED
    told = written.pop()
    coarser = any(len(code) < digits for code in named)
    return Undecided("coarser", told) if coarser else told


def _written(one: areas.Area, give: str) -> str:
    return {"name": one.name, "english": one.name_en, "code": one.code}[give]


def _areas(text: str, level: str, within: str) -> tuple[areas.Area, ...]:
    """The areas that a text may mean: where it names several levels, the narrowest that lies in the others."""
    text = " ".join(thai.digits(thai.repair(text)).split())
    only = areas.LEVELS.keys() & {level}
    parts = _levels().findall(text)
    if len(parts) < 2:
        return areas.find(text, next(iter(only), None), within)
    found: tuple[areas.Area, ...] = ()
    for kind in areas.LEVELS:
        names = [part[1].strip(" ,") for part in parts if _level_of(part[0]) == kind]
        if not names:
            continue
        inside = {one.code for one in found}
        found = tuple(
            one
            for one in areas.find(names[0], kind, within)
            if not inside or any(one.code.startswith(code) for code in inside)
        )
        if not found:
            return ()
    return found


@cache
def _words() -> dict[str, areas.Level]:
    """The words before a name → the level they tell."""
    return {word: level for level in areas.LEVELS for word in areas.words(level, "before")}


def _level_of(word: str) -> areas.Level:
    return _words()[word]


@cache
def _levels() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(_words(), key=len, reverse=True))
    return re.compile(rf"(?:(?<=\s)|^|(?<=[\u0e01-\u0e4e]))({words})\s*(.+?)(?=\s*(?:{words})|$)")


@value_step(named=True)
def round_to(text: str, *, nearest: Annotated[float, Least(1e-9)]) -> str | Undecided:
    """Rounds numbers to the nearest multiple: `23,518` to 1000 becomes `24000`; half-way to the even one.

    Coordinates lose the house with `nearest: 0.01`, which is about a kilometre.

    Example: - round-to: {columns: [income], nearest: 1000}
    """
    plain = number(text)
    if isinstance(plain, Undecided):
        return EMPTIED
    step = Decimal(str(nearest)).normalize()
    value = (Decimal(plain) / step).to_integral_value(ROUND_HALF_EVEN) * step
    places = max(0, -int(step.as_tuple().exponent))
    return format(value if value else abs(value), f".{places}f")


@value_step(named=True)
def top_code(
    text: str, *, most: float, least: float | None = None, most_as: str = "", least_as: str = ""
) -> str | Undecided:
    """Cuts off what is far from the rest: an income of `2,400,000` becomes `100000` with `most: 100000`.

    Values from `most` on, and those from `least` down, become that limit, or the words of `most_as` and
    `least_as` (`"90+"`). The others stay as they are written.

    Example: - top-code: {columns: [age], most: 90, most_as: "90+"}
    """
    if text in {most_as, least_as} - {""}:
        return text
    plain = number(text)
    if isinstance(plain, Undecided):
        return EMPTIED
    if Decimal(plain) >= Decimal(str(most)):
        return most_as or format(Decimal(str(most)).normalize(), "f")
    if least is not None and Decimal(plain) <= Decimal(str(least)):
        return least_as or format(Decimal(str(least)).normalize(), "f")
    return text
