"""Steps that name, keep, add and take apart columns."""

from __future__ import annotations

from collections.abc import Mapping

import pandas

from pipelines.steps.declare import Column, Outcome, table_step


@table_step
def rename(table: pandas.DataFrame, *, columns: Mapping[Column, str]) -> Outcome:
    """Gives columns their published names.

    Example: - rename: {columns: {fund: fund_name, prov: province}}
    """
    return Outcome(table=table.rename(columns=dict(columns)), renamed=columns)
