"""The judge: frictionless' own `validate`, fed by the sift."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pipelines.engine.spread import Spread

if TYPE_CHECKING:
    import frictionless

    from pipelines.engine.feed import Feed


class JudgeFailed(Exception):  # noqa: N818 - callers make a Finding of it
    """frictionless raised out of its validation. `error`: the exception's class; `words`: its text."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(f"{error}: {words}")
        self.error = error
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a resource was judged: `rows` were read, `judged` of them went through frictionless' row machinery.

    `because` says why the sift was not used, where it was not: `small`, `soon` (the limit of errors is near),
    `format` (no CSV), `remote`, `compressed`, `encoding`, `dialect`, `newlines`, `quotes` (a record without an
    end), `csv`, `fields` (there are none), `keys` (unique values that cannot be compared), `raises`, `unsound`.
    """

    resource: str
    sifted: bool
    because: str | None
    rows: int
    judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a file has been read, in bytes."""

    resource: str
    bytes: int
    of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """frictionless' report, and the way each resource went."""

    report: frictionless.Report
    ways: tuple[Way, ...]


def judge(
    subject: frictionless.Resource | frictionless.Package,
    *,
    limit_errors: int = 1000,
    spread: Spread | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Judgement:
    """Validates a resource or a package as frictionless does. Raises JudgeFailed where frictionless raises."""
    from pipelines.engine.feed import Unsound

    try:
        try:
            return _judge(subject, limit_errors, spread, progress)
        except Unsound:
            return _alone(subject, limit_errors)
    except Exception as error:
        raise JudgeFailed(type(error).__name__, str(error)) from error


def _alone(subject: Any, limit_errors: int) -> Judgement:
    """frictionless by itself: it stops elsewhere than the sift had foreseen."""
    copy = subject.to_copy()
    report = copy.validate(limit_errors=limit_errors)
    for one, other in zip(_resources(subject), _resources(copy), strict=True):
        one.stats = other.stats
    return Judgement(report=report, ways=tuple(_way(one, None, "unsound") for one in _resources(subject)))


def _judge(subject: Any, limit_errors: int, spread: Spread | None, progress: Any) -> Judgement:
    from frictionless.resources import TableResource

    from pipelines.engine.feed import FedResource, Feed

    feeds: dict[int, Feed] = {}
    fed = [one for one in _resources(subject) if type(one) is TableResource]
    for one in fed:
        name = one.name or ""
        feeds[id(one)] = Feed(spread, partial(_told, progress, name) if progress else None)
        one.__dict__["feed"] = feeds[id(one)]
        one.__class__ = FedResource
    try:
        report = subject.validate(limit_errors=limit_errors)
    finally:
        for one in fed:
            del one.__dict__["feed"]
            one.__class__ = TableResource
    ways = [_way(one, feeds.get(id(one))) for one in _resources(subject)]
    return Judgement(report=report, ways=tuple(ways))


def _resources(subject: Any) -> list[Any]:
    return list(subject.resources) if hasattr(subject, "resources") else [subject]


def _told(progress: Callable[[Progress], None], resource: str, read: int, size: int) -> None:
    progress(Progress(resource=resource, bytes=read, of=size))


def _way(resource: Any, feed: Feed | None, because: str | None = None) -> Way:
    rows = resource.stats.rows or 0
    if feed is None:
        return Way(resource=resource.name or "", sifted=False, because=because or "format", rows=rows, judged=rows)
    return Way(
        resource=resource.name or "",
        sifted=feed.sifted,
        because=None if feed.sifted else feed.because or "small",
        rows=rows,
        judged=feed.judged,
    )


@contextmanager
def trusted(given: bool) -> Iterator[None]:
    """Lets frictionless read a path that is absolute or leads upwards, where a person has given it."""
    import frictionless

    before, frictionless.system.trusted = frictionless.system.trusted, given
    try:
        yield
    finally:
        frictionless.system.trusted = before
