"""What can be done about each thing that is wrong with a dataset: the Fixes of one record, whatever they win.

Each function is a kind of knowledge: what is written wrongly, what is missing, what its files lack, what nobody
looked at. A value that a person must give is taken as the standard's own example of one (`fixes.yaml`, `assumed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from catalog.audit.described import tags
from catalog.audit.fixing import remedies_files, repairs
from catalog.audit.fixing.fixes import Case, Fix
from metadata.dataset import Dataset
from metadata.description.answers import Answer, answers, data_type
from metadata.description.forms import BUDDHIST, DATE, EMAIL
from metadata.standard import Standard, Term
from metadata.vocabulary import classes, level_of

TAGS = "tag_string"
YEARS = ("first_year_of_data", "last_year_of_data")


def remedies(case: Case) -> Iterator[Fix]:
    """All of one dataset, those that need no judgement first."""
    found = [fix for part in PARTS for fix in part(case)]
    taken: set[tuple[str | None, str | None]] = set()
    for fix in sorted(found, key=lambda one: one.judgement):
        place = (fix.resource, fix.field)
        # what is put right by itself is not asked of a person, too
        if fix.field is None or place not in taken or not fix.judgement:
            taken.add(place)
            yield fix


def misspelt(case: Case) -> Iterator[Fix]:
    """What is written wrongly and can mean only one thing."""
    for given, kind, right in repaired(case.dataset, case.standard):
        yield _written(case, given, kind, right)


def repaired(dataset: Dataset, standard: Standard) -> Iterator[tuple[Answer, str, Any]]:
    """A description's answers that are written wrongly: each with the kind of repair and the right value."""
    unit_term = standard.term("update_frequency_unit")
    unit = standard.value(dataset, unit_term) if unit_term else None
    if unit_term and unit and unit not in unit_term.choices:
        unit = repairs.choice(unit, unit_term) or unit
    for given in answers(dataset, standard):
        if not given.texts or given.term.property in ("name", "path"):
            continue
        kind, right = _right(given, standard, unit, unit_term)
        if kind and right and right != list(given.texts):
            yield given, kind, right if given.term.multiple else right[0]


def _right(given: Answer, standard: Standard, unit: str | None, unit_term: Term | None) -> tuple[str, list[str]]:
    """How an answer is to be written, and the kind of repair; the kind is empty where nothing is to be done."""
    term, texts = given.term, list(given.texts)
    if term.field_name == TAGS:
        return "keywords", repairs.keywords(texts)
    clean = [repairs.seen(text) for text in texts]
    kind = "hidden" if clean != texts else ""
    if term.kind in ("date", "datetime"):
        right = [text if _is_date(text) else repairs.day(text) or text for text in clean]
        return ("date" if right != clean else kind), right
    if term.kind == "year":
        right = [repairs.year(text) or text for text in clean]
        return ("year" if right != clean else kind), right
    if term.kind == "interval":
        right = [repairs.number(text, unit, unit_term) or text for text in clean]
        return ("number" if right != clean else kind), right
    if term.kind == "email":
        right = [repairs.email(text) or text for text in clean]
        return ("email" if right != clean else kind), right
    if term.choices:
        right = [text if text in term.choices else _choice(text, term, standard) or text for text in clean]
        kind = "spelling" if right != clean else kind
        return (kind or "once" if len(set(right)) < len(right) else kind), repairs.once(right)
    return kind, clean


def _choice(text: str, term: Term, standard: Standard) -> str | None:
    known = repairs.choice(text, term)
    return known or (repairs.licence(text, standard) if term.field_name == "license_id" else None)


def _is_date(text: str) -> bool:
    found = DATE.fullmatch(text)
    return bool(found) and text.isascii() and int(text[:4]) not in BUDDHIST


def _written(case: Case, given: Answer, kind: str, right: Any) -> Fix:
    """A fix that writes one field."""
    before = list(given.texts) if given.term.multiple else given.texts[0]
    field = given.key.removeprefix("about.") if given.term.kind == "class" else given.term.field_name
    more: dict[str, Any] = {"before": before, "value": right, "label": given.term.label, "judgement": False}
    if given.at.resource is None:
        return case.fix(kind, {"fields": {field: right}}, field=field, key=given.key, **more)
    effect = {"resources": {given.at.resource: {field: right}}}
    return case.fix(kind, effect, resource=given.at.resource, field=field, key=given.term.key, **more)


def missing(case: Case) -> Iterator[Fix]:
    """Items and terms that are not given: what the files tell, else what a person must say."""
    columns = [name for fields in case.entry.tables.values() for field in fields for name in _names(field)]
    known = told(case.facts["formats"], columns)
    for name in dict.fromkeys((*case.facts["items_missing"], *_wished(case))):
        term = case.standard.term(name)
        if term is None:
            continue
        if value := known.get(name):
            yield case.fix("derive", {"fields": {name: value}}, judgement=False, value=value, **case.at(name))
        else:
            yield case.fix("fill", {"fields": {name: assumed(case, term)}}, **case.at(name))


def told(formats: Iterable[str], columns: Iterable[str]) -> dict[str, Any]:
    """What the formats of files and the names of their columns tell of a dataset: field → value."""
    forms, words = {form for form in formats if form}, {_column(text) for text in columns}
    stored = repairs.table()["stored_as"]
    found: dict[str, Any] = {}
    if forms and all(any(form in known for known in stored.values()) for form in forms):
        found["data_format"] = [name for name, known in stored.items() if forms & set(known)]
    for level, names in repairs.table()["columns"].items():
        if words & {_column(name) for name in names}:
            return {**found, "geo_coverage": level}
    return found


def _names(field: Mapping[str, Any]) -> tuple[str, str]:
    return str(field.get("id") or ""), str((field.get("info") or {}).get("label") or "")


def _column(text: str) -> str:
    return repairs.plain(text).replace("_", "")


def _wished(case: Case) -> Iterator[str]:
    """Terms beyond the mandatory items that some score asks for."""
    facts, package = case.facts, case.package
    if not str(package.get("accessible_condition") or "").strip():
        yield "accessible_condition"
    if facts["class"] is None:
        yield case.standard.classification.field_name
    if package.get("geo_coverage") and not facts["mqa.spatial"]:
        yield "geo_coverage"
    calendar = case.standard.term("data_release_calendar")
    if calendar and not facts["calendar"] and calendar.belongs(data_type(case.dataset, case.standard)):
        yield calendar.field_name


def assumed(case: Case, term: Term) -> Any:
    """A value as a person might give it, so that the rules are content: the standard's own example."""
    name, known = term.field_name.removeprefix("resource_"), repairs.table()["assumed"]
    if name in known:
        value: Any = known[name]
        return value.format(name=case.name) if isinstance(value, str) else value
    if term.kind in ("date", "datetime"):
        return case.day.isoformat()
    if term.kind == "class":
        return next((one for one in term.choices if level_of(one) == classes()["open"]["level"]), term.choices[0])
    if term.kind == "degrees":
        return known["degrees"]
    usual = [one for one in term.choices if one != term.other_value]
    value = term.placeholder if not usual or term.placeholder in usual else usual[0]
    value = value or known["other"]
    return [value] if term.multiple else value


def unclear(case: Case) -> Iterator[Fix]:
    """What is written wrongly and only a person can put right: no value of the vocabulary, no date, no address."""
    for given in answers(case.dataset, case.standard):
        term = given.term
        if not given.texts or term.property in ("name", "path") or term.field_name == TAGS:
            continue
        kind, right = _right(given, case.standard, None, None)
        wrong = [text for text in (right if kind else given.texts) if not _fits(text, term)]
        if wrong:
            yield _asked(case, given, "choose" if term.choices else "rewrite", assumed(case, term))
        if given.term.kind == "unit" and case.facts["contact_is_unit"] is False:
            yield _asked(case, given, "contact", assumed(case, term))


def _fits(text: str, term: Term) -> bool:
    if term.choices:
        return text in term.choices
    if term.kind in ("date", "datetime"):
        return _is_date(text)
    if term.kind == "email":
        return EMAIL.fullmatch(text) is not None
    return True


def _asked(case: Case, given: Answer, kind: str, value: Any) -> Fix:
    """A fix of one field whose value a person must say."""
    fix = _written(case, given, kind, value)
    named = ("resource", "field", "key", "label", "before")
    return case.fix(kind, fix.effect, **{name: getattr(fix, name) for name in named})


def licence(case: Case) -> Iterator[Fix]:
    """A licence that is not open, or that nobody knows, of data that are to be open."""
    term = case.standard.term("license_id")
    facts = case.facts
    if term and facts["licence"] and facts["licence_open"] is not True and facts["open"] is not False:
        effect = {"fields": {term.field_name: assumed(case, term)}}
        yield case.fix("licence", effect, before=facts["licence"], **case.at(term.field_name))


def shared(case: Case) -> Iterator[Fix]:
    """Consent to be harvested; public data that nobody may see; two datasets of one title."""
    facts, harvest = case.facts, case.standard.term("allow_harvest")
    if harvest and facts["open"] and not facts["private"] and facts["harvest"] is not True:
        # who said no is asked again; where nothing was said, public data are meant to be found
        said = facts["harvest"] is False
        more = case.at(harvest.field_name) | ({"before": "False"} if said else {"value": "True"})
        yield case.fix("harvest", {"fields": {harvest.field_name: "True"}}, judgement=said, **more)
    if facts["private"] and facts["open"] and facts["has_file"]:
        yield case.fix("show", {"fields": {"private": False}}, field="private")
    title = case.standard.term("title")
    if title and facts.get("title_unique") is False:
        value = f"{facts['title']} ({case.name})"
        yield case.fix("rename", {"fields": {"title": value}}, before=facts["title"], **case.at("title"))


def period(case: Case) -> Iterator[Fix]:
    """The years that the data are of, and what they are about."""
    known = repairs.table()["assumed"]
    years = [term for name in YEARS if (term := case.standard.term(name))]
    kind = data_type(case.dataset, case.standard)
    if not case.facts["mqa.temporal"]:
        if years and all(term.belongs(kind) for term in years):
            fields = {term.field_name: assumed(case, term) for term in years}
            yield case.fix("period", {"fields": fields}, **case.at(years[-1].field_name))
        else:
            told_in = f"{case.package.get('notes') or ''} {known['period']}".strip()
            yield case.fix("period", {"fields": {"notes": told_in}}, **case.at("notes"))
    keywords = case.standard.term(TAGS)
    if keywords and not case.facts["mqa.theme"]:
        value = [*tags(case.package), known["topic"]]
        yield case.fix("theme", {"fields": {TAGS: value}}, **case.at(TAGS))


PARTS: tuple[Callable[[Case], Iterator[Fix]], ...] = (
    misspelt, missing, unclear, licence, shared, period, remedies_files.formats, remedies_files.sizes,
    remedies_files.links, remedies_files.evidence, remedies_files.files, remedies_files.fresh,
    remedies_files.registered,
)  # fmt: skip
