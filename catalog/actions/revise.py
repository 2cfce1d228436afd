"""`package_revise`: a change of a dataset that is made only where it still is as the caller saw it.

Paths are CKAN's: `resources__0__name`, `resources__1a2b3c__name` (the beginning of an id), `resources__-1`,
`resources__extend`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import orjson

from catalog.actions import drafts
from catalog.actions.context import Context
from catalog.actions.documents import Document, save, shown, writable
from catalog.actions.package import sendable
from catalog.actions.refusals import invalid
from catalog.actions.register import action

Data = dict[str, Any]
SHORTEST = 5
"""Letters of an id in a path, at least."""


@action("package_revise")
def package_revise(ctx: Context, data: Data) -> Document:
    """Change a dataset only where it still is as `match` says, and return it as `package`.

    :param match: fields that must be equal, `id` or `name` among them (also `match__…`)
    :param filter: a list of patterns of fields to remove, `-notes`, or to keep, `+title` (optional)
    :param update: fields to set (also `update__resources__0__name`, `update__resources__extend`)
    :param include: a list of patterns of fields to return, as in filter (optional)
    """
    match, changes = _given(data, "match"), _given(data, "update")
    if not (match.get("id") or match.get("name")):
        raise invalid({"match__id": "Missing value"})
    old = writable(ctx, str(match.get("id") or match["name"]))
    differs = [path for path, value in match.items() if path != "id" and not _equal(old, path, value)]
    if differs:
        raise invalid({"match": differs})
    whole = sendable(old)
    _remove(whole, _patterns(data, "filter"))
    for path, value in changes.items():
        _set(whole, path.split("__"), value)
    answer = shown(ctx, save(ctx, drafts.package(ctx, whole, old), old))
    _remove(answer, _patterns(data, "include"))
    return {"package": answer}


def _given(data: Data, field: str) -> Data:
    """A parameter and its parts, as path → value."""
    value = data.get(field) or {}
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise invalid({field: ["Not a dict"]}) from None
    if not isinstance(value, dict):
        raise invalid({field: ["Not a dict"]})
    parts = {key.removeprefix(f"{field}__"): one for key, one in data.items() if key.startswith(f"{field}__")}
    return {**value, **parts}


def _patterns(data: Data, field: str) -> list[str]:
    value = data.get(field) or []
    value = [one.strip() for one in value.split(",")] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(one, str) and one[:1] in "+-" and one for one in value):
        raise invalid({field: ["Must be a list of patterns that begin with + or -"]})
    return value


def _index(held: list[Any], step: str) -> int | None:
    """The place in a list that a step of a path means."""
    number = step.removeprefix("-")
    if number.isdigit() and len(number) < SHORTEST:
        place = int(step)
        return place if -len(held) <= place < len(held) else None
    if len(step) < SHORTEST:
        return None
    found = [
        at for at, one in enumerate(held) if isinstance(one, dict) and str(one.get("id", "")).startswith(step)
    ]
    return found[0] if len(found) == 1 else None


def _equal(whole: Any, path: str, value: Any) -> bool:
    for step in path.split("__"):
        if isinstance(whole, list):
            place = _index(whole, step)
            whole = None if place is None else whole[place]
        else:
            whole = whole.get(step) if isinstance(whole, dict) else None
    return bool(whole == value)


def _set(whole: Any, path: list[str], value: Any) -> None:
    *parents, last = path
    for at, step in enumerate(parents):
        if isinstance(whole, list):
            place = _index(whole, step)
            if place is None:
                raise invalid({"__".join(path[: at + 1]): [f"Unmatched key {step}"]})
            whole = whole[place]
        else:
            if not isinstance(whole.get(step), dict | list):
                whole[step] = {}
            whole = whole[step]
    if not isinstance(whole, list):
        if not isinstance(whole, dict):
            raise invalid({"__".join(path): ["Not a field"]})
        whole[last] = value
        return
    if last == "extend":
        if not isinstance(value, list):
            raise invalid({"__".join(path): ["Value must be a list"]})
        whole.extend(value)
        return
    place = _index(whole, last)
    if place is None:
        raise invalid({"__".join(path): [f"Unmatched key {last}"]})
    changes = value if isinstance(value, dict) else {}
    whole[place] = {**whole[place], **changes} if isinstance(whole[place], dict) else value


def _remove(whole: Any, patterns: list[str]) -> None:
    """Takes away what the patterns say; the first that fits a path decides."""
    for path in reversed(list(_paths(whole, ()))):
        text = "__".join(path)
        fits = next((one for one in patterns if fnmatchcase(text, one[1:])), "+")
        if fits[0] == "-" and path != ("id",):
            _drop(whole, path)


def _paths(whole: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    items = enumerate(whole) if isinstance(whole, list) else whole.items()
    for key, value in items:
        yield (*path, str(key))
        if isinstance(value, dict | list):
            yield from _paths(value, (*path, str(key)))


def _drop(whole: Any, path: tuple[str, ...]) -> None:
    *parents, last = path
    for step in parents:
        whole = whole[int(step)] if isinstance(whole, list) else whole[step]
    del whole[int(last) if isinstance(whole, list) else last]
