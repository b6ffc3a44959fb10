"""Settings of a gist encoder's training with every default filled in. Knows numbers; found by measuring."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from engine.api import GistTraining
from engine.errors import EngineError

K_WEIGHTS = {1: 1, 2: 2, 4: 3, 8: 3, 16: 2, 32: 1}
"""How often each number of gist tokens is trained."""


@dataclass(frozen=True, slots=True)
class GistSettings:
    """See `engine.api.GistTraining`. scale: the update is `scale * B A`. gold_share: weight of a gold answer's NLL."""

    steps: int
    batch: int
    rank: int
    scale: float
    learning_rate: float
    max_prompt_tokens: int
    continuation_tokens: int
    gold_share: float
    look_every: int
    held_out: int
    seed: int

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)


def resolve(config: GistTraining, *, parameters: int, context_tokens: int) -> GistSettings:
    """Fill in defaults for a model of this size. Raises EngineError, with the numbers, for what cannot work."""
    settings = GistSettings(
        steps=config.steps or 3000,
        batch=config.batch or 8,
        rank=config.rank or 16,
        scale=1.0,
        learning_rate=config.learning_rate or 2e-3 * min(1.0, (135e6 / parameters) ** 0.5),
        max_prompt_tokens=config.max_prompt_tokens or min(192, context_tokens // 4),
        continuation_tokens=config.continuation_tokens or min(32, context_tokens // 8),
        gold_share=0.2,
        look_every=100,
        held_out=32,
        seed=config.seed,
    )
    if settings.max_prompt_tokens + 2 * settings.continuation_tokens + max(K_WEIGHTS) > context_tokens:
        raise EngineError(
            f"Prompt, gist and continuation are more than the {context_tokens:,} tokens this model holds."
        )
    if settings.max_prompt_tokens < 48 or settings.continuation_tokens < 16:
        raise EngineError("Prompts of at least 48 tokens and continuations of at least 16 are needed.")
    if not 1 <= settings.rank <= 256 or not 0 < settings.learning_rate < 1 or settings.batch < 1 or settings.steps < 1:
        raise EngineError("A rank of 1-256, a learning rate between 0 and 1 and at least one step can be used.")
    return settings
