"""Scores: a rule pack over facts. Pure, and of the standard library alone: a proof carries this very text.

A pack is the JSON of `metadata/standards/packs/*.yaml` (`metadata/pack_shape.py` says what may stand in one), the
facts of a dataset are a flat JSON object. A fact that was not checked is absent or null; it counts as not met in
`value` and as met in `upper`: the truth lies between. Sums are `math.fsum`'s, which no order of datasets changes.
It runs on Python 3.9 and later.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
Span = Sequence[float]
"""Two numbers from 0 to 1: what is certain, and what it would be were all met that was not checked."""
Column = tuple["array[float]", "array[float]"]
"""The Spans of several datasets: all that is certain, and all that could be."""
EMPTY: tuple[Any, ...] = (None, "", [], {})
Answers = Mapping[Any, Span]
"""(measure, dataset or None) → what an answer to it is worth."""
OPEN: Span = (0.0, 1.0)
"""Of what nothing is known."""


def score(pack: Json, datasets: Iterable[Json], declared: Iterable[Json] = ()) -> dict[str, Any]:
    """The pack's score over datasets.

    :param pack: a pack as JSON
    :param datasets: the facts of each dataset, with its `name`
    :param declared: answers of people, as `answers` takes them
    :returns: {"key", "pack", "status", "of", "value", "upper", "measures": [...], "groups": {...}, "band"?,
        "datasets": {name: {"value", "upper", "lost": {measure: points}}}}; `value` is null where nothing is asked
    """
    given = answers(pack, declared)
    found = [(one["name"], parts(pack, one, given)) for one in datasets]
    made = added(pack, columns(pack, (spans for _, spans in found)), given)
    return {**made, "datasets": {name: alone(pack, spans) for name, spans in found}}


def parts(pack: Json, facts: Json, given: Answers) -> dict[str, Span | None]:
    """What one dataset has of each measure. `given`: what `answers` gave."""
    return {measure["measure"]: span(measure, facts, given) for measure in pack["measures"]}


def columns(pack: Json, found: Iterable[Mapping[str, Span | None]]) -> dict[str, Column]:
    """Measure → what the datasets that it asks have of it. `found`: of each dataset, what `parts` gave."""
    made: dict[str, Column] = {measure["measure"]: (array("d"), array("d")) for measure in pack["measures"]}
    for spans in found:
        for name, (least, most) in made.items():
            one = spans[name]
            if one is not None:
                least.append(one[0])
                most.append(one[1])
    return made


def added(pack: Json, found: Mapping[str, Column], given: Answers) -> dict[str, Any]:
    """The pack's score, without its `datasets`, of what they have of each measure (see `columns`)."""
    measures = [_measured(pack, measure, found[measure["measure"]], given) for measure in pack["measures"]]
    value, upper = total(pack, measures)
    made = {
        "key": pack["key"],
        "pack": pack["pack"],
        "status": _status(pack),
        "of": pack["of"] if "of" in pack else math.fsum(one["weight"] * one["asked"] for one in measures),
        "value": value,
        "upper": upper,
        "measures": measures,
        "groups": _groups(pack, measures),
    }
    if value is not None and pack.get("bands"):
        made["band"] = next((band["band"] for band in pack["bands"] if value >= band["least"]), None)
    return made


def answers(pack: Json, declared: Iterable[Json]) -> Answers:
    """(measure, dataset or None) → what the newest answer to it that holds is worth.

    :param declared: {"measure", "value" (a number of the measure's `per`, its highest level, or 1; yes or no),
        "pack"? (key or name), "dataset"?, "holds"? (false: its file is not as it was, and it does not count),
        "found"? (whether its address answers: false is worth nothing, null anything up to the value)}, newest last
    """
    asked = {one["measure"]: one for one in pack["measures"] if one.get("declared")}
    made: dict[Any, Span] = {}
    for one in declared:
        measure = asked.get(one.get("measure"))
        if (
            measure is None
            or one.get("holds") is False
            or one.get("pack") not in (None, pack["key"], pack["pack"])
        ):
            continue
        part = _part(one["value"], top(measure))[0]
        found = one.get("found", True)
        made[(one["measure"], one.get("dataset"))] = (part if found else 0.0, 0.0 if found is False else part)
    return made


def span(measure: Json, facts: Json, given: Answers | None = None) -> Span | None:
    """What one dataset has of a measure: a Span, or None where the measure does not ask it.

    Where it is not known whether the measure asks it, nothing is. What facts decide, no answer changes; what they
    leave open, an answer decides within it. `given`: what `answers` gave.
    """
    among = measure.get("among")
    asked = holds(among, facts) if among else True
    if asked is False:
        return None
    found = _derived(measure, facts)
    if found is None and not measure.get("each"):
        return None
    if asked is None:
        return OPEN
    least, most = found or OPEN
    if not measure.get("declared") or least == most or not given:
        return (least, most)
    name = measure["measure"]
    said = given.get((name, facts["name"])) or given.get((name, None)) or OPEN
    return (min(most, max(least, said[0])), min(most, max(least, said[1])))


def reads(measure: Json) -> list[str]:
    """The facts that a measure looks at."""
    asked = [
        measure.get("among"),
        measure.get("passes"),
        *(step.get("passes") for step in measure.get("levels") or ()),
    ]
    names = [name for conditions in asked for name in conditions or ()]
    return sorted({*names, *filter(None, [measure.get("fact")])})


def _derived(measure: Json, facts: Json) -> Span | None:
    """What the facts say of a measure; None where only people can answer it."""
    if "fact" in measure:
        return _part(facts.get(measure["fact"]), measure.get("per", 1))
    if "levels" in measure:
        return _reached(measure, facts)
    if "passes" not in measure:
        return None
    met = holds(measure["passes"], facts)
    return (float(met is True), float(met is not False))


def _reached(measure: Json, facts: Json) -> Span:
    """The highest level whose conditions hold, as a part of the highest there is."""
    least = most = 0
    for step in measure["levels"]:
        if step["level"] <= least:
            continue
        met = holds(step.get("passes") or {}, facts)
        if met is not False:
            most = max(most, step["level"])
        if met and not step.get("judged"):
            least = max(least, step["level"])
    full = top(measure)
    return (least / full, most / full)


def top(measure: Json) -> float:
    """What a full answer to a measure is written as."""
    if "levels" in measure:
        return float(max(step["level"] for step in measure["levels"]))
    return float(measure.get("per", 1))


def holds(conditions: Json, facts: Json) -> bool | None:
    """Whether all conditions hold: True, False, or None where that was not checked."""
    unknown = False
    for name, wanted in conditions.items():
        fact = facts.get(name)
        if type(wanted) is bool and type(fact) is bool:  # most of them, by far
            met: bool | None = fact is wanted
        else:
            met = _met(wanted, fact)
        if met is False:
            return False
        unknown = unknown or met is None
    return None if unknown else True


def _met(wanted: Any, fact: Any) -> bool | None:
    if isinstance(wanted, dict) and "missing" in wanted:
        return bool((fact in EMPTY) is wanted["missing"])
    if fact is None:
        return None
    if isinstance(fact, list):
        parts = [_met(wanted, one) for one in fact]
        return True if True in parts else None if None in parts else False
    if isinstance(wanted, dict):
        if not isinstance(fact, (int, float)):
            return False
        return bool(wanted.get("min", -math.inf) <= fact <= wanted.get("max", math.inf))
    if isinstance(wanted, list):
        return bool(fact in wanted)
    return bool(fact == wanted)


def _part(fact: Any, per: float) -> Span:
    """A fact as a part of 1: yes or no, a number of `per`, or the mean over a list of them (none: 0)."""
    if isinstance(fact, list):
        parts = [_part(one, per) for one in fact]
        if not parts:
            return (0.0, 0.0)
        return tuple(math.fsum(part[side] for part in parts) / len(parts) for side in (0, 1))
    if fact is None:
        return (0.0, 1.0)
    part = min(1.0, max(0.0, fact / per)) if not isinstance(fact, bool) else float(fact)
    return (part, part)


def _measured(pack: Json, measure: Json, found: Column, given: Answers) -> dict[str, Any]:
    """A measure over all datasets: its Span, and of how many it was asked."""
    least, most = found
    unchecked = 0 if least == most else sum(map(float.__ne__, least, most))
    return tallied(
        pack, measure, len(least), least.count(1.0), unchecked, [math.fsum(least), math.fsum(most)], given
    )


def tallied(
    pack: Json, measure: Json, asked: int, met: int, unchecked: int, sums: Sequence[float], given: Answers
) -> dict[str, Any]:
    """A measure of whose Spans the sums are known: what comes of them, of how many datasets, and whence.

    Of a pack that counts it has the `sums`, too: there the measure is told as a share, the score is their sum.
    """
    made = {"measure": measure["measure"], "weight": measure.get("weight", 1), "asked": asked}
    made["status"] = measure.get("status", pack["status"])
    people = not {"fact", "passes", "levels"} & set(measure)
    made["evidence"] = "declared" if people else "derived"
    if people and not measure.get("each"):
        value, upper = given.get((measure["measure"], None), OPEN)
        return {**made, "value": value, "upper": upper, "met": 0, "unchecked": int(value != upper)}
    made |= {"met": met, "unchecked": unchecked}
    if pack.get("combine") == "count":
        made["sums"] = list(sums)
    over = measure.get("enough") or asked
    if not over:
        return {**made, "value": None, "upper": None}
    value, upper = (min(1.0, one / over) for one in sums)
    return {**made, "value": value, "upper": upper}


def total(pack: Json, measures: Sequence[Json]) -> Sequence[Any]:
    """The pack's value and its upper bound, of its measures as `tallied`; both None where nothing is asked."""
    measures = _gated(pack, measures)
    if pack.get("combine") == "ladder":
        return tuple(_level(pack, measures, side) for side in ("value", "upper"))
    if all(one["value"] is None or not one["weight"] for one in measures):
        return None, None
    if pack.get("combine") == "count":
        counted = [(one["weight"], one["sums"]) for one in measures if "sums" in one]
        return tuple(math.fsum(weight * sums[side] for weight, sums in counted) for side in (0, 1))
    return tuple(_sum(pack, [(one["weight"], one[side]) for one in measures]) for side in ("value", "upper"))


def _gated(pack: Json, measures: Sequence[Json]) -> Sequence[Json]:
    """The measures as they count: one that comes `after` others is worth nothing before those are whole."""
    after = {one["measure"]: one["after"] for one in pack["measures"] if one.get("after")}
    if not after:
        return measures
    parts = {one["measure"]: one for one in measures}

    def worth(one: Json, side: str) -> float | None:
        whole = all((parts[name][side] or 0.0) >= 1.0 for name in after.get(one["measure"], ()))
        return one[side] if whole or one[side] is None else 0.0

    return [{**one, "value": worth(one, "value"), "upper": worth(one, "upper")} for one in measures]


def _sum(pack: Json, parts: Sequence[Any]) -> float:
    """Weights times parts, added up; where the pack says `mean`, brought to `of`, over what was measured."""
    known = [(weight, part) for weight, part in parts if part is not None]
    total = math.fsum(weight * part for weight, part in known)
    if pack.get("combine") != "mean":
        return total
    weights = math.fsum(weight for weight, _ in known)
    return total / weights * pack["of"] if weights else 0.0


def _level(pack: Json, measures: Sequence[Json], side: str) -> float:
    """The highest level whose needs, and those of all below it, hold; with `linear` also the way to the next."""
    parts = {one["measure"]: one[side] for one in measures}
    reached = 0.0
    for step in pack["ladder"]:
        way = min((_way(parts[name], least) for name, least in step["needs"].items()), default=1.0)
        if way < 1.0:
            return reached + (step["level"] - reached) * way if pack.get("linear") else reached
        reached = step["level"]
    return reached


def _way(part: float | None, least: float) -> float:
    """How much of what a step needs is there, from 0 to 1."""
    return 0.0 if part is None else 1.0 if part >= least else part / least


def _groups(pack: Json, measures: Sequence[Json]) -> dict[str, Any]:
    found = {}
    measures = _gated(pack, measures)
    for group in pack.get("groups") or {}:
        names = {asked["measure"] for asked in pack["measures"] if asked.get("group") == group}
        inside = [one for one in measures if one["measure"] in names]
        value, upper = (_sum(pack, [(one["weight"], one[side]) for one in inside]) for side in ("value", "upper"))
        whole = pack["of"] if pack.get("combine") == "mean" else math.fsum(one["weight"] for one in inside)
        found[group] = {"value": value, "upper": upper, "of": whole}
    return found


def alone(pack: Json, found: Json) -> dict[str, Any]:
    """What one dataset has of the whole pack, and where it loses points."""
    parts = [(measure, found[measure["measure"]]) for measure in pack["measures"]]
    asked = [(measure, one) for measure, one in parts if one is not None and measure.get("weight", 1)]
    if not asked:
        return {"value": None, "upper": None, "lost": {}}
    if pack.get("combine") == "ladder":
        measures = [
            {"measure": m["measure"], "value": one and one[0], "upper": one and one[1]} for m, one in parts
        ]
        value, upper = (_level(pack, measures, side) for side in ("value", "upper"))
    else:
        value, upper = (_sum(pack, [(m.get("weight", 1), one[side]) for m, one in asked]) for side in (0, 1))
    lost = {m["measure"]: m.get("weight", 1) * (1.0 - one[0]) for m, one in asked if one[0] < 1.0}
    return {"value": value, "upper": upper, "lost": lost}


def _status(pack: Json) -> str:
    """A pack is confirmed where it says so itself and all its measures do."""
    states = [pack.get("status"), *(one.get("status", pack.get("status")) for one in pack["measures"])]
    return "confirmed" if all(state == "confirmed" for state in states) else "unconfirmed"
