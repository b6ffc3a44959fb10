"""How fast each model reads on this machine, as measured by the answers it gave: what the wait before a first word is told by.

Kept in the settings under the models' identities; nothing of any document stands there.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.api import Answered, ModelRef
from storage.settings import get_setting, set_setting

LEAST_TOKENS = 48
"""Fewer say more about the start than about the reading."""
_NEWEST_SHARE = 0.4
_KEY = "reading_tokens_per_s"


def rate(session: Session, model: ModelRef) -> float | None:
    """Prompt tokens read in a second, smoothed; None before the first measurement."""
    value = get_setting(session, _KEY, {}).get(model.identity)
    return float(value) if isinstance(value, int | float) and value > 0 else None


def note_rate(session: Session, model: ModelRef, answered: Answered) -> None:
    """Take an answer's reading into account, where it read enough."""
    tokens = answered.prompt_tokens - answered.reused_tokens
    if tokens < LEAST_TOKENS or answered.read_s <= 0:
        return
    measured, before = tokens / answered.read_s, rate(session, model)
    smoothed = measured if before is None else before + _NEWEST_SHARE * (measured - before)
    set_setting(session, _KEY, get_setting(session, _KEY, {}) | {model.identity: smoothed})
