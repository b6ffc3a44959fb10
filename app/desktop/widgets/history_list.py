"""The conversations about a book: listed by when they were last gone on with, searched, opened, renamed, removed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import dress
from app.desktop.plain_tips import plain_tip
from app.desktop.theme import scaled, tones
from app.desktop.wording import day
from storage.conversations import ConversationRow

SEARCH_AFTER_MS = 200
_ID = Qt.ItemDataRole.UserRole
_DETAIL = Qt.ItemDataRole.UserRole + 1
_MARGIN = 8

Index = QModelIndex | QPersistentModelIndex


class HistoryList(QWidget):
    """search_wanted: words, "" for all; what holds them comes with `show_rows`. opened, removed: a conversation's id. renamed:
    id and title."""

    search_wanted = Signal(str)
    opened = Signal(str)
    renamed = Signal(str, str)
    removed = Signal(str)
    new_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = ""
        self.search = QLineEdit(self)
        self.search.setClearButtonEnabled(True)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEARCH_AFTER_MS)
        self._timer.timeout.connect(self.reload)
        self.search.textChanged.connect(lambda _words: self._timer.start())
        self.list = QListWidget(self)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QListWidget.EditTrigger.EditKeyPressed)
        self.list.itemActivated.connect(lambda item: self.opened.emit(item.data(_ID)))
        self.list.itemClicked.connect(lambda item: self.opened.emit(item.data(_ID)))
        self.list.itemChanged.connect(self._on_changed)
        self._nothing = QLabel(self)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setWordWrap(True)
        self._nothing.setProperty("role", "subtle")
        self._nothing.setContentsMargins(16, 8, 16, 8)
        self.rename_button, self.remove_button, self.close_button = (
            QToolButton(self),
            QToolButton(self),
            QToolButton(self),
        )
        self.new_button = QToolButton(self)
        dress(self.new_button, "add")
        self.new_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.new_button.clicked.connect(self.new_wanted)
        dress(self.close_button, "back")
        self.rename_button.clicked.connect(self._rename)
        self.remove_button.clicked.connect(self._remove)
        self.close_button.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setContentsMargins(8, 8, 16, 8)
        head.addWidget(self.close_button)
        head.addWidget(self.search, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 4, 16, 8)
        foot.addWidget(self.new_button)
        foot.addStretch(1)
        foot.addWidget(self.rename_button)
        foot.addWidget(self.remove_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._nothing)
        layout.addWidget(self.list, 1)
        layout.addLayout(foot)
        self.setFocusProxy(self.search)
        self.list.currentItemChanged.connect(lambda _now, _before: self._tell())
        self.retranslate()

    def open_list(self, current: str) -> None:
        """Look anew. current: the conversation that is shown beside."""
        self._current = current
        self.search.clear()
        self.reload()

    def reload(self) -> None:
        self._timer.stop()
        self.search_wanted.emit(self.search.text())

    def show_rows(self, rows: Sequence[ConversationRow]) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for row in rows:
            item = QListWidgetItem(" ".join(row.title.split()))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setData(_ID, row.conversation_id)
            count = self.tr("%n question(s)", "", row.turns)
            item.setData(_DETAIL, row.found or f"{day(row.last_at)} · {count}")
            item.setToolTip(plain_tip(item.text()))
            self.list.addItem(item)
            if row.conversation_id == self._current:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self._tell()

    def _on_changed(self, item: QListWidgetItem) -> None:
        self.renamed.emit(item.data(_ID), item.text())

    def _rename(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.list.editItem(item)

    def _remove(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.removed.emit(item.data(_ID))

    def _tell(self) -> None:
        has_rows = self.list.count() > 0
        self.list.setVisible(has_rows)
        self._nothing.setVisible(not has_rows)
        words = self.search.text().strip()
        self._nothing.setText(
            self.tr("No conversation holds “{words}”.").format(words=words)
            if words
            else self.tr("Nothing was asked about this book yet.")
        )
        for button in (self.rename_button, self.remove_button):
            button.setEnabled(self.list.currentItem() is not None)
            button.setVisible(has_rows)

    def retranslate(self) -> None:
        self.search.setPlaceholderText(self.tr("Search questions and answers"))
        self.search.setAccessibleName(self.tr("Search questions and answers"))
        self.list.setAccessibleName(self.tr("Conversations about this book"))
        for button, words in ((self.rename_button, self.tr("Rename (F2)")), (self.remove_button, self.tr("Delete"))):
            button.setText(words)
            button.setAccessibleName(words)
        self.new_button.setText(self.tr("New"))
        self.new_button.setToolTip(self.tr("New conversation (Ctrl+N)"))
        self.new_button.setAccessibleName(self.tr("New conversation (Ctrl+N)"))
        self.close_button.setToolTip(self.tr("Back to the conversation (Esc)"))
        self.close_button.setAccessibleName(self.tr("Back to the conversation (Esc)"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Delegate(QStyledItemDelegate):
    """Title, and below it when and how much, or the words that were found."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        widget = option.widget
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        area = option.rect.adjusted(2 * _MARGIN, _MARGIN, -2 * _MARGIN, -_MARGIN)
        t = tones(widget.palette())
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, t.tint)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, t.hover)
        painter.setPen(t.text)
        line = option.fontMetrics.lineSpacing()
        first = area.adjusted(0, 0, 0, line - area.height())
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft, self._elided(option, title, area.width()))
        painter.setFont(scaled(widget.font(), 0.9))
        painter.setPen(t.subtle)
        second = area.adjusted(0, line + 2, 0, 0)
        painter.drawText(second, Qt.AlignmentFlag.AlignLeft, self._elided(option, index.data(_DETAIL), area.width()))
        painter.restore()

    def _elided(self, option: QStyleOptionViewItem, words: str, width: int) -> str:
        shown: str = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideRight, width)
        return shown

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, 2 * option.fontMetrics.lineSpacing() + 2 + 2 * _MARGIN)
