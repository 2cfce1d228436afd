"""The clock: stored in UTC, decided in Thailand."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from metadata import clock

THAI_NIGHT = [("2026-09-30T16:59:00+00:00", 2569), ("2026-09-30T17:01:00+00:00", 2570)]
"""30 September 23:59 and 1 October 00:01 in Thailand."""


@pytest.mark.parametrize(("moment", "year"), THAI_NIGHT)
def test_the_fiscal_year_turns_at_midnight_in_thailand(moment: str, year: int) -> None:
    with clock.frozen(datetime.fromisoformat(moment)):
        assert clock.fiscal_year() == year


@pytest.mark.parametrize(("moment", "year"), THAI_NIGHT)
def test_the_machines_zone_does_not_move_it(moment: str, year: int) -> None:
    code = (
        "from datetime import datetime\nfrom metadata import clock\n"
        f"with clock.frozen(datetime.fromisoformat({moment!r})):\n    print(clock.fiscal_year(), clock.today())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == [str(year), "2026-09-30" if year == 2569 else "2026-10-01"]


def test_a_day_has_its_fiscal_year() -> None:
    assert clock.fiscal_year(date(2025, 9, 30)) == 2568
    assert clock.fiscal_year(date(2025, 10, 1)) == 2569


def test_stored_times_are_utc_with_milliseconds() -> None:
    assert clock.stamp(datetime(2026, 11, 21, 20, 19, 45, 123456, UTC)) == "2026-11-21T20:19:45.123+00:00"


def test_a_moment_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"), clock.frozen(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass
