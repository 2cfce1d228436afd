"""From what a request sends to the document that is stored: every check CKAN makes, every error at once."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from catalog.actions import licences, tags
from catalog.actions.context import Context
from catalog.actions.documents import Document, group_row, package_of, upload_address
from catalog.actions.refusals import invalid, not_found, wrong_container
from catalog.actions.schema import check
from catalog.actions.values import EMAIL, ID, NAME, clean_format, guessed_format, guessed_type, is_date, now, true
from catalog.store.tables import packages

PLAIN = ("author", "author_email", "license_id", "maintainer", "maintainer_email", "notes", "url", "version")
"""Text fields every CKAN dataset has."""
OURS = (
    "cache_last_updated", "cache_url", "created", "datastore_active", "description", "format", "hash", "id",
    "last_modified", "metadata_modified", "mimetype", "mimetype_inner", "name", "package_id", "position",
    "resource_type", "size", "state", "url", "url_type",
)  # fmt: skip
"""Fields every CKAN resource has."""
LONGEST = 70
"""Letters of a dataset's name on the portals of the Thai standard."""
LONGEST_ANYWHERE = 100
"""Letters of a name on stock CKAN."""
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
TAKEN = (
    "author", "author_email", "extras", "groups", "id", "license_id", "maintainer", "maintainer_email", "name",
    "notes", "owner_org", "private", "resources", "state", "tag_string", "tags", "title", "type", "url", "version",
)  # fmt: skip
"""Fields of CKAN's own schema: no free pair is called so."""
NEVER = ("created_at", "upload", "clear_upload", "revision_id", "tracking_summary", "save")
Errors = dict[str, Any]


def package(ctx: Context, data: dict[str, Any], old: Document | None) -> Document:
    """A package's document. `data` is the whole of it. Raises 409 with every error, 400 for wrong containers."""
    usual = ctx.schema.type if ctx.schema else "dataset"
    for field in ("tags", "extras", "resources", "groups"):
        value = data.get(field)
        if value is not None and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
            raise wrong_container(field, value, {**data, "type": usual})
    errors: Errors = {}
    kind = str(old["type"]) if old else text_of(data.get("type") or usual)
    ctx = ctx.under(kind)
    fields = _fields(ctx, data, errors)
    moment = now()
    made = {
        "id": _package_id(ctx, data, old, errors),
        "name": _name(ctx, data, old, errors),
        "type": kind,
        "state": data.get("state") or (old["state"] if old else "active"),
        "private": true(data["private"])
        if data.get("private") not in (None, "")
        else bool(old and old["private"]),
        "creator_user_id": old["creator_user_id"] if old else ctx.actor.id,
        "metadata_created": old["metadata_created"] if old else moment,
        "metadata_modified": moment,
        **fields,
        **licences.of(fields.get("license_id"), ctx.licences),
        **_owner(ctx, data, old, errors),
    }
    made["title"] = _title(ctx, data, made, errors)
    made["tags"] = tags.of_request(ctx, data, errors)
    extras = _extras(ctx, data, errors)
    if extras or not ctx.schema:
        made["extras"] = extras
    made["resources"] = _resources(ctx, data, made, old, errors)
    kept = old is not None and "groups" not in data
    made["groups"] = list(old["groups"]) if old is not None and kept else _groups(ctx, data)
    if errors:
        raise invalid(dict(sorted(errors.items())))
    made["num_resources"], made["num_tags"] = len(made["resources"]), len(made["tags"])
    made["relationships_as_subject"] = made["relationships_as_object"] = []
    return made


def _fields(ctx: Context, data: dict[str, Any], errors: Errors) -> Document:
    schema = ctx.schema.dataset if ctx.schema else {}
    made: Document = {}
    for plain in PLAIN:
        if plain not in schema:
            made[plain] = None if data.get(plain) in (None, "") else text_of(data[plain])
            if plain == "version" and len(made[plain] or "") > LONGEST_ANYWHERE:
                errors[plain] = [f"Version must be a maximum of {LONGEST_ANYWHERE} characters long"]
            if plain.endswith("_email") and made[plain] and not EMAIL.match(made[plain]):
                errors[plain] = [f"Email {made[plain]} is not a valid format"]
    for name, field in schema.items():
        if name in ("name", "title", "owner_org", "tag_string", "private", "groups", "tags"):
            continue
        value, wrong = check(field, data.get(name))
        if wrong:
            errors[name] = wrong
        elif value is not None:
            made[name] = value
    return made


def text_of(value: Any) -> str:
    """A value as CKAN keeps it where a text is expected: other values as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _package_id(ctx: Context, data: dict[str, Any], old: Document | None, errors: Errors) -> str:
    if old:
        return str(old["id"])
    if not data.get("id"):
        return str(uuid4())
    given = str(data["id"])
    try:
        UUID(given)
    except ValueError:
        errors["id"] = ["Invalid id provided"]
        return given
    if ctx.connection.execute(select(packages.c.id).where(packages.c.id == given)).first():
        errors["id"] = ["Dataset id already exists"]
    return given


def _name(ctx: Context, data: dict[str, Any], old: Document | None, errors: Errors) -> str:
    name = str(data.get("name") or "")
    wrong = named(name, LONGEST_ANYWHERE)
    most = LONGEST_ANYWHERE if ctx.stock else LONGEST
    if name and len(name) < 2:
        wrong.append(f'Name "{name}" length is less than minimum 2')
    if len(name) > most:
        wrong.append(f'Name "{name}" length is more than maximum {most}')
    if not wrong and name in ("new", "edit", "search"):
        wrong = ["That name cannot be used"]
    if not wrong:
        query = select(packages.c.id, packages.c.state).where(packages.c.name == name)
        taken = ctx.connection.execute(query).first()
        if taken and not (old and taken[0] == old["id"]):
            if ctx.stock and taken[1] == "deleted":
                _give_up_name(ctx, taken[0])
            elif old and old["state"] == "deleted" and old["name"] == name:
                return str(old["id"])  # somebody else took the name meanwhile
            else:
                wrong = [f"That URL is already in {'trash' if taken[1] == 'deleted' else 'use'}."]
    if wrong:
        errors["name"] = wrong
    return name


def _give_up_name(ctx: Context, key: str) -> None:
    """A deleted dataset is from now on found by its id alone; its document keeps the name, as CKAN's does."""
    ctx.connection.execute(update(packages).where(packages.c.id == key).values(name=key))


def named(name: str, most: int) -> list[str]:
    """What is wrong with a name: CKAN's alphabet, two letters at least."""
    if not name:
        return ["Missing value"]
    if len(name) < 2:
        return ["Must be at least 2 characters long"]
    if len(name) > most:
        return [f"Name must be a maximum of {most} characters long"]
    if not NAME.match(name):
        return ["Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"]
    return []


def _title(ctx: Context, data: dict[str, Any], made: Document, errors: Errors) -> str:
    title = text_of(data.get("title") or made["name"])
    if ctx.stock:
        return title
    query = select(packages.c.id).where(packages.c.title == title, packages.c.state == "active")
    if any(key != made["id"] for (key,) in ctx.connection.execute(query)):
        errors["title"] = ["That title is already in use."]  # portals of the Thai standard keep titles unique
    return title


def _owner(ctx: Context, data: dict[str, Any], old: Document | None, errors: Errors) -> Document:
    given = data.get("owner_org", old["owner_org"] if old else None)
    if not given:
        errors["owner_org"] = ["An organization must be provided"]
        return {"owner_org": None, "organization": None}
    found = group_row(ctx, str(given), "organization")
    if found is None and group_row(ctx, str(given), "group"):
        raise not_found("Organization was not found.")
    if found is None or found["state"] != "active":
        errors["owner_org"] = ["Organization does not exist"]
        return {"owner_org": None, "organization": None}
    same = old is not None and old["owner_org"] == found["id"]
    if not same and not ctx.actor.may("create_dataset", found["id"]):
        errors["owner_org"] = ["You cannot add a dataset to this organization"]
    return {"owner_org": found["id"], "organization": owner_summary(found)}


def owner_summary(found: Document) -> Document:
    """What a package shows of its organisation."""
    keys = ("id", "name", "title", "type", "description", "image_url", "created")
    return {key: found[key] for key in (*keys, "is_organization", "approval_status", "state")}


def _groups(ctx: Context, data: dict[str, Any]) -> list[Document]:
    found: dict[str, Document] = {}
    for one in data.get("groups") or ():
        group = group_row(ctx, str(one.get("id") or one.get("name") or ""), "group")
        if group:  # others are passed over, as on CKAN
            found[group["name"]] = group_summary(group)
    return [found[name] for name in sorted(found)]


def group_summary(group: Document) -> Document:
    """What a package shows of a group it belongs to."""
    keys = ("description", "display_name", "id", "name", "title")
    return {**{key: group[key] for key in keys}, "image_display_url": group["image_url"]}


def _extras(ctx: Context, data: dict[str, Any], errors: Errors) -> list[Document]:
    """Free pairs, ordered as PostgreSQL's jsonb does. A pair whose value is null is not kept."""
    fields = ctx.schema.dataset if ctx.schema else {}
    kept, wrong, twice = {}, [], []
    for one in filter(None, data.get("extras") or ()):
        key = str(one.get("key") or "")
        if not key:
            wrong.append({"key": ["Missing value"]})
        elif key in fields or (ctx.stock and key in TAKEN):
            wrong.append({"key": ["There is a schema field with the same name"]})
        elif "value" not in one and not true(one.get("deleted", False)):
            wrong.append({"value": ["Missing value"]})
        else:
            wrong.append({})
        if key in kept:
            twice.append(f'Duplicate key "{key}"')
        if one.get("value") is not None and not true(one.get("deleted", False)):
            kept[key] = one["value"] if isinstance(one["value"], str) else str(one["value"])
    if any(wrong):
        errors["extras"] = wrong
    if twice:
        errors["extras_validation"] = twice
    return [{"key": key, "value": kept[key]} for key in sorted(kept, key=extras_order)]


def extras_order(key: str) -> tuple[int, str]:
    """By this PostgreSQL's jsonb orders the keys of pairs, and CKAN answers them so."""
    return len(key.encode()), key


def _resources(
    ctx: Context, data: dict[str, Any], made: Document, old: Document | None, errors: Errors
) -> list[Document]:
    given = data.get("resources")
    if given is None:
        return list(old["resources"]) if old else []
    before = {one["id"]: one for one in old["resources"]} if old else {}
    drafts, wrong, seen = [], [], set()
    for position, one in enumerate(one for one in given if one):
        mistakes: Errors = {}
        draft = resource(ctx, one, before.get(str(one.get("id"))), made["id"], position, mistakes)
        if old is None and not one.get("mimetype"):
            draft["mimetype"] = None  # CKAN guesses everywhere but in package_create
        if draft["id"] in seen:
            mistakes["id"] = ["Resource id already exists."]
        seen.add(draft["id"])
        drafts.append(draft)
        wrong.append(mistakes)
    if any(wrong):
        errors["resources"] = wrong
    return drafts


def resource(
    ctx: Context, data: dict[str, Any], old: Document | None, package_id: str, position: int, errors: Errors
) -> Document:
    """A resource's document. `data` is the whole of it; what is wrong is put into `errors`."""
    moment = now()
    key = _resource_id(ctx, data, old, package_id, errors)
    upload = ctx.uploads.get("upload")
    url, url_type = (f"/datastore/dump/{key}", "datastore") if ctx.tables else _address(ctx, data, old)
    same, old_hash = bool(old and old["url"] == url), str(old["hash"]) if old else ""
    made: Document = {
        "cache_last_updated": None,
        "cache_url": data.get("cache_url") or None,
        "created": old["created"] if old else moment,
        "datastore_active": bool(old and old["datastore_active"]),
        "description": data.get("description"),
        "format": clean_format(str(data.get("format") or ""))
        or guessed_format(upload.filename if upload else url),
        "hash": str(data.get("hash") or "") if "hash" in data or not same else old_hash,
        "id": key,
        "last_modified": data.get("last_modified") or (old["last_modified"] if old else None),
        "metadata_modified": moment,
        "mimetype": data.get("mimetype") or (old["mimetype"] if old and same else guessed_type(url)),
        "mimetype_inner": data.get("mimetype_inner") or None,
        "name": data.get("name") or None,
        "package_id": package_id,
        "position": position,
        "resource_type": data.get("resource_type") or None,
        "size": _size(data, old if same else None, errors),
        "state": "active",
        "url": url,
        "url_type": url_type,
    }
    if ctx.tables:
        made["last_modified"] = moment
    if made["last_modified"] and not is_date(str(made["last_modified"])):
        errors["last_modified"] = ["Date format incorrect"]
    schema = ctx.schema.resource if ctx.schema else {}
    for name, field in schema.items():
        if name in ("url", "format"):
            continue
        value, wrong = check(field, data.get(name))
        if wrong:
            errors[name] = wrong
        elif value is not None or name in made:
            made[name] = value
    if "description" in schema and made["description"] is None:
        del made["description"]
    for name, value in data.items():
        if name not in made and name not in schema and name not in NEVER and value is not None:
            made[name] = value  # CKAN keeps whatever else a resource is given
    if url_type != "datastore":
        for name in ("url", "format"):
            if name in schema and schema[name].required and not made[name] and not upload:
                errors[name] = ["Missing value"]
    if upload:
        _receive(made, upload.file.sha256, upload.file.size, upload.filename, data, old)
    return made


def _resource_id(ctx: Context, data: dict[str, Any], old: Document | None, package_id: str, errors: Errors) -> str:
    if old:
        return str(old["id"])
    if not data.get("id"):
        return str(uuid4())
    given = str(data["id"])
    if not ID.match(given):
        errors["id"] = ["Invalid id provided"]
        return given
    held = package_of(ctx, given)
    if held and held[0]["id"] != package_id:
        errors["id"] = ["Resource id already exists."]
    return given


def _address(ctx: Context, data: dict[str, Any], old: Document | None) -> tuple[str, str | None]:
    """The stored address and its kind. An uploaded file keeps its own unless the request clears or replaces it."""
    url = str(data.get("url") or "").strip()
    if old and old["url_type"] in ("upload", "datastore") and not true(data.get("clear_upload", False)):
        same = url in ("", old["url"], ctx.site.url + old["url"]) or url.endswith(old["url"])
        if same or data.get("url_type") == old["url_type"]:
            return old["url"], old["url_type"]
    if url and not SCHEME.match(url) and not url.startswith("/"):
        url = f"http://{url}"  # as CKAN shows it
    kind = data.get("url_type") or None
    return url, None if kind in ("upload", "datastore") and not ctx.uploads else kind


def _size(data: dict[str, Any], old: Document | None, errors: Errors) -> int | None:
    given = data.get("size")
    if given in (None, ""):
        return old["size"] if old else None
    try:
        return int(given)
    except (TypeError, ValueError):
        errors["size"] = ["Invalid integer"]
        return None


def _receive(
    made: Document, sha256: str, size: int, filename: str, data: dict[str, Any], old: Document | None
) -> None:
    """What an uploaded file says of itself. The same file under the same name is no change."""
    made["url"] = upload_address(made["package_id"], made["id"], filename)
    made["url_type"], made["size"] = "upload", size
    if not data.get("mimetype") or (old and data["mimetype"] == old["mimetype"]):
        made["mimetype"] = guessed_type(filename)
    given = str(data.get("hash") or "")
    if not given or (old and given == old["hash"] and given.startswith("sha256:")):
        made["hash"] = f"sha256:{sha256}"
    same = old and (old["url"], old["size"], old["hash"]) == (made["url"], size, made["hash"])
    if not same and (not data.get("last_modified") or (old and data["last_modified"] == old["last_modified"])):
        made["last_modified"] = made["metadata_modified"]
