"""Uploaded files on any storage that fsspec reaches: an object store, a server by SFTP. Kept under their SHA-256.

A file is received on the local disk, sent when the transaction names it, and fetched again into a local copy when
it is asked for, so that ranges and checks work as they do with a local file. A file that was half sent when the
power went has another size: no row names it, and it is sent again.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from catalog.store.files import BLOCK, Files, Received
from metadata import clock
from metadata.errors import SetupError, StoreError

MOST = 2 << 30
"""Bytes of local copies that are kept."""
FRESH = 3600
"""Seconds for which a copy is kept at least: somebody may be reading it."""


class RemoteFiles(Files):
    """Files at an fsspec URL, with local copies in a folder. Raises SetupError `store-url`: there is no way."""

    near = False

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(folder)
        try:
            from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # an extra

            self.remote, self.root = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise SetupError("store-url", reason=type(error).__name__) from error
        parts = urlsplit(url)
        self.where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def keep(self, received: Received) -> None:
        """Sends a received file. Call it inside the write transaction that names it."""
        final = self._far(received.sha256)
        with self._reached():
            if not (self.remote.exists(final) and self.remote.size(final) == received.size):
                self.remote.makedirs(final.rpartition("/")[0], exist_ok=True)
                self.remote.put_file(str(received.path), final)
                if self.remote.size(final) != received.size:
                    raise OSError("what arrived is not as long as what was sent")
        copy = super().path(received.sha256)
        copy.parent.mkdir(parents=True, exist_ok=True)
        received.path.replace(copy)

    def path(self, sha256: str) -> Path:
        """A local copy of the content. It is not there where the storage does not hold the content."""
        copy = super().path(sha256)
        if copy.is_file():
            copy.touch()
            return copy
        with suppress(FileNotFoundError), self._reached():
            aside = self.aside / uuid.uuid4().hex
            aside.parent.mkdir(parents=True, exist_ok=True)
            try:
                with self.opened(sha256) as source, aside.open("xb") as out:
                    shutil.copyfileobj(source, out, BLOCK)
                copy.parent.mkdir(parents=True, exist_ok=True)
                aside.replace(copy)
            finally:
                aside.unlink(missing_ok=True)
            self._trim()
        return copy

    def opened(self, sha256: str) -> IO[bytes]:
        """The content where it lies. Raises FileNotFoundError."""
        opened: IO[bytes] = self.remote.open(self._far(sha256), "rb")
        return opened

    def remove(self, sha256: str) -> None:
        """Removes a content no row names any more, and its copy. Call it inside a write transaction."""
        super().path(sha256).unlink(missing_ok=True)
        with suppress(FileNotFoundError), self._reached():
            self.remote.rm_file(self._far(sha256))

    def _far(self, sha256: str) -> str:
        return f"{self.root.rstrip('/')}/{sha256[:2]}/{sha256}"

    def _trim(self) -> None:
        """Removes the copies that were asked for longest ago, beyond what is kept."""
        copies = [(one, one.stat()) for one in self.folder.glob("??/*")]
        room = sum(state.st_size for _one, state in copies) - MOST
        for one, state in sorted(copies, key=lambda pair: pair[1].st_mtime):
            if room <= 0 or state.st_mtime > clock.now().timestamp() - FRESH:
                return
            one.unlink(missing_ok=True)
            room -= state.st_size

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """What a storage's own library raises, as one error of ours. That there is no such file passes."""
        try:
            yield
        except (FileNotFoundError, StoreError):
            raise
        except Exception as error:  # each storage's library has errors of its own
            raise StoreError("store-unwritable", path=self.where, reason=_reason(error)) from error


def _reason(error: Any) -> str:
    """The system's own words; a library's could quote an address with a key."""
    return getattr(error, "strerror", None) or type(error).__name__
