"""A recall on real CKANs, stock and Thai: hidden, rows and bytes gone, and what is left is what is told."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import rigs
from publishing import FUNDS, Bench
from recall_ground import found, wanted
from rigs import Rig

from catalog.journal import Journal, new_run
from catalog.portal.remote import RemotePortal
from catalog.recall import elsewhere
from catalog.store.database import open_database
from metadata.errors import NotAllowed, PortalError
from metadata.event import result_of

pytestmark = pytest.mark.ckan
MARKER = "ยายมีใจดีเหลือเกิน"
rig = rigs.each


@pytest.fixture
def bench(rig: Rig, tmp_path: Path) -> Iterator[Bench]:
    """A dataset that is on the CKAN with what should not be there."""
    prefix = f"saphan-{uuid.uuid4().hex[:8]}"
    engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    with RemotePortal(rig.url, key=rig.token) as portal:
        made = Bench(tmp_path, portal, Journal(engine, actor="test"), agency=prefix, name=f"{prefix}-funds")
        made.write(f"{made.name}/source/funds.csv", FUNDS.replace("บ้านเหนือ", MARKER))
        made.push()
        try:
            yield made
        finally:
            for action, name in (("dataset_purge", made.name), ("organization_purge", prefix)):
                with suppress(PortalError):
                    portal.call_action(action, {"id": name})
    engine.dispose()


def taken(bench: Bench, portal: RemotePortal) -> tuple[str, ...]:
    """The recall's part on this target, journalled as the command does."""
    story = elsewhere.take(portal, "local", wanted(bench.name))
    return result_of(bench.journal.record(story, run=new_run()))


def disk(rig: Rig) -> list[str]:
    """What a rig's folders hold of it: uploads, database, index. The database's write-ahead log is left aside."""
    plain = rig.url.endswith(f":{os.environ.get('CKAN_RIG_PORT', '5800')}")
    home = Path(os.environ["CKAN_RIG_DIR"]) / ("plain" if plain else "thai")
    roots = {home, (home / "pg").resolve()}
    return [hit for root in roots for hit in found(root, texts=[MARKER]) if "pg_wal/" not in hit]


def test_a_sysadmin_leaves_nothing_that_names_it(bench: Bench, rig: Rig) -> None:
    resources = bench.show()["resources"]
    urls = [one["url"] for one in resources]
    assert MARKER in requests.get(urls[0], timeout=30).content.decode()
    assert "CKAN_RIG_DIR" not in os.environ or disk(rig)
    remains = taken(bench, bench.portal)  # type: ignore[arg-type]
    assert remains == (elsewhere.SERVER,)
    for url in urls:
        assert requests.get(url, timeout=30).status_code in (403, 404)
    for action, data in (
        ("package_show", {"id": bench.name}),
        *(("datastore_search", {"resource_id": one["id"]}) for one in resources),
    ):
        with pytest.raises(PortalError) as refused:
            bench.portal.call_action(action, data)
        assert refused.value.values["status"] == 404, action
    assert taken(bench, bench.portal) == (elsewhere.SERVER,)  # type: ignore[arg-type]
    if "CKAN_RIG_DIR" in os.environ:
        assert disk(rig) == []
    bench.write(f"{bench.name}/source/funds.csv", FUNDS)
    bench.push()
    assert "บ้านเหนือ" in str(bench.rows("รายชื่อกองทุน"))


def test_an_editor_leaves_a_description_in_the_trash_and_says_so(bench: Bench, rig: Rig) -> None:
    name = f"editor-{uuid.uuid4().hex[:8]}"
    person = {"name": name, "email": f"{name}@example.org", "password": "correct horse battery"}
    bench.portal.call_action("user_create", person)
    member = {"id": bench.agency, "username": name, "role": "editor"}
    bench.portal.call_action("organization_member_create", member)
    key = bench.portal.call_action("api_token_create", {"user": name, "name": "recall"})["token"]
    url = bench.show()["resources"][0]["url"]
    with RemotePortal(rig.url, key=key) as portal:
        assert taken(bench, portal) == (elsewhere.SERVER, elsewhere.TRASH)
        assert requests.get(url, timeout=30).status_code in (403, 404)
        assert taken(bench, portal) == (elsewhere.SERVER, elsewhere.TRASH)
    left = bench.portal.call_action("package_show", {"id": bench.name})
    assert (left["state"], left["resources"]) == ("deleted", [])
    if "CKAN_RIG_DIR" in os.environ:
        assert disk(rig) == []
    bench.write(f"{bench.name}/source/funds.csv", FUNDS)
    bench.push()
    assert bench.show()["state"] == "active"
    bench.portal.call_action("user_delete", {"id": name})


def test_a_wrong_key_does_not_take_a_hidden_dataset_for_a_gone_one(bench: Bench, rig: Rig) -> None:
    with RemotePortal(rig.url, key="wrong-key-wrong-key") as portal, pytest.raises(NotAllowed):
        taken(bench, portal)
    assert bench.show()["state"] == "active"
