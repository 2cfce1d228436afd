"""Cases for the engine's fuzzer: files under every dialect and encoding, with the schemas that they mostly meet.

A case is data (its JSON is a whole reproduction), made from a seed and a number alone.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine_case import Case, File, Record
from engine_texts import anything, documents, durations, geopoints, lists, strings
from engine_values import (
    NASTY,
    ORDERED,
    Column,
    booleans,
    cell,
    chance,
    dates,
    datetimes,
    integers,
    keys,
    numbers,
    times,
    yearmonths,
    years,
)

KINDS: tuple[Callable[[random.Random], Column], ...] = (
    *(strings, strings, strings, integers, integers, numbers, numbers, booleans, dates, dates, datetimes, times),
    *(years, yearmonths, durations, geopoints, documents, lists, anything, keys, keys),
)
NAMES = ("id", "name", "จังหวัด", "Amount", "amount", "x y", "a-b", "ก,ข", "note", "code", "field3", "value", "ปี")
MISSING = (
    *([], [""], ["-"], ["", "NA"], ["NA", "-", "0"], ["1", "ก"], ["\u00a0", " "], ["", "None"], ["nan", "NaN"]),
    *(["a,b", '"'], ["\n", ""]),
)
PROFILE = "https://datapackage.org/profiles/2.0/{}.json"


def case(seed: int, number: int, *, most: int | None = None) -> Case:
    """The `number`th case of a seed; of each file no more than `most` records."""
    dice = random.Random(f"{seed}:{number}")  # noqa: S311 - dice, no secret
    made = _package(dice) if chance(dice, 0.13) else _single(dice)
    made.name = f"{seed}:{number}"
    made.limit = dice.choice([0, 0, 0, 1, 2, 3, 37, 37, 1000, 1000, 1000, 1000, 1000])
    first = dice.choice([16, 40, 64, 150, 400, 1000, 4000, 1 << 18])
    made.knobs = {
        "HEAD": dice.choice([1, 1, 1, 1, 1, 2, 3, 5, 20, 100]),
        "FIRST_BLOCK": first,
        "LARGEST_BLOCK": first * dice.choice([1, 2, 8, 64]),
        "KEYS_IN_MEMORY": dice.choice([1, 3, 10, 100, 10**6]),
        "SMALL": dice.choice([0, 0, 0, 0, 0, 0, 0, 0, 0, 100]),
        "SOON": dice.choice([0, 0, 0, 0, 0, 0, 10, 100]),
        "LONGEST_RECORD": dice.choice([1 << 26, 1 << 26, 1 << 26, 30, 300, 3000]),
        "REMEMBERED": dice.choice([1 << 18, 1 << 18, 1, 5, 50]),
    }
    made.spread = dice.choice(["", "", "", "serial", "ahead", "pickled"])
    if chance(dice, 0.04):
        made.detector = dice.choice(
            (
                *({"sample_size": 5}, {"sample_size": 1000}, {"buffer_size": 100}, {"schema_sync": True}),
                *({"field_type": "string"}, {"field_float_numbers": True}, {"field_missing_values": ["", "NA"]}),
                *({"encoding_confidence": 0.9}, {"schema_patch": {"missingValues": ["x"]}}),
            )
        )
    if chance(dice, 0.01):
        made.opened = dice.choice([0, 1, 7])
    made.twice = chance(dice, 0.02)
    if chance(dice, 0.01):
        made.context = dice.choice(
            [{"onerror": "warn"}, {"onerror": "raise"}, {"standards": "v1"}, {"trusted": True}]
        )
    for file in made.files.values():
        del file.records[len(file.records) if most is None else most :]
    rows = sum(len(file.records) for file in made.files.values())
    if rows > 8000:  # the engine's own sizes, which only a large file reaches
        made.knobs, made.limit = {}, 1000
    return made


def column(dice: random.Random, name: str, kinds: Sequence[Callable[[random.Random], Column]] = KINDS) -> Column:
    """A column of a random type; at a small rate with a constraint that its type cannot read."""
    kind = dice.choice(kinds)
    made = kind(dice)
    described = made.field
    described["name"] = name
    constraints = described.setdefault("constraints", {})
    if chance(dice, 0.25):
        constraints["required"] = dice.choice([True, True, True, False])
    if chance(dice, 0.3 if kind is keys else 0.04):
        constraints["unique"] = True
    if chance(dice, 0.05):
        described["missingValues"] = dice.choice(MISSING)
    if chance(dice, 0.01):  # some of these make frictionless raise
        if described.get("type") in ORDERED:
            odd = dice.choice(["x", "2024-01-01T00:00:00Z", [], 5, ""])
            constraints[dice.choice(["minimum", "maximum"])] = odd
        elif described.get("type") != "list":
            constraints["enum"] = ["x", None, 3]
    if not constraints:
        del described["constraints"]
    return made


@dataclass(slots=True, kw_only=True)
class Style:
    """How a file writes its records."""

    delimiter: str
    quote: str
    always: float
    end: str
    mixed: bool
    escape: str
    doubled: bool

    def written(self, dice: random.Random, text: str) -> str:
        """A cell's text as it stands in the file; now and then as nobody should write it."""
        if chance(dice, 0.002):
            return text
        special = any(one in text for one in (self.delimiter, self.quote or "\n", "\n", "\r"))
        if not special and not chance(dice, self.always):
            return text
        if not self.quote:
            return text.replace(self.delimiter, "").replace("\n", "").replace("\r", "")
        if self.escape:
            text = text.replace(self.escape, self.escape * 2)
        inner = self.quote * 2 if self.doubled else self.escape + self.quote
        return self.quote + text.replace(self.quote, inner) + self.quote

    def ended(self, dice: random.Random) -> str:
        """What ends a record."""
        return dice.choice(["\n", "\r\n", "\r"]) if self.mixed and chance(dice, 0.3) else self.end


def _style(dice: random.Random, csv: dict[str, Any]) -> Style:
    """A style, with what of it the dialect declares put into `csv`."""
    style = Style(
        delimiter=dice.choice(
            [",", ",", ",", ",", ",", ";", "\t", "|", ":", "ก"] if chance(dice, 0.1) else ",,,,;\t|"
        ),
        quote='"',
        always=dice.choice([0, 0, 0, 0.02, 0.3, 1]),
        end=dice.choice(["\n", "\n", "\n", "\r\n", "\r\n", "\r"] if chance(dice, 0.3) else ["\n", "\r\n"]),
        mixed=chance(dice, 0.06),
        escape="",
        doubled=True,
    )
    if style.delimiter != "," or chance(dice, 0.5):
        csv["delimiter"] = style.delimiter
        if chance(dice, 0.2):
            del csv["delimiter"]
    if chance(dice, 0.06):
        style.quote = csv["quoteChar"] = dice.choice(["'", "|", "`", ""])
    if chance(dice, 0.04):
        style.escape = csv["escapeChar"] = dice.choice(["\\", "!", '"'])
        style.doubled = chance(dice, 0.5)
    if chance(dice, 0.05):
        csv["doubleQuote"] = chance(dice, 0.5)
    if chance(dice, 0.08):
        csv["skipInitialSpace"] = chance(dice, 0.7)
    if chance(dice, 0.05):
        csv["lineTerminator"] = dice.choice(["\n", "\r\n", ";", "\r"])
    if chance(dice, 0.005):
        csv[dice.choice(["delimiter", "quoteChar", "escapeChar"])] = dice.choice(["||", "", "ab"])
    return style


def _rows(dice: random.Random, columns: Sequence[Column]) -> list[list[str]]:
    most = dice.choices([0, 5, 60, 300, 1500, 6000, 60000], [2, 7, 51, 30, 9, 1, 0.08])[0]
    count = dice.randint(most // 4, most)
    nasty = dice.choice([0, 0, 0.001, 0.003, 0.01, 0.02, 0.05, 0.4] if most < 60000 else [0, 0.00001, 0.001])
    return [[cell(dice, one, nasty) for one in columns] for _ in range(count)]


def _records(dice: random.Random, style: Style, rows: list[list[str]]) -> list[Record]:
    """The rows as records, some of them repeated, ragged, blank or broken."""
    odd = dice.choice([0, 0, 0.002, 0.005, 0.02, 0.2] if len(rows) < 10000 else [0, 0.0001])
    made: list[Record] = []
    for row in rows:
        record = [style.written(dice, text) for text in row]
        if chance(dice, odd / 8) and len(record) > 1:  # as many delimiters in two rows as there should be
            pair = [record[:-1], [*record, ""]]
            dice.shuffle(pair)
            made += [[*one, style.ended(dice)] for one in pair]
            continue
        if chance(dice, odd):
            record = _odd(dice, style, record, made)
        made.append([*record, style.ended(dice)])
    return made


def _odd(dice: random.Random, style: Style, record: Record, before: list[Record]) -> Record:
    match dice.randrange(16):
        case 0 | 1:
            return []
        case 2:
            return [""] * len(record)
        case 3:
            return record[: dice.randrange(len(record))] or [""]
        case 4:
            return [*record, *dice.choices(["", "x", "1", " "], k=dice.randint(1, 3))]
        case 5 | 6 | 7 if before:
            return dice.choice(before)[:-1]
        case 8:
            return ["#" + record[0], *record[1:]]
        case 9:
            return [dice.choice([" ", "\t", "#", '""', "\u00a0", "\f", "\x00"])]
    at = dice.randrange(len(record))
    text = record[at]
    cut = dice.randint(0, len(text))
    broken = dice.choice(
        ['"', '"', '"x" ', '""', "\x00", "\r", "\n", "\\", "\udcff", "\udc80", "\ufeff", " ", "\x1c", "\u2028"]
    )
    if broken == '"' and chance(dice, 0.7):  # most of the time it is closed again
        text = dice.choice([f'"{text}"x', f' "{text}"', f'x"{text}"', f'"{text}" ', f'"{text}""x"', f'{text}""'])
    else:
        text = text[:cut] + broken + text[cut:]
    return [*record[:at], text, *record[at + 1 :]]


def _header(
    dice: random.Random, style: Style, names: list[str], dialect: dict[str, Any], schema: dict[str, Any]
) -> list[Record]:
    """The header's records, and junk before or among them as the dialect says (or does not)."""
    labels = list(names)
    match dice.randrange(40):
        case 0 | 1:
            labels[dice.randrange(len(labels))] = dice.choice(
                ["", " ", "wrong", labels[0], labels[0].upper(), "\ufeffid"]
            )
        case 2:
            labels = labels[:-1]
        case 3:
            labels += dice.choice([["extra"], [""], [labels[0]], ["extra", "extra"]])
        case 4:
            labels = []
        case 5 | 6 if "fieldsMatch" in schema:
            dice.shuffle(labels)
    if "fieldsMatch" in schema and chance(dice, 0.5):
        labels = dice.choice([labels[1:], [*labels, "extra"], labels[::-1], ["other"]])
    if dialect.get("headerCase") is False:
        labels = [label.swapcase() if chance(dice, 0.4) else label for label in labels]
    line = [[*(style.written(dice, label) for label in labels), style.ended(dice)]]
    junk = [["รายงาน " + "x" * dice.randint(0, 5), style.ended(dice)]]
    match dice.randrange(24):
        case 0:
            dialect["header"] = False
            return [] if chance(dice, 0.6) else line
        case 1:
            dialect["headerRows"] = dice.choice([[1], [2], [1, 2], [2, 3], [1, 3], [3, 1], []])
            return line * 3 if chance(dice, 0.5) else junk + line * 2
        case 2:
            return junk + line
        case 3:
            dialect["header"] = True
    return line


def _dialect(dice: random.Random, csv: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if chance(dice, 0.06):
        made["headerCase"] = False
    if chance(dice, 0.05):
        made["commentChar"] = dice.choice(["#", "-", "1", "##", "ก"])
    if chance(dice, 0.03):
        made["commentRows"] = dice.choice([[2], [1], [3, 5, 4], [40]])
    if chance(dice, 0.1):
        made["skipBlankRows"] = chance(dice, 0.9)
    if csv:
        made |= csv if chance(dice, 0.5) else {"csv": csv}
    return made


ENCODINGS: tuple[tuple[str, str | None, str], ...] = (
    *(("utf-8", "utf-8", ""), ("utf-8", None, "")) * 7,
    *(
        ("utf-8", "utf-8", "efbbbf"),
        ("utf-8", None, "efbbbf"),
        ("utf-8", "utf-8-sig", "efbbbf"),
        ("utf-8", "utf-8-sig", ""),
    ),
    *(("cp874", "cp874", ""), ("cp874", "cp874", ""), ("cp874", None, ""), ("tis-620", "tis-620", "")),
    *(
        ("cp874", "iso8859_11", ""),
        ("latin-1", "latin-1", ""),
        ("cp1252", "windows-1252", ""),
        ("utf-8", "UTF8", ""),
    ),
)
"""What a file is written in, what its resource declares, and the bytes before (hexadecimal)."""
WRONG_ENCODINGS: tuple[tuple[str, str | None, str], ...] = (
    *(("utf-16", "utf-16", ""), ("utf-16", None, ""), ("utf-16-le", "utf-16-le", ""), ("utf-16-le", None, "fffe")),
    *(
        ("utf-32", "utf-32", ""),
        ("shift_jis", "shift_jis", ""),
        ("gb18030", "gb18030", ""),
        ("utf-7", "utf-7", ""),
    ),
    *(("cp874", "utf-8", ""), ("utf-8", "cp874", ""), ("utf-8", "ascii", ""), ("utf-8", "x-nope", "")),
    *(
        ("utf-8", "latin-1", ""),
        ("utf-8", "utf-8", "efbbbfefbbbf"),
        ("utf-8", "tis-620", "efbbbf"),
        ("utf-8", "idna", ""),
    ),
)
"""The same for what is rare, or wrong."""


def _table(
    dice: random.Random, columns: list[Column], rows: list[list[str]], name: str
) -> tuple[dict[str, Any], dict[str, File]]:
    """A resource's descriptor and its files, named after it."""
    csv: dict[str, Any] = {}
    style = _style(dice, csv)
    dialect = _dialect(dice, csv)
    schema: dict[str, Any] = {"fields": [one.field for one in columns]}
    if chance(dice, 0.2):
        schema["missingValues"] = dice.choice(MISSING)
    if chance(dice, 0.12):
        schema["fieldsMatch"] = dice.choice(["exact", "equal", "subset", "superset", "partial"])
    names = [one.field["name"] for one in columns]
    if chance(dice, 0.25):
        simple = [
            one.field["name"]
            for one in columns
            if one.field.get("type") not in ("object", "array", "list", "geojson")
        ]
        schema["primaryKey"] = dice.sample(simple or names, min(dice.choice([1, 1, 2, 3]), len(simple or names)))
        if chance(dice, 0.7) and len(names) > 1:  # one that mostly holds
            schema["primaryKey"] = [columns[0].field["name"]]
            columns[0].field.setdefault("constraints", {})["required"] = True
        if chance(dice, 0.03):
            schema["primaryKey"] = names[:1]
    records = _header(dice, style, names, dialect, schema) + _records(dice, style, rows)
    if records and chance(dice, 0.3):
        records[-1][-1] = ""
    records = records if not chance(dice, 0.02) else records[: dice.choice([0, 1])]
    coding, declared, bom = dice.choice(ENCODINGS if chance(dice, 0.9) else WRONG_ENCODINGS)
    file = File(records=records, join=style.delimiter, encoding=coding, bom=bom)
    if chance(dice, 0.04) and len(records) > 3:  # one bad byte, behind the first lines
        late = records[dice.randrange(len(records) // 4, len(records))]
        late[0] += dice.choice(["\udcff", "\udc80", "\udce0\udcb8"])
    described: dict[str, Any] = {"name": name, "type": "table", "path": f"{name}.csv", "schema": schema}
    if "exclusive" in json.dumps(schema):
        described["$schema"] = PROFILE.format("dataresource")
    if declared:
        described["encoding"] = declared
    if dialect:
        described["dialect"] = dialect
    match dice.randrange(100):
        case 0 | 1 | 2:
            described |= {"path": f"{name}.tsv", "format": "tsv"}
        case 3:
            described |= {"path": f"{name}.txt", "format": "csv"}
        case 4 | 5:
            file.compression = "gz"
            described["path"] += ".gz"
        case 6 | 7:
            file.compression = "zip"
            described["path"] += ".zip"
        case 8 | 9 | 10:
            del described["schema"]
        case 11:
            del described["type"]
        case 12 if records:
            half = len(records) // 2
            rest = File(records=records[half:], join=file.join, encoding=file.encoding)
            file.records = records[:half]
            described["extrapaths"] = ["rest.csv"]
            return described, {described["path"]: file, "rest.csv": rest}
        case 13:
            described["data"] = [names, *rows]
            for gone in ("path", "encoding", "dialect"):
                described.pop(gone, None)
            return described, {}
        case 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21:
            described |= _expected(dice, file.content(), len(columns), len(rows))
    return described, {described["path"]: file}


def _expected(dice: random.Random, content: bytes, fields: int, rows: int) -> dict[str, Any]:
    wrong = chance(dice, 0.4)
    return dice.choice(
        [
            {"hash": hashlib.md5(content + b"x" * wrong).hexdigest()},  # noqa: S324
            {"hash": "sha256:" + hashlib.sha256(content + b"x" * wrong).hexdigest()},
            {"hash": "sha1:abc"},
            {"bytes": len(content) + wrong},
            {"fields": fields + wrong, "rows": rows + wrong},
            {"rows": rows + wrong, "bytes": len(content)},
        ]
    )


def _columns(dice: random.Random) -> list[Column]:
    width = dice.choices([1, dice.randint(2, 7), dice.randint(30, 60)], [12, 87, 0.5])[0]
    names = [*dice.sample(NAMES, min(width, len(NAMES))), *(f"c{number}" for number in range(width - len(NAMES)))]
    first = column(dice, names[0], (keys,) if chance(dice, 0.35) else KINDS)
    return [first, *(column(dice, name) for name in names[1:])]


def _single(dice: random.Random) -> Case:
    columns = _columns(dice)
    if chance(dice, 0.08):  # a foreign key into the table itself
        parent = keys(dice)
        child = Column(field=dict(parent.field), good=parent.good, near=parent.near)
        parent.field["name"], child.field["name"] = "key", "parent"
        columns += [parent, child]
        rows = _rows(dice, columns)
        _refer(dice, rows, [-1], rows, [-2])
        described, files = _table(dice, columns, rows, "table")
        if "schema" in described:
            reference = {"resource": dice.choice(["", "", "table"]), "fields": ["key"]}
            described["schema"]["foreignKeys"] = [{"fields": ["parent"], "reference": reference}]
    else:
        described, files = _table(dice, columns, _rows(dice, columns), "table")
    return Case(name="", descriptor=described, files=files)


def _refer(
    dice: random.Random, rows: list[list[str]], here: list[int], source: list[list[str]], there: list[int]
) -> None:
    """Gives the rows' cells the values of rows that they refer to, but for a few."""
    lost = dice.choice([0, 0.01, 0.2])
    for row in rows:
        if source and not chance(dice, lost):
            other = dice.choice(source)
            for at, origin in zip(here, there, strict=True):
                row[at] = other[origin]
        elif chance(dice, 0.5):
            for at in here:
                row[at] = dice.choice(["", dice.choice(NASTY)])


def _package(dice: random.Random) -> Case:
    """Two tables, the second referring to the first by one or more columns."""
    place = [column(dice, name) for name in ("code", "ชื่อ", "kind")]
    places = _rows(dice, place)
    there = dice.sample(range(3), dice.choice([1, 1, 2, 3]))
    event = [column(dice, name) for name in ("id", "note")]
    for at in there:
        if chance(dice, 0.15):
            event.append(column(dice, f"at{at}"))
        else:
            event.append(
                Column(field=dict(place[at].field, name=f"at{at}"), good=place[at].good, near=place[at].near)
            )
    events = _rows(dice, event)
    _refer(dice, events, list(range(2, 2 + len(there))), places, there)
    first, files = _table(dice, place, places, "places")
    second, more = _table(dice, event, events, "events")
    if "schema" in second:
        reference = {"resource": "places", "fields": [place[at].field["name"] for at in there]}
        if chance(dice, 0.03):
            reference["fields"] = [*reference["fields"][:-1], "nothing"]
        if chance(dice, 0.03):
            reference["resource"] = "nowhere"
        second["schema"]["foreignKeys"] = [{"fields": [f"at{at}" for at in there], "reference": reference}]
    resources = [first, second]
    if chance(dice, 0.3):
        resources.reverse()
    descriptor: dict[str, Any] = {"name": "package", "resources": resources}
    if "exclusive" in json.dumps(resources):
        descriptor["$schema"] = PROFILE.format("datapackage")
    return Case(name="", descriptor=descriptor, files=files | more)
