"""The engine with what it is handed from outside: composed here for a thread of this process and for a process of its own."""

from __future__ import annotations

from collections.abc import Mapping

from app.prompt_store import StoredPrompts
from engine.jobs import Handler
from engine.runtime import Runtime, handlers
from storage.prompt_states import PromptStates


def engine_handlers(prompt_states: PromptStates, *, leave_cores: int) -> Mapping[type, Handler]:
    """What an engine is started with. Pickled for another process, the prompt states are opened there anew."""
    return handlers(Runtime(leave_cores=leave_cores, store=StoredPrompts(prompt_states)))
