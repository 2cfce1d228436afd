"""MQA: the indicators of data.europa.eu's Metadata Quality Assessment, of one record as we export it in DCAT-AP.

What each is worth, and how that adds up, stands in `metadata/standards/packs/mqa.yaml`. They are judged on the
record itself, without making the graph; a test holds that the graph says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.audit import constraints
from metadata.exports import themes, vocabulary
from metadata.exports.record import Distribution, Record

Reach = Mapping[str, bool | None]


def indicators(record: Record, reach: Reach) -> dict[str, Any]:
    """Indicator → whether it is met: one answer, or a list over the record's distributions.

    `issued` and `modified` are asked of the dataset and of each distribution: the dataset's answer is the first.
    `reach`: distribution id → whether its address answers; what is absent was not checked (None).
    """
    files = record.distributions
    found: dict[str, Any] = {
        "keyword": bool(record.keywords),
        "theme": bool(themes.of(record)),
        "spatial": bool(record.box) or vocabulary.extent(record.extent) is not None,
        "temporal": bool(record.first_year or record.last_year),
        "dcat_ap": not constraints.check(record),
        "access_rights": vocabulary.access(record.category) is not None,
        # an access right is exported only as a code of the EU's table
        "access_rights_known": vocabulary.access(record.category) is not None,
        "contact": bool(record.contact or record.contact_email),
        "publisher": bool(record.publisher_page),
        "issued": [bool(record.issued), *(bool(one.issued) for one in files)],
        "modified": [bool(record.modified), *(bool(one.modified) for one in files)],
    }
    licence = record.licence.get("url")
    told = bool(licence or record.licence.get("title"))
    known = vocabulary.licence(licence) is not None
    rows = [_distribution(one, reach) | {"licence": told, "licence_known": known} for one in files]
    return found | {name: [row[name] for row in rows] for name in OF_DISTRIBUTIONS}


OF_DISTRIBUTIONS = (
    "access_url_reachable", "download_url", "download_url_reachable", "format", "media_type", "format_known",
    "non_proprietary", "machine_readable", "licence", "licence_known", "rights", "size",
)  # fmt: skip
"""Indicators that are a list over the distributions."""


def _distribution(one: Distribution, reach: Reach) -> dict[str, bool | None]:
    answers = reach.get(one.id)
    return {
        "access_url_reachable": answers,
        "download_url": one.download is not None,
        "download_url_reachable": answers if one.download else False,
        "format": bool(one.kind),
        "media_type": bool(one.media_type),
        "format_known": vocabulary.is_known(one.kind, one.media_type),
        "non_proprietary": vocabulary.is_non_proprietary(one.kind),
        "machine_readable": vocabulary.is_machine_readable(one.kind),
        "rights": bool(one.rights),
        "size": one.size is not None,
    }
