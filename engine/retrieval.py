"""Find the passages of a document that a question is about: BM25, sharpened by how close the words stand together.

Knows passages and terms, in memory only: what is dropped is forgotten. Knows nothing of prompts, models or the disk.
Source: Robertson & Zaragoza 2009 (BM25). The second look follows Rasolofo & Savoy 2003 (term proximity); its weights
were measured on FairytaleQA sections (tests/bench/asking_quality.py prints the recall).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engine.api import PassageText
from engine.jobs import Progress, Steps
from engine.terms import terms

Floats = npt.NDArray[np.float64]

QUESTION_TERMS = frozenset(
    terms(
        "what who whom whose when where why how which did do does is was were the a an of to in on and or that with"
        " for by at from it he she they his her their him them after before happen because"
        " 什么 谁 哪 哪里 哪些 哪个 哪一 怎么 怎样 怎 如何 为什么 为何 多少 几 何 吗 呢 的 是 了 在 有 和 与 被 把 请问"
    )
)
"""Terms that say what kind of thing is asked, not what about. A question made of nothing else is searched with them."""

WHOLE_TEXT_TERMS = frozenset(
    terms("book novel story tale chapter plot summary summarise summarize moral theme title author setting")
)
"""Terms that ask about the text as a whole; as the only content of a question they name no place in it."""

_SMALL_TERMS = frozenset(terms("this main character tell me about begin end please give describe explain short brief"))
_WHOLE_TEXT_CJK = re.compile("故事|小说|本书|这本书|主题|情节|作者|主角|主人公|概括|总结")
_SMALL_CJK = re.compile("这[个本篇]?|主要|内容|讲述?|请|一下|介绍|说|什么|[是谁了的吗呢有哪怎样么为何]")

_SATURATION = 0.9  # BM25's k1: how soon more of the same word stops counting
_LENGTH_WEIGHT = 0.4  # BM25's b: how much long passages are held back
_CANDIDATES = 32  # passages that get the second look
_WINDOW_TERMS = 25  # about a sentence
_CLOSENESS = 1.0  # weight of the best window
_ADJACENT = 0.5  # weight of neighbouring pairs of words kept together
_NEIGHBOUR = 0.1  # share a passage takes from the one before and the one after
_BUILD_STEP = 128  # passages between two yields: some 30 ms


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. index: its number among the passages. score: > 0, comparable within one search only."""

    index: int
    passage: PassageText
    score: float


class PassageIndex:
    """The inverted index of some passages. Build it with `build_index`."""

    def __init__(
        self, passages: Sequence[PassageText], vocabulary: dict[str, int], streams: list[npt.NDArray[np.int32]]
    ):
        self.passages = tuple(passages)
        self._vocabulary = vocabulary
        self._streams = streams
        lengths = np.array([len(stream) for stream in streams], dtype=np.float64)
        mean = lengths.mean() if lengths.any() else 1.0
        self._length_factor: Floats = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * lengths / mean)
        count = max(1, len(streams))
        owners = np.repeat(np.arange(len(streams), dtype=np.int64), lengths.astype(np.int64))
        flat = np.concatenate(streams).astype(np.int64) if streams else np.zeros(0, dtype=np.int64)
        keys, frequencies = np.unique(flat * count + owners, return_counts=True)
        self._posting_passage = keys % count
        self._posting_frequency = frequencies.astype(np.float64)
        self._posting_start = np.searchsorted(keys // count, np.arange(len(vocabulary) + 1))

    def __len__(self) -> int:
        return len(self.passages)

    def narrowed(self, span: tuple[int, int], edges: Sequence[PassageText] = ()) -> PassageIndex:
        """The index of the passages that lie whole within `[start, end)`, and of the pieces that its borders cut off others.

        It finds what an index built from those alone finds, but is made without reading them again.
        """
        start, end = span
        kept = [
            (passage, stream)
            for passage, stream in zip(self.passages, self._streams, strict=True)
            if start <= passage.start and passage.end <= end
        ]
        vocabulary = dict(self._vocabulary)
        for edge in edges:
            ids = [vocabulary.setdefault(term, len(vocabulary)) for term in terms(edge.text)]
            kept.append((edge, np.array(ids, dtype=np.int32)))
        kept.sort(key=lambda each: each[0].start)
        return PassageIndex([passage for passage, _ in kept], vocabulary, [stream for _, stream in kept])

    @property
    def characters(self) -> int:
        return sum(len(passage.text) for passage in self.passages)

    def term_weight(self, term: str) -> float:
        """How much a term tells passages apart: BM25's idf, > 0, greatest for a term that stands nowhere."""
        term_id = self._vocabulary.get(term)
        return _idf(len(self), 0) if term_id is None else self._idf(term_id)

    def search(self, question: str, *, limit: int) -> list[Hit]:
        """The passages nearest to a question, best first; none when no passage shares a term with it."""
        term_ids = self._question_ids(question)
        scores = self._bm25(set(term_ids))
        found = np.flatnonzero(scores)
        candidates = found[np.argsort(-scores[found], kind="stable")][:_CANDIDATES]
        for index, extra in zip(candidates, self._second_look(term_ids, candidates), strict=True):
            scores[index] += extra
        shared = scores.copy()
        shared[1:] += _NEIGHBOUR * scores[:-1]
        shared[:-1] += _NEIGHBOUR * scores[1:]
        best = candidates[np.argsort(-shared[candidates], kind="stable")][:limit]
        return [Hit(int(index), self.passages[index], float(shared[index])) for index in best]

    def scores(self, question: str) -> list[float]:
        """BM25 of every passage, in their order; 0 for one that shares no term with the question."""
        scores: list[float] = self._bm25(set(self._question_ids(question))).tolist()
        return scores

    def _question_ids(self, question: str) -> list[int]:
        """Ids of the question's terms that stand somewhere, in order; content terms, or all where it has no other."""
        asked = terms(question)
        content = [term for term in asked if term not in QUESTION_TERMS]
        known = (self._vocabulary.get(term) for term in content or asked)
        return [term_id for term_id in known if term_id is not None and self._holders(term_id)]

    def _idf(self, term_id: int) -> float:
        return _idf(len(self), self._holders(term_id))

    def _holders(self, term_id: int) -> int:
        """How many passages hold a term."""
        return int(self._posting_start[term_id + 1] - self._posting_start[term_id])

    def _bm25(self, term_ids: set[int]) -> Floats:
        scores = np.zeros(len(self), dtype=np.float64)
        for term_id in sorted(term_ids):
            postings = slice(self._posting_start[term_id], self._posting_start[term_id + 1])
            where = self._posting_passage[postings]
            frequency = self._posting_frequency[postings]
            scores[where] += (
                self._idf(term_id) * frequency * (_SATURATION + 1) / (frequency + self._length_factor[where])
            )
        return scores

    def _second_look(self, term_ids: list[int], candidates: npt.NDArray[np.int64]) -> list[float]:
        """What each candidate gains for terms that stand together: the best window, and pairs as in the question."""
        weights = {term_id: self._idf(term_id) for term_id in term_ids}
        wanted = np.array(sorted(weights), dtype=np.int32)
        asked_pairs = set(pairwise(term_ids))
        gains, pairs = [], []
        for index in candidates:
            stream = self._streams[index]
            places = np.flatnonzero(np.isin(stream, wanted))
            ids = stream[places]
            gains.append(_CLOSENESS * _best_window(places.tolist(), ids.tolist(), weights))
            beside = np.flatnonzero(np.diff(places) == 1)
            pairs.append(Counter(zip(ids[beside].tolist(), ids[beside + 1].tolist(), strict=True)))
        holders = Counter(pair for found in pairs for pair in found if pair in asked_pairs)
        for number, found in enumerate(pairs):
            for pair, frequency in found.items():
                if pair in asked_pairs:
                    rarity = _idf(len(candidates), holders[pair])
                    gains[number] += _ADJACENT * rarity * frequency * (_SATURATION + 1) / (frequency + _SATURATION)
        return gains


def asks_about_whole(question: str) -> bool:
    """True for "What is this story about?": it names nothing that could be looked for."""
    without_cjk, phrases = _WHOLE_TEXT_CJK.subn(" ", question)
    content = set(terms(_SMALL_CJK.sub(" ", without_cjk))) - QUESTION_TERMS
    return (phrases > 0 or bool(content & WHOLE_TEXT_TERMS)) and content <= WHOLE_TEXT_TERMS | _SMALL_TERMS


def build_index(passages: Sequence[PassageText]) -> Steps[PassageIndex]:
    """Index passages. Yields Progress in passages; a novel of 3 MB takes about a second."""
    vocabulary: dict[str, int] = {}
    streams: list[npt.NDArray[np.int32]] = []
    for number, passage in enumerate(passages):
        if number % _BUILD_STEP == 0:
            yield Progress("Finding passages", number, total=len(passages), unit="passage")
        ids = [vocabulary.setdefault(term, len(vocabulary)) for term in terms(passage.text)]
        streams.append(np.array(ids, dtype=np.int32))
    return PassageIndex(passages, vocabulary, streams)


def _idf(count: int, holders: int) -> float:
    return math.log(1 + (count - holders + 0.5) / (holders + 0.5))


def _best_window(places: list[int], ids: list[int], weights: dict[int, float]) -> float:
    """The largest sum of distinct terms' weights within `_WINDOW_TERMS` of running text."""
    best, held, first = 0.0, Counter[int](), 0
    total = 0.0
    for place, term_id in zip(places, ids, strict=True):
        if not held[term_id]:
            total += weights[term_id]
        held[term_id] += 1
        while place - places[first] > _WINDOW_TERMS:
            held[ids[first]] -= 1
            if not held[ids[first]]:
                total -= weights[ids[first]]
            first += 1
        best = max(best, total)
    return best
