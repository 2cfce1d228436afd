"""What-if is exact: what is predicted of fixes is what the audit finds once they are really done.

Half of each catalogue's lists are done through our own catalog's actions, on SQLite, on a stock CKAN's kind of
records; the rest of the proof, on the desk, stands in `test_audit_fix.py`. `SAPHAN_WHATIF=1000` does a thousand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest
from audit_generated import catalogue
from catalog_ground import opened

from catalog import wire
from catalog.actions.refusals import ActionRefused
from catalog.audit import run
from catalog.audit.entry import Entry
from catalog.audit.fixing.fixes import Fix
from catalog.audit.fixing.whatif import Board
from catalog.audit.seen.sniff import agrees
from catalog.audit.sources import OfPortal
from catalog.portal.local import LocalPortal
from catalog.portal.manners import Manners
from metadata import clock
from metadata.event import Event, Story, result_of
from metadata.pack import packaged
from metadata.standard import Standard

CATALOGUES = int(os.environ.get("SAPHAN_WHATIF", "24"))
STANDARD = Standard.load("gdc-2.2.4")


def terms() -> run.Terms:
    """Every pack there is, one for each key."""
    by_key = {pack["key"]: pack for pack in packaged().values()}
    return run.Terms(standard=STANDARD, packs=tuple(by_key.values()), day=clock.today())


class Scene:
    """A portal with one catalogue of a seed, and what would be seen outside its records."""

    def __init__(self, portal: LocalPortal, manners: Manners, entries: Sequence[Entry]) -> None:
        self.portal, self.manners = portal, manners
        self.declared: list[Any] = []
        self.seen: dict[str, dict[str, Any]] = {}
        self.names = [name for entry in entries if (name := self._made(entry))]

    def _made(self, entry: Entry) -> str | None:
        """Puts a generated dataset there, without what no portal would take."""
        written = {one["key"]: one["value"] for one in entry.package["extras"]} | dict(entry.package)
        fields = {key: value for key, value in written.items() if key in KEPT and value not in (None, "", [])}
        fields |= {"tags": [one["name"] for one in entry.package["tags"]], "owner_org": "dept-a"}
        data = {**wire.package_data(fields, {}, self.manners), "id": entry.package["id"]}
        data["resources"] = [
            {key: value for key, value in one.items() if key not in OURS and value not in (None, "")}
            for one in entry.package["resources"]
        ]
        shown = self._created(data)
        kept = {one["id"] for one in shown["resources"]}
        for key, fields in entry.tables.items():
            if key in kept:
                self.portal.call_action("datastore_create", {"resource_id": key, "fields": fields, "force": True})
        self.seen[entry.name] = {
            kind: {key: one for key, one in found.items() if kind == "registered" or key in kept}
            for kind, found in entry.seen.items()
        }
        return entry.name

    def _created(self, data: dict[str, Any]) -> dict[str, Any]:
        """Creates a dataset; what the portal refuses is left out of it."""
        while True:
            try:
                actor, site = self.portal.actor, self.portal.site
                return self.portal.answer("package_create", data, actor=actor, site=site)  # type: ignore[no-any-return]
            except ActionRefused as refused:
                error = refused.error
                assert isinstance(error, dict)
                wrong = [name for name in error if name in data]
                assert wrong, error
                if wrong == ["resources"]:
                    data["resources"] = [
                        {key: value for key, value in one.items() if key not in bad}
                        for one, bad in zip(data["resources"], error["resources"], strict=True)
                    ]
                else:
                    data = {key: value for key, value in data.items() if key not in wrong or key == "resources"}

    def look(self, entries: Sequence[Entry]) -> Story[Mapping[str, Mapping[str, Any]]]:
        """What is seen outside the records: as it was drawn, held against the records as they are now."""
        yield Event(kind="read")
        found = {}
        for entry in entries:
            seen = dict(self.seen[entry.name])
            formats = {one["id"]: str(one.get("format") or "") for one in entry.package["resources"]}
            seen["reach"] = {
                key: {**one, "format_true": agrees(formats[key], one["sniffed"])} if one.get("sniffed") else one
                for key, one in (seen.get("reach") or {}).items()
            }
            found[entry.name] = seen
        return found

    def audit(self) -> run.Audit:
        """The audit of this catalogue alone."""
        source = OfPortal(portal=self.portal, title="ours", site=self.portal.site, kind="local", private=True)
        asked = replace(terms(), declared=tuple(self.declared))
        return result_of(run.audit(source, asked, names=self.names, looks=[self.look]))

    def do(self, fix: Fix) -> None:
        """Really does a fix: by the actions of the catalog; what was seen outside is seen otherwise."""
        effect, name = fix.effect, str(fix.dataset)
        self.declared += effect.get("declared", ())
        if fields := dict(effect.get("fields") or {}):
            if "tag_string" in fields:
                fields |= {"tags": fields.pop("tag_string"), "keywords": None}
            before = self.portal.call_action("package_show", {"id": name})
            data = wire.package_data(fields, before, self.manners)
            self.portal.call_action("package_patch", {"id": name, **data})
        for key, changed in (effect.get("resources") or {}).items():
            self.portal.call_action("resource_patch", {"id": key, **changed})
        for resource in effect.get("add") or ():
            self.portal.call_action("resource_create", {"package_id": name, **resource})
        for key, columns in (effect.get("tables") or {}).items():
            shown = [one for one in columns if one["id"] != "_id"]
            self.portal.call_action("datastore_create", {"resource_id": key, "fields": shown, "force": True})
        for kind, found in (effect.get("seen") or {}).items():
            self.seen[name][kind] = {**(self.seen[name].get(kind) or {}), **found}


KEPT = (
    wire.CORE | {term.field_name for term in STANDARD.terms} | {"title_en", "notes_en", "temporal_start", "theme"}
)
KEPT -= {"owner_org", "tag_string", "state"}
OURS = {"datastore_active", "metadata_modified", "created", "url_type"}
FREE = {
    "scheming_version": 2,
    "dataset_type": "dataset",
    "dataset_fields": [{"field_name": name} for name in sorted(KEPT | {"tag_string", "owner_org"})],
    "resource_fields": [{"field_name": name} for name in ("url", "name", "description", "format")],
}
"""A schema that asks nothing: the terms stand at the top, and Thai keywords are taken."""


@pytest.fixture(scope="module", params=[None, FREE], ids=["stock", "thai"])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPortal]:
    """Our own catalog: with the terms as extras, as a stock CKAN has them, and with a schema."""
    with opened(tmp_path_factory.mktemp("whatif"), schema=request.param) as ours:
        ours.call_action("organization_create", {"name": "codi", "title": "พอช."})
        yield ours


def drawn(random: Random, found: Sequence[Fix], manners: Manners) -> list[Fix]:
    """Some of the fixes that can be done to records, in any order. A stock CKAN takes no Thai keyword."""
    doable = [one for one in found if "facts" not in one.effect]
    if manners.scheming is None:
        doable = [one for one in doable if "tag_string" not in (one.effect.get("fields") or {})]
    return random.sample(doable, random.randrange(len(doable) + 1))


@pytest.mark.parametrize("seed", range(CATALOGUES // 2))
def test_the_score_is_as_predicted_once_the_fixes_are_done(portal: LocalPortal, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not for keys
    manners = Manners(scheming=portal.schema.raw if portal.schema else None)
    entries = next(found for more in count() if (found := catalogue(seed + 10_000 * more, 3)))
    scene = Scene(portal, manners, entries)
    before = scene.audit()
    board = Board(before)
    assert board.predicted([]) == {key: one["value"] for key, one in before.scores.items()}
    chosen = drawn(random, list(board.fixes()), manners)
    predicted = board.predicted(chosen)
    for one in chosen:
        scene.do(one)
    after = {key: one["value"] for key, one in scene.audit().scores.items()}
    assert predicted == after
