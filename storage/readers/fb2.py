"""FictionBook 2 -> Document: nested sections with titles, poems, epigraphs, notes.

Knows the FB2 schema; also opens the usual zip around one file.
"""

from __future__ import annotations

import binascii
from dataclasses import replace
from typing import Any

from lxml import etree

from storage.document import Block, BlockKind, Document
from storage.readers.archive import MissingMember, open_archive
from storage.readers.assembling import SectionDraft, make_document
from storage.readers.cleaning import one_line
from storage.readers.inline import InlineText, Piece, PieceList
from storage.readers.markup import LoadPicture, local_name
from storage.readers.picture_files import LeftOut, Picture, PictureIntake, decode_base64
from storage.readers.series import series_of_fb2
from storage.readers.source import Source

_EMPHASIS = {"emphasis": "em", "strong": "strong"}
_HREF = "{http://www.w3.org/1999/xlink}href"
_NOTE_BODIES = ("notes", "comments", "footnotes")
_MAX_LEVEL = 30


def read(source: Source) -> Document:
    data = _unzipped(source)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise source.refusal("is damaged: its XML cannot be read. Get a fresh copy and try again.")
    if len(parser.error_log):
        source.warn("The file's XML is damaged; what could be recovered of it was read.")
    bodies = [child for child in root if local_name(child) == "body"]
    binaries = {str(node.get("id", "")): node for node in root if local_name(node) == "binary"}
    intake = PictureIntake()

    def load(reference: str, description: str) -> Picture | None:
        return _load_picture(binaries, intake, reference, description)

    notes = _read_notes([body for body in bodies if body.get("name") in _NOTE_BODIES], load)
    info = next((node for node in root.iter() if local_name(node) == "title-info"), None)
    title, author, language = _description(info)
    series, number = ("", None) if info is None else series_of_fb2(info)
    sections: list[SectionDraft] = []
    used: set[str] = set()
    pictures_behind: list[Picture] = []
    for body in bodies:
        if body.get("name") not in _NOTE_BODIES:
            reader = _BodyReader(notes, used, load, front_title=title or source.title_from_name)
            sections += reader.read(body, pictures_behind)
            pictures_behind = reader.pictures_behind
    unused = [piece for name, pieces in notes.items() if name not in used for piece in pieces]
    cover = _cover(info, load)
    intake.warn(source)
    if unused:
        unused[0] = replace(unused[0], pictures=(*pictures_behind, *unused[0].pictures))
        pictures_behind = []
        sections.append(SectionDraft("Notes", 1, unused))
    return make_document(
        source,
        "fb2",
        sections,
        title=title,
        author=author,
        language=language,
        series=series,
        series_number=number,
        pictures_behind=pictures_behind,
        cover=cover,
    )


def _unzipped(source: Source) -> bytes:
    data = source.read_bytes()
    if not data.startswith(b"PK"):
        return data
    with open_archive(source) as archive:
        name = next(name for name in archive.names if name.lower().endswith(".fb2"))
        try:
            return archive.read(name)
        except MissingMember:
            raise source.refusal("is damaged: the book in its archive cannot be unpacked.") from None


def _description(info: Any) -> tuple[str, str, str]:
    if info is None:
        return "", "", ""
    title = language = ""
    authors = []
    for child in info:
        name = local_name(child)
        if name == "book-title":
            title = one_line("".join(child.itertext()))
        elif name == "lang":
            language = one_line(child.text or "")
        elif name == "author":
            parts = {local_name(part): one_line(part.text or "") for part in child}
            names = [parts.get(part, "") for part in ("first-name", "middle-name", "last-name")]
            authors.append(" ".join(filter(None, names)) or parts.get("nickname", ""))
    return title, ", ".join(filter(None, authors)), language


def _load_picture(binaries: dict[str, Any], intake: PictureIntake, reference: str, description: str) -> Picture | None:
    if not reference.startswith("#"):
        intake.refuse(LeftOut.OUTSIDE)
        return None
    binary = binaries.get(reference[1:])
    try:
        data = decode_base64((binary.text or "") if binary is not None else "")
    except binascii.Error:
        data = b""
    return intake.take(data, description)


def _cover(info: Any | None, load: LoadPicture) -> Picture | None:
    for page in () if info is None else info:
        if local_name(page) == "coverpage":
            for image in page:
                if local_name(image) == "image" and (reference := str(image.get(_HREF, ""))):
                    return load(reference, "")
    return None


def _read_notes(bodies: list[Any], load: LoadPicture) -> dict[str, list[Piece]]:
    """Note id -> its pieces, as footnotes."""
    notes: dict[str, list[Piece]] = {}
    for body in bodies:
        for section in body.iter():
            if local_name(section) == "section" and (name := section.get("id")):
                reader = _BodyReader({}, set(), load, front_title="")
                read = [piece for draft in reader.read(section, []) for piece in draft.pieces]
                texts = _numbered([one_line(piece.block.text) for piece in read])
                pieces = [Piece(Block(BlockKind.FOOTNOTE, text)) for text in texts]
                if pieces:
                    pictures = [picture for piece in read for picture in piece.pictures] + reader.pictures_behind
                    pieces[0] = replace(pieces[0], names=(f"#{name}",), pictures=tuple(pictures))
                notes[str(name)] = pieces
    return notes


def _numbered(texts: list[str]) -> list[str]:
    """A note's number stands before its text, in one block."""
    if len(texts) > 1 and len(texts[0]) <= 6:
        return [f"[{texts[0].strip('[]. ')}] {texts[1]}", *texts[2:]]
    return texts


class _BodyReader:
    """Walks one <body>, iteratively, into sections."""

    def __init__(self, notes: dict[str, list[Piece]], used: set[str], load: LoadPicture, *, front_title: str) -> None:
        self._notes = notes
        self._used = used
        self._load = load
        self._gathered = PieceList()
        self._pictures: list[Picture] = []
        self._text = InlineText()
        self._sections = [SectionDraft(front_title)]
        self._wanted_notes: list[str] = []
        self._depth = 0
        self._around: list[str] = []

    @property
    def pictures_behind(self) -> list[Picture]:
        """Those after the last block."""
        return self._gathered.pictures

    def read(self, body: Any, pictures_before: list[Picture]) -> list[SectionDraft]:
        self._gathered.pictures += pictures_before
        walk = etree.iterwalk(body, events=("start", "end"))
        for event, element in walk:
            name = local_name(element)
            if event == "start":
                if name in ("binary", "image", "description"):
                    walk.skip_subtree()
                self._start(element, name)
                if element.text and name not in ("binary", "image", "description"):
                    self._text.add(element.text)
            else:
                self._end(element, name, is_root=element is body)
                if element.tail and element is not body:
                    self._text.add(element.tail)
        self._flush(BlockKind.PARAGRAPH)
        self._end_section()
        return [section for section in self._sections if section.pieces]

    def _start(self, element: Any, name: str) -> None:
        if name == "section":
            self._flush(BlockKind.PARAGRAPH)
            self._end_section()
            self._depth += 1
            self._sections.append(SectionDraft("", min(self._depth, _MAX_LEVEL)))
        if anchor := element.get("id"):
            self._gathered.anchor(str(anchor))
        if name in _EMPHASIS:
            self._text.open_mark(_EMPHASIS[name])
        elif name == "image":
            picture = self._load(str(element.get(_HREF, "")), str(element.get("alt") or element.get("title") or ""))
            if picture is not None:
                (self._gathered.pictures if self._text.is_blank else self._pictures).append(picture)
        elif name == "a" and (target := str(element.get(_HREF, ""))).startswith("#"):
            is_note = target[1:] in self._notes
            self._text.open_mark("noteref" if is_note else "link", target)
            if is_note:
                self._wanted_notes.append(target[1:])
                label = "".join(element.itertext()).strip()
                if label and label[0] not in "[({":
                    self._text.add("[")
        elif name in ("title", "epigraph", "cite", "poem", "annotation", "table", "text-author", "subtitle"):
            self._flush(BlockKind.PARAGRAPH)
            self._around.append(name)

    def _end(self, element: Any, name: str, *, is_root: bool) -> None:
        if name in _EMPHASIS:
            self._text.close_mark(_EMPHASIS[name])
        elif name == "a" and (target := str(element.get(_HREF, ""))).startswith("#"):
            is_note = target[1:] in self._notes
            label = "".join(element.itertext()).strip()
            if is_note and label and label[0] not in "[({":
                self._text.add("]")
            self._text.close_mark("noteref" if is_note else "link")
        elif name == "v" or (name == "p" and "title" in self._around):
            self._text.break_line()
        elif name in ("p", "stanza", "empty-line"):
            self._flush(self._kind())
        elif name in ("td", "th"):
            self._text.add(" | ")
        elif name == "tr":
            self._text.break_line()
        elif name == "title":
            self._end_title()
            self._around.pop()
        elif name in ("epigraph", "cite", "poem", "annotation", "table", "text-author", "subtitle"):
            self._flush(self._kind())
            self._around.pop()
        elif name == "section" and not is_root:
            self._flush(BlockKind.PARAGRAPH)
            self._end_section()
            self._depth -= 1

    def _kind(self) -> BlockKind:
        innermost = self._around[-1] if self._around else ""
        kinds = {"poem": BlockKind.VERSE, "table": BlockKind.TABLE, "subtitle": BlockKind.HEADING}
        if innermost in kinds:
            return kinds[innermost]
        return BlockKind.QUOTE if {"epigraph", "cite"} & set(self._around) else BlockKind.PARAGRAPH

    def _end_title(self) -> None:
        text, marks = self._text.take()
        title = one_line(text.strip().replace("\n", " "))
        if not title:
            return
        section = self._sections[-1]
        in_poem = "poem" in self._around
        if not in_poem and not section.pieces and self._depth:
            section.title = title
        self._gathered.add(BlockKind.HEADING, title, marks if len(title) == len(text.rstrip()) else ())
        self._take_gathered()

    def _flush(self, kind: BlockKind) -> None:
        text, marks = self._text.take()
        if not text.strip():
            return
        self._gathered.add(kind, text.replace(" |\n", "\n").rstrip(" |\n") if kind is BlockKind.TABLE else text, marks)
        self._take_gathered()

    def _take_gathered(self) -> None:
        self._sections[-1].pieces += self._gathered.pieces
        self._gathered.pieces.clear()
        self._gathered.pictures += self._pictures
        self._pictures.clear()

    def _end_section(self) -> None:
        """The notes a section refers to stand at its end."""
        for name in self._wanted_notes:
            if name not in self._used:
                self._used.add(name)
                self._gathered.extend(PieceList(pieces=self._notes[name]))
        self._wanted_notes.clear()
        self._take_gathered()
