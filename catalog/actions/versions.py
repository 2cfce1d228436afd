"""Actions on versions of datasets, named as ckanext-versions names its reads; a version is made by every write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from catalog import compare
from catalog.actions import history
from catalog.actions.context import Context
from catalog.actions.documents import Document
from catalog.actions.history import Version, VersionFile
from catalog.actions.refusals import ActionRefused, forbidden, invalid
from catalog.actions.register import action
from catalog.actions.values import natural, wanted

Data = dict[str, Any]
ROWS, MOST_ROWS = 20, 1000
LARGEST = 64 << 20
"""Bytes of a file that is compared here; larger ones are downloaded and compared at home."""
WAIT = 1.0
_turn = threading.Lock()
"""One comparison at a time: it is the dearest thing anyone may ask for, and who waits keeps a thread."""


@action("dataset_version_list", read=True)
def dataset_version_list(ctx: Context, data: Data) -> list[Document]:
    """Return the versions of a dataset, the newest first. A version that was recalled says so.

    :param id: the id or name of the dataset, or a name it once had (`dataset_id` serves too)
    """
    return [told(ctx, one) for one in history.listed(ctx, wanted(data, "dataset_id", "id"))]


@action("dataset_version_show", read=True)
def dataset_version_show(ctx: Context, data: Data) -> Document:
    """Return one version of a dataset: `package` is the dataset as it was, its files' addresses those of then.

    :param id: the id or name of the dataset, or a name it once had (`dataset_id` serves too)
    :param version: its number, its hash, or `latest` (default)
    """
    version = history.found(ctx, wanted(data, "dataset_id", "id"), str(data.get("version") or "latest"))
    return {**told(ctx, version), "package": history.shown(ctx, version)}


@action("dataset_version_diff", read=True)
def dataset_version_diff(ctx: Context, data: Data) -> Document:
    """Return how many rows of a CSV file differ between two versions of a dataset, and the first of them.

    :param id: the id or name of the dataset (`dataset_id` serves too)
    :param resource_id: the id of the resource
    :param version: the newer version (default: `latest`)
    :param since: the older version (default: the newest in which the file was another)
    :param key: columns that name a row, as a list or with commas between them; without, whole rows are compared
    :param limit: at most so many rows of each kind (optional, default: 20)
    """
    limit = natural(data, "limit", ROWS, MOST_ROWS)
    with comparing(ctx, data) as (before, after, found):
        summary = found.summary
        rows: dict[str, list[Any]] = {"added": [], "removed": []}
        if limit and (summary.added or summary.removed):
            for kind in rows:
                rows[kind] = [
                    list(row) for row in islice((row for face, row in found.differing() if face == kind), limit)
                ]
        changed = [{"before": list(old), "after": list(new)} for old, new in found.changed(limit)]
    counts = {"added": summary.added, "removed": summary.removed, "changed": summary.changed}
    columns = {"columns": list(summary.columns), "key": list(summary.key)}
    columns |= {"columns_added": list(summary.columns_added), "columns_removed": list(summary.columns_removed)}
    answer = {"from": told(ctx, before), "to": told(ctx, after), "rows": list(summary.rows), **counts, **columns}
    return {**answer, "records": {**rows, "changed": changed}}


@action("dataset_version_recall")
def dataset_version_recall(ctx: Context, data: Data) -> list[Document]:
    """Take versions of a dataset back: their metadata and files are removed, their addresses answer 410 for ever.

    :param id: the id or name of the dataset (`dataset_id` serves too)
    :param versions: a number, a list of numbers, or `all` but the present one (for that, purge the dataset)
    """
    key = wanted(data, "dataset_id", "id")
    if not ctx.actor.sysadmin:
        raise forbidden(f"User {ctx.actor.name} not authorized to recall versions of {key}")
    package, document = history.of(ctx, key)
    known = [one.number for one in history.listed(ctx, key)]
    given = data.get("versions", data.get("version"))
    given = given if isinstance(given, list) else [given]
    if given == ["all"]:
        chosen = known[1:] if document else known
    else:
        chosen = [int(one) for one in given if str(one).isascii() and str(one).isdecimal()]
        if not chosen or len(chosen) < len(given) or not set(chosen) <= set(known):
            raise invalid({"versions": ["Must be numbers of this dataset's versions"]})
    if document and known[0] in chosen:
        raise invalid({"versions": [f"{known[0]} is what the dataset is now: change or purge the dataset"]})
    history.forget(ctx, package, chosen)
    return [told(ctx, one) for one in history.listed(ctx, key)]


def told(ctx: Context, version: Version) -> Document:
    """A version without its document."""
    facts = {"dataset_id": version.package, "version": version.number, "name": version.name, "created": version.at}
    recalled = version.document is None
    return {**facts, "hash": f"sha256:{version.hash}", "recalled": recalled, "url": history.address(ctx, version)}


@contextmanager
def comparing(ctx: Context, data: Data) -> Iterator[tuple[Version, Version, compare.Comparing]]:
    """The two versions a request names, and their files compared. Raises 404, 403, 409, 410, 503."""
    key, resource = wanted(data, "dataset_id", "id"), wanted(data, "resource_id")
    after = history.found(ctx, key, str(data.get("version") or "latest"))
    before = history.found(ctx, key, str(data.get("since") or history.earlier(ctx, after, resource)))
    names = data.get("key") or []
    names = names.split(",") if isinstance(names, str) else [str(name) for name in names]
    one, two = history.file(ctx, before, resource), history.file(ctx, after, resource)
    if max(one.size, two.size) > LARGEST:
        raise invalid({"resource_id": [f"The file is larger than {LARGEST} bytes: download both versions"]})
    if not _turn.acquire(timeout=WAIT):
        raise ActionRefused(503, {"__type": "Busy", "message": "Another comparison is under way: ask again"})
    try:
        yield before, after, compare.Comparing(_opener(ctx, one), _opener(ctx, two), names)
    except compare.NotComparable as not_so:
        raise invalid(
            {"key" if not_so.reason.startswith("key") else "resource_id": [WHY[not_so.reason]]}
        ) from None
    finally:
        _turn.release()


WHY = {
    "encoding": "The file is not UTF-8",
    "csv": "The file is not CSV",
    "columns": "The files have no columns in common, or a column twice",
    "key": "Both versions must have these columns",
    "key-repeated": "A key stands on more than one row",
}


def _opener(ctx: Context, one: VersionFile) -> compare.Opener:
    return lambda: ctx.files.path(one.sha256).open("rb")
