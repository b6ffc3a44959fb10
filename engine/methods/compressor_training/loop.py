"""The loop every compressor is trained in: a step, now and then a look at what is held out, a checkpoint, a card.

Knows an optimiser and a folder. Knows nothing of what is trained, of texts and of models.

A run that is stopped, or killed, goes on from its last checkpoint to the same compressor as one that was not (with the same number
type and thread count), as long as the n-th step of a trainee is the same whenever it is taken.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from engine.adam_moments import Named
from engine.api import CompressorScore, CompressorTrained, ModelInfo, TrainCompressor
from engine.errors import EngineError
from engine.jobs import Progress, Steps
from engine.methods.compressor_training.checkpoint import RunKey, RunPosition, load_run, save_run
from engine.methods.compressor_training.files import SavedWeights
from engine.methods.compressor_training.schedule import learning_rate_at

GRADIENT_CLIP = 1.0
CHECKPOINT_EVERY = 10
"""Steps lost at most when a run is killed."""


@dataclass(frozen=True, slots=True)
class Look:
    """How what is held out fares, by k or by ratio; see `CompressorScore`."""

    divergence: dict[int, float]
    recovered: dict[int, float]
    divergence_none: float


class Trainee(Protocol):
    """A compressor that is trained."""

    @property
    def trained(self) -> Named: ...

    def accumulate(self, step: int) -> Steps[float]:
        """Add the gradients of a step, counted from 0, to `.grad`; returns its mean loss."""
        ...

    def look(self) -> Steps[Look]:
        """Score what is held out."""
        ...

    def save(self, folder: Path, card: Mapping[str, Any]) -> SavedWeights:
        """Write the compressor as it is."""
        ...


@dataclass(frozen=True, slots=True)
class Course:
    """stage: what progress is called. settings: all of them, for the card, and as what a checkpoint must agree with."""

    stage: str
    method: str
    steps: int
    batch: int
    learning_rate: float
    look_every: int
    settings: Mapping[str, Any]
    data: tuple[str, ...]
    """What it is trained on, as the card names it."""


def train(request: TrainCompressor, info: ModelInfo, trainee: Trainee, course: Course) -> Steps[CompressorTrained]:
    """Progress counts steps; at every look, and then a checkpoint, its detail is a CompressorScore.

    Raises StateMismatch when the checkpoint that is to be gone on with is of another run.
    """
    if not request.resume and request.folder.exists():
        shutil.rmtree(request.folder)
    request.folder.mkdir(parents=True, exist_ok=True)
    return (yield from _Run(request, info, trainee, course).steps())


class _Run:
    """One training job. Holds what the loop needs."""

    def __init__(self, request: TrainCompressor, info: ModelInfo, trainee: Trainee, course: Course) -> None:
        self.request = request
        self.info = info
        self.trainee = trainee
        self.course = course
        self.key = RunKey(request.model.identity, _data_sha256(request.data), course.settings)
        self.optimizer = torch.optim.AdamW(
            [tensor for _, tensor in trainee.trained], lr=course.learning_rate, weight_decay=0.0, fused=True
        )
        position = load_run(request.folder, self.key, trainee.trained, self.optimizer) if request.resume else None
        self.position = position or RunPosition(step=0, seconds=0.0, curve=[])

    def steps(self) -> Steps[CompressorTrained]:
        course, position = self.course, self.position
        yield Progress(course.stage, position.step, course.steps, "step")
        losses: list[float] = []
        saved: SavedWeights | None = None
        if not position.curve:
            yield from self._look(losses)
        while position.step < course.steps:
            losses.append((yield from self._step()))
            position.step += 1
            if position.step % course.look_every == 0 or position.step == course.steps:
                saved = yield from self._look(losses)
                losses.clear()
            elif position.step % CHECKPOINT_EVERY == 0:
                self._checkpoint()
            yield Progress(course.stage, position.step, course.steps, "step")
        saved = saved or self._save()
        return CompressorTrained(
            folder=self.request.folder,
            steps=position.step,
            examples=position.step * course.batch,
            score=position.curve[-1],
            encoder_bytes=saved.file_bytes,
            encoder_sha256=saved.sha256,
            seconds=position.seconds,
            complete=True,
        )

    def _step(self) -> Steps[float]:
        began = time.perf_counter()
        step, trained = self.position.step, [tensor for _, tensor in self.trainee.trained]
        loss = yield from self.trainee.accumulate(step)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate_at(step, steps=self.course.steps, highest=self.course.learning_rate)
        norm = torch.nn.utils.clip_grad_norm_(trained, GRADIENT_CLIP)
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise EngineError(
                f"The training went astray at step {step + 1:,}: its figures are no longer numbers. Train anew with a learning rate"
                f" below {self.course.learning_rate:g}."
            )
        for tensor in trained:  # what this step did not use
            if tensor.grad is None:
                tensor.grad = torch.zeros_like(tensor)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.position.seconds += time.perf_counter() - began
        return loss

    def _look(self, losses: list[float]) -> Steps[SavedWeights]:
        """Score what is held out, write compressor and checkpoint."""
        began = time.perf_counter()
        look = yield from self.trainee.look()
        self.position.seconds += time.perf_counter() - began
        score = CompressorScore(
            step=self.position.step,
            steps=self.course.steps,
            examples=self.position.step * self.course.batch,
            loss=sum(losses) / len(losses) if losses else 0.0,
            divergence=look.divergence,
            recovered=look.recovered,
            divergence_none=look.divergence_none,
            seconds=self.position.seconds,
        )
        self.position.curve.append(score)
        saved = self._save()
        yield Progress(self.course.stage, self.position.step, self.course.steps, "step", score)
        return saved

    def _save(self) -> SavedWeights:
        self._checkpoint()
        return self.trainee.save(self.request.folder, self._card())

    def _checkpoint(self) -> None:
        save_run(self.request.folder, self.key, self.position, self.trainee.trained, self.optimizer)

    def _card(self) -> dict[str, Any]:
        last = self.position.curve[-1]
        return {
            "method": self.course.method,
            "steps": self.position.step,
            "of_steps": self.course.steps,
            "examples": last.examples,
            "data": list(self.course.data),
            "licence": self.request.licence,
            "settings": dict(self.course.settings),
            "seconds": round(self.position.seconds),
            "device": self.info.device,
            "dtype": self.info.dtype,
            "held_out": asdict(last),
            "curve": [asdict(each) for each in self.position.curve],
        }


def _data_sha256(paths: Iterable[Path]) -> str:
    """Names and sizes of the files: other data is another run."""
    files = sorted(each for path in paths for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file())
    listed = "\n".join(f"{file.name} {file.stat().st_size}" for file in files)
    return hashlib.sha256(listed.encode()).hexdigest()
