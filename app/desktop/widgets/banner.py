"""A sentence next to what it is about, with the button that does something about it. Never modal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.desktop.icons import dress


class Banner(QFrame):
    """Hidden until it has something to say; takes no room meanwhile."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._words.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._button = QPushButton(self)
        self._button.clicked.connect(self._act)
        self._close = QToolButton(self)
        dress(self._close, "close")
        self._close.clicked.connect(self.hide)
        self._action: Callable[[], object] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self.retranslate()
        self.hide()

    def say(self, sentence: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Show a sentence, replacing the one before. action: words on the button, which calls `act`."""
        self._words.setText(sentence)
        self._words.setAccessibleName(sentence)
        self._action = act
        self._button.setVisible(bool(action))
        self._button.setText(action)
        self._button.setAccessibleName(action or self.tr("No action"))
        self.show()

    @property
    def sentence(self) -> str:
        """What it says now; "" when it is hidden."""
        return self._words.text() if not self.isHidden() else ""

    def _act(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action()

    def retranslate(self) -> None:
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._words.setAccessibleName(self._words.text() or self.tr("Message"))
        self._button.setAccessibleName(self._button.text() or self.tr("No action"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
