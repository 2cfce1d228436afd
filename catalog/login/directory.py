"""Log-in by the agency's directory over LDAP: Active Directory, or any other with TLS."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from catalog.login.identity import Identity, LoginRefused

PATIENCE = 10
"""Seconds that a directory is waited for."""
NAMES = ("sAMAccountName", "uid", "userPrincipalName", "cn")
WRONG = 49
"""LDAP's result code of a name or a password that is not right (RFC 4511, 4.1.9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """An LDAP directory that people log in to with the name and password they have there.

    `bind`: the name to log in as, `{name}` being what was typed: `{name}@agency.go.th` on Active Directory,
    `uid={name},ou=people,dc=agency` elsewhere. `base`: where people are looked for. `ca`: a file of certificates
    to trust instead of the system's. `start_tls`: begin with `ldap://`, and encrypt before anything is said.
    """

    name: str
    url: str
    bind: str
    base: str
    ca: str | None = None
    start_tls: bool = False
    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def log_in(self, name: str, password: str) -> Identity:
        """Who this is. Raises LoginRefused.

        An empty password never reaches the directory: to LDAP it would mean "anyone" (RFC 4513, 5.1.2).
        """
        from ldap3.core.exceptions import LDAPException
        from ldap3.utils.conv import escape_filter_chars
        from ldap3.utils.dn import escape_rdn

        name = name.removesuffix(self.bind.partition("{name}")[2])  # people type it with and without
        if not name or not password or "\0" in name + password:
            raise LoginRefused("wrong")
        written = name if "@" in self.bind or "\\" in self.bind else escape_rdn(name)
        if "@" in self.bind and not name.replace(".", "").replace("-", "").replace("_", "").isalnum():
            raise LoginRefused("wrong")  # nobody logs in as another's principal
        try:
            connection = self._connection(self.bind.format(name=written), password)
        except (LDAPException, OSError):
            # before anything is sent: an address that is none, a file of certificates that is not there or none
            raise LoginRefused("broken") from None
        try:
            connection.open()
            if self.start_tls:
                connection.start_tls()
            connection.bind()
            text = escape_filter_chars(name)
            wanted = "".join(f"({attribute}={text})" for attribute in NAMES)
            asked = ["*"] if self._active(connection) else ["*", "entryUUID", "memberOf"]
            connection.search(self.base, f"(|{wanted})", attributes=asked, size_limit=2)
            entries = [one for one in connection.response or () if one["type"] == "searchResEntry"]
        except LDAPException as error:
            raise LoginRefused(_because(error)) from None
        finally:
            with suppress(LDAPException, OSError):
                connection.unbind()
        if len(entries) != 1:
            raise LoginRefused("unknown")
        return self._identity(name, entries[0])

    def _connection(self, user: str, password: str) -> Any:
        import ldap3

        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=self.ca)
        server = ldap3.Server(self.url, tls=tls, connect_timeout=PATIENCE, get_info=ldap3.DSA)
        return ldap3.Connection(
            server,
            user,
            password,
            auto_bind=ldap3.AUTO_BIND_NONE,
            raise_exceptions=True,
            read_only=True,
            receive_timeout=PATIENCE,
            auto_referrals=False,  # a referral would be handed the password
        )

    @staticmethod
    def _active(connection: Any) -> bool:
        """Whether this is Active Directory, which refuses attributes it does not know."""
        info = connection.server.info
        told = info.other.get("supportedCapabilities", ()) if info else ()
        return "1.2.840.113556.1.4.800" in map(str, told)

    def _identity(self, typed: str, entry: Any) -> Identity:
        held = entry["attributes"]

        def one(*names: str) -> str:
            for name in names:
                value = held.get(name)
                value = value[0] if isinstance(value, list) and value else value
                if value:
                    return value.hex() if isinstance(value, bytes) else str(value)
            return ""

        groups = held.get("memberOf") or []
        return Identity(
            provider=self.name,
            subject=one("objectGUID", "entryUUID") or str(entry["dn"]),
            name=one("sAMAccountName", "uid") or typed,
            fullname=one("displayName", "cn"),
            email=one("mail"),
            groups=tuple(map(str, groups if isinstance(groups, list) else [groups])),
        )


def _because(error: Any) -> Any:
    """Why: a wrong password, or a directory that cannot be had. The library's own words could hold the name."""
    from ldap3.core.exceptions import LDAPOperationResult, LDAPSocketOpenError

    if isinstance(error, LDAPOperationResult):
        return "wrong" if error.result == WRONG else "broken"
    return "unreachable" if isinstance(error, LDAPSocketOpenError) else "broken"
