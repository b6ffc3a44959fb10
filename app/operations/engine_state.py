"""What the engine is at the moment: running or not, with which model, where, and how much memory it takes.

Asks the operating system, never the engine, so that the answer comes while it computes.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.services import Services


@dataclass(frozen=True, slots=True)
class EngineState:
    """model, device, dtype: None or empty while no model is loaded."""

    running: bool
    """Whether there is a process that models live in."""
    model: str | None
    device: str
    dtype: str
    resident_bytes: int
    """Main memory of that process; 0 when there is none."""


def engine_state(services: Services) -> EngineState:
    """A few system calls; call it off the UI thread all the same."""
    import psutil  # type: ignore[import-untyped]  # ships no types; here, so that starting does not wait for it

    pid = services.engine.process_id()
    if pid is None:
        return EngineState(False, None, "", "", 0)
    try:
        resident_bytes: int = psutil.Process(pid).memory_info().rss
    except psutil.Error:  # it has ended this moment
        return EngineState(False, None, "", "", 0)
    info = services.loaded_model
    if info is None:
        return EngineState(True, None, "", "", resident_bytes)
    return EngineState(True, info.model.name, info.device, info.dtype, resident_bytes)
