"""The decode loop: prompt read in blocks, then a token at a time, streamed.

Knows tokens, states and text. Knows nothing of documents, prompts' wording or which backend it drives; imports no
torch.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.backends.base import Backend, PromptState
from engine.detokenization import StopFilter, TokenStream
from engine.errors import EngineError
from engine.jobs import Progress, Steps, Text
from engine.sampling import Logits, Sampling, choose

PREFILL_BLOCK_TOKENS = 256
"""Prompt tokens read between two yields: what bounds the wait of a cancel.

Measured on one CPU core with the embedded model, seconds for 768 tokens and for one block: 512: 1.46 and 0.89,
256: 1.52 and 0.58, 128: 1.73 and 0.33.
"""


@dataclass(frozen=True, slots=True)
class Generation:
    """prompt_tokens = reused_tokens + tokens read for this answer. ttft_s: from the call to the first token chosen.

    tokens_per_s: decoding only, without the prompt; 0 when fewer than two tokens came. stopped_by: "stop" (end token or
    stop string) or "length". token_ids: as chosen, the end token left out.
    """

    text: str
    token_ids: tuple[int, ...]
    prompt_tokens: int
    reused_tokens: int
    new_tokens: int
    ttft_s: float
    tokens_per_s: float
    stopped_by: str


def generate(
    backend: Backend,
    prompt_ids: Sequence[int],
    *,
    sampling: Sampling,
    max_new_tokens: int,
    stop: Sequence[str] = (),
    state: PromptState | None = None,
    continues: bool = False,
) -> Steps[Generation]:
    """Answer a prompt. Yields Progress while reading it, Text while writing.

    state: an earlier prompt's state; what both prompts begin with is not read again. It is left holding this prompt and
    answer, also when the job is stopped. Its adapter is the one used; None starts an empty state without adapter.
    Where it stands behind a prefix, the prompt is what follows the prefix.
    continues: the prompt ends within the answer; its first word keeps the space before it.
    Raises EngineError when prompt and answer do not fit into the model's context.
    """
    started = time.perf_counter()
    prompt = list(prompt_ids)
    if not prompt:
        raise EngineError("There is nothing to answer: the prompt is empty.")
    if max_new_tokens < 1:
        raise EngineError(f"The answer needs room for at least 1 token, not {max_new_tokens}.")
    if state is None:
        state = backend.new_state()
    needed = state.first_position + len(prompt) + max_new_tokens
    if needed > backend.context_tokens:
        raise EngineError(
            f"Prompt and answer need {needed:,} tokens and this model holds "
            f"{backend.context_tokens:,}. Use fewer passages or a shorter answer."
        )
    reused = reuse_prefix(backend, state, prompt)
    logits = yield from _read_prompt(backend, state, prompt, reused)

    random = np.random.default_rng(sampling.seed)
    stream, gate = TokenStream(backend.tokenizer, at_start=not continues), StopFilter(stop)
    pieces: list[str] = []
    ids: list[int] = []
    stopped_by = "length"
    first_at = 0.0
    while True:
        token_id = choose(logits, sampling, state.tokens, random)
        first_at = first_at or time.perf_counter()
        if token_id in backend.tokenizer.eos_ids:
            stopped_by = "stop"
            break
        ids.append(token_id)
        piece = gate.push(stream.push(token_id))
        if piece:
            pieces.append(piece)
        yield Text(piece) if piece else Progress("Writing", len(ids), max_new_tokens, "token")
        if gate.stopped:
            stopped_by = "stop"
            break
        if len(ids) == max_new_tokens:
            break
        logits = backend.read([token_id], state)
    decode_s = time.perf_counter() - first_at
    if not gate.stopped:
        rest = gate.push(stream.finish()) + gate.finish()
        if rest:
            pieces.append(rest)
            yield Text(rest)
    return Generation(
        text="".join(pieces),
        token_ids=tuple(ids),
        prompt_tokens=len(prompt),
        reused_tokens=reused,
        new_tokens=len(ids),
        ttft_s=first_at - started,
        tokens_per_s=(len(ids) - 1) / decode_s if len(ids) > 1 and decode_s > 0 else 0.0,
        stopped_by=stopped_by,
    )


def reuse_prefix(backend: Backend, state: PromptState, prompt: Sequence[int]) -> int:
    """Cut the state back to what it shares with the prompt. Returns how many tokens need not be read again.

    The last prompt token is always read anew: its logits choose the first token of the answer.
    """
    shared = shared_prefix(state.tokens, prompt)
    if not backend.capabilities.trims_states and shared < len(state.tokens):
        shared = 0
    backend.trim(state, shared)
    return shared


def shared_prefix(tokens: Sequence[int], prompt: Sequence[int]) -> int:
    """How many tokens both begin with, the last one of the prompt not counted."""
    limit = min(len(tokens), len(prompt) - 1)
    return next((place for place in range(limit) if tokens[place] != prompt[place]), limit)


def _read_prompt(backend: Backend, state: PromptState, prompt: list[int], start: int) -> Steps[Logits]:
    logits: Logits | None = None
    total = len(prompt) - start
    end = len(prompt) - 1 if backend.capabilities.hands_over else len(prompt)
    places = [*range(start, end, PREFILL_BLOCK_TOKENS), *range(end, len(prompt))]
    for place, following in zip(places, [*places[1:], len(prompt)], strict=True):
        yield Progress("Reading", place - start, total, "token")
        logits = backend.read(prompt[place:following], state)
    yield Progress("Reading", total, total, "token")
    assert logits is not None  # at least the last prompt token was read
    return logits
