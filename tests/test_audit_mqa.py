"""MQA equals a reference that reads the exported graph, on catalogues made up from seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import mqa_reference as reference
import pytest
from audit_generated import SITE, catalogue
from rdflib import Graph
from shacl_ground import verdicts

from catalog.audit import constraints, mqa, score
from catalog.audit.entry import Entry
from catalog.record import record
from metadata.exports import dcat
from metadata.exports.record import Record
from metadata.pack import named

pytestmark = pytest.mark.workers

CATALOGUES = 200


class Judged(NamedTuple):
    """A dataset as both see it."""

    entry: Entry
    record: Record
    ours: dict[str, Any]
    theirs: dict[str, list[bool | None]]


def graph_of(one: Record) -> Graph:
    """What a reader of our Turtle has."""
    return Graph().parse(data=dcat.dataset(one, "ttl"), format="turtle")


def judged(entries: Sequence[Entry]) -> list[Judged]:
    """Datasets with their indicators, by us and by the reference."""
    made = [record(one.package, {key: {"fields": it} for key, it in one.tables.items()}, SITE) for one in entries]
    graphs = [graph_of(one) for one in made]
    found = []
    for entry, one, graph, conforms in zip(entries, made, graphs, verdicts(graphs), strict=True):
        reach = {key: seen.get("ok") for key, seen in (entry.seen.get("reach") or {}).items()}
        theirs = reference.indicators(graph, reach, conforms)
        found.append(Judged(entry, one, mqa.indicators(one, reach), theirs))
    return found


@pytest.fixture(scope="module")
def catalogues() -> list[list[Judged]]:
    """Catalogues of several datasets each."""
    made = [catalogue(seed, 3) for seed in range(CATALOGUES)]
    found = iter(judged([entry for entries in made for entry in entries]))
    return [[next(found) for _ in entries] for entries in made]


def test_the_pack_weighs_as_the_reference_does() -> None:
    measures = named("mqa")["measures"]
    weighed = {dimension: dict(asked) for dimension, asked in reference.WEIGHTS.items()}
    found: dict[str, dict[str, float]] = {}
    for one in measures:
        assert one["fact"] == f"mqa.{one['measure']}"
        found.setdefault(one["group"], {})[one["measure"]] = one["weight"]
    assert found == weighed
    assert sum(sum(asked.values()) for asked in weighed.values()) == named("mqa")["of"] == 405


def test_every_indicator_is_the_references(catalogues: list[list[Judged]]) -> None:
    seen: dict[str, set[bool | None]] = {}
    for one in (one for datasets in catalogues for one in datasets):
        assert set(one.ours) == set(one.theirs)
        # the graph has no order: how many answers of each kind is what it can tell
        for name, ours in one.ours.items():
            answers = ours if isinstance(ours, list) else [ours]
            assert sorted(map(str, answers)) == sorted(map(str, one.theirs[name])), (one.entry.name, name)
            seen.setdefault(name, set()).update(answers)
    # what no package of any kind can break, and what it can: each was seen both ways
    assert {name for name, answers in seen.items() if len(answers) == 1} == {"dcat_ap", "publisher"}


def facts(one: Judged) -> dict[str, Any]:
    told = {f"mqa.{name}": value for name, value in one.ours.items()}
    return {"name": one.entry.name, "private": one.entry.package["private"], **told}


def test_every_score_is_the_references(catalogues: list[list[Judged]]) -> None:
    pack, compared = named("mqa"), 0
    for datasets in catalogues:
        found = score.score(pack, [facts(one) for one in datasets])
        # nobody is given the description of a private dataset
        hidden = [one.entry.name for one in datasets if one.entry.package["private"]]
        assert all(found["datasets"][name]["value"] is None for name in hidden)
        datasets = [one for one in datasets if not one.entry.package["private"]]
        if not datasets:
            assert found["value"] is None
            continue
        for side, unknown in (("value", False), ("upper", True)):
            wanted = reference.catalogue([one.theirs for one in datasets], unknown)
            assert found[side] == pytest.approx(float(wanted["all"]), abs=1e-9)
            for dimension in reference.WEIGHTS:
                assert found["groups"][dimension][side] == pytest.approx(float(wanted[dimension]), abs=1e-9)
            for one in datasets:
                alone = reference.dataset(one.theirs, unknown)["all"]
                assert found["datasets"][one.entry.name][side] == pytest.approx(float(alone), abs=1e-9)
        compared += 1
    assert compared > 120


def test_the_constraints_judge_as_shacl_does(catalogues: list[list[Judged]]) -> None:
    for one in (one for datasets in catalogues for one in datasets):
        assert (not constraints.check(one.record)) == one.theirs["dcat_ap"][0]


def test_a_whole_dataset_has_every_point_and_an_empty_one_few() -> None:
    whole = {
        "id": "1", "name": "whole", "title": "ประชากร ปี 2567", "notes": "จำนวนประชากร",
        "tags": [{"name": "ประชากร"}], "geo_coverage": "จังหวัด", "data_category": "ข้อมูลสาธารณะ",
        "license_id": "cc-by", "maintainer": "กลุ่มสถิติ", "accessible_condition": "ไม่จำกัด",
        "metadata_created": "2024-01-01T00:00:00",
        "metadata_modified": "2024-01-01T00:00:00",
        "resources": [
            {
                "id": "a", "name": "ก", "url": "https://example.go.th/a.csv", "format": "CSV", "size": 1,
                "created": "2024-01-01T00:00:00", "last_modified": "2024-01-01T00:00:00",
            }
        ],
    }  # fmt: skip
    pack = named("mqa")
    for package, reach, value in (
        (whole, {"a": True}, 405),
        (whole, {"a": False}, 325),
        ({**whole, "resources": []}, {}, 100 + 30 + 45 + 10),
        ({"id": "2", "name": "bare"}, {}, 30 + 10),
    ):
        told = mqa.indicators(record(package, {}, SITE), reach)
        found = score.score(
            pack, [{"name": "x", "private": False} | {f"mqa.{name}": one for name, one in told.items()}]
        )
        assert found["value"] == value
