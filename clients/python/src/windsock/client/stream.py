"""A publisher in two lines:

    from windsock.client import Stream
    Stream("cpu", legend=["user", "sys"]).send(41, 18)

`send` notes the value and returns within microseconds; a background thread does the rest. Nothing that happens there reaches the program, unless it asks.
"""

from __future__ import annotations

import contextlib
import os
import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, Unpack, cast

from windsock.client.encoding import read_time
from windsock.client.errors import CLOSED, INVALID, UNREACHABLE, WindsockError
from windsock.client.freezing import LIGHT, LIGHT_WEIGHT, freeze
from windsock.client.look import spec_of
from windsock.client.outbox import Outbox, Stats
from windsock.client.process import EXIT_SECONDS, sender_for
from windsock.client.reports import OnError, Reports
from windsock.client.schedule import F, Job
from windsock.client.target import Target, find_target

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType

    from windsock.client.look import Look, StreamType
    from windsock.client.reading import Samples

__all__ = ["Stream"]

QUEUE: Final = 10_000
"""Samples of one stream that may wait while the server is away: some megabytes, and as much as its history holds."""
PICTURES: Final = 8
"""Pictures that may wait: only the newest is looked at."""
ASK_SECONDS: Final = 0.05
"""How often a strict `flush` looks whether something was refused."""

_time_ns = clock.time_ns


class Stream:
    """One stream, as a publisher sees it. Any thread may use it; so may a forked child, which then counts for itself.

    Args:
        id: text or number, the same for everybody who sends to or looks at the stream.
        type: what its panel is; needed unless it is a line, or the server knows it already. `text()` and `image()` imply theirs.
        server: `tcp://host:8010`, `http://host:8030`, or straight to Redis: `redis://[user:password@]host:6379/0`. By default what `WINDSOCK_SERVER` says,
            or this machine.
        key: the server's publish key; by default what `WINDSOCK_KEY` says.
        strict: raise `WindsockError` from the next `send` or `flush` after something was refused or dropped.
        on_error: called with each `WindsockError`, usually in the background thread.
        queue: how many samples may wait while the server is away; then the oldest are dropped.
        board: the board's address, for `read` and notebooks; by default what `WINDSOCK_BOARD` says, or port 8000 next to the server.
        look: how its panel looks; see `Look`.
    """

    def __init__(
        self,
        id: str | int,  # noqa: A002  # the contract's word
        type: StreamType | None = None,  # noqa: A002  # the contract's word
        *,
        server: str | None = None,
        key: str | None = None,
        strict: bool = False,
        on_error: OnError | None = None,
        queue: int | None = None,
        board: str | None = None,
        **look: Unpack[Look],
    ) -> None:
        self.id: Final = str(id)
        self._board = board
        self._strict = strict
        self._off: WindsockError | None = None
        self._look: Look = look
        self._jobs: list[Job] = []
        self._reports = Reports(on_error)
        spec = spec_of(type, look)
        try:
            target = find_target(server, key)
        except ValueError as error:
            if server is not None:
                raise
            # From the environment, that is from outside of the program: no reason to end it.
            self._off = WindsockError(INVALID, str(error), self.id)
            self._reports.tell(self._off)
            target = Target("tcp", "127.0.0.1", 8010, 8020)
        self._sender = sender_for(target)
        self.outbox: Final = Outbox(self.id, self._sender.small, self._reports, queue or QUEUE)
        self.outbox.kind = type
        self.outbox.look = spec
        if type == "image":
            self._take_pictures(queue)

    def send(self, value: Any, *more: Any, time: Any = None) -> None:
        """Send one sample: one number, one a series, or a value of the stream's type.

        Lists, dicts and arrays are copied: they may change right after.

        Args:
            value: `send(41)`, `send(41, 18)`, `send([41, 18])`, `send({"user": 41, "sys": 18})`, `send(array)`.
            more: further numbers.
            time: when it was; seconds or milliseconds since 1970, a datetime, or ISO 8601. Now, if left out.

        Raises:
            WindsockError: only if the stream is strict.
        """
        if self._strict:
            self._raise()
        try:
            if self._off is not None:
                raise self._off
            if more:
                value = (value, *more)
            if type(value) in LIGHT:
                weight = LIGHT_WEIGHT
            else:
                value, weight = freeze(value)
            entry = (_time_ns() // 1_000_000 if time is None else read_time(time), value, weight)
        except Exception as error:  # noqa: BLE001  # the program's own objects may raise anything; it is told, not stopped
            self._not_sent(error)
        else:
            self.outbox.put(entry)

    def text(self, line: str, *, level: str | None = None, time: Any = None) -> None:
        """Send a line of a log to a `text` stream. Levels that the board colours: debug, info, warning, error, critical."""
        self._imply("text")
        self.send(line if level is None else {"level": level, "text": line}, time=time)

    def image(self, picture: Any, *, time: Any = None) -> None:
        """Send a picture to an `image` stream.

        Args:
            picture: encoded bytes (png, jpeg, webp, gif), a file's path, a data URL, a PIL image, or an array of pixels (uint8; RGB, RGBA or grey).
            time: as in `send`.
        """
        self._imply("image")
        if isinstance(picture, os.PathLike) or (isinstance(picture, str) and not picture.startswith("data:")):
            try:
                picture = Path(cast("str", picture)).read_bytes()
            except OSError as error:
                self._not_sent(error)
                return
        self.send(picture, time=time)

    def every(self, period: float) -> Callable[[F], F]:
        """Call the decorated function every `period` seconds, from now on, in a thread of its own, and send what it returns: see `Schedule`."""

        def start(function: F) -> F:
            job = Job(function, period, self)
            self._jobs.append(job)
            job.start()
            return function

        return start

    @contextlib.contextmanager
    def timed(self) -> Generator[None]:
        """Send how long the block took, in milliseconds. Also as a decorator: `@stream.timed()`."""
        began = clock.perf_counter()
        try:
            yield
        finally:
            self.send((clock.perf_counter() - began) * 1000)

    def look(self, **look: Unpack[Look]) -> None:
        """Change how the panel looks, from now on: `stream.look(name="CPU, all cores", unit="%")`."""
        self._look = {**self._look, **look}
        self.outbox.look = spec_of(self.outbox.kind, self._look)
        self.outbox.announce()

    def read(
        self, from_: Any = None, to: Any = None, *, max_points: int | None = None, limit: int | None = None
    ) -> Samples:
        """Samples from the server's history, of whoever sent them: `times, values = stream.read()`. Needs numpy.

        What was sent just now may still be on its way: `flush` first, if that matters.

        Args:
            from_: the first time, in any form that `send` takes.
            to: samples of this time and later are left out.
            max_points: thin out what there is to so many, and lose no peak.
            limit: so many at most, the newest; with `from_` or `to` the first. Without any of these: the newest 1,000.

        Raises:
            WindsockError: the board does not answer, or there is no such stream.
        """
        from windsock.client.reading import read_samples  # noqa: PLC0415  # for those who read

        return read_samples(self.board, self.id, start=from_, end=to, max_points=max_points, limit=limit)

    @property
    def board(self) -> str:
        """The board's address."""
        from windsock.client.reading import board_of  # noqa: PLC0415  # for those who read

        return board_of(self._sender.target, self._board)

    def _repr_html_(self) -> str:
        """In a notebook: its panel, live, under the cell."""
        from windsock.client.notebook import panel_html, trouble_html  # noqa: PLC0415  # for notebooks

        try:
            return panel_html(self.board, self.id)
        except WindsockError as error:
            return trouble_html(error)

    def flush(self, timeout: float | None = EXIT_SECONDS) -> bool:
        """Wait until everything sent so far is in the server's history, or refused. False if that takes longer than `timeout` seconds.

        Raises:
            WindsockError: only if the stream is strict.
        """
        if not self._strict:
            return self.outbox.wait_settled(timeout)
        deadline = None if timeout is None else clock.monotonic() + timeout
        while True:
            left = ASK_SECONDS if deadline is None else min(ASK_SECONDS, deadline - clock.monotonic())
            done = self.outbox.wait_settled(left)
            self._raise()
            if done:
                return True
            if left <= 0:
                trouble = self.outbox.lane.trouble
                raise WindsockError(
                    UNREACHABLE, str(trouble or f"{self.outbox.waiting} samples are not acknowledged yet"), self.id
                )

    def close(self, timeout: float | None = EXIT_SECONDS) -> bool:
        """Flush, and take no more."""
        for job in self._jobs:
            job.stop(0)
        if self._off is None:
            self._off = WindsockError(CLOSED, "it was closed", self.id)
        return self.flush(timeout)

    @property
    def stats(self) -> Stats:
        """What became of the samples so far."""
        return self.outbox.stats()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            # The program's own exception is the one to be seen.
            self._strict = False
            self.close()

    def __repr__(self) -> str:
        return f"Stream({self.id!r}, {self.outbox.kind or 'line'!r}, server={self.outbox.lane.name!r})"

    def _imply(self, kind: StreamType) -> None:
        """The method names the type, if the program did not."""
        outbox = self.outbox
        if outbox.kind is None:
            outbox.kind = kind
            outbox.look = spec_of(kind, self._look)
            if kind == "image" and not outbox.sent:
                self._take_pictures(None)

    def _take_pictures(self, queue: int | None) -> None:
        """Pictures have a lane of their own, since they are large, and few wait, since only the newest is looked at."""
        self.outbox.settle_in(self._sender.large, queue or PICTURES)

    def _not_sent(self, error: Exception) -> None:
        if not isinstance(error, WindsockError):
            error = WindsockError(INVALID, str(error) or repr(error), self.id)
        self.outbox.count_unsendable()
        self._reports.tell(error)
        if self._strict:
            self._raise()

    def _raise(self) -> None:
        error = self._reports.take()
        if error is not None:
            raise error
