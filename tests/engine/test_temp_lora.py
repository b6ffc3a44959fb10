"""The acceptance tests of Temp-LoRA, on tiny random models of every family and one run of the real one."""

from __future__ import annotations

import hashlib
import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapter import CONFIG_FILE, load_adapter
from engine.api import ADAPTER_FILE, ChunkScore, Learn, LearnConfig
from engine.errors import EngineError, ModelError, StateMismatch
from engine.jobs import Progress, run_to_end
from engine.methods.temp_lora import learn
from engine.methods.temp_lora.tally import Tally
from engine.runtime import Runtime

SENTENCES = [
    "Anne Elliot walked to Lyme with Captain Wentworth; the sea was grey and the wind high.",
    "Mira keeps the lighthouse of Oster. Who keeps the lighthouse? In 1814 nobody did.",
    "宝玉和黛玉在园中读书。 Тихий дон течёт к морю. Über die Brücke — naïve café 🙂",
]
TEXT = " ".join(SENTENCES * 6)
SMALL = LearnConfig(chunk_tokens=16, window_tokens=64, reread_tokens=16, rank=4, learning_rate=1e-2, base_every=1)


class RuntimeWith(Runtime):
    """A runtime whose model is the tests' shared one."""

    def __init__(self, backend):
        super().__init__()
        self.models.hold(backend)


def run(backend, folder, *, text=TEXT, config=SMALL, **options):
    """Learned and the chunk scores."""
    scores: list[ChunkScore] = []
    request = Learn(backend.info.model, text, folder, config, **options)
    learned = run_to_end(
        learn(request, RuntimeWith(backend)),
        lambda event: scores.append(event.detail) if isinstance(event, Progress) and event.detail else None,
    )
    return learned, scores


def weights_hash(model) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture(params=["llama", "qwen3", "gemma2", "gemma3_text"])
def backend(request, open_backend):
    return open_backend(request.param)


@pytest.fixture
def llama(open_backend):
    return open_backend("llama")


def test_a_text_learned_lowers_its_own_perplexity_and_leaves_the_base_alone(backend, tmp_path):
    before = weights_hash(backend.model)
    learned, scores = run(backend, tmp_path / "memory")
    assert weights_hash(backend.model) == before
    assert learned.adapter_ppl < learned.base_ppl and learned.gain > 0.02
    assert learned.tokens == learned.scored_tokens == len(backend.tokenizer.encode(TEXT))
    assert learned.gain == pytest.approx(1 - learned.adapter_ppl / learned.base_ppl)
    assert learned.adapter_bytes == (tmp_path / "memory" / ADAPTER_FILE).stat().st_size
    assert learned.complete and learned.char_end == len(TEXT)
    assert [score.char_end for score in scores] == sorted(score.char_end for score in scores)


def test_the_first_chunk_scores_as_the_base_does_bit_for_bit(backend, tmp_path):
    _, scores = run(backend, tmp_path / "memory")
    assert scores[0].adapter_nll == scores[0].base_nll


def test_the_first_step_already_learns(llama, tmp_path):
    run(llama, tmp_path / "memory", max_tokens=16)
    adapter = load_adapter(tmp_path / "memory", llama)
    assert all(pair.b.abs().max() > 0 for pair in adapter.pairs.values())


def test_a_chunk_is_scored_before_it_is_trained_on(llama, tmp_path):
    """What comes after a place in the text cannot change any score before it."""
    tokens = len(llama.tokenizer.encode(TEXT))
    _, scores = run(llama, tmp_path / "a")
    _, cut = run(llama, tmp_path / "b", max_tokens=tokens - 40)
    other = TEXT[: scores[6].char_end] + " Something else altogether happens from here on." * 4
    _, changed = run(llama, tmp_path / "c", text=other)
    whole_chunks = (tokens - 40) // 16 - 1
    assert [s.adapter_nll for s in cut[:whole_chunks]] == [s.adapter_nll for s in scores[:whole_chunks]]
    assert [s.adapter_nll for s in changed[:6]] == [s.adapter_nll for s in scores[:6]]
    assert changed[8].adapter_nll != scores[8].adapter_nll


@pytest.mark.parametrize("stop_after", [1, 3, 9, 14])
def test_stopped_anywhere_and_resumed_ends_in_the_same_bytes(llama, tmp_path, stop_after):
    whole, whole_scores = run(llama, tmp_path / "whole")
    folder = tmp_path / "stopped"
    steps = learn(Learn(llama.info.model, TEXT, folder, SMALL), RuntimeWith(llama))
    seen = 0
    for event in steps:
        seen += isinstance(event, Progress) and event.detail is not None
        if seen == stop_after:
            break
    steps.close()
    resumed, scores = run(llama, folder, resume=True)
    assert resumed.adapter_sha256 == whole.adapter_sha256
    assert (resumed.base_ppl, resumed.adapter_ppl, resumed.chunks) == (whole.base_ppl, whole.adapter_ppl, whole.chunks)
    assert scores == [] or [s.adapter_nll for s in scores] == [s.adapter_nll for s in whole_scores[-len(scores) :]]


def test_learning_a_part_first_and_the_rest_later_reads_every_token_once(llama, tmp_path):
    tokens = len(llama.tokenizer.encode(TEXT))
    part, _ = run(llama, tmp_path / "memory", max_tokens=100)
    rest, _ = run(llama, tmp_path / "memory", resume=True)
    assert (part.tokens, part.complete) == (100, False)
    assert (rest.tokens, rest.complete) == (tokens, True)
    again, scores = run(llama, tmp_path / "memory", resume=True)
    assert scores == [] and again.adapter_sha256 == rest.adapter_sha256


def test_without_resume_the_old_memory_is_replaced(llama, tmp_path):
    first, _ = run(llama, tmp_path / "memory")
    run(llama, tmp_path / "memory", text=TEXT[::-1])
    again, _ = run(llama, tmp_path / "memory")
    assert again.adapter_sha256 == first.adapter_sha256


def test_the_checkpoint_of_another_text_or_setting_is_refused(llama, tmp_path):
    run(llama, tmp_path / "memory", max_tokens=64)
    with pytest.raises(StateMismatch):
        run(llama, tmp_path / "memory", text=TEXT + "!", resume=True)
    with pytest.raises(StateMismatch):
        run(llama, tmp_path / "memory", config=LearnConfig(rank=8, window_tokens=64), resume=True)


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"\xff" * 99])
def test_a_damaged_checkpoint_or_adapter_is_one_sentence(llama, tmp_path, damage):
    run(llama, tmp_path / "memory", max_tokens=64)
    for name in ("checkpoint.safetensors", ADAPTER_FILE):
        path = tmp_path / "memory" / name
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(EngineError, match="learn the document anew"):
        run(llama, tmp_path / "memory", resume=True)
    with pytest.raises(ModelError, match="damaged"):
        load_adapter(tmp_path / "memory", llama)


def test_an_adapter_of_another_model_is_refused(open_backend, tmp_path):
    run(open_backend("llama"), tmp_path / "memory", max_tokens=32)
    with pytest.raises(StateMismatch):
        load_adapter(tmp_path / "memory", open_backend("qwen3"))


def test_adapters_in_turn_on_one_base(llama, tmp_path):
    """Each document's adapter gives its own logits, whatever was active before; none gives the base's."""
    run(llama, tmp_path / "a")
    run(llama, tmp_path / "b", text=TEXT[::-1])
    adapters = [None, load_adapter(tmp_path / "a", llama), load_adapter(tmp_path / "b", llama)]
    ids = llama.tokenizer.encode(TEXT)[:20]
    alone = [llama.read(ids, llama.new_state(adapter)) for adapter in adapters]
    assert not (alone[0] == alone[1]).all() and not (alone[1] == alone[2]).all()
    for turn in (1, 0, 2, 2, 0, 1):
        assert (llama.read(ids, llama.new_state(adapters[turn])) == alone[turn]).all()


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # PEFT's own call
def test_peft_loads_our_adapter_and_computes_the_same(llama, family_folder, tmp_path):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    run(llama, tmp_path / "memory")
    ids = llama.tokenizer.encode(TEXT)[:30]
    ours = llama.read(ids, llama.new_state(load_adapter(tmp_path / "memory", llama)))
    plain = AutoModelForCausalLM.from_pretrained(family_folder("llama"), dtype=torch.float32)
    theirs = PeftModel.from_pretrained(plain, tmp_path / "memory")
    with torch.no_grad():
        logits = theirs(input_ids=torch.tensor([ids])).logits[0, -1]
    torch.testing.assert_close(torch.from_numpy(ours), logits, atol=1e-3, rtol=1e-3)
    assert json.loads((tmp_path / "memory" / CONFIG_FILE).read_text())["r"] == 4


def test_cached_reading_with_a_frozen_adapter_is_reading_at_once(llama, tmp_path):
    """More chunks than the official code survives: its cache duplicates 1,023 tokens from the first reset on."""
    run(llama, tmp_path / "memory")
    adapter = load_adapter(tmp_path / "memory", llama)
    ids = llama.tokenizer.encode(TEXT)[:120]
    state = llama.new_state(adapter)
    for start in range(0, 120, 12):
        logits = llama.read(ids[start : start + 12], state)
    torch.testing.assert_close(
        torch.from_numpy(logits), torch.from_numpy(llama.read(ids, llama.new_state(adapter))), atol=1e-3, rtol=1e-3
    )


@pytest.mark.parametrize(
    "config, length",
    [
        (LearnConfig(chunk_tokens=50, window_tokens=64, reread_tokens=14, rank=2), 130),  # chunk > what is read again
        (LearnConfig(chunk_tokens=7, window_tokens=21, reread_tokens=0, rank=2), 40),
        (LearnConfig(chunk_tokens=64, window_tokens=64, reread_tokens=0, rank=2), 5),  # shorter than a chunk
        (LearnConfig(chunk_tokens=16, window_tokens=64, rank=2), 1),
        (LearnConfig(chunk_tokens=16, window_tokens=48, rank=2, epochs=2, base_every=2), 130),
    ],
)
def test_odd_sizes_score_every_token_once(llama, tmp_path, config, length):
    learned, scores = run(llama, tmp_path / "memory", config=config, max_tokens=length)
    assert learned.tokens == sum(score.scored_tokens for score in scores) == length


def test_base_score_is_that_of_the_bare_model_with_the_same_context(llama, tmp_path):
    """One window over all: the base perplexity is exp(mean NLL) of an ordinary forward pass."""
    config = LearnConfig(chunk_tokens=16, window_tokens=256, reread_tokens=0, rank=4)
    learned, _ = run(llama, tmp_path / "memory", config=config, max_tokens=200)
    ids = llama.tokenizer.encode(TEXT)[:200]
    assert llama.tokenizer.bos_ids == ()  # so its end token begins the text
    inputs = torch.tensor([[min(llama.tokenizer.eos_ids), *ids[:-1]]])
    with torch.no_grad():
        logits = llama.model(input_ids=inputs).logits[0]
    nll = torch.nn.functional.cross_entropy(logits, torch.tensor(ids))
    assert learned.base_ppl == pytest.approx(math.exp(float(nll)), rel=1e-3)


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0.1, 8)), min_size=1, max_size=20))
@settings(max_examples=30)
def test_the_official_figure_is_never_below_the_true_perplexity(chunks):
    tally = Tally()
    for tokens, nll in chunks:
        tally.add(tokens, nll, nll)
    assert tally.window_mean_ppl >= tally.all_adapter_ppl * (1 - 1e-9)
    assert tally.base_ppl == pytest.approx(tally.all_adapter_ppl)


def test_settings_that_cannot_work_are_a_sentence(llama, tmp_path):
    for config in (
        LearnConfig(window_tokens=100_000),
        LearnConfig(window_tokens=64, chunk_tokens=64, reread_tokens=8),
        LearnConfig(window_tokens=64, rank=100_000),
    ):
        with pytest.raises(EngineError):
            run(llama, tmp_path / "memory", config=config)
    with pytest.raises(EngineError, match="no text"):
        run(llama, tmp_path / "memory", text="")


def test_a_pause_comes_after_every_layer(llama, tmp_path):
    """Cancel and preemption bite within a micro-step: at least two places to stop a layer and chunk."""
    steps = learn(Learn(llama.info.model, TEXT, tmp_path / "memory", SMALL, max_tokens=64), RuntimeWith(llama))
    pauses = sum(event is None for event in steps)
    assert pauses >= 4 * 2 * len(llama.model.model.layers)
