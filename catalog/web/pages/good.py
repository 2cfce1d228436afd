"""How good a dataset is and why: stars of openness, the 14 items, and MQA's points, by the audit's own facts.

They are derived of one record alone, without an audit, and kept for as long as the record is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool

from catalog.web import caller
from catalog.web.remembered import Remembered
from metadata import clock

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.audit.run import Terms
    from catalog.web.audits import Audits
    from catalog.web.words import Speech
    from metadata.pack import Pack

STARS = 5
MOST = 2000
"""Records whose worth is kept: a few hundred bytes each."""
LOST = 3
"""Measures named by which a dataset loses the most points."""
SCORE = "mqa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a dataset is worth, in facts. `lost`: measure of the pack → points, the most first.

    `value`, `upper`: MQA's points, as they are certain and as they could be; None where it is not asked (private).
    """

    stars: int
    licence_open: bool | None
    items: int
    items_of: int
    missing: tuple[str, ...]
    value: float | None
    upper: float | None
    lost: Mapping[str, float] = field(hash=False)


class Weighing:
    """Weighs datasets by what `audits` judges by: read once a day, since a workspace's packs change seldom."""

    def __init__(self, audits: Audits) -> None:
        self._audits = audits
        self._terms: tuple[date, Terms] | None = None
        self._known: Remembered[bytes, Worth] = Remembered(MOST)

    def terms(self) -> Terms:
        """By what is judged today."""
        today = clock.today()
        if self._terms is None or self._terms[0] != today:
            self._terms = (today, self._audits.terms())
        return self._terms[1]

    def pack(self) -> Pack:
        """The pack of the score that is shown."""
        return next(pack for pack in self.terms().packs if pack["key"] == SCORE)

    def weigh(self, package: Mapping[str, Any], tables: Mapping[str, Any], site: Any) -> Worth:
        """The worth of a dataset as its reader sees it (`package_show`, and `datastore_info` of its tables)."""
        fields = {key: one["fields"] for key, one in tables.items() if one}
        told = orjson.dumps([package, fields, site.url], option=orjson.OPT_SORT_KEYS)
        key = hashlib.sha256(told).digest()
        return self._known.get(key) or self._known.put(key, self._weighed(package, fields, site))

    def _weighed(self, package: Mapping[str, Any], fields: Mapping[str, Any], site: Any) -> Worth:
        from catalog.audit import score
        from catalog.audit.entry import Entry
        from catalog.audit.facts import SCORED, Ground, facts

        uploads = [one for one in package["resources"] if one.get("url_type") == "upload"]
        # our own files answer: the page that says so is sent by the server that has them
        seen = {"reach": {str(one["id"]): {"ok": True} for one in uploads}}
        ground = Ground(standard=self.terms().standard, site=site)
        made, _findings = facts(Entry(package=package, tables=fields, seen=seen), ground, SCORED)
        pack = self.pack()
        found = score.alone(pack, score.parts(pack, made, {}))
        lost = sorted(found["lost"].items(), key=lambda one: -one[1])[:LOST]
        return Worth(
            stars=made["stars"],
            licence_open=made["licence_open"],
            items=made["items"],
            items_of=made["items_of"],
            missing=tuple(made["items_missing"]),
            value=found["value"],
            upper=found["upper"],
            lost=dict(lost),
        )


async def facts(
    request: Request, package: Mapping[str, Any], tables: Mapping[str, Any], say: Speech
) -> dict[str, Any]:
    """For the block of the dataset's page: `good`, its worth and what that is called in the reader's language."""
    weighing: Weighing = request.app.state.weighing
    site = caller.site(request)
    worth = await run_in_threadpool(weighing.weigh, package, tables, site)
    pack, standard = weighing.pack(), weighing.terms().standard
    titles = {one["measure"]: one.get("title") for one in pack["measures"]}
    terms = {term.field_name: term for term in standard.terms}
    bands = (one for one in pack.get("bands") or () if worth.value is not None and worth.value >= one["least"])
    told = {
        "worth": worth,
        "stars": [(number, number <= worth.stars) for number in range(1, STARS + 1)],
        "score": {
            "of": pack.get("of"),
            "band": say.label((next(bands, None) or {}).get("title")),
            "title": say.label(pack["title"]),
            "lost": [(say.label(titles[name], name), points) for name, points in worth.lost.items()],
        },
        "lacking": [say.label(dict(terms[name].label), name) if name in terms else name for name in worth.missing],
    }
    return {"good": told}
