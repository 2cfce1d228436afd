"""The few words of an answer that CKAN says in the site's language."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def _words() -> dict[str, dict[str, str]]:
    import orjson

    held: dict[str, dict[str, str]] = orjson.loads(files("catalog").joinpath("actions/words.json").read_bytes())
    return held


def said(text: str, language: str) -> str:
    """An English word in a language, or as it is where nobody translated it."""
    return _words().get(language, {}).get(text, text)
