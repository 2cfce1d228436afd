"""What a search is narrowed and sorted by. All of its state stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from catalog.web.pages.page import natural
from metadata.exports import themes

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.portal.local import LocalPortal
    from catalog.web.words import Speech

FIELDS = (
    "data_theme", "res_format", "organization", "groups", "geo_coverage", "update_frequency_unit", "license_id",
    "tags",
)  # fmt: skip
"""What datasets are narrowed by, in the page's order: the names of `package_search`."""
SHORT, LONG = 6, 200
"""Values of a field that are shown, and of one of which the reader asked for all."""
MOST = 12
"""Filters in one search."""
LONGEST = 200
"""Letters of a question, and of a filter's value."""
SORTS: Mapping[str, str] = {
    "best": "score desc, metadata_modified desc",
    "new": "metadata_modified desc",
    "used": "views_recent desc, metadata_modified desc",
    "title": "title_string asc",
}
CKANS = {"metadata_modified desc": "new", "title_string asc": "title", "views_recent desc": "used"}
"""The orders that CKAN's own pages put into their addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks. `here`: the page's path; `all`: the field whose values are all shown."""

    here: str
    q: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    sort: str = "best"
    page: int = 1
    all: str = ""

    @classmethod
    def of(cls, request: Request) -> Asked:
        """What this request asks; what nobody could have meant is left out."""
        given = request.query_params
        filters = [(field, value[:LONGEST]) for field, value in given.multi_items() if field in FIELDS and value]
        sort = CKANS.get(given.get("sort", ""), given.get("sort", ""))
        q = given.get("q", "").strip()[:LONGEST]
        return cls(
            here=request.url.path,
            q=q,
            filters=tuple(dict.fromkeys(filters))[:MOST],
            sort=sort if sort in SORTS else "best",
            page=natural(given.get("page", "1")),
            all=given.get("all", "") if given.get("all") in FIELDS else "",
        )

    def url(self, **changes: Any) -> str:
        """The address that asks the same but for what changes; then it begins at page 1."""
        new = replace(self, **{"page": 1, **changes})
        parts = [("q", new.q), *new.filters, ("sort", "" if new.sort == "best" else new.sort), ("all", new.all)]
        parts.append(("page", str(new.page) if new.page > 1 else ""))
        query = urlencode([(name, value) for name, value in parts if value])
        return f"{new.here}?{query}" if query else new.here

    def with_(self, field: str, value: str) -> str:
        """The address with one filter more."""
        return self.url(filters=(*self.filters, (field, value)), all="")

    def without(self, field: str, value: str) -> str:
        """The address with one filter less."""
        return self.url(filters=tuple(one for one in self.filters if one != (field, value)), all="")


def search(asked: Asked, fixed: tuple[tuple[str, str], ...], rows: int, *, count: bool = True) -> dict[str, Any]:
    """What `package_search` is asked. `fixed`: the filters of the page itself; `count`: with the facets."""
    data: dict[str, Any] = {
        "q": asked.q,
        "fq_list": [f"{field}:{quoted(value)}" for field, value in (*fixed, *asked.filters)],
        "rows": rows,
        "start": (asked.page - 1) * rows,
        "sort": SORTS[asked.sort if asked.q or asked.sort != "best" else "new"],
    }
    if count:
        data["facet.field"] = [field for field in FIELDS if field not in dict(fixed)]
        data["facet.limit"] = LONG if asked.all else SHORT + 1
    return data


def quoted(value: str) -> str:
    """A value as one phrase of Solr's language."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the values of a field are called."""

    portal: LocalPortal
    say: Speech

    @cached_property
    def _choices(self) -> dict[str, dict[str, Any]]:
        """Field → value → label, of the fields of the schema that have choices."""
        raw = self.portal.schema.raw["dataset_fields"] if self.portal.schema else []
        return {
            str(one.get("field_name")): {choice["value"]: choice.get("label") for choice in one["choices"]}
            for one in raw
            if one.get("choices")
        }

    def field(self, name: str) -> str:
        """The field's own name."""
        return self.say(f"facet-{name}")

    def value(self, field: str, value: str, display: str = "") -> str:
        """A value's name: its theme's, its choice's in the schema, what the catalog calls it, or itself."""
        if field == "data_theme":
            try:
                return str(themes.name(value)[self.say.language])
            except KeyError:
                return value
        return self.say.label(self._choices.get(field, {}).get(value), display or value)


def facets(asked: Asked, found: Mapping[str, Any], labels: Labels) -> list[dict[str, Any]]:
    """The fields to narrow by: those with something to choose, and those that are chosen."""
    told = []
    for field, facet in found["search_facets"].items():
        chosen = {value for name, value in asked.filters if name == field}
        items = sorted(facet["items"], key=lambda one: (one["name"] not in chosen, -one["count"], one["name"]))
        shown = items if asked.all == field else items[:SHORT]
        if not chosen and (not items or (len(items) == 1 and items[0]["count"] == found["count"])):
            continue
        told.append(
            {
                "label": labels.field(field),
                "more": asked.url(all=field) if len(items) > len(shown) else "",
                "choices": [
                    {
                        "label": labels.value(field, one["name"], one["display_name"]),
                        "count": one["count"],
                        "chosen": one["name"] in chosen,
                        "href": (asked.without if one["name"] in chosen else asked.with_)(field, one["name"]),
                    }
                    for one in shown
                    if one["name"]
                ],
            }
        )
    return [one for one in told if one["choices"]]
