"""The catalog over HTTP: CKAN's Action API, two pages, downloads. `app` makes the application, `serve` runs it."""

from catalog.web.application import app
from catalog.web.server import serve

__all__ = ["app", "serve"]
