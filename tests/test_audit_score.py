"""The arithmetic of scores: by hand, against a reference, and that the truth lies within every range."""

from __future__ import annotations

import ast
import random
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.audit import score as module
from catalog.audit.score import answers, holds, reads, score, span

Json = dict[str, Any]


def pack(*measures: Json, **more: Any) -> Json:
    """A pack of some measures, named m0, m1 … where they have no name."""
    named = [{"measure": f"m{at}", "status": "confirmed", **one} for at, one in enumerate(measures)]
    return {"pack": "p", "key": "k", "status": "confirmed", "of": 100, "measures": named, **more}


def total(made: Json, *datasets: Json, declared: list[Json] | None = None) -> tuple[Any, Any]:
    """Value and upper of a pack over datasets, which are called a, b, c …"""
    named = [{"name": chr(97 + at), **one} for at, one in enumerate(datasets)]
    found = score(made, named, declared or [])
    return found["value"], found["upper"]


# ---------------------------------------------------------------- conditions
@pytest.mark.parametrize(
    ("wanted", "fact", "met"),
    [
        (True, True, True),
        (True, False, False),
        (True, None, None),
        ("csv", "csv", True),
        (["csv", "json"], "json", True),
        (["csv", "json"], "pdf", False),
        (["csv", "json"], None, None),
        ({"min": 2}, 2, True),
        ({"min": 2}, 1.99, False),
        ({"max": 1}, 1, True),
        ({"min": 1, "max": 3}, 4, False),
        ({"min": 1}, None, None),
        ({"min": 1}, "two", False),
        ({"missing": True}, None, True),
        ({"missing": True}, "", True),
        ({"missing": True}, [], True),
        ({"missing": True}, "x", False),
        ({"missing": True}, False, False),
        ({"missing": False}, 0, True),
        ({"missing": False}, None, False),
        ({"missing": False}, ["x"], True),
        # of a list, one of its members
        ("csv", ["pdf", "csv"], True),
        ("csv", ["pdf"], False),
        ("csv", [], False),
        ("csv", ["pdf", None], None),
        (["csv", "json"], ["pdf", "json"], True),
        ({"min": 3}, [1, 3], True),
    ],
)
def test_a_condition_on_a_fact(wanted: Any, fact: Any, met: bool | None) -> None:
    assert holds({"f": wanted}, {"f": fact}) is met


def test_one_condition_that_does_not_hold_settles_it() -> None:
    conditions = {"a": True, "b": True}
    assert holds(conditions, {"a": None, "b": False}) is False
    assert holds(conditions, {"a": None, "b": True}) is None
    assert holds(conditions, {"a": True, "b": True}) is True
    assert holds({}, {}) is True


# ---------------------------------------------------------------- measures
def test_a_share_of_the_datasets_that_are_asked() -> None:
    made = pack({"among": {"open": True}, "passes": {"ok": True}, "weight": 100})
    yes, no = {"open": True, "ok": True}, {"open": True, "ok": False}
    assert total(made, yes, no, no, yes, {"open": False, "ok": True}) == (50, 50)


def test_what_was_not_checked_widens_the_range() -> None:
    made = pack({"passes": {"ok": True}, "weight": 100})
    assert total(made, {"ok": True}, {"ok": None}, {"ok": False}, {}) == (25, 75)


def test_where_it_is_not_known_whether_a_dataset_is_asked_nothing_is_known() -> None:
    made = pack({"among": {"open": True}, "passes": {"ok": True}, "weight": 100})
    sure = {"open": True, "ok": True}
    # were it no open one the score would be 100, were it one 50
    assert total(made, sure, {"open": None, "ok": False}) == (50, 100)
    assert total(made, {"open": None, "ok": True}) == (0, 100)


def test_a_measure_that_asks_nobody_has_no_value_and_no_weight_in_a_mean() -> None:
    nobody = {"among": {"open": True}, "passes": {"ok": True}}
    assert total(pack(nobody), {"open": False}) == (None, None)
    assert total(pack(nobody, {"passes": {"ok": True}}, combine="mean"), {"open": False, "ok": True}) == (100, 100)
    assert total(pack(nobody)) == (None, None)


@pytest.mark.parametrize(
    ("fact", "part"),
    [
        (3, (0.6, 0.6)),
        (9, (1.0, 1.0)),
        (-1, (0.0, 0.0)),
        (True, (1.0, 1.0)),
        (None, (0.0, 1.0)),
        ([5, 0], (0.5, 0.5)),
        ([5, None], (0.5, 1.0)),
        ([True, False, True, True], (0.75, 0.75)),
        ([], (0.0, 0.0)),
    ],
)
def test_a_fact_as_a_part_of_one(fact: Any, part: tuple[float, float]) -> None:
    assert span({"measure": "m", "fact": "f", "per": 5}, {"name": "a", "f": fact}) == part


def test_the_highest_level_whose_conditions_hold() -> None:
    age = {
        "measure": "m",
        "levels": [
            {"level": 4, "passes": {"age": {"max": 1}}},
            {"level": 3, "passes": {"age": {"max": 5}}},
            {"level": 2, "passes": {"age": {"max": 15}}},
            {"level": 1},
        ],
    }
    parts = [span(age, {"name": "a", "age": years}) for years in (0.5, 1, 3, 5.1, 40, None)]
    assert parts == [(1, 1), (1, 1), (0.75, 0.75), (0.5, 0.5), (0.25, 0.25), (0.25, 1)]


def test_a_level_to_be_judged_is_open_until_somebody_says_so() -> None:
    made = {
        "measure": "m",
        "declared": True,
        "levels": [
            {"level": 4, "judged": True, "passes": {"ok": True}},
            {"level": 3, "passes": {"ok": True}},
            {"level": 1},
        ],
    }
    whole = pack(made)
    said = answers(whole, [{"measure": "m", "value": 4}])
    assert span(made, {"name": "a", "ok": True}) == (0.75, 1.0)
    assert span(made, {"name": "a", "ok": True}, said) == (1.0, 1.0)
    # what the facts decide, no answer changes
    assert span(made, {"name": "a", "ok": False}, said) == (0.25, 0.25)
    low = answers(whole, [{"measure": "m", "value": 1}])
    assert span(made, {"name": "a", "ok": True}, low) == (0.75, 0.75)


def test_enough_is_a_sum_over_a_target() -> None:
    made = pack({"passes": {"ok": True}, "enough": 4, "weight": 100})
    yes = {"ok": True}
    assert total(made, yes, yes, {"ok": False}) == (50, 50)
    assert total(made, *[yes] * 9) == (100, 100)
    assert total(made, yes, {"ok": None}) == (25, 50)
    # a target is not reached by nobody
    assert total(made) == (0, 0)


def test_a_measure_of_no_weight_is_shown_and_not_counted() -> None:
    made = pack({"passes": {"ok": True}, "weight": 100}, {"passes": {"more": True}, "weight": 0})
    found = score(made, [{"name": "a", "ok": True, "more": False}])
    assert found["value"] == 100
    assert found["measures"][1]["value"] == 0.0
    assert found["datasets"]["a"] == {"value": 100, "upper": 100, "lost": {}}


def test_which_facts_a_measure_reads() -> None:
    assert reads({"among": {"b": 1}, "passes": {"a": 1}}) == ["a", "b"]
    assert reads({"fact": "f"}) == ["f"]
    assert reads({"levels": [{"level": 2, "passes": {"x": 1}}, {"level": 1}]}) == ["x"]


# ---------------------------------------------------------------- how measures add up
def test_points_add_up_and_groups_have_their_own() -> None:
    groups = {"g": {"title": {}}, "h": {"title": {}}}
    made = pack(
        {"passes": {"x": True}, "weight": 30, "group": "g"},
        {"passes": {"y": True}, "weight": 20, "group": "g"},
        {"fact": "z", "weight": 50, "group": "h"},
        groups=groups,
    )
    found = score(
        made, [{"name": "a", "x": True, "y": False, "z": 0.5}, {"name": "b", "x": None, "y": True, "z": 0}]
    )
    # x: 1/2 to 2/2 of 30, y: 1/2 of 20, z: (0.5 + 0) / 2 of 50
    assert (found["value"], found["upper"]) == (15 + 10 + 12.5, 30 + 10 + 12.5)
    assert found["groups"]["g"] == {"value": 25, "upper": 40, "of": 50}
    assert found["groups"]["h"] == {"value": 12.5, "upper": 12.5, "of": 50}
    assert found["datasets"]["a"] == {"value": 55, "upper": 55, "lost": {"m1": 20, "m2": 25}}
    assert found["datasets"]["b"] == {"value": 20, "upper": 50, "lost": {"m0": 30, "m2": 50}}
    assert [(one["asked"], one["met"], one["unchecked"]) for one in found["measures"]] == [
        (2, 1, 1),
        (2, 1, 0),
        (2, 0, 0),
    ]


def test_a_mean_is_brought_to_the_highest_score() -> None:
    made = pack(
        {"fact": "x", "weight": 1, "group": "g"},
        {"fact": "y", "weight": 3, "group": "g"},
        combine="mean",
        of=4,
        groups={"g": {"title": {}}},
    )
    assert total(made, {"x": 1, "y": 0.5}) == (2.5, 2.5)
    assert score(made, [{"name": "a", "x": 1, "y": 0.5}])["groups"]["g"] == {"value": 2.5, "upper": 2.5, "of": 4}


def test_a_count_is_of_those_that_are_asked() -> None:
    made = pack({"among": {"reference": True}, "passes": {"ok": True}}, combine="count")
    del made["of"]
    facts = [{"reference": True, "ok": True}] * 2 + [
        {"reference": True, "ok": None},
        {"reference": False, "ok": True},
    ]
    found = score(made, [{"name": str(at), **one} for at, one in enumerate(facts)])
    assert (found["value"], found["upper"], found["of"]) == (2, 3, 3)
    # the measure itself is told as a share, as in every other pack
    assert found["measures"][0]["value"] == pytest.approx(2 / 3)
    assert score(made, [{"name": "a", "reference": False}])["value"] is None


STEPS = [
    {"level": 50, "needs": {"m0": 1.0}},
    {"level": 75, "needs": {"m1": 0.5}},
    {"level": 100, "needs": {"m0": 1.0, "m2": 1.0}},
]


def test_a_ladder_is_climbed_step_by_step() -> None:
    made = pack({"fact": "x"}, {"fact": "y"}, {"fact": "z"}, combine="ladder", ladder=STEPS)
    assert total(made, {"x": 0.99, "y": 1, "z": 1}) == (0, 0)
    assert total(made, {"x": 1, "y": 0.49, "z": 1}) == (50, 50)
    assert total(made, {"x": 1, "y": 0.5, "z": 0}) == (75, 75)
    assert total(made, {"x": 1, "y": 1, "z": 1}) == (100, 100)
    assert total(made, {"x": 1, "y": None, "z": None}) == (50, 100)


def test_the_way_to_the_next_level_counts_where_the_pack_says_so() -> None:
    made = pack({"fact": "x"}, {"fact": "y"}, {"fact": "z"}, combine="ladder", ladder=STEPS, linear=True)
    assert total(made, {"x": 0.5, "y": 0, "z": 0}) == (25, 25)
    # half of what the second step needs: half way from 50 to 75
    assert total(made, {"x": 1, "y": 0.25, "z": 1}) == (62.5, 62.5)
    assert total(made, {"x": 1, "y": 0.5, "z": 0}) == (75, 75)


def test_a_ladder_stops_where_nobody_is_asked() -> None:
    made = pack(
        {"fact": "x"},
        {"among": {"open": True}, "fact": "y"},
        {"fact": "z"},
        combine="ladder",
        ladder=STEPS,
    )
    assert total(made, {"x": 1, "open": False, "y": 1, "z": 1}) == (50, 50)


def test_what_comes_after_others_counts_once_they_are_whole() -> None:
    made = pack(
        {"fact": "x", "weight": 150, "group": "g"},
        {"fact": "y", "weight": 150, "group": "g"},
        {"fact": "z", "weight": 100, "group": "g", "after": ["m0", "m1"]},
        groups={"g": {"title": {}}},
    )
    assert total(made, {"x": 1, "y": 0, "z": 1}) == (150, 150)
    assert total(made, {"x": 1, "y": 1, "z": 1}) == (400, 400)
    assert total(made, {"x": 1, "y": None, "z": 1}) == (150, 400)
    assert total(made, {"x": 1, "y": 1, "z": None}) == (300, 400)
    found = score(made, [{"name": "a", "x": 1, "y": 0.5, "z": 1}])
    assert found["groups"]["g"] == {"value": 225, "upper": 225, "of": 400}
    # what stands there is told as it is
    assert found["measures"][2]["value"] == 1.0


def test_a_band_is_the_first_that_the_value_reaches() -> None:
    bands = [{"band": "high", "least": 80}, {"band": "low", "least": 0}]
    made = pack({"fact": "x", "weight": 100}, bands=bands)
    assert score(made, [{"name": "a", "x": 0.8}])["band"] == "high"
    assert score(made, [{"name": "a", "x": 0.79}])["band"] == "low"


def test_a_pack_is_confirmed_where_all_of_it_is() -> None:
    assert score(pack({"fact": "x"}), [])["status"] == "confirmed"
    assert score(pack({"fact": "x"}, {"fact": "y", "status": "unconfirmed"}), [])["status"] == "unconfirmed"
    assert score(pack({"fact": "x"}, status="unconfirmed"), [])["status"] == "unconfirmed"


# ---------------------------------------------------------------- what people answer
AGENCY = {"declared": True, "weight": 100}


def test_an_answer_for_the_agency() -> None:
    made = pack(AGENCY)
    assert total(made, {}) == (0, 100)
    assert total(made, {}, declared=[{"measure": "m0", "value": True}]) == (100, 100)
    assert total(made, declared=[{"measure": "m0", "value": 0.4}]) == (40, 40)
    # of another pack, of another measure, of one dataset: none of them answers it
    for other in ({"pack": "q"}, {"measure": "m1"}, {"dataset": "a"}):
        assert total(made, {}, declared=[{"measure": "m0", "value": 1, **other}]) == (0, 100)
    for name in ("p", "k"):
        assert total(made, {}, declared=[{"measure": "m0", "value": 1, "pack": name}]) == (100, 100)


def test_an_answer_whose_file_is_not_as_it_was_does_not_count() -> None:
    made = pack(AGENCY)
    assert total(made, declared=[{"measure": "m0", "value": 1, "holds": False}]) == (0, 100)
    assert total(made, declared=[{"measure": "m0", "value": 1, "holds": True}]) == (100, 100)


def test_an_address_is_worth_what_is_there_today() -> None:
    made = pack(AGENCY)
    for found, worth in ((True, (100, 100)), (False, (0, 0)), (None, (0, 100))):
        assert total(made, declared=[{"measure": "m0", "value": True, "found": found}]) == worth


def test_the_newest_answer_counts() -> None:
    made = pack(AGENCY)
    assert total(made, declared=[{"measure": "m0", "value": 1}, {"measure": "m0", "value": 0.5}]) == (50, 50)


def test_a_level_is_answered_by_its_number() -> None:
    made = pack({"declared": True, "per": 4}, of=4, combine="mean")
    assert total(made, declared=[{"measure": "m0", "value": 3}]) == (3, 3)
    assert total(made, declared=[{"measure": "m0", "value": 9}]) == (4, 4)
    assert total(made, declared=[{"measure": "m0", "value": True}]) == (4, 4)


def test_what_is_asked_of_each_dataset_is_not_answered_by_one() -> None:
    made = pack({"declared": True, "each": True, "weight": 100})
    own = {"measure": "m0", "value": 1, "dataset": "a"}
    assert total(made, {}, {}, declared=[own]) == (50, 100)
    assert total(made, {}, {}, declared=[own, {"measure": "m0", "value": 0.5}]) == (75, 75)


def test_what_facts_leave_open_is_answered_and_nothing_else() -> None:
    made = pack({"declared": True, "passes": {"ok": True}, "weight": 100})
    facts = ({"ok": True}, {"ok": False}, {"ok": None})
    assert total(made, *facts) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    assert total(made, *facts, declared=[{"measure": "m0", "value": 0}]) == (pytest.approx(100 / 3),) * 2
    assert total(made, *facts, declared=[{"measure": "m0", "value": 1}]) == (pytest.approx(200 / 3),) * 2


def test_a_measure_that_people_need_not_answer_takes_no_answers() -> None:
    made = pack({"passes": {"ok": True}, "weight": 100})
    assert total(made, {"ok": None}, declared=[{"measure": "m0", "value": 1}]) == (0, 100)


# ---------------------------------------------------------------- a reference of its own
NAMES = ("f", "g", "h")
known = st.one_of(st.booleans(), st.sampled_from([0, 1, 2, 3, 0.5]))
fact = st.one_of(st.none(), known, st.lists(st.one_of(st.none(), known), max_size=3))
condition = st.one_of(
    st.booleans(),
    st.sampled_from([0, 1, 2]),
    st.lists(st.sampled_from([True, 1, 2]), min_size=1, max_size=2),
    st.fixed_dictionaries({"min": st.sampled_from([0, 1, 2])}),
    st.fixed_dictionaries({"max": st.sampled_from([0, 1, 2])}),
)
conditions = st.dictionaries(st.sampled_from(NAMES), condition, max_size=2)
question = st.one_of(
    st.fixed_dictionaries({"passes": conditions}),
    st.fixed_dictionaries({"fact": st.sampled_from(NAMES), "per": st.sampled_from([1, 3])}),
    st.fixed_dictionaries(
        {
            "levels": st.lists(
                st.fixed_dictionaries(
                    {"level": st.sampled_from([1, 2, 4]), "passes": conditions, "judged": st.booleans()}
                ),
                min_size=1,
                max_size=3,
            )
        }
    ),
)
measure = st.builds(
    lambda asked, among, weight, more: {**asked, "weight": weight, **more, **({"among": among} if among else {})},
    question,
    conditions,
    st.sampled_from([0, 1, 2.5, 30]),
    st.sampled_from([{}, {"declared": True}, {"enough": 2}]),
)
datasets = st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, fact)), max_size=5)
said = st.lists(
    st.fixed_dictionaries(
        {"measure": st.sampled_from(["m0", "m1"]), "value": st.sampled_from([0, 1, 2, True])},
        optional={
            "dataset": st.sampled_from(["a", "b"]),
            "holds": st.booleans(),
            "found": st.none() | st.booleans(),
        },
    ),
    max_size=3,
)
LADDERS = {"ladder": [{"level": 40, "needs": {"m0": 0.5}}, {"level": 100, "needs": {"m0": 0.5, "m1": 1.0}}]}
kind = st.sampled_from(
    [
        {},
        {"combine": "mean"},
        {"combine": "count"},
        {"combine": "ladder", **LADDERS},
        {"combine": "ladder", "linear": True, **LADDERS},
    ]
)


def worth(one: Json, facts: Json, given_: list[Json], hopeful: bool) -> Fraction | None:
    """What a dataset has of a measure, where all that is unknown is met (`hopeful`) or is not."""
    asked = tri(one.get("among") or {}, facts)
    if asked is False:
        return None
    if asked is None:
        return Fraction(int(hopeful))
    if "fact" in one:
        parts = facts[one["fact"]] if isinstance(facts[one["fact"]], list) else [facts[one["fact"]]]
        ends = [(share(part, one["per"], False), share(part, one["per"], True)) for part in parts]
        count = max(1, len(ends))
        least, most = (sum((end[side] for end in ends), Fraction()) / count for side in (0, 1))
    elif "levels" in one:
        top = max(step["level"] for step in one["levels"])
        sure = [s["level"] for s in one["levels"] if tri(s["passes"], facts) is True and not s["judged"]]
        maybe = [s["level"] for s in one["levels"] if tri(s["passes"], facts) is not False]
        least, most = Fraction(max(sure, default=0), top), Fraction(max(maybe, default=0), top)
    else:
        met = tri(one["passes"], facts)
        least, most = Fraction(int(met is True)), Fraction(int(met is not False))
    if one.get("declared") and least < most:
        own = [a for a in given_ if a["measure"] == one["measure"] and a.get("holds") is not False]
        mine = [a for a in own if a.get("dataset") == facts["name"]] or [a for a in own if "dataset" not in a]
        if mine:
            value = mine[-1]["value"]
            top = max(step["level"] for step in one["levels"]) if "levels" in one else one.get("per", 1)
            part = Fraction(1) if value is True else min(Fraction(1), Fraction(value) / top)
            found = mine[-1].get("found", True)
            low, high = (part if found else Fraction()), (Fraction() if found is False else part)
            least, most = sorted([least, low, most])[1], sorted([least, high, most])[1]
    return most if hopeful else least


def share(value: Any, per: float, hopeful: bool) -> Fraction:
    """A fact as a part of one."""
    if value is None:
        return Fraction(int(hopeful))
    if isinstance(value, bool):
        return Fraction(int(value))
    return min(Fraction(1), Fraction(value) / Fraction(per))


def tri(wanted: Json, facts: Json) -> bool | None:
    """Kleene's conjunction over the conditions; a list fact is a disjunction over its members."""
    found: list[bool | None] = []
    for name, one in wanted.items():
        members = facts[name] if isinstance(facts[name], list) else [facts[name]]
        ors = [None if member is None else fits(one, member) for member in members]
        found.append(True if True in ors else None if None in ors else False)
    return False if False in found else None if None in found else True


def fits(wanted: Any, value: Any) -> bool:
    """Whether one value is what a condition wants."""
    if isinstance(wanted, dict):
        return bool(
            ("min" not in wanted or value >= wanted["min"]) and ("max" not in wanted or value <= wanted["max"])
        )
    return bool(value in wanted) if isinstance(wanted, list) else bool(value == wanted)


def reference(made: Json, facts: list[Json], given_: list[Json], hopeful: bool) -> Fraction | None:
    """A pack's score by its definition, in fractions."""
    shares: list[tuple[Fraction, Fraction | None]] = []
    count = Fraction()
    for one in made["measures"]:
        parts = [part for row in facts if (part := worth(one, row, given_, hopeful)) is not None]
        over = one.get("enough") or len(parts)
        shares.append((Fraction(one["weight"]), min(Fraction(1), sum(parts) / Fraction(over)) if over else None))
        count += Fraction(one["weight"]) * sum(parts)
    if made.get("combine") == "ladder":
        by_name = {one["measure"]: part for one, (_, part) in zip(made["measures"], shares, strict=True)}
        before = Fraction()
        for step in made["ladder"]:
            ways = [
                min(Fraction(1), (by_name[m] or Fraction()) / Fraction(need)) for m, need in step["needs"].items()
            ]
            if min(ways) < 1:
                return before + (step["level"] - before) * min(ways) if made.get("linear") else before
            before = Fraction(step["level"])
        return before
    measured = [(weight, part) for weight, part in shares if part is not None]
    if not any(weight for weight, _ in measured):
        return None
    if made.get("combine") == "count":
        return count
    points = sum((weight * part for weight, part in measured), Fraction())
    return points / sum(weight for weight, _ in measured) * made["of"] if made.get("combine") == "mean" else points


@given(st.lists(measure, min_size=2, max_size=2), kind, datasets, said)
def test_every_score_is_the_references(
    measures: list[Json], more: Json, rows: list[Json], told: list[Json]
) -> None:
    made, facts = pack(*measures, **more), [{"name": chr(97 + at), **row} for at, row in enumerate(rows)]
    if more.get("combine") == "count":
        del made["of"]
    found = score(made, facts, told)
    for side, hopeful in (("value", False), ("upper", True)):
        wanted = reference(made, facts, told, hopeful)
        assert found[side] == (None if wanted is None else pytest.approx(float(wanted), abs=1e-9))


@given(st.lists(measure, min_size=2, max_size=2), kind, datasets, st.randoms(use_true_random=False))
def test_the_truth_lies_within_the_range(
    measures: list[Json], more: Json, rows: list[Json], drawn: random.Random
) -> None:
    """Whatever the unknown facts turn out to be, the score is in the range that was told."""
    made, facts = pack(*measures, **more), [{"name": chr(97 + at), **row} for at, row in enumerate(rows)]
    for one in made["measures"]:
        one.pop("declared", None)
        for step in one.get("levels", ()):
            step["judged"] = False
    told = score(made, facts)
    truth = score(made, [{name: settled(value, drawn) for name, value in row.items()} for row in facts])
    if truth["value"] is not None:
        assert truth["value"] == truth["upper"]
        assert told["value"] - 1e-9 <= truth["value"] <= told["upper"] + 1e-9


def settled(value: Any, drawn: random.Random) -> Any:
    """A fact once somebody has looked."""
    if isinstance(value, list):
        return [settled(one, drawn) for one in value]
    return drawn.choice([True, False, 0, 1, 2, 3]) if value is None else value


@given(st.lists(measure, min_size=2, max_size=2), kind, datasets, said, st.randoms(use_true_random=False))
def test_the_order_of_datasets_never_matters(
    measures: list[Json], more: Json, rows: list[Json], told: list[Json], drawn: random.Random
) -> None:
    made, facts = pack(*measures, **more), [{"name": chr(97 + at), **row} for at, row in enumerate(rows)]
    mixed = drawn.sample(facts, len(facts))
    assert score(made, facts, told) == score(made, mixed, told)


# ---------------------------------------------------------------- what a proof carries
def test_the_module_is_of_the_standard_library_alone_and_reads_on_python_3_9() -> None:
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 9))
    asked = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert asked <= set(sys.stdlib_module_names)
