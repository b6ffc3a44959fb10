"""Operations on the real storage with the echo backend: what both faces rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.operations import (
    asking,
    conversations,
    forgetting,
    importing,
    learning,
    library,
    memories,
    models,
    places,
    sample,
)
from app.operations.opening import open_services
from engine.jobs import Failed, Finished, Text
from storage.errors import StorageError
from storage.settings import get_setting, set_setting

BOOK = (
    "CHAPTER I\n\nMira Oster keeps the lighthouse at Varn. The bell was called Old Tom.\n\n"
    "CHAPTER II\n\nIn the winter of 1814 the ferryman Jonas Pell drowned. Nobody rang the bell that night.\n"
)


@pytest.fixture
def book(services, tmp_path):
    path = tmp_path / "lighthouse.txt"
    path.write_text(BOOK, "utf-8")
    end = services.run_until_end(importing.import_file(services, path))
    assert isinstance(end, Finished), end
    return end.result.document


def run(services, ticket):
    events = []
    return services.run_until_end(ticket, events.append), events


def test_the_first_run_has_the_sample_story_once_and_not_again_after_it_was_forgotten(tmp_path):
    services = open_services(tmp_path, echo=True)
    (row,) = library.list_documents(services)
    assert row.sample and row.tokens > 5000
    end, _ = run(services, forgetting.forget(services, row.document_id))
    assert isinstance(end, Finished) and end.result.residue == 0
    services.close()
    services = open_services(tmp_path, echo=True)
    assert library.list_documents(services) == []
    services.close()


def test_the_sample_questions_are_answered_by_the_text():
    story = (Path(sample.__file__).parents[2] / "assets" / "sample" / "story.md").read_text("utf-8")
    data = json.loads((Path(sample.__file__).parents[2] / "assets" / "sample" / "questions.json").read_text("utf-8"))
    assert len(sample.suggested_questions()) == 3
    for item in data["questions"]:
        if item["expected"] is not None:
            assert item["evidence"] in story
            assert item["expected"].lower() in item["evidence"].lower()


def test_importing_the_same_file_twice_is_noticed(services, book, tmp_path):
    again, _ = run(services, importing.import_file(services, tmp_path / "lighthouse.txt"))
    assert again.result.already_there and again.result.document == book
    assert len(library.list_documents(services)) == 2


@pytest.mark.parametrize(
    "name, data", [("empty.txt", b""), ("not.epub", b"PK\x03\x04nonsense"), ("p.pdf", b"%PDF-1.4 cut")]
)
def test_a_bad_file_is_one_sentence_and_leaves_nothing(services, tmp_path, name, data):
    before = len(library.list_documents(services))
    (tmp_path / name).write_bytes(data)
    end, _ = run(services, importing.import_file(services, tmp_path / name))
    assert isinstance(end, Failed) and end.expected and name in end.message
    assert len(library.list_documents(services)) == before


def test_a_missing_file_is_a_sentence(services, tmp_path):
    end, _ = run(services, importing.import_file(services, tmp_path / "nowhere.txt"))
    assert isinstance(end, Failed) and end.expected


def test_an_answer_is_streamed_kept_and_cites_places_that_stand_in_the_text(services, book):
    end, events = run(services, asking.ask(services, book, "Who keeps the lighthouse at Varn?"))
    answer = end.result
    text = library.text(services, book)
    assert "".join(event.text for event in events if isinstance(event, Text)).strip() == answer.answer
    assert answer.citations
    for cited in answer.citations:
        assert text[cited.start : cited.end] == cited.quote
    (turn,) = (each.turn for each in conversations.newest(services, book).line)
    assert turn.answer == answer.answer
    assert [citation.quote for citation in turn.citations] == [cited.quote for cited in answer.citations]


def test_nothing_behind_the_place_one_has_read_to_is_retrieved(services, book):
    text = library.text(services, book)
    limit = text.index("CHAPTER II")
    end, _ = run(services, asking.ask(services, book, "Who drowned in the winter of 1814?", up_to=limit))
    assert all(passage.end <= limit for passage in end.result.passages)
    assert "Pell" not in end.result.answer and not end.result.citations
    whole, _ = run(services, asking.ask(services, book, "Who drowned in the winter of 1814?"))
    assert "Pell" in whole.result.answer


def test_places_are_offsets_shares_or_sections(services, book):
    text = library.text(services, book)
    assert places.parse_place(services, book, "17") == 17
    assert places.parse_place(services, book, "999999") == len(text)
    assert places.parse_place(services, book, "50%") == round(len(text) / 2)
    assert places.parse_place(services, book, library.outline(services, book)[0].title) == text.index("CHAPTER II") - 2
    with pytest.raises(StorageError):
        places.parse_place(services, book, "the end of the world")


def test_an_empty_question_and_an_unknown_document_are_sentences(services, book):
    with pytest.raises(StorageError):
        asking.ask(services, book, "  ")
    with pytest.raises(StorageError):
        asking.ask(services, "000000000000", "Who?")
    with pytest.raises(StorageError):
        forgetting.forget(services, "000000000000")


def test_a_backend_that_cannot_learn_says_so_and_leaves_no_half_memory_running(services, book):
    end, _ = run(services, learning.learn(services, book))
    assert isinstance(end, Failed) and "cannot learn" in end.message
    (learned,) = memories.of_document(services, book)
    assert learned.memory.state == "partial"
    assert learning.resumable(services) == []


def test_what_a_dead_process_was_learning_is_offered_again(services, book, tmp_path):
    run(services, learning.learn(services, book))
    with services.database.session() as session:  # as kill -9 leaves it: rows running, of a process that is no more
        memory = learning.memories(session, book)[0]
        learning.put_memory(session, learning.replace(memory, state="running"))
        row = learning.jobs.add_job(session, kind="learn", document_id=book, params={})
        from sqlalchemy import text as sql

        session.execute(sql("UPDATE jobs SET pid = 999999, state = 'running' WHERE id = :id"), {"id": row})
    services.close()
    again = open_services(services.data_dir, echo=True)
    assert [(each.document.document_id, each.was_interrupted) for each in learning.resumable(again)] == [(book, True)]
    again.close()


def test_forgetting_leaves_nothing_of_the_document(services, book):
    run(services, asking.ask(services, book, "Who keeps the lighthouse at Varn?"))
    will_go = forgetting.what_will_go(services, [book])
    assert will_go["documents"] == 1 and will_go["turns"] == 1
    end, _ = run(services, forgetting.forget(services, book))
    assert end.result.residue == 0
    services.close()
    for path in services.data_dir.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"Mira Oster" not in data and b"Jonas Pell" not in data, path


def test_the_embedded_model_cannot_be_removed_and_an_unknown_one_not_used(services):
    with pytest.raises(StorageError):
        models.remove_model(services, models.EMBEDDED_NAME)
    with pytest.raises(StorageError):
        models.use_model(services, "no-such-model")
    assert [model.name for model in models.list_models(services)] == [models.EMBEDDED_NAME]


def test_settings_survive(services):
    with services.database.session() as session:
        set_setting(session, "model", "x")
    with services.database.read() as session:
        assert get_setting(session, "model") == "x"
