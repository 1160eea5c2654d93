"""Who may do what at the broker, as a Redis ACL file: our services, publishers that talk to it directly, and the health check. Nobody else.

Passwords stand in it as hashes, so it may be read by whoever runs the broker.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from windsock.shared.keys import Keys

__all__ = ["PROBE_USER", "PUBLISHER_USER", "SERVICE_USER", "acl_file"]

SERVICE_USER: Final = "windsock"
PUBLISHER_USER: Final = "publisher"
PROBE_USER: Final = "probe"
"""For the broker's health check: may only PING, and so needs no password."""

_SERVICE_COMMANDS: Final = "+@all -@admin -@dangerous +info +role +readonly +cluster"
"""No service of ours configures, stops, flushes or lists a broker. What is given back tells where a primary is."""


def acl_file(keys: Keys, service_password: str, publisher_password: str | None) -> str:
    """The file's text. Without a password there is no publisher: nobody from outside gets in."""
    prefix = keys.prefix
    # The lease of the inbox stands under a hash tag that has the prefix inside. A pattern may be subscribed to only if it stands here word for word.
    rights = f"resetkeys ~{prefix}:* ~{{{prefix}:* resetchannels &{prefix}:* &{{{prefix}:* &{keys.inbound_pattern}"
    users = [
        "user default off resetpass resetkeys resetchannels -@all",
        f"user {PROBE_USER} on nopass resetkeys resetchannels -@all +ping",
        f"user {SERVICE_USER} on {_hash(service_password)} {rights} {_SERVICE_COMMANDS}",
    ]
    if publisher_password:
        rights = f"resetkeys ~{keys.inbox} resetchannels &{keys.inbound_pattern} -@all +publish +xadd"
        users.append(f"user {PUBLISHER_USER} on {_hash(publisher_password)} {rights}")
    return "\n".join(users) + "\n"


def _hash(password: str) -> str:
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"
