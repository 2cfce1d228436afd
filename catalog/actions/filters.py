"""Solr's queries as `q` and `fq` bring them, as conditions of SQL; and CKAN's refusal of those it cannot read."""

from __future__ import annotations

from catalog.actions.refusals import ActionRefused
from catalog.search import language
from catalog.search.language import Unreadable
from catalog.store.conditions import Condition, compiled


def unsearchable(message: str) -> ActionRefused:
    """409 Search Error."""
    return ActionRefused(409, {"__type": "Search Error", "message": f"Search error: {message!r}"})


def parsed(text: str, dialect: str, *, param: str) -> Condition:
    """A query's text as a condition on the search index.

    Raises 409 Search Error for an `fq` that cannot be read; Unreadable for a `q`, which may be words.
    """
    if text.lstrip().startswith("{!") or "_query_:" in text or "_val_:" in text:
        # CKAN puts its own filters before an `fq`
        problem = "must be defined at the beginning of" if param == "fq" else "are not supported in"
        raise unsearchable(f"Local parameters {problem} param '{param}'.")
    try:
        return compiled(language.parsed(text), dialect)
    except Unreadable as error:
        if param == "q":
            raise
        raise unsearchable(f"Error: {error}") from None
