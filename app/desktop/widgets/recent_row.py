"""“Continue reading”: the few documents that were begun last, a card each, above the shelf."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.covers import Covers
from app.desktop.plain_tips import plain_tip
from app.desktop.theme import GRID, scaled, tones
from app.desktop.wording import percent
from storage.shelves import ShelfRow

_COVER = QSizeF(44, 66)
MOST_CARDS = 4


class RecentRow(QWidget):
    """opened: the id of a document to go on with. Takes no room while nothing was begun."""

    opened = Signal(str)

    def __init__(self, covers: Covers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._covers = covers
        self.cards: list[RecentCard] = []
        self._title = QLabel(self)
        self._title.setProperty("role", "subtle")
        self._line = QHBoxLayout()
        self._line.setSpacing(12)
        self._line.addStretch(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._title)
        layout.addLayout(self._line)
        covers.arrived.connect(self._on_covers)
        self.retranslate()
        self.hide()

    def show_rows(self, rows: Sequence[ShelfRow]) -> None:
        """Replace the cards; one that shows the same document stays, and with it the focus."""
        while len(self.cards) > len(rows):
            card = self.cards.pop()
            self._line.removeWidget(card)
            card.deleteLater()
        for place, row in enumerate(rows[:MOST_CARDS]):
            if place == len(self.cards):
                card = RecentCard(self._covers, self)
                card.clicked.connect(lambda _checked=False, card=card: self.opened.emit(card.document_id))
                self.cards.append(card)
                self._line.insertWidget(place, card, 1)
            self.cards[place].show_row(row)
        self.setVisible(bool(rows))

    def _on_covers(self, document_ids: list[str]) -> None:
        for card in self.cards:
            if card.document_id in document_ids:
                card.update()

    def retranslate(self) -> None:
        self._title.setText(self.tr("Continue reading"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class RecentCard(QAbstractButton):
    """Cover, title, author, how far it is read."""

    def __init__(self, covers: Covers, parent: QWidget) -> None:
        super().__init__(parent)
        self._covers = covers
        self._row: ShelfRow | None = None
        self._is_under_mouse = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(360)

    @property
    def document_id(self) -> str:
        return self._row.document.document_id if self._row is not None else ""

    def show_row(self, row: ShelfRow) -> None:
        self._row = row
        self._tell()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, round(_COVER.height() + 2 * GRID))

    def minimumSizeHint(self) -> QSize:
        return QSize(140, self.sizeHint().height())

    def enterEvent(self, event: QEnterEvent) -> None:
        self._is_under_mouse = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._is_under_mouse = False
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._row is None:
            return
        row, document, t = self._row, self._row.document, tones(QApplication.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(t.accent if self.hasFocus() else t.hairline, 2 if self.hasFocus() else 1))
        painter.setBrush(t.hover if self.isDown() or self._is_under_mouse else t.base)
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), GRID, GRID)
        cover = QRectF(card.left() + GRID, card.center().y() - _COVER.height() / 2, _COVER.width(), _COVER.height())
        picture = self._covers.picture(row, _COVER, self.devicePixelRatioF())
        if picture is not None:
            painter.drawPixmap(cover.topLeft(), picture)
        title_font, small = scaled(self.font(), 1.0, bold=True), scaled(self.font(), 0.92)
        left, width = cover.right() + 1.5 * GRID, card.right() - cover.right() - 3 * GRID
        y = cover.top() + 2
        for words, font, colour in ((document.title, title_font, t.text), (document.author, small, t.subtle)):
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            painter.setPen(colour)
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRectF(left, y, width, metrics.height()), Qt.AlignmentFlag.AlignVCenter, shown)
            y += metrics.height() + 1
        figure = percent(row.share_read)
        figure_width = QFontMetricsF(small).horizontalAdvance(figure)
        painter.drawText(
            QRectF(left + width - figure_width, cover.bottom() - 16, figure_width, 16),
            Qt.AlignmentFlag.AlignVCenter,
            figure,
        )
        bar = QRectF(left, cover.bottom() - 9, max(8.0, width - figure_width - GRID), 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.hairline)
        painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.setBrush(t.accent)
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(3.0, bar.width() * row.share_read), 3), 1.5, 1.5)

    def _tell(self) -> None:
        if self._row is not None:
            document = self._row.document
            share = self.tr("{share} read").format(share=percent(self._row.share_read))
            words = ", ".join(part for part in (document.title, document.author, share) if part)
            self.setToolTip(plain_tip(words))
            self.setAccessibleName(self.tr("Continue reading {what}").format(what=words))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._tell()
        super().changeEvent(event)
