"""Composition for both faces: data folder, database, engine and library handlers, and what the first run and a crash ask for."""

from __future__ import annotations

import logging
import queue
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from platformdirs import user_data_path

from app.engine_setup import engine_handlers
from app.operations import (
    downloading,
    forgetting,
    importing,
    importing_many,
    learning,
    prompt_strays,
    removing,
    sample,
    settings,
)
from app.services import EXPECTED_ERRORS, Services
from engine.api import REQUESTS
from engine.jobs import JobEvent, JobRunner, Runner
from engine.process import ProcessRunner
from storage.database import Database
from storage.errors import StorageError
from storage.jobs import interrupt_orphans
from storage.originals import remove_strays
from storage.prompt_states import PromptStates

log = logging.getLogger(__name__)

DATABASE_FILE = "palimpsest.sqlite3"
PROMPT_STATES_FILE = "prompt_states.sqlite3"


def default_data_dir() -> Path:
    """The platform's folder for a user's data ($XDG_DATA_HOME/palimpsest on Linux)."""
    return user_data_path("palimpsest", appauthor=False)


def make_data_dir(folder: Path) -> None:
    """Have the data folder there. Raises StorageError when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageError(f"The data folder {folder} cannot be made: {problem.strerror}.") from problem


def open_services(
    data_dir: Path | None = None,
    *,
    echo: bool = False,
    leave_cores: int = 0,
    engine_process: bool = False,
    with_sample: bool = True,
) -> Services:
    """Open (or make) a data folder and start the runners; the first time, the sample story is put there.

    echo: answer with the echo backend, for tests of the faces. leave_cores: cores the models keep off.
    engine_process: models live in a process of their own, so that a window stays smooth, instead of a thread of this one.
    with_sample: False leaves the first run's story to the face, for one that shows itself first (`sample.is_due`).
    Raises StorageError when the folder or its database cannot be used.
    """
    folder = default_data_dir() if data_dir is None else data_dir
    make_data_dir(folder)
    database = Database(folder / DATABASE_FILE)
    prompt_states = PromptStates(folder / PROMPT_STATES_FILE)
    services = Services(
        folder,
        database,
        prompt_states,
        partial(_engine, prompt_states=prompt_states, leave_cores=leave_cores, own_process=engine_process),
        {**importing.HANDLERS, **importing_many.HANDLERS, **forgetting.HANDLERS},
        dict(downloading.HANDLERS),
        echo=echo,
    )
    try:
        with database.session() as session:
            interrupted = interrupt_orphans(session)
            learning.pause_interrupted(session, interrupted)
            remove_strays(session, folder)
        prompt_strays.remove_strays(services)
        settings.apply_budget(services)
        removing.forget_overdue(services)
        if with_sample and sample.is_due(services):
            sample.import_sample(services)
    except BaseException:
        services.close()
        raise
    return services


def _engine(
    events: queue.SimpleQueue[JobEvent],
    job_ids: Iterator[int],
    *,
    prompt_states: PromptStates,
    leave_cores: int,
    own_process: bool,
) -> Runner:
    make_handlers = partial(engine_handlers, prompt_states, leave_cores=leave_cores)
    if own_process:
        return ProcessRunner(
            make_handlers, REQUESTS, name="engine", events=events, job_ids=job_ids, expected=EXPECTED_ERRORS
        )
    return JobRunner(make_handlers(), name="engine", events=events, job_ids=job_ids, expected=EXPECTED_ERRORS)
