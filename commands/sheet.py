"""A register as a file that can be printed and handed in: a workbook, a CSV file or Markdown, by its name."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from metadata.workspace import Agency

KINDS = (".xlsx", ".csv", ".md")
FORMULA = ("=", "+", "@", "\t", "\r")
"""With these begins what a spreadsheet would calculate; with a minus only where no space follows."""
WIDTH = 24
"""Letters in a line of a workbook's column."""
Headings = Mapping[str, Mapping[str, str]]
"""Key → `th` and `en`, and the `clause` that asks for it, in the order of the columns."""
Rows = Sequence[Mapping[str, str]]


def heading(agency: Agency) -> str:
    """Whose register it is and of which day, in both eras: what stands below its title."""
    from metadata import clock

    today = clock.today().isoformat()
    return " · ".join(filter(None, (agency.title, agency.title_en, f"{clock.day(today, 'th')} ({today})")))


def write(path: Path, title: Mapping[str, str], headings: Headings, rows: Rows, note: str) -> None:
    """Writes a register. `note` stands below its title. Raises SetupError `register-format`, StoreError."""
    from metadata.errors import SetupError, StoreError

    makers = {".xlsx": _workbook, ".csv": _csv, ".md": _markdown}
    if path.suffix.lower() not in makers:
        raise SetupError("register-format", file=path.name, known=list(KINDS))
    made = makers[path.suffix.lower()](title, headings, rows, note)
    spare = path.with_name(f".{path.name}.new")
    try:
        spare.write_bytes(made)
        spare.replace(path)
    except OSError as error:
        raise StoreError("store-unwritable", path=str(path), reason=error.strerror or str(error)) from error
    finally:
        spare.unlink(missing_ok=True)


def _csv(title: Mapping[str, str], headings: Headings, rows: Rows, note: str) -> bytes:
    del title, note  # one header and its rows, for programs
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow([f"{one['th']} / {one['en']}" for one in headings.values()])
    out.writerows([[_harmless(row[key]) for key in headings] for row in rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _harmless(cell: str) -> str:
    """The text as no spreadsheet calculates it."""
    danger = cell.startswith(FORMULA) or (cell.startswith("-") and not cell.startswith("- "))
    return f"'{cell}" if danger else cell


def _markdown(title: Mapping[str, str], headings: Headings, rows: Rows, note: str) -> bytes:
    lines = [f"# {title['th']}", "", f"{title['en']} · {note}", ""]
    lines.append("| " + " | ".join("<br>".join(_head(one)) for one in headings.values()) + " |")
    lines.append("|" + " --- |" * len(headings))
    lines += ["| " + " | ".join(_marked(row[key]) for key in headings) + " |" for row in rows]
    return ("\n".join(lines) + "\n").encode()


def _head(one: Mapping[str, str]) -> list[str]:
    """A column's heading, line by line: both languages, and what asks for it."""
    return [one["th"], one["en"], *([f"({one['clause']})"] if one.get("clause") else [])]


def _marked(cell: str) -> str:
    plain = cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return "<br>".join(plain.splitlines())


def _workbook(title: Mapping[str, str], headings: Headings, rows: Rows, note: str) -> bytes:
    from xlsxwriter import Workbook

    made = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(made, {"in_memory": True, **plain}) as book:
        _sheet(book, title, headings, rows, note)
    return made.getvalue()


def _sheet(book: Workbook, title: Mapping[str, str], headings: Headings, rows: Rows, note: str) -> None:
    look = {"font_name": "Sarabun", "font_size": 10, "valign": "top", "text_wrap": True}
    head = book.add_format({**look, "bold": True, "border": 1, "bg_color": "#E8EEEE"})
    cell = book.add_format({**look, "border": 1})
    large = book.add_format({"font_name": "Sarabun", "font_size": 16, "bold": True})
    sheet = book.add_worksheet()
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")
    sheet.set_column(0, len(headings) - 1, WIDTH)
    sheet.write_string(0, 0, f"{title['th']} / {title['en']}", large)
    sheet.write_string(1, 0, note)
    for column, one in enumerate(headings.values()):
        sheet.write_string(3, column, "\n".join(_head(one)), head)
    for line, row in enumerate(rows, 4):
        for column, key in enumerate(headings):
            sheet.write_string(line, column, row[key], cell)
    sheet.repeat_rows(3)
    sheet.freeze_panes(4, 1)
