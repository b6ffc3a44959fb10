"""The proof of forgetting: what was removed, what was searched for and where, and how many traces were found."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.sentences import localized
from app.desktop.theme import scaled
from app.desktop.widgets.forget_words import counted
from app.desktop.wording import number, size
from app.operations.results import Forgotten


class ForgetProof(QDialog):
    """Opened with `open`. heading: what was forgotten; nothing of it is kept behind the dialog."""

    def __init__(self, heading: str, result: Forgotten, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Proof of forgetting"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = QLabel(heading, self)
        title.setFont(scaled(self.font(), 1.2, bold=True))
        title.setWordWrap(True)
        self.traces = QLabel(self.tr("%n trace(s) found", "", result.residue), self)
        self.traces.setFont(scaled(self.font(), 1.8, bold=True))
        searched = self.tr(
            "Palimpsest looked for {probes} pieces of the text, names and titles in {files} files ({size}): "
            "every file of its data folder, byte for byte."
        ).format(probes=number(result.probes), files=number(result.searched_files), size=size(result.searched_bytes))
        removed = counted(result.removed)
        paragraphs = [searched]
        if result.residue:
            paragraphs.append(
                self.tr("Something is left. Close other programs that use the library, and forget again:")
                + "\n"
                + "\n".join(_place_words(place) for place in result.residue_places)
            )
        self._text = "\n".join(
            [heading, self.traces.text(), *paragraphs, *(f"{name}: {figure}" for name, figure in removed)]
        )
        self.setAccessibleDescription(self._text)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(4)
        for name, figure in removed:
            value = QLabel(figure, self)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            form.addRow(QLabel(name, self), value)
        removed_title = QLabel(self.tr("Removed"), self)
        removed_title.setFont(scaled(self.font(), 1.0, bold=True))
        copy, close = QPushButton(self.tr("Copy"), self), QPushButton(self.tr("Close"), self)
        copy.setAutoDefault(False)
        copy.setAccessibleName(self.tr("Copy the proof"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        close.setDefault(True)
        close.setAccessibleName(self.tr("Close"))
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(copy)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(title)
        layout.addWidget(self.traces)
        for words in paragraphs:
            label = QLabel(words, self)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            layout.addWidget(label)
        layout.addWidget(removed_title)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setMinimumWidth(460)
        close.setFocus()


def _place_words(place: str) -> str:
    """ "palimpsest.log (2)": where something is left, or why it could not be looked for, and how often."""
    where, bracket, count = place.rpartition(" (")
    return f"{localized(where)}{bracket}{count}"
