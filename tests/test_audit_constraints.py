"""The DCAT-AP constraints, judged on records, are those that SHACL finds broken in the graphs made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from audit_generated import SITE, made
from rdflib import Graph
from shacl_ground import verdicts

from catalog.audit import constraints
from catalog.record import record
from metadata.exports import dcat
from metadata.exports.record import Distribution, Record

# rdflib warns of what is ill-typed, which is what these tests write
pytestmark = pytest.mark.filterwarnings("ignore:Failed to convert Literal")
Change = Callable[[Record], Record]


def of_first(**more: Any) -> Change:
    """The record with its first distribution changed."""
    return lambda one: replace(one, distributions=(replace(one.distributions[0], **more), *one.distributions[1:]))


def twice(**more: Any) -> Change:
    """The record with its first distribution a second time, changed, at the same address."""
    return lambda one: replace(one, distributions=(one.distributions[0], replace(one.distributions[0], **more)))


def of_all(**more: Any) -> Change:
    """The record changed."""
    return lambda one: replace(one, **more)


PLAIN = Distribution(
    id="a", title={"th": "ก"}, page="https://c.example.go.th/dataset/one/resource/a", url=None, ours=False
)
BREAKS: dict[str, tuple[str, Change]] = {
    "no title": ("dcat-mandatory", of_all(title={})),
    "an empty title": ("dcat-mandatory", of_all(title={"th": ""}, description={"th": "ข"})),
    "an empty description": ("dcat-mandatory", of_all(description={"th": ""})),
    "no publisher": ("dcat-mandatory", of_all(publisher={})),
    "a file issued soon": ("dcat-value", of_first(issued="soon")),
    "a file issued in a thirteenth month": ("dcat-value", of_first(issued="2024-13-01")),
    "a file modified at 25 o'clock": ("dcat-value", of_first(modified="2024-01-01T25:00:00+00:00")),
    "a file modified without dashes": ("dcat-value", of_first(modified="20240101")),
    "a file modified in year 0": ("dcat-value", of_first(modified="0000-01-01")),
    "a file of less than nothing": ("dcat-value", of_first(size=-1)),
    "a hash of half a byte": ("dcat-value", of_first(sha256="abc")),
    "a hash of other letters": ("dcat-value", of_first(sha256="xy")),
    "a service without a name": ("dcat-mandatory", of_first(title={}, table="https://c.example.go.th/odata/a")),
    "two formats at one address": ("dcat-single", twice(format="pdf")),
    "two nameless formats at one address": ("dcat-single", twice(format="?")),
    "two sizes at one address": ("dcat-single", twice(size=99)),
    "two days at one address": ("dcat-single", twice(issued="1999-01-01")),
    "conditions twice at one address": ("dcat-single", lambda one: twice()(of_first(rights="ขอเป็นหนังสือ")(one))),
}
"""What breaks a rule of DCAT-AP, and by which finding it is told."""
LEAVES: dict[str, Change] = {
    "no description": of_all(description={}),
    "no contact": of_all(contact=None, contact_email=None),
    "an e-mail alone": of_all(contact=None, contact_email="a b@example.go.th"),
    "nothing known": of_all(issued=None, modified=None, licence={}, keywords=(), category=None, distributions=()),
    "a day with its zone": of_first(issued="2024-01-01+07:00"),
    "a moment to the second": of_first(modified="2024-01-01T00:00:00"),
    # SEMIC's shapes of these say `sh:shape`, which is not a word of SHACL: nothing is asked of them
    "issued one day": of_all(issued="one day"),
    "a year of five digits": of_all(first_year=12345, last_year=-5),
    "an empty file": of_first(size=0),
    "a hash in capitals": of_first(sha256="0A" * 32),
    "a file without a name": of_first(title={}, table=None),
    "a service twice, once named": twice(title={}, table="https://c.example.go.th/odata/a"),
    "the same file twice": twice(),
}
"""What breaks none."""


def ground(number: int) -> Record:
    """A record to change, of a package made up from a seed; it has at least one file."""
    one = record(made(Random(number), f"dataset-{number}"), {}, SITE)  # noqa: S311 - not for keys
    plain = {"format": "CSV", "media_type": "text/csv", "size": 1, "issued": "2024-01-01", "rights": None}
    first: dict[str, Any] = {**plain, "sha256": None, "table": "https://c.example.go.th/odata/a"}
    files = (replace(PLAIN, **first), *one.distributions)
    return replace(one, distributions=files, licence={"url": "https://creativecommons.org/licenses/by/4.0/"})


def graph_of(one: Record) -> Graph:
    return Graph().parse(data=dcat.dataset(one, "ttl"), format="turtle")


def test_what_shacl_finds_broken_is_found_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "rdflib")
    changes = [*(change for _, change in BREAKS.values()), *LEAVES.values()]
    records = [change(ground(number)) for number, change in enumerate(changes)]
    found = [constraints.check(one) for one in records]
    names = [*BREAKS, *LEAVES]
    theirs = dict(zip(names, verdicts([graph_of(one) for one in records]), strict=True))
    assert {name: not one for name, one in zip(names, found, strict=True)} == theirs
    assert not any(theirs[name] for name in BREAKS)
    for name, told in zip(BREAKS, found, strict=False):
        assert {one.rule for one in told} == {BREAKS[name][0]}, name
        assert all(one.at.dataset for one in told)


def test_any_of_them_together_are_found_as_well(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "rdflib")
    random = Random(7)  # noqa: S311 - not for keys
    every = [*(change for _, change in BREAKS.values()), *LEAVES.values()]
    records = []
    for number in range(40):
        one = ground(number)
        for change in random.sample(every, 3):
            if one.distributions:
                one = change(one)
        records.append(one)
    theirs = verdicts([graph_of(one) for one in records])
    assert [not constraints.check(one) for one in records] == theirs
    assert 5 < sum(theirs) < 35


def test_no_package_that_a_portal_may_hold_breaks_one() -> None:
    for number in range(300):
        assert constraints.check(ground(number)) == ()
