"""What is written to the served catalog by whoever has a token is looked into before everybody can see it."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import requests
from catalog_ground import opened, package, stored_files, texts, upload
from leaks_ground import cases, clean, form_of, leaked, spoil
from publishing import Bench
from scan_ground import HIDDEN, WORKBOOKS, book, national_id
from web_ground import Web, served

from catalog.journal import Journal
from catalog.portal.remote import RemotePortal
from catalog.store.database import open_database
from catalog.switches import Switches
from metadata.errors import Refused
from metadata.finding import Finding
from metadata.standard import Standard
from pipelines import scan

NUMBER = national_id("served gate")
KEY = "AKIA" + "QX7" + "TRZL4MNB2VCW3"
CLEAN = "province,households\nน่าน,1204\nตาก,988\nแพร่,1530\n".encode()
LEAK = f"name,id\nก,{NUMBER}\nข,-\n".encode()


class Counting:
    """The scanner, which counts the files and tables that it looked into; `meanwhile` happens before each."""

    def __init__(self) -> None:
        self.files = self.tables = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def scan(self, path: Path, *, name: str | None = None) -> tuple[Finding, ...]:
        self.files += 1
        self.meanwhile()
        return scan.scan(path, name=name)

    def rows(self, *given: Any, **more: Any) -> tuple[Finding, ...]:
        self.tables += 1
        self.meanwhile()
        return scan.rows(*given, **more)

    def texts(self, described: Mapping[str, Any]) -> tuple[Finding, ...]:
        return scan.texts(described)


@pytest.fixture
def scanner() -> Counting:
    return Counting()


@pytest.fixture
def web(tmp_path: Path, both: str, scanner: Counting) -> Iterator[Web]:
    """A served catalog with the gate, and an organisation."""
    with opened(tmp_path, scanner=scanner) as portal, served(portal) as made:
        yield made


def made(web: Web, name: str = "roads", **more: Any) -> dict[str, Any]:
    """A dataset, by API."""
    answer = web.call("package_create", package(name, **more))
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["result"])


def sent(web: Web, action: str, content: bytes, name: str = "data.csv", **data: str) -> requests.Response:
    """A file, as multipart form data."""
    form = {"name": "ตาราง", "format": "CSV", **data}
    return web.ask(f"/api/3/action/{action}", "POST", key="test-key", data=form, files={"upload": (name, content)})


def refused(answer: requests.Response, field: str) -> str:
    """The sentences of a refusal, which tell the way out and nothing of what was hidden."""
    assert answer.status_code == 409, answer.text
    error = answer.json()["error"]
    assert error["__type"] == "Validation Error"
    said = " ".join(error[field])
    assert "saphan publish" in said
    assert NUMBER not in answer.text and KEY not in answer.text
    return said


def shown(web: Web, name: str = "roads") -> dict[str, Any]:
    """A dataset as its editors see it."""
    return dict(web.call("package_show", {"id": name}).json()["result"])


def nowhere(web: Web, folder: Path, log: str) -> None:
    """Of what was refused not a byte is left: not on disk, in a row, in an index, in what was logged."""
    web.portal.close()
    hidden = [value.encode() for value in (NUMBER, KEY)]
    assert NUMBER not in log
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(value in content for value in hidden), path
    assert not [text for text in texts(web.portal) if NUMBER in text or KEY in text]


def table(web: Web, dataset: str, rows: list[dict[str, Any]], **more: Any) -> requests.Response:
    """A resource that is a table, with rows."""
    asked = {"resource": {"package_id": dataset, "name": "ตาราง"}, "records": rows, **more}
    return web.call("datastore_create", asked)


def test_a_file_is_looked_into_before_it_is_kept(web: Web, tmp_path: Path, caplog: Any) -> None:
    dataset = made(web)
    said = refused(sent(web, "resource_create", LEAK, package_id=dataset["id"]), "upload")
    assert "x-xxxx-xxxxx-xx-x" in said and "row 2" in said
    assert stored_files(tmp_path) == []
    assert not shown(web)["resources"]
    good = sent(web, "resource_create", CLEAN, package_id=dataset["id"])
    assert good.status_code == 200, good.text
    key = good.json()["result"]["id"]
    for action in ("resource_update", "resource_patch"):
        refused(sent(web, action, LEAK, id=key), "upload")
    refused(sent(web, "resource_patch", CLEAN, name=f"{NUMBER}.csv", id=key), "upload")
    assert web.ask(good.json()["result"]["url"].removeprefix(web.url)).content == CLEAN
    assert len(web.call("dataset_version_list", {"id": "roads"}).json()["result"]) == 2
    nowhere(web, tmp_path, caplog.text)


def test_rows_are_looked_into_before_they_are_written(web: Web, tmp_path: Path, caplog: Any) -> None:
    dataset = made(web)["id"]
    bad = [{"name": "ก", "id": NUMBER}]
    assert "Column id, source row 1, holds" in refused(table(web, dataset, bad), "records")
    good = table(web, dataset, [{"name": "ก", "code": "A1"}])
    assert good.status_code == 200, good.text
    key = good.json()["result"]["resource_id"]
    for method in ("insert", "upsert", "update"):
        rows = [{"name": "ข", "code": NUMBER, **({} if method == "insert" else {"_id": 1})}]
        asked = {"resource_id": key, "records": rows, "method": method, "force": True}
        refused(web.call("datastore_upsert", asked), "records")
    refused(web.call("datastore_create", {"resource_id": key, "records": [{"note": f"เลข {NUMBER}"}]}), "records")
    info = {"id": "name", "info": {"label": "ชื่อ", "notes": f"เช่น {NUMBER}"}}
    refused(web.call("datastore_create", {"resource_id": key, "fields": [info]}), "fields")
    kept = web.call("datastore_search", {"resource_id": key}).json()["result"]["records"]
    assert kept == [{"_id": 1, "name": "ก", "code": "A1"}]
    assert len(shown(web)["resources"]) == 1
    nowhere(web, tmp_path, caplog.text)


def test_what_a_dataset_says_is_looked_into(web: Web, tmp_path: Path, caplog: Any) -> None:
    said = f"ติดต่อ {NUMBER}"
    refused(web.call("package_create", package("other", notes=said)), "notes")
    refused(web.call("package_create", package(NUMBER)), "name")
    key = made(web, maintainer="นายสมชาย ใจดี", maintainer_email="somchai.jaidee1@gmail.com")["id"]
    refused(web.call("package_patch", {"id": key, "notes": said}), "notes")
    refused(web.call("package_patch", {"id": key, "extras": [{"key": NUMBER, "value": "x"}]}), "extras")
    refused(web.call("package_revise", {"match": {"id": key}, "update": {"title": said}}), "title")
    link = {"package_id": key, "name": "ลิงก์", "url": "https://agency.example/a.csv"}
    refused(web.call("resource_create", {**link, "description": said}), "resources")
    refused(web.call("resource_create", {**link, "id": f"r-{NUMBER}"}), "resources")
    good = web.call("resource_create", link).json()["result"]
    refused(web.call("resource_patch", {"id": good["id"], "name": said}), "resources")
    assert web.call("package_patch", {"id": key, "notes": "ถนนทุกสายของตำบล"}).status_code == 200
    nowhere(web, tmp_path, caplog.text)


OPENING: dict[str, Callable[[Web, dict[str, Any]], requests.Response]] = {
    "patch": lambda web, one: web.call("package_patch", {"id": one["id"], "private": False}),
    "update": lambda web, one: web.call(
        "package_update", {**package(one["name"]), "id": one["id"], "private": False}
    ),
    "revise": lambda web, one: web.call("package_revise", {"match": {"id": one["id"]}, "update__private": False}),
    "bulk": lambda web, one: web.call("bulk_update_public", {"org_id": one["owner_org"], "datasets": [one["id"]]}),
}
"""By which a private dataset becomes public."""


@pytest.mark.workers
@pytest.mark.parametrize("road", OPENING)
def test_a_private_dataset_takes_all_and_is_looked_into_before_it_is_public(
    web: Web, tmp_path: Path, scanner: Counting, road: str
) -> None:
    one = made(web, private=True)
    key = sent(web, "resource_create", LEAK, package_id=one["id"]).json()["result"]["id"]
    assert scanner.files == 0
    said = refused(OPENING[road](web, one), "private")
    assert key in said and NUMBER not in said
    assert shown(web)["private"] is True
    assert sent(web, "resource_patch", CLEAN, id=key).status_code == 200
    rows = table(web, one["id"], [{"name": "ก", "id": NUMBER}]).json()["result"]["resource_id"]
    assert "row 1" in refused(OPENING[road](web, one), "private")
    clean = {"resource_id": rows, "filters": {"name": "ก"}}
    assert web.call("datastore_delete", clean).status_code == 200
    answer = OPENING[road](web, one)
    assert answer.status_code == 200, answer.text
    assert shown(web)["private"] is False
    before = scanner.files, scanner.tables
    web.call("package_patch", {"id": one["id"], "private": True})
    assert OPENING[road](web, one).status_code == 200
    assert (scanner.files, scanner.tables) == before, "a second look is free"


@pytest.mark.workers
def test_a_draft_and_a_resource_apart_are_looked_into_before_they_are_seen(web: Web) -> None:
    one = made(web, state="draft")
    key = sent(web, "resource_create", LEAK, package_id=one["id"]).json()["result"]["id"]
    refused(web.call("package_patch", {"id": one["id"], "state": "active"}), "private")
    assert web.call("resource_patch", {"id": key, "resource_private": "True"}).status_code == 200
    assert web.call("package_patch", {"id": one["id"], "state": "active"}).status_code == 200
    assert sent(web, "resource_patch", LEAK, id=key).status_code == 200, "nobody else sees it"
    refused(web.call("resource_patch", {"id": key, "resource_private": "False"}), "private")
    assert sent(web, "resource_patch", LEAK + b"x,y\n", id=key, resource_private="False").status_code == 409
    clean = sent(web, "resource_patch", CLEAN, id=key, resource_private="False")
    assert clean.status_code == 200, "the file that goes is nobody's business"
    assert sent(web, "resource_patch", LEAK, id=key, resource_private="True").status_code == 200
    hidden = web.call("package_show", {"id": one["id"]}, key=None).json()["result"]["resources"]
    assert hidden == []
    web.call("package_delete", {"id": one["id"]})
    web.call("resource_patch", {"id": key, "resource_private": "False"})
    refused(web.call("package_update", {**package("roads"), "id": one["id"], "state": "active"}), "private")


@pytest.mark.workers
def test_many_datasets_become_public_together_or_none_does(web: Web) -> None:
    several = [made(web, f"roads-{number}", private=True) for number in range(25)]
    for number, one in enumerate(several):
        content = CLEAN + f"แพร่,{number}\n".encode() if number != 7 else LEAK
        assert sent(web, "resource_create", content, package_id=one["id"]).status_code == 200
    asked = {"org_id": several[0]["owner_org"], "datasets": [one["id"] for one in several]}
    assert several[7]["id"] in refused(web.call("bulk_update_public", asked), "private")
    assert all(shown(web, one["name"])["private"] for one in several)
    asked["datasets"].pop(7)
    assert web.call("bulk_update_public", asked).status_code == 200
    assert [shown(web, one["name"])["private"] for one in several].count(True) == 1


@pytest.mark.workers
@pytest.mark.parametrize("place", ["sheet", "hidden-sheet", "comment", "property", "link"])
def test_every_part_of_a_workbook_is_looked_into(web: Web, tmp_path: Path, place: str) -> None:
    dataset = made(web)["id"]
    answer = sent(web, "resource_create", book(WORKBOOKS[place]), "สรุป.xlsx", package_id=dataset)
    refused(answer, "upload")
    assert HIDDEN not in answer.text and stored_files(tmp_path) == []
    assert sent(web, "resource_create", book(), "สรุป.xlsx", package_id=dataset).status_code == 200


@pytest.mark.workers
def test_secrets_and_what_cannot_be_read_are_refused_and_other_formats_are_not(web: Web, tmp_path: Path) -> None:
    dataset = made(web)["id"]
    secret = f"service,setting\nmap,{KEY}\n".encode()
    refused(sent(web, "resource_create", secret, package_id=dataset), "upload")
    broken = book()[:-400]
    refused(sent(web, "resource_create", broken, "สรุป.xlsx", package_id=dataset), "upload")
    refused(sent(web, "resource_create", CLEAN.replace(b"1204", b"12\x004"), package_id=dataset), "upload")
    assert stored_files(tmp_path) == []
    picture = b"\x89PNG\r\n\x1a\n" + bytes(64)
    model = b"$FL2@(#) SPSS DATA FILE" + bytes(64)
    formula = 'name,note\nก,"=HYPERLINK(""https://a.example"",""x"")"\n'.encode()
    for name, content in (("แผนที่.png", picture), ("survey.sav", model), ("empty.csv", b""), ("f.csv", formula)):
        # what the gate only warns of goes out here as there
        assert sent(web, "resource_create", content, name, package_id=dataset).status_code == 200, name
    nowhere(web, tmp_path, "")


@pytest.mark.workers
def test_what_the_desk_let_out_stays_good(web: Web, scanner: Counting) -> None:
    """A lawful disclosure was decided: who changes the dataset by API later is not asked for it again."""
    portal = web.portal
    one = portal.call_action("package_create", package("roads"))
    data = {"package_id": one["id"], "name": "ตาราง", "format": "CSV", "hash": ""}
    key = portal.call_action("resource_create", data, upload(LEAK))["id"]
    fields = [{"id": "name", "type": "text"}, {"id": "id", "type": "text"}]
    portal.call_action("datastore_create", {"resource_id": key, "force": True, "fields": fields})
    rows = {"resource_id": key, "force": True, "method": "insert", "records": [{"name": "ก", "id": NUMBER}]}
    portal.call_action("datastore_upsert", rows)
    assert web.call("package_patch", {"id": one["id"], "notes": "แก้คำอธิบาย"}).status_code == 200
    for private in (True, False):
        assert web.call("package_patch", {"id": one["id"], "private": private}).status_code == 200
    more = {**rows, "records": [{"name": "ข", "id": "A1"}]}
    assert web.call("datastore_upsert", more).status_code == 200
    assert (scanner.files, scanner.tables) == (0, 1)
    web.call("package_patch", {"id": one["id"], "private": True})
    other = national_id("another")
    assert web.call("datastore_upsert", {**rows, "records": [{"name": "ค", "id": other}]}).status_code == 200
    refused(web.call("package_patch", {"id": one["id"], "private": False}), "private")


@pytest.mark.workers
def test_what_the_desk_shares_is_not_let_out_to_everybody(web: Web) -> None:
    portal = web.portal
    one = portal.call_action("package_create", package("roads", private=True))
    data = {"package_id": one["id"], "name": "ตาราง", "format": "CSV"}
    portal.call_action("resource_create", data, upload(LEAK))
    refused(web.call("package_patch", {"id": one["id"], "private": False}), "private")
    portal.call_action("package_patch", {"id": one["id"], "private": False})  # the desk opens it: its gate said so
    for private in (True, False):
        assert web.call("package_patch", {"id": one["id"], "private": private}).status_code == 200


@pytest.mark.workers
@pytest.mark.parametrize("kind", ["file", "table"])
def test_the_desk_does_not_open_what_others_put_beside_its_own(web: Web, kind: str) -> None:
    portal = web.portal
    one = portal.call_action("package_create", package("roads", private=True))
    data = {"package_id": one["id"], "name": "ตาราง", "format": "CSV"}
    portal.call_action("resource_create", data, upload(LEAK))
    if kind == "file":
        theirs = LEAK.replace("ก".encode(), "ค".encode())
        key = sent(web, "resource_create", theirs, package_id=one["id"]).json()["result"]["id"]
    else:
        key = table(web, one["id"], [{"name": "ก", "id": NUMBER}]).json()["result"]["resource_id"]
    with pytest.raises(Refused) as raised:
        portal.call_action("package_patch", {"id": one["id"], "private": False})
    said = " ".join(raised.value.values["said"])
    assert key in said and NUMBER not in said
    assert shown(web)["private"] is True
    web.call("resource_delete", {"id": key})
    assert portal.call_action("package_patch", {"id": one["id"], "private": False})["private"] is False


@pytest.mark.workers
def test_what_changes_while_it_is_looked_into_is_looked_into_again(web: Web, scanner: Counting) -> None:
    one = made(web, private=True)
    key = table(web, one["id"], [{"name": "ก", "id": "A1"}]).json()["result"]["resource_id"]
    bad = {"resource_id": key, "method": "insert", "force": True, "records": [{"name": "ข", "id": NUMBER}]}

    def slipped() -> None:
        scanner.meanwhile = lambda: None
        assert web.portal.answer("datastore_upsert", bad, actor=web.portal.actor, site=web.portal.site)

    # the rows were read before: the scanner that waits here has not seen the one that slips in
    read = scan.rows

    def late(labels: Any, titles: Any, rows: Any, **more: Any) -> tuple[Finding, ...]:
        rows = list(rows)
        scanner.meanwhile()
        return read(labels, titles, rows, **more)

    scanner.meanwhile, scanner.rows = slipped, late  # type: ignore[method-assign]
    refused(web.call("package_patch", {"id": one["id"], "private": False}), "private")
    assert shown(web)["private"] is True


@pytest.mark.workers
def test_a_number_that_is_right_by_chance_is_judged_with_the_rows_around_it(web: Web) -> None:
    dataset = made(web)["id"]
    numbers = [f"{number * 7919 + 1234567890123:013d}" for number in range(400)]
    right = next(one for one in numbers if scan.rows(["document"], [[]], [[one]]))
    rows = [{"document": one} for one in numbers if one != right]
    key = table(web, dataset, rows).json()["result"]["resource_id"]
    asked = {"resource_id": key, "method": "insert", "force": True, "records": [{"document": right}]}
    assert web.call("datastore_upsert", asked).status_code == 200
    refused(
        web.call("datastore_upsert", {**asked, "records": [{"document": f"เลขบัตรประชาชน {NUMBER}"}]}), "records"
    )


@pytest.mark.workers
def test_the_switch_leaves_it_to_the_desk_as_ckan_does(tmp_path: Path, both: str, scanner: Counting) -> None:
    switched = Switches.of({"SAPHAN_SCAN_UPLOADS": "no"})
    with opened(tmp_path, scanner=scanner, switches=switched) as portal, served(portal) as web:
        one = made(web)
        assert sent(web, "resource_create", LEAK, package_id=one["id"]).status_code == 200
        assert table(web, one["id"], [{"name": "ก", "id": NUMBER}]).status_code == 200
        for private in (True, False):
            assert web.call("package_patch", {"id": one["id"], "private": private}).status_code == 200
    assert (scanner.files, scanner.tables) == (0, 0)
    with opened(tmp_path, scanner=scanner) as portal, served(portal) as web:
        assert web.call("package_patch", {"id": one["id"], "notes": "ใหม่"}).status_code == 200
        assert web.call("package_patch", {"id": one["id"], "private": True}).status_code == 200
        refused(web.call("package_patch", {"id": one["id"], "private": False}), "private")


@pytest.mark.workers
def test_who_may_not_write_is_told_so_and_nothing_is_looked_into(web: Web, scanner: Counting) -> None:
    one = made(web)
    form, files = {"package_id": one["id"], "name": "x", "format": "CSV"}, {"upload": ("a.csv", LEAK)}
    answer = web.ask("/api/3/action/resource_create", "POST", data=form, files=files)
    assert answer.status_code == 403
    assert scanner.files == 0


@pytest.mark.workers
def test_few_may_wait_for_a_look_so_that_readers_are_answered(web: Web, scanner: Counting) -> None:
    dataset, going, done = made(web)["id"], threading.Event(), threading.Event()
    scanner.meanwhile = lambda: (going.set(), done.wait(30))

    def one(number: int) -> int:
        content = CLEAN + f"เลย,{number}\n".encode()
        return int(sent(Web(**vars(web) | {"client": requests.Session()}), "resource_create", content,
                        package_id=dataset).status_code)  # fmt: skip

    with ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(one, number) for number in range(12)]
        assert going.wait(20)
        busy = sum(future.result() == 503 for future in islice(as_completed(answers), 4))
        assert web.call("package_show", {"id": "roads"}).status_code == 200
        done.set()
        assert sorted(future.result() for future in answers) == [200] * 8 + [503] * 4
    assert busy == 4


@pytest.mark.workers
def test_sentences_are_in_the_language_that_the_address_names(web: Web) -> None:
    dataset = made(web)["id"]
    form, files = {"package_id": dataset, "name": "x", "format": "CSV"}, {"upload": ("a.csv", LEAK)}
    for prefix, thai, english in (("/en", False, True), ("/th", True, False), ("", True, True)):
        answer = web.ask(f"{prefix}/api/3/action/resource_create", "POST", key="test-key", data=form, files=files)
        said = " ".join(answer.json()["error"]["upload"])
        assert ("เลขประจำตัวประชาชน" in said, "national ID" in said) == (thai, english)


LAWFUL = """\
- kind: lawful
  rule: personal-person-name
  by: นางสาวมาลี ตั้งใจ
  role: dpo
  position: เจ้าหน้าที่คุ้มครองข้อมูลส่วนบุคคล
  basis: ผู้ดำรงตำแหน่ง
  clause: พ.ร.บ. ข้อมูลข่าวสารของราชการ พ.ศ. 2540 มาตรา 9
  reason: รายชื่อผู้บริหารตามกฎหมาย
  places: [{resource: funds, column: fund}]
  at: "2026-11-20T03:00:00Z"
"""


@pytest.mark.workers
def test_a_desk_publishes_through_the_gate_or_past_it_where_its_own_knows_the_decision(tmp_path: Path) -> None:
    schema = Standard.load("gdc-2.2.4").schema
    engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    with (
        opened(tmp_path, schema=schema, scanner=scan) as portal,
        served(portal) as web,
        RemotePortal(web.url, key="test-key") as remote,
    ):
        bench = Bench(tmp_path, remote, Journal(engine, actor="test"), agency="test-agency", name="test-funds")
        _, done = bench.push()
        assert not done.refused and len(bench.rows("รายชื่อกองทุน")) == 2
        bench.edit("source/funds.csv", "บ้านเหนือ", "นายสมชาย ใจดี")
        bench.edit("source/funds.csv", "บ้านใต้", "นางสาวอนงค์ รักไทย")
        bench.write("test-funds/decisions.yaml", LAWFUL)
        made, done = bench.push()
        assert not made.refused, "the desk's gate knows the decision"
        assert [one.rule for one in done.refused["test-funds"]] == ["portal-refused"]
        assert {row["fund"] for row in bench.rows("รายชื่อกองทุน")} == {"บ้านเหนือ", "บ้านใต้"}
        here = Bench.__new__(Bench)
        here.__dict__ = {**bench.__dict__, "portal": portal}
        _, done = here.push()
        assert not done.refused
        assert {row["fund"] for row in here.rows("รายชื่อกองทุน")} == {"นายสมชาย ใจดี", "นางสาวอนงค์ รักไทย"}
        for private in (True, False):
            answer = web.call("package_patch", {"id": "test-funds", "private": private})
            assert answer.status_code == 200, answer.text
    engine.dispose()


SAID: dict[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
    "title": lambda text: ("package_patch", {"id": "roads", "title": f"ข้อมูลของ {text}"}),
    "title_en": lambda text: ("package_patch", {"id": "roads", "extras": [{"key": "title_en", "value": text}]}),
    "description": lambda text: ("package_patch", {"id": "roads", "notes": f"ข้อมูลของ {text}"}),
    "keyword": lambda text: ("package_patch", {"id": "roads", "tags": [{"name": text}]}),
    "source named": lambda text: (
        "package_patch",
        {"id": "roads", "extras": [{"key": "data_source", "value": text}]},
    ),
    "resource title": lambda text: (
        "resource_create",
        {"package_id": "roads", "url": "https://a.example", "name": text},
    ),
    "resource description": lambda text: (
        "resource_create",
        {"package_id": "roads", "url": "https://a.example", "name": "x", "description": f"ข้อมูลของ {text}"},
    ),
    "field title": lambda text: (
        "datastore_create",
        {
            "resource": {"package_id": "roads", "name": "x"},
            "fields": [{"id": "a", "type": "text", "info": {"label": text}}],
        },
    ),
    "field description": lambda text: (
        "datastore_create",
        {
            "resource": {"package_id": "roads", "name": "x"},
            "fields": [{"id": "a", "type": "text", "info": {"notes": f"ข้อมูลของ {text}"}}],
        },
    ),
}
"""Place of a description → the action that would say it here."""


def records(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file as a DataStore gets them, numbers as numbers."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    return [
        {key: int(cell) if cell.isascii() and cell.isdigit() else cell for key, cell in row.items()}
        for row in found
    ]


@pytest.mark.workers
def test_two_hundred_hidden_values_do_not_get_in(tmp_path: Path, caplog: Any) -> None:
    """The values that no command gets out of a desk (`test_gate_leaks.py`), sent to the served catalog instead."""
    desk = tmp_path / "desk"
    some = cases(200)
    answers, took = [], []
    (tmp_path / "server").mkdir()
    with opened(tmp_path / "server", scanner=scan) as portal, served(portal) as web:
        dataset = made(web)["id"]
        for case in some:
            clean(desk, case.name, form_of(case.place))
            spoil(desk, case)
            if case.place in SAID:
                action, data = SAID[case.place](case.value)
                sending = [web.call(action, data)]
            else:
                files = [path for path in sorted((desk / case.name / "source").rglob("*")) if path.is_file()]
                sending = [
                    sent(web, "resource_create", one.read_bytes(), one.name, package_id=dataset) for one in files
                ]
                rows = [row for one in files if one.suffix == ".csv" for row in records(one)]
                if rows and table(web, dataset, rows).status_code != 409:
                    took.append(f"rows · {case.place} · {case.entity}")
            answers += [answer.text for answer in sending]
            if all(answer.status_code == 200 for answer in sending):
                took.append(f"{case.place} · {case.entity}")
            assert {answer.status_code for answer in sending} <= {200, 409}
        stored = "\n".join(texts(portal))
    disk = [
        path.read_bytes().decode("utf-8", "replace") for path in (tmp_path / "server").rglob("*") if path.is_file()
    ]
    assert took == []
    for where in (stored, "\n".join(answers), caplog.text, *disk):
        assert leaked(some, where) == []
