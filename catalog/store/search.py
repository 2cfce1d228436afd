"""The search index: a package's narrow row, its exact values and its words, written when the package is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, case, delete, insert, select, text, update

from catalog.search.fields import COLUMNS, texts, values
from catalog.search.words import rules
from catalog.store.conditions import among
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
AT_ONCE = 500
"""Packages that are indexed together when all are."""


def index(connection: Connection, document: Mapping[str, Any]) -> None:
    """Makes a package found as it now is: its stored document, in the transaction that wrote it."""
    changed(connection)
    key = package_index.c.package_id == document["id"]
    number = connection.execute(select(package_index.c.number).where(key)).scalar()
    if number is None:
        _add(connection, [document])
        return
    words = texts(document)
    connection.execute(update(package_index).where(key).values(_row(connection, document, words)))
    connection.execute(delete(package_values).where(package_values.c.number == number))
    if connection.dialect.name == "sqlite":
        connection.execute(delete(package_text).where(package_text.c.rowid == number))
    _fill(connection, [(number, document, words)])


def _add(connection: Connection, documents: Sequence[Mapping[str, Any]]) -> None:
    """Packages that the index has not."""
    words = [texts(document) for document in documents]
    rows = [_row(connection, document, found) for document, found in zip(documents, words, strict=True)]
    made = insert(package_index).returning(package_index.c.number, sort_by_parameter_order=True)
    numbers = connection.execute(made, rows).scalars().all()
    _fill(connection, list(zip(numbers, documents, words, strict=True)))


def _fill(connection: Connection, packages: Sequence[tuple[int, Mapping[str, Any], Mapping[str, str]]]) -> None:
    """Values and words beside the narrow rows: number, document and words of each."""
    if connection.dialect.name == "sqlite":
        connection.execute(insert(package_text), [{"rowid": number, **words} for number, _one, words in packages])
    found = [
        {"number": number, "field": field, "value": _storable(value)}
        for number, document, _words in packages
        for field, value in sorted(values(document) | _vocabulary_tags(connection, document))
    ]
    connection.execute(insert(package_values), found)


def _row(connection: Connection, document: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    on_server = connection.dialect.name == "postgresql"
    vectors = {"words": _vector(words), "grams": _lexemes(words["grams"])} if on_server else {}
    return vectors | {
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


def _vector(words: Mapping[str, str]) -> str:
    """The columns' parts with their places and weights, as PostgreSQL writes a tsvector."""
    places: dict[str, list[str]] = {}
    at = 0
    for column, weight in zip(COLUMNS, WEIGHTS, strict=True):
        for part in words[column].split():
            at += 1
            if at < LAST_POSITION:
                places.setdefault(part, []).append(f"{at}{weight}")
        at += 1  # no phrase spans two columns
    return " ".join(f"'{part}':{','.join(found[:255])}" for part, found in places.items())


def _lexemes(grams: str) -> str:
    return " ".join(f"'{gram}'" for gram in grams.split())


def forget(connection: Connection, package: str) -> None:
    """Takes a package out of the index, before it is removed for good."""
    changed(connection)
    key = package_index.c.package_id == package
    number = connection.execute(select(package_index.c.number).where(key)).scalar()
    if number is not None and connection.dialect.name == "sqlite":
        connection.execute(delete(package_text).where(package_text.c.rowid == number))
    connection.execute(delete(package_index).where(key))


def changed(connection: Connection) -> None:
    """Notes that a search may find something else from now on: kept answers are asked for again.

    A program of other rules than the index's spoils it by what it writes: whoever opens it next builds it anew.
    """
    state = search_state.c
    made_by = case((state.made_by == rules(), state.made_by), else_="several")
    counted = update(search_state).where(state.id == 1).values(revision=state.revision + 1, made_by=made_by)
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
    """Builds the index of all packages anew, in the transaction at hand; on PostgreSQL searches wait."""
    on_server = connection.dialect.name == "postgresql"
    of_words = [index for index in package_index.indexes if index.dialect_kwargs.get("postgresql_using") == "gin"]
    if on_server:
        for one in of_words:
            one.drop(connection)  # made at the end, it takes a third of the time that it takes row by row
    else:
        connection.execute(text("DROP TABLE IF EXISTS package_text"))
        connection.execute(text(TEXT_TABLE))
    connection.execute(delete(package_values))
    connection.execute(delete(package_index))
    keys = list(
        connection.execute(select(packages.c.id).order_by(packages.c.metadata_created, packages.c.id)).scalars()
    )
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        query = select(packages.c.id, packages.c.document).where(
            among(packages.c.id, some, connection.dialect.name)
        )
        found = {key: orjson.loads(text) for key, text in connection.execute(query)}
        _add(connection, [found[key] for key in some])
    if on_server:
        for one in of_words:
            one.create(connection)
        connection.execute(text("ANALYZE package_index, package_values"))
    changed(connection)
    connection.execute(update(search_state).values(made_by=rules()))
