"""What writes with the model in use, and how fast models read and write on this machine: measured once, when somebody asks for it, or when
nobody wants anything else.
"""

from __future__ import annotations

import contextlib

from app.operations.llama_use import Writing, writing_with
from app.operations.models import current_model, find_model
from app.operations.settings import settings
from app.services import Services, Ticket
from engine.api import MeasureSpeed, Writer
from engine.errors import EngineError
from engine.jobs import Lane
from storage.errors import StorageError

KIND = "measure_speed"
_LOOK_S, _QUIET_PERCENT = 0.5, 30.0


def measure_speed(services: Services, name: str) -> Ticket:
    """Measure a model with all that can run it here. Finished.result: SpeedMeasured, which is kept in the model's folder.

    Raises StorageError where there is no model of that name.
    """
    request = MeasureSpeed(find_model(services, name))
    return services.submit(services.engine, request, lane=Lane.BACKGROUND, kind=KIND, title=name)


def writing_in_use(services: Services) -> Writing:
    """What can write with the model in use. Raises ModelError or StorageError where that is damaged or gone."""
    model = current_model(services)
    if model.folder is None:
        return Writing(f"{model.name} has no weights that llama.cpp could run.", False, 0, None)
    return writing_with(model.folder)


def insists_in_vain(services: Services) -> bool:
    """Whether questions fail because the settings have llama.cpp write, which cannot with the model in use."""
    with contextlib.suppress(EngineError, StorageError):
        return settings(services).writer == Writer.LLAMACPP and bool(writing_in_use(services).problem)
    return False


def is_quiet() -> bool:
    """Whether other programs leave the processor alone: what is measured beside them is their speed. Looks for a moment."""
    import psutil  # type: ignore[import-untyped]  # ships no types; here, so that starting does not wait for it

    return bool(psutil.cpu_percent(_LOOK_S) <= _QUIET_PERCENT)


def unmeasured_model(services: Services) -> str:
    """Name of the model in use where the engine has it, llama.cpp can write with it, and nobody knows how fast; else ""."""
    with contextlib.suppress(EngineError, StorageError):
        model, loaded = current_model(services), services.loaded_model
        if model.folder is None or loaded is None or loaded.model.identity != model.identity:
            return ""
        return model.name if writing_with(model.folder).is_to_be_measured else ""
    return ""
