"""Why data that were asked for may be refused, and where to appeal: `metadata/standards/refusals.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from metadata.document import packaged

FILE = "standards/refusals.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One kind. Texts are by language."""

    kind: str
    section: str
    """Of the Official Information Act B.E. 2540, such as `15 (1)`."""
    title: Mapping[str, str] = field(hash=False)
    appeal: Mapping[str, str] = field(hash=False)
    """What one may do who does not agree, with the section that says so."""


@cache
def refusals() -> Mapping[str, Refusal]:
    """Every kind, by name, in the Act's order."""
    read = packaged(FILE)
    languages = ("th", "en")
    return {
        kind: Refusal(
            kind=kind,
            section=one["section"],
            title={language: one[language] for language in languages},
            appeal={language: read["appeal"][one["appeal"]][language] for language in languages},
        )
        for kind, one in read["kinds"].items()
    }


def clause(written: str) -> str:
    """Why an entry is not open, in words: a kind's section and sentence where a kind is written, else as it is."""
    kind = refusals().get(written)
    if kind is None:
        return written
    return f"{law()['th']} {packaged(FILE)['clause'].format(section=kind.section, title=kind.title['th'])}"


@cache
def law() -> Mapping[str, str]:
    """The Act's name, by language."""
    return dict(packaged(FILE)["law"])
