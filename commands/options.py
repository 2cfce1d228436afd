"""Options that several commands share, and what is checked of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def folders(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Datasets' names, each once, also where the shell completed a folder's: `welfare-funds/`."""
    return tuple(dict.fromkeys(name.rstrip("/\\") for name in names))


def codec(_context: click.Context, _parameter: click.Parameter, name: str | None) -> str | None:
    """An encoding that Python knows."""
    import codecs

    try:
        return name and (codecs.lookup(name) and name)
    except LookupError:
        raise click.BadParameter(f"{name!r} is no encoding") from None


def delimiter(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """One character; `\\t` is a tab."""
    text = "\t" if text == "\\t" else text
    if text is not None and (len(text) != 1 or text in '\r\n"'):
        raise click.BadParameter("one character is expected")
    return text


def day(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """A day in either era, as it is stored; what is none stays as it is typed, for the command to refuse."""
    from metadata.errors import SetupError
    from metadata.fiscal import typed

    try:
        return text and typed(text).isoformat()
    except SetupError:
        return text


NAMES = click.argument("names", nargs=-1, metavar="[NAME]...", callback=folders)
SOME_NAMES = click.argument("names", nargs=-1, metavar="NAME...", required=True, callback=folders)
TARGET = click.option("--target", default="local", show_default=True, help="A target of workspace.yaml, or a URL.")
OVERWRITE = click.option("--overwrite", is_flag=True, help="Also replace what others changed on the portal.")
ENGINE = click.option(
    "--engine", envvar="SAPHAN_ENGINE", metavar="[local|dask|dask=URL]", help="Where the work is done."
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")
ROLES = click.Choice(["owner", "dpo", "steward", "committee"])


DAY = "2570-09-30 or 30/9/2570"
"""How a day is typed."""


def BY(function: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - options, as the ones above
    """Who decides, in which role, on which paper."""
    for option in (
        click.option("--expires", default="", callback=day, help=f"The last day on which it holds: {DAY}."),
        click.option("--reason", default="", help="The reason."),
        click.option("--resolution", default="", help="The resolution, where a meeting decided."),
        click.option("--letter-date", default="", help=f"The memo's day: {DAY}."),
        click.option("--letter-no", default="", help="The memo's number."),
        click.option("--order", default="", help="The order that appointed the person."),
        click.option("--position", default="", help="The person's position."),
        click.option("--role", type=ROLES, default="owner", show_default=True, help="In which role."),
        click.option("--as", "by", default="", metavar="NAME", help="Who decides."),
    ):
        function = option(function)
    return function
