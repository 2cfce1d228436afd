"""CKAN's clients, unchanged, against our running server: ckanapi's command, frictionless' adapter, pandas."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest
from catalog_ground import CSV, address
from web_ground import KEY, Web, served

from catalog.portal.local import LocalPortal

pytestmark = [
    pytest.mark.ckan,
    pytest.mark.usefixtures("files_left_open"),
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),  # where they are closed within the test
]

ORGANIZATIONS = [
    {"name": "dept-a", "title": "กรมตัวอย่าง ก", "description": "หน่วยงานทดสอบ"},
    {"name": "dept-b", "title": "กรมตัวอย่าง ข"},
]
GROUPS = [{"name": "economy", "title": "เศรษฐกิจ"}, {"name": "health", "title": "สาธารณสุข"}]
USERS = [
    {"name": "somchai", "email": "somchai@example.org", "password": "correct horse battery", "fullname": "สมชาย"}
]
LINK = {"name": "ลิงก์", "url": "https://example.org/a.csv", "format": "CSV"}


def dataset(number: int, **more: Any) -> dict[str, Any]:
    """A dataset as one line of a dump."""
    return {
        "name": f"dataset-{number}",
        "title": f"ชุดข้อมูล {number}",
        "notes": "คำอธิบาย",
        "owner_org": "dept-a" if number % 2 else "dept-b",
        "tags": [{"name": "open-data"}],
        "groups": [{"name": "economy"}],
        "extras": [{"key": "coverage", "value": "จังหวัด"}],
        "resources": [LINK],
        **more,
    }


@pytest.fixture
def web(tmp_path: Path, each: str) -> Iterator[Web]:
    with LocalPortal(database_url=address(tmp_path), files=tmp_path / "files") as portal, served(portal) as ours:
        yield ours


def ckanapi(web: Web, *arguments: str, lines: list[Any] | None = None, key: str | None = KEY) -> str:
    """What the command prints. Its own progress goes to standard error."""
    home = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{home}{os.pathsep}{os.environ['PATH']}"}
    remote = ["-r", web.url, *(["-a", key] if key else [])]
    sent = "".join(json.dumps(line) + "\n" for line in lines or [])
    done = subprocess.run(
        [home / "ckanapi", *arguments, *remote], input=sent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert '"create",null' in done.stderr or "Error" not in done.stderr, done.stderr
    return done.stdout


def filled(web: Web, count: int = 5) -> None:
    """The portal loaded by ckanapi."""
    ckanapi(web, "load", "organizations", lines=ORGANIZATIONS)
    ckanapi(web, "load", "groups", lines=GROUPS)
    ckanapi(web, "load", "datasets", "-p", "2", lines=[dataset(number) for number in range(count)])


def records(output: str) -> list[dict[str, Any]]:
    """JSON lines."""
    return [json.loads(line) for line in output.splitlines()]


def test_ckanapi_loads_dumps_and_deletes_everything(web: Web) -> None:
    filled(web)
    ckanapi(web, "load", "users", lines=USERS)
    dumped = records(ckanapi(web, "dump", "datasets", "--all"))
    assert [one["name"] for one in dumped] == [f"dataset-{number}" for number in range(5)]
    assert dumped == [web.portal.call_action("package_show", {"id": one["name"]}) for one in dumped]
    for kind, sent in (("organizations", ORGANIZATIONS), ("groups", GROUPS)):
        there = records(ckanapi(web, "dump", kind, "--all", "-U"))
        assert sorted((one["name"], one["title"]) for one in there) == [
            (one["name"], one["title"]) for one in sent
        ]
    (user,) = [one for one in records(ckanapi(web, "dump", "users", "--all")) if one["name"] == "somchai"]
    assert (user["fullname"], user["email"]) == ("สมชาย", "somchai@example.org")
    assert "password" not in user
    ckanapi(web, "delete", "datasets", "dataset-0", "dataset-1")
    ckanapi(web, "delete", "groups", "health")
    ckanapi(web, "delete", "users", "somchai")
    assert [one["name"] for one in records(ckanapi(web, "dump", "datasets", "--all"))] == [
        "dataset-2",
        "dataset-3",
        "dataset-4",
    ]
    assert web.portal.call_action("group_list") == ["economy"]


def test_a_dump_loads_into_another_catalog_and_dumps_the_same(web: Web, tmp_path: Path) -> None:
    filled(web)
    dumps = {
        kind: records(ckanapi(web, "dump", kind, "--all")) for kind in ("organizations", "groups", "datasets")
    }
    other = {"database_url": f"sqlite:///{tmp_path / 'other.sqlite'}", "files": tmp_path / "other"}
    with LocalPortal(**other) as portal, served(portal) as copy:  # type: ignore[arg-type]
        for kind, lines in dumps.items():
            ckanapi(copy, "load", kind, lines=lines)
        again = records(ckanapi(copy, "dump", "datasets", "--all"))
    assert [_lasting(one) for one in again] == [_lasting(one) for one in dumps["datasets"]]


def _lasting(record: dict[str, Any]) -> dict[str, Any]:
    """A dataset without what a catalog says of its own writing."""
    passing = {"metadata_created", "metadata_modified", "creator_user_id", "organization", "groups"}
    kept = {key: value for key, value in record.items() if key not in passing}
    times = {"created", "metadata_modified"}
    kept["resources"] = [{k: v for k, v in one.items() if k not in times} for one in record["resources"]]
    return kept | {"groups": [one["name"] for one in record["groups"]], "org": record["organization"]["name"]}


def test_a_dump_loaded_where_it_came_from_changes_nothing(web: Web) -> None:
    filled(web, 2)
    before = ckanapi(web, "dump", "datasets", "--all")
    ckanapi(web, "load", "datasets", lines=records(before))
    assert ckanapi(web, "dump", "datasets", "--all") == before


def test_ckanapi_searches_and_calls_any_action(web: Web) -> None:
    filled(web, 3)
    found = records(ckanapi(web, "search", "datasets", "fq=organization:dept-b", "sort=name asc"))
    assert [one["name"] for one in found] == ["dataset-0", "dataset-2"]
    shown = json.loads(ckanapi(web, "action", "package_show", "id=dataset-1", "-j", "-g", key=None))
    assert shown["title"] == "ชุดข้อมูล 1"
    patched = json.loads(
        ckanapi(web, "action", "package_patch", "id=dataset-1", 'tags:[{"name":"new-tag"}]', "-j")
    )
    assert [tag["name"] for tag in patched["tags"]] == ["new-tag"]


def test_ckanapi_uploads_and_makes_data_packages(web: Web, tmp_path: Path) -> None:
    filled(web, 1)
    table = tmp_path / "population.csv"
    table.write_bytes(CSV)
    named = ("package_id=dataset-0", "name=population", "format=CSV")
    made = json.loads(ckanapi(web, "action", "resource_create", *named, f"upload@{table}", "-j"))
    assert made["url"].startswith(web.url)
    ckanapi(web, "action", "package_patch", "id=dataset-0", f'resources:[{{"id":"{made["id"]}"}}]')
    ckanapi(web, "dump", "datasets", "--all", "-D", str(tmp_path / "packages"))
    (descriptor,) = (tmp_path / "packages").glob("**/datapackage.json")
    assert json.loads(descriptor.read_text(encoding="utf-8"))["name"] == "dataset-0"
    (copy,) = [path for path in descriptor.parent.glob("**/*") if path.is_file() and path.suffix == ".csv"]
    assert copy.read_bytes() == CSV


def test_ckanapi_dumps_the_columns_of_tables(web: Web) -> None:
    filled(web, 1)
    fields = [{"id": "จังหวัด", "type": "text", "info": {"label": "ชื่อจังหวัด"}}, {"id": "people", "type": "int"}]
    rows = [{"จังหวัด": "ระนอง", "people": 1}]
    resource = {"package_id": "dataset-0", "name": "table"}
    web.portal.call_action("datastore_create", {"resource": resource, "fields": fields, "records": rows})
    (record,) = records(ckanapi(web, "dump", "datasets", "dataset-0", "-d"))
    (told,) = [one["datastore_fields"] for one in record["resources"] if one.get("datastore_fields")]
    told = [field for field in told if field["id"] != "_id"]
    assert [field["id"] for field in told] == ["จังหวัด", "people"]
    assert told[0]["info"]["label"] == "ชื่อจังหวัด"


def test_a_private_dataset_stays_out_of_a_strangers_dump(web: Web) -> None:
    filled(web, 1)
    ckanapi(web, "load", "datasets", lines=[dataset(7, private=True)])
    own = ckanapi(web, "dump", "datasets", "dataset-0", "dataset-7")
    assert [one["name"] for one in records(own)] == ["dataset-0", "dataset-7"]
    strange = ckanapi(web, "dump", "datasets", "dataset-0", "dataset-7", key=None)
    assert [one["name"] for one in records(strange)] == ["dataset-0"]


def test_frictionless_reads_the_catalog_a_package_and_its_table(web: Web) -> None:
    from frictionless import Catalog, Package
    from frictionless.portals import CkanControl

    filled(web, 3)
    _uploaded(web, "dataset-1")
    catalog = Catalog(control=CkanControl(baseurl=web.url))
    assert sorted(catalog.dataset_names) == ["dataset-0", "dataset-1", "dataset-2"]
    some = Catalog(control=CkanControl(baseurl=web.url, organization_name="dept-b"))
    assert sorted(some.dataset_names) == ["dataset-0", "dataset-2"]
    grouped = Catalog(control=CkanControl(baseurl=web.url, group_id="economy", num_packages=2))
    assert len(grouped.dataset_names) == 2
    found = Catalog(control=CkanControl(baseurl=web.url, search={"q": "name:dataset-1"}))
    assert found.dataset_names == ["dataset-1"]
    package = Package(f"{web.url}/dataset/dataset-1", control=CkanControl(baseurl=web.url, dataset="dataset-1"))
    assert package.title == "ชุดข้อมูล 1"
    table = package.get_resource("population")
    assert table.read_rows()[0].to_dict() == {"จังหวัด": "ระนอง", "จำนวน": 1}


def test_frictionless_publishes_a_package(web: Web, tmp_path: Path) -> None:
    from frictionless import Package, Resource
    from frictionless.portals import CkanControl

    filled(web, 0)
    (tmp_path / "table.csv").write_bytes(CSV)
    package = Package(
        name="by-frictionless",
        title="โดย frictionless",
        resources=[Resource(name="table", path="table.csv", basepath=str(tmp_path))],
        basepath=str(tmp_path),
    )
    control = CkanControl(baseurl=web.url, dataset="by-frictionless", apikey=KEY, organization_name="dept-a")
    package.publish(control=control)
    there = web.call("package_show", {"id": "by-frictionless"}, key=None).json()["result"]
    assert [one["name"] for one in there["resources"]] == ["table", "datapackage"]
    assert web.client.get(there["resources"][0]["url"]).content == CSV


def test_pandas_reads_a_download_and_the_table(web: Web) -> None:
    filled(web, 1)
    made = _uploaded(web, "dataset-0")
    frame = pandas.read_csv(made["url"])
    assert frame.to_dict("list") == {"จังหวัด": ["ระนอง", "พังงา"], "จำนวน": [1, 2]}
    rows = [{"a": 1}, {"a": 2}]
    table = web.portal.call_action("datastore_create", {"resource": {"package_id": "dataset-0"}, "records": rows})
    assert pandas.read_csv(f"{web.url}/datastore/dump/{table['resource_id']}")["a"].to_list() == [1, 2]


def _uploaded(web: Web, package: str) -> dict[str, Any]:
    form = {"package_id": package, "name": "population", "format": "CSV"}
    upload = {"upload": ("population.csv", CSV)}
    answer = web.ask("/api/3/action/resource_create", "POST", key=KEY, data=form, files=upload)
    made: dict[str, Any] = answer.json()["result"]
    return made
