"""The shape of `promises.yaml`, for pydantic: imported only when one is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Words(_Strict):
    """A text in both languages."""

    th: str
    en: str


def _both(written: Any) -> Any:
    """A text alone stands for both languages."""
    return {"th": written, "en": written} if isinstance(written, str) else written


def _whole(written: Any) -> Any:
    """A target alone is to be reached by the end of the year."""
    return written if isinstance(written, dict) else {12: written}


Text = Annotated[Words, BeforeValidator(_both)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Target = Annotated[dict[int, Number], BeforeValidator(_whole)]


class FigureShape(_Strict):
    """A figure that people give."""

    day: str
    value: Number
    file: str
    sha256: str | None = Field(default=None, pattern=r"^(sha256:)?[0-9A-Fa-f]{64}$")


class PromiseShape(_Strict):
    """One promise."""

    indicator: str = Field(pattern=r"^[a-z0-9_-]{2,100}$")
    title: Text
    unit: Text
    source: str
    by: Literal["quarter", "round"] = "quarter"
    targets: dict[int, Target]
    figures: list[FigureShape] = []
