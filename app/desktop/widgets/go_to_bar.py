"""Go to a place: a percentage, a printed page, a chapter by its number or words of its title; and what may be meant."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import dress
from app.desktop.theme import GRID
from app.desktop.wording import percent
from app.operations.places import Place, PlaceIndex, PlaceKind

MOST_SHOWN = 8


class GoToBar(QFrame):
    """chosen: offset of the place. The places of the book come after the bar is open (`show_index`)."""

    chosen = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self._index: PlaceIndex | None = None
        self._meant: list[Place] = []
        self._wants_to_go = False
        self._label = QLabel(self)
        self.box = QLineEdit(self)
        self.box.setClearButtonEnabled(True)
        self._label.setBuddy(self.box)
        self._answer = QLabel(self)
        self._answer.setTextFormat(Qt.TextFormat.PlainText)
        self._answer.setProperty("role", "subtle")
        self._close = QToolButton(self)
        dress(self._close, "close")
        self.list = QListWidget(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Up and Down in the box move in it
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._label)
        row.addWidget(self.box, 1)
        row.addWidget(self._answer)
        row.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 8, 6)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.list)
        self.box.textChanged.connect(self._look)
        self.box.returnPressed.connect(self._go)
        self.list.itemClicked.connect(lambda item: self._leave_for(self._meant[self.list.row(item)]))
        self._close.clicked.connect(self.close_bar)
        self.retranslate()
        self.hide()

    def open_bar(self) -> None:
        self._index, self._wants_to_go = None, False
        self.show()
        self.box.clear()
        self._look()
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_bar(self) -> None:
        """Stay where one is."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def show_index(self, index: PlaceIndex) -> None:
        """The places of the open book; what was typed meanwhile is looked up now."""
        self._index = index
        self._look()
        if self._wants_to_go:
            self._go()

    @property
    def meant(self) -> list[Place]:
        """What is typed may mean these places."""
        return self._meant

    def _look(self) -> None:
        words = self.box.text()
        self._meant = self._index.meant(words, limit=MOST_SHOWN) if self._index is not None else []
        self._answer.setText(
            self.tr("no such place") if words.strip() and self._index is not None and not self._meant else ""
        )
        self.list.clear()
        for place in self._meant:
            item = QListWidgetItem(self._words(place))
            item.setSizeHint(QSize(0, self.fontMetrics().height() + GRID))
            self.list.addItem(item)
        self.list.setVisible(bool(self._meant))
        if self._meant:
            self.list.setCurrentRow(0)
            self.list.setFixedHeight(self.list.sizeHintForRow(0) * len(self._meant) + 4)

    def _words(self, place: Place) -> str:
        share = percent(place.start / max(1, self._index.characters)) if self._index is not None else ""
        if place.kind is PlaceKind.PERCENT:
            return share
        name = self.tr("Page {page}").format(page=place.name) if place.kind is PlaceKind.PAGE else place.name
        return f"{name}  ·  {share}"

    def _go(self) -> None:
        self._wants_to_go = self._index is None and bool(self.box.text().strip())
        if self._meant:
            self._leave_for(self._meant[max(0, self.list.currentRow())])
        else:
            self.box.selectAll()

    def _leave_for(self, place: Place) -> None:
        self.hide()
        self.chosen.emit(place.start)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in steps and self._meant:
            self.list.setCurrentRow((self.list.currentRow() + steps[Qt.Key(event.key())]) % len(self._meant))
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self._label.setText(self.tr("Go to"))
        self.box.setAccessibleName(self.tr("Go to a percentage, a page or a chapter"))
        self.box.setPlaceholderText(self.tr("40 %, p. 12, chapter 4, or words of a title"))
        self.list.setAccessibleName(self.tr("Places that may be meant"))
        self._close.setToolTip(self.tr("Close (Esc)"))
        self._close.setAccessibleName(self.tr("Close the go-to bar"))
        self._look()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
