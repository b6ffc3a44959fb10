"""The segment memory that stands before a question: which of its segments may, which do where not all fit, and their states put
together.

Knows a prompt store and a passage index. Knows no wording. Which segments is decided without torch; what cannot be read, or was made
with anything else, is not there.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.errors import EngineError, StateMismatch
from engine.jobs import Steps
from engine.prompt_store import PromptStore, SegmentsFound
from engine.retrieval import PassageIndex, asks_about_whole

if TYPE_CHECKING:
    from engine.backends.base import Backend
    from engine.kv_state import KVState

log = logging.getLogger(__name__)

SINK_SLOTS = 1
_READ_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class SegmentMemory:
    """places: of the segments that stand before the question, rising."""

    found: SegmentsFound
    places: tuple[int, ...]

    @property
    def slots(self) -> int:
        """The sink's included."""
        return SINK_SLOTS + len(self.places) * self.found.slots

    @property
    def tokens(self) -> int:
        """Of the document, in these segments."""
        return len(self.places) * self.found.tokens

    @property
    def sha256(self) -> str:
        """What stands there; states read behind it carry it."""
        pieces = [self.found.pieces[place] for place in self.places]
        return hashlib.sha256(json.dumps([self.found.scope, pieces]).encode()).hexdigest()

    def within(self, slots: int, question: str, index: PassageIndex | None) -> SegmentMemory | None:
        """As much of it as fits into so many slots, picked for a question; None when not even one segment does.

        index: of what the question may see of the document; None where nothing is known of it.
        """
        most = (slots - SINK_SLOTS) // self.found.slots
        if most < 1:
            return None
        if most >= len(self.places):
            return self
        weights = [0.0] * len(self.places)
        if index is not None and not asks_about_whole(question):
            bounds = [0, *self.found.ends]
            spans = [(bounds[place], bounds[place + 1]) for place in self.places]
            weights = segment_weights(spans, index, question)
        picked = pick_segments(weights, most)
        return SegmentMemory(self.found, tuple(self.places[number] for number in picked))


def visible_memory(found: SegmentsFound | None, span: tuple[int, int] | None) -> SegmentMemory | None:
    """The segments that lie whole within `span` (None: the whole document); None when there are none."""
    if found is None:
        return None
    start, end = span or (0, found.ends[-1] if found.ends else 0)
    bounds = pairwise([0, *found.ends])
    places = tuple(
        place
        for place, (piece, (first, last)) in enumerate(zip(found.pieces, bounds, strict=True))
        if piece is not None and start <= first and last <= end
    )
    return SegmentMemory(found, places) if places else None


def segment_weights(spans: Sequence[tuple[int, int]], index: PassageIndex, question: str) -> list[float]:
    """How much each stretch of a text speaks of a question: the BM25 of the passages in it, of those it cuts their share.

    spans: rising, not overlapping.
    """
    weights = [0.0] * len(spans)
    first = 0
    for passage, score in zip(index.passages, index.scores(question), strict=True):
        while first < len(spans) and spans[first][1] <= passage.start:
            first += 1
        place = first
        while score and place < len(spans) and spans[place][0] < passage.end:
            start, end = spans[place]
            shared = min(end, passage.end) - max(start, passage.start)
            weights[place] += score * shared / max(1, passage.end - passage.start)
            place += 1
    return weights


def pick_segments(weights: Sequence[float], most: int) -> list[int]:
    """The `most` places that weigh most, rising; where fewer weigh anything, the others are spread evenly over what is left."""
    heavy = sorted((place for place, weight in enumerate(weights) if weight > 0), key=lambda place: -weights[place])
    picked = heavy[:most]
    taken = set(picked)
    rest = [place for place in range(len(weights)) if place not in taken]
    spread = min(most - len(picked), len(rest))
    picked += [rest[number * len(rest) // spread] for number in range(spread)]
    return sorted(picked)


def load_memory(store: PromptStore, memory: SegmentMemory, backend: Backend) -> Steps[KVState | None]:
    """The state of these segments, the sink before them; None where one of them cannot be read or does not serve this model."""
    from engine.backends.paired import PairedBackend
    from engine.backends.pytorch import TorchBackend
    from engine.kv_state_file import load_state
    from engine.methods.segments.memory import joined_memory, sink_state

    if isinstance(backend, PairedBackend):
        backend = backend.pytorch
    if not isinstance(backend, TorchBackend):
        return None
    pieces = [piece for piece in (memory.found.pieces[place] for place in memory.places) if piece is not None]
    states: list[KVState] = []
    try:
        for start in range(0, len(pieces), _READ_AT_ONCE):
            for data in store.read_pieces(pieces[start : start + _READ_AT_ONCE]):
                if data is None:
                    raise StateMismatch("A segment of this memory is not kept any more.")
                states.append(load_state(data))
            yield None
        joined = joined_memory(backend, sink_state(backend), states)
        if not backend.serves(joined):
            raise StateMismatch("This segment memory was made with another model.")
    except EngineError as problem:
        log.warning("segment memory %d is not used: %s", memory.found.entry, problem)
        return None
    return joined
