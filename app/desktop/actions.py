"""Every action of the window under one name: its words, its menu, its keys, which the user may change.

A page registers what it can do; menus, the shortcut list and the settings page read it from here. Knows no page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from app.desktop.preferences import Preferences
from app.desktop.wording import comma_list

Words = Callable[[], str]
"""Text in the language of the moment; "&" before the access key."""
Keys = str | QKeySequence.StandardKey


@dataclass(slots=True)
class _Entry:
    action: QAction
    menu: str
    words: Words
    usual: tuple[QKeySequence, ...]


class Actions(QObject):
    """One per window. changed: the keys of some action are others now."""

    changed = Signal()

    def __init__(self, window: QMainWindow, preferences: Preferences) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self._menus: dict[str, tuple[QMenu, Words]] = {}
        self._entries: dict[str, _Entry] = {}

    # -- what the pages call ---------------------------------------------------------------------------------------

    def add_menu(self, name: str, words: Words, *, under: str | None = None) -> QMenu:
        """A menu of the menu bar, in the order of the calls, or one under another menu."""
        menu = QMenu(self._window)
        menu.setTitle(words())
        if under is None:
            self._window.menuBar().addMenu(menu)
        else:
            self._menus[under][0].addMenu(menu)
        self._menus[name] = (menu, words)
        return menu

    def menu(self, name: str) -> QMenu:
        return self._menus[name][0]

    def add(
        self,
        name: str,
        menu: str,
        words: Words,
        act: Callable[[], object],
        *keys: Keys,
        checkable: bool = False,
        only_in: QWidget | None = None,
    ) -> QAction:
        """Register an action; `name` ("reader.find") is what a rebound key is remembered by.

        keys: the usual ones. only_in: the keys work only while this widget, or one inside it, has the focus; for keys that
        mean something else on another page. Raises KeyError for a name that is taken or a menu that is not there.
        """
        if name in self._entries:
            raise KeyError(name)
        action = QAction(self._window, checkable=checkable)
        action.setObjectName(name)
        action.setText(words())
        action.triggered.connect(lambda _checked=False: act())
        usual = tuple(sequence for key in keys for sequence in _sequences(key))
        self._entries[name] = _Entry(action, menu, words, usual)
        kept = self._kept(name)
        action.setShortcuts(list(usual) if kept is None else kept)
        self._menus[menu][0].addAction(action)
        if only_in is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            only_in.addAction(action)
        return action

    def separate(self, menu: str) -> None:
        """A line in a menu, behind what it holds so far."""
        self._menus[menu][0].addSeparator()

    def __getitem__(self, name: str) -> QAction:
        return self._entries[name].action

    def words(self, name: str) -> str:
        """What an action does, for a list of them."""
        return plain(self._entries[name].action.text()).rstrip(" …")

    def keys_of(self, name: str) -> str:
        """The keys an action has, as this system writes them, with commas between; "" for none."""
        keys = self._entries[name].action.shortcuts()
        return comma_list(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys)

    # -- keys ------------------------------------------------------------------------------------------------------

    def groups(self) -> Iterator[tuple[str, list[str]]]:
        """Title of each menu that has actions, with their names, in the order of the menus."""
        for name, (menu, _) in self._menus.items():
            names = [key for key, entry in self._entries.items() if entry.menu == name]
            if names:
                yield plain(menu.title()), names

    def usual_keys(self, name: str) -> tuple[QKeySequence, ...]:
        return self._entries[name].usual

    def taken_by(self, key: QKeySequence, *, other_than: str = "") -> str | None:
        """The name of the action that has this key; actions of different pages may share one."""
        for name, entry in self._entries.items():
            if name == other_than or key not in entry.action.shortcuts():
                continue
            mine = self._entries[other_than].action if other_than in self._entries else None
            is_local = Qt.ShortcutContext.WidgetWithChildrenShortcut
            if mine is None or entry.action.shortcutContext() != is_local or mine.shortcutContext() != is_local:
                return name
        return None

    def rebind(self, name: str, keys: Sequence[QKeySequence]) -> None:
        """Give an action other keys, for good; none at all is allowed."""
        self._entries[name].action.setShortcuts(list(keys))
        portable = [key.toString(QKeySequence.SequenceFormat.PortableText) for key in keys]
        self._preferences.keep_keys(name, portable)
        self.changed.emit()

    def reset(self, name: str) -> None:
        """Back to the usual keys."""
        self._entries[name].action.setShortcuts(list(self._entries[name].usual))
        self._preferences.keep_keys(name, None)
        self.changed.emit()

    def _kept(self, name: str) -> list[QKeySequence] | None:
        kept = self._preferences.keys(name)
        return None if kept is None else [QKeySequence(key) for key in kept]

    # -- words -----------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        for menu, words in self._menus.values():
            menu.setTitle(words())
        for entry in self._entries.values():
            entry.action.setText(entry.words())


def plain(words: str) -> str:
    """Words of a menu without their access key, which Chinese writes behind: "Library", "书库(&L)" -> "书库"."""
    return re.sub(r"\(&\w\)|&", "", words)


def tooltip(words: str, action: QAction) -> str:
    """Words for a button that does what an action does, with its key."""
    keys = action.shortcuts()
    if not keys:
        return words
    key = keys[0].toString(QKeySequence.SequenceFormat.NativeText)
    return QCoreApplication.translate("Actions", "{words} ({key})").format(words=words, key=key)


def _sequences(key: Keys) -> list[QKeySequence]:
    if isinstance(key, QKeySequence.StandardKey):
        return QKeySequence.keyBindings(key)[:1]
    return [QKeySequence(key)]
