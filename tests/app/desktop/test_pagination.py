"""Laws of pages: every line on exactly one, none too high, no heading alone at the foot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.desktop.pagination import Line, Trail, page_before, page_from

HEIGHT = 100.0


@st.composite
def texts(draw):
    """Lines of odd heights one below another, with gaps, some of them headings."""
    lines, y, start = [], 0.0, 0
    for height, gap, is_heading in draw(
        st.lists(
            st.tuples(st.floats(1, 140), st.floats(0, 30), st.sampled_from([False, False, False, True])),
            min_size=1,
            max_size=60,
        )
    ):
        y += gap
        lines.append(Line(y, y + height, start, start + 10, is_heading))
        y, start = y + height, start + 10
    return lines


def pages_of(lines):
    pages, at = [], 0
    while at < len(lines):
        pages.append(page_from(lines[at:], HEIGHT))
        at += len(pages[-1])
    return pages


@given(texts())
def test_pages_hold_every_line_exactly_once_and_in_order(lines):
    assert [line for page in pages_of(lines) for line in page] == lines


@given(texts())
def test_a_page_fits_unless_it_is_a_single_line(lines):
    for page in pages_of(lines):
        assert len(page) == 1 or page[-1].bottom - page[0].top <= HEIGHT


@given(texts())
def test_no_page_but_the_last_ends_with_a_heading_that_has_room_to_wait(lines):
    pages = pages_of(lines)
    for page in pages[:-1]:
        assert not page[-1].is_heading or all(line.is_heading for line in page)


@given(texts(), st.integers(1, 60))
def test_the_page_before_ends_where_this_one_begins_and_fits(lines, at):
    at = min(at, len(lines))
    page = page_before(reversed(lines[:at]), HEIGHT)
    assert page == lines[at - len(page) : at]
    assert page
    assert len(page) == 1 or page[-1].bottom - page[0].top <= HEIGHT


def test_going_back_and_forward_meets_the_same_pages():
    trail = Trail(10)
    trail.note(1, 20)
    assert trail.forward(1)
    trail.note(1, 33)
    assert trail.back(1) == 0
    assert (trail.start, trail.after(1), trail.after(2)) == (10, 20, 33)
    assert trail.back(2) == 2
    trail.prepend(4)
    assert (trail.start, trail.after(1)) == (4, 10)
    assert not trail.forward(4)
