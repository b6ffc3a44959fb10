from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import Ask, ModelRef, PassageText, PromptLayout, Switch
from engine.backends.echo import ECHO_MODEL
from engine.prompting import (
    PASSAGE_COPIES,
    PromptForm,
    PromptStyle,
    choose_form,
    fit_passages,
    lay_out,
    make_prompt,
    question_tokens,
    static_prompt,
    style_for,
)
from engine.tokenization import EchoTokenizer

FIRST, SECOND = PassageText(0, 6, "Once a"), PassageText(50, 58, "Then two")
TEXTS = st.lists(st.text(alphabet="abc 黛玉.\n", min_size=1, max_size=40), max_size=6)


def in_order(texts: list[str]) -> list[PassageText]:
    return [PassageText(100 * i, 100 * i + len(text), text) for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (PromptForm.ONCE, "C Q"),
        (PromptForm.TWICE, "C Q C Q"),
        (PromptForm.QUESTION_FIRST, "Q C Q"),
        (PromptForm.PASSAGES_TWICE, "C C Q"),
        (PromptForm.NO_PASSAGES, "Q"),
    ],
)
def test_each_form_reads_passages_and_question_in_its_order(form, expected):
    laid_out = lay_out("Who?", [FIRST, SECOND], form)
    assert laid_out.replace("Once a\n\nThen two", "C").replace("Question: Who?", "Q").split() == expected.split()
    assert laid_out.count("Once a") == PASSAGE_COPIES[form]


def test_what_is_the_same_for_every_question_stands_first():
    prompts = [
        make_prompt(
            EchoTokenizer(), title="A Book", question=question, passages=[], form=PromptForm.ONCE, style=PromptStyle(),
            limit_tokens=8000,
        )
        for question in ("Who?", "Where was it?")
    ]  # fmt: skip
    shared = len(EchoTokenizer().encode(PromptStyle().instruction + "From “A Book”:"))
    assert prompts[0].token_ids[:shared] == prompts[1].token_ids[:shared]


@settings(deadline=None)
@given(TEXTS, st.sampled_from(list(PromptForm)), st.integers(60, 400), st.integers(0, 200), st.randoms())
def test_a_prompt_fits_and_holds_the_best_passages_in_the_order_of_the_text(texts, form, limit, room, random):
    passages = in_order(texts)
    random.shuffle(passages)
    style = PromptStyle(instruction="Answer.", passage_tokens=room)
    prompt = make_prompt(
        EchoTokenizer(), title="T", question="Who?", passages=passages, form=form, style=style, limit_tokens=limit
    )
    assert len(prompt.token_ids) <= limit
    starts = [passage.start for passage in prompt.passages]
    assert starts == sorted(starts)
    assert set(starts) == {passage.start for passage in passages[: len(starts)]}
    for passage in prompt.passages:
        assert texts[passage.start // 100].startswith(passage.text)
        assert passage.end - passage.start == len(passage.text)


def test_a_first_passage_that_is_too_long_is_cut_after_a_word():
    tokenizer = EchoTokenizer()
    (cut,) = fit_passages(tokenizer, [PassageText(10, 41, "Thirza Cobbold came from Gannock")], 3)
    assert cut == PassageText(10, 29, "Thirza Cobbold came")


def test_white_space_in_question_and_title_cannot_break_the_layout():
    tokenizer = EchoTokenizer()
    prompt = make_prompt(
        tokenizer, title="A\n\nBook", question="Who\n\nis it?", passages=[], form=PromptForm.ONCE, style=PromptStyle(),
        limit_tokens=8000,
    )  # fmt: skip
    assert "From “A Book”:\n\nQuestion: Who is it?" in tokenizer.decode(prompt.token_ids)


TOKENIZERS = ("echo", "llama", "mistral", "gemma3_text")
WORDS = st.text(alphabet="abcdefgh AZ129.,:;“”'!?-\n 黛玉中文ёж🙂", max_size=60)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", TOKENIZERS)
def test_what_is_static_stays_a_prefix_whatever_is_asked(name, open_backend, data):
    """Instructions and title make the first tokens; those of two questions are the same, and hold all of both."""
    tokenizer = open_backend(name).tokenizer
    instructions, title, behind_document = data.draw(WORDS), data.draw(WORDS), data.draw(st.booleans())
    prompts = [
        make_prompt(
            tokenizer,
            title=title,
            question=data.draw(WORDS),
            passages=in_order(data.draw(st.lists(WORDS.filter(str.strip), max_size=2))),
            form=data.draw(st.sampled_from(PromptForm)),
            style=PromptStyle(instruction="Answer briefly."),
            limit_tokens=8000,
            instructions=instructions,
            behind_document=behind_document,
        )
        for _ in range(2)
    ]
    one, other = prompts
    assert one.static_tokens == other.static_tokens
    system_end, title_end = one.static_tokens
    assert 0 < system_end <= title_end < len(one.token_ids)
    assert one.token_ids[:title_end] == other.token_ids[:title_end]
    said = "".join(tokenizer.decode(one.token_ids[:title_end]).split())
    assert "".join(title.split()) in said and "".join(instructions.split()) in said
    if not behind_document:
        assert "".join(instructions.split()) in "".join(tokenizer.decode(one.token_ids[:system_end]).split())


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_gist_of_instructions_stands_for_the_system_message_of_every_question(name, open_backend):
    tokenizer, style, text = open_backend(name).tokenizer, PromptStyle(), "You are Mira.\nSpeak as she does."
    prompt = make_prompt(
        tokenizer, title="A Book", question="Who?", passages=[FIRST], form=PromptForm.ONCE, style=style,
        limit_tokens=8000, instructions=text,
    )  # fmt: skip
    kept = static_prompt(tokenizer, PromptLayout.INSTRUCTIONS, text, title="notes.txt", style=style)
    assert kept == prompt.token_ids[: prompt.static_tokens[0]]
    assert text in tokenizer.decode(kept) and "A Book" not in tokenizer.decode(kept)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_behind_a_document_only_the_system_message_is_another(name, open_backend):
    tokenizer, style, text = open_backend(name).tokenizer, PromptStyle(), "Mira keeps the lighthouse of Oster."
    options = dict(
        title="A Book", question="Who?", passages=[FIRST], form=PromptForm.ONCE, style=style, limit_tokens=8000
    )
    plain = make_prompt(tokenizer, **options)
    kept = static_prompt(tokenizer, PromptLayout.DOCUMENT, text, title="A Book", style=style)
    behind = make_prompt(tokenizer, **options, behind_document=True, instructions="Be kind.")
    assert text in tokenizer.decode(kept) and "A Book" in tokenizer.decode(kept)
    assert kept[: plain.static_tokens[0] // 2] == plain.token_ids[: plain.static_tokens[0] // 2]
    assert behind.static_tokens[0] == plain.static_tokens[0]
    tail = tokenizer.decode(behind.token_ids[behind.static_tokens[0] :])
    assert tail.lstrip().startswith("Be kind.") and "Who?" in tail


@pytest.mark.parametrize("switch", list(Switch))
def test_without_passages_there_is_one_form(switch):
    assert choose_form(switch, PromptStyle(), use_passages=False) is PromptForm.NO_PASSAGES


def test_the_switch_chooses_the_form():
    style = PromptStyle(auto_form=PromptForm.QUESTION_FIRST, on_form=PromptForm.PASSAGES_TWICE)
    forms = [choose_form(switch, style, use_passages=True) for switch in (Switch.OFF, Switch.ON, Switch.AUTO)]
    assert forms == [PromptForm.ONCE, PromptForm.PASSAGES_TWICE, PromptForm.QUESTION_FIRST]


def test_a_model_nobody_has_measured_reads_once():
    assert style_for(ECHO_MODEL) == PromptStyle()
    assert style_for(ModelRef("../echo", "x", None)).auto_form is PromptForm.ONCE


def test_what_was_measured_for_a_model_is_used(tmp_path: Path):
    note = {
        "prompt": {
            "instruction": "Quote.",
            "answer_prefix": "Answer:",
            "stop_at_newline": True,
            "passage_tokens": 99,
            "excerpt_characters": 500,
        },
        "jrt": {"form": "once", "on_form": "passages twice"},
    }
    (tmp_path / "asking.json").write_text(json.dumps(note), "utf-8")
    style = style_for(ModelRef("mine", "x", tmp_path))
    assert (style.instruction, style.passage_tokens, style.on_form) == ("Quote.", 99, PromptForm.PASSAGES_TWICE)


def test_the_embedded_model_has_been_measured():
    style = style_for(ModelRef("smollm2-135m-instruct", "x", None))
    assert style != PromptStyle()


@pytest.mark.parametrize("switch", list(Switch))
def test_what_is_left_free_behind_a_compressed_prompt_holds_a_question_with_all_its_passages(switch):
    tokenizer, style = EchoTokenizer(), style_for(ModelRef("smollm2-135m-instruct", "x", None))
    prompt = make_prompt(
        tokenizer,
        title="The Light Book of Gannock, and other stories",
        question="Who kept the key of the Muniment Room, and where? " * 3,
        passages=in_order(["word " * 70] * 40),
        form=choose_form(switch, style, use_passages=True),
        style=style,
        limit_tokens=8000,
    )
    read = len(prompt.token_ids) - prompt.static_tokens[0] + Ask.__dataclass_fields__["max_new_tokens"].default
    assert len(prompt.passages) > 1 and read <= question_tokens(style, 8192)
    assert question_tokens(style, 256) == 64
