"""What all streams of this process share: a sender for each target, the end of the process, and its forks."""

from __future__ import annotations

import atexit
import os
import secrets
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from windsock.client.lane import Lane
from windsock.client.reports import log
from windsock.client.transport.tcp import TcpTransport, framed, lines
from windsock.client.window import Window

if TYPE_CHECKING:
    from windsock.client.target import Target
    from windsock.client.transport import Transport

__all__ = ["EXIT_SECONDS", "Sender", "finish", "give_up", "sender_for"]

EXIT_SECONDS: Final = 2.0
"""How long the end of the program waits for what is still to be sent. `finish(seconds)` before the end waits longer or shorter."""

MOST_MESSAGE: Final = 1024 * 1024
MOST_LARGE_MESSAGE: Final = 32 * 1024 * 1024
"""The server's limits, by default."""


class Sender:
    """One target's two lanes: a large picture on a slow line must not hold up small messages."""

    def __init__(self, target: Target) -> None:
        self.target: Final = target
        self._lock = threading.Lock()
        self._large: Lane | None = None
        self._small: Lane | None = None

    @property
    def large(self) -> Lane:
        """For pictures, and whatever is over the small lane's limit."""
        return self._lane_of(large=True)

    @property
    def small(self) -> Lane:
        """For all else."""
        return self._lane_of(large=False)

    @property
    def lanes(self) -> list[Lane]:
        """Those that are in use."""
        return [lane for lane in (self._small, self._large) if lane is not None]

    def reset(self) -> None:
        """In a forked child: begin anew."""
        self._lock = threading.Lock()
        for lane in self.lanes:
            lane.reset()
            for outbox in lane.streams():
                outbox.reset()

    def _lane_of(self, *, large: bool) -> Lane:
        with self._lock:
            if self._large is None:
                # The source's last letter keeps the numbers of the two lanes apart: each counts for itself.
                self._large = Lane(
                    self._name(large=True),
                    self._large_transport,
                    lambda: _source("l"),
                    # Redis holds a message in memory until it is read, so the server takes small ones only by that way.
                    MOST_MESSAGE if self.target.is_redis else MOST_LARGE_MESSAGE,
                    _large_window,
                    started=_finish_child,
                )
            if self._small is None:
                self._small = Lane(
                    self._name(large=False),
                    self._small_transport,
                    lambda: _source("s"),
                    MOST_MESSAGE,
                    larger=self._large,
                    started=_finish_child,
                )
            return self._large if large else self._small

    def _name(self, *, large: bool) -> str:
        target = self.target
        if target.is_redis:
            return target.url
        return f"{target.scheme}://{target.host}:{target.large_port if large else target.port}"

    def _small_transport(self) -> Transport:
        target = self.target
        return TcpTransport(target, target.port, lines) if target.scheme == "tcp" else _other(target)

    def _large_transport(self) -> Transport:
        target = self.target
        return TcpTransport(target, target.large_port, framed) if target.scheme == "tcp" else _other(target)


def _other(target: Target) -> Transport:
    # 20 ms each that most programs need not pay.
    if target.redis is not None:
        from windsock.client.transport.redis import RedisTransport  # noqa: PLC0415

        return RedisTransport(target.redis)
    from windsock.client.transport.http import HttpTransport  # noqa: PLC0415

    return HttpTransport(target)


def _large_window() -> Window:
    return Window(most_packets=100)


def _source(letter: str) -> str:
    """A name that no other process has, and that tells a person where the numbers come from."""
    return f"{socket.gethostname()[:64]}-{os.getpid()}-{secrets.token_hex(4)}{letter}"


# --- the process's senders: the one place of state that is not passed around, since a process has one end and one set of forks

_senders: dict[Target, Sender] = {}
_lock = threading.Lock()


def sender_for(target: Target) -> Sender:
    """The sender that all streams with this target share."""
    with _lock:
        sender = _senders.get(target)
        if sender is None:
            sender = _senders[target] = Sender(target)
        return sender


def _lanes() -> list[Lane]:
    return [lane for sender in list(_senders.values()) for lane in sender.lanes]


def finish(seconds: float = EXIT_SECONDS) -> bool:
    """Send what waits, of all streams; False if some of it was still waiting after `seconds`. Runs by itself at the end of the program."""
    deadline = time.monotonic() + seconds
    lanes = _lanes()
    for lane in lanes:
        lane.hurry(on=True)
    try:
        while not all(lane.quiet for lane in lanes):
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.002)
    finally:
        for lane in lanes:
            lane.hurry(on=False)
    return True


def give_up() -> None:
    """The program has said itself that something was not sent: its end need not wait for that, nor say it again. What fails is not tried again."""
    global _given_up  # noqa: PLW0603  # a process has one end
    _given_up = True
    for lane in _lanes():
        lane.give_up()


_given_up = False


def _at_exit() -> None:
    if not _given_up and not finish(EXIT_SECONDS):
        waiting = sum(outbox.waiting for lane in _lanes() for outbox in lane.streams())
        what = f"{waiting} samples were" if waiting else "the looks of some streams were"
        reasons = sorted({str(lane.trouble) for lane in _lanes() if lane.trouble is not None})
        why = f": {reasons[0]}" if reasons else ""
        log.warning("%s not sent before the program ended%s", what, why)


def _after_fork() -> None:
    """In the child: the parent's thread is not here, and what waits is the parent's to send."""
    global _lock  # noqa: PLW0603  # another thread of the parent may have held it
    _lock = threading.Lock()
    for sender in list(_senders.values()):
        sender.reset()


_finishes_in = 0
"""The process whose end is taken care of."""


def _finish_child() -> None:
    """A child of `multiprocessing` ends without atexit: it runs finalizers of its own. Called when a lane starts, since it forgets those of its parent."""
    global _finishes_in  # noqa: PLW0603  # a process has one end
    module = sys.modules.get("multiprocessing.process")
    if module is None or module.parent_process() is None or _finishes_in == os.getpid():
        return
    _finishes_in = os.getpid()
    from multiprocessing import util  # noqa: PLC0415  # only where the program uses it

    util.Finalize(None, _at_exit, exitpriority=0)


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
