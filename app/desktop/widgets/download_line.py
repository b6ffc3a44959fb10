"""One model that can be fetched: what it is, what it costs, and how far it has come."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.desktop.bridge import JobHandle
from app.desktop.icons import dress
from app.desktop.model_words import (
    fit_words,
    joined,
    language_names,
    language_words,
    learning_words,
    licence_words,
    parameter_words,
)
from app.desktop.progress_words import ProgressReader
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import comma_list, size
from app.operations.catalogue import CatalogueModel
from app.operations.model_downloads import PartialDownload
from app.operations.model_memory import Fit
from engine.jobs import Progress

_STEPS = 1000


class DownloadLine(QWidget):
    """download_asked: begin, or go on. pause_asked, discard_asked: of what has come."""

    download_asked = Signal()
    pause_asked = Signal()
    discard_asked = Signal()

    def __init__(self, name: str, listed: CatalogueModel | None, parent: QWidget | None = None) -> None:
        """listed: None for a model that is not in our list, which the user has named."""
        super().__init__(parent)
        self.name = name
        self._listed = listed
        self._part: PartialDownload | None = None
        self._fit: Fit | None = None
        self._job: JobHandle | None = None
        self._reader = ProgressReader()
        self._failure = ""
        self._build()
        self.retranslate()

    def _build(self) -> None:
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.1, bold=True))
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._good_for, self.facts, self.fit, self.state = (WrappedLabel(self) for _ in range(4))
        self.facts.setProperty("role", "subtle")
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.download_button, self.pause_button, self.discard_button = (QPushButton(self) for _ in range(3))
        dress(self.pause_button, "pause")
        self.download_button.clicked.connect(self._begin)
        self.pause_button.clicked.connect(self.pause_asked)
        self.discard_button.clicked.connect(self.discard_asked)
        words = QVBoxLayout()
        words.setSpacing(4)
        for part in (self._title, self._good_for, self.facts, self.fit, self.bar, self.state):
            words.addWidget(part)
        line = QFrame(self)
        line.setProperty("role", "hairline")
        layout = QHBoxLayout()
        layout.setContentsMargins(0, 12, 0, 12)
        layout.setSpacing(GRID)
        layout.addLayout(words, 1)
        layout.addSpacing(GRID)
        for button in (self.download_button, self.pause_button, self.discard_button):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(line)
        whole.addLayout(layout)

    # -- what is known of it ---------------------------------------------------------------------------------------

    def show_part(self, part: PartialDownload | None, fit: Fit | None) -> None:
        """part: what has come, None for nothing. fit: None while it is not known."""
        self._part, self._fit = part, fit
        self.retranslate()

    def follow(self, handle: JobHandle) -> None:
        """Show a job that fetches the model or makes it ready, until it ends."""
        if self._job is handle:
            return
        self._job, self._failure = handle, ""
        self._reader = ProgressReader()
        handle.progress.connect(self._on_progress)
        handle.ended.connect(self._on_ended)
        self.retranslate()

    def show_failure(self, sentence: str) -> None:
        """It was refused or has failed; the button tries again."""
        self._failure = sentence
        self._job = None
        self.retranslate()

    def _begin(self) -> None:
        self._failure = ""
        self.download_button.setEnabled(False)
        self.download_asked.emit()

    def _on_progress(self, progress: Progress) -> None:
        self._reader.add(progress, time.monotonic())
        self._tell_state()

    def _on_ended(self) -> None:
        if self._job is not None and self._job.is_over:
            self._job = None
            self.retranslate()

    # -- faces -----------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        listed, part = self._listed, self._part
        self._title.setText(listed.title if listed is not None else part.repo if part is not None else self.name)
        self._good_for.setVisible(listed is not None)
        if listed is not None:
            self._good_for.setText(listed.good_for.get(QLocale().name(), listed.good_for["en"]))
            facts = [
                parameter_words(listed.parameters),
                language_words(listed.languages, listed.languages_in_all),
                self.tr("about {size} to download").format(size=size(listed.download_bytes)),
                licence_words(listed.licence),
            ]
            self.facts.setText(joined(facts))
            self.facts.setToolTip(comma_list(language_names(listed.languages)))
        else:
            self.facts.setText(self.tr("Not in our list: its licence and languages are its makers’ affair."))
        self.fit.setText(fit_words(self._fit) if self._fit is not None else "")
        self.fit.setFont(scaled(self.font(), 1.0, bold=self._fit is not None and not self._fit.fits))
        self.fit.setToolTip(learning_words(self._fit) if self._fit is not None else "")
        self.fit.setVisible(self._fit is not None)
        self._tell_state()

    def _tell_state(self) -> None:
        is_running = self._job is not None
        is_fetching = self._job is not None and self._job.kind == "download"
        has_come = self._part is not None and self._part.done_bytes > 0
        self.download_button.setVisible(not is_running)
        self.download_button.setEnabled(not is_running)
        self.pause_button.setVisible(is_fetching)
        self.discard_button.setVisible(not is_running and self._part is not None)
        self.bar.setVisible(is_running or has_come)
        self._tell_progress()
        self.state.setVisible(bool(self.state.text()))
        goes_on = has_come or self._part is not None
        name = self._title.text()
        self.download_button.setText(
            self.tr("Try again") if self._failure else self.tr("Go on") if goes_on else self.tr("Download")
        )
        for button, words, tip in (
            (self.download_button, self.download_button.text(), self.tr("Fetch it from the hub and check it")),
            (self.pause_button, self.tr("Pause"), self.tr("What has come is kept")),
            (self.discard_button, self.tr("Discard"), self.tr("Delete what has come")),
        ):
            button.setText(words)
            button.setToolTip(tip)
            button.setAccessibleName(f"{words}: {name}")
        self.bar.setAccessibleName(f"{name}: {self.state.text()}")
        self.setAccessibleName(joined([name, self.facts.text(), self.fit.text(), self.state.text()]))

    def _tell_progress(self) -> None:
        fraction: float | None = 0.0
        if self._job is not None:
            words, fraction = self._reader.long, self._reader.fraction
        elif self._part is not None:
            part = self._part
            fraction = part.done_bytes / max(1, part.total_bytes)
            words = self._failure or (
                self.tr("Has come whole; go on to add it.")
                if part.is_whole
                else self.tr("Paused at {done} of {total}").format(
                    done=size(part.done_bytes), total=size(part.total_bytes)
                )
            )
        else:
            words = self._failure
        self.bar.setRange(0, _STEPS if fraction is not None else 0)
        self.bar.setValue(round((fraction or 0.0) * _STEPS))
        self.state.setText(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
