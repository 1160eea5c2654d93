"""A cluster: each command goes to the node that has its key's slot, over one connection a node.

Where slots are is asked of any node (CLUSTER SLOTS), and learnt from the nodes' own redirections. A command that was sent elsewhere, or told to come again,
was not run: it is sent again, for `RETRY_SECONDS` at the most. A command whose connection was lost may have been run: that is its caller's to deal with.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import Code, WindsockError

from .cluster_subscription import ClusterSubscription
from .reach import CALL_SECONDS, load_scripts, unreplicated, wait_command
from .resp import Link, Reply, ReplyError, Word, pack
from .slots import Place, SlotMap, command_slot, read_turn, slot_of

if TYPE_CHECKING:
    from windsock.shared.keys import Keys

    from .address import Address, BrokerUrl
    from .port import Listener, PartListener

__all__ = ["Cluster"]

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 3.0
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
ASK_SECONDS: Final = 1.0
"""A node that takes longer than this to say where slots are is passed over."""
FRESH_SECONDS: Final = 0.2
"""Where slots are is not asked more often than this, however many commands find it changed."""
REFRESH_SECONDS: Final = 5.0
"""Where slots are is asked at least this often: a move that nobody noticed."""
_ASKING: Final = pack(("ASKING",))


class _Job:
    """One command on its way."""

    __slots__ = ("again", "ask", "packed", "reply", "slot")

    def __init__(self, slot: int | None, packed: bytes) -> None:
        self.slot = slot
        self.packed = packed
        self.reply: Reply = None
        self.ask: Place | None = None
        """Where to try next time, and only then: the slot is on its way there."""
        self.again = False


class Cluster:
    """See the module. A `reach.Reach`."""

    live_command = "SPUBLISH"

    def __init__(self, url: BrokerUrl, keys: Keys, name: str, replicas: int) -> None:
        self.losses = 0
        self.slots: Final = SlotMap()
        self._url = url
        self._keys = keys
        self._name = name
        self._replicas = replicas
        self._wait: Final = wait_command(replicas)
        self._links: dict[Place, Link] = {}
        self._opening: dict[Place, asyncio.Lock] = {}
        self._asking = asyncio.Lock()
        self._asked_at = -FRESH_SECONDS
        self._stale = True
        self._failed: WindsockError | None = None
        """Why the last question got no answer."""

    # --- where things are

    def address(self, place: Place) -> Address:
        """A node's address."""
        return self._url.at(*place)

    def place_of(self, channel: str) -> Place | None:
        """The node that has a sharded channel, as far as is known."""
        return self.slots[slot_of(channel)]

    async def refresh(self, *, after: float = 0.0) -> None:
        """Ask where slots are, unless somebody did after this time (of `time.monotonic`).

        Raises:
            WindsockError: `unavailable`: no node answers.
        """
        entered = time.monotonic()
        async with self._asking:
            if self._failed is not None and self._asked_at >= entered:
                raise self._failed
            if self._asked_at > after and not self._stale:
                return
            if (early := self._asked_at + FRESH_SECONDS - time.monotonic()) > 0:
                await asyncio.sleep(early)
            reason = "it has no nodes"
            for place in self._nodes():
                try:
                    async with asyncio.timeout(ASK_SECONDS):
                        link = self._links.get(place) or await self._open(place)
                        (reply,) = await link.call(("CLUSTER", "SLOTS"))
                except (WindsockError, TimeoutError) as error:
                    reason = str(error) or f"{place.host}:{place.port} does not answer"
                    if (silent := self._links.pop(place, None)) is not None:
                        silent.abort()
                    continue
                if isinstance(reply, ReplyError) or not reply:
                    reason = str(reply) or f"{place.host}:{place.port} knows of no slots"
                    continue
                self.slots.replace(reply, place)
                self._stale, self._failed, self._asked_at = False, None, time.monotonic()
                self._let_go()
                return
            self._failed = WindsockError(Code.UNAVAILABLE, f"no node of the cluster at {self._url} answers: {reason}")
            self._asked_at = time.monotonic()
            raise self._failed

    def _nodes(self) -> list[Place]:
        """All nodes that are known: those that we are connected to first, then the others, then those that the URL names."""
        connected = [place for place, link in self._links.items() if not link.closed]
        seeds = [Place(seed.host, seed.port) for seed in self._url.seeds]
        return list(dict.fromkeys([*connected, *self.slots.primaries, *seeds]))

    def _let_go(self) -> None:
        """Drop connections to nodes that have no slots any more."""
        for place in [place for place in self._links if place not in self.slots]:
            self._links.pop(place).abort()
            self._opening.pop(place, None)

    # --- connections

    async def _open(self, place: Place) -> Link:
        async with self._opening.setdefault(place, asyncio.Lock()):
            link = self._links.get(place)
            if link is None or link.closed:
                link = await Link.open(self.address(place), self._name, lost=self._lost)
                await load_scripts(link)
                self._links[place] = link
            return link

    def _lost(self, reason: str) -> None:
        log.debug("a connection to the cluster is lost: %s", reason)
        self.losses += 1
        self._stale = True

    # --- sending

    async def call(self, commands: Sequence[tuple[Word, ...]]) -> list[Reply]:
        jobs = [_Job(command_slot(command), pack(command)) for command in commands]
        await self._run(jobs, wait=False)
        for job in jobs:
            if isinstance(job.reply, WindsockError):
                raise job.reply
        return [job.reply for job in jobs]

    async def write(self, streams: Sequence[str], packed: Sequence[bytes]) -> list[Reply]:
        spec = self._keys.spec
        jobs = [_Job(slot_of(spec(stream)), command) for stream, command in zip(streams, packed, strict=True)]
        if len(set(streams)) == len(jobs):
            await self._run(jobs, wait=True)
            return [job.reply for job in jobs]
        # A later batch of a stream waits for the earlier one: that may be sent elsewhere and come back, and must not be overtaken.
        behind: dict[str, list[_Job]] = {}
        for stream, job in zip(streams, jobs, strict=True):
            behind.setdefault(stream, []).append(job)
        while behind:
            wave = {stream: waiting.pop(0) for stream, waiting in behind.items()}
            await self._run(list(wave.values()), wait=True)
            for stream, job in wave.items():
                if isinstance(job.reply, ReplyError | WindsockError):
                    for later in behind[stream]:
                        later.reply = job.reply
                    behind[stream] = []
            behind = {stream: waiting for stream, waiting in behind.items() if waiting}
        return [job.reply for job in jobs]

    async def _run(self, jobs: list[_Job], *, wait: bool) -> None:
        """Give each job its reply: the node's, or a `WindsockError`."""
        until = time.monotonic() + RETRY_SECONDS
        pause = FIRST_PAUSE
        waiting = jobs
        while True:
            if self._stale:
                try:
                    await self.refresh()
                except WindsockError as error:
                    for job in waiting:
                        job.reply, job.again = error, True
            if not self._stale:
                await self._send(waiting, wait=wait)
            waiting = [job for job in waiting if job.again]
            if not waiting or time.monotonic() > until:
                return
            if any(job.ask is None for job in waiting):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _send(self, jobs: Iterable[_Job], *, wait: bool) -> None:
        parts: dict[Place, list[_Job]] = {}
        for job in jobs:
            job.again = False
            place = job.ask or (self._anywhere() if job.slot is None else self.slots[job.slot])
            if place is None:
                self._stale = job.again = True
                job.reply = WindsockError(Code.UNAVAILABLE, f"no node of the cluster has slot {job.slot}")
                continue
            parts.setdefault(place, []).append(job)
        # To those that we are connected to, first: a node that is away must not hold up the others.
        flights = [
            self._write(place, link, part, wait=wait) for place, part in parts.items() if (link := self._at(place))
        ]
        closed = [(place, part) for place, part in parts.items() if self._at(place) is None]
        if closed:
            opened = await asyncio.gather(*(self._open(place) for place, _ in closed), return_exceptions=True)
            for (place, part), link in zip(closed, opened, strict=True):
                if isinstance(link, Link):
                    flights.append(self._write(place, link, part, wait=wait))
                elif isinstance(link, WindsockError):
                    self._stale = True
                    for job in part:
                        job.reply, job.again, job.ask = link, True, None  # not sent, so it may be sent elsewhere
                else:
                    raise link
        try:
            if flights:
                await asyncio.wait([replies for *_, replies in flights], timeout=CALL_SECONDS)
        except asyncio.CancelledError:
            for *_, replies in flights:
                replies.cancel()
            raise
        for place, link, part, replies in flights:
            self._settle(place, link, part, replies, wait=wait)

    def _at(self, place: Place) -> Link | None:
        link = self._links.get(place)
        return None if link is None or link.closed else link

    def _anywhere(self) -> Place | None:
        for place in self._links:
            if self._at(place):
                return place
        return next(iter(self.slots.primaries), None)

    def _write(
        self, place: Place, link: Link, jobs: list[_Job], *, wait: bool
    ) -> tuple[Place, Link, list[_Job], asyncio.Future[list[Reply]]]:
        packed: list[bytes] = []
        for job in jobs:
            packed += (job.packed,) if job.ask is None else (_ASKING, job.packed)
        if wait and self._wait:
            packed.append(self._wait)
        asks = sum(job.ask is not None for job in jobs)
        return place, link, jobs, link.send(b"".join(packed), len(jobs) + asks + (wait and bool(self._wait)))

    def _settle(
        self, place: Place, link: Link, jobs: list[_Job], replies: asyncio.Future[list[Reply]], *, wait: bool
    ) -> None:
        error: BaseException | None = None
        if not replies.done():
            replies.cancel()
            error = WindsockError(
                Code.UNAVAILABLE, f"the broker at {link.address} did not answer in {CALL_SECONDS:g} s"
            )
        else:
            error = replies.exception()
        if error is not None:
            link.abort()
            for job in jobs:
                job.reply = error
            return
        answers = iter(replies.result())
        for job in jobs:
            if job.ask is not None:
                next(answers)
                job.ask = None
            job.reply = next(answers)
            if isinstance(job.reply, ReplyError):
                self._turn(place, link, job)
        if wait and self._wait and (late := unreplicated(next(answers), self._replicas)) is not None:
            for job in jobs:
                if not isinstance(job.reply, ReplyError):
                    job.reply = late

    def _turn(self, place: Place, link: Link, job: _Job) -> None:
        """An error reply: take the job elsewhere, or try it again, if that is what it says."""
        turn = read_turn(str(job.reply), place)
        if turn is None:
            return
        job.again = True
        if turn.kind == "ASK":
            job.ask = turn.place
        elif turn.kind == "MOVED" and turn.place is not None:
            self._stale = self._stale or turn.place not in self.slots
            self.slots.learn(turn.slot, turn.place)
        elif turn.kind == "NOSCRIPT":
            link.abort()
        elif turn.kind != "TRYAGAIN":
            self._stale = True

    # --- the rest of Reach

    async def open(self, key: str, name: str) -> Link:
        if self._stale:
            await self.refresh()
        place = self.slots[slot_of(key)]
        if place is None:
            raise WindsockError(Code.UNAVAILABLE, f"no node of the cluster has slot {slot_of(key)}")
        try:
            return await Link.open(self.address(place), name)
        except WindsockError:
            self._stale = True
            raise

    def note(self, reply: ReplyError) -> None:  # noqa: ARG002  # whatever it is, a look does no harm
        self._stale = True

    async def ping(self) -> None:
        await self.refresh(after=time.monotonic() - REFRESH_SECONDS)
        links = await asyncio.gather(*(self._open(place) for place in self.slots.primaries))
        await asyncio.gather(*(link.call(("PING",)) for link in links))
        # Nodes answer PING whatever they think of the cluster; a look at a key is refused when it is down.
        (reply,) = await self.call([("EXISTS", self._keys.streams)])
        if isinstance(reply, ReplyError):
            raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")

    def subscribe(
        self, name: str, listener: Listener, patterns: Sequence[str], parts: PartListener | None
    ) -> ClusterSubscription:
        return ClusterSubscription(self, self._keys, name, listener, patterns, parts)

    async def close(self) -> None:
        for link in self._links.values():
            link.abort()
        self._links.clear()
