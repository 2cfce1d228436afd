"""One call of the differential tester: what is asked, of which action, and as whom."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

WHO = ("sysadmin", "admin", "editor", "member", "outsider", "anonymous", "bad")
"""A sysadmin; admin, editor and member of `dept-a`; a user of no organisation; no token; a wrong one."""


UNSORTED = (
    "format_autocomplete", "group_list_authz", "member_list", "organization_autocomplete",
    "organization_list_for_user", "package_autocomplete", "resource_search", "tag_list", "user_list",
    "vocabulary_create", "vocabulary_show",
)  # fmt: skip
"""Actions whose lists CKAN asks its database for without an order (or the rig's search, by a score of its own)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `<name>` inside what is sent stands for what an earlier call kept under that name."""

    action: str
    data: Mapping[str, Any] | None = None
    who: str = "sysadmin"
    get: bool = False
    """By GET: the data as a query."""
    keep: str = ""
    """The name under which the result's id (the first one's, of a list) is known afterwards."""
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Form field → (file name, text): sent as a multipart form."""
    raw: tuple[str, str] | None = None
    """(content type, body), instead of data."""
    path: str = ""
    """A path outside the Action API, instead of the action's."""
    headers: Mapping[str, str] = field(default_factory=dict)
    loose: bool = False
    """CKAN defines no order of the result's list."""
    worded: bool = False
    """The result is a text in each side's own words: that there is one is compared."""
    label: str = ""


def call(action: str, data: Mapping[str, Any] | None = None, who: str = "sysadmin", **more: Any) -> Call:
    """A call in short."""
    more.setdefault("loose", action in UNSORTED)
    return Call(action=action, data=data, who=who, **more)


def named(calls: Iterator[Call]) -> list[Call]:
    """The calls with labels that say what they ask, each once: the same list gives the same labels."""
    count: dict[str, int] = {}
    found = []
    for one in calls:
        asked = one.raw[1] if one.raw else json.dumps(dict(one.data or {}), ensure_ascii=False)
        how = "GET " if one.get else "multipart " if one.files else ""
        label = (
            f"{one.path or one.action} {one.who} {how}{asked}"[:150].replace("|", "/").replace("\n", " ").strip()
        )
        count[label] = count.get(label, 0) + 1
        found.append(replace(one, label=label if count[label] == 1 else f"{label} #{count[label]}"))
    return found
