"""The gist bench itself: rows side by side are as one after another, its shares keep their bounds, its sets can be read."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.generation import generate
from engine.jobs import run_to_end
from engine.methods.gist.examples import is_held_out, split_chat
from engine.sampling import Sampling

BENCH = Path(__file__).resolve().parents[1] / "bench"
PROMPTS = ("Mira keeps the lighthouse of Oster and speaks of the sea.", "Who?", "In 1814 nobody did. " * 4)
NLLS = st.lists(st.floats(0.1, 5.0), min_size=4, max_size=20)


@pytest.fixture(autouse=True)
def bench_modules(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.fixture(scope="module")
def backend(open_backend):
    return open_backend("llama")


def exact_states(backend, texts):
    states = []
    for text in texts:
        ids = [*backend.tokenizer.bos_ids, *backend.tokenizer.encode(text)]
        state = backend.new_state()
        backend.read(ids, state)
        states.append(backend.export_state(state, 0, len(ids)))
    return states


def test_answers_side_by_side_are_those_of_the_product_one_after_another(backend):
    from gist_parts.side_by_side import answer

    begun = backend.tokenizer.encode(" Who keeps it?")
    states = exact_states(backend, PROMPTS)
    for state, ids in zip(states, answer(backend, states, begun, max_new_tokens=9), strict=True):
        alone = run_to_end(
            generate(
                backend,
                begun,
                sampling=Sampling(),
                max_new_tokens=9,
                state=backend.new_state(prefix=state),
                continues=True,
            )
        )
        assert ids == list(alone.token_ids)


def test_scores_side_by_side_are_those_of_one_row(backend):
    from gist_parts.side_by_side import score

    begun, reply = backend.tokenizer.encode(" Who?"), backend.tokenizer.encode("Anne Elliot did, in 1814.")
    states = exact_states(backend, PROMPTS)
    scored = score(backend, states, begun, reply)
    assert scored[0].kl == pytest.approx(0.0, abs=1e-5)
    assert all(each.kl > 0.01 for each in scored[1:])
    for state, each in zip(states, scored, strict=True):
        (alone,) = score(backend, [state], begun, reply)
        assert each.nll == pytest.approx(alone.nll, abs=1e-4)


def test_one_prompt_is_measured_under_every_condition_and_its_table_is_printed(backend, capsys):
    import gist_quality as bench
    from gist_parts.cases import Case

    from engine import lora
    from engine.methods.gist.encoder import EncoderHeader, GistEncoder, new_embeddings

    pairs = lora.new_pairs(backend.model, rank=2, scale=1.0, seed=0)
    identity = backend.info.model.identity
    encoder = GistEncoder(
        pairs, new_embeddings(backend.model, seed=0).detach(), "tiny", EncoderHeader("tiny", identity, 2, 1.0)
    )
    case = Case(
        "You are Mira, who keeps the lighthouse of Oster since 1814. Speak of the sea.",
        "Who are you?",
        "Mira, of Oster.",
    )
    states = bench.PromptStates(backend, encoder, (1, 4), refine_steps=1, refine_k=4)
    results = [bench.measure(backend, states, case, max_new_tokens=4) for _ in range(2)]
    assert set(results[0]) == {
        bench.FULL,
        bench.NONE,
        "gist  4 + l., refined",
        *(bench.gist_name(k, literals) for k in (1, 4) for literals in (False, True)),
    }
    full, none, gist = results[0][bench.FULL], results[0][bench.NONE], results[0][bench.gist_name(4, False)]
    assert full.of_reference is not None
    assert full.of_reference.kl == pytest.approx(0.0, abs=1e-5)
    assert full.slots == full.tokens
    assert gist.slots == 5
    assert results[0][bench.gist_name(4, True)].slots > 5
    assert none.of_own.nll > full.of_own.nll
    bench.print_table("tiny", results, (1, 4))
    assert "at 8x" in capsys.readouterr().out


@given(none=NLLS, share=st.floats(0.0, 1.0))
def test_the_recovered_share_is_what_was_recovered(none, share):
    from gist_parts.scores import recovered_share

    full = [value / 2 for value in none]
    gist = [value - share * value / 2 for value in none]
    found = recovered_share(none, gist, full)
    assert found.mean == pytest.approx(share, abs=1e-6)
    assert found.low - 1e-6 <= share <= found.high + 1e-6
    assert recovered_share(none, none, full).mean == pytest.approx(0.0)


def test_a_prompt_that_does_not_help_has_no_share_to_recover():
    from gist_parts.scores import recovered_share

    assert math.isnan(recovered_share([1.0, 1.0], [1.0, 1.0], [2.0, 2.0]).mean)


def test_the_most_gist_tokens_that_a_ratio_leaves():
    from gist_parts.scores import best_k

    assert best_k(80, {1: 2, 4: 5, 8: 9, 16: 17}, 8) == 8
    assert best_k(80, {1: 12, 4: 15}, 8) is None


def test_rouge_l_is_that_of_the_paper_stems_and_all():
    from gist_parts.scores import rouge_l

    assert rouge_l("The cats were running", "the cat was running") == pytest.approx(0.75)
    assert rouge_l("", "word") == 0.0


def test_every_eighth_template_is_held_out():
    names = [f"template_{number:03}.jsonl" for number in range(40)]
    assert [name for name in names if is_held_out(name, reversed(names))] == names[7::8]


def test_any_file_of_alpacas_form_is_read(tmp_path):
    from gist_parts.cases import NOTHING_GIVEN, alpaca

    records = [
        {"instruction": f"Say {n}.", "input": "" if n % 2 else "please", "output": str(n), "source": "us"}
        for n in range(9)
    ]
    path = tmp_path / "any.json"
    path.write_text(json.dumps(records), "utf-8")
    cases = alpaca(path, 20, seed=1)
    assert len(cases) == 9
    assert {case.message for case in cases} == {NOTHING_GIVEN, "please"}


@pytest.mark.data
def test_the_sets_of_the_developers_can_be_read(shared_data, backend):
    import gist_quality as bench

    for name, read in bench.sets(shared_data, [], count=6, seed=0).items():
        cases = read()
        assert len(cases) == 6, name
        assert all(case.prompt.strip() and case.message.strip() for case in cases)
        prompt_ids, begun_ids = split_chat(backend.tokenizer, cases[0].prompt, cases[0].message)
        assert prompt_ids
        assert begun_ids
