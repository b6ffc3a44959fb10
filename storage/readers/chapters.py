"""Which paragraphs of a plain text are headings, how deep, and which are only its table of contents.

Words a book numbers its parts with (Chapter, Book, Part, Canto, 第…回), bare numerals that count up, and lines in
capitals that stand well apart. Conservative: a missed heading costs a line in the outline, a wrong one tears a chapter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from storage.document import BlockKind
from storage.readers.layout import Paragraph, is_title

_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth last"
)
_NUMBER = (
    r"(?:\d{1,4}|[IVXLCDM]{1,9}|[ivxlcdm]{1,9}|(?i:(?:the\s+)?(?:"
    + "|".join([*_ORDINALS.split(), *(f"{tens}(?:[- ](?:{'|'.join(_ONES.split()[:9])}))?" for tens in _TENS.split())])
    + "|"
    + "|".join(reversed(_ONES.split()))
    + r")))"
)
_KINDS = {
    "volume": "volume", "vol": "volume", "vol.": "volume", "tome": "volume", "том": "volume",
    "book": "book", "livre": "book", "buch": "book", "libro": "book", "книга": "book",
    "part": "part", "partie": "part", "teil": "part", "parte": "part", "часть": "part", "act": "part",
    "chapter": "chapter", "chap.": "chapter", "chapitre": "chapter", "kapitel": "chapter", "capítulo": "chapter",
    "capitulo": "chapter", "capitolo": "chapter", "глава": "chapter", "canto": "chapter", "stave": "chapter",
    "letter": "chapter", "adventure": "chapter", "scene": "scene", "section": "scene", "epilogue": "book",
}  # fmt: skip
_WORD = "|".join(sorted((re.escape(word) for word in _KINDS), key=len, reverse=True))
_NUMBERED = re.compile(rf"(?P<word>(?i:{_WORD}))\s+(?P<number>{_NUMBER})(?P<rest>(?:[.:,—–\s-].*)?)")
_ORDINAL_FIRST = re.compile(
    rf"(?i:(?:the\s+)?(?P<number>{'|'.join(_ORDINALS.split())})\s+(?P<word>{_WORD}))(?P<rest>(?:[.:—–\s-].*)?)"
)
_ALONE = re.compile(
    r"(?:the\s+)?(?:preface|introduction|introductory|prologue|epilogue|prelude|foreword|afterword|postscript|conclusion|"
    r"appendix(?:\s+[a-z0-9]+)?|contents|table of contents|illustrations|list of illustrations|dedication|"
    r"dramatis personae|footnotes|notes|glossary|index|bibliography|acknowledge?ments|finale|interlude)\s*[.:]?",
    re.IGNORECASE,
)
_CONTENTS = re.compile(r"(?:table of )?contents\s*[.:]?|目\s*[录錄次]", re.IGNORECASE)
_NUMBER_WORDS = tuple(_ONES.split())
_NUMERAL = re.compile(
    rf"(?P<number>[IVXLC]{{1,7}}|\d{{1,3}}|(?i:{'|'.join(reversed(_NUMBER_WORDS))}))"
    r"(?P<rest>\.?|(?:\.\s+|(?<=\d\d)\s+)[\"“‘'_]?[A-ZÀ-ÞА-Я].{1,70})"
)
_ROMAN = re.compile(r"[IVXLC]{1,7}\.?")
_DECORATED = re.compile(r"^[\[(—–-]\s*([IVXLC]{1,7}|\d{1,3})\s*[\])—–-]$")
_CHINESE = re.compile(
    r"第\s?[零〇○一二三四五六七八九十百千两兩廿卅\d０-９]{1,9}\s?(?P<word>[回章節节卷部篇集話话幕折])(?P<rest>.*)"
)
_CHINESE_ALONE = re.compile(
    r"(?:序[章言幕曲]?|自序|前言|楔子|引子|引言|尾[声聲]|后记|後記|跋|附[录錄]|番外.{0,20}|[终終]章|プロローグ|エピローグ|あとがき|まえがき)"
)
_CHINESE_SENTENCE = re.compile(r"[，。！？．；、」”]")
_CHINESE_KINDS = {"卷": "volume", "部": "book", "篇": "book", "集": "book", "幕": "part"}
_PAGE_AT_END = re.compile(r"(?:\.{3,}|…{2,}|[ \u3000]{3,}|\t|(?:\. ){3,})[\s.]*(?:\d{1,4}|[ivxlc]{1,7})$")
_NOT_A_TITLE = re.compile(r"^[\"“‘'«(\[*—-]|[,;]$")
_LISTED_NUMBER = re.compile(r"^(?:[IVXLC]{1,7}|\d{1,3})[.:\s]\s*")
_THE_END = re.compile(r"(?:the\s+)?end(?:\s+of\b.*)?[.!]?|finis[.!]?|fin[.!]?", re.IGNORECASE)
_MAX_HEADING = 90
_OUTER = ("volume", "book", "part")
_INNER = ("capitals", "chapter", "listed", "scene", "numbered", "numeral", "number")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that starts a part of a book.

    kind: volume, book, part, chapter or scene, by the word in it; numbered: "IV. The Clerk"; numeral: "IV"; number: "4";
    capitals; listed: named in the table of contents; alone: a preface and the like. bare: it has a number and no title.
    number: the value of a numbered, numeral or number.
    """

    kind: str
    title: str
    bare: bool = False
    number: int = 0


def read_heading(line: str) -> Heading | None:
    """A line that numbers or names a part of a book, whatever stands around it; None for everything else."""
    line = line.strip("_*=~ ")
    if not 0 < len(line) <= _MAX_HEADING:
        return None
    first = line[0]
    if first == "第":
        return _chinese_heading(line)
    if not first.isalpha():
        return None
    if (match := _NUMBERED.fullmatch(line) or _ORDINAL_FIRST.fullmatch(line)) is not None:
        rest = match["rest"].strip(" .:,—–-")
        if match["word"][0].islower() or (
            rest and (rest[0].islower() or line[-1] in ",;" or _PAGE_AT_END.search(line))
        ):
            return None
        return Heading(_KINDS[match["word"].lower()], line, bare=not rest)
    if len(line) <= 40 and first.isupper() and _ALONE.fullmatch(line):
        return Heading("alone", line)
    if _CHINESE_ALONE.fullmatch(line):
        return Heading("alone", line)
    return None


def _chinese_heading(line: str) -> Heading | None:
    match = _CHINESE.fullmatch(line)
    if match is None or len(line) > 50:
        return None
    rest = match["rest"]
    if rest and rest[0] not in " \u3000：:、.．·—-" and (len(line) > 25 or _CHINESE_SENTENCE.search(rest)):
        return None
    rest = rest.strip(" \u3000：:、.．·—-")
    if rest and rest[-1] in "，。；":
        return None
    return Heading(_CHINESE_KINDS.get(match["word"], "chapter"), line, bare=not rest)


def split_run_in_text(line: str) -> tuple[str, str]:
    """A Chinese chapter heading with the first words of its text on the same line -> (heading, text)."""
    if not line.startswith("第") or _CHINESE.fullmatch(line) is None:
        return line, ""
    head, _, text = line.rpartition(" ")
    if "\u3000" in head.strip("\u3000 ") and text and read_heading(head.strip()) is not None:
        return head.strip(), text.strip()
    return line, ""


def find_headings(paragraphs: Sequence[Paragraph]) -> list[Heading | None]:
    """For every paragraph, the heading it is. Only what starts a part of the text itself counts: the lines of a table
    of contents, though they read the same, are followed by each other and not by text."""
    found = [_candidate(paragraph) for paragraph in paragraphs]
    for kind in ("numeral", "number", "numbered"):
        _drop_what_does_not_count(found, kind)
    _add_listed(paragraphs, found)
    _add_capitals(paragraphs, found)
    _drop_contents(paragraphs, found)
    return found


def heading_levels(headings: Sequence[Heading | None]) -> dict[str, int]:
    """Kind -> level, 1 = top. Of volume, book and part the one met first is the outermost."""
    met: list[str] = []
    for heading in headings:
        if heading is not None and heading.kind not in met:
            met.append(heading.kind)
    used = [kind for kind in met if kind in _OUTER] + [kind for kind in _INNER if kind in met]
    return {**{kind: level for level, kind in enumerate(used, start=1)}, "alone": 1}


def is_subtitle(paragraph: Paragraph) -> bool:
    """Whether the paragraph below a bare "CHAPTER I" is its title."""
    text = paragraph.text
    if paragraph.lines > 2 or len(text) > 80 or _NOT_A_TITLE.search(text):
        return False
    if any("\u4e00" <= char <= "\u9fff" for char in text):
        return len(text) <= 40 and not _CHINESE_SENTENCE.search(text)
    return paragraph.blanks_before <= 3 and text[-1] != "?" and is_title(text)


def stands_alone(line: str) -> bool:
    """A line that is no part of a paragraph even where no blank line sets it off."""
    return read_heading(line) is not None or _ROMAN.fullmatch(line) is not None


def is_number(line: str) -> bool:
    return _NUMERAL.fullmatch(line) is not None


def is_contents(title: str) -> bool:
    return _CONTENTS.fullmatch(title) is not None


def _candidate(paragraph: Paragraph) -> Heading | None:
    lines = paragraph.text.split("\n")
    if paragraph.lines > 4 or len(lines) > 4:
        return None
    heading = read_heading(lines[0].strip())
    if heading is not None:
        more = [line.strip() for line in lines[1:]]
        if not more and paragraph.lines > 1 and not paragraph.text.isupper():
            return None  # a sentence that happens to begin so
        if any(read_heading(line) for line in more) or len(paragraph.text) > 2 * _MAX_HEADING:
            return None
        joint = ". " if more and heading.bare and heading.title[-1].isalnum() else " "
        return replace(
            heading,
            title=joint.join([heading.title, " ".join(more)]) if more else heading.title,
            bare=heading.bare and not more,
        )
    text = paragraph.text.strip("_*=~ ")
    numeral = _DECORATED.sub(r"\1", text) if len(text) < 14 else text
    if paragraph.lines == 1 and (match := _NUMERAL.fullmatch(numeral)) is not None:
        rest = match["rest"].strip(" .")
        if _PAGE_AT_END.search(paragraph.text) or (
            rest and paragraph.blanks_before < 2 and paragraph.text[-1] in ".,;:!?" and not rest.isupper()
        ):
            return None
        return Heading(
            "numbered" if rest else "numeral" if numeral[0] in "IVXLC" else "number",
            text,
            bare=not rest,
            number=_value(match["number"]),
        )
    return None


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    if number.lower() in _NUMBER_WORDS:
        return 1 + _NUMBER_WORDS.index(number.lower())
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[letter] for letter in number]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))


def _drop_what_does_not_count(found: list[Heading | None], kind: str) -> None:
    """Numerals are headings only if they run 1, 2, 3, ... (and may start again)."""
    places = [index for index, heading in enumerate(found) if heading is not None and heading.kind == kind]
    steps, previous = 0, 0
    for index in places:
        heading = found[index]
        assert heading is not None
        steps += heading.number in (1, previous + 1)
        previous = heading.number
    if len(places) < 2 or steps < 0.8 * len(places):
        for index in places:
            found[index] = None


def _add_listed(paragraphs: Sequence[Paragraph], found: list[Heading | None]) -> None:
    """Lines that stand alone and read like a line of the table of contents."""
    start = next(
        (index for index, heading in enumerate(found) if heading is not None and is_contents(heading.title)), None
    )
    if start is None:
        return
    listed: set[str] = set()
    end = start + 1
    while end < len(paragraphs) and (paragraphs[end].kind is not BlockKind.PARAGRAPH or paragraphs[end].lines == 1):
        if len(paragraphs[end].text) > _MAX_HEADING and "\n" not in paragraphs[end].text:
            break
        names = {_bare_name(line) for line in paragraphs[end].text.split("\n")}
        if len(names) == 1 and names <= listed:
            break
        listed |= names
        end += 1
    listed = {name for name in listed if len(name) > 5}
    for index in range(end, len(paragraphs) - 1):
        paragraph = paragraphs[index]
        if found[index] is None and paragraph.lines == 1 and _bare_name(paragraph.text) in listed:
            found[index] = Heading("listed", paragraph.text)


def _bare_name(line: str) -> str:
    """A line of the contents without its number and page."""
    return _LISTED_NUMBER.sub("", _PAGE_AT_END.sub("", line.strip())).strip(" .:_").casefold()


def _add_capitals(paragraphs: Sequence[Paragraph], found: list[Heading | None]) -> None:
    """Lines in capitals that stand well apart; where nothing else divides the book, only if there are several."""
    numbered = sum(1 for heading in found if heading is not None and heading.kind != "alone")
    apart = 2 if numbered < 3 else 3
    places = [index for index in range(len(paragraphs) - 1) if _is_capital_heading(paragraphs, found, index, apart)]
    if len(places) > 1 or numbered >= 3:
        for index in places:
            found[index] = Heading("capitals", paragraphs[index].text)


def _is_capital_heading(
    paragraphs: Sequence[Paragraph], found: Sequence[Heading | None], index: int, blanks_above: int
) -> bool:
    paragraph, below = paragraphs[index], paragraphs[index + 1]
    text = paragraph.text
    if found[index] is not None or paragraph.lines > 1 or (paragraph.blanks_before < blanks_above and index > 0):
        return False
    if not 4 <= len(text) <= 70 or not text.isupper() or _NOT_A_TITLE.search(text) or _THE_END.fullmatch(text):
        return False
    above = found[index - 1] if index else None
    if above is not None and above.bare and is_subtitle(paragraph):
        return False
    begins_text = below.lines > 2 or len(below.text) > 100 or found[index + 1] is not None
    return begins_text and below.blanks_before >= 1 and sum(char.isalpha() for char in text) >= 4


def _drop_contents(paragraphs: Sequence[Paragraph], found: list[Heading | None]) -> None:
    """Of headings with nothing between them, only the last and those it is nested in start a part of the text."""
    ranks = {kind: rank for rank, kind in enumerate([*_order_of_outer(found), *_INNER])}
    index = 0
    while index < len(found):
        end = _end_of_run(paragraphs, found, index)
        if end - index > 1:
            _keep_innermost(found, index, end, ranks, at_end=end == len(found))
        index = max(end, index + 1)


def _end_of_run(paragraphs: Sequence[Paragraph], found: list[Heading | None], index: int) -> int:
    """One past the last heading of the run that starts at `index` (== index when no heading stands there)."""
    end = index
    while end < len(found) and found[end] is not None:
        heading = found[end]
        end += 1
        # "CHAPTER I", its title, "CHAPTER II": the title does not interrupt the run.
        before_heading = end + 1 < len(found) and found[end] is None and found[end + 1] is not None
        if heading is not None and heading.bare and before_heading and is_subtitle(paragraphs[end]):
            end += 1
    return end


def _keep_innermost(found: list[Heading | None], start: int, end: int, ranks: dict[str, int], *, at_end: bool) -> None:
    last = end - 1
    while last > start and found[last] is None:
        last -= 1
    kept = set() if at_end and end - start > 3 else {last}
    inner = found[last]
    for index in range(last - 1, start - 1, -1):
        heading = found[index]
        if heading is None:
            continue
        outer = inner is not None and ranks.get(heading.kind, 99) < ranks.get(inner.kind, 99)
        if not outer and not (heading.kind == "alone" and index == last - 1 and not _CONTENTS.fullmatch(heading.title)):
            break
        kept.add(index)
        inner = heading
    for index in range(start, end):
        heading = found[index]
        if heading is not None and index not in kept and not _CONTENTS.fullmatch(heading.title):
            found[index] = None


def _order_of_outer(found: Sequence[Heading | None]) -> list[str]:
    met = [heading.kind for heading in found if heading is not None and heading.kind in _OUTER]
    return sorted(_OUTER, key=lambda kind: met.index(kind) if kind in met else 99)
