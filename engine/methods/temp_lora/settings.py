"""Settings of a Temp-LoRA with every default filled in. Knows numbers; found by measuring (README, Figures)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from engine.api import LearnConfig
from engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class TempLoraSettings:
    """See `engine.api.LearnConfig` for what each means. scale: the update is `scale * B A`."""

    chunk_tokens: int
    window_tokens: int
    reread_tokens: int
    rank: int
    scale: float
    learning_rate: float
    epochs: int
    base_every: int
    seed: int

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)


SHORT_TEXT_TOKENS = 24_000
"""Up to here the score without adapter is taken everywhere: it costs seconds, and few windows make a poor sample."""


def resolve(config: LearnConfig, *, parameters: int, context_tokens: int, text_tokens: int) -> TempLoraSettings:
    """Fill in defaults for a model of this size and a text of this length.

    Larger models want smaller steps: 2e-3 at 135M parameters, falling with the square root of the size.
    Raises EngineError, with the numbers, for settings that cannot work.
    """
    window = config.window_tokens or min(2048, context_tokens)
    chunk = config.chunk_tokens or min(256, window // 2)
    reread = window // 4 if config.reread_tokens is None else config.reread_tokens
    settings = TempLoraSettings(
        chunk_tokens=chunk,
        window_tokens=window,
        reread_tokens=reread,
        rank=config.rank or 16,
        scale=1.0,
        learning_rate=config.learning_rate or 2e-3 * min(1.0, (135e6 / parameters) ** 0.5),
        epochs=config.epochs or 1,
        base_every=config.base_every or (1 if text_tokens <= SHORT_TEXT_TOKENS else 3),
        seed=config.seed,
    )
    if window > context_tokens:
        raise EngineError(f"A window of {window} tokens is more than the {context_tokens} this model can read at once.")
    if chunk < 1 or reread < 0 or reread + chunk > window:
        raise EngineError(f"A window of {window} tokens cannot hold {reread} read again and a chunk of {chunk}.")
    if not 1 <= settings.rank <= 256 or not 0 < settings.learning_rate < 1 or not 1 <= settings.epochs <= 16:
        raise EngineError("A rank of 1-256, a learning rate between 0 and 1 and 1-16 epochs can be used.")
    return settings


DECAY_STEPS = 16
LOWEST_SHARE = 0.25


def learning_rate_at(step: int, first: float) -> float:
    """The rate of an optimiser step, counted from 0: large while little is known, then falling with the square root of time,
    not below a quarter, because a book goes on changing. Measured against constant rates: better at every length from 4,000 tokens on.
    """
    return first * max(LOWEST_SHARE, 1 / math.sqrt(1 + step / DECAY_STEPS))
