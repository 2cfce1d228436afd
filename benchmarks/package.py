"""Writing a cleaned table to a release: seconds and memory beside the table, with pandas and csv in the same run.

python benchmarks/package.py --rows 500000
"""

from __future__ import annotations

import csv
import gc
import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click
import pandas
import polars
import rows as made

sys.path.insert(0, str(Path(__file__).parents[1]))

from metadata.dataset import Resource
from metadata.finding import Place
from pipelines import package

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def table(count: int) -> pandas.DataFrame:
    """The benchmark's table as cleaning leaves it: each cell a text of its own."""
    columns: dict[str, list[str]] = {}
    for start in range(0, count, made.CHUNK):
        part = made.chunk(start, min(made.CHUNK, count - start), 0.0).fill_null("")
        for name in part.columns:
            columns.setdefault(name, []).extend(part[name].to_list())
    return pandas.DataFrame(columns, dtype="str")


def ours(form: str) -> Callable[[pandas.DataFrame, Path], str]:
    """Our own writing of a resource, with its hash."""

    def write(given: pandas.DataFrame, folder: Path) -> str:
        described = {"name": "t", "path": f"release/t.{form}", "schema": made.schema()}
        return package.write(Resource(name="t", descriptor=described), given, folder, Place()).sha256

    return write


def hashed(path: Path) -> str:
    """The hash of a file that is there, as a peer's caller must take it."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def by_csv(given: pandas.DataFrame, folder: Path) -> str:
    """Python's csv.writer, row by row."""
    with (folder / "csv.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(given.columns)
        writer.writerows(given.itertuples(index=False, name=None))
    return hashed(folder / "csv.csv")


def by_pandas(given: pandas.DataFrame, folder: Path) -> str:
    """pandas.DataFrame.to_csv."""
    given.to_csv(folder / "pandas.csv", index=False, lineterminator="\n")
    return hashed(folder / "pandas.csv")


def by_whole(given: pandas.DataFrame, folder: Path) -> str:
    """As it was until issue 3: a second copy of the table through lists, and the file read again for its hash."""
    frame = polars.DataFrame({name: polars.Series(given[name].to_list(), dtype=polars.String) for name in given})
    frame = frame.with_columns(polars.all().replace("", None))
    frame.write_csv(folder / "whole.csv", line_terminator="\n", quote_style="necessary")
    return hashed(folder / "whole.csv")


def by_whole_parquet(given: pandas.DataFrame, folder: Path) -> str:
    """polars' write_parquet of the whole table, all text."""
    frame = polars.DataFrame({name: polars.Series(given[name].to_list(), dtype=polars.String) for name in given})
    frame.write_parquet(folder / "whole.parquet")
    return hashed(folder / "whole.parquet")


WRITERS: dict[str, Callable[[pandas.DataFrame, Path], str]] = {
    "saphan csv": ours("csv"),
    "saphan parquet": ours("parquet"),
    "csv.writer": by_csv,
    "pandas.to_csv": by_pandas,
    "whole csv": by_whole,
    "whole parquet": by_whole_parquet,
}


def memory(name: str) -> float:
    """A line of the process' status in MB: VmRSS, VmHWM."""
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines() if ":" in line)
    return int(lines[name].split()[0]) / 1024


def measured(write: Callable[[pandas.DataFrame, Path], str], given: pandas.DataFrame) -> dict[str, Any]:
    """One run: seconds, megabytes beside the table at the peak, the hash."""
    gc.collect()
    with TemporaryDirectory(prefix="saphan-") as folder:
        CLEAR.write_text("5")
        before = memory("VmRSS")
        began = time.perf_counter()
        digest = write(given, Path(folder))
        seconds = time.perf_counter() - began
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return {"seconds": seconds, "mb": memory("VmHWM") - before, "size": size, "sha256": digest}


@click.command()
@click.option("--rows", "count", default=500_000, show_default=True)
@click.option("--times", default=3, show_default=True)
def main(count: int, times: int) -> None:
    """Write a table of COUNT rows with each writer, by turns, and print the medians as JSON lines."""
    given = table(count)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in WRITERS}
    for _ in range(times):
        for name, write in WRITERS.items():
            runs[name].append(measured(write, given))
    same = {runs[name][0]["sha256"] for name in ("saphan csv", "csv.writer", "pandas.to_csv", "whole csv")}
    base = median(run["seconds"] for run in runs["saphan csv"])
    for name, done in runs.items():
        seconds = median(run["seconds"] for run in done)
        told = {
            "writer": name,
            "rows": count,
            "seconds": round(seconds, 2),
            "krows_per_second": round(count / seconds / 1000),
            "times_saphan_csv": round(seconds / base, 2),
            "mb_beside_table": round(done[0]["mb"]),
            "file_mb": round(done[0]["size"] / 1e6, 1),
        }
        click.echo(json.dumps(told))
    click.echo(json.dumps({"csv_files_equal": len(same) == 1}))


if __name__ == "__main__":
    main()
