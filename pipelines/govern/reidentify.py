"""Whether rows or counts without a name tell who is meant all the same: k-anonymity, and the small-cell rule.

A table of persons: the columns that others may know of a person (quasi-identifiers: sex, age, where she lives) put
its rows into groups. Whoever is in a group of one can be found by somebody who knows these things of her
(Sweeney, k-anonymity, 2002). A table of counts: a count of one to four in a narrow group says the same.

A field's `role` in the Table Schema declares what it is: `quasi-identifier`, `count` (of persons), `ordinary`.
Where nothing is declared, headers suggest it (`metadata/standards/quasi.yaml`), and what is found is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadata.dataset import Dataset, Resource
from metadata.descriptor import COUNT, QUASI
from metadata.finding import Finding, Place, Severity
from metadata.rules import rule
from metadata.thresholds import LEAST
from pipelines.govern.personal.column import titles_of
from pipelines.govern.personal.entity import ENTITIES
from pipelines.govern.triggers import promised, stands, tells

if TYPE_CHECKING:
    import pandas
    import polars

    Batches = Iterator[polars.DataFrame]

SHOWN = 10
"""How many rows a Finding names."""
KINDS = ("persons", "groups", "small", "areas")
"""Kinds of headers that tell of groups of persons (`quasi.yaml`)."""
ROWS = 50_000
"""Records of the published file in memory at a time."""
REPEATED = 0.5
"""A column with distinct values in a larger share of its rows makes no groups of them, and is not suggested."""
BORN, EXACT = "birth-date", ("date", "datetime")
"""What is suggested all the same, by header or type, and alone: nearly everybody's birth date is her own, and few
of the old share a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the columns of a table tell of persons, by name.

    `groups`: what others may know of one; `narrow`: those of them that part people into small groups; `sensitive`:
    section 26. `declared`, `counted`: the description says so of the groups and of the counts, not only headers.
    """

    groups: tuple[str, ...]
    narrow: tuple[str, ...]
    sensitive: tuple[str, ...]
    counts: tuple[str, ...]
    declared: bool
    counted: bool


def risks(
    dataset: Dataset,
    folder: Path,
    tables: Mapping[str, pandas.DataFrame],
    rows: Mapping[str, polars.DataFrame],
    limits: Mapping[str, Any],
) -> tuple[Finding, ...]:
    """What the published tables of a dataset tell of single persons; places and counts only, never a value.

    `tables` are as for `govern`; where one has only its labels, its CSV file in `folder` is read, slice by slice.
    `rows` leads a row back to the source. `limits`: `k` and `small_cell` of the workspace's thresholds.
    """
    limits = {**LEAST, **limits}
    found: list[Finding] = []
    for resource in dataset.resources:
        if resource.name in tables:
            table = _Table(resource, folder, tables[resource.name])
            for check, limit in ((reidentify, limits["k"]), (small_cell, limits["small_cell"])):
                told = check(dataset, resource, table, limit)
                found += [_led_back(one, rows.get(resource.name)) for one in told]
    return tuple(found)


def _led_back(finding: Finding, rows: polars.DataFrame | None) -> Finding:
    if rows is None or finding.at.row is None:
        return finding
    source = rows.filter(rows["row"] == finding.at.row)["source_row"]
    return replace(finding, at=replace(finding.at, source_row=source[0])) if len(source) else finding


class _Table:
    """A published table of which only some columns are looked at."""

    def __init__(self, resource: Resource, folder: Path, table: pandas.DataFrame) -> None:
        self.labels = [str(label) for label in table.columns]
        self._table = table
        # a table that stayed on the bench has no rows here
        self._path = folder / f"{resource.name}.csv" if resource.format == "csv" and not len(table) else None

    def batches(self, labels: Sequence[str]) -> Batches:
        """The columns as text, null where a cell is empty, some rows at a time."""
        import polars

        from pipelines.stream import parts

        if self._path is None:
            yield from parts(self._table[list(labels)], ROWS)
        else:
            yield from (
                polars.scan_csv(self._path, infer_schema=False)
                .select(labels)
                .collect_batches(chunk_size=ROWS, maintain_order=True)
            )


def _columns(dataset: Dataset, resource: Resource, labels: Sequence[str]) -> Columns:
    heads = dict(zip(labels, titles_of(resource, labels), strict=True))
    roles = {str(field.get("name")): field.get("role") for field in (resource.schema or {}).get("fields") or ()}
    free = [label for label in labels if roles.get(label) is None]
    kinds = {label: [kind for kind in KINDS if _holds(kind, label, heads[label])] for label in free}
    declared = [label for label in labels if roles.get(label) == QUASI]
    counts = [label for label in labels if roles.get(label) == COUNT]
    # areas, work and schooling tell of persons only beside sex, age and the like
    suggested = kinds if any("persons" in found for found in kinds.values()) else {}
    return Columns(
        groups=tuple(declared or (label for label, found in suggested.items() if found)),
        narrow=tuple(declared or (label for label, found in kinds.items() if set(found) - {"areas"})),
        sensitive=tuple(
            label
            for label in (*free, *declared)
            if any(
                ENTITIES[name].kind == "sensitive" for name in promised(label, heads[label]) if name in ENTITIES
            )
        ),
        counts=tuple(counts or (label for label in free if _holds("people", label, heads[label]))),
        declared=bool(declared),
        counted=bool(counts),
    )


@cache
def _quasi() -> Mapping[str, Any]:
    from metadata.document import packaged

    return packaged("standards/quasi.yaml")  # type: ignore[no-any-return]


def _holds(kind: str, label: str, titles: Sequence[str]) -> bool:
    return stands(_quasi()[kind], label, titles)


@rule("reidentify-k")
def reidentify(dataset: Dataset, resource: Resource, table: _Table, limit: int) -> Iterator[Finding]:
    """In a table of persons, no row is alone, or nearly alone, with what others may know of a person."""
    columns = _columns(dataset, resource, table.labels)
    groups = columns.groups
    if not columns.declared:
        groups = _register(dataset, resource, table, columns)
    elif columns.counted:
        groups = ()
    if not groups:
        return
    sizes = _sizes(table.batches(groups))
    small = sizes.filter(sizes["size"] < limit)
    if not small.height:
        return
    worst = small.sort("size", "row").head(SHOWN)["row"].to_list()
    values = {
        "columns": list(groups),
        "k": int(small["size"].min()),  # type: ignore[arg-type]
        "limit": limit,
        "count": small.height,
        "rows": sizes.height,
        "percent": round(100 * small.height / sizes.height, 1),
        "unique": int((small["size"] == 1).sum()),
        "worst": worst,
    }
    severity: Severity = "error" if columns.declared else "warning"
    at = Place(dataset=dataset.name, resource=resource.name, row=worst[0])
    yield Finding(rule="reidentify-k", severity=severity, at=at, values=values)


def _register(dataset: Dataset, resource: Resource, table: _Table, columns: Columns) -> tuple[str, ...]:
    """The columns that suggest quasi-identifiers, where rows seem to be persons and not statistics of them."""
    schema = resource.schema or {}
    key = schema.get("primaryKey") or ()
    keys = {key} if isinstance(key, str) else set(key)
    kinds = {str(field.get("name")): field.get("type") for field in schema.get("fields") or ()}
    measured = columns.counts or any(
        tells("counts", label, titles) and not promised(label, titles)
        for label, titles in zip(table.labels, titles_of(resource, table.labels), strict=True)
        if kinds.get(label) not in ("string", *EXACT)
    )
    statistics = dataset.about.get("data_type") in _quasi()["statistics"] or keys & set(columns.groups)
    heads = dict(zip(table.labels, titles_of(resource, table.labels), strict=True))
    born = any(BORN in promised(label, heads[label]) for label in columns.groups)
    if measured or statistics or len(columns.groups) < (1 if born else 2):
        return ()
    shares = _shares(table, columns.groups)
    return tuple(
        label
        for label in columns.groups
        if shares[label] <= REPEATED or kinds.get(label) in EXACT or BORN in promised(label, heads[label])
    )


def _shares(table: _Table, labels: Sequence[str]) -> dict[str, float]:
    """Column → its distinct values as a share of its rows."""
    import polars

    seen: dict[str, list[polars.Series]] = {label: [] for label in labels}
    height = 0
    for batch in table.batches(labels):
        height += batch.height
        for label in labels:
            seen[label].append(batch[label].hash(1).unique())
    return {label: polars.concat(parts).n_unique() / height if height else 1.0 for label, parts in seen.items()}


def _sizes(batches: Batches) -> polars.DataFrame:
    """For each row of a table its number in the published file, and how many rows its group has."""
    import polars

    # two hashes of a row and not its texts: a million rows are 16 MB, whatever they say
    marks = [polars.DataFrame({str(seed): batch.hash_rows(seed) for seed in (1, 2)}) for batch in batches]
    whole = polars.concat(marks) if marks else polars.DataFrame(schema={"1": polars.UInt64, "2": polars.UInt64})
    return whole.with_row_index("row", offset=2).select("row", polars.len().over("1", "2").alias("size"))


@rule("small-cell")
def small_cell(dataset: Dataset, resource: Resource, table: _Table, limit: int) -> Iterator[Finding]:
    """In a table of statistics, no count of persons in a narrow or sensitive group is so small as to tell who."""
    import polars

    columns = _columns(dataset, resource, table.labels)
    groups = {*columns.narrow, *columns.sensitive} - set(columns.counts)
    if not columns.counts or not (columns.sensitive or columns.declared or len(groups) > 1):
        return
    found: dict[str, list[int]] = {label: [] for label in columns.counts}
    counted = dict.fromkeys(columns.counts, 0)
    severity: Severity = "error" if columns.counted and columns.sensitive else "warning"
    start = 2
    for batch in table.batches(columns.counts):
        for label in columns.counts:
            numbers = batch[label].str.strip_chars().str.replace_all(",", "").cast(polars.Float64, strict=False)
            small = numbers.is_between(1, limit, closed="left").arg_true()
            counted[label] += len(small)
            found[label] += [start + place for place in small.head(SHOWN).to_list()]
        start += batch.height
    for label, places in found.items():
        if places:
            values = {
                "count": counted[label],
                "limit": limit,
                "columns": [name for name in table.labels if name in groups],
                "worst": places[:SHOWN],
            }
            at = Place(dataset=dataset.name, resource=resource.name, row=places[0], column=label)
            yield Finding(rule="small-cell", severity=severity, at=at, values=values)
