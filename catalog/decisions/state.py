"""Where a release stands on its way out, in the states the portals know."""

from __future__ import annotations

from typing import Literal

from catalog.decisions.cover import Case
from catalog.decisions.gate import judge

State = Literal["draft", "review", "certified", "awaiting", "approved", "unasked"]
"""ร่าง → รอพิจารณา → รับรอง → รออนุมัติ → อนุมัติให้เผยแพร่; `unasked` where nobody need approve."""


def state(case: Case) -> State:
    """The state of a release.

    `draft`: an error or a refusal stands in the way. `review`: nobody has signed. `certified`: the steward has,
    and nobody else. `awaiting`: some of those who must have approved, others have not. `approved`: all have.
    """
    verdict = judge(case)
    if any(not found.rule.startswith("approval-") for found in verdict.refused):
        return "draft"
    if not verdict.missing:
        return "approved"
    if case.approvals == "none":
        return "unasked"
    if len(verdict.missing) < len([role for role in case.signatures if role != "steward"]):
        return "awaiting"
    certified = any(
        (one.kind, one.role, one.release) == ("approval", "steward", case.report.release) for one in case.decisions
    )
    return "certified" if certified else "review"
