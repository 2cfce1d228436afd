"""Actions on several datasets of an organisation at once, and on whose a dataset is."""

from __future__ import annotations

from typing import Any

from catalog.actions.context import Context
from catalog.actions.documents import Document, copied, group_row, load, readable, save, writable
from catalog.actions.drafts import owner_summary
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.values import wanted

Data = dict[str, Any]


def _bulk(ctx: Context, data: Data, change: Document) -> None:
    """Changes those of the named datasets that the organisation of that id owns; others silently not (as CKAN)."""
    owner, names = data.get("org_id"), data.get("datasets") or []
    if not isinstance(names, list):
        raise invalid({"datasets": ["Must be a list"]})
    found = group_row(ctx, str(owner or ""), "organization")
    if not ctx.actor.may("update", found["id"] if found else None):
        raise forbidden()
    for key in map(str, names):
        old = load(ctx, key)
        if old is not None and old["id"] == key and old["owner_org"] == owner:
            save(ctx, {**copied(old), **change}, old)


@action("bulk_update_private")
def bulk_update_private(ctx: Context, data: Data) -> None:
    """Make datasets of an organisation private. For its admins.

    :param datasets: a list of dataset ids
    :param org_id: the organisation's id
    """
    _bulk(ctx, data, {"private": True})


@action("bulk_update_public")
def bulk_update_public(ctx: Context, data: Data) -> None:
    """Make datasets of an organisation public. For its admins.

    :param datasets: a list of dataset ids
    :param org_id: the organisation's id
    """
    _bulk(ctx, data, {"private": False})


@action("bulk_update_delete")
def bulk_update_delete(ctx: Context, data: Data) -> None:
    """Delete datasets of an organisation. For its admins.

    :param datasets: a list of dataset ids
    :param org_id: the organisation's id
    """
    _bulk(ctx, data, {"state": "deleted"})


@action("package_owner_org_update")
def package_owner_org_update(ctx: Context, data: Data) -> None:
    """Give a dataset to another organisation. For sysadmins.

    :param id: the id or name of the dataset
    :param organization_id: the id or name of the organisation
    """
    if not ctx.actor.sysadmin:
        raise forbidden()
    old = load(ctx, wanted(data, "id"))
    if old is None:
        raise not_found("Package was not found.")
    found = group_row(ctx, str(data.get("organization_id") or ""), "organization")
    if found is None:
        raise not_found("Organization was not found.")
    save(ctx, {**copied(old), "owner_org": found["id"], "organization": owner_summary(found)}, old)


@action("package_collaborator_list", read=True)
def package_collaborator_list(ctx: Context, data: Data) -> None:
    """Return a dataset's collaborators: switched off, as by CKAN's default.

    :param id: the id or name of the dataset
    """
    writable(ctx, wanted(data, "id"))
    raise invalid({"message": "Dataset collaborators not enabled"})


@action("package_relationships_list", read=True)
def package_relationships_list(ctx: Context, data: Data) -> list[Document]:
    """Return the relationships of a dataset: none, as this catalog keeps none.

    :param id: the id or name of the dataset
    :param id2: another dataset (optional)
    :param rel: a type of relationship (optional)
    """
    for field, which in (("id", "First package named in request"), ("id2", "Second package named in address")):
        if field == "id" or data.get(field):
            key = wanted(data, field)
            if load(ctx, key) is None:
                raise not_found(f"{which} was not found.")
            readable(ctx, key)
    if data.get("rel") not in (None, "", "relationships"):
        raise not_found(f'Relationship "{data["id"]} {data["rel"]} {data.get("id2")}" not found.')
    return []
