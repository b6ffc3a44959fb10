"""One model that is here: what it is, what it needs, and the buttons that use or remove it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.desktop.icons import dress
from app.desktop.model_words import (
    fit_words,
    joined,
    language_names,
    language_words,
    learning_words,
    licence_words,
    parameter_words,
)
from app.desktop.sentences import localized
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.model_measure import ModelMeasure
from app.desktop.widgets.model_speed import ModelSpeed
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import day, size
from app.operations.model_measuring import NOTE
from app.operations.model_memory import Fit
from app.operations.models import KnownModel
from engine.api import Writer


class ModelLine(QWidget):
    """use_asked, remove_asked: the user wants that."""

    use_asked = Signal()
    remove_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: KnownModel | None = None
        self._fit: Fit | None = None
        self._encoder = ""
        self._is_loading = False
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.1, bold=True))
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._mark = QLabel(self)
        self._mark.setProperty("role", "accent")
        self.facts, self.fit, self._origin = (WrappedLabel(self) for _ in range(3))
        self._origin.setProperty("role", "subtle")
        self.use_button = QPushButton(self)
        self.use_button.clicked.connect(self.use_asked)
        self.remove_button = QToolButton(self)
        dress(self.remove_button, "forget")
        self.remove_button.clicked.connect(self.remove_asked)
        self.speed, self.measure = ModelSpeed(self), ModelMeasure(self)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._title)
        head.addWidget(self._mark)
        head.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(head)
        for label in (self.facts, self.fit, self._origin):
            words.addWidget(label)
        words.addWidget(self.speed)
        words.addWidget(self.measure)
        line = QFrame(self)
        line.setProperty("role", "hairline")
        layout = QHBoxLayout()
        layout.setContentsMargins(0, 12, 0, 12)
        layout.setSpacing(2 * GRID)
        layout.addLayout(words, 1)
        layout.addWidget(self.use_button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.remove_button, 0, Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(line)
        whole.addLayout(layout)

    def show_model(
        self, model: KnownModel, fit: Fit | None, encoder: str = "", writer: Writer = Writer.AUTO, command: str = ""
    ) -> None:
        """fit: None while it is not known. encoder: what there is to say of its gist encoder. writer: what the settings have write
        answers. command: installs llama.cpp.
        """
        self._model, self._fit, self._encoder = model, fit, encoder
        self._is_loading = False
        self.speed.setVisible(model.writing is not None)
        if model.writing is not None:
            self.speed.show_writing(model.title, model.writing, writer, command)
        self.measure.setVisible(model.current and model.row is not None)
        self.measure.show_found(model.title, None if model.row is None else model.row.notes.get(NOTE))
        self.retranslate()

    def show_loading(self) -> None:
        """It is being switched to."""
        self._is_loading = True
        self.retranslate()

    @property
    def model(self) -> KnownModel | None:
        return self._model

    def retranslate(self) -> None:
        model = self._model
        if model is None:
            return
        self._title.setText(model.title)
        self._mark.setText(self.tr("Loading …") if self._is_loading else self.tr("In use") if model.current else "")
        self.facts.setText(
            joined(
                [
                    parameter_words(model.parameters) if model.parameters else "",
                    language_words(model.languages, model.languages_in_all),
                    self.tr("{size} on disk").format(size=size(model.bytes)),
                    licence_words(model.licence),
                ]
            )
        )
        self.facts.setToolTip(", ".join(language_names(model.languages)))
        self.fit.setText(localized(model.problem) or (fit_words(self._fit) if self._fit is not None else ""))
        self.fit.setVisible(bool(self.fit.text()))
        self.fit.setFont(scaled(self.font(), 1.0, bold=self._fit is not None and not self._fit.fits))
        self.fit.setToolTip(learning_words(self._fit) if self._fit is not None else "")
        self._origin.setText(joined(self._origins(model)))
        self.use_button.setVisible(not model.current)
        self.use_button.setEnabled(not self._is_loading and not model.problem)
        self.remove_button.setVisible(model.row is not None)
        self.use_button.setText(self.tr("Use"))
        self.use_button.setAccessibleName(self.tr("Use {model}").format(model=model.title))
        self.use_button.setToolTip(self.tr("Ask and learn with this model from now on"))
        remove = self.tr("Remove {model}").format(model=model.title)
        self.remove_button.setAccessibleName(remove)
        self.remove_button.setToolTip(remove)
        self.setAccessibleName(joined([model.title, self._mark.text(), self.facts.text(), self.fit.text()]))

    def _origins(self, model: KnownModel) -> list[str]:
        memories = self.tr("%n memories made with it", "", model.memories) if model.memories else ""
        if model.row is None:
            return [self.tr("Comes with Palimpsest"), memories, self._encoder]
        source = self.tr("From {source}").format(source=model.source)
        return [source, self.tr("added {day}").format(day=day(model.row.created_at)), memories, self._encoder]

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
