"""Publishing to real CKANs, stock and Thai: what must hold on every portal, and the whole sample desk."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import ckanapi
import publishing
import pytest
import requests
import rigs
from publishing import Bench
from rigs import Rig

from catalog.journal import Journal
from catalog.portal.remote import RemotePortal
from catalog.store.database import open_database
from metadata.errors import PortalError

pytestmark = pytest.mark.ckan
DESK = Path(__file__).parent.parent / "datasets"
rig = rigs.each


@pytest.fixture
def bench(rig: Rig, tmp_path: Path) -> Iterator[Bench]:
    prefix = f"saphan-{uuid.uuid4().hex[:8]}"
    engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    with RemotePortal(rig.url, key=rig.token) as portal:
        try:
            yield Bench(tmp_path, portal, Journal(engine, actor="test"), agency=prefix, name=f"{prefix}-funds")
        finally:
            purge(portal, prefix, [f"{prefix}-funds", f"{prefix}-register"])
    engine.dispose()


def purge(portal: RemotePortal, organization: str, datasets: list[str]) -> None:
    for name in datasets:
        with suppress(PortalError):
            portal.call_action("dataset_purge", {"id": name})
    with suppress(PortalError):
        portal.call_action("organization_purge", {"id": organization})


@pytest.mark.parametrize("scenario", publishing.SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_what_must_hold_on_every_portal(bench: Bench, scenario: Callable[[Bench], None]) -> None:
    scenario(bench)


def test_a_metadata_only_dataset_is_private_and_has_no_files(bench: Bench) -> None:
    publishing.a_metadata_only_dataset_is_private_and_has_no_files(bench, f"{bench.agency}-register")


def test_a_dataset_of_another_organisation_is_not_touched(bench: Bench) -> None:
    publishing.a_dataset_of_another_organisation_is_not_touched(bench, "somebody-else")


@pytest.mark.parametrize("done", [False, True], ids=["before the write", "after it, the answer lost"])
@pytest.mark.parametrize("at", [1, 2, 3, 5])
def test_killed_anywhere_a_rerun_ends_in_the_same_state(bench: Bench, at: int, done: bool) -> None:
    assert publishing.killed_anywhere_a_rerun_ends_in_the_same_state(bench, at=at, done=done)


@pytest.fixture
def editor(rig: Rig, tmp_path: Path) -> Iterator[Bench]:
    """The same small desk, published by an editor of the agency: what a steward's key can do."""
    prefix = f"saphan-{uuid.uuid4().hex[:8]}"
    engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    with RemotePortal(rig.url, key=rig.token) as admin:
        password = uuid.uuid4().hex
        user = admin.call_action(
            "user_create", {"name": prefix, "email": f"{prefix}@agency.example", "password": password}
        )
        admin.call_action("organization_create", {"name": prefix, "title": f"หน่วยงานทดสอบ {prefix}"})
        member = {"id": prefix, "username": prefix, "role": "editor"}
        admin.call_action("organization_member_create", member)
        key = admin.call_action("api_token_create", {"user": prefix, "name": "test"})["token"]
        try:
            with RemotePortal(rig.url, key=key) as portal:
                journal = Journal(engine, actor="test")
                yield Bench(tmp_path, portal, journal, agency=prefix, name=f"{prefix}-funds")
        finally:
            purge(admin, prefix, [f"{prefix}-funds"])
            admin.call_action("user_delete", {"id": user["id"]})
    engine.dispose()


EDITORS_SCENARIOS = (
    publishing.publishing_shows_the_release,
    publishing.publishing_twice_sends_no_write,
    publishing.one_cell_one_title_and_one_file_are_exactly_those_changes,
    publishing.a_resource_taken_off_the_desk_is_taken_off_the_portal,
    publishing.a_new_dataset_the_portal_refuses_a_part_of_is_taken_back,
    publishing.a_new_dataset_refused_at_its_second_table_is_taken_back_tables_and_all,
)


@pytest.mark.parametrize("scenario", EDITORS_SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_an_editors_key_is_enough(editor: Bench, scenario: Callable[[Bench], None]) -> None:
    scenario(editor)


def test_what_is_downloaded_is_the_release(bench: Bench) -> None:
    bench.push()
    for resource, name in zip(bench.show()["resources"], ("funds.csv", "provinces.csv"), strict=True):
        answer = requests.get(resource["url"], timeout=30)
        assert answer.content == (bench.folder / bench.name / "release" / name).read_bytes()


class Desk:
    """The sample desk, copied and renamed so that it can stand on anybody's CKAN, published by the command."""

    def __init__(self, folder: Path, rig: Rig) -> None:
        self.folder = folder / "desk"
        self.rig = rig
        self.prefix = f"s{uuid.uuid4().hex[:6]}"
        shutil.copytree(DESK, self.folder, ignore=shutil.ignore_patterns("release", ".saphan", ".release-*"))
        self.names = {}
        for path in sorted(self.folder.glob("*/datapackage.yaml")):
            name = path.parent.name
            text = path.read_text(encoding="utf-8")
            assert f"name: {name}\n" in text
            text = text.replace(f"name: {name}\n", f"name: {self.prefix}-{name}\n", 1)
            title = next(line for line in text.splitlines() if line.startswith("title: "))
            path.write_text(text.replace(title, f"{title} {self.prefix}", 1), encoding="utf-8")
            path.parent.rename(self.folder / f"{self.prefix}-{name}")
            self.names[name] = f"{self.prefix}-{name}"
        settings = (self.folder / "workspace.yaml").read_text(encoding="utf-8")
        agency = next(line for line in settings.splitlines() if line.strip().startswith("name: "))
        settings = settings.replace(agency.strip(), f"name: {self.prefix}-agency", 1)
        # under other names they are other releases than those that were approved
        settings = settings.replace("approvals: required", "approvals: none")
        (self.folder / "workspace.yaml").write_text(settings, encoding="utf-8")

    def run(self, *words: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *words, "--workspace", str(self.folder), "--json"],
            env={**os.environ, "CKAN_API_TOKEN": self.rig.token},
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        return done.returncode, json.loads(done.stdout)

    def path(self, name: str) -> Path:
        return self.folder / self.names[name]


@pytest.fixture
def desk(rig: Rig, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, rig)
    try:
        yield made
    finally:
        with RemotePortal(rig.url, key=rig.token) as portal:
            purge(portal, f"{made.prefix}-agency", list(made.names.values()))


def test_the_sample_desk_goes_out_once_and_then_only_what_changed(desk: Desk, rig: Rig) -> None:
    code, document = desk.run("publish", "--target", rig.url, "--yes")
    assert code == 1, document
    assert [entry["dataset"] for entry in document["refused"]] == [desk.names["member-register-open"]]
    with ckanapi.RemoteCKAN(rig.url, apikey=rig.token) as portal:
        for entry in document["datasets"]:
            if entry["name"] == desk.names["member-register-open"]:
                continue
            shown = portal.action.package_show(id=entry["name"])
            hashes = {resource["hash"] for resource in shown["resources"]}
            assert hashes == {file["sha256"] for file in entry["files"]}
            assert shown["private"] is (not entry["files"])
            for file, resource in zip(entry["files"], shown["resources"], strict=True):
                if resource["datastore_active"]:
                    answer = portal.action.datastore_search(resource_id=resource["id"], limit=1)
                    assert answer["total"] == file["rows"]

    projects, housing, capital = "projects-and-budget", "baan-mankong-housing", "life-capital"
    change_one_cell(desk.path(projects) / "source/projects.sqlite")
    change_the_title(desk.path(housing) / "datapackage.yaml")
    drop_a_record(next((desk.path(capital) / "source").iterdir()))

    code, document = desk.run("publish", "--target", rig.url, "--yes")
    changes = [(change["dataset"], change["resource"], change["action"]) for change in document["changes"]]
    assert sorted(changes, key=str) == sorted(
        [
            (desk.names[projects], "projects", "resource_patch"),
            (desk.names[projects], "projects", "datastore_create"),
            (desk.names[housing], None, "package_patch"),
            (desk.names[capital], "life-capital", "resource_patch"),
            (desk.names[capital], "life-capital", "datastore_create"),
        ],
        key=str,
    )
    patch = next(change for change in document["changes"] if change["action"] == "package_patch")
    assert [field["field"] for field in patch["fields"]] == ["title"]

    code, document = desk.run("publish", "--target", rig.url, "--yes")
    assert (code, document["changes"], document["writes"]) == (1, [], 0)


def change_one_cell(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "UPDATE project SET budget = budget + 1 WHERE project_id = (SELECT min(project_id) FROM project)"
        )


def change_the_title(descriptor: Path) -> None:
    text = descriptor.read_text(encoding="utf-8")
    title = next(line for line in text.splitlines() if line.startswith("title: "))
    descriptor.write_text(text.replace(title, f"{title} (ปรับปรุง)", 1), encoding="utf-8")


def drop_a_record(file: Path) -> None:
    lines = file.read_bytes().decode("utf-16").split("\r\n")
    del lines[5]
    file.write_bytes("\r\n".join(lines).encode("utf-16"))
