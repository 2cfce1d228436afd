"""Whether files answer: politely, once, three-valued; our own by hash and never by the network."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import CSV, opened, package, upload
from harvest_ground import Elsewhere, elsewhere, result

from catalog.audit.entry import Entry
from catalog.audit.seen import looks, reach, registered
from catalog.audit.seen.reach import held, look
from catalog.audit.seen.sniff import HEAD
from catalog.harvest import client as clients
from catalog.harvest.client import Client
from catalog.portal.local import LocalPortal
from catalog.store.evidence import Remembered, Stored
from metadata import clock
from metadata.event import Event, result_of

WEEK = timedelta(days=7)
PAGE = "<!doctype html><title>ไม่พบ</title>".encode()
CHALLENGE = b'<html><script src="/_Incapsula_Resource?SWJIYLWA=1"></script></html>'


def entry(*urls: str, name: str = "d", form: str = "CSV") -> Entry:
    """A dataset whose resources are called by their place."""
    found = [{"id": f"{name}/{place}", "url": url, "format": form} for place, url in enumerate(urls)]
    return Entry(package={"id": f"id-{name}", "name": name, "resources": found})


@contextmanager
def reader(**more: Any) -> Iterator[Client]:
    settings: dict[str, Any] = {"allowed": ["127.0.0.1", "localhost"], "sleep": lambda _seconds: None, **more}
    with Client(delay=settings.pop("delay", 0), purpose="auditor", **settings) as client:
        yield client


def seen(*entries: Entry, cache: Remembered | None = None, **more: Any) -> dict[str, Any]:
    with reader(**more) as client:
        return result_of(look(entries, client, cache or Remembered(), most_age=WEEK))


# ------------------------------------------------------------------------------------- other people's files


def test_a_file_that_answers_is_told_with_what_it_is(far: Elsewhere) -> None:
    url = far.file("/a.csv", CSV, "text/csv; charset=utf-8", ETag='"v1"', **{"Last-Modified": "yesterday"})
    found = seen(entry(url))["d/0"]
    assert found.pop("checked_at") <= clock.stamp()
    assert found == {
        "ok": True,
        "status": 200,
        "bytes": len(CSV),
        "content_type": "text/csv",
        "sniffed": "csv",
        "etag": '"v1"',
        "last_modified": "yesterday",
        "format_true": True,
    }
    assert far.methods == ["GET"]
    sent = far.asked[0][1]
    assert sent["Range"] == f"bytes=0-{HEAD - 1}"
    assert "(auditor)" in sent["User-Agent"]


def test_no_more_of_a_file_is_read_than_its_beginning(far: Elsewhere) -> None:
    url = far.file("/big.csv", b"a,b\n1,2\n" * 400_000, "text/csv")
    part = {"Content-Type": "text/csv", "Content-Range": f"bytes 0-{HEAD - 1}/987654321"}
    far.replies["/part.csv"] = (206, part, (b"a,b\n1,2\n" * HEAD)[:HEAD])
    found = seen(entry(url, far.url + "/part.csv"))
    assert (found["d/0"]["bytes"], found["d/0"]["sniffed"]) == (3_200_000, "csv")
    assert (found["d/1"]["bytes"], found["d/1"]["sniffed"]) == (987_654_321, "csv")


def test_a_page_instead_of_a_file_answers_and_is_no_file(far: Elsewhere) -> None:
    found = seen(entry(far.file("/a.xlsx", PAGE, "application/octet-stream"), form="XLSX"))["d/0"]
    assert (found["ok"], found["sniffed"], found["format_true"]) == (True, "html", False)


@pytest.mark.parametrize(
    ("status", "headers", "body", "ok", "reason"),
    [
        (404, {}, PAGE, False, "portal-not-found"),
        (410, {}, b"", False, "portal-not-found"),
        (401, {}, b"", False, "portal-key-missing"),
        (403, {}, b"private", False, "portal-not-allowed"),
        (500, {}, PAGE, False, "portal-failed"),
        (418, {}, b"", False, "portal-refused"),
        (416, {"Content-Range": "bytes */0"}, b"", True, None),
        (200, {}, CHALLENGE, None, "portal-blocked"),
        (403, {}, CHALLENGE, None, "portal-blocked"),
        (403, {}, b"<html>Access Denied. Support ID: 7</html>", None, "portal-blocked"),
        (403, {"Set-Cookie": "visid_incap_1=x; path=/"}, b"", None, "portal-blocked"),
        (503, {"cf-mitigated": "challenge"}, b"", None, "portal-blocked"),
        (429, {"Retry-After": "3600"}, b"", None, "portal-busy"),
    ],
)
def test_an_answer_is_yes_no_or_nothing(
    far: Elsewhere, status: int, headers: dict[str, str], body: bytes, ok: bool | None, reason: str | None
) -> None:
    far.replies["/a.csv"] = (status, {"Content-Type": "text/html", **headers}, body)
    found = seen(entry(far.url + "/a.csv"))["d/0"]
    assert (found["ok"], found.get("reason"), found["status"]) == (ok, reason, status)
    assert len(far.asked) == 1


def test_a_wall_that_lets_the_file_through_is_no_wall(far: Elsewhere) -> None:
    url = far.file("/a.csv", CSV, "text/csv", **{"Set-Cookie": "visid_incap_1=x", "x-iinfo": "1"})
    assert seen(entry(url))["d/0"]["ok"] is True


def test_the_words_of_a_challenge_in_a_table_are_no_challenge(far: Elsewhere) -> None:
    table = "ระบบ,ข้อความ\nweb,just a moment\nwaf,request rejected\n".encode()
    assert seen(entry(far.file("/a.csv", table, "text/csv")))["d/0"]["ok"] is True


def test_the_national_portal_refuses_data_centres_and_that_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    glance = clients.Glance(status=403, headers={}, head=b"Forbidden")
    monkeypatch.setattr(Client, "glance", lambda *_args, **_more: glance)
    found = seen(entry("https://data.go.th/a.csv", "https://opend.data.go.th/b.csv", "https://x.go.th/c.csv"))
    assert [one["ok"] for one in found.values()] == [None, None, False]


def test_a_server_that_asks_to_wait_is_waited_for(far: Elsewhere) -> None:
    replies = iter([(429, {"Retry-After": "7"}, b""), (200, {"Content-Type": "text/csv"}, CSV)])
    far.replies["/a.csv"] = lambda _query: next(replies)
    slept: list[float] = []
    assert seen(entry(far.url + "/a.csv"), sleep=slept.append)["d/0"]["ok"] is True
    assert slept == [7]


@pytest.mark.parametrize(
    ("url", "ok", "reason"),
    [
        ("", False, "portal-url"),
        ("  ", False, "portal-url"),
        ("/dataset/a/a.csv", False, "portal-url"),
        ("http://[bad", False, "portal-url"),
        ("ftp://files.example/a.csv", None, "portal-url"),
        ("http://10.0.0.7/a.csv", False, "harvest-address"),
        ("http://intranet/a.csv", False, None),
    ],
)
def test_an_address_that_leads_nowhere_is_not_asked(url: str, ok: bool | None, reason: str | None) -> None:
    with elsewhere() as other:
        found = seen(entry(url, other.file("/a", CSV)), allowed=["127.0.0.1"])["d/0"]
    assert found["ok"] is ok
    assert reason in (None, found["reason"])


def test_a_name_that_leads_inside_here_may_lead_elsewhere_there(far: Elsewhere, monkeypatch: Any) -> None:
    known = socket.getaddrinfo
    inside = [(2, 1, 6, "", ("10.1.2.3", 80))]
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: inside if "agency" in host else known(host, *a, **k)
    )
    found = seen(entry("http://data.agency.go.th/a.csv", far.file("/a", CSV)))
    assert (found["d/0"]["ok"], found["d/0"]["reason"]) == (None, "harvest-address")


def test_a_redirect_is_followed_and_one_inwards_is_not(far: Elsewhere) -> None:
    far.file("/b.csv", CSV, "text/csv")
    far.replies["/a.csv"] = (302, {"Location": "/b.csv"}, b"")
    far.replies["/in.csv"] = (302, {"Location": "http://10.0.0.1/x"}, b"")
    far.replies["/round"] = (302, {"Location": "/round"}, b"")
    found = seen(entry(far.url + "/a.csv", far.url + "/in.csv", far.url + "/round"))
    assert found["d/0"]["ok"] is True
    assert found["d/1"]["reason"] == "harvest-address"
    assert (found["d/2"]["ok"], found["d/2"]["reason"]) == (False, "harvest-endless")


def closed() -> str:
    """An address of this machine where nobody listens."""
    with elsewhere() as gone:
        return gone.url


def test_where_nobody_at_all_answers_it_may_be_us(far: Elsewhere) -> None:
    cache, gone = Remembered(), closed()
    assert seen(entry(gone + "/a", gone + "/b"), cache=cache)["d/0"]["ok"] is None
    assert cache.find(reach.KIND, [gone + "/a", gone + "/b"]) == {}
    found = seen(entry(gone + "/a", gone + "/b", far.file("/c.csv", CSV)), cache=cache)
    assert [one["ok"] for one in found.values()] == [False, False, True]
    assert set(cache.find(reach.KIND, [gone + "/a", gone + "/b"])) == {gone + "/a", gone + "/b"}


def test_a_host_that_is_silent_is_not_asked_for_each_of_its_files(far: Elsewhere) -> None:
    gone = closed()
    urls = [f"{gone}/{number}".replace("127.0.0.1", "localhost") for number in range(9)]
    with reader() as client:
        story = look([entry(far.file("/a.csv", CSV), *urls)], client, Remembered(), most_age=WEEK)
        found = result_of(story)
        assert client.sent == 1 + reach.DEAF
    assert [one["ok"] for one in found.values()] == [True] + [False] * 9


def test_a_wall_is_not_run_against_for_each_file(far: Elsewhere) -> None:
    far.replies |= {f"/{number}": (403, {}, CHALLENGE) for number in range(9)}
    found = seen(entry(*(f"{far.url}/{number}" for number in range(9))))
    assert {one["ok"] for one in found.values()} == {None}
    assert len(far.asked) == reach.SHUT


def test_hosts_take_turns_and_each_has_its_pause(far: Elsewhere) -> None:
    slept: list[float] = []
    ours = [far.file(f"/{number}", CSV) for number in range(3)]
    others = [url.replace("127.0.0.1", "localhost") for url in ours]
    seen(entry(*ours, *others), delay=5, sleep=slept.append)
    assert [headers["Host"].partition(":")[0] for _, headers in far.asked] == ["127.0.0.1", "localhost"] * 3
    assert len(slept) == 4
    assert all(4 < one <= 5 for one in slept)


def test_a_file_that_several_records_name_is_asked_for_once(far: Elsewhere) -> None:
    url = far.file("/a.csv", CSV, "text/csv")
    found = seen(entry(url), entry(url, name="e", form="XLSX"))
    assert len(far.asked) == 1
    assert (found["d/0"]["format_true"], found["e/0"]["format_true"]) == (True, False)


# ----------------------------------------------------------------------------------------------- what is kept


def test_a_second_audit_asks_nothing(far: Elsewhere) -> None:
    cache = Remembered()
    far.replies["/gone"] = (404, {}, b"")
    far.replies["/wall"] = (403, {}, CHALLENGE)
    wanted = entry(far.file("/a.csv", CSV), far.url + "/gone", far.url + "/wall", closed())
    first = seen(wanted, cache=cache)
    assert len(far.asked) == 3
    assert seen(wanted, cache=cache) == first
    assert len(far.asked) == 3


def test_later_a_file_that_is_the_same_still_is_not_fetched_again(far: Elsewhere) -> None:
    cache = Remembered()
    urls = [
        far.file("/same.csv", CSV, "text/csv", ETag='"1"'),
        far.file("/new.csv", CSV, "text/csv", ETag='"1"'),
        far.file("/none.csv", CSV, "text/csv"),
    ]
    before = seen(entry(*urls), cache=cache)
    far.file("/new.csv", PAGE, "text/html", ETag='"2"')
    far.methods.clear()
    with clock.frozen(clock.now() + 2 * WEEK):
        after = seen(entry(*urls), cache=cache)
    asked = list(zip(far.methods, (path for path, _ in far.asked[3:]), strict=True))
    assert asked == [
        ("HEAD", "/same.csv"), ("HEAD", "/new.csv"), ("GET", "/new.csv"),
        ("HEAD", "/none.csv"), ("GET", "/none.csv"),
    ]  # fmt: skip
    assert {**after["d/0"], "checked_at": ""} == {**before["d/0"], "checked_at": ""}
    assert after["d/0"]["checked_at"] > before["d/0"]["checked_at"]
    assert after["d/1"]["sniffed"] == "html"


def test_a_server_without_head_is_asked_for_the_first_bytes(far: Elsewhere) -> None:
    cache = Remembered()
    url = far.file("/a.csv", CSV, "text/csv", ETag='"1"')
    far.heads = False
    seen(entry(url), cache=cache)
    with clock.frozen(clock.now() + 2 * WEEK):
        assert seen(entry(url), cache=cache)["d/0"]["ok"] is True
    assert far.methods == ["GET", "HEAD", "GET"]


def test_what_was_found_before_it_was_stopped_is_kept(far: Elsewhere) -> None:
    cache = Remembered()
    urls = [far.file(f"/{number}", CSV) for number in range(4)]
    with reader() as client:
        story = look([entry(*urls)], client, cache, most_age=WEEK)
        told = [next(story), next(story)]
        with pytest.raises(KeyboardInterrupt):
            story.throw(KeyboardInterrupt)
    assert set(cache.find(reach.KIND, urls)) == set(urls[:2])
    assert [one.body["asked"] for one in told] == [1, 2]
    assert seen(entry(*urls), cache=cache).keys() == {f"d/{number}" for number in range(4)}
    assert len(far.asked) == 4


def test_what_is_told_holds_no_query_of_an_address(far: Elsewhere) -> None:
    told: list[Event] = []
    with reader() as client:
        story = look([entry(far.file("/a.csv", CSV) + "?key=s3cret")], client, Remembered(), most_age=WEEK)
        told += story
    assert "s3cret" not in json.dumps([dict(one.body) for one in told])
    assert told[0].dataset == "d"


def test_an_audit_block_by_block_asks_a_silent_host_no_more_than_one_at_once(far: Elsewhere) -> None:
    gone, url = closed(), far.file("/a.csv", CSV)
    with reader() as client:
        look_ = looks.addresses(client, Remembered())
        blocks = [[entry(url, f"{gone}/{number}", name=f"d{number}")] for number in range(6)]
        found = [result_of(look_(block)) for block in blocks]
        assert client.sent == 1 + reach.DEAF
    assert [one[f"d{number}"]["reach"][f"d{number}/1"]["ok"] for number, one in enumerate(found)] == [False] * 6


def test_where_time_is_up_the_next_audit_goes_on(far: Elsewhere) -> None:
    cache = Remembered()
    wanted = entry(*(far.file(f"/{number}", CSV) for number in range(3)))
    with reader() as client:
        result_of(looks.addresses(client, cache)([Entry(package={**wanted.package, "resources": []})]))
        none = result_of(looks.addresses(client, cache, seconds=-1)([wanted]))["d"]["reach"]
        assert {(one["ok"], one["reason"]) for one in none.values()} == {(None, reach.LATER)}
        assert far.asked == []
        every = result_of(looks.addresses(client, cache, seconds=60)([wanted]))["d"]["reach"]
    assert {one["ok"] for one in every.values()} == {True}


# -------------------------------------------------------------------------------------------------- our own


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[LocalPortal]:
    with opened(tmp_path) as made:
        yield made


def own(portal: LocalPortal, content: bytes = CSV, **more: Any) -> tuple[Entry, Path]:
    """A dataset of ours with a file and a link; and where the file lies."""
    made = portal.call_action("package_create", package())
    data = {"package_id": made["id"], "name": "a", "format": "CSV", **more}
    uploaded = portal.call_action("resource_create", data, files=upload(content))
    portal.call_action("resource_create", {**data, "name": "b", "url": "https://elsewhere.example/a.csv"})
    file = portal.uploaded(uploaded["id"])
    assert file is not None
    return Entry(package=portal.call_action("package_show", {"id": made["id"]})), file.path


def test_a_file_of_ours_is_there_and_whole_and_a_link_is_not_looked_at(portal: LocalPortal) -> None:
    wanted, _path = own(portal)
    found = held([wanted], portal, Remembered(), most_age=WEEK)
    assert list(found) == [wanted.package["resources"][0]["id"]]
    (one,) = found.values()
    assert (one["ok"], one["bytes"], one["sniffed"], one["format_true"]) == (True, len(CSV), "csv", True)
    assert "state" not in one


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("content", [None, CSV[:-1], CSV.replace(b"1", b"9")])
def test_a_file_of_ours_that_is_gone_cut_or_changed_is_found(
    portal: LocalPortal, content: bytes | None, *, cached: bool
) -> None:
    wanted, path = own(portal)
    cache = Stored(portal.engine)
    if cached:
        held([wanted], portal, cache, most_age=WEEK)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    (one,) = held([wanted], portal, cache, most_age=WEEK).values()
    assert one["ok"] is False
    assert one["reason"] == ("file-missing" if content is None else "file-differs")


def test_a_file_of_ours_that_has_not_changed_is_not_read_again(
    portal: LocalPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, _path = own(portal)
    cache = Stored(portal.engine)
    opening: list[str] = []
    was = portal.files.opened

    def counted(sha256: str) -> Any:
        opening.append(sha256)
        return was(sha256)

    monkeypatch.setattr(portal.files, "opened", counted)
    first = held([wanted], portal, cache, most_age=WEEK)
    assert held([wanted], portal, cache, most_age=WEEK) == first
    assert len(opening) == 1
    with clock.frozen(clock.now() + 2 * WEEK):
        held([wanted], portal, cache, most_age=WEEK)
    assert len(opening) == 2


def test_a_file_of_ours_that_is_not_the_one_its_record_names_is_found(portal: LocalPortal) -> None:
    wanted, _path = own(portal, hash="sha256:" + "0" * 64)
    resource = {**wanted.package["resources"][0], "hash": "sha256:" + "0" * 64}
    changed = Entry(package={**wanted.package, "resources": [resource]})
    (one,) = held([changed], portal, Remembered(), most_age=WEEK).values()
    assert (one["ok"], one["reason"]) == (False, "file-differs")


# -------------------------------------------------------------------------------------------- GD Catalog


def gd_catalog(far: Elsewhere, **states: str) -> None:
    """A harvester of GD Catalog's that knows some datasets by their ids."""

    def said(_query: dict[str, str]) -> Any:
        asked = json.loads(far.bodies[-1])
        assert set(asked) == {"site_url", "package"}
        modified = states.get(asked["package"])
        return result([{"name": "x", "metadata_modified": modified, "governance_state": ""}] if modified else [])

    far.replies[registered.ACTION] = said


def asked(far: Elsewhere, *entries: Entry, cache: Remembered | None = None) -> dict[str, Any]:
    with reader() as client:
        more: dict[str, Any] = {"site_url": "https://catalog.agency.go.th/th", "harvester": far.url + "/"}
        return result_of(registered.ask(entries, client, cache or Remembered(), most_age=WEEK, **more))


def test_gd_catalog_is_asked_for_each_dataset_of_the_agencys_own(far: Elsewhere) -> None:
    gd_catalog(far, **{"id-a": "2026-10-01T00:00:00", "id-b": ""})
    copy = {"key": "reference_url_catalog", "value": "https://other.go.th/"}
    others: list[dict[str, Any]] = [
        {"private": True},
        {"type": "harvest"},
        {"extras": [copy]},
        {"allow_harvest": "False"},
    ]
    not_ours = [Entry(package={**entry(name=f"x{n}").package, **more}) for n, more in enumerate(others)]
    cache = Remembered()
    found = asked(far, entry(name="a"), entry(name="b"), *not_ours, cache=cache)
    assert {name: one["registered"] for name, one in found.items()} == {"a": True, "b": False}
    assert found["a"]["modified"] == "2026-10-01T00:00:00"
    assert [json.loads(body)["site_url"] for body in far.bodies] == ["catalog.agency.go.th"] * 2
    assert asked(far, entry(name="a"), entry(name="b"), cache=cache) == found
    assert len(far.bodies) == 2


@pytest.mark.parametrize(
    "reply",
    [
        (200, {"Content-Type": "text/html"}, PAGE),
        (200, {}, b'{"success": false}'),
        (200, {}, b'{"success": true, "result": {}}'),
        (403, {}, CHALLENGE),
        (404, {}, b"{}"),
        (302, {"Location": "/login"}, b""),
        (500, {}, b""),
    ],
)
def test_an_answer_that_is_none_says_nothing_of_a_registration(far: Elsewhere, reply: Any) -> None:
    far.replies[registered.ACTION] = reply
    cache = Remembered()
    found = asked(far, *(entry(name=f"d{number}") for number in range(6)), cache=cache)
    assert {one["registered"] for one in found.values()} == {None}
    assert all(one["reason"] for one in found.values())
    assert len(far.asked) == registered.PATIENCE
    with reader() as client:
        more: dict[str, Any] = {"site_url": "x.go.th", "harvester": far.url, "refusals": registered.Refusals()}
        for number in range(6):
            block = [entry(name=f"e{number}")]
            result_of(registered.ask(block, client, cache, most_age=WEEK, **more))
    assert len(far.asked) == 2 * registered.PATIENCE
    gd_catalog(far, **{"id-d0": "2026-10-01"})
    assert asked(far, entry(name="d0"), cache=cache)["d0"]["registered"] is True
