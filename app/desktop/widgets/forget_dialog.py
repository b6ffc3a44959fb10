"""The one question the window asks: what will be gone, and how large it is, before it is forgotten."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.theme import scaled
from app.desktop.wording import number, shortened, size

translate = QCoreApplication.translate


def thing_name(key: str) -> str:
    """What a count of `what_will_go` counts, in the language of the window."""
    names = {
        "documents": translate("forget", "Document"),
        "sections": translate("forget", "Sections"),
        "blocks": translate("forget", "Paragraphs"),
        "passages": translate("forget", "Passages"),
        "conversations": translate("forget", "Conversations"),
        "turns": translate("forget", "Questions and answers"),
        "citations": translate("forget", "Citations"),
        "memories": translate("forget", "Memories"),
        "memory_chunks": translate("forget", "Points of the learning curve"),
        "jobs": translate("forget", "Notes of jobs"),
        "bytes": translate("forget", "Size of its memories on disk"),
    }
    return names.get(key, key.replace("_", " "))


class ForgetDialog(QDialog):
    """Opened with `open`; `accepted` means forget. Keeping is the default."""

    def __init__(self, title: str, going: dict[str, int], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Forget"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(self.tr("Forget “{title}”?").format(title=shortened(title, 60)), self)
        heading.setFont(scaled(self.font(), 1.2, bold=True))
        heading.setWordWrap(True)
        words = QLabel(
            self.tr(
                "This removes everything Palimpsest keeps of it. It cannot be undone. "
                "The file it came from stays where it is."
            ),
            self,
        )
        words.setWordWrap(True)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(4)
        listed = []
        for key, count in going.items():
            if count:
                shown = size(count) if key.endswith("bytes") else number(count)
                value = QLabel(shown, self)
                value.setAlignment(Qt.AlignmentFlag.AlignRight)
                form.addRow(QLabel(thing_name(key), self), value)
                listed.append(f"{thing_name(key)} {shown}")
        self.setAccessibleDescription("; ".join(listed))
        keep, forget = QPushButton(self.tr("Keep"), self), QPushButton(self.tr("Forget"), self)
        keep.setDefault(True)
        keep.setAccessibleName(self.tr("Keep the document"))
        forget.setProperty("role", "loss")
        forget.setAutoDefault(False)
        forget.setAccessibleName(self.tr("Forget the document"))
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
        layout.addWidget(words)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setMinimumWidth(420)
        keep.setFocus()
