"""Standard: what a metadata standard asks of a dataset, and how a dataset answers each of its terms.

The knowledge is data (`metadata/standards/*.yaml`); an agency's own ckanext-scheming file loads as well, and so
does what a portal's `scheming_dataset_schema_show` answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from metadata import document, scheming
from metadata.dataset import Dataset, Resource
from metadata.errors import SetupError
from metadata.licence import Licence, licence_named
from metadata.mistakes import Mistake
from metadata.term import Term, dig, given, text
from metadata.vocabulary import classes, level_of

__all__ = ["Licence", "Standard", "Term", "edition_of", "editions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A metadata standard: its terms in the form's order, its vocabularies, its classes and licences."""

    name: str
    title: Mapping[str, str] = field(default_factory=dict, hash=False)
    terms: tuple[Term, ...] = ()
    resource_terms: tuple[Term, ...] = ()
    classification: Term
    """The term that holds the class; not among `terms` where the edition has none."""
    given: tuple[str, ...] = ("owner_org",)
    """Field names answered elsewhere: the organisation is the workspace's agency."""
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    """The same in ckanext-scheming's form, as `scheming_dataset_schema_show` gives it, without keys of our own."""
    source: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False, compare=False)
    """The same with keys of our own and nothing left to other files: `from_scheming` makes the same of it."""

    @classmethod
    def load(cls, name_or_path: str, folder: Path | None = None) -> Standard:
        """An edition by name, or a YAML or JSON file of the workspace (`folder`) in ckanext-scheming's form.

        Raises SetupError `standard-unknown` (naming the editions), `file-invalid`, `yaml-broken`.
        """
        if name_or_path in scheming.edition_files():
            return _edition(name_or_path)
        path = (folder or Path()) / name_or_path
        if not path.is_file():
            raise SetupError("standard-unknown", standard=name_or_path, known=list(editions()))
        return _standard(_read(path), path.stem, str(path))

    @classmethod
    def from_scheming(cls, schema: Mapping[str, Any], name: str = "scheming") -> Standard:
        """What a portal's `scheming_dataset_schema_show` answers. Raises SetupError `file-invalid`."""
        return _standard(schema, name, "scheming_dataset_schema_show")

    def term(self, field_name: str) -> Term | None:
        """A dataset's term by field name."""
        return next((term for term in self.terms if term.field_name == field_name), None)

    @property
    def mandatory(self) -> tuple[Term, ...]:
        """The terms of the 14 mandatory items (คำอธิบายข้อมูลส่วนหลัก), in their order."""
        return tuple(sorted((term for term in self.terms if term.item), key=lambda term: term.item or 0))

    def value(self, dataset: Dataset, term: Term) -> Any:
        """What a dataset gives for a term, in this edition's spelling: text or None; a tuple where `multiple`.

        Lists are read as JSON lists, lists in JSON text, or plain text; booleans become "True" and "False";
        the class and the licence are translated from any spelling known of them.
        """
        if term.kind == "class":
            return self.class_value(dataset, term)
        if term.property == "name":
            return dataset.name
        if term.property == "licenses[0].name":
            return self._licence_value(dataset, term)
        written = given(dataset.descriptor, dataset.about, term)
        licence = self.term("license_id")
        if not written and licence and term.field_name == licence.other:
            known = self.licence(_written_licence(dataset))
            return known.title["en"] if known and known.value is None and licence.choices else None
        return written

    def resource_value(self, resource: Resource, term: Term) -> Any:
        """What a resource gives for a term, as `value`; its CKAN name is its title, else its name."""
        written = given(resource.descriptor, resource.about, term)
        if written or term.property not in ("title", "path", "format"):
            return written
        return {"title": resource.name, "path": resource.path, "format": resource.format}[term.property]

    def licence(self, value: str | None) -> Licence | None:
        """A licence by an edition's value, CKAN id, SPDX id or title. Its `value` is this edition's own."""
        known = licence_named(value)
        if known is None:
            return None
        term = self.term("license_id")
        choices = term.choices if term else ()
        if not choices:
            return replace(known, value=value)
        return replace(known, value=next((name for name in (*known.names, known.within) if name in choices), None))

    def licence_of(self, dataset: Dataset) -> Licence | None:
        """The dataset's licence; where it says "other", the one its companion names. None: not known."""
        term = self.term("license_id")
        written = _written_licence(dataset)
        if term and term.other and written and written == term.other_value:
            written = text(dataset.about.get(term.other))
        return self.licence(written)

    def class_value(self, dataset: Dataset, term: Term | None = None) -> str | None:
        """The dataset's class in the spelling of the edition's term; as written where it is no spelling known."""
        term = term or self.classification
        names = dict.fromkeys((term.field_name, *classes()["fields"]))
        written = next(filter(None, (text(dataset.about.get(name)) for name in names)), None)
        level = level_of(written)
        return next((choice for choice in term.choices if level and level_of(choice) == level), written)

    def _licence_value(self, dataset: Dataset, term: Term) -> str | None:
        written = _written_licence(dataset)
        if not written or not term.choices or written in term.choices:
            return written
        known = self.licence(written)
        return (known.value or term.other_value or written) if known else written


def _written_licence(dataset: Dataset) -> str | None:
    """A Data Package names its licence, or gives its URL as `path`."""
    return text(dig(dataset.descriptor, "licenses[0].name")) or text(dig(dataset.descriptor, "licenses[0].path"))


def editions() -> tuple[str, ...]:
    """The names of the editions that come with saphan."""
    return tuple(scheming.edition_files())


def edition_of(version: str) -> str | None:
    """The edition of a portal's `thaigdc_version` (`2.1.0`, `2.2.7`), or None."""
    for name in editions():
        if name == f"gdc-{version}" or any(
            version == known or version.startswith(f"{known}.")
            for known in scheming.source(name).get("versions") or ()
        ):
            return name
    return None


@cache
def _edition(name: str) -> Standard:
    return _standard(scheming.source(name), name, name)


def _read(path: Path) -> Mapping[str, Any]:
    if path.suffix.lower() == ".json":
        try:
            schema = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise SetupError(
                "file-invalid", file=str(path), mistakes=[{"line": getattr(error, "lineno", 1), "mistake": "json"}]
            ) from None
        except OSError as error:
            raise SetupError("file-unreadable", file=str(path), reason=error.strerror or str(error)) from error
    else:
        schema = document.plain(document.read(path))
    return schema if isinstance(schema, dict) else {}


def _standard(schema: Mapping[str, Any], name: str, file: str) -> Standard:
    mistakes: list[Mistake] = []
    whole = scheming.resolved(schema, mistakes)
    terms = scheming.terms(whole, "dataset_fields", mistakes)
    resource_terms = scheming.terms(whole, "resource_fields", mistakes)
    if not terms and not mistakes:
        mistakes.append({"key": "dataset_fields", "mistake": "scheming-fields"})
    if mistakes:
        raise SetupError("file-invalid", file=file, mistakes=mistakes)
    default = scheming.term(classes()["term"], {}, resource=False)
    return Standard(
        name=str(schema.get("edition") or name),
        title=scheming.both(schema.get("title") or schema.get("about") or name),
        terms=terms,
        resource_terms=resource_terms,
        classification=next((term for term in terms if term.kind == "class"), default),
        schema=scheming.plain_schema(whole),
        source={key: value for key, value in whole.items() if key != "based_on"},
    )
