"""The cheapest way to a score: which fixes reach a target at the least cost.

Of each dataset the sets of its fixes are tried by deriving its facts anew: each fix for itself where it wins as
much alone as after all others, every set where they are few, else a chain that leaves out what is worth least for
its cost. Where a pack adds datasets up, what one wins does not depend on the others, and the sets are chosen by
dynamic programming over whole costs: there is no cheaper way. Where it does not (a ladder, "enough of them", a
measure that comes to be asked, a title that frees another), or where there is too much of it, what wins most for
its cost is taken first and what the target holds without is dropped again. The result says which of the two it
was; its value is what `Board.predicted` gives, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from catalog.audit.fixing.fixes import Fix
from catalog.audit.fixing.whatif import Board, Facts
from catalog.audit.run import Audit

EVERY = 6
"""Fixes of one dataset of which every set is tried."""
MANY = 200
"""Datasets above which each fix is taken for itself, as what it wins is known already."""
WORK = 4_000_000
"""Steps that dynamic programming may take."""
DROPPED = 50
"""Choices that are tried to be dropped again."""
ADDED_UP = ("sum", "mean", "count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Fixes that lead to a target, if any do. Method `exact`: no set of the known fixes is cheaper."""

    fixes: tuple[Fix, ...]
    cost: int
    value: float | None
    reached: bool
    method: Literal["exact", "greedy"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of one dataset's fixes, and what it alone wins of the catalogue's score."""

    fixes: tuple[Fix, ...]
    cost: int
    gain: float


def cheapest(audit: Audit, key: str, target: float, board: Board | None = None) -> Way:
    """The fixes that bring a pack's score to a target at the least cost. Raises KeyError for a pack not scored."""
    return _Search(board or Board(audit), key, target).way()


class _Search:
    def __init__(self, board: Board, key: str, target: float) -> None:
        self.board, self.key, self.target = board, key, target
        self.of = next((at for at, pack in enumerate(board.packs) if pack["key"] == key), -1)
        if self.of < 0:
            raise KeyError(key)
        self.before: float = board.audit.scores[key]["value"] or 0.0
        self.apart = self._adds_up()
        self._known: dict[tuple[int, ...], dict[str, Facts]] = {}

    def way(self) -> Way:
        """The way."""
        if self.before >= self.target:
            return Way(fixes=(), cost=0, value=self.before, reached=True, method="exact")
        by_dataset: dict[str, list[Fix]] = {}
        for one in self.board.fixes():
            if one.dataset is not None:
                by_dataset.setdefault(one.dataset, []).append(one)
        if len(by_dataset) > MANY:
            singles = [one for found in by_dataset.values() for one in found if self.key in one.gains]
            menus = [[Choice((one,), one.cost, one.gains[self.key]["catalog"])] for one in singles]
            self.apart = False
        else:
            menus = [menu for found in by_dataset.values() for menu in self._menus(found) if menu]
        chosen = _least(menus, self.target - self.before) if self.apart else None
        exact = chosen is not None and self.value(chosen) >= self.target
        if chosen is None or not exact:
            chosen = self._greedy(menus)
        value, fixes = self.value(chosen), _fixes(chosen)
        cost = sum(one.cost for one in fixes)
        method: Literal["exact", "greedy"] = "exact" if exact else "greedy"
        return Way(fixes=fixes, cost=cost, value=value, reached=value >= self.target, method=method)

    def value(self, chosen: Iterable[Choice]) -> float:
        """The score once all that is done."""
        by_dataset: dict[str, list[Fix]] = {}
        for one in chosen:
            by_dataset.setdefault(str(one.fixes[0].dataset), []).extend(one.fixes)
        facts: dict[str, Facts] = {}
        for found in by_dataset.values():
            facts |= self._after(found)
        if any(set(self._after(found)) - {name} for name, found in by_dataset.items()):
            # a title that was taken twice: what is free depends on all of them
            facts = self.board.after(fix for found in by_dataset.values() for fix in found)
        return self.board.values(facts)[self.of] or 0.0

    def _after(self, fixes: Sequence[Fix]) -> dict[str, Facts]:
        key = tuple(map(id, fixes))
        if key not in self._known:
            self._known[key] = self.board.after(fixes)
        return self._known[key]

    def _adds_up(self) -> bool:
        """Whether the pack adds datasets up, with nothing capped."""
        pack = self.board.packs[self.of]
        return pack.get("combine", "sum") in ADDED_UP and not any(one.get("enough") for one in pack["measures"])

    def _menus(self, found: Sequence[Fix]) -> list[list[Choice]]:
        """The sets of one dataset's fixes that are worth their cost; of each list one is taken, or none."""
        whole = self._choice(found).gain
        alone = [self._choice([one]) for one in found]
        last = [whole - self._choice([*found[:at], *found[at + 1 :]]).gain for at in range(len(found))]
        tiny = 1e-9 * max(1.0, abs(whole))
        useful = [one for one, first, end in zip(found, alone, last, strict=True) if max(first.gain, end) > tiny]
        if all(abs(first.gain - end) <= tiny for first, end in zip(alone, last, strict=True)):
            return [_worth([one]) for one in alone]
        if len(useful) <= EVERY:
            sizes = range(1, len(useful) + 1)
            return [_worth(self._choice(some) for size in sizes for some in combinations(useful, size))]
        self.apart = False
        return [_worth(self._chain(useful))]

    def _choice(self, fixes: Sequence[Fix]) -> Choice:
        name, after = str(fixes[0].dataset) if fixes else "", self._after(fixes)
        if set(after) - {name} or any(self._asked_anew(one, now) for one, now in after.items()):
            self.apart = False
        gain = (self.board.values(after)[self.of] or 0.0) - self.before
        return Choice(tuple(fixes), sum(one.cost for one in fixes), gain)

    def _asked_anew(self, name: str, now: Facts) -> bool:
        """Whether a measure of the pack asks a dataset that it did not, or no longer asks it."""
        before, ats = self.board.datasets[name].facts, [at for at in self.board.measures if at[0] == self.of]
        return any((self.board.span(at, before) is None) != (self.board.span(at, now) is None) for at in ats)

    def _chain(self, fixes: Sequence[Fix]) -> Iterator[Choice]:
        """All of them, then ever fewer: each time without the one that is worth least for its cost."""
        now = self._choice(fixes)
        yield now
        while len(now.fixes) > 1:
            fewer = [self._choice([*now.fixes[:at], *now.fixes[at + 1 :]]) for at in range(len(now.fixes))]
            rates = [(now.gain - one.gain) / (now.cost - one.cost) for one in fewer]
            now = fewer[rates.index(min(rates))]
            yield now

    def _greedy(self, menus: Sequence[Sequence[Choice]]) -> list[Choice]:
        """What wins most for its cost first, until the target holds; then without what it holds without."""
        rest = sorted((max(menu, key=_worthy) for menu in menus), key=lambda one: -_worthy(one))
        if self.value(rest) < self.target:
            # the dearer sets win more
            rest = sorted((menu[-1] for menu in menus), key=lambda one: -_worthy(one))
        low, high = 0, len(rest)
        while low < high:
            middle = (low + high) // 2
            if self.value(rest[:middle]) >= self.target:
                high = middle
            else:
                low = middle + 1
        chosen = rest[:low]
        for one in sorted(chosen, key=lambda choice: -choice.cost)[:DROPPED]:
            without = [other for other in chosen if other is not one]
            if self.value(without) >= self.target:
                chosen = without
        return chosen


def _fixes(chosen: Iterable[Choice]) -> tuple[Fix, ...]:
    return tuple(fix for one in chosen for fix in one.fixes)


def _worthy(choice: Choice) -> float:
    return choice.gain / choice.cost


def _worth(sets: Iterable[Choice]) -> list[Choice]:
    """Without those that win nothing, or no more than a cheaper one."""
    kept: list[Choice] = []
    for one in sorted(sets, key=lambda choice: (choice.cost, -choice.gain)):
        if one.gain > 0 and (not kept or one.gain > kept[-1].gain):
            kept.append(one)
    return kept


def _least(menus: Sequence[Sequence[Choice]], needed: float) -> list[Choice] | None:
    """Of each menu one choice or none, that together win what is needed at the least cost.

    The most that can be won at each whole cost, menu by menu. None where that does not do, or takes too long.
    """
    most = sum(menu[-1].cost for menu in menus)
    if most * sum(len(menu) for menu in menus) > WORK:
        return None
    best: list[float] = [0.0]
    taken: list[list[Choice | None]] = []
    for menu in menus:
        wins = best + [best[-1]] * menu[-1].cost
        picks: list[Choice | None] = [None] * len(wins)
        for one in menu:
            for cost in range(one.cost, len(wins)):
                before = best[min(cost - one.cost, len(best) - 1)]
                if before + one.gain > wins[cost]:
                    wins[cost], picks[cost] = before + one.gain, one
        best = wins
        taken.append(picks)
    # sums of floats: a hair below is tried, and told by what is predicted
    enough = [at for at, gain in enumerate(best) if gain >= needed * (1 - 1e-12)]
    if not enough:
        return None
    left, chosen = enough[0], []
    for picks in reversed(taken):
        if pick := picks[min(left, len(picks) - 1)]:
            chosen.append(pick)
            left -= pick.cost
    return chosen
