"""Asking about the open book: the history of its turns, the question box, and what may be used for an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.bridge import Bridge, JobHandle, Query
from app.desktop.icons import dress
from app.desktop.widgets.turn_view import TurnView, shown_answer, shown_turn
from app.desktop.wording import day
from app.operations import asking
from app.operations.results import Answer
from engine.api import Switch
from storage.conversations import TurnRow

TURNS_SHOWN = 12
"""Of the history, at first; earlier ones come on demand."""


class QuestionBox(QPlainTextEdit):
    """Grows with its lines. Enter sends, Shift+Enter breaks the line, Up in an empty box brings the last question."""

    sent = Signal()
    last_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.textChanged.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        lines = min(6, max(1, self.document().blockCount()))
        self.setFixedHeight(round(self.fontMetrics().lineSpacing() * lines + 2 * self.document().documentMargin() + 14))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.last_wanted.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())


class AskPanel(QWidget):
    """place_chosen: the user wants to see `[start, end)` in the book."""

    place_chosen = Signal(int, int)

    def __init__(
        self,
        bridge: Bridge,
        place: Callable[[], int],
        words_from: Callable[[int], str],
        parent: QWidget | None = None,
    ) -> None:
        """place: the offset up to which the user has read, asked for at the moment of asking.

        words_from: the words of the open book that begin at an offset.
        """
        super().__init__(parent)
        self._bridge = bridge
        self._place = place
        self._words_from = words_from
        self._document_id: str | None = None
        self._adapter_made: datetime | None = None
        self._job: JobHandle | None = None
        self._history: Query | None = None
        self._turns: list[TurnView] = []
        self._earlier_rows: list[TurnRow] = []

        self.up_to_here = QCheckBox(self)
        self._options = QToolButton(self)
        dress(self._options, "options")
        self._options.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._use_adapter, self._use_passages = QAction(self, checkable=True), QAction(self, checkable=True)
        self._use_adapter.setChecked(True)
        self._use_passages.setChecked(True)
        self._jrt_group = QActionGroup(self)
        self._jrt_actions = {switch: QAction(self, checkable=True) for switch in Switch}
        self._jrt_menu = QMenu(self)
        for action in self._jrt_actions.values():
            self._jrt_group.addAction(action)
            self._jrt_menu.addAction(action)
        self._jrt_actions[Switch.AUTO].setChecked(True)
        menu = QMenu(self)
        menu.addAction(self._use_adapter)
        menu.addAction(self._use_passages)
        menu.addMenu(self._jrt_menu)
        self._options.setMenu(menu)

        self._list = QWidget(self)
        self._list_layout = QVBoxLayout(self._list)
        self._list_layout.setContentsMargins(16, 8, 16, 8)
        self._list_layout.setSpacing(0)
        self._empty = QLabel(self._list)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "subtle")
        self._earlier = QToolButton(self._list)
        self._earlier.clicked.connect(self._show_earlier)
        self._earlier.hide()
        self._list_layout.addWidget(self._empty)
        self._list_layout.addWidget(self._earlier, 0, Qt.AlignmentFlag.AlignHCenter)
        self._list_layout.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._list)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._keep_at_end)

        self.box = QuestionBox(self)
        self.box.sent.connect(self.ask)
        self.box.last_wanted.connect(self._bring_last_question)
        self.send_button = QToolButton(self)
        self.send_button.clicked.connect(self._send_or_stop)
        self.send_button.setProperty("role", "send")

        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 8, 8)
        head.addWidget(self.up_to_here)
        head.addStretch(1)
        head.addWidget(self._options)
        line = QFrame(self)
        line.setProperty("role", "hairline")
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 12)
        foot.setSpacing(8)
        foot.addWidget(self.box, 1)
        foot.addWidget(self.send_button, 0, Qt.AlignmentFlag.AlignBottom)
        self.send_button.setFixedSize(36, 36)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(line)
        layout.addWidget(self._scroll, 1)
        layout.addLayout(foot)
        self.setFocusProxy(self.box)
        self.retranslate()
        self._tell()

    # -- which book ------------------------------------------------------------------------------------------------

    def open(self, document_id: str | None) -> None:
        """Turn to another book; an answer that is still coming for the one before is stopped."""
        self.stop()
        self._job = None
        if self._history is not None:
            self._history.drop()
        self._document_id = document_id
        self._adapter_made = None
        self._clear()
        if document_id is not None:
            self._history = self._bridge.query(
                lambda: asking.history(self._bridge.services, document_id), self._show_history
            )
        self._tell()

    def set_adapter(self, made: datetime | None) -> None:
        """When the book's adapter was made; None while there is none to use."""
        self._adapter_made = made

    # -- asking ----------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Send what is in the box."""
        question = self.box.toPlainText().strip()
        document_id = self._document_id
        if not question or document_id is None or self._job is not None:
            return
        up_to = self._place() if self.up_to_here.isChecked() else None
        jrt = next(switch for switch, action in self._jrt_actions.items() if action.isChecked())
        use_adapter, use_passages = self._use_adapter.isChecked(), self._use_passages.isChecked()
        job = self._bridge.start(
            "ask",
            lambda: asking.ask(
                self._bridge.services,
                document_id,
                question,
                jrt=jrt,
                use_adapter=use_adapter,
                use_passages=use_passages,
                up_to=up_to,
            ),
        )
        turn = self._add_turn(question)
        job.progress.connect(turn.show_progress)
        job.text.connect(turn.add_text)
        job.finished.connect(lambda answer: self._show_answer(turn, answer))
        job.failed.connect(turn.show_failure)
        job.stopped.connect(turn.show_stopped)
        job.ended.connect(lambda: self._on_ended(job))
        self._job = job
        self.box.clear()
        self._tell()

    def stop(self) -> None:
        """Stop the answer, also while the model is still reading."""
        if self._job is not None:
            self._bridge.cancel(self._job)

    @property
    def is_answering(self) -> bool:
        return self._job is not None

    @property
    def turns(self) -> list[TurnView]:
        """What is shown, oldest first."""
        return list(self._turns)

    def quote(self, words: str) -> None:
        """Begin a question about words of the book."""
        self.box.setPlainText(f"“{words}”\n")
        self.box.moveCursor(self.box.textCursor().MoveOperation.End)
        self.box.setFocus()

    def _send_or_stop(self) -> None:
        if self._job is not None:
            self.stop()
        else:
            self.ask()

    def _show_answer(self, turn: TurnView, answer: Answer) -> None:
        since = day(self._adapter_made) if self._adapter_made is not None else self.tr("now")
        turn.show_answer(shown_answer(answer, adapter_since=since))

    def _on_ended(self, job: JobHandle) -> None:
        if self._job is job:
            self._job = None
            self._tell()

    def _bring_last_question(self) -> None:
        if self._turns:
            self.box.setPlainText(self._turns[-1].question)
            self.box.moveCursor(self.box.textCursor().MoveOperation.End)

    # -- the list of turns -----------------------------------------------------------------------------------------

    def _clear(self) -> None:
        for turn in self._turns:
            self._list_layout.removeWidget(turn)
            turn.hide()
            turn.deleteLater()
        self._turns.clear()
        self._earlier_rows.clear()

    def _show_history(self, rows: list[TurnRow]) -> None:
        self._earlier_rows, shown = rows[:-TURNS_SHOWN], rows[-TURNS_SHOWN:]
        asked_meanwhile = len(self._turns)
        for index, row in enumerate(shown):
            self._insert_row(index, row)
        assert len(self._turns) == asked_meanwhile + len(shown)
        self._tell()

    def _show_earlier(self) -> None:
        earlier, self._earlier_rows = self._earlier_rows[-TURNS_SHOWN:], self._earlier_rows[:-TURNS_SHOWN]
        for index, row in enumerate(earlier):
            self._insert_row(index, row)
        self._tell()

    def _insert_row(self, index: int, row: TurnRow) -> None:
        turn = self._add_turn(row.question, index)
        turn.show_answer(shown_turn(row))

    def _add_turn(self, question: str, index: int | None = None) -> TurnView:
        turn = TurnView(question, self._words_from, self._list)
        turn.place_chosen.connect(self.place_chosen)
        index = len(self._turns) if index is None else index
        self._turns.insert(index, turn)
        self._list_layout.insertWidget(2 + index, turn)
        return turn

    def _keep_at_end(self, _low: int, high: int) -> None:
        """The newest words stay in view while they come."""
        bar = self._scroll.verticalScrollBar()
        if self._job is not None or high - bar.value() > 0:
            QTimer.singleShot(0, bar, lambda: bar.setValue(bar.maximum()))

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        is_open = self._document_id is not None
        self._empty.setVisible(not self._turns)
        self._earlier.setVisible(bool(self._earlier_rows))
        self.box.setEnabled(is_open)
        self.up_to_here.setEnabled(is_open)
        self._options.setEnabled(is_open)
        self.send_button.setEnabled(is_open)
        words = self.tr("Stop (Esc)") if self._job is not None else self.tr("Ask (Enter)")
        dress(self.send_button, "stop" if self._job is not None else "send", on_accent=True)
        self.send_button.setToolTip(words)
        self.send_button.setAccessibleName(words)

    def retranslate(self) -> None:
        self.up_to_here.setText(self.tr("Only up to here"))
        self.up_to_here.setAccessibleName(self.tr("Only up to here"))
        self.up_to_here.setToolTip(
            self.tr("Look for passages only in what stands before the end of this page; nothing later is shown.")
        )
        self._options.setToolTip(self.tr("What may be used for an answer"))
        self._options.setAccessibleName(self.tr("What may be used for an answer"))
        self._use_adapter.setText(self.tr("Use the adapter"))
        self._use_passages.setText(self.tr("Use passages of the book"))
        self._jrt_menu.setTitle(self.tr("Read passages twice"))
        for switch, words in (
            (Switch.AUTO, self.tr("Where it helps this model")),
            (Switch.ON, self.tr("Always")),
            (Switch.OFF, self.tr("Never")),
        ):
            self._jrt_actions[switch].setText(words)
        self._empty.setText(
            self.tr(
                "Ask about this book. The answer comes with the places it was taken from; "
                "a click on one brings you there."
            )
        )
        self._earlier.setText(self.tr("Earlier questions"))
        self._earlier.setAccessibleName(self.tr("Earlier questions"))
        self.box.setPlaceholderText(self.tr("Ask …"))
        self.box.setAccessibleName(self.tr("Question"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
