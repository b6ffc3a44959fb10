"""Plain lines -> paragraphs: which line breaks were made by an editor's right margin, and which by the author.

Prose breaks where the next word would not have fitted; verse breaks earlier. That is the whole idea; the rest is for
files without blank lines, with indented first lines, or in scripts without spaces.
Knows lines and widths. Knows nothing of chapters except through the test it is handed.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from storage.document import BlockKind
from storage.readers.cleaning import CJK

_CJK = re.compile(f"[{CJK}\uac00-\ud7a3]")
_WIDE = re.compile(
    r"[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]"
)
_TERMINAL = re.compile(r"[.!?:;。！？．…：；—”’」』）)\]\"'*_-]$")
_RULE = re.compile(r"[-=_~─━]{3,}|(?:[-=_] ){3,}[-=_]?")
_BULLET = re.compile(r"\s*(?:[-*•·‣◦]\s+|\(?\d{1,3}[.)]\s+)\S")
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_MAX_PARAGRAPH_LINES = 40
_WINDOW = 250
"""Lines over which a margin is taken to be the same."""
_UNWRAPPED_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Paragraph:
    """blanks_before: blank lines above it. lines: how many lines of the file it was."""

    text: str
    kind: BlockKind
    blanks_before: int
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file breaks its lines.

    width: columns of a full line. wrapped: full lines are breaks of the margin's making. blank_lines: paragraphs are
    separated by blank lines. indent: columns most lines start at. local_widths: the width of every _WINDOW lines, for
    files whose parts were typed to different margins.
    """

    width: int
    wrapped: bool
    blank_lines: bool
    indent: int
    local_widths: tuple[int, ...] = ()

    def width_at(self, line: int) -> int:
        return self.local_widths[line // _WINDOW] if self.local_widths else self.width


def columns(text: str) -> int:
    """Width in a fixed-pitch font: CJK characters take two."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def measure(lines: list[str]) -> Layout:
    """Look at all lines once. Lines carry no white space at their ends."""
    filled = [line for line in lines if line]
    if not filled:
        return Layout(80, wrapped=False, blank_lines=False, indent=0)
    widths = [columns(line) for line in lines]
    local_widths = tuple(
        _nearly_widest([width for width in widths[max(0, start - _WINDOW) : start + 2 * _WINDOW] if width], 80)
        for start in range(0, len(lines), _WINDOW)
    )
    widths = [width for width in widths if width]
    width = _nearly_widest(widths, 80)
    full = sum(1 for each in widths if each >= 0.82 * width)
    wrapped = width <= _UNWRAPPED_WIDTH and full >= 0.33 * len(widths) and len(filled) >= 3
    in_long_groups = size = 0
    for line in [*lines, ""]:
        if line:
            size += 1
        else:
            in_long_groups += size if size > 25 else 0
            size = 0
    indents = Counter(len(line) - len(line.lstrip(" ")) for line in filled)
    return Layout(width, wrapped, in_long_groups < len(filled) / 2, indents.most_common(1)[0][0], local_widths)


def _nearly_widest(widths: list[int], otherwise: int) -> int:
    if not widths:
        return otherwise
    return sorted(widths)[min(len(widths) - 1, int(0.96 * len(widths)))]


def paragraphs(text: str, is_heading: Callable[[str], bool]) -> list[Paragraph]:
    """All paragraphs in order. `is_heading` tells a line that stands alone even where no blank line says so."""
    lines = [line.rstrip() for line in text.expandtabs(4).split("\n")]
    layout = measure(lines)
    found: list[Paragraph] = []
    group: list[str] = []
    blanks = blanks_before = 0
    for number, line in enumerate([*lines, ""]):
        if line and not (line[-1] in "-=_~─━" and _RULE.fullmatch(line.strip())):
            if not group:
                blanks_before = blanks
            group.append(line)
            blanks = 0
            continue
        if group:
            local = replace(layout, width=layout.width_at(number - 1)) if _CJK.search(group[0]) else layout
            found.extend(_group_paragraphs(group, blanks_before, local, is_heading))
            group = []
        blanks += not line
    return found


def _group_paragraphs(
    group: list[str], blanks_before: int, layout: Layout, is_heading: Callable[[str], bool]
) -> list[Paragraph]:
    if len(group) == 1:
        return [Paragraph(group[0].strip(), BlockKind.PARAGRAPH, blanks_before)]
    made: list[Paragraph] = []
    for part in _split_group(group, layout, is_heading):
        blanks = blanks_before if not made else 0
        made.extend(_part_paragraphs(part, blanks, layout))
    return made


def _split_group(group: list[str], layout: Layout, is_heading: Callable[[str], bool]) -> list[list[str]]:
    """Lines without a blank line between them -> paragraphs, as far as headings, indents and short lines tell."""
    # A line that fills its width inside a paragraph is prose, whatever it begins with.
    headings = [is_heading(line.strip()) if len(line) < 0.75 * layout.width else False for line in group]
    if not layout.wrapped:
        if (
            layout.blank_lines
            and len(group) <= _MAX_PARAGRAPH_LINES
            and not any(headings)
            and max(map(columns, group)) <= 72
        ):
            return [group]  # a stanza, an address, a list
        return [[line] for line in group]
    indented = group[0][0] == "\u3000" and any(
        line[0] == "\u3000" for line in group[1:]
    )  # how Chinese begins paragraphs
    tight = not layout.blank_lines or len(group) > _MAX_PARAGRAPH_LINES or indented
    titled = headings[0] and len(group) <= 4 and all(is_title(line.strip()) for line in group[1:])
    if not tight and (titled or not any(headings)):
        return [group]
    parts: list[list[str]] = [[group[0]]]
    for number in range(1, len(group)):
        line, above = group[number], group[number - 1]
        if headings[number - 1] or headings[number] or (tight and _begins_paragraph(line, above, layout)):
            parts.append([line])
        else:
            parts[-1].append(line)
    return parts


def is_title(line: str) -> bool:
    """In capitals, or every longer word begins with one, and no sentence ends there."""
    if line.isupper():
        return True
    words = [word for word in _WORD.findall(line) if len(word) > 3]
    return bool(words) and line[-1] not in '.!:…;,"”' and sum(word[0].isupper() for word in words) >= 0.6 * len(words)


def _begins_paragraph(line: str, above: str, layout: Layout) -> bool:
    if _indent(line) > max(layout.indent, _indent(above)) or line.startswith("\u3000"):
        return True
    room = layout.width - columns(above)
    if _CJK.search(above[-1]) or _CJK.search(line[0]):
        return room > 8 and (_TERMINAL.search(above) is not None or room > layout.width * 0.4)
    return room > 0.2 * layout.width and _TERMINAL.search(above) is not None and not line.lstrip()[0].islower()


def _indent(line: str) -> int:
    stripped = line.lstrip(" \u3000")
    return columns(line[: len(line) - len(stripped)])


def _part_paragraphs(part: list[str], blanks_before: int, layout: Layout) -> list[Paragraph]:
    if len(part) == 1:
        return [Paragraph(part[0].strip(), BlockKind.PARAGRAPH, blanks_before)]
    bullets = [number for number, line in enumerate(part) if _BULLET.match(line)]
    if bullets and bullets[0] == 0 and (len(bullets) > 1 or not part[0].lstrip()[0].isdigit()):
        ends = [*bullets[1:], len(part)]
        return [
            Paragraph(join_lines(part[start:end]), BlockKind.LIST_ITEM, blanks_before if start == 0 else 0, end - start)
            for start, end in zip(bullets, ends, strict=True)
        ]
    if is_verse(part, layout.width):
        margin = min(_indent_spaces(line) for line in part)
        verse = "\n".join(line[margin:] if line[:margin].isspace() else line.lstrip() for line in part)
        return [Paragraph(verse, BlockKind.VERSE, blanks_before, len(part))]
    inset = min(map(_indent, part)) - layout.indent
    kind = BlockKind.QUOTE if inset >= 3 else BlockKind.PARAGRAPH
    return [Paragraph(join_lines(part), kind, blanks_before, len(part))]


def _indent_spaces(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def is_verse(lines: list[str], width: int) -> bool:
    """True when the breaks are the author's: most lines would have had room for the next line's first word."""
    breaks = len(lines) - 1
    if _CJK.search(lines[0]):  # these scripts break anywhere, so prose ends its lines in the middle of phrases
        ended = sum(1 for line in lines[:-1] if _TERMINAL.search(line) or line[-1] in "，、,")
        return ended >= 0.8 * breaks and max(map(columns, lines)) < 0.8 * width
    ragged = _breaks_with_room(lines, 0.88 * width)
    if ragged < 0.3 * breaks:
        return False
    if breaks < 3:
        return ragged >= 0.5 * breaks
    starts = [first for line in lines[1:] if (first := next((char for char in line if char.isalpha()), ""))]
    capitals = sum(1 for first in starts if not first.islower())
    if starts and capitals >= 0.7 * len(starts):
        return True
    own_width = max(map(columns, lines))
    return _breaks_with_room(lines, 0.9 * own_width) >= 0.4 * breaks


def _breaks_with_room(lines: list[str], width: float) -> int:
    count = 0
    for above, line in itertools.pairwise(lines):
        stripped = line.lstrip()
        word = 2 if _CJK.match(stripped) else columns(stripped.split(" ", 1)[0]) + 1
        count += columns(above) + word <= width
    return count


def join_lines(lines: list[str]) -> str:
    """One line of prose. No space is put in between CJK characters, nor after a hyphen or dash at a line's end."""
    text = lines[0].strip()
    for line in lines[1:]:
        line = line.strip()
        if not line or not text or _CJK.match(text[-1]) or _CJK.match(line[0]) or _ends_in_joint(text):
            text += line
        else:
            text += " " + line
    return text


def _ends_in_joint(text: str) -> bool:
    if text[-1] not in "-—":
        return False
    return text[-1] == "—" or text.endswith("--") or (len(text) > 1 and text[-2].isalpha())
