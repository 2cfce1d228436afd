"""Builds on Dask: worker processes make the bytes that this process makes, one of them killed half-way or not.

They take half a minute to start and end: `make test-workers`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import slicing
from click.testing import CliRunner

import cli
from metadata.errors import SetupError
from metadata.workspace import Workspace
from pipelines import cluster

pytestmark = pytest.mark.workers
ROOT = Path(__file__).parent.parent
FATAL = '''
"""A step that ends the worker that runs it, once."""
import os, signal
from pathlib import Path
from pipelines.steps import table_step
import pandas

@table_step
def fatal(table: pandas.DataFrame) -> pandas.DataFrame:
    """Ends its worker where the marked row is, unless it did so before."""
    once = Path({once!r})
    if (table["หมายเหตุ"] == "จบ").any() and not once.exists():
        once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return table
'''


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    """Two worker processes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "sched_getaffinity", lambda pid: {0, 1}, raising=False)
        with cluster.opened("dask") as bench:
            assert isinstance(bench, cluster.Cluster)
            assert bench.workers == 2
            yield bench


@pytest.fixture
def bench(workers: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The workers, who cut tables small."""
    monkeypatch.setattr(workers, "block", 1500)
    monkeypatch.setattr(workers, "rows", 20)
    return workers


def test_two_workers_make_the_same_bytes_as_none(bench: Any, tmp_path: Path) -> None:
    workspace = slicing.desk(tmp_path, slicing.text(slicing.rows(90), "\r\n").encode())
    whole, _ = slicing.build(workspace)
    spread, told = slicing.build(workspace, bench)
    assert spread == whole
    assert slicing.sliced(told)[0] > 3
    gathered = [event.body["gathered"] for event in told if event.kind == "cleaned"]
    assert gathered == [["1 fill-down", "9 dedupe", "11 unpivot"]]


def test_a_worker_killed_half_way_changes_no_byte(bench: Any, tmp_path: Path) -> None:
    records = slicing.rows(120)
    records[70][-1] = "จบ"
    once = tmp_path / "killed"
    once.touch()
    steps = slicing.STEPS.replace("      - number:", "      - fatal: {}\n      - number:")
    workspace = slicing.desk(tmp_path / "desk", slicing.text(records).encode(), steps=steps)
    (workspace.folder / "steps.py").write_text(FATAL.format(once=str(once)), encoding="utf-8")
    whole, _ = slicing.build(workspace)
    once.unlink()
    before = set(bench.client.run(os.getpid).values())
    spread, told = slicing.build(workspace, bench)
    assert once.exists()  # it did happen
    assert slicing.sliced(told)[0] > 4
    assert spread == whole
    bench.client.wait_for_workers(2, timeout=60)
    assert set(bench.client.run(os.getpid).values()) != before


def test_work_that_ends_every_worker_is_told(bench: Any, tmp_path: Path) -> None:
    from metadata.event import result_of
    from pipelines import run

    workspace = slicing.desk(tmp_path, slicing.text(slicing.rows(60)).encode(), steps="      - ends: {}\n")
    own = "import os, signal\nfrom pipelines.steps import value_step\n@value_step\ndef ends(text: str) -> str:\n"
    own += '    """Ends its worker."""\n    os.kill(os.getpid(), signal.SIGKILL)\n    return text\n'
    (workspace.folder / "steps.py").write_text(own, encoding="utf-8")

    def patience(failures: int, dask_scheduler: Any = None) -> int:
        before, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, failures
        return int(before)

    before = bench.client.run_on_scheduler(patience, 0)
    try:
        (failure,) = result_of(run.build(workspace, (), bench))
    finally:
        bench.client.run_on_scheduler(patience, before)
    assert isinstance(failure, run.Failure)
    assert (failure.error.kind, failure.error.exit) == ("engine-crashed", 2)
    bench.client.wait_for_workers(2, timeout=60)


def test_a_sample_dataset_is_the_same_on_dask(bench: Any, tmp_path: Path) -> None:
    folder = tmp_path / "datasets"
    bench.block = 12_000
    name = "community-welfare-funds"
    shutil.copytree(
        ROOT / "datasets" / name, folder / name, ignore=shutil.ignore_patterns("release", ".release-*")
    )
    shutil.copy(ROOT / "datasets/workspace.yaml", folder)
    workspace = Workspace.open(folder)
    whole, _ = slicing.build(workspace)
    assert slicing.build(workspace, bench)[0] == whole


def test_what_a_step_raises_on_a_worker_is_what_it_raises_here(bench: Any, tmp_path: Path) -> None:
    from metadata.event import result_of
    from pipelines import run

    workspace = slicing.desk(tmp_path, slicing.text(slicing.rows(90)).encode(), steps="      - stumbles: {}\n")
    own = "from pipelines.steps import value_step\n@value_step\ndef stumbles(text: str) -> str:\n"
    own += '    """Raises."""\n    return {}[text]\n'
    (workspace.folder / "steps.py").write_text(own, encoding="utf-8")
    failures = [result_of(run.build(workspace, (), one))[0] for one in (None, bench)]
    here, there = (one.error for one in failures if isinstance(one, run.Failure))
    assert (here.kind, here.at, here.values) == (there.kind, there.at, there.values)
    assert here.values["error"] == "KeyError"


def test_results_come_in_order_and_an_error_where_its_result_would_stand(bench: Any) -> None:
    assert list(bench.map(str, range(20))) == [str(number) for number in range(20)]
    results = bench.map(int, ["1", "2", "x", "4"])
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ValueError, match="invalid literal"):
        next(results)


def test_nothing_listens_to_other_machines(workers: Any) -> None:
    from distributed.comm.addressing import parse_host_port

    workers.client.wait_for_workers(2, timeout=60)  # one may have been ended by the tests before
    told = workers.client.scheduler_info(n_workers=-1)
    addresses = [told["address"], *told["workers"], *(one["nanny"] for one in told["workers"].values())]
    assert len(addresses) >= 5
    assert {address.partition("://")[0] for address in addresses} == {"tls"}
    assert {parse_host_port(address.partition("://")[2])[0] for address in addresses} == {"127.0.0.1"}


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize("engine", ["spark", "dask=", "dask=host:8786", "DASK", "dask:tcp://x:1"])
def test_an_engine_that_is_none_is_told(engine: str) -> None:
    with pytest.raises(SetupError) as refused, cluster.opened(engine):
        pass
    assert refused.value.kind == "engine-unknown"


def test_without_dask_its_installation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SetupError) as refused, cluster.opened("dask"):
        pass
    assert refused.value.kind == "engine-missing"


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with pytest.raises(SetupError) as refused, cluster.opened("dask=tcp://127.0.0.1:9"):
        pass
    assert refused.value.kind == "engine-unreachable"
    assert refused.value.values["url"] == "tcp://127.0.0.1:9"


@pytest.fixture
def scheduler() -> Iterator[Any]:
    """Starts a scheduler, and workers of it, as an administrator does."""
    started: list[subprocess.Popen[bytes]] = []
    with __import__("socket").socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def start(*words: str) -> str:
        command = [sys.executable, "-m", "dask", *words]
        started.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **quiet))  # type: ignore[call-overload]
        return url

    start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    yield lambda: start("worker", url, "--nworkers", "1", "--nthreads", "1", "--no-dashboard")
    for process in reversed(started):
        process.send_signal(signal.SIGINT)
    for process in started:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_scheduler_that_is_there_builds_the_same_bytes(
    scheduler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = slicing.desk(tmp_path, slicing.text(slicing.rows(40)).encode())
    whole, _ = slicing.build(workspace)
    url = scheduler()
    told = CliRunner().invoke(
        cli.cli, ["build", "--quiet", "--engine", f"dask={url}", "--workspace", str(workspace.folder)]
    )
    assert told.exit_code in (0, 1), told.output
    assert slicing.release(workspace.folder / slicing.NAME) == whole
    monkeypatch.setattr(cluster, "_code", lambda: "other")
    with pytest.raises(SetupError) as refused, cluster.opened(f"dask={url}"):
        pass
    assert refused.value.kind == "engine-versions"
    assert any(text.startswith("saphan ") for text in refused.value.values["differing"])


@pytest.mark.parametrize("given", ["flag", "environment", "workspace"])
def test_the_flag_comes_before_the_environment_and_the_environment_before_the_workspace(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = slicing.desk(tmp_path, slicing.text(slicing.rows(5)).encode())
    path = workspace.folder / "workspace.yaml"
    words = ["build", "--workspace", str(workspace.folder)]
    path.write_text(path.read_text("utf-8") + "engine: from-workspace\n", encoding="utf-8")
    if given != "workspace":
        monkeypatch.setenv("SAPHAN_ENGINE", "from-environment")
    words += ["--engine", "from-flag"] if given == "flag" else []
    told = CliRunner().invoke(cli.cli, words)
    assert told.exit_code == 2
    assert f"from-{given}" in told.output


def test_ctrl_c_leaves_no_process_and_no_noise(tmp_path: Path) -> None:
    steps = "      - waits: {}\n"
    workspace = slicing.desk(tmp_path / "desk", slicing.text(slicing.rows(5)).encode(), steps=steps)
    begun = tmp_path / "begun"
    own = "import time, os\nfrom pathlib import Path\nfrom pipelines.steps import value_step\n@value_step\n"
    own += 'def waits(text: str) -> str:\n    """Waits."""\n'
    own += f"    Path({str(begun)!r}).write_text(str(os.getpid()))\n"
    own += "    time.sleep(60)\n    return text\n"
    (workspace.folder / "steps.py").write_text(own, encoding="utf-8")
    words = [sys.executable, str(ROOT / "cli.py"), "build", "--engine", "dask", "--lang", "en"]
    words += ["--workspace", str(workspace.folder)]
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + 120
    while not (begun.exists() and begun.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not Path(f"/proc/{begun.read_text()}").exists()
