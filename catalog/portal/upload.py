"""How a file goes over the wire: a multipart body read from disk while it is sent, never held in memory.

ckanapi hands `files=` to requests, which reads the whole file and then joins it into a second copy.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Mapping
from typing import IO

from urllib3.fields import RequestField


class Multipart:
    """A `multipart/form-data` body: flat text fields, then files from their first byte, with a known length.

    File names go out as UTF-8 in `filename` (RFC 7578 §5.1.1 and HTML; `filename*` is not allowed here).
    A body can be read once; a repeated request makes a new one, which rewinds the files.
    """

    def __init__(self, fields: Mapping[str, str], files: Mapping[str, IO[bytes]]) -> None:
        self.boundary = secrets.token_hex(16)
        parts: list[IO[bytes]] = []
        for name, text in fields.items():
            parts.append(io.BytesIO(self._head(name) + text.encode() + b"\r\n"))
        for name, file in files.items():
            file.seek(0)
            parts += (io.BytesIO(self._head(name, file_name(file))), file, io.BytesIO(b"\r\n"))
        parts.append(io.BytesIO(f"--{self.boundary}--\r\n".encode()))
        self._parts = iter([(part, _size(part)) for part in parts])
        self._length = 0
        for part in parts:
            self._length += _size(part)
        self._part, self._left = next(self._parts)

    @property
    def content_type(self) -> str:
        """The request's Content-Type."""
        return f"multipart/form-data; boundary={self.boundary}"

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; nothing at the end. Raises OSError when a file became shorter."""
        wanted = self._length if size is None or size < 0 else size
        blocks: list[bytes] = []
        while wanted > 0:
            if not self._left:
                following = next(self._parts, None)
                if following is None:
                    break
                self._part, self._left = following
                continue
            block = self._part.read(min(wanted, self._left))
            if not block:
                raise OSError("the file became shorter while it was sent")
            blocks.append(block)
            self._left -= len(block)
            wanted -= len(block)
        return b"".join(blocks)

    def _head(self, name: str, file: str | None = None) -> bytes:
        field = RequestField(name, b"", filename=file)
        field.make_multipart(content_type="application/octet-stream" if file else None)
        return f"--{self.boundary}\r\n{field.render_headers()}".encode()


def file_name(file: IO[bytes]) -> str:
    """The last part of an open file's path; `upload` for one without."""
    name = getattr(file, "name", "")
    return os.path.basename(name) if isinstance(name, str) and name else "upload"  # noqa: PTH119 - not always a Path


def _size(file: IO[bytes]) -> int:
    start = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(start)
    return end - start
