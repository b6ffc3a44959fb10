"""Which models there are, which one is used, and adding one of the user's own."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.services import Services, Ticket
from engine.api import LoadModel, ModelInfo, ModelRef, PrepareModel
from engine.jobs import Event, Finished, Lane
from engine.loading import EMBEDDED_NAME, embedded_model
from storage import models as rows
from storage.errors import StorageError
from storage.models import ModelRow
from storage.settings import get_setting, set_setting

ECHO = ModelRef("echo", "echo", None)
_CURRENT = "model"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model the user can choose. row: None for the embedded one."""

    name: str
    current: bool
    row: ModelRow | None


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
    with services.database.read() as session:
        row = rows.get_model(session, name)
    return ModelRef(row.name, row.identity, services.data_dir / row.folder)


def list_models(services: Services) -> list[KnownModel]:
    """The embedded model, then the user's, newest first."""
    with services.database.read() as session:
        name = get_setting(session, _CURRENT, EMBEDDED_NAME)
        added = rows.list_models(session)
    return [
        KnownModel(EMBEDDED_NAME, name == EMBEDDED_NAME, None),
        *(KnownModel(row.name, row.name == name, row) for row in added),
    ]


def add_model(services: Services, path: Path) -> Ticket:
    """Take in a GGUF file or a model folder. Finished.result: ModelInfo. The file or folder itself is left alone."""
    name = re.sub(r"[^\w.-]+", "-", path.resolve().stem if path.suffix == ".gguf" else path.resolve().name).strip("-.")
    if not name:
        raise StorageError(f"{path} has no name a model could be called by; rename it.")
    with services.database.read() as session:
        if name == EMBEDDED_NAME or any(row.name == name for row in rows.list_models(session)):
            raise StorageError(f"There is a model called “{name}” already; remove it first or rename the file.")
    folder = Path("models") / name

    def store(event: Event) -> Event:
        if isinstance(event, Finished):
            info: ModelInfo = event.result
            with services.database.session() as session:
                rows.add_model(
                    session,
                    ModelRow(
                        name=name,
                        identity=info.model.identity,
                        folder=folder.as_posix(),
                        source=str(path),
                        architecture=info.architecture,
                        parameters=info.parameters,
                        context_tokens=info.context_tokens,
                        notes={},
                        created_at=datetime.now(UTC),
                    ),
                )
        return event

    request = PrepareModel(path, services.data_dir / folder, name)
    return services.submit(
        services.engine, request, lane=Lane.BACKGROUND, kind="prepare_model", title=name, store=store
    )


def use_model(services: Services, name: str) -> None:
    """Make a model the one that is used from now on. Raises StorageError when there is none of that name."""
    find_model(services, name)
    with services.database.session() as session:
        set_setting(session, _CURRENT, name)


def remove_model(services: Services, name: str) -> None:
    """Remove a user's model from Palimpsest; the user's own file or folder stays. Memories made with it become useless."""
    if name == EMBEDDED_NAME:
        raise StorageError("The embedded model is part of Palimpsest and stays.")
    with services.database.session() as session:
        row = rows.get_model(session, name)
        rows.remove_model(session, name)
        if get_setting(session, _CURRENT, EMBEDDED_NAME) == name:
            set_setting(session, _CURRENT, EMBEDDED_NAME)
    shutil.rmtree(services.data_dir / row.folder, ignore_errors=True)


def load_model(services: Services) -> Ticket:
    """Load the current model ahead of its first use. Finished.result: ModelInfo."""
    model = current_model(services)
    return services.submit(
        services.engine, LoadModel(model), lane=Lane.INTERACTIVE, kind="load_model", title=model.name
    )
