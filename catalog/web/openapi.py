"""The Action API as an OpenAPI 3.1 document, made from the register: no action is told of that is not there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from catalog.actions.register import Action, actions
from catalog.web import caller, fresh
from metadata import __version__

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.actions.context import Site

PARAM = re.compile(r"^:param ([\w.]+):\s*(.*?)(?=^:param |\Z)", re.MULTILINE | re.DOTALL)
NUMBERS = {"limit", "offset", "rows", "start", "facet.limit", "facet.mincount"}
UPLOADS = {"resource_create", "resource_update", "resource_patch"}
ERRORS = {
    "400": "Not understood: an unknown action, a body that is no JSON object, a bad query",
    "403": "Not authorized",
    "404": "Not found",
    "409": "Validation error: field → messages",
}
"""Status → when CKAN answers with it."""


async def document(request: Request) -> Response:
    """`/api/3/openapi.json`."""
    content = orjson.dumps(described(caller.site(request), actions()))
    return await fresh.made(
        request, fresh.tag(content.decode()), lambda: content, "application/json;charset=utf-8"
    )


def described(site: Site, found: Mapping[str, Action]) -> dict[str, Any]:
    """The document, for a catalogue at an address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{site.title or site.url}: CKAN Action API",
            "version": __version__,
            "description": "CKAN's Action API. Actions that read answer GET and POST; the others POST alone.",
        },
        "servers": [{"url": site.url}],
        "paths": {f"/api/3/action/{name}": _path(one) for name, one in sorted(found.items())},
        "components": {
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
            "schemas": {"Error": _error()},
            "responses": {f"E{status}": _refusal(text) for status, text in ERRORS.items()},
        },
    }


def _error() -> dict[str, Any]:
    """What a refused call answers. A request that is not understood at all is answered with one text."""
    about = {"type": "object", "properties": {"__type": {"type": "string"}, "message": {"type": "string"}}}
    envelope = {
        "type": "object",
        "required": ["help", "success", "error"],
        "properties": {"help": {"type": "string"}, "success": {"const": False}, "error": about},
    }
    return {"anyOf": [{"type": "string"}, envelope]}


def _refusal(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def _path(action: Action) -> dict[str, Any]:
    post = _operation(action, action.name)
    schema = _body(action)
    post["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    if action.name in UPLOADS:
        upload = {"upload": {"type": "string", "contentMediaType": "application/octet-stream"}}
        form = {**schema, "properties": {**schema["properties"], **upload}}
        post["requestBody"]["content"]["multipart/form-data"] = {"schema": form}
    if not action.read:
        return {"post": {**post, "security": [{"token": []}]}}
    either: list[dict[str, list[str]]] = [{}, {"token": []}]
    get = {**_operation(action, f"{action.name}_get"), "parameters": _query(action), "security": either}
    return {"get": get, "post": {**post, "security": either}}


def _operation(action: Action, name: str) -> dict[str, Any]:
    first, _, rest = PARAM.sub("", action.help).strip().partition("\n")
    done = {
        "type": "object",
        "required": ["help", "success", "result"],
        "properties": {"help": {"type": "string"}, "success": {"const": True}, "result": {}},
    }
    answers: dict[str, Any] = {status: {"$ref": f"#/components/responses/E{status}"} for status in ERRORS}
    answers["200"] = {"description": "Done", "content": {"application/json": {"schema": done}}}
    operation = {"operationId": name, "summary": first or name, "responses": answers}
    return operation | ({"description": rest.strip()} if rest.strip() else {}) | {"tags": [_noun(action.name)]}


def _noun(name: str) -> str:
    return name.split("_")[0]


@cache
def _parameters(action: Action) -> tuple[tuple[str, str], ...]:
    """Name and meaning of what an action takes, from its help."""
    found = ((one[1], " ".join(one[2].split())) for one in PARAM.finditer(action.help))
    return tuple(dict(found).items())


def _query(action: Action) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "description": text, "schema": {"type": _type(name)}}
        for name, text in _parameters(action)
    ]


def _type(name: str) -> str:
    return "integer" if name in NUMBERS else "string"


def _body(action: Action) -> dict[str, Any]:
    """Any JSON where the type is not sure: the server says itself what does not fit."""
    taken = {
        name: {"description": text, **({"type": "integer"} if name in NUMBERS else {})}
        for name, text in _parameters(action)
    }
    return {"type": "object", "properties": taken}
