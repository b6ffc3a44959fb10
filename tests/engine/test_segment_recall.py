"""Which segments stand before a window when there are more than may: budgets, order, and what each measure looks for."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.methods.segments.attention_mass import AttentionMass
from engine.methods.segments.compressor import CompressorHeader, new_compressor
from engine.methods.segments.memory import encode_segments, joined_memory, sink_state
from engine.methods.segments.picking import PickedSegments
from engine.methods.segments.reader import SegmentReader
from engine.methods.segments.recall import NewestSegments
from engine.methods.segments.second_level import TwoLevels, condense
from engine.methods.segments.shelf import MemoryShelf
from engine.methods.segments.word_mass import WordMass

SEGMENT, RATIO, SLOTS = 32, 8, 4
CLOSE = {"atol": 2e-4, "rtol": 1e-4}


@pytest.fixture(scope="module")
def backend(open_backend):
    return open_backend("llama")


@pytest.fixture(scope="module")
def compressor(backend):
    header = CompressorHeader("tiny", backend.info.model.identity, SEGMENT, rank=2, scale=1.0)
    made = new_compressor(backend.model, header, seed=3)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for _, tensor in made.named_tensors():
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.3)
    return made


@pytest.fixture(scope="module")
def segments(backend, compressor):
    """Tokens and states of some segments."""
    ids = torch.randint(3, 300, (60, SEGMENT), generator=torch.Generator().manual_seed(0))
    return list(zip(ids.tolist(), encode_segments(backend, compressor, ids, RATIO), strict=True))


def recalls(backend, compressor):
    return {
        "newest": NewestSegments(MemoryShelf()),
        "words": PickedSegments(MemoryShelf(), WordMass(backend.tokenizer)),
        "attention": PickedSegments(MemoryShelf(), AttentionMass(backend.model)),
        "second level": TwoLevels(backend, compressor, ratio=RATIO, first=MemoryShelf(), second=MemoryShelf()),
    }


@pytest.mark.parametrize("kind", ["newest", "words", "attention", "second level"])
def test_the_budget_is_kept_and_used_and_the_newest_is_there(backend, compressor, segments, kind):
    recall, room = recalls(backend, compressor)[kind], 6
    assert recall.recall([1, 2, 3], room * SLOTS) == []
    for count, (ids, state) in enumerate(segments, start=1):
        recall.add(ids, state)
        found = recall.recall(segments[0][0], room * SLOTS)
        assert len(found) <= room
        if count <= room:
            assert [_number(each, segments) for each in found] == list(range(count))
        elif kind != "second level":
            assert len(found) == room
        assert _number(found[-1], segments) == count - 1
        joined_memory(backend, sink_state(backend), found)
    assert recall.nbytes > 0
    recall.clear()
    assert recall.recall([1, 2, 3], room * SLOTS) == []


@given(count=st.integers(0, 60), room=st.integers(1, 20))
@example(count=60, room=4)
@settings(max_examples=15, deadline=None)
def test_two_levels_tell_of_an_unbroken_stretch_up_to_the_window(backend, compressor, segments, count, room):
    recall = TwoLevels(backend, compressor, ratio=RATIO, first=MemoryShelf(), second=MemoryShelf())
    for ids, state in segments[:count]:
        recall.add(ids, state)
    found = recall.recall([], room * SLOTS)
    numbers = [_number(each, segments) for each in found]
    groups = numbers.count(None)
    newest = [number for number in numbers if number is not None]
    assert len(found) <= room
    assert numbers[:groups] == [None] * groups
    assert newest == list(range(count - len(newest), count))
    assert len(newest) >= min(count, max(1, round(0.5 * room)))
    if groups:
        assert (count - len(newest)) % RATIO == 0
    elif count > room:
        assert len(newest) == room


def test_condensed_slots_see_only_what_stands_before_them(backend, compressor, segments):
    sink = sink_state(backend)
    states = [state for _, state in segments[:RATIO]]
    tokens = [token for ids, _ in segments[:RATIO] for token in ids[RATIO - 1 :: RATIO]]
    whole = condense(backend, compressor, sink, states, tokens, RATIO)
    assert whole.slots == SLOTS
    assert whole.identity == states[0].identity
    last = replace(states[-1], values=[5 * values for values in states[-1].values])
    other = condense(backend, compressor, sink, [*states[:-1], last], tokens, RATIO)
    same = SLOTS - 1  # the last segment's four slots stand before the last new slot alone
    for ours, theirs in zip([*whole.keys, *whole.values], [*other.keys, *other.values], strict=True):
        torch.testing.assert_close(ours[:, :same], theirs[:, :same], **CLOSE)
    assert not torch.allclose(whole.values[-1][:, same:], other.values[-1][:, same:], **CLOSE)
    with pytest.raises(ValueError, match="become one"):
        condense(backend, compressor, sink, states[:-1], tokens, RATIO)


def test_segments_are_picked_by_the_words_of_the_window(backend, segments):
    tokenizer, state = backend.tokenizer, segments[0][1]
    picking = PickedSegments(MemoryShelf(), WordMass(tokenizer))
    said = ["the sea was grey and the wind high"] * 12
    said[2], said[5] = "Mira keeps the lighthouse of Oster", "宝玉和黛玉在园中读书"
    for each in said:
        picking.add(tokenizer.encode(each), state)
    assert picking.picked(tokenizer.encode("Who keeps the lighthouse?"), 2 * SLOTS) == [2, 11]
    assert picking.picked(tokenizer.encode("黛玉"), 2 * SLOTS) == [5, 11]
    assert picking.picked(tokenizer.encode("nothing that stands there"), 4 * SLOTS) == [0, 1, 10, 11]


def test_attention_finds_the_segment_whose_keys_a_query_points_at(backend, segments):
    """Against the sum written out for one segment after the other."""
    mass = AttentionMass(backend.model, asking_tokens=3)
    for ids, state in segments[:5]:
        mass.note(ids, state)
    reader_ids = torch.tensor([segments[9][0]])
    decoder = backend.model.get_decoder()
    with torch.no_grad(), mass.watching(backend.model):
        decoder(input_ids=reader_ids[:, :20])
        decoder(input_ids=reader_ids[:, 20:])
    found = mass.mass([])
    assert found.sum() == pytest.approx(3 * 4 * len(mass._layers), rel=1e-3)  # tokens, heads, layers
    expected = torch.zeros(5)
    for layer in mass._layers:
        hidden = mass._asking[layer]
        assert hidden.shape[1] == 3
        queries = mass._queries(layer, hidden)
        for head, of_head in enumerate(queries):
            keys = torch.stack([state.keys[layer][head // 2].mean(0) for _, state in segments[:5]])
            for query in of_head:
                expected += torch.softmax(keys @ query * 8**-0.5, dim=0)
    torch.testing.assert_close(torch.tensor(found).float(), expected, atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("kind", ["words", "attention", "second level"])
def test_streams_are_the_same_however_they_are_cut(backend, compressor, kind):
    ids = torch.randint(3, 300, (700,), generator=torch.Generator().manual_seed(1)).tolist()
    scores = []
    for step in (700, 23):
        recall = recalls(backend, compressor)[kind]
        reader = SegmentReader(backend, compressor, ratio=RATIO, window_tokens=48, slot_budget=16, recall=recall)
        scores.append(torch.cat([reader.score(ids[at : at + step]) for at in range(0, 700, step)]))
    torch.testing.assert_close(*scores, **CLOSE)


def _number(state, segments) -> int | None:
    """Which segment a state is; None for a condensed one."""
    for number, (_, each) in enumerate(segments):
        if torch.equal(each.values[-1], state.values[-1]):
            return number
    return None
