"""The differential tester's own working: its list is the same each time, and it sees every kind of difference."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from differ import Accepted, accepted, calls
from differ_compare import Answer, Side, differences
from differ_send import Peer, outcomes
from web_ground import KEY, served

from catalog.portal.local import LocalPortal

A, B = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"


def _answer(result: object = None, *, status: int = 200, **body: object) -> Answer:
    whole = {"help": "h", "success": status == 200, **({"result": result} if status == 200 else body)}
    return Answer(status=status, kind="application/json", body=whole)


@pytest.mark.parametrize("thai", [False, True])
def test_the_list_is_long_and_the_same_each_time(thai: bool) -> None:
    first, again = calls(thai=thai), calls(thai=thai)
    assert first == again
    assert len(first) >= 600
    assert len({one.label for one in first}) == len(first)


@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [
        (_answer(1), _answer(status=409, error={}), "status"),
        (_answer(1), Answer(status=200, kind="text/html", body=""), "form"),
        (_answer({"a": 1}), _answer({"a": 2}), "value at result.a"),
        (_answer({"a": 1}), _answer({"a": "1"}), "type at result.a"),
        (_answer({"a": 1}), _answer({"b": 1}), "keys at result: lacks ['a'], adds ['b']"),
        (_answer([1, 2]), _answer([1]), "length at result"),
        (_answer([1, 2]), _answer([2, 1]), "order at result"),
        (
            _answer(status=409, error={"__type": "Validation Error", "id": ["x"]}),
            _answer(status=409, error={"__type": "Validation Error", "name": ["x"]}),
            "error fields",
        ),
        (
            _answer(status=409, error={"__type": "Validation Error", "id": ["x"]}),
            _answer(status=409, error={"__type": "Validation Error", "id": ["y"]}),
            "error text",
        ),
        (
            _answer(status=409, error={"__type": "Validation Error"}),
            _answer(status=409, error={"__type": "Search Error"}),
            "error type",
        ),
    ],
)
def test_each_kind_of_difference_is_seen(theirs: Answer, ours: Answer, kind: str) -> None:
    (found,) = differences(theirs, ours)
    assert found.startswith(kind)
    assert differences(theirs, theirs) == []


def test_what_may_differ_is_taken_out_and_an_id_of_the_wrong_thing_is_not() -> None:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()
    one, other = Side(url="http://a:1", admin="root"), Side(url="http://b:2", admin="api")
    one.learn({"id": A, "name": "roads"})
    other.learn({"id": B, "name": "roads"})
    theirs = {"id": A, "at": now, "url": "http://a:1/x", "by": "root", "old": "2001-01-01T00:00:00"}
    ours = {"id": B, "at": now, "url": "http://b:2/x", "by": "api", "old": "2001-01-01T00:00:00"}
    assert one.plain(theirs) == other.plain(ours)
    assert one.plain({**theirs, "id": B}) != other.plain(ours)
    assert one.plain({**theirs, "old": "2001-01-02T00:00:00"}) != other.plain(ours)
    assert one.plain({**theirs, "at": now[:19]}) != other.plain(ours)


@pytest.mark.workers
def test_our_catalog_beside_itself_differs_in_nothing(tmp_path: Path) -> None:
    """The tester finds no difference that is its own doing: the same catalog answers the same calls twice."""
    some = [one for one in calls() if one.files == {} and not one.path][:150]
    with (
        LocalPortal(database_url=f"sqlite:///{tmp_path}/a.sqlite", files=tmp_path / "a") as first,
        LocalPortal(database_url=f"sqlite:///{tmp_path}/b.sqlite", files=tmp_path / "b") as second,
        served(first) as one,
        served(second) as other,
    ):
        found = outcomes(some, Peer(url=one.url, token=KEY), Peer(url=other.url, token=KEY))
        assert [(each.call.label, each.differences) for each in found if each.differences] == []


def test_the_page_of_differences_is_read() -> None:
    rows = accepted()
    assert rows
    labels = [one.label for one in [*calls(), *calls(thai=True)]]
    for row in rows:
        assert any(fnmatchcase(label, row.call) for label in labels), row
        assert len(row.reason) > 20, row


def test_a_reason_covers_only_what_it_names() -> None:
    rule = Accepted(call="help_show *", difference="value at result*", reason="…")
    assert rule.covers("help_show sysadmin {}", "value at result: x instead of y")
    assert not rule.covers("help_show sysadmin {}", "status 404 instead of 200")
    assert not rule.covers("package_show sysadmin {}", "value at result: x")
