"""frictionless' table resource, whose own row machinery is fed by the sift.

Two of its private steps are replaced: how the values of referenced tables are gathered, and which records its row
stream gets. Everything that makes, counts and orders errors stays frictionless' own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frictionless.resources import TableResource
from frictionless.table.lookup import Lookup

from pipelines.engine import limits
from pipelines.engine.checksums import Checksums, checksums_of

if TYPE_CHECKING:
    from frictionless import Report

    from pipelines.engine.search import Found
    from pipelines.engine.spread import Spread

Rows = Iterator[tuple[int, list[str]]]
_CHUNK = 8192
"""Bytes that Python's TextIOWrapper reads at a time: `stats.bytes` shows it where a run stops at the limit."""


class Unsound(Exception):  # noqa: N818 - never leaves the engine
    """The judge went on where the sift had foreseen that it would stop."""


class Feed:
    """The records that frictionless gets of one resource: the whole head, then what the sift did not clear."""

    def __init__(self, spread: Spread | None, progress: Callable[[int, int], None] | None) -> None:
        self.spread = spread
        self.progress = progress
        self.limit = 0
        self.errors = 0
        self.judged = 0
        self.because: str | None = None
        self._found: Found | None = None
        self._checksums: Checksums | None = None
        self._last = 0

    @property
    def sifted(self) -> bool:
        """Whether records were left out for good reason."""
        return self._found is not None

    def seen(self, row: Any) -> None:
        """Counts a row's errors, when frictionless has judged it."""
        self.judged += 1
        self.errors += len(row.errors)

    def rows(self, resource: TableResource, cell_stream: Any) -> Rows:
        """The numbered content rows for frictionless' row stream, in order, some of them left out."""
        dialect: Any = resource.dialect
        stream = type(dialect).read_enumerated_content_stream(dialect, cell_stream)
        number, count = dialect.create_first_content_row() - 1, 0
        self.errors = len(resource.header.errors)
        # at least one: frictionless looks at its limit after a row, and the header's errors count
        head = max(limits.HEAD, 1)
        while not (count and count % head == 0 and self._worth(resource, count)):
            try:
                number, cells = next(stream)
            except StopIteration:
                self.because = self.because or "small"
                return
            count += 1
            yield number, cells
        found = self._sifted(resource, number, count)
        if found is None:
            yield from stream
            return
        self._found = found
        for number, cells, before in found.suspects():
            self._last = number
            resource.stats.rows = before
            yield number, cells
        if found.cut_short:
            raise Unsound
        resource.stats.rows = found.rows
        resource.stats.md5, resource.stats.sha256, resource.stats.bytes = self._hashed(resource).result()

    def _worth(self, resource: TableResource, count: int) -> bool:
        """Whether frictionless would still read for long: much of the file is left, and the limit is far."""
        if self.because is not None and self.because != "soon":
            return False
        try:
            size = file_size(resource)
        except OSError:
            return False
        self.because = None
        if size - (resource.stats.bytes or 0) <= limits.SMALL and limits.SMALL:
            self.because = "small"
        elif self.limit and self.errors and count * self.limit / self.errors - count < limits.SOON:
            self.because = "soon"
        return self.because is None

    def _sifted(self, resource: TableResource, head: int, count: int) -> Found | None:
        from pipelines.engine.blocks import Unproven
        from pipelines.engine.plan import plan_of
        from pipelines.engine.search import find

        try:
            plan = plan_of(resource, head=head)
            limit = self.limit - self.errors if self.limit else None
            return find(
                resource,
                plan,
                head=head,
                count=count,
                limit=limit,
                spread=self.spread,
                progress=self.progress,
                checksums=self._checksums,
            )
        except Unproven as error:
            self.because = error.because
            return None

    def begin(self, resource: TableResource) -> None:
        """Begins what takes long and needs nothing but the file."""
        with suppress(OSError):
            if file_size(resource) > limits.LARGE:
                self._hashed(resource)

    def end(self) -> None:
        """Ends what goes on beside the validation."""
        if self._checksums is not None:
            self._checksums.close()

    def _hashed(self, resource: TableResource) -> Checksums:
        if self._checksums is None:
            self._checksums = checksums_of(local_path(resource))
        return self._checksums

    def settle(self, resource: TableResource, report: Report) -> None:
        """Puts right how many bytes frictionless would have read, where it stopped at the limit of errors."""
        if self._found is None or not self._last or not report.tasks:
            return
        task = report.tasks[0]
        if not any(warning.startswith("reached error limit") for warning in task.warnings):
            return
        end, size = self._found.end_of(self._last), self._found.size
        read = min(size, -(-end // _CHUNK) * _CHUNK)
        if end % _CHUNK == 0 and self._found.byte(end) == b"\r":
            read = min(size, end + _CHUNK)  # a line feed may follow: the next chunk is read to see
        read = max(read, resource.stats.bytes or 0)
        if not self._found.decodes(end, read):
            raise Unsound  # a wrong byte in the same piece: frictionless never gets to these rows
        resource.stats.bytes = read
        rebuilt = dict(task.stats)
        rebuilt["bytes"] = read
        if end == size and self._found.byte(end) not in b"\r\n":
            # the last line ends with the file: frictionless has seen the file's end, and so its checksums
            resource.stats.md5, resource.stats.sha256, _ = self._hashed(resource).result()
            rebuilt |= {"md5": resource.stats.md5, "sha256": resource.stats.sha256}
        order = ("errors", "warnings", "seconds", "md5", "sha256", "bytes", "fields", "rows")
        task.stats = {name: rebuilt[name] for name in order if name in rebuilt}  # type: ignore[assignment]


def local_path(resource: TableResource) -> Path:
    """Where the file of a local resource is."""
    return Path((resource.normpath or "").removeprefix("file://"))


def file_size(resource: TableResource) -> int:
    """The size of a resource's file in bytes; 0 for what is no local file. Raises OSError where there is none."""
    if resource.memory or resource.remote or not resource.normpath:
        return 0
    return local_path(resource).stat().st_size


class FedResource(TableResource):
    """A table resource that `judge` feeds. It becomes a plain one again when it is judged."""

    feed: Feed

    def validate(self, checklist: Any = None, **options: Any) -> Report:
        """frictionless' own validation."""
        feed: Feed = self.__dict__["feed"]
        feed.limit = options.get("limit_errors", 1000) or 0
        feed.begin(self)
        try:
            report = super().validate(checklist, on_row=feed.seen, **options)
            feed.settle(self, report)
        finally:
            feed.end()
        return report

    def _TableResource__open_row_stream(self) -> None:  # noqa: N802 - the name that Python gives frictionless' own
        feed: Feed = self.__dict__["feed"]
        self.dialect.__dict__["read_enumerated_content_stream"] = partial(feed.rows, self)
        try:
            super()._TableResource__open_row_stream()  # type: ignore[misc]
        finally:
            del self.dialect.__dict__["read_enumerated_content_stream"]

    def _TableResource__open_lookup(self) -> None:  # noqa: N802
        keys = self.schema.foreign_keys
        if not keys or not self._resolvable():
            super()._TableResource__open_lookup()  # type: ignore[misc]
            return
        from pipelines.engine.references import values

        lookup = Lookup()
        self._TableResource__lookup = lookup
        for key in keys:
            name, fields = key["reference"]["resource"], tuple(key["reference"]["fields"])
            package: Any = self.package
            source = self.to_copy() if not name or name == self.name else package.get_resource(name).to_copy()
            if source.schema:
                source.schema.foreign_keys = []
            if fields in lookup.setdefault(name, {}):
                continue
            lookup[name][fields] = set()
            with source:
                lookup[name][fields] = values(source, fields)

    def _resolvable(self) -> bool:
        names = [key["reference"]["resource"] for key in self.schema.foreign_keys]
        others = [name for name in names if name and name != self.name]
        return all(self.package is not None and self.package.has_resource(name) for name in others)
