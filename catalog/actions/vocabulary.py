"""Actions on tags and vocabularies: free tags live on datasets, a vocabulary's tags by themselves, too."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import delete, insert, or_, select, update

from catalog.actions.context import Context
from catalog.actions.core import beneath
from catalog.actions.documents import Document, touch
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.tags import add, carrying, free_id, give_up, mistakes
from catalog.actions.tags import vocabulary as _vocabulary
from catalog.actions.values import folded, natural, now, true, wanted
from catalog.store.tables import package_tags, packages, vocabularies, vocabulary_tags

Data = dict[str, Any]


def _wanted(ctx: Context, data: Data) -> Any:
    """The vocabulary of a request's id. Raises 409, 404."""
    if not data.get("id"):
        raise invalid({"id": "id not in data"})
    found = _vocabulary(ctx, str(data["id"]))
    if found is None:
        raise not_found(f'Could not find vocabulary "{data["id"]}"')
    return found


def _tags_of(ctx: Context, vocabulary: str) -> list[Document]:
    query = select(vocabulary_tags).where(vocabulary_tags.c.vocabulary_id == vocabulary)
    rows = ctx.connection.execute(query.order_by(vocabulary_tags.c.created, vocabulary_tags.c.name))
    return [_tag(row.name, row.id, vocabulary) for row in rows]


def _tag(name: str, key: str, vocabulary: str | None) -> Document:
    return {"id": key, "name": name, "vocabulary_id": vocabulary, "display_name": name}


def _shown(ctx: Context, row: Any) -> Document:
    return {"id": row.id, "name": row.name, "tags": _tags_of(ctx, row.id)}


@action("vocabulary_list", read=True)
def vocabulary_list(ctx: Context, data: Data) -> list[Document]:
    """Return the vocabularies and their tags."""
    rows = ctx.connection.execute(select(vocabularies).order_by(vocabularies.c.created, vocabularies.c.name)).all()
    return [_shown(ctx, row) for row in rows]


@action("vocabulary_show", read=True)
def vocabulary_show(ctx: Context, data: Data) -> Document:
    """Return one vocabulary and its tags.

    :param id: its id or name
    """
    return _shown(ctx, _wanted(ctx, data))


@action("vocabulary_create")
def vocabulary_create(ctx: Context, data: Data) -> Document:
    """Create a vocabulary of tags and return it. For sysadmins.

    :param name: its name
    :param tags: a list of {name} (optional)
    """
    if not ctx.actor.sysadmin:
        raise forbidden()
    errors: Data = {}
    name, tags = _name(ctx, data, errors), _given(ctx, data, errors)
    if errors:
        raise invalid(errors)
    row = {"id": str(uuid4()), "name": name, "created": now()}
    ctx.connection.execute(insert(vocabularies).values(row))
    add(ctx, row["id"], tags)
    return _shown(ctx, _vocabulary(ctx, row["id"]))


@action("vocabulary_update")
def vocabulary_update(ctx: Context, data: Data) -> Document:
    """Rename a vocabulary, replace its tags, and return it. For sysadmins.

    :param id: its id or name
    :param name: a new name (optional)
    :param tags: a list of {name} (optional)
    """
    old = _wanted(ctx, data)
    if not ctx.actor.sysadmin:
        raise forbidden()
    errors: Data = {}
    name = old.name if data.get("name") in (None, "", old.name) else _name(ctx, data, errors)
    tags = _given(ctx, data, errors)
    if errors:
        raise invalid(errors)
    if name != old.name:
        ctx.connection.execute(update(vocabularies).where(vocabularies.c.id == old.id).values(name=name))
        for document in carrying(ctx, [tag["id"] for tag in _tags_of(ctx, old.id)]):
            touch(ctx, document)  # it is found by the vocabulary's name
    if "tags" in data:
        known = {tag["name"]: tag["id"] for tag in _tags_of(ctx, old.id)}
        give_up(ctx, [key for name, key in known.items() if name not in tags])
        add(ctx, old.id, [tag for tag in tags if tag not in known])
    return _shown(ctx, _vocabulary(ctx, old.id))


@action("vocabulary_delete")
def vocabulary_delete(ctx: Context, data: Data) -> None:
    """Delete a vocabulary and its tags (CKAN fails where it has tags). For sysadmins.

    :param id: its id or name
    """
    found = _wanted(ctx, data)
    if not ctx.actor.sysadmin:
        raise forbidden()
    give_up(ctx, [tag["id"] for tag in _tags_of(ctx, found.id)])
    ctx.connection.execute(delete(vocabularies).where(vocabularies.c.id == found.id))


def _name(ctx: Context, data: Data, errors: Data) -> str:
    name = str(data.get("name") or "")
    if not name:
        errors["name"] = ["Missing value"]
    elif len(name) < 2:
        errors["name"] = [f'Name "{name}" length is less than minimum 2']
    elif len(name) > 100:
        errors["name"] = [f'Name "{name}" length is more than maximum 100']
    elif _vocabulary(ctx, name):
        errors["name"] = ["That vocabulary name is already in use."]
    return name


def _given(ctx: Context, data: Data, errors: Data) -> list[str]:
    tags = data.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(one, dict) for one in tags):
        errors["tags"] = ["Only lists of dicts can be placed here"]
        return []
    names = list(dict.fromkeys(str(one.get("name") or "") for one in tags))
    wrong = [{"name": mistakes(ctx, name)} if mistakes(ctx, name) else {} for name in names]
    if any(wrong):
        errors["tags"] = wrong
    return names


@action("tag_create")
def tag_create(ctx: Context, data: Data) -> Document:
    """Add a tag to a vocabulary and return it. For sysadmins; a free tag is made by putting it on a dataset.

    :param name: the tag
    :param vocabulary_id: the vocabulary's id
    """
    if not ctx.actor.sysadmin:
        raise forbidden()
    errors: Data = {}
    name = str(data.get("name") or "")
    wrong = mistakes(ctx, name) if name else ["Missing value"]
    vocabulary = _vocabulary(ctx, str(data.get("vocabulary_id") or ""))
    if not data.get("vocabulary_id"):
        errors["vocabulary_id"] = ["Missing value"]
    elif vocabulary is None:
        errors["vocabulary_id"] = ["Tag vocabulary was not found."]
    elif any(tag["name"] == name for tag in _tags_of(ctx, vocabulary.id)):
        errors["vocabulary_id"] = [f"Tag {name} already belongs to vocabulary {vocabulary.id}"]
    if wrong:
        errors["name"] = wrong
    if errors:
        raise invalid(errors)
    add(ctx, vocabulary.id, [name])
    made = next(tag for tag in _tags_of(ctx, vocabulary.id) if tag["name"] == name)
    return {**made, "packages": []}


@action("tag_delete")
def tag_delete(ctx: Context, data: Data) -> None:
    """Remove a tag from a vocabulary. For sysadmins.

    :param id: its id or name
    :param vocabulary_id: the id or name of the vocabulary; needed with a name (optional)
    """
    if not data.get("id"):
        raise invalid({"id": "id not in data"})
    found = _one(ctx, str(data["id"]), data)
    if found is None or found["vocabulary_id"] is None:
        raise not_found(f'Could not find tag "{data["id"]}"')
    if not ctx.actor.sysadmin:
        raise forbidden()
    give_up(ctx, [found["id"]])


def _one(ctx: Context, key: str, data: Data) -> Document | None:
    """A tag by id, or by name within a vocabulary or among the free ones."""
    given = str(data.get("vocabulary_id") or "")
    query = select(vocabulary_tags).where(or_(vocabulary_tags.c.id == key, vocabulary_tags.c.name == key))
    if given:
        vocabulary = _vocabulary(ctx, given)
        if vocabulary is None:
            raise not_found("could not find vocabulary")
        query = query.where(vocabulary_tags.c.vocabulary_id == vocabulary.id)
    else:
        query = query.where(vocabulary_tags.c.id == key)
    row = ctx.connection.execute(query).first()
    if row is not None:
        return _tag(row.name, row.id, row.vocabulary_id)
    free = next((name for name in _free(ctx) if key in (name, free_id(name))), None)
    return _tag(free, free_id(free), None) if free and not given else None


def _free(ctx: Context) -> list[str]:
    """The tags of public, active datasets, sorted."""
    query = select(package_tags.c.name).distinct().join(packages)
    query = query.where(packages.c.state == "active", packages.c.private.is_(False))
    return sorted(row[0] for row in ctx.connection.execute(query))


def _found(ctx: Context, data: Data, terms: Any) -> list[Document]:
    """The tags in which every term stands, of a vocabulary or free ones."""
    terms = [terms] if isinstance(terms, str) else list(terms)
    parts = [folded(str(term).strip()) for term in terms if str(term).strip()]
    if data.get("vocabulary_id"):
        vocabulary = _vocabulary(ctx, str(data["vocabulary_id"]))
        tags = sorted(_tags_of(ctx, vocabulary.id), key=lambda tag: str(tag["name"])) if vocabulary else []
    else:
        tags = [_tag(name, free_id(name), None) for name in _free(ctx)]
    return [tag for tag in tags if all(part in folded(tag["name"]) for part in parts)]


@action("tag_list", read=True)
def tag_list(ctx: Context, data: Data) -> list[Any]:
    """Return the tags.

    :param query: only tags that hold this (optional)
    :param vocabulary_id: the id or name of a vocabulary (optional, default: free tags)
    :param all_fields: whole objects (optional)
    """
    if data.get("vocabulary_id") and _vocabulary(ctx, str(data["vocabulary_id"])) is None:
        raise not_found(f"could not find vocabulary '{data['vocabulary_id']}'")
    tags = _found(ctx, data, data.get("query") or data.get("q") or "")
    return tags if true(data.get("all_fields", False)) else [tag["name"] for tag in tags]


@action("tag_autocomplete", read=True)
def tag_autocomplete(ctx: Context, data: Data) -> list[str]:
    """Return the tags that hold a string.

    :param query: the string
    :param vocabulary_id: the id or name of a vocabulary (optional, default: free tags)
    :param limit: at most so many (optional)
    :param offset: the offset to start from (optional)
    """
    return [tag["name"] for tag in _page(data, _searched(ctx, data))]


@action("tag_search", read=True)
def tag_search(ctx: Context, data: Data) -> Document:
    """Return the tags that hold a string, as objects, and their number.

    :param query: the string
    :param vocabulary_id: the id or name of a vocabulary (optional, default: free tags)
    :param limit: at most so many (optional)
    :param offset: the offset to start from (optional)
    """
    found = _searched(ctx, data)
    shown_tags = [{key: tag[key] for key in ("id", "name", "vocabulary_id")} for tag in _page(data, found)]
    return {"count": len(found), "results": shown_tags}


def _searched(ctx: Context, data: Data) -> list[Document]:
    terms = data.get("query") or data.get("q") or ""
    return _found(ctx, data, terms) if terms else []


def _page(data: Data, found: list[Document]) -> list[Document]:
    start = natural(data, "offset", 0)
    return found[start : start + natural(data, "limit", len(found))]


@action("tag_show", read=True)
def tag_show(ctx: Context, data: Data) -> Document:
    """Return a tag.

    :param id: its id or name
    :param vocabulary_id: the id or name of its vocabulary (optional)
    :param include_datasets: the public datasets that carry it as well (optional)
    """
    found = _one(ctx, wanted(data, "id"), data)
    if found is None:
        raise not_found()
    if not true(data.get("include_datasets", False)):
        return found
    public = [one for one in _carrying(ctx, found) if one["state"] == "active" and not one["private"]]
    return {**found, "packages": [beneath(ctx, one, indexed=True) for one in public]}


def _carrying(ctx: Context, tag: Document) -> list[Document]:
    if tag["vocabulary_id"]:
        return carrying(ctx, [tag["id"]])
    query = select(packages.c.document).join(package_tags).where(package_tags.c.name == tag["name"])
    return [orjson.loads(row[0]) for row in ctx.connection.execute(query.order_by(packages.c.metadata_created))]
