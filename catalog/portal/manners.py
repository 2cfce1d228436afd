"""What a target is and what it would refuse, found once by reading, before the first write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metadata.errors import NotAllowed, NotCkan, Refused
from metadata.ports import Portal

TAG_LENGTH = range(2, 101)
"""Characters of a tag (ckan/model/tag.py)."""
_STOCK_TAG = re.compile(r"[\w \-.]*")
"""ckan/logic/validators.py `tag_name_validator`: Python's word characters hold no Thai vowel above or below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What one portal is, as far as it lets itself be read. What is hidden counts as the stricter case."""

    ckan_version: tuple[int, ...] = ()
    extensions: frozenset[str] | None = None
    """Its plugins; None where the portal hides them."""
    scheming: Mapping[str, Any] | None = field(default=None, hash=False)
    """Its ckanext-scheming schema of datasets, as `scheming_dataset_schema_show` gives it."""
    thai: str | None = None
    """The edition of thai_gdc (`2.1.0`), None without it."""
    saphan: str | None = None
    """saphan's version, where the target is one of our own catalogs."""
    datastore: bool = False
    user: str | None = None
    """Whose key it is; None for a wrong key, and where CKAN (before 2.10) does not say."""
    sysadmin: bool = False
    organizations: tuple[str, ...] | None = None
    """Names of the organisations in which the key's user may create datasets; None where that is hidden."""

    @property
    def nobody(self) -> bool:
        """Whether we are nobody there: a wrong key reads so, and to nobody what is private looks missing."""
        return self.user is None and not self.organizations

    @property
    def name_length(self) -> range:
        """Characters of a dataset's name: CKAN 2 to 100, thai_gdc and our own catalog 2 to 70."""
        return range(2, 71 if self.thai or self.saphan else 101)

    @property
    def hides(self) -> bool:
        """Whether it hides its extensions."""
        return self.extensions is None

    def refuses_tag(self, tag: str) -> bool:
        """Whether the portal would refuse a tag. Stock CKAN refuses most Thai ones.

        thai_gdc's pattern refuses nothing; our own catalog is stock where it has no schema, and else asks for the
        length alone.
        """
        if len(tag) not in TAG_LENGTH:
            return True
        lenient = self.thai is not None or (self.saphan is not None and self.scheming is not None)
        return not lenient and _STOCK_TAG.fullmatch(tag) is None

    def has_field(self, name: str) -> bool:
        """Whether its scheming schema has a dataset field of that name (then it is no extra)."""
        fields = (self.scheming or {}).get("dataset_fields", ())
        return any(one.get("field_name") == name for one in fields)


def manners(portal: Portal) -> Manners:
    """Reads what a portal is. At most five requests, none of them writing.

    Raises NotCkan `portal-not-ckan` where `status_show` is not a CKAN's, and PortalError as `call_action` does.
    """
    status = portal.call_action("status_show")
    if not isinstance(status, Mapping) or not ({"ckan_version", "site_title"} & status.keys()):
        raise NotCkan(
            "portal-not-ckan", portal=getattr(portal, "url", "?"), action="status_show", status=200, content="JSON"
        )
    listed = status.get("extensions")
    extensions = frozenset(map(str, listed)) if isinstance(listed, list | tuple) else None
    user = _asked(portal, "user_show", {})
    theirs = _asked(portal, "organization_list_for_user", {"permission": "create_dataset"})
    return Manners(
        ckan_version=tuple(map(int, re.findall(r"\d+", str(status.get("ckan_version", "")))[:3])),
        extensions=extensions,
        scheming=_scheming(portal, extensions),
        thai=_thai(status, extensions),
        saphan=str(status["saphan_version"]) if status.get("saphan_version") else None,
        datastore=_datastore(portal, extensions),
        user=user["name"] if isinstance(user, Mapping) else None,
        sysadmin=isinstance(user, Mapping) and bool(user.get("sysadmin")),
        organizations=tuple(one["name"] for one in theirs) if isinstance(theirs, list) else None,
    )


def _asked(portal: Portal, action: str, data: Mapping[str, Any]) -> Any:
    """The answer, or None where the portal has no such action or does not tell us."""
    try:
        return portal.call_action(action, data)
    except (Refused, NotAllowed) as error:
        if error.values.get("status", 400) >= 429:
            raise
        return None


def _scheming(portal: Portal, extensions: frozenset[str] | None) -> Mapping[str, Any] | None:
    if extensions is not None and not any("scheming" in name for name in extensions):
        return None
    schema = _asked(portal, "scheming_dataset_schema_show", {"type": "dataset"})
    return schema if isinstance(schema, Mapping) and "dataset_fields" in schema else None


def _thai(status: Mapping[str, Any], extensions: frozenset[str] | None) -> str | None:
    if status.get("thaigdc_version"):
        return str(status["thaigdc_version"])
    return "?" if extensions is not None and "thai_gdc" in extensions else None


def _datastore(portal: Portal, extensions: frozenset[str] | None) -> bool:
    if extensions is not None:
        return "datastore" in extensions
    return _asked(portal, "help_show", {"name": "datastore_create"}) is not None
