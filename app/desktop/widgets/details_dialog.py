"""Everything about one document: what it is called, which the user may correct, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.sentences import localized
from app.desktop.theme import scaled
from app.desktop.widgets.memory_marks import memory_words
from app.desktop.wording import day, number, percent
from storage.shelves import Facets, ShelfRow

_MOST_NUMBER = 9_999.0


@dataclass(frozen=True, slots=True)
class Corrections:
    """What the user says a document is called."""

    title: str
    author: str
    series: str
    series_number: float | None
    tags: tuple[str, ...]


class DetailsDialog(QDialog):
    """Opened with `open`; `accepted` means keep `corrections`."""

    def __init__(self, row: ShelfRow, facets: Facets, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Details"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        document = row.document
        self.title = self._line(document.title, self.tr("Title"))
        self.author = self._line(document.author, self.tr("Author"))
        self.series = self._line(document.series, self.tr("Series"), [name for name, _ in facets.series])
        self.number = QDoubleSpinBox(self)
        self.number.setRange(0.0, _MOST_NUMBER)
        self.number.setDecimals(1)
        self.number.setSpecialValueText(self.tr("none"))
        self.number.setValue(document.series_number or 0.0)
        self.number.setAccessibleName(self.tr("Number in the series"))
        self.tags = self._line(", ".join(row.tags), self.tr("Tags"), [name for name, _ in facets.tags])
        self.tags.setPlaceholderText(self.tr("separated by commas"))
        series = QHBoxLayout()
        series.addWidget(self.series, 1)
        series.addWidget(self.number)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(self.tr("Title"), self.title)
        form.addRow(self.tr("Author"), self.author)
        form.addRow(self.tr("Series"), series)
        form.addRow(self.tr("Tags"), self.tags)
        facts = QFormLayout()
        facts.setHorizontalSpacing(16)
        facts.setVerticalSpacing(4)
        for name, words in self._facts(row):
            label = QLabel(words, self)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            caption = QLabel(name, self)
            caption.setProperty("role", "subtle")
            facts.addRow(caption, label)
        self.keep, cancel = QPushButton(self.tr("Save"), self), QPushButton(self.tr("Cancel"), self)
        self.keep.setProperty("role", "primary")
        self.keep.setDefault(True)
        self.keep.setAccessibleName(self.tr("Save the details"))
        cancel.setAutoDefault(False)
        cancel.setAccessibleName(self.tr("Cancel"))
        self.keep.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        self.title.textChanged.connect(lambda words: self.keep.setEnabled(bool(words.strip())))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.keep)
        heading = QLabel(self.tr("Details"), self)
        heading.setFont(scaled(self.font(), 1.2, bold=True))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(heading)
        layout.addLayout(form)
        layout.addLayout(facts)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setMinimumWidth(560)
        self.title.setFocus()

    @property
    def corrections(self) -> Corrections:
        tags = tuple(tag.strip() for tag in self.tags.text().replace("，", ",").split(",") if tag.strip())
        return Corrections(self.title.text(), self.author.text(), self.series.text(), self.number.value() or None, tags)

    def _line(self, words: str, name: str, known: Sequence[str] = ()) -> QLineEdit:
        line = QLineEdit(words, self)
        line.setAccessibleName(name)
        line.setCursorPosition(0)
        if known:
            completer = QCompleter(list(known), line)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            line.setCompleter(completer)
        return line

    def _facts(self, row: ShelfRow) -> list[tuple[str, str]]:
        document = row.document
        facts = [
            (self.tr("File"), f"{document.source_name} ({document.format.upper()})"),
            (
                self.tr("Length"),
                self.tr("{characters} characters, {tokens} tokens").format(
                    characters=number(document.characters), tokens=number(document.tokens)
                ),
            ),
            (self.tr("Sections"), number(document.section_count)),
            (self.tr("Language"), document.language),
            (self.tr("Read"), percent(row.share_read)),
            (self.tr("Added"), day(document.created_at)),
            (self.tr("Opened"), day(document.opened_at) if document.opened_at is not None else self.tr("not yet")),
            (self.tr("Memories"), "\n".join(memory_words(memory) for memory in row.memories)),
            (self.tr("Left out when it was added"), "\n".join(map(localized, document.warnings))),
            (self.tr("Identifier"), document.document_id),
        ]
        return [(name, words) for name, words in facts if words]
