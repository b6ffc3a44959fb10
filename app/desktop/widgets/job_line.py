"""One job in one line: what it does, how far it is, how fast, how long still; its buttons."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from app.desktop.icons import dress
from app.desktop.progress_words import ProgressReader
from app.desktop.prompt_words import name_words
from app.desktop.widgets.elided_label import ElidedLabel
from app.desktop.wording import shortened
from engine.jobs import Progress

STRIP_LINE = 28
PAUSABLE = ("learn", "encode_segments")
"""Kinds of jobs whose line stays when they are paused, to go on from."""
_STEPS = 1000


class JobLine(QWidget):
    """A line runs, or stands still (`is_paused`), or has failed and says why (`failure`)."""

    pause_asked = Signal()
    resume_asked = Signal()
    retry_asked = Signal()
    cancel_asked = Signal()
    close_asked = Signal()

    def __init__(self, kind: str, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.title = title
        self.is_paused = False
        self.failure = ""
        self._reader = ProgressReader()
        self.setFixedHeight(STRIP_LINE)
        self._name = QLabel(self)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._bar.setRange(0, 0)
        self._figures = ElidedLabel(self, Qt.AlignmentFlag.AlignLeft)
        self._figures.setProperty("role", "subtle")
        self._engine = QLabel(self)
        self._engine.setProperty("role", "subtle")
        self._engine.hide()
        self.pause_button, self.cancel_button = QToolButton(self), QToolButton(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 0, 8, 0)
        layout.setSpacing(12)
        layout.addWidget(self._name)
        layout.addWidget(self._bar)
        layout.addWidget(self._figures, 1)
        layout.addWidget(self._engine)
        layout.addWidget(self.pause_button)
        layout.addWidget(self.cancel_button)
        self.pause_button.clicked.connect(self._pause_resume_or_retry)
        self.cancel_button.clicked.connect(self._cancel_or_close)
        self.retranslate()

    def show_progress(self, progress: Progress) -> None:
        self._reader.add(progress, time.monotonic())
        self._tell()

    def show_paused(self) -> None:
        """The job has ended and left a checkpoint; the line stays to go on from."""
        self.is_paused = True
        self._engine.hide()
        self.retranslate()

    def show_failed(self, sentence: str) -> None:
        """The job has ended with a sentence; the line stays to try again from."""
        self.failure = sentence
        self._engine.hide()
        self.retranslate()

    def show_engine(self, words: str) -> None:
        """Where the work is done and what it takes: "CPU · bfloat16 · 1.2 GB"."""
        self._engine.setText(words)
        self._engine.setVisible(bool(words) and not self.is_paused and not self.failure)

    def _pause_resume_or_retry(self) -> None:
        if self.failure:
            self.retry_asked.emit()
        elif self.is_paused:
            self.resume_asked.emit()
        else:
            self.pause_asked.emit()

    def _cancel_or_close(self) -> None:
        if self._stands_still:
            self.close_asked.emit()
        else:
            self.cancel_asked.emit()

    @property
    def _stands_still(self) -> bool:
        return self.is_paused or bool(self.failure)

    # -- faces -----------------------------------------------------------------------------------------------------

    @property
    def words(self) -> str:
        """The whole line, as a screen reader says it."""
        return f"{self._what()} {self._how_far()}".strip()

    def _what(self) -> str:
        title = shortened(self.title)
        match self.kind:
            case "learn" if self.failure:
                return self.tr("Learning “{title}” has stopped").format(title=title)
            case "learn" if self.is_paused:
                return self.tr("Paused learning “{title}”").format(title=title)
            case "learn":
                return self.tr("Learning “{title}”").format(title=title)
            case "import" if not title:
                return self.tr("Adding to the library")
            case "import":
                return self.tr("Adding {title}").format(title=title)
            case "forget":
                return self.tr("Forgetting …")
            case "load_model" if self.failure:
                return self.tr("The engine did not start")
            case "load_model":
                return self.tr("Starting the engine …")
            case "prepare_model":
                return self.tr("Preparing the model {title}").format(title=title)
            case "measure_reading":
                return self.tr("Measuring the model {title}").format(title=title)
            case "measure_speed":
                return self.tr("Measuring how fast {title} is").format(title=title)
            case "compress":
                return self.tr("Compressing “{title}”").format(title=shortened(name_words(self.title)))
            case "encode_segments" if self.failure:
                return self.tr("Making segment memory of “{title}” has stopped").format(title=title)
            case "encode_segments" if self.is_paused:
                return self.tr("Paused: segment memory of “{title}”").format(title=title)
            case "encode_segments":
                return self.tr("Making segment memory of “{title}”").format(title=title)
            case "train_compressor":
                return self.tr("Training a gist encoder for {title}").format(title=title)
            case "train_segment_compressor":
                return self.tr("Training a segment compressor for {title}").format(title=title)
            case "download":
                return self.tr("Downloading {title}").format(title=title)
            case _:
                return title

    def _how_far(self) -> str:
        if self.failure:
            return self.failure
        return self._reader.paused if self.is_paused else self._reader.long

    def _tell(self) -> None:
        what, how_far = self._what(), self._how_far()
        self._name.setText(what)
        self._bar.setVisible(not self.failure)
        fraction = self._reader.fraction
        if fraction is None and not self.is_paused:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, _STEPS)
            self._bar.setValue(round((fraction or 0.0) * _STEPS))
        self._figures.set_words(how_far)
        self._bar.setAccessibleName(what)
        self.setAccessibleName(self.words)

    def retranslate(self) -> None:
        stands_still = self._stands_still
        dress(self.pause_button, "resume" if stands_still else "pause")
        self.pause_button.setVisible(self.kind in PAUSABLE or bool(self.failure))
        self.cancel_button.setVisible(stands_still or self.kind not in ("load_model", "forget"))
        dress(self.cancel_button, "close")
        if self.failure:
            first = self.tr("Try again")
        elif self.kind == "encode_segments":
            first = self.tr("Go on compressing") if self.is_paused else self.tr("Pause; what is compressed is kept")
        elif self.is_paused:
            first = self.tr("Go on learning")
        else:
            first = self.tr("Pause; what is learned is kept")
        second = {
            "learn": self.tr("Cancel; what is learned is kept"),
            "encode_segments": self.tr("Stop; what is compressed is kept"),
            "import": self.tr("Cancel; files already added stay"),
            "download": self.tr("Stop; what is downloaded is kept"),
            "train_compressor": self.tr("Pause; what is trained is kept"),
            "train_segment_compressor": self.tr("Pause; what is trained is kept"),
        }.get(self.kind, self.tr("Cancel"))
        if stands_still:
            second = self.tr("Close this line")
        for button, words in ((self.pause_button, first), (self.cancel_button, second)):
            button.setToolTip(words)
            button.setAccessibleName(f"{words}: {self.title}" if self.title else words)
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
