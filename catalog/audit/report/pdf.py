"""An audit as a PDF for A4: the page's summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog import paper
from catalog.audit.fixing.fixes import Fix
from catalog.audit.fixing.fixes import fixes as looked_for
from catalog.audit.report.page import rendered
from catalog.audit.report.view import Report, report
from catalog.audit.run import Audit
from metadata.wording import Language

STYLE = """
html { font-size: 10pt; }
body { font: 1rem/1.55 "Sarabun thai", "Sarabun latin", "Sarabun more", sans-serif; }
@page { @bottom-right { content: counter(page) " / " counter(pages); font: 8.5pt "Sarabun latin"; } }
main { max-width: none; padding: 0; }
h1 { font-size: 18pt; } h2 { font-size: 13pt; margin: 1.2em 0 .3em; }
summary { display: none; }
.measures th, .measures td, dl > div { padding-block: .25rem; }
.figure strong { font-size: 14pt; }
.score { margin-top: 1.2rem; }
.glance li, dl > div { display: block; }
.glance strong { float: right; margin-left: 1rem; }
.glance li { padding: .35rem 0; }
.glance .tag { display: block; }
dt { font-size: 8.5pt; break-after: avoid; }
"""


def write(
    audit: Audit,
    path: Path,
    lang: Language,
    fixes: Sequence[Fix] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Writes the PDF of an audit. `fixes` (default: looked for now) and `history` as `view.report` takes them.

    Raises SetupError `pdf-missing`, `pdf-library`, and OSError.
    """
    paper.printer()
    paper.put(path, content(report(audit, looked_for(audit) if fixes is None else fixes, history), lang))


def content(shown: Report, lang: Language) -> bytes:
    """The PDF's bytes. Raises SetupError `pdf-missing`, `pdf-library`."""
    return paper.pdf(rendered(shown, lang, style=STYLE + paper.faces(), evidence=False))
