"""Training a gist encoder: batches do not see each other, training and use agree, a run goes on to the same encoder."""

from __future__ import annotations

import json
import os
import shutil

import pytest
import torch

from engine import lora
from engine.api import GIST_TOKENS, CompressorScore, GistTraining, TrainCompressor
from engine.backends.pytorch import load_torch
from engine.errors import EngineError, ModelError, StateMismatch
from engine.jobs import Progress, run_to_end
from engine.kv_state import KVState
from engine.layerwise import Decoder
from engine.loading import prepare
from engine.methods.compressor_training import loop
from engine.methods.compressor_training.checkpoint import CHECKPOINT_FILE
from engine.methods.compressor_training.files import CARD_FILE
from engine.methods.gist import training
from engine.methods.gist.distillation import Distiller, make_batch
from engine.methods.gist.encoder import (
    ENCODER_FILE,
    MAX_FILE_BYTES,
    EncoderHeader,
    GistEncoder,
    load_encoder,
    new_embeddings,
    save_encoder,
)
from engine.methods.gist.encoding import gist_state
from engine.methods.gist.examples import Corpus, Draft, Example, Lengths, PairSource, load_corpus, split_chat
from engine.methods.gist.refining import refine
from engine.methods.gist.replies import write_replies, write_replies_behind
from engine.methods.gist.spans import encode_spans
from engine.runtime import Runtime

LENGTHS = Lengths(prompt=120, begun=60, reply=16)


@pytest.fixture(scope="module")
def backend(family_folder, tmp_path_factory):
    """The tiny model with room for a prompt and what follows it; fp32."""
    source = tmp_path_factory.mktemp("trained") / "source"
    shutil.copytree(family_folder("llama"), source)
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 1024}))
    model = run_to_end(prepare(source, source.parent / "prepared", "trained"))
    return load_torch(model, device=torch.device("cpu"), dtype=torch.float32)


@pytest.fixture
def distiller(backend):
    """A random encoder, strong enough to be felt."""
    pairs = lora.new_pairs(backend.model, rank=4, scale=1.0, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for pair in pairs.values():
            pair.b.normal_(0.0, 0.2, generator=generator)
    embeddings = new_embeddings(backend.model, seed=3)
    return Distiller(backend.model, Decoder.of(backend.model), pairs, embeddings, gold_share=0.2)


def example(seed: int, prompt: int, begun: int, reply: int, kept=(), *, gold=True) -> Example:
    draw = torch.Generator().manual_seed(seed)
    ids = torch.randint(3, 300, (prompt + begun + reply,), generator=draw).tolist()
    draft = Draft(ids[:prompt], ids[prompt : prompt + begun], ids[prompt + begun :], gold, kept)
    return Example.of(draft, ids[prompt + begun :])


MIXED = [example(0, 9, 4, 6, (2, 5)), example(1, 30, 0, 9), example(2, 17, 7, 3, (1, 3, 11), gold=False)]


def test_a_batch_scores_every_example_as_if_it_were_alone(backend, distiller):
    together = run_to_end(distiller.score(make_batch(MIXED, backend.device), (1, 4)))
    alone = [run_to_end(distiller.score(make_batch([one], backend.device), (1, 4))) for one in MIXED]
    for k, distances in together.items():
        torch.testing.assert_close(distances.kl, torch.cat([each[k].kl for each in alone]), rtol=1e-3, atol=1e-4)


def test_gradients_of_a_batch_are_the_mean_over_its_tokens(backend, distiller):
    batch = make_batch(MIXED, backend.device)
    run_to_end(distiller.train(batch, 4))
    # what comes behind the last layer's keys and values has no part in a gist, and no gradient
    trained = [tensor for _, tensor in lora.named_tensors(distiller.pairs) if tensor.grad is not None]
    together = [tensor.grad.clone() for tensor in trained]
    assert len(trained) == 2 * (7 + 2)
    summed = [torch.zeros_like(grad) for grad in together]
    for one in MIXED:
        for tensor in trained:
            tensor.grad = None
        alone = make_batch([one], backend.device)
        run_to_end(distiller.train(alone, 4))
        share = float(alone.scored.sum() / batch.scored.sum())
        for total, tensor in zip(summed, trained, strict=True):
            total += share * tensor.grad
    for found, wanted in zip(together, summed, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-5)


def test_the_prompt_reaches_the_student_through_its_gist_alone(backend, distiller):
    """With the first token and what is kept the same, other prompts change the student only by changing the gist."""
    one = example(0, 20, 3, 6)
    other = Example(
        [one.prompt_ids[0], *example(9, 19, 0, 1).prompt_ids], one.continuation_ids, one.scored_from, True, ()
    )
    batches = [make_batch([each], backend.device) for each in (one, other)]
    prompts = [distiller._read_prompt(batch) for batch in batches]
    gists = [
        distiller._encode(batch, prompt, 2, with_grad=False) for batch, prompt in zip(batches, prompts, strict=True)
    ]
    own, swapped, foreign = (
        distiller.read_behind(batches[0], prompts[p], gists[g], with_grad=False) for p, g in ((0, 0), (1, 0), (1, 1))
    )
    torch.testing.assert_close(own, swapped, rtol=1e-4, atol=1e-5)
    assert (own - foreign).abs().max() > 1e-3


def test_what_is_trained_is_what_is_used(backend, distiller):
    """The student of a training step reads what a backend reads behind the gist's state, kept places and all."""
    one = MIXED[0]
    batch = make_batch([one], backend.device)
    found = run_to_end(distiller.score(batch, (4,)))
    encoder = GistEncoder(
        distiller.pairs,
        distiller.embeddings.detach(),
        "e",
        EncoderHeader("trained", backend.info.model.identity, 4, 1.0),
    )
    state = backend.new_state()
    backend.read(list(one.prompt_ids), state)
    gist = gist_state(backend, encoder, state, 4, one.kept_places)
    assert gist.slots == 1 + len(one.kept_places) + 4 and gist.next_position == len(one.prompt_ids) + 4
    assert state.tokens == list(one.prompt_ids) and state.cache.get_seq_length() == len(one.prompt_ids)
    behind = backend.new_state(prefix=gist)
    nlls = []
    for place, token in enumerate(one.continuation_ids[:-1]):
        logits = torch.from_numpy(backend.read([token], behind))
        nlls.append(-torch.log_softmax(logits, -1)[one.continuation_ids[place + 1]])
    torch.testing.assert_close(torch.stack(nlls[one.scored_from - 1 :]), found[4].student_nll, rtol=1e-3, atol=1e-4)


def test_fewer_gist_tokens_are_the_first_of_more(backend, distiller):
    encoder = GistEncoder(distiller.pairs, distiller.embeddings.detach(), "e", EncoderHeader("", "", 4, 1.0))
    state = backend.new_state()
    backend.read([5, 6, 7, 8, 9], state)
    many, few = (gist_state(backend, encoder, state, k, [2]) for k in (8, 2))
    for all_keys, first_keys in zip(many.keys, few.keys, strict=True):
        torch.testing.assert_close(all_keys[:, :4], first_keys)


def test_replies_side_by_side_are_those_of_each_alone(backend):
    drafts = [Draft(each.prompt_ids, [7, 8], None, False, ()) for each in MIXED]
    drafts.append(Draft(MIXED[0].prompt_ids, [7], [9, 9], True, ()))
    together = run_to_end(write_replies(backend, drafts, tokens=5))
    assert together == [run_to_end(write_replies(backend, [draft], tokens=5))[0] for draft in drafts]
    assert together[-1] == [9, 9] and all(0 < len(reply) <= 5 for reply in together)


@pytest.fixture
def data(tmp_path):
    file = tmp_path / "pairs.jsonl"
    records = [
        {"prompt": f"Anne walked to Lyme with {n} captains.", "completion": f"{n} captains<|endoftext|>"}
        for n in range(40)
    ]
    file.write_text("\n".join(json.dumps(record) for record in records))
    (tmp_path / "prose.txt").write_text("Mira keeps the lighthouse of Oster. " * 200)
    return (file, tmp_path / "prose.txt")


def test_the_same_drafts_for_the_same_name(backend, data):
    corpus = load_corpus(data)
    one, two = (corpus.drafts("7", 12, backend.tokenizer, LENGTHS) for _ in range(2))
    assert one == two != corpus.drafts("8", 12, backend.tokenizer, LENGTHS)
    lengths = [len(draft.prompt_ids) for draft in one]
    assert lengths == sorted(lengths) and max(lengths) <= LENGTHS.prompt
    for draft in one:
        assert list(draft.kept_places) == sorted(set(draft.kept_places)) and 0 not in draft.kept_places
        assert all(place < len(draft.prompt_ids) for place in draft.kept_places)


def test_what_is_held_out_is_not_trained_on(data):
    corpus = load_corpus(data[:1])
    (trained,) = [source for source in corpus.trained if isinstance(source, PairSource)]
    (kept,) = [source for source in corpus.held_out if isinstance(source, PairSource)]
    assert len(trained._pairs) == 35 and len(kept._pairs) == 5 and not set(trained._pairs) & set(kept._pairs)


def test_a_chat_is_split_where_its_prompt_ends(backend):
    tokenizer = backend.tokenizer
    prompt, rest = split_chat(tokenizer, "Mira keeps it.", "Who?")
    assert tokenizer.decode(prompt) == "system\nMira keeps it.\nuser\n"
    assert tokenizer.decode(rest).startswith("Who?")


@pytest.mark.parametrize("content", ["{", '{"question": 1}', "[1]"])
def test_files_that_hold_no_prompts(tmp_path, content):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(EngineError, match=r"bad\.json holds no prompts"):
        load_corpus([tmp_path / "bad.json"])


class RuntimeWith(Runtime):
    def __init__(self, backend):
        super().__init__()
        self.models.hold(backend)


SMALL = GistTraining(steps=12, batch=2, rank=2, max_prompt_tokens=64, continuation_tokens=16)


def request(backend, folder, data, **changed):
    return TrainCompressor(backend.info.model, folder, data, SMALL, **changed)


@pytest.fixture
def own_data_only(monkeypatch):
    """The tiny tokenizer spells the prompts that come with Palimpsest letter by letter: they are too long for it."""
    whole = training.load_corpus

    def load(paths):
        corpus = whole(paths)
        return Corpus(corpus.trained[1:], corpus.held_out[1:])

    monkeypatch.setattr(training, "load_corpus", load)


@pytest.mark.usefixtures("own_data_only")
def test_a_run_that_was_killed_goes_on_to_the_same_encoder(backend, data, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY", 5)
    whole = run_to_end(training.train_compressor(request(backend, tmp_path / "whole", data), RuntimeWith(backend)))
    steps = training.train_compressor(request(backend, tmp_path / "stopped", data), RuntimeWith(backend))
    for event in steps:
        if isinstance(event, Progress) and event.stage == training.STAGE and event.done == 7:
            break
    steps.close()
    resumed = run_to_end(
        training.train_compressor(request(backend, tmp_path / "stopped", data, resume=True), RuntimeWith(backend))
    )
    assert resumed.encoder_sha256 == whole.encoder_sha256 and resumed.steps == 12
    again = request(backend, tmp_path / "stopped", data[:1], resume=True)
    with pytest.raises(StateMismatch, match="on other data"):
        run_to_end(training.train_compressor(again, RuntimeWith(backend)))
    (tmp_path / "stopped" / CHECKPOINT_FILE).write_bytes(b"no checkpoint")
    with pytest.raises(EngineError, match="cannot be read any more"):
        run_to_end(
            training.train_compressor(request(backend, tmp_path / "stopped", data, resume=True), RuntimeWith(backend))
        )


@pytest.mark.usefixtures("own_data_only")
def test_training_brings_the_gist_nearer_to_the_prompt(backend, data, tmp_path):
    looks = [
        event.detail
        for event in training.train_compressor(
            TrainCompressor(
                backend.info.model,
                tmp_path,
                data,
                GistTraining(
                    steps=60, batch=4, rank=8, max_prompt_tokens=64, continuation_tokens=16, learning_rate=1e-2
                ),
            ),
            RuntimeWith(backend),
        )
        if isinstance(event, Progress) and isinstance(event.detail, CompressorScore)
    ]
    first, last = looks[0], looks[-1]
    assert set(last.divergence) == set(last.recovered) == set(GIST_TOKENS)
    assert all(last.divergence[k] < 0.9 * first.divergence[k] for k in GIST_TOKENS)
    card = json.loads((tmp_path / CARD_FILE).read_text("utf-8"))
    assert card["steps"] == 60 and card["data"] == ["prompts that come with Palimpsest", *(path.name for path in data)]


def test_an_encoder_is_read_back_and_foreign_or_damaged_ones_are_refused(backend, distiller, tmp_path):
    header = EncoderHeader("trained", backend.info.model.identity, 4, 1.0)
    saved = save_encoder(tmp_path, distiller.pairs, distiller.embeddings, header, {"licence": "ours"})
    read = load_encoder(tmp_path, backend)
    assert read.sha256 == saved.sha256 and read.header == header and set(read.pairs) == set(distiller.pairs)
    torch.testing.assert_close(read.embeddings, distiller.embeddings.detach(), rtol=1e-3, atol=1e-3)

    save_encoder(tmp_path, distiller.pairs, distiller.embeddings, EncoderHeader("other", "0" * 64, 4, 1.0), {})
    with pytest.raises(StateMismatch, match="trained for other"):
        load_encoder(tmp_path, backend)
    for pairs, rank, scale in (
        (distiller.pairs, 3, 1.0),
        (distiller.pairs, 4, float("nan")),
        (distiller.pairs, 4, "1"),
        ({}, 4, 1.0),
    ):
        header = EncoderHeader("x", backend.info.model.identity, rank, scale)
        save_encoder(tmp_path, pairs, distiller.embeddings, header, {})
        with pytest.raises(ModelError, match="damaged"):
            load_encoder(tmp_path, backend)
    save_encoder(tmp_path, distiller.pairs, distiller.embeddings, EncoderHeader("x", header.model_identity, 4, 1.0), {})
    os.truncate(tmp_path / ENCODER_FILE, MAX_FILE_BYTES + 1)  # holds nothing more: a hole takes no room
    with pytest.raises(ModelError, match="damaged"):
        load_encoder(tmp_path, backend)
    (tmp_path / ENCODER_FILE).unlink()
    with pytest.raises(ModelError, match="not on the disk"):
        load_encoder(tmp_path, backend)


def test_replies_behind_a_prompt_are_those_to_the_whole(backend):
    prompt, openings = MIXED[1].prompt_ids, [[7, 8], [9, 10, 11, 12], [13]]
    state = backend.new_state()
    backend.read(list(prompt), state)
    layers = [(layer.keys, layer.values) for layer in state.cache.layers]
    behind = run_to_end(write_replies_behind(backend, layers, openings, tokens=5))
    assert behind == run_to_end(
        write_replies(backend, [Draft(prompt, opening, None, False, ()) for opening in openings], tokens=5)
    )
    assert state.cache.get_seq_length() == len(prompt)


def test_a_gist_is_fitted_to_its_prompt_and_never_worse(backend, distiller):
    encoder = GistEncoder(
        distiller.pairs,
        distiller.embeddings.detach(),
        "e",
        EncoderHeader("trained", backend.info.model.identity, 4, 1.0),
    )
    prompt = list(MIXED[1].prompt_ids)
    state = backend.new_state()
    backend.read(prompt, state)
    gist = gist_state(backend, encoder, state, 4, [3, 7])
    openings = [example(n, 1, 5, 1).continuation_ids[:5] for n in range(16)]
    refined = run_to_end(refine(backend, state, gist, openings, literal_places=[3, 7], steps=20))
    assert refined.after < 0.8 * refined.before and refined.step > 0
    assert state.tokens == prompt and state.cache.get_seq_length() == len(prompt)
    assert refined.state.next_position == gist.next_position and refined.state.identity == gist.identity
    for old, new in zip(gist.keys, refined.state.keys, strict=True):
        torch.testing.assert_close(old[:, :3], new[:, :3], rtol=0, atol=0)  # first token and literals
        assert (old[:, 3:] - new[:, 3:]).abs().max() > 1e-3
    untouched = run_to_end(refine(backend, state, gist, openings, literal_places=[3, 7], steps=0))
    assert untouched.before == untouched.after and untouched.step == 0
    for old, new in zip(gist.keys, untouched.state.keys, strict=True):
        torch.testing.assert_close(old, new)


def test_a_gist_of_several_spans_is_fitted_as_one(backend, distiller):
    encoder = GistEncoder(
        distiller.pairs,
        distiller.embeddings.detach(),
        "e",
        EncoderHeader("trained", backend.info.model.identity, 4, 1.0),
    )
    prompt = list(MIXED[1].prompt_ids)
    state = backend.new_state()
    backend.read(prompt, state)
    parts = run_to_end(encode_spans(backend, encoder, state, 2, [3, 20], span_tokens=10))
    gist = KVState.joined(parts)
    openings = [example(n, 1, 5, 1).continuation_ids[:5] for n in range(16)]
    refined = run_to_end(refine(backend, state, gist, openings, literal_places=[3, 20], steps=20))
    assert len(parts) == 3 and refined.after < refined.before
    stays = [slot for slot, place in enumerate(gist.positions.tolist()) if place in (0, 3, 20)]
    moved = [slot for slot in range(gist.slots) if slot not in stays]
    assert len(moved) == 6 and torch.equal(gist.positions, refined.state.positions)
    for old, new in zip(gist.values, refined.state.values, strict=True):
        torch.testing.assert_close(old[:, stays], new[:, stays], rtol=0, atol=0)
    assert all(bool((gist.values[0][:, slot] != refined.state.values[0][:, slot]).any()) for slot in moved)
    # what is measured while fitting is what a reader behind the state meets
    again = run_to_end(refine(backend, state, refined.state, openings, literal_places=[3, 20], steps=0))
    assert again.before == pytest.approx(refined.after, rel=1e-4)
