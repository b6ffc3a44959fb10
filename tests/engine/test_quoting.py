from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from engine.api import PassageText
from engine.jobs import run_to_end
from engine.quoting import QUOTES, quote
from engine.retrieval import build_index

WORDS = st.sampled_from(
    ["cat", "key", "Codicil", "jar.", "The", "slept.", "ferry", "钥匙", "在罐子里。", "Mr.", "peas!"]
)
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=120).map(" ".join), max_size=5)


def index_of(texts):
    starts = [sum(len(text) + 2 for text in texts[:number]) for number in range(len(texts))]
    passages = [PassageText(start, start + len(text), text) for start, text in zip(starts, texts, strict=True)]
    return run_to_end(build_index(passages))


@given(TEXTS, st.lists(WORDS, max_size=6).map(" ".join))
def test_quotes_stand_in_the_text_and_none_in_another(texts, question):
    whole = "\n\n".join(texts)
    quotes = quote(index_of(texts), question)
    assert len(quotes) <= QUOTES
    assert all(whole[each.start : each.end] == each.quote and each.quote for each in quotes)
    places = sorted((each.start, each.end) for each in quotes)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))


def test_the_best_sentence_comes_first_and_a_short_one_with_its_follower():
    index = index_of(["The harbour was quiet that day. He met a stranger. It was Finn.", "The cat slept."])
    assert [each.quote for each in quote(index, "Whom did he meet, this stranger?")] == [
        "He met a stranger. It was Finn."
    ]


def test_nothing_is_quoted_for_what_nothing_speaks_of_or_the_text_as_a_whole():
    index = index_of(["The cat slept in the story."])
    assert quote(index, "Who is Voldemort?") == ()
    assert quote(index, "What is this story about?") == ()
