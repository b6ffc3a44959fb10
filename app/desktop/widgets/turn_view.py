"""One question with its answer: streamed words, numbered places, what was read for it.

Knows plain values and colours. Knows no job and no database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QT_TRANSLATE_NOOP, QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.desktop.icons import dress
from app.desktop.theme import scaled, tones
from app.desktop.wording import number, seconds, shortened, stage, superscript
from app.operations.results import Answer
from engine.jobs import Progress
from storage.conversations import TurnRow

_QUOTE_SHOWN = 120
_PASSAGE_SHOWN = 160
_LINKS = (
    Qt.TextInteractionFlag.LinksAccessibleByMouse
    | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    | Qt.TextInteractionFlag.TextSelectableByMouse
    | Qt.TextInteractionFlag.TextSelectableByKeyboard
)


@dataclass(frozen=True, slots=True)
class Cited:
    """A place in the book, as the answer shows it: `text[start:end] == quote`."""

    quote: str
    section: str
    page: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A stretch that was put before the model. text is "" where only its place was kept."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """What an answer cost; None for what is not known."""

    prompt_tokens: int | None = None
    reused_tokens: int | None = None
    ttft_s: float | None = None
    tokens_per_s: float | None = None
    jrt: str = ""
    with_adapter: bool = False
    adapter_since: str = ""
    """Since when the adapter had been there, in words; "" where that was not kept."""


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    text: str
    citations: tuple[Cited, ...]
    passages: tuple[ReadPassage, ...]
    figures: AnswerFigures
    note: str = ""


def shown_answer(answer: Answer, *, adapter_since: str) -> ShownAnswer:
    """A fresh answer. adapter_since: how long the document's adapter has been there, in words."""
    return ShownAnswer(
        answer.answer,
        tuple(Cited(each.quote, each.section, each.page, each.start, each.end) for each in answer.citations),
        tuple(ReadPassage(each.start, each.end, each.text) for each in answer.passages),
        AnswerFigures(
            answer.prompt_tokens,
            answer.reused_tokens,
            answer.ttft_s,
            answer.tokens_per_s,
            answer.jrt,
            answer.adapter_used,
            adapter_since,
        ),
        answer.note or "",
    )


def shown_turn(turn: TurnRow) -> ShownAnswer:
    """An answer out of the history."""
    stats = turn.stats
    return ShownAnswer(
        turn.answer,
        tuple(
            Cited(each.quote, each.section_title, each.locator.page_label, each.locator.start, each.locator.end)
            for each in turn.citations
        ),
        tuple(ReadPassage(int(start), int(end), "") for start, end in stats.get("passages", ())),
        AnswerFigures(
            stats.get("prompt_tokens"),
            stats.get("reused_tokens"),
            stats.get("ttft_s"),
            stats.get("tokens_per_s"),
            str(stats.get("jrt", "")),
            bool(stats.get("adapter_used")),
        ),
        str(stats.get("note") or ""),
    )


_JRT_WORDS = {
    "once": str(QT_TRANSLATE_NOOP("TurnView", "passages read once")),
    "question first": str(QT_TRANSLATE_NOOP("TurnView", "passages read once, the question twice")),
    "passages twice": str(QT_TRANSLATE_NOOP("TurnView", "passages read twice")),
    "twice": str(QT_TRANSLATE_NOOP("TurnView", "passages and question read twice")),
    "no passages": str(QT_TRANSLATE_NOOP("TurnView", "without passages")),
}
"""The engine's prompt forms (`engine.prompting.PromptForm`), in words."""


class TurnView(QWidget):
    """place_chosen: `[start, end)` of a citation or passage the user wants to see."""

    place_chosen = Signal(int, int)

    def __init__(self, question: str, words_from: Callable[[int], str], parent: QWidget | None = None) -> None:
        """words_from: the words of the book that begin at an offset, for passages of which only the place was kept."""
        super().__init__(parent)
        self._words_from = words_from
        self.question = question
        self.answer: ShownAnswer | None = None
        self._streamed = ""
        self._failure = ""
        self._is_stopped = False
        self._progress: Progress | None = None
        self._question_label = self._label()
        self._question_label.setFont(scaled(self.font(), 1.0, bold=True))
        self._waiting = self._label(subtle=True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._answer_label = self._label()
        self._places = self._label()
        self._places.setFont(scaled(self.font(), 0.95))
        self._note = self._label(subtle=True)
        self._figures = self._label(subtle=True)
        for small in (self._note, self._figures):
            small.setFont(scaled(self.font(), 0.9))
        self._context = QToolButton(self)
        self._context.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._context.setCheckable(True)
        self._context.setFont(scaled(self.font(), 0.9))
        self._context.setProperty("role", "fold")
        self._context.toggled.connect(self._show_context)
        self._passages = self._label(subtle=True)
        self._passages.setFont(scaled(self.font(), 0.9))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 16)
        layout.setSpacing(6)
        for part in (
            self._question_label,
            self._waiting,
            self._bar,
            self._answer_label,
            self._places,
            self._note,
            self._figures,
        ):
            layout.addWidget(part)
        layout.addWidget(self._context, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._passages)
        self._places.linkActivated.connect(self._choose_place)
        self._answer_label.linkActivated.connect(self._choose_place)
        self._passages.linkActivated.connect(self._choose_passage)
        self._tell()

    # -- what the answer does --------------------------------------------------------------------------------------

    def show_progress(self, progress: Progress) -> None:
        """The model is reading, before its first word."""
        self._progress = progress
        self._tell()

    def add_text(self, piece: str) -> None:
        self._streamed += piece
        self._tell()

    def show_answer(self, answer: ShownAnswer) -> None:
        self.answer = answer
        self._tell()

    def show_failure(self, sentence: str) -> None:
        self._failure = sentence
        self._tell()

    def show_stopped(self) -> None:
        """Stopped by the user; the words so far stay."""
        self._is_stopped = True
        self._tell()

    @property
    def text(self) -> str:
        """The answer's words, as far as they are there."""
        return self.answer.text if self.answer is not None else self._streamed

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        is_over = self.answer is not None or bool(self._failure) or self._is_stopped
        self._question_label.setText(escape(self.question))
        self._question_label.setAccessibleName(self.tr("Question: {words}").format(words=self.question))
        self._waiting.setVisible(not is_over and not self._streamed)
        self._waiting.setText(self._waiting_words())
        self._waiting.setAccessibleName(self._waiting.text())
        self._bar.setVisible(self._waiting.isVisibleTo(self) and self._progress is not None)
        if self._progress is not None:
            self._bar.setRange(0, self._progress.total or 0)
            self._bar.setValue(self._progress.done)
        self._bar.setAccessibleName(self._waiting.text())
        self._tell_answer(is_over)
        self._tell_context()

    def _waiting_words(self) -> str:
        progress = self._progress
        if progress is None:
            return self.tr("Looking for passages …")
        if progress.total and progress.unit.startswith("token"):
            return self.tr("reading {done} of {total} tokens").format(
                done=number(progress.done), total=number(progress.total)
            )
        return stage(progress.stage) + " …"

    def _tell_answer(self, is_over: bool) -> None:
        answer = self.answer
        citations = answer.citations if answer is not None else ()
        words = escape(self.text).replace("\n", "<br>")
        accent = tones(self.palette()).accent.name()
        if citations:
            links = " ".join(
                f'<a href="{index}" style="color:{accent}; text-decoration:none">{superscript(index + 1)}</a>'
                for index in range(len(citations))
            )
            words = f"{words} {links}"
        if self._failure:
            words += f"{'<br>' if words else ''}{escape(self._failure)}"
        elif self._is_stopped:
            words += f" <i>{escape(self.tr('(stopped)'))}</i>"
        elif answer is not None and not citations:
            words += f"<br>{escape(self.tr('Not found in the text.'))}" if words else self.tr("Not found in the text.")
        self._answer_label.setText(f'<div style="line-height:112%">{words}</div>' if words else "")
        self._answer_label.setVisible(bool(words))
        # Screen readers hear an answer once, when it is complete, not every piece of it.
        self._answer_label.setAccessibleName(self.text + " " + self._failure if is_over else self.tr("Answering"))
        self._places.setVisible(bool(citations))
        self._places.setText("".join(self._place_line(index, each, accent) for index, each in enumerate(citations)))
        self._places.setAccessibleName(
            self.tr("Places: {places}").format(places="; ".join(self._place_words(each) for each in citations))
        )
        note = answer.note if answer is not None and citations else ""  # "not found" is said above, once
        self._note.setText(escape(note))
        self._note.setAccessibleName(note or self.tr("No note"))
        self._note.setVisible(bool(note))
        figures = self._figure_words(answer.figures) if answer is not None else ""
        self._figures.setText(escape(figures))
        self._figures.setAccessibleName(figures or self.tr("No figures yet"))
        self._figures.setVisible(bool(figures))

    def _place_line(self, index: int, cited: Cited, accent: str) -> str:
        style = f"color:{accent}; text-decoration:none"
        text_colour = self.palette().color(QPalette.ColorRole.WindowText).name()
        where = escape(self._where(cited))
        quote = escape(shortened(cited.quote.replace("\n", " "), _QUOTE_SHOWN))
        return (
            f'<p style="margin:0 0 4px 0; line-height:108%"><a href="{index}" style="{style}">'
            f"{superscript(index + 1)}\u2002{where}</a>"
            f'<a href="{index}" style="color:{text_colour}; text-decoration:none"> · “{quote}”</a></p>'
        )

    def _where(self, cited: Cited) -> str:
        parts = [shortened(cited.section, 32)] if cited.section else []
        if cited.page:
            parts.append(self.tr("p. {page}").format(page=cited.page))
        return ", ".join(parts) or self.tr("in the text")

    def _place_words(self, cited: Cited) -> str:
        return f"{self._where(cited)}, {cited.quote}"

    def _figure_words(self, figures: AnswerFigures) -> str:
        parts = []
        if figures.prompt_tokens is not None and figures.reused_tokens is not None:
            parts.append(
                self.tr("read {new} tokens, re-used {reused}").format(
                    new=number(figures.prompt_tokens - figures.reused_tokens), reused=number(figures.reused_tokens)
                )
            )
        if figures.ttft_s is not None:
            parts.append(self.tr("first word {time}").format(time=seconds(figures.ttft_s)))
        if figures.tokens_per_s is not None:
            parts.append(self.tr("{rate} tokens/s").format(rate=number(figures.tokens_per_s, 1)))
        if figures.jrt in _JRT_WORDS:
            parts.append(self.tr(_JRT_WORDS[figures.jrt]))
        if not figures.with_adapter:
            parts.append(self.tr("without adapter"))
        elif figures.adapter_since:
            parts.append(self.tr("adapter from {day}").format(day=figures.adapter_since))
        else:
            parts.append(self.tr("with adapter"))
        return " · ".join(parts)

    def _tell_context(self) -> None:
        passages = self.answer.passages if self.answer is not None else ()
        self._context.setVisible(bool(passages))
        self._context.setText(self.tr("Context used: %n passage(s)", "", len(passages)))
        self._context.setAccessibleName(self._context.text())
        dress(self._context, "down" if self._context.isChecked() else "right")
        self._passages.setVisible(bool(passages) and self._context.isChecked())
        colour = tones(self.palette()).subtle.name()
        is_open = self._context.isChecked()
        lines = (
            f'<p style="margin:0 0 6px 0"><a href="{index}" style="color:{colour}; text-decoration:none">'
            f"{escape(self._passage_words(passage))}</a></p>"
            for index, passage in enumerate(passages if is_open else ())
        )
        self._passages.setText("".join(lines))
        self._passages.setAccessibleName(self.tr("Passages that were read"))

    def _passage_words(self, passage: ReadPassage) -> str:
        words = passage.text or self._words_from(passage.start)
        return f"· {shortened(' '.join(words.split()), _PASSAGE_SHOWN)}"

    def _show_context(self) -> None:
        self._tell_context()

    def _choose_place(self, link: str) -> None:
        assert self.answer is not None
        cited = self.answer.citations[int(link)]
        self.place_chosen.emit(cited.start, cited.end)

    def _choose_passage(self, link: str) -> None:
        assert self.answer is not None
        passage = self.answer.passages[int(link)]
        self.place_chosen.emit(passage.start, passage.end)

    def _label(self, *, subtle: bool = False) -> QLabel:
        label = QLabel(self)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setTextInteractionFlags(_LINKS)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        if subtle:
            label.setProperty("role", "subtle")
        return label

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self._tell()
        super().changeEvent(event)
