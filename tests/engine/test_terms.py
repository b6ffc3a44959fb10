from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.terms import stem, terms, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("found", "find"),
        ("stopped", "stop"),
        ("hoped", "hope"),
        ("cities", "city"),
        ("wolves", "wolf"),
        ("sons", "son"),
        ("crying", "cry"),
        ("gave", "give"),
        ("glasses", "glass"),
        ("quickly", "quick"),
    ],
)
def test_forms_of_a_word_are_one_term(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("sing", "sin"), ("bus", "bu"), ("princess", "prince"), ("red", "r")])
def test_different_words_stay_apart(one, other):
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("spelt", "digits"), [("twenty-two", "22"), ("nineteen", "19"), ("four", "4"), ("fifty", "50")]
)
def test_a_number_is_found_spelt_out_and_in_digits(spelt, digits):
    assert terms(spelt) == terms(digits)


def test_possessives_of_both_apostrophes_are_dropped():
    assert terms("Thirza's Thirza’s THIRZA") == [terms("thirza")[0]] * 3


def test_a_chinese_name_is_one_exact_term_within_a_sentence():
    assert "黛玉" in terms("宝玉问黛玉道：妹妹可曾读书？")


def test_single_chinese_characters_are_terms_too():
    assert {"黛", "玉"} <= set(terms("林黛玉"))


def test_scripts_are_parted_where_they_meet():
    assert terms("用Python写") == ["用", "python", "写"]


@settings(deadline=None)
@given(st.text())
def test_words_stand_where_they_say(text):
    for word in words(text):
        assert word.terms
        assert terms(text[word.start : word.end]) == list(word.terms)


@settings(deadline=None)
@given(st.text(), st.text())
def test_terms_of_texts_apart_are_the_terms_of_both(one, other):
    assert terms(f"{one} \n {other}") == terms(one) + terms(other)
