"""Gist encoders: which there are, training one for a model, and removing it.

An encoder turns a prompt into a few gist tokens for one model. It is trained on files that are handed in for it, and on the
prompts that come with Palimpsest; never on documents of the library, so that forgetting one leaves nothing in an encoder.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.operations.compressor_cards import Card, read_card
from app.operations.compressor_folders import (
    COMPRESSORS_FOLDER,
    CompressorMethod,
    model_folder,
    own_encoder_folder,
    shipped_encoder_folder,
    training_folder,
)
from app.operations.models import current_model, find_model, loadable_models
from app.operations.one_learns import LOCK_FILE, TRAIN_COMPRESSOR, refuse_while_another_learns
from app.services import Services, Ticket
from engine.api import CompressorScore, CompressorTrained, GistTraining, ModelRef, TrainCompressor
from engine.jobs import Event, Failed, Finished, Lane, Progress, is_end
from storage import jobs
from storage.errors import StorageError

KIND = TRAIN_COMPRESSOR
ENCODER_FILE = "gist_encoder.safetensors"
WEIGHTS_FILES = {CompressorMethod.GIST: ENCODER_FILE, CompressorMethod.SEGMENTS: "segment_compressor.safetensors"}
CHECKPOINT_FILE = "checkpoint.safetensors"
_REMOVED_FOLDER = COMPRESSORS_FOLDER / ".removed"


@dataclass(frozen=True, slots=True)
class Compressor:
    """A gist encoder of a model, or one whose training has begun.

    own: trained here, not shipped with Palimpsest. ready: it can be used. resumable: a training stopped and can go on.
    used: prompts of the model are compressed with it. bytes: of its folder, and of the training that can go on.
    card: data, steps, figures and licence, as its file says. begun: every look at held-out prompts of the training that can go on;
    that need not be the one of `card`.
    """

    model_name: str
    folder: Path
    own: bool
    ready: bool
    resumable: bool
    used: bool
    bytes: int
    card: Card
    begun: tuple[CompressorScore, ...] = ()


@dataclass(frozen=True, slots=True)
class RemovedCompressor:
    """What was trained here for a model and taken away, as long as it can be put back."""

    folder: Path
    kept: Path


def encoder_folder(services: Services, model: ModelRef) -> Path | None:
    """The encoder a model's prompts are compressed with; None: it has none.

    The user's own comes before the one that ships with Palimpsest, and that before one whose training is not over.
    """
    return _folder_in_use(services, model, CompressorMethod.GIST)


def segment_compressor_folder(services: Services, model: ModelRef) -> Path | None:
    """The compressor a model's long documents are remembered with; None: it has none. Whose comes first: as of `encoder_folder`."""
    return _folder_in_use(services, model, CompressorMethod.SEGMENTS)


def compressors_of(services: Services, model: ModelRef) -> list[Compressor]:
    """A model's encoders: the user's own, whole or begun, and the one that comes with Palimpsest."""
    used = encoder_folder(services, model)
    own, training = _own_folders(services, model)
    found = []
    folder, can_go_on = own if _is_ready(own, model) else training, is_resumable(training)
    if _is_ready(folder, model) or can_go_on:
        found.append(
            Compressor(
                model_name=model.name,
                folder=folder,
                own=True,
                ready=_is_ready(folder, model),
                resumable=can_go_on,
                used=folder == used,
                bytes=_bytes(own) + _bytes(training),
                card=read_card(folder),
                begun=read_card(training).curve if can_go_on else (),
            )
        )
    shipped = shipped_encoder_folder(model)
    if _is_ready(shipped, model):
        size, card = _bytes(shipped), read_card(shipped)
        found.append(Compressor(model.name, shipped, False, True, False, shipped == used, size, card))
    return found


def compressors(services: Services) -> list[Compressor]:
    """Every encoder of the models that are here, of the one in use first."""
    return [found for model in loadable_models(services) for found in compressors_of(services, model)]


def check_has_encoder(services: Services, model: ModelRef) -> Path:
    """The encoder's folder. Raises StorageError with the way out when the model has none."""
    folder = encoder_folder(services, model)
    if folder is None:
        raise StorageError(
            f"{model.name} has no gist encoder yet: train one (palimpsest compress train --model {model.name}), or keep the"
            " prompt exactly as it is."
        )
    return folder


def train(
    services: Services,
    *,
    model: str | None = None,
    data: Sequence[Path] = (),
    config: GistTraining | None = None,
    licence: str = "",
    resume: bool = False,
) -> Ticket:
    """Train a gist encoder for a model. Progress.detail: CompressorScore; Finished.result: CompressorTrained.

    It takes the place of the user's own for this model when it is whole. data: files or folders of prompts, beside those that
    come with Palimpsest. resume: go on where training stopped, with the data and the settings it began with unless others
    are given. Raises StorageError while another Palimpsest learns or trains, or when there is nothing to go on with.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    folder = training_folder(services.data_dir, ref.identity)
    _refuse_while_training(services, ref)
    if resume and not is_resumable(folder):
        raise StorageError(f"No training of a gist encoder for {ref.name} was stopped here; begin a new one.")
    with services.database.session() as session:
        refuse_while_another_learns(services, session)
        begun = _Run(tuple(data), config or GistTraining(), licence)
        run = begun.completed_by(_last_run(session, ref.identity)) if resume else begun
        missing = next((path for path in run.data if not path.exists()), None)
        if missing is not None:
            raise StorageError(f"There is no file {missing}.")
        job_row = jobs.add_job(session, kind=KIND, document_id=None, params=run.params(ref.identity))
    request = TrainCompressor(
        model=ref,
        folder=folder,
        data=run.data,
        config=run.config,
        resume=resume,
        licence=run.licence,
        lock_file=services.data_dir / LOCK_FILE,
    )
    return services.submit(
        services.engine,
        request,
        lane=Lane.BACKGROUND,
        kind=KIND,
        title=ref.name,
        store=_TrainingStore(services, job_row, own_encoder_folder(services.data_dir, ref.identity)),
    )


def remove(services: Services, model: str | None = None) -> RemovedCompressor:
    """Take away what the user trained for a model, whole or begun. Until `purge_removed`, `put_back` undoes it.

    Gists it made stay usable. Raises StorageError while it is being trained, or when there is none.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    _refuse_while_training(services, ref)
    folder = model_folder(services.data_dir, ref.identity)
    if not folder.is_dir():
        if shipped_encoder_folder(ref).is_dir():
            raise StorageError(f"The gist encoder of {ref.name} comes with Palimpsest and stays.")
        raise StorageError(f"No gist encoder was trained for {ref.name} here.")
    purge_removed(services)
    kept = services.data_dir / _REMOVED_FOLDER / folder.name
    _move(folder, kept)
    return RemovedCompressor(folder, kept)


def put_back(removed: RemovedCompressor) -> None:
    """Undo `remove`. Raises StorageError when it was purged, or another one was trained meanwhile."""
    if removed.folder.exists():
        raise StorageError("Another gist encoder was trained meanwhile; remove that one first.")
    if not removed.kept.exists():
        raise StorageError("This gist encoder was deleted for good.")
    _move(removed.kept, removed.folder)


def purge_removed(services: Services) -> None:
    """Delete for good what was removed."""
    shutil.rmtree(services.data_dir / _REMOVED_FOLDER, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """What a training was begun with, as the row of its job keeps it."""

    data: tuple[Path, ...]
    config: GistTraining
    licence: str

    def completed_by(self, before: _Run | None) -> _Run:
        """With what was given before wherever nothing is given now."""
        if before is None:
            return self
        config = self.config if self.config != GistTraining() else before.config
        return _Run(self.data or before.data, config, self.licence or before.licence)

    def params(self, identity: str) -> dict[str, Any]:
        files = [str(path.resolve()) for path in self.data]
        return {"identity": identity, "data": files, "config": asdict(self.config), "licence": self.licence}


def _last_run(session: Session, identity: str) -> _Run | None:
    """The newest training for a model, whatever became of it."""
    for job in reversed(jobs.jobs(session, (*jobs.UNDER_WAY, *jobs.ENDED))):
        if job.kind == KIND and job.params["identity"] == identity:
            params = job.params
            return _Run(tuple(map(Path, params["data"])), GistTraining(**params["config"]), params["licence"])
    return None


class _TrainingStore:
    """Keeps the job's row true, so that another Palimpsest knows of it and a crash is noticed; puts a whole encoder in place."""

    def __init__(self, services: Services, job_row: int, own_folder: Path) -> None:
        self._services = services
        self._job_row = job_row
        self._own_folder = own_folder
        self._running = False

    def __call__(self, event: Event) -> Event:
        if isinstance(event, Progress) and (isinstance(event.detail, CompressorScore) or not self._running):
            self._running = True
            self._update(state="running", stage=event.stage, done=event.done, total=event.total)
        elif isinstance(event, Failed):
            self._update(state="failed", message=event.message)
        elif isinstance(event, Finished):
            try:
                event = Finished(self._put_in_place(event.result))
            except StorageError as problem:
                self._update(state="failed", message=str(problem))
                raise
            self._update(state="done")
        elif is_end(event):
            self._update(state="stopped")
        return event

    def _put_in_place(self, trained: CompressorTrained) -> CompressorTrained:
        if not trained.complete:
            return trained
        _replace(self._own_folder, trained.folder)
        # Several times the encoder, and nothing is left to do; one that cannot be deleted is in nobody's way.
        with suppress(OSError):
            (self._own_folder / CHECKPOINT_FILE).unlink(missing_ok=True)
        return replace(trained, folder=self._own_folder)

    def _update(self, **values: Any) -> None:
        with self._services.database.session() as session:
            jobs.update_job(session, self._job_row, **values)


def _refuse_while_training(services: Services, model: ModelRef) -> None:
    if any(ticket.kind == KIND and ticket.title == model.name for ticket in services.open_tickets()):
        raise StorageError(f"A gist encoder for {model.name} is being trained; stop that first.")


def _folder_in_use(services: Services, model: ModelRef, method: CompressorMethod) -> Path | None:
    own, training = _own_folders(services, model, method)
    for folder in (own, shipped_encoder_folder(model, method), training):
        if _is_ready(folder, model, method):
            return folder
    return None


def _own_folders(
    services: Services, model: ModelRef, method: CompressorMethod = CompressorMethod.GIST
) -> tuple[Path, Path]:
    """Of the whole encoder, and of the one in training."""
    data_dir, identity = services.data_dir, model.identity
    return own_encoder_folder(data_dir, identity, method), training_folder(data_dir, identity, method)


def _is_ready(folder: Path, model: ModelRef, method: CompressorMethod = CompressorMethod.GIST) -> bool:
    """Whether an encoder for exactly this model lies there that has been trained at all."""
    card = read_card(folder)
    return (folder / WEIGHTS_FILES[method]).is_file() and card.model_identity == model.identity and card.steps > 0


def is_resumable(folder: Path) -> bool:
    """Whether a training that was begun in this folder can go on."""
    return (folder / CHECKPOINT_FILE).is_file()


def _bytes(folder: Path) -> int:
    """What lies there; a training that writes there right now may take a file away while it is looked at."""
    total = 0
    with suppress(OSError):
        for path in folder.rglob("*"):
            with suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
    return total


def _replace(target: Path, source: Path) -> None:
    """Put a folder in the place of another. Raises StorageError when it cannot be moved; the other one is there again then."""
    before = target.with_name(f"{target.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if target.exists():
        _move(target, before)
    try:
        _move(source, target)
    except StorageError:
        if before.exists():
            _move(before, target)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
    except OSError as problem:
        raise StorageError(f"The folder {source} cannot be moved: {problem.strerror}.") from problem
