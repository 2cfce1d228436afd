"""What a real CKAN with the Thai schema answered to 169 calls in a row, and what our own catalog answers to them.

`catalog_recorded.json` holds the requests and the shapes of the answers: status, error fields, `__type`, keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_ground import KEY, Web, served

from catalog.portal.local import LocalPortal
from metadata.standard import Standard

OURS = {
    "created_at",  # a field of the recorded portal's plugin
    "filterops",  # new in 2.12; older CKANs, and ckanapi's users, do not know it
    "license_url",  # a licence of the Thai standard has none on CKAN
}
"""Keys in which our answers may differ."""
DIFFERENT = {
    "JSON body sent as text/plain": "an HTML page there, JSON here: the status counts",
    "tag_list": "the recorded portal lists only tags of vocabularies",
    "tag_list all_fields": "the recorded portal lists only tags of vocabularies",
    "package_show after bulk private anonymous": "bulk_update_private is no action of ours yet",
    "organization_patch": "CKAN adds the organisation's packages to the answer; ours does not",
    "package_patch undelete": "the recorded portal had hidden a resource in between",
}
"""Calls whose answers differ on purpose, and why."""


def recorded() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "catalog_recorded.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    url, schema = f"sqlite:///{tmp_path / 'catalog.sqlite'}", Standard.load("gdc-2.1.0").schema
    settings = {"database_url": url, "files": tmp_path / "files", "schema": schema}
    with LocalPortal(**settings) as portal, served(portal) as ours:
        yield ours


def test_our_catalog_answers_as_the_recorded_ckan_did(web: Web) -> None:
    held = recorded()
    ids: dict[str, str] = {}
    wrong = []
    for call in held["calls"]:
        answer = _send(web, call, held["base"], ids)
        if call["label"] not in DIFFERENT:
            wrong += [f"{call['label']}: {problem}" for problem in _problems(call, answer, held["shapes"])]
        if "id" in call and answer.status_code == 200:
            result = answer.json()["result"]
            ids[call["id"]] = result["resource_id"] if "resource_id" in result else result["id"]
    assert not wrong, "\n".join(wrong)


def _send(web: Web, call: dict[str, Any], base: dict[str, Any], ids: dict[str, str]) -> Any:
    headers = {"sysadmin": {"Authorization": KEY}, "bad": {"Authorization": "wrong"}}.get(call["as"], {})
    path = call["path"] if call["path"].startswith("/") else f"/api/3/action/{call['path']}"
    sent: dict[str, Any] = {"params": call.get("query")}
    if call.get("package"):
        whole = {**base, **call["json"]}
        sent["json"] = {key: value for key, value in whole.items() if key not in call.get("lacks", ())}
    elif "json" in call:
        sent["json"] = call["json"]
    elif "form" in call:
        sent["data"] = call["form"]
        sent["files"] = {key: (one["filename"], one["content"].encode()) for key, one in call["files"].items()}
    elif "raw" in call:
        sent["data"] = call["raw"].encode()
        headers = {**headers, "Content-Type": call["content_type"]}
    known = json.dumps(
        {key: value for key, value in sent.items() if key != "files" and not isinstance(value, bytes)}
    )
    for theirs, ours in ids.items():
        known = known.replace(theirs, ours)
    return web.ask(path, call["method"], headers=headers, **{**sent, **json.loads(known)})


def _problems(call: dict[str, Any], answer: Any, shapes: dict[str, list[str]]) -> Iterator[str]:
    if answer.status_code != call["status"]:
        yield f"status {answer.status_code}, not {call['status']}: {answer.text[:300]}"
        return
    body = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None
    if "error" in call:
        assert body is not None
        if sorted(body["error"]) != call["error"] or body["error"]["__type"] != call["type"]:
            yield f"{body['error']}, not {call['error']}"
    elif "result" in call:
        assert body is not None
        result, shape = body["result"], call["result"]
        if shape in shapes:
            if set(result) ^ set(shapes[shape]) - OURS and set(result) - OURS != set(shapes[shape]) - OURS:
                yield f"keys {sorted(set(result) ^ set(shapes[shape]))} differ"
        elif shape.startswith("list of"):
            kind = type(result[0]).__name__ if result else None
            if f"list of {kind}" != shape:
                yield f"list of {kind}, not {shape}"
        elif type(result).__name__ != shape:
            yield f"{type(result).__name__}, not {shape}"


def test_the_calls_that_differ_are_among_the_recorded_ones() -> None:
    assert set(DIFFERENT) <= {call["label"] for call in recorded()["calls"]}
