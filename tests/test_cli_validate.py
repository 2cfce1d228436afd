"""`saphan validate` gives frictionless' own report and exit codes of its own, outside any workspace."""

from __future__ import annotations

import contextlib
import gzip
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import frictionless
import pytest
from click.testing import CliRunner, Result

import cli
from commands.files import MOST
from metadata.document import packaged, packaged_entry
from pipelines import parallel, verdict

ROOT = Path(__file__).parents[1]
SCHEMA = {
    "fields": [
        {"name": "เลขที่", "type": "integer", "constraints": {"required": True}},
        {"name": "จังหวัด", "type": "string", "constraints": {"enum": ["น่าน", "แพร่"]}},
        {"name": "วันที่", "type": "date"},
    ],
    "primaryKey": ["เลขที่"],
}
GOOD = "เลขที่,จังหวัด,วันที่\n1,น่าน,2024-01-31\n2,แพร่,2024-02-29\n"
BAD = GOOD + "2,ลำปาง,2024-02-30\n,,\nสาม\n4,น่าน,2024-01-01,ช่องที่สี่\n5,แพร่,\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, no workspace, with the files that most tests look at."""
    (tmp_path / "ที่นี่").mkdir()
    monkeypatch.chdir(tmp_path / "ที่นี่")
    monkeypatch.delenv("SAPHAN_WORKSPACE", raising=False)
    Path("good.csv").write_text(GOOD, "utf-8")
    Path("bad.csv").write_text(BAD, "utf-8")
    Path("schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    return tmp_path / "ที่นี่"


def saphan(*words: str) -> Result:
    done = CliRunner().invoke(cli.cli, ["validate", *words], catch_exceptions=False)
    assert "Traceback" not in done.output
    return done


def timeless(report: dict[str, Any]) -> str:
    """A report as text, in its own order of keys, without the seconds that it took."""
    for part in (report, *report["tasks"]):
        part["stats"]["seconds"] = 0
    return json.dumps(report, ensure_ascii=False)


def theirs(source: Any, limit_errors: int = 1000, trusted: bool = True, **options: Any) -> str:
    """What frictionless says."""
    frictionless.system.trusted = trusted
    try:
        return timeless(
            frictionless.Resource(source, **options).validate(limit_errors=limit_errors).to_descriptor()
        )
    finally:
        frictionless.system.trusted = False


def ours(done: Result) -> str:
    return timeless(json.loads(done.stdout_bytes))


# ---------------------------------------------------------------- the report is frictionless'


@pytest.mark.parametrize("name", ["good.csv", "bad.csv"])
@pytest.mark.parametrize("path", ["{name}", "../ที่นี่/{name}", "{here}/{name}"])
def test_the_report_is_frictionless_own_wherever_the_file_is(here: Path, path: str, name: str) -> None:
    file = path.format(here=here, name=name)
    done = saphan(file, "--schema", "schema.json", "--json")
    assert ours(done) == theirs(file, schema="schema.json")
    assert json.loads(done.stdout_bytes)["tasks"][0]["place"] == file
    assert done.exit_code == (name == "bad.csv")


@pytest.mark.parametrize("limit", [1, 2, 0])
def test_the_limit_of_errors_is_frictionless_own(here: Path, limit: int) -> None:
    done = saphan("bad.csv", "--schema", "schema.json", "--json", "--limit-errors", str(limit))
    assert ours(done) == theirs("bad.csv", schema="schema.json", limit_errors=limit)


def test_without_a_schema_frictionless_infers_one(here: Path) -> None:
    assert ours(saphan("bad.csv", "--json")) == theirs("bad.csv")


def test_a_schema_may_be_yaml_with_dates_as_people_write_them(here: Path) -> None:
    Path("schema.yaml").write_text(
        "fields:\n  - {name: เลขที่, type: integer}\n  - {name: จังหวัด}\n"
        "  - {name: วันที่, type: date, constraints: {minimum: 2024-02-01}}\n",
        "utf-8",
    )
    done = saphan("good.csv", "--schema", "schema.yaml", "--json")
    (error,) = json.loads(done.stdout_bytes)["tasks"][0]["errors"]
    assert (error["rowNumber"], error["note"]) == (2, 'constraint "minimum" is "2024-02-01"')


def test_encoding_delimiter_and_format_are_frictionless_own(here: Path) -> None:
    Path("thai.txt").write_bytes(BAD.replace(",", ";").encode("cp874"))
    done = saphan("thai.txt", "--encoding", "cp874", "--delimiter", ";", "--format", "csv", "--json")
    dialect = frictionless.Dialect.from_descriptor({"csv": {"delimiter": ";"}})
    assert ours(done) == theirs("thai.txt", encoding="cp874", dialect=dialect, format="csv")
    assert json.loads(done.stdout_bytes)["tasks"][0]["labels"] == ["เลขที่", "จังหวัด", "วันที่"]


def package(folder: Path) -> None:
    """A package of two tables, the second of which refers to the first, with a mistake."""
    folder.mkdir(exist_ok=True)
    (folder / "places.csv").write_text("id,name\n1,น่าน\n2,แพร่\n", "utf-8")
    (folder / "people.csv").write_text("id,place\n1,1\n2,3\n", "utf-8")
    key = {"fields": ["place"], "reference": {"resource": "places", "fields": ["id"]}}
    fields = [{"name": "id", "type": "integer"}, {"name": "place", "type": "integer"}]
    resources = [
        {"name": "places", "path": "places.csv", "schema": {"fields": [fields[0], {"name": "name"}]}},
        {"name": "people", "path": "people.csv", "schema": {"fields": fields, "foreignKeys": [key]}},
    ]
    (folder / "datapackage.json").write_text(json.dumps({"name": "p", "resources": resources}), "utf-8")
    (folder / "people.resource.json").write_text(json.dumps(resources[0]), "utf-8")


@pytest.mark.parametrize(
    "file", ["p/datapackage.json", "p", "{here}/p/datapackage.json", "p/people.resource.json"]
)
def test_a_description_is_judged_with_what_it_describes(here: Path, file: str) -> None:
    package(here / "p")
    file = file.format(here=here)
    done = saphan(file, "--json")
    assert ours(done) == theirs(file, trusted=False)
    found = {error["type"] for task in json.loads(done.stdout_bytes)["tasks"] for error in task["errors"]}
    assert (found, done.exit_code) == ((set(), 0) if "resource" in file else ({"foreign-key"}, 1))


def test_a_folder_without_a_description_is_its_tables(here: Path) -> None:
    done = saphan(str(here), "--json")
    (here / "schema.json").unlink()
    assert len(json.loads(done.stdout_bytes)["tasks"]) == 3
    assert ours(saphan(str(here), "--json")) == theirs(str(here))


def test_a_description_reads_no_file_outside_its_folder(here: Path) -> None:
    resources = [{"name": "secret", "path": str(here / "bad.csv")}]
    Path("datapackage.json").write_text(json.dumps({"name": "p", "resources": resources}), "utf-8")
    done = saphan("datapackage.json", "--json")
    assert done.exit_code == 1
    assert "is not safe" in done.stdout
    assert "ลำปาง" not in done.stdout
    assert not frictionless.system.trusted


def test_a_name_with_brackets_is_that_file(here: Path) -> None:
    Path("ข้อมูล [2567].csv").write_text(GOOD, "utf-8")
    done = saphan("ข้อมูล [2567].csv", "--schema", "schema.json", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout_bytes)["tasks"][0]["stats"]["rows"] == 2


# ---------------------------------------------------------------- several files


def together(files: Sequence[str]) -> str:
    reports = [frictionless.Resource(file, schema="schema.json").validate() for file in files]
    return timeless(frictionless.Report.from_validation_reports(time=0, reports=reports).to_descriptor())


def test_several_files_are_joined_as_frictionless_joins_in_the_order_given(here: Path) -> None:
    files = ["bad.csv", "missing.csv", "good.csv"]
    done = saphan(*files, "--schema", "schema.json", "--json")
    assert ours(done) == together(files)
    assert done.exit_code == 3


def test_large_files_and_resources_are_judged_in_processes_with_the_same_report(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(here / "p")
    runs = (("bad.csv", "good.csv", "--schema", "schema.json", "--json"), ("p", "--lang", "th"))
    alone = [saphan(*words) for words in runs]
    monkeypatch.setattr(parallel, "SIFTED", 20)
    begun = time.monotonic()
    apart = [saphan(*words) for words in runs]
    assert time.monotonic() - begun > 0.5, "no process was begun"
    assert ours(apart[0]) == ours(alone[0])
    assert (apart[1].output, apart[1].exit_code) == (alone[1].output, 1)
    assert not multiprocessing.active_children()


def test_a_file_whose_process_is_killed_is_judged_all_the_same(here: Path) -> None:
    part = parallel.Part(file="bad.csv", number=None, path=Path("bad.csv"))
    with parallel._processes(1) as pool:
        pool.submit(os._exit, 1)
        begun = pool.submit(verdict.verdict, "bad.csv", verdict.Asked(report=True))
        found = parallel._result(begun, part, verdict.Asked(report=True), None)
    assert isinstance(begun.exception(), Exception)
    assert found.exit == 1


# ---------------------------------------------------------------- what cannot be judged


def unreadable() -> list[str]:
    Path("mixed.csv").write_bytes(b"a,b\n" + (b"1," + b"2" * 100 + b"\n") * 2000 + b"1,\xff\xfe\n")
    return ["mixed.csv"]


def binary() -> list[str]:
    Path("binary.csv").write_bytes(bytes(range(256)) * 40)
    return ["binary.csv"]


def empty() -> list[str]:
    Path("empty.csv").write_bytes(b"")
    return ["empty.csv"]


def workbook() -> list[str]:
    Path("book.xlsx").write_bytes(b"no workbook")
    return ["book.xlsx"]


def forbidden() -> list[str]:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    Path("good.csv").chmod(0)
    return ["good.csv"]


CANNOT = [
    (lambda: ["missing.csv"], 3, "missing.csv"),
    (lambda: ["none*.csv"], 3, "none*.csv"),
    (lambda: ["p/datapackage.json"], 3, "datapackage.json"),
    (lambda: ["x" * 300 + ".csv"], 3, "xxx"),
    (unreadable, 3, "encod"),
    (binary, 3, "encod"),
    (workbook, 3, "book.xlsx"),
    (forbidden, 3, "good.csv"),
    (empty, 1, "empty"),
]


@pytest.mark.parametrize(("files", "code", "told"), CANNOT)
def test_a_file_that_cannot_be_read_is_told_and_reported(
    here: Path, files: Callable[[], list[str]], code: int, told: str
) -> None:
    names = files()
    for lang in ("th", "en"):
        done = saphan(*names, "--lang", lang)
        assert done.exit_code == code
        assert told in done.output or lang == "th"
    done = saphan(*names, "--json")
    assert (ours(done), done.exit_code) == (theirs(names[0]) if "*" not in names[0] else ours(done), code)
    assert json.loads(done.stdout_bytes)["valid"] is False


SCHEMAS = [
    ("none.json", None, "file-missing", "none.json"),
    (".", None, "file-unreadable", "."),
    ("s.json", '{"fields": [\n{"name": "a"},\n{"name": ', "json-broken", "line 3"),
    ("s.yaml", "fields:\n  - {name: a\n  - b: [\n", "yaml-broken", "line 2"),
    ("s.json", "[1]", "file-invalid", "s.json"),
    ("s.json", "{}", "file-invalid", "'fields' is a required property"),
    (
        "s.json",
        '{"fields":\n[{"name": "a"},\n{"name": "b", "type": "bogus"}]}',
        "file-invalid",
        "line 3, fields.b",
    ),
    ("s.json", '{"fields": [{"name": "a"},\n"b"]}', "file-invalid", "line 2"),
    ("s.json", '{"fields": [{"name": "a"}],\n"primaryKey": ["b"]}', "file-invalid", "primary key"),
    ("s.json", b"\xff\xfe", "file-not-utf8", "s.json"),
    ("s.json", "[" * 100_000, "json-broken", "s.json"),
]


@pytest.mark.parametrize(("name", "text", "kind", "told"), SCHEMAS)
def test_a_schema_that_cannot_be_used_is_told_with_file_and_line(
    here: Path, name: str, text: str | bytes | None, kind: str, told: str
) -> None:
    if text is not None:
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = saphan("good.csv", "--schema", name, "--json", "--lang", "en")
    error = json.loads(done.stdout_bytes)["error"]
    assert (done.exit_code, error["kind"], error["exit"]) == (2, kind, 2)
    assert told in error["message"]
    assert saphan("good.csv", "--schema", name, "--lang", "th").exit_code == 2


def test_what_a_description_names_itself_is_not_asked_for_beside_it(here: Path) -> None:
    package(here / "p")
    for words in (("p", "--schema", "schema.json"), ("p/datapackage.json", "--encoding", "utf-8")):
        done = saphan(*words, "--json")
        assert (done.exit_code, json.loads(done.stdout_bytes)["error"]["kind"]) == (2, "schema-unused")


@pytest.mark.parametrize(
    "words", [("--delimiter", ";;"), ("--delimiter", '"'), ("--encoding", "klingon"), ("--limit-errors", "-1")]
)
def test_an_option_that_makes_no_sense_is_exit_code_2(here: Path, words: tuple[str, str]) -> None:
    assert saphan("good.csv", *words).exit_code == 2


@pytest.mark.parametrize("least", ["x", "2024-01-01T00:00:00Z"])
def test_where_frictionless_raises_its_words_are_told(here: Path, least: str) -> None:
    kind = "date" if least == "x" else "datetime"
    field = {"name": "a", "type": kind, "constraints": {"minimum": least}}
    Path("s.json").write_text(json.dumps({"fields": [field]}), "utf-8")
    Path("a.csv").write_text("a\n2024-01-01" + "T00:00:00" * (kind == "datetime") + "\n", "utf-8")
    with pytest.raises(TypeError) as raised:
        theirs("a.csv", schema="s.json")
    done = saphan("a.csv", "--schema", "s.json", "--json")
    error = json.loads(done.stdout_bytes)["error"]
    assert (done.exit_code, error["kind"], error["exit"]) == (1, "judge-failed", 1)
    assert error["values"] == {"error": "TypeError", "words": str(raised.value)}
    assert str(raised.value) in error["message"]
    for lang in ("th", "en"):
        done = saphan("good.csv", "a.csv", "--schema", "s.json", "--lang", lang)
        assert done.exit_code == 1
        assert str(raised.value) in done.output


# ---------------------------------------------------------------- for people


@pytest.mark.parametrize(("lang", "words"), [("th", ("แถว 4", "จังหวัด", "ไม่ผ่าน")), ("en", ("row 4", "not valid"))])
def test_people_are_told_row_column_and_what_to_do_but_no_cell(
    here: Path, lang: str, words: tuple[str, ...]
) -> None:
    done = saphan("bad.csv", "--schema", "schema.json", "--lang", lang)
    assert done.exit_code == 1
    assert all(word in done.stdout for word in words)
    assert not any(cell in done.output for cell in ("ลำปาง", "2024-02-30", "สาม", "ช่องที่สี่"))


def test_no_more_is_shown_than_can_be_read(here: Path) -> None:
    names = [f"c{number}" for number in range(40)]
    Path("wide.csv").write_text(",".join(names) + "\n" + ",".join(["x"] * 40) + "\n", "utf-8")
    fields = [{"name": name, "type": "integer"} for name in names]
    Path("wide.json").write_text(json.dumps({"fields": fields}), "utf-8")
    done = saphan("wide.csv", "--schema", "wide.json", "--limit-errors", "30", "--lang", "en")
    assert done.stdout.count("  error ") == MOST
    assert f"and {31 - MOST} more" in done.stdout  # the thirty, and that no more were looked for


def test_quiet_says_nothing_and_still_judges(here: Path) -> None:
    done = saphan("bad.csv", "--schema", "schema.json", "--quiet")
    assert (done.exit_code, done.output) == (1, "")


def test_what_is_no_table_is_said_not_to_be_checked(here: Path) -> None:
    Path("notes.txt").write_text(BAD, "utf-8")
    done = saphan("notes.txt", "--lang", "en")
    assert done.exit_code == 0
    assert "--format csv" in done.stdout


def test_the_way_a_file_was_judged_is_told_in_words() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "pipelines/engine").glob("*.py"))
    slugs = set(re.findall(r'(?:Unproven\(|because = |because or |, None, )"([a-z]+)"', source))
    slugs |= set(re.findall(r'return "([a-z]+)"', source.split("def readable(")[1].split("\ndef ")[0]))
    assert {"small", "format", "encoding", "unsound"} <= slugs
    for slug in slugs:
        assert set(packaged("standards/phrases.yaml").get(f"because-{slug}", {})) == {"th", "en"}, slug


def long(rows: int) -> None:
    """A table long enough to be sifted."""
    text = "".join(f"{number:080},น่าน,2024-01-31\n" for number in range(rows))
    Path("long.csv").write_text("เลขที่,จังหวัด,วันที่\n" + text, "utf-8")


def test_the_way_is_told_beside_the_report(here: Path) -> None:
    long(14_000)
    done = saphan("long.csv", "good.csv", "--schema", "schema.json", "--json", "--lang", "en")
    assert re.search(r"long.csv: \d+ of 14000 rows went through frictionless", done.stderr)
    assert "good.csv: judged by frictionless itself (a small file)" in done.stderr
    assert ours(done) == together(["long.csv", "good.csv"])


def test_a_terminal_shows_how_far_it_is(here: Path) -> None:
    long(30_000)
    ours, theirs = os.openpty()
    words = [sys.executable, "-m", "cli", "validate", str(here / "long.csv"), "--lang", "en"]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert re.search(r"judging \S+ \d+%", shown)
    assert b"\x1b" not in done.stdout


# ---------------------------------------------------------------- the process


def test_a_small_file_loads_nothing_that_frictionless_does_not(here: Path) -> None:
    code = "import sys, cli\nsys.argv[1:] = ['validate', 'bad.csv', '--schema', 'schema.json']\n"
    code += "try: cli.cli(standalone_mode=False)\nfinally: print(' '.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(done.stderr.split())
    assert done.returncode == 1
    assert "frictionless" in loaded
    assert not loaded & {"polars", "pandas", "numpy", "sqlalchemy", "rich", "typer", "pipelines.engine.sift"}


def being_read(path: Path) -> bool:
    """Whether some process has a file open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if link.readlink() == path:
                return True
    return False


@pytest.mark.workers
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are seen in /proc")
@pytest.mark.parametrize("count", [1, 2])
def test_ctrl_c_ends_with_130_and_leaves_nothing(here: Path, count: int) -> None:
    files = [f"{number}.csv.gz" for number in range(count)]
    noise = os.urandom(12_000_000).hex()
    lines = "\n".join(noise[at : at + 30] for at in range(0, len(noise), 30))
    Path(files[0]).write_bytes(gzip.compress(f"a\n{lines}\n".encode(), 1))  # so that frictionless itself reads it
    for file in files[1:]:
        Path(file).hardlink_to(files[0])
    assert Path(files[0]).stat().st_size > parallel.OTHER
    (here / "spare").mkdir()
    words = [sys.executable, "-m", "cli", "validate", *(str(here / file) for file in files), "--json"]
    working = subprocess.Popen(
        words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(here / "spare")},
        start_new_session=True,
    )
    while working.poll() is None and not any(being_read(here / file) for file in files):
        time.sleep(0.05)
    os.killpg(working.pid, signal.SIGINT)
    printed, said = working.communicate(timeout=30)
    assert working.returncode == 130, said
    assert json.loads(printed)["error"]["exit"] == 130
    assert b"Traceback" not in said
    assert not list((here / "spare").iterdir())
    for _ in range(50):
        try:
            os.killpg(working.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a process is left")


@pytest.mark.parametrize("name", ["wording", "phrases", "terms", "mistakes"])
def test_an_entry_read_alone_is_the_one_in_the_whole(name: str) -> None:
    file = f"standards/{name}.yaml"
    whole = packaged(file)
    some = list(whole)[:: max(1, len(whole) // 40)]
    assert {key: packaged_entry(file, key) for key in some} == {key: whole[key] for key in some}
    assert packaged_entry(file, "no-such-key") is None


def test_a_text_has_the_encoding_that_chardet_gives_with_its_language(here: Path) -> None:
    texts = ["", "a,b\n1,2\n", GOOD, "ก\n" * 3000, "ชื่อ,ปี\nน่าน,๒๕๖๗\n", "caf\u00e9;na\u00efve\n" * 9]
    codecs = ["utf-8", "utf-8-sig", "cp874", "utf-16", "latin-1"]
    data = [text.encode(codec, "replace") for text in texts for codec in codecs] + [bytes(range(256)) * 3]
    Path("data.json").write_text(json.dumps([one.hex() for one in data]), "utf-8")
    program = (
        "import json, sys\nfrom pathlib import Path\nimport frictionless\nfrom pipelines import verdict\n"
        "sys.argv[1] == 'prepared' and verdict.prepare()\n"
        "data = map(bytes.fromhex, json.loads(Path('data.json').read_text()))\n"
        "print(json.dumps([frictionless.Detector().detect_encoding(one) for one in data]))"
    )
    told = [
        subprocess.run([sys.executable, "-c", program, how], capture_output=True, text=True, check=True).stdout
        for how in ("plain", "prepared")
    ]
    assert told[0] == told[1]
