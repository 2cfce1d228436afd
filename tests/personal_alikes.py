"""What only looks like personal data, as it stands in files of Thai public bodies, and with which headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from random import Random

from personal_values import THAI, WORDS, checked, coordinates, day, digits, house, landline, luhn, provinces


def wrong_id(random: Random) -> str:
    """Thirteen digits whose check digit is wrong."""
    right = checked(random.choice("12345678") + digits(random, 11))
    return right[:-1] + str((int(right[-1]) + random.randint(1, 9)) % 10)


def tax_id(random: Random) -> str:
    """A company's tax number, which begins with 0 and is public."""
    n = checked("0" + random.choice(("105", "115", "205", "994", "405", "835")) + digits(random, 8))
    return random.choice((n, n, f"{n[0]}-{n[1:5]}-{n[5:10]}-{n[10:12]}-{n[12]}"))


def ean(body: str) -> str:
    """Twelve digits and the check digit of a GTIN-13."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def isbn(random: Random) -> str:
    """A book's number."""
    n = ean(random.choice(("978616", "978974")) + digits(random, 6))
    return random.choice((n, f"{n[:3]}-{n[3:6]}-{n[6:9]}-{n[9:12]}-{n[12]}"))


def village(random: Random) -> str:
    """A village's name."""
    return str(random.choice(WORDS["villages"]))


def place(random: Random) -> str:
    """A public place."""
    return str(random.choice(WORDS["places"])) + village(random)


def project(random: Random) -> str:
    """A project's name."""
    facts = {"village": village(random), "small": random.randint(1, 15), "year": random.randint(2560, 2570)}
    return str(random.choice(WORDS["projects"]).format(**facts))


def area(random: Random) -> str:
    """An address that ends at the sub-district."""
    return f"ต.{village(random)} อ.{village(random)} จ.{random.choice(provinces())}"


def money(random: Random) -> str:
    """An amount."""
    return random.choice(
        (
            f"{random.randint(1, 90_000_000):,}",
            f"{random.randint(100, 9_000_000)}.00",
            f"{random.randint(1000, 999_999_999)}",
            f"{random.uniform(1, 1e7):,.2f}",
        )
    )


def document(random: Random) -> str:
    """The number of a letter or an order."""
    year, number = random.randint(2560, 2569), random.randint(1, 9999)
    code = f"{random.randint(1, 9999):04}"
    text = random.choice(
        (
            f"มท {code}.{random.randint(1, 9)}/ว {number}",
            f"กค {code}/{number}",
            f"ที่ นร {code}/{number}",
            f"คำสั่งที่ {number}/{year}",
            f"ศธ {code}.{random.randint(1, 99)}/{number}",
            f"PO{digits(random, 8)}",
            f"{random.randint(1, 99)}/{year}",
            f"สน {code}/{number}",
        )
    )
    return text.translate(THAI) if random.random() < 0.1 else text


def mailbox(random: Random) -> str:
    """A shared mailbox of an office."""
    who = random.choice(
        (
            "saraban",
            "info",
            "contact",
            "admin",
            "webmaster",
            "pr",
            "data",
            "opendata",
            "helpdesk",
            "center",
            "saraban-nadee",
            "hr",
            "finance",
            "it",
            "planning",
        )
    )
    where = ("agency.go.th", "dla.go.th", "moph.go.th", "school.ac.th", "nadee.go.th", "office.or.th")
    return f"{who}@{random.choice(where)}"


def office_phone(random: Random) -> str:
    """An office's telephone."""
    if random.random() < 0.1:
        return random.choice(("1111", "1669", "1567", "191", "1300"))
    return landline(random) + random.choice(
        ("", "", "", f" ต่อ {random.randint(1, 9999)}", f"-{random.randint(1, 9)}")
    )


def imei(random: Random) -> str:
    """A device's number: fifteen digits, right by Luhn."""
    return luhn(random.choice(("35", "86")) + digits(random, 12))


def wrong_card(random: Random) -> str:
    """Sixteen digits that are no card's: Luhn says so."""
    right = luhn(random.choice("45") + digits(random, 14))
    return right[:-1] + str((int(right[-1]) + random.randint(1, 9)) % 10)


def budget_code(random: Random) -> str:
    """A budget code: 16, 17 or 20 digits, the first five an agency's."""
    return (
        f"{random.randint(1, 29):02}{digits(random, 3)}{random.choice((11, 12, 15)) * '0'}"
        if random.random() < 0.2
        else random.choice(("07", "15", "17", "20", "22", "25")) + digits(random, random.choice((14, 15, 18)))
    )


MAKERS: dict[str, Callable[[Random], str]] = {
    "tax-id": tax_id,
    "wrong-id": wrong_id,
    "isbn": isbn,
    "barcode": lambda r: ean("885" + digits(r, 9)),
    "budget-code": budget_code,
    "gfmis": lambda r: random_prefix(r, ("31", "36", "32", "41")) + digits(r, 8),
    "egp": lambda r: f"{r.randint(60, 69)}{r.randint(1, 12):02}{digits(r, 7)}",
    "gl-code": lambda r: f"{r.randint(1, 5)}{r.randint(1, 3)}0{r.randint(1, 9)}0{digits(r, 5)}",
    "decimal": lambda r: f"{r.random():.13f}",
    "share": lambda r: f"{r.uniform(0, 100):.{r.choice((1, 2, 2, 4))}f}",
    "sha256": lambda r: hashlib.sha256(r.randbytes(8)).hexdigest(),
    "document": document,
    "asset": lambda r: f"{r.randint(1000, 9999)}-{digits(r, 3)}-{digits(r, 4)}/{r.randint(1, 99)}",
    "product-code": lambda r: f"{random_prefix(r, ('SKU', 'PD', 'MX', 'TIS', 'EQ'))}{digits(r, 7)}",
    "business-licence": lambda r: f"{r.randint(1, 999)}/{r.randint(2555, 2569)}",
    "count": lambda r: str(r.randint(0, 99_999)),
    "small": lambda r: str(r.randint(1, 30)),
    "money": money,
    "year": lambda r: str(r.randint(2555, 2569)),
    "order": lambda r: str(r.randint(1, 500)),
    "age": lambda r: str(r.randint(1, 99)),
    "sex": lambda r: r.choice(("ชาย", "หญิง")),
    "state": lambda r: r.choice(("อนุมัติ", "รอตรวจสอบ", "ไม่อนุมัติ", "ยกเลิก")),
    "day": lambda r: day(r),
    "province": lambda r: r.choice(provinces()),
    "province-code": lambda r: str(r.randint(10, 96)),
    "office-phone": office_phone,
    "office-email": mailbox,
    "url": lambda r: f"https://www.{r.choice(('agency', 'nadee', 'health'))}.go.th/{digits(r, 5)}",
    "official-line": lambda r: (
        "@"
        + r.choice(("agency", "nadee", "hospital", "waterworks", "opendata"))
        + r.choice(("", "th", ".official"))
    ),
    "place": place,
    "person-like": lambda r: str(r.choice(WORDS["persons_like"])),
    "shop": lambda r: str(r.choice(WORDS["shops"])),
    "project": project,
    "thing": lambda r: str(r.choice(WORDS["things"])),
    "village": village,
    "area": area,
    "office-address": house,
    "wrong-card": wrong_card,
    "imei": imei,
    "meter": lambda r: digits(r, r.choice((8, 9, 11))),
    "lat": lambda r: f"{r.uniform(5.7, 20.4):.{r.choice((4, 6, 8))}f}",
    "lon": lambda r: f"{r.uniform(97.4, 105.6):.{r.choice((4, 6, 8))}f}",
    "point": coordinates,
    "hospital-code": lambda r: f"{r.randint(10000, 99999)}",
    "school-code": lambda r: random_prefix(r, ("10", "30", "44", "50")) + digits(r, r.choice((6, 8))),
    "course": lambda r: f"{r.choice(('ว', 'ค', 'ท', 'ส'))}{digits(r, 5)}",
    "picture": lambda r: f"https://www.agency.go.th/images/{digits(r, 5)}.jpg",
    "religion-group": lambda r: r.choice(("พุทธ", "อิสลาม", "คริสต์", "ฮินดู", "ซิกข์", "อื่นๆ", "ไม่ระบุ")),
    "disease-group": lambda r: r.choice(
        ("ไข้เลือดออก", "เบาหวาน", "ความดันโลหิตสูง", "มะเร็ง", "ไข้หวัดใหญ่", "อุจจาระร่วง", "COVID-19", "A90", "J10")
    ),
    "disability-group": lambda r: r.choice(WORDS["values"]["disability"]),
    "party": lambda r: r.choice(("พรรคประชาชนร่วมใจ", "พรรคพลังชาวนา", "พรรครวมไทยสามัคคี", "ประชาธิปไตยใหม่")),
    "offence": lambda r: r.choice(("ลักทรัพย์", "ชิงทรัพย์", "ยาเสพติด", "ฉ้อโกง", "ทำร้ายร่างกาย", "บุกรุก")),
    "union-name": lambda r: (
        "สหภาพแรงงาน" + r.choice(("รัฐวิสาหกิจการประปา", "โรงงานทอผ้า", "ยานยนต์", "ขนส่งทางบก")) + village(r)
    ),
    "orientation-group": lambda r: r.choice(("รักต่างเพศ", "รักเพศเดียวกัน", "รักสองเพศ", "ไม่ระบุ")),
    "sex-group": lambda r: r.choice(("ชาย", "หญิง", "รวม")),
    "age-group": lambda r: r.choice(("0-4", "5-14", "15-24", "25-59", "60 ปีขึ้นไป")),
}


def random_prefix(random: Random, some: tuple[str, ...]) -> str:
    """One of some beginnings."""
    return random.choice(some)
