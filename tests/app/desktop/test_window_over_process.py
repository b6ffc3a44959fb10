"""The window over an engine in a process of its own, as users have it; the echo backend for a model."""

from __future__ import annotations

import os
import signal

import pytest

from app.desktop.application import Desktop
from app.operations import asking, library, models, opening
from app.operations.engine_state import EngineState, engine_state
from engine.process import KILLED


@pytest.fixture
def desktop(qtbot, qapp, tmp_path):
    desktop = Desktop(qapp, opening.open_services(tmp_path, echo=True, engine_process=True, with_sample=False))
    desktop.languages.use("en")
    desktop.start([])
    qtbot.waitUntil(lambda: bool(library.list_documents(desktop.services)), timeout=120_000)
    qtbot.waitUntil(lambda: not desktop.services.open_tickets(), timeout=120_000)
    yield desktop
    if desktop.bridge._timer.isActive():
        with qtbot.waitSignal(desktop.closed, timeout=120_000):
            desktop.window.close()
    desktop.preferences.language = "en"
    qapp.sendPostedEvents()


def ask(desktop, qtbot, question):
    """The text that was streamed, and the answer that was kept."""
    document = library.list_documents(desktop.services)[0]
    pieces: list[str] = []
    job = desktop.bridge.start("ask", lambda: asking.ask(desktop.services, document.document_id, question))
    job.text.connect(pieces.append)
    with qtbot.waitSignal(job.finished, timeout=120_000) as finished:
        pass
    return "".join(pieces), finished.args[0]


def test_the_window_is_usable_before_its_story_and_its_engine_are_there(qtbot, qapp, tmp_path):
    desktop = Desktop(qapp, opening.open_services(tmp_path, echo=True, engine_process=True, with_sample=False))
    assert library.list_documents(desktop.services) == []
    assert engine_state(desktop.services) == EngineState(False, None, "", "", 0)
    desktop.start([])
    assert desktop.window.isVisible()
    qtbot.waitUntil(lambda: engine_state(desktop.services).model == "echo", timeout=120_000)
    state = engine_state(desktop.services)
    assert state.running and state.device == "cpu" and state.resident_bytes > 1_000_000
    with qtbot.waitSignal(desktop.closed, timeout=120_000):
        desktop.window.close()
    assert engine_state(desktop.services) == EngineState(False, None, "", "", 0)


def test_an_answer_streams_from_the_process_and_is_kept(desktop, qtbot):
    text, answer = ask(desktop, qtbot, "Who is the keeper of the lighthouse?")
    assert text.strip() == answer.answer
    assert answer.citations
    assert desktop.services.engine.process_id() != os.getpid()


def test_the_process_dies_and_the_next_question_is_answered(desktop, qtbot):
    before = ask(desktop, qtbot, "Who is the keeper of the lighthouse?")
    pid = desktop.services.engine.process_id()
    os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: desktop.services.engine.process_id() is None, timeout=120_000)
    assert ask(desktop, qtbot, "Who is the keeper of the lighthouse?")[0] == before[0]
    assert desktop.services.engine.process_id() not in (None, pid)


def test_a_question_under_way_when_the_process_dies_ends_as_a_sentence(desktop, qtbot):
    document = library.list_documents(desktop.services)[0]
    job = desktop.bridge.start("load_model", lambda: models.load_model(desktop.services))
    with qtbot.waitSignal(job.ended, timeout=120_000):
        pass
    pid = desktop.services.engine.process_id()
    os.kill(pid, signal.SIGSTOP)  # so that it cannot answer before it dies
    job = desktop.bridge.start("ask", lambda: asking.ask(desktop.services, document.document_id, "Who?"))
    qtbot.waitUntil(lambda: job.ticket is not None, timeout=120_000)
    qtbot.waitUntil(lambda: desktop.services.engine._active[job.ticket.job_id].child is not None, timeout=120_000)
    os.kill(pid, signal.SIGKILL)
    with qtbot.waitSignal(job.failed, timeout=120_000) as failed:
        pass
    assert failed.args == [KILLED]


def test_what_is_loaded_is_known_for_as_long_as_its_process_lives(desktop, qtbot):
    os.kill(desktop.services.engine.process_id(), signal.SIGKILL)
    qtbot.waitUntil(lambda: desktop.services.engine.process_id() is None, timeout=120_000)
    assert desktop.services.loaded_model is None
    job = desktop.bridge.start("load_model", lambda: models.load_model(desktop.services))
    with qtbot.waitSignal(job.finished, timeout=120_000) as finished:
        pass
    assert desktop.services.loaded_model == finished.args[0]
