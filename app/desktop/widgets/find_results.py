"""All hits of a search, chapter by chapter: the words around each, and where it is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.desktop.block_window import utf16_length
from app.desktop.hit_model import ChapterHits, HitLine, HitModel
from app.desktop.theme import scaled, tones
from app.desktop.wording import number, percent
from storage.documents import SectionRow
from storage.finding import SearchableText

MARGIN = 16
LINES = 2


class FindResults(QWidget):
    """chosen: number of the hit one has moved to. left: the keyboard goes back to the text."""

    chosen = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = HitModel(self)
        self._count = 0
        self._title = QLabel(self)
        self._title.setProperty("role", "subtle")
        self._title.setContentsMargins(20, 14, 8, 6)
        self.list = _HitList(self)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_HitDelegate(self.list))
        self.list.clicked.connect(self._on_moved)
        self.list.moved.connect(self._on_moved)
        self.list.activated.connect(self._on_activated)
        self.list.escaped.connect(self.left)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        layout.addWidget(self.list, 1)
        self.setFocusProxy(self.list)
        self.retranslate()

    def show_hits(
        self,
        hits: Sequence[tuple[int, int]],
        text: SearchableText | None,
        sections: Sequence[SectionRow],
        characters: int,
    ) -> None:
        self._model.show_hits(hits, text, sections, characters)
        self._count = len(hits)
        self._show_title()

    def mark(self, hit: int | None) -> None:
        """Mark the hit one is at, without telling anybody."""
        if hit is None:
            self.list.setCurrentIndex(QModelIndex())
            return
        index = self._model.index(self._model.row_of(hit))
        if index != self.list.currentIndex():
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def _on_moved(self, index: QModelIndex) -> None:
        hit = self._model.hit_at(index.row()) if index.isValid() else None
        if hit is not None:
            self.chosen.emit(hit)

    def _on_activated(self, index: QModelIndex) -> None:
        self._on_moved(index)
        self.left.emit()

    def _show_title(self) -> None:
        self._title.setText(self.tr("Found: {count}").format(count=number(self._count)))

    def retranslate(self) -> None:
        self._show_title()
        self.list.setAccessibleName(self.tr("All hits"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _HitList(QTableView):
    """moved: by the keyboard.

    A table, since a QListView looks at every one of its rows before it shows the first: of 100,000 for most of a second.
    """

    moved = Signal(QModelIndex)
    escaped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._set_heights()

    def _set_heights(self) -> None:
        self.verticalHeader().setDefaultSectionSize(LINES * self.fontMetrics().lineSpacing() + 14)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._set_heights()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            return
        before = self.currentIndex()
        super().keyPressEvent(event)
        if self.currentIndex() != before:
            self.moved.emit(self.currentIndex())


class _HitDelegate(QStyledItemDelegate):
    """A chapter's title with its count, or a hit in bold among the words around it with how far into the book it is."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item = index.data(HitModel.ITEM)
        t = tones(QApplication.palette())  # the view's own is thinned by the style sheet
        painter.save()
        if isinstance(item, ChapterHits):
            self._paint_chapter(painter, option, item)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(option.rect, t.tint)
            elif option.state & QStyle.StateFlag.State_MouseOver:
                painter.fillRect(option.rect, t.hover)
            self._paint_hit(painter, option, item)
        painter.restore()

    def _paint_chapter(self, painter: QPainter, option: QStyleOptionViewItem, chapter: ChapterHits) -> None:
        t = tones(QApplication.palette())
        area = option.rect.adjusted(MARGIN + 4, 0, -MARGIN, -6)
        painter.setFont(option.font)
        painter.setPen(t.subtle)
        count = number(chapter.count)
        count_width = painter.fontMetrics().horizontalAdvance(count)
        bottom = Qt.AlignmentFlag.AlignBottom
        painter.drawText(area, int(bottom | Qt.AlignmentFlag.AlignRight), count)
        painter.setFont(scaled(option.font, 1.0, bold=True))
        painter.setPen(t.text)
        width = area.width() - count_width - 8
        title = painter.fontMetrics().elidedText(chapter.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(area, int(bottom | Qt.AlignmentFlag.AlignLeft), title)

    def _paint_hit(self, painter: QPainter, option: QStyleOptionViewItem, line: HitLine) -> None:
        t = tones(QApplication.palette())
        area = option.rect.adjusted(MARGIN + 4, 6, -MARGIN, -6)
        small = scaled(option.font, 0.88)
        painter.setFont(small)
        painter.setPen(t.subtle)
        share = percent(line.share)
        share_width = max(painter.fontMetrics().horizontalAdvance(f"100{share[-2:]}"), 1)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), share)
        painter.setPen(t.text)
        _draw_line(painter, area.adjusted(0, 0, -share_width - 8, 0), option.font, line)


def _draw_line(painter: QPainter, area: QRect, font: QFont, line: HitLine) -> None:
    """At most two lines, the hit in bold and always among them: the words before it take one line at most."""
    before = QFontMetricsF(font).elidedText(line.before, Qt.TextElideMode.ElideLeft, 0.8 * area.width())
    layout = QTextLayout(f"{before}{line.words}{line.after}", font)
    bold = QTextLayout.FormatRange()
    bold.start, bold.length = utf16_length(before), utf16_length(line.words)
    weight = QTextCharFormat()
    weight.setFontWeight(QFont.Weight.Bold)
    bold.format = weight
    layout.setFormats([bold])
    wrap = QTextOption()
    wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(wrap)
    layout.beginLayout()
    top = 0.0
    for _ in range(LINES):
        row = layout.createLine()
        if not row.isValid():
            break
        row.setLineWidth(area.width())
        row.setPosition(QPointF(0, top))
        top += row.height()
    layout.endLayout()
    layout.draw(painter, area.topLeft().toPointF())
