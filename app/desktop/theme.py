"""How the window looks: the system's palette, one accent, tones derived from both, and the reader's page colours.

Knows colours and fonts. Knows no page and no document. Sizes are in points or on the 8-pixel grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessibilityHints, QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from app.desktop.assets import ICONS

GRID = 8
"""Pixels, before the screen's scale."""

MIN_CONTRAST = 4.5

_STILL = "still"


class Appearance(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"
    """Black and white with strong lines; light or dark as the system is."""


class Motion(StrEnum):
    SYSTEM = "system"
    STILL = "still"


class PageTheme(StrEnum):
    AUTO = "auto"
    """Paper by day, night when the window is dark."""
    PAPER = "paper"
    SEPIA = "sepia"
    GREY = "grey"
    NIGHT = "night"
    CONTRAST = "contrast"
    """Black and white; light or dark as the window is."""


@dataclass(frozen=True, slots=True)
class PageColours:
    background: str
    text: str
    subtle: str
    accent: str
    highlight: str
    """Behind the words of a citation; the text stays readable on it."""
    found: str
    """Behind every hit of the find bar."""


PAGE_COLOURS = {
    PageTheme.PAPER: PageColours("#fcfbf7", "#23211d", "#68645b", "#1d6460", "#ffe08a", "#f6edc9"),
    PageTheme.SEPIA: PageColours("#f4ead5", "#41342a", "#6d5c4b", "#1d5c58", "#f3c969", "#ecdbb0"),
    PageTheme.GREY: PageColours("#dcdddb", "#262729", "#55575a", "#174f4c", "#f0d27a", "#e6dcb4"),
    PageTheme.NIGHT: PageColours("#17181a", "#cfccc5", "#97948d", "#7cc7bf", "#5f4b14", "#3b3521"),
}

_CONTRAST_PAGES = {
    False: PageColours("#ffffff", "#000000", "#000000", "#00308f", "#ffe08a", "#fff3c4"),
    True: PageColours("#000000", "#ffffff", "#ffffff", "#ffe600", "#5c4a00", "#3d3300"),
}
"""By whether the window is dark."""


HIGHLIGHTS = {"yellow": 52, "green": 110, "blue": 205, "pink": 330}
"""Names of the colours words can be highlighted in, with their hues; the page decides how light they are."""


def is_dark_page(page: PageColours) -> bool:
    return QColor(page.background).lightnessF() < 0.5


def highlight_colour(name: str, page: PageColours) -> QColor:
    """A highlight's colour on a page: its hue, thinned so far that the text stays readable on it."""
    background, text = QColor(page.background), QColor(page.text)
    hue = HIGHLIGHTS.get(name, HIGHLIGHTS["yellow"])
    colour = QColor.fromHsl(hue, 180, 110 if is_dark_page(page) else 150)
    share = 0.45
    while contrast(mix(background, colour, share), text) < MIN_CONTRAST and share > 0.05:
        share -= 0.05
    return mix(background, colour, share)


@dataclass(frozen=True, slots=True)
class Tones:
    """The few colours everything is painted with."""

    window: QColor
    base: QColor
    text: QColor
    subtle: QColor
    hairline: QColor
    hover: QColor
    accent: QColor
    on_accent: QColor
    tint: QColor
    """The accent, thinned to a background."""
    loss: QColor
    """Only for what is about to be lost."""


def is_dark(palette: QPalette) -> bool:
    return palette.color(QPalette.ColorRole.Window).lightnessF() < 0.5


def is_high_contrast(palette: QPalette) -> bool:
    """Whether text and window are black and white, or as good as that."""
    role = QPalette.ColorRole
    return contrast(palette.color(role.WindowText), palette.color(role.Window)) > 20


def mix(under: QColor, over: QColor, share: float) -> QColor:
    """`share` of `over` laid on `under`, both opaque."""
    return QColor.fromRgbF(
        under.redF() + (over.redF() - under.redF()) * share,
        under.greenF() + (over.greenF() - under.greenF()) * share,
        under.blueF() + (over.blueF() - under.blueF()) * share,
    )


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio of two opaque colours, 1-21. Source: WCAG 2.2, definition of relative luminance."""

    def luminance(colour: QColor) -> float:
        r, g, b = (
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in (colour.redF(), colour.greenF(), colour.blueF())
        )
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def tones(palette: QPalette) -> Tones:
    """Everything else follows from the palette, so that a system's own colours are kept."""
    if palette.color(QPalette.ColorRole.Window).alpha() == 0:  # a style sheet lets the window's own ground show
        palette = QApplication.palette()
    window = palette.color(QPalette.ColorRole.Window)
    base = palette.color(QPalette.ColorRole.Base)
    text = palette.color(QPalette.ColorRole.WindowText)
    accent = palette.color(QPalette.ColorRole.Accent)
    dark, strong = is_dark(palette), is_high_contrast(palette)
    return Tones(
        window=window,
        base=base,
        text=text,
        subtle=text if strong else mix(window, text, 0.76 if dark else 0.72),
        hairline=mix(window, text, 0.6 if strong else 0.14),
        hover=mix(window, text, 0.18 if strong else 0.07),
        accent=accent,
        on_accent=palette.color(QPalette.ColorRole.HighlightedText),
        tint=mix(base, accent, 0.16 if dark else 0.10),
        loss=QColor("#ff8a80") if dark else QColor("#b3261e"),
    )


def apply_appearance(app: QApplication, appearance: Appearance) -> None:
    """Ask the system for light or dark; where it cannot (some desktops), use our own palette of that kind.

    Where the system itself asks for high contrast, its palette stays untouched; chosen in the window, it is ours.
    """
    hints = app.styleHints()
    wanted = {
        Appearance.SYSTEM: Qt.ColorScheme.Unknown,
        Appearance.LIGHT: Qt.ColorScheme.Light,
        Appearance.DARK: Qt.ColorScheme.Dark,
        Appearance.CONTRAST: Qt.ColorScheme.Unknown,
    }[appearance]
    if hints.colorScheme() != wanted:
        hints.setColorScheme(wanted)
    app.setPalette(QPalette())
    palette = app.palette()
    if hints.accessibility().contrastPreference() != Qt.ContrastPreference.HighContrast:
        follows = appearance in (Appearance.SYSTEM, Appearance.CONTRAST)
        dark = is_dark(palette) if follows else appearance is Appearance.DARK
        palette = _contrasting(palette, dark) if appearance is Appearance.CONTRAST else _calm(palette, dark)
        app.setPalette(palette)
    app.setStyleSheet(style_sheet(tones(palette)))


def _calm(system: QPalette, dark: bool) -> QPalette:
    """The system's palette where it is of the wanted kind, ours where not; with our accent."""
    palette = QPalette(system)
    if is_dark(system) != dark or _is_plain_grey(system):
        _set_colours(palette, _DARK if dark else _LIGHT, disabled=0.45)
    _set_accent(palette, "#7cc7bf" if dark else "#1d6460", "#10201f" if dark else "#ffffff")
    return palette


def _contrasting(system: QPalette, dark: bool) -> QPalette:
    """Black and white, with an accent that stands out from both."""
    palette = QPalette(system)
    ground, figure = ("#000000", "#ffffff") if dark else ("#ffffff", "#000000")
    grounds = (_role.Window, _role.Base, _role.AlternateBase, _role.Button, _role.ToolTipText, _role.Light)
    figures = (_role.WindowText, _role.Text, _role.ButtonText, _role.ToolTipBase, _role.PlaceholderText, _role.Dark)
    _set_colours(palette, dict.fromkeys(grounds, ground) | dict.fromkeys(figures, figure), disabled=0.6)
    _set_accent(palette, "#ffe600" if dark else "#00308f", ground)
    return palette


def _set_colours(palette: QPalette, colours: dict[QPalette.ColorRole, str], *, disabled: float) -> None:
    """disabled: how much of its colour the text of a disabled control keeps, 0-1."""
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    faded = mix(QColor(colours[_role.Window]), QColor(colours[_role.WindowText]), disabled)
    for role in (_role.WindowText, _role.Text, _role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, faded)


def _set_accent(palette: QPalette, accent: str, on_accent: str) -> None:
    for role in (_role.Accent, _role.Highlight, _role.Link, _role.LinkVisited):
        palette.setColor(role, QColor(accent))
    palette.setColor(_role.HighlightedText, QColor(on_accent))


def _is_plain_grey(palette: QPalette) -> bool:
    """The style's own default, which stands where the desktop has no colours of its own to give."""
    return palette.color(QPalette.ColorRole.Window).name() in ("#efefef", "#f0f0f0", "#323232", "#353535")


_role = QPalette.ColorRole
_LIGHT = {
    _role.Window: "#f3f2ee", _role.WindowText: "#24231f", _role.Base: "#fdfcf9", _role.AlternateBase: "#f3f2ee",
    _role.Text: "#24231f", _role.Button: "#f3f2ee", _role.ButtonText: "#24231f", _role.BrightText: "#ffffff",
    _role.ToolTipBase: "#2b2a27", _role.ToolTipText: "#f5f4f0", _role.PlaceholderText: "#6b6860",
    _role.Light: "#ffffff", _role.Midlight: "#eceae4", _role.Mid: "#c9c6bd", _role.Dark: "#a19e95",
    _role.Shadow: "#6b6860",
}  # fmt: skip
_DARK = {
    _role.Window: "#1f2022", _role.WindowText: "#e4e2dc", _role.Base: "#27282b", _role.AlternateBase: "#1f2022",
    _role.Text: "#e4e2dc", _role.Button: "#2c2d30", _role.ButtonText: "#e4e2dc", _role.BrightText: "#ffffff",
    _role.ToolTipBase: "#3a3b3f", _role.ToolTipText: "#f0eee8", _role.PlaceholderText: "#a3a19a",
    _role.Light: "#45464a", _role.Midlight: "#38393d", _role.Mid: "#45464a", _role.Dark: "#141517",
    _role.Shadow: "#000000",
}  # fmt: skip


def page_colours(page: PageTheme, palette: QPalette) -> PageColours:
    if page is PageTheme.CONTRAST or (page is PageTheme.AUTO and is_high_contrast(palette)):
        return _CONTRAST_PAGES[is_dark(palette)]
    if page is PageTheme.AUTO:
        page = PageTheme.NIGHT if is_dark(palette) else PageTheme.PAPER
    return PAGE_COLOURS[page]


def apply_motion(app: QApplication, motion: Motion) -> None:
    """From now on `motion_allowed` knows what the user wants."""
    app.setProperty(_STILL, motion is Motion.STILL)


def motion_allowed() -> bool:
    """False where the user or the system asks for still windows."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if app.property(_STILL):
        return False
    hints: QAccessibilityHints = app.styleHints().accessibility()
    reduced = getattr(hints, "motionPreference", None)  # comes with Qt 6.12
    if reduced is not None:
        return "Reduce" not in str(reduced())
    return app.isEffectEnabled(Qt.UIEffect.UI_General)


def scaled(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A copy in another size, relative to the user's."""
    copy = QFont(font)
    copy.setPointSizeF(max(6.0, font.pointSizeF() * factor))
    if bold:
        copy.setWeight(QFont.Weight.DemiBold)
    return copy


def style_sheet(t: Tones) -> str:
    """Flat, quiet controls: hairlines instead of bevels, the accent for what is current or primary."""
    c = {name: getattr(t, name).name() for name in t.__dataclass_fields__}
    check = (ICONS / ("check_dark.svg" if t.on_accent.lightnessF() < 0.5 else "check_light.svg")).as_posix()
    arrow = (ICONS / f"arrow_{{}}_on_{'light' if t.text.lightnessF() < 0.5 else 'dark'}.svg").as_posix()
    down, up = arrow.format("down"), arrow.format("up")
    return f"""
    QToolTip {{ background: {c["text"]}; color: {c["window"]}; border: none; padding: 4px 8px; }}
    QMainWindow, QDialog {{ background: {c["window"]}; }}
    QMenuBar {{ background: {c["window"]}; border: none; padding: 2px 8px; }}
    QMenuBar::item {{ padding: 3px 7px; border: 1px solid transparent; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {c["hover"]}; border-color: {c["accent"]}; }}
    QMenu {{ background: {c["base"]}; border: 1px solid {c["hairline"]}; padding: 4px; }}
    QMenu::item {{ padding: 5px 23px 5px 27px; border: 1px solid transparent; border-radius: 4px; }}
    QMenu::item:selected {{ background: {c["tint"]}; color: {c["text"]}; border-color: {c["accent"]}; }}
    QMenu::item:disabled {{ color: {c["subtle"]}; }}
    QMenu::separator {{ height: 1px; background: {c["hairline"]}; margin: 4px 8px; }}
    QMenu::indicator {{ left: 8px; }}

    QPushButton {{ padding: 6px 16px; border: 1px solid {c["hairline"]}; border-radius: 6px; background: {c["base"]}; }}
    QPushButton:hover {{ background: {c["hover"]}; }}
    QPushButton:pressed {{ background: {c["tint"]}; }}
    QPushButton:focus {{ border: 1px solid {c["accent"]}; }}
    QPushButton:disabled {{ color: {c["subtle"]}; background: {c["window"]}; }}
    QPushButton[role="primary"] {{
        background: {c["accent"]}; color: {c["on_accent"]}; border: 1px solid {c["accent"]};
    }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {c["text"]}; padding: 5px 15px; }}
    QPushButton[role="primary"]:disabled {{
        background: {c["hairline"]}; color: {c["subtle"]}; border-color: {c["hairline"]};
    }}
    QPushButton[role="loss"] {{ background: {c["loss"]}; color: {c["base"]}; border: 1px solid {c["loss"]}; }}
    QPushButton[role="loss"]:focus {{ border: 2px solid {c["text"]}; padding: 5px 15px; }}

    QToolButton {{ border: 1px solid transparent; border-radius: 6px; padding: 5px; background: transparent; }}
    QToolButton:hover {{ background: {c["hover"]}; }}
    QToolButton:checked {{ background: {c["tint"]}; }}
    QToolButton:focus {{ border-color: {c["accent"]}; }}
    QToolButton[role="send"] {{ background: {c["accent"]}; border: 1px solid {c["accent"]}; padding: 6px; }}
    QToolButton[role="send"]:focus {{ border: 2px solid {c["text"]}; padding: 5px; }}
    QToolButton[role="send"]:disabled {{ background: {c["hairline"]}; border-color: {c["hairline"]}; }}
    QToolButton[role="chip"] {{
        border: 1px solid {c["hairline"]}; border-radius: 12px; padding: 3px 12px; background: {c["base"]};
    }}
    QToolButton[role="chip"]:hover {{ background: {c["hover"]}; }}
    QToolButton[role="chip"]:checked, QToolButton[role="chip"][chosen="true"] {{
        background: {c["tint"]}; border-color: {c["accent"]}; color: {c["accent"]};
    }}
    QToolButton[role="chip"]:focus {{ border: 2px solid {c["accent"]}; padding: 2px 11px; }}
    QToolButton[role="fold"] {{ padding: 4px 8px 4px 0; background: transparent; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    QToolButton[role="nav"] {{
        border: 1px solid transparent; border-radius: 8px; padding: 6px 0 4px 0; color: {c["subtle"]};
    }}
    QToolButton[role="nav"]:checked {{ color: {c["accent"]}; background: {c["tint"]}; }}
    QToolButton[role="nav"]:focus {{ border-color: {c["accent"]}; }}

    QLineEdit, QPlainTextEdit {{
        background: {c["base"]}; border: 1px solid {c["hairline"]}; border-radius: 6px; padding: 5px 8px;
        selection-background-color: {c["accent"]}; selection-color: {c["on_accent"]};
    }}
    QLineEdit:focus, QPlainTextEdit:focus {{ border-color: {c["accent"]}; }}
    QComboBox, QAbstractSpinBox {{
        background: {c["base"]}; border: 1px solid {c["hairline"]}; border-radius: 6px; padding: 4px 8px;
        selection-background-color: {c["accent"]}; selection-color: {c["on_accent"]};
    }}
    QAbstractSpinBox QLineEdit {{ border: none; padding: 0 4px; background: transparent; }}
    QComboBox:hover, QAbstractSpinBox:hover {{ background: {c["hover"]}; }}
    QComboBox:focus, QComboBox:on, QAbstractSpinBox:focus {{ border-color: {c["accent"]}; }}
    QComboBox:disabled, QAbstractSpinBox:disabled {{ color: {c["subtle"]}; }}
    QComboBox::drop-down {{ border: none; width: 24px; }}
    QComboBox::down-arrow, QAbstractSpinBox::down-arrow {{ image: url("{down}"); width: 12px; height: 12px; }}
    QAbstractSpinBox::up-arrow {{ image: url("{up}"); width: 12px; height: 12px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
        subcontrol-origin: border; width: 20px; border: none; background: transparent;
    }}
    QAbstractSpinBox::up-button {{ subcontrol-position: top right; margin: 2px 2px 0 0; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; margin: 0 2px 2px 0; }}
    QComboBox QAbstractItemView {{
        background: {c["base"]}; border: 1px solid {c["hairline"]}; padding: 4px; outline: none;
        selection-background-color: {c["tint"]}; selection-color: {c["text"]};
    }}
    QCheckBox::indicator, QMenu::indicator, QAbstractItemView::indicator {{
        width: 14px; height: 14px; border: 1px solid {c["subtle"]}; border-radius: 3px; background: {c["base"]};
    }}
    QMenu::indicator:exclusive {{ border-radius: 7px; }}
    QCheckBox::indicator:checked, QMenu::indicator:checked, QAbstractItemView::indicator:checked {{
        background: {c["accent"]}; border-color: {c["accent"]}; image: url("{check}");
    }}
    QCheckBox::indicator:disabled, QAbstractItemView::indicator:disabled {{ border-color: {c["hairline"]}; }}
    QCheckBox {{ spacing: 8px; padding: 2px; border: 1px solid transparent; border-radius: 4px; }}
    QCheckBox:focus {{ border-color: {c["accent"]}; }}

    QTabWidget::pane {{ border: none; border-top: 1px solid {c["hairline"]}; }}
    QTabBar {{ qproperty-drawBase: 0; }}
    QTabBar::tab {{ background: transparent; padding: 9px 8px 8px 8px; margin: 0 8px; color: {c["subtle"]};
                    border: none; border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ color: {c["text"]}; border-bottom: 2px solid {c["accent"]}; }}
    QTabBar::tab:selected:focus {{ color: {c["accent"]}; background: {c["tint"]}; border-bottom: 3px solid {c["accent"]}; }}

    QProgressBar {{ border: none; border-radius: 3px; background: {c["hairline"]}; max-height: 6px; min-height: 6px; }}
    QProgressBar::chunk {{ background: {c["accent"]}; border-radius: 3px; }}

    QSlider {{ min-height: 20px; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c["hairline"]}; }}
    QSlider::sub-page:horizontal {{ border-radius: 2px; background: {c["accent"]}; }}
    QSlider::handle:horizontal {{
        width: 12px; margin: -6px 0; border: 2px solid {c["accent"]}; border-radius: 8px; background: {c["accent"]};
    }}
    QSlider::handle:horizontal:focus {{ border-color: {c["text"]}; }}
    QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {{
        background: {c["hairline"]}; border-color: {c["hairline"]};
    }}

    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {c["hairline"]}; min-height: 32px; border-radius: 4px; margin: 2px; }}
    QScrollBar::handle:vertical:hover {{ background: {c["subtle"]}; }}
    QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {c["hairline"]}; min-width: 32px; border-radius: 4px; margin: 2px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

    QTreeView, QListView, QTableView {{
        border: none; border-left: 2px solid transparent; outline: none; background: transparent;
    }}
    QTreeView:focus, QListView:focus, QTableView:focus {{ border-left-color: {c["accent"]}; }}
    QHeaderView, QHeaderView::section {{ background: {c["window"]}; color: {c["subtle"]}; border: none; padding: 4px; }}
    QTreeView::item {{ padding: 4px 4px; border: none; color: {c["text"]}; }}
    QTreeView::item:hover {{ background: {c["hover"]}; }}
    QTreeView::item:selected {{ background: {c["tint"]}; color: {c["text"]}; }}
    QAbstractItemView[role="rings"] {{ border: none; }}
    QListView[role="sections"] {{ border: none; }}
    QListView[role="sections"]::item {{ padding: 8px 12px; border: 1px solid transparent; border-radius: 6px; }}
    QListView[role="sections"]::item:hover {{ background: {c["hover"]}; }}
    QListView[role="sections"]::item:selected {{ background: {c["tint"]}; color: {c["accent"]}; }}
    QListView[role="sections"]:focus::item:selected {{ border-color: {c["accent"]}; }}
    QFrame[role="upright"] {{ background: {c["hairline"]}; border: none; max-width: 1px; min-width: 1px; }}
    QSplitter::handle {{ background: {c["hairline"]}; }}
    QSplitter::handle:horizontal {{ width: 1px; }}
    QScrollArea {{ border: none; background: transparent; }}
    QScrollArea > QWidget > QWidget {{ background: transparent; }}
    QLabel[role="subtle"] {{ color: {c["subtle"]}; }}
    QLabel[role="accent"] {{ color: {c["accent"]}; }}
    QFrame[role="panel"] {{ background: {c["window"]}; border: none; }}
    QFrame[role="popup"] {{ background: {c["window"]}; border: 1px solid {c["hairline"]}; }}
    QFrame[role="nav"] {{ background: {c["window"]}; border: none; border-right: 1px solid {c["hairline"]}; }}
    QFrame[role="strip"] {{ background: {c["window"]}; border: none; border-top: 1px solid {c["hairline"]}; }}
    QFrame[role="bar"] {{ background: {c["window"]}; border: none; border-bottom: 1px solid {c["hairline"]}; }}
    QFrame[role="banner"] {{ background: {c["tint"]}; border: none; border-left: 3px solid {c["accent"]}; }}
    QFrame[role="hairline"] {{ background: {c["hairline"]}; border: none; max-height: 1px; min-height: 1px; }}
    """
