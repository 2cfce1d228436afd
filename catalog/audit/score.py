"""Scores: a rule pack over facts. Pure, and of the standard library alone: a proof carries this very text.

A pack is the JSON of `metadata/standards/packs/*.yaml` (`metadata/pack_shape.py` says what may stand in one), the
facts of a dataset are a flat JSON object. A fact that was not checked is absent or null; it counts as not met in
`value` and as met in `upper`: the truth lies between. Sums are `math.fsum`'s, which no order of datasets changes.
It runs on Python 3.9 and later.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
Span = Sequence[float]
"""Two numbers from 0 to 1: what is certain, and what it would be were all met that was not checked."""


def score(pack: Json, datasets: Iterable[Json], declared: Iterable[Json] = ()) -> dict[str, Any]:
    """The pack's score over datasets.

    :param pack: a pack as JSON
    :param datasets: the facts of each dataset, with its `name`
    :param declared: answers of people: {"measure", "value" (0 to 1), "dataset"?, "holds"? (its file is as it was)}
    :returns: {"key", "pack", "status", "of", "value", "upper", "measures": [...], "groups": {...}, "band"?,
        "datasets": {name: {"value", "upper", "lost": {measure: points}}}}; `value` is null where nothing is asked
    """
    answers = _answers(pack, declared)
    spans = [(one["name"], {m["measure"]: span(m, one, answers) for m in pack["measures"]}) for one in datasets]
    measures = [_measured(measure, spans, answers) for measure in pack["measures"]]
    value, upper = _total(pack, measures)
    made = {
        "key": pack["key"],
        "pack": pack["pack"],
        "status": _status(pack),
        "of": pack["of"],
        "value": value,
        "upper": upper,
        "measures": measures,
        "groups": _groups(pack, measures),
        "datasets": {name: _alone(pack, found) for name, found in spans},
    }
    if value is not None and pack.get("bands"):
        made["band"] = next((band["band"] for band in pack["bands"] if value >= band["least"]), None)
    return made


def span(measure: Json, facts: Json, answers: Mapping[Any, float] | None = None) -> Span | None:
    """What one dataset has of a measure: a Span, or None where the measure does not ask it."""
    if measure.get("declared") and "fact" not in measure and "passes" not in measure:
        given = (answers or {}).get((measure["measure"], facts["name"]))
        return None if given is None else (given, given)
    among = measure.get("among")
    if among and holds(among, facts) is False:
        return None
    if "fact" in measure:
        return _part(facts.get(measure["fact"]), measure.get("per", 1))
    met = holds(measure.get("passes") or {}, facts)
    return (float(met is True), float(met is not False))


def holds(conditions: Json, facts: Json) -> bool | None:
    """Whether all conditions hold: True, False, or None where that was not checked."""
    unknown = False
    for name, wanted in conditions.items():
        met = _met(wanted, facts.get(name))
        if met is False:
            return False
        unknown = unknown or met is None
    return None if unknown else True


def _met(wanted: Any, fact: Any) -> bool | None:
    if isinstance(wanted, dict) and wanted.get("missing"):
        return fact in (None, "", [], {})
    if fact is None:
        return None
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


def _answers(pack: Json, declared: Iterable[Json]) -> dict[Any, float]:
    """(measure, dataset or None) → the newest answer that still holds."""
    found = {}
    for one in declared:
        if one.get("holds") is not False and one.get("pack") in (None, pack["key"], pack["pack"]):
            found[(one["measure"], one.get("dataset"))] = min(1.0, max(0.0, float(one["value"])))
    return found


def _measured(measure: Json, spans: Sequence[Any], answers: Mapping[Any, float]) -> dict[str, Any]:
    """A measure over all datasets: its Span, and of how many it was asked."""
    asked = [found[measure["measure"]] for _, found in spans if found[measure["measure"]] is not None]
    made = {"measure": measure["measure"], "weight": measure.get("weight", 1), "asked": len(asked)}
    made["status"] = measure.get("status", "unconfirmed")
    whole = answers.get((measure["measure"], None)) if measure.get("declared") else None
    if whole is not None:
        return {**made, "value": whole, "upper": whole, "met": 0, "unchecked": 0, "evidence": "declared"}
    if measure.get("declared") and not asked:
        return {**made, "value": 0.0, "upper": 1.0, "met": 0, "unchecked": 1, "evidence": "declared"}
    made["evidence"] = "declared" if measure.get("declared") else "derived"
    made["met"] = sum(one[0] == 1.0 for one in asked)
    made["unchecked"] = sum(one[0] != one[1] for one in asked)
    if not asked:
        return {**made, "value": None, "upper": None}
    sums = [math.fsum(one[side] for one in asked) for side in (0, 1)]
    over = measure["enough"] if measure.get("enough") else len(asked)
    value, upper = (min(1.0, one / over) for one in sums)
    return {**made, "value": value, "upper": upper}


def _total(pack: Json, measures: Sequence[Json]) -> Sequence[Any]:
    if pack.get("combine") == "ladder":
        return tuple(_level(pack, measures, side) for side in ("value", "upper"))
    counted = [one for one in measures if one["value"] is not None]
    if not counted:
        return None, None
    return tuple(_sum(pack, [(one["weight"], one[side]) for one in measures]) for side in ("value", "upper"))


def _sum(pack: Json, parts: Sequence[Any]) -> float:
    """Weights times parts, added up; where the pack says `mean`, brought to `of`, over what was measured."""
    known = [(weight, part) for weight, part in parts if part is not None]
    total = math.fsum(weight * part for weight, part in known)
    if pack.get("combine", "sum") == "sum":
        return total
    weights = math.fsum(weight for weight, _ in known)
    return total / weights * pack["of"] if weights else 0.0


def _level(pack: Json, measures: Sequence[Json], side: str) -> float:
    """The highest level whose needs, and those of all levels below it, hold."""
    parts = {one["measure"]: one for one in measures}
    reached = 0
    for step in pack["ladder"]:
        for name, least in step["needs"].items():
            part = parts[name][side]
            if part is None or part < least:
                return reached
        reached = step["level"]
    return reached


def _groups(pack: Json, measures: Sequence[Json]) -> dict[str, Any]:
    found = {}
    for group in pack.get("groups") or {}:
        names = {asked["measure"] for asked in pack["measures"] if asked.get("group") == group}
        inside = [one for one in measures if one["measure"] in names]
        parts = [(one["weight"], one["value"] or 0.0, one["upper"] or 0.0) for one in inside]
        found[group] = {
            "value": math.fsum(weight * value for weight, value, _ in parts),
            "upper": math.fsum(weight * upper for weight, _, upper in parts),
            "of": math.fsum(weight for weight, _, _ in parts),
        }
    return found


def _alone(pack: Json, found: Json) -> dict[str, Any]:
    """What one dataset has of the whole pack, and where it loses points."""
    parts = [(measure, found[measure["measure"]]) for measure in pack["measures"]]
    asked = [(measure, one) for measure, one in parts if one is not None]
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
