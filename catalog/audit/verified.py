"""A proof pack proven: its bytes, the chain, each score, and the facts of each dataset out of its record."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from catalog.actions.context import Site
from catalog.audit.container import Fault, NotPack, Pack
from catalog.audit.entry import Entry
from catalog.audit.proof import PROGRAM, plain, program
from catalog.audit.proving.verify import Tally, proven
from catalog.audit.run import Terms, judged
from metadata import __version__
from metadata.errors import SaphanError, SetupError
from metadata.finding import Finding, Place
from metadata.release import sha256
from metadata.standard import Standard
from metadata.wording import Language, finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a pack says of itself, how much was compared, and what does not hold."""

    path: Path
    seal: str | None
    settings: Mapping[str, Any] = field(hash=False)
    tally: Mapping[str, int] = field(hash=False)
    program: str | None
    """The hash of the pack's own `verify.py`."""
    known: bool
    """Whether that is the program of this very saphan."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A source whose datasets have been read: what a pack kept of it."""

    kind: str
    title: str
    site: Site
    desk: Collection[str]

    def entries(self, names: Any) -> Iterator[Entry]:
        """Nothing: they stand in the pack."""
        return iter(())


def verify(path: Path) -> Verified:
    """Proves a pack, in its file or unpacked in a folder; what does not hold are Findings.

    Where bytes are not as they were made, nothing is derived from them.
    Raises SetupError `file-missing`, `file-unreadable`, `proof-empty`, `proof-foreign`.
    """
    try:
        with Pack(path) as pack:
            return _verified(pack)
    except NotPack as error:
        raise SetupError(error.fault, file=str(path)) from None
    except FileNotFoundError:
        raise SetupError("file-missing", file=str(path)) from None
    except OSError as error:
        raise SetupError("file-unreadable", file=str(path), reason=error.strerror or str(error)) from error


def _verified(pack: Pack) -> Verified:
    tally = Tally({"members": len(pack.members()) + 1})
    settings: Mapping[str, Any] = {}
    kept = None
    faults = pack.faults()
    if not faults:
        faults = list(proven(pack, tally))
        try:
            settings = json.loads(pack.read("settings.json"))
            kept = pack.read(PROGRAM)
            faults += derived(pack, settings, tally)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, SaphanError) as error:
            faults.append({"fault": "proof-unreadable", "reason": type(error).__name__})
    return Verified(
        path=pack.path,
        seal=pack.seal,
        settings=settings,
        tally=tally,
        program=sha256(kept) if kept is not None else None,
        known=kept == program().encode(),
        findings=tuple(map(_finding, faults)),
    )


def _finding(fault: Fault) -> Finding:
    values = {key: value for key, value in fault.items() if key not in ("fault", "dataset")}
    return Finding(rule=fault["fault"], at=Place(dataset=fault.get("dataset")), values=values)


def derived(pack: Pack, settings: Mapping[str, Any], tally: Tally) -> Iterator[Fault]:
    """The facts and findings of each dataset, made again from its record: the first that differs of each."""
    standard = Standard.from_scheming(json.loads(pack.read("standard.json")), settings["standard"])
    rules = [one["path"] for one in pack.members() if one["path"].startswith("packs/")]
    terms = Terms(
        standard=standard,
        packs=tuple(json.loads(pack.read(name)) for name in rules),
        day=date.fromisoformat(settings["day"]),
        declared=tuple(pack.lines("declared.jsonl")),
    )
    records = zip(*(pack.lines(f"{name}.jsonl") for name in ("packages", "tables", "seen")), strict=True)
    entries = [Entry(package=package, tables=tables, seen=seen) for package, tables, seen in records]
    about = {"kind": settings["kind"], "title": settings["catalog"], "desk": settings["desk"]}
    made = judged(_Kept(**about, site=Site(**settings["site"])), terms, entries)
    versions = {"version": settings["saphan"], "now": __version__}
    kept = zip(pack.lines("facts.jsonl"), pack.lines("results.jsonl"), strict=True)
    for one, (facts, result) in zip(made.datasets, kept, strict=True):
        now = plain(one.facts)
        tally.add("facts", len(now))
        wrong = next((name for name in sorted({*facts, *now}) if facts.get(name) != now.get(name)), None)
        if wrong or facts.keys() != now.keys():
            yield {"fault": "proof-facts", "dataset": one.name, "fact": wrong, **versions}
        found = [plain(of.to_dict()) for of in one.findings]
        tally.add("findings", len(found))
        if found != [{key: of[key] for key in ("rule", "severity", "at", "values")} for of in result["findings"]]:
            yield {"fault": "proof-findings", "dataset": one.name, **versions}


def as_json(made: Verified, language: Language) -> dict[str, Any]:
    """`verify FILE --json`."""
    return {
        "file": str(made.path),
        "holds": not made.findings,
        "seal": made.seal,
        "program": {"sha256": made.program, "known": made.known},
        "settings": dict(made.settings),
        "compared": dict(made.tally),
        "findings": [finding(found, language) for found in made.findings],
    }
