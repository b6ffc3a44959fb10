"""Which models there are, which one is used, and taking in, switching and removing the user's own."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.operations import prompt_strays
from app.operations.catalogue import find_in_catalogue
from app.operations.compressor_folders import model_folder
from app.operations.llama_use import Writing, writing_with
from app.operations.settings import settings
from app.services import Services, Ticket
from engine.api import LoadModel, ModelInfo, ModelRef, PrepareModel, Writer
from engine.errors import ModelError
from engine.jobs import Event, Finished, Lane
from engine.loading import EMBEDDED_NAME, embedded_folder, embedded_model
from engine.memory_need import Geometry, read_geometry
from engine.model_folder import file_bytes, read_card
from storage import models as rows
from storage.errors import StorageError
from storage.memories import all_memories
from storage.models import ModelRow
from storage.settings import get_setting, set_setting

ECHO = ModelRef("echo", "echo", None)
MODELS_FOLDER = Path("models")
_REMOVED_FOLDER = MODELS_FOLDER / ".removed"
_CURRENT = "model"
_LEFT_BEHIND_S = 24 * 3600.0
"""A folder in the making that was not touched for a day is nobody's."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model the user can choose. row: None for the embedded one."""

    name: str
    current: bool
    row: ModelRow | None
    title: str
    source: str
    """Where it came from: a repository of a hub, the user's file or folder, or "" for the embedded one."""
    licence: str
    """SPDX identifier or the licence's name; "" where nobody said."""
    languages: tuple[str, ...]
    languages_in_all: int
    bytes: int
    """What it takes of the disk, its weights in the user's own folder included."""
    own_bytes: int
    """What of that removing it gives back."""
    parameters: int
    geometry: Geometry | None
    """None for a model that is damaged or gone; `problem` says what is wrong."""
    writing: Writing | None
    """What writes with it; None where `geometry` is."""
    problem: str
    memories: int
    """How many memories of the library were made with it: no other model can use them."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A model taken off the list, as long as it can be put back."""

    row: ModelRow
    was_current: bool
    kept: Path


def current_model(services: Services) -> ModelRef:
    """The model in use: the user's choice, else the embedded one. Raises ModelError or StorageError when it is gone."""
    if services.echo:
        return ECHO
    with services.database.read() as session:
        name = get_setting(session, _CURRENT, EMBEDDED_NAME)
    return find_model(services, name)


def find_model(services: Services, name: str) -> ModelRef:
    """A model by name. Raises StorageError when there is none of that name."""
    if name == EMBEDDED_NAME:
        return embedded_model()
    if services.echo and name == ECHO.name:
        return ECHO
    with services.database.read() as session:
        row = rows.get_model(session, name)
    return ModelRef(row.name, row.identity, services.data_dir / row.folder)


def list_models(services: Services) -> list[KnownModel]:
    """The embedded model, then the user's, newest first."""
    with services.database.read() as session:
        current = get_setting(session, _CURRENT, EMBEDDED_NAME)
        added = rows.list_models(session)
        made_with = Counter(memory.model_identity for memory in all_memories(session))
    embedded = _known(embedded_folder(), EMBEDDED_NAME, current, None, made_with)
    return [embedded, *(_known(services.data_dir / row.folder, row.name, current, row, made_with) for row in added)]


def loadable_models(services: Services) -> list[ModelRef]:
    """Those that are not damaged or gone, the one in use first."""
    found: list[ModelRef] = []
    with contextlib.suppress(ModelError, StorageError):
        found.append(current_model(services))
    for known in list_models(services):
        with contextlib.suppress(ModelError, StorageError):
            found.append(find_model(services, known.name))
    return list(dict.fromkeys(found))


def memories_of_others(services: Services, name: str) -> int:
    """How many memories of the library rest while this model is used, for they were made with another."""
    identity = find_model(services, name).identity
    with services.database.read() as session:
        return sum(memory.model_identity != identity for memory in all_memories(session))


def add_model(services: Services, path: Path) -> Ticket:
    """Take in a GGUF file or a model folder. Finished.result: ModelInfo. The file or folder itself is left alone."""
    return prepare_model(services, path, free_name(services, path), source=str(path))


def free_name(services: Services, path: Path) -> str:
    """What a file or folder would be called here. Raises StorageError when the name is taken or there is none."""
    name = path.resolve().stem if path.suffix.lower() == ".gguf" else path.resolve().name
    name = re.sub(r"[^\w.-]+", "-", name).strip("-.")
    if not name:
        raise StorageError(f"{path} has no name a model could be called by; rename it.")
    check_name_is_free(services, name)
    return name


def check_name_is_free(services: Services, name: str) -> None:
    """Raises StorageError when a model is called that, or is just being made ready under that name."""
    with services.database.read() as session:
        taken = {EMBEDDED_NAME.casefold(), *(row.name.casefold() for row in rows.list_models(session))}
    if name.casefold() in taken:
        raise StorageError(f"There is a model called “{name}” already; remove it first or rename the file.")
    if any(ticket.kind == "prepare_model" and ticket.title == name for ticket in services.open_tickets()):
        raise StorageError(f"“{name}” is being added already.")


def prepare_model(
    services: Services,
    path: Path,
    name: str,
    *,
    source: str,
    notes: dict[str, Any] | None = None,
    adopt: bool = False,
    afterwards: Callable[[], None] | None = None,
) -> Ticket:
    """Make a model ready and list it. adopt: its weights are ours and are moved. afterwards: called when it is listed."""
    check_name_is_free(services, name)
    folder = MODELS_FOLDER / name

    def store(event: Event) -> Event:
        if isinstance(event, Finished):
            info: ModelInfo = event.result
            row = ModelRow(
                name=name,
                identity=info.model.identity,
                folder=folder.as_posix(),
                source=source,
                architecture=info.architecture,
                parameters=info.parameters,
                context_tokens=info.context_tokens,
                notes=notes or {},
                created_at=datetime.now(UTC),
            )
            with services.database.session() as session:
                rows.add_model(session, row)
            if afterwards is not None:
                afterwards()
        return event

    request = PrepareModel(path, services.data_dir / folder, name, adopt=adopt)
    return services.submit(
        services.engine, request, lane=Lane.BACKGROUND, kind="prepare_model", title=name, store=store
    )


def use_model(services: Services, name: str) -> None:
    """Make a model the one that is used from now on. Raises StorageError when there is none of that name."""
    find_model(services, name)
    with services.database.session() as session:
        set_setting(session, _CURRENT, name)


def load_model(services: Services, *, lane: Lane = Lane.INTERACTIVE) -> Ticket:
    """Load the current model ahead of its first use. Finished.result: ModelInfo.

    For PyTorch alone where the settings want that. That llama.cpp, which they insist on, cannot be used is said when something is asked.

    lane: BACKGROUND lets questions be looked up in their book meanwhile.
    """
    model = current_model(services)
    writer = Writer.PYTORCH if settings(services).writer == Writer.PYTORCH else Writer.AUTO
    return services.submit(services.engine, LoadModel(model, writer), lane=lane, kind="load_model", title=model.name)


def remove_model(services: Services, name: str) -> Removed:
    """Take a user's model off the list; the user's own file or folder stays. Until `purge_removed`, `put_back` undoes it.

    The gist encoders trained for it go with it. Memories made with it are of no use until it is there again.
    Raises StorageError for the embedded model.
    """
    if name == EMBEDDED_NAME:
        raise StorageError("The embedded model is part of Palimpsest and stays.")
    purge_removed(services)
    kept = services.data_dir / _REMOVED_FOLDER / f"{name}-{uuid.uuid4().hex[:8]}"
    with services.database.session() as session:
        row = rows.get_model(session, name)
        rows.remove_model(session, name)
        was_current = get_setting(session, _CURRENT, EMBEDDED_NAME) == name
        if was_current:
            set_setting(session, _CURRENT, EMBEDDED_NAME)
        kept.parent.mkdir(parents=True, exist_ok=True)
        _move(services.data_dir / row.folder, kept)
        if not _is_here(session, row.identity):
            _move(model_folder(services.data_dir, row.identity), _kept_encoders(kept))
    return Removed(row, was_current, kept)


def put_back(services: Services, removed: Removed) -> None:
    """Undo `remove_model`. Raises StorageError when it was purged or its name is taken meanwhile."""
    check_name_is_free(services, removed.row.name)
    with services.database.session() as session:
        rows.add_model(session, removed.row)
        if removed.was_current:
            set_setting(session, _CURRENT, removed.row.name)
        _move(removed.kept, services.data_dir / removed.row.folder)
        _move(_kept_encoders(removed.kept), model_folder(services.data_dir, removed.row.identity))


def purge_removed(services: Services) -> None:
    """Delete for good what was removed, with the prompt states it made, and what a killed preparation has left behind."""
    with services.database.read() as session:
        gone = {identity for identity in _removed_identities(services.data_dir) if not _is_here(session, identity)}
    for identity in gone:
        prompt_strays.remove_of_model(services, identity)
    shutil.rmtree(services.data_dir / _REMOVED_FOLDER, ignore_errors=True)
    for folder in (services.data_dir / MODELS_FOLDER).glob(".*-????????"):
        if time.time() - folder.stat().st_mtime > _LEFT_BEHIND_S:
            shutil.rmtree(folder, ignore_errors=True)


def _is_here(session: Session, identity: str) -> bool:
    """Whether a model with these very weights is there, under whatever name."""
    with contextlib.suppress(ModelError):
        if embedded_model().identity == identity:
            return True
    return any(row.identity == identity for row in rows.list_models(session))


def _removed_identities(data_dir: Path) -> Iterator[str]:
    """Which models wait to be put back or to be deleted for good."""
    for folder in (data_dir / _REMOVED_FOLDER).glob("*"):
        with contextlib.suppress(ModelError):  # encoders of a model, or a model that was damaged
            yield read_card(folder).identity


def _kept_encoders(kept: Path) -> Path:
    """Where what was trained for a removed model waits beside it."""
    return kept.with_name(f"{kept.name}-encoders")


def _move(source: Path, target: Path) -> None:
    if not source.exists():
        return
    try:
        source.replace(target)
    except OSError as problem:
        raise StorageError(f"The folder {source} cannot be moved: {problem.strerror}.") from problem


def _known(folder: Path, name: str, current: str, row: ModelRow | None, made_with: Counter[str]) -> KnownModel:
    listed = find_in_catalogue(name) if row is None else find_in_catalogue(str(row.notes.get("repo", "")))
    notes = {} if row is None else row.notes
    languages = tuple(notes.get("languages", ())) or (listed.languages if listed else ())
    own_bytes = sum(max(0, file_bytes(path)) for path in folder.rglob("*") if path.is_file())
    identity, parameters = ("", 0) if row is None else (row.identity, row.parameters)
    geometry, writing, problem, elsewhere = None, None, "", 0
    try:
        card = read_card(folder)
        geometry, identity, parameters = read_geometry(folder), card.identity, card.parameters
        writing = writing_with(folder)
        elsewhere = card.weights_bytes if card.weights_folder is not None else 0
    except ModelError as broken:
        problem = str(broken)
    return KnownModel(
        name=name,
        current=name == current,
        row=row,
        title=listed.title if listed is not None else name,
        source="" if row is None else row.source,
        licence=str(notes.get("licence", "")) or (listed.licence if listed else ""),
        languages=languages,
        languages_in_all=max(len(languages), listed.languages_in_all if listed else 0),
        bytes=own_bytes + elsewhere,
        own_bytes=own_bytes,
        parameters=parameters,
        geometry=geometry,
        writing=writing,
        problem=problem,
        memories=made_with[identity],
    )
