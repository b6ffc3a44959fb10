"""The gist that stands in for a prompt's beginning: found in the store, checked, and laid before what is read.

Knows a prompt store and states. Knows no wording; a gist that cannot be read, or was made with anything else, is not there.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import StateMismatch
from engine.prompt_store import GistFound, PromptStore

if TYPE_CHECKING:  # a prompt is previewed without torch where no gist is in use
    from engine.kv_state import KVState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gist:
    """found: where it is kept, and how many tokens it stands for. sha256: of its bytes; states read behind it carry it."""

    found: GistFound
    state: KVState
    sha256: str


def load_gist(store: PromptStore, found: GistFound | None, model_identity: str) -> Gist | None:
    """Read a gist that was found; None where there is none for this model."""
    if found is None:
        return None
    data = store.read_piece(found.piece)
    if data is None:
        return None
    from engine.kv_state_file import load_state

    try:
        state = load_state(data)
        if state.identity.model != model_identity or not state.identity.encoder or state.identity.adapter:
            raise StateMismatch("This gist was made with another model.")
    except StateMismatch as problem:
        log.warning("gist %d is not used: %s", found.entry, problem)
        return None
    return Gist(found, state, hashlib.sha256(data).hexdigest())
