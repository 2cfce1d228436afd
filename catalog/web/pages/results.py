"""The list of datasets, searched and paged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from catalog.actions.refusals import ActionRefused
from catalog.web.pages.page import ask, show

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

ROWS = 20


async def listing(request: Request) -> Response:
    """The list of datasets, searched and paged."""
    q = request.query_params.get("q", "").strip()[:200]
    page = request.query_params.get("page", "1")
    number = min(int(page), 100_000) if re.fullmatch("[0-9]{1,9}", page) and int(page) else 1
    try:
        found = await ask(request, "package_search", {"q": q, "rows": ROWS, "start": (number - 1) * ROWS,
                                                       "sort": "metadata_modified desc"})  # fmt: skip
    except ActionRefused:
        found = {"count": 0, "results": []}
    pages = max(1, -(-found["count"] // ROWS))
    facts = {"q": q, "page": number, "pages": pages, "count": found["count"], "datasets": found["results"]}
    facts["at"] = lambda page: "?" + urlencode({**({"q": q} if q else {}), "page": page})
    return show(request, "list.html", **facts)
