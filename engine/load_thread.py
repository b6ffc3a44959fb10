"""A model loaded beside the engine's thread, which goes on meanwhile: finds passages, stops at once, forgets.

Knows a function and its one result. Importing torch and reading weights take seconds in one piece; nothing else of a model
ever happens outside the engine's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from engine.api import ModelRef
from engine.backends.base import Backend
from engine.jobs import Steps

_LOOK_EVERY_S = 0.02


class LoadThread:
    """One load on its way. Whoever wants the model waits for it; it goes on when nobody does any more."""

    def __init__(self, model: ModelRef, load: Callable[[ModelRef], Backend]) -> None:
        self.model = model
        self._load = load
        self._backend: Backend | None = None
        self._problem: BaseException | None = None
        # no daemon: a process that ends while torch is being imported would crash
        self._thread = threading.Thread(target=self._run, name="model-loading")
        self._thread.start()

    def wait(self) -> Steps[None]:
        """Until it has ended, well or badly."""
        while self._thread.is_alive():
            self._thread.join(_LOOK_EVERY_S)
            yield None

    def result(self) -> Backend:
        """The loaded model; raises what loading it raised. Call once `wait` is over."""
        if self._problem is not None:
            raise self._problem
        assert self._backend is not None
        return self._backend

    def _run(self) -> None:
        try:
            self._backend = self._load(self.model)
        except BaseException as problem:  # handed to the job that waits, which knows an expected one from a bug
            self._problem = problem
