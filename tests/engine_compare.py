"""frictionless' own verdict beside the engine's: report, words, order, and what a resource then holds."""

from __future__ import annotations

import pickle
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from polars.exceptions import PanicException

from pipelines import engine

ABSENT = "(absent)"
Make = Callable[[], Any]
"""Gives a fresh Resource or Package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a comparison showed.

    `kind`: equal, raises (both, with the same words), refused (no subject: `plain` says why) or different.
    `where`: the first place that differs, `plain` and `fast` what stands there.
    """

    kind: str
    where: str = ""
    plain: str = ""
    fast: str = ""
    ways: tuple[engine.Way, ...] = ()

    @property
    def sort(self) -> str:
        """The place without its numbers: differences of one sort have mostly one cause."""
        return re.sub(r"\d+", "#", self.where)


class Serial:
    """Blocks one after the other, in the caller's thread."""

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """The results, in order."""
        return map(function, items)


class Ahead:
    """Up to four blocks at once, finished before the first result is given."""

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """The results, in order."""
        left = iter(items)
        with ThreadPoolExecutor(4) as pool:
            while together := list(islice(left, 4)):
                yield from list(pool.map(function, together))


class Pickled:
    """As over a wire: the function, every item and every result are pickled."""

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """The results, in order."""
        sent = pickle.dumps(function)
        for item in items:
            got: Any = pickle.loads(pickle.dumps(item))  # noqa: S301 - our own, a line above
            yield pickle.loads(pickle.dumps(pickle.loads(sent)(got)))  # noqa: S301


SPREADS: dict[str, type[Any]] = {"serial": Serial, "ahead": Ahead, "pickled": Pickled}


@contextmanager
def knobs(values: dict[str, int]) -> Iterator[None]:
    """The engine with other sizes, so that a few lines are many blocks."""
    from pipelines.engine import limits

    before = {name: getattr(limits, name) for name in values}
    try:
        for name, value in values.items():
            setattr(limits, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(limits, name, value)


@contextmanager
def context(values: dict[str, Any]) -> Iterator[None]:
    """frictionless' system with other settings; put back whatever happens (its own are not)."""
    from frictionless import system

    before = {name: getattr(system, name) for name in values}
    try:
        for name, value in values.items():
            setattr(system, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(system, name, value)


def compare(
    make: Make,
    *,
    limit: int = 1000,
    spread: str = "",
    twice: bool = False,
    judge: Callable[..., Any] = engine.judge,
) -> Verdict:
    """Judges two fresh subjects, one by frictionless, one by the engine, and compares all that can be seen."""
    try:
        plain, fast = make(), make()
    except Exception as error:  # noqa: BLE001 - frictionless refuses the descriptor, or rows that a caller reads before
        return Verdict(kind="refused", plain=str(error))
    ways: tuple[engine.Way, ...] = ()
    seen: list[engine.Progress] = []
    for turn in range(1 + twice):
        expected = _plain(plain, limit)
        try:
            judged = judge(
                fast, limit_errors=limit, spread=SPREADS[spread]() if spread else None, progress=seen.append
            )
        except engine.JudgeFailed as error:
            got: Any = {"raises": error.error, "words": error.words}
        except (Exception, PanicException):  # noqa: BLE001 - whatever the engine raises is a difference to be told
            told = traceback.format_exc(limit=-4)
            where = f"crash: {told.splitlines()[-1][:80]}"
            return Verdict(kind="different", where=where, plain=_short(expected), fast=told)
        else:
            got = {"report": readable(judged.report.to_descriptor()), "state": states(fast)}
            ways = judged.ways
            got["ways"] = _ways(fast, ways)
            got["progress"] = _progress(seen)
        if ("raises" in expected) != ("raises" in got):
            where = f"raises: {expected.get('raises', 'no')} / {got.get('raises', 'no')}"
            return Verdict(kind="different", where=where, plain=_short(expected), fast=_short(got), ways=ways)
        found = difference(expected, got, f"turn{turn}" if turn else "")
        if found:
            where, one, other = found
            return Verdict(kind="different", where=where, plain=one, fast=other, ways=ways)
        if "raises" in expected:
            return Verdict(kind="raises", ways=ways)
    return Verdict(kind="equal", ways=ways)


def _plain(subject: Any, limit: int) -> Any:
    try:
        report = subject.validate(limit_errors=limit)
    except Exception as error:  # noqa: BLE001 - frictionless raises what a bound or an enum makes Python raise
        return {"raises": type(error).__name__, "words": str(error)}
    return {"report": readable(report.to_descriptor()), "state": states(subject), "ways": "", "progress": ""}


def _short(outcome: Any) -> str:
    """A report or what was raised, in a line."""
    if "raises" in outcome:
        return f"{outcome['raises']}: {outcome['words']}"
    errors = [error["message"] for task in outcome["report"]["tasks"] for error in task["errors"]]
    return f"a report with {len(errors)} errors, first {errors[:2]}"


def _resources(subject: Any) -> list[Any]:
    return list(subject.resources) if hasattr(subject, "resources") else [subject]


def _ways(subject: Any, ways: tuple[engine.Way, ...]) -> str:
    """What is wrong with the ways that the engine tells, or nothing."""
    if [way.resource for way in ways] not in ([one.name or "" for one in _resources(subject)], []):
        return f"ways of {[way.resource for way in ways]}"
    for way in ways:
        if way.sifted != (way.because is None):
            return f"{way.resource}: sifted {way.sifted}, because {way.because}"
        if not 0 <= way.judged <= way.rows:
            return f"{way.resource}: judged {way.judged} of {way.rows}"
    return ""


def _progress(seen: list[engine.Progress]) -> str:
    """What is wrong with the progress that the engine tells, or nothing."""
    for one in seen:
        if one.bytes < 0 or (one.of is not None and one.bytes > one.of):
            return f"{one.bytes} of {one.of}"
    return ""


def states(subject: Any) -> Any:
    """What the caller's resources hold after the judgement."""
    return [readable(_state(one)) for one in _resources(subject)]


def _state(resource: Any) -> dict[str, Any]:
    stats = resource.stats
    state: dict[str, Any] = {
        "descriptor": resource.to_descriptor(),
        "stats": {name: getattr(stats, name) for name in ("md5", "sha256", "bytes", "fields", "rows")},
        "encoding": resource.encoding,
        "innerpath": resource.innerpath,
        "closed": getattr(resource, "closed", None),
    }
    for name in ("labels", "header"):
        try:
            state[name] = list(getattr(resource, name))
        except Exception:  # noqa: BLE001 - never opened, or no table
            state[name] = None
    if state["header"] is not None:
        state["header-errors"] = [error.to_descriptor() for error in resource.header.errors]
    return state


def readable(value: Any) -> Any:
    """The value with every scalar as its type and text, and without `stats.seconds`: comparable to a digit."""
    if isinstance(value, dict):
        timed = "seconds" in value and ("errors" in value or "tasks" in value)
        return {str(name): readable(one) for name, one in value.items() if not (timed and name == "seconds")}
    if isinstance(value, list | tuple):
        return [readable(one) for one in value]
    return value if isinstance(value, str) else f"<{type(value).__name__}> {value!r}"


def difference(plain: Any, fast: Any, where: str = "") -> tuple[str, str, str] | None:
    """The first place where two readable values differ (the order of keys counts), and what stands there."""
    if isinstance(plain, dict) and isinstance(fast, dict):
        for name in [*plain, *(name for name in fast if name not in plain)]:
            found = difference(plain.get(name, ABSENT), fast.get(name, ABSENT), f"{where}.{name}".strip("."))
            if found:
                return found
        if list(plain) != list(fast):
            return f"{where} (order)", str(list(plain)), str(list(fast))
        return None
    if isinstance(plain, list) and isinstance(fast, list):
        for number, (one, other) in enumerate(zip(plain, fast, strict=False)):
            found = difference(one, other, f"{where}.{number}")
            if found:
                return found
        if len(plain) != len(fast):
            longer, at = (plain, "plain") if len(plain) > len(fast) else (fast, "fast")
            return (
                f"{where} (length)",
                str(len(plain)),
                f"{len(fast)}; {at} has {longer[min(len(plain), len(fast))]}",
            )
        return None
    return None if plain == fast and type(plain) is type(fast) else (where, str(plain), str(fast))
