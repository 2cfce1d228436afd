"""How fresh a dataset is: against the frequency that it declares itself, by the day of its data and of its files.

Cycles, latency and its levels are those of NECTEC's quality extension (ckanext-dquality `quality.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from catalog.audit import quality
from catalog.audit.formats import table
from metadata.clock import BANGKOK, ERA

Facts = Mapping[str, Any]
FIRST = date(1900, 1, 1)
PUT = ("created", "last_modified", "resource_data_release_date")
"""Days on which a resource came out, as the portal and its publisher give them."""


def dates(package: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that lateness is reckoned from, whatever the day; days are ISO texts.

    `data_date` is the day the publisher gives of the data (`last_updated_date`, also of the resources);
    `checked_date` the day a file was last put there, as the portal keeps it (NECTEC's `last_modified`, else
    `created`); where there is no file, the day the record last changed. `calendar` is the last day that was set
    for a release, `released` the first day after it on which something came out, `publishing_days` how long the
    data waited for that.
    """
    unit = str(package.get("update_frequency_unit") or "").strip()
    resources = [one for one in package.get("resources") or () if isinstance(one, Mapping)]
    said = [day(one.get("resource_last_updated_date")) for one in resources]
    kept = [day(one.get("last_modified") or one.get("created")) for one in resources]
    data = [found for found in (day(package.get("last_updated_date")), *said) if found]
    checked = [found for found in kept if found] or [
        found for found in (day(package.get("metadata_modified")),) if found
    ]
    calendar = _last(package.get("data_release_calendar"), resources, "resource_data_release_calendar")
    out = [day(one.get(name)) for one in resources for name in PUT]
    out.append(day(package.get("data_release_date")))
    released = min((found for found in out if found and calendar and found >= calendar), default=None)
    put = max((found for found in kept if found), default=None)
    interval = re.search(r"\d+", str(package.get("update_frequency_interval") or ""), re.ASCII)
    days = table()["cycle"]["days"].get(unit)
    return {
        "frequency": unit or None,
        "cycle_days": days * max(1, int(interval[0][:4]) if interval else 1) if days else None,
        "never_late": unit in table()["cycle"]["never_late"],
        "data_date": max(data).isoformat() if data else None,
        "checked_date": max(checked).isoformat() if checked else None,
        "last_year": _year(package.get("last_year_of_data")),
        "calendar": calendar.isoformat() if calendar else None,
        "released": released.isoformat() if released else None,
        "publishing_days": max(0, (put - max(data)).days) if put and data else None,
    }


def late(facts: Mapping[str, Any], on: Mapping[str, Any]) -> int | None:
    """Days late on the day of `timed`: by the publisher's own day of the data, else by that of the files."""
    return on["late_days_data" if facts["data_date"] else "late_days_checked"]  # type: ignore[no-any-return]


def timed(facts: Facts, today: date) -> dict[str, Any]:
    """What depends on the day: lateness by both days, in days, as a part of the cycle and as a level."""
    made: dict[str, Any] = quality.timed(facts, today)
    for name in ("data", "checked"):
        known = facts[f"{name}_date"]
        made[f"late_days_{name}"] = late = _late(facts, date.fromisoformat(known), today) if known else None
        made[f"up_to_date_{name}"] = None if late is None else late == 0
    best = "data" if facts["data_date"] else "checked"
    late = made[f"late_days_{best}"]
    cycle = facts["cycle_days"]
    made["up_to_date"] = made[f"up_to_date_{best}"]
    made["latency"] = late / cycle if late is not None and cycle else None
    made["latency_level"] = _level(late, cycle)
    made["due"] = _due(facts, best)
    until = date(facts["last_year"], 12, 31) if facts["last_year"] else None
    until = until or (date.fromisoformat(facts["data_date"]) if facts["data_date"] else None)
    made["age_years"] = round(max(0, (today - until).days) / 365.25, 2) if until else None
    made["behind_calendar_days"] = None
    if facts["calendar"]:
        out = date.fromisoformat(facts["released"]) if facts["released"] else today
        made["behind_calendar_days"] = max(0, (out - date.fromisoformat(facts["calendar"])).days)
    return made


def _last(own: Any, resources: list[Mapping[str, Any]], name: str) -> date | None:
    """The last of the days that a dataset and its resources give."""
    return max(filter(None, (day(own), *(day(one.get(name)) for one in resources))), default=None)


def _late(facts: Facts, since: date, today: date) -> int | None:
    """Days over the cycle; None where the frequency says nothing."""
    if facts["never_late"]:
        return 0
    if not facts["cycle_days"]:
        return None
    return max(0, (today - since).days - int(facts["cycle_days"]))


def _level(late: int | None, cycle: int | None) -> int:
    """0 on time … 4 far too old; -1 where there is nothing to go by."""
    if late is None:
        return -1
    if late == 0 or not cycle:
        return 0
    return next((level for level, part in table()["lateness"].items() if late / cycle <= part), 4)


def _due(facts: Facts, best: str) -> str | None:
    """The day by which it must be brought up to date."""
    known = facts[f"{best}_date"]
    if not known or not facts["cycle_days"]:
        return None
    return (date.fromisoformat(known) + timedelta(days=int(facts["cycle_days"]))).isoformat()


def day(value: Any) -> date | None:
    """The Thai day of a stored date or moment (UTC where no offset stands). Years B.E. are taken as such."""
    text = str(value or "").strip()
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            found = _gregorian(text)
        else:
            moment = datetime.fromisoformat(text)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            found = aware.astimezone(BANGKOK).date()
    except ValueError:
        return None
    return found if found >= FIRST else None


def _gregorian(text: str) -> date:
    year = int(text[:4])
    return date.fromisoformat(f"{year - ERA if year >= 2400 else year:04}{text[4:]}")


def _year(value: Any) -> int | None:
    found = re.fullmatch(r"\s*(\d{4})\s*", str(value or ""), re.ASCII)
    if not found:
        return None
    year = int(found[1])
    return year - ERA if year >= 2400 else year
