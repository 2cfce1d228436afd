"""`saphan fix`: what needs no judgement, put right in a dataset's `datapackage.yaml`. No source is touched."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from catalog.audit.fixing import repairs
from catalog.audit.fixing.remedies import TAGS, repaired, told
from metadata import document
from metadata.clock import ERA
from metadata.dataset import Dataset
from metadata.description.answers import allowed, answers, data_type, nearest
from metadata.description.forms import BUDDHIST
from metadata.edit import NotEditable, edited, put
from metadata.errors import SetupError
from metadata.event import Event, Story
from metadata.finding import Place
from metadata.standard import Standard
from metadata.term import Term, dig, listed
from metadata.vocabulary import classes, level_of
from metadata.workspace import Workspace

FILE = "datapackage.yaml"
Keys = tuple[str | int, ...]
"""Where a value stands in the file."""
DEFAULTS: Keys = ()
"""Where it stands in the workspace's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value of a `datapackage.yaml` that is to be another."""

    resource: str | None = None
    fix: str
    field: str
    key: str
    """Where it stands in the file."""
    label: Mapping[str, str]
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """As `--json` tells it."""
        made = {"resource": self.resource, "fix": self.fix, "field": self.field, "key": self.key}
        return {key: value for key, value in made.items() if value} | {"from": self.before, "to": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A dataset's file as it is and as it would be."""

    name: str
    path: Path
    before: bytes
    after: bytes
    changes: tuple[Change, ...]
    left: tuple[Change, ...] = ()
    """What is wrong and stands elsewhere: it comes of the workspace's defaults, or of an alias."""


def mended(
    workspace: Workspace, name: str, standard: Standard, given: Mapping[str, Sequence[str]] | None = None
) -> Mended:
    """What would be put right in one dataset, and what its file would then be; nothing is written.

    `given`: values that a person gave, by CKAN's field name; they are written, too, where the standard takes them.
    Raises SetupError `dataset-missing`, `file-invalid`, `yaml-broken`, `fix-field`, `fix-value`.
    """
    dataset = workspace.dataset(name)
    path = dataset.folder / FILE
    before = path.read_bytes()
    text = before.decode("utf-8-sig")
    written = document.plain(document.read(path))
    done: dict[Keys, Change] = {}
    left: dict[str, Change] = {}
    todo = list(_said(dataset, standard, written, given or {})) or list(_changes(dataset, standard, written))
    # what is put right lets more be told: of a category spelt right, that the data are public
    while todo:
        for change, place in todo:
            try:
                text = edited(text, place, change.after, repairs.seen)
            except NotEditable:
                left[change.key] = change
            else:
                done[place] = change
                dataset = _with(dataset, place, change.after)
        found = _changes(dataset, standard, written)
        todo = [one for one in found if one[0].key not in left and one[1] not in done]
    mark = before[:3] if before.startswith(b"\xef\xbb\xbf") else b""
    after = mark + text.encode() if done else before
    return Mended(
        name=name, path=path, before=before, after=after, changes=tuple(done.values()), left=tuple(left.values())
    )


def _with(dataset: Dataset, place: Keys, value: Any) -> Dataset:
    """The dataset as it is once a value is another."""
    descriptor = put(dataset.descriptor, place, value)
    resources = tuple(
        replace(one, descriptor=written)
        for one, written in zip(dataset.resources, descriptor.get("resources") or (), strict=True)
    )
    return replace(dataset, descriptor=descriptor, resources=resources)


def write(found: Sequence[Mended]) -> Story[int]:
    """Writes the files, each in one move. Events: `started`, `finished` for each; gives how many were written.

    A file that was changed meanwhile is left alone.
    """
    written = 0
    for one in found:
        if one.before == one.after or one.path.read_bytes() != one.before:
            continue
        hashes = {"from": _hash(one.before), "to": _hash(one.after)}
        places = [{"fix": change.fix, "key": change.key} for change in one.changes]
        yield Event(kind="started", dataset=one.name, body={"fix": places, "datapackage": hashes})
        spare = one.path.with_name(f".{FILE}.new")
        spare.write_bytes(one.after)
        spare.replace(one.path)
        written += 1
        yield Event(kind="finished", dataset=one.name, body={"fix": len(places), "datapackage": hashes["to"]})
    return written


def _hash(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _said(
    dataset: Dataset, standard: Standard, written: Mapping[str, Any], given: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Change, Keys]]:
    """What a person says that a field is to be."""
    for name, values in given.items():
        classification = standard.classification
        term = classification if name == classification.field_name else standard.term(name)
        if term is None or term.property == "name" or name in standard.given:
            known = [one.field_name for one in standard.terms]
            raise SetupError(
                "fix-field", Place(dataset=dataset.name), field=name, nearest=nearest(name, tuple(known))
            )
        after = [_taken(dataset, text, term) for text in values]
        place = _parts(term.key)
        before = dig(written, _dotted(place))
        right = after if term.multiple else after[0]
        if _same(before, right):
            continue
        yield Change(fix="given", field=name, key=term.key, label=term.label, before=before, after=right), place


def _same(before: Any, after: Any) -> bool:
    return [str(one) for one in listed(before)] == listed(after)


def _taken(dataset: Dataset, text: str, term: Term) -> str:
    """A value that a term takes: of a vocabulary in any spelling, of a date in any form that can mean but one."""
    right: str | None = repairs.seen(text).strip()
    if term.choices and right not in term.choices:
        right = repairs.choice(text, term)
    elif term.kind in ("date", "datetime"):
        right = repairs.day(text)
    elif term.kind == "year":
        right = repairs.year(text)
    elif term.kind == "email":
        right = repairs.email(text)
    elif term.kind == "interval":
        right = repairs.number(text, None, None)
    if not right:
        values = {
            "field": term.field_name,
            "label": dict(term.label),
            "value": text,
            "allowed": allowed(term, text),
        }
        raise SetupError("fix-value", Place(dataset=dataset.name), **values)
    return right


def _changes(dataset: Dataset, standard: Standard, written: Mapping[str, Any]) -> Iterator[tuple[Change, Keys]]:
    """What is to be another, and where it stands."""
    order = {one.get("name"): at for at, one in enumerate(written.get("resources") or ())}
    for given, kind, right in repaired(dataset, standard):
        term = given.term
        if term.field_name == TAGS:
            continue
        key = given.key.removeprefix(f"resources.{given.at.resource}.") if given.at.resource else given.key
        place: Keys = (*_place(given.at.resource, order), *_parts(key))
        before = dig(written, _dotted(place))
        field = key.removeprefix("about.") if term.kind == "class" else term.field_name
        change = Change(
            resource=given.at.resource,
            fix=kind,
            field=field,
            key=given.key,
            label=term.label,
            before=before,
            after=right,
        )
        yield change, place if before is not None else DEFAULTS
    yield from _keywords(dataset, standard, written)
    yield from _missing(dataset, standard)


def _place(resource: str | None, order: Mapping[Any, int]) -> Keys:
    return ("resources", order[resource]) if resource is not None else ()


def _parts(key: str) -> Keys:
    """`licenses[0].name` → ("licenses", 0, "name")."""
    return tuple(int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", key))


def _dotted(place: Keys) -> str:
    return ".".join(map(str, place))


def _keywords(dataset: Dataset, standard: Standard, written: Mapping[str, Any]) -> Iterator[tuple[Change, Keys]]:
    """Keywords as they are written, with the spaces around them that no reader of the file sees."""
    term, raw = standard.term(TAGS), written.get("keywords")
    before = [str(one) for one in listed(raw) if one is not None]
    after = repairs.keywords(before)
    if term and before and after and after != before:
        more: dict[str, Any] = {"key": term.key, "label": term.label, "before": raw, "after": after}
        yield Change(fix="keywords", field=TAGS, **more), ("keywords",)


def _missing(dataset: Dataset, standard: Standard) -> Iterator[tuple[Change, Keys]]:
    """What is not given, and the dataset's own files tell; consent to be harvested, of public data."""
    given = {(one.at.resource, one.term.field_name): one for one in answers(dataset, standard)}
    known = told((one.format for one in dataset.resources), _columns(dataset)) | _years(dataset)
    if _public(dataset, standard):
        known["allow_harvest"] = "True"
    kind = data_type(dataset, standard)
    for name, value in known.items():
        term = standard.term(name)
        if term is None or given[None, name].texts or not term.belongs(kind):
            continue
        after = value if term.multiple or not isinstance(value, list) else value[0]
        fix = "harvest" if name == "allow_harvest" else "derive"
        yield (
            Change(fix=fix, field=name, key=term.key, label=term.label, before=None, after=after),
            _parts(term.key),
        )


def _columns(dataset: Dataset) -> Iterator[str]:
    for resource in dataset.resources:
        for field in (resource.schema or {}).get("fields", ()):
            yield str(field.get("name") or "")
            yield str(field.get("title") or "")


def _years(dataset: Dataset) -> dict[str, str]:
    """The first and the last year of the data (B.E.), as the release has them in columns of years."""
    names = {repairs.plain(name) for name in repairs.table()["years"]}
    found: list[int] = []
    with suppress(OSError, ValueError, AttributeError, TypeError):
        profile = json.loads((dataset.folder / "release/profile.json").read_text(encoding="utf-8"))
        for table in profile.values():
            for column in table["columns"]:
                if repairs.plain(column["name"]) in names:
                    ends = [str(column.get(end)) for end in ("min", "max")]
                    found += [int(end) for end in ends if re.fullmatch(r"\d{4}", end)]
    years = [year if year in BUDDHIST else year + ERA for year in found]
    if not years or not all(year in BUDDHIST for year in years):
        return {}
    return {"first_year_of_data": str(min(years)), "last_year_of_data": str(max(years))}


def _public(dataset: Dataset, standard: Standard) -> bool:
    """Whether a dataset is open data: public, of the open class, with files."""
    term, right = standard.term("data_category"), classes()["open"]
    category = standard.value(dataset, term) if term else None
    level = level_of(standard.class_value(dataset))
    return bool(dataset.resources) and category == right["category"] and level == right["level"]
