"""What is running, at the foot of the window: one line a job, nothing when idle; what stands still can go on from here.

While the engine works, its device and memory stand beside it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.desktop.bridge import Bridge, JobHandle, Query
from app.desktop.widgets.job_line import JobLine
from app.desktop.wording import size
from app.operations.engine_state import EngineState, engine_state
from engine.jobs import Progress

SHOWN = (
    "learn",
    "import",
    "forget",
    "load_model",
    "prepare_model",
    "measure_reading",
    "measure_speed",
    "download",
    "compress",
    "train_compressor",
    "train_segment_compressor",
    "encode_segments",
)
"""Answers are shown where they were asked for; the rest is over before it could be read."""
STAYS_WHEN_FAILED = ("learn", "load_model", "encode_segments")
"""The pages that start the others say how they failed."""
ON_THE_ENGINE = (
    "learn",
    "load_model",
    "prepare_model",
    "measure_reading",
    "measure_speed",
    "compress",
    "train_compressor",
    "train_segment_compressor",
    "encode_segments",
)
LOOK_AT_ENGINE_MS = 2000


class JobStrip(QFrame):
    """pause_asked, cancel_asked: of a job handle. resume_asked: of the kind of a job and a document id."""

    pause_asked = Signal(object)
    cancel_asked = Signal(object)
    resume_asked = Signal(str, str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.setProperty("role", "strip")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._lines: dict[JobHandle, JobLine] = {}
        self._still: dict[tuple[str, str], JobLine] = {}
        """Paused and failed lines, by kind and document id ("" where a job has none)."""
        self._looking: Query | None = None
        self._engine_timer = QTimer(self)
        self._engine_timer.setInterval(LOOK_AT_ENGINE_MS)
        self._engine_timer.timeout.connect(self._look_at_engine)
        self.hide()

    @property
    def lines(self) -> list[JobLine]:
        """What is shown, from the top."""
        items = (self._layout.itemAt(index) for index in range(self._layout.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [line for line in widgets if isinstance(line, JobLine)]

    def follow(self, handle: JobHandle) -> None:
        """Show a job until it ends."""
        if handle.ticket is None or handle.kind not in SHOWN or handle.is_over:
            return
        self._drop((handle.kind, handle.ticket.document_id or ""))
        line = self._new_line(handle.kind, handle.ticket.title)
        self._lines[handle] = line
        handle.progress.connect(line.show_progress)
        line.pause_asked.connect(lambda: self.pause_asked.emit(handle))
        line.cancel_asked.connect(lambda: self.cancel_asked.emit(handle))
        handle.failed.connect(lambda sentence: self._note_failure(handle, sentence))
        handle.ended.connect(lambda: self._end(handle))
        if handle.kind in ON_THE_ENGINE:
            self._look_at_engine()
            self._engine_timer.start()

    def show_paused(self, kind: str, document_id: str, title: str, progress: Progress) -> None:
        """A job of a document that was paused before this window was opened."""
        if (kind, document_id) in self._still:
            return
        line = self._new_line(kind, title)
        line.show_progress(progress)
        self._keep_still(line, document_id)
        line.show_paused()

    def note_pausing(self, handle: JobHandle) -> None:
        """The job was asked to pause: its line stays when it stops."""
        line = self._lines.get(handle)
        if line is not None:
            line.is_paused = True

    def drop_still(self, document_id: str) -> None:
        """The document is gone: its lines that stand still have nothing to say."""
        for key in [key for key in self._still if key[1] == document_id]:
            self._drop(key)

    def _drop(self, key: tuple[str, str]) -> None:
        line = self._still.pop(key, None)
        if line is not None:
            self._remove(line)

    def _new_line(self, kind: str, title: str) -> JobLine:
        line = JobLine(kind, title, self)
        self._layout.addWidget(line)
        self.show()
        return line

    def _note_failure(self, handle: JobHandle, sentence: str) -> None:
        if handle.kind in STAYS_WHEN_FAILED:
            self._lines[handle].show_failed(sentence)

    def _end(self, handle: JobHandle) -> None:
        line = self._lines.pop(handle)
        document_id = handle.ticket.document_id if handle.ticket is not None else None
        if line.failure:
            self._keep_still(line, document_id or "")
            line.retry_asked.connect(handle.try_again)
        elif line.is_paused and document_id:
            self._keep_still(line, document_id)
            line.show_paused()
        else:
            self._remove(line)
        if not any(handle.kind in ON_THE_ENGINE for handle in self._lines):
            self._engine_timer.stop()

    def _keep_still(self, line: JobLine, document_id: str) -> None:
        key = (line.kind, document_id)
        self._drop(key)
        self._still[key] = line
        line.resume_asked.connect(lambda: self.resume_asked.emit(*key))
        line.close_asked.connect(lambda: self._drop(key))

    # -- the engine ------------------------------------------------------------------------------------------------

    def _look_at_engine(self) -> None:
        if self._looking is None:
            services = self._bridge.services
            self._looking = self._bridge.query(lambda: engine_state(services), self._show_engine)
            self._looking.failed.connect(self._stop_looking)

    def _stop_looking(self) -> None:
        self._looking = None

    def _show_engine(self, state: EngineState) -> None:
        self._looking = None
        parts = [state.device.upper(), state.dtype, size(state.resident_bytes) if state.resident_bytes else ""]
        words = " · ".join(part for part in parts if part)
        for handle, line in self._lines.items():
            if handle.kind in ON_THE_ENGINE:
                line.show_engine(words)

    def _remove(self, line: JobLine) -> None:
        had_focus = line.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self._layout.removeWidget(line)
        line.hide()
        line.deleteLater()
        if not self._layout.count():
            self.hide()
        if had_focus:
            self.window().setFocus(Qt.FocusReason.OtherFocusReason)
