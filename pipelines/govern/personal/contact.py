"""How a person is reached: telephone, e-mail, LINE.

An office has a telephone and mailboxes too, and these are public. A mailbox that an office gave to a task and not
to a person (info@, saraban@: `roles` of `contexts.yaml`) is none. A mobile number is a person's;
a fixed one may be an office's and is never sure by itself: a header, words near it (`near`, `far` of
`personal.yaml`) or a person's name beside it tell (`weigh`). Hotlines of three and four digits are public.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pipelines.govern.personal.entity import Entity, Hit, register
from pipelines.govern.personal.labelled import after, before, rough_after
from pipelines.govern.triggers import contexts

_MARK = r"[ \u00a0.\-\u2010-\u2015\u2212]{1,2}"
_ANY = r"[ \u00a0.\-\u2010-\u2015\u2212()]{0,3}"
_ABROAD = rf"(?:\+|00)66{_ANY}(?:0{_ANY})?"
_START, _END = r"(?<![\d.,/A-Za-z+])(?<!\d[-_])", r"(?!\d|[.,/]\d|[A-Za-z])"
MOBILE = re.compile(
    _START
    + r"(?:0[689](?:"
    + "|".join(
        form.replace(" ", _MARK)
        for form in (
            r"\d \d{3} \d{4}",
            r"\d \d{7}",
            r" \d{4} \d{4}",
            r" \d{3} \d{5}",
            r"\d \d{4} \d{3}",
            r"\d \d{3} \d{2} \d{2}",
            r"\d/\d{3} ?\d{4}",
        )
    )
    + rf")|0{_MARK}[689]\d{{3}}{_MARK}\d{{5}}|0{_MARK}[689]\d{_MARK}\d{{3}}{_MARK}\d{{4}}"
    + rf"|\(0[689]\d\) ?\d{{3}}(?:{_MARK})?\d{{4}}"
    + rf"|{_ABROAD}[689](?:{_ANY}\d){{8}})(?!-?\d)"
    + _END
)
"""Ten digits parted as people part them, or after the country's number."""
BARE = re.compile(_START + r"(?:0|66)[689]\d{8}" + _END + r"(?!-\d)")
FIXED = re.compile(
    _START
    + r"(?:0(?:2(?:"
    + "|".join(form.replace(" ", _MARK) for form in (r"\d{7}", r" \d{3} \d{4}", r" \d{7}", r" \d{4} \d{3}"))
    + r")|[3-57]\d(?:"
    + "|".join(
        form.replace(" ", _MARK)
        for form in (r"\d{6}", r" \d{3} \d{3}", r" \d{6}", r"\d{3} \d{3}", r" \d{2} \d{4}")
    )
    + rf")|{_MARK}[2-57]\d{{3}}{_MARK}\d{{4}})"
    + rf"|\(0(?:2\) ?\d{{3}}|[3-57]\d\) ?\d{{2,3}})(?:{_MARK})?\d{{3,4}}"
    + rf"|{_ABROAD}(?:2(?:{_ANY}\d){{7}}|[3-57]\d(?:{_ANY}\d){{6}}))"
    + _END
)
"""Nine digits: 02 and seven, another area and six."""
NUMBER = "|".join(f"(?:{one.pattern})" for one in (MOBILE, BARE, FIXED))
_CODE = re.compile(r"[A-Z0-9][-_]$")
"""What makes the digits after it part of a code."""
_WORDS = re.compile(r"[^\W\d_]{2}")

ADDRESS = re.compile(
    r"(?<![\w.+%-])([A-Za-z0-9][\w.+%-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24})(?![\w-]|\.\w)"
)
"""A mailbox (RFC 5321 in what people use of it)."""

HANDLE = r"(?<![\w@.])@?[a-z0-9](?:[a-z0-9._-]{2,30})[a-z0-9](?![\w@]|\.\w)"
"""LINE's rule: small letters, digits, points, hyphens and underscores, four at least; some write longer ones."""
NO_HANDLE = frozenset(("official", "line", "oa", "group", "notify", "today", "shop", "account", "id"))


def _phones(text: str) -> Iterator[Hit]:
    told = {hit.start for hit in after("phone", NUMBER, text)}
    found = {match.start(): Hit(*match.span(), sure=True) for match in MOBILE.finditer(text)}
    in_words = _WORDS.search(text) is not None
    for match in BARE.finditer(text):
        code = _CODE.search(text, 0, match.start()) or before("phone", text, match.start(), "other")
        sure = match.start() in told or (in_words and not code)
        found.setdefault(match.start(), Hit(*match.span(), sure=sure))
    for match in FIXED.finditer(text):
        found.setdefault(match.start(), Hit(*match.span(), sure=match.start() in told))
    end = 0
    for start in sorted(found):
        if start >= end:
            yield found[start]
            end = found[start].end


@cache
def _role() -> re.Pattern[str]:
    """A mailbox of a task: one of the words, alone or with what follows after a sign or a number."""
    return re.compile(rf"(?i:{'|'.join(map(re.escape, contexts()['roles']))})(?:[\d._+-].*)?")


def _emails(text: str) -> Iterator[Hit]:
    for match in ADDRESS.finditer(text):
        if not _role().fullmatch(match[1]):
            yield Hit(*match.span(), sure=True)


def _lines(text: str) -> Iterator[Hit]:
    for hit in after("line-id", HANDLE, text, 12):
        if text[hit.start : hit.end].strip("@") not in NO_HANDLE:
            yield hit


_ZERO, _SIX, _BETWEEN = (
    r"[0\x{e50}\x{ff10}]",
    r"[6\x{e56}\x{ff16}]",
    r"[\s.\-()\x{2010}-\x{2015}\x{2212}\p{Cf}]{0,5}",
)
register(
    Entity(
        name="phone",
        kind="identifier",
        bare=True,
        rough=rf"(?:^|\D)(?:{_ZERO}|{_SIX}{_SIX}){_BETWEEN}(?:{_ZERO}{_BETWEEN})?[2-9\x{{e52}}-\x{{e59}}\x{{ff12}}-\x{{ff19}}]"
        rf"(?:{_BETWEEN}\d){{7}}|(?:^|\D){_ZERO}\d\d/\d{{3}} ?\d{{4}}",
        find=_phones,
        fits=rf"^[^\d+]{{0,24}}(?:\+|00)?(?:{_SIX}{_SIX})?{_BETWEEN}{_ZERO}?{_BETWEEN}[1-9\x{{e51}}-\x{{e59}}\x{{ff11}}-\x{{ff19}}]"
        rf"(?:/?{_BETWEEN}\d){{7,8}}(?:\D.*)?$",
        mask="0xx-xxx-xxxx",
        alone=0.6,
        beside=True,
        office=True,
    ),
    Entity(
        name="email",
        kind="identifier",
        rough="@",
        find=_emails,
        fits=r"(?i)^[a-z0-9._%+-]+ ?(?:\(at\)|\[at\]) ?[a-z0-9.-]+\.[a-z]{2,}$",  # `find` knows the others
        mask="xxx@xxx",
        office=True,
    ),
    Entity(
        name="line-id",
        kind="identifier",
        rough=rough_after("line-id").removesuffix(r"\d") + r"[a-z\d@]",
        find=_lines,
        fits=r"(?i)^(?:(?:id|line|\x{e44}\x{e25}\x{e19}\x{e4c}|\x{e44}\x{e2d}\x{e14}\x{e35})[\s:.=-]*){0,2}"
        r"@?[a-z0-9](?:[a-z0-9._-]{2,30})[a-z0-9]\d{0,2}$",
        unfit=r"^\d{1,7}$",
        mask="***",
        office=True,
    ),
)
