"""Compressing a prompt: what is wanted, how it goes, and what came of it."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.progress_words import ProgressReader
from app.desktop.prompt_words import divergence_figure, divergence_words, ratio_words
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.compress_form import DOCUMENT, FILE, INSTRUCTIONS, CompressForm, Wanted
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import number, seconds, size, together
from app.operations import compressing, compressors, library, models, prompt_caches
from app.operations.compressing import Prompt
from app.services import Services, Ticket
from engine.api import Compressed, CompressMethod
from engine.jobs import Progress
from storage.documents import DocumentRow

_STEPS = 1000


class CompressDialog(QDialog):
    """Shown with `show`. used: the gist is put to use, or left aside again. compare_asked: of the new gist's entry.

    Closing it leaves its job running.
    """

    used = Signal()
    compare_asked = Signal(int)

    def __init__(
        self,
        bridge: Bridge,
        parent: QWidget,
        *,
        source: str = INSTRUCTIONS,
        document_id: str | None = None,
    ) -> None:
        """source, document_id: what is proposed."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._bridge = bridge
        self._document_id = document_id
        self._job: JobHandle | None = None
        self._reader = ProgressReader()
        self._result: Compressed | None = None
        self._file_prompt: Prompt | None = None
        self._instructions_before: str | None = None
        """Of the time before this file was made the standing instructions; None: it was not."""
        self._failure = ""
        self._is_known = False
        self.form = CompressForm(self)
        self.form.propose(source)
        self._build()
        self.form.changed.connect(self._tell)
        self.retranslate()
        self.resize(76 * GRID, 44 * GRID)
        services = bridge.services
        self._query = bridge.query(lambda: _possible(services), self._show_possible, self._fail)

    def _build(self) -> None:
        self._heading = QLabel(self)
        self._heading.setFont(scaled(self.font(), 1.2, bold=True))
        self._what = WrappedLabel(self)
        self._what.setProperty("role", "subtle")
        self.verdict, self.facts, self._use_note, self.state = (WrappedLabel(self) for _ in range(4))
        self.verdict.setFont(scaled(self.font(), 1.05, bold=True))
        self._use_note.setProperty("role", "subtle")
        self.use_box = QCheckBox(self)
        self.use_box.clicked.connect(self._use)
        self.standing_button = QPushButton(self)
        self.standing_button.clicked.connect(self._turn_standing)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self.start_button, self.stop_button, self.compare_button, self.close_button = (
            QPushButton(self) for _ in range(4)
        )
        self.start_button.setProperty("role", "primary")
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(self._start)
        self.stop_button.clicked.connect(self._stop)
        self.compare_button.clicked.connect(self._compare)
        self.close_button.clicked.connect(self.close)
        for button in (self.standing_button, self.stop_button, self.compare_button, self.close_button):
            button.setAutoDefault(False)
        self._outcome = QWidget(self)
        outcome = QVBoxLayout(self._outcome)
        outcome.setContentsMargins(0, 0, 0, 0)
        outcome.setSpacing(GRID)
        outcome.addWidget(self.verdict)
        outcome.addWidget(self.facts)
        outcome.addWidget(self.use_box, 0, Qt.AlignmentFlag.AlignLeft)
        outcome.addWidget(self.standing_button, 0, Qt.AlignmentFlag.AlignLeft)
        outcome.addWidget(self._use_note)
        outcome.addStretch(1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.form)
        self._stack.addWidget(self._outcome)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch(1)
        for button in (self.compare_button, self.close_button, self.stop_button, self.start_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(self._heading)
        layout.addWidget(self._what)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.state)
        layout.addWidget(self._bar)
        layout.addLayout(buttons)

    def _show_possible(self, possible: tuple[list[DocumentRow], bool]) -> None:
        self._is_known = True
        self.form.show_possible(possible[0], self._document_id, can_compress=possible[1])
        self.form.source.setFocus()

    # -- the job ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        services, wanted = self._bridge.services, self.form.wanted
        self._reader, self._failure = ProgressReader(), ""

        def begin() -> Ticket:
            prompt = _prompt(services, wanted)
            self._file_prompt = prompt if wanted.source == FILE else None
            return _compress(services, prompt, wanted)

        self._job = self._bridge.start(compressing.KIND, begin)
        self._job.progress.connect(self._on_progress)
        self._job.finished.connect(self._on_finished)
        self._job.failed.connect(self._fail)
        self._job.ended.connect(self._on_ended)
        self._tell()

    def _stop(self) -> None:
        if self._job is not None:
            self._bridge.cancel(self._job)

    def _on_progress(self, progress: Progress) -> None:
        self._reader.add(progress, time.monotonic())
        self._tell()

    def _on_finished(self, result: Compressed) -> None:
        self._result = result

    def _fail(self, sentence: str) -> None:
        self._failure = sentence
        self._tell()

    def _on_ended(self) -> None:
        self._job = None
        self._tell()

    def _use(self, in_use: bool) -> None:
        assert self._result is not None
        services, entry = self._bridge.services, self._result.entry
        self._bridge.query(
            lambda: prompt_caches.set_in_use(services, entry, in_use), self._on_used, self._on_use_failed
        )

    def _on_used(self, _: object) -> None:
        self.used.emit()

    def _on_use_failed(self, sentence: str) -> None:
        self.use_box.setChecked(not self.use_box.isChecked())
        self._fail(sentence)

    def _turn_standing(self) -> None:
        """A file's prompt becomes the standing instructions, or they are again what they were."""
        assert self._result is not None and self._file_prompt is not None
        services, entry, text = self._bridge.services, self._result.entry, self._file_prompt.text
        before = self._instructions_before
        self.standing_button.setEnabled(False)
        if before is None:
            self._query = self._bridge.query(
                lambda: prompt_caches.make_standing(services, entry, text), self._on_standing, self._on_standing_failed
            )
        else:
            self._query = self._bridge.query(
                lambda: prompt_caches.undo_standing(services, entry, before),
                lambda _: self._on_standing(None),
                self._on_standing_failed,
            )

    def _on_standing(self, before: str | None) -> None:
        self._instructions_before, self._failure = before, ""
        self.standing_button.setEnabled(True)
        self._tell()
        self.used.emit()

    def _on_standing_failed(self, sentence: str) -> None:
        self.standing_button.setEnabled(True)
        self._fail(sentence)

    def _compare(self) -> None:
        if self._result is not None:
            self.compare_asked.emit(self._result.entry)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._query.drop()
        super().closeEvent(event)

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        is_running, result = self._job is not None, self._result
        self._stack.setCurrentWidget(self.form if result is None else self._outcome)
        self.form.setEnabled(self._is_known and not is_running)
        self.state.setText(self._failure or (self._reader.long if is_running else ""))
        self.state.setVisible(bool(self.state.text()))
        fraction = self._reader.fraction
        self._bar.setVisible(is_running)
        self._bar.setRange(0, 0 if fraction is None else _STEPS)
        self._bar.setValue(round((fraction or 0.0) * _STEPS))
        self._bar.setAccessibleName(self.state.text() or self.windowTitle())
        self.start_button.setVisible(result is None)
        self.start_button.setEnabled(self._is_known and not is_running and self.form.wanted.is_complete)
        is_exact = self.form.wanted.method is CompressMethod.EXACT
        usual = self.tr("Keep") if is_exact else self.tr("Compress")
        self.start_button.setText(self.tr("Try again") if self._failure else usual)
        self.start_button.setAccessibleName(self.start_button.text())
        self.stop_button.setVisible(is_running)
        self.compare_button.setVisible(result is not None and result.k > 0)
        if result is not None:
            self._tell_result(result)

    def _tell_result(self, result: Compressed) -> None:
        is_gist = result.k > 0
        self.verdict.setText(
            divergence_words(result.divergence, result.divergence_none)
            if is_gist
            else self.tr("Kept exactly: answers are those of the full prompt.")
        )
        self.facts.setText("\n".join(self._facts(result)))
        is_file, is_standing = self._file_prompt is not None, self._instructions_before is not None
        is_document = self.form.wanted.source == DOCUMENT
        self.use_box.setVisible((is_gist and not is_file) or is_document)
        self.standing_button.setVisible(is_file)
        self.standing_button.setText(self.tr("Undo") if is_standing else self.tr("Make it my standing instructions"))
        self.standing_button.setAccessibleName(
            self.tr("Undo: have the standing instructions of before") if is_standing else self.standing_button.text()
        )
        self._use_note.setVisible(is_gist or is_file or is_document)
        self._use_note.setText(self._use_words(is_file=is_file, is_standing=is_standing, is_gist=is_gist))

    def _use_words(self, *, is_file: bool, is_standing: bool, is_gist: bool) -> str:
        if is_standing:
            return self.tr("Every question is asked with it from now on.")
        if is_file:
            return self.tr(
                "Questions are asked with your standing instructions, and this file is not those. "
                "As it is, it serves “palimpsest ask --instructions”."
            )
        if not is_gist:
            return self.tr("The text then stands before every question about the book, without being read again.")
        return self.tr("The gist then stands in for this prompt, until you leave it aside.")

    def _facts(self, result: Compressed) -> list[str]:
        took = self.tr("That took {time}.").format(time=seconds(result.seconds))
        if not result.k:
            kept = self.tr("{tokens} tokens take {size} on disk and need not be read again.")
            return [kept.format(tokens=number(result.tokens), size=size(result.bytes_exact)), took]
        lines = [
            self.tr(
                "{tokens} tokens became {slots}, {ratio} fewer: {k} gist tokens, {literals} kept word for word, and the first."
            ).format(
                tokens=number(result.tokens),
                slots=number(result.slots),
                ratio=ratio_words(result.ratio),
                k=number(result.slots - result.literal_tokens - 1),
                literals=number(result.literal_tokens),
            ),
            self.tr("They take {gist} on disk instead of {exact}.").format(
                gist=size(result.bytes_gist), exact=size(result.bytes_exact)
            ),
            self.tr("Divergence from the full prompt: {gist}; without any prompt: {none}.").format(
                gist=divergence_figure(result.divergence), none=divergence_figure(result.divergence_none)
            ),
        ]
        if not result.within_bound:
            lines.append(self.tr("That is more than the bound for “says the same”: compare answers before using it."))
        return [*lines, took]

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Compress a prompt"))
        self._heading.setText(self.windowTitle())
        self._what.setText(
            together(
                self.tr("A prompt is read once and kept, so that it need not be read again."),
                self.tr(
                    "As a gist, a few tokens stand in for it: it takes far less room and is used faster, and loses some."
                ),
            )
        )
        self.use_box.setText(self.tr("Use it for answers"))
        self.use_box.setAccessibleName(self.use_box.text())
        self.stop_button.setText(self.tr("Stop"))
        self.stop_button.setAccessibleName(self.tr("Stop compressing"))
        self.compare_button.setText(self.tr("Compare answers …"))
        self.compare_button.setAccessibleName(self.compare_button.text())
        self.close_button.setText(self.tr("Close"))
        self.close_button.setAccessibleName(self.tr("Close this window"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _possible(services: Services) -> tuple[list[DocumentRow], bool]:
    """The library, and whether the model in use has a gist encoder."""
    has_encoder = compressors.encoder_folder(services, models.current_model(services)) is not None
    return library.list_documents(services), has_encoder


def _prompt(services: Services, wanted: Wanted) -> Prompt:
    if wanted.source == DOCUMENT and wanted.document_id is not None:
        return compressing.document_prompt(services, wanted.document_id)
    if wanted.source == FILE and wanted.file is not None:
        return compressing.file_prompt(wanted.file)
    return compressing.instructions_prompt(services)


def _compress(services: Services, prompt: Prompt, wanted: Wanted) -> Ticket:
    return compressing.compress(
        services,
        prompt,
        method=wanted.method,
        k=wanted.k,
        keep_literals=wanted.keep_literals,
        refine_steps=compressing.REFINE_STEPS if wanted.refines else 0,
        max_tokens=wanted.most_tokens,
    )
