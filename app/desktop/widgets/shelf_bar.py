"""What the shelf shows and in what order: searching, sorting, narrowing by state, tag and series, tiles or rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from app.desktop.icons import dress
from app.desktop.preferences import Preferences
from app.desktop.wording import number, shortened
from storage.shelves import Facets, ReadingState, Shelf, SortBy

TYPING_PAUSE_MS = 150
_SORT, _REVERSE, _TILES = "library_sort", "library_reverse", "library_tiles"
_LONGEST_MENU = 400
"""Tags or series in one menu; behind so many, searching is quicker anyway."""


class SearchLine(QLineEdit):
    """left: the reader goes on to what was found, by Down or Enter."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class ShelfBar(QWidget):
    """changed: the shelf to show is another now. tiles_changed: whether tiles are wanted. left: on to the documents."""

    changed = Signal()
    tiles_changed = Signal(bool)
    left = Signal()

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        kept = preferences.choice(_SORT, SortBy.READ.value)
        self.shelf = Shelf(
            sort=SortBy(kept) if kept in list(SortBy) else SortBy.READ, reverse=preferences.flag(_REVERSE, False)
        )
        self._facets = Facets((), (), 0, 0)
        self._build()
        self.retranslate()

    def _build(self) -> None:
        self.search = SearchLine(self)
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(200)
        self.search.setMaximumWidth(420)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._on_search)
        self.search.textChanged.connect(lambda: self._pause.start())
        self.search.left.connect(self._leave_search)
        self.sort_button = self._menu_button("sort")
        self._sorts = self._exclusive(self.sort_button.menu(), list(SortBy), self._set_sort)
        self.sort_button.menu().addSeparator()
        self.reverse_action = QAction(self, checkable=True)
        self.reverse_action.toggled.connect(self._set_reverse)
        self.sort_button.menu().addAction(self.reverse_action)
        self.tiles_button, self.rows_button = self._view_button("tiles"), self._view_button("rows")
        views = QButtonGroup(self)
        views.addButton(self.tiles_button)
        views.addButton(self.rows_button)
        tiles = self._preferences.flag(_TILES, True)
        (self.tiles_button if tiles else self.rows_button).setChecked(True)
        self.tiles_button.toggled.connect(self._set_tiles)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.search, 1)
        head.addStretch(0)
        head.addWidget(self.sort_button)
        head.addWidget(self.tiles_button)
        head.addWidget(self.rows_button)

        self._state_buttons: dict[ReadingState | None, QToolButton] = {}
        chips = QHBoxLayout()
        chips.setSpacing(6)
        group = QButtonGroup(self)
        for state in (None, *ReadingState):
            chip = self._chip(checkable=True)
            chip.setChecked(state is None)
            chip.clicked.connect(lambda _checked=False, state=state: self._change(state=state))
            group.addButton(chip)
            chips.addWidget(chip)
            self._state_buttons[state] = chip
        self.tag_button, self.series_button = self._facet_chip(), self._facet_chip()
        self.removed_button = self._chip(checkable=True)
        self.removed_button.toggled.connect(lambda removed: self._change(removed=removed))
        chips.addWidget(self.tag_button)
        chips.addWidget(self.series_button)
        chips.addStretch(1)
        chips.addWidget(self.removed_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addLayout(chips)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _menu_button(self, icon_name: str) -> QToolButton:
        button = QToolButton(self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setMenu(QMenu(button))
        dress(button, icon_name)
        return button

    def _view_button(self, icon_name: str) -> QToolButton:
        button = QToolButton(self)
        button.setCheckable(True)
        dress(button, icon_name)
        return button

    def _chip(self, *, checkable: bool) -> QToolButton:
        chip = QToolButton(self)
        chip.setProperty("role", "chip")
        chip.setCheckable(checkable)
        return chip

    def _facet_chip(self) -> QToolButton:
        chip = self._chip(checkable=False)
        chip.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        chip.setMenu(QMenu(chip))
        return chip

    def _exclusive(self, menu: QMenu, values: list[SortBy], choose: Callable[[SortBy], None]) -> dict[SortBy, QAction]:
        group = QActionGroup(self)
        actions = {}
        for value in values:
            action = QAction(self, checkable=True)
            action.triggered.connect(lambda _checked=False, value=value: choose(value))
            group.addAction(action)
            menu.addAction(action)
            actions[value] = action
        return actions

    # -- choosing --------------------------------------------------------------------------------------------------

    @property
    def wants_tiles(self) -> bool:
        return self.tiles_button.isChecked()

    @property
    def is_narrowed(self) -> bool:
        """Whether some documents are kept from view."""
        shelf = self.shelf
        return bool(shelf.search or shelf.tag or shelf.series or shelf.state or shelf.removed)

    def widen(self) -> None:
        """Show everything again: no words, no tag, no series, no state."""
        self.search.clear()
        self._pause.stop()
        self.removed_button.setChecked(False)
        self._change(search="", tag="", series="", state=None, removed=False)

    def search_for(self, words: str) -> None:
        """Go on typing in the search line."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.setText(words)

    def show_facets(self, facets: Facets) -> None:
        """What the shelf can be narrowed by now. A tag or series nobody has any more is let go of."""
        self._facets = facets
        tag = self.shelf.tag if self.shelf.tag in dict(facets.tags) else ""
        series = self.shelf.series if self.shelf.series in dict(facets.series) else ""
        self._tell()
        if (tag, series) != (self.shelf.tag, self.shelf.series):
            self._change(tag=tag, series=series)

    def _leave_search(self) -> None:
        if self._pause.isActive():
            self._pause.stop()
            self._on_search()
        self.left.emit()

    def _on_search(self) -> None:
        self._change(search=self.search.text().strip())

    def _set_sort(self, sort: SortBy) -> None:
        self._preferences.keep_choice(_SORT, sort.value)
        self._change(sort=sort)

    def _set_reverse(self, reverse: bool) -> None:
        self._preferences.keep_flag(_REVERSE, reverse)
        self._change(reverse=reverse)

    def _set_tiles(self, tiles: bool) -> None:
        self._preferences.keep_flag(_TILES, tiles)
        self.tiles_changed.emit(tiles)

    def _change(self, **what: object) -> None:
        shelf = replace(self.shelf, **what)  # type: ignore[arg-type]  # names and types are those of Shelf
        if shelf != self.shelf:
            self.shelf = shelf
            self._tell()
            self.changed.emit()

    # -- words -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        shelf, facets = self.shelf, self._facets
        self._sorts[shelf.sort].setChecked(True)
        self.reverse_action.setChecked(shelf.reverse)
        self._state_buttons[shelf.state].setChecked(True)
        self.sort_button.setText(self._sort_words(shelf.sort))
        self.sort_button.setAccessibleName(self.tr("Sorted by: {what}").format(what=self._sort_words(shelf.sort)))
        self._fill(self.tag_button, facets.tags, shelf.tag, self.tr("Tags"), self.tr("All tags"), "tag")
        self._fill(self.series_button, facets.series, shelf.series, self.tr("Series"), self.tr("All series"), "series")
        self.removed_button.setText(self.tr("Removed ({count})").format(count=number(facets.removed)))
        self.removed_button.setAccessibleName(self.removed_button.text())
        self.removed_button.setVisible(facets.removed > 0 or shelf.removed)

    def _fill(
        self, chip: QToolButton, names: tuple[tuple[str, int], ...], current: str, title: str, everything: str, key: str
    ) -> None:
        menu = chip.menu()
        menu.clear()
        for name, count in (("", 0), *names[:_LONGEST_MENU]):
            words = f"{shortened(name, 60)}  ({number(count)})".replace("&", "&&") if name else everything
            action = QAction(words, menu, checkable=True)
            action.setChecked(name == current)
            action.triggered.connect(lambda _checked=False, name=name: self._change(**{key: name}))
            menu.addAction(action)
        chip.setText(f"{title}: {shortened(current, 30)}" if current else f"{title} ▾")
        chip.setAccessibleName(f"{title}: {current or everything}")
        chip.setProperty("chosen", bool(current))
        chip.style().polish(chip)
        chip.setVisible(bool(names))

    def _sort_words(self, sort: SortBy) -> str:
        return {
            SortBy.READ: self.tr("Recently read"),
            SortBy.ADDED: self.tr("Recently added"),
            SortBy.TITLE: self.tr("Title"),
            SortBy.AUTHOR: self.tr("Author"),
            SortBy.SERIES: self.tr("Series"),
            SortBy.SHARE: self.tr("Share read"),
            SortBy.LENGTH: self.tr("Length"),
        }[sort]

    def _state_words(self, state: ReadingState | None) -> str:
        return {
            None: self.tr("All"),
            ReadingState.UNREAD: self.tr("Unread"),
            ReadingState.READING: self.tr("Reading"),
            ReadingState.FINISHED: self.tr("Finished"),
            ReadingState.LEARNED: self.tr("Learned"),
        }[state]

    def retranslate(self) -> None:
        words = self.tr("Search title, author, series, tags")
        self.search.setPlaceholderText(words)
        self.search.setAccessibleName(words)
        self.sort_button.setToolTip(self.tr("What comes first"))
        for sort, action in self._sorts.items():
            action.setText(self._sort_words(sort))
        self.reverse_action.setText(self.tr("The other way round"))
        for button, name in (
            (self.tiles_button, self.tr("Show tiles with covers")),
            (self.rows_button, self.tr("Show rows")),
        ):
            button.setToolTip(name)
            button.setAccessibleName(name)
        for state, chip in self._state_buttons.items():
            chip.setText(self._state_words(state))
            chip.setAccessibleName(self.tr("Show: {what}").format(what=self._state_words(state)))
        self.removed_button.setToolTip(self.tr("What was removed from the library and can be put back"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
