"""Dataset and Resource: a folder a steward owns, as its `datapackage.yaml`, recipe and decisions say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metadata import document
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.recipe import Recipe
from metadata.release import Decision

NAME = re.compile(r"[a-z0-9_-]{2,70}")
"""Folder name, dataset name and CKAN name at once; thai_gdc lowers CKAN's 100 to 70."""
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
"""A resource's name: an ASCII slug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One published file: an entry of `resources` in the descriptor, kept whole."""

    name: str
    descriptor: Mapping[str, Any] = field(hash=False)

    @property
    def path(self) -> str:
        """Relative to the dataset's folder: `release/<name>.<format>`."""
        return str(self.descriptor.get("path") or f"release/{self.name}.{self.format}")

    @property
    def format(self) -> str:
        """Lower-case extension of the published file: `csv`, `geojson`."""
        path = str(self.descriptor.get("path") or "")
        return str(self.descriptor.get("format") or path.rpartition(".")[2] or "csv").lower()

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The Table Schema, if one is declared."""
        return self.descriptor.get("schema")

    @property
    def about(self) -> Mapping[str, Any]:
        """The standard's terms about this resource, by CKAN field name."""
        return self.descriptor.get("about") or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset folder. `descriptor` is `datapackage.yaml` with the workspace's defaults filled in."""

    name: str
    folder: Path
    descriptor: Mapping[str, Any] = field(hash=False)
    resources: tuple[Resource, ...] = ()
    recipe: Recipe | None = None
    decisions: tuple[Decision, ...] = ()

    @classmethod
    def open(cls, folder: Path, defaults: Mapping[str, Any] | None = None) -> Dataset:
        """Reads a dataset's folder. `defaults` (of the workspace) fill properties and terms not given.

        Raises SetupError `dataset-missing`, `dataset-name`, `file-invalid`, `yaml-broken` …
        """
        at = Place(dataset=folder.name)
        if not folder.is_dir():
            raise SetupError("dataset-missing", at, folder=str(folder.parent))
        if not NAME.fullmatch(folder.name):
            raise SetupError("dataset-name", at, name=folder.name)
        path = folder / "datapackage.yaml"
        written = document.read(path, at)
        descriptor = document.plain(written)
        if not isinstance(descriptor, dict):
            raise SetupError("file-invalid", at, file=str(path), mistakes=["expected a mapping"])
        mistakes = list(_mistakes(descriptor, written, folder.name))
        if mistakes:
            raise SetupError("file-invalid", at, file=str(path), mistakes=mistakes)
        descriptor = _filled(descriptor, defaults or {})
        resources = tuple(
            Resource(name=entry["name"], descriptor=entry) for entry in descriptor.get("resources") or ()
        )
        recipe = Recipe.open(folder / "recipe.yaml", folder.name) if (folder / "recipe.yaml").exists() else None
        dataset = cls(
            name=folder.name,
            folder=folder,
            descriptor=descriptor,
            resources=resources,
            recipe=recipe,
            decisions=_decisions(folder / "decisions.yaml", at),
        )
        dataset._match_recipe(at)
        return dataset

    @property
    def about(self) -> Mapping[str, Any]:
        """The standard's terms that the Data Package has no property for, by CKAN field name."""
        return self.descriptor.get("about") or {}

    @property
    def metadata_only(self) -> bool:
        """An entry of the catalog that is not open: no resources, only its description is published."""
        return not self.resources

    def resource(self, name: str) -> Resource | None:
        """One resource by name."""
        return next((resource for resource in self.resources if resource.name == name), None)

    def _match_recipe(self, at: Place) -> None:
        made = {course.resource for course in self.recipe.courses} if self.recipe else set()
        described = {resource.name for resource in self.resources}
        if made != described:
            raise SetupError(
                "recipe-resources",
                at,
                undescribed=sorted(made - described),
                unmade=sorted(described - made),
                file=str(self.folder / "recipe.yaml"),
            )


def _mistakes(descriptor: dict[str, Any], written: Any, name: str) -> list[str]:
    found = []

    def wrong(what: str, *where: str | int) -> None:
        line = document.line_of(written, where)
        found.append(f"{f'line {line}: ' if line else ''}{'.'.join(map(str, where))}: {what}")

    if descriptor.get("name", name) != name:
        wrong(f"must be the folder's name, {name}", "name")
    for key in ("about",):
        if not isinstance(descriptor.get(key) or {}, dict):
            wrong("expected a mapping of terms", key)
    resources = descriptor.get("resources") or []
    if not isinstance(resources, list):
        wrong("expected a list", "resources")
        return found
    seen: set[str] = set()
    for index, resource in enumerate(resources):
        if not isinstance(resource, dict) or not isinstance(resource.get("name"), str):
            wrong("needs a name (ASCII letters, digits, - and _)", "resources", index)
            continue
        slug = resource["name"]
        if not SLUG.fullmatch(slug):
            wrong(f"{slug}: use ASCII letters, digits, - and _", "resources", index, "name")
        if slug.lower() in seen:
            wrong(f"{slug} stands twice", "resources", index, "name")
        seen.add(slug.lower())
        path = resource.get("path", f"release/{slug}.csv")
        if not isinstance(path, str) or not re.fullmatch(rf"release/{re.escape(slug)}\.[a-z0-9]+", path):
            wrong(f"must be release/{slug}.<format>", "resources", index, "path")
        if not isinstance(resource.get("schema") or {}, dict):
            wrong("expected a Table Schema (fields: …)", "resources", index, "schema")
    return found


def _filled(descriptor: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    about = {**(defaults.get("about") or {}), **(descriptor.get("about") or {})}
    whole = {**{key: value for key, value in defaults.items() if key != "about"}, **descriptor}
    return {**whole, "about": about} if about else whole


def _decisions(path: Path, at: Place) -> tuple[Decision, ...]:
    if not path.exists():
        return ()
    written = document.plain(document.read(path, at)) or []
    try:
        return tuple(Decision.of(line) for line in written)
    except (KeyError, TypeError, AttributeError) as error:
        mistakes = ["expected a list of lines, each with kind, by, role and at"]
        raise SetupError("file-invalid", at, file=str(path), mistakes=mistakes) from error
