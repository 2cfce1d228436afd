"""Rules, error kinds and sentences keep step: nothing unsaid, nothing said that nobody raises."""

from __future__ import annotations

import re
import string
from functools import cache
from pathlib import Path

import pytest

import pipelines.govern  # noqa: F401 (registers the rules)
from metadata import wording
from metadata.errors import SaphanError, SetupError
from metadata.finding import Finding, Place
from metadata.rules import REGISTER

ROOT = Path(__file__).parents[1]
SENTENCES = wording.sentences()
RAISED = re.compile(
    r"\b(?:SetupError|SourceError|PortalError|Unreachable|NotAllowed|Refused|NotCkan|StoreError)"
    r"\(\s*\"([a-z0-9-]+)\"|\bFinding\(\s*rule=\"([a-z0-9-]+)\""
)


@cache
def _source() -> str:
    folders = (ROOT / "metadata", ROOT / "pipelines", ROOT / "catalog", ROOT / "commands")
    paths = [*ROOT.glob("*.py"), *(path for folder in folders for path in sorted(folder.rglob("*.py")))]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_a_sentence_stands_in_thai_and_english_with_its_remedy(kind: str) -> None:
    entry = SENTENCES[kind]
    texts = [part.get(language) for part in (entry, entry.get("remedy", {})) for language in ("th", "en")]
    assert all(isinstance(text, str) and text.strip() for text in texts)
    assert re.search("[ก-๙]", texts[0]), "the Thai sentence is not Thai"
    assert re.search("[ก-๙]", texts[2]), "the Thai remedy is not Thai"
    assert set(entry) <= {"th", "en", "remedy", "clause"}


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_a_sentence_can_be_said_without_any_value(kind: str) -> None:
    for language in ("th", "en"):
        message, remedy = wording.say(kind, {}, language)
        assert message and remedy


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_a_sentence_is_said_by_a_rule_or_an_error(kind: str) -> None:
    # a step names the reason of an undecided cell; the engine puts the word before it
    names = {kind, kind.removeprefix("undecided-")}
    said = kind in REGISTER or any(f'"{name}"' in _source() for name in names)
    assert said, "no rule and no error of this kind is in the code"


@pytest.mark.parametrize("rule", sorted(REGISTER))
def test_a_rule_has_its_sentences(rule: str) -> None:
    assert rule in SENTENCES


@pytest.mark.parametrize("rule", sorted(REGISTER))
def test_a_rule_is_documented(rule: str) -> None:
    assert (REGISTER[rule].__doc__ or "").strip()


def test_every_kind_that_is_raised_has_its_sentences() -> None:
    raised = {first or second for first, second in RAISED.findall(_source())}
    assert len(raised) > 20
    assert raised - set(SENTENCES) == set()


def test_english_sentences_hold_no_thai_but_values() -> None:
    thai = {
        kind
        for kind, entry in SENTENCES.items()
        if any(re.search("[ก-๙]", text) for text in (entry["en"], entry["remedy"]["en"]))
    }
    assert thai == set()


def test_a_value_in_both_languages_is_said_in_the_reader_s() -> None:
    found = Finding(
        rule="term-required",
        at=Place(dataset="funds"),
        values={"label": {"th": "แหล่งที่มา", "en": "Data Source"}, "key": "about.data_source", "allowed": []},
    )
    assert "แหล่งที่มา" in wording.finding(found, "th")["message"]
    assert "Data Source" in wording.finding(found, "en")["message"]


def test_an_error_is_worded_like_a_finding() -> None:
    raised: SaphanError = SetupError("standard-unknown", standard="gdc-9", known=["gdc-2.1.0"])
    said = wording.error(raised, "en")
    assert "gdc-9" in said["message"] and "gdc-2.1.0" in said["remedy"] and said["exit"] == 2


def test_braces_name_values_and_nothing_else() -> None:
    for kind, entry in SENTENCES.items():
        for text in (entry["th"], entry["en"], entry["remedy"]["th"], entry["remedy"]["en"]):
            names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
            assert all(re.fullmatch(r"[a-z_]+", name) for name in names), (kind, names)


def test_a_phrase_is_nothing_but_thai_and_english() -> None:
    # `{th: …, en: one, two}` is a phrase that ends at the comma
    from metadata.document import packaged

    assert {name for name, entry in packaged(wording.PHRASES).items() if set(entry) != {"th", "en"}} == set()
