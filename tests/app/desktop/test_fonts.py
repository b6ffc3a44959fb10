"""Fonts of the window: the right shapes for the language, a stand-in for everything else, and honesty without any."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QTextLayout

from app.desktop import fonts
from app.desktop.assets import TRANSLATIONS
from app.desktop.fonts import can_write, han_kind, installed_for, window_families
from app.desktop.languages import Languages

ROOT = Path(__file__).resolve().parents[3]
EVERY = [family for found in fonts._HAN_SANS.values() for family in found]


@given(st.sampled_from(["en", "zh_CN", "zh-TW", "ja", "ko", ""]), st.sets(st.sampled_from(EVERY)))
def test_only_installed_families_and_those_of_the_language_first(language, installed):
    families = window_families("System Sans", language, installed)
    assert families[0] == "System Sans" and set(families[1:]) == installed
    own = [family for family in fonts._HAN_SANS[han_kind(language) or "zh"] if family in installed]
    assert families[1 : 1 + len(own)] == own


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("zh_CN", "zh"),
        ("zh", "zh"),
        ("zh-Hant-HK", "zh-hant"),
        ("zh_TW", "zh-hant"),
        ("ja", "ja"),
        ("en", None),
        ("", None),
    ],
)
def test_language_tags(tag, kind):
    assert han_kind(tag) == kind


def missing_glyphs(text: str, font: QFont) -> bool:
    """Whether a character of the text would be shown as an empty box."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(1e9)
    layout.endLayout()
    return any(0 in run.glyphIndexes() for run in layout.glyphRuns())


def test_the_chinese_window_has_its_font_and_no_empty_boxes(qapp):
    if not installed_for("zh"):
        pytest.skip("no font with Chinese characters is installed here")
    written = set((TRANSLATIONS / "palimpsest_zh_CN.ts").read_text("utf-8"))
    languages = Languages()
    try:
        languages.use("zh_CN")
        families = qapp.font().families()
        assert [family for family in families if family in installed_for("zh")] and can_write("zh_CN")
        text = "".join(sorted(character for character in written if character.isprintable()))
        assert not missing_glyphs(text, qapp.font())
        assert missing_glyphs("\U0010fffd", qapp.font())
    finally:
        languages.use("en")


def test_without_any_chinese_font_the_window_says_so(tmp_path):
    """A process that sees one Latin font only."""
    latin = next((path for path in Path("/usr/share/fonts").rglob("DejaVuSans.ttf")), None)
    if latin is None:
        pytest.skip("needs a Latin font and fontconfig")
    (tmp_path / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{latin.parent}</dir><cachedir>{tmp_path}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    code = (
        "import sys; from pathlib import Path; from app.desktop.qt_application import make_application\n"
        "from app.desktop.languages import Languages; from app.desktop.preferences import Preferences\n"
        "from app.desktop.settings.general import GeneralSection\n"
        "app = make_application(['x']); Languages().use('zh_CN')\n"
        "preferences = Preferences(Path(sys.argv[1]) / 'ui.ini'); preferences.language = 'zh_CN'\n"
        "section = GeneralSection(preferences); section.show()\n"
        "print(section._no_font.isVisible())\n"
        "preferences.language = 'en'; print(section._no_font.isVisible())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.stdout.split() == ["True", "False"], done.stderr
