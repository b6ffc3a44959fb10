"""The box a question is typed into: it grows with its lines, and its keys mean what they mean in other chats."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

MOST_LINES = 6


class QuestionBox(QPlainTextEdit):
    """Enter sends, Shift+Enter breaks the line. In an empty box Up asks for the last question back, Left and Right for
    another version of the last answer (-1, +1)."""

    sent = Signal()
    last_wanted = Signal()
    version_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    @property
    def question(self) -> str:
        return self.toPlainText().strip()

    def put(self, words: str) -> None:
        """Put words into the box, ready to be changed."""
        self.setPlainText(words)
        self.moveCursor(self.textCursor().MoveOperation.End)
        self.setFocus()

    def _fit(self) -> None:
        # the size of a plain text document counts lines, wrapped ones too
        lines = min(MOST_LINES, max(1, round(self.document().size().height())))
        self.setFixedHeight(round(self.fontMetrics().lineSpacing() * lines + 2 * self.document().documentMargin() + 14))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_empty = not self.toPlainText()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and is_plain:
            self.sent.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        elif key == Qt.Key.Key_Up and is_empty and is_plain:
            self.last_wanted.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and is_empty and is_plain:
            self.version_wanted.emit(-1 if key == Qt.Key.Key_Left else 1)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())
