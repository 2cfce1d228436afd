"""A Table Schema pattern as a narrower regular expression for the column engine.

The tree is the one that `re` itself compiles; its parser has no public name.
"""

from __future__ import annotations

from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_SPECIAL = set(r"\.+*?()|[]{}^$#&-~")
_CLASSES = {codes.CATEGORY_DIGIT: "0-9", codes.CATEGORY_WORD: "0-9A-Za-z_", codes.CATEGORY_SPACE: r" \t\n\r\f\x0b"}


class _Untranslatable(Exception):  # noqa: N818 - never leaves this file
    """A part of the pattern that has no certain counterpart."""


def narrow(pattern: str) -> str | None:
    """A Rust regex whose matches all match `re.compile("^{pattern}$").match`, or None where none is certain.

    frictionless composes the pattern just so (`Field.create_cell_reader`): `a|b` means `^a` or `b$`. Classes
    become their ASCII part, `$` the very end: what they leave out goes to frictionless' own reader.
    """
    try:
        return r"\A(?:" + _sequence(parser.parse(f"^{pattern}$")) + ")"
    except Exception:  # noqa: BLE001 - whatever it is, frictionless' own reader will say it
        return None


def _sequence(tree: Any) -> str:
    if getattr(tree, "state", None) is not None and tree.state.flags & ~parser.SRE_FLAG_UNICODE:
        raise _Untranslatable
    return "".join(_part(code, value) for code, value in tree)


def _part(code: Any, value: Any) -> str:
    if code is codes.LITERAL:
        return _literal(value)
    if code is codes.NOT_LITERAL:
        return f"[^{_literal(value)}]"
    if code is codes.ANY:
        return r"[^\n]"
    if code is codes.AT and value in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
        return r"\A"
    if code is codes.AT and value in (codes.AT_END, codes.AT_END_STRING):
        return r"\z"
    if code is codes.IN:
        return _set(value)
    if code is codes.BRANCH:
        return "(?:" + "|".join(_sequence(branch) for branch in value[1]) + ")"
    if code is codes.SUBPATTERN:
        _, add, remove, inner = value
        if add or remove:
            raise _Untranslatable
        return f"(?:{_sequence(inner)})"
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        least, most, inner = value
        upper = "" if most is codes.MAXREPEAT else str(most)
        return f"(?:{_sequence(inner)}){{{least},{upper}}}"
    raise _Untranslatable


def _set(items: Any) -> str:
    negated = items[0][0] is codes.NEGATE
    inside = []
    for code, value in items[1:] if negated else items:
        if code is codes.LITERAL:
            inside.append(_literal(value))
        elif code is codes.RANGE:
            inside.append(f"{_literal(value[0])}-{_literal(value[1])}")
        elif code is codes.CATEGORY and value in _CLASSES and not negated:
            inside.append(_CLASSES[value])
        else:
            raise _Untranslatable
    return f"[{'^' if negated else ''}{''.join(inside)}]"


def _literal(number: int) -> str:
    if 0xD800 <= number <= 0xDFFF:
        raise _Untranslatable
    return f"\\{chr(number)}" if chr(number) in _SPECIAL else f"\\x{{{number:x}}}"
