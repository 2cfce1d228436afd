"""What a CKAN's refusal means: the one place that turns an HTTP status and a decoded `error` into our errors.

CKAN's texts come in the site's language, so decisions rest on the status, `__type` and field names alone.
`LocalPortal` and `RemotePortal` both raise from here. Every error's values hold `portal`, `action` and, where
there was an answer, `status`; `ambiguous` is True when a write may have been done all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

from metadata.errors import NotAllowed, NotCkan, Refused, SetupError, Unreachable

LONGEST = 300
"""Characters kept of one message of a portal: some quote the whole field back."""
MOST = 50
"""Messages kept of one refusal."""

_STATUS = {
    "Validation Error": 409,
    "Authorization Error": 403,
    "Not Found Error": 404,
    "Search Error": 409,
    "Search Query Error": 400,
    "Search Index Error": 500,
    "Integrity Error": 400,
    "Internal Server Error": 500,
}
_ANONYMOUS = re.compile(r"Access denied: \S+ (?:None)? ")
"""CKAN names the user it refuses; for an anonymous caller the name is empty or None."""
_DESCRIBES = frozenset({"fields", "resource_id", "read-only", "primary_key", "indexes", "method"})
"""Keys of a datastore refusal whose messages name columns and ids, never cells."""
_HOLDS_ROWS = frozenset({"statement", "params", "data_dict"})
_DATA_BEGINS = re.compile(r"[\"'“‘:=(\[{\d\n]")
_DRIVER_CLASS = re.compile(r"^\(([\w.]+)\)\s*")
_CHALLENGE = re.compile(r"cf-chl|challenge-platform|_incapsula_|request rejected|just a moment|ddos-guard", re.I)
"""What only the page of a firewall or bot challenge holds, whatever its status."""
_WALL = re.compile(r"captcha|imperva|akamai|access denied|support id|mod_security|firewall|forti|sucuri|waf", re.I)
"""What a page with status 403 or 406 holds when a firewall, not CKAN, refused."""


def shown(url: str) -> str:
    """A URL as it may be shown: without user, password, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


def raise_for(
    status: int,
    error: Any,
    *,
    action: str,
    portal: str,
    keyed: bool | None = None,
    ambiguous: bool = False,
    wait: float | None = None,
) -> NoReturn:
    """Raises what a CKAN's refusal means.

    `error` is the answer's decoded `error` (a dict with `__type`) or its bare string (status 400). `keyed` says
    whether a key was sent, `wait` the seconds the portal asked to wait.

    Raises NotAllowed (`portal-key-missing`, `portal-key-refused`, `portal-not-allowed`) and Refused
    (`portal-not-found`, `portal-refused`, `portal-no-action`, `portal-too-large`, `portal-busy`, `portal-failed`).
    """
    details = error if isinstance(error, Mapping) else {}
    kind = str(details.get("__type", ""))
    if status < 400:
        status = _STATUS.get(kind, 500)
    facts: dict[str, Any] = {"portal": shown(portal), "action": action, "status": status}
    if ambiguous:
        facts["ambiguous"] = True
    if wait is not None:
        facts["wait"] = wait
    if status in (401, 403):
        raise NotAllowed(_why_not_allowed(status, str(details.get("message", "")), keyed), **facts)
    if status == 404:
        raise Refused("portal-not-found", **facts)
    if status == 413:
        raise Refused("portal-too-large", **facts)
    if status == 429:
        raise Refused("portal-busy", **facts)
    if status >= 500:
        raise Refused("portal-failed", **facts)
    if isinstance(error, str) and re.search(rf":\s*{re.escape(action)}\s*$", error):
        raise Refused("portal-no-action", **facts)
    fields = messages(error, action)
    said = [f"{field}: {text}" for field, texts in fields.items() for text in texts]
    raise Refused("portal-refused", **facts, type=kind, fields=fields, said=said)


def _why_not_allowed(status: int, message: str, keyed: bool | None) -> str:
    if keyed is False:
        return "portal-key-missing"
    if status == 401 or _ANONYMOUS.match(message):
        return "portal-key-refused" if keyed else "portal-key-missing"
    return "portal-not-allowed"


def messages(error: Any, action: str) -> dict[str, list[str]]:
    """A refusal's messages by field, nested ones flattened: {"resources.0.url": ["Missing value"]}.

    Of `datastore_*` refusals only what cannot hold a cell is kept: field, record number (`records_row`, from 0)
    and the beginning of the message (PostgreSQL quotes the cell after it).
    """
    careful = action.startswith("datastore_")
    found: dict[str, list[str]] = {}
    if isinstance(error, str):
        error = {"message": error.partition("JSON data extracted")[0]}
    if isinstance(error, Mapping):
        hidden = {"__type", "data"} if error.get("__type") == "Integrity Error" else {"__type"}
        for field, text in _flat({key: value for key, value in error.items() if key not in hidden}):
            if careful:
                text = _without_cells(field, text)
            if text and len(found) < MOST:
                found.setdefault(field, []).append(text[:LONGEST])
    return found


def _flat(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _HOLDS_ROWS:
                yield from _flat(inner, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            nested = isinstance(inner, Mapping | list | tuple)
            yield from _flat(inner, (*path, str(number)) if nested else path)
    elif value is not None:
        yield ".".join(path), str(value)


def _without_cells(field: str, text: str) -> str:
    top = field.partition(".")[0]
    if top in _DESCRIBES:
        return text
    if top == "records_row":
        return text if text.isdecimal() else ""
    driver = _DRIVER_CLASS.match(text)
    rest = text[driver.end() :] if driver else text
    begins = _DATA_BEGINS.split(rest, maxsplit=1)[0].strip()
    return " ".join(filter(None, (driver.group(1) if driver else "", begins))) or "invalid"


def raise_for_page(
    status: int,
    content_type: str,
    text: str,
    *,
    action: str,
    portal: str,
    keyed: bool | None = None,
    ambiguous: bool = False,
    wait: float | None = None,
) -> NoReturn:
    """Raises what an answer that is not CKAN's JSON means: a proxy's limit, a firewall's page, another site.

    Raises NotCkan (`portal-blocked`, `portal-not-ckan`), Unreachable (`portal-proxy`), and as `raise_for` where
    the status alone says it (401, 403, 413, 429, 5xx).
    """
    facts: dict[str, Any] = {"portal": shown(portal), "action": action, "status": status}
    if ambiguous:
        facts["ambiguous"] = True
    if status == 407:
        raise Unreachable("portal-proxy", **facts)
    if is_wall(status, text):
        raise NotCkan("portal-blocked", **facts)
    if status in (401, 403, 413, 429) or status >= 500:
        raise_for(status, {}, action=action, portal=portal, keyed=keyed, ambiguous=ambiguous, wait=wait)
    raise NotCkan("portal-not-ckan", **facts, content=content_type.partition(";")[0].strip() or "?")


def is_wall(status: int, text: str) -> bool:
    """Whether a page is one of a firewall or a bot challenge, and tells nothing of what stands behind it."""
    page = text[:20_000]
    return bool(_CHALLENGE.search(page) or (status in (403, 406) and _WALL.search(page)))


def raise_redirected(status: int, to: str, *, action: str, portal: str) -> NoReturn:
    """Raises NotCkan `portal-redirected`, naming the address to use instead."""
    target = shown(to)
    for tail in (f"/api/action/{action}", f"/api/3/action/{action}"):
        target = target.removesuffix(tail)
    raise NotCkan("portal-redirected", portal=shown(portal), action=action, status=status, to=target)


def raise_unreachable(error: Exception, *, action: str, portal: str, seconds: float, writing: bool) -> NoReturn:
    """Raises what a failed exchange means; `error` is requests' exception, `seconds` how long we waited.

    Where it is certain that nothing was sent, the values hold `sent: False`; else a write is `ambiguous`.

    Raises Unreachable (`portal-timeout`, `portal-tls`, `portal-proxy`, `portal-unknown-host`,
    `portal-unreachable`, `portal-cut-off`) and SetupError (`portal-url`).
    """
    import ssl

    from requests import exceptions as requests
    from urllib3 import exceptions as urllib3

    chain = tuple(_chain(error))

    def holds(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in chain)

    facts: dict[str, Any] = {"portal": shown(portal), "action": action}
    if holds(requests.InvalidURL, requests.MissingSchema, requests.InvalidSchema, urllib3.LocationParseError):
        raise SetupError("portal-url", url=shown(portal)) from None
    unsent = holds(urllib3.NewConnectionError, urllib3.ConnectTimeoutError, ssl.SSLCertVerificationError)
    if unsent:
        facts["sent"] = False
    elif writing:
        facts["ambiguous"] = True
    if holds(requests.ProxyError):
        raise Unreachable("portal-proxy", **facts) from None
    if holds(urllib3.NameResolutionError):
        raise Unreachable("portal-unknown-host", **facts, host=urlsplit(portal).hostname or "?") from None
    if holds(urllib3.NewConnectionError):
        raise Unreachable("portal-unreachable", **facts) from None
    if holds(requests.SSLError, ssl.SSLError):
        raise Unreachable("portal-tls", **facts) from None
    if holds(requests.Timeout, urllib3.TimeoutError, TimeoutError):
        raise Unreachable("portal-timeout", **facts, seconds=max(1, round(seconds))) from None
    raise Unreachable("portal-cut-off", **facts) from None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those it was made of: cause, urllib3's `reason`, exceptions among its args.

    Not `__context__`: that may be an older failure which the caller is handling.
    """
    yield error
    for inner in (error.__cause__, getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            yield from _chain(inner)


def seconds(retry_after: str) -> float | None:
    """Retry-After in seconds: a number, or a date."""
    from email.utils import parsedate_to_datetime

    from metadata import clock

    if re.fullmatch(r"\d{1,9}", retry_after.strip()):
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - clock.now()).total_seconds())
    except (ValueError, TypeError):
        return None
