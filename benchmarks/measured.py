"""What the benchmarks share: a process measured from its start to its end, and a folder that stays or does not."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click


def measured(words: Sequence[str], *, errors: int | None = None) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and the peak memory in MB (of the largest) of a process and those it started.

    `errors`: where its standard error goes, as `subprocess` takes it.
    """
    begun = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=errors)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        raise click.ClickException(f"{' '.join(words)} ended with {code}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


@contextmanager
def kept(folder: Path | None) -> Iterator[Path]:
    """A folder that stays, or one that does not."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="saphan-bench-") as spare:
        yield Path(spare)
