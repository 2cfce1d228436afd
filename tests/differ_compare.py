"""Two answers to one call, with what must differ taken out: ids, times of today, hosts, tokens.

Ids become the name of what they are the id of, so that an id of the wrong thing is a difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\b(20\d\d-\d\d-\d\d)([T ])\d\d:\d\d:\d\d(\.\d+)?")
STAMP = re.compile(r"\b(20\d\d-\d\d-\d\d)-\d{6}\.\d{6}")
"""The moment in the name of an uploaded picture."""
TOKEN = re.compile(r"[\w-]{20,}\.[\w-]+\.[\w-]+")
TOKEN_ID = re.compile(r"[\w-]{43}")
DIGEST = re.compile(r"\b[0-9a-f]{40}\b")
"""The name of an index: the digest of a resource's id and the fields."""
BYTES = ("size", "db_size", "idx_size")
"""What a table takes on the disk of either database."""
PASSING = ("last_active", "last_access", "_elapsed")
"""Fields whose values depend on who did what a moment ago."""
OWN = ("email", "email_hash")
"""What the sites' sysadmins have each for themselves."""
LISTS = ("result", "result.results", "result.records", "result.tags")
"""Where a call answers the list that is compared loosely."""
UNORDERED = ("users", "groups", "organization_list")
"""Lists whose order CKAN does not define."""


@dataclass(kw_only=True)
class Answer:
    """What came back."""

    status: int
    kind: str
    """The content type, without its parameters."""
    body: Any
    """JSON where it is JSON, else text."""


@dataclass(kw_only=True)
class Side:
    """What one side calls its things: taken out of its answers."""

    url: str
    admin: str
    """The name of its sysadmin."""
    names: dict[str, str] = field(default_factory=dict)
    """id → the name of what it is the id of."""
    rows: dict[str, dict[int, str]] = field(default_factory=dict)
    """Table → `_id` → a name: the numbers of rows have gaps where rows were refused, as the database likes."""
    secrets: dict[str, str] = field(default_factory=dict)
    """token → the name of whose it is."""

    def learn(self, value: Any) -> None:
        """Remembers the ids of everything in an answer that has a name."""
        if isinstance(value, dict):
            name = value.get("name") or value.get("display_name")
            key = value.get("id")
            if isinstance(name, str) and isinstance(key, str) and UUID.fullmatch(key):
                self.names.setdefault(key, f"<id of {self._plain(name)}>")
            for inner in value.values():
                self.learn(inner)
        elif isinstance(value, list):
            for inner in value:
                self.learn(inner)

    def counted(self, value: Any, table: str) -> Any:
        """The same value; the rows of a table are named in the order in which they were first seen."""
        if isinstance(value, list):
            return [self.counted(inner, table) for inner in value]
        if not isinstance(value, dict):
            return value
        known = self.rows.setdefault(table, {})
        return {
            key: known.setdefault(inner, f"<row {len(known) + 1}>")
            if key == "_id" and isinstance(inner, int)
            else self.counted(inner, table)
            for key, inner in value.items()
        }

    def plain(self, value: Any) -> Any:
        """The same value without what differs from side to side."""
        if isinstance(value, dict):
            passing = (*PASSING, *(OWN if value.get("name") == self.admin else ()))
            passing += BYTES if isinstance(value.get("db_size"), int) else ()
            passing += ("_id", "oid") if "alias_of" in value else ()  # made of ids, in _table_metadata
            return {
                self._plain(key): "<passing>" if key in passing else self.plain(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.plain(inner) for inner in value]
        return self._plain(value) if isinstance(value, str) else value

    def _plain(self, text: str) -> str:
        text = text.replace(self.url, "http://site").replace(self.url.partition("//")[2], "site")
        for secret, name in self.secrets.items():
            text = text.replace(secret, name)
        text = UUID.sub(lambda found: self.names.get(found[0], "<id>"), text)
        text = STAMP.sub("<moment>", TIME.sub(_time, text))
        text = DIGEST.sub("<digest>", text)
        text = TOKEN.sub("<token>", text) if text.startswith("eyJ") else text
        text = "<token id>" if TOKEN_ID.fullmatch(text) else text
        return (
            "<admin>"
            if text == self.admin
            else re.sub(rf"(?<=[Uu]ser ){re.escape(self.admin)}\b", "<admin>", text)
        )


def _time(found: re.Match[str]) -> str:
    """A time of these days; one that was sent long ago stays what it is."""
    day = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if _real(found[1]) else None
    if day is None or abs(datetime.now(UTC) - day) > timedelta(days=2):
        return found[0]
    return f"<now{found[2]}{'.f' if found[3] else ''}>"


def _real(date: str) -> bool:
    try:
        datetime.fromisoformat(date)
    except ValueError:
        return False
    return True


def worded(answer: Answer) -> Answer:
    """The same answer without the words of its result, where it is a text."""
    result = answer.body.get("result") if isinstance(answer.body, dict) else None
    if not isinstance(result, str) or not result:
        return answer
    return replace(answer, body={**answer.body, "result": "<text>"})


def differences(theirs: Answer, ours: Answer, *, loose: bool = False, texts: bool = True) -> list[str]:
    """What is not the same, the most telling first; empty where the answers are equal.

    Each begins with its kind: status, form, error, keys, type, value, length, order.
    """
    if theirs.status != ours.status:
        return [f"status {ours.status} instead of {theirs.status}: {short(ours.body)} ≠ {short(theirs.body)}"]
    if theirs.kind != ours.kind:
        return [f"form {ours.kind} instead of {theirs.kind}"]
    if not isinstance(theirs.body, dict) or not isinstance(ours.body, dict) or "success" not in theirs.body:
        if theirs.kind == "text/html":
            return []  # pages are each side's own
        return list(_differ(theirs.body, ours.body, "body", loose=loose))
    if "error" in theirs.body:
        return _errors(theirs.body, ours.body, texts=texts)
    return list(_differ(theirs.body, ours.body, "", loose=loose))


def _errors(theirs: dict[str, Any], ours: dict[str, Any], *, texts: bool) -> list[str]:
    if "error" not in ours or set(theirs) != set(ours):
        return [f"error keys {sorted(ours)} instead of {sorted(theirs)}"]
    expected, given = theirs["error"], ours["error"]
    if not isinstance(expected, dict) or not isinstance(given, dict):
        return [] if expected == given else [f"error {short(given)} instead of {short(expected)}"]
    if expected.get("__type") != given.get("__type"):
        return [f"error type {given.get('__type')} instead of {expected.get('__type')}"]
    if set(expected) != set(given):
        return [f"error fields {short(given)} instead of {short(expected)}"]
    if texts and _said(expected) != _said(given) and not _of_solr(expected):
        return [f"error text {short(given)} instead of {short(expected)}"]
    return []


def _said(error: dict[str, Any]) -> dict[str, Any]:
    """An error without what a database says of the statement that each side put to it in its own words."""
    said = dict(error)
    if isinstance(said.get("query"), list):
        said["query"] = [_first(one) for one in said["query"]]
    info = said.get("info")
    if isinstance(info, dict) and "orig" in info:
        orig = info["orig"]
        said["info"] = {
            **{key: value for key, value in info.items() if key not in ("statement", "params")},
            "orig": [_first(one) for one in orig] if isinstance(orig, list) else _first(orig),
        }
    return said


def _first(text: Any) -> str:
    return re.sub(r"^\(psycopg2\.errors\.\w+\) ", "", str(text).partition("\n")[0])


def _of_solr(error: dict[str, Any]) -> bool:
    """Whether CKAN passes on, with all that it asked, what Solr said: the rig's stand-in has words of its own."""
    return "SOLR returned an error running query" in str(error.get("message"))


def _differ(theirs: Any, ours: Any, at: str, *, loose: bool) -> Iterator[str]:
    if type(theirs) is not type(ours):
        yield f"type at {at}: {short(ours)} instead of {short(theirs)}"
    elif isinstance(theirs, dict):
        lacks, adds = sorted(set(theirs) - set(ours)), sorted(set(ours) - set(theirs))
        if lacks or adds:
            yield f"keys at {at}: lacks {lacks}, adds {adds}"
        for key in theirs:
            if key in ours:
                yield from _differ(theirs[key], ours[key], f"{at}.{key}".lstrip("."), loose=loose)
    elif isinstance(theirs, list):
        free = (loose and at in LISTS) or at.rpartition(".")[2] in UNORDERED
        if free:
            theirs, ours = sorted(theirs, key=_text), sorted(ours, key=_text)
        if len(theirs) != len(ours):
            yield f"length at {at}: {len(ours)} instead of {len(theirs)}: {short(ours)} ≠ {short(theirs)}"
        elif theirs != ours and sorted(map(_text, theirs)) == sorted(map(_text, ours)):
            yield f"order at {at}: {short(ours)} instead of {short(theirs)}"
        else:
            for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
                yield from _differ(one, other, f"{at}[{number}]", loose=loose)
    elif theirs != ours:
        yield f"value at {at}: {short(ours)} instead of {short(theirs)}"


def _text(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else ""  # what is called the same is compared
    return f"{name}\0" + json.dumps(value, sort_keys=True, ensure_ascii=False)


def short(value: Any) -> str:
    """Enough of a value to tell it by."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"
