"""The proof pack: one file that holds an audit, all that it was derived from, and the program that checks it.

`container` keeps its bytes, `proving/verify.py` travels in it, `verified` derives its numbers again.
"""

from __future__ import annotations

import ast
import json
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog import paper
from catalog.audit.audited import Audited
from catalog.audit.document import document
from catalog.audit.proving.container import Writer
from catalog.audit.run import Audit
from metadata import __version__, clock
from metadata.errors import SaphanError, StoreError
from metadata.release import canonical, sha256
from metadata.wording import Language, finding, moment, number, phrase, sentences

if TYPE_CHECKING:
    from catalog.audit.sources import Source
    from catalog.journal import Journal
    from metadata.standard import Standard
    from metadata.workspace import Workspace

PROGRAM, PAGE = "verify.py", "index.html"
PARTS = ("proving/container.py", "score.py", "proving/verify.py")
"""What a pack's program is put together from, in this order."""
LANGUAGE: Language = "th"
"""The language of the report in a pack; its numbers have none."""
SAID = ("bytes", "files", "chain", "scores", "score", "score-range", "holds", "broken")
"""The phrases `verify-…` that a pack's program says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A proof pack that was written: where, its seal, the hash of the program in it, and how much it holds."""

    path: Path
    seal: str
    program: str
    bytes: int
    datasets: int
    private: int

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {**asdict(self), "path": str(self.path)}


def make(
    made: Audit,
    path: Path,
    *,
    source: Source,
    standard: Standard,
    workspace: Workspace | None = None,
    journal: Journal | None = None,
    fixes: Sequence[dict[str, Any]] = (),
) -> Made:
    """Writes the proof pack of an audit beside its place and renames it in.

    `workspace` and `journal`: where the decisions and the chain are; an audit of another's catalogue has neither.
    The journal's rows on other datasets are told by their hashes alone. `fixes` stand in the report.
    Raises StoreError `backup-exists`, `store-unwritable`, `proof-too-large`.
    """
    if path.exists():
        raise StoreError("backup-exists", path=str(path))
    with Writer(
        {"saphan": __version__, "made": made.at, "datasets": [one.name for one in made.datasets]}
    ) as writer:
        told = report(made, fixes)
        _put(writer, made, told, source, standard, workspace, journal)
        seal = _written(writer, path)
    private = sum(bool(one.facts["private"]) for one in made.datasets)
    return Made(
        path=path,
        seal=seal,
        program=sha256(program().encode()),
        bytes=path.stat().st_size,
        datasets=len(made.datasets),
        private=private,
    )


def _written(writer: Writer, path: Path) -> str:
    """Has a pack written, whole or not at all; gives its seal."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with aside.open("xb") as out:
            seal = writer.write(out)
            out.flush()
            os.fsync(out.fileno())
        _placed(aside, path)
    except FileExistsError:
        raise StoreError("backup-exists", path=str(path)) from None
    except OverflowError:
        raise StoreError("proof-too-large", path=str(path)) from None
    except OSError as error:
        raise StoreError("store-unwritable", path=str(path), reason=error.strerror or str(error)) from error
    finally:
        aside.unlink(missing_ok=True)
    return seal


def _placed(aside: Path, path: Path) -> None:
    """Gives a whole file its name. Raises FileExistsError where one came to be in the meantime."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise
    except OSError:  # a memory stick knows no links
        aside.replace(path)


def _put(
    writer: Writer,
    made: Audit,
    told: Mapping[str, Any],
    source: Source,
    standard: Standard,
    workspace: Workspace | None,
    journal: Journal | None,
) -> None:
    """Every member of a pack, in their order."""
    names = [one.name for one in made.datasets]
    writer.put(PROGRAM, [program().encode()])
    for member, value in _documents(made, source, standard):
        writer.put(member, [pretty(value)])
    writer.put("audit.json", [pretty(told)])
    for member, lines in _lines(made):
        writer.put(member, map(_line, lines), of="datasets")
    writer.put("declared.jsonl", map(_line, made.declared))
    writer.put("decisions.jsonl", map(_line, _decisions(names, workspace, journal)))
    writer.put("journal.jsonl", map(_line, _rows(set(names), journal)))
    writer.put(PAGE, [page(made, told["scores"], writer.members).encode()])


def _documents(made: Audit, source: Source, standard: Standard) -> Iterator[tuple[str, Any]]:
    """What stands in a pack as one JSON each: by what was judged."""
    settings: dict[str, Any] = {"saphan": __version__, "made": made.at, "day": made.day.isoformat()}
    settings |= {"year": made.year, "standard": made.standard, "language": LANGUAGE}
    settings |= {"catalog": made.catalog, "kind": made.kind, "site": asdict(source.site)}
    settings["desk"] = sorted({*source.desk} & {one.name for one in made.datasets})
    yield "settings.json", settings
    yield "standard.json", standard.source
    for at, pack in enumerate(made.packs, 1):
        slug = re.sub(r"[^a-z0-9]+", "-", str(pack["pack"]).lower()).strip("-")
        yield f"packs/{at:02d}-{slug}.json", pack


def report(made: Audit, fixes: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The audit's document without its datasets, which have members of their own."""
    told = document(replace(made, datasets=()), LANGUAGE, list(fixes))
    return {key: value for key, value in told.items() if key != "datasets"}


def _lines(made: Audit) -> Iterator[tuple[str, Iterable[Any]]]:
    """What has a line for each dataset."""
    yield "results.jsonl", ({"name": one.name, "scores": one.scores} for one in made.datasets)
    yield "findings.jsonl", map(findings, made.datasets)
    yield "facts.jsonl", (one.facts for one in made.datasets)
    yield "packages.jsonl", (one.entry.package for one in made.datasets)
    yield "tables.jsonl", (one.entry.tables for one in made.datasets)
    yield "seen.jsonl", (one.entry.seen for one in made.datasets)


def findings(one: Audited) -> list[dict[str, Any]]:
    """What is wrong with a dataset, in words."""
    return [finding(found, LANGUAGE) for found in one.findings]


def _decisions(names: Iterable[str], workspace: Workspace | None, journal: Journal | None) -> Iterator[Any]:
    """Each decision on an audited dataset of the desk, and whether the journal has it, too."""
    from catalog.decisions.case import recorded

    if workspace is None:
        return
    for name in sorted({*names} & {*workspace.names()}):
        try:
            lines = workspace.dataset(name).decisions
        except SaphanError:  # the desk's dataset cannot be opened: the audit was of a portal that shows it
            continue
        known = recorded(lines, journal.entries(dataset=name, kind="decision")) if journal else ()
        for line in lines:
            told = {key: value for key, value in asdict(line).items() if key != "rest" and value is not None}
            yield {"dataset": name, "decision": {**told, **line.rest}, "journalled": line in known}


def _rows(names: set[str], journal: Journal | None) -> Iterator[Any]:
    """The journal's chain from its first row: whole where a row is about an audited dataset."""
    for entry in journal.entries() if journal else ():
        row = asdict(entry)
        yield row if entry.dataset in names else {key: row[key] for key in ("seq", "prev", "hash")}


def _line(value: Any) -> bytes:
    return canonical(plain(value)) + b"\n"


def plain(value: Any) -> Any:
    """A value as JSON gives it back: a date that YAML read is its text."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=_text))


def _text(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def pretty(value: Any) -> bytes:
    """JSON that people can read, the same for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1, default=_text) + "\n").encode()


@cache
def program() -> str:
    """The text of a pack's `verify.py`: our own parts, of the standard library alone, one after the other."""
    folder = files("catalog.audit")
    told = [kind for kind in sentences() if kind.startswith("proof-")] + ["file-unreadable"]
    words = {kind: {language: sentences()[kind][language] for language in ("th", "en")} for kind in told}
    names = [f"verify-{name}" for name in SAID]
    words |= {name: {language: _template(name, language) for language in ("th", "en")} for name in names}
    text = json.dumps(words, ensure_ascii=False, indent=1)
    parts = ['"""saphan ' + __version__ + ": proves a proof pack. Python 3.9 or later, nothing else.\n"]
    parts.append('    python verify.py PACK.zip\n"""\n\nfrom __future__ import annotations\n')
    for part in PARTS:
        source = folder.joinpath(part).read_text(encoding="utf-8")
        parts.append(
            f"\n# ---------------------------------------------------------------- {part}\n{_body(source)}"
        )
    parts.append(f"\n# {'-' * 64} words\n")
    parts.append(f'WORDS.update(json.loads(r"""{text}"""))\n\nif __name__ == "__main__":\n')
    parts.append("    raise SystemExit(main(sys.argv[1:]))\n")
    return "".join(parts)


def _template(name: str, language: Any) -> str:
    """A phrase with its braces."""
    from metadata.document import packaged_entry

    return str(packaged_entry("standards/phrases.yaml", name)[language])


def _body(source: str) -> str:
    """A part's text without what stands in for the other parts: imports of ours, and of the future."""
    lines = source.splitlines(keepends=True)
    for node in ast.parse(source).body:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if module == "__future__" or module.startswith("catalog."):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return "".join(lines)


def _about(path: str) -> str:
    """What a member is, in words: by its name, or by its folder's."""
    folder, slash, _ = path.partition("/")
    return phrase(f"member-{folder if slash else path.partition('.')[0]}", LANGUAGE, {})


def page(made: Audit, scores: Mapping[str, Any], members: list[dict[str, Any]]) -> str:
    """The pack's `index.html`, which names each file that was put before it."""
    return paper.rendered(
        "audit/proving/index.html",
        audit=made,
        scores=scores,
        members=members,
        private=sum(bool(one.facts["private"]) for one in made.datasets),
        version=__version__,
        day=clock.day(made.day.isoformat(), LANGUAGE),
        made=moment(made.at, LANGUAGE),
        number=number,
        say=_about,
    )
