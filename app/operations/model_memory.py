"""Whether a model fits in memory here: what it needs beside what can be had, before it is added, fetched or switched to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.operations.llama_use import gguf_bytes_of
from app.operations.models import free_name
from app.services import Services, Ticket
from engine.api import LLAMACPP, PYTORCH, DescribeEngine, EngineDescription
from engine.engine_choice import choose_engines
from engine.errors import ModelError
from engine.jobs import Event, Finished, Lane
from engine.memory_need import Geometry, Precision, available_bytes, llama_bytes, memory_need, read_geometry
from storage.settings import get_setting, set_setting

_SETTING = "engine_state"
_VALUE_BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "nf4": 0.6}


@dataclass(frozen=True, slots=True)
class Budget:
    """What models can have here. available_bytes: free now, with what the engine would give back for another model."""

    precision: Precision
    available_bytes: int
    graphics: bool
    """Whether that is the memory of a graphics card."""

    def fit(self, geometry: Geometry, gguf_bytes: int = 0, *, insists: bool = False) -> Fit:
        """What a model of these sizes needs, beside what there is. gguf_bytes: what llama.cpp takes for the weights in its file, where
        it writes with it; insists: because it is asked for by name.
        """
        alone = memory_need(geometry, self.precision)
        if not gguf_bytes or self.graphics:  # llama.cpp takes nothing of a graphics card
            return Fit(alone.asking, alone.learning, self.available_bytes, self.graphics)
        need = memory_need(geometry, self.precision, gguf_bytes=gguf_bytes)
        of_llama = llama_bytes(geometry, gguf_bytes)
        return Fit(need.asking, need.learning, self.available_bytes, self.graphics, alone.asking, of_llama, insists)


@dataclass(frozen=True, slots=True)
class Fit:
    """Bytes; all that the engine holds with the model, for asking and while learning. pytorch_bytes, llama_bytes: what either takes
    without the other, where both are to run it. insists: llama.cpp is asked for by name.
    """

    needs_bytes: int
    learning_needs_bytes: int
    available_bytes: int
    graphics: bool
    pytorch_bytes: int = 0
    llama_bytes: int = 0
    insists: bool = False

    @property
    def fits(self) -> bool:
        return self.needs_bytes <= self.available_bytes or bool(self.alone)

    @property
    def alone(self) -> str:
        """What runs the model by itself, for there is no memory for both: PYTORCH, or LLAMACPP, which cannot learn."""
        if self.needs_bytes <= self.available_bytes or not self.llama_bytes:
            return ""
        chosen = choose_engines(
            pytorch_bytes=self.pytorch_bytes,
            llama_bytes=self.llama_bytes,
            free_bytes=self.available_bytes,
            graphics_bytes=None,
            insists=self.insists,
        )
        name, needs = (LLAMACPP, self.llama_bytes) if chosen.llama else (PYTORCH, self.pytorch_bytes)
        return name if needs <= self.available_bytes else ""

    @property
    def learning_fits(self) -> bool:
        return self.learning_needs_bytes <= self.available_bytes


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file or folder that could be added."""

    path: Path
    name: str
    geometry: Geometry
    gguf_bytes: int = 0
    """Of the file that llama.cpp would run beside PyTorch."""


def last_budget(services: Services) -> Budget:
    """From what the engine last said of itself (another start, perhaps) and the memory that is free now. Wakes nobody."""
    with services.database.read() as session:
        kept = get_setting(session, _SETTING)
    if kept is None:
        return Budget(Precision(_VALUE_BYTES["float32"]), available_bytes(), graphics=False)
    state = EngineDescription(**kept)
    if state.device == "cuda":
        return budget_of(state)
    return Budget(_precision(state), available_bytes(), graphics=False)


def describe_engine(services: Services) -> Ticket:
    """Ask the engine what it runs on and holds. Finished.result: Budget."""

    def store(event: Event) -> Event:
        if not isinstance(event, Finished):
            return event
        state: EngineDescription = event.result
        if not state.device:
            return Finished(last_budget(services))
        kept = {name: getattr(state, name) for name in EngineDescription.__dataclass_fields__}
        with services.database.session() as session:
            set_setting(session, _SETTING, kept)
        return Finished(budget_of(state))

    return services.submit(
        services.engine, DescribeEngine(), lane=Lane.INTERACTIVE, kind="describe_engine", title="", store=store
    )


def budget_of(state: EngineDescription) -> Budget:
    return Budget(_precision(state), state.free_bytes + state.held_bytes, graphics=state.device == "cuda")


def inspect_model(services: Services, path: Path) -> Inspected:
    """What a GGUF file or a model folder is, before it is added. Raises ModelError or StorageError, in a sentence."""
    if not path.exists():
        raise ModelError(f"There is no file or folder {path}.")
    geometry = read_geometry(path)
    return Inspected(path, free_name(services, path), geometry, gguf_bytes_of(path))


def _precision(state: EngineDescription) -> Precision:
    return Precision(_VALUE_BYTES[state.dtype], packed=state.packed)
