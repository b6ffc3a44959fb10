"""How much a segment has to do with a window by the words both hold: BM25, the window's words being the question.

Knows words. Grows by a few kilobytes a segment; one question costs a pass over what is kept, milliseconds at a million tokens.
Source: Robertson & Zaragoza 2009. Segments are of one length, so lengths need no factor.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.kv_state import KVState
from engine.terms import terms
from engine.tokenization import Tokenizer

ASKING_TOKENS = 256
"""The end of the window; what it speaks of is looked for."""
_SATURATION = 0.9  # BM25's k1, as for passages


class WordMass:
    """A `Measure` of `engine.methods.segments.picking`."""

    def __init__(self, tokenizer: Tokenizer, *, asking_tokens: int = ASKING_TOKENS) -> None:
        self._tokenizer = tokenizer
        self._asking_tokens = asking_tokens
        self.clear()

    def watching(self, model: Any) -> AbstractContextManager[None]:
        return nullcontext()

    def clear(self) -> None:
        self._segments = 0
        self._vocabulary: dict[str, int] = {}
        # One entry for each term of each segment: which term, which segment, how much it says of it.
        self._term, self._segment, self._weight = array("i"), array("i"), array("f")

    def note(self, ids: Sequence[int], state: KVState) -> None:
        for term, count in Counter(terms(self._tokenizer.decode(ids))).items():
            self._term.append(self._vocabulary.setdefault(term, len(self._vocabulary)))
            self._segment.append(self._segments)
            self._weight.append(count * (_SATURATION + 1) / (count + _SATURATION))
        self._segments += 1

    def mass(self, window: Sequence[int]) -> npt.NDArray[np.float64]:
        term = np.frombuffer(self._term, dtype=np.int32)
        holders = np.bincount(term, minlength=len(self._vocabulary))
        rarity = np.log1p((self._segments - holders + 0.5) / (holders + 0.5))
        asked = np.zeros(len(self._vocabulary))
        for each in set(terms(self._tokenizer.decode(window[-self._asking_tokens :]))):
            if (known := self._vocabulary.get(each)) is not None:
                asked[known] = rarity[known]
        says = asked[term] * np.frombuffer(self._weight, dtype=np.float32)
        segment = np.frombuffer(self._segment, dtype=np.int32)
        return np.bincount(segment, says, minlength=self._segments).astype(np.float64)

    @property
    def nbytes(self) -> int:
        words = sum(len(term) for term in self._vocabulary)
        return words + sum(len(kept) * kept.itemsize for kept in (self._term, self._segment, self._weight))
