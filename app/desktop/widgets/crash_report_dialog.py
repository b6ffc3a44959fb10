"""A crash report, shown as it lies on disk: to read, copy, save elsewhere or delete. There is no way to send it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.bridge import Bridge
from app.desktop.theme import GRID
from app.operations import crash_reports


class CrashReportDialog(QDialog):
    """Opened with `open`. deleted: the report is gone."""

    deleted = Signal()

    def __init__(self, bridge: Bridge, name: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._name = name
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Crash report"))
        words = QLabel(
            self.tr("This report lies on your computer and is sent nowhere. It holds nothing of your books."), self
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit(text, self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.windowTitle())
        self.copy_button = QPushButton(self.tr("Copy"), self)
        self.copy_button.clicked.connect(self._copy)
        self.save_button = QPushButton(self.tr("Save …"), self)
        self.save_button.clicked.connect(self._choose_file)
        self.delete_button = QPushButton(self.tr("Delete"), self)
        self.delete_button.clicked.connect(self._delete)
        close = QPushButton(self.tr("Close"), self)
        close.clicked.connect(self.accept)
        close.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for button in (self.copy_button, self.save_button, self.delete_button, close):
            button.setAccessibleName(button.text())
            if button is close:
                row.addStretch(1)
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(words)
        layout.addWidget(self.text, 1)
        layout.addLayout(row)
        self.resize(720, 560)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the report"), str(Path.home() / self._name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.save_to(Path(name)))
        dialog.open()

    def save_to(self, file: Path) -> None:
        data_dir, name = self._bridge.services.data_dir, self._name
        self._bridge.query(lambda: crash_reports.save_report(data_dir, name, file))

    def _delete(self) -> None:
        data_dir, name = self._bridge.services.data_dir, self._name
        self._bridge.query(lambda: crash_reports.delete_report(data_dir, name), self._gone)

    def _gone(self, _: object) -> None:
        self.deleted.emit()
        self.accept()
