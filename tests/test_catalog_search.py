"""`package_search` of our own catalog: words, Solr's filters as people write them, order, pages, facets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, refusal

from catalog.portal.local import LocalPortal


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[LocalPortal]:
    with opened(tmp_path) as ours:
        ours.call_action("organization_create", {"name": "dept-b", "title": "กรม ข"})
        more = [
            ("housing", "โครงการบ้านมั่นคง", "dept-a", ["บ้าน", "open data"]),
            ("funds", "กองทุนสวัสดิการชุมชน", "dept-a", ["กองทุน"]),
            ("indicators", "Moral Indicators", "dept-b", []),
        ]
        for name, title, owner, tags in more:
            sent = package(name, title=title, notes=f"รายละเอียด {name}", owner_org=owner)
            ours.call_action("package_create", {**sent, "tags": [{"name": tag} for tag in tags]})
        link = {"package_id": "housing", "name": "x", "url": "https://example.org/a.csv", "format": "csv"}
        ours.call_action("resource_create", link)
        yield ours


def _names(portal: LocalPortal, **asked: Any) -> list[str]:
    found = portal.call_action("package_search", {"sort": "name asc", **asked})
    assert found["count"] >= len(found["results"])
    return [one["name"] for one in found["results"]]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("", ["funds", "housing", "indicators"]),
        ("*:*", ["funds", "housing", "indicators"]),
        ("มั่นคง", ["housing"]),
        ("กองทุน ชุมชน", ["funds"]),
        ("กองทุน บ้าน", []),
        ("MORAL", ["indicators"]),
        ("กรม ข", ["indicators"]),
        ("name:funds", ["funds"]),
        ("title:บ้าน", ["housing"]),
        ("100%", []),
        ("(", []),
        ("รายละเอียด:", ["funds", "housing", "indicators"]),
    ],
)
def test_every_word_must_stand_somewhere(portal: LocalPortal, q: str, names: list[str]) -> None:
    assert _names(portal, q=q) == names


@pytest.mark.parametrize(
    ("fq", "names"),
    [
        ("organization:dept-a", ["funds", "housing"]),
        ("organization:dept-a -name:funds", ["housing"]),
        ("+organization:dept-a AND NOT name:housing", ["funds"]),
        ('tags:"open data"', ["housing"]),
        ("tags:(กองทุน OR บ้าน)", ["funds", "housing"]),
        ("name:funds OR name:indicators", ["funds", "indicators"]),
        ("(name:funds OR name:housing) AND tags:บ้าน", ["housing"]),
        ("res_format:CSV", ["housing"]),
        ("tags:[* TO *]", ["funds", "housing"]),
        ("-tags:*", ["indicators"]),
        ("name:h*", ["housing"]),
        ("metadata_modified:[NOW-1DAY TO NOW+1DAY]", ["funds", "housing", "indicators"]),
        ("metadata_modified:[2000-01-01T00:00:00Z TO 2001-01-01T00:00:00Z]", []),
        ("private:false", ["funds", "housing", "indicators"]),
        ("objective:พันธกิจหน่วยงาน", ["funds", "housing", "indicators"]),
        ("nosuchfield:1", []),
    ],
)
def test_filters_mean_what_solr_means_by_them(portal: LocalPortal, fq: str, names: list[str]) -> None:
    assert _names(portal, fq=fq) == names


@pytest.mark.parametrize("fq", ["name:(a", "name:", ")", 'name:"a', "a AND", "[", "name:[a b]"])
def test_a_filter_that_cannot_be_read_is_refused(portal: LocalPortal, fq: str) -> None:
    status, error = refusal(portal, "package_search", {"fq": fq})
    assert status == 409
    assert isinstance(error, dict)
    assert error["__type"] == "Search Error"


def test_a_deeply_nested_filter_is_refused_not_followed(portal: LocalPortal) -> None:
    assert refusal(portal, "package_search", {"fq": "(" * 5000 + "name:a" + ")" * 5000})[0] == 409
    assert _names(portal, fq="((name:funds))") == ["funds"]


def test_pages_and_order(portal: LocalPortal) -> None:
    assert _names(portal, rows=1, start=1) == ["housing"]
    assert _names(portal, sort="name desc", rows=2) == ["indicators", "housing"]
    assert _names(portal, sort="metadata_created asc") == ["housing", "funds", "indicators"]
    assert _names(portal, rows=0) == []


def test_facets_count_what_was_found(portal: LocalPortal) -> None:
    asked = {"facet.field": ["organization", "tags", "res_format"], "rows": 0, "fq": "organization:dept-a"}
    found = portal.call_action("package_search", asked)
    assert found["facets"]["organization"] == {"dept-a": 2}
    assert found["facets"]["res_format"] == {"CSV": 1}
    items = found["search_facets"]["organization"]["items"]
    assert items == [{"name": "dept-a", "display_name": "กรมตัวอย่าง", "count": 2}]
    assert len(found["search_facets"]["tags"]["items"]) == 3
