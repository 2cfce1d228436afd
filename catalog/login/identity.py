"""What a provider says of somebody who has logged in there, and how it says no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Because = Literal["wrong", "unknown", "inactive", "unreachable", "broken", "expired"]


class LoginRefused(Exception):  # noqa: N818 - an answer, not an error
    """Nobody is logged in. `because`: a wrong name or password, no account here, an account that is closed, a
    provider that does not answer, one that is not set up rightly, or a log-in that took too long.

    Never holds what was typed.
    """

    def __init__(self, because: Because) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person as a provider knows them. `subject` never changes there; it may be personal data (ThaiD: the
    national ID), so only a keyed hash of it is stored. `email` is one that the provider has verified.
    """

    provider: str
    subject: str
    name: str = ""
    fullname: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()
