from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.assets import ICONS
from app.desktop.icons import pixmap
from app.desktop.theme import MIN_CONTRAST, PAGE_COLOURS, Appearance, apply_appearance, contrast, is_dark, mix, tones

DRAWN = sorted(file for file in ICONS.glob("*.svg") if not file.stem.startswith("check_"))


@pytest.mark.parametrize("page", list(PAGE_COLOURS))
def test_every_page_colour_can_be_read(page):
    colours = PAGE_COLOURS[page]
    for front in (colours.text, colours.subtle, colours.accent):
        assert contrast(QColor(front), QColor(colours.background)) >= MIN_CONTRAST
    for behind in (colours.highlight, colours.found):
        assert contrast(QColor(colours.text), QColor(behind)) >= MIN_CONTRAST


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
