"""The first run, beside the sample story: one button that learns it, one sentence on privacy, and where books go in.

The suggested questions are the ask panel's own. Gone for good once it is closed or has done its work.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.icons import dress
from app.desktop.learning_control import LearningControl
from app.desktop.theme import GRID, scaled
from app.desktop.wording import about, together
from app.operations import memories
from storage.documents import DocumentRow


class WelcomeCard(QFrame):
    """closed: the user has seen it."""

    closed = Signal()

    def __init__(
        self, bridge: Bridge, control: LearningControl, story: DocumentRow, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._control = control
        self._document_id = story.document_id
        self._seconds: float | None = None
        self._heading = QLabel(self)
        self._heading.setFont(scaled(self.font(), 1.15, bold=True))
        self.close_button = QToolButton(self)
        dress(self.close_button, "close")
        self.close_button.clicked.connect(self._close)
        self._words, self._hint = QLabel(self), QLabel(self)
        for label in (self._words, self._hint):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._hint.setProperty("role", "subtle")
        self.learn_button = QPushButton(self)
        self.learn_button.setProperty("role", "primary")
        dress(self.learn_button, "learn", on_accent=True)
        self.learn_button.clicked.connect(self._learn)
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._words)
        row = QHBoxLayout()
        row.addWidget(self.learn_button)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addWidget(self._hint)
        control.started.connect(self._on_started)
        control.refused.connect(self._on_refused)
        bridge.query(lambda: memories.learning_seconds(bridge.services, story.tokens), self._show_time)
        self.retranslate()

    def stand_beside(self, document: DocumentRow | None) -> None:
        """Another book is open: what the card says is of the story only."""
        self.setVisible(document is not None and document.document_id == self._document_id)

    def _show_time(self, seconds: float | None) -> None:
        """None: nothing was learned on this machine yet, so nobody knows."""
        self._seconds = seconds
        self.retranslate()

    def _learn(self) -> None:
        self.learn_button.setEnabled(False)  # a double click is one wish
        self._control.learn(self._document_id)

    def _on_refused(self, _sentence: str) -> None:
        self.learn_button.setEnabled(True)

    def _on_started(self, handle: JobHandle) -> None:
        ticket = handle.ticket
        if ticket is not None and ticket.document_id == self._document_id:
            self._close()

    def _close(self) -> None:
        self.hide()
        self.closed.emit()

    def retranslate(self) -> None:
        self._heading.setText(self.tr("Welcome"))
        self._words.setText(
            self.tr(
                "This is a short story to try things on. Everything happens on this computer: no account, no network, and what "
                "is forgotten is gone."
            )
        )
        self.learn_button.setText(self.tr("Learn this story"))
        self.learn_button.setAccessibleName(self.tr("Learn this story"))
        known = self._seconds is not None
        time = self.tr("Learning it takes about {time} on this computer.").format(time=about(self._seconds or 0))
        meanwhile = self.tr(
            "You can read and ask meanwhile. To add a book of your own, drop it anywhere on the window."
        )
        self._hint.setText(together(time, meanwhile) if known else meanwhile)
        self.close_button.setToolTip(self.tr("Close the welcome"))
        self.close_button.setAccessibleName(self.tr("Close the welcome"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
