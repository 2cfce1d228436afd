"""What is known of the use of a recalled dataset, before its rows go: numbers by day, and of nobody who it was."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from catalog.store import recalls, shares
from catalog.store.recalls import Recall
from catalog.store.tables import api_tokens, follows, harvested, usage, version_files, versions


def measured(connection: Connection, recall: Recall) -> dict[str, Any]:
    """`public` since when, `release` since when its very files were; `use` (day, kind, whether robots, how often);
    `followers`, `tokens` used since then, `shared` (content → other datasets that hold the same), `source`;
    `agencies` that a share showed it to (agency, agreement, from which day, how often used).
    """
    if recall.package is None:
        return {}
    mine, seen = versions.c.package_id == recall.package, versions.c.public
    public = connection.execute(select(func.min(versions.c.at)).where(mine, seen)).scalar()
    of_files = select(func.min(versions.c.at)).where(mine, seen)
    of_files = of_files.join(
        version_files,
        (version_files.c.package_id == versions.c.package_id) & (version_files.c.number == versions.c.number),
    ).where(version_files.c.sha256.in_(recall.facts.get("contents", ())))
    release = connection.execute(of_files).scalar()
    counted = select(usage.c.day, usage.c.kind, usage.c.robot, func.sum(usage.c.count))
    counted = counted.where(usage.c.package_id == recall.package)
    counted = counted.group_by(usage.c.day, usage.c.kind, usage.c.robot).order_by(usage.c.day, usage.c.kind)
    use = [[day, kind, bool(robot), int(times)] for day, kind, robot, times in connection.execute(counted)]
    followers = select(func.count()).select_from(follows)
    followers = followers.where(follows.c.kind == "dataset", follows.c.object_id == recall.package)
    tokens = select(func.count()).select_from(api_tokens).where(api_tokens.c.last_access >= (public or recall.at))
    source = connection.execute(
        select(harvested.c.source).where(harvested.c.package_id == recall.package)
    ).scalar()
    shared = recalls.holders(connection, recall.files)
    others = {content: [name for name in names if name != recall.dataset] for content, names in shared.items()}
    return {
        "public": public,
        "release": release,
        "use": use,
        "followers": int(connection.execute(followers).scalar() or 0),
        "tokens": int(connection.execute(tokens).scalar() or 0),
        "shared": {content: names for content, names in others.items() if names},
        "source": source,
        "agencies": [
            [one.agency, one.mou, one.begins, one.uses]
            for one in shares.listed(connection)
            if one.package_id == recall.package
        ],
    }
