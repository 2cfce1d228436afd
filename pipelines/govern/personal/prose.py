"""What a text holds: the Hits of every entity in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from metadata.dataset import Dataset
from metadata.finding import Finding, Place
from metadata.rules import rule
from pipelines.govern.personal.entity import ENTITIES, Entity, Hit, plain


def hits(text: str) -> tuple[tuple[Entity, Hit], ...]:
    """What stands in a text, from left to right, in places of the text as given. Where two overlap, the sure one
    holds, then the longer, then the one of the entity that comes first in the register."""
    if not text:
        return ()
    shown, places = plain(text)
    found = [
        (not hit.sure, hit.start - hit.end, order, hit)
        for order, entity in enumerate(_finders())
        for hit in entity.find(shown)
    ]
    if not found:
        return ()
    kept: list[tuple[Entity, Hit]] = []
    for _, _, order, hit in sorted(found, key=lambda one: (*one[:3], one[3].start)):
        if all(hit.end <= other.start or other.end <= hit.start for _, other in kept):
            kept.append((_finders()[order], hit))
    kept.sort(key=lambda one: one[1].start)
    return tuple((e, Hit(places[hit.start], places[hit.end - 1] + 1, hit.sure)) for e, hit in kept)


@cache
def _finders() -> tuple[Entity, ...]:
    return tuple(entity for entity in ENTITIES.values() if entity.rough is not None)


@rule("personal-national-id-text")
def description(dataset: Dataset, standard: object) -> Iterator[Finding]:
    """No text of the description holds a national ID number."""
    from pipelines.govern.personal.masked import MASK
    from pipelines.govern.personal.numbers import national_ids

    del standard
    for key, text in texts({k: v for k, v in dataset.descriptor.items() if k != "resources"}, ""):
        if national_ids(text):
            at = Place(dataset=dataset.name)
            yield Finding(rule="personal-national-id-text", at=at, values={"key": key, "masked": MASK})
    for resource in dataset.resources:
        about = {k: v for k, v in resource.descriptor.items() if k != "schema"}
        about["schema"] = {k: v for k, v in (resource.schema or {}).items() if k != "fields"}  # these: `labels`
        for key, text in texts(about, ""):
            if national_ids(text):
                at = Place(dataset=dataset.name, resource=resource.name)
                yield Finding(rule="personal-national-id-text", at=at, values={"key": key, "masked": MASK})


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text and number below a value, names of properties included, with the path that leads to it."""
    if isinstance(value, dict):
        for name, item in value.items():
            inside = f"{key}.{name}".lstrip(".")
            yield inside, str(name)
            yield from texts(item, inside)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item, key)
    elif isinstance(value, str | int | float):
        yield key, str(value)
