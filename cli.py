"""The command line: options, prompts, colours, and the one place where the two halves meet."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

if TYPE_CHECKING:
    from catalog.harvest.client import Client
    from catalog.harvest.run import Wish
    from catalog.journal import Journal
    from catalog.portal.local import LocalPortal
    from catalog.store.backup import Summary
    from catalog.survey import Plan, Surveyor
    from metadata.errors import SaphanError
    from metadata.event import Event, Story
    from metadata.finding import Finding
    from metadata.ports import Portal
    from metadata.release import Report
    from metadata.workspace import Target, Workspace
    from pipelines.engine import Progress
    from pipelines.verdict import Verdict

Result = TypeVar("Result")
SHOWN, ALIKE, NEW, MOST = 8, 2, 3, 24
"""What is shown on a terminal at most: findings of one dataset and fields of one change; findings of one rule in
one column; fields of something new; findings of a file that is validated by itself. `--json` has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every command is given: where, in which language, and how much to say."""

    folder: str | None
    lang: Literal["th", "en"]
    as_json: bool
    quiet: bool

    @property
    def workspace(self) -> Workspace:
        """The workspace asked for, or found from here upwards."""
        from metadata.workspace import Workspace

        return Workspace.find(self.folder)

    def phrase(self, key: str, /, **facts: Any) -> str:
        """A phrase of the command line in the chosen language."""
        from metadata.wording import phrase

        return phrase(key, self.lang, facts)

    def say(self, text: str, **style: Any) -> None:
        """A line for people: on standard output, or beside the JSON on standard error."""
        if not self.quiet:
            click.secho(text, err=self.as_json, **style)

    def result(self, document: Mapping[str, Any]) -> None:
        """The one JSON document, as UTF-8 bytes whatever the console's code page."""
        if self.as_json:
            sys.stdout.buffer.write(printable(document))

    def watch(self, story: Story[Result]) -> Result:
        """Runs long work to its end, a line of progress on standard error for each event."""
        while True:
            try:
                self._progress(next(story))
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    def _progress(self, event: Event) -> None:
        body = event.body
        line = None
        if event.kind == "read":
            line = self.phrase("reading", **body)
        elif event.kind == "cleaned":
            line = self.phrase("cleaned", **{**body, "changes": sum(body["changes"].values())})
        elif event.kind == "intent":
            what = "/".join(part for part in (event.dataset, body.get("resource")) if part)
            line = self.phrase("sending", action=body["action"], what=what).rstrip()
        if line and not self.quiet:
            click.secho(f"  {line}", err=True, dim=True)

    def findings(self, found: tuple[Finding, ...], most: int = SHOWN) -> None:
        """Findings for people: what, where, what to do next. `most` of them."""
        from metadata.wording import finding, place

        colours = {"error": "red", "warning": "yellow", "note": "blue"}
        alike: dict[tuple[str, str | None, str | None], int] = {}
        shown: list[Finding] = []
        for item in found:
            key = (item.rule, item.at.resource, item.at.column)
            alike[key] = alike.get(key, 0) + 1
            if alike[key] <= ALIKE and len(shown) < most:
                shown.append(item)
        for item in shown:
            told = finding(item, self.lang)
            click.secho(f"  {self.phrase(item.severity)} ", fg=colours[item.severity], err=self.as_json, nl=False)
            where = place(item.at, self.lang)
            click.echo(f"{where}: {told['message']}" if where else told["message"], err=self.as_json)
            if told["remedy"]:
                click.secho(f"    {self.phrase('todo')}: {told['remedy']}", err=self.as_json)
        if len(found) > len(shown):
            click.echo(self.phrase("more", count=len(found) - len(shown)), err=self.as_json)

    def fail(self, error: SaphanError) -> int:
        """Says an error in the chosen language; gives its exit code."""
        from metadata import wording

        told = wording.error(error, self.lang)
        self.result({"error": told})
        where = wording.place(error.at, self.lang)
        click.secho(f"{self.phrase('error')}: ", fg="red", err=True, nl=False)
        click.echo(f"{where}: {told['message']}" if where else told["message"], err=True)
        if told["remedy"]:
            click.echo(f"  {self.phrase('todo')}: {told['remedy']}", err=True)
        return error.exit

    def gauge(self) -> Callable[[Progress], None] | None:
        """What shows on a terminal how far a file has been read."""
        if self.quiet or not sys.stderr.isatty():
            return None
        last: list[str] = []

        def show(progress: Progress) -> None:
            percent = 100 * progress.bytes // progress.of if progress.of else 100
            line = self.phrase("judging", what=progress.resource, percent=percent)
            if last != [line]:
                last[:] = [line]
                click.secho(f"\r\x1b[K  {line}" if percent < 100 else "\r\x1b[K", err=True, dim=True, nl=False)

        return show

    def agree(self, question: str, yes: bool) -> bool:
        """Whether a person says yes on a terminal, or `--yes` was given."""
        return yes or click.confirm(question, err=True)


def printable(document: Mapping[str, Any]) -> bytes:
    """A document as JSON that people can read."""
    import orjson

    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # A whole number of more than 64 bits; or a lone surrogate (a file name that is no UTF-8), which becomes
        # JSON's own escape of it.
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        return text.encode(errors="backslashreplace")


def language(given: str | None) -> Literal["th", "en"]:
    """`--lang`, else SAPHAN_LANG, else the locale."""
    names = (given, *(os.environ.get(name) for name in ("SAPHAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG")))
    return "th" if next((name for name in names if name), "en").lower().startswith("th") else "en"


def common(function: Callable[..., int]) -> Callable[..., None]:
    """The options every command takes; what it raises becomes one clear message and an exit code."""

    @click.option("--workspace", envvar="SAPHAN_WORKSPACE", metavar="DIR", help="The workspace folder.")
    @click.option("--lang", type=click.Choice(["th", "en"]), help="Language of messages.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
    @click.option("--quiet", is_flag=True, help="No progress.")
    @functools.wraps(function)
    def run(*, workspace: str | None, lang: str | None, as_json: bool, quiet: bool, **options: Any) -> None:
        from metadata.errors import Interrupted, SaphanError, StoreError

        desk = Desk(folder=workspace, lang=language(lang), as_json=as_json, quiet=quiet)
        try:
            code = function(desk, **options)
        except SaphanError as error:
            code = desk.fail(error)
        except KeyboardInterrupt:
            code = desk.fail(Interrupted("interrupted"))
        except click.ClickException:
            raise
        except BrokenPipeError:
            # whoever read our output has had enough (`saphan rules | head`)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except Exception as error:
            # Whatever it is, a steward gets a sentence; the text of an unforeseen error could quote a cell.
            if os.environ.get("SAPHAN_DEBUG"):
                raise
            code = desk.fail(StoreError("unforeseen", error=type(error).__name__))
        raise SystemExit(code)

    return run


def folders(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Datasets' names, each once, also where the shell completed a folder's: `welfare-funds/`."""
    return tuple(dict.fromkeys(name.rstrip("/\\") for name in names))


def codec(_context: click.Context, _parameter: click.Parameter, name: str | None) -> str | None:
    """An encoding that Python knows."""
    import codecs

    try:
        return name and (codecs.lookup(name) and name)
    except LookupError:
        raise click.BadParameter(f"{name!r} is no encoding") from None


def delimiter(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """One character; `\\t` is a tab."""
    text = "\t" if text == "\\t" else text
    if text is not None and (len(text) != 1 or text in '\r\n"'):
        raise click.BadParameter("one character is expected")
    return text


NAMES = click.argument("names", nargs=-1, metavar="[NAME]...", callback=folders)
SOME_NAMES = click.argument("names", nargs=-1, metavar="NAME...", required=True, callback=folders)
TARGET = click.option("--target", default="local", show_default=True, help="A target of workspace.yaml, or a URL.")
OVERWRITE = click.option("--overwrite", is_flag=True, help="Also replace what others changed on the portal.")
ENGINE = click.option(
    "--engine", envvar="SAPHAN_ENGINE", metavar="[local|dask|dask=URL]", help="Where the work is done."
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")


def BY(function: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - options, as the ones above
    """Who decides, in which role, on which paper."""
    roles = click.Choice(["owner", "dpo", "steward", "committee"])
    for option in (
        click.option("--expires", default="", help="The day after which it no longer holds (YYYY-MM-DD)."),
        click.option("--reason", default="", help="The reason; a waiver needs one."),
        click.option("--letter", default="", help="Number and date of the memo or resolution."),
        click.option("--position", default="", help="The person's position."),
        click.option("--role", type=roles, default="owner", show_default=True, help="In which role."),
        click.option("--as", "by", required=True, metavar="NAME", help="Who decides."),
    ):
        function = option(function)
    return function


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="saphan", message="%(version)s")
def cli() -> None:
    """saphan (สะพาน): from internal data to open data that people trust."""


@cli.command()
@NAMES
@ENGINE
@common
def build(desk: Desk, names: tuple[str, ...], engine: str | None) -> int:
    """Make the releases: read, clean, package, validate, govern. Changes nothing but release/."""
    from pipelines import run

    workspace = desk.workspace
    with workspace.lock(), opened_journal(workspace) as journal:
        outcomes, code = built(desk, workspace, names, journal, engine)
    desk.result(run.document(outcomes, desk.lang))
    return code


@cli.command()
@NAMES
@TARGET
@OVERWRITE
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for push --plan.")
@common
def plan(desk: Desk, names: tuple[str, ...], target: str, overwrite: bool, save: Path | None) -> int:
    """Show what publishing would change, field by field. Sends no writing request."""
    from catalog import survey

    workspace = desk.workspace
    with opened_journal(workspace) as journal, surveyor(workspace, target, journal, overwrite) as looking:
        made, code = planned(desk, workspace, names, looking, {})
    if save:
        survey.save(made, save)
        desk.say(desk.phrase("saved", file=save))
    desk.result(survey.document(made, desk.lang))
    return max(code, 1 if made.changes or made.refused else 0)


@cli.command()
@NAMES
@TARGET
@OVERWRITE
@click.option("--plan", "saved", type=click.Path(dir_okay=False, path_type=Path), help="Apply a saved plan.")
@YES
@common
def push(desk: Desk, names: tuple[str, ...], target: str, overwrite: bool, saved: Path | None, yes: bool) -> int:
    """Apply the plan: send what differs, and nothing else."""
    from catalog.survey import Saved

    kept = Saved.open(saved) if saved else None
    if kept:
        target, names = kept.target, tuple(kept.basis)
    workspace = desk.workspace
    asked_for(yes)
    with (
        workspace.lock(),
        opened_journal(workspace) as journal,
        surveyor(workspace, target, journal, overwrite) as looking,
    ):
        made, code = planned(desk, workspace, names, looking, {})
        if kept:
            kept.check(made)
        return max(code, pushed(desk, looking, made, yes, {}))


@cli.command()
@NAMES
@TARGET
@OVERWRITE
@ENGINE
@YES
@common
def publish(
    desk: Desk, names: tuple[str, ...], target: str, overwrite: bool, engine: str | None, yes: bool
) -> int:
    """Build and push: the main job."""
    from metadata.release import Report
    from pipelines import run

    workspace = desk.workspace
    asked_for(yes)
    with workspace.lock(), opened_journal(workspace) as journal:
        outcomes, code = built(desk, workspace, names, journal, engine)
        failed = {o.dataset: (o.error.as_finding(),) for o in outcomes if isinstance(o, run.Failure)}
        with surveyor(workspace, target, journal, overwrite) as looking:
            passed = {o.dataset: isinstance(o, Report) and o.passed for o in outcomes}
            going = tuple(name for name in passed if name not in failed)
            made, refused = planned(desk, workspace, going, looking, failed, passed)
            documents = run.document(outcomes, desk.lang)
            return max(code, refused, pushed(desk, looking, made, yes, documents))


@cli.command()
@SOME_NAMES
@BY
@common
def approve(desk: Desk, names: tuple[str, ...], **who: str) -> int:
    """Record that releases, as built, may be published. A record only, for now."""
    from catalog import decisions

    return decided(desk, names, who, decisions.approve)


@cli.command()
@SOME_NAMES
@click.option("--rule", required=True, help="The rule whose findings are accepted.")
@BY
@common
def waive(desk: Desk, names: tuple[str, ...], rule: str, **who: str) -> int:
    """Record that what one rule found is accepted, and why. A record only, for now."""
    from catalog import decisions

    if not who["reason"]:
        raise click.UsageError("--reason is needed for a waiver")
    return decided(desk, names, who, lambda dataset, report, by: decisions.waive(dataset, report, rule, by))


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
@common
def serve(desk: Desk, host: str, port: int) -> int:
    """Serve the catalog: its pages, downloads and the CKAN Action API."""
    from catalog.login.gate import gate
    from catalog.web import app, serve

    workspace = desk.workspace
    with local_portal(workspace) as portal:
        made = app(portal, gate=gate(workspace.accounts, workspace.state))
        desk.say(desk.phrase("serving", url=f"http://{host}:{port}"))
        serve(made, host, port)
    return 0


@cli.command()
@click.argument("url")
@click.option("--type", "kind", type=click.Choice(["ckan", "dcat", "datapackage"]), help="What it is.")
@click.option("--organization", metavar="NAME", help="Whose the datasets are here; else one named after the host.")
@click.option("--full", is_flag=True, help="Read everything, not only what changed since the last time.")
@click.option("--remove-many", is_flag=True, help="Remove also when more than a fifth is gone at the source.")
@click.option("--delay", default=1.0, show_default=True, type=click.FloatRange(0, 60), help="Seconds to pause.")
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    envvar="SAPHAN_ALLOW_HOSTS",
    metavar="HOST",
    help="A host that may be read though it is in a private network.",
)
@common
def harvest(desk: Desk, url: str, delay: float, allowed: tuple[str, ...], **asked: Any) -> int:
    """Read another catalogue's public datasets into ours: a CKAN, DCAT, or Data Packages."""
    from catalog.harvest.client import Client
    from catalog.harvest.run import Wish, relaxed

    workspace = desk.workspace
    with (
        workspace.lock(),
        opened_journal(workspace) as journal,
        local_portal(workspace, relaxed) as portal,
        Client(delay=delay, allowed=allowed) as client,
    ):
        return harvested(desk, portal, journal, client, Wish(url=url, **asked))


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@common
def backup(desk: Desk, file: Path) -> int:
    """Write the catalog, its files and its journal into one file, while others go on writing."""
    from catalog.store import backup as backups

    with local_portal(desk.workspace) as portal:
        return told_of(desk, backups.backup(portal, file), "summary-backup")


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@YES
@common
def restore(desk: Desk, file: Path, yes: bool) -> int:
    """Put the catalog, its files and its journal back as a backup holds them."""
    from catalog.store import backup as backups

    asked_for(yes)
    if not desk.agree(desk.phrase("ask-restore", file=file), yes):
        desk.say(desk.phrase("not-restored"))
        return 1
    with desk.workspace.lock(), local_portal(desk.workspace) as portal:
        return told_of(desk, backups.restore(portal, file), "summary-restore")


@cli.command()
@click.option("--target", default="local", show_default=True, help="A target of workspace.yaml, or a CKAN's URL.")
@common
def mcp(desk: Desk, target: str) -> int:
    """Let programs that read on their own search, describe, query and cite (MCP on standard input and output)."""
    from catalog.mcp.tools import server

    with public_portal(desk.workspace, target) as (portal, address):
        server(portal, address).serve(sys.stdin.buffer, sys.stdout.buffer)
    return 0


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--schema", type=click.Path(path_type=Path), help="A Table Schema, JSON or YAML.  [default: inferred]"
)
@click.option("--encoding", callback=codec, help="Of FILE, such as utf-8 or cp874.  [default: detected]")
@click.option("--delimiter", callback=delimiter, help="Between cells, one character or \\t.  [default: detected]")
@click.option("--format", help="csv, tsv, json …, where the name of FILE does not end with it.")
@click.option("--limit-errors", default=1000, show_default=True, type=click.IntRange(0), help="0: all of them.")
@common
def validate(desk: Desk, files: tuple[str, ...], schema: Path | None, **how: Any) -> int:
    """Judge files as frictionless does, fast. Needs no workspace.

    A FILE is a table, a folder, or a datapackage.json.
    """
    from pipelines import engine, parallel, verdict

    if len(files) == 1:
        engine.begin(Path(files[0]))
    verdict.prepare()
    terms = verdict.read_schema(schema) if schema else None
    asked = verdict.Asked(**how, schema=terms, report=desk.as_json, findings=not (desk.as_json or desk.quiet))
    found = []
    for one in parallel.verdicts(files, asked, desk.gauge()):
        found.append(one)
        judged(desk, one)
    desk.result(verdict.document_of(found) if desk.as_json else {})
    return max(one.exit for one in found)


@cli.group()
def user() -> None:
    """Accounts of our own catalog."""


@user.command("add")
@click.argument("name")
@click.option("--email", required=True, help="The person's address.")
@click.option("--fullname", help="The person's name.")
@click.option("--sysadmin", is_flag=True, help="May do everything.")
@common
def user_add(desk: Desk, name: str, **given: Any) -> int:
    """Make an account. Its password is asked for, or read from standard input."""
    return told(desk, "user_create", {"name": name, "password": password(desk), **given}, "user-added")


@user.command("list")
@common
def user_list(desk: Desk) -> int:
    """The accounts, and when each was last here."""
    return told(desk, "user_list", {"all_fields": True}, "user-line")


@user.command("password")
@click.argument("name")
@common
def user_password(desk: Desk, name: str) -> int:
    """Give an account another password; its sessions end."""
    return told(desk, "user_patch", {"id": name, "password": password(desk)}, "user-password")


@user.command("role")
@click.argument("name")
@click.argument("organization")
@click.argument("role", type=click.Choice(["admin", "editor", "member", "none"]))
@common
def user_role(desk: Desk, name: str, organization: str, role: str) -> int:
    """Give an account a role in an organization, or take it."""
    action = "organization_member_delete" if role == "none" else "organization_member_create"
    data = {"id": organization, "username": name, **({} if role == "none" else {"role": role})}
    return told(desk, action, data, "user-role", name=name, organization=organization, role=role)


@user.command("remove")
@click.argument("name")
@common
def user_remove(desk: Desk, name: str) -> int:
    """Close an account and end its tokens. What it did stays on record."""
    return told(desk, "user_delete", {"id": name}, "user-removed", name=name)


@user.command("log")
@click.option("--name", "user", help="Only what this account did.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1000), help="Lines, the newest.")
@common
def user_log(desk: Desk, **asked: Any) -> int:
    """Who did what in our own catalog, the newest first."""
    return told(desk, "audit_log_list", asked, "user-log")


@cli.group()
def token() -> None:
    """API tokens of our own catalog, for programs."""


@token.command("create")
@click.argument("name")
@click.argument("purpose")
@click.option("--days", "expires_in", default=365, show_default=True, type=click.IntRange(0), help="0: for ever.")
@click.option("--scope", default="write", show_default=True, type=click.Choice(["read", "write"]))
@common
def token_create(desk: Desk, name: str, purpose: str, **given: Any) -> int:
    """Make a token of account NAME. It is shown this once."""
    return told(desk, "api_token_create", {"user": name, "name": purpose, **given}, "token-made")


@token.command("list")
@click.argument("name")
@common
def token_list(desk: Desk, name: str) -> int:
    """An account's tokens, without the tokens themselves."""
    return told(desk, "api_token_list", {"user_id": name}, "token-line")


@token.command("revoke")
@click.argument("jti", metavar="ID")
@common
def token_revoke(desk: Desk, jti: str) -> int:
    """End a token, by the ID that `list` shows."""
    return told(desk, "api_token_revoke", {"jti": jti}, "token-revoked", id=jti)


def password(desk: Desk) -> str:
    """A password: asked for twice on a terminal, else the first line of standard input. Never an option."""
    if sys.stdin.isatty():
        return str(click.prompt(desk.phrase("ask-password"), hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def told(desk: Desk, action: str, data: Mapping[str, Any], phrase: str, **facts: Any) -> int:
    """One action of our own catalog, and a line of what it answered, or of each thing in its list."""
    with local_portal(desk.workspace) as portal:
        answer = portal.call_action(action, {key: value for key, value in data.items() if value is not None})
    desk.result({"result": answer})
    for one in answer if isinstance(answer, list) else [answer or {}]:
        shown = {key: "–" if value is None else value for key, value in {**one, **facts}.items()}
        desk.say(desk.phrase(phrase, **shown))
    return 0


@cli.command()
@common
def steps(desk: Desk) -> int:
    """The dictionary of cleaning steps, with their parameters."""
    from pipelines.steps.register import describe

    helps = describe()
    desk.result({"steps": [asdict(step) for step in helps]})
    for step in () if desk.as_json else helps:
        desk.say(step.name, bold=True)
        desk.say(f"  {step.help}\n  {step.example}")
    return 0


@cli.command()
@common
def rules(desk: Desk) -> int:
    """The dictionary of rules: what is checked, what it says, and the clause behind it."""
    from metadata import wording

    told = wording.dictionary(desk.lang)
    desk.result({"rules": told})
    for rule in () if desk.as_json else told:
        desk.say(rule["rule"], bold=True)
        desk.say(f"  {rule['message']}\n  {desk.phrase('todo')}: {rule['remedy']}")
    return 0


@cli.command()
@common
def standards(desk: Desk) -> int:
    """The editions of the metadata standard that come with saphan."""
    from metadata.standard import Standard, editions

    known = [Standard.load(name) for name in editions()]
    desk.result({"standards": [{"edition": one.name, "title": one.title} for one in known]})
    for one in () if desk.as_json else known:
        desk.say(f"{one.name}: {one.title[desk.lang]}")
    return 0


# ---------------------------------------------------------------- where the halves meet


@contextmanager
def opened_journal(workspace: Workspace) -> Iterator[Journal]:
    """The journal beside the workspace's catalog."""
    from catalog.journal import Journal
    from catalog.store.database import open_database
    from metadata.workspace import user

    engine = open_database(workspace.database_url)
    try:
        yield Journal(engine, actor=user())
    finally:
        engine.dispose()


@contextmanager
def local_portal(
    workspace: Workspace, reshape: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
) -> Iterator[LocalPortal]:
    """Our own catalog, in process, under the workspace's standard or what `reshape` makes of its schema."""
    from catalog.portal.local import LocalPortal
    from metadata.standard import Standard

    standard = Standard.load(workspace.standard, workspace.folder)
    with LocalPortal(
        database_url=workspace.database_url,
        files=workspace.state / "files",
        schema=reshape(standard.schema),
        site_url=os.environ.get("SAPHAN_SITE_URL") or os.environ.get("CKAN_SITE_URL"),
        site_title=workspace.agency.title,
        site_title_en=workspace.agency.title_en,
    ) as portal:
        yield portal


@contextmanager
def surveyor(workspace: Workspace, name: str, journal: Journal, overwrite: bool) -> Iterator[Surveyor]:
    """What looks at a target for this workspace."""
    from catalog.survey import Surveyor
    from metadata.standard import Standard

    target = workspace.target(name)
    with portal_of(workspace, target) as portal:
        yield Surveyor(
            portal=portal,
            target=target,
            agency=workspace.agency,
            standard=Standard.load(workspace.standard, workspace.folder),
            journal=journal,
            overwrite=overwrite,
        )


@contextmanager
def portal_of(workspace: Workspace, target: Target) -> Iterator[Portal]:
    """A target's portal: our own catalog, or a CKAN by URL. Raises SetupError `key-missing`."""
    from metadata.errors import SetupError
    from metadata.workspace import KEY_VARIABLES

    if target.url is None:
        with local_portal(workspace) as portal:
            yield portal
        return
    from catalog.portal.remote import RemotePortal

    key = target.key()
    if not key:
        raise SetupError("key-missing", target=target.name, variable=target.key_variable or KEY_VARIABLES[0])
    with RemotePortal(target.url, key=key, timeout=target.timeout) as portal:
        yield portal


@contextmanager
def public_portal(workspace: Workspace, name: str) -> Iterator[tuple[Portal, str]]:
    """A target's portal as everybody sees it, and the address of its home page."""
    target = workspace.target(name)
    if target.url is not None:
        from catalog.portal.remote import RemotePortal

        with RemotePortal(target.url, timeout=target.timeout) as remote:
            yield remote, remote.url
        return
    from catalog.actions.context import ANYONE

    with local_portal(workspace) as portal:
        portal.actor = ANYONE
        yield portal, portal.site.url


def built(
    desk: Desk, workspace: Workspace, names: tuple[str, ...], journal: Journal, engine: str | None
) -> tuple[Any, int]:
    """Builds, tells what was found, and gives the outcomes and the exit code."""
    from catalog.journal import new_run
    from metadata.release import Report
    from pipelines import cluster, run

    with cluster.opened(engine or workspace.engine) as bench:
        outcomes = desk.watch(journal.record(run.build(workspace, names, bench), run=new_run()))
    failures = [outcome for outcome in outcomes if isinstance(outcome, run.Failure)]
    if len(outcomes) == 1 and failures:
        raise failures[0].error
    for outcome in outcomes:
        passed = isinstance(outcome, Report) and outcome.passed
        word = "built" if passed else "stopped"
        desk.say(desk.phrase(word, name=outcome.dataset), fg="green" if passed else "red")
        found = (outcome.error.as_finding(),) if isinstance(outcome, run.Failure) else outcome.findings
        if not desk.quiet:
            desk.findings(found)
            if isinstance(outcome, Report) and passed:
                approval(desk, workspace, outcome)
    good = sum(isinstance(outcome, Report) and outcome.passed for outcome in outcomes)
    desk.say(desk.phrase("summary-build", passed=good, failed=len(outcomes) - good))
    return outcomes, max([failure.error.exit for failure in failures] + [int(good < len(outcomes))])


def judged(desk: Desk, found: Verdict) -> None:
    """Tells what was found in one file, and which way it was judged."""
    from metadata.wording import word

    for table in found.tables:
        kind = "judged-valid" if table.valid else "judged-invalid"
        facts = {"place": table.place, "rows": table.rows, "columns": table.columns}
        errors = sum(one.severity == "error" for one in table.findings)
        whole = table.tabular and table.columns
        text = desk.phrase(kind if whole else f"{kind}-file", errors=errors, **facts)
        desk.say(text, fg="green" if table.valid else "red")
        if not desk.quiet:
            desk.findings(table.findings, MOST)
    if not (desk.quiet or desk.as_json):
        desk.findings((*found.findings, *((found.failed,) if found.failed else ())), MOST)
    for way in () if desk.quiet else (way for way in found.ways if way.rows):
        because = word(f"because-{way.because or 'small'}", desk.lang).removeprefix("because-")
        what = found.file if len(found.ways) == 1 else way.resource
        facts = {"what": what, "rows": way.rows, "judged": way.judged, "because": because}
        click.secho("  " + desk.phrase("way-sifted" if way.sifted else "way-whole", **facts), err=True, dim=True)


def approval(desk: Desk, workspace: Workspace, report: Report) -> None:
    """Tells who approved this very release, if anybody has."""
    from metadata.clock import day
    from metadata.wording import word

    for line in workspace.dataset(report.dataset).decisions:
        if (line.kind, line.release) == ("approval", report.release):
            facts = {"by": line.by, "role": word(line.role, desk.lang), "at": day(line.at, desk.lang)}
            desk.say("  " + desk.phrase("approved", **facts))
            return
    if workspace.approvals == "required":
        desk.say("  " + desk.phrase("not-approved", name=report.dataset))


def planned(
    desk: Desk,
    workspace: Workspace,
    names: tuple[str, ...],
    looking: Surveyor,
    refused: Mapping[str, tuple[Finding, ...]],
    built: Mapping[str, bool] | None = None,
) -> tuple[Plan, int]:
    """The plan, shown; and the exit code of what could not be planned.

    `built`: after a build, which of the workspace's datasets passed; the others' findings have been told.
    """
    from catalog.survey import offered

    names = names if names or built is not None else workspace.names()
    offers, failed = offered(workspace, names)
    if failed and len(failed) == len(names):
        raise next(iter(failed.values()))
    stopped = {name: (error.as_finding(),) for name, error in failed.items()}
    made = looking.plan(offers, {**refused, **stopped})
    show(desk, made, {name for name, passed in (built or {}).items() if not passed})
    return made, max((error.exit for error in failed.values()), default=0)


def decided(desk: Desk, names: tuple[str, ...], who: Mapping[str, str], decide: Callable[..., Any]) -> int:
    """Records one decision for each release that is up to date, and tells it."""
    from catalog.journal import new_run
    from catalog.survey import offered
    from metadata.wording import word

    workspace = desk.workspace
    told = []
    with workspace.lock(), opened_journal(workspace) as journal:
        offers, failed = offered(workspace, names)
        for error in failed.values():
            raise error
        for offer in offers:
            story = decide(offer.dataset, offer.report, who)
            made = desk.watch(journal.record(story, run=new_run()))
            told.append({"dataset": offer.dataset.name, "kind": made.kind, "by": made.by, "role": made.role})
            told[-1] |= {"release": made.release, "at": made.at}
            words = {key: word(told[-1][key], desk.lang) for key in ("kind", "role")}
            desk.say(desk.phrase("decided", **{**told[-1], **words, "name": offer.dataset.name}))
    desk.result({"decisions": told})
    return 0


def show(desk: Desk, made: Plan, told: Collection[str]) -> None:
    """A plan for people; not again what was found in the datasets just `told` of."""
    desk.say(desk.phrase("plan-title", target=made.target.name), bold=True)
    for change in made.changes:
        what = "/".join(part for part in (change.dataset, change.resource) if part)
        desk.say("  " + desk.phrase("change", action=change.action, what=what).rstrip(), fg="cyan")
        limit = NEW if change.action.endswith("_create") else SHOWN
        for field in change.fields[:limit]:
            kind = "field-drift" if field.drift else "field-new" if field.before is None else "field-changed"
            before, after = apart(field.before, field.after)
            facts = {"before": brief(before), "after": brief(after)}
            desk.say("  " + desk.phrase(kind, field=field.field, **facts))
        if len(change.fields) > limit:
            desk.say("  " + desk.phrase("more", count=len(change.fields) - limit))
    for name, findings in made.refused.items():
        desk.say("  " + desk.phrase("stopped", name=name), fg="red")
        if not desk.quiet and name not in told:
            desk.findings(findings)
    for course in made.courses:
        if course.findings and not desk.quiet:
            desk.findings(course.findings)
    if not made.changes:
        desk.say("  " + desk.phrase("nothing"))
    counts = {"changes": len(made.changes), "unchanged": made.unchanged, "refused": len(made.refused)}
    desk.say(desk.phrase("summary-plan", **counts))


def apart(before: Any, after: Any) -> tuple[Any, Any]:
    """Of two lists of columns, the columns that are not in both: all else is of no interest."""
    if not all(isinstance(value, list) and value and isinstance(value[0], dict) for value in (before, after)):
        return before, after
    gone, new = [one for one in before if one not in after], [one for one in after if one not in before]
    return (gone, new) if gone or new else (before, after)


def brief(value: Any) -> str:
    """A value in one line of a terminal."""
    text = " ".join(words(value).split())
    return text if len(text) <= 60 else text[:57] + "…"


def words(value: Any) -> str:
    """A value of the wire as people read it: no brackets, quotes or names of a programming language."""
    if isinstance(value, list):
        return ", ".join(map(words, value)) or "–"
    if isinstance(value, dict):
        return " ".join(map(words, value.values()))
    return "–" if value is None or value == "" else str(value).lower() if isinstance(value, bool) else str(value)


def told_of(desk: Desk, made: Summary, phrase: str) -> int:
    """Tells what a backup holds."""
    desk.result(made.as_json())
    desk.say(desk.phrase(phrase, **made.as_json()))
    return 0


def asked_for(yes: bool) -> None:
    """Raises SetupError `confirm-needed` where nobody can be asked and `--yes` was not given."""
    from metadata.errors import SetupError

    if not yes and not sys.stdin.isatty():
        raise SetupError("confirm-needed")


def pushed(desk: Desk, looking: Surveyor, made: Plan, yes: bool, more: Mapping[str, Any]) -> int:
    """Pushes a plan once somebody agrees; gives the exit code."""
    from catalog import push
    from catalog.journal import new_run

    run = None
    done = push.Pushed(refused=made.refused)
    if made.sends and not desk.agree(desk.phrase("ask-push", target=made.target.name), yes):
        desk.say(desk.phrase("not-pushed"))
        desk.result({**push.document(made, done, None, desk.lang), **more})
        return 1
    if made.sends or push.learns(made):
        run = new_run()
        done = desk.watch(looking.journal.record(push.push(looking, made), run=run))
        late = {name: found for name, found in done.refused.items() if name not in made.refused}
        for name, findings in late.items():
            desk.say(desk.phrase("stopped", name=name), fg="red")
            desk.findings(findings)
    desk.result({**push.document(made, done, run, desk.lang), **more})
    counts = {"writes": len(done.receipts), "unchanged": made.unchanged, "refused": len(done.refused)}
    desk.say(desk.phrase("summary-push", **counts))
    return max(int(bool(done.refused)), done.exit)


def harvested(desk: Desk, portal: LocalPortal, journal: Journal, client: Client, wish: Wish) -> int:
    """Harvests, tells what was done, and gives the exit code."""
    from catalog.harvest import run as harvesting
    from catalog.journal import new_run

    run = new_run()
    done = desk.watch(journal.record(harvesting.harvest(portal, client, wish), run=run))
    for name, found in done.refused.items():
        if name:
            desk.say(desk.phrase("stopped", name=name), fg="red")
        if not desk.quiet:
            desk.findings(found)
    desk.result(harvesting.document(done, run, desk.lang))
    counts = {name: len(getattr(done, name)) for name in ("created", "updated", "removed")}
    refused = sum(bool(name) for name in done.refused)
    desk.say(desk.phrase("summary-harvest", **counts, unchanged=done.unchanged, refused=refused))
    return int(refused > 0)


def main() -> None:
    """The `saphan` command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        if "--json" in sys.argv:
            facts = {"kind": "usage", "exit": error.exit_code, "at": {}, "values": {}, "remedy": ""}
            document = {"error": {**facts, "message": error.format_message()}}
            sys.stdout.buffer.write((json.dumps(document, ensure_ascii=False) + "\n").encode())
        raise SystemExit(error.exit_code) from error
    except (click.Abort, KeyboardInterrupt) as error:
        raise SystemExit(130) from error


if __name__ == "__main__":
    main()
