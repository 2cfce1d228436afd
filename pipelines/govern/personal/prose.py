"""What a text holds: the Hits of every entity in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from metadata.dataset import Dataset
from metadata.finding import Finding, Place, Severity
from metadata.rules import rule
from metadata.stored import PRIVATE_BLOCKS
from pipelines.govern.personal.entity import ENTITIES, Entity, Hit, plain

Found = tuple[Entity, Hit]
PERSONS = ("national-id", "person-name", "passport")
"""Entities that surely tell that a text is about one person: what stands `beside` them is that person's."""
FIRST = "national-id"
"""The entity that no other hides: no decision lets one out, whatever it is a part of (an e-mail address)."""
NEAR = 24
"""How many characters may stand between."""
OWN = (
    "email",
    "telephone",
    "phone",
    "contact",
    "maintainer",
    "author",
    "publisher",
    "contributors",
    "url",
    "path",
)
"""Terms of a description whose last word is one of these tell how the agency is reached: that is to be there."""
REACHES = ("email", "phone", "line-id", "person-name")
"""Entities that such terms hold."""


def hits(text: str) -> tuple[Found, ...]:
    """What stands in a text, from left to right, in places of the text as given. Where two overlap, the sure one
    holds, of those a national ID, then the longer, then the one of the entity that comes first in the register."""
    if not text:
        return ()
    shown, places = plain(text)
    found = resolved([(entity, hit) for entity in finders() for hit in entity.find(shown)])
    return tuple((one, Hit(places[hit.start], places[hit.end - 1] + 1, hit.sure)) for one, hit in found)


def resolved(found: Sequence[Found]) -> list[Found]:
    """The Hits of several entities in one text without those that overlap a better one, from left to right."""
    if len(found) < 2:
        return list(found)
    order = {entity.name: number for number, entity in enumerate(finders())}
    best = sorted(
        found,
        key=lambda one: (
            not one[1].sure,
            one[0].name != FIRST,
            one[1].start - one[1].end,
            order[one[0].name],
        ),
    )
    kept: list[Found] = []
    for entity, hit in best:
        if all(hit.end <= other.start or other.end <= hit.start for _, other in kept):
            kept.append((entity, hit))
    persons = [hit for entity, hit in kept if hit.sure and entity.name in PERSONS]
    kept = [
        (one, Hit(hit.start, hit.end, hit.sure or (one.beside and _beside(hit, persons)))) for one, hit in kept
    ]
    return sorted(kept, key=lambda one: one[1].start)


def _beside(hit: Hit, persons: Sequence[Hit]) -> bool:
    return any(0 <= hit.start - one.end <= NEAR or 0 <= one.start - hit.end <= NEAR for one in persons)


@cache
def finders() -> tuple[Entity, ...]:
    """The entities that can be found in a text."""
    return tuple(entity for entity in ENTITIES.values() if entity.rough is not None)


def sure(text: str) -> dict[str, Entity]:
    """The entities that surely stand in a text, by name."""
    return {entity.name: entity for entity, hit in hits(text) if hit.sure}


def about(entity: Entity) -> dict[str, Any]:
    """What every Finding tells of an entity: {"entity": its name, "masked": what stands for one}."""
    return {"entity": entity.name, "masked": entity.mask}


@rule(*(f"personal-{name}-text" for name in ENTITIES))
def description(dataset: Dataset, standard: object) -> Iterator[Finding]:
    """No text of the description holds personal data; how the agency is reached may stand where it belongs."""
    del standard
    at = Place(dataset=dataset.name)
    yield from described(
        {k: v for k, v in dataset.descriptor.items() if k not in ("resources", *PRIVATE_BLOCKS)}, at
    )
    for resource in dataset.resources:
        about = {k: v for k, v in resource.descriptor.items() if k != "schema"}
        about["schema"] = {k: v for k, v in (resource.schema or {}).items() if k != "fields"}  # these: `labels`
        yield from described(about, Place(dataset=dataset.name, resource=resource.name))


def described(descriptor: Mapping[str, Any], at: Place) -> Iterator[Finding]:
    """What is personal in the texts of a part of a description."""
    for key, text in texts(descriptor):
        found = sure(text)
        for name, entity in found.items():
            if not (name in REACHES and _own(key)):
                values = {"key": key, **about(entity)}
                yield Finding(rule=f"personal-{name}-text", severity=graver(entity, found), at=at, values=values)


def graver(entity: Entity, beside: Mapping[str, Entity]) -> Severity:
    """How grave it is that what a dataset says of itself tells of an entity: words of section 26 (records of
    crimes) are first of all what the data are about, unless something `beside` them in the text tells whose."""
    told = entity.kind == "identifier" or any(one.kind == "identifier" for one in beside.values())
    return "error" if told else "warning"


def _own(key: str) -> bool:
    parts = key.split(".")
    return any(part.rpartition("_")[2] in OWN or part in OWN for part in parts)


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
