"""Whether fewer pictures go out than are wanted, and who holds them up: played with a clock of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pytest

from windsock.video.pace import Behind, Pace

TICK = 0.25


def play(
    pace: Pace,
    seconds: float,
    *,
    wanted: float | None = 25,
    came: float = 25,
    made: float = 25,
    sent: float | None = None,
    held: float = 0,
    late: float = 0,
    begin: float = 0,
) -> list[Behind | None]:
    """Look every quarter of a second, while so much happens a second; what was to be said each time."""
    said: list[Behind | None] = []
    rates = {"came": came, "made": made, "sent": made if sent is None else sent, "held": held}
    before = {name: getattr(pace, name) for name in rates}
    for look in range(1, round(seconds / TICK) + 1):
        for name, rate in rates.items():
            setattr(pace, name, before[name] + int(rate * look * TICK))
        pace.look(begin + look * TICK, wanted, late)
        said.append(pace.behind)
    return said


def changes(said: Iterable[Behind | None]) -> list[Behind | None]:
    """Without repetitions."""
    kept: list[Behind | None] = []
    for each in said:
        if not kept or kept[-1] != each:
            kept.append(each)
    return kept


def test_what_is_clearly_too_few_is_said_after_some_seconds_and_unsaid_after_some_more() -> None:
    pace = Pace()
    said = play(pace, 12, made=8, held=20)
    assert changes(said) == [None, Behind(8, at_broker=False)]
    assert said.index(Behind(8, at_broker=False)) * TICK >= 4, "said at once"
    well = play(pace, 20, begin=12)
    assert [each is None for each in changes(well)][-2:] == [False, True], "said again"
    assert len(changes(well)) <= 3
    assert 4 <= well.index(None) * TICK <= 10


def test_what_comes_and_goes_is_not_said_by_turns() -> None:
    pace = Pace()
    said = play(pace, 12, made=8, held=20)
    for turn in range(10):
        said += play(pace, 2, made=20 if turn % 2 else 10, held=20, begin=12 + 2 * turn)
    assert [each is None for each in changes(said)] == [True, False, *[False] * (len(changes(said)) - 2)]
    assert len(changes(said)) <= 4, f"the figure changes all the time: {changes(said)}"


def test_a_figure_stays_until_it_is_clearly_wrong() -> None:
    pace = Pace()
    play(pace, 12, made=8, held=20)
    assert changes(play(pace, 12, made=9, held=20, begin=12)) == [Behind(8, at_broker=False)]
    play(pace, 12, made=3, held=20, begin=24)
    assert pace.behind is not None
    assert pace.behind.rate == pytest.approx(3, rel=0.2)


NOTHING_TO_SAY: dict[str, dict[str, float | None]] = {
    "all go out": {},
    "the camera sends few": {"came": 5, "made": 5},
    "a few less": {"made": 20, "held": 25},
    "no more were asked for": {"wanted": 10, "came": 10, "made": 10},
    "nobody looks": {"wanted": None, "made": 0},
    "one in five seconds is asked for": {"wanted": 0.2, "made": 0.2},
    "one in two seconds is sent": {"wanted": 10, "came": 0.5, "made": 0.5},
    "they come in bursts": {"made": 6},
}


@pytest.mark.parametrize("rates", NOTHING_TO_SAY.values(), ids=NOTHING_TO_SAY.keys())
def test_there_is_nothing_to_say_where(rates: dict[str, Any]) -> None:
    assert changes(play(Pace(), 120, **rates)) == [None]


def test_pictures_that_are_made_and_not_taken_are_held_up_by_the_broker() -> None:
    assert changes(play(Pace(), 20, sent=3)) == [None, Behind(3, at_broker=True)]


def test_a_process_that_does_not_get_its_turn_is_too_slow_though_nothing_was_held_up() -> None:
    assert changes(play(Pace(), 20, made=5, late=0.1)) == [None, Behind(5, at_broker=False)]


def test_a_source_that_is_asked_for_each_picture_never_gives_too_few_itself() -> None:
    pace = Pace()
    assert changes(play(pace, 20, wanted=10, came=0, made=4, held=4)) == [None, Behind(4, at_broker=False)]
    assert pace.camera == math.inf


def test_what_is_wanted_anew_is_judged_anew() -> None:
    pace = Pace()
    play(pace, 12, made=8, held=20)
    said = play(pace, 20, wanted=6, made=6, held=10, begin=12)
    assert said[0] is not None, "unsaid before anything is known"
    assert changes(said)[-1] is None


def test_what_the_camera_sends_is_known() -> None:
    pace = Pace()
    play(pace, 30, came=12, made=10, wanted=10)
    assert pace.camera == 12
    play(pace, 30, came=1.5, made=1.5, wanted=10, begin=30)
    assert pace.camera == pytest.approx(1.5, rel=0.2)
