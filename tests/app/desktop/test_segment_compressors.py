"""The segment compressor of the model in use and the memories made with one, on the Memory page, as a person uses it."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desktop.bridge import Bridge
from app.desktop.compressor_control import CompressorControl
from app.desktop.languages import Languages
from app.desktop.learning_control import LearningControl
from app.desktop.memory_table import Column
from app.desktop.pages.memory_page import MemoryPage
from app.desktop.prompt_table import Column as PromptColumn
from app.desktop.segment_control import SegmentControl
from app.desktop.widgets.memory_marks import memory_words
from app.operations import library, sample, segment_memories, shelves
from app.operations.compressor_folders import CompressorMethod, own_encoder_folder
from engine.jobs import Finished

WAIT_MS = 20_000


@pytest.fixture
def engine(fake_gists, fake_segments):
    """Before the services are opened: an engine that trains and encodes without a model."""
    return fake_gists


@pytest.fixture
def story(engine, services):
    sample.import_sample(services)
    return library.list_documents(services)[0]


@pytest.fixture
def remembered(story, services, with_segment_compressor):
    """The story with its segment memory."""
    with_segment_compressor(services.data_dir)
    end = services.run_until_end(segment_memories.encode(services, story.document_id, ratio=8))
    assert isinstance(end, Finished), end
    return story


@pytest.fixture
def page(qtbot, qapp, engine, services):
    Languages().use("en")
    bridge = Bridge(services)
    shown = MemoryPage(bridge, LearningControl(bridge), SegmentControl(bridge), CompressorControl(bridge))
    qtbot.addWidget(shown)
    shown.resize(1180, 760)
    shown.show()
    yield shown
    engine.stop_at_step = None
    shown.prompts.removal.finish()
    with qtbot.waitSignal(bridge.closed, timeout=WAIT_MS):
        bridge.close(lambda: None)


@pytest.fixture
def click(qtbot):
    def press(button):
        qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=WAIT_MS)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    return press


@pytest.fixture
def books(remembered, page, qtbot):
    page.reload()
    qtbot.waitUntil(lambda: page.books._model.rowCount() == 1, timeout=WAIT_MS)
    return page.books


def said(view, column):
    return view._model.index(0, column).data()


# -- memories ----------------------------------------------------------------------------------------------------------


def test_a_segment_memory_stands_among_the_memories_of_books(books, remembered):
    assert said(books, Column.DOCUMENT) == remembered.title
    assert said(books, Column.KIND) == "Segment memory"
    assert said(books, Column.STATE).startswith("whole: ") and said(books, Column.STATE).endswith(" slots, 1:8")
    assert not books.learn_button.isVisible()


def test_it_is_left_aside_by_its_box_and_forgotten_by_the_button(books, remembered, services, qtbot, click):
    box = books._model.index(0, Column.DOCUMENT)
    assert books._model.setData(box, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    status = segment_memories.status
    qtbot.waitUntil(lambda: not status(services, remembered.document_id).in_use, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: books.use_button.text() == "Use when I ask", timeout=WAIT_MS)
    click(books.forget_button)
    assert "Forget the segment memory of “" in books.banner.sentence
    click(books.banner._button)
    qtbot.waitUntil(lambda: books._model.rowCount() == 0, timeout=WAIT_MS)
    assert books.banner.sentence.startswith("A segment memory is forgotten: ")
    assert not status(services, remembered.document_id).segments


def test_what_is_made_in_part_goes_on_from_there(
    story, page, services, fake_segments, with_segment_compressor, qtbot, click
):
    with_segment_compressor(services.data_dir)
    books, control = page.books, page.books._segments
    fake_segments.stop_at_segment = 8
    handle = control.make(story.document_id, ratio=8)
    qtbot.waitUntil(lambda: segment_memories.status(services, story.document_id).segments == 8, timeout=WAIT_MS)
    control.pause(handle)
    qtbot.waitUntil(lambda: handle.is_over, timeout=WAIT_MS)
    page.reload()
    qtbot.waitUntil(lambda: books._model.rowCount() == 1 and ", paused: " in said(books, Column.STATE), timeout=WAIT_MS)
    fake_segments.stop_at_segment = None
    assert books.learn_button.text() == "Go on compressing"
    click(books.learn_button)
    qtbot.waitUntil(lambda: said(books, Column.STATE).startswith("whole: "), timeout=WAIT_MS)


def test_it_is_listed_among_what_is_kept_and_deleting_it_can_be_undone(remembered, page, services, qtbot, click):
    page.show_prompts()
    prompts = page.prompts
    qtbot.waitUntil(lambda: prompts._model.rowCount() == 1, timeout=WAIT_MS)
    assert said(prompts, PromptColumn.TITLE) == f"Segment memory of “{remembered.title}”"
    assert said(prompts, PromptColumn.KIND) == "segments, 8.0×"
    assert not prompts.compare_button.isVisible() and prompts.use_button.text() == "Leave aside"
    click(prompts.delete_button)
    qtbot.waitUntil(lambda: prompts._model.rowCount() == 0, timeout=WAIT_MS)
    click(prompts.undo_banner._button)
    qtbot.waitUntil(lambda: prompts._model.rowCount() == 1, timeout=WAIT_MS)
    assert segment_memories.status(services, remembered.document_id).segments


# -- compressors -------------------------------------------------------------------------------------------------------


def test_a_model_without_a_segment_compressor_can_be_given_one(page, engine, qtbot, tmp_path, click):
    page.show_prompts()
    line = page.prompts.segments
    qtbot.waitUntil(line.isVisible, timeout=WAIT_MS)
    assert line.words.text() == "echo has no segment compressor: long books cannot be compressed for it."
    assert "on a folder of books as plain text" in line.more.text()
    (tmp_path / "books").mkdir()
    engine.stop_at_step = 1
    line.train_on(str(tmp_path / "books"))
    qtbot.waitUntil(lambda: "1 of 3 steps" in line.more.text(), timeout=WAIT_MS)
    assert "segment compressor for echo is being trained" in line.words.text()
    assert "has no gist encoder" in page.prompts.encoder.words.text()
    click(line.pause_button)
    qtbot.waitUntil(lambda: line.train_button.text() == "Go on training", timeout=WAIT_MS)
    request = engine.requests[0]
    assert request.data == (tmp_path / "books",) and type(request.config).__name__ == "SegmentTraining"


def test_a_compressor_says_how_good_it_is_and_can_be_taken_away(page, services, qtbot, click):
    folder = own_encoder_folder(services.data_dir, "echo", CompressorMethod.SEGMENTS)
    folder.mkdir(parents=True)
    (folder / "segment_compressor.safetensors").write_bytes(b"weights")
    look = {"step": 60, "steps": 60, "examples": 240, "loss": 1.0, "divergence_none": 1.5, "seconds": 9.0}
    look |= {"divergence": {"8": 0.6, "32": 0.9}, "recovered": {"8": 0.6, "32": 0.4}}
    card = {"model_identity": "echo", "steps": 60, "of_steps": 60, "examples": 240, "curve": [look]}
    card |= {"held_out": {"recovered": {"8": 0.6, "32": 0.4}}, "licence": "public domain"}
    (folder / "card.json").write_text(json.dumps(card))
    page.show_prompts()
    line = page.prompts.segments
    qtbot.waitUntil(lambda: line.can_compress, timeout=WAIT_MS)
    assert line.words.text() == "echo · Segment compressor: trained by you"
    assert line.more.text().startswith("60 steps, 240 texts, 1:8 keeps 60\u202f%")
    click(line.fold)
    assert line.curve.accessibleDescription() == (
        "After 60 steps, of what the text before contributes, 1:8 keeps 60\u202f%, 1:32 keeps 40\u202f%."
    )
    click(line.remove_button)
    qtbot.waitUntil(lambda: not line.can_compress, timeout=WAIT_MS)
    assert page.prompts.banner.sentence == "The segment compressor is removed."
    click(page.prompts.banner._button)
    qtbot.waitUntil(lambda: line.can_compress, timeout=WAIT_MS)


def test_the_shelf_carries_its_mark(remembered, services):
    (row,) = shelves.rows(services, [remembered.document_id])
    (memory,) = row.memories
    assert memory_words(memory).startswith("Segment memory · ")
    services.prompt_states.clear()
    (row,) = shelves.rows(services, [remembered.document_id])
    assert not row.memories
