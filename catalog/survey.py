"""Reading a portal and planning every dataset against it. Sends no writing request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from catalog import wire
from catalog.decisions.case import Past, Rules, built_here, gathered
from catalog.decisions.gate import Verdict, judge
from catalog.journal import Journal
from catalog.plan import KEEP, Change, Difference, adopt, plan, withdrawn
from catalog.portal.manners import Manners, manners
from catalog.recall.gate import Passage, passage
from metadata import stored
from metadata.dataset import Dataset
from metadata.errors import NotAllowed, PortalError, SaphanError, SetupError, StoreError
from metadata.finding import Finding, Place
from metadata.ports import Portal
from metadata.release import File, Release, Report
from metadata.standard import Standard
from metadata.wording import Language, finding
from metadata.workspace import Agency, Target, Workspace

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A dataset that is to go out: the release as built, and the report on it."""

    dataset: Dataset
    release: Release
    report: Report


def offered(workspace: Workspace, names: Sequence[str]) -> tuple[list[Offer], dict[str, SaphanError]]:
    """The releases as built, and the datasets that have none that is up to date."""
    offers = []
    failed: dict[str, SaphanError] = {}
    for name in names:
        try:
            dataset = workspace.dataset(name)
            release, report = stored.load(dataset, workspace.folder)
            offers.append(Offer(dataset=dataset, release=release, report=report))
        except SaphanError as error:
            failed[name] = error
    return offers, failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One dataset's way to a portal: what is wanted, what is there, and the changes between them."""

    offer: Offer
    wanted: wire.State = field(hash=False)
    present: wire.State | None = field(default=None, hash=False)
    shown: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """`package_show`'s answer, or nothing."""
    changes: tuple[Change, ...] = ()
    adopted: Mapping[str, str] = field(default_factory=dict, hash=False)
    remembered: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What we last put there, by the journal."""
    findings: tuple[Finding, ...] = ()
    reopens: tuple[str, ...] = ()
    """The recalls that its approval names: its dataset may come back."""
    verdict: Verdict | None = None
    """Under which decisions it goes out."""

    @property
    def sends(self) -> bool:
        """Whether carrying it out would send anything."""
        return any(change.action != KEEP for change in self.changes)

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.offer.dataset.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that publishing would change on one target, and what may not go out."""

    target: Target
    manners: Manners
    organization: Change | None = None
    courses: tuple[Course, ...] = ()
    refused: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict, hash=False)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, in the order they would be made."""
        first = (self.organization,) if self.organization else ()
        return (*first, *(change for course in self.courses for change in course.changes))

    @property
    def unchanged(self) -> int:
        """Datasets that the portal shows as they are."""
        return sum(not course.changes for course in self.courses)

    @property
    def sends(self) -> bool:
        """Whether carrying it out would send anything."""
        return bool(self.organization) or any(course.sends for course in self.courses)

    @property
    def unsigned(self) -> list[str]:
        """The datasets that would go out though somebody has not signed."""
        return [one.name for one in self.courses if one.sends and one.verdict and one.verdict.missing]

    def basis(self) -> dict[str, dict[str, str]]:
        """What the plan was made from, dataset by dataset: the release, and a proof of what the portal showed."""
        return {
            course.name: {"release": course.offer.release.hash, "present": wire.digest(course.present)}
            for course in self.courses
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyor:
    """Looks at one target for one agency, as often as asked."""

    portal: Portal
    target: Target
    agency: Agency
    standard: Standard
    journal: Journal
    rules: Rules
    """Whose approval a release needs."""
    overwrite: bool = False

    def plan(self, offers: Sequence[Offer], refused: Mapping[str, tuple[Finding, ...]]) -> Plan:
        """The plan for several datasets. `refused` are those that were stopped before (a failed build).

        Raises PortalError when the portal cannot be read.
        """
        habits = manners(self.portal)
        if self.target.url and habits.nobody:  # private datasets would be created again
            raise NotAllowed("portal-key-refused", portal=self.target.url, action="user_show")
        stopped = dict(refused)
        courses = []
        for offer in offers:
            verdict = self.judged(offer)
            if verdict.refused:
                stopped[offer.dataset.name] = (*self.recalled(offer).findings, *verdict.refused)
                continue
            course = replace(self.look(offer, habits), verdict=verdict)
            errors = [found for found in course.findings if found.severity == "error"]
            if errors:
                stopped[course.name] = tuple(errors)
            else:
                courses.append(course)
        return Plan(
            target=self.target,
            manners=habits,
            organization=self.organization() if courses else None,
            courses=tuple(courses),
            refused=stopped,
        )

    def judged(self, offer: Offer) -> Verdict:
        """What the gate says of a release. Cells that were decided on and cannot be known again keep it in."""
        past = Past(self.journal, offer.dataset.name)
        if not built_here(offer.dataset, offer.report, past):
            return Verdict(refused=(Finding(rule="release-unknown", at=Place(dataset=offer.dataset.name)),))
        try:
            return judge(gathered(offer.dataset, offer.report, self.rules, self.standard, self.target.name, past))
        except SetupError as error:
            return Verdict(refused=(error.as_finding(),))

    def recalled(self, offer: Offer) -> Passage:
        """What recalls say of a release."""
        return passage(self.journal.engine, self.target.name, offer.release, offer.dataset.decisions)

    def look(self, offer: Offer, habits: Manners) -> Course:
        """One dataset's plan, from what the portal shows at this moment."""
        name = offer.dataset.name
        recalled = self.recalled(offer)
        if recalled.findings:
            return Course(offer=offer, wanted={}, findings=recalled.findings)
        # restricted files leave for our own catalog only: elsewhere the dataset is its description
        going = () if offer.dataset.restricted and self.target.url else offer.dataset.resources
        sent = {
            resource.name: as_sent(file, offer.dataset.folder / "release", self.target)
            for resource in going
            for file in offer.release.files
            if file.path == f"{resource.name}.{resource.format}"
        }
        wanted, findings = wire.wanted(
            offer.dataset, offer.release, self.standard, self.agency, self.target, habits, sent
        )
        try:
            shown: Mapping[str, Any] = self._asked("package_show", {"id": name})
        except NotAllowed:
            hidden = Finding(rule="hidden-there", at=Place(dataset=name), values={"target": self.target.name})
            return Course(offer=offer, wanted=wanted, findings=(hidden,))
        if shown and (problem := self._problem(shown, name)):
            return Course(offer=offer, wanted=wanted, shown=shown, findings=(problem,))
        tables: dict[str, Mapping[str, Any]] = {}
        for resource in shown.get("resources", ()):
            if resource.get("datastore_active") and (answer := self.table(resource["id"])):
                tables[resource["id"]] = answer
        multiple = [
            term.field_name for term in (*self.standard.terms, *self.standard.resource_terms) if term.multiple
        ]
        present = wire.present(shown, tables, multiple) if shown else None
        remembered = self.journal.remembered(self.target.name, name)
        wanted, adopted = adopt(wanted, present, remembered, self._elsewhere(wanted, shown))
        changes = plan(wanted, present, remembered, overwrite=self.overwrite)
        return Course(
            offer=offer,
            wanted=wanted,
            present=present,
            shown=shown,
            changes=changes,
            adopted=adopted,
            remembered=remembered,
            findings=findings,
            reopens=recalled.reopens,
        )

    def table(self, key: str) -> Mapping[str, Any]:
        """A resource's table: its fields, its last row and its number of rows; nothing where it has none."""
        question = {"resource_id": key, "limit": 1, "sort": "_id desc", "include_total": True}
        return self._asked("datastore_search", question)

    def _asked(self, action: str, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer; nothing where the portal has no such thing (or says it has a table that is gone)."""
        try:
            answer: Mapping[str, Any] = self.portal.call_action(action, question)
            return answer
        except PortalError as error:
            if error.values.get("status") == 404:
                return {}
            raise

    def _elsewhere(self, wanted: wire.State, shown: Mapping[str, Any]) -> set[str]:
        """The `ckan_id`s under which the portal keeps a resource of another dataset."""
        here = {resource["id"] for resource in shown.get("resources", ())}
        found = set()
        for key in wanted["derived"].keys() - here:
            try:
                if self._asked("resource_show", {"id": key}):
                    found.add(key)
            except NotAllowed:
                found.add(key)
        return found

    def _problem(self, shown: Mapping[str, Any], name: str) -> Finding | None:
        """A dataset of this name that is not ours to change."""
        at = Place(dataset=name)
        owner = (shown.get("organization") or {}).get("name")
        us = self.target.organization or self.agency.name
        if owner and owner != us:
            return Finding(rule="owned-by-other", at=at, values={"owner": owner, "target": self.target.name})
        ours = withdrawn(self.journal.remembered(self.target.name, name))
        if shown.get("state") == "deleted" and not self.overwrite and not ours:
            return Finding(rule="deleted-there", at=at, values={"target": self.target.name})
        return None

    def organization(self) -> Change | None:
        """The organisation's creation, where the portal has none of that name."""
        name = self.target.organization or self.agency.name
        try:
            self.portal.call_action("organization_show", {"id": name, "include_datasets": False})
        except PortalError as error:
            if error.values.get("status") != 404:
                raise
            fields = {"name": name, "title": self.agency.title}
            created = tuple(Difference(field=key, before=None, after=value) for key, value in fields.items())
            return Change(action="organization_create", dataset=None, fields=created)
        return None


def as_sent(file: File, release: Path, target: Target) -> File:
    """A release's file as a target gets it: with a byte order mark, where `workspace.yaml` says so."""
    if not (target.bom and file.path.endswith(".csv")):
        return file
    import hashlib

    digest = hashlib.sha256(BOM)
    with (release / file.path).open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return replace(file, sha256=f"sha256:{digest.hexdigest()}", bytes=file.bytes + len(BOM))


def document(made: Plan, language: Language) -> dict[str, Any]:
    """`plan --json`, in the contract's keys; `push.document` fills in what was sent."""
    return {
        "run": None,
        "target": made.target.name,
        "changes": [change.to_dict() for change in made.changes],
        "refused": refusals(made.refused, language),
        "unchanged": made.unchanged,
        "writes": 0,
        "receipts": [],
    }


def refusals(refused: Mapping[str, tuple[Finding, ...]], language: Language) -> list[dict[str, Any]]:
    """The datasets that may not go out, with their Findings in words."""
    return [
        {"dataset": name, "findings": [finding(found, language) for found in findings]}
        for name, findings in refused.items()
    ]


def save(made: Plan, path: Path) -> None:
    """Writes a plan for `push --plan`: the changes, and what they were made from. Raises StoreError."""
    kept = Saved.of(made)
    content = {"saphan": "plan", "target": kept.target, "basis": kept.basis, "changes": kept.changes}
    try:
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError("store-unwritable", path=str(path), reason=error.strerror or str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A plan that was saved, or shown to a person: what it would change, and what it was made from."""

    target: str
    basis: Mapping[str, Mapping[str, str]] = field(hash=False)
    changes: tuple[Mapping[str, Any], ...] = field(hash=False)

    @classmethod
    def of(cls, made: Plan) -> Saved:
        """A plan as it is now."""
        changes = tuple(change.to_dict() for change in made.changes)
        return cls(target=made.target.name, basis=made.basis(), changes=changes)

    @classmethod
    def open(cls, path: Path) -> Saved:
        """Reads a saved plan. Raises SetupError `file-missing`, `plan-broken`."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            shaped = isinstance(content["target"], str) and isinstance(content["changes"], list)
            if content["saphan"] != "plan" or not shaped or not isinstance(content["basis"], dict):
                raise ValueError
            return cls(target=content["target"], basis=content["basis"], changes=tuple(content["changes"]))
        except FileNotFoundError as error:
            raise SetupError("file-missing", file=str(path)) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SetupError("plan-broken", file=str(path)) from error

    def moved(self, made: Plan) -> list[str]:
        """The datasets whose release or portal side is another by now; the target, where nothing else is."""
        now = made.basis()
        moved = sorted(name for name in {*now, *self.basis} if now.get(name) != self.basis.get(name))
        if not moved and Saved.of(made).changes != self.changes:
            moved = sorted({str(change.dataset or made.target.name) for change in made.changes})
        return moved

    def check(self, made: Plan) -> None:
        """Raises SetupError `plan-outdated` naming what has changed since."""
        if moved := self.moved(made):
            raise SetupError("plan-outdated", datasets=moved, target=self.target)


def moved(agreed: Plan, now: Plan) -> list[str]:
    """What of a plan that a person agreed to is no longer so: datasets by name, or the target."""
    found = [*Saved.of(agreed).moved(now), *(name for name in now.unsigned if name not in agreed.unsigned)]
    return found if agreed.target == now.target else [*found, now.target.name]
