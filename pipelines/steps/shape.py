"""Steps that turn a table's shape."""

from __future__ import annotations

import numpy
import pandas

from pipelines.steps.declare import Columns, NewColumn, Outcome, table_step


@table_step(whole=True)
def unpivot(
    table: pandas.DataFrame,
    *,
    keep: Columns = (),
    columns: Columns = (),
    names_to: NewColumn = "name",
    values_to: NewColumn = "value",
) -> Outcome:
    """Makes rows of columns: one column for each year becomes a column of years and a column of values.

    `keep` names the columns that stay, or `columns` those that become rows; the others follow.

    Example: - unpivot: {keep: [จังหวัด], names_to: year, values_to: households}
    """
    turned = list(columns) or [label for label in table.columns if label not in keep]
    if not turned:
        return Outcome(table=table)
    stays = [label for label in (keep or table.columns) if label not in turned]
    rows = numpy.repeat(numpy.arange(len(table)), len(turned))
    made = {label: table[label].to_numpy(dtype=object)[rows] for label in stays}
    names = turned * len(table)
    made[names_to] = numpy.array([*names, None], dtype=object)[:-1]
    made[values_to] = table[turned].to_numpy(dtype=object).reshape(-1)
    index = table.index[rows]
    long = pandas.DataFrame(made, index=index, columns=[*stays, names_to, values_to], dtype="str")
    return Outcome(table=long, came_from={values_to: names})
