"""One dataset: what it is, its files, its columns, its terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.web import records
from catalog.web.pages import good, picture, programs, rating, related, resource, revisions, usage
from catalog.web.pages.entry import places, years
from catalog.web.pages.facets import Labels
from catalog.web.pages.freshness import fresh
from catalog.web.pages.page import link, package_of, show, table_of
from catalog.web.words import Speech, language_of
from metadata import clock

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.portal.local import LocalPortal

ELSEWHERE = (
    "title", "title_en", "name", "notes", "notes_en", "tag_string", "owner_org", "license_id", "maintainer",
    "maintainer_email", "version_notes",
)  # fmt: skip
"""Terms that the dataset's page shows outside its table of terms."""


async def dataset(request: Request) -> Response:
    """One dataset: what it is, its files, its columns, its terms."""
    package = await package_of(request)
    tables = {one["id"]: await table_of(request, one) for one in package["resources"]}
    say = Speech(language_of(request))
    facts: dict[str, Any] = {
        "package": package,
        "tables": tables,
        "terms": terms(request.app.state.portal, package, say),
    }
    facts["linked"] = records.linked_data(request, package, tables)
    labels = Labels(portal=request.app.state.portal, say=say)
    facts["fresh"] = fresh(package, say, clock.today())
    facts["covers"] = {"years": years(package, say), "places": places(package, labels)}
    facts |= await picture.facts(request, package, tables, say)
    facts |= await usage.facts(request, package)
    facts |= programs.facts(request, package, tables, say)
    facts |= await revisions.facts(request, package["id"], say, tables)
    facts |= await good.facts(request, package, tables, say)
    facts |= await related.facts(request, package, tables, say)
    facts |= await resource.preview(request, package, tables, say)
    facts |= await rating.facts(request, package)
    facts["first"] = next((one for one in package["resources"] if link(one["url"])), None)
    return show(request, "dataset.html", **facts)


def terms(portal: LocalPortal, package: dict[str, Any], say: Speech) -> list[tuple[str, list[str]]]:
    """The dataset's terms in the schema's order, then its free pairs: label and values, in the page's language."""
    raw = portal.schema.raw["dataset_fields"] if portal.schema else []
    found = []
    for field in raw:
        name = field.get("field_name")
        value = package.get(name) if name not in ELSEWHERE else None
        if value in (None, "", []):
            continue
        labels = {choice["value"]: choice.get("label") for choice in field.get("choices") or ()}
        values = value if isinstance(value, list) else [value]
        shown = [say.label(labels.get(one), say.year(one) if "year" in name else str(one)) for one in values]
        if field.get("preset") == "date" or "isodate" in str(field.get("validators")):
            shown = [say.date(one) for one in shown]
        found.append((say.label(field.get("label"), name), shown))
    free = [one for one in package.get("extras", ()) if one["key"] not in ELSEWHERE]
    return found + [(one["key"], [str(one["value"])]) for one in free]
