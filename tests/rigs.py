"""The real CKANs that tests marked `ckan` run against, and a piece of ground on each that is cleared afterwards.

One CKAN by CKAN_TEST_URL and CKAN_TEST_TOKEN, else several by SAPHAN_CKAN_RIGS ("url token;url token").
Where there is none the tests fail: a suite that needs a CKAN must not pass by being skipped.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from catalog.portal.manners import Manners, manners
from catalog.portal.remote import RemotePortal
from metadata.errors import PortalError

THAI_TERMS = {
    "data_type": "ข้อมูลระเบียน",
    "data_category": "ข้อมูลสาธารณะ",
    "data_format": ["CSV"],
    "data_source": "ทะเบียนของหน่วยงาน",
    "geo_coverage": "ประเทศ",
    "objective": ["อื่นๆ"],
    "update_frequency_unit": "ปี",
    "update_frequency_interval": "1",
    "license_id": "Open Data Common",
    "maintainer": "กองข้อมูล",
    "maintainer_email": "data@example.go.th",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A CKAN and a key of a sysadmin on it."""

    url: str
    token: str = field(repr=False)

    def __str__(self) -> str:
        return self.url.rpartition("/")[2]


def _known() -> tuple[Rig | None, ...]:
    if os.environ.get("CKAN_TEST_URL"):
        return (Rig(url=os.environ["CKAN_TEST_URL"], token=os.environ.get("CKAN_TEST_TOKEN", "")),)
    pairs = [pair.split() for pair in os.environ.get("SAPHAN_CKAN_RIGS", "").split(";") if pair.strip()]
    return tuple(Rig(url=url, token=token) for url, token in pairs) or (None,)


RIGS = _known()
"""For `@pytest.fixture(params=RIGS, ids=str)`; one None where there is no CKAN, which `there` fails on."""


def there(rig: Rig | None) -> Rig:
    """A rig. Fails where there is none."""
    if rig is None:
        pytest.fail(
            "No CKAN: set CKAN_TEST_URL and CKAN_TEST_TOKEN, or run `python tests/with_rigs.py pytest -m ckan`."
        )
    return rig


@pytest.fixture(params=RIGS, ids=str)
def each(request: pytest.FixtureRequest) -> Rig:
    """Each rig in turn: `rig = rigs.each` in a file of tests."""
    return there(request.param)


@dataclass(kw_only=True)
class Ground:
    """A portal, an organisation of our own on it, and the names of the datasets to purge afterwards."""

    rig: Rig
    portal: RemotePortal
    manners: Manners
    organization: str
    datasets: list[str] = field(default_factory=list)

    def name(self) -> str:
        """A dataset's name nobody else uses; purged afterwards."""
        self.datasets.append(f"{self.organization}-{len(self.datasets)}")
        return self.datasets[-1]

    def package(self, **more: Any) -> dict[str, Any]:
        """What `package_create` needs here at least."""
        name = self.name()
        terms = THAI_TERMS if self.manners.has_field("data_category") else {}
        basic = {"name": name, "title": f"ชุดข้อมูลทดสอบ {name}", "notes": "ทดสอบ", "owner_org": self.organization}
        return {**basic, "private": False, **terms, **more}

    def call(self, action: str, **data: Any) -> Any:
        """`call_action` in short."""
        return self.portal.call_action(action, data)


@contextmanager
def ground(rig: Rig | None) -> Iterator[Ground]:
    """A clear piece of ground on a rig. Fails where there is none."""
    rig = there(rig)
    with RemotePortal(rig.url, key=rig.token) as portal:
        name = f"saphan-test-{uuid.uuid4().hex[:8]}"
        portal.call_action("organization_create", {"name": name, "title": f"หน่วยงานทดสอบ {name}"})
        site = Ground(rig=rig, portal=portal, manners=manners(portal), organization=name)
        try:
            yield site
        finally:
            for dataset in site.datasets:
                with suppress(PortalError):
                    portal.call_action("dataset_purge", {"id": dataset})
            portal.call_action("organization_purge", {"id": name})


def fields(rows: Mapping[str, str]) -> list[dict[str, str]]:
    """A DataStore's `fields` from column → type."""
    return [{"id": name, "type": kind} for name, kind in rows.items()]
