"""What of a prompt must survive letter for letter: names, numbers, quoted phrases, terms of a glossary; as tokens to be kept.

Knows text and the bytes of tokens. Knows no model. English and alphabets like its own go by capitals; Chinese and Japanese by
quotation marks, glossary lines and the words that announce a name.
Why: what a gist loses first is what must be copied (Mu et al. 2023, §5.1). Each literal costs its tokens, so a bound says how many
there may be, and of a literal that stands in the prompt more than once the first is kept.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate

from engine.methods.gist.capitals import capital_names

LITERAL_SHARE = 0.25
"""At most this share of a prompt's tokens is kept as literals."""

LONGEST_PHRASE = 80
"""Characters of the longest quoted phrase that is one to be copied; what is longer is told, not quoted."""


class LiteralKind(IntEnum):
    """In the order in which they are kept when there is no room for all."""

    NAME = 0
    CODE = 1
    """Addresses, file names, identifiers, {placeholders}."""
    NUMBER = 2
    PHRASE = 3
    TERM = 4
    """A side of a glossary line."""


@dataclass(frozen=True, slots=True)
class Literal:
    """`text[start:end]`."""

    start: int
    end: int
    kind: LiteralKind


@dataclass(frozen=True, slots=True)
class KeptLiteral:
    """places: of the tokens that hold it, one behind the other; together they spell at least `text`."""

    text: str
    kind: LiteralKind
    places: range


def find_literals(text: str) -> list[Literal]:
    """Every literal in order; none overlaps another, none begins or ends with white space."""
    names = (Literal(start, end, LiteralKind.NAME) for start, end in capital_names(text))
    found = [*names, *_codes(text), *_numbers(text), *_phrases(text), *_terms(text), *_east_asian_names(text)]
    merged: list[Literal] = []
    for literal in sorted(found, key=lambda each: (each.start, -each.end)):
        if merged and literal.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Literal(last.start, max(last.end, literal.end), min(last.kind, literal.kind))
        else:
            merged.append(literal)
    return merged


def keep_literals(pieces: Sequence[bytes], *, limit: int) -> list[KeptLiteral]:
    """The literals of a text that is given as the bytes of its tokens, in order; they take at most `limit` tokens.

    Names come first, the most frequent before others; then as `LiteralKind` has it. What a kept one holds is not kept twice.
    """
    ends = list(accumulate(map(len, pieces)))
    spelled = b"".join(pieces)
    text = spelled.decode("utf-8", "surrogateescape")
    bytes_before = [0, *accumulate(len(letter.encode("utf-8", "surrogateescape")) for letter in text)]
    literals = find_literals(text)
    counts = Counter(text[literal.start : literal.end].casefold() for literal in literals)
    kept: list[KeptLiteral] = []
    taken: set[int] = set()
    said = ""
    for literal in sorted(literals, key=lambda each: _rank(each, counts[text[each.start : each.end].casefold()])):
        words = text[literal.start : literal.end]
        if _holds(said, words):
            continue
        first = bisect_right(ends, bytes_before[literal.start])
        places = range(first, bisect_left(ends, bytes_before[literal.end]) + 1)
        if len(taken.union(places)) <= limit:
            taken.update(places)
            kept.append(KeptLiteral(words, literal.kind, places))
            said += f"{words}\n"
    return sorted(kept, key=lambda each: (each.places.start, each.places.stop))


def literal_places(kept: Sequence[KeptLiteral]) -> list[int]:
    """The places of all of them, rising, each once."""
    return sorted({place for literal in kept for place in literal.places})


def _rank(literal: Literal, count: int) -> tuple[int, int, int]:
    return literal.kind, -count, literal.start


def _holds(text: str, words: str) -> bool:
    """Whether the words stand in the text as words of their own."""
    place = text.find(words)
    while place >= 0:
        before, after = text[max(0, place - 1) : place], text[place + len(words) : place + len(words) + 1]
        if not (_joins(before, words[:1]) or _joins(words[-1:], after)):
            return True
        place = text.find(words, place + 1)
    return False


def _joins(left: str, right: str) -> bool:
    """Whether two characters are of one word: CJK has no words apart."""
    return left.isalnum() and right.isalnum() and not (_EAST_ASIAN.match(left) or _EAST_ASIAN.match(right))


_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_EAST_ASIAN = re.compile(f"[{_CJK}]")

# Numbers and codes.

_ITEM_NUMBER = re.compile(r"^[ \t]*\(?\d{1,3}[.)、）](?!\d)|(?<!\S)\(?\d{1,2}\)(?=\s)", re.MULTILINE)
_NUMBER = re.compile(
    r"(?:[€$£¥][ ]?)?(?:(?<![^\W_])[A-Za-z]{1,10}-?)?\d(?:[\d.,:/–-]{0,30}\d)?"
    r"(?:[ ]?[%‰°]C?|[A-Za-z]{1,4}(?![^\W_])|[年月日号岁元])?"
)
_NUMERAL = re.compile(r"[〇零一二三四五六七八九十百千万亿两]{2,}")
_NO_NUMERALS = frozenset({"一一", "万一", "千万", "百万", "三三两两", "三两", "两三", "一二", "万千"})
_CODE = re.compile(
    r"https?://[^\s<>\"”」）)]+|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]+)+|`[^`\n]{1,80}`|\{\{?[\w .-]{1,40}\}\}?|</?[A-Za-z][\w-]{0,30}/?>"
    r"|\b[A-Za-z][A-Za-z0-9]*_\w+\b|\b[a-z]+[A-Z]\w*\b|\b[\w-]{1,64}\.(?:txt|md|json|csv|py|js|html|xml|yaml|pdf|docx|epub|com|org|net)\b",
    re.ASCII,
)


def _numbers(text: str) -> Iterator[Literal]:
    items = {match.end() for match in _ITEM_NUMBER.finditer(text)}
    for match in _NUMBER.finditer(text):
        if not any(end in items for end in range(match.end(), match.end() + 2)):
            yield Literal(*match.span(), LiteralKind.NUMBER)
    for match in _NUMERAL.finditer(text):
        if match[0] not in _NO_NUMERALS:
            yield Literal(*match.span(), LiteralKind.NUMBER)


def _codes(text: str) -> Iterator[Literal]:
    for match in _CODE.finditer(text):
        yield Literal(*match.span(), LiteralKind.CODE)


# Quoted phrases, and the two sides of a glossary line.

_PHRASE = re.compile(
    "|".join(
        rf"{begin}(?=\S)([^{begin}{end}\n]{{1,{LONGEST_PHRASE}}})(?<=\S){end}"
        for begin, end in ("“”", "「」", "『』", "《》", "〈〉", "«»", "【】")
    )
    + "".join(
        rf"|(?<!\w){begin}(?=\S)([^{begin}{end}\n]{{1,{LONGEST_PHRASE}}})(?<=\S){end}(?!\w)"
        for begin, end in ('""', "''", "‘’")
    )
)
_SIDE = r"[^\n=→|\t]{1,40}"
_GLOSSARY_LINE = re.compile(
    rf"^[ \t]*(?:[-*•·][ \t]+|\d{{1,3}}[.)、][ \t]*)?(?P<left>{_SIDE}?)[ \t]*(?P<by>=>|->|=|→|\t|\|)[ \t]*(?P<right>{_SIDE})$",
    re.MULTILINE,
)
_HEADWORD = re.compile(r"^[ \t]*(?:[-*•·][ \t]+)?(?P<left>[^\s:：][^\n:：]{0,30})[:：](?=[ \t]*\S)", re.MULTILINE)
_GLOSSARY_LINES, _DICTIONARY_LINES = 2, 3
"""So many lines of one form are a glossary, or a dictionary, whose headwords have no capital."""


def _phrases(text: str) -> Iterator[Literal]:
    for match in _PHRASE.finditer(text):
        group = match.lastindex or 0
        yield Literal(*match.span(group), LiteralKind.PHRASE)


def _terms(text: str) -> Iterator[Literal]:
    lines = list(_GLOSSARY_LINE.finditer(text))
    forms = Counter(match["by"] for match in lines)
    for match in lines:
        if forms[match["by"]] >= _GLOSSARY_LINES:
            for side in ("left", "right"):
                start, end = match.span(side)
                inner = match[side]
                start, end = start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))
                if start < end:
                    yield Literal(start, end, LiteralKind.TERM)
    headwords = [match for match in _HEADWORD.finditer(text) if not match["left"][0].isupper()]
    if len(headwords) >= _DICTIONARY_LINES:
        for match in headwords:
            start = match.start("left")
            yield Literal(start, start + len(match["left"].rstrip()), LiteralKind.TERM)


# Names where there are no capitals.

_ANNOUNCED = re.compile(
    r"(?:名叫|名为|叫做|叫作|名字是|名字叫|姓名[:：]|名字[:：]|角色[:：]|名前は|という名の)[ ]?"
    rf"([{_CJK}]{{2,4}}?)(?=[，。；、！？\s,.;!?「」（）()]|$)"
)
_SOUNDS = (
    "阿艾爱安奥巴班贝比彼伯博布查达德迪丁杜多恩尔法菲费芬弗福盖戈格古哈海汉赫亨胡华怀霍基吉加杰金卡凯坎康科克肯库昆拉莱兰朗劳勒雷里理利莉丽莲林琳"
    "卢鲁露伦罗洛马玛麦曼梅蒙米密敏莫默姆穆娜纳南内尼妮诺欧帕派佩皮珀普奇乔切琼瑞萨塞赛桑瑟莎沙珊舍圣施史斯丝苏索塔泰坦汤特蒂提廷顿图托瓦万威维韦魏温文沃"
    "乌伍西希锡夏肖谢辛休雪雅亚扬耶叶伊因英尤约泽扎詹珍朱茱兹佐\u30a1-\u30fc"
)
"""Characters that foreign names are written with."""
_DOTTED_NAME = re.compile(rf"[{_SOUNDS}]{{1,8}}(?:[·・‧][{_SOUNDS}]{{1,8}})+")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z.+#-]*[A-Za-z+#]|[A-Za-z]")


def _east_asian_names(text: str) -> Iterator[Literal]:
    for match in _ANNOUNCED.finditer(text):
        yield Literal(*match.span(1), LiteralKind.NAME)
    for match in _DOTTED_NAME.finditer(text):
        yield Literal(*match.span(), LiteralKind.NAME)
    if 3 * sum(1 for _ in _EAST_ASIAN.finditer(text)) > len(text):  # a foreign word in such a text is a name
        for match in _LATIN_WORD.finditer(text):
            yield Literal(*match.span(), LiteralKind.NAME)
