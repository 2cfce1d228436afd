"""Uploaded files, kept once per content under their SHA-256.

A file comes in two moves, so that no row ever points at a file that is not whole: `receive` writes it aside and
flushes it to the disk; `keep` renames it in, inside the write transaction that names it. Removing happens inside a
write transaction too: writers take turns, so nobody can start to use a file while another removes it.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from catalog.store.database import as_store_error
from metadata import clock

BLOCK = 1 << 20
STALE = 24 * 3600
"""Seconds after which a file left aside by a killed process is swept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file written aside, not yet part of the catalog."""

    path: Path
    sha256: str
    size: int

    def discard(self) -> None:
        """Removes it, where it was not kept."""
        self.path.unlink(missing_ok=True)


class Files:
    """A folder of files by content."""

    near = True
    """Whether a file is on this machine's disk without being fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.aside = folder / "aside"

    def receive(self, stream: IO[bytes]) -> Received:
        """Writes a stream aside, block by block. Raises StoreError `store-full`, `store-unwritable`."""
        path = self.aside / uuid.uuid4().hex
        digest, size = hashlib.sha256(), 0
        try:
            self.aside.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as out:
                while block := stream.read(BLOCK):
                    digest.update(block)
                    size += len(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise as_store_error(error, str(self.folder)) from error
            raise
        return Received(path=path, sha256=digest.hexdigest(), size=size)

    def keep(self, received: Received) -> None:
        """Makes a received file part of the catalog. Call it inside the write transaction that names it."""
        final = self.path(received.sha256)
        try:
            if final.exists() and final.stat().st_size == received.size:
                received.discard()
                return
            final.parent.mkdir(parents=True, exist_ok=True)
            received.path.replace(final)
            flush(final.parent)
        except OSError as error:
            raise as_store_error(error, str(self.folder)) from error

    def path(self, sha256: str) -> Path:
        """Where the file of this content is."""
        return self.folder / sha256[:2] / sha256

    def opened(self, sha256: str) -> IO[bytes]:
        """The content, to be read. Raises FileNotFoundError."""
        return self.path(sha256).open("rb")

    def remove(self, sha256: str) -> None:
        """Removes a file no row names any more. Call it inside a write transaction."""
        self.path(sha256).unlink(missing_ok=True)

    def wipe(self, sha256: str) -> None:
        """Removes a file, and cuts it to nothing before: who has it open gets no more of it."""
        with suppress(FileNotFoundError):
            os.truncate(self.folder / sha256[:2] / sha256, 0)
        self.remove(sha256)

    def sweep(self) -> None:
        """Removes what killed processes left aside more than a day ago."""
        if not self.aside.is_dir():
            return
        for left in self.aside.iterdir():
            try:
                if left.stat().st_mtime < clock.now().timestamp() - STALE:
                    left.unlink()
            except OSError:
                continue  # another process was quicker, or it is not ours to remove


def flush(folder: Path) -> None:
    """Makes sure of a folder's entries, where the system lets us."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
