from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Garrod came. He sat down.", ["Mr. Garrod came.", "He sat down."]),
        ("“Mind the step!” he shouted. Too late.", ["“Mind the step!” he shouted.", "Too late."]),
        ("“Who is it?” “The ferryman.”", ["“Who is it?”", "“The ferryman.”"]),
        ("J. R. Smith left. I did not.", ["J. R. Smith left.", "I did not."]),
        ("宝玉笑道：“好！”黛玉不语。", ["宝玉笑道：“好！”", "黛玉不语。"]),
        ("走了３．５里。", ["走了３．５里。"]),
        ("賈雨村住在廟中．靠賣字為生．", ["賈雨村住在廟中．", "靠賣字為生．"]),
        ("A heading\n\nIts text", ["A heading", "Its text"]),
        ("It cost 3.50 pounds.", ["It cost 3.50 pounds."]),
        ("   ", []),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@settings(deadline=None)
@given(st.text(alphabet="ab .!?。“”\n…A", max_size=60))
def test_sentences_are_in_order_and_leave_out_white_space_only(text):
    spans = sentence_spans(text)
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
