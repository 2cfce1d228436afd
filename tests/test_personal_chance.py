"""A valid number among others: what passes a check digit by chance, and what does not."""

from __future__ import annotations

import polars
import pytest
from personal_alikes import MAKERS
from personal_values import VALUES, bare_id, checked, digits, seeded

from metadata.finding import Place
from pipelines.govern.personal import column
from pipelines.govern.personal.chance import Drawn, by_chance, joined

RANDOM = seeded("chance")
OTHERS = [MAKERS["wrong-id"](RANDOM) for _ in range(95)]
GOODS = [MAKERS["barcode"](RANDOM) for _ in range(60)]


def ids(count: int) -> list[str]:
    """Some national IDs."""
    return [bare_id(RANDOM) for _ in range(count)]


def told(columns: dict[str, list[str]], label: str) -> dict[str, set[int | None]]:
    """Severity → the rows of a column that are told, of national IDs."""
    found: dict[str, set[int | None]] = {}
    for one in column.findings(polars.DataFrame(columns), Place(), origins=range(2, 500)):
        if one.rule.startswith("personal-national-id") and one.at.column == label:
            found.setdefault(one.severity, set()).add(one.at.source_row)
    return found


def test_more_than_chance_lets_through_is_an_error() -> None:
    assert "error" in told({"code": [*OTHERS, *ids(40)]}, "code")
    assert set(told({"code": [*OTHERS, *ids(3)]}, "code")) == {"warning"}


@pytest.mark.parametrize("others", [GOODS, [f"2567{digits(RANDOM, 9)}" for _ in range(60)]])
def test_a_number_of_another_make_is_told_and_the_others_are_not(others: list[str]) -> None:
    cells = [*others, checked("7" + digits(RANDOM, 11))]
    assert told({"code": cells}, "code")["error"] == {None, len(cells) + 1}
    assert "error" not in told({"code": others}, "code")


def test_beside_names_a_valid_number_is_a_person_s() -> None:
    cells = [*OTHERS[:19], *ids(1)]
    names = [VALUES["person-name"](RANDOM) for _ in cells]
    assert "error" in told({"code": cells, "ชื่อ-สกุล": names}, "code")
    assert set(told({"code": cells, "สถานที่": ["วัด"] * 20}, "code")) == {"warning"}


@pytest.mark.parametrize(
    ("count", "passed", "odds", "chance"),
    [
        (1000, 100, 0.1, True),
        (1000, 182, 2 / 11, True),
        (1000, 182, 0.1, False),
        (20, 1, 0.1, True),
        (4, 1, 0.1, False),
    ],
)
def test_what_chance_lets_through(count: int, passed: int, odds: float, chance: bool) -> None:
    drawn = [Drawn(mark, mark < passed, odds, placed=False) for mark in range(count)]
    assert by_chance(drawn) is chance
    assert joined([tuple(drawn[::2]), tuple(drawn[1::2]), tuple(drawn[:9])]) == tuple(drawn)


def test_few_that_name_an_office_of_registration_outweigh_many_that_name_none() -> None:
    elsewhere = [Drawn(mark, mark < 90, 0.1, placed=False) for mark in range(900)]
    here = [Drawn(1000 + mark, mark < 14, 0.1, placed=True) for mark in range(30)]
    assert by_chance(elsewhere) and not by_chance([*elsewhere, *here])
