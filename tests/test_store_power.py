"""Power cuts: three on each database by default, twenty by `make test-workers`, 200 by `make test-power`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from power_cuts import cut

TIMES = int(os.environ.get("SAPHAN_POWER_CUTS", "20"))


def test_a_server_that_is_killed_loses_nothing_it_said_was_done(tmp_path: Path, both: str) -> None:
    assert cut(tmp_path, 3, seed=2569) >= 3


@pytest.mark.workers
def test_many_power_cuts(tmp_path: Path, both: str) -> None:
    assert cut(tmp_path, TIMES, seed=int.from_bytes(os.urandom(4), "big")) >= TIMES
