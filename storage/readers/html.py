"""A saved web page or an HTML book -> Document: sections begin at its headings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from lxml import etree

from storage.document import Document
from storage.readers import gutenberg, txt
from storage.readers.assembling import make_document
from storage.readers.cleaning import one_line
from storage.readers.inline import Piece, PieceList
from storage.readers.markup import MarkupWalker, TooDeep, declared_charset, local_name, parse_html
from storage.readers.picture_files import LeftOut, NotTaken, Picture, PictureIntake, picture_of_data_uri
from storage.readers.sectioning import cut_by_headings
from storage.readers.source import Source


def read(source: Source) -> Document:
    data = source.read_bytes()
    text = txt.decode_file(source, data, declared=declared_charset(data))
    return read_markup(source, text, "html")


def picture_of_uri(reference: str) -> bytes:
    """Only what the page itself holds: nothing is fetched, and no file beside it is opened on a page's word."""
    if not reference.lower().startswith("data:"):
        raise NotTaken(LeftOut.OUTSIDE)
    return picture_of_data_uri(reference)


def read_markup(
    source: Source,
    text: str,
    format: str,
    *,
    title: str = "",
    author: str = "",
    language: str = "",
    load_picture: Callable[[str], bytes] = picture_of_uri,
) -> Document:
    """Document from HTML text; what the caller knows of title, author and language goes before what the page says.

    load_picture: reference -> the picture's file; raises NotTaken.
    """
    try:
        root = parse_html(text)
    except etree.XMLSyntaxError:
        raise source.refusal("holds no text.") from None
    except TooDeep:
        raise source.refusal(
            "is nested too deeply to be read; open it in a browser and save it as plain text."
        ) from None
    gathered = walk_page(source, root, load_picture)
    pieces = gathered.pieces
    title = title or _title(root, pieces)
    sections = cut_by_headings(pieces, front_title=title or source.title_from_name)
    return make_document(
        source,
        format,
        sections,
        title=title,
        author=author or _meta(root, "author"),
        language=language or _language(root),
        pictures_behind=gathered.pictures,
    )


def walk_page(source: Source, root: Any, load_picture: Callable[[str], bytes]) -> PieceList:
    """The blocks of a page without its navigation, unless there is nothing else in it."""
    own_names = ("", source.name, quote(source.name))

    def place_of(reference: str) -> str:
        path, _, fragment = reference.partition("#")
        return f"#{unquote(fragment)}" if fragment and path in own_names else ""

    for keep_navigation in (False, True):
        gathered = PieceList()
        intake = PictureIntake()

        def load(reference: str, description: str, intake: PictureIntake = intake) -> Picture | None:
            try:
                return intake.take(load_picture(reference), description)
            except NotTaken as problem:
                intake.refuse(problem.reason)
                return None

        walker = MarkupWalker(gathered, keep_navigation=keep_navigation, load_picture=load, place_of=place_of)
        walker.walk(root)
        if gathered.pieces:
            break
    intake.warn(source)
    kept = gutenberg.boilerplate_range([piece.block.text for piece in gathered.pieces])
    if kept is not None:
        gathered.cut(*kept)
    if kept is not None or walker.dropped_boilerplate:
        source.warn(gutenberg.WARNING)
    return gathered


def _title(root: Any, pieces: list[Piece]) -> str:
    """<title>, else the first heading of the first level in use."""
    for element in root.iter("title"):
        if text := one_line("".join(element.itertext())):
            return text.removesuffix(" | Project Gutenberg")
    headings = [piece for piece in pieces if piece.level]
    if not headings:
        return ""
    return min(headings, key=lambda piece: piece.level).block.text


def _meta(root: Any, name: str) -> str:
    for element in root.iter("meta"):
        if str(element.get("name", "")).lower() == name:
            return one_line(str(element.get("content", "")))
    return ""


def _language(root: Any) -> str:
    for element in root.iter():
        if local_name(element) == "html":
            return str(element.get("lang") or element.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    return ""
