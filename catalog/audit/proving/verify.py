"""What a proof pack proves by itself: its bytes, the journal's chain, and each score out of the facts.

Of the standard library alone, and it runs on Python 3.9: each pack carries this text, with those of `container.py`
and `score.py`, as its `verify.py`. What only saphan can derive again, the facts out of the records, is checked by
`saphan verify` (see `catalog/audit/proving/proof.py`).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from catalog.audit.proving.container import Fault, NotPack, Pack
from catalog.audit.score import score

WORDS: dict[str, dict[str, str]] = {}
"""Kind → sentence in Thai and English; filled in a pack's `verify.py`."""
LANGUAGES = ("th", "en")
CHAINED = ("seq", "at", "run", "actor", "kind", "dataset", "target", "body")
"""The fields of a journal's row that its hash is made of (`catalog/journal.py`)."""
SCORED = ("value", "upper", "of", "status")
DECIDED = ("kind", "by", "role", "at")
SHOWN = 20
"""Faults told, at most."""


class Tally(dict[str, int]):
    """How many of what were compared."""

    def add(self, name: str, count: int = 1) -> None:
        """So many more."""
        self[name] = self.get(name, 0) + count


def proven(pack: Pack, tally: Tally) -> Iterator[Fault]:
    """What does not hold of a pack whose bytes are as they were made."""
    try:
        yield from chained(pack.lines("journal.jsonl"), tally)
        yield from decided(pack, tally)
        yield from scored(pack, tally)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError) as error:
        # whoever made this pack, saphan did not: the bytes are as sealed, and do not say what they must
        yield {"fault": "proof-unreadable", "reason": type(error).__name__}


def chained(rows: Iterable[Mapping[str, Any]], tally: Tally) -> Iterator[Fault]:
    """Each row follows the one before; of a row that is told its hash is what it says. Others are hashes alone."""
    last = ""
    for number, row in enumerate(rows, 1):
        whole = "body" in row
        if (row["seq"], row["prev"]) != (number, last) or (whole and row["hash"] != digest(row)):
            yield {"fault": "proof-chain", "seq": number}
            return
        last = row["hash"]
        tally.add("told" if whole else "hashed")


def digest(row: Mapping[str, Any]) -> str:
    """What the hash of a journal's row must be."""
    fields = {name: row[name] for name in CHAINED}
    body = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256((row["prev"] + body).encode()).hexdigest()


def decided(pack: Pack, tally: Tally) -> Iterator[Fault]:
    """Each decision that the pack says the journal knows stands in the journal."""
    known = [row for row in pack.lines("journal.jsonl") if row.get("kind") == "decision"]
    told = {(row["dataset"], *(str(row["body"].get(key)) for key in DECIDED)) for row in known}
    for line in pack.lines("decisions.jsonl"):
        tally.add("decisions")
        decision = line["decision"]
        if line["journalled"] and (line["dataset"], *(str(decision.get(key)) for key in DECIDED)) not in told:
            yield {"fault": "proof-decision", "dataset": line["dataset"]}


def scored(pack: Pack, tally: Tally) -> Iterator[Fault]:
    """Each number of each score is what its rule makes of the facts."""
    report = json.loads(pack.read("audit.json"))
    facts = list(pack.lines("facts.jsonl"))
    declared = list(pack.lines("declared.jsonl"))
    results = list(pack.lines("results.jsonl"))
    tally.add("datasets", len(facts))
    names = [one["path"] for one in pack.members() if one["path"].startswith("packs/")]
    rules = [json.loads(pack.read(name)) for name in names]
    if [rule["key"] for rule in rules] != list(report["scores"]):
        yield {"fault": "proof-rules"}
        return
    keys = {rule["key"] for rule in rules}
    strange = any(one.keys() != {"name", "scores"} or one["scores"].keys() != keys for one in results)
    if strange or [one["name"] for one in facts] != [one["name"] for one in results]:
        yield {"fault": "proof-datasets"}
        return
    for rule in rules:
        tally.add("scores")
        made = score(rule, facts, declared)
        kept = report["scores"][rule["key"]]
        for place, now in expected(rule, made):
            yield from same(rule, place, at(kept, place), now, tally)
        if len(kept["evidence"]) != len(made["measures"]):
            yield {
                "fault": "proof-score",
                "score": rule["key"],
                "place": "evidence",
                "kept": None,
                "derived": None,
            }
        for one in results:
            own = made["datasets"][one["name"]]
            for fault in same(rule, (), one["scores"][rule["key"]], own, tally):
                yield {**fault, "dataset": one["name"]}


def expected(rule: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Where a report tells what of a score, and what must stand there."""
    for name in SCORED:
        yield (name,), made[name]
    yield ("rule",), rule["pack"]
    yield ("unit",), rule["unit"]
    if made.get("band"):
        yield ("band",), next(band["title"]["th"] for band in rule["bands"] if band["band"] == made["band"])
    for group, value in made["groups"].items():
        for name in ("value", "upper", "of"):
            yield ("dimensions", group, name), value[name]
    for number, measure in enumerate(made["measures"]):
        for name, value in measure.items():
            yield ("evidence", number, name), value


def at(kept: Any, place: tuple[Any, ...]) -> Any:
    """What stands at a place. Raises KeyError, IndexError."""
    for step in place:
        kept = kept[step]
    return kept


def same(rule: Mapping[str, Any], place: tuple[Any, ...], kept: Any, now: Any, tally: Tally) -> Iterator[Fault]:
    """Two values that must be one; the first that differs within them is named."""
    now = list(now) if isinstance(now, tuple) else now
    if isinstance(now, dict) and isinstance(kept, dict) and now.keys() == kept.keys():
        for name, value in now.items():
            yield from same(rule, (*place, name), kept[name], value, tally)
        return
    tally.add("numbers")
    if type(kept) is not type(now) or kept != now:
        where = "/".join(map(str, place))
        yield {"fault": "proof-score", "score": rule["key"], "place": where, "kept": kept, "derived": now}


def totals(pack: Pack) -> Iterator[dict[str, Any]]:
    """Each score of a pack's report: its titles, value, highest value if all were met, and out of what."""
    report = json.loads(pack.read("audit.json"))["scores"]
    for one in pack.members():
        if one["path"].startswith("packs/"):
            rule = json.loads(pack.read(one["path"]))
            yield {"title": rule["title"], **{name: report[rule["key"]][name] for name in SCORED}}


def say(kind: str, facts: Mapping[str, Any]) -> None:
    """A sentence in Thai and in English."""
    for language in LANGUAGES:
        known = Facts({key: shown(value, language) for key, value in facts.items()})
        sys.stdout.write(WORDS[kind][language].format_map(known) + "\n")


def shown(value: Any, language: str) -> Any:
    """A fact as people read it."""
    if isinstance(value, dict):
        return value.get(language, "–")
    if isinstance(value, float):
        return f"{value:.2f}"
    return "–" if value is None else value


class Facts(dict[str, Any]):
    """Facts of a sentence: one that is not known is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def main(arguments: list[str]) -> int:
    """`python verify.py [PACK]`: a pack, or the folder it was unpacked to (the one that this program is in)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    path = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    try:
        with Pack(path) as pack:
            return checked(pack)
    except NotPack as error:
        say(error.fault, {"file": path})
    except OSError as error:
        say("file-unreadable", {"file": path, "reason": error.strerror})
    return 2


def checked(pack: Pack) -> int:
    """Checks a pack, tells what holds, and gives the exit code."""
    tally = Tally()
    faults = pack.faults()
    if not faults:
        sizes = {"members": len(pack.members()) + 1, "seal": pack.seal}
        say("verify-bytes" if pack.seal else "verify-files", sizes)
        faults = list(proven(pack, tally))
    for fault in faults[:SHOWN]:
        say(fault["fault"], fault)
    if faults:
        say("verify-broken", {"faults": len(faults)})
        return 1
    counts = {"told": 0, "hashed": 0, "decisions": 0, **tally}
    say("verify-chain", counts)
    say("verify-scores", counts)
    for one in totals(pack):
        say("verify-score" if one["value"] == one["upper"] else "verify-score-range", one)
    say("verify-holds", counts)
    return 0
