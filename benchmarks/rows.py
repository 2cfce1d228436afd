"""The table that the benchmarks validate: 12 typed columns of Thai text, the same bytes for the same arguments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import polars

from metadata import areas

CHUNK = 100_000
ANCHOR = 64
"""Every such row keeps its keys, so that a duplicate has something to be a duplicate of."""
PROVINCES = [one.name for one in areas.provinces()]
WORDS = "บาง ท่า หนอง บ้าน โคก ดอน นา คลอง ห้วย วัง ทุ่ง ศรี เมือง ใหม่ สัก งาม ทราย ยาว แก้ว เงิน"
SYLLABLES = WORDS.split()
SUBDISTRICTS = [f"{a}{b}{c}" for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES[:18]]
DATES = {"minimum": "2000-01-01", "maximum": "2026-12-31"}
NOTES = [
    "จ่ายแล้ว",
    "รอเอกสาร, ติดต่อผู้รับแล้ว",
    "โครงการต่อเนื่อง ปีที่ 2, 3 และ 4",
    'ตามหนังสือ "ด่วนที่สุด"',
    "อยู่ระหว่างตรวจรับ",
    "ผู้รับ 12 ราย, คืนเงิน 3 ราย, คงเหลือ 9 ราย",
]
BAD = (
    ("amount", "ไม่ทราบ"),
    ("province", "กทม"),
    ("year", "2300"),
    ("code", "swf 12"),
    ("province", None),
    ("id", "twin"),
    ("date", "31/12/2567"),
    ("active", "อาจจะ"),
    ("lat", "95.12345"),
    ("email", "someone at example"),
    ("date", None),
    ("code", "twin"),
)
"""What can be wrong with a row, by turns: type, enum, bounds, pattern, a missing required cell, a repeated key."""


def schema() -> dict[str, Any]:
    """The Table Schema of the table."""
    must = {"required": True}
    return {
        "fields": [
            {"name": "id", "type": "integer", "constraints": must},
            {"name": "province", "type": "string", "constraints": {**must, "enum": PROVINCES}},
            {"name": "subdistrict", "type": "string"},
            {"name": "code", "type": "string", "constraints": {"pattern": "[A-Z]{3}-[0-9]{8}", "unique": True}},
            {
                "name": "date",
                "type": "date",
                "constraints": {**must, "minimum": "2000-01-01", "maximum": "2026-12-31"},
            },
            {"name": "year", "type": "year", "constraints": {"minimum": "2543", "maximum": "2569"}},
            {"name": "amount", "type": "number", "constraints": {"minimum": "0", "maximum": "100000000"}},
            {"name": "active", "type": "boolean", "trueValues": ["ใช่"], "falseValues": ["ไม่ใช่"]},
            {
                "name": "email",
                "type": "string",
                "constraints": {"pattern": r"[a-z0-9.]+@[a-z0-9-]+(\.[a-z]+)+", "maxLength": 60},
            },
            {"name": "note", "type": "string"},
            {"name": "lat", "type": "number", "constraints": {"minimum": "5", "maximum": "21"}},
            {"name": "lon", "type": "number", "constraints": {"minimum": "97", "maximum": "106"}},
        ],
        "primaryKey": ["id"],
    }


def fixed(whole: Any, places: int) -> polars.Series:
    """Integers as decimal text: 1234 with two places is 12.34."""
    series = polars.Series(whole)
    low = (series % 10**places).cast(polars.String).str.zfill(places)
    text: polars.Series = (series // 10**places).cast(polars.String) + "." + low
    return text


def chunk(start: int, count: int, bad: float) -> polars.DataFrame:
    """`count` rows from `start`, a multiple of CHUNK; `bad` (0 to 1) of them with one bad cell each."""
    random = np.random.default_rng([2569, start])
    number = np.arange(start, start + count)
    name = polars.Series(random.integers(0, 36**6, count)).cast(polars.String).str.zfill(10)
    at = np.where(random.random(count) < 0.5, ".go.th", ".or.th")
    day = polars.Series(random.integers(10_957, 10_957 + 9862, count)).cast(polars.Int32).cast(polars.Date)
    subdistricts, notes = polars.Series(SUBDISTRICTS), polars.Series([*NOTES, None, None])
    frame = polars.DataFrame(
        {
            "id": polars.Series(number + 1).cast(polars.String),
            "province": polars.Series(PROVINCES).gather(random.integers(0, len(PROVINCES), count)),
            "subdistrict": "ตำบล" + subdistricts.gather(random.integers(0, len(SUBDISTRICTS), count)),
            "code": "SWF-" + polars.Series(number).cast(polars.String).str.zfill(8),
            "date": day,
            "year": polars.Series(random.integers(2543, 2570, count)).cast(polars.String),
            "amount": fixed(random.integers(0, 10**10, count), 2),
            "active": polars.Series(["ใช่", "ไม่ใช่"]).gather((random.random(count) < 0.2).astype(np.uint32)),
            "email": "p." + name + "@welfare-" + name.str.slice(7) + polars.Series(at),
            "note": notes.gather(random.integers(0, len(notes), count)),
            "lat": fixed(random.integers(550_000, 2_050_000, count), 5),
            "lon": fixed(random.integers(9_750_000, 10_550_000, count), 5),
        }
    ).with_columns(polars.all().cast(polars.String))
    chosen = random.random(count) < bad
    kinds = random.integers(0, len(BAD), count)
    twins = random.integers(0, number // ANCHOR + 1) * ANCHOR
    kinds[(number % ANCHOR == 0) & np.isin(kinds, [3, 5, 11])] = 0
    for kind, (column, cell) in enumerate(BAD):
        value = polars.lit(cell, polars.String)
        if cell == "twin":
            key = polars.Series(twins + (column == "id")).cast(polars.String)
            value = polars.lit(key if column == "id" else "SWF-" + key.str.zfill(8))
        rows = polars.lit(polars.Series(chosen & (kinds == kind)))
        frame = frame.with_columns(polars.when(rows).then(value).otherwise(polars.col(column)).alias(column))
    return frame


def write(path: Path, rows: int, bad: float = 0.0) -> None:
    """Writes the table as CSV, a chunk at a time."""
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK):
            made = chunk(start, min(CHUNK, rows - start), bad)
            made.write_csv(file, include_header=start == 0, quote_style="necessary")


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--rows", default=2_000_000, show_default=True)
@click.option("--bad", default=0.0, show_default=True, help="Share of rows with a bad cell, 0 to 1.")
def main(path: Path, rows: int, bad: float) -> None:
    """Write the table to PATH, and its Table Schema beside it as schema.json."""
    write(path, rows, bad)
    path.with_name("schema.json").write_text(json.dumps(schema(), ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
