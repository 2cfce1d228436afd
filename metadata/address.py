"""What a recipe's `path` may be beside a file of the dataset: a URL, or `env:NAME`, a variable that holds one."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
"""How a URL begins; a Windows drive has one letter."""
VARIABLE = "env:"
_NAMED = ("abfs", "abfss", "ftp", "sftp", "ssh", "wasb", "wasbs")
"""Schemes in which the part before `@` is a container or a user, and no key."""
_SECRET = re.compile(
    r"(.*[-_.])?(auth|authorization|credentials?|jwt|key|keyid|accesskey(id)?|passw(or)?d|pwd|sas|secret|sig|signature"
    r"|token)|(api|access|subscription)-?key|awsaccesskeyid",
    re.IGNORECASE,
)


def is_remote(path: str) -> bool:
    """Whether a path is read from a server, not from the dataset's folder."""
    return path.startswith(VARIABLE) or bool(REMOTE.match(path))


def shown(url: str) -> str:
    """A URL for messages and reports: without user, password and the values of its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.split("://")[0] + "://…"
    host = parts.netloc.rpartition("@")[2] if parts.scheme.lower() not in _NAMED else parts.netloc
    rest = "?…" if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{host}{parts.path}{rest}"


def mistake(url: str) -> str | None:
    """What is wrong with a URL in a recipe: `url-secret` (it holds a key or a password), `url`; else None."""
    try:
        parts = urlsplit(url)
        user, secret = parts.username, parts.password
        given = [name for name, _ in parse_qsl(f"{parts.query}&{parts.fragment}", keep_blank_values=True)]
    except ValueError:
        return "url"
    if secret is not None or (user is not None and parts.scheme.lower() not in _NAMED):
        return "url-secret"
    if any(_SECRET.fullmatch(name) for name in given):
        return "url-secret"
    # fsspec's chains keep copies on disk, and hide a second URL
    return "url" if "::" in url or not (parts.netloc or parts.path.strip("/")) else None
