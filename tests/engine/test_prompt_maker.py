"""Composed training prompts: the same for a seed, varied, whole, of the promised length, and asked about what they say."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.loading import embedded_model
from engine.methods.gist.prompt_maker import (
    _SLOT,
    MAX_TOKENS,
    MIN_TOKENS,
    estimate_tokens,
    load_blocks,
    make_prompts,
)
from engine.tokenization import FolderTokenizer

KINDS = {"persona", "glossary", "style guide", "chat rules", "instructions", "document"}


def texts_of_blocks():
    blocks = load_blocks()
    for form in blocks.forms:
        yield from (*form.opening, *form.sentences, *form.rows, *form.closing, *form.messages)
    for entries in blocks.lexicon.values():
        for entry in entries:
            yield from [entry] if isinstance(entry, str) else entry.values()


def test_the_same_seed_gives_the_same_prompts_and_another_seed_others():
    first = list(islice(make_prompts(7), 30))
    assert first == list(islice(make_prompts(7), 30))
    assert not set(first) & set(islice(make_prompts(8), 30))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32))
def test_every_prompt_is_whole_and_of_the_promised_length(seed):
    for made in islice(make_prompts(seed), 8):
        assert MIN_TOKENS * 0.7 <= estimate_tokens(made.prompt) <= MAX_TOKENS
        for text in (made.prompt, made.message):
            assert text == text.strip()
            assert "{" not in text
            assert "@" not in text
            assert not re.search(r"\ba (?!one|uni|use|eu)[aeiou]\w", text), text
        assert set(made.kind.split(" and ")) <= KINDS


@pytest.mark.model
def test_the_embedded_models_tokenizer_counts_twenty_to_six_hundred_tokens():
    folder = embedded_model().folder
    assert folder is not None
    tokenizer = FolderTokenizer(folder)
    counts = [len(tokenizer.encode(made.prompt)) for made in islice(make_prompts(3), 400)]
    assert 15 <= min(counts) <= 40
    assert 400 <= max(counts) <= 600


def test_every_slot_names_words_that_exist():
    lexicon = load_blocks().lexicon
    for text in texts_of_blocks():
        for match in _SLOT.finditer(text):
            silent, key, part = match[1], match[3].lower(), match[5]
            if key[0].isdigit():
                low, high = map(int, key.split("-"))
                assert low < high, text
            else:
                for entry in lexicon[key]:
                    fields = () if isinstance(entry, str) else entry
                    assert silent or (part is None) == isinstance(entry, str), text
                    assert part is None or part in fields or part.lower() in fields, text
        assert _SLOT.sub("", text).count("{") == 0, text


def test_no_word_of_the_lexicon_and_no_block_of_a_form_stands_twice():
    blocks = load_blocks()
    for form in blocks.forms:
        for part in (form.opening, form.sentences, form.closing):
            assert len(set(part)) == len(part), form.kind
    for key, entries in blocks.lexicon.items():
        plain = [entry for entry in entries if isinstance(entry, str) and "{" not in entry]
        assert len(set(plain)) == len(plain), key


def test_prompts_differ_in_kind_and_words():
    made = list(islice(make_prompts(0), 400))
    kinds = Counter(kind for prompt in made for kind in prompt.kind.split(" and "))
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 25
    assert len({prompt.prompt for prompt in made}) == len(made)
    assert sum(any(character > "\u2e80" for character in prompt.prompt) for prompt in made) >= 40


def test_few_runs_of_five_words_come_again_in_another_prompt():
    seen: Counter[tuple[str, ...]] = Counter()
    for made in islice(make_prompts(1), 100):
        words = made.prompt.split()
        seen.update({tuple(words[place : place + 5]) for place in range(len(words) - 4)})
    again = sum(count for count in seen.values() if count > 1)
    assert again / seen.total() < 0.25
    assert max(seen.values()) <= 12


def test_a_message_asks_for_what_its_prompt_holds():
    """Of names that are remembered, those of the message stand in the prompt."""
    asked = 0
    for made in islice(make_prompts(2), 300):
        if made.kind == "glossary" and "=" in made.prompt:
            asked += any(
                side.strip() and side.strip() in made.message
                for line in made.prompt.splitlines()
                for side in line.split("=")
            )
    assert asked >= 20
    for form in load_blocks().forms:
        if form.kind == "persona":
            free = [text for text in form.messages if all(match[4] is None for match in _SLOT.finditer(text))]
            assert free, form.opening


def test_what_a_message_needs_is_said_by_a_block_of_its_form():
    for form in load_blocks().forms:
        said = {
            (match[3].lower(), match[4])
            for text in (*form.opening, *form.sentences, *form.rows, *form.closing)
            for match in _SLOT.finditer(text)
        }
        for text in form.messages:
            for match in _SLOT.finditer(text):
                assert not match[1] or (match[3].lower(), match[4]) in said, text
