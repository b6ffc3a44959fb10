"""The acceptance tests of gisting as the paper has it, on tiny random models."""

from __future__ import annotations

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kv_state import StateIdentity
from engine.methods.gist.reference import GistModel

FAMILIES = ("llama", "qwen2", "qwen3")
KS = (1, 2, 5, 10)
WORDS = st.lists(st.integers(3, 400), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def gist_model(open_backend):
    """(family, rebased) -> a model with a gist token, made once; nobody trains it."""
    made: dict[tuple[str, bool], GistModel] = {}

    def model(family: str = "llama", *, rebased: bool = False) -> GistModel:
        if (family, rebased) not in made:
            made[family, rebased] = GistModel.of(open_backend(family).model, rebased=rebased)
        return made[family, rebased]

    return model


def assert_same(a: torch.Tensor, b: torch.Tensor) -> None:
    torch.testing.assert_close(a.detach(), b.detach(), atol=1e-4, rtol=1e-4)


def words(seed: int, count: int) -> list[int]:
    return random.Random(seed).choices(range(3, 400), k=count)


def test_the_new_token_is_the_mean_of_all_others_and_the_model_it_came_from_is_as_it_was(open_backend, gist_model):
    before = open_backend("llama").model.get_input_embeddings().weight
    model = gist_model("llama")
    after = model.model.get_input_embeddings().weight
    assert (before.shape[0], after.shape[0], model.gist_id) == (after.shape[0] - 1, model.gist_id + 1, before.shape[0])
    torch.testing.assert_close(after[-1].detach(), before.mean(0))
    assert torch.equal(after[:-1], before) and not before.requires_grad and after.requires_grad


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("lengths", [(7,), (3, 17, 9, 1)], ids=["alone", "batch"])
@pytest.mark.parametrize("rebased", [False, True], ids=["kept", "rebased"])
def test_logits_behind_cached_gists_are_those_of_one_pass(gist_model, family, k, lengths, rebased):
    """Prompts and rests of different lengths in one batch: what the official code cannot do."""
    model = gist_model(family, rebased=rebased)
    prompts = [words(seed, length) for seed, length in enumerate(lengths)]
    rests = [words(50 + seed, 2 + (3 * seed) % 5) for seed in range(len(lengths))]
    whole = model.logits([model.row([prompt], k, rest) for prompt, rest in zip(prompts, rests, strict=True)])
    cached = model.logits(rests, model.compress([model.row([prompt], k) for prompt in prompts]))
    for row, rest in enumerate(rests):
        assert_same(cached[row, -len(rest) :], whole[row, -len(rest) :])


@pytest.mark.parametrize("rebased", [False, True], ids=["kept", "rebased"])
def test_a_row_of_a_batch_is_answered_as_if_it_were_alone(gist_model, rebased):
    model = gist_model(rebased=rebased)
    rows = [model.row([words(1, 4)], 2, words(2, 6)), model.row([words(3, 15)], 2, words(4, 3)), words(5, 9)]
    together = model.logits(rows)
    for place, row in enumerate(rows):
        assert_same(together[place, -len(row) :], model.logits([row])[0])


@pytest.mark.parametrize("rebased", [False, True], ids=["kept", "rebased"])
def test_several_spans_are_read_at_once_or_one_behind_the_other(gist_model, rebased):
    model = gist_model(rebased=rebased)
    one, two, rest = [words(1, 9), words(2, 4)], [words(3, 6), words(4, 11)], [words(5, 5), words(6, 3)]
    rows = [model.row([a, b], 2, c) for a, b, c in zip(one, two, rest, strict=True)]
    whole = model.logits(rows)
    at_once = model.compress([model.row([a, b], 2) for a, b in zip(one, two, strict=True)])
    in_turn = model.compress([model.row([b], 2) for b in two], model.compress([model.row([a], 2) for a in one]))
    for cache in (at_once, in_turn):
        assert cache.is_slot.sum(1).tolist() == [4, 4]
        cached = model.logits(rest, cache)
        for row in range(2):
            assert_same(cached[row, -len(rest[row]) :], whole[row, -len(rest[row]) :])


def test_spans_may_differ_in_number_within_a_batch(gist_model):
    model = gist_model()
    rows = [model.row([words(1, 9), words(2, 4)], 2), model.row([words(3, 5)], 2)]
    together, rests = model.compress(rows), [words(7, 4), words(8, 4)]
    assert together.is_slot.tolist() == [[True] * 4, [False, False, True, True]]
    cached = model.logits(rests, together)
    for place, row in enumerate(rows):
        assert_same(cached[place], model.logits(rests[place : place + 1], model.compress([row]))[0])


@given(prompt=WORDS, other=WORDS, rest=WORDS, k=st.sampled_from(KS))
@settings(max_examples=15, deadline=None)
def test_behind_a_kept_gist_the_prompt_itself_counts_for_nothing(gist_model, prompt, other, rest, k):
    """Another prompt before the same kept gists changes no logit; another gist does."""
    model = gist_model()
    cache = model.compress([model.row([prompt], k)])
    before = model.logits([rest], cache)
    model.compress([model.row([other], k)])
    assert torch.equal(model.logits([rest], cache), before)
    if other != prompt:
        changed = model.logits([rest], model.compress([model.row([other], k)]))
        assert not torch.allclose(changed[..., :-1], before[..., :-1], atol=1e-4)


def test_within_one_pass_the_prompt_is_heard_through_its_gist_alone(gist_model):
    """Which tokens a logit depends on; with the gist's keys and values held fast, none of the prompt's."""
    model = gist_model()
    prompt, rest, gist = 3, 2, 3
    embedded: list[torch.Tensor] = []

    def keep(_module, _args, output):
        output.retain_grad()
        embedded.append(output)

    def hold_fast(_module, _args, output):
        return torch.cat([output[:, :gist], output[:, gist : gist + 1].detach(), output[:, gist + 1 :]], dim=1)

    def depends(place: int) -> list[bool]:
        handle = model.model.get_input_embeddings().register_forward_hook(keep)
        logits = model.logits([model.row([words(1, prompt)], 1, words(2, rest))])
        handle.remove()
        logits[0, place, 0].backward()
        return embedded[-1].grad[0].abs().amax(-1).gt(0).tolist()

    assert depends(2) == [True, True, True, False, False, False]
    assert depends(3) == [True, True, True, True, False, False]
    assert depends(5) == [True, True, True, True, True, True]
    attentions = [layer.self_attn for layer in model.model.model.layers]
    handles = [
        part.register_forward_hook(hold_fast)
        for attention in attentions
        for part in (attention.k_proj, attention.v_proj)
    ]
    try:
        assert depends(5) == [False, False, False, False, True, True]
    finally:
        for handle in handles:
            handle.remove()


@pytest.mark.parametrize("family", FAMILIES)
def test_with_one_span_rebased_positions_change_no_logit_and_use_up_none(gist_model, family):
    """Rotary positions are relative: only the count of positions is another."""
    prompts, rest = [words(1, 18), words(2, 7)], [words(3, 5), words(4, 5)]
    kept, rebased = gist_model(family), gist_model(family, rebased=True)
    caches = [model.compress([model.row([prompt], 2) for prompt in prompts]) for model in (kept, rebased)]
    assert caches[0].next_position.tolist() == [20, 9] and caches[1].next_position.tolist() == [2, 2]
    assert caches[0].positions.tolist() == [[18, 19], [7, 8]] and caches[1].positions.tolist() == [[0, 1], [0, 1]]
    assert_same(kept.logits(rest, caches[0]), rebased.logits(rest, caches[1]))


def test_with_two_spans_rebased_positions_are_another_way(gist_model):
    rows = [gist_model().row([words(1, 9), words(2, 12)], 2, words(3, 4))]
    kept, rebased = gist_model().logits(rows), gist_model(rebased=True).logits(rows)
    assert not torch.allclose(kept[..., :-1], rebased[..., :-1], atol=1e-3)


def test_the_gist_token_is_never_written(gist_model):
    model = gist_model()
    with torch.no_grad():
        favoured = GistModel.of(model.model)  # whose new token is the likeliest answer to everything
        rest = words(2, 5)
        cache = favoured.compress([favoured.row([words(1, 5)], 2)])
        hidden = favoured.model.get_decoder()(torch.tensor([rest])).last_hidden_state[0, -1]
        favoured.model.get_output_embeddings().weight[favoured.gist_id] = 1e3 * hidden
    logits = favoured.logits([rest], cache)
    assert bool((logits[..., favoured.gist_id] == -torch.inf).all())
    (answer,) = favoured.generate([rest], cache, max_new_tokens=12)
    assert len(answer) == 12 and favoured.gist_id not in answer


def test_greedy_answers_of_a_batch_are_the_likeliest_token_each_time(gist_model):
    model = gist_model()
    prompts, rests = [words(1, 4), words(2, 13)], [words(3, 6), words(4, 2)]
    cache = model.compress([model.row([prompt], 5) for prompt in prompts])
    answers = model.generate(rests, cache, max_new_tokens=6)
    for prompt, rest, answer in zip(prompts, rests, answers, strict=True):
        for place, token in enumerate(answer):
            whole = model.logits([model.row([prompt], 5, rest + answer[:place])])
            assert int(whole[0, -1].argmax()) == token
    ends = frozenset({answers[0][2]})
    assert (
        model.generate(rests, cache, max_new_tokens=6, end_ids=ends)[0] == answers[0][: answers[0].index(answers[0][2])]
    )


def test_a_row_of_a_cache_is_a_state(gist_model):
    model = gist_model()
    cache = model.compress([model.row([words(1, 9), words(2, 4)], 2), model.row([words(3, 5)], 2)])
    identity = StateIdentity("m", "", "t", "c", "float32", "e")
    states = [cache.state(row, identity) for row in range(2)]
    assert [state.slots for state in states] == [4, 2]
    assert [state.next_position for state in states] == [17, 7]
    assert states[1].positions.tolist() == [5, 6] and states[0].positions.tolist() == [9, 10, 15, 16]
    assert torch.equal(states[1].keys[0], cache.keys[0][1, :, 2:])


def test_a_trained_gist_says_what_its_prompt_said(open_backend):
    """Two prompts, one question, two answers: after a few steps, one gist token tells them apart; the mask lets nothing else."""
    torch.manual_seed(0)
    model = GistModel.of(open_backend("llama").model)
    for parameter in model.model.parameters():
        with torch.no_grad():
            parameter.mul_(0.2)
    prompts, question, answers = [words(1, 7), words(2, 4)], words(3, 3), [[11, 12, 13, 2], [21, 22, 2]]
    rows = [model.row([prompt], 1, question + answer) for prompt, answer in zip(prompts, answers, strict=True)]
    optimizer = torch.optim.AdamW(model.model.parameters(), lr=1e-2, weight_decay=0.0)
    losses = [model.train_step(optimizer, rows, [4, 3]) for _ in range(60)]
    assert losses[-1] < 0.05 < losses[0]
    cache = model.compress([model.row([prompt], 1) for prompt in prompts])
    assert model.generate([question] * 2, cache, max_new_tokens=6, end_ids=frozenset({2})) == [[11, 12, 13], [21, 22]]


def test_the_loss_is_of_the_completion_alone(gist_model):
    model = gist_model()
    row = model.row([words(1, 6)], 2, words(2, 9))
    expected = torch.nn.functional.cross_entropy(model.logits([row])[0, -5:-1], torch.tensor(row[-4:]))
    torch.testing.assert_close(model.completion_loss([row], [4]), expected)


def test_rows_and_models_that_cannot_be_are_refused(gist_model, open_backend):
    model = gist_model()
    with pytest.raises(ValueError, match="end with a gist"):
        model.compress([words(1, 3)])
    with pytest.raises(ValueError, match="empty row"):
        model.logits([[], words(1, 3)])
    with pytest.raises(ValueError, match="sees everything"):
        GistModel.of(open_backend("gemma3_text").model)
