"""The judge: frictionless' own `validate`, fed by the sift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.engine.spread import Spread

if TYPE_CHECKING:
    import frictionless


class JudgeFailed(Exception):  # noqa: N818 - callers make a Finding of it
    """frictionless raised out of its validation. `error`: the exception's class; `words`: its text."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(f"{error}: {words}")
        self.error = error
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a resource was judged: `rows` were read, `judged` of them went through frictionless' row machinery.

    `because` says why the sift was not used, where it was not.
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
    """Validates a resource or a package as frictionless does. Raises JudgeFailed where frictionless itself raises."""
    import frictionless

    try:
        report = subject.validate(limit_errors=limit_errors)
    except Exception as error:
        raise JudgeFailed(type(error).__name__, str(error)) from error
    resources: list[Any] = subject.resources if isinstance(subject, frictionless.Package) else [subject]
    ways = [
        Way(
            resource=one.name or "", sifted=False, because="not-yet", rows=one.stats.rows or 0, judged=one.stats.rows or 0
        )
        for one in resources
    ]
    return Judgement(report=report, ways=tuple(ways))
