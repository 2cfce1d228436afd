"""What the facts say is wrong, as Findings. The sentences, remedies and clauses are in `wording.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from catalog.audit.formats import table
from metadata.finding import Finding, Place
from metadata.rules import rule

Facts = Mapping[str, Any]


@rule("audit-no-file")
def no_file(facts: Facts) -> Iterator[Finding]:
    """A dataset that calls itself public has a file that can be had."""
    if facts["open"] is not False and not facts["has_file"]:
        yield _finding(facts, "audit-no-file")


@rule("audit-format-missing", "audit-format-misspelt", "audit-format-none", "audit-format-unknown")
def form(facts: Facts) -> Iterator[Finding]:
    """A format is given, spelt right, and names a format."""
    for at, key in enumerate(facts["resources"]):
        fault, written = facts["format_faults"][at], facts["formats_written"][at]
        if fault:
            right = facts["formats"][at].upper() or "?"
            yield _finding(facts, f"audit-format-{fault}", key, "warning", written=written, right=right)


@rule("audit-url")
def url(facts: Facts) -> Iterator[Finding]:
    """Every resource has an address that can be followed."""
    for key in facts["without_url"]:
        yield _finding(facts, "audit-url", key)


@rule("audit-not-machine-readable")
def readable(facts: Facts) -> Iterator[Finding]:
    """One file at least is in an open format that machines read."""
    if facts["has_file"] and not facts["machine_readable"]:
        yield _finding(facts, "audit-not-machine-readable", severity="warning", stars=facts["stars"])


@rule("audit-dictionary")
def dictionary(facts: Facts) -> Iterator[Finding]:
    """Tables come with a data dictionary."""
    if facts["dictionary_ok"] is False and facts["dictionary"]:
        yield _finding(facts, "audit-dictionary", severity="warning", files=facts["dictionary"].count(False))


@rule("audit-licence")
def licence(facts: Facts) -> Iterator[Finding]:
    """Public data have an open licence."""
    if facts["open"] is not False and facts["licence"] and facts["licence_open"] is not True:
        yield _finding(facts, "audit-licence", severity="warning", licence=facts["licence"])


@rule("audit-licence-spelling")
def spelling(facts: Facts) -> Iterator[Finding]:
    """A licence goes by its own name. The Thai schema's value is misspelt itself: no reader knows it by that."""
    if facts["licence"] in table()["licences_misspelt"]:
        right = table()["licences_misspelt"][facts["licence"]]
        yield _finding(facts, "audit-licence-spelling", severity="note", licence=facts["licence"], right=right)


@rule("audit-late")
def late(facts: Facts) -> Iterator[Finding]:
    """The data are as fresh as their own frequency says."""
    if facts["up_to_date"] is False:
        days = facts["late_days_data"] if facts["data_date"] else facts["late_days_checked"]
        yield _finding(facts, "audit-late", severity="warning", days=days, due=facts["due"])


@rule("audit-unreachable")
def reach(facts: Facts) -> Iterator[Finding]:
    """Every file answers."""
    for key, fine in zip(facts["resources"], facts["reachable"], strict=True):
        if fine is False:
            yield _finding(facts, "audit-unreachable", key)


@rule("audit-format-false")
def false(facts: Facts) -> Iterator[Finding]:
    """A file is what its format says."""
    for key, name, fine in zip(facts["resources"], facts["formats"], facts["format_true"], strict=True):
        if fine is False:
            yield _finding(facts, "audit-format-false", key, format=name)


@rule("audit-invalid")
def invalid(facts: Facts) -> Iterator[Finding]:
    """Tables are as their schemas say, now."""
    if facts["valid_ok"] is False:
        yield _finding(facts, "audit-invalid", files=facts["valid"].count(False))


@rule("audit-unregistered")
def unregistered(facts: Facts) -> Iterator[Finding]:
    """Public data are registered in GD Catalog."""
    if facts["registered"] is False and facts["open"] is not False and not facts["copy"]:
        yield _finding(facts, "audit-unregistered", severity="warning")


@rule("audit-twin")
def twin(facts: Facts) -> Iterator[Finding]:
    """No two datasets have one title: thai_gdc refuses the second, and nobody can tell them apart."""
    if facts.get("title_unique") is False:
        yield _finding(facts, "audit-twin", severity="warning", title=facts["title"])


FOUND: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    no_file, form, url, readable, dictionary, licence, spelling, late, reach, false, invalid, unregistered,
    twin,
)  # fmt: skip


def found(facts: Facts) -> Iterator[Finding]:
    """All that one dataset's facts say is wrong."""
    for defect in FOUND:
        yield from defect(facts)


def _finding(
    facts: Facts, name: str, resource: str | None = None, severity: Any = "error", **values: Any
) -> Finding:
    at = Place(dataset=facts["name"], resource=resource)
    return Finding(rule=name, severity=severity, at=at, values=values)
