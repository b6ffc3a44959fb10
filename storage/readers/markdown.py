"""Markdown -> Document: the block structure of CommonMark, GitHub's tables and footnotes, and inline marks.

A reader, not a renderer: what it does not know stays as text. Links give their words, pictures their description: a
Markdown file names its pictures and does not hold them, and files beside it are not opened.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote

from storage.document import Block, BlockKind, Document, Mark
from storage.readers.assembling import make_document
from storage.readers.cleaning import collapse_spaces, one_line
from storage.readers.inline import Piece, PieceList, moved
from storage.readers.picture_files import LeftOut, PictureIntake
from storage.readers.sectioning import cut_by_headings
from storage.readers.source import Source
from storage.readers.txt import decode_file

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|(\d{1,9})[.)])(?:[ \t]+(.*)|$)")
_QUOTE = re.compile(r" {0,3}((?:>[ \t]?)+)(.*)")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_NOTE = re.compile(r" {0,3}\[\^([^\]\s]{1,60})\]:[ \t]*(.*)")
_REFERENCE = re.compile(r" {0,3}\[([^\]^][^\]]{0,200})\]:[ \t]*\S+.*")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(title|author|authors|lang|language):[ \t]*(.+)$", re.MULTILINE | re.IGNORECASE)
_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`{1,4})(?P<code>[^`\n](?:[^\n]{0,400}?[^`\n])?)(?P=ticks)(?!`)"
    r"|!\[(?P<alt>[^\]\n]{0,400})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])"
    r"|\[\^(?P<note>[^\]\s]{1,60})\]"
    r"|\[(?P<link>[^\[\]\n]{1,1000})\](?:\((?P<to>[^)\n]{0,2000})\)|\[[^\]\n]{0,200}\])"
    r"|<(?P<auto>(?:https?|mailto):[^\s<>]{1,1000})>"
    r"|</?(?P<tag>[A-Za-z][A-Za-z0-9-]{0,20})(?:\s[^<>\n]{0,1000})?/?>"
    r"|(?P<stars>\*{1,3}|_{1,3})"
)
_BREAK_TAGS = ("br", "p", "div")


def read(source: Source) -> Document:
    return read_text(source, decode_file(source, source.read_bytes()))


def read_text(source: Source, text: str) -> Document:
    title = author = language = ""
    if (front := _FRONT_MATTER.match(text)) is not None:
        fields = {name.lower(): value.strip().strip("\"'[]") for name, value in _FIELD.findall(front.group(1))}
        title = fields.get("title", "")
        author = fields.get("author", fields.get("authors", ""))
        language = fields.get("lang", fields.get("language", ""))
        text = text[front.end() :]
    blocks = _Blocks()
    pieces = blocks.read(_COMMENT.sub("", text))
    blocks.intake.warn(source)
    headings = [piece for piece in pieces if piece.level]
    if not title and headings:
        title = min(headings, key=lambda piece: piece.level).block.text
    sections = cut_by_headings(pieces, front_title=title or source.title_from_name)
    return make_document(source, "md", sections, title=title, author=author, language=language)


@dataclass(slots=True)
class _Blocks:
    """Lines -> blocks, one pass. The block under way is `lines`; what it is stands in `kind`."""

    gathered: PieceList = field(default_factory=PieceList)
    notes: list[Piece] = field(default_factory=list)
    intake: PictureIntake = field(default_factory=PictureIntake)
    slugs: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    kind: BlockKind = BlockKind.PARAGRAPH
    prefix: str = ""

    def read(self, text: str) -> list[Piece]:
        lines = text.split("\n")
        number = 0
        while number < len(lines):
            number = self._line(lines, number)
        self._flush()
        return self.gathered.pieces + self.notes

    def _line(self, lines: list[str], number: int) -> int:
        """Take the block or line at `number`; returns the next line's number."""
        line = lines[number].expandtabs(4)
        if not line.strip():
            self._flush()
            return number + 1
        if (fence := _FENCE.fullmatch(line)) is not None:
            return self._fenced(lines, number, fence.group(1))
        if (setext := _SETEXT.fullmatch(line)) is not None and self.lines and self.kind is BlockKind.PARAGRAPH:
            self._heading(" ".join(self.lines), 1 if setext.group(1)[0] == "=" else 2)
            return number + 1
        if _RULE.fullmatch(line) is not None:
            self._flush()
            return number + 1
        if (atx := _ATX.fullmatch(line)) is not None:
            self._flush()
            self._heading(atx.group(2) or "", len(atx.group(1)))
            return number + 1
        if (
            "|" in line
            and number + 1 < len(lines)
            and "|" in lines[number + 1]
            and _TABLE_RULE.fullmatch(lines[number + 1])
        ):
            return self._table(lines, number)
        if (note := _NOTE.fullmatch(line)) is not None:
            return self._note(lines, number, note.group(1), note.group(2))
        if _REFERENCE.fullmatch(line) is not None and not self.lines:
            return number + 1
        if line.startswith("    ") and not self.lines and self.kind is not BlockKind.LIST_ITEM:
            return self._indented_code(lines, number)
        self._text_line(line)
        return number + 1

    def _text_line(self, line: str) -> None:
        if (quote := _QUOTE.fullmatch(line)) is not None:
            if self.kind is not BlockKind.QUOTE:
                self._flush()
                self.kind = BlockKind.QUOTE
            if quote.group(2).strip():
                self.lines.append(quote.group(2))
            else:
                self._flush()
        elif (item := _ITEM.fullmatch(line)) is not None and not (
            self.lines and self.kind is BlockKind.PARAGRAPH and item.group(2) not in (None, "1")
        ):
            self._flush()
            self.kind = BlockKind.LIST_ITEM
            self.prefix = f"{item.group(2)}. " if item.group(2) else ""
            self.lines.append(item.group(3) or "")
        else:
            self.lines.append(line)

    def _fenced(self, lines: list[str], number: int, fence: str) -> int:
        self._flush()
        end = number + 1
        while end < len(lines) and not (
            lines[end].strip().startswith(fence) and not lines[end].strip().strip(fence[0])
        ):
            end += 1
        self.gathered.add(BlockKind.CODE, "\n".join(line.rstrip() for line in lines[number + 1 : end]))
        return end + 1

    def _indented_code(self, lines: list[str], number: int) -> int:
        end = number
        while end < len(lines) and (lines[end].startswith(("    ", "\t")) or not lines[end].strip()):
            end += 1
        self.gathered.add(BlockKind.CODE, "\n".join(line.expandtabs(4)[4:].rstrip() for line in lines[number:end]))
        return end

    def _table(self, lines: list[str], number: int) -> int:
        self._flush()
        rows = [lines[number]]
        end = number + 2
        while end < len(lines) and "|" in lines[end] and lines[end].strip():
            rows.append(lines[end])
            end += 1
        cells = [
            [self._inline(cell.replace("\\|", "|"))[0].strip() for cell in _CELL.split(row.strip().strip("|"))]
            for row in rows
        ]
        self.gathered.add(BlockKind.TABLE, "\n".join(" | ".join(row) for row in cells))
        return end

    def _note(self, lines: list[str], number: int, name: str, first: str) -> int:
        self._flush()
        texts = [first]
        end = number + 1
        while end < len(lines) and lines[end].startswith(("    ", "\t")) and lines[end].strip():
            texts.append(lines[end].strip())
            end += 1
        text, marks = self._inline(collapse_spaces(" ".join(texts)).strip())
        if text.strip():
            block = Block(BlockKind.FOOTNOTE, f"[{name}] {text.strip()}", marks=_shifted(marks, len(name) + 3))
            self.notes.append(Piece(block, names=(f"^{name}",)))
        return end

    def _heading(self, text: str, level: int) -> None:
        self.lines.clear()
        plain, marks = self._inline(one_line(text))
        self.gathered.anchor(self._slug(plain))
        self.gathered.add(BlockKind.HEADING, plain, marks, level=level)

    def _flush(self) -> None:
        if self.lines:
            joined = ""
            for line in self.lines:
                hard = line.endswith("  ") or (line.endswith("\\") and not line.endswith("\\\\"))
                joined += line.strip().removesuffix("\\" if hard and line.endswith("\\") else "\0") + (
                    "\n" if hard else "\0"
                )
            # A line break of the file is a space (nothing between CJK characters); a hard one stays.
            parts = [collapse_spaces(part.replace("\0", "\n").strip()) for part in joined.strip("\0\n").split("\n")]
            text, marks = self._inline("\n".join(parts))
            if text.strip():
                self.gathered.add(self.kind, self.prefix + text, _shifted(marks, len(self.prefix)))
        self.lines.clear()
        self.prefix = ""
        self.kind = BlockKind.PARAGRAPH

    def _inline(self, text: str) -> tuple[str, tuple[Mark, ...]]:
        if "![" in text:
            for match in _INLINE.finditer(text):
                if match["alt"] is not None:
                    self.intake.refuse(LeftOut.OUTSIDE)
        return read_inline(text)

    def _slug(self, heading: str) -> str:
        """What GitHub calls the anchor of a heading."""
        slug = _NOT_IN_SLUG.sub("", heading.lower()).replace(" ", "-")
        count = self.slugs[slug]
        self.slugs[slug] += 1
        return f"{slug}-{count}" if count else slug


def _shifted(marks: tuple[Mark, ...], by: int) -> tuple[Mark, ...]:
    return tuple(moved(mark, by) for mark in marks)


_CELL = re.compile(r"(?<!\\)\|")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def read_inline(text: str) -> tuple[str, tuple[Mark, ...]]:
    """Markdown of one block -> its words, and emphasis and links over them.

    Runs of * or _ open emphasis when a word follows and close it when one stands before; unmatched ones stay as text.
    """
    parts: list[str] = []
    marks: list[Mark] = []
    opened: list[tuple[str, int, int]] = []  # (run of signs, its part number, offset in the plain text)
    length = done = 0

    def put(piece: str) -> None:
        nonlocal length
        if piece:
            parts.append(piece)
            length += len(piece)

    for match in _INLINE.finditer(text):
        put(html.unescape(text[done : match.start()]))
        done = match.end()
        if (run := match["stars"]) is not None:
            after = text[match.end() : match.end() + 1]
            before = text[match.start() - 1 : match.start()]
            closes = (
                bool(before.strip())
                and any(sign == run for sign, _, _ in opened)
                and not (run[0] == "_" and _is_word(after))
            )
            if closes:
                position = max(index for index, (sign, _, _) in enumerate(opened) if sign == run)
                _, part, start = opened[position]
                del opened[position:]
                if start + len(run) < length:
                    parts[part] = ""
                    length -= len(run)
                    marks = [_moved(mark, start, len(run)) for mark in marks]
                    marks.append(Mark(start, length, "em" if len(run) == 1 else "strong"))
                    opened = [(sign, at, offset) for sign, at, offset in opened if at != part]
                    continue
            elif after.strip() and not (run[0] == "_" and _is_word(before)):
                opened.append((run, len(parts), length))
            put(run)
        else:
            start = length
            put(_plain(match))
            if match["note"] is not None:
                marks.append(Mark(start, length, "noteref", f"^{match['note']}"))
            elif (match["to"] or "").startswith("#") and start < length:
                marks.append(Mark(start, length, "link", unquote(match["to"].split()[0])))
    put(html.unescape(text[done:]))
    return "".join(parts), tuple(sorted(marks, key=lambda mark: (mark.start, mark.end)))


def _moved(mark: Mark, start: int, by: int) -> Mark:
    """A mark after the signs at `start` were taken out."""
    if mark.start <= start:
        return mark
    return Mark(mark.start - by, mark.end - by, mark.style, mark.note)


def _is_word(character: str) -> bool:
    return character.isalnum()


def _plain(match: re.Match[str]) -> str:
    """The words of one inline element."""
    if match["escaped"] is not None:
        return match["escaped"]
    if match["code"] is not None:
        return match["code"].strip()
    if match["note"] is not None:
        return f"[{match['note']}]"
    if match["tag"] is not None:
        return "\n" if match["tag"].lower() in _BREAK_TAGS else ""
    words = match["alt"] if match["alt"] is not None else match["link"] if match["link"] is not None else match["auto"]
    return read_inline(words)[0] if words != match["auto"] else words
