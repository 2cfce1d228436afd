"""The portal's own styles, fonts and scripts: addressed by what they hold, read and compressed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from catalog.web.fresh import holds
from catalog.web.sent import takes_gzip

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

FOR_EVER = "public, max-age=31536000, immutable"
SHRINKING = ("text/css", "text/javascript", "image/svg+xml", "text/plain", "application/json")
LETTERED = ("text/css", "text/javascript", "text/plain")
MENTIONED = re.compile(r'url\("([\w./-]+)"\)')
"""Another file that a style names, beside which it lies."""
TYPES = {".woff2": "font/woff2", ".js": "text/javascript"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is sent. `zipped` is empty where compressing wins nothing."""

    path: Path
    read: tuple[int, int]
    """When the file was changed, and its size, as it was read."""
    mark: str
    """Of its content."""
    media_type: str
    body: bytes
    zipped: bytes


class Assets:
    """The files of a folder, as an application for `/static`."""

    def __init__(self, folder: Path, root: str = "/static") -> None:
        self.folder, self.root = folder.resolve(), root
        self._known: dict[str, Asset] = {}

    def address(self, name: str) -> str:
        """Where a file is, named by its content: what stands there may be kept for ever.

        Raises FileNotFoundError where there is no such file.
        """
        return f"{self.root}/{name}?v={self.asset(name).mark}"

    def asset(self, name: str) -> Asset:
        """A file, read anew where it has changed. Raises FileNotFoundError."""
        known = self._known.get(name)
        path = known.path if known else (self.folder / name).resolve()
        if not known and not (path.is_relative_to(self.folder) and path.is_file()):
            raise FileNotFoundError(name)
        stat = path.stat()
        read = (stat.st_mtime_ns, stat.st_size)
        if known is None or known.read != read:
            known = self._known[name] = self._read(path, read)
        return known

    def _read(self, path: Path, read: tuple[int, int]) -> Asset:
        body = path.read_bytes()
        media_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        if media_type == "text/css":
            body = MENTIONED.sub(lambda found: self._named(path, found), body.decode()).encode()
        zipped = gzip.compress(body, 9, mtime=0) if media_type in SHRINKING else b""
        return Asset(
            path=path,
            read=read,
            mark=hashlib.blake2b(body, digest_size=8).hexdigest(),
            media_type=f"{media_type}; charset=utf-8" if media_type in LETTERED else media_type,
            body=body,
            zipped=zipped if len(zipped) < len(body) else b"",
        )

    def _named(self, style: Path, found: re.Match[str]) -> str:
        """A file that a style names, by its content: the page's preloaded font is the style's."""
        beside = (style.parent / found[1]).resolve()
        if beside.suffix == ".css" or not (beside.is_relative_to(self.folder) and beside.is_file()):
            return found[0]
        return f'url("{self.address(beside.relative_to(self.folder).as_posix())}")'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        try:
            name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
            asset = self.asset(name)
        except (OSError, ValueError):  # not there; or a name that no file can have
            raise HTTPException(404) from None
        await self._answer(asset, Headers(scope=scope), scope)(scope, receive, send)

    def _answer(self, asset: Asset, asked: Headers, scope: Scope) -> Response:
        zipped = asset.zipped if takes_gzip(asked.get("accept-encoding", "")) else b""
        tag = f'"{asset.mark}{"-gzip" if zipped else ""}"'
        mine = scope["query_string"] == b"v=" + asset.mark.encode()
        headers = {"ETag": tag, "Cache-Control": FOR_EVER if mine else "no-cache"}
        if asset.zipped:
            headers["Vary"] = "Accept-Encoding"
        if asked.get("if-none-match") and holds(asked["if-none-match"], tag):
            return Response(status_code=304, headers=headers)
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return Response(zipped or asset.body, headers=headers | {"Content-Type": asset.media_type})
