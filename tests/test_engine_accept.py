"""What is certain about a column's cells: no text that a column accepts is one that frictionless finds wrong."""

from __future__ import annotations

import random
import warnings
from typing import Any

import polars as pl
import pytest
from engine_cases import MISSING, column
from engine_values import FULL_WIDTH, NASTY, THAI, cell

from pipelines.engine.columns import Column

FIELDS = 45
MARKS = "0123456789+-.,eE_ :TZ/@๑１\u00a0\n\x00Aazก\"'"


def altered(dice: random.Random, text: str) -> str:
    """A text a little beside another."""
    at = dice.randrange(len(text) + 1)
    return dice.choice(
        (
            *(text[:at] + text[at + 1 :], text[:at] + dice.choice(MARKS) + text[at:]),
            *(
                text[:at] + dice.choice(MARKS) + text[at + 1 :],
                text + dice.choice(["\n", " ", "0", "\x1c", "\u2003"]),
            ),
            *(dice.choice([" ", "+", "-", "0", "00"]) + text, text.translate(THAI), text.translate(FULL_WIDTH)),
            *(text.upper(), text.lower(), text + text),
        )
    )


def texts(dice: random.Random, made: Any) -> list[str]:
    """Texts that fit a column, nearly fit, or do not."""
    found = {"", *dice.sample(NASTY, 30)}
    for _ in range(40):
        text = made.good(dice) if dice.random() < 0.6 else cell(dice, made, 0.7)
        found |= {text, text := altered(dice, text), altered(dice, text)}
    return sorted(text for text in found if len(text) < 1000)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_accepted_is_right_and_what_is_wrong_is_told(seed: int) -> None:
    import frictionless

    accepted = 0
    for number in range(FIELDS // 3):
        dice = random.Random(f"{seed}:{number}")  # noqa: S311 - dice, no secret
        made = column(dice, "a")
        described = {"missingValues": dice.choice(MISSING), **made.field}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                field = frictionless.Field.from_descriptor(described)
                reader, judge = field.create_cell_reader(), field.create_cell_reader()
            except Exception:  # noqa: BLE001, S112 - a pattern or a bound that frictionless refuses
                continue
        right, wrong = [], []
        for text in texts(dice, made):
            try:
                (wrong if judge(text)[1] else right).append(text)
            except Exception:  # noqa: BLE001 - a cell for which frictionless raises is never accepted
                assert not _accepts(Column("0", field, reader), [text]), (text, described)
        told = Column("0", field, reader).wrong(pl.Series("0", [*right, *wrong], dtype=pl.String))
        mask = [False] * len([*right, *wrong]) if told is None else told.to_list()
        assert mask == [False] * len(right) + [True] * len(wrong), described
        for text in wrong:
            assert not _accepts(Column("0", field, reader), [text]), (text, described)
        accepted += sum(_accepts(Column("0", field, reader), [text]) for text in right[:20])
    assert accepted > 20


def _accepts(made: Column, cells: list[str]) -> bool:
    """Whether a column finds its cells right without reading them."""
    frame = pl.DataFrame({"0": pl.Series("0", cells, dtype=pl.String)})
    if made.accept is None:
        return False
    return bool(frame.select(made.right().all()).item())
