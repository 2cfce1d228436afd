"""What an agency may switch in its own catalog, as CKAN's settings do. Read when it is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from metadata.errors import SetupError

ORIGIN = re.compile(r"https?://[^/\s@]+")
"""A scheme, a host, a port (RFC 6454 §6.2), as a browser sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The switches, each as CKAN 2.12 has it by default but for `origins`, `tracking` and `scan_uploads`."""

    origins: frozenset[str] | None = None
    """Whose pages may read by CORS what anyone may read; None: everybody's, no one's where empty."""
    tracking: bool = True
    """Whether it is counted how often datasets and files are asked for (`ckan.tracking_enabled`)."""
    users_create_organizations: bool = True
    """Whether anyone with an account may (`ckan.auth.user_create_organizations`); else sysadmins alone."""
    sql_search: bool = False
    """Whether `datastore_search_sql` answers (`ckan.datastore.sqlsearch.enabled`)."""
    scan_uploads: bool = True
    """Whether what others write is looked into before it is public; CKAN takes what comes."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Switches:
        """Raises SetupError `setting-value`."""
        name = "SAPHAN_CORS_ORIGINS"
        told = environment.get(name, "").split() or ["*"]
        wrong = not all(map(ORIGIN.fullmatch, told)) and told not in (["*"], ["none"])
        if wrong:
            raise SetupError(
                "setting-value", variable=name, expected="*, none, https://a.example https://b.example"
            )
        return cls(
            origins=None if told == ["*"] else frozenset(one.lower() for one in told if one != "none"),
            tracking=_yes(environment, "SAPHAN_TRACKING", default=True),
            users_create_organizations=_yes(environment, "SAPHAN_USERS_CREATE_ORGANIZATIONS", default=True),
            sql_search=_yes(environment, "SAPHAN_SQL_SEARCH", default=False),
            scan_uploads=_yes(environment, "SAPHAN_SCAN_UPLOADS", default=True),
        )


def _yes(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    told = environment.get(name, "").strip().lower()
    if told not in ("", "yes", "no", "true", "false"):
        raise SetupError("setting-value", variable=name, expected="yes, no")
    return told in ("yes", "true") if told else default
