"""The sentences of a text that speak most of a question, found without a model.

They are a true answer while the model reads, and where it rambles.
Knows passages, sentences and terms. Knows nothing of prompts or models. Measured (tests/bench/asking_quality.py): the two
quotes hold the answer far more often than a small model gives it.
"""

from __future__ import annotations

from engine.api import CitedSpan, PassageText
from engine.excerpts import rank_sentences
from engine.retrieval import PassageIndex, asks_about_whole

QUOTES = 2
"""The most quotes of one question."""

_PASSAGES = 8
_SHORT = 120  # a sentence narrower than this comes with the next one, which as often holds the answer
_LONGEST = 420  # characters of one quote
_FIRST_WIDE = 0x2E80  # from here on characters are twice as wide: Chinese, Japanese, Korean


def quote(index: PassageIndex, question: str) -> tuple[CitedSpan, ...]:
    """The best sentences for a question, best first, none in two quotes; () when it names nothing that stands there.

    Law: each stands in a passage of the index: `passage.text[q.start - passage.start : q.end - passage.start] == q.quote`.
    """
    if asks_about_whole(question):
        return ()
    passages = [hit.passage for hit in index.search(question, limit=_PASSAGES)]
    sentences, ranked = rank_sentences(passages, question)
    quotes: list[CitedSpan] = []
    used: set[int] = set()
    for number in ranked:
        owner, sentence = sentences[number]
        if number in used:
            continue
        taken, end = {number}, sentence.end
        follower = number + 1
        if _width(sentence.text) < _SHORT and follower < len(sentences) and sentences[follower][0] == owner:
            taken.add(follower)
            end = sentences[follower][1].end
        if taken & used:
            end, taken = sentence.end, {number}
        used |= taken
        quotes.append(_span(passages[owner], sentence.start, end))
        if len(quotes) == QUOTES:
            break
    return tuple(quotes)


def _span(passage: PassageText, start: int, end: int) -> CitedSpan:
    """The place as a quote; one too long ends after a word."""
    words = passage.text[start - passage.start : end - passage.start]
    if len(words) > _LONGEST:
        words = words[:_LONGEST]
        words = words.rsplit(maxsplit=1)[0] if " " in words else words
    return CitedSpan(words, start, start + len(words))


def _width(text: str) -> int:
    return sum(2 if ord(character) >= _FIRST_WIDE else 1 for character in text)
