"""The segment benches themselves: what they read is what the product reads, their ratios keep their bounds, every needle can be found."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.answer_scores import contains_match
from engine.api import SEGMENT_RATIOS
from engine.methods.segments.compressor import CompressorHeader, load_compressor, new_compressor, save_compressor
from engine.methods.segments.reader import SegmentReader
from engine.methods.segments.recall import NewestSegments
from engine.methods.segments.shelf import MemoryShelf
from storage.document import Block, BlockKind, Document, Section

BENCH = Path(__file__).resolve().parents[1] / "bench"
SEGMENT, WINDOW, TARGET = 32, 64, 96
NLLS = st.lists(st.floats(0.1, 5.0), min_size=4, max_size=20)


@pytest.fixture(autouse=True)
def bench_modules(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.fixture(scope="module")
def backend(open_backend):
    return open_backend("llama")


@pytest.fixture(scope="module")
def compressor(backend, tmp_path_factory):
    info = backend.info.model
    new = new_compressor(backend.model, CompressorHeader(info.name, info.identity, SEGMENT, rank=4, scale=1.0), seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for _, tensor in new.named_tensors():
            tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))
    folder = tmp_path_factory.mktemp("compressor")
    save_compressor(folder, new, {})
    return load_compressor(folder, backend)


@pytest.fixture
def target(backend):
    from segment_parts.targets import Novel, Target

    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(5, backend.tokenizer.vocabulary_size, (480,), generator=generator).tolist()
    return Target(Novel("a novel", "", ""), "", ids, [], len(ids) - TARGET)


def ways(backend, block=SEGMENT):
    from segment_parts.ways import Ways

    return Ways(backend, WINDOW, block)


@pytest.mark.parametrize("slots", [8, 400])
@pytest.mark.parametrize("ratio", SEGMENT_RATIOS)
def test_memory_reads_what_a_segment_reader_reads(backend, compressor, target, tmp_path, slots, ratio):
    from segment_parts.memories import Memories

    before = 8 * SEGMENT
    found = ways(backend).memory(target, before, Memories(backend, compressor, ratio, tmp_path / "kept"), budget=slots)
    reader = SegmentReader(
        backend,
        compressor,
        ratio=ratio,
        window_tokens=WINDOW,
        slot_budget=min(slots, 100),
        recall=NewestSegments(MemoryShelf()),
    )
    first, *others = target.scored
    reader.skip([*target.before(before), first])  # with it a segment leaves the window
    assert torch.allclose(found.nll[1:], reader.score(others), atol=2e-2)  # what lies on the disk has 16 bits
    assert found.rows == 1 + min(slots, (before - WINDOW) // ratio) + WINDOW


def test_rows_enough_for_everything_are_full_attention(backend, target):
    full = ways(backend).full_attention(target, 128)
    streamed = ways(backend).streaming(target, 128, rows=128 + TARGET)
    assert torch.allclose(full.nll, streamed.nll, atol=1e-4)


@pytest.mark.parametrize("block", [1, 7, 32, 96])
def test_a_target_read_in_blocks_is_a_target_read_at_once(backend, target, block):
    from segment_parts.window import Window, score

    at_once, in_blocks = (Window(backend, backend_sink(backend)) for _ in range(2))
    for window in (at_once, in_blocks):
        window.read(target.before(40))
    whole = at_once.nll(target.scored)
    parts = score(in_blocks, target.scored, block=block, begin=lambda _done: None)
    assert torch.allclose(whole, parts, atol=1e-4)


def backend_sink(backend):
    from engine.methods.segments.memory import sink_state

    return sink_state(backend)


def test_segments_are_encoded_once(backend, compressor, target, tmp_path):
    from segment_parts.memories import Memories

    first = Memories(backend, compressor, 8, tmp_path)
    states = first.of(target, [0, 32])
    again = Memories(backend, compressor, 8, tmp_path)
    for one, other in zip(states, again.of(target, [0, 32]), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one.keys, other.keys, strict=True))
    assert (first.encoded_tokens, again.encoded_tokens) == (2 * SEGMENT, 0)


@given(NLLS)
def test_a_way_is_as_good_as_itself(groups):
    from segment_parts.tables import perplexity_ratio

    found = perplexity_ratio(groups, groups)
    assert (found.mean, found.low, found.high) == (1.0, 1.0, 1.0)


@given(NLLS, st.floats(-1.0, 1.0))
def test_a_way_that_is_always_so_much_better_is_so_for_sure(groups, nats):
    from segment_parts.tables import perplexity, perplexity_ratio

    others = [each + nats for each in groups]
    found = perplexity_ratio(groups, others)
    assert math.isclose(found.mean, perplexity(groups) / perplexity(others), rel_tol=1e-9)
    assert math.isclose(found.low, found.high, rel_tol=1e-9)


def test_finished_cells_outlive_a_killed_bench(tmp_path):
    from segment_parts.cells import Cells

    path = tmp_path / "kept" / "cells.jsonl"
    Cells(path).put(("Emma", 4096), {"nll": [1.5]})
    with path.open("a", encoding="utf-8") as file:
        file.write('["half a li')
    assert Cells(path).get(("Emma", 4096)) == {"nll": [1.5]}
    assert Cells(path).get(("Emma", 8192)) is None


@pytest.mark.parametrize("turn", range(5))
def test_every_needle_is_planted_once_about_where_it_says(backend, turn):
    from segment_parts.needles import FACTS, plant

    blocks = tuple(Block(BlockKind.PARAGRAPH, f"Paragraph {number} of a long novel.") for number in range(400))
    planted = plant(Document("", "txt", (Section("", 1, blocks),)), backend.tokenizer, tokens=10**6, turn=turn)
    text = planted.document.text
    for fact, depth in zip(FACTS, planted.depths, strict=True):
        (place,) = [text.index(phrasing) for phrasing in fact.phrasings if phrasing in text]
        assert abs(place / len(text) - depth) < 0.12
        assert text.count(fact.question) == 0


def test_every_phrasing_holds_its_answer_and_no_question_does():
    from segment_parts.needles import FACTS

    for fact in FACTS:
        assert not contains_match(fact.question, fact.answers)
        assert all(contains_match(phrasing, fact.answers) for phrasing in fact.phrasings)
    others = [phrasing for fact in FACTS for phrasing in fact.phrasings]
    assert len(set(others)) == 3 * len(FACTS)
