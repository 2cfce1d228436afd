"""What an audit costs: 10,000 datasets of the Thai schema, audited by `saphan audit`, cold and again.

The datasets are drawn: some lack items, some have formats misspelt, one to four files each. No network is asked.
A figure is that of a whole process, from its start to its end. The peer of the same run is reading the same
catalogue and doing nothing with it (`package_search` in process, page by page).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import click
from measured import kept, measured

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from search_judged import SUBJECT, records

from catalog.portal.local import LocalPortal
from catalog.store import search
from catalog.store.database import writing
from catalog.store.tables import packages
from metadata.standard import Standard
from metadata.workspace import Workspace

WORKSPACE = "agency: {name: agency-0, title: หน่วยงาน}\nstandard: gdc-2.2.4\napprovals: none\n"
FORMATS = ("CSV", "XLSX", "JSON", "PDF", "XSL", "MAP", "")
OPEN = "ข้อมูลสาธารณะ"
"""A category of data."""
READ = """
import sys, time
from pathlib import Path
from catalog.portal.local import LocalPortal
state = Path(sys.argv[1]) / ".saphan"
with LocalPortal(database_url=f"sqlite:///{state}/catalog.sqlite", files=state / "files") as portal:
    found, start = 1, 0
    while found:
        asked = {"rows": 500, "start": start, "sort": "name asc", "include_private": True}
        found = len(portal.call_action("package_search", asked)["results"])
        start += found
"""


def terms(drawn: random.Random) -> dict[str, Any]:
    """The fields of the Thai schema; those that no portal insists on are left out now and then."""
    standard = Standard.load("gdc-2.2.4")
    made: dict[str, Any] = {"maintainer_email": "data@agency.example"}
    for term in standard.terms:
        if term.property or term.field_name in (*standard.given, *made):
            continue
        if not term.required and drawn.random() < 0.3:
            continue
        if term.choices:
            picked = drawn.sample(term.choices, k=min(2, len(term.choices)))
            made[term.field_name] = picked if term.multiple else picked[0]
        elif term.kind == "date":
            made[term.field_name] = f"2026-{drawn.randrange(1, 13):02}-{drawn.randrange(1, 29):02}"
        elif term.kind == "year":
            made[term.field_name] = str(drawn.randrange(2555, 2570))
        else:
            made[term.field_name] = "1" if term.kind == "interval" else "กลุ่มงานข้อมูล"
    return {**made, "data_category": OPEN, "license_id": "Creative Commons Attributions"}


def fill(portal: LocalPortal, count: int) -> None:
    """Writes so many datasets, past the actions, in one transaction."""
    owner = portal.call_action("organization_create", {"name": "agency-0", "title": SUBJECT[0].agency})
    first = {
        "name": "first-of-all",
        "title": "-",
        "owner_org": "agency-0",
        "notes": "-",
        **terms(random.Random(0)),  # noqa: S311 - nothing secret
    }
    first["tag_string"] = "ก ข,ค ง"
    made = portal.call_action("package_create", first)
    link = {"package_id": made["id"], "name": "ตาราง", "url": "https://example.org/a.csv", "format": "CSV"}
    portal.call_action("resource_create", link)
    sample = portal.call_action("package_show", {"id": made["id"]})
    portal.call_action("dataset_purge", {"id": made["id"]})
    drawn = random.Random(2569)  # noqa: S311 - nothing secret
    known = {term.field_name for term in Standard.load("gdc-2.2.4").terms if not term.property} - {"owner_org"}
    with writing(portal.engine) as connection:
        for record in records(count):
            document = {key: value for key, value in sample.items() if key not in known}
            document |= {"id": str(uuid5(NAMESPACE_URL, record.name)), "name": record.name, "title": record.title}
            document |= {"notes": record.notes, "owner_org": owner["id"], **terms(drawn)}
            document["tags"] = [{"name": name, "display_name": name, "state": "active"} for name in record.tags]
            stamp = f"2026-01-{1 + record.number % 28:02d}T00:00:00.{record.number:06d}"
            document |= {"metadata_created": stamp, "metadata_modified": stamp}
            document["resources"] = [
                {**sample["resources"][0], "id": str(uuid5(NAMESPACE_URL, f"{record.name}/{at}")), "position": at,
                 "format": drawn.choice(FORMATS), "package_id": document["id"]}
                for at in range(drawn.randrange(1, 5))
            ]  # fmt: skip
            connection.execute(packages.insert().values(_row(document)))
            search.index(connection, document)


def _row(document: dict[str, Any]) -> dict[str, Any]:
    columns = ("id", "name", "title", "owner_org", "state", "private", "metadata_created", "metadata_modified")
    row = {column: document[column] for column in columns}
    return {**row, "creator": document["creator_user_id"], "document": json.dumps(document, ensure_ascii=False)}


@click.command()
@click.option("--datasets", default=10_000, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keeps the catalogue.")
def main(datasets: int, folder: Path | None) -> None:
    """Audit a large catalogue: cold, again, and after one dataset changed."""
    cli = str(Path(__file__).parents[1] / "cli.py")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # who installs saphan compiles it once
    with kept(folder) as here:
        (here / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
        workspace = Workspace.open(here)
        schema = Standard.load("gdc-2.2.4").schema
        names = [record.name for record in records(datasets)]
        with LocalPortal(
            database_url=workspace.database_url, files=workspace.state / "files", schema=schema
        ) as portal:
            if not portal.call_action("package_list"):
                fill(portal, datasets)
        words = (cli, "audit", "--workspace", str(here))
        for what in ("reading alone", "cold", "again", "after one change", "with --json"):
            if what == "cold":
                (workspace.state / "derived.sqlite").unlink(missing_ok=True)
            if what == "after one change":
                with LocalPortal(
                    database_url=workspace.database_url, files=workspace.state / "files", schema=schema
                ) as portal:
                    portal.call_action("package_patch", {"id": names[0], "notes": f"changed at {time.time()}"})
            asked = ("-c", READ, str(here)) if what == "reading alone" else words
            more = ("--json",) if what == "with --json" else ()
            wall, cpu, peak = measured((sys.executable, *asked, *more), errors=subprocess.DEVNULL)
            load = os.getloadavg()[0]
            click.echo(f"{what:<18} {wall:6.1f} s wall  {cpu:6.1f} s CPU  {peak:5.0f} MB  (load {load:.1f})")


if __name__ == "__main__":
    main()
