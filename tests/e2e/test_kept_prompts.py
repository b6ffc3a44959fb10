"""A prompt is read once in its life: asked, closed, opened anew and asked again, with the real model and the real file."""

from __future__ import annotations

import pytest

from app.operations import asking, forgetting, library
from app.operations.opening import open_services
from engine.backends.llamacpp import LlamaCppBackend
from engine.backends.pytorch import TorchBackend
from engine.errors import ModelError
from engine.jobs import Finished
from engine.loading import embedded_model

pytestmark = pytest.mark.model

GLOSSARY = "You help a translator. Keep to these names: " + "; ".join(
    f"{name} is written {name.upper()} and said {name.lower()}" for name in (
        "Thirza", "Cobbold", "Stannard", "Bethuel", "Crane", "Codicil", "Muniment", "Gannock", "Hannah", "Copy House",
        "Charter", "Ferry", "Light Book", "Alderman", "Bailiff", "Warden", "Sexton", "Verger", "Recorder", "Chandler",
    )
)  # fmt: skip


@pytest.fixture(autouse=True)
def _needs_the_model():
    try:
        embedded_model()
    except ModelError as problem:
        pytest.fail(str(problem))


@pytest.fixture
def read_tokens(monkeypatch):
    """How many tokens the model has read, in whichever engine, one list item a call."""
    counts: list[int] = []
    for engine in (TorchBackend, LlamaCppBackend):

        def counted(self, token_ids, state, read=engine.read):
            counts.append(len(token_ids))
            return read(self, token_ids, state)

        monkeypatch.setattr(engine, "read", counted)
    return counts


def ask(services, question, **options):
    (document,) = library.list_documents(services)
    ticket = asking.ask(services, document.document_id, question, instructions=GLOSSARY, max_new_tokens=4, **options)
    end = services.run_until_end(ticket)
    assert isinstance(end, Finished), end
    return end.result


def test_after_a_restart_only_what_is_new_is_read(tmp_path, read_tokens):
    services = open_services(tmp_path)
    first = ask(services, "Who kept the key?")
    (entry,) = services.prompt_states.entries()
    services.close()
    assert first.reused_tokens == 0 and entry.tokens > 256
    assert (entry.kind, entry.hits, entry.title) == ("exact", 0, "The Light Book")

    services = open_services(tmp_path)
    read_tokens.clear()
    second = ask(services, "What was the cat called?")
    assert second.reused_tokens == entry.tokens
    prompt_tokens_read = second.prompt_tokens - second.reused_tokens
    assert prompt_tokens_read <= sum(read_tokens) <= prompt_tokens_read + 4
    (used,) = services.prompt_states.entries()
    assert (used.hits, used.tokens_saved, used.bytes) == (1, entry.tokens, entry.bytes)
    assert used.seconds_saved > 0

    (document,) = library.list_documents(services)
    forgotten = services.run_until_end(forgetting.forget(services, document.document_id))
    assert isinstance(forgotten, Finished) and forgotten.result.residue == 0
    assert not services.prompt_states.entries() and services.prompt_states.total_bytes() == 0
    services.close()
