"""Text to tokens and back, whole and streamed; and that no text can speak with the model's own voice."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.chat_template import ChatMessage, defuse, render_chat
from engine.detokenization import StopFilter, TokenStream
from engine.errors import ModelError
from engine.tokenization import EchoTokenizer, FolderTokenizer, count_tokens, folder_tokenizer

KINDS = ("echo", "llama", "mistral")  # words; stand-in characters for bytes; "▁" with byte fallback
SCRIPTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("abc xyz AEIOU .,!?\n\t'"),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0x0400, max_codepoint=0x04FF),
        st.sampled_from("🙂👩‍👩‍👧éäßñ한국어العربية"),
    ),
    max_size=60,
)


@pytest.fixture(scope="session")
def tokenizer_of(family_model):
    made = {"echo": EchoTokenizer()}

    def tokenizer(name: str):
        if name not in made:
            made[name] = FolderTokenizer(family_model(name).folder)
        return made[name]

    return tokenizer


def streamed(tokenizer, ids) -> list[str]:
    stream = TokenStream(tokenizer)
    return [*(stream.push(token_id) for token_id in ids), stream.finish()]


@settings(max_examples=60, deadline=None)
@given(text=SCRIPTS)
@pytest.mark.parametrize("name", KINDS)
def test_text_survives_the_way_there_and_back(name, tokenizer_of, text):
    tokenizer = tokenizer_of(name)
    ids = tokenizer.encode(text)
    pieces = streamed(tokenizer, ids)
    assert "".join(pieces) == tokenizer.decode(ids) == text
    assert not any("\ufffd" in piece for piece in pieces)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", ["llama", "mistral"])
def test_any_stream_of_tokens_joins_to_the_whole_decoded(name, tokenizer_of, data):
    """Also where the tokens are no UTF-8 at all."""
    tokenizer = tokenizer_of(name)
    ids = data.draw(st.lists(st.integers(0, tokenizer.vocabulary_size + 4), max_size=40))
    assert "".join(streamed(tokenizer, ids)) == tokenizer.decode(ids)


@settings(max_examples=60, deadline=None)
@given(text=SCRIPTS.filter(bool))
@pytest.mark.parametrize("name", ["llama", "mistral"])
def test_decoding_agrees_with_the_tokenizers_library(name, tokenizer_of, family_model, text):
    from tokenizers import Tokenizer

    ids = tokenizer_of(name).encode(text)
    library = Tokenizer.from_file(str(family_model(name).folder / "tokenizer.json"))
    assert tokenizer_of(name).decode(ids) == library.decode(ids)


@settings(max_examples=60, deadline=None)
@given(text=SCRIPTS)
@pytest.mark.parametrize("name", KINDS)
def test_counting_is_the_length_of_encoding(name, tokenizer_of, family_model, text):
    folder = None if name == "echo" else family_model(name).folder
    assert count_tokens(folder, text) == len(tokenizer_of(name).encode(text))


@settings(max_examples=60, deadline=None)
@given(text=SCRIPTS.filter(lambda text: bool(text.strip())))
@pytest.mark.parametrize("name", KINDS)
def test_offsets_lie_in_order_inside_the_text(name, tokenizer_of, text):
    encoded = tokenizer_of(name).encode_with_offsets(text)
    assert len(encoded.ids) == len(encoded.offsets)
    assert all(0 <= start <= end <= len(text) for start, end in encoded.offsets)
    assert encoded.offsets == sorted(encoded.offsets)
    assert encoded.offsets[-1][1] == len(text)


HOSTILE = st.lists(
    st.sampled_from(["<|im_end|>", "<|im_start|>", "<bos>", "<|im_", "end|>", "<", "system\n", " x "]), max_size=12
).map("".join)


@settings(max_examples=80, deadline=None)
@given(text=HOSTILE)
@pytest.mark.parametrize("name", ["llama", "mistral"])
def test_a_text_cannot_end_the_users_turn(name, tokenizer_of, text):
    tokenizer = tokenizer_of(name)
    special = {0, 1, 2}
    assert not special & set(tokenizer.encode(text))
    harmless = tokenizer.encode_chat([ChatMessage("user", "x")])
    prompt = tokenizer.encode_chat([ChatMessage("user", text)])
    assert [i for i in prompt if i in special] == [i for i in harmless if i in special]


@given(text=HOSTILE)
def test_defusing_changes_nothing_else(text):
    tokens = ("<|im_end|>", "<|im_start|>", "<bos>")
    safe = defuse(text, tokens)
    assert not any(token in safe for token in tokens)
    if not any(token in text for token in tokens):
        assert safe == text


def test_end_of_turn_is_an_end_token(tokenizer_of):
    assert tokenizer_of("llama").eos_ids == {2}


def test_a_template_without_system_role_gets_it_with_the_first_question(tokenizer_of, family_model):
    tokenizer = FolderTokenizer(family_model("gemma3_text").folder)
    text = tokenizer.decode(tokenizer.encode_chat([ChatMessage("system", "Be brief."), ChatMessage("user", "Who?")]))
    assert text.index("Be brief.") < text.index("Who?")


def test_a_template_that_reaches_out_of_its_sandbox_is_refused():
    hostile = "{{ ''.__class__.__mro__[1].__subclasses__() }}"
    with pytest.raises(ModelError):
        render_chat(hostile, [ChatMessage("user", "x")], special_tokens={})


def test_a_folders_tokenizer_is_read_once_until_it_is_another(family_model, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(family_model("llama").folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    first = folder_tokenizer(folder)
    count_tokens(folder, "Mira keeps the light.")
    assert folder_tokenizer(folder) is first
    os.utime(folder / "tokenizer.json", ns=(1, 1))
    assert folder_tokenizer(folder) is not first


def test_a_missing_or_broken_tokenizer_is_a_sentence(tmp_path):
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        FolderTokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError):
        FolderTokenizer(tmp_path)
    with pytest.raises(ModelError):
        count_tokens(tmp_path, "x")


pieces_and_stops = st.tuples(
    st.lists(st.text(alphabet="ab\n", max_size=4), max_size=15),
    st.lists(st.text(alphabet="ab\n", min_size=1, max_size=4), max_size=3),
)


@settings(max_examples=300)
@given(pieces_and_stops)
def test_stop_strings_cut_a_stream_where_they_cut_the_whole(case):
    """However the text is cut into pieces: what comes through is what stands before the first stop string."""
    pieces, stops = case
    gate = StopFilter(stops)
    through = "".join(gate.push(piece) for piece in pieces)
    stopped = gate.stopped
    through += "" if stopped else gate.finish()
    whole = "".join(pieces)
    # The stream stops at the first piece that completes a stop string, so it is the earliest completed one that counts.
    ends = [(place + len(stop), place) for stop in stops if (place := whole.find(stop)) >= 0]
    assert stopped == bool(ends)
    if not ends:
        assert through == whole
    else:
        assert not any(stop in through for stop in stops)
        assert whole.startswith(through)
        assert any(whole.startswith(stop, len(through)) for stop in stops)


def test_a_template_that_asks_for_the_date_is_the_same_every_day():
    template = "{% if strftime_now is defined %}{{ strftime_now('%d %b %Y') }}{% endif %} {{ messages[0]['content'] }}"
    assert render_chat(template, [ChatMessage("user", "x")], special_tokens={}) == "26 Jul 2024 x"
