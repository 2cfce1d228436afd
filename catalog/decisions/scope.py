"""What a standing approval binds to, and what a later release has that it had not, or that passes its limits.

A scope is stored in `decisions.yaml`, so it holds no cell: of a vocabulary (a text column of few values) only the
beginnings of digests, enough to see that a value is new, and of values that are published with the release anyway.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from catalog.decisions.kinds import family
from metadata.dataset import RESTRICTED, Dataset, Resource
from metadata.finding import Finding
from metadata.release import Report, canonical
from metadata.standard import Standard

WORDS = 100
"""Distinct values that a text column has at most to be a vocabulary; each stands in two rows on the average."""
DIGITS = 12
"""Hexadecimal digits kept of a digest: among 100 values, one in 10^12 new ones would pass as known."""
BOUND = ("dataset", "target", "standard", "access", "category", "class", "licence", "recipe", "steps", "sources")
"""What must be as it was."""
FIXED = ("datapackage.yaml", "recipe.yaml", "steps.py")
"""Inputs that are no source."""
PERSONS = ("personal-", "reidentify-", "small-cell")
"""What rules begin with that tell of single persons."""
SHOWN = ("name", "title", "title_en", "description", "description_en")
"""Properties of a column that say nothing about its cells."""

Scope = Mapping[str, Any]


def shape(
    dataset: Dataset,
    report: Report,
    standard: Standard,
    target: str,
    looked: Mapping[str, Iterable[str]],
    whole: bool,
) -> dict[str, Any]:
    """A release as a scope sees it. `looked`: resource → columns whose vocabulary is wanted, however many values
    they have by now; with those that have a vocabulary today, where the `whole` is wanted."""
    folder = dataset.folder / "release"
    profile = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    category = standard.term("data_category")
    licence = standard.term("license_id")
    found: dict[str, Any] = {
        "dataset": dataset.name,
        "target": target,
        "standard": standard.name,
        **({"access": RESTRICTED} if dataset.restricted else {}),
        "category": standard.value(dataset, category) if category else None,
        "class": standard.value(dataset, standard.classification),
        "licence": standard.value(dataset, licence) if licence else None,
        "recipe": report.inputs.get("recipe.yaml"),
        "steps": report.inputs.get("steps.py"),
        "sources": sorted(name for name in report.inputs if name not in FIXED),
        "resources": {},
        "personal": sorted({_seen(one) for one in report.findings if one.rule.startswith(PERSONS)}),
    }
    for resource in dataset.resources:
        told = profile.get(resource.name) or {}
        columns = told.get("columns") or ()
        wanted = {*looked.get(resource.name, ()), *(_wordy(columns, told.get("rows") or 0) if whole else ())}
        found["resources"][resource.name] = {
            "format": resource.format,
            "key": (resource.schema or {}).get("primaryKey"),
            "columns": {name: _digest(field) for name, field in _fields(resource)},
            "vocabulary": _vocabulary(folder / f"{resource.name}.{resource.format}", wanted),
            "rows": told.get("rows") or 0,
            "latest": max(
                (one["max"] for one in columns if one["type"] in ("date", "datetime") and one.get("max")),
                default=None,
            ),
            "quality": (told.get("quality") or {}).get("completeness"),
            "k": min((int(one.values["k"]) for one in report.findings if _grouped(one, resource)), default=None),
        }
    return found


def looked(scopes: Iterable[Scope]) -> dict[str, set[str]]:
    """Resource → the columns whose vocabulary some scopes know."""
    wanted: dict[str, set[str]] = {}
    for one in scopes:
        for name, told in _resources(one).items():
            wanted.setdefault(name, set()).update(told.get("vocabulary") or {})
    return wanted


def outgrown(scope: Scope, now: Scope) -> tuple[dict[str, Any], ...]:
    """What a release has that a scope does not allow: `{"mistake": …, facts}`, said by `mistakes.yaml`."""
    limits = scope.get("limits") or {}
    found = [
        {"mistake": "grown-bound", "what": _named(name)} for name in BOUND if scope.get(name) != now.get(name)
    ]
    for name, told in _resources(now).items():
        before = _resources(scope).get(name)
        if before is None:
            found.append({"mistake": "grown-resource", "resource": name})
        else:
            found += _grown(name, before, told, limits)
    found += [
        {"mistake": "grown-resource-gone", "resource": n} for n in _resources(scope) if n not in now["resources"]
    ]
    new = [one for one in now["personal"] if one not in (scope.get("personal") or ())]
    return (*found, *({"mistake": "grown-personal", "what": one} for one in new))


def _grown(
    name: str, before: Mapping[str, Any], now: Mapping[str, Any], limits: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    at = {"resource": name}
    had, has = before.get("columns") or {}, now["columns"]
    for label in has:
        if label not in had:
            yield {"mistake": "grown-column", **at, "column": label}
        elif had[label] != has[label]:
            yield {"mistake": "grown-column-changed", **at, "column": label}
    for label in had:
        if label not in has:
            yield {"mistake": "grown-column-gone", **at, "column": label}
    if (before.get("format"), before.get("key")) != (now["format"], now["key"]):
        yield {"mistake": "grown-form", **at}
    for label, words in (before.get("vocabulary") or {}).items():
        new = set(now["vocabulary"].get(label, "").split()) - set(words.split())
        if new and label in has:
            yield {"mistake": "grown-vocabulary", **at, "column": label, "count": len(new)}
    rows, few = now["rows"], before.get("rows") or 0
    if "rows" in limits and abs(rows - few) * 100 > few * limits["rows"]:
        yield {"mistake": "grown-rows", **at, "rows": rows, "before": few, "percent": limits["rows"]}
    if limits.get("until") and now["latest"] and now["latest"][:10] > str(limits["until"]):
        yield {"mistake": "grown-until", **at, "latest": now["latest"], "until": str(limits["until"])}
    k, least = now.get("k"), limits.get("k") or before.get("k")
    if k is not None and least is not None and k < least:
        yield {"mistake": "grown-k", **at, "k": k, "least": least}
    good, was = now.get("quality"), before.get("quality")
    if "quality" in limits and good is not None and was is not None and good < was - limits["quality"]:
        yield {"mistake": "grown-quality", **at, "quality": good, "before": was}


def until(shaped: Scope, last: date) -> str:
    """The last data date that a scope allows where its signer says none: its own last day, or what is there."""
    dates = [told["latest"][:10] for told in shaped["resources"].values() if told["latest"]]
    return str(max([*dates, last.isoformat()]))


def _named(name: str) -> dict[str, str]:
    from metadata.wording import word

    return {"th": word(f"bound-{name}", "th"), "en": word(f"bound-{name}", "en")}


def _resources(scope: Scope) -> Mapping[str, Any]:
    return scope.get("resources") or {}


def _grouped(found: Finding, resource: Resource) -> bool:
    """Whether a Finding says how small the smallest group of a table's rows is."""
    return found.rule == "reidentify-k" and found.at.resource == resource.name and "k" in found.values


def _seen(found: Finding) -> str:
    """A Finding of personal data as a scope knows it: its rule and its column."""
    where = "/".join(part for part in (found.at.resource, found.at.column) if part)
    return f"{family(found.rule)} {where}".rstrip()


def _fields(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field in (resource.schema or {}).get("fields") or ():
        yield str(field.get("name")), field


def _digest(field: Mapping[str, Any]) -> str:
    """What a column is, by its type and constraints: its titles may be put right without asking anybody."""
    told = {key: value for key, value in field.items() if key not in SHOWN}
    return hashlib.sha256(canonical(told)).hexdigest()[:DIGITS]


def _wordy(columns: Iterable[Mapping[str, Any]], rows: int) -> list[str]:
    texts = [one for one in columns if one["type"] == "string" and 0 < one["distinct"] <= WORDS]
    return [one["name"] for one in texts if one["distinct"] * 2 <= rows - one["blank"]]


def _vocabulary(path: Path, columns: Iterable[str]) -> dict[str, str]:
    """Column → the digests of its values, in order; of CSV files."""
    import polars

    if path.suffix != ".csv" or not path.is_file():
        return {}
    scan = polars.scan_csv(path, infer_schema=False)
    there = scan.collect_schema().names()
    found = {}
    for label in sorted(columns):
        if label in there:
            values = scan.select(polars.col(label).drop_nulls().unique()).collect().to_series()
            digests = (hashlib.sha256(value.encode()).hexdigest()[:DIGITS] for value in values)
            found[label] = " ".join(sorted(digests))
    return found
