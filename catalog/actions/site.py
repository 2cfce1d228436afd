"""Actions on the site itself: what it is, what it can do, its licences, tags, schema and caller."""

from __future__ import annotations

from typing import Any

from catalog.actions.context import Context
from catalog.actions.documents import Document
from catalog.actions.refusals import bad_request, not_found
from catalog.actions.register import action, actions
from catalog.actions.values import wanted
from metadata import __version__

Data = dict[str, Any]
CKAN = "2.12.0"
"""The CKAN whose answers these are."""
EXTENSIONS = ("activity", "datastore", "image_view", "text_view")
"""What a client may count on beside CKAN's core. Views are kept, not drawn."""


@action("status_show", read=True)
def status_show(ctx: Context, data: Data) -> Document:
    """Return the site's title, address, version and extensions. `saphan_version` tells it from a CKAN."""
    return {
        "site_title": ctx.site.title,
        "site_description": "",
        "site_url": ctx.site.url,
        "ckan_version": CKAN,
        "error_emails_to": None,
        "locale_default": "en" if ctx.stock else "th",
        "extensions": [*(["scheming_datasets"] if ctx.schema else []), *EXTENSIONS],
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
    return [dict(one) for one in ctx.licences]


@action("scheming_dataset_schema_list", read=True)
def scheming_dataset_schema_list(ctx: Context, data: Data) -> list[str]:
    """Return the dataset types that have a schema."""
    return [_schema(ctx, "list").type]


@action("scheming_dataset_schema_show", read=True)
def scheming_dataset_schema_show(ctx: Context, data: Data) -> Document:
    """Return the schema of a dataset type.

    :param type: the dataset type
    """
    schema = _schema(ctx, "show")
    if wanted(data, "type") != schema.type:
        raise not_found()
    return dict(schema.raw)


def _schema(ctx: Context, verb: str) -> Any:
    if ctx.schema is None:
        raise bad_request(f"Action name not known: scheming_dataset_schema_{verb}")
    return ctx.schema
