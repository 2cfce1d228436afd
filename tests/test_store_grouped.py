"""Rows grouped inside the database: the same on SQLite and on PostgreSQL, whatever cells hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog_ground import opened, package, upload

from catalog.store import grouped
from catalog.store.datastore import Reading

FIELDS = [
    {"id": "kind", "type": "text"},
    {"id": "on", "type": "date"},
    {"id": "open", "type": "bool"},
    {"id": "n", "type": "numeric"},
    {"id": "lat", "type": "numeric"},
    {"id": "lon", "type": "float8"},
]
ROWS = [
    ["ก", "2024-01-31", True, "1.5", 13.75, 100.45],
    ["ก ", "2024-02-01", False, "12345678901234567890.25", 13.76, 100.46],
    ["ข", "2025-02-01", True, None, 18.8, 99.0],
    ["", None, None, "2", None, 99.0],
    ["รวม", "2025-02-01", True, "9", 0, 0],
    ["ค" * 300, "2025-03-01", False, "-3", 7.9, 98.3],
]


@contextmanager
def reading(folder: Path) -> Iterator[Reading]:
    with opened(folder) as portal:
        portal.call_action("package_create", package())
        portal.call_action(
            "resource_create", {"package_id": "population-2567", "id": "resource-1", "name": "a"}, upload()
        )
        names = [field["id"] for field in FIELDS]
        records = [dict(zip(names, row, strict=True)) for row in ROWS]
        table = {"resource_id": "resource-1", "force": True, "fields": FIELDS, "records": records}
        portal.call_action("datastore_create", table)
        with (
            portal.looking(actor=portal.actor, site=portal.site) as ctx,
            ctx.datastore.opened("resource-1") as one,
        ):
            yield one


def test_rows_are_grouped_summed_counted_and_sampled(both: str, tmp_path: Path) -> None:
    with reading(tmp_path) as table:
        found = grouped.grouped(table, [("kind", 200)], ["n"], without=[("kind", ("รวม",))], order="sum")
        keys = {one.keys[0]: (one.rows, one.counts[0]) for one in found}
        assert keys == {"ก": (2, 2), "ข": (1, 0), None: (1, 1), "ค" * 200: (1, 1)}
        assert found[0].sums[0] == 12345678901234567890.25 + 1.5
        assert [one.sums[0] for one in found[1:]] == [2.0, 0.0, -3.0]
        years = grouped.grouped(table, [("on", 4), ("open", 9)], only=[("kind", ("ก", "ข"))])
        yes = "1" if both == "sqlite" else "true"
        assert {(one.keys[0], one.keys[1] == yes, one.rows) for one in years} == {
            *(("2024", True, 1), ("2024", False, 1), ("2025", True, 1))
        }
        (whole,) = grouped.grouped(table, [], ["n"])
        assert (whole.rows, whole.counts) == (6, (5,))
        assert grouped.grouped(table, [], only=[("kind", ("none",))])[0].rows == 0
        assert len(grouped.grouped(table, [("on", 10)], order="mean", most=2)) == 2
        assert grouped.different(table, "kind") == 5
        assert grouped.different(table, "kind", without=[("kind", ("รวม",))], only=[("open", (yes,))]) == 2
        rows, count = grouped.sample(table, 3)
        assert (len(rows), count) == (3, 6)
        assert rows[0][0] == "ก"
        assert rows[0][1] == "2024-01-31"


def test_rows_near_each_other_are_one_place_in_their_middle(both: str, tmp_path: Path) -> None:
    del both
    with reading(tmp_path) as table:
        near = grouped.cells(table, "lat", "lon", 5, 100)
        assert [(round(y, 3), round(x, 3), n) for y, x, n in near] == [
            (0.0, 0.0, 1),
            (7.9, 98.3, 1),
            (13.755, 100.455, 2),
            (18.8, 99.0, 1),
        ]
        assert len(grouped.cells(table, "lat", "lon", 5, 2)) == 2
