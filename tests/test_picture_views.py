"""The pictures that a publisher asks for: written on the desk, sent with the file; a second push sends nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from publishing import DESCRIPTOR, Bench
from ruamel.yaml import YAML

from catalog.journal import Journal
from catalog.picture.views import asked
from catalog.portal.local import LocalPortal
from catalog.store.database import open_database
from metadata import descriptor, views
from metadata.standard import Standard

VIEW = """\
views:
  - name: members
    title: สมาชิกของแต่ละกองทุน
    resources: [funds]
    specType: simple
    spec: {type: bar, group: fund, series: [members]}
resources:
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    schema = Standard.load("gdc-2.2.4").schema
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    with LocalPortal(database_url=url, files=tmp_path / "files", schema=schema) as portal:
        yield Bench(tmp_path, portal, Journal(engine, actor="test"), agency="test-agency", name="funds-2569")
    engine.dispose()


def test_views_travel_with_the_file_once_and_can_be_taken_back(bench: Bench) -> None:
    bench.edit("datapackage.yaml", "resources:\n", VIEW)
    _plan, done = bench.push()
    assert not done.refused
    funds, provinces = bench.show()["resources"]
    (view,) = asked(funds, ()) or ()
    assert view["spec"] == {"type": "bar", "group": "fund", "series": ["members"]}
    assert asked(provinces, ()) is None
    assert bench.push()[0].changes == ()
    bench.edit("datapackage.yaml", VIEW, "resources:\n")
    bench.push()
    assert not any(one.get("views") for one in bench.show()["resources"])


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("[funds]", "[fund]", "choice"),
        ("type: bar", "type: pie", "choice"),
        ("group: fund", "group: founder", "column"),
        ("[members]", "[members, gone]", "column"),
        ("spec: {type", "sepc: {type", "mapping"),
    ],
)
def test_a_view_of_what_is_not_there_is_told_with_its_line(old: str, new: str, kind: str) -> None:
    text = DESCRIPTOR.format(name="a", about="{}").replace("resources:\n", VIEW.replace(old, new))
    written = YAML().load(text)
    found = descriptor.mistakes(YAML(typ="safe").load(text), written, "a")
    assert kind in [one["mistake"] for one in found]
    lines = text.splitlines()
    assert all(
        lines[one["line"] - 1].lstrip("- ").startswith(("resources: [", "spec:", "sepc:", "name:"))
        for one in found
    )


def test_views_of_other_languages_are_left_alone() -> None:
    vega = {"name": "a", "specType": "vega", "spec": {"marks": []}}
    assert descriptor.mistakes({"name": "a", "views": [vega], "resources": []}, {}, "a") == []
    assert [one["mistake"] for one in descriptor.mistakes({"views": {"a": 1}}, {}, "a")] == ["list"]


def test_a_view_without_resources_is_of_all() -> None:
    spec = {"type": "none"}
    assert json.loads(views.of_resource({"views": [{"spec": spec}]}, "any")) == [{"spec": spec}]
    assert views.of_resource({"views": [{"spec": spec, "resources": ["a"]}]}, "b") == ""
    assert views.of_resource({"views": []}, "any") == "[]"
    assert views.of_resource({}, "any") == ""


def test_ckans_own_views_are_read_where_the_resource_brings_none() -> None:
    graph = {"view_type": "recline_graph_view", "title": "ก", "graph_type": "lines", "group": "a", "series": "b"}
    place = {"view_type": "recline_map_view", "latitude_field": "y", "longitude_field": "x"}
    found = asked({}, [{"view_type": "image_view"}, graph, place]) or ()
    assert [one["spec"]["type"] for one in found] == ["lines", "points"]
    assert asked({"views": "[]"}, [graph]) == []
    assert asked({"views": "not json"}, [graph]) == [found[0]]
    assert asked({"views": 3}, ()) is None
    assert asked({}, [{"view_type": "recline_view"}]) is None
