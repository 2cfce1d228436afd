"""The workspace's own list of recalls: `decisions.yaml` beside `workspace.yaml`, appended and never edited.

The catalog's database has the list, too; but a database may be lost, or put back as it was before. Whoever opens a
catalog for a workspace brings it in step with this file first, before anybody is served.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.decisions import lines
from catalog.store import recalls
from catalog.store.database import reading, writing
from catalog.store.recalls import Recall
from metadata import document
from metadata.errors import SetupError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from catalog.portal.local import LocalPortal

FILE = "decisions.yaml"
KINDS = ("incident", "erasure")


def listed(folder: Path) -> list[Recall]:
    """The recalls of a workspace's folder, the oldest first. Raises SetupError `file-invalid`, `yaml-broken`."""
    path = folder / FILE
    if not path.exists():
        return []
    written = document.plain(document.read(path)) or []
    try:
        return [_recall(line) for line in written if line["kind"] == "recall"]
    except (KeyError, TypeError, AttributeError) as error:
        raise SetupError("file-invalid", file=str(path), mistakes=[{"mistake": "decisions"}]) from error


def line(recall: Recall) -> dict[str, Any]:
    """A recall as a line of decisions: what it is known by, and why; of its contents the hashes."""
    told: dict[str, Any] = {
        "kind": "recall",
        "recall": recall.id,
        "dataset": recall.dataset,
        "release": recall.release,
        "by": recall.by,
        "role": "steward",
        "reason": recall.reason,
        recall.kind: recall.request or None,
        "at": recall.at,
        "package": recall.package,
        "hidden": None if recall.told else True,  # what never was public is nobody's to know of
        "targets": [one.target for one in recall.targets],
        "names": list(recall.keys.get("dataset", ())),
        "resources": list(recall.keys.get("resource", ())),
        "files": [f"sha256:{content}" for content in recall.keys.get("file", ())],
    }
    return {key: value for key, value in told.items() if value not in (None, [])}


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
        facts={"public": None} if line.get("hidden") else {},
        keys={
            "dataset": tuple(line.get("names", (line["dataset"],))),
            "resource": tuple(line.get("resources", ())),
            "file": tuple(str(one).removeprefix("sha256:") for one in line.get("files", ())),
        },
    )


def note(folder: Path, recall: Recall) -> None:
    """Appends a recall to the file, unless it stands there already; in one move, so that it is never half a line.

    Raises SetupError `file-invalid` where the file is no list, StoreError.
    """
    if any(one.id == recall.id for one in listed(folder)):
        return
    lines.write(folder / FILE, lines.longer(folder / FILE, line(recall)))


def learn(engine: Engine, folder: Path) -> None:
    """Puts the recalls that a database does not know of on its list. Raises SetupError, StoreError."""
    known = listed(folder)
    if not known:
        return
    with reading(engine) as connection:
        present = {one.id for one in recalls.listed(connection)}
    new = [one for one in known if one.id not in present]
    if new:
        with writing(engine) as connection:
            for one in recalls.with_all(connection, new):
                recalls.cleaned(connection, [one.id], None)


def keep(portal: LocalPortal, folder: Path) -> None:
    """Brings a catalog in step with its workspace's list, and takes out what came back with an older database."""
    from catalog.recall import here

    learn(portal.engine, folder)
    with reading(portal.engine) as connection:
        waiting = [one for one in recalls.listed(connection) if recalls.LOCAL in one.waiting]
    if not waiting:
        return
    with portal.changing() as ctx:
        back = [one.id for one in waiting if here.again(ctx, one)]
        ctx.unused.clear()  # `clean` does it
    if back:
        here.clean(portal, back)
