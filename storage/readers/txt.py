"""Plain text -> Document: encoding, paragraphs, chapters, and the boilerplate of Project Gutenberg."""

from __future__ import annotations

import re

from storage.document import Block, BlockKind, Document, Mark
from storage.readers import chapters, gutenberg, layout
from storage.readers.assembling import SectionDraft, make_document
from storage.readers.cleaning import clean_characters, one_line
from storage.readers.encoding import decode, repair_double_encoding
from storage.readers.inline import Piece
from storage.readers.source import Source

_EMPHASIS = re.compile(r"(?<![\w_])_(?![\s_])([^_]{1,600}?)(?<![\s_])_(?![\w_])")
_ILLUSTRATION = re.compile(r"\[Illustration(?::\s*(?P<caption>[^\]]*))?\]", re.IGNORECASE)
_BEFORE_TITLE = re.compile(
    r"\[Illustration|\[?(?:E-?(?:text|book) )?(?:Produced|Prepared|Transcribed|Digitized|Scanned) |.*\*{3}$|Transcriber",
    re.IGNORECASE,
)
_MAX_TITLE_LINE = 80
_BY = re.compile(r"by\s+(\S.{2,60})", re.IGNORECASE)


def read(source: Source) -> Document:
    return read_text(source, decode_file(source, source.read_bytes()))


def decode_file(source: Source, data: bytes, declared: str | None = None) -> str:
    """Text of a whole file; says in a warning what had to be guessed. Refuses what turns out not to be text."""
    decoded = decode(data, declared=declared)
    text = decoded.text
    controls = sum(text.count(chr(code)) for code in (0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 17, 18, 19, 20))
    if controls > 2 + len(text) / 500:
        raise source.refusal("does not hold text that can be read; it may be a program or a damaged file.")
    if not decoded.certain:
        source.warn(f"The text encoding was guessed to be {_encoding_name(decoded.encoding)}.")
    if decoded.damaged:
        source.warn(f"{decoded.damaged:,} damaged characters are shown as \ufffd.")
    if (repaired := repair_double_encoding(text)) is not text:
        text = repaired
        source.warn("Accents and quotation marks had been encoded twice and were put right.")
    return clean_characters(text)


def _encoding_name(codec: str) -> str:
    names = {
        "cp1252": "Windows-1252",
        "cp932": "Shift-JIS",
        "big5hkscs": "Big5",
        "gb18030": "GB18030",
        "cp949": "EUC-KR",
    }
    return names.get(codec, codec.upper().replace("_", "-"))


def read_text(source: Source, text: str) -> Document:
    """`text`: clean, newlines as \\n."""
    book = gutenberg.strip_boilerplate(text)
    if book.found and book.text.strip():
        source.warn(gutenberg.WARNING)
        text = book.text
    source.report(0, None, "")
    found = layout.paragraphs(_part_run_in_headings(text), chapters.stands_alone)
    headings = chapters.find_headings(found)
    title, author = book.title, book.author
    if not title:
        title, author = _title_of(found, headings)
    sections = _sections(source, found, headings, front_title=title or source.title_from_name)
    return make_document(source, "txt", sections, title=title, author=author, language=book.language)


def _part_run_in_headings(text: str) -> str:
    """Chinese headings with text behind them on the same line get a line of their own."""
    if "\n第" not in text and not text.startswith("第"):
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("第") and " " in line:
            head, rest = chapters.split_run_in_text(line)
            if rest:
                lines[number] = f"{head}\n\n{rest}"
    return "\n".join(lines)


def _title_of(paragraphs: list[layout.Paragraph], headings: list[chapters.Heading | None]) -> tuple[str, str]:
    """Title and author where the first lines give them; ("", "") otherwise."""
    index = next((i for i, p in enumerate(paragraphs[:8]) if not _BEFORE_TITLE.match(p.text)), None)
    if index is None or index + 1 == len(paragraphs) or paragraphs[index].lines > 3:
        return "", ""
    lines = [line.strip() for paragraph in paragraphs[index : index + 4] for line in paragraph.text.split("\n")]
    title = one_line(lines[0].strip("_*= "))
    heading = headings[index]
    opens_text = heading is not None and paragraphs[index + 1].lines > 2  # the first story of several, not the book
    if opens_text or (heading is not None and heading.kind != "capitals") or chapters.read_heading(title) is not None:
        return "", ""
    letters = sum(character.isalpha() for character in title)
    if letters < 3 or len(title) > _MAX_TITLE_LINE or title[-1] in '.,;:!?"”。！？，' or chapters.is_number(title):
        return "", ""
    return title, _author_in(lines[1:])


def _author_in(lines: list[str]) -> str:
    """Who a line "by ..." names; the name may stand on the line below."""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        name = match[1] if (match := _BY.fullmatch(line)) is not None else below if line.lower() == "by" else ""
        if name and len(name) < 60:
            return name.strip("_ .,")
    return ""


def _sections(
    source: Source,
    paragraphs: list[layout.Paragraph],
    headings: list[chapters.Heading | None],
    *,
    front_title: str,
) -> list[SectionDraft]:
    levels = chapters.heading_levels(headings)
    sections = [SectionDraft(front_title)]
    in_contents = False
    title_expected = False
    for index, (paragraph, heading) in enumerate(zip(paragraphs, headings, strict=True)):
        if heading is not None:
            in_contents = False
            title = one_line(heading.title.replace("_", ""))
            sections.append(SectionDraft(title, levels[heading.kind], [Piece(Block(BlockKind.HEADING, title))]))
            in_contents = chapters.is_contents(title)
            title_expected = heading.bare
            continue
        block = _block(paragraph, source)
        if block is None:
            continue
        in_contents = in_contents and len(block.text.split("\n", 1)[0]) <= 120 and paragraph.lines < 200
        last_of_all = index + 1 == len(paragraphs)
        if title_expected and not last_of_all and chapters.is_subtitle(paragraph):
            section = sections[-1]
            name = one_line(block.text)
            section.title = (
                f"{section.title.rstrip('.:')}{'' if section.title[-1] in '—-' else '.'} {name}"
                if (name.isascii())
                else f"{section.title} {name}"
            )
            block = Block(BlockKind.HEADING, name)
        elif in_contents or (len(sections) == 1 and _is_contents_line(paragraph)):
            sections[-1].pieces.extend(
                Piece(Block(BlockKind.LIST_ITEM, line)) for line in block.text.split("\n") if line.strip()
            )
            continue
        title_expected = False
        sections[-1].pieces.append(Piece(block))
    return sections


def _is_contents_line(paragraph: layout.Paragraph) -> bool:
    return paragraph.lines == 1 and chapters.read_heading(paragraph.text) is not None


def _block(paragraph: layout.Paragraph, source: Source) -> Block | None:
    """None for an illustration that says nothing."""
    text = paragraph.text
    if (match := _ILLUSTRATION.fullmatch(text)) is not None:
        caption = one_line(match["caption"] or "")
        return Block(BlockKind.CAPTION, caption) if caption else None
    if "_" not in text:
        return Block(paragraph.kind, text)
    plain, marks = read_underscores(text)
    if marks:
        source.warn("Words between _underscores_ are shown in italics.")
    return Block(paragraph.kind, plain, marks=marks)


def read_underscores(text: str) -> tuple[str, tuple[Mark, ...]]:
    """`a _b_ c` -> ("a b c", emphasis on b). Underscores inside words stay."""
    parts: list[str] = []
    marks: list[Mark] = []
    done = length = 0
    for match in _EMPHASIS.finditer(text):
        before = text[done : match.start()]
        parts += [before, match[1]]
        length += len(before)
        marks.append(Mark(length, length + len(match[1]), "em"))
        length += len(match[1])
        done = match.end()
    parts.append(text[done:])
    return "".join(parts), tuple(marks)
