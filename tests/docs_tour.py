"""The tour of the README, played: its files written, its commands run, its outputs as they are.

Blocks of the tour: ```` ```yaml PATH ```` (or csv) is a file, ```` ```diff PATH ```` changes lines of one,
```` ```console ```` holds commands after `$` and, below each, what it prints.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from click.testing import CliRunner

import cli

README = Path(__file__).parents[1] / "README.md"
TITLES = {"en": "A five-minute tour", "th": "ลองทำในห้านาที"}
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PORT = "8000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: its kind, the file it is about, its text, and where it stands in the README."""

    kind: str
    path: str
    text: str
    span: tuple[int, int]

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Each command of a console block, and what it is said to print."""
        parts = re.split(r"^\$ (.+)\n", self.text, flags=re.MULTILINE)
        return list(zip(parts[1::2], parts[2::2], strict=True))


def tour(text: str, language: str) -> Iterator[Block]:
    """The blocks of one half's tour, in order."""
    start = text.index(f"## {TITLES[language]}\n")
    end = text.index("\n## ", start + 3)
    for found in BLOCK.finditer(text, start, end):
        yield Block(kind=found[1], path=found[2] or "", text=found[3], span=found.span(3))


@dataclass(slots=True, kw_only=True)
class Player:
    """Plays blocks in a folder. `inside`: saphan runs within this process, which is faster than its own."""

    folder: Path
    inside: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    code: int = 0
    port: int = 0
    server: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SAPHAN_", "CKAN_", "LC_"))}
        bin_ = str(Path(sys.executable).parent)
        self.environment = {**kept, "LANG": "C.UTF-8", "PATH": bin_ + os.pathsep + kept.get("PATH", "")}

    def play(self, block: Block) -> Block:
        """Carries out a block; gives it with what its commands print."""
        if block.kind == "console":
            printed = [f"$ {command}\n{self.run(command)}" for command, _ in block.commands]
            return replace(block, text="".join(printed))
        path = self.folder / block.path
        if block.kind == "diff":
            content = path.read_text(encoding="utf-8")
            old, new = (
                "\n".join(line[1:] for line in block.text.splitlines() if line.startswith(sign)) for sign in "-+"
            )
            assert content.count(old) == 1, f"{block.path}: {old!r} stands there {content.count(old)} times"
            path.write_text(content.replace(old, new), encoding="utf-8")
        elif block.path:
            path.write_text(block.text, encoding="utf-8")
        return block

    def run(self, command: str) -> str:
        """Runs one command; gives what it prints, both streams together."""
        words = shlex.split(command)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environment[name] = value
            return ""
        if words[0] == "echo":
            return f"{self.code}\n"
        if words[0] == "curl":
            with urllib.request.urlopen(words[-1].replace(PORT, str(self.port)), timeout=30) as answer:  # noqa: S310 - loopback
                return str(answer.read().decode()).replace(str(self.port), PORT).rstrip() + "\n"
        if words[:2] == ["saphan", "serve"]:
            return self.serve(words)
        if words[0] == "saphan" and self.inside:
            env: dict[str, str | None] = {**dict.fromkeys(os.environ), **self.environment}
            here = Path.cwd()
            os.chdir(self.folder)
            try:
                done = CliRunner().invoke(cli.cli, words[1:], env=env, catch_exceptions=False)
            finally:
                os.chdir(here)
            self.code = done.exit_code
            return tidy(done.output)
        both = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.code = both.returncode
        return tidy(both.stdout)

    def serve(self, words: list[str]) -> str:
        """Starts the catalog on a port of its own; gives its first line, as if on the usual port."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.server = subprocess.Popen(
            [*words, "--port", str(self.port)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self.server.stdout is not None
        said = self.server.stdout.readline()
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                break
            time.sleep(0.05)
        return said.replace(str(self.port), PORT)

    def close(self) -> None:
        """Stops the catalog, if it was started."""
        if self.server is not None:
            self.server.terminate()
            self.server.communicate(timeout=30)


def tidy(text: str) -> str:
    """Without white space at the ends of lines and blank lines at the end."""
    lines = [line.rstrip() for line in text.rstrip().splitlines()]
    return "\n".join(lines) + "\n" if lines else ""


def played(text: str, language: str, folder: Path, inside: bool = False) -> list[tuple[Block, Block]]:
    """Each block of a half's tour as written, and as it came out."""
    player = Player(folder=folder, inside=inside)
    try:
        return [(block, player.play(block)) for block in tour(text, language)]
    finally:
        player.close()


def filled(text: str) -> str:
    """The README with the outputs of its tours as they are now."""
    from tempfile import TemporaryDirectory

    for language in TITLES:
        with TemporaryDirectory() as folder:
            for block, now in reversed(played(text, language, Path(folder))):
                text = text[: block.span[0]] + now.text + text[block.span[1] :]
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
