"""One way to one server: a daemon thread that encodes what waits, sends it, and keeps it until it is acknowledged.

The thread sleeps while nothing waits. What comes after a pause goes at once; under load it writes at most once a `PACE`, so that a thousand `send`s cost
one system call and the program is not held up by the thread's turns at the interpreter.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from windsock.client.backoff import Backoff
from windsock.client.encoding import Body, bodies, halves, head, to_json
from windsock.client.errors import INVALID, TOO_LARGE, WindsockError
from windsock.client.outbox import Outbox
from windsock.client.reports import log
from windsock.client.transport import Acknowledged, Answer, Lost, Transport
from windsock.client.window import Packet, Window

__all__ = ["Lane", "State"]

PACE: Final = 0.01
"""Least seconds between two writes: what a viewer can't notice next to the board's tick of 0.05."""
LINGER: Final = 0.25
"""Seconds without work after which the thread sleeps until somebody rings. Until then it looks once a `PACE`."""
BATCH: Final = 500
"""Most samples in one message. One that is refused is sent again in halves, until only what is wrong is refused."""
BATCH_BYTES: Final = 256 * 1024
ANSWER_SECONDS: Final = 20.0
"""A server that acknowledges nothing for this long is as good as gone."""
FULL_SECONDS: Final = 0.5
"""With as much under way as may be there is nothing to do but wait for an answer."""
IDLE_SECONDS: Final = 60.0
"""A connection that is not used for this long is closed: the server has only so many."""
MOST_HANDED_BYTES: Final = 64 * 1024 * 1024
RETRY: Final = frozenset({"unavailable", "too_many_requests", "too_many_connections"})
"""Refusals that say: later. Everything not acknowledged is sent again, under its old numbers."""
LAST_BACKOFF: Final = 0.2
"""Most seconds between tries while the program waits for its end."""


class State(Enum):
    """A lane's life."""

    RESTING = "resting"
    """Nothing to send, or not begun."""
    CONNECTING = "connecting"
    CONNECTED = "connected"
    AWAY = "away"
    """The server does not answer; the lane tries again."""


_MOVES: Final = {
    State.RESTING: {State.CONNECTING, State.AWAY},
    State.CONNECTING: {State.CONNECTED, State.AWAY},
    State.CONNECTED: {State.AWAY},
    State.AWAY: {State.CONNECTING, State.RESTING},
}


class _IdleError(Exception):
    """The connection is not needed at the moment."""


class Lane:
    """Outboxes in, messages out.

    Args:
        name: the thread's.
        transport: makes the way in.
        source: makes the name under which messages are numbered, one for each process's life.
        most_message: bytes of the largest message that may go here.
        larger: takes what is larger; None: that is refused.
        started: called when the thread starts, in the thread that made it start.
    """

    def __init__(
        self,
        name: str,
        transport: Callable[[], Transport],
        source: Callable[[], str],
        most_message: int,
        window: Callable[[], Window] = Window,
        larger: Lane | None = None,
        started: Callable[[], None] | None = None,
    ) -> None:
        self.name: Final = name
        self._make_transport = transport
        self._make_source = source
        self._make_window = window
        self.most_message: Final = most_message
        self._larger = larger
        self.outboxes: WeakSet[Outbox] = WeakSet()
        self._started = started
        self._hurry = False
        self._given_up = False
        self._begin()

    def reset(self) -> None:
        """In a forked child, where the thread is not: begin anew. The parent goes on to use the connection."""
        if self._transport is not None:
            self._transport.drop()  # our copy of it; the server would else wait for us when the parent hangs up
        self._begin()

    def _begin(self) -> None:
        self.state = State.RESTING
        self.ready: deque[Outbox] = deque()
        """Streams with samples that wait. Holds each at most once."""
        self.awake = False
        """Whether the thread will look at `ready` by itself."""
        self._bell = threading.Lock()
        self._bell.acquire()
        self._nudge = threading.Event()
        self._handing = threading.Lock()
        self._handed: deque[tuple[Outbox, Body]] = deque()
        self._handed_bytes = 0
        # Reentrant: a signal's handler may send while the program is just sending.
        self._starting = threading.RLock()
        self._is_starting = False
        self._thread: threading.Thread | None = None
        self._transport: Transport | None = None
        self._window = self._make_window()
        self._again: list[Packet] = []
        self._halved: deque[tuple[Outbox, Body]] = deque()
        """Parts of refused messages: no more than were under way."""
        self._announced: WeakKeyDictionary[Outbox, dict[str, Any]] = WeakKeyDictionary()
        self._backoff = Backoff()
        self._seq = 0
        self.source = self._make_source()
        self.trouble: Lost | None = None
        """Why nothing gets through at the moment."""
        self._useful = False  # this connection got something acknowledged

    # --- from other threads

    def wake(self) -> None:
        """Something waits, and the thread sleeps."""
        self.awake = True
        # A bare lock: to set an Event takes four times as long, and this is on the program's time.
        with contextlib.suppress(RuntimeError):  # two threads rang at once
            self._bell.release()
        if self._thread is None:
            with self._starting:
                if self._thread is None and not self._is_starting:
                    self._is_starting = True
                    try:
                        self._start()
                    finally:
                        self._is_starting = False
                        if self._thread is None:
                            self.awake = False  # so that the next sample tries again

    def _start(self) -> None:
        try:
            # Made here: an import that runs in the thread while the program forks would be half done in the child.
            self._transport = self._make_transport()
        except Exception as error:  # noqa: BLE001  # whatever it is, `send` does not raise it
            self._tell(Lost(f"no way to {self.name} could be made: {error}"))  # tried again at the next sample
            return
        thread = threading.Thread(target=self._run, args=(self._transport,), name=f"windsock {self.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return  # the interpreter is ending, or may have no more threads: tried again at the next sample
        self._thread = thread
        if self._started is not None:
            self._started()

    def hand_over(self, outbox: Outbox, body: Body) -> None:
        """Take a message that is too large for another lane."""
        dropped: list[tuple[Outbox, Body]] = []
        with self._handing:
            self._handed.append((outbox, body))
            self._handed_bytes += len(body.text)
            while self._handed_bytes > MOST_HANDED_BYTES and len(self._handed) > 1:
                dropped.append(self._handed.popleft())
                self._handed_bytes -= len(dropped[-1][1].text)
        for other, lost in dropped:
            other.settle(dropped=lost.samples)
        self.wake()

    def _take_handed(self) -> tuple[Outbox, Body] | None:
        with self._handing:
            if not self._handed:
                return None
            outbox, body = self._handed.popleft()
            self._handed_bytes -= len(body.text)
            return outbox, body

    def streams(self) -> list[Outbox]:
        """All that send by this lane."""
        while True:
            try:
                return list(self.outboxes)
            except RuntimeError:  # another thread made a stream meanwhile
                continue

    def hurry(self, *, on: bool) -> None:
        """The program waits for its end: no long pauses."""
        self._hurry = on
        self._nudge.set()

    def give_up(self) -> None:
        """What does not get through the next time is not tried again: the program ends, and has told its user."""
        self._given_up = True
        self._nudge.set()

    @property
    def quiet(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not (self.ready or self._handed or len(self._window)) and not any(
            outbox.waiting for outbox in self.streams()
        )

    # --- the thread

    def _run(self, transport: Transport) -> None:
        while True:
            pause = 0.0
            try:
                self._rest_until_work()
                self._converse(transport)
            except Lost as lost:
                # A connection that did its work and then ended, as at a server's restart: tried again at once, and worth a word only if that fails.
                first = self._useful and self.trouble is None and self.state is State.CONNECTED
                if not first and (self._has_work or len(self._window)):
                    # A server that says "at once" is not asked at once for ever.
                    pause = max(self._backoff.next(), lost.retry_after or 0.0)
                    self._tell(lost)
            except _IdleError:
                pass
            except Exception:  # noqa: BLE001  # told, with its trace, and gone on
                # A fault of ours: told, and tried again, since the host program's samples wait.
                log.exception("the connection to %s failed", self.name)
                pause = self._backoff.next()
            transport.close()
            unsaid = self._window.looks()
            self._again += self._window.rewind()
            for outbox in unsaid:
                outbox.announce()
            self._move(State.AWAY)
            if self._given_up:
                return
            self._sleep(pause)

    def _converse(self, transport: Transport) -> None:
        """One connection, from its first message to its end."""
        self._useful = False
        self._move(State.CONNECTING)
        transport.connect()
        self._move(State.CONNECTED)
        self._announced.clear()
        again, self._again = self._again, []
        for packet in again:
            self._announce(packet.outbox)
            self._window.add(packet)
        if again:
            transport.write(self._window.datas())
        written = heard = time.monotonic()
        while True:
            # Before each write: a server that went away in the meantime is noticed here, and nothing is given to a dead connection.
            if answers := transport.read(0):
                heard = time.monotonic()
                self._take(answers)
            if packets := self._gather():
                if len(packets) == len(self._window):
                    heard = time.monotonic()  # before, there was nothing to be answered
                transport.write([packet.data for packet in packets])
                written = time.monotonic()
            if len(self._window) and (answers := transport.read(PACE if self._window.has_room else FULL_SECONDS)):
                heard = time.monotonic()
                self._take(answers)
            if len(self._window):
                if time.monotonic() - heard > ANSWER_SECONDS:
                    raise Lost(f"the server acknowledged nothing for {ANSWER_SECONDS:.0f} s")
            else:
                self._rest_until_work(transport)
                if not self._hurry and (left := PACE - (time.monotonic() - written)) > 0:
                    time.sleep(left)

    def _rest_until_work(self, transport: Transport | None = None) -> None:
        # Somebody who sends often is not made to ring each time: that costs more than all the rest of `send`.
        linger = time.monotonic() + LINGER
        while not self._has_work and time.monotonic() < linger and self.state is State.CONNECTED:
            time.sleep(PACE)
            if transport is not None:
                self._take(transport.read(0))  # what is said after the acknowledgement, too
        while not self._has_work:
            self.awake = False
            # Whoever adds something after this look finds us asleep, and rings.
            if not self._has_work:
                if self.state is State.AWAY:
                    self._move(State.RESTING)
                rung = self._bell.acquire(timeout=IDLE_SECONDS)
                if not rung and self.state is State.CONNECTED and not self._has_work:
                    raise _IdleError
        self.awake = True

    @property
    def _has_work(self) -> bool:
        return bool(self.ready or self._handed or self._again or self._halved)

    def _gather(self) -> list[Packet]:
        """Encode what waits, as far as the window has room."""
        packets: list[Packet] = []
        while self._window.has_room and self._halved:
            outbox, body = self._halved.popleft()
            packets += self._announce(outbox)
            packets += self._pack(outbox, body)
        while self._window.has_room and self.ready:
            outbox = self.ready.popleft()
            entries = outbox.take(BATCH, BATCH_BYTES)
            packets += self._announce(outbox)
            for body in bodies(
                outbox.packs_as, entries, lambda why, count, outbox=outbox: self._refused(outbox, INVALID, why, count)
            ):
                packets += self._pack(outbox, body)
        while self._window.has_room and (handed := self._take_handed()) is not None:
            outbox, body = handed
            packets += self._announce(outbox)
            packets += self._pack(outbox, body)
        return packets

    def _announce(self, outbox: Outbox) -> list[Packet]:
        """What the stream looks like, once a connection: the server may be another one, or have forgotten."""
        look = outbox.look
        if not look or self._announced.get(outbox) is look:
            return []
        self._announced[outbox] = look
        try:
            data = to_json({"id": outbox.stream, **look}).encode("utf-8", "replace")
        except (TypeError, ValueError, RecursionError) as error:
            self._refused(outbox, INVALID, f"its looks can't be sent: {error}", 0)
            return []
        packet = Packet(outbox, data, 0, look)
        self._window.add(packet)
        return [packet]

    def _pack(self, outbox: Outbox, body: Body) -> list[Packet]:
        """Number a message. Its bytes never change again."""
        data = f"{head(outbox.stream, self.source)}{self._seq + 1},{body.text}}}".encode("utf-8", "replace")
        if len(data) > self.most_message:
            if self._larger is not None and len(data) <= self._larger.most_message:
                self._larger.hand_over(outbox, body)
            else:
                most = (self._larger or self).most_message
                why = f"a message of {len(data):,} bytes; the most is {most:,}"
                self._refused(outbox, TOO_LARGE, why, body.samples)
            return []
        self._seq += 1
        packet = Packet(outbox, data, body.samples)
        self._window.add(packet)
        return [packet]

    def _take(self, answers: list[Answer]) -> None:
        """Do what the answers say, one by one."""
        for answer in answers:
            if isinstance(answer, Acknowledged):
                done = self._window.acknowledge(answer.count)
                if done:
                    self._recovered()
                for packet in done:
                    if packet.samples and not packet.refused:
                        packet.outbox.settle(stored=packet.samples)
            elif answer.code in RETRY:
                raise Lost(answer.message, answer.code)
            else:
                packet = None if answer.index is None else self._window.refuse(answer.index)
                if packet is None and answer.stream is not None:
                    self._refused_later(answer.stream, answer.code, answer.message)
                elif packet is None:
                    log.warning("%s: %s (%s)", self.name, answer.message, answer.code)
                else:
                    self._take_refusal(packet, answer.code, answer.message)

    def _take_refusal(self, packet: Packet, code: str, message: str) -> None:
        outbox = packet.outbox
        if code == INVALID and packet.samples > 1:
            # One wrong sample must not cost those that share its message.
            self._halved += [(outbox, half) for half in halves(packet.data)]
            return
        current = packet.look is outbox.look  # else the program has set others since
        if not packet.samples and current and outbox.kind is not None and len(outbox.look) > 1:
            # One wrong colour must not cost the samples: without its type, they would be taken for those of a line.
            outbox.look = {"type": outbox.kind}
        self._refused(outbox, code, message, packet.samples)

    # --- telling

    @staticmethod
    def _refused(outbox: Outbox, code: str, message: str, samples: int) -> None:
        # In this order: who has waited for the fate of its samples has been told.
        outbox.reports.tell(WindsockError(code, message, outbox.stream))
        outbox.settle(refused=samples)

    def _refused_later(self, stream: str, code: str, message: str) -> None:
        for outbox in self.streams():
            if outbox.stream == stream:
                outbox.reports.tell(WindsockError(code, message, stream))

    def _recovered(self) -> None:
        self._useful = True
        self._backoff.reset()
        if self.trouble is not None:
            log.info("%s answers again", self.name)
            self.trouble = None

    def _tell(self, lost: Lost) -> None:
        """An outage: one line in the log when it begins, and each stream that waits is told."""
        known, self.trouble = self.trouble, lost
        if known is not None and known.code == lost.code:
            return
        log.warning("%s: %s (%s). Samples wait, and are sent when that is mended.", self.name, lost, lost.code)
        for outbox in self.streams():
            if outbox.waiting:
                outbox.reports.tell(WindsockError(lost.code, str(lost), outbox.stream), logged=False)

    def _move(self, to: State) -> None:
        if to is not self.state and to not in _MOVES[self.state]:
            raise RuntimeError(f"a lane does not go from {self.state.value} to {to.value}")
        self.state = to

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._nudge.wait(min(seconds, LAST_BACKOFF) if self._hurry else seconds)
            self._nudge.clear()
