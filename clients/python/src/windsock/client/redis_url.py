"""Where Redis is, and who we are there, from its URL: one server, the sentinels that know which server it is at the moment, or some nodes of a cluster.

The services read the same URLs, with the same options, so that one address does for all; `prefix` and `replicas` are the client's own: theirs are settings.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from windsock.client.address import host_and_port

if TYPE_CHECKING:
    import ssl

__all__ = ["Kind", "Login", "Node", "RedisUrl", "Tls", "read_redis_url"]

SERVER_PORT: Final = 6379
SENTINEL_PORT: Final = 26379
OPTIONS: Final = frozenset({
    "db", "prefix", "replicas", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname"
})  # fmt: skip
SENTINEL_OPTIONS: Final = frozenset({"sentinel_username", "sentinel_password"})
_NO: Final = frozenset({"0", "false", "no", "none"})


class Kind(Enum):
    """What a URL leads to."""

    SERVER = "server"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


class Node(NamedTuple):
    """One server."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Login:
    """Who we are."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Tls:
    """How a server proves itself, and we to it."""

    authority: str | None = None
    certificate: str | None = None
    key: str | None = None
    checked: bool = True
    named: bool = True
    """Whether the certificate must be for the name that we asked for."""

    def context(self) -> ssl.SSLContext:
        """For connections. Raises OSError or ValueError: a file is missing, or is no certificate."""
        import ssl  # noqa: PLC0415  # 15 ms that only those pay who need it

        context = ssl.create_default_context(cafile=self.authority)
        context.check_hostname = self.named and self.checked
        if not self.checked:
            context.verify_mode = ssl.CERT_NONE
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True)
class RedisUrl:
    """A URL, taken apart."""

    kind: Kind
    seeds: tuple[Node, ...]
    """The servers that it names: the one, sentinels, or some nodes of a cluster. None, if it names a socket."""
    path: str = ""
    """The socket."""
    service: str = ""
    """What the sentinels call it."""
    login: Login = Login()
    sentinel_login: Login = Login()
    """Sentinels have users of their own; asking them needs none, as a rule."""
    db: int = 0
    prefix: str = "windsock"
    replicas: int = 0
    """How many replicas must have a message before it counts as sent."""
    tls: Tls | None = None

    @property
    def inbox(self) -> str:
        """Where messages go."""
        return f"{self.prefix}:inbox"

    def at(self, node: Node, db: int) -> str:
        """One server that was found by this URL, for people."""
        return f"{'redis' if self.tls is None else 'rediss'}://{node}{f'/{db}' if db else ''}"

    def __str__(self) -> str:
        """For people and logs: without passwords."""
        if self.path:
            return f"unix://{self.path}"
        base = "redis" if self.tls is None else "rediss"
        kind = "" if self.kind is Kind.SERVER else f"+{self.kind.value}"
        steps = [self.service] if self.service else []
        steps += [str(self.db)] if self.db else []
        return f"{base}{kind}://{','.join(map(str, self.seeds))}" + "".join(f"/{step}" for step in steps)


def read_redis_url(url: str) -> RedisUrl:
    """Take a URL apart.

    Raises:
        ValueError: it can't be used; the message says why.
    """
    parts = urlsplit(url)
    base, _, word = parts.scheme.lower().partition("+")
    kind = Kind(word or "server")
    sentinel, local = kind is Kind.SENTINEL, base == "unix"
    known = OPTIONS | SENTINEL_OPTIONS if sentinel else OPTIONS
    options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if unknown := sorted(options.keys() - known):
        raise ValueError(f"it has no option {unknown[0]!r}; there are {', '.join(sorted(known))}")
    steps = [] if local else [unquote(step) for step in parts.path.split("/") if step]
    service = steps.pop(0) if steps and sentinel else ""
    if sentinel and not service:
        raise ValueError("after the sentinels comes the service's name, as in redis+sentinel://host:26379/main")
    if len(steps) > 1:
        raise ValueError(f"there is more after its database: {'/'.join(steps[1:])!r}")
    db = int(options.get("db") or (steps[0] if steps else 0))
    if db and kind is Kind.CLUSTER:
        raise ValueError("a cluster has no databases")
    who, _, hosts = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    seeds = () if local else _nodes(hosts, SENTINEL_PORT if sentinel else SERVER_PORT)
    if local and not parts.path:
        raise ValueError("it names no socket")
    if kind is Kind.SERVER and len(seeds) > 1:
        raise ValueError("several hosts need redis+sentinel:// or redis+cluster://")
    return RedisUrl(
        kind,
        seeds,
        unquote(parts.path) if local else "",
        service,
        Login(unquote(user) or None, unquote(password) or None),
        Login(options.get("sentinel_username") or None, options.get("sentinel_password") or None),
        db,
        options.get("prefix") or os.environ.get("WINDSOCK_REDIS_PREFIX") or "windsock",
        int(options.get("replicas") or os.environ.get("WINDSOCK_REDIS_REPLICAS") or 0),
        _tls(options) if base == "rediss" else None,
    )


def _nodes(hosts: str, port: int) -> tuple[Node, ...]:
    places = [host_and_port(f"//{text}") for text in hosts.split(",")]
    return tuple(Node(unquote(host), named or port) for host, named in places)


def _tls(options: dict[str, str]) -> Tls:
    wanted = options.get("ssl_cert_reqs", "required").lower()
    if wanted not in _NO and wanted != "required":
        raise ValueError("ssl_cert_reqs is `required` or `none`")
    tls = Tls(
        options.get("ssl_ca_certs") or None,
        options.get("ssl_certfile") or None,
        options.get("ssl_keyfile") or None,
        checked=wanted not in _NO,
        named=options.get("ssl_check_hostname", "").lower() not in _NO,
    )
    if tls.authority or tls.certificate:
        try:
            tls.context()
        except OSError as error:
            raise ValueError(f"its certificates can't be read: {error}") from None
    return tls
