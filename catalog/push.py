"""Carrying out a plan: each write journalled before and after it is sent, and proven by reading back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from catalog import memory, survey, wire
from catalog.plan import KEEP, Change
from catalog.recall.gate import reopen
from catalog.survey import BOM, Course, Plan, Surveyor
from metadata import stored
from metadata.errors import PortalError, Refused
from metadata.event import Event, Story
from metadata.finding import Finding, Place
from metadata.wording import Language

BATCH_ROWS = 5000
BATCH_BYTES = 2_000_000
"""A DataStore batch: at most so many records, and so many bytes of JSON."""
TRIES = 3
"""How often a dataset is looked at again after a write whose answer was lost."""
PAUSE = 2.0
"""Seconds before the first look; doubled each time."""
TIMED_OUT = (502, 504, 524)
"""With these a proxy gave up waiting; what it waited for may still be at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a portal answered to one write."""

    action: str
    dataset: str | None
    resource: str | None = None
    id: str | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "action": self.action,
            "dataset": self.dataset,
            "resource": self.resource,
            "id": self.id,
            "seconds": self.seconds,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a push did."""

    receipts: tuple[Receipt, ...] = ()
    refused: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict, hash=False)
    exit: int = 0
    """The exit code of what the portal refused; 0 where it took everything."""


def document(made: Plan, pushed: Pushed, run: str | None, language: Language) -> dict[str, Any]:
    """`push --json`, in the contract's keys."""
    return {
        **survey.document(made, language),
        "run": run,
        "refused": survey.refusals(pushed.refused, language),
        "writes": len(pushed.receipts),
        "receipts": [receipt.to_dict() for receipt in pushed.receipts],
    }


def push(surveyor: Surveyor, made: Plan) -> Story[Pushed]:
    """Applies a plan. A dataset that the portal refuses does not keep the others from going out.

    Raises PortalError when the portal cannot be reached or does not let us in: what was done by then is in the
    journal, and a rerun goes on from there.
    """
    target = made.target.name
    receipts: list[Receipt] = []
    refused = dict(made.refused)
    exit_code = 0
    yield Event(kind="started", target=target, body={"command": "push", "changes": len(made.changes)})
    if made.organization:
        yield from _organization(surveyor, made.organization, receipts)
    for course in made.courses:
        try:
            yield from _dataset(surveyor, made, course, receipts)
        except Refused as error:
            if error.values.get("ambiguous"):
                raise
            made_now = [r for r in receipts if (r.dataset, r.action) == (course.name, "package_create")]
            if made_now:
                yield from _withdraw(surveyor, made, course, receipts)
            refused[course.name] = (_about(error, course.name),)
            exit_code = error.exit
            yield Event(kind="failed", dataset=course.name, target=target, body={"error": error.kind})
    yield Event(kind="finished", target=target, body={"command": "push", "writes": len(receipts)})
    return Pushed(receipts=tuple(receipts), refused=refused, exit=exit_code)


def learns(made: Plan) -> bool:
    """Whether a push that sends nothing would still note something: ids of adopted resources, or in the journal
    what stands on the portal."""
    return any(course.adopted or memory.learns(course) for course in made.courses)


def _about(error: PortalError, dataset: str) -> Finding:
    return Finding(rule=error.kind, at=Place(dataset=dataset), values=error.values)


def _organization(surveyor: Surveyor, change: Change, receipts: list[Receipt]) -> Story[None]:
    left: Change | None = change
    for attempt in range(TRIES):
        if left is None:
            return
        data = {difference.field: difference.after for difference in left.fields}
        try:
            receipts.append((yield from _write(surveyor, left.action, data, put={})))
            return
        except PortalError as error:
            _wait_to_look(error, attempt)
        left = surveyor.organization()


def _dataset(surveyor: Surveyor, made: Plan, course: Course, receipts: list[Receipt]) -> Story[None]:
    """One dataset: its changes, then a look whether the portal shows them; again, where an answer was lost."""
    if course.sends and (changed := stored.altered(course.offer.dataset, course.offer.release.files)):
        # it was read before: who edits a file by hand asks for no lock
        raise Refused("release-stale", Place(dataset=course.name), inputs=changed)
    if course.reopens and course.sends:
        reopen(surveyor.journal.engine, course.reopens, course.offer.release)
        body = {"kind": "reopened", "recalls": list(course.reopens), "release": course.offer.release.hash}
        yield Event(kind="decision", dataset=course.name, target=made.target.name, body=body)
    if course.adopted:
        # before the first write: a run that is killed after its last one would never name them
        stored.keep_ids(course.offer.dataset, course.adopted)
    if not course.sends:
        yield from _learn(surveyor, course)
        return
    if course.verdict and (decided := course.verdict.document()):
        body = {"release": course.offer.release.hash, **decided}
        yield Event(kind="checked", dataset=course.name, target=made.target.name, body=body)
    for attempt in range(TRIES):
        try:
            yield from _apply(surveyor, made, course, receipts)
            break
        except PortalError as error:
            _wait_to_look(error, attempt)
            lost = error
        course = surveyor.look(course.offer, made.manners)
        late = lost.kind == "portal-timeout" or lost.values.get("status") in TIMED_OUT
        if late and "resource_create" in {change.action for change in course.changes}:
            # It may still be at work, and a second resource_create of one id breaks the dataset: CKAN 2.12 answers
            # 200, and its later resource_delete has deleted another resource. A rerun looks again.
            raise lost
    course = surveyor.look(course.offer, made.manners)
    left = [change for change in course.changes if change.action != KEEP]
    if left:
        fields = sorted({difference.field for change in left for difference in change.fields})
        raise Refused("portal-kept-otherwise", Place(dataset=course.name), fields=fields, target=made.target.name)
    yield from _learn(surveyor, course)


def _learn(surveyor: Surveyor, course: Course) -> Story[None]:
    """Journals what the portal shows as we want it, where the journal did not know: it was lost, a run was
    killed before it could note an answer, or somebody wrote there what the desk says now."""
    if course.wanted and memory.learns(course):
        body = {"action": "package_show", "resource": None, "id": course.shown.get("id"), "seconds": 0.0}
        body["put"] = memory.settled(course)
        yield Event(kind="receipt", dataset=course.name, target=surveyor.target.name, body=body)


def _withdraw(surveyor: Surveyor, made: Plan, course: Course, receipts: list[Receipt]) -> Story[None]:
    """Takes back a dataset that this run created and the portal then refused a part of: nothing half published.

    Only a sysadmin may purge it; else it stays in the portal's trash, from where the next push brings it back.
    """
    put = {**surveyor.journal.remembered(made.target.name, course.name), "withdrawn": True}
    put.pop("begun", None)
    change = Change(action="package_delete", dataset=course.name)
    receipts.append((yield from _write(surveyor, change.action, {"id": course.name}, put=put, change=change)))
    if made.manners.sysadmin:
        for key in put.get("tables", ()):
            change = Change(action="datastore_delete", dataset=course.name, id=key)
            data = {"resource_id": key, "force": True}
            if surveyor.table(key):
                receipts.append((yield from _write(surveyor, change.action, data, put=put, change=change)))
        change = Change(action="dataset_purge", dataset=course.name)
        receipts.append((yield from _write(surveyor, change.action, {"id": course.name}, put={}, change=change)))


def _wait_to_look(error: PortalError, attempt: int) -> None:
    """After a write whose answer was lost: waits, so that the caller can look before it repeats. Else raises."""
    if not error.values.get("ambiguous") or attempt == TRIES - 1:
        raise error
    time.sleep(PAUSE * 2**attempt)


def _apply(surveyor: Surveyor, made: Plan, course: Course, receipts: list[Receipt]) -> Story[None]:
    put = memory.untouched(course)
    for change in course.changes:
        for action, data, upload in _requests(change, course, made, surveyor):
            put = memory.after(put, course, change)
            with _upload(upload, made) as files:
                receipts.append((yield from _write(surveyor, action, data, put=put, change=change, files=files)))


Request = tuple[str, Mapping[str, Any], Path | None]
"""An action, its data, and the file that goes with it."""


def _requests(change: Change, course: Course, made: Plan, surveyor: Surveyor) -> Iterator[Request]:
    """The writing requests of one change."""
    fields = {difference.field: difference.after for difference in change.fields}
    dataset = course.offer.dataset
    resource = dataset.resource(change.resource or "")
    match change.action:
        case "package_create" | "package_patch":
            data = wire.package_data(fields, course.shown, made.manners)
            yield (
                change.action,
                data if change.action == "package_create" else {"id": course.shown["id"], **data},
                None,
            )
        case "resource_create" | "resource_patch":
            flat, lists = wire.resource_data(fields)
            flat["id"] = change.id
            if change.action == "resource_create":
                flat["package_id"] = course.name
            path = None
            if "hash" in fields and resource is not None:
                path = dataset.folder / "release" / f"{resource.name}.{resource.format}"
                # CKAN guesses it for a new resource only: a CSV that becomes GeoJSON would be served as CSV
                flat["mimetype"] = course.offer.release.media_type(path.name)
            if path is None:
                yield change.action, {**flat, **lists}, None
            else:
                yield change.action, flat, path
                if lists:
                    yield "resource_patch", {"id": change.id, **lists}, None
        case "package_resource_reorder":
            yield change.action, {"id": course.shown.get("id") or course.name, "order": _order(course)}, None
        case "resource_delete":
            yield change.action, {"id": change.id}, None
        case "datastore_delete":
            yield change.action, {"resource_id": change.id, "force": True}, None
        case "datastore_create" | "datastore_upsert":
            yield from _rows(change, course, surveyor)


def _order(course: Course) -> list[str]:
    """Every resource of the dataset: ours in the release's order, those of others where they are."""
    ours = [resource["id"] for resource in course.wanted["resources"]]
    gone = {change.id for change in course.changes if change.action == "resource_delete"}
    there = [one["id"] for one in course.shown.get("resources", ()) if one["id"] not in gone]
    there += [key for key in ours if key not in there]
    following = iter(ours)
    return [next(following) if key in ours else key for key in there]


def _rows(change: Change, course: Course, surveyor: Surveyor) -> Iterator[Request]:
    """A table: dropped and made anew, or continued where an earlier run stopped; its rows in batches."""
    dataset = course.offer.dataset
    resource = dataset.resource(change.resource or "")
    if resource is None or change.id is None:
        return
    shown = course.present["tables"].get(change.id) if course.present else None
    table = course.wanted["tables"][change.id]
    start = 0
    if change.action == "datastore_upsert" and shown is not None:
        start = shown["rows"]
    else:
        # A table outlives its dataset's purge on CKAN, and `datastore_create` would add our rows to those in it.
        if shown is not None or surveyor.table(change.id):
            yield "datastore_delete", {"resource_id": change.id, "force": True}, None
        create = {"resource_id": change.id, "fields": wire.table_fields(table), "force": True}
        yield "datastore_create", create, None
    path = dataset.folder / "release" / f"{resource.name}.{resource.format}"
    for batch in _batches(islice(wire.records(path, resource), start, None)):
        upsert = {"resource_id": change.id, "method": "insert", "records": batch, "force": True}
        yield "datastore_upsert", upsert, None


def _batches(records: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(json.dumps(record, ensure_ascii=False).encode())
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def _upload(path: Path | None, made: Plan) -> Iterator[dict[str, IO[bytes]] | None]:
    """The file as the target gets it, open."""
    if path is None:
        yield None
        return
    with TemporaryDirectory(prefix="saphan-") as spare:
        if made.target.bom and path.suffix == ".csv":
            marked = Path(spare) / path.name
            with marked.open("wb") as out, path.open("rb") as source:
                out.write(BOM)
                while block := source.read(1 << 20):
                    out.write(block)
            path = marked
        with path.open("rb") as stream:
            yield {"upload": stream}


def _write(
    surveyor: Surveyor,
    action: str,
    data: Mapping[str, Any],
    *,
    put: Mapping[str, Any],
    change: Change | None = None,
    files: Mapping[str, IO[bytes]] | None = None,
) -> Story[Receipt]:
    target = surveyor.target.name
    dataset = change.dataset if change else None
    told: dict[str, Any] = {"action": action, "resource": change.resource if change else None}
    if "records" in data:
        told["rows"] = len(data["records"])
    elif change:
        told["fields"] = [difference.to_dict() for difference in change.fields]
    if dataset:
        told["put"] = put
    yield Event(kind="intent", dataset=dataset, target=target, body=told)
    began = time.monotonic()
    answer = surveyor.portal.call_action(action, data, files)
    receipt = Receipt(
        action=action,
        dataset=dataset,
        resource=change.resource if change else None,
        id=(answer or {}).get("id") if isinstance(answer, Mapping) else None,
        seconds=round(time.monotonic() - began, 3),
    )
    body = {**receipt.to_dict(), "put": put} if dataset else receipt.to_dict()
    yield Event(kind="receipt", dataset=dataset, target=target, body=body)
    return receipt
