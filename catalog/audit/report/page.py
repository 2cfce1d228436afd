"""An audit as one HTML file that needs no server: what `/audit` shows, with the evidence beneath it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from catalog import paper
from catalog.audit.fixing.fixes import Fix
from catalog.audit.fixing.fixes import fixes as looked_for
from catalog.audit.report.speech import Told, told
from catalog.audit.report.view import Line, Report, Score, Shown, id_of, of_dataset, report, wanting
from catalog.audit.run import Audit
from metadata.wording import Language

MOST = 100
"""Datasets of which everything is shown: those first in which something is wrong. The workbook has all."""
LISTED = 100
"""Datasets named beneath a number."""


class Anchors:
    """Where a number's evidence stands in the file itself."""

    def of(self, score: Score, line: Line) -> str:
        """The place of a measure."""
        return _id("m", score.key, line.name)

    def kind(self, name: str) -> str:
        """The place of a kind of finding."""
        return _id("f", name)

    def page(self, name: str) -> str:
        """The place of a dataset."""
        return _id("d", name)

    def measure(self, score: Score, line: Line, state: str = "") -> str:
        """As `catalog.web.audit.Links`."""
        return f"#{self.of(score, line)}{'-' + state if state else ''}"

    def dataset(self, name: str) -> str:
        """As `catalog.web.audit.Links`."""
        return f"#{self.page(name)}"

    def fault(self, name: str) -> str:
        """As `catalog.web.audit.Links`."""
        return f"#{self.kind(name)}"


def _id(*parts: str) -> str:
    """An id that may stand in HTML whatever the names: they can be Thai, and hold spaces."""
    return f"{parts[0]}-{hashlib.blake2b(chr(0).join(parts[1:]).encode(), digest_size=6).hexdigest()}"


def write(
    audit: Audit,
    path: Path,
    lang: Language,
    fixes: Sequence[Fix] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Writes the file. `fixes` (default: looked for now), `history`: as `view.report` has them. Raises OSError."""
    paper.put(path, rendered(report(audit, looked_for(audit) if fixes is None else fixes, history), lang).encode())


def rendered(shown: Report, lang: Language, *, style: str = "", evidence: bool = True) -> str:
    """The file's text. `style`: CSS beside the pages' own; without `evidence` it is the summary alone."""
    worst = _worst(shown)
    css = paper.style("portal.css", "audit.css")

    def chosen() -> Iterator[Shown]:
        return (one for one in shown.datasets() if one.name in worst)

    facts: dict[str, Any] = {
        "lang": lang,
        "report": shown,
        "to": Anchors(),
        "style": Markup(css + style),  # noqa: S704 - our own files
        "evidence": evidence,
        "datasets": chosen,
        "named": {one.name: one.title for one in chosen()},
        "most": LISTED,
        "of_dataset": of_dataset,
        **speaking(shown, lang),
    }
    return paper.rendered("audit_alone.html", **facts)


def speaking(shown: Report, lang: Language) -> dict[str, Any]:
    """What the audit's templates speak with."""
    tell = Told(lang)
    return {"tell": tell, "known": told()["facts"], "items": dict(shown.items), "wanting": wanting, "id_of": id_of}


def _worst(shown: Report) -> set[str]:
    """The datasets shown whole: all, or those in which most is wrong."""
    counts = [(-len(one.findings), one.name) for one in shown.datasets()]
    return {name for _, name in sorted(counts)[:MOST]}
