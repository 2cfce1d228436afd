"""A seeded storm over a desk and a portal: edits here, edits there, failures between; then what must hold.

Run by hand for longer: `python tests/publishing_storm.py 1000` (rounds; against our own catalog).
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from publishing import ABOUT, LOST, Bench, Killed

from catalog.journal import Journal
from catalog.portal.manners import manners
from metadata.errors import NotAllowed, PortalError, Refused, SaphanError, Unreachable
from metadata.ports import Portal
from metadata.standard import Standard

WORDS = ("กองทุน", "จังหวัด", "สมาชิก", "ที่ดิน", "ชุมชน", "บ้านมั่นคง", "welfare", "housing")
SECRET = "ลับเฉพาะเซลล์"
"""In some cell of every row: never to be found in the journal."""
TYPES = {"string": "text", "integer": "int8", "number": "numeric", "date": "date"}
CLOSED_ABOUT = {
    **ABOUT,
    "data_category": "ข้อมูลส่วนบุคคล",
    "data_classification": "ลับ",
    "data_format": ["Database"],
    "closed_clause": "พ.ร.บ. คุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562",
    "accessible_condition": "ยื่นคำขอที่ data@agency.example",
}
EDITS = (
    *("cell", "rows", "title", "notes", "tags", "term", "sheet+", "sheet-", "rename", "retitle", "described"),
    *("type", "column+", "column-", "closed", "order"),
)
MEDDLINGS = ("title", "url", "tag", "extra", "resource+", "resource-", "drop", "rows", "trash", "purge")
OPTIONAL = {"url": "https://agency.example/data", "data_support": "ไม่มี", "title_en": "Funds"}


class Stormy:
    """A portal whose n-th write fails in one of the ways a portal fails; after some of them it stays down."""

    def __init__(self, portal: Portal, *, at: int, done: bool, error: BaseException, down: bool) -> None:
        self.portal, self.at, self.done, self.error, self.down = portal, at, done, error, down
        self.writes, self.dead = 0, False

    def call_action(
        self, name: str, data: Mapping[str, Any] | None = None, files: Mapping[str, IO[bytes]] | None = None
    ) -> Any:
        """As the portal, but for one write and perhaps all that comes after."""
        if self.dead:
            raise Unreachable("portal-unreachable", action=name, portal="test", sent=False)
        if not name.endswith(("_show", "_list", "_search", "_info", "_for_user")):
            self.writes += 1
            if self.writes == self.at:
                self.dead = self.down
                if self.done:
                    self.portal.call_action(name, data, files)
                raise self.error
        return self.portal.call_action(name, data, files)


def failures(dice: random.Random) -> tuple[BaseException, bool]:
    """An error, and whether the write was done before it."""
    told: dict[str, Any] = {"action": "?", "portal": "test"}
    maybe: list[BaseException] = [
        LOST,
        Killed(),
        Killed(),
        Unreachable("portal-timeout", **told, ambiguous=True, seconds=60),
        Refused("portal-failed", **told, status=500, ambiguous=True),
        Refused("portal-failed", **told, status=504, ambiguous=True),
    ]
    never: list[BaseException] = [
        Refused("portal-refused", **told, status=409, type="Validation Error", fields={}, said=[]),
        Refused("portal-too-large", **told, status=413),
        NotAllowed("portal-not-allowed", **told, status=403),
    ]
    if dice.random() < 0.25:
        return dice.choice(never), False
    return dice.choice(maybe), dice.random() < 0.5


@dataclass(kw_only=True)
class Sheet:
    """One resource of the desk. `uid` stays when it is renamed."""

    uid: int
    slug: str
    title: str
    description: str
    columns: list[tuple[str, str]]
    rows: list[dict[str, str]]
    ckan_id: str | None = None
    pushed: tuple[str, str, str] | None = None
    """Slug, title and bytes when it last stood whole on the portal."""
    id: str | None = None
    """Its id there."""


@dataclass(kw_only=True)
class Storm:
    """A desk, its portal, and what we know of both."""

    bench: Bench
    dice: random.Random
    reopen: Callable[[], Journal]
    """A fresh, empty journal."""
    bytes_of: Callable[[Mapping[str, Any]], bytes]
    """What is downloaded of a resource."""
    thai_tags: bool = True
    title: str = "กองทุนสวัสดิการ"
    notes: str = "ข้อมูลที่สร้างขึ้นเพื่อทดสอบ ไม่ใช่ข้อมูลจริง"
    tags: list[str] = field(default_factory=lambda: ["กองทุน", "welfare"])
    more: dict[str, str] = field(default_factory=dict)
    closed: bool = False
    sheets: list[Sheet] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)
    """Resources that others put there: id → name."""
    theirs: dict[str, Any] = field(default_factory=dict)
    """Package fields that others changed → what they wrote; kept where we could know of it."""
    sure: set[str] = field(default_factory=set)
    """Of `theirs`: changed when the journal was whole, so they must be kept."""
    owned: set[str] = field(default_factory=set)
    """Package fields that the release filled when it last stood whole: of others we know nothing."""
    extras: dict[str, str] = field(default_factory=dict)
    orphans: bool = False
    """Whether the journal was lost, so that resources taken off the desk may stay."""
    whole: bool = False
    """Whether the portal showed the release and the journal knew, and nothing failed since."""
    there: bool = False
    counter: int = 0
    story: list[str] = field(default_factory=list)

    # ------------------------------------------------------------ the desk

    def next(self) -> int:
        self.counter += 1
        return self.counter

    def row(self, columns: list[tuple[str, str]]) -> dict[str, str]:
        number = self.next()
        made = {
            "string": f"{SECRET} {number}",
            "integer": str(number),
            "number": f"{number}.5",
            "date": f"2024-01-{number % 28 + 1:02}",
        }
        return {name: made[kind] for name, kind in columns}

    def new_sheet(self) -> Sheet:
        number = self.next()
        columns = [(f"c{number}", "string"), (f"n{number}", "integer")]
        return Sheet(
            uid=number,
            slug=f"sheet-{number}",
            title=f"ตาราง {number}",
            description=f"คำอธิบาย {number}",
            columns=columns,
            rows=[self.row(columns) for _ in range(self.dice.randint(1, 7))],
        )

    def edit(self) -> None:
        """One edit on the desk."""
        dice = self.dice
        kind = dice.choice(EDITS)
        sheet = dice.choice(self.sheets)
        number = self.next()
        match kind:
            case "cell":
                dice.choice(sheet.rows).update({sheet.columns[0][0]: f"{SECRET} {number}"})
            case "rows":
                if len(sheet.rows) > 1 and dice.random() < 0.5:
                    sheet.rows.pop(dice.randrange(len(sheet.rows)))
                else:
                    sheet.rows.append(self.row(sheet.columns))
            case "title":
                self.title = f"กองทุนสวัสดิการ {number}"
            case "notes":
                self.notes = f"บรรทัดหนึ่ง <b>{number}</b>\nบรรทัดสอง"
            case "tags":
                self.tags = dice.sample(WORDS, dice.randint(1, 4))
            case "term":
                name = dice.choice(list(OPTIONAL))
                if name in self.more:
                    del self.more[name]
                else:
                    self.more[name] = OPTIONAL[name] if name == "data_support" else f"{OPTIONAL[name]}{number}"
            case "sheet+" if len(self.sheets) < 4:
                self.sheets.insert(dice.randint(0, len(self.sheets)), self.new_sheet())
            case "sheet-" if len(self.sheets) > 1:
                self.sheets.remove(sheet)
            case "rename":
                sheet.slug = f"sheet-{number}"
            case "retitle":
                sheet.title = f"ตาราง {number}"
            case "described":
                sheet.description = f"คำอธิบาย {number}"
            case "type":
                name = sheet.columns[1][0]
                new = dice.choice(["string", "integer", "number", "date"])
                sheet.columns[1] = (name, new)
                for row in sheet.rows:
                    row[name] = self.row([(name, new)])[name]
            case "column+" if len(sheet.columns) < 5:
                sheet.columns.append((f"x{number}", "number"))
                for row in sheet.rows:
                    row[f"x{number}"] = f"{number}.25"
            case "column-" if len(sheet.columns) > 2:
                name, _ = sheet.columns.pop()
                for row in sheet.rows:
                    del row[name]
            case "closed" if dice.random() < 0.5 or self.closed:
                self.closed = not self.closed
            case "order":
                dice.shuffle(self.sheets)
            case _:
                return
        self.story.append(f"desk: {kind} {sheet.slug}")

    def csv(self, sheet: Sheet) -> str:
        names = [name for name, _ in sheet.columns]
        return "\n".join([",".join(names), *(",".join(row[name] for name in names) for row in sheet.rows)]) + "\n"

    def write(self) -> None:
        """The desk as files."""
        folder = self.bench.folder / self.bench.name
        about = {**(CLOSED_ABOUT if self.closed else ABOUT), **self.more}
        about.pop("title_en", None)
        described: dict[str, Any] = {
            "name": self.bench.name,
            "title": f"{self.title} {self.bench.name}",
            "description": self.notes,
            "keywords": self.tags,
            "licenses": [{"name": "License not specified" if self.closed else "Open Data Common"}],
            "about": about,
        }
        if "title_en" in self.more:
            described["title_en"] = self.more["title_en"]
        lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in described.items()]
        if not self.closed:
            lines.append("resources:")
            for sheet in self.sheets:
                fields = [
                    {"name": name, "type": kind, "title": f"ช่อง {name}", "description": "อธิบาย"}
                    for name, kind in sheet.columns
                ]
                entry = {"title": sheet.title, "description": sheet.description, "schema": {"fields": fields}}
                lines.append(f"  - name: {sheet.slug}")
                if sheet.ckan_id:
                    lines.append(f"    ckan_id: {sheet.ckan_id}")
                lines += [f"    {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
                lines.append(f"    path: release/{sheet.slug}.csv")
        (folder / "datapackage.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        recipe = folder / "recipe.yaml"
        recipe.unlink(missing_ok=True)
        if not self.closed:
            text = "resources:\n"
            for sheet in self.sheets:
                path = folder / "source" / f"{sheet.uid}.csv"
                path.write_text(self.csv(sheet), encoding="utf-8")
                text += f"  {sheet.slug}:\n    reads: {{path: source/{sheet.uid}.csv}}\n"
            recipe.write_text(text, encoding="utf-8")

    def keep_ids(self) -> None:
        """What the push wrote into the descriptor, as the steward's file now has it."""
        from metadata import document

        if self.closed:
            return
        written = document.plain(document.read(self.bench.folder / self.bench.name / "datapackage.yaml"))
        by_slug = {entry["name"]: entry.get("ckan_id") for entry in written["resources"]}
        for sheet in self.sheets:
            sheet.ckan_id = by_slug[sheet.slug]

    # ------------------------------------------------------------ the others

    def call(self, action: str, **data: Any) -> Any:
        return self.bench.portal.call_action(action, data)

    def meddle(self) -> None:
        """One edit on the portal by somebody else."""
        if not self.there:
            return
        dice, number = self.dice, self.next()
        shown = self.bench.show()
        if shown["state"] == "deleted":
            return
        kind = dice.choice(MEDDLINGS)
        ours = [one for one in shown["resources"] if one["id"] not in self.foreign]
        one = dice.choice(ours) if ours else None
        name = self.bench.name
        match kind:
            case "title":
                self.changed("title", f"แก้ที่พอร์ทัล {number} {name}")
            case "url":
                self.changed("url", f"https://other.example/{number}")
            case "tag":
                tags = [{"name": tag["name"]} for tag in shown["tags"]] + [{"name": f"theirs{number}"}]
                self.call("package_patch", id=name, tags=tags)
                self.note("tags", sorted(tag["name"] for tag in tags))
            case "extra":
                self.extras[f"their_{number}"] = f"{number}"
                extras = [*shown.get("extras", ()), {"key": f"their_{number}", "value": f"{number}"}]
                self.call("package_patch", id=name, extras=extras)
            case "resource+" if len(self.foreign) < 3:
                made = self.call(
                    "resource_create",
                    package_id=name,
                    name=f"ของคนอื่น {number}",
                    url="https://other.example/a",
                    format="PDF",
                )
                self.foreign[made["id"]] = made["name"]
            case "resource-" if one:
                self.call("resource_delete", id=one["id"])
                self.loose_ids([sheet for sheet in self.sheets if sheet.id == one["id"]])
            case "drop" if one and one["datastore_active"]:
                self.call("datastore_delete", resource_id=one["id"], force=True)
            case "rows" if one and one["datastore_active"]:
                rows = self.call("datastore_search", resource_id=one["id"])["records"]
                if not rows:
                    return
                gone = dice.choice(rows)
                column = next(key for key in gone if key != "_id")
                self.call("datastore_delete", resource_id=one["id"], force=True, filters={column: gone[column]})
            case "trash" if dice.random() < 0.3:
                self.call("package_delete", id=name)
            case "purge" if dice.random() < 0.3:
                self.call("package_delete", id=name)
                self.call("dataset_purge", id=name)
                self.gone()
            case _:
                return
        self.story.append(f"others: {kind} {one['id'][:8] if one else ''}")

    def gone(self) -> None:
        self.foreign.clear()
        self.theirs.clear()
        self.sure.clear()
        self.extras.clear()
        self.there = False
        self.loose_ids(self.sheets)

    def loose_ids(self, sheets: list[Sheet]) -> None:
        """Resources that are gone from the portal: once renamed too, nothing tells which they were."""
        for sheet in sheets:
            sheet.pushed = sheet.pushed and (sheet.pushed[0], "", "")

    def changed(self, name: str, value: Any) -> None:
        self.call("package_patch", id=self.bench.name, **{name: value})
        self.note(name, value)

    def note(self, name: str, value: Any) -> None:
        self.theirs[name] = value
        if self.whole and name in self.owned:
            self.sure.add(name)

    # ------------------------------------------------------------ publishing

    def lose_journal(self) -> None:
        self.bench.journal = self.reopen()
        self.orphans = True
        self.whole = False
        self.sure.clear()
        self.story.append("journal lost")

    def fail(self) -> None:
        """A push that fails at some write."""
        error, done = failures(self.dice)
        self.write()
        real = self.bench.portal
        at, down = min(self.dice.randint(1, 9), self.dice.randint(1, 9)), self.dice.random() < 0.3
        self.bench.portal = Stormy(real, at=at, done=done, error=error, down=down)
        try:
            self.bench.push()
            self.story.append(f"push with {error!r} at {at} done={done} down={down}: went through")
        except (Killed, PortalError) as raised:
            self.story.append(f"push: {error!r} at {at} done={done} down={down}: {type(raised).__name__} {raised}")
        finally:
            if self.bench.portal.writes >= at:
                self.whole = False
            self.bench.portal = real
        self.keep_ids()
        try:
            state = self.bench.show()["state"]
        except PortalError:
            self.gone()
        else:
            self.there = state == "active" or self.there

    def settle(self) -> None:
        """A push without failures, and everything that must hold then."""
        self.write()
        trashed = self.there and self.bench.show()["state"] == "deleted"
        made, done = self.bench.push()
        self.story.append(f"settled: {[(c.action, c.resource) for c in made.changes]}")
        if trashed and done.refused:
            rules = [found.rule for found in done.refused[self.bench.name]]
            assert rules == ["deleted-there"], rules
            assert done.receipts == ()
            self.call("package_patch", id=self.bench.name, state="active")
            made, done = self.bench.push()
        assert not done.refused, done.refused
        self.keep_ids()
        self.check()
        before = self.bench.show()
        made, done = self.bench.push()
        assert done.receipts == (), [(c.action, c.resource, c.fields) for c in made.changes]
        after = self.bench.show()
        assert after["metadata_modified"] == before["metadata_modified"]
        self.whole = self.there = True
        self.owned = {"title", "tags", *self.more}

    def check(self) -> None:
        """The portal shows the release, but for what others did that is kept."""
        shown = self.bench.show()
        assert shown["state"] == "active"
        extras = {extra["key"]: extra["value"] for extra in shown.get("extras") or ()}
        flat = {**shown, **extras, "tags": sorted(tag["name"] for tag in shown["tags"])}
        about = CLOSED_ABOUT if self.closed else ABOUT
        wanted: dict[str, Any] = {
            "title": f"{self.title} {self.bench.name}",
            "notes": self.notes,
            "tags": sorted(tag for tag in self.tags if self.thai_tags or tag.isascii()),
            "maintainer": about["maintainer"],
            "data_category": about["data_category"],
            "private": self.closed,
            **{name: self.more.get(name) for name in OPTIONAL},
        }
        for name, value in wanted.items():
            got = flat.get(name) or None
            if self.orphans and name in OPTIONAL and value is None:
                continue  # a term taken away after the journal was lost: nobody knows that it was ours
            if name in self.theirs and (name in self.sure or got != (value or None)):
                assert got in (self.theirs[name] or None, value or None), (name, got)
                if name in self.sure and self.theirs[name] != value:
                    assert got == self.theirs[name], (name, got, "drift was not kept")
            else:
                assert got == (value or None), (name, got, value)
        for name in list(self.theirs):
            if (flat.get(name) or None) == (wanted[name] or None):
                del self.theirs[name]
                self.sure.discard(name)
        for key, text in self.extras.items():
            assert extras[key] == text, key
        resources = {one["id"]: one for one in shown["resources"]}
        assert len(resources) == len(shown["resources"])
        for key, title in self.foreign.items():
            assert resources[key]["name"] == title
        self.check_resources([one for one in shown["resources"] if one["id"] not in self.foreign])
        self.check_journal()

    def check_resources(self, shown: list[dict[str, Any]]) -> None:
        if self.closed:
            assert self.orphans or not shown, [one["name"] for one in shown]
            self.loose_ids(self.sheets)
            return
        wanted = [sheet.title for sheet in self.sheets]
        assert len(set(wanted)) == len(wanted)
        names = [one["name"] for one in shown]
        if self.orphans:
            shown = [one for one in shown if one["name"] in wanted]
        assert sorted(one["name"] for one in shown) == sorted(wanted), (names, wanted)
        assert [one["name"] for one in shown] == wanted, ("order", names, wanted)
        for sheet, one in zip(self.sheets, shown, strict=True):
            content = self.csv(sheet).encode()
            assert one["format"] == "CSV"
            assert one["description"] == sheet.description
            assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
            assert self.bytes_of(one) == content
            self.check_rows(sheet, one["id"])
            same_file = sheet.pushed and sheet.pushed[1:] == (sheet.title, content.decode())
            if sheet.id and (sheet.ckan_id or same_file or (sheet.pushed and sheet.pushed[0] == sheet.slug)):
                assert one["id"] == sheet.id, ("id moved", sheet.slug)
            sheet.id, sheet.pushed = one["id"], (sheet.slug, sheet.title, content.decode())

    def check_rows(self, sheet: Sheet, key: str) -> None:
        answer = self.call("datastore_search", resource_id=key, sort="_id")
        types = {one["id"]: one["type"] for one in answer["fields"] if one["id"] != "_id"}
        assert types == {name: TYPES[kind] for name, kind in sheet.columns}
        rows = [{name: row[name] for name, _ in sheet.columns} for row in answer["records"]]
        kinds = dict(sheet.columns)
        cast: dict[str, Callable[[str], Any]] = {"integer": int, "number": float}
        wanted = [{name: cast.get(kinds[name], str)(value) for name, value in row.items()} for row in sheet.rows]
        assert rows == wanted, (rows, wanted)

    def check_journal(self) -> None:
        assert self.bench.journal.broken() is None
        told = "".join(str(entry.body) for entry in self.bench.journal.entries())
        assert SECRET not in told

    def round(self) -> None:
        """Some edits, perhaps failures, then a push that must end well."""
        dice = self.dice
        for _ in range(dice.randint(0, 3)):
            self.edit()
        if dice.random() < 0.5:
            self.meddle()
        while dice.random() < 0.6:
            self.fail()
            if dice.random() < 0.4:
                self.edit()
        if dice.random() < 0.1:
            self.lose_journal()
        if dice.random() < 0.75:
            self.settle()


def storm(
    folder: Path,
    portal: Portal,
    seed: int,
    rounds: int,
    *,
    agency: str,
    name: str,
    journal: Callable[[], Journal],
    bytes_of: Callable[[Mapping[str, Any]], bytes],
) -> Storm:
    """Runs a storm of some rounds. An assertion that fails tells the seed and the story so far."""
    bench = Bench(folder, portal, journal(), agency=agency, name=name)
    habits = manners(portal)
    made = Storm(
        bench=bench,
        dice=random.Random(seed),  # noqa: S311 - a storm that can be repeated
        reopen=journal,
        bytes_of=bytes_of,
        thai_tags=not habits.refuses_tag("กองทุน"),
    )
    made.sheets = [made.new_sheet(), made.new_sheet()]
    try:
        for _ in range(rounds):
            made.round()
        made.settle()
    except (AssertionError, PortalError, KeyError) as error:
        error.add_note(f"seed {seed}:\n  " + "\n  ".join(made.story[-25:]))
        raise
    return made


def local_storm(folder: Path, seed: int, rounds: int) -> Storm:
    """A storm over our own catalog, in a folder of its own."""
    from catalog.portal.local import LocalPortal
    from catalog.store.database import open_database

    engines: list[Any] = []

    def journal() -> Journal:
        engines.append(open_database(f"sqlite:///{folder / f'journal-{len(engines)}.sqlite'}"))
        return Journal(engines[-1], actor="test")

    with LocalPortal(
        database_url=f"sqlite:///{folder / 'catalog.sqlite'}",
        files=folder / "files",
        schema=Standard.load("gdc-2.2.4").schema,
    ) as portal:

        def content(resource: Mapping[str, Any]) -> bytes:
            found = portal.uploaded(resource["id"])
            assert found is not None
            return found.path.read_bytes()

        try:
            return storm(
                folder,
                portal,
                seed,
                rounds,
                agency="storm-agency",
                name="storm",
                journal=journal,
                bytes_of=content,
            )
        finally:
            for engine in engines:
                engine.dispose()


if __name__ == "__main__":
    import traceback

    import catalog.push

    catalog.push.PAUSE = 0
    bad = 0
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for number in range(first, first + max(1, int(sys.argv[1]) // 10)):
        with tempfile.TemporaryDirectory(prefix="rvp-") as place:
            try:
                local_storm(Path(place), number, 10)
            except (AssertionError, SaphanError, KeyError):
                bad += 1
                traceback.print_exc(limit=-3)
                if bad > 3:
                    break
    sys.exit(bool(bad))
