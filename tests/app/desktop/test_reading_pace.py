from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desktop.reading_pace import KNOWN_AFTER_S, MOST_PER_S, REMEMBERED_S, ReadingPace


def read_on(pace, *, pages, characters, seconds, start=0):
    for number in range(pages + 1):
        pace.note(start + number * characters, number * seconds)


def test_nothing_is_said_before_something_is_known():
    pace = ReadingPace()
    read_on(pace, pages=4, characters=1_000, seconds=KNOWN_AFTER_S / 4)
    assert pace.minutes(10_000) is None
    read_on(pace, pages=9, characters=1_000, seconds=KNOWN_AFTER_S / 4)
    assert pace.minutes(10_000) is not None


def test_a_steady_reader_is_told_how_long_it_takes():
    pace = ReadingPace()
    read_on(pace, pages=20, characters=1_200, seconds=60)
    assert pace.minutes(12_000) == 10
    assert pace.minutes(1) == 1


def test_a_scroll_of_many_small_steps_is_one_move():
    pace = ReadingPace()
    for page in range(20):
        for step in range(12):
            pace.note(page * 1_200 + step * 100, page * 60 + step * 0.05)
    assert pace.minutes(12_000) == 10


@pytest.mark.parametrize(
    "moves",
    [
        [(500_000, 1.0)],
        [(900, 4_000.0)],
        [(-5_000, 30.0)],
        [(3_000, 2.0), (3_000, 2.0), (-6_000, 1.0)],
    ],
    ids=["a jump", "a walk", "going back", "leafing"],
)
def test_what_is_not_reading_does_not_count(moves):
    pace = ReadingPace()
    read_on(pace, pages=20, characters=1_200, seconds=60)
    pace.forget_place()
    place, now = 24_000, 1_300.0
    pace.note(place, now)
    known = (pace.characters, pace.seconds)
    for by, after in [*moves, (0, 10.0)]:
        place, now = place + by, now + after
        pace.note(place, now)
    assert (pace.characters, pace.seconds) == known


@given(st.lists(st.tuples(st.integers(-10_000, 10_000), st.floats(0, 500)), max_size=60))
def test_the_pace_is_never_beyond_what_people_can_do(moves):
    pace, place, now = ReadingPace(), 50_000, 0.0
    for by, after in moves:
        place, now = max(0, place + by), now + after
        pace.note(place, now)
    assert 0 <= pace.seconds <= REMEMBERED_S
    assert pace.characters <= MOST_PER_S * pace.seconds * (1 + 1e-9)
