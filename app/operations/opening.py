"""Composition for both faces: data folder, database, engine and library handlers, and what the first run and a crash ask for."""

from __future__ import annotations

import logging
from pathlib import Path

from platformdirs import user_data_path

from app.operations import forgetting, importing, learning
from app.operations.sample import import_sample_at_first_run
from app.services import Services
from engine.runtime import Runtime, handlers
from storage.database import Database
from storage.errors import StorageError
from storage.jobs import interrupt_orphans

log = logging.getLogger(__name__)

DATABASE_FILE = "palimpsest.sqlite3"


def default_data_dir() -> Path:
    """The platform's folder for a user's data ($XDG_DATA_HOME/palimpsest on Linux)."""
    return user_data_path("palimpsest", appauthor=False)


def open_services(data_dir: Path | None = None, *, echo: bool = False, leave_cores: int = 0) -> Services:
    """Open (or make) a data folder and start the runners; the first time, the sample story is there.

    echo: answer with the echo backend, for tests of the faces. leave_cores: cores the models keep off.
    Raises StorageError when the folder or its database cannot be used.
    """
    folder = default_data_dir() if data_dir is None else data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageError(f"The data folder {folder} cannot be made: {problem.strerror}.") from problem
    database = Database(folder / DATABASE_FILE)
    services = Services(
        folder,
        database,
        dict(handlers(Runtime(leave_cores=leave_cores))),
        {**importing.HANDLERS, **forgetting.HANDLERS},
        echo=echo,
    )
    try:
        with database.session() as session:
            interrupted = interrupt_orphans(session)
            learning.pause_interrupted(session, interrupted)
        import_sample_at_first_run(services)
    except BaseException:
        services.close()
        raise
    return services
