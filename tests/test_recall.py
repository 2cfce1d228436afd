"""After a recall no byte is left of what was recalled: not in a file, not in a database, not in its index."""

from __future__ import annotations

from pathlib import Path

from catalog_ground import opened
from recall_ground import NAME, fill, found, recalled


def test_no_byte_is_left_on_the_disk(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        fill(portal)
    assert len(found(tmp_path)) > 4
    with opened(tmp_path) as portal:
        made = recalled(portal, tmp_path)
        assert made.waiting == ()
        assert found(tmp_path) == []
        assert portal.call_action("package_search", {"q": NAME})["count"] == 0
    assert found(tmp_path) == []
