"""The parts of the documentation that are made, not written: `docs/rules.md`, `docs/indicators.md` and the help in
`docs/commands.md`.

`python tests/docs_pages.py` writes them; tests keep them so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from click.testing import CliRunner

import cli
from catalog.audit.score import reads
from metadata.pack import Pack, packaged
from metadata.wording import sentences, spoken

ROOT = Path(__file__).parents[1]
RULES = ROOT / "docs/rules.md"
COMMANDS = ROOT / "docs/commands.md"
INDICATORS = ROOT / "docs/indicators.md"
HEAD = """# Rules and messages · กฎและข้อความ

<!-- Made by `python tests/docs_pages.py` from metadata/standards/wording.yaml; a test keeps it so. -->

Every rule a check can find broken, and every error that can stop a command: what it says and what to do next, in
Thai and English, with the clause behind it where a law or a standard asks. A word in {braces} is a fact of the
case; where it is not known, `…` stands for it. `saphan rules` prints the same.

กฎทุกข้อที่การตรวจอาจพบว่าไม่เป็นไปตาม และข้อผิดพลาดทุกอย่างที่ทำให้คำสั่งหยุด พร้อมสิ่งที่ต้องทำต่อ
ทั้งภาษาไทยและภาษาอังกฤษ และข้อกฎหมายหรือมาตรฐานที่เกี่ยวข้อง คำใน {วงเล็บปีกกา} คือข้อเท็จจริงของแต่ละกรณี
คำสั่ง `saphan rules` แสดงรายการเดียวกัน
"""
PACKS = "<!-- packs: made by `python tests/docs_pages.py` from metadata/standards/packs; a test keeps it so. -->\n"
HELP = re.compile(r"(<!-- help: ([a-z ]*?) ?-->\n)```text\n.*?```\n", re.DOTALL)
"""A block of help in commands.md: the mark before it names the command (none: saphan itself)."""


def rules_page() -> str:
    """`docs/rules.md`."""
    parts = [HEAD]
    for title, kinds in sections():
        parts.append(f"\n## {title[0].upper()}{title[1:]}\n")
        parts += [entry(kind) for kind in kinds]
    return "".join(parts)


def sections() -> Iterator[tuple[str, list[str]]]:
    """The sections of wording.yaml, in its order, with the rules and error kinds that stand in each."""
    text = files("metadata").joinpath("standards/wording.yaml").read_text(encoding="utf-8")
    _, *parts = re.split(r"^# -{20,} (.+)\n", text, flags=re.MULTILINE)
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        keys = re.findall(r"^([a-z][a-z0-9-]*):", body, flags=re.MULTILINE)
        yield title, [kind for key in keys for kind in spoken(key)]


def entry(kind: str) -> str:
    """What is said of one rule or error kind."""
    told = sentences()[kind]
    lines = [f"\n### {kind}\n"]
    for language in ("th", "en"):
        lines.append(f"- {language}: {line(told[language])}")
        lines.append(f"  - → {line(told['remedy'][language])}")
    if "clause" in told:
        lines.append(f"- § {line(told['clause'])}")
    return "\n".join(lines) + "\n"


def line(text: str) -> str:
    """A sentence as one line of Markdown."""
    return " ".join(text.split()).replace("<", "&lt;")


def command_help(words: str) -> str:
    """What `saphan <words> --help` prints on a terminal of 80 columns."""
    done = CliRunner().invoke(cli.cli, [*words.split(), "--help"], prog_name="saphan", terminal_width=80)
    assert done.exit_code == 0
    return done.output


def commands_page(text: str) -> str:
    """`docs/commands.md` with its blocks of help as they are now."""
    return HELP.sub(lambda found: f"{found[1]}```text\n{command_help(found[2])}```\n", text)


def indicators_page() -> str:
    """`docs/indicators.md`: its written head, and every pack with its measures."""
    text = INDICATORS.read_text(encoding="utf-8")
    found = sorted(packaged().values(), key=lambda pack: (pack.get("order", 100), pack["pack"]))
    return text.partition(PACKS)[0] + PACKS + "".join(map(indicator, found))


def indicator(pack: Pack) -> str:
    """What is said of one pack."""
    unit = "number of datasets" if pack["unit"] == "datasets" else f"{pack['unit']}, at most {pack['of']:g}"
    lines = [f"\n## {pack['pack']}\n", f"{pack['title']['th']} · {pack['title']['en']}\n"]
    lines.append(f"- key `{pack['key']}`, **{pack['status']}**, {unit} ({pack.get('combine', 'sum')})")
    for name in ("years", "agencies"):
        if name in pack:
            lines.append(f"- {name}: {', '.join(map(str, pack[name]))}")
    lines.append(f"- source: {line(pack['source'])}")
    for language, method in pack.get("method", {}).items():
        lines.append(f"- {language}: {line(method)}")
    for step in pack.get("ladder", ()):
        needs = ", ".join(f"`{name}` {least:.0%}" for name, least in step["needs"].items())
        lines.append(f"- level {step['level']:g} {step['title']['th']} · {step['title']['en']}: {needs}")
    lines += ["", "| measure | asks | weight | answered by | status |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {' | '.join(cell.replace('|', '/') for cell in measured(one, pack['status']))} |"
        for one in pack["measures"]
    ]
    return "\n".join(lines) + "\n"


def measured(measure: Mapping[str, Any], status: str) -> list[str]:
    """The cells of one measure."""
    facts = ", ".join(f"`{name}`" for name in reads(measure))
    whom = "people, for the agency" if not facts else "people, of each dataset"
    people = whom if measure.get("declared") else ""
    asked = [f"{measure['title']['th']} · {measure['title']['en']}"]
    asked += [f"({line(measure[name])})" for name in ("clause", "source") if name in measure]
    return [
        f"`{measure['measure']}`",
        " ".join(asked),
        f"{measure.get('weight', 1):g}",
        "; ".join(filter(None, [facts, people])),
        measure.get("status", status),
    ]


if __name__ == "__main__":
    INDICATORS.write_text(indicators_page(), encoding="utf-8")
    RULES.write_text(rules_page(), encoding="utf-8")
    COMMANDS.write_text(commands_page(COMMANDS.read_text(encoding="utf-8")), encoding="utf-8")
