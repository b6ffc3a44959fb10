"""One model, two engines over the same weights: PyTorch reads where that is faster and makes every memory, llama.cpp writes.

Knows both backends and how fast each is. Knows nothing of prompts, and of llama.cpp only that it takes what PyTorch has read.

    tokens      a prompt . . . . . . . . . . . . . an answer
    PyTorch     ==============================
    llama.cpp   =====> handed over, then read on ==========>

Either part holds a beginning of the tokens, one of them all. What is taken out and kept is what PyTorch has read, never what
llama.cpp wrote behind it; where PyTorch has read nothing at all it is what llama.cpp has, under llama.cpp's own identity.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from engine.api import LLAMACPP, PYTORCH, ModelInfo, SpeedMeasured
from engine.backends.base import ActiveAdapter, Capabilities, PromptState, Work
from engine.backends.llamacpp import LlamaCppBackend, LlamaState
from engine.backends.pytorch import TorchBackend, TorchState
from engine.errors import OutOfMemory, StateMismatch
from engine.jobs import Interrupted, cancel_requested
from engine.kv_state import KVState, StateIdentity
from engine.sampling import Logits
from engine.tokenization import Tokenizer

log = logging.getLogger(__name__)

HANDED_OVER_TOKENS = 512
FEW_TOKENS = 16
"""Up to so many are read by llama.cpp where nobody has measured: PyTorch takes a while to begin."""


@dataclass(slots=True)
class PairedState:
    """tokens: all that was read. llama: None until llama.cpp is first needed. is_pytorchs: llama.cpp cannot hold what stands before the
    tokens, or had no memory for it this time (lacked_memory); PyTorch goes on alone.

    prompt_tokens: by who read them, of those that were not read one by one; handed_over_s: both since `PairedBackend.work` was asked.
    """

    pytorch: TorchState
    llama: LlamaState | None
    adapter: ActiveAdapter | None
    first_position: int
    tokens: list[int]
    is_pytorchs: bool = False
    lacked_memory: bool = False
    prompt_tokens: Counter[str] = field(default_factory=Counter)
    handed_over_s: float = 0.0

    @classmethod
    def of(cls, pytorch: TorchState, llama: LlamaState | None = None) -> Self:
        longest = pytorch.tokens if llama is None else max(pytorch.tokens, llama.tokens, key=len)
        return cls(pytorch, llama, pytorch.adapter, pytorch.first_position, list(longest))

    @property
    def held(self) -> int:
        """How many tokens the longer part holds: all, but after a failure."""
        return max(len(self.pytorch.tokens), 0 if self.llama is None else len(self.llama.tokens))

    @property
    def nbytes(self) -> int:
        """Both hold the prompt."""
        return self.pytorch.nbytes + (0 if self.llama is None else self.llama.nbytes)


class PairedBackend:
    """Implements `engine.backends.base.KeepingBackend`. speeds: None where they were not measured, of both."""

    def __init__(
        self,
        pytorch: TorchBackend,
        llama: LlamaCppBackend,
        speeds: SpeedMeasured | None = None,
    ) -> None:
        self.pytorch = pytorch
        self.llama = llama
        self.speeds = speeds if speeds is not None and speeds.is_complete else None
        self.capabilities = Capabilities(
            trains=True, adapters=True, trims_states=True, keeps_states=True, hands_over=True
        )
        self._hands_over = True
        """False once llama.cpp refused what PyTorch had read: it reads for itself from then on."""

    @property
    def info(self) -> ModelInfo:
        return replace(self.pytorch.info, llama=self.llama.info.llama, llama_bytes=self.llama.native.bytes_held)

    @property
    def tokenizer(self) -> Tokenizer:
        return self.pytorch.tokenizer

    @property
    def context_tokens(self) -> int:
        return min(self.pytorch.context_tokens, self.llama.context_tokens)

    def work(self, state: PairedState) -> Work:
        writer = PYTORCH if state.is_pytorchs else LLAMACPP
        reader = max(state.prompt_tokens, key=lambda name: state.prompt_tokens[name], default=writer)
        work = Work(reader, writer, state.handed_over_s)
        state.prompt_tokens.clear()
        state.handed_over_s = 0.0
        return work

    def check_adapter(self, adapter: Any) -> None:
        self.pytorch.check_adapter(adapter)

    # -- states ----------------------------------------------------------------------------------------------------

    def new_state(self, adapter: ActiveAdapter | None = None, prefix: KVState | None = None) -> PairedState:
        return PairedState.of(self.pytorch.new_state(adapter, prefix))

    def paired(self, state: PromptState) -> PairedState | None:
        """A state that was kept, for the next prompt; also of one of the two alone. None where llama.cpp alone has its prefix."""
        if isinstance(state, PairedState):
            if state.lacked_memory:  # there may be some again
                state.is_pytorchs = state.lacked_memory = False
            return state
        if isinstance(state, LlamaState):
            return None if state.prefix_slots else PairedState.of(self.pytorch.new_state(state.adapter), state)
        assert isinstance(state, TorchState)
        return PairedState.of(state)

    def state_identity(self, adapter: ActiveAdapter | None = None) -> StateIdentity:
        return self.pytorch.state_identity(adapter)

    def serves(self, prefix: KVState, adapter: ActiveAdapter | None = None) -> bool:
        return self.pytorch.serves(prefix, adapter)

    def kept_identities(self, adapter: ActiveAdapter | None = None) -> Sequence[StateIdentity]:
        return (*self.pytorch.kept_identities(adapter), *self.llama.kept_identities(adapter))

    def exportable(self, state: PairedState) -> int:
        own = self._llamas_own(state)
        return self.pytorch.exportable(state.pytorch) if own is None else self.llama.exportable(own)

    def exported_identity(self, state: PairedState) -> StateIdentity:
        return (self.llama if self._llamas_own(state) else self.pytorch).state_identity(state.adapter)

    def export_state(self, state: PairedState, start: int, end: int) -> KVState:
        own = self._llamas_own(state)
        if own is None:
            return self.pytorch.export_state(state.pytorch, start, end)
        return self.llama.export_state(own, start, end)

    def _llamas_own(self, state: PairedState) -> LlamaState | None:
        """llama.cpp's part where PyTorch has read nothing at all."""
        return state.llama if not state.pytorch.tokens and self.llama.capabilities.keeps_states else None

    def extend_state(self, state: PairedState, kept: KVState, token_ids: Sequence[int]) -> None:
        if kept.identity == self.llama.state_identity(state.adapter) and not state.is_pytorchs:
            self.llama.extend_state(self._level_llama(state), kept, token_ids)
        elif len(state.pytorch.tokens) == len(state.tokens):
            self.pytorch.extend_state(state.pytorch, kept, token_ids)
        elif kept.identity == self.state_identity(state.adapter) and not state.is_pytorchs:
            # PyTorch lacks what stands before them.
            self.llama.take_over(self._level_llama(state), kept, token_ids)
        else:
            raise StateMismatch("This prompt state was made with another model, adapter or tokenizer.")
        state.tokens.extend(token_ids)

    def restore_state(
        self, kept: KVState, token_ids: Sequence[int], adapter: ActiveAdapter | None = None
    ) -> PairedState:
        state = self.new_state(adapter)
        self.extend_state(state, kept, token_ids)
        return state

    def trim(self, state: PairedState, keep_tokens: int) -> None:
        del state.tokens[keep_tokens:]
        try:
            self.pytorch.trim(state.pytorch, min(keep_tokens, len(state.pytorch.tokens)))
            if state.llama is not None:
                self.llama.trim(state.llama, min(keep_tokens, len(state.llama.tokens)))
        finally:
            del state.tokens[state.held :]

    # -- reading ---------------------------------------------------------------------------------------------------

    def read(self, token_ids: Sequence[int], state: PairedState) -> Logits:
        reads = self._llama_reads(state, len(token_ids))
        logits = self._in_llama(state, lambda llama: self.llama.read(token_ids, llama)) if reads else None
        reader = PYTORCH if logits is None else LLAMACPP
        if logits is None:
            behind = state.tokens[len(state.pytorch.tokens) :]
            logits = self.pytorch.read([*behind, *token_ids], state.pytorch)
        state.tokens.extend(token_ids)
        if len(token_ids) > 1:
            state.prompt_tokens[reader] += len(token_ids)
        return logits

    def score(self, token_ids: Sequence[int], state: PairedState) -> Logits:
        """By the one that writes. Where it fails nothing of it is held."""
        before = len(state.tokens)
        try:
            scores = self._in_llama(state, lambda llama: self.llama.score(token_ids, llama))
            if scores is None:
                self.bring_pytorch_level(state)
                scores = self.pytorch.score(token_ids, state.pytorch)
            state.tokens.extend(token_ids)
            return scores
        except BaseException:
            self.trim(state, before)
            raise

    def bring_pytorch_level(self, state: PairedState) -> TorchState:
        """PyTorch's part, once it has read what llama.cpp alone had."""
        behind = state.tokens[len(state.pytorch.tokens) :]
        if behind:
            self.pytorch.read(behind, state.pytorch)
        return state.pytorch

    def hand_over(self, state: PairedState) -> LlamaState:
        """Put what PyTorch alone has read into llama.cpp: a prefix it stands behind, then rows, so many at once that it costs little
        memory and can be stopped. Raises StateMismatch where that cannot be; what was handed over until then is.
        """
        began = time.perf_counter()
        try:
            if state.llama is None:
                state.llama = self.llama.new_state(state.adapter, self.pytorch.prefix_of(state.pytorch))
            tokens = state.pytorch.tokens
            for start in range(len(state.llama.tokens), len(tokens), HANDED_OVER_TOKENS):
                if cancel_requested():
                    raise Interrupted
                end = min(start + HANDED_OVER_TOKENS, len(tokens))
                rows = self.pytorch.rows(state.pytorch, start, end)
                self.llama.take_over(state.llama, rows, tokens[start:end])
        finally:
            state.handed_over_s += time.perf_counter() - began
        return state.llama

    def _in_llama(self, state: PairedState, work: Callable[[LlamaState], Logits]) -> Logits | None:
        """Work on llama.cpp's part, with all that was read in it; None where PyTorch is to go on alone."""
        if state.is_pytorchs:
            return None
        try:
            return work(self._level_llama(state))
        except (StateMismatch, OutOfMemory, MemoryError) as problem:
            log.warning("PyTorch goes on with this text alone: %s", problem)
            state.lacked_memory = not isinstance(problem, StateMismatch)
            state.is_pytorchs, state.llama = True, None
            return None

    def _level_llama(self, state: PairedState) -> LlamaState:
        if state.llama is not None and len(state.llama.tokens) == len(state.tokens):
            return state.llama
        if self._hands_over:
            try:
                return self.hand_over(state)
            except StateMismatch as problem:
                if state.llama is None:  # what stands before the tokens cannot be read
                    raise
                log.warning("llama.cpp reads prompts itself from now on: %s", problem)
                self._hands_over = False
        if state.llama is None:
            state.llama = self.llama.new_state(state.adapter, self.pytorch.prefix_of(state.pytorch))
        behind = state.tokens[len(state.llama.tokens) :]
        if behind:
            self.llama.read(behind, state.llama)
        return state.llama

    def _llama_reads(self, state: PairedState, tokens: int) -> bool:
        """Whether llama.cpp reads the next so many tokens: it alone writes, and of many it reads those it is done with earlier.

        PyTorch reads what llama.cpp wrote meanwhile before it goes on. What was read is handed over later, if it was not yet:
        that is as much whoever reads now.
        """
        if state.is_pytorchs:
            return False
        if tokens == 1 or not self._hands_over:
            return True
        behind = len(state.tokens) - len(state.pytorch.tokens)
        speeds = self.speeds
        if speeds is None:
            return tokens + behind <= FEW_TOKENS
        handed_over_s = tokens * self.llama.native.kv_bytes_per_token / 1e6 * speeds.hand_over_s_per_mb
        pytorch_s = 1 / speeds.pytorch_writes + (behind + tokens) / speeds.pytorch_reads + handed_over_s
        return 1 / speeds.llama_writes + tokens / speeds.llama_reads < pytorch_s
