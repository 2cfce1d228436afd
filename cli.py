"""The command line: puts the commands together, and ends with their exit codes."""

from __future__ import annotations

import json
import os
import sys

import click

from commands import (
    auditing,
    catalogue,
    deciding,
    dictionaries,
    files,
    mending,
    people,
    proving,
    publishing,
    recalling,
    registers,
    scanning,
    sharing,
    status,
    voices,
)
from commands.console import Ended


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="saphan", message="%(version)s")
def cli() -> None:
    """saphan (สะพาน): from internal data to open data that people trust."""


for _room in (
    publishing,
    deciding,
    recalling,
    auditing,
    mending,
    proving,
    catalogue,
    files,
    scanning,
    status,
    voices,
    people,
    registers,
    sharing,
    dictionaries,
):
    for _command in _room.COMMANDS:
        cli.add_command(_command)


def main() -> None:
    """The `saphan` command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        cli(standalone_mode=False)
    except Ended as ended:
        sys.stderr.flush()
        os._exit(int(ended.code or 0))
    except click.ClickException as error:
        error.show()
        if "--json" in sys.argv:
            facts = {"kind": "usage", "exit": error.exit_code, "at": {}, "values": {}, "remedy": ""}
            document = {"error": {**facts, "message": error.format_message()}}
            sys.stdout.buffer.write((json.dumps(document, ensure_ascii=False) + "\n").encode())
        raise SystemExit(error.exit_code) from error
    except (click.Abort, KeyboardInterrupt) as error:
        raise SystemExit(130) from error


if __name__ == "__main__":
    main()
