"""The records of datasets (`catalog.record`) for those who ask over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from catalog.actions.context import ANYONE
from catalog.actions.refusals import ActionRefused
from catalog.record import Package, moment, of_version, record, titles
from catalog.web import caller
from catalog.web.pages.page import embedded
from catalog.web.words import language_of as language_of_reader
from metadata.exports import schema_org

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.actions.context import Actor, Site
    from catalog.portal.local import LocalPortal

__all__ = [
    "Package", "gather", "gathered", "is_private", "linked_data", "moment", "of_version", "public",
    "record", "titles",
]  # fmt: skip


def gather(portal: LocalPortal, key: str, actor: Actor, site: Site) -> tuple[Package, dict[str, Package]]:
    """A dataset and the tables of its resources. Raises ActionRefused where the actor may not see it."""
    package = portal.answer("package_show", {"id": key}, actor=actor, site=site)
    tables = {}
    for resource in package["resources"]:
        if resource.get("datastore_active"):
            try:
                asked = {"id": resource["id"]}
                tables[resource["id"]] = portal.answer("datastore_info", asked, actor=actor, site=site)
            except ActionRefused:
                continue
    return package, tables


async def gathered(request: Request, key: str) -> tuple[Package, dict[str, Package]]:
    """The same for who asks over HTTP."""
    actor, site = caller.actor(request), caller.site(request)
    return await run_in_threadpool(gather, request.app.state.portal, key, actor, site)


def is_private(package: Package) -> bool:
    """Whether not everybody may see it."""
    return bool(package.get("private")) or package.get("state") != "active"


def linked_data(request: Request, package: Package, tables: dict[str, Any]) -> Markup:
    """The dataset for search engines, to stand in the page's head: no letter of it can end the element."""
    schema = request.app.state.portal.schema
    made = record(
        package,
        {key: one for key, one in tables.items() if one},
        caller.site(request),
        schema.raw if schema else None,
    )
    return embedded(schema_org.dataset(made, language_of_reader(request)))


def public(portal: LocalPortal, key: str, site: Site) -> Package | None:
    """A dataset as anyone sees it; None where it has gone meanwhile."""
    try:
        return portal.answer("package_show", {"id": key}, actor=ANYONE, site=site)  # type: ignore[no-any-return]
    except ActionRefused:
        return None
