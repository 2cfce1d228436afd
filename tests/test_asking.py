"""While a person is asked, others work: nobody waits for her answer, and what changed meanwhile is not done."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner, Result
from leaks_ground import clean, put
from recall_ground import found

import cli
from commands import publishing, recalling
from commands.console import Desk
from metadata.errors import StoreError
from metadata.state import Lock
from metadata.workspace import Workspace

pytestmark = pytest.mark.workers

NAME, OTHER = "funds-desk", "homes-desk"
MARKER = "บ้านลับพิเศษ"
RECALL = ("recall", NAME, "--reason", "พบชื่อบุคคล")
Asking = Callable[[Callable[[], Any]], None]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with a dataset that is published, and built anew with what should not be there."""
    desk = tmp_path_factory.mktemp("asking")
    put(desk / "workspace.yaml", {"agency": {"name": "agency", "title": "หน่วยงาน"}, "approvals": "none"})
    clean(desk, NAME)
    assert saphan(desk, "publish", "--yes").exit_code == 0
    (path,) = (desk / NAME / "source").iterdir()
    path.write_text(path.read_text("utf-8").replace("น่าน", MARKER), "utf-8")
    assert saphan(desk, "build").exit_code == 0
    return desk


@pytest.fixture
def desk(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "desk"))


def saphan(desk: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.cli, [*words, "--workspace", str(desk), "--lang", "th"])


def told(done: Result) -> dict[str, Any]:
    """A command's document."""
    return dict(json.loads(done.stdout_bytes))


def fault(done: Result) -> tuple[int, str]:
    """The exit code, and what kind of error it was."""
    return done.exit_code, told(done)["error"]["kind"]


def served(desk: Path) -> list[str]:
    """Where the catalog holds what should not be there."""
    return found(desk / ".saphan", texts=[MARKER])


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Asking:
    """A terminal, on which something happens before the answer is yes."""
    for module in (publishing, recalling):
        monkeypatch.setattr(module, "asked_for", lambda yes: None)

    def happens(what: Callable[[], Any]) -> None:
        def answer(*_: Any, **__: Any) -> bool:
            monkeypatch.setattr("click.confirm", lambda *_, **__: True)
            what()
            return True

        monkeypatch.setattr("click.confirm", answer)

    return happens


def test_a_recall_that_comes_while_push_asks_wins(desk: Path, asking: Asking) -> None:
    recalls: list[Result] = []
    asking(lambda: recalls.append(saphan(desk, *RECALL, "--yes", "--json")))
    done = saphan(desk, "push", "--json")
    assert recalls[0].exit_code == 0, recalls[0].output
    assert fault(done) == (2, "changed-meanwhile") and told(done)["error"]["values"] == {"names": [NAME]}
    assert not served(desk)
    (refused,) = told(saphan(desk, "push", "--json"))["refused"]
    assert [one["rule"] for one in refused["findings"]] == ["recall-dataset"]


def test_a_scheduled_run_is_not_kept_waiting_and_its_push_is_not_sent_again(desk: Path, asking: Asking) -> None:
    runs: list[Result] = []
    asking(lambda: runs.append(saphan(desk, "publish", "--yes", "--json")))
    done = saphan(desk, "publish", "--json")
    assert runs[0].exit_code == 0 and told(runs[0])["writes"] > 0
    assert fault(done) == (2, "changed-meanwhile")
    again = told(saphan(desk, "publish", "--json"))
    assert (again["writes"], again["refused"]) == (0, [])


def test_what_others_do_elsewhere_does_not_undo_an_answer(desk: Path, asking: Asking) -> None:
    asking(lambda: clean(desk, OTHER))
    done = saphan(desk, "push", NAME, "--json")
    assert done.exit_code == 0 and told(done)["writes"] > 0
    assert served(desk)


def test_a_recall_agreed_to_is_of_the_release_that_was_named(desk: Path, asking: Asking) -> None:
    asking(lambda: saphan(desk, "push", "--yes"))
    assert fault(saphan(desk, *RECALL, "--json")) == (2, "changed-meanwhile")
    assert served(desk)
    assert saphan(desk, *RECALL).exit_code == 0
    assert not served(desk)


@pytest.fixture
def other(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Lock:
    """Somebody else's run, which ends as soon as it is waited for."""
    made = Lock(Workspace.open(desk).state / "lock", "สมชาย")
    waits = Desk.waits

    def finishes(self: Desk, held: StoreError) -> None:
        waits(self, held)
        made.free()

    monkeypatch.setattr(Desk, "waits", finishes)
    return made


def test_a_recall_waits_for_the_run_before_it_and_says_so(desk: Path, other: Lock) -> None:
    other.take()
    assert fault(saphan(desk, "push", "--yes", "--json")) == (5, "locked")
    done = saphan(desk, *RECALL, "--yes")
    assert done.exit_code == 0 and "สมชาย@" in done.stderr and "Ctrl-C" in done.stderr
    assert "สมชาย@" not in saphan(desk, *RECALL, "--yes").stderr


def test_who_said_yes_waits_for_the_run_that_began_meanwhile(desk: Path, other: Lock, asking: Asking) -> None:
    asking(other.take)
    done = saphan(desk, "push", "--json")
    assert done.exit_code == 0 and told(done)["writes"] > 0
    assert "สมชาย@" in done.stderr


def command(desk: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "cli", *words, "--workspace", str(desk), "--lang", "en", "--json"]


def until(stream: IO[bytes], sign: bytes) -> bytes:
    """What is said up to a sign."""
    said = b""
    while sign not in said:
        more = os.read(stream.fileno(), 1 << 12)
        assert more, said
        said += more
    return said


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal is POSIX's")
def test_on_a_terminal_a_recall_is_not_refused_while_push_waits_for_an_answer(desk: Path) -> None:
    import pty

    typing, terminal = pty.openpty()
    with subprocess.Popen(
        command(desk, "push"), stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as asking:
        os.close(terminal)
        assert asking.stderr is not None
        assert b"Publish to local?" in until(asking.stderr, b"[y/N]")
        recalled = subprocess.run(command(desk, *RECALL, "--yes"), capture_output=True, timeout=120)
        assert recalled.returncode == 0, recalled.stderr
        os.write(typing, b"y\n")
        said, _ = asking.communicate(timeout=120)
    os.close(typing)
    assert (asking.returncode, json.loads(said)["error"]["kind"]) == (2, "changed-meanwhile")
    assert not served(desk)


@pytest.mark.skipif(os.name == "nt", reason="the signal is POSIX's")
def test_who_waits_may_stop_and_has_recalled_nothing(desk: Path) -> None:
    with (
        Workspace.open(desk).lock(),
        subprocess.Popen(
            command(desk, *RECALL, "--yes"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as waiting,
    ):
        assert waiting.stderr is not None
        until(waiting.stderr, b"Ctrl-C")
        waiting.send_signal(signal.SIGINT)
        said, _ = waiting.communicate(timeout=120)
    assert waiting.returncode == json.loads(said)["error"]["exit"] == 130
    assert saphan(desk, "push", "--yes").exit_code == 0 and served(desk)
