"""Which prompt is to be compressed, and into how little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget

from app.desktop.settings.choice import Choice
from app.desktop.theme import GRID
from app.desktop.widgets.elided_label import ElidedLabel
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import number, shortened
from app.operations.compressing import BEGINNING_TOKENS
from engine.api import GIST_TOKENS, CompressMethod
from storage.documents import DocumentRow

INSTRUCTIONS, DOCUMENT, FILE = "instructions", "document", "file"
AUTO, EXACT = "auto", "exact"


@dataclass(frozen=True, slots=True)
class Wanted:
    """source: INSTRUCTIONS, or DOCUMENT with its id, or FILE with its path. k: None for as few as still say the same.

    refines: a gist that does not say the same is fitted to the prompt. most_tokens: only so much of the beginning; None: all of it.
    """

    source: str
    document_id: str | None
    file: Path | None
    method: CompressMethod
    k: int | None
    keep_literals: bool
    refines: bool
    most_tokens: int | None

    @property
    def is_complete(self) -> bool:
        return (self.source != DOCUMENT or self.document_id is not None) and (
            self.source != FILE or self.file is not None
        )


class CompressForm(QWidget):
    """changed: something else is wanted."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._can_compress = True
        self._file: Path | None = None
        self.source, self.into = Choice(self._sources, self), Choice(self._forms, self)
        self._documents: list[tuple[str, str]] = []
        self.documents = Choice(lambda: self._documents, self)
        self.documents.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.documents.setMinimumContentsLength(24)
        self.beginning = QSpinBox(self)
        self.beginning.setRange(32, 1_000_000)
        self.beginning.setSingleStep(256)
        self.beginning.setGroupSeparatorShown(True)
        self.beginning.setValue(BEGINNING_TOKENS)
        self.file_button = QPushButton(self)
        self.file_button.setAutoDefault(False)
        self._file_name = ElidedLabel(self, Qt.AlignmentFlag.AlignLeft)
        self._file_row = QWidget(self)
        row = QHBoxLayout(self._file_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.file_button)
        row.addWidget(self._file_name, 1)
        self.literals, self.refines = QCheckBox(self), QCheckBox(self)
        for box in (self.literals, self.refines):
            box.setChecked(True)
        self._labels = tuple(QLabel(self) for _ in range(5))
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(2 * GRID)
        self._form.setVerticalSpacing(GRID)
        fields = (self.source, self.documents, self._file_row, self.beginning, self.into)
        for label, field in zip(self._labels, fields, strict=True):
            self._form.addRow(label, field)
        self._form.addRow("", self.literals)
        self._form.addRow("", self.refines)
        self._hint = WrappedLabel(self)
        self._hint.setProperty("role", "subtle")
        self._form.addRow(self._hint)
        for choice in (self.source, self.documents, self.into):
            choice.chosen.connect(lambda _: self._tell())
        self.file_button.clicked.connect(self._ask_for_file)
        self.retranslate()

    def propose(self, source: str) -> None:
        self.source.show_value(source)
        self._tell()

    def show_possible(self, found: Sequence[DocumentRow], chosen: str | None, *, can_compress: bool) -> None:
        """found: the library. chosen: the id of the book that is proposed.

        can_compress: the model in use has a gist encoder; without one a prompt can only be kept exactly.
        """
        self._can_compress = can_compress
        self.into.retranslate()
        self._documents = [(document.document_id, shortened(document.title, 60)) for document in found]
        self.documents.retranslate()
        if chosen is not None:
            self.documents.show_value(chosen)
        self._tell()

    def choose_file(self, path: Path) -> None:
        self._file = path
        self._tell()

    @property
    def wanted(self) -> Wanted:
        form, source = self.into.value, self.source.value
        document_id = self.documents.currentData()
        return Wanted(
            source,
            None if document_id is None else str(document_id),
            self._file,
            CompressMethod.EXACT if form == EXACT else CompressMethod.GIST,
            int(form) if form.isdigit() else None,
            self.literals.isChecked(),
            self.refines.isChecked(),
            self.beginning.value() if source == DOCUMENT else None,
        )

    def _ask_for_file(self) -> None:
        dialog = QFileDialog(self, self.tr("A prompt from a file"), str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.choose_file(Path(name)))
        dialog.open()

    # -- words -----------------------------------------------------------------------------------------------------

    def _sources(self) -> Sequence[tuple[str, str]]:
        return (
            (INSTRUCTIONS, self.tr("My standing instructions")),
            (DOCUMENT, self.tr("The beginning of a book")),
            (FILE, self.tr("A file: a persona, a glossary …")),
        )

    def _forms(self) -> Sequence[tuple[str, str]]:
        exact = (EXACT, self.tr("exactly; nothing is lost"))
        if not self._can_compress:
            return (exact,)
        auto = (AUTO, self.tr("as a gist, as short as still says the same"))
        gists = [(str(k), self.tr("as a gist of {k}").format(k=number(k))) for k in GIST_TOKENS]
        return (auto, *gists, exact)

    def _tell(self) -> None:
        source = self.source.value
        for field, is_shown in (
            (self.documents, source == DOCUMENT),
            (self.beginning, source == DOCUMENT),
            (self._file_row, source == FILE),
        ):
            self._form.setRowVisible(field, is_shown)
        for box in (self.literals, self.refines):
            self._form.setRowVisible(box, self.into.value != EXACT)
        self._form.setRowVisible(self._hint, not self._can_compress)
        self._file_name.set_words(self._file.name if self._file is not None else self.tr("none chosen"))
        self.changed.emit()

    def retranslate(self) -> None:
        names = (
            (self.source, self.tr("Prompt")),
            (self.documents, self.tr("Book")),
            (self.file_button, self.tr("File")),
            (self.beginning, self.tr("Of its beginning, tokens")),
            (self.into, self.tr("Keep it")),
        )
        for label, (field, words) in zip(self._labels, names, strict=True):
            label.setText(words)
            label.setBuddy(field)
            field.setAccessibleName(words)
        self.file_button.setText(self.tr("Choose …"))
        self.file_button.setAccessibleName(self.tr("Choose a file"))
        self.literals.setText(self.tr("Keep names, numbers and quotations word for word"))
        self.literals.setAccessibleName(self.literals.text())
        self.refines.setText(self.tr("Fit the gist to this prompt where it does not say the same yet"))
        self.refines.setAccessibleName(self.refines.text())
        self.refines.setToolTip(self.tr("Takes minutes, once; more of the prompt stays."))
        self._hint.setText(
            self.tr("The model in use has no gist encoder. Train one on the page Memory to compress prompts.")
        )
        self.literals.setToolTip(self.tr("Gists lose these most easily. What they take is counted."))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
