"""A camera's session: OPTIONS, DESCRIBE, SETUP, PLAY, then pictures until it ends. TCP only; every wait has an end.

Connects to an address that was checked, whatever the URL's name resolves to a moment later, and follows no redirect by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from typing import TYPE_CHECKING, Final

from .auth import Login
from .fault import CameraError, Redirected
from .link import Answer, RtspLink
from .sdp import Track, read_sdp

if TYPE_CHECKING:
    from collections.abc import Callable

    from windsock.shared.feeds import FeedUrl

    from .rtp import RtpReader
    from .unit import AccessUnit, Format

__all__ = ["RtspSession"]

KEEPALIVE_SECONDS: Final = 20.0
"""Most cameras forget a session after 60 s."""
CLOSE_SECONDS: Final = 0.3


class RtspSession:
    """See the module. `unit` is called on the loop with each access unit."""

    def __init__(self, url: FeedUrl, address: str, unit: Callable[[AccessUnit], None]) -> None:
        self._url = url
        self._address = address
        self._unit = unit
        self._login = Login(url.user, url.password)
        self._link: RtspLink | None = None
        self._reader: RtpReader | None = None
        self._channel = 0
        self._session = ""
        self._control = url.bare
        self._keepalive = KEEPALIVE_SECONDS
        self._ended: asyncio.Future[CameraError] = asyncio.get_running_loop().create_future()
        self._packet_at = 0.0
        self.track: Track | None = None

    @property
    def missing(self) -> int:
        """Gaps in what the camera sent."""
        return self._reader.missing if self._reader else 0

    async def open(self, seconds: float) -> Format:
        """Have the camera send.

        Raises:
            CameraError: it does not.
            Redirected: it says to ask elsewhere.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._connect()
                await self._play()
        except TimeoutError:
            raise CameraError("timeout", f"the camera did not answer within {seconds:g} s") from None
        assert self.track is not None  # noqa: S101  # _play set it
        return self.track.format

    async def run(self, read_timeout: float) -> None:
        """Take what the camera sends until it ends; never returns otherwise.

        Raises:
            CameraError: why it ended.
        """
        loop = asyncio.get_running_loop()
        self._packet_at = loop.time()
        asked = loop.time()
        while True:
            done, _ = await asyncio.wait({self._ended}, timeout=min(0.5, read_timeout / 2))
            now = loop.time()
            if done:
                raise self._ended.result()
            if now - self._packet_at > read_timeout:
                raise CameraError("timeout", f"the camera sent nothing for {read_timeout:g} s")
            if now - asked > self._keepalive:
                asked = now
                future = self._request("GET_PARAMETER", self._control)
                future.add_done_callback(_look)

    async def close(self) -> None:
        """Say goodbye, and drop the connection."""
        if self._link is not None and self._session and not self._ended.done():
            with contextlib.suppress(TimeoutError, CameraError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._request("TEARDOWN", self._control)
        if self._link is not None:
            self._link.close()
        if not self._ended.done():
            self._ended.set_result(CameraError("closed", "closed from here"))

    async def _connect(self) -> None:
        url, loop = self._url, asyncio.get_running_loop()
        link = RtspLink(self._packet, self._lost)
        context = None
        if url.scheme == "rtsps":
            # Cameras certify themselves: the connection is private, not proven. docs/video.md says so.
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            await loop.create_connection(
                lambda: link, self._address, url.port, ssl=context, server_hostname=url.host if context else None
            )
        except (OSError, ssl.SSLError) as error:
            # Not the error's own text: it may hold more than an outsider is to know.
            known = {"ConnectionRefusedError": "nothing listens there", "SSLError": "no TLS is spoken there"}
            reason = known.get(type(error).__name__, "no way leads there")
            raise CameraError("unreachable", f"{url.place} can't be reached: {reason}") from None
        self._link = link

    async def _play(self) -> None:
        url = self._url.bare
        await self._ask("OPTIONS", url)
        described = await self._ask("DESCRIBE", url, {"Accept": "application/sdp"})
        base = described.header("content-base") or described.header("content-location") or url
        track = self.track = read_sdp(described.body.decode("utf-8", "replace"), base)
        self._reader = track.reader()
        self._control = base
        setup = await self._ask("SETUP", track.control, {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
        self._session, _, more = setup.header("session").partition(";")
        timeout = more.strip().removeprefix("timeout=")
        if timeout.isdecimal() and int(timeout) > 0:
            self._keepalive = min(KEEPALIVE_SECONDS, int(timeout) / 2.5)
        for part in setup.header("transport").split(";"):
            name, _, value = part.strip().partition("=")
            channel = value.partition("-")[0]
            if name == "interleaved" and channel.isdecimal():
                self._channel = int(channel)
        await self._ask("PLAY", base, {"Range": "npt=0.000-"})

    def _request(self, method: str, url: str, headers: dict[str, str] | None = None) -> asyncio.Future[Answer]:
        assert self._link is not None  # noqa: S101  # connected
        headers = dict(headers or {})
        if self._session:
            headers["Session"] = self._session
        login = self._login.header(method, url)
        if login is not None:
            headers["Authorization"] = login
        return self._link.request(method, url, headers)

    async def _ask(self, method: str, url: str, headers: dict[str, str] | None = None) -> Answer:
        answer = await self._request(method, url, headers)
        if answer.status == 401 and self._login.challenge(answer.all("www-authenticate")):
            answer = await self._request(method, url, headers)
        if 200 <= answer.status < 300:
            return answer
        if 300 <= answer.status < 400 and answer.header("location"):
            raise Redirected(answer.header("location"))
        if answer.status == 401:
            raise CameraError("unauthorized", "the camera refuses the user name or password", lasting=True)
        if answer.status == 404:
            raise CameraError("not_found", "the camera has no stream of this name")
        if method == "OPTIONS":
            return answer  # it is a courtesy; cameras that lack it work all the same
        raise CameraError("refused", f"the camera answers {method} with {answer.status}")

    def _packet(self, channel: int, packet: bytes) -> None:
        if channel != self._channel or self._reader is None:
            return
        self._packet_at = asyncio.get_running_loop().time()
        for unit in self._reader.read(packet, time.monotonic()):
            self._unit(unit)

    def _lost(self, error: CameraError) -> None:
        if not self._ended.done():
            self._ended.set_result(error)


def _look(future: asyncio.Future[Answer]) -> None:
    if not future.cancelled():
        future.exception()  # a camera that does not know the request still knows that we are there
