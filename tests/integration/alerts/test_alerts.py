"""Alerts through the whole web service: judged by one process of several, told to viewers over Socket.IO and HTTP, and to a webhook."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from kit.alerts import active, ask, known
from kit.relay import Publisher, RunningRelay, Viewer, running_relay
from kit.valkey import ValkeyProcess
from kit.waiting import until_async

from windsock.shared.broker import Batch, RedisBroker
from windsock.shared.errors import Code, WindsockError
from windsock.shared.settings import Settings
from windsock.shared.wire import Alerts

MakeSettings = Callable[..., Settings]
SECRET = "a secret of ours"


@dataclass
class Receiver:
    """A webhook that writes down what it gets; `answers` are used up first, then it says 200."""

    port: int = 0
    answers: list[int] = field(default_factory=list[int])
    posts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    bad_signatures: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = await reader.readexactly(int(headers["content-length"]))
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.bad_signatures += headers.get("x-windsock-signature") != f"sha256={digest}"
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.posts.append(json.loads(body))
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def seen(self, stream: str) -> list[str]:
        return [post["event"] for post in self.posts if post["stream"]["id"] == stream]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@contextlib.asynccontextmanager
async def web(
    make_settings: MakeSettings, receiver: Receiver | None = None, **more: object
) -> AsyncGenerator[RunningRelay]:
    hook = (
        {"alert_webhook": f"http://127.0.0.1:{receiver.port}/hook?token=t", "alert_secret": SECRET} if receiver else {}
    )
    async with running_relay(make_settings(tick_ms=20, **hook, **more), linger=0.2) as running:
        yield running


async def test_a_threshold_that_is_crossed_reaches_viewers_and_the_webhook(
    make_settings: MakeSettings, receiver: Receiver, publisher: Publisher
):
    async with web(make_settings, receiver) as running:
        await publisher.create("cpu", name="Processor", thresholds=[{"value": 3}, {"value": 100, "name": "hot"}])
        await known(running, "cpu")
        async with Viewer(running.port) as viewer:
            await publisher.publish("cpu", count=2)
            await until_async(lambda: bool(viewer.named("alerts")), "who connects is told how things stand")
            await until_async(lambda: bool(viewer.named("alerts")[-1]["active"]), "the viewer hears of it")
            (told,) = viewer.named("alerts")[-1]["active"]
            assert (told["id"], told["kind"], told["severity"], told["limit"]) == ("cpu", "threshold", "warning", 3)
            await until_async(lambda: receiver.seen("cpu") == ["raised"], "the webhook hears of it")
            assert receiver.posts[0]["text"] == "Processor has reached 3 (3)"
            await publisher.publish("cpu", count=97)
            await until_async(lambda: receiver.seen("cpu") == ["raised", "changed"], "the next level is told, too")
            assert receiver.posts[1]["alert"]["severity"] == "alarm"
            assert receiver.bad_signatures == 0
        async with Viewer(running.port) as late:
            await until_async(lambda: bool(late.named("alerts")), "who comes later is told what stands")
            assert late.named("alerts")[0]["active"][0]["limit"] == 100


async def test_a_rule_is_set_checked_listed_and_removed(make_settings: MakeSettings, publisher: Publisher):
    async with web(make_settings, publish_key="open sesame") as running:
        await publisher.create("pump/1")
        await known(running, "pump/1")
        path, key = "/v1/alerts/rules/pump/1", {"authorization": "Bearer open sesame"}
        assert (await ask(running, "PUT", path, json={"silent": 2})).status_code == 401
        assert (await ask(running, "PUT", path, json={}, headers=key)).status_code == 422
        assert (await ask(running, "PUT", path, json={"above": 1, "below": 2}, headers=key)).status_code == 422
        assert (await ask(running, "PUT", path, json={"over": 1}, headers=key)).status_code == 422
        foreign = key | {"origin": "http://elsewhere.example"}
        assert (await ask(running, "PUT", path, json={"silent": 2}, headers=foreign)).status_code == 403
        assert (
            await ask(running, "PUT", "/v1/alerts/rules/nobody", json={"silent": 2}, headers=key)
        ).status_code == 404
        assert (await ask(running, "PUT", path, json={"above": 1.5}, headers=key)).status_code == 200
        assert (await ask(running, "GET", "/v1/alerts/rules")).json() == {"pump/1": {"above": 1.5, "hold": 0}}
        await publisher.publish("pump/1")

        async def raised() -> bool:
            return await active(running) == [("pump/1", "above")]

        await until_async(raised, "the value is above the limit")
        assert (await ask(running, "DELETE", path, headers=key)).status_code == 204
        assert (await ask(running, "DELETE", path, headers=key)).status_code == 404

        async def over() -> bool:
            return await active(running) == []

        await until_async(over, "without the rule there is no alert")


async def test_silence_is_told_and_its_end(make_settings: MakeSettings, receiver: Receiver, publisher: Publisher):
    async with web(make_settings, receiver) as running:
        await publisher.create("pump")
        await known(running, "pump")
        assert (await ask(running, "PUT", "/v1/alerts/rules/pump", json={"silent": 1})).status_code == 200
        await until_async(lambda: receiver.seen("pump") == ["raised"], "silence is told")

        async def told_of_the_end() -> bool:
            await publisher.publish("pump")
            return receiver.seen("pump")[:2] == ["raised", "cleared"]

        await until_async(told_of_the_end, "its end is told")
        cleared = next(post for post in receiver.posts if post["event"] == "cleared")
        assert cleared["text"] == "pump is well again: it had been silent for 1 s or more"


async def test_a_removed_stream_takes_its_alerts_and_its_rule_along(make_settings: MakeSettings, publisher: Publisher):
    async with web(make_settings) as running:
        await publisher.create("gone")
        await known(running, "gone")
        await ask(running, "PUT", "/v1/alerts/rules/gone", json={"above": 0})
        await publisher.publish("gone")

        async def raised() -> bool:
            return bool(await active(running))

        await until_async(raised, "there is an alert")
        await ask(running, "DELETE", "/v1/streams/gone")

        async def forgotten() -> bool:
            return not await active(running) and (await ask(running, "GET", "/v1/alerts/rules")).json() == {}

        await until_async(forgotten, "neither alert nor rule is left")


async def test_of_two_web_processes_one_judges_and_both_tell_and_the_other_takes_over(
    make_settings: MakeSettings, receiver: Receiver, publisher: Publisher
):
    async with web(make_settings, receiver) as second:
        async with web(make_settings, receiver) as first:
            await publisher.create("cpu", thresholds=[{"value": 2}])
            await known(first, "cpu")
            await known(second, "cpu")
            await publisher.publish("cpu")

            async def both_tell() -> bool:
                return await active(first) == await active(second) == [("cpu", "threshold")]

            await until_async(both_tell, "both tell of it")
            await until_async(lambda: receiver.seen("cpu") == ["raised"], "the webhook hears of it")
        # The first has gone: the alert stands, is not raised again, and what follows is judged by the second.
        await publisher.create("load", thresholds=[{"value": 2}])
        await known(second, "load")

        async def second_judges() -> bool:
            await publisher.publish("load")
            return await active(second) == [("cpu", "threshold"), ("load", "threshold")]

        await until_async(second_judges, "the other process judges now", seconds=20)
        await until_async(lambda: receiver.seen("load") == ["raised"], "and posts")
        assert receiver.seen("cpu") == ["raised"], "an alert that stands was raised a second time"


async def test_a_webhook_that_fails_is_tried_again_and_one_that_refuses_is_given_up(
    make_settings: MakeSettings, receiver: Receiver, publisher: Publisher
):
    receiver.answers = [500, 400]
    async with web(make_settings, receiver) as running:
        await publisher.create("a", thresholds=[{"value": 1}])
        await until_async(lambda: not receiver.answers, "tried, failed, tried again, refused", seconds=20)
        await known(running, "a")
        await publisher.create("b", thresholds=[{"value": 0}])
        await known(running, "b")
        await publisher.publish("b")
        await until_async(lambda: receiver.seen("b") == ["raised"], "the next one is posted")
        assert receiver.seen("a") == [], "what was refused is not posted again"


async def test_while_the_broker_is_away_nothing_counts_as_silent(
    make_settings: MakeSettings, valkey: ValkeyProcess, receiver: Receiver
):
    settings: dict[str, object] = {"redis_url": valkey.url}
    broker = RedisBroker(make_settings(**settings), "publisher")
    publisher = Publisher(broker)
    async with web(make_settings, receiver, **settings) as running:
        await publisher.create("pump", thresholds=[{"value": 5}])
        await known(running, "pump")
        await ask(running, "PUT", "/v1/alerts/rules/pump", json={"silent": 4})
        await until_async(lambda: "pump" in running.relay.watchman._judges, "it is watched")  # pyright: ignore[reportPrivateUsage]
        valkey.freeze()
        await until_async(lambda: not running.relay.watchman.subscription.up, "we are deaf", seconds=30)
        await asyncio.sleep(4.5)  # longer than the rule allows: the time itself is what is tested
        valkey.thaw()
        await until_async(lambda: running.relay.watchman.subscription.up, "we hear again", seconds=30)

        async def judged_again() -> bool:
            await publisher.publish("pump")
            return await active(running) == [("pump", "threshold")]

        await until_async(judged_again, "samples are judged again", seconds=30)
        assert receiver.seen("pump").count("raised") == len(
            [p for p in receiver.posts if p["alert"]["kind"] == "threshold" and p["event"] == "raised"]
        ), f"silence was told though nobody could hear: {receiver.posts}"
    await broker.close()


async def test_an_alert_is_told_though_the_broker_did_not_take_it_at_once(
    make_settings: MakeSettings, receiver: Receiver, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
):
    async with web(make_settings, receiver) as running:
        await publisher.create("cpu", thresholds=[{"value": 2}])
        await known(running, "cpu")
        await until_async(lambda: "cpu" in running.relay.watchman._judges, "it is watched")  # pyright: ignore[reportPrivateUsage]
        store = running.relay.watchman.store
        tell, tries = store.tell, 0

        async def reluctant(alerts: Alerts) -> bool:
            nonlocal tries
            tries += 1
            if tries <= 2:
                raise WindsockError(Code.UNAVAILABLE, "the broker says: OOM command not allowed")
            return await tell(alerts)

        monkeypatch.setattr(store, "tell", reluctant)
        async with Viewer(running.port) as viewer:
            await publisher.publish("cpu")
            await until_async(
                lambda: any(told["active"] for told in viewer.named("alerts")), "viewers hear of it all the same"
            )
        await until_async(lambda: receiver.seen("cpu") == ["raised"], "and so does the webhook, once")
        assert [post["number"] for post in receiver.posts] == [1]
        assert tries == 3


async def test_viewers_are_told_though_that_could_not_be_noted_for_a_webhook_set_later(
    make_settings: MakeSettings, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
):
    async with web(make_settings) as running:
        await publisher.create("cpu", thresholds=[{"value": 2}])
        await known(running, "cpu")

        async def refuse(_number: int) -> None:
            raise WindsockError(Code.UNAVAILABLE, "the broker says: OOM command not allowed")

        monkeypatch.setattr(running.relay.watchman.store, "set_delivered", refuse)
        await publisher.publish("cpu")

        async def told() -> bool:
            return await active(running) == [("cpu", "threshold")]

        await until_async(told, "the alert is told")


async def test_a_limit_that_the_newest_value_is_beyond_already_is_told_at_once(
    make_settings: MakeSettings, publisher: Publisher
):
    async with web(make_settings) as running:
        await publisher.create("pump")
        await publisher.publish("pump", count=4)
        await known(running, "pump")
        assert (await ask(running, "PUT", "/v1/alerts/rules/pump", json={"above": 100})).status_code == 200
        await until_async(lambda: "pump" in running.relay.watchman._judges, "it is watched")  # pyright: ignore[reportPrivateUsage]
        assert (await ask(running, "PUT", "/v1/alerts/rules/pump", json={"above": 3})).status_code == 200

        async def told() -> bool:
            return await active(running) == [("pump", "above")]

        await until_async(told, "the value is beyond it, and nothing else was sent")


async def test_a_renamed_stream_keeps_its_alert(make_settings: MakeSettings, receiver: Receiver, publisher: Publisher):
    async with web(make_settings, receiver) as running:
        await publisher.create("pump")
        await known(running, "pump")
        assert (await ask(running, "PUT", "/v1/alerts/rules/pump", json={"above": 1})).status_code == 200
        await until_async(lambda: receiver.seen("pump") == ["raised"], "it is told")
        for number in range(3):
            await publisher.broker.publish([Batch("pump", 0, b"", 10, [("name", b'"Pump %d"' % number)])])
            await publisher.broker.announce("pump")
            await until_async(
                lambda number=number: running.relay.catalogue.spec("pump").get("name") == f"Pump {number}", "renamed"
            )
        watched = running.relay.watchman._judges["pump"]  # pyright: ignore[reportPrivateUsage]
        await until_async(lambda: not running.relay.watchman._specs_changed, "the watchman knows")  # pyright: ignore[reportPrivateUsage]
        assert watched.look(time.monotonic() + 60), "it stands for as long as the value does"
        assert receiver.seen("pump") == ["raised"]


async def test_a_rule_goes_with_a_stream_that_is_removed_while_nobody_watches(
    make_settings: MakeSettings, publisher: Publisher
):
    async with web(make_settings) as running:
        await publisher.create("gone", "stays")
        await known(running, "stays")
        for stream in ("gone", "stays"):
            assert (await ask(running, "PUT", f"/v1/alerts/rules/{stream}", json={"above": 9})).status_code == 200
    await publisher.broker.remove("gone")
    async with web(make_settings) as running:

        async def forgotten() -> bool:
            return list((await ask(running, "GET", "/v1/alerts/rules")).json()) == ["stays"]

        await until_async(forgotten, "its rule is forgotten, and the other one is not")


@pytest.mark.parametrize("message", [b"nonsense", b"e 1 1 1\n[1,", b"e 1 1 1\n7", b"\xff 1 1 1\n[1,2]", b""])
async def test_what_is_published_by_hand_on_a_live_channel_stops_no_watch(
    make_settings: MakeSettings, publisher: Publisher, message: bytes
):
    async with web(make_settings) as running:
        await publisher.create("cpu", thresholds=[{"value": 2}])
        await known(running, "cpu")
        channel = publisher.broker.keys.live("cpu")

        async def heard() -> bool:
            (listeners,) = await publisher.broker.call(("PUBLISH", channel, message))
            return bool(listeners)

        await until_async(heard, "it was heard")
        await publisher.publish("cpu")

        async def told() -> bool:
            return await active(running) == [("cpu", "threshold")]

        await until_async(told, "the watch goes on")
