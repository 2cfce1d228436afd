"""Log-in by a provider of OpenID Connect: the authorization code flow with PKCE. ThaiD is one of them."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.login.identity import Identity, LoginRefused

PATIENCE = 10
KNOWN_FOR = 3600
"""Seconds that a provider's addresses and keys are remembered."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures of an ID token: by the provider's key; never none, never by a secret we share."""
LATE = 600
"""Seconds in which a log-in that was begun must be finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenId:
    """One provider. `secret_variable` names the environment's variable with the client's secret.

    `claims`: which of the provider's claims is the subject, name, full name, e-mail and groups. What the ID token
    does not say is taken from the token's own answer (ThaiD puts `pid` and `name` there), then from `userinfo`.
    """

    name: str
    issuer: str
    client_id: str
    secret_variable: str | None = None
    scope: str = "openid profile email"
    claims: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def begin(self, back: str) -> tuple[str, dict[str, Any]]:
        """Where to send the browser, and what to remember of it until it comes `back`. Raises LoginRefused."""
        state = {"state": secrets.token_urlsafe(24), "nonce": secrets.token_urlsafe(24), "at": int(time.time())}
        state["verifier"] = secrets.token_urlsafe(48)
        with self._session(back) as session:
            url, _ = session.create_authorization_url(
                self._told()["authorization_endpoint"],
                state=state["state"],
                nonce=state["nonce"],
                code_verifier=state["verifier"],
            )
        return url, state

    def finish(self, back: str, query: Mapping[str, str], begun: Mapping[str, Any]) -> Identity:
        """Who came back. `query`: what the provider added to the address. Raises LoginRefused."""
        state = str(begun.get("state", ""))
        if not state or not secrets.compare_digest(query.get("state", "").encode(), state.encode()):
            raise LoginRefused("expired")
        if time.time() - int(begun.get("at", 0)) > LATE:
            raise LoginRefused("expired")
        if query.get("error") or not query.get("code"):
            raise LoginRefused("wrong")
        told = self._told()
        with self._session(back) as session:
            try:
                answer = session.fetch_token(
                    told["token_endpoint"],
                    code=query["code"],
                    code_verifier=begun["verifier"],
                    timeout=PATIENCE,
                )
                facts = self._facts(session, told, answer, str(begun["nonce"]))
            except LoginRefused:
                raise
            except Exception as error:  # noqa: BLE001 - the library's words may hold the code or the token
                raise LoginRefused(_because(error)) from None
        return self._identity(facts)

    def _facts(
        self, session: Any, told: Mapping[str, Any], answer: Mapping[str, Any], nonce: str
    ) -> dict[str, Any]:
        from joserfc import jwt

        token = jwt.decode(str(answer["id_token"]), _keys(told["jwks_uri"]), algorithms=ALGORITHMS)
        wanted: dict[str, Any] = {
            "iss": {"essential": True, "value": told["issuer"]},
            "aud": {"essential": True, "value": self.client_id},
            "nonce": {"essential": True, "value": nonce},
            "exp": {"essential": True},
            "sub": {"essential": True},
        }
        jwt.JWTClaimsRegistry(leeway=60, **wanted).validate(token.claims)
        extra = {key: value for key, value in answer.items() if isinstance(value, str | bool | list)}
        facts = {**extra, **token.claims}
        missing = [claim for claim in map(self._claim, ("subject", "name", "email")) if claim not in facts]
        if missing and told.get("userinfo_endpoint"):
            more = session.get(told["userinfo_endpoint"], timeout=PATIENCE).json()
            if isinstance(more, dict) and more.get("sub", token.claims["sub"]) == token.claims["sub"]:
                facts = {**more, **facts}
        return facts

    def _claim(self, what: str) -> str:
        usual = {"subject": "sub", "name": "preferred_username", "fullname": "name"}
        return self.claims.get(what, usual.get(what, what))

    def _identity(self, facts: Mapping[str, Any]) -> Identity:
        def told(what: str) -> str:
            return str(facts.get(self._claim(what)) or "")

        if not told("subject"):
            raise LoginRefused("broken")
        groups = facts.get(self._claim("groups")) or ()
        return Identity(
            provider=self.name,
            subject=told("subject"),
            name=told("name"),
            fullname=told("fullname"),
            email=told("email") if facts.get("email_verified") is True else "",
            groups=tuple(map(str, groups)) if isinstance(groups, list) else (str(groups),) if groups else (),
        )

    def _session(self, back: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        secret = os.environ.get(self.secret_variable or "", "").strip() or None
        if self.secret_variable and secret is None:
            raise LoginRefused("broken")
        return OAuth2Session(
            self.client_id,
            secret,
            scope=self.scope,
            redirect_uri=back,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
        )

    def _told(self) -> dict[str, Any]:
        """The provider's own description (OpenID Connect Discovery 1.0, 4)."""
        told = _fetched(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(isinstance(told.get(key), str) for key in needed):
            raise LoginRefused("broken")
        if told["issuer"].rstrip("/") != self.issuer.rstrip("/"):
            raise LoginRefused("broken")
        return told


_HELD: dict[str, tuple[float, dict[str, Any]]] = {}


def _fetched(url: str) -> dict[str, Any]:
    """A provider's JSON document, remembered for an hour. Raises LoginRefused."""
    import requests

    at, held = _HELD.get(url, (0.0, {}))
    if not held or time.monotonic() - at > KNOWN_FOR:
        try:
            answer = requests.get(url, timeout=PATIENCE)
            answer.raise_for_status()
            held = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise LoginRefused(_because(error)) from None
        if not isinstance(held, dict):
            raise LoginRefused("broken")
        _HELD[url] = time.monotonic(), held
    return held


def _keys(url: str) -> Any:
    from joserfc.jwk import KeySet

    return KeySet.import_key_set(_fetched(url))  # type: ignore[arg-type]


def _because(error: Exception) -> Any:
    import requests

    offline = (requests.ConnectionError, requests.Timeout)
    return "unreachable" if isinstance(error, offline) else "broken"
