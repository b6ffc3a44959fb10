"""Settings of reading: the colours and the type of the page. The reader's own panel changes the same."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QPushButton, QSpinBox, QWidget

from app.desktop.preferences import Preferences
from app.desktop.reading_type import (
    MAX_MEASURE,
    MAX_POINTS,
    MIN_MEASURE,
    MIN_POINTS,
    SANS,
    SERIF,
    Flow,
    ParagraphStyle,
    TypeSettings,
)
from app.desktop.settings.choice import Choice
from app.desktop.settings.form import Section
from app.desktop.theme import PageTheme


class ReadingSection(Section):
    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.page = Choice(self._pages, self)
        self.family = Choice(self._families, self)
        self.points = QDoubleSpinBox(self)
        self.points.setRange(MIN_POINTS, MAX_POINTS)
        self.points.setDecimals(1)
        self.measure = QSpinBox(self)
        self.measure.setRange(MIN_MEASURE, MAX_MEASURE)
        for box in (self.points, self.measure):
            box.setKeyboardTracking(False)
            box.setMinimumWidth(120)
        self.flow = Choice(
            lambda: [
                (Flow.SCROLL, self.tr("One long page")),
                (Flow.PAGE, self.tr("Page by page")),
                (Flow.SPREAD, self.tr("Two pages side by side")),
            ],
            self,
        )
        self.paragraphs = Choice(
            lambda: [
                (ParagraphStyle.INDENT, self.tr("Indented")),
                (ParagraphStyle.SPACE, self.tr("Apart from each other")),
            ],
            self,
        )
        self.justified = QCheckBox(self)
        self.usual = QPushButton(self)

        self.add_heading(lambda: self.tr("Reading"))
        self.add_row(lambda: self.tr("Colours of the page"), self.page)
        self.add_row(lambda: self.tr("Typeface"), self.family)
        self.add_row(lambda: self.tr("Size of the type, in points"), self.points)
        self.add_row(
            lambda: self.tr("Letters in a line"),
            self.measure,
            lambda: self.tr("60 to 75 are easy to read; of Chinese characters, a line has about half as many."),
        )
        self.add_row(lambda: self.tr("Pages"), self.flow)
        self.add_row(lambda: self.tr("Paragraphs"), self.paragraphs)
        self.add_check(lambda: self.tr("Both edges of the text straight"), self.justified)
        self.add_button(self.usual)
        self.page.chosen.connect(lambda value: setattr(preferences, "page", PageTheme(value)))
        self.family.chosen.connect(lambda value: self._change(family=value))
        self.points.valueChanged.connect(lambda value: self._change(points=round(value, 1)))
        self.measure.valueChanged.connect(lambda value: self._change(measure=value))
        self.flow.chosen.connect(lambda value: self._change(flow=Flow(value)))
        self.paragraphs.chosen.connect(lambda value: self._change(paragraphs=ParagraphStyle(value)))
        self.justified.toggled.connect(lambda on: self._change(justified=on))
        self.usual.clicked.connect(self._reset)
        preferences.changed.connect(self._on_changed)
        self.finish()
        self.read()

    def _pages(self) -> list[tuple[str, str]]:
        names = {
            PageTheme.AUTO: self.tr("As the window"),
            PageTheme.PAPER: self.tr("Paper"),
            PageTheme.SEPIA: self.tr("Sepia"),
            PageTheme.GREY: self.tr("Grey"),
            PageTheme.NIGHT: self.tr("Night"),
            PageTheme.CONTRAST: self.tr("High contrast"),
        }
        return [(theme, names[theme]) for theme in PageTheme]

    def _families(self) -> list[tuple[str, str]]:
        """The two kinds, and the font chosen by name in the reader, if one is."""
        own = self._preferences.reading_type.family
        named = [(own, own)] if own not in (SERIF, SANS) else []
        return [(SERIF, self.tr("With serifs")), (SANS, self.tr("Without serifs")), *named]

    def _on_changed(self, _name: str) -> None:
        self.read()

    def read(self) -> None:
        now = self._preferences.reading_type
        for widget in (self.points, self.measure, self.justified):
            widget.blockSignals(True)
        self.family.retranslate()
        self.page.show_value(self._preferences.page)
        self.family.show_value(now.family)
        self.points.setValue(now.points)
        self.measure.setValue(now.measure)
        self.flow.show_value(now.flow)
        self.paragraphs.show_value(now.paragraphs)
        self.justified.setChecked(now.justified)
        self.usual.setEnabled(now != TypeSettings() or self._preferences.page is not PageTheme.AUTO)
        for widget in (self.points, self.measure, self.justified):
            widget.blockSignals(False)

    def _change(self, **changed: object) -> None:
        self._preferences.reading_type = replace(self._preferences.reading_type, **changed)  # type: ignore[arg-type]  # by name

    def _reset(self) -> None:
        self._preferences.page = PageTheme.AUTO
        self._preferences.reading_type = TypeSettings()

    def retranslate(self) -> None:
        super().retranslate()
        self.usual.setText(self.tr("As usual"))
        self.usual.setAccessibleName(self.tr("Reading as usual"))
        self.usual.setToolTip(self.tr("Put the settings of this page back to what they were at first"))
