"""A camera's session: OPTIONS, DESCRIBE, SETUP, PLAY, then pictures until it ends. TCP only; every wait has an end.

Connects to an address that was checked, whatever the URL's name resolves to a moment later, and follows no redirect by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from windsock.video.tls import Trust, tls_fault

from .auth import Login
from .fault import CameraError, Redirected
from .link import Answer, RtspLink
from .number import read_number
from .sdp import Track, read_sdp

if TYPE_CHECKING:
    from collections.abc import Callable

    from windsock.shared.feeds import FeedUrl

    from .rtp import RtpReader
    from .unit import AccessUnit, Format

__all__ = ["RtspSession"]

KEEPALIVE_SECONDS: Final = 20.0
"""Most cameras forget a session after 60 s."""
MOST_LOGINS: Final = 2
"""Times that one request is sent again with an answer to the camera's question: it may have grown old meanwhile, and once more is enough."""
MOST_EARLY: Final = 300
"""Access units since the last key picture, before anybody takes them: as many as a camera sends while it may take its time to answer."""
CLOSE_SECONDS: Final = 0.3
LOOK_SECONDS: Final = 0.5
NO_TCP: Final = "the camera does not send over the RTSP connection itself (TCP, interleaved)"


class RtspSession:
    """See the module. `unit` is called on the loop with each access unit."""

    def __init__(self, url: FeedUrl, address: str, trust: Trust, unit: Callable[[AccessUnit], None]) -> None:
        self._url = url
        self._address = address
        self._trust = trust
        self._unit = unit
        self._login = Login(url.user, url.password)
        self._link: RtspLink | None = None
        self._reader: RtpReader | None = None
        self._channel = 0
        self._session = ""
        self._control = url.bare
        self._keepalive = KEEPALIVE_SECONDS
        self._sign_of_life = "OPTIONS"
        self._ended: asyncio.Future[CameraError] = asyncio.get_running_loop().create_future()
        self._packet_at = 0.0
        self._early: list[AccessUnit] | None = []
        """What comes before `run` takes it: cameras send the first key picture together with their answer to PLAY, or before it."""
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
        early, self._early = self._early or [], None
        for unit in early:
            self._unit(unit)
        alive = asyncio.create_task(self._keep_alive(), name="keepalive")
        try:
            while True:
                await asyncio.wait(
                    {self._ended, alive},
                    timeout=min(LOOK_SECONDS, read_timeout / 2),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if self._ended.done():
                    raise self._ended.result()
                if alive.done():
                    alive.result()
                if loop.time() - self._packet_at > read_timeout:
                    raise CameraError("timeout", f"the camera sent nothing for {read_timeout:g} s")
        finally:
            alive.cancel()

    async def _keep_alive(self) -> None:
        """Let the camera know that we are there, as often as it wants to, until cancelled. It need not answer: its packets say whether it lives."""
        while True:
            await asyncio.sleep(self._keepalive)
            with contextlib.suppress(TimeoutError, CameraError, Redirected):
                async with asyncio.timeout(self._keepalive):
                    await self._ask(self._sign_of_life, self._control)

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
        context = self._trust.context() if url.scheme == "rtsps" else None
        try:
            transport, _ = await loop.create_connection(
                lambda: link, self._address, url.port, ssl=context, server_hostname=url.host if context else None
            )
        except OSError as error:  # TLS's own among them
            raise tls_fault(url.place, error) from None
        self._link = link
        if context is not None:
            self._trust.look(transport)

    async def _play(self) -> None:
        url = self._url.bare
        options = await self._ask("OPTIONS", url)
        if "GET_PARAMETER" in options.header("public").upper():
            self._sign_of_life = "GET_PARAMETER"
        described = await self._ask("DESCRIBE", url, {"Accept": "application/sdp"})
        base = described.header("content-base") or described.header("content-location") or url
        track = self.track = read_sdp(described.body.decode("utf-8", "replace"), base)
        self._reader = track.reader()
        self._control = track.whole
        setup = await self._ask("SETUP", track.control, {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
        self._session, _, more = setup.header("session").partition(";")
        timeout = read_number(_parameter(more, "timeout"))
        if timeout:
            self._keepalive = min(KEEPALIVE_SECONDS, timeout / 2.5)
        transport = setup.header("transport")
        channel = read_number(_parameter(transport, "interleaved").partition("-")[0])
        if channel is None and transport and "/TCP" not in transport.upper():
            raise CameraError("unsupported", NO_TCP, lasting=True)
        self._channel = channel or 0
        await self._ask("PLAY", self._control, {"Range": "npt=0.000-"})

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
        for attempt in range(MOST_LOGINS):
            if answer.status != 401 or not self._login.challenge(answer.all("www-authenticate")):
                break
            if attempt and not self._login.stale:
                break
            answer = await self._request(method, url, headers)
        if 200 <= answer.status < 300:
            return answer
        if 300 <= answer.status < 400 and answer.header("location"):
            raise Redirected(answer.header("location"))
        if answer.status == 401:
            raise CameraError("unauthorized", "the camera refuses the user name or password", lasting=True)
        if answer.status == 404:
            raise CameraError("not_found", "the camera has no stream of this name")
        if answer.status == 461:
            raise CameraError("unsupported", NO_TCP, lasting=True)
        if method == "OPTIONS":
            return answer  # it is a courtesy; cameras that lack it work all the same
        raise CameraError("refused", f"the camera answers {method} with {answer.status}")

    def _packet(self, channel: int, packet: bytes) -> None:
        if channel != self._channel or self._reader is None:
            return
        self._packet_at = asyncio.get_running_loop().time()
        for unit in self._reader.read(packet, time.monotonic()):
            if self._early is None:
                self._unit(unit)
            elif unit.opens:
                self._early = [unit]
            elif len(self._early) < MOST_EARLY:
                self._early.append(unit)

    def _lost(self, error: CameraError) -> None:
        if not self._ended.done():
            self._ended.set_result(error)


def _parameter(header: str, name: str) -> str:
    """The value of a parameter, as in `RTP/AVP/TCP;unicast;interleaved=0-1`."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key.strip().lower() == name:
            return value
    return ""
