"""A text into segment memory: kept batch by batch, gone on with, grown, shared, and asked with; on a tiny model with a random
compressor."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.api import Ask, Compress, CompressMethod, EncodeSegments, PassageText, PreviewAsk, PromptLayout
from engine.asking import ask, preview
from engine.errors import EngineError, StateMismatch
from engine.jobs import run_to_end
from engine.kv_state_file import load_state
from engine.methods.gist.compressing import compress
from engine.methods.segments.compressor import CompressorHeader, new_compressor, save_compressor
from engine.methods.segments.encoding_text import encode_segments
from engine.methods.segments.memory import encode_segments as encode_batch
from engine.methods.segments.memory import joined_memory, sink_state
from engine.prompt_store import SegmentsFound
from engine.retrieval import build_index
from engine.runtime import Runtime
from engine.segment_prefix import SegmentMemory, pick_segments, segment_weights, visible_memory

SEGMENT = 32
WORDS = (
    "Mira keeps the lighthouse of Oster. ",
    "Anne Elliot walked to Lyme with Captain Wentworth. ",
    "The sea was grey and the wind high. ",
    "Who keeps the key in a jar of dried peas? ",
)
TEXT = "".join(WORDS[place % 4] + str(place) for place in range(12))
STYLE = {
    "prompt": {
        "instruction": "Answer.",
        "answer_prefix": "",
        "stop_at_newline": False,
        "passage_tokens": 40,
        "excerpt_characters": 0,
    },
    "jrt": {"form": "once", "on_form": "twice"},
}


@pytest.fixture(autouse=True)
def room_for_several(monkeypatch):
    """The tiny models hold so little that a 64th of it is no segment."""
    monkeypatch.setattr("engine.prompt_laying.SLOT_SHARE", 4)


@pytest.fixture
def model(family_model, monkeypatch):
    """A tiny model, in fp32 so that answers are not a matter of rounding."""
    ref = family_model("llama")
    (ref.folder / "asking.json").write_text(json.dumps(STYLE), "utf-8")
    monkeypatch.setattr("engine.backends.pytorch.choose_dtype", lambda device: torch.float32)
    yield ref
    (ref.folder / "asking.json").unlink()


@pytest.fixture
def new_folder(open_backend, tmp_path):
    """seed -> folder of a random compressor."""

    def made(seed: int = 1):
        backend = open_backend("llama")
        info = backend.info.model
        header = CompressorHeader(info.name, info.identity, SEGMENT, rank=4, scale=1.0)
        compressor = new_compressor(backend.model, header, seed=seed)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for _, tensor in compressor.named_tensors():
                tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))
        folder = tmp_path / f"compressor {seed}"
        save_compressor(folder, compressor, {"steps": 1})
        return folder

    return made


@pytest.fixture
def request_of(model, new_folder):
    folder = new_folder()

    def made(text: str = TEXT, document: str = "doc", **changes):
        return replace(EncodeSegments(model, text, "The Light Book", document, folder, 8), **changes)

    return made


@pytest.fixture
def runtime(new_store) -> Runtime:
    return Runtime(store=new_store())


def encoded(request: EncodeSegments, runtime: Runtime):
    return run_to_end(encode_segments(request, runtime))


def passages_of(text: str) -> tuple[PassageText, ...]:
    return tuple(PassageText(start, start + 60, text[start : start + 60]) for start in range(0, len(text), 60))


@pytest.fixture
def question(model):
    return Ask(model, "Who keeps the lighthouse?", "doc", "The Light Book", passages_of(TEXT), max_new_tokens=6)


def asked(request: Ask, runtime: Runtime):
    return run_to_end(ask(request, runtime))


# -- encoding ----------------------------------------------------------------------------------------------------------


def test_every_whole_segment_is_kept_and_the_rest_stays_verbatim(request_of, runtime):
    done = encoded(request_of(), runtime)
    tokens = len(runtime.backend.tokenizer.encode(TEXT))
    assert (done.tokens, done.segments, done.verbatim_tokens) == (tokens, tokens // SEGMENT, tokens % SEGMENT)
    assert (done.new_segments, done.slots, done.ratio) == (done.segments, done.segments * SEGMENT // 8, 8.0)
    assert done.bytes > 0 and done.tokens_per_s > 0
    found = runtime.prompt_store.document_segments(request_of().model.identity, "doc")
    assert (len(found.pieces), found.tokens, found.slots) == (done.segments, SEGMENT, SEGMENT // 8)
    offsets = runtime.backend.tokenizer.encode_with_offsets(TEXT).offsets
    assert list(found.ends) == [offsets[end - 1][1] for end in range(SEGMENT, tokens + 1, SEGMENT)]


def test_what_is_kept_is_what_the_core_makes_of_each_segment(request_of, runtime):
    from engine.methods.segments.compressor import load_compressor

    request = request_of()
    encoded(request, runtime)
    backend, store = runtime.backend, runtime.prompt_store
    found = store.document_segments(request.model.identity, "doc")
    ids = torch.tensor(backend.tokenizer.encode(TEXT)[: SEGMENT * len(found.pieces)]).view(-1, SEGMENT)
    plain = encode_batch(backend, load_compressor(request.compressor, backend), ids, 8)
    for piece, state in zip(found.pieces, plain, strict=True):
        kept = load_state(store.read_piece(piece))
        assert kept.identity == state.identity and kept.identity.scope == found.scope
        assert all(torch.allclose(a.float(), b, atol=2e-3) for a, b in zip(kept.keys, state.keys, strict=True))


def test_a_job_that_was_stopped_goes_on_where_it_was(request_of, runtime, new_store, monkeypatch):
    monkeypatch.setattr("engine.methods.segments.encoding_text.PREFILL_BLOCK_TOKENS", SEGMENT)
    steps = encode_segments(request_of(), runtime)
    while len(runtime.prompt_store.segments) < 3:
        next(steps)
    steps.close()
    found = runtime.prompt_store.document_segments(request_of().model.identity, "doc")
    assert len(found.pieces) == 3  # listed from the first batch on
    done = encoded(request_of(), runtime)
    assert done.new_segments == done.segments - 3
    whole = Runtime(store=new_store())
    encoded(request_of(), whole)
    assert runtime.prompt_store.segments.keys() == whole.prompt_store.segments.keys()
    again = encoded(request_of(), runtime)
    assert (again.new_segments, again.tokens_per_s, again.bytes) == (0, 0.0, done.bytes)


def test_a_text_that_has_grown_costs_what_it_has_grown_by_whatever_it_is_called(request_of, runtime):
    first = encoded(request_of(), runtime)
    longer = encoded(request_of(TEXT + " Nobody did. " * 40, "another"), runtime)
    assert longer.segments > first.segments
    assert longer.new_segments <= longer.segments - first.segments + 1  # the last tokens may merge with what follows


def test_another_compressor_or_ratio_finds_nothing(request_of, runtime, new_folder):
    first = encoded(request_of(), runtime)
    for request in (request_of(ratio=32), request_of(compressor=new_folder(2))):
        done = encoded(request, runtime)
        assert done.new_segments == first.segments and done.entry != first.entry


def test_only_the_beginning_is_encoded_where_that_is_wanted(request_of, runtime):
    done = encoded(request_of(max_tokens=2 * SEGMENT + 5), runtime)
    assert (done.tokens, done.segments, done.verbatim_tokens) == (2 * SEGMENT + 5, 2, 5)


def test_a_text_of_no_whole_segment_says_so(request_of, runtime):
    with pytest.raises(EngineError, match="less than the 32 of one segment"):
        encoded(request_of("A short one."), runtime)


def test_without_room_it_is_said_at_once_and_nothing_is_lost(request_of, runtime):
    runtime.prompt_store.room = 100
    with pytest.raises(EngineError, match="room for"):
        encoded(request_of(), runtime)
    runtime.prompt_store.room = None
    done = encoded(request_of(), runtime)
    runtime.prompt_store.is_full = True
    with pytest.raises(EngineError, match="cannot be kept"):
        encoded(request_of(TEXT * 2), runtime)
    found = runtime.prompt_store.document_segments(request_of().model.identity, "doc")
    assert len(found.pieces) == done.segments


def test_who_goes_on_is_told_at_once_that_there_is_no_room(request_of, runtime):
    encoded(request_of(max_tokens=3 * SEGMENT), runtime)
    runtime.prompt_store.room = 100
    with pytest.raises(EngineError, match="room for"):
        encoded(request_of(), runtime)
    assert len(runtime.prompt_store.segments) == 3


def test_another_models_compressor_is_refused(request_of, runtime, family_model):
    with pytest.raises(StateMismatch, match="trained for"):
        encoded(request_of(model=family_model("qwen3")), runtime)


def test_nothing_is_encoded_without_a_store(request_of):
    with pytest.raises(EngineError, match="cannot make segment memory"):
        encoded(request_of(), Runtime())


# -- which segments ----------------------------------------------------------------------------------------------------


def memory_found(count: int, slots: int = 4, lost: tuple[int, ...] = ()) -> SegmentsFound:
    pieces = tuple(None if place in lost else place + 1 for place in range(count))
    return SegmentsFound(1, "scope", pieces, tuple(100 * (place + 1) for place in range(count)), SEGMENT, slots)


@given(st.integers(1, 9), st.integers(0, 900), st.integers(0, 900))
def test_a_segment_that_reaches_past_what_may_be_seen_is_not_used(count, one, other):
    start, end = sorted((one, other))
    memory = visible_memory(memory_found(count), (start, end))
    seen = [place for place in range(count) if start <= 100 * place and 100 * (place + 1) <= end]
    assert (list(memory.places) if memory else []) == seen
    assert memory is None or memory.tokens == SEGMENT * len(seen)


def test_a_segment_that_was_damaged_is_passed_over():
    assert visible_memory(memory_found(4, lost=(1,)), None).places == (0, 2, 3)
    assert visible_memory(memory_found(1, lost=(0,)), None) is None and visible_memory(None, None) is None


@given(st.lists(st.floats(0, 5), min_size=1, max_size=20), st.integers(1, 20))
def test_the_heaviest_are_picked_and_the_rest_is_spread(weights, most):
    picked = pick_segments(weights, most)
    assert picked == sorted(set(picked)) and len(picked) == min(most, len(weights))
    heavy = sorted(weights, reverse=True)[:most]
    assert sorted((weights[place] for place in picked if weights[place] > 0), reverse=True) == [
        w for w in heavy if w > 0
    ]


def test_nothing_that_weighs_anything_gives_an_even_spread():
    assert pick_segments([0.0] * 10, 5) == [0, 2, 4, 6, 8]


def test_a_passage_weighs_where_it_stands():
    texts = ["of peas", "the lighthouse of Oster", "of the sea"]
    passages = [PassageText(50 * place, 50 * place + 50, text) for place, text in enumerate(texts)]
    index = run_to_end(build_index(passages))
    weights = segment_weights([(0, 25), (25, 75), (75, 150)], index, "Who keeps the lighthouse of Oster?")
    assert weights[0] < weights[1] and weights[2] > 0
    assert sum(weights) == pytest.approx(sum(index.scores("Who keeps the lighthouse of Oster?")))


@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 8))
def test_a_memory_keeps_to_its_slots(room, count, slots):
    memory = SegmentMemory(memory_found(count, slots), tuple(range(count)))
    cut = memory.within(room, "Who?", None)
    if cut is None:
        assert room < 1 + slots
    else:
        assert cut.slots <= room and len(cut.places) == min(count, (room - 1) // slots)
        assert (cut.sha256 == memory.sha256) == (cut.places == memory.places)
        anew = replace(memory.found, pieces=tuple(piece + count for piece in memory.found.pieces))
        assert replace(memory, found=anew).sha256 != memory.sha256  # other segments at the same places


# -- asking ------------------------------------------------------------------------------------------------------------


def test_a_question_is_read_behind_the_memory(question, request_of, runtime):
    plain = asked(question, runtime)
    assert (plain.segments_used, plain.segment_tokens) == (0, 0)
    done = encoded(request_of(ratio=32), runtime)
    answered = asked(question, runtime)
    assert (answered.segments_used, answered.segment_tokens) == (done.segments, done.segments * SEGMENT)
    assert answered.segment_slots == done.slots
    assert answered.prompt_tokens == plain.prompt_tokens and answered.gist_tokens == 0
    assert [passage.start for passage in answered.passages] == [passage.start for passage in plain.passages]
    without = asked(replace(question, use_segments=False), runtime)
    assert (without.segments_used, without.answer) == (0, plain.answer)


def test_the_answer_is_that_of_the_joined_states(question, request_of, runtime):
    """The plain twin: every piece read and joined by hand, the prompt read behind it."""
    from engine.generation import generate
    from engine.sampling import Sampling

    encoded(request_of(ratio=32), runtime)
    answered = asked(question, runtime)
    backend, store = runtime.backend, runtime.prompt_store
    found = store.document_segments(question.model.identity, "doc")
    states = [load_state(store.read_piece(piece)) for piece in found.pieces]
    behind = backend.new_state(None, joined_memory(backend, sink_state(backend), states))
    (key,) = [key for key in runtime.prompt_states.keys() if key.prefix_sha256]  # noqa: SIM118  not a mapping
    prompt = runtime.prompt_states.tokens(key)[: answered.prompt_tokens]
    plain = run_to_end(generate(backend, prompt, sampling=Sampling(), max_new_tokens=6, stop=(), state=behind))
    assert plain.text.strip() == answered.answer


def test_a_state_behind_a_memory_is_used_again_and_never_kept_as_exact(question, request_of, runtime):
    encoded(request_of(ratio=32), runtime)
    first = asked(question, runtime)
    again = asked(replace(question, question="Who keeps the key?"), runtime)
    assert first.reused_tokens == 0 < again.reused_tokens < again.prompt_tokens
    assert not runtime.prompt_store.pieces  # nothing exact was written behind it
    assert {entry.kind for entry in runtime.prompt_store.entries.values()} == {"segments"}
    assert runtime.prompt_store.uses[-1] == ((len(runtime.prompt_store.data),), 0)


def test_of_several_memories_of_a_document_one_is_held(question, request_of, runtime):
    encoded(request_of(ratio=32), runtime)
    found = runtime.prompt_store.document_segments(question.model.identity, "doc")
    for request in (question, replace(question, span=(0, found.ends[1])), replace(question, use_segments=False)):
        asked(request, runtime)
    assert sorted(bool(key.prefix_sha256) for key in runtime.prompt_states.keys()) == [False, True]  # noqa: SIM118


def test_no_segment_past_the_place_read_up_to_is_used(question, request_of, runtime):
    encoded(request_of(ratio=32), runtime)
    found = runtime.prompt_store.document_segments(question.model.identity, "doc")
    end = found.ends[2]
    for up_to, used in ((end, 3), (end - 1, 2), (end + 1, 3), (found.ends[0] - 1, 0)):
        answered = asked(replace(question, span=(0, up_to), use_passages=False), runtime)
        assert answered.segments_used == used


def test_fewer_segments_then_fewer_passages_then_none(question, request_of, runtime, family_model):
    """The tiny model holds 256 tokens."""
    encoded(request_of(), runtime)  # 4 slots a segment
    context = runtime.backend.context_tokens
    whole = asked(question, runtime)
    assert 1 + 4 * whole.segments_used <= context // 4
    room = context - whole.prompt_tokens
    tight = asked(replace(question, max_new_tokens=room - 10), runtime)
    assert tight.segments_used == 2 and tight.prompt_tokens == whole.prompt_tokens
    tighter = asked(replace(question, max_new_tokens=room - 4), runtime)
    assert tighter.prompt_tokens < whole.prompt_tokens or tighter.segments_used == 0
    assert tighter.passages
    for answered, new in ((tight, room - 10), (tighter, room - 4)):
        slots = 1 + 4 * answered.segments_used if answered.segments_used else 0
        assert slots + answered.prompt_tokens + new <= context


def test_segments_that_speak_of_the_question_come_first(question, request_of, runtime, monkeypatch):
    monkeypatch.setattr("engine.prompt_laying.SLOT_SHARE", 40)  # 6 slots of 256: one segment of 4
    encoded(request_of(), runtime)
    picked: list[tuple[int, ...]] = []
    within = SegmentMemory.within

    def watched(self, *args):
        memory = within(self, *args)
        picked.append(memory.places)
        return memory

    monkeypatch.setattr(SegmentMemory, "within", watched)
    found = runtime.prompt_store.document_segments(question.model.identity, "doc")
    place = TEXT.index("Lyme")
    asked(replace(question, question="Who walked to Lyme with Wentworth?"), runtime)
    ((chosen,),) = picked
    begin, end = ([0, *found.ends][chosen], found.ends[chosen])
    assert "Wentworth" in TEXT[begin:end] or "Lyme" in TEXT[begin:end] or begin <= place < end


def test_a_piece_that_is_gone_leaves_the_memory_aside(question, request_of, runtime):
    encoded(request_of(ratio=32), runtime)
    plain = asked(replace(question, use_segments=False), runtime)
    store = runtime.prompt_store
    store.data[next(iter(store.segments.values()))] = b"damaged"
    answered = asked(question, runtime)
    assert (answered.segments_used, answered.answer) == (0, plain.answer)


def test_memory_made_in_another_number_type_is_left_aside(question, request_of, runtime, new_store, monkeypatch):
    encoded(request_of(ratio=32), runtime)
    monkeypatch.setattr("engine.backends.pytorch.choose_dtype", lambda device: torch.bfloat16)
    answered = asked(question, Runtime(store=runtime.prompt_store))
    assert answered.segments_used == 0


def test_a_preview_counts_the_memory_and_loads_no_model(question, request_of, runtime):
    done = encoded(request_of(ratio=32), runtime)
    fresh = Runtime(store=runtime.prompt_store)
    shown = run_to_end(preview(PreviewAsk(question), fresh))
    assert (shown.segments_used, shown.segment_tokens) == (done.segments, done.segments * SEGMENT)
    assert fresh.backend is None
    answered = asked(question, runtime)
    shown = run_to_end(preview(PreviewAsk(question), runtime))
    assert shown.prompt_tokens == answered.prompt_tokens == shown.reused_tokens + 1  # the last one is always read


def test_it_serves_with_an_adapter_too(question, request_of, runtime, tmp_path, open_backend):
    from engine import lora
    from engine.adapter import Provenance, save_adapter

    encoded(request_of(ratio=32), runtime)
    backend = runtime.backend
    pairs = lora.new_pairs(backend.model, rank=2, scale=1.0, seed=3)
    with torch.no_grad():
        for _, tensor in lora.named_tensors(pairs):
            tensor.add_(0.3)
    info = question.model
    made_with = Provenance(info.name, info.identity, "", rank=2, scale=1.0, tokens=9, char_end=40)
    save_adapter(tmp_path / "adapter", pairs, made_with)
    answered = asked(replace(question, adapter=tmp_path / "adapter"), runtime)
    assert answered.adapter_used and answered.segments_used > 0


def test_the_exact_text_of_a_document_in_use_comes_before_its_memory(question, request_of, runtime):
    encoded(request_of(ratio=32), runtime)
    request = Compress(
        question.model, WORDS[0], "The Light Book", PromptLayout.DOCUMENT, CompressMethod.EXACT, document_key="doc"
    )
    done = run_to_end(compress(request, runtime))
    runtime.prompt_store.in_use.add(done.entry)
    assert asked(question, runtime).segments_used == 0


def test_dropping_the_document_drops_what_stands_behind_its_memory(question, request_of, runtime):
    encoded(request_of(ratio=32), runtime)
    asked(question, runtime)
    assert any(key.prefix_sha256 for key in runtime.prompt_states.keys())  # noqa: SIM118  not a mapping
    runtime.drop_document("doc")
    assert not runtime.prompt_states.keys()


def test_a_segment_ends_behind_every_character_it_holds_a_part_of(request_of, runtime):
    """A character may be several tokens: a segment that ends in the midst of one is not seen before all of it is."""
    text = "".join(f"话说天下大势，分久必合，合久必分𠮷{place}👩‍🚀 and so on. " for place in range(12))
    request = request_of(text)
    encoded(request, runtime)
    tokenizer, ids = runtime.backend.tokenizer, runtime.backend.tokenizer.encode(text)
    ends = runtime.prompt_store.document_segments(request.model.identity, "doc").ends
    missing = []
    for count, end in enumerate(ends, start=1):
        spelled = b"".join(map(tokenizer.token_bytes, ids[: count * SEGMENT]))
        seen = text[:end].encode()
        assert seen.startswith(spelled) and not text[: end - 1].encode().startswith(spelled)
        missing.append(len(seen) - len(spelled))
    assert len(ends) > 8 and max(missing) > 0
