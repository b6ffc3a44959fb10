"""Names, numbers and quoted phrases are found, and can be spelt from the tokens that are kept."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.methods.gist.literals import LiteralKind, find_literals, keep_literals, literal_places

PERSONA = """You are Mira Voss, keeper of the lighthouse of Oster since 1814. Mira speaks in short sentences.
You always end with "by the salt". Never mention Dr. Hale or J. R. R. Tolkien's books; the ship A-113 sailed at 07:45."""
CHINESE = (
    "你是林黛玉，名叫黛玉，住在《红楼梦》的潇湘馆。请用“颦儿”自称，三百字以内，共12回。使用Python。不要提到艾米·伯顿。"
)
TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            [*PERSONA.split(" "), *CHINESE, '"', "“", "”", "\n", "1.", "=", "->", "·", "É", "The", "I'm", "é̂", "🙂"]
        )
    ).map(" ".join),
)


def found(text: str, *kinds: LiteralKind) -> list[str]:
    return [text[each.start : each.end] for each in find_literals(text) if not kinds or each.kind in kinds]


def test_a_persona_keeps_its_names_numbers_and_phrases():
    assert found(PERSONA) == [
        *("Mira Voss", "Oster", "1814", "Mira", "by the salt", "Dr. Hale", "J. R. R. Tolkien", "A-113", "07:45")
    ]


def test_a_chinese_prompt_keeps_them_too():
    assert found(CHINESE) == ["黛玉", "红楼梦", "颦儿", "三百", "12", "Python", "艾米·伯顿"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Always answer. Never lie. Use plain words.", []),
        ("Responses are short. The responses are kind.", []),
        ("Mira keeps the lighthouse.", ["Mira"]),
        ("Ask Mira's brother. Mira sleeps.", ["Mira", "Mira"]),
        ("In London it rains. Mention Paris. Dictionary of the Dale.", ["London", "Paris", "Dale"]),
        ("She met Anne. Tom left. She met Tom.", ["Anne", "Tom", "Tom"]),
        ("the Lady of Shalott and Jean-Luc of the North", ["Lady of Shalott", "Jean-Luc of the North"]),
        ("IMPORTANT: you MUST answer in JSON.", ["JSON"]),
        ("## Output Format\nbe brief", []),
        ("I think I'm right, said Æthelred and Émile.", ["Æthelred", "Émile"]),
        ("Name: Thirza Bell. [a cook] Habit: she hums.", ["Thirza Bell"]),
        ("Он видел Анну в Москве.", ["Анну", "Москве"]),
    ],
)
def test_capitals_that_open_a_sentence_make_no_name(text, names):
    assert found(text, LiteralKind.NAME) == names


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1. first\n2. second\n(3) third", []),
        ("pay $1,200.50, 25.5% of it on 2024-05-17.", ["$1,200.50", "25.5%", "2024-05-17"]),
        ("from 10km to 12 °C in v2.1", ["10km", "12 °C", "v2.1"]),
        ("共三百二十人，万一不够，1814年再来", ["三百二十", "1814年"]),
    ],
)
def test_numbers_are_kept_and_those_of_list_items_are_not(text, numbers):
    assert found(text, LiteralKind.NUMBER) == numbers


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("say “aye aye” and 'so be it', don't and can't", ["aye aye", "so be it"]),
        ('"' + "x" * 81 + '" is too long to be copied', []),
        ("«Тихий дон» 『雪国』 【注意】", ["Тихий дон", "雪国", "注意"]),
        ('he is 5" tall and 6" wide', []),
    ],
)
def test_quoted_phrases_are_kept(text, phrases):
    assert found(text, LiteralKind.PHRASE) == phrases


def test_both_sides_of_glossary_lines_are_kept_and_a_single_line_is_no_glossary():
    assert found("lighthouse => phare\n- keeper => gardien\n", LiteralKind.TERM) == [
        *("lighthouse", "phare", "keeper", "gardien")
    ]
    dictionary = "Words of the valley.\ngeel: bread\nhael: a field\n炊烟：smoke of a kitchen"
    assert found(dictionary, LiteralKind.TERM) == ["geel", "hael", "炊烟"]
    assert found("x = y, as is well known to anyone who reads it", LiteralKind.TERM) == []


def test_addresses_and_placeholders_are_kept():
    text = (
        "write {name} to mira@voss.example.com, see https://example.org/a?b=1 and notes.txt, call `f(x)` and user_name"
    )
    assert found(text, LiteralKind.CODE) == [
        *("{name}", "mira@voss.example.com", "https://example.org/a?b=1", "notes.txt", "`f(x)`", "user_name")
    ]


@given(TEXTS)
@settings(deadline=None)
def test_literals_stand_in_order_and_apart(text):
    literals = find_literals(text)
    assert all(0 <= each.start < each.end <= len(text) for each in literals)
    assert all(one.end <= other.start for one, other in itertools.pairwise(literals))
    for words in found(text):
        assert words == words.strip() and words


@given(data=st.data(), text=TEXTS)
@settings(deadline=None)
def test_what_is_kept_can_be_spelt_from_its_tokens_and_takes_no_more_than_its_bound(data, text):
    """Wherever a tokenizer cuts: within characters, with tokens that spell nothing in between."""
    spelled = text.encode("utf-8", "surrogatepass")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(spelled)), max_size=40)))
    pieces = [spelled[start:end] for start, end in zip([0, *cuts], [*cuts, len(spelled)], strict=True)]
    limit = data.draw(st.integers(0, len(pieces)))
    kept = keep_literals(pieces, limit=limit)
    places = literal_places(kept)
    assert len(places) <= limit and places == sorted(set(places)) and all(0 <= at < len(pieces) for at in places)
    for literal in kept:
        tokens = b"".join(pieces[place] for place in literal.places)
        assert literal.text.encode("utf-8", "surrogateescape") in tokens
        assert set(literal.places) <= set(places)
    texts = [literal.text for literal in kept]
    assert len(texts) == len(set(texts))


def test_with_room_for_all_every_literal_is_kept_once(open_backend):
    tokenizer = open_backend("llama").tokenizer
    pieces = [tokenizer.token_bytes(token) for token in tokenizer.encode(PERSONA)]
    kept = [literal.text for literal in keep_literals(pieces, limit=len(pieces))]
    assert kept == ["Mira Voss", "Oster", "1814", "by the salt", "Dr. Hale", "J. R. R. Tolkien", "A-113", "07:45"]


def test_where_there_is_little_room_names_come_first_the_most_frequent_before_others():
    pieces = [word.encode() for word in "we met Bo Bell 77 and Ann who is Ann or 88".replace(" ", "\0 ").split("\0")]
    assert [literal.text for literal in keep_literals(pieces, limit=1)] == ["Ann"]
    assert [literal.text for literal in keep_literals(pieces, limit=3)] == ["Bo Bell", "Ann"]
    assert [literal.text for literal in keep_literals(pieces, limit=4)] == ["Bo Bell", "77", "Ann"]
