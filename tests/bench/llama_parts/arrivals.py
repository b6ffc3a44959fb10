"""When each token of an answer was there, whoever writes it: what speeds are computed from. Knows generators and a clock."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.backends.base import Backend, PromptState
from engine.generation import generate
from engine.jobs import Progress, Text
from engine.sampling import Sampling

Write = Callable[[Sequence[int], int], list[float]]
"""(prompt, new tokens) -> seconds from the call until each new token was there."""


def ours(backend: Backend, ids: Sequence[int], new_tokens: int, state: PromptState | None = None) -> list[float]:
    """Through the product's own loop, text and all; greedy. An end token is a token like others (`endless`)."""
    began, found = time.perf_counter(), []
    for event in generate(backend, ids, sampling=Sampling(), max_new_tokens=new_tokens, state=state):
        if isinstance(event, Text) or (isinstance(event, Progress) and event.stage == "Writing"):
            found.append(time.perf_counter() - began)
    return found[:new_tokens]  # what the end of a text still held back is no token


class TheirLoop:
    """llama-cpp-python's own `Llama`, its context set up as ours is."""

    def __init__(self, gguf: Path, *, context_tokens: int, threads: int) -> None:
        from llama_cpp import Llama

        self.llama = Llama(
            str(gguf),
            n_ctx=context_tokens,
            n_batch=512,
            n_ubatch=512,
            n_threads=threads,
            n_threads_batch=threads,
            flash_attn=True,
            verbose=False,
        )

    def write(self, ids: Sequence[int], new_tokens: int) -> list[float]:
        """Greedy, ids alone: no text is made of them. What it shares with the last prompt it does not read again."""
        began, found = time.perf_counter(), []
        for _ in self.llama.generate(list(ids), temp=0.0):
            found.append(time.perf_counter() - began)
            if len(found) == new_tokens:
                break
        return found

    def write_anew(self, ids: Sequence[int], new_tokens: int) -> list[float]:
        """Everything is read."""
        self.llama.reset()
        return self.write(ids, new_tokens)


def tokens_per_s(arrivals: Sequence[float]) -> float:
    """Of writing: one over the median time between two tokens, which a hiccup of the machine does not move."""
    return 1 / statistics.median(later - earlier for earlier, later in itertools.pairwise(arrivals))


def endless(backend: Backend) -> None:
    """From here on every answer is as long as it may be."""
    backend.tokenizer.eos_ids = frozenset()
