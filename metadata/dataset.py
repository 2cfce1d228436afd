"""Dataset and Resource: a folder a steward owns, as its `datapackage.yaml`, recipe and decisions say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metadata import descriptor as descriptors
from metadata import document
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.recipe import Recipe
from metadata.release import Decision

NAME = re.compile(r"[a-z0-9_-]{2,70}")
"""Folder name, dataset name and CKAN name at once; thai_gdc lowers CKAN's 100 to 70."""
RESTRICTED = "restricted"
"""What a descriptor's `access` says of files that are shared with named agencies only (DCAT's access right)."""


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
            raise SetupError("file-invalid", at, file=str(path), mistakes=[{"mistake": "mapping"}])
        if mistakes := descriptors.mistakes(descriptor, written, folder.name):
            raise SetupError("file-invalid", at, file=str(path), mistakes=mistakes)
        descriptor = _filled(descriptor, defaults or {})
        resources = tuple(
            # an empty `schema:` is none
            Resource(name=entry["name"], descriptor={k: v for k, v in entry.items() if (k, v) != ("schema", None)})
            for entry in descriptor.get("resources") or ()
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

    @property
    def restricted(self) -> bool:
        """Whether its files are for named agencies: they go, private, into our own catalog and nowhere else."""
        return bool(self.resources) and self.descriptor.get("access") == RESTRICTED

    @property
    def closed(self) -> bool:
        """Whether it is not put forward as open data: there are no files of it, or they are restricted."""
        return self.metadata_only or self.restricted

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
        mistakes = [{"mistake": "decisions"}]
        raise SetupError("file-invalid", at, file=str(path), mistakes=mistakes) from error
