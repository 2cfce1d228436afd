"""What a real CKAN answered to two sets of calls in a row, and what our own catalog answers to the same.

`plain`: stock CKAN in English, 226 calls. `thai`: the Thai government schema, 240 calls. Compared are status,
`__type`, the fields that an error names, the keys of a result down to its leaves, the types of values, and the
values themselves where ids, times, hosts and counts of the recorded machine do not stand in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import address
from catalog_recording import recorded
from web_ground import KEY, Web, served

from catalog.portal.local import LocalPortal
from metadata.standard import Standard

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
TIME = re.compile(r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$")
TOKEN = re.compile(r"^[\w-]{43}$|^<jwt>$")
HOST = re.compile(r"http://127\.0\.0\.1:\d+")
DIFFERENT: dict[str, str] = {
    "help_show": "our help is in our own words",
    "package_search rows start sort": "two titles are equal: either may come first",
    "package_search part of a Thai word": "ours finds words within Thai text, as the portals' plugin does",
    "package_search bad q": "the message is Solr's own",
    "thai: package_search use_default_schema": "terms of the schema are top-level fields everywhere",
    "thai: license_list": "the names that the Thai standard gives to licences are known too",
    "thai: tag_show": "terms of the schema are top-level fields everywhere",
    "thai: tag_list": "the portals list only tags that are asked for",
    "thai: tag_list all_fields": "the portals list only tags that are asked for",
    "thai: member_list": "roles are told in English",
    "thai: thai: scheming_dataset_schema_show": "the edition of our own file: labels in both languages",
    "plain: datastore_search_sql": "switched off unless a setting switches it on",
    "plain: datastore_search_sql not a select": "switched off unless a setting switches it on",
    "plain: datastore_search_sql bad sql": "switched off unless a setting switches it on",
    "datastore_upsert insert duplicate key": "the message names PostgreSQL's index",
    "vocabulary_delete with tags": "CKAN fails with 500; ours deletes it",
}
"""Calls whose answers differ on purpose, and why: `set: label`, or a label of both sets."""
PARTS: dict[str, str] = {
    r"\.hash$": "an uploaded file's hash is always known here",
    r"\.email(_hash)?$": "the workspace's own actor has no address",
    r"\.last_active$": "noted once a minute here",
    r"\.saphan_version$": "tells a saphan from a CKAN",
    r"\.thaigdc_": "tells a CKAN with the portals' plugin",
    r"\.extensions": "ours are named, not the recorded machine's",
    r"\.created_at$": "a copy of `created` by the portals' plugin",
    r"packages\[\d+\]\.organization\.title|^\[0\]\.organization\.title": "CKAN's search index lags behind",
    r"resources\[\d+\]\.description$": "package_revise of 2.12 loses a change of a resource; ours keeps it",
    r"\.resource_disaggregate$": "a list everywhere, not sometimes its text",
    r"\.rank": "PostgreSQL's own number",
    r"\.index_name$": "PostgreSQL's own name",
    r"\.meta\.\w*size$": "bytes of another database",
}
"""Parts of answers that may differ, and why, by a pattern of their place."""


@pytest.fixture
def web(tmp_path: Path, name: str, both: str) -> Iterator[Web]:
    url = address(tmp_path)
    schema = Standard.load("gdc-2.1.0").schema if name == "thai" else None
    settings = {"database_url": url, "files": tmp_path / "files", "schema": schema, "site_title": "ckan-rig"}
    with LocalPortal(**settings) as portal, served(portal) as ours:
        yield ours


@pytest.mark.parametrize(("name", "both"), [("plain", "sqlite"), ("thai", "postgresql")], indirect=["both"])
def test_our_catalog_answers_as_the_recorded_ckan_did(web: Web, name: str) -> None:
    known: dict[str, str] = {}
    keys = {"sysadmin": KEY, "bad": "wrong", "none": ""}
    wrong = []
    for call in recorded(name):
        answer = _send(web, call, known, keys)
        body = _body(answer)
        if answer.status_code == 200 and isinstance(body, dict) and "result" in body:
            _learn(call["body"].get("result"), body["result"], known)
            if call["label"].startswith("api_token_create "):
                keys[call["label"].split()[1]] = body["result"]["token"]
        if call["label"] in DIFFERENT or f"{name}: {call['label']}" in DIFFERENT:
            continue
        wrong += [f"{call['label']}: {problem}" for problem in _problems(call, answer.status_code, body, known)]
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong)


def _body(answer: Any) -> Any:
    return answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None


def _send(web: Web, call: dict[str, Any], known: dict[str, str], keys: dict[str, str]) -> Any:
    request = call["request"]
    text = json.dumps(request, ensure_ascii=False)
    for theirs in sorted(known, key=len, reverse=True):
        text = text.replace(theirs, known[theirs])
    request = json.loads(HOST.sub(web.url, text).replace('"<jwt>"', json.dumps(keys.get("reader1", ""))))
    sent: dict[str, Any] = {"params": request.get("query")}
    headers = {"Authorization": keys[call["as"]]} if keys[call["as"]] else {}
    if call["status"] == 206:
        headers["Range"] = "bytes=0-9"  # the recording does not say it; the answer had ten bytes
    if "json" in request:
        sent["json"] = request["json"]
    elif "form" in request:
        sent["data"] = request["form"]
        sent["files"] = {k: (one["filename"], one["content"].encode()) for k, one in request["files"].items()}
    elif "raw" in request:
        sent["data"] = request["raw"].encode()
        headers["Content-Type"] = request["content_type"]
    return web.ask(request["path"], request["method"], headers=headers, **sent)


def _learn(theirs: Any, ours: Any, known: dict[str, str]) -> None:
    """Which id, and which download's address, of ours stands for which of theirs."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in theirs.keys() & ours.keys():
            _learn(theirs[key], ours[key], known)
    elif isinstance(theirs, list) and isinstance(ours, list):
        for one, other in zip(_sorted(theirs), _sorted(ours), strict=False):
            _learn(one, other, known)
    elif isinstance(theirs, str) and isinstance(ours, str):
        if UUID.match(theirs):
            known.setdefault(theirs, ours)
        elif "/download/" in theirs and "/download/" in ours:
            known.setdefault(HOST.sub("", theirs), HOST.sub("", ours))


def _sorted(values: list[Any]) -> list[Any]:
    """In an order that both have: by name, where things have one."""
    if values and all(
        isinstance(one, dict) and isinstance(one.get("name") or one.get("key"), str) for one in values
    ):
        return sorted(values, key=lambda one: str(one.get("name") or one["key"]))
    if values and all(isinstance(one, list) for one in values):
        return sorted(values, key=lambda one: str(one[1:]))
    return values


def _problems(call: dict[str, Any], status: int, ours: Any, known: dict[str, str]) -> Iterator[str]:
    theirs = call["body"]
    if status != call["status"]:
        yield f"status {status}, not {call['status']}: {json.dumps(ours, ensure_ascii=False)[:300]}"
    elif isinstance(theirs, dict) and "error" in theirs:
        error, other = theirs["error"], ours["error"]
        if set(error) != set(other) or error["__type"] != other["__type"]:
            yield f"error {other}, not {error}"
        elif not _thai(error):
            yield from _differing(error, other, "error", known)
    elif isinstance(theirs, dict) and "result" in theirs:
        yield from _differing(theirs["result"], ours["result"], "", known)
    elif isinstance(theirs, str) and call["label"] != "jsonp" and not _thai(theirs):
        yield from _differing(theirs, ours, "", known)


def _thai(error: Any) -> bool:
    return any("\u0e00" <= letter <= "\u0e7f" for letter in json.dumps(error, ensure_ascii=False))


def _differing(theirs: Any, ours: Any, at: str, known: dict[str, str]) -> Iterator[str]:
    if _free(at):
        return
    if isinstance(theirs, dict) and isinstance(ours, dict):
        missing = {key for key in theirs.keys() - ours.keys() if not _free(f"{at}.{key}")}
        extra = {key for key in ours.keys() - theirs.keys() if not _free(f"{at}.{key}")}
        if missing or extra:
            yield f"{at or 'result'} lacks {sorted(missing)}, has {sorted(extra)} more"
        for key in sorted(theirs.keys() & ours.keys()):
            yield from _differing(theirs[key], ours[key], f"{at}.{key}", known)
    elif isinstance(theirs, list) and isinstance(ours, list):
        if len(theirs) != len(ours):
            yield f"{at or 'result'} has {len(ours)} members, not {len(theirs)}"
        for number, (one, other) in enumerate(zip(_sorted(theirs), _sorted(ours), strict=False)):
            yield from _differing(one, other, f"{at}[{number}]", known)
    elif _plain(theirs, known) != _plain(ours, {}):
        yield f"{at or 'result'} is {ours!r:.150}, not {theirs!r:.150}"


def _free(at: str) -> bool:
    return any(re.search(pattern, at) for pattern in PARTS)


def _plain(value: Any, known: dict[str, str]) -> Any:
    """A leaf without what differs between two machines."""
    if not isinstance(value, str):
        return value
    if UUID.match(value):
        return "<id>"
    if TIME.match(value):
        return "<time>"
    if TOKEN.match(value):
        return "<token>"
    for theirs in sorted(known, key=len, reverse=True):
        value = value.replace(theirs, known[theirs])
    return HOST.sub("<host>", value)


def test_the_calls_that_differ_are_among_the_recorded_ones() -> None:
    labels = {label for name in ("plain", "thai") for call in recorded(name) for label in _names(name, call)}
    assert set(DIFFERENT) <= labels


def _names(name: str, call: dict[str, Any]) -> tuple[str, str]:
    return call["label"], f"{name}: {call['label']}"
