"""The registers that the law and good order ask for: of processing personal data, and of sharing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, common
from commands.sharing import OUT, sharing

if TYPE_CHECKING:
    from metadata.dataset import Dataset
    from metadata.finding import Finding


@click.group()
def register() -> None:
    """The registers: processing of personal data (ropa), what is shared with other agencies (sharing)."""


@register.command()
@OUT
@common
def ropa(desk: Desk, out: Path | None) -> int:
    """The record of processing activities (PDPA s. 39) of every dataset that holds personal data."""
    from commands import sheet
    from metadata import clock, processing
    from metadata.processing_shape import register as known

    workspace, columns = desk.workspace, known()["columns"]
    datasets = [workspace.dataset(name) for name in workspace.names()]
    datasets = [one for one in datasets if processing.personal(one, found(one))]
    rows = list(processing.rows(workspace, datasets))
    needed = [key for key, column in columns.items() if column.get("needed", True)]
    lacks = [[key for key in needed if not row[key]] for row in rows]
    told = [{**row, "lacking": lack} for row, lack in zip(rows, lacks, strict=True)]
    if out:
        sheet.write(out, known()["title"], columns, rows, sheet.heading(workspace.agency))
    desk.result({"agency": workspace.agency.name, "day": clock.today().isoformat(), "activities": told})
    for row, lack in zip(rows, lacks, strict=True):
        basis = f" ({', '.join(row['basis'].splitlines())})" if row["basis"] else ""
        desk.say(desk.phrase("ropa-line", **{**row, "basis": basis}), bold=True)
        if lack:
            names = [columns[key][desk.lang] for key in lack]
            desk.say(desk.phrase("ropa-lacking", names=names), fg="yellow")
    counts = {"activities": len(rows), "datasets": len(datasets), "incomplete": sum(map(bool, lacks))}
    desk.say(desk.phrase("ropa-summary", **counts))
    if out:
        desk.say(desk.phrase("register-written", file=out))
    return 0


def found(dataset: Dataset) -> tuple[Finding, ...]:
    """What the last build found in a dataset; nothing where there was none."""
    from metadata.finding import Finding

    try:
        report: dict[str, Any] = json.loads((dataset.folder / "release/report.json").read_text(encoding="utf-8"))
        return tuple(Finding.from_dict(one) for one in report["findings"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


register.add_command(sharing)
COMMANDS = (register,)
