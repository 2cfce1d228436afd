"""CKAN's trigger functions of the DataStore: which there are (none), and its answers to who names one.

A function of CKAN's is PL/pgSQL and runs inside the database. SQLite has no such language, and on PostgreSQL it
would run as the owner of the whole catalog, past every rule of who may write what: nobody may make one here.
"""

from __future__ import annotations

from typing import Any

from catalog.actions import datastore_ask as ask
from catalog.actions.context import Context
from catalog.actions.refusals import forbidden, invalid, wrong_container
from catalog.actions.register import action
from catalog.actions.values import true

Data = dict[str, Any]
NO_FUNCTIONS = "This catalog has no functions of its database's own: change the records before they are sent"


def refused_triggers(data: Data) -> None:
    """Refuses the functions that a table's triggers name: there are none. Raises 409."""
    triggers = ask.parsed(data, "triggers")
    if not triggers:
        return
    if not isinstance(triggers, list) or not all(isinstance(one, dict) for one in triggers):
        raise wrong_container(
            "triggers", triggers, {key: data[key] for key in data if key not in ("records", "resource")}
        )
    errors = [{} if one.get("function") else {"function": ["Missing value"]} for one in triggers]
    if any(errors):
        raise invalid({"triggers": errors})
    raise invalid({"triggers": [f"function {triggers[0]['function']}() does not exist"]})


@action("datastore_function_create")
def datastore_function_create(ctx: Context, data: Data) -> None:
    """Not possible here: trigger functions run inside the database, as its owner.

    :param name: the function's name
    :param definition: its body in PL/pgSQL
    """
    errors = _texts(data, "definition", "name")
    if errors:
        raise invalid(errors)
    _sysadmin(ctx)
    raise invalid({"definition": [NO_FUNCTIONS]})


@action("datastore_function_delete")
def datastore_function_delete(ctx: Context, data: Data) -> None:
    """Delete a trigger function: there are none.

    :param name: the function's name
    :param if_exists: whether it is no error that there is none (default: false)
    """
    errors = _texts(data, "name")
    if errors:
        raise invalid(errors)
    _sysadmin(ctx)
    if not true(data.get("if_exists", False)):
        raise invalid({"name": [f"function {data['name']}() does not exist"]})


@action("datastore_run_triggers")
def datastore_run_triggers(ctx: Context, data: Data) -> int:
    """Apply a table's triggers to its records once more; the answer is how many there are. No table has any.

    :param resource_id: the resource
    """
    _sysadmin(ctx)
    key = ask.resource_id(data)
    if not ctx.datastore.exists(key):
        raise invalid({"records": [f'relation "{key}" does not exist']})
    return ctx.datastore.count(key)


def _texts(data: Data, *fields: str) -> Data:
    """What is wrong with parameters that must be texts."""
    errors: Data = {}
    for field in fields:
        if not isinstance(data.get(field), str):
            errors[field] = ["Must be a Unicode string value"]
        if field == "name" and not data.get(field):
            errors[field] = [*errors.get(field, []), "Missing value"]
    return errors


def _sysadmin(ctx: Context) -> None:
    if not ctx.actor.sysadmin:
        raise forbidden()
