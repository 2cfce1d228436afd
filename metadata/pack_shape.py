"""The shape of a rule pack, for pydantic: imported only when one is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from metadata.mistakes import ShapeError

Status = Literal["confirmed", "unconfirmed"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _sound(conditions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Conditions on facts; see Measure."""
    for name, wanted in conditions.items():
        if (
            isinstance(wanted, dict)
            and set(wanted) != {"missing"}
            and not (wanted and set(wanted) <= {"min", "max"})
        ):
            raise ShapeError("condition", name=name)
    return conditions


Conditions = Annotated[dict[str, Any], AfterValidator(_sound)]


class Words(_Strict):
    """A text in both languages."""

    th: str
    en: str


class Level(_Strict):
    """A level of a measure: reached where its conditions hold and, if it is to be `judged`, somebody says so."""

    level: float = Field(gt=0)
    passes: Conditions | None = None
    judged: bool = False


class Measure(_Strict):
    """One line of an indicator.

    Of each dataset for which `among` holds it asks `passes` (conditions on facts, all of which must hold), a
    `fact` (yes or no, a number of `per`, or a list of either: their mean) or the highest of its `levels`; its part
    is the mean over those datasets, or their sum over `enough`. `declared`: people answer what no fact does, once
    for the agency or of `each` dataset; an answer is yes or no, a number of `per`, or a level. One of weight 0 is
    shown and not counted.
    A condition is `fact: value`, `fact: [one, of, these]`, `fact: {min, max}` or `fact: {missing: true or false}`;
    of a fact that is a list, one of its members must be so.
    """

    measure: str
    title: Words
    group: str | None = None
    weight: float = 1
    among: Conditions | None = None
    passes: Conditions | None = None
    fact: str | None = None
    levels: list[Level] | None = Field(default=None, min_length=1)
    per: float = Field(default=1, gt=0)
    enough: int | None = Field(default=None, gt=0)
    after: list[str] | None = None
    """Measures that must be whole before this one counts."""
    declared: bool = False
    each: bool = False
    status: Status | None = None
    """The pack's, where it does not say."""
    source: str | None = None
    clause: str | None = None
    help: Words | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Measure:
        asked = sum(one is not None for one in (self.passes, self.fact, self.levels))
        if asked > 1 or not (asked or self.declared):
            raise ShapeError("measure-question")
        if self.each and (asked or not self.declared):
            raise ShapeError("measure-each")
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
    of: float | None = None
    """The highest score; of a pack that counts, the number of datasets that it asks."""
    unit: Literal["points", "percent", "items", "stars", "level", "datasets"]
    combine: Literal["sum", "mean", "ladder", "count"] = "sum"
    order: int = 100
    years: list[int] | None = None
    agencies: list[Literal["department", "public-organization", "province", "local"]] | None = None
    method: Words | None = None
    annex: bool = False
    groups: dict[str, Group] | None = None
    bands: list[Band] | None = None
    ladder: list[Step] | None = None
    linear: bool = False
    """Whether the way to the ladder's next level counts, too."""
    measures: list[Measure]

    @model_validator(mode="after")
    def _whole(self) -> PackShape:
        names = [one.measure for one in self.measures]
        for name in names:
            if names.count(name) > 1:
                raise ShapeError("twice", name=name)
        groups = sorted({one.group for one in self.measures if one.group} - set(self.groups or {}))
        if groups:
            raise ShapeError("pack-groups", known=groups)
        if (self.combine == "ladder") != bool(self.ladder) or (self.linear and not self.ladder):
            raise ShapeError("pack-ladder")
        if (self.combine == "count") != (self.of is None):
            raise ShapeError("pack-of")
        needed = [*(step.needs for step in self.ladder or ()), *(one.after or () for one in self.measures)]
        needs = sorted({name for some in needed for name in some} - set(names))
        if needs:
            raise ShapeError("pack-needs", known=needs)
        return self
