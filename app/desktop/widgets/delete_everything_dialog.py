"""The question before everything goes: what will be gone, how large it is, and what stays."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.settings.data_words import part_name
from app.desktop.theme import GRID, scaled
from app.desktop.wording import size
from app.operations.data_folder import DataFolder, Part


class DeleteEverythingDialog(QDialog):
    """Opened with `open`; `accepted` means delete. Keeping is the default."""

    def __init__(self, data: DataFolder, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Delete everything"))
        heading = QLabel(self.tr("Delete everything Palimpsest keeps?"), self)
        heading.setFont(scaled(self.font(), 1.2, bold=True))
        heading.setWordWrap(True)
        words = QLabel(
            self.tr(
                "All books, questions, answers, memories, notes, added models and settings will be gone. It cannot be undone. "
                "Palimpsest then starts as on the first day. The files you added books and models from stay where they are."
            ),
            self,
        )
        words.setWordWrap(True)
        form = QFormLayout()
        form.setHorizontalSpacing(3 * GRID)
        form.setVerticalSpacing(4)
        listed = []
        for part in data.parts:
            if part.part is not Part.OTHER:
                value = QLabel(size(part.bytes), self)
                value.setAlignment(Qt.AlignmentFlag.AlignRight)
                form.addRow(QLabel(part_name(part.part), self), value)
                listed.append(f"{part_name(part.part)} {size(part.bytes)}")
        self.setAccessibleDescription("; ".join(listed))
        self.keep, self.delete = QPushButton(self.tr("Keep"), self), QPushButton(self.tr("Delete everything"), self)
        self.keep.setDefault(True)
        self.keep.setAccessibleName(self.tr("Keep everything"))
        self.keep.clicked.connect(self.reject)
        self.delete.setProperty("role", "loss")
        self.delete.setAutoDefault(False)
        self.delete.setAccessibleName(self.tr("Delete everything"))
        self.delete.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.keep)
        buttons.addWidget(self.delete)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addWidget(heading)
        layout.addWidget(words)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setMinimumWidth(60 * GRID)
        self.keep.setFocus()
