"""Asking the DataStore in SQL: CKAN's datastore_search_sql, where it is switched on."""

from __future__ import annotations

from typing import Any

from catalog.actions import datastore_ask as ask
from catalog.actions.context import Context
from catalog.actions.datastore_search import MOST, MOST_THAI
from catalog.actions.documents import Document
from catalog.actions.refusals import ActionRefused, bad_request, forbidden, invalid, missing, not_found
from catalog.actions.register import action

Data = dict[str, Any]


@action("datastore_search_sql", read=True)
def datastore_search_sql(ctx: Context, data: Data) -> Document:
    """Answer one SELECT in PostgreSQL's SQL, of tables that the caller may read, by their ids or aliases.

    Only where the catalog has it switched on (SAPHAN_SQL_SEARCH). At most 32000 records; `records_truncated` says
    that there were more.

    :param sql: the query, for example `SELECT code, people FROM "<resource id>" WHERE people > 500000`
    """
    if not ctx.switches.sql_search:
        raise bad_request("Action name not known: datastore_search_sql")
    text = data.get("sql")
    if not isinstance(text, str) or not text.strip():
        raise missing("sql")
    from catalog.store import sql_query
    from catalog.store.sql_result import turn

    try:
        statement = sql_query.read(text)
        tables = _tables(ctx, statement)
        statement.allow()
        with turn():
            found = ctx.datastore.query(statement, tables, MOST if ctx.stock else MOST_THAI)
    except sql_query.SqlError as error:
        raise ActionRefused(409, {"message": str(error), "__type": "Validation Error"}) from None
    except sql_query.SqlDeniedError as error:
        raise forbidden(str(error)) from None
    except sql_query.SqlQueryError as error:
        info = {} if "too long" in str(error) else {"info": {"orig": [str(error)]}}
        raise invalid({"query": [str(error)], **info}) from None
    names = [name for name, _kind in found.fields]
    answer: Document = {"sql": text, "records": [dict(zip(names, row, strict=True)) for row in found.rows]}
    if found.truncated:
        answer["records_truncated"] = True
    answer["fields"] = [
        {"id": name, "type": kind or _kind_of(found.rows, at)} for at, (name, kind) in enumerate(found.fields)
    ]
    return answer


def _tables(ctx: Context, statement: Any) -> dict[str, str]:
    """The resources behind the names that a query reads. Raises 404, 403."""
    tables = {}
    for name in sorted(statement.tables):
        try:
            tables[name] = ask.readable_table(ctx, name, "")
        except ActionRefused as refused:
            if refused.status == 403:
                raise forbidden("Not authorized to read resource.") from None
            if name not in statement.own:
                raise not_found() from None
    return tables


def _kind_of(rows: list[tuple[Any, ...]], at: int) -> str:
    """The type of a column whose expression does not tell it."""
    value = next((row[at] for row in rows if row[at] is not None), None)
    kinds = {bool: "bool", int: "int8", float: "float8"}
    return kinds.get(type(value), "text")
