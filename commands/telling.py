"""An audit as people read it on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from commands.console import Desk

if TYPE_CHECKING:
    from catalog.audit.audited import Audited, Kind
    from catalog.audit.fixing.fixes import Fix
    from catalog.audit.run import Audit
    from metadata.pack import Pack

MOST = 12
"""Kinds of findings shown."""
WAYS = 8
"""Fixes shown."""


def scores(desk: Desk, made: Audit) -> None:
    """The scores, each with how sure it is."""
    from metadata.clock import day

    facts: dict[str, Any] = {"catalog": made.catalog, "day": day(made.day.isoformat(), desk.lang)}
    facts |= {"year": made.year, "standard": made.standard, "datasets": len(made.datasets)}
    desk.say(desk.phrase("audit-title", **facts), bold=True)
    if not made.datasets:
        desk.say("  " + desk.phrase("audit-empty"), fg="yellow")
        return
    for pack in made.packs:
        score_line(desk, made, pack)
    desk.findings(tuple(made.failed.values()))


def score_line(desk: Desk, made: Audit, pack: Pack) -> None:
    """One score: value, highest value, how sure; and the range where something was not checked."""
    from metadata.wording import number

    score = made.scores[pack["key"]]
    facts = {"title": pack["title"][desk.lang], "of": number(score["of"])}
    if score["value"] is None:
        desk.say("  " + desk.phrase("audit-score-none", **facts))
        return
    facts |= {"value": number(score["value"]), "upper": number(score["upper"])}
    line = desk.phrase("audit-score" if score["value"] == score["upper"] else "audit-score-range", **facts)
    if score["status"] != "confirmed":
        line += " " + desk.phrase("audit-unconfirmed")
    desk.say(f"  {line}")


def often(desk: Desk, made: Audit) -> None:
    """What is wrong, the most frequent first, with one place of each."""
    from catalog.audit.audited import kind_of
    from metadata.wording import finding, place

    counts: Counter[Kind] = Counter()
    first: dict[Kind, Audited] = {}
    for dataset in made.datasets:
        for kind in dataset.kinds:
            counts[kind] += 1
            first.setdefault(kind, dataset)
    colours = {"error": "red", "warning": "yellow", "note": "blue"}
    if counts:
        desk.say(desk.phrase("audit-often"), bold=True)
    for kind, count in counts.most_common(MOST):
        one = next(found for found in first[kind].findings if kind_of(found) == kind)
        words = finding(one, desk.lang)
        facts = {"count": count, "message": words["message"], "place": place(one.at, desk.lang), "rule": one.rule}
        desk.say("  " + desk.phrase("audit-often-line", **facts), fg=colours[one.severity])
        desk.say(f"      {desk.phrase('todo')}: {words['remedy']}")
    if len(counts) > MOST:
        desk.say(desk.phrase("more", count=len(counts) - MOST))


def fixes(desk: Desk, made: Audit, found: Sequence[Fix]) -> None:
    """The kinds of fixes that win most for their cost, and how much of it all needs no judgement."""
    from catalog.audit.fixing.fixes import commanded, message
    from catalog.audit.report.view import remedies
    from metadata.wording import number

    kinds = remedies(found, made)
    if kinds:
        desk.say(desk.phrase("audit-fixes"), bold=True)
    for one in kinds[:WAYS]:
        order = [pack["key"] for pack in made.packs if pack["key"] in one.gains]
        gains = ", ".join(f"{key} +{number(one.gains[key])}" for key in order)
        who = one.names[0] if len(one.names) == 1 else None
        facts = {"count": len(one.names), "name": who or made.catalog, "message": message(one.fix, desk.lang)}
        key = "audit-fix-many" if len(one.names) > 1 else "audit-fix"
        desk.say("  " + desk.phrase(key, **facts, gains=gains))
        if isinstance(one.fix.command, str):
            desk.say(f"      {one.fix.command}")
    if found:
        counts = {"count": len(found), "commanded": len(list(commanded(found)))}
        desk.say("  " + desk.phrase("audit-fixes-count", **counts))


def goal(desk: Desk, made: Audit, key: str, points: float) -> dict[str, Any]:
    """The cheapest way to a score. Raises SetupError `pack-unknown`."""
    from catalog.audit.fixing.cheapest import cheapest
    from catalog.audit.fixing.fixes import message, told
    from metadata.errors import SetupError
    from metadata.wording import number

    if key not in made.scores:
        raise SetupError("pack-unknown", pack=key, known=sorted(made.scores))
    way = cheapest(made, key, points)
    facts = {"score": key, "points": number(points), "value": number(way.value or 0), "count": len(way.fixes)}
    desk.say(desk.phrase("audit-goal" if way.reached else "audit-goal-missed", **facts), bold=True)
    for one in way.fixes:
        desk.say(f"  {one.dataset or made.catalog}: {message(one, desk.lang)}")
        if one.command:
            desk.say(f"      {one.command}")
    return {
        "score": key,
        "points": points,
        "value": way.value,
        "reached": way.reached,
        "method": way.method,
        "cost": way.cost,
        "fixes": [told(one, desk.lang) for one in way.fixes],
    }


def harvesters(desk: Desk, made: Audit) -> dict[str, Any]:
    """What GD Catalog, DCAT harvesters and Google will take of each dataset, and why not."""
    from catalog.audit import seen_by
    from metadata.finding import Finding
    from metadata.wording import finding

    desk.say(desk.phrase("harvesters-title"), bold=True)
    found: dict[str, Any] = {}
    for one in made.datasets:
        views = found[one.name] = seen_by.of(one.entry, made.ground, one.facts["items_missing"])
        taken = [name for name, view in views.items() if view["accepted"]]
        desk.say("  " + desk.phrase("harvesters-line", name=one.name, taken=taken or "–"))
        for name, view in views.items():
            told = [finding(Finding.from_dict(stored), desk.lang) for stored in view["refuses"]]
            view["refuses"] = told
            for line in told:
                if line["severity"] == "warning":
                    desk.say("      " + desk.phrase("harvesters-refused", name=name, message=line["message"]))
    return found
