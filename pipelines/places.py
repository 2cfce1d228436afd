"""Thai provinces by any name they go by: official, short, abbreviated, English, misspelt within reason."""

from __future__ import annotations

import re
from functools import cache

from metadata import areas
from metadata.areas import Area
from pipelines import thai

_MARKS = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")
LONG_ENOUGH = 8
"""The shortest name whose one wrong letter is forgiven: shorter ones are one letter from each other."""


@cache
def provinces() -> dict[str, Area]:
    """The 77 provinces by code."""
    return {one.code: one for one in areas.provinces()}


@cache
def _names() -> dict[str, str]:
    """Folded name → code. A name that two provinces share stands for neither."""
    pairs = [(name, code) for code, names in _folded().items() for name in names]
    pairs += [(thai.fold(one.name), one.code) for one in areas.spellings()]
    codes: dict[str, set[str]] = {}
    for name, code in pairs:
        codes.setdefault(name, set()).add(code)
    return {name: next(iter(found)) for name, found in codes.items() if len(found) == 1}


@cache
def _spellings() -> frozenset[str]:
    short = (one.name for one in areas.spellings() if one.kind == "abbreviation" and one.name.isascii())
    return frozenset((*short, *(one.name_en for one in provinces().values())))


@cache
def _bones() -> dict[str, set[str]]:
    """Names without vowel and tone marks → codes: what is left when a PDF loses or swaps its marks."""
    found: dict[str, set[str]] = {}
    for code, names in _folded().items():
        for name in names:
            found.setdefault(_bone(name), set()).add(code)
    return found


def _bone(folded: str) -> str:
    return _MARKS.sub("", folded.replace("\u0e33", "\u0e32"))


@cache
def _affixes() -> tuple[re.Pattern[str], re.Pattern[str]]:
    before, after = ("|".join(map(re.escape, areas.words("province", place))) for place in ("before", "after"))
    return re.compile(rf"^\s*(?:{before})\s*", re.IGNORECASE), re.compile(rf"\s+(?:{after})\s*$", re.IGNORECASE)


def province(text: str, *, close: bool = True) -> Area | None:
    """The province a text can only mean, else None.

    `close` also takes a name whose marks are lost or misplaced, and one with a single wrong, missing, extra or
    swapped letter, when no other province is nearly as near.
    """
    if thai.bare(text) in thai.words("blanks.csv") and text not in _spellings():
        return None
    before, after = _affixes()
    name = thai.fold(after.sub("", before.sub("", thai.repair(text))))
    code = _names().get(name)
    if code is None and close:
        code = _close(name)
    return provinces()[code] if code else None


@cache
def _folded() -> dict[str, tuple[str, ...]]:
    """Code → its Thai and English name, folded."""
    return {code: (thai.fold(one.name), thai.fold(one.name_en)) for code, one in provinces().items()}


def _close(name: str) -> str | None:
    bone = _bone(name)
    exact = _bones().get(bone)
    if exact:
        return next(iter(exact)) if len(exact) == 1 and _nearest(name, bone, *exact) else None
    if len(bone) < LONG_ENOUGH:
        return None
    near: dict[int, set[str]] = {1: set(), 2: set()}
    for other, codes in _bones().items():
        if abs(len(other) - len(bone)) <= 2 and (apart := _apart(bone, other)) <= 2:
            near[apart] |= codes
    return next(iter(near[1])) if len(near[1]) == 1 and not near[2] - near[1] else None


def _nearest(name: str, bone: str, code: str) -> bool:
    """Whether a name that lacks only marks lies nearer to that province than to any that lost a letter as well.

    Without its ณ, Phetchabun has the bare letters of Phetchaburi.
    """
    others = {
        other
        for near, codes in _bones().items()
        if abs(len(near) - len(bone)) <= 1 and near != bone and _apart(bone, near) == 1
        for other in codes - {code}
    }
    own = min(_apart(name, folded) for folded in _folded()[code])
    return all(own < _apart(name, folded) for other in others for folded in _folded()[other])


def _apart(one: str, other: str) -> int:
    """Optimal string alignment: wrong, missing, extra and swapped letters."""
    rows = [list(range(len(other) + 1))]
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
