"""Answers of people: what is written wrong is told with its line, and no answer outlives what shows it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from audit_ground import Given, package, terms
from click.testing import CliRunner
from harvest_ground import Elsewhere

import cli
from catalog.audit import declared
from catalog.audit.document import evidence
from catalog.audit.entry import Entry
from catalog.audit.run import judged
from catalog.audit.score import score
from catalog.harvest.client import Client
from catalog.store.evidence import Remembered
from metadata.errors import SetupError
from metadata.event import result_of
from metadata.pack import named
from metadata.wording import error, finding

EVIDENCE = "ผลการสำรวจความพึงพอใจ\n".encode()
SHA256 = hashlib.sha256(EVIDENCE).hexdigest()
WHO = "by: ผู้อำนวยการกลุ่มข้อมูล\n  at: 2569-10-15"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A workspace's folder with a file of evidence."""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence/survey.pdf").write_bytes(EVIDENCE)
    return tmp_path


def write(desk: Path, *items: str) -> Path:
    """A `declarations.yaml` of items, each a flow of lines."""
    text = "".join(f"- {item}\n" for item in items)
    (desk / declared.FILE).write_text(text, encoding="utf-8")
    return desk


def answer(rest: str, ask: str = 'pack: mrd5\n  measure: "3.1"') -> str:
    """One item."""
    return f"{ask}\n  {WHO}\n  {rest}"


def mistakes(desk: Path) -> list[dict[str, Any]]:
    """What is wrong in the file."""
    with pytest.raises(SetupError) as raised:
        declared.load(desk)
    assert raised.value.kind == "file-invalid"
    return [dict(one) for one in raised.value.values["mistakes"]]


# ---------------------------------------------------------------- what holds
def test_without_the_file_there_are_no_answers(desk: Path) -> None:
    assert declared.load(desk) == ()
    assert declared.load(write(desk)) == ()


def test_an_answer_with_its_evidence_holds(desk: Path) -> None:
    write(
        desk, answer(f"value: 3\n  dataset: funds\n  file: evidence/survey.pdf\n  sha256: sha256:{SHA256.upper()}")
    )
    assert declared.load(desk) == (
        {
            "pack": "mrd5",
            "measure": "3.1",
            "dataset": "funds",
            "value": 3,
            "by": "ผู้อำนวยการกลุ่มข้อมูล",
            # a day of the Buddhist era is taken for what it is
            "at": "2026-10-15",
            "file": "evidence/survey.pdf",
            "sha256": SHA256,
            "holds": True,
        },
    )
    assert list(declared.findings(declared.load(desk))) == []


def test_an_answer_does_not_outlive_its_evidence(desk: Path) -> None:
    write(desk, answer(f"value: 4\n  file: evidence/survey.pdf\n  sha256: {SHA256}"))
    facts = [{"name": "funds", "open": True}]
    before = score(named("mrd5"), facts, declared.load(desk))
    (desk / "evidence/survey.pdf").write_bytes(EVIDENCE + b"!")
    changed = declared.load(desk)
    assert (changed[0]["holds"], changed[0]["why"]) == (False, "changed")
    after = score(named("mrd5"), facts, changed)
    assert part(before, "3.1") == (1.0, 1.0)
    assert part(after, "3.1") == (0.0, 1.0)
    (desk / "evidence/survey.pdf").unlink()
    gone = declared.load(desk)
    assert (gone[0]["holds"], gone[0]["why"]) == (False, "gone")
    found = [*declared.findings(changed), *declared.findings(gone)]
    assert [(one.rule, one.severity) for one in found] == [
        ("audit-answer-changed", "error"),
        ("audit-answer-gone", "error"),
    ]
    for one in found:
        for language in ("th", "en"):
            words = finding(one, language)
            assert "evidence/survey.pdf" in words["message"] and "…" not in words["message"]


def part(made: dict[str, Any], name: str) -> tuple[float, float]:
    """A measure's Span."""
    found = next(one for one in made["measures"] if one["measure"] == name)
    return found["value"], found["upper"]


def test_an_answer_that_nothing_shows_holds_and_says_so(desk: Path) -> None:
    (one,) = declared.load(write(desk, answer("value: 2")))
    assert (one["holds"], one["why"]) == (True, "unproven")
    (found,) = declared.findings([one])
    assert (found.rule, found.severity) == ("audit-answer-unproven", "note")
    assert "ผู้อำนวยการกลุ่มข้อมูล" in finding(found, "th")["message"]


def test_an_answer_about_a_dataset_that_there_is_not_is_told(desk: Path) -> None:
    answers = declared.load(write(desk, answer("value: 2\n  dataset: funds"), answer("value: 2")))
    assert [one.rule for one in declared.findings(answers)] == ["audit-answer-unproven"] * 2
    assert [one.rule for one in declared.findings(answers, ["funds"])] == ["audit-answer-unproven"] * 2
    found = list(declared.findings(answers, ["other"]))
    assert [one.rule for one in found] == ["audit-answer-dataset", "audit-answer-unproven"]
    assert "funds" in finding(found[0], "th")["message"]


def test_the_newest_answer_counts_and_none_before_its_day(desk: Path) -> None:
    ask = 'pack: mrd5\n  measure: "5.5"'
    old = f"{ask}\n  by: ก\n  at: 2026-01-01\n  value: 1"
    new = f"{ask}\n  by: ข\n  at: '2026-06-01T09:00:00+07:00'\n  value: 4"
    write(desk, new, old)
    assert [one["value"] for one in declared.load(desk)] == [1, 4]
    for day, wanted in ((None, 1.0), (date(2026, 5, 31), 0.25), (date(2026, 6, 1), 1.0)):
        made = score(named("mrd5"), [], declared.load(desk, day))
        assert part(made, "5.5") == (wanted, wanted)
    assert declared.load(desk, date(2025, 12, 31)) == ()


# ---------------------------------------------------------------- addresses
def test_an_address_is_looked_at(desk: Path) -> None:
    urls = ("https://agency.example/structure", "https://agency.example/gone", "https://agency.example/busy")
    items = [answer(f"url: {url}", f"pack: ita\n  measure: O{at}") for at, url in enumerate(urls, 1)]
    answers = declared.load(write(desk, *items))
    assert [(one["value"], one["found"]) for one in answers] == [(True, None)] * 3
    entry = declared.addresses(answers)
    assert isinstance(entry, Entry)
    assert [one["id"] for one in entry.package["resources"]] == list(urls)
    before = score(named("ita-2567"), [], answers)
    assert (before["value"], before["upper"]) == (0, 100)
    found = {
        url: {"ok": ok, "checked_at": "2026-11-22T03:00:00.000Z"}
        for url, ok in zip(urls, (True, False, None), strict=True)
    }
    seen = declared.reached(answers, found)
    after = score(named("ita-2567"), [], seen)
    assert [part(after, f"O{at}") for at in (1, 2, 3, 4)] == [(1, 1), (0, 0), (0, 1), (0, 1)]
    assert after["value"] == pytest.approx(100 / 35)
    (told,) = declared.findings(seen)
    assert (told.rule, told.severity) == ("audit-answer-unreachable", "warning")
    assert seen[0]["seen"]["checked_at"] == "2026-11-22T03:00:00.000Z"


def test_addresses_are_asked_once_and_politely(desk: Path, far: Elsewhere) -> None:
    page = far.file("/structure", b"<!doctype html><title>o</title>", "text/html")
    items = [
        answer(f"url: {url}", f"pack: ita\n  measure: O{at}")
        for at, url in enumerate((page, far.url + "/gone", page), 1)
    ]
    answers = declared.load(write(desk, *items))
    with Client(delay=0, purpose="auditor", allowed=["127.0.0.1", "localhost"]) as client:
        cache = Remembered()
        assert declared.remembered(answers, cache) == answers
        seen = result_of(declared.looked(answers, client, cache, most_age=timedelta(days=7)))
    assert [one["found"] for one in seen] == [True, False, True]
    assert [one["found"] for one in declared.remembered(answers, cache)] == [True, False, True]
    assert seen[0]["seen"]["checked_at"] and len(far.asked) == 2


def test_the_command_looks_at_them_and_tells_what_no_longer_holds(desk: Path, far: Elsewhere) -> None:
    (desk / "workspace.yaml").write_text("agency: {name: agency, title: หน่วยงาน}\n", encoding="utf-8")
    page = far.file("/structure", b"<!doctype html><title>o</title>", "text/html")
    write(
        desk,
        answer(f"url: {page}", "pack: ita\n  measure: O1"),
        answer(f"url: {far.url}/gone", "pack: ita\n  measure: O2"),
        answer(f"value: 500\n  file: evidence/survey.pdf\n  sha256: {'0' * 64}", 'pack: pmqa\n  measure: "7.6"'),
    )
    asked = ["audit", "--target", "desk", "--json", "--workspace", str(desk), "--allow-host", "127.0.0.1"]
    made = CliRunner().invoke(cli.cli, asked)
    told = json.loads(made.stdout)
    assert told["scores"]["ita"]["value"] == pytest.approx(100 / 35)
    assert told["scores"]["pmqa"]["value"] == 0
    assert [one["rule"] for one in told["findings"]] == ["audit-answer-unreachable", "audit-answer-changed"]
    offline = json.loads(CliRunner().invoke(cli.cli, [*asked, "--offline"]).stdout)
    assert (offline["scores"]["ita"]["value"], offline["scores"]["ita"]["upper"]) == (0, 100)


def test_without_addresses_there_is_nothing_to_look_at(desk: Path) -> None:
    answers = declared.load(write(desk, answer("value: 2")))
    assert declared.addresses(answers) is None
    assert declared.reached(answers, {}) == answers
    with Client(purpose="auditor") as client:
        assert result_of(declared.looked(answers, client, Remembered())) == answers


# ---------------------------------------------------------------- evidence
def test_a_fact_that_was_not_checked_is_answered_and_one_that_was_is_not() -> None:
    def says(dataset: str, value: bool, **more: Any) -> dict[str, Any]:
        return {"fact": "registered", "dataset": dataset, "value": value, "by": "ก", "holds": True, **more}

    answers = (
        says("asked", True),
        says("unasked", False, at="2026-01-01"),
        says("unasked", True, at="2026-02-01"),
        says("unasked", False, at="2026-03-01", holds=False, why="changed"),
        says("lapsed", True, holds=False, why="gone"),
    )
    source = Given(
        packages=[package(name) for name in ("asked", "lapsed", "unasked")],
        seen={"asked": {"registered": {"registered": False}}},
    )
    asked = terms(declared=answers)
    made = judged(source, asked, list(source.entries(())))
    assert [one.facts["registered"] for one in made.datasets] == [False, None, True]
    assert [one.facts.get("declared") for one in made.datasets] == [None, None, ["registered"]]
    pack = named("registration")
    registered, ready = pack["measures"]
    # the evidence is the answer that counted, and no other
    assert declared.behind(made, pack, registered) == (answers[2],)
    assert declared.behind(made, pack, ready) == ()
    told = evidence(pack, 0, made, "th")
    assert told["declared"] == [answers[2]]
    assert "declared" not in evidence(pack, 1, made, "th")


def test_what_was_said_of_a_dataset_that_is_not_seen_is_not_told() -> None:
    says = {"pack": "mrd5", "measure": "3.1", "value": 4, "by": "ก", "note": "ลับ"}
    answers = ({**says, "dataset": "hidden"}, {**says, "dataset": "shown"}, says)
    made = judged(
        Given(packages=[]), terms(declared=answers), list(Given(packages=[package("shown")]).entries(()))
    )
    measure = next(one for one in named("mrd5")["measures"] if one["measure"] == "3.1")
    assert declared.behind(made, named("mrd5"), measure) == answers[1:]


def test_the_evidence_of_a_measure_is_what_was_said_of_it() -> None:
    answers = (
        {"pack": "pmqa", "measure": "7.6", "value": 300, "by": "ก"},
        {"pack": "own", "measure": "7.6", "value": 4, "by": "ข"},
    )
    made = judged(Given(packages=[]), terms(declared=answers), [])
    pack = named("pmqa")
    measure = next(one for one in pack["measures"] if one["measure"] == "7.6")
    assert declared.behind(made, pack, measure) == (answers[0],)
    assert made.scores["pmqa"]["value"] == 100


# ---------------------------------------------------------------- what is written wrong
def test_a_hash_that_is_missing_is_told_with_the_line_to_write(desk: Path) -> None:
    write(desk, answer("value: 1\n  file: evidence/survey.pdf"))
    (found,) = mistakes(desk)
    assert found == {"line": 6, "key": "0.file", "mistake": "hash-missing", "sha256": SHA256}
    with pytest.raises(SetupError) as raised:
        declared.load(desk)
    for language in ("th", "en"):
        assert f"sha256: {SHA256}" in error(raised.value, language)["message"]


@pytest.mark.parametrize(
    ("item", "key", "mistake"),
    [
        (answer("value: 1", "pack: mrd6\n  measure: x"), "pack", "choice"),
        (answer("value: 1", "measure: x"), "pack", "missing"),
        (answer("value: 1", 'pack: mrd5\n  measure: "9.9"'), "measure", "choice"),
        # it is derived: nobody is asked
        (answer("value: 1", "pack: metadata14\n  measure: items"), "measure", "choice"),
        (answer("value: 1", "pack: mrd5"), "", "measure-or-fact"),
        (answer("value: 1", 'pack: mrd5\n  measure: "3.1"\n  fact: registered'), "", "measure-or-fact"),
        (answer("value: 1\n  dataset: a-dataset", 'pack: pmqa\n  measure: "7.6"'), "dataset", "agency-answer"),
        (answer("value: 5"), "value", "range-of"),
        (answer("value: -1"), "value", "range-of"),
        (answer("value: .nan"), "value", "range-of"),
        (answer("value: yes indeed"), "value", "number"),
        (answer("value: true"), "value", "number"),
        (answer("note: none"), "value", "missing"),
        (answer("value: true", "fact: registered"), "dataset", "missing"),
        (answer("dataset: funds", "fact: registered"), "value", "missing"),
        (answer("value: 1\n  dataset: funds", "fact: no_such_fact"), "fact", "choice"),
        (answer("value: 1\n  file: ../secret.pdf"), "file", "inside"),
        (answer("value: 1\n  file: /etc/passwd"), "file", "inside"),
        (answer("value: 1\n  file: evidence/none.pdf"), "file", "no-file"),
        (answer(f"value: 1\n  sha256: {SHA256}"), "file", "missing"),
        (answer("value: 1\n  sha256: abc\n  file: evidence/survey.pdf"), "sha256", None),
        (answer("value: 1\n  url: ftp://agency.example/"), "url", "form-url"),
        (answer("value: 1\n  valeu: 1"), "valeu", "near"),
        ('pack: mrd5\n  measure: "3.1"\n  value: 1\n  by: ก\n  at: sometime', "at", "day"),
        ('pack: mrd5\n  measure: "3.1"\n  value: 1\n  at: 2026-01-01', "by", "missing"),
    ],
)
def test_a_mistake_is_told_with_its_place(desk: Path, item: str, key: str, mistake: str | None) -> None:
    write(desk, answer("value: 1"), item)
    (found,) = mistakes(desk)
    assert found["key"] == f"1.{key}".rstrip(".")
    assert found["line"] > 5
    assert mistake is None or found["mistake"] == mistake
    with pytest.raises(SetupError) as raised:
        declared.load(desk)
    for language in ("th", "en"):
        assert error(raised.value, language)["message"]


def test_a_link_does_not_lead_out_of_the_workspace(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.pdf"
    outside.write_bytes(b"secret")
    (desk / "evidence/link.pdf").symlink_to(outside)
    write(desk, answer(f"value: 1\n  file: evidence/link.pdf\n  sha256: {hashlib.sha256(b'secret').hexdigest()}"))
    assert [one["mistake"] for one in mistakes(desk)] == ["inside"]


def test_every_mistake_is_told_at_once(desk: Path) -> None:
    write(
        desk, answer("value: 9"), answer("value: 1\n  file: evidence/survey.pdf"), answer("value: 1", "measure: x")
    )
    assert [one["mistake"] for one in mistakes(desk)] == ["range-of", "hash-missing", "missing"]


def test_an_agencys_own_pack_may_ask_too(desk: Path) -> None:
    (desk / "packs").mkdir()
    pack = """
pack: own
key: own
title: {th: ของหน่วยงาน, en: Our own}
status: unconfirmed
source: คำสั่งที่ 1/2570
of: 100
unit: percent
measures:
  - {measure: trained, declared: true, weight: 100, title: {th: อบรมแล้ว, en: Trained}}
"""
    (desk / "packs/own.yaml").write_text(pack, encoding="utf-8")
    answers = declared.load(write(desk, answer("value: 0.8", "pack: own\n  measure: trained")))
    assert score(named("own", desk), [], answers)["value"] == 80
