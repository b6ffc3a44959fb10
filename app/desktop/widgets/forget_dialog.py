"""The one question the window asks: what will be gone, and how large it is, before it is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.theme import scaled
from app.desktop.widgets.forget_words import counted
from app.desktop.wording import shortened

_MOST_TITLES = 5


class ForgetDialog(QDialog):
    """Opened with `open`; `accepted` means forget. Keeping is the default."""

    def __init__(self, titles: Sequence[str], going: Mapping[str, int], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Forget"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(
            self.tr("Forget “{title}”?").format(title=shortened(titles[0], 60))
            if len(titles) == 1
            else self.tr("Forget %n document(s)?", "", len(titles)),
            self,
        )
        heading.setFont(scaled(self.font(), 1.2, bold=True))
        heading.setWordWrap(True)
        words = QLabel(
            self.tr(
                "This removes everything Palimpsest keeps of it. It cannot be undone. "
                "The file it came from stays where it is."
            )
            if len(titles) == 1
            else self.tr(
                "This removes everything Palimpsest keeps of them. It cannot be undone. "
                "The files they came from stay where they are."
            ),
            self,
        )
        words.setWordWrap(True)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(4)
        listed = []
        for name, figure in counted(going):
            value = QLabel(figure, self)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            form.addRow(QLabel(name, self), value)
            listed.append(f"{name} {figure}")
        self.setAccessibleDescription("; ".join(listed))
        keep, forget = QPushButton(self.tr("Keep"), self), QPushButton(self.tr("Forget"), self)
        keep.setDefault(True)
        keep.setAccessibleName(self.tr("Keep what is there"))
        forget.setProperty("role", "loss")
        forget.setAutoDefault(False)
        forget.setAccessibleName(self.tr("Forget for good"))
        keep.clicked.connect(self.reject)
        forget.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(keep)
        buttons.addWidget(forget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(heading)
        if len(titles) > 1:
            layout.addWidget(self._titles(titles))
        layout.addWidget(words)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setMinimumWidth(420)
        keep.setFocus()

    def _titles(self, titles: Sequence[str]) -> QLabel:
        lines = [shortened(title, 60) for title in titles[:_MOST_TITLES]]
        if len(titles) > _MOST_TITLES:
            lines.append(self.tr("… and %n more", "", len(titles) - _MOST_TITLES))
        label = QLabel("\n".join(lines), self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("role", "subtle")
        return label
