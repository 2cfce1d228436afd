"""Our own state beside a desk, `.saphan/`: its folder, closed to strangers, and its one-writer lock.

The lock is the operating system's on an open file, so that a killed run leaves none behind.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from metadata import clock
from metadata.errors import StoreError

Waits = Callable[[StoreError], None]
"""Tells who holds the lock, before it is waited for."""


FAR = 1 << 20
"""Windows locks bytes, and then nobody may read them: one far behind the text."""


class Lock:
    """A workspace's lock. It may be given away and taken again, so that nobody waits while a person is asked."""

    def __init__(self, path: Path, user: str) -> None:
        self.path = path
        self.user = user
        self._handle: IO[str] | None = None

    def take(self, waits: Waits | None = None) -> None:
        """Takes the lock. With `waits`, waits for whoever holds it, as long as that takes.

        Raises StoreError `store-unwritable`; without `waits`, `locked` naming who holds it and since when.
        """
        try:
            own_folder(self.path.parent)
            handle = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            raise StoreError("store-unwritable", path=str(self.path), reason=error.strerror) from error
        try:
            if not _locked(handle):
                handle.seek(0)
                held = StoreError("locked", **_owner(handle.read()))
                if waits is None:
                    raise held
                waits(held)
                if not _locked(handle, wait=True):
                    raise held
            handle.truncate(0)
            owner = {"owner": f"{self.user}@{socket.gethostname()}", "pid": os.getpid(), "since": clock.stamp()}
            handle.write(json.dumps(owner))
            handle.flush()
        except BaseException:
            handle.close()
            raise
        self._handle = handle

    def free(self) -> None:
        """Gives the lock away, where it is held."""
        if self._handle is not None:
            _unlocked(self._handle)
            self._handle.close()
            self._handle = None


def own_folder(folder: Path) -> None:
    """Makes a folder of our own state where it is missing, closed to strangers: it holds private datasets."""
    folder.mkdir(mode=0o770, parents=True, exist_ok=True)


def _locked(handle: IO[str], *, wait: bool = False) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        # to wait is to try ten times, a second apart
        how = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK  # type: ignore[attr-defined,unused-ignore]
        while True:
            try:
                handle.seek(FAR)
                msvcrt.locking(handle.fileno(), how, 1)  # type: ignore[attr-defined,unused-ignore]
            except OSError:
                if not wait:
                    return False
            else:
                return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _unlocked(handle: IO[str]) -> None:
    """Said, and not left to the file's end: a worker that was forked may have it open, too."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        handle.seek(FAR)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _owner(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except ValueError:
        return {"owner": "?", "pid": "?", "since": "?"}
