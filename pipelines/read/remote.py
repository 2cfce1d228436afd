"""Files at a URL: http(s) by requests, any other scheme by fsspec. What is read stays in memory, nothing on disk.

A recipe is its steward's own: the machine that builds reads whatever it can reach, the intranet included.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from metadata.address import REMOTE, VARIABLE, shown
from metadata.errors import SaphanError, SetupError, SourceError
from metadata.finding import Place
from pipelines.read import source as sources
from pipelines.read.source import Material

if TYPE_CHECKING:
    import requests

PATIENCE = (10, 60)
"""Seconds to wait for a connection, and for the next bytes."""
REDIRECTS = 5
_CHUNK = 1 << 20
_DRIVERS = {"gs": "gcsfs", "gcs": "gcsfs", **dict.fromkeys(("abfs", "abfss", "az", "adl"), "adlfs")}
"""Schemes that fsspec knows and the extra `object-store` has no driver for."""
_OPTIONS: dict[str, dict[str, Any]] = {
    "s3": {
        "config_kwargs": {
            "connect_timeout": PATIENCE[0],
            "read_timeout": PATIENCE[1],
            "retries": {"max_attempts": 2},
        }
    }
}


def loaded(written: str, at: Place) -> tuple[Material, str, str]:
    """The file behind a URL, or behind `env:NAME`: its bytes, `sha256:…`, and its name among the inputs.

    Raises SetupError `object-store-missing`; SourceError `read-url-variable`, `-scheme`, `-missing`, `-denied`,
    `-down`, `read-too-big`, `read-empty`. No error repeats the URL's query or what a server said.
    """
    url = _address(written, at)
    file = written if written.startswith(VARIABLE) else shown(written)
    scheme = urlsplit(url).scheme.lower()
    digest = hashlib.sha256()
    buffer = io.BytesIO()
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    limit = sources.TEXT_LIMIT if name.lower().endswith(sources.TEXT) else sources.LIMIT
    for chunk in _http(url, limit, file, at) if scheme in ("http", "https") else _stored(url, limit, file, at):
        if buffer.tell() + len(chunk) > limit:
            raise SourceError("read-too-big", at, file=file, bytes=buffer.tell() + len(chunk), limit=limit)
        digest.update(chunk)
        buffer.write(chunk)
    data = buffer.getvalue()
    if not data.strip(sources.NOTHING):
        raise SourceError("read-empty", at, file=file)
    return Material(name=name, data=data), f"sha256:{digest.hexdigest()}", f"url:{written.removeprefix(VARIABLE)}"


def _address(written: str, at: Place) -> str:
    if not written.startswith(VARIABLE):
        return written
    name = written.removeprefix(VARIABLE).strip()
    url = os.environ.get(name, "").strip()
    if not REMOTE.match(url) or "::" in url:
        raise SourceError("read-url-variable", at, file=written, variable=name)
    return url


# ---------------------------------------------------------------- http and https


def _http(url: str, limit: int, file: str, at: Place) -> Iterator[bytes]:
    import requests

    from metadata import __version__

    with requests.Session() as session, _told(file, at):
        session.max_redirects = REDIRECTS
        session.headers["User-Agent"] = f"saphan/{__version__}"
        with session.get(url, stream=True, timeout=PATIENCE) as answer:
            _answered(answer, file, at)
            length = answer.headers.get("Content-Length", "")
            if length.isdecimal() and int(length) > limit:
                raise SourceError("read-too-big", at, file=file, bytes=int(length), limit=limit)
            yield from answer.iter_content(_CHUNK)


def _answered(answer: requests.Response, file: str, at: Place) -> None:
    if answer.status_code in (404, 410):
        raise SourceError("read-url-missing", at, file=file)
    if answer.status_code in (401, 403, 407):
        raise SourceError("read-url-denied", at, file=file)
    if answer.status_code != 200:
        raise SourceError("read-url-down", at, file=file, reason=f"HTTP {answer.status_code}")


# ---------------------------------------------------------------- any other scheme


def _stored(url: str, limit: int, file: str, at: Place) -> Iterator[bytes]:
    with _opened(url, file, at) as (stream, size):
        if size is not None and size > limit:
            raise SourceError("read-too-big", at, file=file, bytes=size, limit=limit)
        while chunk := stream.read(_CHUNK):
            yield chunk


@contextmanager
def seekable(written: str, at: Place) -> Iterator[IO[bytes]]:
    """The file behind a URL that is not http(s), to be read by ranges. Raises what `loaded` raises."""
    url = _address(written, at)
    if urlsplit(url).scheme.lower() in ("http", "https"):
        raise SourceError("read-url-scheme", at, file=shown(url), scheme="http")
    with _opened(url, shown(url), at) as (stream, _):
        yield stream


@contextmanager
def _opened(url: str, file: str, at: Place) -> Iterator[tuple[IO[bytes], int | None]]:
    """A stored file, and its size where the store tells it."""
    scheme = urlsplit(url).scheme.lower()
    try:
        import fsspec  # type: ignore[import-untyped]

        filesystem = fsspec.get_filesystem_class(scheme)
    except ImportError as missing:
        package = _DRIVERS.get(scheme, "saphan[object-store]")
        raise SetupError("object-store-missing", at, file=file, scheme=scheme, package=package) from missing
    except ValueError:
        raise SourceError("read-url-scheme", at, file=file, scheme=scheme) from None
    with _told(file, at):
        options = {**filesystem._get_kwargs_from_urls(url), **_OPTIONS.get(scheme, {})}
        store = filesystem(skip_instance_cache=True, **options)
        path = store._strip_protocol(url)
        known = store.info(path)
        if known.get("type") == "directory":
            raise FileNotFoundError
        size = known.get("size")
        with store.open(path, "rb") as stream:
            yield stream, size if isinstance(size, int) else None


@contextmanager
def _told(file: str, at: Place) -> Iterator[None]:
    """Whatever a server or a driver raises, without its words: they may hold the URL, or a key."""
    try:
        yield
    except SaphanError:
        raise
    except FileNotFoundError:
        raise SourceError("read-url-missing", at, file=file) from None
    except PermissionError:
        raise SourceError("read-url-denied", at, file=file) from None
    except Exception as error:  # noqa: BLE001 - each driver of fsspec raises its own
        if "Credential" in type(error).__name__ or "Token" in type(error).__name__:
            raise SourceError("read-url-denied", at, file=file) from None
        raise SourceError("read-url-down", at, file=file, reason=_reason(error)) from None


def _reason(error: BaseException) -> str:
    """Why, in the operating system's words where they are known, else the error's name."""
    seen: list[BaseException] = []
    left: list[Any] = [error]
    while left and len(seen) < 20:
        one = left.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            if isinstance(one, OSError) and one.errno and one.errno > 0 and type(one).__module__ == "builtins":
                return os.strerror(one.errno)
            seen.append(one)
            left += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return type(error).__name__
