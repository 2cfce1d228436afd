"""The workbook that GD Catalog's portals import, filled in with datasets of any source.

Its sheets, columns and rules are `metadata/standards/gdc-template.yaml`. The importer keeps one value of
`objective`, `data_format` and `data_language`, and takes several for the text of "other"; they are written as it
writes them itself, with commas. Datasets whose type is none of the four go to the sheet of other types.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.audit.described import flat, tags, texts
from catalog.audit.entry import Entry
from catalog.audit.freshness import day
from catalog.audit.report.workbook import FONT, LONGEST
from catalog.audit.run import Audit
from catalog.paper import put
from metadata.clock import ERA
from metadata.document import packaged
from metadata.standard import Standard

if TYPE_CHECKING:
    from xlsxwriter import Workbook

EDITION = "gdc-2.1.0"
"""The edition that the importer is of."""
OTHER = "Other"
"""The sheet of types that have none of their own."""
WIDTH = 24


def write(audit: Audit, path: Path) -> None:
    """Writes the template filled in with what was audited. Raises OSError."""
    put(path, content(one.entry for one in audit.datasets))


def content(entries: Iterable[Entry]) -> bytes:
    """The workbook's bytes."""
    from xlsxwriter import Workbook

    datasets: dict[str, list[Any]] = {name: [] for name in template()["sheets"]}
    resources: dict[str, list[Any]] = {name: [] for name in template()["sheets"]}
    for entry in entries:
        package = flat(entry.package)
        sheet = sheet_of(package)
        datasets[sheet].append([cell(column, package) for column in columns_of(sheet)])
        for one in package.get("resources") or ():
            columns = resource_columns_of(sheet)
            resources[sheet].append([resource_cell(column, package, flat(one)) for column in columns])
    made = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_format_properties": {"font_name": FONT, "font_size": 14, "valign": "top"},
    }
    with Workbook(made, options) as book:
        for name, rows in datasets.items():
            _sheet(book, template()["meta"] + name, "title", columns_of(name), rows)
        for name, rows in resources.items():
            _sheet(book, template()["resource"] + name, "resources", resource_columns_of(name), rows)
    return made.getvalue()


@cache
def template() -> Mapping[str, Any]:
    """`gdc-template.yaml`."""
    return packaged("standards/gdc-template.yaml")  # type: ignore[no-any-return]


@cache
def _standard() -> Standard:
    return Standard.load(EDITION)


def columns_of(sheet: str) -> list[str]:
    """The columns of a type's sheet of datasets."""
    first = ["data_type_other" if name == "d_type" and sheet == OTHER else name for name in template()["first"]]
    return [*first, *template()["sheets"][sheet]["columns"]]


def resource_columns_of(sheet: str) -> list[str]:
    """The columns of a type's sheet of resources."""
    return [*template()["first_of_resources"], *template()["sheets"][sheet]["resources"]]


def sheet_of(package: Mapping[str, Any]) -> str:
    """The sheet a dataset belongs to."""
    kind = next(iter(texts(package.get("data_type"))), "")
    return next((name for name, one in template()["sheets"].items() if one["data_type"] == kind), OTHER)


def cell(column: str, package: Mapping[str, Any]) -> str:
    """A dataset's text for a column."""
    name = template()["fields"].get(column, column)
    if name == "owner_org":
        return str((package.get("organization") or {}).get("name") or package.get("owner_org") or "")
    if name == "tag_string":
        return ",".join(tags(package))
    if name == "data_type_other":
        kind = next(iter(texts(package.get("data_type"))), "")
        return str(package.get(name) or ("" if kind == template()["sheets"][OTHER]["data_type"] else kind))
    return _text(name, package, resource=False)


def resource_cell(column: str, package: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    """A resource's text for a column."""
    if column == "dataset_name":
        return str(package["name"])
    return _text(template()["resource_fields"].get(column, column), resource, resource=True)


def _text(name: str, record: Mapping[str, Any], *, resource: bool) -> str:
    """A field as the importer takes it."""
    values = texts(record.get(name))
    if name in template()["dates"]:
        return _buddhist(values[0]) if values else ""
    if name in template()["yes_no"]["fields"]:
        # a blank would be taken for yes
        return str(template()["yes_no"]["True" if values == ["True"] else "False"])
    terms = _standard().resource_terms if resource else _standard().terms
    term = next((one for one in terms if one.field_name == name), None)
    if term and term.other and values == [term.other_value] and record.get(term.other):
        return str(record[term.other])
    if term and term.multiple:
        return ",".join(values)
    value = record.get(name)
    return "" if value is None else values[0] if isinstance(value, list) and values else str(value)


def _buddhist(text: str) -> str:
    """A day in the Buddhist era; what is no day stays as it is written."""
    found = day(text)
    return f"{found.year + ERA:04}-{found:%m-%d}" if found else text


def _sheet(book: Workbook, name: str, title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A sheet: its title, the headings in their row, the explanation beneath, then the rows."""
    sheet, at = book.add_worksheet(name), template()["heading_row"] - 1
    bold = book.add_format({"font_name": FONT, "font_size": 14, "bold": True, "text_wrap": True, "border": 1})
    quiet = book.add_format({"font_name": FONT, "font_size": 12, "italic": True, "text_wrap": True})
    explained = template()["explained"]
    sheet.write_string(0, 0, explained[title], bold)
    sheet.write_string(1, 0, explained["note"], quiet)
    sheet.set_column(0, len(columns) - 1, WIDTH)
    for number, (column, heading) in enumerate(zip(columns, _headings(columns, title), strict=True)):
        sheet.write_string(at, number, heading, bold)
        sheet.write_string(at + 1, number, column, quiet)
    for row, cells in enumerate(rows, at + 2):
        for number, text in enumerate(cells):
            if text:
                sheet.write_string(row, number, text[:LONGEST])
    sheet.freeze_panes(at + 1, 1)


def _headings(columns: list[str], title: str) -> Iterator[str]:
    """The labels of the columns in the official form, each once: two columns of one heading would be renamed."""
    terms = _standard().resource_terms if title == "resources" else _standard().terms
    labels = {term.field_name: term.label.get("th") or term.field_name for term in terms}
    for column in columns:
        yield re.sub(r"\s+", " ", template()["headings"].get(column) or labels.get(column) or column)
