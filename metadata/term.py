"""Term: one field of a metadata standard, and how what a steward wrote for it is read."""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One field of a standard: of the dataset, or (`resource`) of each of its resources."""

    field_name: str
    label: Mapping[str, str] = field(default_factory=dict, hash=False)
    """As in the official form: {"th", "en"}."""
    required: bool = False
    multiple: bool = False
    choices: tuple[str, ...] = ()
    """The vocabulary, as sent to CKAN; empty: free text."""
    choice_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    property: str | None = None
    """Where the descriptor holds it (`title`, `licenses[0].name`); None: `about`, by field name."""
    other: str | None = None
    """Field name of its companion, which says what "other" is."""
    other_value: str | None = None
    """The choice that means "other"."""
    data_types: tuple[str, ...] = ()
    """Values of `data_type` it belongs to; empty: all."""
    expected: bool = False
    """Should be given where it belongs, although the form does not insist."""
    item: int | None = None
    """Its number among the 14 mandatory items."""
    preset: str | None = None
    kind: str | None = None
    """The form of its text: date, datetime, email, unit, interval, year, degrees, class."""
    placeholder: str = ""
    resource: bool = False
    clause: str | None = None

    @builtins.property
    def key(self) -> str:
        """Where a steward writes it in `datapackage.yaml`: `title`, `about.objective`."""
        return self.property or f"about.{self.field_name}"

    def belongs(self, data_type: str | None) -> bool:
        """Whether the form shows it for a dataset of that type (unknown type: yes)."""
        return not self.data_types or not data_type or data_type in self.data_types


def given(descriptor: Mapping[str, Any], about: Mapping[str, Any], term: Term) -> Any:
    """What stands in a descriptor for a term: text or None; a tuple of texts where it is `multiple`.

    Lists may be lists, lists in JSON text, or plain text (CKAN's extras hold all three).
    """
    written = dig(descriptor, term.property) if term.property else about.get(term.field_name)
    if not term.multiple:
        return text(written)
    parted = listed(written)
    if len(parted) == 1 and not term.choices and isinstance(written, str):
        parted = re.split(r"[,\n]", str(parted[0]))
    return tuple(filter(None, map(text, parted)))


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path with list indexes (`licenses[0].name`), or None."""
    for key in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list | tuple) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def listed(value: Any) -> list[Any]:
    """A list, a list in JSON text, or one value, as a list."""
    if value is None or value == "":
        return []
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
        return read if isinstance(read, list) else [value]
    return [value]


def text(value: Any) -> str | None:
    """One value as text: a text by language gives its Thai; nothing or blank gives None; True gives `True`."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        value = value.get("th") or next(iter(value.values()), None)
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(text, value))) or None
    return str(value).strip() or None
