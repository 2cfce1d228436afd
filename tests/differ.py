"""The differential tester: the same calls to a real CKAN and to our catalog, and where the answers differ.

    python tests/differ.py URL TOKEN [--thai] [--only GLOB] [--json FILE] [--all]

URL and TOKEN are a CKAN that holds nothing (the rig after `reset`); ours is served for the occasion.
`docs/ckan-differences.md` holds the differences that stay, each with its reason.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from differ_call import Call, named
from differ_generated import odd, searches, tables
from differ_scenes import Terms, reading, site, world
from differ_send import Outcome, Peer, outcomes
from differ_writes import changing, managing
from rigs import THAI_TERMS
from web_ground import KEY, served

from catalog.actions.licences import licences
from catalog.portal.local import LocalPortal
from catalog.switches import Switches
from metadata.standard import Standard

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "ckan-differences.md"
THAI_EDITION = "gdc-2.1.0"


def calls(*, thai: bool = False) -> list[Call]:
    """Every call, in order. The same list each time."""
    terms: Terms = THAI_TERMS if thai else {}

    def all_of_them() -> Iterator[Call]:
        yield from world(terms)
        yield from site()
        yield from reading()
        yield from searches(thai=thai)
        yield from odd()
        yield from tables()
        yield from changing(terms)
        yield from managing()

    return named(all_of_them())


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A difference that stays: calls and differences by pattern, and why."""

    call: str
    difference: str
    reason: str

    def covers(self, label: str, difference: str) -> bool:
        """Whether it speaks of this difference of this call."""
        return fnmatchcase(label, self.call) and fnmatchcase(difference, self.difference)


ROW = re.compile(r"^\| `(?P<call>[^`]+)` \| `(?P<difference>[^`]+)` \| (?P<reason>.+) \|$", re.MULTILINE)


def accepted() -> list[Accepted]:
    """The rows of the page's tables."""
    text = PAGE.read_text(encoding="utf-8")
    found = ROW.finditer(text)
    return [Accepted(call=one["call"], difference=one["difference"], reason=one["reason"]) for one in found]


def left(outcome: Outcome, known: list[Accepted]) -> list[str]:
    """The differences of a call for which the page has no reason."""
    label = outcome.call.label
    return [one for one in outcome.differences if not any(rule.covers(label, one) for rule in known)]


def compared(url: str, token: str, *, thai: bool, only: str = "*") -> Iterator[Outcome]:
    """Our catalog, fresh and served, beside the CKAN at a URL, which must hold nothing."""
    chosen = calls(thai=thai)
    needed = len(named(world({})))
    chosen = chosen[:needed] + [one for one in chosen[needed:] if fnmatchcase(one.label, only)]
    with (
        tempfile.TemporaryDirectory() as folder,
        catalog(Path(folder), thai=thai) as portal,
        served(portal) as web,
    ):
        yield from outcomes(chosen, Peer(url=url, token=token), Peer(url=web.url, token=KEY), texts=not thai)


def catalog(folder: Path, *, thai: bool) -> LocalPortal:
    """Our catalog in an empty folder, set up as the rig is: its title, and CKAN's own licences."""
    register = folder / "licences.json"
    known = {one["id"] for one in licences(stock=True)}
    theirs = [one for one in licences(stock=not thai) if one["id"] in known]
    register.write_text(json.dumps(theirs), encoding="utf-8")
    return LocalPortal(
        database_url=f"sqlite:///{folder}/catalog.sqlite",
        files=folder / "files",
        schema=Standard.load(THAI_EDITION).schema if thai else None,
        licences=register,
        # the rig's CKAN counts no visits: that is an extension in 2.12
        switches=Switches(tracking=False, sql_search=not thai),
        site_title="ckan-rig",
    )


def main() -> int:
    """What the command says; 1 where a difference has no reason."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--thai", action="store_true", help="the CKAN has the Thai schema")
    parser.add_argument("--only", default="*", help="calls whose label fits, after those that make the world")
    parser.add_argument("--json", type=Path, help="every difference, for a program")
    parser.add_argument("--all", action="store_true", help="accepted ones too")
    asked = parser.parse_args()
    known = [] if asked.all else accepted()
    count: Counter[str] = Counter()
    document = []
    for one in compared(asked.url, asked.token, thai=asked.thai, only=asked.only):
        remains = left(one, known)
        count["different" if remains else "accepted" if one.differences else "equal"] += 1
        if remains:
            print(one.call.label, *(f"    {line}" for line in remains[:4]), sep="\n")
        said = {"differences": one.differences, "left": remains}
        document.append({"call": one.call.label, "action": one.call.action, **said})
    if asked.json:
        asked.json.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    total = sum(count.values())
    print(f"{total} calls: " + ", ".join(f"{number} {kind}" for kind, number in count.items()))
    return 1 if count["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
