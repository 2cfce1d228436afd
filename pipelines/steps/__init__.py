"""Cleaning steps: one family a file. A steward's own `datasets/steps.py` imports its decorators from here."""

from pipelines.steps.declare import (
    Column,
    Columns,
    Day,
    Least,
    NewColumn,
    Outcome,
    Pattern,
    Undecided,
    table_step,
    value_step,
)

__all__ = [
    "Column",
    "Columns",
    "Day",
    "Least",
    "NewColumn",
    "Outcome",
    "Pattern",
    "Undecided",
    "table_step",
    "value_step",
]
