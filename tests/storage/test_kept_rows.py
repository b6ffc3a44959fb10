"""Turns, memories, settings, models, quarantined files: what is put in comes out; unknown things are sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import conversations, memories, models, quarantine
from storage.conversations import CitationRow
from storage.database import Database
from storage.document import Document, Locator
from storage.errors import StorageError
from storage.memories import ChunkRow, MemoryRow
from storage.models import ModelRow
from storage.settings import get_setting, set_setting

MOMENT = datetime(2026, 11, 21, 12, 0, 0, 7, tzinfo=UTC)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture
def document_id(put: Callable[..., str], make_document: Callable[..., Document]) -> str:
    return put(make_document(["Anne left.", "Anne came back."]))


# -- conversations -----------------------------------------------------------------------------------------------------


def test_turns_come_back_in_order_with_their_citations(database: Database, document_id: str) -> None:
    citations = (
        CitationRow("Anne left", Locator(0, 0, 0, 9), "One"),
        CitationRow("came back", Locator(0, 1, 17, 26, "iv"), "二"),
    )
    with database.session() as session:
        first = conversations.add_turn(
            session, document_id, question="Who?", answer="Anne.", citations=citations, stats={"ttft_s": 0.5}
        )
        second = conversations.add_turn(session, document_id, question="Why?", answer="", citations=[], stats={})
    with database.read() as session:
        assert conversations.turns(session, document_id) == [first, second]
    assert first.citations == citations
    assert first.session_id == second.session_id


def test_a_new_conversation_is_gone_on_with_and_an_old_one_can_be(database: Database, document_id: str) -> None:
    def ask(session_id: str | None = None) -> str:
        with database.session() as session:
            return conversations.add_turn(
                session, document_id, question="?", answer="!", citations=[], stats={}, session_id=session_id
            ).session_id

    old = ask()
    with database.session() as session:
        new = conversations.begin_conversation(session, document_id)
    assert (ask(), ask(old), ask()) == (new, old, new)


def test_an_answer_to_a_forgotten_document_is_not_kept(database: Database, document_id: str) -> None:
    for unknown in ({"document_id": "gone"}, {"document_id": document_id, "session_id": "gone"}):
        with pytest.raises(StorageError, match="forgotten"), database.session() as session:
            conversations.add_turn(session, **unknown, question="?", answer="!", citations=[], stats={})  # type: ignore[arg-type]  # by name


# -- memories ----------------------------------------------------------------------------------------------------------


def memory_of(document_id: str) -> MemoryRow:
    return MemoryRow(
        memory_id="m1",
        document_id=document_id,
        kind="temp_lora",
        model_name="small",
        model_identity="0123",
        state="running",
        folder=f"memories/{document_id}/0123",
        bytes=0,
        tokens=0,
        metrics={},
        attached=False,
        created_at=MOMENT,
    )


def test_a_memory_can_change_and_keeps_its_curve(database: Database, document_id: str) -> None:
    memory = memory_of(document_id)
    points = [
        ChunkRow(number, 512 * number, 2000 * number, 3.1, None if number else 3.3, 511, 0.2) for number in range(4)
    ]
    with database.session() as session:
        memories.put_memory(session, memory)
        for point in points:
            memories.add_chunk(session, "m1", point)
    changed = replace(memory, state="complete", tokens=2048, metrics={"gain": 0.11}, attached=True)
    with database.session() as session:
        memories.put_memory(session, changed)
        memories.truncate_chunks(session, "m1", 3)
        memories.add_chunk(session, "m1", replace(points[2], adapter_nll=2.9))
    with database.read() as session:
        assert memories.memories(session, document_id) == [changed]
        assert memories.get_memory(session, "m1") == changed
        assert memories.chunks(session, "m1") == [*points[:2], replace(points[2], adapter_nll=2.9)]
    with database.session() as session:
        memories.remove_memory(session, "m1")
    with database.read() as session:
        assert memories.memories(session, document_id) == []
        with pytest.raises(StorageError, match="forgotten"):
            memories.chunks(session, "m1")


def test_a_memory_of_a_forgotten_document_is_not_kept(database: Database) -> None:
    with pytest.raises(StorageError, match="forgotten"), database.session() as session:
        memories.put_memory(session, memory_of("gone"))
    with pytest.raises(StorageError, match="forgotten"), database.session() as session:
        memories.add_chunk(session, "m1", ChunkRow(0, 1, 1, 1.0, None, 1, 0.1))


# -- settings ----------------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_a_setting_is_any_json_value(database: Database, value: Any) -> None:
    with database.session() as session:
        set_setting(session, "key", value)
    with database.read() as session:
        kept = get_setting(session, "key", "default")
    assert kept == value
    assert type(kept) is type(value)


def test_an_unset_setting_is_its_default(database: Database) -> None:
    with database.read() as session:
        assert get_setting(session, "nothing") is None
        assert get_setting(session, "nothing", 7) == 7


# -- models ------------------------------------------------------------------------------------------------------------


def test_models_can_be_added_noted_listed_and_removed(database: Database) -> None:
    model = ModelRow("mine", "ab", "models/mine", "/home/me/m.gguf", "llama", 135_000_000, 8192, {}, MOMENT)
    with database.session() as session:
        models.add_model(session, model)
        models.add_model(session, replace(model, name="newer", created_at=MOMENT + timedelta(seconds=1)))
        models.set_note(session, "mine", "jrt", "once")
        models.set_note(session, "mine", "measured", {"f1": 0.3})
    with database.read() as session:
        assert [row.name for row in models.list_models(session)] == ["newer", "mine"]
        assert models.get_model(session, "mine") == replace(model, notes={"jrt": "once", "measured": {"f1": 0.3}})
    with pytest.raises(StorageError, match="already"), database.session() as session:
        models.add_model(session, model)
    with database.session() as session:
        models.remove_model(session, "mine")
    for ask in (models.get_model, models.remove_model, lambda session, name: models.set_note(session, name, "a", 1)):
        with pytest.raises(StorageError, match="no model called “mine”"), database.session() as session:
            ask(session, "mine")


# -- quarantine --------------------------------------------------------------------------------------------------------


def test_a_file_stays_in_quarantine_until_released(database: Database) -> None:
    with database.session() as session:
        assert quarantine.quarantined(session, "ab") is None
        quarantine.quarantine(session, "ab", "It crashed the reader.")
        quarantine.quarantine(session, "ab", "It crashed the reader again.")
    with database.session() as session:
        assert quarantine.quarantined(session, "ab") == "It crashed the reader again."
        quarantine.release(session, "ab")
        quarantine.release(session, "never seen")
    with database.read() as session:
        assert quarantine.quarantined(session, "ab") is None


# -- times -------------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.integers(-12 * 60, 12 * 60), days=st.integers(0, 700))
def test_a_moment_is_kept_whatever_the_time_zone(database: Database, document_id: str, minutes: int, days: int) -> None:
    moment = (MOMENT + timedelta(days=days)).astimezone(timezone(timedelta(minutes=minutes)))
    with database.session() as session:
        memories.put_memory(session, replace(memory_of(document_id), created_at=moment))
    with database.read() as session:
        kept = memories.get_memory(session, "m1").created_at
    assert kept == moment
    assert kept.tzinfo == UTC
