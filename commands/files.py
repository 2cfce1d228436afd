"""Judging files that stand alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, Ended, common
from commands.options import codec, delimiter

if TYPE_CHECKING:
    from pipelines.verdict import Verdict

MOST = 24
"""Findings shown of a file, at most."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--schema", type=click.Path(path_type=Path), help="A Table Schema, JSON or YAML.  [default: inferred]"
)
@click.option("--encoding", callback=codec, help="Of FILE, such as utf-8 or cp874.  [default: detected]")
@click.option("--delimiter", callback=delimiter, help="Between cells, one character or \\t.  [default: detected]")
@click.option("--format", help="csv, tsv, json …, where the name of FILE does not end with it.")
@click.option("--limit-errors", default=1000, show_default=True, type=click.IntRange(0), help="0: all of them.")
@common
def validate(desk: Desk, files: tuple[str, ...], schema: Path | None, **how: Any) -> int:
    """Judge files as frictionless does, fast. Needs no workspace.

    A FILE is a table, a folder, or a datapackage.json.
    """
    from pipelines import engine, parallel, verdict

    if len(files) == 1:
        engine.begin(Path(files[0]))
    verdict.prepare()
    terms = verdict.read_schema(schema) if schema else None
    asked = verdict.Asked(**how, schema=terms, report=desk.as_json, findings=not (desk.as_json or desk.quiet))
    found = []
    for one in parallel.verdicts(files, asked, desk.gauge()):
        found.append(one)
        judged(desk, one)
    desk.result(verdict.document_of(found) if desk.as_json else {})
    desk.flush()
    raise Ended(max(one.exit for one in found))


def judged(desk: Desk, found: Verdict) -> None:
    """Tells what was found in one file, and which way it was judged."""
    from metadata.wording import word

    for table in found.tables:
        kind = "judged-valid" if table.valid else "judged-invalid"
        facts = {"place": table.place, "rows": table.rows, "columns": table.columns}
        errors = sum(one.severity == "error" for one in table.findings)
        whole = table.tabular and table.columns
        text = desk.phrase(kind if whole else f"{kind}-file", errors=errors, **facts)
        desk.say(text, fg="green" if table.valid else "red")
        if not desk.quiet:
            desk.findings(table.findings, MOST)
    if not (desk.quiet or desk.as_json):
        desk.findings((*found.findings, *((found.failed,) if found.failed else ())), MOST)
    for way in () if desk.quiet else (way for way in found.ways if way.rows):
        because = word(f"because-{way.because or 'small'}", desk.lang).removeprefix("because-")
        what = found.file if len(found.ways) == 1 else way.resource
        facts = {"what": what, "rows": way.rows, "judged": way.judged, "because": because}
        click.secho("  " + desk.phrase("way-sifted" if way.sifted else "way-whole", **facts), err=True, dim=True)


COMMANDS = (validate,)
