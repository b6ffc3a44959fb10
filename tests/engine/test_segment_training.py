"""Training a segment compressor: rows do not see each other, training and use agree, whole authors are held out, a run goes on."""

from __future__ import annotations

import dataclasses
import json
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.api import SEGMENT_RATIOS, CompressorScore, GradientMethod, SegmentTraining, TrainCompressor
from engine.errors import EngineError, StateMismatch
from engine.jobs import Progress, run_to_end
from engine.methods.compressor_training import loop
from engine.methods.compressor_training.files import CARD_FILE
from engine.methods.segments import training
from engine.methods.segments.compressor import CompressorHeader, load_compressor, new_compressor
from engine.methods.segments.examples import load_corpus
from engine.methods.segments.gradients import accumulate
from engine.methods.segments.memory import encode_segments, joined_memory, sink_state, sink_token
from engine.methods.segments.objective import Distiller, Texts
from engine.methods.segments.settings import default_segment_tokens, resolve, side_by_side
from engine.runtime import Runtime

SIZE = 32
WORDS = {
    "Elliot": "Anne walked to Lyme with the captain while the sea was grey and the wind high",
    "Keeper": "Mira keeps the lighthouse of Oster where nobody else has been since the great storm",
    "Hidden": "purple zebras juggle nine violins under quiet moons and never tell anyone why",
}


@pytest.fixture
def books(tmp_path):
    """Three authors, each with words of their own."""
    folder = tmp_path / "books"
    folder.mkdir()
    for author, words in WORDS.items():
        for title in ("One", "Two"):
            draw = random.Random(author + title)
            text = " ".join(draw.choice(words.split()) for _ in range(1500))
            (folder / f"{author}_{title}_1872.txt").write_text(text)
    return folder


def book(folder, name, text):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


# -- books -----------------------------------------------------------------------------------------------------------


def test_a_held_out_author_is_in_no_sample(books, open_backend):
    corpus = load_corpus([books], ["hidden"])
    assert {each.author for each in corpus.trained} == {"Elliot", "Keeper"}
    assert {each.author for each in corpus.held_out} == {"Hidden"}
    tokenizer = open_backend("llama").tokenizer
    for step in range(20):
        for ids in corpus.samples(f"42:{step}", 2, tokenizer, 97):
            assert len(ids) == 97 and not set(tokenizer.decode(ids).split()[1:-1]) & {"purple", "zebras", "violins"}


def test_the_same_sample_whenever_it_is_asked_for(books, open_backend):
    tokenizer = open_backend("llama").tokenizer
    first, again = load_corpus([books], ["Hidden"]), load_corpus([books], ["Hidden"])
    seventh = first.samples("42:7", 3, tokenizer, 65)
    again.samples("42:6", 3, tokenizer, 65)
    assert again.samples("42:7", 3, tokenizer, 65) == seventh != again.samples("42:8", 3, tokenizer, 65)


def test_an_author_is_known_from_the_file_name_or_from_gutenbergs_header(tmp_path):
    head = "The Project Gutenberg eBook\n\nTitle: Emma\nAuthor: Jane Austen\n\n*** START OF THE PROJECT GUTENBERG EBOOK EMMA ***\n"
    foot = "\n*** END OF THE PROJECT GUTENBERG EBOOK EMMA ***\nThe licence.\n"
    folder = tmp_path / "books"
    book(folder, "158-0.txt", f"{head}Emma Woodhouse, handsome.{foot}")
    book(folder, "Eliot_Adam_1859.txt", "With a single drop of ink.")
    book(folder, "nobody.txt", "Whose is this?")
    corpus = load_corpus([folder], ["Austen"])
    (held_out,), (trained,) = corpus.held_out, corpus.trained
    assert (held_out.author, held_out.text) == ("Jane Austen", "Emma Woodhouse, handsome.")
    assert trained.author == "Eliot"  # whose the third is, nobody can say: it could be hers
    for name in ("jane", "JANE AUSTEN"):
        assert load_corpus([folder], [name]).held_out == corpus.held_out


@given(st.sets(st.text("abcdefghij", min_size=1, max_size=6), min_size=2, max_size=40))
def test_without_names_a_share_of_the_authors_is_held_out_whole(tmp_path_factory, authors):
    folder = tmp_path_factory.mktemp("share")
    for author in authors:
        for title in ("One", "Two"):
            (folder / f"{author.capitalize()}_{title}_1900.txt").write_text(author)
    corpus = load_corpus([folder])
    trained, held_out = ({each.author for each in books} for books in (corpus.trained, corpus.held_out))
    assert not trained & held_out and len(held_out) == max(1, round(len(authors) / 8))
    assert len(corpus.trained) + len(corpus.held_out) == 2 * len(authors)


def test_books_of_one_author_are_too_few(tmp_path):
    book(tmp_path / "books", "Eliot_Adam_1859.txt", "Ink.")
    with pytest.raises(EngineError, match="two authors"):
        load_corpus([tmp_path / "books"])
    with pytest.raises(EngineError, match="two authors"):
        load_corpus([tmp_path / "books"], ["Austen"])


def test_books_shorter_than_a_sample_are_refused(tmp_path, open_backend):
    book(tmp_path / "books", "Eliot_Adam_1859.txt", "A drop of ink.")
    book(tmp_path / "books", "Austen_Emma_1815.txt", "Handsome, clever, and rich.")
    with pytest.raises(EngineError, match="too short"):
        load_corpus([tmp_path / "books"]).samples("x", 1, open_backend("llama").tokenizer, 500)


# -- the objective ---------------------------------------------------------------------------------------------------


@pytest.fixture
def distiller(open_backend):
    """A random compressor, strong enough to be felt."""
    backend = open_backend("llama")
    header = CompressorHeader("tiny", backend.info.model.identity, SIZE, 2, 1.0)
    compressor = new_compressor(backend.model, header, seed=1)
    draw = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for _, tensor in compressor.named_tensors():
            tensor.add_(0.1 * torch.randn(tensor.shape, generator=draw))
    return Distiller.of(backend.model, compressor, sink_id=sink_token(backend), gold_share=0.1)


def random_ids(rows, segments, seed=3):
    return torch.randint(5, 300, (rows, SIZE * segments + 1), generator=torch.Generator().manual_seed(seed))


def test_the_student_reads_what_the_product_reads(open_backend, distiller):
    backend, ids = open_backend("llama"), random_ids(1, 3)
    compressor = dataclasses.replace(distiller.compressor, sha256="0" * 64)
    memory = distiller.encode(ids[:, : 2 * SIZE].view(2, SIZE), 8, with_grad=False)
    hidden = distiller.read_behind(memory.flatten(1, 2)[:, None], [8], ids[None, :, 2 * SIZE : -1], with_grad=False)
    logits = hidden[0, 0, -1] @ distiller.decoder.head.T
    states = encode_segments(backend, compressor, ids[0, : 2 * SIZE].view(2, SIZE), 8)
    state = backend.new_state(None, joined_memory(backend, sink_state(backend), states))
    read = backend.read(ids[0, 2 * SIZE : -1].tolist(), state)
    torch.testing.assert_close(torch.as_tensor(read), logits.float(), rtol=1e-3, atol=1e-3)


def test_the_teacher_reads_everything(open_backend, distiller):
    backend, ids = open_backend("llama"), random_ids(2, 3)
    logits = distiller.taught(ids)[1, -1] @ distiller.decoder.head.T
    read = backend.read([sink_token(backend), *ids[1, :-1].tolist()], backend.new_state())
    torch.testing.assert_close(torch.as_tensor(read), logits.float(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("ratio", SEGMENT_RATIOS)
@pytest.mark.parametrize("verbatim", [0, 1])
def test_rows_side_by_side_are_as_each_alone(distiller, ratio, verbatim):
    """Groups of rows behind more and more memory, and texts beside each other."""
    ids = random_ids(2, 5)
    together = Texts(distiller, ids, ratio, verbatim, distiller.taught(ids))
    T = together.segments
    memory = together.encode(range(T - 1), with_grad=False)
    whole = together.loss(range(1, T), memory)
    alone = torch.zeros(())
    for row in range(2):
        text = Texts(distiller, ids[row : row + 1], ratio, verbatim, distiller.taught(ids[row : row + 1]))
        own = text.encode(range(T - 1), with_grad=False)
        alone = alone + 0.5 * sum(text.loss(range(t, t + 1), own[:, :t]) for t in range(1, T))
    torch.testing.assert_close(whole, alone, rtol=1e-4, atol=1e-5)


def test_the_loss_is_the_mean_over_every_token_behind_memory(distiller):
    ids = random_ids(2, 4)
    teacher = distiller.taught(ids)
    texts = Texts(distiller, ids, 8, 0, teacher)
    memory = texts.encode(range(3), with_grad=False)
    found = texts.loss(range(1, 4), memory)
    by_text = memory.view(len(memory), 3, 2, 4, -1).transpose(1, 2)
    head, costs = distiller.decoder.head, []
    for t in range(1, 4):
        rows, labels = ids[:, t * SIZE : (t + 1) * SIZE], ids[:, t * SIZE + 1 : (t + 1) * SIZE + 1]
        behind = by_text[:, :, :t].flatten(2, 3)
        student = distiller.read_behind(behind, [4 * t], rows[None], with_grad=False)[0]
        p = (teacher[:, t * SIZE : (t + 1) * SIZE] @ head.T).float().log_softmax(-1)
        q = (student @ head.T).float().log_softmax(-1)
        costs.append((p.exp() * (p - q)).sum(-1) - 0.1 * q.gather(-1, labels[..., None])[..., 0])
    torch.testing.assert_close(found, torch.stack(costs).mean(), rtol=1e-4, atol=1e-5)


def test_memory_is_what_the_gradient_goes_through(distiller):
    ids = random_ids(1, 4)
    texts = Texts(distiller, ids, 8, 1, distiller.taught(ids))
    run_to_end(accumulate(texts, GradientMethod.RECOMPUTE, window=1, generator=torch.Generator(), encode_batch=2))
    grads = {name: tensor.grad for name, tensor in distiller.compressor.named_tensors()}
    felt = {name for name, grad in grads.items() if grad is not None and bool(grad.abs().sum() > 0)}
    last = distiller.decoder.layer_count - 1
    untouched = {name for name in grads if name not in felt}
    # what the last layer's attention makes of the slots is no part of the memory
    assert untouched == {"slots.32", *(name for name in grads if f"encoder.model.layers.{last}." in name)}


def test_steps_down_the_gradient_bring_memory_nearer_to_the_text(distiller):
    """Of a compressor that does harm, at either ratio."""
    ids = random_ids(2, 4)
    teacher = distiller.taught(ids)
    optimizer = torch.optim.AdamW([tensor for _, tensor in distiller.compressor.named_tensors()], lr=1e-2)
    costs = {ratio: [] for ratio in SEGMENT_RATIOS}
    for _ in range(12):
        for ratio in SEGMENT_RATIOS:
            texts = Texts(distiller, ids, ratio, 1, teacher)
            steps = accumulate(texts, GradientMethod.INCREMENTAL, window=3, generator=torch.Generator())
            costs[ratio].append(run_to_end(steps))
            optimizer.step()
            optimizer.zero_grad()
    assert all(cost[-1] < cost[0] - 0.01 for cost in costs.values())


# -- settings --------------------------------------------------------------------------------------------------------


def test_defaults_are_two_percent_of_the_model_and_fit_it():
    small = resolve(
        SegmentTraining(), parameters=134_515_008, parameters_per_rank=103_680, context_tokens=8192, on_gpu=False
    )
    assert (small.rank, small.segment_tokens, small.segments) == (24, 256, 4)
    assert [default_segment_tokens(context) for context in (256, 2048, 8192, 131_072)] == [32, 64, 256, 1024]


def test_as_much_is_done_at_once_as_there_is_room_for():
    settings = resolve(
        SegmentTraining(), parameters=134_515_008, parameters_per_rank=103_680, context_tokens=8192, on_gpu=True
    )
    assert (settings.batch, settings.segments) == (8, 16)
    assert [side_by_side(settings, room) for room in (0, 8192, 24_000, 10**6)] == [(1, 1), (4, 2), (11, 5), (15, 15)]


@pytest.mark.parametrize(
    "wrong",
    [{"segment_tokens": 40}, {"segments": 2}, {"segments": 400}, {"rank": 300}, {"learning_rate": 2.0}, {"window": 0}],
)
def test_settings_that_cannot_work_are_refused_with_the_numbers(wrong):
    with pytest.raises(EngineError, match=r"\d|between"):
        resolve(
            SegmentTraining(**wrong), parameters=10**6, parameters_per_rank=10**3, context_tokens=2048, on_gpu=False
        )


# -- runs ------------------------------------------------------------------------------------------------------------


class RuntimeWith(Runtime):
    def __init__(self, backend):
        super().__init__()
        self.models.hold(backend)


SMALL = SegmentTraining(steps=12, batch=2, rank=2, segments=4, learning_rate=1e-2, hold_out=("Hidden",))


@pytest.fixture
def train(open_backend, books, tmp_path):
    """(folder, changes) -> the steps of a training."""
    backend = open_backend("llama")

    def steps(folder, config=SMALL, data=None, **changed):
        request = TrainCompressor(backend.info.model, tmp_path / folder, data or (books,), config, **changed)
        return training.train_compressor(request, RuntimeWith(backend))

    return steps


def test_a_run_that_was_killed_goes_on_to_the_same_compressor(train, books, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY", 5)
    whole = run_to_end(train("whole"))
    steps = train("stopped")
    for event in steps:
        if isinstance(event, Progress) and event.stage == training.STAGE and event.done == 7:
            break
    steps.close()
    resumed = run_to_end(train("stopped", resume=True))
    assert resumed.encoder_sha256 == whole.encoder_sha256 and (resumed.steps, resumed.examples) == (12, 24)
    other = dataclasses.replace(SMALL, hold_out=("Keeper",))
    with pytest.raises(StateMismatch, match="other settings"):
        run_to_end(train("stopped", other, resume=True))
    with pytest.raises(StateMismatch, match="other data"):
        run_to_end(train("stopped", data=(books, books / "Hidden_One_1872.txt"), resume=True))


@pytest.mark.parametrize("method", [GradientMethod.INCREMENTAL, GradientMethod.RESERVOIR])
def test_a_run_with_another_gradient_goes_on_to_the_same_compressor_too(train, method):
    """The reservoir draws by chance, the same at the same step."""
    config = dataclasses.replace(SMALL, gradient=method, window=1, steps=3)
    assert run_to_end(train("one", config)).encoder_sha256 == run_to_end(train("two", config)).encoder_sha256


@pytest.mark.parametrize(("loss", "slope"), [(float("nan"), 0.0), (1.0, float("inf"))])
def test_a_run_that_loses_its_way_ends_and_keeps_what_it_had(train, open_backend, tmp_path, monkeypatch, loss, slope):
    def astray(texts, *args, **kwargs):
        for _, tensor in texts.distiller.compressor.named_tensors():
            tensor.grad = torch.full_like(tensor, slope)
        yield None
        return loss

    monkeypatch.setattr(training, "accumulate", astray)
    with pytest.raises(EngineError, match=r"learning rate below 0\.01"):
        run_to_end(train("astray"))
    backend = open_backend("llama")
    for _, tensor in load_compressor(tmp_path / "astray", backend).named_tensors():
        assert bool(torch.isfinite(tensor).all())


def test_a_card_says_what_was_read_and_who_was_not(train, open_backend, tmp_path):
    config = dataclasses.replace(SMALL, steps=3)
    looks = [
        event.detail
        for event in train("looked", config, licence="public domain")
        if isinstance(event, Progress) and isinstance(event.detail, CompressorScore)
    ]
    assert [look.step for look in looks] == [0, 3] and all(look.divergence_none > 0 for look in looks)
    assert all(look.divergence.keys() == look.recovered.keys() == set(SEGMENT_RATIOS) for look in looks)
    card = json.loads((tmp_path / "looked" / CARD_FILE).read_text())
    assert card["held_out_authors"] == ["Hidden"] and card["data"] == ["books"]
    assert card["books"] == [
        f"{author}_{title}_1872.txt" for author in ("Elliot", "Keeper") for title in ("One", "Two")
    ]
    assert card["licence"] == "public domain"
    assert len(card["curve"]) == 2 and card["settings"]["hold_out"] == ["Hidden"]
    compressor = load_compressor(tmp_path / "looked", open_backend("llama"))
    assert compressor.segment_tokens == SIZE and compressor.slots[8].shape[0] == 4


def test_trained_further_it_begins_where_the_other_ended(train, open_backend, tmp_path):
    run_to_end(train("short", dataclasses.replace(SMALL, steps=3)))
    begun = load_compressor(tmp_path / "short", open_backend("llama"), torch.float32)
    longer = dataclasses.replace(SMALL, steps=2, segments=4, learning_rate=1e-6)
    run_to_end(train("longer", longer, begin_with=tmp_path / "short"))
    further = load_compressor(tmp_path / "longer", open_backend("llama"), torch.float32)
    for (name, before), (_, after) in zip(begun.named_tensors(), further.named_tensors(), strict=True):
        torch.testing.assert_close(after, before, rtol=1e-2, atol=1e-4, msg=name)
    card = json.loads((tmp_path / "longer" / CARD_FILE).read_text())
    assert card["settings"]["begun_with"] == card["begun_with"]["sha256"] == begun.sha256
    assert card["begun_with"]["steps"] == 3 and card["begun_with"]["held_out_authors"] == ["Hidden"]
    with pytest.raises(StateMismatch, match="other settings"):  # it is another run
        run_to_end(train("longer", longer, resume=True))


def test_what_is_trained_further_keeps_its_size(train, tmp_path):
    run_to_end(train("short", dataclasses.replace(SMALL, steps=1)))
    with pytest.raises(EngineError, match="keeps its rank of 2"):
        run_to_end(train("wider", dataclasses.replace(SMALL, rank=4), begin_with=tmp_path / "short"))
