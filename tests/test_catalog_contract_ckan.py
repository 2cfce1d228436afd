"""The contract that our own catalog keeps, held against real CKANs: what we say of them is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from portal_contract import CONTRACT, Make
from rigs import RIGS, Ground, Rig, ground

from metadata.ports import Portal

pytestmark = pytest.mark.ckan


@pytest.fixture(params=RIGS, ids=str)
def site(request: pytest.FixtureRequest) -> Iterator[Ground]:
    rig: Rig | None = request.param
    with ground(rig) as ours:
        yield ours


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: str(clause.__name__))
def test_a_real_ckan_keeps_the_contract(site: Ground, clause: Callable[[Portal, Make], None]) -> None:
    clause(site.portal, lambda _suffix: site.package())
