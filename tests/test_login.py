"""Logging in: own passwords, a provider of OpenID Connect that runs, forms of our own only, guesses slowed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select
from web_ground import Web, served

from catalog.login.directory import Directory
from catalog.login.entry import enter, subject_of
from catalog.login.gate import Gate
from catalog.login.identity import Identity, LoginRefused
from catalog.login.openid import OpenId
from catalog.portal.local import LocalPortal
from catalog.store.database import reading, writing
from catalog.store.tables import audit_log, identities, members, users
from catalog.web import login
from catalog.web.limits import GUESSES, Buckets, Limited, Limits, Rate

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""The provider's own library warns of itself."""
SECRET = b"a secret of these tests, 32 bytes"
PASSWORD = "สะพานข้ามน้ำ-2569"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[LocalPortal]:
    with LocalPortal(database_url=f"sqlite:///{tmp_path / 'c.sqlite'}", files=tmp_path / "files") as portal:
        person = {"name": "somchai", "email": "somchai@agency.example", "password": PASSWORD}
        portal.call_action("user_create", person)
        portal.call_action("organization_create", {"name": "agency", "title": "หน่วยงาน"})
        role = {"id": "agency", "username": "somchai", "role": "editor"}
        portal.call_action("organization_member_create", role)
        package = {"name": "draft", "title": "ร่าง", "owner_org": "agency", "private": True}
        portal.call_action("package_create", package)
        yield portal


@pytest.fixture
def web(portal: LocalPortal) -> Iterator[Web]:
    login.guesses = Buckets(GUESSES)
    with served(portal, gate=Gate(secret=SECRET)) as ours:
        yield ours


def form_of(web: Web, path: str = "/user/login", **sent: str) -> dict[str, str]:
    """What a form of ours sends."""
    found = re.search(r'name="form_key" value="([^"]+)"', web.ask(path).text)
    assert found, path
    return {"form_key": found[1], **sent}


def log_in(web: Web, name: str = "somchai", password: str = PASSWORD, **more: str) -> requests.Response:
    return web.ask("/user/login", "POST", data=form_of(web, name=name, password=password, **more))


def test_a_private_dataset_is_seen_by_who_has_logged_in(web: Web) -> None:
    assert web.ask("/dataset/draft").status_code == 404
    entered = log_in(web, next="/dataset/draft")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/dataset/draft")
    cookie = next(one for one in web.client.cookies if one.name == "saphan_session")
    assert cookie.has_nonstandard_attr("httponly") or cookie.has_nonstandard_attr("HttpOnly")
    page = web.ask("/dataset/draft")
    assert page.status_code == 200
    assert "หน่วยงาน" in web.ask("/user").text
    # a cookie is no key: programs ask with a token
    assert web.ask("/api/3/action/package_show", params={"id": "draft"}).status_code == 403
    web.ask("/user/logout", "POST", data=form_of(web, "/user"))
    assert web.ask("/dataset/draft").status_code == 404


@pytest.mark.parametrize(
    ("name", "password"), [("somchai", "not it"), ("nobody", PASSWORD), ("somchai", ""), ("", PASSWORD)]
)
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(web: Web, name: str, password: str) -> None:
    refused = log_in(web, name, password)
    assert refused.status_code == 403
    told = re.sub(r'value="[^"]*"', "", refused.text)
    assert told == re.sub(r'value="[^"]*"', "", log_in(web, "somebody-else", "something").text)


def test_a_closed_account_and_a_changed_password_end_the_session(web: Web) -> None:
    log_in(web)
    web.portal.call_action("user_patch", {"id": "somchai", "password": PASSWORD + "!"})
    assert web.ask("/dataset/draft").status_code == 404
    assert log_in(web, password=PASSWORD + "!").status_code == 303
    web.portal.call_action("user_delete", {"id": "somchai"})
    assert web.ask("/dataset/draft").status_code == 404
    assert log_in(web, password=PASSWORD + "!").status_code == 403


def test_a_form_of_another_site_is_refused(web: Web) -> None:
    log_in(web)
    made = {"name": "stolen"}
    for key in (None, "", "guessed"):
        sent = made if key is None else {**made, "form_key": key}
        answer = web.ask("/user/tokens", "POST", data=sent, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 303
    assert web.portal.call_action("api_token_list", {"user_id": "somchai"}) == []
    web.client.cookies.clear()
    stranger = web.ask("/user/login", "POST", data={"form_key": "", "name": "somchai", "password": PASSWORD})
    assert stranger.status_code == 400


@pytest.mark.parametrize("goal", ["//a.example", "https://a.example", "/\\a.example", "/a\nb", "x"])
def test_after_the_log_in_nobody_is_sent_elsewhere(web: Web, goal: str) -> None:
    assert log_in(web, next=goal).headers["Location"] == "/user"


def test_a_token_is_made_used_shown_once_and_revoked(web: Web) -> None:
    log_in(web)
    page = web.ask("/user/tokens", "POST", data=form_of(web, "/user", name="สคริปต์รายเดือน"))
    found = re.search(r"<code>([\w-]{20,})</code>", page.text)
    assert found
    token = found[1]
    assert token not in web.ask("/user").text
    assert web.call("package_show", {"id": "draft"}, key=token).status_code == 200
    (held,) = web.portal.call_action("api_token_list", {"user_id": "somchai"})
    web.ask("/user/tokens", "POST", data=form_of(web, "/user", revoke=held["id"]))
    assert web.call("package_show", {"id": "draft"}, key=token).status_code == 403


def test_guesses_are_slowed_and_others_are_not(web: Web) -> None:
    codes = [log_in(web, password=f"guess {number}").status_code for number in range(12)]
    assert codes[:10] == [403] * 10
    assert codes[-1] == 429
    refused = log_in(web)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert web.ask("/dataset").status_code == 200


def test_who_did_what_is_kept_and_for_sysadmins_only(web: Web) -> None:
    log_in(web)
    made = web.portal.call_action("audit_log_list", {"limit": 1})
    assert [(one["user_name"], one["via"], one["action"], one["status"]) for one in made] == [
        ("somchai", "login", "login", 200)
    ]
    assert web.call("audit_log_list", key=None).status_code == 403
    with reading(web.portal.engine) as connection:
        kept = [dict(row._mapping) for row in connection.execute(select(audit_log))]
    assert {one["action"] for one in kept} >= {"user_create", "package_create", "login"}
    assert PASSWORD not in str(kept)


# ---------------------------------------------------------------- OpenID Connect, at a provider that runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    subject: str
    claims: dict[str, Any]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oidc_provider_mock as mock

    people = [
        mock.User(sub="1-2345", claims={"email": "somchai@agency.example", "email_verified": True}),
        mock.User(sub="guest", claims={"email": "somchai@agency.example", "email_verified": False}),
        mock.User(sub="new", claims={"name": "สมหญิง", "preferred_username": "Somying", "groups": ["data"]}),
    ]
    with mock.run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def by_provider(portal: LocalPortal, issuer: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider is this machine
    monkeypatch.setenv("PROVIDER_SECRET", "provider-secret")
    provider = OpenId(
        name="ThaiD",
        issuer=issuer,
        client_id="saphan",
        secret_variable="PROVIDER_SECRET",
        roles={"data": {"agency": "admin"}},
    )
    with served(portal, gate=Gate(secret=SECRET, providers=(provider,))) as ours:
        yield ours


def go(web: Web, subject: str, begun: str | None = None) -> requests.Response:
    """Somebody logs in at the provider and comes back."""
    away = begun or web.ask("/user/login/ThaiD").headers["Location"]
    asked = parse_qs(urlsplit(away).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = requests.post(away, data={"sub": subject}, allow_redirects=False, timeout=10).headers["Location"]
    return web.ask(back.removeprefix(web.url))


def test_a_person_is_linked_by_a_verified_address(by_provider: Web) -> None:
    web = by_provider
    assert go(web, "1-2345").headers["Location"] == "/user"
    assert web.ask("/dataset/draft").status_code == 200
    with reading(web.portal.engine) as connection:
        (held,) = connection.execute(select(identities)).all()
    assert "1-2345" not in str(held)
    assert held.subject == subject_of(Identity(provider="ThaiD", subject="1-2345"), SECRET)


def test_an_address_that_is_not_verified_links_nobody(by_provider: Web) -> None:
    refused = go(by_provider, "guest")
    assert refused.status_code == 403
    assert by_provider.ask("/dataset/draft").status_code == 404


def test_a_group_that_gives_a_role_makes_an_account(by_provider: Web) -> None:
    web = by_provider
    assert go(web, "new").headers["Location"] == "/user"
    with reading(web.portal.engine) as connection:
        user = connection.execute(select(users).where(users.c.name == "somying")).one()
        role = connection.execute(select(members.c.capacity).where(members.c.table_id == user.id)).scalar()
    assert (user.fullname, user.sysadmin, role) == ("สมหญิง", False, "admin")


def test_what_another_browser_began_is_not_finished_here(by_provider: Web) -> None:
    web = by_provider
    away = web.ask("/user/login/ThaiD").headers["Location"]
    web.client.cookies.clear()
    assert go(web, "1-2345", away).status_code == 400
    away = web.ask("/user/login/ThaiD").headers["Location"]
    web.ask("/user/login/ThaiD")  # begun again: what came before is void
    assert go(web, "1-2345", away).status_code == 400
    assert web.ask("/dataset/draft").status_code == 404


def test_a_provider_that_is_gone_is_told(portal: LocalPortal) -> None:
    gone = OpenId(name="gone", issuer="http://127.0.0.1:9", client_id="saphan")
    with served(portal, gate=Gate(secret=SECRET, providers=(gone,))) as web:
        assert web.ask("/user/login/gone").status_code == 503
        assert web.ask("/user/login/unknown").status_code == 403


@pytest.mark.filterwarnings("ignore")  # ldap3 warns on pyasn1
def test_a_directory_that_is_set_up_wrongly_is_told(portal: LocalPortal) -> None:
    url, lost = "ldaps://127.0.0.1:9", "/nowhere/ca.pem"
    wrong = Directory(name="agency", url=url, bind="{name}@agency.example", base="dc=agency", ca=lost)
    with served(portal, gate=Gate(secret=SECRET, directories=(wrong,))) as web:
        answer = web.ask("/user/login", "POST", data=form_of(web, name="somebody", password="x"))
        assert answer.status_code == 502


# ---------------------------------------------------------------- roles, limits


def test_a_provider_takes_only_the_roles_that_it_gave(portal: LocalPortal) -> None:
    portal.call_action("organization_create", {"name": "other", "title": "อื่น"})
    portal.call_action("organization_member_create", {"id": "other", "username": "somchai", "role": "member"})
    roles = {"CN=Admins": {"agency": "admin"}, "CN=Readers": {"agency": "member"}}
    who = {"provider": "ad", "subject": "s", "email": "Somchai@agency.example"}

    def now(*groups: str) -> dict[str, str]:
        with writing(portal.engine) as connection:
            key = enter(connection, Identity(**who, groups=groups), roles, SECRET)
            mine = (members.c.table_id == key) & (members.c.state == "active")
            return {row.group_id: row.capacity for row in connection.execute(select(members).where(mine))}

    named = {name: portal.call_action("organization_show", {"id": name})["id"] for name in ("agency", "other")}
    assert now("cn=readers", "cn=admins") == {named["agency"]: "admin", named["other"]: "member"}
    assert now("cn=readers") == {named["agency"]: "member", named["other"]: "member"}
    assert now() == {named["other"]: "member"}
    portal.call_action("organization_member_create", {"id": "agency", "username": "somchai", "role": "editor"})
    assert now() == {named["agency"]: "editor", named["other"]: "member"}
    with writing(portal.engine) as connection, pytest.raises(LoginRefused, match="unknown"):
        enter(connection, Identity(provider="ad", subject="stranger"), roles, SECRET)


def test_a_bucket_gives_a_burst_then_its_rate() -> None:
    buckets = Buckets(Rate(often=2, burst=3))
    assert [buckets.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait("b", 0.0) == 0
    assert buckets.wait("a", 0.5) == 0
    assert buckets.wait("a", 0.5) == 0.5


@pytest.mark.parametrize(
    ("address", "code"),
    [("203.0.113.5", 429), ("2001:db8::1", 429), ("127.0.0.1", 200)],
)
def test_who_asks_too_often_is_told_when_to_come_back(address: str, code: int) -> None:
    import asyncio

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def ask(limited: Limited, key: bytes, last: str) -> dict[str, Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        where = address[:-1] + last
        headers = [(b"authorization", key)]
        scope = {"type": "http", "method": "GET", "path": "/dataset", "client": (where, 1), "headers": headers}
        await limited(scope, None, send)  # type: ignore[arg-type]
        return dict(sent[0])

    limited = Limited(inner, Limits(reads=Rate(often=1, burst=2)))
    ends = ["1", "2", "3"] if ":" in address else [address[-1]] * 3  # of one network, or the same
    got = [asyncio.run(ask(limited, b"key %d" % number, end)) for number, end in enumerate(ends)]
    assert [one["status"] for one in got] == [200, 200, code]
    if code == 429:
        assert (b"retry-after", b"1") in got[-1]["headers"]
