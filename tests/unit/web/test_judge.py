"""When a stream raises an alert, and when that ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.shared.wire import Alert, AlertRule
from windsock.web.alerts.judge import CALM_SECONDS, Judge, Level, levels_of, span_of

LEVELS = (Level(60.0, ""), Level(90.0, "hot"))


def judge(rule: AlertRule | None = None, levels: tuple[Level, ...] = ()) -> Judge:
    made = Judge("s", 0.0)
    made.instruct(rule, levels)
    return made


def hear(made: Judge, now: float, *values: float | None) -> list[tuple[str, float | None]]:
    """Samples of one series; the alerts after them, as kind and limit."""
    made.heard(span_of([[0, value] for value in values]), now)
    return kinds(made, now)


def kinds(made: Judge, now: float) -> list[tuple[str, float | None]]:
    return [(alert.kind, alert.limit) for alert in made.look(now)]


def test_a_stream_without_thresholds_and_rule_is_not_watched():
    assert judge().idle
    assert not judge(AlertRule(silent=5)).idle
    assert not judge(AlertRule(silent=5)).reads, "only that something arrives counts"


def test_a_value_above_the_limit_is_an_alert_at_once_and_ends_when_it_has_been_back_for_a_while():
    made = judge(AlertRule(above=10))
    assert hear(made, 1, 9.9) == []
    assert hear(made, 2, 10) == [("above", 10)]
    assert hear(made, 2.5, 3) == [("above", 10)], "it was beyond just now"
    assert kinds(made, 2 + CALM_SECONDS) == []


def test_an_alert_stands_while_nothing_else_arrives():
    made = judge(AlertRule(above=10))
    hear(made, 1, 11)
    assert kinds(made, 10_000) == [("above", 10)], "the last that was heard is beyond the limit"


def test_a_peak_between_two_looks_is_not_missed():
    made = judge(AlertRule(above=10))
    assert hear(made, 1, 1, 2, 50, 2, 1) == [("above", 10)]
    (alert,) = made.look(1)
    assert alert.value == 50
    assert alert.severity == "alarm"
    assert "above 10" in alert.text
    assert "50" in alert.text


def test_with_a_hold_the_value_has_to_stay_beyond():
    made = judge(AlertRule(above=10, hold=5))
    assert hear(made, 0, 11) == []
    assert hear(made, 4, 11, 2, 11) == [], "it was back in between: the time begins anew"
    assert hear(made, 8, 12) == []
    assert hear(made, 9, 12) == [("above", 10)]
    assert hear(made, 9.5, 1) == [("above", 10)]
    assert hear(made, 9.5 + CALM_SECONDS, 1) == []


def test_a_hold_passes_without_further_samples():
    made = judge(AlertRule(below=3, hold=5))
    assert hear(made, 0, 2) == []
    assert kinds(made, 4.9) == []
    assert kinds(made, 5.0) == [("below", 3)]


def test_any_series_counts():
    made = judge(AlertRule(above=10, below=-10))
    made.heard(span_of([[0, 1, 2, 30], [1, -30, 1, 1]]), 1)
    assert kinds(made, 1) == [("above", 10), ("below", -10)]


def test_thresholds_raise_by_level_and_fall_after_a_while():
    made = judge(None, LEVELS)
    assert hear(made, 0, 59) == []
    assert hear(made, 1, 61) == [("threshold", 60)]
    assert made.look(1)[0].severity == "warning"
    assert hear(made, 2, 95, 50) == [("threshold", 90)]
    (alert,) = made.look(2)
    assert alert.severity == "alarm"
    assert alert.text.startswith("is hot")
    assert kinds(made, 2 + CALM_SECONDS) == [], "the newest sample is below all levels"
    assert hear(made, 10, 70) == [("threshold", 60)]


def test_silence_is_an_alert_until_something_arrives():
    made = judge(AlertRule(silent=5))
    assert kinds(made, 4.9) == []
    assert kinds(made, 5) == [("silent", 5)]
    assert hear(made, 6, None) == [], "also a gap is a sign of life"
    made.deaf(100)
    assert kinds(made, 104) == [], "while nobody could listen nothing was silent"


def test_a_changed_rule_forgets_what_was_raised_by_the_old_one():
    made = judge(AlertRule(above=10))
    hear(made, 1, 20)
    made.instruct(AlertRule(above=10, silent=60), ())
    assert kinds(made, 1) == [("above", 10)], "this part of the rule is the same"
    made.instruct(AlertRule(above=30), ())
    assert kinds(made, 1) == []


def test_the_same_rule_once_more_changes_nothing():
    made = judge(AlertRule(above=10))
    hear(made, 0, 20)
    made.instruct(AlertRule(above=10), ())
    assert kinds(made, 30) == [("above", 10)], "the stream was renamed, and its value is beyond the limit as before"


def test_a_hold_does_not_begin_anew_with_the_same_rule():
    made = judge(AlertRule(above=10, hold=60))
    for now in range(0, 60, 10):
        assert hear(made, now, 20) == []
        assert not made.instruct(AlertRule(above=10, hold=60), ()), "nothing new is to be looked for"
    assert hear(made, 60, 20) == [("above", 10)]


def test_another_hold_counts_from_when_the_value_went_beyond():
    made = judge(AlertRule(above=10, hold=60))
    assert hear(made, 0, 20) == []
    made.instruct(AlertRule(above=10, hold=20), ())
    assert kinds(made, 19) == []
    assert kinds(made, 20) == [("above", 10)]


def test_what_is_looked_for_anew_is_said():
    made = judge(AlertRule(above=10))
    assert made.instruct(AlertRule(above=10, below=1), ())
    assert made.instruct(AlertRule(above=10), LEVELS)
    assert not made.instruct(AlertRule(above=10, silent=5), LEVELS)


def test_what_stands_stands_for_the_next_watchman_though_nothing_else_arrives():
    made = judge(AlertRule(above=10))
    made.resume([Alert(id="s", kind="above", severity="alarm", since=1, text="", value=20, limit=10)], 50)
    assert kinds(made, 10_000) == [("above", 10)]


def test_the_next_watchman_goes_on_with_what_stands():
    alerts = [
        Alert(id="s", kind="above", severity="alarm", since=1, text="", value=20, limit=10),
        Alert(id="s", kind="silent", severity="alarm", since=1, text="", limit=5),
        Alert(id="s", kind="threshold", severity="alarm", since=1, text="", value=95, limit=90),
    ]
    made = judge(AlertRule(above=10, silent=5), LEVELS)
    made.resume(alerts, 50)
    assert sorted(kinds(made, 50)) == [("above", 10), ("silent", 5), ("threshold", 90)]
    assert hear(made, 51, 1) == [("above", 10), ("threshold", 90)], "not calm for long enough"
    assert hear(made, 51 + CALM_SECONDS, 1) == []


def test_rows_without_a_number_have_no_span():
    assert span_of([[1, None], [2, None, None]]) is None
    assert span_of([]) is None


def test_levels_come_in_rising_order():
    assert levels_of([{"value": 9, "name": "b"}, {"value": 3}]) == (Level(3.0, ""), Level(9.0, "b"))


@pytest.mark.parametrize("side", ["above", "below"])
@given(batches=st.lists(st.lists(st.integers(-20, 20), min_size=1, max_size=5), min_size=1, max_size=30))
def test_without_a_hold_an_alert_stands_exactly_from_the_first_value_beyond_until_calm(
    side: str, batches: list[list[int]]
):
    limit, step = 5, 1.0
    made = judge(AlertRule(above=limit) if side == "above" else AlertRule(below=limit))
    beyond_at = None
    last = 0
    for number, values in enumerate(batches):
        now = number * step
        if any(value >= limit if side == "above" else value <= limit for value in values):
            beyond_at = now
        last = values[-1]
        still = last >= limit if side == "above" else last <= limit
        expected = beyond_at is not None and (still or now - beyond_at < CALM_SECONDS)
        assert bool(hear(made, now, *values)) is expected


def test_what_stands_among_thresholds_and_is_none_is_passed_over() -> None:
    found = levels_of(
        [{"value": 90, "name": "high"}, {"value": None}, {"name": "none"}, {"value": "80"}, None, 7, {"value": 10}]
    )
    assert [level.value for level in found] == [10, 90]
