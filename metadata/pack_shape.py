"""The shape of a rule pack, for pydantic: imported only when one is read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

Status = Literal["confirmed", "unconfirmed"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Words(_Strict):
    """A text in both languages."""

    th: str
    en: str


class Measure(_Strict):
    """One line of an indicator.

    Of each dataset for which `among` holds it asks `passes` (conditions on facts, all of which must hold) or a
    `fact` (yes or no, a number of `per`, or a list of either: their mean); its part is the mean over the datasets,
    or their sum over `enough`. `declared`: people answer it, for a dataset or for the agency.
    A condition is `fact: value`, `fact: [one, of, these]`, `fact: {min, max}` or `fact: {missing: true}`.
    """

    measure: str
    title: Words
    group: str | None = None
    weight: float = 1
    among: dict[str, Any] | None = None
    passes: dict[str, Any] | None = None
    fact: str | None = None
    per: float = 1
    enough: int | None = None
    declared: bool = False
    status: Status = "unconfirmed"
    source: str | None = None
    clause: str | None = None
    help: Words | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Measure:
        asked = (self.passes is not None) + (self.fact is not None)
        if asked > 1 or not (asked or self.declared):
            raise ValueError("passes, fact or declared is needed, and one of the first two")
        return self


class Group(_Strict):
    """A dimension: a heading over some of the measures."""

    title: Words


class Band(_Strict):
    """A word for a score from a value on; the highest first."""

    band: str
    title: Words
    least: float


class Step(_Strict):
    """A level of a ladder, and what each measure must have for it (0 to 1)."""

    level: float
    title: Words
    needs: dict[str, float]


class PackShape(_Strict):
    """A pack."""

    pack: str
    key: str
    title: Words
    status: Status
    source: str
    of: float
    unit: Literal["points", "percent", "items", "stars", "level"]
    combine: Literal["sum", "mean", "ladder"] = "sum"
    order: int = 100
    years: list[int] | None = None
    agencies: list[Literal["department", "public-organization", "province", "local"]] | None = None
    method: Words | None = None
    annex: bool = False
    groups: dict[str, Group] | None = None
    bands: list[Band] | None = None
    ladder: list[Step] | None = None
    measures: list[Measure]

    @model_validator(mode="after")
    def _sound(self) -> PackShape:
        names = [one.measure for one in self.measures]
        if len(names) != len(set(names)):
            raise ValueError("a measure stands twice")
        strange = {one.group for one in self.measures if one.group} - set(self.groups or {})
        if strange:
            raise ValueError(f"groups that are not named: {sorted(strange)}")
        if (self.combine == "ladder") != bool(self.ladder):
            raise ValueError("a ladder has steps, and nothing else has")
        unknown = {name for step in self.ladder or () for name in step.needs} - set(names)
        if unknown:
            raise ValueError(f"measures that are not named: {sorted(unknown)}")
        return self
