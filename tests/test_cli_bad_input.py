"""Bad input gives one clear message, the right exit code, no traceback, and changes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fault_server import Answer, FaultServer, page, refusal, result, serving
from publishing import FUNDS, small_desk

import cli

NAME = "funds-desk"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path / "desk", NAME, settings="approvals: none\n")


def saphan(desk: Path, *words: str, lang: str = "th", **environment: str) -> Result:
    done = CliRunner().invoke(
        cli.cli, [*words, "--workspace", str(desk), "--lang", lang], env=environment, catch_exceptions=False
    )
    assert "Traceback" not in done.output
    return done


def told(done: Result) -> dict[str, Any]:
    """The one JSON document on standard output."""
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def snapshot(folder: Path) -> dict[str, str]:
    """Every file of the desk but the lock, by content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".saphan" not in path.parts
    }


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def empty_file(desk: Path) -> None:
    (desk / NAME / "source/funds.csv").write_bytes(b"")


def missing_file(desk: Path) -> None:
    (desk / NAME / "source/funds.csv").unlink()


def no_encoding(desk: Path) -> None:
    (desk / NAME / "source/funds.csv").write_bytes(
        b"a,b\n\xe0\xb8\x81,\xff\xfe\x81\x99\xdb\n" + bytes(range(128, 160))
    )


def workbook_with_password(desk: Path) -> None:
    import io

    import msoffcrypto.format.ooxml
    import openpyxl

    plain = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["กองทุน", "สมาชิก"])
    book.save(plain)
    with (desk / NAME / "source/funds.xlsx").open("wb") as out:
        msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt("ความลับ", out)
    edit(desk / NAME / "recipe.yaml", "source/funds.csv", "source/funds.xlsx")


def sheet_that_is_not_there(desk: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["กองทุน", "สมาชิก"])
    book.active.append(["บ้านเหนือ", 1])
    book.save(desk / NAME / "source/funds.xlsx")
    edit(desk / NAME / "recipe.yaml", "source/funds.csv", "source/funds.xlsx, sheet: สรุป")


def misspelt_parameter(desk: Path) -> None:
    edit(desk / NAME / "recipe.yaml", "era: buddhist", "ear: buddhist")


def misspelt_step(desk: Path) -> None:
    edit(desk / NAME / "recipe.yaml", "thai-date", "thai-dates")


def broken_yaml(desk: Path) -> None:
    edit(desk / NAME / "datapackage.yaml", "title: กองทุน", "title: [กองทุน")


def unknown_setting(desk: Path) -> None:
    edit(desk / "workspace.yaml", "approvals: none", "approval: none")


CANNOT_BUILD = [
    (empty_file, "read-empty", 3),
    (missing_file, "read-missing", 3),
    (no_encoding, "read-encoding", 3),
    (workbook_with_password, "read-password", 3),
    (sheet_that_is_not_there, "read-sheet-missing", 3),
    (misspelt_parameter, "step-parameter", 2),
    (misspelt_step, "step-unknown", 2),
    (broken_yaml, "yaml-broken", 2),
    (unknown_setting, "file-invalid", 2),
]


@pytest.mark.parametrize(
    ("spoil", "kind", "code"), CANNOT_BUILD, ids=lambda value: getattr(value, "__name__", None)
)
def test_what_cannot_be_built_says_so_and_changes_nothing(
    desk: Path, spoil: Callable[[Path], None], kind: str, code: int
) -> None:
    assert saphan(desk, "build").exit_code == 0
    spoil(desk)
    before = snapshot(desk)
    for lang in ("th", "en"):
        done = saphan(desk, "build", "--json", lang=lang)
        assert done.exit_code == code
        error = told(done)["error"]
        assert (error["kind"], error["exit"]) == (kind, code)
        assert error["message"] not in ("", kind)
        assert error["remedy"]
        assert error["message"] in done.stderr
    assert snapshot(desk) == before


def test_a_dataset_that_cannot_be_built_does_not_stop_the_others(desk: Path) -> None:
    small_desk(desk, "second-desk")
    empty_file(desk)
    done = saphan(desk, "publish", "--yes", "--json")
    document = told(done)
    assert done.exit_code == 3
    assert [(entry["name"], entry["passed"]) for entry in document["datasets"]] == [
        (NAME, False),
        ("second-desk", True),
    ]
    assert [entry["dataset"] for entry in document["refused"]] == [NAME]
    assert {change["dataset"] for change in document["changes"]} == {None, "second-desk"}


def test_a_table_without_rows_may_not_go_out(desk: Path) -> None:
    (desk / NAME / "source/funds.csv").write_text("กองทุน,สมาชิก,เงิน,ตั้ง\n", "utf-8")
    done = saphan(desk, "build", "--json")
    assert done.exit_code == 1
    assert "read-no-rows" in [finding["rule"] for finding in told(done)["datasets"][0]["findings"]]


def test_a_value_outside_the_vocabulary_may_not_go_out(desk: Path) -> None:
    edit(desk / NAME / "datapackage.yaml", "'update_frequency_unit': 'ปี'", "'update_frequency_unit': 'รายปี'")
    done = saphan(desk, "build", "--json")
    assert done.exit_code == 1
    (finding,) = [f for f in told(done)["datasets"][0]["findings"] if f["severity"] == "error"]
    assert finding["rule"] == "term-vocabulary"
    assert "ปี" in finding["remedy"] + finding["message"]


def test_an_unknown_dataset_names_the_ones_there_are(desk: Path) -> None:
    done = saphan(desk, "build", "fund-desk")
    assert done.exit_code == 2
    assert NAME in done.stderr


def test_push_before_build_names_the_build(desk: Path) -> None:
    done = saphan(desk, "push", "--yes")
    assert done.exit_code == 2
    assert f"saphan build {NAME}" in done.stderr


def test_push_after_a_change_of_the_source_names_the_build(desk: Path) -> None:
    saphan(desk, "build")
    edit(desk / NAME / "source/funds.csv", ",20,", ",21,")
    done = saphan(desk, "push", "--yes")
    assert done.exit_code == 2
    assert "source/funds.csv" in done.stderr


def test_without_a_terminal_and_without_yes_nothing_is_changed(desk: Path) -> None:
    saphan(desk, "build")
    before = snapshot(desk)
    for command in ("push", "publish"):
        done = saphan(desk, command)
        assert done.exit_code == 2
        assert "--yes" in done.stderr
    assert snapshot(desk) == before
    assert told(saphan(desk, "plan", "--json"))["unchanged"] == 0


def test_a_saved_plan_is_refused_when_the_portal_has_changed(desk: Path, tmp_path: Path) -> None:
    saphan(desk, "build")
    plan = tmp_path / "แผน.json"
    assert saphan(desk, "plan", "--save", str(plan)).exit_code == 1
    assert saphan(desk, "push", "--yes").exit_code == 0
    done = saphan(desk, "push", "--plan", str(plan), "--yes", "--json")
    assert (done.exit_code, told(done)["error"]["kind"]) == (2, "plan-outdated")


def test_a_saved_plan_is_carried_out_when_nothing_has_changed(desk: Path, tmp_path: Path) -> None:
    saphan(desk, "build")
    plan = tmp_path / "แผน.json"
    saphan(desk, "plan", "--save", str(plan))
    done = saphan(desk, "push", "--plan", str(plan), "--yes", "--json")
    assert (done.exit_code, told(done)["writes"]) == (0, 8)


def test_a_missing_key_names_its_variable(desk: Path) -> None:
    saphan(desk, "build")
    edit(
        desk / "workspace.yaml",
        "approvals",
        "targets: {far: {url: 'https://far.example', key_variable: FAR}}\napprovals",
    )
    done = saphan(desk, "plan", "--target", "far", CKAN_API_TOKEN="", CKAN_API_KEY="", CKAN_KEY="")
    assert done.exit_code == 2
    assert "FAR" in done.stderr


@pytest.fixture
def portal() -> Iterator[FaultServer]:
    """An empty stock CKAN that lets us in, until a test spoils it."""
    with serving() as faults:
        faults.on("status_show", result({"ckan_version": "2.11.0", "extensions": ["datastore"]}))
        faults.on("scheming_dataset_schema_show", Answer(status=400, body="Bad request - Action name not known"))
        faults.on("organization_list_for_user", result([{"name": "agency", "capacity": "admin"}]))
        faults.on("user_show", result({"name": "steward", "sysadmin": False}))
        faults.on("organization_show", result({"name": "agency"}))
        faults.on("package_show", refusal(404, {"__type": "Not Found Error", "message": "Not found"}))
        yield faults


WRITES_FAIL = [
    (refusal(401, {"__type": "Authorization Error", "message": "Access denied"}), "portal-key-refused"),
    (refusal(403, {"__type": "Authorization Error", "message": "Access denied"}), "portal-not-allowed"),
    (refusal(409, {"__type": "Validation Error", "title": ["ซ้ำ"]}), "portal-refused"),
    (page(413), "portal-too-large"),
    (page(301, Location="https://elsewhere.example/"), "portal-redirected"),
]


@pytest.mark.parametrize(("answer", "kind"), WRITES_FAIL, ids=lambda value: getattr(value, "status", None))
def test_a_portal_that_does_not_take_a_write(desk: Path, portal: FaultServer, answer: Answer, kind: str) -> None:
    saphan(desk, "build")
    before = snapshot(desk)
    portal.on("package_create", answer)
    done = saphan(desk, "push", "--target", portal.url, "--yes", "--json", CKAN_API_TOKEN="key")
    document = told(done)
    assert done.exit_code == 4
    found = document["error"]["kind"] if "error" in document else document["refused"][0]["findings"][0]["rule"]
    assert found.startswith(kind)
    assert portal.times("package_create") == 1
    assert portal.times("resource_create") == 0
    assert snapshot(desk) == before


@pytest.mark.parametrize("answer", [page(500), page(200)], ids=lambda answer: answer.status)
def test_a_portal_that_may_have_done_it_is_looked_at_before_it_is_asked_again(
    desk: Path, portal: FaultServer, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr("catalog.push.PAUSE", 0)
    saphan(desk, "build")
    portal.on("package_create", answer)
    done = saphan(desk, "push", "--target", portal.url, "--yes", "--json", CKAN_API_TOKEN="key")
    assert done.exit_code == 4
    asked = [seen.action for seen in portal.seen if seen.action in ("package_create", "package_show")]
    assert "package_show" in asked[asked.index("package_create") + 1 :]
    assert portal.times("package_create") <= 3


READS_FAIL = [
    (page(200), "portal-not-ckan"),
    (page(403), "portal-"),
    (page(302, Location="https://elsewhere.example/login"), "portal-redirected"),
]


@pytest.mark.parametrize(("answer", "kind"), READS_FAIL, ids=lambda value: getattr(value, "status", None))
def test_a_portal_that_is_no_ckan(desk: Path, portal: FaultServer, answer: Answer, kind: str) -> None:
    saphan(desk, "build")
    for action in portal.script:
        portal.on(action, answer)
    done = saphan(desk, "plan", "--target", portal.url, "--json", CKAN_API_TOKEN="key")
    assert done.exit_code == 4
    assert told(done)["error"]["kind"].startswith(kind)


@pytest.mark.workers
def test_a_portal_that_is_down(desk: Path) -> None:
    saphan(desk, "build")
    done = saphan(desk, "plan", "--target", "http://127.0.0.1:9", "--json", CKAN_API_TOKEN="key")
    assert (done.exit_code, told(done)["error"]["kind"]) == (4, "portal-unreachable")
    assert "key" not in done.stderr.split()


def test_a_dataset_of_another_organisation_is_refused(desk: Path, portal: FaultServer) -> None:
    saphan(desk, "build")
    theirs = {"id": "x", "name": NAME, "organization": {"name": "other"}, "resources": [], "state": "active"}
    portal.on("package_show", result(theirs))
    done = saphan(desk, "push", "--target", portal.url, "--yes", "--json", CKAN_API_TOKEN="key")
    assert done.exit_code == 1
    assert told(done)["refused"][0]["findings"][0]["rule"] == "owned-by-other"
    assert told(done)["writes"] == 0


def command(desk: Path, *words: str, code: str = "") -> list[str]:
    arguments = ["saphan", *words, "--workspace", str(desk)]
    start = f"import sys, cli\n{code}\nsys.argv = {arguments!r}\ncli.main()"
    return [sys.executable, "-c", start]


def test_two_runs_at_once_the_second_says_who_is_working(desk: Path) -> None:
    from metadata.workspace import Workspace

    with Workspace.open(desk).lock():
        done = saphan(desk, "build", "--json")
    assert (done.exit_code, told(done)["error"]["kind"]) == (5, "locked")
    assert saphan(desk, "build").exit_code == 0


def test_ctrl_c_ends_with_130_and_a_rerun_goes_on(desk: Path) -> None:
    rows = "".join(f"บ้าน {number},{number},1,๑ ม.ค. ๒๕๖๗\n" for number in range(60_000))
    (desk / NAME / "source/funds.csv").write_text("กองทุน,สมาชิก,เงิน,ตั้ง\n" + rows, "utf-8")
    working = subprocess.Popen(
        command(desk, "publish", "--yes", "--lang", "th", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert working.stderr is not None
    assert working.stderr.readline()  # something has been read
    working.send_signal(signal.SIGINT)
    printed, said = working.communicate(timeout=60)
    assert working.returncode == json.loads(printed)["error"]["exit"] == 130
    assert b"Traceback" not in said
    assert not list((desk / NAME).glob(".release-*"))
    (desk / NAME / "source/funds.csv").write_text(FUNDS, "utf-8")
    assert saphan(desk, "publish", "--yes").exit_code == 0
    assert told(saphan(desk, "publish", "--yes", "--json"))["writes"] == 0


@pytest.mark.skipif(os.name == "nt", reason="the limit on a file's size is POSIX's")
@pytest.mark.parametrize("words", [("build",), ("push", "--yes")], ids=lambda words: words[0])
def test_a_full_disk_is_one_clear_error_and_nothing_half_written(desk: Path, words: tuple[str, ...]) -> None:
    rows = "".join(f"บ้าน {number},{number},1,๑ ม.ค. ๒๕๖๗\n" for number in range(3000))
    (desk / NAME / "source/funds.csv").write_text("กองทุน,สมาชิก,เงิน,ตั้ง\n" + rows, "utf-8")
    if words[0] == "push":
        assert saphan(desk, "build").exit_code == 0
    before = snapshot(desk)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))"
    done = subprocess.run(command(desk, *words, "--json", code=limit), capture_output=True, text=True)
    document = json.loads(done.stdout)
    assert done.returncode == 5, document
    assert document["error"]["kind"].startswith("store-")
    assert "Traceback" not in done.stderr
    assert snapshot(desk) == before
    assert saphan(desk, "publish", "--yes").exit_code == 0
    assert told(saphan(desk, "publish", "--yes", "--json"))["writes"] == 0


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    words = f"{sys.executable} -m cli rules --lang th | head -1"
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_a_source_is_never_changed(desk: Path) -> None:
    before = {name: digest for name, digest in snapshot(desk).items() if "source" in name}
    saphan(desk, "publish", "--yes")
    assert {name: digest for name, digest in snapshot(desk).items() if "source" in name} == before


def test_a_wrong_option_is_exit_code_2_and_still_one_json_document(desk: Path) -> None:
    words = [sys.executable, "-m", "cli", "build", "--jsn", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (2, "usage")


def test_the_clock_of_the_machine_is_no_part_of_a_release(desk: Path) -> None:
    first = told(saphan(desk, "build", "--json"))["datasets"][0]["release"]
    files = {path.name: path.read_bytes() for path in (desk / NAME / "release").iterdir()}
    time.sleep(0.01)
    os.utime(desk / NAME / "source/funds.csv", (1, 1))
    second = told(saphan(desk, "build", "--json"))["datasets"][0]["release"]
    again = {path.name: path.read_bytes() for path in (desk / NAME / "release").iterdir()}
    assert first == second
    assert {name for name in files if files[name] != again[name]} <= {"report.json"}


def test_a_key_the_portal_does_not_know_is_said_before_anything_is_planned(
    desk: Path, portal: FaultServer
) -> None:
    saphan(desk, "build")
    portal.on("user_show", refusal(403, {"__type": "Authorization Error", "message": "Access denied"}))
    portal.on("organization_list_for_user", result([]))
    done = saphan(desk, "push", "--target", portal.url, "--yes", "--json", CKAN_API_TOKEN="expired")
    assert (done.exit_code, told(done)["error"]["kind"]) == (4, "portal-key-refused")
    assert portal.times("package_show") == 0
    assert "expired" not in done.stderr.split()


def test_a_name_taken_by_a_dataset_we_may_not_see_is_refused(desk: Path, portal: FaultServer) -> None:
    saphan(desk, "build")
    portal.on("package_show", refusal(403, {"__type": "Authorization Error", "message": "Access denied"}))
    done = saphan(desk, "push", "--target", portal.url, "--yes", "--json", CKAN_API_TOKEN="key")
    assert (done.exit_code, told(done)["writes"]) == (1, 0)
    assert told(done)["refused"][0]["findings"][0]["rule"] == "hidden-there"


def test_a_resource_whose_creation_timed_out_and_is_not_there_yet_is_not_created_again(
    desk: Path, portal: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.push.PAUSE", 0)
    edit(
        desk / "workspace.yaml", "approvals", f"targets: {{far: {{url: '{portal.url}', timeout: 0.3}}}}\napprovals"
    )
    saphan(desk, "build")
    made = {"id": "x", "name": NAME, "organization": {"name": "agency"}, "resources": [], "state": "active"}
    portal.on("package_show", result(made))
    portal.on("package_patch", result(made))
    portal.on("resource_create", Answer(cut="silence"))
    done = saphan(desk, "push", "--target", "far", "--yes", "--json", CKAN_API_TOKEN="key")
    assert (done.exit_code, told(done)["error"]["kind"]) == (4, "portal-timeout")
    assert portal.times("resource_create") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
@pytest.mark.parametrize("command", ["rules", "validate"])
@pytest.mark.parametrize("form", ["--json", "--lang=en"])
def test_an_output_that_cannot_be_written_is_one_clear_error(desk: Path, command: str, form: str) -> None:
    file = desk / "small.csv"
    file.write_text("a,b\n1,2\n")
    words = [sys.executable, "-m", "cli", command, form, *([str(file)] if command == "validate" else [])]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(cli.__file__).parent)}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, env=environment, text=True)
    assert done.returncode == 5
    assert done.stderr.count("The output cannot be written: No space left on device") == 1
    assert "Traceback" not in done.stderr
