"""Settings of asking and learning: they are the library's own and hold for the shell as well."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QPushButton, QSpinBox, QWidget

from app.desktop.bridge import Bridge
from app.desktop.settings.choice import Choice
from app.desktop.settings.stored import StoredSection
from app.desktop.settings.writer_problem import WriterProblem
from app.operations import model_speeds
from app.operations.llama_use import Writing, install_command
from app.operations.settings import BOUNDS, Settings
from engine.api import LLAMACPP, PYTORCH, Writer

CHECKS = ("keep_originals", "inhibit_sleep", "notify", "use_segments", "segments_in_background")
"""Settings that are on or off."""


class AskingSection(StoredSection):
    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(bridge, parent)
        low, high = BOUNDS["max_new_tokens"]
        self.max_new_tokens = QSpinBox(self)
        self.max_new_tokens.setRange(int(low), int(high))
        self.max_new_tokens.setSingleStep(16)
        self.temperature = QDoubleSpinBox(self)
        self.temperature.setRange(*BOUNDS["temperature"])
        self.temperature.setSingleStep(0.1)
        self.temperature.setDecimals(1)
        self.writer = Choice(self._writers, self)
        self.writer_problem = WriterProblem(self)
        for box in (self.max_new_tokens, self.temperature):
            box.setKeyboardTracking(False)
            box.setMinimumWidth(120)
        self.keep_originals, self.inhibit_sleep, self.notify = QCheckBox(self), QCheckBox(self), QCheckBox(self)
        self.use_segments, self.segments_in_background = QCheckBox(self), QCheckBox(self)
        self.reset = QPushButton(self)
        self.reset.clicked.connect(self.put_back)

        self.add_heading(lambda: self.tr("Asking"))
        self.add_row(
            lambda: self.tr("Longest answer, in tokens"),
            self.max_new_tokens,
            lambda: self.tr("A token is about three quarters of an English word. Long answers take longer."),
        )
        self.add_row(
            lambda: self.tr("Freedom of words"),
            self.temperature,
            lambda: self.tr("0 always takes the likeliest word, so that the same question gets the same answer."),
        )
        self.add_row(
            lambda: self.tr("Answers are written with"),
            self.writer,
            lambda: self.tr(
                "llama.cpp writes several times as fast, with models that came as GGUF files; the Models page says whether it "
                "is here. Books are learned with PyTorch in any case."
            ),
        )
        self.add_widget(self.writer_problem)
        self.add_heading(lambda: self.tr("Learning"))
        self.add_check(lambda: self.tr("Keep the computer awake while a book is being learned"), self.inhibit_sleep)
        self.add_check(
            lambda: self.tr("Tell me when learning has ended"),
            self.notify,
            lambda: self.tr("As a notification of the desktop, only while this window is not in view."),
        )
        self.add_heading(lambda: self.tr("Long documents"))
        self.add_check(
            lambda: self.tr("Ask with segment memory"),
            self.use_segments,
            lambda: self.tr(
                "If a document has segment memory, the parts of it that speak of a question stand before it."
            ),
        )
        self.add_check(
            lambda: self.tr("Make segment memory of long documents in the background"),
            self.segments_in_background,
            lambda: self.tr(
                "A document longer than the model’s window is compressed once it is opened, if the model has a segment "
                "compressor. Questions take precedence, and it can be paused at any time."
            ),
        )
        self.add_heading(lambda: self.tr("Adding"))
        self.add_check(
            lambda: self.tr("Keep a copy of added PDFs"),
            self.keep_originals,
            lambda: self.tr("Their pages can then be shown beside the text. The copy goes when the book is forgotten."),
        )
        self.add_button(self.reset)
        self.finish()
        self.setEnabled(False)  # until it is known what is decided
        self.max_new_tokens.valueChanged.connect(lambda value: self.change("max_new_tokens", value))
        self.temperature.valueChanged.connect(lambda value: self.change("temperature", round(value, 2)))
        self.writer.chosen.connect(lambda value: self.change("writer", value))
        self.writer.chosen.connect(lambda _: self._look_at_writer())
        for name in CHECKS:
            getattr(self, name).toggled.connect(lambda on, name=name: self.change(name, on))

    def _writers(self) -> list[tuple[str, str]]:
        return [
            (Writer.AUTO.value, self.tr("Whatever is fastest here")),
            (Writer.PYTORCH.value, PYTORCH),
            (Writer.LLAMACPP.value, LLAMACPP),
        ]

    def show_settings(self, now: Settings) -> None:
        self.writer.show_value(now.writer)
        self._look_at_writer()
        for name in ("max_new_tokens", "temperature"):
            box = getattr(self, name)
            box.blockSignals(True)
            box.setValue(getattr(now, name))
            box.blockSignals(False)
        for name in CHECKS:
            box = getattr(self, name)
            box.blockSignals(True)
            box.setChecked(getattr(now, name))
            box.blockSignals(False)

    def _look_at_writer(self) -> None:
        """Say at once where the choice cannot be used."""
        services, value = self._bridge.services, self.writer.value
        self.writer_problem.show_problem("")
        if value == Writer.LLAMACPP:
            self._bridge.query(lambda: (model_speeds.writing_in_use(services), install_command()), self._show_writing)

    def _show_writing(self, found: tuple[Writing, str]) -> None:
        writing, command = found
        if self.writer.value == Writer.LLAMACPP:
            self.writer_problem.show_problem(writing.problem, command if writing.is_missing else "")

    def retranslate(self) -> None:
        super().retranslate()
        self.reset.setText(self.tr("As usual"))
        self.reset.setAccessibleName(self.tr("Asking and learning as usual"))
        self.reset.setToolTip(self.tr("Put the settings of this page back to what they were at first"))
