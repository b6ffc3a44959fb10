"""Regions: around and back, hidden ones passed over, each where the focus was in it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.desktop.regions import Regions, focusable

PARTS, FIELDS = 4, 3


@pytest.fixture
def row(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    layout = QHBoxLayout(window)
    parts = []
    for _ in range(PARTS):
        part = QWidget(window)
        inside = QVBoxLayout(part)
        for _ in range(FIELDS):
            inside.addWidget(QLineEdit(part))
        layout.addWidget(part)
        parts.append(part)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window, parts


def fields(part: QWidget) -> list[QLineEdit]:
    return part.findChildren(QLineEdit)


def where(parts: list[QWidget]) -> int:
    focus = QApplication.focusWidget()
    return next(index for index, part in enumerate(parts) if part.isAncestorOf(focus))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    hidden=st.sets(st.integers(0, PARTS - 1), max_size=PARTS - 1), steps=st.lists(st.sampled_from([1, -1]), max_size=12)
)
def test_steps_go_around_the_visible_parts(row, hidden, steps):
    _, parts = row
    for index, part in enumerate(parts):
        part.setVisible(index not in hidden)
    shown = [index for index in range(PARTS) if index not in hidden]
    regions = Regions(lambda: parts, parts[0])
    fields(parts[shown[0]])[0].setFocus()
    expected = 0
    for by in steps:
        regions.step(by)
        expected = (expected + by) % len(shown)
        assert where(parts) == shown[expected]


def test_a_part_remembers_where_the_focus_was(row):
    _, parts = row
    regions = Regions(lambda: parts, parts[0])
    fields(parts[1])[2].setFocus()
    regions.step(1)
    regions.step(-1)
    assert QApplication.focusWidget() is fields(parts[1])[2]
    regions.step(1)
    fields(parts[1])[2].setEnabled(False)
    regions.step(-1)
    assert QApplication.focusWidget() is fields(parts[1])[0]


def test_a_field_that_was_deleted_meanwhile_is_passed_over(row, qapp):
    _, parts = row
    regions = Regions(lambda: parts, parts[0])
    last = fields(parts[1])[2]
    last.setFocus()
    regions.step(1)
    last.deleteLater()
    qapp.sendPostedEvents(last, QEvent.Type.DeferredDelete)
    regions.step(-1)
    assert QApplication.focusWidget() is fields(parts[1])[0]


def test_focusable_is_what_tab_reaches(row):
    _, parts = row
    fields(parts[0])[1].hide()
    assert list(focusable(parts[0])) == [fields(parts[0])[0], fields(parts[0])[2]]
