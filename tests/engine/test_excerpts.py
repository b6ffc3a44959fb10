from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import PassageText
from engine.excerpts import pick_excerpts

SENTENCES = st.lists(
    st.sampled_from(["The king slept.", "A river ran by.", "“Who?” he said.", "黛玉葬花。", "The key was gone."]),
    min_size=1,
    max_size=6,
).map(" ".join)
STORY = (
    "Once the king went out. He met a stranger. It was Finn. They drank together.",
    "The queen stayed at home and counted her silver spoons. Nobody came.",
)
PASSAGES = [PassageText(500 * i, 500 * i + len(text), text) for i, text in enumerate(STORY)]


@settings(deadline=None)
@given(st.lists(SENTENCES, min_size=1, max_size=8), SENTENCES, st.integers(1, 200))
def test_excerpts_are_slices_of_the_passages_and_never_overlap(texts, question, characters):
    passages = [PassageText(300 * i, 300 * i + len(text), text) for i, text in enumerate(texts)]
    excerpts = pick_excerpts(passages, question, characters=characters)
    assert excerpts
    for excerpt in excerpts:
        (passage,) = [p for p in passages if p.start <= excerpt.start < p.end]
        assert passage.text[excerpt.start - passage.start : excerpt.end - passage.start] == excerpt.text != ""
    ordered = sorted(excerpts, key=lambda excerpt: excerpt.start)
    assert all(left.end <= right.start for left, right in pairwise(ordered))


def test_the_sentence_asked_about_comes_with_the_next_one():
    (excerpt,) = pick_excerpts(PASSAGES, "Which stranger did he meet?", characters=40)
    assert excerpt.text == "He met a stranger. It was Finn."
    assert excerpt.start == STORY[0].index("He met")


def test_the_best_excerpt_comes_first():
    excerpts = pick_excerpts(PASSAGES, "Who counted silver spoons, was it the stranger?", characters=400)
    assert excerpts[0].text.startswith("The queen stayed")


def test_without_a_shared_word_the_first_passage_is_given_whole():
    assert pick_excerpts(PASSAGES, "Voldemort?", characters=100) == PASSAGES[:1]


def test_of_nothing_there_is_nothing():
    assert pick_excerpts([], "Who?", characters=100) == []
