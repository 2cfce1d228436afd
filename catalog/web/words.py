"""What a page says and how: its language, its words, and dates, sizes and numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from metadata.clock import BANGKOK, ERA
from metadata.document import shipped
from metadata.exports.periods import BUDDHIST

if TYPE_CHECKING:
    from starlette.requests import Request

Language = Literal["th", "en"]
COOKIE = "lang"


@cache
def words() -> dict[str, Any]:
    """Key → {"th", "en"}, from the files of `locale/`; the audit's words are its own (`catalog.audit.report`)."""
    found: dict[str, Any] = {}
    for file in sorted(files("catalog").joinpath("web/locale").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml") and file.name != "audit.yaml":
            read = shipped(file.read_text(encoding="utf-8"))
            if twice := found.keys() & read.keys():
                raise ValueError(f"{file.name}: {sorted(twice)} stand in another file, too")
            found |= read
    return found


def language_of(request: Request) -> Language:
    """`?lang`, else the cookie, else Accept-Language, else Thai."""
    for given in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if given in ("th", "en"):
            return "en" if given == "en" else "th"
    return _accepted(request.headers.get("accept-language", ""))


def _accepted(header: str) -> Language:
    """The better liked of the two, by its q; Thai where neither is named."""
    liked: dict[str, float] = {}
    for name, weight in weights(header):
        liked.setdefault(name.split("-")[0], weight)
    return "en" if liked.get("en", 0) > liked.get("th", 0) else "th"


def weights(header: str) -> Iterator[tuple[str, float]]:
    """What an `Accept-…` header names, in small letters, and how much each is liked (RFC 9110 §12.4.2)."""
    for part in header.split(",")[:20]:
        name, _, weight = part.strip().partition(";")
        try:
            yield name.strip().lower(), float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue


class Speech:
    """One language's words and forms."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **facts: Any) -> str:
        """The words of a key; `count` chooses the singular where there is one."""
        if facts.get("count") == 1 and f"{key}-one" in words():
            key = f"{key}-one"
        if isinstance(facts.get("count"), int):
            facts["count"] = self.number(facts["count"])
        return str(words()[key][self.language]).format(**facts)

    def label(self, given: Any, default: str = "") -> str:
        """A label of a schema: text, or text by language."""
        if isinstance(given, Mapping):
            given = given.get(self.language) or next(iter(given.values()), "")
        return str(given or default)

    def own(self, text: str) -> str:
        """Of a text that says the same in both languages, with ` · ` between, the part in this one."""
        parts = text.split(" · ")
        mine = [part for part in parts if is_thai(part) == (self.language == "th")]
        return " · ".join(mine or parts)

    def number(self, value: int) -> str:
        """A whole number in groups of three."""
        return f"{value:,}"

    def size(self, value: int | None) -> str:
        """Bytes in a unit one can picture."""
        if value is None:
            return ""
        if value < 1000:
            return f"{value} {self('bytes')}"
        amount, units = value / 1000, ["kB", "MB", "GB", "TB"]
        while amount >= 999.5 and len(units) > 1:
            amount /= 1000
            units.pop(0)
        unit = units[0]
        return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"

    def date(self, value: str | None) -> str:
        """A date, or a moment in UTC as CKAN writes it, as a day in Thailand: 21 พฤศจิกายน พ.ศ. 2569."""
        day = day_of(value)
        if day is None:
            return str(value or "")
        month = words()["months"][self.language][day.month - 1]
        era = f"{words()['era']['th']} " if self.language == "th" else ""
        return f"{day.day} {month} {era}{day.year + (ERA if self.language == 'th' else 0)}"

    def month(self, value: str) -> str:
        """The month of a date with its year, where the day is still to be written: พฤศจิกายน 2569."""
        return self.date(value).partition(" ")[2].replace(f"{words()['era']['th']} ", "")

    def year(self, value: Any) -> str:
        """A year of data, written in either era: พ.ศ. 2567, or 2024 (B.E. 2567)."""
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) == 4):
            return str(value)
        buddhist = int(text) if int(text) > BUDDHIST else int(text) + ERA
        thai = f"{words()['era'][self.language]} {buddhist}"
        return thai if self.language == "th" else f"{buddhist - ERA} ({thai})"

    def years(self, first: Any, last: Any) -> str:
        """Years from first to last, each in either era: พ.ศ. 2565–2568, or 2022–2025 (B.E. 2565–2568)."""
        one, other = self.year(first), self.year(last)
        thai = f"{words()['era'][self.language]} "
        if first == last or thai not in one or thai not in other:
            return one if first == last else f"{one}–{other}"
        if self.language == "th":
            return f"{one}–{other.removeprefix(thai)}"
        (start, start_thai), (end, end_thai) = (text.rstrip(")").split(f" ({thai}") for text in (one, other))
        return f"{start}–{end} ({thai}{start_thai}–{end_thai})"

    def clock(self, value: str) -> str:
        """The time of a stored moment in Thailand: 20:15."""
        moment = datetime.fromisoformat(value)
        return f"{(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(BANGKOK):%H:%M}"

    def rounded(self, value: float | None) -> str:
        """A figure to one decimal, none where it is whole; a dash where it is not known."""
        return "–" if value is None else f"{value:.1f}".removesuffix(".0")

    def other_era(self, value: str | None) -> str:
        """The same year in the other era, for who hovers or listens."""
        day = day_of(value)
        if day is None:
            return ""
        return f"{day.isoformat()}" if self.language == "th" else f"{words()['era']['th']} {day.year + ERA}"


def is_thai(text: str) -> bool:
    """Whether a text has more Thai letters than Latin ones."""
    return sum("\u0e00" <= one <= "\u0e7f" for one in text) > sum(one.isascii() and one.isalpha() for one in text)


def day_of(value: str | None) -> date | None:
    """The day in Thailand of a date or of a moment (UTC where it has no offset)."""
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    if len(value or "") <= 10:
        return moment.date()
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(BANGKOK).date()
