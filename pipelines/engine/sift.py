"""The sift: of a block of records, those that frictionless must see, because something may be wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy
import polars as pl

from pipelines.engine.blocks import Block, Form, Unproven, rows_of, text_of
from pipelines.engine.columns import Column

Indices = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]
Hashes = numpy.ndarray[tuple[int], numpy.dtype[numpy.uint64]]
Keys = tuple[Hashes, Indices | None, Indices]
_BOM = b"\xef\xbb\xbf"
_ALL = pl.QueryOptFlags(projection_pushdown=False)
"""All columns are parsed: of one left out polars would check neither the encoding nor that nothing follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key: the columns it is made of, and the values it may have (tuples, as frictionless' lookup)."""

    columns: tuple[int, ...]
    values: frozenset[tuple[Any, ...]] | set[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is checked, in a form that travels to another process, where `token` tells it from other plans.

    `fields` are the descriptors of the fields expected in the data, in order, each with its missing values. `keys`
    are the columns of each unique field and of the primary key, `primary` says which one that is. `comment` and
    `skip_blank` say which records are no content.
    """

    token: str
    form: Form
    fields: tuple[Mapping[str, Any], ...]
    keys: tuple[tuple[int, ...], ...] = ()
    primary: int | None = None
    references: tuple[Reference, ...] = ()
    comment: str | None = None
    skip_blank: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sifted:
    """What the sift found in a block. Indices count the block's records from 0.

    `suspects` and their `cells` go to the judge: each has an error for certain. `skipped` are no content.
    `keys` holds, for each key of the plan, the hashes of its values and the records they stand in (None: all).
    """

    offset: int
    bytes: int
    clean: bool
    records: int
    skipped: Indices
    suspects: Indices
    cells: tuple[list[str], ...]
    keys: tuple[tuple[Hashes, Indices | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """A block, parsed. `frame`: the records at `places` (None: all), each with a cell for each field.

    `others` are the records that have not: their index and their cells. In `frame` a cell is
    null that is empty and not quoted. `cells` gives some records' cells, as `csv.reader` reads them.
    """

    count: int
    frame: pl.DataFrame
    places: Indices | None
    others: Mapping[int, list[str]]
    skipped: Indices
    cells: Callable[[Indices], list[list[str]]]

    def indices(self, rows: Indices) -> Indices:
        """The records that rows of the frame stand for."""
        return rows if self.places is None else self.places[rows]


class Sieve:
    """A plan made ready: frictionless' own cell readers, and an accept-expression for each column."""

    def __init__(self, plan: Plan) -> None:
        import frictionless

        self.plan = plan
        self.columns = []
        for number, descriptor in enumerate(plan.fields):
            try:
                field = frictionless.Field.from_descriptor(dict(descriptor))
                reader = field.create_cell_reader()
            except Exception as error:
                raise Unproven("raises") from error
            self.columns.append(Column(str(number), field, reader))
        whole = not (plan.comment or plan.skip_blank or plan.form.skip_initial_space)
        self._glances = self._at_a_glance() if whole else None
        self._hopeful = True

    def records(self, block: Block) -> Records:
        """Parses a block by columns where it is regular, by Python's csv where it is not."""
        form, width = self.plan.form, len(self.columns)
        text = text_of(block.data, form)
        if _by_columns(block, text, form):
            frame = _parsed(text, form, width)
            if frame is not None and form.skip_initial_space:
                frame = _without_initial_spaces(frame, text, form)
            if frame is not None and _regular(frame[str(width - 1)].null_count(), frame.shape, text, form):
                return self._content(frame.height, frame, None, {}, partial(_cells, frame))
        rows = rows_of(text, form)
        regular = [number for number, row in enumerate(rows) if len(row) == width]
        others = {number: row for number, row in enumerate(rows) if len(row) != width}
        columns = zip(*(rows[number] for number in regular), strict=True) if regular else [()] * width
        data = {str(number): pl.Series(cells, dtype=pl.String) for number, cells in enumerate(columns)}
        places = numpy.array(regular, dtype=numpy.int64)
        cells = lambda indices: [rows[index] for index in indices.tolist()]  # noqa: E731
        return self._content(len(rows), pl.DataFrame(data), places, others, cells)

    def _content(
        self,
        count: int,
        frame: pl.DataFrame,
        places: Indices | None,
        others: dict[int, list[str]],
        cells: Callable[[Indices], list[list[str]]],
    ) -> Records:
        """Takes out the records that are no content: comments, and blank ones where the dialect says so."""
        plan = self.plan
        if not plan.comment and not plan.skip_blank:
            return Records(count=count, frame=frame, places=places, others=others, skipped=_none(), cells=cells)
        out = pl.Series([False] * frame.height, dtype=pl.Boolean)
        if plan.comment:
            out = out | frame["0"].str.starts_with(plan.comment).fill_null(False)
        if plan.skip_blank:
            out = out | frame.select(pl.all_horizontal(pl.all().fill_null("") == "")).to_series()
        where = numpy.arange(count, dtype=numpy.int64) if places is None else places
        away = [
            number
            for number, row in others.items()
            if (plan.comment and row and row[0].startswith(plan.comment)) or (plan.skip_blank and not any(row))
        ]
        mask = out.to_numpy()
        return Records(
            count=count,
            frame=frame.filter(~out),
            places=where[~mask],
            others={number: row for number, row in others.items() if number not in away},
            skipped=numpy.sort(numpy.concatenate([where[mask], numpy.array(away, dtype=numpy.int64)])),
            cells=cells,
        )

    def sift(self, block: Block) -> Sifted:
        """Raises Unproven where only frictionless itself can tell."""
        sifted = self._glanced(block, self._glances) if self._hopeful and self._glances else None
        if sifted is None:
            sifted = self._searched(block)
            self._hopeful = not len(sifted.suspects)
        return sifted

    def _at_a_glance(self) -> list[pl.Expr]:
        """What is kept of a block that is only looked over: the columns that are read by their distinct texts, or
        are keys; which rows are certainly right beside these and not blank; which have no last cell.
        """
        width = len(self.columns)
        kept = {column.name for column in self.columns if column.slow}
        kept |= {str(number) for key in self.plan.keys for number in key}
        kept |= {str(number) for reference in self.plan.references for number in reference.columns}
        right = [column.right() for column in self.columns if column.quick]
        # where no missing cell is an error, all of a row may be missing; in one column a record may have no cell
        if width == 1 or not any(column.required for column in self.columns):
            right.append(~pl.all_horizontal(_absent(column, width) for column in self.columns[:3]))
        return [
            *map(pl.col, sorted(kept)),
            pl.all_horizontal(right or [pl.lit(True)]).alias("right"),
            pl.col(str(width - 1)).is_null().alias("short"),
        ]

    def _glanced(self, block: Block, glances: list[pl.Expr]) -> Sifted | None:
        """A block in which all is right; None where something may not be. Cells are checked as they are parsed."""
        form, width = self.plan.form, len(self.columns)
        text = text_of(block.data, form)
        if not _by_columns(block, text, form):
            return None
        try:
            frame = _scan(text, form, width).select(glances).collect(engine="streaming", optimizations=_ALL)
        except pl.exceptions.PolarsError:
            return None
        short = int(frame["short"].sum())
        if not frame["right"].all() or not _regular(short, (frame.height, width), text, form):
            return None
        slow = [column for column in self.columns if column.slow]
        if any(column.wrong(frame[column.name]) is not None for column in slow):
            return None
        if any(unknown is not None for unknown in map(self._unknown_to(frame), self.plan.references)):
            return None
        found = Records(
            count=frame.height, frame=frame, places=None, others={}, skipped=_none(), cells=lambda _: []
        )
        clear = {column.name for column in self.columns if column.quick}
        keys = [self._keys(found, key, clear) for key in self.plan.keys]
        if self.plan.primary is not None and len(keys[self.plan.primary][2]):
            return None
        return _sifted(block, found, keys, _none())

    def _searched(self, block: Block) -> Sifted:
        found = self.records(block)
        others = numpy.array(list(found.others), dtype=numpy.int64)
        right = self._right(found.frame)
        clear = {mask.name for mask in right if mask.all()}
        keys = [self._keys(found, key, clear) for key in self.plan.keys]
        nameless = _none() if self.plan.primary is None else keys[self.plan.primary][2]
        wrong, blank = self._wrong(found, right, clear), self._blank(found)
        suspects = numpy.unique(numpy.concatenate([wrong, blank, others, nameless]))
        return _sifted(block, found, keys, suspects)

    def _right(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Which cells are certainly right, of the columns where that is told quickly."""
        return frame.select(column.right().alias(column.name) for column in self.columns if column.quick)

    def _wrong(self, found: Records, right: pl.DataFrame, clear: set[str]) -> Indices:
        """The records that have a wrong cell, or refer to nothing."""
        frame = found.frame
        doubtful = [column for column in self.columns if not column.passes and column.name not in clear]
        masks = [
            column.wrong(frame[column.name], right[column.name] if column.quick else None) for column in doubtful
        ]
        masks += map(self._unknown_to(frame), self.plan.references)
        bad = numpy.zeros(frame.height, dtype=bool)
        for mask in masks:
            if mask is not None:
                bad |= mask.to_numpy()
        return found.indices(numpy.flatnonzero(bad))

    def _blank(self, found: Records) -> Indices:
        """The records of nothing but missing values."""
        frame = found.frame
        for column in sorted(self.columns, key=lambda column: column.required, reverse=True):
            if not frame.select(_absent(column, frame.width).any()).item():
                return _none()
        absent = pl.all_horizontal(_absent(column, frame.width) for column in self.columns)
        blank = frame.select(absent).to_series()
        return found.indices(numpy.flatnonzero(blank.to_numpy()))

    def _unknown_to(self, frame: pl.DataFrame) -> Callable[[Reference], pl.Series | None]:
        def unknown(reference: Reference) -> pl.Series | None:
            names = [str(number) for number in reference.columns]
            cells = frame.select(pl.col(names).fill_null(""))
            distinct = cells.unique()
            strange = [row for row in distinct.iter_rows() if not self._refers(reference, row)]
            if not strange:
                return None
            table = pl.DataFrame(strange, schema=dict.fromkeys(names, pl.String), orient="row")
            found = cells.with_row_index("row").join(table, on=names, how="semi")["row"].to_numpy()
            mask = numpy.zeros(frame.height, dtype=bool)
            mask[found] = True
            return pl.Series(mask)

        return unknown

    def _refers(self, reference: Reference, texts: Sequence[str]) -> bool:
        values = self.values(reference.columns, texts)
        try:
            return set(values) == {None} or values in reference.values
        except TypeError as error:
            raise Unproven("keys") from error

    def values(self, columns: Sequence[int], texts: Sequence[str | None]) -> tuple[Any, ...]:
        """Cells of some columns as frictionless' values."""
        return tuple(self.columns[number].read(text)[0] for number, text in zip(columns, texts, strict=True))

    def _keys(self, found: Records, key: tuple[int, ...], clear: set[str]) -> Keys:
        """The hashes of a key's values, the records they stand in (None: all), and those without any of them."""
        forms = pl.DataFrame(
            {str(n): self.columns[n].keys(found.frame[str(n)], clear=str(n) in clear) for n in key}
        )
        records = numpy.arange(found.frame.height, dtype=numpy.int64) if found.places is None else found.places
        if found.others:
            more = {
                str(n): pl.Series(
                    [self.columns[n].key(row[n] if n < len(row) else None) for row in found.others.values()],
                    dtype=forms[str(n)].dtype,
                )
                for n in key
            }
            records = numpy.concatenate([records, numpy.array(list(found.others), dtype=numpy.int64)])
            forms = pl.concat([forms, pl.DataFrame(more)])
        hashes = (forms.hash_rows(seed=0) if forms.width > 1 else forms.to_series().hash(seed=0)).to_numpy()
        if any(not form.null_count() for form in forms):
            return hashes, None if found.places is None else records, _none()
        present = forms.select(pl.any_horizontal(pl.all().is_not_null())).to_series().to_numpy()
        return hashes[present], records[present], records[~present]


def _sifted(block: Block, found: Records, keys: Sequence[Keys], suspects: Indices) -> Sifted:
    return Sifted(
        offset=block.offset,
        bytes=len(block.data),
        clean=block.clean,
        records=found.count,
        skipped=found.skipped,
        suspects=suspects,
        cells=tuple(found.cells(suspects)) if len(suspects) else (),
        keys=tuple((hashes, records) for hashes, records, _ in keys),
    )


def _cells(frame: pl.DataFrame, indices: Indices) -> list[list[str]]:
    """Some rows of a regular block as `csv.reader` gives them: in one column, null is a line without a cell."""
    return [[] if row == (None,) else [cell or "" for cell in row] for row in frame[indices].rows()]


def _absent(column: Column, width: int) -> pl.Expr:
    """Which cells are missing; in a table of one column an empty line is a record without a cell."""
    return column.missing() | pl.col(column.name).is_null() if width == 1 else column.missing()


_SIEVES: dict[str, Sieve] = {}


def sift(plan: Plan, block: Block) -> Sifted:
    """Sifts a block in whatever process it has come to. The process keeps the sieve of the newest plan."""
    sieve = _SIEVES.get(plan.token)
    if sieve is None:
        sieve = Sieve(plan)
        _SIEVES.clear()
        _SIEVES[plan.token] = sieve
    return sieve.sift(block)


def _by_columns(block: Block, text: bytes, form: Form) -> bool:
    """Whether polars reads a text as every reader does: it takes a byte order mark out of any text, and loses an
    empty cell that a text ends with.
    """
    return block.clean and not text.startswith(_BOM) and not text.endswith(form.delimiter.encode())


def _scan(text: bytes, form: Form, width: int) -> pl.LazyFrame:
    return pl.scan_csv(
        text,
        has_header=False,
        separator=form.delimiter,
        quote_char=form.quote or None,
        schema={str(number): pl.String for number in range(width)},
    )


def _parsed(text: bytes, form: Form, width: int) -> pl.DataFrame | None:
    """The block by columns; None where a record has too many cells."""
    try:
        return _scan(text, form, width).collect()
    except pl.exceptions.PolarsError as error:
        if "utf-8" in str(error):
            raise Unproven("encoding") from error
        return None


def _regular(short: int, shape: tuple[int, int], text: bytes, form: Form) -> bool:
    """Whether no record has too few cells. `short`: how many have no last one, or an empty one.

    polars fills a short record with nulls, so its last cell is null; where some are, the delimiters are counted.
    """
    height, width = shape
    if width == 1 or not short:
        return True
    content = numpy.frombuffer(text, dtype=numpy.uint8)
    marks = content == ord(form.delimiter)
    outside = int(numpy.count_nonzero(marks))
    if form.quote and form.quote.encode() in text:
        quotes = numpy.flatnonzero(content == ord(form.quote))
        before = numpy.searchsorted(quotes, numpy.flatnonzero(marks))
        outside = int(numpy.count_nonzero(before % 2 == 0))
    return outside == height * (width - 1)


def _without_initial_spaces(frame: pl.DataFrame, text: bytes, form: Form) -> pl.DataFrame | None:
    """The cells without the spaces they begin with; None where a quoted cell might begin with one."""
    delimiter = form.delimiter.encode()
    if delimiter + b" " not in text and b"\n " not in text and not text.startswith(b" "):
        return frame
    if form.quote and form.quote.encode() in text:
        return None
    return frame.with_columns(pl.all().str.strip_chars_start(" "))


def _none() -> Indices:
    return numpy.zeros(0, dtype=numpy.int64)
