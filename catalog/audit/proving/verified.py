"""A proof pack proven: its bytes, the chain, each score, and the facts of each dataset out of its record."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from catalog.actions.context import Site
from catalog.audit.entry import Entry
from catalog.audit.proving import proof
from catalog.audit.proving.container import Fault, NotPack, Pack
from catalog.audit.proving.proof import PAGE, PROGRAM, plain
from catalog.audit.proving.verify import Tally, proven, totals
from catalog.audit.run import Audit, Terms, audit
from metadata import __version__
from metadata.errors import SaphanError, SetupError
from metadata.event import result_of
from metadata.finding import Finding, Place, has_errors
from metadata.pack import packaged
from metadata.release import sha256
from metadata.standard import Standard, editions
from metadata.wording import Language, finding

UNDERIVED = ("fixes", "failed")
"""Parts of a report that do not come out of the records alone."""


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
    scores: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    """What was computed again: `title` (th, en), `value`, `upper`, `of`."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it."""
        return not has_errors(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What was audited, as a pack keeps it."""

    pack: Pack
    kind: str
    title: str
    site: Site
    desk: Collection[str]

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        """Every dataset as it was read then; none is asked for by name."""
        parts = (self.pack.lines(f"{name}.jsonl") for name in ("packages", "tables", "seen"))
        for package, tables, seen in zip(*parts, strict=True):
            yield Entry(package=package, tables=tables, seen=seen)


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
    kept: bytes | None = None
    scores: tuple[Mapping[str, Any], ...] = ()
    faults = pack.faults()
    if not faults:
        faults = list(proven(pack, tally))
        try:
            settings = json.loads(pack.read("settings.json"))
            kept = pack.read(PROGRAM)
            faults += derived(pack, settings, tally)
            scores = tuple(totals(pack))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, SaphanError) as error:
            faults.append({"fault": "proof-unreadable", "reason": type(error).__name__})
    return Verified(
        path=pack.path,
        seal=pack.seal,
        settings=settings,
        tally=tally,
        program=sha256(kept) if kept is not None else None,
        known=kept == proof.program().encode(),
        findings=tuple(map(_finding, faults)),
        scores=scores,
    )


def _finding(fault: Fault) -> Finding:
    values = {key: value for key, value in fault.items() if key not in ("fault", "dataset", "severity")}
    severity = fault.get("severity", "error")
    return Finding(rule=fault["fault"], severity=severity, at=Place(dataset=fault.get("dataset")), values=values)


def derived(pack: Pack, settings: Mapping[str, Any], tally: Tally) -> Iterator[Fault]:
    """The facts and findings of each dataset, made again from its record: the first that differs of each.

    Where this saphan is the one that made the pack, also every word of its report and its page.
    """
    standard = Standard.from_scheming(json.loads(pack.read("standard.json")), settings["standard"])
    rules = [one["path"] for one in pack.members() if one["path"].startswith("packs/")]
    terms = Terms(
        standard=standard,
        packs=tuple(json.loads(pack.read(name)) for name in rules),
        day=date.fromisoformat(settings["day"]),
        declared=tuple(pack.lines("declared.jsonl")),
    )
    yield from own(terms)
    about = {"kind": settings["kind"], "title": settings["catalog"], "desk": settings["desk"]}
    story = audit(_Kept(pack=pack, **about, site=Site(**settings["site"])), terms)
    made = replace(result_of(story), at=settings["made"])
    same = settings["saphan"] == __version__
    versions = {"version": settings["saphan"], "now": __version__}
    kept = zip(pack.lines("facts.jsonl"), pack.lines("findings.jsonl"), strict=True)
    for one, (facts, told) in zip(made.datasets, kept, strict=True):
        now = plain(one.facts)
        tally.add("facts", len(now))
        wrong = differing(facts, now)
        if wrong is not None:
            yield {"fault": "proof-facts", "dataset": one.name, "fact": wrong, **versions}
        found = plain(proof.findings(one))
        tally.add("findings", len(found))
        if _told(found, same) != _told(told, same):
            yield {"fault": "proof-findings", "dataset": one.name, **versions}
    if same:
        yield from worded(pack, made)


def worded(pack: Pack, made: Audit) -> Iterator[Fault]:
    """The report and the page, word by word."""
    report = json.loads(pack.read("audit.json"))
    now = plain(proof.report(replace(made, failed={})))
    known = {key: value for key, value in report.items() if key not in UNDERIVED}
    wrong = differing(known, {key: value for key, value in now.items() if key not in UNDERIVED})
    if wrong is not None:
        yield {"fault": "proof-report", "member": "audit.json", "place": wrong}
    members = [one for one in pack.members() if one["path"] != PAGE]
    if pack.read(PAGE).decode() != proof.page(made, report["scores"], members):
        yield {"fault": "proof-report", "member": PAGE}


def own(terms: Terms) -> Iterator[Fault]:
    """Rules and editions that did not come with this saphan: an agency's own, or changed; a person must look."""
    for rule in terms.packs:
        if plain(packaged().get(rule["pack"])) != rule:
            yield {"fault": "proof-own-rules", "severity": "warning", "score": rule["key"], "pack": rule["pack"]}
    name = terms.standard.name
    if name not in editions() or Standard.load(name) != terms.standard:
        yield {"fault": "proof-own-standard", "severity": "warning", "standard": name}


def _told(findings: Iterable[Mapping[str, Any]], words: bool) -> list[dict[str, Any]]:
    """Findings to be compared: with their sentences, or what they say without."""
    keys = ("rule", "severity", "at", "values", *(("message", "remedy") if words else ()))
    return [{key: one.get(key) for key in keys} for one in findings]


def differing(kept: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """The first key whose value is not the same, or that only one of them has."""
    return next((key for key in sorted({*kept, *now}) if _at(kept, key) != _at(now, key)), None)


def _at(value: Mapping[str, Any], key: str) -> Any:
    return (key in value, value.get(key))


def as_json(made: Verified, language: Language) -> dict[str, Any]:
    """`verify FILE --json`."""
    return {
        "file": str(made.path),
        "holds": made.holds,
        "seal": made.seal,
        "program": {"sha256": made.program, "known": made.known},
        "settings": dict(made.settings),
        "scores": [{**score, "title": score["title"][language]} for score in made.scores],
        "compared": dict(made.tally),
        "findings": [finding(found, language) for found in made.findings],
    }
