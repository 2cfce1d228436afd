"""Pack: an indicator as data — what it measures, how that adds up, and how sure anyone is of it.

The packs that come with saphan are `standards/packs/*.yaml`; an agency's own stand in the workspace's `packs/`
folder and take the place of one of ours with the same `pack:`. `catalog/audit/score.py` computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from metadata import document
from metadata.errors import SetupError

FOLDER = "packs"
"""Of the workspace, and of `standards/`."""

Pack = Mapping[str, Any]
"""A pack as JSON, checked."""


@cache
def packaged() -> dict[str, Pack]:
    """Pack name → the pack, for those that come with saphan."""
    found = sorted(files("metadata").joinpath("standards", FOLDER).iterdir(), key=lambda file: file.name)
    names = [file.name for file in found if file.name.endswith(".yaml")]
    return {pack["pack"]: pack for pack in (_checked_ours(name) for name in names)}


def packs(folder: Path | None = None, *, year: int | None = None, agency: str | None = None) -> tuple[Pack, ...]:
    """The packs that apply, one for each key.

    `folder` is the workspace's. Of several packs of one key the one for that fiscal year (B.E.) and kind of agency
    is taken, the workspace's before ours; where none names the year, the newest one before it, which nobody has
    confirmed for this one.
    Raises SetupError `file-invalid`, `yaml-broken` for a pack of the workspace.
    """
    by_key: dict[str, Pack] = {}
    for pack in known(folder).values():
        best = by_key.get(pack["key"])
        if _applies(pack, year, agency) and (best is None or _nearer(pack, best, year)):
            by_key[pack["key"]] = pack
    chosen = (_carried(pack, year) for pack in by_key.values())
    return tuple(sorted(chosen, key=lambda pack: (pack.get("order", 100), pack["pack"])))


def checked(path: Path) -> Pack:
    """A pack of a file. Raises SetupError `file-invalid`, `yaml-broken`."""
    from metadata.pack_shape import PackShape

    model = document.checked(path, document.read(path), PackShape)
    return model.model_dump(exclude_none=True, exclude_unset=True)


def _checked_ours(name: str) -> Pack:
    from metadata.pack_shape import PackShape

    written = document.packaged(f"standards/{FOLDER}/{name}")
    return PackShape.model_validate(written).model_dump(exclude_none=True, exclude_unset=True)


def _applies(pack: Pack, year: int | None, agency: str | None) -> bool:
    kinds, years = pack.get("agencies"), pack.get("years")
    return (not kinds or agency is None or agency in kinds) and (not years or year is None or min(years) <= year)


def _carried(pack: Pack, year: int | None) -> Pack:
    """The pack; unconfirmed where it is for another year."""
    own = not pack.get("years") or year is None or year in pack["years"]
    return pack if own else {**pack, "status": "unconfirmed"}


def _nearer(pack: Pack, best: Pack, year: int | None) -> bool:
    """Whether a pack is for a later year than another, none being later than the year asked for; else its own."""

    def latest(one: Pack) -> int:
        return max((known for known in one.get("years") or (0,) if year is None or known <= year), default=0)

    own = pack is not packaged().get(pack["pack"])
    return (latest(pack), own) > (latest(best), False)


def named(name: str, folder: Path | None = None) -> Pack:
    """A pack by its name. Raises SetupError `pack-unknown`."""
    found = known(folder)
    if name not in found:
        raise SetupError("pack-unknown", pack=name, known=sorted(found))
    return found[name]


def known(folder: Path | None = None) -> dict[str, Pack]:
    """Pack name → pack: ours, and the workspace's over them. Raises SetupError `file-invalid`, `yaml-broken`."""
    own = [checked(path) for path in sorted((folder / FOLDER).glob("*.yaml"))] if folder else []
    return {**packaged(), **{pack["pack"]: pack for pack in own}}
