"""What a spread build costs: the overhead of a slice on Dask, and a build by worker processes beside one by none.

A build's figure is that of a process and of those it started, from its start to its end. The releases of all
engines are compared, byte for byte, before anything is printed.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from measured import kept, measured
from rows import schema

BIN = Path(sys.executable).parent
NAME = "rows"
WORKSPACE = "agency: {name: bench, title: หน่วยงาน}\napprovals: none\n"
RECIPE = """resources:
  rows:
    reads: {path: source/rows.csv}
    steps:
      - trim: {}
      - blanks: {columns: [note]}
      - text: {columns: [note, subdistrict]}
      - thai-digits: {columns: [code, year]}
      - province: {columns: [province], code: province_code}
      - thai-date: {columns: [date]}
      - number: {columns: [amount]}
      - drop-rows: {where: {note: [รอเอกสาร]}}
"""


def nothing(item: int) -> int:
    """The work of an empty slice."""
    return item


def weight(item: bytes) -> int:
    """The work of a slice that is sent."""
    return len(item)


def workspace(folder: Path, rows: int) -> Path:
    """A workspace with one dataset of so many rows."""
    dataset = folder / NAME
    (dataset / "source").mkdir(parents=True, exist_ok=True)
    (folder / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    (dataset / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    resource = {"name": NAME, "path": f"release/{NAME}.csv", "schema": schema()}
    described = {"name": NAME, "title": "ตาราง", "resources": [resource]}
    # YAML reads JSON
    (dataset / "datapackage.yaml").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
    words = [sys.executable, str(Path(__file__).with_name("rows.py")), str(dataset / "source/rows.csv")]
    subprocess.run([*words, "--rows", str(rows)], check=True)
    return folder


def release(folder: Path) -> dict[str, bytes]:
    """The files of the release, without the report's seconds."""
    found = {path.name: path.read_bytes() for path in sorted((folder / NAME / "release").iterdir())}
    report = json.loads(found["report.json"])
    for key in ("seconds", "built_at"):
        del report[key]
    return {**found, "report.json": json.dumps(report).encode()}


def build(folder: Path, engine: str) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and the peak memory in MB of the largest process of a build."""
    words = [str(BIN / "saphan"), "build", "--quiet", "--workspace", str(folder), "--engine", engine]
    return measured(words)


def say(what: str, **figures: Any) -> None:
    """One line, with the load of the machine."""
    told = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
    click.echo(f"{what:<34} {told}  (load {os.getloadavg()[0]:.1f})")


@click.group()
def main() -> None:
    """Measure the spreading of builds."""
    names = ("dask", "distributed", "polars", "pandas")
    click.echo(f"{platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in names)}")


@main.command()
@click.option("--slices", default=500, show_default=True)
@click.option("--repeat", default=5, show_default=True)
def slices(slices: int, repeat: int) -> None:
    """Time the way of a slice to a worker and back, beside the same call here."""
    from pipelines.bench import Here
    from pipelines.cluster import opened

    begun = time.perf_counter()
    with opened("dask") as cluster:
        say("workers start", seconds=time.perf_counter() - begun, workers=cluster.workers)
        list(cluster.map(nothing, range(50)))
        for name, bench in (("none", Here()), ("dask", cluster)):
            timed: dict[str, list[float]] = {"held and brought": [], "one after the other": [], "1 MB sent": []}
            for _ in range(repeat):
                begun = time.perf_counter()
                list(bench.bring(bench.each(nothing, range(slices))))
                timed["held and brought"].append(time.perf_counter() - begun)
                begun = time.perf_counter()
                list(bench.map(nothing, range(slices)))
                timed["one after the other"].append(time.perf_counter() - begun)
                begun = time.perf_counter()
                list(bench.map(weight, (os.urandom(1 << 20) for _ in range(slices // 10))))
                timed["1 MB sent"].append((time.perf_counter() - begun) * 10)
            for what, seconds in timed.items():
                say(f"{name}: {what}", ms_a_slice=statistics.median(seconds) / slices * 1000)
        begun = time.perf_counter()
    say("workers end", seconds=time.perf_counter() - begun)


@main.command(name="build")
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--repeat", default=1, show_default=True)
@click.option("--engine", "engines", multiple=True, default=("local", "dask"), show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Where the workspace is kept.")
def built(rows: int, repeat: int, engines: tuple[str, ...], folder: Path | None) -> None:
    """Build one table with each engine, and compare the releases."""
    with kept(folder) as there:
        workspace(there, rows)
        first: dict[str, bytes] = {}
        figures: dict[str, list[tuple[float, float, float]]] = {engine: [] for engine in engines}
        for _ in range(repeat):
            for engine in engines:
                figures[engine].append(build(there, engine))
                made = release(there)
                first = first or made
                differing = [name for name in {*first, *made} if first.get(name) != made.get(name)]
                if differing:
                    raise click.ClickException(f"{engine} makes another {differing}")
        for engine, runs in figures.items():
            seconds, cpu, peak = (statistics.median(one) for one in zip(*runs, strict=True))
            say(f"{engine}: {rows:,} rows", seconds=seconds, cpu=cpu, peak_mb=peak, rows_a_second=rows / seconds)


if __name__ == "__main__":
    main()
