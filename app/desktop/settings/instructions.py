"""What every question begins with: the user's standing instructions; and how much of the disk kept prompts may take."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QLabel, QPlainTextEdit, QPushButton, QWidget

from app.desktop.bridge import Bridge, Query
from app.desktop.settings.stored import StoredSection
from app.desktop.theme import GRID
from app.desktop.wording import number
from app.operations import counting
from app.operations.settings import BOUNDS, LONGEST, Settings

GIGABYTE = 10**9
COUNT_AFTER_MS = 400
LINES = 10


class InstructionsSection(StoredSection):
    """caches_wanted: the user wants to see which prompts are kept."""

    caches_wanted = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(bridge, parent)
        self._tokens: int | None = None
        self._counting: Query | None = None
        self._count_soon = QTimer(self)
        self._count_soon.setSingleShot(True)
        self._count_soon.setInterval(COUNT_AFTER_MS)
        self._count_soon.timeout.connect(self._count)
        self.words = QPlainTextEdit(self)
        self.words.setTabChangesFocus(True)
        self.words.setMinimumHeight(self.words.fontMetrics().lineSpacing() * LINES + 2 * GRID)
        self.use_caches = QCheckBox(self)
        self.caches_button = QPushButton(self)
        self.caches_button.clicked.connect(self.caches_wanted)
        self.budget = QDoubleSpinBox(self)
        low, high = BOUNDS["prompt_cache_bytes"]
        self.budget.setDecimals(1)
        self.budget.setSingleStep(0.5)
        self.budget.setRange(max(0.1, low / GIGABYTE), high / GIGABYTE)
        self.budget.setKeyboardTracking(False)
        self.budget.setMinimumWidth(120)

        self.add_heading(lambda: self.tr("Standing instructions"))
        self.add_sentence(
            lambda: self.tr(
                "They stand at the beginning of every question: who is to answer, in which words, by which rules. "
                "A persona, a style guide, a glossary. They are read once and then kept; "
                "a long text can be compressed on the page Memory, under “Prompt caches”."
            )
        )
        self.add_widget(self.words)
        self.figures: QLabel = self.add_sentence(self._figures)
        self.add_heading(lambda: self.tr("Prompt caches"))
        self.add_check(
            lambda: self.tr("Keep what was read of prompts"),
            self.use_caches,
            lambda: self.tr(
                "What every question begins with is then read once, also over restarts. The answers are the same."
            ),
        )
        self.add_row(
            lambda: self.tr("Room on the disk, in GB"),
            self.budget,
            lambda: self.tr("When it is full, what was not used for longest goes first. What is pinned stays."),
        )
        self.add_button(self.caches_button)
        self.finish()
        self.setEnabled(False)
        self.words.textChanged.connect(self._on_words)
        self.use_caches.toggled.connect(lambda on: self.change("use_prompt_caches", on))
        self.budget.valueChanged.connect(lambda value: self.change("prompt_cache_bytes", round(value * GIGABYTE)))

    def show_settings(self, now: Settings) -> None:
        for control in (self.words, self.use_caches, self.budget):
            control.blockSignals(True)
        if self.words.toPlainText() != now.instructions:  # else the cursor would jump
            self.words.setPlainText(now.instructions)
        self.use_caches.setChecked(now.use_prompt_caches)
        self.budget.setValue(now.prompt_cache_bytes / GIGABYTE)
        for control in (self.words, self.use_caches, self.budget):
            control.blockSignals(False)
        self._count()

    # -- the instructions ------------------------------------------------------------------------------------------

    def _on_words(self) -> None:
        self._tokens = None
        self._tell()
        if len(self.words.toPlainText()) <= LONGEST["instructions"]:
            self.change("instructions", self.words.toPlainText())
            self._count_soon.start()

    def _count(self) -> None:
        services, words = self._bridge.services, self.words.toPlainText()
        if self._counting is not None:
            self._counting.drop()
        self._counting = self._bridge.query(lambda: counting.tokens_of(services, words), self._show_tokens)

    def _show_tokens(self, tokens: int) -> None:
        self._tokens = tokens
        self._tell()

    def _tell(self) -> None:
        self.figures.setText(self._figures())

    def _figures(self) -> str:
        characters, most = len(self.words.toPlainText()), LONGEST["instructions"]
        if not characters:
            return self.tr("None: questions begin with Palimpsest’s own short instructions.")
        if characters > most:
            return self.tr("{count} characters; at most {most} are kept. Shorten the text.").format(
                count=number(characters), most=number(most)
            )
        words = self.tr("{count} characters").format(count=number(characters))
        if self._tokens is None:
            return words
        return words + " · " + self.tr("{count} tokens for the model in use").format(count=number(self._tokens))

    def retranslate(self) -> None:
        super().retranslate()
        self.caches_button.setText(self.tr("Show what is kept"))
        self.caches_button.setAccessibleName(self.tr("Show the prompts that are kept"))
        self.words.setAccessibleName(self.tr("Standing instructions"))
        self.words.setPlaceholderText(
            self.tr("For example: Answer in two sentences, as a patient teacher would. Call places by their old names.")
        )
