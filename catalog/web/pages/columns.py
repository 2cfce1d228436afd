"""The data dictionary of a table: what each column means, its unit, an example, and how much of it is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from catalog.picture.columns import Column, Field, roles
from catalog.store.filled import Filled, filled
from catalog.web.pages.cells import Cell, Style
from catalog.web.pages.page import meaning
from catalog.web.words import Language, Speech
from metadata.vocabulary import class_label

if TYPE_CHECKING:
    from catalog.store.datastore import Reading

EXAMPLE = 120
"""Letters of an example."""
LANGUAGES: tuple[Language, ...] = ("th", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A column in words."""

    name: str
    kind: str
    type: str
    """The kind in words."""
    label: str
    notes: str
    unit: str
    example: Cell
    missing: float | None
    """The share of rows without a value, 0 to 1; None where there are no rows."""
    number: bool
    level: str = ""
    """Its class in words, where the dictionary says one."""

    @property
    def parts(self) -> list[str]:
        """The name in pieces between which a line may break."""
        return re.split("(?<=_)", self.name)

    @property
    def percent(self) -> str:
        """The share in percent, so that little is not said to be nothing, nor nearly all to be all."""
        if not self.missing or self.missing == 1:
            return "0" if not self.missing else "100"
        percent = 100 * self.missing
        return "<0.1" if percent < 0.1 else ">99.9" if percent > 99.9 else f"{percent:.1f}".removesuffix(".0")


def counted(reading: Reading) -> Filled:
    """How full a table's columns are, with examples that are worth keeping in memory."""
    made = filled(reading)
    short = (one[:EXAMPLE] if isinstance(one, str) else one for one in made.examples)
    kept = tuple(None if isinstance(one, list | dict) and len(str(one)) > EXAMPLE else one for one in short)
    return replace(made, examples=kept)


def described(
    fields: Sequence[Mapping[str, Any]], known: Sequence[Column], counts: Filled, say: Speech
) -> list[Described]:
    """The columns of a table, as `datastore_info` gives its fields, in the reader's language."""
    matches = len(counts.values) == len(fields)  # else the table has just been made anew
    looked = counts.looked if matches else 0
    examples = counts.examples if matches else (None,) * len(fields)
    found = []
    for index, (one, role) in enumerate(zip(fields, known, strict=True)):
        info = one.get("info") or {}
        label, notes = meaning(info, say)
        style = Style.of(one["id"], role.field.kind, info)
        found.append(
            Described(
                name=one["id"],
                kind=role.field.kind,
                type=type_of(role.field.kind, say),
                label=label,
                notes=notes,
                unit=str(info.get("unit") or "") or role.unit(say.language),
                example=style.cell(examples[index], say),
                missing=1 - counts.values[index] / looked if looked else None,
                number=style.is_number,
                level=class_label(str(info["class"]))[say.language] if info.get("class") else "",
            )
        )
    return found


def known(fields: Sequence[Mapping[str, Any]], sample: Sequence[Sequence[Any]]) -> tuple[Column, ...]:
    """What each column is there for (`catalog.picture`), told by its description and some rows."""
    return roles([_field(one) for one in fields], sample, whole=False)


def _field(one: Mapping[str, Any]) -> Field:
    told = {language: meaning(one.get("info") or {}, Speech(language)) for language in LANGUAGES}
    labels, notes = ({language: said[part] for language, said in told.items()} for part in (0, 1))
    return Field(name=one["id"], kind=kind_of(one), labels=labels, notes=notes)


def kind_of(field: Mapping[str, Any]) -> str:
    """A column's type in the DataStore, of which `datastore_info` calls one by another name."""
    return "json" if field["type"] == "nested" else str(field["type"])


def type_of(kind: str, say: Speech) -> str:
    """A type in words."""
    return say("columns-list", type=type_of(kind[1:], say)) if kind.startswith("_") else say(f"type-{kind}")
