"""How a report of an audit speaks: its words, scores as people say them, and the values of facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from catalog.audit.fixing.fixes import Fix, message
from catalog.audit.report.view import ELLIPSIS, Fault, Line, Score, Shown
from catalog.web.words import Speech
from metadata import wording
from metadata.clock import BANGKOK, ERA
from metadata.document import shipped
from metadata.finding import Finding

STEP = Decimal("0.01")
UNSTATED = frozenset(("text", "date", "days", "year", "number", "level", "part", "formats", "items"))
"""Kinds of facts that a record states: None is "not stated", and of all others "not checked"."""


@cache
def told() -> dict[str, Any]:
    """`locale/audit.yaml`: `words`, and `facts` in the order in which they are shown."""
    text = files("catalog").joinpath("web/locale/audit.yaml").read_text(encoding="utf-8")
    return shipped(text)  # type: ignore[no-any-return]


class Told(Speech):
    """One language's words of the audit, and beneath them those of all pages."""

    def __call__(self, key: str, **facts: Any) -> str:
        """The words of a key; `count` chooses the singular where there is one."""
        known = told()["words"]
        if key not in known:
            return super().__call__(key, **facts)
        if facts.get("count") == 1 and f"{key}-one" in known:
            key = f"{key}-one"
        if isinstance(facts.get("count"), int):
            facts["count"] = self.number(facts["count"])
        return str(known[key][self.language]).format(**facts)

    def both(self, given: Any) -> str:
        """A text that is given in both languages; nothing where there is none."""
        return str(given[self.language]) if isinstance(given, Mapping) else str(given or "")

    def moment(self, at: str) -> str:
        """When an audit was made: the day and the time in Thailand."""
        moment = datetime.fromisoformat(at).astimezone(BANGKOK)
        return self("audited", date=self.date(moment.date().isoformat()), time=f"{moment:%H.%M}")

    def fiscal(self, year: int) -> str:
        """A fiscal year, given in the Buddhist era."""
        return self("year", year=year, common=year - ERA)

    def score(self, score: Score) -> str:
        """A score in its own unit: its range, where something was not checked."""
        value, upper, of = (score.found[name] for name in ("value", "upper", "of"))
        if value is None:
            return "–"
        pack = score.pack
        step = next((one for one in pack.get("ladder") or () if one["level"] == value == upper), None)
        if step and pack["unit"] == "level":
            return self.both(step["title"])
        shown = figure(value, of)
        if value != upper:
            shown = f"{shown}–{figure(upper, of)}"
        return self(f"value-{pack['unit']}", value=shown, of=figure(of))

    def doubt(self, score: Score) -> str:
        """Why a score is a range; nothing where it is none."""
        found = score.found
        if found["value"] is None:
            return self("none-asked")
        if found["value"] == found["upper"]:
            return ""
        of = found["of"]
        parts = [self("range", value=figure(found["value"], of), upper=figure(found["upper"], of))]
        if score.unchecked:
            parts.append(self("range-datasets", count=score.unchecked))
            if score.unanswered:
                parts.append(self("range-answers", count=score.unanswered))
        elif score.unanswered:
            parts.append(self("range-unasked"))
        return " ".join(parts)

    def status(self, score: Score) -> str:
        """Whether the rule is confirmed: what is not is never called official."""
        return self("confirmed" if score.found["status"] == "confirmed" else "unconfirmed")

    def band(self, score: Score) -> str:
        """The word for the score, where the rule has one."""
        named = score.found.get("band")
        title = next((one["title"] for one in score.pack.get("bands") or () if one["band"] == named), None)
        return self("band", band=self.both(title)) if title else ""

    def line(self, score: Score, line: Line, side: str = "value") -> str:
        """A measure's result: points where the rule counts points, else a share."""
        value = line.found[side]
        if value is None:
            return "–"
        weight = line.found["weight"]
        if score.pack["unit"] == "points":
            return f"{figure(value * weight, weight)}/{figure(weight)}"
        return self("value-percent", value=figure(100 * value, 100))

    def of(self, score: Score, found: Mapping[str, Any]) -> str:
        """What a group of measures has of its own highest value."""
        if score.pack["unit"] != "points":
            return (
                self("value-percent", value=figure(100 * found["value"] / found["of"], 100))
                if found["of"]
                else "–"
            )
        return f"{figure(found['value'], found['of'])}/{figure(found['of'])}"

    def fact(self, name: str) -> str:
        """What a fact is called; a measure of quality and one of MQA by its own name."""
        known = told()["facts"].get(name)
        return str(known[self.language]) if known else name

    def value(self, name: str, value: Any, items: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """A fact's value in words. `items`: label of each mandatory item."""
        kind = told()["facts"].get(name, {}).get("kind", "")
        if value is None:
            return self("not-stated" if kind in UNSTATED else "cannot-tell" if kind == "told" else "not-checked")
        if isinstance(value, bool):
            return self("yes" if value else "no")
        if isinstance(value, list | tuple):
            return self._list(kind, value, items or {})
        if kind == "date":
            return self.date(str(value))
        if kind == "days":
            return self("days", count=int(value))
        if kind == "year":
            return self.year(value)
        if kind == "part":
            return self("value-percent", value=figure(100 * value))
        return figure(value) if isinstance(value, int | float) else str(value)

    def _list(self, kind: str, value: Sequence[Any], items: Mapping[str, Mapping[str, str]]) -> str:
        if not value:
            return self("nothing")
        if all(one is None or isinstance(one, bool) for one in value):
            facts = {"yes": value.count(True), "all": len(value), "unchecked": value.count(None)}
            return self("of-files-unchecked" if facts["unchecked"] else "of-files", **facts)
        if kind == "items":
            return ", ".join(self.label(items.get(one), one) for one in value)
        if kind == "formats":
            return ", ".join(dict.fromkeys(str(one).upper() for one in value if one)) or self("not-stated")
        return ", ".join(str(one) for one in value if one is not None) or self("nothing")

    def finding(self, found: Finding) -> dict[str, Any]:
        """A finding with its sentences."""
        return wording.finding(found, self.language)

    def fault(self, one: Fault, bare: bool = False) -> tuple[str, str]:
        """What a kind of finding says of all its datasets, and its remedy; `bare` of what the datasets say."""
        values = {} if bare else one.values
        return wording.say(one.rule, {"field": one.term or ELLIPSIS, **values}, self.language)

    def said(self, one: Fault, dataset: Shown) -> list[tuple[str, int]]:
        """What a kind of finding says of a dataset, each sentence once, and how often."""
        return list(Counter(str(self.finding(found)["message"]) for found in one.of(dataset)).items())

    def figure(self, value: float, of: float | None = None) -> str:
        """A number with two decimals at most."""
        return figure(value, of)

    def fix(self, one: Fix) -> str:
        """What a fix does, in a sentence."""
        return message(one, self.language)

    def gains(self, gains: Mapping[str, Any], scores: Sequence[Score]) -> str:
        """Points won, by score; of what differs for dataset and catalogue, the dataset's."""
        told_ = []
        for score in scores:
            gain = gains.get(score.key)
            points = gain.get("dataset") if isinstance(gain, Mapping) else gain
            if points:
                told_.append(f"{self.both(score.pack['title'])} +{small(points)}")
        return " · ".join(told_)

    def place(self, found: Finding) -> str:
        """Where a finding is."""
        return wording.place(found.at, self.language)


def small(value: float) -> str:
    """Points won, of which a few thousandths count in a large catalogue."""
    return figure(value) if value >= 1 else f"{value:.3g}"


def figure(value: float, of: float | None = None) -> str:
    """A number with two decimals at most. What falls short of the highest is not rounded up to it."""
    exact = Decimal(repr(float(value)))
    rounded = exact.quantize(STEP, ROUND_HALF_UP)
    if of is not None and exact < Decimal(repr(float(of))) <= rounded:
        rounded = Decimal(repr(float(of))) - STEP
    return f"{rounded:,f}".rstrip("0").rstrip(".") if rounded % 1 else f"{rounded:,.0f}"
