"""Values of personal kind, and those that only look like them, drawn anew whenever a test runs.

Nobody is meant. The registering office of a national ID stands in its digits 2 to 5, of which the first two are a
province's code: the numbers made here are of provinces that do not exist. Names are put together from parts.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache, partial, reduce
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

from metadata import areas


def both(first: Any, more: Any) -> Any:
    """Lists joined, wherever they stand."""
    if isinstance(first, dict):
        return {**more, **{key: both(item, more[key]) if key in more else item for key, item in first.items()}}
    return [*first, *more]


FILES = ("personal_corpus.yaml", *(f"personal_held{number}.yaml" for number in ("", "_2", "_3", "_4")))
"""The corpus' own words, and those that were held back until the detectors had been measured by them."""
WORDS: dict[str, Any] = reduce(both, (YAML(typ="safe").load(Path(__file__).with_name(name)) for name in FILES))
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
NOWHERE = (
    "00",
    "01",
    "02",
    "05",
    "09",
    "28",
    "29",
    "59",
    "68",
    "69",
    "78",
    "79",
    "87",
    "88",
    "89",
    "97",
    "98",
    "99",
)
"""No province has these codes."""
MONTH_DAYS = 28
ODD = 0.15
"""The share of values in an odd form."""
_NAMED = re.compile(r"\{([a-z]+)\}")
HOSTS = ("gmail.com", "hotmail.com", "yahoo.co.th", "outlook.com", "icloud.com", "agency.go.th", "company.co.th")


@cache
def provinces() -> tuple[str, ...]:
    """Names of the provinces."""
    return tuple(one.name for one in areas.provinces())


def seeded(*seed: object) -> Random:
    """The same numbers every time: nothing here is secret."""
    return Random(repr(seed))  # noqa: S311 - not for keys


def digits(random: Random, count: int) -> str:
    """So many digits."""
    return "".join(random.choices("0123456789", k=count))


def checked(body: str) -> str:
    """Twelve digits and their check digit (thai-open-data.md §5.1)."""
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(body))
    return body + str((11 - total % 11) % 10)


def luhn(body: str) -> str:
    """Digits and the check digit of Luhn (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        twice = int(digit) * (2 if place % 2 == 0 else 1)
        total += twice - 9 if twice > 9 else twice
    return body + str(-total % 10)


def bare_id(random: Random) -> str:
    """A national ID number, right by its check digit."""
    return checked(random.choice("12345678") + random.choice(NOWHERE) + digits(random, 9))


def grouped(number: str, mark: str) -> str:
    """As the card parts it."""
    return mark.join((number[0], number[1:5], number[5:10], number[10:12], number[12]))


DISGUISES: dict[str, Callable[[str, Random], str]] = {
    "bare": lambda n, r: n,
    "dashes": lambda n, r: grouped(n, "-"),
    "spaces": lambda n, r: grouped(n, " "),
    "dots": lambda n, r: grouped(n, "."),
    "no-break spaces": lambda n, r: grouped(n, "\u00a0"),
    "long dashes": lambda n, r: grouped(n, r.choice("\u2010\u2011\u2013\u2014\u2212")),
    "thai digits": lambda n, r: n.translate(THAI),
    "thai digits, dashes": lambda n, r: grouped(n, "-").translate(THAI),
    "thai digits, spaces": lambda n, r: grouped(n, " ").translate(THAI),
    "wide digits": lambda n, r: n.translate(WIDE),
    "zero width": lambda n, r: r.choice("\u200b\u200c\u200d\ufeff\u00ad").join((n[:5], n[5:9], n[9:])),
    "zero width everywhere": lambda n, r: "\u200b".join(n),
    "float": lambda n, r: f"{n}.0",
    "scientific": lambda n, r: f"{n[0]}.{n[1:]}E+12",
    "apostrophe": lambda n, r: f"'{n}",
    "prefix": lambda n, r: r.choice(("ID:", "เลขที่ ", "ID ", "No.", "เลขบัตร", "ปชช.", "#")) + n,
    "in text": lambda n, r: f"{r.choice(('บัตรเลขที่ ', 'ผู้ยื่น '))}{n}{r.choice((' รับเรื่องแล้ว', ' (สำเนา)', ''))}",
    "in text, grouped": lambda n, r: f"ผู้มีสิทธิ {grouped(n, '-')} ย้ายออก",
    "glued to words": lambda n, r: f"เลข{n}ครับ",
    "spaces around": lambda n, r: f"  {n} ",
    "pairs": lambda n, r: " ".join((n[:3], n[3:6], n[6:9], n[9:])),
}


def given(random: Random) -> str:
    """A given name."""
    words = WORDS["given"]
    if random.random() < 0.35:
        return str(random.choice(words["whole"]))
    return str(random.choice(words["first"]) + random.choice(words["last"]))


def family(random: Random) -> str:
    """A family name."""
    words = WORDS["family"]
    if random.random() < 0.3:
        return str(random.choice(words["whole"]))
    return str(random.choice(words["first"]) + random.choice(words["last"]))


def titled_name(random: Random) -> str:
    """A name with a title before it, in Thai or now and then in English."""
    words = WORDS["english"]
    if random.random() < 0.1:
        return f"{random.choice(words['titles'])} {random.choice(words['given'])} {random.choice(words['family'])}"
    title = random.choice(WORDS["titles"])
    gap, between = random.choice(("", "", "", " ")), random.choice((" ", " ", "  "))
    return f"{title}{gap}{given(random)}{between}{family(random)}"


def plain_name(random: Random) -> str:
    """A name without a title."""
    return f"{given(random)} {family(random)}"


def mobile(random: Random) -> str:
    """A mobile number as people write it."""
    n = random.choice(("06", "08", "09")) + digits(random, 8)
    forms = (
        n,
        n,
        f"{n[:3]}-{n[3:6]}-{n[6:]}",
        f"{n[:3]}-{n[3:]}",
        f"{n[:3]} {n[3:6]} {n[6:]}",
        f"{n[:2]}-{n[2:6]}-{n[6:]}",
    )
    more = (
        f"+66{n[1:]}",
        f"+66 {n[1:3]} {n[3:6]} {n[6:]}",
        n.translate(THAI),
        f"{n[:3]}.{n[3:6]}.{n[6:]}",
        f"{n[:2]} {n[2:6]} {n[6:]}",
        f"({n[:3]}) {n[3:6]}-{n[6:]}",
        f"{n[:3]} {n[3:]}",
        f"{n[:3]}-{n[3:6]}-{n[6:]}".translate(THAI),
    )
    return random.choice(forms) if random.random() < 0.75 else random.choice(more)


def landline(random: Random) -> str:
    """A fixed number as people write it."""
    if random.random() < 0.5:
        n = "02" + digits(random, 7)
        return random.choice(
            (
                n,
                f"{n[:2]}-{n[2:5]}-{n[5:]}",
                f"0 {n[1:5]} {n[5:]}",
                f"{n[:2]} {n[2:5]} {n[5:]}",
                f"+66 2 {n[2:5]} {n[5:]}",
            )
        )
    n = "0" + random.choice("3457") + random.choice("2345") + digits(random, 6)
    return random.choice(
        (n, f"{n[:3]}-{n[3:6]}-{n[6:]}", f"{n[:3]}-{n[3:]}", f"0-{n[1:5]}-{n[5:]}", f"{n[:3]} {n[3:]}")
    )


def day(random: Random, first: int = 2560, last: int = 2569) -> str:
    """A day of the years given, as people write it."""
    d, m, y = random.randint(1, MONTH_DAYS), random.randint(1, 12), random.randint(first, last)
    long, short = WORDS["months"][m - 1], WORDS["short_months"][m - 1]
    forms = (
        f"{d} {long} {y}",
        f"{d} {short} {y}",
        f"{d:02}/{m:02}/{y}",
        f"{d}/{m}/{y}",
        f"{y - 543}-{m:02}-{d:02}",
        f"{d:02}-{m:02}-{y}",
        f"{d} {short} {y % 100:02}",
        f"{d} {long} {y}".translate(THAI),
        f"{d} {long} พ.ศ. {y}",
    )
    return random.choice(forms)


def english(random: Random) -> str:
    """The name of a mailbox or account of a person."""
    words = WORDS["english"]
    first, last = random.choice(words["given"]).lower(), random.choice(words["family"]).lower()
    return random.choice(
        (
            f"{first}.{last[0]}",
            f"{first}{digits(random, 2)}",
            f"{first}_{last}",
            f"{first}.{last}",
            f"{last}{first[:2]}{digits(random, 3)}",
        )
    )


def house(random: Random) -> str:
    """An address down to the house, as people write it."""
    number = random.choice((f"{random.randint(1, 999)}", f"{random.randint(1, 999)}/{random.randint(1, 99)}"))
    village, street = random.choice(WORDS["villages"]), random.choice(WORDS["streets"])
    tambon, amphoe, province = (*random.sample(WORDS["villages"], 2), random.choice(provinces()))
    moo, code = (
        random.randint(1, 15),
        f"{random.randint(10, 96)}{random.choice('1234')}{random.choice('0123456789')}0",
    )
    forms = (
        f"{number} หมู่ {moo} ต.{tambon} อ.{amphoe} จ.{province} {code}",
        f"{number} หมู่ที่ {moo} ตำบล{tambon} อำเภอ{amphoe} จังหวัด{province} {code}",
        f"บ้านเลขที่ {number} ม.{moo} บ้าน{village} ต.{tambon} อ.{amphoe} จ.{province}",
        f"{number} ถ.{street} ต.{tambon} อ.{amphoe} จ.{province} {code}",
        f"{number} ซอย{street} {random.randint(1, 60)} ถนน{street} แขวง{tambon} เขต{amphoe} กรุงเทพมหานคร {code}",
        f"เลขที่ {number} ม.{moo} ต.{tambon} อ.{amphoe} จ.{province}",
    )
    text = random.choice(forms)
    return text.translate(THAI) if random.random() < 0.06 else text


def plate(random: Random, sure: bool = False) -> str:
    """A vehicle's plate; `sure`: with a digit before the letters or the province after."""
    letters, number = random.choice(WORDS["plates"]), str(random.randint(1, 9999))
    province = random.choice(provinces())
    forms = [
        f"{random.randint(1, 9)}{letters} {number} {province}",
        f"{letters} {number} {province}",
        f"{random.randint(1, 9)}{letters}-{number} {province}",
    ]
    if not sure:
        forms += [
            f"{letters} {number}",
            f"{letters}-{number}",
            f"{random.randint(1, 9)}{letters} {number}",
            f"{letters}{number}",
        ]
    return random.choice(forms)


def card(random: Random) -> str:
    """A card's number, right by Luhn, with an issuer's first digits."""
    n = luhn(
        random.choice(
            (
                "4" + digits(random, 14),
                "5" + random.choice("12345") + digits(random, 13),
                "35" + random.choice(("28", "56", "89")) + digits(random, 11),
                "4" + digits(random, 14),
            )
        )
    )
    if random.random() < 0.08:
        n = luhn("3" + random.choice("47") + digits(random, 12))
        return random.choice((n, f"{n[:4]} {n[4:10]} {n[10:]}"))
    parts = [n[at : at + 4] for at in range(0, 16, 4)]
    return random.choice((n, " ".join(parts), "-".join(parts), n.translate(THAI)))


def account(random: Random) -> str:
    """A bank account's number."""
    n = digits(random, 10)
    if random.random() < 0.15:
        n = digits(random, 12)
        return random.choice((n, f"{n[:1]}-{n[1:4]}-{n[4:9]}-{n[9:]}"))
    return random.choice(
        (n, f"{n[:3]}-{n[3]}-{n[4:9]}-{n[9]}", f"{n[:3]}-{n[3:9]}-{n[9]}", f"{n[:3]} {n[3]} {n[4:9]} {n[9]}")
    )


def coordinates(random: Random) -> str:
    """A point in Thailand, as one text."""
    lat, lon = random.uniform(5.7, 20.4), random.uniform(97.4, 105.6)
    return random.choice((f"{lat:.6f}, {lon:.6f}", f"{lat:.5f},{lon:.5f}", f"{lat:.4f} {lon:.4f}"))


def template(random: Random) -> str:
    """What a reader of fingerprints or faces keeps, or the name of its file."""
    raw = base64.b64encode(random.randbytes(36)).decode()
    return random.choice((raw, raw, f"FP_{digits(random, 6)}.iso", f"0x{random.randbytes(20).hex()}"))


def word(entity: str) -> Callable[[Random], str]:
    """One of an entity's words."""
    return lambda random: str(random.choice(WORDS["values"][entity]))


def written(random: Random, form: str) -> str:
    """A form of `forms` filled: `#` is a digit, a name in braces one of the words."""
    makers = {"english": english, "province": lambda r: r.choice(provinces())}
    text = _NAMED.sub(
        lambda match: (makers.get(match[1]) or (lambda r: str(r.choice(WORDS[f"{match[1]}s"]))))(random), form
    )
    return re.sub("#", lambda _: random.choice("0123456789"), text)


def value(entity: str, random: Random) -> str:
    """A value of an entity, now and then in one of its odd forms."""
    forms = WORDS["forms"].get(entity)
    return written(random, random.choice(forms)) if forms and random.random() < ODD else _VALUES[entity](random)


_VALUES: dict[str, Callable[[Random], str]] = {
    "national-id": lambda r: DISGUISES[
        r.choice(("bare", "dashes", "spaces", "thai digits", "thai digits, dashes"))
    ](bare_id(r), r),
    "passport": lambda r: r.choice(
        (
            f"{r.choice(('AA', 'AB', 'AC', 'A'))}{digits(r, 7)}",
            f"{r.choice('BCEGKLNPSUX')}{digits(r, 8)}",
            f"{r.choice(('AA', 'AB'))} {digits(r, 7)}",
        )
    ),
    "driving-licence": lambda r: r.choice(
        (
            f"{r.randint(50, 68)}{digits(r, 6)}",
            f"{r.randint(50, 68)}-{digits(r, 6)}",
            f"{r.randint(50, 68)}00{digits(r, 4)}",
        )
    ),
    "phone": lambda r: mobile(r) if r.random() < 0.75 else landline(r),
    "email": lambda r: f"{english(r)}@{r.choice(HOSTS)}",
    "line-id": lambda r: r.choice((english(r), english(r), f"@{english(r)}", f"{english(r)}{r.randint(1, 99)}")),
    "person-name": lambda r: titled_name(r) if r.random() < 0.6 else plain_name(r),
    "birth-date": lambda r: day(r, 2470, 2563),
    "address": house,
    "bank-account": account,
    "credit-card": card,
    "vehicle-plate": plate,
    "home-coordinates": coordinates,
    "student-number": lambda r: r.choice(
        (
            f"{r.randint(55, 69)}{digits(r, 8)}",
            f"{r.randint(55, 69)}{digits(r, 7)}",
            f"{r.randint(10000, 59999)}",
            f"{r.randint(55, 69)}{digits(r, 6)}-{digits(r, 1)}",
            f"B{r.randint(55, 69)}{digits(r, 5)}",
        )
    ),
    "patient-number": lambda r: r.choice(
        (
            digits(r, 7),
            f"{r.randint(50, 69)}-{digits(r, 5)}",
            f"{digits(r, 6)}/{r.randint(50, 69)}",
            f"HN{digits(r, 6)}",
            digits(r, 9),
        )
    ),
    "image": lambda r: r.choice(
        (
            f"IMG_{digits(r, 4)}.jpg",
            f"https://files.agency.go.th/p/{digits(r, 6)}.png",
            f"{digits(r, 5)}.jpeg",
            f"uploads/{r.randbytes(5).hex()}.jpg",
            f"data:image/png;base64,{base64.b64encode(r.randbytes(30)).decode()}",
        )
    ),
    "biometrics": template,
    **{entity: word(entity) for entity in WORDS["values"]},
}
VALUES: dict[str, Callable[[Random], str]] = {entity: partial(value, entity) for entity in _VALUES}
"""Entity → a value of it."""
