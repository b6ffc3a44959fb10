"""A GGUF model run by llama.cpp: it reads and writes with our adapters and kept states; it does not train.

Knows a prepared model folder and the file it came from. One state is in the context at a time, the others wait as bytes.
Knows nothing of prompts or documents, nor of native calls.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from engine.adapter import Adapter
from engine.api import LLAMACPP, ModelInfo, ModelRef
from engine.backends.base import ActiveAdapter, Capabilities, Work, state_identity
from engine.errors import ModelError, StateMismatch
from engine.gguf_file import GgufHeader
from engine.jobs import cancel_requested
from engine.kv_state import KVState, StateIdentity
from engine.llama.adapter_file import write_adapter_gguf
from engine.llama.file_check import check_for_llama
from engine.llama.fleeting_file import fleeting_file, remove_left_behind
from engine.llama.kv_transfer import KVTransfer
from engine.llama.native import SCORED_TOKENS, AdapterHandle, NativeModel, SequenceBytes
from engine.model_folder import locate_gguf, read_card
from engine.sampling import Logits, log_probabilities
from engine.tokenization import FolderTokenizer

log = logging.getLogger(__name__)

_MADE_OTHERWISE = "This prompt state was made with another model, adapter or tokenizer."
_LOST = "What was read of this prompt is not there any more."
_GOES_ON_ELSEWHERE = "This prompt state does not go on where the prompt was left."

ADAPTERS_LOADED = 4
"""Adapters that stay in llama.cpp; the one used longest ago makes room."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class LlamaState:
    """`tokens` read with `adapter`, behind the slots of a prefix, if there is one.

    own_tokens: of its first tokens, those that llama.cpp has read itself; behind them some were taken over.
    waiting: its cells while another state is in the context, up to its end and perhaps beyond: what was trimmed meanwhile is cut when it
    comes back.
    """

    adapter: ActiveAdapter | None
    cell_bytes: int
    tokens: list[int] = field(default_factory=list)
    prefix_slots: int = 0
    first_position: int = 0
    own_tokens: int = 0
    waiting: SequenceBytes | None = None

    @property
    def end(self) -> int:
        """Where the text goes on."""
        return self.first_position + len(self.tokens)

    def add(self, token_ids: Sequence[int], *, own: bool) -> None:
        if own and self.own_tokens == len(self.tokens):
            self.own_tokens += len(token_ids)
        self.tokens.extend(token_ids)

    @property
    def nbytes(self) -> int:
        return (self.prefix_slots + len(self.tokens)) * self.cell_bytes


class LlamaCppBackend:
    """Implements `engine.backends.base.KeepingBackend`. Freed by `close`, or with the last reference: a job that was
    interrupted may hold it still when another model is loaded. A read after `close` raises EngineError.
    """

    def __init__(
        self, native: NativeModel, transfer: KVTransfer | None, tokenizer: FolderTokenizer, info: ModelInfo
    ) -> None:
        """transfer: None where the states of this model or version are not understood; then it keeps none."""
        self.native = native
        self._free = weakref.finalize(self, native.close)
        self._free.atexit = False  # another thread may be in there still, and all goes back with the process anyway
        self.tokenizer = tokenizer
        self.info = info
        self.capabilities = Capabilities(
            trains=False, adapters=True, trims_states=True, keeps_states=transfer is not None
        )
        self._transfer = transfer
        self._resident: weakref.ref[LlamaState] | None = None
        self._cell_bytes = native.kv_bytes_per_token
        self._adapters: OrderedDict[str, AdapterHandle] = OrderedDict()

    def close(self) -> None:
        """Free the model, its context and its adapters."""
        self._resident = None
        self._adapters.clear()
        self._free()

    @property
    def context_tokens(self) -> int:
        return self.info.context_tokens

    def state_identity(self, adapter: ActiveAdapter | None = None) -> StateIdentity:
        return state_identity(self.info, self.tokenizer, adapter)

    def new_state(self, adapter: ActiveAdapter | None = None, prefix: KVState | None = None) -> LlamaState:
        state = LlamaState(adapter, self._cell_bytes)
        if prefix is not None:
            if not self.serves(prefix, adapter):
                raise StateMismatch(_MADE_OTHERWISE)
            state.waiting = self._understood().sequence_of(prefix)
            state.prefix_slots, state.first_position = prefix.slots, prefix.next_position
        return state

    def serves(self, prefix: KVState, adapter: ActiveAdapter | None = None) -> bool:
        """As every backend says it; and a prefix made with an encoder may come from PyTorch: it is not exact anyway."""
        encoder = prefix.identity.encoder
        exact = self.state_identity(None if encoder else adapter)
        dtype = prefix.identity.dtype if encoder else exact.dtype
        if self._transfer is None or prefix.identity != replace(exact, encoder=encoder, dtype=dtype):
            return False
        try:
            self._transfer.check(prefix)
        except StateMismatch:
            return False
        return True

    def kept_identities(self, adapter: ActiveAdapter | None = None) -> Sequence[StateIdentity]:
        return (self.state_identity(adapter),)

    def exportable(self, state: LlamaState) -> int:
        """What was taken over is not among it: as good, and PyTorch's numbers, not those that this identity stands for."""
        return 0 if state.prefix_slots else state.own_tokens

    def exported_identity(self, state: LlamaState) -> StateIdentity:
        return self.state_identity(state.adapter)

    def export_state(self, state: LlamaState, start: int, end: int) -> KVState:
        if not 0 <= start < end <= self.exportable(state):
            raise ValueError(f"tokens {start} to {end} of {self.exportable(state)} behind {state.prefix_slots} slots")
        data = self.native.take_sequence() if self._in_context() is state else state.waiting
        if data is None:
            raise StateMismatch(_LOST)
        return self._understood().state_of(data, self.state_identity(state.adapter), start, end)

    def extend_state(self, state: LlamaState, kept: KVState, token_ids: Sequence[int]) -> None:
        if state.prefix_slots:
            raise StateMismatch(_GOES_ON_ELSEWHERE)
        if kept.identity != self.state_identity(state.adapter):
            raise StateMismatch(_MADE_OTHERWISE)
        self._append(state, kept, token_ids, own=True)

    def take_over(self, state: LlamaState, kept: KVState, token_ids: Sequence[int]) -> None:
        """Append tokens that PyTorch has read with the same weights and adapter, behind whatever the state holds.

        Raises StateMismatch, and leaves the state as it was, when they were not made with the same or do not go on there.
        """
        if replace(kept.identity, dtype=self.info.dtype) != self.state_identity(state.adapter):
            raise StateMismatch(_MADE_OTHERWISE)
        self._append(state, kept, token_ids, own=False)

    def restore_state(
        self, kept: KVState, token_ids: Sequence[int], adapter: ActiveAdapter | None = None
    ) -> LlamaState:
        state = LlamaState(adapter, self._cell_bytes)
        self.extend_state(state, kept, token_ids)
        return state

    def read(self, token_ids: Sequence[int], state: LlamaState) -> Logits:
        self._bring_in(state)
        self._put_to_work(state.adapter)
        logits = self.native.decode(token_ids, state.end, interrupted=cancel_requested)
        state.add(token_ids, own=True)
        return logits

    def score(self, token_ids: Sequence[int], state: LlamaState) -> Logits:
        self._bring_in(state)
        self._put_to_work(state.adapter)
        ids, before = list(token_ids), len(state.tokens)
        scores: list[Logits] = []
        if state.tokens:  # its logits choose the first of them
            ids.insert(0, state.tokens[-1])
            self.trim(state, before - 1)
        else:
            scores.append(np.full(min(1, len(ids)), np.nan, np.float32))
        try:
            for start in range(0, len(ids), SCORED_TOKENS):
                block = ids[start : start + SCORED_TOKENS]
                rows = self.native.decode(block, state.end, every=True, interrupted=cancel_requested)
                state.add(block, own=True)
                following = ids[start + 1 : start + 1 + len(block)]
                scores.append(log_probabilities(rows[: len(following)], following))
        except BaseException:
            self.trim(state, before)
            raise
        return np.concatenate(scores) if scores else np.empty(0, np.float32)

    def trim(self, state: LlamaState, keep_tokens: int) -> None:
        del state.tokens[keep_tokens:]
        state.own_tokens = min(state.own_tokens, len(state.tokens))
        if self._in_context() is state:
            self.native.cut(state.end)

    def work(self, state: LlamaState) -> Work:
        return Work(LLAMACPP, LLAMACPP)

    def check_adapter(self, adapter: Adapter) -> None:
        self._handle(adapter)

    def forget(self) -> None:
        """Hold nothing but what states hold that somebody still has: no adapter, and no keys and values in the context.

        What is still wanted comes back by itself, in milliseconds.
        """
        while self._adapters:
            self.native.free_adapter(self._adapters.popitem()[1])
        self._take_out()
        self.native.wipe()

    # -- the one context -------------------------------------------------------------------------------------------

    def _in_context(self) -> LlamaState | None:
        return None if self._resident is None else self._resident()

    def _bring_in(self, state: LlamaState) -> None:
        """Put a state's cells into the context; those of the state that was there are taken out, if anybody has it still."""
        if self._in_context() is state:
            return
        self._take_out()
        self.native.clear()
        if state.end > 0:
            if state.waiting is None:
                raise StateMismatch(_LOST)
            self.native.put_sequence(state.waiting, slots_before=state.first_position)
            self.native.cut(state.end)
        state.waiting = None
        self._resident = weakref.ref(state)

    def _take_out(self) -> None:
        there = self._in_context()
        if there is not None and self.native.cells:
            there.waiting = self.native.take_sequence()
        self._resident = None

    def _append(self, state: LlamaState, kept: KVState, token_ids: Sequence[int], *, own: bool) -> None:
        if not kept.continues(state.end, len(token_ids)):
            raise StateMismatch(_GOES_ON_ELSEWHERE)
        data = self._understood().sequence_of(kept)
        self._bring_in(state)
        self.native.append_sequence(data)
        state.add(token_ids, own=own)

    def _understood(self) -> KVTransfer:
        if self._transfer is None:
            raise StateMismatch("Prompt states of this model cannot be handed to or taken from llama.cpp here.")
        return self._transfer

    # -- adapters --------------------------------------------------------------------------------------------------

    def _put_to_work(self, adapter: ActiveAdapter | None) -> None:
        if adapter is None:
            self.native.use_adapter(None)
        else:
            ours = cast(Adapter, adapter)  # what `engine.adapter.load_adapter` gives out
            self.native.use_adapter(self._handle(ours), ours.strength)

    def _handle(self, adapter: Adapter) -> AdapterHandle:
        """The adapter in llama.cpp, loaded where it is not."""
        handle = self._adapters.get(adapter.weights_sha256)
        if handle is None:
            began = time.perf_counter()
            with fleeting_file("adapter.gguf") as path:
                write_adapter_gguf(
                    path,
                    adapter.pairs,
                    self.native.architecture,
                    heads=self.native.heads,
                    kv_heads=self.native.kv_heads,
                )
                while len(self._adapters) >= ADAPTERS_LOADED:
                    self.native.free_adapter(self._adapters.popitem(last=False)[1])
                handle = self._adapters[adapter.weights_sha256] = self.native.load_adapter(path)
            log.info("loaded an adapter into llama.cpp in %.2f s", time.perf_counter() - began)
        self._adapters.move_to_end(adapter.weights_sha256)
        return handle


def load_llamacpp(ref: ModelRef, *, threads: int) -> LlamaCppBackend:
    """Open the GGUF file that a prepared folder came from.

    Raises ModelError, in a sentence, where llama.cpp is not installed, or the file is gone, changed, or not what it has to be.
    """
    began = time.perf_counter()
    assert ref.folder is not None
    remove_left_behind()
    card = read_card(ref.folder)
    if card.identity != ref.identity:
        raise ModelError(f"The model in {ref.folder} is not the one that was added as {ref.name}; add it again.")
    gguf = locate_gguf(ref.folder)
    header = check_for_llama(gguf)
    tokenizer = FolderTokenizer(ref.folder)
    native = NativeModel(gguf, context_tokens=card.context_tokens, threads=threads)
    try:
        transfer = _probe(native, header)
    except BaseException:
        native.close()
        raise
    load_s = time.perf_counter() - began
    log.info("loaded %s in llama.cpp in %.1f s", card.name, load_s)
    file_type = card.gguf.file_type if card.gguf else ""
    return LlamaCppBackend(
        native,
        transfer,
        tokenizer,
        ModelInfo(
            model=ref,
            architecture=card.architecture,
            parameters=card.parameters,
            context_tokens=card.context_tokens,
            device="cpu",
            dtype=f"{LLAMACPP} {file_type}".strip(),
            weights_bytes=0,
            load_s=load_s,
            llama=file_type,
            llama_bytes=native.bytes_held,
        ),
    )


def _probe(native: NativeModel, header: GgufHeader) -> KVTransfer | None:
    try:
        return KVTransfer.probed(native, header)
    except StateMismatch as problem:
        log.warning("prompt states stay out of llama.cpp: %s", problem)
        return None
