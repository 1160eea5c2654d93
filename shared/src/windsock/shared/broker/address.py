"""Where the broker is, and who we are there, from its URL.

`redis://` and `rediss://` name one server, `unix://` its socket, `redis+sentinel://` the sentinels that know which server it is at the moment, and
`redis+cluster://` some nodes of a cluster. An `s` after `redis` is TLS; its options have redis-py's names, so that a URL means the same everywhere.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from windsock.shared.errors import Code, WindsockError

__all__ = ["Address", "BrokerUrl", "Kind", "Login"]

SERVER_PORT: Final = 6379
SENTINEL_PORT: Final = 26379
TLS_FILES: Final = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
OPTIONS: Final = frozenset({"db", "ssl_cert_reqs", "ssl_check_hostname"}) | TLS_FILES
SENTINEL_OPTIONS: Final = frozenset({"sentinel_username", "sentinel_password"})
_NO: Final = frozenset({"0", "false", "no", "none"})


class Kind(Enum):
    """What a URL leads to."""

    SERVER = "server"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are, and how we connect."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    db: int = 0
    tls: ssl.SSLContext | None = None


class Address(NamedTuple):
    """One server."""

    host: str
    port: int
    login: Login
    path: str | None = None

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"

    def hello(self, name: str) -> list[tuple[str | int, ...]]:
        """The commands that open a connection."""
        login = self.login
        commands: list[tuple[str | int, ...]] = []
        if login.password is not None:
            commands.append(("AUTH", login.username, login.password) if login.username else ("AUTH", login.password))
        if login.db:
            commands.append(("SELECT", login.db))
        commands.append(("CLIENT", "SETNAME", name))
        return commands


class BrokerUrl:
    """A broker's URL, taken apart.

    Raises:
        WindsockError: `invalid`, with what is wrong.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            base, _, kind = parts.scheme.partition("+")
            local = base == "unix"
            if base not in {"redis", "rediss", "unix"} or kind not in {"", "sentinel", "cluster"} or (local and kind):
                raise ValueError("it begins with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://")
            self.kind: Final = Kind(kind or "server")
            sentinel = self.kind is Kind.SENTINEL
            self._options: Final = _options(parts.query, OPTIONS | SENTINEL_OPTIONS if sentinel else OPTIONS)
            steps = [] if local else [unquote(step) for step in parts.path.split("/") if step]
            self.service: Final = steps.pop(0) if steps and sentinel else ""
            if sentinel and not self.service:
                raise ValueError("after the sentinels comes the service's name, as in redis+sentinel://host:26379/main")
            if len(steps) > 1:
                raise ValueError(f"there is more after its database: {'/'.join(steps[1:])!r}")
            db = int(self._options.get("db") or (steps[0] if steps else 0))
            if db and self.kind is Kind.CLUSTER:
                raise ValueError("a cluster has no databases")

            who, _, hosts = parts.netloc.rpartition("@")
            username, _, password = who.partition(":")
            tls = _context(self._options) if base == "rediss" else None
            self.login: Final = Login(unquote(username) or None, unquote(password) if password else None, db, tls)
            # Sentinels have users of their own; asking them needs none, as a rule.
            own = self._options.get
            self.sentinel_login: Final = Login(own("sentinel_username"), own("sentinel_password"), 0, tls)
            port, login = (SENTINEL_PORT, self.sentinel_login) if sentinel else (SERVER_PORT, self.login)
            self.seeds: Final = (
                [Address("", 0, login, unquote(parts.path))]
                if local
                else [_place(text, port, login) for text in hosts.split(",")]
            )
            if self.kind is Kind.SERVER and len(self.seeds) > 1:
                raise ValueError("several hosts need redis+sentinel:// or redis+cluster://")
        except (ValueError, OSError) as error:  # OSError: a certificate's file
            raise WindsockError(Code.INVALID, f"the broker's URL: {error}") from None

    @property
    def hosts(self) -> list[str]:
        """The hosts that it names."""
        return [seed.host for seed in self.seeds if not seed.path]

    def at(self, host: str, port: int) -> Address:
        """A server that was found by this URL."""
        return Address(host, port, self.login)

    def redis_py_tls(self) -> dict[str, Any]:
        """The TLS of this URL for redis-py, which makes a context of its own."""
        if self.login.tls is None:
            return {}
        verify = self.login.tls.verify_mode is not ssl.CERT_NONE
        checked = {
            "ssl_check_hostname": self.login.tls.check_hostname,
            "ssl_cert_reqs": "required" if verify else "none",
        }
        files = {name: value for name, value in self._options.items() if name in TLS_FILES}
        return {"ssl": True} | checked | files

    def __str__(self) -> str:
        return ",".join(str(seed) for seed in self.seeds) + (f" ({self.service})" if self.service else "")


def _options(query: str, known: frozenset[str]) -> dict[str, str]:
    options = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if unknown := sorted(set(options) - known):
        raise ValueError(f"there is no option {unknown[0]!r}; there are {', '.join(sorted(known))}")
    return options


def _place(text: str, port: int, login: Login) -> Address:
    parts = urlsplit(f"//{text}")
    return Address(unquote(parts.hostname or "127.0.0.1"), parts.port or port, login)


def _context(options: dict[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs") or None)
    if options.get("ssl_check_hostname", "").lower() in _NO:
        context.check_hostname = False
    wanted = options.get("ssl_cert_reqs", "required").lower()
    if wanted in _NO:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif wanted != "required":
        raise ValueError("ssl_cert_reqs is `required` or `none`")
    if certificate := options.get("ssl_certfile"):
        context.load_cert_chain(certificate, options.get("ssl_keyfile") or None)
    return context
