"""Checks what `saphan publish --json` said of the sample desk, and tells where to look."""

import json
import sys
from pathlib import Path

REFUSED = "member-register-open"


def main(path: str, code: str) -> int:
    """0 when exactly the one dataset that is meant to be refused was; else 1, with the reason."""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    if "error" in document:
        print(f"demo: {document['error']['message']}", file=sys.stderr)
        return 1
    refused = {entry["dataset"]: entry["findings"] for entry in document["refused"]}
    if code != "1" or set(refused) != {REFUSED}:
        print(f"demo: expected {REFUSED} alone to be refused; got {sorted(refused)}, exit {code}", file=sys.stderr)
        return 1
    open_ = [entry["name"] for entry in document["datasets"] if entry["passed"] and entry["files"]]
    described = [entry["name"] for entry in document["datasets"] if entry["passed"] and not entry["files"]]
    first = next(finding for finding in refused[REFUSED] if "row" in finding["at"])
    place = ", ".join(f"{part} {value}" for part, value in first["at"].items())
    print(f"\n{len(open_)} open datasets, {len(described)} metadata-only, 1 refused, {document['writes']} writes.")
    print(f"refused: {REFUSED} ({first['rule']}) at {place}\n  {first['message']}\n  -> {first['remedy']}")
    if not document["changes"]:
        print("Nothing to change.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
