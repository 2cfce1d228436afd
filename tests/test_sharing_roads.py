"""A share's token over HTTP: it is let in on the roads that are named, and is a stranger's on every other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sharing_ground import HIDDEN, OUTSIDE, Shared, on_the_web
from starlette.routing import Route
from web_ground import Web

from catalog.actions.register import actions
from catalog.sharing import make
from catalog.sharing.view import ROADS
from catalog.store import shares
from catalog.store.database import reading
from catalog.web import downloads, dump

pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Shared]]:
    with on_the_web(tmp_path_factory.mktemp("roads")) as made:
        yield made


def seen(web: Web, path: str, key: str | None, method: str = "GET", **more: Any) -> tuple[int, str]:
    answer = web.ask(path, method, key=key, **more)
    return answer.status_code, answer.text


def test_the_token_reads_the_view_by_the_api_and_as_a_file(ground: tuple[Web, Shared]) -> None:
    web, made = ground
    shown = web.call("package_show", {"id": "members"}, key=made.token).json()["result"]
    assert [one["id"] for one in shown["resources"]] == [made.table]
    found = web.ask(f"/api/3/action/datastore_search?resource_id={made.table}&limit=2", key=made.token)
    assert found.json()["result"]["total"] == 8
    assert found.headers["Cache-Control"] == "no-store"
    address = shown["resources"][0]["url"].removeprefix(web.url)
    for path in (address, f"/datastore/dump/{made.table}", f"/datastore/dump/{made.table}?sort=income desc"):
        answer = web.ask(path, key=made.token)
        head, *lines = csv.reader(io.StringIO(answer.text))
        assert (head, len(lines)) == (["province", "income"], 8)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert not any(word in answer.text for word in (*HIDDEN, OUTSIDE))
    one = web.ask(f'/datastore/dump/{made.table}?format=json&filters={{"province":"แพร่"}}&limit=3', key=made.token)
    assert [record[0] for record in one.json()["records"]] == ["แพร่"] * 3
    assert (
        web.ask(f"/datastore/dump/{made.table}?filters={{%22secret%22:%221%22}}", key=made.token).status_code
        == 400
    )
    for style in ("xml", "tsv"):
        text = web.ask(f"/datastore/dump/{made.table}?format={style}", key=made.token).text
        assert "แพร่" in text
        assert not any(word in text for word in (*HIDDEN, OUTSIDE))


def paths(web: Web, made: Shared) -> Iterator[tuple[str, bool]]:
    """Every address of the catalog with the shared dataset's own names; and whether it asks for one.
    All but the two that let the token in."""
    names = {
        "name": "members", "id": "members", "resource": made.table, "filename": f"{made.table}.csv", "path": "x",
        "form": "ttl", "number": "1", "version": "1", "key": made.table, "view": "x", "organization": "dept-a",
        "dataset": "members", "rid": made.table, "code": "10", "group": "dept-a", "provider": "x",
    }  # fmt: skip
    for route in web.application.routes:
        let_in = isinstance(route, Route) and route.endpoint in (downloads.download, dump.dump)
        if isinstance(route, Route) and "GET" in (route.methods or ()) and not let_in:
            path = route.path
            for name in route.param_convertors:
                given = names.get(name, made.table)
                for form in (name, f"{name}:int", f"{name}:path"):
                    path = path.replace(f"{{{form}}}", "1" if form.endswith(":int") else given)
            yield path, path != route.path


@pytest.mark.parametrize("all_of_them", [False, pytest.param(True, marks=pytest.mark.workers)])
def test_on_every_address_but_two_the_token_is_a_strangers(ground: tuple[Web, Shared], all_of_them: bool) -> None:
    web, made = ground
    tried = 0
    for path, named in paths(web, made):
        if not (named or all_of_them):
            continue  # what names nothing is for the longer walk
        for query in ("", "?format=csv", "?format=json") if all_of_them or made.table in path else ("",):
            stranger, token = web.ask(path + query), web.ask(path + query, key=made.token)
            assert token.status_code == stranger.status_code, path + query
            assert not any(word in token.text for word in HIDDEN), path + query
            assert made.table not in token.text or made.table in stranger.text, path + query
            tried += 1
    assert tried > (150 if all_of_them else 50)


def test_every_action_but_four_answers_the_token_as_a_stranger(ground: tuple[Web, Shared]) -> None:
    web, made = ground
    data = {
        "id": "members", "name": "members", "resource_id": made.table, "package_id": "members", "q": "members",
        "sql": f'SELECT * FROM "{made.table}"', "object": "members", "user": "x", "limit": 5,
    }  # fmt: skip
    for name in sorted(actions().keys() - ROADS.keys()):
        answers = [web.call(name, data, key=key) for key in (None, made.token)]
        stranger, token = ((one.status_code, one.json()) for one in answers)
        assert token == stranger, name
    for name in ROADS:  # of what is not shared, these too
        for key in ("open-one", made.other):
            asked = {"id": key, "resource_id": key}
            stranger, token = (web.call(name, asked, key=one).json() for one in (None, made.token))
            assert token == stranger, name
    versions = f"/dataset/members/resource/{made.other}/download/others.csv"
    assert seen(web, versions, made.token)[0] == seen(web, versions, None)[0] == 404
    assert (
        seen(web, "/api/3/action/package_search?include_private=true&q=members", made.token)[1].count("members.")
        == 0
    )


def test_use_is_counted_and_an_end_ends_it_at_once(tmp_path: Path) -> None:
    with on_the_web(tmp_path) as (web, made):
        web.call("datastore_search", {"resource_id": made.table}, key=made.token)
        web.ask(f"/datastore/dump/{made.table}", key=made.token)
        web.call("package_list", key=made.token)
        web.call("datastore_search", {"resource_id": made.other}, key=made.token)
        with reading(made.portal.engine) as connection:
            (one,) = shares.listed(connection)
        assert one.uses == 2
        make.ended(made.portal, made.share.id)
        for path in (f"/datastore/dump/{made.table}", f"/api/3/action/datastore_search?resource_id={made.table}"):
            assert seen(web, path, made.token) == seen(web, path, None)
            assert seen(web, path, made.token)[0] in (403, 404)
