"""Runs a command with a real CKAN: the one in CKAN_TEST_URL, else two that the rig starts (stock and Thai).

    python tests/with_rigs.py pytest -m ckan

The rig is looked for in SAPHAN_SHARED, else ../shared, else beside the repository this clone was made from.
Ends with 2 where there is neither a CKAN nor a rig: a suite that needs a CKAN must fail, not skip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def rigs() -> Iterator[Path]:
    """Where a rig could be, best first."""
    if os.environ.get("SAPHAN_SHARED"):
        yield Path(os.environ["SAPHAN_SHARED"])
    yield ROOT.parent / "shared"
    origin = subprocess.run(["git", "config", "remote.origin.url"], cwd=ROOT, capture_output=True, text=True)
    if origin.stdout.strip():
        yield Path(origin.stdout.strip().removeprefix("file://")).parent / "shared"


def main(command: list[str]) -> int:
    """Starts what is needed, runs the command, stops what it started."""
    environment = dict(os.environ)
    if environment.get("CKAN_TEST_URL"):
        return subprocess.run(command, env=environment).returncode
    rig = next((found for shared in rigs() if (found := shared / "ckan-rig" / "ckan-rig").exists()), None)
    if rig is None:
        print(
            "No CKAN: set CKAN_TEST_URL and CKAN_TEST_TOKEN, or SAPHAN_SHARED to where the rig is.",
            file=sys.stderr,
        )
        return 2
    environment.setdefault("CKAN_RIG_DIR", str(ROOT / ".ckan-rig"))
    started: list[list[str]] = []
    found = []
    try:
        for mode in ([], ["--thai"]):
            one = [sys.executable, str(rig), *mode]
            running = subprocess.run([*one, "status"], env=environment, capture_output=True).returncode == 0
            if not running:
                started.append(one)
            url = subprocess.run([*one, "start"], env=environment, stdout=subprocess.PIPE, text=True, check=True)
            token = subprocess.run([*one, "token"], env=environment, stdout=subprocess.PIPE, text=True, check=True)
            found.append(f"{url.stdout.strip()} {token.stdout.strip()}")
        environment["SAPHAN_CKAN_RIGS"] = ";".join(found)
        return subprocess.run(command, env=environment).returncode
    finally:
        for one in started:
            subprocess.run([*one, "stop"], env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
