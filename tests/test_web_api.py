"""The Action API over HTTP where recorded answers do not reach: keys, sizes, hosts, caching, ckanapi."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ckanapi
import pytest
from catalog_ground import CSV, SCHEMA, opened, package
from web_ground import KEY, Web, served

from catalog.web.api import SMALL


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    for name in ("SAPHAN_SITE_URL", "CKAN_SITE_URL", "SAPHAN_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with opened(tmp_path) as portal, served(portal) as ours:
        yield ours


def test_ckanapi_publishes_and_reads_a_dataset_back(web: Web, tmp_path: Path) -> None:
    path = tmp_path / "ประชากร 2567.csv"
    path.write_bytes(CSV)
    with ckanapi.RemoteCKAN(web.url, apikey=KEY) as ckan:
        made = ckan.action.package_create(**package(tags=[{"name": "ประชากร"}]))
        with path.open("rb") as upload:
            sent = {"package_id": made["id"], "id": "resource-1", "name": "ตาราง", "upload": upload}
            resource = ckan.action.resource_create(**sent)
        fields = [{"id": "province", "type": "text"}, {"id": "people", "type": "int"}]
        rows = [{"province": "ระนอง", "people": 1}]
        ckan.action.datastore_create(resource_id="resource-1", force=True, fields=fields, records=rows)
        shown = ckan.action.package_show(id="population-2567")
        found = ckan.action.datastore_search(resource_id="resource-1")
        schema = ckan.action.scheming_dataset_schema_show(type="dataset")
        with pytest.raises(ckanapi.ValidationError) as refused:
            ckan.action.package_create(**package())
        with pytest.raises(ckanapi.NotFound):
            ckan.action.package_show(id="nope")
    assert shown["resources"] == [{**resource, "datastore_active": True}]
    assert resource["size"] == len(CSV)
    assert found["records"] == [{"_id": 1, "province": "ระนอง", "people": 1}]
    assert schema == SCHEMA
    assert "name" in refused.value.error_dict
    assert web.ask(resource["url"].removeprefix(web.url)).content == CSV


def test_without_a_key_everything_is_read_only(web: Web) -> None:
    with ckanapi.RemoteCKAN(web.url) as anyone, pytest.raises(ckanapi.NotAuthorized):
        anyone.action.package_create(**package())
    assert web.ask("/api/3/action/package_list").json()["result"] == []


@pytest.mark.parametrize("header", ["Authorization", "X-CKAN-API-Key"])
def test_the_key_is_taken_from_either_header(web: Web, header: str) -> None:
    answer = web.call("package_create", package(), key=None, headers={header: KEY})
    assert answer.status_code == 200


@pytest.mark.parametrize("key", ["wrong", f"Bearer {KEY}", KEY[:-1], "ไทย".encode().decode("latin-1")])
def test_a_wrong_key_reads_but_does_not_write(web: Web, key: str) -> None:
    assert web.call("package_list", key=key).status_code == 200
    assert web.call("package_create", package(), key=key).status_code == 403


def test_without_a_token_in_the_environment_no_key_is_right(web: Web) -> None:
    from catalog.web import app

    assert app(web.portal).state.token == ""


def test_a_long_body_from_anyone_is_refused_before_it_is_read(web: Web) -> None:
    body = b'{"q": "' + b"x" * SMALL + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = web.ask("/api/3/action/package_search", "POST", data=body, headers=headers)
    assert (answer.status_code, answer.json()) == (413, "Request Entity Too Large")
    assert web.ask("/api/3/action/package_search", "POST", data=body, headers=headers, key=KEY).status_code == 200


def test_a_long_upload_from_anyone_is_refused_and_leaves_no_file(web: Web, tmp_path: Path) -> None:
    sent = {"package_id": "x", "name": "y"}
    files = {"upload": ("a.csv", b"x" * (SMALL + 1))}
    assert web.ask("/api/3/action/resource_create", "POST", data=sent, files=files).status_code == 413
    assert not (tmp_path / "files" / "uploads").exists()


def test_addresses_carry_the_host_that_was_asked(web: Web) -> None:
    answer = web.ask("/api/3/action/status_show", headers={"Host": "data.example.go.th"}).json()
    assert answer["result"]["site_url"] == "http://data.example.go.th"
    assert answer["help"].startswith("http://data.example.go.th/api/3/action/help_show")


@pytest.mark.parametrize("host", ['evil"><script>', "a b", "evil/../x", ""])
def test_a_host_that_is_none_is_not_repeated(web: Web, host: str) -> None:
    answer = web.ask("/api/3/action/status_show", headers={"Host": host})
    assert answer.status_code == 400 or answer.json()["result"]["site_url"] == "http://127.0.0.1:8000"


def test_a_read_says_when_nothing_changed(web: Web) -> None:
    web.call("package_create", package())
    first = web.ask("/api/3/action/package_show?id=population-2567")
    again = {"If-None-Match": first.headers["ETag"]}
    assert web.ask("/api/3/action/package_show?id=population-2567", headers=again).status_code == 304
    web.call("package_patch", {"id": "population-2567", "notes": "ใหม่"})
    assert web.ask("/api/3/action/package_show?id=population-2567", headers=again).status_code == 200


def test_what_a_key_may_see_is_kept_by_nobody(web: Web) -> None:
    web.call("package_create", package(private=True))
    answer = web.ask("/api/3/action/package_show?id=population-2567", key=KEY)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "ETag" not in answer.headers


def test_the_language_prefix_before_the_api_is_served_in_place(web: Web) -> None:
    assert web.ask("/en/api/3/action/package_list").json()["success"] is True
    assert web.ask("/th/api/action/package_list").json()["success"] is True


def test_an_action_that_is_none_is_named(web: Web) -> None:
    answer = web.ask("/api/3/action/datastore_search_sql?sql=SELECT%201")
    assert answer.status_code == 400
    assert answer.json() == "Bad request: Action name not known: datastore_search_sql"


def test_a_callback_is_a_name_and_nothing_else(web: Web) -> None:
    good = web.ask("/api/3/action/package_list?callback=cb")
    assert (good.text[:3], good.headers["Content-Type"].split(";")[0]) == ("cb(", "application/javascript")
    bad = web.ask("/api/3/action/package_list?callback=alert(1)//")
    assert bad.headers["Content-Type"].startswith("application/json")


def test_every_action_has_a_help_text(web: Web) -> None:
    from catalog.actions.register import actions

    for name in actions():
        text = web.ask(f"/api/3/action/help_show?name={name}").json()["result"]
        assert len(text) > 20, name


def test_a_kind_of_body_that_is_not_taken_is_refused_by_a_page(web: Web) -> None:
    typed = {"Content-Type": "text/plain"}
    answer = web.ask("/api/3/action/package_search", "POST", headers=typed, data='{"rows": 0}')
    assert answer.status_code == 415
    assert answer.headers["Content-Type"].startswith("text/html")
