"""Fixes: what each repair makes of what is written, what every fix wins, and the cheapest way to a score."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from audit_generated import SITE, catalogue

from catalog.audit import run
from catalog.audit.entry import Entry
from catalog.audit.fixing import repairs
from catalog.audit.fixing.cheapest import cheapest
from catalog.audit.fixing.fixes import Fix, fixes, fixes_json
from catalog.audit.fixing.gains import Gains
from catalog.audit.fixing.whatif import Board, predicted
from catalog.audit.sources import OfDump
from metadata import clock
from metadata.pack import packaged
from metadata.standard import Standard

STANDARD = Standard.load("gdc-2.2.4")
PACKS = tuple({pack["key"]: pack for pack in packaged().values()}.values())
LANGUAGES = ("th", "en")


def audited(entries: Sequence[Entry], desk: bool = False, packs: Sequence[Any] = PACKS) -> run.Audit:
    """The audit of generated datasets, as of a dump."""
    source = OfDump(path=Path("none"), site=SITE, desk=[one.name for one in entries] if desk else ())
    return run.judged(source, run.Terms(standard=STANDARD, packs=tuple(packs), day=clock.today()), entries)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2567-01-31", "2024-01-31"),
        ("๓๑/๑/๒๕๖๗", "2024-01-31"),
        ("31/12/2024", "2024-12-31"),
        ("5 ต.ค. 2569", "2026-10-05"),
        ("วันที่ 5 ตุลาคม พ.ศ. 2569", "2026-10-05"),
        ("5 October 2026", "2026-10-05"),
        ("29/02/2567", "2024-02-29"),
        ("29/02/2568", None),
        ("05/10/2024", None),
        ("เร็วๆ นี้", None),
        ("0543-01-01", None),
    ],
)
def test_a_date_that_can_mean_one_day(text: str, right: str | None) -> None:
    assert repairs.day(text) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [("2024", "2567"), ("พ.ศ. ๒๕๖๗", "2567"), ("ค.ศ. 2024", "2567"), ("2567.0", "2567"), ("ปี 60", None),
     ("ค.ศ. 2567", None), ("0543", None)],
)  # fmt: skip
def test_a_year_that_can_mean_one_year(text: str, right: str | None) -> None:
    assert repairs.year(text) == right


@pytest.mark.parametrize(
    ("text", "unit", "right"),
    [("๑", "ปี", "1"), ("1.0", "ปี", "1"), ("ทุก 3 เดือน", "เดือน", "3"), ("every 2 months", "เดือน", "2"),
     ("ทุก 3 เดือน", "ปี", None), ("2 ครั้งต่อปี", "ปี", None), ("มาก", "ปี", None), ("0", "ปี", None)],
)  # fmt: skip
def test_a_frequency_given_as_text(text: str, unit: str, right: str | None) -> None:
    assert repairs.number(text, unit, STANDARD.term("update_frequency_unit")) == right


@pytest.mark.parametrize(
    ("field", "text", "right"),
    [
        ("objective", "พันธกิจ หน่วยงาน", "พันธกิจหน่วยงาน"),
        ("objective", "Mission of the agency", "พันธกิจหน่วยงาน"),
        ("geo_coverage", "อื่น ๆ", "อื่นๆ"),
        ("geo_coverage", "จังหวด", "จังหวัด"),
        ("geo_coverage", "ดาวอังคาร", None),
        ("update_frequency_unit", "Annually", "ปี"),
        ("data_format", "xlsx", "XLS"),
        ("data_category", "ข้อมูล\u200bสาธารณะ", "ข้อมูลสาธารณะ"),
        ("data_category", "Public data", "ข้อมูลสาธารณะ"),
        ("data_category", "ข้อมูลสาธารณ", None),
        ("data_classification", "ลับมก", None),
    ],
)
def test_a_value_that_can_mean_one_of_the_vocabulary(field: str, text: str, right: str | None) -> None:
    term = STANDARD.term(field)
    assert term
    assert repairs.choice(text, term) == right


def test_every_spelling_is_of_a_value_of_the_standard() -> None:
    for edition in ("gdc-2.1.0", "gdc-2.2.4"):
        for field, spellings in repairs.table()["spellings"].items():
            term = Standard.load(edition).term(field)
            assert term
            assert set(spellings) <= set(term.choices)
            meant: dict[str, str] = {}
            for value, names in spellings.items():
                assert {meant.setdefault(repairs.plain(name), value) for name in names} == {value}
    choices = STANDARD.term("data_format").choices  # type: ignore[union-attr]
    assert set(repairs.table()["stored_as"]) <= set(choices)
    assert set(repairs.table()["columns"]) <= set(STANDARD.term("geo_coverage").choices)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "right"),
    [("mailto:a@b.example", "a@b.example"), ("<a@b.example>,", "a@b.example"), ("a @ b.example", "a@b.example"),
     ("a b@c.example", None), ("not an address", None)],
)  # fmt: skip
def test_an_address_without_what_is_around_it(text: str, right: str | None) -> None:
    assert repairs.email(text) == right


def test_keywords_are_parted_and_named_once() -> None:
    written = [" กองทุน ", "กองทุน", "ก ข,ค ง", "#co2", "ลํา\u200bน้ำ", "(x)"]
    assert repairs.keywords(written) == ["กองทุน", "ก ข", "ค ง", "co2", "ลำน้ำ", "(x)"]
    assert repairs.keywords(repairs.keywords(written)) == repairs.keywords(written)


def test_a_licence_by_its_letters() -> None:
    assert repairs.licence("CC_BY", STANDARD) == "Creative Commons Attributions"
    assert repairs.licence("open data-common", STANDARD) == "Open Data Common"
    assert repairs.licence("ของเราเอง", STANDARD) is None


def test_what_a_fix_says_it_wins_is_what_it_wins() -> None:
    audit = audited([entry for seed in range(20) for entry in catalogue(seed, 4)])
    board, gains = Board(audit), Gains(Board(audit))
    found = [one for one in gains.fixes() if "facts" not in one.effect]
    assert gains.learned, "some of it is known from datasets alike"
    for one in Random(2569).sample(found, 150):  # noqa: S311 - not for keys
        for key, value in board.predicted([one]).items():
            gain = (value or 0.0) - (audit.scores[key]["value"] or 0.0)
            told = one.gains.get(key, {}).get("catalog", 0.0)
            assert gain == told or (not one.gains.get(key) and gain <= 0), (one, key)


def test_every_lost_point_has_a_fix() -> None:
    """With all fixes done nothing that facts decide is lost, but what contradicts itself (a closed category)."""
    packs = [one for one in PACKS if one["key"] in ("metadata14", "mqa")]
    audit = audited([entry for seed in range(12) for entry in catalogue(seed, 3)], packs=packs)
    found = fixes(audit)
    after = predicted(audit, found)
    assert after["metadata14"] == 14
    assert (after["mqa"] or 0) > 330
    for one in audit.datasets:
        lost = {key for key, own in one.scores.items() if own["lost"]}
        won = {key for fix in found if fix.dataset == one.name for key in fix.gains}
        assert lost <= won


def test_a_fix_without_judgement_needs_nobody_and_another_has_no_value() -> None:
    audit = audited([entry for seed in range(8) for entry in catalogue(seed, 3)], desk=True)
    for one in fixes(audit):
        assert (one.value is None) == one.judgement or one.fix in ("weigh", "publish"), one
        if not one.judgement:
            assert one.command, one


def test_fixes_are_told_in_both_languages() -> None:
    audit = audited([entry for seed in range(8) for entry in catalogue(seed, 3)])
    for lang in LANGUAGES:
        told = fixes_json(audit, lang)
        assert told
        assert json.loads(json.dumps(told)) == told
        for one in told:
            assert one["message"]
            assert "…" not in one["message"].replace("--set", "") or "…" in str(one.get("from"))
            assert {"dataset", "fix", "gains", "command", "judgement", "cost", "message"} <= set(one)


def cost(some: Sequence[Fix]) -> int:
    """What a set of fixes costs."""
    return sum(one.cost for one in some)


@pytest.mark.parametrize("key", ["metadata14", "mqa"])
def test_the_cheapest_way_is_the_cheapest_of_all_sets(key: str) -> None:
    random = Random(2569)  # noqa: S311 - not for keys
    packs = [one for one in PACKS if one["key"] == key]
    tried = 0
    for seed in range(30):
        audit = audited(catalogue(seed, 2), packs=packs)
        board = Board(audit)
        found = [one for one in board.fixes() if one.dataset]
        if not 2 <= len(found) <= 7 or audit.scores[key]["value"] is None:
            continue
        most, least = board.predicted(found)[key] or 0.0, audit.scores[key]["value"]
        target = least + random.random() * (most - least)
        if most <= least:
            continue
        way = cheapest(audit, key, target, board)
        assert way.value == board.predicted(way.fixes)[key]
        assert way.reached
        sets = [some for count in range(1, len(found) + 1) for some in combinations(found, count)]
        cheap = (some for some in sorted(sets, key=cost) if (board.predicted(some)[key] or 0.0) >= target)
        best = cost(next(cheap))
        assert way.cost >= best
        if way.method == "exact":
            tried += 1
            assert way.cost == best, (seed, way)
    assert tried >= 2


def test_what_is_out_of_reach_is_said() -> None:
    audit = audited(catalogue(3, 3))
    way = cheapest(audit, "mqa", 10_000)
    assert not way.reached
    assert way.value is not None
    assert cheapest(audit, "mqa", 0.0) == replace(way, fixes=(), cost=0, value=audit.scores["mqa"]["value"],
                                                  reached=True, method="exact")  # fmt: skip
