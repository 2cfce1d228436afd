"""Steps that drop, fill and order rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy
import pandas

from pipelines import thai
from pipelines.steps.declare import Column, Columns, Outcome, Pattern, Undecided, table_step

Mask = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]


@table_step
def drop_totals(
    table: pandas.DataFrame, *, columns: Columns = (), label: Sequence[str] = (), suffix: bool = False
) -> pandas.DataFrame:
    """Drops rows of totals, which would be counted twice.

    A row is a total when a cell (of `columns`, else of any) is exactly one of the words for it: รวม, รวมทั้งหมด,
    รวมทั้งสิ้น, ยอดรวม, Total … (`pipelines/data/totals.csv`; `label` gives others instead). A name that only
    contains รวม stays. With `suffix` a cell that ends in `(รวม)` is a total too.

    Example: - drop-totals: {columns: [จังหวัด]}
    """
    words = {thai.bare(word) for word in label} or thai.words("totals.csv")

    def total(text: str) -> bool:
        bare = thai.bare(text).rstrip(":").strip("()")
        return bare in words or (suffix and any(thai.bare(text).endswith(f"({word})") for word in words))

    return table[~_any(table, columns, total)]


@table_step
def drop_blank_rows(table: pandas.DataFrame, *, columns: Columns = ()) -> pandas.DataFrame:
    """Drops rows with nothing in them (of `columns`, else of any column).

    Example: - drop-blank-rows: {}
    """
    return table[_any(table, columns, lambda text: bool(text.strip()))]


@table_step
def drop_rows(
    table: pandas.DataFrame,
    *,
    where: Mapping[Column, Sequence[str]] | None = None,
    matching: Mapping[Column, Pattern] | None = None,
) -> pandas.DataFrame:
    """Drops rows by what stands in them, such as notes below a table.

    `where` lists exact texts of a column (`""` is the empty cell), `matching` is a regular expression found
    anywhere in it. Given several, a row must meet all of them.

    Example: - drop-rows: {matching: {ลำดับ: '^(ที่มา|หมายเหตุ)'}}
    """
    return table[~_meets(table, where, matching)] if where or matching else table


@table_step
def keep_rows(
    table: pandas.DataFrame,
    *,
    where: Mapping[Column, Sequence[str]] | None = None,
    matching: Mapping[Column, Pattern] | None = None,
) -> pandas.DataFrame:
    """Keeps only rows by what stands in them; the conditions are `drop-rows`'.

    Example: - keep-rows: {where: {ระดับ: [จังหวัด]}}
    """
    return table[_meets(table, where, matching)]


@table_step(whole=True)
def fill_down(table: pandas.DataFrame, *, columns: Columns) -> pandas.DataFrame:
    """Fills empty cells with the last text above them, as vertically merged cells mean it.

    Example: - fill-down: {columns: [ภาค]}
    """
    filled = {}
    for label in columns:
        last, texts = "", []
        for text in table[label]:
            last = text or last
            texts.append(last)
        filled[label] = pandas.Series(texts, index=table.index, dtype="str")
    return table.assign(**filled)


@table_step(whole=True)
def dedupe(table: pandas.DataFrame, *, columns: Columns = ()) -> Outcome:
    """Drops rows that repeat an earlier one in every column.

    With `columns` (a key), rows that share the key but differ elsewhere are undecided: all of them stay.

    Example: - dedupe: {columns: [TA_ID]}
    """
    table = table[~table.duplicated().to_numpy()]
    if not columns:
        return Outcome(table=table)
    again = table.duplicated(subset=list(columns), keep=False).to_numpy()
    return Outcome(
        table=table, undecided=[(int(place), columns[0], Undecided("duplicate")) for place in again.nonzero()[0]]
    )


@table_step(whole=True)
def sort(table: pandas.DataFrame, *, columns: Columns, descending: bool = False) -> pandas.DataFrame:
    """Orders rows by columns: numbers by their value and before other text, which goes by its letters.

    Example: - sort: {columns: [year, province]}
    """
    keys = list(zip(*(map(_sort_key, table[label]) for label in columns), strict=True))
    return table.iloc[sorted(range(len(table)), key=keys.__getitem__, reverse=descending)]


def _sort_key(text: str) -> tuple[bool, float, str]:
    plain = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None
    return not plain, float(text) if plain else 0.0, text


def _any(table: pandas.DataFrame, columns: Sequence[str], holds: Callable[[str], bool]) -> Mask:
    """Rows of which any cell holds; each distinct text is asked once."""
    found = numpy.zeros(len(table), dtype=bool)
    for label in columns or table.columns:
        answers = {text: holds(text) for text in table[label].unique()}
        found |= numpy.array([answers[text] for text in table[label]], dtype=bool)
    return found


def _meets(
    table: pandas.DataFrame,
    where: Mapping[Column, Sequence[str]] | None,
    matching: Mapping[Column, Pattern] | None,
) -> Mask:
    met = numpy.ones(len(table), dtype=bool)
    for label, texts in (where or {}).items():
        met &= table[label].isin(list(texts)).to_numpy(dtype=bool)
    for label, pattern in (matching or {}).items():
        met &= numpy.array([re.search(pattern, text) is not None for text in table[label]], dtype=bool)
    return met
