"""The rules on a dataset's description: run on the desk before a release, and by the audit on any portal's."""

from __future__ import annotations

from collections.abc import Iterator

from metadata.dataset import Dataset
from metadata.description import forms, openness, terms
from metadata.finding import Finding
from metadata.standard import Standard

RULES = (
    terms.missing,
    terms.class_missing,
    terms.vocabulary,
    terms.others,
    terms.once,
    terms.expected,
    terms.foreign,
    terms.unknown,
    openness.category_class,
    openness.not_open,
    openness.restricted,
    openness.licence,
    openness.closed,
    forms.name,
    forms.resource_name,
    forms.email,
    forms.contact,
    forms.interval,
    forms.dates,
    forms.years,
    forms.year_order,
    forms.date_order,
    forms.bounds,
    forms.tags,
    forms.description,
    forms.hidden,
    forms.english,
)


def check(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """All that the rules find in a description."""
    for rule in RULES:
        yield from rule(dataset, standard)
