"""What publishers write is Markdown, as on CKAN: shown as plain HTML of a few elements, whatever stands in it."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from catalog.web.straight import LONGEST, straight

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

TAGS = frozenset({"p", "br", "em", "strong", "ul", "ol", "li", "a", "code", "pre", "blockquote"})
LEAD = 300
"""Letters of a description that a page begins with, at most."""


def html(text: str) -> Markup:
    """A text of Markdown as HTML: no element of its own, no picture, no link but http(s) and mail addresses."""
    return _html(text[:LONGEST])


@lru_cache(maxsize=256)
def _html(text: str) -> Markup:
    import nh3

    return Markup(  # noqa: S704 - made of escaped text, and cleaned once more
        nh3.clean(
            straight(_reader().render(text)),
            tags=set(TAGS),
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener nofollow ugc",
        )
    )


def plain(text: str, most: int = LEAD) -> str:
    """The first words of a text without marks, on one line; an ellipsis where it goes on."""
    flat = html(text[: 8 * most]).striptags()
    if len(flat) <= most:
        return flat if len(text) <= 8 * most else f"{flat}…"
    cut = flat.rfind(" ", most // 2, most)
    return flat[: cut if cut > 0 else most].rstrip() + "…"


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "breaks": True})
    reader.disable(["image", "html_block", "html_inline"])
    # a heading is a bold line: the page's own headings stay the only ones
    reader.add_render_rule("heading_open", lambda *_told: "<p><strong>")
    reader.add_render_rule("heading_close", lambda *_told: "</strong></p>\n")
    return reader
