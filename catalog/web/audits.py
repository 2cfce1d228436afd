"""Audits of our own catalog that the server keeps: one for strangers, one for each way of seeing more.

An audit lasts until somebody writes or the day in Thailand ends. While a newer one is made, strangers see the old
one, without the datasets that have changed since.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from catalog.actions.context import ANYONE
from catalog.web.shelf import Once, Shelf
from metadata import clock
from metadata.errors import SaphanError

if TYPE_CHECKING:
    from catalog.actions.context import Actor
    from catalog.audit.audited import Derived
    from catalog.audit.fixing.fixes import Fix
    from catalog.audit.report.view import Report
    from catalog.audit.run import Audit, Look, Terms
    from catalog.audit.sources import OfPortal
    from catalog.portal.local import LocalPortal
    from metadata.wording import Language

MOST = 8
"""Audits kept by a process; those asked for longest ago go first."""
QUICK = 1.0
"""Seconds: what takes longer is not made anew as soon as it is out of date."""
REST = 5
"""Times as long as it took, until it is made again."""
EDITION = "gdc-2.2.4"
"""Of the standard, where nobody says otherwise."""
FIXED = 300
"""Datasets of which the fixes are looked for with the audit; of more, dataset by dataset as they are asked for."""
WHOSE = ("by", "note")
"""Of an answer, what is for those who may log in; the file, its hash, the day and the position are evidence."""
LANGUAGES: tuple[Language, ...] = ("th", "en")
BLOCK = 500
"""Names looked for at a time."""
Key = tuple[Any, ...]
State = Literal["fresh", "stale", "making", "failed"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An audit that is kept. `heads`: its document in each language, without the datasets."""

    mark: str
    actor: Actor
    report: Report
    heads: Mapping[str, Mapping[str, Any]] = field(hash=False)
    shelf: Shelf
    written: Once = field(default_factory=Once, hash=False)
    """What is made of it for who asks."""
    worst: Sequence[str]
    """Names, those first in which most is wrong."""
    until: float
    """When, by the monotonic clock, it may be made again."""

    @property
    def public(self) -> bool:
        """Whether it holds nothing but what everybody may see."""
        return is_stranger(self.actor)

    @property
    def tag(self) -> str:
        """What is another for another audit."""
        return f"{self.report.at} {self.mark}"

    def still(self, portal: LocalPortal, names: Collection[str]) -> set[str]:
        """Which of these may be shown: all while nothing was written, then those that have not changed."""
        if self.mark == mark(portal):
            return set(names)
        if not self.public:
            return set()
        now = modified(portal, names)
        return {name for name in names if now.get(name) == self.shelf.index[name].modified}


class Audits:
    """Finds the audit for who asks, and has it made where there is none.

    `terms`: by what is judged now (default: the packs and the edition that come with saphan). `looks`: what sees
    more than the records. `derived`: what remembers the facts of the public records that have not changed.
    """

    def __init__(
        self,
        portal: LocalPortal,
        terms: Callable[[], Terms] | None = None,
        looks: Callable[[], Sequence[Look]] = tuple,
        derived: Callable[[], contextlib.AbstractContextManager[Derived | None]] = contextlib.nullcontext,
    ) -> None:
        self.portal, self.looks, self.derived = portal, looks, derived
        self.terms = terms or by_default
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._making: dict[Key, asyncio.Future[Kept]] = {}
        self._turn = threading.Lock()

    async def find(self, actor: Actor, patience: float) -> tuple[Kept | None, State]:
        """The audit of what the actor may see, after `patience` seconds at most, and how it stands."""
        from starlette.concurrency import run_in_threadpool

        key = key_of(actor)
        now = await run_in_threadpool(mark, self.portal)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            if kept.mark == now:
                return kept, "fresh"
        making = self._making.get(key)
        if making is None and (kept is None or time.monotonic() >= kept.until):
            making = self._begin(key, actor)
        if making is not None:
            await asyncio.wait({making}, timeout=patience)
            if making.done():
                return (None, "failed") if making.exception() else (making.result(), "fresh")
        # what a member may see can have changed with the catalogue: only strangers are shown the old one
        return (kept, "stale") if kept is not None and kept.public else (None, "making")

    def _begin(self, key: Key, actor: Actor) -> asyncio.Future[Kept]:
        """Has an audit made in a thread of its own, which no end of the server waits for."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Kept] = loop.create_future()
        self._making[key] = future
        future.add_done_callback(lambda done: self._ended(key, done))

        def settle(result: Kept | None, error: BaseException | None) -> None:
            if not future.done():
                future.set_exception(error) if error else future.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            result: Kept | None = None
            error: BaseException | None = None
            try:
                with self._turn:
                    result = self.made(actor)
            except Exception as raised:  # whoever asks is told that it failed, and the log why
                log.exception("the audit failed")
                error = raised
            with contextlib.suppress(RuntimeError):  # the server has gone meanwhile
                loop.call_soon_threadsafe(settle, result, error)

        threading.Thread(target=work, daemon=True, name="audit").start()
        return future

    def _ended(self, key: Key, done: asyncio.Future[Kept]) -> None:
        self._making.pop(key, None)
        if not done.cancelled() and done.exception() is None:
            self._kept[key] = done.result()
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def made(self, actor: Actor) -> Kept:
        """The audit of what an actor may see, made now."""
        from catalog.audit.run import audit
        from metadata.event import result_of

        begun, before = time.monotonic(), mark(self.portal)
        source, public = self._source(actor), is_stranger(actor)
        with self.derived() if public else contextlib.nullcontext() as kept:
            found = result_of(audit(source, self._terms(public), looks=self.looks(), kept=kept))
        return laid(found, before, actor, begun, self._history() if actor.sysadmin else ())

    def fixes(self, kept: Kept, name: str) -> Sequence[Fix]:
        """What would win a dataset points: as it was found with the audit, else looked for now, of it alone."""
        if kept.report.remedies is not None:
            return kept.report.fixes.get(name, ())
        from catalog.audit.fixing import fixes
        from catalog.audit.run import audit
        from metadata.event import result_of

        try:
            found = result_of(
                audit(self._source(kept.actor), self._terms(kept.public), names=[name], looks=self.looks())
            )
        except SaphanError:  # it has gone meanwhile
            return ()
        return [one for one in fixes.fixes(found) if one.dataset]

    def _terms(self, public: bool) -> Terms:
        """By what is judged; strangers are told neither who answered nor of datasets that they may not see."""
        from catalog.store import published

        terms = self.terms()
        if not public or not terms.declared:
            return terms
        seen = {None, *(name for name, _ in published.names(self.portal.engine))}
        answers = tuple(
            {name: value for name, value in one.items() if name not in WHOSE}
            for one in terms.declared
            if one.get("dataset") in seen
        )
        return replace(terms, declared=answers)

    def _history(self) -> Sequence[Mapping[str, Any]]:
        """The audits that the workspace kept, which count what is private, too."""
        from catalog.audit.overtime.trend import trend
        from catalog.store.audits import Audits as Earlier

        return trend(Earlier(self.portal.engine).whole("local"))

    def _source(self, actor: Actor) -> OfPortal:
        """Our own catalog as somebody sees it."""
        from catalog.audit.sources import OfPortal

        site = self.portal.site
        return OfPortal(
            portal=Seen(self.portal, actor),
            title=site.title or site.url,
            site=site,
            kind="local",
            private=not is_stranger(actor),
        )


GRAVITY = {"error": 10_000, "warning": 100, "note": 1}


def laid(found: Audit, before: str, actor: Actor, begun: float, history: Sequence[Mapping[str, Any]] = ()) -> Kept:
    """An audit laid aside."""
    from catalog.audit.document import head
    from catalog.audit.fixing.fixes import fixes, fixes_json
    from catalog.audit.report.view import report

    looked = fixes(found) if len(found.datasets) <= FIXED else None
    shown = report(found, looked, history)
    faults = {one.name: sum(GRAVITY[finding.severity] for finding in one.findings) for one in shown.datasets()}
    shelf = Shelf(shown.datasets())
    took = time.monotonic() - begun
    return Kept(
        mark=before,
        actor=actor,
        report=replace(shown, datasets=shelf.all),
        heads={lang: head(found, lang, fixes_json(found, lang, looked or ())) for lang in LANGUAGES},
        shelf=shelf,
        worst=sorted(faults, key=lambda name: (-faults[name], name)),
        until=time.monotonic() + (0 if took < QUICK else REST * took),
    )


class Seen:
    """Our own catalog as somebody sees it."""

    def __init__(self, portal: LocalPortal, actor: Actor) -> None:
        self.portal, self.actor = portal, actor

    def call_action(self, name: str, data: Mapping[str, Any] | None = None, files: Any = None) -> Any:
        """As `LocalPortal.call_action`, for that actor."""
        from catalog.actions.refusals import ActionRefused
        from catalog.portal.answers import raise_for

        try:
            return self.portal.answer(name, data, files, actor=self.actor, site=self.portal.site)
        except ActionRefused as refused:
            raise_for(refused.status, refused.error, action=name, portal=self.portal.site.url)


def is_stranger(actor: Actor) -> bool:
    """Whether somebody sees no more than everybody."""
    return not (actor.sysadmin or actor.roles)


def key_of(actor: Actor) -> Key:
    """What those have in common who see the same. All who have no role see what strangers see."""
    if actor.sysadmin:
        return ("all",)
    return (actor.key, tuple(sorted(actor.roles.items()))) if actor.roles else (ANYONE.key,)


def mark(portal: LocalPortal) -> str:
    """What changes with every write to the catalogue, and with the day in Thailand."""
    from catalog.store import published

    return f"{published.mark(portal.engine)} {clock.today()}"


def modified(portal: LocalPortal, names: Collection[str]) -> dict[str, str]:
    """Name → `metadata_modified` of those that anyone may see now."""
    from sqlalchemy import select

    from catalog.store.database import reading
    from catalog.store.published import PUBLIC
    from catalog.store.tables import packages

    found: dict[str, str] = {}
    wanted = list(names)
    with reading(portal.engine) as connection:
        for start in range(0, len(wanted), BLOCK):
            chosen = packages.c.name.in_(wanted[start : start + BLOCK])
            query = select(packages.c.name, packages.c.metadata_modified).where(*PUBLIC, chosen)
            found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def by_default() -> Terms:
    """The newest edition and the packs that come with saphan, by today."""
    from catalog.audit.run import Terms
    from metadata.pack import packs
    from metadata.standard import Standard

    today = clock.today()
    standard = Standard.load(EDITION)
    return Terms(standard=standard, packs=packs(year=clock.fiscal_year(today)), day=today)
