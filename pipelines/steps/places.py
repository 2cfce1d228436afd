"""Steps for places."""

from __future__ import annotations

from typing import Literal

from pipelines import places
from pipelines.steps.declare import Undecided, value_step


@value_step(adds=("code",), named=True)
def province(text: str, *, to: Literal["th", "en"] = "th", close: bool = True) -> tuple[str, str] | Undecided:
    """Writes provinces by their official name: `จ.โคราช`, `กทม.` and `Korat` become นครราชสีมา, กรุงเทพมหานคร.

    `code` names a new column for the 2-digit code. `close` forgives lost or misplaced marks and one wrong letter
    where only one province can be meant; anything else (a region, a total, two provinces) is undecided.

    Example: - province: {columns: [province], code: province_code}
    """
    found = places.province(text, close=close)
    if found is None:
        return Undecided("province")
    return (found.name if to == "th" else found.name_en), found.code
