"""Which values of a file changed: compared once for each pair of contents, in a thread of its own, and kept.

A page never waits for it: what is not compared yet is said to be under way. What is kept are counts and names of
columns, no cell; it stands under the contents' hashes, so whoever may not see both files never finds it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.compare import Comparing, NotComparable, keys
from catalog.store.evidence import Stored
from catalog.web.remembered import Remembered
from catalog.wire import KEY
from metadata import clock
from metadata.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.portal.local import LocalPortal

KIND = "rows-2"
"""Under what it is kept. Another number where another program would count otherwise."""
LARGEST = 20 << 20
"""Bytes of a file that is compared unasked: 300,000 rows take a second and a half of CPU and 50 MB."""
ROWS = 20_000
"""Changed rows whose cells are counted."""
COLUMNS = 6
"""Names of columns that are kept, those with the most changes."""
WAITING = 50
"""Pairs that wait to be compared; more are left to the next reader."""
REMEMBERED = 2000
"""Outcomes kept in memory."""
KEYS = 3
"""Keys that are tried before whole rows are compared."""


class Pair(NamedTuple):
    """Two contents of one resource, by SHA-256."""

    resource: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What differs between two contents. `reason`: why they could not be compared, else empty.

    `values`: how many cells of rows with the same key are others, `in_rows` in how many of the `of_rows` rows that
    both have; `more`: at least so many. Without a `key` whole rows were compared: who knows what was corrected?
    """

    reason: str = ""
    key: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    values: int = 0
    in_rows: int = 0
    of_rows: int = 0
    more: bool = False
    columns: tuple[str, ...] = ()
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()

    @property
    def anew(self) -> bool:
        """Whether most rows have other values: rather another period's figures than corrected ones."""
        return self.in_rows * 2 > self.of_rows

    @property
    def only_values(self) -> bool:
        """Whether nothing but values changed."""
        return not (self.reason or self.added or self.removed or self.columns_added or self.columns_removed)


class Compared:
    """Outcomes by pair."""

    def __init__(self, portal: LocalPortal) -> None:
        self.portal = portal
        self._kept = Stored(portal.engine)
        self._known: Remembered[Pair, Outcome] = Remembered(REMEMBERED)
        self._waiting: dict[Pair, None] = {}
        self._busy = False
        self._changed = threading.Condition()

    def find(self, pairs: Iterable[Pair]) -> dict[Pair, Outcome]:
        """What is known of some pairs. Those of which nothing is are compared from now on. Raises StoreError."""
        wanted = list(pairs)
        found = {one: known for one in wanted if (known := self._known.get(one))}
        missing = {_name(one): one for one in wanted if one not in found}
        for name, kept in (self._kept.find(KIND, missing) if missing else {}).items():
            found[missing[name]] = self._known.put(missing[name], _read(kept))
        for pair in missing.values():
            if pair not in found:
                self._begin(pair)
        return found

    def settle(self) -> None:
        """Waits until all that was begun is compared."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy)

    def _begin(self, pair: Pair) -> None:
        with self._changed:
            if len(self._waiting) >= WAITING:
                return
            self._waiting.setdefault(pair)
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._work, name="compared", daemon=True).start()

    def _work(self) -> None:
        """Compares what waits, one pair after the other, and ends."""
        while True:
            with self._changed:
                pair = next(iter(self._waiting), None)
                if pair is None:
                    self._busy = False
                    self._changed.notify_all()
                    return
            self._known.put(pair, self._settled(pair))
            with self._changed:
                self._waiting.pop(pair)

    def _settled(self, pair: Pair) -> Outcome:
        """The outcome of a pair, kept where the next process finds it."""
        try:
            made = self._compare(pair)
            self._kept.note(KIND, {_name(pair): {**asdict(made), "checked_at": clock.stamp()}})
        except (OSError, StoreError):
            # a file that was taken back meanwhile, a full disk: this process does not try again
            return Outcome(reason="gone")
        return made

    def _compare(self, pair: Pair) -> Outcome:
        paths = [self.portal.files.path(one) for one in (pair.before, pair.after)]
        if max(path.stat().st_size for path in paths) > LARGEST:
            return Outcome(reason="large")
        openers = [_opener(path) for path in paths]
        try:
            for key in (*keys(openers[0], openers[1], self._declared(pair.resource))[:KEYS], ()):
                try:
                    return _outcome(Comparing(openers[0], openers[1], key))
                except NotComparable as no:
                    if no.reason != "key-repeated":
                        raise
        except NotComparable as no:
            return Outcome(reason=no.reason)
        raise AssertionError("whole rows need no key")

    def _declared(self, resource: str) -> Sequence[str]:
        """What names a row of a table: the DataStore's unique key, else the publisher's (`wire.KEY`)."""
        try:
            with self.portal.looking(actor=self.portal.actor, site=self.portal.site) as context:
                if not context.datastore.exists(resource):
                    return ()
                shape = context.datastore.shape(resource)
                told = str(shape.columns[0].info.get(KEY) or "") if shape.columns else ""
                return shape.key or tuple(filter(None, told.split(",")))
        except StoreError:
            return ()


def _name(pair: Pair) -> str:
    return f"{pair.before} {pair.after}"


def _opener(path: Path) -> Callable[[], Any]:
    return lambda: path.open("rb")


def _outcome(found: Comparing) -> Outcome:
    told = found.summary
    cells = found.cells(ROWS)
    return Outcome(
        key=told.key,
        added=told.added,
        removed=told.removed,
        values=sum(cells.columns.values()),
        in_rows=cells.rows,
        of_rows=told.rows[1] - told.added,
        more=not cells.whole,
        columns=tuple(cells.columns)[:COLUMNS],
        columns_added=told.columns_added[:COLUMNS],
        columns_removed=told.columns_removed[:COLUMNS],
    )


def _read(kept: Mapping[str, Any]) -> Outcome:
    names = {one.name for one in fields(Outcome)} & kept.keys()
    values: dict[str, Any] = {
        name: tuple(kept[name]) if isinstance(kept[name], list) else kept[name] for name in names
    }
    return Outcome(**values)
