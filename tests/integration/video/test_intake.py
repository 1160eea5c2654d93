"""Registering cameras by a message: what is stored where, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import Code, WindsockError
from windsock.shared.feeds import Feed, FeedStore
from windsock.shared.intake import Intake
from windsock.shared.settings import Settings


class Sender:
    """Sends messages, and keeps what it was told."""

    def __init__(self, settings: Settings) -> None:
        self.broker = RedisBroker(settings, "test")
        self.intake = Intake(self.broker, settings, "tcp")
        self.store = FeedStore(self.broker)
        self.told: list[WindsockError] = []
        self.task = asyncio.create_task(self.intake.run())

    def refused(self, index: int, error: WindsockError) -> None:
        self.told.append(error)

    async def send(self, **message: object) -> None:
        try:
            self.intake.accept(json.dumps(message).encode(), 1_753_000_000_000, self)
        except WindsockError as error:
            self.told.append(error)
        else:
            await asyncio.wait_for(self.intake.flight.done(), 10)


@pytest.fixture
async def sender(make_settings: Callable[..., Settings]) -> AsyncIterator[Sender]:
    sender = Sender(make_settings())
    yield sender
    sender.task.cancel()
    await sender.broker.close()


async def test_the_whole_url_is_kept_apart_and_the_row_is_without_its_password(sender: Sender) -> None:
    await sender.send(
        id=12, type="video_stream", value="rtsp://joe:s3cretpass@192.168.0.25:554/live", name="Door", config={"fps": 5}
    )
    assert await sender.store.feeds() == {"12": Feed("12", "rtsp://joe:s3cretpass@192.168.0.25:554/live", {"fps": 5})}
    history = await sender.broker.read("12")
    assert [entry.payload for entry in history.entries] == [b'[1753000000000,"rtsp://192.168.0.25:554/live"]']


async def test_sending_it_again_changes_it_without_saying_its_type_and_removing_it_forgets_it(sender: Sender) -> None:
    await sender.send(id=12, type="video_stream", value="rtsp://192.168.0.25/a")
    await sender.send(id=12, value="rtsp://192.168.0.26/b")
    feed = await sender.store.feed("12")
    assert feed is not None
    assert feed.url == "rtsp://192.168.0.26/b"
    await sender.broker.remove("12")
    assert await sender.store.feeds() == {}


@pytest.mark.parametrize("url", ["file:///etc/passwd", "concat:a|b", "http://joe:s3cretpass@cam/x", "x:/tmp/%02d.jpg"])
async def test_what_is_not_opened_is_refused_at_the_door(sender: Sender, url: str) -> None:
    await sender.send(id=12, type="video_stream", value=url)
    assert [error.code for error in sender.told] == [Code.FORBIDDEN]
    assert "s3cretpass" not in sender.told[0].message
    assert await sender.store.feeds() == {}
    assert await sender.broker.streams() == []


async def test_a_url_sent_as_something_else_is_refused_without_its_password(sender: Sender) -> None:
    await sender.send(id=12, type="line", value="rtsp://joe:s3cretpass@192.168.0.25/live")
    assert sender.told
    assert "s3cretpass" not in sender.told[0].message
