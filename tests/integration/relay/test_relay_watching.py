"""What a viewer sees: catalogue, snapshot, live; late, reloaded, hidden; pictures."""

from __future__ import annotations

import asyncio
import json
import time

from kit.relay import Publisher, RunningRelay, Viewer
from kit.waiting import until_async

# --- greeting and catalogue


async def test_a_viewer_is_greeted_with_the_catalogue_and_the_brokers_state(
    web: RunningRelay, publisher: Publisher
) -> None:
    await publisher.create("cpu", name="CPU", unit="%")
    async with Viewer(web.port) as viewer:
        await viewer.until(lambda: viewer.named("catalogue") and viewer.named("status"), "greeting")
        assert [name for name, _ in viewer.events][:2] == ["CONNECT", "hello"]
        assert viewer.named("hello")[0]["protocol"] == 1
        assert viewer.named("hello")[0]["tick_ms"] == 20
        await viewer.until(lambda: viewer.named("status")[-1]["broker"] == "up", "the broker is up")
        await viewer.until(lambda: spec_of(viewer, "cpu"), "the stream")
        spec = spec_of(viewer, "cpu")
        assert (spec["id"], spec["name"], spec["unit"], spec["type"]) == ("cpu", "CPU", "%", "line")


async def test_a_stream_appears_changes_and_goes_without_reload(web: RunningRelay, publisher: Publisher) -> None:
    async with Viewer(web.port) as viewer:
        await viewer.until(lambda: viewer.named("catalogue"), "greeting")
        assert viewer.named("catalogue")[0] == {"streams": []}
        await publisher.create("cpu")
        await viewer.until(lambda: spec_of(viewer, "cpu"), "the stream appears")
        await publisher.publish("cpu", spec={"name": "Processor", "legend": ["user", "sys"]})
        await publisher.broker.announce("cpu")
        await viewer.until(lambda: spec_of(viewer, "cpu").get("name") == "Processor", "the panel changes")
        assert spec_of(viewer, "cpu")["version"] == 2
        await publisher.broker.remove("cpu")
        await viewer.until(lambda: viewer.named("specs")[-1]["removed"] == ["cpu"], "the stream goes")


async def test_a_changed_spec_is_noticed_even_if_nobody_announces_it(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("cpu")
    async with Viewer(web.port) as viewer:
        await viewer.watch("cpu")
        await viewer.until_offset(publisher.sent)
        await publisher.publish("cpu", spec={"unit": "%"})
        await viewer.until(lambda: spec_of(viewer, "cpu").get("unit") == "%", "the new unit")


# --- samples


async def test_a_viewer_gets_what_there_is_and_then_what_comes(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a", "b")
    await publisher.publish("a", "b", count=50)
    async with Viewer(web.port) as viewer:
        assert await viewer.watch("a", "b") == {"watching": 2}
        await viewer.until_offset(publisher.sent)
        assert viewer.line("a").values == list(range(1, 52))
        for _ in range(20):
            await publisher.publish("a", "b", count=3)
        await viewer.until_offset(publisher.sent)
        assert viewer.line("b").values == list(range(1, 112))
        assert viewer.line("b").resets == 1


async def test_a_late_viewer_sees_the_same_as_an_early_one(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    async with Viewer(web.port) as early:
        await early.watch("a")
        for _ in range(30):
            await publisher.publish("a", count=2)
        await early.until_offset(publisher.sent)
        async with Viewer(web.port) as late:
            await late.watch("a")
            await publisher.publish("a")
            await late.until_offset(publisher.sent)
            await early.until_offset(publisher.sent)
            assert late.line("a").values == early.line("a").values[-len(late.line("a").values) :]
            assert late.line("a").values == list(range(1, 63))


async def test_what_nobody_watches_is_not_listened_to_and_let_go_after_a_while(
    web: RunningRelay, publisher: Publisher
) -> None:
    await publisher.create("a", "b")
    async with Viewer(web.port) as viewer:
        await viewer.watch("a")
        await viewer.until_offset({"a": 1})
        assert set(web.relay.follower.watched) == {"a"}
    assert "a" in web.relay.follower.watched, "kept for who reloads"
    await until_async(lambda: not web.relay.follower.watched, "let go")
    (channels,) = await publisher.broker.call(("PUBSUB", "CHANNELS", publisher.broker.keys.live("*")))
    assert channels == []


async def test_what_is_watched_goes_on_when_more_is_watched(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a", "b", "c")
    async with Viewer(web.port) as viewer:
        await viewer.watch("a")
        await viewer.watch("b")
        await viewer.watch("c")
        await viewer.ask("watch", {"remove": ["c"]})
        # "c" has been idle for the shortest time: what was taken for idle before it, has gone with it.
        await until_async(lambda: "c" not in web.relay.follower.watched, "let go of c")
        await publisher.publish("a", "b")
        await viewer.until_offset({"a": 2, "b": 2})


async def test_removed_from_the_watch_nothing_more_comes(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a", "b")
    async with Viewer(web.port) as viewer:
        await viewer.watch("a", "b")
        await viewer.until_offset(publisher.sent)
        assert await viewer.ask("watch", {"remove": ["a", "never watched"]}) == {"watching": 1}
        await publisher.publish("a", "b")
        await viewer.until_offset({"b": 2})
        assert viewer.line("a").offset == 1


async def test_a_stream_may_be_watched_before_it_exists(web: RunningRelay, publisher: Publisher) -> None:
    async with Viewer(web.port) as viewer:
        await viewer.watch("soon")
        await publisher.create("soon")
        await publisher.publish("soon")
        await viewer.until_offset({"soon": 2})
        assert viewer.line("soon").values == [1, 2]
        assert not viewer.named("notice"), "a beginning is no restart"


async def test_a_stream_removed_and_begun_again_is_told_as_such(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    await publisher.publish("a", count=10)
    async with Viewer(web.port) as viewer, Viewer(web.port) as other:
        await viewer.watch("a")
        await other.watch("a")
        await viewer.until_offset(publisher.sent)
        first = viewer.line("a").epoch
        await publisher.broker.remove("a")
        publisher.forget()
        await publisher.create("a")
        for each in (viewer, other):
            await each.until(
                lambda each=each: each.line("a").epoch not in {"", first} and each.named("notice"), "the new life"
            )
            assert each.line("a").values == [1]
            assert each.named("notice")[0]["code"] == "stream_restarted"
            assert "a has started anew" in each.named("notice")[0]["message"]


async def test_much_that_is_new_at_once_comes_in_pieces_and_whole(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    async with Viewer(web.port) as one, Viewer(web.port) as two:
        await one.watch("a")
        await two.watch("a")
        await one.until_offset(publisher.sent)
        for _ in range(10):
            await publisher.publish("a", count=5000)
        for each in (one, two):
            await each.until_offset(publisher.sent)
            assert each.line("a").values == list(range(1, 50_002))
            sizes = [len(json.dumps(body)) for body in each.named("tick")]
            assert max(sizes) < 800_000, "no packet is much larger than a piece"


async def test_a_panel_that_shows_more_is_served_more(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a", active_points=500)
    for _ in range(100):
        await publisher.publish("a", count=10, spec={"active_points": 500})
    async with Viewer(web.port) as viewer:
        await viewer.watch("a")
        await viewer.until_offset(publisher.sent)
        assert len(viewer.line("a").values) >= 500
        await publisher.publish("a", spec={"active_points": 900})
        await until_async(lambda: web.relay.follower.watched["a"].track.ring.rows >= 900, "the ring grows")
        async with Viewer(web.port) as late:
            await late.watch("a")
            await late.until_offset(publisher.sent)
            assert len(late.line("a").values) >= 900


# --- coming back


async def test_who_comes_back_goes_on_where_it_was(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    viewer = Viewer(web.port)
    async with viewer:
        await viewer.watch("a")
        await publisher.publish("a", count=20)
        await viewer.until_offset(publisher.sent)
    for _ in range(20):
        await publisher.publish("a")
    async with Viewer(web.port, ledger=viewer.ledger) as back:
        await back.watch("a")
        await back.until_offset(publisher.sent)
        assert back.line("a").values == list(range(1, 42))
        assert (back.line("a").resets, back.line("a").lost) == (1, 0)


async def test_who_was_away_for_longer_than_the_ring_gets_the_rest_from_history(
    web: RunningRelay, publisher: Publisher
) -> None:
    await publisher.create("a")
    viewer = Viewer(web.port)
    async with viewer, Viewer(web.port) as stays:
        await viewer.watch("a")
        await stays.watch("a")
        await viewer.until_offset(publisher.sent)
        await viewer.close()
        for _ in range(50):
            await publisher.publish("a", count=20)
        await stays.until_offset(publisher.sent)
        # The ring keeps what came in the last seconds; let that be over.
        watched = web.relay.follower.watched["a"]
        watched.track.ring.trim(100, 10**6)
        async with Viewer(web.port, ledger=viewer.ledger) as back:
            await back.watch("a")
            await back.until_offset(publisher.sent)
            assert back.line("a").values == list(range(1, 1002))
            assert back.line("a").lost == 0


async def test_what_history_does_not_have_any_more_is_told_as_lost(web: RunningRelay, publisher: Publisher) -> None:
    brief = Publisher(publisher.broker, keep=50)
    await brief.create("a")
    viewer = Viewer(web.port)
    async with viewer:
        await viewer.watch("a")
        await viewer.until_offset(brief.sent)
    await until_async(lambda: not web.relay.follower.watched, "let go")
    for _ in range(30):
        await brief.publish("a", count=10)
    async with Viewer(web.port, ledger=viewer.ledger) as back:
        await back.watch("a")
        await back.until_offset(brief.sent)
        line = back.line("a")
        assert line.lost == 250
        assert line.values == [1, *range(252, 302)]


async def test_who_comes_back_after_a_new_beginning_is_told(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    viewer = Viewer(web.port)
    async with viewer:
        await viewer.watch("a")
        await viewer.until_offset(publisher.sent)
    await publisher.broker.remove("a")
    publisher.forget()
    await publisher.create("a")
    async with Viewer(web.port, ledger=viewer.ledger) as back:
        await back.watch("a")
        await back.until(lambda: back.line("a").resets == 2, "a new snapshot")
        assert back.line("a").values == [1]
        await back.until(lambda: back.named("notice"), "a notice")


async def test_a_claim_from_the_future_is_answered_with_a_snapshot(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    async with Viewer(web.port) as viewer:
        await viewer.watch("a")
        await viewer.until_offset(publisher.sent)
        line = viewer.line("a")
        await viewer.ask("watch", {"add": [{"id": "a", "epoch": line.epoch, "offset": 10**9}]})
        await viewer.until(lambda: viewer.line("a").resets == 2, "a snapshot")
        assert viewer.line("a").values == [1]


# --- hidden


async def test_a_hidden_viewer_gets_slow_ticks_and_is_whole_when_it_is_shown_again(
    web: RunningRelay, publisher: Publisher
) -> None:
    await publisher.create("a")
    async with Viewer(web.port) as hidden, Viewer(web.port) as shown:
        await hidden.watch("a")
        await shown.watch("a")
        await hidden.until_offset(publisher.sent)
        await hidden.show(visible=False)
        ticks, since = len(hidden.named("tick")), time.monotonic()
        for _ in range(40):
            await publisher.publish("a")
            await asyncio.sleep(0.02)
        await shown.until_offset(publisher.sent)
        assert len(hidden.named("tick")) - ticks <= time.monotonic() - since + 1, "slow ticks"
        assert len(shown.named("tick")) > 20
        await hidden.until_offset(publisher.sent)
        await publisher.publish("a")
        await hidden.show(visible=True)
        await hidden.until_offset(publisher.sent, seconds=0.5)
        assert hidden.line("a").values == shown.line("a").values
        await publisher.publish("a")
        await hidden.until_offset(publisher.sent, seconds=0.5)


# --- pictures


async def test_pictures_come_one_at_a_time_and_the_newest_wins(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.broker.register("cam")
    await publisher.picture("cam", "first")
    await publisher.broker.announce("cam")
    async with Viewer(web.port, shows=False) as viewer:
        await viewer.watch("cam")
        await viewer.until(lambda: viewer.named("picture"), "the newest picture")
        (picture,) = viewer.named("picture")
        assert picture == {
            "id": "cam",
            "epoch": picture["epoch"],
            "offset": 1,
            "time": 1_700_000_000_001,
            "value": "data:image/png;base64,first",
        }
        for number in range(2, 21):
            await publisher.picture("cam", f"n{number}")
        watched = web.relay.follower.watched["cam"]
        await until_async(lambda: watched.track.ring.last == 20, "all arrived at the relay")
        assert len(viewer.named("picture")) == 1, "none while one is in flight"
        await viewer.ask("shown", {"id": "cam", "offset": 1})
        await viewer.until(lambda: len(viewer.named("picture")) == 2, "the next picture")
        assert viewer.named("picture")[1]["value"].endswith("n20"), "the newest"
        assert watched.track.ring.rows <= 2, "pictures are not kept"
        assert not viewer.named("tick"), "pictures come as nothing else"


async def test_several_image_streams_take_turns(web: RunningRelay, publisher: Publisher) -> None:
    for stream in ("one", "two", "three"):
        await publisher.broker.register(stream)
        await publisher.picture(stream, "x")
        await publisher.broker.announce(stream)
    async with Viewer(web.port) as viewer:
        await viewer.watch("one", "two", "three")
        for _ in range(20):
            for stream in ("one", "one", "one", "two", "three"):
                await publisher.picture(stream, "x")
            await asyncio.sleep(0.01)
        await viewer.until(
            lambda: {picture["id"]: picture["offset"] for picture in viewer.named("picture")} == publisher.sent,
            "the last of each",
        )
        got = [picture["id"] for picture in viewer.named("picture")]
        assert min(got.count(stream) for stream in ("two", "three")) > 5, "nobody starves"


async def test_a_picture_that_nobody_looks_at_holds_up_no_other_and_rests(
    web: RunningRelay, publisher: Publisher
) -> None:
    for stream in ("away", "seen"):
        await publisher.broker.register(stream)
        await publisher.picture(stream, "x")
        await publisher.broker.announce(stream)
    async with Viewer(web.port, shows=False) as viewer:

        def got(stream: str) -> int:
            return max((each["offset"] for each in viewer.named("picture") if each["id"] == stream), default=0)

        await viewer.watch("away")
        await viewer.until(lambda: got("away") == 1, "its picture")
        await viewer.ask("shown", {"id": "away", "offset": 1, "seen": False})
        await viewer.watch("seen")
        for number in range(1, 6):
            await viewer.until(lambda number=number: got("seen") == number, "no wait for what is out of sight")
            await viewer.ask("shown", {"id": "seen", "offset": number})
            await publisher.picture("away", "x")
            await publisher.picture("seen", "x")
        assert got("away") == 1, "nobody looks: it rests"
        await viewer.until(lambda: got("seen") == 6, "the last one")
        await viewer.ask("shown", {"id": "seen", "offset": 6})
        await viewer.ask("shown", {"id": "away", "offset": 1})
        await viewer.until(lambda: got("away") == publisher.sent["away"], "it came into sight: the newest at once")


async def test_a_hidden_viewer_gets_no_pictures(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.broker.register("cam")
    await publisher.picture("cam", "first")
    await publisher.broker.announce("cam")
    async with Viewer(web.port) as viewer:
        await viewer.watch("cam")
        await viewer.until(lambda: viewer.named("picture"), "the first picture")
        await viewer.show(visible=False)
        await publisher.picture("cam", "second")
        await until_async(lambda: web.relay.follower.watched["cam"].track.ring.last == 2, "it arrived")
        await viewer.show(visible=False)  # a round trip: what had been sent would be here
        assert len(viewer.named("picture")) == 1
        await viewer.show(visible=True)
        await viewer.until(lambda: len(viewer.named("picture")) == 2, "the newest")


async def test_a_stream_that_turns_into_pictures_goes_on_as_pictures(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("x")
    async with Viewer(web.port) as viewer:
        await viewer.watch("x")
        await viewer.until_offset(publisher.sent)
        await publisher.picture("x", "now")
        await publisher.broker.announce("x")
        await viewer.until(lambda: viewer.named("picture"), "a picture")


def spec_of(viewer: Viewer, stream: str) -> dict[str, object]:
    """What the viewer was told last of a stream."""
    found: dict[str, object] = {}
    for name, body in viewer.events:
        if name in {"catalogue", "specs"}:
            for spec in body["streams"] if name == "catalogue" else body["changed"]:
                if spec["id"] == stream:
                    found = spec
    return found
