"""Training compressors, and taking them away: the same from whichever place of the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.bridge import Bridge, JobHandle
from app.operations import compressors
from app.operations.compressor_folders import CompressorMethod
from app.operations.compressors import RemovedCompressor
from engine.api import CompressorScore
from engine.jobs import Progress

UNDO_MS = 30_000
"""How long a removed compressor can be put back."""

GIST = CompressorMethod.GIST
KINDS = (compressors.KIND, compressors.SEGMENTS_KIND)


class CompressorControl(QObject):
    """A model may have a gist encoder and a segment compressor: `method` says which is meant.

    started: name of a model and the handle of a training. scored: name of a model one of whose trainings was looked at.
    changed: compressors came, went, or stand elsewhere. refused: the sentence why something was not done. removed: a
    RemovedCompressor and its method, as long as it can be put back; purged: that is over.
    """

    started = Signal(str, object)
    scored = Signal(str)
    changed = Signal()
    refused = Signal(str)
    removed = Signal(object, object)
    purged = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._jobs: dict[tuple[str, str], JobHandle] = {}
        self._scores: dict[tuple[str, str], list[CompressorScore]] = {}
        """Both by the kind of the job and the model's name."""
        self._undo = QTimer(self)
        self._undo.setSingleShot(True)
        self._undo.setInterval(UNDO_MS)
        self._undo.timeout.connect(self.purge)
        bridge.job_started.connect(self._on_job)

    def train(
        self,
        model_name: str | None = None,
        *,
        method: CompressorMethod = GIST,
        data: Sequence[Path] = (),
        resume: bool = False,
    ) -> JobHandle:
        """Train one for a model, else for the one in use. data: what it is trained on; resume: go on where training stopped."""
        services = self._bridge.services
        handle = self._bridge.start(
            compressors.job_kind(method),
            lambda: compressors.train(services, model=model_name, method=method, data=data, resume=resume),
            again=lambda: self.train(model_name, method=method, resume=True),
        )
        handle.failed.connect(self.refused)
        handle.failed.connect(lambda _: self.changed.emit())
        return handle

    def training(self, model_name: str, method: CompressorMethod = GIST) -> JobHandle | None:
        """The job that trains one for this model."""
        return self._jobs.get((compressors.job_kind(method), model_name))

    def scores(self, model_name: str, method: CompressorMethod = GIST) -> list[CompressorScore]:
        """The looks at what is held out since the training under way was begun or gone on with, in order."""
        return self._scores.get((compressors.job_kind(method), model_name), [])

    def pause(self, model_name: str, method: CompressorMethod = GIST) -> None:
        """Stop for now: what is trained is kept and can be gone on with."""
        handle = self.training(model_name, method)
        if handle is not None:
            self._bridge.cancel(handle)

    def remove(self, method: CompressorMethod = GIST) -> None:
        """Take the user's own one of the model in use away, whole or begun; it can be put back for a while."""
        services = self._bridge.services
        self._bridge.query(
            lambda: compressors.remove(services, method=method),
            lambda removed: self._on_removed(removed, method),
            self.refused.emit,
        )

    def put_back(self, removed: RemovedCompressor) -> None:
        self._undo.stop()
        self._bridge.query(lambda: compressors.put_back(removed), lambda _: self.changed.emit(), self.refused.emit)

    def purge(self) -> None:
        """Delete for good what was removed."""
        services = self._bridge.services
        self._undo.stop()
        self._bridge.query(lambda: compressors.purge_removed(services), lambda _: self.purged.emit())

    def _on_removed(self, removed: RemovedCompressor, method: CompressorMethod) -> None:
        self._undo.start()
        self.removed.emit(removed, method)
        self.changed.emit()

    # -- jobs ------------------------------------------------------------------------------------------------------

    def _on_job(self, handle: JobHandle) -> None:
        if handle.kind not in KINDS or handle.ticket is None:
            return
        key = (handle.kind, handle.ticket.title)
        self._jobs[key], self._scores[key] = handle, []
        handle.progress.connect(lambda progress: self._on_progress(key, progress))
        handle.ended.connect(lambda: self._on_ended(key))
        self.started.emit(handle.ticket.title, handle)

    def _on_progress(self, key: tuple[str, str], progress: Progress) -> None:
        score = progress.detail
        if isinstance(score, CompressorScore):
            seen = [each for each in self._scores.get(key, []) if each.step < score.step]
            self._scores[key] = [*seen, score]
            self.scored.emit(key[1])

    def _on_ended(self, key: tuple[str, str]) -> None:
        self._jobs.pop(key, None)
        self.changed.emit()
