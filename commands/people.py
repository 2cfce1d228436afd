"""Accounts and tokens of our own catalog."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from commands.console import Desk, common
from commands.opened import local_portal


@click.group()
def user() -> None:
    """Accounts of our own catalog."""


@user.command("add")
@click.argument("name")
@click.option("--email", required=True, help="The person's address.")
@click.option("--fullname", help="The person's name.")
@click.option("--sysadmin", is_flag=True, help="May do everything.")
@common
def user_add(desk: Desk, name: str, **given: Any) -> int:
    """Make an account. Its password is asked for, or read from standard input."""
    return called(desk, "user_create", {"name": name, "password": password(desk), **given}, "user-added")


@user.command("list")
@common
def user_list(desk: Desk) -> int:
    """The accounts, and when each was last here."""
    return called(desk, "user_list", {"all_fields": True}, "user-line")


@user.command("password")
@click.argument("name")
@common
def user_password(desk: Desk, name: str) -> int:
    """Give an account another password; its sessions end."""
    return called(desk, "user_patch", {"id": name, "password": password(desk)}, "user-password")


@user.command("role")
@click.argument("name")
@click.argument("organization")
@click.argument("role", type=click.Choice(["admin", "editor", "member", "none"]))
@common
def user_role(desk: Desk, name: str, organization: str, role: str) -> int:
    """Give an account a role in an organization, or take it."""
    action = "organization_member_delete" if role == "none" else "organization_member_create"
    data = {"id": organization, "username": name, **({} if role == "none" else {"role": role})}
    return called(desk, action, data, "user-role", name=name, organization=organization, role=role)


@user.command("remove")
@click.argument("name")
@common
def user_remove(desk: Desk, name: str) -> int:
    """Close an account and end its tokens. What it did stays on record."""
    return called(desk, "user_delete", {"id": name}, "user-removed", name=name)


@user.command("log")
@click.option("--name", "user", help="Only what this account did.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1000), help="Lines, the newest.")
@common
def user_log(desk: Desk, **asked: Any) -> int:
    """Who did what in our own catalog, the newest first."""
    return called(desk, "audit_log_list", asked, "user-log")


@click.group()
def token() -> None:
    """API tokens of our own catalog, for programs."""


@token.command("create")
@click.argument("name")
@click.argument("purpose")
@click.option("--days", "expires_in", default=365, show_default=True, type=click.IntRange(0), help="0: for ever.")
@click.option("--scope", default="write", show_default=True, type=click.Choice(["read", "write"]))
@common
def token_create(desk: Desk, name: str, purpose: str, **given: Any) -> int:
    """Make a token of account NAME. It is shown this once."""
    return called(desk, "api_token_create", {"user": name, "name": purpose, **given}, "token-made")


@token.command("list")
@click.argument("name")
@common
def token_list(desk: Desk, name: str) -> int:
    """An account's tokens, without the tokens themselves."""
    return called(desk, "api_token_list", {"user_id": name}, "token-line")


@token.command("revoke")
@click.argument("jti", metavar="ID")
@common
def token_revoke(desk: Desk, jti: str) -> int:
    """End a token, by the ID that `list` shows."""
    return called(desk, "api_token_revoke", {"jti": jti}, "token-revoked", id=jti)


def password(desk: Desk) -> str:
    """A password: asked for twice on a terminal, else the first line of standard input. Never an option."""
    if sys.stdin.isatty():
        return str(click.prompt(desk.phrase("ask-password"), hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def called(desk: Desk, action: str, data: Mapping[str, Any], phrase: str, **facts: Any) -> int:
    """One action of our own catalog, and a line of what it answered, or of each thing in its list."""
    with local_portal(desk.workspace) as portal:
        answer = portal.call_action(action, {key: value for key, value in data.items() if value is not None})
    desk.result({"result": answer})
    for one in answer if isinstance(answer, list) else [answer or {}]:
        shown = {key: "–" if value is None else value for key, value in {**one, **facts}.items()}
        desk.say(desk.phrase(phrase, **shown))
    return 0


COMMANDS = (user, token)
