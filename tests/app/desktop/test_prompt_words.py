"""What is said of kept prompts and of gists: shares, verdicts, the order of the table, the line under an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from app.desktop.compressor_words import card_words, origin_words, training_words
from app.desktop.prompt_table import _SORT_BY, Column, PromptTable
from app.desktop.prompt_words import divergence_words, kept_share, kind_words, ratio_words, time_words, title_words
from app.desktop.widgets.context_used import ContextUsed
from app.desktop.widgets.held_out_curve import HeldOutCurve
from app.desktop.widgets.shown_turn import Figures
from app.operations.compressor_cards import Card
from app.operations.compressors import Compressor
from app.operations.prompt_caches import PromptCache
from engine.api import CompressorScore
from storage.prompt_states import PromptEntryRow

NOW = datetime(2026, 5, 1, tzinfo=UTC)
NATS = st.floats(0, 20, allow_nan=False)


def entry(number: int = 1, kind: str = "exact", **changes: object) -> PromptEntryRow:
    values: dict[str, object] = {
        "entry": number,
        "kind": kind,
        "title": "A persona",
        "document_id": None,
        "model_name": "smollm2-135m-instruct",
        "model_identity": "m",
        "adapter_sha256": "",
        "tokens": 512,
        "bytes": 4096,
        "hits": 0,
        "tokens_saved": 0,
        "seconds_saved": 0.0,
        "pinned": False,
        "in_use": False,
        "metrics": {"k": 8, "slots": 20, "literal_tokens": 11, "layout": "instructions"} if kind == "gist" else {},
        "created_at": NOW,
        "used_at": NOW,
    }
    return PromptEntryRow(**(values | changes))


ROWS = st.lists(
    st.builds(
        lambda number, kind, title, tokens, size, hits, minutes, pinned: entry(
            number,
            kind,
            title=title,
            tokens=tokens,
            bytes=size,
            hits=hits,
            pinned=pinned,
            used_at=NOW + timedelta(minutes=minutes),
        ),
        st.integers(1, 1000),
        st.sampled_from(("exact", "gist")),
        st.text(max_size=8),
        st.integers(1, 5000),
        st.integers(1, 10**9),
        st.integers(0, 50),
        st.integers(0, 500),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda row: row.entry,
)


@given(ROWS, st.sampled_from(Column), st.sampled_from(Qt.SortOrder), st.sets(st.integers(1, 1000), max_size=4))
def test_sorting_orders_what_is_not_hidden_and_loses_none(rows, column, order, hidden):
    table = PromptTable()
    table.show([PromptCache(row, None, True) for row in rows], frozenset(hidden))
    table.sort(column, order)
    shown = table.caches
    assert {each.row.entry for each in shown} == {row.entry for row in rows} - hidden
    keys = [_SORT_BY[column](each) for each in shown]
    assert keys == sorted(keys, reverse=order is Qt.SortOrder.DescendingOrder)


@given(NATS, NATS, NATS)
def test_what_is_kept_lies_between_nothing_and_all_and_falls_with_divergence(one, other, none):
    near, far = sorted((one, other))
    kept_near, kept_far = kept_share(near, none), kept_share(far, none)
    assert (kept_near is None) == (kept_far is None) == (none == 0)
    if kept_near is not None and kept_far is not None:
        assert 0 <= kept_far <= kept_near <= 1


@pytest.mark.parametrize(
    ("divergence", "verdict"),
    [(0.0, "Answers as the"), (0.25, "Answers nearly as"), (0.5, "Answers differ from"), (2.0, "Much of the prompt")],
)
def test_a_divergence_is_a_verdict(qapp, divergence, verdict):
    assert divergence_words(divergence, 2.0).startswith(verdict)


def test_words_of_an_entry(qapp):
    assert kind_words(entry()) == "exact"
    assert kind_words(entry(kind="gist")) == "gist of 8, 26×"
    assert ratio_words(3.44) == "3.4×"
    assert time_words(0.84) == "0.8 s" and time_words(125) == "2 min"
    assert title_words(entry(title="A\n persona")) == "A persona"
    automatic = entry(title="Emma", document_id="d")
    assert title_words(automatic) == "Questions about “Emma”"
    assert title_words(entry(title="Emma", document_id="d", metrics={"layout": "document"})) == "Emma"


def encoder(**changes: object) -> Compressor:
    values = {
        "method": "gist",
        "model_name": "m",
        "folder": None,
        "own": True,
        "ready": True,
        "resumable": False,
        "used": True,
    }
    return Compressor(**(values | {"bytes": 1, "card": Card()} | changes))


def test_words_of_an_encoder(qapp):
    assert origin_words([]) == "Gist encoder: none"
    assert origin_words([encoder()]) == "Gist encoder: trained by you"
    assert origin_words([encoder(own=False)]) == "Gist encoder: comes with Palimpsest"
    assert origin_words([encoder(ready=False, used=False, resumable=True)]) == "Gist encoder: training paused"
    assert origin_words([], is_training=True) == "Gist encoder: being trained"
    assert card_words(Card()) == ""
    card = Card(steps=2000, examples=16_000, recovered={8: 0.91}, licence="CC0")
    assert card_words(card) == "2,000 steps, 16,000 prompts, a gist of 8 keeps 91\u202f% of a prompt’s use"
    assert training_words(Card()) == "" and training_words(card) == "Licence: CC0"
    card = Card(data=("a.txt", "b"), seconds=7200)
    assert training_words(card) == "Trained on a.txt, b. Training took 2 h 0 min."


def test_the_curve_is_of_the_nearest_k_and_says_so(qtbot, qapp):
    curve = HeldOutCurve()
    qtbot.addWidget(curve)
    assert curve.accessibleDescription().startswith("The curve begins")
    scores = [CompressorScore(step, 40, step, 1.0, {1: 1.2, 4: 0.6}, {1: 0.2, 4: 0.5}, 1.5, 1.0) for step in (0, 20)]
    curve.show_scores(scores, steps=40)
    assert curve.accessibleDescription() == (
        "After 20 steps a gist of 4 keeps 60\u202f% of what a prompt changes in an answer."
    )
    curve.show()
    assert not curve.grab().isNull()


def test_the_line_under_an_answer_says_when_a_gist_stood_in(qtbot, qapp):
    context = ContextUsed()
    qtbot.addWidget(context)
    plain = Figures(prompt_tokens=700, reused_tokens=512, ttft_s=0.4)
    assert context.words(plain).startswith("read 188 tokens, re-used 512 · first word 0.4 s")
    gist = Figures(prompt_tokens=700, reused_tokens=512, ttft_s=0.4, gist_tokens=500)
    assert "re-used 512 · a gist stood in for 500 of them · first word" in context.words(gist)
