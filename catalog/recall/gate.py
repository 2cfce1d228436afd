"""What a recall says of a release that is to go out: never again this one; a clean one, once the owner says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from catalog.store import recalls
from catalog.store.database import reading, writing
from catalog.store.recalls import Recall
from metadata.errors import SetupError
from metadata.finding import Finding, Place
from metadata.release import Decision, Release, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Whether a release may go to a target, as far as recalls are concerned."""

    findings: tuple[Finding, ...] = ()
    reopens: tuple[str, ...] = ()
    """The recalls that an approval of this very release names: they no longer keep its dataset and files out."""


def passage(engine: Engine, target: str, release: Release, decisions: Sequence[Decision]) -> Passage:
    """Looks a release up in the list of recalls: by its hash, its dataset's name, and its files.

    Findings: `recall-release`, `recall-dataset`, `recall-file`, `recall-waiting`.
    """
    contents = {one.sha256.removeprefix("sha256:"): one.path for one in release.files}
    named = _named(release.hash, decisions)
    found: list[Finding] = []
    with reading(engine) as connection:
        if (same := recalls.of_release(connection, release.hash)) is not None:
            found.append(_finding("recall-release", release, same))
        of_dataset = recalls.named(connection, "dataset", [release.dataset])
        of_files = recalls.named(connection, "file", contents, standing=False)
        waiting = [one for one in recalls.listed(connection, release.dataset) if target in one.waiting]
    others = [one for one in of_dataset if same is None or one.id != same.id]
    found += [_finding("recall-dataset", release, one) for one in others if one.id not in named]
    known = {one.id for one in of_dataset}
    for one in of_files:
        if one.id not in known and one.id not in named:
            paths = sorted(contents[content] for content in one.files & contents.keys())
            found.append(_finding("recall-file", release, one, paths=paths))
    found += [_finding("recall-waiting", release, one, target=target) for one in waiting]
    reopens = {one.id for one in (*of_dataset, *of_files)} & named
    return Passage(findings=tuple(found), reopens=() if found else tuple(sorted(reopens)))


def barred(engine: Engine, report: Report, decisions: Sequence[Decision]) -> Recall | None:
    """The recall that keeps a release, as it is reported, in."""
    if report.release is None:
        return None
    with reading(engine) as connection:
        same = recalls.of_release(connection, report.release)
        standing = recalls.named(connection, "dataset", [report.dataset])
    named = _named(report.release, decisions)
    return same or next((one for one in standing if one.id not in named), None)


def known(engine: Engine, key: str, report: Report) -> None:
    """Looks whether an approval may name a recall.

    Raises SetupError `recall-unknown` where there is none of that number, `recall-release` where the approval is
    of the recalled release: that is not published again, whatever anybody signs.
    """
    at = Place(dataset=report.dataset)
    with reading(engine) as connection:
        numbers = [one.id for one in recalls.listed(connection)]
        same = recalls.of_release(connection, report.release or "")
    if same is not None:
        values = {"release": report.release, "recall": same.id, "name": report.dataset}
        raise SetupError("recall-release", at, **values)
    if key and key not in numbers:
        raise SetupError("recall-unknown", at, recall=key, known=numbers)


def reopen(engine: Engine, ids: Iterable[str], release: Release) -> None:
    """Lets a dataset in again, as the owner's approval says: before the first write of its clean release."""
    with writing(engine) as connection:
        for key in ids:
            recalls.reopen(connection, key, [one.sha256.removeprefix("sha256:") for one in release.files])


def _named(release: str, decisions: Sequence[Decision]) -> set[str]:
    """The recalls that the owner's approval of this release names."""
    approvals = [one for one in decisions if (one.kind, one.role, one.release) == ("approval", "owner", release)]
    given = [one.rest.get("recall") for one in approvals]
    return {str(key) for one in given if one for key in (one if isinstance(one, list) else [one])}


def _finding(rule: str, release: Release, recall: Recall, **more: Any) -> Finding:
    values = {"recall": recall.id, "name": release.dataset, "release": recall.release or "–", "day": recall.at}
    return Finding(rule=rule, severity="error", at=Place(dataset=release.dataset), values={**values, **more})
