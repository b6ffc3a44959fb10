"""Compressing: what is meant by a word, what the engine is asked, and what is used from then on."""

from __future__ import annotations

import pytest

from app.operations import asking, compressing, forgetting, library
from app.operations.compressor_folders import own_encoder_folder
from app.operations.importing import import_file
from app.operations.models import ECHO
from app.operations.opening import open_services
from app.operations.settings import change_settings
from engine.api import CompressMethod, PromptLayout
from engine.jobs import Failed, Finished, Stopped
from storage.errors import StorageError
from storage.prompt_states import Prompt


@pytest.fixture
def services(tmp_path, fake_gists, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = open_services(tmp_path / "data", echo=True)
    yield opened
    opened.close()


@pytest.fixture
def encoder(services, with_encoder):
    return with_encoder(own_encoder_folder(services.data_dir, ECHO.identity), ECHO.identity)


def compressed(services, prompt, **options):
    end = services.run_until_end(compressing.compress(services, prompt, **options))
    assert isinstance(end, Finished), end
    return end.result


def story(services):
    (row,) = library.list_documents(services)
    return row


def test_a_document_is_meant_by_id_and_title(services):
    row = story(services)
    for words in (row.document_id, row.document_id[:8], row.title, row.title[:7].upper()):
        meant = compressing.find_prompt(services, words)
        assert meant.other is None
        assert meant.prompt == compressing.document_prompt(services, row.document_id)
    assert meant.prompt.text == library.text(services, row.document_id)
    assert (meant.prompt.layout, meant.prompt.document_id) == (PromptLayout.DOCUMENT, row.document_id)


def test_a_file_is_meant_by_its_path(services, tmp_path):
    (tmp_path / "guide.txt").write_text("Be kind.\n")
    for words in ("guide.txt", "./guide.txt", str(tmp_path / "guide.txt")):
        meant = compressing.find_prompt(services, words)
        assert meant.prompt == compressing.Prompt("guide", "Be kind.", PromptLayout.INSTRUCTIONS)


def test_where_both_fit_a_path_is_the_file_and_a_bare_word_is_asked_back(services, tmp_path):
    title = story(services).title
    for name in (title, "The Light Book.md"):
        (tmp_path / name).write_text("Be kind.")
    with pytest.raises(StorageError, match="is a file here and a document of the library"):
        compressing.find_prompt(services, title)
    meant = compressing.find_prompt(services, f"./{title}")
    assert meant.prompt.document_id is None and meant.prompt.text == "Be kind."
    end = services.run_until_end(import_file(services, tmp_path / "The Light Book.md"))
    assert isinstance(end, Finished)


def test_a_file_that_has_the_name_of_a_document_is_the_file_and_the_document_is_named(services, tmp_path):
    row = story(services)
    with services.database.session() as session:
        from storage.schema import Document

        session.get_one(Document, row.document_id).title = "story.md"
    (tmp_path / "story.md").write_text("Be kind.")
    meant = compressing.find_prompt(services, "story.md")
    assert meant.prompt.text == "Be kind." and meant.other is not None
    assert meant.other.document_id == row.document_id


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("nothing.txt", "There is no file nothing.txt"),
        ("Moby", "No document is called “Moby”"),
        (" ", "name a document"),
        ("Be kind. " * 99, "No document is called"),
        ("~nobody/x", "There is no file"),
    ],
)
def test_what_means_nothing_gets_a_sentence(services, words, sentence):
    with pytest.raises(StorageError, match=sentence):
        compressing.find_prompt(services, words)


def test_standing_instructions_are_a_prompt(services):
    with pytest.raises(StorageError, match="no standing instructions"):
        compressing.instructions_prompt(services)
    change_settings(services, {"instructions": "  Be kind.\n"})
    prompt = compressing.instructions_prompt(services)
    assert (prompt.text, prompt.layout, prompt.document_id) == ("Be kind.", PromptLayout.INSTRUCTIONS, None)


def test_the_engine_is_asked_for_what_was_chosen(services, encoder, fake_gists):
    row = story(services)
    prompt = compressing.titled(compressing.document_prompt(services, row.document_id), " A  name ")
    done = compressed(services, prompt, k=8, keep_literals=False, max_tokens=100)
    (request,) = fake_gists.requests
    assert (request.title, request.document_key, request.encoder) == ("A name", row.document_id, encoder)
    assert (request.k, request.keep_literals, request.max_tokens) == (8, False, 100)
    assert request.method is CompressMethod.GIST and done.k == 8
    assert services.prompt_states.entry(done.entry).in_use is False


def test_a_gist_is_used_at_once_where_that_is_wanted(services, encoder):
    prompt = compressing.Prompt("Kind", "Be kind.", PromptLayout.INSTRUCTIONS)
    assert services.prompt_states.entry(compressed(services, prompt, use=True).entry).in_use
    exact = compressed(services, prompt, method=CompressMethod.EXACT)
    assert services.prompt_states.entry(exact.entry).kind == "exact"


def test_what_cannot_be_compressed_gets_a_sentence_and_no_job(services, fake_gists):
    prompt = compressing.Prompt("Kind", "Be kind.", PromptLayout.INSTRUCTIONS)
    with pytest.raises(StorageError, match="no gist encoder yet"):
        compressing.compress(services, prompt)
    with pytest.raises(StorageError, match="1, 2, 4, 8, 16, 32 gist tokens, not 3"):
        compressing.compress(services, prompt, k=3)
    with pytest.raises(StorageError, match="holds no text"):
        compressing.compress(services, compressing.Prompt("Empty", " \n", PromptLayout.INSTRUCTIONS))
    with pytest.raises(StorageError, match="a name"):
        compressing.titled(prompt, " ")
    assert fake_gists.requests == [] and services.open_tickets() == []
    compressed(services, prompt, method=CompressMethod.EXACT)  # needs no encoder


def test_forgetting_a_document_forgets_what_was_compressed_of_it(services, encoder):
    row = story(services)
    prompt = compressing.document_prompt(services, row.document_id)
    kept = compressed(services, compressing.Prompt("Kind", "Be kind.", PromptLayout.INSTRUCTIONS)).entry
    compressed(services, prompt)
    compressed(services, prompt, method=CompressMethod.EXACT)
    end = services.run_until_end(forgetting.forget(services, row.document_id))
    assert isinstance(end, Finished) and end.result.residue == 0
    assert [entry.entry for entry in services.prompt_states.entries()] == [kept]


@pytest.mark.parametrize("job", ["compress", "ask"])
def test_of_what_another_palimpsest_forgets_meanwhile_nothing_is_kept(services, encoder, tmp_path, job):
    row = story(services)
    prompt = compressing.document_prompt(services, row.document_id)
    kept = compressed(services, compressing.Prompt("Kind", "Be kind.", PromptLayout.INSTRUCTIONS)).entry
    begin = {
        "compress": lambda: compressing.compress(services, prompt),
        "ask": lambda: asking.ask(services, row.document_id, "Who keeps the light?"),
    }
    ticket = begin[job]()
    other = open_services(tmp_path / "data", echo=True)
    assert isinstance(other.run_until_end(forgetting.forget(other, row.document_id)), Finished)
    other.close()
    late = Prompt("a scope", [1, 2, 3], row.title, "echo", "echo", document_id=row.document_id)
    services.prompt_states.write_gist(late, b"read by the model before it heard")
    end = services.run_until_end(ticket)
    assert isinstance(end, Failed) and "forgotten" in end.message
    assert [entry.entry for entry in services.prompt_states.entries()] == [kept]


def test_stopping_keeps_nothing(services, encoder):
    ticket = compressing.compress(services, compressing.Prompt("Kind", "Be kind.", PromptLayout.INSTRUCTIONS))
    services.cancel(ticket)
    end = services.run_until_end(ticket)
    assert isinstance(end, Stopped | Finished)
    assert len(services.prompt_states.entries()) == isinstance(end, Finished)


def test_the_real_engine_says_that_the_echo_backend_keeps_no_states(tmp_path):
    opened = open_services(tmp_path / "other", echo=True)
    try:
        prompt = compressing.Prompt("Kind", "Be kind.", PromptLayout.INSTRUCTIONS)
        end = opened.run_until_end(compressing.compress(opened, prompt, method=CompressMethod.EXACT))
        assert isinstance(end, Failed) and "echo" in end.message
        assert opened.prompt_states.entries() == []
    finally:
        opened.close()
