"""The gate: whether a release may go out to a target, under which decisions, and what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.decisions import scope
from catalog.decisions.cover import Case, covering
from catalog.decisions.kinds import known, moment, over
from catalog.public.refusals import refusals
from metadata.finding import Finding, Place
from metadata.release import Decision
from metadata.vocabulary import classes
from metadata.wording import word


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate says."""

    refused: tuple[Finding, ...] = ()
    """Why the release may not go out; nothing where it may."""
    covered: tuple[tuple[Finding, Decision], ...] = ()
    """Errors that go out under a decision. The report keeps them."""
    under: tuple[Decision, ...] = ()
    """The approvals under which it goes out."""
    missing: tuple[str, ...] = ()
    """Roles that have not signed."""

    def document(self) -> dict[str, Any]:
        """As the journal keeps it: each decision as it is written, so that one from elsewhere is known here, too.
        Empty where nobody decided anything, nor ought to have."""
        under = dict.fromkeys([*self.under, *(one for _, one in self.covered)])
        told: dict[str, Any] = {"under": [written(one) for one in under]} if under else {}
        if self.missing:
            told["unsigned"] = list(self.missing)  # `approvals: none`, perhaps for one run
        if self.covered:
            told["covered"] = [
                {"rule": found.rule, "at": found.at.to_dict(), "by": one.by, "on": one.at}
                for found, one in self.covered
            ]
        return told


def judge(case: Case) -> Verdict:
    """Errors that no decision covers refuse, and refusals; then, where approvals are required, unsigned ones."""
    pairs = [(found, covering(found, case)) for found in case.errors]
    covered = tuple((found, one) for found, one in pairs if one)
    standing = tuple(found for found, one in pairs if one is None)
    under, missing, asked = _signed(case)
    withheld = tuple(_withheld(case, missing))
    if standing or withheld:
        return Verdict(refused=(*standing, *withheld), covered=covered, missing=missing)
    if case.approvals == "none" or not missing:
        return Verdict(covered=covered, under=under, missing=missing)
    return Verdict(refused=(asked,) if asked else (), covered=covered, missing=missing)


def uncovered(case: Case) -> tuple[Finding, ...]:
    """The errors of a release that no decision lets pass."""
    return tuple(found for found in case.errors if covering(found, case) is None)


def _signed(case: Case) -> tuple[tuple[Decision, ...], tuple[str, ...], Finding | None]:
    """The approvals of this release, the roles that lack one, and what is asked of them."""
    under: list[Decision] = []
    missing: list[str] = []
    new: list[Mapping[str, Any]] = []
    for role in case.signatures:
        one, why = _by(role, case)
        after_the_steward = role != "owner" or "steward" not in missing
        if one is not None and after_the_steward and _in_order(one, under):
            under.append(one)
        else:
            missing.append(role)
            new += [each for each in why if each not in new]
    if not missing:
        return tuple(under), (), None
    at = Place(dataset=case.dataset.name)
    facts: dict[str, Any] = {
        "roles": [{lang: word(role, lang) for lang in ("th", "en")} for role in missing],
        "release": short(case.report.release),
        "command": f"saphan approve {case.dataset.name} --role {missing[0]}",
    }
    if new:
        return tuple(under), tuple(missing), Finding(rule="approval-outgrown", at=at, values={**facts, "new": new})
    return tuple(under), tuple(missing), Finding(rule="approval-missing", at=at, values=facts)


def _by(role: str, case: Case) -> tuple[Decision | None, tuple[Mapping[str, Any], ...]]:
    """The newest approval of the release by a role, else its standing one; else what that one does not allow."""
    mine = [one for one in reversed(case.dataset.decisions) if one.role == role]
    holding = [one for one in mine if one in case.decisions]
    for one in holding:
        if one.kind == "approval" and one.release and one.release == case.report.release:
            return one, ()
    why: tuple[Mapping[str, Any], ...] = ()
    for one in mine:
        bound = one.rest.get("scope")
        if (
            one.kind != "standing"
            or not isinstance(bound, Mapping)
            or bound.get("target") != case.shape.get("target")
        ):
            continue
        if one not in holding:
            grown: tuple[Mapping[str, Any], ...] = (
                {"mistake": "grown-expired", "expires": str(one.rest.get("expires"))},
            )
        else:
            grown = scope.outgrown(bound, case.shape)
        if not grown:
            return one, ()
        why = why or grown  # the newest says what is new
    return None, why


def _in_order(one: Decision, before: list[Decision]) -> bool:
    """Whether the owner approved after the steward had certified."""
    steward = next((each for each in before if each.role == "steward"), None)
    return one.role != "owner" or steward is None or one.kind == "standing" or moment(one) >= moment(steward)


def _withheld(case: Case, missing: tuple[str, ...]) -> Iterator[Finding]:
    """Refusals under the Official Information Act. One of section 14 holds for good; of section 15, until the data
    owner approves after it."""
    written = case.dataset.about.get(classes()["closed"]["clause"]["field_name"])
    if case.dataset.resources and written in known()["sealed"]:
        values = {"by": "datapackage.yaml", "section": refusals()[str(written)].section}
        yield Finding(rule="refusal-sealed", at=Place(dataset=case.dataset.name), values=values)
    for one in (*case.dataset.decisions, *case.refusals):
        if one.kind != "refusal" or not _touches(one, case):
            continue
        sealed = one.rest.get("ground") in known()["sealed"]
        if not sealed and over(one, case.today):
            continue
        later = [each for each in case.decisions if each.kind == "approval" and each.role == "owner"]
        opened = any(each.release == case.report.release and moment(each) > moment(one) for each in later)
        if sealed or not opened or missing:
            at = Place(dataset=case.dataset.name, resource=one.rest.get("resource"), column=one.rest.get("column"))
            rule = "refusal-sealed" if sealed else "refusal-stands"
            yield Finding(rule=rule, at=at, values={"by": one.by, "section": str(one.rest.get("section") or "15")})


def _touches(one: Decision, case: Case) -> bool:
    """Whether what was refused is in the release."""
    resource, column = one.rest.get("resource"), one.rest.get("column")
    for each in case.dataset.resources:
        labels = [field.get("name") for field in (each.schema or {}).get("fields") or ()]
        if resource in (None, each.name) and (column is None or column in labels):
            return True
    return False


def short(release: str | None) -> str:
    """A release's hash as people compare it: the first twelve digits."""
    return (release or "").removeprefix("sha256:")[:12]


def written(one: Decision) -> dict[str, Any]:
    """A decision as it stands in `decisions.yaml`."""
    told = {key: getattr(one, key) for key in ("kind", "by", "role", "at", "release", "reason")}
    return {**{key: value for key, value in told.items() if value}, **one.rest}
