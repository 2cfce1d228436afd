"""Making a share: which tables, columns and rows an agency is to see, checked against what the catalog holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from catalog.actions import accounts
from catalog.sharing.view import within
from catalog.store import shares
from catalog.store.database import writing
from catalog.store.shape import FilterError, Question, Shape
from catalog.store.shares import Share, Table
from metadata import clock
from metadata.errors import PortalError, SetupError
from metadata.finding import Place
from metadata.release import canonical, sha256

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal

EVERY = "*"
"""All columns that a table has today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is agreed. `columns`: `column`, or `resource.column` where there are several tables; `rows`:
    `column=value`, each column's values together; `begins` and `ends`: days, both included."""

    agency: str
    mou: str
    purpose: str
    columns: Sequence[str]
    begins: str
    ends: str
    rows: Sequence[str] = field(default=())


def drafted(portal: LocalPortal, name: str, terms: Terms) -> Share:
    """The share that the terms mean; nothing is kept yet.

    Raises SetupError `share-missing`, `share-open`, `share-table`, `share-column`, `share-days`, `share-nothing`.
    """
    at = Place(dataset=name)
    if not all(text.strip() for text in (terms.agency, terms.mou, terms.purpose)) or not terms.columns:
        raise SetupError("share-nothing", at)
    _days(terms, at)
    package = _package(portal, name)
    shapes = _shapes(portal, package)
    columns: dict[str, list[str]] = {}
    rows: dict[str, dict[str, list[str]]] = {}
    for written in terms.columns:
        key, column = _placed(written, package, shapes, at)
        columns.setdefault(key, [])
        columns[key] += [one.name for one in shapes[key].columns] if column == EVERY else [column]
    for written in terms.rows:
        before, _, value = written.partition("=")
        key, column = _placed(before, package, shapes, at)
        if key not in columns or column == EVERY:
            raise SetupError("share-column", at, name=before, known=sorted(columns))
        rows.setdefault(key, {}).setdefault(column, []).append(value)
    tables = {
        key: Table(
            columns=tuple(dict.fromkeys(some)),
            rows={column: tuple(values) for column, values in rows.get(key, {}).items()},
        )
        for key, some in columns.items()
    }
    _asked(portal, tables, at)
    return Share(
        id=str(uuid4()),
        package_id=package["id"],
        dataset=package["name"],
        tables=tables,
        begins=terms.begins,
        ends=terms.ends,
        created=clock.stamp(),
        agency=terms.agency.strip(),
        mou=terms.mou.strip(),
        purpose=terms.purpose.strip(),
    )


def told(share: Share) -> dict[str, Any]:
    """A share as its decision says it: which columns choose the rows, with a digest of their values."""
    tables = [
        {
            "resource": key,
            "columns": list(one.columns),
            **({"by": sorted(one.rows), "rows": sha256(canonical(_plain(one.rows)))} if one.rows else {}),
        }
        for key, one in share.tables.items()
    ]
    days = {"begins": share.begins, "expires": share.ends}
    return {"share": share.id, "agency": share.agency, "mou": share.mou, "tables": tables, **days}


def approved(share: Share, decision: Mapping[str, Any]) -> Share:
    """The same, with who approved it."""
    return replace(share, approved=decision)


def kept(portal: LocalPortal, share: Share) -> str:
    """Keeps an approved share; gives its token, which is told this once."""
    token = accounts.new_token()
    with writing(portal.engine) as connection:
        shares.add(connection, share, accounts.token_hash(token))
    return token


def ended(portal: LocalPortal, *ids: str) -> None:
    """Ends shares at once; those that are ended, or not there, stay so."""
    with writing(portal.engine) as connection:
        for share in ids:
            shares.end(connection, share, clock.stamp())


def _plain(rows: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: sorted(values) for name, values in rows.items()}


def _days(terms: Terms, at: Place) -> None:
    try:
        begins, ends = date.fromisoformat(terms.begins), date.fromisoformat(terms.ends)
    except ValueError:
        begins, ends = date.max, date.min
    if not begins <= ends < date(2400, 1, 1) or ends < clock.today():
        given = {"begins": terms.begins, "ends": terms.ends, "today": clock.today().isoformat()}
        raise SetupError("share-days", at, **given)


def _package(portal: LocalPortal, name: str) -> dict[str, Any]:
    at = Place(dataset=name)
    try:
        package: dict[str, Any] = portal.call_action("package_show", {"id": name})
    except PortalError as error:
        if error.values.get("status") in (404, 410):
            raise SetupError("share-missing", at, name=name) from None
        raise
    if not package["private"]:
        raise SetupError("share-open", at, name=name)
    return package


def _shapes(portal: LocalPortal, package: Mapping[str, Any]) -> dict[str, Shape]:
    keys = [one["id"] for one in package["resources"] if one.get("datastore_active")]
    return {key: portal.datastore.shape(key) for key in keys}


def _placed(written: str, package: Mapping[str, Any], shapes: Mapping[str, Shape], at: Place) -> tuple[str, str]:
    """The table and the column that are meant."""
    names = {key: key for key in shapes}
    names |= {str(one["name"]): one["id"] for one in package["resources"] if one["id"] in shapes}
    before, dot, column = written.rpartition(".")
    if dot and before in names:
        key = names[before]
    elif len(shapes) == 1:
        key, column = next(iter(shapes)), written
    else:
        raise SetupError("share-table", at, name=written, known=sorted(names))
    if column != EVERY and shapes[key].column(column) is None:
        raise SetupError("share-column", at, name=column, known=[one.name for one in shapes[key].columns])
    return key, column


def _asked(portal: LocalPortal, tables: Mapping[str, Table], at: Place) -> None:
    """The rows can be asked for: a value that no cell of its column could have is a slip."""
    for key, one in tables.items():
        try:
            found = portal.datastore.count(key, Question().within(within(one)))
        except FilterError:
            found = 0
        if not found:
            raise SetupError("share-rows", at, columns=sorted(one.rows) or ["–"])
