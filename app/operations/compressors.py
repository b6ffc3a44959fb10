"""Gist encoders: which there are, training one for a model, and removing it.

An encoder turns a prompt into a few gist tokens for one model. It is trained on files that are handed in for it, or on the
prompts that come with Palimpsest; never on documents of the library, so that forgetting one leaves nothing in an encoder.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.operations.compressor_folders import (
    COMPRESSORS_FOLDER,
    own_encoder_folder,
    shipped_encoder_folder,
)
from app.operations.models import current_model, find_model, list_models
from app.operations.one_learns import LOCK_FILE, TRAIN_COMPRESSOR, refuse_while_another_learns
from app.services import Services, Ticket
from engine.api import CompressorScore, GistTraining, ModelRef, TrainCompressor
from engine.errors import EngineError
from engine.jobs import Event, Failed, Finished, Lane, Progress, is_end
from storage import jobs
from storage.errors import StorageError

log = logging.getLogger(__name__)

KIND = TRAIN_COMPRESSOR
CARD_FILE = "card.json"
ENCODER_FILE = "gist_encoder.safetensors"
_REMOVED_FOLDER = COMPRESSORS_FOLDER / ".removed"


@dataclass(frozen=True, slots=True)
class Compressor:
    """A gist encoder of a model, or one whose training has begun.

    own: trained here, not shipped with Palimpsest. ready: it can be used. resumable: its training stopped and can go on.
    used: prompts of the model are compressed with it. card: data, steps, figures and licence, as its file says.
    """

    model_name: str
    folder: Path
    own: bool
    ready: bool
    resumable: bool
    used: bool
    bytes: int
    card: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RemovedCompressor:
    """An encoder taken away, as long as it can be put back."""

    folder: Path
    kept: Path


def encoder_folder(services: Services, model: ModelRef) -> Path | None:
    """The encoder a model's prompts are compressed with: the user's own, else the one that comes with Palimpsest; None: it has
    none."""
    for folder in (own_encoder_folder(services.data_dir, model.identity), shipped_encoder_folder(model)):
        if _is_of(folder, model):
            return folder
    return None


def compressors_of(services: Services, model: ModelRef) -> list[Compressor]:
    """A model's encoders, the one in use first: at most the user's own and one that comes with Palimpsest."""
    used = encoder_folder(services, model)
    found = []
    for own, folder in (
        (True, own_encoder_folder(services.data_dir, model.identity)),
        (False, shipped_encoder_folder(model)),
    ):
        ready = _is_of(folder, model)
        if ready or (own and _was_begun(folder)):
            found.append(
                Compressor(
                    model_name=model.name,
                    folder=folder,
                    own=own,
                    ready=ready,
                    resumable=own and _is_resumable(folder),
                    used=folder == used,
                    bytes=_bytes(folder),
                    card=_read_card(folder),
                )
            )
    return found


def compressors(services: Services) -> list[Compressor]:
    """Every encoder of the models that are here."""
    found = []
    for known in list_models(services):
        with contextlib.suppress(
            EngineError, StorageError
        ):  # a model that is damaged or gone has none that can be used
            found += compressors_of(services, find_model(services, known.name))
    return found


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
    """Train a gist encoder for a model, in place of the user's own for it, if any. Progress.detail: CompressorScore;
    Finished.result: CompressorTrained.

    data: files of prompts; (): those that come with Palimpsest. resume: go on where training stopped, with the data and the
    settings it began with unless others are given. Raises StorageError while another Palimpsest learns or trains, or when
    there is nothing to go on with.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    folder = own_encoder_folder(services.data_dir, ref.identity)
    if any(ticket.kind == KIND and ticket.title == ref.name for ticket in services.open_tickets()):
        raise StorageError(f"A gist encoder for {ref.name} is being trained already.")
    if resume and not _is_resumable(folder):
        raise StorageError(f"No training of a gist encoder for {ref.name} was stopped here; begin a new one.")
    missing = next((path for path in data if not path.is_file()), None)
    if missing is not None:
        raise StorageError(f"There is no file {missing}.")
    files = tuple(path.resolve() for path in data)
    with services.database.session() as session:
        refuse_while_another_learns(services, session)
        params = {"model": ref.name, "identity": ref.identity}
        job_row = jobs.add_job(session, kind=KIND, document_id=None, params=params)
    request = TrainCompressor(
        model=ref,
        folder=folder,
        data=files,
        config=config or GistTraining(),
        resume=resume,
        licence=licence,
        lock_file=services.data_dir / LOCK_FILE,
    )
    return services.submit(
        services.engine,
        request,
        lane=Lane.BACKGROUND,
        kind=KIND,
        title=ref.name,
        store=_TrainingStore(services, job_row),
    )


def remove(services: Services, model: str | None = None) -> RemovedCompressor:
    """Take away the encoder the user trained for a model. Until `purge_removed`, `put_back` undoes it.

    Gists it made stay usable. Raises StorageError while it is being trained, or when there is none.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    folder = own_encoder_folder(services.data_dir, ref.identity)
    if not folder.is_dir():
        shipped = shipped_encoder_folder(ref).is_dir()
        why = "the one in use comes with Palimpsest and stays" if shipped else "there is nothing to remove"
        raise StorageError(f"No gist encoder was trained for {ref.name} here; {why}.")
    if any(ticket.kind == KIND and ticket.title == ref.name for ticket in services.open_tickets()):
        raise StorageError("This gist encoder is being trained; stop that first.")
    purge_removed(services)
    kept = services.data_dir / _REMOVED_FOLDER / f"{ref.identity[:16]}-{uuid.uuid4().hex[:8]}"
    _move(folder, kept)
    with contextlib.suppress(OSError):  # the model's folder, if this was all of it
        folder.parent.rmdir()
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


class _TrainingStore:
    """Keeps the job's row true, so that another Palimpsest knows of it and a crash is noticed."""

    def __init__(self, services: Services, job_row: int) -> None:
        self._services = services
        self._job_row = job_row
        self._running = False

    def __call__(self, event: Event) -> Event:
        if isinstance(event, Progress) and (isinstance(event.detail, CompressorScore) or not self._running):
            self._running = True
            self._update(state="running", stage=event.stage, done=event.done, total=event.total)
        elif isinstance(event, Failed):
            self._update(state="failed", message=event.message)
        elif is_end(event):
            self._update(state="done" if isinstance(event, Finished) else "stopped")
        return event

    def _update(self, **values: Any) -> None:
        with self._services.database.session() as session:
            jobs.update_job(session, self._job_row, **values)


def _is_of(folder: Path, model: ModelRef) -> bool:
    """Whether a whole encoder for exactly this model lies there."""
    return (folder / ENCODER_FILE).is_file() and _read_card(folder).get("model_identity") == model.identity


def _was_begun(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _is_resumable(folder: Path) -> bool:
    return any(folder.glob("checkpoint*"))


def _read_card(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        log.warning("the card of a gist encoder cannot be read")
        return {}
    return card if isinstance(card, dict) else {}


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
    except OSError as problem:
        raise StorageError(f"The folder {source} cannot be moved: {problem.strerror}.") from problem
