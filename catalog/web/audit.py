"""`/audit`: our own catalog's audit for everybody: each score, what it is made of, and the evidence beneath it.

Strangers see the audit of what everybody may see; who is logged in, of what they may see themselves. It is made
in a thread beside the server, one at a time, and kept until somebody writes or the day ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from catalog.web import caller, fresh
from catalog.web.pages import rating
from catalog.web.pages.page import natural
from catalog.web.words import language_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from starlette.requests import Request

    from catalog.audit.report.view import Line, Score, Shown, State
    from catalog.web.audits import Kept
    from catalog.web.pages.page import Pages

ROWS = 50
"""Datasets on a page."""
PATIENCE = 3.0
"""Seconds that a page waits for an audit that is being made."""
BOUND = 2000
"""Datasets of which the server makes a workbook; of more, `saphan audit --report` does."""
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONG_PATIENCE = 25.0
"""Seconds that a program waits."""


class Links:
    """Where a number's evidence stands."""

    def measure(self, score: Score, line: Line, state: str = "") -> str:
        """The datasets that a measure speaks of, or those of one state."""
        here = f"/audit/measure/{quote(score.key, safe='')}/{quote(line.name, safe='')}"
        return f"{here}?is={state}" if state else here

    def dataset(self, name: str) -> str:
        """What was found of a dataset."""
        return f"/audit/dataset/{quote(name, safe='')}"

    def fault(self, name: str) -> str:
        """Where a kind of finding was found, by its id."""
        return f"/audit/finding/{quote(name, safe='')}"


async def summary(request: Request) -> Response:
    """`/audit`: the scores, and what to put right."""
    engine = request.app.state.portal.engine
    return await _shown(
        request, "audit.html", lambda kept: {"worst": _worst(request, kept), "heard": rating.heard(engine)}
    )


async def datasets(request: Request) -> Response:
    """`/audit/dataset`: the datasets, those first that need most."""
    return await _shown(request, "audit_datasets.html", lambda kept: _page(request, kept, kept.worst))


async def dataset(request: Request) -> Response:
    """`/audit/dataset/<name>`: its scores, its findings, its facts."""
    from catalog.audit.report.view import of_dataset

    name = request.path_params["name"]

    def find(kept: Kept) -> dict[str, Any]:
        if name not in kept.shelf.index or not kept.still(request.app.state.portal, [name]):
            raise HTTPException(404)
        one = kept.shelf.read(name)
        fixes = request.app.state.audits.fixes(kept, name)
        return {"one": one, "found": of_dataset(one, kept.report.scores), "fixes": fixes}

    return await _shown(request, "audit_dataset.html", find)


async def measure(request: Request) -> Response:
    """`/audit/measure/<pack>/<measure>`: the datasets that meet it, and those that do not."""
    from catalog.audit.report.view import STATES

    def find(kept: Kept) -> dict[str, Any]:
        try:
            score = kept.report.score(request.path_params["pack"])
            line = score.line(request.path_params["measure"])
        except KeyError:
            raise HTTPException(404) from None
        asked = request.query_params.get("is", "")
        first: State = next((one for one in STATES if line.names[one]), "met")
        state = next((one for one in STATES if one == asked), first)
        return {"score": score, "line": line, "state": state, **_page(request, kept, line.names[state])}

    return await _shown(request, "audit_measure.html", find)


async def finding(request: Request) -> Response:
    """`/audit/finding/<kind>`: the datasets in which it was found."""

    def find(kept: Kept) -> dict[str, Any]:
        try:
            fault = kept.report.fault(request.path_params["fault"])
        except KeyError:
            raise HTTPException(404) from None
        return {"fault": fault, **_page(request, kept, fault.names)}

    return await _shown(request, "audit_finding.html", find)


async def document(request: Request) -> Response:
    """`/audit.json`: the whole audit, as `saphan audit --json` prints it."""
    kept, state = await _kept(request, LONG_PATIENCE)
    if kept is None or state == "stale":
        return Response(
            '{"error": "being made"}', 503, headers={"Retry-After": "10"}, media_type="application/json"
        )
    lang = language_of(request)
    return await _sent(request, kept, ("json", lang), lambda: _document(kept, lang), "application/json")


async def workbook(request: Request) -> Response:
    """`/audit.xlsx`: the same as a workbook, with the sheet that auditors fill in; not of a large catalogue."""
    kept, state = await _kept(request, LONG_PATIENCE)
    if kept is None or state == "stale":
        return _waiting(request)
    if kept.report.count > BOUND:
        raise HTTPException(404)
    lang = language_of(request)

    def make() -> list[bytes]:
        from catalog.audit.report import workbook as sheets

        return [sheets.content(kept.report, lang)]

    named = {"Content-Disposition": f'attachment; filename="audit-{kept.report.day}.xlsx"'}
    return await _sent(request, kept, ("xlsx", lang), make, SHEETS, **named)


async def _sent(
    request: Request,
    kept: Kept,
    key: tuple[str, str],
    make: Callable[[], Iterable[bytes]],
    media_type: str,
    **more: str,
) -> Response:
    """A document of an audit, made once for all who ask."""
    etag = fresh.tag("audit", kept.tag, key)
    headers = {**more, "Vary": f"{fresh.VARY}, Accept-Language, Cookie"}
    if not kept.public:
        headers["Cache-Control"] = "private, no-cache"
    if not (fresh.held(request, etag) or request.method == "HEAD"):
        written = await run_in_threadpool(kept.written.get, key, make)
        headers["Content-Length"] = str(written.size)
        return await fresh.sent(request, etag, written.blocks, media_type, **headers)
    return await fresh.sent(request, etag, lambda: iter(()), media_type, **headers)


def _document(kept: Kept, lang: Any) -> Iterator[bytes]:
    """The contract's document, dataset by dataset."""
    from metadata.wording import finding

    yield orjson.dumps(kept.heads[lang]).removesuffix(b"}") + b',"datasets":['
    block: list[bytes] = []
    before = b""
    for one in kept.report.datasets():
        told = {**one.to_json(), "findings": [finding(found, lang) for found in one.findings]}
        block.append(before + orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS))
        before = b","
        if len(block) == 50:
            yield b"".join(block)
            block = []
    yield b"".join(block) + b"]}"


async def _shown(request: Request, template: str, find: Any) -> Response:
    """A page of the audit that is kept; while there is none, the page that says so and asks again by itself."""
    from catalog.audit.report.page import speaking

    kept, state = await _kept(request, PATIENCE)
    if kept is None:
        return _waiting(request, failed=state == "failed")
    facts = await run_in_threadpool(find, kept)
    facts |= {
        "sheets": kept.report.count <= BOUND,
        "report": kept.report,
        "kept": kept,
        "stale": state == "stale",
        "to": Links(),
    }
    facts |= speaking(kept.report, language_of(request))
    response = _pages(request).show(request, template, **facts)
    if not kept.public:
        response.headers["Cache-Control"] = "private, no-cache"
    return response


async def _kept(request: Request, patience: float) -> tuple[Kept | None, str]:
    """The audit for who asks: `fresh`, `stale`, `making` or `failed`."""
    actor = await run_in_threadpool(caller.actor, request)
    return await request.app.state.audits.find(actor, patience)  # type: ignore[no-any-return]


def _waiting(request: Request, failed: bool = False) -> Response:
    from catalog.audit.report.speech import Told

    tell = Told(language_of(request))
    response = _pages(request).show(request, "audit_wait.html", 500 if failed else 202, tell=tell, failed=failed)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: Request, kept: Kept, names: Sequence[str]) -> dict[str, Any]:
    """A page of datasets, as they may be shown now."""
    pages = max(1, -(-len(names) // ROWS))
    number = min(natural(request.query_params.get("page", "1")), pages)
    chosen = list(names[(number - 1) * ROWS : number * ROWS])
    fine = kept.still(request.app.state.portal, chosen)
    given = [(key, value) for key, value in request.query_params.multi_items() if key not in ("page", "lang")]
    return {
        "rows": [kept.shelf.read(name) for name in chosen if name in fine],
        "hidden": len(chosen) - len(fine),
        "number": number,
        "pages": pages,
        "at": lambda page: "?" + urlencode([*given, ("page", page)]),
    }


def _worst(request: Request, kept: Kept) -> list[Shown]:
    """Some datasets that need most."""
    chosen = kept.worst[:10]
    fine = kept.still(request.app.state.portal, chosen)
    return [kept.shelf.read(name) for name in chosen if name in fine]


def _pages(request: Request) -> Pages:
    return request.app.state.pages  # type: ignore[no-any-return]


ROUTES = (
    Route("/audit", summary),
    Route("/audit.json", document),
    Route("/audit.xlsx", workbook),
    Route("/audit/dataset", datasets),
    Route("/audit/dataset/{name}", dataset),
    Route("/audit/measure/{pack}/{measure}", measure),
    Route("/audit/finding/{fault}", finding),
)
