"""Rules on a dataset's description: what must be given, what belongs to its type, and the vocabularies.

A dataset's class is asked for on the desk whatever the edition, as `about.data_classification` (or `disclosure`);
where the target's schema lacks it, it is not sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metadata.dataset import Dataset
from metadata.description.answers import FILE, Answer, allowed, answer, answers, data_type, example, nearest
from metadata.finding import Finding, Place
from metadata.rules import rule
from metadata.standard import Standard
from metadata.vocabulary import classes, conventions


@rule("term-missing", "term-required")
def missing(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """The 14 mandatory items, and what else the edition requires, are given."""
    kind = data_type(dataset, standard)
    for given in answers(dataset, standard):
        term = given.term
        if given.texts or term.field_name in standard.given or not term.belongs(kind) or term.kind == "class":
            continue
        if term.item or term.required:
            values: dict[str, Any] = {"allowed": allowed(term), "example": example(term)}
            if term.item:
                yield given.finding("term-missing", item=term.item, of=len(standard.mandatory), **values)
            else:
                yield given.finding("term-required", **values)


@rule("class-missing")
def class_missing(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """The class (ระดับชั้นข้อมูล) is given, whatever the edition."""
    given = answer(dataset, standard, standard.classification)
    if not given.texts:
        yield given.finding("class-missing", allowed=allowed(given.term))


@rule("term-expected")
def expected(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """What readers need of this type of dataset is given, on the dataset or on each resource."""
    kind = data_type(dataset, standard)
    if not kind:
        return
    on_resources: dict[str, int] = {}
    for given in answers(dataset, standard):
        if given.term.resource and given.texts:
            name = given.term.field_name.removeprefix("resource_")
            on_resources[name] = on_resources.get(name, 0) + 1
    for term in standard.terms:
        given = answer(dataset, standard, term)
        everywhere = dataset.resources and on_resources.get(term.field_name, 0) == len(dataset.resources)
        if term.expected and term.data_types and term.belongs(kind) and not given.texts and not everywhere:
            yield given.finding("term-expected", "warning", data_type=kind, allowed=allowed(term))


@rule("term-foreign")
def foreign(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A term that belongs to other types of dataset is not given."""
    kind = data_type(dataset, standard)
    for given in answers(dataset, standard):
        if given.texts and not given.term.belongs(kind):
            yield given.finding("term-foreign", "warning", data_type=kind, belongs=list(given.term.data_types))


@rule("term-vocabulary")
def vocabulary(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A value stands in its term's vocabulary. The portals do not check this; the standard does."""
    for given in answers(dataset, standard):
        for text in given.texts:
            if given.term.choices and text not in given.term.choices:
                yield given.finding("term-vocabulary", value=text, allowed=allowed(given.term, text))


@rule("term-once")
def once(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A list names each value once."""
    for given in answers(dataset, standard):
        twice = sorted({text for text in given.texts if given.texts.count(text) > 1})
        if twice:
            yield given.finding("term-once", "warning", twice=twice)


@rule("other-missing", "other-unasked")
def others(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """`X_other` says what "other" is, and is given only where X is "other"."""
    by_place: dict[tuple[Place, str], Answer] = {
        (given.at, given.term.field_name): given for given in answers(dataset, standard)
    }
    for (at, _), given in by_place.items():
        companion = by_place.get((at, given.term.other or ""))
        if companion is None or given.term.other_value is None:
            continue
        is_other = given.term.other_value in given.texts
        if is_other and not companion.texts:
            yield companion.finding("other-missing", of=dict(given.term.label), other=given.term.other_value)
        elif companion.texts and not is_other:
            yield companion.finding(
                "other-unasked",
                "warning",
                of=dict(given.term.label),
                other=given.term.other_value,
                of_key=given.key,
            )


@rule("term-unknown", "term-misplaced")
def unknown(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """Under `about:` stand terms of the standard, under their names, and none that has a property of its own."""
    ours = {*classes()["fields"], classes()["closed"]["clause"]["field_name"], conventions()["version_notes"]}
    holders = [(Place(dataset=dataset.name), "about", dataset.about, standard.terms)]
    for resource in dataset.resources:
        at = Place(dataset=dataset.name, resource=resource.name)
        holders.append((at, f"resources.{resource.name}.about", resource.about, standard.resource_terms))
    for at, where, about, terms in holders:
        known = {term.field_name: term for term in terms}
        for name in about:
            values = {"field": name, "key": f"{where}.{name}", "file": FILE}
            if name in known and known[name].property:
                prefix = where.removesuffix("about")
                values["instead"] = f"{prefix}{known[name].property}"
                yield Finding(rule="term-misplaced", severity="warning", at=at, values=values)
            elif name not in known and name not in ours:
                near = nearest(name, (*known, *ours))
                yield Finding(rule="term-unknown", severity="warning", at=at, values={**values, "nearest": near})
