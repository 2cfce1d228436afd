"""The workspace's own list of recalls: `decisions.yaml` beside `workspace.yaml`, appended and never edited.

The catalog's database has the list, too; but a database may be lost, or put back as it was before. Whoever opens a
catalog for a workspace brings it in step with this file first, before anybody is served.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.store.recalls import Recall
from metadata import document
from metadata.errors import SetupError, StoreError

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal

FILE = "decisions.yaml"
KINDS = ("incident", "erasure")


def listed(folder: Path) -> list[Recall]:
    """The recalls of a workspace's folder, the oldest first. Raises SetupError `file-invalid`, `yaml-broken`."""
    path = folder / FILE
    if not path.exists():
        return []
    lines = document.plain(document.read(path)) or []
    try:
        return [_recall(line) for line in lines if line["kind"] == "recall"]
    except (KeyError, TypeError, AttributeError) as error:
        raise SetupError("file-invalid", file=str(path), mistakes=[{"mistake": "decisions"}]) from error


def _recall(line: dict[str, Any]) -> Recall:
    kind = next((name for name in KINDS if line.get(name)), KINDS[0])
    return Recall(
        id=str(line["recall"]),
        dataset=str(line["dataset"]),
        package=line.get("package"),
        release=line.get("release"),
        kind=kind,
        request=str(line.get(kind) or ""),
        at=str(line["at"]),
        by=str(line["by"]),
        reason=str(line["reason"]),
        keys={
            "dataset": tuple(line.get("names", (line["dataset"],))),
            "resource": tuple(line.get("resources", ())),
            "file": tuple(str(one).removeprefix("sha256:") for one in line.get("files", ())),
        },
    )


def note(folder: Path, line: dict[str, Any]) -> None:
    """Appends a recall to the file, unless it stands there already; in one move, so that it is never half a line.

    Raises SetupError `file-invalid` where the file is no list, StoreError.
    """
    if any(one.id == line["recall"] for one in listed(folder)):
        return
    path = folder / FILE
    before = path.read_bytes().decode() if path.exists() else ""
    text = before + ("" if not before or before.endswith("\n") else "\n") + document.listed(line)
    if not isinstance(document.parsed(text), list):
        raise SetupError("file-invalid", file=str(path), mistakes=[{"mistake": "decisions"}])
    spare = path.with_name(f".{path.name}.new")
    try:
        with spare.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        spare.replace(path)
    except OSError as error:
        raise StoreError("store-unwritable", path=str(path), reason=error.strerror or str(error)) from error
    finally:
        spare.unlink(missing_ok=True)


def keep(portal: LocalPortal, folder: Path) -> tuple[str, ...]:
    """Brings a catalog in step with its workspace's list; takes out at once what should not be in it.

    Returns the recalls whose bytes are to be overwritten now (`catalog.recall.here.clean`).
    """
    from catalog.store import recalls
    from catalog.store.database import reading

    known = listed(folder)
    if not known:
        return ()
    with reading(portal.engine) as connection:
        present = {one.id for one in recalls.listed(connection)}
    if {one.id for one in known} <= present:
        return ()
    with portal.changing() as ctx:
        back = tuple(_taken(ctx, known, present))
        ctx.unused.clear()  # `clean` does it
    return back


def _taken(ctx: Any, known: list[Recall], present: set[str]) -> Iterator[str]:
    from catalog.recall import here
    from catalog.store import recalls

    for one in known:
        if one.id not in present:
            recalls.put(ctx.connection, one)
            here.again(ctx, one)
            recalls.cleaned(ctx.connection, [one.id], None)
            yield one.id
