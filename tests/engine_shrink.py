"""A smaller case that shows the same: fewer records, fields, properties, shorter cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

from engine_case import Case

SECONDS = 45
PLAIN = {"limit": 0, "spread": "", "detector": {}, "opened": None, "twice": False, "context": {}}
PLAIN_KNOBS = {"HEAD": 1, "SMALL": 0, "SOON": 0, "KEYS_IN_MEMORY": 1 << 20, "REMEMBERED": 1 << 18}


class Shrink:
    """The smallest case so far, and the next ones to try."""

    def __init__(self, start: Case) -> None:
        self.best = start

    def candidates(self) -> Iterator[Case]:
        """Cases a little smaller than the best at that moment."""
        yield from self._fewer_records()
        yield from self._plainer()
        yield from self._fewer_fields()
        yield from self._fewer_properties()
        yield from self._fewer_cells()
        yield from self._shorter_cells()

    def _fewer_records(self) -> Iterator[Case]:
        for name in self.best.files:
            size = max(1, len(self.best.files[name].records) // 2)
            while size:
                at = 0
                while at < (before := len(self.best.files[name].records)):
                    candidate = deepcopy(self.best)
                    del candidate.files[name].records[at : at + size]
                    yield candidate
                    at += 0 if len(self.best.files[name].records) < before else size
                size //= 2

    def _plainer(self) -> Iterator[Case]:
        for name, value in PLAIN.items():
            if getattr(self.best, name) != value:
                candidate = deepcopy(self.best)
                setattr(candidate, name, value)
                yield candidate
        for name, size in PLAIN_KNOBS.items():
            if self.best.knobs.get(name, size) != size:
                candidate = deepcopy(self.best)
                candidate.knobs[name] = size
                yield candidate

    def _fewer_cells(self) -> Iterator[Case]:
        for name in self.best.files:
            for at in range(max(map(len, self.best.files[name].records), default=1) - 2, -1, -1):
                candidate = deepcopy(self.best)
                for record in candidate.files[name].records:
                    if len(record) > at + 2 or (at and len(record) == at + 2):
                        del record[at]
                yield candidate

    def _fewer_fields(self) -> Iterator[Case]:
        for number in range(len(_schemas(self.best))):
            at = 0
            while at < (before := len(_schemas(self.best)[number].get("fields", ()))):
                candidate = deepcopy(self.best)
                schema = _schemas(candidate)[number]
                gone = schema["fields"].pop(at)["name"]
                if "primaryKey" in schema:
                    schema["primaryKey"] = [name for name in schema["primaryKey"] if name != gone]
                files = list(candidate.files.values())
                for file in files if len(_schemas(candidate)) == 1 else files[number : number + 1]:
                    for record in file.records:
                        if len(record) > at + 2:
                            del record[at]
                yield candidate
                at += 0 if len(_schemas(self.best)[number]["fields"]) < before else 1

    def _fewer_properties(self) -> Iterator[Case]:
        for path in list(_paths(self.best.descriptor)):
            candidate = deepcopy(self.best)
            inner: Any = candidate.descriptor
            try:
                for step in path[:-1]:
                    inner = inner[step]
                del inner[path[-1]]
            except (KeyError, IndexError, TypeError):
                continue
            yield candidate

    def _shorter_cells(self) -> Iterator[Case]:
        for name in self.best.files:
            for at in range(len(self.best.files[name].records)):
                for place in range(len(self.best.files[name].records[at]) - 1):
                    for text in ("", "1", "a"):
                        if len(self.best.files[name].records[at][place]) > len(text):
                            candidate = deepcopy(self.best)
                            candidate.files[name].records[at][place] = text
                            yield candidate


def shrunk(given: Case, shows: Callable[[Case], bool], *, seconds: float = SECONDS) -> Case:
    """A smaller case for which `shows` is true still. A candidate that raises shows nothing."""
    until = time.monotonic() + seconds
    shrink, before = Shrink(given), None
    while shrink.best is not before and time.monotonic() < until:
        before = shrink.best
        for candidate in shrink.candidates():
            if time.monotonic() > until:
                break
            with suppress(Exception):  # no case any more
                if candidate != shrink.best and shows(candidate):
                    shrink.best = candidate
    return shrink.best


def _schemas(given: Case) -> list[dict[str, Any]]:
    resources = given.descriptor.get("resources", [given.descriptor])
    return [one.setdefault("schema", {}) for one in resources if isinstance(one.get("schema", {}), dict)]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and index below the value, the outer ones first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = sorted(items, key=lambda item: str(item[0]), reverse=True)
    for name, _ in inner:
        yield (*path, name)
    for name, one in inner:
        yield from _paths(one, (*path, name))
