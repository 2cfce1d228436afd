"""Any CKAN over HTTP: keys, time-outs, streaming uploads, and what may be sent twice.

ckanapi speaks the protocol; the session underneath is ours, because ckanapi waits for ever, holds an uploaded
file twice in memory, and turns every unexpected answer into one opaque error.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Any, NoReturn, Self
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import ckanapi
import requests
import stamina
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import ProxyManager

from catalog.portal import answers
from catalog.portal.upload import Multipart
from metadata import __version__
from metadata.errors import NotAllowed, PortalError, SetupError, Unreachable

CONNECT = 10.0
"""Seconds to wait for a connection."""
ATTEMPTS = 4
LONGEST_WAIT = 30.0
"""Seconds between two attempts, at most; a portal that asks for more gets it from the next run."""
TOTAL = 90.0
"""Seconds after which no further attempt begins."""

logging.getLogger("stamina").addHandler(logging.NullHandler())
# else each repeated read would print a line of stamina's on the steward's terminal

_READS = re.compile(r"\w+_(show|list|search|search_sql|info|autocomplete|list_for_user|activity_list)")
_PASSING = frozenset({429, 502, 503, 504})
_WORTH_REPEATING = frozenset({"portal-unreachable", "portal-timeout", "portal-cut-off"})


def reads(action: str) -> bool:
    """Whether an action only reads, by its name. What is not known to read counts as writing."""
    return _READS.fullmatch(action) is not None


class RemotePortal:
    """Any CKAN, through ckanapi. A context manager; `close()` ends its connections.

    `url` is the catalog's home page (a trailing `/api/3/action` is forgiven); a user and password in it become
    HTTP Basic authentication, the key then travels as `X-CKAN-API-Key` alone. `timeout` is in seconds.
    Raises SetupError `portal-url`, `portal-key-form`.
    """

    def __init__(
        self, url: str, *, key: str | None = None, timeout: float = 60.0, user_agent: str | None = None
    ) -> None:
        self.url, login = _address(url)
        if key is not None and not re.fullmatch(r"[!-~]+", key):
            raise SetupError("portal-key-form", portal=self.url)
        self.writes = 0
        """Writing requests sent so far."""
        self.timeout = timeout
        self._keyed = key is not None
        self._session = _Session(timeout, login)
        agent = user_agent or f"saphan/{__version__}"
        self._ckan = ckanapi.RemoteCKAN(self.url, apikey=key, session=self._session, user_agent=agent)

    def __repr__(self) -> str:
        return f"RemotePortal({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections."""
        self._session.close()

    def call_action(
        self, name: str, data: Mapping[str, Any] | None = None, files: Mapping[str, IO[bytes]] | None = None
    ) -> Any:
        """The `result` of one action. With `files`, `data` must be flat (multipart has no nesting).

        Reads are repeated after broken connections, 429, 502, 503 and 504; writes only where the portal did
        nothing (no connection, 429). A write that may have been done all the same raises with
        `values["ambiguous"]` True: look before repeating.

        Raises PortalError (Unreachable, NotAllowed, Refused, NotCkan).
        """
        if files and any(isinstance(value, Mapping | list | tuple) for value in (data or {}).values()):
            raise ValueError(f"{name}: fields beside a file must be flat")
        again = _repeats(reading=reads(name))
        for attempt in stamina.retry_context(
            again, attempts=ATTEMPTS, timeout=TOTAL, wait_initial=0.5, wait_max=8.0, wait_jitter=0.5
        ):
            with attempt:
                return self._once(name, data, files)
        raise AssertionError("stamina ends with a result or an error")

    def _once(self, action: str, data: Mapping[str, Any] | None, files: Mapping[str, IO[bytes]] | None) -> Any:
        writing = not reads(action)
        self._session.answer = None
        self.writes += writing
        began = time.monotonic()
        try:
            return self._ckan.call_action(
                action, dict(data or {}), files=files, requests_kwargs={"timeout": (CONNECT, self.timeout)}
            )
        except requests.RequestException as error:
            try:
                seconds = time.monotonic() - began
                answers.raise_unreachable(error, action=action, portal=self.url, seconds=seconds, writing=writing)
            except Unreachable as unreachable:
                self.writes -= writing and unreachable.values.get("sent") is False
                raise
        except (ckanapi.CKANAPIError, ckanapi.ServerIncompatibleError, KeyError):
            if self._session.answer is None:
                raise
        # Outside of the `except`: ckanapi's errors quote the whole answer, and that may quote what we sent.
        return self._judge(self._session.answer, action, writing)

    def _judge(self, answer: requests.Response, action: str, writing: bool) -> NoReturn:
        """Raises what an answer means that ckanapi did not take for a result."""
        status = answer.status_code
        facts: dict[str, Any] = {"action": action, "portal": self.url}
        if 300 <= status < 400:
            to = urljoin(answer.url, answer.headers.get("Location", ""))
            answers.raise_redirected(status, to, **facts)
        facts |= {
            "keyed": self._keyed,
            "ambiguous": writing and (status >= 500 or 200 <= status < 300),
            "wait": answers.seconds(answer.headers.get("Retry-After", "")),
        }
        body = _decoded(answer)
        if (
            isinstance(body, dict)
            and isinstance(body.get("error"), dict | str)
            and body.get("success") is not True
        ):
            facts["ambiguous"] = writing and status >= 500
            answers.raise_for(status, body["error"], **facts)
        if isinstance(body, str) and status == 400:
            answers.raise_for(status, body, **facts)
        answers.raise_for_page(status, answer.headers.get("Content-Type", ""), answer.text, **facts)


def _repeats(*, reading: bool) -> Any:
    """stamina's question after each error: repeat (True, or after so many seconds), or let it through (False)?"""

    def again(error: Exception) -> bool | float:
        if not isinstance(error, PortalError) or isinstance(error, NotAllowed):
            return False
        status, wait = error.values.get("status"), error.values.get("wait")
        safe = status == 429 or error.values.get("sent") is False or reading
        if not safe or not (status in _PASSING or error.kind in _WORTH_REPEATING):
            return False
        if wait is None:
            return True
        return wait if wait <= LONGEST_WAIT else False

    return again


def _address(url: str) -> tuple[str, HTTPBasicAuth | None]:
    """The catalog's address without user, query and API path, and the login that stood in it."""
    try:
        parts = urlsplit(url.strip())
        host, login = parts.hostname, None
        _ = parts.port  # raises ValueError
    except ValueError:
        raise SetupError("portal-url", url="…") from None
    if parts.scheme not in ("http", "https") or not host:
        raise SetupError("portal-url", url=answers.shown(url.strip()))
    if parts.username is not None:
        login = HTTPBasicAuth(unquote(parts.username), unquote(parts.password or ""))
    path = re.sub(r"/api(/\d)?(/action)?/?$", "", parts.path).rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", "")), login


def _decoded(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except requests.JSONDecodeError:
        return None


class _Session(requests.Session):
    """requests' session with finite time-outs, bodies streamed from disk, no redirects, and no ~/.netrc."""

    def __init__(self, timeout: float, login: HTTPBasicAuth | None) -> None:
        super().__init__()
        self.answer: requests.Response | None = None
        # Without an `auth` of its own requests would replace our Authorization header by ~/.netrc's.
        self.auth = login or (lambda request: request)
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(timeout))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """As requests', with `files` sent as a stream; keeps the answer."""
        options.setdefault("timeout", (CONNECT, 60.0))
        options["allow_redirects"] = False
        files = options.pop("files", None)
        if files:
            fields = {_text(name): _text(value) for name, value in (options.pop("data", None) or {}).items()}
            body = Multipart(fields, files)
            options["data"] = body
            options["headers"] = {**(options.get("headers") or {}), "Content-Type": body.content_type}
        answer = super().request(method, url, *args, **options)
        if "json" in answer.headers.get("Content-Type", ""):
            answer.encoding = "utf-8"  # JSON is; requests would guess where no charset is given
        self.answer = answer
        return answer


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Adapter(HTTPAdapter):
    """Sends with the patience of reading: urllib3 gives a stalled upload only the time-out for connecting."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._patience)

    def proxy_manager_for(self, *args: Any, **options: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(*args, **options)
        if type(manager) is ProxyManager:  # a SOCKS proxy brings its own pools
            manager.pool_classes_by_scheme = _pools(self._patience)
        return manager


def _pools(patience: float) -> dict[str, Any]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            self.sock.settimeout(patience)

    class Encrypted(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            self.sock.settimeout(patience)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}
