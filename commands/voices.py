"""What the public said, at the steward's desk: what waits, one voice, and what is decided about it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, common
from commands.opened import local_portal

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal
    from catalog.public.handling import Decision
    from catalog.store.voices import Voice
    from metadata.workspace import Workspace

STATES = ("consider", "opened", "refusal")
"""Options that say what becomes of a voice: one of them at a time."""
LISTINGS = ("listed", "list_as", "unlisted")
SHORT = ("number", "kind", "state", "at", "due", "closed", "dataset", "refusal", "wanted", "mail", "mail_tries")
"""What a list tells of a voice: nothing that somebody wrote."""
WHOLE = ("page", "topic", "words", "purpose", "answer", "listed")


@click.command()
@click.argument("number", required=False)
@click.option("--all", "everything", is_flag=True, help="Also what was answered.")
@click.option("--consider", is_flag=True, help="Take it up, or take it up again.")
@click.option("--opened", metavar="DATASET", help="The data that were asked for are open: the dataset's name.")
@click.option("--refuse", "refusal", metavar="KIND", help="Do not open what was asked for; needs --reason.")
@click.option("--reason", metavar="TEXT", help="With --refuse: why, so that who asked understands it.")
@click.option("--answer", metavar="TEXT", help="Answer a report; with --opened, a word to who asked.")
@click.option("--list", "listed", is_flag=True, help="Show a request in the public list as it was written.")
@click.option("--list-as", metavar="TEXT", help="Show it in the public list in these words.")
@click.option("--unlist", "unlisted", is_flag=True, help="Show its words in the public list no more.")
@common
def inbox(desk: Desk, number: str | None, everything: bool, **chosen: Any) -> int:
    """What the public said: reports and requests for data; show one, answer it."""
    given = [name for name, value in chosen.items() if value]
    if len([one for one in given if one in STATES]) > 1 or len([one for one in given if one in LISTINGS]) > 1:
        raise click.UsageError("Say one thing at a time.")
    if given and not number:
        raise click.UsageError("A NUMBER is needed.")
    with local_portal(desk.workspace) as portal:
        if number is None:
            return listed(desk, portal, everything=everything)
        told = decided(desk.workspace, portal, number, chosen) if given else None
        return shown(desk, portal, number, told)


def listed(desk: Desk, portal: LocalPortal, *, everything: bool) -> int:
    """What waits, in the order in which it needs a person."""
    from catalog.store import voices
    from catalog.store.database import reading

    with reading(portal.engine) as connection:
        found, waiting = voices.inbox(connection, everything=everything), voices.waiting(connection)
    desk.result({"waiting": waiting, "voices": [short(one) for one in found]})
    if not found:
        desk.say(desk.phrase("inbox-none"))
    for one in found:
        desk.say(line(desk, one), fg="red" if one.kind == "personal" and one.is_open else None)
    return 0


def shown(desk: Desk, portal: LocalPortal, number: str, told: bool | None) -> int:
    """One voice. `told`: whether who said it was mailed the answer; None: nothing was to be mailed."""
    from catalog.public import handling
    from catalog.web.words import Speech

    voice, contact = handling.opened(portal.engine, number)
    whole = {name: getattr(voice, name) for name in WHOLE}
    desk.result({"voice": {**short(voice), **whole, "contact": contact}, "told": told})
    desk.say(line(desk, voice), bold=True)
    desk.say("  " + desk.phrase("inbox-page", page=voice.page))
    if voice.topic:
        desk.say("  " + desk.phrase("inbox-topic", topic=Speech(desk.lang)(f"topic-{voice.topic}")))
    for name in ("words", "purpose", "answer", "listed"):
        if getattr(voice, name):
            desk.say("  " + desk.phrase(f"inbox-{name}", words=getattr(voice, name).replace("\n", "\n    ")))
    if contact:
        desk.say("  " + desk.phrase("inbox-contact", contact=contact))
    if voice.wanted:
        desk.say("  " + desk.phrase("inbox-wanted", count=voice.wanted))
    if told is not None:
        desk.say(desk.phrase("inbox-told" if told else "inbox-untold"), fg="green" if told else "yellow")
    return 0


def decided(workspace: Workspace, portal: LocalPortal, number: str, chosen: dict[str, Any]) -> bool | None:
    """Writes a decision down, and tells who asked: whether that worked; None where there is no address."""
    from catalog.actions.context import Actor
    from catalog.public import handling
    from catalog.public.mail import VARIABLE, Mail
    from catalog.public.terms import Terms
    from metadata.workspace import user

    site, smtp = portal.fixed_url or "", os.environ.get(VARIABLE, "")
    mail = Mail(portal.engine, Terms.of(workspace.portal), smtp, site=site, title=workspace.agency.title)
    voice, _contact = handling.opened(portal.engine, number)
    actor = Actor(name=user(), sysadmin=True)
    made = handling.decide(portal.engine, voice.number, decision(voice, chosen), actor)
    return mail.tell(made.contact, made.voice) if made.contact else None


def decision(voice: Voice, chosen: dict[str, Any]) -> Decision:
    """What the options say."""
    from catalog.public.handling import Decision

    state = next((one for one in STATES if chosen[one]), None)
    names = {"consider": "considering", "opened": "opened", "refusal": "refused"}
    words = chosen["list_as"] or (voice.words if chosen["listed"] else "" if chosen["unlisted"] else None)
    return Decision(
        state=names[state] if state else "answered" if chosen["answer"] else None,
        dataset=chosen["opened"],
        refusal=chosen["refusal"],
        answer=chosen["reason"] if state == "refusal" else chosen["answer"],
        listed=words,
    )


def short(voice: Voice) -> dict[str, Any]:
    """A voice as a list tells it."""
    from catalog.public.refusals import refusals
    from metadata import clock

    made = {name: getattr(voice, name) for name in SHORT}
    made["section"] = refusals()[voice.refusal].section if voice.refusal else None
    return {**made, "late_days": voice.late(clock.today())}


def line(desk: Desk, voice: Voice) -> str:
    """A voice as one line."""
    from catalog.web.words import Speech
    from metadata import clock

    say = Speech(desk.lang)
    late = voice.late(clock.today()) if voice.is_open else 0
    due = desk.phrase("inbox-due", day=clock.day(voice.due, desk.lang)) if voice.due and voice.is_open else ""
    facts: dict[str, Any] = {"number": voice.number, "kind": say(f"kind-{voice.kind}")}
    facts |= {"state": say(f"voice-{voice.state}"), "day": clock.day(voice.day, desk.lang)}
    facts["due"] = due + (desk.phrase("inbox-late", days=late) if late else "")
    unsent = voice.mail == "waiting" and voice.mail_tries
    facts["mail"] = desk.phrase("inbox-unsent", tries=voice.mail_tries) if unsent else ""
    return desk.phrase("inbox-line", **facts)


def waiting(portal: LocalPortal) -> dict[str, dict[str, Any]]:
    """What waits, by kind, for `saphan status`: `open`, `overdue`, `oldest`."""
    from catalog.store import voices
    from catalog.store.database import reading

    with reading(portal.engine) as connection:
        return voices.waiting(connection)


def told_waiting(desk: Desk, waits: dict[str, dict[str, Any]]) -> None:
    """The same for people: a line for each kind, personal data first."""
    from catalog.web.words import Speech
    from metadata import clock

    say = Speech(desk.lang)
    for kind in sorted(waits, key=lambda one: one != "personal"):
        one = waits[kind]
        late = desk.phrase("inbox-status-late", **one) if one["overdue"] else ""
        facts = {"kind": say(f"kind-{kind}"), "open": one["open"], "late": late}
        colour = "red" if kind == "personal" or one["overdue"] else None
        desk.say(desk.phrase("inbox-status", day=clock.day(one["oldest"], desk.lang), **facts), fg=colour)


COMMANDS = (inbox,)
