"""RemotePortal against a portal that answers in every bad way."""

from __future__ import annotations

import io
import logging
import socket
import threading
import traceback
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from fault_server import Answer, FaultServer, page, refusal, result, serving

from catalog.portal.remote import ATTEMPTS, RemotePortal, reads
from metadata import wording
from metadata.errors import NotAllowed, NotCkan, PortalError, Refused, SaphanError, SetupError, Unreachable

KEY = "sekret-กุญแจ".encode().hex()
OK = result({"id": "1", "title": "กองทุนสวัสดิการชุมชน"})
BUSY = {"Retry_After": "2"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with serving() as faults:
        yield faults


@pytest.fixture
def portal(server: FaultServer) -> Iterator[RemotePortal]:
    with RemotePortal(server.url, key=KEY, timeout=5.0) as remote:
        yield remote


def raised(portal: RemotePortal, action: str, files: dict[str, io.BufferedIOBase] | None = None) -> SaphanError:
    with pytest.raises(SaphanError) as caught:
        portal.call_action(action, {"id": "x"}, files=files)  # type: ignore[arg-type]
    return caught.value


def test_an_answer_gives_its_result(server: FaultServer, portal: RemotePortal) -> None:
    server.on("package_show", OK)
    assert portal.call_action("package_show", {"id": "x"})["title"] == "กองทุนสวัสดิการชุมชน"


def test_thai_is_read_where_the_portal_names_no_charset(server: FaultServer, portal: RemotePortal) -> None:
    server.on(
        "package_show", Answer(body='{"success": true, "result": "ชุดข้อมูล"}', content_type="application/json")
    )
    assert portal.call_action("package_show") == "ชุดข้อมูล"


def test_the_key_and_our_name_are_sent(server: FaultServer, portal: RemotePortal) -> None:
    server.on("package_show", OK)
    portal.call_action("package_show")
    headers = server.seen[0].headers
    assert headers["Authorization"] == headers["X-CKAN-API-Key"] == KEY
    assert headers["User-Agent"].startswith("saphan/")


def test_a_login_in_the_url_is_sent_and_the_key_goes_beside_it(server: FaultServer) -> None:
    server.on("package_show", OK)
    with RemotePortal(server.url.replace("//", "//user:passw0rd@"), key=KEY) as portal:
        portal.call_action("package_show")
        assert "passw0rd" not in repr(portal)
    headers = server.seen[0].headers
    assert headers["Authorization"].startswith("Basic ")
    assert headers["X-CKAN-API-Key"] == KEY


def test_a_netrc_file_does_not_replace_the_key(
    server: FaultServer, portal: RemotePortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.on("package_show", OK)
    portal.call_action("package_show")
    assert server.seen[0].headers["Authorization"] == KEY


@pytest.mark.parametrize("tail", ["", "/", "/api/3/action", "/api/action/", "/api/3"])
def test_the_address_may_end_in_the_api(server: FaultServer, tail: str) -> None:
    server.on("package_show", OK)
    with RemotePortal(server.url + tail) as portal:
        assert portal.url == server.url
        portal.call_action("package_show")


@pytest.mark.parametrize("url", ["", "data.go.th", "ftp://data.go.th", "https://", "http://[::1", "http://a:port"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SetupError) as caught:
        RemotePortal(url)
    assert caught.value.kind == "portal-url"


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "กุญแจ"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SetupError) as caught:
        RemotePortal("http://127.0.0.1", key=key)
    assert caught.value.kind == "portal-key-form"
    assert not key or key not in str(caught.value)


BAD: dict[str, tuple[Answer, type[PortalError], str]] = {
    "html 200": (page(200), NotCkan, "portal-not-ckan"),
    "html 404": (page(404), NotCkan, "portal-not-ckan"),
    "html 403": (page(403), NotAllowed, "portal-not-allowed"),
    "firewall 403": (page(403, "<h1>Access Denied</h1> Support ID: 123"), NotCkan, "portal-blocked"),
    "bot challenge 200": (page(200, "<script src=/cdn-cgi/challenge-platform/x>"), NotCkan, "portal-blocked"),
    "a page that only uses a CDN": (page(200, "<script src=//cdnjs.cloudflare.com>"), NotCkan, "portal-not-ckan"),
    "401": (page(401), NotAllowed, "portal-key-refused"),
    "403 anonymous": (
        refusal(403, {"__type": "Authorization Error", "message": "Access denied: User  not authorized"}),
        NotAllowed,
        "portal-key-refused",
    ),
    "403 anonymous in Thai": (
        refusal(403, {"__type": "Authorization Error", "message": "Access denied: ผู้ใช้  ไม่ได้รับอนุญาต"}),
        NotAllowed,
        "portal-key-refused",
    ),
    "403 a reader": (
        refusal(403, {"__type": "Authorization Error", "message": "Access denied: ผู้ใช้ somchai ไม่ได้รับอนุญาต"}),
        NotAllowed,
        "portal-not-allowed",
    ),
    "404": (refusal(404, {"__type": "Not Found Error", "message": "ไม่พบ"}), Refused, "portal-not-found"),
    "409": (refusal(409, {"__type": "Validation Error", "name": ["ใช้แล้ว"]}), Refused, "portal-refused"),
    "409 in a 200": (refusal(200, {"__type": "Validation Error", "name": ["x"]}), Refused, "portal-refused"),
    "413 html": (page(413), Refused, "portal-too-large"),
    "429": (page(429), Refused, "portal-busy"),
    "500 json": (refusal(500, {"__type": "Internal Server Error"}), Refused, "portal-failed"),
    "500 html": (page(500), Refused, "portal-failed"),
    "502 html": (page(502), Refused, "portal-failed"),
    "unknown action": (
        Answer(status=400, body='"Bad request: Action name not known: a_show"'),
        Refused,
        "no-action",
    ),
    "json of another service": (Answer(body={"hello": "world"}), NotCkan, "portal-not-ckan"),
    "a json list": (Answer(body=[1, 2]), NotCkan, "portal-not-ckan"),
    "success without result": (Answer(body={"success": True}), NotCkan, "portal-not-ckan"),
    "nothing": (Answer(body=""), NotCkan, "portal-not-ckan"),
    "truncated": (Answer(body=OK.body, cut="answer"), Unreachable, "portal-cut-off"),
    "connection reset": (Answer(cut="before"), Unreachable, "portal-cut-off"),
}


@pytest.mark.parametrize("action", ["a_show", "a_create"])
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_answer_is_one_clear_error_without_the_key(
    server: FaultServer, bad: str, action: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer, kind, name = BAD[bad]
    if isinstance(answer.body, str):
        answer = Answer(**{**vars(answer), "body": answer.body.replace("a_show", action)})
    server.on(action, answer)
    caplog.set_level(logging.DEBUG)
    with RemotePortal(server.url.replace("//", "//user:passw0rd@"), key=KEY, timeout=5.0) as portal:
        error = raised(portal, action)
    assert isinstance(error, kind)
    assert error.kind.endswith(name)
    assert error.exit == 4
    assert error.values["action"] == action
    assert error.values["portal"] == server.url
    shown = [*traceback.format_exception(error), repr(error), caplog.text]
    for language in ("th", "en"):
        said = wording.error(error, language)
        assert said["message"] != error.kind
        assert said["remedy"]
        assert "…" not in said["message"] + said["remedy"]
        shown.append(str(said))
    assert KEY not in "".join(shown)
    assert "passw0rd" not in "".join(shown)


@pytest.mark.parametrize("bad", ["502 html", "500 json", "truncated", "connection reset", "html 200"])
def test_a_write_that_may_have_been_done_is_sent_once_and_called_ambiguous(
    server: FaultServer, portal: RemotePortal, bad: str
) -> None:
    server.on("package_create", BAD[bad][0], OK)
    assert raised(portal, "package_create").values["ambiguous"] is True
    assert server.times("package_create") == portal.writes == 1


@pytest.mark.parametrize("bad", ["404", "409", "413 html", "403 a reader", "unknown action"])
def test_a_write_that_was_refused_is_not_ambiguous(server: FaultServer, portal: RemotePortal, bad: str) -> None:
    server.on("a_create", BAD[bad][0], OK)
    assert "ambiguous" not in raised(portal, "a_create").values
    assert server.times("a_create") == portal.writes == 1


@pytest.mark.parametrize("bad", ["502 html", "429", "truncated", "connection reset"])
def test_a_read_is_repeated_after_a_passing_failure(server: FaultServer, portal: RemotePortal, bad: str) -> None:
    server.on("a_show", BAD[bad][0], OK)
    assert portal.call_action("a_show")["id"] == "1"
    assert server.times("a_show") == 2
    assert portal.writes == 0


def test_a_read_is_not_repeated_for_ever(server: FaultServer, portal: RemotePortal) -> None:
    server.on("a_show", page(503))
    assert raised(portal, "a_show").values["status"] == 503
    assert server.times("a_show") == ATTEMPTS


@pytest.mark.parametrize("bad", ["404", "409", "500 json", "html 200", "401"])
def test_a_read_that_was_refused_is_not_repeated(server: FaultServer, portal: RemotePortal, bad: str) -> None:
    server.on("a_show", BAD[bad][0], OK)
    raised(portal, "a_show")
    assert server.times("a_show") == 1


def test_a_write_is_repeated_where_the_portal_was_only_busy(server: FaultServer, portal: RemotePortal) -> None:
    server.on("package_create", page(429, **BUSY), OK)
    assert portal.call_action("package_create", {"name": "x"})["id"] == "1"
    assert portal.writes == 2


def test_a_portal_that_asks_for_an_hour_gets_it(server: FaultServer, portal: RemotePortal) -> None:
    server.on("a_show", page(429, Retry_After="3600"), OK)
    error = raised(portal, "a_show")
    assert (error.kind, error.values["wait"]) == ("portal-busy", 3600.0)
    assert server.times("a_show") == 1


@pytest.mark.parametrize("action", ["package_show", "package_create"])
def test_a_redirect_is_named_and_not_followed(server: FaultServer, portal: RemotePortal, action: str) -> None:
    server.on(action, page(301, Location=f"https://new.go.th/catalog/api/action/{action}?secret=1"))
    error = raised(portal, action)
    assert isinstance(error, NotCkan)
    assert (error.kind, error.values["to"]) == ("portal-redirected", "https://new.go.th/catalog")
    assert server.times(action) == 1


def test_a_portal_that_stays_silent_is_left_after_the_timeout(server: FaultServer) -> None:
    server.on("a_create", Answer(cut="silence"))
    with RemotePortal(server.url, timeout=0.2) as portal:
        error = raised(portal, "a_create")
    assert (error.kind, error.values["ambiguous"]) == ("portal-timeout", True)


def test_a_portal_that_is_down_is_no_write(portal: RemotePortal) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with RemotePortal(f"http://127.0.0.1:{free.getsockname()[1]}", key=KEY) as down:
            error = raised(down, "package_create")
            assert down.writes == 0
    assert error.kind == "portal-unreachable"
    assert "ambiguous" not in error.values


def test_a_proxy_that_is_down_is_told_from_a_portal_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://user:passw0rd@127.0.0.1:{free.getsockname()[1]}")
        with RemotePortal("http://catalog.example.go.th", key=KEY) as portal:
            error = raised(portal, "package_create")
    assert error.kind == "portal-proxy"
    assert "passw0rd" not in "".join(traceback.format_exception(error))


def test_what_is_no_tls_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def answer() -> None:
            line, _address = plain.accept()
            with line:
                line.recv(100)
                line.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with RemotePortal(f"https://127.0.0.1:{plain.getsockname()[1]}") as portal:
            error = raised(portal, "package_create")
        thread.join()
    assert error.kind == "portal-tls"


READING = """package_show package_list package_search status_show datastore_search datastore_info
    datastore_search_sql organization_list_for_user scheming_dataset_schema_show tag_autocomplete"""
WRITING = """package_create package_patch resource_delete datastore_upsert datastore_create dataset_purge
    follow_dataset package_owner_org_update config_option_update package_show_and_delete show"""


@pytest.mark.parametrize("action", READING.split())
def test_an_action_that_reads_is_known_by_its_name(action: str) -> None:
    assert reads(action)


@pytest.mark.parametrize("action", WRITING.split())
def test_any_other_action_counts_as_writing(action: str) -> None:
    assert not reads(action)


def test_a_file_arrives_whole_under_its_thai_name(
    server: FaultServer, portal: RemotePortal, tmp_path: Path
) -> None:
    path = tmp_path / 'ประชากร "2567".csv'
    path.write_bytes("จังหวัด,ราย\nระนอง,1\n".encode())
    server.on("resource_create", OK)
    with path.open("rb") as file:
        portal.call_action("resource_create", {"package_id": "ก", "size": 12, "url": None}, files={"upload": file})
    (seen,) = server.seen
    assert 'name="upload"; filename="ประชากร %222567%22.csv"'.encode() in seen.body
    assert "จังหวัด,ราย\nระนอง,1\n\r\n".encode() in seen.body
    assert 'name="package_id"\r\n\r\nก\r\n'.encode() in seen.body
    assert b'name="size"\r\n\r\n12\r\n' in seen.body
    assert b'name="url"' not in seen.body
    assert seen.length == len(seen.body)
    assert seen.headers["Content-Type"].startswith("multipart/form-data; boundary=")


def test_a_repeated_upload_sends_the_file_from_its_start(
    server: FaultServer, portal: RemotePortal, tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n")
    server.on("resource_create", page(429, **BUSY), OK)
    with path.open("rb") as file:
        portal.call_action("resource_create", {"id": "x"}, files={"upload": file})
    assert [b"a,b\n1,2\n" in seen.body for seen in server.seen] == [True, True]


def test_an_upload_that_breaks_off_is_ambiguous(server: FaultServer, portal: RemotePortal, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(bytes(4_000_000))
    server.on("resource_create", Answer(cut="before"))
    with path.open("rb") as file:
        error = raised(portal, "resource_create", {"upload": file})
    assert (error.kind, error.values["ambiguous"]) == ("portal-cut-off", True)
    assert server.times("resource_create") == 1


def test_a_proxy_that_refuses_a_large_file_before_it_has_it_is_understood(
    server: FaultServer, portal: RemotePortal, tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    html = "<html><center><h1>413 Request Entity Too Large</h1></center>nginx</html>"
    server.on("resource_create", Answer(status=413, body=html, content_type="text/html", cut="early"))
    with path.open("rb") as file:
        error = raised(portal, "resource_create", {"upload": file})
    assert error.kind == "portal-too-large"
    assert "ambiguous" not in error.values


def test_a_portal_slow_to_take_an_upload_has_the_time_of_an_answer(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.portal.remote.CONNECT", 0.2)
    path = tmp_path / "data.csv"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    server.on("resource_create", Answer(body=OK.body, cut="stall"))
    with RemotePortal(server.url, timeout=20.0) as portal, path.open("rb") as file:
        assert portal.call_action("resource_create", {"id": "x"}, files={"upload": file})["id"] == "1"


def test_an_upload_needs_the_same_memory_whatever_the_files_size(
    server: FaultServer, portal: RemotePortal, tmp_path: Path
) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(64_000_000)
    server.on("resource_create", OK)
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            portal.call_action("resource_create", {"id": "x"}, files={"upload": file})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert server.seen[0].length > 64_000_000
    assert peak < 8_000_000


def test_nested_fields_beside_a_file_are_a_mistake_of_ours(portal: RemotePortal) -> None:
    with pytest.raises(ValueError, match="flat"):
        portal.call_action("resource_create", {"tags": [{"name": "ก"}]}, files={"upload": io.BytesIO(b"x")})
