"""The ways in that a workspace has set up, and the key that signs what a browser keeps."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.login.directory import Directory
from catalog.login.openid import OpenId
from metadata.errors import SetupError, StoreError
from metadata.state import own_folder

VARIABLE = "SAPHAN_SECRET"
SHORTEST = 32
"""Characters of the key: 16 bytes in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How people log in. `passwords`: whether our own count, beside those of the directories."""

    secret: bytes
    passwords: bool = True
    directories: tuple[Directory, ...] = ()
    providers: tuple[OpenId, ...] = ()

    def provider(self, name: str) -> OpenId | None:
        """A provider of OpenID Connect by its name."""
        return next((one for one in self.providers if one.name == name), None)


def gate(settings: Mapping[str, Any], folder: Path) -> Gate:
    """The ways in of `workspace.yaml`'s `accounts`. `folder`: where our key is kept, unless SAPHAN_SECRET is it.

    Raises SetupError `secret-short`, StoreError `store-unwritable`.
    """
    return Gate(
        secret=_secret(folder),
        passwords=settings.get("passwords", True),
        directories=tuple(Directory(**one) for one in settings.get("directories", ())),
        providers=tuple(OpenId(**one) for one in settings.get("providers", ())),
    )


def _secret(folder: Path) -> bytes:
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        if len(given) < SHORTEST:
            raise SetupError("secret-short", variable=VARIABLE, least=SHORTEST)
        return given.encode()
    path = folder / "secret"
    try:
        own_folder(folder)
        aside = folder / f"secret.{secrets.token_hex(4)}"
        if not path.exists():
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            try:
                os.link(aside, path)  # whole or not at all, and only where another process was not first
            except FileExistsError:
                pass
            finally:
                aside.unlink()
        return path.read_bytes().strip()
    except OSError as error:
        raise StoreError("store-unwritable", path=str(path), reason=error.strerror) from error
