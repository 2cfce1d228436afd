"""Runs a command with a real CKAN: the one in CKAN_TEST_URL, else two that the rig starts (stock and Thai).

    python tests/with_rigs.py pytest -m ckan

The rig is looked for where `shared` looks: SAPHAN_SHARED, ../shared, beside the clone's origin.
Ends with 2 where there is neither a CKAN nor a rig: a suite that needs a CKAN must fail, not skip.
"""

from __future__ import annotations

import os
import subprocess
import sys

from shared import ROOT, find


def main(command: list[str]) -> int:
    """Starts what is needed, runs the command, stops what it started."""
    environment = dict(os.environ)
    if environment.get("CKAN_TEST_URL"):
        return subprocess.run(command, env=environment).returncode
    rig = find("ckan-rig/ckan-rig")
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
        environment["SAPHAN_CKAN_RIG"] = str(rig)  # what may be emptied, may be emptied by it
        return subprocess.run(command, env=environment).returncode
    finally:
        for one in started:
            subprocess.run([*one, "stop"], env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
