"""The audit: what is missing, what it costs, and the proof."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import overtime, proving, telling
from commands.console import Desk, common
from commands.looking import SECONDS, declared_looked_at, looks_at
from commands.opened import is_url, local_portal, own_standard
from commands.options import NAMES

if TYPE_CHECKING:
    from catalog.audit.audited import Derived
    from catalog.audit.fixing.fixes import Fix
    from catalog.audit.run import Audit, Terms
    from catalog.audit.sources import Source
    from metadata.standard import Standard
    from metadata.workspace import Workspace

Over = Mapping[str, Any]
EDITION = "gdc-2.2.4"
"""The edition of the standard where neither a workspace nor the portal names one."""
MANY = 2000
"""Datasets of a catalogue whose fixes are found only when asked for: it takes longer than the audit."""
GDC = "-gdc.xlsx"
ENDINGS = (".html", ".xlsx", ".pdf", ".json")


def ending(_context: click.Context, _parameter: click.Parameter, files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Files whose names end as a report does."""
    for file in files:
        if file.suffix not in ENDINGS:
            raise click.BadParameter(f"{file}: one of {', '.join(ENDINGS)} is expected")
    return files


def goal(_context: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[str, float] | None:
    """A score and its points: `mqa=380`."""
    if text is None:
        return None
    key, _, points = text.partition("=")
    try:
        return key, float(points)
    except ValueError:
        raise click.BadParameter("such as mqa=380") from None


FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@NAMES
@click.option(
    "--target",
    default="local",
    show_default=True,
    help="A target of workspace.yaml, `desk`, a CKAN's URL, or a file that ckanapi dumped.",
)
@click.option("--year", type=int, help="Fiscal year (B.E.), whose indicators hold.  [default: of the day]")
@click.option("--standard", metavar="EDITION", help="Audit by another edition of the metadata standard.")
@overtime.options
@click.option("--report", "reports", multiple=True, metavar="FILE", type=FILE, callback=ending,
              help="Write a report: .html .xlsx .pdf .json; -gdc.xlsx: the GD Catalog template.")  # fmt: skip
@click.option("--proof", metavar="FILE", type=FILE, help="Write the proof pack, which `saphan verify` verifies.")
@click.option(
    "--sample", metavar="N", type=click.IntRange(1), help="Draw N datasets and print their trails to sign."
)
@click.option("--seed", metavar="TEXT", help="With --sample: draw the same again.  [default: the day]")
@click.option("--goal", metavar="SCORE=POINTS", callback=goal, help="The cheapest way there, such as mqa=380.")
@click.option("--harvesters", is_flag=True, help="What other catalogues will take of each dataset.")
@click.option("--offline", is_flag=True, help="Do not ask whether other servers' files answer.")
@click.option("--all-files", is_flag=True, help="Ask for all of them, not only for a minute.")
@click.option("--gd-catalog", metavar="URL", help="Ask GD Catalog what it has of the portal it knows by this URL.")
@click.option("--allow-host", "allowed", multiple=True, envvar="SAPHAN_ALLOW_HOSTS", metavar="HOST",
              help="A host that may be asked though it is in a private network.")  # fmt: skip
@common
def audit(
    desk: Desk,
    names: tuple[str, ...],
    target: str,
    year: int | None,
    standard: str | None,
    over: Over,
    **asked: Any,
) -> int:
    """Audit a catalogue: what is missing, what it costs, and how to mend it. Changes nothing in it."""
    workspace = workspace_of(desk, target)
    found = overtime.instead(desk, workspace, target, year, over)
    if isinstance(found, int):
        return found
    if found is not None:
        if asked["proof"] or asked["sample"]:
            raise click.UsageError("--proof and --sample go with an audit of today; a closed year holds its proof")
        telling.scores(desk, found)
        return delivered(desk, workspace, found, asked, {}, Fixed.of(desk, found, asked))
    with uncollected(), source_of(workspace, target, standard) as (source, edition):
        made = audited(desk, workspace, source, terms_of(workspace, edition, year), names, target, asked)
        more = compared(desk, workspace, source, made, names, over, standard)
        fixed = Fixed.of(desk, made, asked)
        if asked["proof"]:
            about: dict[str, Any] = {"source": source, "standard": edition, "workspace": workspace}
            proving.proved(desk, made, asked["proof"], **about, fixes=fixed.told)
        if asked["sample"]:
            from catalog.audit.proving import sample

            where: dict[str, Any] = {"workspace": workspace, "target": target, "source": source}
            drawn = proving.sampled(desk, made, asked["sample"], asked["seed"], **where)
            more["sample"] = sample.document(drawn, desk.lang)
        return delivered(desk, workspace, made, asked, more, fixed)


@contextmanager
def uncollected() -> Iterator[None]:
    """Python looks for no cycles: an audit holds what it made to its end, and the search takes a fifth of it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def audited(
    desk: Desk,
    workspace: Workspace | None,
    source: Source,
    terms: Terms,
    names: tuple[str, ...],
    target: str,
    asked: Any,
) -> Audit:
    """The audit of a source as it is now."""
    from catalog.audit import run

    if not asked["offline"]:
        answers = desk.watch(declared_looked_at(workspace, terms.declared, allowed=asked["allowed"]))
        terms = replace(terms, declared=answers)
    looks = looks_at(
        workspace,
        source,
        files=not asked["offline"],
        gd_catalog=asked["gd_catalog"],
        seconds=None if asked["all_files"] else SECONDS,
        allowed=asked["allowed"],
    )
    with looks as looking, derived(None if names else workspace, target) as kept:
        return desk.watch(run.audit(source, terms, names=names, looks=looking, kept=kept))


def compared(
    desk: Desk,
    workspace: Workspace | None,
    source: Source,
    made: Audit,
    names: tuple[str, ...],
    over: Over,
    standard: str | None,
) -> dict[str, Any]:
    """Keeps the audit and tells it: after the scores what changed since the last one, and how promises stand."""
    from catalog.audit import declared, run
    from catalog.audit.overtime import trend
    from metadata.wording import finding

    changes, standings, broken = overtime.after(desk, workspace, made, names, over, trial=bool(standard))
    telling.scores(desk, made)
    more: dict[str, Any] = {}
    if standard and workspace:
        own = run.judged(
            source,
            terms_of(workspace, own_standard(workspace), made.year, made.day),
            [one.entry for one in made.datasets],
        )
        losing = trend.losing(own, made)
        overtime.told_losing(desk, losing, made.standard)
        more["losing"] = losing.to_json()
    if changes is not None:
        overtime.told_changes(desk, changes)
        more["changes"] = changes.to_json()
    overtime.told_promises(desk, standings)
    if standings:
        more["promises"] = [one.to_json(desk.lang) for one in standings]
    whole = not names and made.kind in ("local", "desk")
    said = declared.findings(made.declared, [one.name for one in made.datasets] if whole else None)
    broken = (*broken, *(one for one in said if one.severity != "note"))
    desk.findings(broken)
    if broken:
        more["findings"] = [finding(one, desk.lang) for one in broken]
    return more


def delivered(
    desk: Desk,
    workspace: Workspace | None,
    made: Audit,
    asked: Mapping[str, Any],
    more: dict[str, Any],
    fixed: Fixed,
) -> int:
    """Tells what an audit found, writes its reports, and gives the exit code. Its scores have been told."""
    from catalog.audit.document import written

    if not desk.quiet:
        telling.often(desk, made)
    if fixed.fixes is not None:
        telling.fixes(desk, made, fixed.fixes)
    if asked["goal"]:
        more["goal"] = telling.goal(desk, made, *asked["goal"])
    if asked["harvesters"]:
        more["harvesters"] = telling.harvesters(desk, made)
    history = overtime.history(workspace, made) if asked["reports"] else []
    for path in asked["reports"]:
        report(desk, made, path, fixed, history)
    desk.stream(written(made, desk.lang, fixed.told, more))
    return int(any(severity == "error" for one in made.datasets for _, _, severity in one.kinds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """An audit's fixes (None: nobody reads them), and the same as JSON where that is asked for."""

    fixes: Sequence[Fix] | None
    told: list[dict[str, Any]]

    @classmethod
    def of(cls, desk: Desk, made: Audit, asked: Mapping[str, Any]) -> Fixed:
        """The fixes of an audit: of a large catalogue only for a report, a proof or JSON."""
        from catalog.audit.fixing.fixes import fixes, fixes_json

        as_json = desk.as_json or asked["proof"] or any(path.suffix == ".json" for path in asked["reports"])
        if len(made.datasets) > MANY and not (as_json or asked["reports"]):
            return cls(fixes=None, told=[])
        found = fixes(made)
        return cls(fixes=found, told=fixes_json(made, desk.lang, found) if as_json else [])


def report(
    desk: Desk,
    made: Audit,
    path: Path,
    fixed: Fixed,
    history: Sequence[Mapping[str, Any]],
) -> None:
    """Writes one report, as the file's name ends. Raises StoreError `output-unwritable`, SetupError."""
    from catalog import paper
    from catalog.audit.document import written
    from catalog.audit.report import gdc_template, page, pdf, workbook
    from metadata.errors import StoreError

    try:
        if path.name.endswith(GDC):
            gdc_template.write(made, path)
        elif path.suffix == ".json":
            paper.put(path, b"".join(written(made, desk.lang, fixed.told)))
        else:
            write = {".html": page.write, ".xlsx": workbook.write, ".pdf": pdf.write}[path.suffix]
            write(made, path, desk.lang, fixed.fixes, history)
    except OSError as error:
        raise StoreError("output-unwritable", reason=error.strerror or "") from error
    desk.say(desk.phrase("audit-written", file=path))


def workspace_of(desk: Desk, target: str) -> Workspace | None:
    """The workspace, if there is one; whoever audits another's catalogue by URL or from a file needs none."""
    from metadata.errors import SetupError

    try:
        return desk.workspace
    except SetupError as error:
        if error.kind != "workspace-missing" or desk.folder:
            raise
        if is_url(target) or Path(target).is_file():
            return None
        if Path(target).suffix in (".jsonl", ".json", ".gz") or "/" in target:
            raise SetupError("file-missing", file=target) from None
        raise


@contextmanager
def derived(workspace: Workspace | None, target: str) -> Iterator[Derived | None]:
    """What was derived the last time, where there is a workspace to keep it in."""
    from catalog.store.derived import Derived

    if workspace is None:
        yield None
        return
    with Derived(workspace.state / "derived.sqlite", target) as kept:
        yield kept


@contextmanager
def source_of(workspace: Workspace | None, target: str, edition: str | None) -> Iterator[tuple[Source, Standard]]:
    """What is audited, and by which edition of the standard: the one asked for, else its own."""
    from catalog.audit import sources
    from metadata.standard import Standard

    if workspace and not edition:
        standard = own_standard(workspace)
    else:
        standard = Standard.load(edition or EDITION, workspace.folder if workspace else None)
    if not is_url(target) and Path(target).is_file():
        yield sources.OfDump(path=Path(target)), standard
    elif workspace and target == "desk":
        with local_portal(workspace) as portal:
            yield sources.OfDesk(workspace=workspace, standard=standard, site=portal.site), standard
    elif workspace and not is_url(target) and workspace.target(target).url is None:
        with local_portal(workspace) as portal:
            title = workspace.agency.title
            made = sources.OfPortal(portal=portal, title=title, site=portal.site, kind="local", private=True)
            made.desk = workspace.names()
            yield made, standard
    else:
        from catalog.portal.remote import RemotePortal
        from metadata.workspace import Target

        known = workspace.target(target) if workspace else Target(name=target, url=target.rstrip("/"))
        key = known.key()
        with RemotePortal(str(known.url), key=key, timeout=known.timeout) as remote:
            status = remote.call_action("status_show")
            site = sources.site_of(remote.url, status)
            own = standard if edition else sources.standard_of(remote, status, standard)
            yield sources.OfPortal(portal=remote, title=site.url, site=site, private=bool(key)), own


def terms_of(workspace: Workspace | None, standard: Standard, year: int | None, day: date | None = None) -> Terms:
    """By what is judged. Raises SetupError `audit-year` for a year that is not Buddhist."""
    from catalog.audit import declared, own_packs
    from catalog.audit.run import Terms
    from metadata import clock
    from metadata.errors import SetupError
    from metadata.pack import packs

    if year is not None and not 2500 <= year < 2700:
        raise SetupError("audit-year", year=year, right=year + clock.ERA)
    today = day or clock.today()
    kind = workspace.agency.kind if workspace else None
    chosen = packs(workspace.folder if workspace else None, year=year or clock.fiscal_year(today), agency=kind)
    if workspace:
        own_packs.check(workspace.folder, standard)
    answers = declared.load(workspace.folder, today) if workspace else ()
    return Terms(standard=standard, packs=chosen, day=today, declared=answers)


COMMANDS = (audit,)
