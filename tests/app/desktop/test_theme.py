from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.assets import ICONS
from app.desktop.icons import pixmap
from app.desktop.theme import (
    HIGHLIGHTS,
    MIN_CONTRAST,
    PAGE_COLOURS,
    Appearance,
    PageTheme,
    apply_appearance,
    contrast,
    highlight_colour,
    is_dark,
    mix,
    page_colours,
    tones,
)

DRAWN = sorted(file for file in ICONS.glob("*.svg") if not file.stem.startswith("check_"))


@pytest.mark.parametrize("page", list(PAGE_COLOURS))
def test_every_page_colour_can_be_read(page):
    colours = PAGE_COLOURS[page]
    for front in (colours.text, colours.subtle, colours.accent):
        assert contrast(QColor(front), QColor(colours.background)) >= MIN_CONTRAST
    for behind in (colours.highlight, colours.found):
        assert contrast(QColor(colours.text), QColor(behind)) >= MIN_CONTRAST


def test_high_contrast_is_black_and_white_and_its_lines_are_seen(qapp: QApplication):
    apply_appearance(qapp, Appearance.CONTRAST)
    try:
        t = tones(qapp.palette())
        assert {t.window.name(), t.text.name()} == {"#000000", "#ffffff"}
        for behind in (t.window, t.base, t.tint, t.hover):
            for front in (t.text, t.subtle, t.accent):
                assert contrast(front, behind) >= 7, (front.name(), behind.name())
        assert contrast(t.hairline, t.window) >= 3 and contrast(t.on_accent, t.accent) >= 7
        page = page_colours(PageTheme.AUTO, qapp.palette())
        assert contrast(QColor(page.text), QColor(page.background)) == pytest.approx(21)
    finally:
        apply_appearance(qapp, Appearance.LIGHT)


@pytest.mark.parametrize("page", list(PAGE_COLOURS))
@pytest.mark.parametrize("name", [*HIGHLIGHTS, "a colour of another version"])
def test_highlighted_words_can_be_read_on_every_page(page, name):
    colours = PAGE_COLOURS[page]
    behind = highlight_colour(name, colours)
    assert contrast(QColor(colours.text), behind) >= MIN_CONTRAST
    assert behind.name() != colours.background


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK, Appearance.CONTRAST])
def test_the_ring_around_the_focus_and_placeholders_are_seen(qapp: QApplication, appearance):
    apply_appearance(qapp, appearance)
    try:
        palette, t = qapp.palette(), tones(qapp.palette())
        for behind in (t.window, t.base, t.tint, t.hover):
            assert contrast(t.accent, behind) >= 3, behind.name()
        assert (
            contrast(t.text, t.accent) >= 1.5
        )  # the ring on a button of the accent is of the text's colour, 2 px wide
        role = QPalette.ColorRole
        for front, behind in (
            (role.PlaceholderText, role.Base),
            (role.ToolTipText, role.ToolTipBase),
            (role.HighlightedText, role.Highlight),
            (role.Link, role.Window),
            (role.ButtonText, role.Button),
        ):
            assert contrast(palette.color(front), palette.color(behind)) >= MIN_CONTRAST, front
    finally:
        apply_appearance(qapp, Appearance.LIGHT)


def test_changes_of_the_systems_colours_are_followed(qapp: QApplication, desktop):
    desktop.preferences.appearance = Appearance.SYSTEM
    try:
        qapp.setStyleSheet("")
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Unknown)
        assert "QPushButton" in qapp.styleSheet()
        qapp.setStyleSheet("")
        desktop._access.contrastPreferenceChanged.emit(Qt.ContrastPreference.NoPreference)
        assert "QPushButton" in qapp.styleSheet()
    finally:
        desktop.preferences.appearance = Appearance.LIGHT


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_every_tone_can_be_read(qapp: QApplication, appearance):
    apply_appearance(qapp, appearance)
    try:
        assert is_dark(qapp.palette()) == (appearance is Appearance.DARK)
        t = tones(qapp.palette())
        for behind in (t.window, t.base, t.tint):
            for front in (t.text, t.subtle, t.accent, t.loss):
                assert contrast(front, behind) >= MIN_CONTRAST, (front.name(), behind.name())
        assert contrast(t.on_accent, t.accent) >= MIN_CONTRAST
        for shade in (0.25, 0.75):  # the letters on the covers
            assert contrast(t.base, mix(t.subtle, t.accent, shade)) >= MIN_CONTRAST
    finally:
        apply_appearance(qapp, Appearance.LIGHT)


def test_contrast_of_black_and_white_is_21():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)


@pytest.mark.parametrize(
    "file",
    sorted(file for file in ICONS.glob("*.svg") if not file.stem.startswith("check_")),
    ids=lambda file: file.stem,
)
def test_every_icon_draws_something_in_the_asked_colour(qapp, file):
    image = pixmap(file.stem, QColor("#123456")).toImage()
    drawn = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    solid = [colour for colour in drawn if colour.alpha() == 255]
    assert any(colour.alpha() > 0 for colour in drawn)
    assert all(colour.name() == "#123456" for colour in solid)


def test_the_style_sheet_parses(qapp, caplog):
    QWidget().ensurePolished()
    assert "Could not parse" not in caplog.text
