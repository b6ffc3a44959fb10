"""What is remembered of books: one row an adapter or a segment memory, what it takes, what it gained, and forgetting it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.desktop.book_memory import BookMemory, of_adapter, of_segments
from app.desktop.bridge import Bridge, Query
from app.desktop.learning_control import LearningControl
from app.desktop.memory_table import POINTS, Column, MemoryTable
from app.desktop.segment_control import SegmentControl
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.sparkline import paint_sparkline
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import number, shortened, size
from app.operations import memories, segment_memories
from app.operations.memories import MemoryForgotten
from app.services import Services

SPARK_WIDTH = 8 * GRID


class BookMemories(QWidget):
    """opened: id of a document to read."""

    opened = Signal(str)

    def __init__(
        self, bridge: Bridge, control: LearningControl, segments: SegmentControl, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._control = control
        self._segments = segments
        self._query: Query | None = None
        self._build()
        control.changed.connect(self.reload)
        control.forgotten.connect(self._on_forgotten)
        segments.changed.connect(self.reload)
        segments.refused.connect(self.banner.say)
        segments.forgotten.connect(self._on_segments_forgotten)
        self.retranslate()
        self._tell()

    def _build(self) -> None:
        self._total = QLabel(self)
        self._total.setProperty("role", "subtle")
        self._what = WrappedLabel(self)
        self._what.setProperty("role", "subtle")
        head = QHBoxLayout()
        head.setSpacing(2 * GRID)
        head.addWidget(self._what, 1)
        head.addWidget(self._total, 0, Qt.AlignmentFlag.AlignTop)
        self.banner = Banner(self)

        self._model = MemoryTable(self)
        self._model.use_asked.connect(self._use)
        self.table = QTreeView(self)
        self.table.setModel(self._model)
        self.table.setProperty("role", "rings")
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAlternatingRowColors(False)
        self.table.setAllColumnsShowFocus(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setItemDelegateForColumn(Column.GAIN, _GainDelegate(self.table))
        self.table.setTabKeyNavigation(False)
        header = self.table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(Column.DOCUMENT, QHeaderView.ResizeMode.Stretch)
        self.table.activated.connect(lambda _: self._open())
        self.table.selectionModel().currentChanged.connect(lambda *_: self._tell())

        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "subtle")
        self._empty.setFont(scaled(self.font(), 1.15))
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)

        self.open_button, self.learn_button = QPushButton(self), QPushButton(self)
        self.use_button, self.forget_button = QPushButton(self), QPushButton(self)
        self.open_button.clicked.connect(self._open)
        self.learn_button.clicked.connect(self._learn)
        self.use_button.clicked.connect(self._turn_use)
        self.forget_button.clicked.connect(self._ask_to_forget)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.open_button, self.learn_button, self.use_button, self.forget_button):
            buttons.addWidget(button)
        buttons.addStretch(1)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.banner)
        layout.addWidget(self._stack, 1)
        layout.addLayout(buttons)

    # -- what is remembered ----------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read all memories anew; the chosen one stays chosen."""
        services = self._bridge.services
        if self._query is not None:
            self._query.drop()
        self._query = self._bridge.query(lambda: _look(services), self._show)

    def _show(self, found: list[BookMemory]) -> None:
        chosen = self.chosen
        self._model.show(found)
        index = self._model.row_of(chosen.key) if chosen is not None else QModelIndex()
        self.table.setCurrentIndex(index if index.isValid() else self._model.index(0, 0))
        self._tell()

    @property
    def chosen(self) -> BookMemory | None:
        """The memory the buttons are about."""
        return self._model.memory(self.table.currentIndex())

    # -- the buttons -----------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self.chosen is not None:
            self.opened.emit(self.chosen.document.document_id)

    def _learn(self) -> None:
        """Learn the book again or go on; of a segment memory, go on."""
        chosen = self.chosen
        if chosen is None:
            return
        if chosen.is_adapter:
            self._control.learn(chosen.document.document_id, resume=self._goes_on)
        else:
            self._segments.make(chosen.document.document_id)

    @property
    def _goes_on(self) -> bool:
        return self.chosen is not None and self.chosen.usable and self.chosen.state != "complete"

    def _turn_use(self) -> None:
        if self.chosen is not None:
            self._use(self.chosen, not self.chosen.in_use)

    def _use(self, memory: BookMemory, in_use: bool) -> None:
        document_id = memory.document.document_id
        if memory.memory_id is not None:
            self._control.set_attached(document_id, memory.memory_id, in_use)
        elif memory.entry is not None:
            self._segments.set_in_use(document_id, in_use, entry=memory.entry)

    def _ask_to_forget(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        gaps = {"model": chosen.model_name, "title": shortened(chosen.document.title, 60), "size": size(chosen.bytes)}
        self.banner.say(
            self.tr("Forget what {model} learned of “{title}” ({size})? It would have to be learned again.").format(
                **gaps
            )
            if chosen.is_adapter
            else self.tr("Forget the segment memory of “{title}” ({size})? It would have to be made again.").format(
                **gaps
            ),
            self.tr("Forget it"),
            lambda: self._forget(chosen),
        )

    def _forget(self, memory: BookMemory) -> None:
        document_id = memory.document.document_id
        if memory.memory_id is not None:
            self._control.forget(document_id, memory.memory_id)
        else:
            self._segments.forget(document_id, entry=memory.entry)

    def _on_forgotten(self, document_id: str, report: MemoryForgotten) -> None:
        self.banner.say(
            self.tr("A memory is forgotten: {size} removed, {count} traces left.").format(
                size=size(report.bytes), count=number(len(report.left))
            )
        )

    def _on_segments_forgotten(self, document_id: str, freed: int) -> None:
        self.banner.say(self.tr("A segment memory is forgotten: {size} removed.").format(size=size(freed)))

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        chosen = self.chosen
        count = self._model.rowCount()
        self._stack.setCurrentWidget(self.table if count else self._empty)
        self._total.setText(self.tr("%n memories", "", count) + f" · {size(self._model.total_bytes)}" if count else "")
        is_running = chosen is not None and chosen.state == "running"
        self.open_button.setEnabled(chosen is not None)
        can_learn = chosen is not None and (chosen.is_adapter or self._goes_on)
        self.learn_button.setEnabled(can_learn and not is_running)
        self.forget_button.setEnabled(chosen is not None and not is_running)
        self.use_button.setEnabled(chosen is not None and chosen.usable)
        if chosen is not None and not chosen.is_adapter:
            self.learn_button.setText(self.tr("Go on compressing"))
        else:
            self.learn_button.setText(self.tr("Go on learning") if self._goes_on else self.tr("Learn again"))
        is_used = chosen is not None and chosen.in_use
        self.use_button.setText(self.tr("Leave aside") if is_used else self.tr("Use when I ask"))
        for button in (self.open_button, self.learn_button, self.use_button, self.forget_button):
            button.setVisible(bool(count))
            button.setAccessibleName(button.text())
        self.learn_button.setVisible(bool(count) and (can_learn or chosen is None))

    def retranslate(self) -> None:
        self._what.setText(
            self.tr(
                "An adapter is what a model has learned of one book: its style, its names, how one thing follows another. "
                "Segment memory is the whole book, compressed. Facts come from passages of the book, not from either."
            )
        )
        self._empty.setText(
            self.tr("Nothing has been learned yet. Open a book and let it be learned, on this machine.")
        )
        self.open_button.setText(self.tr("Open the book"))
        self.forget_button.setText(self.tr("Forget …"))
        self.table.setAccessibleName(self.tr("Memories"))
        self.learn_button.setToolTip(self.tr("Learn the book with the model in use"))
        self.use_button.setToolTip(self.tr("Whether it is used when its book is asked about"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self._model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        super().changeEvent(event)


def _look(services: Services) -> list[BookMemory]:
    """Adapters and segment memories, of each book together, the newest first."""
    found = [
        *map(of_adapter, memories.of_library(services)),
        *map(of_segments, segment_memories.of_library(services)),
    ]
    newest: dict[str, datetime] = {}
    for each in found:
        document_id = each.document.document_id
        newest[document_id] = max(each.made_at, newest.get(document_id, each.made_at))
    return sorted(found, key=lambda each: (newest[each.document.document_id], each.is_adapter), reverse=True)


class _GainDelegate(QStyledItemDelegate):
    """Figures with a sparkline before them."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        box = QRectF(whole.rect)
        style = whole.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, whole, painter, whole.widget)
        moved = QStyleOptionViewItem(option)
        moved.rect = whole.rect.adjusted(SPARK_WIDTH + GRID, 0, 0, 0)
        super().paint(painter, moved, index)
        spark = QRectF(box.left() + GRID / 2, box.top() + 5, SPARK_WIDTH - GRID, box.height() - 10)
        paint_sparkline(painter, spark, index.data(POINTS), whole.palette)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + SPARK_WIDTH + GRID, max(hint.height(), 4 * GRID))
