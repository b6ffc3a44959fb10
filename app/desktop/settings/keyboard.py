"""Keys: every action of the window with its keys, searchable; choose one, press other keys, and it has them."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QKeyCombination, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from app.desktop.actions import Actions
from app.desktop.settings.form import Section
from app.desktop.theme import GRID
from app.desktop.widgets.action_tree import ActionTree

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
        self.table = ActionTree(self.search, self)
        self.table.setMinimumHeight(34 * GRID)
        self.table.currentItemChanged.connect(self._show_current)
        self.table.itemActivated.connect(self._to_press)
        self._about = QLabel(self)
        self._about.setTextFormat(Qt.TextFormat.PlainText)
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
        self.table.choose(name)
        self.press.setFocus()

    def _to_press(self) -> None:
        self.press.setFocus()

    # -- the list --------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        self.table.show_groups(
            (title, [(name, self._actions.words(name), "") for name in names])
            for title, names in self._actions.groups()
        )
        self._show_keys()
        names = self.table.names()
        if not self.table.name and names:
            self.table.choose(names[0])

    def _show_keys(self) -> None:
        for name, item in zip(self.table.names(), self.table.items(), strict=True):
            is_changed = self._is_changed(name)
            item.setText(1, self._actions.keys_of(name) + (" ●" if is_changed else ""))
            item.setToolTip(1, self.tr("Changed by you") if is_changed else "")
        self._show_current()

    def _is_changed(self, name: str) -> bool:
        return list(self._actions[name].shortcuts()) != list(self._actions.usual_keys(name))

    # -- one action ------------------------------------------------------------------------------------------------

    def _show_current(self) -> None:
        name = self.table.name
        self._wanted = None
        self.take.hide()
        for widget in (self.press, self.none, self.usual):
            widget.setEnabled(bool(name))
        self.press.blockSignals(True)
        self.press.clear()
        self.press.blockSignals(False)
        if not name:
            self._about.setText("")
            return
        keys = self._actions.keys_of(name)
        self.none.setEnabled(bool(keys))
        self.usual.setEnabled(self._is_changed(name))
        sentence = self.tr("“{action}” has the keys {keys}.") if keys else self.tr("“{action}” has no keys.")
        self._about.setText(sentence.format(action=self._actions.words(name), keys=keys))

    def _on_pressed(self, key: QKeySequence) -> None:
        name = self.table.name
        if not name or key.isEmpty():
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
                keys=words, other=self._actions.words(other)
            )
        )

    def _refuse(self, sentence: str) -> None:
        self._show_current()
        self._about.setText(sentence)

    def _take(self) -> None:
        wanted, name = self._wanted, self.table.name
        if wanted is None or not name:
            return
        while (other := self._actions.taken_by(wanted, other_than=name)) is not None:
            self._actions.rebind(other, [key for key in self._actions[other].shortcuts() if key != wanted])
        self._rebind([wanted])
        self.press.setFocus()

    def _rebind(self, keys: list[QKeySequence]) -> None:
        if self.table.name:
            self._actions.rebind(self.table.name, keys)

    def _reset(self) -> None:
        """Back to the usual keys, taken away from where they are now."""
        name = self.table.name
        if not name:
            return
        for key in self._actions.usual_keys(name):
            while (other := self._actions.taken_by(key, other_than=name)) is not None:
                self._actions.rebind(other, [kept for kept in self._actions[other].shortcuts() if kept != key])
        self._actions.reset(name)

    def _reset_all(self) -> None:
        for name in self.table.names():
            self._actions.reset(name)

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
