"""How fast a model is read and written here, by PyTorch and by llama.cpp: measured once, kept beside the model, and the handler of
`MeasureSpeed`.

Knows seconds and tokens. Knows no text: what is read while measuring is any tokens of the vocabulary. Imports no torch.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.api import MeasureSpeed, SpeedMeasured, Writer
from engine.errors import StateMismatch
from engine.jobs import Progress, Steps
from engine.llama.usable import why_not

if TYPE_CHECKING:
    from engine.backends.base import Backend, PromptState
    from engine.backends.paired import PairedBackend
    from engine.runtime import Runtime

log = logging.getLogger(__name__)

SPEEDS_FILE = "speeds.json"

READ_BLOCKS, READ_S = 3, 2.0
WRITTEN_TOKENS, WRITE_S = 24, 1.5
HANDED_OVER_TOKENS = 256
"""What is measured at most, and after how many seconds nothing more is."""

_PACKAGES = ("torch", "transformers", "llama-cpp-python")
Value = TypeVar("Value")


def kept_speeds(folder: Path, threads: int | None = None) -> SpeedMeasured | None:
    """What was measured with the model of a folder on this machine, with these versions, and threads where they are given.

    None where one of both could not have the model when it was measured: another day it can.
    """
    try:
        kept = json.loads((folder / SPEEDS_FILE).read_text("utf-8"))
        speeds = SpeedMeasured(**kept["speeds"])
        same = kept["versions"] == _versions() and speeds.machine == machine()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return speeds if same and speeds.is_complete and threads in (None, speeds.threads) else None


def engine_threads(leave_cores: int = 1) -> int:
    """With how many threads models compute: on all cores but these."""
    return max(1, (os.cpu_count() or 1) - leave_cores)


def keep_speeds(folder: Path, speeds: SpeedMeasured) -> None:
    """Keep what was measured. In a folder that only others may write to nothing is kept: it is measured again another day."""
    making = folder / f".{SPEEDS_FILE}.part"
    try:
        making.write_text(json.dumps({"speeds": asdict(speeds), "versions": _versions()}, indent=1), "utf-8")
        making.replace(folder / SPEEDS_FILE)
    except OSError as problem:
        log.warning("speeds are not kept: %s", problem)


@lru_cache(maxsize=1)
def machine() -> str:
    """The processor as it calls itself, and its cores."""
    name = platform.processor() or platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count() or 1} cores"


def _versions() -> dict[str, str]:
    """Looked up each time: llama.cpp may be installed while we run."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = ""
    return versions


def measure_speed(request: MeasureSpeed, runtime: Runtime) -> Steps[SpeedMeasured]:
    """Load the model for both, as far as both can have it, and measure. Only calls of ours are timed: not what is let in between."""
    from engine.backends.llamacpp import LlamaCppBackend
    from engine.backends.paired import PairedBackend

    usable = request.model.folder is not None and not why_not(request.model.folder)
    backend = yield from runtime.load_for_writing(request.model, Writer.LLAMACPP if usable else Writer.PYTORCH)
    pair = backend if isinstance(backend, PairedBackend) else None
    llama: Backend | None = pair.llama if pair else backend if isinstance(backend, LlamaCppBackend) else None
    pytorch: Backend | None = pair.pytorch if pair else None if llama else backend
    steps = 2 * sum(each is not None for each in (llama, pytorch)) + (pair is not None)
    figures: list[tuple[float, float]] = []
    done = 0
    for each in (pytorch, llama):
        if each is None:
            figures.append((0.0, 0.0))
            continue
        yield Progress("Measuring", done, steps, "step")
        state, reads = yield from _reading(each)
        yield Progress("Measuring", done + 1, steps, "step")
        writes = yield from _writing(each, state)
        figures.append((reads, writes))
        done += 2
    hand_over = 0.0
    if pair is not None:
        yield Progress("Measuring", done, steps, "step")
        hand_over = yield from _handing_over(pair)
    speeds = SpeedMeasured(
        pytorch_reads=figures[0][0],
        pytorch_writes=figures[0][1],
        llama_reads=figures[1][0],
        llama_writes=figures[1][1],
        hand_over_s_per_mb=hand_over,
        machine=machine(),
        threads=runtime.threads,
    )
    yield Progress("Measuring", steps, steps, "step")
    runtime.models.note_speeds(request.model, speeds)
    return speeds


def _reading(backend: Backend) -> Steps[tuple[PromptState, float]]:
    """Tokens a second, and the state they were read into. The first pass through a model is not like the others: it is not timed."""
    from engine.generation import PREFILL_BLOCK_TOKENS

    backend.read(_tokens(backend, 16), backend.new_state())
    yield None
    state, took = backend.new_state(), list[float]()
    block = _tokens(backend, min(PREFILL_BLOCK_TOKENS, backend.context_tokens // 2 // READ_BLOCKS))
    while len(took) < READ_BLOCKS and sum(took) < READ_S:
        seconds, _ = _timed(lambda: backend.read(block, state))
        took.append(seconds)
        yield None
    return state, len(block) / statistics.median(took)


def _writing(backend: Backend, state: PromptState) -> Steps[float]:
    """Tokens a second, one after the other, behind what was read."""
    took: list[float] = []
    for token_id in _tokens(backend, WRITTEN_TOKENS):
        seconds, _ = _timed(lambda token_id=token_id: backend.read([token_id], state))  # type: ignore[misc]
        took.append(seconds)
        if sum(took) > WRITE_S:
            break
        yield None
    return 1.0 / statistics.median(took)


def _handing_over(pair: PairedBackend) -> Steps[float]:
    """Seconds a megabyte; 0 where states cannot be handed over."""
    ids = _tokens(pair, min(HANDED_OVER_TOKENS, pair.context_tokens // 2))
    state = pair.new_state()
    pair.pytorch.read(ids, state.pytorch)
    state.tokens.extend(ids)
    yield None
    try:
        seconds, handed_over = _timed(lambda: pair.hand_over(state))
    except StateMismatch:
        return 0.0
    return seconds / (handed_over.nbytes / 1e6)


def _timed(work: Callable[[], Value]) -> tuple[float, Value]:
    began = time.perf_counter()
    value = work()
    return time.perf_counter() - began, value


def _tokens(backend: Backend, count: int) -> Sequence[int]:
    """So many tokens, none of them twice in a row."""
    return [(7_919 * place + 11) % backend.tokenizer.vocabulary_size for place in range(count)]
