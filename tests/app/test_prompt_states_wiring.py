"""Prompt states in the whole program: the engine is handed them, and they go with documents, memories and models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from app.engine_setup import engine_handlers
from app.operations import data_folder, forgetting, library, memories, models
from app.operations.data_folder import Part
from app.operations.opening import open_services
from app.services import Services
from engine.api import Ask
from engine.jobs import Finished
from storage.memories import MemoryRow, put_memory
from storage.prompt_states import Prompt, PromptStates
from storage.prompt_states_schema import Piece


@pytest.fixture
def document_id(services: Services) -> str:
    return library.list_documents(services)[0].document_id


def keep(states: PromptStates, number: int, *, document: str | None = None, model: str = "m", adapter: str = "") -> int:
    states.write_piece(f"{model}{adapter}", "", [number], b"a state")
    entry = states.write_entry(Prompt(f"{model}{adapter}", [number], "A prompt", model, model, adapter, document))
    assert entry is not None
    return entry


def kept(services: Services) -> set[int]:
    return {row.entry for row in services.prompt_states.entries()}


def test_the_engine_has_a_handler_for_questions(tmp_path: Path) -> None:
    with closing(PromptStates(tmp_path / "prompt_states.sqlite3")) as states:
        assert Ask in engine_handlers(states, leave_cores=1)


def test_forgetting_a_document_counts_and_removes_its_states(services: Services, document_id: str) -> None:
    keep(services.prompt_states, 1, document=document_id)
    other = keep(services.prompt_states, 2)
    assert forgetting.what_will_go(services, [document_id])["prompt_states"] == 1
    end = services.run_until_end(forgetting.forget(services, document_id))
    assert isinstance(end, Finished), end
    assert (end.result.residue, end.result.removed["prompt_states"]) == (0, 1)
    assert kept(services) == {other}


def test_forgetting_a_memory_removes_what_was_read_with_it(services: Services, document_id: str) -> None:
    states = services.prompt_states
    without = keep(states, 1, document=document_id)
    keep(states, 1, document=document_id, adapter="today")
    keep(states, 1, document=document_id, adapter="last week")
    folder = f"memories/{document_id}/0"
    memory = MemoryRow("m1", document_id, "temp_lora", "m", "m", "complete", folder, 9, 9, {}, True, datetime.now(UTC))
    with services.database.session() as session:
        put_memory(session, memory)
    memories.forget_memory(services, "m1")
    assert kept(services) == {without}


def test_a_removed_model_takes_its_states_when_it_is_gone_for_good(services: Services, tiny_model_folder: Path) -> None:
    end = services.run_until_end(models.add_model(services, tiny_model_folder))
    assert isinstance(end, Finished), end
    identity = end.result.model.identity
    other, its = keep(services.prompt_states, 1), keep(services.prompt_states, 2, model=identity)
    models.put_back(services, models.remove_model(services, "tiny"))
    models.purge_removed(services)
    assert kept(services) == {other, its}
    models.remove_model(services, "tiny")
    assert kept(services) == {other, its}
    models.purge_removed(services)
    assert kept(services) == {other}


@pytest.fixture
def reopened(services: Services) -> Iterator[Services]:
    """The same data folder, opened after a day in which nobody was there."""
    states, present = services.prompt_states, library.list_documents(services)[0].document_id
    keep(states, 1, document=present)
    keep(states, 2, document="forgotten elsewhere")
    states.write_piece("m", "", [3], b"its prompt was never listed")
    with states._file.session() as session:
        session.execute(update(Piece).values(written_at=datetime.now(UTC) - timedelta(days=1)))
    states.write_piece("m", "", [4], b"on its way")
    services.close()
    opened = open_services(services.data_dir, echo=True)
    yield opened
    opened.close()


def test_what_was_left_behind_goes_at_the_start(reopened: Services) -> None:
    assert [row.entry for row in reopened.prompt_states.entries()] == [1]
    assert reopened.prompt_states.total_bytes() == len(b"a state") + len(b"on its way")


def test_prompt_states_are_a_part_of_the_data_folder_and_go_with_it(services: Services) -> None:
    keep(services.prompt_states, 1)
    services.close()
    aside = services.data_dir / "prompt_states.set-aside.sqlite3"
    aside.write_bytes(b"damaged")
    parts = {size.part: size for size in data_folder.look_at(services.data_dir).parts}
    assert parts[Part.PROMPT_STATES].files == 2
    assert data_folder.delete_everything(services.data_dir) == []
    assert list(services.data_dir.iterdir()) == []
