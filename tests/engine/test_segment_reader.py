"""A text read as a stream: what was read at once is what was read bit by bit, in constant memory and never past the model's range."""

from __future__ import annotations

import itertools
import tempfile

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError, StateMismatch
from engine.methods.segments.compressor import CompressorHeader, SegmentCompressor, new_compressor
from engine.methods.segments.memory import encode_segments, sink_token
from engine.methods.segments.reader import SegmentReader
from engine.methods.segments.recall import NewestSegments
from engine.methods.segments.shelf import FileShelf, MemoryShelf

SEGMENT, WINDOW, BUDGET = 32, 48, 12
CLOSE = {"atol": 2e-4, "rtol": 1e-4}


@pytest.fixture(scope="module")
def compressor_for():
    """backend -> a compressor whose adapters change something."""

    def made(backend) -> SegmentCompressor:
        header = CompressorHeader("tiny", backend.info.model.identity, SEGMENT, rank=2, scale=1.0)
        compressor = new_compressor(backend.model, header, seed=3)
        generator = torch.Generator().manual_seed(4)
        with torch.no_grad():
            for _, tensor in compressor.named_tensors():
                tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.3)
        return compressor

    return made


@pytest.fixture
def reader_for(open_backend, compressor_for):
    """family, options -> a reader of a tiny model."""

    def made(family: str = "llama", **options) -> SegmentReader:
        backend = open_backend(family)
        options = {"ratio": 8, "window_tokens": WINDOW, "slot_budget": BUDGET, **options}
        return SegmentReader(backend, compressor_for(backend), **options)

    return made


def text(tokens: int, seed: int = 0) -> list[int]:
    return torch.randint(3, 300, (tokens,), generator=torch.Generator().manual_seed(seed)).tolist()


@pytest.mark.parametrize("family", ["llama", "qwen3", "mistral"])
@pytest.mark.parametrize("ratio", [8, 32])
def test_reading_at_once_is_reading_token_by_token(reader_for, family, ratio):
    ids = text(220)
    at_once = reader_for(family, ratio=ratio)
    one_by_one = reader_for(family, ratio=ratio)
    together = at_once.score(ids)
    torch.testing.assert_close(together, torch.cat([one_by_one.score([token]) for token in ids]), **CLOSE)
    torch.testing.assert_close(torch.tensor(at_once.read([7])), torch.tensor(one_by_one.read([7])), **CLOSE)


@given(cuts=st.lists(st.integers(0, 300), max_size=5))
@settings(max_examples=15, deadline=None)
def test_where_a_text_is_cut_does_not_matter(reader, cuts):
    ids = text(300)
    places = [0, *sorted(cuts), len(ids)]
    reader.reset()
    whole = reader.score(ids)
    reader.reset()
    parts = [reader.score(ids[a:b]) for a, b in itertools.pairwise(places)]
    torch.testing.assert_close(torch.cat(parts), whole, **CLOSE)


@pytest.fixture(scope="module")
def reader(open_backend, compressor_for):
    backend = open_backend("llama")
    return SegmentReader(backend, compressor_for(backend), ratio=8, window_tokens=WINDOW, slot_budget=BUDGET)


def test_every_token_is_scored_and_before_anything_leaves_exactly(reader_for, open_backend):
    ids, backend = text(WINDOW + SEGMENT), open_backend("llama")
    reader = reader_for()
    scored = reader.score(ids)
    assert len(scored) == len(ids)
    begun = [sink_token(backend), *ids]
    with torch.no_grad():
        logits = backend.model(torch.tensor([begun])).logits[0, :-1].float()
    torch.testing.assert_close(
        scored, torch.nn.functional.cross_entropy(logits, torch.tensor(ids), reduction="none"), **CLOSE
    )


def test_two_texts_score_the_same_in_either_order(reader_for):
    reader, first, second = reader_for(), text(230, 1), text(310, 2)

    def scores(ids):
        reader.reset()
        return reader.score(ids)

    in_order = scores(first), scores(second)
    torch.testing.assert_close(scores(second), in_order[1], atol=0, rtol=0)
    torch.testing.assert_close(scores(first), in_order[0], atol=0, rtol=0)


def test_what_was_forgotten_by_a_plain_window_is_still_felt(reader_for):
    one, other = text(300, 1), text(300, 1)
    other[:SEGMENT] = text(SEGMENT, 9)
    budget = 400 // 8
    readers = [reader_for(slot_budget=budget) for _ in range(2)]
    scores = [reader.score(ids)[-20:] for reader, ids in zip(readers, (one, other), strict=True)]
    assert not torch.allclose(*scores, **CLOSE)
    assert readers[0].slots == (300 - WINDOW) // SEGMENT * 4


def test_slots_and_positions_keep_to_what_was_agreed(reader_for, open_backend, monkeypatch):
    backend, last = open_backend("llama"), []
    decoder = backend.model.get_decoder()
    forward = decoder.forward

    def watched(*arguments, position_ids, **options):
        last.append(int(position_ids.max()))
        return forward(*arguments, position_ids=position_ids, **options)

    monkeypatch.setattr(decoder, "forward", watched)
    reader = reader_for()
    held = []
    for begin in range(0, 900, 30):
        reader.score(text(30, begin))
        assert reader.slots <= BUDGET
        assert reader.verbatim_tokens <= WINDOW + SEGMENT
        held.append(reader._cache.nbytes)
    assert max(last) <= BUDGET + WINDOW + SEGMENT < backend.context_tokens
    assert len(set(held[len(held) // 2 :])) == 1


def test_an_adapter_reads_what_memory_was_made_without(reader_for, doubling):
    ids = text(200)
    plain, adapted = reader_for(), reader_for(adapter=doubling)
    assert not torch.allclose(plain.score(ids), adapted.score(ids), **CLOSE)
    rows = slice(0, 1 + plain.slots)
    for ours, theirs in zip(adapted._cache.layers, plain._cache.layers, strict=True):
        assert torch.equal(ours.values[:, :, rows], theirs.values[:, :, rows])


def test_memory_and_window_past_the_range_are_refused_with_numbers(reader_for):
    with pytest.raises(EngineError, match="256"):
        reader_for(window_tokens=200, slot_budget=64)
    with pytest.raises(ValueError, match="slots"):
        reader_for(slot_budget=3)


def test_skipped_text_is_remembered_as_it_would_have_been_read(reader_for, open_backend):
    """The first layer knows nothing of what a token was read behind: there skipping and reading leave the same rows."""
    ids = text(350)
    read, skipped = reader_for(), reader_for()
    read.score(ids)
    skipped.skip(ids[:100])
    skipped.skip(ids[100:])
    assert (skipped.slots, skipped.verbatim_tokens) == (read.slots, read.verbatim_tokens)
    for ours, theirs in zip(skipped._cache.layers, read._cache.layers, strict=True):
        torch.testing.assert_close(ours.keys[:, :, : 1 + BUDGET], theirs.keys[:, :, : 1 + BUDGET], **CLOSE)
    first = [each._cache.layers[0] for each in (skipped, read)]
    torch.testing.assert_close(first[0].keys, first[1].keys, **CLOSE)
    torch.testing.assert_close(first[0].values, first[1].values, **CLOSE)


def test_a_short_text_that_is_skipped_is_read(reader_for):
    ids, more = text(60), text(20, 1)
    read, skipped = reader_for(), reader_for()
    read.read(ids)
    skipped.skip(ids)
    torch.testing.assert_close(skipped.score(more), read.score(more), **CLOSE)


def test_reading_that_fails_leaves_the_text_as_it_was(reader_for, open_backend, monkeypatch):
    reader, untouched = reader_for(), reader_for()
    ids, more = text(200), text(40, 5)
    reader.read(ids), untouched.read(ids)
    layer = open_backend("llama").model.get_decoder().layers[1]
    with monkeypatch.context() as broken:
        broken.setattr(layer, "forward", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            reader.read(text(200, 8))
    torch.testing.assert_close(reader.score(more), untouched.score(more), **CLOSE)


class Failing(NewestSegments):
    """Fails once, the next time it is asked to."""

    fails_in = ""

    def add(self, ids, state):
        self._fail("add")
        super().add(ids, state)

    def recall(self, window, slots):
        self._fail("recall")
        return super().recall(window, slots)

    def _fail(self, where):
        if self.fails_in == where:
            self.fails_in = ""
            raise EngineError("The disk is full.")


@pytest.mark.parametrize("where", ["add", "recall"])
def test_memory_that_cannot_be_kept_leaves_the_text_as_it_was(reader_for, where):
    recall = Failing(MemoryShelf())
    reader, untouched = reader_for(recall=recall), reader_for(recall=NewestSegments(MemoryShelf()))
    ids = text(260)
    expected = untouched.score(ids)
    reader.read(ids[: WINDOW + SEGMENT])
    recall.fails_in = where
    with pytest.raises(EngineError, match="full"):
        reader.read(ids[WINDOW + SEGMENT :])
    torch.testing.assert_close(reader.score(ids[WINDOW + SEGMENT :]), expected[WINDOW + SEGMENT :], **CLOSE)
    recall.fails_in = where
    with pytest.raises(EngineError, match="full"):
        reader.skip(ids)
    torch.testing.assert_close(reader.score(ids), expected, **CLOSE)


def test_a_file_is_as_good_as_memory(open_backend, compressor_for, reader_for):
    ids = text(500)
    with tempfile.TemporaryFile() as file:
        on_disk, in_memory = FileShelf(file), MemoryShelf()
        for shelf in (on_disk, in_memory):
            reader = reader_for(recall=NewestSegments(shelf))
            first = reader.score(ids)
            reader.reset()
            torch.testing.assert_close(reader.score(ids), first, atol=0, rtol=0)
        assert len(on_disk) == len(in_memory) == (500 - WINDOW) // SEGMENT
        numbers = [3, 0, len(on_disk) - 1]
        for ours, theirs in zip(on_disk.states(numbers), in_memory.states(numbers), strict=True):
            assert ours.identity == theirs.identity
            assert all(
                torch.equal(*pair) for pair in zip(ours.keys + ours.values, theirs.keys + theirs.values, strict=True)
            )
        assert on_disk.nbytes * len(on_disk) == in_memory.nbytes
        with pytest.raises(IndexError):
            on_disk.states([len(on_disk)])
        file.truncate(10)
        with pytest.raises(EngineError, match="not in its file"):
            on_disk.states([1])


@pytest.mark.parametrize("file", [True, False])
def test_a_shelf_takes_only_what_belongs_together(open_backend, compressor_for, file):
    backend = open_backend("llama")
    compressor = compressor_for(backend)
    eight, thirty_two = (
        encode_segments(backend, compressor, torch.tensor([text(SEGMENT)]), ratio)[0] for ratio in (8, 32)
    )
    with tempfile.TemporaryFile() as opened:
        shelf = FileShelf(opened) if file else MemoryShelf()
        shelf.add(eight)
        with pytest.raises(StateMismatch):
            shelf.add(thirty_two)
        shelf.clear()
        shelf.add(thirty_two)
        assert len(shelf) == 1
