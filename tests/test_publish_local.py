"""Publishing into our own catalog: what must hold on every portal, and a run killed at each of its writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import publishing
import pytest
from publishing import Bench, opened_bench

AGENCY, NAME = "test-agency", "test-funds"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened_bench(tmp_path, agency=AGENCY, name=NAME) as made:
        yield made


@pytest.mark.parametrize("scenario", publishing.SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_what_must_hold_on_every_portal(bench: Bench, scenario: Callable[[Bench], None]) -> None:
    scenario(bench)


def test_a_metadata_only_dataset_is_private_and_has_no_files(bench: Bench) -> None:
    publishing.a_metadata_only_dataset_is_private_and_has_no_files(bench, "test-register")


def test_a_dataset_of_another_organisation_is_not_touched(bench: Bench) -> None:
    publishing.a_dataset_of_another_organisation_is_not_touched(bench, "other-agency")


@pytest.mark.parametrize("done", [False, True], ids=["before the write", "after it, the answer lost"])
@pytest.mark.parametrize("at", range(1, 9))
def test_killed_anywhere_a_rerun_ends_in_the_same_state(bench: Bench, at: int, done: bool) -> None:
    assert publishing.killed_anywhere_a_rerun_ends_in_the_same_state(bench, at=at, done=done)


def test_a_publish_has_as_many_writes_as_the_test_above_kills(bench: Bench) -> None:
    _, done = bench.push()
    assert len(done.receipts) == 8


@pytest.mark.parametrize("done", [False, True], ids=["before the write", "after it, the answer lost"])
def test_after_a_lost_answer_it_looks_before_it_repeats(
    bench: Bench, done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.push.PAUSE", 0)
    real = bench.portal
    bench.portal = publishing.Failing(real, at=3, done=done)
    bench.push()
    bench.portal = real
    publishing.publishing_shows_the_release_again(bench)


def test_a_release_with_errors_is_refused_and_nothing_is_sent(bench: Bench) -> None:
    bench.edit("source/funds.csv", ",20,", ",ยี่สิบ,")
    made, done = bench.push()
    assert {finding.rule for finding in made.refused[NAME]} >= {"type-error"}
    assert done.receipts == ()
    assert bench.portal.call_action("package_list") == []


def test_files_begin_with_a_byte_order_mark_where_the_target_says_so(bench: Bench) -> None:
    bench.push(target={"bom": True})
    resource = bench.show()["resources"][0]
    plain = (bench.folder / NAME / "release/funds.csv").read_bytes()
    assert not plain.startswith(b"\xef\xbb\xbf")
    assert resource["size"] == len(plain) + 3
    made, done = bench.push(target={"bom": True})
    assert (publishing.actions(made), done.receipts) == ([], ())


def test_the_journal_tells_each_write_before_and_after(bench: Bench) -> None:
    bench.push()
    kinds = [(entry.kind, entry.body.get("action")) for entry in bench.journal.entries()]
    writes = [pair for pair in kinds if pair[0] in ("intent", "receipt")]
    assert writes[0::2] == [("intent", action) for _, action in writes[1::2]]
    assert bench.journal.broken() is None
    assert "บ้านเหนือ" not in "".join(str(entry.body) for entry in bench.journal.entries())
