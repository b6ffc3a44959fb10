"""The handler of `TrainCompressor`: prompts in, a gist encoder out, step by step, looked at on held-out prompts.

A run that is stopped, or killed, goes on from its last checkpoint to the same encoder as one that was not (with the same number type
and thread count): the n-th batch is the same whenever it is made.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from engine import lora
from engine.api import GIST_TOKENS, CompressorScore, CompressorTrained, TrainCompressor
from engine.backends.pytorch import TorchBackend
from engine.errors import EngineError
from engine.jobs import Progress, Steps, beside
from engine.layerwise import Decoder
from engine.methods.gist.checkpoint import RunKey, RunPosition, load_run, save_run
from engine.methods.gist.distillation import Batch, Distiller, make_batch
from engine.methods.gist.encoder import EncoderHeader, SavedEncoder, new_embeddings, save_encoder
from engine.methods.gist.examples import Corpus, Draft, Example, Lengths, load_corpus
from engine.methods.gist.replies import write_replies
from engine.methods.gist.settings import K_WEIGHTS, GistSettings, learning_rate_at, resolve
from engine.runtime import Runtime

STAGE = "Training the gist encoder"
GRADIENT_CLIP = 1.0
BATCHES_AT_ONCE = 4
CHECKPOINT_EVERY = 10
"""Steps lost at most when a run is killed."""


def train_compressor(request: TrainCompressor, runtime: Runtime) -> Steps[CompressorTrained]:
    """Progress counts steps; at every look at the held-out prompts, and then a checkpoint, its detail is a CompressorScore."""
    backend = yield from runtime.load(request.model)
    if not isinstance(backend, TorchBackend):
        raise EngineError(f"{request.model.name} cannot be trained with; choose a model that PyTorch runs.")
    settings = resolve(request.config, parameters=backend.info.parameters, context_tokens=backend.info.context_tokens)
    yield Progress("Reading the prompts", 0)
    corpus = yield from beside(lambda: load_corpus(request.data))
    if not request.resume and request.folder.exists():
        shutil.rmtree(request.folder)
    request.folder.mkdir(parents=True, exist_ok=True)
    return (yield from _Run(request, backend, settings, corpus).steps())


class _Run:
    """One training job. Holds what a step needs; `steps` is the loop."""

    def __init__(self, request: TrainCompressor, backend: TorchBackend, settings: GistSettings, corpus: Corpus) -> None:
        self.request = request
        self.backend = backend
        self.settings = settings
        self.corpus = corpus
        self.lengths = Lengths(settings.max_prompt_tokens, settings.continuation_tokens, settings.continuation_tokens)
        self.key = RunKey(request.model.identity, _data_sha256(request.data), settings)
        self.pairs = lora.new_pairs(backend.model, rank=settings.rank, scale=settings.scale, seed=settings.seed)
        newline = backend.tokenizer.encode("\n")[-1]
        self.embeddings = new_embeddings(backend.model, seed=settings.seed, like_token=newline)
        self.distiller = Distiller(
            backend.model, Decoder.of(backend.model), self.pairs, self.embeddings, settings.gold_share
        )
        self.trained = [*lora.named_tensors(self.pairs), ("embeddings", self.embeddings)]
        self.optimizer = torch.optim.AdamW(
            [tensor for _, tensor in self.trained], lr=settings.learning_rate, weight_decay=0.0, fused=True
        )
        position = load_run(request.folder, self.key, self.trained, self.optimizer) if request.resume else None
        self.position = position or RunPosition(step=0, seconds=0.0, curve=[])
        self.seconds = self.position.seconds
        self.looks: list[Batch] = []
        self.made: dict[int, list[Batch]] = {}
        """The batches at hand, by the first step they are for."""

    def steps(self) -> Steps[CompressorTrained]:
        total = self.settings.steps
        yield Progress(STAGE, self.position.step, total, "step")
        losses: list[float] = []
        saved: SavedEncoder | None = None
        if not self.position.curve:
            yield from self._look(losses)
        while self.position.step < total:
            losses.append((yield from self._step(self.position.step)))
            self.position.step += 1
            if self.position.step % self.settings.look_every == 0 or self.position.step == total:
                saved = yield from self._look(losses)
                losses.clear()
            elif self.position.step % CHECKPOINT_EVERY == 0:
                self._checkpoint()
            yield Progress(STAGE, self.position.step, total, "step")
        saved = saved or self._save()
        last = self.position.curve[-1]
        return CompressorTrained(
            folder=self.request.folder,
            steps=self.position.step,
            examples=self.position.step * self.settings.batch,
            score=last,
            encoder_bytes=saved.file_bytes,
            encoder_sha256=saved.sha256,
            seconds=self.seconds,
            complete=True,
        )

    def _step(self, step: int) -> Steps[float]:
        settings = self.settings
        began = time.perf_counter()
        draw = random.Random(f"{settings.seed}:k:{step}")
        (k,) = draw.choices(list(K_WEIGHTS), list(K_WEIGHTS.values()))
        batch = yield from self._next_batch(step)
        loss = yield from self.distiller.train(batch, k)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate_at(step, settings)
        torch.nn.utils.clip_grad_norm_([tensor for _, tensor in self.trained], GRADIENT_CLIP)
        for _, tensor in self.trained:  # gist tokens this step did not use
            if tensor.grad is None:
                tensor.grad = torch.zeros_like(tensor)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.seconds += time.perf_counter() - began
        return loss

    def _next_batch(self, step: int) -> Steps[Batch]:
        """Batches are made BATCHES_AT_ONCE at a time: prompts of like length go together, and replies are written side by side."""
        settings, begins = self.settings, step - step % BATCHES_AT_ONCE
        if begins not in self.made:
            name, count = f"{settings.seed}:{begins}", BATCHES_AT_ONCE * settings.batch
            drafts = self.corpus.drafts(name, count, self.backend.tokenizer, self.lengths)
            batches = yield from self._batches(drafts)
            random.Random(name).shuffle(batches)
            self.made = {begins: batches}
        return self.made[begins][step - begins]

    def _batches(self, drafts: list[Draft]) -> Steps[list[Batch]]:
        replies = yield from write_replies(self.backend, drafts, tokens=self.settings.continuation_tokens)
        examples = [Example.of(draft, reply) for draft, reply in zip(drafts, replies, strict=True)]
        rows = self.settings.batch
        return [
            make_batch(examples[start : start + rows], self.backend.device) for start in range(0, len(examples), rows)
        ]

    def _look(self, losses: list[float]) -> Steps[SavedEncoder]:
        """Score the held-out prompts, write encoder and checkpoint."""
        began = time.perf_counter()
        if not self.looks:
            name, count = f"{self.settings.seed}:held out", self.settings.held_out
            drafts = self.corpus.drafts(name, count, self.backend.tokenizer, self.lengths, held_out=True)
            self.looks = yield from self._batches([replace(draft, kept_places=()) for draft in drafts])
        sums: dict[int | None, list[float]] = {}
        full, count = 0.0, 0
        for batch in self.looks:
            found = yield from self.distiller.score(batch, GIST_TOKENS)
            count += int(batch.scored.sum())
            full += float(found[None].teacher_nll.sum())
            for k, distances in found.items():
                kl, nll = sums.get(k, (0.0, 0.0))
                sums[k] = [kl + float(distances.kl.sum()), nll + float(distances.student_nll.sum())]
        none = sums[None][1]
        self.seconds += time.perf_counter() - began
        score = CompressorScore(
            step=self.position.step,
            steps=self.settings.steps,
            examples=self.position.step * self.settings.batch,
            loss=sum(losses) / len(losses) if losses else 0.0,
            divergence={k: sums[k][0] / count for k in GIST_TOKENS},
            recovered={k: (none - sums[k][1]) / (none - full) for k in GIST_TOKENS},
            divergence_none=sums[None][0] / count,
            seconds=self.seconds,
        )
        self.position.curve.append(score)
        saved = self._save()
        yield Progress(STAGE, self.position.step, self.settings.steps, "step", score)
        return saved

    def _save(self) -> SavedEncoder:
        self._checkpoint()
        info = self.backend.info.model
        header = EncoderHeader(info.name, info.identity, self.settings.rank, self.settings.scale)
        return save_encoder(self.request.folder, self.pairs, self.embeddings, header, self._card())

    def _checkpoint(self) -> None:
        self.position.seconds = self.seconds
        save_run(self.request.folder, self.key, self.position, self.trained, self.optimizer)

    def _card(self) -> dict[str, Any]:
        last = self.position.curve[-1]
        return {
            "method": "gist",
            "steps": self.position.step,
            "of_steps": self.settings.steps,
            "examples": last.examples,
            "data": ["prompts that come with Palimpsest", *(path.name for path in self.request.data)],
            "licence": self.request.licence,
            "settings": self.settings.as_dict(),
            "seconds": round(self.seconds),
            "device": self.backend.info.device,
            "dtype": self.backend.info.dtype,
            "held_out": asdict(last),
            "curve": [asdict(each) for each in self.position.curve],
        }


def _data_sha256(paths: tuple[Path, ...]) -> str:
    """Names and sizes of the files: other data is another run."""
    files = sorted(each for path in paths for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file())
    listed = "\n".join(f"{file.name} {file.stat().st_size}" for file in files)
    return hashlib.sha256(listed.encode()).hexdigest()
