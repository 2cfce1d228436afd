"""What is printed and needs no server: a template with its style and typeface inside, as HTML or as a PDF.

A PDF needs `saphan[pdf]` and the system's Pango: its Thai is shaped by HarfBuzz and broken by libthai. Its
typeface, Sarabun, comes with saphan.
"""

from __future__ import annotations

import base64
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadata.errors import SetupError

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
STATIC = HERE / "web" / "static"
QUIET = 4
"""Modules of white around a QR code (ISO/IEC 18004)."""
FACE = """
@font-face {{ font-family: "Sarabun {script}"; font-weight: {weight}; src: url("{url}") format("woff2"); }}
"""


@cache
def _jinja() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    folders = FileSystemLoader((HERE, HERE / "web" / "templates"))
    return Environment(loader=folders, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def rendered(template: str, **facts: Any) -> str:
    """A template by its path below `catalog/`, or by its name among the pages' own."""
    return _jinja().get_template(template).render(facts)


def style(*names: str) -> str:
    """Style sheets of the pages in one text, the typeface's files inside it."""
    css = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)
    return re.sub(r'url\("([^"]+\.woff2)"\)', _inlined, css)


def _inlined(found: re.Match[str]) -> str:
    content = (STATIC / found[1]).read_bytes()
    return f"url(data:font/woff2;base64,{base64.b64encode(content).decode()})"


def faces() -> str:
    """The typeface's files as CSS for a PDF: one family for each script, as Pango wants them."""
    made = []
    for script in ("thai", "latin", "more"):
        for weight in (400, 700):
            url = (STATIC / f"sarabun-{script}-{weight}.woff2").as_uri()
            made.append(FACE.format(script=script, weight=weight, url=url))
    return "".join(made)


def pdf(text: str) -> bytes:
    """A document as PDF, tagged for who listens to it. Raises SetupError `pdf-missing`, `pdf-library`."""
    html = printer()
    made: bytes = html(string=text, base_url=str(HERE / "web")).write_pdf(
        pdf_identifier=b"saphan", pdf_tags=True, custom_metadata=False
    )
    return made


def printer() -> Any:
    """What makes PDFs. It loads Pango when it is imported. Raises SetupError `pdf-missing`, `pdf-library`."""
    try:
        from weasyprint import HTML
    except ImportError:
        raise SetupError("pdf-missing") from None
    except OSError as error:
        raise SetupError("pdf-library", reason=str(error).splitlines()[0]) from None
    return HTML


def qr(text: str) -> Markup:
    """A text as a QR code: an SVG that is black on white whatever the reader's colours.

    Nothing of the text stands in it: its paths are made of numbers alone.
    """
    import segno
    from markupsafe import Markup

    code = segno.make(text, micro=False, error="m")
    svg = code.svg_inline(border=QUIET, omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff")
    return Markup(svg)  # noqa: S704 - numbers


def put(path: Path, content: bytes) -> None:
    """Writes a file beside its place and moves it there, so that none is ever half written. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
