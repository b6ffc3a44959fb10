"""The segment memory of the open book: which of it is compressed, making it, pausing, its use, forgetting it."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.bridge import Bridge, JobHandle, Query
from app.desktop.icons import dress
from app.desktop.progress_words import ProgressReader
from app.desktop.segment_control import SegmentControl
from app.desktop.segment_face import Face, Make, face
from app.desktop.segment_words import ratio_words, state_words
from app.desktop.settings.choice import Choice
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.compress_dialog import CompressDialog
from app.desktop.widgets.compress_form import DOCUMENT, EXACT
from app.desktop.widgets.segment_strip import SegmentStrip
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import number, size, together
from app.operations import segment_memories
from app.operations.segment_memories import SegmentStatus
from engine.api import SEGMENT_RATIOS
from engine.jobs import Progress
from storage.documents import DocumentRow

AS_FITS = ""
"""The choice of the ratio that fits the book."""


class SegmentSection(QWidget):
    """One book's. place_chosen: an offset the user wants to see. compressor_wanted: the model needs one."""

    place_chosen = Signal(int)
    compressor_wanted = Signal()

    def __init__(self, bridge: Bridge, control: SegmentControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._control = control
        self._document: DocumentRow | None = None
        self._status: SegmentStatus | None = None
        self._query: Query | None = None
        self._job: JobHandle | None = None
        self._progress: Progress | None = None
        self._reader = ProgressReader()
        self._is_pausing = False
        self._made = AS_FITS
        """The choice of the ratio of the memory that is there."""
        self._build()
        control.started.connect(self._on_started)
        control.pausing.connect(self._on_pausing)
        control.changed.connect(self._on_changed)
        control.refused.connect(self.banner.say)
        control.forgotten.connect(self._on_forgotten)
        self.retranslate()

    def _build(self) -> None:
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.1, bold=True))
        self._what = WrappedLabel(self)
        self._what.setProperty("role", "subtle")
        self.banner = Banner(self)
        self.strip = SegmentStrip(self)
        self.strip.chosen.connect(self.place_chosen)
        self.state = WrappedLabel(self)
        self.use_box = QCheckBox(self)
        self.use_box.clicked.connect(self._use)
        self.ratio = Choice(self._ratios, self)
        self.ratio.chosen.connect(lambda _: self._tell())
        self._ratio_label = QLabel(self)
        self._ratio_label.setBuddy(self.ratio)
        self.make_button, self.pause_button, self.forget_button = (QPushButton(self) for _ in range(3))
        self.train_button, self.exact_button = QPushButton(self), QPushButton(self)
        dress(self.pause_button, "pause")
        self.make_button.clicked.connect(self._make)
        self.pause_button.clicked.connect(self._pause)
        self.forget_button.clicked.connect(self._ask_to_forget)
        self.train_button.clicked.connect(self.compressor_wanted)
        self.exact_button.clicked.connect(self._keep_exactly)
        ratio_row, buttons = QHBoxLayout(), QHBoxLayout()
        for row in (ratio_row, buttons):
            row.setSpacing(GRID)
        ratio_row.addWidget(self._ratio_label)
        ratio_row.addWidget(self.ratio)
        ratio_row.addStretch(1)
        for button in self._buttons:
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for part in (self._title, self._what, self.banner, self.strip, self.state, self.use_box):
            layout.addWidget(part)
        layout.addLayout(ratio_row)
        layout.addLayout(buttons)

    @property
    def _buttons(self) -> tuple[QPushButton, ...]:
        return self.make_button, self.pause_button, self.train_button, self.exact_button, self.forget_button

    def _ratios(self) -> list[tuple[str, str]]:
        fine, coarse = min(SEGMENT_RATIOS), max(SEGMENT_RATIOS)
        return [
            (AS_FITS, self.tr("as fits the book")),
            (str(fine), self.tr("{ratio}, truer").format(ratio=ratio_words(fine))),
            (str(coarse), self.tr("{ratio}, smaller").format(ratio=ratio_words(coarse))),
        ]

    # -- which book ------------------------------------------------------------------------------------------------

    def open(self, document: DocumentRow | None) -> None:
        """Show a book's segment memory, and its making if that is going on."""
        self._leave_job()
        self._document, self._status = document, None
        self.banner.hide()
        self._made = AS_FITS
        self.ratio.show_value(AS_FITS)
        if document is not None:
            running = self._control.running(document.document_id)
            if running is not None:
                self._follow(running)
            self._reload()
        self._tell()

    def act(self) -> None:
        """What the section's first button does now: make it, pause, go on."""
        if self._job is not None:
            self._pause()
        elif self._face.can_make:
            self._make()

    def _reload(self) -> None:
        assert self._document is not None
        document_id, services = self._document.document_id, self._bridge.services
        if self._query is not None:
            self._query.drop()
        self._query = self._bridge.query(
            lambda: segment_memories.status(services, document_id), self._show, self.banner.say
        )

    def _show(self, status: SegmentStatus) -> None:
        made = str(status.ratio) if status.complete else AS_FITS
        if self._made != made:  # else what the user chooses stays chosen
            self._made = made
            self.ratio.show_value(made)
        self._status = status
        self._tell()

    # -- the job ---------------------------------------------------------------------------------------------------

    def _on_started(self, handle: JobHandle) -> None:
        ticket = handle.ticket
        if ticket is not None and self._document is not None and ticket.document_id == self._document.document_id:
            self._follow(handle)
            self._tell()

    def _follow(self, handle: JobHandle) -> None:
        self._leave_job()
        self.banner.hide()
        self._job, self._progress, self._reader, self._is_pausing = handle, None, ProgressReader(), False
        handle.progress.connect(self._on_progress)
        handle.ended.connect(self._on_ended)

    def _leave_job(self) -> None:
        if self._job is not None:
            self._job.progress.disconnect(self._on_progress)
            self._job.ended.disconnect(self._on_ended)
            self._job = None

    def _on_progress(self, progress: Progress) -> None:
        self._reader.add(progress, time.monotonic())
        self._progress = progress
        self._tell_progress()

    def _on_ended(self) -> None:
        self._leave_job()
        self._tell()

    def _on_pausing(self, handle: JobHandle) -> None:
        if handle is self._job:
            self._is_pausing = True
            self._tell()

    def _on_changed(self, document_id: str) -> None:
        if self._document is not None and document_id == self._document.document_id:
            self._reload()

    def _on_forgotten(self, document_id: str, freed: int) -> None:
        if self._document is not None and document_id == self._document.document_id:
            self.banner.say(self.tr("The segment memory is forgotten: {size} removed.").format(size=size(freed)))

    # -- the buttons -----------------------------------------------------------------------------------------------

    def _make(self) -> None:
        if self._document is not None and self._job is None:
            self.make_button.setEnabled(False)
            self._control.make(self._document.document_id, ratio=self._chosen_ratio)

    def _pause(self) -> None:
        if self._job is not None:
            self._control.pause(self._job)

    def _use(self, in_use: bool) -> None:
        if self._document is not None:
            self._control.set_in_use(self._document.document_id, in_use)

    def _ask_to_forget(self) -> None:
        if self._document is None or self._status is None:
            return
        document_id = self._document.document_id
        self.banner.say(
            self.tr("Forget the segment memory of this book ({size})? It would have to be made again.").format(
                size=size(self._status.bytes)
            ),
            self.tr("Forget it"),
            lambda: self._control.forget(document_id),
        )

    def _keep_exactly(self) -> None:
        """Propose to keep the text of the whole book, which the model's window holds."""
        if self._document is not None:
            dialog = CompressDialog(
                self._bridge, self.window(), source=DOCUMENT, document_id=self._document.document_id
            )
            dialog.form.into.show_value(EXACT)
            dialog.form.beginning.setValue(self._document.tokens)
            dialog.show()

    @property
    def _chosen_ratio(self) -> int | None:
        return int(self.ratio.value) if self.ratio.value else None

    # -- faces -----------------------------------------------------------------------------------------------------

    @property
    def _face(self) -> Face:
        return face(self._status, is_making=self._job is not None, ratio=self._chosen_ratio)

    def _tell(self) -> None:
        shown, status = self._face, self._status
        for part in (self.ratio, self._ratio_label):
            part.setVisible(shown.chooses_ratio)
        self.make_button.setVisible(shown.make is not None)
        self.make_button.setEnabled(shown.can_make)
        words, name = self._make_words(shown.make)
        self.make_button.setText(words)
        self.make_button.setAccessibleName(name)
        self.pause_button.setVisible(shown.pauses)
        self.pause_button.setEnabled(not self._is_pausing)
        self.forget_button.setVisible(shown.forgets)
        self.use_box.setVisible(shown.uses)
        self.use_box.setChecked(status is not None and status.in_use)
        self.train_button.setVisible(shown.trains)
        self.exact_button.setVisible(shown.keeps_exactly)
        self.strip.setVisible(shown.shows_book and self._document is not None)
        self._tell_progress()

    def _make_words(self, make: Make | None) -> tuple[str, str]:
        """What the button says, and its name."""
        match make:
            case Make.GO_ON:
                return self.tr("Go on"), self.tr("Go on making segment memory")
            case Make.AGAIN:
                return self.tr("Make again"), self.tr("Make segment memory again")
            case Make.RETRY:
                return self.tr("Try again"), self.tr("Try again to make segment memory")
            case _:
                return self.tr("Make segment memory"), self.tr("Make segment memory")

    def _tell_progress(self) -> None:
        status, document = self._status, self._document
        if self._job is not None:
            words = self.tr("Pausing …") if self._is_pausing else self._reader.long
        else:
            words = "" if status is None else self._words(status)
        self.state.setText(words)
        if document is not None:
            self.strip.show_book(
                () if status is None else status.ends,
                document.characters,
                made_to=round(document.characters * self._done),
                whole=status is not None and status.complete,
            )

    @property
    def _done(self) -> float:
        """The share of the book a job has come to; 0 without one."""
        progress = self._progress
        if self._job is None or progress is None or not progress.total:
            return 0.0
        return progress.done / progress.total

    def _words(self, status: SegmentStatus) -> str:
        words = state_words(status)
        if status.outdated and status.complete:
            return words + "\n" + self.tr("Made with an earlier compressor of the model; it can still be used.")
        if self._face.make is Make.NEW and self._face.can_make and self._chosen_ratio:
            slots = number(status.total_tokens // self._chosen_ratio)
            return together(words, self.tr("That makes about {count} slots.").format(count=slots))
        return words

    def retranslate(self) -> None:
        self._title.setText(self.tr("Segment memory"))
        self._what.setText(
            self.tr(
                "The book, compressed: what speaks of a question stands before it; names and facts still come from passages."
            )
        )
        self._ratio_label.setText(self.tr("Compression"))
        self.ratio.setAccessibleName(self.tr("How much the book is compressed"))
        self.ratio.setToolTip(self.tr("So many tokens of the book become one slot of memory"))
        self.use_box.setText(self.tr("Use it when I ask"))
        self.use_box.setAccessibleName(self.tr("Use segment memory when I ask"))
        for button, words, name, tip in (
            (
                self.pause_button,
                self.tr("Pause"),
                self.tr("Pause making segment memory"),
                self.tr("What is compressed is kept"),
            ),
            (
                self.forget_button,
                self.tr("Forget"),
                self.tr("Forget the segment memory"),
                self.tr("Remove this memory; the book stays"),
            ),
            (
                self.train_button,
                self.tr("Train a compressor …"),
                self.tr("Train a segment compressor for the model"),
                self.tr("On the page Memory, under “Prompt caches”"),
            ),
            (
                self.exact_button,
                self.tr("Keep its text exactly …"),
                self.tr("Keep the text of this book exactly"),
                self.tr("It is then read once and stands before every question as it is; nothing is lost"),
            ),
        ):
            button.setText(words)
            button.setAccessibleName(name)
            button.setToolTip(tip)
        self._tell()

    def showEvent(self, event: QShowEvent) -> None:
        """What was done to the memory on another page is seen when one comes back."""
        if self._document is not None and not event.spontaneous():
            self._reload()
        super().showEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
