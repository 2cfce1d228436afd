"""The README is true: its tour is played in an empty folder, in both languages, and prints what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs_pages import ROOT
from docs_tour import README, TITLES, Block, played, tour

TEXT = README.read_text(encoding="utf-8")
ENGLISH, THAI = TEXT.split("\n---\n\n")
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")


def settled(text: str) -> str:
    """Without what may differ from one machine or version to the next: hashes, derived ids, today."""
    text = re.sub(r"(sha256:)[0-9a-f]+", r"\1…", text)
    text = re.sub(r"( on |เมื่อ )[0-9/-]+$", r"\1…", text, flags=re.MULTILINE)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", text)


def shared(language: str) -> list[tuple[str, str, str]]:
    """A half's files and commands, without what they print and without the choice of language."""
    found = []
    for block in tour(TEXT, language):
        if block.kind == "console":
            found += [("$", "", command) for command, _ in block.commands if not command.startswith("export ")]
        else:
            found.append((block.kind, block.path, block.text))
    return found


# With the heavier tests the installed command is run, as a reader does; here all stays within this process.
@pytest.mark.parametrize(
    ("language", "inside"), [("en", True), ("th", True), pytest.param("en", False, marks=pytest.mark.workers)]
)
def test_the_tour_prints_what_the_readme_says(tmp_path: Path, language: str, inside: bool) -> None:
    pairs: list[tuple[Block, Block]] = played(TEXT, language, tmp_path, inside)
    assert pairs
    for written, now in pairs:
        assert settled(now.text) == settled(written.text)


def test_the_tour_meets_what_it_promises() -> None:
    printed = "".join(block.text for block in tour(TEXT, "en"))
    for promise in (
        "Nothing to change.",
        "writing requests sent: 0",
        "cannot be published",
        "Serving at",
        '"success":true',
    ):
        assert promise in printed


def test_both_halves_write_the_same_files_and_run_the_same_commands() -> None:
    assert shared("en") == shared("th")


def test_both_halves_have_the_same_sections() -> None:
    english, thai = (re.findall(r"^## .+$", half, flags=re.MULTILINE) for half in (ENGLISH, THAI))
    assert len(english) == len(thai) >= 8
    assert f"## {TITLES['en']}" in english
    assert english.index(f"## {TITLES['en']}") == thai.index(f"## {TITLES['th']}")


def test_both_halves_link_to_the_same_pages() -> None:
    assert set(LINK.findall(ENGLISH)) == set(LINK.findall(THAI))


@pytest.mark.parametrize("page", [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CHANGELOG.md"])
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if not link.startswith(("http://", "https://")):
            assert (page.parent / link).exists(), link


def test_every_make_target_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make ([a-z-]+)", TEXT):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_every_room_named_in_the_changelog_is_there() -> None:
    page = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`(?:metadata|pipelines|catalog)/[^|]+) \|", page, flags=re.MULTILINE)
    assert len(rows) > 10
    for row in rows:
        first, *others = re.findall(r"`([^`…]+)/?…?`", row)
        for room in (ROOT / first, *((ROOT / first).parent / other for other in others)):
            assert room.exists(), room
