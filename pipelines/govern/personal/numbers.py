"""Numbers that the state, a bank, a school or a hospital gave one person.

Most have no check digit and look like any other number: they are told by a header, or by words that stand before
them in a text. The two that have one are told by it.

A person's national ID number has 13 digits, the first 1 to 8, the last a check digit (a company's begins with 0:
public). It is found in Thai or ASCII digits, bare or parted (1-2345-67890-12-3), alone in a cell or inside longer
text. What only looks like one is left alone: decimals, runs of 14 digits and more, digests, ranges of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.govern.personal.chance import pin_odds, registered
from pipelines.govern.personal.entity import Entity, Hit, register
from pipelines.govern.personal.labelled import after, before, rough_after

_DASHES = r"\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
GAP = r"[\s.\-\x{2010}-\x{2015}\x{2212}\x{fe58}\x{fe63}\x{ff0d}\x{b7}_/|:*~\x{2022}\p{Cf}]"
"""What may stand between two digits, as polars writes it."""
_RARE = "|:*~\u2022"
"""Signs that part a card's number only where they stand at all four places."""
_PART = rf"[\s.{_DASHES}\u00b7_/{_RARE}]{{0,4}}"
_PLAIN_PART = rf"[\s{_DASHES}]{{0,3}}"
OFFICIAL = re.compile(rf"(?<!\d)([1-8])({_PART})(\d{{4}})({_PART})(\d{{5}})({_PART})(\d{{2}})({_PART})(\d)(?!\d)")
"""Thirteen digits, parted nowhere but where the card parts them."""
ANYWHERE = re.compile(rf"\s*([1-8](?:{_PLAIN_PART}\d){{12}})\s*")
"""A whole cell of thirteen digits parted by spaces and dashes anywhere."""
POWER = re.compile(r"(?<![\d.,])([1-8])[.,](\d{9,12})[eE]\+?0*12(?![\d.])")
"""Thirteen digits as a spreadsheet saves a wide number; with fewer digits it was rounded, and names nobody."""


SPACED = re.compile(rf"(?<![\d{_DASHES}.,/])[1-8](?P<mark> |-|\.|\|)(?:\d(?P=mark)){{11}}\d(?![{_DASHES}.,/|]?\d)")
"""Thirteen digits one by one, as in the boxes of a form."""
GROUPED = rf"[1-8](?:[\s,.{_DASHES}]{{0,3}}\d){{12}}(?!\d)"
"""Thirteen digits in whatever groups: only behind a word that says what they are."""
_FIRST = r"[1-8[\p{Nd}--0-9]]"
"""The first digit as polars writes it; which one of another script's it is, `find` says."""


def _national_ids(text: str) -> Iterator[Hit]:
    alone = ANYWHERE.fullmatch(text)
    found = [match.span() for match in OFFICIAL.finditer(text) if _official(text, match)]
    found += [m.span() for m in POWER.finditer(text) if _valid((m[1] + m[2]).ljust(13, "0"))]
    others = [match.span() for match in SPACED.finditer(text)]
    others += [(hit.start, hit.end) for hit in after("national-id", GROUPED, text)]
    for start, end in others:
        apart = all(end <= first or last <= start for first, last in found)
        if apart and _valid(re.sub(r"\D", "", text[start:end])):
            found.append((start, end))
    if not found and alone and _alone(alone[1]):
        found = [alone.span(1)]
    for start, end in sorted(found):
        yield Hit(start, end, sure=True)


def _official(text: str, match: re.Match[str]) -> bool:
    separators = [match[group] for group in (2, 4, 6, 8)]
    before, after = text[max(0, match.start() - 64) : match.start()], text[match.end() : match.end() + 64]
    if separators.count("") == 3 and "." in separators:
        return False  # 1.234567890123: one point parts a decimal
    if "" in separators and set(_RARE).intersection("".join(separators)):
        return False  # 12:34:56
    if re.search(r"(?:\d|^|\s)\.$", before) or re.match(r"\.(?!0+(?!\d))\d", after):
        return False  # a decimal's fraction, or its whole part (12 digits and .0 is a number read as a float)
    token = re.search(r"[0-9A-Za-z]*$", before)[0] + match[0] + re.match(r"[0-9A-Za-z]*", after)[0]  # type: ignore[index]
    if len(token) >= 32 and re.fullmatch(r"(?:0[xX])?[0-9A-Fa-f]+", token):
        return False  # a digest
    return _valid("".join(match.group(1, 3, 5, 7, 9)))


def _alone(text: str) -> bool:
    if len(re.findall(r"\D+", text)) < 2:
        return False  # with one separator it may be a range: 500000-1000000
    return _valid(re.sub(r"\D", "", text))


def _valid(digits: str) -> bool:
    from stdnum.th import pin

    return bool(pin.is_valid(digits))


PASSPORT = r"(?<![A-Za-z0-9])[A-Z]{1,2}[ -]?\d{6,8}(?![A-Za-z0-9])"
"""A Thai passport's number: one or two letters and seven digits; others have six or eight."""
LICENCE = r"(?<![\d-])\d{2}[ -]?\d{5,6}(?![\d-])"
"""The Department of Land Transport's: the year of issue and six digits."""
STUDENT = r"(?<![A-Za-z0-9])[A-Z]?\d{5,13}(?:-\d)?(?![A-Za-z0-9])"
PATIENT = r"(?:\d{4,10}(?:[/-]\d{2,5})?|\d{1,7}[/-]\d{2,5})(?!\d)"
ACCOUNT = rf"(?<!\d)\d(?:[ {_DASHES}]?\d){{9,14}}(?!\d)"
PARTED_ACCOUNT = re.compile(
    rf"(?<![\d{_DASHES}.])\d{{3}}[{_DASHES}]\d[{_DASHES}]\d{{5}}[{_DASHES}]\d(?![\d{_DASHES}])"
)
"""As Thai banks part it: branch, kind, number, check digit (which each bank reckons its own way)."""
CARD = re.compile(
    r"(?<![\d.,A-Za-z])(?<!\d-)\d{4}(?P<mark>[ -]?)(?:\d{4}(?P=mark)\d{4}(?P=mark)\d{4}|\d{6}(?P=mark)\d{5})"
    r"(?![\dA-Za-z-]|[.,]\d)"
)
"""Sixteen digits in fours, or fifteen as 4-6-5: ISO/IEC 7812-1."""
ISSUERS = re.compile(r"4\d{15}|5[1-5]\d{14}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|5\d\d|2\d\d)\d{12}|3[47]\d{13}")
"""Visa, MasterCard, JCB, Discover, UnionPay, American Express."""
MASTERCARD_2 = re.compile(r"2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}")
"""MasterCard's newer numbers, which begin as Thai budget codes do."""


def _passports(text: str) -> Iterator[Hit]:
    return after("passport", PASSPORT, text)


def _licences(text: str) -> Iterator[Hit]:
    return after("driving-licence", LICENCE, text)


def _students(text: str) -> Iterator[Hit]:
    return after("student-number", STUDENT, text, 20)


def _patients(text: str) -> Iterator[Hit]:
    return after("patient-number", PATIENT, text, 10)


def _accounts(text: str) -> Iterator[Hit]:
    labelled = list(after("bank-account", ACCOUNT, text))
    yield from labelled
    for match in PARTED_ACCOUNT.finditer(text):
        if not _isbn(match[0]) and all(match.end() <= hit.start or hit.end <= match.start() for hit in labelled):
            yield Hit(*match.span(), sure=True)


def _isbn(text: str) -> bool:
    """A book's number of ten digits, which Thai ones, 974 and 616, part the same way."""
    from stdnum import isbn

    return text.startswith(("974", "616")) and bool(isbn.is_valid(text))


def _cards(text: str) -> Iterator[Hit]:
    """Right by Luhn, of a known issuer, and not behind a word for some other number (`other`)."""
    from stdnum import luhn

    labelled = {hit.start for hit in after("credit-card", CARD.pattern, text)}
    for match in CARD.finditer(text):
        number = re.sub(r"\D", "", match[0])
        if not luhn.is_valid(number) or len(set(number)) < 4:
            continue
        if ISSUERS.fullmatch(number):
            told = not before("credit-card", text, match.start(), "other")
        else:
            told = MASTERCARD_2.fullmatch(number) is not None and match["mark"] != ""
        if told or match.start() in labelled:
            yield Hit(*match.span(), sure=True)


register(
    Entity(
        name="national-id",
        kind="identifier",
        bare=True,
        rough=rf"(?:^|\D){_FIRST}(?:{GAP}{{0,12}}\d){{12}}(?:\D|$)|{rough_after('national-id')}"
        r"|\d[.,]\d{9,12}[eE]\+?0*12",
        find=_national_ids,
        fits=rf"^\P{{L}}{{0,3}}{_FIRST}(?:[,{GAP[1:-1]}]{{0,3}}\d){{12}}\D{{0,3}}$",
        mask="x-xxxx-xxxxx-xx-x",
        formed=r"^\s*[1-8\x{e51}-\x{e58}]\d{12}\s*$",
        odds=pin_odds,
        placed=registered,
    ),
    Entity(
        name="passport",
        kind="identifier",
        rough=rough_after("passport"),
        find=_passports,
        fits=r"^(?:[A-Za-z]{1,2}[ -]?\d{6,8}|\d{9}|[A-Za-z]\d{2}[A-Za-z]\d{5})$",
        mask="xx0000000",
    ),
    Entity(
        name="credit-card",
        kind="identifier",
        bare=True,
        rough=r"(?:^|\D)[2-6\x{e52}-\x{e56}\x{ff12}-\x{ff16}](?:[ \-\p{Cf}]{0,3}\d){14,15}(?:\D|$)",
        find=_cards,
        fits=r"^\d(?:[ -]?\d){12,18}$",
        mask="xxxx-xxxx-xxxx-xxxx",
        formed=r"^\s*\d(?:[ -]?\d){12,21}\s*$",
    ),
    Entity(
        name="bank-account",
        kind="identifier",
        bare=True,
        rough=rough_after("bank-account") + rf"|\d{{3}}{GAP}\d{GAP}\d{{5}}{GAP}\d",
        find=_accounts,
        fits=rf"^\d(?:{GAP}{{0,3}}\d){{8,14}}$",
        mask="xxx-x-xxxxx-x",
    ),
    Entity(
        name="driving-licence",
        kind="identifier",
        rough=rough_after("driving-licence"),
        find=_licences,
        fits=r"^(?:\d{2}[ -]?\d{5,6}|\d{7,8}|\d{1,6}/\d{2,4})$",
        mask="xxxxxxxx",
    ),
    Entity(
        name="student-number",
        kind="identifier",
        rough=rough_after("student-number"),
        find=_students,
        fits=r"^[A-Za-z]?\d{5,13}(?:-\d)?$",
        mask="xxxxxxxxxx",
    ),
    Entity(
        name="patient-number",
        kind="identifier",
        rough=rough_after("patient-number"),
        find=_patients,
        fits=r"^(?i:HN|AN)?[\s:.]{0,3}(?:\d{4,10}(?:[/-]\d{2,5})?|\d{1,7}[/-]\d{2,5}|\d{2}-\d{2}-\d{2,3})$",
        mask="xxxxxx",
    ),
)
