"""What is remembered of the open book: its adapter with the curve and the chapters, and its segment memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.desktop.bridge import Bridge, JobHandle, Query
from app.desktop.chapter_losses import Chapter, chapter_losses
from app.desktop.gain_points import Scored, gain_points, token_at
from app.desktop.icons import dress
from app.desktop.learning_control import LearningControl
from app.desktop.progress_words import ProgressReader
from app.desktop.segment_control import SegmentControl
from app.desktop.theme import scaled
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.chapter_strip import ChapterStrip
from app.desktop.widgets.fold_button import FoldButton
from app.desktop.widgets.gain_curve import GainCurve
from app.desktop.widgets.memory_line import MemoryLine, state_words
from app.desktop.widgets.segment_section import SegmentSection
from app.desktop.widgets.strength_slider import StrengthSlider
from app.desktop.wording import about, number, signed_percent, size, together
from app.operations import memories
from app.operations.memories import MemoryForgotten, Remembered
from engine.api import ChunkScore
from engine.jobs import Progress
from storage.documents import DocumentRow, SectionRow
from storage.memories import MemoryRow

_STEPS = 1000
_MOST_CHAPTERS = 80


@dataclass(frozen=True, slots=True)
class _Known:
    remembered: list[Remembered]
    whole_s: float | None
    """How long learning all of it takes here, as far as known."""


class MemoryPanel(QWidget):
    """Memories of one document. Learning goes on when one turns to another document.

    place_chosen: the offset of a chapter the user wants to see.
    """

    place_chosen = Signal(int)

    def __init__(
        self,
        bridge: Bridge,
        control: LearningControl,
        segments: SegmentControl,
        place: Callable[[], int],
        words_from: Callable[[int], str],
        parent: QWidget | None = None,
    ) -> None:
        """place: the offset up to which the user has read, asked for at the moment it is needed.

        words_from: the words of the open book that begin at an offset, for the curve's tooltips.
        """
        super().__init__(parent)
        self._bridge = bridge
        self._control = control
        self._place = place
        self._words_from = words_from
        self._document: DocumentRow | None = None
        self._sections: Sequence[SectionRow] = ()
        self._memory: MemoryRow | None = None
        self._whole_s: float | None = None
        self._chunks: list[Scored] = []
        self._job: JobHandle | None = None
        self._reader = ProgressReader()
        self._is_pausing = False
        self._query: Query | None = None
        self._build(segments)
        control.started.connect(self._on_started)
        control.pausing.connect(self._on_pausing)
        control.changed.connect(self._on_changed)
        control.failed.connect(self._on_failed)
        control.refused.connect(self._tell)
        control.forgotten.connect(self._on_forgotten)
        self.retranslate()

    def _build(self, segments: SegmentControl) -> None:
        inner = QWidget(self)
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        self.banner = Banner(inner)
        self._title = QLabel(inner)
        self._title.setFont(scaled(self.font(), 1.1, bold=True))
        self._state = self._words(inner)
        self._state.setProperty("role", "subtle")
        self._progress = QProgressBar(inner)
        self._progress.setTextVisible(False)
        self._progress.setRange(0, _STEPS)
        self.curve = GainCurve(inner)
        self._summary = self._words(inner)
        self._chapters_title = self._words(inner)
        self._chapters_title.setProperty("role", "subtle")
        self.chapters = ChapterStrip(inner)
        self.chapters.chosen.connect(self.place_chosen)
        self.learn_button = QPushButton(inner)
        self.learn_button.setProperty("role", "primary")
        self.learn_button.clicked.connect(self._learn_or_go_on)
        self.learn_part_button = QPushButton(inner)
        self.learn_part_button.clicked.connect(self._learn_up_to_here)
        self.pause_button = QPushButton(inner)
        dress(self.pause_button, "pause")
        self.pause_button.clicked.connect(self._pause)
        self.cancel_button = QPushButton(inner)
        dress(self.cancel_button, "close")
        self.cancel_button.clicked.connect(self._cancel)
        self.anew_button = QPushButton(inner)
        self.anew_button.clicked.connect(self._learn_anew)
        self.forget_button = QPushButton(inner)
        self.forget_button.clicked.connect(self._forget)
        self.use_box = QCheckBox(inner)
        self.use_box.clicked.connect(self._set_attached)
        self.strength = StrengthSlider(inner)
        self.strength.chosen.connect(self._set_strength)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (
            self.learn_button,
            self.learn_part_button,
            self.pause_button,
            self.cancel_button,
            self.anew_button,
            self.forget_button,
        ):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._hint = self._words(inner)
        self._hint.setProperty("role", "subtle")
        line, second_line = QFrame(inner), QFrame(inner)
        for each in (line, second_line):
            each.setProperty("role", "hairline")
        self.segments = SegmentSection(self._bridge, segments, inner)
        self.segments.place_chosen.connect(self.place_chosen)
        self._what = FoldButton(inner)
        self._explanation = self._words(inner)
        self._explanation.hide()
        self._what.toggled.connect(self._explanation.setVisible)
        self._others_title = QLabel(inner)
        self._others_title.setFont(scaled(self.font(), 1.0, bold=True))
        self._others = QVBoxLayout()
        self._others.setSpacing(4)
        for part in (self.banner, self._title, self._state, self._progress, self.curve, self._summary):
            layout.addWidget(part)
        layout.addWidget(self._chapters_title)
        layout.addWidget(self.chapters)
        layout.addWidget(self.use_box)
        layout.addWidget(self.strength)
        layout.addLayout(buttons)
        layout.addWidget(self._hint)
        layout.addWidget(self._others_title)
        layout.addLayout(self._others)
        layout.addWidget(line)
        layout.addWidget(self._what, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._explanation)
        layout.addWidget(second_line)
        layout.addWidget(self.segments)
        layout.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)

    @staticmethod
    def _words(parent: QWidget) -> QLabel:
        label = QLabel(parent)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        return label

    # -- which book ------------------------------------------------------------------------------------------------

    def open(self, document: DocumentRow | None, sections: Sequence[SectionRow] = ()) -> None:
        """Show a book's memories, and its learning if that is running."""
        self.strength.settle()
        self._leave_job()
        self._document, self._sections = document, sections
        self._memory, self._chunks = None, []
        self.banner.hide()
        self.segments.open(document)
        if document is not None:
            running = self._control.running(document.document_id)
            if running is not None:
                self._follow(running)
            self._reload()
        self._tell()

    def show_segments(self) -> None:
        """Bring what there is of segment memory into view."""
        self._scroll.ensureWidgetVisible(self.segments)

    @property
    def memory(self) -> MemoryRow | None:
        return self._memory

    def _reload(self) -> None:
        assert self._document is not None
        document_id = self._document.document_id
        services = self._bridge.services
        if self._query is not None:
            self._query.drop()
        tokens = self._document.tokens
        self._query = self._bridge.query(
            lambda: _Known(memories.of_document(services, document_id), memories.learning_seconds(services, tokens)),
            self._show_known,
        )

    def _show_known(self, known: _Known) -> None:
        """The adapter of the model in use is shown whole, those of other models as a line each."""
        self._whole_s = known.whole_s
        mine = next((each for each in known.remembered if each.usable), None)
        self._memory = mine.memory if mine is not None else None
        self._show_others([each for each in known.remembered if not each.usable])
        stored: list[Scored] = list(mine.chunks) if mine is not None else []
        newest_stored = stored[-1].tokens_done if stored else 0
        live = [chunk for chunk in self._chunks if chunk.tokens_done > newest_stored] if self._job is not None else []
        self._chunks = stored + live
        self._tell()

    def _show_others(self, others: Sequence[Remembered]) -> None:
        while (item := self._others.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for remembered in others:
            line = MemoryLine(remembered)
            line.forget_asked.connect(lambda memory=remembered.memory: self._ask_to_forget(memory))
            self._others.addWidget(line)
        self._others_title.setVisible(bool(others))

    # -- the learning job ------------------------------------------------------------------------------------------

    def _on_started(self, handle: JobHandle) -> None:
        ticket = handle.ticket
        if ticket is not None and self._document is not None and ticket.document_id == self._document.document_id:
            self._follow(handle)
            self._reload()
            self._tell()

    def _follow(self, handle: JobHandle) -> None:
        self._leave_job()
        self._job = handle
        self._reader = ProgressReader()
        self._is_pausing = False
        handle.progress.connect(self._on_progress)
        handle.ended.connect(self._on_ended)

    def _leave_job(self) -> None:
        if self._job is not None:
            self._job.progress.disconnect(self._on_progress)
            self._job.ended.disconnect(self._on_ended)
            self._job = None

    def _on_progress(self, progress: Progress) -> None:
        self._reader.add(progress, time.monotonic())
        if isinstance(progress.detail, ChunkScore):
            # Learning anew begins at the first chunk again; what the old curve said of later ones is gone.
            self._chunks = [chunk for chunk in self._chunks if chunk.tokens_done < progress.detail.tokens_done]
            self._chunks.append(progress.detail)
            self._draw_curve()
        self._tell_progress()

    def _on_ended(self) -> None:
        self._leave_job()
        self._is_pausing = False
        self._tell()

    def _on_pausing(self, handle: JobHandle) -> None:
        if handle is self._job:
            self._is_pausing = True
            self._tell()

    def _on_changed(self, document_id: str) -> None:
        if self._document is not None and document_id == self._document.document_id:
            self._reload()

    def _on_failed(self, document_id: str, sentence: str) -> None:
        if self._document is not None and document_id == self._document.document_id:
            self.banner.say(sentence, self.tr("Try again"), self._learn_or_go_on)

    def _on_forgotten(self, document_id: str, report: MemoryForgotten) -> None:
        if self._document is not None and document_id == self._document.document_id:
            self.banner.say(
                self.tr("The adapter is forgotten: {size} removed, {count} traces left.").format(
                    size=size(report.bytes), count=number(len(report.left))
                )
            )

    # -- the buttons -----------------------------------------------------------------------------------------------

    def _learn_or_go_on(self) -> None:
        if self._document is not None and self._job is None:
            self.learn_button.setEnabled(False)
            self._control.learn(self._document.document_id, resume=self._can_go_on())

    def _learn_up_to_here(self) -> None:
        if self._document is not None and self._job is None:
            self.learn_part_button.setEnabled(False)
            self._control.learn(self._document.document_id, resume=self._can_go_on(), up_to=self._place())

    def _learn_anew(self) -> None:
        if self._document is not None and self._job is None:
            self._chunks = []
            self._control.learn(self._document.document_id)

    def _pause(self) -> None:
        if self._job is not None:
            self._control.pause(self._job)

    def _cancel(self) -> None:
        if self._job is not None:
            self._control.cancel(self._job)

    def _forget(self) -> None:
        if self._memory is not None:
            self._ask_to_forget(self._memory)

    def _ask_to_forget(self, memory: MemoryRow) -> None:
        """What took long to learn is not gone by one wrong click."""
        document_id = memory.document_id
        self.banner.say(
            self.tr("Forget what {model} learned of this book ({size})? It would have to be learned again.").format(
                model=memory.model_name, size=size(memory.bytes)
            ),
            self.tr("Forget it"),
            lambda: self._control.forget(document_id, memory.memory_id),
        )

    def _set_attached(self, attached: bool) -> None:
        if self._document is not None and self._memory is not None:
            self._control.set_attached(self._document.document_id, self._memory.memory_id, attached)

    def _set_strength(self, strength: float) -> None:
        if self._document is not None and self._memory is not None:
            self._control.set_strength(self._document.document_id, self._memory.memory_id, strength)

    def _can_go_on(self) -> bool:
        return self._memory is not None and self._memory.state != "complete"

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        is_learning = self._job is not None
        memory = self._memory
        has_memory = memory is not None and not is_learning
        self._title.setText(self.tr("Adapter"))
        self._progress.setVisible(is_learning)
        self.pause_button.setVisible(is_learning)
        self.pause_button.setEnabled(not self._is_pausing)
        self.cancel_button.setVisible(is_learning)
        self.learn_button.setVisible(not is_learning and (memory is None or self._can_go_on()))
        self.learn_button.setEnabled(self._document is not None)
        self.learn_button.setText(self.tr("Go on learning") if self._can_go_on() else self.tr("Learn this book"))
        self.learn_button.setAccessibleName(self.learn_button.text())
        self.learn_part_button.setVisible(self.learn_button.isVisibleTo(self))
        self.learn_part_button.setEnabled(self._document is not None)
        self.anew_button.setVisible(has_memory and not self._can_go_on())
        self.forget_button.setVisible(has_memory)
        self.use_box.setVisible(has_memory)
        self.use_box.setChecked(memory is not None and memory.attached)
        self.strength.setVisible(has_memory and self.use_box.isChecked())
        if memory is not None:
            self.strength.show_strength(memory.strength)
        self.curve.setVisible(is_learning or bool(self._chunks))
        self._hint.setText(self.tr("You can read and ask meanwhile.") if is_learning else self._promise())
        self._hint.setVisible(is_learning or memory is None)
        self._tell_progress()
        self._draw_curve()

    def _promise(self) -> str:
        words = self.tr("The model reads the book once, on this machine, and keeps what it learned in a small file.")
        if self._whole_s is None:
            return words
        return together(words, self.tr("That takes about {time}.").format(time=about(self._whole_s)))

    def _tell_progress(self) -> None:
        memory = self._memory
        if self._job is not None:
            words = self.tr("Pausing after this chunk …") if self._is_pausing else self._reader.long
            fraction = self._reader.fraction
            self._progress.setRange(0, _STEPS if fraction is not None else 0)
            self._progress.setValue(round((fraction or 0) * _STEPS))
            self._progress.setAccessibleName(words)
        elif memory is None:
            words = self.tr("Not learned yet.")
        else:
            words = state_words(memory)
        self._state.setText(words)

    def _draw_curve(self) -> None:
        points = gain_points(self._chunks)
        document = self._document
        if document is None:
            for part in (self._summary, self.chapters, self._chapters_title):
                part.hide()
            return
        total = document.tokens
        known = [(chunk.char_end, chunk.tokens_done) for chunk in self._chunks]
        live_total = next((c.tokens_total for c in reversed(self._chunks) if isinstance(c, ChunkScore)), total)
        total = max(live_total, known[-1][1] if known else 1)
        tops = _chapters(self._sections, document.characters)
        whole = (document.characters, document.tokens)
        ticks = [(token_at(chapter.start, known, whole), chapter.title) for chapter in tops[:_MOST_CHAPTERS]]
        ticks = [tick for tick in ticks if tick[0] <= total]
        losses = chapter_losses(tops, self._chunks)
        self.chapters.show_losses(losses)
        has_chapters = bool(self._chunks) and len(tops) > 1
        self.chapters.setVisible(has_chapters)
        self._chapters_title.setVisible(has_chapters)
        self.curve.show_curve(
            points,
            tokens_total=total,
            tokens_done=known[-1][1] if known else 0,
            chapters=ticks,
            words_from=self._words_from,
        )
        self._summary.setVisible(bool(points))
        if points:
            last = points[-1]
            self._summary.setText(
                self.tr("Perplexity {gain}: {base} without, {adapter} with the adapter.").format(
                    gain=signed_percent(-last.gain), base=number(last.base_ppl, 1), adapter=number(last.adapter_ppl, 1)
                )
            )

    def retranslate(self) -> None:
        for button, words, tip in (
            (
                self.learn_part_button,
                self.tr("Only up to here"),
                self.tr("Learn the text before the end of this page, so that the model knows nothing of what follows"),
            ),
            (self.pause_button, self.tr("Pause"), self.tr("Finish the chunk and keep what is learned")),
            (self.cancel_button, self.tr("Cancel"), self.tr("Stop; what is learned so far is kept")),
            (self.anew_button, self.tr("Learn again"), self.tr("Start from the first page and replace this adapter")),
            (self.forget_button, self.tr("Forget"), self.tr("Remove this adapter; the book stays")),
        ):
            button.setText(words)
            button.setToolTip(tip)
            button.setAccessibleName(words)
        self._chapters_title.setText(
            self.tr("How much each chapter surprised the model; the line: without the adapter")
        )
        self._others_title.setText(self.tr("Learned with other models"))
        self.use_box.setText(self.tr("Use it when I ask"))
        self.use_box.setAccessibleName(self.tr("Use the adapter when I ask"))
        self._what.setText(self.tr("What is this?"))
        self._what.setAccessibleName(self.tr("What is an adapter?"))
        self._explanation.setText(
            "\n\n".join(
                (
                    self.tr("An adapter is a small addition to the model, trained on this book on your own machine."),
                    self.tr(
                        "It learns the book's style, its names and how one thing follows another, so that the text "
                        "surprises the model less: the distance between the two lines shows how much less."
                    ),
                    self.tr(
                        "It does not recall facts reliably; facts come from passages of the book, which are put before "
                        "the model with every question."
                    ),
                )
            )
        )
        self._tell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.focusNextChild()  # the first that can be used now

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _chapters(sections: Sequence[SectionRow], characters: int) -> list[Chapter]:
    """The sections of the highest level that has more than one, up to the next: a book's title alone is no chapter."""
    tops = list(sections)
    for level in sorted({section.level for section in sections}):
        found = [section for section in sections if section.level == level]
        if len(found) > 1:
            tops = found
            break
    ends = [*(section.start for section in tops[1:]), characters]
    return [Chapter(section.title, section.start, end) for section, end in zip(tops, ends, strict=True)]
