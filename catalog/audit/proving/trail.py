"""A dataset's trail: source, steps, release, approval, receipt, served today; what is recorded, and if it holds.

Each stage has hashes and times, and says what is missing. Who doubts a figure can walk it back by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from catalog.decisions.case import recorded
from metadata import clock, stored
from metadata.errors import PortalError, SaphanError

if TYPE_CHECKING:
    from catalog.journal import Entry, Journal
    from metadata.dataset import Dataset
    from metadata.ports import Portal
    from metadata.release import Decision
    from metadata.workspace import Target, Workspace

State = Literal["holds", "unchecked", "changed", "missing"]
STATES: tuple[State, ...] = ("holds", "unchecked", "changed", "missing")
"""What a line of a trail says of today, the worst last: a stage is as its worst line."""
REMOTE = ("database:", "url:")
"""Inputs of a release that are known by the hash of what was read then, and nothing else."""
OURS = ("datapackage.yaml", "recipe.yaml", "steps.py")
"""Inputs that are no source."""
ABOUT = ("position", "order", "letter", "letter_no", "letter_date", "resolution", "expires")
"""What a trail tells of a decision's paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing a stage says: the phrase `trail-<name>`, its facts, and how it is today."""

    name: str
    state: State
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of a trail, and when it was."""

    name: str
    lines: tuple[Line, ...]
    at: str | None = None

    @property
    def state(self) -> State:
        """As its worst line."""
        return max((line.state for line in self.lines), key=STATES.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A dataset's trail."""

    dataset: str
    title: str
    stages: tuple[Stage, ...]


class Walker:
    """Walks trails. What is not at hand (a desk, a journal, a portal) is None, and its stages are `missing`."""

    def __init__(
        self, *, workspace: Workspace | None, journal: Journal | None, portal: Portal | None, target: Target
    ) -> None:
        self.workspace = workspace
        self.journal = journal
        self.portal = portal
        self.target = target

    def trail(self, name: str) -> Trail:
        """One dataset's trail. Raises PortalError where the portal does not answer at all."""
        return _Walk(self, name).trail()


class _Walk:
    """One dataset being walked."""

    def __init__(self, walker: Walker, name: str) -> None:
        self.walker = walker
        self.name = name

    def trail(self) -> Trail:
        stages = (self.source(), self.steps(), self.release(), self.approval(), self.receipt(), self.served())
        desk = self.dataset.descriptor.get("title") if self.dataset else None
        return Trail(dataset=self.name, title=str(self.package.get("title") or desk or self.name), stages=stages)

    @cached_property
    def dataset(self) -> Dataset | None:
        """The desk's dataset of this name, where it can be opened."""
        workspace = self.walker.workspace
        try:
            return workspace.dataset(self.name) if workspace and self.name in workspace.names() else None
        except SaphanError:
            return None

    @cached_property
    def report(self) -> Mapping[str, Any]:
        """`report.json` as it stands; empty where there is none that can be read."""
        try:
            path = self.folder / "report.json"
            report = json.loads(path.read_text(encoding="utf-8"))
            return report if {"release", "files", "inputs", "built_at"} <= report.keys() else {}
        except (OSError, ValueError, AttributeError):
            return {}

    @property
    def folder(self) -> Any:
        """The release's folder. Raises OSError where there is no desk."""
        if self.dataset is None:
            raise FileNotFoundError
        return self.dataset.folder / "release"

    @cached_property
    def package(self) -> Mapping[str, Any]:
        """What the portal shows now; empty where it shows nothing."""
        try:
            return self.walker.portal.call_action("package_show", {"id": self.name}) if self.walker.portal else {}
        except PortalError as error:
            if error.values.get("status") in (403, 404):
                return {}
            raise

    @cached_property
    def entries(self) -> list[Entry]:
        """What the journal holds of this dataset, oldest first."""
        journal = self.walker.journal
        return list(journal.entries(dataset=self.name)) if journal else []

    @cached_property
    def receipts(self) -> list[Entry]:
        """The target's answers among them."""
        target = self.walker.target.name
        return [entry for entry in self.entries if entry.kind == "receipt" and entry.target == target]

    def source(self) -> Stage:
        inputs = {name: known for name, known in self.report.get("inputs", {}).items() if name not in OURS}
        if not self.report:
            return self.nothing("source")
        lines = [self.input(name, known) for name, known in sorted(inputs.items())]
        if not lines:
            lines = [Line(name="no-source", state="holds")]
        return Stage(name="source", at=self.report["built_at"], lines=tuple(lines))

    def input(self, name: str, known: str) -> Line:
        values = {"path": name, "sha256": known}
        if name.startswith(REMOTE) or self.dataset is None:
            return Line(name="input-remote", state="unchecked", values=values)
        path = stored.beneath(self.dataset.folder, name)
        if not path.is_file():
            return Line(name="input-gone", state="missing", values=values)
        now = stored.file_hash(path)
        if now == known:
            return Line(name="input", state="holds", values=values)
        return Line(name="input-changed", state="changed", values={**values, "now": now})

    def steps(self) -> Stage:
        if not self.report or self.dataset is None or self.walker.workspace is None:
            return self.nothing("steps")
        now = stored.inputs(self.dataset, self.walker.workspace.folder)
        lines = []
        for name in OURS:
            if known := self.report["inputs"].get(name):
                same = now.get(name) == known
                values = {"path": name, "sha256": known}
                kind, state = ("input", STATES[0]) if same else ("input-changed", STATES[2])
                lines.append(Line(name=kind, state=state, values={**values, "now": now.get(name, "–")}))
        done: dict[str, list[str]] = {}
        for label, changes in self.report.get("changes", {}).items():
            resource, _, step = label.partition(" ")
            done.setdefault(resource, []).append(f"{step} {changes:,}")
        for resource, made in done.items():
            lines.append(Line(name="made", state="holds", values={"resource": resource, "steps": made}))
        if (ledger := self.folder / "ledger.parquet").is_file():
            lines.append(Line(name="ledger", state="holds", values={"sha256": stored.file_hash(ledger)}))
        return Stage(name="steps", at=self.report["built_at"], lines=tuple(lines))

    def release(self) -> Stage:
        if not self.report.get("release"):
            return self.nothing("release")
        errors = sum(one.get("severity") == "error" for one in self.report.get("findings", ()))
        values = {"release": self.report["release"], "errors": errors}
        lines = [Line(name="release", state="changed" if errors else "holds", values=values)]
        for file in self.report["files"]:
            path = self.folder / file["path"]
            kind, state = "file-gone", STATES[3]
            if path.is_file():
                same = stored.file_hash(path) == file["sha256"]
                kind, state = ("file", STATES[0]) if same else ("file-changed", STATES[2])
            lines.append(Line(name=kind, state=state, values=file))
        return Stage(name="release", at=self.report["built_at"], lines=tuple(lines))

    def approval(self) -> Stage:
        if self.dataset is None:
            return self.nothing("approval")
        release = self.report.get("release")
        given = [one for one in self.dataset.decisions if release and one.release == release]
        given += [one for one in self.standing(release) if one not in given]
        lines = [self.decision(one) for one in given]
        approved = [one for one in given if one.kind in ("approval", "standing")]
        if not approved:
            lines.insert(0, self.unapproved())
        elif (sent := self.first_sent()) and sent.at < approved[0].at:
            lines.append(Line(name="approval-late", state="changed", values={"at": sent.at}))
        return Stage(name="approval", at=approved[0].at if approved else None, lines=tuple(lines))

    def standing(self, release: str | None) -> Iterator[Decision]:
        """The standing approvals under which a release went out, by the journal."""
        gone = [entry.body for entry in self.entries if entry.kind == "checked" and entry.target]
        under = [
            line for body in gone if release and body.get("release") == release for line in body.get("under", ())
        ]
        for one in self.dataset.decisions if self.dataset else ():
            if one.kind == "standing" and any((one.kind, one.at) == (line["kind"], line["at"]) for line in under):
                yield one

    def unapproved(self) -> Line:
        others = [one for one in self.dataset.decisions if one.kind == "approval"] if self.dataset else []
        if not others:
            return Line(name="approval-none", state="missing")
        return Line(name="approval-other", state="missing", values={"at": others[-1].at, "by": others[-1].by})

    def first_sent(self) -> Entry | None:
        """The first answer after which all files of this release stood on the target."""
        known = {digest for _, digest in self.sent()}
        for entry in self.receipts:
            put = entry.body.get("put", {})
            if "package" in put and known <= {one.get("hash") for one in put.get("resources", ())}:
                return entry
        return None

    def run(self) -> list[Entry]:
        """The answers of the newest run that has any."""
        return [entry for entry in self.receipts if entry.run == self.receipts[-1].run]

    def decision(self, one: Decision) -> Line:
        """A line of decisions.yaml, and whether the journal has it as it stands there."""
        about = [text for text in (one.rest.get(key) for key in ABOUT) if text]
        values = {"kind": one.kind, "by": one.by, "role": one.role, "at": one.at, "about": about}
        if recorded([one], self.entries):
            return Line(name="decision", state="holds", values=values)
        return Line(name="decision-unknown", state="unchecked", values=values)

    def receipt(self) -> Stage:
        if not self.receipts:
            return self.nothing("receipt")
        last = self.receipts[-1]
        values = {
            "run": last.run,
            "seq": last.seq,
            "hash": last.hash,
            "by": last.actor,
            "target": str(last.target),
        }
        answers = sum(entry.run == last.run for entry in self.receipts)
        lines = [Line(name="receipt", state="holds", values={**values, "answers": answers})]
        for name, known in self.sent():
            there = next((one for one in self.put() if one[1] == name), None)
            facts = {"path": name, "sha256": known}
            if there is None:
                lines.append(Line(name="not-sent", state="missing", values=facts))
            elif there[2] != known:
                lines.append(Line(name="sent-other", state="changed", values={**facts, "now": there[2]}))
            else:
                lines.append(Line(name="sent", state="holds", values=facts))
        return Stage(name="receipt", at=last.at, lines=tuple(lines))

    def put(self) -> list[tuple[str, str, str]]:
        """Resource id, the release's name of it, its hash: as the newest receipt says."""
        put = self.receipts[-1].body.get("put", {}) if self.receipts else {}
        slugs = put.get("slugs", {})
        return [(one["id"], slugs.get(one["id"], ""), one.get("hash", "")) for one in put.get("resources", ())]

    def sent(self) -> Iterator[tuple[str, str]]:
        """Each published file of the release by its resource's name, with the hash of what the target gets."""
        from catalog.survey import as_sent
        from metadata.release import File

        for file in self.report.get("files", ()):
            known = as_sent(File(**file), self.folder, self.walker.target)
            yield str(file["path"]).rpartition(".")[0], known.sha256

    def served(self) -> Stage:
        if not self.package:
            return self.nothing("served")
        at = self.package.get("metadata_modified")
        lines = [Line(name="shown", state="holds", values={"url": _address(self.package), "modified": str(at)})]
        receipts = {key: known for key, _, known in self.put()}
        for resource in self.package.get("resources") or ():
            lines += self.resource(resource, receipts.get(resource["id"]))
        return Stage(name="served", at=clock.stamp(), lines=tuple(lines))

    def resource(self, resource: Mapping[str, Any], put: str | None) -> Iterator[Line]:
        """What is served of one resource: the hash the portal tells, and that of the bytes where they are ours."""
        told = str(resource.get("hash") or "")
        facts = {"path": resource.get("name") or resource["id"], "sha256": told, "now": told or "–"}
        if put and told != put:
            yield Line(name="served-other", state="changed", values={**facts, "sha256": put})
        now = _bytes_of(self.walker.portal, resource)
        if now is None:
            yield Line(name="served-told" if told else "served-no-hash", state="unchecked", values=facts)
        elif now == told:
            yield Line(name="served", state="holds", values=facts)
        else:
            yield Line(name="served-other", state="changed", values={**facts, "now": now})

    def nothing(self, stage: str) -> Stage:
        return Stage(name=stage, lines=(Line(name=f"{stage}-none", state="missing", values={"name": self.name}),))


def _bytes_of(portal: Portal | None, resource: Mapping[str, Any]) -> str | None:
    """`sha256:<hex>` of what our own catalog serves as a resource's file; None where the bytes are not ours."""
    from catalog.portal.local import LocalPortal

    if not isinstance(portal, LocalPortal):
        return None
    uploaded = portal.uploaded(resource["id"])
    if uploaded is None:
        return None
    digest = hashlib.sha256()
    try:
        with portal.files.opened(uploaded.sha256) as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return "sha256:" + digest.hexdigest()
    except FileNotFoundError:
        return "–"


def _address(package: Mapping[str, Any]) -> str:
    """Where people find the dataset, as far as its resources' addresses tell."""
    for resource in package.get("resources") or ():
        before, found, _ = str(resource.get("url") or "").partition("/dataset/")
        if found:
            return f"{before}/dataset/{package['name']}"
    return f"/dataset/{package['name']}"
