"""A prompt compressed for a user's own model and used: through the real engine, over restarts."""

from __future__ import annotations

import pytest

from app.operations import asking, compressing, compressors, library, models, prompt_caches
from app.operations.compressor_folders import CompressorMethod, own_encoder_folder
from app.operations.models import find_model
from app.operations.opening import open_services
from engine.api import Compressed, CompressMethod, PromptLayout, SegmentTraining
from engine.jobs import Finished

INSTRUCTIONS = "You keep the light. " + "Answer in one short sentence and call the lamp the great light. " * 4


def run(services, ticket):
    end = services.run_until_end(ticket)
    assert isinstance(end, Finished), end
    return end.result


def ask(services, **options):
    (story,) = library.list_documents(services)
    ticket = asking.ask(services, story.document_id, "Who keeps the light?", instructions=INSTRUCTIONS, **options)
    return run(services, ticket)


@pytest.fixture
def open_again(tmp_path, tiny_model_folder):
    """Opens the data folder; what was opened before is closed first."""
    opened = []

    def again():
        while opened:
            opened.pop().close()
        opened.append(open_services(tmp_path / "data"))
        return opened[-1]

    services = again()
    run(services, models.add_model(services, tiny_model_folder))
    models.use_model(services, "tiny")
    yield again
    while opened:
        opened.pop().close()


def make_encoder(services, model):
    """An encoder of random weights, as training begins with, marked as trained."""
    import torch

    from engine import lora
    from engine.backends.pytorch import load_torch
    from engine.methods.gist.encoder import EncoderHeader, new_embeddings, save_encoder

    backend = load_torch(model, device=torch.device("cpu"), dtype=torch.float32)
    pairs = lora.new_pairs(backend.model, rank=2, scale=1.0, seed=0)
    folder = own_encoder_folder(services.data_dir, model.identity)
    header = EncoderHeader(model.name, model.identity, 2, 1.0)
    save_encoder(folder, pairs, new_embeddings(backend.model, seed=0), header, {"steps": 1})


def test_a_prompt_is_read_once_in_its_life_and_a_gist_stands_in_for_it(open_again):
    services = open_again()
    tiny = find_model(services, "tiny")
    make_encoder(services, tiny)
    (encoder,) = compressors.compressors_of(services, tiny)
    assert encoder.used and encoder.ready and encoder.own

    prompt = compressing.Prompt("The keeper", INSTRUCTIONS, PromptLayout.INSTRUCTIONS)
    gist: Compressed = run(services, compressing.compress(services, prompt, k=4, use=True))
    assert gist.k == 4 and gist.ratio > 1 and 0 < gist.bytes_gist < gist.bytes_exact
    (kept,) = [each for each in prompt_caches.overview(services).caches if each.row.kind == "gist"]
    assert kept.row.entry == gist.entry and kept.row.in_use and kept.usable
    assert "call the lamp the great light" in prompt_caches.prompt_text(services, gist.entry)

    services = open_again()
    answer = ask(services)
    assert answer.gist_tokens == gist.tokens <= answer.reused_tokens < answer.prompt_tokens
    compared = run(services, prompt_caches.compare(services, gist.entry, "Who are you?", max_new_tokens=4))
    assert compared.full.slots == gist.tokens and compared.gist.slots == gist.slots
    assert ask(services, use_gists=False).gist_tokens == 0

    services = open_again()
    exact = ask(services, use_gists=False)
    assert exact.gist_tokens == 0 and exact.reused_tokens >= gist.tokens - 1
    assert ask(services, use_caches=False, use_gists=False).answer == exact.answer
    assert prompt_caches.totals(services).tokens_saved >= gist.tokens


def test_a_document_that_is_kept_exactly_stands_before_its_questions_and_is_not_read_again(open_again):
    services = open_again()
    (story,) = library.list_documents(services)
    prompt = compressing.document_prompt(services, story.document_id)
    options = {"method": CompressMethod.EXACT, "max_tokens": 60, "use": True}
    exact: Compressed = run(services, compressing.compress(services, prompt, **options))
    assert services.prompt_states.entry(exact.entry).in_use

    services = open_again()

    def ask(**chosen):
        return run(
            services, asking.ask(services, story.document_id, "Who keeps the light?", max_new_tokens=4, **chosen)
        )

    answer = ask()
    assert answer.reused_tokens == exact.tokens < answer.prompt_tokens and answer.gist_tokens == 0
    (row,) = services.prompt_states.entries()  # nothing is kept beside it
    assert (row.hits, row.tokens_saved) == (1, exact.tokens)
    assert ask(up_to=400).prompt_tokens < exact.tokens + 10  # what lies behind may not be seen
    prompt_caches.set_in_use(services, exact.entry, False)
    assert ask().prompt_tokens < answer.prompt_tokens


def test_removing_a_model_takes_its_encoder_and_its_prompts_along(open_again):
    services = open_again()
    tiny = find_model(services, "tiny")
    prompt = compressing.Prompt("The keeper", INSTRUCTIONS, PromptLayout.INSTRUCTIONS)
    run(services, compressing.compress(services, prompt, method=CompressMethod.EXACT))
    folder = own_encoder_folder(services.data_dir, tiny.identity)
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{}")
    removed = models.remove_model(services, "tiny")
    assert not folder.exists()
    models.put_back(services, removed)
    assert folder.exists() and len(services.prompt_states.entries()) == 1
    models.remove_model(services, "tiny")
    models.purge_removed(services)
    assert not folder.exists() and services.prompt_states.entries() == []
    assert not list((services.data_dir / "compressors").rglob("*"))


def test_a_segment_compressor_is_trained_on_books_and_comes_into_use(open_again, tmp_path):
    """With a model of the user's own, through the engine's process; its figures are of authors it has not read."""
    books = tmp_path / "books"
    books.mkdir()
    for author in ("Elliot", "Keeper"):
        words = f"{author} keeps the lighthouse of Oster while the sea is grey and the wind is high. "
        (books / f"{author}_Light_1872.txt").write_text(words * 80)
    services = open_again()
    tiny = find_model(services, "tiny")
    config = SegmentTraining(steps=2, rank=2, segments=3, hold_out=("Keeper",))
    method = CompressorMethod.SEGMENTS
    made = run(services, compressors.train(services, method=method, data=[books], config=config, licence="CC0-1.0"))
    assert made.steps == 2 and made.score.recovered.keys() == {8, 32}
    (found,) = compressors.compressors_of(services, tiny, method)
    assert found.used and found.card.data == ("books",) and found.card.licence == "CC0-1.0"
    assert [look.step for look in found.card.curve] == [0, 2]
    assert compressors.segment_compressor_folder(services, tiny) == made.folder
