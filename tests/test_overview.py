"""The overview: questions of `workspace.yaml` to published tables, answered on one screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from areas_ground import HOUSING, housing, publish
from catalog_ground import opened
from web_ground import KEY, Web, served

from catalog.store import grouped
from metadata.errors import SetupError
from metadata.panel import Panel
from metadata.workspace import Workspace

AGENCY = "agency: {name: dept-a, title: กรมตัวอย่าง}\n"
TILE = Panel(
    dataset="housing", title="ครัวเรือน", title_en="Households", measure="households", figure="sum",
    latest="fiscal_year", compare=True,
)  # fmt: skip


@contextmanager
def shown(folder: Path, *panels: Panel) -> Iterator[Web]:
    """A portal with the housing table, and these panels."""
    with opened(folder) as portal:
        publish(portal, "housing", HOUSING, housing())
        with served(portal, overview=panels) as web:
            yield web


def asked(**more: object) -> Panel:
    """A panel on the housing table."""
    return Panel(**{"dataset": "housing", "title": "แผง", "measure": "households", "figure": "sum", **more})  # type: ignore[arg-type]


def test_a_tile_tells_the_last_time_and_how_it_changed(tmp_path: Path) -> None:
    with shown(tmp_path, TILE) as web:
        thai, english = web.ask("/overview?lang=th").text, web.ask("/overview?lang=en").text
    assert "<strong>2,070</strong> ครัวเรือน" in thai
    assert "ปีงบประมาณ 2568 · เพิ่มขึ้น 6 (0.3%) จาก 2,064 ในปีงบประมาณ 2567" in thai
    assert 'href="/dataset/housing"' in thai
    assert "<h2>Households</h2>" in english
    assert "up 6 (0.3%) from 2,064 in fiscal year 2024" in english


ANSWERED = [
    (asked(), "<strong>4,134</strong>"),
    (asked(where=(("province_code", ("10", "20")),)), "<strong>598</strong>"),
    (asked(figure="mean", measure="percent"), "<strong>50.5</strong>"),
    (asked(figure="count", measure="", unit="แถว"), "<strong>12</strong> แถว"),
    (asked(unit="หลัง"), "</strong> หลัง"),
    (asked(show="bar", by="province_code", latest="fiscal_year"), "<td>570</td>"),
    (asked(show="table", by="fiscal_year"), "<td>2,064</td>"),
    (asked(show="map", by="province_code", latest="fiscal_year"), 'scope="row">เชียงราย</th><td>570</td>'),
]
UNANSWERED = [
    (asked(dataset="gone"), "ไม่มีชุดข้อมูล gone"),
    (asked(dataset="secret"), "ไม่มีชุดข้อมูล secret"),
    (asked(resource="other"), "ไม่มีไฟล์ข้อมูลชื่อ other"),
    (asked(dataset="bare"), "ยังไม่มีตาราง"),
    (asked(measure="house_holds", latest="fy"), "ไม่มีคอลัมน์ house_holds, fy แล้ว"),
    (asked(measure="province_code"), "province_code ไม่ใช่ตัวเลข"),
    (asked(where=(("province_code", ("99",)),)), "ไม่มีแถวที่ตรงกับเงื่อนไข"),
    (asked(show="line", by="province_code"), "วาดเส้นไม่ได้"),
    (asked(show="map", by="fiscal_year"), "วาดแผนที่"),
]


def numbered(cases: list[tuple[Panel, str]]) -> tuple[Panel, ...]:
    """The panels, each with a title of its own."""
    return tuple(replace(panel, title=f"แผงที่ {n}.") for n, (panel, _said) in enumerate(cases))


def parts(page: str) -> dict[int, str]:
    """Each panel of the page."""
    found = re.split(r"<h2[^>]*>แผงที่ (\d+)\.</h2>", page)
    return {int(n): part.partition("<h2")[0] for n, part in zip(found[1::2], found[2::2], strict=True)}


def test_a_panel_asks_what_it_says(tmp_path: Path) -> None:
    with shown(tmp_path, *numbered(ANSWERED)) as web:
        found = parts(web.ask("/overview?lang=th").text)
    for n, (panel, said) in enumerate(ANSWERED):
        assert said in found[n], panel
        assert ("<svg" in found[n]) == (panel.show in ("bar", "map"))


def test_a_panel_without_an_answer_says_why(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        publish(portal, "housing", HOUSING, housing())
        publish(portal, "secret", HOUSING, housing(), private=True)
        bare = publish(portal, "bare", HOUSING, housing())
        portal.call_action("datastore_delete", {"resource_id": bare, "force": True})
        with served(portal, overview=(*numbered(UNANSWERED), TILE)) as web:
            page = web.ask("/overview?lang=th")
            seen = parts(web.ask("/overview?lang=th", key=KEY).text)
    found = parts(page.text)
    assert "<strong>2,070</strong>" in page.text, "the others stand"
    for n, (panel, why) in enumerate(UNANSWERED):
        assert why in found[n], panel
        assert (why in seen[n]) == (panel.dataset != "secret"), "who may read it has its figures"


def test_what_was_answered_is_kept_until_the_table_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shown(tmp_path, TILE) as web:
        before = web.ask("/overview").text
        (resource,) = web.portal.call_action("package_show", {"id": "housing"})["resources"]
        more = {"fiscal_year": 2568, "province_code": "10", "households": 30, "percent": 1}
        sent = {"resource_id": resource["id"], "method": "insert", "force": True, "records": [more]}
        web.call("datastore_upsert", sent)
        after = web.ask("/overview").text
        monkeypatch.setattr(grouped, "grouped", None)
        again = web.ask("/overview").text
    assert "<strong>2,070</strong>" in before
    assert "<strong>2,100</strong>" in after
    assert "<strong>2,100</strong>" in again


def test_who_chose_nothing_has_the_first_pictures(tmp_path: Path) -> None:
    with shown(tmp_path) as web:
        page = web.ask("/overview?lang=en").text
        assert page.count("<svg") == 1
        assert "The first picture of each of the newest tables" in page
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert "workspace.yaml" not in page, "that is for those who log in"
    with opened(tmp_path / "empty") as portal, served(portal) as empty:
        assert "There is no open table to show yet" in empty.ask("/overview?lang=en").text


def test_the_settings_are_checked(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text(
        AGENCY + "overview:\n"
        "  - {title: ก, dataset: housing, measure: households, where: {year: 2568, done: true, who: [a, b]}}\n"
        "  - {title: ข, dataset: housing, show: line, by: fiscal_year}\n",
        encoding="utf-8",
    )
    tile, line = Workspace.open(tmp_path).overview
    assert tile.where == (("year", ("2568",)), ("done", ("true", "1")), ("who", ("a", "b")))
    assert (tile.figure, line.figure, tile.compare) == ("sum", "count", False)


@pytest.mark.parametrize(
    ("panel", "mistake"),
    [
        ("{title: ก, dataset: dd, show: line}", "panel-by"),
        ("{title: ก, dataset: dd, figure: mean}", "panel-measure"),
        ("{title: ก, dataset: dd, compare: previous}", "panel-compare"),
        ("{title: ก, dataset: dd, shows: line}", "near"),
        ("{title: ก, dataset: dd, show: pie}", "choice"),
        ("{title: ก}", "missing"),
    ],
)
def test_a_mistake_in_a_panel_is_named_with_its_line(tmp_path: Path, panel: str, mistake: str) -> None:
    (tmp_path / "workspace.yaml").write_text(f"{AGENCY}overview:\n  - {panel}\n", encoding="utf-8")
    with pytest.raises(SetupError) as raised:
        Workspace.open(tmp_path)
    (found,) = raised.value.values["mistakes"]
    assert (found["mistake"], found["line"]) == (mistake, 3)


def test_the_sample_desk_has_an_overview_of_what_it_publishes() -> None:
    desk = Workspace.open(Path(__file__).parents[1] / "datasets")
    assert len(desk.overview) >= 6
    assert {one.show for one in desk.overview} >= {"tile", "line", "bar", "map"}
    for panel in desk.overview:
        named = {panel.measure, panel.by, panel.latest, *(column for column, _cells in panel.where)} - {""}
        resources = desk.dataset(panel.dataset).resources
        every = [{one["name"] for one in (resource.schema or {"fields": ()})["fields"]} for resource in resources]
        assert any(named <= columns for columns in every), panel
        assert not panel.resource or panel.resource in [resource.name for resource in resources]
    assert set(desk.portal["promise"]) == {"th", "en"}


def test_every_key_of_a_panel_is_documented_and_no_other() -> None:
    from metadata.settings import PanelSettings

    page = (Path(__file__).parents[1] / "docs/overview.md").read_text(encoding="utf-8").partition("## `/area")[0]
    named = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`([a-z_]+)`", " ".join(named))) == set(PanelSettings.model_fields)
