"""HTML and XHTML trees -> blocks: paragraphs, headings, lists, verse, tables, ruby, footnotes, links, pictures, page breaks.

Knows elements and attributes. Knows no zip, no file and no table of contents: EPUB, HTML and DOCX readers call it.
The walk is iterative: nesting costs heap, never the Python stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.entities import html5
from typing import Any

from lxml import etree

from storage.document import BlockKind, Mark
from storage.readers.cleaning import one_line
from storage.readers.encoding import decode
from storage.readers.inline import InlineText, PieceList, moved
from storage.readers.picture_files import Picture

_EPUB = "{http://www.idpf.org/2007/ops}"
_SKIPPED = frozenset(
    {
        *("script", "style", "head", "template", "noscript", "iframe", "map", "metadata", "datalist", "title", "desc"),
        *("select", "textarea", "button", "input", "dialog", "progress", "meter", "audio", "video", "canvas", "math"),
        *("rp", "rtc"),
    }
)
_BLOCKS = frozenset(
    {
        *("html", "body", "p", "div", "section", "article", "main", "header", "footer", "center", "address", "figure"),
        *("fieldset", "form", "dl", "dt", "dd", "ul", "ol", "li", "pre", "blockquote", "aside", "hgroup", "details"),
        *(
            "summary",
            "figcaption",
            "caption",
            "table",
            "tbody",
            "thead",
            "tfoot",
            "tr",
            "td",
            "th",
            "hr",
            "nav",
            "legend",
        ),
        *("dir", "menu", "search", "h1", "h2", "h3", "h4", "h5", "h6", "text"),
    }
)
_EMPHASIS = {"em": "em", "i": "em", "cite": "em", "dfn": "em", "var": "em", "strong": "strong", "b": "strong"}
_FOOTNOTE_TYPES = frozenset(["footnote", "rearnote", "endnote", "note", "doc-footnote", "doc-endnote"])
_FOOTNOTE_ID = re.compile(r"(?:foot|end)note-\d+")  # as the DOCX converter writes them
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_VERSE_CLASS = re.compile(r"\b(?:poem|poetry|verse|stanza|lyrics|poesie)\b", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_NOTE_SIGN_CLASS = re.compile(r"fnanchor|fn-?ref|noteref|note-ref|footnote|endnote", re.IGNORECASE)
_NOTE_SIGN = re.compile(r"[\[(（〔［【][^\W_]{1,4}[\])）〕］】]|[*†‡§¶]{1,3}")
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_BACKLINK = re.compile(r"[↩↑⤴^⏎\ufe0e\ufe0f\s]+")
_NAMED_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_SUPERSETS = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
    "x-sjis": "cp932", "big5": "big5hkscs", "euc-kr": "cp949",
}  # fmt: skip
_MAX_VERSE_LINE = 90
_MAX_CELL = 400
_MAX_SIGN = 6
"""Characters of a sign that refers to a note."""
_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>")
_KEPT_WHEN_FLAT = frozenset(b"p h1 h2 h3 h4 h5 h6 br title body html li pre".split())
_FLAT_BLOCKS = frozenset(
    b"div section article main blockquote td th tr table ul ol dl dt dd center header footer".split()
)


class TooDeep(ValueError):
    """A tree nested beyond what the parser takes, even flattened."""


def parse_xml(data: bytes) -> Any:
    """Root of well-formed XML, or etree.XMLSyntaxError. No DTD is loaded, no entity expanded, no network used."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    return etree.fromstring(data, parser)


def parse_xhtml(data: bytes) -> Any:
    """Root of an XHTML file: as XML with HTML's named characters, else as HTML, as readers in the wild do."""
    try:
        return parse_xml(_NAMED_ENTITY.sub(_numeric_entity, data))
    except etree.XMLSyntaxError:
        return parse_html(decode(data, declared=declared_charset(data)).text)


def declared_charset(data: bytes) -> str | None:
    """The encoding an HTML or XML file names in its first bytes, as Python knows it."""
    match = _CHARSET.search(data[:4096])
    if match is None:
        return None
    name = match.group(1).decode("ascii").lower()
    # What calls itself Latin-1 or GB2312 is read as its superset, as browsers do.
    return _SUPERSETS.get(name, name)


def _numeric_entity(match: re.Match[bytes]) -> bytes:
    name = match.group(1)
    characters = html5.get(name.decode("ascii") + ";")
    if name in _XML_ENTITIES or characters is None:
        return match.group(0)
    return "".join(f"&#{ord(char)};" for char in characters).encode("ascii")


def parse_html(text: str) -> Any:
    """Root of an HTML file. Raises TooDeep, or etree.XMLSyntaxError when there is no element in it."""
    data = text.encode("utf-8", errors="replace")
    root, lost = _parse_html_once(data)
    if lost:  # beyond the parser's depth everything that follows is lost: read the text without its nesting instead
        root, lost = _parse_html_once(_TAG.sub(_flat_tag, data))
        if lost:
            raise TooDeep
    return root


def _parse_html_once(data: bytes) -> tuple[Any, bool]:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True)
    root = etree.fromstring(data, parser)
    if root is None:
        raise etree.XMLSyntaxError("no element", 0, 0, 0)
    return root, any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)


def _flat_tag(match: re.Match[bytes]) -> bytes:
    name = match.group(2).lower()
    if name in _KEPT_WHEN_FLAT:
        return match.group(0)
    return b"<p>" if name in _FLAT_BLOCKS else b""


def local_name(element: Any) -> str:
    """Tag without namespace, lower case; "" for an entity or other non-element."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2].lower()


def picture_reference(element: Any, name: str) -> str:
    """Where the picture of an <img>, an SVG <image> or an <object> lies; "" for other elements."""
    if name == "img":
        return str(element.get("src", ""))
    if name == "image":
        return str(element.get(_XLINK_HREF) or element.get("xlink:href") or element.get("href") or "")
    if name == "object" and str(element.get("type", "")).startswith("image/"):
        return str(element.get("data", ""))
    return ""


@dataclass(slots=True)
class _Table:
    is_data: bool
    rows: list[list[tuple[str, tuple[Mark, ...]]]] = field(default_factory=list)

    def text(self) -> tuple[str, tuple[Mark, ...]]:
        """A line a row, and the cells' marks over all of it."""
        text = ""
        marks: list[Mark] = []
        for row in self.rows:
            for number, (words, own) in enumerate(row):
                text += " | " if number else "\n" if text else ""
                marks += (moved(mark, len(text)) for mark in own)
                text += words
        return text, tuple(marks)


LoadPicture = Callable[[str, str], Picture | None]
"""(reference, description) -> the picture, None where there is none to show."""


def _no_picture(reference: str, description: str) -> None:
    return None


def _no_place(reference: str) -> str:
    return ""


class MarkupWalker:
    """One walk over one tree, into one PieceList.

    page_labels: anchor -> printed page, from a page list. keep_navigation: read <nav> elements as text, too.
    load_picture: called for each picture in reading order. place_of: link -> what the place it leads to is called in a
    PieceList, "" for one that leads out of the document.
    """

    def __init__(
        self,
        pieces: PieceList,
        *,
        page_labels: dict[str, str] | None = None,
        keep_navigation: bool = False,
        load_picture: LoadPicture = _no_picture,
        place_of: Callable[[str], str] = _no_place,
    ) -> None:
        self.pieces = pieces
        self._load_picture = load_picture
        self._place_of = place_of
        self._pictures: list[Picture] = []
        self.dropped_boilerplate = False
        self._page_labels = page_labels or {}
        self._keep_navigation = keep_navigation
        self._text = InlineText()
        self._next_page: str | None = None
        self._quotes = 0
        self._footnotes = 0
        self._preformatted = 0
        self._poems = 0
        self._lists: list[int | None] = []
        self._item_number: str = ""
        self._kinds: list[tuple[BlockKind, int]] = []
        self._tables: list[_Table] = []
        self._breaks = 0
        self._closers: list[Callable[[], None] | None] = []

    def walk(self, root: Any) -> None:
        """Read a whole tree, in document order."""
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                name = local_name(element)
                if self._skips(element, name):
                    walk.skip_subtree()
                    self._closers.append(None)
                    if name in _BLOCKS:
                        self._flush()
                    continue
                self._closers.append(self._start(element, name))
                if element.text:
                    self._add(element.text)
            else:
                closer = self._closers.pop()
                if closer is not None:
                    closer()
                if element.tail and element is not root:
                    self._add(element.tail)
        self._flush()

    # -- what is left out ------------------------------------------------------------------------------------------

    def _skips(self, element: Any, name: str) -> bool:
        get = element.get
        if not name:
            return True
        anchor = get("id") or (get("name") if name == "a" else None)
        if anchor:
            self._anchor(anchor, name)
        if name in _SKIPPED:
            if name == "math" and (spoken := get("alttext")):
                self._text.add(spoken)
            return True
        if name == "nav" and not self._keep_navigation:
            return True
        if get("hidden") is not None or ((style := get("style")) and _HIDDEN_STYLE.search(style)):
            return True
        if self._is_page_break(element):
            self._turn_page(get("title") or get("aria-label") or "".join(element.itertext()))
            return True
        if (css := get("class")) and "pg-boilerplate" in css:
            self.dropped_boilerplate = True
            return True
        if name == "a" and _types(element) & {"backlink", "doc-backlink"}:
            return True
        if name == "a" and get("href", "").startswith("#") and (label := "".join(element.itertext())):
            return self._footnotes > 0 and _BACKLINK.fullmatch(label) is not None
        if name == "rt":
            self._close_ruby("".join(element.itertext()))
            return True
        if name == "img":
            alt = get("alt", "")
            if len(alt.strip()) == 1:  # a drop capital
                self._text.add(alt)
            else:
                self._picture(element, name, alt)
            return True
        if name in ("image", "object"):
            self._picture(element, name, get("alt") or get("aria-label") or "")
        return False

    def _picture(self, element: Any, name: str, description: str) -> None:
        """A picture stands before the block under way; behind it when some of its text was read."""
        reference = picture_reference(element, name)
        if not reference or self._is_note_sign(element):
            return
        picture = self._load_picture(reference, description)
        if picture is not None:
            (self.pieces.pictures if self._text.is_blank else self._pictures).append(picture)

    def _is_note_sign(self, picture: Any) -> bool:
        """Whether a picture within running text is all there is of a link in the document: the sign of a footnote."""
        link = picture.getparent()
        return (
            not self._text.is_blank
            and link is not None
            and local_name(link) == "a"
            and not "".join(link.itertext()).strip()
            and bool(self._place_of(str(link.get("href", ""))))
        )

    def _anchor(self, anchor: str, name: str) -> None:
        if name in _BLOCKS:
            self._flush()
        self.pieces.anchor(anchor)
        if (label := self._page_labels.get(anchor)) is not None:
            self._turn_page(label)

    def _is_page_break(self, element: Any) -> bool:
        return bool(_types(element) & {"pagebreak", "doc-pagebreak"})

    def _turn_page(self, label: str) -> None:
        label = one_line(label)
        if not label:
            return
        if self._text.is_blank:
            self.pieces.page_label = label
        else:  # the block under way began on the page before
            self._next_page = label

    # -- elements --------------------------------------------------------------------------------------------------

    def _start(self, element: Any, name: str) -> Callable[[], None] | None:
        """Begin an element; returns what to do at its end."""
        if name in _EMPHASIS:
            style = _EMPHASIS[name]
            self._text.open_mark(style)
            return lambda: self._text.close_mark(style)
        if name == "br":
            self._text.break_line()
            self._breaks += 1
            return None
        if name == "ruby":
            self._text.open_mark("ruby")
            return lambda: self._close_ruby("", last=True)
        if name == "a":
            return self._start_link(element)
        if name not in _BLOCKS:
            return None
        if name == "text" and "svg" not in str(element.tag):
            return None
        if self._in_cell:
            return self._start_in_cell(name)
        self._flush()
        if name in _HEADINGS:
            return self._start_kind(BlockKind.HEADING, _HEADINGS[name])
        if name in ("figcaption", "caption"):
            return self._start_kind(BlockKind.CAPTION, 0)
        if name in ("ul", "ol", "menu", "dir"):
            return self._start_list(element, name)
        if name == "li":
            return self._start_item(element)
        if name == "pre":
            return self._start_preformatted(element)
        if name == "table":
            return self._start_table(element)
        if name in ("tr", "td", "th") and self._tables and self._tables[-1].is_data:
            return self._start_cell()
        if name == "hr" or self._closes_plainly(element, name):
            return self._flush
        return self._start_container(element, name)

    def _closes_plainly(self, element: Any, name: str) -> bool:
        return name in ("p", "dt", "dd", "tbody", "thead", "tfoot", "tr", "td", "th") and not element.attrib

    def _start_container(self, element: Any, name: str) -> Callable[[], None]:
        quotes = 1 if name == "blockquote" else 0
        poems = 1 if (css := element.get("class")) and _VERSE_CLASS.search(css) else 0
        footnotes = 1 if _types(element) & _FOOTNOTE_TYPES else 0
        self._quotes += quotes
        self._poems += poems
        self._footnotes += footnotes

        def close() -> None:
            self._flush()
            self._quotes -= quotes
            self._poems -= poems
            self._footnotes -= footnotes

        return close

    def _start_kind(self, kind: BlockKind, level: int) -> Callable[[], None]:
        self._kinds.append((kind, level))

        def close() -> None:
            self._flush()
            self._kinds.pop()

        return close

    def _start_list(self, element: Any, name: str) -> Callable[[], None]:
        start = element.get("start", "1")
        first = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1
        self._lists.append(first if name == "ol" else None)

        def close() -> None:
            self._flush()
            self._lists.pop()

        return close

    def _start_item(self, element: Any) -> Callable[[], None]:
        is_note = bool(_types(element) & _FOOTNOTE_TYPES) or bool(_FOOTNOTE_ID.fullmatch(element.get("id", "")))
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._item_number = f"[{number}] " if is_note else f"{number}. "
            self._lists[-1] = number + 1
        self._footnotes += is_note
        self._kinds.append((BlockKind.LIST_ITEM, 0))

        def close() -> None:
            self._flush()
            self._item_number = ""
            self._kinds.pop()
            self._footnotes -= is_note

        return close

    def _start_preformatted(self, element: Any) -> Callable[[], None]:
        verse = 1 if (css := element.get("class")) and _VERSE_CLASS.search(css) else 0
        self._poems += verse
        self._preformatted += 1

        def close() -> None:
            self._flush()
            self._poems -= verse
            self._preformatted -= 1

        return close

    def _start_link(self, element: Any) -> Callable[[], None] | None:
        """A reference to a footnote stands in brackets, so that "word1" does not become a word."""
        href = element.get("href")
        if not href:
            return None
        place = self._place_of(href)
        is_reference = bool(_types(element) & {"noteref", "doc-noteref"})
        is_raised = _is_superscript(element)
        label = _beginning(element, _MAX_SIGN) if place or is_reference or is_raised else ""
        is_called_sign = is_reference or _NOTE_SIGN_CLASS.search(element.get("class", "")) is not None
        if not label:
            if place and not self._text.is_blank:  # a picture for a sign, or an empty anchor
                self._text.mark_last_character("noteref" if is_called_sign else "link", place)
            return None
        is_short = len(label) <= _MAX_SIGN
        bracketed = (
            is_short
            and (is_reference or (is_raised and label.strip("*†‡§").isdigit()))
            and label[0] not in "[(（〔［【"
        )
        is_sign = is_reference or (
            is_short and (is_raised or is_called_sign or _NOTE_SIGN.fullmatch(label) is not None)
        )
        style = "noteref" if is_sign else "link"
        if place:
            self._text.open_mark(style, place)
        if bracketed:
            self._text.add("[")

        def close() -> None:
            if bracketed:
                self._text.add("]")
            if place:
                self._text.close_mark(style)

        return close

    def _close_ruby(self, reading: str, *, last: bool = False) -> None:
        """End the base text under way; `reading` stands above it."""
        if last:
            self._text.drop_mark("ruby")
        else:
            self._text.close_mark("ruby", one_line(reading))
            self._text.open_mark("ruby")

    # -- tables ----------------------------------------------------------------------------------------------------

    @property
    def _in_cell(self) -> bool:
        return bool(self._tables) and self._tables[-1].is_data and bool(self._tables[-1].rows)

    def _start_table(self, element: Any) -> Callable[[], None]:
        table = _Table(_is_data_table(element))
        self._tables.append(table)

        def close() -> None:
            if table.is_data:
                self._end_cell()
                self._text.clear()
                self._tables.pop()
                self._emit(BlockKind.TABLE, *table.text())
            else:
                self._flush()
                self._tables.pop()

        return close

    def _start_cell(self) -> Callable[[], None]:
        """The first row, or a cell that stands outside any."""
        self._tables[-1].rows.append([])
        return self._end_cell

    def _start_in_cell(self, name: str) -> Callable[[], None] | None:
        if name == "tr":
            self._end_cell()
            self._tables[-1].rows.append([])
            return self._end_cell
        if name in ("td", "th"):
            return self._end_cell
        self._text.add(" ")
        return lambda: self._text.add(" ")

    def _end_cell(self) -> None:
        text, marks = self._text.take()
        if self._tables[-1].rows and (words := one_line(text)):
            shift = len(text.lstrip()) - len(text)
            is_as_it_was = len(words) == len(text.strip())
            cell = tuple(moved(mark, shift) for mark in marks) if is_as_it_was else ()
            self._tables[-1].rows[-1].append((words, cell))

    # -- text ------------------------------------------------------------------------------------------------------

    def _add(self, text: str) -> None:
        if self._preformatted:
            self._text.add_verbatim(text)
        else:
            self._text.add(text)

    def _flush(self) -> None:
        """End the block under way, if it has any text."""
        if self._in_cell:
            return
        text, marks = self._text.take()
        breaks, self._breaks = self._breaks, 0
        if text.strip():
            kind, level = self._kind(text, breaks)
            if self._item_number and kind in (BlockKind.LIST_ITEM, BlockKind.FOOTNOTE):
                shift = len(self._item_number) - (len(text) - len(text.lstrip()))
                text = self._item_number + text.lstrip()
                marks = tuple(moved(mark, shift) for mark in marks)
                self._item_number = ""
            if kind is BlockKind.HEADING:
                text = text.replace("\n", " ")
            self.pieces.add(kind, text, marks, level=level)
        if self._pictures:
            self.pieces.pictures += self._pictures
            self._pictures = []
        if self._next_page is not None:
            self.pieces.page_label, self._next_page = self._next_page, None

    def _emit(self, kind: BlockKind, text: str, marks: tuple[Mark, ...]) -> None:
        if text.strip():
            self.pieces.add(BlockKind.FOOTNOTE if self._footnotes else kind, text, marks)

    def _kind(self, text: str, breaks: int) -> tuple[BlockKind, int]:
        kind, level = self._kinds[-1] if self._kinds else (BlockKind.PARAGRAPH, 0)
        if self._footnotes:
            return BlockKind.FOOTNOTE, 0
        if kind is not BlockKind.PARAGRAPH:
            return kind, level
        lines = [line for line in text.split("\n") if line.strip()]
        if self._preformatted:
            return (BlockKind.VERSE if self._poems else BlockKind.CODE), 0
        if self._poems or (breaks >= 2 and len(lines) > 2 and max(map(len, lines)) <= _MAX_VERSE_LINE):
            return BlockKind.VERSE, 0
        return (BlockKind.QUOTE if self._quotes else BlockKind.PARAGRAPH), 0


def _types(element: Any) -> set[str]:
    """What the element says it is: epub:type (parsed as XML or as HTML) and ARIA role."""
    attributes = element.attrib
    if not attributes:
        return set()
    words = f"{attributes.get(_EPUB + 'type', '')} {attributes.get('epub:type', '')} {attributes.get('role', '')}"
    return set(words.lower().split())


def _beginning(element: Any, most: int) -> str:
    """The words of an element; no more of them than show that they are longer than `most`."""
    words = ""
    for part in element.itertext():
        words = (words + part).lstrip()
        if len(words.rstrip()) > most:
            break
    return words.strip()


def _is_superscript(element: Any) -> bool:
    parent = element.getparent()
    if parent is not None and local_name(parent) == "sup":
        return True
    return any(local_name(child) == "sup" for child in element)


def _is_data_table(table: Any) -> bool:
    """A table of values, as against one that lays out a page: at least two columns, short cells, nothing nested."""
    columns = 0
    for element in table.iter():
        name = local_name(element)
        if (name == "table" and element is not table) or name in _HEADINGS or name in ("blockquote", "pre", "ul", "ol"):
            return False
        if name == "tr":
            columns = max(columns, sum(1 for child in element if local_name(child) in ("td", "th")))
        if name in ("td", "th") and sum(map(len, element.itertext())) > _MAX_CELL:
            return False
    return columns >= 2
