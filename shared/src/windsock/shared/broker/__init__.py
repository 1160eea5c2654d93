"""The broker behind all services: `port` says what it promises, `redis` keeps it."""

from .port import Batch, Broker, Entry, History, Listener, Live, PartListener, Receipt, Status, StoredSpec, Subscription
from .redis import RedisBroker, read_live

__all__ = [
    "Batch",
    "Broker",
    "Entry",
    "History",
    "Listener",
    "Live",
    "PartListener",
    "Receipt",
    "RedisBroker",
    "Status",
    "StoredSpec",
    "Subscription",
    "read_live",
]
