"""The handler of `Learn`: a text in, a Temp-LoRA out, window by window, each ended by a checkpoint.

Prequential: every chunk is scored before it is trained on, so the reported perplexities are of text the adapter had not seen.
A run that is stopped, or killed, goes on from the last finished window to the same adapter, bit for bit, as one that was not (with the
same number type and thread count).
"""

from __future__ import annotations

import hashlib
import shutil
import time
from bisect import bisect_right
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from engine import lora
from engine.adam_moments import moments
from engine.adapter import Provenance, SavedAdapter, save_adapter
from engine.api import ChunkScore, Learn, Learned
from engine.backends.pytorch import TorchBackend
from engine.devices import check_fits, free_bytes
from engine.errors import EngineError, OutOfMemory
from engine.jobs import Progress, Steps, beside
from engine.layerwise import Decoder, PrefixCache
from engine.memory_need import learning_bytes, read_geometry
from engine.methods.temp_lora.checkpoint import (
    Position,
    RunKey,
    load_checkpoint,
    save_checkpoint,
)
from engine.methods.temp_lora.settings import TempLoraSettings, learning_rate_at, resolve
from engine.methods.temp_lora.tally import Tally
from engine.methods.temp_lora.trainer import Trainer, parameters
from engine.methods.temp_lora.windows import Window, plan_windows
from engine.runtime import Runtime

STAGE = "Learning"
ADAM_BETAS = (0.9, 0.999)
ADAM_EPS = 1e-8
Value = TypeVar("Value")


def learn(request: Learn, runtime: Runtime) -> Steps[Learned]:
    """Train a Temp-LoRA on `request.text`. Progress counts tokens; after every chunk its detail is a ChunkScore."""
    backend = yield from runtime.load(request.model)
    if not isinstance(backend, TorchBackend):
        raise EngineError(f"{request.model.name} cannot learn; choose a model that PyTorch runs.")
    yield Progress("Reading the text", 0)
    text = yield from beside(  # a long book takes seconds
        lambda: _Tokens.of(request.text, backend, limit=request.max_tokens, up_to=request.up_to)
    )
    settings = resolve(
        request.config,
        parameters=backend.info.parameters,
        context_tokens=backend.info.context_tokens,
        text_tokens=text.whole_tokens,
    )
    if not len(text.labels):
        raise EngineError("There is no text to learn from.")
    _check_memory(backend)
    if not request.resume and request.folder.exists():
        shutil.rmtree(request.folder)
    request.folder.mkdir(parents=True, exist_ok=True)
    try:
        return (yield from _Run(request, backend, settings, text).steps())
    except torch.OutOfMemoryError as problem:
        raise OutOfMemory(
            f"Learning with {request.model.name} needs more graphics memory than is free "
            f"({free_bytes(backend.device) / 1024**3:.1f} GB). Choose a smaller window or the 4-bit version."
        ) from problem


def _check_memory(backend: TorchBackend) -> None:
    """Refuse what even recomputing activations would not make fit, before a memory is begun."""
    folder = backend.info.model.folder
    assert folder is not None
    needed = learning_bytes(read_geometry(folder), backend.model.dtype.itemsize, recompute=True)
    check_fits(needed, backend.device, f"Learning with {backend.info.model.name}")


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The text as the model sees it: `labels[i]` is to be predicted from `inputs[: i + 1]`.

    char_ends: by label, where it ends in the text. whole_tokens: of the text before `limit` or `up_to` cut it short.
    """

    inputs: Tensor
    labels: Tensor
    char_ends: list[int]
    whole_tokens: int

    @staticmethod
    def of(text: str, backend: TorchBackend, *, limit: int | None, up_to: int | None = None) -> _Tokens:
        encoded = backend.tokenizer.encode_with_offsets(text)
        ids = encoded.ids[:limit]
        if up_to is not None:
            ids = ids[: bisect_right([end for _, end in encoded.offsets[: len(ids)]], up_to)]
        # A model without a begin-of-text token is given its end-of-text token, as between documents in pre-training.
        first = backend.tokenizer.bos_ids or (min(backend.tokenizer.eos_ids, default=0),)
        labels = torch.tensor(ids, dtype=torch.long, device=backend.device)
        inputs = torch.tensor([first[0], *ids[:-1]] if ids else [], dtype=torch.long, device=backend.device)
        char_ends = [end for _, end in encoded.offsets[: len(ids)]]
        return _Tokens(inputs, labels, char_ends, len(encoded.ids))


class _Run:
    """One learning job. Holds what a window needs; `steps` is the loop."""

    def __init__(self, request: Learn, backend: TorchBackend, settings: TempLoraSettings, text: _Tokens) -> None:
        self.folder: Path = request.folder
        self.settings = settings
        self.text = text
        self.backend = backend
        self.text_sha256 = hashlib.sha256(request.text.encode("utf-8", "surrogatepass")).hexdigest()
        self.key = RunKey(request.model.identity, self.text_sha256, settings)
        self.seconds = 0.0
        decoder = Decoder.of(backend.model)
        pairs = lora.new_pairs(backend.model, rank=settings.rank, scale=settings.scale, seed=settings.seed)
        optimizer = torch.optim.AdamW(
            parameters(pairs), lr=settings.learning_rate, betas=ADAM_BETAS, eps=ADAM_EPS, weight_decay=0.0, fused=True
        )
        self.trainer = Trainer(
            backend.model,
            decoder,
            pairs,
            optimizer,
            PrefixCache(decoder.layer_count, settings.window_tokens),
            PrefixCache(decoder.layer_count, settings.window_tokens),
            recompute=_activation_bytes(backend, settings.chunk_tokens) > free_bytes(backend.device) // 2,
        )
        position = load_checkpoint(request.folder, self.key, pairs, optimizer) if request.resume else None
        self.position = position or Position(token=0, windows=0, tally=Tally())

    def steps(self) -> Steps[Learned]:
        """All windows that are left. The checkpoint is at most one window old at any moment."""
        total = len(self.text.labels)
        began_at = self.position.token
        windows = plan_windows(
            total,
            start=began_at,
            chunk=self.settings.chunk_tokens,
            window=self.settings.window_tokens,
            reread=self.settings.reread_tokens,
        )
        yield Progress(STAGE, began_at, total, "token")
        saved: SavedAdapter | None = None
        for window in windows:
            yield from self._window(window, total)
            saved = self._save()
            yield Progress(STAGE, self.position.token, total, "token")
        saved = saved or self._save()  # resumed when nothing was left to do
        return self._learned(saved, self.position.token - began_at)

    def _window(self, window: Window, total: int) -> Steps[None]:
        with_base = self.position.windows % self.settings.base_every == 0
        start = window.chunks[0][0]
        yield from self._timed(
            self.trainer.read_again(self.text.inputs[window.reread_start : start], with_base=with_base)
        )
        for start, end in window.chunks:
            yield from self._chunk(start, end, total, with_base=with_base)
        self.position.windows += 1

    def _chunk(self, start: int, end: int, total: int, *, with_base: bool) -> Steps[None]:
        inputs, labels = self.text.inputs[start:end], self.text.labels[start:end]
        before_s = self.seconds
        base = (yield from self._timed(self.trainer.base_score(inputs, labels))) if with_base else None
        settings = self.settings
        rate = learning_rate_at(self.position.tally.chunks, settings.learning_rate)
        training = self.trainer.score_and_train(inputs, labels, learning_rate=rate, epochs=settings.epochs)
        score = yield from self._timed(training)
        tally = self.position.tally
        tally.add(end - start, score, base)
        self.position.token = end
        detail = ChunkScore(
            ordinal=tally.chunks - 1,
            tokens_done=end,
            tokens_total=total,
            char_end=self.text.char_ends[end - 1],
            adapter_nll=score,
            base_nll=base,
            scored_tokens=end - start,
            seconds=self.seconds - before_s,
            base_ppl=tally.base_ppl,
            adapter_ppl=tally.paired_adapter_ppl,
        )
        yield Progress(STAGE, end, total, "token", detail)

    def _timed(self, steps: Generator[None, None, Value]) -> Steps[Value]:
        """Pass the pauses on and count only the time spent computing, not that of jobs let in between."""
        while True:
            began = time.perf_counter()
            try:
                next(steps)
            except StopIteration as stop:
                value: Value = stop.value
                return value
            finally:
                self.seconds += time.perf_counter() - began
            yield None

    def _save(self) -> SavedAdapter:
        trainer, tally = self.trainer, self.position.tally
        save_checkpoint(
            self.folder,
            self.key,
            self.position,
            trainer.pairs,
            moments(trainer.optimizer, lora.named_tensors(trainer.pairs)),
        )
        provenance = Provenance(
            model_name=self.backend.info.model.name,
            model_identity=self.backend.info.model.identity,
            text_sha256=self.text_sha256,
            rank=self.settings.rank,
            scale=self.settings.scale,
            tokens=tally.tokens,
            char_end=self.text.char_ends[self.position.token - 1],
        )
        return save_adapter(self.folder, trainer.pairs, provenance)

    def _learned(self, saved: SavedAdapter, new_tokens: int) -> Learned:
        tally = self.position.tally
        assert tally.base_ppl is not None and tally.paired_adapter_ppl is not None  # the first window is always scored
        return Learned(
            base_ppl=tally.base_ppl,
            adapter_ppl=tally.paired_adapter_ppl,
            gain=1.0 - tally.paired_adapter_ppl / tally.base_ppl,
            tokens=tally.tokens,
            scored_tokens=tally.paired_tokens,
            all_adapter_ppl=tally.all_adapter_ppl,
            window_mean_ppl=tally.window_mean_ppl,
            tokens_per_s=new_tokens / self.seconds if self.seconds else 0.0,
            chunks=tally.chunks,
            adapter_bytes=saved.file_bytes,
            adapter_sha256=saved.sha256,
            complete=len(self.text.labels) == self.text.whole_tokens,
            char_end=self.text.char_ends[self.position.token - 1],
        )


def _activation_bytes(backend: TorchBackend, tokens: int) -> int:
    """About what a chunk's forward pass keeps for its backward pass: 12 hidden and 6 MLP-wide tensors a layer."""
    config = backend.model.config
    per_token = 12 * config.hidden_size + 6 * config.intermediate_size
    return int(config.num_hidden_layers * tokens * per_token * backend.model.dtype.itemsize)
