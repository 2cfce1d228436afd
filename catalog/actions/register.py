"""The register of actions: CKAN's name → our function, and whether it writes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from catalog.actions.context import Context
from catalog.actions.refusals import bad_request

Run = Callable[[Context, dict[str, Any]], Any]
ROOMS = (
    "package", "search", "resource", "organization", "datastore", "datastore_search", "datastore_function",
    "datastore_sql", "site", "versions", "trail",
    "user", "token", "member", "vocabulary", "activity", "follow", "view", "bulk", "lookup", "revise",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One CKAN action. One that reads may be called by GET and needs no write transaction."""

    name: str
    read: bool
    run: Run

    @property
    def help(self) -> str:
        """What `help_show` says."""
        return inspect.getdoc(self.run) or ""


_actions: dict[str, Action] = {}


def action(name: str, *, read: bool = False) -> Callable[[Run], Run]:
    """Registers a function as the CKAN action of that name."""

    def register(run: Run) -> Run:
        if name in _actions and _actions[name].run is not run:
            raise RuntimeError(f"two actions are called {name}")
        _actions[name] = Action(name=name, read=read, run=run)
        return run

    return register


@cache
def actions() -> Mapping[str, Action]:
    """Every action, by name."""
    for room in ROOMS:
        import_module(f"catalog.actions.{room}")
    return _actions


def find(name: str) -> Action:
    """An action by name. Raises ActionRefused 400 as CKAN does when there is none."""
    found = actions().get(name)
    if found is None:
        raise bad_request(f"Action name not known: {name}")
    return found
