"""What an answer was made from: passages with their places, segment memory, adapter, tokens read and re-used, times, the prompt's
form."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.theme import scaled
from app.desktop.widgets.fold_button import FoldButton
from app.desktop.widgets.place_list import PlaceList
from app.desktop.widgets.shown_turn import Figures, ShownPlace, ShownTurn
from app.desktop.wording import day, number, percent, seconds
from app.operations.results import Citation

_FORMS = {
    "once": str(QT_TRANSLATE_NOOP("ContextUsed", "passages read once")),
    "question first": str(QT_TRANSLATE_NOOP("ContextUsed", "passages read once, the question twice")),
    "passages twice": str(QT_TRANSLATE_NOOP("ContextUsed", "passages read twice")),
    "twice": str(QT_TRANSLATE_NOOP("ContextUsed", "passages and question read twice")),
    "no passages": str(QT_TRANSLATE_NOOP("ContextUsed", "without passages")),
}
"""The engine's prompt forms (`engine.prompting.PromptForm`), in words."""


class ContextUsed(QWidget):
    """A line of figures, and folded below it the passages. place_chosen: `[start, end)` of one. passages_wanted: a list of
    such places; their words come with `show_passages`."""

    place_chosen = Signal(int, int)
    passages_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turn: ShownTurn | None = None
        self._is_read = False
        self.fold = FoldButton(self, small=True)
        self.fold.toggled.connect(self._tell)
        self.figures = QLabel(self)
        self.figures.setWordWrap(True)
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.figures.setProperty("role", "subtle")
        self.figures.setFont(scaled(self.font(), 0.9))
        self.figures.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.passages: PlaceList | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addWidget(self.figures)
        self._layout.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        self._tell()

    def show_turn(self, turn: ShownTurn) -> None:
        is_new = self._turn is None or self._turn.passages != turn.passages
        self._turn = turn
        if is_new:
            self._is_read = False
        self._tell()

    def _tell(self) -> None:
        turn = self._turn
        is_known = turn is not None and turn.figures.prompt_tokens is not None
        self.setVisible(is_known)
        if turn is None or not is_known:
            return
        is_open = self.fold.isChecked()
        self.fold.setVisible(bool(turn.passages))
        self.fold.say(self.tr("Context used: %n passage(s)", "", len(turn.passages)))
        self.figures.setText(self.words(turn.figures))
        self.figures.setAccessibleName(self.figures.text())
        self.figures.setToolTip(self._handing_over(turn.figures))
        if self.passages is not None:
            self.passages.setVisible(is_open and self._is_read)
        if is_open and turn.passages and not self._is_read:
            self._is_read = True
            self.passages_wanted.emit(list(turn.passages))

    def show_passages(self, found: Sequence[Citation]) -> None:
        if self.passages is None:
            self.passages = PlaceList(self)
            self.passages.chosen.connect(self.place_chosen)
            self._layout.addWidget(self.passages)
        self.passages.show_places(
            [ShownPlace(0, each.quote, each.section, each.page, each.start, each.end) for each in found]
        )

    def words(self, figures: Figures) -> str:
        parts = []
        if figures.prompt_tokens is not None and figures.reused_tokens is not None:
            by_another = figures.reader not in ("", figures.writer)
            words = self.tr("read {new} tokens with {reader}, re-used {reused}") if by_another else ""
            parts.append(
                (words or self.tr("read {new} tokens, re-used {reused}")).format(
                    new=number(figures.prompt_tokens - figures.reused_tokens),
                    reused=number(figures.reused_tokens),
                    reader=figures.reader,
                )
            )
        if figures.gist_tokens:
            parts.append(self.tr("a gist stood in for {count} of them").format(count=number(figures.gist_tokens)))
        if figures.segments:
            parts.append(self._segments(figures))
        if figures.ttft_s is not None:
            parts.append(self.tr("first word {time}").format(time=seconds(figures.ttft_s)))
        if figures.tokens_per_s:
            words = self.tr("written with {writer}, {rate} tokens/s") if figures.writer else self.tr("{rate} tokens/s")
            parts.append(words.format(rate=number(figures.tokens_per_s, 1), writer=figures.writer))
        if figures.form in _FORMS:
            parts.append(self.tr(_FORMS[figures.form]))
        if not figures.with_adapter:
            parts.append(self.tr("without adapter"))
        elif figures.adapter_made is not None:
            parts.append(self.tr("adapter from {day}").format(day=day(figures.adapter_made)))
        else:
            parts.append(self.tr("with adapter"))
        if figures.with_adapter and figures.adapter_scale != 1:
            parts[-1] = self.tr("{adapter} at {share}").format(adapter=parts[-1], share=percent(figures.adapter_scale))
        return " · ".join(parts)

    def _handing_over(self, figures: Figures) -> str:
        if not figures.handed_over_s:
            return ""
        return self.tr("What {reader} had read was handed to {writer} in {time} ms.").format(
            reader=figures.reader, writer=figures.writer, time=number(max(1, 1000 * figures.handed_over_s))
        )

    def _segments(self, figures: Figures) -> str:
        """ "412 segments of the book (105,472 tokens) as 13,184 slots"."""
        words = self.tr("%n segment(s) of the book", "", figures.segments)
        return self.tr("{segments} ({tokens} tokens) as {slots} slots").format(
            segments=words, tokens=number(figures.segment_tokens), slots=number(figures.segment_slots)
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._tell()
        super().changeEvent(event)
