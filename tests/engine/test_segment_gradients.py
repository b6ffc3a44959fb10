"""The gradient through segment memories: every method is autograd with its own weights, and the paper's has no bias."""

from __future__ import annotations

import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import GradientMethod
from engine.jobs import run_to_end
from engine.methods.segments.compressor import CompressorHeader, new_compressor
from engine.methods.segments.gradients import accumulate, full, incremental, recompute, reservoir, truncated
from engine.methods.segments.memory import sink_token
from engine.methods.segments.objective import Distiller, Texts

BENCH = Path(__file__).resolve().parents[1] / "bench"
WINDOWED = {GradientMethod.TRUNCATED, GradientMethod.INCREMENTAL, GradientMethod.RESERVOIR}


@pytest.fixture(scope="module")
def parts():
    """The modules of the gradient bench."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        from gradient_parts import estimates, live_bytes

        yield SimpleNamespace(estimates=estimates, live_bytes=live_bytes)


class Graph(torch.autograd.Function):
    """The identity; the set it is given holds something for as long as this node of the graph is alive."""

    @staticmethod
    def forward(ctx, memory, alive):
        ctx.life = Life()
        alive.add(ctx.life)
        return memory.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad, None


class Life:
    pass


class Toy:
    """fp64: memories are tanh(x Θ), each segment looks for what it wants in those before it. Counts the encoder graphs alive."""

    L, n, d = 2, 3, 4

    def __init__(self, segments: int, seed: int = 0) -> None:
        draw = torch.Generator().manual_seed(seed)

        def normal(*shape: int):
            return torch.randn(*shape, generator=draw, dtype=torch.float64)

        self.segments = segments
        self.x, self.wanted = normal(segments, self.n, self.d), normal(segments, self.d)
        self.encoder, self.decoder = normal(self.L, self.d, self.d), normal(self.d, self.d)
        self.parameters = [self.encoder.requires_grad_(), self.decoder.requires_grad_()]
        self.alive: weakref.WeakSet = weakref.WeakSet()
        self.most_alive = 0
        self.encoded: list[int] = []

    def encode(self, segments, *, with_grad):
        self.encoded.extend(segments)
        with torch.set_grad_enabled(with_grad):
            memory = torch.tanh(self.x[list(segments)] @ self.encoder[:, None])
            if with_grad:
                parts = [Graph.apply(memory[:, i : i + 1], self.alive) for i in range(len(segments))]
                memory = torch.cat(parts, dim=1)
                self.most_alive = max(self.most_alive, len(self.alive))
        return memory

    def loss(self, segments, memory):
        assert memory.shape[1] == segments.stop - 1
        return sum(self._loss(t, memory[:, :t].flatten(1, 2)) for t in segments)

    def _loss(self, t, slots):
        query = self.x[t].mean(0) @ self.decoder
        found = torch.softmax(slots @ query, dim=1)[..., None] * slots
        return (found.sum((0, 1)) - self.wanted[t]).square().sum()


def gradient(problem, steps, parameters=None):
    """All gradients as one vector, and the sum of losses."""
    parameters = problem.parameters if parameters is None else parameters
    for each in parameters:
        each.grad = None
    loss = run_to_end(steps)
    return torch.cat([each.grad.flatten() for each in parameters if each.grad is not None]), loss


def weighted(problem, weight, parameters=None):
    """By autograd alone: what J_t says of m_s counts weight(t, s) times, what it says of the decoder once."""
    parameters = problem.parameters if parameters is None else parameters
    T = problem.segments
    memory = problem.encode(range(T - 1), with_grad=True)
    total = 0.0
    for t in range(1, T):
        w = torch.tensor([weight(t, s) for s in range(t)], dtype=memory.dtype).view(1, -1, 1, 1)
        total = total + problem.loss(range(t, t + 1), w * memory[:, :t] + ((1 - w) * memory[:, :t]).detach())
    for each in parameters:
        each.grad = None
    total.backward()
    return torch.cat([each.grad.flatten() for each in parameters if each.grad is not None])


def drawn(draws):
    following = iter(draws)
    return lambda s: next(following)


def cosine(a, b):
    return float(torch.dot(a, b) / (a.norm() * b.norm()))


def close(found, wanted):
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-11)


SIZES = st.integers(2, 9)


@settings(max_examples=20, deadline=None)
@given(SIZES)
def test_full_is_autograd(T):
    toy = Toy(T)
    found, loss = gradient(toy, full(toy))
    close(found, weighted(toy, lambda t, s: 1.0))
    memory = toy.encode(range(T - 1), with_grad=False)
    losses = [toy.loss(range(t, t + 1), memory[:, :t]) for t in range(1, T)]
    assert loss == pytest.approx(float(sum(losses).detach()))


@settings(max_examples=20, deadline=None)
@given(SIZES, st.integers(1, 10))
def test_incremental_is_truncated_to_its_window(T, S):
    toy = Toy(T)
    wanted = weighted(toy, lambda t, s: float(s >= t - S))
    close(gradient(toy, truncated(toy, S))[0], wanted)
    close(gradient(toy, incremental(toy, S))[0], wanted)


@settings(max_examples=20, deadline=None)
@given(SIZES, st.integers(1, 10), st.integers(1, 10))
def test_recompute_is_full_whatever_its_batches(T, encode_batch, decode_batch):
    toy = Toy(T)
    wanted = gradient(toy, full(toy))
    found = gradient(toy, recompute(toy, encode_batch=encode_batch, decode_batch=decode_batch))
    close(found[0], wanted[0])
    assert found[1] == pytest.approx(wanted[1])


@pytest.mark.parametrize("method", sorted(WINDOWED))
def test_a_window_over_everything_is_full(method):
    toy = Toy(6)
    steps = accumulate(toy, method, window=5, generator=torch.Generator().manual_seed(1))
    close(gradient(toy, steps)[0], gradient(toy, full(toy))[0])


@settings(max_examples=20, deadline=None)
@given(st.data(), st.integers(2, 8), st.integers(1, 4))
def test_the_reservoir_weighs_survivors_by_how_rare_they_are(parts, data, T, S):
    draws = tuple(data.draw(st.integers(0, s)) for s in range(S, T - 1))
    toy, kept = Toy(T), parts.estimates.survivors(draws, T, S)
    found, _ = gradient(toy, reservoir(toy, S, drawn(draws)))
    close(found, weighted(toy, lambda t, s: max(1.0, t / S) * (s in kept[t])))


@pytest.mark.parametrize(("T", "S"), [(5, 1), (6, 2), (6, 3)])
def test_the_reservoir_is_unbiased_over_all_its_outcomes(parts, T, S):
    """No tolerance games: every sequence of draws is as likely as any other, and their mean is the exact gradient."""
    toy = Toy(T)
    exact, direct = gradient(toy, full(toy))[0], toy.decoder.grad
    estimates = []
    for draws in parts.estimates.outcomes(T, S):
        estimates.append(gradient(toy, reservoir(toy, S, drawn(draws)))[0])
        torch.testing.assert_close(toy.decoder.grad, direct)  # the factor is none of its business
    close(torch.stack(estimates).mean(0), exact)
    assert torch.stack(estimates).std(0).max() > 0.01


@pytest.mark.parametrize(("T", "S"), [(5, 1), (6, 2)])
def test_the_bench_tells_what_its_estimates_are_worth(parts, T, S):
    """Bias, variance and cosines of all outcomes from the products of their parts are those of the gradients themselves."""
    toy, told = Toy(T), parts.estimates
    every = told.pairs(T)
    contributions = torch.stack(
        [weighted(toy, lambda t, s, pair=pair: float((t, s) == pair), [toy.encoder]) for pair in every]
    )
    draws = list(told.outcomes(T, S))
    found = told.worth(contributions @ contributions.T, told.reservoir_weights(draws, T, S))
    exact = gradient(toy, full(toy), [toy.encoder])[0]
    g = torch.stack([gradient(toy, reservoir(toy, S, drawn(each)), [toy.encoder])[0] for each in draws])
    assert found.bias < 1e-6 and found.norm == pytest.approx(1.0) and found.mean_cosine == pytest.approx(1.0)
    assert found.variance == pytest.approx(float((g - exact).square().sum(1).mean() / exact.square().sum()))
    assert found.cosine == pytest.approx(sum(cosine(each, exact) for each in g) / len(g))
    near = gradient(toy, truncated(toy, S), [toy.encoder])[0]
    found = told.worth(contributions @ contributions.T, told.window_weights(T, S))
    assert found.bias == pytest.approx(float((near - exact).norm() / exact.norm())) and found.variance == 0.0


@pytest.mark.parametrize(("T", "S"), [(5, 1), (6, 2)])
def test_without_its_factor_the_reservoir_forgets_what_is_far(parts, T, S):
    """The released code. The mean over all outcomes is exact, and exactly wrong: J_t counts min(1, S / t)."""
    toy = Toy(T)
    estimates = []
    for draws in parts.estimates.outcomes(T, S):
        kept = parts.estimates.survivors(draws, T, S)
        estimates.append(weighted(toy, lambda t, s, kept=kept: float(s in kept[t])))
    mean = torch.stack(estimates).mean(0)
    close(mean, weighted(toy, lambda t, s: min(1.0, S / t)))
    exact = gradient(toy, full(toy))[0]
    assert (mean - exact).norm() > 0.1 * exact.norm()


class Sum:
    """J_t = Σ c_ts m_s and m_s = θ: the whole gradient is Σ c_ts, one number."""

    def __init__(self, segments: int) -> None:
        self.segments = segments
        self.c = 0.5 + torch.rand(segments, segments, generator=torch.Generator().manual_seed(segments))
        self.theta = torch.ones((), requires_grad=True)
        self.parameters = [self.theta]

    def encode(self, segments, *, with_grad):
        with torch.set_grad_enabled(with_grad):
            return self.theta.expand(1, len(segments)).clone()

    def loss(self, segments, memory):
        return sum((self.c[t, :t] * memory[0, :t]).sum() for t in segments)


@pytest.mark.parametrize(("T", "S", "runs", "without"), [(12, 2, 100, 0.32), (97, 2, 6, 0.04)])
def test_what_the_factor_is_worth_in_long_texts(T, S, runs, without):
    problem = Sum(T)
    exact = gradient(problem, full(problem))[0]
    shares = []
    for seed in range(runs):
        steps = accumulate(problem, GradientMethod.RESERVOIR, window=S, generator=torch.Generator().manual_seed(seed))
        shares.append(gradient(problem, steps)[0] / exact)
    assert float(torch.stack(shares).mean()) == pytest.approx(1.0, abs=0.05)
    lost = weighted_sum(problem, lambda t: min(1.0, S / t)) / exact
    assert float(lost) == pytest.approx(without, abs=0.01)


def weighted_sum(problem, weight):
    return sum(weight(t) * problem.c[t, :t].sum() for t in range(1, problem.segments))


def test_the_mean_over_seeds_turns_towards_the_exact_gradient():
    toy = Toy(8, seed=3)
    exact = gradient(toy, full(toy))[0]
    estimates = []
    for seed in range(256):
        steps = accumulate(toy, GradientMethod.RESERVOIR, window=1, generator=torch.Generator().manual_seed(seed))
        estimates.append(gradient(toy, steps)[0])
    means = [torch.stack(estimates[:runs]).mean(0) for runs in (1, 8, 64, 256)]
    cosines = [cosine(mean, exact) for mean in means]
    assert cosines == sorted(cosines) and cosines[-1] > 0.99
    assert float(means[-1].norm() / exact.norm()) == pytest.approx(1.0, abs=0.1)
    biased = gradient(toy, truncated(toy, 1))[0]
    assert cosine(biased, exact) < cosines[-1] and biased.norm() != pytest.approx(float(exact.norm()), rel=0.1)


def test_the_same_seed_draws_the_same_gradient():
    toy = Toy(9)
    one, two, other = (
        gradient(
            toy, accumulate(toy, GradientMethod.RESERVOIR, window=2, generator=torch.Generator().manual_seed(seed))
        )[0]
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, two) and not torch.equal(one, other)


@pytest.mark.parametrize("T", [5, 12, 24])
@pytest.mark.parametrize("S", [1, 2, 4])
def test_how_many_encoder_graphs_are_alive(T, S):
    def most_alive(steps_of):
        toy = Toy(T)
        gradient(toy, steps_of(toy))
        assert not toy.alive
        return toy.most_alive

    assert most_alive(full) == T - 1
    for method in WINDOWED:
        generator = torch.Generator().manual_seed(0)
        steps_of = lambda toy, method=method, generator=generator: accumulate(  # noqa: E731
            toy, method, window=S, generator=generator
        )
        assert most_alive(steps_of) == S
    assert most_alive(lambda toy: recompute(toy, encode_batch=S, decode_batch=1)) == S


def test_each_segment_is_encoded_as_often_as_it_must_be():
    T = 9
    for method in (GradientMethod.FULL, *WINDOWED):
        toy = Toy(T)
        gradient(toy, accumulate(toy, method, window=2, generator=torch.Generator().manual_seed(0)))
        assert toy.encoded == list(range(T - 1))
    toy = Toy(T)
    gradient(toy, recompute(toy, encode_batch=3, decode_batch=2))
    assert toy.encoded == [*range(T - 1), *range(6)]  # the last batch's graph was kept


@pytest.mark.parametrize("method", list(GradientMethod))
def test_a_text_of_one_segment_has_no_memory_and_no_gradient(method):
    toy = Toy(1)
    assert run_to_end(accumulate(toy, method, window=2, generator=torch.Generator())) == 0.0
    assert all(each.grad is None for each in toy.parameters)


@pytest.mark.parametrize("method", list(GradientMethod))
def test_gradients_are_added_to_those_there(method):
    toy = Toy(4)
    once = gradient(toy, accumulate(toy, method, window=2, generator=torch.Generator().manual_seed(0)))[0]
    run_to_end(accumulate(toy, method, window=2, generator=torch.Generator().manual_seed(0)))
    close(torch.cat([each.grad.flatten() for each in toy.parameters]), 2 * once)


@pytest.fixture(scope="module", params=["llama", "qwen3"])
def backend(request, open_backend):
    return open_backend(request.param)


def novels(backend, segments):
    """What training takes the gradient of: two texts of random tokens, a random compressor strong enough to be felt. And its tensors."""
    header = CompressorHeader("tiny", backend.info.model.identity, 32, 2, 1.0)
    compressor = new_compressor(backend.model, header, seed=1)
    draw = torch.Generator().manual_seed(2)
    for pair in (*compressor.encoder.values(), *compressor.transfer.values()):
        torch.nn.init.normal_(pair.b, 0.0, 0.2, generator=draw)
    distiller = Distiller.of(backend.model, compressor, sink_id=sink_token(backend), gold_share=0.5)
    ids = torch.randint(3, 300, (2, 32 * segments + 1), generator=draw)
    trained = [tensor for name, tensor in compressor.named_tensors() if name != "slots.32"]
    return Texts(distiller, ids, 8, 0, distiller.taught(ids)), trained


def assert_near(found, wanted):
    """fp32, in another order."""
    assert (found - wanted).norm() < 1e-4 * wanted.norm()


def test_on_a_model_every_method_is_autograd_with_its_weights(backend):
    problem, trained = novels(backend, 5)
    exact = weighted(problem, lambda t, s: 1.0, trained)
    near = weighted(problem, lambda t, s: float(s >= t - 2), trained)
    assert (near - exact).norm() > 1e-2 * exact.norm()
    assert_near(gradient(problem, full(problem), trained)[0], exact)
    assert_near(gradient(problem, truncated(problem, 2), trained)[0], near)
    assert_near(gradient(problem, incremental(problem, 2), trained)[0], near)
    for encode_batch, decode_batch in ((1, 1), (3, 2), (8, 4)):
        steps = recompute(problem, encode_batch=encode_batch, decode_batch=decode_batch)
        assert_near(gradient(problem, steps, trained)[0], exact)


def test_on_a_model_the_reservoir_is_unbiased_over_all_its_outcomes(parts, backend):
    problem, trained = novels(backend, 5)
    exact = gradient(problem, full(problem), trained)[0]
    estimates = [
        gradient(problem, reservoir(problem, 1, drawn(draws)), trained)[0] for draws in parts.estimates.outcomes(5, 1)
    ]
    assert_near(torch.stack(estimates).mean(0), exact)
    assert min(cosine(each, exact) for each in estimates) < 0.99


def test_peak_memory_is_flat_in_the_length_of_the_text(parts, open_backend):
    """But for the memories themselves, n slots a segment, and what a loss makes of those it reads."""
    backend = open_backend("llama")

    def peak(segments, method):
        problem, trained = novels(backend, segments)
        generator = torch.Generator().manual_seed(0)
        with parts.live_bytes.LiveBytes() as live:
            run_to_end(accumulate(problem, method, window=2, generator=generator, encode_batch=2))
            for tensor in trained:
                tensor.grad = None
        assert live.held == 0
        return live.peak

    for method in GradientMethod:
        short, long = peak(4, method), peak(8, method)
        if method is GradientMethod.FULL:
            assert long > 1.8 * short
        else:
            assert long < 1.1 * short
