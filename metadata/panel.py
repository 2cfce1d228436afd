"""Panel: one question to a published table, as `workspace.yaml` puts it for the page `/overview`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Show = Literal["tile", "line", "bar", "map", "table"]
Figure = Literal["sum", "mean", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A question, and how its answer is shown."""

    dataset: str
    title: str
    title_en: str = ""
    show: Show = "tile"
    resource: str = ""
    """The file by its name in the descriptor, its title or its id; nothing: the first that has a table."""
    measure: str = ""
    """The column of numbers; nothing: rows are counted."""
    figure: Figure = "count"
    by: str = ""
    """The column whose cells the figures are divided by: a time along a line, bars, the provinces of a map."""
    latest: str = ""
    """A column of times: only the rows of its last one count."""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Only rows that have one of these cells in the column, as texts."""
    unit: str = ""
    unit_en: str = ""
    compare: bool = False
    """Whether a tile says how much has changed since the time before the last."""

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Panel:
        """A panel as the settings give it, already checked."""
        rest = dict(written)
        where = {
            column: cells if isinstance(cells, list) else [cells]
            for column, cells in rest.pop("where", {}).items()
        }
        return cls(
            figure=rest.pop("figure", None) or ("sum" if rest.get("measure") else "count"),
            compare=rest.pop("compare", None) == "previous",
            where=tuple(
                (column, tuple(text for cell in cells for text in _texts(cell))) for column, cells in where.items()
            ),
            **rest,
        )


def _texts(cell: str | float | bool) -> tuple[str, ...]:
    """A cell as a table's text has it; yes and no are written in two ways."""
    return ("true", "1") if cell is True else ("false", "0") if cell is False else (str(cell),)
