"""Settings of a segment compressor's training with every default filled in. Knows numbers; found by measuring."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from engine.api import SEGMENT_RATIOS, GradientMethod, SegmentTraining
from engine.errors import EngineError
from engine.methods.segments.compressor import MAX_SEGMENT_TOKENS

MAX_RANK = 256
_NEW_SHARE = 0.02
"""Trained parameters beside the model's (Li et al. 2024: 2 %)."""


@dataclass(frozen=True, slots=True)
class SegmentSettings:
    """See `engine.api.SegmentTraining`. scale: the update is `scale * B A`. gold_share: weight of the next token's NLL.

    ratio_weights: how often each ratio is trained; verbatim_share: how often a read segment stands between memory and target.
    held_out: samples of text a look scores.
    """

    steps: int
    batch: int
    rank: int
    scale: float
    learning_rate: float
    segment_tokens: int
    segments: int
    gradient: GradientMethod
    window: int
    ratio_weights: dict[int, float]
    verbatim_share: float
    gold_share: float
    look_every: int
    held_out: int
    hold_out: tuple[str, ...]
    seed: int

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def resolve(
    config: SegmentTraining, *, parameters: int, parameters_per_rank: int, context_tokens: int, on_gpu: bool
) -> SegmentSettings:
    """Fill in defaults for a model of this size. Raises EngineError, with the numbers, for what cannot work.

    parameters_per_rank: what one more rank of both adapters adds.
    """
    segment_tokens = config.segment_tokens or default_segment_tokens(context_tokens)
    at_most = (context_tokens - 1) // segment_tokens
    settings = SegmentSettings(
        steps=config.steps or (4000 if on_gpu else 600),
        batch=config.batch or (8 if on_gpu else 1),
        rank=config.rank or min(MAX_RANK, max(8, int(_NEW_SHARE * parameters / parameters_per_rank) // 8 * 8)),
        scale=1.0,
        learning_rate=config.learning_rate or 2e-3 * min(1.0, (135e6 / parameters) ** 0.5),
        segment_tokens=segment_tokens,
        segments=config.segments or min(16 if on_gpu else 4, at_most),
        gradient=config.gradient,
        window=config.window,
        ratio_weights={8: 0.5, 32: 0.5},
        verbatim_share=0.5,
        gold_share=0.1,
        look_every=200 if on_gpu else 100,
        held_out=64 if on_gpu else 8,
        hold_out=config.hold_out,
        seed=config.seed,
    )
    if not 0 < segment_tokens <= MAX_SEGMENT_TOKENS or segment_tokens % max(SEGMENT_RATIOS):
        raise EngineError(
            f"A segment is a multiple of {max(SEGMENT_RATIOS)} tokens, at most {MAX_SEGMENT_TOKENS:,}; not {segment_tokens:,}."
        )
    if not 3 <= settings.segments <= at_most:
        raise EngineError(
            f"A sample has from 3 to {at_most} segments: with {segment_tokens:,} tokens each, more do not go into the"
            f" {context_tokens:,} tokens this model holds; not {settings.segments}."
        )
    if (
        not 1 <= settings.rank <= MAX_RANK
        or not 0 < settings.learning_rate < 1
        or min(settings.batch, settings.steps, settings.window) < 1
    ):
        raise EngineError("A rank of 1-256, a learning rate between 0 and 1 and at least one step can be used.")
    return settings


def default_segment_tokens(context_tokens: int) -> int:
    """A 32nd of what the model holds, so that many stand side by side; 32 at least, 1,024 at most (the paper's)."""
    step = max(SEGMENT_RATIOS)
    return min(1024, max(step, context_tokens // 32 // step * step))


def side_by_side(settings: SegmentSettings, room_tokens: int) -> tuple[int, int]:
    """How many segments of every text are encoded at once, and how many are decoded at once behind memory.

    room_tokens: of how many tokens there is room for the graph of either.
    """
    in_a_batch = settings.batch * settings.segment_tokens
    most = settings.segments - 1
    encoded = min(most, max(1, room_tokens // in_a_batch))
    decoded = min(most, max(1, room_tokens // (2 * in_a_batch)))  # a row may be two segments long
    return encoded, decoded
