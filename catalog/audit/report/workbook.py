"""An audit as a workbook: the sheet that auditors fill in, and behind it every score, item, finding and fact.

Texts are written as texts whatever they begin with: none is a formula. The same audit gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.audit.fixing.fixes import Fix
from catalog.audit.fixing.fixes import fixes as looked_for
from catalog.audit.report.speech import Told, told
from catalog.audit.report.view import Line, Report, Score, Shown, report
from catalog.audit.run import Audit
from catalog.paper import put
from metadata.clock import BANGKOK
from metadata.wording import Language

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FONT = "TH Sarabun New"
"""Excel and LibreOffice take another Thai font where it is not installed."""
SIZE = 15
LONGEST = 32_000
"""Letters that a cell may hold (Excel: 32,767)."""
NAMED = 20
"""Datasets named in a cell."""
ANSWERS = 6
"""Rows for signatures begin this far beneath the evidence."""


def write(
    audit: Audit,
    path: Path,
    lang: Language,
    fixes: Sequence[Fix] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Writes the file. `fixes` (default: looked for now), `history`: as `view.report` has them. Raises OSError."""
    put(path, content(report(audit, looked_for(audit) if fixes is None else fixes, history), lang))


def content(shown: Report, lang: Language) -> bytes:
    """The workbook's bytes."""
    from xlsxwriter import Workbook

    made = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": FONT, "font_size": SIZE, "valign": "top"},
    }
    with Workbook(made, options) as book:
        moment = datetime.fromisoformat(shown.at).astimezone(BANGKOK).replace(tzinfo=None)
        tell = Told(lang)
        book.set_properties({"title": tell("audit"), "subject": shown.catalog, "created": moment})
        sheets = Sheets(book=book, tell=tell, shown=shown)
        sheets.summary()
        sheets.evidence()
        sheets.items()
        sheets.scores()
        sheets.findings()
        if shown.remedies is not None:
            sheets.fixes()
        sheets.facts()
    return made.getvalue()


@dataclass(kw_only=True)
class Column:
    """A column: its heading and its width in letters."""

    title: str
    width: float
    blank: bool = False
    """Whether a person fills it in."""


class Sheets:
    """Writes the sheets of one report."""

    def __init__(self, *, book: Workbook, tell: Told, shown: Report) -> None:
        self.book, self.tell, self.shown = book, tell, shown
        head = {"bold": True, "text_wrap": True, "bg_color": "#E8EEEE", "border": 1, "border_color": "#B7C2C5"}
        self.head = self._format(**head)
        self.filled = self._format(**{**head, "bg_color": "#FFF6DD"})
        self.title = self._format(bold=True, font_size=22)
        self.wrap = self._format(text_wrap=True)
        self.blank = self._format(text_wrap=True, border=1, border_color="#B7C2C5", bg_color="#FFFDF5")
        self.number = self._format(num_format="#,##0.00")
        self.whole = self._format(num_format="#,##0")
        self.bad = self._format(font_color="#A3201C", bold=True, align="center")
        self.good = self._format(font_color="#14633A", align="center")
        self.link = self._format(font_color="#0B5A5E", underline=1, text_wrap=True)
        self.line = self._format(bottom=1)
        self.places: dict[str, int] = {}

    def _format(self, **more: Any) -> Format:
        return self.book.add_format({"font_name": FONT, "font_size": SIZE, "valign": "top", **more})

    def _sheet(self, name: str, columns: Sequence[Column], *, at: int = 0, fixed: int = 2) -> Worksheet:
        """A sheet with its headings, which stay in sight and on every printed page."""
        sheet = self.book.add_worksheet(self.tell(name)[:31])
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
        if at == 0:
            self._heads(sheet, columns, at, fixed)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.4, 0.4, 0.5, 0.6)
        sheet.set_footer(f"&L{self.shown.catalog.replace('&', '&&')[:100]}&R&P / &N")
        return sheet

    def _heads(self, sheet: Worksheet, columns: Sequence[Column], at: int, fixed: int) -> None:
        for number, column in enumerate(columns):
            sheet.write_string(at, number, column.title, self.filled if column.blank else self.head)
        sheet.freeze_panes(at + 1, fixed)
        sheet.repeat_rows(at)

    def _row(self, sheet: Worksheet, row: int, values: Iterable[Any]) -> None:
        """A row of numbers and texts; nothing is left empty."""
        for column, value in enumerate(values):
            if value is None or value == "":
                continue
            if isinstance(value, bool):
                sheet.write_string(row, column, self.tell("yes" if value else "no"))
            elif isinstance(value, int):
                sheet.write_number(row, column, value, self.whole)
            elif isinstance(value, float):
                sheet.write_number(row, column, value, self.number)
            else:
                sheet.write_string(row, column, str(value)[:LONGEST], self.wrap)

    def _columns(self, *given: tuple[str, float]) -> list[Column]:
        return [Column(title=self.tell(name), width=width) for name, width in given]

    def summary(self) -> None:
        """What was audited, and each score with how sure it is."""
        tell, shown = self.tell, self.shown
        columns = self._columns(
            ("score", 52), ("value", 13), ("highest", 13), ("upper", 13), ("status", 30), ("unchecked", 14),
            ("source", 60), ("method", 60),
        )  # fmt: skip
        sheet = self._sheet("sheet-summary", columns, at=6)
        sheet.write_string(0, 0, tell("audit"), self.title)
        about = (
            shown.catalog,
            tell.moment(shown.at),
            f"{tell.fiscal(shown.year)} · {tell('datasets', count=shown.count)}",
            tell("standard", name=shown.standard),
        )
        for row, text in enumerate(about, 1):
            sheet.write_string(row, 0, text)
        self._heads(sheet, columns, 6, 1)
        row = 7
        for score in (*shown.own, *shown.annex):
            if score is next(iter(shown.annex), None):
                sheet.write_string(row, 0, tell("annex"), self.head)
                row += 1
            self.places[score.key] = row
            found = score.found
            values = [found[name] for name in ("value", "of", "upper")]
            self._row(
                sheet,
                row,
                [
                    tell.both(score.pack["title"]),
                    *(None if value is None else float(value) for value in values),
                    tell.status(score),
                    score.unchecked,
                    score.pack["source"],
                    tell.both(score.pack.get("method")),
                ],
            )
            row += 1
        if any(score.found["status"] != "confirmed" for score in shown.scores):
            sheet.write_string(row + 1, 0, tell("unconfirmed-note"), self.wrap)

    def evidence(self) -> None:
        """Each measure: what is there, whence, and room for the auditor."""
        tell = self.tell
        columns = self._columns(
            ("score", 38), ("measure", 46), ("result", 18), ("status", 24), ("there", 60), ("kind", 20),
            ("file", 30), ("who", 24), ("when", 18), ("source", 44),
        )  # fmt: skip
        filled = [("opinion", 20), ("comment", 44), ("signature", 20)]
        columns += [Column(title=tell(name), width=width, blank=True) for name, width in filled]
        sheet = self._sheet("sheet-evidence", columns)
        row = 1
        for score in (*self.shown.own, *self.shown.annex):
            for line in score.lines:
                self._row(sheet, row, self._evidence(score, line))
                for column in range(len(columns) - len(filled), len(columns)):
                    sheet.write_blank(row, column, None, self.blank)
                row += 1
        last = max(1, row - 1)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        choices = [tell("met"), tell("part"), tell("missed")]
        first = len(columns) - len(filled)
        sheet.data_validation(1, first, last, first, {"validate": "list", "source": choices, "ignore_blank": True})
        for number, who in enumerate(("auditor", "audited-by")):
            at = last + 3 + number * ANSWERS // 2
            sheet.write_string(at, 1, f"{tell('signature')} ({tell(who)})")
            sheet.write_blank(at, 2, None, self.line)
            sheet.write_blank(at, 3, None, self.line)
            sheet.write_string(at, 4, tell("dated"))

    def _evidence(self, score: Score, line: Line) -> list[Any]:
        tell = self.tell
        upper = line.found["upper"]
        result = tell.line(score, line)
        if upper != line.found["value"]:
            result += f" ({tell('upper')} {tell.line(score, line, 'upper')})"
        confirmed = line.found["status"] == score.found["status"] == "confirmed"
        declared = [one for one in line.declared if one.get("holds") is not False]
        source = str(line.measure.get("source") or score.pack["source"])
        if line.measure.get("clause"):
            source += f" ({line.measure['clause']})"
        return [
            tell.both(score.pack["title"]),
            tell.both(line.measure["title"]),
            result,
            tell("confirmed" if confirmed else "unconfirmed"),
            self._there(line),
            tell(line.found["evidence"]),
            "\n".join(_file(one) for one in declared if one.get("file") or one.get("url")),
            "\n".join(str(one.get("by") or one.get("position") or "") for one in declared),
            "\n".join(tell.date(str(one["at"])) for one in declared if one.get("at")),
            source,
        ]

    def _there(self, line: Line) -> str:
        """The datasets by state, as many as a cell bears."""
        tell, told_ = self.tell, []
        for state, names in line.names.items():
            if names:
                more = len(names) - NAMED
                rest = f" {tell('more', count=more)}" if more > 0 else ""
                told_.append(f"{tell(state)} {tell.number(len(names))}: {', '.join(names[:NAMED])}{rest}")
        if told_:
            return "\n".join(told_)
        if line.measure.get("declared"):
            notes = [str(one["note"]) for one in line.declared if one.get("note")]
            return "\n".join(notes) or tell("declared" if line.declared else "declared-none")
        return tell("none-asked")

    def items(self) -> None:
        """Datasets and mandatory items: what each has and lacks."""
        tell = self.tell
        columns = [Column(title=tell("name"), width=28), Column(title=tell("title"), width=52)]
        columns.append(Column(title=tell("given-count"), width=12))
        columns += [
            Column(title=f"{n}. {tell.label(label, name)}", width=16)
            for n, (name, label) in enumerate(self.shown.items, 1)
        ]
        sheet = self._sheet("sheet-items", columns)
        row = 0
        for row, one in enumerate(self.shown.datasets(), 1):
            self._row(sheet, row, [one.name, one.title, int(one.facts["items"])])
            lacking = set(one.facts["items_missing"])
            for column, (name, _) in enumerate(self.shown.items, 3):
                lacks = name in lacking
                text = tell("missing") if lacks else "✓"
                sheet.write_string(row, column, text, self.bad if lacks else self.good)
        sheet.autofilter(0, 0, max(1, row), len(columns) - 1)

    def scores(self) -> None:
        """Datasets and what each has of every score."""
        tell = self.tell
        columns = [Column(title=tell("name"), width=28), Column(title=tell("title"), width=52)]
        columns += [Column(title=tell.both(one.pack["title"]), width=22) for one in self.shown.scores]
        sheet = self._sheet("sheet-scores", columns)
        row = 0
        for row, one in enumerate(self.shown.datasets(), 1):
            values = [(one.scores.get(score.key) or {}).get("value") for score in self.shown.scores]
            figures = [None if value is None else float(value) for value in values]
            self._row(sheet, row, [one.name, one.title, *figures])
        sheet.autofilter(0, 0, max(1, row), len(columns) - 1)

    def findings(self) -> None:
        """What is wrong, where, and what to do."""
        tell = self.tell
        columns = self._columns(
            ("dataset", 28), ("title", 44), ("severity", 14), ("finding", 64), ("remedy", 64), ("place", 40),
            ("rule", 28),
        )  # fmt: skip
        sheet = self._sheet("sheet-findings", columns)
        row = 0
        for one in self.shown.datasets():
            for found in one.findings:
                row += 1
                words = tell.finding(found)
                severity = tell(f"severity-{found.severity}")
                about = [one.name, one.title, severity, words["message"], words["remedy"]]
                self._row(sheet, row, [*about, tell.place(found), found.rule])
        sheet.autofilter(0, 0, max(1, row), len(columns) - 1)

    def fixes(self) -> None:
        """What would gain points, and how."""
        tell, shown = self.tell, self.shown
        columns = self._columns(
            ("dataset", 28), ("remedy", 70), ("gain-dataset", 50), ("gain-catalog", 50), ("command", 44),
            ("field", 30), ("judgement", 18),
        )  # fmt: skip
        sheet = self._sheet("sheet-fixes", columns)
        row = 0
        for one in (fix for fixes in shown.fixes.values() for fix in fixes):
            row += 1
            whole = {key: gain["catalog"] for key, gain in one.gains.items()}
            gains = [tell.gains(found, shown.scores) for found in (one.gains, whole)]
            self._row(
                sheet, row, [one.dataset, tell.fix(one), *gains, one.command, one.field, bool(one.judgement)]
            )
        sheet.autofilter(0, 0, max(1, row), len(columns) - 1)

    def facts(self) -> None:
        """Datasets and facts."""
        tell = self.tell
        labels = dict(self.shown.items)
        names = [name for name, known in told()["facts"].items() if not known.get("hidden")]
        columns = [Column(title=tell("name"), width=28), Column(title=tell("title"), width=52)]
        columns += [Column(title=tell.fact(name), width=20) for name in names]
        sheet = self._sheet("sheet-facts", columns)
        row = 0
        for row, one in enumerate(self.shown.datasets(), 1):
            values = [_value(tell, name, one, labels) for name in names]
            self._row(sheet, row, [one.name, one.title, *values])
        sheet.autofilter(0, 0, max(1, row), len(columns) - 1)


def _file(one: Mapping[str, Any]) -> str:
    if not one.get("file"):
        return str(one["url"])
    return f"{one['file']} (sha256 {one.get('sha256') or '–'})"


def _value(tell: Told, name: str, one: Shown, labels: Mapping[str, Mapping[str, str]]) -> Any:
    """A fact as a cell: numbers stay numbers."""
    value = one.facts.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and name != "last_year":
        return value
    return tell.value(name, value, labels)
