"""The Windsock that is looked at: every address of it, from the arguments, the environment and the `.env` file of this folder."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from windsock.client.target import find_target
from windsock.command.fault import Fault
from windsock.command.place import find_place

if TYPE_CHECKING:
    import argparse

    from windsock.client.redis_url import RedisUrl

__all__ = ["Patient", "find_patient"]


@dataclass(frozen=True)
class Patient:
    """Where its parts should be."""

    host: str
    board: str
    """The board's URL, without a slash at its end."""
    tcp_port: int | None
    """None: messages go by HTTP, as the server's URL says; TCP may well be shut."""
    tcp_large_port: int | None
    http: str
    key: str | None
    redis: RedisUrl | None
    redis_named: bool
    """Whether somebody said where Redis is, or it is a guess."""
    data_dir: Path

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return is_loopback(self.host)


def find_patient(args: argparse.Namespace) -> Patient:
    """The Windsock that the arguments mean.

    Raises:
        Fault: a URL can't be used.
    """
    place = find_place(args)
    env = os.environ
    try:
        target = find_target(place.server, place.key)
        over_redis = target.is_redis
        by_tcp = find_target(f"tcp://{_in_url(target.host or '127.0.0.1')}") if over_redis else target
        by_http = target.scheme in {"http", "https"}
        http_port = env.get("WINDSOCK_HTTP_PORT") or 8030
        http = target.url if by_http else f"http://{_in_url(by_tcp.host)}:{http_port}"
        data_dir = Path(env.get("WINDSOCK_DATA_DIR") or ".windsock")
        url = args.redis or (place.server if over_redis else None) or env.get("WINDSOCK_REDIS_URL")
        embedded = None if url or not is_loopback(by_tcp.host) else _embedded(data_dir)
        guess = "redis://127.0.0.1:6379" if is_loopback(by_tcp.host) else None
        found = url or embedded or guess
        redis = None if found is None else find_target(found).redis
        if redis is None and found is not None:
            raise Fault(f"{found} is no Redis: it should be like redis://HOST:6379/0.")
    except ValueError as error:
        raise Fault(f"{error}.") from None
    return Patient(
        host=by_tcp.host,
        board=place.board,
        tcp_port=None if by_http else by_tcp.port,
        tcp_large_port=None if by_http else by_tcp.large_port,
        http=http,
        key=place.key,
        redis=redis,
        redis_named=bool(url or embedded),
        data_dir=data_dir,
    )


def _embedded(data_dir: Path) -> str | None:
    """The broker that `windsock up` keeps in its data folder, from the configuration that it wrote there."""
    try:
        text = (data_dir / "valkey.conf").read_text("utf-8")
    except (OSError, ValueError):
        return None
    port = re.search(r"^port (\d+)$", text, re.MULTILINE)
    password = re.search(r'^requirepass "((?:[^"\\]|\\.)*)"$', text, re.MULTILINE)
    login = ":" + quote(re.sub(r"\\(.)", r"\1", password[1]), safe="") + "@" if password else ""
    return f"redis://{login}127.0.0.1:{port[1]}/0" if port else None


def is_loopback(host: str) -> bool:
    """Whether it is this machine. As in the services' settings, which the library alone does not have."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
