"""Places of the book, quoted: what the answer rests on with its number, and other sentences that speak of the question."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.theme import scaled, tones
from app.desktop.widgets.shown_turn import ShownPlace
from app.desktop.wording import shortened, superscript

_QUOTE_SHOWN = 300
_SECTION_SHOWN = 40


class PlaceList(QWidget):
    """chosen: `[start, end)` of a place the user wants to see."""

    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.places: tuple[ShownPlace, ...] = ()
        self._hints: dict[tuple[int, int], str] = {}
        self.labels: list[QLabel] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)

    def show_places(self, places: Sequence[ShownPlace]) -> None:
        """In this order; places that are there already keep their widgets."""
        self.places = tuple(places)
        while len(self.labels) < len(self.places):
            self.labels.append(self._label())
        while len(self.labels) > len(self.places):
            label = self.labels.pop()
            self._layout.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._tell()

    def set_hints(self, hints: dict[tuple[int, int], str]) -> None:
        """What stands around each place, shown over it."""
        self._hints |= hints
        self._tell()

    def where(self, place: ShownPlace) -> str:
        """Chapter and page, in words."""
        parts = [shortened(" ".join(place.section.split()), _SECTION_SHOWN)] if place.section else []
        if place.page:
            parts.append(self.tr("p. {page}").format(page=place.page))
        return ", ".join(parts) or self.tr("in the text")

    def hint(self, place: ShownPlace) -> str:
        """A place with what stands around it, for a tooltip."""
        around = self._hints.get((place.start, place.end), place.quote)
        return f"<p>{escape(self.where(place))}</p><p>{escape(around)}</p>"

    def _tell(self) -> None:
        accent = tones(self.palette()).accent.name()
        text = self.palette().color(QPalette.ColorRole.WindowText).name()
        for number, (label, place) in enumerate(zip(self.labels, self.places, strict=True)):
            figure = f"{superscript(place.number)}\u2002" if place.number else ""
            quote = escape(shortened(" ".join(place.quote.split()).strip('“”"'), _QUOTE_SHOWN))
            label.setText(
                f'<a href="{number}" style="color:{accent}; text-decoration:none">{figure}{escape(self.where(place))}</a>'
                f'<a href="{number}" style="color:{text}; text-decoration:none"> · “{quote}”</a>'
            )
            label.setToolTip(self.hint(place))
            label.setAccessibleName(
                self.tr("{place}: {quote}").format(place=self.where(place), quote=" ".join(place.quote.split()))
            )

    def _label(self) -> QLabel:
        label = QLabel(self)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        label.setFont(scaled(self.font(), 0.95))
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        label.linkActivated.connect(self._choose)
        self._layout.addWidget(label)
        return label

    def _choose(self, link: str) -> None:
        place = self.places[int(link)]
        self.chosen.emit(place.start, place.end)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self._tell()
        super().changeEvent(event)
