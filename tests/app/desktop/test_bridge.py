from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desktop.bridge import Bridge, coalesce
from app.operations import asking, library, opening
from app.services import Ticket
from engine.jobs import Failed, Finished, Progress, Stopped, Text, is_end
from storage.errors import StorageError

EVENTS = st.one_of(
    st.builds(Text, st.text(max_size=4)),
    st.builds(
        Progress, st.just("Reading"), st.integers(0, 9), st.just(9), st.just("token"), st.sampled_from([None, 1])
    ),
    st.sampled_from([Finished(1), Failed("x"), Stopped()]),
)


@given(st.lists(st.tuples(st.integers(1, 3), EVENTS), max_size=40))
def test_coalescing_loses_no_text_no_detail_no_end_and_no_last_word(arrived):
    tickets = {number: Ticket(number, "ask", None, "") for number in range(1, 4)}
    before = [(tickets[number], event) for number, event in arrived]
    after = coalesce(before)
    assert len(after) <= len(before)
    for ticket in tickets.values():
        mine, kept = ([event for each, event in events if each is ticket] for events in (before, after))
        assert "".join(e.text for e in kept if isinstance(e, Text)) == "".join(
            e.text for e in mine if isinstance(e, Text)
        )
        assert [e.detail for e in kept if isinstance(e, Progress) and e.detail] == [
            e.detail for e in mine if isinstance(e, Progress) and e.detail
        ]
        assert [e for e in kept if is_end(e)] == [e for e in mine if is_end(e)]
        assert kept[-1:] == mine[-1:] or isinstance(mine[-1], Text)


@pytest.fixture
def bridge(qtbot, qapp, tmp_path):
    bridge = Bridge(opening.open_services(tmp_path, echo=True))
    yield bridge
    if bridge._timer.isActive():
        with qtbot.waitSignal(bridge.closed, timeout=20_000):
            bridge.close(lambda: None)


def test_an_answer_arrives_in_pieces_and_ends_once_on_this_thread(bridge, qtbot):
    document = library.list_documents(bridge.services)[0]
    job = bridge.start("ask", lambda: asking.ask(bridge.services, document.document_id, "Who wrote the book?"))
    pieces, ends, threads = [], [], set()
    job.text.connect(lambda piece: (pieces.append(piece), threads.add(threading.current_thread())))
    for signal in (job.finished, job.failed, job.stopped):
        signal.connect(lambda *_: ends.append(1))
    with qtbot.waitSignal(job.ended, timeout=20_000), qtbot.waitSignal(job.finished) as finished:
        pass
    assert ends == [1]
    assert "".join(pieces).strip() == finished.args[0].answer
    assert threads == {threading.main_thread()}


def test_an_operation_that_refuses_fails_with_its_sentence(bridge, qtbot):
    job = bridge.start("ask", lambda: asking.ask(bridge.services, "no such id", "Who?"))
    with qtbot.waitSignal(job.failed, timeout=20_000) as failed:
        pass
    assert "no document" in failed.args[0]
    assert job.is_over


def test_a_query_answers_and_a_dropped_one_keeps_silent(bridge, qtbot):
    said = []
    dropped = bridge.query(lambda: 1, said.append)
    dropped.drop()
    with qtbot.waitSignal(bridge.query(lambda: 2, said.append).done, timeout=20_000):
        pass
    assert said == [2]


def test_a_failed_query_is_told_as_a_problem(bridge, qtbot):
    def read():
        raise StorageError("The library is locked by another program.")

    with qtbot.waitSignal(bridge.problem, timeout=20_000) as problem:
        bridge.query(read)
    assert problem.args == ["The library is locked by another program."]


class Witness:
    """Knows on which thread it went."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def __del__(self) -> None:
        self.seen.append(threading.current_thread().name)


def test_what_a_query_holds_goes_on_this_thread(bridge, qtbot):
    seen: list[str] = []
    answered: list[int] = []

    def read_with(witness):
        return lambda: id(witness)

    def refuse_with(witness):
        def refuse():
            raise StorageError(f"no {type(witness).__name__}")

        return refuse

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for number in range(300):
            bridge.query(read_with(Witness(seen)), answered.append)
            if number % 3 == 0:
                failed = bridge.query(refuse_with(Witness(seen)))
                failed.failed.connect(lambda _sentence: answered.append(0))
        del failed
        qtbot.waitUntil(lambda: len(answered) == 400, timeout=20_000)
    finally:
        sys.setswitchinterval(before)
    assert set(seen) == {"MainThread"}


def test_closing_stops_what_runs_and_leaves_no_thread(bridge, qtbot):
    document = library.list_documents(bridge.services)[0]
    bridge.start("ask", lambda: asking.ask(bridge.services, document.document_id, "Who?", max_new_tokens=10_000))
    farewells = []
    with qtbot.waitSignal(bridge.closed, timeout=20_000):
        bridge.close(lambda: farewells.append(threading.current_thread().name))
    assert farewells == ["event-pump"]
    alive = {thread.name for thread in threading.enumerate()}
    assert not [name for name in alive if name.startswith(("event-pump", "window-worker", "engine", "library"))]
    with pytest.raises(StorageError):
        library.list_documents(bridge.services)


CANARY = """
import sys
from PySide6.QtCore import QObject, Signal
class Bird(QObject):
    sang = Signal(bool)
bird = Bird()
before = sys.getrefcount(True)
heard = []
bird.sang.connect(heard.append)
for _ in range(5000):
    bird.sang.emit(True)
assert len(heard) == 5000
heard.clear()
assert sys.getrefcount(True) > before - 100, (before, sys.getrefcount(True))
"""


def test_emitting_true_does_not_eat_references():
    """Canary: PySide6 6.12.0 on CPython 3.11 loses a reference to True with every emit and aborts after some 500."""
    result = subprocess.run([sys.executable, "-c", CANARY], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
