from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.answer_scores import bootstrap_mean, contains_match, share_of_gains, token_f1

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("It was the Obliging Hannah.", "Obliging Hannah", True),
        ("obliging, hannah", "The Obliging Hannah", True),
        ("In 1603, by charter", "160", False),
        ("Hannah was obliging", "Obliging Hannah", False),
        ("她葬花于沁芳闸畔。", "沁芳闸", True),
        ("anything", "", False),
    ],
)
def test_contains_match_compares_whole_words_in_order(answer, reference, expected):
    assert contains_match(answer, [reference]) is expected


def test_f1_is_the_best_over_the_references():
    assert token_f1("seven hours", ["ten", "for seven hours"]) == pytest.approx(0.8)


@settings(deadline=None)
@given(st.text(), st.text())
def test_f1_lies_between_nothing_and_all_and_is_all_for_the_same_words(one, other):
    assert 0.0 <= token_f1(one, [other]) <= 1.0
    if contains_match(one, [one]):
        assert token_f1(one, [one]) == 1.0


@settings(deadline=None)
@given(SHARES)
def test_an_interval_holds_its_mean(values):
    interval = bootstrap_mean(values)
    assert interval.low - 1e-9 <= interval.mean <= interval.high + 1e-9


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean([])


@settings(deadline=None)
@given(SHARES)
def test_nothing_gains_over_itself_and_more_everywhere_always_gains(values):
    assert share_of_gains(values, values) == 0.0
    assert share_of_gains([value + 1 for value in values], values) == 1.0
