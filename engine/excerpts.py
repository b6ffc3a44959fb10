"""Of the passages found, the sentences that speak of the question: for models that lose themselves in whole passages.

Knows passages and sentences. Knows nothing of prompts or models.
A sentence is followed by the next one, which as often holds the answer ("He met a stranger. It was Finn.").
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.api import PassageText
from engine.jobs import run_to_end
from engine.retrieval import build_index
from engine.sentences import sentence_spans

_CANDIDATES = 6  # passages whose sentences are looked at: a few dozen sentences, indexed in milliseconds
_SENTENCES = 32


def pick_excerpts(passages: Sequence[PassageText], question: str, *, characters: int) -> list[PassageText]:
    """The best sentences with their followers, best first, until they hold `characters`; neighbours are one excerpt.

    passages: best first, not overlapping. Each excerpt is a slice of one of them; at least one comes if there is a passage
    with a sentence. Passages without a sentence that shares a term are left out, unless all are: then the first is returned.
    """
    sentences, ranked = rank_sentences(passages, question)
    chosen: dict[int, int] = {}  # sentence -> rank
    used = 0
    for best in ranked:
        follower = best + 1
        follows = follower < len(sentences) and sentences[follower][0] == sentences[best][0]
        added = [number for number in (best, *([follower] if follows else [])) if number not in chosen]
        length = sum(len(sentences[number][1].text) for number in added)
        if chosen and used + length > characters:
            break
        used += length
        chosen |= {number: len(chosen) for number in added}
    return _joined(passages, sentences, chosen) or list(passages[:1])


def rank_sentences(passages: Sequence[PassageText], question: str) -> tuple[list[tuple[int, PassageText]], list[int]]:
    """The sentences of the first passages, each with the number of its passage; and which speak of the question, best first."""
    sentences = [
        (owner, PassageText(passage.start + start, passage.start + end, passage.text[start:end]))
        for owner, passage in enumerate(passages[:_CANDIDATES])
        for start, end in sentence_spans(passage.text)
    ]
    index = run_to_end(build_index([sentence for _, sentence in sentences]))
    return sentences, [hit.index for hit in index.search(question, limit=_SENTENCES)]


def _joined(
    passages: Sequence[PassageText], sentences: Sequence[tuple[int, PassageText]], chosen: dict[int, int]
) -> list[PassageText]:
    """Runs of chosen sentences of one passage as one excerpt each, the run with the best sentence first."""
    runs: list[list[int]] = []
    for number in sorted(chosen):
        if runs and runs[-1][-1] == number - 1 and sentences[number - 1][0] == sentences[number][0]:
            runs[-1].append(number)
        else:
            runs.append([number])
    runs.sort(key=lambda run: min(chosen[number] for number in run))
    excerpts = []
    for run in runs:
        passage = passages[sentences[run[0]][0]]
        start, end = sentences[run[0]][1].start, sentences[run[-1]][1].end
        excerpts.append(PassageText(start, end, passage.text[start - passage.start : end - passage.start]))
    return excerpts
