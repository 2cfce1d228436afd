"""Slices of tables on Dask: workers of this machine, or those of a scheduler that is there.

A slice is held where it was made. What a lost worker held is made again from the source, by the same functions.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import uuid4

from metadata.errors import SetupError
from pipelines import bench
from pipelines.bench import Bench, Held, Here

A = TypeVar("A")
B = TypeVar("B")
Client = Any
"""A `distributed.Client`, which has no types of its own."""
ENGINES = ("local", "dask", "dask=tcp://…")
"""What may be asked for."""
PATIENCE = 15.0
"""Seconds to wait for a scheduler and its first worker."""
MEASURED = ("python", "saphan", "polars", "pandas", "numpy", "dask", "distributed")
"""What must be the same everywhere: the bytes of a release come from it."""


@contextmanager
def opened(engine: str) -> Iterator[Bench]:
    """The bench that an engine's name asks for, closed when the block ends, however it ends.

    Raises SetupError `engine-unknown`, `engine-missing` (Dask is not installed), `engine-unreachable`,
    `engine-idle` (a scheduler without workers), `engine-versions`.
    """
    name, _, url = engine.partition("=")
    if engine == "local":
        yield Here()
        return
    if name != "dask" or (url and "://" not in url) or engine.endswith("="):
        raise SetupError("engine-unknown", engine=engine, known=list(ENGINES))
    try:
        dask: Any = import_module("distributed")
    except ImportError as error:
        raise SetupError("engine-missing") from error
    config: Any = import_module("dask.config")
    connected = _remote(dask, url) if url else _local(dask)
    with config.set(_CONFIG), _quiet(), connected as client:
        # what a Ctrl-C leaves unfinished is no news
        client.loop.asyncio_loop.set_exception_handler(lambda loop, context: None)
        yield Cluster(client)


_CONFIG = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.nanny.http.routes": [],
    "distributed.admin.large-graph-warning-threshold": "1TB",
    "distributed.worker.profile.enabled": False,
}
"""Nothing is shown over HTTP; a table that was read here may be sent in its slices."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what Dask tells its developers: what matters to a steward is raised."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    levels = {name: logging.getLogger(name).level for name in ("distributed", *names)}
    for name in levels:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"distributed\b.*")
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


@contextmanager
def _local(dask: Any) -> Iterator[Client]:
    """Worker processes of this machine, one a core, which nobody else can reach."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with (
        TemporaryDirectory(prefix="saphan-") as spare,
        dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            security=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL + 1,
            local_directory=spare,
            preload=["pipelines.cluster"],
            env={"POLARS_MAX_THREADS": "1"},
        ) as cluster,
        dask.Client(cluster, set_as_default=False) as client,
    ):
        try:
            yield client
        finally:
            _end(cluster)


def _end(cluster: Any) -> None:
    """Ends the workers at once, whatever they are at: nothing they hold is wanted any more."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        if nanny.pid:
            with suppress(OSError):
                os.kill(nanny.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def dask_setup(worker: Any) -> None:
    """Called by Dask in each worker process of ours: Ctrl-C is told to whoever started it."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _remote(dask: Any, url: str) -> Iterator[Client]:
    try:
        client = dask.Client(url, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise SetupError("engine-unreachable", url=url, reason=type(error).__name__) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise SetupError("engine-idle", url=url) from error
        _check_versions(client, url)
        yield client


def _check_versions(client: Client, url: str) -> None:
    """Raises SetupError `engine-versions`."""
    ours = versions()
    try:
        found = client.run(versions, on_error="return")
    except Exception as error:
        raise SetupError("engine-unreachable", url=url, reason=type(error).__name__) from error
    differing = {
        f"{name} {theirs.get(name) if isinstance(theirs, dict) else '?'} ({ours[name]})"
        for theirs in found.values()
        for name in ours
        if not isinstance(theirs, dict) or theirs.get(name) != ours[name]
    }
    if differing:
        raise SetupError("engine-versions", url=url, differing=sorted(differing))


def versions() -> dict[str, str]:
    """What the bytes of a release come from, in this process."""
    import platform
    from importlib.metadata import version

    known = {"python": platform.python_version(), "saphan": _code()}
    return known | {name: version(name) for name in MEASURED if name not in known}


@cache
def _code() -> str:
    """Our version, and a hash of the code that a worker runs: a number is not changed with every change."""
    import hashlib
    from importlib.resources import as_file, files

    import metadata

    digest = hashlib.sha256()
    for package in ("metadata", "pipelines"):
        with as_file(files(package)) as folder:
            for path in sorted(folder.rglob("*.py")):
                digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return f"{metadata.__version__}+{digest.hexdigest()[:12]}"


def _run(function: Callable[..., Any], item: Any, **same: Any) -> Any:
    """On a worker: what a function gives. An error that cannot travel is told by its name."""
    result = bench.tried(function, item, **same)
    if isinstance(result, bench.Failed):
        try:
            pickle.loads(pickle.dumps(result.error))  # noqa: S301 - our own
        except Exception:  # noqa: BLE001 - whatever keeps it from travelling
            return bench.Failed(RuntimeError(type(result.error).__name__))
    return result


class Cluster:
    """A Dask client as a bench: functions run on its workers; what they give stays there until it is brought."""

    alone = False

    def __init__(self, client: Client, *, block: int = bench.BLOCK, rows: int = bench.ROWS) -> None:
        self.client = client
        self.block = block
        self.rows = rows
        self.workers = max(1, len(client.nthreads()))
        self._name = uuid4().hex
        self._tasks = 0

    def each(self, function: Callable[..., Any], items: Sequence[Held], **same: Any) -> list[Held]:
        """The function of each item; the results are held."""
        return [self._begin(function, item, same) for item in items]

    def one(self, function: Callable[..., Any], items: Sequence[Held], **same: Any) -> Held:
        """The function of all items as one list; the result is held."""
        return self._begin(function, list(items), same)

    def fetch(self, held: Iterable[Held]) -> Iterator[Any]:
        """What is held, in order, some ahead; a Failed where a function raised."""
        rest = iter(held)
        while ahead := list(islice(rest, 2 * self.workers)):
            yield from self._gathered(ahead)

    def bring(self, held: Iterable[Held]) -> Iterator[Any]:
        """What is held, in order, some ahead."""
        return map(bench.given, self.fetch(held))

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The results, in order; a few are begun before they are asked for."""
        rest = iter(items)
        begun = deque(self._begin(function, item, {}) for item in islice(rest, 2 * self.workers))
        while begun:
            (result,) = self._gathered([begun.popleft()])
            begun += [self._begin(function, item, {}) for item in islice(rest, 1)]
            yield bench.given(result)

    def _begin(self, function: Callable[..., Any], item: Held, same: Mapping[str, Any]) -> Any:
        self._tasks += 1
        name = getattr(getattr(function, "func", function), "__name__", "task")
        key = f"saphan-{name}-{self._name}-{self._tasks}"
        return self.client.submit(_run, function, item, key=key, pure=False, **same)

    def _gathered(self, held: Sequence[Held]) -> list[Any]:
        """Raises SetupError `engine-lost`, `engine-crashed`."""
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            return list(self.client.gather(list(held)))
        except KilledWorker as error:
            raise SetupError("engine-crashed") from error
        except (CancelledError, CommClosedError) as error:
            raise SetupError("engine-lost") from error
