"""YAML of our own is read by libyaml: as everybody's files are."""

from __future__ import annotations

import pytest

from metadata.document import parsed, shipped

WRITTEN = (
    "{ask: Why?, then: [http://a.example/b/, c]}",
    "[yes, no, on, off, null, ~, 010, 0o10, 0x1F, 1_000, 12:30, 1e3, .5, +1, 2026-09-30]",
    "folded: >-\n  ก\n  ข\n\n  ค\nkept: |\n  - a: b # c\n",
    "one: &one {a: 1}\ntwo: {<<: *one, b: 2}\n",
)


@pytest.mark.parametrize("text", WRITTEN)
def test_libyaml_reads_what_everybodys_parser_reads(text: str) -> None:
    assert repr(shipped(text)) == repr(parsed(text))
