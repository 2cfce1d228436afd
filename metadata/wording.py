"""Sentences for Findings and errors, Thai and English, from `standards/wording.yaml`."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from metadata import clock
from metadata.errors import SaphanError
from metadata.finding import Finding, Place

Language = Literal["th", "en"]
PHRASES = "standards/phrases.yaml"


ENTITY = "personal-entity"
"""The entries of wording.yaml that speak for every kind of personal data: `personal-phone`, `personal-email`, …"""
ENDS = ("-count", "-label", "-text")
FILE = {"": "scan-entity", "-count": "scan-entity-count"}
"""By what a rule ends with: the entries that say the same of a file as it is, where a Finding names a `part`."""


@cache
def sentences() -> dict[str, dict[str, Any]]:
    """Rule or error kind → {"th", "en", "remedy": {"th", "en"}, "clause"?}."""
    from metadata.document import packaged

    written: dict[str, dict[str, Any]] = packaged("standards/wording.yaml")
    return {name: _of_entity(name) or entry for key, entry in written.items() for name in spoken(key)}


def spoken(key: str) -> tuple[str, ...]:
    """The rules and kinds an entry of wording.yaml speaks for: the one of its key, or one for each entity."""
    from metadata.document import packaged

    if not key.startswith(ENTITY):
        return (key,)
    return tuple(key.replace(ENTITY, f"personal-{name}") for name in packaged("standards/personal.yaml"))


def _of_entity(kind: str, *, file: bool = False) -> dict[str, Any] | None:
    """The sentences of an entity's rule: those of `personal-entity`, with its name and its clause.

    `file`: of a file as it is, not of what is published.
    """
    end = next((one for one in ENDS if kind.endswith(one)), "")
    name = kind.removeprefix("personal-").removesuffix(end)
    entity = _entry("standards/personal.yaml", name) if kind.startswith("personal-") else {}
    if not entity:
        return None
    said = _entry("standards/wording.yaml", (FILE.get(end) if file else None) or ENTITY + end)
    told = {language: said[language].replace("{entity}", entity["name"][language]) for language in ("th", "en")}
    return {**told, "remedy": said["remedy"], "clause": entity["clause"]}


@cache
def _entry(name: str, key: str) -> Mapping[str, Any]:
    """One entry of a file of sentences, read without the others; empty where there is none."""
    from metadata.document import packaged_entry

    return packaged_entry(name, key) or {}


class _Facts(string.Formatter):
    """`str.format` that leaves out what is not known, picks the language, and joins lists."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        return kwargs.get(key, "…")

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Mapping) and "mistake" in value:
            value = mistake(value, self.language)
        elif isinstance(value, Mapping):
            value = value.get(self.language) or next(iter(value.values()), "…")
        if isinstance(value, list | tuple):
            sentences = any(isinstance(item, Mapping) and "mistake" in item for item in value)
            return ("; " if sentences else ", ").join(self.format_field(item, "") for item in value) or "–"
        if format_spec == "moment":
            return moment(str(value), self.language)
        return str(super().format_field(value, format_spec))


def say(kind: str, values: Mapping[str, Any], language: Language) -> tuple[str, str]:
    """The message and the remedy of a rule or an error kind, in one language."""
    entry = _of_entity(kind, file="part" in values) or _entry("standards/wording.yaml", kind)
    facts = _Facts(language)
    if language == "th" and (known := _reasons().get(str(values.get("reason")))):
        values = {**values, "reason": known}
    values = {key: _called(key, value) for key, value in values.items()}
    message = facts.vformat(entry.get(language, kind), (), values)
    remedy = facts.vformat(entry.get("remedy", {}).get(language, ""), (), values)
    return " ".join(message.split()), " ".join(remedy.split())


_NAMES = {"part": "parts", "why": "unseen", "active": "active"}


def _called(key: str, value: Any) -> Any:
    """What people call a part of a file, a kind of personal data or of secret that a value names by its key."""
    if not isinstance(value, str):
        return value
    if key in _NAMES:
        return _entry("standards/inside.yaml", _NAMES[key]).get(value, value)
    if key == "entity":
        return _entry("standards/personal.yaml", value).get("name", value)
    return _entry("standards/secrets.yaml", "secrets").get(value, value) if key == "secret" else value


@cache
def _mistakes() -> dict[str, dict[str, str]]:
    from metadata.document import packaged

    return packaged("standards/mistakes.yaml")  # type: ignore[no-any-return]


@cache
def _reasons() -> dict[str, str]:
    from metadata.document import packaged

    return packaged("standards/reasons.yaml")  # type: ignore[no-any-return]


def mistake(made: Mapping[str, Any], language: Language) -> str:
    """One mistake in a file that a person wrote: its line, its key, what is wrong (see `metadata.mistakes`)."""
    facts = _Facts(language)
    line, key = "line" in made, "key" in made
    before = "at" if line and key else "at-line" if line else "at-key" if key else None
    where = facts.vformat(_mistakes()[before][language], (), made) if before else ""
    return where + facts.vformat(_mistakes()[made["mistake"]][language], (), made)


def finding(found: Finding, language: Language) -> dict[str, Any]:
    """A Finding in the contract's JSON shape, with its `message` and `remedy`."""
    rule = found.rule.removesuffix("-count")  # as a decision names it
    message, remedy = say(found.rule, {"rule": rule, **found.at.to_dict(), **found.values}, language)
    return {**found.to_dict(), "message": message, "remedy": remedy}


def error(raised: SaphanError, language: Language) -> dict[str, Any]:
    """An error in the contract's JSON shape."""
    message, remedy = say(raised.kind, {**raised.at.to_dict(), **raised.values}, language)
    return {
        "kind": raised.kind,
        "exit": raised.exit,
        "at": raised.at.to_dict(),
        "values": raised.values,
        "message": message,
        "remedy": remedy,
    }


def place(at: Place, language: Language) -> str:
    """A place in words: `housing/projects, sheet สรุป, source row 14, column budget`."""
    names = {
        "th": {"sheet": "แผ่นงาน", "row": "แถว", "source_row": "แถวต้นฉบับ", "column": "คอลัมน์"},
        "en": {"sheet": "sheet", "row": "row", "source_row": "source row", "column": "column"},
    }[language]
    known = at.to_dict()
    parts = ["/".join(str(known[key]) for key in ("dataset", "resource") if key in known)]
    parts += [f"{names[key]} {known[key]}" for key in names if key in known]
    return ", ".join(part for part in parts if part)


@cache
def type_names() -> dict[str, dict[str, str]]:
    """Table Schema type → what people call it: {"integer": {"th", "en"}}."""
    return dict(_entry("standards/terms.yaml", "types"))


def phrase(name: str, language: Language, facts: Mapping[str, Any]) -> str:
    """A phrase of the command line, which says what goes on rather than what is wrong."""
    return _Facts(language).vformat(_entry(PHRASES, name)[language], (), facts)


def moment(written: str, language: Language) -> str:
    """A stored moment as people read it, in Thailand's time: `22/11/2569 16:46 น.`; CKAN's has no offset: UTC."""
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return written
    when = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(clock.BANGKOK)
    return phrase("moment", language, {"day": clock.day(when.isoformat(), language), "time": f"{when:%H:%M}"})


def word(name: str, language: Language) -> str:
    """One word of the command line (a role, a kind of decision); a name without one stands for itself."""
    return str(_entry(PHRASES, name).get(language, name))


def dictionary(language: Language) -> list[dict[str, str]]:
    """Every rule and error kind with its sentences, as `saphan rules` prints them; facts stand as `…`."""
    told = []
    for name, entry in sorted(sentences().items()):
        message, remedy = say(name, {}, language)
        told.append({"rule": name, "message": message, "remedy": remedy, "clause": entry.get("clause", "")})
    return told


def number(value: float | None) -> str:
    """A figure as people read it: at most two decimals, none where it is whole; a dash where there is none."""
    return "–" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
