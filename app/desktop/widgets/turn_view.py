"""One question with its answer: what stands in the book, what the model says of it, and what one can do with both.

Knows plain values and colours. Knows no job and no database.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFont
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.sentences import localized
from app.desktop.theme import scaled
from app.desktop.widgets.answer_text import AnswerText
from app.desktop.widgets.context_used import ContextUsed
from app.desktop.widgets.place_list import PlaceList
from app.desktop.widgets.shown_turn import ShownPlace, ShownTurn
from app.desktop.widgets.thought_fold import ThoughtFold
from app.desktop.widgets.turn_actions import TurnActions
from app.desktop.widgets.waiting_line import WaitingLine
from app.desktop.wording import shortened
from app.operations.catalogue import find_in_catalogue
from app.operations.results import Within
from engine.api import NOT_FOUND
from engine.jobs import Progress


class TurnView(QWidget):
    """place_chosen: `[start, end)` of a place the user wants to see. around_wanted: a list of such places; what stands around
    them comes with `show_around`. The signals of `actions_row` say what is to be done."""

    place_chosen = Signal(int, int)
    around_wanted = Signal(object)

    def __init__(self, question: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question = question
        self.shown: ShownTurn | None = None
        self._scope: tuple[Within | None, int | None] = (None, None)
        self._places: tuple[ShownPlace, ...] = ()
        self._model = ""
        self._failure = ""
        self._is_over = False
        self._question = self._label()
        question_font = QFont(self.font())
        question_font.setBold(True)
        self._question.setFont(question_font)
        self._scope_label: QLabel | None = None
        self._book_says = self._label(small=True)
        self.places = PlaceList(self)
        self.waiting: WaitingLine | None = None
        self._model_says = self._label(small=True)
        self._thoughts: ThoughtFold | None = None
        self.answer = AnswerText(self)
        self._note = self._label(small=True)
        self.actions_row = TurnActions(self)
        self.context = ContextUsed(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 12, 0, 12)
        self._layout.setSpacing(6)
        for part in (
            self._question,
            self._book_says,
            self.places,
            self._model_says,
            self.answer,
            self._note,
            self.actions_row,
            self.context,
        ):
            self._layout.addWidget(part)
        self.places.chosen.connect(self.place_chosen)
        self.context.place_chosen.connect(self.place_chosen)
        self.answer.place_chosen.connect(self._choose)
        self.answer.copy_wanted.connect(self.actions_row.copy_wanted)
        self._tell()

    # -- what the answer does --------------------------------------------------------------------------------------

    def begin(self, *, within: Within | None, up_to: int | None, model: str, begun: str = "") -> None:
        """An answer is on its way. begun: how it begins already."""
        self._scope, self._model = (within, up_to), model
        self.shown, self._is_over, self._failure = None, False, ""
        if self.waiting is None:
            self.waiting = WaitingLine(self)
            self._layout.insertWidget(self._layout.indexOf(self._model_says), self.waiting)
        self.waiting.show_progress(None)
        self.answer.show_words(begun)
        self._tell()

    @property
    def scope(self) -> tuple[Within | None, int | None]:
        """What it was asked about: a part of the book, and up to where."""
        return self._scope

    def show_progress(self, progress: Progress) -> None:
        """The model is reading, before its first word."""
        if self.waiting is not None:
            self.waiting.show_progress(progress)

    def show_found(self, places: tuple[ShownPlace, ...]) -> None:
        """What stands in the book, before the model has said anything."""
        self._places = places
        self._tell()
        self._look_around()

    def add_thought(self, piece: str) -> None:
        fold = self._thought_fold()
        fold.show_words(fold.words + piece)

    def add_text(self, piece: str) -> None:
        was_empty = not self.answer.words
        self.answer.stream(_answer_words(piece))
        if was_empty:
            self._tell()

    def show_turn(self, shown: ShownTurn) -> None:
        """The whole turn, as it is kept."""
        was_waiting = not self._is_over and self.waiting is not None
        known = self.shown.places if self.shown is not None else ()
        self.shown, self._is_over, self._failure = shown, True, ""
        self._scope, self._model = (shown.within, shown.up_to), shown.model
        if shown.reasoning:
            self._thought_fold().show_words(shown.reasoning)
        self._places = shown.places
        self.answer.show_words(_answer_words(shown.row.answer), shown.marks)
        self.context.show_turn(shown)
        self.actions_row.show_turn(shown)
        self._tell()
        if known != shown.places:
            self._look_around()
        if was_waiting:
            self._announce()

    def show_failure(self, sentence: str) -> None:
        self._failure, self._is_over = sentence, True
        self.actions_row.show_failed()
        self._tell()
        self._announce()

    @property
    def text(self) -> str:
        """The answer's words, as far as they are there."""
        return _answer_words(self.shown.row.answer) if self.shown is not None else self.answer.words

    @property
    def is_stopped(self) -> bool:
        return self.shown is not None and self.shown.is_stopped

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        self._question.setText(self.question)
        self._question.setAccessibleName(self.tr("Question: {words}").format(words=self.question))
        self._tell_scope()
        self.places.show_places(self._places)
        self.places.setVisible(bool(self._places))
        self._say(self._book_says, self.tr("In the book") if self._places else "")
        has_answer = bool(self.answer.words)
        if self.waiting is not None:
            self.waiting.setVisible(not self._is_over and not has_answer)
        self._say(self._model_says, self._model_words() if has_answer and self._model else "")
        self.answer.setVisible(has_answer)
        # Screen readers hear an answer once, when it is complete, not every piece of it.
        self.answer.setAccessibleName(
            self.tr("Answer: {words}").format(words=self.text) if self._is_over else self.tr("Answering")
        )
        self._say(self._note, self._note_words())
        self.actions_row.setVisible(self._is_over)
        self.setAccessibleName(self.question)

    def _tell_scope(self) -> None:
        words = self.scope_words
        if words and self._scope_label is None:
            self._scope_label = self._label(small=True)
            self._layout.insertWidget(1, self._scope_label)
        if self._scope_label is not None:
            self._say(self._scope_label, words)

    def _thought_fold(self) -> ThoughtFold:
        if self._thoughts is None:
            self._thoughts = ThoughtFold(self)
            self._layout.insertWidget(self._layout.indexOf(self.answer), self._thoughts)
            self._thoughts.show()
        return self._thoughts

    def _say(self, label: QLabel, words: str) -> None:
        label.setText(words)
        label.setAccessibleName(words or self.tr("Nothing"))
        label.setVisible(bool(words))

    @property
    def scope_words(self) -> str:
        """What it was asked about, in words; "" for the whole book."""
        within, up_to = self._scope
        parts = []
        if within is not None:
            name = shortened(" ".join(within.name.split()), 48)
            parts.append(self.tr("In “{section}”").format(section=name) if name else self.tr("About the selection"))
        if up_to is not None:
            parts.append(self.tr("only up to where you had read"))
        return " · ".join(parts)

    def _model_words(self) -> str:
        listed = find_in_catalogue(self._model)
        return self.tr("{model} answers").format(model=listed.title if listed is not None else self._model)

    def _note_words(self) -> str:
        if self._failure:
            return self._failure
        shown = self.shown
        if shown is None:
            return ""
        if shown.is_stopped:
            return self.tr("Stopped.")
        if shown.cited:
            return localized(shown.note)
        if shown.figures.prompt_tokens == 0:
            return ""  # the answer itself says that nothing was found
        return self.tr("No sentence of the book that was read confirms this answer.")

    def _look_around(self) -> None:
        spans = [(place.start, place.end) for place in self._places]
        if spans:
            self.around_wanted.emit(spans)

    def show_around(self, hints: dict[tuple[int, int], str]) -> None:
        """What stands around places, by place: shown over them and over their figures."""
        self.places.set_hints(hints)
        self.answer.set_hints({place.number: self.places.hint(place) for place in self._places if place.number})

    def _announce(self) -> None:
        """Say to a screen reader that the answer is there, and what it is."""
        words = self._failure or self.text or self._note.text()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _choose(self, figure: int) -> None:
        for place in self._places:
            if place.number == figure:
                self.place_chosen.emit(place.start, place.end)

    def _label(self, *, small: bool = False) -> QLabel:
        label = QLabel(self)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        if small:
            label.setProperty("role", "subtle")
            label.setFont(scaled(self.font(), 0.9))
        return label

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            if self.shown is not None:
                self.answer.show_words(_answer_words(self.shown.row.answer), self.shown.marks)
            self._tell()
        super().changeEvent(event)


def _answer_words(answer: str) -> str:
    """What the model said, as it is; what Palimpsest says in its place, in the language of the window."""
    return localized(answer) if answer == NOT_FOUND else answer
