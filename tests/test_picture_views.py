"""The pictures that a publisher asks for: written on the desk, sent with the file; a second push sends nothing."""

from __future__ import annotations

import json

import pytest
from governing import dataset
from publishing import DESCRIPTOR
from ruamel.yaml import YAML
from test_publish_wire import STOCK, THAI, shown, wanted

from catalog import wire
from catalog.picture.views import asked
from catalog.plan import plan
from catalog.portal.manners import Manners
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


SPEC = {"type": "bar", "group": "fund_name", "series": ["members"]}
WISH = [{"name": "members", "resources": ["funds"], "spec": SPEC}]


@pytest.mark.parametrize("manners", [STOCK, THAI], ids=["stock", "thai"])
def test_views_travel_with_the_file_once_and_can_be_taken_back(manners: Manners) -> None:
    plain, _findings = wanted(dataset(), manners)
    wished, findings = wanted(dataset({"views": WISH}), manners)
    assert not [one for one in findings if "views" in str(one.values)]
    (resource,) = wished["resources"]
    (view,) = asked(resource, ()) or ()
    assert view["spec"] == SPEC
    tables = wished["tables"].items()
    answers = {key: {"fields": wire.table_fields(one), "total": one["rows"]} for key, one in tables}
    standard = Standard.load("gdc-2.2.4")
    multiple = [term.field_name for term in (*standard.terms, *standard.resource_terms) if term.multiple]
    there = wire.present(shown(wished, manners), answers, multiple)
    assert plan(wished, there, wished) == ()
    (back,) = plan(plain, there, wished)
    assert (back.action, [one.field for one in back.fields]) == ("resource_patch", ["views"])


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
    assert asked({"views": "[" * 9000}, ()) is None
    assert asked({"views": f"[{' ' * 90_000}]"}, ()) is None
    assert asked({}, [{"view_type": "recline_view"}]) is None
