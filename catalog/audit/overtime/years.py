"""Closing a fiscal year: one folder to hand in, written whole, sealed in the journal, and never changed after.

`closed/<year>/` of the workspace holds the reports, the audit itself with all that it was of, the promises, the
calendar, an index in Thai, and `SHA256SUMS`, which `sha256sum -c` reads as well. What a closed year shows is read
from there: no later rule, program or record changes it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from catalog import paper
from catalog.audit.overtime import whole
from catalog.audit.overtime.promises import Standing
from catalog.audit.run import Audit
from catalog.journal import Journal
from metadata import __version__, clock
from metadata.errors import SetupError, StoreError
from metadata.event import Event, Story
from metadata.finding import Finding
from metadata.fiscal import first_day, last_day, told
from metadata.wording import Language, number, phrase
from metadata.workspace import Agency

FOLDER = "closed"
SUMS, ABOUT, AUDIT, PROMISES, INDEX = (
    "SHA256SUMS",
    "closed.json",
    "audit.jsonl.gz",
    "promises.json",
    "index.html",
)
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
LANG: Language = "th"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of the folder: its path there, the phrase that says what it is, and what writes it at a path."""

    path: str
    said: str
    write: Callable[[Path], object] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A year that was closed: when, as of which day, and the hash of its `SHA256SUMS`."""

    folder: Path
    year: int
    at: str
    day: date
    early: bool
    sha256: str
    about: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "folder": str(self.folder),
            "year": self.year,
            "at": self.at,
            "date": self.day.isoformat(),
            "early": self.early,
            "sha256": self.sha256,
            "files": [path for _hash, path in _sums(self.folder)],
        }


def closing_day(workspace: Path, year: int, *, early: bool = False) -> date:
    """The day as of which a year can be closed now: its last, or today where it is closed early.

    Raises SetupError `year-closed`, `year-not-over` (also early, where it has not begun).
    """
    found = closed(workspace, year)
    if found:
        day = datetime.fromisoformat(found.at).astimezone(clock.BANGKOK).date()
        raise SetupError("year-closed", year=year, closed=told(day), folder=str(found.folder))
    today = clock.today()
    if today > last_day(year):
        return last_day(year)
    if not early or today < first_day(year):
        kind = "year-not-over" if today >= first_day(year) else "year-not-begun"
        raise SetupError(kind, year=year, ends=told(last_day(year)), begins=told(first_day(year)))
    return today


def close(
    workspace: Path,
    year: int,
    audit: Audit,
    agency: Agency,
    *,
    parts: Sequence[Part] = (),
    standings: Sequence[Standing] = (),
    early: bool = False,
) -> Story[Closed]:
    """Closes a year with its audit. `parts`: reports, the proof pack, the calendar.

    The folder is written aside and renamed in; before that the journal is told its hash.
    Raises SetupError as `closing_day`; StoreError `store-unwritable`, and what a part raises.
    Events: `started`, `finished`.
    """
    closing_day(workspace, year, early=early)
    target = workspace / FOLDER / str(year)
    day = audit.day.isoformat()
    yield Event(kind="started", target=f"{FOLDER}/{year}", body={"closing": year, "day": day})
    aside = target.with_name(f".{year}.{uuid.uuid4().hex}")
    about = _about(year, audit, agency, early)
    contents = (*parts, *_own(audit, standings, about))
    try:
        aside.mkdir(parents=True)
        for part in contents:
            path = aside / part.path
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write(path)
        page = index(audit, agency, standings, about, aside, {part.path: part.said for part in contents})
        (aside / INDEX).write_text(page, encoding="utf-8")
        seal = _seal(aside)
        body = {"closed": year, "day": day, "early": early, "sha256": seal}
        yield Event(kind="finished", target=f"{FOLDER}/{year}", body=body)
        _renamed(aside, target, workspace, year)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError("store-unwritable", path=str(target), reason=reason) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    found = closed(workspace, year)
    assert found is not None  # noqa: S101 - it has just been written
    return found


def closed(workspace: Path, year: int) -> Closed | None:
    """A year that was closed, or None. Raises StoreError `closed-broken` where its folder cannot be read."""
    folder = workspace / FOLDER / str(year)
    if not folder.exists():
        return None
    try:
        about = orjson.loads((folder / ABOUT).read_bytes())
        return Closed(
            folder=folder,
            year=year,
            at=about["at"],
            day=date.fromisoformat(about["day"]),
            early=about["early"],
            sha256=_sha256(folder / SUMS),
            about=about,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError("closed-broken", path=str(folder), file=ABOUT) from error


def shown(found: Closed) -> Audit:
    """The audit of a closed year, as it was written then: nothing of it is derived anew.

    Raises StoreError `closed-broken` where the file is not what was sealed.
    """
    path = found.folder / AUDIT
    try:
        content = path.read_bytes()
        sums = {name: digest for digest, name in _sums(found.folder)}
        if hashlib.sha256(content).hexdigest() != sums.get(AUDIT):
            raise ValueError(AUDIT)
        return whole.read(content)
    except (OSError, ValueError) as error:
        raise StoreError("closed-broken", path=str(found.folder), file=AUDIT) from error


def check(folder: Path, journal: Journal | None = None) -> tuple[Finding, ...]:
    """What is not as it was when a year was closed. Without the journal, only what `SHA256SUMS` says of the files.

    `folder` may be anywhere: what was handed in can be checked by whoever got it.
    """
    return tuple(_faults(folder, journal))


def checked(workspace: Path, journal: Journal) -> tuple[Finding, ...]:
    """The same for every year that a workspace closed."""
    folders = sorted((workspace / FOLDER).glob("[0-9]*"))
    return tuple(found for folder in folders for found in _faults(folder, journal))


def is_closed(folder: Path) -> bool:
    """Whether a folder is a closed year's."""
    return (folder / ABOUT).is_file()


def _faults(folder: Path, journal: Journal | None) -> Iterator[Finding]:
    try:
        known = {path: digest for digest, path in _sums(folder)}
    except (OSError, ValueError):
        yield _fault("closed-missing", folder, SUMS)
        return
    if journal is not None:
        known_to = [entry.body["sha256"] for entry in journal.entries() if _closes(entry.body, folder.name)]
        if not known_to:
            yield _fault("closed-unknown", folder, SUMS)
        elif _sha256(folder / SUMS) not in known_to:
            yield _fault("closed-changed", folder, SUMS)
    for path, digest in known.items():
        try:
            if _sha256(folder / path) != f"sha256:{digest}":
                yield _fault("closed-changed", folder, path)
        except OSError:
            yield _fault("closed-missing", folder, path)
    for path in _files(folder):
        if path not in known and path != SUMS:
            yield _fault("closed-extra", folder, path)


def _fault(rule: str, folder: Path, file: str) -> Finding:
    return Finding(rule=rule, values={"folder": str(folder), "file": file})


def _closes(body: Mapping[str, Any], year: str) -> bool:
    return str(body.get("closed")) == year and "sha256" in body


def _about(year: int, audit: Audit, agency: Agency, early: bool) -> dict[str, Any]:
    return {
        "saphan": __version__,
        "year": year,
        "at": clock.stamp(),
        "day": audit.day.isoformat(),
        "early": early,
        "agency": {"name": agency.name, "title": agency.title, "title_en": agency.title_en},
        "standard": audit.standard,
        "datasets": len(audit.datasets),
        "private": sum(bool(one.facts.get("private")) for one in audit.datasets),
        "scores": {
            key: {name: one.get(name) for name in ("value", "upper", "of", "status", "pack")}
            for key, one in audit.scores.items()
        },
    }


def _own(audit: Audit, standings: Sequence[Standing], about: Mapping[str, Any]) -> tuple[Part, ...]:
    """The files that every closed year has."""
    stood = [one.to_json(LANG) for one in standings]
    return (
        Part(path=ABOUT, said="closed-about", write=lambda path: _write(path, about)),
        Part(path=AUDIT, said="closed-audit", write=lambda path: path.write_bytes(whole.packed(audit))),
        Part(path=PROMISES, said="closed-promises", write=lambda path: _write(path, stood)),
    )


def _write(path: Path, value: Any) -> None:
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def index(
    audit: Audit,
    agency: Agency,
    standings: Sequence[Standing],
    about: Mapping[str, Any],
    folder: Path,
    listed: Mapping[str, str],
) -> str:
    """The page that leads through the folder, in Thai."""
    return paper.rendered(
        "audit/overtime/closed.html",
        agency=agency.title,
        about=about,
        day=clock.day(audit.day.isoformat(), LANG),
        closed=clock.day(about["at"], LANG),
        scores=[(pack["title"][LANG], audit.scores[pack["key"]]) for pack in audit.packs],
        number=number,
        promises=standings,
        state=lambda one: phrase(f"promise-{one.state}", LANG, {}),
        files=[
            {
                "path": path,
                "said": phrase(said, LANG, {}),
                "bytes": f"{(folder / path).stat().st_size:,}",
                "sha256": _sha256(folder / path).removeprefix("sha256:"),
            }
            for path, said in listed.items()
        ],
    )


def _seal(folder: Path) -> str:
    """Writes `SHA256SUMS` and makes all files last and read-only; gives its hash."""
    lines = [f"{_sha256(folder / path).removeprefix('sha256:')}  {path}\n" for path in _files(folder)]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
    for path in _files(folder):
        with (folder / path).open("rb") as file:
            os.fsync(file.fileno())
        (folder / path).chmod(0o444)
    return _sha256(folder / SUMS)


def _renamed(aside: Path, target: Path, workspace: Path, year: int) -> None:
    """Puts the folder in its place, where there is none yet."""
    try:
        aside.rename(target)
    except OSError:
        closing_day(workspace, year, early=True)  # somebody else has closed it in the meantime
        raise
    if hasattr(os, "O_DIRECTORY"):
        held = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(held)
        finally:
            os.close(held)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _sums(folder: Path) -> list[tuple[str, str]]:
    """The hashes and paths that `SHA256SUMS` names. Raises ValueError, OSError."""
    found = []
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        parts = LINE.fullmatch(line)
        if not parts or ".." in Path(parts[2]).parts or Path(parts[2]).is_absolute():
            raise ValueError(SUMS)
        found.append((parts[1], parts[2]))
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
