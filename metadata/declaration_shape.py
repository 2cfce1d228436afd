"""The shape of `declarations.yaml`, for pydantic: imported only when one is read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr


class DeclarationShape(BaseModel):
    """One answer: what a person says of a measure or a fact, who says it, when, and what shows it."""

    model_config = ConfigDict(extra="forbid")

    pack: str | None = None
    measure: str | None = None
    fact: str | None = None
    dataset: str | None = Field(default=None, pattern=r"^[a-z0-9_-]{2,100}$")
    value: StrictBool | StrictInt | StrictFloat | StrictStr | None = None
    by: str = Field(min_length=1)
    position: str | None = None
    at: str
    file: str | None = None
    sha256: str | None = Field(default=None, pattern=r"^(sha256:)?[0-9A-Fa-f]{64}$")
    url: str | None = Field(default=None, pattern=r"^https?://")
    note: str | None = None
