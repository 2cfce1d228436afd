"""A labelled corpus of personal data in Thai tables and prose, with look-alikes: generated, the same for a seed.

It is written from the law, from what Thai agencies publish and from thai-open-data.md §5, not from the detectors:
`tests/test_personal_corpus.py` measures them by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from personal_alikes import MAKERS, area
from personal_values import DISGUISES, VALUES, WORDS, bare_id, family, given, mobile, plate, seeded, titled_name

ENTITIES = tuple(WORDS["headers"])
"""What the corpus knows, by the names of the register."""
SENSITIVE = (
    "religion",
    "ethnicity",
    "health",
    "disability",
    "politics",
    "criminal-record",
    "union",
    "sexuality",
    "biometrics",
)
"""Of section 26."""
NOTHING: frozenset[str] = frozenset()
BLANKS = ("", "-", "ไม่มี", "ไม่ระบุ", "")
_PLACE = re.compile(r"\{([a-z-]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Cells under a header, and for each what it holds. `kind`: where it comes from, to be told in place of cells.

    `scored` is false where people may disagree (a title before a name, in a column of its own).
    """

    label: str
    kind: str
    cells: tuple[str, ...]
    holds: tuple[frozenset[str], ...]
    scored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns of one length. `kind` as of its telling column."""

    kind: str
    columns: tuple[Column, ...]


@dataclass(slots=True)
class Drawn:
    """A table in the making: every label once."""

    random: Random
    kind: str
    rows: int
    columns: list[Column] = field(default_factory=list)

    def add(self, label: str, cells: Callable[[Random], str], *holds: str, scored: bool = True) -> None:
        """A column of cells that all hold the same."""
        drawn = tuple(cells(self.random) for _ in range(self.rows))
        self.put(label, drawn, (frozenset(holds),) * self.rows, scored)

    def put(
        self, label: str, cells: tuple[str, ...], holds: tuple[frozenset[str], ...], scored: bool = True
    ) -> None:
        """A column as given, unless its label stands there already."""
        if any(one.label == label for one in self.columns):
            return
        kind = f"{self.kind} [{label}]"
        self.columns.append(Column(label=label, kind=kind, cells=cells, holds=holds, scored=scored))

    def around(self, what: str, fewest: int, most: int) -> None:
        """Ordinary columns of a register of persons, or of things."""
        some = list(WORDS["around"][what].items())
        count = min(len(some), self.random.randint(fewest, most))
        for label, maker in self.random.sample(some, count):
            self.add(label, MAKERS[maker])

    def people(self, most: int, but: str) -> None:
        """Other columns of personal kind."""
        for entity in self.random.sample(COMPANIONS, self.random.randint(0, most)):
            if entity != but:
                self.add(self.random.choice(WORDS["headers"][entity]), VALUES[entity], entity)

    def made(self) -> Table:
        """The table, its columns in any order."""
        self.random.shuffle(self.columns)
        return Table(kind=self.kind, columns=tuple(self.columns))


COMPANIONS = ("person-name", "phone", "national-id", "email", "birth-date", "address")
Scenario = Callable[[Random, str], Table]


def rows(random: Random) -> int:
    """Of most tables, few."""
    return random.choice((6, 12, 20, 40, 40, 60, 80))


def drawn(random: Random, entity: str, kind: str) -> Drawn:
    """An empty table."""
    return Drawn(random=random, kind=f"{entity} · {kind}", rows=rows(random))


def under_header(random: Random, entity: str) -> Table:
    """A register whose header tells."""
    table = drawn(random, entity, "telling header")
    table.add(random.choice(WORDS["headers"][entity]), VALUES[entity], entity)
    somebody(table, entity)
    table.people(2, entity)
    table.around("person", 1, 4)
    return table.made()


def somebody(table: Drawn, entity: str) -> None:
    """Says that a row is a person, which section 26 turns on: by a name, or by age and sex."""
    if entity in SENSITIVE and table.random.random() < 0.6:
        table.add("ชื่อ-สกุล", VALUES["person-name"], "person-name")
    elif entity in SENSITIVE:
        table.add("อายุ", MAKERS["age"])
        table.add("เพศ", MAKERS["sex"])


def sparse(random: Random, entity: str) -> Table:
    """A telling header over cells of which many are blank."""
    table, share = drawn(random, entity, "telling header, blanks"), random.uniform(0.2, 0.7)
    cells = tuple(
        random.choice(BLANKS) if random.random() < share else VALUES[entity](random) for _ in range(table.rows)
    )
    held = tuple(NOTHING if cell in BLANKS else frozenset({entity}) for cell in cells)
    table.put(random.choice(WORDS["headers"][entity]), cells, held)
    somebody(table, entity)
    table.people(1, entity)
    table.around("person", 2, 4)
    return table.made()


def titled(random: Random, entity: str) -> Table:
    """A header that tells nothing over cells that do."""
    table = drawn(random, entity, "neutral header")
    table.add(random.choice(WORDS["neutral"]), TELLING[entity], entity)
    table.around("person" if random.random() < 0.5 else "thing", 0, 3)
    return table.made()


def untitled(random: Random, entity: str) -> Table:
    """Names without titles under a header that tells nothing."""
    table = drawn(random, entity, "neutral header, no title")
    table.add(random.choice(WORDS["neutral"]), lambda r: f"{given(r)} {family(r)}", entity)
    table.around("person", 1, 3)
    return table.made()


def parted(random: Random, entity: str) -> Table:
    """Given and family names in columns of their own."""
    table = drawn(random, entity, "two columns")
    first, last = random.choice((("ชื่อ", "นามสกุล"), ("first_name", "last_name"), ("ชื่อ", "สกุล"), ("fname", "lname")))
    if random.random() < 0.5:
        table.add("คำนำหน้า", lambda r: r.choice(("นาย", "นาง", "นางสาว", "น.ส.")), scored=False)
    table.add(first, given, entity)
    table.add(last, family, entity)
    table.people(1, entity)
    table.around("person", 1, 3)
    return table.made()


def disguised(random: Random, entity: str) -> Table:
    """National ID numbers in one disguise, under any header."""
    name = random.choice(tuple(DISGUISES))
    table = drawn(random, entity, f"disguise: {name}")
    label = random.choice((*WORDS["headers"][entity][:4], *WORDS["neutral"], *WORDS["prose"][:3]))
    table.add(label, lambda r: DISGUISES[name](bare_id(r), r), entity)
    table.around(random.choice(("person", "thing")), 0, 3)
    return table.made()


def hidden(random: Random, entity: str) -> Table:
    """One national ID number among many that are none."""
    table = drawn(random, entity, "one among others")
    maker = MAKERS[random.choice(("tax-id", "document", "egp", "count", "thing", "money"))]
    cells, place = [maker(random) for _ in range(table.rows)], random.randrange(table.rows)
    cells[place] = DISGUISES[random.choice(("bare", "dashes", "thai digits", "in text"))](bare_id(random), random)
    held = tuple(frozenset({entity}) if row == place else NOTHING for row in range(table.rows))
    table.put(random.choice(WORDS["neutral"]), tuple(cells), held)
    table.around("thing", 1, 3)
    return table.made()


def latitudes(random: Random, entity: str) -> Table:
    """Latitude and longitude of the homes of persons who are named."""
    table = drawn(random, entity, "lat and lon of persons")
    lat, lon = random.choice(
        (("ละติจูด", "ลองจิจูด"), ("lat", "lon"), ("latitude", "longitude"), ("บ้าน_lat", "บ้าน_lon"))
    )
    table.add(lat, MAKERS["lat"], entity)
    table.add(lon, MAKERS["lon"], entity)
    table.add(random.choice(("ชื่อ-สกุล", "ชื่อหัวหน้าครัวเรือน")), VALUES["person-name"], "person-name")
    if random.random() < 0.5:
        table.add("ที่อยู่", VALUES["address"], "address")
    table.around("person", 1, 3)
    return table.made()


def prose(random: Random, entity: str) -> Table:
    """Sentences, of which some hold one."""
    table, share = drawn(random, entity, "prose"), random.choice((0.1, 0.5, 1.0, 1.0))
    long = random.random() < 0.3
    pairs = []
    for _ in range(table.rows):
        texts = [random.choice(SAYING[entity]) if random.random() < share else harmless(random)]
        if long:
            texts = [random.choice(BESIDE), *texts, random.choice(BESIDE)]
        pairs.append(sentence(random, random.choice((" ", "\n", " / ")).join(texts)))
    texts, held = zip(*pairs, strict=True)
    table.put(random.choice(WORDS["prose"]), texts, held)
    table.around("thing", 0, 4)
    return table.made()


def contacts(random: Random, entity: str) -> Table:
    """A name and how to reach the person, in one cell."""
    table = drawn(random, entity, "contacts in one cell")
    parts = {"phone": mobile, "email": VALUES["email"]}
    how = random.choice(tuple(parts) if entity == "person-name" else (entity,))
    form = random.choice(("{name} โทร. {how}", "{name} ({how})", "{name} {how}", "{name}, {how}", "{name}\n{how}"))
    label = random.choice(("ผู้ติดต่อ", "ผู้ประสานงาน", "ผู้รับผิดชอบ", "ข้อมูลติดต่อ", "contact_person", "หมายเหตุ"))
    table.add(label, lambda r: form.format(name=titled_name(r), how=parts[how](r)), "person-name", how)
    table.around("thing", 1, 3)
    return table.made()


def alike(random: Random, entity: str) -> Table:
    """What looks like one, and is none, in a table about things."""
    header, maker = random.choice(WORDS["alikes"][entity])
    table = drawn(random, entity, f"look-alike: {maker}")
    table.add(header, MAKERS[maker])
    if entity in SENSITIVE:
        for label, more in random.sample(
            (("เพศ", "sex-group"), ("กลุ่มอายุ", "age-group"), ("จังหวัด", "province")), 2
        ):
            table.add(label, MAKERS[more])
        table.add(random.choice(("จำนวน", "จำนวน (คน)", "count", "จำนวนราย")), MAKERS["count"])
    elif random.random() < 0.8 or maker.startswith("office") or maker in {"lat", "lon", "point"}:
        label = random.choice(("ชื่อหน่วยงาน", "สถานที่", "ชื่อสถานี", "หน่วยงาน"))
        table.add(label, MAKERS["place"])
    table.around("thing", 1, 4)
    return table.made()


def plain(random: Random, entity: str) -> Table:
    """Sentences that hold nothing personal."""
    table = drawn(random, entity, "harmless prose")
    pairs = [sentence(random, harmless(random)) for _ in range(table.rows)]
    texts, held = zip(*pairs, strict=True)
    table.put(random.choice(WORDS["prose"]), texts, held)
    table.around("thing", 1, 4)
    return table.made()


def harmless(random: Random) -> str:
    """A sentence to be filled."""
    return str(random.choice(WORDS["harmless"]))


def sentence(random: Random, text: str) -> tuple[str, frozenset[str]]:
    """A sentence filled, and what it holds."""
    held = {entity for said, entity in WORDS["implied"].items() if said in text}

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name in ENTITIES:
            held.add(name)
            return said(name, random)
        if name in WORDS["short"]:
            return str(random.choice(WORDS["short"][name]))
        return given(random) if name == "given" else MAKERS[name](random)

    return _PLACE.sub(fill, text), frozenset(held)


def said(entity: str, random: Random) -> str:
    """A value as it stands in a sentence."""
    if entity == "national-id":
        name = random.choice(
            ("bare", "dashes", "spaces", "thai digits", "zero width", "thai digits, dashes", "dots")
        )
        return DISGUISES[name](bare_id(random), random)
    if entity == "person-name":
        return titled_name(random)
    return VALUES[entity](random).removeprefix("HN")


TELLING: dict[str, Callable[[Random], str]] = {
    "national-id": VALUES["national-id"],
    "phone": mobile,
    "email": VALUES["email"],
    "person-name": titled_name,
    "credit-card": VALUES["credit-card"],
    "address": lambda r: (
        f"{r.choice(('', 'บ้านเลขที่ '))}{r.randint(1, 999)}/{r.randint(1, 99)} หมู่ {r.randint(1, 15)} {area(r)}"
    ),
    "vehicle-plate": lambda r: plate(r, sure=True),
}
"""Values whose form alone tells."""
BESIDE = [
    text for text in WORDS["harmless"] if not re.search("office|lat}|ศาสนา|โรค|พิการ|เพศ|คดี|สหภาพ|พรรค|ป่วย", text)
]
"""Sentences that stay harmless whatever stands beside them."""
SAYING = {entity: [text for text in WORDS["sentences"] if f"{{{entity}}}" in text] for entity in ENTITIES}
for text in WORDS["sentences"]:
    for place, entity in WORDS["implied"].items():
        if place in text:
            SAYING[entity].append(text)


def scenarios(entity: str) -> list[tuple[Scenario, int]]:
    """What is drawn for an entity, and how often; those that hold one are as many as those that do not."""
    some: list[tuple[Scenario, int]] = [(under_header, 8), (sparse, 4), (alike, 16), (plain, 4)]
    if SAYING[entity]:
        some.append((prose, 5))
    if entity in TELLING:
        some.append((titled, 4))
    if entity == "national-id":
        some += [(disguised, 20), (hidden, 2)]
    if entity == "person-name":
        some += [(parted, 5), (untitled, 2)]
    if entity in {"person-name", "phone", "email"}:
        some.append((contacts, 2))
    if entity == "home-coordinates":
        some.append((latitudes, 6))
    return some


def corpus(entity: str, cells: int, *seed: object) -> Iterator[Table]:
    """Tables for one entity until its own columns have so many cells, those that are blank among them."""
    random = seeded("corpus", entity, *seed)
    makers, weights = zip(*scenarios(entity), strict=True)
    while cells > 0:
        table = random.choices(makers, weights)[0](random, entity)
        cells -= len(table.columns[0].cells)
        yield table
