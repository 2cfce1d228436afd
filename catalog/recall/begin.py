"""What a recall begins with: which release it is of, and where the journal knows it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, or_, select

from catalog.journal import Journal, journal
from catalog.store.database import reading
from catalog.store.tables import packages, versions
from metadata.errors import SetupError
from metadata.finding import Place

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal
    from metadata.workspace import Workspace


def puts(connection: Connection, dataset: str) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """Each write to a target that the journal knows of a dataset: target, when, and what stood there then.

    A harvest's rows are none of them: they name a source, which is not ours to change.
    """
    asked = select(journal.c.target, journal.c.at, journal.c.body).where(journal.c.dataset == dataset)
    asked = asked.where(journal.c.kind.in_(("intent", "receipt")), journal.c.target.is_not(None))
    for target, at, body in connection.execute(asked.order_by(journal.c.seq)):
        put = json.loads(body).get("put")
        if put is not None:
            yield target, at, put


def targets(engine: Engine, dataset: str) -> list[str]:
    """The targets that a dataset was ever pushed to."""
    with reading(engine) as connection:
        return list(dict.fromkeys(target for target, _at, _put in puts(connection, dataset)))


def known_release(
    workspace: Workspace, portal: LocalPortal, known: Journal, name: str, given: str | None
) -> tuple[str | None, list[str]]:
    """The release that is meant, and the SHA-256 of its files as far as the desk still has them.

    Given, or the one that went out last by the journal, or the one that stands on the desk.
    Raises SetupError `recall-nothing` where neither desk, catalog nor journal knows the dataset.
    """
    try:
        report = json.loads((workspace.folder / name / "release" / "report.json").read_bytes())
        built, files = str(report["release"]), [str(one["sha256"]) for one in report["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        built, files = None, []
    pushed = [one.body.get("release") for one in known.entries(dataset=name, kind="checked") if one.target]
    release = given or next((one for one in reversed(pushed) if one), None) or built
    if release is None and not _is_here(portal, name) and not targets(known.engine, name):
        raise SetupError("recall-nothing", Place(dataset=name), name=name)
    return release, [one.removeprefix("sha256:") for one in files] if release == built else []


def called(portal: LocalPortal, key: str) -> str:
    """The name of a dataset that is given by its id."""
    with reading(portal.engine) as connection:
        found = connection.execute(select(packages.c.name).where(packages.c.id == key)).scalar()
    return str(found or key)


def _is_here(portal: LocalPortal, name: str) -> bool:
    """Whether our catalog has, or had, such a dataset."""
    with reading(portal.engine) as connection:
        now = select(packages.c.id).where(or_(packages.c.id == name, packages.c.name == name))
        then = select(versions.c.package_id).where(or_(versions.c.package_id == name, versions.c.name == name))
        return any(connection.execute(one.limit(1)).first() for one in (now, then))
