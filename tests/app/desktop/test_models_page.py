"""The models page as a person uses it: on real storage, a hub of our own, and a tiny model."""

from __future__ import annotations

import json
import random
import shutil

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.compressor_control import CompressorControl
from app.desktop.languages import Languages
from app.desktop.model_control import ModelControl
from app.desktop.model_words import fit_words, language_words, learning_words, licence_words, parameter_words
from app.desktop.pages.models_page import ModelsPage
from app.desktop.speed_control import SpeedControl
from app.desktop.widgets.download_line import DownloadLine
from app.desktop.widgets.model_measure import ModelMeasure
from app.operations import library, model_measuring, models
from app.operations.catalogue import catalogue
from app.operations.model_memory import Fit
from app.operations.opening import open_services
from engine.api import KnownQuestion, PassageText
from engine.jobs import Progress, Stopped
from storage.memories import MemoryRow, put_memory

WAIT_MS = 30_000
SMALLEST = "smollm2-360m-instruct"
REPO = "HuggingFaceTB/SmolLM2-360M-Instruct"


@pytest.fixture
def services(tmp_path):
    return open_services(tmp_path / "data", echo=True)


@pytest.fixture
def page(qtbot, qapp, services):
    languages = Languages()  # its translations are there as long as it is
    languages.use("en")
    bridge = Bridge(services)
    shown = ModelsPage(bridge, ModelControl(bridge), SpeedControl(bridge), CompressorControl(bridge))
    qtbot.addWidget(shown)
    shown.resize(1100, 760)
    shown.show()
    qtbot.waitUntil(lambda: bool(shown.lines and shown.downloads), timeout=WAIT_MS)
    yield shown
    with qtbot.waitSignal(bridge.closed, timeout=WAIT_MS):
        bridge.close(lambda: None)


@pytest.fixture
def hub(fake_hub, tiny_model_folder):
    fake_hub.files[REPO] = {path.name: path.read_bytes() for path in tiny_model_folder.iterdir()}
    return fake_hub


@pytest.fixture
def click(qtbot):
    def press(button: QAbstractButton) -> None:
        qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=WAIT_MS)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    return press


def drop(page: QWidget, *paths) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    assert page._drop.isVisible()
    page.grab()
    QApplication.sendEvent(page, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    assert not page._drop.isVisible()


def test_the_embedded_model_stands_first_and_the_list_below_by_memory(page):
    (embedded,) = page.lines.values()
    assert embedded.model.current and not embedded.use_button.isVisible() and not embedded.remove_button.isVisible()
    assert "Apache 2.0" in embedded.facts.text() and "English" in embedded.facts.text()
    assert embedded.fit.text().startswith("Needs about")
    assert list(page.downloads) == [model.name for model in catalogue() if not model.embedded]
    for line in page.downloads.values():
        assert line.download_button.isVisible() and "to download" in line.facts.text() and line.fit.text()
        assert not line.bar.isVisible() and not line.discard_button.isVisible()


def test_nothing_is_asked_of_the_hub_before_the_click(page, hub, qtbot, click):
    page.reload()
    qtbot.wait(50)
    assert not hub.requests


def test_a_model_is_downloaded_added_used_and_removed_and_put_back(page, hub, qtbot, services, click):
    click(page.downloads[SMALLEST].download_button)
    qtbot.waitUntil(lambda: "can be used" in page.banner.sentence, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: SMALLEST in page.lines and SMALLEST not in page.downloads, timeout=WAIT_MS)
    line = page.lines[SMALLEST]
    assert "Apache 2.0" in line.facts.text() and not line.model.current
    with qtbot.waitSignal(page.switched, timeout=WAIT_MS):
        click(page.banner._button)
    qtbot.waitUntil(lambda: page.lines[SMALLEST].model.current, timeout=WAIT_MS)
    assert page.banner.sentence.startswith("“SmolLM2 360M Instruct” is used from now on")
    click(line.remove_button)
    qtbot.waitUntil(lambda: SMALLEST not in page.lines, timeout=WAIT_MS)
    assert page.lines[models.EMBEDDED_NAME].model.current and SMALLEST in page.downloads
    click(page.banner._button)
    qtbot.waitUntil(lambda: SMALLEST in page.lines, timeout=WAIT_MS)
    assert page.lines[SMALLEST].model.current


def test_a_download_is_paused_gone_on_with_and_discarded(page, hub, qtbot, click):
    hub.files[REPO]["model.safetensors"] = random.Random(0).randbytes(400_000)
    hub.gate.clear()
    line = page.downloads[SMALLEST]
    click(line.download_button)
    qtbot.waitUntil(lambda: line.pause_button.isVisible() and "Downloading" in line.state.text(), timeout=WAIT_MS)
    assert line.bar.isVisible() and not line.download_button.isVisible()
    click(line.pause_button)
    qtbot.waitUntil(lambda: line.state.text().startswith("Paused at"), timeout=WAIT_MS)
    assert line.download_button.text() == "Go on" and line.discard_button.isVisible()
    click(line.discard_button)
    qtbot.waitUntil(lambda: line.download_button.text() == "Download", timeout=WAIT_MS)
    assert not line.bar.isVisible() and not line.state.isVisible()


@pytest.mark.parametrize("how, words", [("gated", "accept its licence"), ("broken", "checksum"), ("away", "no model")])
def test_a_failed_download_says_why_beside_the_model_and_can_be_tried_again(page, hub, qtbot, how, words, click):
    if how == "gated":
        hub.gated = True
    elif how == "broken":
        hub.broken.add("model.safetensors")
    else:
        del hub.files[REPO]
    line = page.downloads[SMALLEST]
    click(line.download_button)
    qtbot.waitUntil(lambda: words in line.state.text(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: line.download_button.isVisible() and line.download_button.isEnabled(), timeout=WAIT_MS)
    assert line.download_button.text() == "Try again" and not page.banner.sentence
    if how == "broken":
        hub.broken.clear()
        click(line.download_button)
        qtbot.waitUntil(lambda: SMALLEST in page.lines, timeout=WAIT_MS)


def test_a_hub_that_cannot_be_reached_is_said_beside_the_model(page, hub, qtbot, monkeypatch, click):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    line = page.downloads[SMALLEST]
    click(line.download_button)
    qtbot.waitUntil(lambda: "cannot be reached" in line.state.text(), timeout=WAIT_MS)


def test_any_model_of_the_hub_can_be_named(page, hub, qtbot, tiny_model_folder, click):
    hub.files["me/Tiny"] = {path.name: path.read_bytes() for path in tiny_model_folder.iterdir()}
    QTest.keyClicks(page.other, "me/Tiny")
    QTest.keyClick(page.other, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "tiny" in page.lines, timeout=WAIT_MS)
    assert page.lines["tiny"].model.source.startswith("me/Tiny@")
    QTest.keyClicks(page.other, "nonsense")
    click(page.other_button)
    qtbot.waitUntil(lambda: "owner/name" in page.banner.sentence, timeout=WAIT_MS)


def test_a_folder_dropped_on_the_page_is_added_and_stays_where_it_is(page, qtbot, tiny_model_folder, click):
    drop(page, tiny_model_folder)
    qtbot.waitUntil(lambda: "tiny" in page.lines, timeout=WAIT_MS)
    line = page.lines["tiny"]
    assert "Licence unknown" in line.facts.text() and str(tiny_model_folder) in line._origin.text()
    click(line.remove_button)
    qtbot.waitUntil(lambda: "Your own file or folder stays" in page.banner.sentence, timeout=WAIT_MS)
    assert (tiny_model_folder / "model.safetensors").is_file()


def test_a_hostile_or_wrong_folder_is_one_sentence(page, qtbot, tiny_model_folder, tmp_path):
    hostile = shutil.copytree(tiny_model_folder, tmp_path / "hostile")
    config = json.loads((hostile / "config.json").read_text("utf-8"))
    (hostile / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "evil.Model"}}), "utf-8")
    (tmp_path / "book.epub").write_bytes(b"PK")
    for path, words in ((hostile, "code of its own"), (tmp_path / "book.epub", "GGUF"), (tmp_path, "config.json")):
        drop(page, path)
        qtbot.waitUntil(lambda words=words: words in page.banner.sentence, timeout=WAIT_MS)
        page.banner.hide()
    assert list(page.lines) == [models.EMBEDDED_NAME]


def test_a_model_that_does_not_fit_is_said_before_it_is_added(page, qtbot, tiny_model_folder, monkeypatch, click):
    monkeypatch.setattr("app.operations.model_memory.available_bytes", lambda: 10_000_000)
    page._budget = None
    page.reload()
    qtbot.waitUntil(lambda: page._budget is not None, timeout=WAIT_MS)
    line = next(iter(page.downloads.values()))
    qtbot.waitUntil(lambda: line.fit.text().startswith("Does not fit"), timeout=WAIT_MS)
    drop(page, tiny_model_folder)
    qtbot.waitUntil(lambda: "Does not fit: needs about" in page.banner.sentence, timeout=WAIT_MS)
    assert page.banner._button.text() == "Add anyway" and "tiny" not in page.lines
    click(page.banner._button)
    qtbot.waitUntil(lambda: "tiny" in page.lines, timeout=WAIT_MS)


def test_switching_tells_of_memories_that_rest(page, qtbot, services, tiny_model_folder, qapp, click):
    from datetime import UTC, datetime

    document = library.list_documents(services)[0]
    row = MemoryRow("m", document.document_id, "temp_lora", "x", models.find_model(services, models.EMBEDDED_NAME).identity,
                    "complete", "memories/x", 1, 1, {}, True, datetime.now(UTC))  # fmt: skip
    with services.database.session() as session:
        put_memory(session, row)
    drop(page, tiny_model_folder)
    qtbot.waitUntil(lambda: "tiny" in page.lines, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "1 memory made" in page.lines[models.EMBEDDED_NAME]._origin.text(), timeout=WAIT_MS)
    click(page.lines["tiny"].use_button)
    qtbot.waitUntil(lambda: "made with another model" in page.banner.sentence, timeout=WAIT_MS)
    assert models.list_models(services)[1].current


def test_a_model_that_cannot_be_loaded_gives_way_to_the_one_before(
    page, qtbot, services, tiny_model_folder, monkeypatch, click
):
    drop(page, tiny_model_folder)
    qtbot.waitUntil(lambda: "tiny" in page.lines, timeout=WAIT_MS)
    from storage.errors import StorageError

    load = models.load_model

    def fail_once(services):
        monkeypatch.setattr("app.operations.models.load_model", load)
        raise StorageError("tiny needs 9.1 GB of memory and 7.8 GB are free.")

    monkeypatch.setattr("app.operations.models.load_model", fail_once)
    click(page.lines["tiny"].use_button)
    qtbot.waitUntil(lambda: "9.1 GB" in page.banner.sentence, timeout=WAIT_MS)
    assert "“SmolLM2 135M Instruct” is used on." in page.banner.sentence
    assert models.list_models(services)[0].current


def test_another_hub_can_be_chosen_and_left_again(page, qtbot, monkeypatch, click):
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    click(page.hub.fold)
    for address, words in (("http://mirror.example", "no https address"), ("https://mirror.example", "")):
        page.hub.address.setText(address)
        click(page.hub.use_button)
        qtbot.waitUntil(lambda words=words: words in page.banner.sentence, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "comes from mirror.example" in page._fetch_words.text(), timeout=WAIT_MS)
    click(page.hub.usual_button)
    qtbot.waitUntil(lambda: "comes from huggingface.co" in page._fetch_words.text(), timeout=WAIT_MS)


def test_how_a_model_reads_best_is_measured_shown_and_can_be_stopped(
    page, qtbot, click, tiny_model_folder, monkeypatch
):
    few = (KnownQuestion("Who keeps the lighthouse?", ("Mira Oster",)),)
    story = ("The Keeper", (PassageText(0, 31, "Mira Oster keeps the lighthouse."),))
    monkeypatch.setattr(model_measuring, "known_questions", lambda: few)
    monkeypatch.setattr(model_measuring, "_story", lambda: story)
    drop(page, tiny_model_folder)
    qtbot.waitUntil(lambda: "tiny" in page.lines, timeout=WAIT_MS)
    assert not page.lines[models.EMBEDDED_NAME].measure.isVisible() and not page.lines["tiny"].measure.isVisible()
    click(page.lines["tiny"].use_button)
    measure = page.lines["tiny"].measure
    qtbot.waitUntil(lambda: measure.isVisible() and "not measured yet" in measure.words.text(), timeout=WAIT_MS)
    click(measure.button)
    qtbot.waitUntil(lambda: measure.words.text().startswith("Reads passages"), timeout=4 * WAIT_MS)
    assert "Of 1 questions it answered" in measure.words.text() and measure.button.text() == "Measure"
    monkeypatch.setattr(model_measuring, "known_questions", lambda: few * 500)
    click(measure.button)
    qtbot.waitUntil(lambda: "questions" in measure.words.text() and measure.button.text() == "Stop", timeout=WAIT_MS)
    click(measure.button)
    qtbot.waitUntil(lambda: "Of 1 questions it answered" in measure.words.text(), timeout=WAIT_MS)


def test_everything_that_takes_the_focus_has_a_name(page):
    nameless = []
    for widget in page.findChildren(QWidget):
        is_inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QAbstractButton | QLineEdit)
        takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if not is_inner and (takes_tab or isinstance(widget, QAbstractButton)) and not widget.accessibleName():
            nameless.append((type(widget).__name__, type(widget.parent()).__name__))
    assert not nameless


def test_the_keyboard_reaches_every_button(page, qtbot):
    page.activateWindow()
    page.add_button.setFocus()
    reached = set()
    for _ in range(60):
        widget = QApplication.focusWidget()
        if widget is None or widget in reached:
            break
        reached.add(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert {line.download_button for line in page.downloads.values()} <= reached
    assert {page.other, page.other_button} <= reached


def test_the_page_speaks_chinese_where_the_catalogue_does(page, qtbot, qapp):
    languages = Languages()
    languages.use("zh_CN")
    try:
        qapp.sendPostedEvents()
        assert "英文" in page.downloads[SMALLEST]._good_for.text()
    finally:
        languages.use("en")
        qapp.sendPostedEvents()
    assert page.downloads[SMALLEST]._good_for.text().startswith("English books")


@pytest.mark.parametrize("make", [ModelMeasure, lambda: DownloadLine("me/tiny", None)])
def test_a_job_ends_after_its_line_has_gone(qtbot, qapp, make):
    line, handle = make(), JobHandle("measure_reading")
    line.follow(handle)
    line.deleteLater()
    qapp.sendPostedEvents(line, QEvent.Type.DeferredDelete)
    handle.receive(Progress("Reading", 1, 2))
    handle.receive(Stopped())
    assert handle.is_over


def test_words_of_a_model():
    assert parameter_words(494_000_000) == "494 M parameters"
    assert parameter_words(1_540_000_000) == "1.5 B parameters"
    assert language_words(("en", "zh"), 2) == "English, 中文"
    assert language_words(("en", "zh", "fr", "es", "pt"), 29) == "English, 中文, français, español and 25 more"
    assert "read its terms" in licence_words("gemma") and "unknown" in licence_words("")
    large = Fit(9_100_000_000, 11_000_000_000, 7_800_000_000, graphics=False)
    assert fit_words(large) == "Does not fit: needs about 9.1 GB of memory, 7.8 GB free. Choose a smaller model."
    small = Fit(3_100_000_000, 9_900_000_000, 9_700_000_000, graphics=True)
    assert fit_words(small) == "Needs about 3.1 GB of the 9.7 GB of graphics memory that are free"
    assert "slow" in learning_words(small)


def test_the_page_stands_in_the_window_under_ctrl_5(window, qtbot):
    assert window.menu_actions["window.models"].shortcut().toString() == "Ctrl+5"
    window.menu_actions["window.models"].trigger()
    qtbot.waitUntil(lambda: bool(window.models.lines), timeout=WAIT_MS)
    assert window.models.isVisible() and window._nav_buttons[window.models][0].isChecked()


def test_an_address_that_may_not_be_used_spoils_nothing_but_downloads(page, qtbot, click, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://example.org")
    page.reload()
    qtbot.waitUntil(lambda: "no https address" in page._fetch_words.text(), timeout=WAIT_MS)
    assert page.lines and page.downloads
    line = page.downloads[SMALLEST]
    click(line.download_button)
    qtbot.waitUntil(lambda: "no https address" in line.state.text(), timeout=WAIT_MS)
