"""Files that are at hand, and what the desk knows of them by their hash: schema and measured quality."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.audit.entry import Entry

if TYPE_CHECKING:
    from sqlalchemy import Row

    from catalog.portal.local import LocalPortal

BLOCK = 500
"""Resources asked for at once."""
Releases = Mapping[str, "Released"]
"""Hash of a released file (`sha256:<hex>`) → what the desk knows of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A file of a release as it was built."""

    path: Path
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    quality: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A resource whose file can be read. `format` in small letters, as the record declares it."""

    id: str
    dataset: str
    path: Path
    hash: str
    format: str
    name: str
    schema: Mapping[str, Any] | None = field(default=None, hash=False)


def releases(desk: Path) -> dict[str, Released]:
    """What the desk's releases hold, by the hashes that they name. A release that cannot be read is none."""
    found = {}
    for described in sorted(desk.glob("*/release/datapackage.json")):
        profiles = _read(described.with_name("profile.json"))
        for entry in _read(described).get("resources") or ():
            if not (isinstance(entry, Mapping) and entry.get("hash") and entry.get("path")):
                continue
            profile = profiles.get(str(entry.get("name"))) or {}
            found[str(entry["hash"])] = Released(
                path=described.with_name(Path(str(entry["path"])).name),
                schema=entry.get("schema"),
                quality=profile.get("quality"),
            )
    return found


def at_hand(entries: Iterable[Entry], known: Releases, portal: LocalPortal | None = None) -> list[Hand]:
    """The resources whose files are in the portal's store, or on the desk under the hash that the record names.

    The schema is the record's own (`schema`, as a Table Schema or its JSON), else that of the release which the
    file is of; keys to other files are left out.
    """
    named = [(entry.name, one) for entry in entries for one in entry.package.get("resources") or ()]
    # what lies elsewhere would have to be fetched
    near = portal if portal and portal.files.near else None
    stored = uploads(near, [str(one.get("id")) for _name, one in named]) if near else {}
    found = []
    for dataset, one in named:
        key, said = str(one.get("id")), str(one.get("hash") or "")
        path = known[said].path if said in known else None
        if near and key in stored:
            path, said = near.files.path(stored[key].sha256), f"sha256:{stored[key].sha256}"
        if path is None or not path.is_file():
            continue
        schema = _schema(one.get("schema")) or _schema(known[said].schema if said in known else None)
        form, name = str(one.get("format") or "").strip().lower(), str(one.get("name") or "")
        hand = Hand(id=key, dataset=dataset, path=path, hash=said, format=form, name=name, schema=schema)
        found.append(hand)
    return found


def uploads(portal: LocalPortal, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Resource id → `sha256`, `size` and `filename` of its uploaded file; a link has none."""
    from sqlalchemy import select

    from catalog.store.database import reading
    from catalog.store.tables import resources as table

    found: dict[str, Row[Any]] = {}
    with reading(portal.engine) as connection:
        for start in range(0, len(ids), BLOCK):
            some = select(table.c.id, table.c.sha256, table.c.size, table.c.filename).where(
                table.c.id.in_(ids[start : start + BLOCK]), table.c.sha256.is_not(None)
            )
            found |= {row.id: row for row in connection.execute(some)}
    return found


def _schema(written: Any) -> Mapping[str, Any] | None:
    """A Table Schema as a record carries it: an object, or its JSON."""
    if isinstance(written, str):
        try:
            written = json.loads(written)
        except ValueError:
            return None
    if not (isinstance(written, Mapping) and isinstance(written.get("fields"), list)):
        return None
    return {key: value for key, value in written.items() if key != "foreignKeys"}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, Mapping) else {}
