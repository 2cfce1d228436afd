"""A file's md5 and sha256, which frictionless' report carries: computed in a thread from the first moment on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Event, Thread

from pipelines.engine import limits

_PIECE = 1 << 23
"""Bytes hashed at a time. After each piece the thread waits its turn for the interpreter, so pieces are large."""
_AHEAD: dict[Path, Checksums] = {}


class Checksums:
    """Hashes a file ahead of its reader, outside the interpreter's lock. `close` ends it early."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hashes = (hashlib.md5(usedforsecurity=False), hashlib.sha256())
        self._bytes = 0
        self._failed: OSError | None = None
        self._stop, self._go = Event(), Event()
        self._go.set()
        self._thread = Thread(target=self._run, name="checksums", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with self._path.open("rb", buffering=0) as file:
                room = memoryview(bytearray(_PIECE))
                while self._go.wait() and not self._stop.is_set() and (got := file.readinto(room)):
                    for one in self._hashes:
                        one.update(room[:got])
                    self._bytes += got
        except OSError as error:
            self._failed = error

    def result(self) -> tuple[str, str, int]:
        """md5, sha256 and how many bytes there were. Raises OSError where the file could not be read."""
        self._go.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self._hashes[0].hexdigest(), self._hashes[1].hexdigest(), self._bytes

    def pause(self) -> None:
        """Rests until somebody asks for the result: nobody does where the limit of errors is reached before."""
        self._go.clear()

    def close(self) -> None:
        """Ends the work, finished or not."""
        self._stop.set()
        self._go.set()
        self._thread.join()


def begin(path: Path) -> None:
    """Begins a large file's checksums, before frictionless is even loaded. `checksums_of` hands them on."""
    try:
        if path.is_file() and path.stat().st_size > limits.LARGE:
            _AHEAD[path.absolute()] = Checksums(path)
    except (OSError, ValueError):  # a name that no file can have; whoever reads it will say so
        return


def checksums_of(path: Path) -> Checksums:
    """A file's checksums: those begun already, or new ones."""
    return _AHEAD.pop(path.absolute(), None) or Checksums(path)
