"""Three people and their books, in the real window with the real model; the engine in its process, as users have it.

A story is a generator: it clicks and types, and yields what to wait for before it goes on. Each story given to `live` is one life of
the program, from its start to its closed window; the long reader's first life is a process of its own, because it is killed.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QWidget

from app.desktop import application
from app.desktop.application import Desktop
from app.desktop.languages import Languages
from app.desktop.qt_application import make_application
from app.desktop.widgets.forget_dialog import ForgetDialog
from app.desktop.widgets.forget_proof import ForgetProof
from app.desktop.widgets.job_line import JobLine
from app.desktop.widgets.turn_view import TurnView
from app.desktop.widgets.welcome_card import WelcomeCard
from app.operations import library, notes, pages
from engine.errors import ModelError
from engine.loading import embedded_model
from engine.process import KILLED

pytestmark = [pytest.mark.model, pytest.mark.timeout(1500)]

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 400.0
"""How long a story waits for what it wants to see: the engine stands back for everything else on a busy machine."""
SECRET = b"Thirza Cobbold"

Story = Callable[[Desktop], Iterator[Callable[[], object]]]


# -- hands and eyes ----------------------------------------------------------------------------------------------------


def press(window: QWidget, keys: str) -> None:
    """Keys, as they reach whatever has the keyboard."""
    QTest.keySequence(QApplication.focusWidget() or window, QKeySequence(keys))


def write(words: str) -> None:
    QTest.keyClicks(QApplication.focusWidget(), words)


def click(widget: QWidget) -> None:
    assert widget.isVisible() and widget.isEnabled(), widget.accessibleName()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def click_on_link(label: QWidget) -> None:
    """On the first words of a label that leads somewhere."""
    at = QPoint(6, label.fontMetrics().height() // 2)
    QTest.mouseMove(label, at)
    QTest.mouseClick(label, Qt.MouseButton.LeftButton, pos=at)


def drop(page: QWidget, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    QApplication.sendEvent(page, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none))


def ask(window, question: str) -> TurnView:
    """Ctrl+K, the question, Enter."""
    press(window, "Ctrl+K")
    write(question)
    press(window, "Return")
    assert window.reader.ask_panel.is_answering
    return window.reader.ask_panel.turns[-1]


def is_reading_story(desktop: Desktop) -> bool:
    document = desktop.window.reader.document
    return document is not None and document.sample


def learning_line(window) -> JobLine | None:
    return next((line for line in window.strip.lines if line.kind == "learn"), None)


def curve_points(window) -> int:
    return len(window.reader.memory_panel.curve._points)


# -- lives of the program ----------------------------------------------------------------------------------------------


@pytest.fixture
def live(tmp_path, monkeypatch):
    """Run the program once with a story, with the files of its command line; close its window at the story's end."""
    try:
        embedded_model()
    except ModelError as problem:
        pytest.fail(str(problem))
    app = QApplication.instance() or make_application(["palimpsest"])
    Languages().use("en")
    runtime = Path(tempfile.mkdtemp())  # short: the name of a socket has to fit
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setattr(application, "make_application", lambda argv: app)
    start = Desktop.start

    def run(story: Story, *files: Path) -> None:
        problems: list[BaseException] = []

        def start_with_story(desktop: Desktop, given: list[Path]) -> None:
            desktop.languages.use("en")
            start(desktop, given)
            steps, timer = story(desktop), QTimer(desktop)
            waiting: dict[str, object] = {"until": lambda: True, "since": time.monotonic()}

            def step() -> None:
                timer.stop()  # a step may run an event loop of its own
                try:
                    if "inside Palimpsest" in desktop.window.banner.sentence:
                        steps.throw(AssertionError("an exception nobody caught"))  # type: ignore[attr-defined]
                    if waiting["until"]():  # type: ignore[operator]
                        waiting.update(until=next(steps), since=time.monotonic())
                    elif time.monotonic() - waiting["since"] > WAIT_S:  # type: ignore[operator]
                        steps.throw(AssertionError("waited in vain"))  # type: ignore[attr-defined]
                    timer.start(30)
                except StopIteration:
                    desktop.window.close()
                except BaseException as problem:
                    problems.append(problem)
                    desktop.window.close()

            timer.timeout.connect(step)
            timer.start(30)

        monkeypatch.setattr(Desktop, "start", start_with_story)
        status = application.main(["palimpsest"], tmp_path / "data", list(files))
        if problems:
            raise problems[0]
        assert status == 0

    yield run
    Languages().use("en")
    logging.getLogger().setLevel(logging.WARNING)
    assert not list(runtime.iterdir())
    runtime.rmdir()


# -- the newcomer ------------------------------------------------------------------------------------------------------


def test_the_newcomer_learns_the_story_asks_comes_back_and_forgets_it(live, tmp_path):
    kept: dict[str, object] = {}

    def first_evening(desktop):
        window, reader = desktop.window, desktop.window.reader
        yield lambda: is_reading_story(desktop) and window.findChild(WelcomeCard) is not None
        click(window.findChild(WelcomeCard).learn_button)
        yield lambda: learning_line(window) is not None and window.findChild(WelcomeCard) is None

        press(window, "Ctrl+M")
        panel = reader.memory_panel
        yield lambda: curve_points(window) >= 1
        before = curve_points(window)
        assert panel.curve.isVisible() and panel.chapters.isVisible()
        yield lambda: curve_points(window) > before
        assert "Learning “" in learning_line(window).words
        assert "tokens" in learning_line(window).words

        press(window, "Ctrl+K")
        questions = reader.ask_panel.suggestions.buttons
        assert len(questions) == 3
        pieces: list[str] = []
        desktop.bridge.job_started.connect(lambda job: job.text.connect(pieces.append))
        click(questions[0])
        turn = reader.ask_panel.turns[-1]
        yield lambda: turn.shown is not None
        assert len(pieces) > 1 and "".join(pieces).strip() == turn.text.strip()
        assert "Spinster" in turn.text
        cited = turn.shown.cited[0]
        assert "Spinster" in cited.quote
        yield lambda: turn.places.labels[0].isVisible()
        place = reader.view.place
        assert not place <= cited.start < reader.view.end_of_view
        click_on_link(turn.places.labels[0])
        yield lambda: reader.view.place <= cited.start < reader.view.end_of_view
        assert reader.view._marks._lit == (cited.start, cited.end)
        press(window, "Alt+Left")
        yield lambda: reader.view.place == place
        press(window, "Alt+Right")
        yield lambda: reader.view.place != place

        click(learning_line(window).pause_button)
        yield lambda: not desktop.services.open_tickets()
        kept.update(place=reader.view.place, answer=turn.text, cited=turn.shown.cited, points=curve_points(window))

    def next_evening(desktop):
        window, reader = desktop.window, desktop.window.reader
        yield lambda: window.library.selected is not None and learning_line(window) is not None
        assert "Paused learning" in learning_line(window).words
        assert not window.going_on._offers  # it was paused by hand: nobody asks
        press(window, "Return")
        yield lambda: is_reading_story(desktop) and len(reader.ask_panel.turns) == 1
        assert reader.view.place == kept["place"]
        turn = reader.ask_panel.turns[0]
        assert (turn.text, turn.shown.cited) == (kept["answer"], kept["cited"])
        click(learning_line(window).pause_button)
        yield lambda: curve_points(window) > kept["points"]

        press(window, "Ctrl+1")
        yield lambda: window.library.list.hasFocus()
        press(window, "Shift+Del")
        yield lambda: window.findChild(ForgetDialog) is not None
        dialog = window.findChild(ForgetDialog)
        click(next(each for each in dialog.findChildren(QPushButton) if each.accessibleName() == "Forget for good"))
        yield lambda: "forgotten" in window.library.banner.sentence
        assert reader.document is None and not desktop.services.open_tickets()
        click(window.library.banner._button)
        yield lambda: window.findChild(ForgetProof) is not None
        proof = window.findChild(ForgetProof)
        assert proof.traces.text() == "0 traces found", proof.traces.text()
        proof.accept()
        assert not found_in(tmp_path / "data", SECRET)

    live(first_evening)
    assert found_in(tmp_path / "data", SECRET)
    live(next_evening)
    assert not found_in(tmp_path / "data", SECRET)


def found_in(folder: Path, words: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


# -- the student -------------------------------------------------------------------------------------------------------


@pytest.mark.data
def test_the_student_works_with_a_book_and_a_paper(live, shared_data, tmp_path, monkeypatch):
    book = shared_data / "epub_misc" / "readest" / "sample-alice.epub"
    paper = shared_data / "pdf_pypdf" / "006-pdflatex-outline" / "pdflatex-outline.pdf"

    def term(desktop):
        window, reader, shelf = desktop.window, desktop.window.reader, desktop.window.library
        yield lambda: is_reading_story(desktop)
        press(window, "Ctrl+1")
        drop(shelf, book, paper)
        yield lambda: shelf.report.isVisible()
        assert shelf.report.sentence.startswith("2 added")
        documents = {row.format: row.document_id for row in library.list_documents(desktop.services) if not row.sample}
        assert set(documents) == {"epub", "pdf"}
        yield lambda: shelf._model.rowCount() == 3

        shelf.list.select([documents["pdf"]])
        press(window, "Return")
        yield lambda: reader.document.document_id == documents["pdf"]
        yield reader.original_button.isEnabled
        press(window, "F9")
        yield lambda: reader.original.sheet._picture is not None
        assert reader.original.isVisible() and reader.view.isVisible()
        press(window, "Ctrl+G")
        write("p. 3")
        press(window, "Return")
        third = pages.offset_of_page(desktop.services, documents["pdf"], 2)
        yield lambda: reader.view.place <= third <= reader.view.end_of_view and reader.original.page == 2
        press(window, "F9")

        press(window, "Ctrl+1")
        shelf.list.select([documents["epub"]])
        press(window, "Return")
        yield lambda: reader.document.document_id == documents["epub"]
        text = library.text(desktop.services, documents["epub"])
        press(window, "Ctrl+F")
        write("Dormouse")
        yield lambda: len(reader.find_bar.hits) == text.lower().count("dormouse") > 10
        yield lambda: reader.results.isVisible()
        press(window, "Return")
        hit = reader.find_bar.hits[reader.find_bar.current]
        yield lambda: reader.view.place <= hit[0] < reader.view.end_of_view
        press(window, "Escape")

        press(window, "Shift+Down")
        press(window, "Shift+Down")
        yield lambda: reader.view.selected_range is not None
        chosen = reader.view.selected_range
        press(window, "Ctrl+Shift+H")
        yield lambda: reader.notes.card.isVisible()
        write("For the essay")
        press(window, "Escape")
        yield (
            lambda: (
                [placed.row.note for placed in notes.list_annotations(desktop.services, documents["epub"])]
                == ["For the essay"]
            )
        )

        reader.view.setFocus()
        press(window, "Shift+Down")
        press(window, "Shift+Down")
        press(window, "Shift+Down")
        start, end = reader.view.selected_range
        turn = ask(window, "Who is speaking here?")
        yield lambda: turn.shown is not None
        assert (turn.shown.within.start, turn.shown.within.end) == (start, end)
        assert all(start <= place.start < place.end <= end for place in turn.places.places)
        scope = reader.ask_panel.scope
        scope.setFocus()
        press(window, "Down")
        assert scope.currentText() == "This chapter"
        press(window, "Ctrl+K")
        turn = ask(window, "What does the Dormouse say?")
        yield lambda: turn.shown is not None
        section = turn.shown.within
        assert section.start <= chosen[0] < section.end < len(text)
        assert turn.shown.passages
        assert all(section.start <= a < b <= section.end for a, b in turn.shown.passages)

        QGuiApplication.clipboard().clear()
        click(turn.actions_row.copy)
        copied = QGuiApplication.clipboard().text()
        assert turn.shown.row.answer.strip() in copied or "[1]" in copied
        assert all(place.quote in copied for place in turn.shown.cited)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "talk.md"), ""))
        window.menu_actions["ask.save"].trigger()
        yield (tmp_path / "talk.md").is_file
        assert "What does the Dormouse say?" in (tmp_path / "talk.md").read_text("utf-8")
        window.menu_actions["notes.export"].trigger()
        yield lambda: reader.notes_panel.findChild(QFileDialog) is not None
        dialog = reader.notes_panel.findChild(QFileDialog)
        name = dialog.findChild(QLineEdit, "fileNameEdit")
        name.setText(str(tmp_path / "notes.md"))
        QTest.keyClick(name, Qt.Key.Key_Return)
        yield (tmp_path / "notes.md").is_file
        assert "For the essay" in (tmp_path / "notes.md").read_text("utf-8")
        window.activateWindow()  # a desktop does so by itself when a dialog closes
        yield window.isActiveWindow

        press(window, "Ctrl+1")
        yield lambda: shelf.list.hasFocus()
        shelf.list.select([documents["pdf"]])
        yield window.menu_actions["library.remove"].isEnabled
        press(window, "Del")
        yield lambda: shelf._model.rowCount() == 2
        press(window, "Ctrl+Z")
        yield lambda: shelf._model.rowCount() == 3

        press(window, "Ctrl+2")
        turn = ask(window, "Who is the Queen of Hearts?")
        yield lambda: bool(turn.answer.words)
        desktop.preferences.language = "zh_CN"  # in the middle of the answer
        yield lambda: shelf._title.text() == "书库"
        assert reader.ask_panel.scope.currentText() != "This chapter"
        yield lambda: turn.shown is not None
        assert turn.text.strip() and not reader.ask_panel.is_answering
        desktop.preferences.language = "en"

    live(term)


# -- the long reader ---------------------------------------------------------------------------------------------------

FIRST_LIFE = """
import os, sys, threading
from pathlib import Path
from PySide6.QtCore import QTimer
from app.desktop import application
from app.desktop.application import Desktop

start = Desktop.start

def start_and_learn(desktop, files):
    start(desktop, files)
    timer = QTimer(desktop)
    def step():
        window = desktop.window
        row = window.library.selected
        if window.reader.document is None:
            if row is not None and not row.sample and not window.reader._skeleton.isVisible():
                window.open_document(row.document_id)
        elif window.reader.memory_panel.learn_button.isEnabled():
            window._control.started.connect(lambda job: print("engine", desktop.services.engine.process_id(), flush=True))
            window.reader.memory_panel.learn_button.click()
            timer.stop()
    timer.timeout.connect(step)
    timer.start(50)

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(3)), daemon=True).start()  # never longer than the test
Desktop.start = start_and_learn
sys.exit(application.main(["palimpsest"], Path(sys.argv[1]), [Path(sys.argv[2])]))
"""


@pytest.fixture
def first_life():
    """Start the program of the first life; it ends with the test, however that ends."""
    started = []

    def start(data: Path, file: Path) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", FIRST_LIFE, str(data), str(file)]
        started.append(subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for program in started:
        program.kill()
        program.wait()
        program.stdin.close()
        program.stdout.close()


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for(condition: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.1)


@pytest.mark.data
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes under /proc")
def test_the_long_reader_goes_on_after_the_worst(live, first_life, shared_data, tmp_path):
    novel = shared_data / "novels_gutenberg_long" / "244-0.txt"  # A Study in Scarlet
    data = tmp_path / "data"
    program = first_life(data, novel)
    engine = int(program.stdout.readline().split()[1])
    wait_for(lambda: program.poll() is not None or list(data.rglob("checkpoint.safetensors")))
    assert program.poll() is None
    program.send_signal(signal.SIGKILL)
    program.wait()
    wait_for(lambda: is_gone(engine))  # its engine ends with it, and holds no lock
    another = tmp_path / "another.txt"
    another.write_text("The river was low that year.\n\nNobody crossed it but the ferryman.\n", encoding="utf-8")

    def after(desktop):
        window, reader, shelf = desktop.window, desktop.window.reader, desktop.window.library
        services = desktop.services
        yield lambda: "was interrupted" in window.going_on._banner.sentence
        yield lambda: "ended unexpectedly" in window.banner.sentence
        assert window.going_on._banner.sentence.endswith("Go on?")
        yield (
            lambda: shelf._model.rowCount() == 2 and is_reading_story(desktop)
        )  # the welcome of who has not seen it yet
        press(window, "Ctrl+1")
        documents = {row.sample: row.document_id for row in library.list_documents(services)}
        shelf.list.select([documents[False]])
        press(window, "Return")
        yield lambda: not reader.document.sample and curve_points(window) > 0
        learned = reader.memory_panel._chunks[-1].tokens_done
        scores: list[int] = []
        desktop.bridge.job_started.connect(
            lambda job: job.progress.connect(lambda told: scores.append(told.done) if told.detail else None)
        )
        click(window.going_on._banner._button)
        yield lambda: bool(scores)
        assert 1000 < scores[0] <= learned + 256  # from the checkpoint, not from the first page
        assert not window.going_on._banner.isVisible()

        press(window, "Ctrl+G")
        write("15 %")
        press(window, "Return")
        yield lambda: reader.view.place > reader.document.characters // 10
        limit = reader.view.end_of_view
        reader.ask_panel.up_to_here.click()
        turn = ask(window, "Who is Sherlock Holmes?")
        yield lambda: turn.shown is not None
        assert turn.shown.passages and turn.places.places
        assert all(end <= limit for _, end in turn.shown.passages)
        assert all(place.end <= limit for place in turn.places.places)
        turn = ask(window, "Who is Lucy Ferrier?")  # nobody knows yet
        yield lambda: turn.shown is not None
        assert not turn.places.places and all(end <= limit for _, end in turn.shown.passages)
        reader.ask_panel.up_to_here.click()

        pid = services.engine.process_id()
        turn = ask(window, "What did Holmes deduce from the ring?")
        yield lambda: bool(turn.answer.words) or bool(turn.places.places)
        os.kill(pid, signal.SIGKILL)
        yield lambda: not reader.ask_panel.is_answering
        assert turn._note.text() == KILLED
        assert turn.actions_row.again.isVisible()
        click(turn.actions_row.again)
        yield lambda: turn.shown is not None
        assert turn.shown.passages and services.engine.process_id() not in (None, pid)
        yield lambda: learning_line(window) is not None and KILLED in learning_line(window).words
        click(learning_line(window).cancel_button)

        code = "import sys; from app.cli import main; main()"
        second = subprocess.Popen([sys.executable, "-c", code, "open", str(another), "--data-dir", str(data)], cwd=ROOT)
        yield lambda: second.poll() is not None
        assert second.returncode == 0
        yield lambda: len(library.list_documents(services)) == 3

    live(after)
