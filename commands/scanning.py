"""Looking into files before they are given to anyone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands.console import Desk, Ended, common

MOST = 40
"""Findings shown of a file, at most."""
PACKED = (
    ".xlsx",
    ".xlsm",
    ".xlsb",
    ".xls",
    ".ods",
    ".docx",
    ".pptx",
    ".pdf",
    ".zip",
    ".gz",
    ".parquet",
    ".sqlite",
)
"""What is no text, whatever its bytes say."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@common
def scan(desk: Desk, files: tuple[str, ...]) -> int:
    """Look for personal data, secrets and dangers in every part of files. Needs no workspace.

    Every sheet, hidden ones too; comments, properties, headers, names; members of archives.
    """
    from metadata.errors import SourceError

    told: list[dict[str, Any]] = []
    code = 0
    for name in files:
        try:
            told.append(looked_into(desk, name))
            code = max(code, int(any(one["severity"] == "error" for one in told[-1]["findings"])))
        except SourceError as error:
            if len(files) == 1:
                raise
            told.append(refused(desk, name, error))
            code = max(code, error.exit)
    desk.result(told[0] if len(files) == 1 else {"files": told})
    desk.flush()
    raise Ended(code)


def looked_into(desk: Desk, name: str) -> dict[str, Any]:
    """Scans one file, and tells what was found. Raises SourceError."""
    from metadata.errors import SourceError
    from metadata.finding import has_errors
    from metadata.wording import finding
    from pipelines.govern.personal.masked import masked
    from pipelines.scan import UNREAD, scanned

    shown = masked(name)
    progress(desk, desk.phrase("scanning", file=shown))
    try:
        found = scanned(Path(name))
    except SourceError as refused:
        if refused.kind in UNREAD and Path(name).suffix.lower() in PACKED:
            raise SourceError("read-broken", refused.at, file=refused.values["file"]) from refused
        if refused.kind == "scan-folder":  # `.` has no name
            refused.values["file"] = shown.rstrip("/")
        raise
    errors = sum(one.severity == "error" for one in found.findings)
    facts = {"file": shown, "errors": errors, "others": len(found.findings) - errors}
    key = "scan-clean" if not found.findings else "scan-found"
    desk.say(desk.phrase(key, **facts), fg="red" if has_errors(found.findings) else "green")
    if not desk.quiet:
        desk.findings(found.findings, MOST)
    findings = [finding(one, desk.lang) for one in found.findings]
    return {"file": shown, "sha256": found.digest, "findings": findings}


def refused(desk: Desk, name: str, error: Any) -> dict[str, Any]:
    """One of several files that could not be read: the others go on."""
    from metadata.wording import finding
    from pipelines.govern.personal.masked import discreet, masked

    one = discreet(error.as_finding())
    desk.say(desk.phrase("scan-failed", file=masked(name)), fg="red")
    desk.findings((one,))
    return {"file": masked(name), "sha256": None, "findings": [finding(one, desk.lang)]}


def progress(desk: Desk, line: str) -> None:
    """A line on standard error while a file is looked into."""
    if not desk.quiet:
        click.secho(f"  {line}", err=True, dim=True)


COMMANDS = (scan,)
