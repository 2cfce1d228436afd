"""Who signs a decision: the person who logs in, where people have accounts, else whom the user declares."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from catalog.decisions.signing import Office
    from metadata.errors import SetupError
    from metadata.workspace import Workspace

TOKEN, SECOND = "SAPHAN_TOKEN", "SAPHAN_SECOND_TOKEN"
"""Where the API tokens of the signer and of the second person are."""


def signed(desk: Desk, workspace: Workspace, given: Mapping[str, Any]) -> dict[str, Any]:
    """Who decides, as the record says it: on what paper, by which account, or declared by whom.

    Raises SetupError `sign-login`, `sign-role` where people have accounts; `day-form`, `day-future`,
    `decision-personal`.
    """
    from catalog.decisions.signing import Office, asked_for
    from catalog.store.database import open_database
    from metadata.fiscal import day_of
    from metadata.workspace import user

    if not given["by"]:
        raise asking("--as")
    who = {key: value for key, value in given.items() if value}
    if who.get("letter_date"):
        who["letter_date"] = day_of(who["letter_date"]).isoformat()
    if second := who.get("second"):
        who["second"] = {key: text for key, text in second.items() if text}
    unsaid(who)
    engine = open_database(workspace.database_url)
    try:
        if not asked_for(engine, workspace.accounts):
            return {**who, "declared_by": user()}
        dpo = (workspace.portal.get("dpo") or {}).get("email") or ""
        office = Office(organization=workspace.agency.name, dpo=dpo)
        who |= logged_in(desk, workspace, engine, office, who, TOKEN)
        if second:
            who["second"] |= logged_in(desk, workspace, engine, office, who["second"], SECOND)
        return who
    finally:
        engine.dispose()


def asking(option: str, by: str = "") -> SetupError:
    """What a command says that lacks an option. `by`: the option, or the kind of decision, that asks for it."""
    from metadata.errors import SetupError

    return SetupError("option-missing" if not by else "option-together", option=option, by=by)


def unsaid(words: Mapping[str, Any]) -> None:
    """Raises SetupError `decision-personal` where what a record keeps for good holds a number of one person's."""
    from metadata.errors import SetupError
    from pipelines.govern.names import NUMBERS
    from pipelines.govern.personal.prose import about, sure, texts

    for key, text in texts(dict(words)):
        for name, entity in sure(text).items():
            if name in NUMBERS:
                raise SetupError("decision-personal", key=key, **about(entity))


def logged_in(
    desk: Desk, workspace: Workspace, engine: Engine, office: Office, who: Mapping[str, Any], variable: str
) -> dict[str, str]:
    """One signer, by the API token in an environment variable, else by a password: typed, or a line of input."""
    from catalog.decisions.signing import by_password, by_token, signer
    from catalog.login.gate import gate

    name, token = str(who["by"]).strip(), os.environ.get(variable, "").strip()
    if token:
        return signer(engine, by_token(engine, name, token), who["role"], office)
    if sys.stdin.isatty():
        password = click.prompt(desk.phrase("ask-sign", name=name), hide_input=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    key = by_password(engine, gate(workspace.accounts, workspace.state), name, str(password))
    return signer(engine, key, who["role"], office)
