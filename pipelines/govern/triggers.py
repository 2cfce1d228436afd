"""Column names that promise personal data: which words tell, in `metadata/standards/personal.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any


@cache
def _words() -> Mapping[str, Any]:
    from metadata.document import packaged

    return packaged("standards/personal.yaml")  # type: ignore[no-any-return]


def telling(label: str, *titles: str) -> Iterator[tuple[str, str]]:
    """(`identifier` or `sensitive`, the word) for a column's label and titles; at most one of each kind."""
    for kind in ("identifier", "sensitive"):
        words = _words()[kind]
        texts = [_less(text, words) for text in (label, *titles)]
        thai = (word for text in texts for word in words["thai"] if word in text)
        latin = filter(None, (_latin(text, words) for text in texts))
        found = next(thai, None) or next(latin, None)
        if found:
            yield kind, found


def _less(text: str, words: Mapping[str, Any]) -> str:
    for harmless in words["except"]:
        text = text.replace(harmless, " ")
    return text


def _latin(text: str, words: Mapping[str, Any]) -> str | None:
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)
    tokens = [part.lower() for part in parts]
    joined = "_".join(tokens)
    named = next((name for name in words["names"] if joined == name or f"_{name}_" in f"_{joined}_"), None)
    return named or next((word for word in words["tokens"] if word in tokens), None)
