"""EPUB 2 and 3 -> Document: spine order, sections from the table of contents, printed pages, footnotes.

Container and package: EPUB 3.3 and OPF 2.0.1. Books in the wild break every rule there, so each missing part costs a
warning and not the book; only protection against reading (DRM) and damage to the archive as a whole refuse it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from storage.document import Document
from storage.readers import gutenberg
from storage.readers.archive import Archive, MissingMember, open_archive, resolve
from storage.readers.assembling import SectionDraft, make_document
from storage.readers.cleaning import one_line
from storage.readers.epub_pictures import EpubPictures
from storage.readers.inline import Piece, PieceList
from storage.readers.markup import MarkupWalker, TooDeep, local_name, parse_xhtml, parse_xml
from storage.readers.sectioning import Entry, cut_by_entries, cut_by_headings
from storage.readers.series import series_of_package
from storage.readers.source import Source

_HTML_TYPES = ("application/xhtml+xml", "text/html", "application/xml", "text/xml", "text/x-oeb1-document")
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_FONT_SUFFIXES = (".otf", ".ttf", ".woff", ".woff2", ".ttc")
_TYPE = "{http://www.idpf.org/2007/ops}type"
_COVER_IDS = (
    "cover",
    "cover-image",
    "coverimage",
    "cover-img",
    "coverimg",
    "img-cover",
    "cover.jpg",
    "cover.png",
    "cover.jpeg",
)
_MAX_TOC_DEPTH = 50
_MAX_TOC_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class _Item:
    """One resource of the manifest. path: within the archive."""

    path: str
    media_type: str
    properties: tuple[str, ...]
    fallback: str


@dataclass(slots=True)
class _Package:
    path: str
    title: str = ""
    author: str = ""
    language: str = ""
    series: str = ""
    series_number: float | None = None
    items: dict[str, _Item] = field(default_factory=dict)
    spine: list[str] = field(default_factory=list)
    ncx_id: str = ""
    cover_id: str = ""
    cover_pages: list[str] = field(default_factory=list)

    def cover_candidates(self) -> list[str]:
        """Paths that may be the cover, the likeliest first: EPUB 3's property, EPUB 2's metadata, the guide, a habit of names."""
        marked = [item.path for item in self.items.values() if "cover-image" in item.properties]
        named = [self.items[self.cover_id].path] if self.cover_id in self.items else []
        habit = [
            item.path
            for item_id, item in self.items.items()
            if item.media_type.startswith("image/") and item_id.lower() in _COVER_IDS
        ]
        return [*marked, *named, *self.cover_pages, *habit]


@dataclass(frozen=True, slots=True)
class _TocLine:
    title: str
    level: int
    path: str
    fragment: str


def read(source: Source) -> Document:
    with open_archive(source) as archive:
        _refuse_protected(source, archive)
        _check_mimetype(source, archive)
        package = _read_package(source, archive)
        toc, pages = _read_navigation(archive, package)
        pictures = EpubPictures(archive)
        book, starts = _read_spine(source, archive, package, pages, pictures)
        cover = pictures.cover(package.cover_candidates())
    pictures.intake.warn(source)
    sections = _cut(book, starts, toc, front_title=package.title or source.title_from_name)
    return make_document(
        source,
        "epub",
        sections,
        title=package.title or _first_heading(book.pieces),
        author=package.author,
        language=package.language,
        pictures_behind=book.pictures,
        cover=cover,
        series=package.series,
        series_number=package.series_number,
    )


# -- container ---------------------------------------------------------------------------------------------------------


def _refuse_protected(source: Source, archive: Archive) -> None:
    """Fonts may be obfuscated; an encrypted text cannot be read and is not ours to decrypt."""
    if archive.find("META-INF/encryption.xml") is None:
        if any(archive.is_encrypted(name) for name in archive.names):
            raise source.refusal("is protected by a password; save a copy without one and import that.")
        return
    try:
        root = parse_xml(archive.read("META-INF/encryption.xml"))
    except (MissingMember, etree.XMLSyntaxError):
        source.warn("The list of encrypted parts is damaged; the book was read as if nothing were encrypted.")
        return
    for data in _descendants(root, "encrypteddata"):
        method = next((str(node.get("Algorithm", "")) for node in _descendants(data, "encryptionmethod")), "")
        for reference in _descendants(data, "cipherreference"):
            path = str(reference.get("URI", ""))
            if method not in _FONT_OBFUSCATION and not path.lower().endswith(_FONT_SUFFIXES):
                raise source.refusal(
                    "is protected against copying (DRM) and cannot be read; get an edition without protection."
                )


def _check_mimetype(source: Source, archive: Archive) -> None:
    if not archive.names or archive.names[0] != "mimetype":
        source.warn("The book's container is not quite as the EPUB standard wants it.")


def _read_package(source: Source, archive: Archive) -> _Package:
    candidates = [*_rootfiles(archive), *sorted(name for name in archive.names if name.lower().endswith(".opf"))]
    for path in candidates:
        try:
            data = archive.read(path)
        except MissingMember:
            continue
        try:
            return _parse_package(_parse_leniently(data), archive.find(path) or path)
        except etree.XMLSyntaxError:
            continue
    source.warn(
        "The book's own list of its parts is missing or damaged; its pages were read in the order of their names."
    )
    package = _Package("")
    pages = sorted(name for name in archive.names if name.lower().endswith((".xhtml", ".html", ".htm")))
    for name in pages:
        package.items[name] = _Item(name, "application/xhtml+xml", (), "")
        package.spine.append(name)
    if not pages:
        raise source.refusal("is damaged: it lists no pages. Get a fresh copy and try again.")
    return package


def _parse_leniently(data: bytes) -> Any:
    """XML as it comes in the wild: strict first, then with what can be recovered of it."""
    try:
        return parse_xml(data)
    except etree.XMLSyntaxError:
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                                 remove_comments=True, remove_pis=True)  # fmt: skip
        root = etree.fromstring(data, parser)
        if root is None:
            raise
        return root


def _rootfiles(archive: Archive) -> list[str]:
    try:
        root = _parse_leniently(archive.read("META-INF/container.xml"))
    except (MissingMember, etree.XMLSyntaxError):
        return []
    return [str(node.get("full-path", "")).lstrip("/") for node in _descendants(root, "rootfile")]


def _parse_package(root: Any, path: str) -> _Package:
    package = _Package(path)
    authors: list[str] = []
    for element in root.iter():
        name = local_name(element)
        if name == "title" and not package.title:
            package.title = _text(element)
        elif name == "creator" and (author := _text(element)) and _is_author(element):
            authors.append(author)
        elif name == "language" and not package.language:
            package.language = _text(element)
        elif name == "item" and element.get("id") and element.get("href"):
            target, _ = resolve(path, str(element.get("href")))
            properties = tuple(str(element.get("properties", "")).split())
            item = _Item(target, str(element.get("media-type", "")), properties, str(element.get("fallback", "")))
            package.items.setdefault(str(element.get("id")), item)
        elif name == "spine":
            package.ncx_id = str(element.get("toc", ""))
        elif name == "itemref" and element.get("idref"):
            package.spine.append(str(element.get("idref")))
        elif name == "meta" and element.get("name") == "cover":
            package.cover_id = str(element.get("content", ""))
        elif name == "reference" and str(element.get("type", "")).lower() == "cover":
            package.cover_pages.append(resolve(path, str(element.get("href", "")))[0])
    package.author = ", ".join(dict.fromkeys(authors))
    package.series, package.series_number = series_of_package(root)
    return package


def _is_author(element: Any) -> bool:
    role = element.get("{http://www.idpf.org/2007/opf}role")
    return role in (None, "", "aut")


def _text(element: Any) -> str:
    return one_line("".join(element.itertext()))


def _descendants(element: Any, name: str) -> Iterator[Any]:
    return (node for node in element.iter() if local_name(node) == name)


# -- table of contents and page list -----------------------------------------------------------------------------------


def _read_navigation(archive: Archive, package: _Package) -> tuple[list[_TocLine], dict[tuple[str, str], str]]:
    """Contents, and (path, fragment) -> printed page. The EPUB 3 navigation document first, else the NCX."""
    toc: list[_TocLine] = []
    pages: dict[tuple[str, str], str] = {}
    for item in package.items.values():
        if "nav" in item.properties and (root := _parse_member(archive, item.path)) is not None:
            for nav in _descendants(root, "nav"):
                kinds = str(nav.get(_TYPE) or nav.get("epub:type") or "").split()
                if "page-list" in kinds:
                    pages.update({(line.path, line.fragment): line.title for line in _nav_lines(nav, item.path)})
                elif not toc and ("toc" in kinds or not kinds):
                    toc = _nav_lines(nav, item.path)
    ncx = package.items.get(package.ncx_id) or next(
        (item for item in package.items.values() if item.media_type == "application/x-dtbncx+xml"), None
    )
    if ncx is not None and (not toc or not pages) and (root := _parse_member(archive, ncx.path)) is not None:
        toc = toc or list(_ncx_lines(root, ncx.path, "navpoint"))
        pages = pages or {(line.path, line.fragment): line.title for line in _ncx_lines(root, ncx.path, "pagetarget")}
    return toc, pages


def _parse_member(archive: Archive, path: str) -> Any | None:
    try:
        return parse_xhtml(archive.read(path))
    except (MissingMember, etree.XMLSyntaxError, TooDeep):
        return None


def _nav_lines(nav: Any, base: str) -> list[_TocLine]:
    """<li> elements with their first link or span; the depth is the number of lists around."""
    lines: list[_TocLine] = []
    depth = 0
    for event, element in etree.iterwalk(nav, events=("start", "end")):
        name = local_name(element)
        if name == "ol":
            depth += 1 if event == "start" else -1
        elif event == "start" and name in ("a", "span") and 0 < depth <= _MAX_TOC_DEPTH:
            parent = element.getparent()
            if parent is None or local_name(parent) != "li" or len(lines) >= _MAX_TOC_ENTRIES:
                continue
            title = _text(element) or one_line(
                " ".join(str(img.get("alt", "")) for img in _descendants(element, "img"))
            )
            path, fragment = resolve(base, str(element.get("href", ""))) if element.get("href") else ("", "")
            lines.append(_TocLine(title, depth, path, fragment))
    return _with_targets(lines)


def _with_targets(lines: list[_TocLine]) -> list[_TocLine]:
    """A heading of the contents that links nowhere starts where its first sub-entry does."""
    following = _TocLine("", 0, "", "")
    filled: list[_TocLine] = []
    for line in reversed(lines):
        if not line.path and following.level > line.level:
            line = _TocLine(line.title, line.level, following.path, following.fragment)
        if line.path:
            filled.append(line)
            following = line
    return filled[::-1]


def _ncx_lines(root: Any, base: str, wanted: str) -> Iterator[_TocLine]:
    depth = count = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if local_name(element) != wanted:
            continue
        depth += 1 if event == "start" else -1
        if event != "start" or depth > _MAX_TOC_DEPTH or count >= _MAX_TOC_ENTRIES:
            continue
        label = next((child for child in element if local_name(child) == "navlabel"), None)
        content = next((child for child in element if local_name(child) == "content"), None)
        if content is not None and content.get("src"):
            path, fragment = resolve(base, str(content.get("src")))
            count += 1
            yield _TocLine(_text(label) if label is not None else "", depth, path, fragment)


# -- text --------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Start:
    """Where a spine document begins and ends in the list of pieces, and its anchors."""

    index: int
    end: int
    anchors: dict[str, int]


def _read_spine(
    source: Source,
    archive: Archive,
    package: _Package,
    pages: dict[tuple[str, str], str],
    pictures: EpubPictures,
) -> tuple[PieceList, dict[str, _Start]]:
    """All blocks in reading order, and where each document of the spine starts among them. Each is read once."""
    navigation = {item.path for item in package.items.values() if "nav" in item.properties}
    for keep_navigation in (False, True):
        book = PieceList()
        pictures.begin()
        starts: dict[str, _Start] = {}
        missing = 0
        for number, idref in enumerate(package.spine):
            source.report(number, len(package.spine), "part")
            item = _readable(package, package.items.get(idref))
            if item is None:
                missing += idref not in package.items
                continue
            path = archive.find(item.path) or item.path
            if path in starts or (path in navigation and not keep_navigation):
                continue
            labels = {fragment: label for (target, fragment), label in pages.items() if target == item.path}
            if "" in labels:
                book.page_label = labels.pop("")
            if not _read_part(source, archive, path, book, starts, labels, pictures, keep_navigation):
                missing += 1
        if book.pieces:
            break
    if missing:
        source.warn(
            "One part that the book lists is missing or damaged." if missing == 1
            else f"{missing} parts that the book lists are missing or damaged."
        )  # fmt: skip
    return book, starts


def _readable(package: _Package, item: _Item | None) -> _Item | None:
    """The item, or what it names as its fallback when it is no page of text."""
    seen: set[str] = set()
    while item is not None and item.media_type not in _HTML_TYPES and item.media_type != "image/svg+xml":
        suffix = posixpath.splitext(item.path)[1].lower()
        if suffix in (".xhtml", ".html", ".htm"):
            return item
        if not item.fallback or item.fallback in seen:
            return None
        seen.add(item.fallback)
        item = package.items.get(item.fallback)
    return item


def _read_part(
    source: Source,
    archive: Archive,
    path: str,
    book: PieceList,
    starts: dict[str, _Start],
    labels: dict[str, str],
    pictures: EpubPictures,
    keep_navigation: bool,
) -> bool:
    part = PieceList(path, page_label=book.page_label)
    part.anchor("")

    def place_of(reference: str) -> str:
        target, fragment = resolve(path, reference)
        return f"{archive.find(target)}#{fragment}" if target and archive.find(target) else ""

    try:
        root = parse_xhtml(archive.read(path))
        walker = MarkupWalker(
            part,
            page_labels=labels,
            keep_navigation=keep_navigation,
            load_picture=lambda reference, description: pictures.load(path, reference, description),
            place_of=place_of,
        )
        walker.walk(root)
    except (MissingMember, etree.XMLSyntaxError, TooDeep):
        return False
    offset = len(book.pieces)
    kept = gutenberg.boilerplate_range([piece.block.text for piece in part.pieces])
    first, last = kept if kept is not None else (0, len(part.pieces))
    if kept is not None or walker.dropped_boilerplate:
        source.warn(gutenberg.WARNING)
    anchors = {name: offset + max(0, min(index, last) - first) for name, index in part.anchors.items()}
    starts[path] = _Start(offset, offset + last - first, anchors)
    if kept is not None:
        part.cut(first, last)
    book.extend(part)
    return True


def _cut(book: PieceList, starts: dict[str, _Start], toc: list[_TocLine], *, front_title: str) -> list[SectionDraft]:
    entries = _entries(book, starts, toc)
    headings = sum(1 for piece in book.pieces if piece.level)
    if len(entries) < 2 <= headings or not entries:
        return cut_by_headings(book.pieces, front_title=front_title)
    top = min(entry.level for entry in entries)
    known = {entry.index for entry in entries}
    first = min(known)
    for start in starts.values():  # a document the contents pass over, that opens with a heading of its own
        piece = book.pieces[start.index] if start.index < len(book.pieces) else None
        if piece is not None and 1 <= piece.level <= 2 and not known & {start.index, start.index + 1}:
            level = top if start.index < first else _level_before(entries, start.index)
            entries.append(Entry(one_line(piece.block.text), level, start.index))
    return cut_by_entries(book.pieces, entries, front_title=front_title)


def _level_before(entries: list[Entry], index: int) -> int:
    return max((entry for entry in entries if entry.index <= index), key=lambda entry: entry.index).level


def _entries(book: PieceList, starts: dict[str, _Start], toc: list[_TocLine]) -> list[Entry]:
    """Contents as places in the text.

    A link to an anchor that is not there goes to the heading of the same words in its document; else the first such
    link to a document goes to its beginning, and the others nowhere.
    """
    folded = {path.casefold(): start for path, start in starts.items()}
    entries: list[Entry] = []
    for line in toc:
        start = starts.get(line.path) or folded.get(line.path.casefold())
        if start is None:
            continue
        index = start.index if not line.fragment else start.anchors.get(line.fragment)
        if index is None:
            index = _heading_named(book.pieces, start, line.title)
        if index is None and all(entry.index != start.index for entry in entries):
            index = start.index
        if index is not None:
            entries.append(Entry(line.title, line.level, index))
    return entries


def _heading_named(pieces: list[Piece], start: _Start, title: str) -> int | None:
    wanted = title.casefold()
    for index in range(start.index, min(start.end, len(pieces))):
        if pieces[index].level and one_line(pieces[index].block.text).casefold() == wanted:
            return index
    return None


def _first_heading(pieces: list[Piece]) -> str:
    return next((piece.block.text for piece in pieces if piece.level), "")
