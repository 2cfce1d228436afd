"""The search index: a package's narrow row, its exact values and its words, written when the package is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, String, bindparam, cast, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import TSVECTOR

from catalog.search.fields import COLUMNS, texts, values
from catalog.search.words import rules
from catalog.store.database import reading, writing
from catalog.store.tables import (
    TEXT_TABLE,
    package_index,
    package_text,
    package_values,
    packages,
    search_state,
    vocabularies,
)

WEIGHTS = "ABCD"
"""PostgreSQL's letters for COLUMNS."""
LAST_POSITION = 16_383


def index(connection: Connection, document: Mapping[str, Any]) -> None:
    """Makes a package found as it now is: its stored document, in the transaction that wrote it."""
    changed(connection)
    key = package_index.c.package_id == document["id"]
    number = connection.execute(select(package_index.c.number).where(key)).scalar()
    words, row = texts(document), _row(document)
    if connection.dialect.name == "postgresql":
        row |= {"words": _vector(words), "grams": cast(_lexemes(words["grams"]), TSVECTOR)}
    if number is None:
        made = connection.execute(insert(package_index).values(row)).inserted_primary_key
        number = made[0] if made else None
    else:
        connection.execute(update(package_index).where(key).values(row))
        connection.execute(delete(package_values).where(package_values.c.number == number))
    if connection.dialect.name == "sqlite":
        connection.execute(delete(package_text).where(package_text.c.rowid == number))
        connection.execute(insert(package_text).values(rowid=number, **words))
    kept = sorted(values(document) | _vocabulary_tags(connection, document))
    found = [{"number": number, "field": field, "value": _storable(value)} for field, value in kept]
    connection.execute(insert(package_values), found)


def _row(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "package_id": document["id"],
        "state": document["state"],
        "private": document["private"],
        "owner_org": document["owner_org"],
        "creator": document.get("creator_user_id"),
        "name": document["name"],
        "title": document["title"],
        "created": document["metadata_created"],
        "modified": document["metadata_modified"],
    }


def _vocabulary_tags(connection: Connection, document: Mapping[str, Any]) -> set[tuple[str, str]]:
    tags = [tag for tag in document["tags"] if tag.get("vocabulary_id")]
    if not tags:
        return set()
    names = {row.id: row.name for row in connection.execute(select(vocabularies.c.id, vocabularies.c.name))}
    return {(f"vocab_{names[tag['vocabulary_id']]}", tag["name"]) for tag in tags if tag["vocabulary_id"] in names}


def _storable(value: str) -> str:
    return value.replace("\0", "")


def _vector(words: Mapping[str, str]) -> Any:
    """The columns' parts with their places and weights, as PostgreSQL writes a tsvector."""
    places: dict[str, list[str]] = {}
    at = 0
    for column, weight in zip(COLUMNS, WEIGHTS, strict=True):
        for part in words[column].split():
            at += 1
            if at < LAST_POSITION:
                places.setdefault(part, []).append(f"{at}{weight}")
        at += 1  # no phrase spans two columns
    written = " ".join(f"'{part}':{','.join(found[:255])}" for part, found in places.items())
    return cast(bindparam(None, written, String), TSVECTOR)


def _lexemes(grams: str) -> Any:
    return bindparam(None, " ".join(f"'{gram}'" for gram in grams.split()), String)


def forget(connection: Connection, package: str) -> None:
    """Takes a package out of the index, before it is removed for good."""
    changed(connection)
    key = package_index.c.package_id == package
    number = connection.execute(select(package_index.c.number).where(key)).scalar()
    if number is not None and connection.dialect.name == "sqlite":
        connection.execute(delete(package_text).where(package_text.c.rowid == number))
    connection.execute(delete(package_index).where(key))


def changed(connection: Connection) -> None:
    """Notes that a search may find something else from now on: kept answers are asked for again."""
    state = search_state.c
    counted = update(search_state).where(state.id == 1).values(revision=state.revision + 1)
    if not connection.execute(counted).rowcount:
        connection.execute(insert(search_state).values(id=1, revision=1, made_by=rules()))


def revision(connection: Connection) -> int:
    """Changes so far: what a kept answer is good for."""
    return int(connection.execute(select(search_state.c.revision)).scalar() or 0)


def refresh(engine: Engine) -> None:
    """Builds the index anew where it is missing, or was made by other rules than today's."""
    made_by = select(search_state.c.made_by)
    with reading(engine) as connection:
        if connection.execute(made_by).scalar() == rules():
            return
    with writing(engine) as connection:
        if connection.execute(made_by).scalar() != rules():
            rebuild(connection)


def rebuild(connection: Connection) -> None:
    """Builds the index of all packages anew, in the transaction at hand."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TABLE IF EXISTS package_text"))
        connection.execute(text(TEXT_TABLE))
    connection.execute(delete(package_values))
    connection.execute(delete(package_index))
    query = select(packages.c.document).order_by(packages.c.metadata_created, packages.c.id)
    for (document,) in connection.execute(query).all():
        index(connection, orjson.loads(document))
    connection.execute(delete(search_state).where(search_state.c.made_by != rules()))
    changed(connection)
