"""What one can do with an answer: copy, ask again, go on, look at its other versions, change the question, branch, delete."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from app.desktop.icons import dress
from app.desktop.theme import scaled
from app.desktop.widgets.shown_turn import ShownTurn
from app.desktop.wording import number


class TurnActions(QWidget):
    """A row of small buttons. version_wanted: the id of the turn to show in this one's place."""

    copy_wanted = Signal()
    again_wanted = Signal()
    continue_wanted = Signal()
    edit_wanted = Signal()
    branch_wanted = Signal()
    delete_wanted = Signal()
    version_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turn: ShownTurn | None = None
        self.earlier, self.later = QToolButton(self), QToolButton(self)
        dress(self.earlier, "left")
        dress(self.later, "right")
        self.earlier.clicked.connect(lambda: self.step_version(-1))
        self.later.clicked.connect(lambda: self.step_version(1))
        self._version = QLabel(self)
        self._version.setProperty("role", "subtle")
        self._version.setFont(scaled(self.font(), 0.9))
        self.copy, self.again, self.more = QToolButton(self), QToolButton(self), QToolButton(self)
        dress(self.copy, "copy")
        dress(self.again, "again")
        dress(self.more, "options")
        self.copy.clicked.connect(self.copy_wanted)
        self.again.clicked.connect(self.again_wanted)
        self.go_on = QToolButton(self)
        self.go_on.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        dress(self.go_on, "resume")
        self.go_on.clicked.connect(self.continue_wanted)
        self.edit, self.branch, self.delete = QAction(self), QAction(self), QAction(self)
        self.edit.triggered.connect(self.edit_wanted)
        self.branch.triggered.connect(self.branch_wanted)
        self.delete.triggered.connect(self.delete_wanted)
        menu = QMenu(self)
        menu.addActions([self.edit, self.branch])
        menu.addSeparator()
        menu.addAction(self.delete)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (self.earlier, self._version, self.later, self.copy, self.again, self.go_on):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.more)
        layout.setAlignment(self._version, Qt.AlignmentFlag.AlignVCenter)
        self.retranslate()

    def show_turn(self, turn: ShownTurn) -> None:
        self._turn = turn
        self._tell()

    def show_failed(self) -> None:
        """Nothing was kept: it can only be asked again."""
        self._turn = None
        self._tell()

    def step_version(self, by: int) -> None:
        """The version before or after the one shown, where there is one."""
        turn = self._turn
        if turn is not None and 0 <= turn.version + by < len(turn.versions):
            self.version_wanted.emit(turn.versions[turn.version + by])

    def _tell(self) -> None:
        turn = self._turn
        many = turn is not None and len(turn.versions) > 1
        for part in (self.earlier, self._version, self.later):
            part.setVisible(many)
        if turn is not None:
            self.earlier.setEnabled(turn.version > 0)
            self.later.setEnabled(turn.version < len(turn.versions) - 1)
            self._version.setText(f"{number(turn.version + 1)}/{number(len(turn.versions))}")
            self._version.setAccessibleName(
                self.tr("Version {n} of {all}").format(n=number(turn.version + 1), all=number(len(turn.versions)))
            )
        self.copy.setVisible(turn is not None and bool(turn.row.answer))
        self.more.setVisible(turn is not None)
        self.go_on.setVisible(turn is not None and turn.is_stopped and bool(turn.row.answer))

    def retranslate(self) -> None:
        for button, words in (
            (self.earlier, self.tr("Version before (Left)")),
            (self.later, self.tr("Version after (Right)")),
            (self.copy, self.tr("Copy with its places (Ctrl+C)")),
            (self.again, self.tr("Answer again (Ctrl+Enter)")),
            (self.more, self.tr("More about this answer")),
            (self.go_on, self.tr("Go on with this answer")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
        self.go_on.setText(self.tr("Go on"))
        self.edit.setText(self.tr("Change the question …"))
        self.branch.setText(self.tr("Go on from here in a new conversation"))
        self.delete.setText(self.tr("Delete this question"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
