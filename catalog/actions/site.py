"""Actions on the site itself: what it is, what it can do, its licences, tags, schema and caller."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from catalog.actions import licences
from catalog.actions.context import Context
from catalog.actions.documents import Document
from catalog.actions.drafts import tag_id
from catalog.actions.refusals import ActionRefused, forbidden, not_found
from catalog.actions.register import action, actions
from catalog.actions.values import folded, natural, true, wanted
from catalog.store.tables import package_tags, packages
from metadata import __version__

Data = dict[str, Any]
CKAN = "2.12.0"
"""The CKAN whose answers these are."""


@action("status_show", read=True)
def status_show(ctx: Context, data: Data) -> Document:
    """Return the site's title, address, version and extensions. `saphan_version` tells it from a CKAN."""
    return {
        "site_title": ctx.site.title,
        "site_description": "",
        "site_url": ctx.site.url,
        "ckan_version": CKAN,
        "error_emails_to": None,
        "locale_default": "th",
        "extensions": ["datastore", *(["scheming_datasets"] if ctx.schema else [])],
        "saphan_version": __version__,
    }


@action("help_show", read=True)
def help_show(ctx: Context, data: Data) -> str:
    """Return the help text of an action.

    :param name: the action's name
    """
    name = wanted(data, "name")
    if name not in actions():
        raise not_found("Action function not found")
    return actions()[name].help


@action("license_list", read=True)
def license_list(ctx: Context, data: Data) -> list[Document]:
    """Return the licences the site knows."""
    return [dict(one) for one in licences.licences()]


def _tags(ctx: Context, part: str) -> list[str]:
    """The tags of public, active datasets, sorted; those that hold a part of a word."""
    query = select(package_tags.c.name).distinct().join(packages)
    query = query.where(packages.c.state == "active", packages.c.private.is_(False))
    return sorted(row[0] for row in ctx.connection.execute(query) if folded(part) in folded(row[0]))


@action("tag_list", read=True)
def tag_list(ctx: Context, data: Data) -> list[Any]:
    """Return the site's tags.

    :param query: only tags that hold this (optional)
    :param all_fields: whole objects (optional)
    """
    names = _tags(ctx, str(data.get("query") or ""))
    if not true(data.get("all_fields", False)):
        return list(names)
    return [{"id": tag_id(name), "name": name, "vocabulary_id": None, "display_name": name} for name in names]


@action("tag_autocomplete", read=True)
def tag_autocomplete(ctx: Context, data: Data) -> list[str]:
    """Return the tags that hold a string.

    :param query: the string
    :param limit: at most so many (optional, default: 10)
    """
    return _tags(ctx, wanted(data, "q", "query"))[: natural(data, "limit", 10)]


@action("user_show", read=True)
def user_show(ctx: Context, data: Data) -> Document:
    """Return the caller. Others are not shown.

    :param id: the caller's own name (optional)
    """
    if not ctx.actor.name:
        raise forbidden()
    if data.get("id") not in (None, "", ctx.actor.name, ctx.actor.id):
        raise not_found("User not found")
    query = select(func.count()).select_from(packages).where(packages.c.state == "active")
    return {
        "id": ctx.actor.id,
        "name": ctx.actor.name,
        "display_name": ctx.actor.name,
        "fullname": None,
        "about": None,
        "sysadmin": ctx.actor.sysadmin,
        "state": "active",
        "number_created_packages": ctx.connection.execute(query).scalar(),
    }


@action("scheming_dataset_schema_list", read=True)
def scheming_dataset_schema_list(ctx: Context, data: Data) -> list[str]:
    """Return the dataset types that have a schema."""
    return [_schema(ctx).type]


@action("scheming_dataset_schema_show", read=True)
def scheming_dataset_schema_show(ctx: Context, data: Data) -> Document:
    """Return the schema of a dataset type.

    :param type: the dataset type
    """
    schema = _schema(ctx)
    if wanted(data, "type") != schema.type:
        raise not_found()
    return dict(schema.raw)


def _schema(ctx: Context) -> Any:
    if ctx.schema is None:
        raise ActionRefused(400, "Bad request: Action name not known: scheming_dataset_schema_show")
    return ctx.schema
