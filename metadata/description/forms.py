"""Rules on the form of what is written: contact, frequency, dates, years, keywords, names, bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from metadata.clock import ERA
from metadata.dataset import NAME, Dataset
from metadata.description.answers import FILE, Answer, answer, answers
from metadata.descriptor import SLUG
from metadata.finding import Finding, Place
from metadata.rules import rule
from metadata.standard import Standard
from metadata.vocabulary import conventions

EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
TAG = re.compile(r"[ก-๙A-Za-z0-9 _.\-]{2,100}")
"""Length after CKAN (`model/tag.py`), characters after the Thai catalog's intent; a comma parts tags."""
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
BUDDHIST = range(2400, 2700)
"""Years that can only be Buddhist where data are spoken of."""


@rule("email-form")
def email(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A contact address has the shape of one; CKAN refuses others (`email_validator`)."""
    for given in answers(dataset, standard):
        if given.term.kind == "email" and given.texts and not EMAIL.fullmatch(given.texts[0]):
            yield given.finding("email-form", value=given.texts[0])


@rule("contact-person")
def contact(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """The contact is a unit of the agency, not a person (since edition 2.2; a name is personal data)."""
    for given in answers(dataset, standard):
        if given.term.kind == "unit" and given.texts and looks_like_a_person(given.texts[0]):
            yield given.finding("contact-person", "warning")


def looks_like_a_person(text: str) -> bool:
    """Whether a contact begins with a person's title (and, where the title also begins words, has a surname)."""
    words = conventions()["person"]
    text = " ".join(text.split())
    if any(text.startswith(word) for word in words["not_people"]):
        return False
    if any(text.startswith(title) for title in words["titles"]):
        return True
    titles = "|".join(map(re.escape, words["titles_with_surname"]))
    return re.fullmatch(rf"(?:{titles}) ?[ก-๙]+ [ก-๙]+(?: .*)?", text) is not None


@rule("frequency-interval", "frequency-interval-form")
def interval(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A frequency's unit has its number: every N units, a whole number from 1."""
    unit_term, interval_term = standard.term("update_frequency_unit"), standard.term("update_frequency_interval")
    if not unit_term or not interval_term:
        return
    unit, given = standard.value(dataset, unit_term), answer(dataset, standard, interval_term)
    if given.texts:
        if not re.fullmatch(r"[1-9][0-9]{0,3}", given.texts[0]):
            yield given.finding("frequency-interval-form", "warning", value=given.texts[0])
    elif unit and unit not in conventions()["no_interval"]:
        yield given.finding("frequency-interval", "warning", unit=unit)


@rule("date-form", "date-buddhist")
def dates(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A date is a real one, Gregorian, YYYY-MM-DD: the portals add 543 when they show it."""
    for given in answers(dataset, standard):
        if given.term.kind not in ("date", "datetime"):
            continue
        for text in given.texts:
            parts = DATE.fullmatch(text)
            year, month, day = map(int, parts.groups()) if parts else (0, 0, 0)
            if year in BUDDHIST and _real(year - ERA, month, day):
                right = f"{year - ERA:04}-{month:02}-{day:02}"
                yield given.finding("date-buddhist", value=text, right=right)
            elif not _real(year, month, day) or not text.isascii():
                yield given.finding("date-form", value=text)


def _real(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@rule("year-form", "year-gregorian")
def years(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A year of data is a Buddhist year of four ASCII digits, as the portals' forms take it."""
    for given in answers(dataset, standard):
        if given.term.kind != "year" or not given.texts:
            continue
        text = given.texts[0]
        if re.fullmatch(r"(?:1[89]|20|21)[0-9]{2}", text):
            yield given.finding("year-gregorian", value=text, right=int(text) + ERA)
        elif not re.fullmatch(r"[0-9]{4}", text) or int(text) not in BUDDHIST:
            yield given.finding("year-form", value=text)


@rule("year-order")
def year_order(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """The first year of the data is not after the last, of the dataset and of each resource."""
    yield from _order(dataset, standard, "year-order", "first_year_of_data", "last_year_of_data")


@rule("date-order")
def date_order(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A dataset was not updated before it was made."""
    yield from _order(dataset, standard, "date-order", "created_date", "last_updated_date")


def _order(dataset: Dataset, standard: Standard, name: str, first: str, last: str) -> Iterator[Finding]:
    by_place = {(given.at, given.term.field_name): given for given in answers(dataset, standard)}
    for (at, field), given in by_place.items():
        if field.removeprefix("resource_") != first:
            continue
        end = by_place.get((at, field.replace(first, last)))
        if given.texts and end and end.texts and given.texts[0] > end.texts[0]:
            yield given.finding(name, value=given.texts[0], last=end.texts[0], last_key=end.key)


@rule("bounds-form", "bounds-order")
def bounds(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """The frame of a map layer is in decimal degrees, west before east and south before north."""
    sides: dict[str, tuple[Answer, float]] = {}
    for given in answers(dataset, standard):
        if given.term.kind != "degrees" or not given.texts:
            continue
        side = given.term.field_name.partition("_")[0]
        limit = 180 if side in ("west", "east") else 90
        if not re.fullmatch(r"-?[0-9]{1,3}(?:\.[0-9]+)?", given.texts[0]) or abs(float(given.texts[0])) > limit:
            yield given.finding("bounds-form", "warning", value=given.texts[0], limit=limit)
        else:
            sides[side] = (given, float(given.texts[0]))
    for low, high in (("west", "east"), ("south", "north")):
        if low in sides and high in sides and sides[low][1] > sides[high][1]:
            given = sides[low][0]
            yield given.finding("bounds-order", "warning", other=dict(sides[high][0].term.label))


@rule("tag-form")
def tags(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A keyword has 2 to 100 Thai or Latin letters, digits, spaces, `-`, `_` or `.`; a comma would part it."""
    term = standard.term("tag_string")
    if not term:
        return
    given = answer(dataset, standard, term)
    for text in given.texts:
        if not TAG.fullmatch(text):
            yield given.finding("tag-form", value=text)


@rule("name-form")
def name(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """The name is a slug of 2 to 70 characters that has a letter: it becomes the address people share."""
    at = Place(dataset=dataset.name)
    if not NAME.fullmatch(dataset.name):
        yield Finding(rule="name-form", at=at, values={"name": dataset.name})
    elif not re.search(r"[a-z]", dataset.name):
        yield Finding(rule="name-form", severity="warning", at=at, values={"name": dataset.name})


@rule("resource-name-form")
def resource_name(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """A resource's name is an ASCII slug: it names the published file."""
    for resource in dataset.resources:
        if not SLUG.fullmatch(resource.name):
            at = Place(dataset=dataset.name, resource=resource.name)
            yield Finding(rule="resource-name-form", at=at, values={"name": resource.name})


@rule("description-thin")
def description(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """The description says more than the title."""
    term = standard.term("notes")
    if not term:
        return
    given = answer(dataset, standard, term)
    title = str(dataset.descriptor.get("title") or "")
    text = given.texts[0] if given.texts else ""
    if text and ("".join(text.split()) == "".join(title.split()) or len(text) < 20):
        yield given.finding("description-thin", "warning")


@rule("text-hidden")
def hidden(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """No answer holds characters that nobody sees or a split SARA AM: search would not find it."""
    for given in answers(dataset, standard):
        if any(
            re.search("[\u200b-\u200f\u2060\ufeff\u00ad]|\u0e4d[\u0e48-\u0e4b]?\u0e32", text)
            for text in given.texts
        ):
            yield given.finding("text-hidden", "warning")


@rule("english-missing")
def english(dataset: Dataset, standard: Standard) -> Iterator[Finding]:
    """Title and description also stand in English, of the dataset and of each resource."""
    holders = [(Place(dataset=dataset.name), "", dataset.descriptor)]
    for resource in dataset.resources:
        at = Place(dataset=dataset.name, resource=resource.name)
        holders.append((at, f"resources.{resource.name}.", resource.descriptor))
    for at, prefix, descriptor in holders:
        lacking = [
            f"{prefix}{key}_en"
            for key in ("title", "description")
            if descriptor.get(key) and not descriptor.get(f"{key}_en")
        ]
        if lacking:
            yield Finding(rule="english-missing", severity="note", at=at, values={"keys": lacking, "file": FILE})
