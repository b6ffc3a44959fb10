"""The places in the retrieved passages that an answer rests on: spans that stand there, letter for letter.

Knows text, terms and sentences. Knows nothing of prompts, models or how an answer came about.

A sentence supports an answer when it says what the answer adds to the question and is about what was asked. Precision
comes first: an answer that no sentence supports gets no citation, and the faces say that it was not found in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.api import CitedSpan, PassageText
from engine.retrieval import QUESTION_TERMS
from engine.sentences import sentence_spans
from engine.terms import Word, words

QUOTE_CHARACTERS = 300
"""The longest citation. A longer sentence is cut at words around what supports the answer."""

CITATIONS = 3
"""The most citations of one answer."""

_ANSWER_COVERED = 0.75  # share of what the answer adds that a sentence must say; weights are the terms' idf
_QUESTION_COVERED = 0.3  # share of the question that it and its neighbours must speak of
_REPEAT_COVERED = 0.75  # an answer that adds nothing to its question: share of both that must stand there
_NEIGHBOUR_SHARE = 0.5  # a term in the sentence before or after speaks for half


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: PassageText
    start: int
    end: int
    terms: frozenset[str]
    around: frozenset[str]
    """Terms of the sentences before and after."""


def cite(
    answer: str,
    question: str,
    passages: Sequence[PassageText],
    *,
    weight: Callable[[str], float],
) -> tuple[CitedSpan, ...]:
    """The spans that support an answer, the best for each of its sentences, in its order; () when none does.

    passages: what the model was shown. weight: how telling a term is (`PassageIndex.term_weight`), >= 0.
    Law: each stands in one of them: `passage.text[c.start - passage.start : c.end - passage.start] == c.quote`.
    """
    return tuple(dict.fromkeys(span for _, span in supports(answer, question, passages, weight=weight)))


def supports(
    answer: str,
    question: str,
    passages: Sequence[PassageText],
    *,
    weight: Callable[[str], float],
) -> list[tuple[int, CitedSpan]]:
    """For each sentence of the answer that is supported, up to CITATIONS spans: where it ends, and what supports it."""
    asked = _content(question)
    sentences = [sentence for passage in passages for sentence in _sentences(passage)]
    found: list[tuple[int, CitedSpan]] = []
    for start, end in sentence_spans(answer):
        said = _content(answer[start:end])
        best = max(
            ((_support(sentence, said, asked, weight), -number) for number, sentence in enumerate(sentences)),
            default=(0.0, 0),
        )
        if best[0] > 0:
            found.append((end, _span(sentences[-best[1]], said | asked)))
        if len({span for _, span in found}) == CITATIONS:
            break
    return found


def _support(sentence: _Sentence, said: frozenset[str], asked: frozenset[str], weight: Callable[[str], float]) -> float:
    """How well a sentence supports saying `said` to `asked`; 0 when it does not reach the thresholds."""
    added = said - asked
    about = _coverage(asked, sentence, weight, neighbours=True)
    if not _total(added, weight):
        repeats = _coverage(said | asked, sentence, weight, neighbours=False)
        return repeats if said and repeats >= _REPEAT_COVERED else 0.0
    covered = _coverage(added, sentence, weight, neighbours=False)
    if covered < _ANSWER_COVERED or (about < _QUESTION_COVERED and asked):
        return 0.0
    return covered + about


def _coverage(
    wanted: frozenset[str], sentence: _Sentence, weight: Callable[[str], float], *, neighbours: bool
) -> float:
    """Share of the weight of the wanted terms that the sentence holds, 0-1."""
    total = _total(wanted, weight)
    if not total:
        return 0.0
    held = _total(wanted & sentence.terms, weight)
    if neighbours:
        held += _NEIGHBOUR_SHARE * _total((wanted & sentence.around) - sentence.terms, weight)
    return held / total


def _total(wanted: frozenset[str], weight: Callable[[str], float]) -> float:
    return sum(weight(term) for term in sorted(wanted))


def _content(text: str) -> frozenset[str]:
    return frozenset(term for word in words(text) for term in word.terms if term not in QUESTION_TERMS)


def _sentences(passage: PassageText) -> list[_Sentence]:
    spans = sentence_spans(passage.text)
    held = [_content(passage.text[start:end]) for start, end in spans]
    nothing: frozenset[str] = frozenset()
    return [
        _Sentence(
            passage,
            start,
            end,
            held[i],
            (held[i - 1] if i else nothing) | (held[i + 1] if i + 1 < len(held) else nothing),
        )
        for i, (start, end) in enumerate(spans)
    ]


def _span(sentence: _Sentence, telling: frozenset[str]) -> CitedSpan:
    """The sentence as a citation; of one too long, the stretch of whole words that holds most of the telling terms."""
    text = sentence.passage.text
    start, end = sentence.start, sentence.end
    if end - start > QUOTE_CHARACTERS:
        start, end = _densest_stretch(text, start, end, telling)
    return CitedSpan(text[start:end], sentence.passage.start + start, sentence.passage.start + end)


def _densest_stretch(text: str, start: int, end: int, telling: frozenset[str]) -> tuple[int, int]:
    """The stretch of at most QUOTE_CHARACTERS with the most telling words; it begins and ends with a word."""
    pieces: list[tuple[int, int]] = []
    for match in re.finditer(r"\S+", text[start:end]):
        first, last = start + match.start(), start + match.end()
        if last - first > QUOTE_CHARACTERS:  # a script without spaces
            pieces += [(place, place + 1) for place in range(first, last)]
        else:
            pieces.append((first, last))
    found: list[Word] = [word for word in words(text[start:end]) if telling.intersection(word.terms)]
    places = [start + word.start for word in found]
    best, best_count, last_piece = pieces[0], -1, 0
    for first_piece in range(len(pieces)):
        last_piece = max(last_piece, first_piece)
        begin = pieces[first_piece][0]
        while last_piece + 1 < len(pieces) and pieces[last_piece + 1][1] - begin <= QUOTE_CHARACTERS:
            last_piece += 1
        count = sum(begin <= place < pieces[last_piece][1] for place in places)
        if count > best_count:
            best, best_count = (begin, pieces[last_piece][1]), count
    return best
