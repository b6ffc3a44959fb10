"""The handler of `EncodeSegments`: a text into segments, segments into memory, batch by batch, each kept before the next is begun.

Knows how tokens, encoding and the store follow one another. Knows no file and not what the memory is used for.

    text -> [segment][segment][segment] ... [rest]      the rest fills no segment and stays verbatim
             kept     kept     batch

A job that is killed loses the batch it was at. Segments are found by their tokens: one that goes on, a text that has grown and a
text that shares a beginning with another are encoded where they are new.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from engine.api import EncodeSegments, SegmentsEncoded
from engine.backends.pytorch import TorchBackend
from engine.devices import GB, free_bytes
from engine.errors import EngineError, OutOfMemory
from engine.generation import PREFILL_BLOCK_TOKENS
from engine.jobs import Progress, Steps, beside
from engine.kv_state_file import dump_state
from engine.methods.segments.compressor import SegmentCompressor, load_compressor
from engine.methods.segments.memory import encode_segments as encode_batch
from engine.prompt_store import AtRest, KeptMemory, NewEntry, NewSegment, PromptStore
from engine.runtime import Runtime

STAGE = "Encoding"
AT_REST = AtRest.HALF
_BLOCKS_ON_CUDA = 16
"""A batch is a block of prefill, so that a question never waits for more; a graphics card is through with so many as fast."""
_AT_ONCE = 256
"""Segments that are kept already are looked up and listed so many at a time."""


def encode_segments(request: EncodeSegments, runtime: Runtime) -> Steps[SegmentsEncoded]:
    """Progress counts tokens. A stop leaves what is encoded by then; the next job goes on from there."""
    began = time.perf_counter()
    backend = yield from runtime.load(request.model)
    store = runtime.prompt_store
    if not isinstance(backend, TorchBackend) or store is None:
        raise EngineError(f"{request.model.name} cannot make segment memory; choose a model that PyTorch runs.")
    compressor = load_compressor(request.compressor, backend)
    if request.ratio not in compressor.slots:
        raise EngineError(f"This segment compressor knows no ratio of {request.ratio} to 1.")
    yield Progress("Reading the text", 0)
    text = yield from beside(lambda: _Text.of(request, backend, compressor.segment_tokens))  # a long one takes seconds
    if not text.segments:
        raise EngineError(
            f"“{request.title}” is {text.tokens:,} tokens long, less than the {compressor.segment_tokens} of one segment; it is"
            " read as it is."
        )
    job = _Encoding(request, backend, compressor, store, text)
    kept = yield from job.steps()
    whole = len(text.segments) * compressor.segment_tokens
    return SegmentsEncoded(
        entry=kept.entry,
        segments=len(text.segments),
        new_segments=job.encoded,
        tokens=text.tokens,
        verbatim_tokens=text.tokens - whole,
        slots=whole // request.ratio,
        ratio=float(request.ratio),
        bytes=kept.bytes,
        tokens_per_s=job.tokens_per_s,
        seconds=time.perf_counter() - began,
    )


@dataclass(frozen=True, slots=True)
class _Text:
    """segments: tokens of each. ends: the character behind each. tokens: of the part that was asked for; whole_tokens: of all."""

    segments: list[list[int]]
    ends: list[int]
    tokens: int
    whole_tokens: int

    @staticmethod
    def of(request: EncodeSegments, backend: TorchBackend, segment_tokens: int) -> _Text:
        encoded = backend.tokenizer.encode_with_offsets(request.text)
        tokens = min(len(encoded.ids), request.max_tokens or len(encoded.ids))
        ends = range(segment_tokens, tokens + 1, segment_tokens)
        return _Text(
            [encoded.ids[end - segment_tokens : end] for end in ends],
            [encoded.offsets[end - 1][1] for end in ends],
            tokens,
            len(encoded.ids),
        )


class _Encoding:
    """One job. encoded: segments that were not kept before it."""

    def __init__(
        self,
        request: EncodeSegments,
        backend: TorchBackend,
        compressor: SegmentCompressor,
        store: PromptStore,
        text: _Text,
    ) -> None:
        self._request = request
        self._backend = backend
        self._compressor = compressor
        self._store = store
        self._text = text
        self._scope = replace(backend.state_identity(), encoder=compressor.identity(request.ratio)).scope
        self._seconds = 0.0
        self.encoded = 0

    @property
    def tokens_per_s(self) -> float:
        return self.encoded * self._compressor.segment_tokens / self._seconds if self._seconds else 0.0

    def steps(self) -> Steps[KeptMemory]:
        """Raises EngineError when something cannot be kept, or there is not enough room for all of it."""
        segments, length = self._text.segments, self._compressor.segment_tokens
        known: list[bool] = []
        for start in range(0, len(segments), _AT_ONCE):
            known += self._store.kept_segments(self._scope, segments[start : start + _AT_ONCE])
            yield Progress("Looking for what is kept", start * length, self._text.tokens, "token")
        kept = None
        for start, end in _batches(known, self._batch()):
            yield Progress(STAGE, start * length, self._text.tokens, "token")
            states = self._encode([place for place in range(start, end) if not known[place]])
            new = [NewSegment(segments[place], states.get(place)) for place in range(start, end)]
            entry = self._entry(end)
            if states and self.encoded == len(states):
                self._check_room(entry, len(next(iter(states.values()))))
            kept = self._store.write_segments(entry, start, new)
            if kept is None:
                raise EngineError(
                    f"The segment memory of “{self._request.title}” cannot be kept: the disk is full, the room for kept prompts is too"
                    " small, or what was kept of it was deleted."
                )
        yield Progress(STAGE, self._text.tokens, self._text.tokens, "token")
        assert kept is not None
        return kept

    def _batch(self) -> int:
        blocks = _BLOCKS_ON_CUDA if self._backend.device.type == "cuda" else 1
        return max(1, blocks * PREFILL_BLOCK_TOKENS // self._compressor.segment_tokens)

    def _encode(self, places: Sequence[int]) -> dict[int, bytes]:
        """The states of segments, by place, as they are written."""
        if not places:
            return {}
        began = time.perf_counter()  # between batches questions may be answered: those seconds are not of encoding
        ids = torch.tensor([self._text.segments[place] for place in places])
        try:
            states = encode_batch(self._backend, self._compressor, ids, self._request.ratio)
        except torch.OutOfMemoryError as problem:
            free = free_bytes(self._backend.device) / GB
            raise OutOfMemory(
                f"Encoding {len(places)} segments did not fit into the {free:.1f} GB of memory that are free. Use a smaller model."
            ) from problem
        self._seconds += time.perf_counter() - began
        self.encoded += len(places)
        return {place: dump_state(state, AT_REST) for place, state in zip(places, states, strict=True)}

    def _entry(self, segments: int) -> NewEntry:
        """The memory's entry once it holds so many segments."""
        request, length = self._request, self._compressor.segment_tokens
        metrics: dict[str, Any] = {
            "segments": segments,
            "segment_tokens": length,
            "segment_slots": length // request.ratio,
            "slots": segments * length // request.ratio,
            "ratio": request.ratio,
            "ends": self._text.ends[:segments],
            "text_tokens": self._text.whole_tokens,
            "compressor": self._compressor.sha256,
            "at_rest": AT_REST.value,
        }
        if self.encoded:
            metrics["tokens_per_s"] = self.tokens_per_s
        return NewEntry(
            kind="segments",
            scope=self._scope,
            model_identity=request.model.identity,
            model_name=request.model.name,
            adapter_sha256="",
            title=request.title,
            token_ids=(),
            document_key=request.document_key,
            metrics=metrics,
        )

    def _check_room(self, entry: NewEntry, segment_bytes: int) -> None:
        """Raise EngineError before hours are spent on what cannot be kept."""
        needed = len(self._text.segments) * segment_bytes
        room = self._store.room_for_segments(entry)
        if room is not None and room < needed:
            raise EngineError(
                f"The segment memory of “{self._request.title}” takes {_megabytes(needed)} and kept prompts have room for"
                f" {_megabytes(room)}. Give them more room in the settings, compress the text more, or take only its beginning."
            )


def _batches(known: Sequence[bool], most_new: int) -> Iterator[tuple[int, int]]:
    """Stretches of segments, in order, with at most `most_new` that are to be encoded in each."""
    start = new = 0
    for place, is_known in enumerate(known):
        if (new == most_new and not is_known) or place - start == _AT_ONCE:
            yield start, place
            start, new = place, 0
        new += not is_known
    yield start, len(known)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
