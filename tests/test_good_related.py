"""How good a dataset is, and what is near it: told on its page, with reasons, to those who may know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from web_ground import KEY, Web, served

from catalog.web.pages import good
from metadata import clock

NAME = "population-2567"


@pytest.fixture
def web(tmp_path: Path, both: str) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as made:
        yield made


def _block(page: str, name: str) -> str:
    found = re.search(rf'<section aria-labelledby="{name}".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def _published(web: Web, name: str = NAME, form: str = "CSV", **more: Any) -> str:
    tags = [{"name": tag} for tag in more.pop("tags", [])]
    web.portal.call_action("package_create", package(name, tags=tags, **more))
    sent = {"package_id": name, "name": "ตาราง", "format": form}
    return str(web.portal.call_action("resource_create", sent, upload(name=f"a.{form.lower()}"))["id"])


def test_stars_are_told_with_what_is_missing_of_each(web: Web) -> None:
    _published(web, license_id="cc-by")
    told = _block(web.ask(f"/dataset/{NAME}?lang=th").text, "good")
    assert "3 จาก 5 ดาว" in told
    assert "★★★☆☆" in told
    for number, there in ((2, False), (3, False), (4, True), (5, True)):
        assert (f"ดาวที่ {number} ยังไม่ได้" in told) is there
    assert "สัญญาอนุญาตแบบเปิด" not in told
    _published(web, "sheet", form="XLSX")
    worse = _block(web.ask("/dataset/sheet?lang=en").text, "good")
    assert "2 of 5 stars" in worse
    assert "Star 3 is missing: no file has an open format" in worse
    assert "no open licence is stated" in worse
    web.portal.call_action("package_create", package("empty"))
    nothing = _block(web.ask("/dataset/empty?lang=en").text, "good")
    assert "0 of 5 stars" in nothing
    assert re.findall(r"Star (\d) is missing", nothing) == ["1"]


def test_freshness_and_items_are_told_with_days_and_names(web: Web) -> None:
    more = {"update_frequency_unit": "เดือน", "update_frequency_interval": "1"}
    extras = [{"key": key, "value": value} for key, value in {**more, "last_updated_date": "2026-01-05"}.items()]
    with clock.frozen(datetime(2026, 1, 20, tzinfo=UTC)):
        _published(web, extras=extras)
        told = _block(web.ask(f"/dataset/{NAME}?lang=en").text, "good")
    for said in (
        "Up to date",
        "15 days ago",
        "due every month",
        "5 January 2026",
        "20 January 2026",
        "4 February 2026",
    ):
        assert said in told, said
    given = re.search(r"(\d+) of 14 items", told)
    assert given is not None
    assert 0 < int(given[1]) < 14
    assert "Missing: " in told


def test_the_score_is_the_audits_and_is_reckoned_once_for_each_record(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    _published(web, license_id="cc-by")
    first = _block(web.ask(f"/dataset/{NAME}?lang=en").text, "good")
    score = re.search(r"<strong>(\w+)</strong> (\d+) of 405 points", first)
    assert score is not None
    one = next(one for one in web.ask("/audit.json").json()["datasets"] if one["name"] == NAME)
    # the audit did not ask whether our files answer: here they do
    assert one["scores"]["mqa"]["value"] < int(score[2]) <= one["scores"]["mqa"]["upper"]
    reckoned: list[int] = []
    weighed = good.Weighing._weighed
    monkeypatch.setattr(good.Weighing, "_weighed", lambda *given: reckoned.append(1) or weighed(*given))
    assert _block(web.ask(f"/dataset/{NAME}?lang=en").text, "good") == first
    assert not reckoned
    web.portal.call_action("package_patch", {"id": NAME, "tags": [{"name": "ประชากร"}]})
    better = _block(web.ask(f"/dataset/{NAME}?lang=en").text, "good")
    assert reckoned == [1]
    assert better != first


def test_near_datasets_are_named_with_why_they_are_near(web: Web) -> None:
    key = _published(web, title="ประชากรรายจังหวัด", tags=["ประชากร", "จังหวัด"])
    other = _published(web, "births", title="การเกิดรายจังหวัด", tags=["ประชากร"])
    _published(web, "words", title="สถิติประชากรผู้สูงอายุ")
    _published(web, "far", title="ปริมาณน้ำในเขื่อน", tags=["น้ำ"])
    for one in (key, other):
        fields = [{"id": "province_code", "type": "text"}, {"id": f"n{one[:4]}", "type": "int4"}]
        sent = {"resource_id": one, "force": True, "fields": fields, "records": []}
        web.portal.call_action("datastore_create", sent)
    told = _block(web.ask(f"/dataset/{NAME}?lang=th").text, "related")
    assert re.findall(r'href="/dataset/([\w-]+)"', told) == ["births", "words"]
    for said in ("คำสำคัญเดียวกัน: ประชากร", "คอลัมน์เดียวกัน: province_code", "ชื่อมีคำเดียวกัน: ประชากร", "หน่วยงานเดียวกัน"):
        assert said in told, said
    assert _block(web.ask("/dataset/far").text, "related") == ""


def test_at_most_four_are_named_and_a_new_one_at_once(web: Web) -> None:
    _published(web, tags=["ประชากร"], title="ชุดที่หนึ่ง")
    for number in range(5):
        _published(web, f"other-{number}", tags=["ประชากร"], title=f"ชุด {number}")
    told = _block(web.ask(f"/dataset/{NAME}").text, "related")
    assert len(re.findall(r'href="/dataset/', told)) == 4
    web.portal.call_action("package_delete", {"id": "other-4"})
    assert "other-4" not in _block(web.ask(f"/dataset/{NAME}").text, "related")


def test_what_is_private_is_near_for_who_may_read_it_alone(web: Web) -> None:
    _published(web, tags=["ประชากร"])
    _published(web, "secret", tags=["ประชากร"], title="<script>alert(1)</script>", private=True)
    assert "secret" not in web.ask(f"/dataset/{NAME}").text
    told = web.ask(f"/dataset/{NAME}", key=KEY).text
    assert 'href="/dataset/secret"' in _block(told, "related")
    assert "<script>alert" not in told
    assert "secret" not in web.ask(f"/dataset/{NAME}").text
