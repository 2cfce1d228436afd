"""The register of governance rules: one small function each, its sentences in `wording.yaml`, its clause there.

A rule is a generator function registered under its name. Rules about a dataset's description take
`(dataset, standard)`; what they yield is a Finding whose `rule` is the registered name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from metadata.finding import Finding

Rule = Callable[..., Iterator[Finding]]
Function = TypeVar("Function", bound=Rule)

REGISTER: dict[str, Rule] = {}
"""Rule name → function. A function may be registered under several names."""


def rule(*names: str) -> Callable[[Function], Function]:
    """Registers a rule under the name or names its Findings carry."""

    def register(function: Function) -> Function:
        for name in names:
            if name in REGISTER:
                raise ValueError(f"rule {name} stands twice")
            REGISTER[name] = function
        return function

    return register
