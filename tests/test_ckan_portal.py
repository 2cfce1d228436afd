"""RemotePortal and what we believe of CKAN, against real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from portal_contract import CONTRACT, Make
from rigs import RIGS, Ground, Rig, fields, ground

from catalog.portal.manners import manners
from catalog.portal.remote import RemotePortal
from metadata.errors import NotAllowed, Refused
from metadata.ports import Portal

pytestmark = pytest.mark.ckan
CSV = "จังหวัด,จำนวน\nระนอง,1\nพังงา,2\n".encode()


@pytest.fixture(params=RIGS, ids=str)
def site(request: pytest.FixtureRequest) -> Iterator[Ground]:
    rig: Rig | None = request.param
    with ground(rig) as ours:
        yield ours


@pytest.fixture
def dataset(site: Ground) -> str:
    return str(site.call("package_create", **site.package())["id"])


@pytest.fixture
def resource(site: Ground, dataset: str, tmp_path: Path) -> str:
    path = tmp_path / "ประชากร 2567.csv"
    path.write_bytes(CSV)
    wanted = {"package_id": dataset, "id": str(uuid4()), "name": "ประชากร", "format": "CSV", "hash": "sha256:abc"}
    with path.open("rb") as file:
        return str(site.portal.call_action("resource_create", wanted, files={"upload": file})["id"])


@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
def test_what_must_hold_on_every_portal(site: Ground, holds: Callable[[Portal, Make], None]) -> None:
    holds(site.portal, lambda _suffix: site.package())


def test_what_is_uploaded_is_what_is_downloaded(site: Ground, resource: str) -> None:
    shown = site.call("resource_show", id=resource)
    answer = requests.get(shown["url"], headers={"Authorization": site.rig.token}, timeout=30)
    assert answer.content == CSV
    assert shown["url_type"] == "upload"


def test_a_resource_keeps_the_id_and_the_hash_it_was_given(site: Ground, dataset: str, resource: str) -> None:
    shown = site.call("package_show", id=dataset)["resources"]
    assert [(one["id"], one["hash"], one["name"]) for one in shown] == [(resource, "sha256:abc", "ประชากร")]


def test_a_new_file_keeps_everything_else_of_the_resource(site: Ground, resource: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(CSV * 2)
    with path.open("rb") as file:
        site.portal.call_action("resource_patch", {"id": resource, "hash": "sha256:def"}, files={"upload": file})
    shown = site.call("resource_show", id=resource)
    assert (shown["hash"], shown["name"], int(shown["size"])) == ("sha256:def", "ประชากร", len(CSV) * 2)


def test_a_patch_that_changes_nothing_leaves_the_date_of_change(site: Ground, dataset: str, resource: str) -> None:
    site.call("resource_patch", id=resource, name="ประชากร")  # CKAN 2.12 counts the first one after an upload
    before = site.call("package_show", id=dataset)
    site.call("package_patch", id=dataset, title=before["title"])
    site.call("resource_patch", id=resource, name="ประชากร")
    assert site.call("package_show", id=dataset)["metadata_modified"] == before["metadata_modified"]


def test_a_patch_that_changes_something_moves_the_date_of_change(site: Ground, dataset: str) -> None:
    before = site.call("package_show", id=dataset)
    site.call("package_patch", id=dataset, notes="อีกอย่าง")
    assert site.call("package_show", id=dataset)["metadata_modified"] > before["metadata_modified"]


def test_the_portals_rule_for_tags_is_the_one_we_know(site: Ground) -> None:
    site.call("package_create", **site.package())
    known = site.datasets[-1]
    for tag in ("ประชากร", "จังหวัด", "สถิติ", "open data", "a-b_c.d", "a/b", "a,b", "ก", "พ.ศ. 2567", "x" * 101):
        try:
            site.call("package_patch", id=known, tags=[{"name": tag}])
            refused = False
        except Refused as error:
            refused = "tags" in str(error.values["fields"])
        assert refused == site.manners.refuses_tag(tag), tag


def test_the_portals_longest_name_is_the_one_we_know(site: Ground) -> None:
    longest = site.manners.name_length[-1]
    for length, taken in ((longest, True), (longest + 1, False)):
        package = site.package()
        package["name"] = package["name"] + "x" * (length - len(package["name"]))
        site.datasets.append(package["name"])
        if taken:
            site.call("package_create", **package)
            continue
        with pytest.raises(Refused) as caught:
            site.call("package_create", **package)
        assert "name" in caught.value.values["fields"]


def test_a_key_that_is_wrong_and_one_that_is_missing_are_told_apart(site: Ground) -> None:
    for key, kind in (("wrong", "portal-key-refused"), (None, "portal-key-missing")):
        with RemotePortal(site.rig.url, key=key) as other, pytest.raises(NotAllowed) as caught:
            other.call_action("package_create", {"name": "x"})
        assert caught.value.kind == kind


def test_an_editor_may_do_all_that_publishing_needs(site: Ground, tmp_path: Path) -> None:
    name = site.organization.replace("-", "_")
    user = {"name": name, "email": f"{name}@example.go.th", "password": uuid4().hex}
    site.call("user_create", **user)
    site.call("organization_member_create", id=site.organization, username=name, role="editor")
    key = site.call("api_token_create", user=name, name="test")["token"]
    path = tmp_path / "data.csv"
    path.write_bytes(CSV)
    wanted = str(uuid4())
    try:
        with RemotePortal(site.rig.url, key=key) as editor:
            habits = manners(editor)
            assert (habits.user, habits.sysadmin, habits.organizations) == (name, False, (site.organization,))
            dataset = editor.call_action("package_create", site.package())["id"]
            with path.open("rb") as file:
                given = {"package_id": dataset, "id": wanted, "name": "ก", "format": "CSV"}
                assert editor.call_action("resource_create", given, files={"upload": file})["id"] == wanted
            table = {"resource_id": wanted, "fields": fields({"n": "numeric"}), "force": True}
            editor.call_action("datastore_create", table)
            editor.call_action("package_patch", {"id": dataset, "private": True})
            with pytest.raises(Refused) as caught:
                editor.call_action("package_create", site.package(id=str(uuid4())))
            assert list(caught.value.values["fields"]) == ["id"]  # why a dataset's id is never sent
    finally:
        site.call("user_delete", id=name)


def test_what_is_not_there_is_not_found(site: Ground) -> None:
    with pytest.raises(Refused) as caught:
        site.call("package_show", id=f"{site.organization}-none")
    assert (caught.value.kind, caught.value.values["status"]) == ("portal-not-found", 404)


def test_an_action_the_portal_lacks_is_said_to_lack(site: Ground) -> None:
    with pytest.raises(Refused) as caught:
        site.call("no_such_action_show")
    assert caught.value.kind == "portal-no-action"


def test_the_key_is_known_as_a_sysadmins_with_a_datastore(site: Ground) -> None:
    assert site.manners.sysadmin
    assert site.manners.datastore
    assert site.manners.ckan_version >= (2, 9)
    assert site.organization in (site.call("organization_list") if site.manners.organizations is None else ()) or (
        site.organization in (site.manners.organizations or ())
    )


def test_a_data_dictionary_keeps_the_keys_we_add(site: Ground, resource: str) -> None:
    info = {"label": "จำนวน", "label_en": "count", "notes": "ราย", "saphan_hash": "sha256:abc"}
    columns = [{"id": "amount", "type": "numeric", "info": info}]
    site.call("datastore_create", resource_id=resource, fields=columns, force=True)
    (shown,) = site.call("datastore_info", id=resource)["fields"]
    assert shown["info"] == info
    found = site.call("datastore_search", resource_id=resource, limit=0)["fields"]
    assert next(one for one in found if one["id"] == "amount")["info"] == info


def test_rows_are_counted(site: Ground, resource: str) -> None:
    site.call(
        "datastore_create", resource_id=resource, fields=fields({"จังหวัด": "text", "n": "numeric"}), force=True
    )
    rows = [{"จังหวัด": "ระนอง", "n": 1}, {"จังหวัด": None, "n": None}, {"จังหวัด": "พังงา", "n": "2.50"}]
    site.call("datastore_upsert", resource_id=resource, records=rows, method="insert", force=True)
    assert site.call("datastore_info", id=resource)["meta"]["count"] == 3
    assert site.call("datastore_search", resource_id=resource, limit=0)["total"] == 3


def test_a_record_the_datastore_refuses_stops_its_batch_and_is_not_shown(site: Ground, resource: str) -> None:
    site.call("datastore_create", resource_id=resource, fields=fields({"n": "numeric"}), force=True)
    with pytest.raises(Refused) as caught:
        rows = [{"n": 1}, {"n": "สมชาย"}]
        site.call("datastore_upsert", resource_id=resource, records=rows, method="insert", force=True)
    assert caught.value.values["fields"]["records_row"] == ["1"]
    assert "สมชาย" not in str(caught.value)
    assert site.call("datastore_search", resource_id=resource, limit=0)["total"] == 0
