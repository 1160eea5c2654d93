"""The variables of docker-compose.yml that are no settings of a service: images, memory, passwords, certificates.

They share `.env` and the prefix with the settings, so all who read either must know their names. `.env.example` and the check of docker-compose.yml are made
from this list.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["DEPLOYMENT", "PUBLISHER_PASSWORD", "Variable"]

PUBLISHER_PASSWORD: Final = "WINDSOCK_REDIS_PUBLISHER_PASSWORD"  # noqa: S105  # its name


class Variable(NamedTuple):
    """One of them."""

    name: str
    default: str
    meaning: str


DEPLOYMENT: Final = (
    Variable(
        "WINDSOCK_TLS_CERTIFICATE",
        "",
        "A file with certificate, chain and key, all PEM. With it the board, HTTP ingest and both TCP ports speak TLS and nothing else.",
    ),
    Variable(
        "WINDSOCK_GATEWAY_USER",
        "99",
        "The user, by number, that the gateway runs as. It must be able to read the certificate.",
    ),
    Variable(
        PUBLISHER_PASSWORD,
        "",
        "Password of the Redis user `publisher`, for programs that talk to Redis directly (`--profile redis`). Empty: there is no such user.",
    ),
    Variable("WINDSOCK_REDIS_PORT", "6379", "Where `--profile redis` publishes Redis."),
    Variable(
        "WINDSOCK_REDIS_MEMORY",
        "512mb",
        "Most memory that the broker's data may take; past it, publishers are told that it is full.",
    ),
    Variable(
        "WINDSOCK_REDIS_MEMORY_LIMIT",
        "1536m",
        "Most memory of the broker's container: twice the data, for the time in which it is rewritten, and more.",
    ),
    Variable(
        "WINDSOCK_SERVICE_MEMORY_LIMIT",
        "1g",
        "Most memory that each copy of a service may take. If you change it, change WindsockMemoryHigh in deploy/monitoring/rules/windsock.yml, too.",
    ),
    Variable("WINDSOCK_GRAFANA_PORT", "3000", "Where `--profile monitoring` publishes Grafana, on this machine only."),
    Variable(
        "WINDSOCK_PYTHON_IMAGE",
        "python:3.11-slim-bookworm",
        "What the services' images are built upon; a mirror's name for it, for instance.",
    ),
    Variable(
        "WINDSOCK_NODE_IMAGE",
        "node:24-bookworm-slim",
        "What the board is built with; nothing of it gets into an image.",
    ),
    Variable("WINDSOCK_VALKEY_IMAGE", "valkey/valkey:8.1", "The broker."),
    Variable("WINDSOCK_HAPROXY_IMAGE", "haproxy:3.2", "The gateway."),
    Variable("WINDSOCK_PROMETHEUS_IMAGE", "prom/prometheus:v3.5.0", "Of `--profile monitoring`."),
    Variable("WINDSOCK_GRAFANA_IMAGE", "grafana/grafana:12.1.0", "Of `--profile monitoring`."),
)
