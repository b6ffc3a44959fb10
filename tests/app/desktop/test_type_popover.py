"""Choosing the type of the page, and that it is remembered."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from app.desktop.preferences import Preferences
from app.desktop.reading_type import SANS, SERIF, Flow, ParagraphStyle, TypeSettings, families
from app.desktop.theme import PageTheme
from app.desktop.widgets.type_popover import TypePopover

TYPES = st.builds(
    TypeSettings,
    family=st.sampled_from([SERIF, SANS, "Noto Serif", "Ünïcode Sans"]),
    points=st.integers(16, 64).map(lambda n: n / 2),
    line_height=st.none() | st.integers(24, 44).map(lambda n: n / 20),
    measure=st.integers(40, 100),
    margin=st.integers(8, 96),
    paragraphs=st.sampled_from(ParagraphStyle),
    justified=st.booleans(),
    flow=st.sampled_from(Flow),
)


@pytest.fixture
def preferences(tmp_path):
    return Preferences(tmp_path / "ui.ini")


@pytest.fixture
def popover(qtbot, preferences):
    button = QToolButton()
    qtbot.addWidget(button)
    button.show()
    popover = TypePopover(preferences, lambda: "en", button)
    popover.open_below(button)
    yield popover
    popover.close()


@given(TYPES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_every_type_is_remembered_as_it_was_chosen(tmp_path, chosen):
    file = tmp_path / "kept.ini"
    kept = Preferences(file)
    kept.reading_type = chosen
    kept.sync()
    assert kept.reading_type == chosen
    assert Preferences(file).reading_type == chosen


@given(
    st.dictionaries(st.sampled_from(["points", "line_height", "measure", "margin", "flow", "paragraphs"]), st.text())
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_nonsense_in_the_file_is_not_believed(tmp_path, nonsense):
    file = tmp_path / "nonsense.ini"
    raw = QSettings(str(file), QSettings.Format.IniFormat)
    raw.clear()
    for name, value in nonsense.items():
        raw.setValue(f"type/{name}", value)
    raw.sync()
    kept = Preferences(file).reading_type
    assert 8 <= kept.points <= 32
    assert 40 <= kept.measure <= 100
    assert 8 <= kept.margin <= 96
    assert kept.line_height is None or 1.2 <= kept.line_height <= 2.2


def test_every_control_changes_the_page_at_once(popover, preferences, qtbot):
    told = []
    preferences.changed.connect(told.append)
    QTest.keyClick(popover.controls.points, Qt.Key.Key_Right)
    assert preferences.reading_type.points == 13.5
    QTest.keyClick(popover.controls.line_height, Qt.Key.Key_Right)
    assert preferences.reading_type.line_height == pytest.approx(1.55)
    QTest.keyClick(popover.controls.measure, Qt.Key.Key_Home)
    assert preferences.reading_type.measure == 40
    QTest.keyClick(popover.controls.margin, Qt.Key.Key_End)
    assert preferences.reading_type.margin == 96
    QTest.keyClick(popover.controls.justified, Qt.Key.Key_Space)
    assert preferences.reading_type.justified
    for box, value in (
        (popover.controls.flow, "spread"),
        (popover.controls.paragraphs, "space"),
        (popover.controls.family, "sans"),
    ):
        QTest.keyClick(box, Qt.Key.Key_Home)
        while box.currentData() != value:
            QTest.keyClick(box, Qt.Key.Key_Down)
    kept = preferences.reading_type
    assert (kept.flow, kept.paragraphs, kept.family) == (Flow.SPREAD, ParagraphStyle.SPACE, SANS)
    popover.controls._themes[PageTheme.SEPIA].click()
    assert preferences.page is PageTheme.SEPIA
    assert set(told) == {"type", "page"}


def test_usual_type_brings_everything_back_but_the_way_one_reads(popover, preferences):
    preferences.reading_type = TypeSettings(points=20, measure=50, line_height=2.0, justified=True, flow=Flow.PAGE)
    preferences.page = PageTheme.NIGHT
    assert popover.controls.points.value() == 40
    popover.controls.reset_button.click()
    assert preferences.reading_type == TypeSettings(flow=Flow.PAGE)
    assert preferences.page is PageTheme.AUTO
    assert popover.controls.points.value() == 26


def test_opening_and_looking_changes_nothing(popover, preferences):
    preferences.reading_type = TypeSettings(points=13.3, line_height=1.52)
    popover.controls._fill()
    assert preferences.reading_type == TypeSettings(points=13.3, line_height=1.52)


@pytest.mark.parametrize(
    "language, first_han",
    [
        ("zh-CN", "Noto Serif CJK SC"),
        ("zh-TW", "Noto Serif CJK TC"),
        ("ja", "Noto Serif CJK JP"),
        ("ko", "Noto Serif CJK KR"),
    ],
)
def test_han_characters_come_in_the_shapes_of_the_language(language, first_han):
    installed = {"Noto Serif", "Noto Serif CJK SC", "Noto Serif CJK TC", "Noto Serif CJK JP", "Noto Serif CJK KR"}
    chain = families(SERIF, language, installed)
    assert chain[0] == "Noto Serif"
    assert next(name for name in chain if "CJK" in name) == first_han
    assert set(chain) <= installed | {"serif"}


def test_a_family_of_ones_own_comes_first():
    assert families("My Own", "en", {"My Own", "Noto Serif"})[:2] == ["My Own", "Noto Serif"]
