"""A short round of the fuzzer: `make test-fuzz` is the long one."""

from __future__ import annotations

from pathlib import Path

from catalog_ground import opened
from web_fuzz import SECRET, ground, run
from web_ground import served


def test_no_question_of_anyone_breaks_anything_or_gives_anything_away(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as web:
        keys = ground(portal)
        assert SECRET in str(
            portal.call_action("package_show", {"id": "dataset-private"})
        )  # what must not get out
        statuses, problems = run(web, keys, 200, seed=7)
    assert not problems, "\n".join(problems)
    assert statuses[200] > 20


def test_different_rows_are_asked_for_with_words_and_an_order(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as web:
        table = ground(portal)[-3]
        asked = {"resource_id": table, "distinct": True}
        found = web.call("datastore_search", {**asked, "q": "ระนอง"}, key=None).json()["result"]
        assert found["total"] == 50
        only = {**asked, "fields": ["จังหวัด"]}
        assert web.call("datastore_search", {**only, "sort": "จังหวัด"}, key=None).json()["result"]["total"] == 1
        assert web.call("datastore_search", {**only, "sort": "จำนวน"}, key=None).status_code == 409
