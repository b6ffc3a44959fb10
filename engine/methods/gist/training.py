"""The handler of `TrainCompressor` for gist encoders: prompts in, an encoder out, looked at on held-out prompts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import lora
from engine.adam_moments import Named
from engine.api import GIST_TOKENS, CompressorTrained, GistTraining, TrainCompressor
from engine.backends.pytorch import TorchBackend
from engine.errors import EngineError
from engine.jobs import Progress, Steps, beside
from engine.layerwise import Decoder
from engine.methods.compressor_training.files import SavedWeights
from engine.methods.compressor_training.loop import Course, Look, train
from engine.methods.gist.distillation import Batch, Distiller, make_batch
from engine.methods.gist.encoder import EncoderHeader, new_embeddings, save_encoder
from engine.methods.gist.examples import Corpus, Draft, Example, Lengths, load_corpus
from engine.methods.gist.replies import write_replies
from engine.methods.gist.settings import K_WEIGHTS, GistSettings, resolve
from engine.runtime import Runtime

STAGE = "Training the gist encoder"
BATCHES_AT_ONCE = 4


def train_compressor(request: TrainCompressor, runtime: Runtime) -> Steps[CompressorTrained]:
    """Progress counts steps; see `engine.methods.compressor_training.loop`."""
    backend = yield from runtime.load(request.model)
    if not isinstance(backend, TorchBackend) or not isinstance(request.config, GistTraining):
        raise EngineError(f"{request.model.name} cannot be trained with; choose a model that PyTorch runs.")
    settings = resolve(request.config, parameters=backend.info.parameters, context_tokens=backend.info.context_tokens)
    yield Progress("Reading the prompts", 0)
    corpus = yield from beside(lambda: load_corpus(request.data))
    course = Course(
        stage=STAGE,
        method="gist",
        steps=settings.steps,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
        look_every=settings.look_every,
        settings=settings.as_dict(),
        data=("prompts that come with Palimpsest", *(path.name for path in request.data)),
    )
    return (yield from train(request, backend.info, _Trainee(backend, settings, corpus), course))


class _Trainee:
    """A gist encoder in training. Holds what steps and looks need."""

    def __init__(self, backend: TorchBackend, settings: GistSettings, corpus: Corpus) -> None:
        self.backend = backend
        self.settings = settings
        self.corpus = corpus
        self.lengths = Lengths(settings.max_prompt_tokens, settings.continuation_tokens, settings.continuation_tokens)
        self.pairs = lora.new_pairs(backend.model, rank=settings.rank, scale=settings.scale, seed=settings.seed)
        newline = backend.tokenizer.encode("\n")[-1]
        self.embeddings = new_embeddings(backend.model, seed=settings.seed, like_token=newline)
        self.distiller = Distiller(
            backend.model, Decoder.of(backend.model), self.pairs, self.embeddings, settings.gold_share
        )
        self.looks: list[Batch] = []
        self.made: dict[int, list[Batch]] = {}
        """The batches at hand, by the first step they are for."""

    @property
    def trained(self) -> Named:
        return [*lora.named_tensors(self.pairs), ("embeddings", self.embeddings)]

    def accumulate(self, step: int) -> Steps[float]:
        draw = random.Random(f"{self.settings.seed}:k:{step}")
        (k,) = draw.choices(list(K_WEIGHTS), list(K_WEIGHTS.values()))
        batch = yield from self._next_batch(step)
        return (yield from self.distiller.train(batch, k))

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

    def look(self) -> Steps[Look]:
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
        return Look(
            divergence={k: sums[k][0] / count for k in GIST_TOKENS},
            recovered={k: (none - sums[k][1]) / (none - full) for k in GIST_TOKENS},
            divergence_none=sums[None][0] / count,
        )

    def save(self, folder: Path, card: Mapping[str, Any]) -> SavedWeights:
        info = self.backend.info.model
        header = EncoderHeader(info.name, info.identity, self.settings.rank, self.settings.scale)
        return save_encoder(folder, self.pairs, self.embeddings, header, card)
