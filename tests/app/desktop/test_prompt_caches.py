"""Memory › Prompt caches as a person uses it: on real storage, with an engine that writes what the real one would."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.desktop.application import Desktop
from app.desktop.bridge import Bridge
from app.desktop.compressor_control import CompressorControl
from app.desktop.languages import Languages
from app.desktop.learning_control import LearningControl
from app.desktop.pages.memory_page import MemoryPage
from app.desktop.prompt_table import Column
from app.desktop.segment_control import SegmentControl
from app.desktop.widgets.compare_dialog import FULL, GIST, CompareDialog
from app.desktop.widgets.compress_dialog import CompressDialog
from app.desktop.widgets.compress_form import DOCUMENT, EXACT, FILE
from app.desktop.widgets.prompt_caches import PromptCaches
from app.desktop.widgets.prompt_details import PromptDetails
from app.engine_setup import engine_handlers
from app.operations import compressors, encoder_training, library, models, opening, prompt_caches, sample
from app.operations.compressor_cards import CARD_FILE
from app.operations.compressor_folders import own_encoder_folder, training_folder
from app.operations.settings import change_settings, settings
from app.services import Services
from engine.api import (
    Compared,
    ComparedAnswer,
    ComparedText,
    ComparePrompt,
    Compress,
    Compressed,
    CompressMethod,
    CompressorScore,
    CompressorTrained,
    TrainCompressor,
)
from engine.errors import EngineError
from engine.jobs import Progress, Steps
from storage import jobs
from storage.errors import StorageError
from storage.prompt_states import Prompt, PromptStates

WAIT_MS = 20_000
SCOPE, GIST_SCOPE = "e" * 64, "f" * 64
GIST_FIGURES = {
    "layout": "instructions",
    "k": 8,
    "slots": 20,
    "literal_tokens": 11,
    "bytes_exact": 17_600_000,
    "divergence": 0.18,
    "divergence_none": 1.42,
    "literals": ["1886", "Old Tom"],
}


@dataclass
class Engine:
    """Stands in for the engine: keeps what it is asked to keep in the real store. gate: cleared, long jobs wait for it."""

    states: PromptStates | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[object] = field(default_factory=list)
    refuses: str = ""

    def pause(self) -> Iterator[None]:
        while not self.gate.wait(0.005):
            yield None

    def compress(self, request: Compress) -> Steps[Compressed]:
        """Half of a prompt is read, then the gate."""
        self.asked.append(request)
        yield Progress("Reading", 128, 512, "token")
        yield from self.pause()
        if self.refuses:
            raise EngineError(self.refuses)
        assert self.states is not None
        if request.method is CompressMethod.EXACT:
            entry = keep_exact(self.states, request.title, 512, document_id=request.document_key)
            return Compressed(entry, 0, 512, 512, 0, 1.0, 4096, 0, 0.0, 1.42, True, 0.8)
        entry = keep_gist(self.states, request.title, 512, document_id=request.document_key)
        return Compressed(entry, request.k or 4, 512, 16, 11, 32.0, 17_600_000, 460_000, 0.18, 1.42, True, 3.2)

    def compare(self, request: ComparePrompt) -> Steps[Compared]:
        self.asked.append(request)
        yield Progress("Reading", 512, 512, "token")
        for which, words in ((FULL, "By the old "), (FULL, "lighthouse."), (GIST, "By the lighthouse.")):
            yield Progress("Writing", 1, 160, "token", ComparedText(which, words))
        yield from self.pause()
        full = ComparedAnswer("By the old lighthouse.", 2.4, 512)
        return Compared(full, ComparedAnswer("By the lighthouse.", 0.1, 20), 0.02, 0.5)

    def train(self, request: TrainCompressor) -> Steps[CompressorTrained]:
        self.asked.append(request)
        request.folder.mkdir(parents=True, exist_ok=True)
        (request.folder / "checkpoint.safetensors").write_bytes(b"so far")
        first = 40 if request.resume else 0
        curve = [look(step) for step in range(0, first, 20)]
        for step in (first, first + 20):
            score = look(step)
            curve.append(score)
            put_encoder(request.folder, request.model.identity, curve)
            yield Progress("Training the gist encoder", step, 80, "step", score)
        yield from self.pause()
        put_encoder(request.folder, request.model.identity, [*curve, look(80)])
        (request.folder / "checkpoint.safetensors").unlink()
        return CompressorTrained(request.folder, 80, 640, score, 5_000_000, "0" * 64, 60.0, True)


def keep_exact(
    states: PromptStates, title: str, tokens: int, document_id: str | None = None, first: int = 0, layout: str = ""
) -> int:
    ids, parent = [first + each for each in range(tokens)], ""
    for start in range(0, tokens, 256):
        piece = ids[start : start + 256]
        parent = states.write_piece(SCOPE, parent, piece, bytes(8 * len(piece)))
    metrics = {"layout": layout} if layout else {}
    entry = states.write_entry(Prompt(SCOPE, ids, title, "echo", "echo", document_id=document_id, metrics=metrics))
    assert entry is not None
    return entry


def keep_gist(states: PromptStates, title: str, tokens: int, document_id: str | None = None) -> int:
    prompt = Prompt(GIST_SCOPE, list(range(tokens)), title, "echo", "echo", "", document_id, dict(GIST_FIGURES))
    entry = states.write_gist(prompt, bytes(2048))
    assert entry is not None
    return entry


def look(step: int) -> CompressorScore:
    """At the held-out prompts of a training of 80 steps."""
    return CompressorScore(step, 80, 8 * step, 1.0, {1: 1.1, 8: 0.8 - step / 200}, {1: 0.2, 8: 0.5}, 1.5, 9.0)


def put_encoder(folder: Path, identity: str, curve: Sequence[CompressorScore] = ()) -> None:
    """One that was trained up to the last look of the curve; without any, 80 steps."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / compressors.ENCODER_FILE).write_bytes(b"weights")
    steps = curve[-1].step if curve else 80
    card = {
        "model_identity": identity,
        "steps": steps,
        "of_steps": 80,
        "examples": 8 * steps,
        "seconds": 60 * steps,
        "data": ["novels.txt", "prompts that come with Palimpsest"],
        "licence": "CC0-1.0",
        "held_out": {"recovered": {"1": 0.4, "8": 0.86}},
        "curve": [asdict(each) for each in curve],
    }
    (folder / CARD_FILE).write_text(json.dumps(card), "utf-8")


def begin_encoder(services: Services, curve: Sequence[CompressorScore]) -> None:
    """One whose training was stopped after the last look of the curve."""
    folder = training_folder(services.data_dir, "echo")
    put_encoder(folder, "echo", curve)
    (folder / compressors.CHECKPOINT_FILE).write_bytes(b"so far")


@pytest.fixture
def engine() -> Engine:
    engine = Engine()
    engine.gate.set()
    return engine


@pytest.fixture
def services(tmp_path, monkeypatch, engine) -> Services:
    def handlers(prompt_states, *, leave_cores):
        engine.states = prompt_states
        ours = {Compress: engine.compress, ComparePrompt: engine.compare, TrainCompressor: engine.train}
        return {**engine_handlers(prompt_states, leave_cores=leave_cores), **ours}

    monkeypatch.setattr(opening, "engine_handlers", handlers)
    return opening.open_services(tmp_path / "data", echo=True, with_sample=False)


@pytest.fixture
def page(qtbot, qapp, services, engine):
    languages = Languages()
    languages.use("en")
    bridge = Bridge(services)
    shown = MemoryPage(bridge, LearningControl(bridge), SegmentControl(bridge), CompressorControl(bridge))
    qtbot.addWidget(shown)
    shown.resize(1180, 760)
    shown.show()
    yield shown
    engine.gate.set()
    shown.prompts.removal.finish()
    with qtbot.waitSignal(bridge.closed, timeout=WAIT_MS):
        bridge.close(lambda: None)


@pytest.fixture
def prompts(page, qtbot, services) -> PromptCaches:
    """The view with an exact prompt, its gist, and a document's beginning."""
    keep_exact(services.prompt_states, "The Light Book", 300, "a-book", first=5000)
    keep_exact(services.prompt_states, "Standing instructions", 512)
    keep_gist(services.prompt_states, "Standing instructions", 512)
    page.show_prompts()
    qtbot.waitUntil(lambda: page.prompts._model.rowCount() == 3, timeout=WAIT_MS)
    return page.prompts


@pytest.fixture
def click(qtbot):
    def press(button: QAbstractButton) -> None:
        qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=WAIT_MS)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    return press


def choose(prompts: PromptCaches, kind: str, title: str = "Standing instructions") -> None:
    row = next(each.row for each in prompts._model.caches if (each.row.kind, each.row.title) == (kind, title))
    prompts.table.setCurrentIndex(prompts._model.index_of(row.entry))


def visible_windows() -> list[QWidget]:
    return [each for each in QApplication.topLevelWidgets() if each.isVisible()]


def opened(kind: type) -> object:
    return next(each for each in visible_windows() if isinstance(each, kind))


def said(prompts: PromptCaches, column: Column) -> list[str]:
    model = prompts._model
    return [model.index(row, column).data() for row in range(model.rowCount())]


def entries(services: Services) -> int:
    return len(services.prompt_states.entries())


def test_with_nothing_kept_the_page_says_what_will_be(page, qtbot):
    page.show_prompts()
    qtbot.waitUntil(lambda: page.prompts._empty.text().startswith("No prompt is kept yet"), timeout=WAIT_MS)
    assert page.prompts._empty.isVisible() and page.prompts.compress_button.isVisible()
    assert not page.prompts.delete_button.isVisible()


def test_what_is_switched_off_is_said_and_where(page, qtbot, services):
    change_settings(services, {"use_prompt_caches": False})
    page.show_prompts()
    qtbot.waitUntil(lambda: "switched off in the settings" in page.prompts._empty.text(), timeout=WAIT_MS)


def test_what_cannot_be_read_is_said_in_the_page_and_can_be_tried_again(page, qtbot, monkeypatch, click):
    prompts = page.prompts
    with monkeypatch.context() as broken:
        broken.setattr(PromptStates, "entries", lambda self: _raise("The disk is gone."))
        page.show_prompts()
        qtbot.waitUntil(lambda: prompts._empty.text() == "The disk is gone.", timeout=WAIT_MS)
        assert not prompts.compress_button.isEnabled()
    click(prompts.again_button)
    qtbot.waitUntil(lambda: prompts._empty.text().startswith("No prompt is kept yet"), timeout=WAIT_MS)


def _raise(sentence: str) -> None:
    raise StorageError(sentence)


def test_entries_say_how_they_are_kept_and_what_they_saved(prompts, services, qtbot):
    states = services.prompt_states
    exact = next(row for row in states.entries() if row.kind == "exact" and row.tokens == 512)
    pieces = [match.piece for match in states.longest_prefix(SCOPE, states.token_ids(exact.entry))]
    states.count_use(pieces, tokens_saved=511, seconds_saved=125.0)
    prompts.reload()
    qtbot.waitUntil(lambda: "511" in said(prompts, Column.TOKENS_SAVED), timeout=WAIT_MS)
    assert said(prompts, Column.TITLE)[0] == "Standing instructions"  # used last
    assert "Questions about “The Light Book”" in said(prompts, Column.TITLE)
    assert sorted(said(prompts, Column.KIND)) == ["exact", "exact", "gist of 8, 26×"]
    assert said(prompts, Column.TIME_SAVED)[0] == "2 min"
    assert prompts.budget.saved.text() == "511 tokens were not read again, which saved 2 min."
    assert " of 1.0 GB used (0" in prompts.budget.room.text()


def test_a_click_on_a_column_sorts_by_its_numbers_and_keeps_the_choice(prompts):
    choose(prompts, "gist")
    chosen = prompts.chosen.row.entry
    prompts.table.header().sectionClicked.emit(Column.TOKENS)
    prompts.table.sortByColumn(Column.TOKENS, Qt.SortOrder.AscendingOrder)
    assert said(prompts, Column.TOKENS) == ["300", "512", "512"]
    prompts.table.sortByColumn(Column.SIZE, Qt.SortOrder.DescendingOrder)
    assert [each.row.bytes for each in prompts._model.caches] == sorted(
        (each.row.bytes for each in prompts._model.caches), reverse=True
    )
    assert prompts.chosen.row.entry == chosen


def test_pinning_by_the_box_and_by_the_button(prompts, services, qtbot, click):
    choose(prompts, "exact")
    entry = prompts.chosen.row.entry
    click(prompts.pin_button)
    qtbot.waitUntil(lambda: services.prompt_states.entry(entry).pinned, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: prompts.pin_button.text() == "Unpin", timeout=WAIT_MS)
    box = prompts._model.index_of(entry, Column.PINNED)
    assert prompts._model.setData(box, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    qtbot.waitUntil(lambda: not services.prompt_states.entry(entry).pinned, timeout=WAIT_MS)


def test_only_a_gist_is_put_to_use(prompts, services, qtbot, click):
    choose(prompts, "exact")
    assert not prompts.use_button.isVisible() and not prompts.compare_button.isVisible()
    exact = prompts._model.index_of(prompts.chosen.row.entry, Column.USED)
    assert not prompts._model.setData(exact, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    choose(prompts, "gist")
    entry = prompts.chosen.row.entry
    click(prompts.use_button)
    qtbot.waitUntil(lambda: services.prompt_states.entry(entry).in_use, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: prompts.use_button.text() == "Leave aside", timeout=WAIT_MS)


def test_a_book_kept_exactly_is_put_to_use(story, prompts, services, qtbot, click):
    entry = keep_exact(services.prompt_states, story.title, 400, story.document_id, first=9000, layout="document")
    prompts.reload()
    qtbot.waitUntil(lambda: prompts._model.rowCount() == 4, timeout=WAIT_MS)
    choose(prompts, "exact", story.title)
    assert not prompts.compare_button.isVisible()
    click(prompts.use_button)
    qtbot.waitUntil(lambda: services.prompt_states.entry(entry).in_use, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: prompts.use_button.text() == "Leave aside", timeout=WAIT_MS)


def test_what_is_deleted_leaves_the_list_and_comes_back_with_undo(prompts, services, click):
    choose(prompts, "gist")
    click(prompts.delete_button)
    assert prompts._model.rowCount() == 2
    assert prompts.undo_banner.sentence == "“Standing instructions” is deleted."
    click(prompts.undo_banner._button)
    assert prompts._model.rowCount() == 3 and entries(services) == 3


def test_several_deletions_are_undone_together(prompts, services, click):
    choose(prompts, "gist")
    click(prompts.delete_button)
    click(prompts.delete_button)
    assert prompts._model.rowCount() == 1 and "2" in prompts.undo_banner.sentence
    click(prompts.undo_banner._button)
    assert prompts._model.rowCount() == 3 and entries(services) == 3


def test_several_are_selected_pinned_and_deleted_at_once(prompts, services, qtbot, click):
    QTest.keyClick(prompts.table, Qt.Key.Key_Home)
    QTest.keyClick(prompts.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    both = [each.row.entry for each in prompts.selected]
    assert len(both) == 2 and prompts.chosen is None and not prompts.details_button.isEnabled()
    assert not prompts.use_button.isVisible() and prompts.pin_button.text() == "Pin"
    click(prompts.pin_button)
    qtbot.waitUntil(lambda: prompts.pin_button.text() == "Unpin", timeout=WAIT_MS)
    assert {row.entry for row in services.prompt_states.entries() if row.pinned} == set(both)
    assert {each.row.entry for each in prompts.selected} == set(both)
    click(prompts.delete_button)
    assert prompts._model.rowCount() == 1 and prompts.undo_banner.sentence == "2 prompts are deleted."
    assert prompts.chosen is prompts._model.caches[0]
    click(prompts.undo_banner._button)
    assert prompts._model.rowCount() == 3


def test_one_pinned_of_several_is_pinned_with_them(prompts, services, qtbot, click):
    choose(prompts, "gist")
    click(prompts.pin_button)
    qtbot.waitUntil(lambda: prompts.pin_button.text() == "Unpin", timeout=WAIT_MS)
    prompts.table.selectAll()
    click(prompts.pin_button)
    qtbot.waitUntil(lambda: all(row.pinned for row in services.prompt_states.entries()), timeout=WAIT_MS)


def test_all_are_deleted_and_come_back_with_undo(prompts, page, services, qtbot, click):
    click(prompts.delete_all_button)
    assert prompts._model.rowCount() == 0 and prompts.undo_banner.sentence == "3 prompts are deleted."
    assert prompts._empty.text().startswith("No prompt is kept") and not prompts.delete_all_button.isVisible()
    click(prompts.undo_banner._button)
    assert prompts._model.rowCount() == 3 and entries(services) == 3
    click(prompts.delete_all_button)
    page.tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: entries(services) == 0, timeout=WAIT_MS)


def test_with_nothing_selected_there_is_nothing_to_pin_or_delete(prompts):
    prompts.table.clearSelection()
    assert prompts.chosen is None
    assert not any(each.isEnabled() for each in (prompts.pin_button, prompts.delete_button, prompts.details_button))


def test_what_is_deleted_is_gone_from_the_disk_when_one_turns_away(prompts, page, services, qtbot, click):
    choose(prompts, "gist")
    click(prompts.delete_button)
    page.tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: entries(services) == 2, timeout=WAIT_MS)
    assert not prompts.undo_banner.sentence


def test_what_is_deleted_is_gone_when_the_time_for_undo_is_over(prompts, services, qtbot, click):
    prompts.removal._timer.setInterval(10)
    choose(prompts, "exact")
    click(prompts.delete_button)
    qtbot.waitUntil(lambda: entries(services) == 2, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not prompts.undo_banner.sentence, timeout=WAIT_MS)


def test_what_cannot_be_deleted_stands_in_the_list_again(prompts, services, qtbot, monkeypatch, click):
    monkeypatch.setattr(PromptStates, "remove", lambda self, entry: _raise("The disk is full."))
    choose(prompts, "exact")
    click(prompts.delete_button)
    prompts.removal.finish()
    qtbot.waitUntil(lambda: prompts.undo_banner.sentence == "The disk is full.", timeout=WAIT_MS)
    assert prompts._model.rowCount() == 3


def test_closing_the_window_deletes_for_good(desktop, qtbot, click):
    window, services = desktop.window, desktop.services
    keep_exact(services.prompt_states, "A persona", 300)
    window.show_memory()
    window.memory.show_prompts()
    qtbot.waitUntil(lambda: window.memory.prompts._model.rowCount() == 1, timeout=WAIT_MS)
    click(window.memory.prompts.delete_button)
    with qtbot.waitSignal(desktop.closed, timeout=WAIT_MS):
        window.close()
    assert PromptStates(services.prompt_states.path).entries() == []


# -- compressing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_encoder(services):
    put_encoder(own_encoder_folder(services.data_dir, "echo"), "echo")
    change_settings(services, {"instructions": "Answer as Old Tom, the keeper since 1886, would."})


def test_standing_instructions_become_a_gist_and_are_used(with_encoder, page, services, engine, qtbot, click):
    prompts = page.prompts
    page.show_prompts()
    qtbot.waitUntil(lambda: prompts.encoder.can_compress, timeout=WAIT_MS)
    engine.gate.clear()
    click(prompts.compress_button)
    dialog = opened(CompressDialog)
    click(dialog.start_button)
    qtbot.waitUntil(lambda: "128 of 512 tokens" in dialog.state.text(), timeout=WAIT_MS)
    assert dialog.stop_button.isVisible() and not dialog.form.isEnabled()
    engine.gate.set()
    qtbot.waitUntil(dialog.verdict.isVisible, timeout=WAIT_MS)
    assert dialog.verdict.text().startswith("Answers nearly as the full prompt does. It keeps 87")
    assert "512 tokens became 16, 32× fewer" in dialog.facts.text()
    (request,) = engine.asked
    assert (
        request.k is None
        and request.keep_literals
        and request.refine_steps > 0
        and request.text.startswith("Answer as Old Tom")
    )
    click(dialog.use_box)
    qtbot.waitUntil(lambda: any(row.in_use for row in services.prompt_states.entries()), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: prompts._model.rowCount() == 1, timeout=WAIT_MS)
    click(dialog.compare_button)
    qtbot.waitUntil(lambda: any(isinstance(each, CompareDialog) for each in visible_windows()), timeout=WAIT_MS)
    opened(CompareDialog).close()
    click(dialog.close_button)


@pytest.fixture
def story(services):
    """In the library before the window is there, which would take the import's events."""
    sample.import_sample(services)
    return library.list_documents(services)[0]


def test_a_chosen_k_without_literals_of_a_books_beginning(story, with_encoder, prompts, services, engine, qtbot, click):
    keep_exact(services.prompt_states, story.title, 400, story.document_id, first=9000, layout="document")
    prompts.reload()
    qtbot.waitUntil(lambda: prompts._model.rowCount() == 4, timeout=WAIT_MS)
    choose(prompts, "exact", story.title)
    assert prompts.compress_button.text() == "Compress this prompt …"
    click(prompts.compress_button)
    dialog = opened(CompressDialog)
    assert dialog.form.source.value == DOCUMENT
    qtbot.waitUntil(lambda: dialog.form.documents.count() > 0, timeout=WAIT_MS)
    dialog.form.into.show_value("2")
    dialog.form.beginning.setValue(640)
    click(dialog.form.literals)
    click(dialog.form.refines)
    click(dialog.start_button)
    qtbot.waitUntil(dialog.verdict.isVisible, timeout=WAIT_MS)
    (request,) = engine.asked
    assert (request.k, request.keep_literals, request.refine_steps, request.max_tokens) == (2, False, 0, 640)
    assert request.document_key == story.document_id
    dialog.close()


def test_a_files_gist_becomes_the_standing_instructions_and_that_can_be_undone(
    with_encoder, page, services, qtbot, tmp_path, click
):
    page.show_prompts()
    qtbot.waitUntil(lambda: page.prompts.encoder.can_compress, timeout=WAIT_MS)
    before = settings(services).instructions
    click(page.prompts.compress_button)
    dialog = opened(CompressDialog)
    dialog.form.propose(FILE)
    (tmp_path / "glossary.txt").write_text("weather eye: watchfulness", "utf-8")
    dialog.form.choose_file(tmp_path / "glossary.txt")
    click(dialog.start_button)
    qtbot.waitUntil(dialog.standing_button.isVisible, timeout=WAIT_MS)
    assert not dialog.use_box.isVisible() and "ask --instructions" in dialog._use_note.text()
    click(dialog.standing_button)
    qtbot.waitUntil(lambda: dialog.standing_button.text() == "Undo", timeout=WAIT_MS)
    assert settings(services).instructions == "weather eye: watchfulness"
    assert [row.in_use for row in services.prompt_states.entries()] == [True]
    click(dialog.standing_button)
    qtbot.waitUntil(lambda: dialog.standing_button.text() == "Make it my standing instructions", timeout=WAIT_MS)
    assert settings(services).instructions == before
    assert [row.in_use for row in services.prompt_states.entries()] == [False]
    dialog.close()


def test_only_a_prompt_whose_text_is_todays_is_called_this_prompt(with_encoder, page, services, qtbot, monkeypatch):
    """Word 0 to 511 are today's instructions; the other text is one of before, or a file's."""
    monkeypatch.setattr(prompt_caches.counting, "instruction_tokens", lambda *_: tuple(range(512)))
    keep_exact(services.prompt_states, "Standing instructions", 512, layout="instructions")
    keep_exact(services.prompt_states, "glossary", 300, first=2000, layout="instructions")
    page.show_prompts()
    prompts = page.prompts
    qtbot.waitUntil(lambda: prompts._model.rowCount() == 2, timeout=WAIT_MS)
    choose(prompts, "exact")
    assert prompts.compress_button.text() == "Compress this prompt …"
    choose(prompts, "exact", "glossary")
    assert prompts.compress_button.text() == "Compress a prompt …"
    assert sorted(said(prompts, Column.USED)) == ["", "rests"]
    monkeypatch.setattr(prompt_caches.counting, "instruction_tokens", lambda *_: ())
    prompts.reload()
    qtbot.waitUntil(lambda: said(prompts, Column.USED) == ["rests", "rests"], timeout=WAIT_MS)
    choose(prompts, "exact")
    assert prompts.compress_button.text() == "Compress a prompt …"
    tip = prompts._model.index(prompts.table.currentIndex().row(), Column.USED).data(Qt.ItemDataRole.ToolTipRole)
    assert "the instructions have changed" in tip


def test_without_an_encoder_a_file_can_be_kept_exactly(prompts, engine, qtbot, tmp_path, click):
    click(prompts.compress_button)
    dialog = opened(CompressDialog)
    qtbot.waitUntil(dialog.form._hint.isVisible, timeout=WAIT_MS)
    assert dialog.form.into.value == EXACT
    dialog.form.propose(FILE)
    assert not dialog.start_button.isEnabled()
    (tmp_path / "glossary.txt").write_text("weather eye: watchfulness", "utf-8")
    dialog.form.choose_file(tmp_path / "glossary.txt")
    click(dialog.start_button)
    qtbot.waitUntil(dialog.verdict.isVisible, timeout=WAIT_MS)
    assert dialog.verdict.text().startswith("Kept exactly") and not dialog.use_box.isVisible()
    assert engine.asked[0].method is CompressMethod.EXACT
    qtbot.waitUntil(lambda: "glossary" in [title.lower() for title in said(prompts, Column.TITLE)], timeout=WAIT_MS)
    dialog.close()


def test_a_failure_is_said_and_can_be_tried_again(with_encoder, page, engine, qtbot, click):
    page.show_prompts()
    qtbot.waitUntil(lambda: page.prompts.encoder.can_compress, timeout=WAIT_MS)
    engine.refuses = "The prompt is longer than the model holds."
    click(page.prompts.compress_button)
    dialog = opened(CompressDialog)
    click(dialog.start_button)
    qtbot.waitUntil(lambda: "longer than the model holds" in dialog.state.text(), timeout=WAIT_MS)
    engine.refuses = ""
    assert dialog.start_button.text() == "Try again"
    click(dialog.start_button)
    qtbot.waitUntil(dialog.verdict.isVisible, timeout=WAIT_MS)
    dialog.close()


def test_compressing_is_stopped_and_the_form_is_there_again(with_encoder, page, engine, qtbot, click):
    page.show_prompts()
    qtbot.waitUntil(lambda: page.prompts.encoder.can_compress, timeout=WAIT_MS)
    engine.gate.clear()
    click(page.prompts.compress_button)
    dialog = opened(CompressDialog)
    click(dialog.start_button)
    click(dialog.stop_button)
    qtbot.waitUntil(dialog.form.isEnabled, timeout=WAIT_MS)
    assert not dialog.stop_button.isVisible() and dialog.start_button.isEnabled()
    dialog.close()


# -- comparing and details ---------------------------------------------------------------------------------------------


def test_two_answers_stream_side_by_side_with_a_verdict(prompts, engine, qtbot, click):
    choose(prompts, "gist")
    engine.gate.clear()
    click(prompts.compare_button)
    dialog = opened(CompareDialog)
    QTest.keyClicks(dialog.box, "Where do you live?")
    QTest.keyClick(dialog.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.answers[FULL].text.toPlainText() == "By the old lighthouse.", timeout=WAIT_MS)
    assert dialog.answers[GIST].text.toPlainText() == "By the lighthouse."
    assert dialog.stop_button.isVisible() and not dialog.verdict.isVisible()
    engine.gate.set()
    qtbot.waitUntil(dialog.verdict.isVisible, timeout=WAIT_MS)
    assert dialog.verdict.text().startswith("Answers as the full prompt does.")
    assert dialog.answers[FULL].figures.text() == "first word after 2.4 s · 512 tokens looked at"
    assert dialog.answers[GIST].figures.text() == "first word after 0.1 s · 20 tokens looked at"
    assert engine.asked[0].question == "Where do you live?"
    dialog.close()


def test_closing_stops_the_comparison(prompts, engine, qtbot, click):
    choose(prompts, "gist")
    engine.gate.clear()
    click(prompts.compare_button)
    dialog = opened(CompareDialog)
    dialog.box.setPlainText("Who are you?")
    click(dialog.ask_button)
    qtbot.waitUntil(lambda: bool(engine.asked), timeout=WAIT_MS)
    dialog.close()
    qtbot.waitUntil(lambda: not prompts._bridge.services.open_tickets(), timeout=WAIT_MS)


def test_enter_shows_what_is_kept_word_for_word(prompts, qtbot):
    choose(prompts, "gist")
    prompts.table.setFocus()
    QTest.keyClick(prompts.table, Qt.Key.Key_Return)
    details = opened(PromptDetails)
    facts = dict(details._facts())
    assert facts["Word for word"] == "1886, Old Tom"
    assert facts["Kept of it"].startswith("20 tokens, 26× fewer")
    assert facts["On disk"] == "2.0 kB instead of 17.6 MB"
    qtbot.waitUntil(lambda: bool(details.text.toPlainText()), timeout=WAIT_MS)
    details.close()


# -- gist encoders -----------------------------------------------------------------------------------------------------


def test_a_model_without_an_encoder_can_be_given_one(page, services, engine, qtbot, click):
    page.show_prompts()
    line = page.prompts.encoder
    qtbot.waitUntil(lambda: "has no gist encoder" in line.words.text(), timeout=WAIT_MS)
    assert "takes hours" in line.more.text()
    engine.gate.clear()
    click(line.train_button)
    qtbot.waitUntil(lambda: "20 of 80 steps" in line.more.text(), timeout=WAIT_MS)
    click(line.fold)
    assert line.curve.isVisible()
    assert line.curve.accessibleDescription().startswith("After 20 steps a gist of 8 keeps 53")
    click(line.pause_button)
    qtbot.waitUntil(lambda: line.train_button.text() == "Go on training" and line.can_compress, timeout=WAIT_MS)
    assert line.curve.accessibleDescription().startswith("After 20 steps")
    engine.gate.set()
    click(line.train_button)
    qtbot.waitUntil(lambda: line.more.text().startswith("80 steps"), timeout=WAIT_MS)
    assert line.words.text() == "echo · Gist encoder: trained by you"
    assert "a gist of 8 keeps 86" in line.more.text()
    assert engine.asked[-1].resume
    click(line.remove_button)
    qtbot.waitUntil(lambda: not line.can_compress, timeout=WAIT_MS)
    click(page.prompts.banner._button)
    qtbot.waitUntil(lambda: line.can_compress, timeout=WAIT_MS)


def test_the_curve_and_the_figures_of_an_encoder_are_there_after_a_restart(page, services, qtbot, click):
    put_encoder(own_encoder_folder(services.data_dir, "echo"), "echo", [look(0), look(60)])
    page.show_prompts()
    line = page.prompts.encoder
    qtbot.waitUntil(lambda: line.can_compress, timeout=WAIT_MS)
    assert line.more.text() == "60 steps, 480 prompts, a gist of 8 keeps 86\u202f% of a prompt’s use"
    assert not line.curve.isVisible()
    click(line.fold)
    assert line.curve.accessibleDescription().startswith("After 60 steps a gist of 8 keeps 67")
    assert line.details.text() == (
        "Trained on novels.txt, prompts that come with Palimpsest. Training took 1 h 0 min. Licence: CC0-1.0"
    )


@pytest.mark.parametrize(("seconds", "words"), [(19_800.0, "takes about 5 h 30 min"), (None, "takes hours")])
def test_how_long_training_takes_is_said_before(page, qtbot, monkeypatch, seconds, words):
    monkeypatch.setattr(encoder_training, "training_seconds", lambda services, **_: seconds)
    page.show_prompts()
    qtbot.waitUntil(lambda: words in page.prompts.encoder.more.text(), timeout=WAIT_MS)


def test_what_has_not_learned_anything_yet_is_no_encoder(page, services, qtbot):
    begin_encoder(services, [look(0)])
    page.show_prompts()
    line = page.prompts.encoder
    qtbot.waitUntil(lambda: "stands still" in line.words.text(), timeout=WAIT_MS)
    assert line.train_button.text() == "Go on training" and not line.can_compress


def test_training_that_goes_on_after_a_restart_shows_its_whole_curve(page, services, engine, qtbot, click):
    begin_encoder(services, [look(0), look(20)])
    page.show_prompts()
    line = page.prompts.encoder
    qtbot.waitUntil(lambda: line.train_button.isVisible(), timeout=WAIT_MS)
    click(line.fold)
    assert line.curve.accessibleDescription().startswith("After 20 steps")
    assert line.more.text().endswith(" · about 1 h 0 min of training left")
    engine.gate.clear()
    click(line.train_button)
    qtbot.waitUntil(lambda: line.curve.accessibleDescription().startswith("After 60 steps"), timeout=WAIT_MS)
    assert [point.at for point in line.curve._points] == [0, 20, 40, 60]
    engine.gate.set()
    qtbot.waitUntil(lambda: line.more.text().startswith("80 steps"), timeout=WAIT_MS)
    assert [point.at for point in line.curve._points] == [0, 20, 40, 60, 80]


def test_a_training_that_is_refused_is_said_beside_it(page, services, qtbot, monkeypatch, click):
    page.show_prompts()
    qtbot.waitUntil(lambda: page.prompts.encoder.train_button.isVisible(), timeout=WAIT_MS)
    monkeypatch.setattr(compressors, "train", lambda *_, **__: _raise("Another Palimpsest is learning."))
    click(page.prompts.encoder.train_button)
    qtbot.waitUntil(lambda: page.prompts.banner.sentence == "Another Palimpsest is learning.", timeout=WAIT_MS)


def test_from_the_settings_to_what_is_kept_and_back(desktop, qtbot, click):
    window = desktop.window
    window.show_settings()
    window.settings.show_section(window.settings.instructions)
    click(window.settings.instructions.caches_button)
    assert window._pages.currentWidget() is window.memory and window.memory.prompts.isVisible()
    click(window.memory.prompts.settings_button)
    assert window.settings.section is window.settings.instructions


def test_the_models_page_says_whether_there_is_an_encoder(desktop, qtbot):
    window, services = desktop.window, desktop.services
    window.show_models()
    qtbot.waitUntil(lambda: bool(window.models.lines), timeout=WAIT_MS)
    (line,) = window.models.lines.values()
    qtbot.waitUntil(lambda: "Gist encoder: " in line._origin.text(), timeout=WAIT_MS)
    identity = models.find_model(services, models.EMBEDDED_NAME).identity
    put_encoder(own_encoder_folder(services.data_dir, identity), identity)
    window._compressors.changed.emit()
    qtbot.waitUntil(lambda: "Gist encoder: trained by you" in line._origin.text(), timeout=WAIT_MS)


def test_an_interrupted_training_is_offered_when_the_window_opens(qtbot, qapp, services, engine, click):
    begin_encoder(services, [look(0), look(20)])
    with services.database.session() as session:
        row = jobs.add_job(
            session,
            kind=compressors.KIND,
            document_id=None,
            params={"identity": "echo", "data": [], "config": {}, "licence": ""},
        )
        jobs.update_job(session, row, state="interrupted")
    engine.gate.clear()
    desktop = Desktop(qapp, services)
    desktop.start([])
    banner = desktop.window.going_on._banner
    qtbot.waitUntil(lambda: "gist encoder for echo was interrupted" in banner.sentence, timeout=WAIT_MS)
    click(banner._button)
    qtbot.waitUntil(lambda: bool(engine.asked), timeout=WAIT_MS)
    assert engine.asked[-1].resume and not banner.sentence
    with qtbot.waitSignal(desktop.closed, timeout=WAIT_MS):
        desktop.window.close()
