"""Keys: every action of the window with its keys, searchable; choose one, press other keys, and it has them."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QKeyCombination, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.desktop.actions import Actions, keys_in_words, plain
from app.desktop.settings.form import Section
from app.desktop.theme import GRID

_NAME = Qt.ItemDataRole.UserRole
QT_TRANSLATE_NOOP("QKeySequenceEdit", "Press shortcut")  # Qt's own words, which our translations say better than Qt's
_NEEDED_FOR_MOVING = {
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Space,
    Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}  # fmt: skip


def needs_modifier(keys: QKeyCombination) -> bool:
    """Whether a key is needed for typing or moving about, so that no action may have it alone."""
    without = keys.keyboardModifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    if without != Qt.KeyboardModifier.NoModifier:
        return False
    return keys.key() in _NEEDED_FOR_MOVING or int(keys.key()) < int(Qt.Key.Key_Escape)


class KeyboardSection(Section):
    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._wanted: QKeySequence | None = None
        self.search = QLineEdit(self)
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._filter())
        self.table = QTreeWidget(self)
        self.table.setColumnCount(2)
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setMinimumHeight(34 * GRID)
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.table.header().setStretchLastSection(False)
        self.table.currentItemChanged.connect(lambda _now, _before: self._show_current())
        self.table.itemActivated.connect(self._to_press)
        self._about = QLabel(self)
        self._about.setWordWrap(True)
        self.press = QKeySequenceEdit(self)
        self.press.setMaximumSequenceLength(1)
        self.press.setClearButtonEnabled(False)
        self.press.keySequenceChanged.connect(self._on_pressed)
        self.take = QPushButton(self)
        self.take.clicked.connect(self._take)
        self.none = QPushButton(self)
        self.none.clicked.connect(lambda: self._rebind([]))
        self.usual = QPushButton(self)
        self.usual.clicked.connect(self._reset)
        self.all_usual = QPushButton(self)
        self.all_usual.clicked.connect(self._reset_all)

        self.add_heading(lambda: self.tr("Keyboard"))
        self.add_sentence(
            lambda: self.tr("Choose an action, go to the field below the list and press the keys it shall have.")
        )
        self.add_widget(self.search)
        self.add_widget(self.table, 1)
        self.add_widget(self._about)
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.press, 1)
        for button in (self.take, self.none, self.usual):
            row.addWidget(button)
        self.add_widget(line)
        foot = QWidget(self)
        foot_row = QHBoxLayout(foot)
        foot_row.setContentsMargins(0, 0, 0, 0)
        foot_row.addStretch(1)
        foot_row.addWidget(self.all_usual)
        self.add_widget(foot)
        actions.changed.connect(self._show_keys)
        self.finish(fills=True)

    def read(self) -> None:
        self._fill()

    def choose(self, name: str) -> None:
        """Bring an action into view, ready for its new keys."""
        self._fill()
        self.search.clear()
        for item in self._items():
            if item.data(0, _NAME) == name:
                self.table.setCurrentItem(item)
        self.press.setFocus()

    def _to_press(self) -> None:
        self.press.setFocus()

    # -- the list --------------------------------------------------------------------------------------------------

    def _items(self) -> list[QTreeWidgetItem]:
        groups = [self.table.topLevelItem(index) for index in range(self.table.topLevelItemCount())]
        return [item for group in groups if group is not None for item in _children(group)]

    def _fill(self) -> None:
        chosen = self._current()
        self.table.clear()
        for title, names in self._actions.groups():
            group = QTreeWidgetItem(self.table, [title])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            group.setFirstColumnSpanned(True)
            font = group.font(0)
            font.setBold(True)
            group.setFont(0, font)
            for name in names:
                item = QTreeWidgetItem(group, [plain(self._actions[name].text()).rstrip(" …"), ""])
                item.setData(0, _NAME, name)
                if name == chosen:
                    self.table.setCurrentItem(item)
        self.table.expandAll()
        self._show_keys()
        self._filter()
        items = self._items()
        if self._current() is None and items:
            self.table.setCurrentItem(items[0])

    def _show_keys(self) -> None:
        for item in self._items():
            name = item.data(0, _NAME)
            keys = self._actions[name].shortcuts()
            is_changed = list(keys) != list(self._actions.usual_keys(name))
            item.setText(1, keys_in_words(keys) + (" ●" if is_changed else ""))
            item.setToolTip(1, self.tr("Changed by you") if is_changed else "")
        self._show_current()

    def _filter(self) -> None:
        words = self.search.text().casefold().split()
        for item in self._items():
            text = f"{item.text(0)} {item.text(1)}".casefold()
            item.setHidden(not all(word in text for word in words))
        for index in range(self.table.topLevelItemCount()):
            group = self.table.topLevelItem(index)
            if group is not None:
                group.setHidden(all(item.isHidden() for item in _children(group)))

    # -- one action ------------------------------------------------------------------------------------------------

    def _current(self) -> str | None:
        item = self.table.currentItem()
        return None if item is None else item.data(0, _NAME)

    def _words_of(self, name: str) -> str:
        return plain(self._actions[name].text()).rstrip(" …")

    def _show_current(self) -> None:
        name = self._current()
        self._wanted = None
        self.take.hide()
        for widget in (self.press, self.none, self.usual):
            widget.setEnabled(name is not None)
        self.press.blockSignals(True)
        self.press.clear()
        self.press.blockSignals(False)
        if name is None:
            self._about.setText("")
            return
        keys = self._actions[name].shortcuts()
        self.none.setEnabled(bool(keys))
        self.usual.setEnabled(list(keys) != list(self._actions.usual_keys(name)))
        sentence = self.tr("“{action}” has the keys {keys}.") if keys else self.tr("“{action}” has no keys.")
        self._about.setText(sentence.format(action=self._words_of(name), keys=keys_in_words(keys)))

    def _on_pressed(self, key: QKeySequence) -> None:
        name = self._current()
        if name is None or key.isEmpty():
            return
        words = key.toString(QKeySequence.SequenceFormat.NativeText)
        if needs_modifier(key[0]):  # type: ignore[index]  # PySide6's stubs leave out `QKeySequence.operator[]`
            sentence = self.tr("{keys} alone is needed for typing or moving about; hold Ctrl or Alt, or use F1 to F12.")
            self._refuse(sentence.format(keys=words))
            return
        other = self._actions.taken_by(key, other_than=name)
        if other is None:
            self._rebind([key])
            return
        self._wanted = key
        self.take.show()
        self._about.setText(
            self.tr("{keys} belongs to “{other}”. Take it away from there?").format(
                keys=words, other=self._words_of(other)
            )
        )

    def _refuse(self, sentence: str) -> None:
        self._show_current()
        self._about.setText(sentence)

    def _take(self) -> None:
        wanted, name = self._wanted, self._current()
        if wanted is None or name is None:
            return
        while (other := self._actions.taken_by(wanted, other_than=name)) is not None:
            self._actions.rebind(other, [key for key in self._actions[other].shortcuts() if key != wanted])
        self._rebind([wanted], name)
        self.press.setFocus()

    def _rebind(self, keys: list[QKeySequence], name: str | None = None) -> None:
        name = name or self._current()
        if name is not None:
            self._actions.rebind(name, keys)

    def _reset(self) -> None:
        """Back to the usual keys, taken away from where they are now."""
        name = self._current()
        if name is None:
            return
        for key in self._actions.usual_keys(name):
            while (other := self._actions.taken_by(key, other_than=name)) is not None:
                self._actions.rebind(other, [kept for kept in self._actions[other].shortcuts() if kept != key])
        self._actions.reset(name)

    def _reset_all(self) -> None:
        for item in self._items():
            self._actions.reset(item.data(0, _NAME))

    # -- words -----------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self.search.setPlaceholderText(self.tr("Search actions and keys"))
        self.search.setAccessibleName(self.tr("Search actions and keys"))
        self.table.setAccessibleName(self.tr("Actions and their keys"))
        self.table.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.press.setAccessibleName(self.tr("Press the new keys"))
        inner = self.press.findChild(QLineEdit)
        if inner is not None:
            inner.setAccessibleName(self.tr("Press the new keys"))
        for button, words, whole in (
            (self.take, self.tr("Take it"), self.tr("Take these keys away from the other action")),
            (self.none, self.tr("No keys"), self.tr("Leave this action without keys")),
            (self.usual, self.tr("Usual keys"), self.tr("Give this action its usual keys")),
            (self.all_usual, self.tr("All as usual"), self.tr("Give every action its usual keys")),
        ):
            button.setText(words)
            button.setAccessibleName(whole)
            button.setToolTip(whole)
        self._fill()


def _children(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = [group.child(index) for index in range(group.childCount())]
    return [item for item in found if item is not None]
