"""How much of a prompt its gist keeps: full prompt, no prompt, k gist tokens with and without literals, in one run.

    python tests/bench/gist_quality.py [--n 12] [--data FILE.json ...] [--sets alpaca t0 role-play card glossary]
    python tests/bench/gist_quality.py --encoder FOLDER [--model FOLDER]

- rougeL: of greedy answers with the reference answer; where there is none, with the full prompt's answer. of full: share of what
  the full prompt reaches.
- KL: of the full prompt's next-token distributions to these, nats a token, over the reference or the full prompt's answer.
- recovered: (NLL_none - NLL_gist) / (NLL_none - NLL_full), of the reference and of the full prompt's own answer, [95 %].
- ratio: prompt tokens a slot, where slots are gist tokens, literals and the first token. "at 8x": for each prompt the most gist
  tokens that still take at most an eighth of its room; prompts too short for that are left out.

No prompt is the same chat without a system message. Prompts are laid out as the product does: the instruction in the system message,
the input in the user's.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads

from gist_parts import cases as asked
from gist_parts.cases import Case
from gist_parts.scores import best_k, recovered_share, rouge_l
from gist_parts.side_by_side import Scored, answer, score

from engine.answer_scores import Interval, bootstrap_mean
from engine.api import GIST_TOKENS, PromptLayout
from engine.backends.pytorch import TorchBackend
from engine.chat_template import ChatMessage
from engine.jobs import run_to_end
from engine.kv_state import KVState
from engine.loading import embedded_model
from engine.methods.gist.encoder import GistEncoder, load_encoder
from engine.methods.gist.examples import split_chat
from engine.methods.gist.literals import LITERAL_SHARE, keep_literals, literal_places
from engine.methods.gist.openings import openings
from engine.methods.gist.refining import refine
from engine.methods.gist.spans import encode_spans, joined_gist
from engine.model_folder import model_ref, read_card
from engine.prompting import style_for
from engine.runtime import Runtime

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
FULL, NONE = "full prompt", "no prompt"
RATIOS = (8, 26)


@dataclass(frozen=True, slots=True)
class Measured:
    """One prompt under one condition. of_reference: None without a reference."""

    tokens: int
    slots: int
    rouge: float
    of_reference: Scored | None
    of_own: Scored


Results = list[dict[str, Measured]]
"""For each case, by condition."""


def gist_name(k: int, literals: bool) -> str:
    return f"gist {k:>2}{' + literals' if literals else ''}"


class PromptStates:
    """By condition what a model has of a prompt. The last prompt's are kept: a card is asked many things."""

    def __init__(
        self,
        backend: TorchBackend,
        encoder: GistEncoder,
        ks: Sequence[int],
        *,
        refine_steps: int = 0,
        refine_k: int = 8,
    ) -> None:
        self._backend, self._encoder, self._ks = backend, encoder, ks
        self._refine_steps, self._refine_k = refine_steps, refine_k
        self._last: tuple[list[int], dict[str, KVState]] = ([], {})

    def of(self, case: Case) -> tuple[dict[str, KVState], list[int]]:
        """The states, and the tokens behind each of them up to where the answer begins."""
        tokenizer = self._backend.tokenizer
        prompt_ids, begun_ids = split_chat(tokenizer, case.prompt, case.message)
        bare_ids = tokenizer.encode_chat([ChatMessage("user", case.message)])
        before = bare_ids[: len(bare_ids) - len(begun_ids)] or prompt_ids[:1]
        if prompt_ids != self._last[0]:
            self._last = prompt_ids, self._gists(prompt_ids)
        full, none = _exact(self._backend, prompt_ids), _exact(self._backend, before)
        return {FULL: full, NONE: none, **self._last[1]}, begun_ids

    def _gists(self, prompt_ids: Sequence[int]) -> dict[str, KVState]:
        backend, ks = self._backend, self._ks
        pieces = [backend.tokenizer.token_bytes(token) for token in prompt_ids]
        places = literal_places(keep_literals(pieces, limit=int(LITERAL_SHARE * len(pieces))))
        places = [place for place in places if place]  # the first token is kept in any case
        read = backend.new_state()
        backend.read(prompt_ids, read)
        most = max(*ks, self._refine_k)
        gists = {}
        for literals in (False, True):
            parts = run_to_end(encode_spans(backend, self._encoder, read, most, places if literals else []))
            gists |= {gist_name(k, literals): joined_gist(parts, most, k) for k in ks}
        if self._refine_steps:
            gist, k = joined_gist(parts, most, self._refine_k), self._refine_k
            said = openings(backend.tokenizer, PromptLayout.INSTRUCTIONS, style_for(backend.info.model))
            fitted = run_to_end(refine(backend, read, gist, said, literal_places=places, steps=self._refine_steps))
            gists[f"gist {k:>2} + l., refined"] = fitted.state
        return gists


def _exact(backend: TorchBackend, ids: Sequence[int]) -> KVState:
    state = backend.new_state()
    backend.read(ids, state)
    return backend.export_state(state, 0, len(ids))


def measure(
    backend: TorchBackend, prompt_states: PromptStates, case: Case, *, max_new_tokens: int
) -> dict[str, Measured]:
    states, begun_ids = prompt_states.of(case)
    tokenizer, names, rows = backend.tokenizer, list(states), list(states.values())
    end = sorted(tokenizer.eos_ids)[-1:]
    written = answer(backend, rows, begun_ids, max_new_tokens=max_new_tokens)
    texts = [tokenizer.decode(ids) for ids in written]
    reference = texts[0] if case.reference is None else case.reference
    of_own = score(backend, rows, begun_ids, [*written[0], *end][:max_new_tokens])
    of_reference: Sequence[Scored | None] = [None] * len(rows)
    if case.reference is not None:
        reply = [*tokenizer.encode(case.reference), *end]
        of_reference = score(backend, rows, begun_ids, reply[: 4 * max_new_tokens])
    tokens = rows[0].slots
    return {
        name: Measured(tokens, row.slots, rouge_l(text, reference), gold, own)
        for name, row, text, gold, own in zip(names, rows, texts, of_reference, of_own, strict=True)
    }


def at_ratio(results: Results, ks: Sequence[int], ratio: float, literals: bool) -> Results:
    """The cases that can be compressed so far, each with as many gist tokens as that leaves; beside both controls."""
    name = f"at {ratio:g}x{' + literals' if literals else ''}"
    found = []
    for result in results:
        gists = {k: result[gist_name(k, literals)] for k in ks}
        k = best_k(result[FULL].tokens, {k: gist.slots for k, gist in gists.items()}, ratio)
        if k is not None:
            found.append({FULL: result[FULL], NONE: result[NONE], name: gists[k]})
    return found


def print_table(title: str, results: Results, ks: Sequence[int]) -> None:
    print(f"\n{title}: {len(results)} prompts, {_mean([each[FULL].tokens for each in results]):.0f} tokens on average")
    print(f"  {'':<20}{'n':>4}{'slots':>7}{'ratio':>7}{'rougeL':>8}{'of full':>9}{'KL':>7}"
          f"   {'recovered, reference':<24}{'recovered, own answer':<24}")  # fmt: skip
    for name in results[0]:
        print_row(name, results)
    for ratio in RATIOS:
        for literals in (False, True):
            chosen = at_ratio(results, ks, ratio, literals)
            if chosen:
                print_row(list(chosen[0])[-1], chosen)


def print_row(name: str, results: Results) -> None:
    rows = [each[name] for each in results]
    tokens, slots = _mean([row.tokens for row in rows]), _mean([row.slots for row in rows])
    kls = [(row.of_reference or row.of_own).kl for row in rows]
    rouge = _mean([row.rouge for row in rows])
    of_full = rouge / max(1e-9, _mean([each[FULL].rouge for each in results]))
    with_reference = [each for each in results if each[name].of_reference is not None]
    shares = [
        _share(name, with_reference, lambda each: each.of_reference or each.of_own) if with_reference else None,
        _share(name, results, lambda each: each.of_own),
    ]
    kept = "" if name == NONE else f"{tokens / slots:.1f}"
    print(f"  {name:<20}{len(rows):>4}{slots:>7.1f}{kept:>7}{rouge:>8.3f}{of_full:>9.1%}{_mean(kls):>7.3f}"
          f"   {_spelled(shares[0]):<24}{_spelled(shares[1]):<24}", flush=True)  # fmt: skip


def _share(name: str, results: Results, scored: Callable[[Measured], Scored]) -> Interval:
    none, gist, full = ([scored(each[which]).nll for each in results] for which in (NONE, name, FULL))
    return recovered_share(none, gist, full)


def _spelled(share: Interval | None) -> str:
    if share is None or math.isnan(share.mean):
        return "-"
    return f"{share.mean:.2f}" if math.isnan(share.low) else f"{share.mean:.2f} [{share.low:.2f}, {share.high:.2f}]"


def _mean(values: Sequence[float]) -> float:
    return bootstrap_mean(values).mean


def sets(data: Path, files: Sequence[Path], count: int, seed: int) -> dict[str, Callable[[], list[Case]]]:
    """The sets by name; each is read when it is asked for."""
    play = data / "roleplay"
    return {
        **{f"alpaca {path.stem}": lambda path=path: asked.alpaca(path, count, seed) for path in files},  # type: ignore[misc]
        "t0 held-out templates": lambda: asked.held_out_templates(data / "gist_instructions" / "t0_50k", count, seed),
        "role-play": lambda: asked.role_play(
            play / "gpteacher_roleplay" / "roleplay-simple-deduped-roleplay-instruct.json", count, seed
        ),
        "card": lambda: asked.character_card(play / "sillytavern" / "default_Seraphina.png", count),
        "glossary": lambda: asked.glossaries(data / "zh_en_honglou" / "glossary.tsv", count, seed),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=12, help="prompts of each set")
    parser.add_argument("--data", type=Path, nargs="+", help="files of Alpaca+'s form; default: the seen split")
    parser.add_argument("--sets", nargs="+", help="only sets whose name begins with one of these")
    parser.add_argument("--k", type=int, nargs="+", default=list(GIST_TOKENS), choices=GIST_TOKENS)
    parser.add_argument(
        "--refine-steps", type=int, default=0, help="fit a gist to its own prompt as well (minutes each)"
    )
    parser.add_argument("--refine-k", type=int, default=8, choices=GIST_TOKENS)
    parser.add_argument("--max-new-tokens", type=int, default=48)
    parser.add_argument("--max-prompt-tokens", type=int, default=1024, help="longer prompts are left out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    parser.add_argument("--model", type=Path, help="a prepared model folder; default: the embedded model")
    parser.add_argument("--encoder", type=Path, help="default: the one that comes with Palimpsest")
    options = parser.parse_args()
    model = embedded_model() if options.model is None else model_ref(options.model, read_card(options.model))
    folder = options.encoder or ROOT / "assets" / "compressors" / model.name / "gist"
    if not (folder / "card.json").is_file():
        sys.exit(f"{model.name} has no gist encoder in {folder}; give --encoder.")
    seen = options.shared_data / "gist_instructions" / "alpaca_plus" / "alpaca_plus_validation_seen.json"
    files = options.data or ([seen] if seen.is_file() else [])
    backend = run_to_end(Runtime(leave_cores=0).load(model))
    assert isinstance(backend, TorchBackend)
    encoder = load_encoder(folder, backend)
    prompt_states = PromptStates(
        backend, encoder, options.k, refine_steps=options.refine_steps, refine_k=options.refine_k
    )
    print(f"{model.name}, {backend.info.dtype}, encoder {encoder.sha256[:12]} ({folder.parent.name}/{folder.name})")
    for name, read in sets(options.shared_data, files, options.n, options.seed).items():
        if options.sets and not name.startswith(tuple(options.sets)):
            continue
        try:
            found = read()
        except FileNotFoundError as problem:
            print(f"\n{name}: {problem.filename} is not there")
            continue
        began, results = time.perf_counter(), []
        for case in found:
            tokens = len(split_chat(backend.tokenizer, case.prompt, case.message)[0])
            if tokens <= options.max_prompt_tokens:
                results.append(measure(backend, prompt_states, case, max_new_tokens=options.max_new_tokens))
        if results:
            print_table(name, results, options.k)
            print(f"  {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
