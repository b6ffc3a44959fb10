"""Asking as a person does it: keys and clicks on the real panel, real storage, and the echo backend for a model."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.desktop.widgets.ask_scope import Part
from app.operations import conversations, library, sample
from engine.backends.echo import EchoBackend

KEEPER = "Who is the keeper of the lighthouse?"
WALNUTS = "What did Dickon Raikes eat at his desk?"


@pytest.fixture
def panel(reading, qtbot):
    panel = reading.reader.ask_panel
    qtbot.waitUntil(lambda: bool(panel.suggestions.buttons), timeout=20_000)
    return panel


@pytest.fixture
def ask(panel, qtbot):
    def ask(question):
        panel.box.setPlainText(question)
        QTest.keyClick(panel.box, Qt.Key.Key_Return)
        assert panel.is_answering
        return answered(panel, qtbot)

    return ask


def answered(panel, qtbot):
    qtbot.waitUntil(lambda: not panel.is_answering, timeout=20_000)
    qtbot.waitUntil(lambda: panel.turns[-1].shown is not None, timeout=20_000)
    return panel.turns[-1]


def questions(panel):
    return [turn.question for turn in panel.turns]


def kept(desktop, panel):
    """Every turn in the database, as a line a conversation."""
    document_id = panel._desk.document.document_id
    found = conversations.find(desktop.services, document_id)
    return [
        [each.turn.question for each in conversations.open_conversation(desktop.services, row.conversation_id).line]
        for row in found
    ]


# -- answers and places ------------------------------------------------------------------------------------------------


def test_a_suggested_question_is_asked_with_a_click(panel, qtbot):
    wanted = sample.suggested_questions()[2]
    panel.suggestions.buttons[2].click()
    turn = answered(panel, qtbot)
    assert turn.question == wanted.question
    assert wanted.expected in turn.places.places[0].quote
    assert panel.suggestions.isHidden()


def test_the_book_is_quoted_before_the_answer_and_no_place_is_said_twice(ask):
    turn = ask(WALNUTS)
    places = turn.places.places
    assert [place.number for place in places] == [1, 0]
    assert places[0].start >= places[1].end or places[1].start >= places[0].end
    assert turn.answer.toPlainText().endswith("¹")


def test_a_place_brings_its_words_into_view_and_alt_left_goes_back(reading, ask):
    turn = ask(KEEPER)
    cited = turn.shown.cited[0]
    view, before = reading.reader.view, reading.reader.view.place
    turn.places.labels[0].linkActivated.emit("0")
    assert view.place <= cited.start <= view.end_of_view
    assert view.shown_text(cited.start, cited.end).replace("\u2029", "\n\n").replace("\u2028", "\n") == cited.quote
    reading.menu_actions["reader.back"].trigger()
    assert view.place == before


def test_the_figure_in_the_answer_leads_to_its_place_and_shows_what_stands_around(panel, ask, qtbot):
    turn = ask(KEEPER)
    chosen = []
    panel.place_chosen.connect(lambda start, end: chosen.append((start, end)))
    turn.answer.place_chosen.emit(1)
    assert chosen == [(turn.shown.cited[0].start, turn.shown.cited[0].end)]
    cited = turn.shown.cited[0]
    qtbot.waitUntil(lambda: (cited.start, cited.end) in turn.places._hints, timeout=20_000)
    around = turn.places._hints[(cited.start, cited.end)]
    assert " ".join(cited.quote.split()) in around
    assert len(around) > len(cited.quote)


def test_what_was_read_for_an_answer_is_listed_with_places(ask, qtbot, desktop, panel):
    turn = ask(KEEPER)
    turn.context.fold.click()
    qtbot.waitUntil(lambda: turn.context.passages is not None, timeout=20_000)
    text = library.text(desktop.services, panel._desk.document.document_id)
    for place in turn.context.passages.places:
        assert text[place.start : place.end] == place.quote
    assert "without adapter" in turn.context.figures.text()
    assert "tokens" in turn.context.figures.text()


def test_a_copied_answer_brings_its_places_along(ask, panel):
    turn = ask(KEEPER)
    QGuiApplication.clipboard().clear()
    QTest.keyClick(turn.answer, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    assert "[1]" in copied
    assert all(f"“{cited.quote}”" in copied for cited in turn.shown.cited)


def test_turns_come_back_with_their_places(reading, ask, panel, qtbot):
    turn = ask(KEEPER)
    text, places, marks = turn.text, turn.shown.places, turn.shown.marks
    panel.open(reading.reader.document, reading.reader._sections)
    assert not panel.turns
    qtbot.waitUntil(lambda: len(panel.turns) == 1, timeout=20_000)
    again = panel.turns[0].shown
    assert (panel.turns[0].text, again.places, again.marks) == (text, places, marks)


# -- what is asked about -----------------------------------------------------------------------------------------------


def test_only_up_to_here_shows_nothing_later(reading, panel, ask):
    panel.up_to_here.setChecked(True)
    limit = reading.reader.view.end_of_view
    turn = ask("What happens to Thirza at the very end?")
    assert all(end <= limit for _, end in turn.shown.passages)
    assert all(place.end <= limit for place in turn.places.places)
    assert "had read" in turn.scope_words


def test_a_chapter_bounds_what_is_found(reading, panel, ask):
    section = next(each for each in reading.reader._sections if each.title == "The Jar of Dried Peas")
    reading.reader.view.go_to(section.start)
    panel.scope.setCurrentIndex(panel.scope.findData(Part.CHAPTER))
    turn = ask("Where was the key?")
    assert turn.shown.passages
    assert all(section.start <= start and end <= section.end for start, end in turn.shown.passages)
    assert section.title in turn.scope_words


def test_a_selection_is_asked_about_and_can_be_taken_away(reading, panel, ask, desktop):
    start = library.text(desktop.services, panel._desk.document.document_id).index("pickled walnuts")
    panel.ask_about(start, start + 60, "pickled walnuts at his desk")
    assert "pickled walnuts" in panel.selection_chip.words
    panel.selection_chip.close_button.click()
    assert panel.scope.currentData() == Part.BOOK
    panel.ask_about(start, start + 60, "pickled walnuts at his desk")
    turn = ask("What is meant by this?")
    assert turn.shown.passages
    assert all(start <= first and last <= start + 60 for first, last in turn.shown.passages)
    assert panel.scope.currentData() == Part.BOOK
    assert not panel.selection_chip.words


def test_a_preview_tells_what_asking_then_reads(panel, ask, qtbot):
    ask(KEEPER)
    panel.box.setPlainText(WALNUTS)
    qtbot.waitUntil(lambda: bool(panel.preview.text()), timeout=20_000)
    told = panel.preview.text()
    QTest.keyClick(panel.box, Qt.Key.Key_Return)
    turn = answered(panel, qtbot)
    figures = turn.shown.figures
    assert f"would read {figures.prompt_tokens - figures.reused_tokens} tokens" in told
    assert f"({figures.reused_tokens} re-used)" in told
    assert not panel.preview.text()


# -- stopping ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def slow_model(monkeypatch):
    """The model reads its prompt only once it is let go."""
    go = threading.Event()
    read = EchoBackend.read

    def wait(backend, token_ids, state):
        go.wait(10)
        return read(backend, token_ids, state)

    monkeypatch.setattr(EchoBackend, "read", wait)
    yield go
    go.set()


def test_while_the_model_reads_its_progress_and_the_book_are_shown(panel, qtbot, slow_model):
    panel.box.setPlainText(WALNUTS)
    panel.ask()
    turn = panel.turns[-1]
    qtbot.waitUntil(lambda: "tokens" in turn.waiting.label.text(), timeout=20_000)
    assert turn.waiting.isVisible() and turn.waiting.bar.maximum() > 100
    assert "walnuts" in turn.places.places[0].quote
    slow_model.set()
    answered(panel, qtbot)
    assert not turn.waiting.isVisible()


def test_escape_stops_an_answer_which_is_kept_and_can_be_asked_again(panel, qtbot, desktop, slow_model):
    panel.box.setPlainText(WALNUTS)
    panel.ask()
    qtbot.waitUntil(lambda: bool(panel.turns[-1].places.places), timeout=20_000)
    QTest.keyClick(panel.box, Qt.Key.Key_Escape)
    slow_model.set()
    turn = answered(panel, qtbot)
    assert turn.is_stopped and "Stopped" in turn._note.text()
    assert kept(desktop, panel) == [[WALNUTS]]
    assert "walnuts" in turn.places.places[0].quote
    assert not turn.actions_row.go_on.isVisible()  # nothing had been said yet
    turn.actions_row.again.click()
    turn = answered(panel, qtbot)
    qtbot.waitUntil(lambda: not panel.turns[-1].is_stopped, timeout=20_000)
    assert len(panel.turns[-1].shown.versions) == 2


# -- versions, branches, deleting --------------------------------------------------------------------------------------


def test_answering_again_stands_beside_the_first_and_the_arrows_step_through(reading, panel, ask, qtbot):
    first = ask(KEEPER).shown.row.turn_id
    reading.menu_actions["ask.again"].trigger()
    second = answered(panel, qtbot)
    assert second.shown.versions[0] == first and second.shown.version == 1
    QTest.keyClick(panel.box, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: panel.turns[-1].shown is not None and panel.turns[-1].shown.version == 0, timeout=20_000)
    QTest.keyClick(panel.box, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: panel.turns[-1].shown is not None and panel.turns[-1].shown.version == 1, timeout=20_000)


def test_up_in_an_empty_box_changes_the_last_question_and_what_followed_stays_with_its_version(panel, ask, qtbot):
    ask(KEEPER)
    QTest.keyClick(panel.box, Qt.Key.Key_Up)
    assert panel.box.toPlainText() == KEEPER
    assert KEEPER[:20] in panel.editing_chip.words
    panel.box.setPlainText(WALNUTS)
    QTest.keyClick(panel.box, Qt.Key.Key_Return)
    turn = answered(panel, qtbot)
    assert questions(panel) == [WALNUTS]
    assert len(turn.shown.versions) == 2
    assert not panel.editing_chip.words
    turn.actions_row.earlier.click()
    qtbot.waitUntil(lambda: questions(panel) == [KEEPER], timeout=20_000)


@pytest.mark.parametrize("act", ["delete", "branch"])
def test_a_question_that_goes_while_it_is_changed_is_asked_as_a_new_one(panel, ask, qtbot, act):
    first = ask(WALNUTS)
    ask(KEEPER)
    QTest.keyClick(panel.box, Qt.Key.Key_Up)
    row = panel.turns[-1].actions_row if act == "delete" else first.actions_row
    getattr(row, act).trigger()
    qtbot.waitUntil(lambda: questions(panel) == [WALNUTS], timeout=20_000)
    assert not panel.editing_chip.words
    assert panel.box.toPlainText() == KEEPER
    QTest.keyClick(panel.box, Qt.Key.Key_Return)
    assert panel.is_answering
    answered(panel, qtbot)
    assert questions(panel) == [WALNUTS, KEEPER]


def test_a_branch_goes_on_alone(panel, ask, qtbot, desktop):
    first = ask(KEEPER)
    ask(WALNUTS)
    first.actions_row.branch.trigger()
    qtbot.waitUntil(lambda: questions(panel) == [KEEPER], timeout=20_000)
    ask("Who is Thirza?")
    assert kept(desktop, panel) == [[KEEPER, "Who is Thirza?"], [KEEPER, WALNUTS]]


def test_a_deleted_question_can_be_put_back(panel, ask, qtbot, desktop):
    first = ask(KEEPER)
    ask(WALNUTS)
    first.actions_row.delete.trigger()
    qtbot.waitUntil(lambda: questions(panel) == [WALNUTS], timeout=20_000)
    assert kept(desktop, panel) == [[WALNUTS]]
    panel.banner._button.click()
    qtbot.waitUntil(lambda: questions(panel) == [KEEPER, WALNUTS], timeout=20_000)


# -- conversations -----------------------------------------------------------------------------------------------------


def test_conversations_are_searched_opened_renamed_removed_and_put_back(reading, panel, ask, qtbot, desktop):
    ask(KEEPER)
    reading.menu_actions["ask.new"].trigger()
    assert not panel.turns
    ask(WALNUTS)
    panel.history_button.click()
    history = panel.history
    qtbot.waitUntil(lambda: history.list.count() == 2, timeout=20_000)
    QTest.keyClicks(history.search, "LIGHTHOUSE")
    qtbot.waitUntil(lambda: history.list.count() == 1, timeout=20_000)
    history.list.item(0).setText("Who keeps it")
    qtbot.waitUntil(
        lambda: (
            "Who keeps it"
            in [row.title for row in conversations.find(desktop.services, panel._desk.document.document_id)]
        ),
        timeout=20_000,
    )
    qtbot.waitUntil(lambda: history.list.count() == 1, timeout=20_000)
    history.list.itemActivated.emit(history.list.item(0))
    qtbot.waitUntil(lambda: questions(panel) == [KEEPER], timeout=20_000)
    assert panel.conversation.isVisible()
    panel.history_button.click()
    qtbot.waitUntil(lambda: history.list.count() == 2, timeout=20_000)
    qtbot.waitUntil(lambda: history.list.currentItem() is not None, timeout=20_000)
    history.remove_button.click()
    qtbot.waitUntil(lambda: history.list.count() == 1, timeout=20_000)
    assert not panel.turns
    panel.banner._button.click()
    qtbot.waitUntil(lambda: questions(panel) == [KEEPER], timeout=20_000)


def test_an_answer_on_its_way_is_kept_with_its_conversation_when_one_turns_to_another(reading, panel, qtbot, desktop):
    panel.box.setPlainText(KEEPER)
    panel.ask()
    panel.begin_conversation()
    assert not panel.is_answering and not panel.turns
    qtbot.waitUntil(lambda: kept(desktop, panel) == [[KEEPER]], timeout=20_000)
    QTest.qWait(100)
    assert not panel.turns


@pytest.mark.parametrize("suffix", ["md", "txt", "jsonl"])
def test_a_saved_conversation_has_every_citation(reading, panel, ask, qtbot, tmp_path, monkeypatch, suffix):
    cited = [place for question in (KEEPER, WALNUTS) for place in ask(question).shown.cited]
    path = tmp_path / f"talk.{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    reading.menu_actions["ask.save"].trigger()
    qtbot.waitUntil(lambda: path.name in panel.banner.sentence, timeout=20_000)
    text = path.read_text(encoding="utf-8")
    assert KEEPER in text and WALNUTS in text
    assert all(" ".join(place.quote.split()) in text for place in cited)


def test_shift_and_enter_breaks_the_line(panel):
    panel.box.setPlainText("")
    QTest.keyClicks(panel.box, "one")
    QTest.keyClick(panel.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(panel.box, "two")
    assert panel.box.toPlainText() == "one\ntwo"
    assert not panel.is_answering


def test_choosing_the_whole_book_takes_the_selection_away(panel, desktop):
    start = library.text(desktop.services, panel._desk.document.document_id).index("pickled walnuts")
    panel.ask_about(start, start + 15, "pickled walnuts")
    panel.scope.setCurrentIndex(panel.scope.findData(Part.BOOK))
    assert not panel.selection_chip.words
    assert panel.scope.findData(Part.SELECTION) < 0
    panel.ask_about(start, start + 15, "pickled walnuts")
    assert panel.scope.currentData() == Part.SELECTION


def test_a_question_asked_before_the_history_is_read_stays_in_view(reading, panel, ask, qtbot, desktop):
    ask(KEEPER)
    panel.open(reading.reader.document, reading.reader._sections)
    panel.box.setPlainText(WALNUTS)
    panel.ask()
    answered(panel, qtbot)
    assert questions(panel) == [WALNUTS]
    assert kept(desktop, panel) == [[WALNUTS], [KEEPER]]
