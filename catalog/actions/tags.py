"""A dataset's tags: free words, and words of a vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import orjson
from sqlalchemy import delete, insert, or_, select

from catalog.actions.context import Context
from catalog.actions.documents import Document, touch
from catalog.actions.values import now
from catalog.store.tables import package_vocabulary_tags, packages, vocabularies, vocabulary_tags

WORD = re.compile(r"[\w \-.]*")


def mistakes(ctx: Context, name: str) -> list[str]:
    """What is wrong with a tag. Stock CKAN refuses Thai vowels and tone marks, the Thai portals nothing."""
    if len(name) < 2:
        wrong = [f'Tag "{name}" length is less than minimum 2']
    else:
        wrong = [f'Tag "{name}" length is more than maximum 100'] if len(name) > 100 else []
    if ctx.stock and not WORD.fullmatch(name):
        allowed = 'alphanumeric characters, spaces (" "), hyphens ("-"), underscores ("_") or dots (".")'
        wrong.append(f'Tag "{name}" can only contain {allowed}')
    return wrong


def free_id(name: str) -> str:
    """A free tag's id: derived, so that the same word is the same tag."""
    return str(uuid5(NAMESPACE_URL, f"saphan:tag:{name}"))


def vocabulary(ctx: Context, key: str) -> Any:
    """A vocabulary's row, by id or name; None where there is none."""
    query = select(vocabularies).where(or_(vocabularies.c.id == key, vocabularies.c.name == key))
    return ctx.connection.execute(query.order_by(vocabularies.c.id != key)).first()


def add(ctx: Context, vocabulary_id: str, names: Iterable[str]) -> None:
    """Adds tags that the vocabulary has not."""
    moment = now()
    for name in names:
        row = {"id": str(uuid4()), "vocabulary_id": vocabulary_id, "name": name, "created": moment}
        ctx.connection.execute(insert(vocabulary_tags).values(row))


def of_request(ctx: Context, data: dict[str, Any], errors: dict[str, Any]) -> list[Document]:
    """The tags that a dataset is sent with, each once, by name.

    As on CKAN, a word that its vocabulary has not is added to it. What is wrong is put into `errors`.
    """
    sent = [one for one in data.get("tags") or () if one]
    names = [str(one.get("name") or "").strip() for one in sent]
    more = [name.strip() for name in str(data.get("tag_string") or "").split(",") if name.strip()]
    for field, some in (("tags", names), ("tag_string", more)):
        wrong = [one for name in some for one in (mistakes(ctx, name) if name else ["Missing value"])]
        if wrong:
            errors[field] = wrong[:1] if field == "tag_string" else wrong  # there CKAN stops at the first
    keys = [str(one.get("vocabulary_id") or "") for one in sent]
    found = {key: vocabulary(ctx, key) for key in keys if key}
    if None in found.values() and "tags" not in errors:
        unknown = {"vocabulary_id": ["Tag vocabulary was not found."]}
        errors["tags"] = [unknown if key and found[key] is None else {} for key in keys]
    if errors:
        return []
    held = {(name, row.id if (row := found.get(key)) else "") for name, key in zip(names, keys, strict=True)}
    return [_shown(ctx, name, key) for name, key in sorted(held | {(name, "") for name in more})]


def _shown(ctx: Context, name: str, key: str) -> Document:
    tag = _of_vocabulary(ctx, name, key) if key else free_id(name)
    return {"display_name": name, "id": tag, "name": name, "state": "active", "vocabulary_id": key or None}


def _of_vocabulary(ctx: Context, name: str, key: str) -> str:
    query = select(vocabulary_tags.c.id)
    query = query.where(vocabulary_tags.c.vocabulary_id == key, vocabulary_tags.c.name == name)
    if ctx.connection.execute(query).first() is None:
        add(ctx, key, [name])
    return str(ctx.connection.execute(query).scalar_one())


def carrying(ctx: Context, tags: Iterable[str]) -> list[Document]:
    """The datasets that carry one of these tags of a vocabulary."""
    held = select(package_vocabulary_tags.c.package_id).where(package_vocabulary_tags.c.tag_id.in_(list(tags)))
    query = select(packages.c.document).where(packages.c.id.in_(held)).order_by(packages.c.metadata_created)
    return [orjson.loads(row[0]) for row in ctx.connection.execute(query).all()]


def give_up(ctx: Context, tags: Iterable[str]) -> None:
    """Removes tags of vocabularies, from the datasets that carry them, too."""
    gone = set(tags)
    for document in carrying(ctx, gone):
        document["tags"] = [tag for tag in document["tags"] if tag["id"] not in gone]
        document["num_tags"] = len(document["tags"])
        touch(ctx, document)
    ctx.connection.execute(delete(vocabulary_tags).where(vocabulary_tags.c.id.in_(gone)))
