"""The type of the page: what the reader has chosen of it, and the font that follows for a book's language.

Knows fonts and numbers. Knows no colours, no page and no document.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

from app.desktop.fonts import han_kind, window_families

SERIF, SANS = "serif", "sans"
"""Families chosen by kind; any other is the name of an installed one."""

MIN_POINTS, DEFAULT_POINTS, MAX_POINTS = 8.0, 13.0, 32.0
MIN_LINE_HEIGHT, MAX_LINE_HEIGHT = 1.2, 2.2
LINE_HEIGHT, HAN_LINE_HEIGHT = 1.5, 1.7
MIN_MEASURE, DEFAULT_MEASURE, MAX_MEASURE = 40, 68, 100
HAN_SHARE = 36 / 68
"""How many full-width characters stand for a Latin letter of the measure."""
MIN_MARGIN, DEFAULT_MARGIN, MAX_MARGIN = 8, 32, 96


class Flow(StrEnum):
    SCROLL = "scroll"
    PAGE = "page"
    SPREAD = "spread"
    """Two pages side by side where there is room for them."""


class ParagraphStyle(StrEnum):
    INDENT = "indent"
    SPACE = "space"


@dataclass(frozen=True, slots=True)
class TypeSettings:
    family: str = SERIF
    points: float = DEFAULT_POINTS
    line_height: float | None = None
    """Distance of the lines in sizes of the type; None: as the book's language wants it."""
    measure: int = DEFAULT_MEASURE
    """Letters in a line; of full-width characters about half as many."""
    margin: int = DEFAULT_MARGIN
    """Pixels around the text at least, before the screen's scale."""
    paragraphs: ParagraphStyle = ParagraphStyle.INDENT
    justified: bool = False
    """Both edges straight. Words are not divided: Qt knows no hyphenation."""
    flow: Flow = Flow.SCROLL

    def line_height_for(self, language: str) -> float:
        if self.line_height is not None:
            return self.line_height
        return HAN_LINE_HEIGHT if writes_in_han(language) else LINE_HEIGHT


_SERIF = ("Noto Serif", "Source Serif 4", "Charter", "Georgia", "Liberation Serif", "DejaVu Serif")
_SANS = ("Noto Sans", "Source Sans 3", "Segoe UI", "Helvetica Neue", "Liberation Sans", "DejaVu Sans")
_HAN_SERIF = {
    "zh-hant": ("Noto Serif CJK TC", "Source Han Serif TC", "Songti TC", "PMingLiU"),
    "ja": ("Noto Serif CJK JP", "Source Han Serif", "Hiragino Mincho ProN", "Yu Mincho"),
    "ko": ("Noto Serif CJK KR", "Source Han Serif K", "AppleMyungjo", "Batang"),
    "zh": ("Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "SimSun"),
}


def writes_in_han(language: str) -> bool:
    """Whether a language is set in full-width characters: wider lines, no spaces, more room between lines."""
    return han_kind(language) is not None


def families(family: str, language: str, installed: Collection[str]) -> list[str]:
    """The family wanted, then installed ones that have what it lacks: Han characters in the shapes of the language."""
    is_sans = family == SANS
    own = () if family in (SERIF, SANS) else (family,)
    latin = [name for name in (*own, *(_SANS if is_sans else _SERIF)) if name in installed]
    if is_sans:
        return [*latin, *window_families("sans-serif", language, installed)[1:], "sans-serif"]
    return [*latin, *(name for name in _HAN_SERIF[han_kind(language) or "zh"] if name in installed), "serif"]


def reading_font(settings: TypeSettings, language: str) -> QFont:
    """The page's font for a book in this language."""
    font = QFont()
    font.setFamilies(families(settings.family, language, set(QFontDatabase.families())))
    font.setStyleHint(QFont.StyleHint.SansSerif if settings.family == SANS else QFont.StyleHint.Serif)
    font.setPointSizeF(settings.points)
    return font


def column_width(settings: TypeSettings, font: QFont, language: str) -> float:
    """How wide a line of the chosen measure is, in pixels."""
    metrics = QFontMetricsF(font)
    if writes_in_han(language):
        return metrics.horizontalAdvance("永") * round(settings.measure * HAN_SHARE)
    return metrics.horizontalAdvance("the quick brown fox jumps over a lazy dog, ") / 43 * settings.measure
