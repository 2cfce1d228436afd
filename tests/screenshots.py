"""Every page as a picture: Thai and English, phone and desk, light and dark; beside each other in index.html.

`python tests/screenshots.py FOLDER [PAGE …]` (`make screenshots`); of the named pages only, if any are named.
"""

from __future__ import annotations

import sys
import tempfile
from html import escape
from itertools import product
from pathlib import Path
from typing import Any

from browser_ground import LOCALES, PAGES, WIDTHS, Shown, Stand, chromium, context, stand
from playwright.sync_api import Browser

SCHEMES = ("light", "dark")
SHOTS = tuple(product(LOCALES, WIDTHS, SCHEMES))
"""Language, width, colours."""
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem; }
h2 { margin-top: 3rem; }
div { display: flex; gap: 1rem; overflow-x: auto; align-items: start; }
figure { margin: 0; flex: none; }
img { border: 1px solid #999; height: 40rem; object-fit: cover; object-position: top; }
"""


def shoot(browser: Browser, made: Stand, folder: Path, pages: tuple[Shown, ...]) -> None:
    """Each page in each way, whole, as PNG: `PAGE-th-390-light.png`."""
    for lang, width, scheme in SHOTS:
        looks = {"color_scheme": scheme, "reduced_motion": "reduce"}
        for steward in (False, True):
            with context(browser, made, lang=lang, width=width, steward=steward, **looks) as reader:
                page = reader.new_page()
                for one in pages:
                    if one.steward == steward:
                        settled: Any = "networkidle" if "explore" in one.name else "load"
                        page.goto(made.url + made.address(one), wait_until=settled)
                        page.screenshot(path=folder / file(one, lang, width, scheme), full_page=True)


def file(page: Shown, lang: str, width: int, scheme: str) -> str:
    """The name of a picture."""
    return f"{page.name}-{lang}-{width}-{scheme}.png"


def index(pages: tuple[Shown, ...]) -> str:
    """All pictures, a line for each page."""
    lines = []
    for one in pages:
        figures = (
            f'<figure><a href="{file(one, *shot)}"><img loading="lazy" src="{file(one, *shot)}" alt=""></a>'
            f"<figcaption>{' · '.join(map(str, shot))}</figcaption></figure>"
            for shot in SHOTS
        )
        lines.append(f'<h2 id="{one.name}">{one.name} <small>{escape(one.address)}</small></h2>')
        lines.append(f"<div>{''.join(figures)}</div>")
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Pages</title><style>{STYLE}</style>'
    return "\n".join((head, "<h1>Pages</h1>", *lines))


def main(folder: Path, names: list[str]) -> None:
    """Makes the pictures and their index in a folder."""
    pages = tuple(one for one in PAGES if one.name in names or not names)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as desk, stand(Path(desk)) as made, chromium() as browser:
        shoot(browser, made, folder, pages)
    (folder / "index.html").write_text(index(pages), encoding="utf-8")
    print(f"{len(pages) * len(SHOTS)} pictures: {folder / 'index.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
