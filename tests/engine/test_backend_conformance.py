"""What holds for every backend: the echo, the families of models in PyTorch, and the same in llama.cpp."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import LLAMACPP
from engine.chat_template import ChatMessage
from engine.errors import EngineError
from engine.generation import generate, reuse_prefix
from engine.jobs import Finished, JobEvent, JobRunner, Lane, Progress, Stopped, Text, is_end, run_to_end
from engine.sampling import Sampling

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
IN_LLAMA_CPP = tuple(f"llama.cpp {family}" for family in FAMILIES)
BACKENDS = ("echo", *FAMILIES, *IN_LLAMA_CPP)
TALK = "Mira keeps the lighthouse of Oster. The sea was grey. Who keeps the lighthouse of Oster?"
GREEDY = Sampling()


@pytest.fixture(scope="session")
def open_any(request, open_backend):
    """One of BACKENDS -> the backend, opened once."""

    def backend(name: str) -> Any:
        if name in IN_LLAMA_CPP:
            return request.getfixturevalue("open_llamacpp")(name.removeprefix("llama.cpp "))
        return open_backend(name)

    return backend


@pytest.fixture(params=BACKENDS)
def backend(request, open_any):
    return open_any(request.param)


def logits_of(backend, ids: Sequence[int], blocks: Sequence[int] = ()) -> np.ndarray:
    """Logits behind `ids`, read in one go or cut at `blocks`."""
    state = backend.new_state()
    cuts = [0, *sorted(cut for cut in blocks if 0 < cut < len(ids)), len(ids)]
    for start, end in itertools.pairwise(cuts):
        if end > start:
            logits = backend.read(ids[start:end], state)
    assert state.tokens == list(ids)
    return logits


def assert_same(backend, a: np.ndarray, b: np.ndarray) -> None:
    """llama.cpp keeps keys and values in 16 bits and sums in another order for another number of rows."""
    tolerance = 1e-2 if backend.info.dtype.startswith(LLAMACPP) else 2e-4
    np.testing.assert_allclose(a, b, atol=tolerance, rtol=tolerance)


def test_text_comes_back_from_its_tokens(backend):
    ids = backend.tokenizer.encode(TALK)
    spelled = b"".join(backend.tokenizer.token_bytes(token_id) for token_id in ids)
    assert backend.tokenizer.decode(ids).strip() == TALK
    assert backend.tokenizer.without_first_space(spelled).decode() == backend.tokenizer.decode(ids)
    assert max(ids) < len(logits_of(backend, ids[:1]))  # every token has its logit


@settings(max_examples=15)
@given(data=st.data())
@pytest.mark.parametrize("name", BACKENDS)
def test_reading_in_pieces_is_reading_at_once(name, open_any, data):
    backend = open_any(name)
    ids = data.draw(st.lists(st.sampled_from(backend.tokenizer.encode(TALK)), min_size=1, max_size=70))
    blocks = data.draw(st.lists(st.integers(1, 70), max_size=12))
    assert_same(backend, logits_of(backend, ids), logits_of(backend, ids, blocks))


@settings(max_examples=15)
@given(data=st.data())
@pytest.mark.parametrize("name", BACKENDS)
def test_logits_after_reuse_are_those_without(name, open_any, data):
    """A state that has read anything, cut back to what two prompts share, is as good as new; sliding windows too."""
    backend = open_any(name)
    words = backend.tokenizer.encode(TALK)
    ids = st.lists(st.sampled_from(words), min_size=1, max_size=60)
    shared, first, second = data.draw(ids), data.draw(ids), data.draw(ids)
    state = backend.new_state()
    backend.read(shared + first, state)
    prompt = shared + second
    reused = reuse_prefix(backend, state, prompt)
    assert len(shared) - 1 <= reused < len(prompt) and state.tokens == prompt[:reused]
    assert_same(backend, backend.read(prompt[reused:], state), logits_of(backend, prompt))


@settings(max_examples=10)
@given(data=st.data())
@pytest.mark.parametrize("name", BACKENDS)
def test_states_in_turn_do_not_mix(name, open_any, data):
    """Several documents at once, read and cut back in any order: each goes on as if it were alone."""
    backend = open_any(name)
    words = backend.tokenizer.encode(TALK)
    states = [backend.new_state() for _ in range(3)]
    for _ in range(data.draw(st.integers(3, 12))):
        state = data.draw(st.sampled_from(states))
        if state.tokens and data.draw(st.booleans()):
            backend.trim(state, data.draw(st.integers(0, len(state.tokens))))
        else:
            more = data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=20))
            text = [*state.tokens, *more]
            assert_same(backend, backend.read(more, state), logits_of(backend, text))
            assert state.tokens == text


@settings(max_examples=10)
@given(data=st.data())
@pytest.mark.parametrize("name", BACKENDS)
def test_scores_are_the_log_softmax_of_what_is_read(name, open_any, data):
    backend = open_any(name)
    ids = data.draw(st.lists(st.sampled_from(backend.tokenizer.encode(TALK)), min_size=1, max_size=150))
    cut = data.draw(st.integers(0, len(ids)))
    state, plain = backend.new_state(), backend.new_state()
    scores = np.concatenate([backend.score(ids[:cut], state), backend.score(ids[cut:], state)])
    assert scores.dtype == np.float32 and scores.shape == (len(ids),) and state.tokens == ids
    assert np.isnan(scores[0]) and not np.isnan(scores[1:]).any()
    for place in data.draw(st.sets(st.integers(1, max(1, len(ids) - 1)), max_size=4)):
        if place < len(ids):
            backend.trim(plain, 0)
            logits = backend.read(ids[:place], plain).astype(np.float64)
            shifted = logits - logits.max()
            assert_same(backend, scores[place], shifted[ids[place]] - np.log(np.exp(shifted).sum()))
    assert_same(backend, backend.read(ids[:1], state), logits_of(backend, [*ids, ids[0]]))


@settings(max_examples=6)
@given(held=st.integers(0, 40), block=st.integers(0, 2))
@pytest.mark.parametrize("name", ["llama", "llama.cpp llama"])
def test_of_a_score_that_fails_nothing_is_held(name, open_any, held, block):
    backend = open_any(name)
    ids = (backend.tokenizer.encode(TALK) * 30)[:440]
    state, blocks = backend.new_state(), 0
    if held:
        backend.read(ids[:held], state)
    owner, reads = (backend.native, "decode") if name.startswith("llama.cpp") else (backend, "_read")
    read = getattr(owner, reads)

    def failing(*args, **options):
        nonlocal blocks
        blocks += 1
        if blocks > block:
            raise MemoryError
        return read(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, reads, failing)
        with pytest.raises(MemoryError):
            backend.score(ids[held:], state)
    assert state.tokens in (ids[:held], ids[: max(0, held - 1)])
    text = [*state.tokens, 7]
    assert_same(backend, backend.read([7], state), logits_of(backend, text))


def test_chat_prompt_ends_where_the_answer_begins(backend):
    messages = [ChatMessage("system", "Be brief."), ChatMessage("user", TALK)]
    ids = backend.tokenizer.encode_chat(messages)
    text = backend.tokenizer.decode(ids)
    assert TALK in text and "Be brief." in text
    assert not text.rstrip().endswith(TALK) or backend.info.architecture == "echo"
    assert ids[-1] not in backend.tokenizer.eos_ids


def test_greedy_generation_repeats_itself_and_counts_truly(backend):
    ids = backend.tokenizer.encode_chat([ChatMessage("user", TALK)])
    state = backend.new_state()
    events: list[Progress | Text] = []
    first = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=20, state=state), events.append)
    again = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=20, state=state))
    assert (first.text, first.token_ids) == (again.text, again.token_ids)
    assert "".join(event.text for event in events if isinstance(event, Text)) == first.text
    assert first.text == backend.tokenizer.decode(first.token_ids)
    assert (first.reused_tokens, again.reused_tokens) == (0, len(ids) - 1)
    assert first.prompt_tokens == len(ids) and first.new_tokens == len(first.token_ids) <= 20
    assert first.stopped_by == ("length" if first.new_tokens == 20 else "stop")
    reading = [event for event in events if isinstance(event, Progress) and event.stage == "Reading"]
    assert reading[-1].done == reading[-1].total == len(ids)


def test_greedy_generation_is_the_likeliest_token_each_time(backend):
    ids = backend.tokenizer.encode_chat([ChatMessage("user", TALK)])
    answer = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=8)).token_ids
    for place, token_id in enumerate(answer):
        logits = logits_of(backend, [*ids, *answer[:place]])
        assert logits[token_id] >= logits.max() - 1e-2


@pytest.mark.parametrize("name", ["qwen2", "llama.cpp qwen2"])
def test_a_seed_draws_the_same_again_and_another_seed_another(name, open_any):
    backend = open_any(name)
    ids = backend.tokenizer.encode_chat([ChatMessage("user", TALK)])

    def draw(seed: int) -> tuple[int, ...]:
        sampling = Sampling(temperature=1.5, seed=seed)
        return run_to_end(generate(backend, ids, sampling=sampling, max_new_tokens=16)).token_ids

    assert draw(1) == draw(1)
    assert len({draw(seed) for seed in range(4)}) > 1


def test_a_stopped_answer_leaves_a_state_that_can_be_used(backend):
    ids = backend.tokenizer.encode_chat([ChatMessage("user", TALK)])
    state = backend.new_state()
    steps = generate(backend, ids, sampling=GREEDY, max_new_tokens=20, state=state)
    with contextlib.closing(steps):
        for _ in range(4):
            next(steps, None)
    kept = list(state.tokens)
    assert kept[: len(ids)] == ids[: len(kept)]
    after = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=8, state=state))
    fresh = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=8))
    assert after.token_ids == fresh.token_ids


def test_a_prompt_beyond_the_context_is_refused_with_both_numbers(backend):
    ids = [backend.tokenizer.encode("sea")[0]] * backend.context_tokens
    with pytest.raises(EngineError, match=f"{len(ids) + 5:,}.*{backend.context_tokens:,}"):
        run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=5))


@pytest.mark.parametrize("name", ["llama", *IN_LLAMA_CPP])
def test_a_prompt_that_just_fits_is_answered(name, open_any):
    backend = open_any(name)
    ids = backend.tokenizer.encode(TALK * 20)[: backend.context_tokens - 3]
    assert run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=3)).prompt_tokens == len(ids)


def test_a_stop_string_ends_the_answer_and_is_withheld(backend):
    ids = backend.tokenizer.encode_chat([ChatMessage("user", TALK)])
    whole = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=20)).text
    stop = whole[len(whole) // 2 :][:3]
    cut = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=20, stop=[stop]))
    assert (cut.text, cut.stopped_by) == (whole[: whole.index(stop)], "stop")


@dataclass(frozen=True)
class Write:
    """A job that answers; `backend` may be a real one: this runner is a thread."""

    backend: Any
    state: Any
    prompt: tuple[int, ...]


def events_to_the_end(events: queue.SimpleQueue[JobEvent], job: int) -> list[Any]:
    said = []
    while not said or not is_end(said[-1]):
        event = events.get(timeout=60)
        if event.job_id == job:
            said.append(event.event)
    return said


def test_a_cancel_bites_within_one_token(backend):
    """And the state goes on from where it was stopped."""
    prompt = backend.tokenizer.encode_chat([ChatMessage("user", TALK)])
    state = backend.new_state()
    written: list[int] = []

    def write(request: Write):
        steps = generate(request.backend, request.prompt, sampling=GREEDY, max_new_tokens=12, state=request.state)
        for event in steps:
            if isinstance(event, Text) or event.stage == "Writing":
                written.append(1)
                runner.cancel(job)
            yield event

    runner = JobRunner({Write: write}, name="cancelled")
    with contextlib.closing(runner):
        job = runner.submit(Write(backend, state, tuple(prompt)), lane=Lane.INTERACTIVE)
        said = events_to_the_end(runner.events, job)
    assert isinstance(said[-1], Stopped) and len(written) == 1
    after = run_to_end(generate(backend, prompt, sampling=GREEDY, max_new_tokens=8, state=state))
    fresh = run_to_end(generate(backend, prompt, sampling=GREEDY, max_new_tokens=8))
    assert after.text == fresh.text


@pytest.mark.parametrize("name", IN_LLAMA_CPP)
def test_a_cancel_bites_inside_a_block_that_is_being_read(name, open_any, monkeypatch):
    """Another thread cancels while native code is at work; nothing of the block is held, and the next job finds all well."""
    backend = open_any(name)
    ids = (backend.tokenizer.encode(TALK) * 20)[:200]
    state = backend.new_state()
    before = backend.read(ids[:30], state)
    reading, cancelled = threading.Event(), threading.Event()
    from engine.backends import llamacpp

    asked = llamacpp.cancel_requested

    def watched() -> bool:
        reading.set()
        assert cancelled.wait(timeout=60)
        return asked()

    def read(request: Write):
        yield Progress("Reading", 0)
        backend.read(ids[30:], state)
        raise AssertionError("it was read to its end")

    runner = JobRunner({Write: read, int: lambda _: run_quickly()}, name="cancelled inside")

    def run_quickly():
        yield None
        return backend.read(ids[:5], backend.new_state())

    with contextlib.closing(runner), monkeypatch.context() as patch:
        patch.setattr(llamacpp, "cancel_requested", watched)
        job = runner.submit(Write(backend, state, ()), lane=Lane.INTERACTIVE)
        assert reading.wait(timeout=60)
        runner.cancel(job)
        cancelled.set()
        assert events_to_the_end(runner.events, job)[-1] == Stopped()
        assert isinstance(events_to_the_end(runner.events, runner.submit(1, lane=Lane.INTERACTIVE))[-1], Finished)
    assert state.tokens == ids[:30]
    backend.trim(state, 29)
    assert_same(backend, backend.read(ids[29:30], state), before)
    assert_same(backend, backend.read(ids[30:], state), logits_of(backend, ids))


def test_an_adapter_works_only_on_its_own_states(open_backend, doubling):
    backend = open_backend("llama")
    ids = backend.tokenizer.encode(TALK)[:20]
    plain = logits_of(backend, ids)
    adapted_state = backend.new_state(doubling)
    adapted = backend.read(ids, adapted_state)
    assert np.abs(adapted - plain).max() > 0.1
    assert_same(backend, logits_of(backend, ids), plain)


def test_a_failed_read_leaves_the_state_as_it_was(open_backend):
    backend = open_backend("llama")
    ids = backend.tokenizer.encode(TALK)[:20]
    state = backend.new_state()
    backend.read(ids[:10], state)

    def fail(*_):
        raise MemoryError

    handle = backend.model.model.layers[1].register_forward_hook(fail)
    with pytest.raises(MemoryError):
        backend.read(ids[10:15], state)
    handle.remove()
    assert state.tokens == ids[:10]
    assert_same(backend, backend.read(ids[10:], state), logits_of(backend, ids))
