"""Desk edits, other people's edits and failures in random order; then a quiet push, and what must hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from publishing_storm import local_storm


@pytest.mark.parametrize("seed", [1, 3, 24, 30])
def test_after_any_storm_a_quiet_push_shows_the_release_and_the_next_sends_nothing(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.push.PAUSE", 0)
    storm = local_storm(tmp_path, seed, 6)
    assert any(line.startswith("push: ") for line in storm.story), "no failure in this storm: take another seed"
