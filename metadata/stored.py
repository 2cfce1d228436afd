"""What stands under `release/`: the shape of `report.json`, reading it, and whether its inputs have moved on."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from metadata import address
from metadata.dataset import Dataset
from metadata.errors import SetupError
from metadata.finding import Finding, Place
from metadata.release import File, Release, Report, canonical, sha256

PRIVATE_PROPERTIES = ("ckan_id",)
"""What stays on the desk: where a portal keeps a resource says nothing about the data."""
PRIVATE_BLOCKS = ("processing",)
"""What a description holds for the agency's own registers; no release and no portal has it."""


CKAN_ID = re.compile(r"""(['"]?ckan_id['"]?:)[ ]*(?:'[^']*'|"[^"]*"|[^\s,}#]*)""")
"""The key and what is written after it, quoted or not, or nothing."""


def file_hash(path: Path) -> str:
    """`sha256:<hex>` of a file, streamed."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def descriptor_hash(dataset: Dataset) -> str:
    """sha256 of the descriptor as it is understood: the workspace's defaults in, notes of portals out."""
    described = dict(dataset.descriptor)
    described["resources"] = [
        {key: value for key, value in resource.descriptor.items() if key not in PRIVATE_PROPERTIES}
        for resource in dataset.resources
    ]
    return sha256(canonical(described))


def inputs(dataset: Dataset, workspace: Path) -> dict[str, str]:
    """What a release depends on and can be hashed without reading a table, by path within the dataset's folder.

    The descriptor, the recipe, the workspace's `steps.py`, source files and `.sql` files. What a server holds, a
    database or a URL, is known by the hash of what was read, and read again by the next build only.
    """
    found = {"datapackage.yaml": descriptor_hash(dataset)}
    paths = {"recipe.yaml": dataset.folder / "recipe.yaml", "steps.py": workspace / "steps.py"}
    for course in dataset.recipe.courses if dataset.recipe else ():
        source = course.reads
        for part in (source.path, source.database, (source.query or "").strip()):
            # a query may be the SELECT itself
            if part and not address.is_remote(part) and "\n" not in part and len(part) < 200:
                paths[part] = beneath(dataset.folder, part)
    for name, path in paths.items():
        with suppress(OSError):  # not there, or no file name at all; what cannot be read is told where it is read
            found[name] = file_hash(path)
    return found


def beneath(folder: Path, written: str) -> Path:
    """The path that a recipe names in a dataset's folder, whether or not it is there.

    Windows' backslashes are read as slashes; a name that differs only in how Thai or accented letters are
    composed (macOS) is found.
    """
    for part in PurePosixPath(written.replace("\\", "/")).parts:
        path = folder / part
        with suppress(OSError):  # no right to look, or a name too long to be one
            if not path.exists() and folder.is_dir():
                # NFKC: a SARA AM in one letter or in two is the same to the eye, and NFC leaves them apart
                one = unicodedata.normalize("NFKC", part)
                alike = (entry for entry in folder.iterdir() if unicodedata.normalize("NFKC", entry.name) == one)
                path = next(alike, path)
        folder = path
    return folder


def document(report: Report, dataset: Dataset) -> dict[str, Any]:
    """`report.json`: the report, with the decisions that stand on the dataset."""
    return {
        "name": report.dataset,
        "release": report.release,
        "passed": report.passed,
        "inputs": dict(sorted(report.inputs.items())),
        "files": [
            {"path": file.path, "sha256": file.sha256, "bytes": file.bytes, "rows": file.rows}
            for file in report.files
        ],
        "tables": [dict(table) for table in report.tables],
        "findings": [finding.to_dict() for finding in report.findings],
        "changes": dict(report.changes),
        "decisions": [
            {"kind": line.kind, "by": line.by, "role": line.role, "at": line.at, "release": line.release}
            for line in dataset.decisions
        ],
        "seconds": report.seconds,
        "built_at": report.built_at,
    }


def load(dataset: Dataset, workspace: Path) -> tuple[Release, Report]:
    """The release as built. Raises SetupError `release-missing`, or `release-stale` naming what is newer."""
    at = Place(dataset=dataset.name)
    folder = dataset.folder / "release"
    try:
        stored: Mapping[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        report = _report(dataset.name, stored)
        release = Release(dataset=dataset.name, datapackage=package, files=report.files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        # of another version, or changed by hand: what stands there is no release of ours
        raise SetupError("release-missing", at) from error
    now = inputs(dataset, workspace)
    then = {name: value for name, value in report.inputs.items() if not name.startswith(("database:", "url:"))}
    newer = sorted(name for name in {*now, *then} if now.get(name) != then.get(name))
    if newer:
        raise SetupError("release-stale", at, inputs=newer)
    changed = altered(dataset, report.files)
    if changed or release.hash != report.release:
        raise SetupError("release-stale", at, inputs=changed or ["datapackage.json"])
    return release, report


def altered(dataset: Dataset, files: Iterable[File]) -> list[str]:
    """The files of a release that are no longer as they were built, by path."""
    folder = dataset.folder / "release"
    return [file.path for file in files if _differs(folder / file.path, file)]


def seal(folder: Path) -> str:
    """sha256 of what a build said of a release in `report.json` and `profile.json`: what was found, and from what.

    No part of a release is in its hash that says whether it may go out: the journal keeps this beside it.
    Raises OSError, ValueError, KeyError.
    """
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    profile = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    told = {name: report[name] for name in ("name", "release", "inputs", "files", "findings")}
    return sha256(canonical({**told, "profile": profile}))


def reported(dataset: Dataset) -> Report | None:
    """The report of the last build, whether or not its inputs have moved on; None where there is none."""
    try:
        told = json.loads((dataset.folder / "release/report.json").read_text(encoding="utf-8"))
        return _report(dataset.name, told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _report(name: str, stored: Mapping[str, Any]) -> Report:
    """`report.json` as a Report. Raises KeyError, TypeError, AttributeError where it is none."""
    return Report(
        dataset=name,
        release=stored["release"],
        files=tuple(File(**file) for file in stored["files"]),
        inputs=dict(stored["inputs"].items()),
        findings=tuple(Finding.from_dict(finding) for finding in stored["findings"]),
        changes=stored["changes"],
        tables=tuple(stored["tables"]),
        seconds=stored["seconds"],
        built_at=stored["built_at"],
    )


def _differs(path: Path, file: File) -> bool:
    return not path.is_file() or path.stat().st_size != file.bytes or file_hash(path) != file.sha256


def keep_ids(dataset: Dataset, ids: Mapping[str, str]) -> None:
    """Writes `ckan_id` beside the name of each resource (name → id) in `datapackage.yaml`, and nothing else.

    A line is put in, so that the steward's comments and layout stay; the file is replaced in one move.
    """
    from metadata import document as yaml

    path = dataset.folder / "datapackage.yaml"
    written = yaml.read(path)
    lines = path.read_bytes().decode().split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    places = []
    for index, resource in enumerate(written.get("resources") or ()):
        if resource["name"] in ids and resource.get("ckan_id") != ids[resource["name"]]:
            key = "ckan_id" if "ckan_id" in resource else "name"
            line, column = yaml.position(written, ("resources", index, key)) or (0, 0)
            places.append((line, column, ids[resource["name"]], resource))
    for line, column, key, resource in sorted(places, key=lambda place: place[0], reverse=True):
        if "ckan_id" in resource:
            head, tail = lines[line][:column], lines[line][column:]
            lines[line] = head + CKAN_ID.sub(rf"\g<1> {key}", tail, count=1)
        elif resource.fa.flow_style():
            lines[line] = lines[line][:column] + f"ckan_id: {key}, " + lines[line][column:]
        else:
            lines.insert(line + 1, f"{' ' * column}ckan_id: {key}{end}")
    spare = path.with_name(".datapackage.yaml.new")
    spare.write_bytes("\n".join(lines).encode())
    spare.replace(path)
