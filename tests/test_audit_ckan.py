"""400 real records of data.go.th in a real CKAN and in ours: audited by URL and by dump, the results are equal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from catalog_ground import address
from rigs import RIGS, THAI_TERMS, Ground, ground
from shared import find
from web_ground import served

from catalog.audit.document import document
from catalog.audit.run import Audit, Terms, judged
from catalog.audit.sources import OfDump, OfPortal, Source, site_of
from catalog.portal.local import LocalPortal
from catalog.portal.manners import Manners
from catalog.portal.remote import RemotePortal
from catalog.wire import ALL_TAGS
from metadata import clock
from metadata.pack import packs
from metadata.standard import Standard

pytestmark = [
    pytest.mark.ckan,
    pytest.mark.usefixtures("files_left_open"),
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),  # where they are closed within the test
]
LONGEST = 70
"""Characters of a name on a portal with thai_gdc, and on ours."""


def records() -> list[dict[str, Any]]:
    """The records as the mirror has them."""
    path = find("metadata/data_go_th_400.jsonl") or find("data/metadata/data_go_th_400.jsonl")
    assert path is not None, "SAPHAN_SHARED: the folder with data/metadata"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if len(one["id"]) <= LONGEST]


def package(record: Mapping[str, Any], portal: Manners, organization: str) -> dict[str, Any]:
    """A record as `package_create` takes it. Tags that a portal refuses go beside, as our own push sends them."""
    tags = [tag for tag in dict.fromkeys(record["tags"]) if not portal.refuses_tag(tag)]
    beside = ",".join(record["tags"]) if len(tags) < len(set(record["tags"])) else ""
    thai = portal.has_field("data_category")
    return {
        "name": record["id"].lower(),
        "title": record["title"],
        "notes": record["summary"],
        "owner_org": organization,
        "private": False,
        # the mirror dropped the fields of the Thai schema, which its portals insist on
        **(THAI_TERMS if thai else {}),
        "license_id": record["license"],
        "tags": [{"name": tag} for tag in tags],
        "extras": [{"key": ALL_TAGS, "value": beside}] if beside else [],
        "resources": [
            {
                "id": str(uuid5(NAMESPACE_URL, f"{organization}/{record['id']}/{at}")),
                "name": one["name"] or "-",
                "format": one["format"] or "",
                "url": one.get("url") or ("http://" if thai else ""),
            }
            for at, one in enumerate(record["resources_list"])
        ],
    }


@pytest.fixture(params=RIGS, ids=str)
def real(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with ground(request.param) as found:
        yield found


def audited(source: Source, organization: str, standard: Standard) -> Audit:
    """The audit of one organization's datasets."""
    entries = [one for one in source.entries(()) if one.package["organization"]["name"] == organization]
    chosen = packs(year=2570, agency="department")
    return judged(source, Terms(standard=standard, packs=chosen, day=clock.today()), entries)


def by_url(url: str, organization: str, standard: Standard) -> Audit:
    with RemotePortal(url) as portal:
        site = site_of(url, portal.call_action("status_show"))
        return audited(OfPortal(portal=portal, title="x", site=site), organization, standard)


def by_dump(url: str, path: Path, organization: str, standard: Standard) -> Audit:
    command = [
        str(Path(sys.executable).parent / "ckanapi"),
        "dump",
        "datasets",
        "--all",
        "-r",
        url,
        "-O",
        str(path),
    ]
    home = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PATH": home})
    return audited(OfDump(path=path), organization, standard)


def result(audit: Audit, host: str) -> str:
    """All that an audit says, but for whose it is: the name of the source, its address, and the organization's."""
    told = document(audit, "th")
    for key in ("catalog", "kind"):
        told.pop(key)
    told["datasets"].sort(key=lambda one: one["name"])
    for one in told["datasets"]:
        one["facts"].pop("organization")
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).replace(host, "HOST")


def defects(made: Audit) -> Counter[str]:
    return Counter(found.rule for one in made.datasets for found in one.findings)


def test_both_catalogues_are_judged_alike_by_url_and_by_dump(real: Ground, tmp_path: Path) -> None:
    thai = real.manners.has_field("data_category")
    standard = Standard.load("gdc-2.1.0")
    found = records()
    for record in found:
        real.portal.call_action("package_create", package(record, real.manners, real.organization))
        real.datasets.append(record["id"].lower())
    with (
        LocalPortal(
            database_url=address(tmp_path), files=tmp_path / "files", schema=standard.schema if thai else None
        ) as portal,
        served(portal) as ours,
    ):
        portal.call_action("organization_create", {"name": real.organization, "title": "x"})
        for record in found:
            portal.call_action("package_create", package(record, real.manners, real.organization))
        results = {
            "theirs by URL": (by_url(real.rig.url, real.organization, standard), real.rig.url),
            "theirs by dump": (
                by_dump(real.rig.url, tmp_path / "theirs", real.organization, standard),
                real.rig.url,
            ),
            "ours by URL": (by_url(ours.url, real.organization, standard), ours.url),
            "ours by dump": (by_dump(ours.url, tmp_path / "ours", real.organization, standard), ours.url),
        }
    made = results["theirs by URL"][0]
    assert len(made.datasets) == len(found)
    said = {name: result(audit, host) for name, (audit, host) in results.items()}
    assert said["theirs by dump"] == said["theirs by URL"]
    assert said["ours by URL"] == said["theirs by URL"]
    assert said["ours by dump"] == said["theirs by URL"]
    check_defects(made, found)


def check_defects(made: Audit, found: Sequence[Mapping[str, Any]]) -> None:
    """Each known defect of the records is found, as often as it is there."""
    counts = defects(made)
    formats = Counter(one["format"] for record in found for one in record["resources_list"])
    assert counts["audit-format-misspelt"] == formats["XSL"] > 900
    assert counts["audit-format-none"] == formats["MAP"] + formats["URL"] + formats["IMAGE"] > 100
    assert counts["audit-format-missing"] == formats[None] + formats[""] > 0
    assert counts["audit-licence-spelling"] == sum(one["license"].endswith("Attributions") for one in found)
    without = [one for one in found if not one["tags"]]
    missing = [
        finding
        for one in made.datasets
        for finding in one.findings
        if finding.rule == "term-missing" and finding.values["field"] == "tag_string"
    ]
    assert len(missing) == len(without) > 0
    followed = re.compile(r"https?://[^/]")
    lost = sum(not followed.match(one.get("url") or "") for record in found for one in record["resources_list"])
    assert counts["audit-url"] >= lost > 0
