"""The library as a person uses it: the real window on the real storage, with clicks, keys and drops."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QMenu, QPushButton, QWidget

from app.desktop.widgets.details_dialog import DetailsDialog
from app.desktop.widgets.forget_dialog import ForgetDialog
from app.desktop.widgets.forget_proof import ForgetProof
from app.desktop.widgets.import_report import ReportModel
from app.desktop.widgets.tag_dialog import TagDialog
from app.operations import library, shelves
from app.operations.results import FileOutcome, LeftOut
from storage.document import Block, BlockKind, Document, Section
from storage.documents import add_document
from storage.shelves import ReadingState, Shelf, SortBy

BOOKS = (
    ("The Lantern", "Ada Cross", "Harbour", 2.0),
    ("A Winter Tide", "Ada Cross", "Harbour", 1.0),
    ("Émile's Garden", "Marie Noir", "", None),
    ("红楼小记", "曹雪", "", None),
    ("Zebra Crossing", "", "", None),
)


def put(services, title: str, author: str = "", series: str = "", number: float | None = None) -> str:
    blocks = tuple(Block(BlockKind.PARAGRAPH, f"{title} paragraph {place} of the book.") for place in range(10))
    document = Document(title, "epub", (Section("One", 1, blocks),), author=author, language="en", series=series,
                        series_number=number)  # fmt: skip
    with services.database.session() as session:
        return add_document(session, document, tokens=50, content_sha256=title, source_name=f"{title}.epub")


@pytest.fixture
def shelf(window, desktop, qtbot):
    """The library page with five more books, sorted by title, the list in focus; ids by title."""
    ids = {book[0]: put(desktop.services, *book) for book in BOOKS}
    page = window.library
    page.bar._set_sort(SortBy.TITLE)
    window.show_library()
    qtbot.waitUntil(lambda: page._model.rowCount() == 6, timeout=20_000)
    qtbot.waitUntil(lambda: len(titles(page)) == 6, timeout=20_000)
    window.activateWindow()
    page.list.setFocus()
    page.ids = ids
    return page


def titles(page) -> list[str]:
    """What the list shows, as far as it is loaded."""
    rows = [page._model.data(page._model.index(number), page._model.ROW) for number in range(page._model.rowCount())]
    return [row.document.title for row in rows if row is not None]


def press(key, *, on: QWidget | None = None, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Only down: a dialog that closes by it is gone before the key comes up."""
    QTest.keyPress(on or QApplication.focusWidget(), key, modifier)


def opened_dialog(page, qtbot, kind: type[QDialog]) -> QDialog:
    qtbot.waitUntil(lambda: any(d.isVisible() for d in page.findChildren(kind)), timeout=20_000)
    return next(dialog for dialog in page.findChildren(kind) if dialog.isVisible())


def choose(page, *names: str) -> None:
    page.list.select([page.ids[name] for name in names])


# -- looking -----------------------------------------------------------------------------------------------------------


def test_titles_sort_without_their_article_and_the_other_way_round(shelf, qtbot):
    in_order = ["Émile's Garden", "The Lantern", "The Light Book", "A Winter Tide", "Zebra Crossing", "红楼小记"]
    assert titles(shelf) == in_order
    shelf.bar.reverse_action.trigger()
    qtbot.waitUntil(lambda: titles(shelf) == in_order[::-1], timeout=20_000)
    shelf.bar.reverse_action.trigger()
    shelf.bar._sorts[SortBy.SERIES].trigger()
    qtbot.waitUntil(lambda: titles(shelf)[:2] == ["A Winter Tide", "The Lantern"], timeout=20_000)
    assert "Series" in shelf.bar.sort_button.accessibleName()


def test_letters_typed_on_the_shelf_search_and_enter_goes_on_to_what_was_found(shelf, qtbot):
    opened = []
    shelf.opened.connect(opened.append)
    press(Qt.Key.Key_E)
    assert shelf.bar.search.hasFocus()
    for key in (Qt.Key.Key_M, Qt.Key.Key_I):
        press(key)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: titles(shelf) == ["Émile's Garden"], timeout=20_000)
    assert shelf.list.hasFocus()
    press(Qt.Key.Key_Return)
    assert opened == [shelf.ids["Émile's Garden"]]


@pytest.mark.parametrize(
    "words, found", [("楼", {"红楼小记"}), ("CROSS", {"The Lantern", "A Winter Tide", "Zebra Crossing"})]
)
def test_a_search_finds_titles_and_authors_in_any_script(shelf, qtbot, words, found):
    shelf.bar.search.setText(words)
    qtbot.waitUntil(lambda: set(titles(shelf)) == found, timeout=20_000)
    assert f"{len(found)} of 6" in shelf._count.text()
    shelf.bar.search.clear()
    qtbot.waitUntil(lambda: len(titles(shelf)) == 6, timeout=20_000)


def test_nothing_found_has_a_face_with_a_way_back(shelf, qtbot):
    shelf.bar.search.setText("no such book")
    qtbot.waitUntil(lambda: shelf._stack.currentWidget() is shelf.empty, timeout=20_000)
    assert "no such book" in shelf.empty.sentence
    shelf.empty.button.click()
    qtbot.waitUntil(lambda: len(titles(shelf)) == 6, timeout=20_000)
    assert shelf.bar.search.text() == "" and not shelf.bar.is_narrowed


def test_states_narrow_the_shelf_and_what_was_begun_stands_above_it(shelf, qtbot, desktop):
    document_id = shelf.ids["The Lantern"]
    library.open_document(desktop.services, document_id)
    library.set_read_position(desktop.services, document_id, 100)
    shelf.reload()
    qtbot.waitUntil(lambda: shelf.recent.isVisible(), timeout=20_000)
    (card,) = shelf.recent.cards
    assert "The Lantern" in card.accessibleName()
    opened = []
    shelf.opened.connect(opened.append)
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    assert opened == [document_id]
    shelf.bar._state_buttons[ReadingState.READING].click()
    qtbot.waitUntil(lambda: titles(shelf) == ["The Lantern"], timeout=20_000)
    assert not shelf.recent.isVisible()
    shelf.bar._state_buttons[ReadingState.FINISHED].click()
    qtbot.waitUntil(lambda: shelf._stack.currentWidget() is shelf.empty, timeout=20_000)


def test_tiles_or_rows_and_the_order_are_remembered_and_no_title_is(shelf, desktop, tmp_path):
    assert shelf.list.shows_tiles
    shelf.bar.rows_button.click()
    assert not shelf.list.shows_tiles
    choose(shelf, "The Lantern")
    shelf.bar.tiles_button.click()
    assert shelf.list.selected_ids() == [shelf.ids["The Lantern"]]
    desktop.preferences.sync()
    kept = (tmp_path / "ui.ini").read_text("utf-8")
    assert "library_sort=title" in kept and "library_tiles=true" in kept
    assert not any(title in kept for title in shelf.ids)


def test_a_document_read_to_a_screen_reader_is_a_sentence(shelf):
    index = shelf._model.index_of(shelf.ids["The Lantern"])
    words = shelf._model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert words.startswith("The Lantern, Ada Cross, Harbour, EPUB, 0")


# -- tags and details --------------------------------------------------------------------------------------------------


def test_several_documents_are_tagged_by_keyboard_and_found_by_their_tag(shelf, qtbot, desktop):
    choose(shelf, "The Lantern", "Zebra Crossing")
    press(Qt.Key.Key_T, modifier=Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    dialog = opened_dialog(shelf, qtbot, TagDialog)
    QTest.keyClicks(dialog.new, "Sea, to read")
    press(Qt.Key.Key_Return, on=dialog.new)
    qtbot.waitUntil(lambda: shelf.bar.tag_button.isVisible(), timeout=20_000)
    shelf.bar.tag_button.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: titles(shelf) == ["The Lantern", "Zebra Crossing"], timeout=20_000)
    assert "Sea" in shelf.bar.tag_button.text()

    choose(shelf, "Zebra Crossing")
    shelf._tag_action.trigger()
    dialog = opened_dialog(shelf, qtbot, TagDialog)
    dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    dialog.accept()
    qtbot.waitUntil(lambda: titles(shelf) == ["The Lantern"], timeout=20_000)
    choose(shelf, "The Lantern")
    shelf._tag_action.trigger()
    dialog = opened_dialog(shelf, qtbot, TagDialog)
    dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    dialog.accept()
    # nobody has the tag any more: the shelf lets go of it and shows everything
    qtbot.waitUntil(lambda: len(titles(shelf)) == 6 and not shelf.bar.is_narrowed, timeout=20_000)


def test_a_corrected_title_moves_to_its_place(shelf, qtbot, desktop):
    choose(shelf, "Zebra Crossing")
    press(Qt.Key.Key_I, modifier=Qt.KeyboardModifier.ControlModifier)
    dialog = opened_dialog(shelf, qtbot, DetailsDialog)
    dialog.title.clear()
    assert not dialog.keep.isEnabled()
    QTest.keyClicks(dialog.title, "An Aardvark")
    dialog.series.setText("Beasts")
    dialog.number.setValue(2)
    dialog.tags.setText("animals， Sea")
    dialog.keep.click()
    qtbot.waitUntil(lambda: titles(shelf)[0] == "An Aardvark", timeout=20_000)
    (row,) = shelves.rows(desktop.services, [shelf.ids["Zebra Crossing"]])
    assert (row.document.series, row.document.series_number, row.tags) == ("Beasts", 2.0, ("animals", "Sea"))
    assert shelf.bar.series_button.isVisible()


# -- removing and putting back -----------------------------------------------------------------------------------------


def test_delete_takes_documents_off_the_shelf_and_undo_brings_all_of_them_back(shelf, qtbot, desktop):
    choose(shelf, "The Lantern")
    press(Qt.Key.Key_Delete, on=shelf.list)
    qtbot.waitUntil(lambda: len(titles(shelf)) == 5, timeout=20_000)
    assert shelf.banner.sentence == "“The Lantern” was removed."
    choose(shelf, "Zebra Crossing", "A Winter Tide")
    press(Qt.Key.Key_Delete, on=shelf.list)
    qtbot.waitUntil(lambda: len(titles(shelf)) == 3, timeout=20_000)
    assert shelf.banner.sentence == "3 documents were removed."
    assert "The Lantern" not in {row.title for row in library.list_documents(desktop.services)}
    shelf.banner._button.click()
    qtbot.waitUntil(lambda: len(titles(shelf)) == 6, timeout=20_000)
    assert shelf.banner.sentence == ""
    assert shelves.order(desktop.services, Shelf(removed=True)) == []


def test_undo_has_its_key_and_is_over_when_the_banner_was_closed(shelf, qtbot, desktop):
    choose(shelf, "The Lantern")
    press(Qt.Key.Key_Delete, on=shelf.list)
    qtbot.waitUntil(lambda: len(titles(shelf)) == 5, timeout=20_000)
    press(Qt.Key.Key_Z, on=shelf.list, modifier=Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(titles(shelf)) == 6, timeout=20_000)
    for name in ("The Lantern", "Zebra Crossing"):
        choose(shelf, name)
        count = len(titles(shelf))
        press(Qt.Key.Key_Delete, on=shelf.list)
        qtbot.waitUntil(lambda count=count: len(titles(shelf)) == count - 1, timeout=20_000)
        if name == "The Lantern":
            shelf.banner._close.click()
    shelf.taking_off.undo()
    qtbot.waitUntil(lambda: len(titles(shelf)) == 5, timeout=20_000)
    assert shelves.order(desktop.services, Shelf(removed=True)) == [shelf.ids["The Lantern"]]


def test_the_whole_shelf_is_removed_and_ctrl_z_brings_it_back(shelf, qtbot):
    shelf.list.setFocus()
    shelf.list.selectAll()
    press(Qt.Key.Key_Delete, on=shelf.list)
    qtbot.waitUntil(lambda: shelf.empty.isVisible(), timeout=20_000)
    press(Qt.Key.Key_Z, on=QApplication.focusWidget(), modifier=Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(titles(shelf)) == 6, timeout=20_000)
    assert shelf.list.hasFocus()


def test_the_removed_shelf_puts_back_and_does_not_open(shelf, qtbot, desktop):
    choose(shelf, "The Lantern", "Zebra Crossing")
    press(Qt.Key.Key_Delete, on=shelf.list)
    qtbot.waitUntil(lambda: shelf.bar.removed_button.isVisible(), timeout=20_000)
    shelf.bar.removed_button.click()
    qtbot.waitUntil(lambda: titles(shelf) == ["The Lantern", "Zebra Crossing"], timeout=20_000)
    assert not shelf._remove_action.isEnabled()
    choose(shelf, "The Lantern")
    shelf._restore_action.trigger()
    qtbot.waitUntil(lambda: titles(shelf) == ["Zebra Crossing"], timeout=20_000)
    assert shelf.banner.sentence == "“Zebra Crossing” was removed."  # what is back is no longer offered
    opened = []
    shelf.opened.connect(opened.append)
    choose(shelf, "Zebra Crossing")
    press(Qt.Key.Key_Return, on=shelf.list)
    assert not opened and "put back" in shelf.banner.sentence
    shelf.bar.removed_button.click()
    qtbot.waitUntil(lambda: len(titles(shelf)) == 5, timeout=20_000)
    assert "The Lantern" in titles(shelf)


# -- forgetting --------------------------------------------------------------------------------------------------------


def test_forgetting_by_keyboard_asks_first_and_shows_its_proof(shelf, qtbot, desktop):
    gone = []
    shelf.forgotten.connect(gone.append)
    choose(shelf, "The Lantern", "Zebra Crossing")
    press(Qt.Key.Key_Delete, modifier=Qt.KeyboardModifier.ShiftModifier)
    dialog = opened_dialog(shelf, qtbot, ForgetDialog)
    assert "Passages" in dialog.accessibleDescription() and "Documents 2" in dialog.accessibleDescription()
    press(Qt.Key.Key_Return, on=dialog.focusWidget())  # keeping is the default
    assert not gone
    shelf.window().activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is shelf.list, timeout=20_000)
    press(Qt.Key.Key_Delete, on=shelf.list, modifier=Qt.KeyboardModifier.ShiftModifier)
    dialog = opened_dialog(shelf, qtbot, ForgetDialog)
    press(Qt.Key.Key_Tab, on=dialog.focusWidget())
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "0 traces found" in shelf.banner.sentence, timeout=60_000)
    assert gone == [shelf.ids["The Lantern"], shelf.ids["Zebra Crossing"]]
    qtbot.waitUntil(lambda: len(titles(shelf)) == 4, timeout=20_000)
    shelf.banner._button.click()
    proof = opened_dialog(shelf, qtbot, ForgetProof)
    assert "Documents: 2" in proof.accessibleDescription() and "byte for byte" in proof.accessibleDescription()
    proof.findChildren(QPushButton)[0].click()
    assert "Documents: 2" in QGuiApplication.clipboard().text()


def test_forgetting_the_open_document_closes_it_and_leaves_an_empty_shelf(reading, qtbot):
    reading.show_library()
    page = reading.library
    qtbot.waitUntil(lambda: page.selected is not None and page._forget_action.isEnabled(), timeout=20_000)
    page.forget_selected()
    opened_dialog(page, qtbot, ForgetDialog).accept()
    qtbot.waitUntil(lambda: page._stack.currentWidget() is page.empty, timeout=60_000)
    assert reading.reader.document is None
    assert page.empty.button.isVisible()


# -- adding ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    books = tmp_path / "books"
    (books / "inner").mkdir(parents=True)
    (books / "river.txt").write_text("The river was low that year.\n\nNobody crossed it but the ferryman.\n", "utf-8")
    (books / "inner" / "hill.txt").write_text("The hill was steep.\n\nThe shepherd climbed it every day.\n", "utf-8")
    (books / "empty.txt").write_text("", "utf-8")
    (books / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    return books


def drop(page, *paths) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    assert page._drop.isVisible()
    QApplication.sendEvent(page, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    assert not page._drop.isVisible()


def test_a_dropped_folder_is_added_with_a_report_that_can_be_opened_and_copied(window, qtbot, folder):
    page = window.library
    drop(page, folder)
    qtbot.waitUntil(lambda: page.report.isVisible(), timeout=60_000)
    qtbot.waitUntil(lambda: page._model.rowCount() == 3, timeout=20_000)
    assert page.report.sentence == "2 added · 1 could not be read · 1 of other kinds left out"
    assert page.report.failures == [("empty.txt", "“empty.txt” is empty.")]
    assert page.report.list.isVisible()  # so few problems show themselves
    model = page.report.list.model()
    lines = [model.index(number, 0).data() for number in range(model.rowCount())]
    assert lines == ["empty.txt", ".jpg"]
    page.report.all_files.click()
    assert model.rowCount() == 4
    opened = []
    page.opened.connect(opened.append)
    added = next(model.index(n, 0) for n in range(4) if model.index(n, 0).data(ReportModel.DOCUMENT))
    page.report.list.activated.emit(added)
    assert len(opened) == 1
    page.report.copy_button.click()
    assert "hill.txt" in QGuiApplication.clipboard().text()
    page.report._close.click()
    assert not page.report.isVisible()


def test_the_words_over_the_page_say_what_will_happen(window, qtbot, folder):
    target = window.library._drop
    for paths, words in (
        ([folder], "Add the books in 1 folder"),
        ([folder / "river.txt"], "Add 1 file"),
        ([folder / "river.txt", folder], "Add 1 file"),
    ):
        target._hang(paths)
        qtbot.waitUntil(lambda words=words: target.words.startswith(words), timeout=20_000)
    QApplication.sendEvent(window.library, QEvent(QEvent.Type.DragLeave))
    assert not target.isVisible()


def test_a_file_that_is_there_already_or_was_removed_is_told_of(window, qtbot, folder):
    page = window.library
    page.add_files([folder / "river.txt"])
    qtbot.waitUntil(lambda: page.selected is not None and page.selected.title == "river", timeout=60_000)
    assert not page.report.isVisible() and page.banner.sentence == ""
    page.add_files([folder / "river.txt"])
    qtbot.waitUntil(lambda: "already" in page.banner.sentence, timeout=60_000)
    page.remove_selected()
    qtbot.waitUntil(lambda: page._model.rowCount() == 1, timeout=20_000)
    page.add_files([folder / "river.txt"])
    qtbot.waitUntil(lambda: "on the shelf again" in page.banner.sentence, timeout=60_000)
    qtbot.waitUntil(lambda: page._model.rowCount() == 2, timeout=20_000)


def test_files_that_broke_their_reader_can_be_tried_again(window, qtbot, folder):
    page = window.library
    broken = FileOutcome(str(folder / "river.txt"), error="“river.txt” broke its reader.", may_retry=True)
    page.report.show_report([broken], LeftOut())
    assert page.report.retry_button.isVisible()
    page.report.retry_button.click()
    qtbot.waitUntil(lambda: page._model.rowCount() == 2, timeout=60_000)


def test_every_control_of_the_library_has_a_name(shelf, qtbot, folder):
    shelf.report.show_report([FileOutcome(str(folder / "x"), error="broken", may_retry=True)], LeftOut())
    choose(shelf, "The Lantern")
    shelf.show_details()
    shelf.show_tags()
    shelf.forget_selected()
    dialogs = [opened_dialog(shelf, qtbot, kind) for kind in (DetailsDialog, TagDialog, ForgetDialog)]
    nameless = []
    for widget in shelf.findChildren(QWidget):
        is_inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QAbstractButton | QLineEdit)
        takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if not is_inner and (takes_tab or isinstance(widget, QAbstractButton)) and not widget.accessibleName():
            nameless.append((type(widget).__name__, type(widget.parent()).__name__))
    assert not nameless
    for dialog in dialogs:
        dialog.reject()


def test_stopping_an_import_reports_what_was_added_until_then(window, qtbot, desktop, tmp_path):
    for number in range(8):
        (tmp_path / f"{number}.txt").write_text(f"Book number {number} of eight, which is short.\n", "utf-8")
    page = window.library
    job = page.adding.add(sorted(tmp_path.glob("*.txt")))
    qtbot.waitUntil(lambda: len(library.list_documents(desktop.services)) >= 3, timeout=60_000)
    desktop.bridge.cancel(job)
    qtbot.waitUntil(lambda: page.report.isVisible(), timeout=60_000)
    added = len(page.report.outcomes)
    assert 2 <= added < 8 and page.report.sentence == f"{added} added"
    qtbot.waitUntil(lambda: page._model.rowCount() == added + 1, timeout=20_000)


def test_the_menu_key_offers_what_can_be_done(shelf, qtbot):
    choose(shelf, "The Lantern")
    place = shelf.list.visualRect(shelf.list.currentIndex()).center()
    shelf.list.customContextMenuRequested.emit(place)
    menu = next(menu for menu in shelf.findChildren(QMenu) if menu.isVisible())
    words = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    assert words == ["Read", "Details …", "Tags …", "Remove", "Forget …"]
    menu.close()
