"""How fresh a dataset is, in a word and a sentence: the facts of `catalog.audit.freshness` as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from catalog.audit import formats, freshness
from catalog.audit.described import flat
from catalog.web.words import Speech, words

State = Literal["current", "soon", "overdue", "unpromised", "settled"]
"""`unpromised`: the publisher names no frequency; `settled`: by its nature it is never late."""
LONGEST_NOTICE = 14
"""Days before a due day from which it is said to be soon, at most; of short cycles a tenth."""
MONTH, YEAR = 30.44, 365.25
"""Mean days of a month and of a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """How fresh a dataset is. Days are ISO texts; `late_days` is 0 where it is on time, None where nobody can say.

    `word` says the state, `sentence` when it was updated and when the next is due. `updated` is the day that both
    go by: `data_date`, the publisher's own day of the data, else `checked_date`, the day a file was last put here.
    """

    state: State
    word: str
    sentence: str
    updated: str | None
    data_date: str | None
    checked_date: str | None
    due: str | None
    late_days: int | None
    every: str
    """The frequency that the publisher promises, in words; empty where there is none."""


def fresh(package: Mapping[str, Any], say: Speech, today: date) -> Fresh:
    """The freshness of a package as `package_show` gives it, on a day in Thailand, in a reader's language."""
    facts = freshness.dates(flat(package))
    timed = freshness.timed(facts, today)
    updated = facts["data_date"] or facts["checked_date"]
    late, due = freshness.late(facts, timed), timed["due"]
    state = _state(facts, late, due, today)
    every = _every(str(facts["frequency"] or ""), facts["cycle_days"], say)
    said = [say("fresh-updated", ago=ago(updated, today, say)) if updated else say("fresh-unknown")]
    if state == "overdue":
        said.append(say("fresh-overdue", every=every, ago=_span(late or 0, say)))
    elif state == "soon":
        left = (date.fromisoformat(due or "") - today).days
        said.append(
            say("fresh-soon", every=every, left=_span(left, say)) if left else say("fresh-due", every=every)
        )
    elif state == "current":
        said.append(say("fresh-current", every=every))
    else:
        said.append(every or say("fresh-unpromised"))
    return Fresh(
        state=state,
        word=words()["fresh-states"][say.language][state],
        sentence=say("fresh-joined", first=said[0], second=said[1]),
        updated=updated,
        data_date=facts["data_date"],
        checked_date=facts["checked_date"],
        due=due,
        late_days=late,
        every=every,
    )


def _state(facts: Mapping[str, Any], late: int | None, due: str | None, today: date) -> State:
    if facts["never_late"]:
        return "settled"
    if late is None or due is None:
        return "unpromised"
    if late:
        return "overdue"
    left = (date.fromisoformat(due) - today).days
    return "soon" if left <= min(LONGEST_NOTICE, facts["cycle_days"] // 10) else "current"


def _every(unit: str, days: int | None, say: Speech) -> str:
    """The frequency in words: every month, every 3 months; of what is never late, why."""
    told = words()["fresh-units"][say.language].get(unit)
    if isinstance(told, list):
        number = (days or 0) // formats.table()["cycle"]["days"][unit]
        return str(told[0] if number == 1 else told[1].format(number=say.number(number)))
    return str(told or "")


def ago(day: str, today: date, say: Speech) -> str:
    """How long ago a day was: today, yesterday, 3 days ago, 4 months ago; a day to come by its date."""
    days = (today - date.fromisoformat(day)).days
    if days < 0:
        return say("fresh-on", date=say.date(day))
    if days < 2:
        return say("fresh-yesterday") if days else say("fresh-today")
    return say("fresh-ago", span=_span(days, say))


def _span(days: int, say: Speech) -> str:
    """A number of days as people say it: in days to two months, in months to two years, then in years."""
    if days < 60:
        return say("fresh-days", count=days)
    if days < 2 * YEAR:
        return say("fresh-months", count=round(days / MONTH))
    return say("fresh-years", count=int(days / YEAR))
