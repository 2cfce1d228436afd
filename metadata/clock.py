"""The one place that asks for now. Stored in UTC; every date that decides or is shown is Asia/Bangkok."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")
ERA = 543
"""Buddhist year less Gregorian year."""

_frozen: datetime | None = None


def now() -> datetime:
    """Now, in UTC with offset."""
    return _frozen or datetime.now(UTC)


def stamp(moment: datetime | None = None) -> str:
    """UTC ISO 8601 with milliseconds, as stored: `2026-11-21T20:19:45.123+00:00`."""
    return (moment or now()).astimezone(UTC).isoformat(timespec="milliseconds")


def today() -> date:
    """Today's date in Thailand, whatever the machine's zone."""
    return now().astimezone(BANGKOK).date()


def fiscal_year(day: date | None = None) -> int:
    """The Thai fiscal year (พ.ศ.) of a day: October to September, named by the year in which it ends."""
    day = day or today()
    return day.year + ERA + (day.month >= 10)


def day(stored: str, language: str) -> str:
    """The Thai date of a stored moment, to be read: `22/11/2569` in Thai, `2026-11-22` in English.

    A day that a person typed is that day whatever the machine's zone; what is no date stays as it is written.
    """
    try:
        moment = datetime.fromisoformat(stored)
    except ValueError:
        return stored
    when = (moment.astimezone(BANGKOK) if moment.tzinfo else moment).date()
    return f"{when.day}/{when.month}/{when.year + ERA}" if language == "th" else when.isoformat()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stops the clock at a moment (with offset), for tests and for `--as-of`."""
    global _frozen
    if moment.tzinfo is None:
        raise ValueError("a frozen moment needs an offset")
    before, _frozen = _frozen, moment
    try:
        yield
    finally:
        _frozen = before
