"""What reads and writes, in the window: speeds told and measured, llama.cpp offered, an adapter made stronger, the writer chosen."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.desktop import speed_control
from app.desktop.bridge import Bridge
from app.desktop.compressor_control import CompressorControl
from app.desktop.languages import Languages
from app.desktop.model_control import ModelControl
from app.desktop.model_words import fit_words
from app.desktop.pages.models_page import ModelsPage
from app.desktop.speed_control import SpeedControl
from app.desktop.widgets.context_used import ContextUsed
from app.desktop.widgets.shown_turn import Figures
from app.desktop.widgets.strength_slider import StrengthSlider
from app.operations import asking, memories, model_speeds, models
from app.operations.llama_use import Writing
from app.operations.model_memory import Fit
from app.operations.opening import open_services
from app.operations.settings import change_settings, settings
from engine.api import ADAPTER_FILE, SpeedMeasured
from storage.memories import MemoryRow, put_memory

WAIT_MS = 30_000
SPEEDS = SpeedMeasured(339.0, 15.0, 183.0, 106.0, 0.0002, "a machine, 2 cores", 2)
USABLE = Writing("", False, 98_000_000, SPEEDS)
NOT_INSTALLED = 'llama.cpp is not installed: pip install "palimpsest[llama]" adds it.'


@pytest.fixture
def writing(monkeypatch):
    """Say what can write with models from now on."""
    monkeypatch.setattr(models, "writing_with", lambda folder: USABLE)
    return lambda other: monkeypatch.setattr(models, "writing_with", lambda folder: other)


@pytest.fixture
def services(tmp_path, fake_speeds):
    return open_services(tmp_path / "data", echo=True)


@pytest.fixture
def page(qtbot, qapp, services, writing):
    languages = Languages()  # its translations are there as long as it is
    languages.use("en")
    bridge = Bridge(services)
    shown = ModelsPage(bridge, ModelControl(bridge), SpeedControl(bridge), CompressorControl(bridge))
    qtbot.addWidget(shown)
    shown.resize(1100, 760)
    shown.show()
    qtbot.waitUntil(lambda: bool(shown.lines), timeout=WAIT_MS)
    yield shown
    with qtbot.waitSignal(bridge.closed, timeout=WAIT_MS):
        bridge.close(lambda: None)


def click(button) -> None:
    assert button.isVisible() and button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def speed(page):
    return page.lines[models.EMBEDDED_NAME].speed


def shows(qtbot, page, words):
    """Look at the models anew until the embedded one says this."""
    line = page.lines[models.EMBEDDED_NAME].speed
    page.reload()
    qtbot.waitUntil(lambda: words in line.words.text(), timeout=WAIT_MS)
    return line


# -- the models page -------------------------------------------------------------------------------------------------


def test_what_reads_and_writes_is_told_with_its_speed(page, speed, writing, qtbot):
    assert speed.words.text() == "Reads with PyTorch (339 tokens/s) · writes with llama.cpp (106 tokens/s)"
    assert "llama.cpp reads 183 and writes 106 tokens/s." in speed.words.toolTip()
    assert "a machine" in speed.words.toolTip() and speed.button.text() == "Measure again"
    assert not speed.copy_button.isVisible()
    writing(replace(USABLE, speeds=replace(SPEEDS, llama_reads=400.0)))
    shows(qtbot, page, "Reads (400 tokens/s) and writes (106 tokens/s) with llama.cpp")
    writing(replace(USABLE, speeds=None))
    shows(qtbot, page, "Reads with PyTorch · writes with llama.cpp. How fast is not measured yet.")
    assert speed.button.text() == "Measure speed"


def test_the_settings_are_told_where_they_decide(page, qtbot, services):
    change_settings(services, {"writer": "pytorch"})
    line = shows(qtbot, page, "Reads (339 tokens/s) and writes (15 tokens/s) with PyTorch. The settings want it so.")
    without = page.lines[models.EMBEDDED_NAME].fit.text()
    change_settings(services, {"writer": "llamacpp"})
    shows(qtbot, page, "writes with llama.cpp (106 tokens/s). The settings want it so.")
    assert page.lines[models.EMBEDDED_NAME].fit.text() != without  # the memory of both
    assert line.button.isVisible()


def test_where_llama_cpp_is_not_installed_its_command_can_be_copied(page, speed, writing, qtbot, qapp):
    writing(Writing(NOT_INSTALLED, True, 0, None))
    shows(qtbot, page, "Reads and writes with PyTorch. llama.cpp is not installed")
    assert not speed.button.isVisible()
    click(speed.copy_button)
    assert QGuiApplication.clipboard().text().startswith(sys.executable)
    assert "llama-cpp-python" in QGuiApplication.clipboard().text() and speed.copy_button.text() == "Copied"


def test_a_model_that_llama_cpp_cannot_run_says_why_and_offers_nothing(page, speed, writing, qtbot):
    sentence = "The GGUF file of tiny (tiny.gguf) was moved or changed; add it again for llama.cpp to use it."
    writing(Writing(sentence, False, 0, None))
    shows(qtbot, page, sentence)
    assert not speed.button.isVisible() and not speed.copy_button.isVisible()


def test_speed_is_measured_shown_and_can_be_stopped(page, speed, writing, qtbot, fake_speeds):
    writing(replace(USABLE, speeds=None))
    shows(qtbot, page, "not measured yet")
    fake_speeds.waits = True
    click(speed.button)
    qtbot.waitUntil(
        lambda: speed.words.text().startswith("Measuring") and speed.button.text() == "Stop", timeout=WAIT_MS
    )
    click(speed.button)
    qtbot.waitUntil(lambda: "not measured yet" in speed.words.text(), timeout=WAIT_MS)
    fake_speeds.waits = False
    click(speed.button)
    writing(USABLE)
    qtbot.waitUntil(lambda: "writes with llama.cpp (106 tokens/s)" in speed.words.text(), timeout=WAIT_MS)
    assert len(fake_speeds.requests) == 2


def test_a_measurement_that_fails_says_why(page, speed, qtbot, fake_speeds):
    fake_speeds.refuses = "Not enough memory."
    click(speed.button)
    qtbot.waitUntil(lambda: page.banner.sentence == "Not enough memory.", timeout=WAIT_MS)
    assert speed.button.text() == "Measure again"


def test_where_there_is_no_memory_for_both_it_is_said_what_works_alone():
    both = Fit(1_300_000_000, 2_000_000_000, 1_200_000_000, False, 1_100_000_000, 200_000_000)
    assert fit_words(both) == (
        "Needs about 1.1 GB of the 1.2 GB of memory that are free: PyTorch alone, llama.cpp does not fit beside it"
    )
    assert fit_words(replace(both, available_bytes=500_000_000)) == (
        "Needs about 200.0 MB of the 500.0 MB of memory that are free: llama.cpp alone, books cannot be learned"
    )
    assert fit_words(replace(both, available_bytes=100_000_000)).startswith("Does not fit")


# -- by itself -------------------------------------------------------------------------------------------------------


@pytest.fixture
def idle(monkeypatch):
    """The model in use is to be measured; the machine is quiet when this says so."""
    quiet = [True]
    monkeypatch.setattr(speed_control, "IDLE_MS", 20)
    monkeypatch.setattr(speed_control, "LATER_MS", 60)
    monkeypatch.setattr(model_speeds, "unmeasured_model", lambda services: models.EMBEDDED_NAME)
    monkeypatch.setattr(model_speeds, "is_quiet", lambda: quiet[0])
    return quiet


@pytest.fixture
def control(qtbot, qapp, services, idle):
    bridge = Bridge(services)
    made = SpeedControl(bridge)
    made.ended = []
    made.changed.connect(lambda: made.ended.append(True))
    yield made
    with qtbot.waitSignal(bridge.closed, timeout=WAIT_MS):
        bridge.close(lambda: None)


def load(control) -> None:
    services = control._bridge.services
    control._bridge.start("load_model", lambda: models.load_model(services))


def test_a_model_is_measured_once_when_nothing_else_is_to_be_done(control, qtbot, fake_speeds):
    load(control)
    qtbot.waitUntil(lambda: len(control.ended) == 1, timeout=WAIT_MS)
    load(control)
    qtbot.wait(200)
    assert len(fake_speeds.requests) == 1  # whatever became of it, it is not tried again


def test_it_gives_way_to_what_the_user_wants_and_goes_on_after_it(control, qtbot, fake_speeds, services):
    fake_speeds.waits = True
    load(control)
    qtbot.waitUntil(lambda: len(fake_speeds.requests) == 1, timeout=WAIT_MS)
    from app.operations import library

    story = library.list_documents(services)[0].document_id
    control._bridge.start("ask", lambda: asking.ask(services, story, "Who keeps the light?"))
    qtbot.waitUntil(lambda: len(control.ended) == 1, timeout=WAIT_MS)
    fake_speeds.waits = False
    qtbot.waitUntil(lambda: len(fake_speeds.requests) == 2 and len(control.ended) == 2, timeout=WAIT_MS)


def test_what_the_user_has_stopped_is_not_begun_again(control, qtbot, fake_speeds):
    fake_speeds.waits = True
    load(control)
    qtbot.waitUntil(lambda: len(fake_speeds.requests) == 1, timeout=WAIT_MS)
    control.stop(models.EMBEDDED_NAME)
    qtbot.waitUntil(lambda: len(control.ended) == 1, timeout=WAIT_MS)
    load(control)
    qtbot.wait(200)
    assert len(fake_speeds.requests) == 1


def test_what_the_user_wants_measured_gives_way_to_nothing(control, qtbot, fake_speeds):
    fake_speeds.waits = True
    load(control)
    qtbot.waitUntil(lambda: len(fake_speeds.requests) == 1, timeout=WAIT_MS)
    assert control.measure(models.EMBEDDED_NAME) is control.running(models.EMBEDDED_NAME)
    load(control)
    qtbot.wait(100)
    assert not control.ended
    fake_speeds.waits = False
    qtbot.waitUntil(lambda: len(control.ended) == 1, timeout=WAIT_MS)


def test_a_busy_machine_is_measured_later(control, qtbot, fake_speeds, idle):
    idle[0] = False
    load(control)
    qtbot.wait(200)
    assert not fake_speeds.requests
    idle[0] = True
    qtbot.waitUntil(lambda: len(fake_speeds.requests) == 1, timeout=WAIT_MS)


# -- llama.cpp is insisted on ----------------------------------------------------------------------------------------


def test_a_choice_that_cannot_be_used_is_told_beside_it(window, desktop, qtbot, monkeypatch):
    found = [Writing(NOT_INSTALLED, True, 0, None)]
    monkeypatch.setattr(model_speeds, "writing_in_use", lambda services: found[0])
    window.show_settings()
    window.settings.list.setCurrentRow(2)
    section = window.settings.asking
    qtbot.waitUntil(section.isEnabled, timeout=WAIT_MS)
    assert not section.writer_problem.isVisible()
    choose(section.writer, "llamacpp")
    qtbot.waitUntil(section.writer_problem.isVisible, timeout=WAIT_MS)
    assert (
        "Questions fail so" in section.writer_problem.words.text()
        and NOT_INSTALLED in section.writer_problem.words.text()
    )
    click(section.writer_problem.copy_button)
    assert "llama-cpp-python" in QGuiApplication.clipboard().text()
    choose(section.writer, "pytorch")
    assert not section.writer_problem.isVisible()
    found[0] = USABLE
    choose(section.writer, "llamacpp")
    qtbot.wait(200)
    assert not section.writer_problem.isVisible()


def test_a_question_that_fails_for_the_choice_is_answered_after_one_click(reader, desktop, qtbot):
    change_settings(desktop.services, {"writer": "llamacpp"})
    panel = reader.ask_panel
    reader.show_panel(panel)
    panel.box.put("Who keeps the light?")
    panel.ask()
    qtbot.waitUntil(lambda: "which cannot write with this model" in panel.banner.sentence, timeout=WAIT_MS)
    click(panel.banner._button)
    qtbot.waitUntil(lambda: bool(panel.turns) and panel.turns[-1].shown is not None, timeout=WAIT_MS)
    assert settings(desktop.services).writer == "auto" and panel.banner.isHidden()


def choose(choice, value) -> None:
    """As a person does: open the list and take an entry."""
    choice.setCurrentIndex(choice.findData(value))
    choice.activated.emit(choice.currentIndex())


# -- an adapter's strength -------------------------------------------------------------------------------------------


@pytest.fixture
def learned(reader, desktop, qtbot):
    """The story is open and was learned with the echo; its memory is in view."""
    services, document_id = desktop.services, reader.document.document_id
    row = MemoryRow(
        "m", document_id, "temp_lora", "echo", "echo", "complete", "memories/x", 1, 512, {}, True, datetime.now(UTC)
    )
    with services.database.session() as session:
        put_memory(session, row)
    (services.data_dir / row.folder).mkdir(parents=True)
    (services.data_dir / row.folder / ADAPTER_FILE).write_bytes(b"weights")
    panel = reader.memory_panel
    reader.show_panel(panel)
    panel.open(reader.document, reader._sections)
    qtbot.waitUntil(lambda: panel.strength.isVisible(), timeout=WAIT_MS)
    return panel


def kept(desktop) -> float:
    return memories.of_library(desktop.services)[0].memory.strength


def test_the_strength_of_an_adapter_is_chosen_by_keys_and_kept(learned, desktop, qtbot):
    slider = learned.strength.slider
    assert slider.value() == 100
    slider.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_PageUp):
        QTest.keyClick(slider, key)
    assert slider.value() == 135 and "135" in slider.accessibleName()
    qtbot.waitUntil(lambda: kept(desktop) == 1.35, timeout=WAIT_MS)
    QTest.keyClick(slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: kept(desktop) == 0.0, timeout=WAIT_MS)
    learned.open(None)
    learned.open(desktop.window.reader.document, desktop.window.reader._sections)
    qtbot.waitUntil(lambda: learned.strength.isVisible() and slider.value() == 0, timeout=WAIT_MS)


def test_an_adapter_that_is_left_aside_has_no_strength(learned, qtbot):
    learned.use_box.click()
    qtbot.waitUntil(lambda: not learned.strength.isVisible(), timeout=WAIT_MS)


def test_a_choice_is_told_when_the_book_is_left(learned, desktop, qtbot):
    QTest.keyClick(learned.strength.slider, Qt.Key.Key_End)
    learned.open(None)  # before the pause is over
    qtbot.waitUntil(lambda: kept(desktop) == 2.0, timeout=WAIT_MS)


def test_a_strength_is_told_once_and_in_steps(qtbot, qapp):
    slider = StrengthSlider()
    qtbot.addWidget(slider)
    slider.show()
    told: list[float] = []
    slider.chosen.connect(told.append)
    slider.show_strength(0.5)
    for value in (51, 62, 63):
        slider.slider.setValue(value)
    slider.show_strength(2.0)  # what was read before the choice was kept does not undo it
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    qtbot.wait(300)
    assert told == [0.65]


# -- the line under an answer ----------------------------------------------------------------------------------------


def test_the_line_under_an_answer_says_who_wrote_it(qtbot, qapp):
    context = ContextUsed()
    qtbot.addWidget(context)
    plain = Figures(prompt_tokens=700, reused_tokens=88, tokens_per_s=85.0, with_adapter=True)
    assert "read 612 tokens, re-used 88 · 85.0 tokens/s" in context.words(plain)
    alone = replace(plain, writer="PyTorch", reader="PyTorch")
    assert "read 612 tokens, re-used 88 · written with PyTorch, 85.0 tokens/s" in context.words(alone)
    both = replace(plain, writer="llama.cpp", reader="PyTorch", handed_over_s=0.012, adapter_scale=1.5)
    words = context.words(both)
    assert "read 612 tokens with PyTorch, re-used 88 · written with llama.cpp, 85.0 tokens/s" in words
    assert words.endswith("with adapter at 150\u202f%")
    assert context._handing_over(both) == "What PyTorch had read was handed to llama.cpp in 12 ms."
