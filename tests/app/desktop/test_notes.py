"""Highlights, notes and bookmarks, made and changed by hand in the real window on the sample story."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.desktop.note_model import NoteModel
from app.operations import library, notes
from storage.annotations import AnnotationKind


@pytest.fixture
def actions(reading):
    return reading.menu_actions


def kept(reader, desktop):
    return notes.list_annotations(desktop.services, reader.document.document_id)


def select(reader, desktop, words):
    """Draw the mouse over words that are in view."""
    start = library.text(desktop.services, reader.document.document_id).index(words)
    end, view = start + len(words), reader.view
    text = view.focusProxy().viewport()
    first, last = (text.mapFrom(view, view.area_of(at, at).center()) for at in (start, end))
    QTest.mousePress(text, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(text, last)
    QTest.mouseRelease(text, Qt.MouseButton.LeftButton, pos=last)
    assert view.selected_range == (start, end)
    return start, end


def first_words(reader, desktop, count=5):
    """Words of the first long paragraph."""
    text = library.text(desktop.services, reader.document.document_id)
    paragraph = next(paragraph for paragraph in text.split("\n\n") if len(paragraph) > 80)
    return " ".join(paragraph.split(" ")[:count])


def highlight(reader, desktop, qtbot, words):
    place = select(reader, desktop, words)
    before = len(reader.notes.annotating.placed)
    reader.notes.highlight()
    qtbot.waitUntil(lambda: len(reader.notes.annotating.placed) == before + 1)
    return next(placed for placed in reader.notes.annotating.placed if (placed.row.start, placed.row.end) == place)


def click_on(reader, placed):
    """A click on highlighted words that are in view."""
    text, view = reader.view.focusProxy().viewport(), reader.view
    at = view.area_of(placed.row.start + 2, placed.row.start + 2).center()
    QTest.mouseClick(text, Qt.MouseButton.LeftButton, pos=text.mapFrom(view, at))


def test_the_bar_comes_with_a_selection_and_highlights(reader, desktop, qtbot):
    words = first_words(reader, desktop)
    select(reader, desktop, words)
    qtbot.waitUntil(reader.notes.bar.isVisible)
    QTest.mouseClick(reader.notes.bar.colours.buttons["green"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(kept(reader, desktop)) == 1)
    (placed,) = kept(reader, desktop)
    assert (placed.row.quote, placed.row.colour) == (words, "green")
    assert not reader.notes.bar.isVisible()
    assert reader.notes.colour == "green"


def test_tab_leads_from_the_text_into_the_bar(reader, desktop, qtbot):
    select(reader, desktop, first_words(reader, desktop))
    qtbot.waitUntil(reader.notes.bar.isVisible)
    reader.view.setFocus()
    for _ in range(4):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if reader.notes.bar.isAncestorOf(QApplication.focusWidget()):
            break
    assert reader.notes.bar.isAncestorOf(QApplication.focusWidget())
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not reader.notes.bar.isVisible()


def test_a_note_is_written_where_the_words_are_and_kept_on_escape(reader, desktop, actions, qtbot):
    select(reader, desktop, first_words(reader, desktop))
    actions["notes.write"].trigger()
    card = reader.notes.card
    qtbot.waitUntil(card.isVisible)
    QTest.keyClicks(card.note, "Why here?")
    QTest.keyClick(card.note, Qt.Key.Key_Return)
    QTest.keyClicks(card.note, "And why now?")
    QTest.keyClick(card.note, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: [placed.row.note for placed in kept(reader, desktop)] == ["Why here?\nAnd why now?"])
    assert kept(reader, desktop)[0].row.kind is AnnotationKind.NOTE
    assert not card.isVisible()


def test_a_click_on_highlighted_words_opens_their_card(reader, desktop, qtbot):
    placed = highlight(reader, desktop, qtbot, first_words(reader, desktop))
    click_on(reader, placed)
    card = reader.notes.card
    assert card.annotation_id == placed.row.annotation_id
    QTest.mouseClick(card.colours.buttons["pink"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: kept(reader, desktop)[0].row.colour == "pink")
    QTest.mouseClick(card.remove_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not kept(reader, desktop))
    assert not card.isVisible()


def test_of_two_highlights_one_inside_the_other_the_inner_one_is_hit(reader, desktop, qtbot):
    words = first_words(reader, desktop, 8)
    inner = " ".join(words.split(" ")[:3])  # they begin together: the harder case
    outer_placed = highlight(reader, desktop, qtbot, words)
    inner_placed = highlight(reader, desktop, qtbot, inner)
    click_on(reader, inner_placed)
    assert reader.notes.card.annotation_id == inner_placed.row.annotation_id
    text, view = reader.view.focusProxy().viewport(), reader.view
    behind = view.area_of(inner_placed.row.end + 3, inner_placed.row.end + 3).center()
    QTest.mouseClick(text, Qt.MouseButton.LeftButton, pos=text.mapFrom(view, behind))
    assert reader.notes.card.annotation_id == outer_placed.row.annotation_id


def test_what_is_deleted_comes_back_with_undo_several_at_once(reader, desktop, qtbot):
    reader.show_panel(reader.notes_panel)
    words = first_words(reader, desktop, 9).split(" ")
    for part in (" ".join(words[:3]), " ".join(words[4:7])):
        highlight(reader, desktop, qtbot, part)
    before = kept(reader, desktop)
    rows = reader.notes_panel.list
    for left in (1, 0):
        rows.setCurrentIndex(rows.model().index(1, 0))
        QTest.keyClick(rows, Qt.Key.Key_Delete)
        QTest.keyClick(rows, Qt.Key.Key_Delete)  # twice is once
        qtbot.waitUntil(lambda left=left: len(reader.notes.annotating.placed) == left)
    banner = reader.notes_panel.banner
    qtbot.waitUntil(lambda: banner.sentence == "2 deleted.")
    banner._button.click()
    qtbot.waitUntil(lambda: kept(reader, desktop) == before)


def test_a_bookmark_comes_and_goes_with_its_key_and_shows_as_a_ribbon(reader, desktop, actions, qtbot):
    QTest.mouseClick(reader.bookmark_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(reader.notes.ribbon.isVisible)
    assert reader.bookmark_button.isChecked()
    (placed,) = kept(reader, desktop)
    assert placed.row.kind is AnnotationKind.BOOKMARK
    assert placed.row.start == reader.view.place
    reader.jump_to(reader.document.characters // 2)
    qtbot.waitUntil(lambda: not reader.notes.ribbon.isVisible())
    reader.go_back()
    qtbot.waitUntil(reader.notes.ribbon.isVisible)
    actions["notes.bookmark"].trigger()
    qtbot.waitUntil(lambda: not reader.notes.ribbon.isVisible())
    assert not reader.bookmark_button.isChecked()
    assert kept(reader, desktop) == []


def test_chapters_with_bookmarks_are_marked_in_the_contents(reader, actions, qtbot):
    actions["notes.bookmark"].trigger()
    model = reader.contents._model
    qtbot.waitUntil(lambda: model.index_at(reader.view.place).data(model.BOOKMARKS) == 1)
    actions["notes.bookmark"].trigger()
    qtbot.waitUntil(lambda: model.index_at(reader.view.place).data(model.BOOKMARKS) == 0)


def test_enter_in_the_panel_goes_there_and_alt_left_comes_back(reader, desktop, qtbot):
    placed = highlight(reader, desktop, qtbot, first_words(reader, desktop))
    reader.to_end()
    before = reader.view.place
    reader.show_panel(reader.notes_panel)
    rows = reader.notes_panel.list
    rows.setFocus()
    rows.setCurrentIndex(rows.model().index(1, 0))
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert reader.view.place <= placed.row.start <= reader.view.end_of_view
    reader.go_back()
    assert reader.view.place == before


def test_the_panel_is_filtered_by_words_and_by_kind(reader, desktop, actions, qtbot):
    placed = highlight(reader, desktop, qtbot, first_words(reader, desktop))
    actions["notes.bookmark"].trigger()
    qtbot.waitUntil(lambda: len(reader.notes.annotating.placed) == 2)
    panel = reader.notes_panel
    reader.show_panel(panel)
    panel.kinds.setCurrentIndex(panel.kinds.findData(AnnotationKind.HIGHLIGHT.value))
    assert [shown.row.annotation_id for shown in panel.shown] == [placed.row.annotation_id]
    panel.kinds.setCurrentIndex(panel.kinds.findData("blue"))
    assert panel.shown == []
    assert "None of the notes" in panel._nothing.text()
    panel.kinds.setCurrentIndex(0)
    QTest.keyClicks(panel.filter, "zzz")
    assert panel._model.rowCount() == 0
    panel.filter.clear()
    assert panel._model.rowCount() >= 3


def test_a_note_is_edited_from_the_panel_with_f2(reader, desktop, qtbot):
    highlight(reader, desktop, qtbot, first_words(reader, desktop))
    reader.show_panel(reader.notes_panel)
    rows = reader.notes_panel.list
    rows.setFocus()
    rows.setCurrentIndex(rows.model().index(1, 0))
    QTest.keyClick(rows, Qt.Key.Key_F2)
    card = reader.notes.card
    assert card.isVisible()
    QTest.keyClicks(card.note, "from the panel")
    rows.setFocus()  # a click elsewhere keeps what was written
    qtbot.waitUntil(lambda: [placed.row.note for placed in kept(reader, desktop)] == ["from the panel"])
    model = rows.model()
    qtbot.waitUntil(lambda: model.data(model.index(1, 0), NoteModel.ITEM).row.note == "from the panel")


def test_notes_are_exported_and_copied(reader, desktop, tmp_path, qtbot):
    words = first_words(reader, desktop)
    placed = highlight(reader, desktop, qtbot, words)
    file = tmp_path / "notes.md"
    reader.notes_panel._on_file(str(file))
    qtbot.waitUntil(file.is_file)
    assert words in file.read_text("utf-8").replace("\\", "")
    QTest.mouseClick(reader.notes_panel.copy_button, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == file.read_text("utf-8")
    reader.notes._copy(placed.row.annotation_id)
    assert QApplication.clipboard().text().startswith(f"“{words}”")


def test_a_file_that_cannot_be_written_is_a_sentence(reading, reader, desktop, tmp_path, qtbot):
    highlight(reader, desktop, qtbot, first_words(reader, desktop))
    reader.notes._export(Path(tmp_path / "no such folder" / "notes.md"))
    qtbot.waitUntil(lambda: "notes.md" in reading.banner.sentence)


def test_the_context_menu_offers_colours_a_note_and_a_bookmark(reader, desktop, qtbot):
    place = select(reader, desktop, first_words(reader, desktop))
    menu = QMenu()
    menu.addAction("Copy")
    reader.view.menu_wanted.emit(menu, place)
    words = [action.text() for action in menu.actions()]
    assert {"Highlight in yellow", "Write a note", "Bookmark this page", "Ask about this"} <= set(words)


def test_a_book_that_is_opened_again_shows_its_highlights(reader, desktop, qtbot):
    placed = highlight(reader, desktop, qtbot, first_words(reader, desktop))
    document_id = reader.document.document_id
    reader.close_document(document_id)
    assert reader.notes.annotating.placed == []
    reader.open(document_id)
    qtbot.waitUntil(lambda: [one.row for one in reader.notes.annotating.placed] == [placed.row], timeout=20_000)
    click_on(reader, placed)
    assert reader.notes.card.annotation_id == placed.row.annotation_id


def test_a_filter_finds_chapters_and_enter_goes_to_the_first(reader, qtbot):
    contents, section = reader.contents, reader._sections[-1]
    contents.filter.setText(section.title.upper())
    QTest.keyClick(contents.filter, Qt.Key.Key_Return)
    assert reader.view.place <= section.start <= reader.view.end_of_view
