"""The engine's verdict beside frictionless' own on the files that frictionless itself is tested with.

By hand, given the folder `data` of a checkout of frictionless-py:
`python tests/engine_frictionless_data.py FOLDER [--knobs own|small] [--only NAME] [--verbose]`.

Every CSV and TSV file is judged with its inferred schema, with deliberately wrong ones, with each schema of the
folder that is its sibling or has its labels (the inferred one, two wrong ones and the folder's own under each
dialect of the folder); then every resource and package descriptor of the folder as it stands.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine_compare import Verdict, compare, knobs

WIDE = 1000
"""Labels: a file with more is judged under its own dialect only (a judgement takes frictionless many seconds)."""
TESTED: tuple[dict[str, Any], ...] = (
    {"header": False},
    {"headerRows": [2]},
    {"headerRows": [1, 2], "headerJoin": "."},
    {"headerCase": False},
    {"commentChar": "#", "commentRows": [2]},
    {"skipBlankRows": True},
    {"csv": {"delimiter": ","}},
    {"csv": {"delimiter": "\t"}},
    {"csv": {"quoteChar": "'"}},
    {"csv": {"skipInitialSpace": True}},
    {"csv": {"escapeChar": "\\"}},
)
"""Dialects that frictionless' own tests use with these files."""
UNDER_ALL = ("inferred", "integers", "keyed")
"""Schemas that are tried under every dialect, as the folder's own ones are under each of the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A subject's descriptor: inline, or the name of a file in the folder."""

    name: str
    descriptor: dict[str, Any] | str
    package: bool = False

    def make(self, folder: Path) -> Any:
        """A fresh Resource or Package."""
        import frictionless

        kind = frictionless.Package if self.package else frictionless.Resource
        if isinstance(self.descriptor, str):
            return kind.from_descriptor(self.descriptor)
        return kind.from_descriptor(json.loads(json.dumps(self.descriptor)), basepath=str(folder))


def descriptors(folder: Path) -> dict[str, Any]:
    """Every JSON and YAML file of the folder that can be read, by its path."""
    from ruamel.yaml import YAML, YAMLError

    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".json", ".yaml", ".yml") or "cassettes" in path.parts:
            continue
        try:
            text = path.read_text("utf-8")
            found[str(path.relative_to(folder))] = (
                json.loads(text) if path.suffix == ".json" else YAML(typ="safe", pure=True).load(text)
            )
        except (ValueError, YAMLError):
            continue
    return found


def dialects(found: dict[str, Any]) -> list[dict[str, Any] | None]:
    """None, then each dialect that a descriptor of the folder holds or is, of which only what concerns CSV."""
    made: list[dict[str, Any] | None] = [None]
    for name, descriptor in found.items():
        for one in [descriptor] if Path(name).name.startswith("dialect.") else _under(descriptor, "dialect"):
            if isinstance(one, dict) and "type" not in one:
                csv = {key: value for key, value in one.items() if key != "csv" and not isinstance(value, dict)}
                csv |= one.get("csv", {})  # the older form has the properties of CSV in the dialect itself
                made += [csv] if csv and csv not in made else []
    return made


def _under(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _under(one, key)


def schemas(folder: Path, path: Path, found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The schemas that a file is judged with. Where frictionless cannot describe it: the inferred one alone."""
    import frictionless

    yield "inferred", None
    try:
        resource = frictionless.Resource(path=str(path.relative_to(folder)), basepath=str(folder))
        resource.infer()
        fields = resource.schema.to_descriptor()["fields"]
        labels = [str(one) for one in resource.labels]
    except Exception:  # noqa: BLE001 - no table, or an encoding that does not hold
        return
    if not fields:
        return
    yield "integers", {"fields": [{"name": one["name"], "type": "integer"} for one in fields]}
    yield "texts", {"fields": [{"name": one["name"], "type": "string"} for one in fields]}
    tight = [{**one, "constraints": {"required": True, "unique": True}} for one in fields if _hashed(one)]
    yield "unique", {"fields": tight + [one for one in fields if not _hashed(one)]}
    short = {
        "required": True,
        "minLength": 2,
        "maxLength": 5,
        "pattern": "[a-z0-9]+",
        "enum": ["english", "1", "ab"],
    }
    yield "short texts", {"fields": [{**one, "type": "string", "constraints": short} for one in fields]}
    bound = {"minimum": "2", "maximum": "1000"}
    yield "bounded", {"fields": [{"name": one["name"], "type": "number", "constraints": bound} for one in fields]}
    for kind in ("date", "datetime", "boolean", "year", "any"):
        yield f"all {kind}", {"fields": [{"name": one["name"], "type": kind} for one in fields]}
    yield (
        "keyed",
        {"fields": fields, "primaryKey": [one["name"] for one in fields[:2]], "missingValues": ["", "1"]},
    )
    first = fields[0]["name"]
    reference = {"fields": [fields[-1]["name"]], "reference": {"resource": "", "fields": [first]}}
    yield "referring", {"fields": fields, "foreignKeys": [reference]}
    yield "too many", {"fields": [*fields, {"name": "one-more", "type": "string"}]}
    yield "by name", {"fields": [*fields[1:], {"name": "one-more", "type": "string"}], "fieldsMatch": "partial"}
    if len(fields) > 1:
        yield "too few", {"fields": fields[:-1]}
        yield "turned", {"fields": fields[::-1]}
    stem = path.name.split(".")[0]
    for name, descriptor in found.items():
        if not isinstance(descriptor, dict) or not isinstance(descriptor.get("fields"), list):
            continue
        names = [one.get("name") for one in descriptor["fields"] if isinstance(one, dict)]
        if Path(name).name.split(".")[0] == stem or (names and sorted(map(str, names)) == sorted(labels)):
            yield name, descriptor


def _hashed(field: dict[str, Any]) -> bool:
    return field.get("type") not in ("object", "array", "list", "geojson")


def attempts(folder: Path, found: dict[str, Any], tally: Counter[str]) -> Iterator[Attempt]:
    """Everything that is judged."""
    every = dialects(found)
    for path in sorted(one for one in folder.rglob("*") if one.suffix in (".csv", ".tsv")):
        with path.open("rb") as file:
            wide = file.readline(1 << 20).count(b",") > WIDE
        relative = str(path.relative_to(folder))
        for schema, descriptor in schemas(folder, path, found):
            under = [*every, *TESTED] if schema in UNDER_ALL else every if schema in found else every[:1]
            for number, dialect in enumerate(every[:1] if wide else under):
                made: dict[str, Any] = {"name": "table", "type": "table", "path": relative}
                if descriptor is not None:
                    made["schema"] = descriptor
                if dialect is not None:
                    made["dialect"] = dialect
                yield Attempt(name=f"{relative} × {schema} × dialect {number}", descriptor=made)
            if wide:
                tally["skipped: other dialects of a file too wide"] += len(under) - 1
    for name, descriptor in found.items():
        if not isinstance(descriptor, dict):
            continue
        if "://" in json.dumps(
            [list(_under(descriptor, key)) for key in ("path", "schema", "profile")], default=str
        ):
            tally["skipped: descriptor that needs a network"] += 1
        elif "resources" in descriptor:
            yield Attempt(name=name, descriptor=name, package=True)
        elif "path" in descriptor or "data" in descriptor:
            yield Attempt(name=name, descriptor=name)


SMALL = {"HEAD": 2, "SMALL": 0, "SOON": 0, "KEYS_IN_MEMORY": 10}


def measures(attempt: Attempt, folder: Path) -> dict[str, int]:
    """Sizes that make many blocks of the attempt's file."""
    descriptor = attempt.descriptor
    path = folder / str(descriptor["path"]) if isinstance(descriptor, dict) else None
    first = 64 if path is None or path.stat().st_size < 1 << 16 else 1 << 13
    return SMALL | {"FIRST_BLOCK": first, "LARGEST_BLOCK": first * 4}


def main(words: list[str]) -> int:
    """The command. Returns 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--knobs", choices=("own", "small"), default="small", help="the engine's own sizes, or small ones"
    )
    parser.add_argument("--only", default="", help="attempts with this in their name")
    parser.add_argument("--from", dest="start", type=int, default=1, help="the first attempt's number")
    parser.add_argument("--verbose", action="store_true", help="a line for each attempt that is refused or raises")
    given = parser.parse_args(words)
    folder = given.folder.resolve()
    os.chdir(folder)
    warnings.simplefilter("ignore")
    found = descriptors(folder)
    tally: Counter[str] = Counter()
    because: Counter[str] = Counter()
    sorts: Counter[str] = Counter()
    begun, number = time.monotonic(), 0
    for attempt in attempts(folder, found, tally):
        if given.only not in attempt.name:
            continue
        number += 1
        if number < given.start:
            continue
        with knobs(measures(attempt, folder) if given.knobs == "small" else {}):
            verdict: Verdict = compare(partial(attempt.make, folder))
        tally[
            verdict.kind + (": " + verdict.plain.partition("(")[2][:90] if verdict.kind == "refused" else "")
        ] += 1
        because.update(way.because or "(sifted)" for way in verdict.ways)
        if verdict.kind == "different":
            sorts[verdict.sort] += 1
            print(f"DIFFERENT {attempt.name} at {verdict.where}")
            print(f"  plain {verdict.plain[:300]}\n  fast  {verdict.fast[:900]}")
        elif given.verbose and verdict.kind != "equal":
            print(f"{verdict.kind} {attempt.name}")
        if number % 500 == 0:
            print(f"{number}: {dict(tally)} {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(f"attempts {number}: {dict(tally)}")
    print(f"ways {sum(because.values())}: {dict(because.most_common())}")
    for sort, count in sorts.most_common():
        print(f"  {count} × {sort}")
    return 1 if tally["different"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
