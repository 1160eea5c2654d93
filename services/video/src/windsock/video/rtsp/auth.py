"""How a camera is told who we are: Basic, or Digest with MD5 or SHA-256 (RFC 2617, RFC 7616)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field

__all__ = ["Login"]

_PAIR = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')
_HASHES = {"md5": hashlib.md5, "sha-256": hashlib.sha256}


@dataclass(slots=True)
class Login:
    """User and password, and what the camera asks for."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    _scheme: str = ""
    _asked: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    _count: int = 0

    def challenge(self, asked: list[str]) -> bool:
        """Take the camera's `WWW-Authenticate` headers. False if we have nothing that answers them."""
        if not self.user and not self.password:
            return False
        best = ""
        for header in asked:
            scheme, _, rest = header.strip().partition(" ")
            pairs = {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(rest)}
            if scheme.lower() == "digest" and pairs.get("algorithm", "MD5").lower() in _HASHES:
                self._scheme, self._asked, self._count = "digest", pairs, 0
                return True
            if scheme.lower() == "basic":
                best = "basic"
        self._scheme, self._asked = best, {}
        return bool(best)

    @property
    def stale(self) -> bool:
        """Whether the camera says that our answer was right, and to a question of long ago."""
        return self._asked.get("stale", "").lower() == "true"

    def header(self, method: str, url: str) -> str | None:
        """The `Authorization` header of a request."""
        if not self._scheme:
            return None
        if self._scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        asked = self._asked
        hashed = _HASHES[asked.get("algorithm", "MD5").lower()]

        def digest(text: str) -> str:
            return hashed(text.encode()).hexdigest()

        realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
        ours, theirs = digest(f"{self.user}:{realm}:{self.password}"), digest(f"{method}:{url}")
        parts = {"username": self.user, "realm": realm, "nonce": nonce, "uri": url}
        more = ""
        if "auth" in [word.strip() for word in asked.get("qop", "").split(",")]:
            self._count += 1
            count, own = f"{self._count:08x}", secrets.token_hex(8)
            parts["response"] = digest(f"{ours}:{nonce}:{count}:{own}:auth:{theirs}")
            parts["cnonce"] = own
            more = f", qop=auth, nc={count}"
        else:
            parts["response"] = digest(f"{ours}:{nonce}:{theirs}")
        if "opaque" in asked:
            parts["opaque"] = asked["opaque"]
        if "algorithm" in asked:
            more += f", algorithm={asked['algorithm']}"
        return "Digest " + ", ".join(f'{name}="{value}"' for name, value in parts.items()) + more
