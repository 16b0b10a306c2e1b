"""Issues and checks tokens: JSON Web Tokens (RFC 7519) signed with HS256, or opaque ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field


class TokenRefused(Exception):
    """Why a token opens nothing."""


@dataclass(frozen=True)
class TokenSettings:
    """Lifetimes are in seconds."""

    access_lifetime: int = 3600
    refresh_lifetime: int = 30 * 86400
    rotates_refresh: bool = False
    """A refresh token dies at its first use."""
    is_opaque: bool = False
    """Tokens have no form that a client could read."""


@dataclass
class TokenIssuer:
    """Issues and checks tokens. Its key, and so every token, lasts as long as the process."""

    settings: TokenSettings
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    used: set[str] = field(default_factory=set)
    opaque: dict[str, dict] = field(default_factory=dict)

    def issue(self, username: str) -> tuple[str, str]:
        """An access token and a refresh token."""
        return (
            self._issue(username, "access", self.settings.access_lifetime),
            self._issue(username, "refresh", self.settings.refresh_lifetime),
        )

    def check_access(self, token: str) -> str:
        """The user name that the access token stands for."""
        return self._check(token, "access")["sub"]

    def redeem_refresh(self, token: str) -> str:
        """The user name that the refresh token stands for; the token may be dead afterwards."""
        claims = self._check(token, "refresh")
        if self.settings.rotates_refresh:
            if claims["jti"] in self.used:
                raise TokenRefused("the refresh token was used before")
            self.used.add(claims["jti"])
        return claims["sub"]

    def _issue(self, username: str, use: str, lifetime: int) -> str:
        now = int(time.time())
        claims = {"sub": username, "use": use, "iat": now, "exp": now + lifetime, "jti": secrets.token_hex(8)}
        if self.settings.is_opaque:
            token = secrets.token_urlsafe(32)
            self.opaque[token] = claims
            return token
        head = encode(b'{"alg":"HS256","typ":"JWT"}')
        body = encode(json.dumps(claims).encode())
        return f"{head}.{body}.{self._sign(head, body)}"

    def _check(self, token: str, use: str) -> dict:
        if self.settings.is_opaque:
            claims = self.opaque.get(token)
            if claims is None:
                raise TokenRefused("the token is unknown")
        else:
            parts = token.split(".")
            if len(parts) != 3 or not hmac.compare_digest(self._sign(*parts[:2]), parts[2]):
                raise TokenRefused("the token's signature is wrong")
            claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        if claims["use"] != use:
            raise TokenRefused(f"this is no {use} token")
        if claims["exp"] <= time.time():
            raise TokenRefused(f"the {use} token has expired")
        return claims

    def _sign(self, head: str, body: str) -> str:
        return encode(hmac.new(self.key, f"{head}.{body}".encode(), hashlib.sha256).digest())


def encode(data: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
