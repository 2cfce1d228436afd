"""The sample desk's sources: every value generated from a seed, dirty in the ways real Thai files are.

`python tests/sample_desk.py` writes them anew under `datasets/`; a test holds that it gives what is committed.
The words stand in `sample_desk.toml` beside this file.

Nobody is meant by the members of `member-register-open`. A national ID's digits 2 to 5 are the registering
office, of which the first two are a province's code (10 to 96): no office is 0000, so no number made here can ever
have been issued, although its check digit is right. Telephone numbers begin with 01, which has not been dialled
since mobile numbers became ten digits long. Names are words for "made up".
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from metadata import areas

ROOT = Path(__file__).resolve().parent.parent
WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
MADE = datetime(2026, 10, 12, 8, 30)  # noqa: DTZ001 - a workbook's own time has no zone
ERA = 543


def provinces() -> dict[str, str]:
    """Province names by code."""
    return {one.code: one.name for one in areas.provinces()}


NAMES = provinces()
CODES = [code for codes in WORDS["regions"].values() for code in codes]


def seeded(seed: int) -> Random:
    """The same numbers every time: nothing here is secret."""
    return Random(seed)  # noqa: S311 - not for keys


def spelt(random: Random, code: str) -> str:
    """A province as somebody typed it."""
    variants = WORDS["province_variants"].get(code)
    if variants and random.random() < 0.7:
        return str(random.choice(variants))
    return random.choice(["", "", "", "จ."]) + NAMES[code] + random.choice(["", "", "", "", " "])


def place(random: Random) -> str:
    """A made-up place name."""
    words = WORDS["places"]
    return "".join(random.choice(words[part]) for part in ("first", "second", "third"))


def some_day(random: Random, first: date, last: date) -> date:
    """A day from the first to the last."""
    return first + timedelta(days=random.randrange((last - first).days + 1))


def written(random: Random, day: date, *, short_years: bool = False) -> str:
    """A day as somebody typed it, in the Buddhist era."""
    months, year = WORDS["months"], day.year + ERA
    form = random.choice(months["forms"])
    facts = {
        "day": day.day,
        "month": day.month,
        "year": year,
        "long": months["long"][day.month - 1],
        "short": months["short"][day.month - 1],
        "thai_day": str(day.day).translate(THAI),
        "thai_year": str(year).translate(THAI),
    }
    if short_years and random.random() < 0.1:
        form, facts["year"] = "{day} {short} {year}", year % 100
    return str(form.format(**facts))


def thousands(random: Random, amount: int, cents: str = ".00") -> str:
    """A number as somebody typed it: with separators or without, some in Thai digits."""
    text = random.choice([f"{amount:,}", f"{amount:,}", str(amount), f"{amount:,}{cents}", f" {amount:,} "])
    return text.translate(THAI) if random.random() < 0.08 else text


def housing(path: Path) -> None:
    """A workbook as a planning unit keeps it: titles, three levels of header, merged cells, totals, notes."""
    import xlsxwriter

    words, random = WORDS["housing"], seeded(2567)
    book = xlsxwriter.Workbook(path)
    book.set_properties({"created": MADE, "title": words["generated"]})
    sheet = book.add_worksheet(words["sheet"])
    for number, key in enumerate(("title", "generated")):
        sheet.merge_range(number, 0, number, 12, words[key])
    sheet.write(2, 12, words["unit"])
    for column, key in enumerate(("year", "region", "province")):
        sheet.merge_range(4, column, 6, column, words[key])
    sheet.merge_range(4, 3, 4, 8, words["results"])
    for number, name in enumerate(words["types"]):
        sheet.merge_range(5, 3 + 2 * number, 5, 4 + 2 * number, name)
    sheet.merge_range(4, 9, 5, 10, words["money"])
    sheet.merge_range(4, 11, 5, 12, words["total"])
    for column, name in enumerate([*words["counts"] * 3, *words["moneys"], *words["counts"]], 3):
        sheet.write(6, column, name)
    row = 7
    for year in range(2565, 2570):
        row = _housing_year(book, sheet, row, year, random)
    for number, note in enumerate(words["notes"]):
        sheet.write(row + 1 + number, 0, note)
    explanation = book.add_worksheet(words["note_sheet"])
    explanation.write_column(0, 0, words["explanation"])
    hidden = book.add_worksheet(words["hidden_sheet"])
    hidden.write_column(0, 0, words["hidden"])
    hidden.hide()
    book.close()


def _housing_year(book: Any, sheet: Any, row: int, year: int, random: Random) -> int:
    words, top, grand = WORDS["housing"], row, [0.0] * 10
    for region, codes in WORDS["regions"].items():
        first, sums = row, [0.0] * 10
        for code in codes:
            cells = _housing_cells(random, code)
            sheet.write(row, 2, spelt(random, code))
            _write_counts(sheet, row, cells, random)
            sums = [before + more for before, more in zip(sums, cells, strict=True)]
            row += 1
        sheet.write(row, 2, words["total"])
        _write_counts(sheet, row, sums, random)
        sheet.merge_range(first, 1, row, 1, region)
        grand = [before + more for before, more in zip(grand, sums, strict=True)]
        row += 1
    sheet.merge_range(row, 1, row, 2, words["grand_total"])
    _write_counts(sheet, row, grand, random)
    label = str(year).translate(THAI) if year % 2 else str(year)
    sheet.merge_range(top, 0, row, 0, f"{words['year']} {label}" if year == 2566 else label)
    return row + 1


def _housing_cells(random: Random, code: str) -> list[float]:
    counts: list[float] = []
    for kind in range(3):
        communities = random.randrange(0, 9) if kind < 2 else random.choice([0, 0, 0, random.randrange(1, 20)])
        communities = communities if kind < 2 or code in ("10", "12", "90", "30", "40") else 0
        counts += [communities, sum(random.randrange(18, 260) for _ in range(communities))]
    households = counts[1] + counts[3] + counts[5]
    money = [round(households * random.uniform(0.06, 0.09), 2), round(households * random.uniform(0.1, 0.3), 2)]
    return [*counts, *money, counts[0] + counts[2] + counts[4], households]


def _write_counts(sheet: Any, row: int, cells: list[float], random: Random) -> None:
    """Numbers below a thousand are numbers, others text with separators, nothing is a dash."""
    for column, cell in enumerate(cells, 3):
        value = round(cell, 2)
        if value == 0:
            sheet.write(row, column, "-")
        elif column in (9, 10):
            sheet.write(row, column, f"{value:,.2f}" if value >= 1000 else value)
        elif value >= 1000 or random.random() < 0.05:
            text = f"{value:,.0f}"
            sheet.write_string(row, column, text.translate(THAI) if random.random() < 0.15 else text)
        else:
            sheet.write(row, column, int(value))


def funds(path: Path) -> None:
    """A CSV as an old system exports it: cp874, CRLF, blank lines, one fund twice, dates in every form."""
    words, random, rows = WORDS["funds"], seeded(2548), []
    for number in range(1, 421):
        code = random.choice(CODES)
        kind = random.choice(words["kinds"][:2]) if code != "10" else words["kinds"][2]
        members = random.randrange(60, 2400)
        remark = random.choice(words["remarks"]) if random.random() < 0.2 else ""
        rows.append(
            [
                str(number),
                f"CWF{number:05}",
                words["name"].format(kind=kind, place=place(random)) + random.choice(["", "", " ", "  "]),
                kind,
                spelt(random, code),
                written(random, some_day(random, date(2005, 1, 10), date(2025, 9, 30)), short_years=True),
                thousands(random, members, cents=""),
                thousands(random, members * random.randrange(240, 365)),
                thousands(random, members * random.randrange(60, 180)),
                words["nothing"] if random.random() < 0.3 else thousands(random, random.randrange(5, 90) * 1000),
                random.choice([*words["states"][:3] * 4, *words["states"]]),
                remark,
            ]
        )
    rows.insert(233, [str(len(rows) + 1), *rows[117][1:]])
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(words["header"])
    for number, row in enumerate(rows, 1):
        writer.writerow(row)
        if number % 97 == 0:
            out.write("\r\n")
    for _ in range(4):
        writer.writerow([""] * len(words["header"]))
    path.write_bytes(out.getvalue().encode("cp874"))


def projects(path: Path) -> None:
    """A small database as a project system has it: projects, and what was paid for them by quarter."""
    words, random = WORDS["projects"], seeded(2565)
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.executescript(
        """
        CREATE TABLE project (
            project_id TEXT PRIMARY KEY, project_name TEXT NOT NULL, program_code TEXT NOT NULL,
            province TEXT NOT NULL, fiscal_year INTEGER NOT NULL, approved_on TEXT NOT NULL,
            budget REAL NOT NULL, status INTEGER NOT NULL
        );
        CREATE TABLE payment (
            project_id TEXT NOT NULL REFERENCES project, fiscal_year INTEGER NOT NULL, quarter INTEGER NOT NULL,
            amount REAL NOT NULL, PRIMARY KEY (project_id, fiscal_year, quarter)
        );
        """
    )
    for number in range(1, 241):
        fiscal_year = random.randrange(2566, 2570)
        program, program_name = random.choice(words["programs"])
        project_id = f"{program}-{fiscal_year % 100}-{number:04}"
        budget = random.randrange(20, 900) * 2500
        year = fiscal_year - ERA
        approved = some_day(random, date(year - 1, 10, 1), date(year, 8, 31))
        shares = [random.choice([0, 0, 0.2, 0.25, 0.4]) for _ in range(4)]
        status = 3 if random.random() < 0.04 else 2 if sum(shares) >= 0.6 else 1
        record = (
            project_id,
            words["name"].format(program=program_name, place=place(random)),
            program,
            NAMES[random.choice(CODES)],
            fiscal_year,
            f"{approved.year + ERA}-{approved:%m-%d}",
            budget,
            status,
        )
        database.execute("INSERT INTO project VALUES (?, ?, ?, ?, ?, ?, ?, ?)", record)
        left = float(budget)
        for quarter, share in enumerate(shares if status < 3 else [], 1):
            amount = round(min(left, budget * share), 2)
            left -= amount
            if amount:
                payment = (project_id, fiscal_year, quarter, amount)
                database.execute("INSERT INTO payment VALUES (?, ?, ?, ?)", payment)
    database.commit()
    database.execute("VACUUM")
    database.close()


def life_capital(path: Path) -> None:
    """A table as Excel saves it for "Unicode text": UTF-16, tabs, a column for each year."""
    words, random, lines = WORDS["life"], seeded(2568), [WORDS["life"]["header"]]
    for region, codes in WORDS["regions"].items():
        for code in codes:
            for age in words["ages"]:
                level = random.uniform(58, 80)
                for power in words["powers"]:
                    base = level + random.uniform(-9, 9)
                    cells = [f"{min(99.0, base + random.uniform(-3, 3)):.1f}" for _ in range(4)]
                    cells = [
                        random.choice(words["missing"]) if random.random() < 0.03 else _percent(random, cell)
                        for cell in cells
                    ]
                    lines.append([region, spelt(random, code), _age(random, age), power, *cells])
    for power in words["powers"]:
        cells = [f"{random.uniform(64, 76):.1f}" for _ in range(4)]
        lines.append([words["total"], "", "", power, *cells])
    lines.append([words["note"], *[""] * 7])  # Excel pads the rows it saves as text
    text = "".join("\t".join(line) + "\r\n" for line in lines)
    path.write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))


def _percent(random: Random, cell: str) -> str:
    if random.random() < 0.1:
        return cell + "%"
    return cell.translate(THAI) if random.random() < 0.04 else cell


def _age(random: Random, age: str) -> str:
    first, last = age.split(" ")[0].split("-")
    return str(WORDS["life"]["age_dash"].format(first=first, last=last)) if random.random() < 0.15 else age


def communities(path: Path) -> None:
    """A layer of points as a survey tool exports it: Thai property names, numbers that are text."""
    words, random, features = WORDS["communities"], seeded(2566), []
    for number in range(1, 301):
        code = random.choice(list(words["centres"]))
        longitude, latitude = (round(part + random.uniform(-0.08, 0.08), 4) for part in words["centres"][code])
        households = random.randrange(15, 1400)
        values = [
            f"C{code}{number:04}",
            words["name"].format(place=place(random)),
            spelt(random, code),
            written(random, some_day(random, date(2022, 10, 3), date(2026, 9, 25))),
            f"{households:,}" if households >= 1000 else households,
            f"{round(households * random.uniform(2.6, 4.1)):,}",
            random.choice(words["tenures"]),
        ]
        point = {"type": "Point", "coordinates": [longitude, latitude]}
        properties = dict(zip(words["fields"], values, strict=True))
        features.append({"type": "Feature", "geometry": point, "properties": properties})
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    path.write_text(
        f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', encoding="utf-8", newline="\n"
    )


def members(path: Path) -> None:
    """A register as somebody saved it from Excel: IDs in three forms, one of them in a remark."""
    words, random = WORDS["members"], seeded(2540)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(words["header"])
    for number in range(1, 151):
        name = (
            f"{random.choice(words['titles'])} {random.choice(words['given'])} {random.choice(words['surnames'])}"
        )
        joined = some_day(random, date(2018, 1, 2), date(2025, 9, 30))
        writer.writerow(
            [
                f"M{number:04}",
                _shown(random, national_id(random.randrange(1, 9), number)),
                name.replace(" ", "", 1),
                f"01-{random.randrange(200, 999)}-{random.randrange(1000, 9999)}",
                spelt(random, random.choice(CODES)),
                written(random, joined),
                words["remark"].format(id=_grouped(national_id(3, 9000 + number)).translate(THAI))
                if number == 77
                else "",
            ]
        )
    path.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())


def national_id(first: int, number: int) -> str:
    """Thirteen digits that begin like a person's and end in the right check digit, of an office that is none."""
    digits = f"{first}0000{number:07}"
    check = (11 - sum(int(digit) * (13 - place) for place, digit in enumerate(digits)) % 11) % 10
    return f"{digits}{check}"


def _grouped(digits: str) -> str:
    return "-".join((digits[0], digits[1:5], digits[5:10], digits[10:12], digits[12]))


def _shown(random: Random, digits: str) -> str:
    return random.choice([digits, _grouped(digits), _grouped(digits).replace("-", " ")])


SOURCES = {
    f"baan-mankong-housing/source/{WORDS['housing']['file']}": housing,
    f"community-welfare-funds/source/{WORDS['funds']['file']}": funds,
    "projects-and-budget/source/projects.sqlite": projects,
    f"life-capital/source/{WORDS['life']['file']}": life_capital,
    f"surveyed-communities/source/{WORDS['communities']['file']}": communities,
    f"member-register-open/source/{WORDS['members']['file']}": members,
}
"""Path under the desk → what writes it."""


def main(desk: Path) -> None:
    """Writes every source of the desk."""
    for path, make in SOURCES.items():
        (desk / path).parent.mkdir(parents=True, exist_ok=True)
        make(desk / path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "datasets")
