"""A conversation as a page: its turns below each other, the newest words in view as long as one stays at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.desktop.widgets.shown_turn import shown_turn
from app.desktop.widgets.turn_view import TurnView
from storage.conversations import LineTurn

TURNS_SHOWN = 8
"""At first; earlier ones come on demand."""
_NEAR_END = 24

MakeTurn = Callable[[str, QWidget], TurnView]


class _Column(QWidget):
    """As high as its turns are at its width: the least height of wrapped words says nothing, it is that of a narrow column."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class ConversationView(QScrollArea):
    """empty_face: what is shown while there is no turn. make_turn: a view for a question, connected by the owner."""

    def __init__(self, make_turn: MakeTurn, empty_face: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_turn = make_turn
        self._empty = empty_face
        self._line: list[LineTurn] = []
        self._shown_from = 0
        self._is_at_end = True
        self._highest = 0
        self.turns: list[TurnView] = []
        self._builder = QTimer(self)
        self._builder.setSingleShot(True)
        self._builder.setInterval(0)
        self._builder.timeout.connect(self._build_next)
        self._list = _Column(self)
        self._layout = QVBoxLayout(self._list)
        self._layout.setContentsMargins(16, 4, 16, 4)
        self._layout.setSpacing(0)
        self.earlier = QToolButton(self._list)
        self.earlier.clicked.connect(self._show_earlier)
        self._layout.addWidget(self._empty)
        self._layout.addWidget(self.earlier, 0, Qt.AlignmentFlag.AlignHCenter)
        self._layout.addStretch(1)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._list)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._on_scrolled)
        bar.rangeChanged.connect(self._on_range)
        self.retranslate()
        self._tell()

    def show_line(self, line: Sequence[LineTurn], fresh: dict[str, TurnView] | None = None) -> None:
        """The turns of a conversation. Those that are shown already stay as they are, so that nothing jumps; what is not
        kept (it is being answered, or it failed) stays at the end. fresh: views of turns that were kept just now, by id."""
        before = len(self._line) - self._shown_from
        self._line = list(line)
        self._shown_from = max(0, len(line) - max(TURNS_SHOWN, before))
        views = {view.shown.row.turn_id: view for view in self.turns if view.shown is not None} | (fresh or {})
        unkept = [view for view in self.turns if view.shown is None and view not in views.values()]
        wanted: list[TurnView] = []
        for each in self._line[self._shown_from :]:
            view = views.get(each.turn.turn_id)
            if view is not None:
                view.show_turn(shown_turn(each))
                wanted.append(view)
        wanted += unkept
        for view in self.turns:
            if view not in wanted:
                self._drop(view)
        self.turns = wanted
        self._build_next()

    def clear(self) -> None:
        for view in self.turns:
            self._drop(view)
        self.turns, self._line, self._shown_from = [], [], 0
        self._builder.stop()
        self._is_at_end = True
        self._tell()

    def add(self, question: str) -> TurnView:
        """A new turn at the end, brought into view."""
        view = self._make_turn(question, self._list)
        self.turns.append(view)
        self._layout.insertWidget(1 + len(self.turns), view)
        self._is_at_end = True
        self._tell()
        return view

    def replace(self, old: TurnView, question: str) -> TurnView:
        """A new version of a turn in its place; what follows it belongs to the old version and goes out of view."""
        place = self.turns.index(old)
        for view in self.turns[place:]:
            self._drop(view)
        del self.turns[place:]
        return self.add(question)

    def _drop(self, view: TurnView) -> None:
        self._layout.removeWidget(view)
        view.hide()
        view.deleteLater()

    def _build_next(self) -> None:
        """One view that is still missing, the newest first; the others when the window has drawn itself in between."""
        present = {view.shown.row.turn_id for view in self.turns if view.shown is not None}
        shown = self._line[self._shown_from :]
        missing = [place for place, each in enumerate(shown) if each.turn.turn_id not in present]
        if missing:
            each = shown[missing[-1]]
            view = self._make_turn(each.turn.question, self._list)
            view.show_turn(shown_turn(each))
            place = sum(before.turn.turn_id in present for before in shown[: missing[-1]])
            self.turns.insert(place, view)
            self._layout.insertWidget(2 + place, view)
        if len(missing) > 1:
            self._builder.start()
        self._tell()

    def _show_earlier(self) -> None:
        self._shown_from = max(0, self._shown_from - TURNS_SHOWN)
        self._build_next()

    def _on_scrolled(self, value: int) -> None:
        self._is_at_end = value >= self.verticalScrollBar().maximum() - _NEAR_END

    def _on_range(self, _low: int, high: int) -> None:
        bar, grown = self.verticalScrollBar(), high - self._highest
        self._highest = high
        if self._is_at_end:
            bar.setValue(high)
        elif self._builder.isActive():
            bar.setValue(bar.value() + grown)  # it grows above what is read

    def _tell(self) -> None:
        self._empty.setVisible(not self.turns)
        self.earlier.setVisible(self._shown_from > 0)

    def retranslate(self) -> None:
        self.earlier.setText(self.tr("Earlier questions"))
        self.earlier.setAccessibleName(self.tr("Earlier questions"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
