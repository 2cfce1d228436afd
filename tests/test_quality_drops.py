"""A release against the one that went out before: what was lost or changed is told, what only grew is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas
import pytest
from governing import NATIONAL_ID
from hypothesis import given, settings
from hypothesis import strategies as st
from publishing import Bench, opened_bench

from metadata.event import result_of
from metadata.finding import Finding
from metadata.wording import finding as said
from pipelines import run, stream
from pipelines.weighing.figures import Figures, joined
from pipelines.weighing.weigh import Weighed, weighed

pytestmark = pytest.mark.workers

PLACES = ("เชียงใหม่", "น่าน", "แพร่", "ลำปาง")
HEAD = "กองทุน,สมาชิก,เงิน,ตั้ง\n"
Rows = list[tuple[str, int, float, str]]


def rows(count: int = 24) -> Rows:
    return [(PLACES[n % 4], 100 + n, 1000.0 + 10 * n, f"{n % 28 + 1}/5/2567") for n in range(count)]


def text(given: Rows) -> str:
    return HEAD + "".join(f"{a},{b},{c:.2f},{d}\n" for a, b, c, d in given)


FILES = ("workspace.yaml", "test-funds/datapackage.yaml", "test-funds/recipe.yaml", "test-funds/source/funds.csv")


@contextmanager
def published(folder: Path) -> Iterator[Bench]:
    with opened_bench(folder, name="test-funds") as made:
        made.write("test-funds/source/funds.csv", text(rows()))
        publish(made)
        yield made


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with published(tmp_path_factory.mktemp("published")) as made:
        yield made


@pytest.fixture
def bench(once: Bench) -> Iterator[Bench]:
    """A release that went out; the desk is as it was then."""
    kept = {name: (once.folder / name).read_text("utf-8") for name in FILES}
    yield once
    for name, whole in kept.items():
        once.write(name, whole)


def publish(bench: Bench) -> None:
    rebuilt(bench)
    bench.push()


def rebuilt(bench: Bench) -> list[Finding]:
    story = run.build(bench.workspace(), (), earlier=bench.journal.figures)
    (outcome,) = result_of(bench.journal.record(story, run="20260101T000000Z-0000"))
    assert isinstance(outcome, run.Report), outcome
    return [finding for finding in outcome.findings if finding.rule.startswith("drop-")]


def with_rows(change: Callable[[Rows], Rows]) -> Callable[[Bench], None]:
    return lambda bench: bench.write("test-funds/source/funds.csv", text(change(rows())))


def edited(path: str, old: str, new: str) -> Callable[[Bench], None]:
    return lambda bench: bench.edit(path, old, new)


def renamed(bench: Bench) -> None:
    bench.edit("recipe.yaml", "สมาชิก: members", "สมาชิก: people")
    bench.edit("datapackage.yaml", "name: members", "name: people")


TWINS: dict[str, tuple[Callable[[Bench], None], Callable[[Bench], None], dict[str, Any]]] = {
    "drop-rows": (
        with_rows(lambda old: old[:12]),
        with_rows(lambda old: old[:14]),
        {"before": 24, "after": 12, "percent": 50.0},
    ),
    "drop-column": (renamed, edited("datapackage.yaml", "title: สมาชิก", "title: คน"), {"added": ["people"]}),
    "drop-column-type": (
        edited("datapackage.yaml", "name: members, type: integer", "name: members, type: number"),
        edited("datapackage.yaml", "name: members,", "name: members, example: 12,"),
        {"before": "integer", "after": "number"},
    ),
    "drop-unit": (
        edited("datapackage.yaml", "name: money,", "name: money, unit: พันบาท,"),
        edited("datapackage.yaml", "title: เงินกองทุน", "title: เงิน"),
        {"before": "", "after": "พันบาท"},
    ),
    "drop-magnitude": (
        with_rows(lambda old: [(a, b, c / 1000, d) for a, b, c, d in old]),
        with_rows(lambda old: [(a, b, c * 2, d) for a, b, c, d in old]),
        {"times": 1000, "larger": False},
    ),
    "drop-total": (
        with_rows(lambda old: [(a, b, c * 4, d) for a, b, c, d in old]),
        with_rows(lambda old: [(a, b, c * 2, d) for a, b, c, d in old]),
        {"before": 26760.0, "after": 107040.0, "limit": 3.0},
    ),
    "drop-dates": (
        with_rows(lambda old: [(a, b, c, d.replace("2567", "2566")) for a, b, c, d in old]),
        with_rows(lambda old: [(a, b, c, d.replace("2567", "2568")) for a, b, c, d in old]),
        {"before": "2024-05-24", "after": "2023-05-24"},
    ),
    "drop-category": (
        with_rows(lambda old: [one for one in old if one[0] != "น่าน"]),
        with_rows(lambda old: [*old, *old]),
        {"count": 1, "of": 4, "names": ["น่าน"]},
    ),
    "drop-category-new": (
        with_rows(lambda old: [*old, ("พะเยา", 100, 1000.0, "1/5/2567")]),
        with_rows(lambda old: [*old, ("น่าน", 100, 1000.0, "1/5/2567")]),
        {"count": 1, "of": 5, "names": ["พะเยา"]},
    ),
}


def iso(day: str) -> str:
    """`5/1/2567` as the recipe writes it."""
    number, month, year = map(int, day.split("/"))
    return f"{year - 543}-{month:02}-{number:02}"


def figured(bench: Bench, then: Any = None) -> Weighed:
    """The desk as it stands, weighed without a build: what the recipe makes of its source is written down here."""
    dataset = bench.workspace().dataset("test-funds")
    schema: Any = dataset.resources[0].schema
    lines = (bench.folder / "test-funds/source/funds.csv").read_text("utf-8").splitlines()[1:]
    made = [[*line.split(",")[:3], iso(line.split(",")[3])] for line in lines]
    seen = Figures(schema)
    for part in stream.parts(pandas.DataFrame(made, columns=[field["name"] for field in schema["fields"]])):
        seen.see(part)
    return weighed(dataset, {"funds": seen}, {"funds": {"quality": {}}}, (), {}, then or {})


@pytest.mark.parametrize("rule", TWINS)
def test_what_is_lost_or_changed_is_told_and_its_neighbour_left_alone(bench: Bench, rule: str) -> None:
    change, harmless, values = TWINS[rule]
    kept = {name: (bench.folder / name).read_text("utf-8") for name in FILES}
    then = figured(bench).figures
    harmless(bench)
    assert rule not in {finding.rule for finding in figured(bench, then).findings}
    for name, whole in kept.items():
        bench.write(name, whole)
    change(bench)
    (finding,) = [finding for finding in figured(bench, then).findings if finding.rule == rule]
    assert (finding.severity, dict(finding.values)) == ("warning", values)
    assert finding.at.resource == "funds"
    for language in ("th", "en"):
        told = said(finding, language)
        assert "…" not in told["message"] + told["remedy"]


def test_what_a_build_keeps_is_what_its_tables_say(bench: Bench) -> None:
    assert bench.journal.figures("test-funds")["funds"] == figured(bench).figures["funds"]


def test_an_unchanged_refresh_says_nothing_and_what_went_out_is_what_counts(tmp_path: Path) -> None:
    with published(tmp_path) as bench:
        assert rebuilt(bench) == []
        with_rows(lambda old: old[:10])(bench)
        assert {finding.rule for finding in rebuilt(bench)} == {"drop-rows", "drop-dates"}
        assert rebuilt(bench)  # a build is no release: it is still compared with what went out
        publish(bench)
        assert rebuilt(bench) == []


def test_where_the_workspace_says_so_a_drop_keeps_the_release_back(bench: Bench) -> None:
    bench.write(
        "workspace.yaml",
        (bench.folder / "workspace.yaml").read_text("utf-8")
        + "thresholds: {rows: {limit: 10, severity: error}}\n",
    )
    with_rows(lambda old: old[:20])(bench)
    assert [finding.severity for finding in rebuilt(bench) if finding.rule == "drop-rows"] == ["error"]


def test_neither_the_release_nor_its_hash_knows_of_the_one_before(bench: Bench) -> None:
    with_rows(lambda old: old[:10])(bench)
    (with_drop,) = result_of(run.build(bench.workspace(), (), earlier=bench.journal.figures))
    profile = (bench.folder / "test-funds/release/profile.json").read_bytes()
    (without,) = result_of(run.build(bench.workspace(), ()))
    assert isinstance(with_drop, run.Report)
    assert isinstance(without, run.Report)
    assert with_drop.release == without.release
    assert (bench.folder / "test-funds/release/profile.json").read_bytes() == profile
    assert len(with_drop.findings) > len(without.findings)


def test_the_journal_keeps_figures_and_no_cell(bench: Bench) -> None:
    kept = json.dumps([entry.body for entry in bench.journal.entries(kind="checked")], ensure_ascii=False)
    assert '"figures"' in kept
    assert not any(place in kept for place in PLACES)
    columns = {column["name"]: column for column in bench.journal.figures("test-funds")["funds"]["columns"]}
    assert len(columns["fund"]["values"]) == 4
    assert columns["money"]["total"] == 26760.0
    assert columns["founded"]["newest"] == "2024-05-24"


def test_of_a_personal_column_nothing_is_kept_but_its_name(bench: Bench) -> None:
    dataset = bench.workspace().dataset("test-funds")
    table = pandas.DataFrame(
        {"fund": [NATIONAL_ID] * 9, "members": ["1"] * 9, "money": ["2"] * 9, "founded": [""] * 9}
    )
    seen = Figures(dataset.resources[0].schema)
    for part in stream.parts(table):
        seen.see(part)
    from metadata.finding import Place

    at = Place(dataset="test-funds", resource="funds", column="fund")
    found = Finding(rule="personal-national-id", at=at)
    profiles = {"funds": {"quality": {}}}
    kept = weighed(dataset, {"funds": seen}, profiles, [found], {}, {}).figures["funds"]["columns"]
    assert kept[0] == {"name": "fund", "type": "string"}
    assert kept[1]["total"] == 9


@settings(max_examples=15, deadline=None)
@given(
    cells=st.lists(st.tuples(st.sampled_from(("ก", "ข", "")), st.integers(-999, 999)), min_size=1, max_size=40),
    cut=st.integers(1, 40),
)
def test_figures_are_the_same_however_a_table_is_cut(cells: list[tuple[str, int]], cut: int) -> None:
    schema = {"fields": [{"name": "a", "type": "string"}, {"name": "n", "type": "integer"}]}
    table = pandas.DataFrame({"a": [a for a, _ in cells], "n": [str(n) for _, n in cells]})
    whole, parts = Figures(schema), []
    for part in stream.parts(table):
        whole.see(part)
    for part in stream.parts(table, cut):
        parts.append(Figures(schema))
        parts[-1].see(part)
    assert joined(parts).told("t") == whole.told("t")
