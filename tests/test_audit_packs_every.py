"""The rule packs, ours and an agency's own: worded in both languages, on facts that there are, for their years."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from audit_five import known

from catalog.audit import own_packs
from catalog.audit.score import reads, score
from metadata.document import packaged as document
from metadata.errors import SetupError
from metadata.pack import packaged, packs
from metadata.standard import Standard
from metadata.wording import error

PACKS = Path(__file__).parents[1] / "metadata/standards/packs"
OTHERS = ("mqa", "nectec-quality")
"""Packs with tests of their own."""
OURS = sorted(set(packaged()) - set(OTHERS))


@pytest.mark.parametrize("name", sorted(packaged()))
def test_a_score_is_never_surer_than_its_pack(name: str) -> None:
    pack = packaged()[name]
    sure = {pack["status"], *(one.get("status", pack["status"]) for one in pack["measures"])} == {"confirmed"}
    assert score(pack, known())["status"] == ("confirmed" if sure else "unconfirmed")


def test_a_rule_for_one_year_is_not_confirmed_for_another(tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    text = PACKS.joinpath("opdc-2567.yaml").read_text(encoding="utf-8").replace("unconfirmed", "confirmed")
    (tmp_path / "packs/own.yaml").write_text(text.replace("pack: opdc-2567", "pack: own"), encoding="utf-8")
    (own,) = [pack for pack in packs(tmp_path, year=2567) if pack["key"] == "kpi"]
    assert (own["pack"], own["status"]) == ("own", "confirmed")
    for year in (2568, 2569, 2570, 2580):
        (later,) = [pack for pack in packs(tmp_path, year=year) if pack["key"] == "kpi"]
        assert score(later, known())["status"] == "unconfirmed"
    (undated,) = [pack for pack in packs(year=2567) if pack["key"] == "registration"]
    assert undated["status"] == "confirmed"


@pytest.mark.parametrize(
    ("agency", "year", "name"),
    [
        ("department", 2563, None),
        ("department", 2564, "opdc-2564"),
        ("public-organization", 2566, "opdc-2565"),
        ("public-organization", 2567, "opdc-2567"),
        ("department", 2570, "opdc-2568"),
        ("province", 2567, "opdc-province"),
        ("province", 2570, "opdc-province"),
        ("local", 2570, None),
        (None, 2567, "opdc-2567"),
        (None, 2570, "opdc-2568"),
    ],
)
def test_the_kpi_is_the_years_and_the_kind_of_agencys(agency: str | None, year: int, name: str | None) -> None:
    found = [pack["pack"] for pack in packs(year=year, agency=agency) if pack["key"] == "kpi"]
    assert found == ([name] if name else [])


@pytest.mark.parametrize(
    ("year", "name", "items"), [(2566, "ita-2566", 43), (2567, "ita-2567", 35), (2570, "ita-2567", 35)]
)
def test_the_items_of_ita_are_the_years(year: int, name: str, items: int) -> None:
    (found,) = [pack for pack in packs(year=year) if pack["key"] == "ita"]
    assert (found["pack"], len(found["measures"])) == (name, items)
    assert score(found, [])["status"] == "unconfirmed"
    all_there = [{"pack": "ita", "measure": f"O{at}", "value": True, "found": True} for at in range(1, items + 1)]
    assert score(found, [], all_there)["value"] == 100


def test_the_thai_report_opens_with_what_the_agency_is_asked() -> None:
    order = [pack["key"] for pack in packs(year=2570)]
    wanted = ["kpi", "metadata14", "currency", "open", "stars", "mrd5", "registration"]
    assert order[: len(wanted)] == wanted
    assert order[-1] == "mqa"


@pytest.mark.parametrize("name", sorted(packaged()))
def test_what_is_not_known_is_a_range(name: str) -> None:
    """Of a dataset of which nothing was checked, nothing is certain but what an absence itself says."""
    nothing = {"name": "a", **{fact: None for one in packaged()[name]["measures"] for fact in reads(one)}}
    made = score(packaged()[name], [nothing])
    if made["value"] is not None:
        assert made["value"] <= made["upper"] <= made["of"]
    for one in made["measures"]:
        if one["value"] is not None and "missing" not in str(packaged()[name]):
            assert one["value"] < one["upper"]


@pytest.mark.parametrize("name", sorted(packaged()))
def test_no_score_is_beyond_what_there_is(name: str) -> None:
    made = score(packaged()[name], known())
    if made["value"] is not None:
        assert 0 <= made["value"] <= made["upper"] <= made["of"]
    for one in made["datasets"].values():
        assert one["value"] is None or one["value"] <= one["upper"]


@pytest.mark.parametrize("name", sorted(packaged()))
def test_every_fact_of_a_pack_is_a_fact(name: str) -> None:
    asked = {fact for one in packaged()[name]["measures"] for fact in reads(one)}
    # measures of quality are facts as far as they were measured
    assert {fact for fact in asked if not fact.startswith("quality.")} <= set(known()[0])


OWN = """
pack: {name}
key: own
title: {{th: ของหน่วยงาน, en: Our own}}
status: confirmed
source: คำสั่งที่ 1/2570
of: 100
unit: percent
measures:
  - measure: share
    title: {{th: สัดส่วน, en: Share}}
    weight: 100
    {rest}
"""


def own(folder: Path, rest: str, name: str = "own", more: str = "") -> Path:
    """A workspace with a pack of its own."""
    (folder / "packs").mkdir(exist_ok=True)
    (folder / "packs/own.yaml").write_text(OWN.format(name=name, rest=rest) + more, encoding="utf-8")
    return folder


def test_an_agencys_own_pack_takes_the_place_of_one_of_ours(tmp_path: Path) -> None:
    own(tmp_path, "passes: {items_ok: true}", "stars")
    own_packs.check(tmp_path, Standard.load("gdc-2.2.4"))
    chosen = {pack["pack"]: pack for pack in packs(tmp_path, year=2570)}
    assert chosen["stars"]["source"] == "คำสั่งที่ 1/2570"
    assert score(chosen["stars"], known())["value"] == 80
    assert score(chosen["stars"], known())["status"] == "confirmed"
    assert set(chosen) == {pack["pack"] for pack in packs(year=2570)}


@pytest.mark.parametrize(
    ("rest", "key", "mistake"),
    [
        ("passes: {itmes_ok: true}", "measures.0", "pack-facts"),
        ("levels: [{level: 2, passes: {itmes_ok: true}}, {level: 1}]", "measures.0", "pack-facts"),
        ("passes: {items: {least: 14}}", "measures.0.passes", "condition"),
        ("passes: {items: {}}", "measures.0.passes", "condition"),
        ("passes: {items_ok: true}\n    fact: items_part", "measures.0", "measure-question"),
        ("help: {th: ก, en: a}", "measures.0", "measure-question"),
        ("fact: items\n    each: true\n    declared: true", "measures.0", "measure-each"),
        ("fact: items\n    per: 0", "measures.0.per", "range"),
        ("fact: items\n    wieght: 1", "measures.0.wieght", "near"),
        ("fact: items\n    group: g", "", "pack-groups"),
        ("fact: items\nladder: [{level: 1, title: {th: ก, en: a}, needs: {share: 1}}]", "", "pack-ladder"),
        ("fact: items\ncombine: ladder", "", "pack-ladder"),
        (
            "fact: items\ncombine: ladder\nladder: [{level: 1, title: {th: ก, en: a}, needs: {shear: 1}}]",
            "",
            "pack-needs",
        ),
        ("fact: items\n    after: [shear]", "", "pack-needs"),
        ("fact: items\ncombine: count", "", "pack-of"),
        ("fact: items\n  - {measure: share, fact: items, title: {th: ก, en: a}}", "", "twice"),
    ],
)
def test_a_mistake_in_an_agencys_own_pack_is_told(tmp_path: Path, rest: str, key: str, mistake: str) -> None:
    with pytest.raises(SetupError) as raised:
        own_packs.check(own(tmp_path, rest), Standard.load("gdc-2.2.4"))
    (found,) = raised.value.values["mistakes"]
    assert (found.get("key", ""), found["mistake"]) == (key, mistake)
    assert not key or found["line"] >= 10
    for language in ("th", "en"):
        assert "…" not in error(raised.value, language)["message"]


def test_the_facts_that_packs_may_ask_are_those_of_a_dataset() -> None:
    assert own_packs.names(Standard.load("gdc-2.2.4")) >= set(known()[0]) - {"declared"}


@pytest.mark.parametrize("name", OURS)
def test_every_line_of_a_pack_is_worded(name: str) -> None:
    pack = packaged()[name]
    titles = [part["title"] for kind in ("groups",) for part in (pack.get(kind) or {}).values()]
    titles += [part["title"] for kind in ("bands", "ladder") for part in pack.get(kind) or ()]
    words = [pack["title"], pack["method"], *titles]
    for one in pack["measures"]:
        words += [one["title"], one["help"]]
    refused = document("standards/terms.yaml")["refused"]
    for text in words:
        assert re.search("[ก-๙]", text["th"]) or re.fullmatch(r"O\d+ [A-Za-z&-]+", text["th"]), text
        assert not re.search("[ก-๙]", text["en"]), text
        assert text["en"][0].isupper() or text["en"][0].isdigit(), text
        assert [word for word in refused if word in text["th"]] == []
    assert pack["source"].strip()


def test_what_is_confirmed_is_neither_recalled_nor_inferred() -> None:
    for name in OURS:
        for one in packaged()[name]["measures"]:
            if one.get("status") == "confirmed":
                assert not re.match("recalled|inferred", one.get("source", "")), (name, one["measure"])


def test_the_page_of_indicators_is_the_one_made_from_the_packs() -> None:
    from docs_pages import INDICATORS, indicators_page

    assert INDICATORS.read_text(encoding="utf-8") == indicators_page()


def test_the_examples_of_the_page_are_answers(tmp_path: Any) -> None:
    from docs_pages import INDICATORS

    from catalog.audit import declared

    text = INDICATORS.read_text(encoding="utf-8")
    example = text.split("## declarations.yaml")[1].split("```yaml\n")[1].split("```")[0]
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence/survey-2569.pdf").write_bytes(b"")
    (tmp_path / declared.FILE).write_text(example, encoding="utf-8")
    found = declared.load(tmp_path)
    assert [one["holds"] for one in found] == [False, True, True]
    assert {one["at"] for one in found} == {"2026-10-15", "2026-10-20"}
