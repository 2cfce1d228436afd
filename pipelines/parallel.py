"""Several files, and several resources of a package, judged at the same time: each in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metadata.errors import SetupError
from pipelines.engine import Progress, trusted
from pipelines.verdict import Asked, Verdict, Watch, described, folder, join, subject_of, verdict

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

SIFTED, OTHER = 64 << 20, 4 << 20
"""From how many bytes on a file is worth a process, which takes a second of a core to start: CSV and TSV, whose
blocks are sifted on several cores anyway; and what frictionless reads by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file, or one resource of a package; `path` is what is read."""

    file: str
    number: int | None
    path: Path

    @property
    def bytes(self) -> int:
        """The size; 0 where it is no file."""
        try:
            return self.path.stat().st_size if self.path.is_file() else 0
        except OSError:
            return 0

    @property
    def large(self) -> bool:
        """Whether it is worth a process."""
        return self.bytes >= (SIFTED if self.path.suffix.lower() in (".csv", ".tsv") else OTHER)


def verdicts(files: Sequence[str], asked: Asked, watch: Watch | None = None) -> Iterator[Verdict]:
    """Judges files, in the order given.

    Raises SetupError `schema-unused` where a description of data is to be judged by something else than it names.
    """
    if asked.own:
        for file in files:
            if folder(file) or described(file):
                raise SetupError("schema-unused", file=file)
    parts = {file: _parts(file, asked) for file in files}
    large = [part for some in parts.values() for part in some if part.large]
    workers = min(len(large), os.cpu_count() or 1)
    if workers < 2:
        yield from (verdict(file, asked, watch) for file in files)
        return
    with _processes(workers) as pool:
        with _unheard():
            begun = {part: pool.submit(verdict, part.file, asked, None, part.number) for part in large}
        for file in files:
            yield _whole([_result(begun.get(part), part, asked, watch) for part in parts[file]])


def _parts(file: str, asked: Asked) -> list[Part]:
    """A file; a package with two large resources or more as its resources."""
    import frictionless

    alone = [Part(file=file, number=None, path=Path(file))]
    if not (described(file) or folder(file)):
        return alone
    with trusted(not described(file)):
        try:
            package = subject_of(file, asked)
            if not isinstance(package, frictionless.Package):
                return alone
            package.to_descriptor(validate=True)
            paths = [Path(one.normpath or "") for one in package.resources]
        except Exception:  # noqa: BLE001 - it is told when the file is judged
            return alone
    parts = [Part(file=file, number=number, path=path) for number, path in enumerate(paths)]
    return parts if sum(part.large for part in parts) > 1 else alone


def _whole(parts: Sequence[Verdict]) -> Verdict:
    """The verdict on a file from those on its parts."""
    if len(parts) == 1:
        return parts[0]
    reports = [part.report for part in parts if part.report is not None]
    return Verdict(
        file=parts[0].file,
        exit=max(part.exit for part in parts),
        tables=tuple(table for part in parts for table in part.tables),
        findings=tuple(finding for part in parts for finding in part.findings),
        ways=tuple(way for part in parts for way in part.ways),
        report=join(reports) if reports else None,
        failed=next((part.failed for part in parts if part.failed), None),
    )


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Processes that end with the block; at once where it is left early (Ctrl-C)."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_hear_only_us)
    try:
        yield pool
    except BaseException:
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _unheard() -> Iterator[None]:
    """Ctrl-C waits until the block ends. Processes begun in it never hear it: it is ours to end them."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield  # Windows: a process that is just starting may say that it was stopped
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _hear_only_us() -> None:
    """A worker leaves Ctrl-C to the process it works for; told to end, it takes its files away first."""
    import signal
    import sys

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))


def _result(begun: Future[Verdict] | None, part: Part, asked: Asked, watch: Watch | None) -> Verdict:
    """What was found in a part; where its process was killed, or none was worth it, it is judged here."""
    from concurrent.futures.process import BrokenProcessPool

    if begun is None:
        return verdict(part.file, asked, watch, part.number)
    try:
        found = begun.result()
    except BrokenProcessPool:
        return verdict(part.file, asked, watch, part.number)
    if watch:
        watch(Progress(resource=str(part.path), bytes=part.bytes, of=part.bytes))
    return found
