"""Why and how personal data of a dataset are processed: `processing:` of `datapackage.yaml`.

What an activity must say is in `standards/processing.yaml` (section 39 of the Personal Data Protection Act). The
block stays on the desk: no release and no portal has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from metadata.dataset import Dataset
from metadata.finding import Finding, Place
from metadata.processing_shape import BLOCK, listed, register
from metadata.rules import rule
from metadata.workspace import Workspace

SURE = "personal-"
"""With this begin the rules that find personal data."""


def activities(dataset: Dataset) -> list[Mapping[str, Any]]:
    """The activities that a dataset declares."""
    given = dataset.descriptor.get(BLOCK) or []
    return [given] if isinstance(given, Mapping) else list(given)


def lacking(activity: Mapping[str, Any]) -> list[str]:
    """The keys that an activity must have and has not."""
    columns = register()["columns"]
    return [
        key
        for key, column in columns.items()
        if column.get("needed", True) and not column.get("from") and not activity.get(key)
    ]


def personal(dataset: Dataset, found: Iterable[Finding] = ()) -> bool:
    """Whether a dataset holds personal data: by its category, by what a build found in it, or as it says."""
    category = str(dataset.about.get("data_category") or "").strip()
    return (
        bool(dataset.descriptor.get(BLOCK))
        or category == register()["category"]
        or any(one.rule.startswith(SURE) and one.severity != "note" for one in found)
    )


@rule("processing-missing", "processing-incomplete")
def declared(dataset: Dataset, found: Iterable[Finding] = ()) -> Iterator[Finding]:
    """Who processes personal data records it (PDPA s. 39): each activity says all that the register asks for."""
    at, columns = Place(dataset=dataset.name), register()["columns"]
    given = activities(dataset)
    if not given and personal(dataset, found):
        yield Finding(rule="processing-missing", severity="warning", at=at, values={"items": lacking({})})
    for number, activity in enumerate(given, 1):
        if missing := lacking(activity):
            named = [{language: columns[key][language] for language in ("th", "en")} for key in missing]
            values = {"number": number, "items": missing, "names": named}
            yield Finding(rule="processing-incomplete", severity="warning", at=at, values=values)


def rows(workspace: Workspace, datasets: Iterable[Dataset]) -> Iterator[dict[str, str]]:
    """The register's rows, one an activity; a dataset that declares none has one with what is known of it."""
    for dataset in datasets:
        for activity in activities(dataset) or [{}]:
            yield {key: _cell(workspace, dataset, activity, key) for key in register()["columns"]}


def _cell(workspace: Workspace, dataset: Dataset, activity: Mapping[str, Any], key: str) -> str:
    given, column = activity.get(key), register()["columns"][key]
    if given and column.get("choice"):
        return "\n".join(_basis(column["choice"], str(one)) for one in listed(given))
    return "\n".join(_told(one) for one in listed(given)) or _default(workspace, dataset, column.get("from"))


def _default(workspace: Workspace, dataset: Dataset, source: str | None) -> str:
    agency = workspace.agency
    address = (workspace.portal.get("address") or {}).get("th") or ""
    contact = _told({**(workspace.portal.get("contact") or {}), "name": ""})  # of the office, not of who answers
    known = {
        "dataset": dataset.name,
        "title": str(dataset.descriptor.get("title") or dataset.name),
        "agency": "\n".join(filter(None, (agency.title, agency.title_en, address, contact))),
        "dpo": _told(workspace.portal.get("dpo") or {}),
    }
    return known.get(source or "", "")


def _basis(kind: str, name: str) -> str:
    known = register()["bases"][kind].get(name)
    return f"{known['th']} / {known['en']}" if known else name


def _told(given: Any) -> str:
    """A text, or a person or body: name, address, e-mail, telephone."""
    if isinstance(given, Mapping):
        return ", ".join(str(value) for value in given.values() if value)
    return str(given)
