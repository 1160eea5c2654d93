"""Where a viewer can begin in a camera's stream."""

from __future__ import annotations

from windsock.video.openings import KEYLESS_SECONDS, MOST_BYTES, Openings
from windsock.video.rtsp import AccessUnit


def unit(arrived: float, *, key: bool = False, entry: bool = False, size: int = 10) -> AccessUnit:
    return AccessUnit(b"x" * size, key=key, pts=round(arrived * 1e6), arrived=arrived, entry=entry)


def of(*units: AccessUnit) -> Openings:
    openings = Openings()
    for each in units:
        openings.add(each)
    return openings


def test_it_holds_all_since_the_newest_picture_that_opens():
    first, second, third = unit(0, key=True), unit(1), unit(2, entry=True)
    assert list(of(unit(-1))) == []
    assert list(of(unit(-1), first, second)) == [first, second]
    assert list(of(first, second, third)) == [third]


def test_what_grows_too_large_is_let_go_until_the_next_one_opens():
    large, key = unit(1, size=MOST_BYTES), unit(3, key=True)
    assert list(of(unit(0, key=True), large, unit(2))) == []
    assert list(of(unit(0, key=True), large, unit(2), key)) == [key]


def test_a_camera_that_only_gives_other_pictures_to_begin_with_is_keyless():
    assert of(unit(0, entry=True)).keyless
    assert not of(unit(0)).keyless, "nothing opened yet"
    assert not of(unit(0, key=True), unit(KEYLESS_SECONDS, entry=True)).keyless
    assert of(unit(0, key=True), unit(KEYLESS_SECONDS + 1, entry=True)).keyless


def test_one_key_picture_in_passing_changes_nothing_and_two_in_a_row_do():
    openings = of(unit(0, entry=True), unit(100, key=True))
    assert openings.keyless
    openings.add(unit(101, key=True))
    assert not openings.keyless
