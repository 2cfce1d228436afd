"""Checks what publishing and auditing the sample desk said, as JSON, and tells where to look."""

import json
import sys
from pathlib import Path
from typing import Any

REFUSED = "member-register-open"


def main(path: str, code: str, audit: str) -> int:
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
    return scored(json.loads(Path(audit).read_text(encoding="utf-8")))


def scored(document: dict[str, Any]) -> int:
    """Prints the scores. 1 where the audit failed."""
    if "error" in document:
        print(f"demo: {document['error']['message']}", file=sys.stderr)
        return 1
    print(f"\nThe audit ({len(document['datasets'])} datasets, {len(document['fixes'])} fixes known):")
    for score in document["scores"].values():
        if score["value"] is not None:
            sure = score["upper"] == score["value"]
            beyond = "" if sure else f", up to {score['upper']:.4g} (not all was checked)"
            official = "" if score["status"] == "confirmed" else "  (rule not confirmed)"
            print(f"  {score['title']}: {score['value']:.4g} of {score['of']:g}{beyond}{official}")
    print("Every figure leads to its evidence at http://127.0.0.1:8000/audit once the catalog is served.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
