"""The ring: contiguous, bounded, honest about what it lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.shared.broker import Entry
from windsock.web.ring import Ring

counts = st.lists(st.integers(1, 7), max_size=30)


def filled(counts: list[int], start: int = 0) -> Ring:
    ring = Ring()
    ring.clear("e", start)
    for count in counts:
        ring.append(Entry(ring.last + count, count, b"x" * count))
    return ring


def test_a_batch_that_does_not_follow_is_refused() -> None:
    ring = filled([3])
    for offset, count in ((5, 1), (3, 1), (4, 2), (4, 0)):
        with pytest.raises(ValueError, match="does not follow"):
            ring.append(Entry(offset, count, b""))
    assert ring.last == 3


@given(counts, st.integers(0, 100), st.integers(1, 60), st.integers(1, 60))
def test_trimming_keeps_the_least_whole_batches_that_the_bound_asks_for(
    sizes: list[int], start: int, samples: int, size: int
) -> None:
    ring = filled(sizes, start)
    before = ring.all()
    ring.trim(samples, size)
    after = ring.all()
    assert after == before[len(before) - len(after) :], "only the oldest go"
    assert ring.rows == sum(entry.count for entry in after)
    assert ring.size == sum(len(entry.payload) for entry in after)
    assert ring.last == start + sum(sizes)
    if before:
        assert after, "the newest batch stays"
        assert len(after) == 1 or (ring.rows - after[0].count < samples and ring.size <= size), (
            "no more than needed is kept"
        )
        if len(after) < len(before):
            gone = before[len(before) - len(after) - 1]
            assert ring.rows >= samples or ring.size + len(gone.payload) > size, (
                "nothing was dropped that the bounds allow"
            )


@given(counts, st.integers(0, 20), st.integers(0, 150))
def test_since_gives_all_after_an_offset_or_says_how_many_are_lost(sizes: list[int], start: int, offset: int) -> None:
    ring = filled(sizes, start)
    lost, entries = ring.since(offset)
    wanted = set(range(offset + 1, ring.last + 1))
    got = {number for entry in entries for number in range(entry.offset - entry.count + 1, entry.offset + 1)}
    assert wanted - got == set(range(offset + 1, min(start, ring.last) + 1))
    assert lost == len(wanted - got)
    assert all(entry.offset > offset for entry in entries)


@given(counts, counts, st.integers(0, 200))
def test_older_batches_go_before_the_first_without_a_hole(older: list[int], newer: list[int], size: int) -> None:
    history = filled(older)
    ring = filled(newer, history.last)
    before = ring.all()
    ring.prepend([*history.all(), *before], size)
    entries = ring.all()
    assert entries[len(entries) - len(before) :] == before
    assert entries == [*history.all(), *before][len(older) + len(newer) - len(entries) :]
    assert ring.first == (entries[0].offset - entries[0].count + 1 if entries else ring.last + 1)
    assert len(entries) == len(before) or ring.size <= size


def test_a_foreign_batch_is_not_put_before_the_first() -> None:
    ring = filled([2], start=10)
    ring.prepend([Entry(9, 2, b"")], 1000)
    assert ring.first == 11
