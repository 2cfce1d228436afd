"""How a program reads a file: text to paste into a terminal, Python, R, Excel, Power BI, Google Sheets.

What strangers wrote never ends a text that it stands in: addresses are brought to letters that mean nothing in any
of these languages, and column names are written as each language's own literals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.routing import Route

from catalog.web import caller
from catalog.web.pages.page import link, resource_of, show, table_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.web.words import Speech

PAGE = 32_000
"""Rows asked for at a time: the most that CKAN's `datastore_search` answers (`ckan.datastore.search.rows_max`)."""
SAFE = "-._~:/?#@&+,;=%"
"""Letters of an address, beside letters and digits, that stand for themselves between double quotes in every shell
and language here; all others (quotation marks, `$`, `!`, brackets, the backtick) become %XX."""
TYPES = {
    "int2": "Int64.Type", "int4": "Int64.Type", "int8": "Int64.Type", "numeric": "type number",
    "float4": "type number", "float8": "type number", "bool": "type logical", "date": "type date",
    "timestamp": "type datetime",
}  # fmt: skip
"""DataStore type → type of Power Query's M; all others stay text, so that a code keeps its noughts."""

Tool = Literal["curl", "python", "python-plain", "r", "excel", "power-bi", "sheets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """One text to paste. `steps` is the key of the words that say where."""

    tool: Tool
    title: str
    text: str
    steps: str


def facts(request: Request, package: Mapping[str, Any], tables: Mapping[str, Any], say: Speech) -> dict[str, Any]:
    """For the block of the dataset's page: the first file that programs can read as a table, else the first."""
    there = [one for one in package["resources"] if link(one["url"])]
    chosen = next((one for one in there if tables.get(one["id"])), next(iter(there), None))
    if chosen is None:
        return {"snippets": [], "read": None, "readable": []}
    made = snippets(package, chosen, tables.get(chosen["id"]), caller.site(request).url)
    return {"snippets": made, "read": chosen, "readable": there}


async def programs(request: Request) -> Response:
    """`/dataset/<name>/resource/<id>/programs`: how a program reads one file."""
    package, resource = await resource_of(request)
    if not link(resource["url"]):
        raise HTTPException(404)
    table = await table_of(request, resource)
    site = caller.site(request).url
    more: dict[str, Any] = {"table": table, "odata": f"{site}/odata/{quote(resource['id'])}/"}
    more["snippets"] = snippets(package, resource, table, site)
    return show(request, "programs.html", package=package, resource=resource, **more)


def snippets(
    package: Mapping[str, Any], resource: Mapping[str, Any], table: Mapping[str, Any] | None, site: str
) -> list[Snippet]:
    """The texts for one file.

    :param table: what `datastore_info` tells of its table, if it has one
    :param site: the catalog's address, as the reader knows it
    """
    key, file = quote(str(resource["id"]), safe=""), address(resource["url"])
    form = str(resource.get("format") or "").strip().lower()
    ending = form if re.fullmatch("[a-z0-9]{1,10}", form) else "data"
    csv = file if form == "csv" else f"{address(site)}/datastore/dump/{key}" if table else ""
    made = [_curl(file, f"{package['name']}.{ending}")]
    if table:
        rows = f"{address(site)}/api/3/action/datastore_search"
        made += [_python(rows, key), _python_plain(rows, key), _r_rows(rows, key)]
    elif csv:
        made += [_python_csv(csv), _r_csv(csv)]
    if csv:
        fields = [one for one in (table or {}).get("fields", ()) if one["id"] != "_id"]
        made.append(Snippet(tool="excel", title="Excel", text=_m_csv(csv, fields), steps="programs-excel"))
    if table:
        feed = f"{address(site)}/odata/{key}/"
        made.append(Snippet(tool="power-bi", title="Power BI", text=_m_odata(feed), steps="programs-power-bi"))
    elif csv:
        made.append(Snippet(tool="power-bi", title="Power BI", text=_m_csv(csv, ()), steps="programs-power-bi"))
    if csv:
        text = f'=IMPORTDATA("{csv}")'
        made.append(Snippet(tool="sheets", title="Google Sheets", text=text, steps="programs-sheets"))
    return made


def address(url: str) -> str:
    """An address in letters that mean nothing to any of the languages: see SAFE."""
    return quote(url, safe=SAFE)


def _curl(file: str, name: str) -> Snippet:
    return Snippet(tool="curl", title="curl", text=f'curl -fL -o "{name}" "{file}"', steps="programs-curl")


def _python(rows: str, key: str) -> Snippet:
    text = f"""\
# pip install requests pandas
import pandas as pd
import requests

address = "{rows}"
asked = {{"resource_id": "{key}", "sort": "_id", "limit": {PAGE}, "offset": 0}}
rows = []
while True:
    answer = requests.get(address, params=asked, timeout=60)
    answer.raise_for_status()
    found = answer.json()["result"]["records"]
    if not found:
        break
    rows += found
    asked["offset"] += len(found)
table = pd.DataFrame(rows).set_index("_id")
print(table)"""
    return Snippet(tool="python", title="Python (pandas)", text=text, steps="programs-python")


def _python_plain(rows: str, key: str) -> Snippet:
    text = f"""\
import json
from urllib.request import urlopen

address = "{rows}?resource_id={key}&sort=_id&limit={PAGE}&offset="
rows = []
while True:
    with urlopen(f"{{address}}{{len(rows)}}", timeout=60) as answer:
        found = json.load(answer)["result"]["records"]
    if not found:
        break
    rows += found
print(len(rows), rows[:1])"""
    return Snippet(tool="python-plain", title="Python", text=text, steps="programs-python-plain")


def _python_csv(csv: str) -> Snippet:
    text = f"""\
# pip install pandas
import pandas as pd

table = pd.read_csv("{csv}", dtype=str, encoding="utf-8-sig")
print(table)"""
    return Snippet(tool="python", title="Python (pandas)", text=text, steps="programs-python")


def _r_rows(rows: str, key: str) -> Snippet:
    text = f"""\
# install.packages("jsonlite")
library(jsonlite)

address <- "{rows}?resource_id={key}&sort=_id&limit={PAGE}&offset="
pages <- list()
offset <- 0
repeat {{
  found <- fromJSON(paste0(address, format(offset, scientific = FALSE)))$result$records
  if (NROW(found) == 0) break
  pages[[length(pages) + 1]] <- found
  offset <- offset + NROW(found)
}}
table <- rbind_pages(pages)
print(head(table))"""
    return Snippet(tool="r", title="R", text=text, steps="programs-r")


def _r_csv(csv: str) -> Snippet:
    text = f"""\
# install.packages("readr")
library(readr)

table <- read_csv("{csv}", col_types = cols(.default = "c"), locale = locale(encoding = "UTF-8"))
print(table)"""
    return Snippet(tool="r", title="R", text=text, steps="programs-r")


def _m_csv(csv: str, fields: Iterable[Mapping[str, Any]]) -> str:
    """Power Query: the file as a table, its numbers and dates as such, all else as text."""
    typed = [(str(one["id"]), TYPES[one["type"]]) for one in fields if one.get("type") in TYPES]
    lines = [
        "let",
        f'    Source = Csv.Document(Web.Contents("{csv}"), '
        '[Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),',
        "    Named = Table.PromoteHeaders(Source, [PromoteAllScalars = true])",
    ]
    if typed:
        lines[-1] += ","
        pairs = ", ".join(f"{{{literal(name)}, {kind}}}" for name, kind in typed)
        lines += [
            f"    Types = List.Select({{{pairs}}}, each Table.HasColumns(Named, _{{0}})),",
            '    Typed = Table.TransformColumnTypes(Named, Types, "en-US")',
        ]
    return "\n".join([*lines, "in", "    Typed" if typed else "    Named"])


def _m_odata(feed: str) -> str:
    return f"""\
let
    Source = OData.Feed("{feed}", null, [Implementation = "2.0"]),
    Rows = Source{{[Name = "rows", Signature = "table"]}}[Data]
in
    Rows"""


def literal(text: str) -> str:
    """A text literal of M: `"` doubled; `#` (which begins an escape) and what is no letter to be seen, escaped."""
    safe = "".join(
        '""' if one == '"' else one if one.isprintable() and one != "#" else f"#({ord(one):08X})" for one in text
    )
    return f'"{safe}"'


ROUTES = (Route("/dataset/{id}/resource/{resource}/programs", programs),)
