"""What people answer: `declarations.yaml` of the workspace, and whether what shows it is still as it was.

A list; each item says `pack` and `measure` (or `fact` and `dataset`: it stands in where the fact was not checked),
`value`, `by`, `at`, and what shows it: a `file` of the workspace with its `sha256`, or a `url`. Of answers to one
question the newest counts; none counts before its day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.audit.entry import Entry
from catalog.audit.freshness import day as day_of
from catalog.audit.score import reads
from catalog.audit.seen import reach
from catalog.harvest.client import Client
from catalog.store.evidence import Evidence
from metadata import document
from metadata.errors import SetupError
from metadata.event import Story
from metadata.finding import Finding, Place
from metadata.mistakes import Mistakes
from metadata.pack import Pack, known
from metadata.rules import rule

if TYPE_CHECKING:
    from catalog.audit.run import Audit

FILE = "declarations.yaml"
Answer = Mapping[str, Any]
"""JSON: what was written, `at` as ISO and `sha256` bare, and `holds`: false where its file is gone or another
(`why`: `gone`, `changed`; an answer that nothing shows holds, `why`: `unproven`). One with a `url` has `found`:
whether it answers, null until somebody looked."""


def load(folder: Path, day: date | None = None) -> tuple[Answer, ...]:
    """The answers of a workspace, oldest first; those given after `day` are left out.

    Raises SetupError `file-invalid` (every mistake with its line), `yaml-broken`, `file-unreadable`.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    from metadata.declaration_shape import DeclarationShape

    written = document.read(path)
    shapes = document.checked(path, [] if written is None else written, list[DeclarationShape])
    reader = _Reader(folder=folder, packs=tuple(known(folder).values()), mistakes=Mistakes(written))
    made = [reader.answer(at, shape.model_dump(exclude_none=True)) for at, shape in enumerate(shapes)]
    if reader.mistakes.found:
        raise SetupError("file-invalid", file=str(path), mistakes=reader.mistakes.found)
    made.sort(key=lambda one: str(one["at"]))
    return tuple(one for one in made if day is None or str(one["at"]) <= day.isoformat())


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Reads answers against the packs that a workspace knows, and gathers what is wrong."""

    folder: Path
    packs: Sequence[Pack]
    mistakes: Mistakes
    hashes: dict[Path, str | None] = field(default_factory=dict)

    def answer(self, at: int, written: dict[str, Any]) -> dict[str, Any]:
        """One answer, checked and with what has become of its file."""
        if ("measure" in written) == ("fact" in written):
            self.mistakes.add("measure-or-fact", at)
        elif "fact" in written:
            self._fact(at, written)
        else:
            self._measure(at, written)
        said = day_of(written["at"])
        if said is None:
            self.mistakes.add("day", at, "at")
        made = {**written, "at": said.isoformat() if said else "", "holds": True}
        if "url" in written:
            made["found"] = None
        if "file" in written:
            made |= self._file(at, written)
        elif "sha256" in written:
            self.mistakes.add("missing", at, "file")
        elif "url" not in written:
            made["why"] = "unproven"
        return made

    def _fact(self, at: int, written: dict[str, Any]) -> None:
        facts = sorted({name for pack in self.packs for one in pack["measures"] for name in reads(one)})
        if written["fact"] not in facts:
            self.mistakes.add("choice", at, "fact", known=facts)
        for name in ("dataset", "value"):
            if name not in written:
                self.mistakes.add("missing", at, name)

    def _measure(self, at: int, written: dict[str, Any]) -> None:
        packs = [one for one in self.packs if written.get("pack") in (one["key"], one["pack"])]
        if not packs:
            kind = "choice" if "pack" in written else "missing"
            more = {"known": sorted({one["key"] for one in self.packs})} if kind == "choice" else {}
            self.mistakes.add(kind, at, "pack", **more)
            return
        measures = {one["measure"]: one for pack in packs for one in pack["measures"] if one.get("declared")}
        measure = measures.get(written["measure"])
        if measure is None:
            self.mistakes.add("choice", at, "measure", known=list(measures))
            return
        if "dataset" in written and not measure.get("each") and not reads(measure):
            self.mistakes.add("agency-answer", at, "dataset", measure=written["measure"])
        if "url" in written:
            written.setdefault("value", True)
        self._value(at, written.get("value"), top(measure))

    def _value(self, at: int, value: Any, highest: float) -> None:
        if value is None:
            self.mistakes.add("missing", at, "value")
        elif isinstance(value, str) or (isinstance(value, bool) and highest > 1):
            self.mistakes.add("number", at, "value")
        elif not 0 <= value <= highest:
            self.mistakes.add("range-of", at, "value", most=f"{highest:g}")

    def _file(self, at: int, written: Mapping[str, Any]) -> dict[str, Any]:
        """Whether the file is the one that was meant. Only files of the workspace: a proof takes them along."""
        path = Path(written["file"])
        if not (self.folder / path).resolve().is_relative_to(self.folder.resolve()):
            self.mistakes.add("inside", at, "file")
            return {}
        now = self._hash(self.folder / path)
        if "sha256" not in written:
            if now is None:
                self.mistakes.add("no-file", at, "file")
            else:
                self.mistakes.add("hash-missing", at, "file", sha256=now)
            return {}
        meant = written["sha256"].removeprefix("sha256:").lower()
        if now == meant:
            return {"sha256": meant}
        return {"sha256": meant, "holds": False, "why": "gone" if now is None else "changed"}

    def _hash(self, path: Path) -> str | None:
        if path not in self.hashes:
            try:
                with path.open("rb") as file:
                    self.hashes[path] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                self.hashes[path] = None
        return self.hashes[path]


def top(measure: Mapping[str, Any]) -> float:
    """The highest answer to a measure: its highest level, what it is a number of, or 1 (yes)."""
    levels = [float(step["level"]) for step in measure.get("levels") or ()]
    return max(levels, default=float(measure.get("per", 1)))


def addresses(answers: Iterable[Answer]) -> Entry | None:
    """The answers' addresses as an Entry for `reach.look`, its resources' ids being addresses; None without."""
    urls = dict.fromkeys(str(one["url"]) for one in answers if "url" in one)
    resources = [{"id": url, "name": url, "url": url} for url in urls]
    return Entry(package={"name": FILE, "resources": resources}) if urls else None


def looked(answers: tuple[Answer, ...], client: Client, cache: Evidence, **more: Any) -> Story[tuple[Answer, ...]]:
    """The answers, once somebody has looked at their addresses: politely and cached, by `reach.look`, as it tells.

    `more` goes to `reach.look`. Raises StoreError where the cache cannot be written.
    """
    entry = addresses(answers)
    if entry is None:
        return answers
    found = yield from reach.look([entry], client, cache, **more)
    return reached(answers, found)


def remembered(answers: tuple[Answer, ...], cache: Evidence) -> tuple[Answer, ...]:
    """The answers with what earlier audits found at their addresses. Raises StoreError."""
    entry = addresses(answers)
    urls = [one["id"] for one in entry.package["resources"]] if entry else []
    return reached(answers, cache.find(reach.KIND, urls)) if urls else answers


def reached(answers: Iterable[Answer], found: Mapping[str, Mapping[str, Any]]) -> tuple[Answer, ...]:
    """The answers, each knowing what is at its address. `found`: address → what `reach.look` tells of it."""
    made = []
    for one in answers:
        seen = found.get(str(one.get("url")))
        made.append({**one, "found": seen.get("ok"), "seen": dict(seen)} if seen else one)
    return tuple(made)


def behind(audit: Audit, pack: Pack, measure: Mapping[str, Any]) -> tuple[Answer, ...]:
    """The answers that a measure of an audit rests on: to itself, or to a fact that stood in for one it reads."""
    facts = set(reads(measure))
    packs = (None, pack["key"], pack["pack"])
    newest = {
        (one["dataset"], one["fact"]): one
        for one in audit.declared
        if one.get("fact") in facts and one.get("holds", True)
    }
    asked = [one for one in audit.declared if one.get("measure") == measure["measure"] and measure.get("declared")]
    names = {one["dataset"] for one in (*newest.values(), *asked) if "dataset" in one}
    # whoever may not see a dataset is not told what was said of it
    seen = (
        {one.name: one.facts.get("declared", ()) for one in audit.datasets if one.name in names} if names else {}
    )
    said = [one for one in asked if one.get("pack") in packs and ("dataset" not in one or one["dataset"] in seen)]
    return (*said, *(one for (name, fact), one in newest.items() if fact in seen.get(name, ())))


@rule(
    "audit-answer-gone",
    "audit-answer-changed",
    "audit-answer-unproven",
    "audit-answer-unreachable",
    "audit-answer-dataset",
)
def findings(answers: Iterable[Answer], datasets: Collection[str] | None = None) -> Iterator[Finding]:
    """Answers that do not count any more, those that nothing shows, and those of datasets that there are not.

    `datasets`: the names of all there are; None where not all are seen.
    """
    there = None if datasets is None else {None, *datasets}
    for one in answers:
        at = Place(dataset=one.get("dataset"))
        told = {name: one[name] for name in ("pack", "by", "at", "file", "url") if name in one}
        told.setdefault("pack", one.get("dataset", ""))
        told["asked"] = one.get("measure") or one.get("fact")
        if there is not None and one.get("dataset") not in there:
            yield Finding(rule="audit-answer-dataset", severity="warning", at=at, values=told)
        elif one.get("holds") is False:
            yield Finding(rule=f"audit-answer-{one['why']}", at=at, values=told)
        elif one.get("why") == "unproven":
            yield Finding(rule="audit-answer-unproven", severity="note", at=at, values=told)
        if one.get("found") is False:
            yield Finding(rule="audit-answer-unreachable", severity="warning", at=at, values=told)
