"""What a browser may do with our pages: show them, send our forms, and on some of them run a script of ours."""

from __future__ import annotations

_PLAIN = (
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
)
_ALONE = "frame-ancestors 'none'"
POLICY = "; ".join((*_PLAIN, _ALONE))
"""The Content-Security-Policy of every answer that does not bring its own."""
SCRIPTED = "; ".join((*_PLAIN, "script-src 'self'", "connect-src 'self'", _ALONE))
"""That of a page which a script of ours makes easier."""
EMBEDDED = "; ".join((*_PLAIN, "frame-ancestors *"))
"""That of a page which others may show within theirs."""
