"""A model loaded beside the engine's thread, which goes on meanwhile: finds passages, stops at once, forgets.

Knows a function and its one result. Importing torch and reading weights take seconds in one piece; nothing else of a model
ever happens outside the engine's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from engine.jobs import Steps

_LOOK_EVERY_S = 0.02
Loaded = TypeVar("Loaded")


class LoadThread(Generic[Loaded]):
    """One load on its way. Whoever wants the same waits for it; it goes on when nobody does any more.

    identity: of the model. what: what of it is being loaded, and how; two that are equal are the same.
    """

    def __init__(self, identity: str, what: str, load: Callable[[], Loaded]) -> None:
        self.identity = identity
        self.what = what
        self._load = load
        self._loaded: Loaded | None = None
        self._problem: BaseException | None = None
        # no daemon: a process that ends while torch is being imported would crash
        self._thread = threading.Thread(target=self._run, name="model-loading")
        self._thread.start()

    def wait(self) -> Steps[None]:
        """Until it has ended, well or badly."""
        while self._thread.is_alive():
            self._thread.join(_LOOK_EVERY_S)
            yield None

    @property
    def has_failed(self) -> bool:
        return self._problem is not None

    def result(self) -> Loaded:
        """What was loaded; raises what loading it raised. Call once `wait` is over."""
        if self._problem is not None:
            raise self._problem
        assert self._loaded is not None
        return self._loaded

    def _run(self) -> None:
        try:
            self._loaded = self._load()
        except BaseException as problem:  # handed to the job that waits, which knows an expected one from a bug
            self._problem = problem
