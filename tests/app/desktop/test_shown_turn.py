"""From a kept turn to what is shown of it: one list of places, and what older rows do not say yet."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.desktop.widgets.shown_turn import ShownPlace, one_list, shown_turn
from storage.conversations import CitationRow, LineTurn, TurnRow
from storage.document import Locator

SPANS = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: (pair[0], sum(pair)))


def place(number, span):
    return ShownPlace(number, "words", "One", None, *span)


@given(st.lists(SPANS, max_size=3), st.lists(SPANS, max_size=2))
def test_what_is_cited_comes_first_and_nothing_of_it_is_quoted_again(cited_spans, quoted_spans):
    cited = [place(number, span) for number, span in enumerate(cited_spans, start=1)]
    shown = one_list(cited, [place(0, span) for span in quoted_spans])
    assert list(shown[: len(cited)]) == cited
    for other in shown[len(cited) :]:
        assert all(other.end <= each.start or each.end <= other.start for each in cited)
    left_out = len(quoted_spans) - (len(shown) - len(cited))
    assert left_out == sum(any(s < each.end and each.start < e for each in cited) for s, e in quoted_spans)


def line_turn(stats):
    cited = (CitationRow("Anne left", Locator(0, 0, 0, 9, "iv"), "One"),)
    row = TurnRow("t", "c", "Who?", "Anne did.", datetime.now(UTC), cited, stats)
    return LineTurn(row, ("s", "t"))


def test_a_turn_of_the_first_release_shows_its_figure_at_the_end():
    shown = shown_turn(line_turn({"prompt_tokens": 9, "reused_tokens": 0, "passages": [[0, 9]]}))
    assert shown.marks == ((len("Anne did."), 1),)
    assert (shown.version, shown.versions, shown.places[0].page) == (1, ("s", "t"), "iv")
    assert (shown.is_stopped, shown.within, shown.reasoning, shown.figures.adapter_made) == (False, None, "", None)
