"""What became of the files that were added: one line for all, a list to open, and another try for those that broke."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import dress
from app.desktop.import_words import as_text, left_out_lines, needs_a_look, outcome_words, summary
from app.desktop.item_models import AnyIndex
from app.desktop.plain_tips import plain_tip
from app.desktop.theme import scaled
from app.operations.results import FileOutcome, LeftOut

_OPEN_BY_ITSELF = 3
"""So few files that need a look are shown at once."""


class ReportModel(QAbstractTableModel):
    """File and what became of it. DOCUMENT: the id of the document it became, None for others."""

    DOCUMENT = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[tuple[str, str, str, str | None]] = []

    def show_report(self, outcomes: Sequence[FileOutcome], left_out: LeftOut) -> None:
        self.beginResetModel()
        self._lines = [
            (
                Path(outcome.file).name,
                outcome_words(outcome),
                outcome.file,
                outcome.imported.document if outcome.imported is not None else None,
            )
            for outcome in outcomes
        ]
        self._lines += [(name, words, name, None) for name, words in left_out_lines(left_out)]
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 2

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        name, words, file, document = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (name, words)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip((file, words)[index.column()])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{name}: {words}"
        return document if role == self.DOCUMENT else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("File"), self.tr("What became of it"))[section]
        return None


class ImportReport(QFrame):
    """Hidden until files were added. retry_asked: paths to be read once more. opened: id of a document to read."""

    retry_asked = Signal(list)
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self.outcomes: list[FileOutcome] = []
        self._left_out = LeftOut()
        self._build()
        self.retranslate()
        self.hide()

    def _build(self) -> None:
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        self._title.setFont(scaled(self.font(), 1.0, bold=True))
        self.retry_button, self.copy_button, self.show_button = (QPushButton(self) for _ in range(3))
        self.show_button.setCheckable(True)
        self._close = QToolButton(self)
        dress(self._close, "close")
        self.retry_button.clicked.connect(self._retry)
        self.copy_button.clicked.connect(self._copy)
        self.show_button.toggled.connect(self._show_list)
        self._close.clicked.connect(self.clear)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        for button in (self.retry_button, self.copy_button, self.show_button, self._close):
            head.addWidget(button)
        self._model = ReportModel(self)
        self.list = QTableView(self)
        self.list.setModel(self._model)
        self.list.verticalHeader().hide()
        self.list.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.horizontalHeader().setStretchLastSection(True)
        self.list.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.list.horizontalHeader().resizeSection(0, 260)
        self.list.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.list.setTabKeyNavigation(False)
        self.list.setShowGrid(False)
        self.list.setSizeAdjustPolicy(QTableView.SizeAdjustPolicy.AdjustToContents)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.list.setMinimumHeight(64)
        self.list.setMaximumHeight(240)
        self.list.activated.connect(self._open)
        self.all_files = QCheckBox(self)
        self.all_files.toggled.connect(lambda: self._tell())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.list)
        layout.addWidget(self.all_files)
        self._show_list(False)

    # -- what the page tells ---------------------------------------------------------------------------------------

    @property
    def sentence(self) -> str:
        """What it says now; "" when it is hidden."""
        return self._title.text() if not self.isHidden() else ""

    @property
    def failures(self) -> list[tuple[str, str]]:
        """File name and sentence of each file that could not be added."""
        return [(Path(outcome.file).name, outcome.error) for outcome in self.outcomes if outcome.imported is None]

    def show_report(self, outcomes: Sequence[FileOutcome], left_out: LeftOut) -> None:
        """Tell of a whole import. Few problems are shown at once, many when the list is opened."""
        self.outcomes, self._left_out = list(outcomes), left_out
        problems = sum(needs_a_look(outcome) for outcome in self.outcomes) + len(left_out.unreadable)
        self.all_files.setChecked(not problems)
        self.show_button.setChecked(0 < problems <= _OPEN_BY_ITSELF)
        self._tell()
        self.show()

    def clear(self) -> None:
        self.outcomes, self._left_out = [], LeftOut()
        self._tell()
        self.hide()

    # -- its buttons -----------------------------------------------------------------------------------------------

    def _retry(self) -> None:
        self.retry_asked.emit([Path(outcome.file) for outcome in self.outcomes if outcome.may_retry])

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self.outcomes, self._left_out))

    def _show_list(self, shown: bool) -> None:
        self.list.setVisible(shown)
        self.all_files.setVisible(shown)
        self._tell_show_button()

    def _open(self, index: QModelIndex) -> None:
        document = index.data(ReportModel.DOCUMENT)
        if document is not None:
            self.opened.emit(document)

    # -- words -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        words = summary(self.outcomes, self._left_out)
        self._title.setText(words)
        self._title.setAccessibleName(words)
        shown = self.outcomes if self.all_files.isChecked() else [o for o in self.outcomes if needs_a_look(o)]
        missing_first = sorted(shown, key=lambda outcome: outcome.imported is not None)
        self._model.show_report(missing_first, self._left_out)
        self.retry_button.setVisible(any(outcome.may_retry for outcome in self.outcomes))
        self._tell_show_button()

    def _tell_show_button(self) -> None:
        words = self.tr("Hide the list") if self.show_button.isChecked() else self.tr("Show the list")
        self.show_button.setText(words)
        self.show_button.setAccessibleName(words)

    def retranslate(self) -> None:
        for button, words, tip in (
            (self.retry_button, self.tr("Try again"), self.tr("Read the files once more that broke their reader")),
            (self.copy_button, self.tr("Copy"), self.tr("Copy the whole report")),
        ):
            button.setText(words)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
        self._close.setToolTip(self.tr("Close this report"))
        self._close.setAccessibleName(self.tr("Close this report"))
        self.all_files.setText(self.tr("All files, also those without problems"))
        self.all_files.setAccessibleName(self.all_files.text())
        self.list.setAccessibleName(self.tr("What became of each file"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
