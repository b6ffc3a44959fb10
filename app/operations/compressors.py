"""Compressors: which there are, training one for a model, and removing it.

A gist encoder turns a prompt into a few gist tokens for one model, a segment compressor a long document into memory slots. Either is
trained on files that are handed in for it, a gist encoder also on the prompts that come with Palimpsest; never on documents of the
library, so that forgetting one leaves nothing in a compressor.
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
from app.operations.one_learns import (
    LOCK_FILE,
    TRAIN_COMPRESSOR,
    TRAIN_SEGMENT_COMPRESSOR,
    refuse_while_another_learns,
)
from app.services import Services, Ticket
from engine.api import (
    CompressorScore,
    CompressorTrained,
    GistTraining,
    GradientMethod,
    ModelRef,
    SegmentTraining,
    TrainCompressor,
)
from engine.jobs import Event, Failed, Finished, Lane, Progress, is_end
from storage import jobs
from storage.errors import StorageError

KIND = TRAIN_COMPRESSOR
"""Of a job that trains a gist encoder."""
SEGMENTS_KIND = TRAIN_SEGMENT_COMPRESSOR
"""Of a job that trains a segment compressor."""
ENCODER_FILE = "gist_encoder.safetensors"
SEGMENT_COMPRESSOR_FILE = "segment_compressor.safetensors"
CHECKPOINT_FILE = "checkpoint.safetensors"
_REMOVED_FOLDER = COMPRESSORS_FOLDER / ".removed"
_GIST, _SEGMENTS = CompressorMethod.GIST, CompressorMethod.SEGMENTS


@dataclass(frozen=True, slots=True)
class _Kind:
    """What differs between compressors here."""

    weights_file: str
    job: str
    config: type[GistTraining] | type[SegmentTraining]


_KINDS = {
    _GIST: _Kind(ENCODER_FILE, KIND, GistTraining),
    _SEGMENTS: _Kind(SEGMENT_COMPRESSOR_FILE, SEGMENTS_KIND, SegmentTraining),
}


@dataclass(frozen=True, slots=True)
class Compressor:
    """A compressor of a model, or one whose training has begun.

    own: trained here, not shipped with Palimpsest. ready: it can be used. resumable: a training stopped and can go on.
    used: it is what compresses for the model. bytes: of its folder, and of the training that can go on.
    card: data, steps, figures and licence, as its file says. begun: every look at what is held out, of the training that can go on;
    that need not be the one of `card`.
    """

    method: CompressorMethod
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
    return _folder_in_use(services, model, _GIST)


def segment_compressor_folder(services: Services, model: ModelRef) -> Path | None:
    """The compressor a model's long documents are remembered with; None: it has none. Whose comes first: as of `encoder_folder`."""
    return _folder_in_use(services, model, _SEGMENTS)


def compressors_of(services: Services, model: ModelRef, method: CompressorMethod = _GIST) -> list[Compressor]:
    """A model's compressors of a kind: the user's own, whole or begun, and the one that comes with Palimpsest."""
    used = _folder_in_use(services, model, method)
    own, training = _own_folders(services, model, method)
    found = []
    folder, can_go_on = own if _is_ready(own, model, method) else training, is_resumable(training)
    if _is_ready(folder, model, method) or can_go_on:
        found.append(
            Compressor(
                method=method,
                model_name=model.name,
                folder=folder,
                own=True,
                ready=_is_ready(folder, model, method),
                resumable=can_go_on,
                used=folder == used,
                bytes=_bytes(own) + _bytes(training),
                card=read_card(folder),
                begun=read_card(training).curve if can_go_on else (),
            )
        )
    shipped = shipped_encoder_folder(model, method)
    if _is_ready(shipped, model, method):
        size, card = _bytes(shipped), read_card(shipped)
        found.append(Compressor(method, model.name, shipped, False, True, False, shipped == used, size, card))
    return found


def compressors(services: Services, method: CompressorMethod = _GIST) -> list[Compressor]:
    """Every compressor of a kind of the models that are here, of the one in use first."""
    return [found for model in loadable_models(services) for found in compressors_of(services, model, method)]


def job_kind(method: CompressorMethod) -> str:
    """What jobs that train one are called."""
    return _KINDS[method].job


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
    config: GistTraining | SegmentTraining | None = None,
    method: CompressorMethod = _GIST,
    licence: str = "",
    resume: bool = False,
) -> Ticket:
    """Train a compressor for a model. Progress.detail: CompressorScore; Finished.result: CompressorTrained.

    It takes the place of the user's own for this model when it is whole. config: of the method; None: its defaults. data: files or
    folders, of prompts beside those that come with Palimpsest for a gist encoder, of books as plain text for a segment compressor.
    resume: go on where training stopped, with the data and the settings it began with unless others are given. Raises StorageError
    while another Palimpsest learns or trains, when there is nothing to go on with, or nothing to train on.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    kind, folder = _KINDS[method], training_folder(services.data_dir, ref.identity, method)
    config = config or kind.config()
    if not isinstance(config, kind.config):
        raise ValueError(f"settings of another kind of compressor than {method}")
    _refuse_while_training(services, ref, method)
    if resume and not is_resumable(folder):
        raise StorageError(f"No such training for {ref.name} was stopped here; begin a new one.")
    with services.database.session() as session:
        refuse_while_another_learns(services, session)
        begun = _Run(tuple(data), config, licence)
        run = begun.completed_by(_last_run(session, ref.identity, method)) if resume else begun
        missing = next((path for path in run.data if not path.exists()), None)
        if missing is not None:
            raise StorageError(f"There is no file {missing}.")
        if method is _SEGMENTS and not run.data:
            raise StorageError(
                "A segment compressor is trained on books as plain text; say where some are (--data FOLDER)."
            )
        begin_with = None
        if isinstance(run.config, SegmentTraining) and run.config.further:
            begin_with = segment_compressor_folder(services, ref)
            if begin_with is None:
                raise StorageError(f"{ref.name} has no segment compressor yet that could be trained further.")
        job_row = jobs.add_job(session, kind=kind.job, document_id=None, params=run.params(ref.identity))
    request = TrainCompressor(
        model=ref,
        folder=folder,
        data=run.data,
        config=run.config,
        resume=resume,
        licence=run.licence,
        begin_with=begin_with,
        lock_file=services.data_dir / LOCK_FILE,
    )
    return services.submit(
        services.engine,
        request,
        lane=Lane.BACKGROUND,
        kind=kind.job,
        title=ref.name,
        store=_TrainingStore(services, job_row, own_encoder_folder(services.data_dir, ref.identity, method)),
    )


def remove(services: Services, model: str | None = None, method: CompressorMethod = _GIST) -> RemovedCompressor:
    """Take away what the user trained of a kind for a model, whole or begun. Until `purge_removed`, `put_back` undoes it.

    What it compressed stays usable. Raises StorageError while it is being trained, or when there is none.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    _refuse_while_training(services, ref, method)
    there = [folder for folder in _own_folders(services, ref, method) if folder.is_dir()]
    if not there:
        if shipped_encoder_folder(ref, method).is_dir():
            raise StorageError(f"This compressor for {ref.name} comes with Palimpsest and stays.")
        raise StorageError(f"No such compressor was trained for {ref.name} here.")
    purge_removed(services)
    folder = model_folder(services.data_dir, ref.identity)
    kept = services.data_dir / _REMOVED_FOLDER / folder.name
    for each in there:
        _move(each, kept / each.name)
    with suppress(OSError):  # something else lies there
        folder.rmdir()
    return RemovedCompressor(folder, kept)


def put_back(removed: RemovedCompressor) -> None:
    """Undo `remove`. Raises StorageError when it was purged, or another one was trained meanwhile."""
    if not removed.kept.exists():
        raise StorageError("This compressor was deleted for good.")
    kept = sorted(removed.kept.iterdir())
    if any((removed.folder / each.name).exists() for each in kept):
        raise StorageError("Another compressor was trained meanwhile; remove that one first.")
    for each in kept:
        _move(each, removed.folder / each.name)
    with suppress(OSError):  # put back already, and of no other use
        removed.kept.rmdir()


def purge_removed(services: Services) -> None:
    """Delete for good what was removed."""
    shutil.rmtree(services.data_dir / _REMOVED_FOLDER, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """What a training was begun with, as the row of its job keeps it."""

    data: tuple[Path, ...]
    config: GistTraining | SegmentTraining
    licence: str

    def completed_by(self, before: _Run | None) -> _Run:
        """With what was given before wherever nothing is given now."""
        if before is None:
            return self
        config = self.config if self.config != type(self.config)() else before.config
        return _Run(self.data or before.data, config, self.licence or before.licence)

    def params(self, identity: str) -> dict[str, Any]:
        files = [str(path.resolve()) for path in self.data]
        return {"identity": identity, "data": files, "config": asdict(self.config), "licence": self.licence}


def _last_run(session: Session, identity: str, method: CompressorMethod) -> _Run | None:
    """The newest training for a model, whatever became of it."""
    kind = _KINDS[method]
    for job in reversed(jobs.jobs(session, (*jobs.UNDER_WAY, *jobs.ENDED))):
        if job.kind == kind.job and job.params["identity"] == identity:
            params = job.params
            return _Run(tuple(map(Path, params["data"])), _config(method, params["config"]), params["licence"])
    return None


def _config(method: CompressorMethod, kept: dict[str, Any]) -> GistTraining | SegmentTraining:
    """Of a job's row, where JSON has made lists of tuples, and names of what is none."""
    if method is _GIST:
        return GistTraining(**kept)
    return SegmentTraining(
        **{**kept, "gradient": GradientMethod(kept["gradient"]), "hold_out": tuple(kept["hold_out"])}
    )


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


def _refuse_while_training(services: Services, model: ModelRef, method: CompressorMethod) -> None:
    kind = _KINDS[method]
    if any(ticket.kind == kind.job and ticket.title == model.name for ticket in services.open_tickets()):
        raise StorageError(f"A compressor for {model.name} is being trained already; stop that first.")


def _folder_in_use(services: Services, model: ModelRef, method: CompressorMethod) -> Path | None:
    own, training = _own_folders(services, model, method)
    for folder in (own, shipped_encoder_folder(model, method), training):
        if _is_ready(folder, model, method):
            return folder
    return None


def _own_folders(services: Services, model: ModelRef, method: CompressorMethod) -> tuple[Path, Path]:
    """Of the whole one, and of the one in training."""
    data_dir, identity = services.data_dir, model.identity
    return own_encoder_folder(data_dir, identity, method), training_folder(data_dir, identity, method)


def _is_ready(folder: Path, model: ModelRef, method: CompressorMethod) -> bool:
    """Whether a compressor for exactly this model lies there that has been trained at all."""
    card = read_card(folder)
    return (folder / _KINDS[method].weights_file).is_file() and card.model_identity == model.identity and card.steps > 0


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
