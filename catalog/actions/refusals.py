"""How an action says no: CKAN's status and error body, before anyone knows whether HTTP is involved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ActionRefused(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """An action's refusal: the HTTP status and the `error` of CKAN's body (a bare string where CKAN sends one)."""

    def __init__(self, status: int, error: Mapping[str, Any] | str) -> None:
        super().__init__(status, error)
        self.status = status
        self.error: dict[str, Any] | str = error if isinstance(error, str) else dict(error)


def not_found(message: str = "") -> ActionRefused:
    """404 Not Found Error."""
    text = f"Not found: {message}" if message else "Not found"
    return ActionRefused(404, {"__type": "Not Found Error", "message": text})


def forbidden(message: str = "") -> ActionRefused:
    """403 Authorization Error."""
    text = f"Access denied: {message}" if message else "Access denied"
    return ActionRefused(403, {"__type": "Authorization Error", "message": text})


def invalid(errors: Mapping[str, Any]) -> ActionRefused:
    """409 Validation Error: field → its messages."""
    return ActionRefused(409, {**errors, "__type": "Validation Error"})


def missing(field: str) -> ActionRefused:
    """409 for a parameter that was not given."""
    return invalid({field: ["Missing value"]})


def wrong_container(field: str, value: Any, data: Mapping[str, Any]) -> ActionRefused:
    """400 Integrity Error: a list of objects was expected."""
    text = f"Only lists of dicts can be placed against subschema ('{field}',), not {type(value)}"
    return ActionRefused(400, {"__type": "Integrity Error", "message": text, "data": dict(data)})


def bad_query(message: str) -> ActionRefused:
    """400 Search Query Error."""
    return ActionRefused(400, {"__type": "Search Query Error", "message": f"Search Query is invalid: {message}"})


def bad_request(message: str) -> ActionRefused:
    """400 with a bare JSON string as body."""
    return ActionRefused(400, f"Bad request: {message}")
