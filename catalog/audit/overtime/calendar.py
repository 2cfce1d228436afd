"""What is due when, as a calendar file (RFC 5545) that every calendar program takes.

Its events last all day and have ids that stay: imported again, the calendar moves them instead of doubling them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from catalog.audit.audited import Audited
from catalog.audit.overtime.promises import Standing
from metadata import __version__
from metadata.dataset import Dataset
from metadata.fiscal import last_day, periods
from metadata.wording import Language, number, phrase, word

LANGUAGES: tuple[Language, ...] = ("th", "en")
OCTETS = 75
"""Of a line, at most, its end not counted (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something due on a day. `key` names it for good; the phrases `due-<kind>` and `due-<kind>-more` say it."""

    kind: str
    key: str
    day: date
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)


def dues(
    year: int,
    datasets: Iterable[Audited] = (),
    standings: Iterable[Standing] = (),
    desk: Iterable[Dataset] = (),
) -> tuple[Due, ...]:
    """What is due, by day: datasets to bring up to date, promises, rounds of the year, decisions that expire."""
    found = [*_datasets(datasets), *_promises(standings), *_rounds(year), *_decisions(desk)]
    return tuple(sorted(found, key=lambda one: (one.day, one.kind, one.key)))


def _datasets(datasets: Iterable[Audited]) -> Iterator[Due]:
    for one in datasets:
        values = {"name": one.name, "title": one.facts["title"]}
        if one.facts.get("due"):
            yield Due(kind="update", key=one.name, day=date.fromisoformat(one.facts["due"]), values=values)
        if one.facts.get("calendar"):
            yield Due(kind="release", key=one.name, day=date.fromisoformat(one.facts["calendar"]), values=values)


def _promises(standings: Iterable[Standing]) -> Iterator[Due]:
    for one in standings:
        for told in one.told:
            if told.due is not None:
                values = {
                    "title": dict(one.promise.title),
                    "unit": dict(one.promise.unit),
                    "due": number(told.due),
                }
                key = f"{one.promise.indicator}/{one.year}/{told.period.months}"
                yield Due(kind="promise", key=key, day=told.period.last, values=values)


def _rounds(year: int) -> Iterator[Due]:
    for period in periods(year, "round"):
        values = {"months": period.months, "year": year}
        yield Due(kind="round", key=f"{year}/{period.months}", day=period.last, values=values)
    yield Due(kind="year", key=str(year), day=last_day(year), values={"year": year})


def _decisions(desk: Iterable[Dataset]) -> Iterator[Due]:
    for dataset in desk:
        for at, one in enumerate(dataset.decisions):
            day = _day(one.rest.get("expires"))
            if day:
                kind = {lang: word(one.kind, lang) for lang in LANGUAGES}
                values = {"name": dataset.name, "decision": kind, "by": one.by}
                yield Due(kind="decision", key=f"{dataset.name}/{one.at}/{at}", day=day, values=values)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def ics(found: Iterable[Due], *, agency: str, title: str, at: datetime, lang: Language) -> bytes:
    """The calendar file. `agency`: its name, part of each event's id; `title`: the calendar's; `at`: when made."""
    stamp = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//saphan//{__version__}//{lang.upper()}"]
    lines += ["CALSCALE:GREGORIAN", f"X-WR-CALNAME:{_text(title)}"]
    for one in found:
        said = {"kind": one.kind, **one.values}
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid(agency, one)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(phrase(f'due-{one.kind}', lang, said))}",
            f"DESCRIPTION:{_text(phrase(f'due-{one.kind}-more', lang, said))}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{part}\r\n" for line in (*lines, "END:VCALENDAR") for part in folded(line)).encode()


def uid(agency: str, one: Due) -> str:
    """The id of an event: the same whenever it is written, whatever its day has become."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"saphan:{agency}/due/{one.kind}/{one.key}"))


def _text(value: str) -> str:
    """A text as a calendar's property (RFC 5545, 3.3.11); other control characters may not stand there."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(one for one in escaped.replace("\r\n", "\n").replace("\n", "\\n") if one.isprintable())


def folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets: each but the first begins with a space, and no letter is split."""
    part, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > OCTETS:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + octets
    yield part
