"""Segment memory of a long book as a reader meets it: made unasked, paused, gone on with, used, forgotten; on real storage, with an
engine that encodes without a model."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.desktop import segment_control
from app.desktop.application import Desktop
from app.desktop.bridge import Bridge
from app.desktop.languages import Languages
from app.desktop.segment_control import SegmentControl
from app.desktop.segment_face import Make
from app.desktop.widgets.compress_dialog import CompressDialog
from app.desktop.widgets.segment_section import SegmentSection
from app.desktop.widgets.segment_strip import Kept
from app.operations import importing, learning, library, prompt_caches, segment_memories
from app.operations.opening import open_services
from app.operations.settings import change_settings
from engine.api import CompressMethod
from engine.jobs import Finished
from storage import jobs

WAIT_MS = 20_000
SENTENCES = "The keeper climbed the stairs of tower {} and lit the lamp before the ships came in from the west. "


@pytest.fixture(autouse=True)
def at_once(monkeypatch, fake_segments):
    """Before the services are opened, which takes the engine's handlers."""
    monkeypatch.setattr(segment_control, "ATTEND_AFTER_MS", 0)


def add_book(services, folder, name, paragraphs):
    path = folder / f"{name}.txt"
    path.write_text("\n\n".join(SENTENCES.format(n) * 3 for n in range(paragraphs)), "utf-8")
    end = services.run_until_end(importing.import_file(services, path))
    assert isinstance(end, Finished), end
    return end.result.document


@pytest.fixture
def long_id(services, tmp_path):
    """About 11,000 tokens of the fake, 43 segments."""
    return add_book(services, tmp_path, "Long", 150)


@pytest.fixture
def short_id(services, tmp_path):
    return add_book(services, tmp_path, "Short", 3)


@pytest.fixture
def compressor(services, with_segment_compressor):
    return with_segment_compressor(services.data_dir)


@pytest.fixture
def left_as(services, long_id):
    """The last job of the long book ended so in an earlier run."""

    def leave(state):
        with services.database.session() as session:
            params = {"identity": "echo", "ratio": 8, "max_tokens": None}
            row = jobs.add_job(session, kind=segment_memories.KIND, document_id=long_id, params=params)
            jobs.update_job(session, row, state=state)

    return leave


@pytest.fixture
def room(qtbot, qapp, services, fake_segments):
    """The section alone, without the window around it."""
    Languages().use("en")
    bridge = Bridge(services)
    control = SegmentControl(bridge)
    panel = SegmentSection(bridge, control)
    qtbot.addWidget(panel)
    panel.resize(360, 400)
    panel.show()

    def open_book(document_id):
        panel.open(library.get_document(services, document_id))
        control.attend(document_id)
        qtbot.waitUntil(lambda: panel._status is not None, timeout=WAIT_MS)
        return panel

    open_book.control = control
    yield open_book
    fake_segments.stop_at_segment = None
    with qtbot.waitSignal(bridge.closed, timeout=WAIT_MS):
        bridge.close(lambda: None)


@pytest.fixture
def opened(qtbot, qapp, services, fake_segments):
    """Opens the window on the library as it is, and a book in it."""
    running = []

    def open_window(document_id=None):
        desktop = Desktop(qapp, services)
        desktop.languages.use("en")
        desktop.start([])
        running.append(desktop)
        if document_id is not None:
            open_book(desktop, document_id)
        return desktop

    def open_book(desktop, document_id):
        desktop.window.open_document(document_id)
        reader = desktop.window.reader
        qtbot.waitUntil(
            lambda: reader.document is not None and reader.document.document_id == document_id, timeout=WAIT_MS
        )
        qtbot.waitUntil(lambda: section(desktop)._status is not None, timeout=WAIT_MS)

    def close():
        for desktop in running:
            if desktop.bridge._timer.isActive():
                with qtbot.waitSignal(desktop.closed, timeout=WAIT_MS):
                    desktop.window.close()

    open_window.book, open_window.close = open_book, close
    yield open_window
    fake_segments.stop_at_segment = None
    close()


@pytest.fixture
def click(qtbot):
    def press(button):
        qtbot.waitUntil(button.isEnabled, timeout=WAIT_MS)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    return press


@pytest.fixture
def says(qtbot):
    """Waits until the section says this."""

    def wait(panel, words):
        qtbot.waitUntil(lambda: words in panel.state.text(), timeout=WAIT_MS)

    return wait


@pytest.fixture
def whole(qtbot):
    """Waits until the memory is made."""

    def wait(panel):
        qtbot.waitUntil(
            lambda: panel._status is not None and panel._status.complete and panel._job is None, timeout=WAIT_MS
        )
        return panel

    return wait


def section(desktop):
    return desktop.window.reader.memory_panel.segments


def shown_section(desktop):
    reader = desktop.window.reader
    reader.show_panel(reader.memory_panel)
    return reader.memory_panel.segments


def segment_lines(desktop):
    return [line for line in desktop.window.strip.lines if line.kind == segment_memories.KIND]


def choose_ratio(panel, ratio):
    panel.ratio.show_value(ratio)
    panel.ratio.activated.emit(panel.ratio.currentIndex())


# -- by itself ---------------------------------------------------------------------------------------------------------


def test_a_long_book_gets_its_memory_once_it_is_opened(long_id, compressor, opened, fake_segments, qtbot, says, whole):
    fake_segments.stop_at_segment = 8
    desktop = opened(long_id)
    panel = shown_section(desktop)
    qtbot.waitUntil(lambda: len(segment_lines(desktop)) == 1, timeout=WAIT_MS)
    (line,) = segment_lines(desktop)
    assert "Making segment memory of “Long”" in line.words and line.pause_button.isVisible()
    says(panel, "2,048 of")
    assert panel.strip.isVisible() and panel.pause_button.isVisible() and not panel.make_button.isVisible()
    assert panel.strip.shown[0].kept is Kept.COMPRESSED and panel.strip.shown[-1].kept is Kept.WAITING
    fake_segments.stop_at_segment = None
    status = whole(panel)._status
    assert panel.state.text().startswith(f"{status.segments} segments · {status.slots:,} slots · 1:32 · ")
    assert panel.state.text().endswith(f" · last {status.verbatim_tokens} tokens word for word")
    assert panel.use_box.isChecked() and panel.forget_button.isVisible() and not panel.make_button.isVisible()
    assert [each.kept for each in panel.strip.shown] == [Kept.COMPRESSED] * status.segments + [Kept.VERBATIM]
    assert not segment_lines(desktop) and len(fake_segments.requests) == 1


def test_it_is_made_once_however_often_the_book_is_opened(long_id, short_id, compressor, room, fake_segments, whole):
    whole(room(long_id))
    room(short_id)
    room(long_id)
    QTest.qWait(100)
    assert len(fake_segments.requests) == 1


def test_what_fits_the_window_is_left_as_it_is(short_id, compressor, room, fake_segments, qtbot, qapp, click):
    panel = room(short_id)
    assert "fits the model’s window" in panel.state.text()
    assert panel.make_button.isVisible() and not panel.make_button.isEnabled()
    assert not fake_segments.requests and not panel.strip.isVisible()
    click(panel.exact_button)
    dialog = next(each for each in qapp.topLevelWidgets() if isinstance(each, CompressDialog) and each.isVisible())
    qtbot.waitUntil(lambda: dialog.form.documents.currentData() == short_id, timeout=WAIT_MS)
    assert dialog.form.wanted.document_id == short_id and dialog.form.wanted.method is CompressMethod.EXACT
    dialog.close()


def test_without_a_compressor_the_way_to_one_is_shown(long_id, room, qtbot, click):
    panel = room(long_id)
    assert "has no segment compressor yet" in panel.state.text()
    assert not panel.make_button.isEnabled()
    with qtbot.waitSignal(panel.compressor_wanted):
        click(panel.train_button)


def test_nothing_begins_where_the_settings_say_so_until_it_is_asked_for(
    long_id, compressor, room, services, fake_segments, click, whole
):
    change_settings(services, {"segments_in_background": False})
    panel = room(long_id)
    assert panel.state.text().startswith("Not made yet: ")
    QTest.qWait(100)
    assert not fake_segments.requests and panel.use_box.isHidden()
    choose_ratio(panel, "8")
    assert "That makes about " in panel.state.text()
    click(panel.make_button)
    whole(panel)
    assert fake_segments.requests[0].ratio == 8 and " · 1:8 · " in panel.state.text()


def test_what_was_made_can_be_made_again_in_less_room(long_id, compressor, room, click, says, whole):
    panel = whole(room(long_id))
    assert not panel.make_button.isVisible()
    choose_ratio(panel, "8")
    assert panel.make_button.text() == "Make again"
    click(panel.make_button)
    says(panel, " · 1:8 · ")
    assert panel.use_box.isChecked()


def test_a_model_that_gets_its_compressor_while_the_book_is_open(
    long_id, room, services, with_segment_compressor, whole
):
    panel = room(long_id)
    with_segment_compressor(services.data_dir)
    room.control.look_again()
    whole(panel)


# -- pausing and going on ----------------------------------------------------------------------------------------------


def test_pausing_and_going_on_from_the_panel_and_from_the_strip(
    long_id, compressor, opened, fake_segments, click, says, whole
):
    fake_segments.stop_at_segment = 8
    desktop = opened(long_id)
    panel = shown_section(desktop)
    says(panel, "2,048 of")
    click(panel.pause_button)
    says(panel, "Paused after 2,048 of")
    (line,) = segment_lines(desktop)
    assert line.is_paused and line.pause_button.accessibleName().startswith("Go on compressing")
    assert panel.make_button.text() == "Go on" and panel.use_box.isChecked()
    assert [each.kept for each in panel.strip.shown] == [Kept.COMPRESSED] * 8 + [Kept.WAITING]
    desktop.window._segments.attend(long_id)  # opened again: what the user paused waits for the user
    QTest.qWait(100)
    assert len(fake_segments.requests) == 1
    fake_segments.stop_at_segment = 16
    click(panel.make_button)
    says(panel, "4,096 of")
    assert [line.is_paused for line in segment_lines(desktop)] == [False]
    click(segment_lines(desktop)[0].pause_button)
    says(panel, "Paused after 4,096 of")
    fake_segments.stop_at_segment = None
    click(segment_lines(desktop)[0].pause_button)
    whole(panel)
    assert not segment_lines(desktop)


def test_two_are_never_made_at_once(long_id, compressor, room, fake_segments, qtbot):
    fake_segments.stop_at_segment = 0
    room(long_id)
    qtbot.waitUntil(lambda: bool(fake_segments.requests), timeout=WAIT_MS)
    first = room.control.running(long_id)
    assert room.control.make(long_id) is first
    room.control.look_again()
    QTest.qWait(100)
    assert len(fake_segments.requests) == 1


def test_who_turns_to_another_book_leaves_it_and_finds_it_going_on(
    long_id, short_id, compressor, room, fake_segments, qtbot, says, whole
):
    fake_segments.stop_at_segment = 8
    says(room(long_id), "2,048 of")
    room(short_id)
    qtbot.waitUntil(lambda: room.control.running(long_id) is None, timeout=WAIT_MS)
    fake_segments.stop_at_segment = None
    whole(room(long_id))
    assert len(fake_segments.requests) == 2


def test_what_nobody_asked_for_gives_way_to_what_the_user_begins_and_goes_on_behind_it(
    long_id, short_id, compressor, room, fake_segments, services, qtbot, says, whole
):
    fake_segments.stop_at_segment = 8
    panel = room(long_id)
    says(panel, "2,048 of")
    bridge = room.control._bridge
    learned = bridge.start(
        learning.KIND, lambda: learning.learn(services, short_id)
    )  # it would wait for all of the memory
    with qtbot.waitSignal(learned.ended, timeout=WAIT_MS):
        pass
    fake_segments.stop_at_segment = None
    whole(panel)
    assert len(fake_segments.requests) == 2


def test_what_the_user_began_goes_on_while_another_book_is_read(
    long_id, short_id, compressor, room, fake_segments, services, qtbot, click, says
):
    change_settings(services, {"segments_in_background": False})
    fake_segments.stop_at_segment = 8
    panel = room(long_id)
    click(panel.make_button)
    says(panel, "2,048 of")
    room(short_id)
    fake_segments.stop_at_segment = None
    qtbot.waitUntil(lambda: room.control.running(long_id) is None, timeout=WAIT_MS)
    assert segment_memories.status(services, long_id).complete and len(fake_segments.requests) == 1


def test_after_the_window_was_closed_it_is_offered_and_gone_on_with(
    long_id, compressor, opened, fake_segments, services, qtbot, qapp, click, says
):
    fake_segments.stop_at_segment = 8
    says(section(opened(long_id)), "2,048 of")
    opened.close()
    fake_segments.stop_at_segment = None
    again = Desktop(qapp, open_services(services.data_dir, echo=True))
    again.languages.use("en")
    again.start([])
    banner = again.window.going_on._banner
    qtbot.waitUntil(lambda: "segment memory of “Long” was interrupted" in banner.sentence, timeout=WAIT_MS)
    click(banner._button)
    qtbot.waitUntil(lambda: segment_memories.status(again.services, long_id).complete, timeout=WAIT_MS)
    assert len(fake_segments.requests) == 2 and not banner.sentence
    with qtbot.waitSignal(again.closed, timeout=WAIT_MS):
        again.window.close()


def test_after_a_crash_opening_the_book_goes_on_and_nothing_is_left_to_offer(
    long_id, compressor, opened, left_as, qtbot, whole
):
    left_as("interrupted")
    desktop = opened()
    banner = desktop.window.going_on._banner
    qtbot.waitUntil(lambda: "was interrupted" in banner.sentence, timeout=WAIT_MS)
    opened.book(desktop, long_id)
    whole(section(desktop))
    assert not banner.sentence


def test_what_was_paused_waits_in_the_strip_of_the_next_window(
    long_id, compressor, opened, left_as, services, qtbot, click
):
    left_as("paused")
    desktop = opened()
    qtbot.waitUntil(lambda: len(segment_lines(desktop)) == 1, timeout=WAIT_MS)
    (line,) = segment_lines(desktop)
    assert line.words.startswith("Paused: segment memory of “Long”") and not desktop.window.going_on._banner.sentence
    click(line.pause_button)
    qtbot.waitUntil(lambda: segment_memories.status(services, long_id).complete, timeout=WAIT_MS)


def test_a_failure_is_said_and_can_be_tried_again(long_id, compressor, room, fake_segments, click, says, whole):
    fake_segments.refuses = "The disk is full."
    panel = room(long_id)
    says(panel, "The disk is full.")
    fake_segments.refuses = ""
    assert panel._face.make is Make.RETRY and panel.make_button.text() == "Try again"
    click(panel.make_button)
    whole(panel)


# -- its use, and forgetting it ----------------------------------------------------------------------------------------


def test_leaving_it_aside_and_forgetting_it(
    long_id, compressor, room, fake_segments, services, qtbot, click, says, whole
):
    panel = whole(room(long_id))
    QTest.mouseClick(panel.use_box, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.use_box.height() // 2))
    qtbot.waitUntil(lambda: not segment_memories.status(services, long_id).in_use, timeout=WAIT_MS)
    click(panel.forget_button)
    assert "Forget the segment memory of this book" in panel.banner.sentence
    assert segment_memories.status(services, long_id).segments
    click(panel.banner._button)
    qtbot.waitUntil(lambda: panel.banner.sentence.startswith("The segment memory is forgotten: "), timeout=WAIT_MS)
    says(panel, "Not made yet")
    assert not segment_memories.status(services, long_id).segments
    room.control.attend(long_id)
    QTest.qWait(100)
    assert len(fake_segments.requests) == 1  # it is not made again unasked


def test_what_is_done_to_it_elsewhere_is_seen_when_one_comes_back(long_id, compressor, room, services, qtbot, whole):
    panel = whole(room(long_id))
    panel.hide()
    prompt_caches.set_in_use(services, panel._status.entry, False)
    panel.show()
    qtbot.waitUntil(lambda: not panel.use_box.isChecked(), timeout=WAIT_MS)


def test_a_question_goes_before_it_and_its_use_is_a_choice(long_id, compressor, opened, fake_segments, services, qtbot):
    fake_segments.stop_at_segment = 8
    desktop = opened(long_id)
    qtbot.waitUntil(lambda: bool(fake_segments.requests), timeout=WAIT_MS)
    panel, asked = desktop.window.reader.ask_panel, []
    submit = services.engine.submit
    services.engine.submit = lambda request, **kw: (asked.append(request), submit(request, **kw))[1]
    for number, question in enumerate(("Who climbed the stairs of tower 7?", "And who lit the lamp?")):
        panel.box.setPlainText(question)
        panel.ask()
        qtbot.waitUntil(lambda count=number: len(panel.turns) == count + 1, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: all(turn.shown is not None for turn in panel.turns), timeout=WAIT_MS)
        panel.options._segments.trigger()
    assert segment_lines(desktop)
    uses = [request.use_segments for request in asked if type(request).__name__ == "Ask"]
    assert uses == [True, False]


# -- hands -------------------------------------------------------------------------------------------------------------


def test_the_strip_opens_places_by_mouse_and_by_keys(long_id, compressor, room, whole):
    panel, chosen = whole(room(long_id)), []
    strip = panel.strip
    panel.place_chosen.connect(chosen.append)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() // 2, strip.height() // 2))
    (middle,) = chosen
    assert 0.45 < middle / panel._document.characters < 0.52
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Home)
    assert strip.accessibleDescription() == "Segment 1, at 0\u202f% of the book: compressed"
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert strip.accessibleDescription().startswith("Segment 2, ")
    QTest.keyClick(strip, Qt.Key.Key_Return)
    assert chosen[-1] == 1024
    QTest.keyClick(strip, Qt.Key.Key_End)
    assert "word for word" in strip.accessibleDescription()


def test_the_menu_makes_and_pauses_it(long_id, compressor, opened, fake_segments, services, says):
    change_settings(services, {"segments_in_background": False})
    fake_segments.stop_at_segment = 8
    desktop = opened(long_id)
    action = desktop.window.menu_actions["reader.segments"]
    action.trigger()
    says(section(desktop), "2,048 of")
    assert desktop.window.reader.side.currentWidget() is desktop.window.reader.memory_panel
    action.trigger()
    says(section(desktop), "Paused after")
    desktop.window.library.forgotten.emit(long_id)  # the book is gone: nothing of it stands in the strip
    assert not segment_lines(desktop) and section(desktop)._document is None
