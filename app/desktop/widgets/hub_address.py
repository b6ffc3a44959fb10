"""Where models are downloaded from: the address, and a line to give another one (a mirror)."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.theme import GRID
from app.desktop.widgets.fold_button import FoldButton


class HubAddress(QWidget):
    """Folded until asked for. chosen: another address, "" for the usual one."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fold = FoldButton(self)
        self._inner = QWidget(self)
        self._inner.hide()
        self.fold.toggled.connect(self._inner.setVisible)
        self.address = QLineEdit(self._inner)
        self.use_button, self.usual_button = QPushButton(self._inner), QPushButton(self._inner)
        self.address.returnPressed.connect(self._choose)
        self.use_button.clicked.connect(self._choose)
        self.usual_button.clicked.connect(lambda: self.chosen.emit(""))
        row = QHBoxLayout(self._inner)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.address, 1)
        row.addWidget(self.use_button)
        row.addWidget(self.usual_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._inner)
        self.retranslate()

    def _choose(self) -> None:
        if self.address.text().strip():
            self.chosen.emit(self.address.text())

    def retranslate(self) -> None:
        self.fold.setText(self.tr("From another hub"))
        self.fold.setAccessibleName(self.tr("Download from another hub"))
        self.address.setAccessibleName(self.tr("Address of the hub"))
        self.address.setPlaceholderText(self.tr("Address of the hub, https://…"))
        for button, words, tip in (
            (self.use_button, self.tr("Use this address"), self.tr("Download models from here, a mirror for example")),
            (self.usual_button, self.tr("The usual one"), self.tr("Download from huggingface.co again")),
        ):
            button.setText(words)
            button.setToolTip(tip)
            button.setAccessibleName(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
