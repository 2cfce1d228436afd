"""Decisions: approvals of one release or of a shape, waivers, refusals; and how a release stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, common, unchanged
from commands.opened import opened_journal, own_standard, rules_of
from commands.options import BY, ROLES, SOME_NAMES, TARGET
from commands.signing import asking, signed, unsaid

if TYPE_CHECKING:
    from catalog.decisions.cover import Case
    from catalog.journal import Journal
    from catalog.survey import Offer
    from metadata.event import Story
    from metadata.release import Decision, Report
    from metadata.workspace import Workspace

    Decide = Callable[[Offer, Case, Mapping[str, Any]], Story[Decision]]


def day(text: str) -> str:
    """A day in either era, as it is stored. Raises SetupError `day-form`."""
    from metadata.fiscal import typed

    return typed(text).isoformat()


LIMITS: Mapping[str, Callable[[str], Any]] = {"rows": float, "quality": float, "k": int, "until": day}
"""What may be limited: rows more or fewer, in percent; completeness lost, in percentage points; the least k; the
last day of the data."""


@click.command()
@SOME_NAMES
@click.option("--standing", is_flag=True, help="Approve later releases of this shape, too, within limits.")
@click.option("--limit", "limits", multiple=True, metavar="WHAT=VALUE", help="With --standing: rows=20, until=…")
@click.option(
    "--letter",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Only write the memo that asks for the signatures: .html, or .pdf.",
)
@click.option(
    "--recall", default="", metavar="NUMBER", help="This release is clean of what that recall took back."
)
@TARGET
@BY
@common
def approve(
    desk: Desk,
    names: tuple[str, ...],
    standing: bool,
    limits: tuple[str, ...],
    letter: Path | None,
    target: str,
    **who: str,
) -> int:
    """Approve releases as they are built; as the steward, certify them."""
    from catalog.decisions import record
    from catalog.decisions.gate import uncovered

    given = limited(limits)
    if given and not standing:
        raise asking("--standing", "--limit")
    if letter:
        terms = {**given, **({"expires": who["expires"]} if who["expires"] else {})}
        return asked(desk, names, letter, target, terms if standing else None)

    def decide(offer: Offer, case: Case, who: Mapping[str, Any]) -> Story[Decision]:
        if standing:
            return record.stand(offer.dataset, offer.report, who, case.shape, given, uncovered(case))
        return record.approve(offer.dataset, offer.report, who, uncovered(case))

    return decided(desk, names, who, decide, target, shaped=standing)


@click.command()
@SOME_NAMES
@click.option("--rule", required=True, help="The rule whose findings are accepted.")
@click.option("--resource", default="", help="Only in this resource.")
@click.option("--column", default="", help="Only in this column.")
@click.option("--standing", is_flag=True, help="In later releases of this shape, too, until the fiscal year ends.")
@click.option("--not-personal", is_flag=True, help="These cells hold no personal data; lapses when one changes.")
@click.option("--row", "rows", multiple=True, type=int, help="With --not-personal: only this row of the file.")
@click.option("--lawful", "clause", default="", metavar="CLAUSE", help="A law opens this column: which clause.")
@click.option("--basis", default="", help="With --lawful: why the law applies (office-holders' names).")
@click.option(
    "--second", default="", metavar="NAME", help="The second person, of another role; a waiver needs one."
)
@click.option("--second-role", type=ROLES, default="dpo", show_default=True, help="In which role.")
@click.option("--second-position", default="", help="The second person's position.")
@TARGET
@BY
@common
def waive(desk: Desk, names: tuple[str, ...], rule: str, target: str, **given: Any) -> int:
    """Accept what one rule found, and say why: with a second person, or as no personal data, or as lawful."""
    from catalog.decisions import record
    from metadata.errors import SetupError

    where = {key: text for key in ("resource", "column") if (text := given.pop(key))}
    standing, nobody, rows = given.pop("standing"), given.pop("not_personal"), given.pop("rows")
    clause, basis = given.pop("clause"), given.pop("basis")
    second = {key: given.pop(option) for key, option in SECOND.items()}
    if not given["reason"]:
        raise asking("--reason")
    if bool(clause) != bool(basis):
        raise asking("--basis", "--lawful") if clause else asking("--lawful", "--basis")
    if (nobody and clause) or (standing and (nobody or clause)):
        raise SetupError("waive-one", options=["--standing", "--not-personal", "--lawful"])
    if not (nobody or clause) and not second["by"].strip():
        raise asking("--second", "waive")

    unsaid({"clause": clause, "basis": basis})

    def decide(offer: Offer, case: Case, who: Mapping[str, Any]) -> Story[Decision]:
        told = (offer.dataset, offer.report, rule)
        if nobody:
            return record.not_personal(*told, who, where=where, rows=rows)
        if clause:
            return record.lawful(*told, who, where=where, basis=basis, clause=clause)
        shape = case.shape if standing else None
        return record.waive(*told, who, where=where, shape=shape, builders=case.builders)

    more = {} if nobody or clause else {"second": second}
    return decided(desk, names, {**given, **more}, decide, target, shaped=standing)


SECOND = {"by": "second", "role": "second_role", "position": "second_position"}


@click.command()
@SOME_NAMES
@click.option(
    "--ground", required=True, metavar="KIND", help="By which kind of information: `security`, `opinion` …"
)
@click.option("--resource", default="", help="Only this resource.")
@click.option("--column", default="", help="Only this column.")
@BY
@common
def refuse(desk: Desk, names: tuple[str, ...], ground: str, resource: str, column: str, **who: str) -> int:
    """Record that data are not opened, by section 14 or 15 of the Official Information Act."""
    from catalog.decisions import record
    from catalog.public.refusals import refusals
    from metadata.errors import SetupError

    if not who["reason"]:
        raise asking("--reason")
    known = {name: one.section for name, one in refusals().items() if one.section.split()[0] in ("14", "15")}
    if ground not in known:
        raise SetupError("refusal-ground", ground=ground, known=list(known))
    where = {key: text for key, text in (("resource", resource), ("column", column)) if text}

    def decide(offer: Offer, case: Case, who: Mapping[str, Any]) -> Story[Decision]:
        del case
        return record.refuse(offer.dataset, ground, known[ground], who, where)

    return decided(desk, names, who, decide)


def asked(desk: Desk, names: tuple[str, ...], path: Path, target: str, standing: Mapping[str, Any] | None) -> int:
    """Writes the memo that asks for the signatures that releases lack, and records nothing.

    `standing`: the limits of a standing approval, where one is asked for.
    """
    from catalog import paper
    from catalog.decisions.letter import letter, seal, waiting
    from catalog.recall.gate import known
    from metadata.errors import StoreError

    if path.suffix not in (".html", ".pdf"):
        raise click.UsageError("--letter: .html or .pdf")
    workspace = desk.workspace
    towards = workspace.target(target).name
    with opened_journal(workspace) as journal:
        offers = releases(workspace, names)
        for offer in offers:
            known(journal.engine, "", offer.report)
        cases = waiting(case_of(workspace, offer.report, journal, towards) for offer in offers)
    style = paper.faces() if path.suffix == ".pdf" else ""
    about = (cases, workspace.agency, own_standard(workspace), desk.lang)
    text = letter(*about, standing=standing, target=target, style=style)
    try:
        paper.put(path, paper.pdf(text) if path.suffix == ".pdf" else text.encode())
    except OSError as error:
        raise StoreError("output-unwritable", reason=error.strerror or "") from error
    desk.say(desk.phrase("letter-written", file=path))
    desk.result({"letter": str(path), "seal": seal(cases)})
    return 0


def limited(given: tuple[str, ...]) -> dict[str, Any]:
    """`rows=20` as {"rows": 20.0}. Raises SetupError `day-form`, click's UsageError."""
    found: dict[str, Any] = {}
    for one in given:
        name, _, value = one.partition("=")
        try:
            found[name] = LIMITS[name](value)
        except (KeyError, ValueError):
            known = ", ".join(f"{each}=…" for each in LIMITS)
            raise click.UsageError(f"--limit {one}: expected {known}") from None
    return found


def decided(
    desk: Desk,
    names: tuple[str, ...],
    given: Mapping[str, Any],
    decide: Decide,
    target: str = "local",
    *,
    shaped: bool = False,
) -> int:
    """Records one decision for each release that is up to date, and tells it. `shaped`: it binds to a shape."""
    from catalog.journal import new_run
    from catalog.recall.gate import known
    from metadata import clock
    from metadata.wording import word

    workspace = desk.workspace
    towards = workspace.target(target).name
    told = []
    before = {name: seen(workspace, name) for name in names}
    who = signed(desk, workspace, given)  # a password may be asked for: nobody waits for that
    with workspace.lock(), opened_journal(workspace) as journal:
        offers = releases(workspace, names)
        unchanged(name for name in names if seen(workspace, name) != before[name])
        if "recall" in given:  # an approval
            for offer in offers:
                known(journal.engine, given["recall"], offer.report)
        for offer in offers:
            case = case_of(workspace, offer.report, journal, towards, shaped=shaped)
            made = desk.watch(journal.record(decide(offer, case, who), run=new_run()))
            line: dict[str, Any] = {key: getattr(made, key) for key in ("kind", "by", "role", "at")}
            line |= {"dataset": offer.dataset.name, "release": offer.report.release}
            told.append({**line, "expires": made.rest.get("expires")})
            words = {key: word(line[key], desk.lang) for key in ("kind", "role")}
            desk.say(desk.phrase("decided", **{**line, **words, "name": offer.dataset.name}))
            if until := made.rest.get("expires"):
                desk.say("  " + desk.phrase("letter-limit-expires", value=clock.day(str(until), desk.lang)))
            awaited(desk, case_of(workspace, offer.report, journal, towards), journal)
    desk.result({"decisions": told})
    return 0


def releases(workspace: Workspace, names: tuple[str, ...]) -> list[Offer]:
    """The releases as built. Raises SaphanError for the first that is not up to date."""
    from catalog.survey import offered

    offers, failed = offered(workspace, names)
    for error in failed.values():
        raise error
    return offers


def seen(workspace: Workspace, name: str) -> Any:
    """What a signer has before her: the release that stands there, and what was found in it."""
    from metadata import stored

    report = stored.reported(workspace.dataset(name))
    return report and (report.release, report.findings)


def case_of(workspace: Workspace, report: Report, journal: Journal, target: str, *, shaped: bool = False) -> Case:
    """What the gate looks at, for a release and a target."""
    from catalog.decisions.case import Past, gathered

    rules, past = rules_of(workspace, journal), Past(journal, report.dataset)
    dataset = workspace.dataset(report.dataset)
    return gathered(dataset, report, rules, own_standard(workspace), target, past, shaped=shaped)


def stands(desk: Desk, workspace: Workspace, report: Report, journal: Journal) -> None:
    """Tells how a release stands on its way out, and who approved it."""
    from catalog.decisions.gate import judge
    from metadata.clock import day
    from metadata.wording import word

    case = case_of(workspace, report, journal, "local")
    awaited(desk, case, journal)
    for one in judge(case).under:
        facts = {"by": one.by, "role": word(one.role, desk.lang), "at": day(one.at, desk.lang)}
        desk.say("  " + desk.phrase("approved-standing" if one.kind == "standing" else "approved", **facts))


def awaited(desk: Desk, case: Case, journal: Journal) -> None:
    """Tells the state of a release, and whose approval it still waits for."""
    from catalog.decisions.gate import judge
    from catalog.decisions.state import state
    from catalog.recall.gate import barred
    from metadata.wording import word

    if recall := barred(journal.engine, case.report, case.dataset.decisions):
        told = desk.phrase("state-recalled", recall=recall.id, name=case.dataset.name)
        desk.say("  " + desk.phrase("state", state=told))
        return
    missing, at = judge(case).missing, state(case)
    if at != "unasked":
        desk.say("  " + desk.phrase("state", state=word(f"state-{at}", desk.lang)))
    if case.approvals == "required" and missing and at != "draft":
        roles = ", ".join(word(role, desk.lang) for role in missing)
        facts = {"name": case.dataset.name, "roles": roles, "role": missing[0]}
        desk.say("  " + desk.phrase("not-approved", **facts))


COMMANDS = (approve, waive, refuse)
