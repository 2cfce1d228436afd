"""The memo by which signatures are asked for: what is to go out, what was found, which hash is signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from catalog import paper
from catalog.decisions.cover import Case, covering
from catalog.decisions.gate import judge, short, uncovered
from catalog.decisions.kinds import family, known
from catalog.web.words import Speech
from metadata import clock, wording
from metadata.errors import SetupError
from metadata.finding import Finding, Place, Severity
from metadata.fiscal import last_day
from metadata.release import canonical, sha256
from metadata.wording import Language

if TYPE_CHECKING:
    from metadata.standard import Standard
    from metadata.term import Term
    from metadata.workspace import Agency

ROOM = 900
"""Letters of a QR code that a printed page still shows clearly."""
MOST = 12
"""Things found that the memo tells of one dataset; how many more there are, it says."""
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
    standing: Mapping[str, Any] | None = None,
    target: str = "local",
    style: str = "",
) -> str:
    """The memo for releases that lack a signature, as HTML that prints on A4.

    `standing`: later releases of the kind, too, within these limits (`expires`, and what `--limit` takes; those
    that are left out are the usual ones). `style`: CSS beside its own. It holds no cell: a Finding tells its place
    and a masked form.
    """
    roles = list(dict.fromkeys(role for case in cases for role in judge(case).missing))
    lines = [_line(case, standard, language) for case in cases]
    return paper.rendered(
        "decisions/letter.html",
        lang=language,
        agency=agency.title if language == "th" else agency.title_en or agency.title,
        month=Speech(language).month(clock.today().isoformat()),
        lines=lines,
        roles=[(wording.word(role, language), "certified" if role == "steward" else "agreed") for role in roles],
        standing=standing is not None,
        limits=list(_limits(standing, language)) if standing is not None else [],
        style=Markup(style),  # noqa: S704 - our own
        commands=list(_commands(cases, roles, standing, target)),
        hash=short(seal(cases)),
        code=paper.qr(_told(cases)),
        say=lambda name, **facts: wording.phrase(f"letter-{name}", language, facts),
        counted=lambda count: f"{count:,}",
    )


def _limits(given: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Within what a standing approval holds, as sentences: the limits, usual or given, and the last day."""
    day = given.get("expires") or last_day(clock.fiscal_year()).isoformat()
    limits = {**known()["limits"], **given, "expires": day}
    for name in ("rows", "quality", "k", "until", "expires"):
        if name in limits:
            value = limits[name]
            told = clock.day(value, language) if isinstance(value, str) else wording.number(float(value))
            yield wording.phrase(f"letter-limit-{name}", language, {"value": told})


def _commands(
    cases: Sequence[Case], roles: Sequence[str], standing: Mapping[str, Any] | None, target: str
) -> Iterator[str]:
    """What records the signatures, one command for each role."""
    names = " ".join(case.dataset.name for case in cases)
    where = "" if target == "local" else f" --target {target}"
    more = ""
    if standing is not None:
        terms = {name: value for name, value in standing.items() if name != "expires"}
        more = " --standing" + "".join(f" --limit {name}={_plain(value)}" for name, value in terms.items())
        more += f" --expires {standing['expires']}" if standing.get("expires") else ""
    for role in roles:
        kind = more if role in known()["kinds"]["standing"]["roles"] else ""  # a steward certifies each release
        said = f"--role {role} --as … --position … --letter-no … --letter-date …"
        yield f"saphan approve {names}{where}{kind} {said}"


def _plain(value: Any) -> str:
    """A limit as it is typed: `30`, not `30.0`."""
    return value if isinstance(value, str) else f"{value:g}"


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
    counts = Counter(found.severity for found in report.findings)
    title = dataset.descriptor.get("title_en") if language == "en" else None
    found = list(_found(case, language))
    return {
        "name": dataset.name,
        "title": title or dataset.descriptor.get("title") or dataset.name,
        "category": _called(case, standard, standard.term("data_category"), language),
        "class": _called(case, standard, standard.classification, language),
        "restricted": dataset.restricted,
        "files": len(report.files),
        "rows": sum(file.rows or 0 for file in report.files),
        "short": short(report.release),
        "built": clock.day(report.built_at, language),
        "counts": [(wording.word(one, language), counts[one]) for one in SEVERITIES if counts[one]],
        "new": [
            wording.finding(one, language)["message"]
            for one in judge(case).refused
            if one.rule == "approval-outgrown"
        ],
        "found": found[:MOST],
        "more": len(found[MOST:]),
    }


def _called(case: Case, standard: Standard, term: Term | None, language: Language) -> str | None:
    """What people call the value that a dataset has of a term."""
    value = standard.value(case.dataset, term) if term else None
    labels = term.choice_labels.get(str(value), {}) if term else {}
    return labels.get(language) or value


def _found(case: Case, language: Language) -> Iterator[dict[str, Any]]:
    """What was found, the worst first: a sentence for each rule, place and kind, how many there are of it, and the
    decision that covers it. Where one Finding counts the others, it speaks for them."""
    seen: dict[tuple[Severity, str, tuple[Any, ...]], list[Finding]] = {}
    for found in case.report.findings:
        what = [found.at.resource, found.at.column]
        what += [str(found.values.get(key)) for key in ("entity", "part", "file", "key")]
        seen.setdefault((found.severity, family(found.rule), tuple(what)), []).append(found)
    for (severity, rule, _), several in sorted(seen.items(), key=lambda one: SEVERITIES.index(one[0][0])):
        whole = next((one for one in several if one.at.row is None), None)
        under = next((one for one in (covering(found, case) for found in several) if one), None)
        yield {
            "severity": wording.word(severity, language),
            "message": wording.finding(whole or several[0], language)["message"],
            "rule": rule,
            "places": 1 if whole else len(several),
            "under": under
            and {"kind": wording.word(under.kind, language), "by": under.by, "reason": under.reason or ""},
        }
