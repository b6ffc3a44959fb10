"""What every backend offers, as a protocol: read tokens into a state, get the next token's logits.

Knows shapes and promises. Knows no library; imports no torch. What a backend can do is data (`Capabilities`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from engine.api import ModelInfo

if TYPE_CHECKING:  # whoever starts the engine does not wait for numpy and tokenizers
    from engine.sampling import Logits
    from engine.tokenization import Tokenizer


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do; faces grey out the rest and say why. trains: gradients. adapters: LoRA at inference."""

    trains: bool
    adapters: bool
    trims_states: bool
    """A prompt state can be cut back to a shorter prefix, so that a new prompt re-uses what it shares with the last."""


class ActiveAdapter(Protocol):
    """An adapter that can be put to work in a model. sha256 names its exact weights; states carry it."""

    @property
    def sha256(self) -> str: ...

    def applied_to(self, model: Any) -> AbstractContextManager[None]:
        """Inside, the model computes with this adapter and no other; on leaving, what was before is back."""
        ...


class PromptState(Protocol):
    """What a model keeps of the tokens it has read. Belongs to one model and one adapter (or none)."""

    tokens: list[int]
    adapter: ActiveAdapter | None

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

    def trim(self, state: Any, keep_tokens: int) -> None:
        """Forget all but the first `keep_tokens` tokens; what is read afterwards is as if the rest had never been."""
        ...
