"""The OpenAPI document tells of every action, is valid, and no question made from it breaks the server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from catalog_ground import opened
from exports_ground import publish, schema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.generation import GenerationMode
from web_ground import KEY, Web, served

from catalog.actions.register import actions


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with opened(tmp_path_factory.mktemp("openapi"), schema=schema()) as portal, served(portal) as ours:
        publish(portal)
        yield ours


def _document(web: Web) -> dict[str, Any]:
    return dict(web.ask("/api/3/openapi.json").json())


def test_the_document_is_valid_and_tells_of_every_action(web: Web) -> None:
    document = _document(web)
    assert not list(OpenAPIV31SpecValidator(document).iter_errors())
    assert set(document["paths"]) == {f"/api/3/action/{name}" for name in actions()}
    for name, action in actions().items():
        assert set(document["paths"][f"/api/3/action/{name}"]) == ({"get", "post"} if action.read else {"post"})
    assert document["servers"] == [{"url": web.url}]


def test_parameters_come_from_what_each_action_says_of_itself(web: Web) -> None:
    get = _document(web)["paths"]["/api/3/action/package_search"]["get"]
    told = {one["name"]: one for one in get["parameters"]}
    assert {"q", "fq", "sort", "rows", "start", "facet.field"} <= set(told)
    assert told["rows"]["schema"] == {"type": "integer"}
    assert all(one["description"] for one in told.values())


def test_who_holds_the_document_is_not_sent_it_again(web: Web) -> None:
    etag = web.ask("/api/3/openapi.json").headers["ETag"]
    assert web.ask("/api/3/openapi.json", headers={"If-None-Match": etag}).status_code == 304


ASKED = int(os.environ.get("SAPHAN_ASKED", "1"))
"""Questions to each operation of the API; more by the variable."""


@pytest.mark.parametrize(
    ("key", "mode"),
    [(None, GenerationMode.POSITIVE), (KEY, GenerationMode.NEGATIVE)],
    ids=["anyone-in-good-faith", "sysadmin-in-bad-faith"],
)
def test_no_question_made_from_the_document_breaks_the_server(
    web: Web, key: str | None, mode: GenerationMode
) -> None:
    document = schemathesis.openapi.from_dict(_document(web))
    quiet = settings(
        max_examples=ASKED,
        database=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    broken, asked = [], 0
    for number, result in enumerate(document.get_all_operations()):
        operation = result.ok()
        if ASKED == 1 and (number % 2 or (operation.method == "get") != (key is None)):
            continue  # a quarter of the pairs of operation and faith; all of them where more is asked

        @quiet
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            nonlocal asked
            sent = case.as_transport_kwargs(base_url=web.url)
            headers = {**dict(sent.pop("headers", None) or {}), **({"Authorization": key} if key else {})}
            sent.pop("cookies", None)
            answer = web.client.request(**sent, headers=headers, timeout=30, allow_redirects=False)
            asked += 1
            if answer.status_code >= 500:
                broken.append((case.method, case.path, case.query, str(case.body)[:300], answer.text[:300]))

        with suppress(Unsatisfiable):  # an operation without parameters cannot be asked wrongly
            ask()
    assert asked > 20
    assert not broken, broken[:5]
