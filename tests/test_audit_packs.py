"""The rule packs are worth what a reckoning by hand says."""

from __future__ import annotations

from typing import Any

import pytest
from audit_five import DAY, Json, known, parts, told

from catalog.audit import freshness
from catalog.audit.score import score
from metadata.pack import named


# ---------------------------------------------------------------- days
@pytest.mark.parametrize(
    ("set_for", "out", "behind"),
    [
        # put there on the day, and again later: the first day counts
        ("2026-10-01", [{"created": "2026-10-01T02:00:00", "last_modified": "2026-11-01T02:00:00"}], 0),
        ("2026-10-01", [{"created": "2020-01-01T02:00:00", "last_modified": "2026-10-04T02:00:00"}], 3),
        # a publisher's own word, in the Buddhist era
        ("2569-10-01", [{"created": "2026-11-01T02:00:00", "resource_data_release_date": "2569-10-02"}], 1),
        # nothing since: behind until today
        ("2026-11-12", [{"created": "2026-11-01T02:00:00"}], 10),
        ("2026-11-12", [], 10),
        # it is to come
        ("2027-01-01", [{"created": "2026-11-01T02:00:00"}], 0),
        ("", [{"created": "2026-11-01T02:00:00"}], None),
        ("soon", [], None),
    ],
)
def test_how_far_behind_its_calendar_a_dataset_is(set_for: str, out: list[Json], behind: int | None) -> None:
    found = freshness.dates({"data_release_calendar": set_for, "resources": out})
    assert freshness.timed(found, DAY)["behind_calendar_days"] == behind


@pytest.mark.parametrize(
    ("said", "years"),
    [
        ({"last_year_of_data": "2568"}, 0.89),
        ({"last_year_of_data": "2024"}, 1.89),
        ({"last_year_of_data": "2570"}, 0),
        ({"last_updated_date": "2021-11-22"}, 5.0),
        ({"last_updated_date": "2021-11-10"}, 5.03),
        ({}, None),
    ],
)
def test_how_old_data_are(said: Json, years: float | None) -> None:
    assert freshness.timed(freshness.dates(said), DAY)["age_years"] == years


def test_a_calendar_is_asked_only_of_those_whose_form_has_one() -> None:
    assert [one["calendar_kept"] for one in known()] == [True, True, None, False, None]


# ---------------------------------------------------------------- worth, by hand
FORMULA = {
    # whole, stale, paper: the copy and the closed one are not asked; nobody asked whether paper is registered
    "standard": (1 / 3, 2 / 3, 3),
    # stale lacks one
    "items": (2 / 3, 2 / 3, 3),
    # stale is late; of paper it cannot be told
    "current": (1 / 3, 2 / 3, 3),
    "registered": (1 / 3, 2 / 3, 3),
}


@pytest.mark.parametrize("name", ["opdc-2567", "opdc-2568"])
def test_the_open_data_kpi_of_2567_and_of_the_years_since(name: str) -> None:
    made = told(name)
    assert (made["value"], made["upper"]) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    assert made["status"] == "unconfirmed", "the conditions were seen, the percentage is our reading of them"
    assert parts(name) == FORMULA


def test_a_person_says_what_gd_catalog_was_not_asked() -> None:
    """A declared fact stands in for the one that is not known: paper is registered, and still not up to date."""
    facts = [{**one, "registered": True} if one["name"] == "paper" else one for one in known()]
    made = score(named("registration"), facts)
    assert (made["value"], made["upper"]) == (pytest.approx(200 / 3),) * 2


def test_a_province_is_shown_its_groups_and_copies() -> None:
    made = told("opdc-province")
    assert (made["value"], made["upper"]) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    found = parts("opdc-province")
    assert (found["copies"], found["grouped"]) == ((1, 1, 1), (0.2, 0.2, 5))


def agency(pack: str, **answers: Any) -> list[Json]:
    """Answers for the agency."""
    return [{"pack": pack, "measure": measure, "value": value} for measure, value in answers.items()]


@pytest.mark.parametrize(
    ("only", "answers", "level"),
    [
        # stale lacks an item: not even the first level
        ((), {"catalog": True, "used": True}, 0),
        # of three open ones whole and copied can be read by machines: more than half
        (("whole", "paper", "copied"), {"catalog": True}, 75),
        (("whole", "paper", "copied"), {"used": True}, 50),
        (("whole", "paper", "copied"), {"catalog": True, "used": True}, 100),
        # one of three: less than half
        (("paper", "closed"), {"catalog": True, "used": True}, 50),
    ],
)
def test_the_kpi_of_2564_is_a_ladder(only: tuple[str, ...], answers: Json, level: float) -> None:
    assert told("opdc-2564", agency("kpi", **answers), only)["value"] == level


@pytest.mark.parametrize(
    ("only", "answers", "level"),
    [
        (("whole", "paper", "copied"), {"catalog": True, "used": True}, 50),
        # copied breaks its schema, and no answer changes what was checked
        (("whole", "copied"), {"catalog": True, "used": True, "quality": True}, 75),
        (("whole",), {"catalog": True, "used": True}, 100),
        (("whole",), {"catalog": True, "used": False}, 75),
    ],
)
def test_the_kpi_of_2565_asks_for_all_and_for_quality(only: tuple[str, ...], answers: Json, level: float) -> None:
    assert told("opdc-2565", agency("kpi", **answers), only)["value"] == level


def test_the_items_of_metadata() -> None:
    made = told("metadata14")
    # 14 + 13 + 14 + 14 + 14 over five
    assert made["value"] == made["upper"] == pytest.approx(69 / 5)
    assert parts("metadata14")["complete"] == (0.8, 0.8, 5)


def test_currency() -> None:
    assert parts("currency") == {
        # whole, closed (by its record) and copied are; stale is late; paper's frequency says nothing
        "current": (0.6, 0.8, 5),
        # closed and paper give no day of their data
        "by-data": (0.4, 0.8, 5),
        "by-file": (0.6, 0.8, 5),
    }
    assert (told("currency")["value"], told("currency")["upper"]) == (pytest.approx(60), pytest.approx(80))


def test_openness() -> None:
    assert parts("open") == {
        # whole and copied; stale and paper are not under an open licence
        "open": (0.5, 0.5, 4),
        "public": (0.8, 0.8, 5),
        # stale gives no class
        "class": (0.75, 1, 4),
        "licence": (0.5, 0.5, 4),
        "file": (1, 1, 4),
        # stale is in Excel
        "machine-strict": (0.5, 0.5, 4),
        "machine-lenient": (0.75, 0.75, 4),
    }
    assert told("open")["value"] == 50


def test_stars() -> None:
    # CSV 3, XLSX 2, PDF 1, no file 0, CSV 3
    assert told("stars")["value"] == told("stars")["upper"] == pytest.approx(9 / 5)


def test_registration() -> None:
    made = told("registration")
    assert (made["value"], made["upper"]) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    assert parts("registration")["ready"] == (2 / 3, 2 / 3, 3)


def test_completeness() -> None:
    assert parts("completeness") == {
        "items": (0.8, 0.8, 5),
        "vocabulary": (1, 1, 5),
        # whole by its columns, copied by a file beside it; stale has none; the others have no table
        "dictionary": (2 / 3, 2 / 3, 3),
        "licence": (1, 1, 5),
        "class": (0.8, 0.8, 5),
    }
    assert told("completeness")["value"] == pytest.approx((0.8 + 1 + 2 / 3 + 1 + 0.8) / 5 * 100)


def test_master_data_are_counted() -> None:
    # paper, closed and copied are reference data; machines read copied
    made = told("master-data")
    assert (made["value"], made["upper"], made["of"]) == (1, 1, 3)


BASIC = {"4.1-basic-1": True, "4.1-basic-2": True, "4.1-basic-3": True}
WHOLE = {
    **BASIC,
    **{f"4.1-{level}-{at}": True for level in ("advance", "significance") for at in (1, 2)},
    "4.4-basic-1": True,
    "4.4-basic-2": True,
    "4.4-advance": 3,
    "4.4-significance": True,
    "7.6": 500,
}


@pytest.mark.parametrize(
    ("answers", "points"),
    [
        (WHOLE, {"4.1": 500, "4.4": 500, "7.6": 500}),
        # a third of basic is open: nothing above it counts
        ({**WHOLE, "4.1-basic-2": False}, {"4.1": 200, "4.4": 500, "7.6": 500}),
        ({**WHOLE, "4.1-advance-1": False}, {"4.1": 350, "4.4": 500, "7.6": 500}),
        ({**WHOLE, "4.4-advance": 1, "7.6": 285}, {"4.1": 500, "4.4": 300 + 100 / 3, "7.6": 285}),
        (BASIC, {"4.1": 300, "4.4": 0, "7.6": 0}),
        ({}, {"4.1": 0, "4.4": 0, "7.6": 0}),
    ],
)
def test_pmqa_gives_points_for_a_level_once_those_below_are_whole(answers: Json, points: Json) -> None:
    made = told("pmqa", agency("pmqa", **answers))
    assert {name: group["value"] for name, group in made["groups"].items()} == pytest.approx(points)
    assert made["value"] == pytest.approx(sum(points.values()) / 3)
    assert made["status"] == "unconfirmed"


def test_pmqa_has_a_word_for_its_points_and_a_range_where_nobody_answered() -> None:
    assert (told("pmqa")["value"], told("pmqa")["upper"]) == (0, 500)
    assert told("pmqa", agency("pmqa", **WHOLE))["band"] == "significance"
    four = {
        **WHOLE,
        "4.1-significance-1": False,
        "4.1-significance-2": False,
        "4.4-significance": False,
        "7.6": 400,
    }
    assert (told("pmqa", agency("pmqa", **four))["value"], told("pmqa", agency("pmqa", **four))["band"]) == (
        400,
        "advance",
    )


def test_what_can_be_reckoned_stands_beside_pmqa() -> None:
    found = parts("pmqa")
    # paper's file does not answer; nobody tried stale's
    assert found["4.1-reachable"] == (0.5, 0.75, 4)
    assert found["4.1-open"] == (0.5, 0.5, 4)
    assert found["4.4-class"] == (0.8, 0.8, 5)
    assert (found["7.6-open"], found["7.6-digital"]) == ((0.4, 0.4, 5), (0.6, 0.6, 5))


LEVELS = {
    # whole, stale, paper, copied: the least level and the highest that is possible
    "1.2": ("34", "14", "14", "34"),
    "1.3": ("34", "14", "14", "34"),
    "1.5": ("24", "14", "14", "24"),
    "2.2": ("34", "14", "14", "34"),
    "4.1": ("44", "22", "14", "33"),
    "4.2": ("44", "33", "14", "44"),
    "4.3": ("44", "33", "14", "14"),
    "4.4": ("24", "24", "14", "14"),
    "5.1": ("44", "33", "12", "33"),
    "5.2": ("34", "24", "22", "34"),
    "5.3": ("44", "33", "22", "33"),
    "5.4": ("44", "33", "44", "44"),
}
"""The items of มรด. 5 that machines can see something of."""


def test_the_items_of_the_quality_standard() -> None:
    found = parts("mrd5")
    for name, levels in LEVELS.items():
        least, most = (sum(int(pair[side]) for pair in levels) / 16 for side in (0, 1))
        assert found[name] == (least, most, 4), name
    assert {name for name, part in found.items() if part[:2] == (0, 1)} == set(found) - set(LEVELS)
    least, most = (sum(int(pair[side]) for row in LEVELS.values() for pair in row) / 16 for side in (0, 1))
    # ten more that only people answer
    assert told("mrd5")["value"] == pytest.approx(least / 22 * 4)
    assert told("mrd5")["upper"] == pytest.approx((most + 10) / 22 * 4)


def test_people_answer_what_machines_cannot_see() -> None:
    answers: list[Json] = [
        {"pack": "mrd5", "measure": "3.1", "value": 3},
        {"pack": "mrd5", "measure": "3.1", "value": 4, "dataset": "whole"},
        {"pack": "mrd5", "measure": "4.4", "value": 4},
        {"pack": "mrd5", "measure": "4.1", "value": 4},
        {"pack": "mrd5", "measure": "5.5", "value": 2},
    ]
    found = parts("mrd5", declared=answers)
    assert found["3.1"] == (13 / 16, 13 / 16, 4)
    assert found["4.4"] == (1, 1, 4)
    # whole 4, stale 2 as it is, paper 4 as it is said, copied 3 as it is
    assert found["4.1"] == (13 / 16, 13 / 16, 4)
    assert found["5.5"] == (0.5, 0.5, 0)
