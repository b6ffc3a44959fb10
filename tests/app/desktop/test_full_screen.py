from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest

from app.desktop.reading_type import Flow


@pytest.fixture
def alone(reading, qtbot):
    """The sample story, full screen."""
    reading.menu_actions["window.full_screen"].trigger()
    qtbot.waitUntil(lambda: reading.full_screen.is_bare)
    yield reading
    if reading.isFullScreen():
        reading.full_screen.leave()


def parts(window):
    return [window._nav, window.reader._head, window.reader._place, window.reader.left, window.reader.side]


def test_full_screen_shows_nothing_but_the_page_and_escape_brings_everything_back(alone, qtbot):
    assert not any(part.isVisible() for part in parts(alone))
    assert alone.menuBar().height() == 0
    assert alone.reader.view.height() >= alone.height() - 8
    QTest.keyClick(alone.reader.view._columns[0], Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not alone.full_screen.is_bare)
    assert all(part.isVisible() for part in parts(alone))
    qtbot.waitUntil(lambda: alone.menuBar().height() > 0)


def test_keys_still_work_without_a_menu_bar(alone, qtbot):
    alone.activateWindow()
    alone.reader.view.setFocus()
    flow = alone.reader._preferences.reading_type.flow
    QTest.keyClick(alone.reader.view._columns[0], Qt.Key.Key_M, _CONTROL_SHIFT)
    assert alone.reader._preferences.reading_type.flow is not flow
    alone.reader.toggle_flow()
    assert alone.reader._preferences.reading_type.flow in (flow, Flow.SCROLL)


def test_the_edge_of_the_screen_brings_the_parts_back_while_the_mouse_is_there(alone, qtbot):
    QCursor.setPos(alone.geometry().topLeft() + QPoint(300, 1))
    alone.full_screen._look_for_mouse()
    assert all(part.isVisible() for part in parts(alone))
    QCursor.setPos(alone.geometry().center())
    alone.full_screen._look_for_mouse()
    assert not any(part.isVisible() for part in parts(alone))


def test_another_page_has_its_parts(alone, qtbot):
    alone.show_library()
    assert alone._nav.isVisible()
    alone.show_reader()
    assert not alone._nav.isVisible()


_CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
