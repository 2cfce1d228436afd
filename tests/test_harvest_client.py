"""The harvester as a guest: public addresses only, one request at a time, a pause between, an end to all."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from harvest_ground import Elsewhere, elsewhere, ours, run

from catalog.harvest import client as clients
from catalog.harvest import guard
from catalog.harvest.client import Client
from catalog.harvest.guard import is_public
from metadata import __version__
from metadata.errors import NotAllowed, NotCkan, PortalError, Refused, SetupError, Unreachable

HERE = ["127.0.0.1"]


def reader(**more: Any) -> Client:
    more.setdefault("allowed", HERE)
    more.setdefault("sleep", lambda _seconds: None)
    return Client(delay=more.pop("delay", 0), **more)


INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "2002:0a00:0001::",
    "64:ff9b::a00:1", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "192.0.2.1", "198.18.0.1",
)  # fmt: skip
OUTSIDE = ("8.8.8.8", "203.150.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_no_public_one(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1", "[::1]"])
def test_no_way_of_writing_loopback_is_let_through(far: Elsewhere, host: str) -> None:
    port = far.url.rpartition(":")[2]
    with reader(allowed=()) as client, pytest.raises((SetupError, Unreachable)) as caught:
        client.get(f"http://{host}:{port}/")
    assert caught.value.kind in ("harvest-address", "portal-unknown-host")
    assert far.asked == []


def test_a_name_is_judged_by_what_it_resolves_to(far: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def resolved(host: str, port: int, *_args: Any, **_more: Any) -> Any:
        asked.append(host)
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))
        return [public, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolved)
    with reader(allowed=()) as client, pytest.raises(SetupError, match="harvest-address"):
        client.get(f"http://rebinding.example:{far.url.rpartition(':')[2]}/")
    assert asked == ["rebinding.example"]
    assert far.asked == []


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["8.8.8.8", "127.0.0.1"])
    reached: list[str] = []

    def resolved(_host: str, port: int, *_args: Any, **_more: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: tuple[str, int], *_args: Any, **_more: Any) -> socket.socket:
        reached.append(address[0])
        raise OSError("not in a test")

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolved)
    monkeypatch.setattr(guard.sockets, "create_connection", connect)
    monkeypatch.setattr(clients, "ATTEMPTS", 1)
    with reader(allowed=()) as client, pytest.raises(Unreachable):
        client.get("http://changes.example/")
    assert reached == ["8.8.8.8"]


def test_a_redirect_inwards_is_not_followed(far: Elsewhere) -> None:
    with elsewhere() as inner:
        far.replies["/"] = (302, {"Location": inner.url.replace("127.0.0.1", "localhost") + "/secret"}, b"")
        with reader() as client, pytest.raises(SetupError, match="harvest-address"):
            client.get(far.url + "/")
        assert inner.asked == []


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/", "http://u:p@127.0.0.1/", "//"]
)
def test_a_redirect_to_anything_but_the_web_is_not_followed(far: Elsewhere, to: str) -> None:
    far.replies["/"] = (302, {"Location": to}, b"")
    with reader() as client, pytest.raises((SetupError, Refused)):
        client.get(far.url + "/")


@pytest.fixture
def proxy(far: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """`far` is the network's proxy; names of the Internet are not known here."""
    known = socket.getaddrinfo

    def resolved(host: str, *args: Any, **more: Any) -> Any:
        if host == "inside.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 0))]
        if host.endswith(".example"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown here")
        return known(host, *args, **more)

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolved)
    monkeypatch.setenv("http_proxy", far.url.replace("://", "://user:passw0rd@"))
    return far


def test_a_proxy_is_asked_where_there_is_one(proxy: Elsewhere) -> None:
    address = "http://catalogue.example/data.json"
    proxy.replies[address] = (200, {"Content-Type": "application/json"}, b'{"a": 1}')
    with reader(allowed=()) as client:
        assert client.get(address).json() == {"a": 1}
        assert client.get(address).url == address
    assert proxy.paths() == [address, address]
    assert all("Proxy-Authorization" in headers for _path, headers in proxy.asked)


def test_no_proxy_is_asked_for_what_it_is_not_for(proxy: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    proxy.file("/a", "{}")
    with reader() as client:
        client.get(proxy.url + "/a")
    assert proxy.paths() == ["/a"]
    with reader(allowed=()) as client, pytest.raises(SetupError, match="harvest-address"):
        client.get(proxy.url + "/a")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f.1", "127.1", "017700000001", "１２７.0.0.1", "10.0.0.1.", "[::1]",
        "[fc00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "169.254.169.254", "localhost", "LOCALHOST.",
        "a.localhost", "printer", "wiki.internal", "nas.local", "ⓛocalhost", "hr.intranet", "1.2.3.4.5",
        "999.1.1.1", "inside.example",
    ],
)  # fmt: skip
def test_no_proxy_is_asked_for_what_is_inside(proxy: Elsewhere, host: str) -> None:
    with reader(allowed=()) as client, pytest.raises(SetupError) as caught:
        client.get(f"http://{host}/")
    assert caught.value.kind in ("harvest-address", "portal-url")
    assert proxy.asked == []


def test_a_proxy_is_asked_for_what_is_inside_where_that_is_allowed(proxy: Elsewhere) -> None:
    proxy.replies["http://inside.example:8080/"] = (200, {}, b"{}")
    with reader(allowed=["inside.example:8080"]) as client:
        client.get("http://inside.example:8080/")
        with pytest.raises(SetupError, match="harvest-address"):
            client.get("http://inside.example/")
    assert len(proxy.asked) == 1


def test_a_redirect_inwards_is_not_asked_of_a_proxy(proxy: Elsewhere) -> None:
    proxy.replies["http://catalogue.example/"] = (302, {"Location": "http://wiki.internal/"}, b"")
    with reader(allowed=()) as client, pytest.raises(SetupError, match="harvest-address"):
        client.get("http://catalogue.example/")
    assert proxy.paths() == ["http://catalogue.example/"]


def test_a_proxy_that_refuses_is_told_and_not_its_password(
    proxy: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "ATTEMPTS", 1)
    proxy.replies["http://catalogue.example/"] = (407, {}, b"who are you?")
    monkeypatch.setenv("https_proxy", proxy.url.replace("://", "://user:passw0rd@"))  # answers CONNECT with 501
    for scheme in ("http", "https"):
        with reader(allowed=()) as client, pytest.raises(Unreachable, match="portal-proxy") as caught:
            client.get(f"{scheme}://catalogue.example/")
        assert "passw0rd" not in repr(caught.value.values)


def test_redirects_come_to_an_end(far: Elsewhere) -> None:
    far.replies["/"] = (302, {"Location": "/"}, b"")
    with reader() as client, pytest.raises(Refused, match="harvest-endless"):
        client.get(far.url + "/")
    assert len(far.asked) <= clients.REDIRECTS + 1


def test_requests_are_paused_and_say_who_asks(far: Elsewhere) -> None:
    slept: list[float] = []
    far.file("/a", "{}")
    with reader(delay=5, sleep=slept.append) as client:
        for _request in range(3):
            client.get(far.url + "/a")
    assert len(slept) == 2
    assert all(4 < one <= 5 for one in slept)
    assert {headers["User-Agent"] for _path, headers in far.asked} == {f"saphan/{__version__} (harvester)"}


def test_a_server_that_asks_to_wait_is_waited_for(far: Elsewhere) -> None:
    replies = iter([(429, {"Retry-After": "7"}, b""), (503, {}, b""), (200, {}, b"at last")])
    far.replies["/"] = lambda _query: next(replies)
    slept: list[float] = []
    with reader(sleep=slept.append) as client:
        assert client.get(far.url + "/").body == b"at last"
    assert slept == [7, 4]


def test_a_server_that_asks_for_an_hour_is_left_alone(far: Elsewhere) -> None:
    far.replies["/"] = (429, {"Retry-After": "3600"}, b"")
    with reader() as client, pytest.raises(Refused, match="portal-busy"):
        client.get(far.url + "/")
    assert len(far.asked) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(401, NotAllowed), (403, NotAllowed), (404, Refused), (500, Refused), (418, NotCkan)]
)
def test_a_refusal_is_told_as_what_it_is(far: Elsewhere, status: int, error: type[PortalError]) -> None:
    far.replies["/"] = (status, {"Content-Type": "text/html"}, b"<html>no</html>")
    with reader() as client, pytest.raises(error):
        client.get(far.url + "/")
    assert len(far.asked) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_end_is_cut_off(
    far: Elsewhere, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    monkeypatch.setattr(clients, "LARGEST", 1 << 20)
    body = b"x" * (3 << 20)
    far.file("/", gzip.compress(body) if packed else body, **({"Content-Encoding": "gzip"} if packed else {}))
    with reader() as client, pytest.raises(Refused, match="harvest-too-big"):
        client.get(far.url + "/")


def test_a_packed_answer_is_unpacked(far: Elsewhere) -> None:
    far.file("/", gzip.compress(b'{"a": 1}' * 9000), **{"Content-Encoding": "gzip"})
    with reader() as client:
        assert client.get(far.url + "/").body == b'{"a": 1}' * 9000


def test_an_answer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "TOTAL", 0.2)
    monkeypatch.setattr(clients, "ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def drip() -> None:
            taken, _ = listening.accept()
            with taken:
                taken.recv(9000)
                taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
                while not over.wait(0.02):
                    try:
                        taken.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with reader() as client, pytest.raises(Unreachable, match="portal-timeout"):
                client.get(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize("url", ["ftp://x/", "file:///etc/passwd", "http://", "nonsense", "http://x:99999/"])
def test_only_the_web_is_read(url: str, tmp_path: Path) -> None:
    with ours(tmp_path) as portal, pytest.raises(SetupError):
        run(portal, url)


def test_an_address_with_a_key_is_not_used_and_not_repeated(tmp_path: Path) -> None:
    with ours(tmp_path) as portal, pytest.raises(SetupError) as caught:
        run(portal, "https://data.example/catalog.ttl?api_key=s3cret")
    assert caught.value.kind == "harvest-secret"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("body", ["<!doctype html><p>hello", "", "[1, 2]", '{"a": 1}', "{"])
def test_what_is_no_catalogue_is_told_so_and_writes_nothing(far: Elsewhere, tmp_path: Path, body: str) -> None:
    for kind in ("text/html", "application/json"):
        far.file("/", body, kind)
        with ours(tmp_path) as portal:
            with pytest.raises(PortalError, match="harvest-not-a-catalogue"):
                run(portal, far.url + "/")
            assert portal.call_action("package_list") == []
