"""The calls sent to a real CKAN and to ours, in the same order, and what differs."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
from differ_call import Call
from differ_compare import Answer, Side, differences, worded

KEPT = ("id", "resource_id")
CALLBACK = re.compile(r"([\w.-]+)\((.*)\);", re.DOTALL)


@dataclass(kw_only=True)
class Peer:
    """One of the two sites, as the calls meet it."""

    url: str
    token: str = field(repr=False)
    side: Side = field(init=False)
    kept: dict[str, str] = field(default_factory=dict)
    client: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.kept["token of sysadmin"], self.kept["token of bad"] = self.token, "not-a-token"
        self.side = Side(url=self.url, admin="\0")
        self.side.secrets[self.token] = "<token of sysadmin>"
        me = self._ask(Call(action="user_show", who="sysadmin", data={}))
        body = me.body if isinstance(me.body, dict) else {}
        known = body.get("result") or {}
        self.side.admin = known.get("name") or "\0"

    def answer(self, one: Call) -> Answer:
        """What this side says, without what is only its own."""
        raw = self._ask(one)
        self.side.learn(raw.body)
        result = raw.body.get("result") if isinstance(raw.body, dict) else None
        result = result[0] if isinstance(result, list) and result else result
        if isinstance(result, dict):
            key = next((result[name] for name in KEPT if isinstance(result.get(name), str)), "")
            if one.keep and key:
                self.kept[one.keep] = key
                self.side.names.setdefault(key, f"<id of {one.keep}>")
            if isinstance(result.get("token"), str):
                self.kept[f"token of {one.keep}"] = result["token"]
                self.side.secrets[result["token"]] = f"<token of {one.keep}>"
        table = str((one.data or {}).get("resource_id") or "")
        body = self.side.plain(self.side.counted(raw.body, table))
        return Answer(status=raw.status, kind=raw.kind, body=body)

    def _ask(self, one: Call) -> Answer:
        path = self._known(one.path) or f"/api/3/action/{one.action}"
        headers = {name: self._known(value) for name, value in one.headers.items()}
        if one.who != "anonymous":
            headers.setdefault("Authorization", self.kept.get(f"token of {one.who}", "nobody"))
        data = json.loads(self._known(json.dumps(one.data))) if one.data is not None else None
        more: dict[str, Any] = {"headers": headers, "timeout": 60, "allow_redirects": False}
        if one.raw:
            headers["Content-Type"] = one.raw[0]
            more["data"] = self._known(one.raw[1]).encode()
        elif one.files:
            more["data"] = data
            more["files"] = {name: _part(file, text) for name, (file, text) in one.files.items()}
        elif one.get or one.path:
            more["params"] = data
        else:
            more["json"] = data if data is not None else {}
        got = self.client.request("GET" if one.get or one.path else "POST", self.url + path, **more)
        kind = got.headers.get("content-type", "").partition(";")[0]
        body: Any = got.text
        if kind in ("application/json", "application/javascript") and got.text[:1] in '{["':
            body = got.json() if kind == "application/json" else got.text
        elif kind == "application/javascript" and (wrapped := CALLBACK.fullmatch(got.text)):
            body = {wrapped[1]: json.loads(wrapped[2])}
        return Answer(status=got.status_code, kind=kind, body=body)

    def _known(self, text: str) -> str:
        for name, value in self.kept.items():
            text = text.replace(f"<{name}>", value)
        return text


def _part(file: str, text: str) -> tuple[str, bytes] | tuple[str, bytes, str]:
    """A file of a form; with its type where browsers' types decide something."""
    kind = mimetypes.guess_type(file)[0] or ""
    return (file, text.encode(), kind) if kind.startswith("image/") else (file, text.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One call, and what our answer has that the other has not."""

    call: Call
    differences: tuple[str, ...]
    theirs: Answer
    ours: Answer


def outcomes(calls: Sequence[Call], theirs: Peer, ours: Peer, *, texts: bool = True) -> Iterator[Outcome]:
    """Each call sent to both. `texts`: whether the wording of errors is compared."""
    for one in calls:
        expected, given = theirs.answer(one), ours.answer(one)
        if one.worded:
            expected, given = worded(expected), worded(given)
        found = differences(expected, given, loose=one.loose, texts=texts)
        yield Outcome(call=one, differences=tuple(found), theirs=expected, ours=given)
