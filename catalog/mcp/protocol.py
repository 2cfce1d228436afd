"""The Model Context Protocol over standard input and output: JSON-RPC 2.0, one message a line.

By hand, since the official package brings a web server, an HTTP client and a second of start-up along for what is
four methods here. Source: the specification of 2025-06-18, lifecycle, stdio transport and tools.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from metadata import __version__
from metadata.errors import SaphanError

VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")
"""Revisions of the protocol we speak, the newest first; our part of it is the same in all."""
LONGEST = 1 << 20
"""Bytes of one message to us."""
PARSE, INVALID, NO_METHOD, BAD_PARAMS = -32700, -32600, -32601, -32602


class ToolFailed(Exception):  # noqa: N818 - an answer, for the model to read
    """Why a tool cannot answer, in a sentence that says what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool. `schema` is the JSON Schema of its arguments; `run` takes them and gives a JSON object."""

    name: str
    title: str
    description: str
    schema: Mapping[str, Any] = field(hash=False)
    run: Callable[[dict[str, Any]], Mapping[str, Any]]

    def told(self) -> dict[str, Any]:
        """What `tools/list` says of it."""
        notes = {"title": self.title, "readOnlyHint": True, "idempotentHint": True, "openWorldHint": True}
        facts = {"name": self.name, "title": self.title, "description": self.description}
        return {**facts, "inputSchema": dict(self.schema), "annotations": notes}


@dataclass(kw_only=True)
class Server:
    """Answers messages, one after the other."""

    tools: Sequence[Tool]
    instructions: str

    def serve(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        """Answers until the input ends."""
        while line := incoming.readline(LONGEST + 1):
            too_long = len(line) > LONGEST
            while too_long and not line.endswith(b"\n"):
                line = incoming.readline(LONGEST)
                if not line:
                    break
            if not too_long and not line.strip():
                continue
            answer = _error(None, INVALID, "The message is too long") if too_long else self.answer_line(line)
            if answer is not None:
                outgoing.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
                outgoing.flush()

    def answer_line(self, line: bytes) -> dict[str, Any] | None:
        """The answer to one line; None to a notification."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return _error(None, PARSE, "Parse error")
        if not isinstance(message, dict) or not isinstance(message.get("method", ""), str):
            return _error(None, INVALID, "Invalid request")
        key = message.get("id")
        if "method" not in message:
            return None  # an answer: we asked nothing
        if message.get("jsonrpc") != "2.0" or isinstance(key, (dict, list, bool, float)):
            return _error(None, INVALID, "Invalid request")
        if "id" not in message:
            return None
        params = message.get("params", {})
        if not isinstance(params, dict):
            return _error(key, BAD_PARAMS, "params must be an object")
        return self._answer(key, message["method"], params)

    def _answer(self, key: Any, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "initialize":
            asked = params.get("protocolVersion")
            facts: dict[str, Any] = {
                "protocolVersion": asked if asked in VERSIONS else VERSIONS[0],
                "capabilities": {"tools": {}},
            }
            named = {"name": "saphan", "title": "saphan", "version": __version__}
            return _result(key, {**facts, "serverInfo": named, "instructions": self.instructions})
        if method == "ping":
            return _result(key, {})
        if method == "tools/list":
            return _result(key, {"tools": [tool.told() for tool in self.tools]})
        if method == "tools/call":
            return self._call(key, params)
        return _error(key, NO_METHOD, f"Method not found: {method[:100]}")

    def _call(self, key: Any, params: dict[str, Any]) -> dict[str, Any]:
        tool = next((one for one in self.tools if one.name == params.get("name")), None)
        given = params.get("arguments") or {}
        if tool is None or not isinstance(given, dict):
            return _error(key, BAD_PARAMS, f"Unknown tool: {str(params.get('name'))[:100]}")
        try:
            found = dict(tool.run(checked(tool.schema, given)))
        except ToolFailed as failed:
            return _result(key, {"content": [_text(str(failed))], "isError": True})
        except SaphanError as error:
            return _result(key, {"content": [_text(_said(error))], "isError": True})
        text = json.dumps(found, ensure_ascii=False, indent=1)
        return _result(key, {"content": [_text(text)], "structuredContent": found, "isError": False})


def checked(schema: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Arguments that fit a tool's schema, defaults filled in. Raises ToolFailed naming the first that does not."""
    known = schema["properties"]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ToolFailed(f"Unknown argument: {unknown[0][:100]}. Known: {', '.join(known)}")
    for name in schema.get("required", ()):
        if given.get(name) in (None, ""):
            raise ToolFailed(f"Missing argument: {name}")
    made = {name: one["default"] for name, one in known.items() if "default" in one}
    for name, value in given.items():
        if value is not None:
            wrong = _wrong(known[name], value)
            if wrong:
                raise ToolFailed(f"Argument {name}: {wrong}")
            made[name] = value
    return made


TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "array": (list,),
    "object": (dict,),
}


def _wrong(schema: Mapping[str, Any], value: Any) -> str:
    """What is wrong with a value: as much of JSON Schema as our tools use."""
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or isinstance(value, bool)):
        return f"expected {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"expected one of {', '.join(schema['enum'])}"
    if kind == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"expected {schema.get('minimum')} to {schema.get('maximum')}"
    if kind == "array":
        if len(value) > schema.get("maxItems", len(value)):
            return f"at most {schema['maxItems']}"
        return next(filter(None, (_wrong(schema["items"], one) for one in value)), "")
    if kind == "object" and "properties" in schema:
        try:
            checked(schema, value)
        except ToolFailed as failed:
            return str(failed)
    return ""


def _said(error: SaphanError) -> str:
    from metadata import wording

    told = wording.error(error, "en")
    return f"{told['message']} {told['remedy']}".strip()


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _result(key: Any, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": key, "result": dict(result)}


def _error(key: Any, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": key, "error": {"code": code, "message": message}}


def names(tools: Iterable[Tool]) -> tuple[str, ...]:
    """The tools' names."""
    return tuple(tool.name for tool in tools)
