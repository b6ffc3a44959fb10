"""The handler of `TrainCompressor` for segment compressors: books in, a compressor out, looked at on authors that were held out."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.adam_moments import Named
from engine.api import SEGMENT_RATIOS, CompressorTrained, SegmentTraining, TrainCompressor
from engine.backends.pytorch import TorchBackend
from engine.devices import free_bytes
from engine.errors import EngineError
from engine.jobs import Progress, Steps, beside
from engine.methods.compressor_training.files import SavedWeights, read_card
from engine.methods.compressor_training.loop import Course, Look, train
from engine.methods.segments.compressor import (
    CompressorHeader,
    SegmentCompressor,
    load_compressor,
    new_compressor,
    save_compressor,
    take_weights,
)
from engine.methods.segments.encoding import encoder_layers
from engine.methods.segments.examples import Corpus, load_corpus
from engine.methods.segments.gradients import accumulate
from engine.methods.segments.memory import sink_token
from engine.methods.segments.objective import Distiller, Texts
from engine.methods.segments.settings import SegmentSettings, resolve, side_by_side
from engine.runtime import Runtime

STAGE = "Training the segment compressor"
GRAPH_SHARE = 0.3
"""Of the graphics memory that is free, for the graph of encoding, and as much for that of decoding."""
TOKENS_ON_CPU = 768
"""What is read at once where nothing is gained by more, and a question may be waiting."""


def train_compressor(request: TrainCompressor, runtime: Runtime) -> Steps[CompressorTrained]:
    """Progress counts steps; see `engine.methods.compressor_training.loop`."""
    backend = yield from runtime.load(request.model)
    if not isinstance(backend, TorchBackend) or not isinstance(request.config, SegmentTraining):
        raise EngineError(f"{request.model.name} cannot be trained with; choose a model that PyTorch runs.")
    settings = resolve(
        request.config,
        parameters=backend.info.parameters,
        parameters_per_rank=_parameters_per_rank(backend.model),
        context_tokens=backend.info.context_tokens,
        on_gpu=backend.device.type == "cuda",
    )
    begun = None if request.begin_with is None else load_compressor(request.begin_with, backend, torch.float32)
    yield Progress("Reading the books", 0)
    corpus = yield from beside(lambda: load_corpus(request.data, settings.hold_out))
    course = Course(
        stage=STAGE,
        method="segments",
        steps=settings.steps,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
        look_every=settings.look_every,
        settings={**settings.as_dict(), "begun_with": None if begun is None else begun.sha256},
        data=tuple(path.name for path in request.data),
    )
    begun_with = None if request.begin_with is None else read_card(request.begin_with)
    trainee = _Trainee(backend, settings, corpus, begun, begun_with)
    return (yield from train(request, backend.info, trainee, course))


class _Trainee:
    """A compressor in training. Holds what steps and looks need."""

    def __init__(
        self,
        backend: TorchBackend,
        settings: SegmentSettings,
        corpus: Corpus,
        begun: SegmentCompressor | None,
        begun_with: Mapping[str, Any] | None,
    ) -> None:
        self._backend = backend
        self._settings = settings
        self._corpus = corpus
        info = backend.info.model
        header = CompressorHeader(info.name, info.identity, settings.segment_tokens, settings.rank, settings.scale)
        self._compressor = new_compressor(backend.model, header, seed=settings.seed)
        if begun is not None:
            take_weights(self._compressor, begun)
        self._distiller = Distiller.of(
            backend.model, self._compressor, sink_id=sink_token(backend), gold_share=settings.gold_share
        )
        self._encoded_at_once, self._decoded_at_once = side_by_side(settings, _room_tokens(backend))
        self._looked_at: list[Tensor] = []
        self._begun_with = begun_with
        """The card of the compressor this one began with: what it has learned and whom it has not read is true of both."""

    @property
    def trained(self) -> Named:
        return self._compressor.named_tensors()

    def accumulate(self, step: int) -> Steps[float]:
        settings = self._settings
        name = f"{settings.seed}:{step}"
        draw = random.Random(f"{name}:how")
        (ratio,) = draw.choices(list(settings.ratio_weights), list(settings.ratio_weights.values()))
        verbatim = int(draw.random() < settings.verbatim_share)
        ids = self._samples(name, settings.batch, held_out=False)
        teacher = self._distiller.taught(ids)
        yield None
        return (
            yield from accumulate(
                Texts(self._distiller, ids, ratio, verbatim, teacher),
                settings.gradient,
                window=settings.window,
                generator=torch.Generator().manual_seed(draw.getrandbits(48)),
                encode_batch=self._encoded_at_once,
                decode_batch=self._decoded_at_once,
            )
        )

    def look(self) -> Steps[Look]:
        """The last two segments of every text, behind the memory of those before, and behind nothing; against having read it all."""
        settings, distiller = self._settings, self._distiller
        size, behind = settings.segment_tokens, settings.segments - 2
        if not self._looked_at:
            found = self._samples(f"{settings.seed}:held out", settings.held_out, held_out=True)
            self._looked_at = [found[row : row + settings.batch] for row in range(0, len(found), settings.batch)]
        kl: dict[int | None, Tensor] = {}
        nll: dict[int | None, Tensor] = {}
        full, count = torch.zeros((), device=self._backend.device), 0
        for ids in self._looked_at:
            teacher = distiller.taught(ids)[:, behind * size :]
            yield None
            rows, labels = ids[:, behind * size : -1], ids[:, behind * size + 1 :]
            for ratio in (None, *SEGMENT_RATIOS):
                memory, slots = None, 0
                if ratio is not None:
                    encoded = distiller.encode(ids[:, : behind * size].reshape(-1, size), ratio, with_grad=False)
                    slots = behind * (size // ratio)
                    memory = encoded.view(len(encoded), len(ids), slots, -1)
                    yield None
                student = distiller.read_behind(memory, [slots], rows[None], with_grad=False)[0]
                distances = distiller.distances(teacher, student, labels)
                kl[ratio] = kl.get(ratio, 0) + distances.kl.sum()
                nll[ratio] = nll.get(ratio, 0) + distances.student_nll.sum()
                if ratio is None:
                    full = full + distances.teacher_nll.sum()
                    count += labels.numel()
                yield None
        return Look(
            divergence={ratio: float(kl[ratio]) / count for ratio in SEGMENT_RATIOS},
            recovered={ratio: float((nll[None] - nll[ratio]) / (nll[None] - full)) for ratio in SEGMENT_RATIOS},
            divergence_none=float(kl[None]) / count,
        )

    def save(self, folder: Path, card: Mapping[str, Any]) -> SavedWeights:
        read = sorted(book.name for book in self._corpus.trained)
        held_out = sorted({book.author or book.name for book in self._corpus.held_out})
        described = {**card, "books": read, "held_out_authors": held_out, "begun_with": self._begun_with}
        return save_compressor(folder, self._compressor, described)

    def _samples(self, name: str, count: int, *, held_out: bool) -> Tensor:
        """`[count, T * l + 1]` token ids."""
        settings, backend = self._settings, self._backend
        tokens = settings.segments * settings.segment_tokens + 1
        return torch.tensor(
            self._corpus.samples(name, count, backend.tokenizer, tokens, held_out=held_out), device=backend.device
        )


def _room_tokens(backend: TorchBackend) -> int:
    """Of how many tokens there is room for a graph here: each layer keeps about twenty rows as wide as itself and six as its MLP."""
    if backend.device.type != "cuda":
        return TOKENS_ON_CPU
    config = backend.model.config
    kept: int = config.num_hidden_layers * (20 * config.hidden_size + 6 * config.intermediate_size)
    return int(GRAPH_SHARE * free_bytes(backend.device) / (kept * backend.model.dtype.itemsize))


def _parameters_per_rank(model: Any) -> int:
    """What one more rank of both adapters adds: a row as wide as each adapted layer's input, a column as its output."""
    layers = [model.adapted_layers[name].base for names in encoder_layers(model) for name in names]
    return sum(layer.in_features + layer.out_features for layer in layers)
