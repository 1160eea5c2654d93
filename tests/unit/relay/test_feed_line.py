"""When a viewer's line counts as slow, and when it is tried again."""

from __future__ import annotations

from windsock.web.video.line import FIRST_BYTES, MOST_BYTES, REST_SECONDS, Line


def test_a_frame_that_takes_over_a_second_makes_a_line_slow_once() -> None:
    line = Line()
    assert not line.took(0.9, 1)
    assert line.took(1.1, 2)
    assert line.slow
    assert not line.took(3.0, 3), "it was told already"


def test_a_line_is_tried_again_when_it_was_quick_for_a_while() -> None:
    line = Line()
    line.took(2.0, 0)
    changes = [now for now in range(1, 40) if line.took(0.1, now)]
    assert changes == [1 + REST_SECONDS]
    assert not line.slow


def test_one_that_is_neither_quick_nor_slow_stays_with_what_it_gets() -> None:
    line = Line()
    line.took(2.0, 0)
    assert not any(line.took(0.5, now) for now in range(1, 100))
    assert line.slow


def test_each_try_that_fails_doubles_the_wait_for_the_next() -> None:
    line, now, waits = Line(), 0.0, list[float]()
    for _ in range(6):
        assert line.took(2.0, now)
        began = now
        while line.slow:
            now += 0.5
            line.took(0.1, now)
        waits.append(round(now - began))
        now += 2
    assert waits == [10, 20, 40, 80, 160, 160]


def test_little_is_under_way_before_anything_is_known_of_a_line() -> None:
    line = Line()
    assert line.room == FIRST_BYTES
    line.took(0.05, 1)
    assert line.room == MOST_BYTES
