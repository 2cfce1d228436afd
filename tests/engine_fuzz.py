"""frictionless' own report for any file and schema: random ones, and what to do with one that differs.

By hand: `python tests/engine_fuzz.py --rounds 10000 [--seed N] [--only SEED:NUMBER|case.json] [--keep FOLDER]`.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine_case import Case
from engine_cases import case
from engine_compare import Verdict, compare, context, knobs
from engine_shrink import shrunk

from pipelines import engine

PATIENCE = 300
"""Seconds after which a case is told as one that hangs."""


class Hangs(BaseException):
    """A case took longer than our patience."""


def run(given: Case, *, judge: Callable[..., Any] = engine.judge) -> Verdict:
    """Writes the case's files into a folder of its own and compares."""
    with (
        tempfile.TemporaryDirectory(prefix="saphan-fuzz-") as folder,
        knobs(given.knobs),
        warnings.catch_warnings(),
        context(given.context),
    ):
        warnings.simplefilter("ignore")
        given.write(Path(folder))
        return compare(
            lambda: given.subject(Path(folder)),
            limit=given.limit,
            spread=given.spread,
            twice=given.twice,
            judge=judge,
        )


def _differs(given: Case, sort: str) -> bool:
    verdict = run(given)
    return verdict.kind == "different" and verdict.sort == sort


def keep(given: Case, made: Verdict, folder: Path) -> Path:
    """Writes a reproduction: the case, its files, and what differs."""
    place = folder / given.name.replace(":", "-")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    given.write(place)
    (place / "case.json").write_text(given.to_json(), "utf-8")
    ways = "\n".join(str(way) for way in made.ways)
    (place / "difference.txt").write_text(
        f"at {made.where}\n\nfrictionless:\n{made.plain}\n\nengine:\n{made.fast}\n\n{ways}\n\n"
        f"python tests/engine_fuzz.py --only {place / 'case.json'}\n",
        "utf-8",
        errors="backslashreplace",
    )
    return place


def main(words: list[str]) -> int:
    """The command. Returns 1 where a case differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first case's number")
    parser.add_argument("--only", help="SEED:NUMBER, or a saved case.json")
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir()) / "saphan-fuzz", help="for failures"
    )
    parser.add_argument("--most", type=int, default=3, help="reproductions kept for each sort of difference")
    given = parser.parse_args(words)
    if given.only:
        one = Path(given.only)
        chosen = [
            Case.from_json(one.read_text("utf-8")) if one.exists() else case(*map(int, given.only.split(":")))
        ]
        cases: Iterator[Case] = iter(chosen)
    else:
        cases = (case(given.seed, number) for number in range(given.start, given.start + given.rounds))
    signal.signal(signal.SIGALRM, _hangs)
    tally: Counter[str] = Counter()
    because: Counter[str] = Counter()
    sorts: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    begun = time.monotonic()
    for number, made in enumerate(cases, start=1):
        signal.alarm(PATIENCE)
        try:
            verdict = run(made)
        except Hangs as error:
            verdict = Verdict(kind="different", where="hangs", fast=str(error))
        except KeyboardInterrupt:
            break
        finally:
            signal.alarm(0)
        tally[verdict.kind] += 1
        for way in verdict.ways:
            because[way.because or "(sifted)"] += 1
            rows["sifted" if way.sifted else "not sifted"] += way.rows
            rows["judged"] += way.judged if way.sifted else 0
        if verdict.kind == "different":
            sorts[verdict.sort] += 1
            print(f"{made.name} DIFFERENT at {verdict.where}")
            print(f"  plain {verdict.plain[:300]}\n  fast  {verdict.fast[:600]}")
            if sorts[verdict.sort] <= given.most and not given.only:
                if verdict.where != "hangs":
                    made = shrunk(made, lambda candidate, sort=verdict.sort: _differs(candidate, sort))
                    verdict = run(made)
                print(f"  kept {keep(made, verdict, given.keep)}", flush=True)
        if number % 250 == 0:
            print(f"{number}: {dict(tally)} {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(f"cases {sum(tally.values())}: {dict(tally)}")
    print(f"ways {sum(because.values())}: {dict(because.most_common())}")
    print(f"rows {dict(rows)}")
    for sort, count in sorts.most_common():
        print(f"  {count} × {sort}")
    return 1 if tally["different"] else 0


def _hangs(*_: object) -> None:
    raise Hangs(f"longer than {PATIENCE} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
