"""One question answered twice, side by side: with the whole prompt read, and with its gist in place of it."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.progress_words import ProgressReader
from app.desktop.prompt_words import divergence_figure, divergence_words, title_words
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.question_box import QuestionBox
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import number, seconds, shortened
from app.operations import prompt_caches
from engine.api import Compared, ComparedAnswer, ComparedText
from engine.jobs import Progress
from storage.prompt_states import PromptEntryRow

FULL, GIST = "full", "gist"


class CompareDialog(QDialog):
    """Shown with `show`. Closing it stops what is being answered."""

    def __init__(self, bridge: Bridge, row: PromptEntryRow, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._bridge = bridge
        self._row = row
        self._job: JobHandle | None = None
        self._reader = ProgressReader()
        self._compared: Compared | None = None
        self._failure = ""
        self._build()
        self.retranslate()
        self.resize(112 * GRID, 72 * GRID)
        self.box.setFocus()

    def _build(self) -> None:
        self._heading = QLabel(self)
        self._heading.setTextFormat(Qt.TextFormat.PlainText)
        self._heading.setFont(scaled(self.font(), 1.2, bold=True))
        self.box = QuestionBox(self)
        self.box.sent.connect(self._ask)
        self.ask_button, self.stop_button = QPushButton(self), QPushButton(self)
        self.ask_button.setProperty("role", "primary")
        self.ask_button.clicked.connect(self._ask)
        self.stop_button.clicked.connect(self._stop)
        for button in (self.ask_button, self.stop_button):
            button.setAutoDefault(False)
        question = QHBoxLayout()
        question.setSpacing(GRID)
        question.addWidget(self.box, 1)
        question.addWidget(self.ask_button, 0, Qt.AlignmentFlag.AlignBottom)
        question.addWidget(self.stop_button, 0, Qt.AlignmentFlag.AlignBottom)
        self.answers = {which: _Answer(self) for which in (FULL, GIST)}
        line = QFrame(self)
        line.setProperty("role", "upright")
        columns = QHBoxLayout()
        columns.setSpacing(2 * GRID)
        columns.addWidget(self.answers[FULL], 1)
        columns.addWidget(line)
        columns.addWidget(self.answers[GIST], 1)
        self.verdict, self.state = WrappedLabel(self), WrappedLabel(self)
        self.verdict.setFont(scaled(self.font(), 1.05, bold=True))
        self.state.setProperty("role", "subtle")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(self._heading)
        layout.addLayout(question)
        layout.addLayout(columns, 1)
        layout.addWidget(self.verdict)
        layout.addWidget(self.state)

    # -- the job ---------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        services, entry, question = self._bridge.services, self._row.entry, self.box.question
        if self._job is not None or not question:
            return
        for answer in self.answers.values():
            answer.clear()
        self._reader, self._compared, self._failure = ProgressReader(), None, ""
        self._job = self._bridge.start(
            prompt_caches.KIND_COMPARE, lambda: prompt_caches.compare(services, entry, question)
        )
        self._job.progress.connect(self._on_progress)
        self._job.finished.connect(self._on_finished)
        self._job.failed.connect(self._on_failed)
        self._job.ended.connect(self._on_ended)
        self._tell()

    def _stop(self) -> None:
        if self._job is not None:
            self._bridge.cancel(self._job)

    def _on_progress(self, progress: Progress) -> None:
        self._reader.add(progress, time.monotonic())
        piece = progress.detail
        if isinstance(piece, ComparedText):
            self.answers[piece.which].add(piece.text)
        self._tell()

    def _on_finished(self, compared: Compared) -> None:
        self._compared = compared
        self.answers[FULL].show_answer(compared.full)
        self.answers[GIST].show_answer(compared.gist)

    def _on_failed(self, sentence: str) -> None:
        self._failure = sentence

    def _on_ended(self) -> None:
        self._job = None
        self._tell()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        super().closeEvent(event)

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        is_running, compared = self._job is not None, self._compared
        self.ask_button.setVisible(not is_running)
        self.stop_button.setVisible(is_running)
        self.verdict.setText(
            "" if compared is None else divergence_words(compared.divergence, compared.divergence_none)
        )
        self.verdict.setVisible(compared is not None)
        if self._failure:
            words = self._failure
        elif is_running:
            words = self._reader.long
        elif compared is not None:
            words = self.tr("Divergence over this answer: {figure}.").format(
                figure=divergence_figure(compared.divergence)
            )
        else:
            words = self.tr(
                "Both answers are written by the same model, one after the other, from nothing kept before."
            )
        self.state.setText(words)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Compare answers"))
        title = shortened(title_words(self._row), 70)
        self._heading.setText(self.tr("“{title}”: answers with the full prompt and with its gist").format(title=title))
        self.box.setPlaceholderText(self.tr("A question this prompt should shape …"))
        self.box.setAccessibleName(self.tr("Question"))
        self.ask_button.setText(self.tr("Ask both"))
        self.ask_button.setAccessibleName(self.ask_button.text())
        self.stop_button.setText(self.tr("Stop"))
        self.stop_button.setAccessibleName(self.tr("Stop answering"))
        self.answers[FULL].say(self.tr("Full prompt"))
        self.answers[GIST].say(self.tr("Gist of {k}").format(k=number(int(self._row.metrics.get("k", 0)))))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Answer(QWidget):
    """One of the two: its name, its words as they come, and what they cost."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._answer: ComparedAnswer | None = None
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.05, bold=True))
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.figures = WrappedLabel(self)
        self.figures.setProperty("role", "subtle")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._title)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.figures)

    def clear(self) -> None:
        self.text.clear()
        self._answer = None
        self._tell()

    def add(self, piece: str) -> None:
        cursor = self.text.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(piece)

    def show_answer(self, answer: ComparedAnswer) -> None:
        self._answer = answer
        if self.text.toPlainText() != answer.answer:
            self.text.setPlainText(answer.answer)
        self._tell()

    def say(self, name: str) -> None:
        self._title.setText(name)
        self.text.setAccessibleName(self.tr("Answer: {which}").format(which=name))
        self._tell()

    def _tell(self) -> None:
        answer = self._answer
        self.text.setPlaceholderText("" if answer is None else self.tr("It wrote nothing."))
        self.figures.setText(
            ""
            if answer is None
            else self.tr("first word after {time} · {slots} tokens looked at").format(
                time=seconds(answer.first_s), slots=number(answer.slots)
            )
        )
