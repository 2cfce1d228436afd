"""Where blocks are sifted: threads of this process, or the workers of a cluster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Spread(Protocol):
    """Something that applies a function to items, lazily, the results in the items' order."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The results, in order. A function's exception is raised where its result would stand."""
        ...


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Threads:
    """Threads of this process, one for each core: polars and numpy work outside the interpreter's lock."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The results, in order; no more than two items beyond the threads wait in memory."""
        many = cores()
        waiting: deque[Future[B]] = deque()
        pool = ThreadPoolExecutor(max_workers=many, thread_name_prefix="sift")
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > many + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
