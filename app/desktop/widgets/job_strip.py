"""What is running, at the foot of the window: one line a job, nothing when idle.

Imports share one line, since people drop folders. Knows job handles; starts and stops nothing itself.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from app.desktop.bridge import JobHandle
from app.desktop.icons import dress
from app.desktop.progress_words import ProgressReader
from app.desktop.wording import number, shortened
from engine.jobs import Progress

STRIP_LINE = 28
SHOWN = ("learn", "import", "forget", "load_model", "prepare_model")
"""Answers are shown where they were asked for; the rest is over before it could be read."""
_STEPS = 1000


class JobLine(QWidget):
    """One job, or all imports together."""

    pause_asked = Signal()
    resume_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.title = ""
        self.is_paused = False
        self.done_files = 0
        self.all_files = 0
        self._reader = ProgressReader()
        self.setFixedHeight(STRIP_LINE)
        self._name = QLabel(self)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._bar.setRange(0, 0)
        self._figures = QLabel(self)
        self._figures.setProperty("role", "subtle")
        self.pause_button, self.cancel_button = QToolButton(self), QToolButton(self)
        dress(self.pause_button, "pause")
        dress(self.cancel_button, "close")
        self.pause_button.setVisible(kind == "learn")
        self.cancel_button.setVisible(kind not in ("load_model", "forget"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 0, 8, 0)
        layout.setSpacing(12)
        layout.addWidget(self._name)
        layout.addWidget(self._bar)
        layout.addWidget(self._figures, 1)
        layout.addWidget(self.pause_button)
        layout.addWidget(self.cancel_button)
        self.pause_button.clicked.connect(self._pause_or_resume)
        self.cancel_button.clicked.connect(self.cancel_asked)
        self.retranslate()

    def show_progress(self, progress: Progress) -> None:
        self._reader.add(progress, time.monotonic())
        self._tell()

    def show_paused(self) -> None:
        """The job has ended and left a checkpoint; the line stays to go on from."""
        self.is_paused = True
        self.retranslate()

    def begin_anew(self, title: str) -> None:
        """The next file of a line of imports begins."""
        self.title = title
        self._reader = ProgressReader()
        self._tell()

    def _pause_or_resume(self) -> None:
        if self.is_paused:
            self.resume_asked.emit()
        else:
            self.pause_asked.emit()

    def _tell(self) -> None:
        title = shortened(self.title)
        match self.kind:
            case "learn" if self.is_paused:
                name = self.tr("Paused learning “{title}”").format(title=title)
            case "learn":
                name = self.tr("Learning “{title}”").format(title=title)
            case "import" if self.all_files > 1:
                name = self.tr("Adding {place} of {count}: {title}").format(
                    place=number(min(self.done_files + 1, self.all_files)), count=number(self.all_files), title=title
                )
            case "import":
                name = self.tr("Adding {title}").format(title=title)
            case "forget":
                name = self.tr("Forgetting a document …")
            case "load_model":
                name = self.tr("Starting the engine …")
            case "prepare_model":
                name = self.tr("Preparing the model {title}").format(title=title)
            case _:
                name = title
        self._name.setText(name)
        fraction = self._reader.fraction
        if fraction is None and not self.is_paused:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, _STEPS)
            self._bar.setValue(round((fraction or 0.0) * _STEPS))
        figures = self._reader.paused if self.is_paused else self._reader.short
        self._figures.setText(figures)
        self._bar.setAccessibleName(name)
        self.setAccessibleName(f"{name} {figures}".strip())

    def retranslate(self) -> None:
        dress(self.pause_button, "resume" if self.is_paused else "pause")
        pause = self.tr("Go on learning") if self.is_paused else self.tr("Pause; what is learned is kept")
        cancel = {
            "learn": self.tr("Close this line") if self.is_paused else self.tr("Cancel; what is learned is kept"),
            "import": self.tr("Cancel; files already added stay"),
        }.get(self.kind, self.tr("Cancel"))
        for button, words in ((self.pause_button, pause), (self.cancel_button, cancel)):
            button.setToolTip(words)
            button.setAccessibleName(f"{words}: {self.title}")
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class JobStrip(QFrame):
    """pause_asked, cancel_asked: of a job handle. resume_asked: of a document id."""

    pause_asked = Signal(object)
    cancel_asked = Signal(object)
    resume_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "strip")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._lines: dict[JobHandle, JobLine] = {}
        self._paused: dict[str, JobLine] = {}
        self._imports: list[JobHandle] = []
        self._import_line: JobLine | None = None
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
        if handle.kind == "import":
            self._follow_import(handle)
            return
        document_id = handle.ticket.document_id or ""
        if handle.kind == "learn":
            self.drop_paused(document_id)
        line = self._new_line(handle.kind, handle.ticket.title)
        self._lines[handle] = line
        handle.progress.connect(line.show_progress)
        line.pause_asked.connect(lambda: self._ask_pause(handle))
        line.cancel_asked.connect(lambda: self.cancel_asked.emit(handle))
        handle.ended.connect(lambda: self._end(handle))

    def note_pausing(self, handle: JobHandle) -> None:
        """The job was asked to pause: its line stays when it stops."""
        line = self._lines.get(handle)
        if line is not None:
            line.is_paused = True

    def drop_paused(self, document_id: str) -> None:
        """The document goes on being learned, or is gone: its paused line has nothing to say."""
        line = self._paused.pop(document_id, None)
        if line is not None:
            self._remove(line)

    def _ask_pause(self, handle: JobHandle) -> None:
        self.pause_asked.emit(handle)

    def _new_line(self, kind: str, title: str) -> JobLine:
        line = JobLine(kind, self)
        line.title = title
        line.retranslate()
        self._layout.addWidget(line)
        self.show()
        return line

    def _end(self, handle: JobHandle) -> None:
        line = self._lines.pop(handle)
        document_id = handle.ticket.document_id if handle.ticket is not None else None
        if line.is_paused and document_id:
            line.show_paused()
            self._paused[document_id] = line
            line.resume_asked.connect(lambda: self.resume_asked.emit(document_id))
            line.cancel_asked.disconnect()
            line.cancel_asked.connect(lambda: self.drop_paused(document_id))
        else:
            self._remove(line)

    def _follow_import(self, handle: JobHandle) -> None:
        assert handle.ticket is not None
        if self._import_line is None:
            self._import_line = self._new_line("import", handle.ticket.title)
            self._import_line.cancel_asked.connect(self._cancel_imports)
        line = self._import_line
        self._imports.append(handle)
        line.all_files += 1
        line.retranslate()
        title = handle.ticket.title

        def show(progress: Progress) -> None:
            if line.title != title:
                line.begin_anew(title)
            line.show_progress(progress)

        def end() -> None:
            self._imports.remove(handle)
            line.done_files += 1
            line.begin_anew(line.title)
            if not self._imports:
                self._import_line = None
                self._remove(line)

        handle.progress.connect(show)
        handle.ended.connect(end)

    def _cancel_imports(self) -> None:
        for handle in list(self._imports):
            self.cancel_asked.emit(handle)

    def _remove(self, line: JobLine) -> None:
        had_focus = line.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self._layout.removeWidget(line)
        line.hide()
        line.deleteLater()
        if not self._layout.count():
            self.hide()
        if had_focus:
            self.window().setFocus(Qt.FocusReason.OtherFocusReason)
