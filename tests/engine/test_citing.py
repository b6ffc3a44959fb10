from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import PassageText
from engine.citing import CITATIONS, QUOTE_CHARACTERS, cite

STORY = (
    "Mrs Stannard kept the key of the Muniment Room in a jar of dried peas. Nobody asked her why.\n\n"
    "The ferry to Cater’s Ness was called the Obliging Hannah. Bethuel Crane rowed it,\nwhatever the weather."
)
PASSAGES = [PassageText(1000, 1000 + len(STORY), STORY)]

PIECES = st.lists(
    st.sampled_from(
        ["king", "found", "the", "jar", "peas", "key", ".", "! ", "\n\n", "“", "” ", " ", "黛玉", "。", "a" * 400]
    ),
    max_size=40,
).map(" ".join)


def evenly(term: str) -> float:
    return 1.0


@settings(deadline=None)
@given(PIECES, PIECES, st.lists(PIECES, max_size=4), st.integers(0, 5000))
def test_every_citation_stands_in_a_passage_letter_for_letter(answer, question, texts, start):
    passages = [PassageText(start + 10_000 * i, start + 10_000 * i + len(text), text) for i, text in enumerate(texts)]
    citations = cite(answer, question, passages, weight=evenly)
    assert len(citations) <= CITATIONS
    for citation in citations:
        assert 0 < len(citation.quote) <= QUOTE_CHARACTERS
        assert citation.quote == citation.quote.strip()
        assert any(
            passage.start <= citation.start
            and passage.text[citation.start - passage.start : citation.end - passage.start] == citation.quote
            for passage in passages
        )


def test_the_sentence_that_says_the_answer_is_cited():
    (citation,) = cite("In a jar of dried peas.", "Where did Mrs Stannard keep the key?", PASSAGES, weight=evenly)
    assert citation.quote == "Mrs Stannard kept the key of the Muniment Room in a jar of dried peas."
    assert citation.start == 1000


def test_an_invented_answer_gets_no_citation():
    assert cite("Under the floor of the chapel.", "Where did Mrs Stannard keep the key?", PASSAGES, weight=evenly) == ()


def test_words_of_the_text_that_answer_another_question_get_no_citation():
    assert cite("In a jar of dried peas.", "Who won the regatta at Gannock?", PASSAGES, weight=evenly) == ()


def test_repeating_the_question_is_no_support_where_the_text_does_not_say_it():
    assert cite("Dickon painted the lighthouse.", "Did Dickon paint the lighthouse?", PASSAGES, weight=evenly) == ()


def test_line_ends_and_other_forms_of_a_word_do_not_matter():
    (citation,) = cite("It is rowed by Bethuel Crane.", "Who rows the ferry?", PASSAGES, weight=evenly)
    assert citation.quote == "Bethuel Crane rowed it,\nwhatever the weather."


def test_each_sentence_of_an_answer_is_cited_for_itself():
    answer = "The ferry was the Obliging Hannah. The key was in a jar of dried peas."
    citations = cite(answer, "What was the ferry called, and where was the key?", PASSAGES, weight=evenly)
    assert [citation.quote.split()[0] for citation in citations] == ["The", "Mrs"]


def test_a_chinese_answer_is_cited():
    text = "黛玉葬花于沁芳闸畔。宝玉远远听见哭声。"
    (citation,) = cite("沁芳闸畔", "黛玉在哪里葬花？", [PassageText(0, len(text), text)], weight=evenly)
    assert citation.quote == "黛玉葬花于沁芳闸畔。"


def test_a_long_sentence_is_cut_around_what_tells():
    text = "It rained, " * 60 + "and the key lay in a jar of dried peas, " + "and it snowed, " * 60
    (citation,) = cite(
        "a jar of dried peas", "Where was the key?", [PassageText(5, 5 + len(text), text)], weight=evenly
    )
    assert "jar of dried peas" in citation.quote
    assert len(citation.quote) <= QUOTE_CHARACTERS
