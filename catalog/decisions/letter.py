"""The memo by which signatures are asked for: what is to go out, what was found, which hash is signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from catalog import paper
from catalog.decisions.cover import Case, covering
from catalog.decisions.gate import judge, short, uncovered
from catalog.decisions.kinds import family
from metadata import clock, wording
from metadata.errors import SetupError
from metadata.finding import Place, Severity
from metadata.release import canonical, sha256
from metadata.wording import Language

if TYPE_CHECKING:
    from metadata.standard import Standard
    from metadata.workspace import Agency

ROOM = 900
"""Letters of a QR code that a printed page still shows clearly."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def waiting(cases: Iterable[Case]) -> list[Case]:
    """Those that lack a signature.

    Raises SetupError `approve-errors` for a release with an error that no decision covers: nobody could mean that
    one; `letter-nothing` where all are signed.
    """
    cases = list(cases)
    for case in cases:
        if uncovered(case):
            raise SetupError("approve-errors", Place(dataset=case.dataset.name), name=case.dataset.name)
    found = [case for case in cases if judge(case).missing]
    if not found:
        raise SetupError("letter-nothing", datasets=[case.dataset.name for case in cases])
    return found


def letter(
    cases: Sequence[Case],
    agency: Agency,
    standard: Standard,
    language: Language,
    *,
    standing: bool = False,
    style: str = "",
) -> str:
    """The memo for releases that lack a signature, as HTML that prints on A4.

    `standing`: later releases of the kind, too. `style`: CSS beside its own. It holds no cell: a Finding tells its
    place and a masked form.
    """
    roles = list(dict.fromkeys(role for case in cases for role in judge(case).missing))
    lines = [_line(case, standard, language) for case in cases]
    return paper.rendered(
        "decisions/letter.html",
        lang=language,
        agency=agency.title if language == "th" else agency.title_en or agency.title,
        lines=lines,
        roles=[wording.word(role, language) for role in roles],
        standing=standing,
        style=Markup(style),  # noqa: S704 - our own
        command=f"saphan approve {' '.join(case.dataset.name for case in cases[:3])}",
        more=len(cases) > 3,
        role=roles[0],
        hash=short(seal(cases)),
        code=paper.qr(_told(cases)),
        say=lambda name, **facts: wording.phrase(f"letter-{name}", language, facts),
        counted=lambda count: f"{count:,}",
    )


def seal(cases: Sequence[Case]) -> str:
    """One hash over all that the memo asks for: `sha256:<hex>` of the names and their releases."""
    return sha256(canonical([[case.dataset.name, case.report.release] for case in cases]))


def _told(cases: Sequence[Case]) -> str:
    """What the QR code says: each dataset and its release, or where that is too much the hash over all."""
    whole = "\n".join(f"{case.dataset.name} {case.report.release}" for case in cases)
    return whole if len(whole) <= ROOM else f"{len(cases)} {seal(cases)}"


def _line(case: Case, standard: Standard, language: Language) -> dict[str, Any]:
    """One dataset as the memo lists it."""
    dataset, report = case.dataset, case.report
    term = standard.term("data_category")
    counts = Counter(found.severity for found in report.findings)
    title = dataset.descriptor.get("title_en") if language == "en" else None
    return {
        "name": dataset.name,
        "title": title or dataset.descriptor.get("title") or dataset.name,
        "category": standard.value(dataset, term) if term else None,
        "class": standard.value(dataset, standard.classification),
        "files": len(report.files),
        "rows": sum(file.rows or 0 for file in report.files),
        "short": short(report.release),
        "built": clock.day(report.built_at, language),
        "counts": [(wording.word(one, language), counts[one]) for one in SEVERITIES if counts[one]],
        "found": list(_found(case, language)),
    }


def _found(case: Case, language: Language) -> Iterator[dict[str, Any]]:
    """What was found, rule by rule, the worst first: a sentence, how often, and the decision that covers it."""
    seen: dict[tuple[str, str], list[Any]] = {}
    for found in case.report.findings:
        seen.setdefault((found.severity, family(found.rule)), []).append(found)
    for severity, rule in sorted(seen, key=lambda one: SEVERITIES.index(one[0])):
        several = seen[severity, rule]
        told = wording.finding(next((one for one in several if one.at.row is None), several[0]), language)
        under = next((one for one in (covering(found, case) for found in several) if one), None)
        yield {
            "severity": wording.word(severity, language),
            "message": told["message"],
            "rule": rule,
            "places": len(several),
            "under": under
            and {"kind": wording.word(under.kind, language), "by": under.by, "reason": under.reason or ""},
        }
