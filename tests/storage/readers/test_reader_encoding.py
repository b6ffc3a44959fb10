"""Bytes -> text when nothing says which encoding they are in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.readers.encoding import decode, repair_double_encoding

SIMPLIFIED = (
    "却说雨村忙回头看时，不是别人，乃是当日同僚一案参革的张如圭。他本系此地人，革后家居，今打听得都中奏准起复旧员之信。"
)
TRADITIONAL = (
    "卻說雨村忙回頭看時，不是別人，乃是當日同僚一案參革的張如圭。他本系此地人，革後家居，今打聽得都中奏准起復舊員之信。"
)
JAPANESE = (
    "えたいの知れない不吉な塊が私の心を始終圧えつけていた。焦躁と言おうか、嫌悪と言おうか、酒を飲んだあとに宿酔がある。"
)
KOREAN = "나는 오늘 아침에 일찍 일어나서 학교에 갔다. 그는 이 책을 아주 좋아한다고 말했다."
RUSSIAN = (
    "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему. Всё смешалось в доме."
)
FRENCH = (
    "Longtemps, je me suis couché de bonne heure. Parfois, à peine ma bougie éteinte, mes yeux se fermaient si vite."
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "utf-8-sig"),
        (SIMPLIFIED, "gb18030"),
        (SIMPLIFIED, "utf-16"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "gb18030"),
        (TRADITIONAL, "utf-16-le"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        (JAPANESE, "utf-16"),
        (KOREAN, "cp949"),
        (RUSSIAN, "cp1251"),
        (FRENCH, "latin-1"),
        (FRENCH, "cp1252"),
        (FRENCH, "utf-32"),
    ],
)
def test_a_paragraph_comes_back_from_every_encoding(text: str, encoding: str) -> None:
    text += "\n\nabc 123\n"
    assert decode(text.encode(encoding)).text == text


@given(st.text())
def test_utf8_is_never_taken_for_something_else(text: str) -> None:
    plain = text.replace("\x1b", "").replace("\ufeff", "").replace("\0", "")
    assert decode(plain.encode("utf-8", errors="replace")).text == plain.encode("utf-8", errors="replace").decode()


@given(st.binary(max_size=400))
def test_any_bytes_give_some_text(data: bytes) -> None:
    assert isinstance(decode(data).text, str)


def test_a_cut_character_at_the_end_does_not_change_the_encoding() -> None:
    decoded = decode(SIMPLIFIED.encode()[:-1])
    assert decoded.encoding == "utf-8"
    assert decoded.damaged == 1
    assert decoded.text.startswith(SIMPLIFIED[:-1])


@given(st.text(alphabet="“”‘’é—üß中文"))
def test_text_encoded_twice_is_put_right_and_sound_text_left_alone(text: str) -> None:
    twice = text.encode().decode("latin-1")
    assert repair_double_encoding("“" + text) == "“" + text
    assert repair_double_encoding("“".encode().decode("latin-1") + twice) == "“" + text
