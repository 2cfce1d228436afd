"""A proof pack: every byte of it is covered, and its numbers are made again from what it holds."""

from __future__ import annotations

import ast
import io
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from publishing import Bench, small_desk
from test_docs_json import documented, printed

import cli
from catalog.actions.context import Site
from catalog.audit import sources
from catalog.audit.entry import Entry
from catalog.audit.proving import container, proof
from catalog.audit.proving.container import MANIFEST, SEALED, NotPack, Pack, Writer
from catalog.audit.proving.verified import verify
from catalog.audit.run import Terms, audit
from catalog.decisions import record
from catalog.journal import Journal, new_run
from catalog.portal.local import LocalPortal
from catalog.store.database import open_database
from commands.console import Desk
from commands.proving import proved, sampled
from metadata import stored, wording
from metadata.errors import StoreError
from metadata.event import Event, Story, result_of
from metadata.pack import packs
from metadata.standard import Standard

NAMES = ["funds", "housing", "members"]


def small(**more: Any) -> tuple[str, bytes]:
    """A pack of a few members, and its seal."""
    out = io.BytesIO()
    with Writer({"saphan": "0", "datasets": NAMES, **more}) as writer:
        fill(writer)
        return writer.write(out), out.getvalue()


def fill(writer: Writer) -> None:
    """A few members."""
    writer.put("index.html", ["<p>สวัสดี</p>".encode()])
    for path in ("packages.jsonl", "facts.jsonl"):
        lines = (json.dumps({"name": name, "title": "ก" * 9}, ensure_ascii=False) + "\n" for name in NAMES)
        writer.put(path, (line.encode() for line in lines), of="datasets")
    writer.put("packs/completeness.json", [b"{}"])
    writer.put("decisions.jsonl", [])


def faults(path: Path, data: bytes) -> list[dict[str, Any]]:
    """What is wrong with these bytes as a pack."""
    path.write_bytes(data)
    with Pack(path) as pack:
        return pack.faults()


def test_a_pack_is_a_zip_that_any_program_opens() -> None:
    with zipfile.ZipFile(io.BytesIO(small()[1])) as archive:
        assert archive.testzip() is None
        names = [one["path"] for one in json.loads(archive.read(MANIFEST))["members"]]
        assert archive.namelist() == [MANIFEST, *names]
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}


def test_a_pack_is_the_same_whenever_it_is_made() -> None:
    assert small() == small()
    assert small()[0] != small(year=2569)[0]


def test_a_pack_as_it_was_made_has_no_fault(tmp_path: Path) -> None:
    seal, data = small()
    (tmp_path / "pack.zip").write_bytes(data)
    with Pack(tmp_path / "pack.zip") as pack:
        assert (pack.faults(), pack.seal) == ([], seal)
        assert [one["name"] for one in pack.lines("facts.jsonl")] == NAMES


def test_one_changed_byte_is_named_wherever_it_is(tmp_path: Path) -> None:
    data = small()[1]
    chance = random.Random(1)  # noqa: S311
    regions = spans(data)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= chance.randrange(1, 256)
        found = faults(tmp_path / "pack.zip", changed)
        assert [(one["fault"], one.get("member")) for one in found] == [regions[at]], at


def spans(data: bytes) -> list[tuple[str, str | None]]:
    """For each byte of a pack, the fault that a change of it is; read by Python's own zipfile."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        places: list[tuple[str, str | None]] = []
        for one in archive.infolist():
            kind = "line" if one.filename.endswith("l") and one.filename != "index.html" else "member"
            kind = "manifest" if one.filename == MANIFEST else kind
            places += [("proof-header", one.filename)] * (30 + len(one.filename))
            places += [(f"proof-{kind}", one.filename)] * one.file_size
        for one in archive.infolist():
            places += [("proof-directory", one.filename)] * (46 + len(one.filename))
        places += [("proof-end", None)] * 22 + [("proof-seal", None)] * len(archive.comment)
    assert len(places) == len(data)
    return places


@pytest.mark.parametrize("dataset", NAMES)
def test_a_changed_line_names_its_dataset(tmp_path: Path, dataset: str) -> None:
    data = small()[1]
    at = data.rindex(f'"name": "{dataset}"'.encode())
    found = faults(tmp_path / "pack.zip", data[:at] + b"'" + data[at + 1 :])
    line = NAMES.index(dataset) + 1
    assert found == [{"fault": "proof-line", "member": "facts.jsonl", "line": line, "dataset": dataset}]


def test_every_faulty_member_is_named(tmp_path: Path) -> None:
    data = small()[1].replace(b"<p>", b"<b>").replace(b'"name": "members"', b'"name": "membres"')
    found = faults(tmp_path / "pack.zip", data)
    assert [one["member"] for one in found] == ["index.html", "packages.jsonl", "facts.jsonl"]


def test_a_pack_cut_short_or_lengthened_says_so(tmp_path: Path) -> None:
    data = small()[1]
    for length in range(43, len(data), 7):
        assert faults(tmp_path / "pack.zip", data[:length])[-1]["fault"] == "proof-truncated"
    for more in (1, SEALED, 5000):
        found = faults(tmp_path / "pack.zip", data + bytes(more))
        assert found == [{"fault": "proof-appended", "bytes": more}]


def test_a_line_more_or_less_is_found(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    whole = (folder / "facts.jsonl").read_bytes().splitlines(keepends=True)
    for lines, number in ((whole[:-1], 3), ([*whole, whole[0]], 4), (whole[1:], 1)):
        (folder / "facts.jsonl").write_bytes(b"".join(lines))
        with Pack(folder) as pack:
            assert [one["line"] for one in pack.faults()] == [number]


def test_what_is_no_pack_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.txt", "{}")
    for data, kind in ((b"", "proof-empty"), (out.getvalue(), "proof-foreign"), (b"\0" * 999, "proof-foreign")):
        (tmp_path / "pack.zip").write_bytes(data)
        with pytest.raises(NotPack) as raised:
            Pack(tmp_path / "pack.zip")
        assert raised.value.fault == kind
    with pytest.raises(NotPack):
        Pack(tmp_path)


def test_a_manifest_that_leads_elsewhere_is_none() -> None:
    good = {"path": "a", "bytes": 1, "sha256": "0"}
    for bad in (
        {"path": "../a"},
        {"path": "/etc/passwd"},
        {"path": "a//b"},
        {"bytes": -1},
        {"bytes": True},
        {"bytes": "1"},
        {"sha256": 1},
        {"of": "saphan"},
    ):
        for members, sound in (([good], True), ([{**good, **bad}], False)):
            made = container.written({"saphan-proof": 1, "saphan": "0", "members": members})
            assert (container.parsed(made) is not None) is sound, bad
    assert container.parsed(b"[" * 100_000) is None


def unpacked(folder: Path) -> Path:
    """A pack's members in a folder."""
    with zipfile.ZipFile(io.BytesIO(small()[1])) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_an_unpacked_pack_is_checked_file_by_file(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    (folder / "desktop.ini").write_text("", encoding="utf-8")
    with Pack(folder) as pack:
        assert pack.faults() == []
    (folder / "facts.jsonl").unlink()
    (folder / "more.txt").write_text("?", encoding="utf-8")
    (folder / "index.html").write_text("?", encoding="utf-8")
    with Pack(folder) as pack:
        found = [(one["fault"], one["member"]) for one in pack.faults()]
    expected = [("proof-member", "index.html"), ("proof-missing", "facts.jsonl"), ("proof-stranger", "more.txt")]
    assert found == expected


# ---------------------------------------------------------------- a pack of a real audit


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A published and approved dataset, one that nobody audits, and the proof pack of an audit of the first."""
    folder = tmp_path_factory.mktemp("proof")
    url = f"sqlite:///{folder / 'catalog.sqlite'}"
    engine = open_database(url)
    schema = Standard.load("gdc-2.2.4").schema
    with LocalPortal(database_url=url, files=folder / "files", schema=schema) as portal:
        bench = Bench(folder, portal, Journal(engine, actor="test"), agency="agency", name="funds")
        small_desk(bench.folder, "secret-plans", agency="agency")
        bench.build()
        workspace = bench.workspace()
        _, report = stored.load(workspace.dataset("funds"), workspace.folder)
        who = {"by": "นางสาวตัวอย่าง", "role": "owner", "letter": "ที่ 1/2569"}
        result_of(bench.journal.record(record.approve(workspace.dataset("funds"), report, who), run=new_run()))
        bench.push()
        yield Ground(bench, folder / "proof.zip")
    engine.dispose()


def looked(entries: Sequence[Entry]) -> Story[dict[str, Any]]:
    """A look that finds every file."""
    yield Event(kind="read")
    found = {"ok": True, "format_true": True, "status": 200, "checked_at": "2026-11-22T01:00:00+00:00"}
    return {one.name: {"reach": {file["id"]: found for file in one.package["resources"]}} for one in entries}


class Ground:
    """An audit, and its pack."""

    def __init__(self, bench: Bench, path: Path) -> None:
        self.bench, self.path = bench, path
        self.source = sources.OfPortal(portal=bench.portal, title="บัญชีข้อมูลทดสอบ", site=Site(url="http://x"))
        rules = packs()
        asked = next(
            (pack["pack"], one["measure"]) for pack in rules for one in pack["measures"] if one.get("declared")
        )
        shown = {"by": "นายตัวอย่าง", "at": "2026-10-01", "file": "หลักฐาน.pdf", "sha256": "0" * 64, "holds": True}
        declared = (
            {"pack": asked[0], "measure": asked[1], "value": 1.0, **shown},
            {"fact": "registered", "dataset": "funds", "value": True, **shown},
        )
        edition = Standard.load("gdc-2.2.4")
        self.terms = Terms(standard=edition, packs=rules, day=date(2026, 11, 22), declared=declared)
        self.audit = result_of(audit(self.source, self.terms, names=["funds"], looks=[looked]))
        self.made = self.make(path)

    def make(self, path: Path, **more: Any) -> proof.Made:
        known = {"workspace": self.bench.workspace(), "journal": self.bench.journal, **more}
        return proof.make(self.audit, path, source=self.source, standard=self.terms.standard, **known)

    def forged(self, path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
        """The pack with one member changed, and sealed again as if nothing had been."""
        with Pack(self.path) as pack:
            head = {key: value for key, value in (pack.manifest or {}).items() if key != "members"}
            head.pop("saphan-proof")
            with Writer(head) as writer, path.open("wb") as out:
                for one in pack.members():
                    before = pack.read(one["path"])
                    data = change(before) if one["path"] == member else before
                    assert (data != before) is (one["path"] == member)
                    writer.put(one["path"], data.splitlines(keepends=True), one.get("of"))
                writer.write(out)
        return path


def run(program: Path, *words: Any) -> subprocess.CompletedProcess[str]:
    """A pack's own program, by a Python that finds nothing of ours."""
    command = [sys.executable, "-I", "-S", str(program), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd="/")


def test_a_pack_is_proven_number_by_number(ground: Ground) -> None:
    found = verify(ground.path)
    assert (found.findings, found.known, found.seal) == ((), True, ground.made.seal)
    assert found.program == ground.made.program
    assert found.tally["datasets"] == 1 and found.tally["decisions"] == 1
    assert found.tally["scores"] == len(ground.audit.packs) > 1
    assert found.tally["numbers"] > 50 and found.tally["facts"] > 50
    assert found.tally["told"] > 10 and found.tally["hashed"] > 0
    facts = ground.audit.dataset("funds").facts
    assert facts["registered"] is True and facts["reachable"] == [True, True]


def test_a_pack_proves_itself_with_python_alone(ground: Ground, tmp_path: Path) -> None:
    with zipfile.ZipFile(ground.path) as archive:
        archive.extractall(tmp_path / "unpacked")
    program = tmp_path / "unpacked" / "verify.py"
    for words in ((), (ground.path,)):
        done = run(program, *words)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "ชุดหลักฐานถูกต้อง" in done.stdout and "The pack holds." in done.stdout
    data = bytearray(ground.path.read_bytes())
    data[data.index(b'"items_missing"')] ^= 1
    (tmp_path / "changed.zip").write_bytes(data)
    done = run(program, tmp_path / "changed.zip")
    assert done.returncode == 1 and "Line 1 of facts.jsonl" in done.stdout and "(dataset funds)" in done.stdout
    (tmp_path / "empty.zip").write_bytes(b"")
    for words in ((tmp_path / "empty.zip",), (tmp_path / "nothing.zip",), (tmp_path,)):
        done = run(program, *words)
        assert (done.returncode, done.stderr) == (2, "") and done.stdout
    assert sorted(path.name for path in program.parent.glob("**/*.pyc")) == []


def test_the_program_is_of_the_standard_library_and_of_python_3_9() -> None:
    text = proof.program()
    tree = ast.parse(text, feature_version=(3, 9))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | {"__future__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip":
            assert not node.keywords, "strict= came with Python 3.10"


def test_the_parts_of_the_program_do_not_name_a_thing_twice() -> None:
    known: dict[str, str] = {}
    for part in proof.PARTS:
        source = (Path(proof.__file__).parents[1] / part).read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            names = [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [*targets, *([node.target] if isinstance(node, ast.AnnAssign) else [])]
            names += [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
            for name in names:
                assert known.setdefault(name, part) == part, f"{name} stands in {known[name]} and {part}"
    assert len(known) > 30


EACH = [f"{name}.jsonl" for name in ("packages", "tables", "seen", "facts", "results", "findings")]
"""Members with a line for each dataset."""


def test_two_hundred_changed_bytes_are_each_found_and_located(ground: Ground, tmp_path: Path) -> None:
    data = ground.path.read_bytes()
    places = spans(data)
    regions = {place: at for at, place in enumerate(places)}  # one byte of every region, then any
    chance = random.Random(2569)  # noqa: S311
    for at in [*regions.values(), *(chance.randrange(len(data)) for _ in range(200))]:
        changed = bytearray(data)
        changed[at] ^= chance.randrange(1, 256)
        (tmp_path / "pack.zip").write_bytes(changed)
        found = verify(tmp_path / "pack.zip").findings
        assert [(one.rule, one.values.get("member")) for one in found] == [places[at]], at
        said = wording.finding(found[0], "th")
        assert (places[at][1] or "ZIP") in said["message"] or places[at][0] == "proof-seal"
        if places[at][0] == "proof-line" and places[at][1] in EACH:
            assert found[0].at.dataset == "funds"


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old.encode(), new.encode(), 1)


def without(number: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        return b"".join(lines[:number] + lines[number + 1 :])

    return change


def edited(path: str, value: Any) -> Callable[[bytes], bytes]:
    """A change of one value in a JSON of one line or several."""

    def change(data: bytes) -> bytes:
        made = json.loads(data)
        place = made
        *steps, last = path.split("/")
        for step in steps:
            place = place[int(step) if isinstance(place, list) else step]
        place[last] = value
        return json.dumps(made).encode() + b"\n"

    return change


def decision_hidden(data: bytes) -> bytes:
    """The journal, the row of a decision told by its hash alone."""
    rows = [json.loads(line) for line in data.splitlines()]
    for row in rows:
        if row.get("kind") == "decision":
            for key in row.keys() - {"seq", "prev", "hash"}:
                del row[key]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


STRANGE = {"rule": "x", "severity": "note", "at": {}, "values": {}}


@pytest.mark.parametrize(
    ("member", "change", "rule"),
    [
        ("audit.json", edited("scores/metadata14/value", 99.0), "proof-score"),
        ("audit.json", edited("scores/mqa/evidence/0/met", 77), "proof-score"),
        ("audit.json", edited("scores/mqa/status", "confirmed"), "proof-score"),
        ("audit.json", edited("scores/mqa/of", 400), "proof-score"),
        ("audit.json", edited("scores", {}), "proof-rules"),
        ("audit.json", edited("scores/mqa/title", "14"), "proof-report"),
        ("index.html", replaced("ผลคะแนน", "คะแนนเต็ม"), "proof-report"),
        ("findings.jsonl", replaced('"remedy":"', '"remedy":"ไม่ต้อง'), "proof-findings"),
        ("results.jsonl", edited("scores/mqa/value", 1.5), "proof-score"),
        ("results.jsonl", edited("findings", [STRANGE]), "proof-datasets"),
        ("results.jsonl", edited("scores/more", 1), "proof-datasets"),
        ("findings.jsonl", lambda _: json.dumps([STRANGE]).encode() + b"\n", "proof-findings"),
        ("results.jsonl", edited("name", "other"), "proof-datasets"),
        ("facts.jsonl", edited("items", 1), "proof-facts"),
        ("facts.jsonl", edited("unheard_of", None), "proof-facts"),
        ("packages.jsonl", edited("maintainer_email", ""), "proof-facts"),
        ("tables.jsonl", lambda _: b"{}\n", "proof-facts"),
        ("seen.jsonl", replaced('"ok":true', '"ok":false'), "proof-facts"),
        ("declared.jsonl", without(0), "proof-score"),
        ("declared.jsonl", without(1), "proof-facts"),
        ("settings.json", edited("day", "2031-01-01"), "proof-facts"),
        ("journal.jsonl", replaced('"rows":2', '"rows":3'), "proof-chain"),
        ("journal.jsonl", without(0), "proof-chain"),
        ("journal.jsonl", without(7), "proof-chain"),
        ("journal.jsonl", decision_hidden, "proof-decision"),
        ("decisions.jsonl", replaced("owner", "dpo"), "proof-decision"),
        ("packages.jsonl", lambda _: b"[]\n", "proof-unreadable"),
        ("facts.jsonl", lambda _: b"{\n", "proof-unreadable"),
        ("settings.json", lambda _: b"{}\n", "proof-unreadable"),
    ],
)
def test_what_was_changed_and_sealed_again_is_found_by_deriving_it(
    ground: Ground, tmp_path: Path, member: str, change: Callable[[bytes], bytes], rule: str
) -> None:
    found = verify(ground.forged(tmp_path / "forged.zip", member, change))
    assert rule in {one.rule for one in found.findings}
    for one in found.findings:
        assert "…" not in wording.finding(one, "en")["message"] or one.rule == "proof-score"


def test_rules_and_a_standard_that_did_not_come_with_saphan_are_told(ground: Ground, tmp_path: Path) -> None:
    with Pack(ground.path) as pack:
        rules = next(one["path"] for one in pack.members() if "mqa" in one["path"])
    for member, change, rule in (
        (rules, edited("source", "elsewhere"), "proof-own-rules"),
        ("standard.json", edited("dataset_fields/0/required", False), "proof-own-standard"),
    ):
        found = verify(ground.forged(tmp_path / "forged.zip", member, change))
        assert rule in {one.rule for one in found.findings if one.severity == "warning"}


def test_a_changed_program_is_told(ground: Ground, tmp_path: Path) -> None:
    found = verify(ground.forged(tmp_path / "forged.zip", "verify.py", lambda data: data + b"\n# more\n"))
    assert found.known is False and found.program != ground.made.program
    assert [one.values for one in found.findings] == [{"member": "index.html"}]  # which names its hash


def test_the_same_audit_makes_the_same_pack_and_none_is_overwritten(ground: Ground, tmp_path: Path) -> None:
    again = ground.make(tmp_path / "again.zip")
    assert again.seal == ground.made.seal
    assert (tmp_path / "again.zip").read_bytes() == ground.path.read_bytes()
    with pytest.raises(StoreError) as raised:
        ground.make(tmp_path / "again.zip")
    assert raised.value.kind == "backup-exists"
    with pytest.raises(StoreError):
        ground.make(tmp_path / "nowhere" / "pack.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["again.zip"]


def test_a_pack_is_written_where_there_are_no_links(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_paths: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refused)
    assert ground.make(tmp_path / "stick.zip").seal == ground.made.seal
    assert [path.name for path in tmp_path.iterdir()] == ["stick.zip"]


def test_a_pack_says_nothing_of_datasets_that_were_not_audited(ground: Ground) -> None:
    assert ground.bench.show()["name"] == "funds"
    assert any(entry.dataset == "secret-plans" for entry in ground.bench.journal.entries())
    assert b"secret-plans" not in ground.path.read_bytes()


def test_an_audit_of_another_s_catalogue_needs_no_workspace(ground: Ground, tmp_path: Path) -> None:
    ground.make(tmp_path / "far.zip", workspace=None, journal=None)
    found = verify(tmp_path / "far.zip")
    assert found.findings == () and "told" not in found.tally and "decisions" not in found.tally


def test_the_page_in_a_pack_opens_alone_and_names_every_file(ground: Ground) -> None:
    with Pack(ground.path) as pack:
        page = pack.read("index.html").decode()
        for one in pack.members():
            assert one["path"] == "index.html" or (one["path"] in page and one["sha256"] in page)
        assert not any(word in page for word in ('src="', "href=", "http-equiv", "<script", "url("))
        assert 'lang="th"' in page and "ยังไม่ยืนยัน" in page


def test_what_can_be_wrong_with_a_pack_is_said_by_its_program() -> None:
    folder = Path(proof.__file__).parents[1]
    source = "".join((folder / part).read_text(encoding="utf-8") for part in proof.PARTS)
    told, spoken = (re.findall(rf'"({kind}-[a-z]+)"', source) for kind in ("proof", "verify"))
    words = json.loads(proof.program().split('json.loads(r"""')[1].split('"""')[0])
    assert len({*told}) > 15 and {*told, *spoken} <= words.keys()
    assert all(set(one) == {"th", "en"} for one in words.values())


# ---------------------------------------------------------------- the command


def called(*words: Any) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(cli.cli, ["verify", *map(str, words), "--json"])
    return done.exit_code, json.loads(done.stdout_bytes)


def test_the_command_verifies_a_pack(ground: Ground, tmp_path: Path) -> None:
    code, said = called(ground.path)
    assert (code, said["holds"], said["seal"], said["findings"]) == (0, True, ground.made.seal, [])
    page = documented("verify")
    assert printed([said], page) | {"findings[]"} == page
    data = bytearray(ground.path.read_bytes())
    data[-1] ^= 1
    (tmp_path / "pack.zip").write_bytes(data)
    code, said = called(tmp_path / "pack.zip")
    assert (code, said["holds"], said["findings"][0]["rule"]) == (1, False, "proof-seal")
    (tmp_path / "empty.zip").write_bytes(b"")
    for file, kind in (("empty.zip", "proof-empty"), ("no.zip", "file-missing"), (".", "proof-foreign")):
        code, said = called(tmp_path / file)
        assert (code, said["error"]["kind"]) == (2, kind)


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_command_tells_what_holds(ground: Ground, language: str) -> None:
    done = CliRunner().invoke(cli.cli, ["verify", str(ground.path), "--lang", language])
    assert done.exit_code == 0 and "{" not in done.output and "…" not in done.output
    assert len(done.output.splitlines()) == 7 + len(ground.audit.packs)


def test_the_command_verifies_the_journal(tmp_path: Path) -> None:
    from sqlalchemy import update

    from catalog.journal import journal as table
    from catalog.store.database import writing

    folder = small_desk(tmp_path / "desk", "funds")
    assert called("--workspace", folder) == (0, {"holds": True, "rows": 0, "hash": None, "findings": []})
    assert CliRunner().invoke(cli.cli, ["build", "--workspace", str(folder), "--quiet"]).exit_code == 0
    code, said = called("--workspace", folder)
    assert code == 0 and said["holds"] and said["rows"] > 3 and said["hash"].startswith("sha256:")
    page = documented("verify without a file")
    assert printed([said], page) == page
    engine = open_database(f"sqlite:///{folder / '.saphan/catalog.sqlite'}")
    with writing(engine) as connection:
        connection.execute(update(table).where(table.c.seq == 2).values(actor="somebody"))
    engine.dispose()
    code, said = called("--workspace", folder)
    assert (code, said["holds"], said["findings"][0]["values"]) == (1, False, {"seq": 2})


def test_the_journal_has_the_seal_of_a_pack_made_in_its_workspace(ground: Ground, tmp_path: Path) -> None:
    workspace = ground.bench.workspace()
    desk = Desk(folder=str(workspace.folder), lang="en", as_json=False, quiet=True)
    path = tmp_path / "pack.zip"
    proved(desk, ground.audit, path, source=ground.source, standard=ground.terms.standard, workspace=workspace)
    for words, told in ((["--workspace", str(workspace.folder)], True), (["--workspace", str(tmp_path)], False)):
        done = CliRunner().invoke(cli.cli, ["verify", str(path), "--lang", "en", *words])
        assert done.exit_code == 0
        assert ("The journal of this workspace has its seal, in row 1" in done.output) is told


def test_a_sample_of_an_audit_is_told_and_written_to_sign(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    desk = Desk(folder=str(ground.bench.folder), lang="th", as_json=False, quiet=False)
    for workspace, seed, name in ((ground.bench.workspace(), "7/ก", "7-"), (None, None, "2026-11-22")):
        drawn = sampled(desk, ground.audit, 3, seed, workspace=workspace, target="http://x", source=ground.source)
        assert (drawn.of, [one.dataset for one in drawn.trails]) == (1, ["funds"])
        page = (tmp_path / f"saphan-sample-{name}.html").read_text(encoding="utf-8")
        told = capsys.readouterr().out
        assert "ผู้รับตรวจ" in page and page.count("<section>") == 1
        assert drawn.seed in told and "ชุดเผยแพร่" in told and f"saphan-sample-{name}.html" in told
