"""The sheet of a recall, to be printed, filed and sent: what, where, how often used, until when, and whom to tell.

Section 37 (4) of the Personal Data Protection Act B.E. 2562 asks for notice within 72 hours of knowing; what the
notice holds follows the Committee's notification of B.E. 2565 on it: nature and kind, contact, effects, measures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup

from catalog import paper
from catalog.store.recalls import LOCAL, Recall
from metadata import clock
from metadata.document import shipped
from metadata.wording import Language, moment, say

HOURS = 72
"""Within which the office of the PDPC is to be told (s. 37 (4))."""
DAYS = 31
"""Days with use that a sheet shows, the last ones; the sums are of all."""
KINDS = {"page": "view", "file": "download", "api": "api"}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who writes: the agency, and whom to ask."""

    agency: str
    contact: str = ""
    desk: Sequence[str] = ()
    """What remains on the steward's desk: paths within the workspace."""
    harvested: bool = True
    """Whether the dataset allowed other catalogues to harvest it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of the sheet: its heading, facts in pairs, a table (the first row its heads), paragraphs, a list."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    texts: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    letter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet in one language."""

    title: str
    draft: str
    language: Language
    blocks: tuple[Block, ...] = field(default=())

    def html(self, style: str = "") -> str:
        """A page that stands alone, to be printed on A4. `style`: CSS beside its own."""
        return paper.rendered("recall/sheet.html", sheet=self, style=Markup(style))  # noqa: S704 - our own

    def write(self, path: Path) -> None:
        """Writes it as the file's name says: .html, .pdf, else Markdown. Raises OSError; SetupError for a PDF."""
        kind = path.suffix.lower()
        content = paper.pdf(self.html(paper.faces())) if kind == ".pdf" else b""
        paper.put(path, content or (self.html() if kind == ".html" else self.markdown()).encode())

    def markdown(self) -> str:
        """The same for a terminal, a ticket or a mail."""
        return "\n".join(_markdown(self))


@cache
def words() -> Mapping[str, Any]:
    """Key → {"th", "en"}."""
    return shipped(files("catalog").joinpath("recall/sheet.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def remains(code: str, language: Language) -> str:
    """What is left somewhere that we cannot remove, said by its code."""
    return str(words()[code][language])


def used(recall: Recall) -> dict[str, dict[str, int]]:
    """Day → `view`, `download`, `api` by people, and `robots`; the days with any use."""
    days: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys((*KINDS.values(), "robots"), 0))
    for day, kind, robot, times in recall.facts.get("use", ()):
        days[day]["robots" if robot else KINDS[kind]] += times
    return dict(sorted(days.items()))


def sums(recall: Recall) -> dict[str, int]:
    """The same in all."""
    return {name: sum(one[name] for one in used(recall).values()) for name in (*KINDS.values(), "robots")}


def since(recall: Recall) -> str | None:
    """When it first stood anywhere, as far as catalog and journal know; UTC."""
    known = (recall.facts.get("public"), *(one.since for one in recall.targets))
    return min((one for one in known if one), default=None)


def hours(recall: Recall) -> dict[str, str]:
    """The clock of section 37 (4): since when it is known, and when 72 hours end; both UTC."""
    aware = str(recall.facts.get("aware") or recall.at)
    return {"aware": aware, "due": clock.stamp(datetime.fromisoformat(aware) + timedelta(hours=HOURS))}


def sheet(recall: Recall, house: House, language: Language) -> Sheet:
    """The sheet of a recall, as it stands."""
    return _Writing(recall, house, language).sheet()


class _Writing:
    """One sheet being written."""

    def __init__(self, recall: Recall, house: House, language: Language) -> None:
        self.recall, self.house, self.language = recall, house, language
        self.kind: Literal["incident", "erasure"] = "erasure" if recall.kind == "erasure" else "incident"
        clocked = hours(recall)
        known = sorted(recall.facts.get("agencies", ()), key=lambda one: str(one[2]))
        self.agencies = [
            {"agency": agency, "mou": mou, "begins": clock.day(begins, language), "uses": uses}
            for agency, mou, begins, uses in known
        ]
        self.facts: dict[str, Any] = {
            **sums(recall),
            "agency": house.agency,
            "contact": house.contact or "……",
            "name": recall.dataset,
            "recall": recall.id,
            "reason": recall.reason,
            "request": recall.request,
            "release": recall.release or self.say("release-unknown"),
            "at": self.moment(recall.at),
            "since": self.moment(since(recall)) or "……",
            "aware": self.moment(clocked["aware"]),
            "due": self.moment(clocked["due"]),
            "agencies": ", ".join(dict.fromkeys(one["agency"] for one in self.agencies)),
            "begins": self.agencies[0]["begins"] if self.agencies else "",
        }
        left = [self.say("local") if one == LOCAL else one for one in recall.waiting]
        self.facts["gone-from"] = self.say("gone-but" if left else "gone-all", targets=", ".join(left))

    def say(self, key: str, **more: Any) -> str:
        text = str(words()[key][self.language])
        return text.format(**{**getattr(self, "facts", {}), **more})

    def moment(self, stored: str | None) -> str:
        return moment(stored, self.language) if stored else ""

    def sheet(self) -> Sheet:
        parts = [self.what(), self.where(), self.use(), self.holders()]
        if self.kind == "incident":
            parts += [self.clock(), self.letter("notice", 7), self.letter("people", 3)]
        else:
            parts += [self.letter("reply", 3), self.letter("controllers", 1)]
        title = self.say(f"title-{self.kind}")
        return Sheet(
            title=title, draft=self.say("draft"), language=self.language, blocks=(*parts, self.following())
        )

    def what(self) -> Block:
        recall = self.recall
        pairs = {
            "dataset": recall.dataset,
            "release": self.facts["release"],
            "number": recall.id,
            "reason": recall.reason,
            "request": recall.request,
            "by": recall.by,
            "at": self.facts["at"],
            "public": self.moment(since(recall)) or self.say("never"),
            "since-release": self.moment(recall.facts.get("release")),
            "files": str(len(recall.files)),
        }
        return Block(
            title=self.say("what"), facts=tuple((self.say(key), text) for key, text in pairs.items() if text)
        )

    def where(self) -> Block:
        rows = [tuple(map(self.say, ("target", "since", "gone", "remains")))]
        for one in self.recall.targets:
            name = self.say("local") if one.target == LOCAL else one.target
            trouble = say(one.trouble, {}, self.language)[0] if one.trouble else "–"
            done = self.moment(one.done) or self.say("waiting", trouble=trouble)
            left = "; ".join(remains(code, self.language) for code in one.remains)
            rows.append((name, self.moment(one.since) or "–", done, left or "–"))
        texts = [
            self.say("shared", names=", ".join(names)) for names in self.recall.facts.get("shared", {}).values()
        ]
        if self.house.desk:
            texts.append(self.say("desk", paths=", ".join(self.house.desk)))
        return Block(title=self.say("where"), table=tuple(rows), texts=tuple(dict.fromkeys(texts)))

    def use(self) -> Block:
        days = used(self.recall)
        if not days:
            return Block(title=self.say("used"), texts=(self.say("unused"),))
        names = (*KINDS.values(), "robots")
        rows = [tuple(map(self.say, ("day", *names)))]
        for day in list(days)[-DAYS:]:
            rows.append((clock.day(day, self.language), *(f"{days[day][name]:,}" for name in names)))
        rows.append((self.say("total"), *(f"{self.facts[name]:,}" for name in names)))
        return Block(title=self.say("used"), texts=(self.say("used-note"),), table=tuple(rows))

    def holders(self) -> Block:
        known = self.recall.facts
        counts = {"robots": self.facts["robots"], "api": self.facts["api"]}
        counts |= {"tokens": known.get("tokens", 0), "followers": known.get("followers", 0)}
        points = [self.say(f"holders-{name}", count=count) for name, count in counts.items() if count]
        points += [self.say("holders-agency", **one) for one in self.agencies]
        points += [self.say("holders-source", source=known["source"])] if known.get("source") else []
        points += [self.say("holders-harvest")] if self.house.harvested and known.get("public") else []
        return Block(title=self.say("holders"), points=(*points, self.say("holders-backups")))

    def clock(self) -> Block:
        pairs = ((self.say(f"clock-{name}"), self.facts[name]) for name in ("aware", "due"))
        return Block(title=self.say("clock"), facts=tuple(pairs), texts=(self.say("clock-note"),))

    def letter(self, name: str, parts: int) -> Block:
        keys = [f"{name}-{number}" for number in range(1, parts + 1)]
        if self.agencies and not self.recall.facts.get("public"):
            keys = [f"{key}-shared" if f"{key}-shared" in words() else key for key in keys]
        return Block(title=self.say(name), texts=tuple(map(self.say, keys)), letter=True)

    def following(self) -> Block:
        names = ["waiting"] if self.recall.waiting else []
        names += ["dpo", "notice"] if self.kind == "incident" else ["dpo"]
        names += ["copies"]
        names += ["remains"] if any(one.remains for one in self.recall.targets) else []
        points = tuple(self.say(f"next-{name}") for name in (*names, "backups", "clean"))
        return Block(title=self.say(f"next-{self.kind}"), points=points)


def _markdown(made: Sheet) -> Iterator[str]:
    yield f"# {made.title}"
    yield ""
    yield made.draft
    for block in made.blocks:
        yield f"\n## {block.title}\n"
        for name, text in block.facts:
            yield f"- {_plain(name)}: {_plain(text)}"
        if block.facts and block.texts:
            yield ""
        for text in block.texts:
            mark = "> " if block.letter else ""
            yield "\n".join(mark + _plain(line) for line in text.split("\n")) + "\n"
        for number, row in enumerate(block.table):
            yield "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in row) + " |"
            if not number:
                yield "|" + " --- |" * len(row)
        for text in block.points:
            yield f"- [ ] {_plain(text)}"
    yield ""


def _plain(text: str) -> str:
    """What a steward wrote, in one line: it may not become a heading or a table."""
    return " ".join(text.split())
