"""What decisions there are, who signs them, whose signatures a release needs, and what no decision lifts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from catalog.decisions.person import letters
from metadata import clock
from metadata.dataset import Dataset
from metadata.document import packaged
from metadata.fiscal import last_day
from metadata.release import Decision
from metadata.standard import Standard
from metadata.vocabulary import classes, level_of

ORDER = ("steward", "owner", "dpo", "committee")
"""The steward certifies before the owner approves; the others' signatures come as they come."""
COUNT = "-count"
"""Ends the rule of a Finding that counts what others of its rule show one by one."""


@cache
def known() -> Mapping[str, Any]:
    """`decisions.yaml` of the standards: `kinds`, `accounts`, `never`, `sealed`, `limits`."""
    return packaged("standards/decisions.yaml")  # type: ignore[no-any-return]


@cache
def _never() -> tuple[str, ...]:
    """The kinds of personal data that no decision lets out: marked `never` in `personal.yaml`, and ours."""
    entries = packaged("standards/personal.yaml")
    entries = {**entries, **(entries.get("entities") or {})}
    marked = [name for name, one in entries.items() if isinstance(one, Mapping) and one.get("never")]
    return tuple(dict.fromkeys([*known()["never"], *marked]))


def never(rule: str, entity: object = None) -> bool:
    """Whether no decision lets out what this rule found: a national ID, section 26 of the PDPA.

    `entity`: the kind of personal data that a Finding names, where its rule is of several.
    """
    names = _never()
    return entity in names or any(f"{rule}-".startswith(f"personal-{name}-") for name in names)


def family(rule: str) -> str:
    """The rule that a decision names, of a Finding that counts: `personal-phone-count` → `personal-phone`."""
    return rule.removesuffix(COUNT)


def signatures(dataset: Dataset, standard: Standard, asked: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The roles that must sign a release, in order: those of its class and category, and what the workspace asks.

    `asked`: level → roles, of `workspace.yaml`. A class that nobody knows needs what the highest one needs.
    """
    told = classes()["signatures"]
    term = standard.term("data_category")
    category = standard.value(dataset, term) if term else None
    level = level_of(standard.value(dataset, standard.classification)) or next(reversed(told["levels"]))
    roles = {"owner", *told["levels"][level], *told["categories"].get(category, ()), *asked.get(level, ())}
    return tuple(role for role in ORDER if role in roles)


def holds(decision: Decision, today: date) -> bool:
    """Whether a decision is one of ours, signed by who may, and not over."""
    kind = known()["kinds"].get(decision.kind)
    if kind is None or decision.role not in kind["roles"] or not letters(decision.by):
        return False
    return not over(decision, today)


def over(decision: Decision, today: date) -> bool:
    """Whether its last day has passed. One that cannot be read has.

    A standing approval ends with the fiscal year in which it was given, whatever it says.
    """
    told = decision.rest.get("expires")
    try:
        last = date.fromisoformat(str(told)) if told else date.max
    except ValueError:
        return True
    if decision.kind == "standing":
        given = datetime.fromtimestamp(moment(decision), clock.BANGKOK).date()
        last = min(last, last_day(clock.fiscal_year(given)))
    return last < today


def moment(decision: Decision) -> float:
    """When it was made, to be compared; what is no time comes before all others."""
    try:
        made = datetime.fromisoformat(decision.at)
    except ValueError:
        return 0.0
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
