"""A GGUF model run by llama.cpp: it reads and writes with our adapters and kept states; it does not train.

Knows a prepared model folder and the file it came from. One state is in the context at a time, the others wait as bytes.
Knows nothing of prompts or documents, nor of native calls.
"""

from __future__ import annotations

import logging
import tempfile
import time
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from engine.adapter import Adapter
from engine.api import LLAMACPP, ModelInfo, ModelRef
from engine.backends.base import ActiveAdapter, Capabilities
from engine.errors import ModelError
from engine.jobs import cancel_requested
from engine.kv_state import StateIdentity
from engine.llama.file_check import check_for_llama
from engine.llama.native import SCORED_TOKENS, AdapterHandle, NativeModel, SequenceBytes
from engine.model_folder import locate_gguf, read_card
from engine.sampling import Logits, log_probabilities
from engine.tokenization import FolderTokenizer

log = logging.getLogger(__name__)

ADAPTERS_LOADED = 4
"""Adapters that stay in llama.cpp; the one used longest ago makes room."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class LlamaState:
    """`tokens` read with `adapter`, behind the slots of a prefix, if there is one.

    waiting: its cells while another state is in the context, up to its end and perhaps beyond: what was trimmed meanwhile is cut when it
    comes back.
    """

    adapter: ActiveAdapter | None
    cell_bytes: int
    tokens: list[int] = field(default_factory=list)
    prefix_slots: int = 0
    first_position: int = 0
    waiting: SequenceBytes | None = None

    @property
    def end(self) -> int:
        """Where the text goes on."""
        return self.first_position + len(self.tokens)

    @property
    def nbytes(self) -> int:
        return (self.prefix_slots + len(self.tokens)) * self.cell_bytes


class LlamaCppBackend:
    """Implements `engine.backends.base.KeepingBackend`. Freed by `close`."""

    def __init__(self, native: NativeModel, tokenizer: FolderTokenizer, info: ModelInfo) -> None:
        self.native = native
        self.tokenizer = tokenizer
        self.info = info
        self.capabilities = Capabilities(trains=False, adapters=True, trims_states=True, keeps_states=True)
        self._resident: weakref.ref[LlamaState] | None = None
        self._cell_bytes = native.kv_bytes_per_token
        self._adapters: OrderedDict[str, AdapterHandle] = OrderedDict()

    def close(self) -> None:
        """Free the model, its context and its adapters."""
        self._resident = None
        self._adapters.clear()
        self.native.close()

    @property
    def context_tokens(self) -> int:
        return self.info.context_tokens

    def state_identity(self, adapter: ActiveAdapter | None = None) -> StateIdentity:
        return StateIdentity(
            model=self.info.model.identity,
            adapter="" if adapter is None else adapter.sha256,
            tokenizer=self.tokenizer.sha256,
            template=self.tokenizer.template_sha256,
            dtype=self.info.dtype,
        )

    def new_state(self, adapter: ActiveAdapter | None = None) -> LlamaState:
        return LlamaState(adapter, self._cell_bytes)

    def read(self, token_ids: Sequence[int], state: LlamaState) -> Logits:
        self._bring_in(state)
        self._put_to_work(state.adapter)
        logits = self.native.decode(token_ids, state.end, interrupted=cancel_requested)
        state.tokens.extend(token_ids)
        return logits

    def score(self, token_ids: Sequence[int], state: LlamaState) -> Logits:
        self._bring_in(state)
        self._put_to_work(state.adapter)
        ids = list(token_ids)
        scores: list[Logits] = []
        if state.tokens:  # its logits choose the first of them
            ids.insert(0, state.tokens[-1])
            self.trim(state, len(state.tokens) - 1)
        else:
            scores.append(np.full(min(1, len(ids)), np.nan, np.float32))
        for start in range(0, len(ids), SCORED_TOKENS):
            block = ids[start : start + SCORED_TOKENS]
            rows = self.native.decode(block, state.end, every=True, interrupted=cancel_requested)
            state.tokens.extend(block)
            following = ids[start + 1 : start + 1 + len(block)]
            scores.append(log_probabilities(rows[: len(following)], following))
        return np.concatenate(scores) if scores else np.empty(0, np.float32)

    def trim(self, state: LlamaState, keep_tokens: int) -> None:
        del state.tokens[keep_tokens:]
        if self._in_context() is state:
            self.native.cut(state.end)

    def check_adapter(self, adapter: Adapter) -> None:
        self._handle(adapter)

    # -- the one context -------------------------------------------------------------------------------------------

    def _in_context(self) -> LlamaState | None:
        return None if self._resident is None else self._resident()

    def _bring_in(self, state: LlamaState) -> None:
        """Put a state's cells into the context; those of the state that was there are taken out, if anybody has it still."""
        there = self._in_context()
        if there is state:
            return
        if there is not None and self.native.cells:
            there.waiting = self.native.take_sequence()
        self._resident = None
        self.native.clear()
        if state.waiting is not None and state.end > 0:
            self.native.put_sequence(state.waiting)
            self.native.cut(state.end)
        state.waiting = None
        self._resident = weakref.ref(state)

    # -- adapters --------------------------------------------------------------------------------------------------

    def _put_to_work(self, adapter: ActiveAdapter | None) -> None:
        if adapter is None:
            self.native.use_adapter(None)
        else:
            ours = cast(Adapter, adapter)  # what `engine.adapter.load_adapter` gives out
            self.native.use_adapter(self._handle(ours), ours.strength)

    def _handle(self, adapter: Adapter) -> AdapterHandle:
        """The adapter in llama.cpp, which reads it from a file that is gone again afterwards."""
        handle = self._adapters.get(adapter.weights_sha256)
        if handle is None:
            from engine.llama.adapter_file import write_adapter_gguf

            began = time.perf_counter()
            with tempfile.TemporaryDirectory(prefix="palimpsest-") as folder:
                path = Path(folder) / "adapter.gguf"
                write_adapter_gguf(path, adapter.pairs, self.native.architecture)
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
    card = read_card(ref.folder)
    if card.identity != ref.identity:
        raise ModelError(f"The model in {ref.folder} is not the one that was added as {ref.name}; add it again.")
    gguf = locate_gguf(ref.folder)
    check_for_llama(gguf)
    tokenizer = FolderTokenizer(ref.folder)
    native = NativeModel(gguf, context_tokens=card.context_tokens, threads=threads)
    load_s = time.perf_counter() - began
    log.info("loaded %s in llama.cpp in %.1f s", card.name, load_s)
    file_type = card.gguf.file_type if card.gguf else ""
    return LlamaCppBackend(
        native,
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
