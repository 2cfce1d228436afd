"""Pages made before somebody asks: of other datasets than the one that is looked at, again after a change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from web_ground import Web, served

from catalog.web import ahead

FIELDS = [{"id": "year", "type": "int4"}, {"id": "people", "type": "int4"}]
ROWS = [{"year": year, "people": 7 * year} for year in range(2560, 2568)]


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(ahead, "LEAST", 1)
    monkeypatch.setattr(ahead, "AGAIN", 0.0)
    monkeypatch.setattr(ahead, "PAUSE", 0.0)
    with opened(tmp_path) as portal, served(portal) as ours:
        for name in ("looked-at", "beside-it"):
            portal.call_action("package_create", package(name=name))
            made = portal.call_action(
                "resource_create", {"package_id": name, "id": f"of-{name}", "name": "t"}, upload()
            )
            table = {"resource_id": made["id"], "force": True, "fields": FIELDS, "records": ROWS}
            portal.call_action("datastore_create", table)
        yield ours


def asked(web: Web, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were made for one that somebody asked for, until there are no more to make."""
    made: list[str] = []
    page = ahead.dataset

    async def noted(request: Any) -> Any:
        made.append(request.path_params["id"])
        return await page(request)

    with monkeypatch.context() as here:
        here.setattr(ahead, "dataset", noted)
        assert web.ask("/dataset/looked-at", headers={"Accept": "text/html"}).status_code == 200
        with web.application.state.ahead._lock:
            return sorted(made)


def test_the_pages_of_other_datasets_are_made_once_until_they_change(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(web, monkeypatch) == ["beside-it", "looked-at"]
    assert asked(web, monkeypatch) == []
    web.portal.call_action("package_patch", {"id": "beside-it", "version": "2"})
    assert asked(web, monkeypatch) == ["beside-it"]


def test_what_a_page_needs_of_its_tables_is_there_when_it_is_asked_for(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(web, monkeypatch)
    answers = web.application.state.answers

    def never(*_asked: Any) -> Any:
        raise AssertionError("a table was read for its picture")

    with web.portal.looking(actor=web.portal.actor, site=web.portal.site) as ctx:
        columns = answers.of(ctx, "of-beside-it", "columns", never)
    assert [one.name for one in columns] == ["year", "people"]


def test_nobodys_page_is_counted_as_a_view(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(web, monkeypatch)
    web.portal.usage.write()  # type: ignore[union-attr]
    seen = web.ask("/usage.csv").text
    assert "looked-at" in seen
    assert "beside-it" not in seen


def test_a_dataset_that_is_gone_by_then_stops_nothing(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.portal.call_action("package_delete", {"id": "beside-it"})
    monkeypatch.setattr(ahead.Ahead, "_newest", lambda _self: iter([("beside-it", "1"), ("looked-at", "1")]))
    assert asked(web, monkeypatch) == ["beside-it", "looked-at"]
