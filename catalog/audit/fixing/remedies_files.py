"""What can be done about a dataset's files, and about what was found outside its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.audit.fixing import repairs
from catalog.audit.fixing.fixes import Case, Fix
from catalog.audit.formats import format_of, is_dictionary, made_by_portal
from catalog.wire import FORMATS


def formats(case: Case) -> Iterator[Fix]:
    """A format that is missing, misspelt or none: as its file's name says, else as a person who looks says.

    The same mistake in several files is one fix.
    """
    found: dict[tuple[str, str | None], list[str]] = {}
    for at, key in enumerate(case.facts["resources"]):
        name, fault = case.facts["formats"][at], case.facts["format_faults"][at]
        sniffed = (_seen(case, "reach").get(key) or {}).get("sniffed")
        if not fault and (case.facts["format_true"][at] is not False or sniffed in (None, "html")):
            # a page in place of a file is a broken link, not another format
            continue
        right = sniffed or (name if fault != "unknown" else None)
        value = FORMATS.get(right, right.upper()) if right else None
        found.setdefault((case.facts["formats_written"][at], value), []).append(key)
    for (before, value), keys in found.items():
        effect = {"resources": {key: {"format": value or "CSV"} for key in keys}}
        more: dict[str, Any] = {"field": "format", "key": "format", "before": before, "value": value}
        more["resource"] = keys[0] if len(keys) == 1 else None
        yield case.fix("format", effect, judgement=value is None, **more)


def _resource(key: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"resources": {key: dict(fields)}}


def _seen(case: Case, kind: str) -> Mapping[str, Any]:
    return case.entry.seen.get(kind) or {}


def sizes(case: Case) -> Iterator[Fix]:
    """A file's size, as its server told it, else as publishing it anew makes it known."""
    unknown = []
    for key, one in case.resources.items():
        if str(one.get("size") or "").strip().isdecimal():
            continue
        size = (_seen(case, "reach").get(key) or {}).get("bytes")
        if isinstance(size, int) and size > 0:
            more: dict[str, Any] = {"resource": key, "field": "size", "before": one.get("size")}
            yield case.fix("size", _resource(key, {"size": size}), value=size, judgement=False, **more)
        else:
            unknown.append(key)
    undated = [key for key, one in case.resources.items() if not one.get("created")]
    if case.on_desk and undated and not all(case.facts["mqa.issued"]):
        # on the desk nothing has been published yet
        effect: dict[str, Any] = {
            "resources": {key: {"created": f"{case.day.isoformat()}T00:00:00"} for key in undated}
        }
        yield case.fix("publish", effect, judgement=False)
    if unknown:
        effect = {"resources": {key: {"size": 1} for key in unknown}}
        yield case.fix("weigh", effect, field="size", judgement=not case.on_desk)


def links(case: Case) -> Iterator[Fix]:
    """An address that leads nowhere, or to a page in place of a file."""
    for at, key in enumerate(case.facts["resources"]):
        one, form = case.resources[key], case.facts["formats"][at] or "csv"
        download = case.facts["mqa.download_url"][at] or format_of(form).service
        if key in case.facts["without_url"] or not download:
            address = f"{repairs.table()['assumed']['url']}/{key}.{form}"
            more: dict[str, Any] = {"resource": key, "field": "url", "key": "path", "before": one.get("url")}
            yield case.fix("link", _resource(key, {"url": address}), **more)


def evidence(case: Case) -> Iterator[Fix]:
    """What was seen of the files and is wrong; and what nobody has looked at."""
    facts = case.facts
    reach, valid = _seen(case, "reach"), _seen(case, "valid")
    unasked: dict[str, Any] = {}
    for at, key in enumerate(facts["resources"]):
        found = dict(reach.get(key) or {})
        if facts["reachable"][at] is False:
            yield case.fix("reach", {"seen": {"reach": {key: {**found, "ok": True}}}}, resource=key)
        elif facts["format_true"][at] is False:
            yield case.fix("true-format", {"seen": {"reach": {key: {**found, "format_true": True}}}}, resource=key)
        elif None in (facts["reachable"][at], facts["format_true"][at]):
            unasked[key] = {**found, "ok": True, "format_true": True}
        if (valid.get(key) or {}).get("valid") is False:
            yield case.fix("valid", {"seen": {"valid": {key: {**valid[key], "valid": True}}}}, resource=key)
    if unasked:
        yield case.fix("check", {"seen": {"reach": unasked}}, field="reach")
    if None in facts["valid"]:
        sound = {key: {"valid": True} for key in facts["resources"] if (valid.get(key) or {}).get("valid") is None}
        yield case.fix("check", {"seen": {"valid": sound}}, field="valid")


def files(case: Case) -> Iterator[Fix]:
    """No file at all, none that machines read, or none that says what its columns are."""
    facts = case.facts
    if facts["open"] is not False and not facts["has_file"]:
        yield case.fix("file", {"add": [_added(case)]})
    elif facts["has_file"] and not facts["machine_readable"]:
        yield case.fix("open-format", {"add": [_added(case)]})
    unexplained = {}
    for key, one in case.resources.items():
        name, form = str(one.get("name") or ""), format_of(str(one.get("format") or ""), str(one.get("url") or ""))
        if form.tabular and not is_dictionary(name) and not made_by_portal(name):
            fields = list(case.entry.tables.get(key) or [{"id": "column", "type": "text"}])
            explained = [_explained(field) for field in fields]
            if explained != fields:
                unexplained[key] = explained
    if unexplained and facts["dictionary_ok"] is not True:
        yield case.fix("dictionary", {"tables": unexplained}, key="schema")


def _explained(field: Mapping[str, Any]) -> Mapping[str, Any]:
    info = field.get("info") or {}
    if field.get("id") == "_id" or info.get("label") or info.get("notes"):
        return field
    return {**field, "info": {**info, "label": field.get("id")}}


def _added(case: Case) -> dict[str, Any]:
    """A file of the open format that every table can be written in."""
    name = f"{case.name}-open"
    return {
        "id": f"{case.package.get('id') or case.name}-open",
        "name": name,
        "format": "CSV",
        "url": f"{repairs.table()['assumed']['url']}/{name}.csv",
    }


def fresh(case: Case) -> Iterator[Fix]:
    """Data that are older than their own frequency says; data of which nobody says how old they are."""
    facts, more = case.facts, case.at("last_updated_date")
    filed = any(one.get("last_modified") for one in case.resources.values())
    if facts["data_date"] is None and facts["checked_date"] and filed:
        day = facts["checked_date"]
        yield case.fix("derive", {"fields": {"last_updated_date": day}}, value=day, judgement=False, **more)
    if False in (facts["up_to_date_data"], facts["up_to_date_checked"]) or facts["data_date"] is None:
        effect: dict[str, Any] = {"fields": {"last_updated_date": case.day.isoformat()}}
        if facts["resources"]:
            effect["resources"] = {facts["resources"][0]: {"last_modified": f"{case.day.isoformat()}T00:00:00"}}
        more = {**more, "key": None}
        yield case.fix("refresh", effect, before=facts["data_date"], **more)


def registered(case: Case) -> Iterator[Fix]:
    """Not in GD Catalog, or nobody asked."""
    if case.facts["registered"] is not True:
        kind = "check" if case.facts["registered"] is None else "register"
        yield case.fix(kind, {"seen": {"registered": {"registered": True}}}, field="registered")
