"""ZIP archives: every member looked into, however deep; names that lead out of a folder; members that explode."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.govern.inside.part import Part, Text, unseen, within
from pipelines.read import archive as archives
from pipelines.read.source import LIMIT, Material

DEEPEST = 3
"""Archives within archives that are opened."""
_IDLE = re.compile(r"(__MACOSX/|.*/?\.DS_Store$|.*\.(shp|prj|cpg|shx|sbn|sbx|qix|idx)$)", re.IGNORECASE)
"""Members that hold nothing of anyone's: shapes, a projection, an index."""

Looking = Callable[[Material, Place], Iterator[Part]]


@dataclass(slots=True)
class Budget:
    """The bytes that may still be inflated of one file, all archives in it together; and how deep one stands."""

    left: int = LIMIT
    depth: int = 0


def parts(material: Material, at: Place, budget: Budget, look: Looking) -> Iterator[Part]:
    """What the members hold, by `look`, and what is wrong with the archive. Raises SourceError `read-broken`."""
    if budget.depth >= DEEPEST:
        yield Finding(rule="zip-bomb", at=at, values={"reason": f"> {DEEPEST} ZIP in ZIP"})
        return
    budget.depth += 1
    try:
        with zipfile.ZipFile(io.BytesIO(material.data)) as archive:
            yield from _members(archive, at, budget, look)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as broken:
        raise SourceError("read-broken", at) from broken
    finally:
        budget.depth -= 1


def _members(archive: zipfile.ZipFile, at: Place, budget: Budget, look: Looking) -> Iterator[Part]:
    listed = archive.infolist()
    if len(listed) > archives.ENTRIES_LIMIT:
        values = {"reason": f"> {archives.ENTRIES_LIMIT} files"}
        yield Finding(rule="zip-bomb", at=at, values=values)
        return
    seen: set[str] = set()
    for entry in listed:
        name = archives.entry_name(entry)
        place = within(at, name)
        yield Text(part="member-name", text=name, at=place)
        if leads_out(name) or stat.S_ISLNK(entry.external_attr >> 16):
            yield Finding(rule="zip-path", at=place)
        if name in seen:
            yield Finding(rule="zip-twice", severity="warning", at=place)
        seen.add(name)
        if entry.comment:
            yield Text(part="comment", text=entry.comment.decode("utf-8", "replace"), at=place)
        if name.endswith("/") or _IDLE.match(name):
            continue
        try:
            data = b"".join(archives.chunks(archive, entry, place))
        except SourceError as refused:
            if refused.kind == "read-password":
                yield unseen("member", place, "password")
            else:
                yield Finding(rule="zip-bomb", at=place, values=refused.values)
            continue
        budget.left -= len(data)
        if budget.left < 0:
            yield Finding(rule="zip-bomb", at=at, values={"reason": f"> {LIMIT} B"})
            return
        yield from look(Material(name=name, data=data), place)
    if archive.comment:
        yield Text(part="comment", text=archive.comment.decode("utf-8", "replace"), at=at)


def leads_out(name: str) -> bool:
    """Whether a member's name would be written outside the folder that an archive is unpacked into."""
    windows, posix = PureWindowsPath(name), PurePosixPath(name.replace("\\", "/"))
    return posix.is_absolute() or bool(windows.drive) or ".." in posix.parts or "\x00" in name
