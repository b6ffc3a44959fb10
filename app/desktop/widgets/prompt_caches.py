"""The prompts that need not be read again: what is kept, what it takes and saves, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.desktop.bridge import Bridge, JobHandle, Query
from app.desktop.compressor_control import CompressorControl
from app.desktop.model_words import title_of
from app.desktop.prompt_removal import PromptRemoval
from app.desktop.prompt_table import Column, PromptTable
from app.desktop.prompt_words import layout
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.budget_line import BudgetLine
from app.desktop.widgets.compare_dialog import CompareDialog
from app.desktop.widgets.compress_dialog import CompressDialog
from app.desktop.widgets.compress_form import DOCUMENT, INSTRUCTIONS
from app.desktop.widgets.encoder_line import EncoderLine
from app.desktop.widgets.prompt_details import PromptDetails
from app.desktop.widgets.segment_compressor_line import SegmentCompressorLine
from app.desktop.widgets.skeleton import Skeleton
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.operations import compressing, compressors, encoder_training, models, prompt_caches, segment_memories
from app.operations.compressor_folders import CompressorMethod
from app.operations.compressors import Compressor, RemovedCompressor
from app.operations.prompt_caches import GIST, Overview, PromptCache
from app.services import EXPECTED_ERRORS, Services
from engine.api import PromptLayout
from storage.prompt_states import PromptEntryRow

KEEPS_PROMPTS = (compressing.KIND, segment_memories.KIND, "ask")
TITLE_WIDTH = 24 * GRID
"""At least; narrower windows scroll."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """model_name: "" where there is no model. training_s: how long training an encoder takes, or what is left of it."""

    overview: Overview
    model_name: str = ""
    encoders: Sequence[Compressor] = ()
    training_s: float | None = None
    segment_compressors: Sequence[Compressor] = ()
    segment_training_s: float | None = None


class PromptCaches(QWidget):
    """settings_wanted: the user wants to decide whether and how prompts are kept."""

    settings_wanted = Signal()

    def __init__(self, bridge: Bridge, control: CompressorControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._control = control
        self._query: Query | None = None
        self._seen: _Seen | None = None
        self._failure = ""
        self._build()
        self.removal = PromptRemoval(bridge, self.undo_banner)
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        self._what = WrappedLabel(self)
        self._what.setProperty("role", "subtle")
        self.budget = BudgetLine(self)
        self.banner, self.undo_banner = Banner(self), Banner(self)
        self.encoder = EncoderLine(self._control, self)
        self.segments = SegmentCompressorLine(self._control, self)
        self._model = PromptTable(self)
        self.table = _Table(self._model, self)
        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "subtle")
        self._empty.setFont(scaled(self.font(), 1.15))
        self.again_button = QPushButton(self)
        self.again_button.clicked.connect(self.reload)
        self.settings_button = QPushButton(self)
        self.settings_button.clicked.connect(self.settings_wanted)
        face = QWidget(self)
        column = QVBoxLayout(face)
        column.addStretch(1)
        column.addWidget(self._empty)
        column.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._face = face
        self._stack = QStackedWidget(self)
        self._stack.addWidget(face)
        self._stack.addWidget(self.table)
        self._skeleton = Skeleton(self._stack)
        self.compress_button, self.compare_button, self.use_button = (QPushButton(self) for _ in range(3))
        self.pin_button, self.details_button, self.delete_button = (QPushButton(self) for _ in range(3))
        self.delete_all_button = QPushButton(self)
        self.compress_button.setProperty("role", "primary")
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in self._buttons[:-1]:
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.delete_all_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self.budget, 1)
        head.addWidget(self.settings_button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._what)
        layout.addLayout(head)
        for part in (self.encoder, self.segments, self.banner, self.undo_banner):
            layout.addWidget(part)
        layout.addWidget(self._stack, 1)
        layout.addLayout(buttons)

    @property
    def _buttons(self) -> tuple[QPushButton, ...]:
        return (
            self.compress_button,
            self.compare_button,
            self.use_button,
            self.pin_button,
            self.details_button,
            self.delete_button,
            self.delete_all_button,
        )

    def _connect(self) -> None:
        self._model.pin_asked.connect(lambda row, pinned: self._pin([row], pinned))
        self._model.use_asked.connect(self._use)
        self.table.activated.connect(lambda _: self._show_details())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        self.compress_button.clicked.connect(self.compress)
        self.compare_button.clicked.connect(self._compare)
        self.use_button.clicked.connect(self._turn_use)
        self.pin_button.clicked.connect(self._turn_pin)
        self.details_button.clicked.connect(self._show_details)
        self.delete_button.clicked.connect(lambda: self.removal.remove([each.row for each in self.selected]))
        self.delete_all_button.clicked.connect(lambda: self.removal.remove([each.row for each in self._model.caches]))
        self.removal.changed.connect(self._on_removal)
        self.removal.gone.connect(self.reload)
        self._control.changed.connect(self._look_again)
        self._control.refused.connect(self.banner.say)
        self._control.removed.connect(self._on_encoder_removed)
        self._bridge.job_started.connect(self._on_job)

    # -- what is kept ----------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read everything anew; the chosen prompt stays chosen."""
        services = self._bridge.services
        if self._query is not None:
            self._query.drop()
        if self._seen is None:
            self._skeleton.wait()
        self._query = self._bridge.query(lambda: _look(services), self._show, self._show_failure)

    def _show(self, seen: _Seen) -> None:
        self._skeleton.done()
        self._seen, self._failure = seen, ""
        totals = seen.overview.totals
        self.budget.show_figures(
            taken_bytes=totals.bytes,
            budget_bytes=totals.budget_bytes,
            tokens_saved=totals.tokens_saved,
            seconds_saved=totals.seconds_saved,
        )
        if seen.model_name:
            title = title_of(seen.model_name)
            self.encoder.show_encoders(seen.model_name, title, seen.encoders, seen.training_s)
            self.segments.show_encoders(seen.model_name, title, seen.segment_compressors, seen.segment_training_s)
        else:
            self.encoder.hide()
            self.segments.hide()
        self._arrange()

    def _show_failure(self, sentence: str) -> None:
        self._skeleton.done()
        self._failure = sentence
        self._tell()

    def _arrange(self) -> None:
        """Show what is kept and not about to go; what was selected stays selected, else the row that takes its place."""
        assert self._seen is not None
        entries, row = [each.row.entry for each in self.selected], self.table.currentIndex().row()
        self._model.show(self._seen.overview.caches, self.removal.going)
        stay = [index for index in map(self._model.index_of, entries) if index.isValid()]
        if self._model.rowCount():
            self.table.select_rows(stay or [self._model.index(max(0, min(row, self._model.rowCount() - 1)), 0)])
        self.table.fit_columns()
        self._tell()

    @property
    def selected(self) -> list[PromptCache]:
        """The prompts that are pinned and deleted by the buttons, from the top."""
        places = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self._model.caches[place] for place in places]

    @property
    def chosen(self) -> PromptCache | None:
        """The one prompt the other buttons are about; None while several are selected."""
        selected = self.selected
        return selected[0] if len(selected) == 1 else None

    def _look_again(self) -> None:
        if self.isVisible():
            self.reload()

    def _on_job(self, handle: JobHandle) -> None:
        """Whatever keeps prompts may have kept one."""
        if handle.kind in KEEPS_PROMPTS:
            handle.ended.connect(self._look_again)

    # -- the buttons -----------------------------------------------------------------------------------------------

    def compress(self) -> None:
        """Proposes the prompt that is chosen, where it can be had again: a book's beginning, or today's instructions."""
        chosen = self.chosen
        is_book = chosen is not None and layout(chosen.row) is PromptLayout.DOCUMENT
        source = DOCUMENT if is_book else INSTRUCTIONS
        document_id = None if chosen is None else chosen.row.document_id
        dialog = CompressDialog(self._bridge, self, source=source, document_id=document_id)
        dialog.used.connect(self.reload)
        dialog.compare_asked.connect(self._compare_entry)
        dialog.show()

    def _compare(self) -> None:
        if self.chosen is not None:
            self._open_comparison(self.chosen.row)

    def _compare_entry(self, entry: int) -> None:
        """One that was kept a moment ago."""
        services = self._bridge.services
        self._bridge.query(
            lambda: prompt_caches.find_cache(services, str(entry)), self._open_comparison, self.banner.say
        )

    def _open_comparison(self, row: PromptEntryRow) -> None:
        CompareDialog(self._bridge, row, self).show()

    def _show_details(self) -> None:
        if self.chosen is not None:
            PromptDetails(self._bridge, self.chosen, self).open()

    def _turn_use(self) -> None:
        if self.chosen is not None:
            self._use(self.chosen.row, not self.chosen.row.in_use)

    def _use(self, row: PromptEntryRow, in_use: bool) -> None:
        services, entry = self._bridge.services, row.entry
        self._bridge.query(lambda: prompt_caches.set_in_use(services, entry, in_use), self._on_written, self.banner.say)

    def _turn_pin(self) -> None:
        self._pin([each.row for each in self.selected], not self._all_pinned)

    @property
    def _all_pinned(self) -> bool:
        return all(each.row.pinned for each in self.selected)

    def _pin(self, rows: Sequence[PromptEntryRow], pinned: bool) -> None:
        services, entries = self._bridge.services, [row.entry for row in rows]
        self._bridge.query(lambda: _pin_all(services, entries, pinned), self._on_written, self.banner.say)

    def _on_written(self, _: object) -> None:
        self.reload()

    def _on_removal(self) -> None:
        if self._seen is not None:
            self._arrange()

    def _on_encoder_removed(self, removed: RemovedCompressor, method: CompressorMethod) -> None:
        words = (
            self.tr("The segment compressor is removed.")
            if method is CompressorMethod.SEGMENTS
            else self.tr("The gist encoder is removed.")
        )
        self.banner.say(words, self.tr("Undo"), lambda: self._control.put_back(removed))

    def hideEvent(self, event: QHideEvent) -> None:
        """Who turns away has not undone: what was deleted goes."""
        if not event.spontaneous():  # a window that is minimised is no turning away
            self.removal.finish()
        super().hideEvent(event)

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        selected, is_known = self.selected, self._seen is not None
        chosen = selected[0] if len(selected) == 1 else None
        has_rows = self._model.rowCount() > 0 and not self._failure
        self._stack.setCurrentWidget(self.table if has_rows else self._face)
        self._empty.setText(self._nothing())
        self.again_button.setVisible(bool(self._failure))
        self.budget.setVisible(is_known and not self._failure)
        self.compress_button.setEnabled(is_known and not self._failure)
        is_gist = chosen is not None and chosen.row.kind == GIST
        for button in self._buttons[1:]:
            button.setVisible(has_rows)
        self.compare_button.setVisible(has_rows and is_gist)
        self.use_button.setVisible(has_rows and chosen is not None and chosen.row.can_be_in_use)
        self.compare_button.setEnabled(chosen is not None and chosen.usable)
        is_used = chosen is not None and chosen.row.in_use
        self.use_button.setText(self.tr("Leave aside") if is_used else self.tr("Use for answers"))
        self.details_button.setEnabled(chosen is not None)
        for button in (self.pin_button, self.delete_button):
            button.setEnabled(bool(selected))
        self.pin_button.setText(self.tr("Unpin") if selected and self._all_pinned else self.tr("Pin"))
        self.compress_button.setText(
            self.tr("Compress this prompt …")
            if chosen is not None and has_rows and _can_be_proposed(chosen)
            else self.tr("Compress a prompt …")
        )
        for button in self._buttons:
            button.setAccessibleName(button.text())

    def _nothing(self) -> str:
        if self._failure:
            return self._failure
        if self._seen is None:
            return ""
        if not self._seen.overview.totals.kept:
            return self.tr("Prompts are not kept: that is switched off in the settings, under “Instructions”.")
        return self.tr(
            "No prompt is kept yet. What every question begins with is kept after its first answer, "
            "and a prompt of your own when you compress it."
        )

    def retranslate(self) -> None:
        self._what.setText(
            self.tr(
                "What questions begin with (standing instructions, a persona, the head of a book) is read once and kept. "
                "Exact: nothing is lost. As a gist, a few tokens stand in for it."
            )
        )
        self.settings_button.setText(self.tr("Settings …"))
        self.settings_button.setAccessibleName(self.tr("Settings of instructions and prompt caches"))
        self.settings_button.setToolTip(self.tr("Standing instructions, and how much room prompts may take"))
        self.again_button.setText(self.tr("Try again"))
        self.again_button.setAccessibleName(self.again_button.text())
        self.compare_button.setText(self.tr("Compare answers …"))
        self.compare_button.setToolTip(self.tr("One question, answered with the full prompt and with its gist"))
        self.use_button.setToolTip(self.tr("Whether questions are answered with it"))
        self.pin_button.setToolTip(self.tr("What is pinned stays, however full the prompt caches are"))
        self.details_button.setText(self.tr("Details …"))
        self.delete_button.setText(self.tr("Delete"))
        self.delete_button.setToolTip(self.tr("The model reads the prompt again when it is next asked with"))
        self.delete_all_button.setText(self.tr("Delete all"))
        self.delete_all_button.setToolTip(self.tr("Every prompt that is kept, pinned ones too"))
        self.table.setAccessibleName(self.tr("Prompts that are kept"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self._model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
            self.table.fit_columns()
        super().changeEvent(event)


class _Table(QTreeView):
    """Columns as wide as what stands in them; the title takes what is left."""

    def __init__(self, model: PromptTable, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setProperty("role", "rings")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.sortByColumn(Column.LAST, Qt.SortOrder.DescendingOrder)

    def select_rows(self, indexes: Sequence[QModelIndex]) -> None:
        """Exactly these, the keys at the first of them."""
        selection, last = QItemSelection(), len(Column) - 1
        for index in indexes:
            selection.select(index.siblingAtColumn(0), index.siblingAtColumn(last))
        only_current = QItemSelectionModel.SelectionFlag.NoUpdate
        self.selectionModel().setCurrentIndex(indexes[0], only_current)
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def fit_columns(self) -> None:
        others = [column for column in Column if column is not Column.TITLE]
        for column in others:
            self.resizeColumnToContents(column)
        taken = sum(self.columnWidth(column) for column in others)
        self.setColumnWidth(Column.TITLE, max(TITLE_WIDTH, self.viewport().width() - taken))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()


def _can_be_proposed(cache: PromptCache) -> bool:
    """A prompt kept exactly whose text compressing starts from; not that of a file, nor instructions that were changed since."""
    is_ours = layout(cache.row) is PromptLayout.INSTRUCTIONS and cache.in_effect
    return cache.row.kind != GIST and (is_ours or layout(cache.row) is PromptLayout.DOCUMENT)


def _look(services: Services) -> _Seen:
    overview = prompt_caches.overview(services)
    try:
        model = models.current_model(services)
    except EXPECTED_ERRORS:  # gone: what is kept can still be looked at
        return _Seen(overview)
    of_segments = CompressorMethod.SEGMENTS
    return _Seen(
        overview,
        model.name,
        compressors.compressors_of(services, model),
        encoder_training.training_seconds(services),
        compressors.compressors_of(services, model, of_segments),
        encoder_training.training_seconds(services, method=of_segments),
    )


def _pin_all(services: Services, entries: Sequence[int], pinned: bool) -> None:
    for entry in entries:
        prompt_caches.set_pinned(services, entry, pinned)
