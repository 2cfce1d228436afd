"""The rule packs: worded in both languages, on facts that there are, and worth what a reckoning by hand says."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from catalog.actions.context import Site
from catalog.audit import freshness, own_packs
from catalog.audit.entry import Entry
from catalog.audit.facts import Ground, facts
from catalog.audit.score import reads, score
from metadata.document import packaged as document
from metadata.errors import SetupError
from metadata.pack import named, packaged, packs
from metadata.standard import Standard
from metadata.wording import error

PACKS = Path(__file__).parents[1] / "metadata/standards/packs"

Json = dict[str, Any]
DAY = date(2026, 11, 22)
OTHERS = ("mqa", "nectec-quality")
"""Packs with tests of their own."""
OURS = sorted(set(packaged()) - set(OTHERS))


# ---------------------------------------------------------------- a catalogue of five datasets
def package(name: str, **changes: Any) -> Json:
    """A public dataset with all 14 items, as `package_show` gives it."""
    made = {
        "id": name,
        "name": name,
        "title": f"ชุดข้อมูล {name}",
        "notes": "จำนวนกองทุนสวัสดิการชุมชน จำแนกรายจังหวัด",
        "organization": {"name": "agency", "title": "หน่วยงาน"},
        "private": False,
        "state": "active",
        "type": "dataset",
        "maintainer": "กลุ่มงานข้อมูล",
        "maintainer_email": "data@agency.example",
        "tags": [{"name": "กองทุน"}],
        "data_type": "ข้อมูลสถิติ",
        "objective": ["พันธกิจหน่วยงาน"],
        "update_frequency_unit": "เดือน",
        "update_frequency_interval": "1",
        "geo_coverage": "จังหวัด",
        "data_source": "ระบบกองทุน",
        "data_format": ["CSV"],
        "data_category": "ข้อมูลสาธารณะ",
        "data_classification": "เปิดเผย",
        "license_id": "Open Data Common",
        "allow_harvest": "True",
        "metadata_modified": "2026-11-01T03:00:00",
        "resources": [],
    }
    return {**made, **changes}


def resource(key: str, form: str, day: str, **more: Any) -> Json:
    """A file that was put there on a day."""
    url = f"https://agency.example/{key}.{form.lower()}"
    return {"id": key, "name": key, "format": form, "url": url, "created": f"{day}T03:00:00", **more}


def catalogue() -> list[Entry]:
    """Whole, stale, paper, closed, copied."""
    table = [{"id": "_id", "type": "int"}, {"id": "funds", "type": "int", "info": {"label": "จำนวนกองทุน"}}]
    return [
        # everything is there: set for release, collected and published on 1 November
        Entry(
            package=package(
                "whole",
                last_updated_date="2026-11-01",
                last_year_of_data="2569",
                data_release_calendar="2026-11-01",
                groups=[{"name": "category05"}],
                resources=[resource("w", "CSV", "2026-11-01", datastore_active=True)],
            ),
            tables={"w": table},
            seen={
                "reach": {"w": {"ok": True, "format_true": True}},
                "valid": {"w": {"valid": True}},
                "registered": {"registered": True},
            },
        ),
        # one item missing, no class, Excel, ten days from collecting to publishing, two years over its year
        Entry(
            package=package(
                "stale",
                objective=[],
                data_classification="",
                license_id="License not specified",
                update_frequency_unit="ปี",
                last_updated_date="2024-01-15",
                data_release_calendar="2024-01-20",
                resources=[resource("s", "XLSX", "2024-01-25")],
            ),
            seen={"registered": {"registered": False}},
        ),
        # a picture of paper; nobody asked GD Catalog
        Entry(
            package=package(
                "paper",
                data_type="ข้อมูลระเบียน",
                license_id="Creative Commons Attribution Non-Commercial",
                update_frequency_unit="ไม่ทราบ",
                reference_data="True",
                resources=[resource("p", "PDF", "2026-11-20")],
            ),
            seen={"reach": {"p": {"ok": False}}},
        ),
        # not open, and nobody sees it
        Entry(
            package=package(
                "closed",
                private=True,
                data_category="ข้อมูลส่วนบุคคล",
                data_classification="ลับ",
                update_frequency_unit="ปี",
                reference_data="True",
            ),
        ),
        # another agency's, gathered here: its table breaks its schema
        Entry(
            package=package(
                "copied",
                data_type="ข้อมูลระเบียน",
                reference_url_catalog="https://other.example/dataset/copied",
                last_updated_date="2026-11-15",
                reference_data="True",
                resources=[
                    resource("c", "CSV", "2026-11-20"),
                    resource("dictionary", "CSV", "2026-11-20", name="พจนานุกรมข้อมูล"),
                ],
            ),
            seen={
                "reach": {"c": {"ok": True}, "dictionary": {"ok": True}},
                "valid": {"c": {"valid": False}},
                "registered": {"registered": True},
            },
        ),
    ]


@cache
def known() -> tuple[Json, ...]:
    """The catalogue's facts."""
    ground = Ground(standard=Standard.load("gdc-2.2.4"), site=Site(url="https://agency.example"))
    made = []
    for entry in catalogue():
        found, _ = facts(entry, ground)
        made.append({**found, **freshness.timed(found, DAY), "title_unique": True})
    return tuple(made)


def told(name: str, declared: list[Json] | None = None, only: tuple[str, ...] = ()) -> Json:
    """A pack's score over the catalogue, or over some of it."""
    return score(named(name), [one for one in known() if not only or one["name"] in only], declared or [])


def parts(name: str, **more: Any) -> dict[str, tuple[Any, Any, int]]:
    """Measure → value and upper of a pack over the catalogue, and of how many it is asked."""
    return {one["measure"]: (one["value"], one["upper"], one["asked"]) for one in told(name, **more)["measures"]}


# ---------------------------------------------------------------- days
@pytest.mark.parametrize(
    ("set_for", "out", "behind"),
    [
        # put there on the day, and again later: the first day counts
        ("2026-10-01", [{"created": "2026-10-01T02:00:00", "last_modified": "2026-11-01T02:00:00"}], 0),
        ("2026-10-01", [{"created": "2020-01-01T02:00:00", "last_modified": "2026-10-04T02:00:00"}], 3),
        # a publisher's own word, in the Buddhist era
        ("2569-10-01", [{"created": "2026-11-01T02:00:00", "resource_data_release_date": "2569-10-02"}], 1),
        # nothing since: behind until today
        ("2026-11-12", [{"created": "2026-11-01T02:00:00"}], 10),
        ("2026-11-12", [], 10),
        # it is to come
        ("2027-01-01", [{"created": "2026-11-01T02:00:00"}], 0),
        ("", [{"created": "2026-11-01T02:00:00"}], None),
        ("soon", [], None),
    ],
)
def test_how_far_behind_its_calendar_a_dataset_is(set_for: str, out: list[Json], behind: int | None) -> None:
    found = freshness.dates({"data_release_calendar": set_for, "resources": out})
    assert freshness.timed(found, DAY)["behind_calendar_days"] == behind


@pytest.mark.parametrize(
    ("said", "years"),
    [
        ({"last_year_of_data": "2568"}, 0.89),
        ({"last_year_of_data": "2024"}, 1.89),
        ({"last_year_of_data": "2570"}, 0),
        ({"last_updated_date": "2021-11-22"}, 5.0),
        ({"last_updated_date": "2021-11-10"}, 5.03),
        ({}, None),
    ],
)
def test_how_old_data_are(said: Json, years: float | None) -> None:
    assert freshness.timed(freshness.dates(said), DAY)["age_years"] == years


def test_a_calendar_is_asked_only_of_those_whose_form_has_one() -> None:
    assert [one["calendar_kept"] for one in known()] == [True, True, None, False, None]


# ---------------------------------------------------------------- worth, by hand
FORMULA = {
    # whole, stale, paper: the copy and the closed one are not asked; nobody asked whether paper is registered
    "standard": (1 / 3, 2 / 3, 3),
    # stale lacks one
    "items": (2 / 3, 2 / 3, 3),
    # stale is late; of paper it cannot be told
    "current": (1 / 3, 2 / 3, 3),
    "registered": (1 / 3, 2 / 3, 3),
}


@pytest.mark.parametrize("name", ["opdc-2567", "opdc-2568"])
def test_the_open_data_kpi_of_2567_and_of_the_years_since(name: str) -> None:
    made = told(name)
    assert (made["value"], made["upper"]) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    assert made["status"] == "unconfirmed", "the conditions were seen, the percentage is our reading of them"
    assert parts(name) == FORMULA


def test_a_person_says_what_gd_catalog_was_not_asked() -> None:
    """A declared fact stands in for the one that is not known: paper is registered, and still not up to date."""
    facts = [{**one, "registered": True} if one["name"] == "paper" else one for one in known()]
    made = score(named("registration"), facts)
    assert (made["value"], made["upper"]) == (pytest.approx(200 / 3),) * 2


def test_a_province_is_shown_its_groups_and_copies() -> None:
    made = told("opdc-province")
    assert (made["value"], made["upper"]) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    found = parts("opdc-province")
    assert (found["copies"], found["grouped"]) == ((1, 1, 1), (0.2, 0.2, 5))


def agency(pack: str, **answers: Any) -> list[Json]:
    """Answers for the agency."""
    return [{"pack": pack, "measure": measure, "value": value} for measure, value in answers.items()]


@pytest.mark.parametrize(
    ("only", "answers", "level"),
    [
        # stale lacks an item: not even the first level
        ((), {"catalog": True, "used": True}, 0),
        # of three open ones whole and copied can be read by machines: more than half
        (("whole", "paper", "copied"), {"catalog": True}, 75),
        (("whole", "paper", "copied"), {"used": True}, 50),
        (("whole", "paper", "copied"), {"catalog": True, "used": True}, 100),
        # one of three: less than half
        (("paper", "closed"), {"catalog": True, "used": True}, 50),
    ],
)
def test_the_kpi_of_2564_is_a_ladder(only: tuple[str, ...], answers: Json, level: float) -> None:
    assert told("opdc-2564", agency("kpi", **answers), only)["value"] == level


@pytest.mark.parametrize(
    ("only", "answers", "level"),
    [
        (("whole", "paper", "copied"), {"catalog": True, "used": True}, 50),
        # copied breaks its schema, and no answer changes what was checked
        (("whole", "copied"), {"catalog": True, "used": True, "quality": True}, 75),
        (("whole",), {"catalog": True, "used": True}, 100),
        (("whole",), {"catalog": True, "used": False}, 75),
    ],
)
def test_the_kpi_of_2565_asks_for_all_and_for_quality(only: tuple[str, ...], answers: Json, level: float) -> None:
    assert told("opdc-2565", agency("kpi", **answers), only)["value"] == level


def test_the_items_of_metadata() -> None:
    made = told("metadata14")
    # 14 + 13 + 14 + 14 + 14 over five
    assert made["value"] == made["upper"] == pytest.approx(69 / 5)
    assert parts("metadata14")["complete"] == (0.8, 0.8, 5)


def test_currency() -> None:
    assert parts("currency") == {
        # whole, closed (by its record) and copied are; stale is late; paper's frequency says nothing
        "current": (0.6, 0.8, 5),
        # closed and paper give no day of their data
        "by-data": (0.4, 0.8, 5),
        "by-file": (0.6, 0.8, 5),
    }
    assert (told("currency")["value"], told("currency")["upper"]) == (pytest.approx(60), pytest.approx(80))


def test_openness() -> None:
    assert parts("open") == {
        # whole and copied; stale and paper are not under an open licence
        "open": (0.5, 0.5, 4),
        "public": (0.8, 0.8, 5),
        # stale gives no class
        "class": (0.75, 1, 4),
        "licence": (0.5, 0.5, 4),
        "file": (1, 1, 4),
        # stale is in Excel
        "machine-strict": (0.5, 0.5, 4),
        "machine-lenient": (0.75, 0.75, 4),
    }
    assert told("open")["value"] == 50


def test_stars() -> None:
    # CSV 3, XLSX 2, PDF 1, no file 0, CSV 3
    assert told("stars")["value"] == told("stars")["upper"] == pytest.approx(9 / 5)


def test_registration() -> None:
    made = told("registration")
    assert (made["value"], made["upper"]) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    assert parts("registration")["ready"] == (2 / 3, 2 / 3, 3)


def test_completeness() -> None:
    assert parts("completeness") == {
        "items": (0.8, 0.8, 5),
        "vocabulary": (1, 1, 5),
        # whole by its columns, copied by a file beside it; stale has none; the others have no table
        "dictionary": (2 / 3, 2 / 3, 3),
        "licence": (1, 1, 5),
        "class": (0.8, 0.8, 5),
    }
    assert told("completeness")["value"] == pytest.approx((0.8 + 1 + 2 / 3 + 1 + 0.8) / 5 * 100)


def test_master_data_are_counted() -> None:
    # paper, closed and copied are reference data; machines read copied
    made = told("master-data")
    assert (made["value"], made["upper"], made["of"]) == (1, 1, 3)


BASIC = {"4.1-basic-1": True, "4.1-basic-2": True, "4.1-basic-3": True}
WHOLE = {
    **BASIC,
    **{f"4.1-{level}-{at}": True for level in ("advance", "significance") for at in (1, 2)},
    "4.4-basic-1": True,
    "4.4-basic-2": True,
    "4.4-advance": 3,
    "4.4-significance": True,
    "7.6": 500,
}


@pytest.mark.parametrize(
    ("answers", "points"),
    [
        (WHOLE, {"4.1": 500, "4.4": 500, "7.6": 500}),
        # a third of basic is open: nothing above it counts
        ({**WHOLE, "4.1-basic-2": False}, {"4.1": 200, "4.4": 500, "7.6": 500}),
        ({**WHOLE, "4.1-advance-1": False}, {"4.1": 350, "4.4": 500, "7.6": 500}),
        ({**WHOLE, "4.4-advance": 1, "7.6": 285}, {"4.1": 500, "4.4": 300 + 100 / 3, "7.6": 285}),
        (BASIC, {"4.1": 300, "4.4": 0, "7.6": 0}),
        ({}, {"4.1": 0, "4.4": 0, "7.6": 0}),
    ],
)
def test_pmqa_gives_points_for_a_level_once_those_below_are_whole(answers: Json, points: Json) -> None:
    made = told("pmqa", agency("pmqa", **answers))
    assert {name: group["value"] for name, group in made["groups"].items()} == pytest.approx(points)
    assert made["value"] == pytest.approx(sum(points.values()) / 3)
    assert made["status"] == "unconfirmed"


def test_pmqa_has_a_word_for_its_points_and_a_range_where_nobody_answered() -> None:
    assert (told("pmqa")["value"], told("pmqa")["upper"]) == (0, 500)
    assert told("pmqa", agency("pmqa", **WHOLE))["band"] == "significance"
    four = {
        **WHOLE,
        "4.1-significance-1": False,
        "4.1-significance-2": False,
        "4.4-significance": False,
        "7.6": 400,
    }
    assert (told("pmqa", agency("pmqa", **four))["value"], told("pmqa", agency("pmqa", **four))["band"]) == (
        400,
        "advance",
    )


def test_what_can_be_reckoned_stands_beside_pmqa() -> None:
    found = parts("pmqa")
    # paper's file does not answer; nobody tried stale's
    assert found["4.1-reachable"] == (0.5, 0.75, 4)
    assert found["4.1-open"] == (0.5, 0.5, 4)
    assert found["4.4-class"] == (0.8, 0.8, 5)
    assert (found["7.6-open"], found["7.6-digital"]) == ((0.4, 0.4, 5), (0.6, 0.6, 5))


LEVELS = {
    # whole, stale, paper, copied: the least level and the highest that is possible
    "1.2": ("34", "14", "14", "34"),
    "1.3": ("34", "14", "14", "34"),
    "1.5": ("24", "14", "14", "24"),
    "2.2": ("34", "14", "14", "34"),
    "4.1": ("44", "22", "14", "33"),
    "4.2": ("44", "33", "14", "44"),
    "4.3": ("44", "33", "14", "14"),
    "4.4": ("24", "24", "14", "14"),
    "5.1": ("44", "33", "12", "33"),
    "5.2": ("34", "24", "22", "34"),
    "5.3": ("44", "33", "22", "33"),
    "5.4": ("44", "33", "44", "44"),
}
"""The items of มรด. 5 that machines can see something of."""


def test_the_items_of_the_quality_standard() -> None:
    found = parts("mrd5")
    for name, levels in LEVELS.items():
        least, most = (sum(int(pair[side]) for pair in levels) / 16 for side in (0, 1))
        assert found[name] == (least, most, 4), name
    assert {name for name, part in found.items() if part[:2] == (0, 1)} == set(found) - set(LEVELS)
    least, most = (sum(int(pair[side]) for row in LEVELS.values() for pair in row) / 16 for side in (0, 1))
    # ten more that only people answer
    assert told("mrd5")["value"] == pytest.approx(least / 22 * 4)
    assert told("mrd5")["upper"] == pytest.approx((most + 10) / 22 * 4)


def test_people_answer_what_machines_cannot_see() -> None:
    answers: list[Json] = [
        {"pack": "mrd5", "measure": "3.1", "value": 3},
        {"pack": "mrd5", "measure": "3.1", "value": 4, "dataset": "whole"},
        {"pack": "mrd5", "measure": "4.4", "value": 4},
        {"pack": "mrd5", "measure": "4.1", "value": 4},
        {"pack": "mrd5", "measure": "5.5", "value": 2},
    ]
    found = parts("mrd5", declared=answers)
    assert found["3.1"] == (13 / 16, 13 / 16, 4)
    assert found["4.4"] == (1, 1, 4)
    # whole 4, stale 2 as it is, paper 4 as it is said, copied 3 as it is
    assert found["4.1"] == (13 / 16, 13 / 16, 4)
    assert found["5.5"] == (0.5, 0.5, 0)


# ---------------------------------------------------------------- every pack
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
