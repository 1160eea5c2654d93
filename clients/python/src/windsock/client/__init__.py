"""A publisher in two lines, for other people's programs: it needs nothing but Python.

from windsock.client import Stream
Stream("cpu", legend=["user", "sys"]).send(41, 18)
"""

from windsock.client.aio import AsyncStream
from windsock.client.errors import WindsockError
from windsock.client.outbox import Stats
from windsock.client.process import finish
from windsock.client.stream import Stream

__all__ = ["AsyncStream", "Stats", "Stream", "WindsockError", "finish"]
