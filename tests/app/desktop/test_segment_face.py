"""What is offered and said of a segment memory by how it stands, and the strip of the book, without a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desktop.languages import Languages
from app.desktop.segment_face import Face, Make, face
from app.desktop.segment_words import figures_words, state_words
from app.desktop.widgets.context_used import ContextUsed
from app.desktop.widgets.segment_strip import Kept, stretches
from app.desktop.widgets.shown_turn import Figures
from app.operations.segment_memories import SegmentStatus

WHOLE = SegmentStatus(
    document_id="d",
    model="echo",
    entry=1,
    segments=412,
    tokens=105_472,
    slots=13_184,
    ratio=8,
    bytes=38_000_000,
    verbatim_tokens=190,
    total_tokens=105_662,
    ends=tuple(1000 * n for n in range(1, 413)),
    complete=True,
    in_use=True,
    has_compressor=True,
    outdated=False,
    window_tokens=8192,
    running=False,
    paused=False,
    interrupted=False,
    problem="",
)
NONE = replace(
    WHOLE, entry=None, segments=0, tokens=0, slots=0, ratio=0, bytes=0, ends=(), complete=False, in_use=False
)
PART = replace(WHOLE, segments=100, tokens=25_600, slots=3200, complete=False, paused=True)
SHORT = replace(NONE, total_tokens=3000)


@pytest.fixture(autouse=True, scope="module")
def english(qapp):
    """Numbers are said in the language of the window."""
    Languages().use("en")


@pytest.mark.parametrize(
    ("status", "ratio", "make", "can_make"),
    [
        (NONE, None, Make.NEW, True),
        (replace(NONE, window_tokens=0), None, Make.NEW, True),
        (SHORT, None, Make.NEW, False),
        (replace(NONE, has_compressor=False), None, Make.NEW, False),
        (replace(NONE, problem="No."), None, Make.RETRY, True),
        (PART, None, Make.GO_ON, True),
        (replace(PART, problem="No."), None, Make.RETRY, True),
        (replace(PART, has_compressor=False), None, None, False),
        (WHOLE, None, None, False),
        (WHOLE, 8, None, False),
        (WHOLE, 32, Make.AGAIN, True),
        (replace(WHOLE, outdated=True), None, Make.AGAIN, True),
    ],
)
def test_what_the_button_does(status, ratio, make, can_make):
    shown = face(status, is_making=False, ratio=ratio)
    assert (shown.make, shown.can_make) == (make, can_make)


def test_the_ways_out():
    assert face(replace(NONE, has_compressor=False), is_making=False, ratio=None).trains
    assert face(SHORT, is_making=False, ratio=None).keeps_exactly
    assert not face(NONE, is_making=False, ratio=None).keeps_exactly
    assert face(None, is_making=False, ratio=None) == Face()


def test_while_it_is_made_it_can_be_paused_and_no_more():
    shown = face(PART, is_making=True, ratio=None)
    assert shown == Face(pauses=True, uses=True, shows_book=True)


def test_its_figures():
    assert figures_words(WHOLE) == "412 segments · 13,184 slots · 1:8 · 38.0 MB · last 190 tokens word for word"
    assert state_words(PART).startswith("Paused after 25,600 of 105,662 tokens. 100 segments · ")
    assert "fits the model’s window (3,000 of 8,192 tokens)" in state_words(SHORT)
    assert state_words(replace(NONE, problem="The disk is full.")) == "The disk is full."


def test_an_answer_tells_what_of_the_book_stood_before_it(qtbot):
    view = ContextUsed()
    qtbot.addWidget(view)
    figures = Figures(900, 0, segments=412, segment_tokens=105_472, segment_slots=13_184)
    words = view.words(figures)
    assert "412 segment" in words and "of the book (105,472 tokens) as 13,184 slots" in words
    assert "slots" not in view.words(replace(figures, segments=0, adapter_made=datetime.now(UTC)))


@given(
    lengths=st.lists(st.integers(1, 2000), max_size=40),
    rest=st.integers(0, 2000),
    made=st.integers(0, 100_000),
    whole=st.booleans(),
)
def test_stretches_cover_the_book_once_and_in_order(lengths, rest, made, whole):
    ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
    characters = sum(lengths) + rest
    found = stretches(ends, characters, made_to=made, whole=whole)
    assert [each.start for each in found] == [0, *(each.end for each in found[:-1])][: len(found)]
    assert not found or found[-1].end == characters
    assert [each.end for each in found if each.place is not None] == ends
    assert {each.kept for each in found if each.place is None} <= set(Kept) - {Kept.WAITING if whole else Kept.VERBATIM}
