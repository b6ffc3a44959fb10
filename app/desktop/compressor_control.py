"""Training gist encoders, and taking them away: the same from whichever place of the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.bridge import Bridge, JobHandle
from app.operations import compressors
from app.operations.compressors import RemovedCompressor
from engine.api import CompressorScore
from engine.jobs import Progress

UNDO_MS = 30_000
"""How long a removed encoder can be put back."""


class CompressorControl(QObject):
    """started: name of a model and the handle of its training. scored: name of a model whose training was looked at.

    changed: encoders came, went, or stand elsewhere. refused: the sentence why something was not done. removed: a
    RemovedCompressor, as long as it can be put back; purged: that is over.
    """

    started = Signal(str, object)
    scored = Signal(str)
    changed = Signal()
    refused = Signal(str)
    removed = Signal(object)
    purged = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._jobs: dict[str, JobHandle] = {}
        self._scores: dict[str, list[CompressorScore]] = {}
        self._undo = QTimer(self)
        self._undo.setSingleShot(True)
        self._undo.setInterval(UNDO_MS)
        self._undo.timeout.connect(self.purge)
        bridge.job_started.connect(self._on_job)

    def train(self, model_name: str | None = None, *, resume: bool = False) -> JobHandle:
        """Train an encoder for a model, else for the one in use; resume: go on where training stopped."""
        services = self._bridge.services
        handle = self._bridge.start(
            compressors.KIND,
            lambda: compressors.train(services, model=model_name, resume=resume),
            again=lambda: self.train(model_name, resume=True),
        )
        handle.failed.connect(self.refused)
        handle.failed.connect(lambda _: self.changed.emit())
        return handle

    def training(self, model_name: str) -> JobHandle | None:
        """The job that trains this model's encoder."""
        return self._jobs.get(model_name)

    def scores(self, model_name: str) -> list[CompressorScore]:
        """The looks at the held-out prompts since the training under way was begun or gone on with, in order."""
        return self._scores.get(model_name, [])

    def pause(self, model_name: str) -> None:
        """Stop for now: what is trained is kept and can be gone on with."""
        handle = self._jobs.get(model_name)
        if handle is not None:
            self._bridge.cancel(handle)

    def remove(self) -> None:
        """Take the user's own encoder of the model in use away, whole or begun; it can be put back for a while."""
        services = self._bridge.services
        self._bridge.query(lambda: compressors.remove(services), self._on_removed, self.refused.emit)

    def put_back(self, removed: RemovedCompressor) -> None:
        self._undo.stop()
        self._bridge.query(lambda: compressors.put_back(removed), lambda _: self.changed.emit(), self.refused.emit)

    def purge(self) -> None:
        """Delete for good what was removed."""
        services = self._bridge.services
        self._undo.stop()
        self._bridge.query(lambda: compressors.purge_removed(services), lambda _: self.purged.emit())

    def _on_removed(self, removed: RemovedCompressor) -> None:
        self._undo.start()
        self.removed.emit(removed)
        self.changed.emit()

    # -- jobs ------------------------------------------------------------------------------------------------------

    def _on_job(self, handle: JobHandle) -> None:
        if handle.kind != compressors.KIND or handle.ticket is None:
            return
        name = handle.ticket.title
        self._jobs[name], self._scores[name] = handle, []
        handle.progress.connect(lambda progress: self._on_progress(name, progress))
        handle.ended.connect(lambda: self._on_ended(name))
        self.started.emit(name, handle)

    def _on_progress(self, name: str, progress: Progress) -> None:
        score = progress.detail
        if isinstance(score, CompressorScore):
            seen = [each for each in self._scores.get(name, []) if each.step < score.step]
            self._scores[name] = [*seen, score]
            self.scored.emit(name)

    def _on_ended(self, name: str) -> None:
        self._jobs.pop(name, None)
        self.changed.emit()
