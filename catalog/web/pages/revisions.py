"""What changed from one edition of a dataset to the next, in words; where a figure changed, when and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool

from catalog.actions import editions
from catalog.actions.documents import load
from catalog.actions.refusals import ActionRefused
from catalog.web import caller
from catalog.web.compared import Outcome, Pair
from catalog.web.pages.page import meaning
from catalog.web.remembered import Remembered

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.actions.context import Context
    from catalog.actions.editions import Edition, Name, Replaced
    from catalog.web.words import Speech

ON_PAGE, ON_LIST = 3, 20
"""Editions told on the dataset's page, and on that of its versions."""
COMPARABLE = "CSV"
REMEMBERED = 1000
"""Datasets whose editions are kept in memory: a few kilobytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that changed. `address` leads to the rows, where there are any; `columns` are names of columns."""

    text: str
    address: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An edition in words: all that changed, and of that the figures that were published otherwise before."""

    edition: Edition
    lines: tuple[Line, ...]
    corrections: tuple[Line, ...]


class Past:
    """Editions of datasets: those that strangers see are kept in memory, since a version never changes."""

    def __init__(self) -> None:
        self._known: Remembered[object, list[Edition]] = Remembered(REMEMBERED)

    def of(self, context: Context, key: str, most: int) -> list[Edition]:
        """The newest editions that the context's actor may see. Raises ActionRefused."""
        heads = editions.heads(context, key, most + 1)
        if context.actor.name:
            return editions.listed(context, heads, most)
        # a file that was made private since is hidden in older versions, too
        present = load(context, key) or {}
        state = (tuple(heads), most, present.get("metadata_modified"), context.site.url)
        known = self._known.get(state)
        return self._known.put(state, editions.listed(context, heads, most)) if known is None else known


async def facts(
    request: Request, key: str, say: Speech, tables: Mapping[str, Any] | None = None, most: int = ON_PAGE
) -> dict[str, Any]:
    """For the block of the dataset's page: `past`, its newest editions.

    `key`: the dataset's id; `tables`: resource → `datastore_info`, where columns have names that people read.
    """
    fields = [one for table in (tables or {}).values() if table for one in table["fields"]]
    names = {str(one["id"]): meaning(one.get("info") or {}, say)[0] for one in fields}
    return {"past": await run_in_threadpool(_past, request, key, say, most, lambda name: names.get(name) or name)}


def _past(request: Request, key: str, say: Speech, most: int, named: Callable[[str], str]) -> list[Told]:
    portal = request.app.state.portal
    try:
        with portal.looking(actor=caller.actor(request), site=caller.site(request)) as context:
            found = request.app.state.past.of(context, key, most)
    except ActionRefused:
        return []
    outcomes = request.app.state.compared.find(
        _pair(one) for edition in found for one in edition.replaced if one.format == COMPARABLE
    )
    return [_told(key, one, outcomes, say, named) for one in found]


def _pair(one: Replaced) -> Pair:
    return Pair(one.resource, one.before, one.after)


def _told(
    key: str, edition: Edition, outcomes: Mapping[Pair, Outcome], say: Speech, named: Callable[[str], str]
) -> Told:
    lines = [Line(text=say("history-first"))] if edition.first else []
    lines += [Line(text=say("history-added", name=_name(name, say))) for name in edition.added]
    lines += [Line(text=say("history-removed", name=_name(name, say))) for name in edition.removed]
    corrections = []
    for one in edition.replaced:
        outcome = outcomes.get(_pair(one))
        # whoever replaces a year by the next corrects nothing; where the agency says why, it says what it is
        if outcome and outcome.values and (edition.reason or not outcome.anew):
            address, columns = _address(key, edition, one, outcome), tuple(map(named, outcome.columns))
            corrections.append(Line(text=_figures(one, outcome, say), address=address, columns=columns))
            if outcome.only_values:
                continue
        lines += _file(key, edition, one, outcome, say)
    if edition.described and not lines and not corrections:
        lines.append(Line(text=say("history-described")))
    return Told(edition=edition, lines=tuple(lines), corrections=tuple(corrections))


def _file(key: str, edition: Edition, one: Replaced, outcome: Outcome | None, say: Speech) -> Iterator[Line]:
    """What is said of a file that is another than before."""
    if one.format != COMPARABLE or (outcome and outcome.reason not in ("", "large")):
        yield Line(text=say("history-replaced", name=_name(one.name, say)))
        return
    if outcome is None:
        yield Line(text=say("history-waiting", name=_name(one.name, say)))
        return
    address = _address(key, edition, one, outcome)
    if outcome.reason:
        yield Line(text=say("history-large", name=_name(one.name, say)), address=address)
        return
    counts = {"history-rows-added": outcome.added, "history-rows-removed": outcome.removed}
    counts["history-rows-changed"] = outcome.in_rows
    said = [say(what, count=count) for what, count in counts.items() if count]
    if not said:
        yield Line(text=say("history-written", name=_name(one.name, say)))
    else:
        told = say("history-rows", name=_name(one.name, say), rows=say("history-and").join(said))
        doubt = "" if outcome.key else say("history-no-key")
        doubt = say("history-anew") if outcome.values and outcome.anew and not edition.reason else doubt
        yield Line(text=f"{told} {doubt}".strip(), address=address)
    if outcome.columns_added:
        yield Line(text=say("history-columns-added", name=_name(one.name, say)), columns=outcome.columns_added)
    if outcome.columns_removed:
        yield Line(text=say("history-columns-removed", name=_name(one.name, say)), columns=outcome.columns_removed)


def _name(name: Name, say: Speech) -> str:
    return (name[1] if say.language == "en" else "") or name[0]


def _figures(one: Replaced, outcome: Outcome, say: Speech) -> str:
    rows, values = say("history-of-rows", count=outcome.in_rows), say("history-values", count=outcome.values)
    more = say("history-at-least") if outcome.more else ""
    return say("history-corrected", name=_name(one.name, say), values=more + values, rows=rows)


def _address(key: str, edition: Edition, one: Replaced, outcome: Outcome) -> str:
    """The page of the rows that changed, by the same key; one that has a comma in it cannot be asked for."""
    asked = {"since": str(one.since)}
    if outcome.key and not any("," in name for name in outcome.key):
        asked["key"] = ",".join(outcome.key)
    return f"/dataset/{key}/version/{edition.number}/resource/{one.resource}/changes?{urlencode(asked)}"
