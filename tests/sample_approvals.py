"""The approvals of the sample desk's releases: builds it, and writes `decisions.yaml` where a release has none.

`python tests/sample_approvals.py` (which `make desk` calls) writes them under `datasets/`; a test fails when a
release is no longer the one that was approved. Who signs is in `sample_desk.toml`.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from sample_desk import ROOT, WORDS

from catalog.decisions import record
from catalog.decisions.case import Rules, gathered
from catalog.decisions.gate import judge
from metadata import clock
from metadata.event import result_of
from metadata.release import Report
from metadata.standard import Standard
from metadata.workspace import Workspace
from pipelines import run

SIGNED = datetime.fromisoformat("2026-11-20T04:00:00+00:00")


def main(desk: Path) -> None:
    """Builds the desk and has its releases approved; what may not go out gets no approval."""
    workspace = Workspace.open(desk)
    standard = Standard.load(workspace.standard, desk)
    for report in result_of(run.build(workspace, ())):
        dataset = workspace.dataset(report.dataset)
        if not isinstance(report, Report) or not report.passed:
            continue
        with clock.frozen(SIGNED):
            case = gathered(dataset, report, Rules(), standard, "local", None)
            if judge(case).refused:
                (dataset.folder / "decisions.yaml").unlink(missing_ok=True)
                for role in case.signatures:
                    result_of(record.approve(dataset, report, {"role": role, **WORDS["signers"][role]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "datasets")
