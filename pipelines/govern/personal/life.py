"""A person's date of birth, face and signature, and the kinds of section 26 of the personal data protection act.

A date is one of birth by its header or by the words before it; events have dates too. Religion, illness,
disability and the like are a person's where a header says so in a register of persons (`column` judges that), or
where a text says it of one: in the words of `metadata/standards/sensitive.yaml`, after a word for a person or
beside a name. Statistics of them are ordinary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from pipelines import thai
from pipelines.govern.personal.entity import Entity, Hit, register
from pipelines.govern.personal.labelled import REACH, rough_after
from pipelines.govern.triggers import words

_YEAR = r"(?:[12]\d|20)\d{2}"
_FAR = 20
"""How far before a date an event may be told."""
_REACH = 40
"""How far before what is said of a person the word for that person may stand."""


def _month() -> str:
    written = {row["name"] for row in thai.rows("months.csv")}
    names = written | {name.replace(".", "") for name in written if name.count(".") > 1}
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_DAY = (
    rf"(?:\d{{1,2}}[\s/.\-]*(?:{_month()})[\s/.\-]*(?:[\u0e00-\u0e7f.]{{2,5}}\s*)?(?:{_YEAR}|\d{{2}})"
    rf"|(?:{_month()})[\s.]*\d{{1,2}},?\s+{_YEAR}"
    rf"|\d{{1,2}}[/.\-]\d{{1,2}}[/.\-](?:{_YEAR}|\d{{2}})|{_YEAR}[/.\-]\d{{1,2}}[/.\-]\d{{1,2}})"
)
"""A day with its year, in the Thai or the common era."""


_BORN = r"(?:^|[^\u0e01-\u0e4e])\u0e40\u0e01\u0e34\u0e14\s{0,2}"
"""The word for birth by itself, right before a day."""


@cache
def _born() -> tuple[re.Pattern[str], ...]:
    return (
        re.compile(rf"{_BORN}(?P<gap>)(?P<day>(?i:{_DAY}))(?!\d)"),
        re.compile(rf"{words('birth-date')}(?P<gap>[^\d\n]{{0,{REACH}}}?)(?P<day>(?i:{_DAY}))(?!\d)"),
        re.compile(words("birth-date", "far") or "$^"),
    )


def _birth_dates(text: str) -> Iterator[Hit]:
    """Dates after a word for birth, unless something that happened is told there."""
    alone, born, event = _born()
    end = 0
    for match in sorted((*alone.finditer(text), *born.finditer(text)), key=lambda one: one.start("day")):
        before = re.split(r"[\d\n/;]", text[max(0, match.start() - _FAR) : match.start()])[-1]
        if match.start("day") >= end and not event.search(before) and not event.search(match["gap"]):
            end = match.end("day")
            yield Hit(*match.span("day"), sure=True)


register(
    Entity(
        name="birth-date",
        kind="identifier",
        rough=rough_after("birth-date") + r"|\x{e40}\x{e01}\x{e34}\x{e14}\s{0,2}\d",
        find=_birth_dates,
        fits=rf"(?i)^(?:{_DAY}|{_YEAR}[01]\d[0-3]\d|[0-3]\d[01]\d{_YEAR})(?:[ T]\d{{1,2}}:.*)?$",
        partly=r"^(?:[\x{e1e}\x{e04}]\.?\x{e28}\.?\s*)?(?:2[45]\d\d|19\d\d|20[0-4]\d|[\x{e52}-\x{e59}]\d{3})(?:\.0)?$",
        mask="xx/xx/xxxx",
    ),
    Entity(
        name="image",
        kind="identifier",
        fits=r"(?i)^data:image/|\.(?:jpe?g|png|gif|bmp|webp|tiff?|heic|svg|pdf)(?:[?#].*)?$|^https?://|^[A-Za-z0-9+/]{120,}=*$",
        mask="[image]",
    ),
)


@cache
def _listed() -> Mapping[str, Any]:
    from metadata.document import packaged

    return packaged("standards/sensitive.yaml")  # type: ignore[no-any-return]


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def _said(kind: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    listed = _listed()
    but = listed["but"].get(kind)
    less = f"(?!{_any(but)})" if but else ""
    return (
        re.compile(rf"(?i){less}(?:{_any(listed['said'][kind])})[^\s,.;]*"),
        re.compile(rf"(?:{_any(listed['persons'])})"),
    )


def _sensitive(kind: str, text: str) -> Iterator[Hit]:
    """What a text says of one person; sure where a word for a person stands shortly before."""
    said, person = _said(kind)
    for match in said.finditer(text):
        near = text[max(0, match.start() - _REACH) : match.end()]
        yield Hit(*match.span(), sure=person.search(near) is not None)


def _kind(name: str) -> Entity:
    find: Callable[[str], Iterator[Hit]] = partial(_sensitive, name)
    return Entity(
        name=name,
        kind="sensitive",
        rough=rf"(?i)(?:{_any(_listed()['said'][name])})",
        find=find,
        beside=True,
        mask="xxxxx",
    )


register(*(_kind(name) for name in _listed()["said"]), Entity(name="biometrics", kind="sensitive", mask="xxxxx"))
