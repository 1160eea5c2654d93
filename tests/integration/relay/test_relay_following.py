"""How much the relay follows: what there is not costs nothing once nobody waits for it, and there is a bound to all of it."""

from __future__ import annotations

from collections.abc import Callable

from kit.live import LiveReader
from kit.relay import Publisher, Viewer, running_relay
from kit.waiting import until_async
from prometheus_client import REGISTRY

from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]


def dropped() -> float:
    return REGISTRY.get_sample_value("windsock_dropped_total", {"reason": "idle_stream"}) or 0


async def test_what_is_not_there_is_let_go_of_as_soon_as_nobody_waits_for_it(
    make_settings: MakeSettings, publisher: Publisher
) -> None:
    await publisher.create("a")
    async with running_relay(make_settings(tick_ms=20)) as web:
        follower = web.relay.follower
        async with LiveReader(web.port) as reader:
            old = ["a"]
            await reader.watch("a")
            for number in range(5):
                new = [f"{number}-{each}" for each in range(200)]
                name, body = await reader.ask(watch=new, unwatch=old)
                assert (name, body["watching"]) == ("watching", 200)
                await until_async(
                    lambda new=new: set(follower.watched) == {"a", *new}, "the others are let go of, and a is not"
                )
                old = new
        await until_async(lambda: set(follower.watched) == {"a"}, "all are let go of when the viewer goes")
        assert follower.reads_waiting == 0
        assert web.relay.keeper.waiting == 0
        pattern = publisher.broker.keys.live("*")

        async def unsubscribed() -> bool:
            (channels,) = await publisher.broker.call(("PUBSUB", "CHANNELS", pattern))
            return channels == [publisher.broker.keys.live("a").encode()]

        await until_async(unsubscribed, "and nothing of them is listened to")


async def test_what_was_asked_for_together_with_something_that_is_let_go_of_is_served(
    make_settings: MakeSettings, publisher: Publisher
) -> None:
    names = [f"s{number}" for number in range(20)]
    await publisher.create(*names)
    async with running_relay(make_settings(tick_ms=20)) as web, Viewer(web.port) as viewer:
        for number, name in enumerate(names):
            # The broker confirms the subscriptions in their order, so that of what is not there, and is let go of at once, stands for both.
            viewer.emit("watch", {"add": [{"id": name}, {"id": f"not there {number}"}]})
            viewer.emit("watch", {"remove": [f"not there {number}"]})
        await viewer.until_offset(publisher.sent)
        await publisher.publish(*names)
        await viewer.until_offset(publisher.sent)
        await until_async(lambda: set(web.relay.follower.watched) == set(names), "what is not there is let go of")


async def test_past_the_bound_the_longest_idle_goes_first(make_settings: MakeSettings, publisher: Publisher) -> None:
    names = [f"s{number}" for number in range(12)]
    await publisher.create(*names)
    async with running_relay(make_settings(max_streams=5, max_watched=5)) as web, Viewer(web.port) as viewer:
        for name in names[:10]:
            await viewer.ask("watch", {"add": [{"id": name}], "remove": names})
            await viewer.until_offset({name: 1})
        assert set(web.relay.follower.watched) == set(names[:10]), "kept for who comes back"
        before = dropped()
        await viewer.ask("watch", {"add": [{"id": name} for name in names[10:]], "remove": names[:10]})
        await viewer.until_offset(dict.fromkeys(names[10:], 1))
        assert set(web.relay.follower.watched) == set(names[2:])
        assert dropped() == before + 2, "and that is counted"


async def test_past_the_bound_what_is_not_there_is_refused_and_what_is_there_is_served(
    make_settings: MakeSettings, publisher: Publisher
) -> None:
    await publisher.create("a")
    async with (
        running_relay(make_settings(max_streams=5, max_watched=5)) as web,
        LiveReader(web.port) as one,
        LiveReader(web.port) as two,
        LiveReader(web.port) as three,
    ):
        for reader, name in ((one, "one"), (two, "two")):
            await reader.watch(*(f"{name} {number}" for number in range(5)))
        name, body = await three.ask(watch=["three", "a"])
        assert (name, body["code"]) == ("error", "too_many_streams")
        assert len(web.relay.follower.watched) == 10, "nothing of it was done"
        await three.watch("a")
        await three.until_offset("a", 1)
        await one.ask(unwatch=["one 0"])
        await until_async(lambda: "one 0" not in web.relay.follower.watched, "a place is free")
