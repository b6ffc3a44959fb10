"""Learning, importing and what stands still, as the strip and the memory panel show them."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.desktop.application import Desktop
from app.desktop.bridge import JobHandle
from app.desktop.keep_awake import SleepLock
from app.operations import library, memories, opening, settings
from app.services import Ticket
from engine.api import ChunkScore
from engine.jobs import Failed, Finished, Progress, Stopped
from storage import jobs
from storage.memories import ChunkRow, MemoryRow, add_chunk, put_memory


def score(ordinal: int) -> ChunkScore:
    """A scored chunk, as the engine reports it."""
    done = 512 * (ordinal + 1)
    return ChunkScore(ordinal, done, 4096, done * 4, 3.2 - 0.02 * ordinal, 3.3, 512, 5.0, 27.1, 24.9)


def begin(desktop, kind, document_id, title, job_id=10_001, again=None):
    handle = JobHandle(kind, again)
    desktop.bridge._bind(handle, Ticket(job_id, kind, document_id, title))
    return handle


def end(desktop, handle, event, job_id=10_001):
    del desktop.bridge._handles[job_id]
    handle.receive(event)


def learned(document_id, memory_id, identity="echo", state="complete", model="echo", folder="memories/x/y"):
    return MemoryRow(
        memory_id,
        document_id,
        "temp_lora",
        model,
        identity,
        state,
        folder,
        20_000_000,
        2048,
        {},
        True,
        datetime.now(UTC),
    )


def keep(services, memory, chunks=4):
    with services.database.session() as session:
        put_memory(session, memory)
        for n in range(chunks):
            row = ChunkRow(n, 512 * (n + 1), 2048 * (n + 1), 3.0 - 0.1 * n, 3.2, 512, 1.0)
            add_chunk(session, memory.memory_id, row)


def test_a_learning_job_shows_its_stage_rate_gain_and_curve(reading, desktop):
    document = reading.reader.document
    handle = begin(desktop, "learn", document.document_id, document.title)
    panel, line = reading.reader.memory_panel, reading.strip.lines[-1]
    for ordinal in range(4):
        handle.receive(Progress("Learning", 512 * (ordinal + 1), 4096, "token", score(ordinal)))
    assert "2,048 of 4,096 tokens" in panel._state.text()
    assert panel.curve.isVisibleTo(panel)
    assert panel.curve.accessibleDescription().startswith("After 2,048 tokens: perplexity 27.1 without")
    assert "2,048 of 4,096 tokens" in line.words
    assert "−8.1\u202f%" in line.words
    assert not panel.learn_button.isVisibleTo(panel)
    reading.strip.note_pausing(handle)
    end(desktop, handle, Stopped())
    assert line.is_paused
    assert line.pause_button.accessibleName().startswith("Go on learning")
    line.cancel_button.click()
    assert not reading.strip.lines


def test_the_line_of_an_engine_job_tells_device_and_memory(reading, desktop, qtbot):
    document = reading.reader.document
    handle = begin(desktop, "learn", document.document_id, document.title)
    line = reading.strip.lines[-1]
    qtbot.waitUntil(lambda: "MB" in line._engine.text() or "GB" in line._engine.text(), timeout=20_000)
    end(desktop, handle, Stopped())


def test_a_failed_job_stays_with_its_sentence_and_can_be_tried_again(reading, desktop):
    document, tries = reading.reader.document, []
    handle = begin(desktop, "learn", document.document_id, document.title, again=lambda: tries.append(1))
    line = reading.strip.lines[-1]
    end(desktop, handle, Failed("The engine stopped."))
    assert reading.strip.lines == [line]
    assert "The engine stopped." in line.words
    assert line.pause_button.accessibleName().startswith("Try again")
    line.pause_button.click()
    assert tries == [1]
    next_try = begin(desktop, "learn", document.document_id, document.title, job_id=10_002)
    assert len(reading.strip.lines) == 1
    assert reading.strip.lines[0] is not line
    end(desktop, next_try, Stopped(), job_id=10_002)


def test_learning_with_a_model_that_cannot_ends_as_a_sentence_beside_the_button(reading, qtbot):
    panel = reading.reader.memory_panel
    reading.reader.show_panel(panel)
    panel.learn_button.click()
    qtbot.waitUntil(lambda: bool(panel.banner.sentence), timeout=200_000)  # the engine imports torch first
    assert "cannot learn" in panel.banner.sentence
    assert "cannot learn" in reading.strip.lines[0].words


def test_files_that_are_added_together_are_one_line(window, desktop):
    handle = begin(desktop, "import", None, "", 20_000)
    handle.receive(Progress("Adding", 311, 1004, "file"))
    (line,) = window.strip.lines
    assert line.words.startswith("Adding to the library Adding · 311 of 1,004 files")
    end(desktop, handle, Stopped(), job_id=20_000)
    assert window.strip.isHidden()


def desktop_with(qapp, tmp_path, job_state, qtbot):
    services = opening.open_services(tmp_path, echo=True)
    document = library.list_documents(services)[0]
    keep(services, learned(document.document_id, "m", state="paused"), chunks=0)
    with services.database.session() as session:
        row = jobs.add_job(session, kind="learn", document_id=document.document_id, params={})
        jobs.update_job(session, row, state=job_state)
    desktop = Desktop(qapp, services)
    desktop.start([])
    qtbot.waitUntil(lambda: any(line.is_paused for line in desktop.window.strip.lines), timeout=20_000)
    return desktop


@pytest.mark.parametrize(("state", "is_offered"), [("interrupted", True), ("paused", False)])
def test_paused_learning_waits_in_the_strip_and_interrupted_learning_is_offered(
    qtbot, qapp, tmp_path, state, is_offered
):
    desktop = desktop_with(qapp, tmp_path, state, qtbot)
    assert ("was interrupted" in desktop.window.going_on._banner.sentence) == is_offered
    with qtbot.waitSignal(desktop.closed, timeout=20_000):
        desktop.window.close()


def test_a_click_on_a_chapter_goes_there_and_the_keyboard_does_the_same(reading, desktop, qtbot):
    document, panel = reading.reader.document, reading.reader.memory_panel
    reading.reader.show_panel(panel)
    keep(desktop.services, learned(document.document_id, "m"), chunks=8)
    panel.open(document, reading.reader._sections)
    strip = panel.chapters
    qtbot.waitUntil(lambda: strip.isVisible() and strip.current is not None, timeout=20_000)
    place = len(strip._losses) - 2
    cell = strip.cell(place)
    with qtbot.waitSignal(panel.place_chosen) as chosen:
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(cell.center().x()), 20))
    assert chosen.args == [strip._losses[place].chapter.start]
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert strip.accessibleDescription() == strip.words(place + 1)
    with qtbot.waitSignal(panel.place_chosen) as chosen:
        QTest.keyClick(strip, Qt.Key.Key_Return)
    assert chosen.args == [strip._losses[place + 1].chapter.start]


def test_a_memory_is_forgotten_only_after_asking_and_nothing_of_it_is_left(reading, desktop, qtbot):
    document, panel = reading.reader.document, reading.reader.memory_panel
    reading.reader.show_panel(panel)
    folder = desktop.services.data_dir / "memories" / document.document_id / "echo"
    folder.mkdir(parents=True)
    (folder / "adapter_model.safetensors").write_bytes(b"x" * 1000)
    where = folder.relative_to(desktop.services.data_dir).as_posix()
    keep(desktop.services, learned(document.document_id, "m", folder=where))
    panel.open(document, reading.reader._sections)
    qtbot.waitUntil(panel.forget_button.isVisible, timeout=20_000)
    panel.forget_button.click()
    assert panel.banner.sentence.startswith("Forget what echo learned of this book")
    assert memories.of_document(desktop.services, document.document_id)
    panel.banner._button.click()
    qtbot.waitUntil(lambda: "0 traces left" in panel.banner.sentence, timeout=20_000)
    assert not folder.parent.exists()
    assert not memories.of_document(desktop.services, document.document_id)


def test_what_another_model_learned_is_shown_apart_and_not_as_in_use(reading, desktop, qtbot):
    document, panel = reading.reader.document, reading.reader.memory_panel
    reading.reader.show_panel(panel)
    keep(desktop.services, learned(document.document_id, "other", identity="0123", model="qwen"))
    panel.open(document, reading.reader._sections)
    qtbot.waitUntil(panel._others_title.isVisible, timeout=20_000)
    assert panel.memory is None
    assert panel.learn_button.isVisible()


def test_the_memory_page_lists_uses_and_forgets(window, desktop, qtbot):
    document = library.list_documents(desktop.services)[0]
    keep(desktop.services, learned(document.document_id, "mine"))
    keep(desktop.services, learned(document.document_id, "other", identity="0123", model="qwen"))
    window.menu_actions["window.memory"].trigger()
    page = window.memory.books
    qtbot.waitUntil(lambda: page._model.rowCount() == 2, timeout=20_000)
    page.table.setCurrentIndex(page._model.row_of("mine"))
    assert page.use_button.text() == "Leave aside"
    QTest.keyClick(page.table, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.use_button.text() == "Use when I ask", timeout=20_000)
    page.table.setCurrentIndex(page._model.row_of("other"))
    assert not page.use_button.isEnabled()
    page.forget_button.click()
    assert "qwen" in page.banner.sentence
    page.banner._button.click()
    qtbot.waitUntil(lambda: page._model.rowCount() == 1, timeout=20_000)
    assert "0 traces left" in page.banner.sentence
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.reader.document is not None, timeout=20_000)


def test_learning_up_to_here_asks_for_the_text_before_the_end_of_the_page(reading, desktop, monkeypatch):
    panel, asked = reading.reader.memory_panel, []
    monkeypatch.setattr(panel._control, "learn", lambda *args, **how: asked.append((args, how)))
    panel.learn_part_button.click()
    assert asked == [
        ((reading.reader.document.document_id,), {"resume": False, "up_to": reading.reader.view.end_of_view})
    ]


def test_a_long_job_that_ends_out_of_sight_is_told_of_unless_that_is_switched_off(window, desktop, qtbot, monkeypatch):
    notifier = window._notifier
    monkeypatch.setattr(notifier, "_long_s", 0.0)
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    handle = begin(desktop, "learn", None, "Emma")
    end(desktop, handle, Finished(None))
    qtbot.waitUntil(lambda: notifier.told == ["A book has been learned."], timeout=20_000)
    settings.change_settings(desktop.services, {"notify": False})
    handle = begin(desktop, "learn", None, "Emma", job_id=10_002)
    end(desktop, handle, Finished(None), job_id=10_002)
    qtbot.wait(300)
    assert len(notifier.told) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the inhibitor of Linux")
def test_the_sleep_lock_is_a_child_that_ends_with_it(tmp_path, monkeypatch):
    inhibitor, log = tmp_path / "systemd-inhibit", tmp_path / "held"
    inhibitor.write_text(f'#!/bin/sh\necho "$@" > {log}\nexec /bin/cat\n')
    inhibitor.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    lock = SleepLock()
    lock.hold()
    lock.hold()
    give_up_at = time.monotonic() + 10
    while not (log.exists() and log.read_text()) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    assert "--what=sleep:idle" in log.read_text()
    assert lock.is_held
    child = lock._process
    lock.release()
    assert child is not None and child.returncode == 0
    assert not lock.is_held


def test_without_an_inhibitor_nothing_is_held(monkeypatch):
    monkeypatch.setenv("PATH", str(Path("/nowhere")))
    lock = SleepLock()
    lock.hold()
    assert not lock.is_held
    lock.release()
