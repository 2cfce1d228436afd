"""The answers to the overview's questions: a number, a picture or a table, or in words why there is none."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import SQLAlchemyError

from catalog.picture import periods
from catalog.picture.choice import Choice, left_out
from catalog.picture.columns import NUMBERS
from catalog.picture.figures import figures
from catalog.picture.picture import Picture
from catalog.picture.picture import shown as drawn
from catalog.picture.told import inner
from catalog.places.told import together
from catalog.store.grouped import LONGEST, Group, grouped
from catalog.store.narrowed import narrowed
from catalog.web.pages import numbers, tables
from catalog.web.pages.freshness import fresh
from catalog.web.pages.page import named
from metadata import clock
from metadata.errors import SaphanError

if TYPE_CHECKING:
    from catalog.actions.context import Context
    from catalog.picture.columns import Column
    from catalog.picture.periods import Period
    from catalog.store.datastore import Reading
    from catalog.web.pages.picture import Pictures
    from catalog.web.words import Language, Speech
    from metadata.panel import Panel

AUTOMATIC = 6
"""Pictures of an overview that nobody chose."""
LOOKED = 24
"""Datasets that are looked through for them."""
MOST_TIMES = 100_000
"""Of a tile: a hundred years of days, and more than twice that."""
log = logging.getLogger(__name__)


class UnansweredError(Exception):
    """Why a panel shows nothing: a word of `locale/overview.yaml`, and its facts."""

    def __init__(self, word: str, **facts: Any) -> None:
        super().__init__(word)
        self.word, self.facts = word, facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a panel shows: a number with what it is of, or a picture (of a table only its numbers)."""

    value: float | None = None
    shown: str = ""
    unit: str = ""
    at: str = ""
    change: numbers.Changed | None = None
    before: str = ""
    picture: Picture | None = None


def panel(ctx: Context, answers: tables.Answers, asked: Panel, say: Speech, number: int) -> dict[str, Any]:
    """A panel as the page shows it, for who asks."""
    title = (asked.title_en if say.language == "en" else "") or asked.title
    made: dict[str, Any] = {"title": title, "show": asked.show, "problem": "", "answer": None, "source": None}
    try:
        package, resource = _found(ctx, asked)
        made["source"] = source(package, resource, say)
        columns = answers.columns(ctx, resource["id"])
        made["answer"] = answers.of(
            ctx,
            resource["id"],
            ("panel", asked, say.language, number),
            lambda reading: _answer(reading, columns, asked, say, f"panel{number}"),
        )
    except UnansweredError as none:
        made["problem"] = say(none.word, **none.facts)
    except (SaphanError, SQLAlchemyError, KeyError):
        log.warning("a panel of the overview could not be answered")
        made["problem"] = say("overview-failed")
    return made


def automatic(
    ctx: Context, pictures: Pictures, packages: Sequence[Mapping[str, Any]], say: Speech
) -> list[dict[str, Any]]:
    """The first pictures of datasets, one of each."""
    made: list[dict[str, Any]] = []
    for package in packages:
        for resource in package["resources"] if len(made) < AUTOMATIC else ():
            try:
                found = pictures.found(ctx, resource, "", say) if resource["datastore_active"] else None
            except (SaphanError, SQLAlchemyError, KeyError):
                log.warning("a table could not be shown on the overview")
                continue
            if found:
                picture = drawn(found.figures, say, f"panel{len(made)}")
                told = {
                    "title": picture.title,
                    "show": picture.kind,
                    "problem": "",
                    "answer": Answer(picture=picture),
                }
                made.append({**told, "source": source(package, resource, say)})
                break
    return made


def source(package: Mapping[str, Any], resource: Mapping[str, Any], say: Speech) -> dict[str, Any]:
    """Where a panel's figures are from, and of when."""
    state = fresh(package, say, clock.today())
    return {
        "title": named(package, "title", say) or package["name"],
        "href": f"/dataset/{package['name']}",
        "resource": resource["id"],
        "updated": state.updated,
    }


def _found(ctx: Context, asked: Panel) -> tuple[dict[str, Any], dict[str, Any]]:
    """The dataset and the file that a panel names. Raises UnansweredError."""
    package = tables.package(ctx, asked.dataset)
    if package is None:
        raise UnansweredError("overview-no-dataset", dataset=asked.dataset)
    given = [one for one in package["resources"] if not asked.resource or asked.resource in _names(one)]
    if not given:
        raise UnansweredError("overview-no-resource", dataset=asked.dataset, resource=asked.resource)
    resource = next((one for one in given if one["datastore_active"] and tables.has_table(ctx, one)), None)
    if resource is None:
        raise UnansweredError("overview-no-table", dataset=asked.dataset)
    return package, resource


def _names(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """What a file may be called: its id, its title, its file's name without what stands after the dot."""
    file = unquote(urlsplit(str(resource.get("url") or "")).path.rpartition("/")[2])
    return (resource["id"], str(resource.get("name") or ""), file.partition(".")[0])


def _answer(reading: Reading, columns: Sequence[Column], asked: Panel, say: Speech, name: str) -> Answer:
    by_name = {one.name: one for one in columns}
    wanted = [one for one in (asked.measure, asked.by, asked.latest, *(one for one, _cells in asked.where)) if one]
    missing = [one for one in dict.fromkeys(wanted) if one not in by_name]
    if missing:
        raise UnansweredError("overview-no-column", columns=", ".join(missing))
    measure = _unit(by_name[asked.measure], asked) if asked.measure and asked.figure != "count" else None
    if measure and measure.field.kind not in NUMBERS:
        raise UnansweredError("overview-no-number", column=asked.measure)
    for column, cells in asked.where:
        reading = narrowed(reading, [column], [(cell,) for cell in cells])
    chosen = {column for column, _cells in asked.where}
    without = tuple(pair for pair in left_out(columns) if pair[0] not in chosen)
    latest = by_name.get(asked.latest)
    if asked.show == "tile":
        return _tile(reading, asked, measure, latest, without, say)
    kind = "bar" if asked.show == "table" else asked.show
    choice = Choice(
        kind=kind,
        group=by_name[asked.by],
        measures=(measure,) if measure else (),
        how=asked.figure,
        at=latest,
        without=without,
        title=(asked.title_en if say.language == "en" else "") or asked.title,
    )
    made = figures(reading, choice)
    if made is None:
        raise UnansweredError(f"overview-nothing-{asked.show}", column=asked.by)
    return Answer(picture=drawn(made, say, name), at=_said(latest, made.at, say))


def _unit(column: Column, asked: Panel) -> Column:
    """The measure with the unit that the panel names, where it names one."""
    units: dict[Language, str] = {"th": asked.unit, "en": asked.unit_en or asked.unit}
    if not asked.unit:
        return replace(column, role="measure")
    labels = {language: f"{column.label(language)} ({unit})" for language, unit in units.items()}
    return replace(column, role="measure", field=replace(column.field, labels=labels))


def _tile(
    reading: Reading, asked: Panel, measure: Column | None, latest: Column | None, without: Any, say: Speech
) -> Answer:
    names = [measure.name] if measure else []
    rows = grouped(reading, [(latest.name, LONGEST)] if latest else [], names, without=without, most=MOST_TIMES)
    found: dict[Period | None, float] = {}
    groups: dict[Period | None, list[Group]] = {}
    for one in rows:
        period = periods.read(one.keys[0] or "") if latest else None
        if latest and period is None:
            continue
        groups.setdefault(period, []).append(one)
    for period, every in groups.items():
        value = _value(together(every), asked)
        if value is not None:
            found[period] = value
    if not found:
        raise UnansweredError("overview-nothing-tile")
    times = sorted(one for one in found if one)
    at = times[-1] if times else None
    before = times[-2] if len(times) > 1 and asked.compare else None
    unit = measure.unit(say.language) if measure else _own_unit(asked, say) or say("overview-entries")
    return Answer(
        value=found[at],
        shown=numbers.shown(found[at]),
        unit=unit,
        at=_said(latest, at, say),
        change=numbers.changed(found[at], found[before], say, unit) if before else None,
        before=inner(_said(latest, before, say)),
    )


def _own_unit(asked: Panel, say: Speech) -> str:
    return (asked.unit_en if say.language == "en" else "") or asked.unit


def _value(group: Group, asked: Panel) -> float | None:
    """A group's figure, without the crumbs that adding up fractions of two leaves."""
    if asked.figure == "count":
        return float(group.rows) if group.rows else None
    if not group.counts[0]:
        return None
    value = group.sums[0] / group.counts[0] if asked.figure == "mean" else group.sums[0]
    return float(f"{value:.14g}")


def _said(column: Column | None, period: Period | None, say: Speech) -> str:
    """A time with its column's name."""
    return f"{column.label(say.language)} {period.shown(say.language)}" if column and period else ""
