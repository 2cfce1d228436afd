"""How fast `saphan validate` is, beside frictionless and polars, on the same files in the same run.

Every figure is that of a whole process, from its start to its end: `wait4` tells its CPU time and its peak memory.
Beside it stand, in `speed`, the seconds of the reports themselves: the validation without the process's start.
Files are made by another process (`rows.py`): a child's peak begins with what its parent held.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

BIN = Path(sys.executable).parent
ROW = 260
"""Bytes of a row, generously."""
SHARES = (0.0, 0.001, 0.01, 0.05, 0.2, 0.5, 1.0)
PARSE = "import sys, polars; polars.read_csv(sys.argv[1], infer_schema=False)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process: wall and CPU seconds, peak memory in MB, and the machine's load as it began.

    `told`: the seconds of which its report tells, where it prints one.
    """

    seconds: float
    cpu: float
    peak: float
    load: float
    told: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where the files are and how they are measured. `peers`: how often frictionless runs, of `repeat` rounds."""

    folder: Path
    repeat: int
    peers: int

    def table(self, rows: int, bad: float = 0.0) -> Path:
        """The table of so many rows, made unless it is there. Its schema stands beside it."""
        path = self.folder / f"rows-{rows}-bad-{bad:g}.csv"
        if not path.exists():
            if shutil.disk_usage(self.folder).free < 2 * rows * ROW:
                raise click.ClickException(f"{self.folder} has no room for {rows:,} rows")
            words = [sys.executable, str(Path(__file__).with_name("rows.py")), str(path)]
            subprocess.run([*words, "--rows", str(rows), "--bad", str(bad)], check=True)
        return path

    def environment(self) -> dict[str, str]:
        """The environment, in which Python keeps what it compiled, as it does for whoever runs a command twice."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, "PYTHONPYCACHEPREFIX": str(self.folder.absolute() / "compiled")}

    def run(self, words: Sequence[str], out: Path | None = None) -> Run:
        """Runs a command in the folder to its end. Raises ClickException where it breaks."""
        load, kept = os.getloadavg()[0], out or self.folder / "printed"
        with kept.open("wb") as printed:
            begun = time.perf_counter()
            process = subprocess.Popen(
                words, cwd=self.folder, env=self.environment(), stdout=printed, stderr=subprocess.DEVNULL
            )
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise click.ClickException(f"{' '.join(words)} ended with {process.returncode}")
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        told = json.loads(kept.read_bytes())["stats"]["seconds"] if "--json" in words else 0.0
        if out is None:
            kept.unlink()
        cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / unit
        return Run(seconds=seconds, cpu=cpu, peak=peak, load=load, told=told)

    def interleaved(
        self, commands: dict[str, list[str]], run: dict[str, Run] | None = None
    ) -> dict[str, list[Run]]:
        """Each command once a round, one after the other; frictionless until it has run `peers` times.

        `run`: runs of frictionless that count already.
        """
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for name, one in (run or {}).items():
            runs[name].append(one)
        for _ in range(self.repeat):
            for name, words in commands.items():
                if not name.startswith("frictionless") or len(runs[name]) < self.peers:
                    runs[name].append(self.run(words))
        return runs

    def equal(self, path: Path, limit: int) -> tuple[int, Run]:
        """Runs both once and compares their reports; gives how many errors they tell of, and frictionless' run."""
        ours, theirs = self.folder / "ours.json", self.folder / "theirs.json"
        self.run(saphan(path, limit), ours)
        run = self.run(frictionless(path, limit), theirs)
        reports = [timeless(json.loads(one.read_bytes())) for one in (ours, theirs)]
        if reports[0] != reports[1]:
            raise click.ClickException(f"the reports on {path.name} differ: {ours} {theirs}")
        ours.unlink()
        theirs.unlink()
        return reports[0]["stats"]["errors"], run


def saphan(path: Path, limit: int = 1000, *more: str) -> list[str]:
    """Our command."""
    words = [str(BIN / "saphan"), "validate", path.name, "--schema", "schema.json", *(more or ("--json",))]
    return [*words, "--limit-errors", str(limit)]


def frictionless(path: Path, limit: int = 1000, *more: str) -> list[str]:
    """frictionless' command."""
    words = [str(BIN / "frictionless"), "validate", path.name, "--schema", "schema.json", *(more or ("--json",))]
    return [*words, "--limit-errors", str(limit)]


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    """A report without the seconds that it took."""
    for part in (report, *report["tasks"]):
        del part["stats"]["seconds"]
    return report


def median(runs: Sequence[Run], what: Callable[[Run], float] = lambda run: run.seconds) -> float:
    """Of several runs, the middle one's figure: its wall seconds unless asked otherwise."""
    return statistics.median(map(what, runs))


def tell(runs: dict[str, list[Run]], rows: int) -> None:
    """A table of figures: medians, and in brackets the fastest and the slowest run."""
    click.echo(f"  {'':<26}{'wall s':>9}{'(min – max)':>19}{'rows/s':>12}{'CPU s':>9}{'peak MB':>9}{'load':>6}")
    for name, some in runs.items():
        seconds = [run.seconds for run in some]
        span = f"({min(seconds):.2f} – {max(seconds):.2f})"
        wall, load = median(some), median(some, lambda run: run.load)
        cpu, peak = median(some, lambda run: run.cpu), max(run.peak for run in some)
        click.echo(
            f"  {f'{name} ×{len(some)}':<26}{wall:>9.2f}{span:>19}{rows / wall:>12,.0f}"
            f"{cpu:>9.2f}{peak:>9.0f}{load:>6.1f}"
        )


def ratio(what: str, value: float, wanted: float, at_least: bool) -> None:
    """A ratio beside what is wanted of it."""
    good = value >= wanted if at_least else value <= wanted
    bound = "at least" if at_least else "at most"
    click.echo(f"  {what}: {value:.2f} ({bound} {wanted:g} wanted: {'holds' if good else 'FALLS SHORT'})")


@contextmanager
def bench(folder: Path | None, repeat: int, peers: int) -> Iterator[Bench]:
    """The bench, in a folder that stays or in one that is taken away; first a line on the machine."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("saphan", "frictionless", "polars"))
    click.echo(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}")
    click.echo(f"rounds: {repeat}, frictionless in {min(peers, repeat)} of them; medians")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield Bench(folder=folder, repeat=repeat, peers=peers)
        return
    with tempfile.TemporaryDirectory(prefix="saphan-bench-") as spare:
        yield Bench(folder=Path(spare), repeat=repeat, peers=peers)


def options(rows: int, repeat: int, peers: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options that the commands share, with a command's own defaults."""
    made = (
        click.option("--rows", default=rows, show_default=True),
        click.option("--repeat", default=repeat, show_default=True, help="Rounds."),
        click.option("--peers", default=peers, show_default=True, help="Rounds that frictionless takes part in."),
        click.option("--folder", type=click.Path(path_type=Path), help="Keep the files here.  [default: nowhere]"),
    )

    def add(function: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(made):
            function = option(function)
        return function

    return add


@click.group()
def main() -> None:
    """Measure `saphan validate` beside frictionless and polars."""


@main.command()
@options(rows=2_000_000, repeat=5, peers=1)
def speed(rows: int, repeat: int, peers: int, folder: Path | None) -> None:
    """No bad row, then 0.1 %: rows a second beside frictionless', seconds beside polars' parse to strings."""
    with bench(folder, repeat, peers) as on:
        for bad, limit, wanted in ((0.0, 1000, 40), (0.001, 0, 20)):
            path = on.table(rows, bad)
            size = path.stat().st_size / 1e6
            click.echo(f"\n{rows:,} rows, {size:,.0f} MB, {bad:.1%} bad, error limit {limit or 'none'}")
            errors, once = on.equal(path, limit)
            click.echo(f"  reports are equal: {errors:,} errors")
            parse = [sys.executable, "-c", PARSE, path.name]
            commands = {"saphan": saphan(path, limit), "polars": parse, "frictionless": frictionless(path, limit)}
            runs = on.interleaved(commands, {"frictionless": once})
            tell(runs, rows)
            ours = median(runs["saphan"])
            told = {name: median(some, lambda run: run.told) for name, some in runs.items()}
            theirs = told["frictionless"] / told["saphan"]
            click.echo(f"  seconds in the reports: {told['saphan']:.2f} and {told['frictionless']:.2f}")
            ratio("rows a second of validation, times frictionless'", theirs, wanted, True)
            ratio(
                "rows a second of the process, times frictionless'",
                median(runs["frictionless"]) / ours,
                wanted,
                True,
            )
            if not bad:
                ratio("time, times polars' parse", ours / median(runs["polars"]), 3, False)


@main.command()
@options(rows=100_000, repeat=5, peers=5)
@click.option("--share", "shares", multiple=True, type=float, help="0 to 1; several are allowed.")
def shares(rows: int, repeat: int, peers: int, folder: Path | None, shares: tuple[float, ...]) -> None:
    """Time beside frictionless' at shares of bad rows from none to all, with an error limit and with none."""
    with bench(folder, repeat, peers) as on:
        head = f"{'bad':>7}{'limit':>7}{'errors':>10}{'saphan s':>10}{'frictionless s':>16}"
        click.echo(f"\n{rows:,} rows\n  {head}{'ratio':>7}{'peak MB':>16}{'load':>6}")
        worst = 0.0
        for share in shares or SHARES:
            for limit in (1000, 0):
                path = on.table(rows, share)
                errors, _ = on.equal(path, limit)
                runs = on.interleaved({"saphan": saphan(path, limit), "frictionless": frictionless(path, limit)})
                ours, theirs = median(runs["saphan"]), median(runs["frictionless"])
                worst = max(worst, ours / theirs)
                peaks = " / ".join(f"{max(run.peak for run in some):.0f}" for some in runs.values())
                load = median(runs["saphan"], lambda run: run.load)
                figures = f"{share:>7.1%}{limit or 'none':>7}{errors:>10,}{ours:>10.2f}{theirs:>16.2f}"
                click.echo(f"  {figures}{ours / theirs:>7.2f}{peaks:>16}{load:>6.1f}")
        ratio("time, times frictionless', the worst", worst, 1.05, False)


@main.command()
@options(rows=2_000_000, repeat=1, peers=0)
@click.option("--times", default=10, show_default=True, help="How many times as large the second file is.")
def memory(rows: int, repeat: int, peers: int, folder: Path | None, times: int) -> None:
    """Peak memory on a file and on one that is ten times as large."""
    with bench(folder, repeat, peers) as on:
        for count in (rows, rows * times):
            path = on.table(count)
            click.echo(f"\n{count:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
            runs = on.interleaved({"saphan": saphan(path)})
            tell(runs, count)
            ratio("peak memory, MB", max(run.peak for run in runs["saphan"]), 400, False)
            if not folder:
                path.unlink()


@main.command()
@options(rows=1000, repeat=21, peers=21)
def small(rows: int, repeat: int, peers: int, folder: Path | None) -> None:
    """Time beside frictionless' on a small file, as most files are: for people, and as JSON."""
    with bench(folder, repeat, peers) as on:
        path = on.table(rows)
        click.echo(f"\n{rows:,} rows; reports are equal: {on.equal(path, 1000)[0]:,} errors")
        commands = {"saphan --json": saphan(path), "frictionless --json": frictionless(path)}
        commands |= {
            "saphan": saphan(path, 1000, "--lang", "th"),
            "frictionless": frictionless(path, 1000, "--trusted"),
        }
        runs = on.interleaved(commands)
        tell(runs, rows)
        for kind in ("", " --json"):
            value = median(runs[f"saphan{kind}"]) / median(runs[f"frictionless{kind}"])
            ratio(f"time, times frictionless'{kind and f' ({kind.strip()})'}", value, 1.1, False)


if __name__ == "__main__":
    main()
