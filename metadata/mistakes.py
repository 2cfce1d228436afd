"""A mistake at one place of a file that a person wrote: where it is, which sentence tells it, with which facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from metadata import document

Mistake = Mapping[str, Any]
"""{"line"?, "key"?, "mistake": a name in standards/mistakes.yaml, and its facts}: no prose, so that it can be told
in either language."""


class Mistakes:
    """What is wrong in one file, gathered, each with its line."""

    def __init__(self, written: Any) -> None:
        self.written = written
        self.found: list[Mistake] = []

    def add(self, mistake: str, *where: str | int, **facts: Any) -> None:
        """Notes a mistake at a key of the document; the line is the innermost part's that is there."""
        at = {"line": document.line_of(self.written, where), "key": ".".join(map(str, where))}
        self.found.append({key: value for key, value in at.items() if value} | {"mistake": mistake, **facts})

    def mapping(self, value: Any, *where: str | int, allowed: tuple[str, ...] = ()) -> dict[str, Any]:
        """The value, if it is a mapping; else notes a mistake and gives an empty one. Notes keys not `allowed`."""
        if not isinstance(value, dict):
            self.add("mapping", *where)
            return {}
        for key in value if allowed else ():
            if key not in allowed:
                self.unknown(allowed, *where, str(key))
        return value

    def unknown(self, known: tuple[str, ...], *where: str | int) -> None:
        """Notes a key that is none of those known, and the one it is most like."""
        near = get_close_matches(str(where[-1]), known, 1, 0.75)
        if near:
            self.add("near", *where, suggestion=near[0])
        else:
            self.add("unknown", *where, known=sorted(known))


YAML = (
    (r"found character '\\t'", "yaml-tab", False),
    (r"found character (?P<char>'.+?') that cannot start", "yaml-character", False),
    (r'found duplicate key "(?P<name>[^"]*)"', "yaml-twice", False),
    (r"mapping values are not allowed", "yaml-colon", False),
    (r"could not find expected ':'", "yaml-key", True),
    (r"unexpected end of stream", "yaml-quote", True),
    (r"expected ',' or|did not find expected ',' or", "yaml-flow", True),
    (r"unknown escape character", "yaml-escape", False),
    (r"found undefined alias|alphabetic or numeric character", "yaml-alias", False),
    (r"but found another document", "yaml-documents", False),
    (r"expected <block end>|did not find expected", "yaml-block", False),
    (r"unacceptable character|control characters|special characters", "yaml-unseen", False),
)
"""What ruamel says; what we call it; whether the line is where the part began, rather than where it went wrong."""


def of_yaml(error: Any, text: str) -> Mistake:
    """A parser's complaint as a Mistake: never the values that it quotes.

    Where two people changed a file at once, git leaves both their lines and its marks: that is what is wrong then.
    """
    if marked := re.search(r"^<{7}(?!<)", text, re.MULTILINE):
        return {"line": text.count("\n", 0, marked.start()) + 1, "mistake": "yaml-conflict"}
    said = str(getattr(error, "problem", None) or error)
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    for pattern, name, began in YAML:
        if match := re.search(pattern, said):
            mark = next((mark for mark in (reversed(marks) if began else marks) if mark), None)
            line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
            return {"line": line, "mistake": name, **match.groupdict()}
    mark = next((mark for mark in marks if mark), None)
    return {**({"line": mark.line + 1} if mark else {}), "mistake": "yaml-other"}


PYDANTIC = {
    "missing": "missing",
    "string_type": "text",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "dataclass_type": "mapping",
    "list_type": "list",
    "bool_type": "boolean",
    "bool_parsing": "boolean",
    "int_type": "number",
    "int_parsing": "number",
    "float_type": "number",
    "float_parsing": "number",
    "finite_number": "number",
    "greater_than": "range",
    "less_than_equal": "range",
}
FORMS = {
    "name": "form-name",
    "indicator": "form-name",
    "url": "form-url",
    "key_variable": "form-variable",
    "sha256": "form-sha256",
}


class ShapeError(ValueError):
    """What a shape of ours refuses: a mistake's name, and its facts."""

    def __init__(self, mistake: str, **facts: Any) -> None:
        super().__init__(mistake)
        self.mistake, self.facts = mistake, facts


def of_pydantic(
    errors: list[Any], written: Any, known: Mapping[tuple[str, ...], tuple[str, ...]]
) -> list[Mistake]:
    """pydantic's errors as Mistakes: never the input that they quote."""
    mistakes = Mistakes(written)
    for item in errors:
        where = tuple(part for part in item["loc"] if not str(part).startswith("function-"))
        kind = item["type"]
        if kind == "extra_forbidden":
            mistakes.unknown(_keys(known, tuple(map(str, where[:-1]))), *where)
        elif kind == "literal_error":
            mistakes.add("choice", *where, known=re.findall(r"'([^']*)'", item["ctx"]["expected"]))
        elif isinstance(wrong := item.get("ctx", {}).get("error"), ShapeError):
            mistakes.add(wrong.mistake, *where, **wrong.facts)
        elif kind == "string_pattern_mismatch":
            mistakes.add(FORMS.get(str(where[-1]), "value"), *where)
        else:
            mistakes.add(PYDANTIC.get(kind, "value"), *where)
    return mistakes.found


def _keys(known: Mapping[tuple[str, ...], tuple[str, ...]], place: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that a mapping at this place takes; a place in `known` may say `*` for any name or number."""
    for form, keys in sorted(known.items(), key=lambda one: one[0].count("*")):
        if len(form) == len(place) and all(part in ("*", here) for part, here in zip(form, place, strict=True)):
            return keys
    return ()
