"""The shape of `workspace.yaml`, for pydantic: imported only when one is read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AgencySettings(_Strict):
    """Who publishes."""

    name: str = Field(pattern=r"^[a-z0-9_-]{2,100}$")
    title: str
    title_en: str = ""


class TargetSettings(_Strict):
    """One portal."""

    url: str | None = Field(default=None, pattern=r"^https?://")
    key_variable: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    organization: str | None = None
    bom: bool = False
    timeout: float = Field(default=60.0, gt=0, le=3600)


class Settings(_Strict):
    """`workspace.yaml`."""

    agency: AgencySettings
    standard: str = "gdc-2.2.4"
    defaults: dict[str, Any] = {}
    targets: dict[str, TargetSettings] = {}
    approvals: Literal["required", "none"] = "required"
    thresholds: dict[str, Any] = {}
