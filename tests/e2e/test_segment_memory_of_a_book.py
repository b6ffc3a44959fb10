"""A book longer than the window, with the real model: compressed, asked about, gone on with, forgotten. The compressor is an untrained
one: what it does to answers is measured elsewhere (tests/bench), here is that everything fits together."""

from __future__ import annotations

import pytest
import torch

from app.operations import asking, forgetting, library, segment_memories
from app.operations.compressor_folders import CompressorMethod, own_encoder_folder
from app.operations.opening import open_services
from engine.backends.pytorch import load_torch
from engine.errors import ModelError
from engine.jobs import Finished
from engine.loading import embedded_model
from engine.methods.segments.compressor import CompressorHeader, new_compressor, save_compressor

pytestmark = pytest.mark.model

SEGMENT = 256


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder whose model has a compressor."""
    try:
        ref = embedded_model()
    except ModelError as problem:
        pytest.fail(str(problem))
    monkeypatch.setattr("app.operations.compressor_folders._SHIPPED", tmp_path / "shipped")
    backend = load_torch(ref, device=torch.device("cpu"))
    header = CompressorHeader(ref.name, ref.identity, SEGMENT, rank=4, scale=1.0)
    folder = own_encoder_folder(tmp_path / "data", ref.identity, CompressorMethod.SEGMENTS)
    save_compressor(folder, new_compressor(backend.model, header, seed=1), {"steps": 1})
    return tmp_path / "data"


def result_of(services, ticket):
    end = services.run_until_end(ticket)
    assert isinstance(end, Finished), end
    return end.result


def test_a_book_is_compressed_asked_about_after_a_restart_and_forgotten(data):
    services = open_services(data)
    (document,) = library.list_documents(services)
    half = result_of(
        services, segment_memories.encode(services, document.document_id, ratio=32, max_tokens=2 * SEGMENT)
    )
    assert (half.segments, half.slots, half.verbatim_tokens) == (2, 16, 0)
    status = segment_memories.status(services, document.document_id)
    assert not status.complete and status.can_go_on and status.window_tokens == 8192
    services.close()

    services = open_services(data)
    more = segment_memories.encode(services, document.document_id, max_tokens=5 * SEGMENT + 10)
    done = result_of(services, more)
    assert (done.segments, done.new_segments, done.ratio, done.verbatim_tokens) == (5, 3, 32.0, 10)

    def ask(**options):
        question = "Who kept the key of the Copy House?"
        return result_of(services, asking.ask(services, document.document_id, question, max_new_tokens=4, **options))

    with_memory, without = ask(), ask(use_segments=False)
    assert (with_memory.segments_used, with_memory.segment_tokens) == (5, 5 * SEGMENT)
    assert (without.segments_used, with_memory.prompt_tokens) == (0, without.prompt_tokens)
    up_to = segment_memories.status(services, document.document_id).ends[1]
    assert ask(up_to=up_to).segments_used == 2
    gone = result_of(services, forgetting.forget(services, document.document_id))
    assert gone.residue == 0 and gone.removed["prompt_states"] >= 1
    assert services.prompt_states.entries() == [] and services.prompt_states.total_bytes() == 0
    services.close()
