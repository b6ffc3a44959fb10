"""Which number a chapter has by its title: "CHAPTER IV", "Chapter the Fourth", "4. Of Ships", "第四回".

Knows titles. A title without a number has none; nothing is counted.
"""

from __future__ import annotations

import re

_KINDS = "chapter|chap|ch|section|part|book|letter|volume|vol|canto|act|scene|kapitel|chapitre|capítulo|capitolo"
_ROMAN = r"(?=[ivxlc])(?:c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_BEFORE = re.compile(rf"(?:(?:{_KINDS})\b\.?\s*(?:the\s+)?)?(\d{{1,4}}|{_ROMAN}|[a-z]+)(?![\w’'])(.*)", re.DOTALL)
_HAN = re.compile(r"第\s*([〇零一二三四五六七八九十百两\d]+)\s*[章回节節卷部篇幕话話]")

_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_FIRSTS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
_WORDS = {word: value for words in (_ONES, _FIRSTS) for value, word in enumerate(words.split(), start=1)}
_HAN_DIGITS = {**{digit: value for value, digit in enumerate("〇一二三四五六七八九")}, "零": 0, "两": 2}
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def chapter_number(title: str) -> int | None:
    """The number in a title, None without one. A bare "I" or "one" counts only where nothing but a mark follows it."""
    words = title.strip().casefold()
    if match := _HAN.match(words):
        return han_number(match[1])
    if not (match := _BEFORE.match(words)):
        return None
    named = re.match(_KINDS, words) is not None
    value = number(match[1])
    if value is None or named or match[1].isdigit():
        return value if named or (value is not None and not match[2][:1].isalnum()) else None
    return value if re.match(r"\s*([.:—–-]|$)", match[2]) else None


def number(word: str) -> int | None:
    """ "12", "xii", "twelve", "twelfth", "十二" -> 12; None for other words."""
    word = word.strip().casefold()
    if word.isascii() and word.isdigit():
        return int(word)
    if word in _WORDS:
        return _WORDS[word]
    if word and re.fullmatch(_ROMAN, word):
        return roman_number(word)
    return han_number(word) if word and all(c in _HAN_DIGITS or c in "十百" for c in word) else None


def roman_number(word: str) -> int:
    """Of lower-case letters i to c."""
    values = [_ROMAN_VALUES[letter] for letter in word]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def han_number(word: str) -> int:
    """Of Chinese numerals up to 999, or digits in a row ("一二〇")."""
    if word.isascii():
        return int(word)
    if not set(word) & set("十百"):
        return int("".join(str(_HAN_DIGITS[digit]) if digit in _HAN_DIGITS else digit for digit in word))
    total, digit = 0, None
    for sign in word:
        if sign in "十百":
            total += (1 if digit is None else digit) * (10 if sign == "十" else 100)
            digit = None
        else:
            digit = _HAN_DIGITS.get(sign, 0) if not sign.isascii() else int(sign)
    return total + (digit or 0)
