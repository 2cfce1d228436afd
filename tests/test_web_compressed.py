"""What is sent is small and sent once: compression, tags, how long readers may keep what; never near a secret."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from catalog_ground import opened, package, upload
from web_ground import KEY, Web, served

from catalog.web.sent import takes_gzip

NAME = "population-2567"
PAGE = f"/dataset/{NAME}"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as made:
        portal.call_action("package_create", package())
        portal.call_action("resource_create", {"package_id": NAME, "name": "ตาราง"}, upload())
        yield made


def zipped(answer: requests.Response) -> bool:
    return answer.headers.get("Content-Encoding") == "gzip"


def vary(answer: requests.Response) -> set[str]:
    return {one.strip().lower() for one in answer.headers.get("Vary", "").split(",")}


def test_pages_are_compressed_for_who_takes_it_and_the_same_for_who_does_not(web: Web) -> None:
    for path in (PAGE, "/", "/dataset?q=a", "/dataset?lang=en"):
        packed = web.ask(path, headers={"Accept-Encoding": "gzip, br"}, stream=True)
        plain = web.ask(path, headers={"Accept-Encoding": "identity"})
        raw = packed.raw.read(decode_content=False)
        assert zipped(packed)
        assert not zipped(plain)
        assert gzip.decompress(raw) == plain.content
        assert packed.headers["Content-Length"] == str(len(raw))
        assert len(raw) < len(plain.content) / 2
        assert {"accept-language", "cookie", "accept-encoding"} <= vary(packed) & vary(plain)
        assert packed.headers["ETag"] == plain.headers["ETag"]
        assert plain.headers["ETag"].startswith('W/"')
        head = web.ask(path, "HEAD", headers={"Accept-Encoding": "gzip, br"})
        assert (head.headers["ETag"], head.headers["Content-Length"]) == (packed.headers["ETag"], str(len(raw)))


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_page_that_the_reader_has_is_not_sent_until_it_changes(web: Web, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    tag = web.ask(PAGE, headers=headers).headers["ETag"]
    for given in (tag, f'"other", {tag}', "*"):
        again = web.ask(PAGE, headers={**headers, "If-None-Match": given})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert "accept-encoding" in vary(again)
        assert not {"Content-Encoding", "Content-Type"} & set(again.headers)
    assert web.ask(PAGE, headers={**headers, "If-None-Match": tag, "Accept-Language": "en"}).status_code == 200
    web.portal.call_action("package_patch", {"id": NAME, "notes": "ใหม่"})
    assert web.ask(PAGE, headers={**headers, "If-None-Match": tag}).status_code == 200


def test_where_a_secret_could_be_nothing_is_compressed_or_tagged(web: Web) -> None:
    with requests.Session() as browser:
        login = browser.get(f"{web.url}/user/login", timeout=30)
        assert "saphan_session" in login.headers["Set-Cookie"]
        assert not zipped(login)
        for path in (PAGE, "/user/login"):
            own = browser.get(web.url + path, timeout=30)
            assert not zipped(own)
            assert "ETag" not in own.headers
    for path in ("/api/3/action/package_show?id=" + NAME, PAGE, f"{PAGE}.json"):
        assert not zipped(web.ask(path, key=KEY))
    assert not zipped(web.ask(f"/api/3/action/package_show?id={NAME}"))


def test_styles_and_fonts_are_named_by_what_they_hold_and_kept_for_ever(web: Web) -> None:
    html = web.ask(PAGE).text
    addresses = re.findall(r'"(/static/[^"]+)"', html)
    (style,) = (one for one in addresses if one.startswith("/static/portal.css"))
    fonts = re.findall(r'url\("([^"]+)"\)', web.ask(style).text)
    assert len(fonts) >= 4
    for path in [*addresses, *fonts]:
        assert re.fullmatch(r"/static/[\w./-]+\?v=[0-9a-f]{16}", path)
        answer = web.ask(path)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert zipped(answer) == ("woff2" not in path and len(answer.content) > 200)
        again = web.ask(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        plain = web.ask(path, headers={"Accept-Encoding": "identity"})
        assert plain.content == answer.content
        assert not zipped(answer) or plain.headers["ETag"] != answer.headers["ETag"]
        assert not zipped(answer) or {"accept-encoding"} == vary(plain) == vary(answer)
    assert web.ask(fonts[0]).headers["Content-Type"] == "font/woff2"
    for path in ("/static/portal.css", "/static/portal.css?v=0123456789abcdef", style + "&a=b"):
        assert web.ask(path).headers["Cache-Control"] == "no-cache"
    for path in (
        "/static/",
        "/static/none.css",
        "/static/../application.py",
        "/static/%00",
        "/static//etc/passwd",
    ):
        assert web.ask(path).status_code == 404
    assert web.ask(style, "POST").status_code == 405


def test_a_view_of_a_page_is_for_no_index(web: Web) -> None:
    for path in ("/dataset?q=a", "/dataset?page=2", "/dataset?q=", "/dataset?lang=en&res_format=CSV"):
        assert "noindex" in web.ask(path).headers["X-Robots-Tag"]
    for path in ("/", "/dataset", PAGE, f"{PAGE}?lang=en"):
        assert "X-Robots-Tag" not in web.ask(path).headers
    rules = web.ask("/robots.txt").text.splitlines()
    assert {"Disallow: /*?", "Allow: /*?lang=", "Allow: /static/"} <= set(rules)


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("", False),
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("*", True),
        ("*;q=0, gzip", True),
        ("gzip;q=0, *", False),
        ("br", False),
        ("gzip;q=none", False),
    ],
)
def test_who_takes_gzip_says_so(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes
