"""Recording decisions: lines of `decisions.yaml`, appended and never edited, each told to the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from catalog.decisions import lines
from catalog.decisions import scope as scopes
from catalog.decisions.case import column, told
from catalog.decisions.cover import amount, place, two
from catalog.decisions.kinds import known, never
from catalog.decisions.person import letters
from metadata import clock
from metadata.dataset import RESTRICTED, Dataset
from metadata.errors import SetupError
from metadata.event import Event, Story
from metadata.finding import Finding, Place
from metadata.fiscal import last_day
from metadata.release import Decision, Report, canonical, sha256

Who = Mapping[str, Any]
"""by, role, and what is known of position, order, letter_no, letter_date, resolution, reason, expires, second,
account or declared_by."""


def approve(
    dataset: Dataset, report: Report, who: Who, standing: Sequence[Finding] | None = None
) -> Story[Decision]:
    """Records that a release may go out; by the steward, that it is as it should be (รับรอง).

    `standing`: the errors that no decision covers (default: all of the report's).
    Raises SetupError `approve-errors` for a release that has some: nobody could mean that one.
    """
    _sound(dataset, report, standing)
    line = {"kind": "approval", **who, "release": report.release, "scan": scan(report)}
    return (yield from _append(dataset, line))


def stand(
    dataset: Dataset,
    report: Report,
    who: Who,
    shape: scopes.Scope,
    limits: Mapping[str, Any],
    standing: Sequence[Finding] | None = None,
) -> Story[Decision]:
    """Records that releases of this shape may go out, within limits, until a day of this fiscal year.

    Raises SetupError `approve-errors`, `standing-year`, `decision-role`.
    """
    _sound(dataset, report, standing)
    expires = within_year(who, dataset)
    bound = _bound(shape, date.fromisoformat(expires), limits)
    line = {"kind": "standing", **who, "expires": expires, "scan": scan(report), "scope": bound}
    return (yield from _append(dataset, line))


def waive(
    dataset: Dataset,
    report: Report,
    rule: str,
    who: Who,
    *,
    where: Mapping[str, str] | None = None,
    shape: scopes.Scope | None = None,
    builders: Iterable[str] = (),
) -> Story[Decision]:
    """Records that what one rule found in some columns is accepted, and why: in this release, or (with its
    `shape`) in later ones of the kind, until the fiscal year is over.

    Raises SetupError `waive-nothing` where the rule found nothing there, `waive-never`, `waive-alone` without a
    second person of another role or where one of the two built the release.
    """
    found = _found(dataset, report, rule, where)
    line = {"kind": "waiver", **who, "rule": rule, "places": _places(found)}
    if not two(Decision.of({**line, "at": clock.stamp()}), builders):
        raise SetupError("waive-alone", Place(dataset=dataset.name), builders=sorted(builders) or ["–"])
    if shape is None:
        line["release"] = report.release
    else:
        bound = _bound(shape, last_day(clock.fiscal_year()), {})
        line |= {"expires": within_year(who, dataset), "scope": {**bound, "most": amount(found)}}
    return (yield from _append(dataset, line))


def not_personal(
    dataset: Dataset, report: Report, rule: str, who: Who, *, where: Mapping[str, str], rows: Iterable[int] = ()
) -> Story[Decision]:
    """Records that cells in which a rule sees personal data hold none: each by its digest under our key, so that
    the decision lapses with the cell. `rows`: of the published file; default: all that Findings name.

    Raises SetupError `waive-nothing`, `waive-never`, `secret-key-missing`, `secret-key-short`.
    """
    found = _found(dataset, report, rule, where)
    chosen = set(rows)
    shown = {one.at.row for one in found if one.at.row and (not chosen or one.at.row in chosen)}
    places = _places(found)
    at = places[0] if len(places) == 1 else {}
    cells = column(dataset, at.get("resource", ""), at.get("column", ""), shown)
    if not cells.rows:
        raise SetupError("waive-nothing", Place(dataset=dataset.name), rule=rule, known=_rules(report))
    line = {"kind": "not-personal", **who, "rule": rule, "places": [at], "cells": sorted(set(cells.rows.values()))}
    return (yield from _append(dataset, line))


def lawful(
    dataset: Dataset, report: Report, rule: str, who: Who, *, where: Mapping[str, str], basis: str, clause: str
) -> Story[Decision]:
    """Records that the law opens the personal data of a column, to all (office-holders' names) or, of a restricted
    dataset, to those it is shared with: basis and clause.

    Raises SetupError `waive-nothing`, `waive-never`.
    """
    found = _found(dataset, report, rule, where)
    line = {"kind": "lawful", **who, "rule": rule, "places": _places(found), "basis": basis, "clause": clause}
    if dataset.restricted:
        line["access"] = RESTRICTED
    return (yield from _append(dataset, line))


def refuse(dataset: Dataset, ground: str, section: str, who: Who, where: Mapping[str, str]) -> Story[Decision]:
    """Records that a dataset, a resource or a column of it is not opened, by a section of the Official Information
    Act. `ground`: the kind in `refusals.yaml`; `where`: resource, column, what of them is meant."""
    return (yield from _append(dataset, {"kind": "refusal", **who, "ground": ground, "section": section, **where}))


def share(dataset: Dataset, who: Who, terms: Mapping[str, Any]) -> Story[Decision]:
    """Records that a dataset that is not open is shared with an agency, or (`ended`) no longer."""
    return (yield from _append(dataset, {"kind": "sharing", **who, **terms}))


def scan(report: Report) -> str:
    """sha256 of what was found, as the signer saw it."""
    return sha256(canonical([found.to_dict() for found in report.findings]))


def within_year(who: Who, dataset: Dataset) -> str:
    """The last day of a decision that reaches further than one release: in this fiscal year.

    Raises SetupError `standing-year`.
    """
    last = last_day(clock.fiscal_year()).isoformat()
    if str(who.get("expires") or last) > last:
        raise SetupError("standing-year", Place(dataset=dataset.name), expires=who["expires"], last=last)
    return str(who.get("expires") or last)


def _bound(shape: scopes.Scope, last: date, limits: Mapping[str, Any]) -> dict[str, Any]:
    """A scope with its limits, those given or the usual ones. `last`: the day until which data may reach."""
    usual = {**known()["limits"], "until": scopes.until(shape, last)}
    return {**shape, "limits": {**usual, **limits}}


def _sound(dataset: Dataset, report: Report, standing: Sequence[Finding] | None) -> None:
    if standing or (standing is None and not report.passed) or report.release is None:
        raise SetupError("approve-errors", Place(dataset=dataset.name), name=dataset.name)


def _found(dataset: Dataset, report: Report, rule: str, where: Mapping[str, str] | None) -> tuple[Finding, ...]:
    """The errors of a rule in some columns."""
    at = Place(dataset=dataset.name)
    given = dict(where or {})
    found = tuple(one for one in told(report, rule) if given.items() <= place(one).items())
    barred = never(rule) or any(never(one.rule, one.values.get("entity")) for one in found)
    if barred and not dataset.restricted:
        raise SetupError("waive-never", at, rule=rule)
    if not found:
        raise SetupError("waive-nothing", at, rule=rule, known=_rules(report))
    return found


def _rules(report: Report) -> list[str]:
    return sorted({found.rule for found in report.findings})


def _places(found: Iterable[Finding]) -> list[dict[str, str]]:
    places: list[dict[str, str]] = []
    for one in found:
        if place(one) not in places:
            places.append(place(one))
    return places


def _append(dataset: Dataset, line: Mapping[str, Any]) -> Story[Decision]:
    _check(line, Place(dataset=dataset.name))
    whole = {**{key: value for key, value in line.items() if value}, "at": clock.stamp()}
    path = dataset.folder / "decisions.yaml"
    text = lines.longer(path, whole)
    yield Event(kind="decision", dataset=dataset.name, body=whole)
    lines.write(path, text)
    return Decision.of(whole)


def _check(line: Mapping[str, Any], at: Place) -> None:
    """Raises SetupError `decision-nobody`, `decision-role`, `decision-expires` (no day, a year B.E., one past)."""
    if not letters(str(line["by"])):
        raise SetupError("decision-nobody", at)
    kind = known()["kinds"][line["kind"]]
    if line["role"] not in kind["roles"]:
        raise SetupError("decision-role", at, role=line["role"], known=list(kind["roles"]))
    if line.get("expires"):
        try:
            last = date.fromisoformat(line["expires"])
        except ValueError:
            last = date.min
        if not clock.today() <= last < date(2400, 1, 1):
            raise SetupError("decision-expires", at, expires=line["expires"], today=clock.today().isoformat())
