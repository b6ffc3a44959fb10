"""A text of any length read as a stream, in constant memory: its last tokens verbatim, what came before them as segment memory.

Knows a model that PyTorch runs, a compressor and a recall. Knows no document, no file and no prompt.

    [sink][slots of recalled segments][verbatim tokens]      positions 0, 1 .. M, M+1 ..

The verbatim tokens are `window_tokens` and at most one segment more. Before more are read, the oldest l of them are encoded: their
rows leave, the memory is laid anew, the rows that stay are turned to their new positions. This happens at fixed places of the stream, so
that a text read at once and a token at a time is the same text. Rows that stay were read behind the tokens that leave and keep what
they took from them.

For texts that come as a stream, and for measuring. A question about a document is asked behind a memory that is kept between sessions
(`engine.segment_prefix`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from engine.backends.base import ActiveAdapter
from engine.backends.pytorch import TorchBackend
from engine.errors import EngineError
from engine.generation import PREFILL_BLOCK_TOKENS
from engine.kv_cache import GrowingCache
from engine.kv_state import KVState
from engine.layerwise import Decoder
from engine.methods.segments.compressor import SegmentCompressor
from engine.methods.segments.mask import slot_count
from engine.methods.segments.memory import encode_segments, joined_memory, sink_state, sink_token
from engine.methods.segments.picking import PickedSegments
from engine.methods.segments.recall import Recall
from engine.methods.segments.shelf import MemoryShelf
from engine.methods.segments.word_mass import WordMass
from engine.ops.token_nll import token_nll
from engine.rotary import moved
from engine.sampling import Logits

WINDOW_TOKENS = 1024
ENCODED_TOGETHER = 8
"""Segments encoded side by side where their text is known already."""


def default_slot_budget(context_tokens: int) -> int:
    """Text behind 32K tokens is read on best behind some 500 slots (perplexity over the window's 0.984, behind 2,048 slots 1.001): a
    compressor serves as many segments as it was trained behind, and a few more.
    """
    return context_tokens // 16


class SegmentReader:
    """One text at a time; `reset` begins the next. slots, positions and rows never exceed what was agreed to at the start.

    slot_budget: slots that may stand before the window; None: a 16th of the model's context. recall: which they are; None:
    half the newest, half picked by words, all kept in memory. adapter: the text is read with it, memory is encoded without.
    """

    def __init__(
        self,
        backend: TorchBackend,
        compressor: SegmentCompressor,
        *,
        ratio: int,
        window_tokens: int = WINDOW_TOKENS,
        slot_budget: int | None = None,
        recall: Recall | None = None,
        adapter: ActiveAdapter | None = None,
    ) -> None:
        """Raises EngineError when memory and window do not fit into the model's context."""
        self._backend, self._compressor, self._adapter = backend, compressor, adapter
        self._ratio = ratio
        self._recall = PickedSegments(MemoryShelf(), WordMass(backend.tokenizer)) if recall is None else recall
        self._decoder = Decoder.of(backend.model)
        self.segment_tokens = compressor.segment_tokens
        self._together = ENCODED_TOGETHER * compressor.segment_tokens
        self.window_tokens = window_tokens
        self.slot_budget = default_slot_budget(backend.context_tokens) if slot_budget is None else slot_budget
        most = 1 + self.slot_budget + window_tokens + self.segment_tokens
        if most > backend.context_tokens:
            raise EngineError(
                f"{self.slot_budget:,} memory slots and a window of {window_tokens:,} tokens need a context of {most:,}; "
                f"this model holds {backend.context_tokens:,}. Choose fewer of either."
            )
        if window_tokens < 1 or self.slot_budget < slot_count(self.segment_tokens, ratio):
            raise ValueError(f"a window of {window_tokens} tokens and room for {self.slot_budget} slots")
        self._sink = sink_state(backend)
        self._first = self._run(torch.tensor([sink_token(backend)]), GrowingCache(), position=0)[-1:]
        self._cache = GrowingCache()
        self.reset()

    def reset(self) -> None:
        """Forget the text; what is read next is the first of another."""
        self._recall.clear()
        self._verbatim: list[int] = []
        self._ahead: deque[tuple[list[int], KVState]] = deque()
        self._last = self._first
        self._remembered = False  # whether the recall has the oldest verbatim segment already
        self._lay(self._sink)

    @property
    def verbatim_tokens(self) -> int:
        """How many of the last tokens stand there as they are."""
        return len(self._verbatim)

    @property
    def nbytes(self) -> int:
        """What is held of the text: keys and values in use, and what the recall keeps in memory."""
        return self._cache.nbytes + self._recall.nbytes

    def read(self, ids: Sequence[int]) -> Logits:
        """Go on reading. Returns the logits `[V]` (fp32) of the token after the last that was read."""
        for _ in self._blocks(ids):
            pass
        logits = torch.nn.functional.linear(self._last[0], self._decoder.head).float()
        cap = self._decoder.softcap
        result: Logits = (logits if cap is None else cap * torch.tanh(logits / cap)).cpu().numpy()
        return result

    def score(self, ids: Sequence[int]) -> Tensor:
        """Go on reading. Returns the negative log-likelihood of every one of these tokens, fp32 `[T]`, natural log.

        The first token of a text is scored behind the sink alone.
        """
        losses, begin = [], 0
        for before, hidden in self._blocks(ids):
            labels = torch.tensor(ids[begin : begin + len(hidden)], device=hidden.device)
            predicting = torch.cat([before, hidden[:-1]])
            losses.append(token_nll(predicting, self._decoder.head, labels, softcap=self._decoder.softcap))
            begin += len(hidden)
        return torch.cat(losses) if losses else torch.zeros(0)

    def skip(self, ids: Sequence[int]) -> None:
        """Go on behind tokens whose predictions nobody asks for: what leaves the window by their end is encoded and never
        read, which takes half the time; the window is then read anew behind the memory. When that fails, the text is forgotten.
        """
        size, text = self.segment_tokens, [*self._verbatim, *ids]
        segments = self._leaving(text)
        if not segments:
            self.read(ids)
            return
        try:
            for number in range(segments):
                self._remember_first(text[number * size : number * size + self._together], due=segments - number)
            self._verbatim = []
            window = text[segments * size :]
            self._lay(self._memory(window[: self.window_tokens]))  # what stood there when the last segment left
            self.read(window)
        except BaseException:
            self.reset()
            raise

    def _blocks(self, ids: Sequence[int]) -> Iterator[tuple[Tensor, Tensor]]:
        """Read block by block: the hidden state `[1, d]` before a block, and those of its tokens `[T, d]`."""
        begin = 0
        while begin < len(ids):
            room = self.window_tokens + self.segment_tokens - len(self._verbatim)
            if not room:
                self._compress_oldest(ids[begin : begin + self._together])
                continue
            block = ids[begin : begin + min(room, PREFILL_BLOCK_TOKENS)]
            before, hidden = self._last, self._append(block)
            yield before, hidden
            begin += len(block)

    def _append(self, block: Sequence[int]) -> Tensor:
        rows = 1 + self.slots + len(self._verbatim)
        try:
            with self._recall.watching(self._backend.model):
                hidden = self._run(torch.tensor(block), self._cache, position=rows)
            self._verbatim.extend(block)
        finally:
            self._cache.cut(1 + self.slots + len(self._verbatim))  # a block that failed leaves no layer ahead
        self._last = hidden[-1:]
        return hidden

    def _run(self, ids: Tensor, cache: GrowingCache, *, position: int) -> Tensor:
        """Hidden states `[T, d]` of tokens at the positions from `position` on."""
        device = self._backend.device
        with torch.no_grad(), self._backend.use_adapter(self._adapter):
            hidden: Tensor = self._decoder.body(
                input_ids=ids[None].to(device),
                position_ids=torch.arange(position, position + len(ids), device=device)[None],
                past_key_values=cache,
                use_cache=True,
            ).last_hidden_state[0]
        return hidden

    def _compress_oldest(self, coming: Sequence[int]) -> None:
        """The oldest segment's worth of verbatim tokens becomes memory. coming: some of what is read next, as far as it is known.

        What fails leaves the text as it was: it may be gone on with.
        """
        size = self.segment_tokens
        if not self._remembered:
            text = [*self._verbatim, *coming]
            self._remember_first(text, due=self._leaving(text))
            self._remembered = True
        memory = self._memory(self._verbatim[size:])
        left = 1 + self.slots + size
        rows = [(layer.keys[:, :, left:].clone(), layer.values[:, :, left:].clone()) for layer in self._cache.layers]
        # A key is turned once a segment and leaves after a window: in bf16 five roundings instead of one (0.5 % of a key instead of
        # 0.2 %), and the same mean loss within 0.001 nats.
        by = torch.full((len(self._verbatim) - size,), memory.slots - left)
        turned = moved(self._backend.model, [keys for keys, _ in rows], by)
        del self._verbatim[:size]
        self._remembered = False
        self._lay(memory)
        for place, (keys, (_, values)) in enumerate(zip(turned, rows, strict=True)):
            self._cache.update(keys, values, place)

    def _leaving(self, text: Sequence[int]) -> int:
        """How many segments have left the window when the last token of a text is read."""
        return max(0, len(text) - self.window_tokens - 1) // self.segment_tokens

    def _remember_first(self, text: Sequence[int], *, due: int) -> None:
        """Hand the recall the segment a text begins with. due: how many of its first segments leave the window by the end of
        what is being read; they are encoded side by side."""
        size = self.segment_tokens
        first = list(text[:size])
        if not self._ahead or self._ahead[0][0] != first:
            together = min(due, len(text) // size, ENCODED_TOGETHER)
            segments = [list(text[size * number : size * (number + 1)]) for number in range(together)]
            states = encode_segments(self._backend, self._compressor, torch.tensor(segments), self._ratio)
            self._ahead = deque(zip(segments, states, strict=True))
        self._recall.add(*self._ahead[0])
        self._ahead.popleft()

    def _memory(self, window: Sequence[int]) -> KVState:
        with self._backend.use_adapter(self._adapter):
            recalled = self._recall.recall(window, self.slot_budget)
        slots = sum(each.slots for each in recalled)
        assert slots <= self.slot_budget, (slots, self.slot_budget)
        return joined_memory(self._backend, self._sink, recalled) if recalled else self._sink

    def _lay(self, memory: KVState) -> None:
        """Put the memory into the cache, in place of everything."""
        self._cache.cut(0)
        self.slots = memory.slots - 1
        for place, (keys, values) in enumerate(zip(memory.keys, memory.values, strict=True)):
            self._cache.update(keys[None], values[None], place)
