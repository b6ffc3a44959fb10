"""Tags for one document or several: those some of them have, as boxes to tick, and a line for a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.theme import scaled
from app.desktop.wording import shortened
from storage.shelves import Facets, ShelfRow


class TagDialog(QDialog):
    """Opened with `open`; `accepted` means add `added` and take `removed` away. A box ticked in part is left as it is."""

    def __init__(self, rows: Sequence[ShelfRow], facets: Facets, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Tags"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(
            self.tr("Tags of “{title}”").format(title=shortened(rows[0].document.title, 50))
            if len(rows) == 1
            else self.tr("Tags of %n document(s)", "", len(rows)),
            self,
        )
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setFont(scaled(self.font(), 1.2, bold=True))
        heading.setWordWrap(True)
        self.new = QLineEdit(self)
        self.new.setPlaceholderText(self.tr("New tags, separated by commas"))
        self.new.setAccessibleName(self.tr("New tags, separated by commas"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Tags"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        have = Counter(tag for row in rows for tag in row.tags)
        self._before: dict[str, Qt.CheckState] = {}
        for name in sorted({*have, *(name for name, _ in facets.tags)}, key=str.casefold):
            state = Qt.CheckState.Unchecked
            if have[name]:
                state = Qt.CheckState.Checked if have[name] == len(rows) else Qt.CheckState.PartiallyChecked
            item = QListWidgetItem(name, self.list)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(state)
            self._before[name] = state
        self.list.setVisible(self.list.count() > 0)
        keep, cancel = QPushButton(self.tr("Save"), self), QPushButton(self.tr("Cancel"), self)
        keep.setProperty("role", "primary")
        keep.setDefault(True)
        keep.setAccessibleName(self.tr("Save the tags"))
        cancel.setAutoDefault(False)
        cancel.setAccessibleName(self.tr("Cancel"))
        keep.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(keep)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(heading)
        layout.addWidget(self.new)
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons)
        self.setMinimumWidth(380)
        self.new.setFocus()

    @property
    def added(self) -> list[str]:
        new = [tag.strip() for tag in self.new.text().replace("，", ",").split(",") if tag.strip()]
        return [*new, *self._changed_to(Qt.CheckState.Checked)]

    @property
    def removed(self) -> list[str]:
        return self._changed_to(Qt.CheckState.Unchecked)

    def _changed_to(self, state: Qt.CheckState) -> list[str]:
        items = [self.list.item(number) for number in range(self.list.count())]
        return [item.text() for item in items if item.checkState() == state != self._before[item.text()]]
