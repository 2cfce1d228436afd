"""The documentation page of the steps, made from their signatures and docstrings.

`python -m pipelines.steps.page` writes it to standard output; `docs/steps.md` is that text, kept so by a test.
"""

from __future__ import annotations

import sys

from pipelines.steps.register import StepHelp, describe

HEAD = """# Steps

<!-- Made by `python -m pipelines.steps.page > docs/steps.md`; a test keeps it so. -->

What may stand under `steps:` in a `recipe.yaml`. Steps run in the order they are written; each gets what the
one before it made. A step's parameters are checked, names and values, before a row is read.

A **value step** changes one text at a time. `columns` says where; left out it means every column, unless it is
marked needed. Empty cells are passed by. A text it will not decide stays as it is and becomes a finding
(`undecided-…`); a step that [protects persons](#protecting-persons) empties it instead, and says so too. A **table
step** drops, adds, moves or renames rows and columns.

Every changed, dropped, moved or added cell is a line of `release/ledger.parquet`; applied backwards, it gives
the table that was read, cell for cell.

| in the ledger | a line says |
| --- | --- |
| `changed`, `undecided` | a cell's text before and after (undecided: the same) |
| `dropped-row`, `dropped-column` | each cell that is gone; `after` is null |
| `moved` | a cell that stands in another column (`unpivot`) or whose row became part of another |
| `renamed`, `added` | a column's name before and after; `source_row` is null |
| `moved` without `source_row` | a column that was number `before` as read and is number `after` (null: gone) |

`source_row` and `source_column` say where the cell stood in the source, `column` what it is called after the step.

An agency's own steps stand in `datasets/steps.py`, written with the same decorators:

```python
from pipelines.steps import Undecided, value_step


@value_step
def postcode(text: str, *, digits: int = 5) -> str | Undecided:
    \"\"\"Keeps postcodes of the right length.\"\"\"
    return text if text.isdigit() and len(text) == digits else Undecided("postcode")
```
"""

FAMILIES = {
    "text": "Text",
    "numbers": "Numbers",
    "dates": "Dates and years",
    "places": "Places",
    "columns": "Columns",
    "rows": "Rows",
    "shape": "Shape",
    "protect": "Protecting persons",
    "protect_cells": "Protecting persons in tables of counts",
}


def page() -> str:
    """The page, in Markdown."""
    parts, family = [HEAD], ""
    for step in describe():
        if step.family != family:
            family = step.family
            parts.append(f"\n## {FAMILIES[family]}\n")
        parts.append(_section(step))
    return "".join(parts)


def _section(step: StepHelp) -> str:
    lines = [f"\n### {step.name}\n", f"{step.help} *({step.kind} step)*\n"]
    if step.more:
        lines.append(f"{step.more}\n")
    if step.parameters:
        lines.append("| parameter | takes | when left out |\n| --- | --- | --- |")
        lines += [
            f"| `{one.name}` | {one.type.replace('|', 'or')} | {one.default or 'needed'} |"
            for one in step.parameters
        ]
        lines.append("")
    lines.append(f"```yaml\n{step.example}\n```\n")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(page())
