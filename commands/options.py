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


NAMES = click.argument("names", nargs=-1, metavar="[NAME]...", callback=folders)
SOME_NAMES = click.argument("names", nargs=-1, metavar="NAME...", required=True, callback=folders)
TARGET = click.option("--target", default="local", show_default=True, help="A target of workspace.yaml, or a URL.")
OVERWRITE = click.option("--overwrite", is_flag=True, help="Also replace what others changed on the portal.")
ENGINE = click.option(
    "--engine", envvar="SAPHAN_ENGINE", metavar="[local|dask|dask=URL]", help="Where the work is done."
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")
ROLES = click.Choice(["owner", "dpo", "steward", "committee"])


def BY(function: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - options, as the ones above
    """Who decides, in which role, on which paper."""
    for option in (
        click.option("--expires", default="", help="The day after which it no longer holds (YYYY-MM-DD)."),
        click.option("--reason", default="", help="The reason."),
        click.option("--resolution", default="", help="The resolution, where a meeting decided."),
        click.option("--letter-date", default="", help="The memo's day: 2569-11-30 or 30/11/2569."),
        click.option("--letter-no", default="", help="The memo's number."),
        click.option("--order", default="", help="The order that appointed the person."),
        click.option("--position", default="", help="The person's position."),
        click.option("--role", type=ROLES, default="owner", show_default=True, help="In which role."),
        click.option("--as", "by", default="", metavar="NAME", help="Who decides."),
    ):
        function = option(function)
    return function
