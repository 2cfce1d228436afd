"""Rules on what may be open: category, class, licence, and why an entry is not open.

A dataset with resources is put forward as open data: public, open class, open licence. A dataset that has none,
or whose resources are restricted (`access: restricted`), is an entry of the catalog that is not open. Under
`about:` it says by which clause (`closed_clause`, for instance a section of the Official Information Act) and how
to ask for the data (`accessible_condition`). Its licence must be given, being one of the 14 items, but need not
be open.
"""

from __future__ import annotations

from collections.abc import Iterator

from metadata.dataset import Dataset
from metadata.description.answers import FILE, answer
from metadata.finding import Finding, Place
from metadata.rules import rule
from metadata.standard import Standard
from metadata.term import text
from metadata.vocabulary import classes, level_of


@rule("category-class")
def category_class(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """The class is one that the category may have (มสพร. 8-2565)."""
    category, given = _category(dataset, standard), answer(dataset, standard, standard.classification)
    levels = classes()["categories"].get(category)
    level = level_of(given.value)
    if levels and level and level not in levels:
        fitting = [choice for choice in given.term.choices if level_of(choice) in levels]
        labels = [given.term.choice_labels.get(choice, choice) for choice in fitting]
        yield given.finding(
            "category-class", category=category, value=_called(standard, given.value), allowed=labels
        )


@rule("not-open")
def not_open(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """What has resources is public data of the open class; nothing else is published as open data."""
    if dataset.closed:
        return
    right = classes()["open"]
    term, category = standard.term("data_category"), _category(dataset, standard)
    if term and category and category != right["category"]:
        given = answer(dataset, standard, term)
        yield given.finding("not-open", value=category, needed=right["category"])
    given = answer(dataset, standard, standard.classification)
    level = level_of(given.value)
    if level and level != right["level"]:
        needed = next(choice for choice in given.term.choices if level_of(choice) == right["level"])
        label = given.term.choice_labels.get(needed, needed)
        yield given.finding("not-open", value=_called(standard, given.value), needed=label)


@rule("restricted-open")
def restricted(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """Files that are kept for named agencies are not described as open: one of the two is a slip."""
    right, category = classes()["open"], _category(dataset, standard)
    given = answer(dataset, standard, standard.classification)
    level = level_of(given.value) or right["level"]
    if dataset.restricted and (category, level) == (right["category"], right["level"]):
        yield given.finding("restricted-open", "warning", value=_called(standard, given.value))


@rule("licence-not-open", "licence-unclear")
def licence(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """Open data have an open licence; one that nobody here knows must be read by a person."""
    term = standard.term("license_id")
    if dataset.closed or not term:
        return
    given = answer(dataset, standard, term)
    if not given.texts:
        return
    known = standard.licence_of(dataset)
    if known and known.open:
        return
    choices = [choice for choice in term.choices if (fit := standard.licence(choice)) and fit.open]
    title = known.title if known else given.value
    if known and known.open is False:
        yield given.finding("licence-not-open", value=title, allowed=choices or ["cc-by", "odc-by", "cc-zero"])
    else:
        yield given.finding(
            "licence-unclear", "warning", value=title, allowed=choices or ["cc-by", "odc-by", "cc-zero"]
        )


@rule("closed-reason-missing", "closed-ask-missing")
def closed(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """An entry that is not open names the clause for not opening the data, and says how to ask."""
    if not dataset.closed:
        return
    at, asked = Place(dataset=dataset.name), classes()["closed"]
    clause = asked["clause"]
    if not text(dataset.about.get(clause["field_name"])):
        values = {"label": clause["label"], "key": f"about.{clause['field_name']}", "file": FILE}
        yield Finding(
            rule="closed-reason-missing", at=at, values={**values, "example": clause["form_placeholder"]}
        )
    if not text(dataset.about.get(asked["ask"])):
        term = standard.term(asked["ask"])
        label = dict(term.label) if term else asked["ask"]
        yield Finding(
            rule="closed-ask-missing", at=at, values={"label": label, "key": f"about.{asked['ask']}", "file": FILE}
        )


def _category(dataset: Dataset, standard: Standard) -> str | None:
    term = standard.term("data_category")
    return standard.value(dataset, term) if term else None


def _called(standard: Standard, value: str) -> object:
    """A class as its label, since some editions write codes."""
    return dict(standard.classification.choice_labels.get(value, {})) or value
