"""The type and colours of the page: one form for the reader's popover and the settings page. Every change applies at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontDatabase, QIcon, QPainter, QPen, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.preferences import Preferences
from app.desktop.reading_type import (
    HAN_SHARE,
    MAX_LINE_HEIGHT,
    MAX_MARGIN,
    MAX_MEASURE,
    MAX_POINTS,
    MIN_LINE_HEIGHT,
    MIN_MARGIN,
    MIN_MEASURE,
    MIN_POINTS,
    SANS,
    SERIF,
    Flow,
    ParagraphStyle,
    TypeSettings,
    writes_in_han,
)
from app.desktop.theme import PageTheme, page_colours, tones

SWATCH = 28


class TypeControls(QWidget):
    """Follows the preferences while it is in view."""

    def __init__(self, preferences: Preferences, language: Callable[[], str], parent: QWidget | None = None) -> None:
        """language: of the open book, which decides what its usual line height is; "" where none is open."""
        super().__init__(parent)
        self._preferences = preferences
        self._language = language
        self._filling = False
        self._build()
        preferences.changed.connect(self._on_preference)
        self.retranslate()

    def _build(self) -> None:
        self.family = QComboBox(self)
        self.family.setMaxVisibleItems(16)
        self.points = self._slider(round(MIN_POINTS * 2), round(MAX_POINTS * 2))
        self.line_height = self._slider(round(MIN_LINE_HEIGHT * 20), round(MAX_LINE_HEIGHT * 20))
        self.measure = self._slider(MIN_MEASURE, MAX_MEASURE)
        self.margin = self._slider(MIN_MARGIN, MAX_MARGIN)
        self.margin.setSingleStep(4)
        self.paragraphs = QComboBox(self)
        self.flow = QComboBox(self)
        self.justified = QCheckBox(self)
        self.swatches = QButtonGroup(self)
        self._themes: dict[PageTheme, QToolButton] = {}
        swatches = QHBoxLayout()
        swatches.setSpacing(4)
        for theme in PageTheme:
            button = QToolButton(self)
            button.setCheckable(True)
            button.setIconSize(QSize(SWATCH, SWATCH))
            button.clicked.connect(lambda _checked=False, theme=theme: setattr(self._preferences, "page", theme))
            self.swatches.addButton(button)
            swatches.addWidget(button)
            self._themes[theme] = button
        swatches.addStretch(1)
        self.reset_button = QPushButton(self)
        self.reset_button.clicked.connect(self.reset)

        self._labels = [QLabel(self) for _ in range(8)]
        self._values = {slider: QLabel(self) for slider in (self.points, self.line_height, self.measure, self.margin)}
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        controls = (
            self.flow,
            self.family,
            self.points,
            self.line_height,
            self.measure,
            self.margin,
            self.paragraphs,
        )
        for row, (label, control) in enumerate(zip(self._labels[1:], controls, strict=True), start=1):
            label.setBuddy(control)
            grid.addWidget(label, row, 0)
            value = self._values.get(control) if isinstance(control, QSlider) else None
            grid.addWidget(control, row, 1, 1, 1 if value else 2)
            if value is not None:
                value.setProperty("role", "subtle")
                value.setMinimumWidth(value.fontMetrics().horizontalAdvance("100 letters "))
                grid.addWidget(value, row, 2)
        grid.addWidget(self._labels[0], 0, 0)
        grid.addLayout(swatches, 0, 1, 1, 2)
        grid.addWidget(self.justified, len(controls) + 1, 1, 1, 2)
        grid.setColumnMinimumWidth(1, 200)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.reset_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(grid)
        layout.addLayout(foot)

        self.family.activated.connect(lambda _: self._set(family=self.family.currentData()))
        self.flow.activated.connect(lambda _: self._set(flow=Flow(self.flow.currentData())))
        self.paragraphs.activated.connect(lambda _: self._set(paragraphs=ParagraphStyle(self.paragraphs.currentData())))
        self.justified.clicked.connect(lambda checked: self._set(justified=checked))
        self.points.valueChanged.connect(lambda value: self._set(points=value / 2))
        self.line_height.valueChanged.connect(lambda value: self._set(line_height=value / 20))
        self.measure.valueChanged.connect(lambda value: self._set(measure=value))
        self.margin.valueChanged.connect(lambda value: self._set(margin=value))

    def _slider(self, least: int, most: int) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(least, most)
        return slider

    def showEvent(self, event: QShowEvent) -> None:
        self._fill()
        super().showEvent(event)

    def reset(self) -> None:
        """The usual type and colours; whether one scrolls or turns pages stays."""
        self._preferences.reading_type = TypeSettings(flow=self._preferences.reading_type.flow)
        self._preferences.page = PageTheme.AUTO

    def _set(self, **changes: object) -> None:
        if not self._filling:
            settings = self._preferences.reading_type
            self._preferences.reading_type = replace(settings, **changes)  # type: ignore[arg-type]  # fields by name

    def _on_preference(self, name: str) -> None:
        if self.isVisible() and name in ("type", "page", "appearance"):
            self._fill()

    # -- faces -----------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        settings = self._preferences.reading_type
        line_height = settings.line_height_for(self._language())
        self._filling = True
        if self.family.count() == 0:
            self._fill_families()
        self.family.setCurrentIndex(max(0, self.family.findData(settings.family)))
        self.flow.setCurrentIndex(self.flow.findData(settings.flow.value))
        self.paragraphs.setCurrentIndex(self.paragraphs.findData(settings.paragraphs.value))
        self.justified.setChecked(settings.justified)
        self.points.setValue(round(settings.points * 2))
        self.line_height.setValue(round(line_height * 20))
        self.measure.setValue(settings.measure)
        self.margin.setValue(settings.margin)
        self._filling = False
        measure = round(settings.measure * HAN_SHARE) if writes_in_han(self._language()) else settings.measure
        self._values[self.points].setText(self.tr("{points} pt").format(points=f"{settings.points:g}"))
        self._values[self.line_height].setText(f"{line_height:.2f}")
        self._values[self.measure].setText(self.tr("{count} letters").format(count=measure))
        self._values[self.margin].setText(self.tr("{pixels} px").format(pixels=settings.margin))
        for theme, button in self._themes.items():
            button.setChecked(theme is self._preferences.page)
            button.setIcon(QIcon(self._swatch(theme)))

    def _fill_families(self) -> None:
        self.family.addItem(self.tr("Serif"), SERIF)
        self.family.addItem(self.tr("Sans serif"), SANS)
        self.family.insertSeparator(2)
        for family in QFontDatabase.families():
            if QFontDatabase.isSmoothlyScalable(family) and not QFontDatabase.isPrivateFamily(family):
                self.family.addItem(family, family)

    def _swatch(self, theme: PageTheme) -> QPixmap:
        """A letter on its page; half and half where the page goes with the window."""
        colours = page_colours(PageTheme.PAPER if theme is PageTheme.AUTO else theme, self.palette())
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(QSize(SWATCH, SWATCH) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = QRectF(1, 1, SWATCH - 2, SWATCH - 2)
        painter.setPen(QPen(tones(self.palette()).subtle, 1))
        painter.setBrush(QColor(colours.background))
        painter.drawEllipse(circle)
        if theme is PageTheme.AUTO:
            painter.setBrush(QColor(page_colours(PageTheme.NIGHT, self.palette()).background))
            painter.drawChord(circle, -90 * 16, 180 * 16)
        else:
            font = painter.font()
            font.setPixelSize(SWATCH // 2)
            painter.setFont(font)
            painter.setPen(QColor(colours.text))
            painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, "A")
        painter.end()
        return pixmap

    def retranslate(self) -> None:
        names = (
            self.tr("Page"),
            self.tr("Layout"),
            self.tr("Typeface"),
            self.tr("Size"),
            self.tr("Line height"),
            self.tr("Line length"),
            self.tr("Margins"),
            self.tr("Paragraphs"),
        )
        for label, name in zip(self._labels, names, strict=True):
            label.setText(name)
            control = label.buddy()
            if control is not None:
                control.setAccessibleName(name)
            if isinstance(control, QComboBox):
                control.view().setAccessibleName(name)
        self.justified.setText(self.tr("Both edges straight"))
        self.justified.setAccessibleName(self.tr("Both edges straight"))
        self.justified.setToolTip(self.tr("Words are not divided at the ends of lines; narrow columns get wide gaps."))
        self.reset_button.setText(self.tr("Usual type"))
        self.reset_button.setAccessibleName(self.tr("Usual type"))
        self._refill(
            self.flow,
            (
                (Flow.SCROLL, self.tr("Scroll")),
                (Flow.PAGE, self.tr("One page")),
                (Flow.SPREAD, self.tr("Two pages where there is room")),
            ),
        )
        self._refill(
            self.paragraphs,
            ((ParagraphStyle.INDENT, self.tr("Indented")), (ParagraphStyle.SPACE, self.tr("Space between"))),
        )
        self.family.clear()
        for theme, words in (
            (PageTheme.AUTO, self.tr("As the window")),
            (PageTheme.PAPER, self.tr("Paper")),
            (PageTheme.SEPIA, self.tr("Sepia")),
            (PageTheme.GREY, self.tr("Grey")),
            (PageTheme.NIGHT, self.tr("Night")),
            (PageTheme.CONTRAST, self.tr("High contrast")),
        ):
            self._themes[theme].setToolTip(words)
            self._themes[theme].setAccessibleName(words)
        self._fill()

    def _refill(self, box: QComboBox, choices: tuple[tuple[str, str], ...]) -> None:
        box.clear()
        for value, words in choices:
            box.addItem(words, str(value))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
