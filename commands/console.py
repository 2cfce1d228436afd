"""What every command is given and says: the workspace, the language, JSON or text, and how an error ends it."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

if TYPE_CHECKING:
    from metadata.errors import SaphanError
    from metadata.event import Event, Story
    from metadata.finding import Finding
    from metadata.state import Lock
    from metadata.workspace import Workspace
    from pipelines.engine import Progress

Result = TypeVar("Result")
SHOWN, ALIKE = 8, 2
"""What a terminal shows at most: findings of one dataset; findings of one rule in one column. `--json` has all."""


@contextmanager
def written() -> Iterator[None]:
    """Raises StoreError `output-unwritable` where standard output cannot be written; BrokenPipeError as it is."""
    from metadata.errors import StoreError

    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        # what could not be written would be tried again as the process ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise StoreError("output-unwritable", reason=error.strerror or "") from error


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

    @written()
    def say(self, text: str, **style: Any) -> None:
        """A line for people: on standard output, or beside the JSON on standard error."""
        if not self.quiet:
            click.secho(text, err=self.as_json, **style)

    @written()
    def result(self, document: Mapping[str, Any]) -> None:
        """The one JSON document, as UTF-8 bytes whatever the console's code page."""
        if self.as_json:
            sys.stdout.buffer.write(printable(document))

    @written()
    def stream(self, parts: Iterable[bytes]) -> None:
        """The one JSON document in parts, made as they are written."""
        for part in parts if self.as_json else ():
            sys.stdout.buffer.write(part)

    @written()
    def flush(self) -> None:
        """Has all that was said so far go out."""
        sys.stdout.flush()

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
        if event.kind == "read" and "datasets" in body:
            line = self.phrase("audit-reading", **body)
        elif event.kind == "read":
            line = self.phrase("reading", **body)
        elif event.kind == "cleaned":
            line = self.phrase("cleaned", **{**body, "changes": sum(body["changes"].values())})
        elif event.kind == "intent":
            what = "/".join(part for part in (event.dataset, body.get("resource")) if part)
            line = self.phrase("sending", action=body["action"], what=what).rstrip()
        if line and not self.quiet:
            click.secho(f"  {line}", err=True, dim=True)

    @written()
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
        told_of = [finding(item, self.lang) for item in shown]
        following = [*told_of[1:], {"remedy": None}][: len(shown)]
        for item, told, after in zip(shown, told_of, following, strict=True):
            click.secho(f"  {self.phrase(item.severity)} ", fg=colours[item.severity], err=self.as_json, nl=False)
            where = place(item.at, self.lang)
            click.echo(f"{where}: {told['message']}" if where else told["message"], err=self.as_json)
            if told["remedy"] and told["remedy"] != after["remedy"]:  # of several alike it is said once
                click.secho(f"    {self.phrase('todo')}: {told['remedy']}", err=self.as_json)
        if len(found) > len(shown):
            click.echo(self.phrase("more-findings", count=len(found) - len(shown)), err=self.as_json)

    def fail(self, error: SaphanError) -> int:
        """Says an error in the chosen language; gives its exit code."""
        from metadata import wording
        from metadata.errors import StoreError

        told = wording.error(error, self.lang)
        with suppress(StoreError, BrokenPipeError):
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

    def agree(self, question: str, yes: bool, lock: Lock | None = None) -> bool:
        """Whether a person says yes on a terminal, or `--yes` was given.

        That may take a day: `lock` is free meanwhile, and taken again after a yes. Who asks so looks again at what
        was agreed to, as others may have worked (`unchanged`).
        """
        if yes:
            return True
        if lock:
            lock.free()
        agreed = click.confirm(question, err=True)
        if agreed and lock:
            lock.take(self.waits)
        return agreed

    def waits(self, held: SaphanError) -> None:
        """Says whom the command waits for."""
        from metadata.wording import error

        told = error(held, self.lang)["message"]
        click.secho(f"{told} {self.phrase('waiting', **held.values)}", fg="yellow", err=True)


class Ended(SystemExit):
    """The end of a command that leaves nothing to tidy up: the process need not take apart what it loaded."""


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
            desk.flush()
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


def asked_for(yes: bool) -> None:
    """Raises SetupError `confirm-needed` where nobody can be asked and `--yes` was not given."""
    from metadata.errors import SetupError

    if not yes and not sys.stdin.isatty():
        raise SetupError("confirm-needed")


def unchanged(moved: Iterable[str]) -> None:
    """Raises SetupError `changed-meanwhile` where something is not as it was when a person was asked about it."""
    from metadata.errors import SetupError

    if names := sorted(set(moved)):
        raise SetupError("changed-meanwhile", names=names)
