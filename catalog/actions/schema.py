"""The ckanext-scheming schema of a catalog: the fields of a dataset and a resource, and what CKAN checks of them.

Takes the raw mapping of a scheming file, presets resolved or not. Source: ckanext-scheming's validators and
presets, and the answers of a CKAN with the Thai government schema.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.actions.values import EMAIL, clean_format, is_date, true

PRESETS = {
    "title": "if_empty_same_as(name) unicode_safe",
    "dataset_slug": "not_empty unicode_safe name_validator package_name_validator",
    "dataset_organization": "owner_org_validator unicode_safe",
    "select": "scheming_required scheming_choices",
    "radio": "scheming_required scheming_choices",
    "multiple_checkbox": "scheming_multiple_choice",
    "multiple_select": "scheming_multiple_choice",
    "multiple_text": "scheming_multiple_text",
    "date": "scheming_required isodate convert_to_json_if_date",
    "datetime": "scheming_isodatetime",
    "tag_string_autocomplete": "ignore_missing tag_string_convert",
    "resource_url_upload": "ignore_missing unicode_safe remove_whitespace",
    "resource_format_autocomplete": "if_empty_guess_format ignore_missing clean_format unicode_safe",
    "json_object": "scheming_required scheming_valid_json_object",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the schema."""

    name: str
    required: bool
    checks: tuple[str, ...]
    choices: tuple[str, ...]

    @property
    def multiple(self) -> bool:
        """Whether it holds a list."""
        return "scheming_multiple_choice" in self.checks or "scheming_multiple_text" in self.checks


class Schema:
    """A scheming schema: the fields of a dataset and of a resource."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.type = str(raw.get("dataset_type") or "dataset")
        self.dataset = _fields(raw.get("dataset_fields") or ())
        self.resource = _fields(raw.get("resource_fields") or ())


def _fields(raw: Sequence[Mapping[str, Any]]) -> dict[str, Field]:
    found = {}
    for one in raw:
        if not one.get("field_name"):
            continue
        checks = one.get("validators") or PRESETS.get(str(one.get("preset")), "")
        found[str(one["field_name"])] = Field(
            name=str(one["field_name"]),
            required=true(one.get("required", False)),
            checks=tuple(str(checks).split()) or ("scheming_required", "unicode_safe"),
            choices=tuple(str(choice["value"]) for choice in one.get("choices") or ()),
        )
    return found


def check(field: Field, value: Any) -> tuple[Any, list[str]]:
    """A field's value as the catalog keeps it, and what is wrong with it. None: not kept."""
    if field.multiple:
        return _several(field, value)
    empty = value is None or value == "" or value == []
    must = (field.required and "scheming_required" in field.checks) or bool(
        {"not_empty", "not_missing"} & set(field.checks)
    )
    if empty:
        return (None if value is None else value), (["Missing value"] if must else [])
    kept, wrong = value if isinstance(value, bool | int | float) else _text(value), []
    for name in field.checks:
        if name in CHECKS:
            kept, message = CHECKS[name](field, kept)
            wrong += [message] if message else []
    return kept, wrong


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _several(field: Field, value: Any) -> tuple[Any, list[str]]:
    """A multiple choice: a list, one string, or a list written as JSON; kept in the schema's order."""
    if isinstance(value, str):
        value = _listed(value)
    given = [] if value in (None, "") else value
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        return [], ["expecting list of strings"]
    if not given:
        return [], (["Select at least one"] if field.required else [])
    if not field.choices or "scheming_multiple_text" in field.checks:
        return given, []
    wrong = [f'unexpected choice "{one}"' for one in given if one not in field.choices]
    return [choice for choice in field.choices if choice in given], wrong


def _listed(text: str) -> Any:
    if text.startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return [text]
    return [text] if text else []


def _one_of(field: Field, value: Any) -> tuple[Any, str]:
    if not field.choices or value in field.choices:
        return value, ""
    return value, f"Value must be one of {list(field.choices)}"


def _email(_field: Field, value: Any) -> tuple[Any, str]:
    return value, "" if EMAIL.match(str(value)) else f"Email {value} is not a valid format"


def _isodate(_field: Field, value: Any) -> tuple[Any, str]:
    return value, "" if is_date(str(value)) else "Date format incorrect"


def _no_whitespace(_field: Field, value: Any) -> tuple[Any, str]:
    return (value.strip() if isinstance(value, str) else value), ""


def _format(_field: Field, value: Any) -> tuple[Any, str]:
    return clean_format(str(value)), ""


def _integer(_field: Field, value: Any) -> tuple[Any, str]:
    try:
        return int(value), ""
    except (TypeError, ValueError):
        return value, "Invalid integer"


def _boolean(_field: Field, value: Any) -> tuple[Any, str]:
    return true(value), ""


def _json_object(_field: Field, value: Any) -> tuple[Any, str]:
    try:
        good = isinstance(json.loads(str(value)), dict)
    except (ValueError, RecursionError):
        good = False
    return value, "" if good else "Unsupported value for JSON field"


CHECKS: dict[str, Callable[[Field, Any], tuple[Any, str]]] = {
    "scheming_choices": _one_of,
    "email_validator": _email,
    "isodate": _isodate,
    "scheming_isodatetime": _isodate,
    "remove_whitespace": _no_whitespace,
    "clean_format": _format,
    "int_validator": _integer,
    "boolean_validator": _boolean,
    "scheming_valid_json_object": _json_object,
}
