"""Editing a YAML file that a person keeps: only the value that changes is another, every other byte stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import SequenceMatcher
from typing import Any

from metadata import document

Path = tuple[str | int, ...]
"""Keys and list positions, from the document's root."""
Clean = Callable[[str], str]


class NotEditable(ValueError):  # noqa: N818 - it says what a value is
    """What is to be changed does not stand in the file by itself: an alias, a merged key, a text by language."""


def edited(text: str, path: Path, value: Any, clean: Clean) -> str:
    """The text of a YAML document with another value at a path; the value is text or a list of texts.

    Quotes, comments, order and layout stay. `clean` is tried first on a scalar as it is written, which keeps its
    lines, too; one in block style (`>-`) can be changed by nothing else. Raises NotEditable.
    """
    from ruamel.yaml.error import YAMLError

    if not path:
        raise NotEditable
    before = document.round_trip().load(text)
    wanted = _texts(put(document.plain(before), path, value))
    for how in (clean, None):
        made = _edited(text, path, value, how)
        with suppress(YAMLError):  # of an anchor that is gone
            if made is not None and _texts(document.plain(document.round_trip().load(made))) == wanted:
                return made
    raise NotEditable(".".join(map(str, path)))


def _edited(text: str, path: Path, value: Any, clean: Clean | None) -> str | None:
    node = document.round_trip().compose(text)
    for depth, key in enumerate(path):
        found = _child(node, key)
        if found is None:
            return None if clean else _inserted(text, node, path[depth:], value)
        node = found
    if node.id == "mapping":
        raise NotEditable(".".join(map(str, path)))
    start, end = node.start_mark.index, node.end_mark.index
    if clean:
        return text[:start] + clean(text[start:end]) + text[end:] if node.id == "scalar" else None
    if node.id == "sequence":
        return _listed(text, node, value) if isinstance(value, list) else None
    if node.style in ("|", ">"):
        return None
    before = text[start:end]
    return text[:start] + (_flow(value) if isinstance(value, list) else _scalar(value, before)) + text[end:]


def _child(node: Any, key: str | int) -> Any:
    if node.id == "mapping":
        return next((value for name, value in node.value if name.value == key), None)
    if node.id == "sequence" and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None


def _scalar(value: str, before: str = "") -> str:
    """A text in the quotes that the old one had; without quotes where it had none and needs none."""
    if before.startswith("'"):
        return "'" + value.replace("'", "''") + "'"
    if not before.startswith('"') and _plain(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _plain(value: str) -> bool:
    """Whether a text may stand without quotes, in a list of the short form, too."""
    special = re.search(r"^[-?:&*!|>'\"%@`]|[\n\r,\[\]{}#:]", value)
    if not value or special or value != value.strip():
        return False
    read = document.parsed(f"[{value}]")
    # a yes or no would be read as one; of a number or a date its text is the same
    return isinstance(read, list) and len(read) == 1 and not isinstance(read[0], bool) and _text(read[0]) == value


def _flow(values: Sequence[str]) -> str:
    return "[" + ", ".join(map(_scalar, values)) + "]"


def _listed(text: str, node: Any, values: Sequence[str]) -> str:
    """A list with other items: those that stay are not touched, nor what is written beside them."""
    items = list(node.value)
    if any(item.id != "scalar" or item.style in ("|", ">") for item in items):
        raise NotEditable
    written = [str(item.value).strip() for item in items]
    if node.flow_style:
        raw = dict(zip(written, (text[one.start_mark.index : one.end_mark.index] for one in items), strict=True))
        inside = ", ".join(raw.get(value) or _scalar(value) for value in values)
        start, end = node.start_mark.index, node.end_mark.index
        if "#" in re.sub(r"\"[^\"]*\"|'[^']*'", "", text[start:end]):
            raise NotEditable
        return f"{text[:start]}[{inside}]{text[end:]}"
    for kind, first, last, start, end in reversed(SequenceMatcher(None, written, list(values)).get_opcodes()):
        if kind != "equal":
            text = _swapped(text, items, first, last, values[start:end])
    return text


def _swapped(text: str, items: Sequence[Any], first: int, last: int, values: Sequence[str]) -> str:
    """Items of a list in the long form in place of others, a line each."""
    common = min(last - first, len(values))
    at = max(first + common, 1)
    anchor = items[at - 1]
    line = text.rfind("\n", 0, anchor.start_mark.index) + 1
    lead = text[line : anchor.start_mark.index]
    more = "".join(f"{_newline(text)}{lead}{_scalar(value)}" for value in values[common:])
    for item in reversed(items[first + common : last]):
        start, end = text.rfind(_newline(text), 0, item.start_mark.index), _line_end(text, item.end_mark.index)
        text = text[: max(start, 0)] + text[end:]
    if more:
        end = _line_end(text, anchor.end_mark.index)
        text = text[:end] + more + text[end:]
    for item, value in reversed(list(zip(items[first : first + common], values[:common], strict=True))):
        start, end = item.start_mark.index, item.end_mark.index
        text = text[:start] + _scalar(value, text[start:end]) + text[end:]
    return text


def _inserted(text: str, node: Any, path: Path, value: Any) -> str:
    """A key that was not there, after the last one of its mapping."""
    key, *rest = path
    if not isinstance(key, str) or node.id not in ("mapping", "scalar"):
        raise NotEditable
    if rest == [0, "name"]:
        told = f"[{{name: {_scalar(value)}}}]"
    elif len(rest) > 1 or any(isinstance(part, int) for part in rest):
        raise NotEditable
    elif rest:
        told = f"{{{rest[0]}: {_flow(value) if isinstance(value, list) else _scalar(value)}}}"
    else:
        told = _flow(value) if isinstance(value, list) else _scalar(value)
    if node.id == "scalar":
        raise NotEditable
    if node.flow_style:
        end = node.end_mark.index - 1
        comma = ", " if node.value else ""
        return f"{text[:end].rstrip()}{comma}{key}: {told}{text[end:]}"
    lead = text[text.rfind("\n", 0, node.value[0][0].start_mark.index) + 1 : node.value[0][0].start_mark.index]
    lead = lead.replace("-", " ")
    end = _line_end(text, _end(text, node))
    return f"{text[:end]}{_newline(text)}{lead}{key}: {told}{text[end:]}"


def _end(text: str, node: Any) -> int:
    """Where a node's own text ends: the marks of a block go on over comments and blank lines after it."""
    if node.id != "scalar" and not node.flow_style:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    if node.id == "scalar" and node.style in ("|", ">"):
        return len(text[:end].rstrip())
    return end


def _line_end(text: str, at: int) -> int:
    """Where the line of a place ends, before its line break."""
    found = re.compile(r"\r?\n|\Z").search(text, at)
    return found.start() if found else len(text)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def put(value: Any, path: Path, new: Any) -> Any:
    """A plain document with another value at a path."""
    if not path:
        return new
    key, *rest = path
    if isinstance(key, int):
        held = list(value or ())
        held[key:] = [put(held[key] if key < len(held) else None, tuple(rest), new), *held[key + 1 :]]
        return held
    return {**(value or {}), key: put((value or {}).get(key), tuple(rest), new)}


def _texts(value: Any) -> Any:
    """The same with every scalar as text: what was a number may be written as one again."""
    if isinstance(value, dict):
        return {key: _texts(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return _text(value)


def _text(value: Any) -> Any:
    value = document.plain(value)
    return value if value is None else str(value)
