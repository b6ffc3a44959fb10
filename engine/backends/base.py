"""What every backend offers, as a protocol: read tokens into a state, get the next token's logits.

Knows shapes and promises. Knows no library; imports no torch. What a backend can do is data (`Capabilities`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from engine.api import ModelInfo

if TYPE_CHECKING:  # whoever starts the engine does not wait for numpy, tokenizers and torch
    from engine.kv_state import KVState, StateIdentity
    from engine.sampling import Logits
    from engine.tokenization import FolderTokenizer, Tokenizer


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do; faces grey out the rest and say why. trains: gradients. adapters: LoRA at inference."""

    trains: bool
    adapters: bool
    trims_states: bool
    """A prompt state can be cut back to a shorter prefix, so that a new prompt re-uses what it shares with the last."""
    keeps_states: bool
    """Prompt states can be taken out and put back (`KeepingBackend`), so that they outlive the process."""
    hands_over: bool = False
    """What reads a prompt is not what writes the answer: its last token is read by itself, so that all of the answer, its first
    token included, comes from the one that writes."""


@dataclass(frozen=True, slots=True)
class Work:
    """Who read a prompt, most of it, and who wrote the answer (`engine.api.PYTORCH`, ...); seconds it took to hand over what was read."""

    reader: str
    writer: str
    handed_over_s: float = 0.0


class ActiveAdapter(Protocol):
    """An adapter that can be put to work in a model. sha256 names its exact weights; states carry it."""

    @property
    def sha256(self) -> str: ...

    def applied_to(self, model: Any) -> AbstractContextManager[None]:
        """Inside, the model computes with this adapter and no other; on leaving, what was before is back."""
        ...


class PromptState(Protocol):
    """What a model keeps of the tokens it has read. Belongs to one model and one adapter (or none).

    first_position: the position of the first token; more than 0 behind a prefix that stands for tokens of its own.
    """

    tokens: list[int]
    adapter: ActiveAdapter | None
    first_position: int

    @property
    def nbytes(self) -> int: ...


class Backend(Protocol):
    """A loaded model. Used by the engine thread only."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def context_tokens(self) -> int: ...

    def new_state(self, adapter: ActiveAdapter | None = None) -> PromptState:
        """An empty state; everything read into it is read with this adapter."""
        ...

    def read(self, token_ids: Sequence[int], state: Any) -> Logits:
        """Append tokens to the state. Returns the logits `[V]` (fp32) of the token after the last.

        The adapter of the state is active during the call only, so that jobs with other adapters may run between two
        calls.
        """
        ...

    def score(self, token_ids: Sequence[int], state: Any) -> Logits:
        """Append tokens to the state. Returns the log-probability `[N]` (fp32) of each, given what stands before it.

        The first token of a state that has read none has nan. Of one that fails nothing is held; the state may be a token shorter.
        """
        ...

    def trim(self, state: Any, keep_tokens: int) -> None:
        """Forget all but the first `keep_tokens` tokens; what is read afterwards is as if the rest had never been."""
        ...

    def work(self, state: Any) -> Work:
        """What was done on a state since this was last asked of it."""
        ...

    def check_adapter(self, adapter: Any) -> None:
        """Raise ValueError for an adapter whose layers or shapes are not this model's."""
        ...


class KeepingBackend(Backend, Protocol):
    """A backend whose `Capabilities.keeps_states`: keys and values of a state come out of it and go back in."""

    def state_identity(self, adapter: ActiveAdapter | None = None) -> StateIdentity:
        """What an exact state read with this adapter is made with."""
        ...

    def new_state(self, adapter: ActiveAdapter | None = None, prefix: KVState | None = None) -> PromptState:
        """An empty state, or one behind a prefix (a gist): its slots are attended to and are not in `tokens`.

        What is read goes on at `prefix.next_position`. A gist serves with every adapter, an exact prefix with the one it was
        read with. Raises StateMismatch for a prefix that does not serve.
        """
        ...

    def serves(self, prefix: KVState, adapter: ActiveAdapter | None = None) -> bool:
        """Whether a prefix can stand before what is read with this adapter: made with the same, of the model's shape."""
        ...

    def kept_identities(self, adapter: ActiveAdapter | None = None) -> Sequence[StateIdentity]:
        """What the exact states are made with that `extend_state` takes; of equal ones the first is preferred."""
        ...

    def exportable(self, state: Any) -> int:
        """How many of a state's first tokens `export_state` gives away; 0 behind a prefix."""
        ...

    def exported_identity(self, state: Any) -> StateIdentity:
        """What these are made with."""
        ...

    def export_state(self, state: Any, start: int, end: int) -> KVState:
        """Keys and values of the state's tokens `start` to `end` (exclusive), copied; only of one without a prefix."""
        ...

    def extend_state(self, state: Any, kept: KVState, token_ids: Sequence[int]) -> None:
        """Append tokens with keys and values that were taken out of such a state: they need not be read.

        Raises StateMismatch, and leaves the state as it was, when they were not made with the same or do not go on there.
        """
        ...

    def restore_state(
        self, kept: KVState, token_ids: Sequence[int], adapter: ActiveAdapter | None = None
    ) -> PromptState:
        """A state that has read these tokens, from their keys and values. Raises StateMismatch as `extend_state` does."""
        ...


def state_identity(info: ModelInfo, tokenizer: FolderTokenizer, adapter: ActiveAdapter | None) -> StateIdentity:
    """What an exact state is made with, by whichever backend: `KeepingBackend.state_identity`."""
    from engine.kv_state import StateIdentity

    return StateIdentity(
        model=info.model.identity,
        adapter="" if adapter is None else adapter.sha256,
        tokenizer=tokenizer.sha256,
        template=tokenizer.template_sha256,
        dtype=info.dtype,
    )


def keeping_backend(backend: Backend) -> KeepingBackend | None:
    """The backend as one whose states come out and go back in; None when it is none."""
    return cast(KeepingBackend, backend) if backend.capabilities.keeps_states else None  # what the capability means


def new_state(backend: Backend, adapter: ActiveAdapter | None, prefix: KVState | None) -> PromptState:
    """An empty state, behind a prefix where there is one, which only a backend that keeps states can have made."""
    return backend.new_state(adapter) if prefix is None else cast(KeepingBackend, backend).new_state(adapter, prefix)
