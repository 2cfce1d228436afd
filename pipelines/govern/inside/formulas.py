"""Cells that a spreadsheet takes for a formula when somebody opens the CSV file (OWASP: CSV injection)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars

SIGN = r"^[=+\-@\t\r]"
"""How every such cell begins."""
BEGINS = r"^[=@\t\r][=+\-@\s]*[\p{L}\d\"'(]|^[+\-][\s+\-]*[\"'(A-Za-z\d=@]"
"""`=`, `@`, a tab or a return before anything; a sign before what a formula can begin with. Behind a sign, Thai
letters and dashes call nothing: they are how people write lists."""
HARMLESS = (
    r"^\s*[+\-]?\s*[\d๐-๙][\d๐-๙,.\s]*([eE][+\-]?\d+)?\s*%?\s*$"  # a number
    r"|^\s*[+\-]?\s*\(?\s*[\d๐-๙][\d๐-๙\s().\-/–:]*"  # a telephone number, a range, a date
    r"(?:(?:\p{Thai}+|ext\.?|x|#)\s*[\d๐-๙]+\s*)?$"  # and its extension
    r"|^[+\-]{2,}$|^[+\-][\d๐-๙,.]+\s*[\p{L}\p{M}%°²³]+\.?$"  # a dash; a number and its unit
    r"|^[ABO]{1,2}[+\-]$"
)


def dangerous(texts: polars.Series) -> polars.Series:
    """Which of some texts a spreadsheet would work out."""
    return texts.str.contains(BEGINS) & ~texts.str.contains(HARMLESS)
