"""Finding and going to places, by keyboard and mouse, in the real window on the sample story."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.desktop.hit_model import ChapterHits, HitLine, HitModel
from app.operations import library
from storage.documents import SectionRow
from storage.finding import SearchableText


@pytest.fixture
def text(reader, desktop):
    return library.text(desktop.services, reader.document.document_id)


def find(reader, qtbot, words, count=None):
    reader.open_find()
    reader.find_bar.words.clear()
    QTest.keyClicks(reader.find_bar.words, words)
    qtbot.waitUntil(lambda: len(reader.find_bar.hits) > 0 if count is None else len(reader.find_bar.hits) == count)
    return reader.find_bar


def in_view(reader, offset):
    return reader.view.place <= offset <= reader.view.end_of_view


def test_slash_opens_find_and_escape_closes_it_where_one_is(reader, qtbot):
    QTest.keyClick(QApplication.focusWidget(), "/")
    assert reader.find_bar.isVisible()
    bar = find(reader, qtbot, "lighthouse")
    QTest.keyClick(bar.words, Qt.Key.Key_Return)
    QTest.keyClick(bar.words, Qt.Key.Key_Return)
    place, hit = reader.view.place, bar.hits[bar.current]
    QTest.keyClick(bar.words, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert reader.view.place == place
    assert in_view(reader, hit[0])


def test_f3_steps_and_with_the_bar_closed_searches_again(reading, reader, qtbot):
    bar = find(reader, qtbot, "the")
    actions = reading.menu_actions
    actions["reader.next"].trigger()
    actions["reader.next"].trigger()
    actions["reader.previous"].trigger()
    assert bar.current == 1
    count = len(bar.hits)
    reader.view.setFocus()
    QTest.keyClick(reader.view.focusProxy(), Qt.Key.Key_Escape)
    assert not bar.isVisible()
    actions["reader.next"].trigger()
    qtbot.waitUntil(lambda: len(bar.hits) == count)
    assert bar.isVisible()


def test_a_slash_in_a_text_box_is_a_slash(reader):
    box = reader.ask_panel.box
    box.setFocus()
    QTest.keyClick(box, "/")
    assert box.toPlainText() == "/"
    assert not reader.find_bar.isVisible()


def test_options_ask_for_more(reader, qtbot, text):
    bar = find(reader, qtbot, "THE", text.casefold().count("the"))
    QTest.mouseClick(bar.whole_words, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: 0 < len(bar.hits) < text.casefold().count("the"))
    QTest.mouseClick(bar.match_case, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar._count.text() == "not found")


def test_a_straight_apostrophe_and_no_accents_find_typeset_words(reader, qtbot, text):
    assert "’" in text or "'" in text
    count = text.count("’s") + text.count("'s")
    find(reader, qtbot, "'s", count)


def test_every_hit_stands_in_the_list_under_its_chapter(reader, qtbot):
    bar = find(reader, qtbot, "the")
    model = reader.results._model
    items = [model.data(model.index(row), HitModel.ITEM) for row in range(model.rowCount())]
    assert isinstance(items[0], ChapterHits)
    assert sum(isinstance(item, HitLine) for item in items) == len(bar.hits)
    assert all(item.words.casefold() == "the" for item in items if isinstance(item, HitLine))
    assert reader.left.currentWidget() is reader.results


def test_a_click_in_the_list_goes_there_and_alt_left_comes_back(reader, qtbot):
    before = reader.view.place
    bar = find(reader, qtbot, "the")
    model, hits = reader.results._model, reader.results.list
    index = model.index(model.rowCount() - 1)
    hits.scrollTo(index)
    QTest.mouseClick(hits.viewport(), Qt.MouseButton.LeftButton, pos=hits.visualRect(index).center())
    assert bar.current == len(bar.hits) - 1
    assert in_view(reader, bar.hits[-1][0])
    reader.go_back()
    assert reader.view.place == before


def test_the_list_is_walked_by_keyboard_over_the_titles(reader, qtbot):
    bar = find(reader, qtbot, "the")
    QTest.keyClick(bar.words, Qt.Key.Key_Down)
    hits = reader.results.list
    assert QApplication.focusWidget() is hits
    seen = []
    for _ in range(len(bar.hits) - 1 - bar.current):
        QTest.keyClick(hits, Qt.Key.Key_Down)
        seen.append(bar.current)
    assert seen == list(range(seen[0], len(bar.hits)))
    QTest.keyClick(hits, Qt.Key.Key_Escape)
    assert not hits.hasFocus()


def test_without_the_list_the_contents_stay(reader, qtbot):
    bar = find(reader, qtbot, "the")
    QTest.mouseClick(bar.list_button, Qt.MouseButton.LeftButton)
    assert reader.left.currentWidget() is reader.contents
    assert not reader._preferences.flag("find_list", True)


def test_only_the_newest_words_count(reader, qtbot, text):
    bar = reader.find_bar
    reader.open_find()
    for words in ("t", "th", "the", "the lighthouse"):
        bar.words.setText(words)
        bar._search()
    qtbot.waitUntil(lambda: len(bar.hits) == text.casefold().count("the lighthouse"))
    qtbot.wait(100)
    assert len(bar.hits) == text.casefold().count("the lighthouse")


# -- going to a place --------------------------------------------------------------------------------------------------


def go_to(reader, qtbot, words):
    reader.open_go_to()
    QTest.keyClicks(reader.go_to_bar.box, words)
    qtbot.waitUntil(lambda: reader.go_to_bar._index is not None)


@pytest.mark.parametrize(("words", "share"), [("50%", 0.5), ("50", 0.5), ("0 %", 0.0)])
def test_a_percentage_goes_there(reader, qtbot, words, share):
    go_to(reader, qtbot, words)
    QTest.keyClick(reader.go_to_bar.box, Qt.Key.Key_Return)
    assert in_view(reader, round(share * reader.document.characters))
    assert not reader.go_to_bar.isVisible()
    assert reader.back_button.isEnabled()


def test_words_of_a_title_are_completed_and_chosen_with_the_arrows(reader, qtbot):
    section = reader._sections[-1]
    go_to(reader, qtbot, section.title.split()[-1].lower())
    bar = reader.go_to_bar
    assert section.start in [place.start for place in bar.meant]
    for _ in range([place.start for place in bar.meant].index(section.start)):
        QTest.keyClick(bar.box, Qt.Key.Key_Down)
    QTest.keyClick(bar.box, Qt.Key.Key_Return)
    assert in_view(reader, section.start)


def test_enter_before_the_places_are_known_goes_when_they_are(reader, qtbot):
    reader.open_go_to()
    QTest.keyClicks(reader.go_to_bar.box, "100%")
    QTest.keyClick(reader.go_to_bar.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not reader.go_to_bar.isVisible())
    assert reader.view.end_of_view >= reader.document.characters - 1


def test_what_is_no_place_is_said(reader, qtbot):
    go_to(reader, qtbot, "xyzzy")
    QTest.keyClick(reader.go_to_bar.box, Qt.Key.Key_Return)
    assert reader.go_to_bar.isVisible()
    assert reader.go_to_bar._answer.text() == "no such place"
    QTest.keyClick(reader.go_to_bar.box, Qt.Key.Key_Escape)
    assert not reader.go_to_bar.isVisible()


def test_rows_and_hits_are_each_others_inverse():
    sections = [SectionRow(n, f"C{n}", 1, n * 10, n * 10 + 9) for n in range(5)]
    hits = [(place, place + 1) for place in (0, 3, 20, 25, 29, 41)]
    model = HitModel()
    model.show_hits(hits, SearchableText([(0, "x" * 60)]), sections, 60)
    assert model.rowCount() == len(hits) + 3
    rows = [model.row_of(hit) for hit in range(len(hits))]
    assert [model.hit_at(row) for row in rows] == list(range(len(hits)))
    titles = set(range(model.rowCount())) - set(rows)
    assert all(model.hit_at(row) is None for row in titles)
