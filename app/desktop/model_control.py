"""What can be done with models, from whichever place of the window: switch, download, add, remove, and undo that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.sentences import localized
from app.operations import model_downloads, model_measuring, model_memory, models
from app.operations.model_memory import Inspected
from app.operations.models import Removed
from app.services import EXPECTED_ERRORS, Ticket

UNDO_MS = 30_000
"""How long a removed model can be put back."""

DOWNLOAD, PREPARE, MEASURE = "download", "prepare_model", model_measuring.KIND

Value = TypeVar("Value")


class ModelControl(QObject):
    """started: name and handle of a model that is being fetched, made ready or measured. changed: the list is another now.

    ready: name of a model that was added. switched: name of the one used now, and how many memories rest with it.
    refused: name and the sentence why something was not done. went_back: name of the model that could not be loaded, the
    sentence, and the name of the one that is used on. removed: a Removed, as long as it can be put back.
    """

    started = Signal(str, object)
    changed = Signal()
    ready = Signal(str)
    switched = Signal(str, int)
    switching = Signal(str)
    refused = Signal(str, str)
    went_back = Signal(str, str, str)
    removed = Signal(object)
    purged = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._under_way: dict[str, JobHandle] = {}
        self._undo = QTimer(self)
        self._undo.setSingleShot(True)
        self._undo.setInterval(UNDO_MS)
        self._undo.timeout.connect(self.tidy)
        bridge.job_started.connect(self._on_job)

    # -- fetching and adding ---------------------------------------------------------------------------------------

    def download(self, name: str) -> None:
        """Fetch a model, from where it was stopped; when it has come whole it is added."""
        services = self._bridge.services
        self._start(name, DOWNLOAD, lambda: model_downloads.download_model(services, name))

    def stop(self, name: str) -> None:
        """Stop fetching a model, where what has come is kept, or measuring it."""
        handle = self._under_way.get(name)
        if handle is not None:
            self._bridge.cancel(handle)

    def discard(self, name: str) -> None:
        """Delete what has come of a model."""
        services = self._bridge.services
        self._attempt(name, lambda: model_downloads.discard_download(services, name), lambda _: self.changed.emit())

    def inspect(self, path: Path, done: Callable[[Inspected], None]) -> None:
        """Look at a file or folder before it is added; `refused` where it is no model."""
        services = self._bridge.services
        self._attempt(path.name, lambda: model_memory.inspect_model(services, path), done)

    def add(self, found: Inspected) -> None:
        """Make the user's own file or folder a model."""
        services = self._bridge.services
        self._start(found.name, PREPARE, lambda: models.add_model(services, found.path))

    def under_way(self, name: str) -> JobHandle | None:
        """The job that fetches this model, makes it ready or measures it."""
        return self._under_way.get(name)

    def _add_downloaded(self, name: str) -> None:
        services = self._bridge.services
        self._start(name, PREPARE, lambda: model_downloads.add_downloaded(services, name))

    # -- switching and removing ------------------------------------------------------------------------------------

    def use(self, name: str, before: str) -> None:
        """Use another model from now on and load it; one that cannot be loaded gives way to the one before."""
        services = self._bridge.services

        def switch() -> int:
            models.use_model(services, name)
            return models.memories_of_others(services, name)

        self.switching.emit(name)
        self._attempt(name, switch, lambda resting: self._load(name, before, resting))

    def _load(self, name: str, before: str, resting: int) -> None:
        self.changed.emit()
        services = self._bridge.services
        handle = self._bridge.start("load_model", lambda: models.load_model(services))
        handle.finished.connect(lambda _: self.switched.emit(name, resting))
        if before != name:
            handle.failed.connect(lambda sentence: self._go_back(name, sentence, before))
        handle.ended.connect(self.changed)

    def _go_back(self, name: str, sentence: str, before: str) -> None:
        services = self._bridge.services

        def loaded(_: None) -> None:
            self.went_back.emit(name, sentence, before)
            self.changed.emit()
            self._bridge.start("load_model", lambda: models.load_model(services))

        self._attempt(before, lambda: models.use_model(services, before), loaded)

    def remove(self, name: str) -> None:
        """Take a model off the list; it can be put back for a while."""
        services = self._bridge.services
        self._attempt(name, lambda: models.remove_model(services, name), self._on_removed)

    def put_back(self, removed: Removed) -> None:
        self._undo.stop()
        services = self._bridge.services
        self._attempt(removed.row.name, lambda: models.put_back(services, removed), lambda _: self.changed.emit())

    def _on_removed(self, removed: Removed) -> None:
        self._undo.start()
        self.removed.emit(removed)
        self.changed.emit()
        if removed.was_current:
            services = self._bridge.services
            self._bridge.start("load_model", lambda: models.load_model(services))

    def measure(self, name: str) -> None:
        """Find out how a model reads best."""
        services = self._bridge.services
        self._start(name, MEASURE, lambda: model_measuring.measure_reading(services, name))

    def tidy(self) -> None:
        """Delete for good what was removed, in this session or one before."""
        services = self._bridge.services
        self._bridge.query(lambda: models.purge_removed(services), lambda _: self.purged.emit())

    def choose_hub(self, endpoint: str) -> None:
        """Download from another hub from now on; "" is the usual one."""
        services = self._bridge.services
        self._attempt("", lambda: model_downloads.set_hub_endpoint(services, endpoint), lambda _: self.changed.emit())

    # -- jobs ------------------------------------------------------------------------------------------------------

    def _start(self, name: str, kind: str, operation: Callable[[], Ticket]) -> None:
        handle = self._bridge.start(kind, operation)
        handle.failed.connect(lambda sentence: self._on_failed(name, handle, sentence))

    def _on_failed(self, name: str, handle: JobHandle, sentence: str) -> None:
        self.refused.emit(name, sentence)
        if handle.ticket is None:
            self.changed.emit()  # refused before it was a job: whoever showed it as begun looks again

    def _on_job(self, handle: JobHandle) -> None:
        if handle.ticket is None or handle.kind not in (DOWNLOAD, PREPARE, MEASURE):
            return
        name = handle.ticket.title
        self._under_way[name] = handle
        if handle.kind == DOWNLOAD:
            handle.finished.connect(lambda _: self._add_downloaded(name))
        elif handle.kind == PREPARE:
            handle.finished.connect(lambda _: self.ready.emit(name))
        handle.ended.connect(lambda: self._on_ended(name, handle))
        self.started.emit(name, handle)

    def _on_ended(self, name: str, handle: JobHandle) -> None:
        if self._under_way.get(name) is handle:
            del self._under_way[name]
        self.changed.emit()

    def _attempt(self, name: str, act: Callable[[], Value], done: Callable[[Value], None]) -> None:
        """A short operation off the UI thread; a sentence it fails with is told beside the model, not over the window."""

        def tried() -> tuple[Any, str]:
            try:
                return act(), ""
            except EXPECTED_ERRORS as problem:
                return None, localized(str(problem))

        def tell(outcome: tuple[Any, str]) -> None:
            value, sentence = outcome
            if sentence:
                self.refused.emit(name, sentence)
            else:
                done(value)

        self._bridge.query(tried, tell)
