"""What a gist encoder is trained on, and what is kept from it.

Knows files of prompts and strings. Knows no tensors and no model.
"""

from __future__ import annotations

from collections.abc import Iterable

HELD_OUT_EVERY = 8


def is_held_out(name: str, names: Iterable[str]) -> bool:
    """Whether a file of prompts is kept for evaluation: of the sorted names, every 8th is. name must be one of `names`."""
    return sorted(set(names)).index(name) % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
