"""What holds for every backend: echo and the families of models that PyTorch runs."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.chat_template import ChatMessage
from engine.errors import EngineError
from engine.generation import generate, reuse_prefix
from engine.jobs import Progress, Text, run_to_end
from engine.sampling import Sampling

BACKENDS = ("echo", "llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
TALK = "Mira keeps the lighthouse of Oster. The sea was grey. Who keeps the lighthouse of Oster?"
GREEDY = Sampling()


@pytest.fixture(params=BACKENDS)
def backend(request, open_backend):
    return open_backend(request.param)


def logits_of(backend, ids: Sequence[int], blocks: Sequence[int] = ()) -> np.ndarray:
    """Logits behind `ids`, read in one go or cut at `blocks`."""
    state = backend.new_state()
    cuts = [0, *sorted(cut for cut in blocks if 0 < cut < len(ids)), len(ids)]
    for start, end in itertools.pairwise(cuts):
        if end > start:
            logits = backend.read(ids[start:end], state)
    assert state.tokens == list(ids)
    return logits


def assert_same(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_allclose(a, b, atol=2e-4, rtol=2e-4)


def test_reading_in_pieces_is_reading_at_once(backend):
    ids = backend.tokenizer.encode(TALK)[:40]
    assert_same(logits_of(backend, ids), logits_of(backend, ids, blocks=[1, 7, 8, 20, 33]))


@settings(max_examples=15, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", BACKENDS)
def test_logits_after_reuse_are_those_without(name, open_backend, data):
    """A state that has read anything, cut back to what two prompts share, is as good as new; sliding windows too."""
    backend = open_backend(name)
    words = backend.tokenizer.encode(TALK)
    ids = st.lists(st.sampled_from(words), min_size=1, max_size=60)
    shared, first, second = data.draw(ids), data.draw(ids), data.draw(ids)
    state = backend.new_state()
    backend.read(shared + first, state)
    prompt = shared + second
    reused = reuse_prefix(backend, state, prompt)
    assert len(shared) - 1 <= reused < len(prompt) and state.tokens == prompt[:reused]
    assert_same(backend.read(prompt[reused:], state), logits_of(backend, prompt))


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
        assert int(logits_of(backend, [*ids, *answer[:place]]).argmax()) == token_id


def test_a_seed_draws_the_same_again_and_another_seed_another(open_backend):
    backend = open_backend("qwen2")
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


def test_a_prompt_that_just_fits_is_answered(open_backend):
    backend = open_backend("llama")
    ids = backend.tokenizer.encode(TALK * 20)[: backend.context_tokens - 3]
    assert run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=3)).prompt_tokens == len(ids)


def test_a_stop_string_ends_the_answer_and_is_withheld(open_backend):
    backend = open_backend("echo")
    ids = backend.tokenizer.encode_chat([ChatMessage("user", TALK)])
    whole = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=20))
    assert whole.text == "Mira keeps the lighthouse of Oster."
    cut = run_to_end(generate(backend, ids, sampling=GREEDY, max_new_tokens=20, stop=["se of O"]))
    assert (cut.text, cut.stopped_by) == ("Mira keeps the lighthou", "stop")


def test_an_adapter_works_only_on_its_own_states(open_backend, doubling):
    backend = open_backend("llama")
    ids = backend.tokenizer.encode(TALK)[:20]
    plain = logits_of(backend, ids)
    adapted_state = backend.new_state(doubling)
    adapted = backend.read(ids, adapted_state)
    assert np.abs(adapted - plain).max() > 0.1
    assert_same(logits_of(backend, ids), plain)


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
    assert_same(backend.read(ids[10:], state), logits_of(backend, ids))
