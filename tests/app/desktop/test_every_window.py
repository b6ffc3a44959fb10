"""A walk through every window, page, dialog and menu: names, the way of Tab, words on icons, room for text.

Pages are found by themselves: whatever the navigation shows and whatever an action opens is walked. A violation is named by
its path, so that its owner is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QToolButton,
    QWidget,
)

from app.desktop.actions import plain
from app.desktop.theme import Appearance
from app.desktop.widgets.shortcut_list import ShortcutList
from storage.prompt_states import Prompt

LEAVES = ("window.quit", "window.full_screen")
"""Actions that end the walk. Those that change how everything looks are walked as languages and appearances."""
LOOKS = ("language.", "appearance.", "page.")
SIZES = ((1280, 800), (1000, 700))


def path(widget: QWidget) -> str:
    """From the window down, with what tells siblings apart."""
    steps = []
    here: QWidget | None = widget
    while here is not None:
        known = here.objectName() or here.accessibleName() or here.toolTip()
        steps.append(type(here).__name__ + (f"[{str(known)[:30]}]" if known else ""))
        here = here.parentWidget()
    return " > ".join(reversed(steps))


def is_inner(widget: QWidget) -> bool:
    """A part of another control, which speaks for it."""
    parent = widget.parentWidget()
    composite = QAbstractButton | QLineEdit | QAbstractSpinBox | QComboBox | QKeySequenceEdit | QTabBar
    return widget.objectName().startswith("qt_") or isinstance(parent, composite)


def shown(root: QWidget) -> Iterator[QWidget]:
    for widget in (root, *root.findChildren(QWidget)):
        is_here = widget is root or widget.window() is root.window()
        if is_here and widget.isVisible() and not is_inner(widget):
            yield widget


def takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None and widget.isEnabled()


def spoken_name(widget: QWidget) -> str:
    """What a screen reader says."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return "" if interface is None else interface.text(QAccessible.Text.Name).strip()


def nameless(root: QWidget) -> list[str]:
    return [
        path(widget)
        for widget in shown(root)
        if (takes_tab(widget) or isinstance(widget, QAbstractButton)) and not spoken_name(widget)
    ]


def icons_without_words(root: QWidget) -> list[str]:
    return [
        path(widget)
        for widget in shown(root)
        if isinstance(widget, QAbstractButton)
        and not widget.icon().isNull()
        and not widget.toolTip()
        and (not widget.text() or is_icon_only(widget))
    ]


def is_icon_only(button: QAbstractButton) -> bool:
    return isinstance(button, QToolButton) and button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly


def blurred_icons(root: QWidget) -> list[str]:
    """Line icons without a picture for a screen of twice the density; others without one for the screen they are on."""
    found = []
    for widget in shown(root):
        if isinstance(widget, QAbstractButton) and not widget.icon().isNull():
            scale = 2.0 if widget.property("lineIcon") else widget.devicePixelRatioF()
            picture = widget.icon().pixmap(widget.iconSize(), scale)
            if picture.devicePixelRatio() < scale or picture.width() < scale * widget.iconSize().width():
                found.append(path(widget))
    return found


def clipped(root: QWidget) -> list[str]:
    """Labels and buttons whose words do not fit."""
    found = []
    for widget in shown(root):
        if isinstance(widget, QLabel) and widget.text() and widget.pixmap().isNull():
            room = widget.contentsRect()
            if widget.wordWrap():
                fits = widget.heightForWidth(widget.width()) <= widget.height() + 2
            else:
                fits = widget.sizeHint().width() <= widget.width() + 1
            if not fits and room.isValid():
                found.append(path(widget))
        elif isinstance(widget, QAbstractButton) and widget.text() and not is_icon_only(widget):
            words = widget.fontMetrics().horizontalAdvance(widget.text().replace("&", ""))
            if words > widget.width():
                found.append(path(widget))
    return found


def tab_violations(root: QWidget) -> list[str]:
    """Tab goes to every widget that takes it, once, and comes back."""
    QApplication.processEvents()
    expected = {widget for widget in shown(root) if takes_tab(widget)}
    if not expected:
        return []
    start = QApplication.focusWidget()
    if start is None or not root.isAncestorOf(start) or start not in expected:
        start = sorted(
            expected, key=lambda widget: (widget.mapTo(root, QPoint()).y(), widget.mapTo(root, QPoint()).x())
        )[0]
        start.setFocus(Qt.FocusReason.TabFocusReason)
    start = QApplication.focusWidget()
    seen: list[QWidget] = []
    here = start
    for _ in range(3 * len(expected) + 50):
        if here is None or (here in seen and here is not seen[-1]):
            break
        if here not in seen:  # else Tab went from one link of a text to its next
            seen.append(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
    by_arrows = {widget for widget in expected if is_unchecked_alternative(widget)}
    problems = [f"never reached by Tab: {path(widget)}" for widget in expected - set(seen) - by_arrows]
    if here is None:
        problems.append(f"Tab leads nowhere from {path(seen[-1])}")
    elif here is not start:
        problems.append(f"Tab is trapped: {path(seen[-1])} leads to {path(here)}")
    return problems


def is_unchecked_alternative(widget: QWidget) -> bool:
    """One of several buttons of which one is always on: Tab goes to that one, the arrow keys to the others."""
    if not isinstance(widget, QAbstractButton) or widget.isChecked():
        return False
    group = widget.group()
    return widget.autoExclusive() or (group is not None and group.exclusive())


def wordless_actions(root: QWidget) -> list[str]:
    actions = [action for menu in root.findChildren(QMenu) for action in menu.actions()]
    return [
        f"{action.objectName() or action}"
        for action in actions
        if not action.isSeparator() and not action.text().strip()
    ]


def violations(root: QWidget, *, tab: bool = True) -> list[str]:
    return [
        *(f"no name: {found}" for found in nameless(root)),
        *(f"icon without words: {found}" for found in icons_without_words(root)),
        *(f"icon not sharp at 200 %: {found}" for found in blurred_icons(root)),
        *(f"words do not fit: {found}" for found in clipped(root)),
        *(f"action without words: {found}" for found in wordless_actions(root)),
        *(tab_violations(root) if tab else ()),
    ]


@pytest.fixture
def walked(reading, qtbot):
    """The window with the story open and something asked about it, active."""
    panel = reading.reader.ask_panel
    panel.box.setPlainText("Who is the keeper of the lighthouse?")
    panel.ask()
    qtbot.waitUntil(lambda: not panel.is_answering, timeout=30_000)
    reading.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is reading, timeout=10_000)
    return reading


def pages(window) -> list[tuple[str, Callable[[], None]]]:
    """Every page through its own button of the navigation; of the settings every section, of the panels every tab."""
    found: list[tuple[str, Callable[[], None]]] = []
    for page, (button, words, _) in window._nav_buttons.items():
        if page is window.settings:
            for row in range(window.settings.list.count()):
                found.append(
                    (
                        f"settings {row}",
                        lambda row=row: (window.show_settings(), window.settings.list.setCurrentRow(row)),
                    )
                )
        elif page is window.reader:
            for tab in range(window.reader.side.count()):
                found.append(
                    (f"reader {tab}", lambda tab=tab: (window.show_reader(), window.reader.side.setCurrentIndex(tab)))
                )
        elif page is window.memory:
            for tab in range(window.memory.tabs.count()):
                found.append(
                    (f"memory {tab}", lambda tab=tab: (window.show_memory(), window.memory.tabs.setCurrentIndex(tab)))
                )
        else:
            found.append((words(), button.click))
    return found


def settle(qtbot, window) -> None:
    """Until what was asked of the database is shown."""
    qtbot.wait(20)
    qtbot.waitUntil(lambda: not window._bridge._askers, timeout=20_000)
    qtbot.wait(20)


def walk_pages(window, qtbot) -> dict[str, list[str]]:
    problems = {}
    for name, show in pages(window):
        show()
        settle(qtbot, window)
        found = violations(window)
        if found:
            problems[name] = found
    return problems


def report(problems: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}:\n  " + "\n  ".join(found) for name, found in problems.items())


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_page(walked, qtbot, desktop, language):
    desktop.preferences.language = language
    try:
        settle(qtbot, walked)
        problems = walk_pages(walked, qtbot)
        assert not problems, report(problems)
    finally:
        desktop.preferences.language = "en"


def test_every_page_has_room_for_its_words(walked, qtbot, desktop):
    problems = {}
    try:
        for appearance in (Appearance.DARK, Appearance.CONTRAST):
            desktop.preferences.appearance = appearance
            for size in SIZES:
                walked.resize(*size)
                for name, show in pages(walked):
                    show()
                    settle(qtbot, walked)
                    found = [*clipped(walked), *blurred_icons(walked)]
                    if found:
                        problems[f"{name}, {appearance}, {size}"] = found
        assert not problems, report(problems)
    finally:
        desktop.preferences.appearance = Appearance.LIGHT


def opened_by(action: QAction, window: QWidget, qtbot) -> list[QWidget]:
    """The windows and popups that came up with an action."""
    before = {widget for widget in QApplication.topLevelWidgets() if widget.isVisible()}
    action.trigger()
    settle(qtbot, window)
    return [widget for widget in QApplication.topLevelWidgets() if widget not in before and widget.isVisible()]


def test_everything_an_action_opens(walked, qtbot):
    """From the library with a book chosen, and from the reader: dialogs, popovers, bars, menus."""
    problems: dict[str, list[str]] = {}
    window, actions = walked, walked.menu_actions
    names = [name for _, group in list(actions.groups()) for name in group]
    seen: set[str] = set()
    for show in (window.show_library, window.show_reader):
        for name in names:
            if name in LEAVES or name.startswith(LOOKS):
                continue
            show()
            settle(qtbot, window)
            if not actions[name].isEnabled():
                continue
            for opened in opened_by(actions[name], window, qtbot):
                seen.add(type(opened).__name__)
                if type(opened).__name__ != "QFileDialog":  # the system's own, or Qt's
                    opened.activateWindow()
                    settle(qtbot, window)
                    found = violations(opened, tab=not isinstance(opened, QMenu))
                    if found:
                        problems[f"{name} → {type(opened).__name__}"] = found
                opened.close()
            found = nameless(window)
            if found:
                problems[name] = found
    assert not problems, report(problems)
    assert {"ForgetDialog", "ShortcutList", "TypePopover"} <= seen, seen


def test_the_windows_of_a_kept_prompt(walked, desktop, qtbot):
    figures = {
        "k": 8,
        "slots": 20,
        "literal_tokens": 11,
        "divergence": 0.2,
        "divergence_none": 1.4,
        "literals": ["1886"],
    }
    prompt = Prompt("g" * 64, range(512), "A persona", "echo", "echo", metrics=figures)
    desktop.services.prompt_states.write_gist(prompt, bytes(2048))
    walked.memory.show_prompts()
    settle(qtbot, walked)
    problems: dict[str, list[str]] = {}
    prompts = walked.memory.prompts
    for button in (prompts.details_button, prompts.compare_button, prompts.compress_button):
        before = set(QApplication.topLevelWidgets())
        button.click()
        settle(qtbot, walked)
        (opened,) = [each for each in QApplication.topLevelWidgets() if each not in before and each.isVisible()]
        opened.activateWindow()
        settle(qtbot, walked)
        found = violations(opened)
        if found:
            problems[type(opened).__name__] = found
        opened.close()
    assert not problems, report(problems)


def test_every_action_has_words_every_menu_a_title_and_f1_lists_them(reading, qtbot):
    actions = reading.menu_actions
    for title, names in actions.groups():
        assert title
        for name in names:
            assert actions[name].text().strip(), name
    QTest.keyClick(reading, Qt.Key.Key_F1)
    settle(qtbot, reading)
    opened = QApplication.activeWindow()
    assert isinstance(opened, ShortcutList)
    listed = {words for words, _ in opened.table.rows()}
    with_keys = [name for _, names in actions.groups() for name in names if actions[name].shortcuts()]
    assert {plain(actions[name].text()).rstrip(" …") for name in with_keys} <= listed
    opened.close()


def parts_f6_misses(window) -> list[str]:
    parts = [part for part in window._regions_now() if part.isVisible() and any(takes_tab(w) for w in shown(part))]
    reached = set()
    for _ in range(len(parts) + 1):
        window.menu_actions["window.next_region"].trigger()
        focus = QApplication.focusWidget()
        reached |= {part for part in parts if part is focus or part.isAncestorOf(focus)}
    return [f"F6 passes over {path(part)}" for part in set(parts) - reached]


def test_nothing_needs_a_mouse_to_scroll_or_to_get_to(walked, qtbot):
    """Whatever scrolls takes the focus itself or holds something that does; F6 goes around every part of every page."""
    stuck = []
    for _, show in pages(walked):
        show()
        settle(qtbot, walked)
        for area in shown(walked):
            if isinstance(area, QAbstractScrollArea) and area.verticalScrollBar().maximum() > 0:
                inside = [widget for widget in area.findChildren(QWidget) if takes_tab(widget)]
                if not takes_tab(area) and not inside:
                    stuck.append(path(area))
            if isinstance(area, QAbstractItemView) and takes_tab(area) and area.tabKeyNavigation():
                stuck.append(f"keeps Tab to itself: {path(area)}")
        stuck += parts_f6_misses(walked)
    assert not stuck, "\n".join(stuck)
