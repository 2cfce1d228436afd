"""Files that hide something, made as they are needed, and what `saphan scan` says of them."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from metadata import wording
from metadata.finding import Finding
from pipelines.scan import scan


def national_id(seed: object) -> str:
    """A number that is right by its check digit, drawn at run time: it stands nowhere."""
    draw = random.Random(f"scan {seed}")  # noqa: S311 - nobody's secret
    digits = [draw.randint(1, 8), *(draw.randint(0, 9) for _ in range(11))]
    check = (11 - sum(digit * (13 - place) for place, digit in enumerate(digits)) % 11) % 10
    return "".join(map(str, [*digits, check]))


HIDDEN = national_id("hidden")
PLAIN = [["จังหวัด", "งบ"], ["น่าน", 1], ["ตาก", 2]]


def found(path: Path, *secrets: str) -> tuple[Finding, ...]:
    """What is found in a file. Every sentence can be said, and none says what is hidden."""
    findings = scan(path)
    for one in findings:
        for language in ("th", "en"):
            said = wording.finding(one, language)  # type: ignore[arg-type]  # one of the two
            assert "…" not in said["message"] + said["remedy"], said["message"]
            assert not any(secret in json.dumps(said, ensure_ascii=False) for secret in (HIDDEN, *secrets))
    return findings


def parts(findings: tuple[Finding, ...], severity: str = "error") -> set[str]:
    """The parts in which something personal stands."""
    return {
        one.values["part"]
        for one in findings
        if one.rule.startswith("personal-") and one.severity == severity and "part" in one.values
    }


def rules(findings: tuple[Finding, ...]) -> set[str]:
    """The rules that found something."""
    return {one.rule for one in findings}


def book(
    spoil: Callable[[Any, Any], None] | None = None,
    *,
    title: str = "สรุป",
    rows: Iterable[Sequence[Any]] = PLAIN,
) -> bytes:
    """A workbook with one plain sheet, after somebody put something into it."""
    workbook = openpyxl.Workbook()
    workbook.properties.creator = ""
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if spoil:
        spoil(workbook, sheet)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def with_parts(data: bytes, members: Mapping[str, str | bytes]) -> bytes:
    """The package with more members."""
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """An archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _another(workbook: Any, _: Any, state: str = "visible") -> None:
    other = workbook.create_sheet("รายชื่อ")
    for row in (["ชื่อ", "เลขประจำตัวประชาชน"], ["ก", HIDDEN], ["ข", ""]):
        other.append(row)
    other.sheet_state = state


def _validated(_: Any, sheet: Any) -> None:
    rule = DataValidation(type="list", formula1=f'"{HIDDEN},อื่น"')
    sheet.add_data_validation(rule)
    rule.add("B2")


def _headed(_: Any, sheet: Any) -> None:
    sheet.oddHeader.center.text = f"ของ {HIDDEN}"


def _charted(_: Any, sheet: Any) -> None:
    chart = BarChart()
    chart.title = f"ของ {HIDDEN}"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3))
    sheet.add_chart(chart, "D2")


def _named(workbook: Any, _: Any) -> None:
    workbook.defined_names["x"] = DefinedName("x", attr_text=f'"{HIDDEN}"')


def _set(name: str, value: Any) -> Callable[[Any, Any], None]:
    return lambda workbook, _: setattr(workbook.properties, name, value)


def _commented(_: Any, sheet: Any) -> None:
    sheet["A2"].comment = Comment(f"เลข {HIDDEN}", "")


def _titled(_: Any, sheet: Any) -> None:
    sheet.insert_rows(1, 2)
    sheet["A1"] = f"รายงานของ {HIDDEN}"


def _linked(_: Any, sheet: Any) -> None:
    sheet["A2"].hyperlink = f"https://agency.example/?id={HIDDEN}"


def _calculated(_: Any, sheet: Any) -> None:
    sheet["C2"] = f'=IF(1=1,"","{HIDDEN}")'


WORKBOOKS: dict[str, Callable[[Any, Any], None]] = {
    "sheet": _another,
    "hidden-sheet": lambda workbook, sheet: _another(workbook, sheet, "hidden"),
    "very-hidden-sheet": lambda workbook, sheet: _another(workbook, sheet, "veryHidden"),
    "comment": _commented,
    "defined-name": _named,
    "property": _set("keywords", HIDDEN),
    "header-footer": _headed,
    "validation": _validated,
    "chart": _charted,
    "above-table": _titled,
    "link": _linked,
    "formula": _calculated,
    "sheet-name": lambda workbook, _: workbook.create_sheet(HIDDEN),
    "label": lambda _, sheet: sheet.cell(1, 3, HIDDEN),
}
"""Part of a workbook → how something comes to stand there."""
_X = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
MEMBERS: dict[str, tuple[str, str]] = {
    "pivot-cache": (
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'<pivotCacheDefinition {_X}><sharedItems><s v="{HIDDEN}"/></sharedItems></pivotCacheDefinition>',
    ),
    "external-link": (
        "xl/externalLinks/externalLink1.xml",
        f'<externalLink {_X}><cell r="A1"><v>{HIDDEN}</v></cell></externalLink>',
    ),
    "drawing": (
        "xl/drawings/drawing9.xml",
        f"<x {_A}><a:p><a:r><a:t>{HIDDEN[:5]}</a:t></a:r><a:r><a:t>{HIDDEN[5:]}</a:t></a:r></a:p></x>",
    ),
    "comment": (
        "xl/threadedComments/threadedComment1.xml",
        f'<C><threadedComment ref="B7"><text>เลข {HIDDEN}</text></threadedComment></C>',
    ),
    "property": ("docProps/custom.xml", f'<P><property name="ผู้ขอ"><v>{HIDDEN}</v></property></P>'),
    "connection": ("xl/connections.xml", f'<connections {_X}><connection name="{HIDDEN}"/></connections>'),
    "change-log": (
        "xl/revisions/revisionLog1.xml",
        f"<revisions {_X}><is><t>{HIDDEN}</t></is></revisions>",
    ),
    "other": ("customXml/item1.xml", f"<form><id>{HIDDEN}</id></form>"),
}
"""Part of a workbook that openpyxl does not write → its member, and what stands in it."""
