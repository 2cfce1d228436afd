"""Logging in by a real LDAP directory over TLS. Needs slapd: `make test-ckan` installs it where it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from directory_ground import BASE, directory, install
from test_login import SECRET, form_of
from web_ground import served

from catalog.login.directory import Directory
from catalog.login.gate import Gate
from catalog.login.identity import LoginRefused
from catalog.portal.local import LocalPortal

pytestmark = [pytest.mark.ckan, pytest.mark.filterwarnings("ignore")]  # ldap3 warns on pyasn1, and leaves a socket
PASSWORD = "ของจริง-2569"


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    if not install():
        pytest.fail("slapd is not here, and could not be installed: apt-get install slapd")
    with directory(tmp_path_factory.mktemp("slapd"), PASSWORD) as (url, certificate):
        yield Directory(
            name="agency",
            url=url,
            bind=f"uid={{name}},ou=people,{BASE}",
            base=BASE,
            ca=str(certificate),
            roles={f"cn=open-data,{BASE}": {"agency": "editor"}},
        )


def test_somebody_is_who_the_directory_says(agency: Directory) -> None:
    who = agency.log_in("somchai", PASSWORD)
    assert (who.name, who.fullname, who.email) == ("somchai", "สมชาย ใจดี", "somchai@agency.example")
    assert who.groups == (f"cn=open-data,{BASE}",)
    assert who.subject.count("-") == 4  # the entry's UUID, not its name, which may change


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("somchai", "not it"),
        ("somchai", ""),
        ("", PASSWORD),
        ("nobody", PASSWORD),
        ("somchai,ou=people", PASSWORD),
        ("*", PASSWORD),
        ("somchai)(uid=*", PASSWORD),
        ("somchai\0", PASSWORD),
    ],
)
def test_what_is_not_right_is_refused(agency: Directory, name: str, password: str) -> None:
    with pytest.raises(LoginRefused, match="wrong"):
        agency.log_in(name, password)


def test_a_directory_with_another_certificate_hears_no_password(agency: Directory) -> None:
    with pytest.raises(LoginRefused, match="unreachable"):
        replace(agency, ca=None).log_in("somchai", PASSWORD)
    with pytest.raises(LoginRefused, match="unreachable"):
        replace(agency, url="ldaps://localhost:9").log_in("somchai", PASSWORD)


def test_the_form_lets_in_whom_the_directory_knows(agency: Directory, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    with LocalPortal(database_url=url, files=tmp_path / "files") as portal:
        portal.call_action("organization_create", {"name": "agency", "title": "หน่วยงาน"})
        with served(portal, gate=Gate(secret=SECRET, directories=(agency,))) as web:
            sent = form_of(web, name="somchai", password=PASSWORD)
            assert web.ask("/user/login", "POST", data=sent).headers["Location"] == "/user"
            page = web.ask("/user").text
            assert "สมชาย ใจดี" in page
            assert "หน่วยงาน" in page
        found = portal.call_action("user_show", {"id": "somchai"})
        assert found["sysadmin"] is False
