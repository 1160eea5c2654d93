"""Messages straight to Redis: XADD to the inbox, each write one transaction, whose reply is the acknowledgement.

Acknowledged means: Redis has it in the inbox, from where Windsock stores it once, in order, whoever dies meanwhile. A transaction, because half a write must
not be taken: the other half, sent again, would carry lower numbers than what is stored by then, and pass for doubles.

Windsock tells refusals afterwards, on a channel. Redis 6 and newer send them on this very connection (RESP3); they are told here with their stream.
"""

from __future__ import annotations

import contextlib
import json
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.client.errors import UNAUTHORIZED
from windsock.client.transport import Acknowledged, Answer, Lost, Refused
from windsock.client.transport.redis_finder import NOT_LET_IN, RedisFinder
from windsock.client.transport.redis_link import RedisLink
from windsock.client.transport.resp import Push, RedisRefusal

if TYPE_CHECKING:
    from windsock.client.redis_url import RedisUrl

__all__ = ["RedisTransport"]

MOST_REMEMBERED: Final = 1000
"""Entries whose stream is remembered, for refusals: they come within a second, or not at all."""
WAIT_MS: Final = 2000
"""Replicas that take longer than this to have a message count as away."""
_STREAM_ENDS: Final = b',"source":'


class RedisTransport:
    """One connection to Redis at a time."""

    def __init__(self, url: RedisUrl) -> None:
        self._told: deque[Push] = deque(maxlen=MOST_REMEMBERED)
        """What Redis said unasked. A refusal may come along with the very reply that says which entry it is about, and be read before that."""
        self._finder = RedisFinder(url, self._told.append)
        self._link: RedisLink | None = None
        self._inbox = url.inbox
        self._replicas = url.replicas
        self._refusals = f"{url.prefix}:refused"
        self._answers: list[Answer] = []
        self._written = 0
        self._streams: OrderedDict[bytes, str] = OrderedDict()

    def connect(self) -> None:
        """Connect, show who we are, and ask to be told of refusals."""
        self.close()
        self._use(self._finder.open())

    def _use(self, link: RedisLink) -> None:
        if self._link is not None:
            self._link.close()
        self._link = link
        # Both are a gain and no need: an old Redis, or one that does not let us, takes messages all the same.
        hello, _ = link.ask(("HELLO", 3), ("CLIENT", "SETNAME", "windsock-publisher"))
        if not isinstance(hello, RedisRefusal):
            link.ask(("SUBSCRIBE", self._refusals))

    def write(self, messages: Sequence[bytes]) -> None:
        """One transaction, and its answer."""
        if self._finder.moved(self._open):
            raise Lost(f"{self._open.name} is the primary no more")
        done = self._add(messages)
        if isinstance(done, RedisRefusal) and done.code == "MOVED":
            # To the node of the cluster that has the inbox.
            self._use(self._finder.follow(done))
            done = self._add(messages)
        self._check(done)
        if not isinstance(done, list) or len(cast("list[Any]", done)) != len(messages):
            raise Lost("Redis did not say what became of the messages")
        for entry, message in zip(cast("list[Any]", done), messages, strict=True):
            self._check(entry)
            self._remember(entry, message)
        self._written += len(messages)
        self._answers.append(Acknowledged(self._written))

    def _add(self, messages: Sequence[bytes]) -> Any:
        """The entries' ids, or what Redis has against them."""
        adds = [("XADD", self._inbox, "*", "m", message) for message in messages]
        wait = [("WAIT", self._replicas, WAIT_MS)] if self._replicas else []
        *queued, done = self._open.ask(("MULTI",), *adds, ("EXEC",), *wait)
        if wait:
            reached, done = done, queued.pop()
            if isinstance(reached, int) and reached < self._replicas and isinstance(done, list):
                # Sent again, under the old numbers, it is stored once.
                raise Lost(f"{reached} of {self._replicas} replicas have what was sent after {WAIT_MS / 1000:g} s")
        # EXEC says only that something before it was wrong.
        return next((reply for reply in queued if isinstance(reply, RedisRefusal)), done)

    def read(self, seconds: float) -> list[Answer]:
        """Answers that are here now: those to messages came with the write."""
        if not self._answers and not self._told:
            self._open.listen(seconds)
        while self._told:
            self._hear(self._told.popleft())
        answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        """Close the connection."""
        self._told.clear()
        self._answers = []
        self._written = 0
        if self._link is not None:
            self._link.close()
            self._link = None

    drop = close

    @property
    def _open(self) -> RedisLink:
        if self._link is None:
            raise Lost("not connected")
        return self._link

    def _check(self, reply: Any) -> None:
        """Nothing was taken if a reply is an error."""
        if not isinstance(reply, RedisRefusal):
            return
        where = self._open.name
        if reply.code in NOT_LET_IN:
            raise Lost(f"Redis at {where} does not let us write to {self._inbox}: {reply}", UNAUTHORIZED)
        raise Lost(f"Redis at {where} says: {reply}")

    # --- refusals

    def _remember(self, entry: bytes, message: bytes) -> None:
        # A message with samples begins with its id, then its source: see `encoding.head`.
        with contextlib.suppress(ValueError):
            named = message[: message.index(_STREAM_ENDS)] + b"}" if _STREAM_ENDS in message[:2048] else message
            self._streams[entry] = json.loads(named)["id"]
            if len(self._streams) > MOST_REMEMBERED:
                self._streams.popitem(last=False)

    def _hear(self, push: Push) -> None:
        """A refusal of somebody's message: of ours, if we know the entry."""
        if len(push) != 3 or push[0] != b"message":
            return
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            said = cast("dict[str, Any]", json.loads(push[2]))
            stream = self._streams.get(str(said["where"]).encode())
            if stream is not None:
                error = said["error"]
                self._answers.append(Refused(None, str(error["code"]), str(error["message"]), stream))
