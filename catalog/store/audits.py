"""Audits that were made, each for good: its head, and what it was of, by the hash of what it is.

A dataset's record is stored once for all audits that found it so. The list of an audit's datasets is cut into
parts by their names' hashes, which are stored alike, as is the list of the parts: an audit that found one dataset
changed adds that dataset, one part and one list. Private datasets are among them, and no address leads here: they
are read by whoever may open the workspace's database. A backup holds them.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, func, insert, select, update

from catalog.store.database import reading, writing
from catalog.store.tables import audit_contents, audits
from metadata.errors import SetupError, StoreError

BLOCK = 500
"""Contents asked for, or written, at once."""
PART = 2
"""Hexadecimal digits of a name's hash that choose the part of the list it stands in: 256 parts."""
Indexed = Mapping[str, tuple[str, Mapping[str, Any]]]
"""Dataset → the hash of its record, and what was seen outside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An audit that was kept. `head` is JSON: what `catalog/audit/overtime/kept.py` wrote."""

    id: str
    target: str
    day: date
    whole: bool
    head: Mapping[str, Any] = field(hash=False)


class Audits:
    """The audits of one database. Raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def write(
        self,
        kept: Kept,
        datasets: Iterable[tuple[str, str, bytes, bytes]],
        shared: Mapping[str, Any],
    ) -> Kept:
        """Adds an audit; its number is added to the id that it is given with.

        `datasets`: name, the hash of the record, the record, and what was seen outside it, both as `written`;
        `shared`: what others may have, too. The head gets `root` (of the datasets' list) and `shared` (name →
        hash).
        """
        records: dict[str, dict[str, bytes]] = defaultdict(dict)
        lines: dict[str, list[Any]] = defaultdict(list)
        for name, digest, record, seen in datasets:
            part = hashed(name.encode("utf-8", "surrogatepass"))[:PART]
            records[part][digest] = record
            lines[part].append([name, digest, orjson.Fragment(seen)])
        parts = {part: written(sorted(lines[part], key=lambda line: line[0])) for part in sorted(lines)}
        root = written([hashed(text) for text in parts.values()])
        others = {name: written(value) for name, value in shared.items()}
        head = {**kept.head, "root": hashed(root), "shared": {name: hashed(text) for name, text in others.items()}}
        with writing(self.engine) as connection:
            by_hash = {hashed(text): part for part, text in parts.items()}
            new = [by_hash[one] for one in _absent(connection, by_hash)]
            # a part that is there came with its records
            wanted = {digest: text for part in new for digest, text in records[part].items()}
            wanted |= {hashed(text): text for text in (*(parts[part] for part in new), root, *others.values())}
            rows = [{"hash": one, "content": _packed(wanted[one])} for one in _absent(connection, wanted)]
            for start in range(0, len(rows), BLOCK):
                connection.execute(insert(audit_contents), rows[start : start + BLOCK])
            number = connection.execute(select(func.count()).select_from(audits)).scalar() or 0
            made = replace(kept, id=f"{kept.id}-{number + 1:06}", head=head)
            row = {"id": made.id, "target": kept.target, "day": kept.day.isoformat(), "whole": kept.whole}
            connection.execute(insert(audits).values(**row, head=written(head).decode()))
        return made

    def get(self, name: str) -> Kept:
        """One audit by its id. Raises SetupError `audit-kept-unknown`."""
        with reading(self.engine) as connection:
            row = connection.execute(select(audits).where(audits.c.id == name)).first()
        if row is None:
            raise SetupError("audit-kept-unknown", id=name)
        return _kept(row)

    def whole(self, target: str, *, until: date | None = None) -> list[Kept]:
        """The audits of all of a target, the oldest first; none that judges by a later day than `until`."""
        asked = select(audits).where(audits.c.target == target, audits.c.whole)
        if until is not None:
            asked = asked.where(audits.c.day <= until.isoformat())
        with reading(self.engine) as connection:
            return [_kept(row) for row in connection.execute(asked.order_by(audits.c.day, audits.c.id))]

    def newest(self, target: str, *, until: date | None = None, before: str | None = None) -> Kept | None:
        """The last of them; none that was made after the audit `before`, nor that one."""
        asked = select(audits).where(audits.c.target == target, audits.c.whole)
        if until is not None:
            asked = asked.where(audits.c.day <= until.isoformat())
        if before is not None:
            asked = asked.where(audits.c.id < before)
        with reading(self.engine) as connection:
            row = connection.execute(asked.order_by(audits.c.day.desc(), audits.c.id.desc()).limit(1)).first()
        return _kept(row) if row else None

    def index(self, kept: Kept) -> Indexed:
        """The datasets an audit was of, in the order of their names."""
        with reading(self.engine) as connection:
            (root,) = _contents(connection, [kept.head["root"]])
            found = [line for part in _contents(connection, root) for line in part]
        return {name: (digest, seen) for name, digest, seen in sorted(found, key=lambda line: line[0])}

    def records(self, digests: Sequence[str]) -> Iterator[Any]:
        """Records by their hashes, in that order; None for one whose dataset was recalled."""
        with reading(self.engine) as connection:
            yield from _contents(connection, digests)

    def shared(self, kept: Kept) -> dict[str, Any]:
        """What an audit has in common with others, by name."""
        names = list(kept.head["shared"])
        with reading(self.engine) as connection:
            found = _contents(connection, [kept.head["shared"][name] for name in names])
            return dict(zip(names, found, strict=True))


def written(value: Any) -> bytes:
    """Canonical JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def hashed(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


def _absent(connection: Connection, digests: Iterable[str]) -> list[str]:
    """Which of these contents are not stored."""
    wanted = list(digests)
    found: set[str] = set()
    for start in range(0, len(wanted), BLOCK):
        query = select(audit_contents.c.hash).where(audit_contents.c.hash.in_(wanted[start : start + BLOCK]))
        found |= set(connection.execute(query).scalars())
    return [one for one in wanted if one not in found]


def _contents(connection: Connection, digests: Sequence[str]) -> Iterator[Any]:
    for start in range(0, len(digests), BLOCK):
        some = digests[start : start + BLOCK]
        query = select(audit_contents.c.hash, audit_contents.c.content).where(audit_contents.c.hash.in_(some))
        found = {row.hash: row.content for row in connection.execute(query)}
        yield from (_read(digest, found.get(digest), connection) for digest in some)


def _read(digest: str, content: str | None, connection: Connection) -> Any:
    """A content, if it is still what its hash says; None where it was recalled."""
    if content == "":
        return None
    try:
        text = zlib.decompress(base64.b64decode(content or ""))
    except (ValueError, zlib.error):
        text = b""
    if hashed(text) != digest:
        raise StoreError("audit-kept-broken", hash=digest, where=str(connection.engine.url.database))
    return orjson.loads(text)


def _kept(row: Any) -> Kept:
    day = date.fromisoformat(row.day)
    return Kept(id=row.id, target=row.target, day=day, whole=row.whole, head=orjson.loads(row.head))


def forget(connection: Connection, names: Iterable[str]) -> None:
    """Takes the records of datasets out of every audit; what each audit found in all stays. For a recall."""
    wanted, parts = set(names), set()
    for row in connection.execute(select(audits.c.head)):
        for root in _contents(connection, [orjson.loads(row.head)["root"]]):
            parts |= set(root)
    digests = {line[1] for part in _contents(connection, sorted(parts)) for line in part if line[0] in wanted}
    for digest in digests:
        connection.execute(update(audit_contents).where(audit_contents.c.hash == digest).values(content=""))
