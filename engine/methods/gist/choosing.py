"""How few gist tokens, and in how many bits: the smallest gist that still says what its prompt says, by measuring.

Knows states, replies to compare by, and bounds. Knows nothing of where prompts come from or where gists are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.backends.pytorch import TorchBackend, TorchState
from engine.jobs import Progress, Steps
from engine.kv_state import KVState
from engine.kv_state_file import dump_state, load_state
from engine.methods.gist.divergence import Reply, divergence
from engine.methods.gist.encoder import GistEncoder
from engine.methods.gist.refining import refine
from engine.methods.gist.spans import encode_spans, joined_gist
from engine.prompt_store import AtRest

INT8_MAY_ADD_SHARE = 0.02
INT8_MAY_ADD_NATS = 0.005
"""A gist is kept in int8 where that adds less than this to its divergence, as a share or in nats a token."""

NEARLY_AS_GOOD_SHARE = 0.1
"""Before it is fitted to its prompt, a gist so much worse than the best one will do: fitting takes off far more."""


@dataclass(frozen=True, slots=True)
class ChosenGist:
    """k: gist tokens of each span. data: what is kept; divergence is that of these very bytes, read back."""

    k: int
    slots: int
    state: KVState
    data: bytes
    at_rest: AtRest
    divergence: float


def choose_gist(
    backend: TorchBackend,
    encoder: GistEncoder,
    state: TorchState,
    replies: Sequence[Reply],
    *,
    ks: Sequence[int],
    bound: float,
    literal_places: Sequence[int],
    refine_steps: int = 0,
    openings: Sequence[Sequence[int]] = (),
) -> Steps[ChosenGist]:
    """The gist with the first of `ks` whose divergence is within the bound; the one with the least where none is.

    state: has read the prompt; it is left as it was. ks: rising. Gist tokens are nested, so one encoding serves all of them.
    refine_steps: where none is within the bound, the smallest that is nearly as good as any is fitted to the prompt, with `openings`
    (`engine.methods.gist.refining`).
    """
    most = max(ks)
    parts = yield from encode_spans(backend, encoder, state, most, literal_places)
    found: list[tuple[float, int]] = []
    for number, k in enumerate(ks):
        yield Progress("Measuring", number, len(ks))
        gist = joined_gist(parts, most, k)
        found.append(((yield from divergence(backend, backend.new_state(prefix=gist), replies)), k))
        if found[-1][0] <= bound:
            break
    least = min(found)[0]
    is_within = found[-1][0] <= bound
    if is_within or not refine_steps:
        k = found[-1][1] if is_within else min(found)[1]
        gist = joined_gist(parts, most, k)
    else:
        k = next(k for each, k in found if each <= (1 + NEARLY_AS_GOOD_SHARE) * least)
        unfitted = joined_gist(parts, most, k)
        fitting = refine(backend, state, unfitted, openings, literal_places=literal_places, steps=refine_steps)
        gist = (yield from fitting).state
    return (yield from _at_rest(backend, gist, replies, k=k, bound=bound))


def _at_rest(
    backend: TorchBackend, gist: KVState, replies: Sequence[Reply], *, k: int, bound: float
) -> Steps[ChosenGist]:
    """The gist as it is kept: in int8 where that costs next to nothing and not the bound, else in 16 bits."""
    measured: list[ChosenGist] = []
    for at_rest in (AtRest.HALF, AtRest.INT8):
        data = dump_state(gist, at_rest)
        state = load_state(data)
        found = yield from divergence(backend, backend.new_state(prefix=state), replies)
        measured.append(ChosenGist(k, state.slots, state, data, at_rest, found))
    half, rounded = measured
    added = rounded.divergence - half.divergence
    is_small = added < max(INT8_MAY_ADD_NATS, INT8_MAY_ADD_SHARE * half.divergence)
    breaks_bound = half.divergence <= bound < rounded.divergence
    return rounded if is_small and not breaks_bound else half
