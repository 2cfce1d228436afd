"""Datasets that each hide one personal value in one place: what `tests/test_gate_leaks.py` tries to get out."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from personal_values import DISGUISES, THAI, VALUES, WORDS, bare_id, digits, luhn, seeded, titled_name
from publishing import ABOUT
from ruamel.yaml import YAML

ROWS = 12
"""Of each table: enough for a header and its cells to agree."""
ASCII = str.maketrans({**{thai: digit for digit, thai in zip("0123456789", "๐๑๒๓๔๕๖๗๘๙", strict=True)}})
UNSEEN = str.maketrans("", "", "\u200b\u200c\u200d\ufeff\u00ad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One dataset. `value`: what must not get out. `published`: it stands in what a release publishes."""

    name: str
    place: str
    entity: str
    value: str = field(repr=False)
    published: bool

    def forms(self) -> set[str]:
        """The value as it may have been written on its way; a word of everyday language tells nothing."""
        if self.entity in WORDS["values"]:
            return set()
        text = self.value.translate(UNSEEN)
        some = {self.value, text, text.translate(ASCII), text.translate(THAI)}
        if self.entity in {"national-id", "credit-card", "phone"}:
            some.add("".join(char for char in text.translate(ASCII) if char.isdecimal()))
        return some | {json.dumps(one)[1:-1] for one in some}


SURE: dict[str, Callable[[Random], str]] = {
    "national-id": lambda r: DISGUISES[r.choice(("bare", "dashes", "spaces", "thai digits", "dots"))](
        bare_id(r), r
    ),
    "credit-card": lambda r: luhn("4" + digits(r, 14)),
    "phone": lambda r: (lambda n: f"{n[:3]}-{n[3:6]}-{n[6:]}")("08" + digits(r, 8)),
    "email": lambda r: f"{r.choice(('malee', 'somchai', 'anong'))}.{r.choice('jkpst')}{digits(r, 4)}@gmail.com",
    "person-name": lambda r: re.sub(r"^อ\. ?", "นาย", titled_name(r)),  # a district has it, too
}
"""Values whose content alone tells."""
HEADED = tuple(kind for kind in WORDS["headers"] if kind not in {*SURE, "home-coordinates", "image"})
"""Kinds that a header and the cells below it tell together."""


def document(path: Path) -> dict[str, Any]:
    """A YAML file of the desk."""
    return dict(YAML(typ="safe").load(path))


def put(path: Path, content: Any) -> None:
    """Writes a YAML file of the desk."""
    YAML().dump(content, path)


def clean(desk: Path, name: str, form: str = "csv") -> None:
    """A sound dataset: one table about funds, from a CSV file, a workbook, a JSON file or a layer."""
    (desk / name / "source").mkdir(parents=True, exist_ok=True)
    fields = [
        {"name": label, "type": "string", "title": title, "title_en": label, "description": title}
        for label, title in (("fund", "กองทุน"), ("province", "จังหวัด"), ("detail", "รายละเอียด"))
    ]
    if form == "geojson":
        for axis in ("longitude", "latitude"):
            words = {"type": "number", "title": axis, "title_en": axis, "description": axis}
            fields.append({"name": axis, **words})
    put(
        desk / name / "datapackage.yaml",
        {
            "name": name,
            "title": f"กองทุนสวัสดิการ {name} ทุกตำบล",
            "title_en": "Welfare funds",
            "description": "ข้อมูลที่สร้างขึ้นเพื่อทดสอบ ไม่ใช่ข้อมูลจริง",
            "keywords": ["กองทุน", "จังหวัด", "welfare"],
            "licenses": [{"name": "Open Data Common"}],
            "about": dict(ABOUT),
            "resources": [
                {
                    "name": "funds",
                    "title": "รายชื่อกองทุน",
                    "description": "กองทุนละหนึ่งแถว",
                    "path": f"release/funds.{'geojson' if form == 'geojson' else 'csv'}",
                    "schema": {"fields": fields},
                }
            ],
        },
    )
    source = f"source/funds.{form}"
    reads: dict[str, Any] = {"path": source} | ({"sheet": "funds"} if form == "xlsx" else {})
    steps = [{"rename": {"columns": {"กองทุน": "fund", "จังหวัด": "province", "รายละเอียด": "detail"}}}]
    put(desk / name / "recipe.yaml", {"resources": {"funds": {"reads": reads, "steps": steps}}})
    write(desk / name / source, table())


def table() -> list[list[str]]:
    """Header and rows of the sound table."""
    rows = [[f"กองทุนตำบล{village}", "น่าน", "มีสมาชิกเพิ่มขึ้น"] for village in WORDS["villages"][:ROWS]]
    return [["กองทุน", "จังหวัด", "รายละเอียด"], *rows]


def write(path: Path, rows: list[list[str]], more: Callable[[Any], None] = lambda book: None) -> None:
    """The table as a file. `more` is handed the workbook before it is saved."""
    if path.suffix == ".csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8")
    elif path.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        book.active.title = "funds"
        for row in rows:
            book.active.append(row)
        more(book)
        book.save(path)
    else:
        records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        point = {"type": "Point", "coordinates": [100.78, 18.78]}
        features = [{"type": "Feature", "properties": one, "geometry": point} for one in records]
        layer = {"type": "FeatureCollection", "features": features}
        content = layer if path.suffix == ".geojson" else records
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def spoil(desk: Path, case: Case) -> None:
    """Hides the case's value in its place; the dataset stands there."""
    folder, value = desk / case.name, case.value
    if case.place in CELLS:
        rows = table()
        CELLS[case.place](rows, value)
        write(folder / f"source/funds.{form_of(case.place)}", rows)
    elif case.place == "under its header":
        under_header(folder, case)
    elif case.place in BOOK:
        write(folder / "source/funds.xlsx", table(), lambda book: BOOK[case.place](book, value))
    elif case.place == "file name":
        _named(folder, value)
    elif case.place in RECIPE:
        recipe = (folder / "recipe.yaml").read_text("utf-8")
        (folder / f"source/{value}.csv").write_bytes((folder / "source/funds.csv").read_bytes())
        (folder / "recipe.yaml").write_text(recipe.replace("source/funds.csv", f"source/{value}.csv"), "utf-8")
    else:
        described = document(folder / "datapackage.yaml")
        TEXTS[case.place](described, value)
        put(folder / "datapackage.yaml", described)


def form_of(place: str) -> str:
    """The format of the source of a place."""
    if place in BOOK or place == "footnote of a sheet":
        return "xlsx"
    return {"JSON property": "json", "GeoJSON property": "geojson"}.get(place, "csv")


def under_header(folder: Path, case: Case) -> None:
    """A column of the case's kind beside names, its value among others; the titles say what they are."""
    random = seeded("under", case.name)
    header = random.choice(WORDS["headers"][case.entity][:3])
    cells = [case.value, *(VALUES[case.entity](random) for _ in range(ROWS - 1))]
    people = ["ชื่อ-สกุล", *(VALUES["person-name"](random) for _ in range(ROWS))]
    rows = [[*row, cell, person] for row, cell, person in zip(table(), [header, *cells], people, strict=True)]
    write(folder / "source/funds.csv", rows)
    described, recipe = document(folder / "datapackage.yaml"), document(folder / "recipe.yaml")
    for name, title in (("extra", header), ("holder", people[0])):
        words = {"type": "string", "title": title, "title_en": name, "description": title}
        described["resources"][0]["schema"]["fields"].append({"name": name, **words})
        recipe["resources"]["funds"]["steps"][0]["rename"]["columns"][title] = name
    put(folder / "datapackage.yaml", described)
    put(folder / "recipe.yaml", recipe)


def _cell(rows: list[list[str]], value: str) -> None:
    rows[5][0] = value


def _prose(rows: list[list[str]], value: str) -> None:
    rows[7][2] = f"แจ้งเรื่องขอรับเงิน ({value}) เจ้าหน้าที่รับเรื่องแล้ว"


def _label(rows: list[list[str]], value: str) -> None:
    for number, row in enumerate(rows):
        row.append("1" if number else value)


def _footnote(rows: list[list[str]], value: str) -> None:
    rows += [["", "", ""], [f"หมายเหตุ: สอบถาม {value}", "", ""]]


CELLS: dict[str, Callable[[list[list[str]], str], None]] = {
    "cell": _cell,
    "prose": _prose,
    "column label": _label,
    "JSON property": _prose,
    "GeoJSON property": _cell,
    "footnote of a sheet": _footnote,
}


def _set(*path: str | int) -> Callable[[dict[str, Any], str], None]:
    """Puts the value at the end of what stands at a path of the description."""

    def do(described: dict[str, Any], value: str) -> None:
        at: Any = described
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = f"{at.get(path[-1], '') if isinstance(at, dict) else at[path[-1]]} {value}".strip()

    return do


def _keyword(described: dict[str, Any], value: str) -> None:
    described["keywords"].append(value)


def _named(folder: Path, value: str) -> None:
    described, recipe = document(folder / "datapackage.yaml"), document(folder / "recipe.yaml")
    described["resources"][0] |= {"name": f"funds-{value}", "path": f"release/funds-{value}.csv"}
    put(folder / "datapackage.yaml", described)
    put(folder / "recipe.yaml", {"resources": {f"funds-{value}": recipe["resources"]["funds"]}})


TEXTS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "title": _set("title"),
    "title_en": _set("title_en"),
    "description": _set("description"),
    "keyword": _keyword,
    "source named": _set("about", "data_source"),
    "resource title": _set("resources", 0, "title"),
    "resource description": _set("resources", 0, "description"),
    "field title": _set("resources", 0, "schema", "fields", 1, "title"),
    "field description": _set("resources", 0, "schema", "fields", 1, "description"),
}


def _sheet(hidden: bool) -> Callable[[Any, str], None]:
    def do(book: Any, value: str) -> None:
        sheet = book.create_sheet("ต้นฉบับ")
        sheet.append(["ข้อมูล"])
        sheet.append([f"เลขที่ {value}"])
        sheet.sheet_state = "hidden" if hidden else "visible"

    return do


def _hidden_row(book: Any, value: str) -> None:
    book.active.cell(row=4, column=3, value=f"เดิม {value}")
    book.active.row_dimensions[4].hidden = True


def _hidden_column(book: Any, value: str) -> None:
    book.active.cell(row=4, column=3, value=f"เดิม {value}")
    book.active.column_dimensions["C"].hidden = True


def _comment(book: Any, value: str) -> None:
    from openpyxl.comments import Comment

    book.active["A3"].comment = Comment(f"ยืนยันกับ {value} แล้ว", "ผู้บันทึก")


def _defined_name(book: Any, value: str) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    book.defined_names["contact"] = DefinedName("contact", attr_text=f'"{value}"')


def _property(book: Any, value: str) -> None:
    book.properties.description = f"จัดทำโดย {value}"


BOOK: dict[str, Callable[[Any, str], None]] = {
    "second sheet": _sheet(hidden=False),
    "hidden sheet": _sheet(hidden=True),
    "hidden row": _hidden_row,
    "hidden column": _hidden_column,
    "comment": _comment,
    "defined name": _defined_name,
    "document property": _property,
}
READ = {"hidden row", "hidden column"}
"""Places of a workbook that the recipe reads, so that they are published."""
RECIPE = {"name of the source file"}


PLACES = (*CELLS, "under its header", *TEXTS, *BOOK)
NAMES = ("file name", *RECIPE)
"""Places that are told wherever a file is: they cannot be masked, only refused."""


def cases(count: int, *seed: object, places: Sequence[str] = PLACES) -> list[Case]:
    """So many, of every place in turn; a place that cannot hold a kind gets another."""
    random, made = seeded("leaks", *seed), []
    for number in range(count):
        place = places[number % len(places)]
        kinds = list(HEADED if place == "under its header" else SURE)
        if place in NAMES:
            kinds = ["national-id", "credit-card"]
        entity = kinds[(number // len(places)) % len(kinds)]
        value = VALUES[entity](random) if place == "under its header" else SURE[entity](random)
        if place == "cell" and entity in {"national-id", "credit-card", "phone"} and random.random() < 0.5:
            value = value.translate(THAI)
        if place in NAMES:
            value = "".join(char for char in value.translate(ASCII) if char.isdecimal())
        published = (place not in BOOK and place not in RECIPE) or place in READ
        made.append(Case(name=f"case-{number:03}", place=place, entity=entity, value=value, published=published))
    return made


def kept(desk: Path) -> str:
    """All that the target, the journal and the reports hold: files as they are, databases as statements."""
    parts = []
    for path in sorted((desk / ".saphan").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            parts.append(data.decode("utf-8", "replace"))
            if data.startswith(b"SQLite format 3"):
                connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
                parts += connection.iterdump()
                connection.close()
    parts += [path.read_text("utf-8") for path in sorted(desk.glob("*/release/report.json"))]
    return "\n".join(parts)


def leaked(cases: Iterable[Case], text: str) -> list[str]:
    """The places (never the values) of the cases whose value stands in a text."""
    return [f"{case.place} · {case.entity}" for case in cases if any(form in text for form in case.forms())]
