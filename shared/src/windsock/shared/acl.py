"""Who may do what at the broker, as a Redis ACL file: our services, publishers that talk to it directly, the health check, and whoever runs it. Nobody else.

Passwords stand in it as hashes, so it may be read by whoever runs the broker.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from windsock.shared.keys import Keys

__all__ = ["OPERATOR_USER", "PROBE_USER", "PUBLISHER_USER", "SERVICE_USER", "acl_file", "service_rights"]

SERVICE_USER: Final = "windsock"
PUBLISHER_USER: Final = "publisher"
PROBE_USER: Final = "probe"
"""For the broker's health check: may only PING, and so needs no password."""
OPERATOR_USER: Final = "operator"
"""For people: backups, the slow log, what the runbooks ask. May do everything."""

_SERVICE_COMMANDS: Final = ("+@all", "-@admin", "-@dangerous", "+info", "+role")
"""No service of ours configures, stops, flushes or lists a broker. What is given back tells whether it is a primary."""
_PUBLISHER_COMMANDS: Final = ("-@all", "+publish", "+xadd", "+multi", "+exec", "+wait")
"""Our clients write in transactions, and wait for replicas where they are asked to. These give access to nothing more than PUBLISH and XADD do."""


def service_rights(keys: Keys) -> list[str]:
    """What our services' user must be given: its own names, and no command that is about others'. The one list of them."""
    prefix = keys.prefix
    # The lease of the inbox stands under a hash tag that has the prefix inside. A pattern may be subscribed to only if it stands here word for word.
    names = (f"~{prefix}:*", f"~{{{prefix}:*", f"&{prefix}:*", f"&{{{prefix}:*", f"&{keys.inbound_pattern}")
    return [*names, *_SERVICE_COMMANDS]


def acl_file(keys: Keys, service_password: str, operator_password: str, publisher_password: str | None) -> str:
    """The file's text. Without a password there is no publisher: nobody from outside gets in."""
    users = [
        "user default off resetpass resetkeys resetchannels -@all",
        f"user {PROBE_USER} on nopass resetkeys resetchannels -@all +ping",
        f"user {OPERATOR_USER} on {_hash(operator_password)} allkeys allchannels +@all",
        f"user {SERVICE_USER} on {_hash(service_password)} resetkeys resetchannels {' '.join(service_rights(keys))}",
    ]
    if publisher_password:
        rights = f"resetkeys ~{keys.inbox} resetchannels &{keys.inbound_pattern} {' '.join(_PUBLISHER_COMMANDS)}"
        users.append(f"user {PUBLISHER_USER} on {_hash(publisher_password)} {rights}")
    return "\n".join(users) + "\n"


def _hash(password: str) -> str:
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"
