"""What an empty conversation shows: one sentence on asking, and a few questions to begin with, each a button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.operations.starters import Starters


class Suggestions(QWidget):
    """chosen: a question to ask."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._starters = Starters((), "")
        self._intro = QLabel(self)
        self._intro.setWordWrap(True)
        self._intro.setProperty("role", "subtle")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 8, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addWidget(self._intro)
        self.buttons: list[QPushButton] = []
        self.retranslate()

    def show_starters(self, starters: Starters) -> None:
        self._starters = starters
        self._tell()

    def _questions(self) -> list[str]:
        questions = list(self._starters.questions)
        if self._starters.name:
            questions.append(self.tr("Who is {name}?").format(name=self._starters.name))
        return questions

    def _tell(self) -> None:
        for button in self.buttons:
            self._layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for question in self._questions():
            button = _WrappingButton(question, self)
            button.clicked.connect(lambda _checked=False, question=question: self.chosen.emit(question))
            self._layout.addWidget(button)
            self.buttons.append(button)

    def retranslate(self) -> None:
        self._intro.setText(
            self.tr(
                "Ask about this book. First come the sentences of the book that speak of your question, then what the "
                "model makes of them; a click on a place brings you there."
            )
        )
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _WrappingButton(QPushButton):
    """A button whose words break into lines."""

    def __init__(self, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._label = QLabel(words, self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(12, 6, 12, 6)
        self._lines.addWidget(self._label)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(words)

    def text(self) -> str:
        return self._label.text()

    def sizeHint(self) -> QSize:
        return self._lines.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self._lines.minimumSize().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lines.totalHeightForWidth(width)
